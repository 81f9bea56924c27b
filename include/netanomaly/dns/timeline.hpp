// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/config.hpp>
#include <netanomaly/core/prefetch.hpp>
#include <netanomaly/core/time.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace netanomaly::inline NETANOMALY_MODE::dns {

/// When things happened, in at most 48 equal intervals: one second wide at first, twice as wide whenever more than 48
/// of them are in use. Intervals begin at multiples of their width since 1970, so that the same events give the same
/// timeline in whatever order and on however many machines they were counted.
class timeline {
 public:
  static constexpr std::size_t max_intervals = 48;  ///< in use at the same time

  /// What is counted in one interval of time.
  struct interval {
    std::int64_t index = 0;               ///< begins at index * width()
    std::uint32_t queries = 0;            ///< asked
    std::uint32_t octets_up = 0;          ///< of query messages
    std::uint32_t octets_down = 0;        ///< of response messages
    std::array<std::uint64_t, 2> seen{};  ///< one bit for each name asked, by its hash
    friend bool operator==(const interval&, const interval&) = default;

    /// Distinct names asked, by linear counting (Whang, Vander-Zanden & Taylor, TODS 15(2), 1990): 5 % off at 100, and
    /// no more than the queries. All bits set, at some 600 names, says only "no less than 600".
    [[nodiscard]] double distinct_names() const noexcept {
      const int empty = 128 - std::popcount(seen[0]) - std::popcount(seen[1]);
      return std::min<double>(queries, empty == 0 ? 621 : 128 * std::log(128.0 / empty));
    }
    /// Whether distinct_names() has reached its greatest value.
    [[nodiscard]] bool is_saturated() const noexcept { return (seen[0] & seen[1]) == ~std::uint64_t{0}; }
  };

  /// One query; O(1), O(intervals) where the time is a new interval's.
  void add(time_point t, std::uint64_t name_hash, std::uint32_t octets_up, std::uint32_t octets_down) noexcept {
    interval& i = at(seconds_of(t) >> shift_);
    ++i.queries;
    add_capped(i.octets_up, octets_up);
    add_capped(i.octets_down, octets_down);
    i.seen[name_hash >> 6 & 1] |= std::uint64_t{1} << (name_hash & 63);
    while (intervals_.size() > max_intervals) widen();
  }

  void merge(const timeline& other) {
    while (shift_ < other.shift_) widen();
    for (interval theirs : other.intervals_) {
      theirs.index >>= shift_ - other.shift_;
      combine(at(theirs.index), theirs);
      while (intervals_.size() > max_intervals) {
        widen();
      }
    }
  }

  /// Seconds: a power of two.
  [[nodiscard]] std::int64_t width() const noexcept { return std::int64_t{1} << shift_; }
  /// Those in which something happened, in time order.
  [[nodiscard]] const std::vector<interval>& intervals() const noexcept { return intervals_; }
  /// Asks for what add() will read of the newest interval.
  void prefetch() const noexcept {
    if (!intervals_.empty()) netanomaly::prefetch(&intervals_.back());
  }
  /// Held beyond the object itself at most, told from the content alone.
  [[nodiscard]] std::size_t heap_bytes() const noexcept {
    return (shift_ > 0 ? 64 : intervals_.empty() ? 0 : std::bit_ceil(intervals_.size())) * sizeof(interval);
  }
  friend bool operator==(const timeline&, const timeline&) = default;

  void save(auto& out) const {
    out.scalar(shift_);
    out.scalar(static_cast<std::uint8_t>(intervals_.size()));
    for (const interval& i : intervals_) {
      out.scalar(i.index);
      out.scalar(i.queries);
      out.scalar(i.octets_up);
      out.scalar(i.octets_down);
      out.scalar(i.seen[0]);
      out.scalar(i.seen[1]);
    }
  }
  static timeline load(auto& in) {
    timeline t;
    t.shift_ = in.template scalar<std::uint8_t>();
    const auto count = in.template scalar<std::uint8_t>();
    if (in.ok() && (t.shift_ > 40 || count > max_intervals)) in.fail("a timeline that is too wide or too long");
    if (!in.charge(count, sizeof(interval))) return {};
    for (std::uint8_t n = 0; n < count && in.ok(); ++n) {
      interval i;
      i.index = in.template scalar<std::int64_t>();
      i.queries = in.template scalar<std::uint32_t>();
      i.octets_up = in.template scalar<std::uint32_t>();
      i.octets_down = in.template scalar<std::uint32_t>();
      i.seen[0] = in.template scalar<std::uint64_t>();
      i.seen[1] = in.template scalar<std::uint64_t>();
      if (in.ok() && n > 0 && i.index <= t.intervals_.back().index) in.fail("a timeline out of order");
      t.intervals_.push_back(i);
    }
    return in.ok() ? t : timeline();
  }

 private:
  static std::int64_t seconds_of(time_point t) noexcept {
    return std::chrono::floor<std::chrono::seconds>(t).time_since_epoch().count();
  }
  static void add_capped(std::uint32_t& sum, std::uint32_t more) noexcept {
    sum = sum > ~more ? ~std::uint32_t{0} : sum + more;
  }
  static void combine(interval& mine, const interval& theirs) noexcept {
    add_capped(mine.queries, theirs.queries);
    add_capped(mine.octets_up, theirs.octets_up);
    add_capped(mine.octets_down, theirs.octets_down);
    mine.seen[0] |= theirs.seen[0];
    mine.seen[1] |= theirs.seen[1];
  }
  interval& at(std::int64_t index) noexcept {
    if (!intervals_.empty() && intervals_.back().index == index) return intervals_.back();
    const auto found = std::ranges::lower_bound(intervals_, index, {}, &interval::index);
    if (found != intervals_.end() && found->index == index) return *found;
    const auto where = found - intervals_.begin();
    if (intervals_.size() == intervals_.capacity()) intervals_.reserve(std::bit_ceil(intervals_.size() + 1));
    return *intervals_.insert(intervals_.begin() + where, interval{.index = index});
  }
  void widen() noexcept {
    ++shift_;
    std::size_t used = 0;
    for (interval next : intervals_) {
      next.index >>= 1;
      if (used > 0 && intervals_[used - 1].index == next.index) {
        combine(intervals_[used - 1], next);
      } else {
        intervals_[used++] = next;
      }
    }
    intervals_.resize(used);
  }

  std::vector<interval> intervals_;
  std::uint8_t shift_ = 0;
};

}  // namespace netanomaly::inline NETANOMALY_MODE::dns
