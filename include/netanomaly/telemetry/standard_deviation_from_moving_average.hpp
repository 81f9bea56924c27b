// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/concepts.hpp>
#include <netanomaly/core/config.hpp>
#include <netanomaly/core/params.hpp>
#include <netanomaly/telemetry/compatibility.hpp>
#include <netanomaly/telemetry/detail/newest.hpp>
#include <netanomaly/telemetry/windowed.hpp>
#include <netanomaly/window/extent.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string_view>

namespace netanomaly::inline NETANOMALY_MODE::telemetry {

/// How many standard deviations the newest value lies from the exponentially weighted mean of the window.
///
/// The weight of the value k steps back is (1 - a)^k, a = 1 / (1 + centre_of_mass); weights end with the window. (The
/// model whose weights never end is exponentially_weighted_z_score.)
///
/// Observes  timed<double>; weights go by count, not by time.
/// Score     |x - mean| / max(s, floor * |mean|), dimensionless; mean and s of the values before x, s made unbiased for
///           reliability weights.
/// Cost      O(1), about 15 ns; 8 bytes a point.
/// Source    Skyline's stddev_from_moving_average; pandas' ewm(com, adjust=True) for mean and unbiased deviation.
/// Departs   Skyline lets x take part in what it is measured by; with a weight of 2 % that hides what is less than 7
///           deviations away, and nothing can exceed 7. Here it does not. In `skyline` compatibility it does as
///           Skyline, from the second point on.
struct standard_deviation_from_moving_average_rule {
  static constexpr std::string_view kind = "standard_deviation_from_moving_average";
  static constexpr std::string_view summary =
      "distance from the exponentially weighted mean of the window, in its standard deviations";
  static constexpr auto needs = window::keep::values;

  struct params {
    window::extent extent{.points = 1440};
    double centre_of_mass = 50;
    std::uint32_t warmup = 30;
    double threshold = 3;
    double floor = 1e-9;
    compatibility mode = compatibility::none;

    static constexpr void describe(auto& p, auto&& field) {
      window::extent::describe(p.extent, field);
      field("centre_of_mass", p.centre_of_mass, between(0.1, 1e6), "observations", "mean age of what is averaged");
      field("warmup", p.warmup, at_least(3U), "observations", "in the window before the first judgement");
      field("threshold", p.threshold, above(0.0), "standard deviations", "a score above it is anomalous");
      field("floor", p.floor, between(0.0, 1.0), "of the mean", "least standard deviation");
      field("compatibility", p.mode, any_value(), "", "skyline: answer as Skyline does, and from the second point");
    }
    [[nodiscard]] result<void> check() const { return detail::check_warmup(warmup, extent, mode); }
    friend bool operator==(const params&, const params&) = default;
  };

  double deviation = std::numeric_limits<double>::quiet_NaN();  ///< distance from the weighted mean
  double scale = std::numeric_limits<double>::quiet_NaN();      ///< weighted standard deviation; NaN below two values

  verdict judge(const auto& window, const params& p) noexcept {
    const double x = window.newest().value;
    const double mean_before = anchor_ + offset_, scale_before = scale_;
    const double deviation_before = std::abs(distance(x));
    take(window, p);
    if (p.mode == compatibility::skyline) {
      scale = scale_;
      deviation = std::abs(distance(x));
      return detail::skyline_ratio(deviation, scale, p.threshold);
    }
    scale = scale_before;
    deviation = deviation_before;
    if (window.size() < p.warmup) return {};
    return detail::floored_ratio(deviation, scale, mean_before, p.floor, p.threshold);
  }

  void save(state_writer& out) const {
    for (const double d : {anchor_, sum_, squares_, peak_, offset_, scale_}) out.scalar(d);
  }
  void load(state_reader& in, const auto& window) {
    for (double* d : {&anchor_, &sum_, &squares_, &peak_, &offset_}) *d = in.finite();
    scale_ = in.scalar<double>();
    count_ = window.size();
  }

 private:
  // With d = x - anchor and r = 1 - a, the sums A = sum r^k d and B = sum r^k d^2 over the window; its weights sum to
  // W = (1 - r^n) / a, their squares to W2 = (1 - r^2n) / (1 - r^2). The weighted mean of squares about the mean is
  // B / W - (A / W)^2, which is accurate as long as the anchor is near the mean.
  void take(const auto& window, const params& p) noexcept {
    for (std::uint64_t left = window.left(); left != window.first(); ++left) {  // oldest first, before the newest comes
      const double w = count_ == weights_of_ ? oldest_weight_ : std::pow(kept(p), static_cast<double>(count_ - 1));
      const double d = window::detail::bounded(window.value(left) - anchor_);
      sum_ -= w * d;
      squares_ -= w * d * d;
      --count_;
    }
    const double newest = window.newest().value;
    if (count_ == 0) {
      anchor_ = newest;
      sum_ = squares_ = peak_ = 0;
    }
    if (++count_ != weights_of_) weigh(p);
    const double d = window::detail::bounded(newest - anchor_);
    sum_ = keep_ * sum_ + d;
    squares_ = keep_ * squares_ + d * d;
    peak_ = (std::max)(keep_ * peak_, squares_);
    offset_ = sum_ * share_;
    double variance = squares_ * share_ - offset_ * offset_;
    // Each step may round by 2^-53 of the peak: what falls to 2^-12 of it is summed anew, which keeps 1e-10.
    if (squares_ < peak_ * 0x1p-12 || offset_ * offset_ > variance * 1024) {
      // Equal values are their mean: an anchor that rounding put beside it would give them a deviation.
      bool equal = true;
      for (std::uint64_t i = window.first(); i != window.end() && equal; ++i) equal = window.value(i) == newest;
      anchor_ = equal ? newest : anchor_ + offset_;
      sum_ = squares_ = 0;
      for (std::uint64_t i = window.first(); i != window.end(); ++i) {
        const double e = window::detail::bounded(window.value(i) - anchor_);
        sum_ = keep_ * sum_ + e;
        squares_ = keep_ * squares_ + e * e;
      }
      peak_ = squares_;
      offset_ = sum_ * share_;
      variance = squares_ * share_ - offset_ * offset_;
    }
    scale_ = count_ < 2 ? std::numeric_limits<double>::quiet_NaN() : std::sqrt((std::max)(0.0, variance) * unbiased_);
  }
  [[nodiscard]] static double kept(const params& p) noexcept { return 1 - 1 / (1 + p.centre_of_mass); }
  /// What follows from the number of values.
  [[gnu::noinline]] void weigh(const params& p) noexcept {
    keep_ = kept(p);
    weights_of_ = count_;
    oldest_weight_ = std::pow(keep_, static_cast<double>(count_ - 1));
    const double rest = std::pow(keep_, static_cast<double>(count_));
    const double weights = (1 - rest) / (1 - keep_), squares = (1 - rest * rest) / (1 - keep_ * keep_);
    share_ = 1 / weights;
    unbiased_ = weights * weights / (weights * weights - squares);
  }
  [[nodiscard]] double distance(double x) const noexcept { return (x - anchor_) - offset_; }

  double anchor_ = 0, sum_ = 0, squares_ = 0;
  double peak_ = 0;    // what squares_ would be had nothing been taken out since the anchor was set
  double offset_ = 0;  // of the mean from the anchor
  double scale_ = std::numeric_limits<double>::quiet_NaN();
  std::uint64_t count_ = 0;
  std::uint64_t weights_of_ = 0;                                    // how many values these are of:
  double keep_ = 0, oldest_weight_ = 1, share_ = 1, unbiased_ = 1;  // r, r^(n - 1), 1 / W, W^2 / (W^2 - W2)
};
using standard_deviation_from_moving_average = windowed<standard_deviation_from_moving_average_rule>;
static_assert(detector<standard_deviation_from_moving_average> && configurable<standard_deviation_from_moving_average>);

}  // namespace netanomaly::inline NETANOMALY_MODE::telemetry
