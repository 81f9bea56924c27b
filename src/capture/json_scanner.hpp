// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/config.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace netanomaly::inline NETANOMALY_MODE::capture {

/// Reads one JSON text (RFC 8259) from front to back, as its caller asks for the parts: no tree, no recursion.
///
///     scanner.begin(line);
///     if (scanner.object())
///       while (scanner.member(key))
///         if (key == "ts") scanner.scalar(ts); else scanner.skip();
///     if (!scanner.finish()) ... scanner.fault() at octet scanner.position()
///
/// After a fault every question is answered by false. Texts are views into the line or into the scanner, valid until
/// the next begin(). Memory is that of the longest line.
class json_scanner {
 public:
  void begin(std::string_view text);

  /// Enters the object or array that comes next; false, and nothing is read, where another value does.
  [[nodiscard]] bool object();
  [[nodiscard]] bool array();
  /// The next member's name, after which its value must be read or skipped; false at the object's end, which is read.
  [[nodiscard]] bool member(std::string_view& key);
  /// Whether another element comes, which must be read or skipped; at the array's end false, and the end is read.
  [[nodiscard]] bool element();

  /// A string; false, and the value is passed over, where another comes.
  bool text(std::string_view& value);
  /// A string, or a number, true or false as written; false where another value comes, which is passed over.
  bool scalar(std::string_view& value);
  /// Passes over a value of any kind.
  void skip();

  /// Whether all was read, and nothing stands behind.
  [[nodiscard]] bool finish();
  [[nodiscard]] const char* fault() const noexcept { return fault_; }
  [[nodiscard]] std::size_t position() const noexcept { return at_; }
  [[nodiscard]] std::size_t memory_bytes() const noexcept { return decoded_.capacity(); }

 private:
  static constexpr std::size_t deepest = 64;

  bool failed(const char* what) noexcept {
    if (fault_ == nullptr) fault_ = what;
    return false;
  }
  void blank() noexcept;
  [[nodiscard]] bool comes(char c) noexcept;
  bool string(std::string_view* value);
  bool escape();
  [[nodiscard]] std::optional<std::uint32_t> hex4() noexcept;
  bool word(std::string_view& value);
  bool number() noexcept;

  std::string_view text_;
  std::size_t at_ = 0;
  bool first_ = false;  // no member or element has been read since the last opening bracket
  const char* fault_ = nullptr;
  std::string decoded_;  // texts that held escapes; never longer than the line, so that it does not move
};

}  // namespace netanomaly::inline NETANOMALY_MODE::capture
