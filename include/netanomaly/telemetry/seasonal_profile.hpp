// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/concepts.hpp>
#include <netanomaly/core/config.hpp>
#include <netanomaly/core/params.hpp>
#include <netanomaly/core/state.hpp>
#include <netanomaly/core/time.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>
#include <utility>
#include <vector>

namespace netanomaly::inline NETANOMALY_MODE::telemetry {

/// How far a value lies from what is usual at this time of the day, or of the week, or of any period.
///
/// The period is divided into slots; each learns the usual value and the usual distance from it. A value moves its slot
/// by at most `clip` usual distances, so that an anomaly leaves little behind, and by no less than `rate` of its
/// distance, so that a profile that has changed is learnt again. Between the middles of two known slots the profile is
/// a straight line.
///
/// Observes  timed<double>; the time is UTC, shifted by `offset`. No calendar: daylight saving moves a profile by an
/// hour,
///           and it is learnt again within some 1 / rate periods.
/// Score     |x - usual| / max(usual distance * 1.25, floor * |usual|), dimensionless: standard deviations, for normal
/// noise.
///           Judged once the slot has been visited in `warmup` periods.
/// Cost      O(1), about 15 ns; 40 bytes a slot. No allocation after construction. Not mergeable.
/// Source    seasonal means as in Holt-Winters without level and trend, with Huber's bounded influence (Annals of
///           Mathematical Statistics 35(1), 1964).
class seasonal_profile {
 public:
  static constexpr std::string_view kind = "seasonal_profile";
  static constexpr std::string_view summary =
      "distance from what is usual at this time of the day, or of another period";
  using observation = timed<double>;

  struct params {
    duration period = std::chrono::hours(24);
    std::uint32_t slots = 96;
    duration offset{};
    std::uint32_t warmup = 3;
    double rate = 0.1;
    double clip = 3;
    double threshold = 6;
    double floor = 1e-3;
    static constexpr void describe(auto& p, auto&& field) {
      field("period", p.period, at_least(duration(std::chrono::seconds(1))), "", "of the season: 1d, 7d");
      field("slots", p.slots, between(2U, 1000000U), "", "the period is divided into");
      field("offset", p.offset, any_value(), "", "of local time from UTC, so that slots begin where days do");
      field("warmup", p.warmup, between(1U, 10000U), "periods", "in which a slot was seen before it is judged");
      field("rate", p.rate, above_to(0.0, 1.0), "", "least weight of a new period in its slot");
      field("clip", p.clip, above(0.0), "usual distances", "a value moves its slot by no more");
      field("threshold", p.threshold, above(0.0), "standard deviations", "a score above it is anomalous");
      field("floor", p.floor, between(0.0, 1.0), "of the usual value", "least standard deviation");
    }
    [[nodiscard]] result<void> check() const {
      if (period.count() >= slots) return {};
      return unexpected(error("slots are more than the nanoseconds of the period"));
    }
    friend bool operator==(const params&, const params&) = default;
  };

  seasonal_profile() : seasonal_profile(params()) {}
  explicit seasonal_profile(const params& p)
      : params_(checked<seasonal_profile>(p)),
        slots_(p.slots),
        offset_periods_(p.offset / p.period - (p.offset % p.period < duration() ? 1 : 0)),
        offset_rest_((p.offset % p.period + (p.offset % p.period < duration() ? p.period : duration())).count()) {}
  [[nodiscard]] static result<seasonal_profile> make(const params& p) { return make_checked<seasonal_profile>(p); }

  /// Whether the slot of this time has been seen in enough periods.
  [[nodiscard]] bool ready(time_point time) const noexcept { return ready(place_of(time)); }
  /// What is usual at this time; 0 where nothing is known.
  [[nodiscard]] double usual(time_point time) const noexcept { return usual(place_of(time)); }
  /// The usual distance from it, as a standard deviation; of the whole profile where the slot knows little.
  [[nodiscard]] double deviation(time_point time) const noexcept { return deviation(place_of(time)); }

  [[nodiscard]] verdict score(const observation& x) const noexcept {
    if (!std::isfinite(x.value)) return verdict::reject();
    const place at = place_of(x.time);
    return score(x.value, at, expect(at));
  }
  void learn(const observation& x) noexcept {
    if (!std::isfinite(x.value)) return;
    const place at = place_of(x.time);
    learn(x.value, at, expect(at));
  }
  verdict update(const observation& x) noexcept {
    if (!std::isfinite(x.value)) return verdict::reject();
    const place at = place_of(x.time);
    const expectation expected = expect(at);
    const verdict v = score(x.value, at, expected);
    learn(x.value, at, expected);
    return v;
  }

  [[nodiscard]] const params& parameters() const noexcept { return params_; }
  void reset() noexcept {
    std::fill(slots_.begin(), slots_.end(), slot());
    distance_ = 0;
    distances_ = 0;
  }
  [[nodiscard]] std::size_t memory_bytes() const noexcept { return sizeof(*this) + slots_.capacity() * sizeof(slot); }

  void save(state_writer& out) const {
    save_head<seasonal_profile>(out, params_);
    out.scalar(distance_);
    out.scalar(distances_);
    for (const slot& s : slots_)
      out.scalar(s.level), out.scalar(s.distance), out.scalar(s.period), out.scalar(s.periods), out.scalar(s.visits),
          out.scalar(s.distances);
  }
  [[nodiscard]] static result<seasonal_profile> load(state_reader& in) {
    const auto head = load_head<seasonal_profile>(in);
    if (!in.ok() || !in.charge(head.params.slots, sizeof(slot))) return unexpected(in.error());
    seasonal_profile p(head.params);
    p.distance_ = in.finite();
    p.distances_ = in.count();
    for (slot& s : p.slots_) {
      s.level = in.finite();
      s.distance = in.finite();
      s.period = in.scalar<std::int64_t>();
      s.periods = in.scalar<std::uint32_t>();
      s.visits = in.scalar<std::uint32_t>();
      s.distances = in.scalar<std::uint32_t>();
      if (in.ok() && (!(std::abs(s.level) <= farthest) || s.distance < 0 || s.distance > farthest ||
                      (s.periods > 0 && s.visits == 0)))
        in.fail("seasonal_profile: an impossible slot");
      if (!in.ok()) return unexpected(in.error());
    }
    if (p.distance_ < 0 || p.distance_ > farthest) in.fail("seasonal_profile: an impossible distance");
    if (!in.ok()) return unexpected(in.error());
    return p;
  }

 private:
  static constexpr double farthest = 1e150;
  static constexpr std::uint32_t most = (std::numeric_limits<std::uint32_t>::max)();

  struct slot {
    double level = 0;
    double distance = 0;          // mean of |x - usual|
    std::int64_t period = 0;      // the last one that visited
    std::uint32_t periods = 0;    // that visited
    std::uint32_t visits = 0;     // in all
    std::uint32_t distances = 0;  // that distance is the mean of
  };
  struct place {
    std::int64_t period;
    std::size_t slot, neighbour;
    double toward;  // the neighbour: 0 in the middle of the slot, 1/2 at its edge
  };
  [[nodiscard]] place place_of(time_point time) const noexcept {
    const std::int64_t length = params_.period.count();
    const std::int64_t t = time.time_since_epoch().count();
    // Both terms are reduced first, so that no sum overflows.
    std::int64_t period = t / length + offset_periods_, within = t % length;
    if (within < 0) {
      within += length;
      --period;
    }
    if (within >= length - offset_rest_) {
      within -= length - offset_rest_;
      ++period;
    } else {
      within += offset_rest_;
    }
    const double at = static_cast<double>(within) / static_cast<double>(length) * static_cast<double>(params_.slots);
    const std::size_t count = slots_.size(), here = (std::min)(static_cast<std::size_t>(at), count - 1);
    const double off = at - static_cast<double>(here) - 0.5;
    return {period, here, off < 0 ? (here + count - 1) % count : (here + 1) % count, std::abs(off)};
  }

  struct expectation {
    double level, deviation;
  };
  [[nodiscard]] expectation expect(const place& at) const noexcept { return {usual(at), deviation(at)}; }
  [[nodiscard]] bool ready(const place& at) const noexcept { return slots_[at.slot].periods >= params_.warmup; }
  [[nodiscard]] double usual(const place& at) const noexcept {
    const slot& here = slots_[at.slot];
    const slot& next = slots_[at.neighbour];
    if (here.periods == 0 || next.periods == 0) return here.level;
    return here.level + (next.level - here.level) * at.toward;
  }
  [[nodiscard]] double deviation(const place& at) const noexcept {
    const slot& here = slots_[at.slot];
    constexpr double borrowed = 8;  // the whole profile counts as so many distances
    return 1.2533141373155001 * (here.distance * here.distances + distance_ * borrowed) / (here.distances + borrowed);
  }
  [[nodiscard]] verdict score(double value, const place& at, const expectation& expected) const noexcept {
    if (!ready(at)) return {};
    const double away = std::abs(value - expected.level);
    const double scale = (std::max)(
        {expected.deviation, params_.floor * std::abs(expected.level), (std::numeric_limits<double>::min)()});
    return verdict::judge(away == 0 ? 0 : away / scale, params_.threshold);
  }
  void learn(double raw, const place& at, const expectation& expected) noexcept {
    const double value = std::clamp(raw, -farthest, farthest);
    slot& here = slots_[at.slot];
    if (here.periods == 0 || at.period != here.period) {
      here.periods += here.periods < most ? 1 : 0;
      here.period = at.period;
    }
    here.visits += here.visits < most ? 1 : 0;
    if (here.periods == 1) {  // the first period is taken as it comes: its mean
      here.level += (value - here.level) / here.visits;
      return;
    }
    const double away = std::clamp(value - expected.level, -farthest, farthest);
    const double least = params_.floor * std::abs(here.level);
    const double bound = distances_ < params_.slots ? farthest : (std::max)(params_.clip * expected.deviation, least);
    const double moved = std::clamp(away, -bound, bound);
    // Plain means at first; later a period weighs `rate`, a visit its part of that.
    const double share = params_.rate * here.periods, weight = share / here.visits;
    here.level = std::clamp(here.level + (share > 1 ? weight : 1.0 / here.visits) * moved, -farthest, farthest);
    here.distances += here.distances < most ? 1 : 0;
    here.distance += (weight * here.distances > 1 ? weight : 1.0 / here.distances) * (std::abs(moved) - here.distance);
    const auto all = static_cast<double>(++distances_);
    distance_ += (weight * all > params_.slots ? weight / params_.slots : 1 / all) * (std::abs(moved) - distance_);
  }

  params params_;
  std::vector<slot> slots_;
  std::int64_t offset_periods_, offset_rest_;
  double distance_ = 0;  // of the whole profile
  std::uint64_t distances_ = 0;
};
static_assert(model<seasonal_profile> && configurable<seasonal_profile>);

/// Any detector behind a seasonal profile: it observes how far each value is from what is usual at its time.
///
/// Observes  timed<double>. Until the profile knows the time of day (or of the period) nothing is judged; the detector
///           observes from then on.
/// Score     D's.
/// Cost      D's and the profile's.
template <detector D>
class deseasonalized {
 public:
  static constexpr std::string_view kind = "deseasonalized";
  using observation = timed<double>;

  deseasonalized() = default;
  /// Both as they stand, learnt or new.
  deseasonalized(seasonal_profile profile, D d) : profile_(std::move(profile)), detector_(std::move(d)) {}

  verdict update(const observation& x) noexcept(noexcept(std::declval<D&>().update(x))) {
    if (!std::isfinite(x.value)) return verdict::reject();
    const bool ready = profile_.ready(x.time);
    const double rest = x.value - profile_.usual(x.time);
    verdict v;
    if (ready) v = detector_.update({rest, x.time});
    if (v.state != verdict::status::rejected) profile_.learn(x);
    return v;
  }

  /// What is usual at each time of day or week.
  [[nodiscard]] const seasonal_profile& profile() const noexcept { return profile_; }
  /// The detector of what the profile leaves.
  [[nodiscard]] const D& inner() const noexcept { return detector_; }
  void reset() noexcept {
    profile_.reset();
    detector_.reset();
  }
  [[nodiscard]] std::size_t memory_bytes() const noexcept {
    return sizeof(*this) + (profile_.memory_bytes() - sizeof(profile_)) + (detector_.memory_bytes() - sizeof(D));
  }
  void save(state_writer& out) const
    requires persistent<D>
  {
    out.record(kind, 1);
    profile_.save(out);
    detector_.save(out);
  }
  [[nodiscard]] static result<deseasonalized> load(state_reader& in)
    requires persistent<D>
  {
    in.record(kind, 1);
    if (!in.ok()) return unexpected(in.error());
    auto profile = seasonal_profile::load(in);
    if (!profile) return unexpected(std::move(profile).error());
    auto d = D::load(in);
    if (!d) return unexpected(std::move(d).error());
    return deseasonalized(*std::move(profile), *std::move(d));
  }

 private:
  seasonal_profile profile_;
  D detector_;
};

}  // namespace netanomaly::inline NETANOMALY_MODE::telemetry
