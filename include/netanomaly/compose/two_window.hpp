// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/concepts.hpp>
#include <netanomaly/core/config.hpp>
#include <netanomaly/core/params.hpp>
#include <netanomaly/core/state.hpp>
#include <netanomaly/core/time.hpp>
#include <netanomaly/window/sliding.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace netanomaly::inline NETANOMALY_MODE::compose {

namespace detail {
/// "two_window_" and the test's kind.
template <class Test>
inline constexpr auto two_window_kind = [] {
  constexpr std::string_view prefix = "two_window_", test = Test::kind;
  std::array<char, prefix.size() + test.size()> text{};
  std::copy(test.begin(), test.end(), std::copy(prefix.begin(), prefix.end(), text.begin()));
  return text;
}();

/// What a test that follows two windows by itself offers in place of samples: `Test::sliding`.
struct no_sliding {
  explicit no_sliding(std::size_t) noexcept {}
};
template <class Test>
struct sliding_of {
  using type = no_sliding;
};
template <class Test>
  requires requires { typename Test::sliding; }
struct sliding_of<Test> {
  using type = typename Test::sliding;
};
}  // namespace detail

/// A detector made of a test of two samples: the last minutes against the time before them, "the last 10 minutes
/// against the hour before them", once in `every` points.
///
/// Observes  timed<double>. NaN and infinities are rejected and change nothing. A time before the newest counts as the
///           newest.
/// Windows   recent: younger than `recent` counted from the newest, and at most `recent_points`; baseline: what came
///           before it, younger than both together, and at most `baseline_points`. A duration of 0 leaves the bound by
///           points alone.
/// Score     -log10 of the test's p, 0 where the test has nothing to say, as of two constants; 400 for a p of 0.
///           Values of a metric are not independent, so p is smaller than it should be: the threshold is to be chosen
///           on the metric, or by compose::calibrated. Between tests the last verdict stands.
/// Cost      O(1) a point, and what the test costs on both windows in every `every`-th. A test that keeps up with
///           sliding windows by itself (Test::sliding: Kolmogorov-Smirnov) takes O(log points) a point and need not
///           sort. All memory from construction on, copies included.
/// Errors    make() and the constructor name the parameter out of range; nothing else fails.
template <two_sample_test Test>
class two_window {
 public:
  /// `two_window_` and the test's.
  static constexpr std::string_view kind{detail::two_window_kind<Test>.data(), detail::two_window_kind<Test>.size()};
  static constexpr std::string_view summary = "hypothesis test of the last minutes against the time before them";
  using observation = timed<double>;
  using test_type = Test;  ///< what compares the windows

  struct params {
    duration recent = std::chrono::minutes(10);
    duration baseline = std::chrono::hours(1);
    std::uint32_t recent_points = 600;
    std::uint32_t baseline_points = 3600;
    std::uint32_t every = 10;
    std::uint32_t least = 5;
    double threshold = 6;
    typename Test::params test{};

    static constexpr void describe(auto& p, auto&& field) {
      field("recent", p.recent, at_least(duration()), "", "how long the last minutes are; 0s: recent_points alone");
      field("baseline", p.baseline, at_least(duration()), "", "how long the time before is; 0s: baseline_points alone");
      field("recent_points", p.recent_points, between(1U, 100'000'000U), "observations",
            "at most, in the last minutes");
      field("baseline_points", p.baseline_points, between(1U, 100'000'000U), "observations", "at most, before them");
      field("every", p.every, at_least(1U), "observations", "one test in so many");
      field("least", p.least, at_least(1U), "observations", "in either window before the first test");
      field("threshold", p.threshold, at_least(0.0), "-log10 p", "a score above it is anomalous");
      Test::params::describe(p.test, field);
    }
    [[nodiscard]] result<void> check() const {
      if (least > recent_points || least > baseline_points)
        return unexpected(error("least is " + to_text(least) + ", more than recent_points or baseline_points"));
      return {};
    }
    friend bool operator==(const params&, const params&) = default;
  };

  two_window() : two_window(params()) {}
  /// Throws std::invalid_argument.
  explicit two_window(const params& p) : two_window(checked<two_window>(p), window_type(extent_of(p))) {}
  [[nodiscard]] static result<two_window> make(const params& p) { return make_checked<two_window>(p); }

  verdict update(const observation& x) noexcept {
    if (!std::isfinite(x.value)) return verdict::reject();
    window_.push(x);
    if constexpr (slides) sliding_.add_recent(x.value);
    follow();
    ++since_;
    const std::uint64_t recent = window_.end() - split_, baseline = split_ - base_;
    if (recent < params_.least || baseline < params_.least) return verdict_ = {};
    if (verdict_.state == verdict::status::judged && since_ < params_.every) return verdict_;
    since_ = 0;
    return verdict_ = judge();
  }

  void reset() noexcept {
    window_.clear();
    if constexpr (slides) sliding_.clear();
    base_ = split_ = 0;
    since_ = 0;
    verdict_ = {};
    measured_ = {};
  }
  [[nodiscard]] std::size_t memory_bytes() const noexcept {
    std::size_t bytes =
        sizeof *this + window_.heap_bytes() + (recent_.capacity() + baseline_.capacity()) * sizeof(double);
    if constexpr (slides) bytes += sliding_.heap_bytes();
    if constexpr (requires { test_.memory_bytes(); }) bytes += test_.memory_bytes() - sizeof test_;
    return bytes;
  }
  [[nodiscard]] const params& parameters() const noexcept { return params_; }
  /// What the test said when it last ran.
  [[nodiscard]] const test_result& measured() const noexcept { return measured_; }

  void save(state_writer& out) const {
    save_head<two_window>(out, params_);
    window_.save(out);
    out.scalar(base_);
    out.scalar(split_);
    out.scalar(since_);
    out.scalar(static_cast<std::uint8_t>(verdict_.state));
    out.scalar(verdict_.p_value);
  }
  [[nodiscard]] static result<two_window> load(state_reader& in) {
    const auto head = load_head<two_window>(in);
    const params& p = head.params;
    if (!in.ok() || !in.charge(std::uint64_t{p.recent_points} + p.baseline_points, most_bytes_a_point))
      return unexpected(in.error());
    if constexpr (requires { Test::heap_bytes_for(p.test); }) {
      if (!in.charge(Test::heap_bytes_for(p.test))) return unexpected(in.error());
    }
    two_window d(p, window_type::load(in, extent_of(p)));
    const auto base = in.count(), split = in.count();
    d.since_ = in.count();
    const auto state = in.scalar<std::uint8_t>();
    const auto p_value = in.scalar<double>();
    const bool judged = state == static_cast<std::uint8_t>(verdict::status::judged);
    if (in.ok() && (base < d.window_.first() || split < base || split > d.window_.end() ||
                    split - base > p.baseline_points || d.window_.end() - split > p.recent_points))
      in.fail(std::string(kind) + ": windows that are not within the values");
    const bool in_range = p_value >= 0 && p_value <= 1;
    if (in.ok() && !(judged ? in_range : state == static_cast<std::uint8_t>(verdict::status::warming_up)))
      in.fail(std::string(kind) + ": a verdict that it cannot give");
    if (!in.ok()) return unexpected(in.error());
    d.base_ = base;
    d.split_ = split;
    if (judged) d.verdict_ = d.verdict_of(p_value);
    if constexpr (slides) {
      for (std::uint64_t i = base; i < split; ++i) d.sliding_.add_older(d.window_.value(i));
      for (std::uint64_t i = split; i < d.window_.end(); ++i) d.sliding_.add_recent(d.window_.value(i));
    }
    return d;
  }

 private:
  using window_type = window::sliding<double, window::keep::times>;
  using sliding_type = typename detail::sliding_of<Test>::type;
  static constexpr std::size_t most_bytes_a_point = 200;  // of test, copies and sliding_ together; tested
  static constexpr bool slides = !std::same_as<sliding_type, detail::no_sliding>;

  two_window(const params& p, window_type&& w)
      : params_(p),
        window_(std::move(w)),
        test_(p.test),
        sliding_(slides ? std::size_t{p.recent_points} + p.baseline_points + 1 : 0),
        recent_(slides ? 0 : p.recent_points),
        baseline_(slides ? 0 : p.baseline_points) {
    test_.reserve(p.recent_points, p.baseline_points);
  }

  static window::extent extent_of(const params& p) noexcept {
    return {.points = p.recent_points + p.baseline_points,
            .span = p.recent > duration() && p.baseline > duration() ? p.recent + p.baseline : duration()};
  }

  /// Moves the two borders to where the newest point puts them.
  void follow() noexcept {
    const std::uint64_t end = window_.end();
    const auto older_than = [&](std::uint64_t i, duration age) {
      // In unsigned arithmetic: the difference of two time points may not fit a duration.
      return age > duration() && static_cast<std::uint64_t>(window_.newest().time.time_since_epoch().count()) -
                                         static_cast<std::uint64_t>(window_.time(i).time_since_epoch().count()) >=
                                     static_cast<std::uint64_t>(age.count());
    };
    std::uint64_t split = split_;
    while (split + 1 < end && (end - split > params_.recent_points || older_than(split, params_.recent))) {
      if constexpr (slides) sliding_.move_to_older(window_.value(split));
      ++split;
    }
    std::uint64_t base = base_;
    const duration both = params_.baseline > duration() ? params_.recent + params_.baseline : duration();
    while (base < split &&
           (split - base > params_.baseline_points || base < window_.first() || older_than(base, both))) {
      if constexpr (slides) sliding_.remove_older(window_.value(base));
      ++base;
    }
    base_ = base;
    split_ = split;
  }

  [[nodiscard]] verdict verdict_of(double p) const noexcept {
    verdict v = verdict::judge(p > 0 ? (std::max)(0.0, -std::log10(p)) : 400, params_.threshold);
    v.p_value = p;
    return v;
  }
  verdict judge() noexcept {
    if constexpr (slides) {
      measured_ = test_(sliding_);
    } else {
      measured_ = test_(copy(split_, window_.end(), recent_), copy(base_, split_, baseline_));
    }
    const bool answered = measured_.status == test_status::ok || measured_.status == test_status::impossible;
    const double p = answered && !std::isnan(measured_.p_value) ? measured_.p_value : 1;
    return verdict_of(p);
  }

  std::span<const double> copy(std::uint64_t from, std::uint64_t to, std::vector<double>& into) const noexcept {
    const auto [a, b] = window_.runs(from, to);
    std::copy(b.begin(), b.end(), std::copy(a.begin(), a.end(), into.begin()));
    return {into.data(), a.size() + b.size()};
  }

  params params_;
  window_type window_;
  Test test_;
  [[no_unique_address]] sliding_type sliding_;
  std::vector<double> recent_, baseline_;
  std::uint64_t base_ = 0, split_ = 0;  // baseline is [base_, split_), recent [split_, end)
  std::uint64_t since_ = 0;
  verdict verdict_;
  test_result measured_;
};

}  // namespace netanomaly::inline NETANOMALY_MODE::compose
