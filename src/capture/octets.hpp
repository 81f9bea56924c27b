// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/config.hpp>
#include <netanomaly/dns/address.hpp>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace netanomaly::inline NETANOMALY_MODE::capture {

using octets = std::span<const std::byte>;

// The caller has checked that the octets are there.
inline unsigned load8(octets o, std::size_t at) noexcept { return std::to_integer<unsigned>(o[at]); }
inline std::uint16_t load16(octets o, std::size_t at) noexcept {
  return static_cast<std::uint16_t>(load8(o, at) << 8 | load8(o, at + 1));
}
inline std::uint32_t load32(octets o, std::size_t at) noexcept {
  return std::uint32_t{load16(o, at)} << 16 | load16(o, at + 2);
}
// Whole words, because an address that is written octet by octet is slow to read back in one piece.
inline dns::ip_address load_ipv4(octets o, std::size_t at) noexcept {
  std::uint32_t address = 0;
  std::memcpy(&address, o.data() + at, 4);
  constexpr bool little = std::endian::native == std::endian::little;
  const std::uint64_t low =
      little ? std::uint64_t{address} << 32 | 0xffff'0000U : std::uint64_t{0xffff} << 32 | address;
  return std::bit_cast<dns::ip_address>(std::array<std::uint64_t, 2>{0, low});
}
inline dns::ip_address load_ipv6(octets o, std::size_t at) noexcept {
  std::array<std::uint64_t, 2> address{};
  std::memcpy(address.data(), o.data() + at, 16);
  return std::bit_cast<dns::ip_address>(address);
}

inline std::uint64_t mix(std::uint64_t a, std::uint64_t b) noexcept {
  a = (a ^ std::rotl(b, 32)) * 0x9e37'79b9'7f4a'7c15U;
  a ^= a >> 32;
  a = (a + b) * 0xd6e8'feb8'6659'fd93U;
  return a ^ a >> 32;
}
inline std::uint64_t hash_of(const dns::ip_address& a, std::uint64_t seed) noexcept {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  std::memcpy(&high, a.octets().data(), 8);
  std::memcpy(&low, a.octets().data() + 8, 8);
  return mix(mix(seed, high), low);
}

/// Whether a message of `length` octets may begin so: the counts fit, the opcode exists.
inline bool begins_like_a_message(octets o, std::size_t length) noexcept {
  if (o.size() < 12 || length < 12) return false;
  const unsigned opcode = load8(o, 2) >> 3 & 15U;
  if (opcode > 6 || opcode == 3) return false;
  const std::size_t questions = load16(o, 4);
  const std::size_t records = std::size_t{load16(o, 6)} + load16(o, 8) + load16(o, 10);
  return questions + records > 0 && 12 + questions * 5 + records * 11 <= length;
}

}  // namespace netanomaly::inline NETANOMALY_MODE::capture
