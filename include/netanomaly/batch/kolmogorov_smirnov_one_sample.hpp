// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/batch/detail/sort.hpp>
#include <netanomaly/batch/distributions.hpp>
#include <netanomaly/batch/kolmogorov_smirnov_distribution.hpp>
#include <netanomaly/batch/two_sample.hpp>
#include <netanomaly/core/concepts.hpp>
#include <netanomaly/core/config.hpp>
#include <netanomaly/core/params.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace netanomaly::inline NETANOMALY_MODE::batch {

/// Does a sample come from a given continuous distribution, of which nothing was fitted to the sample?
///
/// Statistic D = sup |F - F0|, or sup(F - F0) for `greater`, sup(F0 - F) for `less`; also the effect.
/// p-value   exact up to `exact_limit` values ("exact"), beyond it the limiting law ("asymptotic").
/// Status    too_few where the sample is empty; not_finite, also where the distribution function gives no number from
///           0 to 1.
/// Cost      a sort, n calls of the distribution function, and for p see one_sample_kolmogorov_smirnov_distribution: 1
///           ms at n = 3,600, and as n^(3/2). No allocation up to reserve(n).
/// Source    Kolmogorov, Giornale dell'Istituto Italiano degli Attuari 4, 1933.
class kolmogorov_smirnov_one_sample {
 public:
  static constexpr std::string_view kind = "kolmogorov_smirnov_one_sample";

  struct params {
    alternative side = alternative::two_sided;
    std::uint32_t exact_limit = 20'000;
    static constexpr void describe(auto& p, auto&& field) {
      field("alternative", p.side, any_value(), "", "greater: the sample's distribution function lies above");
      field("exact_limit", p.exact_limit, any_value(), "values", "above it p is from the limiting law");
    }
    friend bool operator==(const params&, const params&) = default;
  };

  kolmogorov_smirnov_one_sample() : kolmogorov_smirnov_one_sample(params()) {}
  explicit kolmogorov_smirnov_one_sample(const params& p) : params_(checked<kolmogorov_smirnov_one_sample>(p)) {}
  [[nodiscard]] static result<kolmogorov_smirnov_one_sample> make(const params& p) {
    return make_checked<kolmogorov_smirnov_one_sample>(p);
  }

  void reserve(std::size_t n) {
    if (values_.size() < n) values_.resize(n);
    sort_.reserve(n);
    law_.reserve(std::min<std::size_t>(n, params_.exact_limit));
  }

  /// `distribution`(x) is P(X <= x).
  template <class Distribution>
  [[nodiscard]] test_result operator()(std::span<const double> sample, const Distribution& distribution) noexcept {
    test_result r{.method = "exact"};
    reserve(sample.size());
    const std::span<double> x(values_.data(), sample.size());
    if (!sort_(sample, x)) {
      r.status = test_status::not_finite;
      return r;
    }
    if (x.empty()) return r;
    const auto n = static_cast<double>(x.size());
    double above = 0, below = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double f = distribution(x[i]);
      const bool probability = f >= 0 && f <= 1;
      if (!probability) {
        r.status = test_status::not_finite;
        return r;
      }
      above = (std::max)(above, static_cast<double>(i + 1) / n - f);
      below = (std::max)(below, f - static_cast<double>(i) / n);
    }
    const bool two_sided = params_.side == alternative::two_sided;
    const double d = two_sided ? (std::max)(above, below) : (params_.side == alternative::greater ? above : below);
    r.statistic = r.effect = d;
    r.status = test_status::ok;
    if (x.size() > params_.exact_limit) {
      r.method = "asymptotic";
      r.p_value = two_sided ? kolmogorov_limit(std::sqrt(n) * d).upper : std::exp(-2 * n * d * d);
    } else {
      const auto count = static_cast<std::int64_t>(x.size());
      r.p_value = two_sided ? law_.upper(count, d) : one_sample_kolmogorov_smirnov_distribution::plus(count, d);
    }
    return r;
  }

  [[nodiscard]] std::size_t memory_bytes() const noexcept {
    return sizeof *this + values_.capacity() * sizeof(double) + sort_.memory_bytes() - sizeof sort_ +
           law_.memory_bytes() - sizeof law_;
  }

 private:
  params params_;
  std::vector<double> values_;
  detail::sorter sort_;
  one_sample_kolmogorov_smirnov_distribution law_;
};

/// P(X <= x) of the usual distributions, for kolmogorov_smirnov_one_sample.
struct normal_distribution {
  double mean = 0;       ///< of the distribution
  double deviation = 1;  ///< standard, above 0
  /// P(X <= x).
  double operator()(double x) const noexcept { return normal_lower((x - mean) / deviation); }
};
/// Its distribution function, for the one-sample test.
struct uniform_distribution {
  double low = 0;   ///< the least value
  double high = 1;  ///< the greatest value, above low
  /// P(X <= x).
  double operator()(double x) const noexcept { return std::clamp((x - low) / (high - low), 0.0, 1.0); }
};
/// Its distribution function, for the one-sample test.
struct exponential_distribution {
  double mean = 1;  ///< above 0
  /// P(X <= x).
  double operator()(double x) const noexcept { return x > 0 ? -std::expm1(-x / mean) : 0; }
};

}  // namespace netanomaly::inline NETANOMALY_MODE::batch
