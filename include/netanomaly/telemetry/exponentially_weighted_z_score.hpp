// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/concepts.hpp>
#include <netanomaly/core/config.hpp>
#include <netanomaly/core/params.hpp>
#include <netanomaly/core/time.hpp>
#include <netanomaly/window/ewma.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace netanomaly::inline NETANOMALY_MODE::telemetry {

/// Distance of a value from the exponentially weighted mean of those before it, in exponentially weighted standard
/// deviations: what was usual lately, where z_score asks what was usual ever.
///
/// Observes  timed<double>; the time is ignored, weights fall with each observation. NaN and infinities are rejected
/// and
///           change nothing.
/// Score     |x - mean| / max(s, floor), dimensionless, s made unbiased for the weights.
/// Cost      O(1) time, 88 bytes, no allocation.
/// Errors    make() and the constructor name the parameter out of range; nothing else fails.
/// Source    West, Communications of the ACM 22(9), 1979.
/// Departs   by the floor, and by judging a value against those before it, not against a mean that it has moved
/// already.
class exponentially_weighted_z_score {
 public:
  static constexpr std::string_view kind = "exponentially_weighted_z_score";
  static constexpr std::string_view summary =
      "distance from the exponentially weighted mean of the values before, in standard deviations";
  using observation = timed<double>;

  struct params {
    double half_life = 100;
    std::uint32_t warmup = 30;
    double threshold = 3;
    double floor = 1e-9;

    static constexpr void describe(auto& p, auto&& field) {
      field("half_life", p.half_life, between(0.1, 1e9), "observations", "after so many a value weighs half");
      field("warmup", p.warmup, at_least(2U), "observations", "before the first judgement");
      field("threshold", p.threshold, above(0.0), "standard deviations", "a score above it is anomalous");
      field("floor", p.floor, above(0.0), "of the value", "least standard deviation");
    }
    friend bool operator==(const params&, const params&) = default;
  };

  exponentially_weighted_z_score() : exponentially_weighted_z_score(params()) {}
  /// Throws std::invalid_argument.
  explicit exponentially_weighted_z_score(const params& p)
      : params_(checked<exponentially_weighted_z_score>(p)), past_(window::ewma::alpha_of_half_life(p.half_life)) {}
  [[nodiscard]] static result<exponentially_weighted_z_score> make(const params& p) {
    return make_checked<exponentially_weighted_z_score>(p);
  }

  /// Judges and remembers nothing.
  [[nodiscard]] verdict score(const observation& x) const noexcept {
    if (!std::isfinite(x.value)) return verdict::reject();
    if (past_.count() < params_.warmup) return {};
    return verdict::judge(std::abs(x.value - past_.mean()) / (std::max)(past_.deviation(), params_.floor),
                          params_.threshold);
  }
  /// Remembers and judges nothing.
  void learn(const observation& x) noexcept {
    if (std::isfinite(x.value)) past_.add(x.value);
  }
  /// Both.
  verdict update(const observation& x) noexcept {
    const verdict v = score(x);
    learn(x);
    return v;
  }

  void reset() noexcept { past_.clear(); }
  [[nodiscard]] std::size_t memory_bytes() const noexcept { return sizeof(*this); }
  [[nodiscard]] const params& parameters() const noexcept { return params_; }
  /// What it has seen.
  [[nodiscard]] const window::ewma& past() const noexcept { return past_; }

  void save(state_writer& out) const {
    save_head<exponentially_weighted_z_score>(out, params_);
    past_.save(out);
  }
  [[nodiscard]] static result<exponentially_weighted_z_score> load(state_reader& in) {
    const auto head = load_head<exponentially_weighted_z_score>(in);
    exponentially_weighted_z_score d(head.params);
    d.past_.load(in);
    if (!in) return unexpected(in.error());
    return d;
  }

 private:
  params params_;
  window::ewma past_;
};
static_assert(model<exponentially_weighted_z_score> && configurable<exponentially_weighted_z_score>);

}  // namespace netanomaly::inline NETANOMALY_MODE::telemetry
