// SPDX-License-Identifier: Apache-2.0
#include "files.hpp"

#include "sha256.hpp"
#include "text.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <system_error>

namespace netanomaly::program {

namespace {

unexpected<error> failed(const std::string& path, std::string_view what) {
  return unexpected(error(fmt::format("{}: {}: {}", printable(path), what, std::strerror(errno))));
}

/// A descriptor that closes itself.
class descriptor {
 public:
  explicit descriptor(int number) noexcept : number_(number) {}
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  descriptor(descriptor&&) = delete;
  descriptor& operator=(descriptor&&) = delete;
  ~descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  [[nodiscard]] int get() const noexcept { return number_; }
  [[nodiscard]] bool close() noexcept { return ::close(std::exchange(number_, -1)) == 0; }

 private:
  int number_;
};

template <class Take>
result<void> read_all(const std::string& path, const descriptor& file, Take take) {
  std::array<char, 65536> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled by read
  for (;;) {
    const ssize_t got = ::read(file.get(), buffer.data(), buffer.size());
    if (got == 0) return {};
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed(path, "cannot be read");
    take(std::string_view(buffer.data(), static_cast<std::size_t>(got)));
  }
}

}  // namespace

result<std::string> read_file(const std::string& path) {
  const descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return failed(path, "cannot be opened");
  std::string text;
  if (auto read = read_all(path, file, [&](std::string_view part) { text += part; }); !read)
    return unexpected(std::move(read).error());
  return text;
}

result<std::optional<std::vector<std::byte>>> read_if_exists(const std::string& path) {
  const descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0 && errno == ENOENT) return std::optional<std::vector<std::byte>>();
  if (file.get() < 0) return failed(path, "cannot be opened");
  std::vector<std::byte> bytes;
  auto read = read_all(path, file, [&](std::string_view part) {
    const auto as_bytes = std::as_bytes(std::span(part));
    bytes.insert(bytes.end(), as_bytes.begin(), as_bytes.end());
  });
  if (!read) return unexpected(std::move(read).error());
  return std::optional(std::move(bytes));
}

result<void> replace_file(const std::string& path, std::span<const std::byte> bytes, file_access access) {
  std::string temporary = path + ".XXXXXX";
  descriptor file(::mkstemp(temporary.data()));
  if (file.get() < 0) return failed(path, "cannot be written");
  const auto give_up = [&](std::string_view what) {
    auto wrong = failed(path, what);
    ::unlink(temporary.c_str());
    return wrong;
  };
  while (!bytes.empty()) {
    const ssize_t put = ::write(file.get(), bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return give_up("cannot be written");
    bytes = bytes.subspan(static_cast<std::size_t>(put));
  }
  if (access == file_access::usual) {
    const mode_t mask = ::umask(0);
    ::umask(mask);
    if (::fchmod(file.get(), 0666 & ~mask) != 0) return give_up("cannot be written");
  }
  if (::fsync(file.get()) != 0 || !file.close()) return give_up("cannot be written");
  if (::rename(temporary.c_str(), path.c_str()) != 0) return give_up("cannot be replaced");
  const std::filesystem::path parent = std::filesystem::path(path).parent_path();
  const descriptor directory(::open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.get() >= 0) ::fsync(directory.get());  // the rename itself; not all file systems can
  return {};
}

result<void> make_directory(const std::string& path) {
  std::error_code code;
  std::filesystem::create_directories(path, code);
  if (code || !std::filesystem::is_directory(path, code))
    return unexpected(error(fmt::format("{}: cannot be made a directory: {}", printable(path),
                                        code ? code.message() : std::strerror(ENOTDIR))));
  return {};
}

std::string file_hash(const std::string& path) {
  struct stat what {};
  const descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0 || ::fstat(file.get(), &what) != 0 || !S_ISREG(what.st_mode)) return {};
  sha256 hash;
  if (!read_all(path, file, [&](std::string_view part) { hash.update(part); })) return {};
  return hex(hash.finish());
}

}  // namespace netanomaly::program
