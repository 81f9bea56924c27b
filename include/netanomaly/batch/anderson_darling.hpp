// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/batch/detail/contour.hpp>
#include <netanomaly/batch/detail/sort.hpp>
#include <netanomaly/batch/two_sample.hpp>
#include <netanomaly/core/concepts.hpp>
#include <netanomaly/core/config.hpp>
#include <netanomaly/core/params.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numbers>
#include <span>
#include <string_view>
#include <vector>

namespace netanomaly::inline NETANOMALY_MODE::batch {

/// What anderson_darling says beside statistic and p-value.
struct anderson_darling_result : test_result {
  double standardized =
      std::numeric_limits<double>::quiet_NaN();  ///< (statistic - (k - 1)) / standard deviation at these sizes
  /// Of the statistic where the samples are alike.
  double standard_deviation = std::numeric_limits<double>::quiet_NaN();
};

/// Do two or more samples come from one distribution? The squared distances of their empirical distribution functions
/// from that of all, weighted so that the tails count as much as the middle.
///
/// Statistic A^2 of Scholz & Stephens, with midranks or, without `midrank`, right-continuous functions. Effect: for
///           two samples, the root of the mean of (F - G)^2 / (H (1 - H)) over the pooled values.
/// p-value   limiting law at k - 1 + sigma T, T being the standardized statistic, sigma the deviation of the limit:
///           Scholz & Stephens' way of allowing for finite samples ("asymptotic"), but with the law itself in place of
///           a table of quantiles. Good to a few percent of p from five values a sample on.
/// Status    too_few: an empty sample, fewer than four values in all; constant: all values equal; not_finite.
/// Cost      sorts, O(N k), 10 us for p. No allocation up to reserve(n, m).
/// Source    Scholz & Stephens, JASA 82(399), 1987.
class anderson_darling {
 public:
  static constexpr std::string_view kind = "anderson_darling";

  struct params {
    bool midrank = true;
    static constexpr void describe(auto& p, auto&& field) {
      field("midrank", p.midrank, any_value(), "", "ties take the middle of their ranks");
    }
    friend bool operator==(const params&, const params&) = default;
  };

  anderson_darling() : anderson_darling(params()) {}
  explicit anderson_darling(const params& p) : params_(checked<anderson_darling>(p)) {}
  [[nodiscard]] static result<anderson_darling> make(const params& p) { return make_checked<anderson_darling>(p); }

  void reserve(std::size_t n, std::size_t m) { reserve_all(n + m); }

  /// Sample against reference.
  [[nodiscard]] test_result operator()(std::span<const double> sample, std::span<const double> reference) noexcept {
    const std::array<std::span<const double>, 2> both = {sample, reference};
    return (*this)(both);  // NOLINT(cppcoreguidelines-slicing): what it knows beside is for those who ask for it
  }

  /// Two or more samples.
  [[nodiscard]] anderson_darling_result operator()(std::span<const std::span<const double>> samples) noexcept {
    anderson_darling_result r;
    r.method = "asymptotic";
    std::size_t total = 0;
    for (const auto& s : samples) total += s.size();
    reserve_all(total);
    std::size_t at = 0;
    bool empty = samples.size() < 2;
    for (const auto& s : samples) {
      if (!sort_(s, std::span<double>(values_.data() + at, s.size()))) {
        r.status = test_status::not_finite;
        return r;
      }
      at += s.size();
      empty |= s.empty();
    }
    if (empty || total < 4) return r;
    std::copy(values_.begin(), values_.begin() + static_cast<std::ptrdiff_t>(total), pooled_.begin());
    const std::span<double> pooled(pooled_.data(), total);
    (void)sort_(pooled, pooled);
    if (pooled.front() == pooled.back()) {
      r.status = test_status::constant;
      return r;
    }
    const auto k = static_cast<double>(samples.size()), all = static_cast<double>(total);
    double statistic = 0;
    double reciprocals = 0;
    std::size_t begin = 0;
    for (const auto& s : samples) {
      const std::span<const double> own(values_.data() + begin, s.size());
      statistic += distance(own, pooled);
      reciprocals += 1 / static_cast<double>(s.size());
      begin += s.size();
    }
    r.statistic = params_.midrank ? statistic * (all - 1) / all : statistic;
    r.standard_deviation = deviation(k, all, reciprocals);
    r.standardized = (r.statistic - (k - 1)) / r.standard_deviation;
    if (samples.size() == 2) {
      const auto n = static_cast<double>(samples[0].size()), m = static_cast<double>(samples[1].size());
      r.effect = std::sqrt(r.statistic * all / (n * m));
    } else {
      r.effect = std::sqrt(r.statistic / all);
    }
    const double limit = std::sqrt(2 * (k - 1) * (std::numbers::pi * std::numbers::pi / 3 - 3));
    r.p_value = detail::anderson_darling_limit(k - 1 + limit * r.standardized, k - 1);
    r.status = test_status::ok;
    return r;
  }

  [[nodiscard]] std::size_t memory_bytes() const noexcept {
    return sizeof *this + (values_.capacity() + pooled_.capacity()) * sizeof(double) + sort_.memory_bytes() -
           sizeof sort_;
  }

 private:
  void reserve_all(std::size_t total) {
    if (values_.size() < total) {
      values_.resize(total);
      pooled_.resize(total);
    }
    sort_.reserve(total);
  }

  /// One sample's part: 1 / n sum over distinct values of l / N (N M - n B)^2 / (B (N - B) ...), l values equal, B
  /// pooled ones up to them, M of the sample's.
  double distance(std::span<const double> own, std::span<const double> pooled) const noexcept {
    const auto n = static_cast<double>(own.size()), all = static_cast<double>(pooled.size());
    double sum = 0;
    for (std::size_t i = 0, j = 0; j < pooled.size();) {
      const double value = pooled[j];
      const std::size_t first = j, own_first = i;
      while (j < pooled.size() && pooled[j] == value) ++j;
      while (i < own.size() && own[i] == value) ++i;
      const auto ties = static_cast<double>(j - first), own_ties = static_cast<double>(i - own_first);
      double below = static_cast<double>(j), own_below = static_cast<double>(i), less = 0;
      if (params_.midrank) {
        below -= ties / 2;
        own_below -= own_ties / 2;
        less = all * ties / 4;
      }
      const double scale = below * (all - below) - less;
      if (!(scale > 0)) continue;  // the last value, right-continuous
      const double difference = all * own_below - n * below;
      sum += ties / all * (difference * difference / scale);
    }
    return sum / n;
  }

  /// Of A^2 under the null, from k, N and sum 1 / n.
  static double deviation(double k, double all, double reciprocals) noexcept {
    double h = 0, g = 0;
    const auto last = static_cast<std::int64_t>(all) - 1;
    for (std::int64_t i = last; i >= 1; --i) h += 1 / static_cast<double>(i);
    double tail = 0;  // 1 / (i + 1) + ... + 1 / (N - 1)
    for (std::int64_t i = last - 1; i >= 1; --i) {
      tail += 1 / static_cast<double>(i + 1);
      g += tail / (all - static_cast<double>(i));
    }
    const double a = (4 * g - 6) * (k - 1) + (10 - 6 * g) * reciprocals;
    const double b = (2 * g - 4) * k * k + 8 * h * k + (2 * g - 14 * h - 4) * reciprocals - 8 * h + 4 * g - 6;
    const double c = (6 * h + 2 * g - 2) * k * k + (4 * h - 4 * g + 6) * k + (2 * h - 6) * reciprocals + 4 * h;
    const double d = (2 * h + 6) * k * k - 4 * h * k;
    return std::sqrt((((a * all + b) * all + c) * all + d) / ((all - 1) * (all - 2) * (all - 3)));
  }

  params params_;
  std::vector<double> values_, pooled_;
  detail::sorter sort_;
};
static_assert(two_sample_test<anderson_darling>);

}  // namespace netanomaly::inline NETANOMALY_MODE::batch
