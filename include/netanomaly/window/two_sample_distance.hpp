// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/config.hpp>
#include <netanomaly/window/order_statistics.hpp>

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstring>
#include <vector>

namespace netanomaly::inline NETANOMALY_MODE::window {

/// The Kolmogorov-Smirnov distance of two samples while values come and go in both: sup |F - G|, exact, ties included.
///
/// Each value of the probe, kept in order, carries its rank in the reference. A value that enters or leaves the
/// reference moves the ranks above it by one; the distance is one pass over the probe, at whose values the supremum is
/// taken.
///
/// Stores    finite values, at most `probe` and `reference` of them.
/// Cost      O(probe) contiguous steps an operation, 0.3 ns each, and the reference's O(log reference); 24 bytes a
/// value of
///           the probe. No allocation after construction, copies included.
/// Source    the definition. Trees that make it O(log n): dos Reis, Flach, Matwin & Batista, KDD 2016.
class two_sample_distance {
 public:
  two_sample_distance(std::size_t probe, std::size_t reference)
      : values_(probe), below_(probe), at_most_(probe), reference_(reference) {}

  [[nodiscard]] std::size_t probe_size() const noexcept { return size_; }
  [[nodiscard]] std::size_t reference_size() const noexcept { return reference_.size(); }
  [[nodiscard]] const order_statistics<double>& reference() const noexcept { return reference_; }

  /// Needs room.
  void add_probe(double x) noexcept {
    assert(size_ < values_.size());
    const std::size_t at = upper(x), rest = (size_ - at) * sizeof(double);
    std::memmove(values_.data() + at + 1, values_.data() + at, rest);
    std::memmove(below_.data() + at + 1, below_.data() + at, rest);
    std::memmove(at_most_.data() + at + 1, at_most_.data() + at, rest);
    values_[at] = x;
    below_[at] = static_cast<double>(reference_.count_below(x));
    at_most_[at] = static_cast<double>(reference_.count_at_most(x));
    ++size_;
  }
  /// Takes out a value that is there; as with the reference.
  void remove_probe(double x) noexcept {
    const std::size_t at = lower(x), rest = (--size_ - at) * sizeof(double);
    assert(values_[at] == x);
    std::memmove(values_.data() + at, values_.data() + at + 1, rest);
    std::memmove(below_.data() + at, below_.data() + at + 1, rest);
    std::memmove(at_most_.data() + at, at_most_.data() + at + 1, rest);
  }
  void add_reference(double x) noexcept {
    reference_.insert(x);
    shift(at_most_, lower(x), size_, 1);
    shift(below_, upper(x), size_, 1);
  }
  void remove_reference(double x) noexcept {
    reference_.erase(x);
    shift(at_most_, lower(x), size_, -1);
    shift(below_, upper(x), size_, -1);
  }
  /// remove_reference(old) and add_reference(x), in one: only what lies between the two moves.
  void replace_reference(double old, double x) noexcept {
    reference_.replace(old, x);
    const auto between = [&](std::vector<double>& ranks, std::size_t of_old, std::size_t of_x) noexcept {
      if (of_old < of_x) shift(ranks, of_old, of_x, -1);
      if (of_x < of_old) shift(ranks, of_x, of_old, 1);
    };
    between(at_most_, lower(old), lower(x));
    between(below_, upper(old), upper(x));
  }

  /// 0 where a sample is empty.
  // With m of the probe and r of the reference, times m r: after the i-th value of the probe F - G is largest, just
  // before it G - F.
  [[nodiscard]] double distance() const noexcept {
    const auto m = static_cast<double>(size_), r = static_cast<double>(reference_.size());
    if (size_ == 0 || reference_.empty()) return 0;
    double above[4] = {0, 0, 0, 0}, under[4] = {0, 0, 0, 0};
    std::size_t i = 0;
    double position[4] = {0, r, 2 * r, 3 * r};
    for (; i + 4 <= size_; i += 4) {
      for (std::size_t k = 0; k < 4; ++k) {
        const double a = position[k] + r - at_most_[i + k] * m, u = below_[i + k] * m - position[k];
        above[k] = above[k] > a ? above[k] : a;
        under[k] = under[k] > u ? under[k] : u;
        position[k] += 4 * r;
      }
    }
    for (double at = position[0]; i < size_; ++i, at += r) {
      above[0] = std::max(above[0], at + r - at_most_[i] * m);
      under[0] = std::max(under[0], below_[i] * m - at);
    }
    double most = 0;
    for (std::size_t k = 0; k < 4; ++k) most = std::max({most, above[k], under[k]});
    return most / (m * r);
  }

  void clear() noexcept {
    size_ = 0;
    reference_.clear();
  }
  [[nodiscard]] std::size_t heap_bytes() const noexcept {
    return heap_bytes_for(values_.size(), reference_.capacity());
  }
  [[nodiscard]] static constexpr std::size_t heap_bytes_for(std::size_t probe, std::size_t reference) noexcept {
    return 3 * probe * sizeof(double) + order_statistics<double>::heap_bytes_for(reference);
  }

 private:
  [[nodiscard]] std::size_t lower(double x) const noexcept {
    return static_cast<std::size_t>(std::lower_bound(values_.data(), values_.data() + size_, x) - values_.data());
  }
  [[nodiscard]] std::size_t upper(double x) const noexcept {
    return static_cast<std::size_t>(std::upper_bound(values_.data(), values_.data() + size_, x) - values_.data());
  }
  static void shift(std::vector<double>& ranks, std::size_t from, std::size_t to, double by) noexcept {
    double* const r = ranks.data();
    for (; from + 4 <= to; from += 4)
      for (std::size_t k = 0; k < 4; ++k) r[from + k] += by;
    for (; from < to; ++from) r[from] += by;
  }

  std::vector<double> values_;           // of the probe, in order
  std::vector<double> below_, at_most_;  // how many of the reference are below, at most, each of them
  std::size_t size_ = 0;
  order_statistics<double> reference_;
};

}  // namespace netanomaly::inline NETANOMALY_MODE::window
