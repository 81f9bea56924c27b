// SPDX-License-Identifier: Apache-2.0
#include "zeek_log.hpp"

#include <netanomaly/dns/types.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace netanomaly::inline NETANOMALY_MODE::capture {

namespace {

using field = zeek_log::field;

constexpr std::array<std::pair<std::string_view, field>, 20> field_names{{
    {"ts", field::ts},
    {"id.orig_h", field::client},
    {"id.orig_p", field::client_port},
    {"id.resp_h", field::server},
    {"id.resp_p", field::server_port},
    {"proto", field::proto},
    {"trans_id", field::trans_id},
    {"rtt", field::rtt},
    {"query", field::query},
    {"qclass", field::qclass},
    {"qtype", field::qtype},
    {"rcode", field::rcode},
    {"AA", field::aa},
    {"TC", field::tc},
    {"RD", field::rd},
    {"RA", field::ra},
    {"answers", field::answers},
    {"TTLs", field::ttls},
    {"service", field::service},
    {"conn_state", field::conn_state},
}};

field field_of(std::string_view name) noexcept {
  const auto* const found = std::ranges::find(field_names, name, &std::pair<std::string_view, field>::first);
  return found == field_names.end() ? field::unknown : found->second;
}

/// The part before `separator`, which is taken from the front with it; all of it where there is none.
std::string_view take_part(std::string_view& rest, std::string_view separator, bool& more) noexcept {
  const std::size_t at = separator.empty() ? std::string_view::npos : rest.find(separator);
  const std::string_view part = rest.substr(0, at);
  more = at != std::string_view::npos;
  rest = more ? rest.substr(at + separator.size()) : std::string_view();
  return part;
}

constexpr std::size_t most_columns = 1024;

constexpr bool is_dns_port(std::uint16_t port) noexcept {
  return port == 53 || port == 5353 || port == 5355 || port == 853;
}
constexpr std::uint16_t netbios_port = 137;

}  // namespace

/// What a line says of the fields that count; absent where the log has no such field or it is not set.
struct zeek_log::values {
  std::array<std::optional<std::string_view>, field_count> of;
  bool has_answers = false;
  bool json = false;
  bool named = false;  // some field is one that all of Zeek's logs have

  [[nodiscard]] const std::optional<std::string_view>& operator[](field f) const noexcept {
    return of[static_cast<std::size_t>(f)];
  }
  [[nodiscard]] std::optional<std::uint16_t> number(field f) const noexcept {
    const auto& text = (*this)[f];
    const auto value = text ? whole_number(*text) : std::nullopt;
    return value && *value <= 65535 ? std::optional(static_cast<std::uint16_t>(*value)) : std::nullopt;
  }
  [[nodiscard]] bool flag(field f) const noexcept {
    const auto& text = (*this)[f];
    return text && (*text == "T" || *text == "true");
  }
};

void zeek_log::begin_file() {
  separator_ = "\t";
  set_separator_ = ",";
  empty_ = "(empty)";
  unset_ = "-";
  columns_.clear();
}

log_line zeek_log::read_header(std::string_view line) {
  constexpr std::string_view separator_head = "#separator ";
  if (line.starts_with(separator_head)) {
    begin_file();
    separator_.clear();
    unescape(line.substr(separator_head.size()), escapes::hex_and_doubled, separator_);
    if (separator_.empty() || separator_.size() > 16) {
      separator_ = "\t";
      return damaged("a separator that is empty or longer than 16 octets");
    }
    return log_line::nothing;
  }
  bool more = false;
  const std::string_view name = take_part(line, separator_, more);
  const auto keep = [&](std::string& to) {
    if (line.size() > 64) return damaged("a header value longer than 64 octets");
    to.assign(line);
    return log_line::nothing;
  };
  if (name == "#set_separator") return keep(set_separator_);
  if (name == "#empty_field") return keep(empty_);
  if (name == "#unset_field") return keep(unset_);
  if (name != "#fields" || !more) return log_line::nothing;
  columns_.clear();
  while (more) {
    if (columns_.size() == most_columns) {
      columns_.clear();
      return damaged("more than 1024 columns");
    }
    columns_.push_back(field_of(take_part(line, separator_, more)));
  }
  return log_line::nothing;
}

log_line zeek_log::read_columns(std::string_view line, log_record& r, dns::contact& c) {
  if (columns_.empty()) return damaged("a line before the header that names its columns (#fields)");
  values v;
  answers_.clear();
  ttls_.clear();
  std::size_t column = 0;
  bool more = true;
  for (; more && column < columns_.size(); ++column) {
    std::string_view text = take_part(line, separator_, more);
    const field f = columns_[column];
    if (f == field::unknown || text == unset_) continue;
    if (f == field::answers || f == field::ttls) {
      // Parted before anything is unescaped: a separator within a value is escaped.
      auto& list = f == field::answers ? answers_ : ttls_;
      if (f == field::answers) v.has_answers = true;
      if (text == empty_) continue;
      for (bool another = true; another;) list.push_back(take_part(text, set_separator_, another));
      continue;
    }
    v.of[static_cast<std::size_t>(f)] = text == empty_ ? std::string_view() : text;
  }
  if (more || column < columns_.size()) return damaged("another number of values than of columns");
  std::erase(answers_, std::string_view(unset_));
  return judge(v, r, c);
}

log_line zeek_log::read_json(json_scanner& scanner, std::string_view line, log_record& r, dns::contact& c) {
  values v;
  v.json = true;
  answers_.clear();
  ttls_.clear();
  scanner.begin(line);
  if (!scanner.object()) return damaged("no object");
  std::string_view key;
  while (scanner.member(key)) {
    const field f = field_of(key);
    v.named = v.named || f == field::client || f == field::ts || key == "_path";
    if (key == "id" && scanner.object()) {  // some that pass the log on make an object of id.orig_h and the like
      std::string prefixed;
      while (scanner.member(key)) {
        prefixed.assign("id.").append(key);
        std::string_view text;
        if (const field part = field_of(prefixed); part == field::unknown)
          scanner.skip();
        else if (scanner.scalar(text))
          v.of[static_cast<std::size_t>(part)] = text;
      }
    } else if (f == field::unknown) {
      scanner.skip();
    } else if (f == field::answers || f == field::ttls) {
      if (!scanner.array()) {
        scanner.skip();
        continue;
      }
      auto& list = f == field::answers ? answers_ : ttls_;
      if (f == field::answers) v.has_answers = true;
      std::string_view text;
      while (scanner.element())
        if (scanner.scalar(text)) list.push_back(text);
    } else {
      std::string_view text;
      if (scanner.scalar(text)) v.of[static_cast<std::size_t>(f)] = text;
    }
  }
  if (!scanner.finish()) return damaged(scanner.fault().c_str());
  return judge(v, r, c);
}

/// What the values amount to. Which log they are of is told by what they have.
log_line zeek_log::judge(const values& v, log_record& r, dns::contact& c) {
  const bool connection = v[field::conn_state].has_value();
  const bool resolution = !connection && (v.json ? v[field::trans_id] || v[field::query]
                                                 : std::ranges::find(columns_, field::query) != columns_.end());
  if (!connection && !resolution) return v.json && !v.named ? log_line::foreign : log_line::other;

  const auto& ts = v[field::ts];
  if (!ts) return damaged("no time (ts)");
  if (const auto since_1970 = nanoseconds_from(*ts)) {
    r.time = time_point(duration(*since_1970));
  } else if (const auto time = time_from_text(*ts)) {
    r.time = *time;
  } else if (const auto milliseconds = whole_number(*ts);  // more seconds than 64 bits of nanoseconds hold
             milliseconds && *milliseconds < std::uint64_t{9'223'372'036'854}) {
    r.time = time_point(std::chrono::milliseconds(*milliseconds));
  } else {
    return damaged("a time (ts) that cannot be read");
  }

  const auto address = [&](field f) { return v[f] ? dns::ip_address::parse(*v[f]) : std::nullopt; };
  const auto client = address(field::client);
  const auto server = address(field::server);
  if (!client) return damaged("no address of the client (id.orig_h)");
  if (!server) return damaged("no address of the server (id.resp_h)");
  r.client = *client;
  r.server = *server;
  const auto server_port = v.number(field::server_port);
  if (connection) {
    const auto& service = v[field::service];
    if ((service && service->find("dns") != std::string_view::npos) || (server_port && is_dns_port(*server_port)))
      return log_line::other;
    c = {r.time, r.client, r.server};
    return log_line::contact;
  }
  if (server_port == netbios_port) return log_line::other;
  r.client_port = v.number(field::client_port).value_or(0);
  r.server_port = server_port.value_or(0);
  if (const auto& proto = v[field::proto])
    r.transport = *proto == "tcp"   ? std::optional(dns::transport::tcp)
                  : *proto == "udp" ? std::optional(dns::transport::udp)
                                    : std::nullopt;
  r.id = v.number(field::trans_id).value_or(0);
  r.dns_class = v.number(field::qclass).value_or(1);
  r.rcode = v.number(field::rcode);
  const auto type = v.number(field::qtype);
  r.type = type.value_or(0);
  // Zeek takes the type from the query alone.
  r.query_seen = type.has_value();
  if (v[field::rtt])
    if (const auto rtt = nanoseconds_from(*v[field::rtt]); rtt && *rtt >= 0) {
      const auto since_1970 = r.time.time_since_epoch();
      if (since_1970 <= duration::max() - duration(*rtt)) r.response_time = r.time + duration(*rtt);
    }
  if (r.rcode || v.has_answers || r.response_time)
    r.response_seen = true;
  else if (r.server_port != 5353)  // there nobody need answer
    r.response_seen = false;
  const std::uint16_t rd = v.flag(field::rd) ? 0x0100 : 0;
  if (r.query_seen && v[field::rd]) r.query_flags = rd;
  if (r.response_seen.value_or(false))
    r.response_flags =
        static_cast<std::uint16_t>(0x8000 | (v.flag(field::aa) ? 0x0400 : 0) | (v.flag(field::tc) ? 0x0200 : 0) | rd |
                                   (v.flag(field::ra) ? 0x0080 : 0) | (r.rcode.value_or(0) & 15));
  const escapes how = v.json ? escapes::hex : escapes::hex_and_doubled;
  if (!v[field::query]) return log_line::nameless;
  if (!r.set_name(*v[field::query], how)) return damaged("a query that can be no name");
  if (r.response_seen.value_or(false)) r.answers_known();
  for (const std::string_view text : answers_) add_answer(r, text, how);
  for (std::size_t i = 0; i < ttls_.size() && ttls_.size() == r.answer_count(); ++i)
    if (const auto ttl = nanoseconds_from(ttls_[i]); ttl && *ttl >= 0 && *ttl / 1'000'000'000 <= 0xffff'ffff)
      r.set_ttl(i, static_cast<std::uint32_t>(*ttl / 1'000'000'000));
  if (!type && r.answer_count() > 0) r.type = r.answer_type(r.answer_count() - 1);
  return log_line::dns;
}

/// Zeek writes an answer without its type, which is told by what it looks like and by what was asked for.
void zeek_log::add_answer(log_record& r, std::string_view text, escapes how) {
  using namespace dns::record_type;
  constexpr std::string_view unknown_head = "<unknown type=";
  if (text.starts_with(unknown_head)) {
    const std::string_view number = text.substr(unknown_head.size(), text.find('>') - unknown_head.size());
    const auto type = whole_number(number);
    r.add_answer(type && *type <= 65535 ? static_cast<std::uint16_t>(*type) : r.type, std::nullopt, std::nullopt);
    return;
  }
  if (const auto address = dns::ip_address::parse(text)) {
    const bool four = text.find(':') == std::string_view::npos;
    const octets all = address->octets();
    r.add_answer(four ? a : aaaa, std::nullopt, four ? all.last(4) : all);
    return;
  }
  const std::size_t blank = text.find(' ');
  if (blank != std::string_view::npos) {  // no name has one: a type, and what Zeek makes of the data
    std::string_view word = text.substr(0, blank);
    if (word.ends_with(':')) word.remove_suffix(1);
    const auto type = dns::type_from_text(word);
    if (type == txt || type == spf) {  // TXT 3 abc TXT 4 defg; lengths are of the octets
      std::string content;
      unescape(text, how, content);
      std::string data;
      std::string_view rest = content;
      bool exact = true;
      while (exact && !rest.empty()) {
        rest.remove_prefix(std::min(rest.size(), word.size() + 1));
        const std::size_t digits = rest.find(' ');
        const auto length = whole_number(rest.substr(0, digits));
        exact = digits != std::string_view::npos && length && *length <= 255 && rest.size() - digits - 1 >= *length;
        if (!exact) break;
        data += static_cast<char>(*length);
        data.append(rest, digits + 1, *length);
        rest.remove_prefix(digits + 1 + *length);
        exact = rest.empty() || (rest.starts_with(' ') && rest.substr(1).starts_with(word));
        if (!rest.empty()) rest.remove_prefix(1);
      }
      if (exact)
        r.add_answer(*type, std::nullopt, std::as_bytes(std::span(data)));
      else  // of an unknown cut; still different where the text is
        r.add_answer(*type, std::nullopt, std::as_bytes(std::span(content)));
      return;
    }
    r.add_answer(type.value_or(r.type), std::nullopt, std::nullopt);
    return;
  }
  const std::uint16_t type =
      r.type == ns || r.type == ptr || r.type == mx || r.type == srv || r.type == soa || r.type == dname ? r.type
                                                                                                         : cname;
  constexpr std::array<std::byte, 6> numbers{};  // preference; priority, weight and port: not in the log
  const octets before = octets(numbers).first(type == mx ? 2 : type == srv ? 6 : 0);
  if (!r.add_named_answer(type, std::nullopt, before, text, how)) r.add_answer(type, std::nullopt, std::nullopt);
}

std::size_t zeek_log::memory_bytes() const noexcept {
  return sizeof(*this) + columns_.capacity() + (answers_.capacity() + ttls_.capacity()) * sizeof(std::string_view);
}

}  // namespace netanomaly::inline NETANOMALY_MODE::capture
