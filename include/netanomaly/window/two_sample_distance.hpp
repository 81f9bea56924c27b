// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/config.hpp>
#include <netanomaly/window/order_statistics.hpp>

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

namespace netanomaly::inline NETANOMALY_MODE::window {

namespace detail {

/// Values in order: a flat array up to 4,096 of them, where shifting is cheaper than anything else, above it a tree.
class ordered_values {
 public:
  explicit ordered_values(std::size_t capacity)
      : flat_(capacity <= most_flat ? capacity : 0), tree_(capacity <= most_flat ? 1 : capacity) {}

  [[nodiscard]] std::size_t size() const noexcept { return flat_.empty() ? tree_.size() : size_; }
  [[nodiscard]] std::size_t capacity() const noexcept { return flat_.empty() ? tree_.capacity() : flat_.size(); }
  [[nodiscard]] std::size_t count_below(double x) const noexcept {
    return flat_.empty() ? tree_.count_below(x) : lower_bound(flat_.data(), size_, x);
  }
  [[nodiscard]] std::size_t count_at_most(double x, std::size_t below) const noexcept {
    if (flat_.empty()) return tree_.count_at_most(x);
    while (below < size_ && flat_[below] == x) ++below;
    return below;
  }
  void insert(double x) noexcept {
    if (flat_.empty()) return tree_.insert(x);
    const std::size_t at = count_below(x);
    std::memmove(flat_.data() + at + 1, flat_.data() + at, (size_++ - at) * sizeof(double));
    flat_[at] = x;
  }
  void erase(double x) noexcept {
    if (flat_.empty()) return tree_.erase(x);
    const std::size_t at = count_below(x);
    std::memmove(flat_.data() + at, flat_.data() + at + 1, (--size_ - at) * sizeof(double));
  }
  void replace(double old, double x) noexcept {
    if (flat_.empty()) return tree_.replace(old, x);
    exchange(flat_, count_below(old), count_below(x), x);
  }
  /// The same, where it is known how many are below x.
  void replace(double old, double x, std::size_t below) noexcept {
    if (flat_.empty()) return tree_.replace(old, x);
    exchange(flat_, count_below(old), below, x);
  }
  void clear() noexcept {
    size_ = 0;
    tree_.clear();
  }
  [[nodiscard]] static constexpr std::uint64_t heap_bytes_for(std::size_t capacity) noexcept {
    return capacity <= most_flat ? capacity * sizeof(double) + order_statistics<double>::heap_bytes_for(1)
                                 : order_statistics<double>::heap_bytes_for(capacity);
  }

  /// How many of n values in order are below x.
  [[nodiscard]] static std::size_t lower_bound(const double* v, std::size_t n, double x) noexcept {
    return rank_among(v, n, x);
  }
  /// Takes out what stands at `from` and puts x before what stands at `to`.
  template <class T>
  static void exchange(std::vector<T>& in, std::size_t from, std::size_t to, T x) noexcept {
    T* const d = in.data();
    if (from < to) {
      std::memmove(d + from, d + from + 1, (to - 1 - from) * sizeof(T));
      d[to - 1] = x;
    } else {
      std::memmove(d + to + 1, d + to, (from - to) * sizeof(T));
      d[to] = x;
    }
  }

 private:
  static constexpr std::size_t most_flat = 4096;
  std::vector<double> flat_;
  std::size_t size_ = 0;  // of flat_
  order_statistics<double> tree_;
};

}  // namespace detail

/// The Kolmogorov-Smirnov distance of two samples while values come and go in both: sup |F - G|, exact, ties included.
///
/// Each value of the probe, kept in order, carries its rank in the reference. A value that enters or leaves the
/// reference moves the ranks above it by one; the distance is one pass over the probe, at whose values the supremum is
/// taken.
///
/// Stores    finite values, at most `probe` and `reference` of them, below 2^31 each.
/// Cost      O(probe) contiguous steps an operation, 0.3 ns each, and the reference's O(log reference); 24 bytes a
/// value of
///           the probe. No allocation after construction, copies included.
/// Source    the definition. Trees that make it O(log n): dos Reis, Flach, Matwin & Batista, KDD 2016.
class two_sample_distance {
 public:
  /// At most so many values of each; all memory at once.
  two_sample_distance(std::size_t probe, std::size_t reference)
      : values_(probe), below_(probe), at_most_(probe), reference_(reference) {}

  [[nodiscard]] std::size_t probe_size() const noexcept { return size_; }                  ///< values held
  [[nodiscard]] std::size_t reference_size() const noexcept { return reference_.size(); }  ///< values held

  /// Needs room.
  void add_probe(double x) noexcept {
    assert(size_ < values_.size());
    const std::size_t at = lower(x), rest = size_ - at;
    std::memmove(values_.data() + at + 1, values_.data() + at, rest * sizeof(values_[0]));
    std::memmove(below_.data() + at + 1, below_.data() + at, rest * sizeof(below_[0]));
    std::memmove(at_most_.data() + at + 1, at_most_.data() + at, rest * sizeof(at_most_[0]));
    values_[at] = x;
    const std::size_t below = reference_.count_below(x);
    below_[at] = static_cast<std::int32_t>(below);
    at_most_[at] = static_cast<std::int32_t>(reference_.count_at_most(x, below));
    ++size_;
  }
  /// Takes out a value that is there; as with the reference.
  void remove_probe(double x) noexcept {
    const std::size_t at = lower(x), rest = --size_ - at;
    assert(values_[at] == x);
    std::memmove(values_.data() + at, values_.data() + at + 1, rest * sizeof(values_[0]));
    std::memmove(below_.data() + at, below_.data() + at + 1, rest * sizeof(below_[0]));
    std::memmove(at_most_.data() + at, at_most_.data() + at + 1, rest * sizeof(at_most_[0]));
  }
  /// remove_probe(old) and add_probe(x), in one.
  void replace_probe(double old, double x) noexcept {
    const std::size_t from = lower(old), to = lower(x);
    assert(values_[from] == old);
    exchange_probe(from, to, x);
  }
  /// Needs room.
  void add_reference(double x) noexcept {
    reference_.insert(x);
    const std::size_t at = lower(x);
    shift(at_most_, at, size_, 1);
    shift(below_, past(at, x), size_, 1);
  }
  /// Takes out a value that is there.
  void remove_reference(double x) noexcept {
    reference_.erase(x);
    const std::size_t at = lower(x);
    shift(at_most_, at, size_, -1);
    shift(below_, past(at, x), size_, -1);
  }
  /// remove_reference(old) and add_reference(x), in one: only what lies between the two moves.
  void replace_reference(double old, double x) noexcept {
    reference_.replace(old, x);
    const std::size_t of_old = lower(old), of_x = lower(x);
    move_rank(at_most_, of_old, of_x);
    move_rank(below_, past(of_old, old), past(of_x, x));
  }

  /// What one more point does to windows that are full, in half the time: `oldest` leaves the reference, `moved` goes
  /// from the probe to it, `newest` enters the probe.
  void slide(double oldest, double moved, double newest) noexcept {
    const std::size_t from = lower(moved), of_oldest = lower(oldest), to = lower(newest);
    assert(values_[from] == moved);
    reference_.replace(oldest, moved, static_cast<std::size_t>(below_[from]));
    move_rank(at_most_, of_oldest, from);
    move_rank(below_, past(of_oldest, oldest), past(from, moved));
    exchange_probe(from, to, newest);
  }

  /// 0 where a sample is empty.
  // With m of the probe and r of the reference, times m r: after the i-th value of the probe F - G is largest, just
  // before it G - F.
  [[nodiscard]] double distance() const noexcept {
    const std::size_t r = reference_.size();
    if (size_ == 0 || r == 0) return 0;
    const double product = static_cast<double>(size_) * static_cast<double>(r);
    const auto most = product < 2147483647.0 ? static_cast<double>(farthest<std::int32_t>(r))
                                             : static_cast<double>(farthest<std::int64_t>(r));
    return most / product;
  }

  void clear() noexcept {
    size_ = 0;
    reference_.clear();
  }
  [[nodiscard]] std::size_t heap_bytes() const noexcept {
    return static_cast<std::size_t>(heap_bytes_for(values_.size(), reference_.capacity()));
  }
  [[nodiscard]] static constexpr std::uint64_t heap_bytes_for(std::uint64_t probe, std::size_t reference) noexcept {
    return probe * (sizeof(double) + 2 * sizeof(std::int32_t)) + detail::ordered_values::heap_bytes_for(reference);
  }

 private:
  void exchange_probe(std::size_t from, std::size_t to, double x) noexcept {
    const std::size_t below = reference_.count_below(x);
    detail::ordered_values::exchange(values_, from, to, x);
    detail::ordered_values::exchange(below_, from, to, static_cast<std::int32_t>(below));
    detail::ordered_values::exchange(at_most_, from, to, static_cast<std::int32_t>(reference_.count_at_most(x, below)));
  }
  /// The first of the probe that is not below x.
  [[nodiscard]] std::size_t lower(double x) const noexcept {
    return detail::ordered_values::lower_bound(values_.data(), size_, x);
  }
  /// From there past those that equal x.
  [[nodiscard]] std::size_t past(std::size_t at, double x) const noexcept {
    while (at < size_ && values_[at] == x) ++at;
    return at;
  }
  /// One of the reference moved from before probe `from` to before probe `to`.
  static void move_rank(std::vector<std::int32_t>& ranks, std::size_t from, std::size_t to) noexcept {
    if (from < to) shift(ranks, from, to, -1);
    if (to < from) shift(ranks, to, from, 1);
  }
  /// m r times the distance, in integers that hold m r.
  template <class Int>
  [[nodiscard]] Int farthest(std::size_t reference) const noexcept {
    const Int m = static_cast<Int>(size_), r = static_cast<Int>(reference);
    const std::int32_t* const below = below_.data();
    const std::int32_t* const at_most = at_most_.data();
    // One plain loop: GCC 12 at -O3 with SSE2 loses half of the maxima where eight of them are kept by hand.
    Int most_above = 0, most_under = 0, at = 0;
    for (std::size_t i = 0; i < size_; ++i, at += r) {
      most_above = (std::max)(most_above, at - Int{at_most[i]} * m + r);
      most_under = (std::max)(most_under, Int{below[i]} * m - at);
    }
    return (std::max)(most_above, most_under);
  }
  static void shift(std::vector<std::int32_t>& ranks, std::size_t from, std::size_t to, std::int32_t by) noexcept {
    std::int32_t* const r = ranks.data();
    for (; from + 4 <= to; from += 4)
      for (std::size_t k = 0; k < 4; ++k) r[from + k] += by;
    for (; from < to; ++from) r[from] += by;
  }

  std::vector<double> values_;                 // of the probe, in order
  std::vector<std::int32_t> below_, at_most_;  // how many of the reference are below, at most, each of them
  std::size_t size_ = 0;
  detail::ordered_values reference_;
};

}  // namespace netanomaly::inline NETANOMALY_MODE::window
