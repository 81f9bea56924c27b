// SPDX-License-Identifier: Apache-2.0
#include <netanomaly/dns/message_view.hpp>

#include "support/catch.hpp"
#include "support/dns_encoder.hpp"
#include "support/dns_walk.hpp"

#include <rapidcheck.h>

#include <array>
#include <string>
#include <vector>

namespace dns = netanomaly::dns;
using netanomaly_test::dns_encoder;
using netanomaly_test::dns_walk;
using bytes = std::vector<std::byte>;

namespace {

/// A message of random names, types and data, valid by construction, some of its names compressed.
bytes random_message() {
  const auto number = [](unsigned below) { return *rc::gen::inRange(0U, below); };
  std::vector<std::size_t> targets;  // where names begin
  std::vector<std::size_t> lengths;  // and their octets when expanded
  const unsigned questions = number(3);
  const std::array<unsigned, 3> counts{number(5), number(3), number(3)};
  const bool with_opt = number(2) == 0;
  dns_encoder e(number(65536), number(65536) & 0x87ff, questions, counts[0], counts[1],
                counts[2] + (with_opt ? 1U : 0U));
  const auto name = [&](dns_encoder& out, std::size_t base) {
    const std::size_t begin = base + out.size();
    std::size_t length = 1;
    for (unsigned n = number(4); n > 0; --n) {
      const unsigned octets = 1 + number(number(10) == 0 ? 63U : 12U);
      if (length + octets + 1 > 120) break;
      std::string label;
      for (unsigned i = 0; i < octets; ++i) label += static_cast<char>(number(256));
      out.label(label);
      length += octets + 1;
    }
    const unsigned choice = number(static_cast<unsigned>(targets.size()) + 1);
    if (choice < targets.size() && targets[choice] < 0x4000 && length - 1 + lengths[choice] <= 255) {
      out.pointer(targets[choice]);
      length = length - 1 + lengths[choice];
    } else {
      out.u8(0);
    }
    targets.push_back(begin);
    lengths.push_back(length);
  };
  const auto blob = [&](dns_encoder& out, unsigned most) {
    for (unsigned n = number(most); n > 0; --n) out.u8(number(256));
  };
  for (unsigned i = 0; i < questions; ++i) {
    name(e, 0);
    e.u16(number(300)).u16(1);
  }
  const auto record = [&] {
    name(e, 0);
    constexpr unsigned types[] = {1, 2, 5, 6, 10, 12, 15, 16, 28, 33, 35, 43, 46, 47, 50, 52, 64, 65, 257, 65280};
    const unsigned type = types[number(static_cast<unsigned>(std::size(types)))];
    const std::size_t base = e.size() + 10;
    dns_encoder d;
    switch (type) {
      case 1:
        d.u32(number(1U << 31));
        break;
      case 28:
        d.u32(1).u32(2).u32(3).u32(4);
        break;
      case 2:
      case 5:
      case 12:
        name(d, base);
        break;
      case 6:
        name(d, base);
        name(d, base);
        d.u32(1).u32(2).u32(3).u32(4).u32(5);
        break;
      case 15:
        d.u16(1);
        name(d, base);
        break;
      case 33:
        d.u16(1).u16(2).u16(3);
        name(d, base);
        break;
      case 16:
        for (unsigned n = number(3); n > 0; --n) d.label(std::string(number(256), 't'));
        break;
      case 35:
        d.u16(1).u16(2).label("s").label("").label("!r!");
        name(d, base);
        break;
      case 46:
        d.u16(1).u8(8).u8(2).u32(1).u32(2).u32(3).u16(4);
        name(d, base);
        blob(d, 64);
        break;
      case 47:
        name(d, base);
        d.u8(0).u8(1).u8(0x40).u8(1).u8(2).u8(0).u8(1);
        break;
      case 50:
        d.u8(1).u8(0).u16(1).label("salt").label("hash");
        break;
      case 64:
      case 65:
        d.u16(1);
        name(d, base);
        d.u16(1).u16(3).label("h2").u16(3).u16(2).u16(443);
        break;
      case 257:
        d.u8(0).label("issue").raw("x");
        break;
      case 43:
      case 52:
        d.u32(5);
        blob(d, 40);
        break;
      default:
        blob(d, 300);
        break;
    }
    e.fixed(type, d.out);
  };
  for (const unsigned count : counts)
    for (unsigned i = 0; i < count; ++i) record();
  if (with_opt) e.opt(dns_encoder().u16(12).u16(3).raw("pad").out);
  return e.out;
}

}  // namespace

TEST_CASE("random valid messages are read whole, and with octets changed they are refused or still read") {
  CHECK(rc::check("valid, changed and cut messages", [] {
    bytes message = random_message();
    const auto m = dns::message_view::parse(message);
    if (!m || !dns_walk::agrees(*m) || !m->trailing().empty()) return false;
    for (int round = 0; round < 30; ++round) {
      bytes changed = message;
      for (unsigned n = *rc::gen::inRange(1U, 4U); n > 0; --n) {
        const auto at = *rc::gen::inRange<std::size_t>(0, changed.size());
        changed[at] = static_cast<std::byte>(
            *rc::gen::element(0U, 1U, 63U, 64U, 127U, 0xc0U, 0xffU, *rc::gen::inRange(0U, 256U)));
      }
      changed.resize(*rc::gen::inRange<std::size_t>(changed.size() / 2, changed.size() + 1));
      changed.shrink_to_fit();
      const auto prefix = dns::message_view::parse_prefix(changed);
      if (!dns_walk::agrees(prefix.view)) return false;
      if (dns::message_view::parse(changed).has_value() == prefix.error.has_value()) return false;
    }
    return true;
  }));
}
