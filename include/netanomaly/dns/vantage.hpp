// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/config.hpp>
#include <netanomaly/core/hash.hpp>
#include <netanomaly/core/params.hpp>
#include <netanomaly/core/result.hpp>
#include <netanomaly/core/time.hpp>
#include <netanomaly/dns/address.hpp>
#include <netanomaly/dns/detail/wire.hpp>
#include <netanomaly/dns/transaction.hpp>
#include <netanomaly/window/hyperloglog.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace netanomaly::inline NETANOMALY_MODE::dns {

/// Tells from where in the network each client is seen, and leaves out what is seen twice: the queries by which a
/// resolver finds out what a client, seen too, has asked it.
///
/// Observes  transactions, about in the order of time; gives them on with `vantage` set.
/// Vantage   `fixed`, or for each client what its traffic says: resolver_upstream, where nine of ten of at least 16
///           queries do not ask for recursion, or where it answers others that do ask for it and asks without;
///           forwarder, where it answers others and asks for recursion itself, or where there are at most three clients
///           and this one has asked at least 5,000 times under at least 1,000 different domains (the last two labels);
///           client else. A vantage that the source set stays.
/// Echoes    A transaction of a client that answers others is left out where a client asked it for the same name and
///           type (letter case apart) within `echo_window`. The client's may come after the resolver's, so these are
///           held for so long.
/// Cost      O(name) time; 1.3 MiB, and what is held: at most `held` transactions and 8 MiB. Where that is full the
///           oldest is judged by what was seen until then.
class vantage_judge {
 public:
  static constexpr std::string_view kind = "vantage_judge";

  struct params {
    std::optional<dns::vantage> fixed{};  ///< what every transaction is said to be, where it is known
    duration echo_window = std::chrono::seconds(10);
    std::uint32_t held = 8192;
    std::uint64_t seed = 0x7661'6e74'6167'6521;

    static constexpr void describe(auto& p, auto&& field) {
      field("echo_window", p.echo_window, at_least(duration(0)), "",
            "in which a resolver asks for what a client has asked it");
      field("held", p.held, between(1U, 1U << 20), "transactions", "of resolvers, until it is known who asked");
      field("seed", p.seed, any_value(), "", "of the tables' hashes");
    }
    friend bool operator==(const params&, const params&) = default;
  };

  vantage_judge() : vantage_judge(params()) {}
  explicit vantage_judge(const params& p)
      : params_(checked<vantage_judge>(p)), hash_(p.seed), hosts_(host_places), asked_(asked_places) {}
  vantage_judge(const vantage_judge&) = delete;  // what it holds has views into itself
  vantage_judge& operator=(const vantage_judge&) = delete;
  vantage_judge(vantage_judge&&) noexcept = default;
  vantage_judge& operator=(vantage_judge&&) noexcept = default;
  ~vantage_judge() = default;
  [[nodiscard]] static result<vantage_judge> make(const params& p) { return make_checked<vantage_judge>(p); }

  /// `emit(const transaction&)` is called for this transaction, for those held before it, or for none.
  template <std::invocable<const transaction&> Emit>
  void update(const transaction& t, Emit&& emit) {
    now_ = (std::max)(now_, t.time);
    release(emit);
    const std::uint64_t name = hash_of_name(t.name) ^ splitmix64::mix(t.type);
    const std::uint64_t client = hash_(t.client.octets());
    note(t, client, name);
    if (params_.echo_window > duration(0) && answers_others(client)) {
      if (is_echo(client, name, t.time)) {
        ++echoes_;
        return;
      }
      hold(t, client, name);
      while (held_.size() > params_.held || held_octets_ > most_octets) give_oldest(emit);
      return;
    }
    give(t, client, emit);
  }
  /// Time passes without transactions.
  template <std::invocable<const transaction&> Emit>
  void advance(time_point now, Emit&& emit) {
    now_ = (std::max)(now_, now);
    release(emit);
  }
  /// The end: gives all that is held.
  template <std::invocable<const transaction&> Emit>
  void flush(Emit&& emit) {
    while (!held_.empty()) give_oldest(emit);
  }

  /// Where this client is seen from, as far as is known now.
  [[nodiscard]] dns::vantage of(const ip_address& client) const noexcept {
    return vantage_of(hash_(client.octets()), recursion::unknown);
  }
  /// Transactions left out because the client's side of them was seen.
  [[nodiscard]] std::uint64_t echoes() const noexcept { return echoes_; }
  [[nodiscard]] std::size_t held() const noexcept { return held_.size(); }  ///< transactions that wait to be judged
  [[nodiscard]] std::size_t memory_bytes() const noexcept {
    return sizeof(*this) + hosts_.capacity() * sizeof(host) + asked_.capacity() * sizeof(question) + held_octets_;
  }

 private:
  static constexpr std::size_t host_places = 8192, ways = 4, asked_places = std::size_t{1} << 16, few = 3;
  static constexpr std::size_t most_octets = std::size_t{8} << 20;

  /// An address as one that asks and one that is asked.
  struct host {
    std::uint64_t hash = 0;
    std::uint32_t asked = 0;              // by it, with and without asking for recursion
    std::uint32_t asked_recursion = 0;    // by it
    std::uint32_t refused_recursion = 0;  // by it, without
    std::uint32_t served = 0;             // of it, by others who want recursion
  };
  struct question {
    std::uint64_t key = 0;
    time_point time{};
  };
  struct stored {
    transaction t;
    std::uint64_t client = 0;
    std::uint64_t name = 0;
    std::vector<std::byte> octets;  // the name, then the answers' data
    std::vector<answer> answers;
    [[nodiscard]] std::size_t size() const noexcept {
      return sizeof(stored) + octets.capacity() + answers.capacity() * sizeof(answer);
    }
  };
  /// Whether the query asks for recursion.
  enum class recursion : std::uint8_t { unknown, wanted, not_wanted };
  [[nodiscard]] static recursion recursion_of(const transaction& t) noexcept {
    if (!t.query_flags) return recursion::unknown;
    return (*t.query_flags & 0x0100U) != 0 ? recursion::wanted : recursion::not_wanted;
  }
  /// The first clients seen, while they are few.
  struct busy_client {
    std::uint64_t hash = 0;
    std::uint64_t queries = 0;
    window::hyperloglog domains{10, 16};
  };

  [[nodiscard]] std::uint64_t hash_of_name(std::span<const std::byte> name) const noexcept {
    std::array<std::byte, 255> folded;  // NOLINT(cppcoreguidelines-pro-type-member-init): written before it is read
    const std::size_t size = (std::min)(name.size(), folded.size());
    std::transform(name.begin(), name.begin() + static_cast<std::ptrdiff_t>(size), folded.begin(), detail::lower);
    return hash_(std::span<const std::byte>(folded).first(size));
  }
  [[nodiscard]] std::uint64_t hash_of_domain(std::span<const std::byte> name) const noexcept {
    std::size_t last = 0, before = 0;  // where the last label and the one before it begin
    for (std::size_t at = 0; at < name.size() && name[at] != std::byte{0};
         at += 1U + std::to_integer<std::size_t>(name[at])) {
      before = last;
      last = at;
    }
    return hash_of_name(name.subspan(before));
  }
  [[nodiscard]] static std::uint64_t key_of(std::uint64_t server, std::uint64_t name) noexcept {
    return splitmix64::mix(name + 0x9e37'79b9'7f4a'7c15U * server);
  }

  [[nodiscard]] const host* find(std::uint64_t hash) const noexcept {
    const host* const set = &hosts_[hash % (host_places / ways) * ways];
    for (const host* h = set; h != set + ways; ++h)
      if (h->hash == hash) return h;
    return nullptr;
  }
  /// The one of the set that was seen least makes room.
  [[nodiscard]] host& place_for(std::uint64_t hash) noexcept {
    host* const set = &hosts_[hash % (host_places / ways) * ways];
    host* least = set;
    for (host* h = set; h != set + ways; ++h) {
      if (h->hash == hash) return *h;
      if (h->asked + h->served < least->asked + least->served) least = h;
    }
    *least = {};
    least->hash = hash;
    return *least;
  }
  static void count(std::uint32_t& n) noexcept { n += n != ~std::uint32_t{0} ? 1 : 0; }

  void note(const transaction& t, std::uint64_t client, std::uint64_t name) noexcept {
    const recursion wish = recursion_of(t);
    host& from = place_for(client);
    count(from.asked);
    if (wish != recursion::unknown) count(wish == recursion::wanted ? from.asked_recursion : from.refused_recursion);
    if (t.server && *t.server != t.client) {
      const std::uint64_t server = hash_(t.server->octets());
      // Only who is asked for recursion, and does answer, finds out for others.
      const std::uint16_t port = t.server_port.value_or(53);
      const bool recursive = wish == recursion::wanted ||
                             (wish == recursion::unknown && (t.response_flags.value_or(0x0080) & 0x0080U) != 0);
      if (recursive && t.response_seen.value_or(false) && port != 5353 && port != 5355) count(place_for(server).served);
      const std::uint64_t key = key_of(server, name);
      asked_[key % asked_places] = {key, t.time};
    }
    const auto known = std::find_if(few_.begin(), few_.end(), [&](const busy_client& b) { return b.hash == client; });
    if (known != few_.end()) {
      ++known->queries;
      known->domains.add(hash_of_domain(t.name));
    } else if (few_.size() <= few) {
      busy_client& one = few_.emplace_back();
      one.hash = client;
      one.queries = 1;
      one.domains.add(hash_of_domain(t.name));
    }
  }

  [[nodiscard]] bool answers_others(std::uint64_t client) const noexcept {
    const host* const h = find(client);
    return h != nullptr && h->served > 0;
  }
  [[nodiscard]] bool is_echo(std::uint64_t client, std::uint64_t name, time_point time) const noexcept {
    const std::uint64_t key = key_of(client, name);
    const question& q = asked_[key % asked_places];
    return q.key == key && (q.time < time ? time - q.time : q.time - time) <= params_.echo_window;
  }

  [[nodiscard]] dns::vantage vantage_of(std::uint64_t client, recursion wish) const noexcept {
    if (params_.fixed) return *params_.fixed;
    const host* const h = find(client);
    if (h == nullptr) return dns::vantage::client;
    const std::uint32_t known = h->asked_recursion + h->refused_recursion;
    if (h->served > 0) {
      const bool asks =
          wish == recursion::unknown ? h->asked_recursion >= h->refused_recursion : wish == recursion::wanted;
      return asks ? dns::vantage::forwarder : dns::vantage::resolver_upstream;
    }
    if (known >= 16 && h->refused_recursion >= known - known / 10) return dns::vantage::resolver_upstream;
    if (few_.size() <= few)
      for (const busy_client& b : few_)
        if (b.hash == client && b.queries >= 5000 && b.domains.estimate() >= 1000) return dns::vantage::forwarder;
    return dns::vantage::client;
  }

  template <class Emit>
  void give(const transaction& t, std::uint64_t client, Emit& emit) {
    transaction judged = t;
    if (!judged.vantage || params_.fixed) judged.vantage = vantage_of(client, recursion_of(t));
    emit(static_cast<const transaction&>(judged));
  }
  void hold(const transaction& t, std::uint64_t client, std::uint64_t name) {
    stored& s = held_.emplace_back();
    s.t = t;
    s.client = client;
    s.name = name;
    std::size_t size = t.name.size();
    if (t.answers)
      for (const answer& a : *t.answers) size += a.rdata.size();
    s.octets.reserve(size);  // so that nothing moves
    const auto keep = [&](std::span<const std::byte> from) {
      const std::size_t at = s.octets.size();
      s.octets.insert(s.octets.end(), from.begin(), from.end());
      return std::span<const std::byte>(s.octets).subspan(at);
    };
    s.t.name = keep(t.name);
    if (t.answers) {
      s.answers.assign(t.answers->begin(), t.answers->end());
      for (answer& a : s.answers) a.rdata = keep(a.rdata);
      s.t.answers = std::span<const answer>(s.answers);
    }
    held_octets_ += s.size();
  }
  template <class Emit>
  void release(Emit& emit) {
    while (!held_.empty() && now_ - held_.front().t.time > params_.echo_window) give_oldest(emit);
  }
  template <class Emit>
  void give_oldest(Emit& emit) {
    stored& s = held_.front();
    if (is_echo(s.client, s.name, s.t.time))
      ++echoes_;
    else
      give(s.t, s.client, emit);
    held_octets_ -= s.size();
    held_.pop_front();
  }

  params params_;
  keyed_hash hash_;
  std::vector<host> hosts_;
  std::vector<question> asked_;
  std::vector<busy_client> few_;
  std::deque<stored> held_;
  std::size_t held_octets_ = 0;
  std::uint64_t echoes_ = 0;
  time_point now_{};
};

/// As `--vantage` spells it.
[[nodiscard]] constexpr std::string_view to_text(vantage v) noexcept {
  switch (v) {
    case vantage::client:
      return "client";
    case vantage::forwarder:
      return "forwarder";
    case vantage::resolver_upstream:
      break;
  }
  return "resolver-upstream";
}

}  // namespace netanomaly::inline NETANOMALY_MODE::dns
