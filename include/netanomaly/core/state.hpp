// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/config.hpp>
#include <netanomaly/core/result.hpp>
#include <netanomaly/core/time.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

/// State as bytes: what is written here, byte by byte, is docs/state-format.md.
///
///     std::vector<std::byte> bytes = to_bytes(detector);
///     result<z_score> again = from_bytes<z_score>(bytes);
///
/// A file is an envelope (magic, format version, checksum) around one record or several; a record is kind, version,
/// parameters by name, body, and records nest as detectors do. No record holds its own length, so any number of keys
/// streams out through a buffer of fixed size. Everything is little-endian.

namespace netanomaly::inline NETANOMALY_MODE {

namespace detail {

/// CRC-64/XZ (ECMA-182, reflected), eight bytes a step: the checksum of "123456789" is 0x995dc9bbdf1939fa.
class crc64 {
 public:
  constexpr void add(std::span<const std::byte> bytes) noexcept {
    std::size_t i = 0;
    for (; i + 8 <= bytes.size(); i += 8) {
      std::uint64_t word = 0;
      for (std::size_t k = 0; k < 8; ++k) word |= std::to_integer<std::uint64_t>(bytes[i + k]) << (8 * k);
      word ^= sum_;
      sum_ = 0;
      for (std::size_t k = 0; k < 8; ++k) sum_ ^= tables[7 - k][word >> (8 * k) & 0xff];
    }
    for (; i < bytes.size(); ++i)
      sum_ = sum_ >> 8 ^ tables[0][(sum_ ^ std::to_integer<std::uint64_t>(bytes[i])) & 0xff];
  }
  [[nodiscard]] constexpr std::uint64_t value() const noexcept { return ~sum_; }

 private:
  static constexpr auto tables = [] {
    std::array<std::array<std::uint64_t, 256>, 8> t{};
    for (std::size_t i = 0; i < 256; ++i) {
      std::uint64_t r = i;
      for (int bit = 0; bit < 8; ++bit) r = r >> 1 ^ ((r & 1) != 0 ? 0xc96c5795d7870f42U : 0U);
      t[0][i] = r;
    }
    for (std::size_t k = 1; k < 8; ++k)
      for (std::size_t i = 0; i < 256; ++i) t[k][i] = t[k - 1][i] >> 8 ^ t[0][t[k - 1][i] & 0xff];
    return t;
  }();
  std::uint64_t sum_ = ~std::uint64_t{0};
};

inline constexpr std::array<unsigned char, 8> state_magic = {0x89, 'N', 'A', 'S', '\r', '\n', 0x1a, '\n'};
inline constexpr std::uint32_t state_format = 1;
inline constexpr std::size_t state_head = state_magic.size() + sizeof(std::uint32_t);
inline constexpr std::size_t state_tail = sizeof(std::uint64_t);

/// Unsigned integer that holds the bits of T.
template <class T>
using bits_of =
    std::conditional_t<sizeof(T) == 1, std::uint8_t,
                       std::conditional_t<sizeof(T) == 2, std::uint16_t,
                                          std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>>>;

}  // namespace detail

/// What the format writes as such: integers of fixed size, bool, float, double.
template <class T>
concept state_scalar = std::is_arithmetic_v<T> && sizeof(T) <= 8;

/// Writes state into a sink, through a buffer of 4 KiB.
///
/// The sink is any callable that takes std::span<const std::byte> and returns bool (false: it could not write) or
/// nothing; it must outlive the writer. After a sink has failed nothing more is written, and finish() says so.
class state_writer {
 public:
  /// Writes the head of the envelope.
  // NOLINTBEGIN(cppcoreguidelines-pro-type-member-init): buffer_ is filled before it is read
  template <class Sink>
    requires std::invocable<Sink&, std::span<const std::byte>> && (!std::same_as<Sink, state_writer>)
  explicit state_writer(Sink& sink)
      : sink_(std::addressof(sink)), write_([](void* to, std::span<const std::byte> bytes) {
          if constexpr (std::convertible_to<std::invoke_result_t<Sink&, std::span<const std::byte>>, bool>) {
            return static_cast<bool>((*static_cast<Sink*>(to))(bytes));
          } else {
            (*static_cast<Sink*>(to))(bytes);
            return true;
          }
        }) {
    bytes(std::as_bytes(std::span(detail::state_magic)));
    scalar(detail::state_format);
  }
  // NOLINTEND(cppcoreguidelines-pro-type-member-init)
  state_writer(const state_writer&) = delete;
  state_writer(state_writer&&) = delete;
  state_writer& operator=(const state_writer&) = delete;
  state_writer& operator=(state_writer&&) = delete;
  ~state_writer() = default;

  /// The start of a record; its parameters and its body follow. `kind` has at most 255 characters.
  void record(std::string_view kind, std::uint16_t version) {
    name(kind);
    scalar(version);
  }

  /// Little-endian; a double as its IEEE 754 bits, a bool as one byte.
  template <state_scalar T>
  void scalar(T value) {
    auto bits = std::bit_cast<detail::bits_of<T>>(value);
    std::array<std::byte, sizeof(T)> out;  // NOLINT(cppcoreguidelines-pro-type-member-init)
    for (std::byte& b : out) {
      b = static_cast<std::byte>(bits & 0xffU);
      if constexpr (sizeof(T) > 1) bits = static_cast<decltype(bits)>(bits >> 8);
    }
    bytes(out);
  }
  void scalar(duration d) { scalar(std::int64_t{d.count()}); }  ///< nanoseconds, eight bytes
  void scalar(time_point t) { scalar(t.time_since_epoch()); }   ///< nanoseconds since 1970, eight bytes

  /// One after the other; the reader must know how many.
  template <class T, std::size_t Size>
    requires state_scalar<std::remove_const_t<T>>
  void array(std::span<T, Size> values) {
    if constexpr (std::endian::native == std::endian::little) {
      bytes(std::as_bytes(values));
    } else {
      for (const T v : values) scalar(v);
    }
  }

  /// Up to 255 bytes: one byte of length, then the text.
  void name(std::string_view text) {
    text = text.substr(0, 255);
    scalar(static_cast<std::uint8_t>(text.size()));
    bytes(std::as_bytes(std::span(text)));
  }
  /// Eight bytes of length, then the text.
  void string(std::string_view text) {
    scalar(std::uint64_t{text.size()});
    bytes(std::as_bytes(std::span(text)));
  }
  /// As they are, without a length.
  void bytes(std::span<const std::byte> from) {
    written_ += from.size();
    while (!from.empty()) {
      if (used_ == buffer_.size()) flush();
      const std::size_t n = (std::min)(from.size(), buffer_.size() - used_);
      std::memcpy(buffer_.data() + used_, from.data(), n);
      used_ += n;
      from = from.subspan(n);
    }
  }

  /// Writes the checksum and empties the buffer; nothing may be written after it.
  result<void> finish() {
    flush();
    scalar(sum_.value());
    flush();
    if (!failed_) return {};
    return unexpected(error("state: the sink could not write all " + std::to_string(written_) + " bytes"));
  }

 private:
  void flush() {
    const std::span<const std::byte> full(buffer_.data(), used_);
    used_ = 0;
    sum_.add(full);
    if (!failed_) failed_ = !write_(sink_, full);
  }

  void* sink_;
  bool (*write_)(void*, std::span<const std::byte>);
  std::size_t written_ = 0;
  std::size_t used_ = 0;
  bool failed_ = false;
  detail::crc64 sum_;
  std::array<std::byte, 4096> buffer_;
};

/// Reads state from bytes that nobody vouches for.
///
/// The first failure stays: from then on every read gives zero and error() says what was wrong and at which byte, so a
/// loader reads all it needs and asks once. Nothing is allocated that was not charged to the budget before.
class state_reader {
 public:
  static constexpr std::size_t default_budget = std::size_t{256} << 20;  ///< 256 MiB

  /// Checks magic, format version and checksum. `bytes` must outlive the reader.
  explicit state_reader(std::span<const std::byte> bytes, std::size_t budget = default_budget)
      : bytes_(bytes), budget_(budget), left_(budget) {
    if (bytes_.size() < detail::state_head + detail::state_tail) {
      fail("too short to hold a state");
      return;
    }
    if (std::memcmp(bytes_.data(), detail::state_magic.data(), detail::state_magic.size()) != 0) {
      fail("not a netanomaly state");
      return;
    }
    at_ = detail::state_magic.size();
    if (const auto format = scalar<std::uint32_t>(); format != detail::state_format) {
      fail_at(at_ - sizeof(format), "format version " + std::to_string(format) + ", this build reads version " +
                                        std::to_string(detail::state_format));
      return;
    }
    const std::size_t end = bytes_.size() - detail::state_tail;
    detail::crc64 sum;
    sum.add(bytes_.first(end));
    const std::size_t start = std::exchange(at_, end);
    if (scalar<std::uint64_t>() != sum.value()) fail_at(end, "the checksum does not match: the bytes are damaged");
    at_ = start;
    bytes_ = bytes_.first(end);
  }

  /// False once something was wrong.
  [[nodiscard]] bool ok() const noexcept { return !error_.has_value(); }
  explicit operator bool() const noexcept { return ok(); }  ///< ok()
  /// What was wrong first; only where !ok().
  [[nodiscard]] const netanomaly::error& error() const noexcept {
    return *error_;  // NOLINT(bugprone-unchecked-optional-access): said above
  }
  /// Says that what was just read cannot be.
  void fail(std::string_view what) { fail_at(at_, what); }

  /// Takes `bytes` from the budget, before they are allocated; false, and a failure, where so many are not left.
  [[nodiscard]] bool charge(std::uint64_t bytes) {
    if (!ok()) return false;
    if (bytes > left_) {
      fail("would take " + std::to_string(bytes) + " bytes more, and " + std::to_string(left_) + " of a budget of " +
           std::to_string(budget_) + " are left");
      return false;
    }
    left_ -= static_cast<std::size_t>(bytes);
    return true;
  }
  /// The same for `count` objects of `size` bytes, whose product may not be representable.
  [[nodiscard]] bool charge(std::uint64_t count, std::size_t size) {
    if (size != 0 && count > UINT64_MAX / size) return charge(UINT64_MAX);
    return charge(count * size);
  }

  /// The start of a record of this kind; the version it was written by, at most `newest`, or 0 on failure.
  std::uint16_t record(std::string_view kind, std::uint16_t newest) {
    const std::size_t start = at_;
    const std::string_view found = name();
    if (ok() && found != kind)
      fail_at(start, "a record of kind " + printable(found) + " where " + std::string(kind) + " was expected");
    const std::size_t where = at_;
    const auto version = scalar<std::uint16_t>();
    if (ok() && (version == 0 || version > newest))
      fail_at(where, std::string(kind) + ", version " + std::to_string(version) + ": this build reads up to version " +
                         std::to_string(newest));
    return ok() ? version : std::uint16_t{0};
  }
  /// The kind of the record that comes next, without taking it; empty on failure.
  [[nodiscard]] std::string_view peek_kind() {
    const std::size_t start = at_;
    const std::string_view kind = name();
    if (ok()) at_ = start;
    return kind;
  }

  /// What state_writer::scalar wrote; zero once something was wrong.
  template <state_scalar T>
  T scalar() {
    const std::span<const std::byte> from = take(sizeof(T));
    detail::bits_of<T> bits = 0;
    for (std::size_t i = 0; i < from.size(); ++i)
      bits = static_cast<decltype(bits)>(
          bits | static_cast<decltype(bits)>(std::to_integer<std::uint64_t>(from[i]) << (8 * i)));
    if constexpr (std::same_as<T, bool>) {
      if (bits > 1) fail_at(at_ - 1, "neither true nor false");
      return bits == 1;
    } else {
      return std::bit_cast<T>(bits);
    }
  }
  /// A duration; zero once something was wrong.
  template <std::same_as<duration> T>
  T scalar() {
    return duration(scalar<std::int64_t>());
  }
  /// A time; 1970 once something was wrong.
  template <std::same_as<time_point> T>
  T scalar() {
    return time_point(scalar<duration>());
  }
  /// A number that is neither NaN nor infinite; fails on others.
  template <std::floating_point T = double>
  T finite() {
    const T value = scalar<T>();
    if (ok() && !std::isfinite(value)) fail_at(at_ - sizeof(T), "not a finite number");
    return ok() ? value : T{0};
  }

  /// How many there were, or a position in a stream: fails above 2^62, which no stream reaches, so that what counts on
  /// from here does not run over.
  std::uint64_t count() {
    const auto value = scalar<std::uint64_t>();
    if (ok() && value > std::uint64_t{1} << 62) fail_at(at_ - sizeof value, "a count that no stream reaches");
    return ok() ? value : 0;
  }

  /// Fills `values`; zeros on failure.
  template <state_scalar T, std::size_t Size>
  void array(std::span<T, Size> values) {
    if constexpr (std::endian::native == std::endian::little && !std::same_as<T, bool>) {
      const std::span<const std::byte> from = take(values.size_bytes());
      if (from.empty()) {
        for (T& v : values) v = T{};
      } else {
        std::memcpy(values.data(), from.data(), from.size());
      }
    } else {
      for (T& v : values) v = scalar<T>();
    }
  }

  /// A view into the bytes read from.
  [[nodiscard]] std::string_view name() { return text(scalar<std::uint8_t>()); }
  /// The same, of a string that may be longer.
  [[nodiscard]] std::string_view string() { return text(count()); }

  /// Says whether the record has been read without failure and nothing is left over.
  result<void> finish() {
    if (ok() && at_ != bytes_.size()) fail(std::to_string(bytes_.size() - at_) + " bytes too many");
    if (ok()) return {};
    return unexpected(error());
  }
  /// Octets not yet read; 0 once something was wrong.
  [[nodiscard]] std::size_t remaining() const noexcept { return ok() ? bytes_.size() - at_ : 0; }

 private:
  std::span<const std::byte> take(std::size_t count) {
    if (!ok()) return {};
    if (count > bytes_.size() - at_) {
      fail("ends in the middle: " + std::to_string(count) + " bytes expected, " + std::to_string(bytes_.size() - at_) +
           " are there");
      return {};
    }
    const std::span<const std::byte> taken = bytes_.subspan(at_, count);
    at_ += count;
    return taken;
  }
  std::string_view text(std::uint64_t length) {
    const std::size_t size = length > SIZE_MAX ? SIZE_MAX : static_cast<std::size_t>(length);
    const std::span<const std::byte> from = take(size);
    return {reinterpret_cast<const char*>(from.data()), from.size()};
  }
  static std::string printable(std::string_view text) {
    std::string out = "\"";
    for (const char c : text.substr(0, 64)) out += c >= ' ' && c <= '~' ? c : '?';
    return out += '"';
  }
  void fail_at(std::size_t where, std::string_view what) {
    if (ok()) error_.emplace("state, byte " + std::to_string(where) + ": " + std::string(what));
  }

  std::span<const std::byte> bytes_;
  std::size_t at_ = 0;
  std::size_t budget_;
  std::size_t left_;
  std::optional<netanomaly::error> error_;
};

/// The state of `detector`, envelope and all.
template <class D>
  requires requires(const D& d, state_writer& out) { d.save(out); }
[[nodiscard]] std::vector<std::byte> to_bytes(const D& detector) {
  std::vector<std::byte> bytes;
  auto append = [&bytes](std::span<const std::byte> more) { bytes.insert(bytes.end(), more.begin(), more.end()); };
  state_writer out(append);
  detector.save(out);
  (void)out.finish();  // a vector takes all
  return bytes;
}

/// A detector from the bytes that to_bytes() or a state_writer gave. It continues where the saved one stood. An error
/// names the byte; `budget` bounds what loading may allocate, whatever the bytes say.
template <class D>
[[nodiscard]] result<D> from_bytes(std::span<const std::byte> bytes,
                                   std::size_t budget = state_reader::default_budget) {
  state_reader in(bytes, budget);
  if (!in) return unexpected(in.error());
  result<D> loaded = D::load(in);
  if (!loaded) return loaded;
  if (auto end = in.finish(); !end) return unexpected(std::move(end).error());
  return loaded;
}

}  // namespace netanomaly::inline NETANOMALY_MODE
