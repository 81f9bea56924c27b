// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/config.hpp>
#include <netanomaly/core/result.hpp>
#include <netanomaly/dns/detail/octet_checks.hpp>
#include <netanomaly/dns/detail/wire.hpp>
#include <netanomaly/dns/name.hpp>
#include <netanomaly/dns/parse_error.hpp>
#include <netanomaly/dns/rdata.hpp>
#include <netanomaly/dns/types.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace netanomaly::inline NETANOMALY_MODE::dns {

/// One entry of the question section.
class question {
 public:
  constexpr question() noexcept = default;
  /// Nothing is checked: message_view makes them.
  constexpr question(const std::byte* message, std::uint32_t begin, std::uint32_t name_end) noexcept
      : message_(message), begin_(static_cast<std::uint16_t>(begin)), name_end_(static_cast<std::uint16_t>(name_end)) {}

  /// QNAME; a view into the message.
  [[nodiscard]] constexpr name_view name() const noexcept { return {message_, begin_}; }
  /// QTYPE.
  [[nodiscard]] constexpr std::uint16_t type() const noexcept { return detail::load16(message_ + name_end_); }
  /// QCLASS without its top bit, which is no part of it in mDNS (RFC 6762 section 5.4). The message does not know its
  /// port: for one that is not mDNS, raw_class() is the class.
  [[nodiscard]] constexpr std::uint16_t dns_class() const noexcept { return raw_class() & 0x7fffU; }
  /// QCLASS as it stands, 16 bits.
  [[nodiscard]] constexpr std::uint16_t raw_class() const noexcept { return detail::load16(message_ + name_end_ + 2); }
  /// The top bit of QCLASS: in mDNS, the asker would like the answer by unicast (QU).
  [[nodiscard]] constexpr bool unicast_response() const noexcept { return (raw_class() & 0x8000U) != 0; }

  /// Where it begins and ends in the message.
  [[nodiscard]] constexpr std::uint32_t begin_offset() const noexcept { return begin_; }
  /// Where its octets end in the message.
  [[nodiscard]] constexpr std::uint32_t end_offset() const noexcept { return name_end_ + 4U; }

 private:
  friend class message_view;
  template <class>
  friend class section;
  [[nodiscard]] static constexpr question at(const std::byte* message, std::uint32_t begin) noexcept {
    return {message, begin, detail::after_name(message, begin)};
  }

  const std::byte* message_ = nullptr;
  std::uint16_t begin_ = 0;
  std::uint16_t name_end_ = 0;
};

/// One resource record.
class record {
 public:
  constexpr record() noexcept = default;
  /// Nothing is checked: message_view makes them.
  constexpr record(const std::byte* message, std::uint32_t begin, std::uint32_t name_end) noexcept
      : message_(message), begin_(static_cast<std::uint16_t>(begin)), name_end_(static_cast<std::uint16_t>(name_end)) {}

  /// The owner; a view into the message.
  [[nodiscard]] constexpr name_view name() const noexcept { return {message_, begin_}; }
  /// See record_type.
  [[nodiscard]] constexpr std::uint16_t type() const noexcept { return detail::load16(message_ + name_end_); }
  /// CLASS without its top bit, which is no part of it in mDNS (RFC 6762 section 10.2). The message does not know its
  /// port: for one that is not mDNS, raw_class() is the class. Of OPT neither is a class: see rdata::opt.
  [[nodiscard]] constexpr std::uint16_t dns_class() const noexcept { return raw_class() & 0x7fffU; }
  /// CLASS as it stands, 16 bits; of OPT the UDP size.
  [[nodiscard]] constexpr std::uint16_t raw_class() const noexcept { return detail::load16(message_ + name_end_ + 2); }
  /// The top bit of CLASS: in mDNS, the receiver should drop what it has under this name and type.
  [[nodiscard]] constexpr bool cache_flush() const noexcept { return (raw_class() & 0x8000U) != 0; }
  [[nodiscard]] constexpr std::uint32_t ttl() const noexcept {
    return detail::load32(message_ + name_end_ + 4);
  }  ///< seconds

  /// The record data as in the message; names in it may be compressed.
  [[nodiscard]] constexpr std::span<const std::byte> rdata() const noexcept {
    return {message_ + rdata_begin(), detail::load16(message_ + name_end_ + 8)};
  }
  /// The record data as its type has it: `if (const auto mx = r.as<rdata::mx>()) use(mx->exchange());` Nothing for a
  /// record of another type, for one without data (UPDATE has those, RFC 2136 section 2.4), and for an A of class CH.
  template <class View>
  [[nodiscard]] constexpr std::optional<View> as() const noexcept {
    const auto size = static_cast<std::uint32_t>(rdata().size());
    if (!View::is(type()) || size < View::least_octets) return std::nullopt;
    if constexpr (std::same_as<View, rdata::a>)
      if (dns_class() == record_class::chaos) return std::nullopt;
    return View(message_, rdata_begin(), size);
  }

  /// Whether names stand in the data, so that expanded_rdata() may differ from rdata().
  [[nodiscard]] constexpr bool rdata_has_names() const noexcept { return names().count != 0; }
  /// Writes the record data with the names in it uncompressed, letter case kept; gives its size, or nothing where `out`
  /// is too small. The result is at most 510 octets longer than rdata().
  [[nodiscard]] std::optional<std::size_t> expanded_rdata(std::span<std::byte> out) const noexcept;
  /// Calls f(octets, in_name) with the pieces that make what expanded_rdata() writes, as spans of where they lie.
  template <class F>
  constexpr void each_rdata_run(F&& f) const;
  /// The size of what expanded_rdata() writes.
  [[nodiscard]] constexpr std::size_t expanded_rdata_size() const noexcept;

  /// Where it begins and ends in the message.
  [[nodiscard]] constexpr std::uint32_t begin_offset() const noexcept { return begin_; }
  /// Where its octets end in the message.
  [[nodiscard]] constexpr std::uint32_t end_offset() const noexcept {
    return rdata_begin() + detail::load16(message_ + name_end_ + 8);
  }

 private:
  friend class message_view;
  template <class>
  friend class section;
  [[nodiscard]] static constexpr record at(const std::byte* message, std::uint32_t begin) noexcept {
    return {message, begin, detail::after_name(message, begin)};
  }
  [[nodiscard]] constexpr std::uint32_t rdata_begin() const noexcept { return name_end_ + 10U; }

  struct names_in_rdata {
    std::uint32_t begin = 0;  ///< octets before the first name
    std::uint32_t count = 0;  ///< names that follow each other
  };
  [[nodiscard]] constexpr names_in_rdata names() const noexcept;

  const std::byte* message_ = nullptr;
  std::uint16_t begin_ = 0;
  std::uint16_t name_end_ = 0;
};

/// A section's entries in order: a forward range whose size is known. `Entry` is question or record.
template <class Entry>
class section {
 public:
  /// Goes from record to record.
  class iterator {
   public:
    using iterator_concept = std::forward_iterator_tag;
    using iterator_category = std::input_iterator_tag;
    using value_type = Entry;
    using difference_type = std::ptrdiff_t;

    constexpr iterator() noexcept = default;
    /// Nothing is checked: a section makes them.
    constexpr iterator(const std::byte* message, std::uint32_t begin, std::uint32_t left) noexcept
        : message_(message), left_(left) {
      if (left_ != 0) entry_ = Entry::at(message_, begin);
    }
    constexpr Entry operator*() const noexcept { return entry_; }
    constexpr const Entry* operator->() const noexcept { return &entry_; }
    constexpr iterator& operator++() noexcept {
      if (--left_ != 0) entry_ = Entry::at(message_, entry_.end_offset());
      return *this;
    }
    constexpr iterator operator++(int) noexcept {
      const auto old = *this;
      ++*this;
      return old;
    }
    friend constexpr bool operator==(const iterator& a, const iterator& b) noexcept { return a.left_ == b.left_; }
    friend constexpr bool operator==(const iterator& a, std::default_sentinel_t) noexcept { return a.left_ == 0; }

   private:
    const std::byte* message_ = nullptr;
    std::uint32_t left_ = 0;
    Entry entry_;
  };

  constexpr section() noexcept = default;
  /// Nothing is checked: message_view makes them.
  constexpr section(const std::byte* message, std::uint32_t begin, std::uint32_t count) noexcept
      : message_(message), begin_(begin), count_(count) {}

  [[nodiscard]] constexpr iterator begin() const noexcept { return {message_, begin_, count_}; }
  [[nodiscard]] static constexpr std::default_sentinel_t end() noexcept { return {}; }
  [[nodiscard]] constexpr std::size_t size() const noexcept { return count_; }
  [[nodiscard]] constexpr bool empty() const noexcept { return count_ == 0; }
  /// The first entry; there must be one.
  [[nodiscard]] constexpr Entry front() const noexcept { return Entry::at(message_, begin_); }

 private:
  const std::byte* message_ = nullptr;
  std::uint32_t begin_ = 0;
  std::uint32_t count_ = 0;
};

struct message_prefix;

/// A DNS message where it lies (RFC 1035): header, four sections, names, record data by type.
///
/// One pass checks all that the view hands out later, so that reading cannot fail: names (labels, pointers, at most 255
/// octets when expanded) and the data of A, AAAA, NS, CNAME, DNAME, PTR, SOA, MX, TXT, SRV, NAPTR, CAA, DS, CDS,
/// DNSKEY, CDNSKEY, RRSIG, NSEC, NSEC3, TLSA, SVCB, HTTPS, OPT with its options. NULL and all other types are opaque
/// (RFC 3597).
///
/// It is made for monitors, so it refuses what cannot be read and not what a server should refuse: any label octets,
/// class, opcode and flags, compressed names in the data of SRV, NAPTR, RRSIG, NSEC, SVCB (forbidden, but mDNS
/// responders write them), TXT without strings, octets after the message, in UPDATE records without data.
///
/// Cost     O(octets) for any input, a value of 32 bytes, no allocation; nothing throws. The octets must outlive the
/// view. Errors   the first broken rule and where; parse_prefix also gives what stands before it. Source   RFC 1035,
/// 2136 (UPDATE), 1996 (NOTIFY), 3597, 6762 (mDNS), 6891 (EDNS), and those named in rdata.hpp.
class message_view {
 public:
  static constexpr std::uint32_t max_octets = 65535;                             ///< more is no message
  static constexpr std::uint32_t header_octets = detail::message_header_octets;  ///< the shortest message

  /// Empty: a header of zeros and no entries.
  constexpr message_view() noexcept = default;
  /// The whole message checked, or the first rule it breaks and where; O(octets), no allocation.
  [[nodiscard]] static result<message_view, parse_error> parse(std::span<const std::byte> octets) noexcept;
  /// The header and all entries that are whole before the first fault, and the fault. Where the header itself is not
  /// whole and where there are more than 65,535 octets, the view is empty. The counts of the header may promise more
  /// than the sections then hold.
  [[nodiscard]] static message_prefix parse_prefix(std::span<const std::byte> octets) noexcept;

  [[nodiscard]] constexpr std::uint16_t id() const noexcept { return header(0); }     ///< pairs queries with responses
  [[nodiscard]] constexpr std::uint16_t flags() const noexcept { return header(2); }  ///< the second word of the header
  [[nodiscard]] constexpr bool is_response() const noexcept { return (flags() & 0x8000U) != 0; }  ///< QR
  /// 0 is QUERY, 4 NOTIFY, 5 UPDATE; see opcode_name().
  [[nodiscard]] constexpr std::uint8_t opcode() const noexcept {
    return static_cast<std::uint8_t>(flags() >> 11 & 15U);
  }
  [[nodiscard]] constexpr bool authoritative() const noexcept { return (flags() & 0x0400U) != 0; }        ///< AA
  [[nodiscard]] constexpr bool truncated() const noexcept { return (flags() & 0x0200U) != 0; }            ///< TC
  [[nodiscard]] constexpr bool recursion_desired() const noexcept { return (flags() & 0x0100U) != 0; }    ///< RD
  [[nodiscard]] constexpr bool recursion_available() const noexcept { return (flags() & 0x0080U) != 0; }  ///< RA
  [[nodiscard]] constexpr bool z() const noexcept { return (flags() & 0x0040U) != 0; }               ///< must be zero
  [[nodiscard]] constexpr bool authentic_data() const noexcept { return (flags() & 0x0020U) != 0; }  ///< AD
  [[nodiscard]] constexpr bool checking_disabled() const noexcept { return (flags() & 0x0010U) != 0; }  ///< CD
  /// The 4 bits of the header and, above them, the 8 of EDNS where OPT is there.
  [[nodiscard]] constexpr std::uint16_t rcode() const noexcept {
    const auto edns_bits = opt_ == 0 ? 0U : detail::octet(data_[opt_ + 5U]) << 4;
    return static_cast<std::uint16_t>((flags() & 15U) | edns_bits);
  }

  /// The counts as the header states them.
  [[nodiscard]] constexpr std::uint16_t question_count() const noexcept { return header(4); }
  [[nodiscard]] constexpr std::uint16_t answer_count() const noexcept {
    return header(6);
  }  ///< as the header states it
  /// As the header states it.
  [[nodiscard]] constexpr std::uint16_t authority_count() const noexcept { return header(8); }
  /// As the header states it.
  [[nodiscard]] constexpr std::uint16_t additional_count() const noexcept { return header(10); }

  /// The sections. Of an UPDATE they are zones, prerequisites, updates and additionals (RFC 2136); of a NOTIFY the
  /// question names the zone and type that changed, and answers may hold its new records (RFC 1996).
  [[nodiscard]] constexpr section<question> questions() const noexcept { return {data_, header_octets, count_[0]}; }
  /// Entries of the second section.
  [[nodiscard]] constexpr section<record> answers() const noexcept { return {data_, begin_[0], count_[1]}; }
  /// Entries of the third section.
  [[nodiscard]] constexpr section<record> authorities() const noexcept { return {data_, begin_[1], count_[2]}; }
  /// Entries of the fourth section, OPT among them.
  [[nodiscard]] constexpr section<record> additionals() const noexcept { return {data_, begin_[2], count_[3]}; }
  [[nodiscard]] constexpr section<question> zones() const noexcept { return questions(); }      ///< of an UPDATE
  [[nodiscard]] constexpr section<record> prerequisites() const noexcept { return answers(); }  ///< of an UPDATE
  [[nodiscard]] constexpr section<record> updates() const noexcept { return authorities(); }    ///< of an UPDATE
  /// Answers, authorities and additionals in one.
  [[nodiscard]] constexpr section<record> records() const noexcept {
    return {data_, begin_[0], static_cast<std::uint32_t>(count_[1] + count_[2] + count_[3])};
  }

  /// The first question, in O(1); nothing where there is none.
  [[nodiscard]] constexpr std::optional<question> first_question() const noexcept {
    if (count_[0] == 0) return std::nullopt;
    return question(data_, header_octets, header_octets + first_name_octets_);
  }
  /// Wire form of the first question's name, which is never compressed, in O(1); empty where there is no question.
  [[nodiscard]] constexpr std::span<const std::byte> qname() const noexcept {
    if (count_[0] == 0) return {};
    return {data_ + header_octets, first_name_octets_};
  }
  /// The OPT record; nothing where there is none.
  [[nodiscard]] constexpr std::optional<rdata::opt> opt() const noexcept {
    if (opt_ == 0) return std::nullopt;
    return rdata::opt(data_, opt_ + 11U, detail::load16(data_ + opt_ + 9U));
  }

  /// All octets given to parse.
  [[nodiscard]] constexpr std::span<const std::byte> octets() const noexcept { return {data_, size_}; }
  /// Those after the last entry that could be read: what follows a whole message.
  [[nodiscard]] constexpr std::span<const std::byte> trailing() const noexcept { return octets().subspan(begin_[3]); }

 private:
  class parser;

  [[nodiscard]] constexpr std::uint16_t header(std::size_t at) const noexcept { return detail::load16(data_ + at); }

  static constexpr std::array<std::byte, header_octets> no_header{};

  const std::byte* data_ = no_header.data();
  std::uint16_t size_ = 0;
  std::array<std::uint16_t, 4> begin_{};  ///< of answers, authorities, additionals, and what follows
  std::array<std::uint16_t, 4> count_{};  ///< of entries that can be read
  std::uint16_t opt_ = 0;                 ///< where the OPT record begins, 0 where there is none
  std::uint8_t first_name_octets_ = 0;
};

/// What parse_prefix gives.
struct message_prefix {
  message_view view;                 ///< of what stands before the fault
  std::optional<parse_error> error;  ///< nothing where the whole message is valid
};

/// The pass over the octets. Offsets are octets from the start of the message, at least 12, so that 0 can mean failure.
/// What it remembers of names never leaves its own functions, so that the compiler can keep it in registers.
class message_view::parser {
 public:
  /// Over these octets; what is wrong goes into `error`.
  parser(std::span<const std::byte> octets, parse_error& error) noexcept
      : in_(octets.data(), static_cast<std::uint32_t>(std::min<std::size_t>(octets.size(), max_octets + 1)), error) {}

  /// Fills `view`, which is empty; false where a rule is broken, which the error then names.
  [[nodiscard]] bool run(message_view& view) noexcept;

 private:
  static constexpr std::uint32_t pointer_to_first_name = 0xc000U | header_octets;

  [[nodiscard]] std::uint32_t first_name() noexcept;
  [[nodiscard]] std::uint32_t name(std::uint32_t begin, std::uint32_t end) noexcept;
  [[nodiscard]] std::uint32_t expanded_octets(std::uint32_t target, std::uint32_t begin,
                                              std::uint32_t pointer) noexcept;
  [[nodiscard]] std::uint32_t next_record(std::uint32_t begin, bool additional) noexcept;
  [[nodiscard]] std::uint32_t data_of(std::uint32_t type, std::uint32_t begin, std::uint32_t end) noexcept;
  [[nodiscard]] std::uint32_t name_after(std::uint32_t octets, std::uint32_t begin, std::uint32_t end) noexcept;

  detail::octet_checks in_;
  std::uint32_t first_name_octets_ = 0;
  std::uint32_t known_target_ = 0xffff;    ///< where a pointer led last, not to the first name
  std::uint32_t known_octets_ = 0;         ///< octets of the name there, when expanded
  std::uint32_t opt_ = 0;                  ///< where the OPT record begins
  std::array<std::uint64_t, 4> starts_{};  ///< bit i: a label of the first name starts at octet 12 + i
};

inline bool message_view::parser::run(message_view& view) noexcept {
  if (in_.size() < header_octets) return in_.fail(in_.size(), parse_rule::message_has_header) != 0;
  if (in_.size() > max_octets) return in_.fail(max_octets, parse_rule::message_fits_length) != 0;
  view.data_ = in_.data();
  view.size_ = static_cast<std::uint16_t>(in_.size());

  std::uint32_t at = header_octets;
  std::uint32_t questions = 0;
  const std::uint32_t question_count = in_.u16(4);
  const std::uint32_t answer_count = in_.u16(6);
  const std::uint32_t before_additionals = answer_count + in_.u16(8);
  const std::uint32_t record_count = before_additionals + in_.u16(10);
  std::uint32_t records = 0;
  std::array<std::uint32_t, 3> ends{};
  bool whole = true;

  for (; questions < question_count; ++questions) {
    const std::uint32_t name_end = questions == 0 ? first_name() : name(at, in_.size());
    if (name_end == 0) break;
    if (in_.size() - name_end < 4) {
      (void)in_.fail(name_end, parse_rule::question_is_whole);
      break;
    }
    at = name_end + 4;
  }
  const std::uint32_t answers_begin = at;
  if (questions == question_count) {
    for (; records < record_count; ++records) {
      const std::uint32_t end = next_record(at, records >= before_additionals);
      if (end == 0) break;
      at = end;
      ends[static_cast<std::size_t>(records >= answer_count) +
           static_cast<std::size_t>(records >= before_additionals)] = at;
    }
    whole = records == record_count;
  } else {
    whole = false;
  }

  const auto half = [](std::uint32_t n) { return static_cast<std::uint16_t>(n); };
  const std::uint32_t answers = (std::min)(records, answer_count);
  const std::uint32_t authorities = (std::min)(records, before_additionals) - answers;
  view.count_ = {half(questions), half(answers), half(authorities), half(records - answers - authorities)};
  const std::uint32_t answers_end = (std::max)(answers_begin, ends[0]);
  view.begin_ = {half(answers_begin), half(answers_end), half((std::max)(answers_end, ends[1])), half(at)};
  view.opt_ = half(opt_);
  view.first_name_octets_ = static_cast<std::uint8_t>(first_name_octets_);
  return whole;
}

/// The name at octet 12, which no pointer can shorten: there is nothing before it to point to.
inline std::uint32_t message_view::parser::first_name() noexcept {
  constexpr std::uint32_t begin = header_octets;
  const std::uint32_t end = (std::min)(in_.size(), begin + detail::max_name_octets);
  for (std::uint32_t at = begin; at < end;) {
    const std::uint32_t n = in_.u8(at);
    if (n > 63) {
      if (n < 0xc0) return in_.fail(at, parse_rule::label_type_is_known);
      return name(begin, in_.size());  // fails, and says how
    }
    starts_[(at - begin) / 64] |= std::uint64_t{1} << (at - begin) % 64;
    at += n + 1;
    if (n == 0) {
      first_name_octets_ = at - begin;
      return at;
    }
  }
  return name(begin, in_.size());  // fails, and says how
}

/// The end of the name at `begin`, whose octets up to its root label or pointer must lie before `end`.
inline std::uint32_t message_view::parser::name(std::uint32_t begin, std::uint32_t end) noexcept {
  for (std::uint32_t at = begin; at < end;) {
    const std::uint32_t n = in_.u8(at);
    if (n >= 0xc0) {
      if (end - at < 2) return in_.fail(at, parse_rule::name_is_whole);
      const std::uint32_t rest = expanded_octets(in_.u16(at) & 0x3fffU, begin, at);
      if (rest == 0) return 0;
      if (at - begin + rest > detail::max_name_octets) return in_.fail(begin, parse_rule::name_fits_length);
      return at + 2;
    }
    if (n > 63) return in_.fail(at, parse_rule::label_type_is_known);
    at += n + 1;
    if (at - begin > detail::max_name_octets) return in_.fail(begin, parse_rule::name_fits_length);
    if (n == 0) return at;
  }
  return in_.fail(begin, parse_rule::name_is_whole);
}

/// Octets, when expanded, of the name at `target`, to which a pointer of the name at `begin` leads.
inline std::uint32_t message_view::parser::expanded_octets(std::uint32_t target, std::uint32_t begin,
                                                           std::uint32_t pointer) noexcept {
  // Nearly all pointers lead to a label of the first name or to where an earlier one led: those are known to be valid.
  const std::uint32_t i = target - header_octets;
  if (i < first_name_octets_ && (starts_[i / 64] >> i % 64 & 1) != 0) return first_name_octets_ - i;
  if (target != known_target_) {
    known_octets_ = in_.expanded_octets(target, begin, pointer);
    known_target_ = known_octets_ == 0 ? 0xffff : target;
  }
  return known_octets_;
}

/// The end of the record at `begin`.
[[gnu::noinline]] inline std::uint32_t message_view::parser::next_record(std::uint32_t begin,
                                                                         bool additional) noexcept {
  std::uint32_t fixed = begin + 2;
  if (in_.size() - begin < 12 || in_.u16(begin) != pointer_to_first_name || first_name_octets_ == 0) {
    fixed = name(begin, in_.size());
    if (fixed == 0) return 0;
    if (in_.size() - fixed < 10) return in_.fail(fixed, parse_rule::record_is_whole);
  }
  const std::uint32_t type = in_.u16(fixed);
  const std::uint32_t data = fixed + 10;
  const std::uint32_t octets = in_.u16(fixed + 8);
  if (octets > in_.size() - data) return in_.fail(fixed + 8, parse_rule::record_data_is_whole);
  if (type == record_type::opt) {
    if (!additional) return in_.fail(begin, parse_rule::opt_is_additional);
    if (opt_ != 0) return in_.fail(begin, parse_rule::opt_is_single);
    if (fixed - begin != 1) return in_.fail(begin, parse_rule::opt_owner_is_root);
  }
  const std::uint32_t end = data_of(type, data, data + octets);
  if (end == 0 && octets == 0 && (in_.u8(2) >> 3 & 15U) == dns::opcode::update) return data;
  if (end != 0 && type == record_type::opt) opt_ = begin;
  return end;
}

/// The end of the record data, where it has the form of its type.
[[gnu::always_inline]] inline std::uint32_t message_view::parser::data_of(std::uint32_t type, std::uint32_t begin,
                                                                          std::uint32_t end) noexcept {
  switch (type) {
    case record_type::a:
      if ((in_.u16(begin - 8) & 0x7fffU) == record_class::chaos) return end;
      return in_.exactly(4, begin, end);
    case record_type::aaaa:
      return in_.exactly(16, begin, end);
    case record_type::ns:
    case record_type::cname:
    case record_type::ptr:
    case record_type::dname:
      return name_after(0, begin, end);
    case record_type::mx:
      return name_after(2, begin, end);
    case record_type::srv:
      return name_after(6, begin, end);
    case record_type::txt:
      return in_.strings(begin, end);
    case record_type::opt:
      return in_.options(begin, end);
    case record_type::soa: {
      if (begin == end) return in_.misfit(begin);
      const std::uint32_t mname = name(begin, end);
      if (mname == 0) return 0;
      const std::uint32_t rname = name(mname, end);
      if (rname == 0) return 0;
      return end - rname == 20 ? end : in_.misfit(begin);
    }
    case record_type::naptr: {
      if (end - begin < 8) return in_.misfit(begin);
      std::uint32_t at = begin + 4;
      for (int i = 0; i < 3; ++i) {
        at = in_.string(at, end);
        if (at == 0) return 0;
      }
      return name_after(0, at, end);
    }
    case record_type::caa: {
      if (end - begin < 3 || in_.u8(begin + 1) == 0 || in_.u8(begin + 1) > end - begin - 2) return in_.misfit(begin);
      return end;
    }
    case record_type::ds:
    case record_type::cds:
    case record_type::dnskey:
    case record_type::cdnskey:
      return in_.at_least(4, begin, end);
    case record_type::tlsa:
      return in_.at_least(3, begin, end);
    case record_type::rrsig: {
      if (end - begin < 19) return in_.misfit(begin);
      return name(begin + 18, end) == 0 ? 0 : end;
    }
    case record_type::nsec: {
      if (begin == end) return in_.misfit(begin);
      const std::uint32_t next = name(begin, end);
      return next == 0 ? 0 : in_.type_bitmap(next, end);
    }
    case record_type::nsec3: {
      if (end - begin < 6) return in_.misfit(begin);
      const std::uint32_t salt = in_.string(begin + 4, end);
      if (salt == 0) return 0;
      const std::uint32_t hash = in_.string(salt, end);
      return hash == 0 ? 0 : in_.type_bitmap(hash, end);
    }
    case record_type::svcb:
    case record_type::https: {
      if (end - begin < 3) return in_.misfit(begin);
      const std::uint32_t target = name(begin + 2, end);
      return target == 0 ? 0 : in_.parameters(target, end);
    }
    default:
      return end;
  }
}

inline std::uint32_t message_view::parser::name_after(std::uint32_t octets, std::uint32_t begin,
                                                      std::uint32_t end) noexcept {
  if (end - begin <= octets) return in_.misfit(begin);
  const std::uint32_t at = name(begin + octets, end);
  return at == end || at == 0 ? at : in_.misfit(begin);
}

inline result<message_view, parse_error> message_view::parse(std::span<const std::byte> octets) noexcept {
  result<message_view, parse_error> parsed{message_view()};
  parse_error error;
  if (!parser(octets, error).run(*parsed)) parsed = unexpected(error);
  return parsed;
}

inline message_prefix message_view::parse_prefix(std::span<const std::byte> octets) noexcept {
  message_prefix parsed;
  parse_error error;
  if (!parser(octets, error).run(parsed.view)) parsed.error = error;
  return parsed;
}

constexpr record::names_in_rdata record::names() const noexcept {
  if (rdata().empty()) return {};
  switch (type()) {
    case record_type::ns:
    case record_type::cname:
    case record_type::ptr:
    case record_type::dname:
    case record_type::nsec:
      return {0, 1};
    case record_type::soa:
      return {0, 2};
    case record_type::mx:
    case record_type::svcb:
    case record_type::https:
      return {2, 1};
    case record_type::srv:
      return {6, 1};
    case record_type::rrsig:
      return {18, 1};
    case record_type::naptr: {
      const auto octets = rdata();
      std::uint32_t at = 4;
      for (int i = 0; i < 3; ++i) at += 1 + detail::octet(octets[at]);
      return {at, 1};
    }
    default:
      return {};
  }
}

template <class F>
constexpr void record::each_rdata_run(F&& f) const {
  const auto octets = rdata();
  const auto inside = names();
  if (inside.begin != 0) f(octets.first(inside.begin), false);
  std::uint32_t at = rdata_begin() + inside.begin;
  for (std::uint32_t i = 0; i < inside.count; ++i) {
    name_view(message_, static_cast<std::uint16_t>(at)).each_run([&](std::span<const std::byte> run) { f(run, true); });
    at = detail::after_name(message_, at);
  }
  if (at != end_offset()) f(octets.subspan(at - rdata_begin()), false);
}

constexpr std::size_t record::expanded_rdata_size() const noexcept {
  if (!rdata_has_names()) return rdata().size();
  std::size_t size = 0;
  each_rdata_run([&](std::span<const std::byte> run, bool) { size += run.size(); });
  return size;
}

inline std::optional<std::size_t> record::expanded_rdata(std::span<std::byte> out) const noexcept {
  std::size_t size = 0;
  bool fits = true;
  each_rdata_run([&](std::span<const std::byte> run, bool) {
    fits = fits && run.size() <= out.size() - size;
    if (!fits) return;
    std::memcpy(out.data() + size, run.data(), run.size());
    size += run.size();
  });
  return fits ? std::optional(size) : std::nullopt;
}

}  // namespace netanomaly::inline NETANOMALY_MODE::dns
