// SPDX-License-Identifier: Apache-2.0
// Parity with Skyline is in skyline_test.cpp.
#include <netanomaly/core/hash.hpp>
#include <netanomaly/telemetry/median_absolute_deviation.hpp>

#include <cmath>
#include <limits>

#include "support/catch.hpp"

namespace {
using namespace netanomaly;
using namespace std::chrono_literals;
using telemetry::compatibility;
using telemetry::median_absolute_deviation;
}  // namespace

TEST_CASE("the score is the distance from the median in median absolute deviations") {
  median_absolute_deviation d({.extent = {.points = 5}, .warmup = 5});
  for (const double x : {1.0, 2.0, 3.0, 4.0}) CHECK(d.update(x).state == verdict::status::warming_up);
  const verdict v = d.update(100.0);  // median 3, distances 2 1 0 1 97
  CHECK(v.score == 97);
  CHECK(v.anomalous);
  CHECK(d.measured().deviation == 97);
  CHECK(d.measured().scale == 1);
  CHECK(d.update(4.0).score == 0);  // 2 3 4 100 4
}

TEST_CASE("a first change of a constant is anomalous, one that keeps coming back is not; Skyline never fires") {
  median_absolute_deviation mended({.extent = {.points = 200}});
  median_absolute_deviation skyline({.extent = {.points = 200}, .mode = compatibility::skyline});
  for (int i = 0; i < 199; ++i) CHECK_FALSE(mended.update(5.0).score > 0);
  for (int i = 0; i < 199; ++i) skyline.update(5.0);
  const verdict first = mended.update(6.0);
  CHECK(first.anomalous);
  CHECK(first.score == Approx(std::sqrt(200.0) / 0.6744897501960817));
  const verdict blind = skyline.update(6.0);
  CHECK_FALSE(blind.anomalous);
  CHECK(std::isinf(blind.score));
  int again = 0;
  for (int i = 0; i < 1000; ++i) again += mended.update(i % 8 == 0 ? 6.0 : 5.0) && i > 300 ? 1 : 0;
  CHECK(again == 0);
}

TEST_CASE("jitter in the last digits does not count as spread") {
  median_absolute_deviation d({.extent = {.points = 100}});
  for (int i = 0; i < 100; ++i) d.update(1000 + 1e-10 * (i % 3));
  CHECK(d.update(1000 + 1e-8).score < 0.1);
}

TEST_CASE("scores stay finite at the largest values") {
  median_absolute_deviation d({.extent = {.points = 10}, .warmup = 1});
  constexpr double largest = std::numeric_limits<double>::max();
  for (const double x : {largest, -largest, 0.0, largest, largest, -largest, 1.0, -1.0, 5e-324, 0.0, 0.0}) {
    const verdict v = d.update(x);
    CHECK(v.state == verdict::status::judged);
    CHECK(std::isfinite(v.score));
  }
}

TEST_CASE("a window by time judges by what is in the span") {
  median_absolute_deviation d({.extent = {.points = 1000, .span = 1min}, .warmup = 10});
  time_point now(std::chrono::hours(1));
  for (int i = 0; i < 100; ++i) d.update({static_cast<double>(i % 7), now += 1s});
  CHECK(d.window().size() == 61);
  CHECK(d.update({100.0, now += 1s}));
  CHECK(d.update({100.0, now + 1h}).state == verdict::status::warming_up);
}

TEST_CASE("noise of one normal distribution is anomalous as rarely as four standard deviations are") {
  median_absolute_deviation d;
  splitmix64 random(9);
  const auto uniform = [&] { return (static_cast<double>(random() >> 11) + 0.5) * 0x1p-53; };
  int alarms = 0;
  constexpr int n = 200'000;
  for (int i = 0; i < n; ++i)
    alarms += d.update(std::sqrt(-2 * std::log(uniform())) * std::cos(6.283185307179586 * uniform())) ? 1 : 0;
  CHECK(alarms < 30);  // 5.2e-5 of the points, 10, are expected
  CHECK(alarms > 1);
}

TEST_CASE("a window of float takes half the memory and rejects what does not fit") {
  using small = telemetry::windowed<telemetry::median_absolute_deviation_rule, float>;
  small d({.extent = {.points = 60}});
  CHECK(d.update(1e39).state == verdict::status::rejected);
  CHECK(d.window().empty());
  for (int i = 0; i < 60; ++i) d.update(i % 10 * 0.1);
  CHECK(d.update(5.0));
  CHECK(d.memory_bytes() < median_absolute_deviation({.extent = {.points = 60}}).memory_bytes() - 400);
  CHECK_FALSE(from_bytes<median_absolute_deviation>(to_bytes(d)));
}
