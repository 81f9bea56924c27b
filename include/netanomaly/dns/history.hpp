// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/concepts.hpp>
#include <netanomaly/core/config.hpp>
#include <netanomaly/core/hash.hpp>
#include <netanomaly/core/params.hpp>
#include <netanomaly/core/state.hpp>
#include <netanomaly/core/time.hpp>
#include <netanomaly/dns/address.hpp>
#include <netanomaly/dns/detail/ranked_table.hpp>
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
  time_point first_seen{};
  time_point last_seen{};
  double clients = 0;  ///< distinct; exact up to 8, else within 7 %
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
  explicit history(const params& p) : params_(checked<history>(p)), hash_(p.seed) {}
  [[nodiscard]] static result<history> make(const params& p) noexcept { return make_checked<history>(p); }

  /// The hashes under which a domain (wire form, any letter case) and a client are kept.
  [[nodiscard]] std::uint64_t hash(std::span<const std::byte> domain) const noexcept {
    std::array<std::byte, 255> folded;  // NOLINT(cppcoreguidelines-pro-type-member-init): written before it is read
    const std::size_t size = std::min(domain.size(), folded.size());
    std::transform(domain.begin(), domain.begin() + static_cast<std::ptrdiff_t>(size), folded.begin(), detail::lower);
    return hash_(std::span<const std::byte>(folded).first(size));
  }
  [[nodiscard]] std::uint64_t hash(const ip_address& client) const noexcept { return hash_(client.octets()); }

  void add(std::span<const std::byte> domain, const ip_address& client, time_point time) noexcept {
    add(hash(domain), hash(client), time);
  }
  void add(std::uint64_t domain_hash, std::uint64_t client_hash, time_point time) noexcept {
    if (clients_.add(client_hash)) client_count_ = clients_.estimate();
    first_ = std::min(first_, time);
    table_.update(
        domain_hash,
        [&] {
          return row{time, time};
        },
        [&](row& r) {
          r.first = std::min(r.first, time);
          r.last = std::max(r.last, time);
          r.clients.add(client_hash);
        });
    table_.shrink_to(params_.memory_limit, domain_hash, rank);
  }

  [[nodiscard]] std::optional<domain_record> find(std::span<const std::byte> domain) const noexcept {
    return find(hash(domain));
  }
  [[nodiscard]] std::optional<domain_record> find(std::uint64_t domain_hash) const noexcept {
    const row* r = table_.find(domain_hash);
    return r ? std::optional(domain_record{r->first, r->last, r->clients.estimate()}) : std::nullopt;
  }
  /// Distinct clients seen at all: exact up to 64, else within 2 %.
  [[nodiscard]] double clients() const noexcept { return client_count_; }
  /// The earliest sighting of any domain.
  [[nodiscard]] time_point since() const noexcept { return first_; }
  [[nodiscard]] const params& parameters() const noexcept { return params_; }
  [[nodiscard]] std::size_t size() const noexcept { return table_.size(); }
  [[nodiscard]] std::uint64_t evictions() const noexcept { return table_.evictions(); }
  [[nodiscard]] std::size_t memory_bytes() const noexcept {
    return sizeof(*this) + table_.bytes_held() + clients_.memory_bytes() - sizeof(clients_);
  }
  void reset() noexcept {
    table_.clear();
    clients_.reset();
    client_count_ = 0;
    first_ = time_point::max();
  }

  [[nodiscard]] result<void> merge(const history& other) {
    if (result<void> same = check_mergeable<history>(params_, other.params_); !same) return same;
    clients_.merge(other.clients_);
    client_count_ = clients_.estimate();
    first_ = std::min(first_, other.first_);
    other.table_.for_each([&](std::uint64_t key, const row& theirs) {
      table_.update(
          key,
          [&] {
            return row{theirs.first, theirs.last};
          },
          [&](row& r) {
            r.first = std::min(r.first, theirs.first);
            r.last = std::max(r.last, theirs.last);
            r.clients.merge(theirs.clients);
          });
      table_.shrink_to(params_.memory_limit, key, rank);
    });
    return {};
  }

  void save(state_writer& out) const {
    save_head<history>(out, params_);
    out.scalar(first_);
    clients_.save(out);
    table_.save(out, [](state_writer& to, const row& r) {
      to.scalar(r.first);
      to.scalar(r.last);
      r.clients.save(to);
    });
  }
  [[nodiscard]] static result<history> load(state_reader& in) {
    const auto head = load_head<history>(in);
    if (!in) return unexpected(in.error());
    history h(head.params);
    h.first_ = in.scalar<time_point>();
    h.clients_ = window::hyperloglog::load(in, client_precision, exact_clients);
    h.client_count_ = h.clients_.estimate();
    h.table_ = decltype(h.table_)::load(in, [](state_reader& from) {
      row r{from.scalar<time_point>(), from.scalar<time_point>()};
      r.clients = window::hyperloglog::load(from, row_precision, exact_row);
      return r;
    });
    if (!in) return unexpected(in.error());
    return h;
  }

 private:
  static constexpr unsigned client_precision = 12, row_precision = 8;
  static constexpr std::uint32_t exact_clients = 64, exact_row = 8;

  struct row {
    time_point first{};
    time_point last{};
    window::hyperloglog clients{row_precision, exact_row};
    [[nodiscard]] std::size_t bytes() const noexcept {
      return sizeof(*this) - sizeof(clients) + clients.memory_bytes();
    }
  };
  static std::pair<double, time_point> rank(const row& r) noexcept {
    return {r.clients.is_exact() ? r.clients.estimate() : 9, r.last};
  }

  params params_;
  keyed_hash hash_;
  window::hyperloglog clients_{client_precision, exact_clients};
  double client_count_ = 0;  // clients_.estimate(), which is dear
  time_point first_ = time_point::max();
  detail::ranked_table<row> table_;
};
static_assert(mergeable<history> && configurable<history>);

}  // namespace netanomaly::inline NETANOMALY_MODE::dns
