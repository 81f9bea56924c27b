// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <span>
#include <sstream>
#include <string>
#include <vector>

#include "support/dns_encoder.hpp"

namespace netanomaly_test {

struct golden_name {
  std::vector<std::byte> wire;
  std::vector<double> values;  ///< in the order of the columns of name_features.py
};

/// Names, and the values that tests/data/dns/name_features.py computed from the definitions.
inline const std::vector<golden_name>& golden_names() {
  static const auto names = [] {
    std::vector<golden_name> read;
    std::ifstream file(NETANOMALY_TEST_DATA "/dns/name_features.tsv");
    std::string line;
    while (std::getline(file, line)) {
      if (line.starts_with('#')) continue;
      std::istringstream fields(line);
      std::string field;
      fields >> field;
      golden_name& g = read.emplace_back();
      g.wire = from_hex(field);
      while (fields >> field) g.values.push_back(std::strtod(field.c_str(), nullptr));
    }
    return read;
  }();
  return names;
}

/// FNV-1a over the bits of many numbers; all NaN are one.
class bits_sum {
 public:
  void add(std::span<const double> numbers) {
    for (const double x : numbers) {
      sum_ ^= std::isnan(x) ? 0x7ff8000000000000 : std::bit_cast<std::uint64_t>(x);
      sum_ *= 0x100000001b3;
    }
  }
  [[nodiscard]] std::uint64_t value() const { return sum_; }

 private:
  std::uint64_t sum_ = 0xcbf29ce484222325;
};

/// Of the feature vectors of all golden names, with the built-in suffixes and words, in every build and on every
/// machine.
inline constexpr std::uint64_t golden_bits = 0xfa6d874b33a5c5f2;

}  // namespace netanomaly_test
