// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/hash.hpp>

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>

inline double uniform(netanomaly::splitmix64& next) { return static_cast<double>(next() >> 11) * 0x1p-53; }

/// Two numbers and a colour of four; the class follows from all three. One value in 20 is missing.
struct row {
  std::array<double, 3> x{};
  std::uint32_t label = 0;
};
inline row make_row(netanomaly::splitmix64& next, bool gaps = true) {
  row r{.x = {uniform(next), 100 * uniform(next), std::floor(4 * uniform(next))}};
  r.label = r.x[0] > 0.5 ? (r.x[1] < 30 ? 2U : 1U) : (r.x[2] == 3 ? 1U : 0U);
  if (gaps && uniform(next) < 0.15)
    r.x[static_cast<std::size_t>(next() % 3)] = std::numeric_limits<double>::quiet_NaN();
  return r;
}
/// The parameters of a learner of such rows.
template <class Learner>
typename Learner::params schema() {
  typename Learner::params p;
  p.features = 3;
  p.classes = 3;
  p.cardinalities = {0, 0, 4};
  p.delta = 0.01;
  return p;
}
