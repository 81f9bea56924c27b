// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/result.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace netanomaly::program {

/// All of a file. An error names it and says why.
[[nodiscard]] result<std::string> read_file(const std::string& path);

/// The bytes of `path`, or nothing where there is no such file yet.
[[nodiscard]] result<std::optional<std::vector<std::byte>>> read_if_exists(const std::string& path);

/// Who may read a file besides its owner: nobody, or whom the umask lets.
enum class file_access : std::uint8_t { own, usual };
/// Puts `bytes` at `path` whole or not at all: written beside it, brought to the disk, then renamed over it.
[[nodiscard]] result<void> replace_file(const std::string& path, std::span<const std::byte> bytes,
                                        file_access access = file_access::own);

/// Makes the directory and those above it that are missing.
[[nodiscard]] result<void> make_directory(const std::string& path);

/// SHA-256 of a regular file in hexadecimal; empty for what is none.
[[nodiscard]] std::string file_hash(const std::string& path);

}  // namespace netanomaly::program
