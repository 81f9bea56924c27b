// SPDX-License-Identifier: Apache-2.0

// A site's week of DNS without a tunnel, or with slow ones hidden in it; writes what the detector made of it.
//
//     netanomaly_hard_cases week SEED [CLIENTS [DAYS]]     every pair of client and domain that came near an alarm, and
//                                                          how many pairs scored how much at their highest
//     netanomaly_hard_cases tunnels SEED [CLIENTS [DAYS]]  the same with the tunnels of
//     tests/support/dns_scenarios.hpp,
//                                                          each on a client of its own: octets that left before the
//                                                          alarm; and what the rules of practice found
//     netanomaly_hard_cases pcap SEED [CLIENTS [DAYS]]     that as packets, to standard output: for the tools of others
//                                                          (the clients of tunnels are those of 10.2.0.0/16)
//     netanomaly_hard_cases alarms SEED WEEKS [CLIENTS [DAYS]]  weeks of SEED, SEED + 1 ...: how many pairs reached
//                                                          which score, a client a day, beside the rate that is stated
//
// The stream is made as it is read: nothing but the detector remembers it.

#include <netanomaly/dns/alarm_rate.hpp>
#include <netanomaly/dns/tunnel_detector.hpp>

#include "pcap_writer.hpp"
#include "rules_of_practice.hpp"
#include "support/dns_scenarios.hpp"
#include "support/dns_site.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <map>
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
    double octets_up = -1, octets_down = 0, seconds = 0;  // at the alarm
    std::vector<dns::reason> reasons;
  };
  static constexpr double uncounted = 1000;
  explicit watch(std::uint64_t seed, double counted_from = uncounted)
      : detector_({.seed = seed}), counted_from_(counted_from) {}

  void take(const dns::transaction& t) {
    ++queries_;
    const na::verdict v = detector_.update(t);
    if (v.state != na::verdict::status::judged) return;
    if (v.score >= counted_from_) {
      double& highest = highest_.try_emplace(*detector_.key(t.client, t.name), v.score).first->second;
      highest = std::max(highest, v.score);
    }
    if (v.score <= 12) return;
    const auto found = detector_.find(t.client, t.name);
    if (!found) return;
    seen& s = pairs_[found->clients.front().to_string() + ' ' + found->registered_domain];
    if (found->score > s.highest && s.octets_up < 0) {
      s.highest = found->score;
      s.reasons = found->reasons;
      s.zone = found->zone;
    }
    if (v.anomalous && found->anomalous && s.octets_up < 0) {
      s.octets_up = found->new_name_octets;
      s.octets_down = found->answer_octets;
      s.seconds = std::chrono::duration<double>(found->last_seen - found->first_seen).count();
    }
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

void print_benign(const watch& w, std::string_view hosts_of_tunnels) {
  int alarms = 0;
  std::map<int, int> at_least;
  for (const auto& [pair, s] : w.pairs()) {
    if (!hosts_of_tunnels.empty() && pair.starts_with(hosts_of_tunnels)) continue;
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

/// A tunnel on a client of its own.
struct hidden {
  std::string name;
  std::string client;
  std::deque<scenarios::stored> traffic;
  unsigned rules = 0;  // that flagged it
};

std::vector<hidden> hide_tunnels() {
  std::vector<hidden> all;
  std::uint32_t host = 0x0a020001;
  for (const auto& scenario : scenarios::tunnel_scenarios) {
    generator g(host);
    g.now = start + day / 3;
    scenario.play(g);
    const auto client = dns::ip_address::v4(host++);
    for (auto& t : g.traffic) t.t.client = client;
    all.push_back({std::string(scenario.name), client.to_string(), std::move(g.traffic)});
  }
  return all;
}

/// Everything in the order of time, to within a second.
template <class Benign, class Tunnel>
void play(site& s, std::vector<hidden>& all, Benign benign, Tunnel tunnel) {
  while (s.step(benign))
    for (hidden& h : all)
      for (; !h.traffic.empty() &&
             std::chrono::duration<double>(h.traffic.front().t.time.time_since_epoch()).count() <= s.now();
           h.traffic.pop_front())
        tunnel(h, h.traffic.front().view());
}

void with_tunnels(site& s, watch& w) {
  std::vector<hidden> all = hide_tunnels();
  na::bench::rules_of_practice of_benign, of_tunnels;
  play(
      s, all,
      [&](const dns::transaction& t) {
        w.take(t);
        of_benign.update(t);
      },
      [&](hidden& h, const dns::transaction& t) {
        w.take(t);
        h.rules |= of_tunnels.update(t);
      });
  std::puts("| tunnel | zone | score, dB | s | octets up | octets down |\n|---|---|---|---|---|---|");
  for (const hidden& h : all)
    for (const auto& [pair, seen] : w.pairs()) {
      if (!pair.starts_with(h.client + ' ')) continue;
      if (seen.octets_up < 0)
        std::printf("| %s | %s | %.0f | not found | | |\n", h.name.c_str(), seen.zone.c_str(), seen.highest);
      else
        std::printf("| %s | %s | %.0f | %.0f | %.0f | %.0f |\n", h.name.c_str(), seen.zone.c_str(), seen.highest,
                    seen.seconds, seen.octets_up, seen.octets_down);
    }
  std::puts("\n| rule | tunnels found | other pairs flagged |\n|---|---|---|");
  for (std::size_t i = 0; i < of_benign.names.size(); ++i) {
    const auto found = std::ranges::count_if(all, [i](const hidden& h) { return (h.rules >> i & 1U) != 0; });
    std::printf("| %s | %lld of %zu | %zu |\n", of_benign.names[i].data(), static_cast<long long>(found), all.size(),
                of_benign.flagged()[i]);
  }
  std::puts("");
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
  const std::string_view what = count > 2 ? arguments[1] : "";
  const bool many = what == "alarms";
  if (count < (many ? 4 : 3) || count > (many ? 6 : 5) ||
      (what != "week" && what != "tunnels" && what != "pcap" && !many)) {
    std::fputs(
        "usage: netanomaly_hard_cases week|tunnels|pcap SEED [CLIENTS [DAYS]] | alarms SEED WEEKS [CLIENTS [DAYS]]\n",
        stderr);
    return 2;
  }
  const auto number = [&](int at, std::uint64_t otherwise) {
    return count > at ? std::strtoull(arguments[at], nullptr, 10) : otherwise;
  };
  const std::uint64_t seed = number(2, 0);
  const auto clients = static_cast<std::uint32_t>(std::clamp<std::uint64_t>(number(many ? 4 : 3, 1000), 1, 50'000));
  const auto days = static_cast<double>(number(many ? 5 : 4, 7));
  if (many) {
    count_alarms(seed, static_cast<int>(number(3, 1)), clients, days);
    return 0;
  }
  site s(seed, clients, days);
  if (what == "pcap") {
    std::vector<hidden> all = hide_tunnels();
    na::bench::pcap_writer out;
    play(
        s, all, [&](const dns::transaction& t) { out.write(t); },
        [&](const hidden&, const dns::transaction& t) { out.write(t); });
    return 0;
  }
  watch w(seed);
  if (what == "tunnels") {
    with_tunnels(s, w);
    print_benign(w, "10.2.0.");
  } else {
    while (s.step([&](const dns::transaction& t) { w.take(t); })) {
    }
    print_benign(w, "");
  }
  return 0;
}
