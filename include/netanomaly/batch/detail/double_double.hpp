// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/config.hpp>

#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace netanomaly::inline NETANOMALY_MODE::batch::detail {

/// About 106 bits as an unevaluated sum hi + lo, |lo| <= half an ulp of hi. What double loses in an exponent of
/// several hundred, or in an ill-conditioned least-squares problem, it keeps.
///
/// Source    Dekker, Numerische Mathematik 18, 1971; Hida, Li & Bailey, ARITH-15, 2001.
/// Departs   by splitting with a bit mask instead of a product: no overflow, and contraction by the compiler is
///           harmless.
struct double_double {
  double hi = 0;
  double lo = 0;

  constexpr double_double() noexcept = default;
  constexpr double_double(double h, double l = 0) noexcept : hi(h), lo(l) {}  // NOLINT(google-explicit-constructor)
  constexpr explicit operator double() const noexcept { return hi + lo; }
};

/// a + b exactly.
constexpr double_double two_sum(double a, double b) noexcept {
  const double s = a + b;
  const double t = s - a;
  return {s, (a - (s - t)) + (b - t)};
}

/// a + b exactly, where |a| >= |b|.
constexpr double_double fast_two_sum(double a, double b) noexcept {
  const double s = a + b;
  return {s, b - (s - a)};
}

/// a * b, exact but for the last bit of the lower half.
constexpr double_double two_product(double a, double b) noexcept {
  constexpr std::uint64_t upper = ~((std::uint64_t{1} << 27) - 1);
  const auto ah = std::bit_cast<double>(std::bit_cast<std::uint64_t>(a) & upper);
  const auto bh = std::bit_cast<double>(std::bit_cast<std::uint64_t>(b) & upper);
  const double al = a - ah;
  const double bl = b - bh;
  const double p = a * b;
  return {p, ((ah * bh - p) + ah * bl + al * bh) + al * bl};
}

constexpr double_double operator-(double_double a) noexcept { return {-a.hi, -a.lo}; }
constexpr double_double operator+(double_double a, double_double b) noexcept {
  const double_double s = two_sum(a.hi, b.hi);
  const double_double t = two_sum(a.lo, b.lo);
  const double_double u = fast_two_sum(s.hi, s.lo + t.hi);
  return fast_two_sum(u.hi, u.lo + t.lo);
}
constexpr double_double operator-(double_double a, double_double b) noexcept { return a + -b; }
constexpr double_double operator*(double_double a, double_double b) noexcept {
  const double_double p = two_product(a.hi, b.hi);
  return fast_two_sum(p.hi, p.lo + (a.hi * b.lo + a.lo * b.hi));
}
constexpr double_double operator/(double_double a, double_double b) noexcept {
  const double q = a.hi / b.hi;
  const double_double r = a - b * double_double(q);
  const double q2 = r.hi / b.hi;
  const double_double s = r - b * double_double(q2);
  const double_double t = fast_two_sum(q, q2);
  return fast_two_sum(t.hi, t.lo + s.hi / b.hi);
}
constexpr double_double& operator+=(double_double& a, double_double b) noexcept { return a = a + b; }
constexpr double_double& operator-=(double_double& a, double_double b) noexcept { return a = a - b; }
constexpr double_double& operator*=(double_double& a, double_double b) noexcept { return a = a * b; }
constexpr bool operator<(double_double a, double_double b) noexcept {
  return a.hi < b.hi || (a.hi == b.hi && a.lo < b.lo);
}
constexpr bool operator==(double_double a, double_double b) noexcept { return a.hi == b.hi && a.lo == b.lo; }
constexpr double_double abs(double_double a) noexcept { return a.hi < 0 ? -a : a; }

inline double_double sqrt(double_double a) noexcept {
  if (!(a.hi > 0)) return {0};
  const double s = std::sqrt(a.hi);
  const double_double r = a - double_double(s) * double_double(s);
  return fast_two_sum(s, r.hi / (2 * s));
}

inline constexpr double_double ln2{0.6931471805599453, 2.3190468138462996e-17};

/// log(k / 128) for k = 64 ... 128, by the series of 2 atanh((c - 1) / (c + 1)).
inline constexpr std::array<double_double, 65> log_table = [] {
  std::array<double_double, 65> table;
  for (int k = 64; k < 128; ++k) {
    const double_double z = double_double(k - 128) / double_double(k + 128);
    const double_double z2 = z * z;
    double_double power = z;
    double_double sum = z;
    for (int j = 3; j < 70; j += 2) {
      power = power * z2;
      sum = sum + power / double_double(j);
    }
    table[static_cast<std::size_t>(k - 64)] = sum + sum;
  }
  return table;
}();

/// Natural logarithm of a positive, normal x; the absolute error is below 1e-22.
inline double_double log(double_double x) noexcept {
  int exponent = 0;
  const double m = std::frexp(x.hi, &exponent);
  const auto k = static_cast<std::size_t>(m * 128 + 0.5);  // NOLINT(bugprone-incorrect-roundings)
  const double c = static_cast<double>(k) / 128;
  const double_double f = (double_double(m - c) + double_double(std::ldexp(x.lo, -exponent))) / double_double(c);
  // log(1 + f), |f| <= 1/128: the first two terms in full, the rest in double.
  const double g = f.hi;
  const double rest =
      g * g * g *
      (1.0 / 3 -
       g * (1.0 / 4 - g * (1.0 / 5 - g * (1.0 / 6 - g * (1.0 / 7 - g * (1.0 / 8 - g * (1.0 / 9 - g * (1.0 / 10))))))));
  const double_double square = f * f;
  return double_double(exponent) * ln2 + log_table[k - 64] + f - double_double(square.hi / 2, square.lo / 2) +
         double_double(rest);
}

/// e^x as a double: what lo adds is not lost.
inline double exp(double_double x) noexcept { return std::exp(x.hi) * (1 + x.lo); }

}  // namespace netanomaly::inline NETANOMALY_MODE::batch::detail
