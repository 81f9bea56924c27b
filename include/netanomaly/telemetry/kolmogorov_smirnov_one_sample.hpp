// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/batch/kolmogorov_smirnov_one_sample.hpp>
#include <netanomaly/core/concepts.hpp>
#include <netanomaly/core/config.hpp>
#include <netanomaly/core/params.hpp>
#include <netanomaly/telemetry/compatibility.hpp>
#include <netanomaly/telemetry/detail/newest.hpp>
#include <netanomaly/telemetry/windowed.hpp>
#include <netanomaly/window/extent.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <vector>

namespace netanomaly::inline NETANOMALY_MODE::telemetry {

/// The distributions that a metric may be said to have.
enum class reference_law : std::uint8_t { normal, uniform, exponential };

[[nodiscard]] constexpr std::array<std::string_view, 3> enumerator_names(reference_law) noexcept {
  return {"normal", "uniform", "exponential"};
}

/// Whether the window still has the distribution that is stated: the one-sample Kolmogorov-Smirnov test at every point,
/// for metrics whose law is known, such as p-values, which are uniform, or a sensor's noise.
///
/// The law is `location` + `scale` times the standard one: mean and standard deviation of a normal law, beginning and
/// width of a uniform one, beginning and mean of an exponential one. Nothing of it is fitted to the window.
///
/// Observes  timed<double>; the time matters only to a window bounded by time.
/// Score     -log10 p, exact up to 20,000 points. Windows overlap, so anomalies come in runs.
/// Cost      O(n^(3/2)) a point: 26 us at 60 points, 203 us at 600. 48 bytes a point. No allocation after construction.
/// Source    Kolmogorov, Giornale dell'Istituto Italiano degli Attuari 4, 1933.
class kolmogorov_smirnov_one_sample_rule {
 public:
  static constexpr std::string_view kind = "kolmogorov_smirnov_one_sample";
  static constexpr std::string_view summary = "Kolmogorov-Smirnov test of the window against a stated distribution";
  static constexpr auto needs = window::keep::values;

  struct params {
    window::extent extent{.points = 60};
    std::uint32_t warmup = 30;
    reference_law distribution = reference_law::normal;
    double location = 0;
    double scale = 1;
    double significance = 1e-4;

    static constexpr void describe(auto& p, auto&& field) {
      window::extent::describe(p.extent, field);
      field("warmup", p.warmup, at_least(1U), "observations", "in the window before the first judgement");
      field("distribution", p.distribution, any_value(), "", "that the values are said to have");
      field("location", p.location, any_value(), "", "its mean (normal), or where it begins");
      field("scale", p.scale, above(0.0), "", "its standard deviation, width, or mean distance from where it begins");
      field("significance", p.significance, inside(0.0, 1.0), "probability", "p below it is anomalous");
    }
    [[nodiscard]] result<void> check() const { return detail::check_warmup(warmup, extent, compatibility::none); }
    friend bool operator==(const params&, const params&) = default;
  };

  explicit kolmogorov_smirnov_one_sample_rule(const params& p) : values_(p.extent.points) {
    test_.reserve(p.extent.points);
  }

  double distance = std::numeric_limits<double>::quiet_NaN();  ///< D; NaN while warming up

  verdict judge(const auto& window, const params& p) noexcept {
    distance = std::numeric_limits<double>::quiet_NaN();
    if (window.size() < p.warmup) return {};
    const auto [older, newer] = window.runs();
    const auto end = std::copy(newer.begin(), newer.end(), std::copy(older.begin(), older.end(), values_.begin()));
    const std::span<const double> values(values_.begin(), end);
    const test_result r = run(values, p);
    if (r.status != test_status::ok) return {};
    distance = r.statistic;
    const double p_value = std::clamp(r.p_value, 1e-300, 1.0);
    return {.score = (std::max)(0.0, -std::log10(p_value)),
            .p_value = p_value,
            .anomalous = p_value < p.significance,
            .state = verdict::status::judged};
  }

  void reset() noexcept { distance = std::numeric_limits<double>::quiet_NaN(); }
  [[nodiscard]] std::size_t heap_bytes() const noexcept {
    return values_.capacity() * sizeof(double) + test_.memory_bytes() - sizeof(test_);
  }
  [[nodiscard]] static std::uint64_t heap_bytes_for(const params& p) noexcept {
    return (std::uint64_t{p.extent.points} + 2) * 6 * sizeof(double);
  }

 private:
  [[nodiscard]] test_result run(std::span<const double> values, const params& p) noexcept {
    switch (p.distribution) {
      case reference_law::uniform:
        return test_(values, batch::uniform_distribution{p.location, p.location + p.scale});
      case reference_law::exponential:
        return test_(values, [law = batch::exponential_distribution{p.scale}, &p](double x) noexcept {
          return law(x - p.location);
        });
      case reference_law::normal:
        break;
    }
    return test_(values, batch::normal_distribution{p.location, p.scale});
  }

  std::vector<double> values_;
  batch::kolmogorov_smirnov_one_sample test_;
};
using kolmogorov_smirnov_one_sample = windowed<kolmogorov_smirnov_one_sample_rule>;
static_assert(detector<kolmogorov_smirnov_one_sample> && configurable<kolmogorov_smirnov_one_sample>);

}  // namespace netanomaly::inline NETANOMALY_MODE::telemetry
