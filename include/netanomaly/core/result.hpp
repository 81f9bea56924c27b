// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/config.hpp>

#include <concepts>
#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

namespace netanomaly::inline NETANOMALY_MODE {

/// What went wrong, for a person to read: it names the thing, its value, and what was expected.
class error {
 public:
  /// Takes the whole message, without a full stop.
  explicit error(std::string message) noexcept : message_(std::move(message)) {}
  [[nodiscard]] const std::string& message() const noexcept { return message_; }  ///< one line

 private:
  std::string message_;
};

/// Marks a value as an error on its way into a `result`, as std::unexpected does: `return unexpected(error("..."));`
template <class E>
class unexpected {
 public:
  /// Takes the error.
  explicit constexpr unexpected(E e) noexcept(std::is_nothrow_move_constructible_v<E>) : error_(std::move(e)) {}
  [[nodiscard]] constexpr const E& error() const& noexcept { return error_; }    ///< what went wrong
  [[nodiscard]] constexpr E&& error() && noexcept { return std::move(error_); }  ///< what went wrong

 private:
  E error_;
};

/// Raises `e` as std::invalid_argument; aborts where the build has no exceptions.
[[noreturn]] inline void raise(const error& e) {
#if NETANOMALY_HAS_EXCEPTIONS
  throw std::invalid_argument(e.message());
#else
  (void)e;
  std::abort();
#endif
}

namespace detail {
[[noreturn]] inline void bad_result_access() {
#if NETANOMALY_HAS_EXCEPTIONS
  throw std::logic_error("netanomaly::result: value() of a result that holds an error");
#else
  std::abort();
#endif
}
}  // namespace detail

/// A value, or the error that stands in its place: std::expected's names on a type of our own, whose layout does not
/// change with -std. Testing it is free; value() of an error throws std::logic_error (aborts without exceptions);
/// `*` and `->` of an error, and error() of a value, are undefined.
template <class T, class E = error>
class [[nodiscard]] result {
 public:
  using value_type = T;  ///< what there is on success
  using error_type = E;  ///< what there is otherwise

  // NOLINTBEGIN(google-explicit-constructor, bugprone-forwarding-reference-overload): as std::expected's
  /// Success.
  template <class U = T>
    requires(!std::same_as<std::remove_cvref_t<U>, result>) && std::constructible_from<T, U&&>
  constexpr result(U&& value) noexcept(std::is_nothrow_constructible_v<T, U&&>)
      : state_(std::in_place_index<0>, std::forward<U>(value)) {}
  /// Failure.
  constexpr result(unexpected<E> e) noexcept(std::is_nothrow_move_constructible_v<E>)
      : state_(std::in_place_index<1>, std::move(e).error()) {}
  // NOLINTEND(google-explicit-constructor, bugprone-forwarding-reference-overload)

  [[nodiscard]] constexpr bool has_value() const noexcept { return state_.index() == 0; }  ///< true on success
  constexpr explicit operator bool() const noexcept { return has_value(); }                ///< true on success

  [[nodiscard]] constexpr T& operator*() & noexcept { return *std::get_if<0>(&state_); }  ///< undefined on failure
  /// Undefined on failure.
  [[nodiscard]] constexpr const T& operator*() const& noexcept { return *std::get_if<0>(&state_); }
  /// Undefined on failure.
  [[nodiscard]] constexpr T&& operator*() && noexcept { return std::move(*std::get_if<0>(&state_)); }
  [[nodiscard]] constexpr T* operator->() noexcept { return std::get_if<0>(&state_); }  ///< undefined on failure
  /// Undefined on failure.
  [[nodiscard]] constexpr const T* operator->() const noexcept { return std::get_if<0>(&state_); }

  [[nodiscard]] constexpr T& value() & { return checked(), **this; }             ///< throws std::logic_error on failure
  [[nodiscard]] constexpr const T& value() const& { return checked(), **this; }  ///< throws std::logic_error on failure
  /// Throws std::logic_error on failure.
  [[nodiscard]] constexpr T&& value() && { return checked(), std::move(**this); }
  /// The value, or `other` on failure.
  [[nodiscard]] constexpr T value_or(T other) const& { return has_value() ? **this : std::move(other); }

  [[nodiscard]] constexpr E& error() & noexcept { return *std::get_if<1>(&state_); }  ///< undefined on success
  /// Undefined on success.
  [[nodiscard]] constexpr const E& error() const& noexcept { return *std::get_if<1>(&state_); }
  /// Undefined on success.
  [[nodiscard]] constexpr E&& error() && noexcept { return std::move(*std::get_if<1>(&state_)); }

 private:
  constexpr void checked() const {
    if (!has_value()) detail::bad_result_access();
  }
  std::variant<T, E> state_;
};

/// Success, or the error that stands in its place.
template <class E>
class [[nodiscard]] result<void, E> {
 public:
  using value_type = void;  ///< success says nothing more
  using error_type = E;     ///< what there is on failure

  constexpr result() noexcept = default;
  /// Failure.
  // NOLINTNEXTLINE(google-explicit-constructor): as std::expected's
  constexpr result(unexpected<E> e) noexcept(std::is_nothrow_move_constructible_v<E>) : error_(std::move(e).error()) {}

  [[nodiscard]] constexpr bool has_value() const noexcept { return !error_.has_value(); }  ///< true on success
  constexpr explicit operator bool() const noexcept { return has_value(); }                ///< true on success
  /// Throws std::logic_error on failure.
  constexpr void value() const {
    if (!has_value()) detail::bad_result_access();
  }
  // NOLINTBEGIN(bugprone-unchecked-optional-access): undefined for a value, as said above
  [[nodiscard]] constexpr const E& error() const& noexcept { return *error_; }    ///< undefined on success
  [[nodiscard]] constexpr E&& error() && noexcept { return std::move(*error_); }  ///< undefined on success
  // NOLINTEND(bugprone-unchecked-optional-access)

 private:
  std::optional<E> error_;
};

}  // namespace netanomaly::inline NETANOMALY_MODE
