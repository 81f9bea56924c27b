// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/batch/grubbs.hpp>
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

/// Grubbs' test of the newest value: is it too far from the mean of its window to be the farthest of n normal values?
///
/// Observes  timed<double>; the time matters only to a window bounded by time.
/// Score     (|x - mean| / s) / critical value at `significance`, s over a floor: anomalous above 1. The p-value takes
/// a
///           microsecond and is computed where measured().p_value() asks for it.
/// Cost      O(1), about 15 ns, while the number of points in the window stays; 4 us where it changes. 8 bytes a point.
/// Source    Grubbs, Technometrics 11(1), 1969; Skyline's grubbs.
/// Departs   Skyline judges the mean of the newest three values, whose variance is a third, by the population
/// deviation;
///           only high ones; by the critical value of the two-sided test. Here the newest value is judged, on both
///           sides, by the sample deviation. In `skyline` compatibility it does as Skyline, from the third point on.
struct grubbs_rule {
  static constexpr std::string_view kind = "grubbs";
  static constexpr std::string_view summary = "Grubbs' test of the newest value against its window";
  static constexpr auto needs = window::keep::moments;

  struct params {
    window::extent extent{.points = 1440};
    std::uint32_t warmup = 30;
    double significance = 0.05;
    double floor = 1e-9;
    compatibility mode = compatibility::none;

    static constexpr void describe(auto& p, auto&& field) {
      window::extent::describe(p.extent, field);
      field("warmup", p.warmup, at_least(3U), "observations", "in the window before the first judgement");
      field("significance", p.significance, inside(0.0, 0.5), "probability", "of an outlier among normal values");
      field("floor", p.floor, between(0.0, 1.0), "of the mean", "least standard deviation");
      field("compatibility", p.mode, any_value(), "", "skyline: answer as Skyline does, and from the third point");
    }
    [[nodiscard]] result<void> check() const { return detail::check_warmup(warmup, extent, mode); }
    friend bool operator==(const params&, const params&) = default;
  };

  double statistic = std::numeric_limits<double>::quiet_NaN();  ///< standard deviations from the mean
  double critical = std::numeric_limits<double>::quiet_NaN();   ///< what it is measured by; NaN below three values

  verdict judge(const auto& window, const params& p) noexcept {
    const auto& all = window.moments();
    if (all.count() < 3) {
      statistic = critical = std::numeric_limits<double>::quiet_NaN();
      return {};
    }
    if (count_ != all.count()) {
      count_ = all.count();
      critical_ =
          batch::grubbs_critical_value(p.significance, static_cast<double>(count_), batch::outlier_side::either);
    }
    critical = critical_;
    if (p.mode == compatibility::skyline) {
      statistic = all.deviation(detail::tail(window)) / all.population_deviation();
      if (std::isnan(statistic)) return {};
      return {.score = (std::max)(statistic, 0.0) / critical,
              .anomalous = statistic > critical,
              .state = verdict::status::judged};
    }
    const double deviation = std::abs(all.deviation(window.newest().value));
    const double least = (std::max)(p.floor * std::abs(all.mean()), (std::numeric_limits<double>::min)());
    statistic = deviation == 0 ? 0 : deviation / (std::max)(all.sample_deviation(), least);
    if (window.size() < p.warmup) return {};
    return verdict::judge(statistic / critical, 1);
  }

  /// Of the last judgement, two-sided.
  [[nodiscard]] double p_value() const noexcept {
    return batch::grubbs_p_value(std::abs(statistic), static_cast<double>(count_), batch::outlier_side::either);
  }

 private:
  std::uint64_t count_ = 0;  // values that critical_ is for
  double critical_ = 0;
};
using grubbs = windowed<grubbs_rule>;
static_assert(detector<grubbs> && configurable<grubbs>);

}  // namespace netanomaly::inline NETANOMALY_MODE::telemetry
