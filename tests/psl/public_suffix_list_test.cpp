// SPDX-License-Identifier: Apache-2.0
#include <netanomaly/psl/public_suffix_list.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "support/catch.hpp"
#include "support/dns_encoder.hpp"

using netanomaly::psl::public_suffix_list;
using netanomaly_test::dns_encoder;

namespace {

public_suffix_list our_rules() {
  auto list = public_suffix_list::load(NETANOMALY_TEST_DATA "/psl/rules.dat");
  REQUIRE(list);
  return *list;
}

/// Octets left of the registrable domain and left of the suffix.
std::pair<unsigned, unsigned> split(const public_suffix_list& list, std::span<const std::byte> name) {
  const auto s = list(name);
  return {s.registrable, s.suffix};
}
std::pair<unsigned, unsigned> split(const public_suffix_list& list, std::string_view name) {
  return split(list, dns_encoder().name(name).out);
}
using offsets = std::pair<unsigned, unsigned>;

}  // namespace

TEST_CASE("rules, wildcards and exceptions of a file are followed") {
  const auto list = our_rules();
  CHECK(split(list, "www.example.com") == offsets(4, 12));
  CHECK(split(list, "a.b.co.uk") == offsets(2, 4));
  CHECK(split(list, "a.b.any.ck") == offsets(2, 4));
  CHECK(split(list, "a.www.ck") == offsets(2, 6));
  CHECK(split(list, "4.3.2.1.in-addr.arpa") == offsets(6, 8));
  CHECK(split(list, "a.shop.tenants.example.com") == offsets(2, 7));
  CHECK(split(list, "a.b.x.deep.tenants.example.com") == offsets(2, 4));
  CHECK(list.rules() == 9U);
}

TEST_CASE("a top-level domain that the file does not name is a suffix") {
  CHECK(split(our_rules(), "a.b.unheard-of") == offsets(2, 4));
}

TEST_CASE("a name that is a suffix or the root has no registrable domain") {
  for (const char* name : {"", "com", "co.uk", "any.ck", "tenants.example.com"})
    CHECK(split(our_rules(), name) == offsets(0, 0));
}

TEST_CASE("letter case does not matter to the list") {
  CHECK(split(our_rules(), "A.B.CO.uK") == offsets(2, 4));
  CHECK(split(our_rules(), "a.xN--P1AI") == offsets(0, 2));
}

TEST_CASE("binary labels are labels") {
  const auto list = our_rules();
  using namespace std::string_view_literals;
  const auto name = [](auto... labels) {
    dns_encoder e;
    (e.label(labels), ...);
    return e.u8(0).out;
  };
  CHECK(split(list, name("a"sv, "x.co"sv, "uk"sv)) == offsets(2, 7));  // a dot inside a label parts nothing
  CHECK(split(list, name("a"sv, "\0b"sv, "co"sv, "uk"sv)) == offsets(2, 5));
  CHECK(split(list, name("a"sv, "b"sv, "co\0"sv, "uk"sv)) == offsets(4, 8));
  CHECK(split(list, name("a"sv, "b"sv, "\xff\xfe"sv)) == offsets(2, 4));
  CHECK(split(list, name("a"sv, "\0"sv, "ck"sv)) == offsets(0, 2));  // a wildcard takes any label
  CHECK(split(list, name(""sv)) == offsets(0, 0));
}

TEST_CASE("names of any length are split") {
  const auto list = our_rules();
  std::string labels;
  for (int i = 0; i < 124; ++i) labels += "a.";
  CHECK(split(list, labels + "co.uk") == offsets(246, 248));
  const std::string wide(63, 'w');
  CHECK(split(list, wide + '.' + wide + '.' + wide + ".com") == offsets(128, 192));
}

TEST_CASE("what is not a name does the list no harm") {
  const auto list = our_rules();
  for (std::size_t size = 0; size < 300; size += 7)
    for (const int octet : {0, 1, 3, 63, 64, 192, 255}) {
      const std::vector<std::byte> junk(size, static_cast<std::byte>(octet));
      CHECK(split(list, junk).first <= size);
    }
}

TEST_CASE("the list that libpsl carries agrees with the built-in set on what both know") {
  const auto list = public_suffix_list::builtin();
  if (!list) {
    WARN("libpsl carries no list: " << list.error().message());
    return;
  }
  for (const char* name : {"a.b.example.com", "a.b.example.co.uk", "a.example.com.au", "x.d111.cloudfront.net",
                           "4.3.2.1.in-addr.arpa", "1.0.0.2.ip6.arpa", "a.b.github.io", "a.www.ck", "a.b.c.ck"}) {
    const auto wire = dns_encoder().name(name).out;
    INFO(name);
    CHECK((*list)(wire) == netanomaly::dns::builtin_suffixes(wire));
  }
}

TEST_CASE("a list outlives its first owner and fits where any suffix set does") {
  std::function<netanomaly::dns::suffix_split(std::span<const std::byte>)> suffixes;
  { suffixes = our_rules(); }
  CHECK(suffixes(dns_encoder().name("a.b.co.uk").out).registrable == 2);
}

TEST_CASE("a file that is no list is an error that names it") {
  for (const char* file : {"/no-such-file", "/psl", "/dns/name_features.tsv/x"}) {
    const auto list = public_suffix_list::load(std::string(NETANOMALY_TEST_DATA) + file);
    REQUIRE_FALSE(list);
    CHECK(list.error().message().find(file) != std::string::npos);
  }
}
