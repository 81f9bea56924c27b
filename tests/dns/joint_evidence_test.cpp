// SPDX-License-Identifier: Apache-2.0
#include <netanomaly/core/state.hpp>
#include <netanomaly/dns/tunnel_detector.hpp>

#include "support/catch.hpp"
#include "support/dns_scenarios.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace na = netanomaly;
namespace dns = netanomaly::dns;
using dns::conclusion;
using dns::tunnel_detector;
using scenarios::joined;

namespace {

std::vector<scenarios::stored> traffic_of(std::string_view name, std::uint64_t seed) {
  for (const auto& s : scenarios::tunnel_scenarios) {
    if (s.name != name) continue;
    scenarios::generator g(seed);
    s.play(g);
    return {std::make_move_iterator(g.traffic.begin()), std::make_move_iterator(g.traffic.end())};
  }
  FAIL("no scenario " << name);
  return {};
}

std::optional<dns::reason> reason_of(const dns::finding& f, std::string_view id) {
  const auto at = std::ranges::find(f.reasons, id, &dns::reason::id);
  return at == f.reasons.end() ? std::nullopt : std::optional(*at);
}

/// What the detector says at its first alarm.
std::optional<dns::finding> first_alarm(tunnel_detector& d, std::vector<scenarios::stored>& traffic) {
  std::optional<dns::finding> first;
  for (auto& t : traffic)
    if (d.update(t.view()).anomalous && !first) first = d.find(t.t.client, t.name);
  return first;
}

}  // namespace

TEST_CASE("a tunnel over many domains is found by what they carry together") {
  auto traffic = traffic_of("over sixteen domains and servers, 0.7 octets/s", 7);
  tunnel_detector d;
  const auto first = first_alarm(d, traffic);
  REQUIRE(first);
  CHECK(first->verdict == conclusion::tunnel);
  const auto joined = reason_of(*first, "joined_domains");
  REQUIRE(joined);
  CHECK(joined->points > 0);
  CHECK(joined->value >= 4);
  CHECK(first->score - joined->points <= first->threshold);
}

TEST_CASE("a tunnel by many clients, or by one whose address changes, is found by what they carry together") {
  for (const char* name : {"by four resolvers, 2 octets/s", "from changing addresses, 0.7 octets/s"}) {
    auto traffic = traffic_of(name, 7);
    tunnel_detector d;
    const auto first = first_alarm(d, traffic);
    INFO(name);
    REQUIRE(first);
    CHECK(reason_of(*first, "joined_clients"));
    CHECK(first->new_name_octets < 20'000);
  }
}

TEST_CASE("what a client asks otherwise is not joined with its tunnel") {
  std::vector<scenarios::stored> all = traffic_of("hex, one-way, NXDOMAIN, 10 octets/s", 3);
  for (const auto& s : scenarios::benign_scenarios) {
    scenarios::generator g(5);
    s.play(g);
    std::move(g.traffic.begin(), g.traffic.end(), std::back_inserter(all));
  }
  tunnel_detector d;
  std::set<std::string> alarmed;
  for (auto& t : all)
    if (d.update(t.view()).anomalous) alarmed.insert(d.find(t.t.client, t.name)->registered_domain);
  CHECK(alarmed == std::set<std::string>{"cdn-sync.net"});
  REQUIRE(d.findings().size() == 1);
  CHECK(d.findings().front().registered_domain == "cdn-sync.net");
}

namespace {

/// A detector that saw all, and one merged from two that saw every other transaction.
std::pair<tunnel_detector, tunnel_detector> whole_and_merged(auto& traffic) {
  tunnel_detector whole;
  tunnel_detector halves[2];
  for (std::size_t i = 0; i < traffic.size(); ++i) {
    whole.update(traffic[i].view());
    halves[i % 2].update(traffic[i].view());
  }
  REQUIRE(halves[0].merge(halves[1]));
  return {std::move(whole), std::move(halves[0])};
}

}  // namespace

TEST_CASE("what is judged together survives saving and merging") {
  auto traffic = traffic_of("over sixteen domains and servers, 0.7 octets/s", 7);
  auto [whole, joined] = whole_and_merged(traffic);
  const auto expected = whole.findings();
  const auto merged = joined.findings();
  REQUIRE(merged.size() == expected.size());
  for (std::size_t i = 0; i < merged.size(); ++i) {
    CHECK(merged[i].registered_domain == expected[i].registered_domain);
    CHECK(merged[i].score == expected[i].score);
  }
  const auto bytes = na::to_bytes(whole);
  auto loaded = na::from_bytes<tunnel_detector>(bytes);
  REQUIRE(loaded);
  CHECK(na::to_bytes(*loaded) == bytes);
  for (auto& t : traffic) {
    t.t.time += std::chrono::hours(24);
    CHECK(loaded->update(t.view()).score == whole.update(t.view()).score);
  }
}

TEST_CASE("what hides in EDNS options is found under whatever names") {
  auto traffic = traffic_of("EDNS padding under a decoy's names, 2 octets/s", 7);
  tunnel_detector d;
  const auto first = first_alarm(d, traffic);
  REQUIRE(first);
  REQUIRE(reason_of(*first, "edns_payload"));
  CHECK(first->edns_payload_octets < 20'000);
  CHECK_FALSE(reason_of(*first, "names_repeat"));

  // the same again and again is what a device says of itself, not a payload
  tunnel_detector other;
  for (auto& t : traffic) {
    t.t.query_edns->payload_hash = 1;
    CHECK_FALSE(other.update(t.view()).anomalous);
  }
  CHECK(other.findings().empty());
}

TEST_CASE("a zone goes no further down than its server says") {
  for (const char* served : {"", "files.served.org"}) {
    scenarios::generator g(1);
    for (unsigned i = 0; i < 200; ++i) {
      g.now += 2;
      g.ask({.name = g.pick(g.base32, 40) + '.' + std::to_string(i) + ".8mxou8.files.served.org",
             .type = dns::record_type::txt,
             .answers = {{dns::record_type::txt, 0, g.text(g.octets(40))}},
             .zone = served});
    }
    tunnel_detector d;
    for (auto& t : g.traffic) d.update(t.view());
    const auto f = d.find(g.client, g.traffic.front().name);
    REQUIRE(f);
    CHECK(f->verdict == conclusion::tunnel);
    CHECK(f->zone == (*served ? served : "8mxou8.files.served.org"));
  }
}

TEST_CASE("a server that is asked for nothing else speaks for a tunnel, a resolver does not") {
  const auto points = [](bool own_server) {
    tunnel_detector d;
    scenarios::generator g(1);
    for (int i = 0; i < 200; ++i) {
      g.now += 1;
      g.ask({joined{g.word(), g.word(), g.number(1, 99), ".com"},
             dns::record_type::a,
             {{dns::record_type::a, 60, g.address4()}}});
    }
    const dns::ip_address resolver = g.server;
    if (own_server) g.server = dns::ip_address::v4(0xc6336401);
    for (unsigned i = 0; i < 100; ++i) {
      g.now += 2;
      g.ask({g.pick(g.base32, 40) + ".t.own-server.org",
             dns::record_type::txt,
             {{dns::record_type::txt, 0, g.text(g.octets(40))}}});
    }
    CHECK(resolver != dns::ip_address::v4(0xc6336401));
    for (auto& t : g.traffic) d.update(t.view());
    const auto f = d.find(g.client, g.traffic.back().name);
    REQUIRE(f);
    const auto found = reason_of(*f, "server_of_its_own");
    return found ? found->points : 0;
  };
  CHECK(points(true) == 3);
  CHECK(points(false) == 0);
}

TEST_CASE("budgets give the busiest minute, hour, day and week") {
  std::vector<scenarios::stored> all;
  scenarios::generator g(1);
  for (int i = 0; i < 60; ++i) {
    g.now += i < 30 ? 1 : 600;
    g.ask({g.pick(g.base36, 20) + ".budget.example.com",
           dns::record_type::txt,
           {{dns::record_type::txt, 0, g.text(g.octets(49))}}});
  }
  tunnel_detector d;
  for (auto& t : g.traffic) d.update(t.view());
  const auto f = d.find(g.client, g.traffic.front().name);
  REQUIRE(f);
  CHECK(f->budgets[3].name == "week");
  CHECK(f->budgets[3].new_name_octets == Approx(60 * 20).epsilon(0.1));
  CHECK(f->budgets[3].answer_octets == Approx(60 * 50).epsilon(0.05));  // more than the sample holds
  for (std::size_t i = 1; i < 4; ++i) {
    CHECK(f->budgets[i].new_name_octets >= f->budgets[i - 1].new_name_octets);
    CHECK(f->budgets[i].answer_octets >= f->budgets[i - 1].answer_octets);
  }
  CHECK(f->budgets[1].new_name_octets == Approx(36 * 20).epsilon(0.2));
}

TEST_CASE("budgets of a zone are those of all its clients as one, of a client and a server those under all domains") {
  tunnel_detector d;
  scenarios::generator g(1);
  const dns::ip_address resolver = g.server;
  const dns::ip_address own = dns::ip_address::v4(0xc6336401);
  const auto ask = [&](unsigned client, const dns::ip_address& server, const char* domain) {
    g.client = dns::ip_address::v4(0x0a000100U + client);
    g.server = server;
    g.ask({g.pick(g.base36, 20) + domain, dns::record_type::txt, {{dns::record_type::txt, 0, g.text(g.octets(49))}}});
    d.update(g.traffic.back().view());
  };
  for (int i = 0; i < 60; ++i) {
    g.now += 1;
    for (unsigned client = 0; client < 4; ++client) ask(client, resolver, ".t.zone-sum.com");
    ask(4, own, ".a.server-sum.com");
    ask(4, own, ".b.other-sum.net");
    ask(4, resolver, ".c.third-sum.org");
  }
  const auto found = d.findings(true);
  const auto of = [&](std::string_view domain) {
    const auto f = std::ranges::find(found, domain, &dns::finding::registered_domain);
    REQUIRE(f != found.end());
    return *f;
  };
  const dns::finding zone = of("zone-sum.com");
  REQUIRE(zone.zone_budgets);
  CHECK(zone.budgets[3].new_name_octets == Approx(60 * 20).epsilon(0.1));
  CHECK((*zone.zone_budgets)[3].new_name_octets == Approx(4 * 60 * 20).epsilon(0.1));
  CHECK((*zone.zone_budgets)[3].answer_octets == Approx(4 * 60 * 50).epsilon(0.1));
  for (const char* domain : {"server-sum.com", "other-sum.net"}) {
    const dns::finding f = of(domain);
    REQUIRE(f.server_budgets);
    CHECK((*f.server_budgets)[3].new_name_octets == Approx(2 * 60 * 20).epsilon(0.15));
    CHECK((*f.server_budgets)[3].answer_octets == Approx(2 * 60 * 50).epsilon(0.1));
    CHECK((*f.zone_budgets)[3].new_name_octets == Approx(60 * 20).epsilon(0.1));
  }
  const dns::finding third = of("third-sum.org");
  REQUIRE(third.server_budgets);
  CHECK((*third.server_budgets)[3].new_name_octets == Approx(60 * 20).epsilon(0.15));

  // who is found alone is not told what others carry
  const auto alone = d.find(g.client, g.traffic.back().name);
  REQUIRE(alone);
  CHECK_FALSE(alone->zone_budgets);
  CHECK_FALSE(alone->server_budgets);
}

TEST_CASE("budgets of a zone and of a server are the same when the detector is merged from parts, or loaded") {
  auto traffic = traffic_of("by four resolvers, 2 octets/s", 7);
  auto [whole, joined] = whole_and_merged(traffic);
  auto loaded = na::from_bytes<tunnel_detector>(na::to_bytes(whole));
  REQUIRE(loaded);
  const auto expected = whole.findings();
  REQUIRE(expected.size() == 4);
  for (const auto& others : {joined.findings(), loaded->findings()}) {
    REQUIRE(others.size() == expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      REQUIRE(expected[i].zone_budgets);
      CHECK((*expected[i].zone_budgets)[2].new_name_octets > 2 * expected[i].budgets[2].new_name_octets);
      CHECK((*others[i].zone_budgets)[2].new_name_octets == (*expected[i].zone_budgets)[2].new_name_octets);
      CHECK((*others[i].server_budgets)[2].new_name_octets == (*expected[i].server_budgets)[2].new_name_octets);
    }
  }
}
