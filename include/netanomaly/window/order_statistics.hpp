// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/config.hpp>

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <numeric>
#include <span>
#include <type_traits>
#include <vector>

namespace netanomaly::inline NETANOMALY_MODE::window {

namespace detail {
/// Whether a value stands before x in order: below it, or with `OrEqual` equal to it.
template <bool OrEqual, class Real, class X>
[[nodiscard]] constexpr bool comes_before(Real value, X x) noexcept {
  return OrEqual ? value <= x : value < x;
}
/// How many of the n values come before x.
template <bool OrEqual, class Real, class X>
[[nodiscard]] std::size_t count_before(const Real* a, std::size_t n, X x) noexcept {
  std::size_t i = 0, count = 0;
#if defined(__GNUC__)
  if constexpr (std::is_same_v<Real, double> && std::is_same_v<X, double>) {
    // Pairs by the compiler's vector extension: by itself it compares one by one.
    using pair = double __attribute__((vector_size(16)));
    using counts = std::int64_t __attribute__((vector_size(16)));
    counts both{};
    for (; i + 2 <= n; i += 2) {
      pair values;
      std::memcpy(&values, a + i, sizeof values);
      both -= OrEqual ? values <= x : values < x;  // true is -1
    }
    count = static_cast<std::size_t>(both[0] + both[1]);
  }
#endif
  for (; i < n; ++i) count += comes_before<OrEqual>(a[i], x) ? 1 : 0;
  return count;
}
/// How many of the n values, in order, come before each x.
//
// Where to go on cannot be foreseen, so there are no branches; several x are looked for side by side, as each step
// waits for the one before; and the last steps are one count over 8 values.
template <bool OrEqual = false, class Real, class X, std::size_t Count>
[[nodiscard]] std::array<std::size_t, Count> ranks_among(const Real* a, std::size_t n,
                                                         const std::array<X, Count>& x) noexcept {
  constexpr std::size_t lanes = 8;
  std::array<std::size_t, Count> rank{};
  if (n < lanes) {
    for (std::size_t k = 0; k < Count; ++k) rank[k] = count_before<OrEqual>(a, n, x[k]);
    return rank;
  }
  for (std::size_t left = n; left > lanes;) {
    const std::size_t half = left / 2;
    for (std::size_t k = 0; k < Count; ++k)
      rank[k] = comes_before<OrEqual>(a[rank[k] + half - 1], x[k]) ? rank[k] + half : rank[k];
    left -= half;
  }
  for (std::size_t k = 0; k < Count; ++k) {
    rank[k] = (std::min)(rank[k], n - lanes);
    rank[k] += count_before<OrEqual>(a + rank[k], lanes, x[k]);
  }
  return rank;
}
template <bool OrEqual = false, class Real, class X>
[[nodiscard]] std::size_t rank_among(const Real* a, std::size_t n, X x) noexcept {
  return ranks_among<OrEqual>(a, n, std::array<X, 1>{x})[0];
}

/// The mean of two finite values, which overflows nowhere.
[[nodiscard]] inline double halfway(double a, double b) noexcept {
  const double sum = a + b;
  return sum - sum == 0 ? sum / 2 : a / 2 + b / 2;
}
}  // namespace detail

/// Where order_statistics found the median and the deviation from it: given back to it, the next ones are near.
struct split_hint {
  std::size_t low = 0;             ///< values below the two that stand nearest to the deviation
  std::uint32_t low_block = 0;     ///< where the lower one stands
  std::uint32_t high_block = 0;    ///< where the upper one stands
  std::uint32_t middle_block = 0;  ///< where the median stands
};

/// Values in order while they come and go: exact median, quantiles, median absolute deviation, rank of any value.
///
/// Sorted blocks of at most 160 values, any two neighbours together more than 120, under a directory of each block's
/// first value and of the number of values before it; one block where the capacity is 160 or less. A value is found by
/// two binary searches without branches, put in or taken out by one shift inside its block; replacing one by another
/// moves only the counts of the blocks between the two.
///
/// Stores     finite values, at most `capacity` of them; -0 counts as 0.
/// Cost       insert, erase, replace: O(log capacity + 160 + blocks / 8), no allocation after construction, copies
///            included; select and rank O(log capacity). 8 to 9 bytes a value up to capacity 160, above it up to 22 for
///            Real = double.
template <class Real = double>
class order_statistics {
 public:
  explicit order_statistics(std::size_t capacity)
      : capacity_(std::max<std::size_t>(capacity, 1)),
        block_((std::min)(capacity_, full_block)),
        values_(block_ * block_count(capacity_)),
        first_(block_count(capacity_)),
        before_(block_count(capacity_) + 1),
        slot_(block_count(capacity_)) {
    clear();
  }

  void clear() noexcept {
    blocks_ = 1;
    before_[0] = before_[1] = 0;
    std::iota(slot_.begin(), slot_.end(), std::uint32_t{0});
  }

  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }  ///< values it has room for
  [[nodiscard]] std::size_t size() const noexcept { return before_[blocks_]; }
  [[nodiscard]] bool empty() const noexcept { return size() == 0; }

  /// Needs size() < capacity().
  void insert(Real x) noexcept {
    assert(size() < capacity_);
    x += Real{0};
    const std::size_t b = with_room(x);
    put(b, x);
    for (std::size_t i = b + 1; i <= blocks_; ++i) ++before_[i];
  }
  /// clear(), and all of `values`, in any order; at most capacity() of them.
  void assign(std::span<const Real> values) {
    clear();
    std::vector<Real> sorted(values.begin(), values.end());
    for (Real& x : sorted) x += Real{0};
    std::sort(sorted.begin(), sorted.end());
    blocks_ = std::max<std::size_t>(1, (sorted.size() + block_ - 1) / block_);
    for (std::size_t b = 0; b < blocks_; ++b) {
      before_[b] = static_cast<std::uint32_t>(sorted.size() * b / blocks_);
      before_[b + 1] = static_cast<std::uint32_t>(sorted.size() * (b + 1) / blocks_);
      std::copy(sorted.begin() + before_[b], sorted.begin() + before_[b + 1], data(b));
      first_[b] = data(b)[0];
    }
  }
  /// Takes out one value equal to x, which must be there.
  void erase(Real x) noexcept {
    x += Real{0};
    const std::size_t b = block_of(x);
    take(b, x);
    for (std::size_t i = b + 1; i <= blocks_; ++i) --before_[i];
    join(b);
  }
  /// erase(old) and insert(x), in one.
  void replace(Real old, Real x) noexcept {
    old += Real{0};
    x += Real{0};
    std::size_t from = block_of(old);
    std::size_t to = block_of(x);
    if (from == to) {
      Real* const a = data(from);
      const std::size_t n = count(from);
      const std::size_t i = lower(a, n, old);
      const std::size_t j = lower(a, n, x);
      assert(i < n && a[i] == old);
      if (j > i) {
        shift_down(a + i, j - 1 - i);
        a[j - 1] = x;
      } else {
        shift_up(a + j, i - j);
        a[j] = x;
      }
      first_[from] = a[0];
      return;
    }
    if (count(to) == block_) {
      to = with_room(x);
      from = block_of(old);
      if (from == to) return replace(old, x);
    }
    take(from, old);
    put(to, x);
    move_count(from, to);
    join(from);
  }

  /// The value with k values before it; k < size().
  [[nodiscard]] Real select(std::size_t k) const noexcept {
    assert(k < size());
    const std::size_t b = block_at(k);
    return data(b)[k - before_[b]];
  }
  /// Of one value at least, without a search.
  [[nodiscard]] Real least() const noexcept { return first_[0]; }
  /// Of one value at least, without a search.
  [[nodiscard]] Real greatest() const noexcept { return data(blocks_ - 1)[count(blocks_ - 1) - 1]; }
  /// How many values are less than x.
  [[nodiscard]] std::size_t count_below(double x) const noexcept {
    std::size_t b = 0;
    for (std::size_t n = blocks_; n > 1;) {
      const std::size_t half = n / 2;
      b = first_[b + half] < x ? b + half : b;
      n -= half;
    }
    return before_[b] + lower(data(b), count(b), x);
  }
  /// How many values are at most x.
  [[nodiscard]] std::size_t count_at_most(double x) const noexcept {
    const std::size_t b = block_of(x);
    return before_[b] + upper(data(b), count(b), x);
  }

  /// The mean of the two middle values where their number is even; NaN where there are none.
  [[nodiscard]] double median(split_hint& hint) const noexcept {
    const std::size_t n = size();
    if (n == 0) return std::numeric_limits<double>::quiet_NaN();
    const cursor middle(*this, n / 2, hint.middle_block);
    return n % 2 == 1 ? middle.value() : detail::halfway(middle.previous(), middle.value());
  }
  /// Without a hint.
  [[nodiscard]] double median() const noexcept {
    split_hint nowhere;
    return median(nowhere);
  }
  /// Linear between the two values around q (n - 1), for q from 0 to 1 (type 7 of Hyndman & Fan, The American
  /// Statistician 50(4), 1996); NaN where there are none.
  [[nodiscard]] double quantile(double q) const noexcept {
    if (empty()) return std::numeric_limits<double>::quiet_NaN();
    const double at = std::clamp(q, 0.0, 1.0) * static_cast<double>(size() - 1);
    const auto k = static_cast<std::size_t>(at);
    const double low = select(k);
    return k + 1 == size() ? low : std::lerp(low, static_cast<double>(select(k + 1)), at - static_cast<double>(k));
  }

  /// The median of |x - median|, for `median` between the least and the greatest value; NaN where there are none.
  //
  // The K = (n + 1) / 2 values nearest to the median are neighbours in order, ranks low
  // to low + K - 1. `low` is right where neither the value after them is nearer than the first of them nor the value
  // before them nearer than the last. Both distances are monotonic in low, so it is found by steps from the last
  // answer, or by bisection.
  [[nodiscard]] double median_absolute_deviation(double median, split_hint& hint) const noexcept {
    const std::size_t n = size();
    if (n == 0) return std::numeric_limits<double>::quiet_NaN();
    const std::size_t k = (n + 1) / 2;
    const std::size_t last = n - k;  // the greatest `low`
    std::size_t low = (std::min)(hint.low, last);
    cursor a(*this, low, hint.low_block);
    cursor z(*this, low + k - 1, hint.high_block);
    // One step at most, as a rule, and chance decides which: without a branch where the neighbours are at hand.
    if (low > 0 && low < last && a.has_neighbours() && z.has_neighbours()) {
      const bool up = median - a.value() > z.next() - median;
      const bool down = z.value() - median > median - a.previous();
      const std::ptrdiff_t step = static_cast<std::ptrdiff_t>(up) - static_cast<std::ptrdiff_t>(down && !up);
      a.move(step), z.move(step);
      low += static_cast<std::size_t>(step);
    }
    for (int steps = 0;; ++steps) {
      if (steps == 8) {
        low = bisect(median, k, last);
        a = cursor(*this, low, hint.low_block);
        z = cursor(*this, low + k - 1, hint.high_block);
      }
      if (low < last && median - a.value() > z.next() - median) {
        a.forward(), z.forward();
        ++low;
      } else if (low > 0 && z.value() - median > median - a.previous()) {
        a.backward(), z.backward();
        --low;
      } else {
        break;
      }
    }
    hint.low = low;
    constexpr double none = std::numeric_limits<double>::infinity();
    const double inner = (std::max)(median - a.value(), z.value() - median);
    if (n % 2 == 1) return inner;
    const double outer = (std::min)(low > 0 ? median - a.previous() : none, low < last ? z.next() - median : none);
    return detail::halfway(inner, outer);
  }
  /// Without a hint: found by walking from the middle.
  [[nodiscard]] double median_absolute_deviation(double median) const noexcept {
    split_hint nowhere{.low = size() / 4};
    return median_absolute_deviation(median, nowhere);
  }

  /// What it holds besides itself.
  [[nodiscard]] std::size_t heap_bytes() const noexcept { return static_cast<std::size_t>(heap_bytes_for(capacity_)); }
  [[nodiscard]] static constexpr std::uint64_t heap_bytes_for(std::size_t capacity) noexcept {
    const std::size_t c = std::max<std::size_t>(capacity, 1);
    const std::uint64_t blocks = block_count(c);
    return blocks * ((std::min)(c, full_block) * sizeof(Real) + sizeof(Real) + 2 * sizeof(std::uint32_t)) +
           sizeof(std::uint32_t);
  }

 private:
  static constexpr std::size_t full_block = 160;
  static constexpr std::size_t joint = 120;  // neighbours that hold so many or fewer become one

  /// Enough: of 2 m + 1 blocks, m pairs hold more than `joint` each; two more while one is split.
  [[nodiscard]] static constexpr std::size_t block_count(std::size_t capacity) noexcept {
    return capacity <= full_block ? 1 : 2 * (capacity / (joint + 1)) + 3;
  }

  [[nodiscard]] Real* data(std::size_t b) noexcept { return values_.data() + slot_[b] * block_; }
  [[nodiscard]] const Real* data(std::size_t b) const noexcept { return values_.data() + slot_[b] * block_; }
  [[nodiscard]] std::size_t count(std::size_t b) const noexcept { return before_[b + 1] - before_[b]; }

  /// The last block whose first value is at most x, or the first one.
  [[nodiscard]] std::size_t block_of(double x) const noexcept {
    std::size_t b = 0;
    for (std::size_t n = blocks_; n > 1;) {
      const std::size_t half = n / 2;
      b = first_[b + half] <= x ? b + half : b;
      n -= half;
    }
    return b;
  }
  /// The block that holds rank k.
  [[nodiscard]] std::size_t block_at(std::size_t k) const noexcept {
    std::size_t b = 0;
    for (std::size_t n = blocks_; n > 1;) {
      const std::size_t half = n / 2;
      b = before_[b + half] <= k ? b + half : b;
      n -= half;
    }
    return b;
  }
  /// The same, looked for first where it was found the last time.
  [[nodiscard]] std::size_t block_at(std::size_t k, std::uint32_t& found) const noexcept {
    if (found >= blocks_ || k - before_[found] >= count(found)) found = static_cast<std::uint32_t>(block_at(k));
    return found;
  }
  template <class X>
  [[nodiscard]] static std::size_t lower(const Real* a, std::size_t n, X x) noexcept {
    return detail::rank_among(a, n, x);
  }
  [[nodiscard]] static std::size_t upper(const Real* a, std::size_t n, double x) noexcept {
    return detail::rank_among<true>(a, n, x);
  }
  static void shift_up(Real* a, std::size_t n) noexcept { std::memmove(a + 1, a, n * sizeof(Real)); }
  static void shift_down(Real* a, std::size_t n) noexcept { std::memmove(a, a + 1, n * sizeof(Real)); }

  /// Into and out of a block; the counts are the caller's.
  void put(std::size_t b, Real x) noexcept {
    Real* const a = data(b);
    const std::size_t n = count(b);
    const std::size_t i = lower(a, n, x);
    shift_up(a + i, n - i);
    a[i] = x;
    first_[b] = a[0];
  }
  void take(std::size_t b, Real x) noexcept {
    Real* const a = data(b);
    const std::size_t n = count(b);
    const std::size_t i = lower(a, n, x);
    assert(i < n && a[i] == x);
    shift_down(a + i, n - 1 - i);
    first_[b] = a[0];
  }

  /// One value fewer in block `from`, one more in block `to`. Where blocks are few all are gone through, without a
  /// branch that chance decides.
  void move_count(std::size_t from, std::size_t to) noexcept {
    if (blocks_ > 64) {
      for (std::size_t i = from + 1; i <= to; ++i) --before_[i];
      for (std::size_t i = to + 1; i <= from; ++i) ++before_[i];
      return;
    }
    const auto f = static_cast<std::uint32_t>(from), t = static_cast<std::uint32_t>(to);
    const auto n = static_cast<std::uint32_t>(blocks_);
    std::uint32_t* const before = before_.data();
    for (std::uint32_t i = 0; i < n; ++i)
      before[i] += static_cast<std::uint32_t>(i > t) - static_cast<std::uint32_t>(i > f);
  }
  /// The block for x, made to have room.
  [[nodiscard]] std::size_t with_room(Real x) noexcept {
    const std::size_t b = block_of(x);
    if (count(b) < block_) return b;
    split_block(b);
    return block_of(x);
  }
  void split_block(std::size_t b) noexcept {
    const std::uint32_t fresh = slot_[blocks_];  // slots past blocks_ are the free ones
    for (std::size_t i = blocks_; i > b + 1; --i) {
      slot_[i] = slot_[i - 1];
      first_[i] = first_[i - 1];
      before_[i + 1] = before_[i];
    }
    slot_[b + 1] = fresh;
    before_[b + 2] = before_[b + 1];
    ++blocks_;
    const std::size_t n = count(b);
    const std::size_t stay = n / 2;
    std::memcpy(data(b + 1), data(b) + stay, (n - stay) * sizeof(Real));
    first_[b + 1] = data(b + 1)[0];
    before_[b + 1] = static_cast<std::uint32_t>(before_[b] + stay);
    join(b + 1);
    join(b);
  }
  /// Joins b with a neighbour where the two have become few, or drops it where it is empty.
  void join(std::size_t b) noexcept {
    if (b + 1 < blocks_ && before_[b + 2] - before_[b] <= joint) {
      absorb_next(b);
    } else if (b > 0 && before_[b + 1] - before_[b - 1] <= joint) {
      absorb_next(b - 1);
    } else if (count(b) == 0 && blocks_ > 1) {
      drop(b);
    }
  }
  void absorb_next(std::size_t b) noexcept {
    std::memcpy(data(b) + count(b), data(b + 1), count(b + 1) * sizeof(Real));
    first_[b] = data(b)[0];
    before_[b + 1] = before_[b + 2];
    drop(b + 1);
  }
  void drop(std::size_t b) noexcept {
    const std::uint32_t freed = slot_[b];
    for (std::size_t i = b; i + 1 < blocks_; ++i) {
      slot_[i] = slot_[i + 1];
      first_[i] = first_[i + 1];
      before_[i + 1] = before_[i + 2];
    }
    slot_[--blocks_] = freed;
  }

  /// A value by rank, with its neighbours.
  class cursor {
   public:
    cursor(const order_statistics& of, std::size_t rank, std::uint32_t& found) noexcept
        : of_(&of), block_(of.block_at(rank, found)) {
      enter();
      at_ = begin_ + (rank - of.before_[block_]);
    }
    [[nodiscard]] double value() const noexcept { return *at_; }
    [[nodiscard]] double next() const noexcept {
      return at_ + 1 != end_ ? static_cast<double>(at_[1]) : static_cast<double>(of_->first_[block_ + 1]);
    }
    [[nodiscard]] double previous() const noexcept {
      return at_ != begin_ ? static_cast<double>(at_[-1])
                           : static_cast<double>(of_->data(block_ - 1)[of_->count(block_ - 1) - 1]);
    }
    /// Whether the values before and after it are in its block.
    [[nodiscard]] bool has_neighbours() const noexcept { return at_ != begin_ && at_ + 1 != end_; }
    /// Within its block.
    void move(std::ptrdiff_t by) noexcept { at_ += by; }
    void forward() noexcept {
      if (++at_ != end_) return;
      ++block_;
      enter();
      at_ = begin_;
    }
    void backward() noexcept {
      if (at_ != begin_) {
        --at_;
        return;
      }
      --block_;
      enter();
      at_ = end_ - 1;
    }

   private:
    void enter() noexcept {
      begin_ = of_->data(block_);
      end_ = begin_ + of_->count(block_);
    }
    const order_statistics* of_;
    std::size_t block_;
    const Real* begin_ = nullptr;
    const Real* end_ = nullptr;
    const Real* at_ = nullptr;
  };

  [[nodiscard]] std::size_t bisect(double median, std::size_t k, std::size_t last) const noexcept {
    std::size_t low = 0;
    for (std::size_t high = last; low < high;) {
      const std::size_t middle = low + (high - low) / 2;
      if (median - static_cast<double>(select(middle)) > static_cast<double>(select(middle + k)) - median) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  std::size_t capacity_;
  std::size_t block_;
  std::size_t blocks_ = 1;
  std::vector<Real> values_;           // block_ values for each slot
  std::vector<Real> first_;            // by position in order
  std::vector<std::uint32_t> before_;  // how many values stand before the block; one more for all
  std::vector<std::uint32_t> slot_;    // where the block's values are; past blocks_: free slots
};

}  // namespace netanomaly::inline NETANOMALY_MODE::window
