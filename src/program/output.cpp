// SPDX-License-Identifier: Apache-2.0
#include "output.hpp"

#include "text.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace netanomaly::program {

result<output> output::open(const std::string& path) {
  if (path == "-") return output(stdout, "standard output");
  std::FILE* file = std::fopen(path.c_str(), "wb");
  if (file == nullptr)
    return unexpected(error(fmt::format("{}: cannot be written: {}", printable(path), std::strerror(errno))));
  return output(file, path);
}

output::output(output&& other) noexcept
    : file_(std::exchange(other.file_, nullptr)), name_(std::move(other.name_)), error_(other.error_) {}

output& output::operator=(output&& other) noexcept {
  std::swap(file_, other.file_);
  std::swap(name_, other.name_);
  std::swap(error_, other.error_);
  return *this;
}

output::~output() {
  if (file_ != nullptr && file_ != stdout) (void)std::fclose(file_);
}

void output::write(std::string_view text) noexcept {
  if (error_ == 0 && std::fwrite(text.data(), 1, text.size(), file_) != text.size()) error_ = errno;
}

void output::flush() noexcept {
  if (error_ == 0 && std::fflush(file_) != 0) error_ = errno;
}

result<void> output::close() {
  std::FILE* const file = std::exchange(file_, nullptr);
  const int closed = file == stdout ? std::fflush(file) : std::fclose(file);
  if (closed != 0 && error_ == 0) error_ = errno;
  if (error_ == 0 || error_ == EPIPE) return {};
  return unexpected(error(fmt::format("{}: cannot be written: {}", printable(name_), std::strerror(error_))));
}

bool output::is_terminal() const noexcept { return isatty(fileno(file_)) != 0; }

}  // namespace netanomaly::program
