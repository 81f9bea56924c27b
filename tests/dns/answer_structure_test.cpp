// SPDX-License-Identifier: Apache-2.0

#include <netanomaly/dns/answer_structure.hpp>
#include <netanomaly/dns/tunnel_detector.hpp>

#include "support/catch.hpp"
#include "support/dns_scenarios.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace na = netanomaly;
namespace dns = netanomaly::dns;
namespace type = netanomaly::dns::record_type;

namespace {

/// What is seen in text answers made by `answer`, to as many different names.
template <class Answer>
dns::answer_structure seen_in(int count, Answer answer) {
  scenarios::generator g(1);
  dns::conversation talk;
  const na::keyed_hash hash(1);
  for (int i = 0; i < count; ++i) {
    g.now += 1;
    g.ask({"x.example.com", type::txt, {{type::txt, 60, g.text(answer(g, i))}}});
    const auto& t = g.traffic.back().view();
    talk.add({.source = &t,
              .summary = dns::summarise(t),
              .name_hash = hash(t.name),
              .domain_hash = 0,
              .labels = {},
              .domain = t.name},
             hash);
  }
  return dns::examine_answers(talk);
}

}  // namespace

TEST_CASE("a tag before '=' is a letter, then letters, digits, '_' and '-'") {
  const auto octets = [](std::string_view text) { return dns::detail::tag_octets(std::as_bytes(std::span(text))); };
  CHECK(octets("v=DKIM1") == 2);
  CHECK(octets("google-site-key=x") == 16);
  CHECK(octets("s2_a=") == 5);
  CHECK(octets("=x") == 0);
  CHECK(octets("2a=x") == 0);
  CHECK(octets("a b=x") == 0);
  CHECK(octets("abcdefghijklmnopqrst=x") == 0);
  CHECK(octets("") == 0);
}

TEST_CASE("text answers of one tag are told, with the octets that all of them share") {
  using scenarios::generator;
  const auto keys = seen_in(20, [](generator& g, int) { return "v=DKIM1; p=" + g.pick(g.base36, 200); });
  CHECK(keys.texts == 20);
  CHECK(keys.fixed_octets == 11);

  // one of ten may be something else
  CHECK(seen_in(20, [](generator& g, int i) { return (i == 7 ? "none " : "p=") + g.pick(g.hex, 40); }).fixed_octets ==
        2);
  CHECK(seen_in(20, [](generator& g, int i) { return (i < 4 ? "none " : "p=") + g.pick(g.hex, 40); }).fixed_octets ==
        0);
  // few say nothing
  CHECK(seen_in(7, [](generator& g, int) { return "p=" + g.pick(g.hex, 40); }).fixed_octets == 0);
  // a field that all share is no tag, nor is '=' within what varies
  CHECK(seen_in(20, [](generator& g, int) { return "session7" + g.pick(g.hex, 40); }).fixed_octets == 0);
  CHECK(seen_in(20, [](generator& g, int) { return g.pick(g.base36, 3) + "=" + g.pick(g.hex, 40); }).fixed_octets == 0);
  CHECK(seen_in(20, [](generator& g, int) { return g.octets(40); }).fixed_octets == 0);
}

TEST_CASE("a counter in what comes back is seen, whatever it is written in") {
  using scenarios::generator;
  CHECK(seen_in(500, [](generator& g, int i) {
          return scenarios::tunnel::big_endian(static_cast<std::uint64_t>(i), 2) + g.octets(30);
        }).ordered_columns == 0);  // in two octets the upper one has two values, the lower one no order in a sample
  CHECK(seen_in(500, [](generator& g, int i) {
          return scenarios::tunnel::to_hex(scenarios::tunnel::big_endian(static_cast<std::uint64_t>(i), 2) +
                                           g.octets(30));
        }).ordered_columns >= 1);
  CHECK(seen_in(500, [](generator& g, int i) {
          return scenarios::tunnel::to_base32("s" + scenarios::tunnel::big_endian(static_cast<std::uint64_t>(i), 3) +
                                              g.octets(30));
        }).ordered_columns >= 1);
  for (std::uint64_t n = 8; n < 600; n += 37) {
    CHECK(seen_in(static_cast<int>(n), [](generator& g, int) { return g.octets(30); }).ordered_columns == 0);
    CHECK(seen_in(static_cast<int>(n), [](generator& g, int) { return g.pick(g.hex, 40); }).ordered_columns == 0);
  }
}

TEST_CASE("a counter that takes another value in each answer is seen while its octet lasts, in disorder too") {
  using scenarios::generator;
  const auto numbered = [](int count, int disorder) {
    return seen_in(count,
                   [=](generator& g, int i) {
                     const auto n = i + static_cast<int>(g.below(static_cast<std::uint64_t>(disorder) + 1));
                     return "\x1a\x02" + scenarios::tunnel::big_endian(static_cast<std::uint64_t>(n), 2) + g.octets(30);
                   })
        .ordered_columns;
  };
  for (const int count : {16, 32, 84, 200}) {
    CAPTURE(count);
    CHECK(numbered(count, 0) == 1);
    CHECK(numbered(count, count / 8) == 1);
  }
  CHECK(numbered(8, 0) == 0);  // too few to say so
  CHECK(numbered(84, 2000) == 0);
}

TEST_CASE("a tunnel that numbers its names is found, though it puts a tag before what it carries down") {
  scenarios::generator g(5);
  dns::tunnel_detector d;
  for (std::uint64_t n = 0; n < 1440; ++n) {
    g.now += 60 * (0.8 + 0.4 * g.unit());
    g.ask({scenarios::tunnel::to_base32("ab" + scenarios::tunnel::big_endian(n, 3) + g.octets(12)) + ".k.pull-feed.net",
           type::txt,
           {{type::txt, 0, g.text("v=DKIM1; k=rsa; p=" + g.pick(g.base36, 160))}}});
    d.update(g.traffic.back().view());
    g.traffic.clear();
  }
  const auto found = d.findings();
  REQUIRE(found.size() == 1);
  CHECK(found[0].verdict == dns::conclusion::tunnel);
}

namespace {

/// What is said of `count` names under one zone that each get the addresses that `answer` gives.
template <class Answer>
dns::finding answered_with(int count, std::uint16_t type, Answer answer) {
  scenarios::generator g(7);
  dns::tunnel_detector d;
  for (int i = 0; i < count; ++i) {
    g.now += g.exponential(20);
    g.ask({g.pick(g.base32, 20) + ".n.address-net.org", type, {{type, 60, answer(g, i)}}});
    d.update(g.traffic.back().view());
  }
  const auto f = d.find(g.client, g.traffic.back().name);
  REQUIRE(f);
  return *f;
}
int points_of(const dns::finding& f, std::string_view id) {
  const auto at = std::ranges::find(f.reasons, id, &dns::reason::id);
  return at == f.reasons.end() ? 0 : at->points;
}

}  // namespace

TEST_CASE("octets at random in place of addresses speak for a tunnel, addresses of hosts do not") {
  using scenarios::generator;
  const auto random4 = answered_with(100, type::a, [](generator& g, int) { return g.octets(4); });
  const auto random6 = answered_with(100, type::aaaa, [](generator& g, int) { return g.octets(16); });
  const auto hosts4 = answered_with(100, type::a, [](generator& g, int) { return g.address4(); });
  const auto hosts6 =
      answered_with(100, type::aaaa, [](generator& g, int) { return "\x20\x01\x0d\xb8" + g.octets(12); });
  CHECK(points_of(random4, "addresses_of_no_host") > 0);
  CHECK(points_of(random4, "addresses_of_no_host") <= 8);
  CHECK(points_of(random6, "addresses_of_no_host") == 8);
  CHECK(points_of(hosts4, "addresses_of_no_host") == 0);
  CHECK(points_of(hosts6, "addresses_of_no_host") == 0);
  CHECK(points_of(hosts4, "addresses_in_few_networks") == 0);
  CHECK(random6.score > hosts6.score);
  // what says no, or is a code, is neither
  const auto codes = answered_with(100, type::a, [](generator& g, int i) {
    return i % 2 ? g.address4() : i % 4 ? std::string(4, '\0') : "\x7f" + g.octets(3);
  });
  CHECK(points_of(codes, "addresses_of_no_host") == 0);
}

TEST_CASE("addresses that stay in few networks speak against a tunnel") {
  using scenarios::generator;
  const auto few4 = answered_with(
      100, type::a, [](generator& g, int i) { return std::string("\x5b") + static_cast<char>(i % 3) + g.octets(2); });
  const auto few6 = answered_with(
      100, type::aaaa, [](generator& g, int) { return "\x2a\x02\x0d\xb8" + std::string(2, '\1') + g.octets(10); });
  CHECK(points_of(few4, "addresses_in_few_networks") == -3);
  CHECK(points_of(few6, "addresses_in_few_networks") == -3);
  // fewer than eight say nothing
  const auto one = answered_with(
      100, type::a, [](generator&, int i) { return std::string("\x5b\x01\x02") + static_cast<char>(i % 4); });
  CHECK(points_of(one, "addresses_in_few_networks") == 0);
}
