// SPDX-License-Identifier: Apache-2.0
#include <netanomaly/batch/chi_square.hpp>
#include <netanomaly/batch/outlier_rate.hpp>

#include "batch/truth.hpp"
#include "support/catch.hpp"

#include <array>
#include <cmath>
#include <limits>
#include <vector>

namespace batch = netanomaly::batch;
using netanomaly::test_result;
using netanomaly::test_status;
using truth::place;

TEST_CASE("chi-square goodness of fit and G equal the exact ones, pooled or not") {
  const truth::table t = truth::load("chi2_gof.json");
  truth::worst statistic, p, g, p_g, pooled, pooled_p;
  for (const truth::value& r : t.rows) {
    const std::vector<double> observed = t.at(r, "observed").numbers(), weights = t.at(r, "weights").numbers();
    const auto fitted = static_cast<std::uint32_t>(t.at(r, "ddof").number);
    const batch::chi_square::params plain{.fitted = fitted}, five{.least_expected = 5, .fitted = fitted};
    const test_result pearson = batch::chi_square(plain)(observed, weights);
    const test_result likelihood = batch::g_test(plain)(observed, weights);
    if (t.at(r, "status").text == "impossible") {
      CHECK(pearson.status == test_status::impossible);
      CHECK(std::isinf(pearson.statistic));
      CHECK(pearson.p_value == 0);
      CHECK(likelihood.status == test_status::impossible);
    } else {
      statistic.add(pearson.statistic, t.at(r, "stat"), place(r, 3));
      p.add(pearson.p_value, t.at(r, "p"), place(r, 3));
      g.add(likelihood.statistic, t.at(r, "g"), place(r, 3));
      p_g.add(likelihood.p_value, t.at(r, "p_g"), place(r, 3));
    }
    const test_result pool = batch::chi_square(five)(observed, weights);
    if (std::isnan(t.at(r, "pooled_p"))) {
      CHECK(pool.status != test_status::ok);
    } else {
      pooled.add(pool.statistic, t.at(r, "pooled_stat"), place(r, 3));
      pooled_p.add(pool.p_value, t.at(r, "pooled_p"), place(r, 3));
    }
  }
  CHECK_WORST(statistic, 1e-15);
  CHECK_WORST(p, 1e-13);
  CHECK_WORST(g, 1e-14);
  CHECK_WORST(p_g, 1e-13);
  CHECK_WORST(pooled, 1e-15);
  CHECK_WORST(pooled_p, 1e-13);
}

TEST_CASE("chi-square homogeneity, G, Yates and Fisher equal the exact ones") {
  const truth::table t = truth::load("chi2_homogeneity.json");
  truth::worst statistic, p, g, p_g, yates, p_yates, fisher;
  for (const truth::value& r : t.rows) {
    const std::vector<double> recent = t.at(r, "recent").numbers(), history = t.at(r, "history").numbers();
    const test_result pearson = batch::chi_square_homogeneity()(recent, history);
    const test_result likelihood = batch::chi_square_homogeneity({.likelihood_ratio = true})(recent, history);
    statistic.add(pearson.statistic, t.at(r, "stat"), place(r, 1));
    p.add(pearson.p_value, t.at(r, "p"), place(r, 1));
    g.add(likelihood.statistic, t.at(r, "g"), place(r, 1));
    p_g.add(likelihood.p_value, t.at(r, "p_g"), place(r, 1));
    if (!std::isnan(t.at(r, "yates"))) {
      const test_result corrected = batch::chi_square_homogeneity({.continuity = true})(recent, history);
      yates.add(corrected.statistic, t.at(r, "yates"), place(r, 1));
      p_yates.add(corrected.p_value, t.at(r, "p_yates"), place(r, 1));
    }
    if (!std::isnan(t.at(r, "fisher_two_sided")) && recent.size() == 2)
      fisher.add(
          batch::proportion_p_values(recent[0], recent[0] + recent[1], history[0], history[0] + history[1]).as_unlikely,
          t.at(r, "fisher_two_sided"),
          truth::print(recent[0]) + " " + truth::print(recent[1]) + " " + truth::print(history[0]) + " " +
              truth::print(history[1]));
  }
  CHECK_WORST(statistic, 1e-15);
  CHECK_WORST(p, 1e-13);
  CHECK_WORST(g, 1e-14);
  CHECK_WORST(p_g, 1e-13);
  CHECK_WORST(yates, 1e-14);
  CHECK_WORST(p_yates, 1e-13);
  CHECK_WORST(fisher, 1e-13);
}

TEST_CASE("conditional tests of two Poisson rates equal the exact ones") {
  const truth::table t = truth::load("rate_ctest.json");
  truth::worst greater, less, as_unlikely, doubled, mid_greater, mid_less, mid_two;
  for (const truth::value& r : t.rows) {
    const batch::discrete_p_values p = batch::rate_p_values(t.at(r, "x1"), t.at(r, "w"), t.at(r, "x2"), t.at(r, "h"));
    const std::string at = place(r, 4);
    using batch::alternative;
    constexpr auto rule = batch::two_sided_rule::doubled;
    greater.add(p.greater, t.at(r, "p_greater"), at);
    less.add(p.less, t.at(r, "p_less"), at);
    as_unlikely.add(p.as_unlikely, t.at(r, "p_minlike"), at);
    doubled.add(p.doubled, t.at(r, "p_double"), at);
    mid_greater.add(p.p_value(alternative::greater, rule, true), t.at(r, "p_mid_greater"), at);
    mid_less.add(p.p_value(alternative::less, rule, true), t.at(r, "p_mid_less"), at);
    mid_two.add(p.p_value(alternative::two_sided, rule, true), t.at(r, "p_mid_two"), at);
  }
  CHECK_WORST(greater, 1e-13);
  CHECK_WORST(less, 1e-13);
  CHECK_WORST(as_unlikely, 1e-13);
  CHECK_WORST(doubled, 1e-13);
  CHECK_WORST(mid_greater, 1e-13);
  CHECK_WORST(mid_less, 1e-13);
  CHECK_WORST(mid_two, 1e-13);
}

TEST_CASE("counts that cannot be judged have a status that says why") {
  const std::vector<double> some = {3, 4, 5}, none, zeros = {0, 0, 0}, negative = {3, -1, 2}, one = {7},
                            nan = {1, std::numeric_limits<double>::quiet_NaN(), 2}, fractions = {1.5};
  const batch::chi_square fit;
  const batch::chi_square_homogeneity same;
  CHECK(fit(none, some).status == test_status::too_few);
  CHECK(fit(some, none).status == test_status::too_few);
  CHECK(fit(zeros, some).status == test_status::too_few);
  CHECK(fit(some, zeros).status == test_status::too_few);
  CHECK(fit(negative, some).status == test_status::not_finite);
  CHECK(fit(some, nan).status == test_status::not_finite);
  CHECK(fit(one, one).status == test_status::too_few);
  CHECK(same(none, some).status == test_status::too_few);
  CHECK(same(one, one).status == test_status::too_few);
  CHECK(same(nan, some).status == test_status::not_finite);
  const batch::outlier_rate rate;
  CHECK(rate(none, some).status == test_status::too_few);
  CHECK(rate(fractions, some).status == test_status::not_finite);
  CHECK(rate(negative, some).status == test_status::not_finite);
  const test_result silence = rate(zeros, zeros);
  CHECK(silence.status == test_status::ok);
  CHECK(silence.p_value == 1);
}

TEST_CASE("a shorter list of counts lacks the categories at its end") {
  const std::vector<double> shorter = {10, 12}, padded = {10, 12, 0}, reference = {30, 30, 30};
  CHECK(batch::chi_square()(shorter, reference).p_value == batch::chi_square()(padded, reference).p_value);
  CHECK(batch::chi_square()(reference, shorter).status == test_status::impossible);
}

TEST_CASE("homogeneity of three samples agrees with a table done by hand") {
  // Expected counts 20, 20, 20 in each row of 60; statistic (0 + 0 + 0) + (100 + 100) / 20 twice = 20, 4 degrees.
  const std::vector<double> a = {20, 20, 20}, b = {30, 10, 20}, c = {10, 30, 20};
  const std::array<std::span<const double>, 3> all = {a, b, c};
  const test_result r = batch::chi_square_homogeneity()(all);
  CHECK(r.statistic == Approx(20).epsilon(1e-14));
  CHECK(r.p_value == Approx(std::exp(-10.0) * 11).epsilon(1e-13));
  CHECK(r.effect == Approx(std::sqrt(20.0 / 180 / 2)).epsilon(1e-14));
}

TEST_CASE("trials known: the law is hypergeometric, and near the Poisson one where outliers are rare") {
  const std::vector<double> recent = {2, 1, 3}, past = {1, 0, 1, 0, 2, 1};
  const double poisson = batch::outlier_rate()(recent, past).p_value;
  const double rare = batch::outlier_rate({.trials = 1'000'000})(recent, past).p_value;
  CHECK(rare == Approx(poisson).epsilon(1e-4));
  // 10 of 30 against 5 of 60: P(X >= 10), X hypergeometric, from 1 - sum by hand in rational arithmetic.
  const batch::discrete_p_values p = batch::proportion_p_values(10, 30, 5, 60);
  double sum = 0;
  for (int k = 10; k <= 15; ++k)
    sum += std::exp(std::lgamma(31.) - std::lgamma(k + 1.) - std::lgamma(31. - k) + std::lgamma(61.) -
                    std::lgamma(16. - k) - std::lgamma(61. - 15 + k) - std::lgamma(91.) + std::lgamma(16.) +
                    std::lgamma(76.));
  CHECK(p.greater == Approx(sum).epsilon(1e-11));
}
