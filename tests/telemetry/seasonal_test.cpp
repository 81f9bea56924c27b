// SPDX-License-Identifier: Apache-2.0
#include "support/catch.hpp"

#include <netanomaly/telemetry/holt_winters.hpp>
#include <netanomaly/telemetry/mean_subtraction_cumulation.hpp>
#include <netanomaly/telemetry/seasonal_profile.hpp>

#include <chrono>
#include <cmath>
#include <random>
#include <vector>

using namespace netanomaly;
using namespace netanomaly::telemetry;
using namespace std::chrono_literals;

namespace {

/// A metric with a day of 24 h, a point every 5 minutes: a wave of 10 around 50, noise of 0.5, quiet at night.
timed<double> daily(int i, std::mt19937_64& random, double trend = 0) {
  const double day = 2 * 3.14159265358979 * (i % 288) / 288;
  return {50 + trend * i + 10 * std::sin(day) + 0.5 * std::normal_distribution<double>()(random),
          time_point(1'700'000'000s + i * 300s)};
}

}  // namespace

TEST_CASE("a seasonal profile finds the ordinary value at the wrong time, which the range of the metric hides") {
  std::mt19937_64 random(1);
  seasonal_profile profile;
  int false_alarms = 0;
  for (int i = 0; i < 288 * 14; ++i) false_alarms += profile.update(daily(i, random)).anomalous ? 1 : 0;
  CHECK(false_alarms <= 2);
  timed<double> x = daily(288 * 14 + 72, random);  // the peak of the day: 60
  CHECK_FALSE(profile.score(x).anomalous);
  x.value = 50;
  CHECK(profile.score(x).anomalous);
  CHECK(profile.usual(x.time) == Approx(60).margin(0.8));
}

TEST_CASE("anomalies leave little behind in a seasonal profile") {
  std::mt19937_64 random(2);
  seasonal_profile clean, hurt;
  for (int i = 0; i < 288 * 10; ++i) {
    timed<double> x = daily(i, random);
    clean.learn(x);
    if (i / 288 == 6 && i % 288 < 100) x.value = 5000;
    hurt.learn(x);
  }
  for (int i = 0; i < 288; i += 10) {
    const time_point t = daily(288 * 10 + i, random).time;
    CHECK(hurt.usual(t) == Approx(clean.usual(t)).margin(1.5));
  }
}

TEST_CASE("a seasonal profile learns a new season") {
  std::mt19937_64 random(3);
  seasonal_profile profile;
  for (int i = 0; i < 288 * 60; ++i) {
    timed<double> x = daily(i, random);
    if (i > 288 * 10) x.value += 30;
    profile.learn(x);
  }
  const auto x = daily(288 * 60, random);
  CHECK(profile.usual(x.time) == Approx(80).margin(3));
}

TEST_CASE("a detector behind a seasonal profile sees what is left") {
  std::mt19937_64 random(4);
  mean_subtraction_cumulation alone({.threshold = 6});
  deseasonalized<mean_subtraction_cumulation> behind({}, mean_subtraction_cumulation({.threshold = 6}));
  static_assert(detector<decltype(behind)> && persistent<decltype(behind)>);
  int of_alone = 0, of_behind = 0;
  for (int i = 0; i < 288 * 14; ++i) {
    timed<double> x = daily(i, random);
    if (i == 288 * 13 + 72) x.value = 52;
    of_alone += alone.update(x).anomalous ? 1 : 0;
    const bool fires = behind.update(x).anomalous;
    if (i == 288 * 13 + 72) {
      CHECK(fires);
    } else {
      of_behind += fires ? 1 : 0;
    }
  }
  CHECK(of_alone == 0);
  CHECK(of_behind <= 2);
}

TEST_CASE("Holt-Winters follows level, trend and season, and finds what breaks them") {
  std::mt19937_64 random(5);
  holt_winters hw({.period = 288});
  int false_alarms = 0;
  double error = 0;
  for (int i = 0; i < 288 * 14; ++i) {
    const timed<double> x = daily(i, random, 0.01);
    if (i > 288 * 7) error += std::abs(hw.forecast() - x.value) / (288 * 7);
    false_alarms += hw.update(x).anomalous ? 1 : 0;
  }
  CHECK(false_alarms <= 2);
  CHECK(error < 0.7);  // the noise alone: 0.4
  timed<double> x = daily(288 * 14, random, 0.01);
  CHECK_FALSE(hw.score(x).anomalous);
  x.value -= 6;
  CHECK(hw.score(x).anomalous);
  CHECK(std::isfinite(hw.score({1e308}).score));
}

TEST_CASE("a constant metric scores 0 and stays finite when it changes") {
  holt_winters hw({.period = 10});
  seasonal_profile profile({.slots = 24});
  for (int i = 0; i < 200; ++i) {
    hw.update(7);
    profile.update({7, time_point(i * 1h)});
  }
  CHECK(hw.score(7).score == 0);
  CHECK(profile.score({7, time_point(200h)}).score == 0);
  CHECK(hw.score(8).anomalous);
  CHECK(profile.score({8, time_point(200h)}).anomalous);
  CHECK(std::isfinite(profile.score({8, time_point(200h)}).score));
}

TEST_CASE("restored seasonal detectors continue bit for bit; truncated bytes are refused") {
  std::mt19937_64 random(6);
  seasonal_profile profile({.slots = 24, .offset = -7h});
  holt_winters hw({.period = 288});
  for (int i = 0; i < 288 * 5; ++i) {
    const auto x = daily(i, random);
    profile.update(x), hw.update(x);
  }
  const auto bytes = to_bytes(profile), more = to_bytes(hw);
  auto profile2 = from_bytes<seasonal_profile>(bytes);
  auto hw2 = from_bytes<holt_winters>(more);
  REQUIRE(profile2);
  REQUIRE(hw2);
  for (int i = 288 * 5; i < 288 * 6; ++i) {
    const auto x = daily(i, random);
    REQUIRE(profile.update(x).score == profile2->update(x).score);
    REQUIRE(hw.update(x).score == hw2->update(x).score);
  }
  for (std::size_t size = 0; size < bytes.size(); size += 7)
    CHECK_FALSE(from_bytes<seasonal_profile>(std::span(bytes).first(size)));
  for (std::size_t size = 0; size < more.size(); size += 7)
    CHECK_FALSE(from_bytes<holt_winters>(std::span(more).first(size)));
}
