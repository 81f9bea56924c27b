// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The truth tables: {"description", "columns": [...], "series": [...], "rows": [...]}.
namespace truth {

/// As much of JSON as the tables use. null is NaN.
struct value {
  double number = std::numeric_limits<double>::quiet_NaN();
  std::string text;  // a string's, or a number's literal
  std::vector<value> items;
  std::vector<std::string> names;  // of an object's members, which are in items

  operator double() const { return number; }  // NOLINT(google-explicit-constructor)
  const value& get(std::string_view name) const {
    static const value none;
    for (std::size_t i = 0; i < names.size(); ++i)
      if (names[i] == name) return items[i];
    return none;
  }
  std::vector<double> numbers() const { return {items.begin(), items.end()}; }
};

class parser {
 public:
  explicit parser(std::string_view text) : at_(text.data()), end_(at_ + text.size()) {}
  value read() {
    value v;
    switch (skip()) {
      case '[':
        ++at_;
        while (skip() != ']') {
          v.items.push_back(read());
          if (skip() == ',') ++at_;
        }
        ++at_;
        break;
      case '{':
        ++at_;
        while (skip() != '}') {
          v.names.push_back(string());
          skip();
          ++at_;
          v.items.push_back(read());
          if (skip() == ',') ++at_;
        }
        ++at_;
        break;
      case '"':
        v.text = string();
        break;
      case 't':
      case 'f':
        v.number = *at_ == 't' ? 1 : 0;
        at_ += *at_ == 't' ? 4 : 5;
        break;
      case 'n':
        at_ += 4;
        break;
      default: {
        const char* begin = at_;
        while (at_ != end_ && std::string_view("+-.eE0123456789").find(*at_) != std::string_view::npos) ++at_;
        v.text.assign(begin, at_);
        v.number = std::strtod(v.text.c_str(), nullptr);
        if (begin == at_) std::abort();
      }
    }
    return v;
  }

 private:
  char skip() {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r')) ++at_;
    if (at_ == end_) std::abort();
    return *at_;
  }
  std::string string() {
    std::string s;
    for (++at_; *at_ != '"'; ++at_) {
      if (*at_ == '\\') ++at_;
      s += *at_;
    }
    ++at_;
    return s;
  }
  const char* at_;
  const char* end_;
};

struct table {
  std::vector<std::string> columns;
  std::vector<value> rows;
  std::vector<value> series;

  std::size_t column(std::string_view name) const {
    const auto found = std::find(columns.begin(), columns.end(), name);
    if (found == columns.end()) std::abort();
    return static_cast<std::size_t>(found - columns.begin());
  }
  const value& at(const value& row, std::string_view name) const { return row.items[column(name)]; }
};

/// The whole table where the folder of data is configured; else the part of it that the repository holds. No rows
/// where there is neither.
inline table load(const std::string& name) {
  std::filesystem::path path = std::filesystem::path(NETANOMALY_DATA_DIR) / "stats" / name;
  if (std::string_view(NETANOMALY_DATA_DIR).empty() || !std::filesystem::exists(path))
    path = std::filesystem::path(NETANOMALY_TEST_DATA) / "stats" / name;
  std::ifstream in(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (text.empty()) return {};
  value whole = parser(text).read();
  table t;
  for (const value& c : whole.get("columns").items) t.columns.push_back(c.text);
  t.rows = whole.get("rows").items;
  t.series = whole.get("series").items;
  return t;
}

/// Relative error; 0 where both are 0 or NaN, or the truth is below 1e-300, out of what is promised.
inline double relative_error(double found, double expected) {
  if (found == expected || (std::isnan(found) && std::isnan(expected)) ||
      (std::abs(expected) < 1e-300 && std::abs(found) < 1.0000001e-300))
    return 0;
  const double e = std::abs(found - expected) / std::abs(expected);
  return std::isnan(e) ? std::numeric_limits<double>::infinity() : e;
}

inline std::string print(double x) {
  std::array<char, 32> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "%.17g", x);
  return buffer.data();
}

/// Keeps the largest error and says where it was.
struct worst {
  double error = 0;
  std::string where;
  std::size_t count = 0;
  void add(double found, double expected, const std::string& place = {}) {
    ++count;
    const double e = relative_error(found, expected);
    if (e > error) {
      error = e;
      where = place + " found " + print(found) + " expected " + print(expected);
    }
  }
};

/// The first `n` entries of a row: which one it is.
inline std::string place(const value& row, std::size_t n) {
  std::string s;
  for (std::size_t i = 0; i < n && i < row.items.size(); ++i) s += row.items[i].text + " ";
  return s;
}

}  // namespace truth

/// That something was compared, and how far off it may have been.
#define CHECK_WORST(w, bound)                                \
  do {                                                       \
    INFO(#w ": error " << (w).error << " at " << (w).where); \
    CHECK((w).count > 0);                                    \
    CHECK((w).error <= (bound));                             \
  } while (false)
