// SPDX-License-Identifier: Apache-2.0
#include "allow_list.hpp"

#include "files.hpp"
#include "text.hpp"

#include <netanomaly/dns/name.hpp>

#include <fmt/format.h>

#include <algorithm>

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

}  // namespace

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
    const std::string_view name_text = exact ? line.substr(1) : line;
    const auto name = dns::wire_name::from_text(name_text);
    if (!name || name->view().is_root() || name_text.find_first_of(" \t*/") != std::string_view::npos)
      return unexpected(
          error(fmt::format("{}: line {}: expected a domain name such as example.com or =www.example.com, got '{}'",
                            printable(file_name), number, printable(line))));
    (exact ? list.exact_ : list.suffixes_).try_emplace(key_of(*name), list.entries_.size());
    list.entries_.push_back({printable(line), printable(comment), number});
  }
  return list;
}

result<allow_list> allow_list::read(const std::string& path) {
  auto text = read_file(path);
  if (!text) return unexpected(text.error());
  return parse(*text, path);
}

const allow_list::entry* allow_list::covers(std::string_view zone) const {
  const auto name = dns::wire_name::from_text(zone);
  if (!name) return nullptr;
  std::string key = key_of(*name);
  if (const auto at = exact_.find(key); at != exact_.end()) return &entries_[at->second];
  while (key.size() > 1) {  // label by label, so that a suffix ends on a dot
    if (const auto at = suffixes_.find(key); at != suffixes_.end()) return &entries_[at->second];
    key.erase(0, static_cast<unsigned char>(key[0]) + std::size_t{1});
  }
  return nullptr;
}

}  // namespace netanomaly::program
