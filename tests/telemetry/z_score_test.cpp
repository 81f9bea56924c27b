// SPDX-License-Identifier: Apache-2.0
#include <netanomaly/core/hash.hpp>
#include <netanomaly/telemetry/exponentially_weighted_z_score.hpp>
#include <netanomaly/telemetry/z_score.hpp>

#include <cmath>
#include <limits>
#include <vector>

#include "support/catch.hpp"

namespace {
using namespace netanomaly;
using telemetry::exponentially_weighted_z_score;
using telemetry::z_score;
constexpr double largest = std::numeric_limits<double>::max();
}  // namespace

TEST_CASE("the z-score is the distance from the mean of all before, over their standard deviation") {
  z_score d({.warmup = 3});
  for (const double x : {2.0, 4.0, 9.0}) CHECK(d.update(x).state == verdict::status::warming_up);
  const verdict v = d.update(20.0);  // mean 5, s = sqrt(13)
  CHECK(v.state == verdict::status::judged);
  CHECK(v.score == Approx(15 / std::sqrt(13.0)).epsilon(1e-14));
  CHECK(v.anomalous);
  CHECK(std::isnan(v.p_value));
  CHECK(d.past().count() == 4);
}

TEST_CASE("a model judges without remembering and remembers without judging") {
  z_score both({.warmup = 2});
  z_score apart({.warmup = 2});
  exponentially_weighted_z_score both_weighted({.warmup = 2});
  exponentially_weighted_z_score apart_weighted({.warmup = 2});
  splitmix64 random(1);
  for (int i = 0; i < 100; ++i) {
    const double x = static_cast<double>(random() % 100);
    const verdict a = apart.score(x);
    const verdict b = apart_weighted.score(x);
    apart.learn(x);
    apart_weighted.learn(x);
    CHECK(both.update(x).anomalous == a.anomalous);
    CHECK(both_weighted.update(x).anomalous == b.anomalous);
  }
  CHECK(both.past() == apart.past());
}

TEST_CASE("a constant past does not make a change infinitely unusual, nor does the largest of values") {
  z_score d({.warmup = 2});
  exponentially_weighted_z_score e({.warmup = 2});
  for (int i = 0; i < 10; ++i) d.learn(0.1), e.learn(0.1);
  CHECK(d.score(0.1).score < 1e-6);
  CHECK(e.score(0.1).score < 1e-6);
  CHECK(d.score(0.2).score == Approx(1e8));
  CHECK(d.score(largest).score == largest);
  CHECK(e.score(-largest).score == largest);
  d.learn(largest), e.learn(largest);
  for (const double x : {largest, -largest, 0.0}) {
    CHECK(std::isfinite(d.update(x).score));
    CHECK(std::isfinite(e.update(x).score));
  }
}

TEST_CASE("the z-score of all history forgets a new level slowly, the exponentially weighted one in some half-lives") {
  z_score all;
  exponentially_weighted_z_score lately({.half_life = 20});
  splitmix64 random(2);
  for (int i = 0; i < 2000; ++i) {
    const double x = static_cast<double>(random() % 100) + (i < 1000 ? 0 : 10'000);
    all.learn(x), lately.learn(x);
  }
  CHECK(all.score(50).score < 3);
  CHECK(lately.score(50).anomalous);
  CHECK_FALSE(lately.score(10'050).anomalous);
}

TEST_CASE("the exponentially weighted z-score is that of its formula") {
  exponentially_weighted_z_score d({.half_life = 5, .warmup = 2});
  std::vector<double> past;
  splitmix64 random(3);
  for (int i = 0; i < 60; ++i) {
    const double x = static_cast<double>(random() % 1000);
    const verdict v = d.update(x);
    if (past.size() >= 2) {
      double weight = 0, weight2 = 0, sum = 0, squares = 0;
      const auto w = [&](std::size_t k) { return std::pow(0.5, static_cast<double>(past.size() - 1 - k) / 5); };
      for (std::size_t k = 0; k < past.size(); ++k) weight += w(k), weight2 += w(k) * w(k), sum += w(k) * past[k];
      const double mean = sum / weight;
      for (std::size_t k = 0; k < past.size(); ++k) squares += w(k) * (past[k] - mean) * (past[k] - mean);
      const double variance = squares / weight * weight * weight / (weight * weight - weight2);
      CHECK(v.score == Approx(std::abs(x - mean) / std::sqrt(variance)).epsilon(1e-10));
    }
    past.push_back(x);
  }
}

TEST_CASE("merged z-scores are one that saw everything; other parameters do not merge") {
  z_score a, b, all;
  splitmix64 random(4);
  for (int i = 0; i < 1000; ++i) {
    const double x = 1e9 + static_cast<double>(random() % 1000);
    (i % 3 == 0 ? a : b).learn(x);
    all.learn(x);
  }
  REQUIRE(a.merge(b));
  CHECK(a.score(1e9).score == Approx(all.score(1e9).score).epsilon(1e-12));
  CHECK(a.merge(z_score({.threshold = 4})).error().message() ==
        "z_score: only equal parameters merge; threshold is 3 here and 4 there");
}

TEST_CASE("the constructor throws what make() gives") {
  const auto made = z_score::make({.threshold = -1});
  REQUIRE_FALSE(made);
  CHECK(made.error().message() == "z_score: threshold is -1, must be above 0 (standard deviations)");
  CHECK_THROWS_WITH(z_score({.threshold = -1}), made.error().message());
  CHECK_THROWS_WITH(
      exponentially_weighted_z_score({.half_life = 0}),
      "exponentially_weighted_z_score: half_life is 0, must be at least 0.1 and at most 1e+09 (observations)");
}
