// SPDX-License-Identifier: Apache-2.0
#include "support/catch.hpp"

#include <netanomaly/compose/consensus.hpp>
#include <netanomaly/telemetry/first_hour_average.hpp>
#include <netanomaly/telemetry/least_squares.hpp>
#include <netanomaly/telemetry/median_absolute_deviation.hpp>
#include <netanomaly/telemetry/standard_deviation_from_average.hpp>
#include <netanomaly/telemetry/z_score.hpp>

#include <chrono>
#include <cmath>
#include <random>
#include <vector>

using namespace netanomaly;
using namespace netanomaly::telemetry;
using namespace std::chrono_literals;

namespace {

using voters = compose::consensus<median_absolute_deviation, z_score, standard_deviation_from_average, least_squares,
                                  first_hour_average>;
static_assert(detector<voters> && persistent<voters>);
static_assert(noexcept(std::declval<voters&>().update({})));

std::vector<timed<double>> series(int n) {
  std::mt19937_64 random(1);
  std::normal_distribution<double> normal;
  std::vector<timed<double>> points;
  for (int i = 0; i < n; ++i) points.emplace_back(normal(random) + (i % 331 == 330 ? 25 : 0), time_point(i * 60s));
  return points;
}

}  // namespace

TEST_CASE("each part of a consensus gives the verdict that it gives alone, from one shared window") {
  const window::extent day{.points = 200};
  voters together({.votes = 3}, median_absolute_deviation({.extent = day}), z_score(),
                  standard_deviation_from_average({.extent = day}), least_squares({.extent = day}),
                  first_hour_average({.extent = day, .full_duration = 3h}));
  CHECK(together.windows() == 1);
  median_absolute_deviation mad({.extent = day});
  z_score z;
  standard_deviation_from_average sd({.extent = day});
  least_squares line({.extent = day});
  first_hour_average hour({.extent = day, .full_duration = 3h});
  int anomalies = 0;
  for (const auto& x : series(2000)) {
    const verdict v = together.update(x);
    const verdict alone[] = {mad.update(x), z.update(x), sd.update(x), line.update(x), hour.update(x)};
    double votes = 0;
    for (std::size_t i = 0; i < 5; ++i) {
      const verdict part = together.verdicts()[i];
      REQUIRE(part.state == alone[i].state);
      REQUIRE((part.score == alone[i].score || std::isnan(part.score)));
      votes += alone[i].anomalous ? 1 : 0;
    }
    if (v.state == verdict::status::judged) REQUIRE(v.score == votes);
    REQUIRE(v.anomalous == (votes >= 3));
    anomalies += v.anomalous ? 1 : 0;
  }
  CHECK(anomalies >= 6);
  CHECK(anomalies < 12);
  CHECK(together.memory_bytes() < mad.memory_bytes() + sd.memory_bytes() + line.memory_bytes() + hour.memory_bytes());
}

TEST_CASE("detectors of different extent keep windows of their own") {
  const voters mixed({}, median_absolute_deviation({.extent = {.points = 100}}), z_score(),
                     standard_deviation_from_average({.extent = {.points = 50}}),
                     least_squares({.extent = {.points = 100}}), first_hour_average());
  CHECK(mixed.windows() == 3);
  CHECK(mixed.needed() == 3);
}

TEST_CASE("parts that do not take part neither judge nor vote") {
  voters two({.votes = 2, .parts = 0b00101});
  CHECK(two.needed() == 2);
  for (const auto& x : series(400)) two.update(x);
  CHECK(std::isnan(two.verdicts()[1].score));
  CHECK_FALSE(std::isnan(two.verdicts()[2].score));
}

TEST_CASE("a rejected value changes nothing in any part") {
  voters v;
  for (const auto& x : series(100)) v.update(x);
  const auto before = to_bytes(v);
  CHECK(v.update(std::nan("")).state == verdict::status::rejected);
  CHECK(to_bytes(v) == before);
}

TEST_CASE("a restored consensus continues bit for bit; truncated bytes are refused; reset is as constructed") {
  const window::extent e{.points = 60};
  voters v({}, median_absolute_deviation({.extent = e}), z_score(), standard_deviation_from_average({.extent = e}),
           least_squares({.extent = {.points = 50}}),
           first_hour_average({.extent = e, .full_duration = 50min, .hour = 20min}));
  const auto points = series(1000);
  const auto fresh = to_bytes(v);
  for (int i = 0; i < 500; ++i) v.update(points[static_cast<std::size_t>(i)]);
  const auto bytes = to_bytes(v);
  auto again = from_bytes<voters>(bytes);
  REQUIRE(again);
  for (std::size_t i = 500; i < 1000; ++i) {
    v.update(points[i]);
    again->update(points[i]);
    for (std::size_t k = 0; k < voters::size; ++k) REQUIRE(v.verdicts()[k].score == again->verdicts()[k].score);
  }
  CHECK(to_bytes(v) == to_bytes(*again));
  for (std::size_t size = 0; size < bytes.size(); size += 11)
    CHECK_FALSE(from_bytes<voters>(std::span(bytes).first(size)));
  v.reset();
  CHECK(to_bytes(v) == fresh);
}
