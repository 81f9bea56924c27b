// SPDX-License-Identifier: Apache-2.0
#include "support/catch.hpp"
#include "support/dns_encoder.hpp"

#include <netanomaly/dns/pairing.hpp>

#include <string>
#include <vector>

namespace na = netanomaly;
namespace dns = netanomaly::dns;
using netanomaly_test::dns_encoder;
using bytes = std::vector<std::byte>;

namespace {

na::time_point at(std::int64_t milliseconds) { return na::time_point(std::chrono::milliseconds(milliseconds)); }

/// A transaction with copies of what it points to.
struct seen {
  dns::transaction t;
  std::string name;
  std::vector<dns::answer> answers;
  std::vector<bytes> rdata;
};

struct bench {
  dns::pairing pairing;
  std::vector<seen> got;

  bench() = default;
  explicit bench(const dns::pairing::params& p) : pairing(p) {}
  auto keep() {
    return [this](const dns::transaction& t) {
      seen s{t, dns::name_view(t.name.data(), 0).to_text(), {}, {}};
      REQUIRE(!t.name.empty());
      if (t.answers)
        for (const dns::answer& a : *t.answers) {
          s.answers.push_back(a);
          s.rdata.emplace_back(a.rdata.begin(), a.rdata.end());
        }
      got.push_back(s);
    };
  }
  void feed(const dns::wire_message& m) { pairing.update(m, keep()); }
  void flush() { pairing.flush(keep()); }
};

dns::wire_message message(std::int64_t milliseconds, const bytes& octets, bool response = false) {
  dns::wire_message m;
  m.time = at(milliseconds);
  m.client = dns::ip_address::v4(0x0a000001);
  m.server = dns::ip_address::v4(0x0a000035);
  m.client_port = 4000;
  m.server_port = 53;
  m.response = response;
  m.length = static_cast<std::uint32_t>(octets.size());
  m.octets = octets;
  return m;
}

bytes query(unsigned id, std::string_view name, unsigned type = 1, unsigned flags = 0x0100) {
  return dns_encoder(id, flags, 1, 0, 0, 0).question(name, type).out;
}
bytes answer(unsigned id, std::string_view name, unsigned type = 1, unsigned flags = 0x8180) {
  dns_encoder e(id, flags, 1, 1, 0, 0);
  return e.question(name, type).pointer(12).fixed(1, netanomaly_test::octets("\x01\x02\x03\x04")).out;
}

}  // namespace

TEST_CASE("A query and its response are one transaction") {
  bench b;
  bytes q = dns_encoder(7, 0x0100, 1, 0, 0, 1)
                .question("Www.Example.com", 15)
                .opt(netanomaly_test::from_hex("000c0003000000"), 1232, 0x8000)
                .out;
  dns_encoder r(7, 0x8183, 1, 2, 3, 0);  // more records promised than are there
  r.question("wWW.eXAMPLE.com", 15);
  r.pointer(12).fixed(15, dns_encoder().u16(10).label("mx").pointer(16).out);
  r.pointer(12).fixed(16, netanomaly_test::octets("\x01x"));
  b.feed(message(1000, q));
  CHECK(b.got.empty());
  CHECK(b.pairing.outstanding() == 1);
  b.feed(message(1020, r.out, true));
  REQUIRE(b.got.size() == 1);
  const seen& s = b.got[0];
  CHECK(s.name == "Www.Example.com");
  CHECK(s.t.time == at(1000));
  CHECK(s.t.response_time == at(1020));
  CHECK(s.t.type == 15);
  CHECK(s.t.query_seen);
  CHECK(s.t.response_seen == true);
  CHECK(s.t.query_flags == 0x0100);
  CHECK(s.t.response_flags == 0x8183);
  CHECK(s.t.rcode == 3);
  CHECK(s.t.query_octets == q.size());
  CHECK(s.t.response_octets == r.out.size());
  CHECK(s.t.authority_count == 3);
  CHECK(s.t.client.to_string() == "10.0.0.1");
  CHECK(s.t.server->to_string() == "10.0.0.53");
  CHECK(s.t.query_edns->udp_size == 1232);
  CHECK(s.t.query_edns->dnssec_ok);
  CHECK(s.t.query_edns->padding_octets == 3);
  CHECK(!s.t.response_edns);
  CHECK(s.t.partial);
  REQUIRE(s.rdata.size() == 2);
  CHECK(s.rdata[0] == dns_encoder().u16(10).name("mx.eXAMPLE.com").out);  // written out
  CHECK(b.pairing.outstanding() == 0);
  CHECK(b.pairing.counts().answered == 1);
}

TEST_CASE("The authority section tells the zone that serves a name") {
  const auto zone_octets = [](std::string_view owner, unsigned type) {
    bench b;
    b.feed(message(0, query(7, "a.b.Example.com")));
    dns_encoder r(7, 0x8183, 1, 0, 1, 0);
    r.question("a.b.Example.com", 1).record(owner, type, dns_encoder().name("ns.example.net").out);
    b.feed(message(1, r.out, true));
    REQUIRE(b.got.size() == 1);
    return b.got[0].t.zone_octets;
  };
  CHECK(zone_octets("example.com", 2) == 13);
  CHECK(zone_octets("b.EXAMPLE.com", 2) == 15);
  CHECK(zone_octets("com", 2) == 5);
  CHECK(zone_octets("", 2) == 1);
  CHECK(!zone_octets("example.org", 2));
  CHECK(!zone_octets("x.a.b.example.com", 2));
  CHECK(!zone_octets("xb.example.com", 2));
  CHECK(!zone_octets("example.com", 5));
}

TEST_CASE("Only the response to the same question from the same place pairs") {
  const bytes q = query(7, "a.example");
  const auto pairs = [&](auto&& change) {
    bench b;
    b.feed(message(0, q));
    const bytes r = answer(7, "A.example");
    dns::wire_message m = message(1, r, true);
    bytes changed;
    change(m, changed);
    if (!changed.empty()) m.octets = changed;
    b.feed(m);
    return b.pairing.counts().answered == 1;
  };
  CHECK(pairs([](auto&, auto&) {}));
  CHECK(!pairs([](auto& m, auto&) { m.client = dns::ip_address::v4(1); }));
  CHECK(!pairs([](auto& m, auto&) { m.server = dns::ip_address::v4(1); }));
  CHECK(!pairs([](auto& m, auto&) { m.client_port = 1; }));
  CHECK(!pairs([](auto& m, auto&) { m.transport = dns::transport::tcp; }));
  CHECK(!pairs([](auto&, auto& c) { c = answer(8, "a.example"); }));
  CHECK(!pairs([](auto&, auto& c) { c = answer(7, "b.example"); }));
  CHECK(!pairs([](auto&, auto& c) { c = answer(7, "a.example", 28); }));
  CHECK(!pairs([](auto&, auto& c) { c = answer(7, "a.example", 1, 0xa180); }));      // another opcode
  CHECK(pairs([](auto&, auto& c) { c = dns_encoder(7, 0x8185, 0, 0, 0, 0).out; }));  // refused, without a question
  CHECK(pairs([](auto&, auto& c) { c = dns_encoder(7, 0x8182, 1, 0, 0, 0).u8(64).out; }));  // with one that is broken
}

TEST_CASE("A query that nobody answers is given after the timeout") {
  bench b;
  const bytes q1 = query(1, "one.example");
  const bytes q2 = query(2, "two.example");
  b.feed(message(0, q1));
  b.feed(message(9'000, q2));
  CHECK(b.got.empty());
  b.pairing.advance(at(10'001), b.keep());
  REQUIRE(b.got.size() == 1);
  CHECK(b.got[0].name == "one.example");
  CHECK(b.got[0].t.response_seen == false);
  CHECK(!b.got[0].t.answers);
  CHECK(!b.got[0].t.rcode);
  b.flush();
  REQUIRE(b.got.size() == 2);
  CHECK(!b.got[1].t.response_seen.has_value());  // it might still have come
  CHECK(b.pairing.counts().unanswered == 1);
  CHECK(b.pairing.counts().undecided == 1);
}

TEST_CASE("A response whose query was not seen stands alone") {
  bench b;
  const bytes r = answer(1, "one.example");
  b.feed(message(5, r, true));
  REQUIRE(b.got.size() == 1);
  CHECK(!b.got[0].t.query_seen);
  CHECK(b.got[0].t.time == at(5));
  CHECK(!b.got[0].t.query_octets);
  CHECK(b.got[0].answers.size() == 1);
  CHECK(b.pairing.counts().unsolicited == 1);
}

TEST_CASE("Retransmissions and copies give one transaction") {
  bench b;
  const bytes q = query(1, "one.example");
  const bytes r = answer(1, "one.example");
  b.feed(message(0, q));
  b.feed(message(0, q));  // a mirror port's copy
  b.feed(message(1000, q));
  b.feed(message(1001, r, true));
  b.feed(message(1001, r, true));
  b.feed(message(1002, r, true));  // to the second query
  CHECK(b.got.size() == 1);
  CHECK(b.pairing.counts().duplicates == 3);
  CHECK(b.pairing.counts().retransmissions == 1);

  b.feed(message(5000, q));  // asked again: a transaction of its own
  b.feed(message(5001, r, true));
  CHECK(b.got.size() == 2);

  bench c;  // copies that come late: query, response, query, response
  c.feed(message(0, q));
  c.feed(message(1, r, true));
  c.feed(message(1, q));
  c.feed(message(2, r, true));
  CHECK(c.got.size() == 1);
  const bytes other = answer(1, "one.example", 1, 0x8580);  // a second, different answer is worth seeing
  c.feed(message(3, other, true));
  REQUIRE(c.got.size() == 2);
  CHECK(!c.got[1].t.query_seen);
}

TEST_CASE("Memory is bounded, the oldest query gives way") {
  dns::pairing::params p;
  p.outstanding = 8;
  bench b(p);
  const std::size_t before = b.pairing.memory_bytes();
  std::vector<bytes> queries;
  for (unsigned i = 0; i < 20; ++i) queries.push_back(query(i, "n" + std::to_string(i) + ".example"));
  for (const bytes& q : queries) b.feed(message(1, q));
  CHECK(b.got.size() == 12);
  CHECK(b.got[0].name == "n0.example");
  CHECK(!b.got[0].t.response_seen.has_value());
  CHECK(b.pairing.memory_bytes() == before);
  b.pairing.reset();
  b.flush();
  CHECK(b.got.size() == 12);
  CHECK(b.pairing.counts().queries == 0);
}

TEST_CASE("Many queries under one id stay cheap") {
  bench b;
  std::vector<bytes> queries;
  for (unsigned i = 0; i < 200; ++i) queries.push_back(query(1, "n" + std::to_string(i) + ".example"));
  for (const bytes& q : queries) b.feed(message(1, q));
  CHECK(b.pairing.outstanding() <= 32);
  CHECK(b.got.size() == 200 - b.pairing.outstanding());
  const bytes r = answer(1, "n199.example");
  b.feed(message(2, r, true));
  CHECK(b.pairing.counts().answered == 1);
  const bytes early = answer(1, "n0.example");
  b.feed(message(2, early, true));
  CHECK(b.pairing.counts().mismatched == 1);
  CHECK(b.pairing.counts().unsolicited == 1);
}

TEST_CASE("mDNS questions are given at once, announcements stand alone") {
  bench b;
  const bytes q = dns_encoder(0, 0, 1, 0, 0, 0).question("_ipp._tcp.local", 12, 0x8001).out;
  dns::wire_message m = message(0, q);
  m.server = dns::ip_address::v4(0xe00000fb);
  m.client_port = m.server_port = 5353;
  b.feed(m);
  REQUIRE(b.got.size() == 1);
  CHECK(!b.got[0].t.response_seen.has_value());
  CHECK(b.got[0].t.dns_class == 1);
  const bytes r = dns_encoder(0, 0x8400, 0, 1, 0, 0)
                      .record("printer.local", 1, netanomaly_test::octets("\x01\x02\x03\x04"), 0x8001)
                      .out;
  dns::wire_message n = m;
  n.time = at(1000);
  n.response = true;
  n.client = m.server;
  n.server = dns::ip_address::v4(0x0a000009);
  n.octets = r;
  n.length = static_cast<std::uint32_t>(r.size());
  b.feed(n);
  REQUIRE(b.got.size() == 2);
  CHECK(!b.got[1].t.query_seen);
  CHECK(b.got[1].name == "printer.local");
  CHECK(b.got[1].answers[0].dns_class == 1);
  n.time = at(2000);  // announcements are repeated
  b.feed(n);
  CHECK(b.got.size() == 3);
  CHECK(b.pairing.counts().multicast == 1);
  CHECK(b.pairing.counts().undecided == 0);
}

TEST_CASE("A member of a group answers for it") {
  for (const std::uint16_t port : {std::uint16_t{5353}, std::uint16_t{5355}}) {
    bench b;
    const bytes q = query(9, "printer", 1, 0);
    const bytes r = answer(9, "printer", 1, 0x8000);
    dns::wire_message m = message(0, q);
    m.server = dns::ip_address::v4(0xe00000fc);
    m.server_port = port;
    b.feed(m);
    dns::wire_message n = message(3, r, true);
    n.server = dns::ip_address::v4(0x0a000009);
    n.server_port = port;
    b.feed(n);
    REQUIRE(b.got.size() == 1);
    CHECK(b.got[0].t.response_seen == true);
    CHECK(b.got[0].t.server->to_string() == "10.0.0.9");
  }
}

TEST_CASE("NOTIFY and UPDATE are paired by their zone") {
  bench b;
  const bytes notify = query(1, "example", 6, 0x2400);
  const bytes noted = query(1, "example", 6, 0xa400);
  b.feed(message(0, notify));
  b.feed(message(1, noted, true));
  REQUIRE(b.got.size() == 1);
  CHECK(b.got[0].t.query_flags == 0x2400);
  CHECK(b.got[0].t.answers.has_value());
  const bytes update = query(2, "example", 6, 0x2800);
  const bytes updated = query(2, "example", 6, 0xa800);
  b.feed(message(2, update));
  b.feed(message(3, updated, true));
  REQUIRE(b.got.size() == 2);
  CHECK(!b.got[1].t.answers.has_value());  // an UPDATE has prerequisites there
}

TEST_CASE("Of a message that is cut the beginning is used") {
  bench b;
  const bytes q = query(1, "one.example");
  const bytes r = answer(1, "one.example");
  b.feed(message(0, q));
  dns::wire_message m = message(1, r, true);
  m.octets = m.octets.first(r.size() - 2);
  b.feed(m);
  REQUIRE(b.got.size() == 1);
  CHECK(b.got[0].t.partial);
  CHECK(b.got[0].t.response_octets == r.size());
  CHECK(b.got[0].answers.empty());
  CHECK(b.pairing.counts().cut_short == 1);
}

TEST_CASE("What is not DNS is counted") {
  bench b;
  const bytes few = netanomaly_test::octets("abc");
  const bytes ssh = netanomaly_test::octets("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n");
  const bytes nothing = dns_encoder(1, 0x0100, 0, 0, 0, 0).out;
  b.feed(message(0, few));
  b.feed(message(0, ssh));
  b.feed(message(0, few, true));
  b.feed(message(0, nothing));
  b.flush();
  CHECK(b.got.empty());
  CHECK(b.pairing.counts().unreadable == 3);
  CHECK(b.pairing.counts().without_question == 1);
  CHECK(b.pairing.counts().broken_rules[static_cast<std::size_t>(dns::parse_rule::message_has_header)] == 2);
}

TEST_CASE("Expanded answers stay within their memory") {
  bench b;
  const std::string label(63, 'x');
  const std::string owner = label + '.' + label + '.' + label + '.' + std::string(61, 'y');
  dns_encoder r(1, 0x8180, 1, 5000, 0, 0);
  r.question(owner, 2);
  while (r.size() + 14 <= 65535) r.pointer(12).fixed(2, dns_encoder().pointer(12).out);
  b.feed(message(0, r.out, true));
  REQUIRE(b.got.size() == 1);
  CHECK(b.got[0].t.partial);
  CHECK(b.got[0].answers.size() == 131072 / 255);
}

TEST_CASE("Times that jump do no harm") {
  bench b;
  const bytes q = query(1, "one.example");
  for (const na::time_point t : {na::time_point::max(), na::time_point::min(), at(0), na::time_point::max()}) {
    dns::wire_message m = message(0, q);
    m.time = t;
    b.feed(m);
  }
  b.flush();
  CHECK(b.got.size() == 1);
}

TEST_CASE("Parameters of pairing are checked") {
  dns::pairing::params p;
  p.outstanding = 0;
  const auto none = dns::pairing::make(p);
  REQUIRE(!none);
  CHECK(none.error().message().find("outstanding") != std::string::npos);
}
