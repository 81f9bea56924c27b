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

/// A detector that is not asked about series which are short, stale or boring: it sees every point, and its verdict is
/// held back, as if it were still warming up, where there is nothing to say.
///
/// Short     fewer than `least` points since the start, or since the series was last stale.
/// Stale     the point before this one is older than `stale`: what is known is of another time. D is reset.
/// Boring    this value and those before it are one and the same, `boring` in a row or more.
///
/// Observes  timed<double>.
/// Score     D's.
/// Source    Skyline's TooShort, Stale and Boring, with its defaults but one: least is 2 here, 1 there.
/// Departs   Skyline compares the newest time with the clock of the machine; here no clock is read. See --no-data of
/// the
///           program for metrics that stay away.
template <detector D>
  requires std::same_as<typename D::observation, timed<double>>
class filtered {
 public:
  static constexpr std::string_view kind = "filtered";
  static constexpr std::string_view summary = "a detector that is not asked about short, stale and boring series";
  using observation = timed<double>;

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

  filtered()
    requires std::default_initializable<D>
      : filtered(params(), D()) {}
  filtered(const params& p, D d) : params_(checked<filtered>(p)), detector_(std::move(d)) {}
  [[nodiscard]] static result<filtered> make(const params& p, D d) {
    if (result<void> ok = check(kind, p); !ok) return unexpected(std::move(ok).error());
    return filtered(p, std::move(d));
  }

  verdict update(const observation& x) noexcept(noexcept(std::declval<D&>().update(x))) {
    const bool follows = seen_ > 0 && x.time > time_;
    const auto silence = static_cast<std::uint64_t>(x.time.time_since_epoch().count()) -
                         static_cast<std::uint64_t>(time_.time_since_epoch().count());
    const bool stale =
        follows && params_.stale > duration() && silence > static_cast<std::uint64_t>(params_.stale.count());
    if (!(x.value - x.value == 0)) return verdict::reject();
    if (stale) {
      detector_.reset();
      seen_ = same_ = 0;
    }
    const verdict v = detector_.update(x);
    if (v.state == verdict::status::rejected) return v;
    same_ = seen_ > 0 && x.value == value_ ? same_ + 1 : 1;
    ++seen_;
    value_ = x.value;
    time_ = follows || seen_ == 1 ? x.time : time_;
    if (seen_ < params_.least || (params_.boring > 0 && same_ >= params_.boring)) return {};
    return v;
  }

  [[nodiscard]] const D& inner() const noexcept { return detector_; }
  [[nodiscard]] const params& parameters() const noexcept { return params_; }
  void reset() noexcept {
    detector_.reset();
    seen_ = same_ = 0;
    value_ = 0;
    time_ = {};
  }
  [[nodiscard]] std::size_t memory_bytes() const noexcept {
    return sizeof(*this) + (detector_.memory_bytes() - sizeof(D));
  }
  void save(state_writer& out) const
    requires persistent<D>
  {
    save_head<filtered>(out, params_);
    detector_.save(out);
    out.scalar(seen_), out.scalar(same_), out.scalar(value_), out.scalar(time_);
  }
  [[nodiscard]] static result<filtered> load(state_reader& in)
    requires persistent<D>
  {
    const auto head = load_head<filtered>(in);
    if (!in.ok()) return unexpected(in.error());
    auto d = D::load(in);
    if (!d) return unexpected(std::move(d).error());
    filtered f(head.params, *std::move(d));
    f.seen_ = in.scalar<std::uint64_t>();
    f.same_ = in.scalar<std::uint64_t>();
    f.value_ = in.finite();
    f.time_ = in.scalar<time_point>();
    if (in.ok() && f.same_ > f.seen_) in.fail("filtered: an impossible run");
    if (!in.ok()) return unexpected(in.error());
    return f;
  }

 private:
  params params_;
  D detector_;
  std::uint64_t seen_ = 0, same_ = 0;
  double value_ = 0;
  time_point time_{};
};

}  // namespace netanomaly::inline NETANOMALY_MODE::compose
