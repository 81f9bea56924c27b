// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/time.hpp>

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace netanomaly::program {

/// One metric as the page draws it.
struct plotted_metric {
  struct track {
    std::vector<float> scores;             ///< NaN where not judged
    std::vector<std::uint32_t> anomalies;  ///< points, by number
  };
  std::string name;
  std::vector<double> times;  ///< milliseconds since 1970
  std::vector<float> values;
  std::vector<track> tracks;                    ///< one a detector
  std::vector<std::pair<double, double>> gaps;  ///< without data, from and to
};

/// All that the page shows.
struct telemetry_page {
  std::vector<std::string> detectors;
  std::vector<double> thresholds;  ///< NaN: none
  std::uint64_t points = 0, metrics = 0, anomalies = 0, late = 0, missing = 0, restarts = 0;
  std::optional<std::uint32_t> window_points;
  std::optional<duration> window_span;
  std::vector<std::pair<std::string, std::string>> settings;
  std::vector<plotted_metric> plots;
  time_point written;

  /// The self-contained page, the metrics with the highest scores first.
  [[nodiscard]] std::string html();
};

}  // namespace netanomaly::program
