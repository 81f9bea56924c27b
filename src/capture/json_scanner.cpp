// SPDX-License-Identifier: Apache-2.0
#include "json_scanner.hpp"

#include <nlohmann/json.hpp>

namespace netanomaly::inline NETANOMALY_MODE::capture {

/// What nlohmann-json calls for each part of a text.
struct json_scanner::events {
  using json = nlohmann::json;
  static constexpr std::size_t deepest = 64;

  json_scanner& to;
  std::size_t depth = 0;

  bool put(token::kind kind, std::string_view content = {}) {
    to.tokens_.push_back(
        {kind, static_cast<std::uint32_t>(to.characters_.size()), static_cast<std::uint32_t>(content.size())});
    to.characters_ += content;
    return true;
  }
  bool open(token::kind kind) {
    if (++depth <= deepest) return put(kind);
    to.fault_ = "nested too deep";
    return false;
  }
  bool close() {
    --depth;
    return put(token::end);
  }

  bool null() { return put(token::null); }
  bool boolean(bool value) { return put(token::word, value ? "true" : "false"); }
  bool number_integer(json::number_integer_t value) { return put(token::word, std::to_string(value)); }
  bool number_unsigned(json::number_unsigned_t value) { return put(token::word, std::to_string(value)); }
  bool number_float(json::number_float_t /*value*/, const std::string& written) { return put(token::word, written); }
  bool string(const std::string& value) { return put(token::string, value); }
  static bool binary(const json::binary_t& /*value*/) { return false; }  // not in texts
  bool start_object(std::size_t /*members*/) { return open(token::object); }
  bool key(const std::string& name) { return put(token::key, name); }
  bool end_object() { return close(); }
  bool start_array(std::size_t /*elements*/) { return open(token::array); }
  bool end_array() { return close(); }
  bool parse_error(std::size_t octet, const std::string& /*last*/, const json::exception& /*what*/) {
    to.fault_ = "no JSON at octet " + std::to_string(octet);
    return false;
  }
};

void json_scanner::begin(std::string_view text) {
  tokens_.clear();
  characters_.clear();
  at_ = 0;
  fault_.clear();
  events to{*this};
  static_cast<void>(nlohmann::json::sax_parse(text, &to));
}

bool json_scanner::member(std::string_view& key) {
  if (enters(token::end) || at_ == tokens_.size()) return false;
  key = content(tokens_[at_++]);
  return true;
}

bool json_scanner::text(std::string_view& value) {
  const bool is = at_ < tokens_.size() && tokens_[at_].is == token::string;
  if (is) value = content(tokens_[at_]);
  skip();
  return is;
}

bool json_scanner::scalar(std::string_view& value) {
  const bool is = at_ < tokens_.size() && (tokens_[at_].is == token::string || tokens_[at_].is == token::word);
  if (is) value = content(tokens_[at_]);
  skip();
  return is;
}

void json_scanner::skip() {
  std::size_t depth = 0;
  for (; at_ < tokens_.size(); ++at_) {
    const token::kind is = tokens_[at_].is;
    if (is == token::object || is == token::array) ++depth;
    if (is == token::end) --depth;
    if (depth == 0 && is != token::key) break;
  }
  if (at_ < tokens_.size()) ++at_;
}

}  // namespace netanomaly::inline NETANOMALY_MODE::capture
