// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/batch/detail/double_double.hpp>
#include <netanomaly/core/config.hpp>

#include <array>
#include <cmath>
#include <cstddef>
#include <limits>

/// Incomplete gamma and beta functions, to a few ulps from one end of the double range to the other.
///
/// What limits the usual ways is the factor in front, x^a e^-x / Gamma(a + 1) and its like: an exponent of -700
/// rounded to double alone costs 1e-13. Here it is Loader's saddle-point form, with the deviance in double-double.
///
/// Source    Loader, "Fast and accurate computation of binomial probabilities", 2000; Didonato & Morris, ACM TOMS
///           18(3), 1992, for the continued fraction of the incomplete beta function.

namespace netanomaly::inline NETANOMALY_MODE::batch::detail {

inline constexpr double tiny = 1e-290;
inline constexpr int most_steps = 1'000'000;  // of a continued fraction; never needed
inline constexpr double epsilon = std::numeric_limits<double>::epsilon();
inline constexpr double inverse_sqrt_2pi = 0.39894228040143267794;

/// log Gamma(z + 1) minus its Stirling approximation, (z + 1/2) log z - z + log(2 pi) / 2; z > 0.
inline double stirling_error(double z) noexcept {
  static constexpr std::array<double, 31> halves = {
      0.15342640972002734529,   0.08106146679532725822,   0.054814121051917653896,  0.041340695955409294094,
      0.033162873519936287485,  0.027677925684998339149,  0.023746163656297495971,  0.020790672103765093112,
      0.018488450532673185231,  0.016644691189821192163,  0.015134973221917378874,  0.013876128823070747999,
      0.012810465242920226924,  0.011896709945891770095,  0.011104559758206917327,  0.010411265261972096497,
      0.0097994161261588032984, 0.0092554621827127329177, 0.008768700134139385463,  0.0083305634333628712565,
      0.0079341145643140205472, 0.007573675487951840795,  0.0072445543013203831795, 0.0069428401072095298657,
      0.0066652470327076824424, 0.0064089941880042070684, 0.0061717122630394576475, 0.0059513701127588477356,
      0.005746216513010115682,  0.005554733551962801371,  0.0053755990329268344936};
  double shift = 0;
  if (z < 15.75) {
    const double twice = 2 * z;
    if (twice >= 1 && twice == std::floor(twice)) return halves[static_cast<std::size_t>(twice) - 1];
    while (z < 15.75) {
      shift += (z + 0.5) * std::log1p(1 / z) - 1;
      z += 1;
    }
  }
  const double s = 1 / (z * z);
  return shift +
         (1.0 / 12 - s * (1.0 / 360 - s * (1.0 / 1260 - s * (1.0 / 1680 - s * (1.0 / 1188 - s * (691.0 / 360360)))))) /
             z;
}

/// x log(x / mean) + mean - x: half the deviance of a count x whose expectation is `mean`; x >= 0, mean > 0.
inline double_double half_deviance(double x, double_double mean) noexcept {
  if (x == 0) return mean;
  const double difference = (x - mean.hi) - mean.lo;
  const double v = difference / (x + mean.hi);
  if (std::abs(v) < 0.1 && std::abs(difference * v) < 4) {
    // 2 x (atanh(v) - v) + difference * v
    const double v2 = v * v;
    double power = 2 * x * v;
    double sum = difference * v;
    for (int j = 3;; j += 2) {
      power *= v2;
      const double next = sum + power / j;
      if (next == sum) return {sum};
      sum = next;
    }
  }
  return double_double(x) * log(double_double(x) / mean) + (mean - double_double(x));
}

/// mean^x e^-mean / Gamma(x + 1): the Poisson probability of x, or the factor of the incomplete gamma function.
inline double poisson_factor(double x, double_double mean) noexcept {
  if (mean.hi == 0) return x == 0 ? 1 : 0;
  if (x == 0) return exp(-mean);
  if (mean.hi < x * 1e-300) return 0;
  return exp(-half_deviance(x, mean) - double_double(stirling_error(x))) * inverse_sqrt_2pi / std::sqrt(x);
}

/// Gamma(a + b + 1) / (Gamma(a + 1) Gamma(b + 1)) x^a y^b, x + y = 1: the binomial probability of a among n = a + b,
/// given the expectations n x and n y.
inline double binomial_factor_of_means(double a, double b, double_double mean_a, double_double mean_b) noexcept {
  if ((a > 0 && !(mean_a.hi > a * 1e-300)) || (b > 0 && !(mean_b.hi > b * 1e-300))) return 0;
  const double_double deviance = half_deviance(a, mean_a) + half_deviance(b, mean_b);
  if (a == 0 || b == 0) return exp(-deviance);
  const double n = a + b;
  return exp(double_double(stirling_error(n) - stirling_error(a) - stirling_error(b)) - deviance) * inverse_sqrt_2pi *
         std::sqrt(n / a / b);
}
inline double binomial_factor(double a, double b, double_double x, double_double y) noexcept {
  const double_double n = two_sum(a, b);
  return binomial_factor_of_means(a, b, n * x, n * y);
}

/// Whether 0 < p < 1; false for NaN.
inline bool inside_unit(double p) noexcept { return p > 0 && p < 1; }

/// Both tails of a distribution.
struct tails {
  double lower = std::numeric_limits<double>::quiet_NaN();
  double upper = std::numeric_limits<double>::quiet_NaN();
};

/// P(a, x) and Q(a, x), the regularized incomplete gamma functions; a > 0, x >= 0. Cost O(sqrt(a)) where x is near a.
inline tails incomplete_gamma(double a, double_double x) noexcept {
  if (!(a > 0) || !(x.hi >= 0)) return {};
  if (x.hi == 0) return {0, 1};
  if (!(x.hi < (std::numeric_limits<double>::max)())) return {1, 0};
  const double factor = poisson_factor(a, x);
  if (x.hi <= a + 1) {
    double term = 1;
    double sum = 1;
    for (int k = 1; term > sum * (epsilon / 4); ++k) {
      term *= x.hi / (a + k);
      sum += term;
    }
    const double lower = factor * sum;
    return {lower, 1 - lower};
  }
  // Legendre's continued fraction by the modified Lentz method.
  double b = (x.hi - a) + 1 + x.lo;
  double c = 1 / tiny;
  double d = 1 / b;
  double f = d;
  for (int step_count = 1; step_count < most_steps; ++step_count) {
    const double k = step_count;
    const double an = k * (a - k);
    b += 2;
    d = an * d + b;
    if (std::abs(d) < tiny) d = tiny;
    c = b + an / c;
    if (std::abs(c) < tiny) c = tiny;
    d = 1 / d;
    const double step = c * d;
    f *= step;
    if (std::abs(step - 1) < epsilon) break;
  }
  const double upper = factor * a * f;
  return {1 - upper, upper};
}

/// The lower tail of the beta distribution, x below its mean or near it; x + y = 1.
inline double beta_fraction(double a, double b, double_double x, double_double y) noexcept {
  const double factor = binomial_factor(a, b, x, y) * (a / (a + b)) * b;
  if (factor == 0) return 0;
  // beta_0 + alpha_1 / (beta_1 + alpha_2 / (beta_2 + ...)), modified Lentz.
  const double lambda = (a * y.hi - b * x.hi) + (a * y.lo - b * x.lo);
  const double x2 = x.hi * x.hi;
  double f = a / (a + 1) * (lambda + 1);
  if (std::abs(f) < tiny) f = tiny;
  double c = f;
  double d = 0;
  for (int step_count = 1; step_count < most_steps; ++step_count) {
    const double k = step_count;
    const double before = a + 2 * k - 1;
    const double alpha = (a + k - 1) / before * ((a + b + k - 1) / before) * k * (b - k) * x2;
    const double beta = k + k * (b - k) * x.hi / before + (a + k) / (before + 2) * (lambda + 1 + k * (1 + y.hi));
    d = beta + alpha * d;
    if (std::abs(d) < tiny) d = tiny;
    c = beta + alpha / c;
    if (std::abs(c) < tiny) c = tiny;
    d = 1 / d;
    const double step = c * d;
    f *= step;
    if (std::abs(step - 1) < epsilon) break;
  }
  return factor / f;
}

/// I_x(a, b) and 1 - I_x(a, b), the regularized incomplete beta function, given x and y = 1 - x; a, b > 0. Cost
/// O(sqrt(max(a, b))) where x is near the mean.
inline tails incomplete_beta(double a, double b, double_double x, double_double y) noexcept {
  if (!(a > 0) || !(b > 0) || !(x.hi >= 0) || !(y.hi >= 0)) return {};
  if (x.hi == 0) return {0, 1};
  if (y.hi == 0) return {1, 0};
  if (a * y.hi > b * x.hi) {  // x below the mean
    const double lower = beta_fraction(a, b, x, y);
    return {lower, 1 - lower};
  }
  const double upper = beta_fraction(b, a, y, x);
  return {1 - upper, upper};
}

}  // namespace netanomaly::inline NETANOMALY_MODE::batch::detail
