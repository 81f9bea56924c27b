// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "telemetry_options.hpp"

#include <netanomaly/compose/builtin.hpp>
#include <netanomaly/compose/calibrated.hpp>
#include <netanomaly/compose/consensus.hpp>
#include <netanomaly/compose/filtered.hpp>
#include <netanomaly/compose/second_order.hpp>
#include <netanomaly/core/concepts.hpp>
#include <netanomaly/telemetry/seasonal_profile.hpp>
#include <netanomaly/window/sliding.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace netanomaly::program {

/// The nine analysers of Skyline, in its order, over one window.
using skyline_nine =
    compose::consensus<telemetry::median_absolute_deviation, telemetry::grubbs, telemetry::first_hour_average,
                       telemetry::standard_deviation_from_average, telemetry::standard_deviation_from_moving_average,
                       telemetry::mean_subtraction_cumulation, telemetry::least_squares, telemetry::histogram_bins,
                       telemetry::kolmogorov_smirnov>;

[[nodiscard]] constexpr std::array<std::string_view, 3> enumerator_names(change_direction) noexcept {
  return {"both", "up", "down"};
}

/// All that is kept of one metric: its detectors, and what stands before and behind them. A detector like others, so
/// that compose::keyed holds one a metric; its state is bytes.
class metric_monitor {
 public:
  static constexpr std::string_view kind = "metric_monitor";
  using observation = timed<double>;

  struct params {
    bool counter = false;
    change_direction direction = change_direction::both;
    double min_change = 0;
    bool relative_change = false;
    std::uint32_t fire = 1;
    std::uint32_t of = 1;
    duration no_data{};
    std::uint32_t votes = 0;
    std::uint64_t least = 0;
    duration stale{};
    std::uint64_t boring = 0;
    std::uint32_t second_order = 0;
    static constexpr void describe(auto& p, auto&& field) {
      field("counter", p.counter, any_value(), "", "the rate of the values is judged");
      field("direction", p.direction, any_value(), "", "of a change that is reported");
      field("min_change", p.min_change, at_least(0.0), "", "least change that is reported");
      field("relative_change", p.relative_change, any_value(), "", "min_change is a share of what is usual");
      field("fire", p.fire, between(1U, 64U), "judgements", "that must be anomalous among the last");
      field("of", p.of, between(1U, 64U), "judgements", "of which fire must be anomalous");
      field("no_data", p.no_data, at_least(duration()), "", "without a value that is reported; 0: none");
      field("votes", p.votes, at_most(64U), "detectors", "that make a consensus; 0: none is asked");
      field("least", p.least, any_value(), "points", "before anything is said");
      field("stale", p.stale, at_least(duration()), "", "a longer silence begins the series anew; 0: none does");
      field("boring", p.boring, any_value(), "points", "of one value in a row are not judged; 0: always judge");
      field("second_order", p.second_order, at_most(1000000U), "judgements",
            "whose rate of anomalies is judged; 0: the anomalies themselves");
    }
    friend bool operator==(const params&, const params&) = default;
  };

  /// The detectors that the options ask for, and their names, in order.
  [[nodiscard]] static result<metric_monitor> make(const telemetry_options& options);

  verdict update(const observation& x) noexcept;

  /// Of the last update: the number that was judged, NaN where there was none.
  [[nodiscard]] double value() const noexcept { return value_; }
  /// One a detector, in the order of names(), and one of the consensus where it is asked for.
  [[nodiscard]] std::span<const verdict> verdicts() const noexcept { return verdicts_; }
  /// The time from which on there was no value, where the last update ended such a gap.
  [[nodiscard]] std::optional<time_point> gap_since() const noexcept {
    return gap_ ? std::optional(gap_since_) : std::nullopt;
  }
  [[nodiscard]] bool late() const noexcept { return late_; }
  [[nodiscard]] bool restarted() const noexcept { return restarted_; }
  [[nodiscard]] std::optional<time_point> last_seen() const noexcept {
    return seen_ ? std::optional(last_time_) : std::nullopt;
  }
  [[nodiscard]] const params& parameters() const noexcept { return params_; }
  [[nodiscard]] std::vector<std::string> names() const;
  /// Thresholds that the scores are judged by, NaN where none is fixed.
  [[nodiscard]] std::vector<double> thresholds() const;

  void reset() noexcept;
  [[nodiscard]] std::size_t memory_bytes() const noexcept;
  void save(state_writer& out) const;
  [[nodiscard]] static result<metric_monitor> load(state_reader& in);

 private:
  using any = compose::metric_detectors::any;
  using calibrated = compose::calibrated<any>;
  using usual_window = window::sliding<double, window::keep::order>;
  static constexpr std::uint32_t usual_points = 60;

  metric_monitor() = default;
  void prepare();
  [[nodiscard]] compose::anomaly_rate::params rate_params() const noexcept;
  [[nodiscard]] std::size_t detectors() const noexcept;
  [[nodiscard]] bool changed_enough() const noexcept;
  void judge(observation x) noexcept;
  /// All but the season, which outlasts a silence.
  void forget() noexcept;

  params params_;
  // One detector each; or calibrated ones; or one consensus, whose parts are asked for by order_.
  std::variant<std::vector<any>, std::vector<calibrated>, std::vector<skyline_nine>> parts_;
  std::vector<std::uint8_t> order_;
  std::vector<telemetry::seasonal_profile> season_;  // none or one
  std::vector<usual_window> usual_;                  // none or one
  std::vector<compose::series_filter> filter_;       // none or one
  std::vector<std::uint64_t> fired_;                 // the last judgements of each, the newest in bit 0
  std::vector<compose::anomaly_rate> rates_;         // none or one each
  std::vector<verdict> verdicts_;
  double raw_ = 0;  // of a counter
  double value_ = std::numeric_limits<double>::quiet_NaN();
  double usual_value_ = std::numeric_limits<double>::quiet_NaN();
  time_point last_time_{}, gap_since_{};
  bool seen_ = false, gap_ = false, late_ = false, restarted_ = false;
};
static_assert(detector<metric_monitor> && persistent<metric_monitor>);

}  // namespace netanomaly::program
