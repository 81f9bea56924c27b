// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/config.hpp>
#include <netanomaly/window/order_statistics.hpp>

#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>

namespace netanomaly::inline NETANOMALY_MODE::window {

/// The edges of bins of equal width from a least to a greatest value, both finite.
///
/// Bin j is [edge(j), edge(j + 1)), the last one closed, as numpy.histogram has them; where least and greatest are
/// equal the range is that value -0.5 to +0.5.
class bin_edges {
 public:
  /// One bin from -0.5 to 0.5.
  bin_edges() noexcept : bin_edges(0, 0, 1) {}
  /// At least one bin and fewer than 2^32.
  bin_edges(double least, double greatest, std::size_t bins) noexcept
      : least_(least), greatest_(greatest), bins_(static_cast<std::uint32_t>(bins)), low_(least), high_(greatest) {
    if (low_ == high_) {
      low_ -= 0.5;
      high_ += 0.5;
    }
    is_wide_ = std::isinf(high_ - low_);
    width_ = is_wide_ ? high_ / bins_ - low_ / bins_ : (high_ - low_) / bins_;
  }

  [[nodiscard]] std::size_t bins() const noexcept { return bins_; }  ///< as constructed
  /// Whether these are the edges of so many bins between these two values.
  [[nodiscard]] bool span(double least, double greatest, std::size_t bins) const noexcept {
    return least == least_ && greatest == greatest_ && bins == bins_;
  }
  /// Where bin j begins; edge(bins()) is the greatest value.
  [[nodiscard]] double edge(std::size_t j) const noexcept { return edge_of(static_cast<std::uint32_t>(j)); }
  /// The bin that holds x; SIZE_MAX outside the range.
  [[nodiscard]] std::size_t bin_of(double x) const noexcept {
    if (std::isnan(x) || x < low_ || x > high_) return static_cast<std::size_t>(-1);
    const double guess = (x - low_) / width_;  // infinite where the range is more than a double holds, or all is tiny
    std::uint32_t j = guess < bins_ ? static_cast<std::uint32_t>(guess) : bins_ - 1;
    while (j > 0 && x < edge_of(j)) --j;
    while (j + 1 < bins_ && x >= edge_of(j + 1)) ++j;
    return j;
  }

 private:
  [[nodiscard]] double edge_of(std::uint32_t j) const noexcept {
    if (j == bins_) return high_;
    if (is_wide_ && j > bins_ / 2) return high_ - (bins_ - j) * width_;
    return low_ + j * width_;
  }

  double least_, greatest_;  // as constructed
  std::uint32_t bins_;
  bool is_wide_ = false;  // high_ - low_ is more than a double holds
  double low_, high_, width_ = 0;
};

/// A histogram of the values of an order, with bins of equal width from the least to the greatest value: counted where
/// it is asked, by two look-ups of rank a bin, without a pass over the values.
///
/// A view: valid while the order is there and unchanged.
///
/// Takes     an order_statistics with at least one value, and at least one bin.
/// Cost      O(1) to make, O(log n) a count.
template <std::floating_point Real>
class histogram : public bin_edges {
 public:
  /// Over the values of `order` as they are now.
  histogram(const order_statistics<Real>& order, std::size_t bins) noexcept
      : histogram(order, bin_edges(order.least(), order.greatest(), bins)) {}
  /// The same, with edges that span the values.
  histogram(const order_statistics<Real>& order, const bin_edges& edges) noexcept : bin_edges(edges), order_(&order) {}

  /// How many values bin j holds.
  [[nodiscard]] std::size_t count(std::size_t j) const noexcept {
    const std::size_t below = j == 0 ? 0 : order_->count_below(edge(j));
    return (j + 1 == bins() ? order_->size() : order_->count_below(edge(j + 1))) - below;
  }

 private:
  const order_statistics<Real>* order_;
};

}  // namespace netanomaly::inline NETANOMALY_MODE::window
