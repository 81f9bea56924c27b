// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/config.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <ranges>
#include <vector>

/// How good the answers of a learner or of a detector are, row by row, in bounded memory.

namespace netanomaly::inline NETANOMALY_MODE::learn {

/// How often predictions and labels agree: counts of each pair, and what is read off them.
///
/// Cost      add() is O(1); classes^2 counts of eight bytes. add() does not allocate.
/// Source    kappa: Cohen, Educational and Psychological Measurement 20(1), 1960.
class confusion_matrix {
 public:
  /// All counts 0.
  explicit confusion_matrix(std::size_t classes) : classes_(classes), counts_(classes * classes) {}

  /// Classes that there are not are left out.
  void add(std::uint32_t label, std::uint32_t predicted) noexcept {
    if (label < classes_ && predicted < classes_) ++counts_[label * classes_ + predicted];
  }

  [[nodiscard]] std::size_t classes() const noexcept { return classes_; }  ///< as constructed
  /// Rows of the class `label` that were predicted as `predicted`.
  [[nodiscard]] std::uint64_t count(std::size_t label, std::size_t predicted) const noexcept {
    return counts_[label * classes_ + predicted];
  }
  /// Rows of the class c.
  [[nodiscard]] std::uint64_t labelled(std::size_t c) const noexcept {
    std::uint64_t sum = 0;
    for (std::size_t k = 0; k < classes_; ++k) sum += count(c, k);
    return sum;
  }
  /// Rows predicted as c.
  [[nodiscard]] std::uint64_t predicted(std::size_t c) const noexcept {
    std::uint64_t sum = 0;
    for (std::size_t k = 0; k < classes_; ++k) sum += count(k, c);
    return sum;
  }
  /// Rows counted.
  [[nodiscard]] std::uint64_t rows() const noexcept {
    std::uint64_t sum = 0;
    for (const std::uint64_t n : counts_) sum += n;
    return sum;
  }
  /// Rows predicted as what they are.
  [[nodiscard]] std::uint64_t right() const noexcept {
    std::uint64_t sum = 0;
    for (std::size_t c = 0; c < classes_; ++c) sum += count(c, c);
    return sum;
  }

  // Each is NaN where it is 0 / 0.
  [[nodiscard]] double accuracy() const noexcept { return share(right(), rows()); }  ///< share of rows predicted right
  /// Of the rows of c, those predicted as c.
  [[nodiscard]] double recall(std::size_t c) const noexcept { return share(count(c, c), labelled(c)); }
  /// Of the rows predicted as c, those of c.
  [[nodiscard]] double precision(std::size_t c) const noexcept { return share(count(c, c), predicted(c)); }
  /// (agreement - agreement by chance) / (1 - agreement by chance), chance from both margins.
  [[nodiscard]] double kappa() const noexcept {
    const auto n = static_cast<double>(rows());
    double chance = 0;
    for (std::size_t c = 0; c < classes_; ++c)
      chance += static_cast<double>(labelled(c)) / n * (static_cast<double>(predicted(c)) / n);
    return kappa(accuracy(), chance);
  }
  /// The same from an agreement and one by chance; NaN where chance alone agrees always.
  [[nodiscard]] static double kappa(double agreement, double chance) noexcept {
    return chance < 1 ? (agreement - chance) / (1 - chance) : std::numeric_limits<double>::quiet_NaN();
  }

 private:
  [[nodiscard]] static double share(std::uint64_t part, std::uint64_t whole) noexcept {
    return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole)
                     : std::numeric_limits<double>::quiet_NaN();
  }

  std::size_t classes_;
  std::vector<std::uint64_t> counts_;
};

/// How well scores put positive rows above negative ones: the area under the ROC curve (Mann-Whitney's U over its
/// greatest, ties count half) and the average precision (the sum over the different scores, from the highest, of the
/// precision there times the recall gained there; ties are one step).
///
/// Exact    for up to `capacity` different scores. Beyond it neighbouring scores are taken together, at most 8 /
///          capacity of the rows of either kind each time, and figure::error bounds what that can have changed: the
///          exact value lies within it, whatever the scores were.
/// Cost     add() is O(log capacity) on average, and 32 bytes a different score, at most 176 capacity bytes; it
///          allocates. The figures are O(capacity + positives).
/// Departs  nothing: with scikit-learn's roc_auc_score and average_precision_score it agrees to rounding.
class ranking_quality {
 public:
  /// A number and how far off it may be.
  struct figure {
    double value = std::numeric_limits<double>::quiet_NaN();  ///< NaN where either kind is missing
    double error = 0;                                         ///< at most so far off; 0: exact
  };
  /// Rows by their score.
  struct point {
    double score = 0;             ///< at or above it
    std::uint64_t positives = 0;  ///< rows
    std::uint64_t negatives = 0;  ///< rows
  };

  /// At least 64.
  explicit ranking_quality(std::size_t capacity = std::size_t{1} << 18)
      : capacity_((std::max)(capacity, std::size_t{64})) {}

  /// NaN is left out.
  void add(double score, bool positive) {
    if (std::isnan(score)) return;
    fresh_.push_back({score + 0.0, score + 0.0, positive ? 1U : 0U, positive ? 0U : 1U});  // + 0.0: -0 is 0
    (positive ? positives_ : negatives_) += 1;
    if (fresh_.size() >= (std::max)(capacity_ / 4, std::size_t{16})) settle();
  }

  [[nodiscard]] std::uint64_t positives() const noexcept { return positives_; }  ///< rows so far
  [[nodiscard]] std::uint64_t negatives() const noexcept { return negatives_; }  ///< rows so far

  /// Area under the ROC curve, 0 to 1; 0.5 is chance.
  [[nodiscard]] figure auc() {
    settle();
    if (positives_ == 0 || negatives_ == 0) return {};
    double wins = 0, unsure = 0, below = 0;
    for (const bin& b : bins_) {
      const auto p = static_cast<double>(b.positives), n = static_cast<double>(b.negatives);
      wins += p * (below + n / 2);
      if (b.low < b.high) unsure += p * n / 2;
      below += n;
    }
    const double pairs = static_cast<double>(positives_) * static_cast<double>(negatives_);
    return {wins / pairs, unsure / pairs};
  }

  /// Average precision, 0 to 1; the share of positives is chance.
  [[nodiscard]] figure average_precision() {
    settle();
    if (positives_ == 0) return {};
    double least = 0, most = 0, above = 0, taken = 0;  // positives and rows of higher scores
    for (const auto& b : std::views::reverse(bins_)) {
      const auto p = static_cast<double>(b.positives), n = static_cast<double>(b.negatives);
      if (b.low == b.high) {
        const double step = p > 0 ? p * (above + p) / (taken + p + n) : 0;
        least += step;
        most += step;
      } else {  // at worst the positives come last and one by one, at best first and all together
        for (std::uint64_t k = 1; k <= b.positives; ++k) {
          const auto i = static_cast<double>(k);
          least += (above + i) / (taken + n + i);
        }
        if (p > 0) most += p * (above + p) / (taken + p);
      }
      above += p;
      taken += p + n;
    }
    const auto all = static_cast<double>(positives_);
    return {(least + most) / 2 / all, (most - least) / 2 / all};
  }

  /// How many rows of either kind have a score at or above some, at most `count` of them from the highest down: the
  /// points of curves. The last has all rows.
  [[nodiscard]] std::vector<point> curve(std::size_t count) {
    settle();
    std::vector<point> points;
    const std::uint64_t total = positives_ + negatives_;
    point sum;
    double next = 0;
    const auto weight = [&](const point& p) {  // both kinds alike, so that rare positives keep their corners
      return share(p.positives, positives_) + share(p.negatives, negatives_);
    };
    for (const auto& b : std::views::reverse(bins_)) {
      sum = {b.low, sum.positives + b.positives, sum.negatives + b.negatives};
      if (weight(sum) < next && sum.positives + sum.negatives < total) continue;
      points.push_back(sum);
      next = weight(sum) + 2.0 / static_cast<double>((std::max)(count, std::size_t{2}) - 1);
    }
    return points;
  }

  [[nodiscard]] std::size_t memory_bytes() const noexcept {
    return sizeof(*this) + (bins_.capacity() + fresh_.capacity() + merged_.capacity()) * sizeof(bin);
  }

 private:
  /// Rows whose scores lie from `low` to `high`; no two of these intervals meet.
  struct bin {
    double low = 0, high = 0;
    std::uint64_t positives = 0, negatives = 0;
  };

  [[nodiscard]] static double share(std::uint64_t part, std::uint64_t whole) noexcept {
    return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : 0.0;
  }

  /// Takes the fresh scores into the sorted bins.
  void settle() {
    if (fresh_.empty()) return;
    std::sort(fresh_.begin(), fresh_.end(), [](const bin& a, const bin& b) { return a.low < b.low; });
    merged_.clear();
    auto old = bins_.begin();
    const auto take = [&](const bin& b) {
      if (!merged_.empty() && b.low <= merged_.back().high) {
        merged_.back().positives += b.positives;
        merged_.back().negatives += b.negatives;
      } else {
        merged_.push_back(b);
      }
    };
    for (const bin& f : fresh_) {
      for (; old != bins_.end() && old->low <= f.low; ++old) take(*old);
      take(f);
    }
    for (; old != bins_.end(); ++old) take(*old);
    fresh_.clear();
    bins_.swap(merged_);
    if (bins_.size() > capacity_) coarsen();
  }

  void coarsen() {
    const double most = 8.0 / static_cast<double>(capacity_);  // two neighbours that stay apart have more: half is left
    std::size_t last = 0;
    const auto weight = [&](const bin& b) { return share(b.positives, positives_) + share(b.negatives, negatives_); };
    for (std::size_t i = 1; i < bins_.size(); ++i) {
      bin& into = bins_[last];
      if (weight(into) + weight(bins_[i]) <= most) {
        into = {into.low, bins_[i].high, into.positives + bins_[i].positives, into.negatives + bins_[i].negatives};
      } else {
        bins_[++last] = bins_[i];
      }
    }
    bins_.resize(last + 1);
  }

  std::size_t capacity_;
  std::vector<bin> bins_, fresh_, merged_;
  std::uint64_t positives_ = 0, negatives_ = 0;
};

}  // namespace netanomaly::inline NETANOMALY_MODE::learn
