// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "octets.hpp"

#include <netanomaly/capture/counters.hpp>
#include <netanomaly/core/time.hpp>

#include <array>
#include <vector>

namespace netanomaly::inline NETANOMALY_MODE::capture {

/// One direction of a connection.
struct tcp_endpoints {
  dns::ip_address source;
  dns::ip_address destination;
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;
  [[nodiscard]] tcp_endpoints reversed() const noexcept { return {destination, source, destination_port, source_port}; }
  friend bool operator==(const tcp_endpoints&, const tcp_endpoints&) = default;
};

struct tcp_segment {
  tcp_endpoints endpoints;
  time_point time{};
  time_point now{};  ///< the newest time seen: it does not run backwards
  std::uint64_t frame = 0;
  std::uint32_t sequence = 0;
  std::uint32_t acknowledged = 0;
  bool syn = false, ack = false, reset = false;
  octets data;
  std::size_t length = 0;  ///< of the data as sent: more than data.size() where the capture cut it
};

/// A message found in a stream. `length` is what its prefix says; the octets may be fewer.
struct tcp_message {
  const tcp_endpoints& endpoints;
  time_point time;
  std::uint64_t frame;
  octets data;
  std::size_t length;
};

class tcp_sink {  // NOLINT(cppcoreguidelines-special-member-functions): an interface that nobody owns by
 public:
  virtual void on_tcp_message(const tcp_message& message) = 0;

 protected:
  ~tcp_sink() = default;
};

/// Puts the directions of TCP connections in order and cuts them into messages with a length of two octets in front.
///
/// Octets that come in order and make whole messages are handed out from the packet itself; only what must wait is
/// copied. Of octets that come twice the first are kept. A set of 8 places holds the directions whose hashes agree; the
/// one that has been silent longest makes room.
class tcp_streams {
 public:
  static constexpr duration gap_timeout = std::chrono::seconds(3);       // then a hole is given up
  static constexpr duration message_timeout = std::chrono::seconds(60);  // then an incomplete message is given up
  static constexpr std::size_t window = std::size_t{2} * 65537;          // octets that may wait in one direction

  tcp_streams(std::size_t flows, std::size_t octets_waiting, std::uint64_t seed);

  void add(const tcp_segment& s, counters& counts, tcp_sink& to);
  void expire(time_point now, counters& counts, tcp_sink& to);
  void flush(counters& counts, tcp_sink& to);
  [[nodiscard]] std::size_t memory_bytes() const noexcept;

 private:
  static constexpr std::size_t ways = 8;
  static constexpr std::size_t most_ranges = 8;
  struct range {
    std::size_t begin, end;  // indices into the buffer
  };
  enum class phase : std::uint8_t {
    unused,
    lost,   // where the next message begins is not known, and nothing waits
    tried,  // believed in step, until a message does not look like one
    exact   // in step since the SYN
  };
  struct flow {
    tcp_endpoints endpoints;
    time_point last{};  // time of the newest segment with data
    time_point seen{};  // the clock then
    std::uint64_t frame = 0;
    std::uint32_t next = 0;  // sequence number of buffer[head], the first octet not handed out
    phase state = phase::unused;
    std::uint8_t range_count = 0;
    std::size_t head = 0;
    std::array<range, most_ranges> ranges{};  // what waits, ascending and apart
    std::vector<std::byte> buffer;

    [[nodiscard]] bool waits() const noexcept { return range_count > 0; }
    [[nodiscard]] bool first_is_in_order() const noexcept { return range_count > 0 && ranges[0].begin == head; }
    [[nodiscard]] bool has_hole() const noexcept { return range_count > (first_is_in_order() ? 1 : 0); }
    void drop_first_range() noexcept;
  };
  enum class stored : std::uint8_t { yes, known, refused };
  enum class start : std::uint8_t { none, at_length, at_header };

  [[nodiscard]] std::size_t set_of(const tcp_endpoints& e) const noexcept;
  [[nodiscard]] flow* find(const tcp_endpoints& e) noexcept;
  [[nodiscard]] flow& place_for(const tcp_endpoints& e, counters& counts, tcp_sink& to);
  void acknowledge(flow& f, std::uint32_t acknowledged, counters& counts, tcp_sink& to);
  void take(flow& f, std::uint32_t sequence, const tcp_segment& s, counters& counts, tcp_sink& to);
  static std::size_t cut(flow& f, octets data, counters& counts, tcp_sink& to);
  [[nodiscard]] stored store(flow& f, std::size_t offset, octets data);
  void drain(flow& f, counters& counts, tcp_sink& to);
  void give_up_first(flow& f, counters& counts, tcp_sink& to);
  void give_up_all(flow& f, counters& counts, tcp_sink& to);
  void release(flow& f);
  [[nodiscard]] static start start_of_message(octets data, std::size_t length) noexcept;

  std::vector<flow> flows_;
  std::vector<std::vector<std::byte>> spare_;
  std::size_t sets_;
  std::size_t most_octets_;
  std::size_t held_octets_ = 0;
  std::size_t waiting_flows_ = 0;
  std::uint64_t seed_;
};

}  // namespace netanomaly::inline NETANOMALY_MODE::capture
