// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/config.hpp>
#include <netanomaly/core/time.hpp>
#include <netanomaly/dns/address.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace netanomaly::inline NETANOMALY_MODE::dns {

/// Where in the network a transaction was seen. It changes what a client address and a repeat mean: behind a cache one
/// client stands for many and repeats are gone.
enum class vantage : std::uint8_t {
  client,            ///< between the clients and the first resolver: each client address is a host
  forwarder,         ///< between a forwarding resolver and the next one
  resolver_upstream  ///< between a recursive resolver and the authoritative servers
};

/// What carried a message.
enum class transport : std::uint8_t { udp, tcp };

/// One resource record of the answer section. Names inside `rdata` of the types of RFC 1035 (CNAME, NS, PTR, MX, SOA),
/// SRV and the like are written out in full; all else is as in the message.
struct answer {
  std::uint16_t type = 0;            ///< see record_type
  std::uint16_t dns_class = 1;       ///< 1 is IN
  std::uint32_t ttl = 0;             ///< seconds
  std::span<const std::byte> rdata;  ///< as said above
  bool ttl_known = true;             ///< false: a log that does not have it
  bool rdata_known = true;           ///< false: a log that tells of the record, but not what it holds
};

/// What EDNS(0) (RFC 6891) says in one message.
struct edns {
  std::uint16_t udp_size = 0;        ///< octets
  std::uint8_t version = 0;          ///< 0 is all there is
  bool dnssec_ok = false;            ///< DO: the sender takes DNSSEC records
  std::uint16_t option_octets = 0;   ///< all options, their headers included
  std::uint16_t padding_octets = 0;  ///< in options of code 12 (RFC 7830)
  std::uint16_t payload_octets = 0;  ///< in padding that is not zeros alone and in options of codes that IANA has not
                                     ///< assigned: what could be anything
  std::uint64_t payload_hash = 0;    ///< of these, in order; 0 where there are none
};

/// One question asked of a server and what came back: the record that all sources fill (captures now; logs and hosts
/// that have no packet later) and all detectors read.
///
/// A view: spans and `name` are valid during the call only. What the source could not see is absent; absent is never
/// zero. Query and response may each be missing: a query nobody answered in time has no response_time and no rcode, an
/// answer whose question was not captured has query_seen false.
struct transaction {
  time_point time{};                         ///< of the query; of the response where no query was seen
  ip_address client;                         ///< who asked
  std::optional<ip_address> server;          ///< who was asked
  std::optional<std::uint16_t> client_port;  ///< who asked from
  std::optional<std::uint16_t> server_port;  ///< who was asked at
  std::optional<dns::transport> transport;   ///< of the query, else of the response
  std::span<const std::byte>
      name;  ///< first QNAME in wire form, uncompressed, with the root label, letter case as sent: 1 to 255 octets
  std::uint16_t type = 0;                       ///< QTYPE
  std::uint16_t dns_class = 1;                  ///< QCLASS, without the mDNS QU bit
  bool query_seen = true;                       ///< false: only the response was there
  std::optional<bool> response_seen;            ///< absent where the source cannot know (a host that sees queries only)
  std::optional<std::uint16_t> query_flags;     ///< the second 16-bit word of the header
  std::optional<std::uint16_t> response_flags;  ///< the second 16-bit word of the header
  std::optional<std::uint16_t> rcode;           ///< of the response, with EDNS' upper bits
  std::optional<time_point> response_time;      ///< when it was seen
  std::optional<std::uint32_t> query_octets;    ///< DNS message, without transport headers
  std::optional<std::uint32_t> response_octets;    ///< DNS message, without transport headers
  bool octets_derived = false;                     ///< the two above are not known, but derived from names and answers
  std::optional<std::span<const answer>> answers;  ///< of the response, in order; absent when not seen or not logged
  std::optional<std::uint16_t> authority_count;    ///< as in the response's header
  std::optional<std::uint16_t> additional_count;   ///< as in the response's header
  std::optional<std::uint8_t> zone_octets;  ///< the name's last octets that are the zone which serves it, as the owner
                                            ///< of the first NS or SOA record of the authority section says
  std::optional<edns> query_edns;           ///< absent without OPT, or where not logged
  std::optional<edns> response_edns;        ///< absent without OPT, or where not logged
  std::optional<dns::vantage> vantage;      ///< absent where nobody has judged it
  bool partial = false;  ///< a message was cut off or malformed: what stood behind the fault is missing
};

/// A client sent a packet to an address, other than DNS: what tells an answer that is used from one that carries data.
struct contact {
  time_point time{};  ///< of the packet
  ip_address client;  ///< who sent it
  ip_address peer;    ///< where it went
};

}  // namespace netanomaly::inline NETANOMALY_MODE::dns
