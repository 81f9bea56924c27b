// SPDX-License-Identifier: Apache-2.0
#include <netanomaly/batch/kolmogorov_smirnov.hpp>
#include <netanomaly/batch/kolmogorov_smirnov_one_sample.hpp>

#include "batch/truth.hpp"
#include "support/catch.hpp"

#include <rapidcheck.h>
#include <algorithm>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

namespace batch = netanomaly::batch;
using batch::alternative;
using netanomaly::test_result;
using netanomaly::test_status;
using truth::place;

TEST_CASE("two-sample Kolmogorov-Smirnov on samples: D exact, p conditional on the ties") {
  const truth::table t = truth::load("ks_two_sample_raw.json");
  truth::worst d, p, untied;
  for (const truth::value& r : t.rows) {
    const std::vector<double> x = t.at(r, "x").numbers(), y = t.at(r, "y").numbers();
    for (const auto& [side, suffix] : {std::pair{alternative::two_sided, ""}, std::pair{alternative::greater, "_plus"},
                                       std::pair{alternative::less, "_minus"}}) {
      const test_result found = batch::kolmogorov_smirnov({.side = side})(x, y);
      const std::string at = place(r, 3) + suffix;
      CHECK(found.status == test_status::ok);
      CHECK(found.method == (t.at(r, "has_ties") == 1 ? "exact, ties" : "exact"));
      d.add(found.statistic, t.at(r, std::string("d") + suffix), at);
      p.add(found.p_value, t.at(r, std::string("p") + suffix + "_tied"), at);
      if (t.at(r, "has_ties") == 0) untied.add(found.p_value, t.at(r, std::string("p") + suffix), at);
    }
  }
  CHECK_WORST(d, 0);
  CHECK_WORST(p, 1e-13);
  CHECK_WORST(untied, 1e-13);
}

namespace {
/// The share of all ways to choose which of the pooled values are the sample's that reach the distance seen.
double by_enumeration(const std::vector<double>& x, const std::vector<double>& y, alternative side) {
  std::vector<double> pooled = x;
  pooled.insert(pooled.end(), y.begin(), y.end());
  std::sort(pooled.begin(), pooled.end());
  const auto n = static_cast<int>(x.size()), m = static_cast<int>(y.size());
  const auto distance = [&](const std::vector<char>& mine) {
    int i = 0, j = 0, above = 0, below = 0;
    for (std::size_t k = 0; k < pooled.size(); ++k) {
      ++(mine[k] != 0 ? i : j);
      if (k + 1 < pooled.size() && pooled[k] == pooled[k + 1]) continue;
      above = std::max(above, i * m - j * n);
      below = std::max(below, j * n - i * m);
    }
    return side == alternative::greater ? above : (side == alternative::less ? below : std::max(above, below));
  };
  // The assignment seen: which of equal values are the sample's makes no difference.
  std::vector<char> seen(pooled.size(), 0);
  for (const double v : x) {
    auto k = static_cast<std::size_t>(std::lower_bound(pooled.begin(), pooled.end(), v) - pooled.begin());
    while (seen[k] != 0) ++k;
    seen[k] = 1;
  }
  const int d = distance(seen);
  std::vector<char> mine(pooled.size(), 0);
  std::fill(mine.end() - n, mine.end(), 1);
  double reached = 0, all = 0;
  do {
    reached += distance(mine) >= d ? 1 : 0;
    ++all;
  } while (std::next_permutation(mine.begin(), mine.end()));
  return reached / all;
}
}  // namespace

TEST_CASE("two-sample Kolmogorov-Smirnov equals enumeration, whatever the ties") {
  CHECK(rc::check("p is the share of assignments that reach D", [] {
    const auto n = *rc::gen::inRange(1, 7), m = *rc::gen::inRange(1, 7), levels = *rc::gen::inRange(1, 9);
    const auto values = [&](int count) {
      std::vector<double> v;
      for (int i = 0; i < count; ++i) v.push_back(*rc::gen::inRange(0, levels));
      return v;
    };
    const std::vector<double> x = values(n), y = values(m);
    for (const alternative side : {alternative::two_sided, alternative::greater, alternative::less}) {
      const double found = batch::kolmogorov_smirnov({.side = side})(x, y).p_value,
                   expected = by_enumeration(x, y, side);
      RC_ASSERT(std::abs(found - expected) <= 1e-13 * expected);
    }
  }));
}

TEST_CASE("with many ties, as counts have, p is the same whichever sample comes first") {
  std::mt19937_64 random(7);
  std::poisson_distribution<int> few(0.3);
  std::vector<double> x(900), y(5000);
  for (double& v : x) v = few(random) + (random() % 50 == 0 ? 1 : 0);
  for (double& v : y) v = few(random);
  const test_result one = batch::kolmogorov_smirnov()(x, y), other = batch::kolmogorov_smirnov()(y, x);
  CHECK(one.statistic == other.statistic);
  CHECK(one.p_value == Approx(other.p_value).epsilon(1e-12));
  CHECK(one.p_value > 0);
  CHECK(batch::kolmogorov_smirnov({.side = alternative::greater})(x, y).p_value ==
        Approx(batch::kolmogorov_smirnov({.side = alternative::less})(y, x).p_value).epsilon(1e-12));
}

TEST_CASE("sorting does not depend on how the values are spread") {
  std::mt19937_64 random(3);
  std::normal_distribution<double> normal;
  for (const std::size_t n : {1UL, 191UL, 192UL, 700UL, 1999UL, 2000UL, 5000UL}) {
    for (int kind = 0; kind < 6; ++kind) {
      std::vector<double> values(n);
      for (double& v : values) {
        const double z = normal(random);
        v = kind == 0   ? z
            : kind == 1 ? 1e9 + 1e-6 * z
            : kind == 2 ? std::round(z)
            : kind == 3 ? std::exp(60 * z)
            : kind == 4 ? -0.0
                        : 1 + 1e-15 * std::round(100 * z);
      }
      if (kind == 1) values[0] = -5;  // the highest bits differ, and hardly any below them
      std::vector<double> sorted = values, expected = values;
      CHECK(batch::detail::sorter()(values, sorted));
      std::sort(expected.begin(), expected.end());
      CHECK(std::equal(sorted.begin(), sorted.end(), expected.begin()));
    }
  }
}

TEST_CASE("beyond the work limit p is asymptotic, and the method says so") {
  std::mt19937_64 random(5);
  std::normal_distribution<double> normal;
  std::vector<double> x(3000), y(4000);
  for (double& v : x) v = normal(random) + 0.05;
  for (double& v : y) v = normal(random);
  const test_result exact = batch::kolmogorov_smirnov()(x, y);
  const test_result limit = batch::kolmogorov_smirnov({.work_limit = 1000})(x, y);
  CHECK(exact.method == "exact");
  CHECK(limit.method == "asymptotic");
  CHECK(limit.statistic == exact.statistic);
  CHECK(limit.p_value == Approx(exact.p_value).epsilon(0.05));
}

TEST_CASE("samples without information have a status, constant ones are ties") {
  const std::vector<double> none, ones(5, 1.0), twos(4, 2.0), infinite = {1, std::numeric_limits<double>::infinity()};
  batch::kolmogorov_smirnov ks;
  CHECK(ks(none, ones).status == test_status::too_few);
  CHECK(ks(ones, none).status == test_status::too_few);
  CHECK(ks(infinite, ones).status == test_status::not_finite);
  CHECK(ks(ones, ones).p_value == 1);
  CHECK(ks(ones, ones).statistic == 0);
  CHECK(ks(ones, twos).statistic == 1);
  CHECK(ks(ones, twos).p_value == Approx(1.0 / 126).epsilon(1e-14));
  batch::kolmogorov_smirnov_one_sample one;
  CHECK(one(none, batch::normal_distribution{}).status == test_status::too_few);
  CHECK(one(infinite, batch::normal_distribution{}).status == test_status::not_finite);
}

TEST_CASE("one-sample Kolmogorov-Smirnov measures from the distribution given") {
  // D of 0.1, 0.4, 0.7 against uniform: above 1 - 0.7 = 0.3; below max(0.1, 0.4 - 1/3, 0.7 - 2/3) = 0.1.
  const std::vector<double> x = {0.7, 0.1, 0.4};
  batch::kolmogorov_smirnov_one_sample two, less({.side = alternative::less});
  const test_result r = two(x, batch::uniform_distribution{});
  CHECK(r.statistic == Approx(0.3).epsilon(1e-15));
  CHECK(r.method == "exact");
  CHECK(less(x, batch::uniform_distribution{}).statistic == Approx(0.1).epsilon(1e-15));
  // n = 1: P(D >= d) = 2 (1 - d) for d above one half.
  const std::vector<double> single = {0.9};
  CHECK(two(single, batch::uniform_distribution{}).p_value == Approx(0.2).epsilon(1e-13));
  CHECK(batch::kolmogorov_smirnov_one_sample({.exact_limit = 2})(x, batch::uniform_distribution{}).method ==
        "asymptotic");
}
