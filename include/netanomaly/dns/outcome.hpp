// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/config.hpp>
#include <netanomaly/dns/transaction.hpp>
#include <netanomaly/dns/types.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace netanomaly::inline NETANOMALY_MODE::dns {

/// What came back for one question, by what it is good for.
enum class outcome : std::uint8_t {
  unknown,     ///< the source could not see, or did not say
  unanswered,  ///< nothing came back
  empty,       ///< NOERROR and no answer: the name is there, this type is not
  nxdomain,    ///< there is no such name
  failed,      ///< any other response code
  address,     ///< A or AAAA records, at the end of a chain of CNAMEs or not: somewhere to connect to
  code,        ///< A records of 127.0.0.0/8 or 0.0.0.0/8 alone: nowhere to connect to; how block lists and reputation
               ///< services say yes
  pointer,     ///< a PTR record: what an address is called
  service,     ///< SVCB, HTTPS, NS or SOA: how to reach a service, who serves a zone
  data         ///< anything else: TXT, NULL, MX, SRV, a CNAME that leads to no address ...
};
inline constexpr std::size_t outcome_count = 10;  ///< values of outcome

/// In snake_case, stable.
[[nodiscard]] constexpr std::string_view to_text(outcome o) noexcept {
  constexpr std::array<std::string_view, outcome_count> names = {
      "unknown", "unanswered", "empty", "nxdomain", "failed", "address", "code", "pointer", "service", "data"};
  return names[static_cast<std::size_t>(o)];
}

/// True for the records whose content its server is free to choose, an address and the name of an address apart.
[[nodiscard]] constexpr bool carries_data(std::uint16_t type) noexcept {
  using namespace record_type;
  switch (type) {
    case a:
    case aaaa:
    case ptr:
    case svcb:
    case https:
    case ns:
    case soa:
    case rrsig:
    case nsec:
    case nsec3:
      return false;
    default:
      return true;
  }
}

/// What stands for a time to live that no answer tells.
inline constexpr std::uint32_t unknown_ttl = ~std::uint32_t{0};

/// An outcome and the size of what it brought.
struct answer_summary {
  outcome kind = outcome::unknown;  ///< what it is good for
  std::uint32_t data_octets = 0;    ///< rdata of data records; of PTR records where kind is pointer
  std::uint32_t least_ttl = 0;      ///< seconds, over the answers of which it is known; unknown_ttl where it is of none
};

/// Reads the answers once; O(answers).
[[nodiscard]] inline answer_summary summarise(const transaction& t) noexcept {
  answer_summary s;
  if (!t.response_seen && !t.rcode && !t.answers) return s;
  if (t.response_seen && !*t.response_seen) return {.kind = outcome::unanswered};
  if (t.rcode && *t.rcode != rcode::noerror)
    return {.kind = *t.rcode == rcode::nxdomain ? outcome::nxdomain : outcome::failed};
  if (!t.answers) return s;
  if (t.answers->empty()) return {.kind = outcome::empty};
  std::uint32_t addresses = 0;
  std::uint32_t codes = 0;
  std::uint32_t pointers = 0;
  std::uint32_t pointer_octets = 0;
  std::uint32_t services = 0;
  s.least_ttl = unknown_ttl;
  for (const answer& a : *t.answers) {
    if (a.ttl_known) s.least_ttl = (std::min)(s.least_ttl, a.ttl);
    const auto octets = static_cast<std::uint32_t>(a.rdata.size());
    if (a.type == record_type::a || a.type == record_type::aaaa) {
      ++addresses;
      if (a.rdata.size() == 4 && (a.rdata[0] == std::byte{127} || a.rdata[0] == std::byte{0})) ++codes;
    } else if (a.type == record_type::ptr) {
      ++pointers;
      pointer_octets += octets;
    } else if (carries_data(a.type)) {
      s.data_octets += octets;
    } else {
      ++services;
    }
  }
  if (addresses != 0) {
    s.kind = codes == addresses ? outcome::code : outcome::address;
    if (t.type == record_type::a || t.type == record_type::aaaa || t.type == record_type::https) s.data_octets = 0;
  } else if (pointers != 0) {
    s.kind = outcome::pointer;
    s.data_octets = pointer_octets;
  } else if (s.data_octets != 0 || services == 0) {
    s.kind = outcome::data;
  } else {
    s.kind = outcome::service;
  }
  return s;
}

}  // namespace netanomaly::inline NETANOMALY_MODE::dns
