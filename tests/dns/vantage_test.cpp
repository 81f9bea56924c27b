// SPDX-License-Identifier: Apache-2.0
#include <netanomaly/dns/name.hpp>
#include <netanomaly/dns/tunnel_detector.hpp>
#include <netanomaly/dns/vantage.hpp>

#include "support/catch.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace na = netanomaly;
namespace dns = netanomaly::dns;
using namespace std::chrono_literals;
using na::time_point;

namespace {

const time_point start(1795512843s);

dns::ip_address host(std::uint32_t last) { return dns::ip_address::v4(0x0a000000 + last); }
const dns::ip_address resolver = host(53), authority = dns::ip_address::v4(0xc6336401);

constexpr std::uint16_t recursive = 0x0100, iterative = 0;

struct asked {
  dns::ip_address client;
  std::string name;
  std::optional<dns::vantage> from;
};

/// Feeds a judge, and keeps what it gives on.
struct stream {
  explicit stream(const dns::vantage_judge::params& p = {}) : judge(p) {}

  auto keep() {
    return [this](const dns::transaction& t) {
      const auto name = dns::wire_name::from_wire(t.name);
      REQUIRE(name);
      given.push_back({t.client, name->to_text() + '.', t.vantage});
      if (t.answers) octets += (*t.answers)[0].rdata.size();
      detector.update(t);
    };
  }
  void ask(na::duration when, const dns::ip_address& client, const dns::ip_address& server, const std::string& name,
           std::optional<std::uint16_t> flags, bool answered = true, std::string_view rdata = {"\xc0\0\2\1", 4},
           std::uint16_t type = 1) {
    const auto wire = dns::wire_name::from_text(name);
    REQUIRE(wire);
    std::array<dns::answer, 1> answers{};
    answers[0].type = type;
    answers[0].rdata = std::as_bytes(std::span(rdata));
    dns::transaction t;
    t.time = start + when;
    t.client = client;
    t.server = server;
    t.name = wire->wire();
    t.type = type;
    t.query_flags = flags;
    t.response_seen = answered;
    if (answered) {
      t.rcode = 0;
      t.answers = answers;
    }
    judge.update(t, keep());
  }
  void flush() { judge.flush(keep()); }
  [[nodiscard]] std::size_t count(const dns::ip_address& client) const {
    return static_cast<std::size_t>(std::ranges::count(given, client, &asked::client));
  }

  dns::vantage_judge judge;
  dns::tunnel_detector detector;
  std::vector<asked> given;
  std::size_t octets = 0;
};

/// As a tunnel writes them.
std::string fresh_name(std::mt19937& chance, const std::string& zone) {
  std::string label;
  for (int i = 0; i < 50; ++i) label += "abcdefghijklmnopqrstuvwxyz234567"[chance() % 32];
  return label + '.' + zone;
}

}  // namespace

TEST_CASE("a host that asks a resolver is a client") {
  stream s;
  for (int i = 0; i < 100; ++i) s.ask(i * 1s, host(7), resolver, "a.example.com.", recursive);
  CHECK(s.judge.of(host(7)) == dns::vantage::client);
  CHECK(s.given.back().from == dns::vantage::client);
  CHECK(s.given.size() == 100);
}

TEST_CASE("who does not ask for recursion is a resolver on its way up") {
  stream s;
  for (int i = 0; i < 100; ++i)
    s.ask(i * 1s, resolver, authority, "n" + std::to_string(i) + ".example.com.", iterative);
  CHECK(s.judge.of(resolver) == dns::vantage::resolver_upstream);
  CHECK(s.given.front().from == dns::vantage::client);  // from one query nothing can be told
  CHECK(s.given.back().from == dns::vantage::resolver_upstream);
}

TEST_CASE("who answers others and asks itself is a forwarder, or a resolver on its way up") {
  for (const std::uint16_t flags : {recursive, iterative}) {
    stream s;
    for (int i = 0; i < 10; ++i) {
      s.ask(i * 20s, host(7), resolver, "c" + std::to_string(i) + ".example.com.", recursive);
      s.ask(i * 20s + 5s, resolver, authority, "unseen" + std::to_string(i) + ".example.com.", flags);
    }
    s.flush();
    const auto expected = flags == recursive ? dns::vantage::forwarder : dns::vantage::resolver_upstream;
    CHECK(s.judge.of(resolver) == expected);
    CHECK(s.judge.of(host(7)) == dns::vantage::client);
    CHECK(s.count(resolver) == 10);
    for (const asked& a : s.given) CHECK(a.from == (a.client == resolver ? expected : dns::vantage::client));
  }
}

TEST_CASE("few clients with many queries for many domains stand for many") {
  const auto vantage_of = [](int clients) {
    stream s;
    for (int i = 0; i < 8000; ++i)
      s.ask(i * 100ms, host(1 + static_cast<std::uint32_t>(i % clients == 0 ? 0 : i % clients)), resolver,
            "www.site" + std::to_string(i) + ".com.", std::nullopt);
    return s.judge.of(host(1));
  };
  CHECK(vantage_of(1) == dns::vantage::forwarder);
  CHECK(vantage_of(4) == dns::vantage::client);
  stream few_domains;
  for (int i = 0; i < 8000; ++i)
    few_domains.ask(i * 100ms, host(1), resolver, "h" + std::to_string(i) + ".one.com.", std::nullopt);
  CHECK(few_domains.judge.of(host(1)) == dns::vantage::client);
}

TEST_CASE("the vantage that is asked for holds for all, and one that the source knows stays without it") {
  stream s({.fixed = dns::vantage::forwarder});
  s.ask(0s, host(7), resolver, "a.example.com.", recursive);
  CHECK(s.given[0].from == dns::vantage::forwarder);
  dns::vantage_judge judge;
  dns::transaction t;
  t.name = std::as_bytes(std::span("\0", 1));
  t.vantage = dns::vantage::resolver_upstream;
  std::optional<dns::vantage> from;
  judge.update(t, [&](const dns::transaction& given) { from = given.vantage; });
  CHECK(from == dns::vantage::resolver_upstream);
}

TEST_CASE("what a resolver asks for a client that is seen too is not counted again, whichever comes first") {
  for (const bool resolver_first : {true, false}) {
    stream s;
    s.ask(-60s, host(8), resolver, "before.example.org.", recursive);  // that it answers is known from here
    for (int i = 0; i < 500; ++i) {
      const std::string name = "Name" + std::to_string(i) + ".example.com.";
      const std::string other_case = "nAME" + std::to_string(i) + ".Example.com.";
      const auto up = [&] { s.ask(i * 1s + 1ms, resolver, authority, other_case, iterative); };
      if (resolver_first) up();
      s.ask(i * 1s, host(7), resolver, name, recursive);
      if (!resolver_first) up();
    }
    s.flush();
    CHECK(s.count(host(7)) == 500);
    CHECK(s.count(resolver) == 0);
    CHECK(s.judge.echoes() == 500);
    CHECK(s.judge.held() == 0);
  }
}

TEST_CASE("a resolver's own names, and those asked long ago, are counted, with all they brought") {
  stream s;
  s.ask(0s, host(7), resolver, "a.example.com.", recursive);
  s.ask(1s, resolver, authority, "a.example.com.", iterative);  // an echo
  s.ask(2s, resolver, authority, "own.example.com.", iterative, true, std::string(100, 'x'));
  s.ask(100s, resolver, authority, "a.example.com.", iterative);
  s.flush();
  REQUIRE(s.count(resolver) == 2);
  CHECK(s.judge.echoes() == 1);
  CHECK(s.octets == 4 + 100 + 4);
  CHECK(s.given[1].name == "own.example.com.");
  CHECK(s.given[2].name == "a.example.com.");
}

TEST_CASE("what is held is bounded, and time gives it") {
  stream s({.held = 100});
  s.ask(0s, host(7), resolver, "a.example.com.", recursive);
  const std::size_t before = s.judge.memory_bytes();
  for (int i = 0; i < 10'000; ++i)
    s.ask(1s, resolver, authority, "own" + std::to_string(i) + ".example.com.", iterative, true,
          std::string(1000, 'x'));
  CHECK(s.judge.held() == 100);
  CHECK(s.judge.memory_bytes() < before + 200'000);
  s.judge.advance(start + 20s, s.keep());
  CHECK(s.judge.held() == 0);
  CHECK(s.count(resolver) == 10'000);
}

TEST_CASE("a tunnel that is seen on both sides of a resolver is one finding, of its client") {
  stream s;
  std::mt19937 chance(1);
  for (int i = 0; i < 400; ++i) {
    const std::string name = fresh_name(chance, "t.corp-sync.net.");
    const std::string data = '\60' + fresh_name(chance, "").substr(0, 48);
    s.ask(i * 250ms + 2ms, resolver, authority, name, iterative, true, data, 16);
    s.ask(i * 250ms, host(7), resolver, name, recursive, true, data, 16);
  }
  s.flush();
  const auto found = s.detector.findings();
  REQUIRE(found.size() == 1);
  CHECK(found[0].clients == std::vector{host(7)});
  CHECK(found[0].vantage == dns::vantage::client);
}

TEST_CASE("behind a cache, that names are asked once and by one client says nothing, and the rest still does") {
  const auto weigh = [](std::optional<dns::vantage> vantage) {
    dns::vantage_judge::params p;
    p.fixed = vantage;
    stream s(p);
    std::mt19937 chance(1);
    for (std::uint32_t i = 0; i < 20; ++i) s.ask(0s, host(100 + i), resolver, "www.example.com.", recursive);
    for (int i = 0; i < 400; ++i)
      s.ask(i * 1s, host(7), resolver, fresh_name(chance, "t.corp-sync.net."), recursive, true,
            '\60' + fresh_name(chance, "").substr(0, 48), 16);
    s.flush();
    auto found = s.detector.findings();
    REQUIRE(found.size() == 1);
    return found[0];
  };
  const auto has = [](const dns::finding& f, std::string_view id) {
    return std::ranges::count(f.reasons, id, &dns::reason::id) > 0;
  };
  const dns::finding near = weigh(dns::vantage::client);
  const dns::finding behind = weigh(dns::vantage::forwarder);
  CHECK(has(near, "single_client"));
  CHECK(has(near, "names_asked_once"));
  CHECK(!has(behind, "single_client"));
  CHECK(!has(behind, "names_asked_once"));
  CHECK(has(behind, "new_name_octets"));
  CHECK(behind.vantage == dns::vantage::forwarder);
  CHECK(behind.score < near.score);
}

TEST_CASE("the vantage outlives saving and merging") {
  stream a({.fixed = dns::vantage::resolver_upstream}), b({.fixed = dns::vantage::resolver_upstream});
  std::mt19937 chance(1);
  for (int i = 0; i < 100; ++i)
    (i % 2 == 0 ? a : b).ask(i * 1s, host(7), resolver, fresh_name(chance, "t.x.net."), recursive);
  REQUIRE(a.detector.merge(b.detector));
  const auto bytes = na::to_bytes(a.detector);
  const auto again = na::from_bytes<dns::tunnel_detector>(bytes);
  INFO((again ? std::string() : again.error().message()));
  REQUIRE(again);
  const auto found = again->findings(true);
  REQUIRE(found.size() == 1);
  CHECK(found[0].vantage == dns::vantage::resolver_upstream);
  CHECK(found[0].queries == 100);
}
