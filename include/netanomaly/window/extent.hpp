// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/config.hpp>
#include <netanomaly/core/params.hpp>
#include <netanomaly/core/time.hpp>

#include <cstdint>

namespace netanomaly::inline NETANOMALY_MODE::window {

/// How far back a window reaches: at most so many points, and none older than `span` counted from the newest. There is
/// always a bound by count, so that a window has its full size from the start and never allocates; when more points
/// come in a span than that, the oldest leave early.
struct extent {
  std::uint32_t points = 1440;  ///< at most
  duration span{};              ///< 0: no bound by time

  static constexpr void describe(auto& e, auto&& field) {
    field("points", e.points, between(1U, 1'000'000'000U), "observations", "the window holds at most so many");
    field("span", e.span, at_least(duration()), "", "the window holds none older; 0s: no bound by time");
  }
  friend bool operator==(const extent&, const extent&) = default;
};

}  // namespace netanomaly::inline NETANOMALY_MODE::window
