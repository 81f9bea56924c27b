// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "packed_file.hpp"

#include <netanomaly/core/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace netanomaly::program {

/// A table with a header, as CSV: cells divided by commas, semicolons or tabs (told from the header), quoted where need
/// be (RFC 4180: a quoted cell may hold delimiters, line ends and doubled quotes). Spaces around cells that are not
/// quoted are cut off; empty lines are left out. What is held is a record at a time.
class csv_reader {
 public:
  /// Reads the header.
  [[nodiscard]] static result<csv_reader> open(const std::string& path);

  [[nodiscard]] const std::vector<std::string>& header() const noexcept { return header_; }
  /// The next record, or false at the end. It has as many cells as the header, or there is an error that names the
  /// line.
  [[nodiscard]] result<bool> next();
  /// Of the record; valid until the next one.
  [[nodiscard]] const std::vector<std::string_view>& cells() const noexcept { return cells_; }
  /// Where the record begins, from 1.
  [[nodiscard]] std::uint64_t line() const noexcept { return line_; }
  /// Whether the next record has yet to be waited for: the time to bring what was written to its reader.
  [[nodiscard]] bool waits() const noexcept;
  /// From 1; the header is none.
  [[nodiscard]] std::uint64_t row() const noexcept { return row_; }
  [[nodiscard]] const packed_file& file() const noexcept { return file_; }
  [[nodiscard]] const std::string& name() const noexcept { return file_.name(); }  ///< for messages
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  /// "flows.csv:17: column bytes: expected ..., got '...'".
  [[nodiscard]] unexpected<error> wrong(std::size_t column, std::string_view expected,
                                        std::string_view hint = {}) const;

  /// What is read from here on comes again after rewind(): for looking ahead on a pipe.
  void remember();
  /// Back to the first row.
  void rewind();

 private:
  csv_reader(packed_file file, std::string path) : file_(std::move(file)), path_(std::move(path)) {}
  [[nodiscard]] result<bool> refill();
  [[nodiscard]] result<bool> record();
  [[nodiscard]] result<bool> quoted_record();
  [[nodiscard]] unexpected<error> wrong_line(std::string_view what) const;

  packed_file file_;
  std::string path_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0, end_ = 0;
  bool ended_ = false;
  char delimiter_ = ',';
  std::vector<std::string> header_;
  std::vector<std::string_view> cells_;
  std::vector<std::string> unquoted_;
  std::vector<std::size_t> pending_;  // cells that stand in unquoted_
  std::uint64_t line_ = 0, next_line_ = 1, row_ = 0;
  std::string kept_;  // what the buffer held when remember() was called
  std::uint64_t kept_line_ = 0;
};

}  // namespace netanomaly::program
