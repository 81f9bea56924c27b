// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "input.hpp"

#include <netanomaly/core/time.hpp>

#include <optional>
#include <string>
#include <vector>

namespace netanomaly::inline NETANOMALY_MODE::capture {

/// Seconds and nanoseconds since 1970, brought into what a time_point can hold.
[[nodiscard]] time_point time_from(std::int64_t seconds, std::int64_t nanoseconds) noexcept;

struct pcapng_packet {
  int link_type = 0;
  time_point time{};
  octets captured;
  std::uint32_t length = 0;
};

/// Reads pcapng (draft-ietf-opsawg-pcapng) by itself, because libpcap refuses files whose interfaces differ in link
/// type or snapshot length, which merged captures do. Sections of either byte order; enhanced, simple and the obsolete
/// packet blocks; others are passed over. A simple packet block has no time: it gets that of the packet before.
class pcapng_reader {
 public:
  explicit pcapng_reader(buffered_input& in) noexcept : in_(in) {}
  [[nodiscard]] static bool recognises(buffered_input& in);

  /// False at the end and after a fault.
  [[nodiscard]] bool next(pcapng_packet& p);
  [[nodiscard]] const std::optional<std::string>& fault() const noexcept { return fault_; }
  [[nodiscard]] std::uint64_t position() const noexcept {
    return in_.consumed();
  }  ///< of the block that is read next, or is wrong

 private:
  struct interface {
    int link_type = 0;
    std::uint32_t snapshot_length = 0;  // 0: no limit
    std::uint8_t resolution = 6;
    std::int64_t offset = 0;  // seconds
  };
  enum class found : std::uint8_t { packet, other, fault };

  [[nodiscard]] std::uint16_t get16(octets o, std::size_t at) const noexcept;
  [[nodiscard]] std::uint32_t get32(octets o, std::size_t at) const noexcept;
  bool bad(std::string what);
  [[nodiscard]] bool begin_section(octets head);
  [[nodiscard]] found read_body(std::uint32_t type, octets body, pcapng_packet& p);
  [[nodiscard]] found add_interface(octets body);
  [[nodiscard]] found give(std::size_t interface_number, std::uint64_t ticks, octets data, std::uint32_t captured,
                           std::uint32_t length, pcapng_packet& p);

  buffered_input& in_;
  bool swapped_ = false;  // the section is big-endian
  std::vector<interface> interfaces_;
  time_point last_{};
  std::optional<std::string> fault_;
};

}  // namespace netanomaly::inline NETANOMALY_MODE::capture
