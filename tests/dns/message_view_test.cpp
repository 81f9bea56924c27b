// SPDX-License-Identifier: Apache-2.0
#include <netanomaly/dns/message_view.hpp>

#include "support/catch.hpp"
#include "support/dns_encoder.hpp"
#include "support/dns_walk.hpp"

#include <algorithm>
#include <ranges>
#include <string>
#include <vector>

namespace dns = netanomaly::dns;
using netanomaly_test::dns_encoder;
using netanomaly_test::dns_walk;
using netanomaly_test::from_hex;
using bytes = std::vector<std::byte>;

static_assert(sizeof(dns::message_view) <= 32);
static_assert(std::is_trivially_copyable_v<dns::message_view> && std::is_trivially_copyable_v<dns::parse_error> &&
              std::is_trivially_copyable_v<dns::record> && std::is_trivially_copyable_v<dns::question>);
static_assert(noexcept(dns::message_view::parse({})) && noexcept(dns::message_view::parse_prefix({})));
static_assert(noexcept(std::declval<const dns::record&>().expanded_rdata({})));
static_assert(std::ranges::forward_range<dns::section<dns::record>> &&
              std::ranges::sized_range<dns::section<dns::record>> &&
              std::ranges::forward_range<dns::name_view::label_range>);

namespace {

constexpr unsigned response = 0x8180;

/// The error of a message that must have one; the prefix must agree and be readable.
std::string fault(const bytes& message) {
  const auto parsed = dns::message_view::parse(message);
  const auto prefix = dns::message_view::parse_prefix(message);
  if (parsed) return "no error";
  if (!prefix.error || !(*prefix.error == parsed.error())) return "parse_prefix disagrees";
  if (!dns_walk::agrees(prefix.view)) return "the prefix does not read";
  return parsed.error().message();
}

[[gnu::noinline]] void expect(const std::string& seen, const std::string& wanted, int line = __builtin_LINE()) {
  INFO("line " << line);
  CHECK(seen == wanted);
}

/// The error of a response to www.example.com A, 33 octets, with one answer for it of this type and data (from byte
/// 45).
std::string data_fault(unsigned type, const bytes& data, unsigned dns_class = 1) {
  return fault(
      dns_encoder(1, response, 1, 1, 0, 0).question("www.example.com", 1).pointer(12).fixed(type, data, dns_class).out);
}

bytes data(std::string_view hex) { return from_hex(hex); }

const bytes& example_response() {
  static const bytes message = dns_encoder(0x1234, response, 1, 2, 1, 2)
                                   .question("www.example.com", 1)
                                   .pointer(12)
                                   .fixed(5, dns_encoder().label("a").pointer(16).out, 1, 60)
                                   .pointer(45)
                                   .fixed(1, data("c0000201"), 1, 61)
                                   .pointer(16)
                                   .fixed(2, dns_encoder().label("ns").pointer(16).out, 1, 62)
                                   .pointer(77)
                                   .fixed(28, data("20010db8000000000000000000000053"), 1, 63)
                                   .opt(data("000c0003000000"), 4096, 0x01008000)
                                   .out;
  return message;
}

}  // namespace

TEST_CASE("a query's header and question read as they stand") {
  const auto message = dns_encoder(0x2223, 0x0120, 1, 0, 0, 0).question("www.Example.com", 28).out;
  const auto m = dns::message_view::parse(message);
  REQUIRE(m);
  CHECK(m->id() == 0x2223);
  CHECK(m->flags() == 0x0120);
  CHECK_FALSE(m->is_response());
  CHECK(m->recursion_desired());
  CHECK(m->authentic_data());
  CHECK(m->questions().size() == 1);
  CHECK(m->answers().empty());
  const auto q = m->first_question();
  REQUIRE(q);
  CHECK(q->name().to_text() == "www.Example.com");
  CHECK(q->type() == dns::record_type::aaaa);
  CHECK(q->dns_class() == dns::record_class::in);
  CHECK(netanomaly_test::to_hex(m->qname()) == "03777777074578616d706c6503636f6d00");
  CHECK(m->trailing().empty());
  CHECK_FALSE(m->opt());
}

TEST_CASE("each flag of the header is read from its own bit") {
  const auto with = [](unsigned flags) {
    static bytes message;
    message = dns_encoder(0, flags, 0, 0, 0, 0).out;
    return *dns::message_view::parse(message);
  };
  CHECK(with(0x8000).is_response());
  CHECK(with(0x2800).opcode() == dns::opcode::update);
  CHECK(with(0x7800).opcode() == 15);
  CHECK(with(0x0400).authoritative());
  CHECK(with(0x0200).truncated());
  CHECK(with(0x0100).recursion_desired());
  CHECK(with(0x0080).recursion_available());
  CHECK(with(0x0040).z());
  CHECK(with(0x0020).authentic_data());
  CHECK(with(0x0010).checking_disabled());
  CHECK(with(0x000f).rcode() == 15);
  const auto none = with(0);
  CHECK_FALSE((none.is_response() || none.authoritative() || none.truncated() || none.recursion_desired() ||
               none.recursion_available() || none.z() || none.authentic_data() || none.checking_disabled()));
  const auto all_but = with(0xf7bf);
  CHECK_FALSE(all_but.z());
  CHECK(all_but.opcode() == 14);
}

TEST_CASE("the four sections are read in order, compressed names and all") {
  const auto m = dns::message_view::parse(example_response());
  REQUIRE(m);
  CHECK(dns_walk::agrees(*m));
  std::vector<std::string> seen;
  for (const auto section : {m->answers(), m->authorities(), m->additionals()})
    for (const auto& r : section)
      seen.push_back(r.name().to_text() + " " + dns::type_to_text(r.type()) + " " + std::to_string(r.ttl()));
  CHECK(seen == std::vector<std::string>{"www.example.com CNAME 60", "a.example.com A 61", "example.com NS 62",
                                         "ns.example.com AAAA 63", ". OPT 16809984"});
  CHECK(m->answers().front().as<dns::rdata::cname>()->target().to_text() == "a.example.com");
  CHECK(m->authorities().front().as<dns::rdata::ns>()->target().to_text() == "ns.example.com");
  CHECK(m->additionals().front().as<dns::rdata::aaaa>()->address().to_string() == "2001:db8::53");
  CHECK((*std::next(m->answers().begin())).as<dns::rdata::a>()->address().to_string() == "192.0.2.1");
  CHECK_FALSE(m->answers().front().as<dns::rdata::a>());
  CHECK(m->records().size() == 5);
}

TEST_CASE("EDNS gives size, version, flags, options, padding and the upper bits of the response code") {
  const auto m = dns::message_view::parse(example_response());
  REQUIRE(m);
  const auto opt = m->opt();
  REQUIRE(opt);
  CHECK(opt->udp_size() == 4096);
  CHECK(opt->version() == 0);
  CHECK(opt->dnssec_ok());
  CHECK(opt->extended_rcode() == 1);
  CHECK(m->rcode() == 16);
  CHECK(opt->padding_octets() == 3);
  CHECK(opt->option(dns::option_code::padding)->size() == 3);
  CHECK_FALSE(opt->option(dns::option_code::cookie));
  const dns::edns summary = opt->summary();
  CHECK(summary.option_octets == 7);
  CHECK(summary.padding_octets == 3);
  CHECK(summary.dnssec_ok);
}

TEST_CASE("What EDNS options could carry is told from what standards give a meaning") {
  const auto summary = [](std::string_view options) {
    const auto m =
        dns_encoder(1, 0x0100, 1, 0, 0, 1).question("a.example", 1).opt(netanomaly_test::octets(options)).out;
    const auto view = dns::message_view::parse(m);
    REQUIRE(view);
    return view->opt()->summary();
  };
  using std::string_view_literals::operator""sv;
  CHECK(summary("\0\x0c\0\3\0\0\0"sv).payload_octets == 0);  // zeros
  CHECK(summary("\0\x0a\0\x08"
                "abcdefgh"sv)
            .payload_octets == 0);                         // a cookie
  CHECK(summary("\0\x0c\0\3abc"sv).payload_octets == 3);   // padding that is not
  CHECK(summary("\xfd\xe9\0\2ab"sv).payload_octets == 2);  // 65001, for private use
  CHECK(summary("\0\x0c\0\2ab\xfd\xe9\0\2ab"sv).payload_octets == 4);
  CHECK(summary("\0\x0c\0\3abc"sv).payload_hash == summary("\0\x0c\0\3abc"sv).payload_hash);
  CHECK(summary("\0\x0c\0\3abc"sv).payload_hash != summary("\0\x0c\0\3abd"sv).payload_hash);
  CHECK(summary("\0\x0c\0\3abc"sv).payload_hash != summary("\xfd\xe9\0\3abc"sv).payload_hash);
}

TEST_CASE("mDNS keeps a bit in the class: QU in questions, cache-flush in records") {
  const auto message = dns_encoder(0, 0x8400, 1, 1, 0, 0)
                           .question("printer.local", 255, 0x8001)
                           .pointer(12)
                           .fixed(1, data("c0000201"), 0x8001)
                           .out;
  const auto m = dns::message_view::parse(message);
  REQUIRE(m);
  CHECK(m->first_question()->unicast_response());
  CHECK(m->first_question()->dns_class() == dns::record_class::in);
  CHECK(m->first_question()->raw_class() == 0x8001);
  CHECK(m->answers().front().cache_flush());
  CHECK(m->answers().front().dns_class() == dns::record_class::in);
  CHECK(m->answers().front().as<dns::rdata::a>());
  CHECK_FALSE(dns::message_view::parse(example_response())->answers().front().cache_flush());
}

TEST_CASE("sections have their own names in UPDATE, and records there may have no data") {
  // prerequisite: RRset of type A exists (class ANY, no data); update: delete the MX RRset, add an A
  const auto message = dns_encoder(3, 0x2800, 1, 1, 2, 0)
                           .question("example.com", 6)
                           .record("www.example.com", 1, {}, 255, 0)
                           .record("old.example.com", 15, {}, 255, 0)
                           .record("new.example.com", 1, data("c0000209"))
                           .out;
  const auto m = dns::message_view::parse(message);
  REQUIRE(m);
  CHECK(m->opcode() == dns::opcode::update);
  CHECK(m->zones().front().name().to_text() == "example.com");
  CHECK(m->prerequisites().size() == 1);
  CHECK(m->updates().size() == 2);
  CHECK_FALSE(m->prerequisites().front().as<dns::rdata::a>());
  CHECK_FALSE(m->updates().front().as<dns::rdata::mx>());
  CHECK(dns_walk::agrees(*m));
  for (const unsigned type :
       {1U, 2U, 5U, 6U, 12U, 15U, 28U, 33U, 35U, 39U, 43U, 46U, 47U, 48U, 50U, 52U, 64U, 65U, 257U}) {
    expect(fault(dns_encoder(3, 0x2800, 1, 1, 0, 0).question("example.com", 6).record("a.b", type, {}, 255, 0).out),
           "no error");
    expect(data_fault(type, {}), "byte 45: length of record data does not fit the type");
  }
  expect(fault(dns_encoder(3, 0x2800, 0, 1, 0, 0).record("a", 1, data("c00002")).out),
         "byte 25: length of record data does not fit the type");
}

TEST_CASE("NOTIFY, inverse queries and opcodes without a meaning read as any message") {
  for (unsigned opcode = 0; opcode < 16; ++opcode) {
    const auto message = dns_encoder(1, opcode << 11, 1, 1, 0, 0)
                             .question("example.com", 6)
                             .pointer(12)
                             .fixed(6, dns_encoder().name("ns").name("host").u32(7).u32(1).u32(2).u32(3).u32(4).out)
                             .out;
    const auto m = dns::message_view::parse(message);
    REQUIRE(m);
    CHECK(m->opcode() == opcode);
    CHECK(m->answers().front().as<dns::rdata::soa>()->serial() == 7);
  }
  // RFC 1035 section 6.4.2: no question, the answer is what is asked
  expect(fault(dns_encoder(1, 0x0800, 0, 1, 0, 0).record("", 1, data("c0000201"), 1, 0).out), "no error");
}

TEST_CASE("messages without questions and with several are read") {
  CHECK(dns::message_view::parse(dns_encoder(1, response, 0, 0, 0, 0).out)->questions().empty());
  const auto message = dns_encoder(1, 0, 3, 0, 0, 0)
                           .question("a.example", 1)
                           .pointer(12)
                           .u16(28)
                           .u16(1)
                           .label("b")
                           .pointer(14)
                           .u16(16)
                           .u16(1)
                           .out;
  const auto m = dns::message_view::parse(message);
  REQUIRE(m);
  std::string names;
  for (const auto& q : m->questions()) names += q.name().to_text() + " " + dns::type_to_text(q.type()) + ";";
  CHECK(names == "a.example A;a.example AAAA;b.example TXT;");
  CHECK(dns_walk::agrees(*m));
  // and where the only names are in records
  const auto bare = dns_encoder(1, response, 0, 2, 0, 0)
                        .record("a.example", 1, data("c0000201"))
                        .pointer(12)
                        .fixed(1, data("c0000202"))
                        .out;
  const auto answers = dns::message_view::parse(bare);
  REQUIRE(answers);
  CHECK((*std::next(answers->answers().begin())).name().to_text() == "a.example");
  CHECK_FALSE(answers->first_question());
  CHECK(answers->qname().empty());
}

TEST_CASE("octets after the message are handed out and are no fault") {
  auto message = dns_encoder(1, 0, 1, 0, 0, 0).question("a", 1).out;
  message.resize(message.size() + 5, std::byte{0x55});
  const auto m = dns::message_view::parse(message);
  REQUIRE(m);
  CHECK(m->trailing().size() == 5);
  CHECK(m->octets().size() == message.size());
}

TEST_CASE("a message of fewer than 12 octets has no header") {
  expect(fault({}), "byte 0: message ends inside its 12-octet header");
  expect(fault(data("2223010000010000000000")), "byte 11: message ends inside its 12-octet header");
  const auto empty = dns::message_view::parse_prefix({});
  CHECK(empty.view.id() == 0);
  CHECK(empty.view.octets().empty());
  CHECK(empty.view.trailing().empty());
  CHECK(dns_walk::agrees(dns::message_view()));
}

TEST_CASE("65,535 octets are a message, one more is none") {
  auto message = dns_encoder(1, response, 0, 1, 0, 0).record("", 10, bytes(65535 - 12 - 11)).out;
  REQUIRE(message.size() == 65535);
  const auto m = dns::message_view::parse(message);
  REQUIRE(m);
  CHECK(m->answers().front().rdata().size() == 65512);
  CHECK(m->answers().front().end_offset() == 65535);
  CHECK(m->trailing().empty());
  message.push_back({});
  expect(fault(message), "byte 65535: message is longer than 65,535 octets");
}

TEST_CASE("pointers that do not lead backwards are refused") {
  const std::string forwards = "compression pointer does not point backwards";
  expect(fault(data("222301000001000000000000c00c00010001")), "byte 12: " + forwards);  // to itself
  expect(fault(dns_encoder(1, 0, 1, 0, 0, 0).label("a").pointer(12).u16(1).u16(1).out),
         "byte 14: " + forwards);  // to its start
  expect(fault(dns_encoder(1, 0, 1, 0, 0, 0).pointer(14).u16(1).u16(1).u8(0).out), "byte 12: " + forwards);  // forwards
  expect(fault(dns_encoder(1, 0, 1, 0, 0, 0).pointer(18).u16(1).u16(1).out), "byte 12: " + forwards);  // to the end
  expect(fault(dns_encoder(1, 0, 1, 0, 0, 0).pointer(0x3fff).u16(1).u16(1).out), "byte 12: " + forwards);
  // a loop of two names that point to each other
  expect(fault(dns_encoder(1, 0, 2, 0, 0, 0).pointer(18).u16(1).u16(1).pointer(12).u16(1).u16(1).out),
         "byte 12: " + forwards);
  // a loop inside record data that an owner leads into: 25: NULL data, "pointer to 27", "pointer to 25"
  expect(fault(dns_encoder(1, response, 0, 2, 0, 0)
                   .record("", 10, dns_encoder().pointer(25).pointer(23).out)
                   .pointer(25)
                   .fixed(1, data("c0000201"))
                   .out),
         "byte 23: " + forwards);
  // labels that run on into the name that leads to them end at its pointer, which then does not lead backwards
  expect(fault(dns_encoder(1, response, 0, 2, 0, 0)
                   .record("", 10, data("0161"))
                   .raw(data("c017"))
                   .fixed(1, data("c0000201"))
                   .out),
         "byte 25: " + forwards);
}

TEST_CASE("pointers into the header are refused") {
  for (unsigned target = 0; target < 12; ++target) {
    expect(fault(dns_encoder(0, 0, 1, 0, 0, 0).pointer(target).u16(1).u16(1).out),
           "byte 12: compression pointer points into the header");
    expect(fault(dns_encoder(0, response, 1, 1, 0, 0).question("a", 1).pointer(target).fixed(1, data("c0000201")).out),
           "byte 19: compression pointer points into the header");
  }
}

TEST_CASE("a pointer to a label, to the root label and through other names is followed") {
  dns_encoder e(1, response, 1, 5, 0, 0);
  e.question("a.bb.example", 1);
  const bytes address = data("c0000201");
  e.pointer(14).fixed(1, address);             // bb.example
  e.pointer(25).fixed(1, address);             // the root label of the first name
  e.label("x").pointer(14).fixed(1, address);  // x.bb.example, at 62
  e.label("y").pointer(62).fixed(1, address);  // y.x.bb.example
  e.pointer(13).fixed(1, address);             // into the middle of label "a": 'a' is a length of 97
  const auto prefix = dns::message_view::parse_prefix(e.out);
  REQUIRE(prefix.error);
  CHECK(prefix.error->message() == "byte 13: label is of neither known type, length or pointer");
  std::string names;
  for (const auto& r : prefix.view.answers()) names += r.name().to_text() + ";";
  CHECK(names == "bb.example;.;x.bb.example;y.x.bb.example;");
  CHECK(dns_walk::agrees(prefix.view));
}

TEST_CASE("a pointer into the middle of a label reads what it finds there, if that is a name") {
  // the first label's octets are themselves a name, "z"
  const auto message = dns_encoder(1, response, 1, 1, 0, 0)
                           .label(std::string("\1z\0", 3))
                           .u8(0)
                           .u16(1)
                           .u16(1)
                           .pointer(13)
                           .fixed(1, data("c0000201"))
                           .out;
  const auto m = dns::message_view::parse(message);
  REQUIRE(m);
  CHECK(m->answers().front().name().to_text() == "z");
  CHECK(m->first_question()->name().to_text() == R"(\001z\000)");
}

TEST_CASE("label types 0x40 and 0x80 are refused") {
  for (const unsigned type : {0x40U, 0x41U, 0x7fU, 0x80U, 0xbfU}) {
    const std::string unknown = "label is of neither known type, length or pointer";
    expect(fault(dns_encoder(1, 0, 1, 0, 0, 0).u8(type).u8(0).u16(1).u16(1).out), "byte 12: " + unknown);
    expect(fault(dns_encoder(1, 0, 1, 0, 0, 0).label("a").u8(type).u8(0).u16(1).u16(1).out), "byte 14: " + unknown);
    expect(fault(dns_encoder(1, response, 1, 1, 0, 0).question("a", 1).u8(type).fixed(1, data("c0000201")).out),
           "byte 19: " + unknown);
  }
}

TEST_CASE("names of 255 octets are read, written out or compressed, and longer ones refused") {
  const std::string l63(63, 'a');
  const std::string suffix = l63 + "." + l63 + "." + l63;  // 192 octets and the root label
  const bytes address = data("c0000201");
  expect(fault(dns_encoder(1, 0, 1, 0, 0, 0).question(suffix + "." + std::string(61, 'b'), 1).out), "no error");
  expect(fault(dns_encoder(1, 0, 1, 0, 0, 0).question(suffix + "." + std::string(62, 'b'), 1).out),
         "byte 12: name is longer than 255 octets");
  expect(fault(dns_encoder(1, 0, 1, 0, 0, 0).question(suffix + "." + l63 + "." + l63, 1).out),
         "byte 12: name is longer than 255 octets");
  const auto compressed = [&](std::size_t octets) {
    return fault(dns_encoder(1, response, 1, 1, 0, 0)
                     .question(suffix, 1)
                     .label(std::string(octets, 'b'))
                     .pointer(12)
                     .fixed(1, address)
                     .out);
  };
  expect(compressed(61), "no error");
  expect(compressed(62), "byte 209: name is longer than 255 octets");
  // one octet a step: each name is the one before it and a label
  dns_encoder e(1, response, 1, 200, 0, 0);
  e.question("a", 1);
  std::size_t last = 12;
  for (int i = 0; i < 200; ++i) {
    const std::size_t here = e.size();
    e.label("a").pointer(last).fixed(1, address);
    last = here;
  }
  const auto prefix = dns::message_view::parse_prefix(e.out);
  REQUIRE(prefix.error);
  CHECK(prefix.error->rule == dns::parse_rule::name_fits_length);
  CHECK(prefix.view.answers().size() == 126);  // 127 labels of one octet are 255 octets
  CHECK(dns_walk::agrees(prefix.view));
}

TEST_CASE("a name may have 128 pointers and no more") {
  const auto chain = [](int pointers) {
    dns_encoder e(1, response, 0, 2, 0, 0);
    dns_encoder data;
    data.u8(0);
    for (int i = 1; i < pointers; ++i) data.pointer(static_cast<std::size_t>(i == 1 ? 23 : 24 + 2 * (i - 2)));
    e.record("", 10, data.out);
    e.pointer(static_cast<std::size_t>(pointers == 1 ? 23 : 24 + 2 * (pointers - 2))).fixed(1, from_hex("c0000201"));
    return fault(e.out);
  };
  expect(chain(1), "no error");
  expect(chain(2), "no error");
  expect(chain(128), "no error");
  expect(chain(129), "byte 24: name has more than 128 compression pointers");
  CHECK(chain(4000).find("name has more than 128 compression pointers") != std::string::npos);
}

TEST_CASE("names and entries that the message ends in are refused, and what stands before is read") {
  expect(fault(dns_encoder(1, 0, 1, 0, 0, 0).out),
         "byte 12: name runs past the end of the message or of its record data");
  expect(fault(dns_encoder(1, 0, 1, 0, 0, 0).labels("www.example").out),
         "byte 12: name runs past the end of the message or of its record data");
  expect(fault(dns_encoder(1, 0, 1, 0, 0, 0).u8(9).raw("short").out),
         "byte 12: name runs past the end of the message or of its record data");
  expect(fault(dns_encoder(1, 0, 1, 0, 0, 0).u8(0xc0).out),
         "byte 12: name runs past the end of the message or of its record data");
  expect(fault(dns_encoder(1, 0, 1, 0, 0, 0).name("a").u16(1).u8(0).out), "byte 15: message ends inside a question");
  expect(fault(dns_encoder(1, response, 1, 1, 0, 0).question("a", 1).pointer(12).u16(1).u16(1).u32(0).u8(0).out),
         "byte 21: message ends inside a record");
  CHECK(
      fault(dns_encoder(1, response, 1, 1, 0, 0).question("a", 1).pointer(12).u16(1).u16(1).u32(0).u16(4).u8(1).out) ==
      "byte 29: length of record data runs past the end of the message");
  expect(fault(dns_encoder(1, response, 1, 1, 0, 0).question("a", 1).pointer(12).u16(10).u16(1).u32(0).u16(65535).out),
         "byte 29: length of record data runs past the end of the message");
}

TEST_CASE("counts larger than the message are refused") {
  for (int field = 0; field < 4; ++field) {
    std::array<unsigned, 4> counts{1, 0, 0, 0};
    counts[static_cast<std::size_t>(field)] = 65535;
    const auto message = dns_encoder(1, response, counts[0], counts[1], counts[2], counts[3]).question("a", 1).out;
    expect(fault(message), "byte 19: name runs past the end of the message or of its record data");
    const auto prefix = dns::message_view::parse_prefix(message);
    CHECK(prefix.view.questions().size() == 1);
    CHECK(prefix.view.records().empty());
    CHECK(prefix.view.first_question()->name().to_text() == "a");
  }
  CHECK(fault(dns_encoder(1, response, 65535, 65535, 65535, 65535).out).starts_with("byte 12: name runs past"));
}

TEST_CASE("every cut of a message is refused and leaves the entries before it readable") {
  const auto& message = example_response();
  const auto whole = dns::message_view::parse(message);
  REQUIRE(whole);
  std::vector<std::uint32_t> ends;
  for (const auto& r : whole->records()) ends.push_back(r.end_offset());
  for (std::size_t size = 0; size < message.size(); ++size) {
    const bytes cut(message.begin(),
                    message.begin() + static_cast<std::ptrdiff_t>(size));  // a block of its own, for sanitizers
    const auto prefix = dns::message_view::parse_prefix(cut);
    REQUIRE(prefix.error);
    REQUIRE(prefix.error->offset <= size);
    REQUIRE(prefix.view.questions().size() == (size >= 33 ? 1 : 0));
    const auto complete = std::ranges::count_if(ends, [&](std::uint32_t end) { return end <= size; });
    REQUIRE(prefix.view.records().size() == static_cast<std::size_t>(complete));
    REQUIRE(prefix.view.opt().has_value() == false);
    REQUIRE(dns_walk::agrees(prefix.view));
    REQUIRE_FALSE(dns::message_view::parse(cut));
  }
}

TEST_CASE("record data shorter or longer than its type is refused") {
  const std::string misfit = "byte 45: length of record data does not fit the type";
  expect(data_fault(1, data("c00002")), misfit);
  expect(data_fault(1, data("c000020101")), misfit);
  expect(data_fault(28, data("20010db80000000000000000000000")), misfit);
  expect(data_fault(28, data("20010db8000000000000000000000001ff")), misfit);
  for (const unsigned type : {2U, 5U, 12U, 39U}) {
    expect(data_fault(type, data("01610000")), misfit);
    expect(data_fault(type, data("c00c00")), misfit);
    expect(data_fault(type, data("0161")), "byte 45: name runs past the end of the message or of its record data");
    expect(data_fault(type, data("c0")), "byte 45: name runs past the end of the message or of its record data");
  }
  expect(data_fault(15, data("000a")), misfit);
  expect(data_fault(15, data("000ac00c00")), misfit);
  expect(data_fault(33, data("000100020003")), misfit);
  expect(data_fault(33, data("0001000200030000")), misfit);
  const bytes soa = dns_encoder().pointer(12).pointer(16).u32(1).u32(2).u32(3).u32(4).u32(5).out;
  expect(data_fault(6, soa), "no error");
  expect(data_fault(6, bytes(soa.begin(), soa.end() - 1)), misfit);
  expect(data_fault(6, bytes(soa.begin(), soa.begin() + 2)),
         "byte 47: name runs past the end of the message or of its record data");
  expect(data_fault(6, dns_encoder().raw(soa).u8(0).out), misfit);
  expect(data_fault(43, data("000105")), misfit);
  expect(data_fault(48, data("010103")), misfit);
  expect(data_fault(52, data("0301")), misfit);
  expect(data_fault(257, data("0000")), misfit);    // a CAA without a tag
  expect(data_fault(257, data("000541")), misfit);  // and with one that is cut
  expect(data_fault(46, bytes(18)), misfit);
  expect(data_fault(35, data("0001000200000")), misfit);
}

TEST_CASE("text strings end inside their record data") {
  expect(data_fault(16, data("0161")), "no error");
  expect(data_fault(16, {}), "no error");
  expect(data_fault(16, data("00")), "no error");
  expect(data_fault(16, data("0261")), "byte 45: character string runs past its record data");
  expect(data_fault(16, data("0161ff")), "byte 47: character string runs past its record data");
  expect(data_fault(35, data("00010002017301730500")), "byte 53: character string runs past its record data");
  expect(data_fault(35, data("0001000200000001")),
         "byte 52: name runs past the end of the message or of its record data");
  expect(data_fault(35, data("000100020000000000")), "byte 52: length of record data does not fit the type");
}

TEST_CASE("NULL and types without a form of their own take any data") {
  for (const unsigned type : {10U, 13U, 25U, 29U, 44U, 249U, 250U, 65280U, 65399U, 0U, 65535U}) {
    expect(data_fault(type, {}), "no error");
    expect(data_fault(type, data("c0ffee")), "no error");
  }
}

TEST_CASE("A in class CH is opaque") {
  expect(data_fault(1, data("0163000102"), 3), "no error");
  const auto message = dns_encoder(1, response, 0, 1, 0, 0).record("a", 1, data("c0000201"), 3).out;
  CHECK_FALSE(dns::message_view::parse(message)->answers().front().as<dns::rdata::a>());
}

TEST_CASE("type bitmaps have ascending windows of 1 to 32 octets") {
  const std::string bad = ": type bitmap is cut off or out of order";
  const auto nsec = [](std::string_view bitmap) { return data_fault(47, dns_encoder().u8(0).raw(data(bitmap)).out); };
  expect(nsec(""), "no error");
  expect(nsec("000140"), "no error");
  CHECK(nsec("00014001010100200" + std::string(63, '1')).starts_with("byte 52"));
  expect(nsec("000140ff0101"), "no error");
  expect(nsec("00"), "byte 46" + bad);
  expect(nsec("0000"), "byte 46" + bad);
  expect(nsec("000000"), "byte 46" + bad);
  expect(nsec("000240"), "byte 46" + bad);
  expect(nsec("0021" + std::string(66, '1')), "byte 46" + bad);
  expect(nsec("010140000140"), "byte 49" + bad);
  expect(nsec("000140000140"), "byte 49" + bad);
  expect(data_fault(50, data("0101000c0102")), "byte 51: character string runs past its record data");
  expect(data_fault(50, data("0101000c01aa02bbcc000140")), "no error");
  expect(data_fault(50, data("0101000c01aa02bbcc0001")), "byte 54" + bad);
}

TEST_CASE("service parameters ascend, are whole and of their key's form") {
  const std::string bad = ": service parameter is cut off, out of order or malformed";
  const auto svcb = [](std::string_view parameters) {
    return data_fault(65, dns_encoder().u16(1).u8(0).raw(data(parameters)).out);
  };
  expect(svcb(""), "no error");
  expect(svcb("000100030268320003000201bb"), "no error");
  expect(svcb("0003000201bb00010003026832"), "byte 54" + bad);
  expect(svcb("0003000201bb0003000201bb"), "byte 54" + bad);
  expect(svcb("000300"), "byte 48" + bad);
  expect(svcb("0003000301bb"), "byte 48" + bad);
  for (const auto* value :
       {"00000000", "0000000101", "00010000", "000100020268", "0001000100", "00010003036832", "0002000100",
        "00030003010203", "00040000", "00040003010203", "00060000", "0006000401020304"})
    expect(svcb(value), "byte 48" + bad);
  expect(svcb("00050000"), "no error");
  expect(svcb("fff700020102"), "no error");
  expect(data_fault(64, data("0001")), "byte 45: length of record data does not fit the type");
  expect(data_fault(64, data("000100")), "no error");
}

TEST_CASE("names in record data may be compressed wherever a name stands") {
  expect(data_fault(33, data("000100020003c00c")), "no error");
  expect(data_fault(35, data("00010002000000c00c")), "no error");
  expect(data_fault(46, dns_encoder().raw(bytes(18)).pointer(16).raw("signature").out), "no error");
  expect(data_fault(47, data("c00c000140")), "no error");
  expect(data_fault(64, data("0001c00c0003000201bb")), "no error");
}

TEST_CASE("OPT stands once, in the additional section, with the root as owner and whole options") {
  const auto with = [](unsigned answers, unsigned additionals) {
    return dns_encoder(1, response, 1, answers, 0, additionals).question("a", 1);
  };
  expect(fault(with(0, 1).opt().out), "no error");
  expect(fault(with(0, 2).opt().opt().out), "byte 30: second OPT record");
  expect(fault(with(1, 0).opt().out), "byte 19: OPT record stands outside the additional section");
  expect(fault(with(0, 1).record("a", 41, {}).out), "byte 19: owner of the OPT record is not the root");
  expect(fault(with(0, 1).pointer(14).fixed(41, {}).out), "byte 19: owner of the OPT record is not the root");
  for (const auto* options : {"000c", "000c0001", "000c000200", "000a0000000c000100ff"}) {
    const auto message = with(0, 1).opt(data(options)).out;
    CHECK(fault(message).ends_with(": EDNS option runs past its record data"));
    CHECK_FALSE(dns::message_view::parse_prefix(message).view.opt());
  }
  expect(fault(with(0, 1).opt(data("000a0000000c000100")).out), "no error");
  // the rcode of a response whose OPT is refused is the header's
  CHECK(dns::message_view::parse_prefix(with(0, 1).opt(data("ff"), 512, 0xff000000).out).view.rcode() == 0);
}

TEST_CASE("names in record data are written out on request, letter case kept") {
  const auto message = dns_encoder(1, response, 1, 2, 0, 0)
                           .question("www.Example.com", 15)
                           .pointer(12)
                           .fixed(15, dns_encoder().u16(10).label("mx").pointer(16).out)
                           .pointer(12)
                           .fixed(10, data("c00c"))
                           .out;
  const auto m = dns::message_view::parse(message);
  REQUIRE(m);
  std::array<std::byte, 64> out{};
  const auto& mx = m->answers().front();
  CHECK(mx.rdata_has_names());
  REQUIRE(mx.expanded_rdata(out) == 18);
  CHECK(netanomaly_test::to_hex(std::span(out).first(18)) == "000a026d78074578616d706c6503636f6d00");
  CHECK_FALSE(mx.expanded_rdata(std::span(out).first(17)));
  const auto& null = *std::next(m->answers().begin());
  CHECK_FALSE(null.rdata_has_names());
  CHECK(null.expanded_rdata(out) == 2);
}
