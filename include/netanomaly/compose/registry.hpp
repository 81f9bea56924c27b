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
  std::string_view kind;
  std::string_view summary;                ///< one line
  std::vector<parameter_info> parameters;  ///< with their defaults
};

/// A list of detectors of one kind of observation, to choose from at run time. Nothing is global and nothing registers
/// itself: the list is a type, and another list with more in it is another type.
///
///     using mine = compose::metric_detectors::with<my_detector>;
///     result<mine::any> d = mine::make("my_detector", "warmup=60,threshold=4");
///     result<mine::any> again = from_bytes<mine::any>(to_bytes(*d));
///
/// Entries are detectors, configurable, with `params parameters() const` and a one-line `summary`.
template <class... Ds>
class registry {
  static_assert(sizeof...(Ds) > 0);
  static_assert((detector<Ds> && ...), "every entry is a detector");
  static_assert((configurable<Ds> && ...), "every entry is configurable");
  using first = std::tuple_element_t<0, std::tuple<Ds...>>;

 public:
  using observation = typename first::observation;
  static_assert((std::same_as<typename Ds::observation, observation> && ...), "every entry observes the same");

  /// Whether no entry grows while it observes.
  static constexpr bool nothrow = (noexcept(std::declval<Ds&>().update(std::declval<const observation&>())) && ...);

  static constexpr std::array<std::string_view, sizeof...(Ds)> kinds = {Ds::kind...};
  static_assert(
      [] {
        for (std::size_t i = 0; i < kinds.size(); ++i)
          for (std::size_t k = i + 1; k < kinds.size(); ++k)
            if (kinds[i] == kinds[k]) return false;
        return true;
      }(),
      "every kind is there once");

  /// This list and more.
  template <class... Mine>
  using with = registry<Ds..., Mine...>;

  /// Calls `f.template operator()<D>()` for the entry of this kind; false where there is none.
  template <class F>
  static constexpr bool visit(std::string_view kind, F&& f) {
    return ((kind == Ds::kind && (f.template operator()<Ds>(), true)) || ...);
  }

  /// Calls f(detector_info) for each entry, in order.
  template <class F>
  static void describe(F&& f) {
    (f(detector_info{Ds::kind, Ds::summary, list_parameters<typename Ds::params>()}), ...);
  }
  [[nodiscard]] static std::vector<detector_info> list() {
    std::vector<detector_info> all;
    describe([&](detector_info d) { all.push_back(std::move(d)); });
    return all;
  }

  /// Any one of them, as a value; a detector like others, so that it stands inside keyed and calibrated.
  class any : public any_detector<observation, nothrow> {
    using base = any_detector<observation, nothrow>;

   public:
    /// Of an entry of the list.
    template <class D>
      requires(std::same_as<D, Ds> || ...)
    any(D d) : base(std::in_place, std::move(d)) {}  // NOLINT(google-explicit-constructor): a D is any of them

    [[nodiscard]] static result<any> load(state_reader& in) {
      const std::string_view kind = in.peek_kind();
      if (!in) return unexpected(in.error());
      result<any> loaded = unexpected(error(""));
      const bool known = visit(kind, [&]<class D>() {
        if (result<D> d = D::load(in)) {
          loaded = any(*std::move(d));
        } else {
          loaded = unexpected(std::move(d).error());
        }
      });
      if (known) return loaded;
      in.fail("a record of a kind that is none of: " + names());
      return unexpected(in.error());
    }
  };

  /// The detector of this kind, with these parameters in place of the defaults. The error names the kind, the
  /// parameter, its value and what would do.
  [[nodiscard]] static result<any> make(std::string_view kind, std::span<const parameter_text> parameters) {
    result<any> made = unexpected(error(""));
    if (visit(kind, [&]<class D>() { made = make_one<D>(parameters); })) return made;
    return unexpected(error("no detector " + std::string(kind) + "; there are: " + names()));
  }
  /// The same, from "warmup=60,threshold=4".
  [[nodiscard]] static result<any> make(std::string_view kind, std::string_view parameters = {}) {
    const auto parts = split_parameters(parameters);
    if (!parts) return unexpected(error(std::string(kind) + ": " + parts.error().message()));
    return make(kind, *parts);
  }

 private:
  template <class D>
  [[nodiscard]] static result<any> make_one(std::span<const parameter_text> parameters) {
    typename D::params p;
    for (const parameter_text& t : parameters) {
      if (const auto set = set_parameter(p, t.name, t.value); !set)
        return unexpected(error(std::string(D::kind) + ": " + set.error().message()));
    }
    result<D> d = D::make(p);
    if (!d) return unexpected(std::move(d).error());
    return any(*std::move(d));
  }
  [[nodiscard]] static std::string names() {
    std::string all;
    for (const std::string_view kind : kinds) all += (all.empty() ? "" : ", ") + std::string(kind);
    return all;
  }
};

}  // namespace netanomaly::inline NETANOMALY_MODE::compose
