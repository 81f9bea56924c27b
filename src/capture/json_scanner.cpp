// SPDX-License-Identifier: Apache-2.0
#include "json_scanner.hpp"

#include <array>

namespace netanomaly::inline NETANOMALY_MODE::capture {

namespace {

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

/// Octets of the UTF-8 sequence (RFC 3629) at the front of `s`; 0 where there is none.
std::size_t utf8_octets(std::string_view s) noexcept {
  const auto octet = [&](std::size_t i) { return i < s.size() ? static_cast<unsigned char>(s[i]) : 0U; };
  const auto tail = [&](std::size_t i, unsigned least = 0x80, unsigned most = 0xbf) {
    return octet(i) >= least && octet(i) <= most;
  };
  const unsigned first = octet(0);
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return tail(1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef)
    return tail(1, first == 0xe0 ? 0xa0 : 0x80, first == 0xed ? 0x9f : 0xbf) && tail(2) ? 3 : 0;
  if (first >= 0xf0 && first <= 0xf4)
    return tail(1, first == 0xf0 ? 0x90 : 0x80, first == 0xf4 ? 0x8f : 0xbf) && tail(2) && tail(3) ? 4 : 0;
  return 0;
}

}  // namespace

void json_scanner::begin(std::string_view text) {
  text_ = text;
  at_ = 0;
  first_ = false;
  fault_ = nullptr;
  decoded_.clear();
  decoded_.reserve(text.size());
}

void json_scanner::blank() noexcept {
  while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\r' || text_[at_] == '\n'))
    ++at_;
}

bool json_scanner::comes(char c) noexcept {
  if (fault_ != nullptr) return false;
  blank();
  return at_ < text_.size() && text_[at_] == c;
}

bool json_scanner::object() {
  if (!comes('{')) return false;
  ++at_;
  first_ = true;
  return true;
}

bool json_scanner::array() {
  if (!comes('[')) return false;
  ++at_;
  first_ = true;
  return true;
}

bool json_scanner::member(std::string_view& key) {
  if (comes('}')) {
    ++at_;
    first_ = false;
    return false;
  }
  if (!first_) {
    if (!comes(',')) return failed("expected , or } in an object");
    ++at_;
  }
  first_ = false;
  if (!comes('"')) return failed("expected a member's name");
  if (!string(&key)) return false;
  if (!comes(':')) return failed("expected : behind a member's name");
  ++at_;
  return true;
}

bool json_scanner::element() {
  if (comes(']')) {
    ++at_;
    first_ = false;
    return false;
  }
  if (!first_) {
    if (!comes(',')) return failed("expected , or ] in an array");
    ++at_;
  }
  first_ = false;
  return fault_ == nullptr;
}

bool json_scanner::text(std::string_view& value) {
  if (comes('"')) return string(&value);
  skip();
  return false;
}

bool json_scanner::scalar(std::string_view& value) {
  if (comes('"')) return string(&value);
  if (comes('{') || comes('[')) {
    skip();
    return false;
  }
  return word(value) && value != "null";
}

void json_scanner::skip() {
  std::array<char, deepest> open{};  // brackets
  std::size_t depth = 0;
  std::string_view ignored;
  do {
    if (depth > 0) {
      if (open[depth - 1] == '{' ? !member(ignored) : !element()) {
        if (fault_ != nullptr) return;
        --depth;
        continue;
      }
    }
    if (comes('"')) {
      if (!string(nullptr)) return;
    } else if (comes('{') || comes('[')) {
      if (depth == deepest) {
        failed("nested too deep");
        return;
      }
      open[depth++] = text_[at_++];
      first_ = true;
    } else if (!word(ignored)) {
      return;
    }
  } while (depth > 0);
}

bool json_scanner::finish() {
  if (fault_ != nullptr) return false;
  blank();
  return at_ == text_.size() || failed("something stands behind the object");
}

/// A string, whose opening quote comes next.
bool json_scanner::string(std::string_view* value) {
  const std::size_t from = ++at_;
  const std::size_t kept = decoded_.size();
  bool copied = false;
  std::size_t plain = from;  // what has not been copied yet
  while (at_ < text_.size()) {
    const auto c = static_cast<unsigned char>(text_[at_]);
    if (c == '"') {
      if (copied) decoded_.append(text_, plain, at_ - plain);
      if (value != nullptr)
        *value = copied ? std::string_view(decoded_).substr(kept) : text_.substr(from, at_ - from);
      else
        decoded_.resize(kept);
      ++at_;
      return true;
    }
    if (c == '\\') {
      decoded_.append(text_, plain, at_ - plain);
      copied = true;
      if (!escape()) return false;
      plain = at_;
      continue;
    }
    if (c < 0x20) return failed("a control character in a string");
    const std::size_t octets = c < 0x80 ? 1 : utf8_octets(text_.substr(at_));
    if (octets == 0) return failed("a string that is not UTF-8");
    at_ += octets;
  }
  return failed("a string without an end");
}

bool json_scanner::escape() {
  if (++at_ == text_.size()) return failed("a string without an end");
  constexpr std::string_view codes = "\"\\/bfnrt";
  constexpr std::string_view meant = "\"\\/\b\f\n\r\t";
  const char c = text_[at_++];
  if (const auto known = codes.find(c); known != std::string_view::npos) {
    decoded_ += meant[known];
    return true;
  }
  if (c != 'u') return failed("an unknown escape");
  auto unit = hex4();
  if (!unit) return failed("an escape without four digits");
  std::uint32_t point = *unit;
  if (point >= 0xdc00 && point <= 0xdfff) return failed("half of a surrogate pair");
  if (point >= 0xd800 && point <= 0xdbff) {
    if (text_.substr(at_, 2) != "\\u") return failed("half of a surrogate pair");
    at_ += 2;
    unit = hex4();
    if (!unit || *unit < 0xdc00 || *unit > 0xdfff) return failed("half of a surrogate pair");
    point = 0x10000 + ((point - 0xd800) << 10) + (*unit - 0xdc00);
  }
  const auto add = [this](std::uint32_t octet) { decoded_ += static_cast<char>(octet); };
  if (point < 0x80) {
    add(point);
  } else if (point < 0x800) {
    add(0xc0 | point >> 6);
    add(0x80 | (point & 0x3f));
  } else if (point < 0x10000) {
    add(0xe0 | point >> 12);
    add(0x80 | (point >> 6 & 0x3f));
    add(0x80 | (point & 0x3f));
  } else {
    add(0xf0 | point >> 18);
    add(0x80 | (point >> 12 & 0x3f));
    add(0x80 | (point >> 6 & 0x3f));
    add(0x80 | (point & 0x3f));
  }
  return true;
}

std::optional<std::uint32_t> json_scanner::hex4() noexcept {
  if (text_.size() - at_ < 4) return std::nullopt;
  std::uint32_t value = 0;
  for (int i = 0; i < 4; ++i) {
    const char c = text_[at_++];
    const int digit = is_digit(c)            ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (digit < 0) return std::nullopt;
    value = value << 4 | static_cast<std::uint32_t>(digit);
  }
  return value;
}

/// A number, true, false or null.
bool json_scanner::word(std::string_view& value) {
  if (fault_ != nullptr) return false;
  blank();
  const std::size_t from = at_;
  for (const std::string_view known : {"true", "false", "null"})
    if (at_ == from && text_.substr(at_, known.size()) == known) at_ += known.size();
  if (at_ == from && !number()) return failed("expected a value");
  value = text_.substr(from, at_ - from);
  return true;
}

bool json_scanner::number() noexcept {
  const auto digits = [this] {
    const std::size_t from = at_;
    while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
    return at_ > from;
  };
  const auto one_of = [this](std::string_view any) {
    const bool is = at_ < text_.size() && any.find(text_[at_]) != std::string_view::npos;
    at_ += is ? 1 : 0;
    return is;
  };
  one_of("-");
  if (!one_of("0") && !digits()) return false;
  if (one_of(".") && !digits()) return false;
  if (one_of("eE")) {
    one_of("+-");
    if (!digits()) return false;
  }
  return true;
}

}  // namespace netanomaly::inline NETANOMALY_MODE::capture
