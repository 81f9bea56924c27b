// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/batch/grubbs.hpp>
#include <netanomaly/batch/summary.hpp>
#include <netanomaly/core/concepts.hpp>
#include <netanomaly/core/config.hpp>
#include <netanomaly/core/params.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <string_view>
#include <vector>

namespace netanomaly::inline NETANOMALY_MODE::batch {

/// Which values, at most `most_outliers` of them, are outliers, the rest being normal? The generalized extreme
/// Studentized deviate: unlike Grubbs' test repeated, it is not blinded by outliers that hide one another.
///
/// Steps     remove the value farthest from the mean of those left, over and over. Step i compares R = |x - mean| / s
///           of those left with lambda, Grubbs' critical value at `alpha` for as many values; the outliers are those
///           removed up to the last step with R > lambda.
/// Result    statistic, p-value and effect of the step whose p, as Grubbs' test of the values left, is smallest.
/// Status    too_few below three values, constant, not_finite. Steps end where fewer than three values, or only equal
///           ones, are left.
/// Cost      O(n log n); lambda 2 us a step, the first time that a sample has so many values. No allocation up to
///           reserve(n).
/// Source    Rosner, Technometrics 25(2), 1983.
class generalized_esd {
 public:
  static constexpr std::string_view kind = "generalized_esd";

  struct params {
    std::uint32_t most_outliers = 10;
    double alpha = 0.05;
    static constexpr void describe(auto& p, auto&& field) {
      field("most_outliers", p.most_outliers, between(1U, 100000U), "values", "that may be found");
      field("alpha", p.alpha, inside(0.0, 1.0), "probability", "of finding any where there are none");
    }
    friend bool operator==(const params&, const params&) = default;
  };

  /// One removal: the farthest value left, and what it is measured by.
  struct step {
    double statistic = 0;   ///< R
    double critical = 0;    ///< lambda
    double p_value = 1;     ///< of R, as Grubbs' test of the values left
    std::size_t index = 0;  ///< of the value removed; of equally far ones the first
  };

  generalized_esd() : generalized_esd(params()) {}
  explicit generalized_esd(const params& p) : params_(checked<generalized_esd>(p)) {}
  [[nodiscard]] static result<generalized_esd> make(const params& p) { return make_checked<generalized_esd>(p); }

  void reserve(std::size_t n) {
    if (order_.size() < n) order_.resize(n);
    if (steps_.size() < params_.most_outliers) {
      steps_.resize(params_.most_outliers);
      criticals_.resize(params_.most_outliers);
    }
  }

  /// The outliers are then outliers(), the steps steps().
  [[nodiscard]] test_result operator()(std::span<const double> values) noexcept {
    using detail::double_double;
    count_ = outliers_ = 0;
    reserve(values.size());
    test_result r{.method = "bonferroni"};
    if (!all_finite(values)) {
      r.status = test_status::not_finite;
      return r;
    }
    if (values.size() < 3) return r;
    const std::span<std::uint32_t> order(order_.data(), values.size());
    std::iota(order.begin(), order.end(), 0U);
    std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
      return values[a] < values[b] || (values[a] == values[b] && a < b);
    });
    if (values[order.front()] == values[order.back()]) {
      r.status = test_status::constant;
      return r;
    }
    if (criticals_of_ != values.size()) {
      criticals_of_ = values.size();
      std::fill(criticals_.begin(), criticals_.end(), 0);
    }
    summary left(values);
    // What is left is always order[low ... high]; of equal greatest values the first in the sample goes first.
    std::size_t low = 0, high = values.size() - 1;
    const grubbs test;
    for (std::size_t i = 0; i < params_.most_outliers && high - low >= 2 && values[order[low]] < values[order[high]];
         ++i) {
      std::size_t top = high;
      while (top > low && values[order[top - 1]] == values[order[high]]) --top;
      const bool take_low = grubbs::farther(values[order[low]], values[order[top]], order[low] < order[top], left);
      const std::uint32_t index = order[take_low ? low : top];
      const outlier_result one = test.judge({}, left, values[index]);
      const auto n = static_cast<double>(high - low + 1);
      if (criticals_[i] == 0) criticals_[i] = grubbs_critical_value(params_.alpha, n, outlier_side::either);
      steps_[count_++] = {one.statistic, criticals_[i], one.p_value, index};
      if (!(one.p_value > r.p_value)) r = {one.statistic, one.p_value, one.effect, "bonferroni", test_status::ok};
      if (steps_[count_ - 1].statistic > steps_[count_ - 1].critical) outliers_ = count_;
      // Remove it: mean and squares of the others, from those of all.
      const double_double d = double_double(values[index]) - left.mean;
      left.mean -= d / double_double(n - 1);
      left.squares -= d * d * double_double(n) / double_double(n - 1);
      --left.count;
      if (take_low) {
        ++low;
      } else {
        std::rotate(order.begin() + static_cast<std::ptrdiff_t>(top),
                    order.begin() + static_cast<std::ptrdiff_t>(top) + 1,
                    order.begin() + static_cast<std::ptrdiff_t>(high) + 1);
        --high;
      }
    }
    r.status = test_status::ok;
    return r;
  }

  /// Steps of the last call, in the order of removal.
  [[nodiscard]] std::span<const step> steps() const noexcept { return {steps_.data(), count_}; }
  /// Steps whose values are outliers.
  [[nodiscard]] std::span<const step> outliers() const noexcept { return {steps_.data(), outliers_}; }

  [[nodiscard]] std::size_t memory_bytes() const noexcept {
    return sizeof *this + order_.capacity() * sizeof(std::uint32_t) + steps_.capacity() * sizeof(step) +
           criticals_.capacity() * sizeof(double);
  }

 private:
  params params_;
  std::vector<std::uint32_t> order_;
  std::vector<step> steps_;
  std::vector<double> criticals_;  // lambda of each step where the sample has criticals_of_ values; 0: not asked yet
  std::size_t criticals_of_ = 0;
  std::size_t count_ = 0, outliers_ = 0;
};

}  // namespace netanomaly::inline NETANOMALY_MODE::batch
