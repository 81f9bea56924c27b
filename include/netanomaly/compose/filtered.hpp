// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/concepts.hpp>
#include <netanomaly/core/config.hpp>
#include <netanomaly/core/params.hpp>
#include <netanomaly/core/state.hpp>
#include <netanomaly/core/time.hpp>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>
#include <utility>

namespace netanomaly::inline NETANOMALY_MODE::compose {

/// Whether there is anything to say of a series at a point: not where it is short, stale or boring.
///
/// Short     fewer than `least` points since the start, or since the series was last stale.
/// Stale     the point before this one is older than `stale`: what is known is of another time.
/// Boring    this value and those before it are one and the same, `boring` in a row or more.
class series_filter {
 public:
  struct params {
    std::uint64_t least = 2;
    duration stale = std::chrono::seconds(500);
    std::uint64_t boring = 100;
    static constexpr void describe(auto& p, auto&& field) {
      field("least", p.least, any_value(), "observations", "before anything is said");
      field("stale", p.stale, at_least(duration()), "", "a longer silence begins the series anew; 0s: none does");
      field("boring", p.boring, any_value(), "observations", "of one value in a row are not judged; 0: always judge");
    }
    friend bool operator==(const params&, const params&) = default;
  };

  explicit series_filter(const params& p) noexcept : params_(p) {}

  /// Before take(): whether the silence that ends at `time` begins the series anew. Whoever asks then forgets it too.
  [[nodiscard]] bool begins_anew(time_point time) noexcept {
    const auto silence = static_cast<std::uint64_t>(time.time_since_epoch().count()) -
                         static_cast<std::uint64_t>(time_.time_since_epoch().count());
    const bool stale = seen_ > 0 && time > time_ && params_.stale > duration() &&
                       silence > static_cast<std::uint64_t>(params_.stale.count());
    if (stale) seen_ = same_ = 0;
    return stale;
  }
  /// Takes in a finite value: whether there is anything to say of it.
  [[nodiscard]] bool take(timed<double> x) noexcept {
    same_ = seen_ > 0 && x.value == value_ ? same_ + 1 : 1;
    time_ = seen_ == 0 || x.time > time_ ? x.time : time_;
    ++seen_;
    value_ = x.value;
    return seen_ >= params_.least && (params_.boring == 0 || same_ < params_.boring);
  }

  [[nodiscard]] const params& parameters() const noexcept { return params_; }
  void reset() noexcept { *this = series_filter(params_); }
  /// What was seen; the parameters are the owner's.
  void save(state_writer& out) const { out.scalar(seen_), out.scalar(same_), out.scalar(value_), out.scalar(time_); }
  static series_filter load(state_reader& in, const params& p) {
    series_filter f(p);
    f.seen_ = in.count();
    f.same_ = in.count();
    f.value_ = in.finite();
    f.time_ = in.scalar<time_point>();
    if (in.ok() && f.same_ > f.seen_) in.fail("filtered: an impossible run");
    return f;
  }

 private:
  params params_;
  std::uint64_t seen_ = 0, same_ = 0;
  double value_ = 0;
  time_point time_{};
};

/// A detector that is not asked about series which are short, stale or boring: it sees every point, and its verdict is
/// held back, as if it were still warming up, where series_filter has nothing to say. A stale series resets it.
///
/// Observes  timed<double>.
/// Score     D's.
/// Source    Skyline's TooShort, Stale and Boring, with its defaults but one: least is 2 here, 1 there.
/// Departs   Skyline compares the newest time with the clock of the machine; here no clock is read. See --no-data of
///           the program for metrics that stay away.
template <detector D>
  requires std::same_as<typename D::observation, timed<double>>
class filtered {
 public:
  static constexpr std::string_view kind = "filtered";
  static constexpr std::string_view summary = "a detector that is not asked about short, stale and boring series";
  using observation = timed<double>;
  using params = series_filter::params;

  filtered()
    requires std::default_initializable<D>
      : filtered(params(), D()) {}
  filtered(const params& p, D d) : filter_(checked<filtered>(p)), detector_(std::move(d)) {}
  [[nodiscard]] static result<filtered> make(const params& p, D d) {
    if (result<void> ok = check(kind, p); !ok) return unexpected(std::move(ok).error());
    return filtered(p, std::move(d));
  }

  verdict update(const observation& x) noexcept(noexcept(std::declval<D&>().update(x))) {
    if (!(x.value - x.value == 0)) return verdict::reject();
    if (filter_.begins_anew(x.time)) detector_.reset();
    const verdict v = detector_.update(x);
    if (v.state == verdict::status::rejected) return v;
    return filter_.take(x) ? v : verdict();
  }

  /// The detector behind the filter.
  [[nodiscard]] const D& inner() const noexcept { return detector_; }
  [[nodiscard]] const params& parameters() const noexcept { return filter_.parameters(); }
  void reset() noexcept {
    detector_.reset();
    filter_.reset();
  }
  [[nodiscard]] std::size_t memory_bytes() const noexcept {
    return sizeof(*this) + (detector_.memory_bytes() - sizeof(D));
  }
  void save(state_writer& out) const
    requires persistent<D>
  {
    save_head<filtered>(out, filter_.parameters());
    detector_.save(out);
    filter_.save(out);
  }
  [[nodiscard]] static result<filtered> load(state_reader& in)
    requires persistent<D>
  {
    const auto head = load_head<filtered>(in);
    if (!in.ok()) return unexpected(in.error());
    auto d = D::load(in);
    if (!d) return unexpected(std::move(d).error());
    filtered f(head.params, *std::move(d));
    f.filter_ = series_filter::load(in, head.params);
    if (!in.ok()) return unexpected(in.error());
    return f;
  }

 private:
  series_filter filter_;
  D detector_;
};

}  // namespace netanomaly::inline NETANOMALY_MODE::compose
