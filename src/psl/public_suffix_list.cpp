// SPDX-License-Identifier: Apache-2.0
#include <netanomaly/psl/public_suffix_list.hpp>

#include <libpsl.h>

#include <array>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

namespace netanomaly::inline NETANOMALY_MODE::psl {

namespace {

constexpr std::size_t most_labels = 6;  // of a rule

/// The octet as a rule would have it; 0 for one that no rule has.
char rule_character(std::byte octet) noexcept {
  const auto c = static_cast<char>(octet);
  if (c >= 'A' && c <= 'Z') return static_cast<char>(c + ('a' - 'A'));
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ? c : '\0';
}

}  // namespace

result<public_suffix_list> public_suffix_list::builtin() {
  const psl_ctx_t* const list = psl_builtin();
  if (list == nullptr) return unexpected(error("this libpsl carries no public suffix list; give a file"));
  return public_suffix_list(std::shared_ptr<const psl_ctx_st>(list, [](const psl_ctx_st*) {}));
}

result<public_suffix_list> public_suffix_list::load(const std::string& file) {
  std::error_code code;
  if (!std::filesystem::is_regular_file(file, code))  // libpsl reads a folder as an empty list
    return unexpected(error(file + ": " + (code ? code.message() : std::string("not a file"))));
  psl_ctx_t* const list = psl_load_file(file.c_str());
  if (list == nullptr) return unexpected(error(file + ": cannot be read as a public suffix list"));
  std::shared_ptr<const psl_ctx_st> owned(list, [list](const psl_ctx_st*) { psl_free(list); });
  if (psl_suffix_count(list) == 0) return unexpected(error(file + ": holds no public suffix"));
  return public_suffix_list(std::move(owned));
}

dns::suffix_split public_suffix_list::operator()(std::span<const std::byte> wire_name) const noexcept {
  std::array<std::uint8_t, 128> starts;  // NOLINT(cppcoreguidelines-pro-type-member-init): written before it is read
  std::size_t labels = 0;
  for (std::size_t at = 0; at < wire_name.size() && labels < starts.size() && at < 255;) {
    const auto length = std::to_integer<std::size_t>(wire_name[at]);
    if (length == 0 || length > 63 || at + length >= wire_name.size()) break;
    starts[labels++] = static_cast<std::uint8_t>(at);
    at += 1 + length;
  }
  // the rightmost labels as text; "-" is no label of any rule, and stands for one that cannot be
  const std::size_t first = labels > most_labels ? labels - most_labels : 0;
  std::array<char, most_labels * 64 + 1> text;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  char* end = text.data();
  for (std::size_t i = first; i < labels; ++i) {
    if (i != first) *end++ = '.';
    char* const begin = end;
    for (const std::byte octet :
         wire_name.subspan(starts[i] + 1U, std::to_integer<std::size_t>(wire_name[starts[i]]))) {
      *end = rule_character(octet);
      if (*end++ == '\0') {
        end = begin;
        *end++ = '-';
        break;
      }
    }
  }
  *end = '\0';
  const char* suffix = labels == 0 ? nullptr : psl_unregistrable_domain(list_.get(), text.data());
  std::size_t suffix_labels = 1;
  for (; suffix != nullptr && (suffix = std::strchr(suffix, '.')) != nullptr; ++suffix) ++suffix_labels;
  if (labels <= suffix_labels) return {};
  return {starts[labels - suffix_labels - 1], starts[labels - suffix_labels]};
}

std::optional<std::size_t> public_suffix_list::rules() const noexcept {
  const int suffixes = psl_suffix_count(list_.get());
  if (suffixes < 0) return std::nullopt;
  return static_cast<std::size_t>(suffixes);
}

}  // namespace netanomaly::inline NETANOMALY_MODE::psl
