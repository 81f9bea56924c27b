// SPDX-License-Identifier: Apache-2.0
#include "text.hpp"

#include <netanomaly/core/config.hpp>
#include <netanomaly/core/text.hpp>

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>

namespace netanomaly::program {

std::string version_text() {
  return fmt::format("{}.{}.{}", NETANOMALY_VERSION_MAJOR, NETANOMALY_VERSION_MINOR, NETANOMALY_VERSION_PATCH);
}

std::string grouped(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3;) text.insert(at -= 3, 1, ',');
  return text;
}

std::string counted(std::uint64_t number, std::string_view singular, std::string_view plural) {
  return fmt::format("{} {}", grouped(number), number == 1 ? singular : plural);
}

std::string octets_text(double octets) {
  constexpr std::array units{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  std::size_t unit = 0;
  while (octets >= 999.5 && unit + 1 < units.size()) {
    octets /= 1024;
    ++unit;
  }
  const int decimals = unit == 0 || octets >= 99.95 ? 0 : octets >= 9.995 ? 1 : 2;
  return fmt::format("{:.{}f} {}", octets, decimals, units[unit]);
}

std::string duration_text(duration length) {
  const double seconds = std::chrono::duration<double>(length).count();
  if (seconds < 0.9995) return fmt::format("{:.0f} ms", seconds * 1e3);
  if (seconds < 9.95) return fmt::format("{:.1f} s", seconds);
  if (seconds < 119.5) return fmt::format("{:.0f} s", seconds);
  if (seconds < 119.5 * 60) return fmt::format("{:.0f} min", seconds / 60);
  if (seconds < 47.95 * 3600) return fmt::format("{:.1f} h", seconds / 3600);
  return fmt::format("{:.1f} d", seconds / 86400);
}

namespace {

struct broken_time {
  std::chrono::year_month_day date{};
  std::chrono::hh_mm_ss<std::chrono::microseconds> clock;
};

broken_time broken_down(time_point time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  return {day, std::chrono::hh_mm_ss(std::chrono::floor<std::chrono::microseconds>(time - day))};
}

}  // namespace

std::string rfc3339(time_point time) {
  const auto [date, clock] = broken_down(time);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                     clock.minutes().count(), clock.seconds().count(), clock.subseconds().count());
}

std::string short_time(time_point time) {
  const auto [date, clock] = broken_down(time);
  return fmt::format("{:02}-{:02} {:02}:{:02}:{:02}", static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()), clock.hours().count(), clock.minutes().count(),
                     clock.seconds().count());
}

std::string printable(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  for (const char c : bytes) {
    const auto octet = static_cast<unsigned char>(c);
    if (octet >= 0x20 && octet < 0x7f)
      text += c;
    else
      text += fmt::format("\\{:03}", octet);
  }
  return text;
}

std::string shortened(std::string_view text, std::size_t width) {
  if (text.size() <= width) return std::string(text);
  if (width <= 3) return std::string(text.substr(0, width));
  const std::size_t tail = (width - 3) / 2;
  return fmt::format("{}...{}", text.substr(0, width - 3 - tail), text.substr(text.size() - tail));
}

std::vector<std::string> wrapped(std::string_view text, std::size_t width) {
  std::vector<std::string> lines;
  std::string line;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    if (!line.empty() && line.size() + 1 + word.size() > width) {
      lines.push_back(std::move(line));
      line.clear();
    }
    if (!line.empty()) line += ' ';
    line += word;
    text.remove_prefix(end);
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  }
  if (!line.empty() || lines.empty()) lines.push_back(std::move(line));
  return lines;
}

namespace {

struct number_and_unit {
  double number;
  std::string_view unit;
};

std::optional<number_and_unit> split_number(std::string_view text) {
  double number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (code != std::errc() || !std::isfinite(number) || number < 0) return std::nullopt;
  std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  if (unit.starts_with(' ')) unit.remove_prefix(1);
  return number_and_unit{number, unit};
}

}  // namespace

result<std::uint64_t> parse_octets(std::string_view text) {
  struct entry {
    std::string_view unit;
    double octets;
  };
  constexpr std::array<entry, 14> units{{{"", 1},
                                         {"B", 1},
                                         {"K", 1024},
                                         {"KiB", 1024},
                                         {"kB", 1e3},
                                         {"KB", 1e3},
                                         {"M", 1048576},
                                         {"MiB", 1048576},
                                         {"MB", 1e6},
                                         {"G", 1073741824},
                                         {"GiB", 1073741824},
                                         {"GB", 1e9},
                                         {"TiB", 1099511627776},
                                         {"TB", 1e12}}};
  if (const auto parts = split_number(text))
    for (const auto& [unit, octets] : units)
      if (unit == parts->unit && parts->number * octets < 9e18)
        return static_cast<std::uint64_t>(parts->number * octets);
  return unexpected(error(fmt::format("expected a size such as 512MiB, got '{}'", printable(text))));
}

result<duration> parse_duration(std::string_view text) {
  if (const auto length = from_text<duration>(text); length && *length >= duration(0)) return *length;
  return unexpected(
      error(fmt::format("expected a duration such as 500ms, 90s, 10m, 2h or 7d, got '{}'", printable(text))));
}

}  // namespace netanomaly::program
