// SPDX-License-Identifier: Apache-2.0

// A site's week of DNS without a tunnel, or with slow ones hidden in it; writes what the detector made of it.
//
//     netanomaly_hard_cases week SEED [CLIENTS [DAYS]]     every pair of client and domain that came near an alarm, and
//                                                          how many pairs scored how much at their highest
//     netanomaly_hard_cases tunnels SEED [CLIENTS [DAYS]]  the same with the tunnels of dns_scenarios.hpp hidden among
//                                                          what clients of the site ask: octets that left before the
//                                                          alarm; and what the rules of practice found
//     netanomaly_hard_cases pcap SEED [CLIENTS [DAYS]]     that as packets, to standard output: for the tools of others
//                                                          With --truth FILE, tunnels and pcap also write what is the
//                                                          truth: a JSON line a tunnel and domain, with its clients,
//                                                          first and last time and number of queries
//     netanomaly_hard_cases captures FOLDER [SEED [CLIENTS]]    the same table for each tunnel captured under FOLDER,
//                                                          slowed to 10, 2 and 0.7 octets a second and given to one
//                                                          client of a day of the site; then behind a resolver
//     netanomaly_hard_cases alarms SEED WEEKS [CLIENTS [DAYS]]  weeks of SEED, SEED + 1 ...: how many pairs reached
//                                                          which score, a client a day, beside the rate that is stated
//
// The stream is made as it is read: nothing but the detector remembers it.

#include <netanomaly/dns/alarm_rate.hpp>
#include <netanomaly/dns/name.hpp>
#include <netanomaly/dns/suffix.hpp>
#include <netanomaly/dns/tunnel_detector.hpp>

#include "pcap_writer.hpp"
#include "rules_of_practice.hpp"
#include "slowed_captures.hpp"
#include "support/dns_scenarios.hpp"
#include "support/dns_site.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace na = netanomaly;
namespace dns = netanomaly::dns;
using scenarios::day;
using scenarios::generator;
using scenarios::site;
using scenarios::start;

namespace {

/// What the detector made of the stream.
class watch {
 public:
  struct seen {
    std::string zone;
    double highest = 0;
    double octets_up = -1;  // at the alarm
    std::vector<dns::reason> reasons;
  };
  static constexpr double uncounted = 1000;
  explicit watch(std::uint64_t seed, double counted_from = uncounted)
      : detector_({.seed = seed}), counted_from_(counted_from) {}

  /// Whether there was an alarm, now or before.
  bool take(const dns::transaction& t) {
    ++queries_;
    const na::verdict v = detector_.update(t);
    if (v.state != na::verdict::status::judged) return false;
    if (v.score >= counted_from_) {
      double& highest = highest_.try_emplace(*detector_.key(t.client, t.name), v.score).first->second;
      highest = std::max(highest, v.score);
    }
    if (v.score <= 12) return false;
    const auto found = detector_.find(t.client, t.name);
    if (!found) return false;
    seen& s = pairs_[found->clients.front().to_string() + ' ' + found->registered_domain];
    if (found->score > s.highest && s.octets_up < 0) {
      s.highest = found->score;
      s.reasons = found->reasons;
      s.zone = found->zone;
    }
    if (v.anomalous && found->anomalous && s.octets_up < 0) {
      s.octets_up = found->new_name_octets + found->edns_payload_octets;
    }
    return s.octets_up >= 0;
  }
  [[nodiscard]] std::uint64_t queries() const noexcept { return queries_; }
  [[nodiscard]] const std::map<std::string, seen>& pairs() const noexcept { return pairs_; }
  /// Of every pair that reached the score from which on they are counted.
  [[nodiscard]] const std::unordered_map<std::uint64_t, double>& highest() const noexcept { return highest_; }
  [[nodiscard]] const dns::tunnel_detector& detector() const noexcept { return detector_; }

 private:
  dns::tunnel_detector detector_;
  double counted_from_;
  std::unordered_map<std::uint64_t, double> highest_;
  std::map<std::string, seen> pairs_;
  std::uint64_t queries_ = 0;
};

/// Of all pairs but those of tunnels.
void print_benign(const watch& w, const std::set<std::string>& tunnels) {
  int alarms = 0;
  std::map<int, int> at_least;
  for (const auto& [pair, s] : w.pairs()) {
    if (tunnels.contains(pair)) continue;
    if (s.octets_up >= 0) ++alarms;
    for (int score = 13; score <= static_cast<int>(s.highest); ++score) ++at_least[score];
    if (s.highest <= 24) continue;
    std::printf("%s %s %.0f dB%s:", pair.c_str(), s.zone.c_str(), s.highest, s.octets_up >= 0 ? ", an alarm" : "");
    for (const dns::reason& r : s.reasons) std::printf(" %+d %s", r.points, std::string(r.id).c_str());
    std::puts("");
  }
  std::printf("%llu queries, %zu pairs held, %llu let go, %.0f MiB, %d false alarms\n",
              static_cast<unsigned long long>(w.queries()), w.detector().size(),
              static_cast<unsigned long long>(w.detector().evictions()),
              static_cast<double>(w.detector().memory_bytes()) / 0x1p20, alarms);
  for (const auto& [score, pairs] : at_least) std::printf("%d dB and more: %d pairs\n", score, pairs);
}

std::string domain_of(std::span<const std::byte> name) {
  const auto domain = dns::wire_name::from_wire(name.subspan(dns::builtin_suffixes(name).registrable));
  std::string text = domain ? domain->to_text() : "";
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

/// A tunnel, and what came of it.
struct hidden {
  std::string name;
  std::set<std::string> pairs;  // of client and domain
  std::deque<scenarios::stored> traffic;
  unsigned rules = 0;                                                             // that flagged it
  std::map<std::pair<dns::ip_address, std::string>, std::vector<std::byte>> met;  // pairs so far, with a name of each
  std::set<std::string> alarmed;                                                  // domains
  na::time_point first = (na::time_point::max)();
  struct {
    std::string zone;
    int score = 0;
    double seconds = 0, octets_up = 0, octets_down = 0;  // of all its pairs
  } alarm = {};                                          // the first
};

/// Each tunnel on a client, or some, of the site: hidden among what these ask otherwise.
std::vector<hidden> hide_tunnels(std::uint32_t clients) {
  std::vector<hidden> all;
  std::uint32_t used = 0;
  for (const auto& scenario : scenarios::tunnel_scenarios) {
    generator g(0x0a020001 + used);
    g.now = start + day / 3;
    scenario.play(g);
    hidden h;
    h.name = scenario.name;
    h.traffic = std::move(g.traffic);
    std::map<dns::ip_address, dns::ip_address> played_by;
    for (auto& t : h.traffic) {
      const auto [at, is_new] = played_by.try_emplace(t.t.client, dns::ip_address::v4(0x0a010000 + used % clients));
      if (is_new) ++used;
      t.t.client = at->second;
      if (!t.is_cover) h.pairs.insert(t.t.client.to_string() + ' ' + domain_of(t.name));
    }
    all.push_back(std::move(h));
  }
  return all;
}

/// What hide_tunnels() has hidden, for whoever judges others by it.
bool write_truth(const char* path, const std::vector<hidden>& all) {
  struct part {
    std::set<std::string> clients;
    na::time_point first = (na::time_point::max)(), last = (na::time_point::min)();
    std::uint64_t queries = 0;
  };
  std::FILE* out = std::fopen(path, "w");
  if (out == nullptr) return false;
  const auto seconds = [](na::time_point t) { return std::chrono::duration<double>(t.time_since_epoch()).count(); };
  for (const hidden& h : all) {
    std::map<std::string, part> domains;
    for (const auto& t : h.traffic) {
      if (t.is_cover) continue;
      part& p = domains[domain_of(t.name)];
      p.clients.insert(t.t.client.to_string());
      p.first = std::min(p.first, t.t.time);
      p.last = std::max(p.last, t.t.time);
      ++p.queries;
    }
    for (const auto& [domain, p] : domains) {
      std::fprintf(out, R"({"tunnel":"%s","registered_domain":"%s","clients":[)", h.name.c_str(), domain.c_str());
      for (const std::string& client : p.clients)
        std::fprintf(out, R"(%s"%s")", client == *p.clients.begin() ? "" : ",", client.c_str());
      std::fprintf(out,
                   R"(],"first":%.3f,"last":%.3f,"queries":%llu})"
                   "\n",
                   seconds(p.first), seconds(p.last), static_cast<unsigned long long>(p.queries));
    }
  }
  return std::fclose(out) == 0;
}

/// Everything in the order of time, to within a second.
template <class Benign, class Tunnel>
void play(site& s, std::vector<hidden>& all, Benign benign, Tunnel tunnel) {
  while (s.step(benign))
    for (hidden& h : all)
      for (; !h.traffic.empty() &&
             std::chrono::duration<double>(h.traffic.front().t.time.time_since_epoch()).count() <= s.now();
           h.traffic.pop_front())
        tunnel(h, h.traffic.front());
}

/// Plays the tunnels among what the site asks, of which `benign(transaction)` hears too.
template <class Benign>
void watch_tunnels(site& s, watch& w, std::vector<hidden>& all, Benign benign) {
  na::bench::rules_of_practice of_tunnels;
  play(
      s, all,
      [&](const dns::transaction& t) {
        w.take(t);
        benign(t);
      },
      [&](hidden& h, scenarios::stored& asked) {
        const dns::transaction& t = asked.view();
        if (asked.is_cover) {
          w.take(t);
          return;
        }
        const std::string domain = domain_of(t.name);
        h.first = std::min(h.first, t.time);
        h.met.try_emplace({t.client, domain}, t.name.begin(), t.name.end());
        if (w.take(t) && h.alarmed.insert(domain).second && h.alarmed.size() == 1) {
          const auto found = w.detector().find(t.client, t.name);
          h.alarm.zone = found->zone;
          h.alarm.score = found->score;
          h.alarm.seconds = std::chrono::duration<double>(t.time - h.first).count();
          for (const auto& [pair, name] : h.met)
            if (const auto part = w.detector().find(pair.first, name)) {
              h.alarm.octets_up += part->new_name_octets + part->edns_payload_octets;
              h.alarm.octets_down += part->answer_octets;
            }
        }
        h.rules |= of_tunnels.update(t);
      });
}

void print_head() {
  std::puts(
      "| tunnel | zone | score, dB | s | octets up | octets down | domains found |\n|---|---|---|---|---|---|---|");
}
void print_row(const hidden& h) {
  std::set<std::string> domains;
  for (const auto& [pair, name] : h.met) domains.insert(pair.second);
  if (h.alarmed.empty())
    std::printf("| %s | | not found | | | | 0 of %zu |\n", h.name.c_str(), domains.size());
  else
    std::printf("| %s | %s | %d | %.0f | %.0f | %.0f | %zu of %zu |\n", h.name.c_str(), h.alarm.zone.c_str(),
                h.alarm.score, h.alarm.seconds, h.alarm.octets_up, h.alarm.octets_down, h.alarmed.size(),
                domains.size());
  std::fflush(stdout);
}
void print_rules(const std::vector<hidden>& all, const na::bench::rules_of_practice& of_benign) {
  std::puts("\n| rule | tunnels found | other pairs flagged |\n|---|---|---|");
  for (std::size_t i = 0; i < of_benign.names.size(); ++i) {
    const auto found = std::ranges::count_if(all, [i](const hidden& h) { return (h.rules >> i & 1U) != 0; });
    std::printf("| %s | %lld of %zu | %zu |\n", of_benign.names[i].data(), static_cast<long long>(found), all.size(),
                of_benign.flagged()[i]);
  }
  std::puts("");
}

/// Each captured tunnel by itself, so that the clients of others do not count as clients of its domain.
int play_captures(const char* folder, std::uint64_t seed, std::uint32_t clients) {
  constexpr double days = 1.4;  // eight hours before the tunnel, and a day
  struct {
    double rate;
    bool behind_resolver;
  } constexpr ways[] = {{10, false}, {2, false}, {0.7, false}, {2, true}};
  const auto files = na::bench::tunnel_captures(folder);
  if (files.empty()) {
    std::fprintf(stderr, "no captures of tunnels under %s: made/*.pcap.gz or captures/tunnel__*.pcap\n", folder);
    return 2;
  }
  std::vector<hidden> all;
  na::bench::rules_of_practice of_benign;
  std::pair<double, std::string> highest;
  print_head();
  std::size_t alarms = 0;
  for (const auto& file : files)
    for (const auto& way : ways) {
      auto traffic = na::bench::transactions_of(file);
      if (!traffic) {
        std::fprintf(stderr, "%s\n", traffic.error().message().c_str());
        return 2;
      }
      const auto [seconds, cut] = na::bench::slow_down(*traffic,
                                                       {.rate = way.rate,
                                                        .behind_resolver = way.behind_resolver,
                                                        .start = scenarios::time_of(start + day / 3),
                                                        .client = dns::ip_address::v4(0x0a010000),
                                                        .resolver = generator(0).server},
                                                       seed + all.size());
      const std::string name = file.filename().string();
      std::array<char, 256> title{};
      std::snprintf(title.data(), title.size(), "%s%s, %g octets/s, %.1f h%s",
                    name.substr(0, name.find(".pcap")).c_str(), way.behind_resolver ? ", behind a resolver" : "",
                    way.rate, seconds / 3600, cut ? ", cut off" : "");
      std::vector<hidden> one(1);
      one[0].name = title.data();
      one[0].traffic = *std::move(traffic);
      for (const auto& t : one[0].traffic) one[0].pairs.insert(t.t.client.to_string() + ' ' + domain_of(t.name));
      site s(seed, clients, days);
      watch w(seed);
      watch_tunnels(s, w, one, [&](const dns::transaction& t) {
        if (all.empty()) of_benign.update(t);  // the same each time
      });
      print_row(one[0]);
      for (const auto& [pair, seen] : w.pairs()) {
        if (one[0].pairs.contains(pair)) continue;
        alarms += seen.octets_up >= 0 ? 1 : 0;
        highest = std::max(highest, {seen.highest, pair});
      }
      all.push_back(std::move(one[0]));
    }
  print_rules(all, of_benign);
  std::printf("highest other pair: %s, %.0f dB; %zu false alarms\n",
              highest.second.empty() ? "none above 12 dB" : highest.second.c_str(), highest.first, alarms);
  return 0;
}

/// The mean of a Poisson variable of which fewer than or as many as `seen` came with a probability of 2.5 %, and that
/// of which as many or more did (Garwood, Biometrika 28, 1936), by bisection.
std::pair<double, double> interval_95(int seen) {
  const auto below = [](int most, double mean) {  // P(X <= most)
    double term = std::exp(-mean);
    double sum = term;
    for (int k = 1; k <= most; ++k) sum += term *= mean / k;
    return most < 0 ? 0 : sum;
  };
  const auto solve = [&](auto too_low) {
    double low = 0;
    double high = 4.0 * seen + 10;
    for (int i = 0; i < 60; ++i) (too_low((low + high) / 2) ? low : high) = (low + high) / 2;
    return low;
  };
  return {seen == 0 ? 0 : solve([&](double mean) { return 1 - below(seen - 1, mean) < 0.025; }),
          solve([&](double mean) { return below(seen, mean) > 0.025; })};
}

void count_alarms(std::uint64_t seed, int weeks, std::uint32_t clients, double days) {
  constexpr int from = 10;
  constexpr int to = 34;
  std::array<int, to + 1> reached{};
  for (int i = 0; i < weeks; ++i) {
    site s(seed + static_cast<std::uint64_t>(i), clients, days);
    watch w(seed + static_cast<std::uint64_t>(i), from);
    while (s.step([&](const dns::transaction& t) { w.take(t); })) {
    }
    for (const auto& [pair, score] : w.highest())
      for (int at = from; at <= std::min(to, static_cast<int>(score)); ++at) ++reached[static_cast<std::size_t>(at)];
  }
  const double exposure = static_cast<double>(weeks) * clients * days;
  std::printf("%.0f client-days\n| dB and more | pairs | a client a day | 95 %% | stated |\n|---|---|---|---|---|\n",
              exposure);
  for (int at = from; at <= to; ++at) {
    const int n = reached[static_cast<std::size_t>(at)];
    const auto [low, high] = interval_95(n);
    std::printf("| %d | %d | %.2g | %.2g to %.2g | %.2g |\n", at, n, n / exposure, low / exposure, high / exposure,
                dns::alarm_rate::false_alarms_per_day(at, clients) / clients);
  }
}

}  // namespace

int main(int count, char** arguments) {
  const char* truth = nullptr;
  if (count > 2 && std::string_view(arguments[count - 2]) == "--truth") {
    truth = arguments[count - 1];
    count -= 2;
  }
  const std::string_view what = count > 2 ? arguments[1] : "";
  const bool many = what == "alarms";
  if (count < (many ? 4 : 3) || count > (many ? 6 : 5) ||
      (what != "week" && what != "tunnels" && what != "pcap" && what != "captures" && !many)) {
    std::fputs(
        "usage: netanomaly_hard_cases week SEED [CLIENTS [DAYS]] | tunnels|pcap SEED [CLIENTS [DAYS]] [--truth FILE]\n"
        "       | captures FOLDER [SEED [CLIENTS]] | alarms SEED WEEKS [CLIENTS [DAYS]]\n",
        stderr);
    return 2;
  }
  const auto number = [&](int at, std::uint64_t otherwise) {
    return count > at ? std::strtoull(arguments[at], nullptr, 10) : otherwise;
  };
  const std::uint64_t seed = number(2, 0);
  const auto clients = static_cast<std::uint32_t>(std::clamp<std::uint64_t>(number(many ? 4 : 3, 1000), 1, 50'000));
  const auto days = static_cast<double>(number(many ? 5 : 4, 7));
  if (what == "captures") {
    return play_captures(arguments[2], number(3, 1),
                         static_cast<std::uint32_t>(std::clamp<std::uint64_t>(number(4, 1000), 1, 50'000)));
  }
  if (many) {
    count_alarms(seed, static_cast<int>(number(3, 1)), clients, days);
    return 0;
  }
  site s(seed, clients, days);
  std::vector<hidden> tunnels;
  if (what != "week") tunnels = hide_tunnels(clients);
  if (truth != nullptr && !write_truth(truth, tunnels)) {
    std::fprintf(stderr, "%s cannot be written\n", truth);
    return 2;
  }
  if (what == "pcap") {
    na::bench::pcap_writer out;
    play(
        s, tunnels, [&](const dns::transaction& t) { out.write(t); },
        [&](const hidden&, scenarios::stored& asked) { out.write(asked.view()); });
    return 0;
  }
  watch w(seed);
  if (what == "tunnels") {
    na::bench::rules_of_practice of_benign;
    watch_tunnels(s, w, tunnels, [&](const dns::transaction& t) { of_benign.update(t); });
    print_head();
    for (const hidden& h : tunnels) print_row(h);
    print_rules(tunnels, of_benign);
    std::set<std::string> pairs;
    for (const hidden& h : tunnels) pairs.insert(h.pairs.begin(), h.pairs.end());
    print_benign(w, pairs);
  } else {
    while (s.step([&](const dns::transaction& t) { w.take(t); })) {
    }
    print_benign(w, {});
  }
  return 0;
}
