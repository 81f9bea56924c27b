// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/hash.hpp>
#include <netanomaly/dns/transaction.hpp>

#include "support/dns_encoder.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>

namespace netanomaly::bench {

/// Writes transactions as packets to standard output: raw IPv4, UDP from the client's port to a resolver's 53 and back
/// after 20 ms, in the order given.
class pcap_writer {
 public:
  pcap_writer() {
    constexpr std::uint32_t raw_ipv4 = 228;
    for (const std::uint32_t word : {0xa1b2c3d4U, 4U << 16 | 2U, 0U, 0U, 65535U, raw_ipv4}) native(word);
  }

  void write(const dns::transaction& t) {
    const auto whole = t.client.octets();
    const auto client = std::span(whole).last(4);
    const unsigned id = static_cast<unsigned>(++written_ & 0xffff);
    const unsigned port = 1024 + static_cast<unsigned>(splitmix64::mix(written_) % 60'000);
    netanomaly_test::dns_encoder query(id, 0x0100, 1, 0, 0, 0);
    query.raw(t.name).u16(t.type).u16(1);
    packet(t.time, client, resolver, port, 53, query.out);
    const std::size_t answers = t.answers ? t.answers->size() : 0;
    netanomaly_test::dns_encoder response(id, 0x8180 | t.rcode.value_or(0), 1, static_cast<unsigned>(answers), 0, 0);
    response.raw(t.name).u16(t.type).u16(1);
    for (std::size_t i = 0; i < answers; ++i) {
      const dns::answer& a = (*t.answers)[i];
      response.u16(0xc00c).fixed(a.type, a.rdata, a.dns_class, a.ttl);
    }
    packet(t.time + std::chrono::milliseconds(20), resolver, client, 53, port, response.out);
  }

 private:
  static constexpr std::array<std::byte, 4> resolver{std::byte{10}, std::byte{255}, std::byte{0}, std::byte{53}};

  static void native(std::uint32_t word) { put({reinterpret_cast<const std::byte*>(&word), sizeof word}); }
  static void put(std::span<const std::byte> octets) {
    if (std::fwrite(octets.data(), 1, octets.size(), stdout) != octets.size()) std::exit(1);
  }
  static void packet(time_point time, std::span<const std::byte> from, std::span<const std::byte> to,
                     unsigned from_port, unsigned to_port, std::span<const std::byte> message) {
    const auto udp = static_cast<unsigned>(8 + message.size());
    const unsigned whole = 20 + udp;
    netanomaly_test::dns_encoder head;
    head.u16(0x4500).u16(whole).u32(0).u16(64 << 8 | 17).u16(0).raw(from).raw(to);
    unsigned sum = 0;
    for (std::size_t i = 0; i < 20; i += 2)
      sum += std::to_integer<unsigned>(head.out[i]) << 8 | std::to_integer<unsigned>(head.out[i + 1]);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = ~(sum + (sum >> 16)) & 0xffff;
    head.out[10] = static_cast<std::byte>(sum >> 8);
    head.out[11] = static_cast<std::byte>(sum & 255);
    head.u16(from_port).u16(to_port).u16(udp).u16(0);
    const auto at = std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count();
    native(static_cast<std::uint32_t>(at / 1'000'000));
    native(static_cast<std::uint32_t>(at % 1'000'000));
    native(whole);
    native(whole);
    put(head.out);
    put(message);
  }

  std::uint64_t written_ = 0;
};

}  // namespace netanomaly::bench
