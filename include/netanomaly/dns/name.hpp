// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/config.hpp>
#include <netanomaly/core/result.hpp>
#include <netanomaly/dns/detail/wire.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace netanomaly::inline NETANOMALY_MODE::dns {

/// A domain name where it lies: in a message, possibly compressed, or in wire form of its own.
///
/// A view, 16 bytes, that hands out only what was validated before: message_view makes it from a checked message,
/// wire_name from itself. Labels are any octets (RFC 2181 section 11), not text. The octets must outlive the view.
/// Every function is O(length): at most 127 labels and 128 pointers, whoever wrote the message.
class name_view {
 public:
  class label_iterator;
  class label_range;

  static constexpr std::size_t max_wire_octets = detail::max_name_octets;  ///< RFC 1035 section 3.1
  /// Characters of the longest text: 250 octets of four characters each (\DDD) and three dots.
  static constexpr std::size_t max_text_octets = 1003;

  /// The root, whose wire form is one zero octet.
  constexpr name_view() noexcept = default;
  /// The name at `offset` of `base`. Nothing is checked: the name must be whole, at most 255 octets when expanded, and
  /// its pointers must lead strictly backwards from `base`.
  constexpr name_view(const std::byte* base, std::uint16_t offset) noexcept : base_(base), offset_(offset) {}

  /// The labels from left to right as spans of octets, without the root.
  [[nodiscard]] constexpr label_range labels() const noexcept;
  [[nodiscard]] constexpr std::size_t label_count() const noexcept;  ///< 0 to 127, without the root
  /// No label but the root's.
  [[nodiscard]] constexpr bool is_root() const noexcept { return octet_at(skip_pointers(offset_)) == 0; }

  /// Octets of the uncompressed wire form, length octets and the root label included: 1 to 255.
  [[nodiscard]] constexpr std::size_t wire_length() const noexcept;
  /// Calls f with the pieces that make the uncompressed wire form, as spans of where they lie.
  template <class F>
  constexpr void each_run(F&& f) const;
  /// Writes the uncompressed wire form, letter case as in the message; gives its length.
  std::size_t copy_wire(std::span<std::byte, max_wire_octets> out) const noexcept;
  /// The wire form where it lies, when it is not compressed; empty when it is. A message's first QNAME never is.
  [[nodiscard]] constexpr std::span<const std::byte> contiguous_wire() const noexcept;

  /// Labels joined by dots, without a final dot; the root is ".". Escapes as in RFC 1035 section 5.1: \. and \\ for
  /// these two, \DDD for octets outside 0x21 to 0x7e.
  [[nodiscard]] std::string to_text() const;
  /// The same into a buffer; gives the number of characters.
  std::size_t to_text(std::span<char, max_text_octets> out) const noexcept;

  /// Same labels, without regard to the case of ASCII letters (RFC 4343).
  friend constexpr bool operator==(name_view a, name_view b) noexcept;

 private:
  friend class label_iterator;

  [[nodiscard]] constexpr std::uint32_t octet_at(std::uint32_t at) const noexcept { return detail::octet(base_[at]); }
  [[nodiscard]] constexpr std::uint32_t skip_pointers(std::uint32_t at) const noexcept {
    while (octet_at(at) >= 0xc0) at = detail::load16(base_ + at) & 0x3fffU;
    return at;
  }
  /// Octets from `at` up to the root label or the pointer that ends this run of labels.
  [[nodiscard]] constexpr std::uint32_t run_length(std::uint32_t at) const noexcept {
    std::uint32_t end = at;
    for (std::uint32_t n = octet_at(end); n != 0 && n < 0xc0; n = octet_at(end)) end += n + 1;
    return end - at;
  }

  const std::byte* base_ = &detail::root_name;
  std::uint16_t offset_ = 0;
};

/// Goes from label to label.
class name_view::label_iterator {
 public:
  using iterator_concept = std::forward_iterator_tag;
  using iterator_category = std::input_iterator_tag;
  using value_type = std::span<const std::byte>;
  using difference_type = std::ptrdiff_t;

  constexpr label_iterator() noexcept = default;
  /// At the first label.
  constexpr explicit label_iterator(name_view name) noexcept : name_(name), at_(name.skip_pointers(name.offset_)) {}

  constexpr value_type operator*() const noexcept { return {name_.base_ + at_ + 1, name_.octet_at(at_)}; }
  constexpr label_iterator& operator++() noexcept {
    at_ = name_.skip_pointers(at_ + 1 + name_.octet_at(at_));
    return *this;
  }
  constexpr label_iterator operator++(int) noexcept {
    const auto old = *this;
    ++*this;
    return old;
  }
  friend constexpr bool operator==(const label_iterator& a, const label_iterator& b) noexcept { return a.at_ == b.at_; }
  friend constexpr bool operator==(const label_iterator& a, std::default_sentinel_t) noexcept { return a.at_root(); }

 private:
  [[nodiscard]] constexpr bool at_root() const noexcept { return name_.octet_at(at_) == 0; }

  name_view name_;
  std::uint32_t at_ = 0;
};

/// The labels of a name.
class name_view::label_range {
 public:
  /// Of this name.
  constexpr explicit label_range(name_view name) noexcept : begin_(name) {}
  [[nodiscard]] constexpr label_iterator begin() const noexcept { return begin_; }
  [[nodiscard]] static constexpr std::default_sentinel_t end() noexcept { return {}; }

 private:
  label_iterator begin_;
};

/// A domain name that owns its octets: uncompressed wire form, 1 to 255 octets, letter case kept. 256 bytes, no
/// allocation but in to_text() and in errors.
class wire_name {
 public:
  constexpr wire_name() noexcept = default;  ///< the root
  /// Copies the octets, pointers followed.
  explicit wire_name(name_view name) noexcept : size_(static_cast<std::uint8_t>(name.copy_wire(octets_))) {}

  /// One whole uncompressed name with its root label and nothing after it; nothing for anything else.
  [[nodiscard]] static std::optional<wire_name> from_wire(std::span<const std::byte> wire) noexcept;
  /// Text as to_text() writes it and as zone files do: a final dot may stand or not, "." is the root, a backslash takes
  /// the meaning from the next character or, with three digits, stands for that octet.
  [[nodiscard]] static result<wire_name> from_text(std::string_view text);

  /// Octets with length octets and root label.
  [[nodiscard]] constexpr std::span<const std::byte> wire() const noexcept { return {octets_.data(), size_}; }
  /// Valid as long as this name is and does not change.
  [[nodiscard]] constexpr name_view view() const noexcept { return {octets_.data(), 0}; }
  /// As name_view::to_text() writes it.
  [[nodiscard]] std::string to_text() const { return view().to_text(); }
  /// The same name with its ASCII letters in lower case.
  [[nodiscard]] constexpr wire_name lowered() const noexcept {
    wire_name name = *this;  // length octets are below 'A', so the whole is folded at once
    for (std::size_t i = 0; i < size_; ++i) name.octets_[i] = detail::lower(name.octets_[i]);
    return name;
  }

  friend constexpr bool operator==(const wire_name& a, const wire_name& b) noexcept {
    return a.size_ == b.size_ && detail::equal_folded(a.octets_.data(), b.octets_.data(), a.size_);
  }

 private:
  std::array<std::byte, name_view::max_wire_octets> octets_{};
  std::uint8_t size_ = 1;
};

constexpr name_view::label_range name_view::labels() const noexcept { return label_range(*this); }

constexpr std::size_t name_view::label_count() const noexcept {
  std::size_t count = 0;
  for (auto i = labels().begin(); i != std::default_sentinel; ++i) ++count;
  return count;
}

template <class F>
constexpr void name_view::each_run(F&& f) const {
  for (std::uint32_t at = offset_;;) {
    at = skip_pointers(at);
    const std::uint32_t run = run_length(at);
    const bool last = octet_at(at + run) == 0;
    f(std::span(base_ + at, run + (last ? 1 : 0)));
    if (last) return;
    at += run;
  }
}

constexpr std::size_t name_view::wire_length() const noexcept {
  std::size_t length = 0;
  each_run([&](std::span<const std::byte> run) { length += run.size(); });
  return length;
}

inline std::size_t name_view::copy_wire(std::span<std::byte, max_wire_octets> out) const noexcept {
  std::size_t length = 0;
  each_run([&](std::span<const std::byte> run) {
    std::memcpy(out.data() + length, run.data(), run.size());
    length += run.size();
  });
  return length;
}

constexpr std::span<const std::byte> name_view::contiguous_wire() const noexcept {
  const std::uint32_t run = run_length(offset_);
  if (octet_at(offset_ + run) != 0) return {};
  return {base_ + offset_, run + 1};
}

inline std::size_t name_view::to_text(std::span<char, max_text_octets> out) const noexcept {
  char* p = out.data();
  for (const auto label : labels()) {
    if (p != out.data()) *p++ = '.';
    for (const std::byte b : label) {
      const std::uint32_t c = detail::octet(b);
      if (c < 0x21 || c > 0x7e) {
        *p++ = '\\';
        *p++ = static_cast<char>('0' + c / 100);
        *p++ = static_cast<char>('0' + c / 10 % 10);
        *p++ = static_cast<char>('0' + c % 10);
      } else {
        if (c == '.' || c == '\\') *p++ = '\\';
        *p++ = static_cast<char>(c);
      }
    }
  }
  if (p == out.data()) *p++ = '.';
  return static_cast<std::size_t>(p - out.data());
}

inline std::string name_view::to_text() const {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): written before it is read
  std::array<char, max_text_octets> buffer;
  return {buffer.data(), to_text(buffer)};
}

constexpr bool operator==(name_view a, name_view b) noexcept {
  std::uint32_t i = a.skip_pointers(a.offset_);
  std::uint32_t j = b.skip_pointers(b.offset_);
  while (a.base_ + i != b.base_ + j) {
    const std::uint32_t n = a.octet_at(i);
    if (n != b.octet_at(j)) return false;
    if (n == 0) return true;
    if (!detail::equal_folded(a.base_ + i + 1, b.base_ + j + 1, n)) return false;
    i = a.skip_pointers(i + n + 1);
    j = b.skip_pointers(j + n + 1);
  }
  return true;
}

inline std::optional<wire_name> wire_name::from_wire(std::span<const std::byte> wire) noexcept {
  if (wire.empty() || wire.size() > name_view::max_wire_octets) return std::nullopt;
  std::size_t at = 0;
  while (at < wire.size() && wire[at] != std::byte{0}) {
    if (wire[at] > std::byte{63}) return std::nullopt;
    at += detail::octet(wire[at]) + 1;
  }
  if (at + 1 != wire.size()) return std::nullopt;
  wire_name name;
  std::memcpy(name.octets_.data(), wire.data(), wire.size());
  name.size_ = static_cast<std::uint8_t>(wire.size());
  return name;
}

inline result<wire_name> wire_name::from_text(std::string_view text) {
  const auto fault = [](std::size_t at, std::string_view what) {
    return unexpected(netanomaly::error("domain name, character " + std::to_string(at + 1) + ": " + std::string(what)));
  };
  wire_name name;
  if (text == ".") return name;
  if (text.empty()) return fault(0, "empty; the root is \".\"");
  std::size_t length_at = 0;  // where the length octet of the label being read stands
  std::size_t end = 1;
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::size_t from = i;
    auto c = static_cast<unsigned char>(text[i]);
    if (c == '.') {
      if (end - length_at == 1) return fault(from, "empty label");
      name.octets_[length_at] = static_cast<std::byte>(end - length_at - 1);
      length_at = end++;
      continue;
    }
    if (c == '\\') {
      if (++i == text.size()) return fault(from, "backslash with nothing after it");
      c = static_cast<unsigned char>(text[i]);
      if (digit(text[i])) {
        if (i + 2 >= text.size() || !digit(text[i + 1]) || !digit(text[i + 2]))
          return fault(from, "backslash with fewer than three digits");
        const int value = (text[i] - '0') * 100 + (text[i + 1] - '0') * 10 + (text[i + 2] - '0');
        if (value > 255) return fault(from, "escape above \\255");
        c = static_cast<unsigned char>(value);
        i += 2;
      }
    }
    if (end - length_at > 63) return fault(from, "label longer than 63 octets");
    if (end > name_view::max_wire_octets - 2) return fault(from, "name longer than 255 octets");
    name.octets_[end++] = static_cast<std::byte>(c);
  }
  if (end - length_at > 1) {  // no final dot
    name.octets_[length_at] = static_cast<std::byte>(end - length_at - 1);
    length_at = end++;
  }
  name.octets_[length_at] = std::byte{0};
  name.size_ = static_cast<std::uint8_t>(end);
  return name;
}

}  // namespace netanomaly::inline NETANOMALY_MODE::dns
