// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/config.hpp>
#include <netanomaly/dns/detail/wire.hpp>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <utility>

namespace netanomaly::inline NETANOMALY_MODE::dns {

namespace detail {

/// Zeros for so many octets, a multiple of 32. Of a plain initialisation of this size compilers make a string
/// instruction, which takes longer to start than the stores take.
template <std::size_t Octets>
void zero(void* to) noexcept {
  static_assert(Octets % 32 == 0);
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    (std::memset(static_cast<char*>(to) + 32 * I, 0, 32), ...);
  }(std::make_index_sequence<Octets / 32>());
}

/// log2 of n >= 1, to 2 ulp: n = m 2^e with m in [0.75, 1.5), ln m = 2 artanh((m - 1) / (m + 1)).
constexpr double log2_of(std::uint32_t n) noexcept {
  int e = static_cast<int>(std::bit_width(n)) - 1;
  double m = static_cast<double>(n) / static_cast<double>(std::uint32_t{1} << e);
  if (m >= 1.5) {
    m /= 2;
    ++e;
  }
  const double z = (m - 1) / (m + 1);
  const double zz = z * z;
  double sum = 0;
  for (int k = 25; k > 0; k -= 2) sum = sum * zz + 1.0 / k;
  return e + sum * z * 2 * 1.4426950408889634074;
}

/// c log2 c in units of 2^-40 bit, rounded. Whole numbers add up to the same sum in any order, so every path that
/// counts octets gives the same bits. At most 2^60 for 65,535 octets in all.
constexpr std::uint64_t count_weight(std::uint32_t c) noexcept {
  constexpr double unit = 1099511627776.0;
  if (c < 2) return 0;
  const double weight = c * log2_of(c) * unit;
  const auto whole = static_cast<std::uint64_t>(weight);
  return weight - static_cast<double>(whole) < 0.5 ? whole : whole + 1;
}

/// By how much that grows when a count of c becomes c + 1.
constexpr std::uint64_t weight_step(std::uint32_t c) noexcept { return count_weight(c + 1) - count_weight(c); }

inline constexpr auto weight_steps = [] {
  std::array<std::uint64_t, 512> table{};
  for (std::uint32_t c = 0; c < table.size(); ++c) table[c] = weight_step(c);
  return table;
}();
inline constexpr auto count_weights = [] {
  std::array<std::uint64_t, 256> table{};
  for (std::uint32_t c = 0; c < table.size(); ++c) table[c] = count_weight(c);
  return table;
}();

/// Octets with ASCII letters in lower case.
inline constexpr auto folded_octets = [] {
  std::array<std::uint8_t, 256> table{};
  for (std::size_t i = 0; i < table.size(); ++i)
    table[i] = std::to_integer<std::uint8_t>(lower(static_cast<std::byte>(i)));
  return table;
}();

/// Shannon's information of n octets whose counts weigh `weight` in all, in bits: n log2 n - sum of c log2 c.
constexpr double information(std::uint32_t n, std::uint64_t weight) noexcept {
  const std::uint64_t all = n < count_weights.size() ? count_weights[n] : count_weight(n);
  return all > weight ? static_cast<double>(all - weight) * (1 / 1099511627776.0) : 0;  // rounding may leave a unit
}

}  // namespace detail

/// Counts octets and gives the Shannon entropy of their empirical distribution, H = -sum p log2 p.
///
/// Exact to 1e-12 bit an octet; the same bits whatever the order. The sum is kept up as octets come: about a cycle
/// each, and questions cost nothing. 520 bytes, no allocation. Takes the first 65,535 octets it is given and no more.
class octet_histogram {
 public:
  static constexpr std::size_t max_octets = 65535;  ///< counted; what comes after is left out

  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): zero() is the initialisation
  octet_histogram() noexcept { detail::zero<sizeof counts_>(counts_.data()); }

  /// Octets as they are; O(octets).
  void add(std::span<const std::byte> octets) noexcept {
    add(octets, [](std::byte b) { return std::to_integer<std::size_t>(b); });
  }
  /// The same with ASCII letters in lower case.
  void add_folded(std::span<const std::byte> octets) noexcept {
    add(octets, [](std::byte b) -> std::size_t { return detail::folded_octets[std::to_integer<std::size_t>(b)]; });
  }

  /// Octets counted.
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  /// Times this octet was counted.
  [[nodiscard]] std::size_t count(std::byte octet) const noexcept {
    return counts_[std::to_integer<std::size_t>(octet)];
  }
  /// Bits an octet, 0 to 8; 0 where nothing was counted.
  [[nodiscard]] double entropy() const noexcept { return size_ == 0 ? 0 : information() / size_; }
  /// Bits in all: entropy times size.
  [[nodiscard]] double information() const noexcept { return detail::information(size_, weight_); }

 private:
  template <class Map>
  void add(std::span<const std::byte> octets, Map map) noexcept {
    if (octets.size() > max_octets - size_) octets = octets.first(max_octets - size_);
    size_ += static_cast<std::uint32_t>(octets.size());
    std::uint64_t weight = weight_;
    const auto count = [&](std::byte b) -> std::uint32_t { return counts_[map(b)]++; };
    if (size_ <= detail::weight_steps.size()) {
      const std::byte* at = octets.data();
      const std::byte* const end = at + octets.size();
      for (; end - at >= 4; at += 4) {
        weight += detail::weight_steps[count(at[0])];
        weight += detail::weight_steps[count(at[1])];
        weight += detail::weight_steps[count(at[2])];
        weight += detail::weight_steps[count(at[3])];
      }
      for (; at != end; ++at) weight += detail::weight_steps[count(*at)];
    } else {
      for (const std::byte b : octets) {
        const std::uint32_t c = count(b);
        weight += c < detail::weight_steps.size() ? detail::weight_steps[c] : detail::weight_step(c);
      }
    }
    weight_ = weight;
  }

  std::array<std::uint16_t, 256> counts_;
  std::uint32_t size_ = 0;
  std::uint64_t weight_ = 0;
};

/// Shannon entropy of the octets, in bits an octet.
[[nodiscard]] inline double entropy(std::span<const std::byte> octets) noexcept {
  octet_histogram h;
  h.add(octets);
  return h.entropy();
}

}  // namespace netanomaly::inline NETANOMALY_MODE::dns
