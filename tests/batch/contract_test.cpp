// SPDX-License-Identifier: Apache-2.0
// What every test of the room promises: noexcept calls, no allocation up to reserve(), copies keep the sizes.
#include <netanomaly/batch/anderson_darling.hpp>
#include <netanomaly/batch/augmented_dickey_fuller.hpp>
#include <netanomaly/batch/chi_square.hpp>
#include <netanomaly/batch/cramer_von_mises.hpp>
#include <netanomaly/batch/generalized_esd.hpp>
#include <netanomaly/batch/grubbs.hpp>
#include <netanomaly/batch/kolmogorov_smirnov.hpp>
#include <netanomaly/batch/kolmogorov_smirnov_one_sample.hpp>
#include <netanomaly/batch/mann_whitney.hpp>
#include <netanomaly/batch/outlier_rate.hpp>

#include "support/allocations.hpp"
#include "support/catch.hpp"

#include <cstddef>
#include <random>
#include <span>
#include <vector>

namespace batch = netanomaly::batch;
using netanomaly::test_status;

namespace {
std::vector<double> numbers(std::size_t n, unsigned seed, bool counts) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal;
  std::poisson_distribution<int> poisson(4);
  std::vector<double> v(n);
  for (double& x : v) x = counts ? poisson(random) + 1 : normal(random);
  return v;
}

/// `reserve`, then sizes up to it, on a copy.
template <class Test>
void check_two_sample(Test original, bool counts) {
  static_assert(noexcept(original(std::span<const double>(), std::span<const double>())));
  original.reserve(300, 900);
  Test copy = original;
  for (const auto& [n, m] : {std::pair<std::size_t, std::size_t>{300, 900}, {20, 40}, {7, 900}, {300, 5}}) {
    const std::vector<double> x = numbers(n, 1, counts), y = numbers(m, 2, counts), tied = numbers(n, 3, true);
    const std::size_t before = allocations();
    const auto r = copy(x, y);
    const auto t = copy(tied, y);
    const auto none = copy(std::span<const double>(), y);
    CHECK(allocations() == before);
    CHECK(r.p_value >= 0);
    CHECK(r.p_value <= 1);
    CHECK(t.p_value >= 0);
    CHECK(none.status == test_status::too_few);
  }
}
}  // namespace

TEST_CASE("two-sample tests are noexcept and do not allocate up to the sizes reserved, copies included") {
  check_two_sample(batch::kolmogorov_smirnov(), false);
  check_two_sample(batch::kolmogorov_smirnov({.side = batch::alternative::less}), false);
  check_two_sample(batch::mann_whitney(), false);
  check_two_sample(batch::anderson_darling(), false);
  check_two_sample(batch::cramer_von_mises(), false);
  check_two_sample(batch::outlier_rate(), true);
  check_two_sample(batch::outlier_rate({.trials = 60}), true);
}

TEST_CASE("tests of counts never allocate") {
  const std::vector<double> x = numbers(50, 1, true), y = numbers(50, 2, true);
  const batch::chi_square fit({.least_expected = 5});
  const batch::g_test g;
  const batch::chi_square_homogeneity same;
  static_assert(noexcept(fit(x, y))&& noexcept(g(x, y))&& noexcept(same(x, y)));
  const std::size_t before = allocations();
  const double sum = fit(x, y).p_value + g(x, y).p_value + same(x, y).p_value;
  CHECK(allocations() == before);
  CHECK(sum > 0);
}

TEST_CASE("one-sample tests are noexcept and do not allocate up to the sizes reserved, copies included") {
  const std::vector<double> x = numbers(400, 1, false);
  const batch::grubbs grubbs;
  batch::generalized_esd esd;
  batch::augmented_dickey_fuller adf({.lags = batch::adf_lags::aic});
  batch::kolmogorov_smirnov_one_sample ks;
  esd.reserve(400);
  adf.reserve(400);
  ks.reserve(400);
  auto esd_copy = esd;
  auto adf_copy = adf;
  auto ks_copy = ks;
  const batch::normal_distribution normal;
  static_assert(noexcept(grubbs(x))&& noexcept(esd_copy(x))&& noexcept(adf_copy(x))&& noexcept(ks_copy(x, normal)));
  const std::size_t before = allocations();
  const double sum = grubbs(x).p_value + esd_copy(x).p_value + adf_copy(x).p_value + ks_copy(x, normal).p_value;
  CHECK(allocations() == before);
  CHECK(sum > 0);
}

TEST_CASE("parameters out of range are refused by name") {
  const auto bad = batch::generalized_esd::make({.most_outliers = 0});
  REQUIRE(!bad);
  CHECK(bad.error().message().find("most_outliers") != std::string::npos);
  CHECK(!batch::chi_square::make({.least_expected = -1}));
  CHECK(batch::kolmogorov_smirnov::make({}).has_value());
}
