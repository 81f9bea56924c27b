// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/batch/detail/sort.hpp>
#include <netanomaly/batch/distributions.hpp>
#include <netanomaly/batch/incremental_kolmogorov_smirnov.hpp>
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

/// Do two samples come from one distribution? The greatest distance between their empirical distribution functions.
///
/// Statistic D = sup |F - G|, or sup(F - G) for `greater`, sup(G - F) for `less` (F is the sample's, G the
///           reference's: the sample tends to be smaller where F is greater; the names are those of SciPy and R). It
///           is also the effect.
/// p-value   exact, P(D >= d) over all orders of the pooled values: with ties, over those that the ties leave
///           different ("exact, ties"), which is what makes counts and rounded values usable. Above `work_limit` cells
///           the limiting law ("asymptotic"): the method says which.
/// Status    too_few where a sample is empty, not_finite where a value is NaN or infinite. Constant samples are ties.
/// Cost      two sorts, O(n + m) for D, about 2 D n m cells of 0.5 ns for p (half of them where two-sided and untied;
///           three times as long with ties). No allocation up to reserve(n, m).
/// Source    Hodges, Arkiv foer Matematik 3, 1958; Schroer & Trenkler, Computational Statistics & Data Analysis 20,
///           1995.
class kolmogorov_smirnov {
 public:
  static constexpr std::string_view kind = "kolmogorov_smirnov";

  struct params {
    alternative side = alternative::two_sided;
    std::uint64_t work_limit = 100'000'000;
    static constexpr void describe(auto& p, auto&& field) {
      field("alternative", p.side, any_value(), "", "greater: the sample's distribution function lies above");
      field("work_limit", p.work_limit, any_value(), "cells", "more than these, about 1 ns each, and p is asymptotic");
    }
    friend bool operator==(const params&, const params&) = default;
  };

  kolmogorov_smirnov() : kolmogorov_smirnov(params()) {}
  explicit kolmogorov_smirnov(const params& p) : params_(checked<kolmogorov_smirnov>(p)) {}
  [[nodiscard]] static result<kolmogorov_smirnov> make(const params& p) { return make_checked<kolmogorov_smirnov>(p); }

  /// Up to these sizes calls do not allocate; copies keep them.
  void reserve(std::size_t n, std::size_t m) {
    if (sample_.size() < n) sample_.resize(n);
    if (reference_.size() < m) reference_.resize(m);
    if (group_ends_.size() < n + m) group_ends_.resize(n + m);
    sort_.reserve((std::max)(n, m));
    law_.reserve(n, m);
  }

  /// In any order.
  [[nodiscard]] test_result operator()(std::span<const double> sample, std::span<const double> reference) noexcept {
    reserve(sample.size(), reference.size());
    const std::span<double> x(sample_.data(), sample.size()), y(reference_.data(), reference.size());
    if (!sort_(sample, x) || !sort_(reference, y)) return {.method = "exact", .status = test_status::not_finite};
    return sorted(x, y);
  }

  /// Both ascending and finite.
  [[nodiscard]] test_result sorted(std::span<const double> sample, std::span<const double> reference) noexcept {
    if (sample.empty() || reference.empty()) return {.method = "exact", .status = test_status::too_few};
    reserve(sample.size(), reference.size());
    return judge(static_cast<std::int64_t>(sample.size()), static_cast<std::int64_t>(reference.size()),
                 measure(sample, reference), [&] { return group_ends(sample, reference); });
  }

  /// Two windows that slide: their distance is at hand.
  using sliding = incremental_kolmogorov_smirnov;
  [[nodiscard]] test_result operator()(sliding& windows) noexcept {
    if (windows.recent() == 0 || windows.older() == 0) return {.method = "exact", .status = test_status::too_few};
    reserve(static_cast<std::size_t>(windows.recent()), static_cast<std::size_t>(windows.older()));
    return judge(windows.recent(), windows.older(), windows.distance(),
                 [&] { return windows.group_ends(group_ends_); });
  }

  [[nodiscard]] std::size_t memory_bytes() const noexcept {
    return sizeof *this + (sample_.capacity() + reference_.capacity()) * sizeof(double) +
           group_ends_.capacity() * sizeof(std::uint32_t) + sort_.memory_bytes() - sizeof sort_ + law_.memory_bytes() -
           sizeof law_;
  }

 private:
  using distance = incremental_kolmogorov_smirnov::distances;

  test_result judge(std::int64_t n, std::int64_t m, const distance& d, auto&& groups) noexcept {
    constexpr std::int64_t none = two_sample_kolmogorov_smirnov_distribution::no_bound;
    std::int64_t above = none, below = none;
    std::int64_t t = 0;
    switch (params_.side) {
      case alternative::greater:
        above = t = d.above;
        break;
      case alternative::less:
        below = t = d.below;
        break;
      case alternative::two_sided:
        above = below = t = (std::max)(d.above, d.below);
        break;
    }
    const double product = static_cast<double>(n) * static_cast<double>(m);
    test_result r{.statistic = static_cast<double>(t) / product, .method = "exact", .status = test_status::ok};
    r.effect = r.statistic;
    const double work = two_sample_kolmogorov_smirnov_distribution::work(n, m, above, below);
    if (t > 0 && work > static_cast<double>(params_.work_limit)) {
      const double scaled = std::sqrt(product / static_cast<double>(n + m)) * r.statistic;
      r.method = "asymptotic";
      r.p_value =
          params_.side == alternative::two_sided ? kolmogorov_limit(scaled).upper : std::exp(-2 * scaled * scaled);
      return r;
    }
    std::span<const std::uint32_t> ends;
    if (d.ties) {
      ends = groups();
      r.method = "exact, ties";
    }
    r.p_value = law_.touch(n, m, above, below, ends);
    return r;
  }

  static distance measure(std::span<const double> x, std::span<const double> y) noexcept {
    const auto n = static_cast<std::int64_t>(x.size()), m = static_cast<std::int64_t>(y.size());
    distance d;
    bool ties = false;
    for (std::size_t i = 1; i < x.size(); ++i) ties |= x[i] == x[i - 1];
    for (std::size_t j = 1; j < y.size(); ++j) ties |= y[j] == y[j - 1];
    std::size_t j = 0;
    for (std::size_t i = 0; i < x.size();) {
      const double value = x[i];
      while (j < y.size() && y[j] < value) ++j;
      d.below = (std::max)(d.below, static_cast<std::int64_t>(j) * n - static_cast<std::int64_t>(i) * m);
      for (++i; i < x.size() && x[i] == value;) ++i;
      std::size_t after = j;
      while (after < y.size() && y[after] == value) ++after;
      ties |= after != j;
      j = after;
      d.above = (std::max)(d.above, static_cast<std::int64_t>(i) * m - static_cast<std::int64_t>(j) * n);
    }
    d.ties = ties;
    return d;
  }

  /// After how many pooled values a new one begins.
  std::span<const std::uint32_t> group_ends(std::span<const double> x, std::span<const double> y) noexcept {
    std::size_t i = 0, j = 0, groups = 0;
    while (i < x.size() || j < y.size()) {
      const double value = j == y.size() || (i < x.size() && x[i] < y[j]) ? x[i] : y[j];
      while (i < x.size() && x[i] == value) ++i;
      while (j < y.size() && y[j] == value) ++j;
      group_ends_[groups++] = static_cast<std::uint32_t>(i + j);
    }
    return {group_ends_.data(), groups};
  }

  params params_;
  std::vector<double> sample_, reference_;
  std::vector<std::uint32_t> group_ends_;
  detail::sorter sort_;
  two_sample_kolmogorov_smirnov_distribution law_;
};
static_assert(two_sample_test<kolmogorov_smirnov>);

}  // namespace netanomaly::inline NETANOMALY_MODE::batch
