// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/capture/counters.hpp>
#include <netanomaly/core/config.hpp>
#include <netanomaly/core/time.hpp>
#include <netanomaly/dns/transaction.hpp>
#include <netanomaly/dns/wire_message.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace netanomaly::inline NETANOMALY_MODE::capture {

/// Takes what packets and logs hold. What it is given is valid during the call only; it must not call back into the
/// decoder.
class NETANOMALY_API handler {
 public:
  handler() = default;
  handler(const handler&) = default;
  handler(handler&&) = default;
  handler& operator=(const handler&) = default;
  handler& operator=(handler&&) = default;
  virtual ~handler() = default;
  /// A DNS message as it was on the wire, whole or cut short.
  virtual void on_message(const dns::wire_message& message) = 0;
  /// A client sent an address a packet that is not DNS.
  virtual void on_contact(const dns::contact& /*contact*/) {}
  virtual void on_transaction(const dns::transaction& /*transaction*/) {}  ///< of a log
};

/// Finds the DNS messages in packets: link layers, tunnels, IP fragments, TCP streams. It reads no files and no
/// clock, so tests and hosts that capture by other means feed it bytes.
///
/// Link types   (as libpcap numbers them) Ethernet with VLAN, QinQ, MPLS and PPPoE, Linux cooked v1 and v2, raw IP,
///              null and loop, PPP in its four forms, FDDI. Others are counted.
/// Tunnels      IP in IP, GRE (IP, Ethernet, PPP, ERSPAN I to III), VXLAN, GENEVE, GTP-U, Teredo; at most 8 headers
/// deep. Fragments    An exact repeat is ignored; any other overlap discards its datagram, as RFC 5722 asks and Linux
/// does. A
///              datagram that stays incomplete for 30 s gives what stands before its first hole, marked as cut short.
/// TCP          Each direction by itself, by sequence number. A stream that is joined in the middle, or has lost
///              segments, goes on at the next segment that begins like a message. A gap is given up when the receiver
///              acknowledges what came after it, after 3 s, or when too much is waiting. A message cut off is given
///              as cut short.
/// Checksums    are not verified: capturing hosts see their own packets before the card fills them in.
/// Contacts     One a (client, peer) in 10 s: the sender of the first packet, of a SYN, or the receiver of a SYN-ACK
///              is the client. Kept in a fixed table, so that now and then one comes twice.
/// Time         is the packets' own; gaps and fragments age by the newest seen.
/// Memory       65 KiB * fragment_datagrams + 2 * tcp_octets + 240 octets * tcp_flows + 2 MiB at most; buffers come
///              when first needed and are kept, so that a packet does not allocate.
/// Errors       None: whatever is wrong with a packet is counted.
class NETANOMALY_API decoder {
 public:
  struct params {
    std::vector<std::uint16_t> ports{53, 5353, 5355};  ///< on which messages are looked for
    std::size_t fragment_datagrams = 64;               ///< put together at the same time; the oldest is given up
    std::size_t tcp_flows = 8192;                      ///< directions followed, rounded up to a power of two
    std::size_t tcp_octets = std::size_t{16} << 20;    ///< waiting in all of them together
    std::uint64_t seed = 0x6e65'7461'6e6f'6d61;        ///< of the tables' hashes: choose it at random against flooding
  };

  decoder() : decoder(params()) {}
  explicit decoder(const params& p);
  decoder(const decoder&) = delete;
  decoder& operator=(const decoder&) = delete;
  decoder(decoder&&) noexcept;
  decoder& operator=(decoder&&) noexcept;
  ~decoder();

  /// One packet. `link_type` is a DLT_ or LINKTYPE_ number, `captured` what is there of the packet, `length` what it
  /// had.
  void decode(int link_type, time_point time, std::span<const std::byte> captured, std::uint32_t length, handler& to);

  /// At the end: gives what is still waiting.
  void flush(handler& to);

  /// What was seen, and what was wrong with it, since the start.
  [[nodiscard]] const counters& counts() const noexcept;
  [[nodiscard]] std::size_t memory_bytes() const noexcept;

 private:
  class engine;
  std::unique_ptr<engine> engine_;
};

}  // namespace netanomaly::inline NETANOMALY_MODE::capture
