// SPDX-License-Identifier: Apache-2.0
#include "packets.hpp"
#include "support/catch.hpp"

#include <netanomaly/capture/decoder.hpp>

#include <algorithm>
#include <random>

using namespace packets;
using na::capture::count;

namespace {

const bytes question = query(7, "www.example.com");
const bytes packet4 = dns_over_ipv4(question);
const bytes packet6 = ipv6(17, udp(4000, 53, question));

/// Whether exactly this question came out, from the client to the server, and nothing was wrong.
bool found(const bench& b, bool v6 = false) {
  if (b.got.messages.size() != 1) return false;
  const auto& m = b.got.messages[0];
  bool fault = false;
  b.decoder.counts().for_each(
      [&](count, const auto& d, std::uint64_t v) { fault |= v != 0 && d.kind == na::capture::count_class::fault; });
  return !fault && m.copy == question && m.length == question.size() && m.client_port == 4000 && m.server_port == 53 &&
         !m.response && m.client.to_string() == (v6 ? "2001:db8::1" : "10.0.0.1") &&
         m.server.to_string() == (v6 ? "2001:db8::53" : "10.0.0.53");
}
bool finds(int link_type, const bytes& packet, bool v6 = false) {
  bench b;
  b.feed(link_type, packet);
  return found(b, v6);
}

}  // namespace

TEST_CASE("DNS is found behind every link layer") {
  CHECK(finds(1, ethernet(0x0800, packet4)));
  CHECK(finds(1, ethernet(0x86dd, packet6), true));
  CHECK(finds(1, ethernet(0x0800, packet4 + zeros(40))));  // padding
  CHECK(finds(1, zeros(12) + be16(60) + raw({0xaa, 0xaa, 3, 0, 0, 0}) + be16(0x0800) + packet4));
  CHECK(finds(113, zeros(14) + be16(0x0800) + packet4));
  CHECK(finds(276, be16(0x0800) + zeros(18) + packet4));
  CHECK(finds(276, be16(0x8100) + zeros(18) + be16(5) + be16(0x86dd) + packet6, true));
  for (const int raw_ip : {12, 14, 101}) {
    CHECK(finds(raw_ip, packet4));
    CHECK(finds(raw_ip, packet6, true));
  }
  CHECK(finds(228, packet4));
  CHECK(finds(229, packet6, true));
  CHECK(finds(0, le32(2) + packet4));
  CHECK(finds(0, be32(2) + packet4));
  for (const unsigned family : {10U, 24U, 28U, 30U}) CHECK(finds(0, le32(family) + packet6, true));
  CHECK(finds(108, be32(30) + packet6, true));
  CHECK(finds(9, be16(0x0021) + packet4));
  CHECK(finds(9, raw({0xff, 3, 0x21}) + packet4));
  CHECK(finds(50, raw({0xff, 3}) + be16(0x0057) + packet6, true));
  CHECK(finds(166, raw({1}) + be16(0x0021) + packet4));
  CHECK(finds(51, raw({0x11, 0}) + be16(9) + be16(packet4.size() + 2) + be16(0x0021) + packet4));
  CHECK(finds(10, zeros(13) + raw({0xaa, 0xaa, 3, 0, 0, 0}) + be16(0x0800) + packet4));
}

TEST_CASE("DNS is found behind VLAN tags, PPPoE and MPLS") {
  CHECK(finds(1, zeros(12) + be16(0x8100) + be16(11) + be16(0x0800) + packet4));
  CHECK(finds(1, zeros(12) + be16(0x88a8) + be16(11) + be16(0x8100) + be16(12) + be16(0x86dd) + packet6, true));
  CHECK(finds(1, zeros(12) + be16(0x9100) + be16(11) + be16(0x8100) + be16(12) + be16(0x0800) + packet4));
  CHECK(finds(1, ethernet(0x8864, raw({0x11, 0}) + be16(9) + be16(packet4.size() + 2) + be16(0x0021) + packet4)));
  CHECK(finds(1, ethernet(0x8847, raw({0, 1, 0, 64, 0, 2, 1, 64}) + packet4)));
  CHECK(finds(1, zeros(12) + be16(0x8100) + be16(11) + be16(0x8864) + raw({0x11, 0}) + be16(9) +
                     be16(packet4.size() + 2) + be16(0x0021) + packet4));
}

TEST_CASE("DNS is found inside tunnels") {
  const bytes frame = ethernet(0x0800, packet4);
  const bytes a = raw({192, 0, 2, 1});
  const bytes b = raw({192, 0, 2, 2});
  const auto outer = [&](unsigned protocol, const bytes& inside) { return ipv4(protocol, inside, a, b); };
  CHECK(finds(link_raw, outer(4, packet4)));
  CHECK(finds(link_raw, outer(41, packet6), true));
  CHECK(finds(link_raw, ipv6(4, packet4)));
  CHECK(finds(link_raw, outer(47, be16(0) + be16(0x0800) + packet4)));
  CHECK(
      finds(link_raw, outer(47, be16(0xb000) + be16(0x86dd) + zeros(12) + packet6), true));  // checksum, key, sequence
  CHECK(finds(link_raw, outer(47, be16(0) + be16(0x6558) + frame)));
  CHECK(finds(link_raw, outer(47, be16(0x3001) + be16(0x880b) + zeros(8) + raw({0xff, 3, 0, 0x21}) + packet4)));
  CHECK(finds(link_raw, outer(47, be16(0x30 << 8 | 0x81) + be16(0x880b) + zeros(12) + raw({0x21}) +
                                      packet4)));                                                // PPTP, acknowledged
  CHECK(finds(link_raw, outer(47, be16(0x1000) + be16(0x88be) + be32(1) + zeros(8) + frame)));   // ERSPAN II
  CHECK(finds(link_raw, outer(47, be16(0) + be16(0x88be) + frame)));                             // ERSPAN I
  CHECK(finds(link_raw, outer(47, be16(0x1000) + be16(0x22eb) + be32(1) + zeros(12) + frame)));  // ERSPAN III
  for (const unsigned port : {4789U, 8472U})
    CHECK(finds(link_raw, outer(17, udp(9999, port, raw({8, 0, 0, 0, 0, 0, 42, 0}) + frame))));
  CHECK(finds(link_raw, outer(17, udp(9999, 6081, raw({1, 0, 0x65, 0x58, 0, 0, 42, 0}) + zeros(4) + frame))));
  CHECK(finds(link_raw, outer(17, udp(9999, 6081, raw({0, 0, 0x86, 0xdd, 0, 0, 42, 0}) + packet6)), true));
  CHECK(finds(link_raw, outer(17, udp(2152, 2152, raw({0x30, 0xff}) + be16(packet4.size()) + be32(1) + packet4))));
  CHECK(finds(link_raw, outer(17, udp(2152, 2152,
                                      raw({0x34, 0xff}) + be16(packet4.size() + 8) + be32(1) +
                                          raw({0, 0, 0, 0x85, 1, 0, 9, 0}) + packet4))));
  CHECK(finds(link_raw, outer(17, udp(3544, 40000, packet6)), true));
  CHECK(finds(link_raw, outer(17, udp(40000, 3544, raw({0, 1, 0, 0}) + zeros(9) + raw({0, 0}) + zeros(6) + packet6)),
              true));
}

TEST_CASE("Encapsulation is followed to a fixed depth") {
  bytes packet = packet4;
  for (int i = 0; i < 7; ++i) packet = ipv4(4, packet);
  CHECK(finds(link_raw, packet));
  bench b;
  for (int i = 0; i < 3000; ++i) packet = ipv4(4, packet);  // the lengths wrap, the depth counts
  b.feed(link_raw, part(packet, packet.size() - packet4.size() - 400, packet.size()));
  CHECK(b.got.messages.empty());
  CHECK(b.count(count::nested_too_deep) == 1);
}

TEST_CASE("IPv6 extension headers are passed over") {
  const bytes u = udp(4000, 53, question);
  CHECK(finds(link_raw, ipv6(0, raw({17, 0}) + zeros(6) + u), true));
  CHECK(
      finds(link_raw, ipv6(0, raw({60, 1}) + zeros(14) + raw({43, 0}) + zeros(6) + raw({17, 0}) + zeros(6) + u), true));
  CHECK(finds(link_raw, ipv6(51, raw({17, 4}) + zeros(22) + u), true));
  CHECK(finds(link_raw, ipv6(44, raw({17, 0, 0, 0}) + be32(99) + u), true));  // a fragment that is the whole
  bench b;
  b.feed(link_raw, ipv6(0, raw({17, 9}) + zeros(6) + u));
  b.feed(link_raw, ipv6(0, raw({17})));
  CHECK(b.count(count::bad_ipv6_header) >= 1);
}

TEST_CASE("Fragments are put together in any order") {
  bytes big = query(9, "www.example.com");
  big = big + zeros(100);
  const bytes u = udp(4000, 53, big);
  for (const std::size_t size : {8U, 24U, 64U}) {
    std::vector<bytes> list4;
    std::vector<bytes> list6;
    for (std::size_t at = 0; at < u.size(); at += size) {
      const std::size_t end = std::min(u.size(), at + size);
      const bool more = end < u.size();
      list4.push_back(
          ipv4(17, part(u, at, end), client4, server4, 77, static_cast<unsigned>(at / 8 | (more ? 0x2000U : 0U))));
      list6.push_back(ipv6(44, raw({17, 0}) + be16(at | (more ? 1U : 0U)) + be32(77) + part(u, at, end)));
    }
    for (auto& list : {list4, list6}) {
      auto order = list;
      std::mt19937 random(42);
      for (int round = 0; round < 5; ++round) {
        bench b;
        for (const bytes& p : order) b.feed(link_raw, p);
        REQUIRE(b.got.messages.size() == 1);
        CHECK(b.got.messages[0].copy == big);
        CHECK(b.count(count::fragmented_datagrams) == 1);
        std::shuffle(order.begin(), order.end(), random);
      }
      bench b;  // each twice: copies change nothing
      for (std::size_t i = 0; i + 1 < list.size(); ++i) {
        b.feed(link_raw, list[i]);
        b.feed(link_raw, list[i]);
      }
      b.feed(link_raw, list.back());
      CHECK(b.got.messages.size() == 1);
      CHECK(b.count(count::overlapping_fragment) == 0);
    }
  }
}

TEST_CASE("Overlapping fragments discard their datagram") {
  const bytes u = udp(4000, 53, query(9, "www.example.com") + zeros(32));
  bench b;
  b.feed(link_raw, ipv4(17, part(u, 0, 32), client4, server4, 5, 0x2000));
  bytes other = part(u, 24, 48);
  b.feed(link_raw, ipv4(17, other, client4, server4, 5, 0x2000 | 3));
  b.feed(link_raw, ipv4(17, part(u, 32, u.size()), client4, server4, 5, 4));
  b.flush();
  CHECK(b.got.messages.empty());
  CHECK(b.count(count::overlapping_fragment) == 2);
}

TEST_CASE("A datagram that stays incomplete gives its beginning") {
  const bytes big = query(9, "www.example.com") + zeros(200);
  const bytes u = udp(4000, 53, big);
  const bytes first = ipv4(17, part(u, 0, 80), client4, server4, 5, 0x2000);
  SECTION("at the end") {
    bench b;
    b.feed(link_raw, first);
    CHECK(b.got.messages.empty());
    b.flush();
    REQUIRE(b.got.messages.size() == 1);
    CHECK(b.got.messages[0].cut_short());
    CHECK(b.got.messages[0].copy == part(big, 0, 72));
    CHECK(b.got.messages[0].length == big.size());
    CHECK(b.count(count::incomplete_datagram) == 1);
  }
  SECTION("after 30 seconds, with its own time") {
    bench b;
    b.feed(link_raw, first);
    const auto seen = at(b.now - 1);
    b.now += 31'000;
    b.feed(link_raw, packet4);
    REQUIRE(b.got.messages.size() == 2);
    CHECK(b.got.messages[0].time == seen);
    CHECK(b.got.messages[0].frame == 1);
  }
  SECTION("when others need the place") {
    na::capture::decoder::params p;
    p.fragment_datagrams = 2;
    bench b(p);
    for (unsigned id = 0; id < 10; ++id) b.feed(link_raw, ipv4(17, part(u, 0, 80), client4, server4, id, 0x2000));
    CHECK(b.got.messages.size() == 8);
  }
}

TEST_CASE("Impossible fragments are counted and do no harm") {
  bench b;
  b.feed(link_raw, ipv4(17, zeros(12), client4, server4, 5, 0x2000));      // not a multiple of 8
  b.feed(link_raw, ipv4(17, zeros(64), client4, server4, 6, 0x1fff));      // beyond 65,535
  b.feed(link_raw, ipv4(17, zeros(16), client4, server4, 7, 4));           // an end ...
  b.feed(link_raw, ipv4(17, zeros(16), client4, server4, 7, 0x2000 | 6));  // ... and something behind it
  b.feed(link_raw, ipv4(17, {}, client4, server4, 8, 0x2000));
  b.flush();
  CHECK(b.count(count::bad_fragment) == 4);
  CHECK(b.got.messages.empty());
}

TEST_CASE("The QR bit says who is client") {
  bench b;
  b.feed(link_raw, ipv4(17, udp(53, 4000, response(1, "a.example", 1, raw({192, 0, 2, 1}))), server4, client4));
  REQUIRE(b.got.messages.size() == 1);
  CHECK(b.got.messages[0].response);
  CHECK(b.got.messages[0].client.to_string() == "10.0.0.1");
  CHECK(b.got.messages[0].server_port == 53);
  b.feed(link_raw, ipv4(17, udp(53, 4000, raw({1, 2})), server4, client4));  // too short to have one
  REQUIRE(b.got.messages.size() == 2);
  CHECK(b.got.messages[1].client.to_string() == "10.0.0.1");
}

TEST_CASE("Ports can be chosen") {
  na::capture::decoder::params p;
  p.ports = {8053};
  bench b(p);
  b.feed(link_raw, packet4);
  b.feed(link_raw, ipv4(17, udp(4000, 8053, question)));
  CHECK(b.got.messages.size() == 1);
  CHECK(b.count(count::other_packets) == 1);
}

TEST_CASE("A packet cut by the snapshot length gives what is there") {
  bench b;
  b.feed(link_ethernet, part(ethernet(0x0800, packet4), 0, 60), packet4.size() + 14 - 60);
  REQUIRE(b.got.messages.size() == 1);
  CHECK(b.got.messages[0].cut_short());
  CHECK(b.got.messages[0].copy == part(question, 0, 18));
  CHECK(b.count(count::cut_by_snaplen) == 1);
}

TEST_CASE("A UDP length without data is no message") {
  bench b;
  b.feed(link_raw, ipv4(17, be16(4000) + be16(53) + be16(8) + be16(0) + question));
  b.feed(link_raw, ipv4(17, be16(4000) + be16(53) + be16(7) + be16(0) + question));
  CHECK(b.got.messages.empty());
  CHECK(b.count(count::empty_payload) == 1);
  CHECK(b.count(count::bad_udp_header) == 1);
}

TEST_CASE("Contacts name who began") {
  const bytes web = raw({192, 0, 2, 80});
  bench b;
  b.feed(link_raw, ipv4(6, tcp(5000, 443, 1, 0, tcp_flags::syn), client4, web));
  b.feed(link_raw, ipv4(6, tcp(443, 5000, 1, 2, tcp_flags::syn | tcp_flags::ack), web, client4));
  b.feed(link_raw, ipv4(6, tcp(5000, 443, 2, 2, tcp_flags::ack), client4, web));
  b.feed(link_raw, ipv4(6, tcp(443, 5000, 2, 2, tcp_flags::ack, zeros(10)), web, client4));
  REQUIRE(b.got.contacts.size() == 1);
  CHECK(b.got.contacts[0].client.to_string() == "10.0.0.1");
  CHECK(b.got.contacts[0].peer.to_string() == "192.0.2.80");
  b.now += 11'000;  // still talking
  b.feed(link_raw, ipv4(6, tcp(5000, 443, 3, 2, tcp_flags::ack), client4, web));
  CHECK(b.got.contacts.size() == 2);

  bench c;  // only the answer was captured
  c.feed(link_raw, ipv4(6, tcp(443, 5000, 1, 2, tcp_flags::syn | tcp_flags::ack), web, client4));
  c.feed(link_raw, ipv4(1, zeros(16), client4, raw({192, 0, 2, 9})));
  c.feed(link_raw, ipv4(17, udp(5000, 1900, zeros(4)), client4, raw({239, 255, 255, 250})));  // a group is nobody
  c.feed(link_raw, packet4);                                                                  // DNS is no contact
  REQUIRE(c.got.contacts.size() == 2);
  CHECK(c.got.contacts[0].client.to_string() == "10.0.0.1");
  CHECK(c.got.contacts[1].peer.to_string() == "192.0.2.9");
  CHECK(c.decoder.counts().other_traffic_seen());
}

TEST_CASE("Encrypted DNS is counted by flows") {
  bench b;
  for (int i = 0; i < 3; ++i) {
    b.feed(link_raw, ipv4(6, tcp(5000, 853, 1, 0, tcp_flags::syn)));
    b.feed(link_raw, ipv4(6, tcp(853, 5000, 1, 0, tcp_flags::ack), server4, client4));
    b.feed(link_raw, ipv4(17, udp(5001, 853, zeros(20))));
    b.feed(link_raw, ipv4(6, tcp(5002, 443, 1, 0, tcp_flags::ack), client4, raw({8, 8, 8, 8})));
    b.feed(link_raw, ipv4(17, udp(443, 5003, zeros(20)), raw({1, 1, 1, 1}), client4));
    b.feed(link_raw, ipv4(6, tcp(5002, 443, 1, 0, tcp_flags::ack), client4, raw({8, 8, 8, 9})));
  }
  CHECK(b.count(count::dot_flows) == 1);
  CHECK(b.count(count::doq_flows) == 1);
  CHECK(b.count(count::doh_flows) == 2);
}

TEST_CASE("No cut and no changed octet of a packet does harm") {
  const std::vector<bytes> all = {
      ethernet(0x0800, packet4),
      zeros(12) + be16(0x8100) + be16(1) + be16(0x86dd) +
          ipv6(0, raw({44, 0}) + zeros(6) + raw({17, 0, 0, 1}) + be32(1) + udp(4000, 53, question + zeros(5))),
      ethernet(0x0800, ipv4(47, be16(0xb000) + be16(0x880b) + zeros(12) + raw({0xff, 3, 0, 0x21}) + packet4)),
      ethernet(0x0800,
               ipv4(17, udp(1, 6081, raw({1, 0, 0x65, 0x58, 0, 0, 42, 0}) + zeros(4) + ethernet(0x0800, packet4)))),
      ethernet(0x0800, ipv4(17, udp(2152, 2152,
                                    raw({0x34, 0xff}) + be16(packet4.size() + 8) + be32(1) +
                                        raw({0, 0, 0, 0x85, 1, 0, 9, 0}) + packet4))),
      ethernet(0x0800, ipv4(6, tcp(4000, 53, 9, 0, tcp_flags::ack, be16(question.size()) + question)))};
  bench b;
  for (const bytes& packet : all) {
    for (std::size_t n = 0; n <= packet.size(); ++n) {
      const bytes cut = part(packet, 0, n);  // a copy, so that a read past the end is seen
      b.feed(link_ethernet, cut, packet.size() - n);
      b.feed(link_ethernet, cut);
    }
    for (std::size_t i = 0; i < packet.size(); ++i)
      for (const unsigned v : {0x00U, 0xffU, 0x80U, 0x01U}) {
        bytes changed = packet;
        changed[i] ^= static_cast<std::byte>(v);
        b.feed(link_ethernet, changed);
      }
    for (int link_type = 0; link_type < 300; ++link_type) b.feed(link_type, packet);
  }
  b.flush();
  CHECK(b.count(count::packets) > 1000);
}
