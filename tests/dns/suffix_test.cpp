// SPDX-License-Identifier: Apache-2.0
#include <netanomaly/dns/suffix.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "support/catch.hpp"

namespace dns = netanomaly::dns;

namespace {

std::vector<std::byte> wire(std::string_view text) {
  std::vector<std::byte> name;
  while (!text.empty()) {
    const std::string_view label = text.substr(0, text.find('.'));
    name.push_back(static_cast<std::byte>(label.size()));
    for (const char c : label) name.push_back(static_cast<std::byte>(c));
    text.remove_prefix(std::min(text.size(), label.size() + 1));
  }
  name.push_back(std::byte{0});
  return name;
}

std::string text(std::span<const std::byte> name) {
  std::string out;
  for (std::size_t at = 0; name[at] != std::byte{0};) {
    const auto length = std::to_integer<std::size_t>(name[at++]);
    if (!out.empty()) out += '.';
    for (const std::byte b : name.subspan(at, length)) out += static_cast<char>(b);
    at += length;
  }
  return out;
}

std::string registrable(std::string_view name) {
  const auto w = wire(name);
  return text(dns::registrable_domain(std::span<const std::byte>(w), dns::builtin_suffixes));
}

std::string suffix(std::string_view name) {
  const auto w = wire(name);
  return text(std::span(w).subspan(dns::builtin_suffixes(w).suffix));
}

}  // namespace

TEST_CASE("the registrable domain is the suffix and one label more") {
  CHECK(registrable("www.example.com") == "example.com");
  CHECK(registrable("example.com") == "example.com");
  CHECK(registrable("a.b.example.co.uk") == "example.co.uk");
  CHECK(registrable("a.b.example.com.au") == "example.com.au");
  CHECK(registrable("d111.cloudfront.net") == "d111.cloudfront.net");
  CHECK(registrable("x.y.d111.cloudfront.net") == "d111.cloudfront.net");
  CHECK(registrable("host.ec2-1-2-3-4.compute-1.amazonaws.com") == "amazonaws.com");
  CHECK(registrable("key.bucket.s3.amazonaws.com") == "bucket.s3.amazonaws.com");
  CHECK(registrable("a.b.blob.core.windows.net") == "b.blob.core.windows.net");
  CHECK(registrable("www.core.windows.net") == "core.windows.net");
}

TEST_CASE("reverse trees are suffixes") {
  CHECK(registrable("4.3.2.10.in-addr.arpa") == "10.in-addr.arpa");
  CHECK(registrable("8.b.d.0.1.0.0.2.ip6.arpa") == "2.ip6.arpa");
  CHECK(suffix("8.b.d.0.1.0.0.2.ip6.arpa") == "ip6.arpa");
}

TEST_CASE("a wildcard stands for one label and an exception takes it back") {
  CHECK(suffix("a.b.ck") == "b.ck");
  CHECK(registrable("x.a.b.ck") == "a.b.ck");
  CHECK(registrable("www.ck") == "www.ck");
  CHECK(registrable("a.www.ck") == "www.ck");
  CHECK(suffix("a.www.ck") == "ck");
  CHECK(registrable("vm.westeurope.cloudapp.azure.com") == "vm.westeurope.cloudapp.azure.com");
}

TEST_CASE("a top-level domain that no rule names is a suffix") {
  CHECK(registrable("a.b.unheard-of") == "b.unheard-of");
  CHECK(suffix("a.b.unheard-of") == "unheard-of");
}

TEST_CASE("a name without a registrable domain is its own") {
  for (const char* name : {"", "com", "localhost", "co.uk", "in-addr.arpa", "b.ck"}) {
    const auto w = wire(name);
    const auto split = dns::builtin_suffixes(w);
    CHECK(split == dns::suffix_split{});
    CHECK_FALSE(split.has_registrable());
  }
}

TEST_CASE("letter case does not change the split") {
  CHECK(registrable("wWw.eXample.cO.uK") == "eXample.cO.uK");
  CHECK(registrable("X.Y.CLOUDFRONT.NET") == "Y.CLOUDFRONT.NET");
}

TEST_CASE("only letters are folded") {
  // '@' and 0x01 differ from '`' and '!' by the bit that folds a letter
  CHECK(registrable(std::string_view("a.b.\x43o.UK")) == "b.Co.UK");
  CHECK(registrable(std::string_view("a.b.c\x4f.u\x0b")) == "cO.u\x0b");
  CHECK(registrable(std::string_view("a.b.in\x0d"
                                     "addr.arpa")) ==
        "in\x0d"
        "addr.arpa");
  CHECK(registrable(std::string_view("a.b.c\xcf.uk")) == "c\xcf.uk");
}

TEST_CASE("labels of every length are compared whole") {
  CHECK(registrable("a.b.elasticbeanstalk.com") == "elasticbeanstalk.com");
  CHECK(registrable("a.xmyshopify.com") == "xmyshopify.com");
  CHECK(registrable("a.myshopifx.com") == "myshopifx.com");
  CHECK(registrable("a.myshopify.com") == "a.myshopify.com");
  CHECK(registrable("a.cloudfroxt.net") == "cloudfroxt.net");
  CHECK(registrable("a.b.chickenkiller.com") == "b.chickenkiller.com");
  CHECK(registrable("a.b.chickexkiller.com") == "chickexkiller.com");
  CHECK(registrable("a." + std::string(63, 'k') + ".com") == std::string(63, 'k') + ".com");
}

TEST_CASE("every rule of the built-in set is found") {
  std::string_view lines = dns::detail::builtin_suffix_rules;
  std::size_t rules = 0;
  while (!lines.empty()) {
    std::string_view line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(line.size() + 1);
    const std::string parent(line.substr(0, line.find(' ')));
    REQUIRE(line.size() > parent.size());
    line.remove_prefix(parent.size() + 1);
    while (true) {
      const std::string label(line.substr(0, line.find(' ')));
      REQUIRE_FALSE(label.empty());
      ++rules;
      if (label == "*") {
        CHECK(suffix("x.y.any." + parent) == "any." + parent);
      } else if (label[0] == '!') {
        CHECK(suffix("x.y." + label.substr(1) + '.' + parent) == parent);
      } else if (const std::string rule = label + '.' + parent; suffix("x.y." + rule) != "y." + rule) {
        CHECK(suffix("x.y." + rule) == rule);
      }
      if (label.size() == line.size()) break;
      line.remove_prefix(label.size() + 1);
    }
  }
  CHECK(rules > 1000);
}

TEST_CASE("the longest names are split") {
  std::string name;
  for (int i = 0; i < 124; ++i) name += "a.";
  CHECK(wire(name + "co.uk").size() == 255);
  CHECK(registrable(name + "co.uk") == "a.co.uk");
  std::string labels;
  for (int i = 0; i < 126; ++i) labels += "a.";
  CHECK(registrable(labels + "a") == "a.a");
}

TEST_CASE("what is not a name is not read beyond its end") {
  for (std::size_t size = 0; size < 300; ++size)
    for (const int octet : {0, 1, 3, 63, 64, 192, 255}) {
      const std::vector<std::byte> junk(size, static_cast<std::byte>(octet));
      const auto split = dns::builtin_suffixes(junk);
      CHECK(split.registrable <= split.suffix);
      CHECK((split.suffix == 0 || split.suffix < size));
    }
}
