// SPDX-License-Identifier: Apache-2.0

// On made-up traffic; of the tools themselves: tests/capture/detection_test.cpp.

#include <netanomaly/dns/product_marks.hpp>
#include <netanomaly/dns/tunnel_detector.hpp>

#include "support/catch.hpp"
#include "support/dns_scenarios.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace na = netanomaly;
namespace dns = netanomaly::dns;

namespace {

/// What a conversation of one scenario looks like, whatever the verdict.
std::string tool_of(const scenarios::scenario& s, std::uint64_t seed) {
  scenarios::generator g(seed);
  s.play(g);
  const na::keyed_hash hash(seed);
  dns::conversation talk;
  std::vector<std::byte> domain;
  for (auto& stored : g.traffic) {
    const auto& t = stored.view();
    const std::span<const std::byte> name = t.name;
    const std::size_t split = dns::builtin_suffixes(name).registrable;
    if (domain.empty()) domain.assign(name.begin() + static_cast<std::ptrdiff_t>(split), name.end());
    talk.add({.source = &t,
              .summary = dns::summarise(t),
              .name_hash = hash(name),
              .domain_hash = 0,
              .labels = name.first(split),
              .domain = name.subspan(split)},
             hash);
  }
  const dns::evidence e = dns::weigh(talk, domain, {});
  const auto tool = dns::find_tool(talk, e.names.zone);
  return tool ? std::string(tool->name) : "";
}

}  // namespace

TEST_CASE("look-ups without a tunnel look like no tool, whatever the verdict") {
  for (const auto& s : scenarios::benign_scenarios)
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
      INFO(s.name << ", seed " << seed);
      CHECK(tool_of(s, seed).empty());
    }
}

TEST_CASE("tunnels that are made like a tool look like it, and the others like none") {
  for (const auto& s : scenarios::tunnel_scenarios)
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
      INFO(s.name << ", seed " << seed);
      CHECK(tool_of(s, seed) == (s.name == "beacons with posts"        ? "Cobalt Strike"
                                 : s.name == "packet polls every 60 s" ? "dnscat2"
                                                                       : ""));
    }
}

TEST_CASE("marks of a tool add little to what was found without them") {
  for (const auto& s : scenarios::tunnel_scenarios) {
    if (s.name != "packet polls every 60 s") continue;
    scenarios::generator g(1);
    s.play(g);
    dns::tunnel_detector d;
    for (auto& t : g.traffic) d.update(t.view());
    const auto found = d.findings();
    REQUIRE(found.size() == 1);
    const auto marks = std::ranges::find(found[0].reasons, "tool_marks", &dns::reason::id);
    REQUIRE(marks != found[0].reasons.end());
    CHECK(marks->points == 3);
    CHECK(marks->text == "looks like dnscat2: " + std::to_string(found[0].tool->marks) + " of its 4 marks");
    CHECK(found[0].score - 3 >= 12);
  }
}
