// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/config.hpp>
#include <netanomaly/core/state.hpp>
#include <netanomaly/core/time.hpp>
#include <netanomaly/window/moments.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace netanomaly::inline NETANOMALY_MODE::window {

/// The least-squares line of values against their times, while points come and go.
///
/// Times are seconds from an anchor inside the window, and what is summed is not x but its distance from a reference
/// line, the fit at the time of the last anchor(): neither the age of the Unix epoch nor a steep trend costs a digit,
/// and the sum of squared residuals is not a difference of large numbers. Sums are kept as in sliding_moments, and as
/// there stale() says when the owner of the window has to call anchor() with all of it.
///
/// Cost      add() and remove() O(1), about 8 ns each; 176 bytes.
/// Source    the normal equations in centred form.
class line_fit {
 public:
  void add(time_point time, double x) noexcept {
    if (count_ == 0) {
      *this = {};
      time_ = time;
      level_ = x;
    }
    put(time, x);
    ++age_;
    peak_ = (std::max)(peak_, rr_.high);
    fit();
  }
  /// Takes out a point that was added. What follows from the sums is made anew by the next add().
  void remove(time_point time, double x) noexcept {
    if (--count_ == 0) {
      *this = {};
      return;
    }
    const double t = seconds(time), r = distance(t, x);
    t_.add(-t);
    tt_.add(-(t * t));
    r_.add(-r);
    rt_.add(-(r * t));
    rr_.add(-(r * r));
  }

  [[nodiscard]] bool stale() const noexcept {
    if (count_ < 3) return false;
    return rr_.high < peak_ * 0x1p-40 || rr_.high - squares_ > squares_ * 1024 ||
           age_ > std::max<std::uint64_t>(2 * count_, 64);
  }
  /// Starts afresh: `each(f)` calls f(time, value) for each point of the window, every time the same ones.
  template <class Each>
  void anchor(Each&& each) noexcept {
    *this = {};
    double sum_t = 0, sum_x = 0;
    std::uint64_t n = 0;
    each([&](time_point time, double x) {
      if (n++ == 0) {
        time_ = time;
        level_ = x;
      }
      sum_t += seconds(time);
      sum_x += detail::bounded(x - level_);
    });
    if (n == 0) return;
    const double mean_t = sum_t / static_cast<double>(n), mean_x = sum_x / static_cast<double>(n);
    double tt = 0, tx = 0;
    each([&](time_point time, double x) {
      const double t = seconds(time) - mean_t;
      tt += t * t;
      tx += t * (detail::bounded(x - level_) - mean_x);
    });
    const double slope = tt > 0 ? tx / tt : 0;
    level_ += mean_x;
    time_ = shifted(time_, mean_t);
    slope_ = slope;
    each([&](time_point time, double x) { put(time, x); });
    age_ = 0;
    peak_ = rr_.high;
    fit();
  }

  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
  /// Of the value, a second; 0 where all times are the same.
  [[nodiscard]] double slope() const noexcept { return slope_ + rest_slope_; }
  /// The line at `time`.
  [[nodiscard]] double at(time_point time) const noexcept {
    const double t = seconds(time);
    return level_ + slope_ * t + rest_at(t);
  }
  /// x - at(time), without the rounding of at().
  [[nodiscard]] double residual(time_point time, double x) const noexcept {
    const double t = seconds(time);
    return distance(t, x) - rest_at(t);
  }
  /// Sum of squared residuals.
  [[nodiscard]] double residual_squares() const noexcept { return squares_; }
  /// Of the residuals, with n in the denominator; 0 where there is nothing.
  [[nodiscard]] double residual_deviation() const noexcept {
    return count_ == 0 ? 0 : std::sqrt(squares_ / static_cast<double>(count_));
  }

  void save(state_writer& out) const {
    out.scalar(count_), out.scalar(age_), out.scalar(time_), out.scalar(level_), out.scalar(slope_), out.scalar(peak_);
    for (const auto* s : {&t_, &tt_, &r_, &rt_, &rr_}) s->save(out);
  }
  static line_fit load(state_reader& in) {
    line_fit f;
    f.count_ = in.count();
    f.age_ = in.count();
    f.time_ = in.scalar<time_point>();
    f.level_ = in.finite();
    f.slope_ = in.finite();
    f.peak_ = in.finite();
    for (auto* s : {&f.t_, &f.tt_, &f.r_, &f.rt_, &f.rr_}) *s = detail::exact_sum::load(in);
    if (f.count_ > 0) f.fit();
    return f;
  }
  /// Whether this is the fit of a window; `each` as for anchor(). For what was loaded.
  template <class Each>
  [[nodiscard]] bool describes(Each&& each) const noexcept {
    line_fit fresh, sizes;
    fresh.time_ = time_, fresh.level_ = level_, fresh.slope_ = slope_;
    each([&](time_point time, double x) {
      fresh.put(time, x);
      const double t = std::abs(seconds(time)), r = std::abs(distance(seconds(time), x));
      sizes.t_.add(t), sizes.r_.add(r), sizes.rt_.add(r * t);
    });
    const double past = std::sqrt((std::max)(0.0, peak_));
    return count_ == fresh.count_ && peak_ >= rr_.high && detail::agrees(t_, fresh.t_, sizes.t_.high, 0) &&
           detail::agrees(tt_, fresh.tt_, fresh.tt_.high, 0) && detail::agrees(r_, fresh.r_, sizes.r_.high, past) &&
           detail::agrees(rt_, fresh.rt_, sizes.rt_.high, past * std::sqrt(fresh.tt_.high)) &&
           detail::agrees(rr_, fresh.rr_, fresh.rr_.high, peak_);
  }

 private:
  void put(time_point time, double x) noexcept {
    const double t = seconds(time), r = distance(t, x);
    ++count_;
    t_.add(t);
    tt_.add(t * t);
    r_.add(r);
    rt_.add(r * t);
    rr_.add(r * r);
  }
  // Modulo 2^64 nanoseconds, so that times centuries apart, or damaged state, are no undefined behaviour.
  [[nodiscard]] double seconds(time_point time) const noexcept {
    const auto apart = static_cast<std::uint64_t>(time.time_since_epoch().count()) -
                       static_cast<std::uint64_t>(time_.time_since_epoch().count());
    return static_cast<double>(static_cast<std::int64_t>(apart)) * 1e-9;
  }
  [[nodiscard]] static time_point shifted(time_point time, double seconds) noexcept {
    const auto by = static_cast<std::uint64_t>(static_cast<std::int64_t>(std::clamp(seconds * 1e9, -9.2e18, 9.2e18)));
    return time_point(
        duration(static_cast<std::int64_t>(static_cast<std::uint64_t>(time.time_since_epoch().count()) + by)));
  }
  [[nodiscard]] double distance(double t, double x) const noexcept {
    return detail::bounded((x - level_) - slope_ * t);
  }

  /// What follows from the sums. With r the distance from the reference line, the line through the r has the slope
  /// S_rt / S_tt, and the squared residuals sum to S_rr - S_rt^2 / S_tt, all about the means.
  void fit() noexcept {
    const double share = 1 / static_cast<double>(count_);
    const double t = t_.value(), r = r_.value();
    mean_t_ = t * share;
    mean_r_ = r * share;
    const double tt = (tt_.high - t * mean_t_) + tt_.low, rt = (rt_.high - r * mean_t_) + rt_.low;
    rest_slope_ = count_ > 1 && tt > 0 ? rt / tt : 0;
    squares_ = (std::max)(0.0, ((rr_.high - r * mean_r_) + rr_.low) - rest_slope_ * rt);
  }
  [[nodiscard]] double rest_at(double t) const noexcept { return mean_r_ + rest_slope_ * (t - mean_t_); }

  std::uint64_t count_ = 0;
  std::uint64_t age_ = 0;  // additions since the anchor was set
  time_point time_{};      // the reference line is level_ + slope_ * (seconds since time_)
  double level_ = 0, slope_ = 0;
  double peak_ = 0;  // the most that rr_ was since then
  detail::exact_sum t_, tt_, r_, rt_, rr_;
  double mean_t_ = 0, mean_r_ = 0, rest_slope_ = 0, squares_ = 0;  // what follows from them
};

}  // namespace netanomaly::inline NETANOMALY_MODE::window
