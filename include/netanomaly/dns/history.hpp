// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/compose/keyed.hpp>
#include <netanomaly/core/concepts.hpp>
#include <netanomaly/core/config.hpp>
#include <netanomaly/core/hash.hpp>
#include <netanomaly/core/params.hpp>
#include <netanomaly/core/state.hpp>
#include <netanomaly/core/time.hpp>
#include <netanomaly/dns/address.hpp>
#include <netanomaly/dns/detail/wire.hpp>
#include <netanomaly/window/hyperloglog.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

namespace netanomaly::inline NETANOMALY_MODE::dns {

/// What is remembered of a registrable domain.
struct domain_record {
  time_point first_seen{};  ///< of any client
  time_point last_seen{};   ///< of any client
  double clients = 0;       ///< distinct; exact up to 8, else within 7 %
};

/// Since when each registrable domain is known, and by how many clients: a domain nobody asked for yesterday is worth a
/// look, one that half the site asks for is not.
///
/// Observes  sightings {domain, client, time}; order does not matter.
/// Memory    at most `memory_limit` whenever a call returns, about 150 octets a domain. The domain of fewest clients
/// leaves
///           first, of equals the one not seen for longest (of eight drawn at random).
/// Merge     exact while nothing had to leave.
/// Keys      64-bit hashes under `seed`: two histories merge when their seeds agree. No name is stored.
class history {
 public:
  static constexpr std::string_view kind = "domain_history";
  struct params {
    std::uint64_t memory_limit = std::uint64_t{64} << 20;
    std::uint64_t seed = 0;
    static constexpr void describe(auto& p, auto&& field) {
      field("memory_limit", p.memory_limit, at_least(std::uint64_t{64} << 10), "bytes", "held at most");
      field("seed", p.seed, any_value{}, "", "of the hashes: unknown to whoever may want to fill the table");
    }
    friend bool operator==(const params&, const params&) = default;
  };

  history() : history(params()) {}
  explicit history(const params& p) : params_(checked<history>(p)), hash_(p.seed), table_(table_params(p)) {}
  [[nodiscard]] static result<history> make(const params& p) noexcept { return make_checked<history>(p); }

  /// The hashes under which a domain (wire form, any letter case) and a client are kept.
  [[nodiscard]] std::uint64_t hash(std::span<const std::byte> domain) const noexcept {
    std::array<std::byte, 255> folded;  // NOLINT(cppcoreguidelines-pro-type-member-init): written before it is read
    const std::size_t size = (std::min)(domain.size(), folded.size());
    std::transform(domain.begin(), domain.begin() + static_cast<std::ptrdiff_t>(size), folded.begin(), detail::lower);
    return hash_(std::span<const std::byte>(folded).first(size));
  }
  /// The same for a client.
  [[nodiscard]] std::uint64_t hash(const ip_address& client) const noexcept { return hash_(client.octets()); }

  /// One sighting; O(1), in any order of time.
  void add(std::span<const std::byte> domain, const ip_address& client, time_point time) noexcept {
    add(hash(domain), hash(client), time);
  }
  /// The same under hashes that are at hand.
  void add(std::uint64_t domain_hash, std::uint64_t client_hash, time_point time) noexcept {
    if (clients_.add(client_hash)) client_count_ = clients_.estimate();
    first_ = (std::min)(first_, time);
    (void)table_.update({domain_hash, {client_hash, time}});
  }

  /// What is known of a domain; nothing where it was never seen or had to leave.
  [[nodiscard]] std::optional<domain_record> find(std::span<const std::byte> domain) const noexcept {
    return find(hash(domain));
  }
  /// The same under a hash that is at hand.
  [[nodiscard]] std::optional<domain_record> find(std::uint64_t domain_hash) const noexcept {
    const row* r = table_.find(domain_hash);
    return r != nullptr ? std::optional(domain_record{r->first, r->last, r->clients.estimate()}) : std::nullopt;
  }
  /// Distinct clients seen at all: exact up to 64, else within 2 %.
  [[nodiscard]] double clients() const noexcept { return client_count_; }
  /// The earliest sighting of any domain.
  [[nodiscard]] time_point since() const noexcept { return first_; }
  [[nodiscard]] const params& parameters() const noexcept { return params_; }
  [[nodiscard]] std::size_t size() const noexcept { return table_.size(); }
  [[nodiscard]] std::uint64_t evictions() const noexcept { return table_.left(); }  ///< domains that had to leave
  [[nodiscard]] std::size_t memory_bytes() const noexcept {
    return sizeof(*this) - sizeof(table_) + table_.memory_bytes() - sizeof(clients_) + clients_.memory_bytes();
  }
  void reset() noexcept {
    table_.reset();
    clients_.reset();
    client_count_ = 0;
    first_ = (time_point::max)();
  }

  [[nodiscard]] result<void> merge(const history& other) {
    if (result<void> same = check_mergeable<history>(params_, other.params_); !same) return same;
    clients_.merge(other.clients_);
    client_count_ = clients_.estimate();
    first_ = (std::min)(first_, other.first_);
    return table_.merge(other.table_);
  }

  void save(state_writer& out) const {
    save_head<history>(out, params_);
    out.scalar(first_);
    clients_.save(out);
    table_.save(out);
  }
  [[nodiscard]] static result<history> load(state_reader& in) {
    const auto head = load_head<history>(in);
    if (!in) return unexpected(in.error());
    history h(head.params);
    h.first_ = in.scalar<time_point>();
    h.clients_ = window::hyperloglog::load(in, client_precision, exact_clients);
    h.client_count_ = h.clients_.estimate();
    auto domains = domain_table::load(in);
    if (!domains) return unexpected(std::move(domains).error());
    if (!(domains->parameters() == table_params(head.params))) in.fail("a table of other parameters");
    if (!in) return unexpected(in.error());
    h.table_ = *std::move(domains);
    return h;
  }

 private:
  static constexpr unsigned client_precision = 12, row_precision = 8;
  static constexpr std::uint32_t exact_clients = 64, exact_row = 8;

  struct sighting {
    std::uint64_t client = 0;
    time_point time{};
  };
  /// A domain. In the shape of a detector, so that keyed keeps it; it remembers and does not judge.
  struct row {
    using observation = sighting;
    time_point first = (time_point::max)();
    time_point last = (time_point::min)();
    window::hyperloglog clients{row_precision, exact_row};

    verdict update(const sighting& s) noexcept {
      first = (std::min)(first, s.time);
      last = (std::max)(last, s.time);
      clients.add(s.client);
      return {};
    }
    void reset() noexcept { *this = row(); }
    [[nodiscard]] std::size_t memory_bytes() const noexcept {
      return sizeof(*this) - sizeof(clients) + clients.memory_bytes();
    }
    [[nodiscard]] result<void> merge(const row& other) noexcept {
      first = (std::min)(first, other.first);
      last = (std::max)(last, other.last);
      clients.merge(other.clients);
      return {};
    }
    void save(state_writer& out) const {
      out.scalar(first);
      out.scalar(last);
      clients.save(out);
    }
    [[nodiscard]] static result<row> load(state_reader& in) {
      row r;
      r.first = in.scalar<time_point>();
      r.last = in.scalar<time_point>();
      r.clients = window::hyperloglog::load(in, row_precision, exact_row);
      if (!in) return unexpected(in.error());
      return r;
    }
  };
  struct fewest_clients {
    double operator()(std::uint64_t, const row& r) const noexcept {
      return r.clients.is_exact() ? r.clients.estimate() : exact_row + 1;
    }
  };
  using domain_table = compose::keyed<std::uint64_t, row, fewest_clients>;
  static domain_table::params table_params(const params& p) noexcept {
    return {.max_bytes = p.memory_limit - (std::uint64_t{8} << 10), .seed = p.seed};  // the rest is for the clients
  }

  params params_;
  keyed_hash hash_;
  window::hyperloglog clients_{client_precision, exact_clients};
  double client_count_ = 0;  // clients_.estimate(), which is dear
  time_point first_ = (time_point::max)();
  domain_table table_;
};
static_assert(mergeable<history> && configurable<history>);

}  // namespace netanomaly::inline NETANOMALY_MODE::dns
