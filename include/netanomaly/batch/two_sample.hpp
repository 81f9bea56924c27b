// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/concepts.hpp>
#include <netanomaly/core/config.hpp>
#include <netanomaly/core/params.hpp>

#include <array>
#include <cmath>
#include <span>
#include <string_view>

namespace netanomaly::inline NETANOMALY_MODE::batch {

/// Which differences count as evidence. Kolmogorov-Smirnov speaks of distribution functions: `greater` is the sample's
/// lying above, its values being smaller. The other tests speak of values and rates: `greater` is the sample's being
/// so.
enum class alternative : unsigned char { two_sided, less, greater };
constexpr std::array<std::string_view, 3> enumerator_names(alternative) noexcept {
  return {"two_sided", "less", "greater"};
}

/// Whether all values are finite.
[[nodiscard]] inline bool all_finite(std::span<const double> values) noexcept {
  double check = 0;
  for (const double x : values) check += x - x;
  return check == 0;
}

}  // namespace netanomaly::inline NETANOMALY_MODE::batch
