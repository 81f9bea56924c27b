// SPDX-License-Identifier: Apache-2.0
#include "log_record.hpp"

#include <netanomaly/dns/detail/wire.hpp>
#include <netanomaly/dns/types.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <limits>

namespace netanomaly::inline NETANOMALY_MODE::capture {

namespace {

constexpr std::int64_t second = 1'000'000'000;

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

int hex_digit(char c) noexcept {
  return is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/// Takes one octet, written out or escaped, from the front; `escaped` tells which.
unsigned char take_octet(std::string_view& text, escapes how, bool& escaped) noexcept {
  escaped = false;
  const char c = text.front();
  if (c == '\\' && text.size() >= 2) {
    if (text[1] == 'x' && text.size() >= 4 && hex_digit(text[2]) >= 0 && hex_digit(text[3]) >= 0) {
      const int value = hex_digit(text[2]) << 4 | hex_digit(text[3]);
      text.remove_prefix(4);
      escaped = true;
      return static_cast<unsigned char>(value);
    }
    if (text[1] == '\\' && how == escapes::hex_and_doubled) {
      text.remove_prefix(2);
      escaped = true;
      return '\\';
    }
  }
  text.remove_prefix(1);
  return static_cast<unsigned char>(c);
}

/// Exactly `digits` of them.
std::optional<int> take_number(std::string_view& text, std::size_t digits) noexcept {
  if (text.size() < digits) return std::nullopt;
  int value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    if (!is_digit(text[i])) return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(digits);
  return value;
}

bool take(std::string_view& text, std::string_view any) noexcept {
  if (text.empty() || any.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

/// ".123456" in nanoseconds; 0 where there is no fraction.
std::int64_t take_fraction(std::string_view& text) noexcept {
  if (text.size() < 2 || text[0] != '.' || !is_digit(text[1])) return 0;
  text.remove_prefix(1);
  std::int64_t value = 0;
  std::int64_t unit = second;
  for (; !text.empty() && is_digit(text.front()); text.remove_prefix(1))
    if (unit > 1) {
      unit /= 10;
      value += (text.front() - '0') * unit;
    }
  return value;
}

}  // namespace

std::optional<std::uint64_t> whole_number(std::string_view text) noexcept {
  std::uint64_t value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::int64_t> nanoseconds_from(std::string_view text) noexcept {
  const bool negative = take(text, "-");
  std::int64_t seconds = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (end == text.data() || text.front() == '-') return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  std::int64_t fraction = take_fraction(text);
  if (!text.empty()) {  // what is very small or large is written with an exponent
    if (text.front() != 'e' && text.front() != 'E') return std::nullopt;
    text.remove_prefix(1);
    const bool up = !take(text, "-");
    if (up) take(text, "+");
    const auto exponent = whole_number(text);
    if (!exponent) return std::nullopt;
    for (std::uint64_t i = 0; i < std::min<std::uint64_t>(*exponent, 20); ++i) {
      if (up) {
        if (seconds > std::numeric_limits<std::int64_t>::max() / 10 - 10) return std::nullopt;
        seconds = seconds * 10 + fraction * 10 / second;
        fraction = fraction * 10 % second;
      } else {
        fraction = seconds % 10 * (second / 10) + fraction / 10;
        seconds /= 10;
      }
    }
  }
  if (fault == std::errc::result_out_of_range || seconds > std::numeric_limits<std::int64_t>::max() / second - 1)
    return std::nullopt;
  const std::int64_t all = seconds * second + fraction;
  return negative ? -all : all;
}

std::optional<time_point> time_from_text(std::string_view text) noexcept {
  using namespace std::chrono;
  const auto y = take_number(text, 4);
  if (!y || !take(text, "-")) return std::nullopt;
  const auto m = take_number(text, 2);
  if (!m || !take(text, "-")) return std::nullopt;
  const auto d = take_number(text, 2);
  if (!d || !take(text, "Tt ")) return std::nullopt;
  const auto hour = take_number(text, 2);
  if (!hour || !take(text, ":")) return std::nullopt;
  const auto minute = take_number(text, 2);
  if (!minute || !take(text, ":")) return std::nullopt;
  const auto sec = take_number(text, 2);
  if (!sec || *hour > 23 || *minute > 59 || *sec > 60) return std::nullopt;
  const std::int64_t fraction = take_fraction(text);
  int offset = 0;  // minutes
  if (!text.empty() && !take(text, "Zz")) {
    const bool west = text.front() == '-';
    if (!take(text, "+-")) return std::nullopt;
    const auto h = take_number(text, 2);
    take(text, ":");
    const auto min = take_number(text, 2);
    if (!h || !min || *h > 23 || *min > 59) return std::nullopt;
    offset = (west ? -1 : 1) * (*h * 60 + *min);
  }
  const year_month_day date(year(*y), month(static_cast<unsigned>(*m)), day(static_cast<unsigned>(*d)));
  if (!text.empty() || !date.ok() || *y < 1678 || *y > 2261) return std::nullopt;
  return time_point(sys_days(date) + hours(*hour) + minutes(*minute - offset) + seconds(*sec) + nanoseconds(fraction));
}

void unescape(std::string_view text, escapes how, std::string& to) {
  bool escaped = false;
  while (!text.empty()) to += static_cast<char>(take_octet(text, how, escaped));
}

void log_record::clear() noexcept {
  time = {};
  client = server = {};
  client_port = server_port = id = type = 0;
  dns_class = 1;
  query_seen = true;
  partial = false;
  transport.reset();
  response_seen.reset();
  query_flags.reset();
  response_flags.reset();
  rcode.reset();
  response_time.reset();
  name_octets_ = 0;
  answers_seen_ = false;
  answers_.clear();
  data_.clear();
}

std::size_t log_record::wire_from(std::string_view text, escapes how, std::array<std::byte, 255>& to) {
  if (text == "<Root>") text = {};
  std::size_t length_at = 0;
  std::size_t end = 1;
  const auto close = [&] {
    const std::size_t label = end - length_at - 1;
    if (label == 0) return;
    to[length_at] = static_cast<std::byte>(label);
    length_at = end++;
  };
  while (!text.empty()) {
    bool escaped = false;
    const unsigned char c = take_octet(text, how, escaped);
    if (c == '.' && !escaped) {
      close();
    } else {
      if (end - length_at > 63 || end > 253) return 0;
      to[end++] = static_cast<std::byte>(c);
    }
  }
  close();
  to[length_at] = std::byte{0};
  return length_at + 1;
}

bool log_record::set_name(std::string_view text, escapes how) {
  name_octets_ = wire_from(text, how, name_);
  return name_octets_ > 0;
}

void log_record::add_answer(std::uint16_t answer_type, std::optional<std::uint32_t> ttl, std::optional<octets> rdata) {
  answers_seen_ = true;
  answers_.push_back({answer_type, ttl, rdata ? std::optional(rdata->size()) : std::nullopt});
  if (rdata) data_.insert(data_.end(), rdata->begin(), rdata->end());
}

void log_record::add_answers(const log_record& of) {
  answers_seen_ = answers_seen_ || of.answers_seen_;
  answers_.insert(answers_.end(), of.answers_.begin(), of.answers_.end());
  data_.insert(data_.end(), of.data_.begin(), of.data_.end());
}

bool log_record::add_named_answer(std::uint16_t answer_type, std::optional<std::uint32_t> ttl, octets before,
                                  std::string_view name, escapes how) {
  std::array<std::byte, 255> wire{};
  const std::size_t size = wire_from(name, how, wire);
  if (size == 0) return false;
  scratch_.assign(reinterpret_cast<const char*>(before.data()), before.size());
  scratch_.append(reinterpret_cast<const char*>(wire.data()), size);
  add_answer(answer_type, ttl, std::as_bytes(std::span(scratch_)));
  return true;
}

std::size_t log_record::compressed_octets(std::uint16_t answer_type, octets rdata) const noexcept {
  using namespace dns::record_type;
  if (answer_type != cname && answer_type != ns && answer_type != ptr && answer_type != mx) return rdata.size();
  // The longest end that name and question have in common becomes a pointer.
  const octets asked = name();
  std::size_t least = rdata.size();
  for (std::size_t at = answer_type == mx ? 2 : 0; at < rdata.size() && rdata[at] != std::byte{0};
       at += 1U + std::to_integer<std::size_t>(rdata[at])) {
    const octets end = rdata.subspan(at);
    for (std::size_t q = 0; q < asked.size() && asked[q] != std::byte{0};
         q += 1U + std::to_integer<std::size_t>(asked[q]))
      if (asked.size() - q == end.size() && dns::detail::equal_folded(asked.data() + q, end.data(), end.size())) {
        least = (std::min)(least, at + 2);
        return least;
      }
  }
  return least;
}

const dns::transaction& log_record::view() {
  dns::transaction& t = view_;
  t = {};
  t.time = time;
  t.client = client;
  t.server = server;
  t.client_port = client_port;
  t.server_port = server_port;
  t.transport = transport;
  t.name = name();
  t.type = type;
  t.dns_class = dns_class;
  t.query_seen = query_seen;
  t.response_seen = response_seen;
  t.query_flags = query_flags;
  t.response_flags = response_flags;
  t.rcode = rcode;
  t.response_time = response_time;
  t.partial = partial;
  t.octets_derived = true;
  constexpr std::size_t header = 12, question = 4, record = 12;  // a record whose owner is a pointer, without its data
  std::size_t octets_down = header + name_octets_ + question;
  if (query_seen) t.query_octets = static_cast<std::uint32_t>(octets_down);
  if (!answers_seen_) return t;
  views_.clear();
  bool whole = true;
  bool after_text = false;
  std::size_t at = 0;
  for (const held& a : answers_) {
    dns::answer& to = views_.emplace_back();
    to.type = a.type;
    to.ttl_known = a.ttl.has_value();
    to.ttl = a.ttl.value_or(0);
    to.rdata_known = a.octets.has_value();
    to.rdata = octets(data_).subspan(at, a.octets.value_or(0));
    at += a.octets.value_or(0);
    // Suricata makes an answer of each string of a TXT record.
    if (a.type != dns::record_type::txt || !after_text) octets_down += record;
    after_text = a.type == dns::record_type::txt;
    octets_down += compressed_octets(a.type, to.rdata);
    whole = whole && a.octets;
  }
  t.answers = std::span<const dns::answer>(views_);
  if (whole && response_seen.value_or(false))
    t.response_octets = static_cast<std::uint32_t>(std::min<std::size_t>(octets_down, 65535));
  return t;
}

}  // namespace netanomaly::inline NETANOMALY_MODE::capture
