// SPDX-License-Identifier: Apache-2.0
#include <netanomaly/batch/distributions.hpp>
#include <netanomaly/batch/grubbs.hpp>
#include <netanomaly/batch/kolmogorov_smirnov_distribution.hpp>
#include <netanomaly/batch/outlier_rate.hpp>

#include "batch/truth.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace batch = netanomaly::batch;

using truth::place;

TEST_CASE("chi-square tails are right to 1e-14 from one end to the other") {
  const truth::table t = truth::load("chi2_dist.json");
  truth::worst upper, lower;
  for (const truth::value& r : t.rows) {
    const batch::tails both = batch::chi_square_tails(t.at(r, "x"), t.at(r, "df"));
    upper.add(both.upper, t.at(r, "sf"), place(r, 2));
    lower.add(both.lower, t.at(r, "cdf"), place(r, 2));
  }
  CHECK_WORST(upper, 1e-14);
  CHECK_WORST(lower, 1e-14);
}

TEST_CASE("Student's t is right to 1e-14, tail and quantile") {
  const truth::table t = truth::load("student_t_sf.json");
  truth::worst upper, two;
  for (const truth::value& r : t.rows) {
    upper.add(batch::student_t_upper(t.at(r, "t"), t.at(r, "nu")), t.at(r, "sf"), place(r, 2));
    two.add(2 * batch::student_t_upper(t.at(r, "t"), t.at(r, "nu")), t.at(r, "two_sided"), place(r, 2));
  }
  CHECK_WORST(upper, 1e-14);
  CHECK_WORST(two, 1e-14);
  const truth::table q = truth::load("student_t_isf.json");
  truth::worst quantile;
  for (const truth::value& r : q.rows)
    quantile.add(batch::student_t_upper_quantile(q.at(r, "p"), q.at(r, "nu")), q.at(r, "t"), place(r, 2));
  CHECK_WORST(quantile, 1e-14);
}

TEST_CASE("normal tails and quantiles are right to 2e-15") {
  const truth::table t = truth::load("normal_sf.json");
  truth::worst upper, lower;
  for (const truth::value& r : t.rows) {
    upper.add(batch::normal_upper(t.at(r, "z")), t.at(r, "sf"), place(r, 1));
    lower.add(batch::normal_lower(t.at(r, "z")), t.at(r, "cdf"), place(r, 1));
  }
  CHECK_WORST(upper, 2e-15);
  CHECK_WORST(lower, 2e-15);
  const truth::table q = truth::load("normal_isf.json");
  truth::worst quantile;
  for (const truth::value& r : q.rows)
    quantile.add(batch::normal_upper_quantile(q.at(r, "p")), q.at(r, "z"), place(r, 1));
  CHECK_WORST(quantile, 2e-15);
}

TEST_CASE("Poisson and binomial tails are right to 2e-14") {
  const truth::table t = truth::load("poisson_tail.json");
  truth::worst at_least, at_most;
  for (const truth::value& r : t.rows) {
    at_least.add(batch::poisson_tails(t.at(r, "k"), t.at(r, "mu")).upper, t.at(r, "p_ge"), place(r, 2));
    at_most.add(batch::poisson_tails(t.at(r, "k"), t.at(r, "mu")).lower, t.at(r, "p_le"), place(r, 2));
  }
  const truth::table b = truth::load("binomial_tail.json");
  truth::worst b_at_least, b_at_most;
  for (const truth::value& r : b.rows) {
    const batch::tails both = batch::binomial_tails(b.at(r, "k"), b.at(r, "n"), b.at(r, "p"));
    b_at_least.add(both.upper, b.at(r, "p_ge"), place(r, 3));
    b_at_most.add(both.lower, b.at(r, "p_le"), place(r, 3));
  }
  CHECK_WORST(at_least, 2e-14);
  CHECK_WORST(at_most, 2e-14);
  CHECK_WORST(b_at_least, 2e-14);
  CHECK_WORST(b_at_most, 2e-14);
}

TEST_CASE("the limiting Kolmogorov law is right to 2e-15") {
  const truth::table t = truth::load("ks_limit.json");
  truth::worst upper, lower;
  for (const truth::value& r : t.rows) {
    const batch::tails both = batch::kolmogorov_limit(t.at(r, "x"));
    upper.add(both.upper, t.at(r, "sf"), place(r, 1));
    lower.add(both.lower, t.at(r, "cdf"), place(r, 1));
  }
  CHECK_WORST(upper, 2e-15);
  CHECK_WORST(lower, 2e-15);
}

TEST_CASE("the density of the limiting Kolmogorov law is right to 1e-12") {
  const truth::table t = truth::load("ks_limit.json");
  truth::worst density;
  for (const truth::value& r : t.rows)
    density.add(batch::kolmogorov_limit_density(t.at(r, "x")), t.at(r, "pdf"), place(r, 1));
  CHECK_WORST(density, 1e-12);
  CHECK(batch::kolmogorov_limit_density(0) == 0);
  CHECK(batch::kolmogorov_limit_density(-1) == 0);
}

TEST_CASE("logarithms of tails are those of the tables, and what is below 1e-300 there is so here") {
  std::size_t compared = 0, below = 0;
  double most = 0;
  const auto add = [&](double p, double log10_p) {
    if (std::isnan(log10_p)) return;
    if (log10_p < -300) {
      ++below;
      CHECK(p <= 1.0000001e-300);
      return;
    }
    ++compared;
    most = std::max(most, std::abs(std::log10(p) - log10_p) / std::max(1.0, std::abs(log10_p)));
  };
  const auto each = [](const char* name, auto&& one) {
    const truth::table t = truth::load(name);
    for (const truth::value& r : t.rows) one([&](const char* column) -> double { return t.at(r, column); });
  };
  each("chi2_dist.json", [&](auto&& of) { add(batch::chi_square_tails(of("x"), of("df")).upper, of("log10_sf")); });
  each("student_t_sf.json", [&](auto&& of) { add(batch::student_t_upper(of("t"), of("nu")), of("log10_sf")); });
  each("poisson_tail.json", [&](auto&& of) { add(batch::poisson_tails(of("k"), of("mu")).upper, of("log10_p_ge")); });
  each("binomial_tail.json",
       [&](auto&& of) { add(batch::binomial_tails(of("k"), of("n"), of("p")).upper, of("log10_p_ge")); });
  each("chi2_homogeneity.json", [&](auto&& of) { add(batch::chi_square_upper(of("stat"), of("df")), of("log10_p")); });
  batch::two_sample_kolmogorov_smirnov_distribution law;
  each("ks_two_sample_p.json", [&](auto&& of) {
    const auto n = static_cast<std::int64_t>(of("n")), m = static_cast<std::int64_t>(of("m"));
    const std::int64_t d = static_cast<std::int64_t>(of("h")) * (n * m / static_cast<std::int64_t>(of("lcm")));
    add(law.touch(n, m, d, d), of("log10_p_two"));
  });
  batch::one_sample_kolmogorov_smirnov_distribution one_sample;
  each("ks_one_sample_p.json",
       [&](auto&& of) { add(one_sample.upper(static_cast<std::int64_t>(of("n")), of("d")), of("log10_sf")); });
  each("grubbs_p.json", [&](auto&& of) {
    if (of("bonf") <= 1) add(batch::grubbs_p_value(of("g"), of("n"), batch::outlier_side::maximum), of("log10_bonf"));
  });
  each("rate_ctest.json", [&](auto&& of) {
    add(batch::rate_p_values(of("x1"), of("w"), of("x2"), of("h")).greater, of("log10_p_greater"));
  });
  CHECK(compared > 200);
  CHECK(below > 0);
  CHECK(most <= 1e-13);
}
