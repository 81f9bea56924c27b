// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/concepts.hpp>
#include <netanomaly/core/config.hpp>
#include <netanomaly/core/params.hpp>
#include <netanomaly/core/time.hpp>
#include <netanomaly/window/sliding.hpp>

#include <cmath>
#include <concepts>
#include <cstddef>
#include <limits>
#include <string_view>
#include <type_traits>

namespace netanomaly::inline NETANOMALY_MODE::telemetry {

/// What a windowed detector computes over its window: everything of it but the window.
///
///     struct my_rule {
///       static constexpr std::string_view kind = "my_rule", summary = "one line";
///       static constexpr auto needs = window::keep::order;        // what the window keeps up to date
///       struct params { window::extent extent; /* more; describe; operator== */ };
///       verdict judge(const auto& window, const params& p) noexcept;   // called once after each point
///     };
///
/// Members are what it measured, public beside the verdict, or hints. A rule whose members decide later verdicts has
/// `void save(state_writer&) const` and `void load(state_reader&, const auto& window)` for them. A rule that owns
/// memory is made from the parameters instead of by default, and has `reset()`, `heap_bytes()` and `static
/// heap_bytes_for(params)`.
template <class Rule>
concept rule =
    std::copyable<Rule> && described<typename Rule::params> &&
    (std::default_initializable<Rule> || std::constructible_from<Rule, const typename Rule::params&>)&&requires(
        Rule r, const window::sliding<double, Rule::needs> w, const typename Rule::params p) {
      { Rule::kind } -> std::convertible_to<std::string_view>;
      { p.extent } -> std::convertible_to<window::extent>;
      { r.judge(w, p) } noexcept -> std::same_as<verdict>;
    };

/// The rule, with its memory where it owns some.
template <rule Rule>
[[nodiscard]] Rule make_rule(const typename Rule::params& p) {
  if constexpr (std::constructible_from<Rule, const typename Rule::params&>) {
    return Rule(p);
  } else {
    return {};
  }
}

/// A detector made of a rule and a window of its own.
///
/// Observes  timed<double>. NaN, infinities, and what does not fit Real are rejected and change nothing. A time before
///           the newest counts as the newest.
/// Cost      one push() of the window and one judgement; the memory of the window, from the start; no allocation after
///           construction, copies included.
/// Errors    make() and the constructor name the parameter out of range; nothing else fails.
template <rule Rule, std::floating_point Real = double>
class windowed {
 public:
  static constexpr std::string_view kind = Rule::kind;
  static constexpr std::string_view summary = Rule::summary;
  using observation = timed<double>;
  using params = typename Rule::params;
  using rule_type = Rule;                                  ///< what judges the window
  using value_type = Real;                                 ///< what the window stores
  using window_type = window::sliding<Real, Rule::needs>;  ///< with what the rule needs kept up to date

  windowed() : windowed(params()) {}
  /// Throws std::invalid_argument.
  explicit windowed(const params& p) : params_(checked<windowed>(p)), window_(p.extent), rule_(make_rule<Rule>(p)) {}
  [[nodiscard]] static result<windowed> make(const params& p) { return make_checked<windowed>(p); }

  verdict update(const observation& x) noexcept {
    if (!(std::abs(x.value) <= static_cast<double>((std::numeric_limits<Real>::max)()))) return verdict::reject();
    window_.push(x);
    return rule_.judge(window_, params_);
  }

  void reset() noexcept {
    window_.clear();
    if constexpr (requires { rule_.reset(); }) {
      rule_.reset();
    } else {
      rule_ = {};
    }
  }
  [[nodiscard]] std::size_t memory_bytes() const noexcept {
    const std::size_t bytes = sizeof(*this) + window_.heap_bytes();
    if constexpr (requires { rule_.heap_bytes(); }) {
      return bytes + rule_.heap_bytes();
    } else {
      return bytes;
    }
  }
  [[nodiscard]] const params& parameters() const noexcept { return params_; }
  /// What the rule measured at the last update.
  [[nodiscard]] const Rule& measured() const noexcept { return rule_; }
  /// The observations that were judged last.
  [[nodiscard]] const window_type& window() const noexcept { return window_; }

  void save(state_writer& out) const {
    save_head<windowed>(out, params_);
    window_.save(out);
    if constexpr (requires { rule_.save(out); }) rule_.save(out);
  }
  [[nodiscard]] static result<windowed> load(state_reader& in) {
    const auto head = load_head<windowed>(in);
    if constexpr (requires { Rule::heap_bytes_for(head.params); }) {
      if (!in.charge(Rule::heap_bytes_for(head.params))) return unexpected(in.error());
    }
    windowed d(head.params, window_type::load(in, head.params.extent));
    if constexpr (requires { d.rule_.load(in, d.window_); }) d.rule_.load(in, d.window_);
    if (!in) return unexpected(in.error());
    return d;
  }

 private:
  windowed(const params& p, window_type&& w) : params_(p), window_(std::move(w)), rule_(make_rule<Rule>(p)) {}

  params params_;
  window_type window_;
  [[no_unique_address]] Rule rule_;
};

}  // namespace netanomaly::inline NETANOMALY_MODE::telemetry
