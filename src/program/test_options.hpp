// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace CLI {
class App;
}

namespace netanomaly::program {

/// What `netanomaly test` was asked for.
struct test_options {
  bool help = false;
  bool list = false;
  std::string name;
  std::string sample;
  std::vector<std::string> references;
  std::string alternative;  ///< empty: two-sided
  std::string distribution;
  std::uint32_t bins = 0;  ///< 0: the numbers are counts
  std::vector<std::pair<std::string, std::string>> set;
  bool json_lines = false;
  std::string output = "-";
};

/// Binds the options of the command to `o`.
void define_test(CLI::App& app, test_options& o);

}  // namespace netanomaly::program
