// SPDX-License-Identifier: Apache-2.0
#include "allow_list.hpp"

#include "files.hpp"
#include "text.hpp"

#include <netanomaly/dns/name.hpp>
#include <netanomaly/dns/types.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>

namespace netanomaly::program {

namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blank = " \t\r";
  const std::size_t begin = std::min(text.find_first_not_of(blank), text.size());
  text.remove_prefix(begin);
  return text.substr(0, text.find_last_not_of(blank) + 1);
}

std::string key_of(const dns::wire_name& name) {
  const dns::wire_name lower = name.lowered();
  return {reinterpret_cast<const char*>(lower.wire().data()), lower.wire().size()};
}

template <class Int>
bool take_number(std::string_view text, Int& number) {
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  return code == std::errc() && end == text.data() + text.size();
}

std::optional<allow_list::network> to_network(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto address = dns::ip_address::parse(text.substr(0, slash));
  if (!address) return std::nullopt;
  const unsigned most = address->is_v4() ? 32 : 128;
  unsigned bits = most;
  if (slash != std::string_view::npos && (!take_number(text.substr(slash + 1), bits) || bits > most))
    return std::nullopt;
  return allow_list::network{*address, bits + 128 - most};
}

/// The end of the day that `text`, such as 2027-03-31, names.
std::optional<time_point> end_of(std::string_view text) {
  int year = 0;
  unsigned month = 0, day = 0;
  if (text.size() != 10 || text[4] != '-' || text[7] != '-' || !take_number(text.substr(0, 4), year) ||
      !take_number(text.substr(5, 2), month) || !take_number(text.substr(8), day))
    return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month), std::chrono::day(day)};
  if (!date.ok() || year < 1970 || year > 2261) return std::nullopt;
  return std::chrono::sys_days(date) + std::chrono::days(1);
}

/// Takes one condition into `e`; what was expected where it is none.
std::optional<std::string_view> take_condition(std::string_view word, allow_list::entry& e) {
  const std::size_t sign = word.find('=');
  const std::string_view key = word.substr(0, sign);
  const std::string_view value = sign == std::string_view::npos ? std::string_view() : word.substr(sign + 1);
  if (key == "client") {
    const auto network = to_network(value);
    if (!network) return "client= and a network such as 10.0.8.0/22";
    e.clients.push_back(*network);
  } else if (key == "type") {
    const auto type = dns::type_from_text(value);
    if (!type) return "type= and a record type such as TXT";
    e.types.push_back(*type);
  } else if (key == "until") {
    e.end = end_of(value);
    if (!e.end) return "until= and a day such as 2027-03-31";
  } else {
    return "client=, type= or until= behind the name";
  }
  return std::nullopt;
}

bool holds(const allow_list::entry& e, const allow_list::subject& s) {
  const auto client_is_named = [&](const dns::ip_address& client) {
    return std::ranges::any_of(e.clients, [&](const allow_list::network& n) { return n.holds(client); });
  };
  const auto type_is_named = [&](std::uint16_t type) { return std::ranges::find(e.types, type) != e.types.end(); };
  return (e.clients.empty() || std::ranges::all_of(s.clients, client_is_named)) &&
         (e.types.empty() || std::ranges::all_of(s.types, type_is_named)) && (!e.end || s.last_seen < *e.end);
}

}  // namespace

bool allow_list::network::holds(const dns::ip_address& client) const noexcept {
  const auto& mine = address.octets();
  const auto& theirs = client.octets();
  const unsigned whole = bits / 8, rest = bits % 8;
  if (!std::equal(mine.begin(), mine.begin() + whole, theirs.begin())) return false;
  return rest == 0 || std::to_integer<unsigned>(mine[whole] ^ theirs[whole]) >> (8 - rest) == 0;
}

result<void> allow_list::add_local(std::string_view name_text) {
  const auto name = dns::wire_name::from_text(name_text);
  if (!name || name->view().is_root() || name_text.find_first_of(" \t*/") != std::string_view::npos)
    return unexpected(error(
        fmt::format("--local-zone: expected a domain name such as corp.example, got '{}'", printable(name_text))));
  suffixes_[key_of(*name)].push_back(entries_.size());
  entries_.push_back({"local zone " + printable(name_text), {}, 0, {}, {}, {}});
  return {};
}

result<allow_list> allow_list::parse(std::string_view text, const std::string& file_name) {
  allow_list list;
  std::size_t number = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    const std::size_t hash = line.find('#');
    const std::string_view comment =
        hash == std::string_view::npos ? std::string_view() : trimmed(line.substr(hash + 1));
    line = trimmed(line.substr(0, hash));
    if (line.empty()) continue;
    const bool exact = line.starts_with('=');
    const std::size_t blank = std::min(line.find_first_of(" \t"), line.size());
    const std::string_view name_text = line.substr(exact ? 1 : 0, blank - (exact ? 1 : 0));
    const auto name = dns::wire_name::from_text(name_text);
    if (!name || name->view().is_root() || name_text.find_first_of(" \t*/") != std::string_view::npos)
      return unexpected(
          error(fmt::format("{}: line {}: expected a domain name such as example.com or =www.example.com, got '{}'",
                            printable(file_name), number, printable(line))));
    entry e{printable(line), printable(comment), number, {}, {}, {}};
    for (std::string_view rest = trimmed(line.substr(blank)); !rest.empty();) {
      const std::string_view word = rest.substr(0, rest.find_first_of(" \t"));
      if (const auto expected = take_condition(word, e))
        return unexpected(error(fmt::format("{}: line {}: expected {}, got '{}'", printable(file_name), number,
                                            *expected, printable(word))));
      rest = trimmed(rest.substr(word.size()));
    }
    (exact ? list.exact_ : list.suffixes_)[key_of(*name)].push_back(list.entries_.size());
    list.entries_.push_back(std::move(e));
  }
  return list;
}

result<allow_list> allow_list::read(const std::string& path) {
  auto text = read_file(path);
  if (!text) return unexpected(text.error());
  return parse(*text, path);
}

const allow_list::entry* allow_list::covers(const subject& s) const {
  const auto name = dns::wire_name::from_text(s.zone);
  if (!name) return nullptr;
  std::string key = key_of(*name);
  const auto first_of = [&](const auto& table) -> const entry* {
    if (const auto at = table.find(key); at != table.end())
      for (const std::size_t i : at->second)
        if (holds(entries_[i], s)) return &entries_[i];
    return nullptr;
  };
  if (const entry* e = first_of(exact_)) return e;
  while (key.size() > 1) {  // label by label, so that a suffix ends on a dot
    if (const entry* e = first_of(suffixes_)) return e;
    key.erase(0, static_cast<unsigned char>(key[0]) + std::size_t{1});
  }
  return nullptr;
}

}  // namespace netanomaly::program
