// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/batch/outlier_rate.hpp>
#include <netanomaly/batch/two_sample.hpp>
#include <netanomaly/core/concepts.hpp>
#include <netanomaly/core/config.hpp>
#include <netanomaly/core/params.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace netanomaly::inline NETANOMALY_MODE::batch {

/// outlier_rate, asked of measured values: a value is an outlier that lies more than `deviations` robust standard
/// deviations from the median, both of the pooled values, so that under the null the two samples are alike to it and p
/// is exact.
///
/// Outliers  |x - median| > deviations * 1.4826 * median absolute deviation. Where more than half of the values are
///           equal, the deviation is 0 and all others are outliers.
/// p-value   hypergeometric: every value is a trial ("exact, trials").
/// Status    too_few where a sample is empty; not_finite.
/// Cost      two selections, O(n + m). No allocation up to reserve(n, m).
class outlier_share {
 public:
  static constexpr std::string_view kind = "outlier_rate";

  struct params {
    double deviations = 3;
    alternative side = alternative::greater;
    bool mid = false;
    static constexpr void describe(auto& p, auto&& field) {
      field("deviations", p.deviations, at_least(0.0), "robust standard deviations",
            "from the median, and beyond is an outlier");
      field("alternative", p.side, any_value(), "", "greater: more outliers in the sample");
      field("mid", p.mid, any_value(), "", "mid-p: half of the probability of what was seen");
    }
    friend bool operator==(const params&, const params&) = default;
  };

  outlier_share() : outlier_share(params()) {}
  explicit outlier_share(const params& p) : params_(checked<outlier_share>(p)) {}
  [[nodiscard]] static result<outlier_share> make(const params& p) { return make_checked<outlier_share>(p); }

  void reserve(std::size_t n, std::size_t m) {
    if (pooled_.size() < n + m) pooled_.resize(n + m);
  }

  [[nodiscard]] test_result operator()(std::span<const double> sample, std::span<const double> reference) noexcept {
    test_result r{.method = params_.mid ? "exact, trials, mid-p" : "exact, trials"};
    if (!all_finite(sample) || !all_finite(reference)) {
      r.status = test_status::not_finite;
      return r;
    }
    if (sample.empty() || reference.empty()) return r;
    reserve(sample.size(), reference.size());
    const std::span<double> pooled(pooled_.data(), sample.size() + reference.size());
    std::copy(sample.begin(), sample.end(), pooled.begin());
    std::copy(reference.begin(), reference.end(), pooled.begin() + static_cast<std::ptrdiff_t>(sample.size()));
    const double centre = median(pooled);
    for (double& x : pooled) x = std::abs(x - centre);
    const double limit = params_.deviations * 1.4826 * median(pooled);
    const auto outliers = [&](std::span<const double> values) {
      return static_cast<double>(
          std::count_if(values.begin(), values.end(), [&](double x) { return std::abs(x - centre) > limit; }));
    };
    const double recent = outliers(sample), past = outliers(reference);
    const auto n = static_cast<double>(sample.size()), m = static_cast<double>(reference.size());
    r.statistic = recent;
    r.effect = recent / n / (past / m);
    r.status = test_status::ok;
    r.p_value =
        recent + past > 0
            ? proportion_p_values(recent, n, past, m, false).p_value(params_.side, two_sided_rule::doubled, params_.mid)
            : 1;
    return r;
  }

  [[nodiscard]] std::size_t memory_bytes() const noexcept { return sizeof *this + pooled_.capacity() * sizeof(double); }

 private:
  /// The upper of the two middle values where there are two.
  static double median(std::span<double> values) noexcept {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
  }

  params params_;
  std::vector<double> pooled_;
};
static_assert(two_sample_test<outlier_share>);

}  // namespace netanomaly::inline NETANOMALY_MODE::batch
