// SPDX-License-Identifier: Apache-2.0
#pragma once

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

/// What `netanomaly train`, `score` or `evaluate` was asked for; each has some of these.
struct learn_options {
  bool help = false;
  std::string kind;
  std::string input;
  std::string label;
  std::string model;
  std::string from;                                    ///< a model to go on with
  std::vector<std::string> classes;                    ///< all that there are; empty: those that are seen
  std::vector<std::string> positive;                   ///< classes that are anomalies; empty: found out
  std::vector<std::string> ignored, numeric, nominal;  ///< columns
  std::optional<std::uint64_t> inspected;              ///< rows that tell the types of columns
  std::vector<std::pair<std::string, std::string>> set;
  bool explain = false;
  bool all_rows = false;
  bool json_lines = false;
  std::string output = "-";
  std::string report;
  std::optional<std::size_t> top;
  bool fail_on_anomaly = false;
  std::uint64_t memory_limit = std::uint64_t{4} << 30;
};

/// Bind the options of a command to `o`.
void define_train(CLI::App& app, learn_options& o);
void define_score(CLI::App& app, learn_options& o);
void define_evaluate(CLI::App& app, learn_options& o);

}  // namespace netanomaly::program
