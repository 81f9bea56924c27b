// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/result.hpp>
#include <netanomaly/core/time.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Numbers, times and foreign bytes as text for people, and the other way round.
namespace netanomaly::program {

/// "0.1.0".
[[nodiscard]] std::string version_text();

/// 1251 -> "1,251".
[[nodiscard]] std::string grouped(std::uint64_t number);
/// "1,251 names" or "1 name".
[[nodiscard]] std::string counted(std::uint64_t number, std::string_view singular, std::string_view plural);
/// Three significant digits and a binary unit: "82.9 KiB".
[[nodiscard]] std::string octets_text(double octets);
/// The two largest sensible digits of a length of time: "0 s", "38 s", "14 min", "2.3 h", "5.1 d".
[[nodiscard]] std::string duration_text(duration length);

/// RFC 3339 in UTC with microseconds: "2026-11-24T09:14:03.101000Z".
[[nodiscard]] std::string rfc3339(time_point time);
/// For a column of a table: "11-24 09:14:03".
[[nodiscard]] std::string short_time(time_point time);

/// Control and non-ASCII bytes as \DDD, so that bytes from a file or the network cannot steer a terminal.
[[nodiscard]] std::string printable(std::string_view bytes);
/// `text` cut in the middle to at most `width` characters, with "..." where something left.
[[nodiscard]] std::string shortened(std::string_view text, std::size_t width);
/// `text` broken at spaces into lines of at most `width`; a longer word stands alone.
[[nodiscard]] std::vector<std::string> wrapped(std::string_view text, std::size_t width);

/// "512MiB", "1.5 GB", "4096": a count of octets.
[[nodiscard]] result<std::uint64_t> parse_octets(std::string_view text);
/// "90s", "10m", "500ms", "7d"; a bare number means seconds.
[[nodiscard]] result<duration> parse_duration(std::string_view text);

}  // namespace netanomaly::program
