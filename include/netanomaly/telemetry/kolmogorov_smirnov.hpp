// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/batch/augmented_dickey_fuller.hpp>
#include <netanomaly/core/concepts.hpp>
#include <netanomaly/core/config.hpp>
#include <netanomaly/core/params.hpp>
#include <netanomaly/telemetry/compatibility.hpp>
#include <netanomaly/telemetry/detail/newest.hpp>
#include <netanomaly/telemetry/windowed.hpp>
#include <netanomaly/window/extent.hpp>
#include <netanomaly/window/two_sample_distance.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <vector>

namespace netanomaly::inline NETANOMALY_MODE::telemetry {

/// Whether the last minutes have another distribution than the time before them: the two-sample Kolmogorov-Smirnov test
/// at every point, and, where it would fire, whether the time before was stationary.
///
/// Observes  timed<double>. Both parts count back from the newest time and must lie in the window.
/// Score     -log10 p of the distance D, by the limiting law with Stephens' correction: within some 10 % of the exact p
/// where
///           both parts have 20 values, never to be read to three digits. Values of a metric depend on each other, so p
///           is too small; it is D above `distance` that makes the difference large, and the stationarity that makes it
///           news.
/// Anomalous p below `significance`, D above `distance`, and the reference stationary: the augmented Dickey-Fuller test
/// of
///           it, lags by AIC, below `stationarity` (1: not asked).
/// Cost      O(points in the last minutes) contiguous steps, 80 ns at 60, and O(log points); the stationarity test, 0.2
/// ms,
///           only where it decides. 170 bytes a point, most of it for the stationarity test. No allocation after
///           construction.
/// Source    Hodges, Arkiv foer Matematik 3, 1958; Stephens, JRSS B 32(1), 1970; Skyline's ks_test.
/// Departs   a constant reference has no Dickey-Fuller statistic: Skyline's answer there is an exception that silences
/// all
///           its analysers. By default a constant is stationary, so a change of it fires; in `skyline` compatibility
///           the answer is no.
class kolmogorov_smirnov_rule {
 public:
  static constexpr std::string_view kind = "kolmogorov_smirnov";
  static constexpr std::string_view summary =
      "Kolmogorov-Smirnov test of the last minutes against the time before them";
  static constexpr auto needs = window::keep::times;

  struct params {
    window::extent extent{.points = 1440};
    duration probe = std::chrono::minutes(10);
    duration reference = std::chrono::minutes(50);
    std::uint32_t warmup = 20;
    double significance = 0.05;
    double distance = 0.5;
    double stationarity = 0.05;
    compatibility mode = compatibility::none;

    static constexpr void describe(auto& p, auto&& field) {
      window::extent::describe(p.extent, field);
      field("probe", p.probe, above(duration()), "", "how long the last minutes are");
      field("reference", p.reference, above(duration()), "", "how long the time before them is");
      field("warmup", p.warmup, at_least(2U), "observations", "in each part before it is judged");
      field("significance", p.significance, inside(0.0, 1.0), "probability", "p below it may be anomalous");
      field("distance", p.distance, between(0.0, 1.0), "", "D above it may be anomalous");
      field("stationarity", p.stationarity, above_to(0.0, 1.0), "probability",
            "p of the unit root below it is stationary");
      field("compatibility", p.mode, any_value(), "", "skyline: answer as Skyline does");
    }
    friend bool operator==(const params&, const params&) = default;
  };

  explicit kolmogorov_smirnov_rule(const params& p)
      : both_(p.extent.points, p.extent.points),
        scratch_(p.extent.points),
        unit_root_({.lags = batch::adf_lags::aic, .lag = most_lags}) {
    unit_root_.reserve(p.extent.points);
  }

  double distance = std::numeric_limits<double>::quiet_NaN();     ///< D; NaN where a part is too small
  double p_value = std::numeric_limits<double>::quiet_NaN();      ///< of the distance; NaN where nothing was judged
  double unit_root_p = std::numeric_limits<double>::quiet_NaN();  ///< NaN where it was not asked or does not exist

  verdict judge(const auto& window, const params& p) noexcept {
    follow(window, p);
    distance = p_value = unit_root_p = std::numeric_limits<double>::quiet_NaN();
    if (both_.probe_size() < p.warmup || both_.reference_size() < p.warmup) return {};
    distance = both_.distance();
    const auto n = static_cast<double>(both_.probe_size()), m = static_cast<double>(both_.reference_size());
    const double e = std::sqrt(n * m / (n + m));
    p_value = std::clamp(limit((e + 0.12 + 0.11 / e) * distance), 1e-300, 1.0);
    const bool different = p_value < p.significance && distance > p.distance;
    return {.score = (std::max)(0.0, -std::log10(p_value)),
            .p_value = p_value,
            .anomalous = different && stationary(window, p),
            .state = verdict::status::judged};
  }

  void reset() noexcept {
    both_.clear();
    probe_ = reference_ = end_ = 0;
    distance = p_value = unit_root_p = std::numeric_limits<double>::quiet_NaN();
  }
  [[nodiscard]] std::size_t heap_bytes() const noexcept {
    return both_.heap_bytes() + scratch_.capacity() * sizeof(double) + unit_root_.memory_bytes() - sizeof(unit_root_);
  }
  [[nodiscard]] static std::uint64_t heap_bytes_for(const params& p) noexcept {
    const std::uint64_t points = p.extent.points, columns = most_lags + 2;
    return window::two_sample_distance::heap_bytes_for(points, p.extent.points) +
           (points + points * (columns + 1) + 3 * columns) * sizeof(double);
  }

  void save(state_writer& out) const { out.scalar(reference_), out.scalar(probe_); }
  void load(state_reader& in, const auto& window) {
    reference_ = in.count();
    probe_ = in.count();
    end_ = window.end();
    if (in.ok() && (reference_ < window.first() || probe_ < reference_ || probe_ > end_))
      in.fail("kolmogorov_smirnov: parts that are not in the window");
    if (!in.ok()) return;
    for (std::uint64_t i = reference_; i != probe_; ++i) both_.add_reference(window.value(i));
    for (std::uint64_t i = probe_; i != end_; ++i) both_.add_probe(window.value(i));
  }

 private:
  static constexpr int most_lags = 10;

  /// Moves the parts to [reference_, probe_) and [probe_, end_). What left the window can still be read.
  void follow(const auto& window, const params& p) noexcept {
    const time_point now = window.newest().time;
    const std::uint64_t first = window.first(), last = window.end() - 1;
    const auto beyond = [&](std::uint64_t i, duration d) {
      return i < first || detail::age(now, window.time(i)) > detail::nanoseconds(d);
    };
    const duration whole = p.probe + p.reference;
    const auto one_beyond = [&](std::uint64_t i, std::uint64_t end, duration d) {
      return i + 1 < end && beyond(i, d) && !beyond(i + 1, d);
    };
    if (one_beyond(probe_, end_, p.probe) && one_beyond(reference_, probe_, whole)) {
      both_.slide(window.value(reference_++), window.value(probe_++), window.value(last));
      end_ = window.end();
      return;
    }
    bool leaving = false;  // from the probe, still in it: the newest may take its place
    double moved = 0;
    while (probe_ < end_ && beyond(probe_, p.probe)) {
      if (leaving) both_.remove_probe(moved);
      moved = window.value(probe_++);
      leaving = true;
      if (reference_ + 1 < probe_ && beyond(reference_, whole)) {
        both_.replace_reference(window.value(reference_++), moved);
      } else {
        both_.add_reference(moved);
      }
    }
    while (reference_ < probe_ && beyond(reference_, whole)) both_.remove_reference(window.value(reference_++));
    if (leaving) {
      both_.replace_probe(moved, window.value(last));
    } else {
      both_.add_probe(window.value(last));
    }
    end_ = window.end();
  }

  /// P(K >= x) of the limiting law, by as much of its two series as double sees: 10 ns, and 1e-13 where it matters.
  [[nodiscard]] static double limit(double x) noexcept {
    if (x < 0.2) return 1;
    if (x < 1) {
      const double t = std::exp(-1.2337005501361697 / (x * x)), t2 = t * t, t8 = t2 * t2 * t2 * t2;
      return 1 - 2.5066282746310002 / x * t * (1 + t8 * (1 + t8 * t8));
    }
    const double q = std::exp(-2 * x * x), q3 = q * q * q;
    return 2 * q * (1 - q3 * (1 - q3 * q * q * (1 - q3 * q3 * q)));
  }

  bool stationary(const auto& window, const params& p) noexcept {
    const bool as_skyline = p.mode == compatibility::skyline;
    if (p.stationarity >= 1 && !as_skyline) return true;
    const auto [older, newer] = window.runs(reference_, probe_);
    const auto end = std::copy(newer.begin(), newer.end(), std::copy(older.begin(), older.end(), scratch_.begin()));
    const std::span<const double> reference(scratch_.begin(), end);
    if (std::all_of(reference.begin(), reference.end(), [&](double x) { return x == reference.front(); }))
      return !as_skyline;
    unit_root_p = unit_root_(reference).p_value;
    return unit_root_p < p.stationarity;
  }

  window::two_sample_distance both_;
  std::uint64_t reference_ = 0, probe_ = 0, end_ = 0;  // where the parts begin, and the probe ends
  std::vector<double> scratch_;
  batch::augmented_dickey_fuller unit_root_;
};
using kolmogorov_smirnov = windowed<kolmogorov_smirnov_rule>;
static_assert(detector<kolmogorov_smirnov> && configurable<kolmogorov_smirnov>);

}  // namespace netanomaly::inline NETANOMALY_MODE::telemetry
