// SPDX-License-Identifier: Apache-2.0
#include "state_directory.hpp"

#include "files.hpp"
#include "text.hpp"

#include <netanomaly/core/state.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <limits>
#include <utility>

namespace netanomaly::program {

namespace {

result<state_directory::saved> read_all(state_reader& in) {
  if (!in) return unexpected(in.error());
  auto detector = dns::tunnel_detector::load(in);
  if (!detector) return unexpected(std::move(detector).error());
  state_directory::saved all{*std::move(detector), {}};
  if (in.remaining() > 0) {
    auto incidents = dns::incidents::load(in);
    if (!incidents) return unexpected(std::move(incidents).error());
    all.incidents = *std::move(incidents);
  }
  if (auto end = in.finish(); !end) return unexpected(std::move(end).error());
  return all;
}

}  // namespace

result<state_directory> state_directory::open(const std::string& path) {
  if (auto made = make_directory(path); !made) return unexpected(std::move(made).error());
  const int lock = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (lock < 0)
    return unexpected(error(fmt::format("{}: cannot be opened: {}", printable(path), std::strerror(errno))));
  state_directory directory(path + (path.ends_with('/') ? "dns.state" : "/dns.state"), lock);
  if (::flock(lock, LOCK_EX | LOCK_NB) != 0)
    return unexpected(error(fmt::format("{}: another netanomaly is using this state", printable(path))));
  return directory;
}

state_directory::state_directory(state_directory&& other) noexcept
    : file_(std::move(other.file_)), lock_(std::exchange(other.lock_, -1)) {}

state_directory::~state_directory() {
  if (lock_ >= 0) ::close(lock_);
}

result<std::optional<state_directory::saved>> state_directory::load() const {
  auto bytes = read_if_exists(file_);
  if (!bytes) return unexpected(std::move(bytes).error());
  const std::optional<std::vector<std::byte>>& content = *bytes;
  if (!content) return std::optional<saved>();
  // The file's checksum is good or it is refused; what it asks for is bounded by some small multiple of its length.
  const std::size_t budget = std::max(state_reader::default_budget, 16 * content->size());
  state_reader in(*content, budget);
  auto all = read_all(in);
  if (!all)
    return unexpected(error(fmt::format("{}: {}; it is left as it is: move it away to begin anew", printable(file_),
                                        all.error().message())));
  return std::optional(*std::move(all));
}

result<void> state_directory::save(const dns::tunnel_detector& detector, const dns::incidents& incidents) const {
  std::vector<std::byte> bytes;
  auto append = [&bytes](std::span<const std::byte> more) { bytes.insert(bytes.end(), more.begin(), more.end()); };
  state_writer out(append);
  detector.save(out);
  incidents.save(out);
  (void)out.finish();  // a vector takes all
  return replace_file(file_, bytes);
}

}  // namespace netanomaly::program
