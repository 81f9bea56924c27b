// SPDX-License-Identifier: Apache-2.0
// Largest and median relative error over the truth tables, ours and Boost.Math's: one line "quantity peer max median
// rows" each.
#include <netanomaly/batch/chi_square.hpp>
#include <netanomaly/batch/distributions.hpp>
#include <netanomaly/batch/generalized_esd.hpp>
#include <netanomaly/batch/grubbs.hpp>
#include <netanomaly/batch/kolmogorov_smirnov.hpp>
#include <netanomaly/batch/kolmogorov_smirnov_distribution.hpp>
#include <netanomaly/batch/mann_whitney.hpp>
#include <netanomaly/batch/outlier_rate.hpp>

#include "batch/truth.hpp"

#include <cstdint>
#include <cstdio>
#include <functional>
#include <string>
#include <utility>
#include <vector>
#if __has_include(<boost/math/distributions/binomial.hpp>)
#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/chi_squared.hpp>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/poisson.hpp>
#include <boost/math/distributions/students_t.hpp>
#define NETANOMALY_HAVE_BOOST 1
#endif

namespace batch = netanomaly::batch;
using truth::table;
using truth::value;

namespace {
using row_function = std::function<double(const table&, const value&)>;

void report(const char* quantity, const char* peer, std::vector<double> errors) {
  if (errors.empty()) return;
  std::sort(errors.begin(), errors.end());
  std::printf("%s\t%s\t%.1e\t%.1e\t%zu\n", quantity, peer, errors.back(), errors[errors.size() / 2], errors.size());
}
void report(const char* quantity, const char* peer, const table& t, const char* column, const row_function& f) {
  std::vector<double> errors;
  for (const value& row : t.rows) {
    const double expected = t.at(row, column);
    if (!(std::abs(expected) >= 1e-300)) continue;
    errors.push_back(truth::relative_error(f(t, row), expected));
  }
  report(quantity, peer, std::move(errors));
}
std::int64_t integer(const table& t, const value& r, const char* name) {
  return static_cast<std::int64_t>(t.at(r, name).number);
}
}  // namespace

int main() {
  const table chi = truth::load("chi2_dist.json"), student = truth::load("student_t_sf.json"),
              quantile = truth::load("student_t_isf.json"), normal = truth::load("normal_sf.json"),
              normal_q = truth::load("normal_isf.json"), poisson = truth::load("poisson_tail.json"),
              binomial = truth::load("binomial_tail.json"), limit = truth::load("ks_limit.json"),
              one = truth::load("ks_one_sample_p.json"), two = truth::load("ks_two_sample_p.json"),
              raw = truth::load("ks_two_sample_raw.json"), rates = truth::load("rate_ctest.json"),
              grubbs = truth::load("grubbs_p.json"), fit = truth::load("chi2_gof.json"), esd = truth::load("esd.json"),
              same = truth::load("chi2_homogeneity.json"), ranks = truth::load("mann_whitney_p.json");
  const auto num = [](const table& t, const value& r, const char* name) { return t.at(r, name).number; };

  batch::two_sample_kolmogorov_smirnov_distribution law;
  const auto bound = [](const table& t, const value& r) {
    const std::int64_t n = integer(t, r, "n"), m = integer(t, r, "m");
    return integer(t, r, "h") * (n * m / integer(t, r, "lcm"));
  };
  report("KS two-sample, two-sided", "ours", two, "p_two", [&](const table& t, const value& r) {
    return law.touch(integer(t, r, "n"), integer(t, r, "m"), bound(t, r), bound(t, r));
  });
  report("KS two-sample, one-sided", "ours", two, "p_one", [&](const table& t, const value& r) {
    return law.touch(integer(t, r, "n"), integer(t, r, "m"), bound(t, r), law.no_bound);
  });
  batch::kolmogorov_smirnov test;
  report("KS two-sample, ties", "ours", raw, "p_tied",
         [&](const table& t, const value& r) { return test(t.at(r, "x").numbers(), t.at(r, "y").numbers()).p_value; });
  batch::one_sample_kolmogorov_smirnov_distribution single;
  report("KS one-sample", "ours", one, "sf",
         [&](const table& t, const value& r) { return single.upper(integer(t, r, "n"), num(t, r, "d")); });
  report("KS one-sample, lower tail", "ours", one, "cdf",
         [&](const table& t, const value& r) { return single.lower(integer(t, r, "n"), num(t, r, "d")); });
  report("KS one-sample, one-sided", "ours", one, "one",
         [&](const table& t, const value& r) { return single.plus(integer(t, r, "n"), num(t, r, "d")); });
  report("KS limit", "ours", limit, "sf",
         [&](const table& t, const value& r) { return batch::kolmogorov_limit(num(t, r, "x")).upper; });
  report("chi-square tail", "ours", chi, "sf",
         [&](const table& t, const value& r) { return batch::chi_square_upper(num(t, r, "x"), num(t, r, "df")); });
  report("Student t tail", "ours", student, "sf",
         [&](const table& t, const value& r) { return batch::student_t_upper(num(t, r, "t"), num(t, r, "nu")); });
  report("Student t quantile", "ours", quantile, "t", [&](const table& t, const value& r) {
    return batch::student_t_upper_quantile(num(t, r, "p"), num(t, r, "nu"));
  });
  report("normal tail", "ours", normal, "sf",
         [&](const table& t, const value& r) { return batch::normal_upper(num(t, r, "z")); });
  report("normal quantile", "ours", normal_q, "z",
         [&](const table& t, const value& r) { return batch::normal_upper_quantile(num(t, r, "p")); });
  report("binomial tail", "ours", binomial, "p_ge", [&](const table& t, const value& r) {
    return batch::binomial_tails(num(t, r, "k"), num(t, r, "n"), num(t, r, "p")).upper;
  });
  report("Poisson tail", "ours", poisson, "p_ge",
         [&](const table& t, const value& r) { return batch::poisson_tails(num(t, r, "k"), num(t, r, "mu")).upper; });
  report("two Poisson rates", "ours", rates, "p_greater", [&](const table& t, const value& r) {
    return batch::rate_p_values(num(t, r, "x1"), num(t, r, "w"), num(t, r, "x2"), num(t, r, "h")).greater;
  });
  report("two Poisson rates, as unlikely", "ours", rates, "p_minlike", [&](const table& t, const value& r) {
    return batch::rate_p_values(num(t, r, "x1"), num(t, r, "w"), num(t, r, "x2"), num(t, r, "h")).as_unlikely;
  });
  report("Grubbs", "ours", grubbs, "p_one", [&](const table& t, const value& r) {
    return batch::grubbs_p_value(num(t, r, "g"), num(t, r, "n"), batch::outlier_side::maximum);
  });
  std::vector<double> statistics, criticals;
  for (const value& row : esd.rows) {
    batch::generalized_esd rosner(
        {.most_outliers = static_cast<std::uint32_t>(num(esd, row, "k")), .alpha = num(esd, row, "alpha")});
    (void)rosner(esd.at(row, "values").numbers());
    const auto r = esd.at(row, "R").numbers(), lambda = esd.at(row, "lambda").numbers();
    for (std::size_t i = 0; i < rosner.steps().size(); ++i) {
      statistics.push_back(truth::relative_error(rosner.steps()[i].statistic, r[i]));
      criticals.push_back(truth::relative_error(rosner.steps()[i].critical, lambda[i]));
    }
  }
  report("generalized ESD, statistics", "ours", statistics);
  report("generalized ESD, critical values", "ours", criticals);
  report("chi-square goodness of fit", "ours", fit, "p", [&](const table& t, const value& r) {
    return batch::chi_square({.fitted = static_cast<std::uint32_t>(num(t, r, "ddof"))})(t.at(r, "observed").numbers(),
                                                                                        t.at(r, "weights").numbers())
        .p_value;
  });
  report("chi-square homogeneity", "ours", same, "p", [&](const table& t, const value& r) {
    return batch::chi_square_homogeneity()(t.at(r, "recent").numbers(), t.at(r, "history").numbers()).p_value;
  });
  batch::mann_whitney_distribution u;
  report("Mann-Whitney", "ours", ranks, "p_greater", [&](const table& t, const value& r) {
    return u(static_cast<std::size_t>(num(t, r, "n")), static_cast<std::size_t>(num(t, r, "m")),
             static_cast<std::size_t>(num(t, r, "u")))
        .greater;
  });

#if defined(NETANOMALY_HAVE_BOOST)
  namespace bm = boost::math;
  report("chi-square tail", "Boost", chi, "sf", [&](const table& t, const value& r) {
    return bm::cdf(bm::complement(bm::chi_squared(num(t, r, "df")), num(t, r, "x")));
  });
  report("Student t tail", "Boost", student, "sf", [&](const table& t, const value& r) {
    return bm::cdf(bm::complement(bm::students_t(num(t, r, "nu")), num(t, r, "t")));
  });
  report("Student t quantile", "Boost", quantile, "t", [&](const table& t, const value& r) {
    return bm::quantile(bm::complement(bm::students_t(num(t, r, "nu")), num(t, r, "p")));
  });
  report("normal tail", "Boost", normal, "sf",
         [&](const table& t, const value& r) { return bm::cdf(bm::complement(bm::normal(), num(t, r, "z"))); });
  report("normal quantile", "Boost", normal_q, "z",
         [&](const table& t, const value& r) { return bm::quantile(bm::complement(bm::normal(), num(t, r, "p"))); });
  report("binomial tail", "Boost", binomial, "p_ge", [&](const table& t, const value& r) {
    return num(t, r, "k") == 0
               ? 1
               : bm::cdf(bm::complement(bm::binomial(num(t, r, "n"), num(t, r, "p")), num(t, r, "k") - 1));
  });
  report("Poisson tail", "Boost", poisson, "p_ge", [&](const table& t, const value& r) {
    return num(t, r, "k") == 0 ? 1 : bm::cdf(bm::complement(bm::poisson(num(t, r, "mu")), num(t, r, "k") - 1));
  });
  report("two Poisson rates", "Boost", rates, "p_greater", [&](const table& t, const value& r) {
    const double x1 = num(t, r, "x1"), p = num(t, r, "w") / (num(t, r, "w") + num(t, r, "h"));
    return x1 == 0 ? 1 : bm::cdf(bm::complement(bm::binomial(x1 + num(t, r, "x2"), p), x1 - 1));
  });
  report("Grubbs", "Boost", grubbs, "p_one", [&](const table& t, const value& r) {
    const double n = num(t, r, "n"), g = num(t, r, "g");
    return std::min(1.0, n * bm::cdf(bm::complement(bm::students_t(n - 2),
                                                    std::sqrt(n * (n - 2) * g * g / ((n - 1) * (n - 1) - n * g * g)))));
  });
#endif
}
