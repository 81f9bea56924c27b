// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/config.hpp>

#include <bit>
#include <cstdint>

namespace netanomaly::inline NETANOMALY_MODE::learn::detail {

/// The natural logarithm of a normal number above 0, to 1e-13: the same bits with every C library, and inline.
///
/// x = 2^e m with m in [sqrt(1/2), sqrt(2)), s = (m - 1)/(m + 1): ln m = 2 (s + s^3/3 + s^5/5 + ...).
[[nodiscard]] inline double logarithm(double x) noexcept {
  constexpr std::uint64_t root_half = 0x3fe6a09e667f3bcdU;
  const auto bits = std::bit_cast<std::uint64_t>(x);
  const std::uint64_t shifted = bits - root_half;
  const auto exponent = static_cast<double>(static_cast<std::int64_t>(shifted) >> 52);
  const auto m = std::bit_cast<double>((shifted & 0x000fffffffffffffU) + root_half);
  const double s = (m - 1) / (m + 1);
  const double z = s * s;
  const double tail =
      z * (1.0 / 3 +
           z * (1.0 / 5 + z * (1.0 / 7 + z * (1.0 / 9 + z * (1.0 / 11 + z * (1.0 / 13 + z * (1.0 / 15 + z / 17)))))));
  return exponent * 0.6931471805599453 + 2 * (s + s * tail);
}

/// x ln x, and 0 at 0.
[[nodiscard]] inline double x_log_x(double x) noexcept { return x > 1e-300 ? x * logarithm(x) : 0; }

/// The logarithm of a product, with one logarithm at the end: significands are multiplied, exponents added.
class log_product {
 public:
  void multiply(double x) noexcept {  // normal and above 0
    const auto bits = std::bit_cast<std::uint64_t>(x);
    exponent_ += static_cast<std::int64_t>(bits >> 52) - 1023;
    significand_ *= std::bit_cast<double>((bits & 0x000fffffffffffffU) | 0x3ff0000000000000U);
    if (significand_ > 0x1p900) {
      const double s = significand_;
      significand_ = 1;
      carried_ += logarithm(s);
    }
  }
  [[nodiscard]] double value() const noexcept {
    return carried_ + logarithm(significand_) + 0.6931471805599453 * static_cast<double>(exponent_);
  }

 private:
  double significand_ = 1;
  std::int64_t exponent_ = 0;
  double carried_ = 0;
};

}  // namespace netanomaly::inline NETANOMALY_MODE::learn::detail
