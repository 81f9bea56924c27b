// SPDX-License-Identifier: Apache-2.0
#include <netanomaly/batch/binned.hpp>
#include <netanomaly/batch/chi_square.hpp>
#include <netanomaly/batch/kolmogorov_smirnov.hpp>
#include <netanomaly/batch/mann_whitney.hpp>
#include <netanomaly/batch/outlier_share.hpp>
#include <netanomaly/compose/two_window.hpp>
#include <netanomaly/core/state.hpp>

#include "support/catch.hpp"

#include <chrono>
#include <cmath>
#include <cstddef>
#include <limits>
#include <random>
#include <utility>
#include <vector>

namespace batch = netanomaly::batch;
namespace compose = netanomaly::compose;
using netanomaly::time_point;
using netanomaly::timed;
using netanomaly::verdict;
using namespace std::chrono_literals;

using ks = compose::two_window<batch::kolmogorov_smirnov>;
using chi_square = compose::two_window<batch::binned<batch::chi_square>>;
using outlier_rate = compose::two_window<batch::outlier_share>;
using mann_whitney = compose::two_window<batch::mann_whitney>;

static_assert(netanomaly::detector<ks> && netanomaly::configurable<ks>);
static_assert(netanomaly::detector<chi_square> && netanomaly::configurable<chi_square>);
static_assert(netanomaly::detector<outlier_rate> && netanomaly::configurable<outlier_rate>);
static_assert(noexcept(std::declval<ks&>().update({})) && noexcept(std::declval<chi_square&>().update({})));
static_assert(ks::kind == "two_window_kolmogorov_smirnov");
static_assert(chi_square::kind == "two_window_chi_square");
static_assert(outlier_rate::kind == "two_window_outlier_rate");

namespace {
std::vector<timed<double>> stream(std::size_t n, std::chrono::seconds step, unsigned seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal;
  std::vector<timed<double>> values;
  for (std::size_t i = 0; i < n; ++i)
    values.emplace_back(normal(random) + (i >= n - n / 10 ? 1.5 : 0), time_point(static_cast<std::int64_t>(i) * step));
  return values;
}

/// The detector against the test of the two windows cut out of the stream by hand.
template <class D, class Test>
void check_windows(Test test) {
  const auto values = stream(2000, 3s, 1);  // 10 minutes hold 200 points, 1 hour 1,200
  D d({.every = 1});
  for (std::size_t i = 0; i < values.size(); ++i) {
    const verdict v = d.update(values[i]);
    if (i % 37 != 0 && i + 5 < values.size()) continue;
    std::vector<double> recent, baseline;
    for (std::size_t k = 0; k <= i; ++k) {
      const auto age = values[i].time - values[k].time;
      if (age < 10min) {
        recent.push_back(values[k].value);
      } else if (age < 70min) {
        baseline.push_back(values[k].value);
      }
    }
    if (recent.size() < 5 || baseline.size() < 5) {
      REQUIRE(v.state == verdict::status::warming_up);
      continue;
    }
    REQUIRE(v.state == verdict::status::judged);
    const auto expected = test(recent, baseline);
    REQUIRE(v.p_value == expected.p_value);
    REQUIRE(v.score == std::max(0.0, -std::log10(expected.p_value)));
    REQUIRE(v.anomalous == (v.score > 6));
    REQUIRE(d.measured().statistic == expected.statistic);
  }
  CHECK(d.update({0.0, values.back().time}).anomalous);
}
}  // namespace

TEST_CASE("two windows by time: the verdict is the test's of the last 10 minutes against the hour before them") {
  check_windows<ks>(batch::kolmogorov_smirnov());
  check_windows<chi_square>(batch::binned<batch::chi_square>());
  check_windows<mann_whitney>(batch::mann_whitney());
}

TEST_CASE("two windows by count, one test in `every` points, the verdict standing in between") {
  const auto values = stream(600, 1s, 2);
  ks d({.recent = {}, .baseline = {}, .recent_points = 50, .baseline_points = 300, .every = 7, .least = 30});
  std::vector<double> scores;
  for (const auto& x : values) {
    const verdict v = d.update(x);
    if (v.state == verdict::status::judged) scores.push_back(v.score);
  }
  REQUIRE(scores.size() > 400);
  std::size_t changes = 0;
  for (std::size_t i = 1; i < scores.size(); ++i)
    if (scores[i] != scores[i - 1]) {
      CHECK(i % 7 == 0);
      ++changes;
    }
  CHECK(changes > scores.size() / 20);
}

TEST_CASE("more outliers of late are found, a shift of the middle is not") {
  outlier_rate d({.recent = {}, .baseline = {}, .recent_points = 100, .baseline_points = 900, .every = 1});
  std::mt19937_64 random(3);
  std::normal_distribution<double> normal;
  bool before = false, after = false;
  for (int i = 0; i < 2000; ++i) before = d.update({normal(random)}).anomalous || before;
  for (int i = 0; i < 100; ++i) after = d.update({normal(random) * (i % 5 == 0 ? 10 : 1)}).anomalous || after;
  CHECK(!before);
  CHECK(after);
  CHECK(d.measured().effect > 10);
}

TEST_CASE("two windows reject what is not finite, know no score for constants, and start anew after reset()") {
  ks d({.recent = {}, .baseline = {}, .recent_points = 20, .baseline_points = 40, .every = 1});
  verdict v;
  for (int i = 0; i < 100; ++i) v = d.update({7.0});
  CHECK(v.state == verdict::status::judged);
  CHECK(v.score == 0);
  CHECK(v.p_value == 1);
  CHECK(d.update({std::numeric_limits<double>::quiet_NaN()}).state == verdict::status::rejected);
  CHECK(d.update({-std::numeric_limits<double>::infinity()}).state == verdict::status::rejected);
  d.reset();
  CHECK(d.update({7.0}).state == verdict::status::warming_up);
  mann_whitney u({.recent = {}, .baseline = {}, .recent_points = 20, .baseline_points = 40, .every = 1});
  for (int i = 0; i < 100; ++i) v = u.update({7.0});
  CHECK(v.score == 0);
  CHECK(!ks::make({.recent_points = 3}));
}

namespace {
template <class D>
void check_restored(typename D::params p) {
  const auto values = stream(700, 1s, 5);
  D whole(p);
  std::vector<verdict> verdicts;
  for (const auto& x : values) verdicts.push_back(whole.update(x));
  for (const std::size_t at : {0UL, 1UL, 33UL, 150UL, 151UL, 400UL, 699UL}) {
    D first(p);
    for (std::size_t i = 0; i < at; ++i) first.update(values[i]);
    auto again = netanomaly::from_bytes<D>(netanomaly::to_bytes(first));
    REQUIRE(again.has_value());
    for (std::size_t i = at; i < values.size(); ++i) {
      const verdict v = again->update(values[i]);
      REQUIRE(v.state == verdicts[i].state);
      if (v.state == verdict::status::judged) REQUIRE(v.score == verdicts[i].score);
      REQUIRE(v.anomalous == verdicts[i].anomalous);
    }
    REQUIRE(netanomaly::to_bytes(*again) == netanomaly::to_bytes(whole));
  }
}
}  // namespace

TEST_CASE(
    "two windows continue bit for bit from their bytes, and damaged bytes are refused or load as something valid") {
  check_restored<ks>({.recent = 40s, .baseline = 100s, .recent_points = 60, .baseline_points = 200, .every = 3});
  check_restored<chi_square>({.recent = {}, .baseline = {}, .recent_points = 50, .baseline_points = 100, .every = 5});
  check_restored<outlier_rate>({.recent = 50s, .baseline = 200s, .recent_points = 60, .baseline_points = 200});
  ks small({.recent = {}, .baseline = {}, .recent_points = 20, .baseline_points = 30});
  for (int i = 0; i < 80; ++i) small.update({std::sin(i)});
  std::vector<std::byte> bytes = netanomaly::to_bytes(small);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::vector<std::byte> cut(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(i));
    CHECK(!netanomaly::from_bytes<ks>(cut));
  }
}

TEST_CASE("two windows do not need more memory than loading them is charged for") {
  for (const std::uint32_t points : {20U, 100U, 600U, 5000U}) {
    const std::size_t charged = 200UL * (points + 6 * points) + 16UL * 7 * points;
    CHECK(ks({.recent_points = points, .baseline_points = 6 * points}).memory_bytes() < charged + 20'000);
    CHECK(chi_square({.recent_points = points, .baseline_points = 6 * points}).memory_bytes() < charged + 20'000);
    CHECK(outlier_rate({.recent_points = points, .baseline_points = 6 * points}).memory_bytes() < charged + 20'000);
  }
}
