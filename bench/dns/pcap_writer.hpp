// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/hash.hpp>
#include <netanomaly/dns/transaction.hpp>
#include <netanomaly/dns/types.hpp>

#include "capture/packets.hpp"
#include "support/dns_encoder.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <utility>
#include <vector>

namespace netanomaly::bench {

/// Writes transactions as packets to standard output: raw IPv4, UDP from the client's port to a resolver's 53 and back
/// after 20 ms, in the order given; with EDNS padding where there was some.
class pcap_writer {
 public:
  pcap_writer() { put(packets::pcap_head(packets::link_raw)); }

  void write(const dns::transaction& t) {
    const auto octets = t.client.octets();
    const packets::bytes client(octets.end() - 4, octets.end());
    const auto id = static_cast<unsigned>(++written_ & 0xffff);
    const auto port = 1024 + static_cast<unsigned>(splitmix64::mix(written_) % 60'000);
    netanomaly_test::dns_encoder query(id, 0x0100, 1, 0, 0, t.query_edns ? 1 : 0);
    query.raw(t.name).u16(t.type).u16(1);
    if (t.query_edns) query.opt(padding_of(*t.query_edns), t.query_edns->udp_size);
    put(t.time, packets::ipv4(17, packets::udp(port, 53, query.out), client, packets::server4));
    const auto answers = t.answers.value_or(std::span<const dns::answer>());
    netanomaly_test::dns_encoder response(id, 0x8180 | t.rcode.value_or(0), 1, static_cast<unsigned>(answers.size()), 0,
                                          0);
    response.raw(t.name).u16(t.type).u16(1);
    for (const dns::answer& a : answers) response.u16(0xc00c).fixed(a.type, a.rdata, a.dns_class, a.ttl);
    put(t.time + std::chrono::milliseconds(20),
        packets::ipv4(17, packets::udp(53, port, response.out), packets::server4, client));
  }

 private:
  /// As many octets as it says, different where its hash is.
  static std::vector<std::byte> padding_of(const dns::edns& e) {
    netanomaly_test::dns_encoder option;
    option.u16(dns::option_code::padding).u16(e.padding_octets);
    splitmix64 octets(e.payload_hash);
    for (unsigned i = 0; i < e.padding_octets; ++i) option.u8(e.payload_octets == 0 ? 0 : octets() & 255);
    return std::move(option.out);
  }
  static void put(time_point time, packets::bytes packet) {
    const auto at = std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count();
    put(packets::pcap_record(
        {static_cast<std::uint32_t>(at / 1'000'000), static_cast<std::uint32_t>(at % 1'000'000), std::move(packet)}));
  }
  static void put(std::span<const std::byte> octets) {
    if (std::fwrite(octets.data(), 1, octets.size(), stdout) != octets.size()) std::exit(1);
  }

  std::uint64_t written_ = 0;
};

}  // namespace netanomaly::bench
