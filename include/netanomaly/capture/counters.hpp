// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/config.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace netanomaly::inline NETANOMALY_MODE::capture {

/// What is counted while packets and logs are read. Each has a name for programs and a text for people, see `describe`.
enum class count : std::uint8_t {
  packets,
  octets,
  udp_messages,
  tcp_messages,
  other_packets,
  contacts,
  tunnelled_packets,
  fragments,
  fragmented_datagrams,
  tcp_segments,
  // what this vantage cannot see
  dot_flows,
  doq_flows,
  doh_flows,
  kernel_dropped,
  interface_dropped,
  // what was wrong
  cut_by_snaplen,
  unsupported_link_type,
  bad_link_header,
  bad_ipv4_header,
  bad_ipv6_header,
  bad_udp_header,
  bad_tcp_header,
  nested_too_deep,
  empty_payload,
  bad_fragment,
  overlapping_fragment,
  incomplete_datagram,
  tcp_retransmission,
  tcp_out_of_order,
  tcp_gap,
  tcp_skipped_segment,
  tcp_incomplete_message,
  tcp_empty_message,
  tcp_flow_evicted,
  tcp_memory_full,
  // of logs
  log_lines,
  log_queries,
  log_responses,
  log_other_records,
  log_duplicates,
  log_nameless,
  log_damaged_lines,
  log_long_lines,
};
inline constexpr std::size_t count_kinds = static_cast<std::size_t>(count::log_long_lines) + 1;

/// What a count means for a reader: an expected part of the traffic, something this vantage cannot see, or a fault.
enum class count_class : std::uint8_t { traffic, unseen, fault };

/// A counter by name, for tables and JSON.
struct count_description {
  std::string_view name;                    ///< snake_case, stable
  std::string_view text;                    ///< one line
  count_class kind = count_class::traffic;  ///< what it means for a reader
};

[[nodiscard]] constexpr count_description describe(count c) noexcept {
  using enum count_class;
  constexpr std::array<count_description, count_kinds> table{{
      {"packets", "packets read", traffic},
      {"octets", "octets of packets read, as captured", traffic},
      {"udp_messages", "DNS messages over UDP", traffic},
      {"tcp_messages", "DNS messages over TCP", traffic},
      {"other_packets", "packets that carry no DNS", traffic},
      {"contacts", "first packets from one address to another, other than DNS", traffic},
      {"tunnelled_packets", "packets that came inside GRE, VXLAN, GENEVE, GTP, Teredo or IP in IP", traffic},
      {"fragments", "IP fragments", traffic},
      {"fragmented_datagrams", "datagrams put together from fragments", traffic},
      {"tcp_segments", "TCP segments with data on DNS ports", traffic},
      {"dot_flows", "DNS over TLS flows (TCP port 853): encrypted, not seen", unseen},
      {"doq_flows", "DNS over QUIC or DTLS flows (UDP port 853): encrypted, not seen", unseen},
      {"doh_flows", "flows to port 443 of well-known public resolvers (DNS over HTTPS): encrypted, not seen", unseen},
      {"kernel_dropped", "packets dropped by the kernel for lack of buffer", unseen},
      {"interface_dropped", "packets dropped by the interface", unseen},
      {"cut_by_snaplen", "packets of which the capture kept only a part", fault},
      {"unsupported_link_type", "packets of a link type that is not read", fault},
      {"bad_link_header", "packets with a link header that is cut or wrong", fault},
      {"bad_ipv4_header", "packets with a wrong IPv4 header", fault},
      {"bad_ipv6_header", "packets with a wrong IPv6 header", fault},
      {"bad_udp_header", "packets with a wrong UDP header", fault},
      {"bad_tcp_header", "packets with a wrong TCP header", fault},
      {"nested_too_deep", "packets with more encapsulations than are followed", fault},
      {"empty_payload", "UDP packets on DNS ports without data", fault},
      {"bad_fragment", "fragments with an impossible place or length", fault},
      {"overlapping_fragment", "fragments that overlap others: their datagram is discarded (RFC 5722)", fault},
      {"incomplete_datagram", "datagrams of which fragments are missing", fault},
      {"tcp_retransmission", "TCP segments that were seen before", fault},
      {"tcp_out_of_order", "TCP segments that came early", fault},
      {"tcp_gap", "gaps in TCP streams: segments that the capture missed", fault},
      {"tcp_skipped_segment", "TCP segments skipped in search of a message's beginning", fault},
      {"tcp_incomplete_message", "DNS messages over TCP that end early", fault},
      {"tcp_empty_message", "DNS messages over TCP of length 0", fault},
      {"tcp_flow_evicted", "TCP streams with data waiting, given up for newer ones", fault},
      {"tcp_memory_full", "TCP segments dropped because the memory for waiting data was used up", fault},
      {"log_lines", "lines of logs", traffic},
      {"log_queries", "queries that a log tells of", traffic},
      {"log_responses", "responses that a log tells of", traffic},
      {"log_other_records", "records of a log that are not of DNS", traffic},
      {"log_duplicates", "transactions logged twice", fault},
      {"log_nameless", "DNS records of a log without a question", fault},
      {"log_damaged_lines", "lines of a log that cannot be read", fault},
      {"log_long_lines", "lines of a log that are too long", fault},
  }};
  return table[static_cast<std::size_t>(c)];
}

/// One number for each kind.
class counters {
 public:
  /// How many there were.
  [[nodiscard]] constexpr std::uint64_t operator[](count c) const noexcept {
    return values_[static_cast<std::size_t>(c)];
  }
  /// How many there were, to be counted up.
  [[nodiscard]] constexpr std::uint64_t& operator[](count c) noexcept { return values_[static_cast<std::size_t>(c)]; }

  /// Calls f(count, description, value) for each kind, zeros too.
  template <class F>
  constexpr void for_each(F&& f) const {
    for (std::size_t i = 0; i < count_kinds; ++i) f(static_cast<count>(i), describe(static_cast<count>(i)), values_[i]);
  }

  /// Adds each kind: the sum of two captures.
  constexpr counters& operator+=(const counters& other) noexcept {
    for (std::size_t i = 0; i < count_kinds; ++i) values_[i] += other.values_[i];
    return *this;
  }

  /// Whether the traffic holds anything but DNS: without it, nothing can be said about addresses never contacted.
  [[nodiscard]] constexpr bool other_traffic_seen() const noexcept {
    return (*this)[count::other_packets] > 0 || (*this)[count::contacts] > 0;
  }

  friend constexpr bool operator==(const counters&, const counters&) noexcept = default;

 private:
  std::array<std::uint64_t, count_kinds> values_{};
};

}  // namespace netanomaly::inline NETANOMALY_MODE::capture
