// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/batch/detail/special.hpp>
#include <netanomaly/core/config.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <utility>

/// Tails of the distributions that the tests need, right to a few ulps wherever the probability is at least 1e-300.
///
/// _upper is P(X > x), or P(X >= k) for counts; _lower is the other side, P(X <= x), P(X <= k). A small tail is always
/// computed as itself, never as 1 minus the other. Out of the domain the answer is NaN.
///
/// Not Boost.Math, which needs extended precision to be this accurate, is slower (Student's t 1.7 us), raises or
/// reports errors behind the caller's back, and has no finite-sample Kolmogorov distribution: see
/// docs/batch-accuracy.md.

namespace netanomaly::inline NETANOMALY_MODE::batch {

using detail::tails;

/// P(Z > z) of the standard normal distribution.
inline double normal_upper(double z) noexcept {
  // z / sqrt(2) in two parts: far out, its rounding alone would cost three digits.
  constexpr detail::double_double half_root{std::numbers::sqrt2 / 2, -4.833646656726457e-17};
  const detail::double_double w = detail::double_double(z) * half_root;
  const double tail = std::erfc(w.hi);
  if (z < 1) return tail / 2;
  return tail / 2 * (1 - 2 * w.hi * w.lo * (1 + 0.5 / (w.hi * w.hi)));
}
/// P(Z <= z) of the standard normal distribution.
inline double normal_lower(double z) noexcept { return normal_upper(-z); }

/// z with P(Z > z) = p; 0 < p < 1.
inline double normal_upper_quantile(double p) noexcept {
  if (!detail::inside_unit(p)) return std::numeric_limits<double>::quiet_NaN();
  if (p > 0.5) {  // 1 - p is exact
    return -normal_upper_quantile(1 - p);
  }
  // A rational start (Abramowitz & Stegun 26.2.23, 4.5e-4), then Halley's method on the logarithm of the tail, or, near
  // the middle, where a difference of tails is what can be computed, on the central part.
  const double t = std::sqrt(-2 * std::log(p));
  double z = t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
  for (int i = 0; i < 4; ++i) {
    const double density = std::exp(-z * z / 2) * detail::inverse_sqrt_2pi;
    double step = 0;
    if (p > 0.25) {
      step = (std::erf(z / std::numbers::sqrt2) / 2 - (0.5 - p)) / density;
      step /= 1 + step * z / 2;
    } else {
      const double tail = normal_upper(z);
      const double slope = density / tail;
      step = -std::log(tail / p) / slope;
      step /= 1 - step * (slope - z) / 2;
    }
    z -= step;
    if (std::abs(step) < 1e-9 * std::abs(z)) break;  // the error cubes at each step
  }
  return z;
}

/// Both sides of chi-square at x, each in its own right.
inline tails chi_square_tails(double x, double degrees) noexcept {
  return detail::incomplete_gamma(degrees / 2, x / 2);
}
/// P(X >= x) of chi-square.
inline double chi_square_upper(double x, double degrees) noexcept { return chi_square_tails(x, degrees).upper; }
/// P(X <= x) of chi-square.
inline double chi_square_lower(double x, double degrees) noexcept { return chi_square_tails(x, degrees).lower; }

namespace detail {
/// t times the density of Student's t: x^a y^(1/2) / B(a, 1/2), x = degrees / (degrees + t^2), a = degrees / 2.
inline double student_t_slope(double t, double degrees) noexcept {
  const double_double square = two_product(t, t);
  const double_double sum = square + double_double(degrees);
  return binomial_factor(degrees / 2, 0.5, double_double(degrees) / sum, square / sum) * degrees / (degrees + 1) / 2;
}
}  // namespace detail

/// P(T > t) of Student's t.
inline double student_t_upper(double t, double degrees) noexcept {
  if (!(degrees > 0) || std::isnan(t)) return std::numeric_limits<double>::quiet_NaN();
  if (t == 0) return 0.5;
  if (std::abs(t) > 1e70 && std::abs(t) > degrees * 1e20) {
    // t^2 may overflow, and only the leading term is left: x^a / (2 a B(a, 1/2)), x = degrees / t^2, B from t = 1.
    const double y = 1 / (degrees + 1);
    const double tail = detail::student_t_slope(1, degrees) / std::sqrt(y) / degrees *
                        std::pow(std::sqrt(degrees + 1) / std::abs(t), degrees);
    return t > 0 ? tail : 1 - tail;
  }
  const detail::double_double square = detail::two_product(t, t);
  const detail::double_double sum = square + detail::double_double(degrees);
  const tails both = detail::incomplete_beta(degrees / 2, 0.5, detail::double_double(degrees) / sum, square / sum);
  return t > 0 ? both.lower / 2 : 0.5 + both.upper / 2;
}

/// t with P(T > t) = p; 0 < p < 1.
inline double student_t_upper_quantile(double p, double degrees) noexcept {
  if (!detail::inside_unit(p) || !(degrees > 0)) return std::numeric_limits<double>::quiet_NaN();
  if (p == 0.5) return 0;
  if (p > 0.5) return -student_t_upper_quantile(1 - p, degrees);
  // log P(T > e^s) is concave in s, so Newton's method cannot fail: from the normal quantile, which is too low, it
  // overshoots once and comes down from there.
  double t = normal_upper_quantile(p);
  for (int i = 0; i < 100; ++i) {
    const double tail = student_t_upper(t, degrees);
    const double ratio = (tail - p) / tail;
    const double step = std::abs(ratio) < 0.5 ? -std::log1p(-ratio) : std::log(tail / p);
    const double change = step * tail / detail::student_t_slope(t, degrees);
    t *= std::exp(change);
    if (std::abs(change) < 1e-9) break;  // the error squares at each step
  }
  return t;
}

/// P(X = k) of Poisson.
inline double poisson_probability(double k, double mean) noexcept { return detail::poisson_factor(k, mean); }
/// P(X >= k) and, as `lower`, P(X <= k).
inline tails poisson_tails(double k, double mean) noexcept {
  if (!(mean >= 0)) return {};
  if (mean == 0) return {k >= 0 ? 1.0 : 0.0, k <= 0 ? 1.0 : 0.0};
  return {k < 0 ? 0 : detail::incomplete_gamma(k + 1, mean).upper,
          k <= 0 ? 1 : detail::incomplete_gamma(k, mean).lower};
}

namespace detail {
/// Binomial tails, the probability of success given with its complement. k = 0 ... n.
inline tails binomial_tails(double k, double n, double_double p, double_double q) noexcept {
  if (!(n >= 0) || !(p.hi >= 0) || !(q.hi >= 0)) return {};
  return {k < 0 ? 0 : (k >= n ? 1 : incomplete_beta(k + 1, n - k, p, q).upper),
          k <= 0 ? 1 : (k > n ? 0 : incomplete_beta(k, n - k + 1, p, q).lower)};
}
}  // namespace detail

/// P(X = k) of n trials.
inline double binomial_probability(double k, double n, double p) noexcept {
  return k < 0 || k > n ? 0 : detail::binomial_factor(k, n - k, p, detail::two_sum(1, -p));
}
/// P(X >= k) and, as `lower`, P(X <= k).
inline tails binomial_tails(double k, double n, double p) noexcept {
  return detail::binomial_tails(k, n, p, detail::two_sum(1, -p));
}

/// The limiting law of sqrt(n) D: `lower` is P(K < x), `upper` P(K >= x).
///
/// Source    Kolmogorov, Giornale dell'Istituto Italiano degli Attuari 4, 1933; both theta series.
inline tails kolmogorov_limit(double x) noexcept {
  if (!(x > 0)) return std::isnan(x) ? tails{} : tails{0, 1};
  if (x < 1) {
    const detail::double_double w = detail::double_double(-1) / detail::two_product(x, x);
    constexpr detail::double_double eighth_of_pi_squared{1.2337005501361697, 7.831619385924639e-17};
    const detail::double_double e = w * eighth_of_pi_squared;
    const double first = detail::exp(e);
    const double q = std::exp(8 * e.hi);  // powers 1, 9, 25: q = first^8, then first^24
    const double lower = std::sqrt(2 * std::numbers::pi) / x * first * (1 + q * (1 + q * q * (1 + q * q * q)));
    return {lower, 1 - lower};
  }
  const detail::double_double square = detail::two_product(x, x);
  const double first = detail::exp({-2 * square.hi, -2 * square.lo});
  const double q = std::exp(-6 * square.hi);  // first^4 = first q, first^9 = first q q^(5/3)
  const double q2 = std::exp(-10 * square.hi);
  const double q3 = std::exp(-14 * square.hi);
  const double upper = 2 * first * (1 - q * (1 - q2 * (1 - q3)));
  return {1 - upper, upper};
}

/// The density of the limiting law, right to 1e-12; the derivatives of the same two series, term by term.
inline double kolmogorov_limit_density(double x) noexcept {
  if (!(x > 0) || std::isinf(x)) return std::isnan(x) ? x : 0;
  double sum = 0;
  if (x < 1) {  // of sqrt(2 pi) / x exp(-a / x^2), a = (2k - 1)^2 pi^2 / 8
    for (int k = 5; k > 0; k -= 2) {
      const double a = k * k * (std::numbers::pi * std::numbers::pi / 8) / (x * x);
      sum += std::exp(-a) * (2 * a - 1);
    }
    return std::sqrt(2 * std::numbers::pi) / (x * x) * sum;
  }
  for (int k = 5; k > 0; --k) sum += (k % 2 == 1 ? 1 : -1) * (k * k) * std::exp(-2 * k * k * x * x);
  return 8 * x * sum;
}

}  // namespace netanomaly::inline NETANOMALY_MODE::batch
