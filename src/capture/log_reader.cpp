// SPDX-License-Identifier: Apache-2.0
#include "log_reader.hpp"

#include <netanomaly/dns/detail/wire.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace netanomaly::inline NETANOMALY_MODE::capture {

result<std::unique_ptr<followed_file>> followed_file::open(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);  // NOLINT(cppcoreguidelines-pro-type-vararg)
  if (descriptor < 0) return unexpected(error(std::generic_category().message(errno)));
  std::unique_ptr<followed_file> file(new followed_file(path, descriptor));
  struct stat s = {};
  if (::fstat(descriptor, &s) != 0 || !S_ISREG(s.st_mode))
    return unexpected(error("not a file; only files are followed, a pipe is read as it comes without"));
  return file;
}

followed_file::~followed_file() { ::close(descriptor_); }

std::size_t followed_file::read_on(std::byte* to, std::size_t size) {
  for (;;) {
    const ssize_t got = ::read(descriptor_, to, size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      set_fault("reading failed: " + std::generic_category().message(errno));
      return 0;
    }
    const auto n = static_cast<std::size_t>(got);
    if (position_ < head_octets && n > 0) {
      const std::size_t kept = std::min(n, head_octets - static_cast<std::size_t>(position_));
      std::copy_n(to, kept, head_.begin() + static_cast<std::ptrdiff_t>(position_));
      head_size_ = static_cast<std::size_t>(position_) + kept;
    }
    position_ += n;
    return n;
  }
}

/// The file was emptied, or written again from its beginning, since it was read last.
bool followed_file::begun_anew() {
  struct stat s = {};
  if (::fstat(descriptor_, &s) != 0) return false;
  if (static_cast<std::uint64_t>(s.st_size) < position_) return true;
  if (static_cast<std::uint64_t>(s.st_size) == position_) return false;
  std::array<std::byte, head_octets> now{};
  const ssize_t got = ::pread(descriptor_, now.data(), head_size_, 0);
  return got == static_cast<ssize_t>(head_size_) && std::memcmp(now.data(), head_.data(), head_size_) != 0;
}

void followed_file::rewind() noexcept {
  position_ = 0;
  head_size_ = 0;
  was_idle_ = false;
  ++number_;
}

std::size_t followed_file::read(std::byte* to, std::size_t size) {
  if (was_idle_ && begun_anew()) {
    ::lseek(descriptor_, 0, SEEK_SET);
    rewind();
    return 0;
  }
  if (const std::size_t got = read_on(to, size); got > 0) {
    was_idle_ = false;
    return got;
  }
  was_idle_ = true;
  struct stat here = {};
  struct stat there = {};
  if (::fstat(descriptor_, &here) != 0 || ::stat(path_.c_str(), &there) != 0) return 0;
  if ((here.st_ino == there.st_ino && here.st_dev == there.st_dev) || there.st_size == 0 || !S_ISREG(there.st_mode))
    return 0;
  // Whoever writes has gone over to the new file, so that the old one is complete: what came to it since is read first.
  if (const std::size_t got = read_on(to, size); got > 0) return got;
  const int next = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);  // NOLINT(cppcoreguidelines-pro-type-vararg)
  if (next < 0) return 0;
  ::close(std::exchange(descriptor_, next));
  rewind();
  return 0;
}

log_reader::log_reader(std::string name, const options& how)
    : name_(std::move(name)), join_(65536, how.decoding.seed), recent_(recent_places), seed_(how.decoding.seed) {
  zeek_.begin_file();
}

bool log_reader::recognises(buffered_input& in) {
  // As few octets as will do: a pipe may have no more yet.
  const auto at = [&](std::size_t i) {
    const octets some = in.peek(i + 1);
    return i < some.size() ? std::to_integer<int>(some[i]) : -1;
  };
  std::size_t i = at(0) == 0xef && at(1) == 0xbb && at(2) == 0xbf ? 3 : 0;  // some editors begin UTF-8 so
  while (i < 64 && (at(i) == ' ' || at(i) == '\t' || at(i) == '\r' || at(i) == '\n')) ++i;
  if (at(i) == '{') return true;
  return at(i) == '#' && at(i + 1) >= 'a' && at(i + 1) <= 'z';
}

source::status log_reader::read(buffered_input& in, const followed_file* followed, handler& to, std::size_t lines) {
  std::size_t searched = 0;
  for (std::size_t read = 0; read < lines;) {
    const octets some = in.buffered();
    const auto* const text = reinterpret_cast<const char*>(some.data());
    const void* const end =
        searched < some.size() ? std::memchr(text + searched, '\n', some.size() - searched) : nullptr;
    if (end != nullptr) {
      const auto size = static_cast<std::size_t>(static_cast<const char*>(end) - text);
      take_line({text, size}, true, to);
      in.consume(size + 1);
      searched = 0;
      ++read;
      idle_ = false;
      continue;
    }
    if (some.size() >= longest_line) {
      in_long_line_ = true;
      in.consume(some.size());
      searched = 0;
      continue;
    }
    searched = some.size();
    if (in.more()) continue;
    if (followed == nullptr || in.packed().fault()) {
      if (!some.empty() || in_long_line_) {
        take_line({text, some.size()}, false, to);
        in.consume(some.size());
      }
      flush(to);
      return source::status::end;
    }
    if (followed->file_number() != files_) {
      files_ = followed->file_number();
      if (!some.empty() || in_long_line_) take_line({text, some.size()}, false, to);
      in.consume(some.size());
      begin_file();
      searched = 0;
      continue;
    }
    // Where nothing is logged time passes all the same.
    const auto now = std::chrono::steady_clock::now();
    if (!std::exchange(idle_, true)) {
      idle_since_ = now;
      idle_from_ = join_.now();
    }
    join_.advance(idle_from_ + std::chrono::duration_cast<duration>(now - idle_since_),
                  [&](log_record& r) { give(r, to); });
    return source::status::idle;
  }
  return source::status::more;
}

void log_reader::begin_file() {
  line_ = 0;
  ++file_;
  in_long_line_ = false;
  cut_short_ = false;
  zeek_.begin_file();
}

void log_reader::flush(handler& to) {
  join_.flush([&](log_record& r) { give(r, to); });
}

void log_reader::take_line(std::string_view line, bool whole, handler& to) {
  ++line_;
  ++counts_[count::log_lines];
  if (std::exchange(in_long_line_, false)) {
    ++counts_[count::log_long_lines];
    fault("longer than " + std::to_string(longest_line) + " octets");
    return;
  }
  if (line_ == 1 && line.starts_with("\xef\xbb\xbf")) line.remove_prefix(3);
  if (line.ends_with('\r')) line.remove_suffix(1);
  log_line is = log_line::nothing;
  event_.clear();
  const char* why = nullptr;
  const std::size_t first = line.find_first_not_of(" \t");
  if (first == std::string_view::npos) return;
  if (line[0] == '#') {
    is = zeek_.read_header(line);
    why = zeek_.fault();
  } else if (line[first] == '{') {
    is = read_json(line);
    why = zeek_json_ ? zeek_.fault() : eve_.fault();
    if (is == log_line::dns && !zeek_json_) {
      ++counts_[event_.response ? count::log_responses : count::log_queries];
      join_.add(event_, [&](log_record& r) { give(r, to); });
      return;
    }
  } else {
    is = zeek_.read_columns(line, event_.record, contact_);
    why = zeek_.fault();
  }
  switch (is) {
    case log_line::nothing:
      return;
    case log_line::dns:  // of Zeek: a whole transaction
      counts_[count::log_queries] += event_.record.query_seen ? 1 : 0;
      counts_[count::log_responses] += event_.record.response_seen.value_or(false) ? 1 : 0;
      give(event_.record, to);
      return;
    case log_line::nameless:
      ++counts_[count::log_nameless];
      return;
    case log_line::contact:
      ++counts_[count::contacts];
      ++counts_[count::log_other_records];
      to.on_contact(contact_);
      return;
    case log_line::other:
    case log_line::foreign:
      ++counts_[count::log_other_records];
      return;
    case log_line::damaged:
      ++counts_[count::log_damaged_lines];
      cut_short_ = !whole;
      fault(why != nullptr ? why : "cannot be read");
      return;
  }
}

/// By the reader that could read the last one, or else by the other.
log_line log_reader::read_json(std::string_view line) {
  log_line is = log_line::foreign;
  for (int attempt = 0; attempt < 2 && is == log_line::foreign; ++attempt) {
    event_.clear();
    is = zeek_json_ ? zeek_.read_json(scanner_, line, event_.record, contact_)
                    : eve_.read(scanner_, line, event_, contact_);
    if (is == log_line::foreign) zeek_json_ = !zeek_json_;
  }
  return is;
}

void log_reader::give(log_record& r, handler& to) {
  if (!r.has_name()) {
    ++counts_[count::log_nameless];
    return;
  }
  if (given_before(r)) {
    ++counts_[count::log_duplicates];
    return;
  }
  to.on_transaction(r.view());
}

/// What a mirror port shows twice is logged twice.
bool log_reader::given_before(const log_record& r) {
  std::uint64_t h = hash_of(r.server, hash_of(r.client, seed_));
  h = mix(h,
          std::uint64_t{r.client_port} << 48 | std::uint64_t{r.server_port} << 32 | std::uint64_t{r.id} << 16 | r.type);
  for (const std::byte b : r.name()) h = (h ^ std::to_integer<std::uint64_t>(dns::detail::lower(b))) * 0x100'0000'01b3U;
  h = mix(h, seed_);
  given& before = recent_[h >> 40 & (recent_places - 1)];
  const auto near = [](time_point a, time_point b) { return a < b ? b - a <= copy_window : a - b <= copy_window; };
  const time_point response = r.response_time.value_or(r.time);
  if (before.fingerprint == h && near(r.query_seen ? before.query : before.response, r.time)) return true;
  before = {h, r.time, response};
  return false;
}

void log_reader::fault(const std::string& what) {
  if (faults_.size() == faults_kept) return;
  std::string text = name_ + ": line " + std::to_string(line_);
  if (file_ > 0) text += " (after " + std::to_string(file_) + (file_ == 1 ? " rotation)" : " rotations)");
  faults_.push_back(text + ": " + what);
}

std::size_t log_reader::memory_bytes() const noexcept {
  return sizeof(*this) + join_.memory_bytes() + zeek_.memory_bytes() + scanner_.memory_bytes() +
         event_.record.memory_bytes() + recent_.capacity() * sizeof(given);
}

}  // namespace netanomaly::inline NETANOMALY_MODE::capture
