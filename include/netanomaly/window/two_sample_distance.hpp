// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/config.hpp>
#include <netanomaly/window/order_statistics.hpp>

#include <algorithm>
#include <array>
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
  [[nodiscard]] std::array<std::size_t, 2> count_below(const std::array<double, 2>& x) const noexcept {
    if (flat_.empty()) return {tree_.count_below(x[0]), tree_.count_below(x[1])};
    return ranks_among(flat_.data(), size_, x);
  }
  /// How many equal x, which so many are below.
  [[nodiscard]] std::size_t count_equal(double x, std::size_t below) const noexcept {
    if (flat_.empty()) return tree_.count_at_most(x) - below;
    std::size_t at = below;
    while (at < size_ && flat_[at] == x) ++at;
    return at - below;
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
  /// The same, where it is known how many are below either.
  void replace(double old, std::size_t below_old, double x, std::size_t below_x) noexcept {
    if (flat_.empty()) return tree_.replace(old, x);
    exchange(flat_, below_old, below_x, x);
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
/// taken. How many of the reference equal each is kept apart, and nothing is done with it while there are no ties.
///
/// Stores    finite values, at most `probe` and `reference` of them, below 2^31 each.
/// Cost      O(probe) contiguous steps an operation, 0.3 ns each, and the reference's O(log reference); 16 bytes a
///           value of the probe. No allocation after construction, copies included.
/// Source    the definition. Trees that make it O(log n): dos Reis, Flach, Matwin & Batista, KDD 2016.
class two_sample_distance {
 public:
  /// At most so many values of each; all memory at once.
  two_sample_distance(std::size_t probe, std::size_t reference)
      : values_(probe), below_(probe), equal_(probe), reference_(reference) {}

  [[nodiscard]] std::size_t probe_size() const noexcept { return size_; }                  ///< values held
  [[nodiscard]] std::size_t reference_size() const noexcept { return reference_.size(); }  ///< values held

  /// Needs room.
  void add_probe(double x) noexcept {
    assert(size_ < values_.size());
    const std::size_t to = lower(x);
    exchange_probe(size_++, to, x);
  }
  /// Takes out a value that is there; as with the reference.
  void remove_probe(double x) noexcept {
    const std::size_t from = lower(x);
    assert(values_[from] == x);
    exchange_probe(from, size_--, x, 0, 0);  // to past the end
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
    move_rank(size_, count_equal(x, lower(x), 1));
  }
  /// Takes out a value that is there.
  void remove_reference(double x) noexcept {
    reference_.erase(x);
    move_rank(count_equal(x, lower(x), -1), size_);
  }
  /// remove_reference(old) and add_reference(x), in one: only what lies between the two moves.
  void replace_reference(double old, double x) noexcept {
    reference_.replace(old, x);
    move_rank(count_equal(old, lower(old), -1), count_equal(x, lower(x), 1));
  }

  /// What one more point does to windows that are full, in half the time: `oldest` leaves the reference, `moved` goes
  /// from the probe to it, `newest` enters the probe.
  // All is looked up before anything moves, so that nothing waits for a move.
  void slide(double oldest, double moved, double newest) noexcept {
    const auto [from, of_oldest, to] =
        detail::ranks_among(values_.data(), size_, std::array<double, 3>{moved, oldest, newest});
    const auto [leaves, below_before] = reference_.count_below(std::array<double, 2>{oldest, newest});
    const std::size_t below = below_before + (moved < newest ? 1 : 0) - (oldest < newest ? 1 : 0);
    assert(values_[from] == moved);
    reference_.replace(oldest, leaves, moved, static_cast<std::size_t>(below_[from]));
    move_rank(count_equal(oldest, of_oldest, -1), count_equal(moved, from, 1));
    exchange_probe(from, to, newest, below, reference_.count_equal(newest, below));
  }

  /// 0 where a sample is empty.
  // With m of the probe and r of the reference, times m r: after the i-th value of the probe F - G is largest, just
  // before it G - F. These are whole numbers, which a float holds up to 2^24.
  [[nodiscard]] double distance() const noexcept {
    const std::size_t r = reference_.size();
    if (size_ == 0 || r == 0) return 0;
    const double product = static_cast<double>(size_) * static_cast<double>(r);
    const double most = product > 0x1p24 ? static_cast<double>(farthest<std::int64_t>(r))
                        : ties_ == 0     ? farthest_in_floats<false>(r)
                                         : farthest_in_floats<true>(r);
    return most / product;
  }

  void clear() noexcept {
    size_ = 0;
    ties_ = 0;
    std::fill(equal_.begin(), equal_.end(), 0);
    reference_.clear();
  }
  [[nodiscard]] std::size_t heap_bytes() const noexcept {
    return static_cast<std::size_t>(heap_bytes_for(values_.size(), reference_.capacity()));
  }
  [[nodiscard]] static constexpr std::uint64_t heap_bytes_for(std::uint64_t probe, std::size_t reference) noexcept {
    return probe * (sizeof(double) + 2 * sizeof(std::int32_t)) + detail::ordered_values::heap_bytes_for(reference);
  }

 private:
  /// Takes out what stands at `from` and puts x, of these ranks, before what stands at `to`.
  void exchange_probe(std::size_t from, std::size_t to, double x, std::size_t below, std::size_t equal) noexcept {
    const auto b = static_cast<std::int32_t>(below), e = static_cast<std::int32_t>(equal);
    detail::ordered_values::exchange(values_, from, to, x);
    detail::ordered_values::exchange(below_, from, to, b);
    ties_ += e - equal_[from];
    equal_[from] = 0;
    if (ties_ != 0) detail::ordered_values::exchange(equal_, from, to, e);
  }
  void exchange_probe(std::size_t from, std::size_t to, double x) noexcept {
    const std::size_t below = reference_.count_below(x);
    exchange_probe(from, to, x, below, reference_.count_equal(x, below));
  }
  /// The first of the probe that is not below x.
  [[nodiscard]] std::size_t lower(double x) const noexcept {
    return detail::ordered_values::lower_bound(values_.data(), size_, x);
  }
  /// So many more of the reference equal x, as do those of the probe from `at` on; where these end.
  std::size_t count_equal(double x, std::size_t at, std::int32_t more) noexcept {
    for (; at < size_ && values_[at] == x; ++at) equal_[at] += more, ties_ += more;
    return at;
  }
  /// One of the reference moved from before probe `from` to before probe `to`.
  void move_rank(std::size_t from, std::size_t to) noexcept {
    const std::int32_t by = from < to ? -1 : 1;
    for (std::size_t i = (std::min)(from, to), end = (std::max)(from, to); i < end; ++i) below_[i] += by;
  }
  /// m r times the distance, in numbers that hold m r: of the i-th value of the probe on, and no less than `most`.
  template <class Number>
  [[nodiscard]] Number farthest(std::size_t reference, std::size_t i = 0, Number most = 0) const noexcept {
    const auto m = static_cast<Number>(size_), r = static_cast<Number>(reference);
    for (; i < size_; ++i) {
      const Number under = static_cast<Number>(below_[i]) * m - static_cast<Number>(i) * r;
      most = (std::max)({most, under, r - (under + static_cast<Number>(equal_[i]) * m)});
    }
    return most;
  }
  /// The same, where floats hold m r.
  template <bool Ties>
  [[nodiscard]] double farthest_in_floats(std::size_t reference) const noexcept {
    float most = 0;
    std::size_t i = 0;
#if defined(__GNUC__)
    // Four at a time by the compiler's vector extension; the arithmetic of each is that of farthest().
    using four = float __attribute__((vector_size(16)));
    using four_ranks = std::int32_t __attribute__((vector_size(16)));
    const auto load = [](const std::int32_t* from, four& to) {  // no vector is returned: not all of i386 can
      four_ranks ranks;
      std::memcpy(&ranks, from, sizeof ranks);
      to = __builtin_convertvector(ranks, four);
    };
    const auto m = static_cast<float>(size_), r = static_cast<float>(reference);
    four before = {0, r, 2 * r, 3 * r}, highest{}, lowest = {r, r, r, r}, below{}, equal{};
    for (; i + 4 <= size_; i += 4, before += 4 * r) {
      load(below_.data() + i, below);
      if constexpr (Ties) load(equal_.data() + i, equal);
      const four under = below * m - before;
      const four over = Ties ? under + equal * m : under;
      highest = under > highest ? under : highest;
      lowest = over < lowest ? over : lowest;
    }
    const four over = r - lowest, either = highest > over ? highest : over;
    for (std::size_t k = 0; k < 4; ++k) most = (std::max)(most, either[k]);
#endif
    return farthest(reference, i, most);
  }

  std::vector<double> values_;               // of the probe, in order
  std::vector<std::int32_t> below_, equal_;  // how many of the reference are below, and equal, each of them
  std::size_t size_ = 0;
  std::int64_t ties_ = 0;  // sum of equal_
  detail::ordered_values reference_;
};

}  // namespace netanomaly::inline NETANOMALY_MODE::window
