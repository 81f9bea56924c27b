// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Writes DNS messages octet by octet, right or wrong, without a word of the library under test. Nothing is inlined:
/// tests call it hundreds of times, and what counts is how long they take to compile.
namespace netanomaly_test {

[[gnu::noinline]] inline std::vector<std::byte> octets(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

[[gnu::noinline]] inline std::vector<std::byte> from_hex(std::string_view hex) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::vector<std::byte> all;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    all.push_back(static_cast<std::byte>(digit(hex[i]) << 4 | digit(hex[i + 1])));
  return all;
}

[[gnu::noinline]] inline std::string to_hex(std::span<const std::byte> all) {
  if (all.empty()) return "-";
  std::string hex;
  for (const std::byte b : all) {
    hex += "0123456789abcdef"[std::to_integer<unsigned>(b) >> 4];
    hex += "0123456789abcdef"[std::to_integer<unsigned>(b) & 15];
  }
  return hex;
}

class dns_encoder {
 public:
  dns_encoder() = default;
  /// With a header.
  [[gnu::noinline]] dns_encoder(unsigned id, unsigned flags, unsigned questions, unsigned answers, unsigned authorities,
                                unsigned additionals) {
    for (const unsigned word : {id, flags, questions, answers, authorities, additionals}) u16(word);
  }

  [[gnu::noinline]] dns_encoder& u8(unsigned value) {
    out.push_back(static_cast<std::byte>(value));
    return *this;
  }
  [[gnu::noinline]] dns_encoder& u16(unsigned value) { return u8(value >> 8 & 255).u8(value & 255); }
  [[gnu::noinline]] dns_encoder& u32(std::uint32_t value) { return u16(value >> 16).u16(value & 0xffff); }
  [[gnu::noinline]] dns_encoder& raw(std::span<const std::byte> more) {
    out.insert(out.end(), more.begin(), more.end());
    return *this;
  }
  [[gnu::noinline]] dns_encoder& raw(std::string_view more) { return raw(std::as_bytes(std::span(more))); }
  [[gnu::noinline]] dns_encoder& label(std::string_view text) {
    return u8(static_cast<unsigned>(text.size())).raw(text);
  }
  /// "www.example.com": labels parted by dots, then the root label; "" is the root.
  [[gnu::noinline]] dns_encoder& name(std::string_view text) { return labels(text).u8(0); }
  [[gnu::noinline]] dns_encoder& labels(std::string_view text) {
    while (!text.empty()) {
      const auto dot = text.find('.');
      label(text.substr(0, dot));
      text = dot == std::string_view::npos ? std::string_view() : text.substr(dot + 1);
    }
    return *this;
  }
  [[gnu::noinline]] dns_encoder& pointer(std::size_t target) { return u16(0xc000U | static_cast<unsigned>(target)); }
  [[gnu::noinline]] dns_encoder& question(std::string_view owner, unsigned type, unsigned dns_class = 1) {
    return name(owner).u16(type).u16(dns_class);
  }
  /// What follows a record's owner.
  [[gnu::noinline]] dns_encoder& fixed(unsigned type, std::span<const std::byte> rdata, unsigned dns_class = 1,
                                       std::uint32_t ttl = 300) {
    return u16(type).u16(dns_class).u32(ttl).u16(static_cast<unsigned>(rdata.size())).raw(rdata);
  }
  [[gnu::noinline]] dns_encoder& record(std::string_view owner, unsigned type, std::span<const std::byte> rdata,
                                        unsigned dns_class = 1, std::uint32_t ttl = 300) {
    return name(owner).fixed(type, rdata, dns_class, ttl);
  }
  [[gnu::noinline]] dns_encoder& opt(std::span<const std::byte> options = {}, unsigned udp_size = 1232,
                                     std::uint32_t ttl = 0) {
    return record("", 41, options, udp_size, ttl);
  }

  [[nodiscard]] std::size_t size() const { return out.size(); }

  std::vector<std::byte> out;
};

}  // namespace netanomaly_test
