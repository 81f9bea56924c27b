// SPDX-License-Identifier: Apache-2.0
#include <netanomaly/batch/anderson_darling.hpp>
#include <netanomaly/batch/cramer_von_mises.hpp>
#include <netanomaly/batch/mann_whitney.hpp>
#include <netanomaly/batch/multiple_testing.hpp>

#include "batch/truth.hpp"
#include "support/catch.hpp"

#include <cmath>
#include <limits>
#include <numbers>
#include <span>
#include <string>
#include <vector>

namespace batch = netanomaly::batch;
using batch::alternative;
using netanomaly::test_result;
using netanomaly::test_status;
using truth::place;

TEST_CASE("Mann-Whitney's exact law is right to 1e-13") {
  const truth::table t = truth::load("mann_whitney_p.json");
  truth::worst greater, less, two;
  batch::mann_whitney_distribution law;
  for (const truth::value& r : t.rows) {
    const auto size = [&](const char* name) { return static_cast<std::size_t>(t.at(r, name).number); };
    const batch::discrete_p_values p = law(size("n"), size("m"), size("u"));
    greater.add(p.greater, t.at(r, "p_greater"), place(r, 3));
    less.add(p.less, t.at(r, "p_less"), place(r, 3));
    two.add(p.doubled, t.at(r, "p_two"), place(r, 3));
  }
  CHECK_WORST(greater, 1e-13);
  CHECK_WORST(less, 1e-13);
  CHECK_WORST(two, 1e-13);
}

TEST_CASE("Mann-Whitney on samples: pairs, ties, both methods") {
  batch::mann_whitney two, greater({.side = alternative::greater}), normal({.exact_limit = 0});
  const std::vector<double> x = {3, 5, 9, 11}, y = {1, 2, 4, 6, 7}, tied = {3, 4, 4, 6};
  const test_result r = two(x, y);
  CHECK(r.statistic == 15);  // 2 + 3 + 5 + 5
  CHECK(r.method == "exact");
  CHECK(r.effect == Approx(0.5).epsilon(1e-15));
  CHECK(r.p_value == Approx(2 * greater(x, y).p_value).epsilon(1e-14));
  CHECK(r.p_value == Approx(0.2857142857142857).epsilon(1e-13));
  const test_result t = normal(tied, y);
  CHECK(t.method == "normal");
  CHECK(t.statistic == 10.5);
  CHECK(two(tied, y).method == "normal");
  const std::vector<double> same(3, 2.0), none;
  CHECK(two(same, same).status == test_status::constant);
  CHECK(two(none, y).status == test_status::too_few);
}

TEST_CASE("Anderson-Darling and Cramer-von Mises statistics are exact") {
  const truth::table t = truth::load("anderson_ksample.json");
  truth::worst right, middle, deviation, standard_right, standard_middle, cvm;
  for (const truth::value& r : t.rows) {
    std::vector<std::vector<double>> samples;
    std::vector<std::span<const double>> views;
    for (const truth::value& s : t.at(r, "samples").items) samples.push_back(s.numbers());
    for (const auto& s : samples) views.emplace_back(s);
    batch::anderson_darling midrank, plain({.midrank = false});
    const batch::anderson_darling_result a = midrank(views), b = plain(views);
    middle.add(a.statistic, t.at(r, "a2_mid"), place(r, 1));
    right.add(b.statistic, t.at(r, "a2_right"), place(r, 1));
    deviation.add(a.standard_deviation, t.at(r, "sigma"), place(r, 1));
    standard_middle.add(a.standardized, t.at(r, "t_mid"), place(r, 1));
    standard_right.add(b.standardized, t.at(r, "t_right"), place(r, 1));
    if (samples.size() == 2) {
      cvm.add(batch::cramer_von_mises()(samples[0], samples[1]).statistic, t.at(r, "cvm2"), place(r, 1));
      CHECK(batch::anderson_darling()(samples[0], samples[1]).p_value == a.p_value);
    }
  }
  CHECK_WORST(middle, 1e-14);
  CHECK_WORST(right, 1e-14);
  CHECK_WORST(deviation, 1e-12);        // the table's are in double precision
  CHECK_WORST(standard_middle, 1e-11);  // small differences
  CHECK_WORST(standard_right, 1e-11);
  CHECK_WORST(cvm, 1e-15);
}

TEST_CASE("limiting laws of Anderson-Darling and Cramer-von Mises hold to the far tail") {
  // Two degrees of freedom: a series of exponentials, at 30 digits.
  CHECK(batch::detail::anderson_darling_limit(0.2, 2) == Approx(0.999999996526275704).epsilon(1e-14));
  CHECK(batch::detail::anderson_darling_limit(5, 2) == Approx(0.0202123114863089257670).epsilon(1e-13));
  CHECK(batch::detail::anderson_darling_limit(300, 2) == Approx(1.54446006672360413e-130).epsilon(1e-12));
  // Marsaglia & Marsaglia, Journal of Statistical Software 9(2), 2004, and Anderson & Darling's 5 %.
  CHECK(1 - batch::detail::anderson_darling_limit(2, 1) == Approx(0.9081657).epsilon(1e-5));
  CHECK(batch::detail::anderson_darling_limit(2.492367, 1) == Approx(0.05).epsilon(1e-5));
  // The leading term is exact far out: 2 terms of a series in e^(-pi^2 x / 2).
  CHECK(batch::detail::cramer_von_mises_limit(0.46136) == Approx(0.05).epsilon(1e-4));
  CHECK(batch::detail::cramer_von_mises_limit(2) == Approx(1.2780736265760595e-05).epsilon(1e-8));
}

TEST_CASE("rank tests answer bad samples with a status") {
  const std::vector<double> none, some = {1, 2, 3}, same(5, 2.0), nan = {1, std::numeric_limits<double>::quiet_NaN()};
  batch::anderson_darling ad;
  batch::cramer_von_mises cvm;
  CHECK(ad(none, some).status == test_status::too_few);
  CHECK(ad(same, same).status == test_status::constant);
  CHECK(ad(nan, some).status == test_status::not_finite);
  CHECK(cvm(none, some).status == test_status::too_few);
  CHECK(cvm(some, nan).status == test_status::not_finite);
  CHECK(cvm(same, same).p_value == 1);
}

TEST_CASE("Benjamini-Hochberg and Benjamini-Yekutieli adjust as defined, NaN aside") {
  const truth::table t = truth::load("fdr.json");
  truth::worst bh, by;
  batch::false_discovery_rate fdr;
  for (const truth::value& r : t.rows) {
    const std::vector<double> p = t.at(r, "p").numbers(), expected_bh = t.at(r, "bh").numbers(),
                              expected_by = t.at(r, "by").numbers();
    std::vector<double> a(p.size()), b = p;
    fdr.benjamini_hochberg(p, a);
    fdr.benjamini_yekutieli(b, b);
    for (std::size_t i = 0; i < p.size(); ++i) {
      bh.add(a[i], expected_bh[i], place(r, 1));
      by.add(b[i], expected_by[i], place(r, 1));
    }
  }
  CHECK_WORST(bh, 5e-16);
  CHECK_WORST(by, 2e-15);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  std::vector<double> p = {0.01, nan, 0.04}, out(3);
  fdr.benjamini_hochberg(p, out);
  CHECK(out[0] == Approx(0.02));
  CHECK(std::isnan(out[1]));
  CHECK(out[2] == Approx(0.04));
}
