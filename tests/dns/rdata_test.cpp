// SPDX-License-Identifier: Apache-2.0

// Record data against what dnspython reads in the same messages: tests/data/dns/messages.txt, whose lines
// tests/data/dns/make_messages.py describes.

#include <netanomaly/dns/message_view.hpp>

#include "support/catch.hpp"
#include "support/dns_encoder.hpp"
#include "support/dns_walk.hpp"

#include <fstream>
#include <map>
#include <string>
#include <vector>

namespace dns = netanomaly::dns;
namespace rdata = dns::rdata;
using netanomaly_test::dns_encoder;
using netanomaly_test::from_hex;
using netanomaly_test::to_hex;

static_assert(sizeof(rdata::mx) <= 16);
static_assert(noexcept(std::declval<const dns::record&>().as<rdata::svcb>()));

namespace {

/// Fields parted by blanks.
class line {
 public:
  line& operator<<(const std::string& field) {
    text += (text.empty() ? "" : " ") + field;
    return *this;
  }
  line& operator<<(const char* field) { return *this << std::string(field); }
  line& operator<<(std::uint64_t number) { return *this << std::to_string(number); }
  line& operator<<(std::span<const std::byte> octets) { return *this << to_hex(octets); }
  line& operator<<(dns::name_view name) { return *this << name.to_text(); }
  line& operator<<(const rdata::type_bitmap& types) {
    std::string all;
    types.for_each([&](std::uint16_t type) { all += (all.empty() ? "" : ",") + std::to_string(type); });
    return *this << (all.empty() ? "-" : all);
  }
  line& operator<<(rdata::coded_value c) { return *this << std::to_string(c.code) + "=" + to_hex(c.value); }

  std::string text;
};

void add_fields(line& out, const dns::record& r) {
  if (const auto d = r.as<rdata::a>()) out << d->address().to_string();
  if (const auto d = r.as<rdata::aaaa>()) out << d->address().to_string();
  if (const auto d = r.as<rdata::ns>()) out << d->target();
  if (const auto d = r.as<rdata::cname>()) out << d->target();
  if (const auto d = r.as<rdata::ptr>()) out << d->target();
  if (const auto d = r.as<rdata::dname>()) out << d->target();
  if (const auto d = r.as<rdata::soa>())
    out << d->mname() << d->rname() << d->serial() << d->refresh() << d->retry() << d->expire() << d->minimum();
  if (const auto d = r.as<rdata::mx>()) out << d->preference() << d->exchange();
  if (const auto d = r.as<rdata::txt>())
    for (const auto s : d->strings()) out << s.text;
  if (const auto d = r.as<rdata::srv>()) out << d->priority() << d->weight() << d->port() << d->target();
  if (const auto d = r.as<rdata::naptr>())
    out << d->order() << d->preference() << d->flags() << d->services() << d->regexp() << d->replacement();
  if (const auto d = r.as<rdata::caa>()) out << d->flags() << d->tag() << d->value();
  if (const auto d = r.as<rdata::ds>()) out << d->key_tag() << d->algorithm() << d->digest_type() << d->digest();
  if (const auto d = r.as<rdata::dnskey>()) out << d->flags() << d->protocol() << d->algorithm() << d->public_key();
  if (const auto d = r.as<rdata::rrsig>())
    out << d->type_covered() << d->algorithm() << d->labels() << d->original_ttl() << d->expiration() << d->inception()
        << d->key_tag() << d->signer() << d->signature();
  if (const auto d = r.as<rdata::nsec>()) out << d->next() << d->types();
  if (const auto d = r.as<rdata::nsec3>())
    out << d->hash_algorithm() << d->flags() << d->iterations() << d->salt() << d->next_hashed() << d->types();
  if (const auto d = r.as<rdata::tlsa>()) out << d->usage() << d->selector() << d->matching_type() << d->data();
  if (const auto d = r.as<rdata::svcb>()) {
    out << d->priority() << d->target();
    for (const auto p : d->parameters()) out << p;
  }
}

/// The lines that messages.txt has for this message, from our reading of it.
std::vector<std::string> facts(const dns::message_view& m) {
  std::vector<std::string> lines;
  const auto add = [&](const line& l) { lines.push_back(l.text); };
  add(line() << "header" << m.id() << m.flags() << m.question_count() << m.answer_count() << m.authority_count()
             << m.additional_count() << m.rcode());
  for (const auto& q : m.questions()) add(line() << "question" << q.name() << q.raw_class() << q.type());
  std::uint64_t number = 0;
  for (const auto section : {m.answers(), m.authorities(), m.additionals()}) {
    ++number;
    for (const auto& r : section) {
      if (r.type() == dns::record_type::opt) continue;
      std::vector<std::byte> data(r.rdata().size() + 510);
      data.resize(r.expanded_rdata(data).value_or(0));
      line l;
      l << "record" << number << r.name() << r.raw_class() << r.type() << r.ttl() << std::span<const std::byte>(data);
      add_fields(l, r);
      add(l);
    }
  }
  if (const auto opt = m.opt()) {
    line l;
    l << "opt" << opt->udp_size() << opt->version() << opt->flags();
    for (const auto o : opt->options()) l << o;
    add(l);
  }
  return lines;
}

}  // namespace

TEST_CASE("messages read as dnspython reads them") {
  std::ifstream file(NETANOMALY_TEST_DATA "/dns/messages.txt");
  REQUIRE(file);
  std::vector<std::pair<std::string, std::vector<std::byte>>> messages;
  std::vector<std::vector<std::string>> wanted;
  std::map<unsigned, int> types;
  for (std::string text; std::getline(file, text);) {
    if (text.starts_with("message ")) {
      const auto blank = text.rfind(' ');
      messages.emplace_back(text.substr(8, blank - 8), from_hex(text.substr(blank + 1)));
      wanted.emplace_back();
    } else if (!text.starts_with("#")) {
      wanted.back().push_back(text);
    }
  }
  REQUIRE(messages.size() > 100);
  for (std::size_t i = 0; i < messages.size(); ++i) {
    INFO(messages[i].first);
    const auto m = dns::message_view::parse(messages[i].second);
    REQUIRE(m);
    REQUIRE(facts(*m) == wanted[i]);
    REQUIRE(netanomaly_test::dns_walk::agrees(*m));
    for (const auto& r : m->records()) ++types[r.type()];
  }
  // every type with a form of its own stands in the file
  for (const unsigned type : {1U,  2U,  5U,  6U,  10U, 12U, 15U, 16U, 28U, 33U, 35U, 39U,
                              41U, 43U, 46U, 47U, 48U, 50U, 52U, 59U, 64U, 65U, 257U}) {
    INFO(type);
    CHECK(types[type] > 0);
  }
}

TEST_CASE("service parameters are found by key, protocols one by one") {
  const auto message = dns_encoder(1, 0x8180, 0, 1, 0, 0)
                           .record("example.com", 65,
                                   from_hex("0001000001000602683202683300030002"
                                            "20fb"))
                           .out;
  const auto m = dns::message_view::parse(message);
  REQUIRE(m);
  const auto https = m->answers().front().as<rdata::https>();
  REQUIRE(https);
  CHECK(to_hex(https->parameter(rdata::svcb::port).value()) == "20fb");
  CHECK_FALSE(https->parameter(rdata::svcb::ech));
  std::string protocols;
  for (const auto p : https->protocols())
    for (const std::byte b : p.text) protocols += static_cast<char>(b);
  CHECK(protocols == "h2h3");
  CHECK(https->target().is_root());
}

TEST_CASE("a type bitmap knows which types it holds") {
  const auto message = dns_encoder(1, 0x8180, 0, 1, 0, 0)
                           .record("a", 47,
                                   from_hex("00"
                                            "000740000008000380"
                                            "0101"
                                            "40"))
                           .out;
  const auto m = dns::message_view::parse(message);
  REQUIRE(m);
  const auto types = m->answers().front().as<rdata::nsec>()->types();
  for (const std::uint16_t type : std::initializer_list<std::uint16_t>{1, 28, 46, 47, 48, 257})
    CHECK(types.contains(type));
  for (const std::uint16_t type : std::initializer_list<std::uint16_t>{0, 2, 29, 49, 255, 256, 258, 512, 65535})
    CHECK_FALSE(types.contains(type));
}
