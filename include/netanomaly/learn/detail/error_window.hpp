// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/config.hpp>
#include <netanomaly/core/state.hpp>
#include <netanomaly/learn/detail/logarithm.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace netanomaly::inline NETANOMALY_MODE::learn::detail {

/// adwin over zeros and ones, small and fast enough to stand at every node of a tree: sums of bits in blocks of 32, at
/// the end of each of which the window may be looked at. The cut is that of `adwin`, between blocks.
///
/// Cost    about 10 ns a value, looks included; 416 bytes.
/// Departs by a window of at most about 10 million values: the oldest leave.
class error_window {
 public:
  static constexpr std::uint32_t block = 32;

  /// True at the end of a block: the time to look.
  bool add(bool one) noexcept {
    sum_ += one ? 1U : 0U;
    if (++pending_ < block) return false;
    insert();
    pending_ = sum_ = 0;
    return true;
  }
  /// Cuts off what is older than a change; true where the share of ones rose at the last one. `delta` bounds the
  /// probability of a false cut at each look.
  bool cut(double delta) noexcept {
    bool rose = false;
    for (int change = 0; (change = changed(delta)) != 0;) {
      rose = change > 0;
      const std::size_t row = rows_ - 1U;
      forget(row);
      while (rows_ > 0 && used_[rows_ - 1U] == 0) --rows_;
    }
    return rose;
  }
  /// Whether a cut with this `delta` would find that the share of ones rose.
  [[nodiscard]] bool rises(double delta) const noexcept { return changed(delta) > 0; }

  /// Values in the window, those of the block under way included.
  [[nodiscard]] std::uint32_t count() const noexcept { return count_ + pending_; }
  [[nodiscard]] std::uint32_t ones() const noexcept { return ones_ + sum_; }
  /// The share of ones; 0 while there is nothing.
  [[nodiscard]] double mean() const noexcept { return count() == 0 ? 0 : static_cast<double>(ones()) / count(); }

  void save(state_writer& out) const {
    out.scalar(static_cast<std::uint8_t>(pending_));
    out.scalar(static_cast<std::uint8_t>(sum_));
    out.scalar(rows_);
    out.array(std::span<const std::uint8_t>(used_).first(rows_));
    for (std::size_t row = 0; row < rows_; ++row)
      out.array(std::span<const std::uint32_t>(sums_[row]).first(used_[row]));
  }
  void load(state_reader& in) {
    *this = {};
    pending_ = in.scalar<std::uint8_t>();
    sum_ = in.scalar<std::uint8_t>();
    rows_ = in.scalar<std::uint8_t>();
    if (pending_ >= block || sum_ > pending_ || rows_ > max_rows) {
      *this = {};
      return in.fail("a window of errors that cannot be");
    }
    in.array(std::span(used_).first(rows_));
    for (std::size_t row = 0; row < rows_ && in.ok(); ++row) {
      if (used_[row] > max_buckets || (row + 1U == rows_ && used_[row] == 0))
        return in.fail("a window of errors with more in a row than fits");
      in.array(std::span(sums_[row]).first(used_[row]));
      for (std::size_t i = 0; i < used_[row]; ++i) {
        if (sums_[row][i] > block << row) return in.fail("more ones than values in a window of errors");
        ones_ += sums_[row][i];
      }
      count_ += (block * used_[row]) << row;
    }
  }

 private:
  static constexpr std::size_t max_buckets = 5;
  static constexpr std::size_t max_rows = 16;

  /// Buckets of a row stand from the oldest to the newest; of a row that has become too long the two oldest go to the
  /// next as one.
  void insert() noexcept {
    std::uint32_t carried = sum_;
    count_ += block;
    ones_ += sum_;
    for (std::size_t row = 0;; ++row) {
      if (row == rows_) used_[rows_++] = 0;
      auto& sums = sums_[row];
      sums[used_[row]++] = carried;
      if (used_[row] <= max_buckets) return;
      if (row + 1 == max_rows) return forget(row);
      carried = sums[0] + sums[1];
      std::copy(sums.begin() + 2, sums.begin() + used_[row], sums.begin());
      used_[row] = static_cast<std::uint8_t>(used_[row] - 2);
    }
  }
  /// Its oldest bucket.
  void forget(std::size_t row) noexcept {
    auto& sums = sums_[row];
    count_ -= block << row;
    ones_ -= sums[0];
    std::copy(sums.begin() + 1, sums.begin() + used_[row], sums.begin());
    --used_[row];
  }
  /// Above 0 where the share of ones rose at some boundary, below 0 where it fell, 0 where it did not change.
  ///
  /// With n values and s ones, n0 and s0 of them before the boundary, n1 after it, m = 1/n0 + 1/n1 and
  /// d = ln(2 ln(n) / delta), the two shares differ by more than chance where
  /// |s0/n0 - s1/n1| > sqrt(2 m p (1 - p) d) + 2/3 m d, p = s/n; here both sides are multiplied by n0 n1.
  [[nodiscard]] int changed(double delta) const noexcept {
    if (count_ < 2 * block) return 0;
    const double n = count_;
    const double s = ones_;
    const double d = logarithm(2 * logarithm(n) / delta);
    const double spread = 2 * d * s * (n - s) / n;
    const double reach = 2.0 / 3 * d * n;
    double before = 0;
    double ones = 0;
    for (std::size_t row = rows_; row-- > 0;) {
      const double size = block << row;
      for (std::size_t i = 0; i < used_[row]; ++i) {
        before += size;
        ones += sums_[row][i];
        const double apart = s * before - ones * n;
        const double more = (apart < 0 ? -apart : apart) - reach;
        if (more > 0 && more * more > spread * before * (n - before)) return apart > 0 ? 1 : -1;
      }
    }
    return 0;
  }

  std::array<std::array<std::uint32_t, max_buckets + 1>, max_rows> sums_{};
  std::array<std::uint8_t, max_rows> used_{};
  std::uint32_t count_ = 0;
  std::uint32_t ones_ = 0;
  std::uint32_t pending_ = 0;
  std::uint32_t sum_ = 0;
  std::uint8_t rows_ = 0;
};

}  // namespace netanomaly::inline NETANOMALY_MODE::learn::detail
