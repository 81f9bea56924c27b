// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/concepts.hpp>
#include <netanomaly/core/config.hpp>
#include <netanomaly/core/params.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace netanomaly::inline NETANOMALY_MODE::learn {

/// Adaptive windowing: the mean of the longest recent stretch of a stream that shows no change, and the moment when it
/// changed.
///
/// The window is an exponential histogram: rows of at most six buckets, each bucket of row k the sum of 2^k values. At
/// every `check_every`th value each boundary between buckets is asked whether the means on its two sides differ by more
/// than chance allows; where they do, what is older leaves.
///
/// Observes  numbers that lie within a span of `span` (the default, 1, is for shares and for 0 and 1). NaN and
///           infinities are ignored.
/// Cost      O(1) time a value, amortised; about 100 boundaries a check. 2 KiB, whatever the length of the stream; no
///           allocation.
/// Errors    make() and the constructor name the parameter out of range; nothing else fails.
/// Source    Bifet & Gavalda, SIAM International Conference on Data Mining, 2007: ADWIN2, the cut with the variance.
/// Departs   by a window of at most about 6.3 million values (the oldest leave), and by summing over the buckets anew
/// at
///           each check, so that no rounding gathers.
class adwin {
 public:
  static constexpr std::string_view kind = "adwin";

  struct params {
    double delta = 0.002;
    double span = 1;
    std::uint32_t check_every = 32;
    std::uint32_t min_window = 10;

    static constexpr void describe(auto& p, auto&& field) {
      field("delta", p.delta, inside(0.0, 1.0), "probability", "of a false change, a bound for each check");
      field("span", p.span, above(0.0), "of the values", "greatest less least value that may come");
      field("check_every", p.check_every, at_least(1U), "values", "between looks for a change");
      field("min_window", p.min_window, at_least(2U), "values", "below this no change is looked for");
    }
    friend bool operator==(const params&, const params&) = default;
  };

  adwin() : adwin(params()) {}
  /// Throws std::invalid_argument.
  explicit adwin(const params& p) : params_(checked<adwin>(p)) {}
  [[nodiscard]] static result<adwin> make(const params& p) { return make_checked<adwin>(p); }

  /// True where the window was cut: the mean changed at some point of it.
  bool add(double x) noexcept {
    if (!std::isfinite(x)) return false;
    insert(x);
    // the mean is wanted after every value: sums over the buckets follow at the next check
    total_ += x;
    ++count_;
    if (++since_check_ < params_.check_every) return false;
    since_check_ = 0;
    return count_ >= params_.min_window && cut();
  }

  /// Values in the window.
  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
  /// Of the window; 0 while it is empty.
  [[nodiscard]] double mean() const noexcept { return count_ == 0 ? 0 : total_ / static_cast<double>(count_); }
  /// Of the window, by its count.
  [[nodiscard]] double variance() const noexcept {
    if (count_ == 0) return 0;
    moments all;
    for (std::size_t row = 0; row < rows_; ++row)
      for (std::size_t i = 0; i < used_[row]; ++i) all.add(at(row, i));
    return all.squares / static_cast<double>(count_);
  }

  void reset() noexcept {
    used_.fill(0);
    rows_ = 0;
    count_ = 0;
    since_check_ = 0;
    total_ = 0;
  }
  [[nodiscard]] std::size_t memory_bytes() const noexcept { return sizeof(*this); }
  [[nodiscard]] const params& parameters() const noexcept { return params_; }

  void save(state_writer& out) const {
    save_head<adwin>(out, params_);
    save_body(out);
  }
  [[nodiscard]] static result<adwin> load(state_reader& in) {
    const auto head = load_head<adwin>(in);
    adwin d(head.params);
    d.load_body(in);
    if (!in) return unexpected(in.error());
    return d;
  }

  /// What follows the parameters: for owners of many with the same.
  void save_body(state_writer& out) const {
    out.scalar(since_check_);
    out.scalar(total_);
    out.scalar(static_cast<std::uint8_t>(rows_));
    out.array(std::span<const std::uint8_t>(used_).first(rows_));
    for (std::size_t row = 0; row < rows_; ++row)
      for (std::size_t i = 0; i < used_[row]; ++i) {
        out.scalar(buckets_[row][i].sum);
        out.scalar(buckets_[row][i].squares);
      }
  }
  /// Reads what save_body() wrote.
  void load_body(state_reader& in) {
    since_check_ = in.scalar<std::uint32_t>();
    total_ = in.finite();
    rows_ = in.scalar<std::uint8_t>();
    if (rows_ > max_rows || since_check_ >= params_.check_every) {
      in.fail("an adwin of more rows than there can be, or past its check");
      rows_ = 0;
    }
    in.array(std::span(used_).first(rows_));
    count_ = 0;
    for (std::size_t row = 0; row < rows_ && in.ok(); ++row) {
      if (used_[row] > max_buckets) return in.fail("an adwin of more buckets than a row has");
      for (std::size_t i = 0; i < used_[row]; ++i) {
        buckets_[row][i].sum = in.finite();
        buckets_[row][i].squares = in.finite();
        if (buckets_[row][i].squares < 0) in.fail("squares below 0");
      }
      count_ += std::uint64_t{used_[row]} << row;
    }
  }

 private:
  static constexpr std::size_t max_buckets = 5;
  static constexpr std::size_t max_rows = 20;

  struct bucket {
    double sum = 0;
    double squares = 0;  // of deviations from the bucket's mean
  };
  /// Of several buckets, joined one by one.
  struct moments {
    double count = 0;
    double sum = 0;
    double squares = 0;

    void add(const moments& b) noexcept {
      if (count > 0) {
        const double apart = sum / count - b.sum / b.count;
        squares += b.squares + apart * apart * (count * b.count / (count + b.count));
      } else {
        squares = b.squares;
      }
      count += b.count;
      sum += b.sum;
    }
  };
  [[nodiscard]] moments at(std::size_t row, std::size_t i) const noexcept {
    return {.count = static_cast<double>(std::uint64_t{1} << row),
            .sum = buckets_[row][i].sum,
            .squares = buckets_[row][i].squares};
  }

  /// Buckets of a row stand from the oldest to the newest; a row that has become too long gives its two oldest, as one,
  /// to the next.
  void insert(double x) noexcept {
    bucket carried{.sum = x, .squares = 0};
    for (std::size_t row = 0;; ++row) {
      if (row == rows_) used_[rows_++] = 0;
      auto& buckets = buckets_[row];
      buckets[used_[row]++] = carried;
      if (used_[row] <= max_buckets) return;
      const auto half = static_cast<double>(std::uint64_t{1} << row);
      const double apart = (buckets[0].sum - buckets[1].sum) / half;
      carried = {.sum = buckets[0].sum + buckets[1].sum,
                 .squares = buckets[0].squares + buckets[1].squares + apart * apart * half / 2};
      const bool last = row + 1 == max_rows;
      const std::size_t leave = last ? 1 : 2;
      if (last) forget(row, buckets[0]);
      std::copy(buckets.begin() + static_cast<std::ptrdiff_t>(leave), buckets.begin() + used_[row], buckets.begin());
      used_[row] = static_cast<std::uint8_t>(used_[row] - leave);
      if (last) return;
    }
  }
  void forget(std::size_t row, const bucket& b) noexcept {
    count_ -= std::uint64_t{1} << row;
    total_ -= b.sum;
  }

  bool cut() noexcept {
    bool changed = false;
    while (cut_once()) {
      changed = true;
      auto& buckets = buckets_[rows_ - 1];
      forget(rows_ - 1, buckets[0]);
      std::copy(buckets.begin() + 1, buckets.begin() + used_[rows_ - 1], buckets.begin());
      --used_[rows_ - 1];
      while (rows_ > 0 && used_[rows_ - 1] == 0) --rows_;
    }
    return changed;
  }
  /// Whether the oldest bucket must leave.
  ///
  /// With n0 and n1 values on the two sides, m = 1/n0 + 1/n1, d = ln(2 ln(n) / delta): the means differ by more than
  /// chance where |mean0 - mean1| > sqrt(2 m variance d) + 2/3 m span d.
  [[nodiscard]] bool cut_once() noexcept {
    moments all;
    for (std::size_t row = rows_; row-- > 0;)
      for (std::size_t i = 0; i < used_[row]; ++i) all.add(at(row, i));
    total_ = all.sum;
    if (count_ < params_.min_window) return false;
    const double d = std::log(2 * std::log(all.count) / params_.delta);
    const double spread = 2 * d * all.squares / all.count;
    const double reach = 2.0 / 3 * d * params_.span;
    double count = 0;
    double sum = 0;
    for (std::size_t row = rows_; row-- > 0;) {
      const auto size = static_cast<double>(std::uint64_t{1} << row);
      for (std::size_t i = 0; i < used_[row]; ++i) {
        count += size;
        sum += buckets_[row][i].sum;
        const double rest = all.count - count;
        if (count < min_side) continue;
        if (rest < min_side) return false;
        const double m = 1 / (count - min_side + 1) + 1 / (rest - min_side + 1);
        const double apart = std::abs(sum / count - (all.sum - sum) / rest) - reach * m;
        if (apart > 0 && apart * apart > spread * m) return true;
      }
    }
    return false;
  }
  static constexpr double min_side = 5;

  params params_;
  std::array<std::array<bucket, max_buckets + 1>, max_rows> buckets_{};
  std::array<std::uint8_t, max_rows> used_{};
  std::size_t rows_ = 0;
  std::uint64_t count_ = 0;
  std::uint32_t since_check_ = 0;
  double total_ = 0;
};
static_assert(configurable<adwin>);

}  // namespace netanomaly::inline NETANOMALY_MODE::learn
