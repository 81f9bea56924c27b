// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/config.hpp>
#include <netanomaly/window/order_statistics.hpp>

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>

namespace netanomaly::inline NETANOMALY_MODE::window {

/// A histogram of the values of an order, with bins of equal width from the least to the greatest value: counted where
/// it is asked, by two look-ups of rank a bin, without a pass over the values.
///
/// Bin j is [edge(j), edge(j + 1)), the last one closed, as numpy.histogram has them; where all values are equal the
/// range is that value -0.5 to +0.5. A view: valid while the order is there and unchanged.
///
/// Takes     an order_statistics with at least one value, and at least one bin.
/// Cost      O(1) to make, O(log n) a count.
template <std::floating_point Real>
class histogram {
 public:
  /// Over the values of `order` as they are now.
  histogram(const order_statistics<Real>& order, std::size_t bins) noexcept
      : order_(&order), bins_(bins), low_(order.least()), high_(order.greatest()) {
    if (low_ == high_) {
      low_ -= 0.5;
      high_ += 0.5;
    }
    const auto n = static_cast<double>(bins);
    is_wide_ = std::isinf(high_ - low_);
    width_ = is_wide_ ? high_ / n - low_ / n : (high_ - low_) / n;
  }

  [[nodiscard]] std::size_t bins() const noexcept { return bins_; }  ///< as constructed
  /// Where bin j begins; edge(bins()) is the greatest value.
  [[nodiscard]] double edge(std::size_t j) const noexcept {
    if (j == bins_) return high_;
    if (is_wide_ && j > bins_ / 2) return high_ - static_cast<double>(bins_ - j) * width_;
    return low_ + static_cast<double>(j) * width_;
  }
  /// The bin that holds x; SIZE_MAX outside the range.
  [[nodiscard]] std::size_t bin_of(double x) const noexcept {
    if (std::isnan(x) || x < low_ || x > high_) return static_cast<std::size_t>(-1);
    const double guess = width_ > 0 ? (x - low_) / width_ : 0;  // infinite where the range is more than a double holds
    std::size_t j = guess < static_cast<double>(bins_) ? static_cast<std::size_t>((std::max)(guess, 0.0)) : bins_ - 1;
    while (j > 0 && x < edge(j)) --j;
    while (j + 1 < bins_ && x >= edge(j + 1)) ++j;
    return j;
  }
  /// How many values bin j holds.
  [[nodiscard]] std::size_t count(std::size_t j) const noexcept {
    const std::size_t below = j == 0 ? 0 : order_->count_below(edge(j));
    return (j + 1 == bins_ ? order_->size() : order_->count_below(edge(j + 1))) - below;
  }

 private:
  const order_statistics<Real>* order_;
  std::size_t bins_;
  double low_, high_, width_ = 0;
  bool is_wide_ = false;  // high_ - low_ is more than a double holds
};

}  // namespace netanomaly::inline NETANOMALY_MODE::window
