// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "octets.hpp"

#include <netanomaly/core/result.hpp>

#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace netanomaly::inline NETANOMALY_MODE::capture {

/// The octets of a capture file, unpacked as they are read.
class input {
 public:
  static constexpr const char* expected =
      "pcap or pcapng, a Zeek dns.log or a Suricata EVE log, plain, gzip or zstd";  ///< what may be in a file

  virtual ~input() = default;
  input() = default;
  input(const input&) = delete;
  input(input&&) = delete;
  input& operator=(const input&) = delete;
  input& operator=(input&&) = delete;

  /// Up to `size` octets; 0 at the end and after a fault, which `fault()` then names.
  virtual std::size_t read(std::byte* to, std::size_t size) = 0;
  [[nodiscard]] virtual std::uint64_t position() const noexcept = 0;  ///< in the file as it lies on disk
  [[nodiscard]] virtual std::uint64_t size() const noexcept = 0;      ///< of that file; 0: unknown
  [[nodiscard]] const std::optional<std::string>& fault() const noexcept { return fault_; }

  /// Opens, looks at the first octets and unpacks gzip and zstd.
  [[nodiscard]] static result<std::unique_ptr<input>> open_file(const std::string& path);
  [[nodiscard]] static result<std::unique_ptr<input>> open_bytes(octets file);

 protected:
  void set_fault(std::string what) {
    if (!fault_) fault_ = std::move(what);
  }
  void take_fault(const input& from) {
    if (const auto& fault = from.fault()) set_fault(*fault);
  }

 private:
  std::optional<std::string> fault_;
};

/// Octets of an input in the order they come, as many together as are asked for.
class buffered_input {
 public:
  explicit buffered_input(std::unique_ptr<input> in);

  /// The next `size` octets, which stay valid until the next call; fewer only at the end.
  [[nodiscard]] octets peek(std::size_t size);
  void consume(std::size_t size) noexcept { begin_ += size; }
  /// What has been read and not consumed; valid until the next call.
  [[nodiscard]] octets buffered() const noexcept { return octets(buffer_).subspan(begin_, end_ - begin_); }
  /// Reads once, behind what is buffered; false where nothing comes.
  [[nodiscard]] bool more();
  /// Passes over `size` octets; false if the end comes before.
  [[nodiscard]] bool skip(std::uint64_t size);
  /// At most `size`, as many as come at once.
  std::size_t read(std::byte* to, std::size_t size);
  [[nodiscard]] std::uint64_t consumed() const noexcept { return delivered_ - (end_ - begin_); }  ///< octets, unpacked
  [[nodiscard]] const input& packed() const noexcept { return *in_; }
  [[nodiscard]] std::size_t memory_bytes() const noexcept { return buffer_.capacity(); }

 private:
  std::unique_ptr<input> in_;
  std::vector<std::byte> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::uint64_t delivered_ = 0;  // from in_
};

/// A stdio stream over `in`, which must outlive it; ftello tells the octets read from it. nullptr if the system
/// refuses.
[[nodiscard]] std::FILE* open_stream(buffered_input& in) noexcept;

}  // namespace netanomaly::inline NETANOMALY_MODE::capture
