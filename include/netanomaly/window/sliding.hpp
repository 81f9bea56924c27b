// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/config.hpp>
#include <netanomaly/core/state.hpp>
#include <netanomaly/core/time.hpp>
#include <netanomaly/window/extent.hpp>
#include <netanomaly/window/line_fit.hpp>
#include <netanomaly/window/moments.hpp>
#include <netanomaly/window/order_statistics.hpp>

#include <algorithm>
#include <cassert>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace netanomaly::inline NETANOMALY_MODE::window {

/// What a window keeps up to date beside its values. They add up: keep::order | keep::moments.
enum class keep : unsigned {
  values = 0,   ///< nothing else
  times = 1,    ///< the time of each value, also where the window has no bound by time
  moments = 2,  ///< mean and variance
  order = 4,    ///< median, quantiles, ranks
  line = 8      ///< the least-squares line against time, and with it the times
};
/// Both.
[[nodiscard]] constexpr keep operator|(keep a, keep b) noexcept {
  return static_cast<keep>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}
/// Whether `one` is among `all`.
[[nodiscard]] constexpr bool has(keep all, keep one) noexcept {
  return (static_cast<unsigned>(all) & static_cast<unsigned>(one)) != 0;
}

namespace detail {
struct kept_nowhere {
  constexpr explicit kept_nowhere(auto&&...) noexcept {}
};
}  // namespace detail

/// The newest values of a stream, by count and by time, with the statistics that `Keep` asks for.
///
/// Values have positions, counted from the start of the stream: the window is [first(), end()). What left in the last
/// push() can still be read, at [left(), first()), so that a statistic over a part of the window is two positions that
/// move along. Times never run backwards: an earlier one counts as the newest.
///
/// Cost      push() O(1) and what is kept: moments 8 ns, order 60 to 150 ns. sizeof(Real) bytes a point, 8 more with
///           times, and order_statistics. No allocation after construction, copies included.
template <std::floating_point Real = double, keep Keep = keep::values>
class sliding {
 public:
  static constexpr keep keeps = Keep;  ///< what is kept up to date

  /// All memory at once.
  explicit sliding(const extent& e)
      : points_(e.points),
        span_(e.span),
        values_(std::size_t{e.points} + 1),
        times_(keeps_times(e) ? std::size_t{e.points} + 1 : 0),
        order_(e.points) {}

  /// Takes x.value, finite as a Real, and lets go of what no longer belongs.
  void push(timed<double> x) noexcept {
    const auto value = static_cast<Real>(x.value);
    if (x.time > newest_time_ || empty_ever()) newest_time_ = x.time;
    left_ = first_;
    const std::size_t next = next_slot_, at = after(next);
    if constexpr (has(Keep, keep::times | keep::line)) times_[next] = newest_time_;
    if (span_ > duration()) [[unlikely]]
      let_go_of_old();
    if (end_ - first_ == points_) [[likely]] {  // the oldest value stands after the free slot
      const Real oldest = values_[at];
      if constexpr (has(Keep, keep::order)) order_.replace(oldest, value);
      if constexpr (has(Keep, keep::moments)) moments_.replace(static_cast<double>(oldest), static_cast<double>(value));
      if constexpr (has(Keep, keep::line))
        line_.replace(times_[at], static_cast<double>(oldest), newest_time_, static_cast<double>(value));
      ++first_;
    } else {
      take_in(value);
    }
    values_[next] = value;
    newest_slot_ = next;
    next_slot_ = at;
    ++end_;
    if constexpr (has(Keep, keep::moments)) {
      if (moments_.stale()) [[unlikely]]
        anchor_moments();
    }
    if constexpr (has(Keep, keep::line)) {
      if (line_.stale()) line_.anchor(each_point());
    }
  }

  [[nodiscard]] std::size_t size() const noexcept { return static_cast<std::size_t>(end_ - first_); }
  [[nodiscard]] bool empty() const noexcept { return first_ == end_; }
  /// Whether the bound by count is reached.
  [[nodiscard]] bool full() const noexcept { return size() == points_; }
  /// Position of the oldest value.
  [[nodiscard]] std::uint64_t first() const noexcept { return first_; }
  [[nodiscard]] std::uint64_t end() const noexcept { return end_; }
  /// [left(), first()) is what the last push() let go of.
  [[nodiscard]] std::uint64_t left() const noexcept { return left_; }

  /// At a position from left() to end() - 1.
  [[nodiscard]] double value(std::uint64_t position) const noexcept {
    return static_cast<double>(values_[slot(position)]);
  }
  /// Only where times are kept: by keep::times, or because the window is bounded by time.
  [[nodiscard]] time_point time(std::uint64_t position) const noexcept { return times_[slot(position)]; }
  /// Not of an empty window.
  [[nodiscard]] timed<double> newest() const noexcept {
    return {static_cast<double>(values_[newest_slot_]), newest_time_};
  }

  /// The values in order of arrival, as two runs of which either may be empty.
  [[nodiscard]] std::pair<std::span<const Real>, std::span<const Real>> runs() const noexcept {
    return runs(first_, end_);
  }
  /// Of the positions [from, to), between left() and end().
  [[nodiscard]] std::pair<std::span<const Real>, std::span<const Real>> runs(std::uint64_t from,
                                                                             std::uint64_t to) const noexcept {
    if (from == to) return {};
    const std::size_t start = slot(from), all = static_cast<std::size_t>(to - from);
    const std::size_t count = (std::min)(all, values_.size() - start);
    return {std::span(values_).subspan(start, count), std::span(values_).first(all - count)};
  }

  /// Mean and variance of what is in the window.
  [[nodiscard]] const sliding_moments& moments() const noexcept
    requires(has(Keep, keep::moments))
  {
    return moments_;
  }
  /// The least-squares line through what is in the window.
  [[nodiscard]] const line_fit& line() const noexcept
    requires(has(Keep, keep::line))
  {
    return line_;
  }
  /// Median, quantiles and ranks of what is in the window.
  [[nodiscard]] const order_statistics<Real>& order() const noexcept
    requires(has(Keep, keep::order))
  {
    return order_;
  }

  void clear() noexcept {
    first_ = end_ = left_ = 0;
    newest_slot_ = values_.size() - 1;
    next_slot_ = 0;
    newest_time_ = {};
    if constexpr (has(Keep, keep::moments)) moments_ = {};
    if constexpr (has(Keep, keep::line)) line_ = {};
    if constexpr (has(Keep, keep::order)) order_.clear();
  }

  /// What it holds besides itself.
  [[nodiscard]] std::size_t heap_bytes() const noexcept {
    return static_cast<std::size_t>(heap_bytes_for({.points = static_cast<std::uint32_t>(points_), .span = span_}));
  }
  [[nodiscard]] static constexpr std::uint64_t heap_bytes_for(const extent& e) noexcept {
    std::uint64_t bytes = (std::uint64_t{e.points} + 1) * sizeof(Real);
    if (keeps_times(e)) bytes += (std::uint64_t{e.points} + 1) * sizeof(time_point);
    if constexpr (has(Keep, keep::order)) bytes += order_statistics<Real>::heap_bytes_for(e.points);
    return bytes;
  }

  /// Position, values, times, sums; the extent is the owner's parameter. The order is made anew from the values.
  void save(state_writer& out) const {
    out.scalar(static_cast<std::uint8_t>(sizeof(Real)));
    out.scalar(end_);
    out.scalar(std::uint64_t{size()});
    out.scalar(newest_time_);
    const auto [older, newer] = runs();
    out.array(older);
    out.array(newer);
    if (!times_.empty()) {
      for (std::uint64_t p = first_; p != end_; ++p) out.scalar(time(p));
    }
    if constexpr (has(Keep, keep::moments)) moments_.save(out);
    if constexpr (has(Keep, keep::line)) line_.save(out);
  }
  /// An empty window where `in` failed.
  static sliding load(state_reader& in, const extent& e) {
    if (!in.charge(heap_bytes_for(e))) return sliding(extent{.points = 1});
    sliding w(e);
    w.read(in);
    if (!in.ok()) w.clear();
    return w;
  }

 private:
  [[nodiscard]] static constexpr bool keeps_times(const extent& e) noexcept {
    return has(Keep, keep::times) || has(Keep, keep::line) || e.span > duration();
  }
  [[nodiscard]] bool empty_ever() const noexcept { return end_ == 0; }
  /// Of a time before the newest; the difference of two time points may not fit a duration.
  [[nodiscard]] std::uint64_t age(time_point t) const noexcept {
    return static_cast<std::uint64_t>(newest_time_.time_since_epoch().count()) -
           static_cast<std::uint64_t>(t.time_since_epoch().count());
  }
  [[nodiscard]] std::size_t slot(std::uint64_t position) const noexcept {
    assert(position >= left_ && position < end_);
    const auto back = static_cast<std::size_t>(end_ - 1 - position);
    return newest_slot_ >= back ? newest_slot_ - back : newest_slot_ + last_slot() + 1 - back;
  }
  [[nodiscard]] std::size_t last_slot() const noexcept { return static_cast<std::size_t>(points_); }
  [[nodiscard]] std::size_t after(std::size_t slot) const noexcept { return slot == last_slot() ? 0 : slot + 1; }
  [[nodiscard]] auto each_point() const noexcept {
    return [this](auto&& take) {
      for (std::uint64_t p = first_; p != end_; ++p) take(time(p), this->value(p));
    };
  }
  // Out of line, so that push() is short where a full window takes one value and lets go of one.
  [[gnu::noinline]] void let_go_of_old() noexcept {
    times_[next_slot_] = newest_time_;
    while (first_ != end_ && age(times_[slot(first_)]) > static_cast<std::uint64_t>(span_.count())) let_go();
  }
  [[gnu::noinline]] void take_in(Real value) noexcept {
    if constexpr (has(Keep, keep::order)) order_.insert(value);
    if constexpr (has(Keep, keep::moments)) moments_.add(static_cast<double>(value));
    if constexpr (has(Keep, keep::line)) line_.add(newest_time_, static_cast<double>(value));
  }
  [[gnu::noinline]] void anchor_moments() noexcept {
    const auto [older, newer] = runs();
    moments_.anchor(older, newer);
  }
  void let_go() noexcept {
    const Real value = values_[slot(first_)];
    if constexpr (has(Keep, keep::order)) order_.erase(value);
    if constexpr (has(Keep, keep::moments)) moments_.remove(static_cast<double>(value));
    if constexpr (has(Keep, keep::line)) line_.remove(times_[slot(first_)], static_cast<double>(value));
    ++first_;
  }
  void read(state_reader& in) {
    if (in.scalar<std::uint8_t>() != sizeof(Real)) in.fail("values of another size");
    end_ = in.count();
    const auto count = in.count();
    newest_time_ = in.scalar<time_point>();
    if (count > points_ || count > end_ || (count == 0 && end_ != 0))
      in.fail("a window of more or fewer values than it can hold");
    if (!in.ok()) return;
    const auto n = static_cast<std::size_t>(count);
    first_ = left_ = end_ - count;
    newest_slot_ = n == 0 ? values_.size() - 1 : n - 1;
    next_slot_ = after(newest_slot_);
    in.array(std::span(values_).first(n));
    for (std::size_t i = 0; i < n; ++i) {
      if (!(values_[i] - values_[i] == 0)) in.fail("a value that is not finite");
    }
    if (!times_.empty()) {
      for (std::size_t i = 0; i < n; ++i) {
        times_[i] = in.scalar<time_point>();
        if (i > 0 && times_[i] < times_[i - 1]) in.fail("a time that runs backwards");
      }
      if (n > 0 && times_[n - 1] != newest_time_) in.fail("a newest time that is not the newest");
    }
    if constexpr (has(Keep, keep::moments)) {
      moments_ = sliding_moments::load(in);
      const auto [older, newer] = runs();
      if (!moments_.describes(older, newer)) in.fail("moments of other values");
    }
    if constexpr (has(Keep, keep::line)) {
      line_ = line_fit::load(in);
      if (!line_.describes(each_point())) in.fail("a line through other points");
    }
    if constexpr (has(Keep, keep::order)) {
      if (in.ok()) order_.assign(std::span<const Real>(values_).first(n));
    }
  }

  std::uint64_t first_ = 0;
  std::uint64_t end_ = 0;
  std::uint64_t left_ = 0;
  std::size_t next_slot_ = 0;  // after the newest, and free; not beside newest_slot_, or GCC packs both for one store
  std::uint64_t points_;
  duration span_;
  time_point newest_time_{};
  std::vector<Real> values_;  // one more than points, so that what the newest pushes out can still be read
  std::vector<time_point> times_;
  std::size_t newest_slot_ = values_.size() - 1;
  [[no_unique_address]] std::conditional_t<has(Keep, keep::moments), sliding_moments, detail::kept_nowhere> moments_{};
  [[no_unique_address]] std::conditional_t<has(Keep, keep::line), line_fit, detail::kept_nowhere> line_{};
  [[no_unique_address]] std::conditional_t<has(Keep, keep::order), order_statistics<Real>, detail::kept_nowhere> order_;
};

}  // namespace netanomaly::inline NETANOMALY_MODE::window
