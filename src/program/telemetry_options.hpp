// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/time.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace CLI {
class App;
}

namespace netanomaly::program {

enum class change_direction : std::uint8_t { both, up, down };

/// "10", or "5%" of what is usual.
struct least_change {
  double size = 0;
  bool relative = false;
};

/// So many anomalous judgements among the last `of`.
struct firing {
  std::uint32_t count = 1, of = 1;
};

/// How long a part of the past is: in points, or by time.
struct part {
  std::uint32_t points = 0;  ///< 0: by time
  duration length{};
};

/// What `netanomaly telemetry` was asked for.
struct telemetry_options {
  bool help = false;
  std::vector<std::string> inputs;  ///< files, directories, "-"
  std::string form;                 ///< csv, long, wide, graphite; empty: found out
  std::vector<std::string> detectors;
  std::optional<std::uint32_t> points;  ///< of the window
  std::optional<duration> span;         ///< of the window
  std::optional<duration> full_duration;
  std::optional<part> recent, baseline;  ///< of detectors that compare two windows
  std::string compatibility;
  std::optional<std::uint32_t> consensus;
  std::optional<duration> season;
  std::vector<std::pair<std::string, std::string>> set;
  std::optional<double> alarm_rate;
  bool counter = false;
  change_direction direction = change_direction::both;
  least_change min_change;
  firing fire;
  duration no_data{};
  std::uint64_t least_points = 0;  ///< of a series that is no longer short; 0: none is
  duration stale{};                ///< a longer silence begins a series anew; 0: none does
  std::uint64_t boring = 0;        ///< so many equal values in a row are not judged; 0: all are
  std::uint32_t second_order = 0;  ///< judgements whose rate of anomalies is judged; 0: the anomalies themselves
  bool json_lines = false;
  bool all_points = false;
  std::string output = "-";
  std::string report;
  std::optional<std::size_t> top;
  bool fail_on_anomaly = false;
  std::string state;
  std::uint64_t memory_limit = std::uint64_t{4} << 30;
};

/// Binds the options of the command to `o`.
void define_telemetry(CLI::App& app, telemetry_options& o);

}  // namespace netanomaly::program
