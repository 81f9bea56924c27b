// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "octets.hpp"

#include <netanomaly/core/time.hpp>

#include <array>
#include <memory>
#include <vector>

namespace netanomaly::inline NETANOMALY_MODE::capture {

/// What all fragments of one datagram share.
struct datagram_key {
  dns::ip_address source;
  dns::ip_address destination;
  std::uint32_t identification = 0;
  std::uint8_t protocol = 0;  ///< of IPv4; 0 with IPv6, where the first fragment's counts (RFC 8200 section 4.5)
  bool v6 = false;
  friend bool operator==(const datagram_key&, const datagram_key&) = default;
};

struct fragment {
  datagram_key key;
  std::size_t offset = 0;  ///< octets
  bool more = false;
  std::uint8_t next_protocol = 0;
  octets data;
};

/// A datagram being put together.
class datagram {
 public:
  static constexpr std::size_t most = 65536;  ///< octets

  datagram_key key;
  time_point first_time{};
  time_point begun{};  ///< on the clock that does not run backwards
  std::uint64_t first_frame = 0;
  std::uint8_t next_protocol = 0;
  bool used = false;
  bool reading = false;   ///< its octets are being decoded: it must not be reused
  bool overlaps = false;  ///< discarded; what still comes is dropped

  enum class step : std::uint8_t { waiting, complete, repeated, overlapping, impossible };
  void begin(const datagram_key& k, time_point time, time_point now, std::uint64_t frame);
  step add(const fragment& f) noexcept;
  [[nodiscard]] octets whole() const noexcept { return {buffer_.get(), total_}; }
  [[nodiscard]] octets before_first_hole() const noexcept;
  [[nodiscard]] std::size_t memory_bytes() const noexcept { return buffer_ ? most : 0; }

 private:
  [[nodiscard]] bool has(std::size_t unit) const noexcept { return (units_[unit / 64] >> unit % 64 & 1U) != 0; }

  std::unique_ptr<std::byte[]> buffer_;               // NOLINT(modernize-avoid-c-arrays)
  std::array<std::uint64_t, most / 8 / 64> units_{};  // which units of 8 octets have come
  std::size_t unit_count_ = 0;
  std::size_t total_ = 0;  // octets; 0 until the last fragment has come
  std::size_t end_ = 0;    // of the furthest fragment
};

/// A fixed number of datagrams; the oldest makes room.
class fragment_table {
 public:
  static constexpr duration timeout = std::chrono::seconds(30);

  explicit fragment_table(std::size_t datagrams) : slots_(datagrams == 0 ? 1 : datagrams) {}

  /// The datagram that `key` belongs to, or nullptr: then `make_room` and `begin` one.
  [[nodiscard]] datagram* find(const datagram_key& key) noexcept;
  /// A free place, or the oldest, which the caller gives up first; nullptr where all are being read.
  [[nodiscard]] datagram* make_room() noexcept;

  template <class F>
  void for_each_used(F&& f) {
    for (datagram& d : slots_)
      if (d.used && !d.reading) f(d);
  }
  [[nodiscard]] std::size_t memory_bytes() const noexcept;

 private:
  std::vector<datagram> slots_;
};

}  // namespace netanomaly::inline NETANOMALY_MODE::capture
