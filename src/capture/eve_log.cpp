// SPDX-License-Identifier: Apache-2.0
#include "eve_log.hpp"

#include <netanomaly/dns/detail/wire.hpp>
#include <netanomaly/dns/types.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <optional>
#include <string>
#include <utility>

namespace netanomaly::inline NETANOMALY_MODE::capture {

namespace {

namespace record_type = dns::record_type;

/// Suricata's names of record types are the registered ones but for a few misspelt; what it does not know is a number.
std::optional<std::uint16_t> type_from_eve(std::string_view text) noexcept {
  if (const auto number = whole_number(text))
    return *number <= 65535 ? std::optional(static_cast<std::uint16_t>(*number)) : std::nullopt;
  if (const auto known = dns::type_from_text(text)) return known;
  constexpr std::array<std::pair<std::string_view, std::uint16_t>, 3> others{
      {{"CDSNKEY", record_type::cdnskey}, {"NSAPPT", 23}, {"ND", 3}}};
  for (const auto& [name, type] : others)
    if (name == text) return type;
  return std::nullopt;
}

std::optional<std::uint16_t> rcode_from_eve(std::string_view text) noexcept {
  if (const auto number = whole_number(text)) return static_cast<std::uint16_t>(*number & 0xfff);
  return dns::rcode_from_text(text.substr(0, text.find('/')));  // "BADVERS/BADSIG"
}

constexpr bool is_dns_port(std::uint16_t port) noexcept {
  return port == 53 || port == 5353 || port == 5355 || port == 853;
}

/// Types whose data is written where answers are grouped by type; of others nothing is said.
constexpr bool is_grouped(std::uint16_t type) noexcept {
  using namespace record_type;
  return type == a || type == aaaa || type == cname || type == mx || type == ns || type == ptr || type == txt ||
         type == null || type == soa || type == srv || type == sshfp;
}

}  // namespace

struct eve_log::answer_text {
  std::string_view name;
  std::optional<std::uint16_t> type;
  std::optional<std::uint32_t> ttl;
  std::optional<std::string_view> rdata;
  std::optional<std::string_view> target;  // of SRV
  std::uint16_t priority = 0, weight = 0, port = 0;
};

/// The member "dns" of an event.
struct eve_log::message {
  log_record& r;
  std::string_view kind;  // query, answer, request, response
  std::optional<std::string_view> flags, rcode, rrname, rrtype;
  std::optional<std::uint16_t> id, opcode, rd;
  answer_text one;  // of version 1
  bool list = false, grouped = false, question = false;
};

log_line eve_log::read(json_scanner& scanner, std::string_view line, eve_event& e, dns::contact& c) {
  log_record& r = e.record;
  scanner.begin(line);
  if (!scanner.object()) return damaged("no object");
  std::optional<std::string_view> timestamp, source, destination, proto, app;
  std::optional<std::uint64_t> source_port, destination_port;
  std::string_view event;
  message m{.r = r,
            .kind = {},
            .flags = {},
            .rcode = {},
            .rrname = {},
            .rrtype = {},
            .id = {},
            .opcode = {},
            .rd = {},
            .one = {}};
  std::string_view key;
  std::string_view text;
  const auto take = [&](std::optional<std::string_view>& to) {
    if (scanner.scalar(text)) to = text;
  };
  const auto take_number = [&](std::optional<std::uint64_t>& to) {
    if (scanner.scalar(text)) to = whole_number(text);
  };
  while (scanner.member(key)) {
    if (key == "timestamp") {
      take(timestamp);
    } else if (key == "event_type") {
      scanner.text(event);
    } else if (key == "src_ip") {
      take(source);
    } else if (key == "dest_ip") {
      take(destination);
    } else if (key == "src_port") {
      take_number(source_port);
    } else if (key == "dest_port") {
      take_number(destination_port);
    } else if (key == "proto") {
      take(proto);
    } else if (key == "app_proto") {
      take(app);
    } else if (key == "dns" && scanner.object()) {
      read_dns(scanner, m);
    } else {
      scanner.skip();
    }
  }
  if (!scanner.finish()) return damaged(scanner.fault().c_str());
  if (event.empty()) return log_line::foreign;
  const bool flow = event == "flow";
  if (event != "dns" && !flow) return log_line::other;

  const auto time = timestamp ? time_from_text(*timestamp) : std::nullopt;
  if (!time) return damaged(timestamp ? "a timestamp that cannot be read" : "no timestamp");
  const auto from = source ? dns::ip_address::parse(*source) : std::nullopt;
  const auto to = destination ? dns::ip_address::parse(*destination) : std::nullopt;
  if (!from || !to)
    return damaged(from ? "no address of the destination (dest_ip)" : "no address of the source (src_ip)");
  const auto from_port = static_cast<std::uint16_t>(source_port.value_or(0));
  const auto to_port = static_cast<std::uint16_t>(destination_port.value_or(0));
  if (flow) {
    if ((app && *app == "dns") || is_dns_port(to_port) || is_dns_port(from_port)) return log_line::other;
    c = {*time, *from, *to};
    return log_line::contact;
  }

  e.response = m.kind == "answer" || m.kind == "response";
  if (!e.response && m.kind != "query" && m.kind != "request") return damaged("a type of DNS event that is not known");
  e.one_answer = e.response && !m.list && !m.grouped && (m.one.rdata || m.one.ttl);
  // The source is the client, or who sent the packet: versions differ. Where the ports do not tell, the query does.
  const bool reversed = e.response && is_dns_port(from_port) && !is_dns_port(to_port);
  r.time = *time;
  r.client = reversed ? *to : *from;
  r.server = reversed ? *from : *to;
  r.client_port = reversed ? to_port : from_port;
  r.server_port = reversed ? from_port : to_port;
  if (proto)
    r.transport = *proto == "TCP"   ? std::optional(dns::transport::tcp)
                  : *proto == "UDP" ? std::optional(dns::transport::udp)
                                    : std::nullopt;
  r.id = m.id.value_or(0);
  r.query_seen = !e.response;
  std::optional<std::uint16_t> flags;
  if (m.flags) {
    std::uint16_t value = 0;
    const auto [end, fault] = std::from_chars(m.flags->data(), m.flags->data() + m.flags->size(), value, 16);
    if (fault == std::errc() && end == m.flags->data() + m.flags->size()) flags = value;
  }
  if (!flags && m.opcode && !e.response && *m.opcode != 0) flags = static_cast<std::uint16_t>((*m.opcode & 15) << 11);
  if (e.response) {
    r.response_seen = true;
    r.response_time = r.time;
    r.response_flags = flags;
    r.rcode = m.rcode ? rcode_from_eve(*m.rcode) : std::nullopt;
    if (e.one_answer) {
      m.one.type = m.rrtype ? type_from_eve(*m.rrtype) : std::nullopt;
      add(r, m.one);
    }
    // Nothing is said of answers of some types where they are grouped.
    if (m.grouped && !m.list && r.answer_count() == 0) {
      const std::uint16_t asked = m.rrtype ? type_from_eve(*m.rrtype).value_or(0) : r.type;
      if (!is_grouped(asked)) r.add_answer(asked, std::nullopt, std::nullopt);
    }
    r.answers_known();
  } else {
    r.query_flags = flags;
  }
  if (!m.question) {
    if (m.rrtype) r.type = type_from_eve(*m.rrtype).value_or(0);
    if (m.rrname && !r.set_name(*m.rrname, escapes::hex)) return damaged("a name (rrname) that cannot be one");
  } else if (!r.has_name()) {
    return damaged("a name (rrname) that cannot be one");
  }
  return r.has_name() || e.response ? log_line::dns : log_line::nameless;
}

void eve_log::read_dns(json_scanner& scanner, message& m) {
  std::string_view key;
  std::string_view text;
  const auto number = [&]() -> std::optional<std::uint16_t> {
    const auto value = scanner.scalar(text) ? whole_number(text) : std::nullopt;
    return value && *value <= 65535 ? std::optional(static_cast<std::uint16_t>(*value)) : std::nullopt;
  };
  const auto take = [&](std::optional<std::string_view>& to) {
    if (scanner.scalar(text)) to = text;
  };
  while (scanner.member(key)) {
    if (key == "type") {
      scanner.text(m.kind);
    } else if (key == "id") {
      m.id = number();
    } else if (key == "opcode") {
      m.opcode = number();
    } else if (key == "flags") {
      take(m.flags);
    } else if (key == "rcode") {
      take(m.rcode);
    } else if (key == "rrname") {
      take(m.rrname);
    } else if (key == "rrtype") {
      take(m.rrtype);
    } else if (key == "rdata") {
      take(m.one.rdata);
    } else if (key == "ttl") {
      if (const auto ttl = scanner.scalar(text) ? whole_number(text) : std::nullopt; ttl && *ttl <= 0xffff'ffff)
        m.one.ttl = static_cast<std::uint32_t>(*ttl);
    } else if ((key == "queries" || key == "query") && scanner.array()) {
      while (scanner.element()) {
        if (!scanner.object()) {
          scanner.skip();
          continue;
        }
        while (scanner.member(key)) {
          const bool first = !m.question || !m.r.has_name();
          if (key == "rrname" && scanner.scalar(text)) {
            if (first) {
              m.question = true;
              static_cast<void>(m.r.set_name(text, escapes::hex));
              m.rrname = text;
            }
          } else if (key == "rrtype" && scanner.scalar(text)) {
            if (!m.rrtype) {
              m.rrtype = text;
              m.r.type = type_from_eve(text).value_or(0);
            }
          } else if (key != "rrname" && key != "rrtype") {
            scanner.skip();
          }
        }
      }
    } else if (key == "answers" && scanner.array()) {
      m.list = true;
      while (scanner.element()) {
        if (!scanner.object()) {
          scanner.skip();
          continue;
        }
        answer_text a;
        read_answer(scanner, a);
        add(m.r, a);
      }
    } else if (key == "grouped" && scanner.object()) {
      m.grouped = true;
      while (scanner.member(key)) {
        const auto type = type_from_eve(key);
        if (m.list || !scanner.array()) {  // the same answers again
          scanner.skip();
          continue;
        }
        while (scanner.element()) {
          answer_text a;
          a.type = type;
          if (scanner.object())
            read_answer(scanner, a);
          else if (scanner.scalar(text))
            a.rdata = text;
          a.type = type;
          add(m.r, a);
        }
      }
    } else {
      scanner.skip();
    }
  }
}

/// An answer's members; its object has been entered. SRV and the like stand in an object of their own, or, where
/// answers are grouped, are that object.
void eve_log::read_answer(json_scanner& scanner, answer_text& a) {
  std::string_view key;
  std::string_view text;
  const auto number = [&] {
    const auto value = scanner.scalar(text) ? whole_number(text) : std::nullopt;
    return static_cast<std::uint16_t>(value.value_or(0));
  };
  const auto read_srv = [&] {
    if (key == "name") {
      if (scanner.scalar(text)) a.target = text;
    } else if (key == "priority") {
      a.priority = number();
    } else if (key == "weight") {
      a.weight = number();
    } else if (key == "port") {
      a.port = number();
    } else {
      scanner.skip();
    }
  };
  while (scanner.member(key)) {
    if (key == "rrname") {
      if (scanner.scalar(text)) a.name = text;
    } else if (key == "rrtype") {
      if (scanner.scalar(text)) a.type = type_from_eve(text);
    } else if (key == "ttl") {
      if (const auto ttl = scanner.scalar(text) ? whole_number(text) : std::nullopt; ttl && *ttl <= 0xffff'ffff)
        a.ttl = static_cast<std::uint32_t>(*ttl);
    } else if (key == "rdata") {
      if (scanner.scalar(text)) a.rdata = text;
    } else if (key == "srv" && scanner.object()) {
      while (scanner.member(key)) read_srv();
    } else {
      read_srv();
    }
  }
}

void eve_log::add(log_record& r, const answer_text& a) {
  using namespace record_type;
  const std::uint16_t type = a.type.value_or(0);
  const auto raw = [](const std::string& s) { return std::as_bytes(std::span(s)); };
  const auto named = [&](octets before, std::string_view name) {
    if (!r.add_named_answer(type, a.ttl, before, name, escapes::hex)) r.add_answer(type, a.ttl, std::nullopt);
  };
  if (type == srv && a.target) {
    std::array<std::byte, 6> numbers{};
    std::size_t at = 0;
    for (const std::uint16_t n : {a.priority, a.weight, a.port}) {
      numbers[at++] = static_cast<std::byte>(n >> 8);
      numbers[at++] = static_cast<std::byte>(n & 255);
    }
    return named(numbers, *a.target);
  }
  if (!a.rdata) return r.add_answer(type, a.ttl, std::nullopt);
  switch (type) {
    case record_type::a:
    case aaaa:
      if (const auto address = dns::ip_address::parse(*a.rdata)) {
        const octets all = address->octets();
        return r.add_answer(type, a.ttl, type == aaaa ? all : all.last(4));
      }
      return r.add_answer(type, a.ttl, std::nullopt);
    case cname:
    case ns:
    case ptr:
    case dname:
      return named({}, *a.rdata);
    case mx: {
      constexpr std::array<std::byte, 2> preference{};  // not in the log
      return named(preference, *a.rdata);
    }
    case txt:
    case spf: {
      std::string content(1, '\0');
      unescape(*a.rdata, escapes::hex, content);
      content[0] = static_cast<char>(std::min<std::size_t>(content.size() - 1, 255));
      return r.add_answer(type, a.ttl, raw(content));
    }
    default: {
      std::string content;
      unescape(*a.rdata, escapes::hex, content);
      return r.add_answer(type, a.ttl, raw(content));
    }
  }
}

eve_join::eve_join(std::size_t most, std::uint64_t seed) : most_(std::max<std::size_t>(most, 1)), seed_(seed) {}

/// The same in both directions.
std::uint64_t eve_join::hash_of(const log_record& r) const noexcept {
  const auto end = [this](const dns::ip_address& a, std::uint16_t port) {
    return mix(capture::hash_of(a, seed_), port);
  };
  return mix(end(r.client, r.client_port) + end(r.server, r.server_port), r.id);
}

bool eve_join::same_ends(const log_record& a, const log_record& b) noexcept {
  return a.id == b.id && (!a.transport || !b.transport || a.transport == b.transport) &&
         ((a.client == b.client && a.server == b.server && a.client_port == b.client_port &&
           a.server_port == b.server_port) ||
          (a.client == b.server && a.server == b.client && a.client_port == b.server_port &&
           a.server_port == b.client_port));
}

bool eve_join::same_question(const log_record& a, const log_record& b) noexcept {
  return a.type == b.type && a.name().size() == b.name().size() &&
         dns::detail::equal_folded(a.name().data(), b.name().data(), a.name().size());
}

/// The response's part, put into the query's record.
void eve_join::answer(log_record& query, log_record& response) {
  query.response_seen = true;
  if (!query.response_time) query.response_time = response.response_time;
  query.response_flags = response.response_flags;
  query.rcode = response.rcode;
  if (!query.query_flags) query.query_flags = response.query_flags;
  query.partial = query.partial || response.partial;
  query.add_answers(response);
}

std::uint32_t eve_join::link(std::uint64_t hash) {
  std::uint32_t index = free_;
  if (index == none) {
    index = static_cast<std::uint32_t>(slots_.size());
    slots_.emplace_back();
  } else {
    free_ = slots_[index].older;
  }
  slot& s = slots_[index];
  s.hash = hash;
  s.next = std::exchange(head_of(hash), index);
  s.older = newest_;
  s.newer = none;
  (newest_ == none ? oldest_ : slots_[newest_].newer) = index;
  newest_ = index;
  return index;
}

void eve_join::unlink(std::uint32_t index) noexcept {
  slot& s = slots_[index];
  std::uint32_t* at = &head_of(s.hash);
  while (*at != index) at = &slots_[*at].next;
  *at = s.next;
  (s.older == none ? oldest_ : slots_[s.older].newer) = s.newer;
  (s.newer == none ? newest_ : slots_[s.newer].older) = s.older;
  s.older = std::exchange(free_, index);
  constexpr std::size_t kept = 2048;  // memory is not held for the longest answer that a slot ever had
  if (s.record.memory_bytes() > kept)
    s.record = {};
  else
    s.record.clear();
}

std::size_t eve_join::memory_bytes() const noexcept {
  std::size_t sum = slots_.capacity() * sizeof(slot) + heads_.capacity() * sizeof(std::uint32_t);
  for (const slot& s : slots_) sum += s.record.memory_bytes() - sizeof(log_record);
  return sum;
}

}  // namespace netanomaly::inline NETANOMALY_MODE::capture
