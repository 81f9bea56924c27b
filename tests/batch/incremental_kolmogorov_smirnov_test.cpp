// SPDX-License-Identifier: Apache-2.0
#include <netanomaly/batch/incremental_kolmogorov_smirnov.hpp>
#include <netanomaly/batch/kolmogorov_smirnov.hpp>

#include "support/catch.hpp"

#include <cstddef>
#include <deque>
#include <random>
#include <vector>

namespace batch = netanomaly::batch;

namespace {
/// Slides two windows over a stream and compares with the test of both from scratch.
void check_sliding(std::size_t n, std::size_t m, int steps, int levels, bool sizes_change) {
  std::mt19937_64 random(n * 1000 + m);
  std::normal_distribution<double> normal;
  batch::incremental_kolmogorov_smirnov windows(n + m + 1);
  batch::kolmogorov_smirnov test, again;
  std::deque<double> recent, older;
  for (int step = 0; step < steps; ++step) {
    const double z = normal(random) + (step > steps / 2 ? 0.5 : 0);
    const double value = levels > 0 ? std::floor(z * levels) : z;
    recent.push_back(value);
    windows.add_recent(value);
    const std::size_t keep = sizes_change && step % 7 == 0 && n > 2 ? n - 2 : n;
    while (recent.size() > keep) {
      older.push_back(recent.front());
      windows.move_to_older(recent.front());
      recent.pop_front();
    }
    while (older.size() > m) {
      windows.remove_older(older.front());
      older.pop_front();
    }
    if (older.empty() || (step % 5 != 0 && step > 400)) continue;
    const auto found = test(windows);
    const std::vector<double> x(recent.begin(), recent.end()), y(older.begin(), older.end());
    const auto expected = again(x, y);
    REQUIRE(found.statistic == expected.statistic);
    REQUIRE(found.p_value == expected.p_value);
    REQUIRE(found.method == expected.method);
  }
}
}  // namespace

TEST_CASE("sliding windows have the distance and the p that the test of both from scratch has") {
  check_sliding(60, 360, 1500, 0, false);
  check_sliding(40, 100, 1200, 3, false);  // counts: few distinct values
  check_sliding(1, 1, 50, 0, false);
  check_sliding(30, 200, 800, 0, true);
}

TEST_CASE("windows empty and fill again") {
  batch::incremental_kolmogorov_smirnov windows(300);
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 150; ++i) windows.add_recent(i);
    for (int i = 0; i < 150; ++i) windows.add_older(i + 0.5);
    CHECK(windows.distance().above == 150);  // 1 / 150 times 150 * 150
    for (int i = 0; i < 150; ++i) windows.remove_recent((i * 37) % 150);
    for (int i = 149; i >= 0; --i) windows.remove_older(i + 0.5);
    CHECK(windows.recent() == 0);
    CHECK(windows.older() == 0);
  }
}
