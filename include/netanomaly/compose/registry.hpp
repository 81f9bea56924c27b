// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/compose/any_detector.hpp>
#include <netanomaly/core/concepts.hpp>
#include <netanomaly/core/config.hpp>
#include <netanomaly/core/params.hpp>
#include <netanomaly/core/state.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace netanomaly::inline NETANOMALY_MODE::compose {

/// What a list of detectors shows of one.
struct detector_info {
  std::string_view kind;                   ///< its name everywhere
  std::string_view summary;                ///< one line
  std::vector<parameter_info> parameters;  ///< with their defaults
};

namespace detail {
/// Types by their kinds: what lists of detectors and of learners have in common.
template <class... Ts>
class kind_list {
  static_assert(sizeof...(Ts) > 0);

 public:
  static constexpr std::array<std::string_view, sizeof...(Ts)> kinds = {Ts::kind...};
  static_assert(
      [] {
        for (std::size_t i = 0; i < kinds.size(); ++i)
          for (std::size_t k = i + 1; k < kinds.size(); ++k)
            if (kinds[i] == kinds[k]) return false;
        return true;
      }(),
      "every kind is there once");

  /// Calls `f.template operator()<T>()` for the entry of this kind; false where there is none.
  template <class F>
  static constexpr bool visit(std::string_view kind, F&& f) {
    return ((kind == Ts::kind && (f.template operator()<Ts>(), true)) || ...);
  }

  /// Calls f(detector_info) for each entry, in order.
  template <class F>
  static void describe(F&& f) {
    (f(detector_info{Ts::kind, Ts::summary, list_parameters<typename Ts::params>()}), ...);
  }
  [[nodiscard]] static std::vector<detector_info> list() {
    std::vector<detector_info> all;
    describe([&](detector_info d) { all.push_back(std::move(d)); });
    return all;
  }

 protected:
  template <class Any>
  [[nodiscard]] static result<Any> load_any(state_reader& in) {
    const std::string_view kind = in.peek_kind();
    if (!in) return unexpected(in.error());
    result<Any> loaded = unexpected(error(""));
    const bool known = visit(kind, [&]<class T>() {
      if (result<T> t = T::load(in)) {
        loaded = Any(*std::move(t));
      } else {
        loaded = unexpected(std::move(t).error());
      }
    });
    if (known) return loaded;
    in.fail("a record of a kind that is none of: " + names());
    return unexpected(in.error());
  }
  template <class Any>
  [[nodiscard]] static result<Any> make_any(std::string_view kind, std::span<const parameter_text> parameters,
                                            std::string_view what) {
    result<Any> made = unexpected(error(""));
    if (visit(kind, [&]<class T>() { made = make_one<Any, T>(parameters); })) return made;
    return unexpected(error("no " + std::string(what) + " " + std::string(kind) + "; there are: " + names()));
  }
  template <class Any>
  [[nodiscard]] static result<Any> make_any(std::string_view kind, std::string_view parameters, std::string_view what) {
    const auto parts = split_parameters(parameters);
    if (!parts) return unexpected(error(std::string(kind) + ": " + parts.error().message()));
    return make_any<Any>(kind, *parts, what);
  }

 private:
  template <class Any, class T>
  [[nodiscard]] static result<Any> make_one(std::span<const parameter_text> parameters) {
    typename T::params p;
    for (const parameter_text& t : parameters) {
      if (const auto set = set_parameter(p, t.name, t.value); !set)
        return unexpected(error(std::string(T::kind) + ": " + set.error().message()));
    }
    result<T> t = T::make(p);
    if (!t) return unexpected(std::move(t).error());
    return Any(*std::move(t));
  }
  [[nodiscard]] static std::string names() {
    std::string all;
    for (const std::string_view kind : kinds) all += (all.empty() ? "" : ", ") + std::string(kind);
    return all;
  }
};
}  // namespace detail

/// A list of detectors of one kind of observation, to choose from at run time. Nothing is global and nothing registers
/// itself: the list is a type, and another list with more in it is another type.
///
///     using mine = compose::metric_detectors::with<my_detector>;
///     result<mine::any> d = mine::make("my_detector", "warmup=60,threshold=4");
///     result<mine::any> again = from_bytes<mine::any>(to_bytes(*d));
///
/// Entries are detectors, configurable, with `params parameters() const` and a one-line `summary`.
template <class... Ds>
class registry : public detail::kind_list<Ds...> {
  static_assert((detector<Ds> && ...), "every entry is a detector");
  static_assert((configurable<Ds> && ...), "every entry is configurable");
  using first = std::tuple_element_t<0, std::tuple<Ds...>>;

 public:
  using observation = typename first::observation;
  static_assert((std::same_as<typename Ds::observation, observation> && ...), "every entry observes the same");

  /// Whether no entry grows while it observes.
  static constexpr bool nothrow = (noexcept(std::declval<Ds&>().update(std::declval<const observation&>())) && ...);

  /// This list and more.
  template <class... Mine>
  using with = registry<Ds..., Mine...>;

  /// Any one of them, as a value; a detector like others, so that it stands inside keyed and calibrated.
  class any : public any_detector<observation, nothrow> {
    using base = any_detector<observation, nothrow>;

   public:
    /// Of an entry of the list.
    template <class D>
      requires(std::same_as<D, Ds> || ...)
    any(D d) : base(std::in_place, std::move(d)) {}  // NOLINT(google-explicit-constructor): a D is any of them

    [[nodiscard]] static result<any> load(state_reader& in) { return registry::template load_any<any>(in); }
  };

  /// The detector of this kind, with these parameters in place of the defaults. The error names the kind, the
  /// parameter, its value and what would do.
  [[nodiscard]] static result<any> make(std::string_view kind, std::span<const parameter_text> parameters) {
    return registry::template make_any<any>(kind, parameters, "detector");
  }
  /// The same, from "warmup=60,threshold=4".
  [[nodiscard]] static result<any> make(std::string_view kind, std::string_view parameters = {}) {
    return registry::template make_any<any>(kind, parameters, "detector");
  }
};

}  // namespace netanomaly::inline NETANOMALY_MODE::compose
