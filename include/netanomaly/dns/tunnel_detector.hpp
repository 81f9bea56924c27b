// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/concepts.hpp>
#include <netanomaly/core/config.hpp>
#include <netanomaly/core/hash.hpp>
#include <netanomaly/core/params.hpp>
#include <netanomaly/core/state.hpp>
#include <netanomaly/core/time.hpp>
#include <netanomaly/core/verdict.hpp>
#include <netanomaly/dns/conversation.hpp>
#include <netanomaly/dns/detail/contact_filter.hpp>
#include <netanomaly/dns/detail/ranked_table.hpp>
#include <netanomaly/dns/detail/wire.hpp>
#include <netanomaly/dns/evidence.hpp>
#include <netanomaly/dns/finding.hpp>
#include <netanomaly/dns/history.hpp>
#include <netanomaly/dns/suffix.hpp>
#include <netanomaly/dns/transaction.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace netanomaly::inline NETANOMALY_MODE::dns {

/// Who uses DNS to carry something else.
///
/// Observes  transactions, one at a time; and contacts, where the source sees more than DNS. Order does not matter, nor
/// on
///           which of several detectors a transaction lands, if they are merged.
/// Judges    each pair of a client and a registrable domain by what it has asked and been answered in the present and
///           the last `horizon` (intervals of absolute time): budgets, not rates, so that slowness hides nothing. The
///           zone within the domain is found from the names.
/// Score     decibels of evidence: the sum of the reasons' points (evidence.hpp, docs/detection.md), whole numbers.
/// Above
///           `threshold` the verdict is tunnel. update() gives the score as of the pair's last review; reviews come
///           with every growth by a quarter. finding() and findings() review at once.
/// Memory    at most `memory_limit` whenever a call returns. A new pair takes about 1.5 KiB, a busy one up to 25 KiB.
/// The
///           pair with least evidence leaves first, so that a flood of names cannot push a tunnel out.
/// Merge     exact, verdicts and all, while nothing had to leave.
/// Untrained: nothing is learned before it works. Domains' ages and the number of their clients count as they come in.
class tunnel_detector {
 public:
  static constexpr std::string_view kind = "tunnel_detector";
  using observation = transaction;
  /// Splits a name into registrable domain and what is left of it; must not throw.
  using suffix_function = std::function<suffix_split(std::span<const std::byte>)>;

  struct params {
    double threshold = 30;
    double suspicious = 24;
    duration horizon = std::chrono::days(7);
    std::uint64_t memory_limit = std::uint64_t{256} << 20;
    std::uint64_t seed = 0;
    static constexpr void describe(auto& p, auto&& field) {
      field("threshold", p.threshold, any_value{}, "decibels", "a score above it is a tunnel; 30: a thousand to one");
      field("suspicious", p.suspicious, any_value{}, "decibels", "a score above it is suspicious");
      field("horizon", p.horizon, at_least(duration(std::chrono::minutes(1))), "",
            "what is older than once to twice this is forgotten");
      field("memory_limit", p.memory_limit, at_least(std::uint64_t{1} << 20), "bytes", "held at most");
      field("seed", p.seed, any_value{}, "", "of the hashes: unknown to whoever may want to fill the tables");
    }
    friend bool operator==(const params&, const params&) = default;
  };

  tunnel_detector() : tunnel_detector(params()) {}
  explicit tunnel_detector(const params& p, suffix_function suffixes = builtin_suffixes)
      : params_(checked<tunnel_detector>(p)),
        hash_(p.seed),
        suffixes_(std::move(suffixes)),
        history_(history_params(p)) {}
  [[nodiscard]] static result<tunnel_detector> make(const params& p) noexcept {
    return make_checked<tunnel_detector>(p);
  }
  [[nodiscard]] static result<tunnel_detector> make(const params& p, suffix_function suffixes) {
    auto made = make(p);
    if (made) made->set_suffixes(std::move(suffixes));
    return made;
  }
  /// Not part of the state: a loaded detector has the built-in suffixes until others are set. Set before the first
  /// update.
  void set_suffixes(suffix_function suffixes) { suffixes_ = std::move(suffixes); }

  /// Remembers a transaction and says what is thought of its client and zone. A name that is no name in wire form is
  /// rejected.
  verdict update(const transaction& t) noexcept {
    if (t.name.empty() || t.name.size() > 255 || t.name.back() != std::byte{0}) return verdict::reject();
    std::array<std::byte, 255> folded;  // NOLINT(cppcoreguidelines-pro-type-member-init): written before it is read
    std::transform(t.name.begin(), t.name.end(), folded.begin(), detail::lower);
    const std::span<const std::byte> name(folded.data(), t.name.size());
    const std::size_t split = std::min<std::size_t>(suffixes_(name).registrable, name.size() - 1);
    observed o{.source = &t,
               .summary = summarise(t),
               .name_hash = hash_(name),
               .domain_hash = 0,
               .labels = name.first(split),
               .domain = name.subspan(split)};
    o.domain_hash = split == 0 ? o.name_hash : hash_(o.domain);
    const std::uint64_t client_hash = hash_(t.client.octets());
    const std::uint64_t key = pair_key(o.domain_hash, client_hash);
    history_.add(o.domain_hash, client_hash, t.time);
    const std::int64_t epoch = epoch_of(t.time);
    verdict answer;
    pairs_.update(
        key, [&] { return pair(t.client, o.domain, o.domain_hash, epoch); },
        [&](pair& p) {
          if (conversation* talk = p.at(epoch)) talk->add(o, hash_);
          if (++p.observed_count >= p.next_review) review(p);
          if (p.judged) answer = verdict::judge(p.score, params_.threshold);
        });
    shrink(key);
    return answer;
  }

  /// Remembers that a client sent a packet to an address: what tells an answer that is used from one that carries data.
  void add(const contact& c) noexcept { contacts_.add(hash_(c.peer.octets()) ^ hash_(hash_(c.client.octets()))); }

  /// Every pair whose verdict is tunnel or suspicious, or all; most evidence first.
  [[nodiscard]] std::vector<finding> findings(bool all = false) const {
    std::vector<finding> found;
    pairs_.for_each([&](std::uint64_t, const pair& p) {
      const conversation* whole = &p.now;
      conversation merged;
      if (!p.before.empty()) {
        merged = p.before.front();
        merged.merge(p.now);
        whole = &merged;
      }
      const evidence e = weigh(*whole, p.domain_octets(), around(p, *whole));
      const conclusion c = conclude(e);
      if (all || c == conclusion::tunnel || c == conclusion::suspicious) found.push_back(describe(p, *whole, e, c));
    });
    std::ranges::sort(found, [](const finding& a, const finding& b) {
      if (a.score != b.score) return a.score > b.score;
      return std::tie(a.registered_domain, a.clients) < std::tie(b.registered_domain, b.clients);
    });
    return found;
  }
  /// What is thought of one client and the registrable domain of one name in wire form; nothing where they never met.
  [[nodiscard]] std::optional<finding> find(const ip_address& client, std::span<const std::byte> name) const {
    if (name.empty() || name.size() > 255) return std::nullopt;
    const std::size_t split = std::min<std::size_t>(suffixes_(name).registrable, name.size() - 1);
    const std::uint64_t domain_hash = history_.hash(name.subspan(split));
    const pair* p = pairs_.find(pair_key(domain_hash, hash_(client.octets())));
    if (!p) return std::nullopt;
    const conversation whole = p->whole();
    const evidence e = weigh(whole, p->domain_octets(), around(*p, whole));
    return describe(*p, whole, e, conclude(e));
  }

  [[nodiscard]] const params& parameters() const noexcept { return params_; }
  [[nodiscard]] const history& domains() const noexcept { return history_; }
  /// Pairs held, and pairs let go of for want of memory.
  [[nodiscard]] std::size_t size() const noexcept { return pairs_.size(); }
  [[nodiscard]] std::uint64_t evictions() const noexcept { return pairs_.evictions(); }
  [[nodiscard]] std::size_t memory_bytes() const noexcept {
    return sizeof(*this) - sizeof(history_) + history_.memory_bytes() + pairs_.bytes_held() + contacts_.heap_bytes();
  }
  void reset() noexcept {
    pairs_.clear();
    history_.reset();
    contacts_ = {};
  }

  [[nodiscard]] result<void> merge(const tunnel_detector& other) {
    if (result<void> same = check_mergeable<tunnel_detector>(params_, other.params_); !same) return same;
    if (result<void> merged = history_.merge(other.history_); !merged) return merged;
    contacts_.merge(other.contacts_);
    other.pairs_.for_each([&](std::uint64_t key, const pair& theirs) {
      pairs_.update(
          key, [&] { return pair(theirs.client, theirs.domain_octets(), theirs.domain_hash, theirs.epoch); },
          [&](pair& p) {
            p.merge(theirs);
            review(p);
          });
      shrink(key);
    });
    return {};
  }

  void save(state_writer& out) const {
    save_head<tunnel_detector>(out, params_);
    history_.save(out);
    contacts_.save(out);
    pairs_.save(out, [](state_writer& to, const pair& p) { p.save(to); });
  }
  [[nodiscard]] static result<tunnel_detector> load(state_reader& in) {
    const auto head = load_head<tunnel_detector>(in);
    if (!in) return unexpected(in.error());
    tunnel_detector d(head.params);
    auto domains = history::load(in);
    if (!domains) return unexpected(std::move(domains).error());
    if (!(domains->parameters() == history_params(head.params))) in.fail("a history of other parameters");
    d.history_ = *std::move(domains);
    d.contacts_ = detail::contact_filter::load(in);
    d.pairs_ = decltype(d.pairs_)::load(in, [](state_reader& from) { return pair::load(from); });
    if (!in) return unexpected(in.error());
    return d;
  }

 private:
  struct pair {
    ip_address client;
    std::string domain;  // registrable, wire form, lower case
    std::uint64_t domain_hash = 0;
    std::int64_t epoch = 0;  // of `now`
    conversation now;
    std::vector<conversation> before;  // of the epoch before, if anything was asked in it
    std::uint64_t observed_count = 0;
    std::uint64_t next_review = 8;
    int score = 0;  // as of the last review
    bool judged = false;

    pair(const ip_address& c, std::span<const std::byte> d, std::uint64_t hash, std::int64_t e)
        : client(c), domain(reinterpret_cast<const char*>(d.data()), d.size()), domain_hash(hash), epoch(e) {}

    [[nodiscard]] std::span<const std::byte> domain_octets() const noexcept { return std::as_bytes(std::span(domain)); }
    [[nodiscard]] std::size_t bytes() const noexcept {
      std::size_t sum =
          sizeof(*this) + (domain.size() > std::string().capacity() ? domain.size() + 1 : 0) + now.heap_bytes();
      for (const conversation& c : before) sum += sizeof(c) + c.heap_bytes();
      return sum;
    }
    /// Where a transaction of epoch `e` belongs; nullptr when it is too old.
    conversation* at(std::int64_t e) noexcept {
      if (e > epoch) {
        before.clear();
        if (e == epoch + 1) before.push_back(std::move(now));
        now = conversation();
        epoch = e;
      } else if (e == epoch - 1) {
        if (before.empty()) before.emplace_back();
        return &before.front();
      } else if (e < epoch) {
        return nullptr;
      }
      return &now;
    }
    [[nodiscard]] conversation whole() const {
      if (before.empty()) return now;
      conversation both = before.front();
      both.merge(now);
      return both;
    }
    void merge(const pair& other) {
      observed_count += other.observed_count;
      for (const conversation& c : other.before)
        if (conversation* mine = at(other.epoch - 1)) mine->merge(c);
      if (conversation* mine = at(other.epoch)) mine->merge(other.now);
    }

    void save(state_writer& out) const {
      out.bytes(client.octets());
      out.name(domain);
      for (const std::uint64_t n : {domain_hash, observed_count, next_review}) out.scalar(n);
      out.scalar(epoch);
      out.scalar(std::int32_t{score});
      out.scalar(judged);
      now.save(out);
      out.scalar(!before.empty());
      if (!before.empty()) before.front().save(out);
    }
    static pair load(state_reader& in) {
      std::array<std::byte, 16> octets{};
      for (std::byte& b : octets) b = static_cast<std::byte>(in.scalar<std::uint8_t>());
      const std::string_view domain = in.name();
      if (in.ok() && (domain.empty() || domain.back() != '\0')) in.fail("a domain without its root label");
      pair p(*ip_address::from_octets(octets), std::as_bytes(std::span(domain)), 0, 0);
      for (std::uint64_t* n : {&p.domain_hash, &p.observed_count, &p.next_review}) *n = in.scalar<std::uint64_t>();
      p.epoch = in.scalar<std::int64_t>();
      p.score = in.scalar<std::int32_t>();
      p.judged = in.scalar<bool>();
      p.now = conversation::load(in);
      if (in.scalar<bool>() && in.charge(sizeof(conversation))) p.before.push_back(conversation::load(in));
      return p;
    }
  };

  static history::params history_params(const params& p) noexcept {
    return {.memory_limit = p.memory_limit / 4, .seed = p.seed};
  }
  [[nodiscard]] std::int64_t epoch_of(time_point t) const noexcept {
    const std::int64_t at = t.time_since_epoch().count();
    const std::int64_t width = params_.horizon.count();
    return at / width - (at % width < 0);
  }
  [[nodiscard]] std::uint64_t pair_key(std::uint64_t domain_hash, std::uint64_t client_hash) const noexcept {
    return splitmix64::mix(domain_hash + 0x9e3779b97f4a7c15U * client_hash);
  }

  [[nodiscard]] surroundings around(const pair& p, const conversation& whole) const noexcept {
    surroundings s;
    s.all_clients = history_.clients();
    if (const auto record = history_.find(p.domain_hash)) {
      s.domain_clients = record->clients;
      s.known_days = std::chrono::duration<double, std::ratio<86400>>(whole.first_seen - record->first_seen).count();
    }
    if (!contacts_.empty() && !whole.addresses.empty()) {
      const std::uint64_t client = hash_(hash_(p.client.octets()));
      std::size_t met = 0;
      whole.addresses.for_each([&](std::uint64_t address_hash, const sampled_address&) {
        met += contacts_.contains(address_hash ^ client);
      });
      s.contacted_share = static_cast<double>(met) / static_cast<double>(whole.addresses.size());
    }
    return s;
  }
  [[nodiscard]] conclusion conclude(const evidence& e) const noexcept {
    if (!e.sufficient) return conclusion::insufficient;
    if (e.score > params_.threshold) return conclusion::tunnel;
    return e.score > params_.suspicious ? conclusion::suspicious : conclusion::benign;
  }
  [[nodiscard]] finding describe(const pair& p, const conversation& whole, const evidence& e, conclusion c) const {
    return make_finding(p.client, p.domain_octets(), whole, e, around(p, whole), c, params_.threshold,
                        !contacts_.empty());
  }

  void review(pair& p) noexcept {
    const std::uint64_t seen = p.observed_count;
    if (p.now.questions.distinct() < 4 && p.now.answers.distinct() < 4 && p.before.empty()) {
      p.next_review = seen + std::max<std::uint64_t>(4, seen / 2);
      return;
    }
    evidence e;
    if (p.before.empty()) {
      e = weigh(p.now, p.domain_octets(), around(p, p.now));
    } else {
      const conversation whole = p.whole();
      e = weigh(whole, p.domain_octets(), around(p, whole));
    }
    p.judged = e.sufficient;
    p.score = e.score;
    // Where it is about to cross a threshold a review comes sooner: what leaks meanwhile is what counts.
    const bool near = e.score > params_.suspicious / 2 && e.score <= params_.threshold;
    p.next_review = seen + std::max<std::uint64_t>(near ? 1 : 4, near ? seen / 8 : seen / 2);
  }
  /// Evidence, or how many names a pair has that is too young for any; of equals the one not seen for longest goes.
  static std::pair<double, time_point> rank(const pair& p) noexcept {
    return {p.judged ? 8.0 + p.score : p.now.questions.distinct(), p.now.last_seen};
  }
  void shrink(std::uint64_t keep) noexcept {
    const std::size_t others = memory_bytes() - pairs_.bytes_held();
    pairs_.shrink_to(params_.memory_limit > others ? params_.memory_limit - others : 0, keep, rank);
  }

  params params_;
  keyed_hash hash_;
  suffix_function suffixes_;
  history history_;
  detail::contact_filter contacts_;
  detail::ranked_table<pair> pairs_;
};
static_assert(detector<tunnel_detector> && mergeable<tunnel_detector> && configurable<tunnel_detector>);

}  // namespace netanomaly::inline NETANOMALY_MODE::dns
