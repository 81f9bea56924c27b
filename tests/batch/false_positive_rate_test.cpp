// SPDX-License-Identifier: Apache-2.0
// How often each test cries wolf when nothing is the matter: the share of p <= alpha among samples from the null, over
// sizes and alphas. Bounds are four binomial standard errors; discrete tests may stay below, never above.
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

#include "support/catch.hpp"

#include <array>
#include <cmath>
#include <cstdint>
#include <functional>
#include <random>
#include <vector>

namespace batch = netanomaly::batch;

namespace {
constexpr std::array<double, 3> alphas = {0.1, 0.05, 0.01};

/// Draws without the standard library's distributions, whose output differs between libraries.
class draws {
 public:
  explicit draws(std::uint64_t seed) : random_(seed) {}
  double uniform() { return (static_cast<double>(random_() >> 11) + 0.5) * 0x1p-53; }
  double normal() { return batch::normal_upper_quantile(uniform()); }
  double poisson(double mean) {
    double k = 0;
    for (double product = uniform(); product > std::exp(-mean); product *= uniform()) ++k;
    return k;
  }
  std::vector<double> normals(std::size_t n) {
    std::vector<double> v(n);
    for (double& x : v) x = normal();
    return v;
  }
  std::vector<double> poissons(std::size_t n, double mean) {
    std::vector<double> v(n);
    for (double& x : v) x = poisson(mean);
    return v;
  }

 private:
  std::mt19937_64 random_;
};

enum class kind { exact, conservative };

/// `extra`: what an approximate p may be off by, relative to alpha.
void check_rate(const char* name, int runs, kind k, double extra, const std::function<double(draws&)>& p_value) {
  draws random(20240101);
  std::array<int, 3> found{};
  for (int i = 0; i < runs; ++i) {
    const double p = p_value(random);
    for (std::size_t a = 0; a < alphas.size(); ++a) found[a] += p <= alphas[a] ? 1 : 0;
  }
  for (std::size_t a = 0; a < alphas.size(); ++a) {
    const double rate = static_cast<double>(found[a]) / runs;
    const double error = 4 * std::sqrt(alphas[a] * (1 - alphas[a]) / runs);
    INFO(name << " alpha " << alphas[a] << " rate " << rate << " +- " << error);
    CHECK(rate <= alphas[a] * (1 + extra) + error);
    if (k == kind::exact) CHECK(rate >= alphas[a] * (1 - extra) - error);
  }
}
}  // namespace

TEST_CASE("Kolmogorov-Smirnov keeps its rate: two samples, one sample, ties, one-sided") {
  batch::kolmogorov_smirnov two, greater({.side = batch::alternative::greater});
  batch::kolmogorov_smirnov_one_sample one;
  // At coprime sizes D takes many values and the rate comes close; at equal sizes or with ties it stays below.
  check_rate("97 and 211", 4000, kind::exact, 0.03,
             [&](draws& d) { return two(d.normals(97), d.normals(211)).p_value; });
  check_rate("greater", 4000, kind::exact, 0.03,
             [&](draws& d) { return greater(d.normals(61), d.normals(100)).p_value; });
  check_rate("20 and 20", 4000, kind::conservative, 0,
             [&](draws& d) { return two(d.normals(20), d.normals(20)).p_value; });
  check_rate("ties", 4000, kind::conservative, 0,
             [&](draws& d) { return two(d.poissons(60, 2), d.poissons(90, 2)).p_value; });
  for (const std::size_t n : {1UL, 10UL, 60UL})
    check_rate("one sample", 4000, kind::exact, 0,
               [&](draws& d) { return one(d.normals(n), batch::normal_distribution{}).p_value; });
}

TEST_CASE("chi-square, G and homogeneity keep their rate where enough is expected") {
  const std::vector<double> proportions = {1, 2, 3, 4, 5, 6, 7, 8};
  const batch::chi_square fit;
  const batch::g_test g;
  const batch::chi_square_homogeneity same;
  const auto sample = [&](draws& d, double mean) {
    std::vector<double> v;
    for (const double w : proportions) v.push_back(d.poisson(mean * w));
    return v;
  };
  check_rate("fit", 4000, kind::exact, 0.05, [&](draws& d) { return fit(sample(d, 5), proportions).p_value; });
  check_rate("G", 4000, kind::exact, 0.15, [&](draws& d) { return g(sample(d, 10), proportions).p_value; });
  check_rate("homogeneity", 4000, kind::exact, 0.05,
             [&](draws& d) { return same(sample(d, 5), sample(d, 12)).p_value; });
}

TEST_CASE("Grubbs and the generalized ESD keep their rate, a little below it for Bonferroni's sake") {
  const batch::grubbs either, maximum({batch::outlier_side::maximum});
  for (const std::size_t n : {5UL, 30UL, 200UL}) {
    check_rate("grubbs", 4000, kind::exact, 0.06, [&](draws& d) { return either(d.normals(n)).p_value; });
    check_rate("grubbs, maximum", 4000, kind::exact, 0.06, [&](draws& d) { return maximum(d.normals(n)).p_value; });
  }
  batch::generalized_esd esd({.most_outliers = 5, .alpha = 0.05});
  draws random(7);
  int found = 0;
  for (int i = 0; i < 2000; ++i) {
    (void)esd(random.normals(60));
    found += esd.outliers().empty() ? 0 : 1;
  }
  // Rosner's own simulations: between alpha and 1.2 alpha from 25 values on.
  CHECK(found / 2000.0 <= 0.05 * 1.2 + 4 * std::sqrt(0.05 * 0.95 / 2000));
  CHECK(found / 2000.0 >= 0.05 * 0.9 - 4 * std::sqrt(0.05 * 0.95 / 2000));
}

TEST_CASE("outlier rates stay below alpha exactly, and come near it by mid-p") {
  const batch::outlier_rate exact, mid({.mid = true});
  const auto rates = [](const batch::outlier_rate& test, double mean) {
    return [&test, mean](draws& d) { return test(d.poissons(10, mean), d.poissons(60, mean)).p_value; };
  };
  for (const double mean : {0.05, 0.5, 3.0}) check_rate("exact", 4000, kind::conservative, 0, rates(exact, mean));
  check_rate("mid-p", 4000, kind::exact, 0.1, rates(mid, 3.0));
}

TEST_CASE("Mann-Whitney, Anderson-Darling and Cramer-von Mises keep their rate") {
  batch::mann_whitney u;
  batch::anderson_darling ad;
  batch::cramer_von_mises cvm;
  check_rate("Mann-Whitney, exact", 4000, kind::exact, 0.03,
             [&](draws& d) { return u(d.normals(20), d.normals(31)).p_value; });
  check_rate("Mann-Whitney, normal", 4000, kind::exact, 0.03,
             [&](draws& d) { return u(d.normals(60), d.normals(80)).p_value; });
  for (const std::size_t n : {10UL, 50UL}) {
    check_rate("Anderson-Darling", 2000, kind::exact, 0.08,
               [&](draws& d) { return ad(d.normals(n), d.normals(2 * n)).p_value; });
    check_rate("Cramer-von Mises", 2000, kind::exact, 0.08,
               [&](draws& d) { return cvm(d.normals(n), d.normals(2 * n)).p_value; });
  }
}

TEST_CASE("augmented Dickey-Fuller keeps its rate on random walks") {
  batch::augmented_dickey_fuller adf({.lag = 2});
  check_rate("random walk", 2000, kind::exact, 0.1, [&](draws& d) {
    std::vector<double> walk = d.normals(250);
    for (std::size_t i = 1; i < walk.size(); ++i) walk[i] += walk[i - 1];
    return adf(walk).p_value;
  });
}
