// SPDX-License-Identifier: Apache-2.0

#include <netanomaly/dns/history.hpp>
#include <netanomaly/dns/traffic.hpp>

#include "support/catch.hpp"
#include "support/dns_scenarios.hpp"

#include <array>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace na = netanomaly;
namespace dns = netanomaly::dns;
using scenarios::generator;

namespace {

std::vector<std::byte> wire(const std::string& name) {
  const std::string w = generator::wire(name);
  return {reinterpret_cast<const std::byte*>(w.data()), reinterpret_cast<const std::byte*>(w.data()) + w.size()};
}
auto numbers(const dns::traffic_summary& s) {
  return std::tuple(s.client, s.domain, s.first, s.last, s.queries, s.responses, s.bytes_up, s.bytes_down,
                    s.distinct_names, s.distinct_peers, s.non_address_share, s.nxdomain_share, s.addresses,
                    s.orphan_share);
}

}  // namespace

TEST_CASE("traffic counts volume by client, by domain and by pair") {
  generator g(1);
  dns::traffic t;
  for (int i = 0; i < 10; ++i) {
    g.now += 2;
    g.ask({"host" + std::to_string(i % 5) + ".example.com", 1, {{1, 60, g.address4()}}});
  }
  g.no_such_name({"nothing.example.com", 16});
  g.ask({"www.example.org", 28, {}});
  std::uint64_t up = 0;
  std::uint64_t down = 0;
  for (std::size_t i = 0; i < g.traffic.size(); ++i) {
    t.add(g.traffic[i].view());
    if (i == 11) break;
    up += *g.traffic[i].t.query_octets;
    down += *g.traffic[i].t.response_octets;
  }
  const auto domain = t.domain(wire("anything.EXAMPLE.com"));
  REQUIRE(domain);
  CHECK(domain->queries == 11);
  CHECK(domain->responses == 11);
  CHECK(domain->bytes_up == up);
  CHECK(domain->bytes_down == down);
  CHECK(domain->distinct_names == 6);
  CHECK(domain->distinct_peers == 1);
  CHECK(domain->new_name_ratio == Approx(6.0 / 11));
  CHECK(domain->non_address_share == Approx(1.0 / 11));
  CHECK(domain->nxdomain_share == Approx(1.0 / 11));
  CHECK(domain->types[1] == 10);
  CHECK(domain->types[16] == 1);
  CHECK(domain->rate == Approx(11.0 / 600));
  CHECK(domain->addresses.size() == 10);
  CHECK_FALSE(domain->orphan_share);  // nothing but DNS was seen

  const auto client = t.client(g.client);
  REQUIRE(client);
  CHECK(client->queries == 12);
  CHECK(client->distinct_peers == 2);
  const auto pair = t.pair(g.client, wire("www.example.org"));
  REQUIRE(pair);
  CHECK(pair->queries == 1);
  CHECK(pair->non_address_share == 0);
  CHECK_FALSE(t.pair(g.client, wire("www.example.net")));
  int clients = 0;
  t.for_each_client([&](const dns::traffic_summary&) { ++clients; });
  CHECK(clients == 1);
}

TEST_CASE("what has left the window is not counted") {
  generator g(2);
  dns::traffic t({.span = std::chrono::minutes(10), .parts = 10});
  g.ask({"old.example.com", 1, {}});
  g.now += 300;
  g.ask({"middle.example.com", 1, {}});
  g.now += 400;
  g.ask({"new.example.com", 1, {}});
  for (auto& s : g.traffic) t.add(s.view());
  REQUIRE(t.domain(wire("example.com")));
  CHECK(t.domain(wire("example.com"))->queries == 2);
  CHECK(t.domain(wire("example.com"))->distinct_names == 2);
  g.now += 3600;
  g.ask({"www.example.org", 1, {}});
  t.add(g.traffic.back().view());
  CHECK_FALSE(t.domain(wire("example.com")));
}

TEST_CASE("times between questions have the moments of their textbook definitions") {
  generator g(3);
  dns::gap_moments whole;
  dns::gap_moments left;
  dns::gap_moments right;
  std::vector<double> gaps;
  for (int i = 0; i < 1000; ++i) {
    gaps.push_back(g.exponential(3));
    whole.add(gaps.back());
    (i < 300 ? left : right).add(gaps.back());
  }
  double mean = 0;
  for (const double x : gaps) mean += x / 1000;
  double m2 = 0;
  double m3 = 0;
  double m4 = 0;
  for (const double x : gaps) {
    m2 += std::pow(x - mean, 2);
    m3 += std::pow(x - mean, 3);
    m4 += std::pow(x - mean, 4);
  }
  left.merge(right);
  for (const dns::gap_moments& g2 : {whole, left}) {
    CHECK(g2.count() == 1000);
    CHECK(g2.mean() == Approx(mean).epsilon(1e-12));
    CHECK(g2.variance() == Approx(m2 / 999).epsilon(1e-12));
    CHECK(g2.skewness() == Approx(std::sqrt(1000.0) * m3 / std::pow(m2, 1.5)).epsilon(1e-10));
    CHECK(g2.excess_kurtosis() == Approx(1000 * m4 / (m2 * m2) - 3).epsilon(1e-10));
  }
}

TEST_CASE("orphan requests are those to whose addresses no packet was sent") {
  generator g(4);
  dns::traffic t;
  for (int i = 0; i < 4; ++i) g.ask({"h" + std::to_string(i) + ".example.com", 1, {{1, 60, g.address4()}}});
  for (auto& s : g.traffic) t.add(s.view());
  t.add({.time = {}, .client = g.client, .peer = *dns::ip_address::from_octets(g.traffic[0].rdata[0])});
  const auto pair = t.pair(g.client, wire("example.com"));
  REQUIRE(pair);
  REQUIRE(pair->orphan_share);
  CHECK(*pair->orphan_share == 0.75);
}

TEST_CASE("places come from any callable") {
  const std::array addresses = {dns::ip_address::v4(1), dns::ip_address::v4(2), dns::ip_address::v4(3),
                                dns::ip_address::v4(4)};
  const auto g = dns::locate(addresses, [](const dns::ip_address& a) -> std::optional<dns::place> {
    if (a == dns::ip_address::v4(4)) return std::nullopt;
    return dns::place{a == dns::ip_address::v4(1) ? "DE" : "FR", 64500};
  });
  CHECK(g.countries == std::set<std::string>{"DE", "FR"});
  CHECK(g.networks == std::set<std::uint32_t>{64500});
  CHECK(g.unknown == 1);
}

TEST_CASE("traffic merges, is saved and loaded, and keeps to its memory") {
  generator g(5);
  scenarios::benign::leaf_names_of_a_web_day(g);
  scenarios::benign::agent_rollout(g);
  constexpr std::uint64_t limit = 4 << 20;
  dns::traffic small({.memory_limit = limit});
  dns::traffic whole;
  std::array<dns::traffic, 4> parts;
  dns::traffic restored;
  bool within = true;
  for (std::size_t i = 0; i < g.traffic.size(); ++i) {
    const dns::transaction& t = g.traffic[i].view();
    small.add(t);
    within = within && small.memory_bytes() <= limit;
    whole.add(t);
    parts[g.below(4)].add(t);
    if (i == g.traffic.size() / 2) {
      auto loaded = na::from_bytes<dns::traffic>(na::to_bytes(whole));
      REQUIRE(loaded);
      restored = *std::move(loaded);
    } else if (i > g.traffic.size() / 2) {
      restored.add(t);
    }
  }
  CHECK(within);
  CHECK(na::to_bytes(restored) == na::to_bytes(whole));
  for (int i = 1; i < 4; ++i) REQUIRE(parts[0].merge(parts[static_cast<std::size_t>(i)]));
  int compared = 0;
  whole.for_each_pair([&](const dns::traffic_summary& s) {
    const auto merged = parts[0].pair(s.client, std::as_bytes(std::span(s.domain)));
    REQUIRE(merged);
    CHECK(numbers(*merged) == numbers(s));
    ++compared;
  });
  CHECK(compared > 100);
}

TEST_CASE("the history knows since when a domain is asked for, and by how many") {
  dns::history h;
  const auto at = [](int seconds) { return na::time_point(std::chrono::seconds(seconds)); };
  const auto name = wire("Example.com");
  for (std::uint32_t c = 0; c < 5; ++c) h.add(name, dns::ip_address::v4(c), at(100 + static_cast<int>(c)));
  h.add(name, dns::ip_address::v4(0), at(50));
  const auto record = h.find(wire("example.COM"));
  REQUIRE(record);
  CHECK(record->first_seen == at(50));
  CHECK(record->last_seen == at(104));
  CHECK(record->clients == 5);
  CHECK(h.clients() == 5);
  CHECK_FALSE(h.find(wire("example.org")));

  dns::history other;
  other.add(name, dns::ip_address::v4(9), at(10));
  REQUIRE(h.merge(other));
  CHECK(h.find(name)->first_seen == at(10));
  CHECK(h.find(name)->clients == 6);
  const auto loaded = na::from_bytes<dns::history>(na::to_bytes(h));
  REQUIRE(loaded);
  CHECK(loaded->find(name)->clients == 6);
  CHECK(loaded->clients() == 6);
}

TEST_CASE("the history lets go of domains with fewest clients") {
  dns::history h({.memory_limit = 64 << 10});
  const auto kept = wire("popular.com");
  for (std::uint32_t c = 0; c < 20; ++c) h.add(kept, dns::ip_address::v4(c), {});
  for (int i = 0; i < 5000; ++i) {
    h.add(wire("d" + std::to_string(i) + ".com"), dns::ip_address::v4(1), na::time_point(std::chrono::seconds(i)));
    REQUIRE(h.memory_bytes() <= 64U << 10);
  }
  CHECK(h.find(kept));
  CHECK(h.evictions() > 1000);
}
