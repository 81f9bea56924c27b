// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/config.hpp>

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>

namespace netanomaly::inline NETANOMALY_MODE::batch::detail {

/// P(X > x) of a positive X from its moment generating function M(s) = E e^(s X), to about 1e-13 relative, far tails
/// included: (1 / 2 pi i) times the integral of M(s) e^(-s x) / s along a hyperbola that crosses the real axis where
/// the integrand is least and opens to the right, where e^(-s x) decays.
///
/// log_m(s) is log M, analytic in the upper half plane and real on (0, first), M's singularities being on the real
/// axis, the first of them at `first`. slope(s) is its derivative there.
template <class LogM, class Slope>
double upper_tail_by_contour(double x, double first, const LogM& log_m, const Slope& slope) noexcept {
  using complex = std::complex<double>;
  if (!(x > 0)) return 1;
  double low = 0, high = first;
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (slope(middle) - x - 1 / middle < 0 ? low : high) = middle;
  }
  const double c = (low + high) / 2;
  const double a = (std::min)(c, first - c);
  const double peak = log_m(complex(c, 0)).real() - c * x;
  constexpr double h = 0.125;
  double sum = 0;
  for (int k = 0; k < 1000; ++k) {
    const double u = h * k;
    const complex s(c + a * (std::cosh(u) - 1), a * std::sinh(u));
    const complex derivative(a * std::sinh(u), a * std::cosh(u));
    const complex value = std::exp(log_m(s) - s * x - peak) / s * derivative;
    const double term = value.imag() * (k == 0 ? 0.5 : 1.0);
    sum += term;
    if (std::abs(value) < 1e-17 * std::abs(sum)) break;
  }
  return (std::min)(1.0, std::exp(peak) * sum * h / std::numbers::pi);
}

/// The limiting law of the Anderson-Darling statistic of `degrees` + 1 samples: sum of chi-squares of so many degrees
/// of freedom over j (j + 1). P(X > x).
inline double anderson_darling_limit(double x, double degrees) noexcept {
  using complex = std::complex<double>;
  constexpr double pi = std::numbers::pi;
  const auto log_m = [&](complex s) {
    const complex z = std::sqrt(1.0 + 8.0 * s) * (pi / 2);
    const complex i(0, 1);
    const complex log_cos = -i * z - std::log(2.0) + std::log(1.0 + std::exp(2.0 * i * z));
    return degrees / 2 * (std::log(2 * pi * s) - i * pi - log_cos);
  };
  const auto slope = [&](double s) {
    const double root = std::sqrt(1 + 8 * s);
    return degrees / 2 * (1 / s + std::tan(root * pi / 2) * 2 * pi / root);
  };
  return upper_tail_by_contour(x, 1, log_m, slope);
}

/// The limiting law of the Cramer-von Mises statistic: sum of chi-squares of one degree of freedom over (pi j)^2. P(X
/// > x).
inline double cramer_von_mises_limit(double x) noexcept {
  using complex = std::complex<double>;
  constexpr double pi = std::numbers::pi;
  const auto log_m = [&](complex s) {
    const complex z = std::sqrt(2.0 * s);
    const complex i(0, 1);
    const complex log_sin = -i * z + std::log(1.0 - std::exp(2.0 * i * z)) + std::log(complex(0, 0.5));
    return 0.5 * (std::log(z) - log_sin);
  };
  const auto slope = [&](double s) {
    const double z = std::sqrt(2 * s);
    return 0.5 * (1 / z - 1 / std::tan(z)) / z;
  };
  return upper_tail_by_contour(x, pi * pi / 2, log_m, slope);
}

}  // namespace netanomaly::inline NETANOMALY_MODE::batch::detail
