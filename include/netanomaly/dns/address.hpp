// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/config.hpp>

#include <array>
#include <bit>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace netanomaly::inline NETANOMALY_MODE::dns {

/// An IPv4 or IPv6 address. IPv4 is held as its mapped IPv6 form (::ffff:0:0/96, RFC 4291 section 2.5.5.2), so that
/// comparing and hashing know one shape only. 16 bytes, no allocation but in to_string().
class ip_address {
 public:
  constexpr ip_address() noexcept = default;  ///< ::, the unspecified address

  /// 192.0.2.1 is 0xc0000201.
  [[nodiscard]] static constexpr ip_address v4(std::uint32_t host_order) noexcept {
    ip_address a;
    a.octets_[10] = a.octets_[11] = std::byte{0xff};
    for (unsigned i = 0; i < 4; ++i) a.octets_[12 + i] = static_cast<std::byte>(host_order >> (24 - 8 * i));
    return a;
  }
  /// 4 or 16 octets in network order; nothing for another length.
  [[nodiscard]] static constexpr std::optional<ip_address> from_octets(std::span<const std::byte> octets) noexcept {
    ip_address a;
    if (octets.size() == 4) {
      a.octets_[10] = a.octets_[11] = std::byte{0xff};
      for (std::size_t i = 0; i < 4; ++i) a.octets_[12 + i] = octets[i];
    } else if (octets.size() == 16) {
      for (std::size_t i = 0; i < 16; ++i) a.octets_[i] = octets[i];
    } else {
      return std::nullopt;
    }
    return a;
  }
  /// Dotted quad or RFC 4291 text, whole; no zone index, no port.
  [[nodiscard]] static std::optional<ip_address> parse(std::string_view text) noexcept;

  /// Whether it lies in the mapped block.
  [[nodiscard]] constexpr bool is_v4() const noexcept {
    for (std::size_t i = 0; i < 10; ++i)
      if (octets_[i] != std::byte{0}) return false;
    return octets_[10] == std::byte{0xff} && octets_[11] == std::byte{0xff};
  }
  /// Whether it is ::.
  [[nodiscard]] constexpr bool is_unspecified() const noexcept { return *this == ip_address(); }
  /// Whether it can be that of one host, here or elsewhere: not multicast, reserved, loopback or "this network" (RFC
  /// 6890); of IPv6, what is not assigned to global unicast, unique local, link-local or translated IPv4 addresses
  /// cannot.
  [[nodiscard]] constexpr bool can_be_host() const noexcept {
    const auto octet = [this](std::size_t i) { return std::to_integer<unsigned>(octets_[i]); };
    if (is_v4()) return octet(12) != 0 && octet(12) != 127 && octet(12) < 224;
    const bool translated = octet(0) == 0 && octet(1) == 0x64 && octet(2) == 0xff && octet(3) == 0x9b;  // 64:ff9b::/32
    return octet(0) >> 5 == 1 || octet(0) >> 1 == 0x7e || (octet(0) == 0xfe && octet(1) >> 6 == 2) || translated;
  }
  /// All 16 octets; IPv4 in mapped form.
  [[nodiscard]] constexpr const std::array<std::byte, 16>& octets() const noexcept { return octets_; }
  /// Dotted quad for IPv4, RFC 5952 for IPv6.
  [[nodiscard]] std::string to_string() const;

  friend constexpr bool operator==(const ip_address&, const ip_address&) noexcept = default;
  friend constexpr std::strong_ordering operator<=>(const ip_address& a, const ip_address& b) noexcept {
    for (std::size_t i = 0; i < a.octets_.size(); ++i)  // libc++ 16 cannot compare arrays three ways
      if (a.octets_[i] != b.octets_[i]) return a.octets_[i] <=> b.octets_[i];
    return std::strong_ordering::equal;
  }

 private:
  std::array<std::byte, 16> octets_{};
};

inline std::optional<ip_address> ip_address::parse(std::string_view text) noexcept {
  const auto quad = [](std::string_view s) -> std::optional<std::uint32_t> {
    std::uint32_t value = 0;
    for (int part = 0; part < 4; ++part) {
      std::uint32_t octet = 0;
      std::size_t digits = 0;
      while (digits < s.size() && s[digits] >= '0' && s[digits] <= '9' && digits < 3)
        octet = octet * 10 + static_cast<std::uint32_t>(s[digits++] - '0');
      if (digits == 0 || octet > 255 || (digits > 1 && s[0] == '0')) return std::nullopt;
      s.remove_prefix(digits);
      if (part < 3) {
        if (s.empty() || s[0] != '.') return std::nullopt;
        s.remove_prefix(1);
      }
      value = value << 8 | octet;
    }
    if (!s.empty()) return std::nullopt;
    return value;
  };
  if (text.find(':') == std::string_view::npos) {
    const auto value = quad(text);
    return value ? std::optional(v4(*value)) : std::nullopt;
  }
  std::array<std::uint16_t, 8> groups{};
  std::size_t count = 0;
  constexpr std::size_t no_gap = 9;
  std::size_t gap = no_gap;  // groups before "::"; an optional here makes clang-tidy 16 run for ever
  if (text.starts_with("::")) {
    gap = 0;
    text.remove_prefix(2);
  } else if (text.starts_with(':')) {
    return std::nullopt;
  }
  while (!text.empty()) {
    if (count == 8) return std::nullopt;
    std::uint32_t group = 0;
    std::size_t digits = 0;
    for (; digits < text.size() && digits < 5; ++digits) {
      const char c = text[digits];
      const int value = c >= '0' && c <= '9'   ? c - '0'
                        : c >= 'a' && c <= 'f' ? c - 'a' + 10
                        : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                               : -1;
      if (value < 0) break;
      group = group << 4 | static_cast<std::uint32_t>(value);
    }
    if (digits < text.size() && text[digits] == '.') {
      const auto value = quad(text);
      if (!value || count > 6) return std::nullopt;
      groups[count++] = static_cast<std::uint16_t>(*value >> 16);
      groups[count++] = static_cast<std::uint16_t>(*value);
      text = {};
      break;
    }
    if (digits == 0 || digits > 4) return std::nullopt;
    groups[count++] = static_cast<std::uint16_t>(group);
    text.remove_prefix(digits);
    if (text.empty()) break;
    if (text[0] != ':' || text.size() == 1) return std::nullopt;
    text.remove_prefix(1);
    if (text[0] == ':') {
      if (gap != no_gap) return std::nullopt;
      gap = count;
      text.remove_prefix(1);
    }
  }
  if (gap != no_gap ? count > 7 : count != 8) return std::nullopt;
  ip_address a;
  const std::size_t tail = gap != no_gap ? count - gap : 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t at = i >= gap ? 8 - tail + (i - gap) : i;
    a.octets_[2 * at] = static_cast<std::byte>(groups[i] >> 8);
    a.octets_[2 * at + 1] = static_cast<std::byte>(groups[i]);
  }
  return a;
}

inline std::string ip_address::to_string() const {
  const auto octet = [this](std::size_t i) { return std::to_integer<unsigned>(octets_[i]); };
  std::string text;
  if (is_v4()) {
    for (std::size_t i = 12; i < 16; ++i) {
      if (i > 12) text += '.';
      text += std::to_string(octet(i));
    }
    return text;
  }
  std::array<unsigned, 8> groups{};
  for (std::size_t i = 0; i < 8; ++i) groups[i] = octet(2 * i) << 8 | octet(2 * i + 1);
  // RFC 5952 section 4.2: the longest run of at least two zero groups, the first of equals, becomes "::"
  std::size_t best = 8;
  std::size_t best_length = 1;
  for (std::size_t i = 0; i < 8;) {
    std::size_t end = i;
    while (end < 8 && groups[end] == 0) ++end;
    if (end - i > best_length) {
      best = i;
      best_length = end - i;
    }
    i = end + 1;
  }
  constexpr std::string_view hex = "0123456789abcdef";
  for (std::size_t i = 0; i < 8;) {
    if (i == best) {
      text += "::";
      i += best_length;
      continue;
    }
    if (!text.empty() && text.back() != ':') text += ':';
    bool leading = true;
    for (int shift = 12; shift >= 0; shift -= 4) {
      const unsigned digit = groups[i] >> shift & 15U;
      if (digit == 0 && leading && shift > 0) continue;
      leading = false;
      text += hex[digit];
    }
    ++i;
  }
  return text;
}

}  // namespace netanomaly::inline NETANOMALY_MODE::dns

/// Not keyed: a table that an attacker can fill takes a seeded hash of its own.
template <>
struct std::hash<netanomaly::dns::ip_address> {
  std::size_t operator()(const netanomaly::dns::ip_address& a) const noexcept {
    std::uint64_t high = 0;
    std::uint64_t low = 0;
    std::memcpy(&high, a.octets().data(), 8);
    std::memcpy(&low, a.octets().data() + 8, 8);
    std::uint64_t h = (high ^ 0x9e3779b97f4a7c15U) * 0xff51afd7ed558ccdU + low;
    h = (h ^ h >> 32) * 0xc4ceb9fe1a85ec53U;
    return static_cast<std::size_t>(h ^ h >> 29);
  }
};
