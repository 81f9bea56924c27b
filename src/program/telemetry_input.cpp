// SPDX-License-Identifier: Apache-2.0
#include "telemetry_input.hpp"

#include "text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <chrono>
#include <cmath>
#include <utility>

namespace netanomaly::program {

namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

bool number(std::string_view text, double& value) {
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code == std::errc::result_out_of_range) {  // too large, or nothing
    value = text.find("e-") != std::string_view::npos || text.find("E-") != std::string_view::npos
                ? 0
                : std::numeric_limits<double>::infinity() * (text.starts_with('-') ? -1 : 1);
    return end == text.data() + text.size();
  }
  return code == std::errc() && end == text.data() + text.size();
}

/// Takes `digits` digits off the front.
bool digits(std::string_view& text, std::size_t count, int& value) {
  if (text.size() < count) return false;
  value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (text[i] < '0' || text[i] > '9') return false;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return true;
}
bool skip(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<time_point> parse_iso(std::string_view text) {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  if (!digits(text, 4, year) || !skip(text, '-') || !digits(text, 2, month) || !skip(text, '-') ||
      !digits(text, 2, day))
    return std::nullopt;
  const std::chrono::year_month_day date(std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day)));
  if (!date.ok() || year < 1678 || year > 2261) return std::nullopt;
  time_point time = std::chrono::sys_days(date);
  if (text.empty()) return time;
  if (!skip(text, 'T') && !skip(text, 't') && !skip(text, ' ')) return std::nullopt;
  if (!digits(text, 2, hour) || !skip(text, ':') || !digits(text, 2, minute) || hour > 23 || minute > 59)
    return std::nullopt;
  time += std::chrono::hours(hour) + std::chrono::minutes(minute);
  if (skip(text, ':')) {
    if (!digits(text, 2, second) || second > 60) return std::nullopt;
    time += std::chrono::seconds(second);
    if (skip(text, '.') || skip(text, ',')) {
      std::int64_t unit = 100'000'000, fraction = 0;
      if (text.empty() || text[0] < '0' || text[0] > '9') return std::nullopt;
      for (; !text.empty() && text[0] >= '0' && text[0] <= '9'; text.remove_prefix(1), unit /= 10)
        fraction += unit * (text[0] - '0');
      time += duration(fraction);
    }
  }
  skip(text, ' ');
  if (text.empty() || text == "Z" || text == "z" || text == "UTC") return time;
  const bool east = text.front() == '+';
  if (!east && text.front() != '-') return std::nullopt;
  text.remove_prefix(1);
  if (!digits(text, 2, hour)) return std::nullopt;
  minute = 0;
  skip(text, ':');
  if (!text.empty() && (!digits(text, 2, minute) || !text.empty())) return std::nullopt;
  const auto offset = std::chrono::hours(hour) + std::chrono::minutes(minute);
  return east ? time - offset : time + offset;
}

constexpr std::array<std::string_view, 9> time_names{"timestamp", "time",  "date",       "datetime", "ts",
                                                     "epoch",     "_time", "@timestamp", "t"};
constexpr std::array<std::string_view, 6> metric_names{"metric", "name", "series", "key", "metric_name", "target"};
constexpr std::array<std::string_view, 5> value_names{"value", "val", "_value", "datapoint", "v"};

template <std::size_t N>
std::optional<std::size_t> find_any(const std::vector<std::string_view>& cells,
                                    const std::array<std::string_view, N>& names) {
  for (std::size_t i = 0; i < cells.size(); ++i)
    if (std::find(names.begin(), names.end(), lower(cells[i])) != names.end()) return i;
  return std::nullopt;
}

bool says_nothing(std::string_view cell) {
  if (cell.empty() || cell == "-") return true;
  if (cell.size() > 4) return false;
  const std::string text = lower(cell);
  return text == "nan" || text == "null" || text == "none" || text == "na" || text == "n/a";
}

}  // namespace

std::optional<time_point> parse_time(std::string_view text) {
  if (text.size() >= 8 && text[4] == '-') return parse_iso(text);
  std::int64_t whole = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), whole);
  if (code == std::errc() && end == text.data() + text.size()) {
    const std::int64_t size = whole < 0 ? -(whole + 1) : whole;
    const std::int64_t unit = size < 100'000'000'000           ? 1'000'000'000
                              : size < 100'000'000'000'000     ? 1'000'000
                              : size < 100'000'000'000'000'000 ? 1000
                                                               : 1;
    if (size > std::numeric_limits<std::int64_t>::max() / unit) return std::nullopt;
    return time_point(duration(whole * unit));
  }
  double seconds = 0;
  if (!number(text, seconds) || !(std::abs(seconds) < 9e17)) return std::nullopt;
  const double size = std::abs(seconds);
  const double unit = size < 1e11 ? 1e9 : size < 1e14 ? 1e6 : size < 1e17 ? 1e3 : 1;
  if (!(std::abs(seconds * unit) < 9.2e18)) return std::nullopt;
  const double base = std::floor(seconds);
  return time_point(duration(static_cast<std::int64_t>(base) * static_cast<std::int64_t>(unit) +
                             static_cast<std::int64_t>(std::round((seconds - base) * unit))));
}

metric_reader::metric_reader(std::string name, std::string metric, std::string form)
    : name_(std::move(name)), metric_(std::move(metric)), asked_(std::move(form)) {}

unexpected<error> metric_reader::wrong(std::string_view expected, std::string_view got) const {
  return unexpected(error(
      fmt::format("{}:{}: expected {}, got '{}'", printable(name_), lines_, expected, printable(shortened(got, 60)))));
}

void metric_reader::split(std::string_view text) {
  cells_.clear();
  if (form_ == form::graphite) {
    while (!text.empty()) {
      const std::size_t end = std::min(text.find_first_of(" \t"), text.size());
      if (end > 0) cells_.push_back(text.substr(0, end));
      text.remove_prefix(std::min(end + 1, text.size()));
    }
    return;
  }
  std::size_t quoted = 0;
  for (std::size_t at = 0;;) {
    if (at < text.size() && text[at] == '"') {  // "" inside stands for one
      if (quoted == unquoted_.size()) unquoted_.emplace_back();
      std::string& cell = unquoted_[quoted++];
      cell.clear();
      for (++at; at < text.size(); ++at) {
        if (text[at] == '"' && (at + 1 == text.size() || text[at + 1] != '"')) break;
        if (text[at] == '"') ++at;
        cell += text[at];
      }
      at = std::min(text.find(delimiter_, std::min(at + 1, text.size())), text.size());
      cells_.emplace_back();  // set below: the strings may still move
    } else {
      const std::size_t end = std::min(text.find(delimiter_, at), text.size());
      cells_.push_back(trimmed(text.substr(at, end - at)));
      at = end;
    }
    if (at >= text.size()) break;
    ++at;
  }
  if (quoted == 0) return;
  std::size_t next = 0;
  for (std::string_view& cell : cells_)
    if (cell.data() == nullptr) cell = unquoted_[next++];
}

/// Whether the line was a header, and so is done with.
result<bool> metric_reader::recognise(std::string_view text) {
  const bool delimited = text.find_first_of(",;\t") != std::string_view::npos;
  if (asked_ == "graphite" || (asked_.empty() && !delimited && text.find(' ') != std::string_view::npos)) {
    form_ = form::graphite;
    return false;
  }
  delimiter_ = text.find(',') != std::string_view::npos ? ',' : text.find(';') != std::string_view::npos ? ';' : '\t';
  split(text);
  if (cells_.size() < 2) return wrong("timestamp,value", text);
  double ignored = 0;
  const bool header = std::none_of(cells_.begin(), cells_.end(),
                                   [&](std::string_view c) { return number(c, ignored) || parse_time(c).has_value(); });
  const std::size_t count = cells_.size();
  if (header) {
    time_at_ = find_any(cells_, time_names).value_or(0);
    const auto metric = find_any(cells_, metric_names);
    const auto value = find_any(cells_, value_names);
    if (asked_ == "long" || (asked_.empty() && metric && value && count >= 3)) {
      if (!metric || !value) return wrong("columns metric, timestamp and value", text);
      form_ = form::longer;
      metric_at_ = *metric;
      value_at_ = *value;
    } else if (asked_ == "csv" || (asked_.empty() && count == 2)) {
      form_ = form::two;
      value_at_ = value.value_or(time_at_ == 0 ? 1 : 0);
    } else {
      form_ = form::wide;
    }
  } else if (asked_ == "long" || (asked_.empty() && count == 3 && !parse_time(cells_[0]))) {
    form_ = form::longer;
    metric_at_ = 0;
    time_at_ = 1;
    value_at_ = 2;
  } else if (asked_ == "csv" || (asked_.empty() && count == 2)) {
    form_ = form::two;
  } else {
    form_ = form::wide;
  }
  if (form_ == form::wide)
    for (std::size_t i = 0; i < count; ++i)
      columns_.push_back(header ? std::string(cells_[i]) : fmt::format("{}.{}", metric_, i));
  return header;
}

result<void> metric_reader::line(std::string_view text, const take& point) {
  if (++lines_ == 1 && text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  if (text.ends_with('\r')) text.remove_suffix(1);
  if (trimmed(text).empty() || text.front() == '#') return {};
  if (form_ == form::unknown) {
    const auto header = recognise(text);
    if (!header) return unexpected(header.error());
    if (*header) return {};
  }
  split(text);
  return data(point);
}

result<double> metric_reader::value(std::string_view cell) const {
  if (says_nothing(cell)) return std::numeric_limits<double>::quiet_NaN();
  double parsed = 0;
  if (!number(cell, parsed)) return wrong("a number", cell);
  return parsed;
}
result<time_point> metric_reader::time(std::string_view cell) const {
  if (const auto parsed = parse_time(cell)) return *parsed;
  return wrong("a time in ISO 8601 or since 1970", cell);
}

result<void> metric_reader::data(const take& point) {
  if (form_ == form::graphite) {
    if (cells_.size() != 3)
      return wrong("Graphite's 'metric value timestamp'", fmt::format("{} fields", cells_.size()));
    const auto v = value(cells_[1]);
    if (!v) return unexpected(v.error());
    const auto t = time(cells_[2]);
    if (!t) return unexpected(t.error());
    point({cells_[0], *t, *v});
    return {};
  }
  const std::size_t most = std::max({time_at_, value_at_, form_ == form::longer ? metric_at_ : 0});
  if (form_ == form::wide ? cells_.size() != columns_.size() : cells_.size() <= most)
    return wrong(fmt::format("{} cells", form_ == form::wide ? columns_.size() : most + 1),
                 fmt::format("{} cells", cells_.size()));
  const auto t = time(cells_[time_at_]);
  if (!t) return unexpected(t.error());
  if (form_ != form::wide) {
    const auto v = value(cells_[value_at_]);
    if (!v) return unexpected(v.error());
    point({form_ == form::longer ? cells_[metric_at_] : std::string_view(metric_), *t, *v});
    return {};
  }
  for (std::size_t i = 0; i < cells_.size(); ++i) {
    if (i == time_at_) continue;
    const auto v = value(cells_[i]);
    if (!v) return unexpected(v.error());
    point({columns_[i], *t, *v});
  }
  return {};
}

}  // namespace netanomaly::program
