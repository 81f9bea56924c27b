// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/config.hpp>

#include <cstddef>
#include <cstdint>

/// Octets in network order, and the ASCII letter case of DNS (RFC 4343). Callers have checked the bounds.
namespace netanomaly::inline NETANOMALY_MODE::dns::detail {

[[nodiscard]] constexpr std::uint32_t octet(std::byte b) noexcept { return static_cast<std::uint32_t>(b); }

[[nodiscard]] constexpr std::uint16_t load16(const std::byte* p) noexcept {
  return static_cast<std::uint16_t>(octet(p[0]) << 8 | octet(p[1]));
}

[[nodiscard]] constexpr std::uint32_t load32(const std::byte* p) noexcept {
  return octet(p[0]) << 24 | octet(p[1]) << 16 | octet(p[2]) << 8 | octet(p[3]);
}

/// 'A' to 'Z' become 'a' to 'z', every other octet stays.
[[nodiscard]] constexpr std::byte lower(std::byte b) noexcept { return octet(b) - 'A' < 26U ? b | std::byte{0x20} : b; }

/// The same for eight octets at once.
[[nodiscard]] constexpr std::uint64_t lower_each(std::uint64_t x) noexcept {
  constexpr std::uint64_t each = 0x0101010101010101U;
  const std::uint64_t low = x & each * 0x7f;
  // bit 7 of each octet: from 'A' on, and not beyond 'Z', and ASCII
  const std::uint64_t upper = (low + each * (0x80 - 'A')) & ~(low + each * (0x7f - 'Z')) & ~x & each * 0x80;
  return x | upper >> 2;
}

[[nodiscard]] constexpr bool equal_folded(const std::byte* a, const std::byte* b, std::size_t n) noexcept {
  for (std::size_t i = 0; i < n; ++i)
    if (lower(a[i]) != lower(b[i])) return false;
  return true;
}

/// Where the name at `at` ends: after its root label or its first pointer. The name has been validated.
[[nodiscard]] constexpr std::uint32_t after_name(const std::byte* base, std::uint32_t at) noexcept {
  for (;;) {
    const std::uint32_t n = octet(base[at]);
    if (n == 0) return at + 1;
    if (n >= 0xc0) return at + 2;
    at += n + 1;
  }
}

/// A name of more octets than this, the root label included, does not exist (RFC 1035 section 2.3.4).
inline constexpr std::uint32_t max_name_octets = 255;
/// Names with more compression pointers than this are refused. A name has at most 127 labels, so only pointers to
/// pointers, which no encoder has a reason to write, can need more.
inline constexpr std::uint32_t max_pointers = 128;

inline constexpr std::byte root_name{0};

}  // namespace netanomaly::inline NETANOMALY_MODE::dns::detail
