// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/result.hpp>
#include <netanomaly/core/time.hpp>
#include <netanomaly/dns/address.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace netanomaly::program {

/// Zones that are known and never alarm, from a file with an entry a line:
///
///     example.com          # it and everything under it: www.example.com, not badexample.com
///     =updates.example     # this name alone
///     example.com client=10.0.8.0/22 type=TXT until=2027-03-31  # why
///
/// Letter case does not count; a final dot may stand. # begins a comment, empty lines are ignored. Behind the name may
/// stand what must hold besides: the client's network, a record type that every question has (several types: any of
/// them), and the last day, in UTC, on which the entry is good.
class allow_list {
 public:
  struct network {
    dns::ip_address address;
    unsigned bits = 128;  ///< of the 128 that must agree; IPv4 is mapped
    [[nodiscard]] bool holds(const dns::ip_address& client) const noexcept;
  };
  struct entry {
    std::string text;  ///< as written
    std::string comment;
    std::size_t line = 0;              ///< 0: not from a file
    std::vector<network> clients;      ///< empty: all
    std::vector<std::uint16_t> types;  ///< empty: all
    std::optional<time_point> end;     ///< from here on it is no longer good
  };
  /// What an entry is asked about: a zone in presentation form, who asked for what, and when last.
  struct subject {
    std::string_view zone;
    std::span<const dns::ip_address> clients;
    std::vector<std::uint16_t> types;
    time_point last_seen{};
  };

  /// A zone of one's own, and everything under it.
  [[nodiscard]] result<void> add_local(std::string_view name);

  /// An error names the line and what was expected there.
  [[nodiscard]] static result<allow_list> parse(std::string_view text, const std::string& file_name);
  [[nodiscard]] static result<allow_list> read(const std::string& path);

  /// The entry that covers `s`: of several the one with the longest name, then the first; null where none does.
  [[nodiscard]] const entry* covers(const subject& s) const;
  [[nodiscard]] const std::vector<entry>& entries() const noexcept { return entries_; }

 private:
  std::vector<entry> entries_;
  std::unordered_map<std::string, std::vector<std::size_t>> suffixes_;  // by wire form, lower case
  std::unordered_map<std::string, std::vector<std::size_t>> exact_;
};

}  // namespace netanomaly::program
