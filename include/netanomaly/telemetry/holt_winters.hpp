// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/concepts.hpp>
#include <netanomaly/core/config.hpp>
#include <netanomaly/core/params.hpp>
#include <netanomaly/core/state.hpp>
#include <netanomaly/core/time.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <vector>

namespace netanomaly::inline NETANOMALY_MODE::telemetry {

/// How far a value lies from its forecast by level, trend and season, in the usual size of such errors.
///
/// Additive Holt-Winters smoothing, one step ahead. The season goes by count of points; where points go missing, use
/// seasonal_profile, which goes by time.
///
/// Observes  timed<double>; the time is ignored. NaN and infinities are rejected and change nothing.
/// Score     |x - forecast| / max(1.25 * smoothed |error|, floor * |forecast|), dimensionless: standard deviations, for
/// normal
///           noise. Judged after two periods: the first gives level and season, the second the size of errors.
/// Cost      O(1), about 10 ns; 8 bytes a point of the period. No allocation after construction.
/// Source    Winters, Management Science 6(3), 1960; Brutlag, LISA 2000, for aberrant behaviour; bounded errors:
/// Gelper,
///           Fried & Croux, Journal of Forecasting 29(3), 2010.
/// Departs   one size of error for all of the season, where Brutlag has one a point: it is known after two periods, not
/// ten.
class holt_winters {
 public:
  static constexpr std::string_view kind = "holt_winters";
  static constexpr std::string_view summary = "distance from the forecast by level, trend and season";
  using observation = timed<double>;

  struct params {
    std::uint32_t period = 1440;
    double level = 0.05;
    double trend = 0.0005;
    double season = 0.2;
    double error = 0.01;
    double clip = 3;
    double threshold = 6;
    double floor = 1e-3;
    static constexpr void describe(auto& p, auto&& field) {
      field("period", p.period, between(1U, 10000000U), "observations", "of the season; 1: none");
      field("level", p.level, above_to(0.0, 1.0), "", "weight of the newest value in the level");
      field("trend", p.trend, between(0.0, 1.0), "", "weight of the newest change in the trend; 0: no trend");
      field("season", p.season, between(0.0, 1.0), "", "weight of the newest value in its place in the season");
      field("error", p.error, above_to(0.0, 1.0), "", "weight of the newest error in the usual size of errors");
      field("clip", p.clip, above(0.0), "standard deviations", "an error larger than these teaches no more than these");
      field("threshold", p.threshold, above(0.0), "standard deviations", "a score above it is anomalous");
      field("floor", p.floor, between(0.0, 1.0), "of the forecast", "least standard deviation");
    }
    friend bool operator==(const params&, const params&) = default;
  };

  holt_winters() : holt_winters(params()) {}
  explicit holt_winters(const params& p) : params_(checked<holt_winters>(p)), season_(p.period) {}
  [[nodiscard]] static result<holt_winters> make(const params& p) { return make_checked<holt_winters>(p); }

  /// What the next value should be.
  [[nodiscard]] double forecast() const noexcept { return level_ + trend_ + season_[at_]; }
  /// The usual size of errors, as a standard deviation.
  [[nodiscard]] double deviation() const noexcept { return 1.2533141373155001 * error_; }

  [[nodiscard]] verdict score(const observation& x) const noexcept {
    if (!std::isfinite(x.value)) return verdict::reject();
    if (seen_ < 2 * std::uint64_t{params_.period} + 1) return {};
    const double expected = forecast(), away = std::abs(x.value - expected);
    return verdict::judge(away == 0 ? 0 : away / scale(expected), params_.threshold);
  }
  void learn(const observation& x) noexcept {
    const double value = std::clamp(x.value, -farthest, farthest);
    if (!std::isfinite(x.value)) return;
    ++seen_;
    if (seen_ <= params_.period) {  // the first period: the season as it comes, the level its mean
      season_[at_] = value;
      level_ += (value - level_) / static_cast<double>(seen_);
      if (seen_ == params_.period)
        for (double& s : season_) s -= level_;
    } else {
      const double expected = forecast();
      double e = value - expected;
      const std::uint64_t errors = seen_ - params_.period;
      if (errors > std::max<std::uint64_t>(10, params_.period)) {
        const double most = params_.clip * scale(expected);
        e = std::clamp(e, -most, most);
      }
      error_ += (std::max)(params_.error, 1 / static_cast<double>(errors)) * (std::abs(e) - error_);
      level_ = std::clamp(level_ + trend_ + params_.level * e, -farthest, farthest);
      trend_ = std::clamp(trend_ + params_.trend * e, -farthest, farthest);
      season_[at_] = std::clamp(season_[at_] + params_.season * (1 - params_.level) * e, -farthest, farthest);
    }
    at_ = at_ + 1 == season_.size() ? 0 : at_ + 1;
  }
  verdict update(const observation& x) noexcept {
    const verdict v = score(x);
    if (v.state != verdict::status::rejected) learn(x);
    return v;
  }

  [[nodiscard]] const params& parameters() const noexcept { return params_; }
  void reset() noexcept {
    std::fill(season_.begin(), season_.end(), 0.0);
    level_ = trend_ = error_ = 0;
    seen_ = 0;
    at_ = 0;
  }
  [[nodiscard]] std::size_t memory_bytes() const noexcept {
    return sizeof(*this) + season_.capacity() * sizeof(double);
  }

  void save(state_writer& out) const {
    save_head<holt_winters>(out, params_);
    for (const double d : {level_, trend_, error_}) out.scalar(d);
    out.scalar(seen_);
    out.scalar(std::uint64_t{at_});
    out.array(std::span<const double>(season_));
  }
  [[nodiscard]] static result<holt_winters> load(state_reader& in) {
    const auto head = load_head<holt_winters>(in);
    if (!in.ok() || !in.charge(head.params.period, sizeof(double))) return unexpected(in.error());
    holt_winters h(head.params);
    bool in_reach = true;
    for (double* d : {&h.level_, &h.trend_, &h.error_}) in_reach &= std::abs(*d = in.finite()) <= 4 * farthest;
    h.seen_ = in.count();
    const auto at = in.count();
    h.at_ = static_cast<std::size_t>(at);
    if (in.ok())
      for (double& s : h.season_) in_reach &= std::abs(s = in.finite()) <= 4 * farthest;
    if (in.ok() && (!in_reach || at >= h.season_.size() || h.error_ < 0)) in.fail("holt_winters: an impossible state");
    if (!in.ok()) return unexpected(in.error());
    return h;
  }

 private:
  static constexpr double farthest = 1e150;
  [[nodiscard]] double scale(double expected) const noexcept {
    return (std::max)({deviation(), params_.floor * std::abs(expected), (std::numeric_limits<double>::min)()});
  }

  params params_;
  std::vector<double> season_;
  double level_ = 0, trend_ = 0;
  double error_ = 0;  // smoothed |x - forecast|
  std::uint64_t seen_ = 0;
  std::size_t at_ = 0;  // place of the next value in the season
};
static_assert(model<holt_winters> && configurable<holt_winters>);

}  // namespace netanomaly::inline NETANOMALY_MODE::telemetry
