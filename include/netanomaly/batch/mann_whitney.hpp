// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/batch/detail/sort.hpp>
#include <netanomaly/batch/distributions.hpp>
#include <netanomaly/batch/outlier_rate.hpp>
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
#include <utility>
#include <vector>

namespace netanomaly::inline NETANOMALY_MODE::batch {

/// Exact null distribution of Mann and Whitney's U without ties.
///
/// The number of orders of n and m values with U = u is the coefficient of q^u in a Gaussian binomial, from N(n, m, u)
/// = N(n, m - 1, u) + N(n - 1, m, u - m), all terms positive. A path weighs a^n (1 - a)^m, a near n / (n + m), so that
/// nothing overflows. Only the shorter tail is computed, the other is what it leaves.
///
/// Error     1e-14 relative, wherever a tail is above 1e-300.
/// Cost      about n m u / 3 additions, u at most n m / 2.
/// Source    Mann & Whitney, Annals of Mathematical Statistics 18(1), 1947.
class mann_whitney_distribution {
 public:
  /// For samples of these sizes nothing will be allocated.
  void reserve(std::size_t n, std::size_t m) {
    const std::size_t shorter = (std::min)(n, m);
    reserve_cells((shorter + 1) * (n * m / 2 + 1));
  }
  /// The same in numbers of the table, of eight bytes each.
  void reserve_cells(std::size_t cells) {
    if (table_.size() < cells) table_.resize(cells);
  }

  /// Additions for a u in the middle, about.
  [[nodiscard]] static double work(double n, double m) noexcept { return n * n * m * m / 6; }

  /// greater = P(U >= u), less = P(U <= u).
  [[nodiscard]] discrete_p_values operator()(std::size_t n, std::size_t m, std::size_t u) {
    discrete_p_values p;
    if (n > m) std::swap(n, m);
    reserve(n, m);
    const std::size_t mirrored = n * m - u, low = (std::min)(u, mirrored);
    const double up =
        (std::max)(std::floor(0x1p26 * static_cast<double>(n) / static_cast<double>(n + m)), 1.0) * 0x1p-26;
    const double right = 1 - up;
    const double total = detail::binomial_factor(static_cast<double>(n), static_cast<double>(m), up, right);
    // rows[i][u]: i values of the shorter sample among j of the other, for j = 0, 1 ... m.
    const std::size_t width = low + 1;
    double* rows = table_.data();
    std::fill(rows, rows + (n + 1) * width, 0.0);
    rows[0] = 1;
    for (std::size_t i = 1; i <= n; ++i) rows[i * width] = rows[(i - 1) * width] * up;
    for (std::size_t j = 1; j <= m; ++j) {
      rows[0] *= right;
      for (std::size_t i = 1; i <= n; ++i) {
        double* row = rows + i * width;
        const double* above = row - width;
        const std::size_t last = (std::min)(low, i * j);
        for (std::size_t k = 0; k < (std::min)(j, last + 1); ++k) row[k] *= right;
        for (std::size_t k = j; k <= last; ++k) row[k] = row[k] * right + above[k - j] * up;
      }
    }
    const double* last = rows + n * width;
    double tail = 0;
    for (std::size_t k = 0; k <= low; ++k) tail += last[k];
    p.probability = last[low] / total;
    const double shorter = (std::min)(1.0, tail / total), rest = (1 - shorter) + p.probability;
    p.less = u <= mirrored ? shorter : rest;
    p.greater = u <= mirrored ? rest : shorter;
    if (u == mirrored) p.greater = p.less = shorter;
    p.doubled = p.as_unlikely = (std::min)(1.0, 2 * (std::min)(p.less, p.greater));
    return p;
  }

  [[nodiscard]] std::size_t memory_bytes() const noexcept { return sizeof *this + table_.capacity() * sizeof(double); }

 private:
  std::vector<double> table_;
};

/// Does one sample tend to have greater values than the other? Ranks, so that neither scale nor outliers matter.
///
/// Statistic U, the number of pairs with the sample's value above the reference's, equal ones counting half.
/// p-value   exact where there are no ties and the table has at most `exact_limit` steps ("exact"); otherwise normal,
///           with the variance that the ties leave and a correction for continuity ("normal").
/// Effect    2 U / (n m) - 1: the rank-biserial correlation, -1 to 1, 0 where neither tends to be greater.
/// Status    too_few where a sample is empty; constant where all values are equal; not_finite.
/// Cost      two sorts and O(n + m); `exact_limit` steps of 1 ns. No allocation up to reserve(n, m).
/// Source    Mann & Whitney, Annals of Mathematical Statistics 18(1), 1947.
class mann_whitney {
 public:
  static constexpr std::string_view kind = "mann_whitney";

  struct params {
    alternative side = alternative::two_sided;
    double exact_limit = 200'000;
    static constexpr void describe(auto& p, auto&& field) {
      field("alternative", p.side, any_value(), "", "greater: the sample tends to be greater");
      field("exact_limit", p.exact_limit, between(0.0, 1e7), "steps", "n^2 m^2 / 6; above it p is from the normal law");
    }
    friend bool operator==(const params&, const params&) = default;
  };

  mann_whitney() : mann_whitney(params()) {}
  explicit mann_whitney(const params& p) : params_(checked<mann_whitney>(p)) {}
  [[nodiscard]] static result<mann_whitney> make(const params& p) { return make_checked<mann_whitney>(p); }

  void reserve(std::size_t n, std::size_t m) {
    if (sample_.size() < n) sample_.resize(n);
    if (reference_.size() < m) reference_.resize(m);
    sort_.reserve((std::max)(n, m));
    law_.reserve_cells(table_cells(params_, static_cast<double>(n), static_cast<double>(m)));
  }
  /// Most that the exact law's table takes, whatever the sizes.
  [[nodiscard]] static std::uint64_t heap_bytes_for(const params& p) noexcept {
    return std::uint64_t{table_cells(p, 1e9, 1e9)} * sizeof(double);
  }

  [[nodiscard]] test_result operator()(std::span<const double> sample, std::span<const double> reference) noexcept {
    test_result r{.method = "exact"};
    reserve(sample.size(), reference.size());
    const std::span<double> x(sample_.data(), sample.size()), y(reference_.data(), reference.size());
    if (!sort_(sample, x) || !sort_(reference, y)) {
      r.status = test_status::not_finite;
      return r;
    }
    if (x.empty() || y.empty()) return r;
    const auto n = static_cast<double>(x.size()), m = static_cast<double>(y.size()), all = n + m;
    double twice_u = 0, tied = 0;  // tied: sum of t^3 - t
    bool ties = false;
    for (std::size_t i = 0, j = 0; i < x.size() || j < y.size();) {
      const double value = j == y.size() || (i < x.size() && x[i] < y[j]) ? x[i] : y[j];
      const std::size_t i0 = i, j0 = j;
      while (i < x.size() && x[i] == value) ++i;
      while (j < y.size() && y[j] == value) ++j;
      const auto own = static_cast<double>(i - i0), other = static_cast<double>(j - j0), t = own + other;
      twice_u += own * (2 * static_cast<double>(j0) + other);
      tied += t * t * t - t;
      ties |= t > 1;
    }
    const double u = twice_u / 2;
    r.statistic = u;
    r.effect = twice_u / (n * m) - 1;
    if (tied >= all * all * all - all) {
      r.status = test_status::constant;
      return r;
    }
    r.status = test_status::ok;
    if (!ties && mann_whitney_distribution::work(n, m) <= params_.exact_limit) {
      r.p_value =
          law_(x.size(), y.size(), static_cast<std::size_t>(u)).p_value(params_.side, two_sided_rule::doubled, false);
      return r;
    }
    r.method = "normal";
    const double deviation = std::sqrt(n * m / 12 * (all + 1 - tied / (all * (all - 1))));
    const double above = (u - n * m / 2 - 0.5) / deviation, below = (u - n * m / 2 + 0.5) / deviation;
    switch (params_.side) {
      case alternative::greater:
        r.p_value = normal_upper(above);
        break;
      case alternative::less:
        r.p_value = normal_lower(below);
        break;
      case alternative::two_sided:
        r.p_value = (std::min)(1.0, 2 * (std::min)(normal_upper(above), normal_lower(below)));
        break;
    }
    return r;
  }

  [[nodiscard]] std::size_t memory_bytes() const noexcept {
    return sizeof *this + (sample_.capacity() + reference_.capacity()) * sizeof(double) + sort_.memory_bytes() -
           sizeof sort_ + law_.memory_bytes() - sizeof law_;
  }

 private:
  /// Of the sizes up to these, those that will be computed exactly: n m is at most the root of 6 exact_limit.
  static std::size_t table_cells(const params& p, double n, double m) noexcept {
    const double product = (std::min)(n * m, std::sqrt(6 * p.exact_limit));
    const double shorter = (std::min)((std::min)(n, m), std::sqrt(product));
    return static_cast<std::size_t>((shorter + 1) * (product / 2 + 1)) + 1;
  }

  params params_;
  std::vector<double> sample_, reference_;
  detail::sorter sort_;
  mann_whitney_distribution law_;
};
static_assert(two_sample_test<mann_whitney>);

}  // namespace netanomaly::inline NETANOMALY_MODE::batch
