// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/hash.hpp>
#include <netanomaly/dns/name.hpp>
#include <netanomaly/dns/transaction.hpp>
#include <netanomaly/dns/types.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

/// Made-up DNS traffic, from a seed: look-ups that are asked once each, as a cache lets them through, and slow tunnels.
/// Shapes follow what public documents say of such services; vendors' names are made up, so that no list of names
/// helps.
namespace scenarios {

namespace na = netanomaly;
namespace dns = netanomaly::dns;
namespace type = netanomaly::dns::record_type;

/// A transaction that owns what it points to.
struct stored {
  dns::transaction t;
  std::vector<std::byte> name;
  std::vector<dns::answer> answers;
  std::vector<std::vector<std::byte>> rdata;
  bool is_cover = false;  ///< of a tunnel's scenario: what its client asks otherwise

  const dns::transaction& view() {
    t.name = name;
    if (t.answers) {
      for (std::size_t i = 0; i < answers.size(); ++i) answers[i].rdata = rdata[i];
      t.answers = std::span<const dns::answer>(answers);
    }
    return t;
  }
};

struct record {
  std::uint16_t type = type::a;
  std::uint32_t ttl = 300;
  std::string rdata;
};

/// Texts, one behind the other. In braces, unlike in a sum or among a function's arguments, what draws random numbers
/// is evaluated from left to right with every compiler, so that a seed is one traffic.
struct joined {
  template <class... Parts>
  explicit joined(const Parts&... parts) {
    (append(parts), ...);
  }
  operator std::string() const { return text; }  // NOLINT(google-explicit-constructor,hicpp-explicit-conversions)
  std::string text;

 private:
  template <class Part>
  void append(const Part& part) {
    if constexpr (std::is_arithmetic_v<Part> && !std::is_same_v<Part, char>) {
      text += std::to_string(part);
    } else {
      text += part;
    }
  }
};

/// Of seconds since 1970, to the microsecond.
inline na::time_point time_of(double seconds) {
  return na::time_point(na::duration(static_cast<std::int64_t>(seconds * 1e6) * 1000));
}

class generator {
 public:
  /// Given in braces: see joined.
  struct question {
    std::string name;
    std::uint16_t type = type::a;
    std::vector<record> answers = {};
    std::uint16_t rcode = 0;
    std::string padding = {};  ///< of the query: EDNS, where not empty
    bool is_cover = false;     ///< as stored has it
    std::string zone = {};     ///< that serves the name, where the response says so
  };

  explicit generator(std::uint64_t seed) : random_(seed) {}

  std::deque<stored> traffic;
  dns::ip_address client = dns::ip_address::v4(0x0a000017);
  dns::ip_address server = dns::ip_address::v4(0x0a000001);
  double now = 1.7e9;  ///< seconds since 1970
  bool mix_case = false;
  std::optional<dns::vantage> seen_from;

  // randomness
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(random_() % n); }
  double unit() { return static_cast<double>(random_() >> 11) * 0x1p-53; }
  bool chance(double p) { return unit() < p; }
  /// Waiting time of a Poisson process, in seconds.
  double exponential(double mean) { return -mean * std::log(1 - unit()); }
  std::string pick(std::string_view alphabet, std::size_t length) {
    std::string s;
    while (s.size() < length) s += alphabet[below(alphabet.size())];
    return s;
  }
  std::string octets(std::size_t length) {
    std::string s;
    while (s.size() < length) s += static_cast<char>(below(256));
    return s;
  }
  std::string number(std::uint64_t low, std::uint64_t high) {
    return std::to_string(low + random_() % (high - low + 1));
  }
  std::string word() {
    static constexpr std::string_view heads[] = {"bra", "cor", "del", "fen", "gal", "hor", "kel", "lam", "mar", "nor",
                                                 "per", "ral", "sor", "tan", "ver", "win", "al",  "in",  "os",  "um"};
    static constexpr std::string_view tails[] = {"ton",  "da",   "vix",  "sen",  "lo", "mer",  "nix",
                                                 "port", "ford", "wick", "ster", "by", "gate", "rin",
                                                 "dor",  "bel",  "co",   "tra",  "ly", "mont"};
    return joined{heads[below(20)], tails[below(20)]};
  }
  std::string guid() {
    return joined{pick(hex, 8), '-', pick(hex, 4), '-', pick(hex, 4), '-', pick(hex, 4), '-', pick(hex, 12)};
  }
  std::string quad() { return joined{number(1, 223), '.', number(0, 255), '.', number(0, 255), '.', number(1, 254)}; }

  static constexpr std::string_view hex = "0123456789abcdef", base32 = "abcdefghijklmnopqrstuvwxyz234567",
                                    base36 = "abcdefghijklmnopqrstuvwxyz0123456789",
                                    letters = "abcdefghijklmnopqrstuvwxyz";

  // records
  /// Of a host: 1.0.0.0 to 223.255.255.255, without 10.0.0.0/8 and 127.0.0.0/8.
  std::string address4() {
    std::string address = octets(4);
    const unsigned first = 1 + static_cast<unsigned char>(address[0]) % 223U;
    address[0] = static_cast<char>(first == 10 || first == 127 ? first + 1 : first);
    return address;
  }
  /// Of global unicast, 2000::/3.
  std::string address6() {
    std::string address = octets(16);
    address[0] = static_cast<char>(0x20 | (address[0] & 0x1f));
    return address;
  }
  static std::string code(unsigned last) { return {127, 0, 0, static_cast<char>(last)}; }
  static std::string text(std::string s) {
    std::string rdata;
    for (std::size_t at = 0; at == 0 || at < s.size(); at += 255) {
      const std::string part = s.substr(at, 255);
      rdata += static_cast<char>(part.size());
      rdata += part;
    }
    return rdata;
  }
  static std::string wire(const std::string& name) {
    const auto w = dns::wire_name::from_text(name);
    return w ? std::string(reinterpret_cast<const char*>(w->wire().data()), w->wire().size()) : std::string(1, '\0');
  }

  /// One question and its answer, now.
  void ask(question q) {
    stored s;
    s.is_cover = q.is_cover;
    const std::string w = wire(q.name);
    s.name.assign(reinterpret_cast<const std::byte*>(w.data()),
                  reinterpret_cast<const std::byte*>(w.data()) + w.size());
    if (mix_case)
      for (std::byte& b : s.name)
        if (b >= std::byte{'a'} && b <= std::byte{'z'} && chance(0.5)) b ^= std::byte{0x20};
    s.t.time = time_of(now);
    s.t.client = client;
    s.t.server = server;
    s.t.type = q.type;
    s.t.query_octets = static_cast<std::uint32_t>(16 + w.size());
    s.t.response_seen = true;
    s.t.rcode = q.rcode;
    s.t.vantage = seen_from;
    if (!q.zone.empty()) s.t.zone_octets = static_cast<std::uint8_t>(wire(q.zone).size());
    if (!q.padding.empty()) {
      const auto octets = static_cast<std::uint16_t>(q.padding.size());
      s.t.query_edns = dns::edns{.udp_size = 1232,
                                 .option_octets = static_cast<std::uint16_t>(4 + octets),
                                 .padding_octets = octets,
                                 .payload_octets = octets,
                                 .payload_hash = na::keyed_hash(0)(q.padding)};
      *s.t.query_octets += 15U + octets;
    }
    std::size_t size = 16 + w.size();
    for (record& r : q.answers) {
      s.answers.push_back({.type = r.type, .dns_class = 1, .ttl = r.ttl, .rdata = {}});
      s.rdata.emplace_back(reinterpret_cast<const std::byte*>(r.rdata.data()),
                           reinterpret_cast<const std::byte*>(r.rdata.data()) + r.rdata.size());
      size += 12 + r.rdata.size();
    }
    s.t.response_octets = static_cast<std::uint32_t>(size);
    s.t.answers.emplace();
    traffic.push_back(std::move(s));
  }
  void no_such_name(question q) {
    q.rcode = 3;
    ask(std::move(q));
  }

 private:
  na::splitmix64 random_;
};

struct scenario {
  std::string_view name;
  bool tunnel = false;
  void (*play)(generator&);
};

/// A day of look-ups comes in bursts: a person or a mail queue is at work, then is not.
template <class Lookup>
void in_bursts(generator& g, int count, double hours, Lookup lookup) {
  const double mean = hours * 3600 / count;
  for (int i = 0; i < count;) {
    g.now += g.exponential(mean * 12);
    for (const auto burst = 1 + static_cast<int>(g.exponential(11)); i < count && burst > 0; ++i) {
      lookup(i);
      g.now += g.exponential(0.3);
      if (g.chance(1.0 / burst)) {
        ++i;
        break;
      }
    }
  }
}

namespace benign {

inline void file_reputation_codes(generator& g) {
  in_bursts(g, 1500, 24, [&](int) {
    const std::string name =
        joined{"0.0.0.0.", g.number(1, 9), ".0.0.", g.pick(g.hex, 2), '.', g.pick(g.base36, 26), ".rep.avvendor.com"};
    if (g.chance(0.1)) return g.no_such_name({name});
    std::string code = g.code(static_cast<unsigned>(1 + g.below(8)));
    code[1] = static_cast<char>(g.below(4) * 64);
    g.ask({name, type::a, {{type::a, static_cast<std::uint32_t>(g.below(300)), code}}});
  });
}
inline void file_reputation_addresses(generator& g) {
  in_bursts(g, 1500, 24, [&](int) {
    const std::string name = joined{g.pick(g.base32, 48), '.', g.pick(g.base32, 24), ".c.avcloud.sk"};
    std::vector<record> answers;
    for (auto n = 1 + g.below(3); n > 0; --n)
      answers.push_back({type::a, static_cast<std::uint32_t>(5 + g.below(300)), g.address4()});
    g.ask({name, type::a, std::move(answers)});
  });
}
inline void url_reputation_text(generator& g) {
  in_bursts(g, 1500, 24, [&](int) {
    const std::string name = joined{g.pick(g.hex, 1 + g.below(3)),
                                    '.',
                                    g.pick(g.base32, 40 + g.below(15)),
                                    '.',
                                    g.pick(g.base32, 20 + g.below(30)),
                                    ".w.0",
                                    g.number(0, 1),
                                    ".lookupnet.net"};
    if (g.chance(0.3)) return g.no_such_name({name, type::txt});
    g.ask(
        {name, type::txt, {{type::txt, 300, g.text(joined{"w ", g.pick(g.base36, 12), " l x k ", g.number(10, 99)})}}});
  });
}
inline void url_reputation_text_always_found(generator& g) {
  in_bursts(g, 1500, 24, [&](int) {
    g.ask(
        {g.pick(g.base32, 40 + g.below(15)) + ".u.lookupnet.net",
         type::txt,
         {{type::txt, 600, g.text(joined{"c=", g.number(0, 40), ";r=", g.number(0, 100), ";t=", g.number(60, 900)})}}});
  });
}
inline void block_list_addresses(generator& g) {
  in_bursts(g, 2000, 24, [&](int) {
    const std::string name = g.quad() + ".zen.blocklist.org";
    if (g.chance(0.8)) return g.no_such_name({name});
    g.ask({name, type::a, {{type::a, 60, g.code(static_cast<unsigned>(2 + g.below(9)))}}});
  });
}
inline void block_list_domains(generator& g) {
  in_bursts(g, 2000, 24, [&](int) {
    const std::string name = joined{g.word(), g.word(), (g.chance(0.5) ? ".com" : ".net"), ".multi.uriblock.org"};
    if (g.chance(0.9)) return g.no_such_name({name});
    g.ask({name, type::a, {{type::a, 600, g.code(64)}}});
  });
}
inline void block_list_hashes(generator& g) {
  const std::string key = g.pick(g.base36, 26);
  in_bursts(g, 1500, 24, [&](int) {
    const std::string name = g.pick(g.base32, 52) + "._file." + key + ".hbl.dq.blocklist.net";
    if (g.chance(0.98)) return g.no_such_name({name});
    g.ask({name, type::a, {{type::a, 60, g.code(10)}}});
  });
}
inline void malware_hashes(generator& g) {
  in_bursts(g, 1500, 24, [&](int) {
    const std::string name = g.pick(g.hex, g.chance(0.5) ? 32 : 40) + ".malware.hash.teamlist.com";
    if (g.chance(0.9)) return g.no_such_name({name, type::txt});
    g.ask({name,
           type::txt,
           {{type::txt, 3600, g.text(joined{g.number(1200000000, 1700000000), ' ', g.number(10, 99)})}}});
  });
}
inline void origin_of_addresses(generator& g) {
  in_bursts(g, 1500, 24, [&](int) {
    g.ask({g.quad() + ".origin.asn.teamlist.com",
           type::txt,
           {{type::txt, 14400,
             g.text(joined{g.number(1, 65000), " | ", g.quad(), "/16 | DE | ripencc | 20", g.number(10, 24),
                           "-01-01"})}}});
  });
}
inline void reverse_sweep_4(generator& g) {
  for (int i = 0; i < 4096; ++i) {
    g.now += g.exponential(1);
    const std::string name = std::to_string(i % 256) + '.' + std::to_string(i / 256) + ".77.10.in-addr.arpa";
    if (g.chance(0.6)) {
      g.no_such_name({name, type::ptr});
    } else {
      g.ask({name, type::ptr, {{type::ptr, 3600, g.wire("host-" + std::to_string(i) + ".isp.example.net")}}});
    }
  }
}
inline void reverse_sweep_6(generator& g) {
  const std::string prefix = ".0.0.0.0.0.0.0.0.0.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa";
  for (unsigned i = 0; i < 2000; ++i) {
    g.now += g.exponential(5);
    std::string name;
    for (unsigned shift = 0; shift < 32; shift += 4) name += std::string(shift ? "." : "") + g.hex[i >> shift & 15U];
    if (g.chance(0.7)) {
      g.no_such_name({name + prefix, type::ptr});
    } else {
      g.ask({name + prefix, type::ptr, {{type::ptr, 3600, g.wire("v6-" + g.pick(g.hex, 8) + ".isp.example.net")}}});
    }
  }
}
inline void reverse_random_6(generator& g) {
  in_bursts(g, 1500, 24, [&](int) {
    std::string name;
    for (int i = 0; i < 24; ++i) name += std::string(1, g.hex[g.below(16)]) + '.';
    name += "8.b.d.0.1.0.0.2.ip6.arpa";
    g.ask({name, type::ptr, {{type::ptr, 3600, g.wire(joined{g.word(), g.number(1, 999), ".isp.example.net"})}}});
  });
}
inline void content_identifiers(generator& g) {
  const std::string gateways[] = {g.address4(), g.address4(), g.address4()};
  in_bursts(g, 1200, 24, [&](int) {
    const std::string name = "bafybei" + g.pick(g.base32, 52) + ".ipfs.gateway.link";
    g.ask({name, type::a, {{type::a, 60, gateways[g.below(3)]}}});
    g.ask({name, type::aaaa, {}});
  });
}
inline void video_cache_nodes(generator& g) {
  in_bursts(g, 800, 24, [&](int) {
    const std::string name = joined{'r', g.number(1, 9), "---sn-", g.pick(g.base36, 8), ".videocache.com"};
    g.ask({name, type::a, {{type::a, 300, g.address4()}}});
    g.ask({name, type::aaaa, {{type::aaaa, 300, g.address6()}}});
  });
}
inline void hosted_sites(generator& g) {
  const std::string shared = g.address4();
  in_bursts(g, 1500, 24, [&](int) {
    const std::string name = joined{g.word(), g.word(), ".bloghost.com"};
    g.ask({name, type::a, {{type::a, 300, shared}}});
    g.ask({name, type::aaaa, {}});
    g.ask({name, type::https, {}});
  });
}
inline void tenant_names(generator& g) {
  in_bursts(g, 1000, 24, [&](int) {
    g.ask({g.pick(g.base36, 14) + "-ats.iot.eu-central-1.cloudhost.com",
           type::a,
           {{type::a, 60, g.address4()}, {type::a, 60, g.address4()}}});
  });
}
inline void random_subdomain_attack(generator& g) {
  for (int i = 0; i < 8000; ++i) {
    g.now += g.exponential(0.02);
    const std::string name = g.pick(g.letters, 6 + g.below(10)) + ".victim.com";
    if (g.chance(0.2)) {
      g.ask({name, type::a, {}, 2});
    } else {
      g.no_such_name({name});
    }
  }
}
inline void random_subdomain_attack_unanswered(generator& g) {
  for (int i = 0; i < 8000; ++i) {
    g.now += g.exponential(0.02);
    g.no_such_name({g.pick(g.base36, 12) + ".www.victim.com"});
    g.traffic.back().t.rcode.reset();
    g.traffic.back().t.response_seen = false;
    g.traffic.back().t.response_octets.reset();
    g.traffic.back().t.answers.reset();
  }
}
inline void sender_policy_macros(generator& g) {
  in_bursts(g, 1500, 24, [&](int) {
    const std::string name = g.quad() + "._spf.mta.mailvendor.com";
    if (g.chance(0.4)) return g.no_such_name({name});
    g.ask({name, type::a, {{type::a, 3600, g.code(2)}}});
  });
}
inline void signing_keys_of_one_sender_service(generator& g) {
  in_bursts(g, 600, 24, [&](int) {
    g.ask(
        {g.pick(g.base32, 32) + ".dkim.mailsender.com",
         type::txt,
         {{type::txt, 1800, g.text("p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQC" + g.pick(g.base36, 176) + "IDAQAB")}}});
  });
}
inline void mail_authentication(generator& g) {
  in_bursts(g, 600, 24, [&](int) {
    const std::string domain = joined{g.word(), g.word(), ".com"};
    g.ask({domain, type::mx, {{type::mx, 3600, std::string("\0\x0a", 2) + g.wire("mx." + domain)}}});
    g.ask({domain, type::txt, {{type::txt, 3600, g.text("v=spf1 include:_spf." + g.word() + ".com ~all")}}});
    g.ask({"s" + g.number(1, 9) + "._domainkey." + domain,
           type::txt,
           {{type::txt, 3600, g.text("v=DKIM1; p=" + g.pick(g.base36, 216))}}});
    g.no_such_name({"_dmarc." + domain, type::txt});
  });
}
inline void certificate_challenges(generator& g) {
  in_bursts(g, 300, 24, [&](int) {
    g.ask({"_acme-challenge." + g.guid() + ".tenants.hosting.com",
           type::txt,
           {{type::txt, 60, g.text(g.pick(g.base36, 43))}}});
  });
}
inline void measurements(generator& g) {
  in_bursts(g, 200, 24, [&](int i) {
    g.ask({joined{"u", g.pick(g.hex, 8), "-s", std::to_string(i), "-t", std::to_string(static_cast<long>(g.now)), "-i",
                  g.pick(g.hex, 8), ".ap.measure.net"},
           type::a,
           {{type::a, 1, std::string("\x5b\x01\x02\x03", 4)}}});
  });
}
inline void heartbeats(generator& g) {
  for (int i = 0; i < 1440; ++i) {
    g.now += 60;
    g.ask({std::to_string(static_cast<long>(g.now)) + ".hb.agentvendor.com",
           type::a,
           {{type::a, 60, std::string("\x0d\x01\x02\x03", 4)}}});
  }
}
inline void tenant_guids(generator& g) {
  in_bursts(g, 800, 24, [&](int) {
    g.ask({g.guid() + ".clients.config.officevendor.net", type::a, {{type::a, 300, g.address4()}}});
    g.ask({g.traffic.size() % 2 ? g.guid() + ".clients.config.officevendor.net" : "www.officevendor.net",
           type::aaaa,
           {}});
  });
}
inline void search_lists(generator& g) {
  in_bursts(g, 2000, 24, [&](int) {
    const std::string site = joined{"www.", g.word(), g.word(), ".com"};
    for (const char* suffix : {".shop.svc.cluster.local", ".svc.cluster.local", ".cluster.local", ".corp.example.com"})
      g.no_such_name({site + suffix});
    g.ask({site, type::a, {{type::a, 300, g.address4()}}});
  });
}
inline void directory_services(generator& g) {
  in_bursts(g, 500, 24, [&](int) {
    g.ask({joined{"_ldap._tcp.", g.word(), "-site._sites.", g.guid(), ".domains._msdcs.corp.example.com"},
           type::srv,
           {{type::srv, 600,
             std::string("\0\0\0\x64\x01\x85", 6) + g.wire("dc" + g.number(1, 4) + ".corp.example.com")}}});
  });
}
inline void service_discovery(generator& g) {
  for (int i = 0; i < 2000; ++i) {
    g.now += g.exponential(30);
    static constexpr const char* names[] = {"_services._dns-sd._udp.local", "_ipp._tcp.local", "_airplay._tcp.local"};
    g.ask({names[g.below(3)], type::ptr, {{type::ptr, 120, g.wire(g.word() + "._ipp._tcp.local")}}});
  }
}
inline void agent_rollout(generator& g) {
  for (int i = 0; i < 1000; ++i) {
    g.client = dns::ip_address::v4(0x0a010000U + static_cast<std::uint32_t>(i));
    g.now += 3.6;
    for (int n = 0; n < 12; ++n)
      g.ask({g.pick(g.hex, 40) + ".enrol.agentvendor.com",
             type::txt,
             {{type::txt, 60, g.text("ok " + g.pick(g.hex, 24))}}});
  }
}
inline void leaf_names_of_a_web_day(generator& g) {
  in_bursts(g, 3000, 24, [&](int) {
    const std::string name = joined{g.chance(0.5) ? "www." : "cdn" + g.number(1, 9) + '.', g.word(), g.word(), ".com"};
    g.ask({name,
           type::a,
           {{type::cname, 300, g.wire(g.pick(g.base36, 13) + ".edgehost.net")}, {type::a, 60, g.address4()}}});
    g.ask({name, type::aaaa, {}});
  });
}

inline void busy_domain(generator& g) {  // the hosts and the customers of a cloud, each under a part of its own
  static constexpr const char* parts[] = {"", ".eu-west.compute", ".us-east.compute", ".bucket", ".cdn.bucket", ".id"};
  in_bursts(g, 3000, 24, [&](int) {
    const auto part = g.below(6);
    const std::string name =
        part < 3 ? std::string(joined{g.word(), '-', g.word(), g.number(1, 99)}) : g.pick(g.base36, 24);
    g.ask({joined{name, parts[part], ".bigcloud.com"}, type::a, {{type::a, 60, g.address4()}}});
    if (part == 5)
      g.ask({joined{name, parts[part], ".bigcloud.com"}, type::txt, {{type::txt, 3600, g.text("id=" + g.guid())}}});
  });
}

}  // namespace benign

inline constexpr scenario benign_scenarios[] = {
    {"file reputation, codes", false, benign::file_reputation_codes},
    {"file reputation, addresses", false, benign::file_reputation_addresses},
    {"URL reputation, text, hit or miss", false, benign::url_reputation_text},
    {"URL reputation, text, always found", false, benign::url_reputation_text_always_found},
    {"block list of addresses", false, benign::block_list_addresses},
    {"block list of domains", false, benign::block_list_domains},
    {"block list of hashes", false, benign::block_list_hashes},
    {"malware hashes", false, benign::malware_hashes},
    {"origin of addresses", false, benign::origin_of_addresses},
    {"in-addr.arpa sweep", false, benign::reverse_sweep_4},
    {"ip6.arpa sweep", false, benign::reverse_sweep_6},
    {"ip6.arpa at random", false, benign::reverse_random_6},
    {"content identifiers", false, benign::content_identifiers},
    {"video cache nodes", false, benign::video_cache_nodes},
    {"hosted sites", false, benign::hosted_sites},
    {"tenant names", false, benign::tenant_names},
    {"random-subdomain attack", false, benign::random_subdomain_attack},
    {"random-subdomain attack, unanswered", false, benign::random_subdomain_attack_unanswered},
    {"sender policy macros", false, benign::sender_policy_macros},
    {"signing keys of one sender service", false, benign::signing_keys_of_one_sender_service},
    {"mail authentication", false, benign::mail_authentication},
    {"certificate challenges", false, benign::certificate_challenges},
    {"measurements", false, benign::measurements},
    {"heartbeats", false, benign::heartbeats},
    {"tenant GUIDs", false, benign::tenant_guids},
    {"search lists", false, benign::search_lists},
    {"directory services", false, benign::directory_services},
    {"service discovery", false, benign::service_discovery},
    {"agent rollout", false, benign::agent_rollout},
    {"a day on the web", false, benign::leaf_names_of_a_web_day},
    {"busy domain", false, benign::busy_domain},
};

namespace tunnel {

inline std::string encode(std::string_view octets, std::string_view alphabet, unsigned bits) {
  std::string out;
  unsigned held = 0;
  std::uint32_t word = 0;
  for (const char c : octets) {
    word = word << 8 | static_cast<unsigned char>(c);
    for (held += 8; held >= bits; held -= bits) out += alphabet[word >> (held - bits) & ((1U << bits) - 1)];
  }
  if (held > 0) out += alphabet[word << (bits - held) & ((1U << bits) - 1)];
  return out;
}
inline std::string to_hex(std::string_view octets) { return encode(octets, generator::hex, 4); }
inline std::string to_base32(std::string_view octets) { return encode(octets, generator::base32, 5); }
inline std::string to_base58(std::string_view octets) {
  static constexpr std::string_view alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
  std::vector<unsigned> digits;
  for (const char c : octets) {
    unsigned carry = static_cast<unsigned char>(c);
    for (unsigned& d : digits) {
      carry += d << 8;
      d = carry % 58;
      carry /= 58;
    }
    for (; carry > 0; carry /= 58) digits.push_back(carry % 58);
  }
  std::string out;
  for (std::size_t i = digits.size(); i-- > 0;) out += alphabet[digits[i]];
  return out;
}
inline std::string labels(const std::string& text, std::size_t each = 60) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); at += each) out += (at ? "." : "") + text.substr(at, each);
  return out;
}
inline std::string big_endian(std::uint64_t value, unsigned size) {
  std::string s;
  while (size-- > 0) s += static_cast<char>(value >> (8 * size));
  return s;
}

/// `rate` octets a second for a day, in messages of `chunk` octets with jitter.
template <class Send>
void at_rate(generator& g, double rate, std::size_t chunk, double total, Send send) {
  for (double sent = 0; sent < total && sent < rate * 86400; sent += static_cast<double>(chunk)) {
    g.now += static_cast<double>(chunk) / rate * (0.5 + g.unit());
    send(static_cast<std::uint64_t>(sent / static_cast<double>(chunk)));
  }
}

template <int DecibitsPerSecond>
void hex_one_way(generator& g) {  // NXDOMAIN to all
  const std::string session = g.octets(2);
  at_rate(g, DecibitsPerSecond / 10.0, 28, 60000, [&](std::uint64_t n) {
    g.no_such_name({to_hex(session + big_endian(n, 2) + g.octets(28)).insert(32, ".") + ".x.cdn-sync.net"});
  });
}
template <int DecibitsPerSecond>
void base32_one_way_constant_answer(generator& g) {
  const std::string session = g.pick(g.base36, 6);
  at_rate(g, DecibitsPerSecond / 10.0, 60, 60000, [&](std::uint64_t n) {
    g.ask({labels(to_base32(g.octets(60)), 48) + '.' + std::to_string(n) + '.' + session + ".files.upd-net.org",
           type::a,
           {{type::a, 300, std::string("\x5d\xb8\xd8\x22", 4)}}});
  });
}
template <int DecibitsPerSecond>
void base58_text_answers(generator& g) {
  const std::string session = g.octets(3);
  at_rate(g, DecibitsPerSecond / 10.0, 40, 60000, [&](std::uint64_t n) {
    g.ask({labels(to_base58("\x08" + session + big_endian(n, 4) + g.octets(40)), 50) + ".s.stat-hub.io",
           type::txt,
           {{type::txt, 60, g.text(to_base58(g.octets(12 + g.below(30))))}}});
  });
}
template <int DecibitsPerSecond>
void words(generator& g) {
  std::vector<std::string> list;
  generator fixed(99);
  while (list.size() < 256) {
    const std::string w = fixed.word();
    if (std::ranges::find(list, w) == list.end()) list.push_back(w);
  }
  at_rate(g, DecibitsPerSecond / 10.0, 12, 40000, [&](std::uint64_t n) {
    std::string name;
    for (const char c : big_endian(n, 2) + g.octets(12))
      name += (name.empty() ? "" : name.size() % 50 < 40 ? "-" : ".") + list[static_cast<unsigned char>(c)];
    g.ask({name + ".blog.daily-notes.net",
           type::cname,
           {{type::cname, 30,
             g.wire(joined{list[g.below(256)], '-', list[g.below(256)], '-', list[g.below(256)],
                           ".blog.daily-notes.net"})}}});
  });
}
inline void answers_only(generator& g) {
  for (std::uint64_t n = 0; n < 1440; ++n) {
    g.now += 60 * (0.8 + 0.4 * g.unit());
    g.ask({to_hex(big_endian(n, 2)) + ".d.pull-feed.net",
           type::txt,
           {{type::txt, 0, g.text(g.octets(60 + g.below(140)))}}});
  }
}
inline void answers_only_one_name(generator& g) {
  for (int n = 0; n < 1440; ++n) {
    g.now += 60 * (0.8 + 0.4 * g.unit());
    g.ask({"feed.pull-one.net", type::txt, {{type::txt, 0, g.text(g.octets(60 + g.below(140)))}}});
  }
}
inline void encrypted_polls(generator& g) {  // session, nonce and sealed header: no counter in the clear
  const std::string session = g.octets(4);
  for (int n = 0; n < 1440; ++n) {
    g.now += 60 * (0.8 + 0.4 * g.unit());
    const std::string up = g.chance(0.1) ? g.octets(90) : g.octets(12);
    g.ask({labels(to_base32(session + up)) + ".p.quiet-api.com",
           type::txt,
           {{type::txt, 1, g.text(g.octets(g.chance(0.1) ? 150 : 16))}}});
  }
}
inline void packet_polls(generator& g) {  // id, kind, session, sequence, acknowledgement in hex, as dnscat2 has it
  const std::string session = g.octets(2);
  std::uint64_t sequence = g.below(65536);
  std::uint64_t acknowledged = g.below(65536);
  for (int n = 0; n < 1440; ++n) {
    g.now += 60 * (0.8 + 0.4 * g.unit());
    const std::string data = g.chance(0.1) ? g.octets(20 + g.below(60)) : "";
    const std::string back = g.chance(0.1) ? g.octets(20 + g.below(60)) : "";
    g.ask(
        {labels(to_hex(g.octets(2) + '\x01' + session + big_endian(sequence, 2) + big_endian(acknowledged, 2) + data)) +
             ".t.metrics-hub.com",
         g.below(2) ? type::txt : type::cname,
         {{type::txt, 60,
           g.text(to_hex(g.octets(2) + '\x01' + session + big_endian(acknowledged, 2) + big_endian(sequence, 2) +
                         back))}}});
    sequence += data.size();
    acknowledged += back.size();
  }
}
inline void counter_polls(generator& g) {  // the shape of an idle iodine, CNAME answers to A questions
  std::uint64_t counter = g.below(65536);
  for (int n = 0; n < 1440; ++n) {
    g.now += 60 + g.unit();
    counter += 1;
    g.ask({'p' + encode(big_endian(0, 1) + big_endian(counter, 3), g.base32, 5) + ".v.cname-net.org",
           type::a,
           {{type::cname, 0, g.wire('h' + encode(g.octets(4), g.base32, 5) + ".a")}}});
  }
}
inline void behind_a_resolver(generator& g) {  // the resolver is the only client; letter case at random
  g.mix_case = true;
  g.client = dns::ip_address::v4(0x0a000035);
  const std::string session = g.octets(2);
  std::uint64_t n = 0;
  double next = g.now + 30;
  const double start = g.now;
  while (g.now < start + 6 * 3600) {
    g.now += g.exponential(2);
    if (g.now >= next) {
      next += 20 * (0.5 + g.unit());
      g.ask({labels(to_base32(session + big_endian(n++, 3) + g.octets(36))) + ".w.edge-metric.com",
             type::txt,
             {{type::txt, 0, g.text(g.octets(20))}}});
      continue;
    }
    const std::string name = joined{g.chance(0.5) ? "www." : "", g.word(), g.word(), ".com"};
    g.ask({.name = name, .answers = {{type::a, 300, g.address4()}}, .is_cover = true});
  }
}
inline void over_four_domains(generator& g) {
  const std::string session = g.octets(2);
  const char* zones[] = {".a.one-stat.com", ".b.two-stat.net", ".c.three-stat.org", ".d.four-stat.io"};
  at_rate(g, 2, 30, 60000, [&](std::uint64_t n) {
    g.ask({labels(to_base32(session + big_endian(n, 3) + g.octets(30))) + zones[n % 4],
           type::txt,
           {{type::txt, 5, g.text(to_hex(g.octets(8)))}}});
  });
}
inline void over_sixteen_domains(generator& g) {  // with a server each, as a resolver's upstream side shows it
  const std::string session = g.octets(2);
  std::vector<std::string> zones;
  while (zones.size() < 16) {
    std::string zone = joined{".n", zones.size(), '.', g.word(), g.word(), ".com"};
    zones.push_back(std::move(zone));
  }
  at_rate(g, 0.7, 28, 60000, [&](std::uint64_t n) {
    const std::size_t to = g.below(16);
    g.server = dns::ip_address::v4(static_cast<std::uint32_t>(0xc6336400 + to));
    g.no_such_name({to_hex(session + big_endian(n, 2) + g.octets(28)).insert(32, ".") + zones[to]});
  });
}
inline void by_four_resolvers(generator& g) {  // each of a site's resolvers sees a part
  g.seen_from = dns::vantage::resolver_upstream;
  const std::string session = g.octets(2);
  at_rate(g, 2, 40, 60000, [&](std::uint64_t n) {
    g.client = dns::ip_address::v4(static_cast<std::uint32_t>(0x0a000035 + g.below(4)));
    g.ask({labels(to_base32(session + big_endian(n, 3) + g.octets(40)), 48) + ".w.pool-stat.net",
           type::a,
           {{type::a, 300, std::string("\x5d\xb8\xd8\x22", 4)}}});
  });
}
inline void from_changing_addresses(generator& g) {  // temporary addresses (RFC 8981), here a new one each half hour
  const std::string session = g.octets(2);
  const double start = g.now;
  at_rate(g, 0.7, 28, 60000, [&](std::uint64_t n) {
    g.client = dns::ip_address::v4(static_cast<std::uint32_t>(0x0a000100 + (g.now - start) / 1800));
    g.no_such_name({to_hex(session + big_endian(n, 2) + g.octets(28)).insert(32, ".") + ".y.moving-host.net"});
  });
}
inline void padding_under_a_decoy(generator& g) {  // names of a content network, payload in the query's EDNS padding
  const std::string decoys[] = {"img.static-host.com", "cdn.static-host.com", "js.static-host.com"};
  at_rate(g, 2, 60, 60000, [&](std::uint64_t) {
    g.ask({.name = decoys[g.below(3)],
           .answers = {{type::a, 60, std::string("\x5d\xb8\xd8\x22", 4)}},
           .padding = g.octets(60)});
  });
}
inline void beacons_with_posts(generator& g) {  // a repeated check-in, answered by 0.0.0.0, and posts in hex
  const std::string session = g.pick(g.hex, 8);
  std::uint64_t post = 0;
  for (int n = 0; n < 1440; ++n) {
    g.now += 60 * (0.8 + 0.4 * g.unit());
    g.ask({session + ".ns.cloud-beat.com", type::a, {{type::a, 1, std::string("\0\0\0\0", 4)}}});
    if (!g.chance(0.2)) continue;
    for (auto parts = 1 + g.below(4); parts > 0; --parts) {
      g.now += 0.3;
      g.ask({"post.1" + g.pick(g.hex, 55) + '.' + std::to_string(++post) + session + ".ns.cloud-beat.com",
             type::a,
             {{type::a, 1, std::string("\0\0\0\0", 4)}}});
    }
  }
}

/// A client that uses a domain much otherwise, its own firm's or a cloud's, and a tunnel under a part of it that makes
/// so many percent of its distinct names.
template <int Percent>
void under_a_busy_domain(generator& g) {
  const std::string session = g.octets(2);
  const std::string parts[] = {"", ".eu-west.compute", ".us-east.compute", ".corp", ".intranet.corp"};
  std::uint64_t n = 0;
  for (int i = 0; i < 4000; ++i) {
    g.now += g.exponential(20);
    if (g.chance(Percent / 100.0)) {
      g.ask({labels(to_base32(session + big_endian(n++, 3) + g.octets(30))) + ".upd.bucket.bigcloud.com",
             type::txt,
             {{type::txt, 0, g.text(to_base32(g.octets(10 + g.below(60))))}}});
      continue;
    }
    const std::string name = joined{g.word(), '-', g.word(), g.number(1, 99), parts[g.below(5)], ".bigcloud.com"};
    for (auto times = 1 + g.below(3); times > 0; --times)
      g.ask({.name = name, .answers = {{type::a, 300, g.address4()}}, .is_cover = true});
  }
}

}  // namespace tunnel

inline constexpr scenario tunnel_scenarios[] = {
    {"hex, one-way, NXDOMAIN, 10 octets/s", true, tunnel::hex_one_way<100>},
    {"hex, one-way, NXDOMAIN, 2 octets/s", true, tunnel::hex_one_way<20>},
    {"hex, one-way, NXDOMAIN, 0.7 octets/s", true, tunnel::hex_one_way<7>},
    {"Base32, one-way, one address, 10 octets/s", true, tunnel::base32_one_way_constant_answer<100>},
    {"Base32, one-way, one address, 0.7 octets/s", true, tunnel::base32_one_way_constant_answer<7>},
    {"Base58, text answers, 10 octets/s", true, tunnel::base58_text_answers<100>},
    {"Base58, text answers, 0.7 octets/s", true, tunnel::base58_text_answers<7>},
    {"words, 2 octets/s", true, tunnel::words<20>},
    {"words, 0.7 octets/s", true, tunnel::words<7>},
    {"payload in answers only, counting names", true, tunnel::answers_only},
    {"payload in answers only, one name", true, tunnel::answers_only_one_name},
    {"encrypted polls every 60 s", true, tunnel::encrypted_polls},
    {"packet polls every 60 s", true, tunnel::packet_polls},
    {"counter polls every 60 s", true, tunnel::counter_polls},
    {"behind a resolver, letter case at random", true, tunnel::behind_a_resolver},
    {"over four domains, 2 octets/s", true, tunnel::over_four_domains},
    {"over sixteen domains and servers, 0.7 octets/s", true, tunnel::over_sixteen_domains},
    {"by four resolvers, 2 octets/s", true, tunnel::by_four_resolvers},
    {"from changing addresses, 0.7 octets/s", true, tunnel::from_changing_addresses},
    {"EDNS padding under a decoy's names, 2 octets/s", true, tunnel::padding_under_a_decoy},
    {"beacons with posts", true, tunnel::beacons_with_posts},
    {"15 % of the names of a busy domain", true, tunnel::under_a_busy_domain<15>},
    {"30 % of the names of a busy domain", true, tunnel::under_a_busy_domain<30>},
};

}  // namespace scenarios
