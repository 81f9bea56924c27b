// SPDX-License-Identifier: Apache-2.0
#include "input.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace netanomaly::inline NETANOMALY_MODE::capture {

namespace {

constexpr std::size_t block = std::size_t{64} << 10;

std::string system_text(int code) { return std::generic_category().message(code); }

/// A file or standard input, as it is.
class plain_file final : public input {
 public:
  plain_file(int descriptor, bool owned) : descriptor_(descriptor), owned_(owned) {
    struct stat s = {};
    if (::fstat(descriptor_, &s) == 0 && S_ISREG(s.st_mode)) size_ = static_cast<std::uint64_t>(s.st_size);
  }
  plain_file(const plain_file&) = delete;
  plain_file(plain_file&&) = delete;
  plain_file& operator=(const plain_file&) = delete;
  plain_file& operator=(plain_file&&) = delete;
  ~plain_file() override {
    if (owned_) ::close(descriptor_);
  }
  std::size_t read(std::byte* to, std::size_t size) override {
    for (;;) {
      const ssize_t got = ::read(descriptor_, to, size);
      if (got >= 0) {
        position_ += static_cast<std::uint64_t>(got);
        return static_cast<std::size_t>(got);
      }
      if (errno == EINTR) continue;
      set_fault("reading failed: " + system_text(errno));
      return 0;
    }
  }
  [[nodiscard]] std::uint64_t position() const noexcept override { return position_; }
  [[nodiscard]] std::uint64_t size() const noexcept override { return size_; }

 private:
  int descriptor_;
  bool owned_;
  std::uint64_t position_ = 0;
  std::uint64_t size_ = 0;
};

class plain_bytes final : public input {
 public:
  explicit plain_bytes(octets file) noexcept : file_(file) {}
  std::size_t read(std::byte* to, std::size_t size) override {
    const octets part = file_.subspan(position_, std::min(size, file_.size() - position_));
    std::copy(part.begin(), part.end(), to);
    position_ += part.size();
    return part.size();
  }
  [[nodiscard]] std::uint64_t position() const noexcept override { return position_; }
  [[nodiscard]] std::uint64_t size() const noexcept override { return file_.size(); }

 private:
  octets file_;
  std::size_t position_ = 0;
};

/// What reads packed octets a block at a time and unpacks them. The octets that were looked at to recognise the file
/// come first.
class unpacking : public input {
 public:
  unpacking(std::unique_ptr<input> packed, octets looked_at)
      : packed_(std::move(packed)), block_(std::max(block, looked_at.size())), filled_(looked_at.size()) {
    std::copy(looked_at.begin(), looked_at.end(), block_.begin());
  }
  [[nodiscard]] std::uint64_t position() const noexcept final { return packed_->position() - (filled_ - used_); }
  [[nodiscard]] std::uint64_t size() const noexcept final { return packed_->size(); }

 protected:
  /// Whether there are packed octets to go on with.
  bool refill() {
    if (used_ < filled_) return true;
    used_ = 0;
    filled_ = packed_->read(block_.data(), block_.size());
    take_fault(*packed_);
    return filled_ > 0;
  }
  [[nodiscard]] std::byte* next() noexcept { return block_.data() + used_; }
  [[nodiscard]] std::size_t left() const noexcept { return filled_ - used_; }
  void use(std::size_t n) noexcept { used_ += n; }
  void broken(const char* kind, const std::string& what) {
    set_fault(std::string("the ") + kind + " stream is damaged near octet " + std::to_string(position()) +
              " of the file: " + what);
  }
  void early(const char* kind) {
    set_fault(std::string("the ") + kind + " stream ends early, at octet " + std::to_string(position()) +
              " of the file");
  }

 private:
  std::unique_ptr<input> packed_;
  std::vector<std::byte> block_;
  std::size_t filled_;
  std::size_t used_ = 0;
};

/// What is not packed: the octets that were looked at, then the file.
class not_packed final : public input {
 public:
  not_packed(std::unique_ptr<input> file, octets looked_at)
      : file_(std::move(file)), looked_at_(looked_at.begin(), looked_at.end()) {}
  std::size_t read(std::byte* to, std::size_t size) override {
    if (given_ < looked_at_.size()) {
      const octets some = octets(looked_at_).subspan(given_, std::min(size, looked_at_.size() - given_));
      std::copy(some.begin(), some.end(), to);
      given_ += some.size();
      return some.size();
    }
    const std::size_t got = file_->read(to, size);
    take_fault(*file_);
    return got;
  }
  [[nodiscard]] std::uint64_t position() const noexcept override {
    return file_->position() - (looked_at_.size() - given_);
  }
  [[nodiscard]] std::uint64_t size() const noexcept override { return file_->size(); }

 private:
  std::unique_ptr<input> file_;
  std::vector<std::byte> looked_at_;
  std::size_t given_ = 0;
};

class gzip final : public unpacking {
 public:
  gzip(std::unique_ptr<input> packed, octets looked_at) : unpacking(std::move(packed), looked_at) {
    ready_ = ::inflateInit2(&stream_, 15 + 16) == Z_OK;
  }
  gzip(const gzip&) = delete;
  gzip(gzip&&) = delete;
  gzip& operator=(const gzip&) = delete;
  gzip& operator=(gzip&&) = delete;
  ~gzip() override {
    if (ready_) ::inflateEnd(&stream_);
  }
  std::size_t read(std::byte* to, std::size_t size) override {
    if (!ready_ || done_) return 0;
    stream_.next_out = reinterpret_cast<Bytef*>(to);
    stream_.avail_out = static_cast<uInt>(std::min(size, block));
    const uInt wanted = stream_.avail_out;
    while (stream_.avail_out == wanted) {
      if (!refill()) {
        done_ = true;
        if (within_) early("gzip");
        break;
      }
      if (!within_ && next()[0] != std::byte{0x1f}) {  // tapes and some tools fill up with zeros behind the last member
        done_ = true;
        break;
      }
      within_ = true;
      stream_.next_in = reinterpret_cast<Bytef*>(next());
      stream_.avail_in = static_cast<uInt>(left());
      const uInt given = stream_.avail_in;
      const int state = ::inflate(&stream_, Z_NO_FLUSH);
      use(given - stream_.avail_in);
      if (state == Z_STREAM_END) {
        within_ = false;
        ::inflateReset(&stream_);
      } else if (state != Z_OK && state != Z_BUF_ERROR) {
        done_ = true;
        broken("gzip", stream_.msg != nullptr ? stream_.msg : "not a member that inflates");
        break;
      }
    }
    return wanted - stream_.avail_out;
  }

 private:
  z_stream stream_ = {};
  bool ready_ = false;
  bool within_ = false;
  bool done_ = false;
};

class zstandard final : public unpacking {
 public:
  zstandard(std::unique_ptr<input> packed, octets looked_at)
      : unpacking(std::move(packed), looked_at), stream_(::ZSTD_createDStream()) {}
  zstandard(const zstandard&) = delete;
  zstandard(zstandard&&) = delete;
  zstandard& operator=(const zstandard&) = delete;
  zstandard& operator=(zstandard&&) = delete;
  ~zstandard() override { ::ZSTD_freeDStream(stream_); }
  std::size_t read(std::byte* to, std::size_t size) override {
    if (stream_ == nullptr || done_) return 0;
    ZSTD_outBuffer out{to, size, 0};
    while (out.pos == 0) {
      const bool more = flushing_ || refill();
      if (!more) {
        done_ = true;
        if (within_) early("zstd");
        break;
      }
      ZSTD_inBuffer in{next(), left(), 0};
      const std::size_t state = ::ZSTD_decompressStream(stream_, &out, &in);
      use(in.pos);
      if (::ZSTD_isError(state) != 0U) {
        done_ = true;
        broken("zstd", ::ZSTD_getErrorName(state));
        break;
      }
      within_ = state != 0;
      flushing_ = within_ && out.pos == out.size;
    }
    return out.pos;
  }

 private:
  ZSTD_DStream* stream_;
  bool within_ = false;
  bool flushing_ = false;  // the last call may have left unpacked octets inside
  bool done_ = false;
};

result<std::unique_ptr<input>> recognised(std::unique_ptr<input> plain) {
  std::vector<std::byte> head(4);
  std::size_t n = 0;
  while (n < head.size()) {
    const std::size_t got = plain->read(head.data() + n, head.size() - n);
    if (got == 0) break;
    n += got;
  }
  if (const auto& fault = plain->fault()) return unexpected(error(*fault));
  if (n == 0) return unexpected(error(std::string("the file is empty; expected ") + input::expected));
  head.resize(n);
  if (n >= 2 && load16(head, 0) == 0x1f8b) return std::make_unique<gzip>(std::move(plain), head);
  if (n == 4 && (load32(head, 0) == 0x28b52ffd || (load32(head, 0) & 0xf0ffffffU) == 0x502a4d18))
    return std::make_unique<zstandard>(std::move(plain), head);
  return std::make_unique<not_packed>(std::move(plain), head);
}

ssize_t read_stream(void* cookie, char* to, std::size_t size) {
  return static_cast<ssize_t>(static_cast<buffered_input*>(cookie)->read(reinterpret_cast<std::byte*>(to), size));
}
/// Only tells where it is: that is what ftello needs.
int seek_stream(void* cookie, off64_t* place, int whence) {
  if (*place != 0 || whence != SEEK_CUR) return -1;
  *place = static_cast<off64_t>(static_cast<buffered_input*>(cookie)->consumed());
  return 0;
}

}  // namespace

result<std::unique_ptr<input>> input::open_file(const std::string& path) {
  if (path == "-") return recognised(std::make_unique<plain_file>(STDIN_FILENO, false));
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);  // NOLINT(cppcoreguidelines-pro-type-vararg)
  if (descriptor < 0) return unexpected(error(system_text(errno)));
  return recognised(std::make_unique<plain_file>(descriptor, true));
}

result<std::unique_ptr<input>> input::open_bytes(octets file) {
  return recognised(std::make_unique<plain_bytes>(file));
}

buffered_input::buffered_input(std::unique_ptr<input> in) : in_(std::move(in)), buffer_(block) {}

octets buffered_input::peek(std::size_t size) {
  if (end_ - begin_ < size) {
    std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(begin_),
              buffer_.begin() + static_cast<std::ptrdiff_t>(end_), buffer_.begin());
    end_ -= std::exchange(begin_, 0);
    if (buffer_.size() < size) buffer_.resize(size);
    while (end_ < size) {
      const std::size_t got = in_->read(buffer_.data() + end_, buffer_.size() - end_);
      if (got == 0) break;
      end_ += got;
      delivered_ += got;
    }
  }
  return octets(buffer_).subspan(begin_, std::min(size, end_ - begin_));
}

bool buffered_input::more() {
  if (begin_ > 0) {
    std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(begin_),
              buffer_.begin() + static_cast<std::ptrdiff_t>(end_), buffer_.begin());
    end_ -= std::exchange(begin_, 0);
  }
  if (end_ == buffer_.size()) buffer_.resize(buffer_.size() * 2);
  const std::size_t got = in_->read(buffer_.data() + end_, buffer_.size() - end_);
  end_ += got;
  delivered_ += got;
  return got > 0;
}

bool buffered_input::skip(std::uint64_t size) {
  while (size > 0) {
    const std::size_t step = peek(static_cast<std::size_t>(std::min<std::uint64_t>(size, block))).size();
    if (step == 0) return false;
    consume(step);
    size -= step;
  }
  return true;
}

std::size_t buffered_input::read(std::byte* to, std::size_t size) {
  const octets some =
      octets(peek(1).empty() ? octets() : octets(buffer_).subspan(begin_, std::min(size, end_ - begin_)));
  std::copy(some.begin(), some.end(), to);
  consume(some.size());
  return some.size();
}

std::FILE* open_stream(buffered_input& in) noexcept {
  std::FILE* stream =
      ::fopencookie(&in, "r", {.read = read_stream, .write = nullptr, .seek = seek_stream, .close = nullptr});
  if (stream != nullptr) static_cast<void>(std::setvbuf(stream, nullptr, _IOFBF, block));  // or the default buffer
  return stream;
}

}  // namespace netanomaly::inline NETANOMALY_MODE::capture
