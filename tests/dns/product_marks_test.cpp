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
#include <string_view>
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

namespace {

constexpr std::string_view sliver_digits = "ab1c2d3e4f5g6h7j8k9m0npqrtuvwxyz";

std::string in_base32(const std::string& octets, std::string_view digits) {
  std::string text;
  unsigned held = 0;
  unsigned bits = 0;
  for (const char c : octets) {
    held = held << 8 | static_cast<unsigned char>(c);
    for (bits += 8; bits >= 5; bits -= 5) text += digits[held >> (bits - 5) & 31U];
    held &= (1U << bits) - 1;
  }
  if (bits > 0) text += digits[held << (5 - bits) & 31U];
  return text;
}
/// A field of protocol buffers with a number; zeros are left out.
std::string field(unsigned number, std::uint64_t value) {
  if (value == 0) return {};
  std::string all(1, static_cast<char>(number << 3));
  for (; value >= 0x80; value >>= 7) all += static_cast<char>(0x80 | (value & 0x7f));
  return all + static_cast<char>(value);
}
std::string field(unsigned number, const std::string& octets) {
  return static_cast<char>(number << 3 | 2) + (static_cast<char>(octets.size()) + octets);  // below 128 octets
}
std::string in_labels(const std::string& text) {
  std::string all;
  for (std::size_t at = 0; at < text.size(); at += 63) all += (at ? "." : "") + text.substr(at, 63);
  return all;
}

/// An hour of what Sliver's source says it sends: a poll now and then, and what its task gives in pieces.
void play_sliver(scenarios::generator& g, std::string_view digits) {
  namespace type = dns::record_type;
  const std::uint64_t session = 1 + g.below(0xffffff);
  std::uint64_t id = 0;
  for (int i = 0; i < 60; ++i) {
    g.now += g.exponential(60);
    g.ask({in_base32(field(1, 3) + field(2, session) + field(6, g.octets(8)), digits) + ".1.sliv-beacon.com",
           type::txt,
           {{type::txt, 0, g.text(i % 4 ? g.pick(g.base36, 8) : g.pick(g.base36, 180))}}});
    if (i % 4) continue;
    ++id;
    for (std::uint64_t start = 0; start < 300; start += 100)
      g.ask({in_labels(in_base32(
                 field(1, 8) + field(2, id << 24 | session) + field(3, start) + field(5, 300) + field(6, g.octets(100)),
                 digits)) +
                 ".1.sliv-beacon.com",
             type::a,
             {{type::a, 0, g.octets(4)}}});
  }
}

}  // namespace

TEST_CASE("what Sliver sends by its source looks like it, and the same in another alphabet like nothing") {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    INFO("seed " << seed);
    const scenarios::scenario own{"", true, [](scenarios::generator& g) { play_sliver(g, sliver_digits); }};
    const scenarios::scenario other{"", true, [](scenarios::generator& g) { play_sliver(g, g.base32); }};
    CHECK(tool_of(own, seed) == "Sliver");
    CHECK(tool_of(other, seed).empty());
  }
}

TEST_CASE("fewer than ten of 100,000 random names in Sliver's alphabet read as its messages") {
  scenarios::generator g(1);
  int read = 0;
  for (int i = 0; i < 100'000; ++i) {
    const std::string name = g.pick(sliver_digits, 8 + g.below(100));
    read += dns::detail::read_sliver(name) ? 1 : 0;
  }
  CHECK(read < 10);
}

TEST_CASE("a message of Sliver's is read with its session, and nothing else is") {
  const std::string whole = field(1, 3) + field(2, 0x07abcdef) + field(6, "12345678");
  const auto m = dns::detail::read_sliver(in_base32(whole, sliver_digits));
  REQUIRE(m);
  CHECK(m->kind == 3);
  CHECK(m->session == 0xabcdef);
  const auto refused = [](const std::string& octets) {
    return !dns::detail::read_sliver(in_base32(octets, sliver_digits));
  };
  CHECK(refused(""));
  CHECK(refused(field(1, 3)));                              // of no session
  CHECK(refused(field(2, 5) + field(1, 3)));                // out of order
  CHECK(refused(field(1, 300) + field(2, 5)));              // no such kind
  CHECK(refused(field(1, 3) + field(2, 5) + field(7, 1)));  // no such field
  CHECK(refused(field(1, 3) + field(2, 5) +
                "\x32\x05"
                "abc"));  // cut off
  CHECK(refused(field(1, 3) + field(2, 5) +
                "\x32\x02"
                "abc"));                                     // goes on
  CHECK(refused("\x10" + std::string(9, '\xff') + "\x01"));  // a number of more than 32 bits
  for (std::size_t size = 1; size < whole.size(); ++size)
    if (size != 2 + 5) CHECK(refused(whole.substr(0, size)));
  CHECK_FALSE(dns::detail::read_sliver(std::string(255, 'a')));
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
