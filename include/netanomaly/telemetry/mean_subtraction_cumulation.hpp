// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/concepts.hpp>
#include <netanomaly/core/config.hpp>
#include <netanomaly/core/params.hpp>
#include <netanomaly/telemetry/compatibility.hpp>
#include <netanomaly/telemetry/detail/newest.hpp>
#include <netanomaly/telemetry/windowed.hpp>
#include <netanomaly/window/extent.hpp>
#include <netanomaly/window/moments.hpp>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string_view>

namespace netanomaly::inline NETANOMALY_MODE::telemetry {

/// How many standard deviations the newest value lies from the mean of the others in its window.
///
/// The name is Skyline's, where the mean is subtracted and nothing is cumulated. The newest value takes no part in what
/// it is measured by, so a spike cannot hide behind the deviation that it makes itself: the score has no upper bound,
/// where that of standard_deviation_from_average ends at (n - 1) / sqrt(n).
///
/// Observes  timed<double>; the time matters only to a window bounded by time.
/// Score     |x - mean| / max(s, floor * |mean|), dimensionless; mean and s (n - 1 in the denominator) of the others.
/// Cost      O(1), about 15 ns; 8 bytes a point. A value that outweighs all others makes it read the window once.
/// Source    Skyline's mean_subtraction_cumulation.
/// Departs   by the floor: Skyline finds a change of the last bit in a constant past. In `skyline` compatibility it
/// does as
///           Skyline, from the third point on.
struct mean_subtraction_cumulation_rule {
  static constexpr std::string_view kind = "mean_subtraction_cumulation";
  static constexpr std::string_view summary =
      "distance from the mean of the others in the window, in their standard deviations";
  static constexpr auto needs = window::keep::moments;

  struct params {
    window::extent extent{.points = 1440};
    std::uint32_t warmup = 30;
    double threshold = 3;
    double floor = 1e-9;
    compatibility mode = compatibility::none;

    static constexpr void describe(auto& p, auto&& field) {
      window::extent::describe(p.extent, field);
      field("warmup", p.warmup, at_least(3U), "observations", "in the window before the first judgement");
      field("threshold", p.threshold, above(0.0), "standard deviations", "a score above it is anomalous");
      field("floor", p.floor, between(0.0, 1.0), "of the mean", "least standard deviation");
      field("compatibility", p.mode, any_value(), "", "skyline: answer as Skyline does, and from the third point");
    }
    [[nodiscard]] result<void> check() const { return detail::check_warmup(warmup, extent, mode); }
    friend bool operator==(const params&, const params&) = default;
  };

  double deviation = std::numeric_limits<double>::quiet_NaN();  ///< distance from the mean of the others
  double scale = std::numeric_limits<double>::quiet_NaN();      ///< their standard deviation; NaN below three values

  // With d = x - mean of all n: the others have the mean  mean - d / (n - 1),  so x lies d n / (n - 1) from it, and the
  // sum of squares  S - d^2 n / (n - 1). Where x makes most of S that difference loses digits, and is summed anew.
  verdict judge(const auto& window, const params& p) noexcept {
    const auto& all = window.moments();
    deviation = scale = std::numeric_limits<double>::quiet_NaN();
    if (all.count() < 2) return {};
    const double x = window.newest().value;
    if (count_ != all.count()) {
      count_ = all.count();
      const auto n = static_cast<double>(count_);
      up_ = n / (n - 1);
      share_ = 1 / (n - 2);
    }
    const double d = all.deviation(x), own = d * d * up_, squares = all.squares();
    double mean = all.mean() - d * (up_ - 1);
    if (own <= squares * 0.875) {
      deviation = std::abs(d) * up_;
      scale = std::sqrt((squares - own) * share_);
    } else {
      window::sliding_moments others;
      const auto [older, newer] = window.runs(window.first(), window.end() - 1);
      others.anchor(older, newer);
      deviation = std::abs(others.deviation(x));
      scale = others.sample_deviation();
      mean = others.mean();
    }
    if (all.count() < 3) scale = std::numeric_limits<double>::quiet_NaN();
    if (p.mode == compatibility::skyline) return detail::skyline_ratio(deviation, scale, p.threshold);
    if (window.size() < p.warmup) return {};
    return detail::floored_ratio(deviation, scale, mean, p.floor, p.threshold);
  }

 private:
  std::uint64_t count_ = 0;    // values that these are for:
  double up_ = 0, share_ = 0;  // n / (n - 1), 1 / (n - 2)
};
using mean_subtraction_cumulation = windowed<mean_subtraction_cumulation_rule>;
static_assert(detector<mean_subtraction_cumulation> && configurable<mean_subtraction_cumulation>);

}  // namespace netanomaly::inline NETANOMALY_MODE::telemetry
