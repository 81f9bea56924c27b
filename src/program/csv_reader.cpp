// SPDX-License-Identifier: Apache-2.0
#include "csv_reader.hpp"

#include "text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <utility>

namespace netanomaly::program {

namespace {

constexpr std::size_t block = std::size_t{1} << 16;
constexpr std::size_t longest = std::size_t{1} << 26;

bool blank(char c) noexcept { return c == ' ' || c == '\t' || c == '\r'; }

bool numeric(std::string_view text) {
  double number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  return code == std::errc() && end == text.data() + text.size();
}

}  // namespace

unexpected<error> csv_reader::wrong_line(std::string_view what) const {
  return unexpected(error(fmt::format("{}:{}: {}", file_.name(), line_, what)));
}

unexpected<error> csv_reader::wrong(std::size_t column, std::string_view expected, std::string_view hint) const {
  return wrong_line(fmt::format("column {}: expected {}, got '{}'{}", printable(header_[column]), expected,
                                printable(shortened(cells_[column], 60)), hint));
}

/// More of the file behind what is there; false at its end.
result<bool> csv_reader::refill() {
  if (ended_) return false;
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= std::exchange(begin_, 0);
  }
  if (end_ > longest) return wrong_line("expected a record of at most 64 MiB; is a quote not closed?");
  if (buffer_.size() < end_ + block) buffer_.resize(std::max(end_ + block, 2 * buffer_.size()));
  const auto got = file_.read(buffer_.data() + end_, buffer_.size() - end_);
  if (!got) return unexpected(got.error());
  end_ += *got;
  ended_ = *got == 0;
  return !ended_;
}

/// The next record that is not empty, into cells_.
result<bool> csv_reader::record() {
  for (;;) {
    line_ = next_line_;
    const char* found = nullptr;
    std::size_t looked = 0;
    while ((found = static_cast<const char*>(
                std::memchr(buffer_.data() + begin_ + looked, '\n', end_ - begin_ - looked))) == nullptr) {
      looked = end_ - begin_;
      const auto more = refill();
      if (!more) return unexpected(more.error());
      if (!*more) break;
    }
    if (found == nullptr && begin_ == end_) return false;
    const char* const first = buffer_.data() + begin_;
    const char* const last = found != nullptr ? found : buffer_.data() + end_;
    if (std::memchr(first, '"', static_cast<std::size_t>(last - first)) != nullptr) return quoted_record();
    begin_ = static_cast<std::size_t>(last - buffer_.data()) + (found != nullptr ? 1 : 0);
    ++next_line_;
    if (std::all_of(first, last, blank) && (delimiter_ != '\t' || std::find(first, last, '\t') == last)) continue;
    cells_.clear();
    for (const char* at = first;;) {
      const auto* stop = static_cast<const char*>(std::memchr(at, delimiter_, static_cast<std::size_t>(last - at)));
      const char* const next = stop;
      if (stop == nullptr) stop = last;
      const char* from = at;
      while (from < stop && blank(*from)) ++from;
      while (stop > from && blank(stop[-1])) --stop;
      cells_.emplace_back(from, static_cast<std::size_t>(stop - from));
      if (next == nullptr) return true;
      at = next + 1;
    }
  }
}

/// The same where there are quotes: the record may go over several lines.
result<bool> csv_reader::quoted_record() {
  cells_.clear();
  std::size_t quoted = 0, at = 0;  // `at` counts from begin_, which refill() moves
  std::uint64_t lines = 0;
  pending_.clear();
  const auto has = [&]() -> result<bool> {
    while (begin_ + at >= end_) {
      const auto more = refill();
      if (!more) return unexpected(more.error());
      if (!*more) return false;
    }
    return true;
  };
  struct range {
    std::size_t from, to;
  };
  std::vector<range> plain;  // of the cells that are not quoted, from begin_
  for (bool end = false; !end;) {
    auto more = has();
    for (; more && *more && blank(buffer_[begin_ + at]) && buffer_[begin_ + at] != delimiter_; more = has()) ++at;
    if (!more) return unexpected(more.error());
    if (*more && buffer_[begin_ + at] == '"') {
      if (quoted == unquoted_.size()) unquoted_.emplace_back();
      std::string& cell = unquoted_[quoted++];
      cell.clear();
      bool closed = false;
      for (++at; !closed; ++at) {
        more = has();
        if (!more) return unexpected(more.error());
        if (!*more) return wrong_line("a quote opens here and is not closed");
        const char c = buffer_[begin_ + at];
        if (c != '"') {
          lines += c == '\n' ? 1 : 0;
          cell += c;
          continue;
        }
        ++at;
        more = has();
        if (!more) return unexpected(more.error());
        closed = !*more || buffer_[begin_ + at] != '"';
        if (!closed) cell += '"';
        if (closed) --at;
      }
      pending_.push_back(plain.size());
      plain.push_back({0, 0});
    } else {
      plain.push_back({at, at});
    }
    const bool literal = pending_.empty() || pending_.back() + 1 != plain.size();
    for (;; ++at) {  // to the end of the cell
      more = has();
      if (!more) return unexpected(more.error());
      const char c = *more ? buffer_[begin_ + at] : '\n';
      if (c == delimiter_ || c == '\n') {
        if (literal) plain.back().to = at;
        end = c == '\n';
        at += *more ? 1 : 0;
        break;
      }
      if (!literal && !blank(c)) return wrong_line("expected a delimiter after a quoted cell");
    }
  }
  std::size_t next = 0;
  for (std::size_t i = 0; i < plain.size(); ++i) {
    if (next < pending_.size() && pending_[next] == i) {
      cells_.emplace_back(unquoted_[next++]);
      continue;
    }
    std::string_view cell(buffer_.data() + begin_ + plain[i].from, plain[i].to - plain[i].from);
    while (!cell.empty() && blank(cell.back())) cell.remove_suffix(1);
    cells_.push_back(cell);
  }
  begin_ += at;
  next_line_ += lines + 1;
  return true;
}

result<csv_reader> csv_reader::open(const std::string& path) {
  auto file = packed_file::open(path);
  if (!file) return unexpected(std::move(file).error());
  csv_reader r(*std::move(file), path);
  r.line_ = 1;
  while (std::find(r.buffer_.begin() + static_cast<std::ptrdiff_t>(r.begin_),
                   r.buffer_.begin() + static_cast<std::ptrdiff_t>(r.end_),
                   '\n') == r.buffer_.begin() + static_cast<std::ptrdiff_t>(r.end_)) {
    const auto more = r.refill();
    if (!more) return unexpected(more.error());
    if (!*more) break;
  }
  if (std::string_view(r.buffer_.data(), r.end_).starts_with("\xef\xbb\xbf")) r.begin_ = 3;
  const std::string_view start(r.buffer_.data() + r.begin_, r.end_ - r.begin_);
  std::array<std::size_t, 3> counts{};
  constexpr std::string_view delimiters = ",;\t";
  bool inside = false;
  for (const char c : start.substr(0, start.find('\n'))) {
    if (c == '"') inside = !inside;
    if (const std::size_t which = delimiters.find(c); which != std::string_view::npos && !inside) ++counts.at(which);
  }
  r.delimiter_ = delimiters[static_cast<std::size_t>(std::max_element(counts.begin(), counts.end()) - counts.begin())];
  const auto any = r.record();
  if (!any) return unexpected(any.error());
  if (!*any) return r.wrong_line("expected a header with the names of columns, the file is empty");
  for (std::size_t i = 0; i < r.cells_.size(); ++i) {
    std::string name(r.cells_[i]);
    if (name.empty()) name = fmt::format("column_{}", i + 1);
    if (std::find(r.header_.begin(), r.header_.end(), name) != r.header_.end())
      return r.wrong_line(fmt::format("two columns have the name '{}'", printable(name)));
    r.header_.push_back(std::move(name));
  }
  if (std::all_of(r.cells_.begin(), r.cells_.end(), numeric))
    return r.wrong_line(fmt::format("expected a header with the names of columns, got numbers: '{}'",
                                    printable(shortened(start.substr(0, start.find_first_of("\r\n")), 60))));
  return r;
}

result<bool> csv_reader::next() {
  auto any = record();
  if (!any || !*any) return any;
  ++row_;
  if (cells_.size() != header_.size())
    return wrong_line(
        fmt::format("expected {}, as in the header, got {}", counted(header_.size(), "cell", "cells"), cells_.size()));
  return true;
}

bool csv_reader::waits() const noexcept {
  return begin_ == end_ || std::memchr(buffer_.data() + begin_, '\n', end_ - begin_) == nullptr;
}

void csv_reader::remember() {
  kept_.assign(buffer_.data() + begin_, end_ - begin_);
  kept_line_ = next_line_;
  file_.remember();
}

void csv_reader::rewind() {
  file_.rewind();
  buffer_.assign(kept_.begin(), kept_.end());
  kept_ = {};
  begin_ = 0;
  end_ = buffer_.size();
  ended_ = false;
  next_line_ = kept_line_;
  row_ = 0;
}

}  // namespace netanomaly::program
