// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/concepts.hpp>
#include <netanomaly/core/config.hpp>
#include <netanomaly/core/params.hpp>
#include <netanomaly/telemetry/compatibility.hpp>
#include <netanomaly/telemetry/detail/newest.hpp>
#include <netanomaly/telemetry/windowed.hpp>
#include <netanomaly/window/extent.hpp>
#include <netanomaly/window/order_statistics.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string_view>

namespace netanomaly::inline NETANOMALY_MODE::telemetry {

/// How many median absolute deviations the newest value lies from the median of the window it belongs to.
///
/// Observes  timed<double>.
/// Score     |x - median| / scale, dimensionless; scale is the median of |x_i - median|. For normal noise one standard
///           deviation is 1.48 of them: the default threshold of 6 stands at 4 standard deviations.
/// Cost      O(log window); median and deviation are exact, kept up to date and not recomputed: 60 ns at 60 points, 110
/// at
///           1,440, 190 at 86,400. 32 bytes a point.
/// Source    Hampel, Journal of the American Statistical Association 69(346), 1974; Skyline's
/// median_absolute_deviation. Departs   where half of the window and more is one value, so that the median deviation is
/// 0: Skyline then never fires.
///           By default the scale is there, and wherever the median deviation is below `floor` of the median, 0.6745
///           standard deviations of the window (equal to it for normal noise, and 0 only where all values are equal):
///           a first change of a constant is anomalous, one that comes back every few points is not. In `skyline`
///           compatibility it judges from the first point on, never fires at deviation 0, and has no floor.
struct median_absolute_deviation_rule {
  static constexpr std::string_view kind = "median_absolute_deviation";
  static constexpr std::string_view summary =
      "distance from the median of the window, in median absolute deviations of the window";
  static constexpr auto needs = window::keep::order | window::keep::moments;

  struct params {
    window::extent extent{.points = 1440};
    std::uint32_t warmup = 30;
    double threshold = 6;
    double floor = 1e-9;
    compatibility mode = compatibility::none;

    static constexpr void describe(auto& p, auto&& field) {
      window::extent::describe(p.extent, field);
      field("warmup", p.warmup, at_least(1U), "observations", "in the window before the first judgement");
      field("threshold", p.threshold, above(0.0), "median absolute deviations", "a score above it is anomalous");
      field("floor", p.floor, between(0.0, 1.0), "of the median", "a median deviation below it counts as none");
      field("compatibility", p.mode, any_value(), "", "skyline: answer as Skyline does, and from the first point");
    }
    [[nodiscard]] result<void> check() const { return detail::check_warmup(warmup, extent, mode); }
    friend bool operator==(const params&, const params&) = default;
  };

  double deviation = std::numeric_limits<double>::quiet_NaN();  ///< |x - median|
  double scale = std::numeric_limits<double>::quiet_NaN();      ///< what the score divides it by

  verdict judge(const auto& window, const params& p) noexcept {
    const auto& order = window.order();
    const double median = order.median(split_);
    scale = order.median_absolute_deviation(median, split_);
    deviation = std::abs(window.newest().value - median);
    if (p.mode == compatibility::skyline) {
      const double ratio = deviation == 0 ? 0 : deviation / scale;
      return {.score = ratio, .anomalous = scale != 0 && ratio > p.threshold, .state = verdict::status::judged};
    }
    if (window.size() < p.warmup) return {};
    const double least = p.floor * std::abs(median);
    if (scale <= least) scale = (std::max)(least, 0.6744897501960817 * window.moments().sample_deviation());
    return verdict::judge(deviation == 0 ? 0 : deviation / scale, p.threshold);
  }

 private:
  window::split_hint split_;
};
using median_absolute_deviation = windowed<median_absolute_deviation_rule>;
static_assert(detector<median_absolute_deviation> && configurable<median_absolute_deviation>);

}  // namespace netanomaly::inline NETANOMALY_MODE::telemetry
