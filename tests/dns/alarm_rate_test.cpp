// SPDX-License-Identifier: Apache-2.0

#include <netanomaly/dns/alarm_rate.hpp>
#include <netanomaly/dns/tunnel_detector.hpp>

#include "support/catch.hpp"
#include "support/dns_scenarios.hpp"
#include "support/dns_site.hpp"

#include <cmath>
#include <cstdint>
#include <map>

namespace na = netanomaly;
namespace dns = netanomaly::dns;
namespace rate = netanomaly::dns::alarm_rate;

TEST_CASE("with each decade of decibels a false alarm is ten times rarer, and clients add up") {
  CHECK(rate::false_alarms_per_day(30, 1000) == Approx(10 * rate::false_alarms_per_day(30 + rate::decade, 1000)));
  CHECK(rate::false_alarms_per_day(30, 1000) - rate::false_alarms_per_day(30, 0) == Approx(1000 * rate::at_threshold));
  CHECK(rate::false_alarms_per_day(-50, 1) == rate::false_alarms_per_day(rate::calibrated_from, 1));
}

TEST_CASE("the threshold of a budget is the least whole one above which no more is expected") {
  for (const double budget : {0.001, 1.0 / 7, 1.0, 24.0})
    for (const double clients : {1.0, 40.0, 1000.0, 1e6}) {
      const double threshold = rate::threshold_for(budget, clients);
      INFO(budget << " a day, " << clients << " clients: " << threshold);
      CHECK(threshold == std::floor(threshold));
      CHECK(rate::false_alarms_per_day(threshold + 1, clients) <= budget * (1 + 1e-9));
      if (threshold >= rate::calibrated_from) CHECK(rate::false_alarms_per_day(threshold, clients) > budget);
    }
}

TEST_CASE("a detector with a budget raises its threshold with the number of clients") {
  dns::tunnel_detector d({.alarm_budget = 1.0 / 7});
  const double few = d.threshold();
  CHECK(few == rate::threshold_for(1.0 / 7, 0));
  scenarios::generator g(1);
  for (std::uint32_t i = 0; i < 5000; ++i) {
    g.client = dns::ip_address::v4(0x0a000000U + i);
    g.ask({"www.example.com"});
    d.update(g.traffic.back().view());
    g.traffic.clear();
  }
  CHECK(d.threshold() == rate::threshold_for(1.0 / 7, d.domains().clients()));
  CHECK(d.threshold() > few);

  const auto loaded = na::from_bytes<dns::tunnel_detector>(na::to_bytes(d));
  REQUIRE(loaded);
  CHECK(loaded->threshold() == d.threshold());
}

TEST_CASE("the stated rate is not contradicted by a day of a site without a tunnel") {
  constexpr std::uint32_t clients = 50;
  scenarios::site s(7, clients, 1);
  dns::tunnel_detector d;
  std::map<std::uint64_t, double> highest;
  while (s.step([&](const dns::transaction& t) {
    const na::verdict v = d.update(t);
    if (v.state == na::verdict::status::judged && v.score >= rate::calibrated_from) {
      double& score = highest[*d.key(t.client, t.name)];
      score = std::fmax(score, v.score);
    }
  })) {
  }
  for (const double score : {13.0, 20.0, 30.0}) {
    double reached = 0;
    for (const auto& [pair, most] : highest) reached += most >= score ? 1 : 0;
    const double expected = rate::false_alarms_per_day(score, clients);
    INFO(score << " dB: " << reached << " pairs, " << expected << " stated");
    CHECK(reached <= expected + 4 * std::sqrt(expected) + 1);
  }
}
