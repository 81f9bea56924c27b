// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/batch/detail/double_double.hpp>
#include <netanomaly/core/config.hpp>

#include <cmath>
#include <cstddef>
#include <limits>
#include <span>

namespace netanomaly::inline NETANOMALY_MODE::batch {

/// Mean and sum of squares about it, in double-double: what a double holds of them is right to the last bit or two
/// even where the values share their first fifteen digits.
struct summary {
  std::size_t count = 0;          ///< values
  detail::double_double mean;     ///< 0 where there are none
  detail::double_double squares;  ///< sum (x - mean)^2

  /// O(n), two passes; finite values.
  explicit summary(std::span<const double> values) noexcept : count(values.size()) {
    if (values.empty()) return;
    detail::double_double sum;
    for (const double x : values) sum += detail::double_double(x);
    mean = sum / detail::double_double(static_cast<double>(count));
    for (const double x : values) {
      const detail::double_double d = detail::double_double(x) - mean;
      squares += d * d;
    }
  }

  /// With n - 1 in the denominator; NaN for fewer than two values.
  [[nodiscard]] double variance() const noexcept {
    if (count < 2) return std::numeric_limits<double>::quiet_NaN();
    return (squares / detail::double_double(static_cast<double>(count - 1))).hi;
  }
  /// The root of variance().
  [[nodiscard]] double standard_deviation() const noexcept {
    if (count < 2) return std::numeric_limits<double>::quiet_NaN();
    return sqrt(squares / detail::double_double(static_cast<double>(count - 1))).hi;
  }
  /// sum (x[t] - mean)(x[t + lag] - mean) / squares, of the same values.
  [[nodiscard]] double autocorrelation(std::span<const double> values, std::size_t lag) const noexcept {
    detail::double_double sum;
    for (std::size_t t = lag; t < values.size(); ++t)
      sum += (detail::double_double(values[t]) - mean) * (detail::double_double(values[t - lag]) - mean);
    return (sum / squares).hi;
  }
};

}  // namespace netanomaly::inline NETANOMALY_MODE::batch
