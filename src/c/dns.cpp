// SPDX-License-Identifier: Apache-2.0
#include <netanomaly/c/dns.h>
#include <netanomaly/dns/incidents.hpp>
#include <netanomaly/dns/message_view.hpp>
#include <netanomaly/dns/tunnel_detector.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <limits>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace na = netanomaly;
namespace dns = netanomaly::dns;

struct na_dns {
  explicit na_dns(dns::tunnel_detector d) : detector(std::move(d)) {}
  dns::tunnel_detector detector;
  std::vector<dns::answer> answers;
  std::vector<std::byte> scratch;  // names in answers, written out
};

namespace {

constexpr std::size_t scratch_octets = 131072;
constexpr std::size_t first_finding_size = sizeof(na_dns_finding);

std::span<const std::byte> octets(const void* data, std::size_t size) noexcept {
  return {static_cast<const std::byte*>(data), data == nullptr ? 0 : size};
}
na::time_point to_time(std::int64_t nanoseconds) noexcept { return na::time_point(na::duration(nanoseconds)); }

/// Up to `size` characters of `text`, a zero included; how many there are without it.
std::size_t put(std::string_view text, char* to, std::size_t size) noexcept {
  if (to != nullptr && size > 0) {
    const std::size_t n = std::min(text.size(), size - 1);
    std::memcpy(to, text.data(), n);
    to[n] = '\0';
  }
  return text.size();
}

/// Runs `body`, which gives a T; no exception leaves it.
template <class T, class Body>
T guarded(T on_failure, Body body) noexcept {
  try {
    return body();
  } catch (...) {
    return on_failure;
  }
}
template <class Body>
na_dns* guarded(char* error, std::size_t error_size, Body body) noexcept {
  (void)put("", error, error_size);
  try {
    na::result<dns::tunnel_detector> made = body();
    if (made) return new na_dns(*std::move(made));
    (void)put(made.error().message(), error, error_size);
  } catch (const std::bad_alloc&) {
    (void)put("out of memory", error, error_size);
  } catch (...) {
    (void)put("failed", error, error_size);
  }
  return nullptr;
}

int to_code(dns::conclusion c) noexcept {
  switch (c) {
    case dns::conclusion::tunnel:
      return NA_DNS_TUNNEL;
    case dns::conclusion::suspicious:
      return NA_DNS_SUSPICIOUS;
    case dns::conclusion::benign:
      return NA_DNS_BENIGN;
    case dns::conclusion::insufficient:
      break;
  }
  return NA_DNS_INSUFFICIENT;
}

int judge(na_dns& d, const dns::transaction& t) {
  const na::verdict v = d.detector.update(t);
  if (v.state == na::verdict::status::rejected) return NA_DNS_BAD_NAME;
  if (v.state == na::verdict::status::warming_up) return NA_DNS_INSUFFICIENT;
  if (v.anomalous) return NA_DNS_TUNNEL;
  return v.score > d.detector.parameters().suspicious ? NA_DNS_SUSPICIOUS : NA_DNS_BENIGN;
}

/// The records of the answer section, the names in them written out; sets `whole` to false where that breaks off.
std::span<const dns::answer> expand(na_dns& d, const dns::message_view& view, bool& whole) {
  d.answers.clear();
  d.scratch.resize(scratch_octets);
  std::span<std::byte> room = d.scratch;
  for (const dns::record& r : view.answers()) {
    dns::answer a{.type = r.type(), .dns_class = r.raw_class(), .ttl = r.ttl(), .rdata = r.rdata()};
    if (r.rdata_has_names()) {
      const auto size = r.expanded_rdata(room);
      if (!size) {
        whole = false;
        break;
      }
      a.rdata = room.first(*size);
      room = room.subspan(*size);
    }
    d.answers.push_back(a);
  }
  return d.answers;
}

/// Calls `read(finding)` with what is known of the pair, or gives the error.
template <class Read>
int with_finding(const na_dns* d, const void* client, std::size_t client_size, const void* name, std::size_t name_size,
                 Read read) noexcept {
  if (d == nullptr) return NA_DNS_BAD_ARGUMENT;
  const auto address = dns::ip_address::from_octets(octets(client, client_size));
  if (!address) return NA_DNS_BAD_ARGUMENT;
  const std::span<const std::byte> wire = octets(name, name_size);
  return guarded<int>(NA_DNS_FAILED, [&]() -> int {
    if (!d->detector.key(*address, wire)) return NA_DNS_BAD_NAME;
    const std::optional<dns::finding> f = d->detector.find(*address, wire);
    if (!f) return NA_DNS_UNKNOWN;
    read(*f);
    return to_code(f->verdict);
  });
}

}  // namespace

na_dns* na_dns_new(const char* options, char* error, std::size_t error_size) {
  return guarded(error, error_size, [&]() -> na::result<dns::tunnel_detector> {
    dns::tunnel_detector::params p;
    const auto parts = na::split_parameters(options == nullptr ? "" : options);
    if (!parts) return na::unexpected(parts.error());
    for (const auto& [name, value] : *parts)
      if (const auto set = na::set_parameter(p, name, value); !set) return na::unexpected(set.error());
    return dns::tunnel_detector::make(p);
  });
}

int na_dns_query(na_dns* detector, std::int64_t time, const void* client, std::size_t client_size, const void* name,
                 std::size_t name_size, std::uint16_t type) {
  if (detector == nullptr) return NA_DNS_BAD_ARGUMENT;
  const auto address = dns::ip_address::from_octets(octets(client, client_size));
  if (!address) return NA_DNS_BAD_ARGUMENT;
  return guarded<int>(NA_DNS_FAILED, [&] {
    dns::transaction t;
    t.time = to_time(time);
    t.client = *address;
    t.name = octets(name, name_size);
    t.type = type;
    return judge(*detector, t);
  });
}

int na_dns_answer(na_dns* detector, std::int64_t time, const void* client, std::size_t client_size, const void* message,
                  std::size_t message_size) {
  if (detector == nullptr) return NA_DNS_BAD_ARGUMENT;
  const auto address = dns::ip_address::from_octets(octets(client, client_size));
  if (!address || message == nullptr || message_size > dns::message_view::max_octets) return NA_DNS_BAD_ARGUMENT;
  return guarded<int>(NA_DNS_FAILED, [&]() -> int {
    const std::span<const std::byte> wire = octets(message, message_size);
    const auto parsed = dns::message_view::parse(wire);
    bool whole = parsed.has_value();
    const dns::message_view view = whole ? *parsed : dns::message_view::parse_prefix(wire).view;
    const auto question = view.first_question();
    if (!question || view.qname().empty() || (view.flags() & 0x8000U) == 0) return NA_DNS_BAD_MESSAGE;
    dns::transaction t;
    t.time = t.response_time.emplace(to_time(time));
    t.client = *address;
    t.name = view.qname();
    t.type = question->type();
    t.dns_class = question->raw_class();
    t.response_seen = true;
    t.response_flags = view.flags();
    t.rcode = view.rcode();
    t.response_octets = static_cast<std::uint32_t>(message_size);
    t.answers = expand(*detector, view, whole);
    t.partial = !whole;
    return judge(*detector, t);
  });
}

int na_dns_verdict(const na_dns* detector, const void* client, std::size_t client_size, const void* name,
                   std::size_t name_size, na_dns_finding* finding) {
  if (finding != nullptr && finding->size < first_finding_size) return NA_DNS_BAD_ARGUMENT;
  return with_finding(detector, client, client_size, name, name_size, [&](const dns::finding& f) {
    if (finding == nullptr) return;
    const auto whole = [](double value) { return static_cast<std::uint64_t>(std::llround(std::max(0.0, value))); };
    finding->incident = dns::incident_id(f.clients.at(0), f.registered_domain, f.first_seen);
    finding->first_seen = f.first_seen.time_since_epoch().count();
    finding->last_seen = f.last_seen.time_since_epoch().count();
    finding->queries = f.queries;
    finding->responses = f.responses;
    finding->unique_names = f.unique_names;
    finding->bytes_down = f.bytes_down.value_or(std::numeric_limits<std::uint64_t>::max());
    finding->new_name_octets = whole(f.new_name_octets);
    finding->answer_octets = whole(f.answer_octets);
    finding->threshold = f.threshold;
    finding->score = f.score;
    finding->verdict = to_code(f.verdict);
  });
}

std::size_t na_dns_zone(const na_dns* detector, const void* client, std::size_t client_size, const void* name,
                        std::size_t name_size, char* text, std::size_t text_size) {
  std::size_t length = put("", text, text_size);
  (void)with_finding(detector, client, client_size, name, name_size,
                     [&](const dns::finding& f) { length = put(f.zone, text, text_size); });
  return length;
}

std::size_t na_dns_reasons(const na_dns* detector, const void* client, std::size_t client_size, const void* name,
                           std::size_t name_size, char* text, std::size_t text_size) {
  std::size_t length = put("", text, text_size);
  (void)with_finding(detector, client, client_size, name, name_size, [&](const dns::finding& f) {
    std::string lines;
    for (const dns::reason& r : f.reasons)
      lines +=
          (lines.empty() ? "" : "\n") + std::string(r.points > 0 ? "+" : "") + std::to_string(r.points) + ' ' + r.text;
    length = put(lines, text, text_size);
  });
  return length;
}

int na_dns_merge(na_dns* into, const na_dns* from) {
  if (into == nullptr || from == nullptr || into == from) return NA_DNS_BAD_ARGUMENT;
  return guarded<int>(NA_DNS_FAILED,
                      [&] { return into->detector.merge(from->detector) ? 0 : static_cast<int>(NA_DNS_MISMATCH); });
}

std::size_t na_dns_save(const na_dns* detector, void* data, std::size_t size) {
  if (detector == nullptr) return 0;
  return guarded<std::size_t>(0, [&] {
    std::size_t used = 0;
    auto sink = [&](std::span<const std::byte> more) {
      if (data != nullptr && used <= size && more.size() <= size - used)
        std::memcpy(static_cast<std::byte*>(data) + used, more.data(), more.size());
      used += more.size();
    };
    na::state_writer out(sink);
    detector->detector.save(out);
    (void)out.finish();  // the sink takes all
    return used;
  });
}

na_dns* na_dns_load(const void* data, std::size_t size, char* error, std::size_t error_size) {
  return guarded(error, error_size, [&] {
    const std::size_t budget = std::max(na::state_reader::default_budget, 16 * size);
    return na::from_bytes<dns::tunnel_detector>(octets(data, size), budget);
  });
}

void na_dns_free(na_dns* detector) { delete detector; }
