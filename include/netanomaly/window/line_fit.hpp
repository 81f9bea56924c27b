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
/// and the sum of squared residuals is not a difference of large numbers. That needs a fresh anchor when a spike has
/// left, when the line or the times have moved on, and after twice as many points as the window has: then stale() says
/// so, and the owner of the window calls anchor() with all of it. The sums themselves are plain doubles: between two
/// anchors their rounding stays below 1e-9 of the residuals' deviation, and is near 1e-13 as a rule.
///
/// Cost      add() and remove() O(1), about 3 ns each; 136 bytes.
/// Source    the normal equations in centred form.
class line_fit {
 public:
  /// A point enters; x is finite.
  void add(time_point time, double x) noexcept {
    if (count_ == 0) {
      *this = {};
      time_ = time;
      level_ = x;
    }
    put(time, x);
    ++age_;
    peak_ = (std::max)(peak_, rr_);
    fit();
  }
  /// remove() of the first and add() of the second, in one; the same but for rounding.
  void replace(time_point old_time, double old_x, time_point time, double x) noexcept {
    if (count_ == 1) {
      remove(old_time, old_x);
      add(time, x);
      return;
    }
    const double left = seconds(old_time), come = seconds(time);
    const double left_r = distance(left, old_x), come_r = distance(come, x);
    t_ += come - left;
    tt_ += come * come - left * left;
    r_ += come_r - left_r;
    rt_ += come_r * come - left_r * left;
    rr_ += come_r * come_r - left_r * left_r;
    ++age_;
    peak_ = (std::max)(peak_, rr_);
    fit();
  }
  /// Takes out a point that was added. What follows from the sums is made anew by the next add().
  void remove(time_point time, double x) noexcept {
    if (count_ == 1) {
      *this = {};
      return;
    }
    set_count(count_ - 1);
    const double t = seconds(time), r = distance(t, x);
    t_ -= t;
    tt_ -= t * t;
    r_ -= r;
    rt_ -= r * t;
    rr_ -= r * r;
  }

  /// Whether the owner of the window must call anchor() now, or digits are lost.
  [[nodiscard]] bool stale() const noexcept {
    return count_ >= 3 && (rr_ < peak_ * 0x1p-8 || rr_ > squares_ * 65 || tt_ > spread_ * 1025 || age_ > oldest_);
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
    peak_ = rr_;
    fit();
  }

  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }  ///< points held
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
  [[nodiscard]] double residual_deviation() const noexcept { return std::sqrt(squares_ * share_); }

  void save(state_writer& out) const {
    out.scalar(count_), out.scalar(age_), out.scalar(time_), out.scalar(level_), out.scalar(slope_), out.scalar(peak_);
    for (const double s : {t_, tt_, r_, rt_, rr_}) out.scalar(s);
  }
  static line_fit load(state_reader& in) {
    line_fit f;
    f.set_count(in.count());
    f.age_ = in.count();
    f.time_ = in.scalar<time_point>();
    f.level_ = in.finite();
    f.slope_ = in.finite();
    f.peak_ = in.finite();
    for (double* s : {&f.t_, &f.tt_, &f.r_, &f.rt_, &f.rr_}) *s = in.finite();
    if (f.count_ > 0) f.fit();
    return f;
  }
  /// Whether this is the fit of a window; `each` as for anchor(). For what was loaded.
  template <class Each>
  [[nodiscard]] bool describes(Each&& each) const noexcept {
    line_fit fresh;
    fresh.time_ = time_, fresh.level_ = level_, fresh.slope_ = slope_;
    double all_t = 0, all_r = 0, all_rt = 0;
    each([&](time_point time, double x) {
      fresh.put(time, x);
      const double t = std::abs(seconds(time)), r = std::abs(distance(seconds(time), x));
      all_t += t, all_r += r, all_rt += r * t;
    });
    const double past = std::sqrt((std::max)(0.0, peak_));
    const auto agree = [](double running, double anew, double sizes) {
      return std::abs(running - anew) <= 0x1p-20 * sizes;
    };
    return count_ == fresh.count_ && peak_ >= rr_ && agree(t_, fresh.t_, all_t) && agree(tt_, fresh.tt_, fresh.tt_) &&
           agree(r_, fresh.r_, all_r + past) && agree(rt_, fresh.rt_, all_rt + past * std::sqrt(fresh.tt_)) &&
           agree(rr_, fresh.rr_, peak_);
  }

 private:
  void set_count(std::uint64_t n) noexcept {
    count_ = n;
    share_ = n == 0 ? 0 : 1 / static_cast<double>(n);
    oldest_ = (std::max)(2 * n, std::uint64_t{64});
  }
  void put(time_point time, double x) noexcept {
    const double t = seconds(time), r = distance(t, x);
    set_count(count_ + 1);
    t_ += t;
    tt_ += t * t;
    r_ += r;
    rt_ += r * t;
    rr_ += r * r;
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
    mean_t_ = t_ * share_;
    mean_r_ = r_ * share_;
    spread_ = tt_ - t_ * mean_t_;
    const double rt = rt_ - r_ * mean_t_;
    rest_slope_ = count_ > 1 && spread_ > 0 ? rt / spread_ : 0;
    squares_ = (std::max)(0.0, (rr_ - r_ * mean_r_) - rest_slope_ * rt);
  }
  [[nodiscard]] double rest_at(double t) const noexcept { return mean_r_ + rest_slope_ * (t - mean_t_); }

  std::uint64_t count_ = 0;
  double share_ = 0;           // 1 / count
  std::uint64_t oldest_ = 64;  // that an anchor may be
  std::uint64_t age_ = 0;      // additions since the anchor was set
  time_point time_{};          // the reference line is level_ + slope_ * (seconds since time_)
  double level_ = 0, slope_ = 0;
  double peak_ = 0;                                  // the most that rr_ was since then
  double t_ = 0, tt_ = 0, r_ = 0, rt_ = 0, rr_ = 0;  // sums over the points, t and r from the reference line
  double mean_t_ = 0, mean_r_ = 0, spread_ = 0, rest_slope_ = 0, squares_ = 0;  // what follows from them
};

}  // namespace netanomaly::inline NETANOMALY_MODE::window
