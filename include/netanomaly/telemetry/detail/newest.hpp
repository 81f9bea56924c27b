// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/config.hpp>
#include <netanomaly/core/result.hpp>
#include <netanomaly/core/state.hpp>
#include <netanomaly/core/text.hpp>
#include <netanomaly/core/time.hpp>
#include <netanomaly/core/verdict.hpp>
#include <netanomaly/telemetry/compatibility.hpp>
#include <netanomaly/window/extent.hpp>
#include <netanomaly/window/moments.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

namespace netanomaly::inline NETANOMALY_MODE::telemetry::detail {

/// Whether the window can ever hold what warming up takes.
[[nodiscard]] inline result<void> check_warmup(std::uint32_t warmup, const window::extent& extent, compatibility mode) {
  if (mode == compatibility::skyline || warmup <= extent.points) return {};
  return unexpected(
      error("warmup is " + to_text(warmup) + ", and the window has only " + to_text(extent.points) + " points"));
}

/// Skyline's "tail": the mean of the newest three values, added from the newest back; the newest where fewer are there.
[[nodiscard]] double tail(const auto& window) noexcept {
  const double newest = window.newest().value;
  if (window.size() < 3) return newest;
  return (newest + window.value(window.end() - 2) + window.value(window.end() - 3)) / 3;
}

/// The answer to "deviation > threshold * scale" as Skyline gives it: NaN on either side is no; with a scale of 0 any
/// deviation is infinitely many.
[[nodiscard]] inline verdict skyline_ratio(double deviation, double scale, double threshold) noexcept {
  const double ratio = deviation == 0 ? 0 : deviation / scale;
  if (std::isnan(ratio)) return {};
  return {.score = ratio, .anomalous = deviation > threshold * scale, .state = verdict::status::judged};
}

/// deviation / max(scale, floor * |level|), the floor never nothing: finite, and 0 where there is no deviation.
[[nodiscard]] inline verdict floored_ratio(double deviation, double scale, double level, double floor,
                                           double threshold) noexcept {
  const double least = (std::max)(floor * std::abs(level), (std::numeric_limits<double>::min)());
  return verdict::judge(deviation / (std::max)(least, scale), threshold);
}

/// How long before `newest` the time is; times run forward, but their difference may not fit a duration.
[[nodiscard]] constexpr std::uint64_t age(time_point newest, time_point time) noexcept {
  return static_cast<std::uint64_t>(newest.time_since_epoch().count()) -
         static_cast<std::uint64_t>(time.time_since_epoch().count());
}
[[nodiscard]] constexpr std::uint64_t nanoseconds(duration d) noexcept { return static_cast<std::uint64_t>(d.count()); }

/// A part of a window with its mean and variance: the positions [begin, end), both of which only move forward.
class part_moments {
 public:
  /// Follows the window: the part now is [begin, end). Positions that left it must still be readable.
  void follow(const auto& window, std::uint64_t begin, std::uint64_t end) noexcept {
    if (end == end_ + 1 && begin == begin_ + 1 && begin_ != end_) {
      sums_.replace(window.value(begin_++), window.value(end_++));
    } else if (end != end_ || begin != begin_) {
      move(window, begin, end);
    }
    if (sums_.stale()) [[unlikely]]
      anchor(window);
  }
  [[nodiscard]] std::uint64_t begin() const noexcept { return begin_; }
  [[nodiscard]] std::uint64_t end() const noexcept { return end_; }
  [[nodiscard]] const window::sliding_moments& moments() const noexcept { return sums_; }

  void save(state_writer& out) const {
    out.scalar(begin_);
    out.scalar(end_);
    sums_.save(out);
  }
  void load(state_reader& in, const auto& window) {
    begin_ = in.count();
    end_ = in.count();
    sums_ = window::sliding_moments::load(in);
    if (in.ok() && (begin_ < window.first() || end_ < begin_ || end_ > window.end()))
      in.fail("a part of a window that is not in it");
    if (!in.ok()) return;
    const auto [older, newer] = window.runs(begin_, end_);
    if (!sums_.describes(older, newer)) in.fail("moments of other values than those of the part");
  }

 private:
  [[gnu::noinline]] void move(const auto& window, std::uint64_t begin, std::uint64_t end) noexcept {
    for (; end_ < end; ++end_) sums_.add(window.value(end_));
    for (; begin_ < begin; ++begin_) sums_.remove(window.value(begin_));
  }
  [[gnu::noinline]] void anchor(const auto& window) noexcept {
    const auto [older, newer] = window.runs(begin_, end_);
    sums_.anchor(older, newer);
  }

  std::uint64_t begin_ = 0, end_ = 0;
  window::sliding_moments sums_;
};

}  // namespace netanomaly::inline NETANOMALY_MODE::telemetry::detail
