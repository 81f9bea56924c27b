// SPDX-License-Identifier: Apache-2.0
#include "support/catch.hpp"

#include <netanomaly/telemetry/generalized_esd.hpp>
#include <netanomaly/telemetry/grubbs.hpp>
#include <netanomaly/telemetry/kolmogorov_smirnov_one_sample.hpp>

#include <cmath>
#include <deque>
#include <limits>
#include <random>
#include <vector>

using namespace netanomaly;
using namespace netanomaly::telemetry;

TEST_CASE("generalized ESD over a window is the batch test of that window") {
  generalized_esd d({.extent = {.points = 40}, .warmup = 20, .most_outliers = 5});
  batch::generalized_esd test({.most_outliers = 5});
  std::mt19937_64 random(1);
  std::deque<double> window;
  int fired = 0;
  for (int i = 0; i < 600; ++i) {
    const double x = std::normal_distribution<double>()(random) + (random() % 15 == 0 ? 8 : 0);
    window.push_back(x);
    if (window.size() > 40) window.pop_front();
    const verdict v = d.update(x);
    if (window.size() < 20) {
      CHECK(v.state == verdict::status::warming_up);
      continue;
    }
    const std::vector<double> values(window.begin(), window.end());
    const auto r = test(values);
    REQUIRE(r.status == test_status::ok);
    bool outlier = false;
    for (const auto& step : test.outliers()) outlier = outlier || step.index == values.size() - 1;
    REQUIRE(v.anomalous == outlier);
    REQUIRE(d.measured().outliers == test.outliers().size());
    REQUIRE(std::isfinite(v.score));
    fired += outlier ? 1 : 0;
  }
  CHECK(fired > 15);
}

TEST_CASE("generalized ESD sees outliers that hide one another from Grubbs") {
  generalized_esd several({.extent = {.points = 60}});
  grubbs one({.extent = {.points = 60}});
  std::mt19937_64 random(2);
  for (int i = 0; i < 50; ++i) {
    const double x = std::normal_distribution<double>()(random);
    several.update(x), one.update(x);
  }
  for (const double x : {100.0, 101.0, 99.0, 100.5, 99.5, 100.2, 100.1}) several.update(x), one.update(x);
  CHECK(several.update(100.3).anomalous);
  CHECK_FALSE(one.update(100.3).anomalous);
}

TEST_CASE("a constant window has no outlier, and its first change is one") {
  generalized_esd d;
  for (int i = 0; i < 200; ++i) CHECK_FALSE(d.update(0.1).anomalous);
  const verdict v = d.update(0.2);
  CHECK(v.anomalous);
  CHECK(std::isfinite(v.score));
  CHECK(d.update(std::nan("")).state == verdict::status::rejected);
}

TEST_CASE("the one-sample rule gives the exact p of its window, for each law") {
  std::mt19937_64 random(3);
  for (const auto law : {reference_law::normal, reference_law::uniform, reference_law::exponential}) {
    kolmogorov_smirnov_one_sample d({.extent = {.points = 50}, .distribution = law, .location = 10, .scale = 3});
    batch::kolmogorov_smirnov_one_sample test;
    std::deque<double> window;
    int low = 0, judged = 0;
    for (int i = 0; i < 2000; ++i) {
      const double x = law == reference_law::normal    ? std::normal_distribution<double>(10, 3)(random)
                       : law == reference_law::uniform ? std::uniform_real_distribution<double>(10, 13)(random)
                                                       : 10 + std::exponential_distribution<double>(1 / 3.0)(random);
      window.push_back(x);
      if (window.size() > 50) window.pop_front();
      const verdict v = d.update(x);
      if (v.state != verdict::status::judged) continue;
      if (i % 50 == 49) {  // windows that do not overlap
        ++judged;
        low += v.p_value < 0.3 ? 1 : 0;
        const std::vector<double> values(window.begin(), window.end());
        const auto expected = test(values, [&](double y) {
          return law == reference_law::normal    ? batch::normal_lower((y - 10) / 3)
                 : law == reference_law::uniform ? (y - 10) / 3
                                                 : -std::expm1(-(y - 10) / 3);
        });
        CHECK(v.p_value == Approx(expected.p_value).epsilon(1e-9));
        CHECK(d.measured().distance == Approx(expected.statistic).epsilon(1e-12));
      }
    }
    CHECK(judged == 40);
    CHECK(low >= 4);
    CHECK(low <= 22);
    for (int i = 0; i < 50; ++i) d.update(11 + 1e-3 * i);
    const verdict v = d.update(11);
    CHECK(v.anomalous);
    CHECK(v.score == Approx(-std::log10(v.p_value)));
  }
}

TEST_CASE("rules of one sample continue from their state bit for bit") {
  generalized_esd esd({.extent = {.points = 40}});
  kolmogorov_smirnov_one_sample ks({.extent = {.points = 40}});
  std::mt19937_64 random(4);
  std::normal_distribution<double> normal;
  for (int i = 0; i < 77; ++i) {
    const double x = normal(random);
    esd.update(x), ks.update(x);
  }
  auto esd2 = from_bytes<generalized_esd>(to_bytes(esd));
  auto ks2 = from_bytes<kolmogorov_smirnov_one_sample>(to_bytes(ks));
  REQUIRE(esd2);
  REQUIRE(ks2);
  for (int i = 0; i < 100; ++i) {
    const double x = normal(random);
    CHECK(esd.update(x).score == esd2->update(x).score);
    CHECK(ks.update(x).score == ks2->update(x).score);
  }
}
