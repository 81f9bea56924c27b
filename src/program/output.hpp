// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/result.hpp>

#include <cstdio>
#include <string>
#include <string_view>

namespace netanomaly::program {

/// A file that the program writes, or standard output. It is opened before the work begins, so that a path that cannot
/// be written is known at once. A pipe that its reader has closed swallows the rest quietly.
class output {
 public:
  /// "-" is standard output.
  [[nodiscard]] static result<output> open(const std::string& path);

  output(const output&) = delete;
  output& operator=(const output&) = delete;
  output(output&& other) noexcept;
  output& operator=(output&& other) noexcept;
  ~output();

  void write(std::string_view text) noexcept;
  /// Brings what was written to its reader, for streams that have no end.
  void flush() noexcept;
  /// Flushes and closes; the first thing that went wrong since opening is told here.
  [[nodiscard]] result<void> close();
  [[nodiscard]] bool is_terminal() const noexcept;

 private:
  output(std::FILE* file, std::string name) noexcept : file_(file), name_(std::move(name)) {}
  std::FILE* file_ = nullptr;
  std::string name_;
  int error_ = 0;
};

}  // namespace netanomaly::program
