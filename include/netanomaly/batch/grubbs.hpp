// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/batch/detail/special.hpp>
#include <netanomaly/batch/distributions.hpp>
#include <netanomaly/batch/summary.hpp>
#include <netanomaly/batch/two_sample.hpp>
#include <netanomaly/core/concepts.hpp>
#include <netanomaly/core/config.hpp>
#include <netanomaly/core/params.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <string_view>

namespace netanomaly::inline NETANOMALY_MODE::batch {

/// Which value Grubbs' test asks about.
enum class outlier_side : unsigned char { either, minimum, maximum };
constexpr std::array<std::string_view, 3> enumerator_names(outlier_side) noexcept {
  return {"either", "minimum", "maximum"};
}

namespace detail {
/// n, or 2 n for either side, times the tail of Student's t, as the beta distribution of x = 1 - n g^2 / (n - 1)^2 =
/// (squares without the value) / (squares of all).
inline double grubbs_p_value(double n, double_double x, double_double y, bool two_sided) noexcept {
  if (!(x.hi > 0)) return 0;
  const double both_tails = incomplete_beta((n - 2) / 2, 0.5, x, y).lower;
  return (std::min)(1.0, n * both_tails * (two_sided ? 1 : 0.5));
}
}  // namespace detail

/// P(the greatest deviation is at least g standard deviations) in n normal values: of the maximum or minimum, or of
/// either side. n >= 3.
[[nodiscard]] inline double grubbs_p_value(double g, double n, outlier_side side) noexcept {
  using detail::double_double;
  if (!(n >= 3) || !(g >= 0)) return std::numeric_limits<double>::quiet_NaN();
  // (n - 1)^2 - n g^2 without rounding: g may be near its greatest value, (n - 1) / sqrt(n).
  const double_double most = detail::two_product(n - 1, n - 1);
  const double_double y = double_double(n) * detail::two_product(g, g) / most;
  const double_double x = (most - double_double(n) * detail::two_product(g, g)) / most;
  return detail::grubbs_p_value(n, x, y, side == outlier_side::either);
}

/// Whether grubbs_p_value() is exact and not an upper bound: two values of n cannot both lie g beyond the mean.
[[nodiscard]] inline bool grubbs_is_exact(double g, double n, outlier_side side) noexcept {
  return 2 * g * g >= (side == outlier_side::either ? n - 1 : (n - 1) * ((n - 2) / n));
}

/// g with grubbs_p_value(g) = alpha.
[[nodiscard]] inline double grubbs_critical_value(double alpha, double n, outlier_side side) noexcept {
  if (!(n >= 3) || !detail::inside_unit(alpha)) return std::numeric_limits<double>::quiet_NaN();
  const double t = student_t_upper_quantile(alpha / n / (side == outlier_side::either ? 2 : 1), n - 2);
  return (n - 1) / std::sqrt(n) / std::sqrt(1 + (n - 2) / (t * t));
}

/// What a test of one outlier says beside statistic and p-value.
struct outlier_result : test_result {
  std::size_t index = 0;  ///< of the value asked about; the first of equals
};

/// Is the most extreme of these values an outlier, the rest being normal?
///
/// Statistic G = |x - mean| / s of the minimum, the maximum or whichever is farther, s with n - 1.
/// p-value   n times the tail of Student's t, twice that for either side, at most 1. Exact where no two values can lie
///           so far out (grubbs_is_exact; method "exact"), otherwise Bonferroni's bound ("bonferroni"): above the true
///           p, by at most p^2 / 2.
/// Effect    the share of the sum of squares that is this value's doing, 0 to 1.
/// Status    too_few below three values, constant where all are equal, not_finite.
/// Cost      two passes in double-double, and 0.4 us for p. Never allocates.
/// Source    Grubbs, Annals of Mathematical Statistics 21(1), 1950; Pearson & Chandra Sekar, Biometrika 28, 1936.
class grubbs {
 public:
  static constexpr std::string_view kind = "grubbs";

  struct params {
    outlier_side side = outlier_side::either;
    static constexpr void describe(auto& p, auto&& field) {
      field("side", p.side, any_value(), "", "which value is asked about");
    }
    friend bool operator==(const params&, const params&) = default;
  };

  grubbs() : grubbs(params()) {}
  explicit grubbs(const params& p) : params_(checked<grubbs>(p)) {}
  [[nodiscard]] static result<grubbs> make(const params& p) { return make_checked<grubbs>(p); }

  /// O(n), no allocation.
  [[nodiscard]] outlier_result operator()(std::span<const double> values) const noexcept {
    outlier_result r;
    r.method = "exact";
    if (!all_finite(values)) {
      r.status = test_status::not_finite;
      return r;
    }
    if (values.size() < 3) return r;
    const auto [low, high] = std::minmax_element(values.begin(), values.end());  // of equal greatest ones, the last
    if (*low == *high) {
      r.status = test_status::constant;
      return r;
    }
    const summary all(values);
    const auto first_high = std::find(values.begin(), values.end(), *high);
    const bool take_low = params_.side == outlier_side::minimum ||
                          (params_.side == outlier_side::either && farther(*low, *high, low < first_high, all));
    r.index = static_cast<std::size_t>((take_low ? low : first_high) - values.begin());
    return judge(r, all, values[r.index]);
  }

  /// The verdict on `value`, one of those summed up in `all`.
  [[nodiscard]] outlier_result judge(outlier_result r, const summary& all, double value) const noexcept {
    using detail::double_double;
    if (all.count < 3 || !(all.squares.hi > 0)) {
      r.status = all.count < 3 ? test_status::too_few : test_status::constant;
      return r;
    }
    const auto n = static_cast<double>(all.count);
    const double_double d = double_double(value) - all.mean;
    const double_double own = d * d * double_double(n) / double_double(n - 1);  // what the value adds to the squares
    r.statistic = (abs(d) / sqrt(all.squares / double_double(n - 1))).hi;
    const double_double y = own / all.squares, x = (all.squares - own) / all.squares;
    r.p_value = detail::grubbs_p_value(n, x, y, params_.side == outlier_side::either);
    r.effect = y.hi;
    r.method = grubbs_is_exact(r.statistic, n, params_.side) ? "exact" : "bonferroni";
    r.status = test_status::ok;
    return r;
  }

  /// Whether `low` is farther from the mean than `high`, or as far (but for rounding) and before it.
  [[nodiscard]] static bool farther(double low, double high, bool before, const summary& all) noexcept {
    using detail::double_double;
    const double_double above = double_double(high) - all.mean, below = all.mean - double_double(low);
    const double difference = (below - above).hi;
    const double scale = (std::max)(std::abs(high), std::abs(low));
    if (std::abs(difference) <= 1e-28 * scale) return before;
    return difference > 0;
  }

 private:
  params params_;
};

}  // namespace netanomaly::inline NETANOMALY_MODE::batch
