// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/config.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <string_view>

namespace netanomaly::inline NETANOMALY_MODE::learn {

/// What is done to features before they meet the trees of a forest.
enum class feature_scaling : std::uint8_t {
  none,        ///< nothing: the features are of one width already
  range,       ///< features are brought to one width, by what was seen of each
  logarithmic  ///< the same of sign(x) log2(1 + |x|), by straight lines between powers of two: linear up to |x| = 1
};
[[nodiscard]] constexpr std::array<std::string_view, 3> enumerator_names(feature_scaling /*type*/) noexcept {
  return {"none", "range", "logarithmic"};
}

namespace detail {
/// sign(x) log2(1 + |x|) with straight lines between powers of two: the bits of 1 + |x|, read as a number.
[[nodiscard]] inline double to_logarithm(double x) noexcept {
  constexpr auto one = std::bit_cast<std::uint64_t>(1.0);
  const double size = static_cast<double>(std::bit_cast<std::uint64_t>(1 + std::abs(x)) - one) * 0x1p-52;
  return std::copysign(size, x);
}
[[nodiscard]] inline double from_logarithm(double z) noexcept {
  constexpr auto one = std::bit_cast<std::uint64_t>(1.0);
  const double size = (std::min)(std::abs(z), 1023.0);
  return std::copysign(std::bit_cast<double>(one + static_cast<std::uint64_t>(size * 0x1p52)) - 1, z);
}
}  // namespace detail

}  // namespace netanomaly::inline NETANOMALY_MODE::learn
