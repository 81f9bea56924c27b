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
#include <chrono>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string_view>

namespace netanomaly::inline NETANOMALY_MODE::telemetry {

/// How many standard deviations the newest value lies from the mean of the oldest hour.
///
/// The oldest hour is what is older than full_duration - hour, counted back from the newest time, as far as the window
/// reaches: with the defaults, the same hour a day ago.
///
/// Observes  timed<double>. A window that never reaches back so far never judges.
/// Score     |x - mean| / max(s, floor * |mean|), dimensionless; mean and s (n - 1 in the denominator) of the oldest
/// hour. Cost      O(1), about 20 ns; 16 bytes a point. Source    Skyline's first_hour_average. Departs   Skyline
/// judges the mean of the newest three values, and an hour of two values; here the newest value is
///           judged, over a floor, once the hour has `warmup` values. In `skyline` compatibility it does as Skyline.
struct first_hour_average_rule {
  static constexpr std::string_view kind = "first_hour_average";
  static constexpr std::string_view summary = "distance from the mean of the oldest hour, in its standard deviations";
  static constexpr auto needs = window::keep::times;

  struct params {
    window::extent extent{.points = 1440};
    duration full_duration = std::chrono::hours(24);
    duration hour = std::chrono::hours(1);
    std::uint32_t warmup = 10;
    double threshold = 3;
    double floor = 1e-9;
    compatibility mode = compatibility::none;

    static constexpr void describe(auto& p, auto&& field) {
      window::extent::describe(p.extent, field);
      field("full_duration", p.full_duration, above(duration()), "", "how far back the oldest hour begins");
      field("hour", p.hour, above(duration()), "", "how long the oldest hour is");
      field("warmup", p.warmup, at_least(2U), "observations", "in the oldest hour before the first judgement");
      field("threshold", p.threshold, above(0.0), "standard deviations", "a score above it is anomalous");
      field("floor", p.floor, between(0.0, 1.0), "of the mean", "least standard deviation");
      field("compatibility", p.mode, any_value(), "",
            "skyline: answer as Skyline does, from the second point of the hour on");
    }
    [[nodiscard]] result<void> check() const {
      if (hour <= full_duration) return {};
      return unexpected(error("hour is " + to_text(hour) + ", longer than full_duration, " + to_text(full_duration)));
    }
    friend bool operator==(const params&, const params&) = default;
  };

  double deviation = std::numeric_limits<double>::quiet_NaN();  ///< distance from the mean; NaN below two values
  double scale = std::numeric_limits<double>::quiet_NaN();      ///< standard deviation; NaN below two values

  verdict judge(const auto& window, const params& p) noexcept {
    const auto newest = window.newest();
    std::uint64_t end = hour_.end();
    while (end < window.end() &&
           detail::age(newest.time, window.time(end)) > detail::nanoseconds(p.full_duration - p.hour))
      ++end;
    hour_.follow(window, (std::max)(hour_.begin(), window.first()), (std::max)(end, window.first()));
    const auto& hour = hour_.moments();
    deviation = scale = std::numeric_limits<double>::quiet_NaN();
    if (hour.count() < 2) return {};
    const bool as_skyline = p.mode == compatibility::skyline;
    deviation = std::abs(hour.deviation(as_skyline ? detail::tail(window) : newest.value));
    scale = hour.sample_deviation();
    if (as_skyline) return detail::skyline_ratio(deviation, scale, p.threshold);
    if (hour.count() < p.warmup) return {};
    return detail::floored_ratio(deviation, scale, hour.mean(), p.floor, p.threshold);
  }

  void save(state_writer& out) const { hour_.save(out); }
  void load(state_reader& in, const auto& window) { hour_.load(in, window); }

 private:
  detail::part_moments hour_;
};
using first_hour_average = windowed<first_hour_average_rule>;
static_assert(detector<first_hour_average> && configurable<first_hour_average>);

}  // namespace netanomaly::inline NETANOMALY_MODE::telemetry
