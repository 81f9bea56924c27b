// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/config.hpp>
#include <netanomaly/core/state.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace netanomaly::inline NETANOMALY_MODE::window {

/// Exponentially weighted mean and variance: the newest value has weight 1, the one k steps before it (1 - alpha)^k.
///
/// With `adjusted` (the default) the weights that exist are normalised to sum to 1, so that the start is an honest
/// average of little; without it the first value takes the place of all that came before it, the textbook recursion
/// m = (1 - alpha) m + alpha x. Both as pandas' ewm(adjust=...).
///
/// Cost      add() O(1), about 8 ns; 48 bytes. Order matters, so it does not merge.
/// Source    West, Communications of the ACM 22(9), 1979 (weighted updating); Finch, Incremental calculation of
/// weighted
///           mean and variance, 2009.
class ewma {
 public:
  /// `alpha` above 0 and at most 1.
  constexpr explicit ewma(double alpha, bool adjusted = true) noexcept
      : keep_(1 - alpha), first_(adjusted ? 1 : 1 / alpha) {}

  /// The weight that halves every `observations`.
  [[nodiscard]] static double alpha_of_half_life(double observations) noexcept {
    return -std::expm1(-0.69314718055994530942 / observations);
  }
  /// pandas' centre of mass.
  [[nodiscard]] static constexpr double alpha_of_centre_of_mass(double observations) noexcept {
    return 1 / (1 + observations);
  }

  // With weight sums W (weights) and W2 (their squares) decayed by k = 1 - alpha and k^2 at each step, and the newest
  // weight w: m' = m + d w / W', squares' = k squares + d^2 w k W / W', where d = x - m and W' = k W + w.
  /// O(1); x is finite.
  constexpr void add(double x) noexcept {
    const double w = count_ == 0 ? first_ : 1;
    const double before = keep_ * weight_;
    weight_ = before + w;
    weight2_ = keep_ * keep_ * weight2_ + w * w;
    const double d = bounded(x - mean_);
    mean_ += d * (w / weight_);
    if (count_ == 0) mean_ = x;
    squares_ = keep_ * squares_ + d * d * (w * (before / weight_));
    ++count_;
  }

  [[nodiscard]] constexpr std::uint64_t count() const noexcept { return count_; }  ///< values so far
  /// 0 where there is nothing.
  [[nodiscard]] constexpr double mean() const noexcept { return mean_; }
  /// Weighted mean of the squared distances from mean().
  [[nodiscard]] constexpr double biased_variance() const noexcept { return count_ == 0 ? 0 : squares_ / weight_; }
  /// The same made unbiased by W^2 / (W^2 - W2), for reliability weights; 0 below two values.
  [[nodiscard]] constexpr double variance() const noexcept {
    const double left = weight_ * weight_ - weight2_;
    return count_ < 2 || !(left > 0) ? 0 : squares_ / weight_ * (weight_ * weight_ / left);
  }
  [[nodiscard]] double deviation() const noexcept { return std::sqrt(variance()); }  ///< the root of variance()

  constexpr void clear() noexcept { count_ = 0, weight_ = weight2_ = mean_ = squares_ = 0; }

  /// The sums; alpha and mode are the owner's parameters.
  void save(state_writer& out) const {
    out.scalar(count_), out.scalar(weight_), out.scalar(weight2_), out.scalar(mean_), out.scalar(squares_);
  }
  void load(state_reader& in) {
    count_ = in.count();
    weight_ = in.finite(), weight2_ = in.finite(), mean_ = in.finite(), squares_ = in.finite();
    const double most = first_ * static_cast<double>(count_);
    if (weight_ < 0 || weight_ > most || weight2_ < 0 || weight2_ > first_ * most || squares_ < 0 ||
        squares_ > 1e281 * most || (count_ > 0 && weight_ == 0))
      in.fail("weights that cannot be");
  }

 private:
  static constexpr double bounded(double d) noexcept { return std::clamp(d, -1e140, 1e140); }  // squares stay finite

  double keep_;
  double first_;
  std::uint64_t count_ = 0;
  double weight_ = 0;
  double weight2_ = 0;
  double mean_ = 0;
  double squares_ = 0;
};

}  // namespace netanomaly::inline NETANOMALY_MODE::window
