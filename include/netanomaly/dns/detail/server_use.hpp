// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/config.hpp>
#include <netanomaly/core/state.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace netanomaly::inline NETANOMALY_MODE::dns::detail {

/// For how many domains a server is asked, by linear counting up to some 250: a resolver for many, a tunnel's own
/// server for one. Servers that share a place look busier than they are. Order does not matter; 32 KiB.
class server_use {
 public:
  static constexpr std::size_t places = 4096;
  static constexpr std::size_t heap_bytes = places * sizeof(std::uint64_t);

  void add(std::uint64_t server_hash, std::uint64_t domain_hash) {
    if (seen_.empty()) seen_.resize(places);
    std::uint64_t& domains = seen_[server_hash % places];
    domains |= std::uint64_t{1} << (domain_hash >> 58);
    busiest_ = (std::max)(busiest_, std::popcount(domains));
  }
  [[nodiscard]] double domains(std::uint64_t server_hash) const noexcept {
    return seen_.empty() ? 0 : estimate(std::popcount(seen_[server_hash % places]));
  }
  /// Of the server that is asked for most.
  [[nodiscard]] double most() const noexcept { return estimate(busiest_); }
  void merge(const server_use& other) {
    if (other.seen_.empty()) return;
    seen_.resize(places);
    for (std::size_t i = 0; i < places; ++i) {
      seen_[i] |= other.seen_[i];
      busiest_ = (std::max)(busiest_, std::popcount(seen_[i]));
    }
  }

  void save(state_writer& out) const {
    const auto used = std::ranges::count_if(seen_, [](std::uint64_t s) { return s != 0; });
    out.scalar(static_cast<std::uint16_t>(used));
    for (std::size_t i = 0; i < seen_.size(); ++i) {
      if (seen_[i] == 0) continue;
      out.scalar(static_cast<std::uint16_t>(i));
      out.scalar(seen_[i]);
    }
  }
  [[nodiscard]] static server_use load(state_reader& in) {
    server_use u;
    const auto used = in.scalar<std::uint16_t>();
    if (in.ok() && used > places) in.fail("more servers than places");
    if (used == 0 || !in.charge(heap_bytes)) return u;
    u.seen_.resize(places);
    for (std::uint16_t i = 0; i < used && in.ok(); ++i) {
      const auto at = in.scalar<std::uint16_t>();
      const auto domains = in.scalar<std::uint64_t>();
      if (in.ok() && (at >= places || domains == 0 || u.seen_[at] != 0)) in.fail("a server out of place");
      if (!in.ok()) break;
      u.seen_[at] = domains;
      u.busiest_ = (std::max)(u.busiest_, std::popcount(domains));
    }
    return in.ok() ? u : server_use();
  }

 private:
  [[nodiscard]] static double estimate(int bits) noexcept {
    return bits == 64 ? 266 : 64 * std::log(64.0 / (64 - bits));
  }

  std::vector<std::uint64_t> seen_;  // a bit for each of 64 classes of domains, by server
  int busiest_ = 0;                  // bits of the server with most
};

}  // namespace netanomaly::inline NETANOMALY_MODE::dns::detail
