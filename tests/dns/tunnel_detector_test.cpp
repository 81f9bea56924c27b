// SPDX-License-Identifier: Apache-2.0

// The detector on made-up traffic (support/dns_scenarios.hpp); on captures: tests/capture/detection_test.cpp.

#include <netanomaly/dns/tunnel_detector.hpp>

#include "support/catch.hpp"
#include "support/dns_scenarios.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <string>
#include <vector>

namespace na = netanomaly;
namespace dns = netanomaly::dns;
using dns::conclusion;
using dns::tunnel_detector;

namespace {

constexpr std::uint64_t seed = 20261124;  // looked at while weights were chosen; docs/detection.md shows another

scenarios::generator played(const scenarios::scenario& s, std::uint64_t from = seed) {
  scenarios::generator g(from);
  s.play(g);
  return g;
}
scenarios::generator played(std::string_view name) {
  for (const auto& s : scenarios::tunnel_scenarios)
    if (s.name == name) return played(s);
  for (const auto& s : scenarios::benign_scenarios)
    if (s.name == name) return played(s);
  FAIL("no scenario " << name);
  return scenarios::generator(0);
}

/// A detector that has seen all of it.
tunnel_detector watched(scenarios::generator& g) {
  tunnel_detector d;
  for (auto& t : g.traffic) d.update(t.view());
  return d;
}

bool same(const dns::finding& a, const dns::finding& b) {
  const auto key = [](const dns::reason& r) { return std::tuple(r.id, r.points, r.value, r.text); };
  return a.registered_domain == b.registered_domain && a.zone == b.zone && a.clients == b.clients &&
         a.server_ips == b.server_ips && a.first_seen == b.first_seen && a.last_seen == b.last_seen &&
         a.queries == b.queries && a.responses == b.responses && a.unique_names == b.unique_names &&
         a.bytes_up == b.bytes_up && a.bytes_down == b.bytes_down && a.qtypes == b.qtypes && a.rcodes == b.rcodes &&
         a.verdict == b.verdict && a.score == b.score && a.samples == b.samples && a.times == b.times &&
         a.not_available == b.not_available && a.domain_clients == b.domain_clients &&
         std::ranges::equal(a.reasons, b.reasons, {}, key, key);
}
bool same(const std::vector<dns::finding>& a, const std::vector<dns::finding>& b) {
  return std::ranges::equal(a, b, [](const auto& x, const auto& y) { return same(x, y); });
}

int sum_of_points(const dns::finding& f) {
  return std::accumulate(f.reasons.begin(), f.reasons.end(), 0,
                         [](int sum, const dns::reason& r) { return sum + r.points; });
}

}  // namespace

TEST_CASE("look-ups that are asked once each are neither tunnels nor suspicious") {
  for (const auto& s : scenarios::benign_scenarios) {
    auto g = played(s);
    tunnel_detector d;
    bool alarm = false;
    for (auto& t : g.traffic) alarm = d.update(t.view()).anomalous || alarm;
    INFO(s.name);
    CHECK_FALSE(alarm);
    CHECK(d.findings().empty());
  }
}

TEST_CASE("one client that makes all these look-ups in one day raises no alarm") {
  tunnel_detector d;
  bool alarm = false;
  for (const auto& s : scenarios::benign_scenarios) {
    auto g = played(s, seed + 1);
    for (auto& t : g.traffic) alarm = d.update(t.view()).anomalous || alarm;
  }
  CHECK_FALSE(alarm);
  CHECK(d.findings().empty());
}

TEST_CASE("slow tunnels are found before 20,000 octets of names have left") {
  for (const auto& s : scenarios::tunnel_scenarios) {
    auto g = played(s);
    tunnel_detector d;
    std::optional<dns::finding> first;
    for (auto& t : g.traffic) {
      if (!d.update(t.view()).anomalous || first) continue;
      first = d.find(t.t.client, t.name);
    }
    INFO(s.name);
    REQUIRE(first);
    CHECK(first->verdict == conclusion::tunnel);
    CHECK(first->new_name_octets < 20'000);
    const auto all = d.findings();
    REQUIRE_FALSE(all.empty());
    CHECK(all.front().verdict == conclusion::tunnel);
  }
}

TEST_CASE("the reasons' points add up to the score") {
  for (const auto& s : scenarios::tunnel_scenarios) {
    auto g = played(s);
    const tunnel_detector d = watched(g);
    for (const dns::finding& f : d.findings(true)) {
      INFO(s.name << ", " << f.zone);
      CHECK(sum_of_points(f) == f.score);
      CHECK(f.anomalous == (f.verdict == conclusion::tunnel));
      CHECK(std::ranges::none_of(f.reasons, [](const dns::reason& r) { return r.points == 0 || r.text.empty(); }));
    }
  }
}

TEST_CASE("the zone is found from the names") {
  auto g = played("hex, one-way, NXDOMAIN, 2 octets/s");
  const tunnel_detector d = watched(g);
  const auto found = d.findings();
  REQUIRE(found.size() == 1);
  CHECK(found[0].registered_domain == "cdn-sync.net");
  CHECK(found[0].zone == "x.cdn-sync.net");
  CHECK(found[0].samples.size() == 5);
  CHECK(found[0].clients == std::vector{g.client});
  CHECK(found[0].server_ips == std::vector{g.server});
}

TEST_CASE("a zone that has a small part of a busy domain's names is found, and pays for being one of several") {
  auto g = played("15 % of the names of a busy domain");
  const tunnel_detector d = watched(g);
  const auto found = d.findings();
  REQUIRE(found.size() == 1);
  CHECK(found[0].registered_domain == "bigcloud.com");
  CHECK(found[0].zone == "upd.bucket.bigcloud.com");
  CHECK(std::ranges::all_of(found[0].samples,
                            [](const std::string& s) { return s.ends_with(".upd.bucket.bigcloud.com"); }));
  const auto charged = std::ranges::find(found[0].reasons, "one_zone_of_several", &dns::reason::id);
  REQUIRE(charged != found[0].reasons.end());
  CHECK(charged->value >= 2);
  CHECK(charged->points == -std::lround(10 * std::log10(charged->value)));
}

TEST_CASE("transactions dealt at random to eight detectors give, merged, the same findings") {
  std::vector<scenarios::stored> all;
  for (const char* name :
       {"packet polls every 60 s", "over four domains, 2 octets/s", "file reputation, addresses", "ip6.arpa sweep",
        "a day on the web", "content identifiers", "30 % of the names of a busy domain"})
    for (auto& t : played(name).traffic) all.push_back(std::move(t));
  tunnel_detector whole;
  std::array<tunnel_detector, 8> parts;
  scenarios::generator deal(seed);
  for (auto& t : all) {
    whole.update(t.view());
    parts[deal.below(8)].update(t.view());
  }
  tunnel_detector merged;
  for (const tunnel_detector& part : parts) REQUIRE(merged.merge(part));
  CHECK(whole.findings().size() == 6);
  CHECK(same(merged.findings(true), whole.findings(true)));
  CHECK(merged.domains().clients() == whole.domains().clients());

  SECTION("and detectors of other seeds do not merge") {
    tunnel_detector other({.seed = 1});
    const auto refused = merged.merge(other);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message().find("seed") != std::string::npos);
  }
}

TEST_CASE("a detector that is saved and loaded at any point continues bit for bit") {
  auto g = played("behind a resolver, letter case at random");
  for (auto& t : played("packet polls every 60 s").traffic) g.traffic.push_back(std::move(t));
  tunnel_detector d({.memory_limit = 8 << 20});
  tunnel_detector restored = d;
  std::size_t next = 0;
  for (std::size_t i = 0; i < g.traffic.size(); ++i) {
    const auto a = d.update(g.traffic[i].view());
    const auto b = restored.update(g.traffic[i].view());
    REQUIRE(a.anomalous == b.anomalous);
    REQUIRE((a.score == b.score || (a.score != a.score && b.score != b.score)));
    if (i != next) continue;
    next = i * 2 + 97;
    const auto bytes = na::to_bytes(d);
    auto loaded = na::from_bytes<tunnel_detector>(bytes);
    REQUIRE(loaded);
    REQUIRE(na::to_bytes(*loaded) == bytes);
    restored = *std::move(loaded);
  }
  CHECK(d.evictions() > 0);
  CHECK(same(d.findings(true), restored.findings(true)));
}

TEST_CASE("damaged state is refused or loads as something valid") {
  auto g = played("packet polls every 60 s");
  g.traffic.resize(100);
  const tunnel_detector d = watched(g);
  const auto bytes = na::to_bytes(d);
  for (std::size_t size = 0; size < bytes.size(); size += 101)
    CHECK_FALSE(na::from_bytes<tunnel_detector>(std::span(bytes).first(size)));
  // Flipped and sealed again, so that the checksum does not stand before the checks that are meant.
  for (std::size_t at = 12; at + 8 < bytes.size(); at += 11) {
    auto damaged = bytes;
    damaged[at] ^= std::byte{0x81};
    na::detail::crc64 sum;
    sum.add(std::span(damaged).first(damaged.size() - 8));
    for (std::size_t i = 0; i < 8; ++i)
      damaged[damaged.size() - 8 + i] = static_cast<std::byte>(sum.value() >> (8 * i));
    auto loaded = na::from_bytes<tunnel_detector>(damaged);
    if (!loaded) continue;
    (void)loaded->findings(true);
    for (auto& t : g.traffic) loaded->update(t.view());
    CHECK(loaded->memory_bytes() < (std::size_t{512} << 20));
  }
}

namespace {
void flood(int names) {
  constexpr std::uint64_t limit = std::uint64_t{16} << 20;
  tunnel_detector d({.memory_limit = limit, .seed = 7});
  auto tunnel = played("packet polls every 60 s");
  scenarios::generator g(seed);
  const double end = g.now + 86400;
  std::size_t next = 0;
  bool within = true;
  for (int i = 0; i < names; ++i) {
    g.traffic.clear();
    g.now += (end - 1.7e9) / names;
    g.client = dns::ip_address::v4(0x0a000000U + static_cast<std::uint32_t>(g.below(64)));
    // half of them new domains, half new names under one
    g.no_such_name({scenarios::joined{g.pick(g.letters, 12), g.chance(0.5) ? ".com" : ".victim.com"}});
    d.update(g.traffic.back().view());
    within = within && d.memory_bytes() <= limit;
    for (; next < tunnel.traffic.size() && tunnel.traffic[next].view().time <= g.traffic.back().t.time; ++next) {
      d.update(tunnel.traffic[next].view());
      within = within && d.memory_bytes() <= limit;
    }
  }
  CHECK(within);
  CHECK(d.evictions() > 0);
  CHECK(next > 1000);
  const auto found = d.findings();
  REQUIRE(found.size() == 1);
  CHECK(found[0].zone == "t.metrics-hub.com");
  CHECK(found[0].verdict == conclusion::tunnel);
}
}  // namespace

TEST_CASE("memory stays within its bound under a flood of a million names, and the tunnel below it is found") {
  flood(1'000'000);
}
TEST_CASE("the same under ten million names", "[.long]") { flood(10'000'000); }

TEST_CASE("a table full of pairs that have gone quiet lets in a tunnel that starts hours later") {
  tunnel_detector d({.memory_limit = std::uint64_t{16} << 20, .seed = 7});
  auto tunnel = played("packet polls every 60 s");
  scenarios::generator g(seed);
  const auto ask = [&](const std::string& name) {
    g.traffic.clear();
    g.no_such_name({scenarios::joined{name, ""}});
    d.update(g.traffic.back().view());
  };
  const double start = g.now;
  g.now = start - 12 * 3600;
  for (int i = 0; i < 40000; ++i) {  // two names each, so that one that comes new is worth less than any of them
    const std::string domain = g.pick(g.letters, 12) + ".com";
    ask("a." + domain);
    ask("b." + domain);
    g.now += 0.09;
  }
  REQUIRE(d.evictions() > 0);
  g.now = start;
  for (auto& t : tunnel.traffic) {
    for (; g.now < 1e-9 * static_cast<double>(t.t.time.time_since_epoch().count()); g.now += 5)
      ask("a." + g.pick(g.letters, 12) + ".com");
    d.update(t.view());
  }
  const auto found = d.findings();
  REQUIRE(found.size() == 1);
  CHECK(found[0].zone == "t.metrics-hub.com");
  CHECK(found[0].verdict == conclusion::tunnel);
}

TEST_CASE("what the source did not see is not available, and not zero") {
  auto g = played("packet polls every 60 s");
  tunnel_detector d;
  for (auto& t : g.traffic) {
    t.view();
    t.t.query_octets.reset();
    t.t.response_octets.reset();
    t.t.answers.reset();
    t.t.rcode.reset();
    t.t.response_seen.reset();
    t.t.server.reset();
    dns::transaction bare = t.t;
    bare.name = t.name;
    d.update(bare);
  }
  const auto found = d.findings(true);
  REQUIRE(found.size() == 1);
  CHECK_FALSE(found[0].bytes_up);
  CHECK_FALSE(found[0].bytes_down);
  CHECK(found[0].responses == 0);
  CHECK(found[0].server_ips.empty());
  CHECK(found[0].not_available ==
        std::vector<std::string_view>{"query_octets", "response_octets", "rcode", "answers", "server", "connections"});
  CHECK(found[0].verdict == conclusion::tunnel);  // the names alone tell this one
}

TEST_CASE("letter case at random changes nothing") {
  scenarios::generator plain(seed);
  scenarios::tunnel::packet_polls(plain);
  scenarios::benign::file_reputation_addresses(plain);
  tunnel_detector a;
  tunnel_detector b;
  scenarios::generator coin(seed);
  for (auto& t : plain.traffic) {
    a.update(t.view());
    for (std::byte& c : t.name)
      if (((c >= std::byte{'a'} && c <= std::byte{'z'}) || (c >= std::byte{'A'} && c <= std::byte{'Z'})) &&
          coin.chance(0.5))
        c ^= std::byte{0x20};
    b.update(t.view());
  }
  CHECK(a.findings().size() == 1);
  CHECK(same(a.findings(true), b.findings(true)));
}

TEST_CASE("connections to the answered addresses speak against a tunnel, none at all for one") {
  auto g = played("video cache nodes");
  const auto score_with = [&](bool connects) {
    tunnel_detector d;
    d.add(dns::contact{.time = {}, .client = g.client, .peer = g.server});
    for (auto& t : g.traffic) {
      d.update(t.view());
      if (!connects) continue;
      for (const dns::answer& a : t.answers)
        if (const auto peer = dns::ip_address::from_octets(a.rdata))
          d.add({.time = t.t.time, .client = g.client, .peer = *peer});
    }
    const auto all = d.findings(true);
    REQUIRE(all.size() == 1);
    CHECK(std::ranges::find(all[0].not_available, "connections") == all[0].not_available.end());
    return all[0].score;
  };
  CHECK(score_with(true) + 18 == score_with(false));
}

TEST_CASE("what is older than two horizons is forgotten, what is younger is not") {
  auto g = played("packet polls every 60 s");
  tunnel_detector d({.horizon = std::chrono::hours(1)});
  const auto later = [&](double hours) {
    scenarios::generator one(1);
    one.now = g.now + hours * 3600;
    one.ask({"www.metrics-hub.com"});
    d.update(one.traffic.back().view());
    return d.find(g.client, one.traffic.back().name)->queries;
  };
  for (auto& t : g.traffic) d.update(t.view());
  const auto before = d.findings();
  REQUIRE(before.size() == 1);
  CHECK(before[0].queries > 60);
  CHECK(before[0].queries <= 150);
  CHECK(before[0].verdict == conclusion::tunnel);
  CHECK(later(2.1) == 1);
}

TEST_CASE("what is no name in wire form is rejected and changes nothing") {
  tunnel_detector d;
  dns::transaction t;
  const auto rejected = [&](const std::vector<std::byte>& name) {
    t.name = name;
    return d.update(t).state == na::verdict::status::rejected;
  };
  CHECK(rejected({}));
  CHECK(rejected({std::byte{3}, std::byte{'w'}}));
  CHECK(rejected(std::vector<std::byte>(256, std::byte{0})));
  std::vector<std::byte> odd(200, std::byte{0xff});
  odd.back() = std::byte{0};
  CHECK(rejected(odd));
  CHECK(rejected({std::byte{1}, std::byte{'a'}, std::byte{0}, std::byte{0}}));
  CHECK(d.size() == 0);
  CHECK_FALSE(rejected({std::byte{0}}));
}

TEST_CASE("parameters out of range are named") {
  const auto refused = tunnel_detector::make({.memory_limit = 1});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message().find("memory_limit is 1") != std::string::npos);
}
