// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/result.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace netanomaly::program {

/// The octets of a file or of standard input, plain or packed by gzip or zstd (several members or frames too), which is
/// told from the first octets. Read as a stream.
class packed_file {
 public:
  /// "-" is standard input.
  [[nodiscard]] static result<packed_file> open(const std::string& path);

  packed_file(const packed_file&) = delete;
  packed_file& operator=(const packed_file&) = delete;
  packed_file(packed_file&& other) noexcept;
  packed_file& operator=(packed_file&& other) noexcept;
  ~packed_file();

  /// Up to `size` octets; 0 at the end. A file that cannot be read, ends early or is damaged is an error that names it.
  [[nodiscard]] result<std::size_t> read(char* to, std::size_t size);

  /// Whether it can be opened and read again.
  [[nodiscard]] bool regular() const noexcept;
  /// From now on what is read is kept, until rewind(), after which it comes again.
  void remember();
  void rewind();
  [[nodiscard]] std::uint64_t consumed() const noexcept;   ///< octets, as they lie on disk
  [[nodiscard]] const std::string& name() const noexcept;  ///< for messages

 private:
  struct stream;
  explicit packed_file(std::unique_ptr<stream> s) noexcept;
  std::unique_ptr<stream> stream_;
};

}  // namespace netanomaly::program
