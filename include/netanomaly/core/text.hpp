// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/config.hpp>
#include <netanomaly/core/time.hpp>

#include <array>
#include <charconv>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <vector>
#if !defined(__cpp_lib_to_chars)
#include <locale>
#include <sstream>
#endif

/// Values of parameters as text, there and back without loss, whatever the locale. Durations are a whole number and one
/// of ns us ms s m h d; a bare number means seconds. Lists are their numbers with colons between: 0:5:20.

namespace netanomaly::inline NETANOMALY_MODE {

/// An enumeration with names: `constexpr std::array<std::string_view, N> enumerator_names(E) noexcept` beside E names
/// the values 0 to N - 1.
template <class E>
concept named_enum = std::is_enum_v<E> && requires(E e) { enumerator_names(e).size(); };

/// true or false.
[[nodiscard]] inline std::string to_text(std::same_as<bool> auto value) { return value ? "true" : "false"; }

/// The shortest digits that give the same number back.
template <class T>
  requires((std::integral<T> && !std::same_as<T, bool>) || std::floating_point<T>)
[[nodiscard]] std::string to_text(T value) {
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  return {buffer.data(), end};
}

/// Its name; "?" for what is none of them.
template <named_enum E>
[[nodiscard]] std::string to_text(E value) {
  const auto index = static_cast<std::size_t>(value);
  constexpr auto names = enumerator_names(E{});
  return std::string(index < names.size() ? names[index] : "?");
}

namespace detail {
struct duration_unit {
  std::string_view name;
  std::int64_t nanoseconds;
};
inline constexpr std::array<duration_unit, 7> duration_units = {{{"d", 86'400'000'000'000},
                                                                 {"h", 3'600'000'000'000},
                                                                 {"m", 60'000'000'000},
                                                                 {"s", 1'000'000'000},
                                                                 {"ms", 1'000'000},
                                                                 {"us", 1'000},
                                                                 {"ns", 1}}};
}  // namespace detail

/// A whole number of the largest unit that divides it: 90s, 2m.
template <class Rep, class Period>
[[nodiscard]] std::string to_text(std::chrono::duration<Rep, Period> value) {
  const std::int64_t count = std::chrono::duration_cast<duration>(value).count();
  if (count == 0) return "0s";
  for (const auto& unit : detail::duration_units)
    if (count % unit.nanoseconds == 0) return to_text(count / unit.nanoseconds) + std::string(unit.name);
  return {};
}

/// Its elements with colons between.
template <class T>
[[nodiscard]] std::string to_text(const std::vector<T>& values) {
  std::string out;
  for (const T& v : values) out.append(out.empty() ? "" : ":").append(to_text(v));
  return out;
}

namespace detail {
template <class T>
inline constexpr bool is_number_list = false;
template <class T>
inline constexpr bool is_number_list<std::vector<T>> = std::unsigned_integral<T> || std::same_as<T, double>;
}  // namespace detail
/// A parameter that is a list: of unsigned integers or of doubles.
template <class T>
concept number_list = detail::is_number_list<T>;

/// The value that `text`, all of it, stands for; nothing where it stands for none or does not fit.
template <std::same_as<bool> T>
[[nodiscard]] std::optional<T> from_text(std::string_view text) noexcept {
  if (text == "true" || text == "1" || text == "yes" || text == "on") return true;
  if (text == "false" || text == "0" || text == "no" || text == "off") return false;
  return std::nullopt;
}

/// A whole decimal number and nothing else, within the type's range.
template <std::integral T>
  requires(!std::same_as<T, bool>)
[[nodiscard]] std::optional<T> from_text(std::string_view text) noexcept {
  T value{};
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

template <std::floating_point T>
[[nodiscard]] std::optional<T> from_text(std::string_view text) {
  T value{};
#if defined(__cpp_lib_to_chars)
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
#else
  // libc++ before 20 has no from_chars for floating point
  if (text.empty() || text.find_first_not_of("0123456789+-.eE") != std::string_view::npos || text[0] == '+')
    return std::nullopt;
  std::istringstream in{std::string(text)};
  in.imbue(std::locale::classic());
  if (!(in >> value) || in.peek() != std::istringstream::traits_type::eof()) return std::nullopt;
#endif
  return value;
}

/// One of the names, letter for letter.
template <named_enum E>
[[nodiscard]] std::optional<E> from_text(std::string_view text) noexcept {
  constexpr auto names = enumerator_names(E{});
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] == text) return static_cast<E>(i);
  return std::nullopt;
}

template <std::same_as<duration> T>
[[nodiscard]] std::optional<T> from_text(std::string_view text) noexcept {
  std::int64_t count = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (failed != std::errc()) return std::nullopt;
  std::string_view name = text.substr(static_cast<std::size_t>(end - text.data()));
  if (name.empty()) name = "s";
  for (const auto& unit : detail::duration_units) {
    if (unit.name != name) continue;
    if (count > (std::numeric_limits<std::int64_t>::max)() / unit.nanoseconds ||
        count < (std::numeric_limits<std::int64_t>::min)() / unit.nanoseconds)
      return std::nullopt;
    return duration(count * unit.nanoseconds);
  }
  return std::nullopt;
}

/// Numbers with colons between; empty text is an empty list.
template <number_list L>
[[nodiscard]] std::optional<L> from_text(std::string_view text) {
  L values;
  while (!text.empty()) {
    const std::size_t colon = text.find(':');
    const auto value = from_text<typename L::value_type>(text.substr(0, colon));
    if (!value) return std::nullopt;
    values.push_back(*value);
    if (colon == std::string_view::npos) return values;
    text.remove_prefix(colon + 1);
    if (text.empty()) return std::nullopt;
  }
  return values;
}

}  // namespace netanomaly::inline NETANOMALY_MODE
