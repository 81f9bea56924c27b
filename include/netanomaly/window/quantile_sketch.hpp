// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/concepts.hpp>
#include <netanomaly/core/hash.hpp>
#include <netanomaly/core/params.hpp>
#include <netanomaly/core/state.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace netanomaly::inline NETANOMALY_MODE::window {

/// Quantiles and ranks of all numbers ever seen, in a few kilobytes, mergeable: a KLL sketch.
///
/// Chosen before t-digest and DDSketch because its error in rank is bounded whatever the data and their order, because
/// merging keeps the bound, and because negative numbers and zeros are nothing special to it. Where a window is small
/// enough to be held, window::order is exact.
///
/// Takes     doubles; NaN and infinities are refused and change nothing.
/// Error     a rank is off by about 2.3 / k^0.9 of the count at most, with 99 % confidence (1.9 % at k = 200, 0.5 % at
/// 1,000);
///           by nothing while fewer than k have been seen. Minimum and maximum are exact.
/// Cost      amortised O(log k) an update, about 24 k + 4,000 bytes, no allocation after construction, except in
/// merge(). Source    Karnin, Lang & Liberty, FOCS 2016; layout as in Ivkin et al., arXiv 1907.00236.
class quantile_sketch {
 public:
  static constexpr std::string_view kind = "quantile_sketch";

  struct params {
    std::uint32_t k = 200;
    std::uint64_t seed = 1;
    static constexpr void describe(auto& p, auto&& field) {
      field("k", p.k, between(8U, 65535U), "numbers", "kept at the top level; the error shrinks as it grows");
      field("seed", p.seed, any_value(), "", "of the coins that compaction throws");
    }
    friend bool operator==(const params&, const params&) = default;
  };

  quantile_sketch() : quantile_sketch(params()) {}
  explicit quantile_sketch(const params& p) : params_(checked<quantile_sketch>(p)), items_(allowed(most_levels)) {
    reset();
  }
  [[nodiscard]] static result<quantile_sketch> make(const params& p) { return make_checked<quantile_sketch>(p); }

  /// False, and nothing changed, where x is not finite.
  bool update(double x) noexcept {
    if (!std::isfinite(x)) return false;
    if (held() >= allowed(levels_)) compact();
    items_[--begin_[0]] = x;
    ++count_;
    least_ = (std::min)(least_, x);
    greatest_ = (std::max)(greatest_, x);
    return true;
  }

  [[nodiscard]] std::uint64_t size() const noexcept { return count_; }
  [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
  /// NaN while empty, as the rest.
  [[nodiscard]] double(min)() const noexcept { return count_ == 0 ? nan : least_; }
  /// Exact; NaN where there is nothing.
  [[nodiscard]] double(max)() const noexcept { return count_ == 0 ? nan : greatest_; }

  /// The share of numbers that are at most x.
  [[nodiscard]] double rank(double x) const noexcept {
    if (count_ == 0) return nan;
    if (x < least_) return 0;
    if (x >= greatest_) return 1;
    std::uint64_t below = 0;
    for (std::size_t h = 0; h < levels_; ++h) {
      std::uint64_t here = 0;
      for (std::size_t i = begin_[h]; i < begin_[h + 1]; ++i) here += items_[i] <= x ? 1U : 0U;
      below += here << h;
    }
    return static_cast<double>(below) / static_cast<double>(count_);
  }

  /// The least number whose rank is at least q, 0 <= q <= 1. At most 64 calls of rank().
  [[nodiscard]] double quantile(double q) const noexcept {
    if (empty() || std::isnan(q) || q < 0 || q > 1) return nan;
    if (q == 0) return least_;
    std::uint64_t low = ordered(least_), high = ordered(greatest_);  // the rank of `high` is 1
    while (low < high) {
      const std::uint64_t middle = low + (high - low) / 2;
      if (rank(from_ordered(middle)) >= q) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return from_ordered(low);
  }

  /// As if this had also seen all that `other` saw, with the same bound on the error. An error where parameters differ.
  result<void> merge(const quantile_sketch& other) {
    if (auto same = check_mergeable<quantile_sketch>(params_, other.params_); !same) return same;
    std::vector<double> store(held() + other.held());
    std::array<std::size_t, most_levels + 2> begin{};
    const std::size_t levels = (std::max)(levels_, other.levels_);
    double* at = store.data();
    for (std::size_t h = 0; h < levels; ++h) {
      begin[h] = static_cast<std::size_t>(at - store.data());
      const std::span<const double> a = level(h), b = other.level(h);
      at = h == 0 ? std::copy(b.begin(), b.end(), std::copy(a.begin(), a.end(), at))
                  : std::merge(a.begin(), a.end(), b.begin(), b.end(), at);
    }
    begin[levels] = store.size();
    items_.swap(store);  // `store` now is the one of full size
    begin_ = begin;
    levels_ = levels;
    count_ += other.count_;
    tosses_ += other.tosses_;
    least_ = (std::min)(least_, other.least_);
    greatest_ = (std::max)(greatest_, other.greatest_);
    while (held() > allowed(levels_)) compact();
    const auto used = static_cast<std::ptrdiff_t>(held());
    std::copy(items_.end() - used, items_.end(), store.end() - used);
    for (std::size_t h = 0; h <= levels_; ++h) begin_[h] = begin_[h] + store.size() - items_.size();  // modulo 2^n
    items_.swap(store);
    return {};
  }

  void reset() noexcept {
    levels_ = 1;
    count_ = 0;
    tosses_ = 0;
    least_ = std::numeric_limits<double>::infinity();
    greatest_ = -least_;
    begin_.fill(items_.size());
  }
  [[nodiscard]] std::size_t memory_bytes() const noexcept { return sizeof(*this) + items_.capacity() * sizeof(double); }

  void save(state_writer& out) const {
    save_head<quantile_sketch>(out, params_);
    out.scalar(tosses_);
    out.scalar(least_);
    out.scalar(greatest_);
    out.scalar(static_cast<std::uint8_t>(levels_));
    for (std::size_t h = 0; h < levels_; ++h) {
      out.scalar(static_cast<std::uint32_t>(level(h).size()));
      out.array(level(h));
    }
  }
  [[nodiscard]] static result<quantile_sketch> load(state_reader& in) {
    const auto head = load_head<quantile_sketch>(in);
    if (!in.ok() || !in.charge(std::uint64_t{head.params.k} * 24 + 8192)) return unexpected(in.error());
    quantile_sketch s(head.params);
    s.tosses_ = in.scalar<std::uint64_t>();
    const auto least = in.scalar<double>(), greatest = in.scalar<double>();
    s.levels_ = in.scalar<std::uint8_t>();
    if (in.ok() && (s.levels_ == 0 || s.levels_ > most_levels))
      in.fail("quantile_sketch: an impossible number of levels");
    std::size_t used = 0;
    for (std::size_t h = 0; h < s.levels_ && in.ok(); ++h) {
      const auto size = in.scalar<std::uint32_t>();
      if (in.ok() && size > s.items_.size() - used) in.fail("quantile_sketch: a level that is too long");
      if (!in.ok()) break;
      s.begin_[h] = used;
      in.array(std::span(s.items_).subspan(used, size));
      used += size;
      s.begin_[h + 1] = used;
      s.count_ += std::uint64_t{size} << h;
      for (const double x : s.level(h))
        if (in.ok() && (std::isnan(x) || x < least || x > greatest))
          in.fail("quantile_sketch: a number outside the extremes");
      if (in.ok() && h > 0 && !std::is_sorted(s.level(h).begin(), s.level(h).end()))
        in.fail("quantile_sketch: a level out of order");
    }
    if (in.ok() && s.count_ > 0 && !(std::isfinite(least) && std::isfinite(greatest)))
      in.fail("quantile_sketch: extremes that are not finite");
    if (!in.ok()) return unexpected(in.error());
    if (s.count_ > 0) {
      s.least_ = least;
      s.greatest_ = greatest;
    }
    const std::size_t shift = s.items_.size() - used;
    std::move_backward(s.items_.begin(), s.items_.begin() + static_cast<std::ptrdiff_t>(used), s.items_.end());
    for (std::size_t h = 0; h <= s.levels_; ++h) s.begin_[h] += shift;
    return s;
  }

 private:
  static constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  static constexpr std::size_t most_levels = 61;  // for more than 2^64 numbers

  /// How many numbers level h of `levels` may hold: k at the top, two thirds of that below, at least 8.
  [[nodiscard]] std::size_t level_size(std::size_t levels, std::size_t h) const noexcept {
    double size = params_.k;
    for (std::size_t i = h + 1; i < levels && size > 8; ++i) size *= 2.0 / 3;
    return std::max<std::size_t>(8, static_cast<std::size_t>(std::ceil(size)));
  }
  [[nodiscard]] std::size_t allowed(std::size_t levels) const noexcept {
    std::size_t sum = 0;
    for (std::size_t h = 0; h < levels; ++h) sum += level_size(levels, h);
    return sum;
  }
  [[nodiscard]] std::size_t held() const noexcept { return items_.size() - begin_[0]; }
  [[nodiscard]] std::span<const double> level(std::size_t h) const noexcept {
    if (h >= levels_) return {};
    return std::span(items_).subspan(begin_[h], begin_[h + 1] - begin_[h]);
  }

  /// Halves the lowest level that is full: of each pair of neighbours in order, one, by a coin, moves a level up.
  ///
  /// Level h lies in [a, b), level h + 1 right of it in [b, c). The chosen numbers go to the left half of [a, b), the
  /// merge of both runs to [b - half, c): reading stays ahead of writing. All below then moves right into the gap.
  void compact() noexcept {
    std::size_t h = 0;
    while (begin_[h + 1] - begin_[h] < level_size(levels_, h)) ++h;
    if (h + 1 == levels_) {
      ++levels_;
      begin_[levels_] = begin_[levels_ - 1];
    }
    double* const items = items_.data();
    const std::size_t a = begin_[h], b = begin_[h + 1], c = begin_[h + 2], half = (b - a) / 2, odd = (b - a) % 2;
    if (h == 0) std::sort(items + a, items + b);
    const std::size_t coin = splitmix64::mix(params_.seed + ++tosses_ * 0x9e3779b97f4a7c15U) & 1U;
    for (std::size_t i = 0; i < half; ++i) items[a + odd + i] = items[a + odd + 2 * i + coin];
    std::size_t left = a + odd, right = b, to = b - half;
    const std::size_t left_end = left + half;
    while (left < left_end) items[to++] = right < c && items[right] < items[left] ? items[right++] : items[left++];
    std::move_backward(items + begin_[0], items + a + odd, items + a + odd + half);
    for (std::size_t i = 0; i <= h; ++i) begin_[i] += half;
    begin_[h + 1] = b - half;
  }

  /// Doubles as integers of the same order.
  static std::uint64_t ordered(double x) noexcept {
    const auto bits = std::bit_cast<std::uint64_t>(x);
    return bits >> 63 != 0 ? ~bits : bits | std::uint64_t{1} << 63;
  }
  static double from_ordered(std::uint64_t bits) noexcept {
    return std::bit_cast<double>(bits >> 63 != 0 ? bits & ~(std::uint64_t{1} << 63) : ~bits);
  }

  params params_;
  std::vector<double> items_;                         // [begin_[0], end): level 0 unsorted, the others sorted
  std::array<std::size_t, most_levels + 2> begin_{};  // level h is [begin_[h], begin_[h + 1])
  std::size_t levels_ = 1;
  std::uint64_t count_ = 0;
  std::uint64_t tosses_ = 0;
  double least_ = 0, greatest_ = 0;
};
static_assert(mergeable<quantile_sketch> && configurable<quantile_sketch>);

}  // namespace netanomaly::inline NETANOMALY_MODE::window
