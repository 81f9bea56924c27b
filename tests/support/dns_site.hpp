// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/dns_scenarios.hpp"

#include <cmath>
#include <cstdint>
#include <functional>
#include <queue>
#include <string>
#include <vector>

/// The DNS of a whole site as its detector reads it, made as it is read: clients who sleep at night, with what
/// browsers, agents and virus scanners ask, a mail server, a scanner of reverse names, a node of a cluster and a proxy.
/// No tunnel.
namespace scenarios {

inline constexpr double start = 1.7e9, day = 86400;
inline constexpr std::uint64_t domains = 200'000;

/// Everything that asks by itself, for ever: one kind of look-up of one client.
enum class habit : std::uint8_t {
  web,
  file_reputation,
  url_reputation,
  heartbeat,
  errors,
  measurement,
  directory,
  search_list,
  cloud,
  content,
  keys,
  mail,
  scan,
  cluster,
  attack,
  rollout
};

struct event {
  double at;
  std::uint32_t client;
  habit what;
  bool operator>(const event& o) const noexcept { return at > o.at; }
};

/// So many clients for so many days from `start` on.
class site {
 public:
  site(std::uint64_t seed, std::uint32_t clients, double days) : g_(seed), clients_(clients), end_(start + days * day) {
    for (std::uint32_t c = 0; c < clients; ++c) {
      add(c, habit::web, 60);
      add(c, habit::directory, 3600);
      add(c, habit::search_list, 1800);
      add(c, habit::measurement, day / 4);
      add(c, habit::errors, 7200);
      add(c, habit::cloud, 3600);
      if (c % 2 == 0) add(c, habit::file_reputation, 900);
      if (c % 5 == 0) add(c, habit::url_reputation, 1200);
      if (c % 10 < 7) add(c, habit::heartbeat, 300);
      if (c % 50 == 3) add(c, habit::content, 3600);
      if (c % 100 == 7) add(c, habit::keys, 3600);
    }
    for (int i = 0; i < 4; ++i) add(mail_server, habit::mail, 20);
    add(scanner, habit::scan, 5);
    for (int i = 0; i < 3; ++i) add(cluster_node, habit::cluster, 4);
    for (int i = 0; i < 40; ++i) add(proxy, habit::web, 40);
    for (std::uint32_t c = 0; c < clients; ++c) queue_.push({start + 2.5 * day + 3.6 * c, c, habit::rollout});
    queue_.push({start + 3.6 * day, 0, habit::attack});
  }

  /// Calls `take(transaction)` in the order of time; false when the time is over.
  template <class Take>
  bool step(Take take) {
    if (queue_.empty() || queue_.top().at > end_) return false;
    const event e = queue_.top();
    queue_.pop();
    g_.now = e.at;
    g_.client = dns::ip_address::v4(0x0a010000U + e.client);
    if (awake(e)) act(e);
    for (auto& t : g_.traffic) take(t.view());
    g_.traffic.clear();
    again(e);
    return true;
  }
  [[nodiscard]] double now() const noexcept { return g_.now; }

 private:
  static constexpr std::uint32_t mail_server = 60001, scanner = 60002, cluster_node = 60003, proxy = 60004;

  static double mean_of(habit h) noexcept {
    switch (h) {
      case habit::web:
        return 110;
      case habit::file_reputation:
        return 900;
      case habit::url_reputation:
        return 1200;
      case habit::heartbeat:
        return 300;
      case habit::errors:
        return 7200;
      case habit::measurement:
        return day / 4;
      case habit::directory:
        return 3600;
      case habit::search_list:
        return 1800;
      case habit::cloud:
        return 3600;
      case habit::content:
        return 1800;
      case habit::keys:
        return 1800;
      case habit::mail:
        return 20;
      case habit::scan:
        return 5;
      case habit::cluster:
        return 4;
      case habit::attack:
        return 0.05;
      case habit::rollout:
        return 0;
    }
    return 0;
  }
  void add(std::uint32_t c, habit h, double within) { queue_.push({start + within * g_.unit(), c, h}); }
  void again(const event& e) {
    if (e.what == habit::rollout || (e.what == habit::attack && e.at > start + 3.65 * day)) return;
    if (e.what == habit::heartbeat) return queue_.push({e.at + 300, e.client, e.what});
    queue_.push({e.at + g_.exponential(mean_of(e.what)), e.client, e.what});
  }
  /// People sleep; machines do not.
  bool awake(const event& e) {
    if (e.what == habit::heartbeat || e.what >= habit::mail) return true;
    const double hour = (e.at - start) / 3600 + 0.01 * (e.client % 300);
    const double of_day = hour - 24 * static_cast<double>(static_cast<long>(hour / 24));
    return of_day < 10 || g_.chance(0.1);
  }
  std::string domain_of(std::uint64_t rank) {
    return joined{"site", rank, rank % 3 == 0 ? ".net" : rank % 3 == 1 ? ".org" : ".com"};
  }
  void page(bool new_name) {
    // Popularity falls as the inverse of the rank.
    const auto rank = static_cast<std::uint64_t>(std::exp(g_.unit() * std::log(static_cast<double>(domains))));
    const std::string domain = domain_of(rank);
    static constexpr const char* hosts[] = {"www.", "static.", "img.", "api.", "cdn.", ""};
    const auto parts = 1 + g_.below(4);
    for (std::uint64_t i = 0; i < parts; ++i) {
      const std::string name = new_name && i == 0 && rank < 40
                                   ? std::string(joined{g_.pick(g_.base36, 12), ".edge.", domain})
                                   : std::string(joined{hosts[g_.below(6)], domain});
      g_.ask({name, type::a, {{type::cname, 300, g_.wire("e." + domain)}, {type::a, 60, g_.address4()}}});
      g_.ask({name, type::aaaa, {}});
      if (g_.chance(0.4)) g_.ask({name, type::https, {}});
    }
  }
  void act(const event& e) {
    const auto vendor = std::to_string(e.client % 3);
    switch (e.what) {
      case habit::web:
        return page(g_.chance(0.1));
      case habit::file_reputation: {
        for (auto n = 1 + g_.below(8); n > 0; --n) {
          if (e.client % 4 == 0) {
            g_.ask({joined{g_.pick(g_.base32, 48), '.', g_.pick(g_.base32, 24), ".c.avcloud", vendor, ".sk"},
                    type::a,
                    {{type::a, 60, g_.address4()}}});
          } else {
            const std::string name =
                joined{"0.0.0.0.",      g_.number(1, 9), ".0.0.", g_.pick(g_.hex, 2), '.', g_.pick(g_.base36, 26),
                       ".rep.avvendor", vendor,          ".com"};
            if (g_.chance(0.1))
              g_.no_such_name({name});
            else
              g_.ask({name, type::a, {{type::a, 60, g_.code(static_cast<unsigned>(1 + g_.below(8)))}}});
          }
        }
        return;
      }
      case habit::url_reputation: {
        for (auto n = 1 + g_.below(6); n > 0; --n) {
          const std::string name = joined{g_.pick(g_.base32, 40 + g_.below(15)), ".u.lookup", vendor, ".net"};
          if (e.client % 2 == 0 && g_.chance(0.3))
            g_.no_such_name({name, type::txt});
          else
            g_.ask({name,
                    type::txt,
                    {{type::txt, 600, g_.text(joined{"c=", g_.number(0, 40), ";r=", g_.number(0, 100)})}}});
        }
        return;
      }
      case habit::heartbeat:
        return g_.ask({joined{static_cast<long>(g_.now), ".hb.agentvendor.com"},
                       type::a,
                       {{type::a, 60, std::string("\x0d\x01\x02\x03", 4)}}});
      case habit::errors:
        return g_.ask({joined{'o', e.client % 20, ".ingest.errorhub.io"}, type::a, {{type::a, 300, g_.address4()}}});
      case habit::measurement:
        return g_.ask({joined{'u', g_.pick(g_.hex, 8), "-s", g_.below(10000), "-t", static_cast<long>(g_.now), "-i",
                              g_.pick(g_.hex, 8), ".ap.measure.net"},
                       type::a,
                       {{type::a, 1, std::string("\x5b\x01\x02\x03", 4)}}});
      case habit::directory:
        return g_.ask({joined{"_ldap._tcp.site", e.client % 9, "._sites.dc._msdcs.corp.example.com"},
                       type::srv,
                       {{type::srv, 600, std::string("\0\0\0\x64\x01\x85", 6) + g_.wire("dc1.corp.example.com")}}});
      case habit::search_list:
        g_.no_such_name({"wpad.corp.example.com"});
        return g_.no_such_name({joined{g_.word(), g_.word(), ".com.corp.example.com"}});
      case habit::cloud:
        return g_.ask({joined{g_.pick(g_.base36, 14), "-ats.iot.eu-central-1.cloudhost.com"},
                       type::a,
                       {{type::a, 60, g_.address4()}, {type::a, 60, g_.address4()}}});
      case habit::content:
        return g_.ask({joined{"bafybei", g_.pick(g_.base32, 52), ".ipfs.gateway.link"},
                       type::a,
                       {{type::a, 60, std::string("\x5b\x01\x02", 3) + static_cast<char>(g_.below(3))}}});
      case habit::keys:
        return g_.ask({joined{"_acme-challenge.", g_.guid(), ".tenants.hosting.com"},
                       type::txt,
                       {{type::txt, 60, g_.text(g_.pick(g_.base36, 43))}}});
      case habit::mail: {
        const std::string quad = g_.quad();
        const std::string sender = domain_of(1 + g_.below(domains));
        if (g_.chance(0.7))
          g_.no_such_name({quad + ".zen.blocklist.org"});
        else
          g_.ask({quad + ".zen.blocklist.org", type::a, {{type::a, 60, g_.code(4)}}});
        g_.no_such_name({sender + ".multi.uriblock.org"});
        if (g_.chance(0.02))
          g_.ask({joined{g_.pick(g_.base32, 52), "._file.k3y.hbl.dq.blocklist.net"},
                  type::a,
                  {{type::a, 60, g_.code(10)}}});
        else
          g_.no_such_name({joined{g_.pick(g_.base32, 52), "._file.k3y.hbl.dq.blocklist.net"}});
        g_.ask({sender, type::mx, {{type::mx, 3600, std::string("\0\x0a", 2) + g_.wire("mx." + sender)}}});
        g_.ask({joined{'s', g_.number(1, 9), "._domainkey.", sender},
                type::txt,
                {{type::txt, 3600, g_.text("v=DKIM1; p=" + g_.pick(g_.base36, 216))}}});
        if (g_.chance(0.1))
          g_.ask({joined{g_.pick(g_.base32, 32), ".dkim.mailsender.com"},
                  type::txt,
                  {{type::txt, 1800, g_.text("p=MIGf" + g_.pick(g_.base36, 200))}}});
        g_.ask({joined{quad, ".origin.asn.teamlist.com"},
                type::txt,
                {{type::txt, 14400, g_.text(joined{g_.number(1, 65000), " | DE"})}}});
        if (g_.chance(0.4)) return g_.no_such_name({quad + "._spf.mta.mailvendor.com"});
        return g_.ask({quad + "._spf.mta.mailvendor.com", type::a, {{type::a, 3600, g_.code(2)}}});
      }
      case habit::scan: {
        const std::uint64_t n = scanned_++;
        const std::string v4 = joined{n % 256, '.', n / 256 % 256, ".77.10.in-addr.arpa"};
        if (g_.chance(0.6))
          g_.no_such_name({v4, type::ptr});
        else
          g_.ask({v4, type::ptr, {{type::ptr, 3600, g_.wire(joined{"host-", n, ".isp.example.net"})}}});
        std::string v6;
        for (unsigned shift = 0; shift < 32; shift += 4) v6 += std::string(shift ? "." : "") + g_.hex[n >> shift & 15U];
        return g_.no_such_name({v6 + ".0.0.0.0.0.0.0.0.0.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa", type::ptr});
      }
      case habit::cluster: {
        const std::string name = joined{"www.", domain_of(1 + g_.below(500))};
        for (const char* suffix : {".shop.svc.cluster.local", ".svc.cluster.local", ".cluster.local"})
          g_.no_such_name({name + suffix});
        return g_.ask({name, type::a, {{type::a, 300, g_.address4()}}});
      }
      case habit::attack:
        g_.client = dns::ip_address::v4(0x0a010000U + static_cast<std::uint32_t>(g_.below(clients_)));
        return g_.no_such_name({joined{g_.pick(g_.letters, 6 + g_.below(10)), ".victim.com"}});
      case habit::rollout:
        for (int n = 0; n < 12; ++n)
          g_.ask({joined{g_.pick(g_.hex, 40), ".enrol.newagent.com"},
                  type::txt,
                  {{type::txt, 60, g_.text("ok " + g_.pick(g_.hex, 24))}}});
        return;
    }
  }

  generator g_;
  std::uint32_t clients_;
  double end_;
  std::uint64_t scanned_ = 0;
  std::priority_queue<event, std::vector<event>, std::greater<>> queue_;
};

}  // namespace scenarios
