// SPDX-License-Identifier: Apache-2.0
#include "fragments.hpp"
#include "octets.hpp"
#include "tcp_streams.hpp"

#include <netanomaly/capture/decoder.hpp>

#include <algorithm>
#include <array>
#include <bitset>
#include <optional>
#include <vector>

namespace netanomaly::inline NETANOMALY_MODE::capture {

namespace {

namespace ether_type {
constexpr unsigned ipv4 = 0x0800, ipv6 = 0x86dd, vlan = 0x8100, service_vlan = 0x88a8, old_qinq = 0x9100,
                   old_qinq_2 = 0x9200;
constexpr unsigned mpls = 0x8847, mpls_multicast = 0x8848, pppoe_session = 0x8864;
constexpr unsigned bridged_ethernet = 0x6558, ppp = 0x880b, erspan = 0x88be, erspan_3 = 0x22eb;
}  // namespace ether_type

namespace protocol {
constexpr unsigned hop_by_hop = 0, ipv4 = 4, tcp = 6, udp = 17, ipv6 = 41, routing = 43, fragment = 44, gre = 47;
constexpr unsigned authentication = 51, destination_options = 60, mobility = 135, host_identity = 139, shim6 = 140;
}  // namespace protocol

/// Well-known public resolvers that also answer over HTTPS: Cloudflare (with its addresses for browsers), Google,
/// Quad9, OpenDNS, AdGuard. Not complete and not meant to be: it tells that DNS goes past this vantage, not how much.
constexpr std::array<std::uint32_t, 18> doh_resolvers_v4{
    0x01010101, 0x01000001, 0x01010102, 0x01000002, 0x01010103, 0x01000003,  // 1.1.1.1-3, 1.0.0.1-3
    0xa29f3d03, 0xac402903, 0xa29f3d04, 0xac402904,                          // 162.159.61.3-4, 172.64.41.3-4
    0x08080808, 0x08080404,                                                  // 8.8.8.8, 8.8.4.4
    0x09090909, 0x95707070,                                                  // 9.9.9.9, 149.112.112.112
    0xd043dede, 0xd043dcdc,                                                  // 208.67.222.222, 208.67.220.220
    0x5e8c0e0e, 0x5e8c0f0f};                                                 // 94.140.14.14, 94.140.15.15
constexpr std::array<std::string_view, 11> doh_resolvers_v6{
    "2606:4700:4700::1111", "2606:4700:4700::1001", "2606:4700:4700::1112", "2606:4700:4700::1113",
    "2001:4860:4860::8888", "2001:4860:4860::8844", "2620:fe::fe",          "2620:fe::9",
    "2620:119:35::35",      "2620:119:53::53",      "2a10:50c0::ad1:ff"};

/// Remembers about as many hashes as it has places, each until another falls on its place; 32 bits of each, so that one
/// in 2^32 is taken for another.
class recent {
 public:
  explicit recent(std::size_t places) : places_(places) {}
  /// Whether `hash` was noted less than `within` seconds ago; notes it otherwise, if asked to.
  bool seen(std::uint64_t hash, std::int64_t now, std::int64_t within, bool note) noexcept {
    place& p = places_[hash & (places_.size() - 1)];
    const auto tag = static_cast<std::uint32_t>(hash >> 32 | 1U);
    const auto at = static_cast<std::uint32_t>(now);
    if (p.tag == tag && static_cast<std::int32_t>(at - p.at) < within) return true;
    if (note) p = {tag, at};
    return false;
  }
  [[nodiscard]] std::size_t memory_bytes() const noexcept { return places_.size() * sizeof(place); }

 private:
  struct place {
    std::uint32_t tag = 0;
    std::uint32_t at = 0;
  };
  std::vector<place> places_;  // a power of two of them
};

constexpr std::int64_t contact_seconds = 10;
constexpr std::int64_t flow_seconds = 300;
constexpr unsigned most_layers = 8;

}  // namespace

class decoder::engine final : tcp_sink {
 public:
  explicit engine(const params& p)
      : fragments_(p.fragment_datagrams),
        streams_(p.tcp_flows, p.tcp_octets, p.seed),
        contacts_(16384),
        flows_(4096),
        seed_(p.seed) {
    for (const std::uint16_t port : p.ports) dns_ports_.set(port);
    for (const std::uint32_t a : doh_resolvers_v4) resolvers_.push_back(dns::ip_address::v4(a));
    for (const std::string_view a : doh_resolvers_v6) resolvers_.push_back(*dns::ip_address::parse(a));
    std::sort(resolvers_.begin(), resolvers_.end());
  }

  void decode(int link_type, time_point time, octets captured, std::uint32_t length, handler& to) {
    to_ = &to;
    time_ = time;
    ++frame_;
    cut_ = length > captured.size();
    ++counts_[count::packets];
    counts_[count::octets] += captured.size();
    counts_[count::cut_by_snaplen] += cut_ ? 1 : 0;
    if (time > newest_) newest_ = time;
    if (newest_ >= next_expiry_) expire();
    link(link_type, captured);
    to_ = nullptr;
  }

  void flush(handler& to) {
    to_ = &to;
    fragments_.for_each_used([this](datagram& d) { give_up(d); });
    streams_.flush(counts_, *this);
    to_ = nullptr;
  }

  [[nodiscard]] const counters& counts() const noexcept { return counts_; }
  [[nodiscard]] std::size_t memory_bytes() const noexcept {
    return sizeof(engine) + fragments_.memory_bytes() + streams_.memory_bytes() + contacts_.memory_bytes() +
           flows_.memory_bytes();
  }

 private:
  void link(int link_type, octets o);
  void ethernet(octets o, unsigned layers);
  void by_ether_type(unsigned type, octets o, unsigned layers);
  void mpls(octets o, unsigned layers);
  void ppp(octets o, unsigned layers);
  void pppoe(octets o, unsigned layers);
  void by_version(octets o, unsigned layers);
  void ipv4(octets o, unsigned layers);
  void ipv6(octets o, unsigned layers);
  void whole(const dns::ip_address& source, const dns::ip_address& destination, unsigned next, octets o,
             std::size_t length, unsigned layers);
  void put_together(const fragment& f, unsigned layers);
  void give_up(datagram& d);
  void gre(octets o, unsigned layers);
  void udp(const dns::ip_address& source, const dns::ip_address& destination, octets o, std::size_t length,
           unsigned layers);
  bool tunnel(std::uint16_t source_port, std::uint16_t destination_port, octets o, unsigned layers);
  void tcp(const dns::ip_address& source, const dns::ip_address& destination, octets o, std::size_t length);
  void message(const tcp_endpoints& e, dns::transport transport, time_point time, std::uint64_t frame, octets o,
               std::size_t length);
  void on_tcp_message(const tcp_message& m) override {
    message(m.endpoints, dns::transport::tcp, m.time, m.frame, m.data, m.length);
  }
  enum class opening : std::uint8_t { unknown, first, answer };
  void other(const tcp_endpoints& e, unsigned next, opening opens);
  void encrypted(const tcp_endpoints& e, unsigned next);
  void expire();

  void fault(count c) noexcept { ++counts_[c]; }
  void not_ip() noexcept { ++counts_[count::other_packets]; }
  [[nodiscard]] bool enter(unsigned layers) noexcept {
    if (layers < most_layers) return true;
    fault(count::nested_too_deep);
    return false;
  }

  counters counts_;
  std::bitset<65536> dns_ports_;
  handler* to_ = nullptr;
  time_point time_{};
  std::uint64_t frame_ = 0;
  bool cut_ = false;
  time_point newest_{};  // from 1970 on, so that differences fit
  time_point next_expiry_{};
  fragment_table fragments_;
  tcp_streams streams_;
  recent contacts_;
  recent flows_;
  std::vector<dns::ip_address> resolvers_;
  std::uint64_t seed_;
};

void decoder::engine::expire() {
  next_expiry_ = std::min(newest_, time_point::max() - std::chrono::seconds(1)) + std::chrono::seconds(1);
  fragments_.for_each_used([this](datagram& d) {
    if (newest_ - d.begun > fragment_table::timeout) give_up(d);
  });
  streams_.expire(newest_, counts_, *this);
}

// ---------------------------------------------------------------------------------------------------------------------
// Link layers

void decoder::engine::link(int link_type, octets o) {
  switch (link_type) {
    case 1:
      return ethernet(o, 0);
    case 113:  // Linux cooked v1
      if (o.size() < 16) return fault(count::bad_link_header);
      return by_ether_type(load16(o, 14), o.subspan(16), 0);
    case 276:  // Linux cooked v2
      if (o.size() < 20) return fault(count::bad_link_header);
      return by_ether_type(load16(o, 0), o.subspan(20), 0);
    case 12:  // raw IP: DLT_RAW here and there, and LINKTYPE_RAW
    case 14:
    case 101:
      return by_version(o, 0);
    case 228:
      return ipv4(o, 0);
    case 229:
      return ipv6(o, 0);
    case 0:  // BSD loopback: an address family in the capturing host's byte order, or (108) in network order
    case 108: {
      if (o.size() < 4) return fault(count::bad_link_header);
      const std::uint32_t word = load32(o, 0);
      const std::uint32_t family = word > 0xffff ? word >> 24 | (word >> 8 & 0xff00U) : word;
      if (family == 2) return ipv4(o.subspan(4), 0);
      if (family == 10 || family == 24 || family == 28 || family == 30) return ipv6(o.subspan(4), 0);
      return not_ip();
    }
    case 9:
    case 50:
      return ppp(o, 0);
    case 51:
      return pppoe(o, 0);
    case 166:  // Linux pppd: a direction octet first
      if (o.empty()) return fault(count::bad_link_header);
      return ppp(o.subspan(1), 0);
    case 10:  // FDDI with LLC and SNAP
      if (o.size() < 21) return fault(count::bad_link_header);
      if (load16(o, 13) != 0xaaaa || load8(o, 15) != 3) return not_ip();
      return by_ether_type(load16(o, 19), o.subspan(21), 0);
    default:
      return fault(count::unsupported_link_type);
  }
}

void decoder::engine::ethernet(octets o, unsigned layers) {
  if (o.size() < 14) return fault(count::bad_link_header);
  const unsigned type = load16(o, 12);
  if (type >= 0x0600) [[likely]]
    return by_ether_type(type, o.subspan(14), layers);
  // a length: IEEE 802.3 with LLC, of which SNAP can carry IP
  if (o.size() < 22 || load16(o, 14) != 0xaaaa || load8(o, 16) != 3) return not_ip();
  by_ether_type(load16(o, 20), o.subspan(22), layers);
}

void decoder::engine::by_ether_type(unsigned type, octets o, unsigned layers) {
  while (type == ether_type::vlan || type == ether_type::service_vlan || type == ether_type::old_qinq ||
         type == ether_type::old_qinq_2) {
    if (o.size() < 4) return fault(count::bad_link_header);
    type = load16(o, 2);
    o = o.subspan(4);
  }
  switch (type) {
    case ether_type::ipv4:
      return ipv4(o, layers);
    case ether_type::ipv6:
      return ipv6(o, layers);
    case ether_type::pppoe_session:
      return pppoe(o, layers);
    case ether_type::mpls:
    case ether_type::mpls_multicast:
      return mpls(o, layers);
    default:
      return not_ip();
  }
}

void decoder::engine::mpls(octets o, unsigned layers) {
  bool bottom = false;
  while (!bottom) {
    if (o.size() < 4) return fault(count::bad_link_header);
    bottom = (load8(o, 2) & 1U) != 0;
    o = o.subspan(4);
  }
  if (o.empty()) return fault(count::bad_link_header);
  const unsigned version = load8(o, 0) >> 4;
  if (version == 4 || version == 6) return by_version(o, layers);
  not_ip();
}

void decoder::engine::ppp(octets o, unsigned layers) {
  if (o.size() >= 2 && load16(o, 0) == 0xff03) o = o.subspan(2);  // address and control
  if (o.empty()) return fault(count::bad_link_header);
  unsigned type = load8(o, 0);
  if ((type & 1U) != 0) {  // compressed to one octet
    o = o.subspan(1);
  } else {
    if (o.size() < 2) return fault(count::bad_link_header);
    type = load16(o, 0);
    o = o.subspan(2);
  }
  switch (type) {
    case 0x21:
      return ipv4(o, layers);
    case 0x57:
      return ipv6(o, layers);
    case 0x281:
      return mpls(o, layers);
    default:
      return not_ip();
  }
}

void decoder::engine::pppoe(octets o, unsigned layers) {
  if (o.size() < 6 || load8(o, 0) != 0x11) return fault(count::bad_link_header);
  if (load8(o, 1) != 0) return not_ip();  // discovery
  ppp(o.subspan(6), layers);
}

// ---------------------------------------------------------------------------------------------------------------------
// IP

void decoder::engine::by_version(octets o, unsigned layers) {
  if (o.empty()) return fault(count::bad_link_header);
  return load8(o, 0) >> 4 == 6 ? ipv6(o, layers) : ipv4(o, layers);
}

void decoder::engine::ipv4(octets o, unsigned layers) {
  if (!enter(layers)) return;
  if (o.size() < 20 || load8(o, 0) >> 4 != 4) return fault(count::bad_ipv4_header);
  const std::size_t header = std::size_t{load8(o, 0) & 15U} * 4;
  std::size_t total = load16(o, 2);
  if (total == 0) total = o.size();  // left to the card (TCP segmentation offload)
  if (header < 20 || header > o.size() || header > total) return fault(count::bad_ipv4_header);
  const octets payload = o.subspan(header, std::min(total, o.size()) - header);  // not the link's padding
  const unsigned next = load8(o, 9);
  const unsigned place = load16(o, 6);
  if ((place & 0x3fffU) != 0) {
    ++counts_[count::fragments];
    if (payload.size() < total - header) {
      fault(count::incomplete_datagram);
      if ((place & 0x1fffU) == 0 && next == protocol::udp)
        udp(load_ipv4(o, 12), load_ipv4(o, 16), payload, total - header, layers);
      return;
    }
    return put_together(
        {.key = {load_ipv4(o, 12), load_ipv4(o, 16), load16(o, 4), static_cast<std::uint8_t>(next), false},
         .offset = std::size_t{place & 0x1fffU} * 8,
         .more = (place & 0x2000U) != 0,
         .next_protocol = static_cast<std::uint8_t>(next),
         .data = payload},
        layers);
  }
  whole(load_ipv4(o, 12), load_ipv4(o, 16), next, payload, total - header, layers);
}

void decoder::engine::ipv6(octets o, unsigned layers) {
  if (!enter(layers)) return;
  if (o.size() < 40 || load8(o, 0) >> 4 != 6) return fault(count::bad_ipv6_header);
  const dns::ip_address source = load_ipv6(o, 8);
  const dns::ip_address destination = load_ipv6(o, 24);
  unsigned next = load8(o, 6);
  std::size_t length = load16(o, 4);
  if (length == 0) length = o.size() - 40;  // a jumbogram, or left to the card
  octets rest = o.subspan(40, std::min(length, o.size() - 40));
  for (;;) {
    std::size_t header = 0;
    switch (next) {
      case protocol::hop_by_hop:
      case protocol::routing:
      case protocol::destination_options:
      case protocol::mobility:
      case protocol::host_identity:
      case protocol::shim6:
        if (rest.size() < 8) return fault(count::bad_ipv6_header);
        header = (load8(rest, 1) + 1) * std::size_t{8};
        break;
      case protocol::authentication:
        if (rest.size() < 8) return fault(count::bad_ipv6_header);
        header = (load8(rest, 1) + 2) * std::size_t{4};
        break;
      case protocol::fragment: {
        if (rest.size() < 8) return fault(count::bad_ipv6_header);
        const unsigned place = load16(rest, 2);
        if ((place & 0xfff9U) == 0) {  // the only one of its datagram (RFC 6946)
          header = 8;
          break;
        }
        ++counts_[count::fragments];
        if (rest.size() < length) {
          fault(count::incomplete_datagram);
          if ((place & 0xfff8U) == 0 && load8(rest, 0) == protocol::udp)
            udp(source, destination, rest.subspan(8), length - 8, layers);
          return;
        }
        return put_together({.key = {source, destination, load32(rest, 4), 0, true},
                             .offset = place & 0xfff8U,
                             .more = (place & 1U) != 0,
                             .next_protocol = static_cast<std::uint8_t>(load8(rest, 0)),
                             .data = rest.subspan(8)},
                            layers);
      }
      default:
        return whole(source, destination, next, rest, length, layers);
    }
    if (header > rest.size()) return fault(count::bad_ipv6_header);
    next = load8(rest, 0);
    rest = rest.subspan(header);
    length -= header;
  }
}

void decoder::engine::put_together(const fragment& f, unsigned layers) {
  datagram* d = fragments_.find(f.key);
  if (d != nullptr && newest_ - d->begun > fragment_table::timeout) {
    give_up(*d);
    d = nullptr;
  }
  if (d == nullptr) {
    d = fragments_.make_room();
    if (d == nullptr) return fault(count::nested_too_deep);
    if (d->used) give_up(*d);
    d->begin(f.key, time_, newest_, frame_);
  }
  switch (d->add(f)) {
    case datagram::step::waiting:
    case datagram::step::repeated:
      return;
    case datagram::step::overlapping:
      return fault(count::overlapping_fragment);
    case datagram::step::impossible:
      return fault(count::bad_fragment);
    case datagram::step::complete:
      break;
  }
  ++counts_[count::fragmented_datagrams];
  d->reading = true;
  whole(f.key.source, f.key.destination, d->next_protocol, d->whole(), d->whole().size(), layers);
  d->used = false;
}

/// Something is missing: what stands before the first hole can still hold the question.
void decoder::engine::give_up(datagram& d) {
  if (!d.overlaps) {
    ++counts_[count::incomplete_datagram];
    const octets begin = d.before_first_hole();
    if (d.next_protocol == protocol::udp && begin.size() > 8) {
      const time_point time = std::exchange(time_, d.first_time);
      const std::uint64_t frame = std::exchange(frame_, d.first_frame);
      d.reading = true;
      udp(d.key.source, d.key.destination, begin, std::max<std::size_t>(load16(begin, 4), begin.size()), most_layers);
      time_ = time;
      frame_ = frame;
    }
  }
  d.used = false;
}

void decoder::engine::whole(const dns::ip_address& source, const dns::ip_address& destination, unsigned next, octets o,
                            std::size_t length, unsigned layers) {
  switch (next) {
    case protocol::udp:
      return udp(source, destination, o, length, layers);
    case protocol::tcp:
      return tcp(source, destination, o, length);
    case protocol::ipv4:
      ++counts_[count::tunnelled_packets];
      return ipv4(o, layers + 1);
    case protocol::ipv6:
      ++counts_[count::tunnelled_packets];
      return ipv6(o, layers + 1);
    case protocol::gre:
      return gre(o, layers);
    default:
      return other({source, destination, 0, 0}, next, opening::unknown);
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// Tunnels

void decoder::engine::gre(octets o, unsigned layers) {
  if (o.size() < 4) return fault(count::bad_link_header);
  const unsigned flags = load16(o, 0);
  const unsigned type = load16(o, 2);
  std::size_t header = 4;
  if ((flags & 0x8000U) != 0 || (flags & 0x4000U) != 0) header += 4;  // checksum and offset
  if ((flags & 0x2000U) != 0) header += 4;                            // key
  const bool sequence = (flags & 0x1000U) != 0;
  if (sequence) header += 4;
  if ((flags & 7U) == 1 && (flags & 0x0080U) != 0) header += 4;  // PPTP's acknowledgement
  if ((flags & 0x4000U) != 0 || header > o.size())
    return fault(count::bad_link_header);  // source routes are gone (RFC 2784)
  o = o.subspan(header);
  if (o.empty()) return not_ip();  // PPTP acknowledges so
  ++counts_[count::tunnelled_packets];
  switch (type) {
    case ether_type::ppp:
      return ppp(o, layers + 1);
    case ether_type::bridged_ethernet:
      return enter(layers + 1) ? ethernet(o, layers + 1) : void();
    case ether_type::erspan:
    case ether_type::erspan_3: {
      std::size_t more = 0;
      if (type == ether_type::erspan && sequence) more = 8;
      if (type == ether_type::erspan_3) more = o.size() >= 12 && (load8(o, 11) & 1U) != 0 ? 20 : 12;
      if (o.size() < more) return fault(count::bad_link_header);
      return enter(layers + 1) ? ethernet(o.subspan(more), layers + 1) : void();
    }
    default:
      return by_ether_type(type, o, layers + 1);
  }
}

/// Whether the payload of a UDP packet was a packet again.
bool decoder::engine::tunnel(std::uint16_t source_port, std::uint16_t destination_port, octets o, unsigned layers) {
  if (layers + 1 >= most_layers) return false;
  const auto inside = [this] { ++counts_[count::tunnelled_packets]; };
  switch (destination_port) {
    case 4789:  // VXLAN (RFC 7348), and Linux's port before it had one
    case 8472:
      if (o.size() < 8 + 14 || (load8(o, 0) & 0x08U) == 0 || load8(o, 7) != 0) return false;
      inside();
      ethernet(o.subspan(8), layers + 1);
      return true;
    case 6081: {  // GENEVE (RFC 8926)
      if (o.size() < 8 || load8(o, 0) >> 6 != 0) return false;
      const std::size_t header = 8 + (load8(o, 0) & 0x3fU) * std::size_t{4};
      const unsigned type = load16(o, 2);
      if (o.size() <= header) return false;
      if (type == ether_type::bridged_ethernet) {
        inside();
        ethernet(o.subspan(header), layers + 1);
        return true;
      }
      if (type != ether_type::ipv4 && type != ether_type::ipv6) return false;
      inside();
      by_ether_type(type, o.subspan(header), layers + 1);
      return true;
    }
    case 2152: {  // GTP-U (3GPP TS 29.281): version 1, a user's packet
      if (o.size() < 8 || load8(o, 0) >> 4 != 3 || load8(o, 1) != 0xff) return false;
      std::size_t header = 8;
      if ((load8(o, 0) & 7U) != 0) {
        header = 12;
        if (o.size() < header) return false;
        unsigned extension = (load8(o, 0) & 4U) != 0 ? load8(o, 11) : 0;
        while (extension != 0) {
          if (o.size() <= header) return false;
          const std::size_t length = load8(o, header) * std::size_t{4};
          if (length == 0 || o.size() < header + length) return false;
          extension = load8(o, header + length - 1);
          header += length;
        }
      }
      if (o.size() < header + 20) return false;
      const unsigned version = load8(o, header) >> 4;
      if (version != 4 && version != 6) return false;
      inside();
      by_version(o.subspan(header), layers + 1);
      return true;
    }
    default:
      break;
  }
  if (source_port != 3544 && destination_port != 3544) return false;
  // Teredo (RFC 4380): perhaps an authentication and an origin, then IPv6
  if (o.size() >= 13 && load16(o, 0) == 1) {
    const std::size_t header = 13 + load8(o, 2) + load8(o, 3);
    if (o.size() < header) return false;
    o = o.subspan(header);
  }
  if (o.size() >= 8 && load16(o, 0) == 0) o = o.subspan(8);
  if (o.size() < 40 || load8(o, 0) >> 4 != 6) return false;
  inside();
  ipv6(o, layers + 1);
  return true;
}

// ---------------------------------------------------------------------------------------------------------------------
// UDP, TCP and what is neither

void decoder::engine::udp(const dns::ip_address& source, const dns::ip_address& destination, octets o,
                          std::size_t length, unsigned layers) {
  if (o.size() < 8) return fault(count::bad_udp_header);
  const std::uint16_t source_port = load16(o, 0);
  const std::uint16_t destination_port = load16(o, 2);
  std::size_t said = load16(o, 4);
  if (said == 0 && length > 65535) said = length;  // a jumbogram
  if (said < 8) return fault(count::bad_udp_header);
  const octets payload = o.subspan(8, std::min(said, o.size()) - 8);
  const tcp_endpoints e{source, destination, source_port, destination_port};
  if (dns_ports_[destination_port] || dns_ports_[source_port]) {
    if (said == 8) return fault(count::empty_payload);
    return message(e, dns::transport::udp, time_, frame_, payload, said - 8);
  }
  if (tunnel(source_port, destination_port, payload, layers)) return;
  other(e, protocol::udp, opening::unknown);
}

void decoder::engine::tcp(const dns::ip_address& source, const dns::ip_address& destination, octets o,
                          std::size_t length) {
  if (o.size() < 20) return fault(count::bad_tcp_header);
  const std::size_t header = std::size_t{load8(o, 12) >> 4} * 4;
  if (header < 20 || header > length) return fault(count::bad_tcp_header);
  const std::uint16_t source_port = load16(o, 0);
  const std::uint16_t destination_port = load16(o, 2);
  const unsigned flags = load8(o, 13);
  const bool syn = (flags & 2U) != 0;
  const bool ack = (flags & 16U) != 0;
  const tcp_endpoints e{source, destination, source_port, destination_port};
  if (!dns_ports_[destination_port] && !dns_ports_[source_port]) {
    opening opens = opening::unknown;
    if (syn) opens = ack ? opening::answer : opening::first;
    return other(e, protocol::tcp, opens);
  }
  streams_.add({.endpoints = e,
                .time = time_,
                .now = newest_,
                .frame = frame_,
                .sequence = load32(o, 4),
                .acknowledged = load32(o, 8),
                .syn = syn,
                .ack = ack,
                .reset = (flags & 4U) != 0,
                .data = o.subspan(std::min(header, o.size())),
                .length = length - header},
               counts_, *this);
}

void decoder::engine::message(const tcp_endpoints& e, dns::transport transport, time_point time, std::uint64_t frame,
                              octets o, std::size_t length) {
  ++counts_[transport == dns::transport::udp ? count::udp_messages : count::tcp_messages];
  const bool response =
      o.size() > 2 ? (load8(o, 2) & 0x80U) != 0 : dns_ports_[e.source_port] && !dns_ports_[e.destination_port];
  to_->on_message({.time = time,
                   .client = response ? e.destination : e.source,
                   .server = response ? e.source : e.destination,
                   .client_port = response ? e.destination_port : e.source_port,
                   .server_port = response ? e.source_port : e.destination_port,
                   .transport = transport,
                   .response = response,
                   .length = static_cast<std::uint32_t>(length),
                   .octets = o,
                   .frame = frame});
}

void decoder::engine::other(const tcp_endpoints& e, unsigned next, opening opens) {
  ++counts_[count::other_packets];
  if (next == protocol::tcp || next == protocol::udp) encrypted(e, next);
  const dns::ip_address& client = opens == opening::answer ? e.destination : e.source;
  const dns::ip_address& peer = opens == opening::answer ? e.source : e.destination;
  const auto first = std::to_integer<unsigned>(peer.octets()[0]);
  const bool to_many = peer.is_v4() ? std::to_integer<unsigned>(peer.octets()[12]) >= 224 : first == 0xff;
  if (to_many) return;
  const std::uint64_t one = hash_of(client, seed_);
  const std::uint64_t two = hash_of(peer, seed_);
  const std::int64_t now = std::chrono::floor<std::chrono::seconds>(time_).time_since_epoch().count();
  if (opens == opening::unknown && contacts_.seen(mix(two, one), now, contact_seconds, false)) return;  // an answer
  if (contacts_.seen(mix(one, two), now, contact_seconds, true)) return;
  ++counts_[count::contacts];
  to_->on_contact({time_, client, peer});
}

/// Counts the flows that carry DNS where it cannot be read.
void decoder::engine::encrypted(const tcp_endpoints& e, unsigned next) {
  const bool to_853 = e.destination_port == 853 || e.source_port == 853;
  if (!to_853) {
    if (e.destination_port != 443 && e.source_port != 443) return;
    const dns::ip_address& server = e.destination_port == 443 ? e.destination : e.source;
    if (!std::binary_search(resolvers_.begin(), resolvers_.end(), server)) return;
  }
  const std::uint64_t flow =
      (mix(hash_of(e.source, seed_), e.source_port) + mix(hash_of(e.destination, seed_), e.destination_port)) ^ next;
  const std::int64_t now = std::chrono::floor<std::chrono::seconds>(time_).time_since_epoch().count();
  if (flows_.seen(flow, now, flow_seconds, true)) return;
  ++counts_[!to_853 ? count::doh_flows : next == protocol::tcp ? count::dot_flows : count::doq_flows];
}

// ---------------------------------------------------------------------------------------------------------------------

decoder::decoder(const params& p) : engine_(std::make_unique<engine>(p)) {}
decoder::decoder(decoder&&) noexcept = default;
decoder& decoder::operator=(decoder&&) noexcept = default;
decoder::~decoder() = default;

void decoder::decode(int link_type, time_point time, std::span<const std::byte> captured, std::uint32_t length,
                     handler& to) {
  engine_->decode(link_type, time, captured, length, to);
}
void decoder::flush(handler& to) { engine_->flush(to); }
const counters& decoder::counts() const noexcept { return engine_->counts(); }
std::size_t decoder::memory_bytes() const noexcept { return sizeof(decoder) + engine_->memory_bytes(); }

}  // namespace netanomaly::inline NETANOMALY_MODE::capture
