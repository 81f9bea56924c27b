// SPDX-License-Identifier: Apache-2.0
#include "policy_zone.hpp"

#include "files.hpp"
#include "text.hpp"

#include <netanomaly/dns/name.hpp>

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <string_view>

namespace netanomaly::program {

namespace {

constexpr std::string_view head =
    "; Zones that carry a tunnel, by netanomaly. A response policy zone; it is replaced as a whole.\n"
    "$TTL 60\n"
    "@ SOA localhost. hostmaster.localhost. ";
constexpr std::string_view after_serial =
    " 60 60 86400 60\n"
    "@ NS localhost.\n";
constexpr std::size_t room_for_origin = 64;  // octets of the policy zone's own name

/// One label for a master file: what is not plain is \DDD, whatever it might mean there.
void append_label(std::string& text, std::span<const std::byte> label) {
  for (const std::byte b : label) {
    const auto c = std::to_integer<unsigned char>(b);
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    if (plain)
      text += static_cast<char>(c);
    else
      text += fmt::format("\\{:03}", c);
  }
}

}  // namespace

std::string policy_zone::records(const std::string& zone) {
  const auto name = dns::wire_name::from_text(zone);
  if (!name || name->view().label_count() < 2) return {};
  if (name->wire().size() + 2 + room_for_origin > dns::name_view::max_wire_octets) return {};
  std::string text;
  std::string_view last;
  const dns::wire_name lower = name->lowered();
  for (const std::span<const std::byte> label : lower.view().labels()) {
    last = {reinterpret_cast<const char*>(label.data()), label.size()};
    if (text.empty() && last == "*") return {};
    if (!text.empty()) text += '.';
    append_label(text, label);
  }
  if (last.starts_with("rpz-")) return {};
  return fmt::format("{0} CNAME .\n*.{0} CNAME .\n", text);
}

result<policy_zone> policy_zone::open(const std::string& path) {
  policy_zone zone(path);
  const auto bytes = read_if_exists(path);
  if (!bytes) return unexpected(bytes.error());
  if (!*bytes || (*bytes)->empty()) return zone;
  std::string_view text(reinterpret_cast<const char*>((*bytes)->data()), (*bytes)->size());
  const auto other = [&] {
    return unexpected(
        error(fmt::format("{}: not a policy zone that netanomaly wrote; it is left as it is", printable(path))));
  };
  if (!text.starts_with(head)) return other();
  text.remove_prefix(head.size());
  std::uint32_t serial = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), serial);
  if (code != std::errc()) return other();
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (!text.starts_with(after_serial)) return other();
  zone.serial_ = serial;
  zone.records_ = text.substr(after_serial.size());
  return zone;
}

result<void> policy_zone::write(const std::set<std::string>& zones, time_point now) {
  std::string all;
  for (const std::string& zone : zones) all += records(zone);
  if (serial_ && all == records_) return {};
  const auto seconds =
      static_cast<std::uint32_t>(std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count());
  // Serial numbers are compared on a circle (RFC 1982): greater is what lies less than half of it ahead.
  const bool ahead = !serial_ || (seconds != *serial_ && seconds - *serial_ < std::uint32_t{1} << 31);
  const std::uint32_t serial = ahead ? seconds : *serial_ + 1;
  const std::string text = fmt::format("{}{}{}{}", head, serial, after_serial, all);
  if (auto written = replace_file(path_, std::as_bytes(std::span(text))); !written) return written;
  serial_ = serial;
  records_ = std::move(all);
  return {};
}

}  // namespace netanomaly::program
