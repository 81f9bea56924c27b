// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cctype>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace netanomaly::bench {

/// Walks a JSON text and calls `leaf(path, value)` for each number, string and literal: the path holds the keys and the
/// indices on the way to it. Enough for the files of NAB, whose strings have no escapes; false where the text is no
/// JSON.
template <class Leaf>
class json_walk {
 public:
  json_walk(std::string_view text, Leaf leaf) : text_(text), leaf_(std::move(leaf)) {}
  bool run() { return value() && (skip(), at_ == text_.size()); }

 private:
  void skip() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
  }
  bool take(char c) {
    skip();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool string(std::string_view& out) {
    if (!take('"')) return false;
    const std::size_t end = text_.find('"', at_);
    if (end == std::string_view::npos) return false;
    out = text_.substr(at_, end - at_);
    at_ = end + 1;
    return true;
  }
  bool value() {
    skip();
    if (at_ == text_.size()) return false;
    if (text_[at_] == '{') return members('{', '}');
    if (text_[at_] == '[') return members('[', ']');
    std::string_view leaf;
    if (text_[at_] == '"') {
      if (!string(leaf)) return false;
    } else {
      const std::size_t begin = at_;
      while (at_ < text_.size() && text_[at_] != ',' && text_[at_] != '}' && text_[at_] != ']' &&
             std::isspace(static_cast<unsigned char>(text_[at_])) == 0)
        ++at_;
      leaf = text_.substr(begin, at_ - begin);
    }
    leaf_(path_, leaf);
    return true;
  }
  bool members(char open, char close) {
    if (!take(open)) return false;
    if (take(close)) return true;
    for (std::size_t index = 0;; ++index) {
      std::string_view key;
      if (open == '{' && !(string(key) && take(':'))) return false;
      path_.push_back(open == '{' ? std::string(key) : std::to_string(index));
      if (!value()) return false;
      path_.pop_back();
      if (take(close)) return true;
      if (!take(',')) return false;
    }
  }

  std::string_view text_;
  Leaf leaf_;
  std::size_t at_ = 0;
  std::vector<std::string> path_;
};

}  // namespace netanomaly::bench
