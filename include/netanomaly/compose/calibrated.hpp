// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/concepts.hpp>
#include <netanomaly/core/params.hpp>
#include <netanomaly/core/state.hpp>
#include <netanomaly/window/upper_tail.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace netanomaly::inline NETANOMALY_MODE::compose {

/// Any detector's score, whatever its scale, as a p-value and as alarms at a stated rate, with a quiet time after each.
///
/// The scores themselves are the sample: the first `learning` of them fix where their tail begins, and extreme value
/// theory says from then on how often a score as high as the newest comes (window::upper_tail). With `drift` above 0 it
/// is the distance from the mean of the last `drift` unalarming scores that is judged, for scores whose level wanders.
///
/// Observes  what D observes. What D has not judged is handed through.
/// Score     -log10 of the p-value of D's score; anomalous where that is below `rate` and no alarm was given in the
/// last
///           `quiet` observations. part() holds D's own verdict.
/// Rate      `rate` a judged observation that is no alarm, if the scores come from one distribution and do not depend
/// on
///           each other much; dependence lowers it, through the quiet time. See upper_tail for how exact.
///           Scores with few levels (votes) cannot be calibrated: two levels leave nothing to extrapolate.
/// Cost      D's, and 40 to 150 ns; 8 (learning + drift) bytes. No allocation after construction.
/// Source    Siffer, Fouque, Termier & Largouet, KDD 2017 (SPOT, drift SPOT).
/// Departs   see upper_tail. A model is not taught its own alarms, unless more than `patience` come without a break:
/// then
///           the new state is the normal one.
template <detector D>
class calibrated {
 public:
  static constexpr std::string_view kind = "calibrated";
  using observation = typename D::observation;

  struct params {
    double rate = 1e-4;
    std::uint32_t learning = 1000;
    double level = 0.98;
    std::uint32_t drift = 0;
    std::uint32_t quiet = 0;
    std::uint32_t patience = 1000;
    static constexpr void describe(auto& p, auto&& field) {
      field("rate", p.rate, inside(0.0, 0.5), "of the observations", "false alarms on data without anomalies");
      field("learning", p.learning, between(100U, 10000000U), "scores", "before the first alarm");
      field("level", p.level, between(0.5, 0.999), "quantile", "where the tail of the scores begins");
      field("drift", p.drift, at_most(10000000U), "scores", "whose mean is the level to judge from; 0: none");
      field("quiet", p.quiet, any_value(), "observations", "without an alarm after each");
      field("patience", p.patience, any_value(), "observations", "in a row that a model is not taught");
    }
    [[nodiscard]] result<void> check() const {
      if (rate < 1 - level) return {};
      return unexpected(error("rate must be below 1 - level, the share of scores in the tail"));
    }
    friend bool operator==(const params&, const params&) = default;
  };

  calibrated()
    requires std::default_initializable<D>
      : calibrated(params(), D()) {}
  calibrated(const params& p, D d)
      : params_(checked<calibrated>(p)), detector_(std::move(d)), tail_({p.learning, p.level}), recent_(p.drift) {}
  [[nodiscard]] static result<calibrated> make(const params& p, D d) {
    if (result<void> ok = netanomaly::check(kind, p); !ok) return unexpected(std::move(ok).error());
    return calibrated(p, std::move(d));
  }

  verdict update(const observation& x) noexcept(noexcept(std::declval<D&>().update(x))) {
    if constexpr (model<D>) {
      part_ = std::as_const(detector_).score(x);
    } else {
      part_ = detector_.update(x);
    }
    if (part_.state != verdict::status::judged) {
      if constexpr (model<D>) detector_.learn(x);
      return {.state = part_.state};
    }
    const double score = std::clamp(part_.score, -most, most) - level();
    verdict v{.state = verdict::status::warming_up};
    bool beyond = false;
    if (tail_.ready()) {
      v.state = verdict::status::judged;
      v.p_value = tail_.p_value(score);
      v.score = -std::log10(v.p_value);
      beyond = v.p_value < params_.rate;
      v.anomalous = beyond && silent_ == 0;
      silent_ = v.anomalous ? params_.quiet : silent_ - (silent_ > 0 ? 1 : 0);
    }
    if (beyond) {
      tail_.learn_censored(tail_.limit(params_.rate));
    } else if (drifted()) {
      tail_.learn(score);
    }
    if (!beyond) remember(part_.score);
    untaught_ = beyond ? untaught_ + 1 : 0;
    if constexpr (model<D>) {
      if (untaught_ == 0 || untaught_ > params_.patience) detector_.learn(x);
    }
    return v;
  }

  [[nodiscard]] const params& parameters() const noexcept { return params_; }
  /// What D said of the newest observation.
  [[nodiscard]] const verdict& part() const noexcept { return part_; }
  /// The detector whose scores are calibrated.
  [[nodiscard]] const D& inner() const noexcept { return detector_; }
  /// D's score from which on an observation is an alarm; infinite while learning.
  [[nodiscard]] double limit() const noexcept { return tail_.limit(params_.rate) + level(); }

  void reset() noexcept {
    detector_.reset();
    tail_.reset();
    next_ = held_ = 0;
    sum_ = 0;
    silent_ = untaught_ = 0;
    part_ = {};
  }
  [[nodiscard]] std::size_t memory_bytes() const noexcept {
    return sizeof(*this) + (detector_.memory_bytes() - sizeof(D)) + (tail_.memory_bytes() - sizeof(tail_)) +
           recent_.capacity() * sizeof(double);
  }

  void save(state_writer& out) const
    requires persistent<D>
  {
    save_head<calibrated>(out, params_);
    detector_.save(out);
    tail_.save(out);
    for (const std::uint64_t n : {next_, held_}) out.scalar(n);
    out.scalar(silent_);
    out.scalar(untaught_);
    out.scalar(sum_);
    out.array(std::span<const double>(recent_).first(held_));
  }
  [[nodiscard]] static result<calibrated> load(state_reader& in)
    requires persistent<D>
  {
    const auto head = load_head<calibrated>(in);
    if (!in.ok() || !in.charge(head.params.drift, sizeof(double))) return unexpected(in.error());
    auto inner = D::load(in);
    if (!inner) return unexpected(std::move(inner).error());
    auto tail = window::upper_tail::load(in);
    if (!tail) return unexpected(std::move(tail).error());
    if (in.ok() && !tail->has_params({head.params.learning, head.params.level}))
      in.fail("calibrated: a tail of other parameters");
    const auto next = in.count(), held = in.count();
    const auto silent = in.scalar<std::uint32_t>(), untaught = in.scalar<std::uint32_t>();
    const double sum = in.finite();
    if (in.ok() && (held > head.params.drift || (held > 0 && next >= head.params.drift) || silent > head.params.quiet))
      in.fail("calibrated: an impossible state");
    if (!in.ok()) return unexpected(in.error());
    // The tail was charged for when it was loaded; the one made here is replaced.
    calibrated c(head.params, std::move(*inner));
    c.tail_ = std::move(*tail);
    c.next_ = static_cast<std::size_t>(next);
    c.held_ = static_cast<std::size_t>(held);
    c.silent_ = silent;
    c.untaught_ = untaught;
    c.sum_ = sum;
    for (double& x : std::span(c.recent_).first(c.held_)) x = in.finite();
    if (!in.ok()) return unexpected(in.error());
    return c;
  }

 private:
  static constexpr double most = 1e150;  // an infinite score is far beyond all others, and its distances stay finite

  [[nodiscard]] bool drifted() const noexcept { return held_ == recent_.size(); }
  [[nodiscard]] double level() const noexcept { return held_ == 0 ? 0 : sum_ / static_cast<double>(held_); }
  /// The sum is made anew once a round, so that roundings do not pile up.
  void remember(double score) noexcept {
    if (recent_.empty()) return;
    score = std::clamp(score, -most, most);
    if (held_ < recent_.size()) {
      recent_[held_++] = score;
      sum_ += score;
      return;
    }
    sum_ += score - recent_[next_];
    recent_[next_] = score;
    if (++next_ < recent_.size()) return;
    next_ = 0;
    sum_ = 0;
    for (const double s : recent_) sum_ += s;
  }

  params params_;
  D detector_;
  window::upper_tail tail_;
  std::vector<double> recent_;  // the last scores that were no alarms
  std::size_t next_ = 0, held_ = 0;
  double sum_ = 0;
  std::uint32_t silent_ = 0;    // observations left of the quiet time
  std::uint32_t untaught_ = 0;  // alarms in a row
  verdict part_;
};

}  // namespace netanomaly::inline NETANOMALY_MODE::compose
