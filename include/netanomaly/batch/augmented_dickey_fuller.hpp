// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/batch/distributions.hpp>
#include <netanomaly/batch/least_squares.hpp>
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

namespace netanomaly::inline NETANOMALY_MODE::batch {

/// What the series may do without a unit root: wander about 0, about a constant, a line, a parabola.
enum class adf_trend : unsigned char { none, constant, linear, quadratic };
constexpr std::array<std::string_view, 4> enumerator_names(adf_trend) noexcept {
  return {"none", "constant", "linear", "quadratic"};
}
/// How the number of lagged differences is found.
enum class adf_lags : unsigned char { fixed, aic, bic };
constexpr std::array<std::string_view, 3> enumerator_names(adf_lags) noexcept { return {"fixed", "aic", "bic"}; }

/// P(tau <= statistic) of the Dickey-Fuller distribution, approximately.
///
/// Source    MacKinnon, Journal of Business & Economic Statistics 12(2), 1994, tables 3 and 4, for one series; what
///           its two polynomials give is taken as 0 and 1 beyond the range of statistics that they were fitted to.
[[nodiscard]] inline double mackinnon_p_value(double statistic, adf_trend trend) noexcept {
  struct approximation {
    double least, split, most;
    std::array<double, 3> low;
    std::array<double, 4> high;
  };
  static constexpr std::array<approximation, 4> table = {
      {{-19.04,
        -1.04,
        std::numeric_limits<double>::infinity(),
        {0.6344, 1.2378, 0.032496},
        {0.4797, 0.93557, -0.06999, 0.033066}},
       {-18.83, -1.61, 2.74, {2.1659, 1.4412, 0.038269}, {1.7339, 0.93202, -0.12745, -0.010368}},
       {-16.18, -2.89, 0.7, {3.2512, 1.6047, 0.049588}, {2.5261, 0.61654, -0.37956, -0.060285}},
       {-17.17, -3.21, 0.54, {4.0003, 1.658, 0.048288}, {3.0778, 0.49529, -0.41477, -0.059359}}}};
  const approximation& a = table[static_cast<std::size_t>(trend)];
  if (std::isnan(statistic)) return statistic;
  if (statistic > a.most) return 1;
  if (statistic < a.least) return 0;
  const double t = statistic;
  return normal_lower(t <= a.split ? a.low[0] + t * (a.low[1] + t * a.low[2])
                                   : a.high[0] + t * (a.high[1] + t * (a.high[2] + t * a.high[3])));
}

/// Statistics below which a unit root is rejected at 1, 5 and 10 %, with `n` differences in the regression.
///
/// Source    MacKinnon, Queen's Economics Department working paper 1227, 2010, for one series.
[[nodiscard]] inline std::array<double, 3> mackinnon_critical_values(double n, adf_trend trend) noexcept {
  using row = std::array<double, 4>;
  static constexpr std::array<std::array<row, 3>, 4> table = {
      {{{{-2.56574, -2.2358, -3.627, 0}, {-1.94100, -0.2686, -3.365, 31.223}, {-1.61682, 0.2656, -2.714, 25.364}}},
       {{{-3.43035, -6.5393, -16.786, -79.433}, {-2.86154, -2.8903, -4.234, -40.040}, {-2.56677, -1.5384, -2.809, 0}}},
       {{{-3.95877, -9.0531, -28.428, -134.155},
         {-3.41049, -4.3904, -9.036, -45.374},
         {-3.12705, -2.5856, -3.925, -22.380}}},
       {{{-4.37113, -11.5882, -35.819, -334.047},
         {-3.83239, -5.9057, -12.490, -118.284},
         {-3.55326, -3.6596, -5.293, -63.559}}}}};
  std::array<double, 3> critical{};
  for (std::size_t i = 0; i < 3; ++i) {
    const row& c = table[static_cast<std::size_t>(trend)][i];
    critical[i] = c[0] + (c[1] + (c[2] + c[3] / n) / n) / n;
  }
  return critical;
}

/// What augmented_dickey_fuller says beside statistic and p-value.
struct augmented_dickey_fuller_result : test_result {
  std::size_t used_lag = 0;                                                 ///< lagged differences in the regression
  std::size_t observations = 0;                                             ///< its rows
  std::array<double, 3> critical_values{};                                  ///< at 1, 5 and 10 %
  double information_criterion = std::numeric_limits<double>::quiet_NaN();  ///< the best, where lags were searched
};

/// Does a series have a unit root, that is, does it wander for good, so that tests against its past mean nothing? A
/// small p says no: it is stationary, about the trend allowed.
///
/// Statistic Student's t of the level x[t - 1] in the regression of x[t] - x[t - 1] on it, on `lag` lagged differences
///           and on the trend. With `lags` aic or bic, the number of lags from 0 to `lag` with the best criterion, all
///           of them judged on the same rows. Effect: the coefficient, near 0 for a unit root, -1 for noise without
///           memory.
/// p-value   MacKinnon's approximation ("MacKinnon").
/// Lag       `lag` -1: 12 (n / 100)^(1 / 4) rounded up, at most n / 2 - (columns of the trend) - 1.
/// Status    too_few where the regression has no degree of freedom; constant where the series, or what is left of it
///           after the trend, is; not_finite.
/// Cost      one decomposition for all lags, and one for the best: 2 n lag^2 operations. No allocation up to
///           reserve(n).
/// Source    Said & Dickey, Biometrika 71(3), 1984; criteria and trimming as in statsmodels' adfuller.
class augmented_dickey_fuller {
 public:
  static constexpr std::string_view kind = "augmented_dickey_fuller";

  struct params {
    adf_trend trend = adf_trend::constant;
    adf_lags lags = adf_lags::fixed;
    std::int32_t lag = -1;
    static constexpr void describe(auto& p, auto&& field) {
      field("trend", p.trend, any_value(), "", "what the series may have besides a unit root");
      field("lags", p.lags, any_value(), "", "how many lagged differences: exactly lag, or the best up to it");
      field("lag", p.lag, at_least(-1), "differences", "-1: by the length of the series");
    }
    friend bool operator==(const params&, const params&) = default;
  };

  augmented_dickey_fuller() : augmented_dickey_fuller(params()) {}
  explicit augmented_dickey_fuller(const params& p) : params_(checked<augmented_dickey_fuller>(p)) {}
  [[nodiscard]] static result<augmented_dickey_fuller> make(const params& p) {
    return make_checked<augmented_dickey_fuller>(p);
  }

  void reserve(std::size_t n) { fit_.reserve(n, trend_columns() + 1 + most_lags(n)); }

  [[nodiscard]] augmented_dickey_fuller_result operator()(std::span<const double> series) noexcept {
    augmented_dickey_fuller_result r;
    r.method = "MacKinnon";
    if (!all_finite(series)) {
      r.status = test_status::not_finite;
      return r;
    }
    const std::size_t n = series.size(), trend = trend_columns();
    std::size_t lag = most_lags(n);
    if (n < lag + trend + 4) return r;
    if (std::all_of(series.begin(), series.end(), [&](double x) { return x == series.front(); })) {
      r.status = test_status::constant;
      return r;
    }
    reserve(n);
    if (params_.lags != adf_lags::fixed && lag > 0) {
      // Columns in the order trend, level, differences: each number of lags is a prefix.
      fill(series, lag, false);
      fit_.decompose();
      const auto rows = static_cast<double>(fit_.rows());
      double best = std::numeric_limits<double>::infinity();
      std::size_t best_lag = 0;
      for (std::size_t k = 0; k <= lag; ++k) {
        const auto columns = static_cast<double>(trend + 1 + k);
        const double squares = fit_.residual_squares(trend + 1 + k);
        const double criterion = rows * (std::log(2 * std::numbers::pi * squares / rows) + 1) +
                                 columns * (params_.lags == adf_lags::aic ? 2 : std::log(rows));
        if (criterion < best) {
          best = criterion;
          best_lag = k;
        }
      }
      lag = best_lag;
      r.information_criterion = best;
    }
    fill(series, lag, true);
    if (!fit_.decompose()) {
      r.status = test_status::constant;
      return r;
    }
    const std::size_t columns = trend + 1 + lag;
    r.statistic = fit_.t_of_last(columns);
    r.effect = fit_.coefficients()[columns - 1];
    r.p_value = mackinnon_p_value(r.statistic, params_.trend);
    r.used_lag = lag;
    r.observations = fit_.rows();
    r.critical_values = mackinnon_critical_values(static_cast<double>(r.observations), params_.trend);
    r.status = std::isnan(r.statistic) ? test_status::constant : test_status::ok;
    return r;
  }

  [[nodiscard]] std::size_t memory_bytes() const noexcept { return sizeof *this - sizeof fit_ + fit_.memory_bytes(); }

 private:
  [[nodiscard]] std::size_t trend_columns() const noexcept { return static_cast<std::size_t>(params_.trend); }

  [[nodiscard]] std::size_t most_lags(std::size_t n) const noexcept {
    if (params_.lag >= 0) return static_cast<std::size_t>(params_.lag);
    const std::size_t half = n / 2;
    const double room = static_cast<double>(half) - static_cast<double>(trend_columns()) - 1;
    return static_cast<std::size_t>(
        (std::max)(0.0, (std::min)(room, std::ceil(12 * std::pow(static_cast<double>(n) / 100, 0.25)))));
  }

  /// The regression with so many lags; the level before the differences or, where its t is asked for, after them. Time
  /// runs from -1 to 1, and the level about its mean where there is a constant: the fit is the same, its rounding
  /// better.
  void fill(std::span<const double> x, std::size_t lag, bool level_last) noexcept {
    const std::size_t trend = trend_columns(), rows = x.size() - 1 - lag;
    fit_.resize(rows, trend + 1 + lag);
    const std::size_t level = level_last ? trend + lag : trend, differences = level_last ? trend : trend + 1;
    double centre = 0;
    if (trend > 0) {
      for (const double v : x) centre += (v - x[0]) / static_cast<double>(x.size());
      centre += x[0];
    }
    for (std::size_t i = 0; i < rows; ++i) {
      const std::size_t t = lag + 1 + i;
      const double time = rows > 1 ? 2 * static_cast<double>(i) / static_cast<double>(rows - 1) - 1 : 0;
      double power = 1;
      for (std::size_t j = 0; j < trend; ++j) {
        fit_.column(j)[i] = power;
        power *= time;
      }
      fit_.column(level)[i] = x[t - 1] - centre;
      for (std::size_t k = 1; k <= lag; ++k) fit_.column(differences + k - 1)[i] = x[t - k] - x[t - k - 1];
      fit_.y()[i] = x[t] - x[t - 1];
    }
  }

  params params_;
  least_squares<double> fit_;
};

}  // namespace netanomaly::inline NETANOMALY_MODE::batch
