// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/concepts.hpp>
#include <netanomaly/core/params.hpp>
#include <netanomaly/core/state.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <string_view>
#include <vector>

namespace netanomaly::inline NETANOMALY_MODE::window {

/// The chance of a number as large as x, far beyond what has been seen: peaks over a threshold, fitted by a generalised
/// Pareto distribution. It learns as it goes.
///
/// The first `learning` numbers fix the threshold t, their `level` quantile. From then on
///   P(X >= x) = share of numbers above t * (1 + gamma (x - t) / sigma)^(-1/gamma)   for x > t,
/// and the interpolated quantiles of the learning sample below. gamma and sigma are of greatest likelihood over the
/// last `learning` excesses, fitted again whenever a twentieth of these is new. Where the greatest of them do not come
/// as often as that says (bounded scores bend down before they end), they are fitted alone, the 100 greatest, and
/// below these the share above x is counted.
///
/// Takes     finite doubles.
/// Error     on independent numbers the rate at which p < q falls is q within the sampling error of the fit: some 10 %
/// at
///           q = (1 - level) / 20 once a thousand excesses are known, up to a factor of 3 right after learning.
/// Cost      O(1) an update between fits; a fit reads the excesses 40 times, without a logarithm each. 8 * learning
///           bytes, no allocation after construction.
/// Source    Siffer, Fouque, Termier & Largouet, KDD 2017 (SPOT); the profile likelihood: Grimshaw, Technometrics 35,
/// 1993. Departs   SPOT drops what it alarms on, which cuts the tail that it estimates and so raises the rate of
/// alarms. Here a
///           number known to be anomalous is kept as "at least as large as the limit" (censored). The shape has a
///           normal prior, so that ten excesses do not give an absurd one, and 2/m is added to it for the uncertainty
///           of m excesses, as predictive distributions do. Counts are taken as rounded: the tail begins between two of
///           them.
class upper_tail {
 public:
  static constexpr std::string_view kind = "upper_tail";
  static constexpr std::uint16_t state_version = 2;  // 1: all excesses are fitted

  struct params {
    std::uint32_t learning = 1000;
    double level = 0.98;
    static constexpr void describe(auto& p, auto&& field) {
      field("learning", p.learning, between(100U, 10000000U), "numbers",
            "before the first answer; excesses kept after");
      field("level", p.level, between(0.5, 0.999), "quantile", "where the tail begins");
    }
    friend bool operator==(const params&, const params&) = default;
  };

  upper_tail() : upper_tail(params()) {}
  explicit upper_tail(const params& p) : params_(checked<upper_tail>(p)), kept_(p.learning) { middle_.fill(1); }
  [[nodiscard]] static result<upper_tail> make(const params& p) { return make_checked<upper_tail>(p); }

  /// Whether the threshold is known.
  [[nodiscard]] bool ready() const noexcept { return seen_ >= params_.learning; }

  /// P(X >= x), from 1 down to 1e-300; NaN while not ready.
  [[nodiscard]] double p_value(double x) const noexcept {
    if (!ready() || std::isnan(x)) return std::numeric_limits<double>::quiet_NaN();
    if (x <= threshold_ + half_step_) {  // within the body: the share above, scaled to meet the tail
      const auto here = std::lower_bound(body_.begin(), body_.end(), x);
      if (here == body_.begin()) return 1;
      double rank = 1;  // in the learning sample, 1 at the threshold
      if (here != body_.end()) {
        const auto i = static_cast<std::size_t>(here - body_.begin());
        rank = (static_cast<double>(i - 1) + (x - body_[i - 1]) / (body_[i] - body_[i - 1])) /
               static_cast<double>(body_.size() - 1);
      }
      return 1 - rank * (1 - share_);
    }
    const double excess = x - half_step_ - threshold_;
    if (excess < from_) {
      const double place = excess / from_ * steps;
      const auto i = (std::min)(static_cast<std::size_t>(place), steps - 1);
      return share_ * (middle_[i] + (middle_[i + 1] - middle_[i]) * (place - static_cast<double>(i)));
    }
    return (std::max)(share_ * middle_[steps] * survival(excess - from_), 1e-300);
  }

  /// The number whose p-value is p, for p up to the share above the threshold, the threshold for greater p.
  [[nodiscard]] double limit(double p) const noexcept {
    if (!ready()) return std::numeric_limits<double>::infinity();
    if (p >= share_) return threshold_ + half_step_;
    const double share = p / share_;
    if (share > middle_[steps]) {
      std::size_t i = 0;
      while (i + 1 < steps && middle_[i + 1] > share) ++i;
      const double step = middle_[i] - middle_[i + 1];
      const double part = step > 0 ? (std::min)((middle_[i] - share) / step, 1.0) : 1;
      return threshold_ + half_step_ + (static_cast<double>(i) + part) * from_ / steps;
    }
    const double log_ratio = std::log(share / middle_[steps]);
    return threshold_ + half_step_ + from_ +
           (std::abs(shape_) < 1e-9 ? -scale_ * log_ratio : scale_ * std::expm1(-shape_ * log_ratio) / shape_);
  }

  /// Takes in x.
  void learn(double x) noexcept {
    x = std::clamp(x, -farthest, farthest);
    if (!ready()) {
      kept_[static_cast<std::size_t>(seen_++)] = x;
      if (ready()) start();
      return;
    }
    remember(x > threshold_, x - threshold_);
  }
  /// Takes in a number of which only this is to be believed: that it is at least `at_least`.
  void learn_censored(double at_least) noexcept {
    if (ready())
      remember(true, -(std::max)((std::min)(at_least, farthest) - half_step_ - threshold_,
                                 (std::numeric_limits<double>::min)()));
  }

  void reset() noexcept {
    seen_ = 0;
    count_ = next_ = fresh_ = 0;
    share_ = threshold_ = half_step_ = shape_ = 0;
    scale_ = 1;
    body_.fill(0);
    from_ = 0;
    middle_.fill(1);
  }
  [[nodiscard]] std::size_t memory_bytes() const noexcept { return sizeof(*this) + kept_.capacity() * sizeof(double); }

  /// Whether it was made from these.
  [[nodiscard]] bool has_params(const params& p) const noexcept { return params_ == p; }
  /// The score from which on the tail is fitted.
  [[nodiscard]] double threshold() const noexcept { return threshold_; }
  [[nodiscard]] double shape() const noexcept { return shape_; }  ///< gamma: 0 for exponential tails, 1/a for x^-a
  [[nodiscard]] double scale() const noexcept { return scale_; }  ///< sigma

  void save(state_writer& out) const {
    save_head<upper_tail>(out, params_);
    for (const std::uint64_t n : {seen_, std::uint64_t{count_}, std::uint64_t{next_}, std::uint64_t{fresh_}})
      out.scalar(n);
    for (const double x : {share_, threshold_, half_step_, shape_, scale_}) out.scalar(x);
    out.array(std::span<const double>(body_));
    out.scalar(from_);
    out.array(std::span<const double>(middle_));
    out.array(std::span<const double>(kept_).first(held()));
  }
  [[nodiscard]] static result<upper_tail> load(state_reader& in) {
    const auto head = load_head<upper_tail>(in);
    if (!in.ok() || !in.charge(head.params.learning, sizeof(double))) return unexpected(in.error());
    upper_tail t(head.params);
    t.seen_ = in.count();
    const auto count = in.count(), next = in.count(), fresh = in.count();
    for (double* x : {&t.share_, &t.threshold_, &t.half_step_, &t.shape_, &t.scale_}) *x = in.finite();
    for (double& x : t.body_) x = in.finite();
    if (head.version >= 2) {
      t.from_ = in.finite();
      for (double& x : t.middle_) x = in.finite();
    }
    if (in.ok() && (t.from_ < 0 || t.from_ > 4 * farthest || t.middle_[0] != 1 || !(t.middle_[steps] > 0) ||
                    !std::is_sorted(t.middle_.rbegin(), t.middle_.rend())))
      in.fail("upper_tail: a tail that cannot be");
    if (in.ok() &&
        (!(std::abs(t.threshold_) <= 2 * farthest) || !(t.half_step_ <= farthest) || count > t.kept_.size() ||
         next >= t.kept_.size() || fresh > t.kept_.size() || !(t.scale_ > 0) || t.half_step_ < 0 || t.share_ < 0 ||
         t.share_ > 1 || !std::is_sorted(t.body_.begin(), t.body_.end())))
      in.fail("upper_tail: an impossible state");
    t.count_ = static_cast<std::size_t>(count);
    t.next_ = static_cast<std::size_t>(next);
    t.fresh_ = static_cast<std::size_t>(fresh);
    if (in.ok())
      for (double& x : std::span(t.kept_).first(t.held())) {
        x = in.finite();
        if (!(std::abs(x) <= 4 * farthest)) in.fail("upper_tail: a number out of range");
      }
    if (!in.ok()) return unexpected(in.error());
    return t;
  }

 private:
  static constexpr std::size_t top_size = 100;  // excesses that are fitted alone
  static constexpr std::size_t steps = 32;
  static constexpr double farthest = 1e150;  // numbers further from 0 count as this, so that no difference runs over

  [[nodiscard]] std::size_t held() const noexcept { return ready() ? count_ : static_cast<std::size_t>(seen_); }

  [[nodiscard]] double survival(double excess) const noexcept {
    if (std::abs(shape_) < 1e-9) return std::exp(-excess / scale_);
    const double inside = 1 + shape_ * excess / scale_;
    return inside <= 0 ? 0 : std::exp(-std::log(inside) / shape_);
  }

  /// The learning sample becomes threshold, quantiles of the body, and first excesses.
  void start() noexcept {
    std::sort(kept_.begin(), kept_.end());
    const std::size_t n = kept_.size();
    const auto at = static_cast<std::size_t>(params_.level * static_cast<double>(n - 1));
    const auto next = std::upper_bound(kept_.begin(), kept_.end(), kept_[at]);
    const bool tied = at > 0 && kept_[at - 1] == kept_[at];  // a count, not a gap in a continuous sample
    half_step_ = next == kept_.end() || !tied ? 0 : (*next - kept_[at]) / 2;
    threshold_ = kept_[at] + half_step_;
    for (std::size_t i = 0; i < body_.size(); ++i) body_[i] = kept_[at * i / (body_.size() - 1)];
    count_ = 0;
    for (std::size_t i = at; i < n; ++i)
      if (kept_[i] > threshold_) kept_[count_++] = kept_[i] - threshold_;
    next_ = count_ % n;
    share_ = (std::max)(static_cast<double>(count_), 0.5) / static_cast<double>(n);
    fit();
  }

  void remember(bool above, double excess) noexcept {
    ++seen_;
    const double memory =
        (std::min)(static_cast<double>(seen_), static_cast<double>(kept_.size()) / (1 - params_.level));
    share_ += ((above ? 1 : 0) - share_) / memory;
    if (!above) return;
    kept_[next_] = excess;
    next_ = next_ + 1 == kept_.size() ? 0 : next_ + 1;
    count_ = (std::min)(count_ + 1, kept_.size());
    if (++fresh_ * 20 >= count_) fit();
  }

  /// Fits all excesses, or the greatest alone where they do not come as the fit to all says.
  void fit() noexcept {
    fresh_ = 0;
    from_ = 0;
    middle_.fill(1);
    fit_beyond();
    if (count_ < 2 * top_size || half_step_ > 0) return;  // of counts, shares are steps: the fit smooths them
    // The greatest, in a heap whose front is the least of them.
    std::array<double, top_size> top{};
    std::size_t held = 0;
    for (const double y : std::span(kept_).first(count_)) {
      const double size = std::abs(y);
      if (held == top_size) {
        if (size <= top.front()) continue;
        std::pop_heap(top.begin(), top.end(), std::greater<>());
        --held;
      }
      top[held++] = size;
      std::push_heap(top.begin(), top.begin() + static_cast<std::ptrdiff_t>(held), std::greater<>());
    }
    std::sort_heap(top.begin(), top.end(), std::greater<>());
    // As many lie beyond the r-th greatest as a Poisson count of mean r may be off.
    const auto off = [&](std::size_t r) noexcept {
      const double expected = static_cast<double>(count_) * survival(top[r - 1]), seen = static_cast<double>(r);
      return std::abs(expected - seen) > std::sqrt(seen);
    };
    if (!off(10) && !off(30) && !off(top_size)) return;
    const double from = top[top_size - 1];
    std::size_t exact = 0;
    for (const double y : std::span(kept_).first(count_)) exact += y > from ? 1 : 0;
    if (exact < top_size / 3) return;  // the rest is censored: the limit lies among what all excesses tell better
    from_ = from;
    for (const double y : std::span(kept_).first(count_)) {
      const auto i = static_cast<std::size_t>(std::abs(y) / from_ * steps);
      if (i < steps) middle_[i + 1] += 1;  // first: how many lie in the step before
    }
    double below = 0;
    for (std::size_t i = 1; i <= steps; ++i) {
      below += middle_[i] - 1;
      middle_[i] = 1 - below / static_cast<double>(count_);
    }
    fit_beyond();
  }

  /// Of the excesses over from_. With theta = gamma / sigma, excesses y_1..y_m and censored ones u_1..u_c, the
  /// log-likelihood is
  ///   -m log(gamma / theta) - sum log(1 + theta y) - A / gamma,   A = sum log(1 + theta y) + sum log(1 + theta u),
  /// so that for each theta the best gamma is A / m (a Newton step or two away from it under the prior): what remains
  /// is one dimension, searched from -1/max to what makes gamma large.
  void fit_beyond() noexcept {
    double greatest = 0, sum = 0;
    std::size_t exact = 0, count = 0;
    for (const double kept : std::span(kept_).first(count_)) {
      const double y = std::abs(kept) - from_;
      if (y < 0) continue;
      greatest = (std::max)(greatest, y);
      sum += y;
      exact += kept > 0 ? 1 : 0;
      ++count;
    }
    if (exact == 0) {
      scale_ = (std::max)({greatest, std::abs(threshold_) * 1e-3, (std::numeric_limits<double>::min)()});
      shape_ = 0;
      return;
    }
    const double mean = sum / static_cast<double>(count), m = static_cast<double>(exact);
    double best = -std::numeric_limits<double>::infinity();
    const auto at = [&](double theta) noexcept {
      double exact_logs = 0, censored_logs = 0;
      log_sums(theta, exact_logs, censored_logs);
      const double a = exact_logs + censored_logs;
      double gamma = a / m;
      constexpr double prior_mean = 0.05, prior_weight = 1 / (0.2 * 0.2);
      for (int i = 0; i < 4; ++i) {  // of  -m log|gamma| - a / gamma - (gamma - mean)^2 / (2 s^2)
        const double slope = -m / gamma + a / (gamma * gamma) - (gamma - prior_mean) * prior_weight;
        const double curve = m / (gamma * gamma) - 2 * a / (gamma * gamma * gamma) - prior_weight;
        const double step = gamma - slope / curve;
        if (!(curve < 0) || !(step * theta > 0)) break;
        gamma = step;
      }
      const double away = gamma - prior_mean;
      const double likelihood = -m * std::log(gamma / theta) - exact_logs - a / gamma - away * away * prior_weight / 2;
      if (gamma > -1 && likelihood > best) {
        best = likelihood;
        shape_ = gamma;
        scale_ = gamma / theta;
      }
      return gamma > -1 ? likelihood : -std::numeric_limits<double>::infinity();
    };
    // theta of both signs on a scale free of units: a coarse net, then golden sections around the best.
    constexpr std::array<double, 17> net{-0.95, -0.8, -0.6, -0.4, -0.2, -0.08, -0.02, 0.02, 0.05,
                                         0.1,   0.2,  0.4,  0.7,  1.2,  2.5,   6,     20};
    const auto theta_of = [&](double u) noexcept { return u < 0 ? u / greatest : u / mean; };
    std::size_t top = 0;
    double top_value = -std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < net.size(); ++i) {
      if (const double value = at(theta_of(net[i])); value > top_value) {
        top_value = value;
        top = i;
      }
    }
    double low = theta_of(net[top == 0 ? 0 : top - 1]), high = theta_of(net[(std::min)(top + 1, net.size() - 1)]);
    constexpr double golden = 0.6180339887498949;
    double c = high - golden * (high - low), d = low + golden * (high - low);
    if (c == 0) c = theta_of(0.001);
    double at_c = at(c), at_d = at(d == 0 ? theta_of(0.001) : d);
    for (int i = 0; i < 10; ++i) {
      if (at_c > at_d) {
        high = d, d = c, at_d = at_c;
        c = high - golden * (high - low);
        at_c = at(c == 0 ? theta_of(0.001) : c);
      } else {
        low = c, c = d, at_c = at_d;
        d = low + golden * (high - low);
        at_d = at(d == 0 ? theta_of(0.001) : d);
      }
    }
    shape_ += 2 / m;
  }

  /// Sums of log(1 + theta y), as logarithms of products of four.
  void log_sums(double theta, double& exact, double& censored) const noexcept {
    double product = 1, censored_product = 1;
    unsigned in_product = 0;
    for (const double kept : std::span(kept_).first(count_)) {
      const double y = std::abs(kept) - from_;
      if (y < 0) continue;
      const double factor = (std::max)(1 + theta * y, 1e-12);
      (kept > 0 ? product : censored_product) *= factor;
      if (++in_product == 4) {
        exact += std::log(product);
        censored += std::log(censored_product);
        product = censored_product = 1;
        in_product = 0;
      }
    }
    exact += std::log(product);
    censored += std::log(censored_product);
  }

  params params_;
  std::vector<double> kept_;  // while learning: the numbers; then the last excesses, censored ones negative
  std::uint64_t seen_ = 0;
  std::size_t count_ = 0, next_ = 0, fresh_ = 0;
  double share_ = 0;  // of numbers above the threshold
  double threshold_ = 0;
  double half_step_ = 0;  // half the gap above the body: for counts, what lies between a number and its continuous peer
  double shape_ = 0, scale_ = 1;
  std::array<double, 33> body_{};  // quantiles of the learning sample up to the threshold
  double from_ = 0;                // the excess from which on the tail is fitted; below it the share above is counted,
  std::array<double, steps + 1> middle_{};  // of all excesses, at even steps from 0 to from_
};
static_assert(persistent<upper_tail> && configurable<upper_tail>);

}  // namespace netanomaly::inline NETANOMALY_MODE::window
