// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/config.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace netanomaly::inline NETANOMALY_MODE::capture {

/// Hands out one JSON text, read by nlohmann-json, as its caller asks for the parts from front to back.
///
///     scanner.begin(line);
///     if (scanner.object())
///       while (scanner.member(key))
///         if (key == "ts") scanner.scalar(ts); else scanner.skip();
///     if (!scanner.finish()) ... scanner.fault()
///
/// A text that is no JSON is an object without members, or one that ends early, with a fault. Texts are views into the
/// scanner, valid until the next begin(). Memory is 16 octets a value and the values' text, for the longest line.
class json_scanner {
 public:
  void begin(std::string_view text);

  /// Enters the object or array that comes next; false, and nothing is read, where another value does.
  [[nodiscard]] bool object() { return enters(token::object); }
  [[nodiscard]] bool array() { return enters(token::array); }
  /// The next member's name, after which its value must be read or skipped; false at the object's end, which is read.
  [[nodiscard]] bool member(std::string_view& key);
  /// Whether another element comes, which must be read or skipped; at the array's end false, and the end is read.
  [[nodiscard]] bool element() { return !enters(token::end) && at_ < tokens_.size(); }

  /// A string; false, and the value is passed over, where another comes.
  bool text(std::string_view& value);
  /// A string, or a number, true or false; false where another value comes, which is passed over.
  bool scalar(std::string_view& value);
  /// Passes over a value of any kind.
  void skip();

  /// Whether all of the text is JSON.
  [[nodiscard]] bool finish() const noexcept { return fault_.empty(); }
  /// What is wrong with it, and at which octet; empty where nothing is.
  [[nodiscard]] const std::string& fault() const noexcept { return fault_; }
  [[nodiscard]] std::size_t memory_bytes() const noexcept {
    return tokens_.capacity() * sizeof(token) + characters_.capacity() + fault_.capacity();
  }

 private:
  struct token {
    enum kind : std::uint8_t { object, array, end, key, string, word, null };
    kind is = end;
    std::uint32_t from = 0, size = 0;  // in characters_
  };
  struct events;

  [[nodiscard]] bool enters(token::kind kind) noexcept {
    const bool comes = at_ < tokens_.size() && tokens_[at_].is == kind;
    at_ += comes ? 1 : 0;
    return comes;
  }
  [[nodiscard]] std::string_view content(const token& t) const noexcept {
    return std::string_view(characters_).substr(t.from, t.size);
  }

  std::vector<token> tokens_;
  std::string characters_;
  std::size_t at_ = 0;
  std::string fault_;
};

}  // namespace netanomaly::inline NETANOMALY_MODE::capture
