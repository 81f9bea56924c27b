// SPDX-License-Identifier: Apache-2.0
#pragma once

// Packets, streams and capture files, built octet by octet.

#include <netanomaly/capture/decoder.hpp>
#include <netanomaly/dns/wire_message.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace packets {

namespace na = netanomaly;
using bytes = std::vector<std::byte>;

inline bytes raw(std::initializer_list<unsigned> values) {
  bytes b;
  for (const unsigned v : values) b.push_back(static_cast<std::byte>(v));
  return b;
}
inline bytes be16(std::size_t v) {
  return raw({static_cast<unsigned>(v >> 8 & 0xff), static_cast<unsigned>(v & 0xff)});
}
inline bytes operator+(bytes a, const bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}
inline bytes be32(std::size_t v) { return be16(v >> 16) + be16(v & 0xffff); }
inline bytes le16(std::size_t v) {
  return raw({static_cast<unsigned>(v & 0xff), static_cast<unsigned>(v >> 8 & 0xff)});
}
inline bytes le32(std::size_t v) { return le16(v & 0xffff) + le16(v >> 16); }
inline bytes zeros(std::size_t n) { return bytes(n); }
inline bytes part(const bytes& b, std::size_t begin, std::size_t end) {
  return {b.begin() + static_cast<std::ptrdiff_t>(begin), b.begin() + static_cast<std::ptrdiff_t>(end)};
}

inline bytes wire_name(std::string_view dotted) {
  bytes b;
  while (!dotted.empty()) {
    const std::size_t n = std::min(dotted.find('.'), dotted.size());
    b.push_back(static_cast<std::byte>(n));
    for (const char c : dotted.substr(0, n)) b.push_back(static_cast<std::byte>(c));
    dotted.remove_prefix(std::min(n + 1, dotted.size()));
  }
  b.push_back(std::byte{0});
  return b;
}
inline bytes query(unsigned id, std::string_view name, unsigned type = 1, unsigned dns_class = 1,
                   unsigned flags = 0x0100) {
  return be16(id) + be16(flags) + be16(1) + zeros(6) + wire_name(name) + be16(type) + be16(dns_class);
}
/// A response with one record whose owner is a pointer to the question.
inline bytes response(unsigned id, std::string_view name, unsigned type, const bytes& rdata, unsigned flags = 0x8180) {
  return be16(id) + be16(flags) + be16(1) + be16(1) + zeros(4) + wire_name(name) + be16(type) + be16(1) +
         raw({0xc0, 12}) + be16(type) + be16(1) + be32(60) + be16(rdata.size()) + rdata;
}

inline const bytes client4 = raw({10, 0, 0, 1});
inline const bytes server4 = raw({10, 0, 0, 53});
inline const bytes client6 = raw({0x20, 1, 0xd, 0xb8}) + zeros(11) + raw({1});
inline const bytes server6 = raw({0x20, 1, 0xd, 0xb8}) + zeros(11) + raw({0x53});

inline bytes udp(unsigned from, unsigned to, const bytes& payload) {
  return be16(from) + be16(to) + be16(8 + payload.size()) + be16(0) + payload;
}
struct tcp_flags {
  static constexpr unsigned fin = 1, syn = 2, rst = 4, ack = 16;
};
inline bytes tcp(unsigned from, unsigned to, std::uint32_t sequence, std::uint32_t acknowledged, unsigned flags,
                 const bytes& payload = {}) {
  return be16(from) + be16(to) + be32(sequence) + be32(acknowledged) + raw({0x50, flags}) + be16(1000) + be32(0) +
         payload;
}
/// `fragment` is the second half of the third header word: flags and offset.
inline bytes ipv4(unsigned protocol, const bytes& payload, const bytes& from = client4, const bytes& to = server4,
                  unsigned id = 0, unsigned fragment = 0) {
  return raw({0x45, 0}) + be16(20 + payload.size()) + be16(id) + be16(fragment) + raw({64, protocol}) + be16(0) + from +
         to + payload;
}
inline bytes ipv6(unsigned next, const bytes& payload, const bytes& from = client6, const bytes& to = server6) {
  return raw({0x60, 0, 0, 0}) + be16(payload.size()) + raw({next, 64}) + from + to + payload;
}
inline bytes ethernet(unsigned type, const bytes& payload) { return zeros(12) + be16(type) + payload; }
inline bytes dns_over_ipv4(const bytes& message) { return ipv4(17, udp(4000, 53, message)); }

/// Keeps copies of what a decoder gives.
struct collector final : na::capture::handler {
  struct message : na::dns::wire_message {
    bytes copy;
  };
  void on_message(const na::dns::wire_message& m) override {
    messages.push_back({m, bytes(m.octets.begin(), m.octets.end())});
    messages.back().octets = {};
  }
  void on_contact(const na::dns::contact& c) override { contacts.push_back(c); }
  std::vector<message> messages;
  std::vector<na::dns::contact> contacts;
};

inline na::time_point at(std::int64_t milliseconds) { return na::time_point(std::chrono::milliseconds(milliseconds)); }

/// A decoder and what it gave.
struct bench {
  na::capture::decoder decoder;
  collector got;
  std::int64_t now = 1'000'000'000'000;  // milliseconds

  bench() = default;
  explicit bench(const na::capture::decoder::params& p) : decoder(p) {}
  void feed(int link_type, const bytes& packet, std::size_t missing = 0) {
    decoder.decode(link_type, at(now++), packet, static_cast<std::uint32_t>(packet.size() + missing), got);
  }
  void flush() { decoder.flush(got); }
  [[nodiscard]] std::uint64_t count(na::capture::count c) const { return decoder.counts()[c]; }
};

inline constexpr int link_ethernet = 1, link_raw = 101;

struct file_packet {
  std::uint32_t seconds;
  std::uint32_t fraction;
  bytes data;
};
inline bytes pcap_head(int link_type) {
  return le32(0xa1b2c3d4) + le16(2) + le16(4) + zeros(8) + le32(65535) + le32(static_cast<std::size_t>(link_type));
}
inline bytes pcap_record(const file_packet& p) {
  return le32(p.seconds) + le32(p.fraction) + le32(p.data.size()) + le32(p.data.size()) + p.data;
}
/// A classic capture file with times in microseconds.
inline bytes pcap_file(const std::vector<file_packet>& list, int link_type = link_ethernet) {
  bytes f = pcap_head(link_type);
  for (const file_packet& p : list) f = f + pcap_record(p);
  return f;
}
inline bytes pcapng_block(std::uint32_t type, bytes body) {
  while (body.size() % 4 != 0) body.push_back(std::byte{0});
  return le32(type) + le32(12 + body.size()) + body + le32(12 + body.size());
}
inline bytes pcapng_section() {
  return pcapng_block(0x0a0d0d0a, le32(0x1a2b3c4d) + le16(1) + le16(0) + le32(0xffffffff) + le32(0xffffffff));
}
inline bytes pcapng_interface(int link_type, std::size_t snapshot_length, const bytes& options = {}) {
  return pcapng_block(1, le16(static_cast<std::size_t>(link_type)) + le16(0) + le32(snapshot_length) + options);
}
inline bytes pcapng_packet(std::size_t interface, std::uint64_t ticks, const bytes& data) {
  return pcapng_block(
      6, le32(interface) + le32(ticks >> 32) + le32(ticks & 0xffffffff) + le32(data.size()) + le32(data.size()) + data);
}

}  // namespace packets
