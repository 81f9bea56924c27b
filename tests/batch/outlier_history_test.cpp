// SPDX-License-Identifier: Apache-2.0
#include <netanomaly/batch/outlier_history.hpp>
#include <netanomaly/core/state.hpp>

#include "support/catch.hpp"

#include <chrono>
#include <limits>

namespace batch = netanomaly::batch;
using netanomaly::test_status;
using netanomaly::time_point;
using namespace std::chrono_literals;

namespace {
/// Thirty days; six outliers in each ten minutes from 8 to 10 o'clock, none but one an hour otherwise.
batch::outlier_history busy_mornings() {
  batch::outlier_history h;
  for (int day = 0; day < 30; ++day)
    for (int k = 0; k < 144; ++k) {
      const time_point t(24h * day + 10min * k + 5min);
      h.add(t, k >= 48 && k < 60 ? 6 : (k % 6 == 0 ? 1 : 0), 10min);
    }
  return h;
}
}  // namespace

TEST_CASE("seven outliers in ten minutes are usual in a busy morning and news at night") {
  const batch::outlier_history h = busy_mornings();
  const auto morning = h.compare(time_point(24h * 40 + 9h), 7, 10min);
  const auto night = h.compare(time_point(24h * 40 + 3h), 7, 10min);
  CHECK(morning.p_value > 0.2);
  CHECK(night.p_value < 1e-6);
  // Three slots of thirty days against one of ten minutes: the test of the totals.
  CHECK(morning.p_value == batch::outlier_rate().totals(7, 600, 540, 54000).p_value);
  CHECK(batch::outlier_history().compare(time_point(3h), 7, 10min).status == test_status::too_few);
}

TEST_CASE("the neighbours of the first slot of the day are the last ones") {
  batch::outlier_history h;
  h.add(time_point(24h - 5min), 9, 10min);
  CHECK(h.usual(time_point(24h * 7 + 1min)).outliers == 9);
  CHECK(h.usual(time_point(24h * 7 + 11min)).outliers == 0);
  CHECK(h.usual(time_point(-24h * 7 - 1min)).outliers == 9);
}

TEST_CASE("a history fades, refuses nonsense, merges, and continues from its bytes") {
  batch::outlier_history fading({.memory = 1});
  for (int day = 0; day < 50; ++day) fading.add(time_point(24h * day), day < 25 ? 100 : 0, 10min);
  CHECK(fading.usual(time_point(0h)).outliers < 1e-6);
  CHECK(!fading.add(time_point(), std::numeric_limits<double>::quiet_NaN(), 10min));
  CHECK(!fading.add(time_point(), -1, 10min));
  CHECK(!fading.merge(fading));
  CHECK(!batch::outlier_history::make({.period = 1min, .slot = 10min}));

  batch::outlier_history a = busy_mornings();
  REQUIRE(a.merge(busy_mornings()));
  CHECK(a.usual(time_point(9h)).outliers == 2 * busy_mornings().usual(time_point(9h)).outliers);
  const auto again = netanomaly::from_bytes<batch::outlier_history>(netanomaly::to_bytes(a));
  REQUIRE(again);
  CHECK(netanomaly::to_bytes(*again) == netanomaly::to_bytes(a));
}
