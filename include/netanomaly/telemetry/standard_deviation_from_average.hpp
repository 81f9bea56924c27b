// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/concepts.hpp>
#include <netanomaly/core/config.hpp>
#include <netanomaly/core/params.hpp>
#include <netanomaly/telemetry/compatibility.hpp>
#include <netanomaly/telemetry/detail/newest.hpp>
#include <netanomaly/telemetry/windowed.hpp>
#include <netanomaly/window/extent.hpp>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string_view>

namespace netanomaly::inline NETANOMALY_MODE::telemetry {

/// How many standard deviations the newest value lies from the mean of the window it belongs to.
///
/// Observes  timed<double>; the time matters only to a window bounded by time.
/// Score     |x - mean| / max(s, floor * |mean|), dimensionless, s with n - 1 in the denominator.
/// Cost      O(1), about 15 ns; 8 bytes a point.
/// Source    the three-sigma rule; Skyline's stddev_from_average.
/// Departs   Skyline judges the mean of the newest three values, which dilutes a lone spike to a third, and divides by
///           a rounding error where the window is constant; here the newest value is judged, over a floor. In `skyline`
///           compatibility it does as Skyline, from the first point on.
struct standard_deviation_from_average_rule {
  static constexpr std::string_view kind = "standard_deviation_from_average";
  static constexpr std::string_view summary =
      "distance from the mean of the window, in standard deviations of the window";
  static constexpr auto needs = window::keep::moments;

  struct params {
    window::extent extent{.points = 1440};
    std::uint32_t warmup = 30;
    double threshold = 3;
    double floor = 1e-9;
    compatibility mode = compatibility::none;

    static constexpr void describe(auto& p, auto&& field) {
      window::extent::describe(p.extent, field);
      field("warmup", p.warmup, at_least(2U), "observations", "in the window before the first judgement");
      field("threshold", p.threshold, above(0.0), "standard deviations", "a score above it is anomalous");
      field("floor", p.floor, between(0.0, 1.0), "of the mean", "least standard deviation");
      field("compatibility", p.mode, any_value(), "", "skyline: answer as Skyline does, and from the first point");
    }
    [[nodiscard]] result<void> check() const { return detail::check_warmup(warmup, extent, mode); }
    friend bool operator==(const params&, const params&) = default;
  };

  double deviation = std::numeric_limits<double>::quiet_NaN();  ///< distance from the mean
  double scale = std::numeric_limits<double>::quiet_NaN();      ///< sample standard deviation; NaN below two values

  verdict judge(const auto& window, const params& p) noexcept {
    const auto& all = window.moments();
    const bool as_skyline = p.mode == compatibility::skyline;
    deviation = std::abs(all.deviation(as_skyline ? detail::tail(window) : window.newest().value));
    scale = all.count() < 2 ? std::numeric_limits<double>::quiet_NaN() : all.sample_deviation();
    if (as_skyline) return detail::skyline_ratio(deviation, scale, p.threshold);
    if (window.size() < p.warmup) return {};
    return detail::floored_ratio(deviation, scale, all.mean(), p.floor, p.threshold);
  }
};
using standard_deviation_from_average = windowed<standard_deviation_from_average_rule>;
static_assert(detector<standard_deviation_from_average> && configurable<standard_deviation_from_average>);

}  // namespace netanomaly::inline NETANOMALY_MODE::telemetry
