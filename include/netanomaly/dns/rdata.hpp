// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/config.hpp>
#include <netanomaly/core/hash.hpp>
#include <netanomaly/dns/address.hpp>
#include <netanomaly/dns/detail/wire.hpp>
#include <netanomaly/dns/name.hpp>
#include <netanomaly/dns/transaction.hpp>
#include <netanomaly/dns/types.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <optional>
#include <span>

/// Record data by type: views of 16 bytes into the message, made by `record.as<rdata::mx>()`. message_view has
/// validated what they read, so no function here can fail. Numbers are in host order, spans point into the message.
namespace netanomaly::inline NETANOMALY_MODE::dns::rdata {

/// What all views are: where the data lies in the message (names in it may point to elsewhere in the message).
class view {
 public:
  /// Nothing is checked: `record.as` is the way to get one.
  constexpr view(const std::byte* message, std::uint32_t begin, std::uint32_t size) noexcept
      : message_(message), begin_(begin), end_(begin + size) {}

  /// The data as in the message.
  [[nodiscard]] constexpr std::span<const std::byte> octets() const noexcept { return between(begin_, end_); }

 protected:
  /// At octet `at` of the data.
  [[nodiscard]] constexpr std::uint8_t u8(std::uint32_t at) const noexcept {
    return static_cast<std::uint8_t>(message_[begin_ + at]);
  }
  /// At octet `at` of the data.
  [[nodiscard]] constexpr std::uint16_t u16(std::uint32_t at) const noexcept {
    return detail::load16(message_ + begin_ + at);
  }
  /// At octet `at` of the data.
  [[nodiscard]] constexpr std::uint32_t u32(std::uint32_t at) const noexcept {
    return detail::load32(message_ + begin_ + at);
  }
  /// From `at`, counted from the start of the data, to its end.
  [[nodiscard]] constexpr std::span<const std::byte> rest(std::uint32_t at) const noexcept {
    return between(begin_ + at, end_);
  }
  /// `size` octets from `at`.
  [[nodiscard]] constexpr std::span<const std::byte> part(std::uint32_t at, std::uint32_t size) const noexcept {
    return between(begin_ + at, begin_ + at + size);
  }
  /// At octet `at` of the data.
  [[nodiscard]] constexpr name_view name(std::uint32_t at) const noexcept {
    return {message_, static_cast<std::uint16_t>(begin_ + at)};
  }
  /// Where the name at `at` ends.
  [[nodiscard]] constexpr std::uint32_t after_name(std::uint32_t at) const noexcept {
    return detail::after_name(message_, begin_ + at) - begin_;
  }

 private:
  [[nodiscard]] constexpr std::span<const std::byte> between(std::uint32_t from, std::uint32_t to) const noexcept {
    return {message_ + from, to - from};
  }

  const std::byte* message_;
  std::uint32_t begin_;
  std::uint32_t end_;
};

/// A forward range over parts that follow each other in a span; `Part` has `static Part read(span)`, which takes the
/// first of what is left, and `octets()`, how much that was.
template <class Part>
class sequence {
 public:
  /// Goes from element to element.
  class iterator {
   public:
    using iterator_concept = std::forward_iterator_tag;
    using iterator_category = std::input_iterator_tag;
    using value_type = Part;
    using difference_type = std::ptrdiff_t;

    constexpr iterator() noexcept = default;
    /// At the first part of what is left.
    constexpr explicit iterator(std::span<const std::byte> left) noexcept : left_(left) {}
    constexpr Part operator*() const noexcept { return Part::read(left_); }
    constexpr iterator& operator++() noexcept {
      left_ = left_.subspan(Part::read(left_).octets());
      return *this;
    }
    constexpr iterator operator++(int) noexcept {
      const auto old = *this;
      ++*this;
      return old;
    }
    friend constexpr bool operator==(const iterator& a, const iterator& b) noexcept {
      return a.left_.data() == b.left_.data();
    }
    friend constexpr bool operator==(const iterator& a, std::default_sentinel_t) noexcept { return a.left_.empty(); }

   private:
    std::span<const std::byte> left_;
  };

  constexpr sequence() noexcept = default;
  /// Over parts that fill `all` exactly.
  constexpr explicit sequence(std::span<const std::byte> all) noexcept : all_(all) {}
  [[nodiscard]] constexpr iterator begin() const noexcept { return iterator(all_); }
  [[nodiscard]] static constexpr std::default_sentinel_t end() noexcept { return {}; }
  [[nodiscard]] constexpr bool empty() const noexcept { return all_.empty(); }

 private:
  std::span<const std::byte> all_;
};

/// A string of up to 255 octets behind its length octet (RFC 1035 section 3.3).
struct character_string {
  std::span<const std::byte> text;  ///< without its length

  [[nodiscard]] static constexpr character_string read(std::span<const std::byte> left) noexcept {
    return {left.subspan(1, detail::octet(left[0]))};
  }
  [[nodiscard]] constexpr std::size_t octets() const noexcept { return 1 + text.size(); }
};

/// A number, a length and as many octets: an EDNS option or a parameter of SVCB.
struct coded_value {
  std::uint16_t code = 0;            ///< see option_code, or the keys of svcb
  std::span<const std::byte> value;  ///< without code and length

  [[nodiscard]] static constexpr coded_value read(std::span<const std::byte> left) noexcept {
    return {detail::load16(left.data()), left.subspan(4, detail::load16(left.data() + 2))};
  }
  [[nodiscard]] constexpr std::size_t octets() const noexcept { return 4 + value.size(); }
};

/// One window of a bitmap of record types (RFC 4034 section 4.1.2).
struct type_window {
  std::uint8_t window = 0;            ///< the upper octet of its types
  std::span<const std::byte> bitmap;  ///< 1 to 32 octets; the highest bit of the first is type 256 * window

  [[nodiscard]] static constexpr type_window read(std::span<const std::byte> left) noexcept {
    return {static_cast<std::uint8_t>(left[0]), left.subspan(2, detail::octet(left[1]))};
  }
  [[nodiscard]] constexpr std::size_t octets() const noexcept { return 2 + bitmap.size(); }
};

/// The record types that exist at a name.
class type_bitmap {
 public:
  /// Over windows that fill `octets` exactly.
  constexpr explicit type_bitmap(std::span<const std::byte> octets) noexcept : octets_(octets) {}
  /// Ascending, none empty.
  [[nodiscard]] constexpr sequence<type_window> windows() const noexcept { return sequence<type_window>(octets_); }
  /// O(windows).
  [[nodiscard]] constexpr bool contains(std::uint16_t type) const noexcept {
    const std::size_t at = type / 8 % 32;
    for (const auto w : windows())
      if (w.window == type / 256) return at < w.bitmap.size() && (detail::octet(w.bitmap[at]) << type % 8 & 0x80) != 0;
    return false;
  }
  /// Calls f(std::uint16_t type) for each, ascending.
  template <class F>
  constexpr void for_each(F f) const {
    for (const auto w : windows())
      for (std::size_t i = 0; i < w.bitmap.size() * 8; ++i)
        if ((detail::octet(w.bitmap[i / 8]) << i % 8 & 0x80) != 0)
          f(static_cast<std::uint16_t>(std::size_t{w.window} * 256 + i));
  }
  [[nodiscard]] constexpr std::span<const std::byte> octets() const noexcept { return octets_; }

 private:
  std::span<const std::byte> octets_;
};

/// A (RFC 1035). In class CH, where it means something else, it is opaque.
class a : public view {
 public:
  static constexpr bool is(std::uint16_t type) noexcept { return type == record_type::a; }
  static constexpr std::uint32_t least_octets = 4;
  using view::view;
  [[nodiscard]] constexpr ip_address address() const noexcept { return ip_address::v4(u32(0)); }  ///< where the name is
};

/// AAAA (RFC 3596).
class aaaa : public view {
 public:
  static constexpr bool is(std::uint16_t type) noexcept { return type == record_type::aaaa; }
  static constexpr std::uint32_t least_octets = 16;
  using view::view;
  /// Where the name is.
  [[nodiscard]] constexpr ip_address address() const noexcept {
    return ip_address::from_octets(octets()).value_or(ip_address());
  }
};

/// A record that is one name.
template <std::uint16_t Type>
class single_name : public view {
 public:
  static constexpr bool is(std::uint16_t type) noexcept { return type == Type; }
  static constexpr std::uint32_t least_octets = 1;
  using view::view;
  [[nodiscard]] constexpr name_view target() const noexcept { return name(0); }  ///< what it points to
};
using ns = single_name<record_type::ns>;        ///< RFC 1035
using cname = single_name<record_type::cname>;  ///< RFC 1035
using ptr = single_name<record_type::ptr>;      ///< RFC 1035
using dname = single_name<record_type::dname>;  ///< RFC 6672

/// SOA (RFC 1035); times in seconds.
class soa : public view {
 public:
  static constexpr bool is(std::uint16_t type) noexcept { return type == record_type::soa; }
  static constexpr std::uint32_t least_octets = 22;
  using view::view;
  [[nodiscard]] constexpr name_view mname() const noexcept { return name(0); }  ///< the primary server
  /// The mailbox of whoever is responsible, its @ written as a dot.
  [[nodiscard]] constexpr name_view rname() const noexcept { return name(after_name(0)); }
  /// Version of the zone, in RFC 1982 arithmetic.
  [[nodiscard]] constexpr std::uint32_t serial() const noexcept { return from_end(20); }
  /// Seconds until secondaries ask again.
  [[nodiscard]] constexpr std::uint32_t refresh() const noexcept { return from_end(16); }
  /// Seconds until they try again after a failure.
  [[nodiscard]] constexpr std::uint32_t retry() const noexcept { return from_end(12); }
  /// Seconds until they stop answering.
  [[nodiscard]] constexpr std::uint32_t expire() const noexcept { return from_end(8); }
  /// TTL of negative answers, seconds (RFC 2308).
  [[nodiscard]] constexpr std::uint32_t minimum() const noexcept { return from_end(4); }

 private:
  [[nodiscard]] constexpr std::uint32_t from_end(std::uint32_t back) const noexcept {
    const auto all = octets();
    return detail::load32(all.data() + all.size() - back);
  }
};

/// MX (RFC 1035).
class mx : public view {
 public:
  static constexpr bool is(std::uint16_t type) noexcept { return type == record_type::mx; }
  static constexpr std::uint32_t least_octets = 3;
  using view::view;
  [[nodiscard]] constexpr std::uint16_t preference() const noexcept { return u16(0); }  ///< the least is tried first
  [[nodiscard]] constexpr name_view exchange() const noexcept { return name(2); }       ///< the mail server
};

/// TXT (RFC 1035). No string at all is accepted, though RFC 1035 asks for one: servers send it.
class txt : public view {
 public:
  static constexpr bool is(std::uint16_t type) noexcept { return type == record_type::txt; }
  static constexpr std::uint32_t least_octets = 0;
  using view::view;
  /// In order.
  [[nodiscard]] constexpr sequence<character_string> strings() const noexcept {
    return sequence<character_string>(octets());
  }
};

/// NULL (RFC 1035): any octets.
class null : public view {
 public:
  static constexpr bool is(std::uint16_t type) noexcept { return type == record_type::null; }
  static constexpr std::uint32_t least_octets = 0;
  using view::view;
};

/// SRV (RFC 2782).
class srv : public view {
 public:
  static constexpr bool is(std::uint16_t type) noexcept { return type == record_type::srv; }
  static constexpr std::uint32_t least_octets = 7;
  using view::view;
  [[nodiscard]] constexpr std::uint16_t priority() const noexcept { return u16(0); }  ///< the least is tried first
  /// Share among those of one priority.
  [[nodiscard]] constexpr std::uint16_t weight() const noexcept { return u16(2); }
  [[nodiscard]] constexpr std::uint16_t port() const noexcept { return u16(4); }  ///< of the service
  [[nodiscard]] constexpr name_view target() const noexcept {
    return name(6);
  }  ///< the host; the root: no such service
};

/// NAPTR (RFC 3403).
class naptr : public view {
 public:
  static constexpr bool is(std::uint16_t type) noexcept { return type == record_type::naptr; }
  static constexpr std::uint32_t least_octets = 8;
  using view::view;
  [[nodiscard]] constexpr std::uint16_t order() const noexcept { return u16(0); }  ///< the least is processed first
  /// The least is preferred among those of one order.
  [[nodiscard]] constexpr std::uint16_t preference() const noexcept { return u16(2); }
  /// What the rewrite gives: S, A, U, P or nothing.
  [[nodiscard]] constexpr std::span<const std::byte> flags() const noexcept { return string(4); }
  /// Protocol and service.
  [[nodiscard]] constexpr std::span<const std::byte> services() const noexcept { return string(after_string(4)); }
  /// The rewrite; empty where replacement() is used.
  [[nodiscard]] constexpr std::span<const std::byte> regexp() const noexcept {
    return string(after_string(after_string(4)));
  }
  /// The next name; the root where regexp() is used.
  [[nodiscard]] constexpr name_view replacement() const noexcept {
    return name(after_string(after_string(after_string(4))));
  }

 private:
  [[nodiscard]] constexpr std::span<const std::byte> string(std::uint32_t at) const noexcept {
    return part(at + 1, u8(at));
  }
  [[nodiscard]] constexpr std::uint32_t after_string(std::uint32_t at) const noexcept { return at + 1 + u8(at); }
};

/// CAA (RFC 8659).
class caa : public view {
 public:
  static constexpr bool is(std::uint16_t type) noexcept { return type == record_type::caa; }
  static constexpr std::uint32_t least_octets = 3;
  using view::view;
  /// 128: issuers must understand the tag.
  [[nodiscard]] constexpr std::uint8_t flags() const noexcept { return u8(0); }
  /// Issue, issuewild, iodef ....
  [[nodiscard]] constexpr std::span<const std::byte> tag() const noexcept { return part(2, u8(1)); }
  [[nodiscard]] constexpr std::span<const std::byte> value() const noexcept { return rest(2U + u8(1)); }  ///< by tag
};

/// DS (RFC 4034) and CDS (RFC 7344).
class ds : public view {
 public:
  static constexpr bool is(std::uint16_t type) noexcept { return type == record_type::ds || type == record_type::cds; }
  static constexpr std::uint32_t least_octets = 4;
  using view::view;
  [[nodiscard]] constexpr std::uint16_t key_tag() const noexcept { return u16(0); }  ///< of the DNSKEY it stands for
  [[nodiscard]] constexpr std::uint8_t algorithm() const noexcept { return u8(2); }  ///< IANA's DNSSEC algorithm number
  [[nodiscard]] constexpr std::uint8_t digest_type() const noexcept {
    return u8(3);
  }  ///< 1 SHA-1, 2 SHA-256, 4 SHA-384
  /// Of the DNSKEY and its owner.
  [[nodiscard]] constexpr std::span<const std::byte> digest() const noexcept { return rest(4); }
};

/// DNSKEY (RFC 4034) and CDNSKEY (RFC 7344).
class dnskey : public view {
 public:
  static constexpr bool is(std::uint16_t type) noexcept {
    return type == record_type::dnskey || type == record_type::cdnskey;
  }
  static constexpr std::uint32_t least_octets = 4;
  using view::view;
  /// 256 zone key, 1 secure entry point, 128 revoked.
  [[nodiscard]] constexpr std::uint16_t flags() const noexcept { return u16(0); }
  [[nodiscard]] constexpr std::uint8_t protocol() const noexcept { return u8(2); }   ///< 3
  [[nodiscard]] constexpr std::uint8_t algorithm() const noexcept { return u8(3); }  ///< IANA's DNSSEC algorithm number
  /// Its form depends on the algorithm.
  [[nodiscard]] constexpr std::span<const std::byte> public_key() const noexcept { return rest(4); }
};

/// RRSIG (RFC 4034); inception and expiration are seconds since 1970 modulo 2^32.
class rrsig : public view {
 public:
  static constexpr bool is(std::uint16_t type) noexcept { return type == record_type::rrsig; }
  static constexpr std::uint32_t least_octets = 19;
  using view::view;
  [[nodiscard]] constexpr std::uint16_t type_covered() const noexcept { return u16(0); }  ///< of the records signed
  [[nodiscard]] constexpr std::uint8_t algorithm() const noexcept { return u8(2); }  ///< IANA's DNSSEC algorithm number
  /// Of the owner, wildcard and root not counted.
  [[nodiscard]] constexpr std::uint8_t labels() const noexcept { return u8(3); }
  [[nodiscard]] constexpr std::uint32_t original_ttl() const noexcept { return u32(4); }  ///< seconds, as in the zone
  [[nodiscard]] constexpr std::uint32_t expiration() const noexcept { return u32(8); }    ///< not valid after it
  [[nodiscard]] constexpr std::uint32_t inception() const noexcept { return u32(12); }    ///< not valid before it
  [[nodiscard]] constexpr std::uint16_t key_tag() const noexcept { return u16(16); }      ///< of the DNSKEY that signed
  [[nodiscard]] constexpr name_view signer() const noexcept { return name(18); }          ///< the zone whose key it is
  /// Its form depends on the algorithm.
  [[nodiscard]] constexpr std::span<const std::byte> signature() const noexcept { return rest(after_name(18)); }
};

/// NSEC (RFC 4034).
class nsec : public view {
 public:
  static constexpr bool is(std::uint16_t type) noexcept { return type == record_type::nsec; }
  static constexpr std::uint32_t least_octets = 1;
  using view::view;
  [[nodiscard]] constexpr name_view next() const noexcept { return name(0); }  ///< the next owner in the zone
  /// That the owner has.
  [[nodiscard]] constexpr type_bitmap types() const noexcept { return type_bitmap(rest(after_name(0))); }
};

/// NSEC3 (RFC 5155).
class nsec3 : public view {
 public:
  static constexpr bool is(std::uint16_t type) noexcept { return type == record_type::nsec3; }
  static constexpr std::uint32_t least_octets = 6;
  using view::view;
  [[nodiscard]] constexpr std::uint8_t hash_algorithm() const noexcept { return u8(0); }  ///< 1 SHA-1
  /// 1: unsigned delegations are left out.
  [[nodiscard]] constexpr std::uint8_t flags() const noexcept { return u8(1); }
  [[nodiscard]] constexpr std::uint16_t iterations() const noexcept { return u16(2); }  ///< beyond the first
  /// 0 to 255 octets.
  [[nodiscard]] constexpr std::span<const std::byte> salt() const noexcept { return part(5, u8(4)); }
  /// The next owner's hash.
  [[nodiscard]] constexpr std::span<const std::byte> next_hashed() const noexcept {
    return part(6U + u8(4), u8(5U + u8(4)));
  }
  /// That the owner has.
  [[nodiscard]] constexpr type_bitmap types() const noexcept { return type_bitmap(rest(6U + u8(4) + u8(5U + u8(4)))); }
};

/// TLSA (RFC 6698).
class tlsa : public view {
 public:
  static constexpr bool is(std::uint16_t type) noexcept { return type == record_type::tlsa; }
  static constexpr std::uint32_t least_octets = 3;
  using view::view;
  /// 0 to 3: which certificate is meant, RFC 7218 has the names.
  [[nodiscard]] constexpr std::uint8_t usage() const noexcept { return u8(0); }
  /// 0 the whole certificate, 1 its public key.
  [[nodiscard]] constexpr std::uint8_t selector() const noexcept { return u8(1); }
  /// 0 as it is, 1 SHA-256, 2 SHA-512.
  [[nodiscard]] constexpr std::uint8_t matching_type() const noexcept { return u8(2); }
  /// Of the certificate or key.
  [[nodiscard]] constexpr std::span<const std::byte> data() const noexcept { return rest(3); }
};

/// SVCB and HTTPS (RFC 9460). The values of keys 0 to 4 and 6 are well formed; those of other keys are any octets.
class svcb : public view {
 public:
  /// Keys of parameters.
  static constexpr std::uint16_t mandatory = 0, alpn = 1, no_default_alpn = 2, port = 3, ipv4hint = 4, ech = 5,
                                 ipv6hint = 6;

  static constexpr bool is(std::uint16_t type) noexcept {
    return type == record_type::svcb || type == record_type::https;
  }
  static constexpr std::uint32_t least_octets = 3;
  using view::view;
  [[nodiscard]] constexpr std::uint16_t priority() const noexcept { return u16(0); }  ///< 0: an alias
  /// The alias's, or the server; the root: the owner itself.
  [[nodiscard]] constexpr name_view target() const noexcept { return name(2); }
  /// Keys and values, keys ascending.
  [[nodiscard]] constexpr sequence<coded_value> parameters() const noexcept {
    return sequence<coded_value>(rest(after_name(2)));
  }
  /// The value of one key; nothing where it does not stand.
  [[nodiscard]] constexpr std::optional<std::span<const std::byte>> parameter(std::uint16_t key) const noexcept {
    for (const auto p : parameters())
      if (p.code == key) return p.value;
    return std::nullopt;
  }
  /// The protocols of key alpn; none where it does not stand.
  [[nodiscard]] constexpr sequence<character_string> protocols() const noexcept {
    return sequence<character_string>(parameter(alpn).value_or(std::span<const std::byte>()));
  }
};
using https = svcb;  ///< RFC 9460

/// OPT (RFC 6891): EDNS. Beside the options in its data it keeps numbers in the record's class and TTL.
class opt : public view {
 public:
  static constexpr bool is(std::uint16_t type) noexcept { return type == record_type::opt; }
  static constexpr std::uint32_t least_octets = 0;
  using view::view;

  /// Octets the sender takes by UDP.
  [[nodiscard]] constexpr std::uint16_t udp_size() const noexcept { return detail::load16(octets().data() - 8); }
  [[nodiscard]] constexpr std::uint8_t extended_rcode() const noexcept {  ///< the upper 8 bits of the response's 12
    return static_cast<std::uint8_t>(*(octets().data() - 6));
  }
  /// 0 is all there is.
  [[nodiscard]] constexpr std::uint8_t version() const noexcept {
    return static_cast<std::uint8_t>(*(octets().data() - 5));
  }
  /// DO is the highest bit.
  [[nodiscard]] constexpr std::uint16_t flags() const noexcept { return detail::load16(octets().data() - 4); }
  /// DO: the sender takes DNSSEC records.
  [[nodiscard]] constexpr bool dnssec_ok() const noexcept { return (flags() & 0x8000U) != 0; }

  /// In order.
  [[nodiscard]] constexpr sequence<coded_value> options() const noexcept { return sequence<coded_value>(octets()); }
  /// The first option of this code; nothing where there is none.
  [[nodiscard]] constexpr std::optional<std::span<const std::byte>> option(std::uint16_t code) const noexcept {
    for (const auto o : options())
      if (o.code == code) return o.value;
    return std::nullopt;
  }
  /// Octets of all options of code 12 (RFC 7830), without their headers.
  [[nodiscard]] constexpr std::uint16_t padding_octets() const noexcept {
    std::size_t sum = 0;
    for (const auto o : options())
      if (o.code == option_code::padding) sum += o.value.size();
    return static_cast<std::uint16_t>(sum);
  }
  /// What a transaction keeps of it.
  [[nodiscard]] constexpr dns::edns summary() const noexcept {
    dns::edns e{.udp_size = udp_size(),
                .version = version(),
                .dnssec_ok = dnssec_ok(),
                .option_octets = static_cast<std::uint16_t>(octets().size()),
                .padding_octets = padding_octets(),
                .payload_octets = 0,
                .payload_hash = 0};
    for (const auto o : options()) {
      if (!option_code::may_be_anything(o.code) || is_zeros(o.value)) continue;
      e.payload_octets = static_cast<std::uint16_t>(e.payload_octets + o.value.size());
      for (const std::byte b : o.value)
        e.payload_hash = (e.payload_hash ^ static_cast<std::uint8_t>(b)) * 0x9e37'79b9'7f4a'7c15U;
      e.payload_hash = splitmix64::mix(e.payload_hash + o.code);
    }
    return e;
  }

 private:
  [[nodiscard]] static constexpr bool is_zeros(std::span<const std::byte> s) noexcept {
    return std::ranges::all_of(s, [](std::byte b) { return b == std::byte{0}; });
  }
};

}  // namespace netanomaly::inline NETANOMALY_MODE::dns::rdata
