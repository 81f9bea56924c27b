// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/batch/generalized_esd.hpp>
#include <netanomaly/core/concepts.hpp>
#include <netanomaly/core/config.hpp>
#include <netanomaly/core/params.hpp>
#include <netanomaly/telemetry/compatibility.hpp>
#include <netanomaly/telemetry/detail/newest.hpp>
#include <netanomaly/telemetry/windowed.hpp>
#include <netanomaly/window/extent.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <vector>

namespace netanomaly::inline NETANOMALY_MODE::telemetry {

/// Whether the newest value is one of up to so many outliers in the window it belongs to: the generalized extreme
/// Studentized deviate at every point. Where grubbs is blind because several outliers hide one another, this is not.
///
/// Observes  timed<double>; the time matters only to a window bounded by time.
/// Score     the greatest R / lambda of the steps from the one that removes the newest value on: above 1 where Rosner's
///           rule calls it an outlier. 0 where `most_outliers` others are farther away, or all values are equal.
/// Cost      O(n log n) a point: 11 us at 120 points, 97 us at 1,440. 20 bytes a point. No allocation after
/// construction. Source    Rosner, Technometrics 25(2), 1983; Hochenbaum, Vallis & Kejariwal, arXiv 1704.07706, for
/// metrics.
class generalized_esd_rule {
 public:
  static constexpr std::string_view kind = "generalized_esd";
  static constexpr std::string_view summary = "Rosner's test: the newest value among several outliers of its window";
  static constexpr auto needs = window::keep::values;

  struct params {
    window::extent extent{.points = 120};
    std::uint32_t warmup = 30;
    std::uint32_t most_outliers = 10;
    double significance = 0.05;

    static constexpr void describe(auto& p, auto&& field) {
      window::extent::describe(p.extent, field);
      field("warmup", p.warmup, at_least(3U), "observations", "in the window before the first judgement");
      field("most_outliers", p.most_outliers, between(1U, 100000U), "values", "that may be found in a window");
      field("significance", p.significance, inside(0.0, 0.5), "probability", "of an outlier among normal values");
    }
    [[nodiscard]] result<void> check() const { return detail::check_warmup(warmup, extent, compatibility::none); }
    friend bool operator==(const params&, const params&) = default;
  };

  explicit generalized_esd_rule(const params& p)
      : values_(p.extent.points), test_({.most_outliers = p.most_outliers, .alpha = p.significance}) {
    test_.reserve(p.extent.points);
  }

  std::size_t outliers = 0;  ///< in the window, by Rosner's rule

  verdict judge(const auto& window, const params& p) noexcept {
    outliers = 0;
    if (window.size() < p.warmup) return {};
    const auto [older, newer] = window.runs();
    std::copy(newer.begin(), newer.end(), std::copy(older.begin(), older.end(), values_.begin()));
    const std::size_t last = window.size() - 1;
    double ratio = 0;
    if (test_(std::span<const double>(values_).first(window.size())).status == test_status::ok) {
      bool removed = false;
      for (const auto& step : test_.steps()) {
        removed = removed || step.index == last;
        if (removed && step.statistic > ratio * step.critical) ratio = step.statistic / step.critical;
      }
      outliers = test_.outliers().size();
    }
    return verdict::judge(ratio, 1);
  }

  void reset() noexcept { outliers = 0; }
  [[nodiscard]] std::size_t heap_bytes() const noexcept {
    return values_.capacity() * sizeof(double) + test_.memory_bytes() - sizeof(test_);
  }
  [[nodiscard]] static std::uint64_t heap_bytes_for(const params& p) noexcept {
    return std::uint64_t{p.extent.points} * (sizeof(double) + sizeof(std::uint32_t)) +
           std::uint64_t{p.most_outliers} * (sizeof(batch::generalized_esd::step) + sizeof(double));
  }

 private:
  std::vector<double> values_;
  batch::generalized_esd test_;
};
using generalized_esd = windowed<generalized_esd_rule>;
static_assert(detector<generalized_esd> && configurable<generalized_esd>);

}  // namespace netanomaly::inline NETANOMALY_MODE::telemetry
