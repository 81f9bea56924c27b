// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/config.hpp>
#include <netanomaly/core/time.hpp>
#include <netanomaly/dns/address.hpp>
#include <netanomaly/dns/transaction.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

namespace netanomaly::inline NETANOMALY_MODE::dns {

/// One DNS message as it was on the wire, before anyone has parsed it: what a capture gives and `pairing` takes. A host
/// that has its messages in memory (a resolver, a plug-in) fills it itself.
///
/// A view: `octets` is valid during the call only. The QR bit says who is client and who is server; where a message is
/// too short to have one, the ports do.
struct wire_message {
  time_point time{};                               ///< of the packet that completed it
  ip_address client;                               ///< who asks
  ip_address server;                               ///< who is asked
  std::uint16_t client_port = 0;                   ///< UDP or TCP
  std::uint16_t server_port = 0;                   ///< UDP or TCP
  dns::transport transport = dns::transport::udp;  ///< without DoT and DoH
  bool response = false;                           ///< the QR bit
  std::uint32_t length = 0;           ///< octets that were sent: more than octets.size() where the capture kept fewer
  std::span<const std::byte> octets;  ///< the message, without TCP's length in front
  std::uint64_t frame = 0;            ///< number of the packet that completed it, from 1; 0: unknown

  /// The capture kept less than was sent.
  [[nodiscard]] constexpr bool cut_short() const noexcept { return octets.size() < length; }
};

}  // namespace netanomaly::inline NETANOMALY_MODE::dns
