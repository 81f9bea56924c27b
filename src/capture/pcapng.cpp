// SPDX-License-Identifier: Apache-2.0
#include "pcapng.hpp"

#include <algorithm>
#include <array>

namespace netanomaly::inline NETANOMALY_MODE::capture {

namespace {

namespace block_type {
constexpr std::uint32_t section = 0x0a0d0d0a, interface = 1, old_packet = 2, simple_packet = 3, enhanced_packet = 6;
}
constexpr std::uint32_t most_block_octets = 16U << 20;
constexpr std::size_t most_interfaces = 65536;

time_point time_of(std::uint64_t ticks, std::uint8_t resolution, std::int64_t offset) noexcept {
  const unsigned exponent = resolution & 0x7fU;
  std::uint64_t seconds = 0;
  std::uint64_t nanoseconds = 0;
  if ((resolution & 0x80U) != 0) {  // 2^-exponent seconds
    seconds = exponent < 64 ? ticks >> exponent : 0;
    std::uint64_t part = exponent < 64 ? ticks - (seconds << exponent) : ticks;
    unsigned bits = exponent;
    if (bits > 32) {
      part = bits - 32 < 64 ? part >> (bits - 32) : 0;
      bits = 32;
    }
    nanoseconds = part * 1'000'000'000U >> bits;
  } else {
    constexpr std::array<std::uint64_t, 20> ten{1U,
                                                10U,
                                                100U,
                                                1'000U,
                                                10'000U,
                                                100'000U,
                                                1'000'000U,
                                                10'000'000U,
                                                100'000'000U,
                                                1'000'000'000U,
                                                10'000'000'000U,
                                                100'000'000'000U,
                                                1'000'000'000'000U,
                                                10'000'000'000'000U,
                                                100'000'000'000'000U,
                                                1'000'000'000'000'000U,
                                                10'000'000'000'000'000U,
                                                100'000'000'000'000'000U,
                                                1'000'000'000'000'000'000U,
                                                10'000'000'000'000'000'000U};
    if (exponent < ten.size()) {
      seconds = ticks / ten[exponent];
      const std::uint64_t part = ticks % ten[exponent];
      nanoseconds = exponent <= 9 ? part * ten[9 - exponent] : part / ten[exponent - 9];
    }
  }
  constexpr std::int64_t far = std::int64_t{1} << 61;
  const auto whole = static_cast<std::int64_t>(std::min<std::uint64_t>(seconds, far));
  return time_from(whole + std::clamp(offset, -far, far), static_cast<std::int64_t>(nanoseconds));
}

}  // namespace

time_point time_from(std::int64_t seconds, std::int64_t nanoseconds) noexcept {
  constexpr std::int64_t second = 1'000'000'000;
  constexpr std::int64_t last = time_point::max().time_since_epoch().count() / second - 1;
  return time_point(
      duration(std::clamp(seconds, -last, last) * second + std::clamp<std::int64_t>(nanoseconds, 0, second - 1)));
}

bool pcapng_reader::recognises(buffered_input& in) {
  const octets head = in.peek(4);
  return head.size() == 4 && load32(head, 0) == block_type::section;
}

std::uint16_t pcapng_reader::get16(octets o, std::size_t at) const noexcept {
  const std::uint16_t big = load16(o, at);
  return swapped_ ? big : static_cast<std::uint16_t>(big << 8 | big >> 8);
}
std::uint32_t pcapng_reader::get32(octets o, std::size_t at) const noexcept {
  const std::uint32_t big = load32(o, at);
  return swapped_ ? big : big >> 24 | (big >> 8 & 0xff00U) | (big << 8 & 0xff0000U) | big << 24;
}

bool pcapng_reader::bad(std::string what) {
  fault_ = std::move(what);
  return false;
}

bool pcapng_reader::next(pcapng_packet& p) {
  for (;;) {
    if (fault_) return false;
    const octets head = in_.peek(12);
    if (head.empty()) return false;
    if (head.size() < 12) return bad("it breaks off in the beginning of a block");
    const bool section = load32(head, 0) == block_type::section;
    if (section && !begin_section(head)) return false;
    const std::uint32_t type = get32(head, 0);
    const std::uint32_t size = get32(head, 4);
    if (size < 12 || size % 4 != 0) return bad("a block says that it has " + std::to_string(size) + " octets");
    const bool wanted = section || type == block_type::interface || type == block_type::old_packet ||
                        type == block_type::simple_packet || type == block_type::enhanced_packet;
    if (!wanted) {
      if (!in_.skip(size)) return bad("it breaks off in a block of " + std::to_string(size) + " octets");
      continue;
    }
    if (size > most_block_octets) return bad("a block says that it has " + std::to_string(size) + " octets");
    const octets block = in_.peek(size);
    if (block.size() < size) return bad("it breaks off in a block of " + std::to_string(size) + " octets");
    if (get32(block, size - 4) != size)
      return bad("a block's two lengths differ: " + std::to_string(size) + " and " +
                 std::to_string(get32(block, size - 4)));
    const found what = section ? found::other : read_body(type, block.subspan(8, size - 12), p);
    if (what == found::fault) return false;
    in_.consume(size);  // the octets stay where they are until the next peek
    if (what == found::packet) return true;
  }
}

bool pcapng_reader::begin_section(octets head) {
  const std::uint32_t magic = load32(head, 8);
  if (magic != 0x1a2b3c4d && magic != 0x4d3c2b1a)
    return bad("a section's byte-order mark is neither 1a2b3c4d nor 4d3c2b1a");
  swapped_ = magic == 0x1a2b3c4d;
  interfaces_.clear();
  return true;
}

pcapng_reader::found pcapng_reader::read_body(std::uint32_t type, octets body, pcapng_packet& p) {
  switch (type) {
    case block_type::interface:
      return add_interface(body);
    case block_type::enhanced_packet:
    case block_type::old_packet: {
      if (body.size() < 20) break;
      const std::size_t number = type == block_type::enhanced_packet ? get32(body, 0) : get16(body, 0);
      return give(number, std::uint64_t{get32(body, 4)} << 32 | get32(body, 8), body.subspan(20), get32(body, 12),
                  get32(body, 16), p);
    }
    case block_type::simple_packet: {
      if (body.size() < 4 || interfaces_.empty()) break;
      const std::uint32_t length = get32(body, 0);
      const std::uint32_t most = interfaces_[0].snapshot_length != 0 ? interfaces_[0].snapshot_length : length;
      const time_point time = last_;
      const found what = give(0, 0, body.subspan(4), std::min(length, most), length, p);
      p.time = last_ = time;
      return what;
    }
    default:
      return found::other;
  }
  bad("a packet block is too short, or has no interface");
  return found::fault;
}

pcapng_reader::found pcapng_reader::add_interface(octets body) {
  if (body.size() < 8 || interfaces_.size() == most_interfaces) {
    bad(body.size() < 8 ? "an interface block is too short" : "more than 65,536 interfaces");
    return found::fault;
  }
  interface i {
    .link_type = get16(body, 0), .snapshot_length = get32(body, 4)
  };
  octets rest = body.subspan(8);
  while (rest.size() >= 4) {
    const unsigned code = get16(rest, 0);
    const std::size_t size = get16(rest, 2);
    const std::size_t padded = (size + 3) / 4 * 4;
    if (code == 0 || rest.size() - 4 < padded) break;
    if (code == 9 && size == 1) i.resolution = static_cast<std::uint8_t>(load8(rest, 4));
    if (code == 14 && size == 8) {
      const std::uint64_t first = get32(rest, 4);
      const std::uint64_t second = get32(rest, 8);
      i.offset = static_cast<std::int64_t>(swapped_ ? first << 32 | second : second << 32 | first);
    }
    rest = rest.subspan(4 + padded);
  }
  interfaces_.push_back(i);
  return found::other;
}

pcapng_reader::found pcapng_reader::give(std::size_t number, std::uint64_t ticks, octets data, std::uint32_t captured,
                                         std::uint32_t length, pcapng_packet& p) {
  if (number >= interfaces_.size()) {
    bad("a packet of interface " + std::to_string(number) + ", which the section does not have");
    return found::fault;
  }
  if (captured > data.size()) {
    bad("a packet of " + std::to_string(captured) + " octets in a block with room for " + std::to_string(data.size()));
    return found::fault;
  }
  const interface& i = interfaces_[number];
  last_ = time_of(ticks, i.resolution, i.offset);
  p = {i.link_type, last_, data.first(captured), std::max(length, captured)};
  return found::packet;
}

}  // namespace netanomaly::inline NETANOMALY_MODE::capture
