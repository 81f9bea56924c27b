// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/config.hpp>

#include <chrono>

namespace netanomaly::inline NETANOMALY_MODE {

/// Nanoseconds since 1970-01-01T00:00:00Z, without leap seconds: 1677 to 2262.
using duration = std::chrono::nanoseconds;
using time_point = std::chrono::sys_time<duration>;  ///< UTC

/// A value and the time it belongs to. Where no time is given it is 1970: a detector that needs the time says so.
template <class T>
struct timed {
  T value{};          ///< what was measured
  time_point time{};  ///< when

  constexpr timed() noexcept = default;
  /// A value alone is at 1970.
  constexpr timed(T v, time_point t = {}) noexcept : value(v), time(t) {}  // NOLINT(google-explicit-constructor)
  friend bool operator==(const timed&, const timed&) = default;
};

}  // namespace netanomaly::inline NETANOMALY_MODE
