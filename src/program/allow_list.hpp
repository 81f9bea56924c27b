// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/result.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace netanomaly::program {

/// Zones that are known and never alarm, from a file with an entry a line:
///
///     example.com          # it and everything under it: www.example.com, not badexample.com
///     =updates.example     # this name alone
///
/// Letter case does not count; a final dot may stand. # begins a comment, empty lines are ignored.
class allow_list {
 public:
  struct entry {
    std::string text;  ///< as written
    std::string comment;
    std::size_t line = 0;
  };

  /// An error names the line and what was expected there.
  [[nodiscard]] static result<allow_list> parse(std::string_view text, const std::string& file_name);
  [[nodiscard]] static result<allow_list> read(const std::string& path);

  /// The entry that covers `zone`, given in presentation form; the longest where several do; null where none does.
  [[nodiscard]] const entry* covers(std::string_view zone) const;
  [[nodiscard]] const std::vector<entry>& entries() const noexcept { return entries_; }

 private:
  std::vector<entry> entries_;
  std::unordered_map<std::string, std::size_t> suffixes_;  // by wire form, lower case
  std::unordered_map<std::string, std::size_t> exact_;
};

}  // namespace netanomaly::program
