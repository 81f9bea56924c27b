// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/config.hpp>
#include <netanomaly/core/result.hpp>
#include <netanomaly/core/state.hpp>
#include <netanomaly/core/text.hpp>
#include <netanomaly/core/time.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

/// Parameters describe themselves, once:
///
///     struct params {
///       std::uint32_t warmup = 30;
///       double threshold = 3;
///       static constexpr void describe(auto& p, auto&& field) {
///         field("warmup", p.warmup, at_least(2u), "observations", "before the first judgement");
///         field("threshold", p.threshold, above(0.0), "standard deviations", "a score above it is anomalous");
///       }
///       friend bool operator==(const params&, const params&) = default;
///     };
///
/// A parameter is a bool, an integer, a double, a duration, an enumeration with names (see named_enum), or a list of
/// numbers (std::vector), whose range is that of each. Doubles are finite: where "no limit" is wanted, a value such as
/// 0 stands for it. What one range cannot say, two parameters that exclude each other, goes into an optional member
/// `result<void> check() const`.

namespace netanomaly::inline NETANOMALY_MODE {

namespace detail {
/// std::isfinite is not constexpr before C++23.
template <std::floating_point V>
[[nodiscard]] constexpr bool is_finite(V value) noexcept {
  return value >= std::numeric_limits<V>::lowest() && value <= (std::numeric_limits<V>::max)();
}
}  // namespace detail

/// The values that a parameter may take.
template <class T>
struct range {
  std::optional<T> low;    ///< absent: no bound below
  std::optional<T> high;   ///< absent: no bound above
  bool low_open = false;   ///< `low` itself is outside
  bool high_open = false;  ///< `high` itself is outside

  /// Whether a value, or each of a list, may be taken; never NaN or an infinity.
  template <class V>
  [[nodiscard]] constexpr bool contains(const V& value) const noexcept {
    if constexpr (number_list<V>) {
      return std::all_of(value.begin(), value.end(), [&](const auto& v) { return contains(v); });
    } else {
      return contains_one(value);
    }
  }

  /// "at least 2", "above 0 and at most 1"; empty where any value will do.
  [[nodiscard]] std::string text() const {
    std::string out;
    if (low) out = (low_open ? "above " : "at least ") + to_text(*low);
    if (high) out += (out.empty() ? "" : " and ") + std::string(high_open ? "below " : "at most ") + to_text(*high);
    return out;
  }

 private:
  template <class V>
  [[nodiscard]] constexpr bool contains_one(const V& value) const noexcept {
    if constexpr (std::floating_point<V>) {
      if (!detail::is_finite(value)) return false;
    }
    if (low && (less(value, *low) || (low_open && !less(*low, value)))) return false;
    return !(high && (less(*high, value) || (high_open && !less(value, *high))));
  }

  template <class A, class B>
  static constexpr bool less(const A& a, const B& b) noexcept {
    if constexpr (std::integral<A> && std::integral<B>) {
      return std::cmp_less(a, b);
    } else {
      return a < b;
    }
  }
};

/// From `low` on.
template <class T>
[[nodiscard]] constexpr range<T> at_least(T low) noexcept {
  return {.low = low, .high = {}};
}
/// More than `low`.
template <class T>
[[nodiscard]] constexpr range<T> above(T low) noexcept {
  return {.low = low, .high = {}, .low_open = true};
}
/// Up to `high`.
template <class T>
[[nodiscard]] constexpr range<T> at_most(T high) noexcept {
  return {.low = {}, .high = high};
}
/// Less than `high`.
template <class T>
[[nodiscard]] constexpr range<T> below(T high) noexcept {
  return {.low = {}, .high = high, .high_open = true};
}
/// Both ends belong to it.
template <class T>
[[nodiscard]] constexpr range<T> between(T low, T high) noexcept {
  return {.low = low, .high = high};
}
/// Neither end belongs to it.
template <class T>
[[nodiscard]] constexpr range<T> inside(T low, T high) noexcept {
  return {.low = low, .high = high, .low_open = true, .high_open = true};
}
/// The upper end belongs to it, the lower does not.
template <class T>
[[nodiscard]] constexpr range<T> above_to(T low, T high) noexcept {
  return {.low = low, .high = high, .low_open = true};
}

/// Whatever the type holds: for bools and enumerations, whose names say it, and for numbers without bounds.
struct any_value {
  /// Whether it is finite, and of an enumeration one of the names.
  template <class V>
  [[nodiscard]] constexpr bool contains(const V& value) const noexcept {
    if constexpr (std::floating_point<V>) {
      return detail::is_finite(value);
    } else if constexpr (named_enum<V>) {
      return static_cast<std::size_t>(value) < enumerator_names(value).size();
    } else {
      return true;
    }
  }
  [[nodiscard]] static std::string text() { return {}; }  ///< nothing to say
};

/// One parameter, as text; what --list-detectors and the bindings show.
struct parameter_info {
  std::string_view name;  ///< as in describe(), the same everywhere
  std::string type;       ///< boolean, integer, number, duration, or the names of an enumeration: none|skyline
  std::string_view unit;  ///< empty where it has none
  std::string value;      ///< default, or current value
  std::string range;      ///< empty where any value will do
  std::string_view help;  ///< one line
};

/// A parameter and its value, as a person or a file gives them.
struct parameter_text {
  std::string_view name;   ///< of the parameter
  std::string_view value;  ///< as from_text() reads it
};

namespace detail {
struct ignore_field {
  void operator()(auto&&...) const noexcept {}
};

/// How a parameter of type T is written in state, and named in lists.
enum class parameter_tag : std::uint8_t {
  boolean = 1,
  natural = 2,
  integer = 3,
  number = 4,
  duration = 5,
  name = 6,
  list = 7
};

template <class T>
constexpr parameter_tag tag_of() noexcept {
  if constexpr (std::same_as<T, bool>) {
    return parameter_tag::boolean;
  } else if constexpr (std::unsigned_integral<T>) {
    return parameter_tag::natural;
  } else if constexpr (std::signed_integral<T>) {
    return parameter_tag::integer;
  } else if constexpr (std::same_as<T, double>) {
    return parameter_tag::number;
  } else if constexpr (std::same_as<T, duration>) {
    return parameter_tag::duration;
  } else if constexpr (number_list<T>) {
    return parameter_tag::list;
  } else {
    static_assert(named_enum<T>,
                  "a parameter is a bool, an integer, a double, a duration, an enumeration with names or a list");
    return parameter_tag::name;
  }
}

template <class T>
std::string type_text() {
  switch (tag_of<T>()) {
    case parameter_tag::boolean:
      return "boolean";
    case parameter_tag::natural:
    case parameter_tag::integer:
      return "integer";
    case parameter_tag::number:
      return "number";
    case parameter_tag::duration:
      return "duration";
    case parameter_tag::list:
      return "list of numbers";
    case parameter_tag::name:
      break;
  }
  std::string names;
  if constexpr (named_enum<T>) {
    for (const std::string_view name : enumerator_names(T{})) names.append(names.empty() ? "" : "|").append(name);
  }
  return names;
}

template <class T>
void save_value(state_writer& out, const T& value) {
  constexpr parameter_tag tag = tag_of<T>();
  out.scalar(static_cast<std::uint8_t>(tag));
  if constexpr (tag == parameter_tag::natural) {
    out.scalar(std::uint64_t{value});
  } else if constexpr (tag == parameter_tag::integer) {
    out.scalar(std::int64_t{value});
  } else if constexpr (tag == parameter_tag::name) {
    out.name(to_text(value));
  } else if constexpr (tag == parameter_tag::list) {
    out.scalar(static_cast<std::uint8_t>(tag_of<typename T::value_type>()));
    out.scalar(std::uint64_t{value.size()});
    for (const auto v : value) {
      if constexpr (std::same_as<typename T::value_type, double>) {
        out.scalar(v);
      } else {
        out.scalar(std::uint64_t{v});
      }
    }
  } else {
    out.scalar(value);
  }
}

template <class T>
void load_value(state_reader& in, T& value) {
  constexpr parameter_tag tag = tag_of<T>();
  if (const auto found = in.scalar<std::uint8_t>(); in.ok() && found != static_cast<std::uint8_t>(tag)) {
    in.fail("a parameter of another type");
    return;
  }
  if constexpr (tag == parameter_tag::natural || tag == parameter_tag::integer) {
    const auto wide = in.scalar<std::conditional_t<tag == parameter_tag::natural, std::uint64_t, std::int64_t>>();
    if (!std::in_range<T>(wide)) in.fail("a parameter that does not fit its type");
    value = static_cast<T>(wide);
  } else if constexpr (tag == parameter_tag::name) {
    const std::optional<T> named = from_text<T>(in.name());
    if (named) value = *named;
    if (!named && in.ok()) in.fail("a parameter with an unknown name as its value");
  } else if constexpr (tag == parameter_tag::list) {
    using element = typename T::value_type;
    if (const auto found = in.scalar<std::uint8_t>();
        in.ok() && found != static_cast<std::uint8_t>(tag_of<element>())) {
      in.fail("a list of another type");
      return;
    }
    const auto size = in.scalar<std::uint64_t>();
    if (!in.ok() || size > in.remaining() / 8 || !in.charge(size, sizeof(element))) {
      in.fail("a list that is longer than its bytes");
      return;
    }
    value.resize(static_cast<std::size_t>(size));
    for (element& v : value) {
      if constexpr (std::same_as<element, double>) {
        v = in.scalar<double>();
      } else {
        const auto wide = in.scalar<std::uint64_t>();
        if (!std::in_range<element>(wide)) in.fail("a number in a list that does not fit its type");
        v = static_cast<element>(wide);
      }
    }
  } else {
    value = in.scalar<T>();
  }
}
}  // namespace detail

/// Parameters that describe themselves.
template <class P>
concept described = std::copyable<P> && std::default_initializable<P> && std::equality_comparable<P> &&
                    requires(P& p) { P::describe(p, detail::ignore_field{}); };

/// Whether each parameter is in its range; the error names the first that is not, its value and the range.
template <described P>
[[nodiscard]] result<void> check(std::string_view kind, const P& p) {
  std::string wrong;
  P::describe(p, [&](std::string_view name, const auto& value, const auto& range, std::string_view unit, auto&&) {
    if (!wrong.empty() || range.contains(value)) return;
    std::string must = range.text();
    if (must.empty()) must = "finite, or one of its names";
    wrong = std::string(kind) + ": " + std::string(name) + " is " + to_text(value) + ", must be " + must;
    if (!unit.empty()) wrong += " (" + std::string(unit) + ")";
  });
  if (!wrong.empty()) return unexpected(error(std::move(wrong)));
  if constexpr (requires { p.check(); }) {
    if (const result<void> whole = p.check(); !whole)
      return unexpected(error(std::string(kind) + ": " + whole.error().message()));
  }
  return {};
}

/// `p`, where check() finds nothing wrong; raises otherwise. For constructors: `explicit D(const params& p) :
/// params_(checked<D>(p))`.
template <class D>
[[nodiscard]] const typename D::params& checked(const typename D::params& p) {
  if (const result<void> ok = check(D::kind, p); !ok) raise(ok.error());
  return p;
}

/// D(p), or the error that its constructor would throw. For make().
template <class D>
[[nodiscard]] result<D> make_checked(const typename D::params& p) {
  if (result<void> ok = check(D::kind, p); !ok) return unexpected(std::move(ok).error());
  return D(p);
}

/// Sets one parameter from text. The error names an unknown parameter and lists the known ones, or says what was
/// expected instead of the value; the range is check()'s business.
template <described P>
[[nodiscard]] result<void> set_parameter(P& p, std::string_view name, std::string_view text) {
  bool known = false;
  std::string wrong;
  std::string names;
  P::describe(p, [&]<class T>(std::string_view field, T& value, auto&&...) {
    names.append(names.empty() ? "" : ", ").append(field);
    if (field != name) return;
    known = true;
    if (const std::optional<T> parsed = from_text<T>(text)) {
      value = *parsed;
    } else {
      wrong = std::string(name) + " is \"" + std::string(text) + "\", expected: " + detail::type_text<T>();
    }
  });
  if (!known) wrong = "no parameter " + std::string(name) + "; there are: " + (names.empty() ? "none" : names);
  if (!wrong.empty()) return unexpected(error(std::move(wrong)));
  return {};
}

/// "warmup=60,threshold=4" taken apart; an error where a name has no value. The views point into `text`.
[[nodiscard]] inline result<std::vector<parameter_text>> split_parameters(std::string_view text) {
  std::vector<parameter_text> parts;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    const std::string_view part = text.substr(0, comma);
    const std::size_t equals = part.find('=');
    if (equals == std::string_view::npos || equals == 0)
      return unexpected(error("\"" + std::string(part) + "\", expected: name=value"));
    parts.push_back({part.substr(0, equals), part.substr(equals + 1)});
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
  }
  return parts;
}

/// Every parameter with the value it has in `p`, in the order described.
template <described P>
[[nodiscard]] std::vector<parameter_info> list_parameters(const P& p = {}) {
  std::vector<parameter_info> list;
  P::describe(p, [&]<class T>(std::string_view name, const T& value, const auto& range, std::string_view unit,
                              std::string_view help) {
    list.push_back({name, detail::type_text<T>(), unit, to_text(value), range.text(), help});
  });
  return list;
}

/// The parameters of a record: how many, then name, type and value of each.
template <described P>
void save_parameters(state_writer& out, const P& p) {
  std::uint16_t count = 0;
  P::describe(p, [&](auto&&...) { ++count; });
  out.scalar(count);
  P::describe(p, [&](std::string_view name, const auto& value, auto&&...) {
    out.name(name);
    detail::save_value(out, value);
  });
}

/// Reads what save_parameters() wrote; a parameter that is not there keeps its default, as an earlier version would
/// leave it. On failure, `in` says why: unknown or repeated name, other type, out of range.
template <described P>
[[nodiscard]] P load_parameters(std::string_view kind, state_reader& in) {
  P p;
  const auto count = in.scalar<std::uint16_t>();
  std::uint64_t seen = 0;
  for (std::uint16_t i = 0; i < count && in.ok(); ++i) {
    const std::string_view name = in.name();
    std::uint64_t bit = 1;
    bool known = false;
    P::describe(p, [&](std::string_view field, auto& value, auto&&...) {
      if (field == name && (seen & bit) == 0) {
        known = true;
        seen |= bit;
        detail::load_value(in, value);
      }
      bit <<= 1;
    });
    if (in.ok() && !known) in.fail("an unknown or repeated parameter of " + std::string(kind));
  }
  if (!in.ok()) return P();
  if (const result<void> valid = check(kind, p); !valid) {
    in.fail(valid.error().message());
    return P();
  }
  return p;
}

/// The head of D's record: kind, version (D::state_version, or 1) and parameters.
template <class D>
constexpr std::uint16_t state_version_of() noexcept {
  if constexpr (requires { D::state_version; }) {
    return D::state_version;
  } else {
    return 1;
  }
}
/// Writes what load_head() reads: kind, version and parameters.
template <class D>
void save_head(state_writer& out, const typename D::params& p) {
  out.record(D::kind, state_version_of<D>());
  save_parameters(out, p);
}
/// What stands before the body of a record.
template <class P>
struct record_head {
  std::uint16_t version = 0;  ///< of the record
  P params{};                 ///< as they were saved
};
/// On failure, `in` says why, and the parameters are the defaults.
template <class D>
[[nodiscard]] record_head<typename D::params> load_head(state_reader& in) {
  record_head<typename D::params> head;
  head.version = in.record(D::kind, state_version_of<D>());
  if (in.ok()) head.params = load_parameters<typename D::params>(D::kind, in);
  return head;
}

/// What merge() answers to one of other parameters.
template <class D>
[[nodiscard]] result<void> check_mergeable(const typename D::params& ours, const typename D::params& theirs) {
  if (ours == theirs) return {};
  std::string differs;
  const auto other = list_parameters(theirs);
  std::size_t i = 0;
  for (const parameter_info& p : list_parameters(ours)) {
    if (p.value != other[i].value && differs.empty())
      differs = std::string(p.name) + " is " + p.value + " here and " + other[i].value + " there";
    ++i;
  }
  return unexpected(error(std::string(D::kind) + ": only equal parameters merge; " + differs));
}

}  // namespace netanomaly::inline NETANOMALY_MODE
