// SPDX-License-Identifier: Apache-2.0
#include <netanomaly/dns/name.hpp>
#include <netanomaly/dns/types.hpp>

#include "support/catch.hpp"
#include "support/dns_encoder.hpp"

#include <rapidcheck.h>

#include <algorithm>
#include <string>
#include <vector>

namespace dns = netanomaly::dns;
using netanomaly_test::dns_encoder;
using netanomaly_test::from_hex;

static_assert(sizeof(dns::name_view) <= 16 && sizeof(dns::wire_name) == 256);
static_assert(noexcept(dns::name_view().wire_length()) && noexcept(dns::name_view() == dns::name_view()));

namespace {

std::string error_of(std::string_view text) {
  const auto name = dns::wire_name::from_text(text);
  return name ? "no error" : name.error().message();
}

}  // namespace

TEST_CASE("a name's text reads back as the same octets") {
  const auto n = dns::wire_name::from_text("www.Example.com");
  REQUIRE(n);
  CHECK(netanomaly_test::to_hex(n->wire()) == "03777777074578616d706c6503636f6d00");
  CHECK(n->to_text() == "www.Example.com");
  CHECK(n->view().label_count() == 3);
  CHECK(n->view().wire_length() == 17);
  CHECK(dns::wire_name::from_text("www.Example.com.")->wire().size() == 17);
}

TEST_CASE("the root is one zero octet and a dot in text") {
  CHECK(dns::name_view().to_text() == ".");
  CHECK(dns::name_view().is_root());
  CHECK(dns::name_view().wire_length() == 1);
  CHECK(dns::name_view().label_count() == 0);
  CHECK(dns::wire_name().to_text() == ".");
  CHECK(*dns::wire_name::from_text(".") == dns::wire_name());
}

TEST_CASE("dots, backslashes and octets that are not printable are escaped in text") {
  const auto wire = dns_encoder().label("a.b").label(std::string("\\\0 \x7f\xff", 5)).label("\"(;").u8(0).out;
  const auto name = dns::wire_name::from_wire(wire);
  REQUIRE(name);
  CHECK(name->to_text() == R"(a\.b.\\\000\032\127\255."(;)");
  CHECK(*dns::wire_name::from_text(name->to_text()) == *name);
}

TEST_CASE("a backslash takes the meaning from any character") {
  CHECK(dns::wire_name::from_text(R"(\w\w\w.\"x)")->to_text() == R"(www."x)");
  CHECK(dns::wire_name::from_text(R"(a\.b.c)")->view().label_count() == 2);
}

TEST_CASE("text that is no name is refused with the character at fault") {
  CHECK(error_of("") == "domain name, character 1: empty; the root is \".\"");
  CHECK(error_of(".a") == "domain name, character 1: empty label");
  CHECK(error_of("a..b") == "domain name, character 3: empty label");
  CHECK(error_of("a\\") == "domain name, character 2: backslash with nothing after it");
  CHECK(error_of("a\\12") == "domain name, character 2: backslash with fewer than three digits");
  CHECK(error_of("a\\256") == "domain name, character 2: escape above \\255");
  CHECK(error_of(std::string(64, 'a')) == "domain name, character 64: label longer than 63 octets");
  const std::string l63(63, 'a');
  const std::string l61(61, 'b');
  const std::string longest = l63 + "." + l63 + "." + l63 + "." + l61;
  CHECK(dns::wire_name::from_text(longest)->wire().size() == 255);
  CHECK(dns::wire_name::from_text(longest + ".")->wire().size() == 255);
  CHECK(error_of(longest + "b") == "domain name, character 254: name longer than 255 octets");
  CHECK(error_of(longest + ".b") == "domain name, character 255: name longer than 255 octets");
}

TEST_CASE("the longest text fills its buffer exactly") {
  std::string text;
  for (const int octets : {63, 63, 63, 61}) {
    if (!text.empty()) text += '.';
    for (int i = 0; i < octets; ++i) text += "\\000";
  }
  CHECK(text.size() == dns::name_view::max_text_octets);
  CHECK(dns::wire_name::from_text(text)->to_text() == text);
}

TEST_CASE("wire form is accepted only whole, uncompressed and with nothing after it") {
  CHECK(dns::wire_name::from_wire(from_hex("00")));
  CHECK(dns::wire_name::from_wire(from_hex("016100")));
  for (const auto* bad : {"", "0161", "01610000", "026100", "c000", "4061", "40", "8000"})
    CHECK_FALSE(dns::wire_name::from_wire(from_hex(bad)));
  std::vector<std::byte> long_name;
  for (int i = 0; i < 127; ++i) {
    long_name.push_back(std::byte{1});
    long_name.push_back(std::byte{0xff});
  }
  long_name.push_back(std::byte{0});
  CHECK(dns::wire_name::from_wire(long_name)->view().label_count() == 127);
  long_name.insert(long_name.begin(), {std::byte{1}, std::byte{'a'}});
  CHECK_FALSE(dns::wire_name::from_wire(long_name));
}

TEST_CASE("letter case of ASCII does not count in comparisons, that of other octets does") {
  CHECK(*dns::wire_name::from_text("WWW.example.COM") == *dns::wire_name::from_text("www.EXAMPLE.com"));
  CHECK_FALSE(*dns::wire_name::from_text("www.example.com") == *dns::wire_name::from_text("www.example.org"));
  CHECK_FALSE(*dns::wire_name::from_text("a.b") == *dns::wire_name::from_text("a.b.c"));
  CHECK_FALSE(*dns::wire_name::from_text(R"(\193)") == *dns::wire_name::from_text(R"(\225)"));
  CHECK_FALSE(*dns::wire_name::from_text("[") == *dns::wire_name::from_text("{"));
  CHECK_FALSE(*dns::wire_name::from_text("a\\.b") == *dns::wire_name::from_text("a.b"));
  CHECK(dns::wire_name::from_text("WwW.[X]")->lowered().to_text() == "www.[x]");
}

TEST_CASE("a compressed name reads as if it were written out") {
  dns_encoder e;
  e.name("example.com");                // 0
  e.label("mail").pointer(0);           // 13
  e.pointer(13);                        // 20
  e.label("a").label("B").pointer(20);  // 22
  e.name("A.b.MAIL.Example.com");       // 28
  const dns::name_view packed(e.out.data(), 22);
  const dns::name_view plain(e.out.data(), 28);
  CHECK(packed.to_text() == "a.B.mail.example.com");
  CHECK(packed.wire_length() == 22);
  CHECK(packed.label_count() == 5);
  CHECK(packed.contiguous_wire().empty());
  CHECK(plain.contiguous_wire().size() == 22);
  CHECK(packed == plain);
  CHECK_FALSE(packed == dns::name_view(e.out.data(), 13));
  CHECK(dns::name_view(e.out.data(), 20) == dns::name_view(e.out.data(), 13));
  std::array<std::byte, 255> buffer{};
  CHECK(packed.copy_wire(buffer) == 22);
  CHECK(netanomaly_test::to_hex(std::span(buffer).first(22)) ==
        netanomaly_test::to_hex(dns::wire_name::from_text("a.B.mail.example.com")->wire()));
  std::string joined;
  for (const auto label : packed.labels())
    for (const std::byte b : label) joined += static_cast<char>(b);
  CHECK(joined == "aBmailexamplecom");
}

TEST_CASE("any labels survive the way to text and back") {
  CHECK(rc::check("wire -> text -> wire", [] {
    const auto labels = *rc::gen::container<std::vector<std::vector<std::uint8_t>>>(
        rc::gen::container<std::vector<std::uint8_t>>(rc::gen::arbitrary<std::uint8_t>()));
    dns_encoder e;
    std::size_t count = 0;
    for (const auto& label : labels) {
      const std::size_t n = std::min<std::size_t>(label.size(), 63);
      if (n == 0 || e.size() + n + 2 > 255) continue;
      e.label(std::string(label.begin(), label.begin() + static_cast<std::ptrdiff_t>(n)));
      ++count;
    }
    e.u8(0);
    const auto name = dns::wire_name::from_wire(e.out);
    if (!name || name->view().label_count() != count || name->view().wire_length() != e.size()) return false;
    const auto again = dns::wire_name::from_text(name->to_text());
    return again && std::ranges::equal(again->wire(), e.out);
  }));
}

TEST_CASE("types, classes, opcodes and response codes have names, and numbers where they have none") {
  CHECK(dns::type_to_text(1) == "A");
  CHECK(dns::type_to_text(65) == "HTTPS");
  CHECK(dns::type_to_text(65399) == "TYPE65399");
  CHECK(dns::type_from_text("aaaa") == dns::record_type::aaaa);
  CHECK(dns::type_from_text("TYPE257") == dns::record_type::caa);
  CHECK(dns::type_from_text("type65536") == std::nullopt);
  CHECK(dns::type_from_text("TYPE") == std::nullopt);
  CHECK(dns::type_from_text("TYPE1x") == std::nullopt);
  CHECK(dns::type_from_text("nonsense") == std::nullopt);
  CHECK(dns::class_to_text(3) == "CH");
  CHECK(dns::class_to_text(42) == "CLASS42");
  CHECK(dns::class_from_text("in") == dns::record_class::in);
  CHECK(dns::opcode_to_text(5) == "UPDATE");
  CHECK(dns::opcode_to_text(3) == "OPCODE3");
  CHECK(dns::opcode_from_text("OPCODE16") == std::nullopt);
  CHECK(dns::rcode_to_text(3) == "NXDOMAIN");
  CHECK(dns::rcode_to_text(23) == "BADCOOKIE");
  CHECK(dns::rcode_from_text("rcode3841") == 3841);
  for (unsigned n = 0; n <= 65535; ++n) {
    const auto number = static_cast<std::uint16_t>(n);
    if (dns::type_from_text(dns::type_to_text(number)) != number) FAIL("type " << n);
  }
}
