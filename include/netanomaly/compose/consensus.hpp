// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/concepts.hpp>
#include <netanomaly/core/config.hpp>
#include <netanomaly/core/params.hpp>
#include <netanomaly/core/state.hpp>
#include <netanomaly/core/time.hpp>
#include <netanomaly/telemetry/windowed.hpp>
#include <netanomaly/window/sliding.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace netanomaly::inline NETANOMALY_MODE::compose {

namespace detail {

template <class D>
inline constexpr bool is_windowed = false;
template <class Rule, class Real>
inline constexpr bool is_windowed<telemetry::windowed<Rule, Real>> = true;

/// What a windowed detector asks of its window, and the number type that this window stores; nothing of others.
template <class D>
struct window_wish {
  static constexpr window::keep needs = window::keep::values;
  using value_type = void;
};
template <class Rule, class Real>
struct window_wish<telemetry::windowed<Rule, Real>> {
  static constexpr window::keep needs = Rule::needs;
  using value_type = Real;
};

/// The first type that is not void, or double.
template <class... Ts>
struct first_value : std::type_identity<double> {};
template <class T, class... Ts>
struct first_value<T, Ts...> : std::conditional_t<std::is_void_v<T>, first_value<Ts...>, std::type_identity<T>> {};

}  // namespace detail

/// Several detectors that vote: anomalous where at least `votes` of them say so.
///
/// Windowed detectors of equal extent share one window, which keeps the union of what they need: nine detectors over a
/// day hold one day. Each gives, bit for bit, the verdict that it would give alone.
///
/// Observes  what the parts observe. A value that the shared windows cannot take is rejected by all.
/// Score     the number of votes; judged where at least one part has judged. verdicts() gives each part's own. Scores
/// with
///           so few levels cannot be calibrated; calibrate the parts instead.
/// Cost      one push a window, and the parts' judgements. No allocation after construction, unless a part's header
/// says
///           that it grows.
/// Source    Skyline's CONSENSUS, 6 of 9. There an answer of None counts as a yes, so that a silent
///           median_absolute_deviation votes; here it does not.
template <detector... Ds>
class consensus {
  static_assert(sizeof...(Ds) > 0 && sizeof...(Ds) <= 64);
  using real = typename detail::first_value<typename detail::window_wish<Ds>::value_type...>::type;
  template <class D>
  static constexpr bool shares = std::same_as<typename detail::window_wish<D>::value_type, real>;
  static constexpr auto needs = (window::keep::values | ... | detail::window_wish<Ds>::needs);

 public:
  static constexpr std::string_view kind = "consensus";
  static constexpr std::string_view summary = "several detectors that vote";
  static constexpr std::size_t size = sizeof...(Ds);  ///< detectors that vote
  /// Their names, in the order of verdicts().
  static constexpr std::array<std::string_view, size> kinds = {Ds::kind...};
  using observation = typename std::tuple_element_t<0, std::tuple<Ds...>>::observation;
  using window_type = window::sliding<real, needs>;  ///< what the windowed ones share

  struct params {
    std::uint32_t votes = 0;
    std::uint64_t parts = ~std::uint64_t{0};
    static constexpr void describe(auto& p, auto&& field) {
      field("votes", p.votes, at_most(64U), "detectors",
            "that make an anomaly; 0: more than half of those that take part");
      field("parts", p.parts, at_least(std::uint64_t{1}), "bits", "bit i: whether the i-th detector takes part");
    }
    friend bool operator==(const params&, const params&) = default;
  };

  consensus()
    requires(std::default_initializable<Ds> && ...)
      : consensus(params()) {}
  explicit consensus(const params& p)
    requires(std::default_initializable<Ds> && ...)
      : consensus(p, Ds()...) {}
  /// Of windowed detectors only the parameters count: what they have seen so far is not taken over.
  consensus(const params& p, Ds... ds)  // NOLINT(google-explicit-constructor): never of one argument
      : params_(checked<consensus>(p)), parts_(part<Ds>(std::move(ds))...) {
    assign_windows();
  }
  [[nodiscard]] static result<consensus> make(const params& p, Ds... ds) {
    if (result<void> ok = check(kind, p); !ok) return unexpected(std::move(ok).error());
    return consensus(p, std::move(ds)...);
  }

  verdict update(const observation& x) noexcept((noexcept(std::declval<Ds&>().update(x)) && ...)) {
    if constexpr ((shares<Ds> || ...)) {
      if (!(std::abs(x.value) <= static_cast<double>((std::numeric_limits<real>::max)()))) {
        verdicts_.fill(verdict::reject());
        return verdict::reject();
      }
      for (window_type& w : windows_) w.push(x);
    }
    std::uint32_t votes = 0;
    bool judged = false;
    each([&](auto& one, std::size_t i) {
      const verdict v = takes_part(i) ? one.judge(x, windows_) : verdict{};
      verdicts_[i] = v;
      judged |= v.state == verdict::status::judged;
      votes += v.anomalous ? 1 : 0;
    });
    if (!judged) return {};
    return {.score = static_cast<double>(votes),
            .anomalous = votes > 0 && votes >= needed(),
            .state = verdict::status::judged};
  }

  /// What each part said of the newest observation, in the order of the types; the default verdict of those that take
  /// no part.
  [[nodiscard]] std::span<const verdict, size> verdicts() const noexcept { return verdicts_; }
  /// The i-th detector's rule, with what it measured; the detector itself where it has no window.
  template <std::size_t I>
  [[nodiscard]] const auto& measured() const noexcept {
    return std::get<I>(parts_).own;
  }
  /// Whether the i-th detector votes.
  [[nodiscard]] bool takes_part(std::size_t i) const noexcept { return (params_.parts >> i & 1U) != 0; }
  /// Votes that make an anomaly.
  [[nodiscard]] std::uint32_t needed() const noexcept {
    if (params_.votes > 0) return params_.votes;
    constexpr std::uint64_t all = ~std::uint64_t{0} >> (64 - size);
    return static_cast<std::uint32_t>(std::popcount(params_.parts & all)) / 2 + 1;
  }
  /// How many windows there are: one for each extent.
  [[nodiscard]] std::size_t windows() const noexcept { return windows_.size(); }

  void reset() noexcept {
    for (window_type& w : windows_) w.clear();
    each([](auto& one, std::size_t) { one.reset(); });
    verdicts_.fill({});
  }
  [[nodiscard]] std::size_t memory_bytes() const noexcept {
    std::size_t bytes = sizeof(*this) + windows_.capacity() * sizeof(window_type);
    for (const window_type& w : windows_) bytes += w.heap_bytes();
    std::apply([&](const auto&... one) { ((bytes += one.heap_bytes()), ...); }, parts_);
    return bytes;
  }

  void save(state_writer& out) const
    requires(persistent<Ds> && ...)
  {
    save_head<consensus>(out, params_);
    std::apply([&](const auto&... one) { (one.save_head_of(out), ...); }, parts_);
    for (const window_type& w : windows_) w.save(out);
    std::apply([&](const auto&... one) { (one.save_rest(out), ...); }, parts_);
  }
  [[nodiscard]] static result<consensus> load(state_reader& in)
    requires(persistent<Ds> && ...)
  {
    const auto head = load_head<consensus>(in);
    // Braces, so that the parts are read in order.
    std::tuple<result<part<Ds>>...> read{part<Ds>::load(in)...};
    if (!in.ok()) return unexpected(in.error());
    return std::apply(
        [&](auto&... one) -> result<consensus> {
          consensus c(head.params, *std::move(one)...);
          for (const window::extent& e : c.assign_extents()) c.windows_.push_back(window_type::load(in, e));
          c.each([&](auto& p, std::size_t) { p.load_rest(in, c.windows_); });
          if (!in.ok()) return unexpected(in.error());
          return c;
        },
        read);
  }

 private:
  /// A detector with a window of its own business.
  template <class D>
  struct part {
    D own;
    explicit part(D d) : own(std::move(d)) {}
    verdict judge(const observation& x, const std::vector<window_type>&) noexcept(noexcept(own.update(x))) {
      return own.update(x);
    }
    void reset() noexcept { own.reset(); }
    [[nodiscard]] std::size_t heap_bytes() const noexcept { return own.memory_bytes() - sizeof(D); }
    void save_head_of(state_writer& out) const { own.save(out); }
    void save_rest(state_writer&) const {}
    void load_rest(state_reader&, const std::vector<window_type>&) {}
    static result<part> load(state_reader& in) {
      auto d = D::load(in);
      if (!d) return unexpected(std::move(d).error());
      return part(*std::move(d));
    }
  };
  /// A rule over one of the windows.
  template <class D>
    requires shares<D>
  struct part<D> {
    typename D::params params;
    typename D::rule_type own;
    std::size_t window = 0;
    explicit part(const typename D::params& p) : params(p), own(telemetry::make_rule<typename D::rule_type>(p)) {}
    explicit part(const D& d) : part(d.parameters()) {}
    verdict judge(const observation&, const std::vector<window_type>& windows) noexcept {
      return own.judge(windows[window], params);
    }
    void reset() noexcept {
      if constexpr (requires { own.reset(); }) {
        own.reset();
      } else {
        own = {};
      }
    }
    [[nodiscard]] std::size_t heap_bytes() const noexcept {
      if constexpr (requires { own.heap_bytes(); }) return own.heap_bytes();
      return 0;
    }
    void save_head_of(state_writer& out) const { save_head<D>(out, params); }
    void save_rest(state_writer& out) const {
      if constexpr (requires { own.save(out); }) own.save(out);
    }
    void load_rest(state_reader& in, const std::vector<window_type>& windows) {
      if constexpr (requires { own.load(in, windows[window]); }) {
        if (in.ok()) own.load(in, windows[window]);
      }
    }
    static result<part> load(state_reader& in) {
      const auto head = netanomaly::load_head<D>(in);
      if constexpr (requires { D::rule_type::heap_bytes_for(head.params); }) {
        if (in.ok() && !in.charge(D::rule_type::heap_bytes_for(head.params))) return unexpected(in.error());
      }
      if (!in.ok()) return unexpected(in.error());
      return part(head.params);
    }
  };

  consensus(const params& p, part<Ds>&&... ps)  // NOLINT(google-explicit-constructor): never of one argument
    requires(sizeof...(Ds) > 0)
      : params_(p), parts_(std::move(ps)...) {}

  template <class F>
  void each(F&& f) {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (f(std::get<I>(parts_), I), ...);
    }(std::index_sequence_for<Ds...>());
  }
  /// Which window is whose: one for each extent that differs, in order of first use.
  std::vector<window::extent> assign_extents() {
    std::vector<window::extent> extents;
    each([&]<class P>(P& one, std::size_t) {
      if constexpr (requires { one.window; }) {
        const auto same = std::find(extents.begin(), extents.end(), one.params.extent);
        one.window = static_cast<std::size_t>(same - extents.begin());
        if (same == extents.end()) extents.push_back(one.params.extent);
      }
    });
    return extents;
  }
  void assign_windows() {
    for (const window::extent& e : assign_extents()) windows_.emplace_back(e);
  }

  params params_;
  std::tuple<part<Ds>...> parts_;
  std::vector<window_type> windows_;
  std::array<verdict, size> verdicts_{};
};

}  // namespace netanomaly::inline NETANOMALY_MODE::compose
