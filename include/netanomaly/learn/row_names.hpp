// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/config.hpp>
#include <netanomaly/core/text.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace netanomaly::inline NETANOMALY_MODE::learn {

/// What the numbers of a row and its class are called, for explanations. What has no name here is "x3", or its number.
struct row_names {
  std::span<const std::string> attributes;  ///< columns, in the order of the row
  std::span<const std::vector<std::string>>
      values{};                            ///< of each attribute: what its 0, 1, ... stand for; numeric: none
  std::span<const std::string> classes{};  ///< by number

  /// The name of column i, else "x" and its number.
  [[nodiscard]] std::string attribute(std::size_t i) const {
    return i < attributes.size() ? attributes[i] : "x" + to_text(i);
  }
  /// What x stands for in column i, else the number.
  [[nodiscard]] std::string value(std::size_t i, double x) const {
    if (i < values.size() && x >= 0 && x < static_cast<double>(values[i].size()) &&
        static_cast<double>(static_cast<std::size_t>(x)) == x)
      return values[i][static_cast<std::size_t>(x)];
    return to_text(x);
  }
  /// The name of class c, else its number.
  [[nodiscard]] std::string class_name(std::uint32_t c) const { return c < classes.size() ? classes[c] : to_text(c); }
};

}  // namespace netanomaly::inline NETANOMALY_MODE::learn
