// SPDX-License-Identifier: Apache-2.0
#include "packed_file.hpp"

#include "interruption.hpp"
#include "text.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

namespace netanomaly::program {

namespace {

constexpr std::size_t block = std::size_t{1} << 16;

struct free_stream {
  void operator()(ZSTD_DStream* stream) const noexcept { ZSTD_freeDStream(stream); }
};

}  // namespace

struct packed_file::stream {
  enum class packing { unknown, none, gzip, zstd };

  stream(const std::string& path, int number) : name(path == "-" ? "standard input" : printable(path)), file(number) {
    struct stat what {};
    regular = ::fstat(file, &what) == 0 && S_ISREG(what.st_mode) && path != "-";
  }
  stream(const stream&) = delete;
  stream& operator=(const stream&) = delete;
  stream(stream&&) = delete;
  stream& operator=(stream&&) = delete;
  ~stream() {
    if (file != STDIN_FILENO) ::close(file);
    if (inflating) ::inflateEnd(&deflated);
  }

  [[nodiscard]] unexpected<error> wrong(std::string_view what) const {
    return unexpected(error(fmt::format("{}: {}", name, what)));
  }

  /// Octets of the file, at least one where there are any left.
  result<bool> refill() {
    if (used < filled) return true;
    used = filled = 0;
    return more();
  }
  result<bool> more() {
    for (;;) {
      const ssize_t got = ::read(file, packed.data() + filled, packed.size() - filled);
      if (got < 0 && errno == EINTR && interruption::signal() != 0) return false;  // the input ends
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return wrong(fmt::format("cannot be read: {}", std::strerror(errno)));
      filled += static_cast<std::size_t>(got);
      octets += static_cast<std::uint64_t>(got);
      return got > 0;
    }
  }

  result<void> recognise() {
    while (filled < 4) {
      const auto any = more();
      if (!any) return unexpected(any.error());
      if (!*any) break;
    }
    const auto at = [&](std::size_t i) { return static_cast<unsigned char>(packed[i]); };
    how = packing::none;
    if (filled >= 2 && at(0) == 0x1f && at(1) == 0x8b) {
      how = packing::gzip;
      inflating = ::inflateInit2(&deflated, 15 + 16) == Z_OK;
      if (!inflating) return wrong("out of memory");
    } else if (filled >= 4 && ((at(0) == 0x28 && at(1) == 0xb5 && at(2) == 0x2f && at(3) == 0xfd) ||
                               ((at(0) & 0xf0) == 0x50 && at(1) == 0x2a && at(2) == 0x4d && at(3) == 0x18))) {
      how = packing::zstd;
      zstandard.reset(::ZSTD_createDStream());
      if (zstandard == nullptr) return wrong("out of memory");
    }
    return {};
  }

  result<std::size_t> read(char* to, std::size_t size) {
    if (how == packing::unknown)
      if (const auto known = recognise(); !known) return unexpected(known.error());
    switch (how) {
      case packing::gzip:
        return inflate(to, size);
      case packing::zstd:
        return decompress(to, size);
      default:
        break;
    }
    const auto any = refill();
    if (!any) return unexpected(any.error());
    const std::size_t n = std::min(size, filled - used);
    std::copy_n(packed.data() + used, n, to);
    used += n;
    return n;
  }

  // NOLINTNEXTLINE(readability-non-const-parameter): zlib writes there
  result<std::size_t> inflate(char* to, std::size_t size) {
    deflated.next_out = reinterpret_cast<Bytef*>(to);
    deflated.avail_out = static_cast<uInt>(std::min(size, block));
    const uInt wanted = deflated.avail_out;
    while (deflated.avail_out == wanted) {
      const auto any = refill();
      if (!any) return unexpected(any.error());
      if (!*any) {
        if (within) return wrong("the gzip stream ends early: the file is not complete");
        break;
      }
      if (!within && packed[used] != '\x1f') break;  // some tools fill up with zeros behind the last member
      within = true;
      deflated.next_in = reinterpret_cast<Bytef*>(packed.data() + used);
      deflated.avail_in = static_cast<uInt>(filled - used);
      const int state = ::inflate(&deflated, Z_NO_FLUSH);
      used = filled - deflated.avail_in;
      if (state == Z_STREAM_END) {
        within = false;
        ::inflateReset(&deflated);
      } else if (state != Z_OK && state != Z_BUF_ERROR) {
        return wrong(
            fmt::format("the gzip stream is damaged: {}", deflated.msg != nullptr ? deflated.msg : "no member"));
      }
    }
    return wanted - deflated.avail_out;
  }

  result<std::size_t> decompress(char* to, std::size_t size) {
    ZSTD_outBuffer out{to, size, 0};
    while (out.pos == 0) {
      if (!flushing) {
        const auto any = refill();
        if (!any) return unexpected(any.error());
        if (!*any) {
          if (within) return wrong("the zstd stream ends early: the file is not complete");
          break;
        }
      }
      ZSTD_inBuffer in{packed.data() + used, filled - used, 0};
      const std::size_t state = ::ZSTD_decompressStream(zstandard.get(), &out, &in);
      used += in.pos;
      if (::ZSTD_isError(state) != 0U)
        return wrong(fmt::format("the zstd stream is damaged: {}", ::ZSTD_getErrorName(state)));
      within = state != 0;
      flushing = within && out.pos == out.size;
    }
    return out.pos;
  }

  std::string name;
  int file;
  bool regular = false;
  packing how = packing::unknown;
  std::array<char, block> packed{};
  std::size_t used = 0, filled = 0;
  std::uint64_t octets = 0;
  bool within = false, flushing = false, inflating = false;
  z_stream deflated = {};
  std::unique_ptr<ZSTD_DStream, free_stream> zstandard;
  bool remembering = false;
  std::string kept;
  std::size_t again = 0;  // of what is kept, has come again
};

packed_file::packed_file(std::unique_ptr<stream> s) noexcept : stream_(std::move(s)) {}
packed_file::packed_file(packed_file&& other) noexcept = default;
packed_file& packed_file::operator=(packed_file&& other) noexcept = default;
packed_file::~packed_file() = default;

result<packed_file> packed_file::open(const std::string& path) {
  const int number = path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (number < 0)
    return unexpected(error(fmt::format("{}: cannot be opened: {}", printable(path), std::strerror(errno))));
  return packed_file(std::make_unique<stream>(path, number));
}

result<std::size_t> packed_file::read(char* to, std::size_t size) {
  stream& s = *stream_;
  if (!s.remembering && s.again < s.kept.size()) {
    const std::size_t n = std::min(size, s.kept.size() - s.again);
    std::copy_n(s.kept.data() + s.again, n, to);
    s.again += n;
    if (s.again == s.kept.size()) s.kept = {}, s.again = 0;
    return n;
  }
  auto got = s.read(to, size);
  if (got && s.remembering) s.kept.append(to, *got);
  return got;
}

bool packed_file::regular() const noexcept { return stream_->regular; }
void packed_file::remember() { stream_->remembering = true; }
void packed_file::rewind() {
  stream_->remembering = false;
  stream_->again = 0;
}
std::uint64_t packed_file::consumed() const noexcept { return stream_->octets - (stream_->filled - stream_->used); }
const std::string& packed_file::name() const noexcept { return stream_->name; }

}  // namespace netanomaly::program
