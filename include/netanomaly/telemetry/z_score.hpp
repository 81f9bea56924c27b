// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/concepts.hpp>
#include <netanomaly/core/config.hpp>
#include <netanomaly/core/params.hpp>
#include <netanomaly/core/time.hpp>
#include <netanomaly/window/moments.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace netanomaly::inline NETANOMALY_MODE::telemetry {

/// Distance of a value from the mean of all before it, in standard deviations.
///
/// Observes  timed<double>; the time is ignored. NaN and infinities are rejected and change nothing.
/// Score     |x - mean| / max(s, floor), dimensionless, s with n - 1 in the denominator.
/// Cost      O(1) time, 64 bytes, no allocation.
/// Errors    make() and the constructor name the parameter out of range; nothing else fails.
/// Source    Welford, Technometrics 4(3), 1962; merge(): Chan, Golub & LeVeque, The American Statistician 37(3), 1983.
/// Departs   by the floor, so that a constant past does not make every change infinitely unusual.
class z_score {
 public:
  static constexpr std::string_view kind = "z_score";
  static constexpr std::string_view summary = "distance from the mean of all before, in standard deviations";
  using observation = timed<double>;

  struct params {
    std::uint32_t warmup = 30;
    double threshold = 3;
    double floor = 1e-9;

    static constexpr void describe(auto& p, auto&& field) {
      field("warmup", p.warmup, at_least(2U), "observations", "before the first judgement");
      field("threshold", p.threshold, above(0.0), "standard deviations", "a score above it is anomalous");
      field("floor", p.floor, above(0.0), "of the value", "least standard deviation");
    }
    friend bool operator==(const params&, const params&) = default;
  };

  z_score() : z_score(params()) {}
  /// Throws std::invalid_argument.
  explicit z_score(const params& p) : params_(checked<z_score>(p)) {}
  [[nodiscard]] static result<z_score> make(const params& p) { return make_checked<z_score>(p); }

  /// Judges and remembers nothing.
  [[nodiscard]] verdict score(const observation& x) const noexcept {
    if (!std::isfinite(x.value)) return verdict::reject();
    if (past_.count() < params_.warmup) return {};
    return verdict::judge(std::abs(past_.deviation(x.value)) / (std::max)(past_.sample_deviation(), params_.floor),
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

  void reset() noexcept { past_ = {}; }
  [[nodiscard]] std::size_t memory_bytes() const noexcept { return sizeof(*this); }
  [[nodiscard]] const params& parameters() const noexcept { return params_; }
  /// What it has seen.
  [[nodiscard]] const window::moments& past() const noexcept { return past_; }

  [[nodiscard]] result<void> merge(const z_score& other) {
    if (auto same = check_mergeable<z_score>(params_, other.params_); !same) return same;
    past_.merge(other.past_);
    return {};
  }

  void save(state_writer& out) const {
    save_head<z_score>(out, params_);
    past_.save(out);
  }
  [[nodiscard]] static result<z_score> load(state_reader& in) {
    const auto head = load_head<z_score>(in);
    z_score d(head.params);
    d.past_ = window::moments::load(in);
    if (!in) return unexpected(in.error());
    return d;
  }

 private:
  params params_;
  window::moments past_;
};
static_assert(model<z_score> && mergeable<z_score> && configurable<z_score>);

}  // namespace netanomaly::inline NETANOMALY_MODE::telemetry
