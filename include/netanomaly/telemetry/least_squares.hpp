// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/concepts.hpp>
#include <netanomaly/core/config.hpp>
#include <netanomaly/core/params.hpp>
#include <netanomaly/telemetry/compatibility.hpp>
#include <netanomaly/telemetry/detail/newest.hpp>
#include <netanomaly/telemetry/windowed.hpp>
#include <netanomaly/window/extent.hpp>
#include <netanomaly/window/line_fit.hpp>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string_view>

namespace netanomaly::inline NETANOMALY_MODE::telemetry {

/// How many standard deviations of the residuals the newest value lies from the least-squares line through its window.
///
/// Observes  timed<double>; the line is fitted against the times. Where all times are one, the line is level.
/// Score     |residual| / max(s, floor * |value of the line|), dimensionless; s with n in the denominator.
/// Cost      O(1), about 35 ns; 16 bytes a point.
/// Source    the normal equations; Skyline's least_squares.
/// Departs   Skyline takes the mean of the newest three residuals, and fires only where that and s both round to
///           something else than 0: it is blind below 0.5, whatever the unit. Here the newest residual is judged, on
///           any scale, over a floor. In `skyline` compatibility it does as Skyline with time-centred arithmetic, from
///           the third point on.
struct least_squares_rule {
  static constexpr std::string_view kind = "least_squares";
  static constexpr std::string_view summary =
      "distance from the straight line through the window, in standard deviations of the distances";
  static constexpr auto needs = window::keep::line;

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
      field("floor", p.floor, between(0.0, 1.0), "of the line", "least standard deviation");
      field("compatibility", p.mode, any_value(), "", "skyline: answer as Skyline does, and from the third point");
    }
    [[nodiscard]] result<void> check() const { return detail::check_warmup(warmup, extent, mode); }
    friend bool operator==(const params&, const params&) = default;
  };

  double deviation =
      std::numeric_limits<double>::quiet_NaN();             ///< residual, with its sign; in `skyline`, mean of three
  double scale = std::numeric_limits<double>::quiet_NaN();  ///< of the residuals; NaN below three points

  verdict judge(const auto& window, const params& p) noexcept {
    deviation = scale = std::numeric_limits<double>::quiet_NaN();
    if (window.size() < 3) return {};
    const window::line_fit& line = window.line();
    const auto residual = [&](std::uint64_t back) noexcept {
      const std::uint64_t i = window.end() - back;
      return line.residual(window.time(i), window.value(i));
    };
    scale = line.residual_deviation();
    if (p.mode == compatibility::skyline) {
      deviation = (residual(1) + residual(2) + residual(3)) / 3;
      verdict v = detail::skyline_ratio(std::abs(deviation), scale, p.threshold);
      v.anomalous = v.anomalous && scale >= 0.5 && std::abs(deviation) >= 0.5;  // neither rounds to 0
      return v;
    }
    const timed<double> newest = window.newest();
    deviation = line.residual(newest.time, newest.value);
    if (window.size() < p.warmup) return {};
    return detail::floored_ratio(std::abs(deviation), scale, newest.value - deviation, p.floor, p.threshold);
  }
};
using least_squares = windowed<least_squares_rule>;
static_assert(detector<least_squares> && configurable<least_squares>);

}  // namespace netanomaly::inline NETANOMALY_MODE::telemetry
