// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/batch/distributions.hpp>
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
#include <span>
#include <string_view>

namespace netanomaly::inline NETANOMALY_MODE::batch {

/// How a two-sided p-value is made of the two tails of a discrete distribution.
enum class two_sided_rule : unsigned char {
  doubled,     ///< twice the smaller tail, at most 1
  as_unlikely  ///< all outcomes that are no more likely than the one seen
};
constexpr std::array<std::string_view, 2> enumerator_names(two_sided_rule) noexcept {
  return {"doubled", "as_unlikely"};
}

/// The p-values of one outcome of a discrete distribution.
struct discrete_p_values {
  double greater = std::numeric_limits<double>::quiet_NaN();      ///< P(X >= x)
  double less = std::numeric_limits<double>::quiet_NaN();         ///< P(X <= x)
  double doubled = std::numeric_limits<double>::quiet_NaN();      ///< min(1, 2 min(greater, less))
  double as_unlikely = std::numeric_limits<double>::quiet_NaN();  ///< total of the outcomes no more likely than x
  double probability = std::numeric_limits<double>::quiet_NaN();  ///< P(X = x); mid-p takes half of it from a tail

  /// The one for this question; `mid` counts the outcome itself half (mid-p).
  [[nodiscard]] double p_value(alternative side, two_sided_rule rule, bool mid) const noexcept {
    const double half = mid ? probability / 2 : 0;
    switch (side) {
      case alternative::greater:
        return greater - half;
      case alternative::less:
        return less - half;
      case alternative::two_sided:
        break;
    }
    if (rule == two_sided_rule::as_unlikely) return as_unlikely - half;
    return (std::min)(1.0, 2 * ((std::min)(greater, less) - half));
  }
};

namespace detail {
/// Fills in as_unlikely: `probability` rises from `first` to the mode and falls to `last`. Two probabilities that are
/// equal in exact arithmetic differ by a few ulps here, hence the slack.
inline void complete_as_unlikely(discrete_p_values& p, double x, double first, double last, double mode,
                                 const auto& probability, const auto& at_least, const auto& at_most) noexcept {
  const double level = p.probability * (1 + 1e-12);
  const bool above = x > mode;
  // On the other side of the mode: the outcome nearest to it that is no more likely than x.
  double inside = mode, outside = above ? first - 1 : last + 1;
  if (p.probability >= probability(mode) * (1 - 1e-12)) {
    p.as_unlikely = 1;
    return;
  }
  while (std::abs(outside - inside) > 1) {
    const double middle = std::floor((inside + outside) / 2);
    (probability(middle) <= level ? outside : inside) = middle;
  }
  const double other = above ? (outside < first ? 0 : at_most(outside)) : (outside > last ? 0 : at_least(outside));
  p.as_unlikely = (std::min)(1.0, (above ? p.greater : p.less) + other);
}
}  // namespace detail

/// k successes among n trials of probability success (its complement given, so that neither is rounded away). Unless
/// asked for, as_unlikely stays NaN: it costs several times the rest.
[[nodiscard]] inline discrete_p_values binomial_p_values(double k, double n, detail::double_double success,
                                                         detail::double_double failure,
                                                         bool as_unlikely = true) noexcept {
  discrete_p_values p;
  p.probability = detail::binomial_factor(k, n - k, success, failure);
  p.greater = k <= 0 ? 1 : detail::incomplete_beta(k, n - k + 1, success, failure).lower;
  p.less = p.greater < 0.5 ? (1 - p.greater) + p.probability : detail::binomial_tails(k, n, success, failure).lower;
  p.doubled = (std::min)(1.0, 2 * (std::min)(p.greater, p.less));
  if (!as_unlikely) return p;
  const double mode = std::clamp(std::floor((n + 1) * success.hi), 0.0, n);
  detail::complete_as_unlikely(
      p, k, 0, n, mode, [&](double i) { return detail::binomial_factor(i, n - i, success, failure); },
      [&](double i) { return detail::binomial_tails(i, n, success, failure).upper; },
      [&](double i) { return detail::binomial_tails(i, n, success, failure).lower; });
  return p;
}

/// Two Poisson counts, `recent` in time `w` and `past` in time `h`, disjoint: under equal rates, recent given the sum
/// is binomial with probability w / (w + h).
///
/// Source    Przyborowski & Wilenski, Biometrika 31, 1940 (the C-test).
[[nodiscard]] inline discrete_p_values rate_p_values(double recent, double w, double past, double h,
                                                     bool as_unlikely = true) noexcept {
  const detail::double_double sum = detail::two_sum(w, h);
  return binomial_p_values(recent, recent + past, detail::double_double(w) / sum, detail::double_double(h) / sum,
                           as_unlikely);
}

/// Two binomial counts, `recent` among n trials and `past` among m: given their sum, recent is hypergeometric
/// (Fisher's exact test). The two-sided p of Fisher's test is as_unlikely.
///
/// Source    Fisher, JRSS 98, 1935.
[[nodiscard]] inline discrete_p_values proportion_p_values(double recent, double n, double past, double m,
                                                           bool as_unlikely = true) noexcept {
  using detail::double_double;
  const double successes = recent + past;
  const double first = (std::max)(0.0, successes - m), last = (std::min)(n, successes);
  const double_double all = detail::two_sum(n, m);
  const double_double p = double_double(successes) / all, q = (all - double_double(successes)) / all;
  const double whole = detail::binomial_factor(successes, all.hi - successes, p, q);
  const auto probability = [&](double i) {
    return detail::binomial_factor(i, n - i, p, q) *
           (detail::binomial_factor(successes - i, m - (successes - i), p, q) / whole);
  };
  // P(X = i + 1) / P(X = i)
  const auto up = [&](double i) { return (n - i) / (i + 1) * ((successes - i) / (m - successes + i + 1)); };
  const double mode = std::clamp(std::floor((n + 1) * (successes + 1) / (all.hi + 2)), first, last);
  // A tail is summed away from the mode: towards it where that is longer, as the rest of 1.
  const auto sum_up = [&](double i) {
    double term = probability(i), sum = term;
    while (i < last && term > sum * 1e-18) {
      sum += term *= up(i);
      ++i;
    }
    return sum;
  };
  const auto sum_down = [&](double i) {
    double term = probability(i), sum = term;
    while (i > first && term > sum * 1e-18) {
      --i;
      sum += term /= up(i);
    }
    return sum;
  };
  const auto at_least = [&](double i) { return i <= first ? 1 : (i > mode ? sum_up(i) : 1 - sum_down(i - 1)); };
  const auto at_most = [&](double i) { return i >= last ? 1 : (i < mode ? sum_down(i) : 1 - sum_up(i + 1)); };
  discrete_p_values r;
  r.greater = at_least(recent);
  r.less = at_most(recent);
  r.probability = probability(recent);
  r.doubled = (std::min)(1.0, 2 * (std::min)(r.greater, r.less));
  if (as_unlikely) detail::complete_as_unlikely(r, recent, first, last, mode, probability, at_least, at_most);
  return r;
}

/// Are outliers more frequent of late than they used to be? ("Simple outliers": how many there were in the last ten
/// minutes against how many there usually are in such a time.) Each sample is a list of counts, one an interval, all
/// of the same length; the number of intervals is the time observed.
///
/// Statistic the number of outliers in the sample. Effect: the ratio of the two rates; NaN where both are 0.
/// p-value   exact, conditional on the number of all outliers; mid-p where `mid`. With `trials` above 0 an interval is
///           so many trials, each an outlier or not, and the law hypergeometric ("exact, trials"), otherwise binomial
///           from two Poisson counts ("exact"). Exact p-values of counts are conservative: a p of at most alpha is
///           rarer than alpha. mid-p is not always, but close to alpha on average.
/// Status    too_few: no interval in a sample; not_finite: a count that is no whole number from 0 to 2^53, or above
///           `trials`. No outlier at all is no evidence: p is 1.
/// Cost      one pass, and below 1 us for p. Never allocates.
/// Source    see rate_p_values and proportion_p_values; Lancaster, JASA 56, 1961, for mid-p.
class outlier_rate {
 public:
  static constexpr std::string_view kind = "outlier_rate";

  struct params {
    alternative side = alternative::greater;
    bool mid = false;
    two_sided_rule rule = two_sided_rule::doubled;
    std::uint64_t trials = 0;
    static constexpr void describe(auto& p, auto&& field) {
      field("alternative", p.side, any_value(), "", "greater: more outliers in the sample");
      field("mid", p.mid, any_value(), "", "mid-p: half of the probability of what was seen");
      field("rule", p.rule, any_value(), "", "how two sides are made of two tails");
      field("trials", p.trials, any_value(), "in an interval", "each an outlier or not; 0: Poisson counts");
    }
    friend bool operator==(const params&, const params&) = default;
  };

  outlier_rate() : outlier_rate(params()) {}
  explicit outlier_rate(const params& p) : params_(checked<outlier_rate>(p)) {}
  [[nodiscard]] static result<outlier_rate> make(const params& p) { return make_checked<outlier_rate>(p); }

  static void reserve(std::size_t, std::size_t) noexcept {}

  /// Counts of intervals of one length: their sums are what is compared.
  [[nodiscard]] test_result operator()(std::span<const double> sample,
                                       std::span<const double> reference) const noexcept {
    const double limit = params_.trials > 0 ? static_cast<double>(params_.trials) : 0x1p53;
    double recent = 0, past = 0;
    bool whole = true;
    const auto add = [&](std::span<const double> counts, double& sum) {
      for (const double x : counts) {
        whole &= x >= 0 && x <= limit && x == std::floor(x);
        sum += x;
      }
    };
    add(sample, recent);
    add(reference, past);
    if (!whole) return {.method = "exact", .status = test_status::not_finite};
    return totals(recent, static_cast<double>(sample.size()), past, static_cast<double>(reference.size()));
  }

  /// The same from sums: `recent` outliers in `w` intervals, `past` in `h`; intervals may be of any length.
  [[nodiscard]] test_result totals(double recent, double w, double past, double h) const noexcept {
    const std::string_view method = params_.trials > 0 ? (params_.mid ? "exact, trials, mid-p" : "exact, trials")
                                                       : (params_.mid ? "exact, mid-p" : "exact");
    if (!(w > 0) || !(h > 0)) return {.method = method, .status = test_status::too_few};
    const auto trials = static_cast<double>(params_.trials);
    test_result r{.statistic = recent,
                  .p_value = 1,
                  .effect = recent / w / (past / h),
                  .method = method,
                  .status = test_status::ok};
    if (recent + past > 0) {
      const bool as_unlikely = params_.side == alternative::two_sided && params_.rule == two_sided_rule::as_unlikely;
      const discrete_p_values p = params_.trials > 0
                                      ? proportion_p_values(recent, w * trials, past, h * trials, as_unlikely)
                                      : rate_p_values(recent, w, past, h, as_unlikely);
      r.p_value = p.p_value(params_.side, params_.rule, params_.mid);
    }
    return r;
  }

 private:
  params params_;
};
static_assert(two_sample_test<outlier_rate>);

}  // namespace netanomaly::inline NETANOMALY_MODE::batch
