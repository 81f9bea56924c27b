// SPDX-License-Identifier: Apache-2.0
#include <netanomaly/dns/features.hpp>

#include <array>
#include <bit>
#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "support/allocations.hpp"
#include "support/catch.hpp"
#include "support/dns_encoder.hpp"
#include "support/golden_names.hpp"

namespace dns = netanomaly::dns;
using dns::feature;
using dns::feature_vector;
using netanomaly_test::dns_encoder;
using netanomaly_test::golden_names;
using netanomaly_test::octets;

namespace {

/// The registrable domain is the last two labels, whatever they are.
dns::suffix_split last_two(std::span<const std::byte> name) {
  std::vector<std::uint8_t> starts;
  for (std::size_t at = 0; name[at] != std::byte{0}; at += 1 + std::to_integer<std::size_t>(name[at]))
    starts.push_back(static_cast<std::uint8_t>(at));
  if (starts.size() < 2) return {};
  return {starts[starts.size() - 2], starts[starts.size() - 1]};
}

bool same(double a, double b) { return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b); }
bool same(const feature_vector& a, const feature_vector& b) {
  for (std::size_t i = 0; i < feature_vector::size(); ++i)
    if (!same(a.values[i], b.values[i])) return false;
  return true;
}
feature_vector absent() {
  feature_vector v{};
  v.values.fill(std::nan(""));
  return v;
}
feature_vector of_name(std::span<const std::byte> name, const dns::lexicon& words = dns::builtin_lexicon) {
  feature_vector v = absent();
  dns::features::put_name(v, name, last_two, words);
  return v;
}
std::vector<std::byte> wire(std::string_view text) { return dns_encoder().name(text).out; }

dns::message_view parsed(const std::vector<std::byte>& message) {
  const auto m = dns::message_view::parse(message);
  REQUIRE(m);
  return *m;
}

constexpr std::array golden_columns = {
    feature::name_octets,      feature::labels,       feature::longest_label, feature::mean_label,
    feature::subdomain_octets, feature::entropy,      feature::information,   feature::bigram_surprise,
    feature::digit_share,      feature::upper_share,  feature::lower_share,   feature::other_share,
    feature::hex_share,        feature::base32_share, feature::base64_share,  feature::longest_word_share};

const std::vector<std::byte> query_message = dns_encoder(1, 0x0110, 1, 0, 0, 1)
                                                 .question("qWer7y.data.example.co.uk", 16)
                                                 .opt(octets(std::string_view("\0\x0c\0\5\0\0\0\0\0", 9)), 4096, 0x8000)
                                                 .out;

std::vector<std::byte> response_message() {
  dns_encoder e(1, 0x8713, 1, 4, 2, 1);
  e.question("qWer7y.data.example.co.uk", 16);
  e.pointer(12).fixed(16, octets("\5hello"), 1, 60);
  e.pointer(12).fixed(5, dns_encoder().label("ABC").pointer(12).out, 1, 30);  // a CNAME of 4 + 27 octets in full
  e.pointer(12).fixed(15, dns_encoder().u16(10).pointer(12).out, 1, 30);      // an MX of 2 + 27
  e.pointer(12).fixed(1, octets(std::string_view("\1\2\3\4")), 1, 0);
  e.pointer(12).fixed(2, dns_encoder().pointer(12).out);
  e.pointer(12).fixed(2, dns_encoder().pointer(12).out);
  e.opt({}, 1232, 0x01000000);
  return e.out;
}

}  // namespace

TEST_CASE("every feature has a name of its own, a unit and a definition") {
  std::set<std::string_view> names;
  for (const dns::feature_info& info : dns::feature_table) {
    names.insert(info.name);
    CHECK_FALSE(info.unit.empty());
    CHECK_FALSE(info.definition.empty());
  }
  CHECK(names.size() == dns::feature_count);
  CHECK(dns::feature_table[static_cast<std::size_t>(feature::query_octets)].name == "query_octets");
  CHECK(dns::feature_table[static_cast<std::size_t>(feature::longest_word_share)].name == "longest_word_share");
  CHECK(dns::feature_table[static_cast<std::size_t>(feature::type_uncommon)].name == "type_uncommon");
  CHECK(dns::feature_table[static_cast<std::size_t>(feature::rcode)].name == "rcode");
  CHECK(dns::feature_table[static_cast<std::size_t>(feature::response_padding_octets)].name ==
        "response_padding_octets");
}

TEST_CASE("features of names agree with values computed elsewhere") {
  REQUIRE(golden_names().size() > 400);
  for (const auto& g : golden_names()) {
    const feature_vector v = of_name(g.wire);
    REQUIRE(g.values.size() == std::size(golden_columns));
    for (std::size_t i = 0; i < g.values.size(); ++i) {
      const feature f = golden_columns[i];
      const double value = v[f];
      INFO(netanomaly_test::to_hex(g.wire) << ' ' << dns::feature_table[static_cast<std::size_t>(f)].name);
      if (std::isnan(g.values[i])) {
        CHECK(std::isnan(value));
      } else if (f == feature::entropy || f == feature::information) {
        CHECK(std::abs(value - g.values[i]) <= 1e-12 * std::max(1.0, v[feature::subdomain_octets]));
      } else if (f == feature::bigram_surprise) {
        CHECK(std::abs(value - g.values[i]) <= 1e-14 * value);
      } else {
        CHECK(value == g.values[i]);
      }
    }
  }
}

TEST_CASE("features are the same bits in every build") {
  netanomaly_test::bits_sum sum;
  for (const auto& g : golden_names()) {
    feature_vector v = absent();
    dns::features::put_name(v, g.wire);
    sum.add(v.values);
  }
  CHECK(sum.value() == netanomaly_test::golden_bits);
}

TEST_CASE("each path that scans a name gives the same counts") {
  for (const auto& g : golden_names()) {
    dns::detail::label_map starts;
    std::size_t end = 0;
    for (; g.wire[end] != std::byte{0}; end += 1 + std::to_integer<std::size_t>(g.wire[end])) starts.add(end);
    const auto labels = std::span(g.wire).first(end);
    const auto portable = dns::detail::scan_name_portable(labels, starts, dns::builtin_lexicon);
    CHECK(dns::detail::scan_name(g.wire, end, starts, dns::builtin_lexicon) == portable);
#if NETANOMALY_HAS_SSE2
    if (labels.size() >= dns::detail::lanes::octets)
      CHECK(dns::detail::scan_name_simd(labels, starts, dns::builtin_lexicon) == portable);
#endif
#if NETANOMALY_HAS_AVX2
    // whatever may be read behind the labels, down to nothing
    for (std::size_t readable = end; end != 0 && end <= 32 && readable <= g.wire.size(); ++readable)
      CHECK(dns::detail::scan_short_name(labels, readable, starts, dns::builtin_lexicon) == portable);
#endif
  }
}

TEST_CASE("letter case changes the shares of upper and lower case and nothing else") {
  const std::string_view plain = "cn2fk4aexlongword-management.ee3x.a1ternate-mail.example.com";
  std::string mixed(plain);
  for (std::size_t i = 0; i < mixed.size(); i += 3) mixed[i] = static_cast<char>(std::toupper(mixed[i]));
  feature_vector a = of_name(wire(plain));
  feature_vector b = of_name(wire(mixed));
  CHECK(a[feature::upper_share] == 0);
  CHECK(b[feature::upper_share] > 0.2);
  CHECK(a[feature::lower_share] == Approx(b[feature::upper_share] + b[feature::lower_share]));
  for (const feature f : {feature::upper_share, feature::lower_share}) a[f] = b[f] = 0;
  CHECK(same(a, b));
}

TEST_CASE("the subdomain is what stands left of the registrable domain") {
  feature_vector v = absent();
  dns::features::put_name(v, wire("k3.mail.example.co.uk"));
  CHECK(v[feature::subdomain_octets] == 6);
  CHECK(v[feature::name_octets] == 21);
  CHECK(v[feature::labels] == 5);
  CHECK(v[feature::longest_word_share] == Approx(4.0 / 6));
}

TEST_CASE("an empty subdomain has no shares, and an entropy of 0") {
  for (const char* name : {"", "com", "example.com"}) {
    const feature_vector v = of_name(wire(name));
    CHECK(v[feature::entropy] == 0);
    CHECK(v[feature::information] == 0);
    CHECK(v[feature::subdomain_octets] == 0);
    CHECK_FALSE(v.has(feature::digit_share));
    CHECK_FALSE(v.has(feature::bigram_surprise));
    CHECK_FALSE(v.has(feature::longest_word_share));
  }
  CHECK_FALSE(of_name(wire("")).has(feature::longest_label));
}

TEST_CASE("what is no name in wire form gives nothing") {
  const auto untouched = absent();
  const auto gives_nothing = [&](std::vector<std::byte> junk) {
    feature_vector v = absent();
    dns::features::put_name(v, junk);
    return same(v, untouched);
  };
  CHECK(gives_nothing({}));
  CHECK(gives_nothing(octets("\3ab")));
  CHECK(gives_nothing(octets("\3abc")));
  CHECK(gives_nothing(octets(std::string_view("\1a\0x", 4))));
  CHECK(gives_nothing(octets(std::string_view("\xc0\x0c\0", 3))));
  CHECK(gives_nothing(std::vector<std::byte>(256)));
  std::vector<std::byte> too_long;
  for (int i = 0; i < 128; ++i) too_long.insert(too_long.end(), {std::byte{1}, std::byte{'a'}});
  too_long.push_back({});
  CHECK(gives_nothing(too_long));
}

TEST_CASE("a suffix set that answers nonsense does no harm") {
  const auto name = wire("abc.def.example.com");
  for (unsigned at = 0; at < 256; ++at) {
    feature_vector v = absent();
    dns::features::put_name(v, name, [at](std::span<const std::byte>) {
      return dns::suffix_split{static_cast<std::uint8_t>(at), static_cast<std::uint8_t>(at)};
    });
    const double left = at < 4 ? 0 : at < 8 ? 3 : at < 16 ? 6 : at < 20 ? 13 : 16;
    CHECK(v[feature::subdomain_octets] == left);
  }
}

TEST_CASE("words and bigrams may be one's own") {
  dns::bigram_table table;
  for (auto& row : table.cost) row.fill(16);
  table.cost[dns::bigram_table::symbol('q')][dns::bigram_table::symbol('x')] = 160;
  const std::array<std::string_view, 6> words = {"Zebra", "zebracrossing", "zeb", "no-word", "crossing", "abcd"};
  const dns::lexicon own(words, table);
  feature_vector v = of_name(wire("aZEBRACROSSING1.example.com"), own);
  CHECK(v[feature::longest_word_share] == 13.0 / 15);
  CHECK(v[feature::bigram_surprise] == 1);
  v = of_name(wire("zebracrossin.qx.example.com"), own);
  CHECK(v[feature::longest_word_share] == 5.0 / 14);
  CHECK(v[feature::bigram_surprise] == Approx((16 - 1 + 10) / 16.0));
  v = of_name(wire("zeb.abc.no-word.example.com"), own);
  CHECK(v[feature::longest_word_share] == 0);
  const dns::lexicon none({}, table);
  CHECK(of_name(wire("management.example.com"), none)[feature::longest_word_share] == 0);
  const dns::lexicon copy = own;
  CHECK(of_name(wire("xxabcd.example.com"), copy)[feature::longest_word_share] == 4.0 / 6);
}

TEST_CASE("every default word is found, and none in a part of it") {
  dns::detail::each_default_word([](std::string_view word) {
    unsigned char text[80] = {};
    for (std::size_t i = 0; i < word.size(); ++i) text[i] = static_cast<unsigned char>(word[i]);
    CHECK(dns::builtin_lexicon.word_at(text) == word.size());
    CHECK(of_name(wire(std::string(word) + "9.example.com"))[feature::longest_word_share] >=
          static_cast<double>(word.size()) / static_cast<double>(word.size() + 1));
    text[word.size() - 1] = '5';
    CHECK(dns::builtin_lexicon.word_at(text) < word.size());
  });
}

TEST_CASE("the entropy of octets is exact") {
  std::vector<std::byte> all;
  for (int i = 0; i < 1024; ++i) all.push_back(static_cast<std::byte>(i));
  CHECK(dns::entropy(all) == 8);
  CHECK(dns::entropy(std::span(all).first(16)) == 4);
  CHECK(dns::entropy({}) == 0);
  CHECK(dns::entropy(std::vector<std::byte>(100)) == 0);
  CHECK(dns::entropy(octets("aab")) == Approx(0.9182958340544896).epsilon(1e-12));
  // counts beyond the tables
  std::vector<std::byte> skewed(60000);
  for (std::size_t i = 0; i < 7000; ++i) skewed[i * 8] = std::byte{1};
  const double p = 7000.0 / 60000;
  CHECK(dns::entropy(skewed) == Approx(-p * std::log2(p) - (1 - p) * std::log2(1 - p)).epsilon(1e-11));
}

TEST_CASE("a histogram stops at 65,535 octets") {
  dns::octet_histogram h;
  const std::vector<std::byte> much(50000);
  h.add(much);
  h.add(much);
  CHECK(h.size() == 65535);
  CHECK(h.count(std::byte{0}) == 65535);
  CHECK(h.entropy() == 0);
}

TEST_CASE("a query has what queries have") {
  const feature_vector v = dns::features::extract(parsed(query_message));
  CHECK(v[feature::query_octets] == static_cast<double>(query_message.size()));
  CHECK(v[feature::type_txt] == 1);
  CHECK(v[feature::type_address] == 0);
  CHECK(v[feature::opcode] == 0);
  CHECK(v[feature::recursion_desired] == 1);
  CHECK(v[feature::checking_disabled] == 1);
  CHECK(v[feature::query_edns_size] == 4096);
  CHECK(v[feature::query_option_octets] == 9);
  CHECK(v[feature::query_padding_octets] == 5);
  CHECK(v[feature::query_dnssec_ok] == 1);
  for (const feature f : {feature::response_octets, feature::size_ratio, feature::rcode, feature::answers,
                          feature::truncated, feature::ttl_min, feature::answer_entropy, feature::response_edns_size})
    CHECK_FALSE(v.has(f));
}

TEST_CASE("a response has what responses have") {
  const auto message = response_message();
  const feature_vector v = dns::features::extract(parsed(message));
  CHECK(v[feature::response_octets] == static_cast<double>(message.size()));
  CHECK_FALSE(v.has(feature::query_octets));
  CHECK(v[feature::authoritative] == 1);
  CHECK(v[feature::truncated] == 1);
  CHECK(v[feature::recursion_available] == 0);
  CHECK(v[feature::authentic_data] == 0);
  CHECK(v[feature::rcode] == 19);  // 3 and, from EDNS, 1 above it
  CHECK(v[feature::answers] == 4);
  CHECK(v[feature::authorities] == 2);
  CHECK(v[feature::additionals] == 1);
  CHECK(v[feature::answer_octets] == 6 + 31 + 29 + 4);
  CHECK(v[feature::ttl_min] == 0);
  CHECK(v[feature::ttl_mean] == 30);
  CHECK(v[feature::ttl_variance] == 450);
  const auto carried =
      dns_encoder().raw("\5hello").name("abc.qwer7y.data.example.co.uk").u16(10).name("qwer7y.data.example.co.uk").out;
  CHECK(same(v[feature::answer_entropy], dns::entropy(carried)));
  CHECK(v[feature::response_edns_size] == 1232);
  CHECK(v[feature::response_option_octets] == 0);
  CHECK_FALSE(v.has(feature::query_edns_size));
}

TEST_CASE("a transaction knows what its query and its response know, in the same numbers") {
  const auto response = response_message();
  const auto q = parsed(query_message);
  const auto r = parsed(response);
  dns::transaction t;
  t.name = q.qname();
  t.type = q.first_question()->type();
  t.query_flags = q.flags();
  t.query_octets = static_cast<std::uint32_t>(query_message.size());
  t.query_edns = q.opt()->summary();
  const auto from_query = dns::features::extract(q);
  CHECK(same(dns::features::extract(t), from_query));

  std::vector<dns::answer> answers;
  std::vector<std::vector<std::byte>> data;
  for (const dns::record& record : r.answers()) {
    auto& full = data.emplace_back(1000);
    full.resize(record.expanded_rdata(full).value());
    answers.push_back({record.type(), record.dns_class(), record.ttl(), full});
  }
  dns::transaction only_response;
  only_response.name = t.name;
  only_response.type = t.type;
  const auto respond = [&](dns::transaction& to) {
    to.response_flags = r.flags();
    to.response_octets = static_cast<std::uint32_t>(response.size());
    to.response_edns = r.opt()->summary();
    to.rcode = r.rcode();
    to.authority_count = r.authority_count();
    to.additional_count = r.additional_count();
    to.answers = answers;
  };
  respond(only_response);
  const auto from_response = dns::features::extract(r);
  CHECK(same(dns::features::extract(only_response), from_response));

  respond(t);
  const auto both = dns::features::extract(t);
  for (std::size_t i = 0; i < feature_vector::size(); ++i) {
    const auto f = static_cast<feature>(i);
    INFO(dns::feature_table[i].name);
    if (f == feature::size_ratio) {
      CHECK(both[f] == static_cast<double>(response.size()) / static_cast<double>(query_message.size()));
    } else if (f == feature::checking_disabled) {
      CHECK(both[f] == 1);  // this response does not repeat it: the query's word stands
    } else {
      if (from_query.has(f)) CHECK(same(both[f], from_query[f]));
      if (from_response.has(f)) CHECK(same(both[f], from_response[f]));
      CHECK(both.has(f) == (from_query.has(f) || from_response.has(f)));
    }
  }
}

TEST_CASE("one type feature is 1, the others are 0") {
  for (const auto& [type, f] : std::initializer_list<std::pair<unsigned, feature>>{
           {1, feature::type_address},      {28, feature::type_address},    {12, feature::type_pointer},
           {2, feature::type_delegation},   {6, feature::type_delegation},  {5, feature::type_cname},
           {15, feature::type_mx},          {16, feature::type_txt},        {33, feature::type_srv},
           {64, feature::type_service},     {65, feature::type_service},    {10, feature::type_null},
           {25, feature::type_key},         {65399, feature::type_private}, {65280, feature::type_private},
           {65535, feature::type_uncommon}, {48, feature::type_dnssec},     {255, feature::type_uncommon},
           {257, feature::type_uncommon},   {0, feature::type_uncommon}}) {
    const auto message = dns_encoder(1, 0, 1, 0, 0, 0).question("a.b", type).out;
    const auto v = dns::features::extract(parsed(message));
    CHECK(v[f] == 1);
    double sum = 0;
    for (auto i = static_cast<std::size_t>(feature::type_address);
         i <= static_cast<std::size_t>(feature::type_uncommon); ++i)
      sum += v.values[i];
    CHECK(sum == 1);
  }
}

TEST_CASE("a message without question or answers has no such features") {
  const auto message = dns_encoder(1, 0x8000, 0, 0, 0, 0).out;
  const auto v = dns::features::extract(parsed(message));
  CHECK_FALSE(v.has(feature::name_octets));
  CHECK_FALSE(v.has(feature::type_txt));
  CHECK(v[feature::answers] == 0);
  CHECK(v[feature::answer_octets] == 0);
  CHECK_FALSE(v.has(feature::ttl_min));
  CHECK_FALSE(v.has(feature::answer_entropy));
}

TEST_CASE("the entropy of answers is that of their first 256 octets") {
  dns_encoder e(1, 0x8000, 1, 3, 0, 0);
  e.question("a.b", 10);
  std::vector<std::byte> data(200);
  for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<std::byte>(i * i);
  for (int i = 0; i < 3; ++i) e.pointer(12).fixed(10, data);
  std::vector<std::byte> first = data;
  first.insert(first.end(), data.begin(), data.begin() + 56);
  const auto v = dns::features::extract(parsed(e.out));
  CHECK(same(v[feature::answer_entropy], dns::entropy(first)));
  CHECK(v[feature::answer_octets] == 600);
}

TEST_CASE("equal TTLs have no variance, however large") {
  dns_encoder e(1, 0x8000, 1, 7, 0, 0);
  e.question("a.b", 1);
  for (int i = 0; i < 7; ++i) e.pointer(12).fixed(1, octets("abcd"), 1, 4294967295U);
  const auto v = dns::features::extract(parsed(e.out));
  CHECK(v[feature::ttl_variance] == 0);
  CHECK(v[feature::ttl_mean] == 4294967295.0);
}

TEST_CASE("the answers of an UPDATE are none") {
  const auto message = dns_encoder(1, 0xa800, 1, 1, 0, 0).question("b.c", 6).record("a.b.c", 255, {}, 255, 0).out;
  const auto v = dns::features::extract(parsed(message));
  CHECK(v[feature::opcode] == 5);
  CHECK_FALSE(v.has(feature::answers));
}

TEST_CASE("extraction does not allocate and does not throw") {
  const auto response = response_message();
  const auto m = parsed(response);
  const dns::transaction t;
  static_assert(noexcept(dns::features::extract(m))&& noexcept(dns::features::extract(t)));
  const std::size_t before = allocations();
  double sum = 0;
  for (const double x : dns::features::extract(m)) sum += x;
  CHECK(allocations() == before);
  CHECK(std::isnan(sum));
}
