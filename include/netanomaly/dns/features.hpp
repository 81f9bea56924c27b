// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/config.hpp>
#include <netanomaly/dns/detail/name_scan.hpp>
#include <netanomaly/dns/detail/wire.hpp>
#include <netanomaly/dns/entropy.hpp>
#include <netanomaly/dns/lexicon.hpp>
#include <netanomaly/dns/message_view.hpp>
#include <netanomaly/dns/suffix.hpp>
#include <netanomaly/dns/transaction.hpp>
#include <netanomaly/dns/types.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

namespace netanomaly::inline NETANOMALY_MODE::dns {

/// The elements of a feature_vector, in order. feature_table says what each one is.
enum class feature : std::uint8_t {
  // sizes
  query_octets,
  response_octets,
  size_ratio,
  // the name asked for
  name_octets,
  labels,
  longest_label,
  mean_label,
  // its part left of the registrable domain
  subdomain_octets,
  entropy,
  information,
  bigram_surprise,
  digit_share,
  upper_share,
  lower_share,
  other_share,
  hex_share,
  base32_share,
  base64_share,
  longest_word_share,
  // the type asked for: one of these is 1
  type_address,
  type_pointer,
  type_delegation,
  type_cname,
  type_mx,
  type_txt,
  type_srv,
  type_service,
  type_null,
  type_key,
  type_private,
  type_dnssec,
  type_uncommon,
  // header
  opcode,
  recursion_desired,
  checking_disabled,
  authoritative,
  truncated,
  recursion_available,
  authentic_data,
  rcode,
  answers,
  authorities,
  additionals,
  // answers
  answer_octets,
  answer_entropy,
  ttl_min,
  ttl_mean,
  ttl_variance,
  // EDNS
  query_edns_size,
  query_option_octets,
  query_padding_octets,
  query_dnssec_ok,
  response_edns_size,
  response_option_octets,
  response_padding_octets,
};

/// Values of feature.
inline constexpr std::size_t feature_count = static_cast<std::size_t>(feature::response_padding_octets) + 1;

/// Name and text of a feature.
struct feature_info {
  std::string_view name;        ///< snake_case, stable: the head of its column
  std::string_view unit;        ///< octets, bits a character, flag ...
  std::string_view definition;  ///< one line
};

/// Name, unit and definition of each feature, by its number. "Subdomain" is the labels left of the registrable domain,
/// without their dots; its letters are in lower case but for upper_share and lower_share. Flags are 0 or 1.
inline constexpr std::array<feature_info, feature_count> feature_table{{
    {"query_octets", "octets", "DNS message of the query"},
    {"response_octets", "octets", "DNS message of the response"},
    {"size_ratio", "1", "response_octets / query_octets"},
    {"name_octets", "octets", "QNAME as text without the final dot, an octet for each octet of a label: 0 to 253"},
    {"labels", "labels", "labels of QNAME without the root"},
    {"longest_label", "octets", "of the labels of QNAME; absent for the root"},
    {"mean_label", "octets", "mean octets of the labels of QNAME; absent for the root"},
    {"subdomain_octets", "octets", "octets of the subdomain"},
    {"entropy", "bits/octet", "-sum p log2 p over the octets of the subdomain; 0 where it is empty"},
    {"information", "bits", "entropy times subdomain_octets"},
    {"bigram_surprise", "bits/bigram",
     "mean of -log2 P(octet | octet before it) in the lexicon's table, over each label with both its ends; absent "
     "where "
     "the subdomain is empty, as are the shares"},
    {"digit_share", "1", "of the subdomain, octets 0-9"},
    {"upper_share", "1", "of the subdomain as sent, octets A-Z"},
    {"lower_share", "1", "of the subdomain as sent, octets a-z"},
    {"other_share", "1", "of the subdomain, octets that are neither letter nor digit"},
    {"hex_share", "1", "of the subdomain, octets of the hexadecimal alphabet, 0-9 a-f"},
    {"base32_share", "1", "of the subdomain, octets of the Base32 alphabet, a-z 2-7"},
    {"base64_share", "1", "of the subdomain, octets of the Base64 alphabets, a-z 0-9 + / - _"},
    {"longest_word_share", "1",
     "longest word of the lexicon that stands in a label of the subdomain, of subdomain_octets"},
    {"type_address", "flag", "QTYPE is A or AAAA"},
    {"type_pointer", "flag", "QTYPE is PTR"},
    {"type_delegation", "flag", "QTYPE is NS or SOA"},
    {"type_cname", "flag", "QTYPE is CNAME"},
    {"type_mx", "flag", "QTYPE is MX"},
    {"type_txt", "flag", "QTYPE is TXT"},
    {"type_srv", "flag", "QTYPE is SRV"},
    {"type_service", "flag", "QTYPE is HTTPS or SVCB"},
    {"type_null", "flag", "QTYPE is NULL"},
    {"type_key", "flag", "QTYPE is KEY"},
    {"type_private", "flag", "QTYPE is of the private range, 65280 to 65534"},
    {"type_dnssec", "flag", "QTYPE is DS, DNSKEY, CDS, CDNSKEY, RRSIG, NSEC, NSEC3 or NSEC3PARAM"},
    {"type_uncommon", "flag", "QTYPE is any other"},
    {"opcode", "code", "of the query, else of the response"},
    {"recursion_desired", "flag", "RD of the query, else as the response repeats it"},
    {"checking_disabled", "flag", "CD of the query, else as the response repeats it"},
    {"authoritative", "flag", "AA of the response"},
    {"truncated", "flag", "TC of the response"},
    {"recursion_available", "flag", "RA of the response"},
    {"authentic_data", "flag", "AD of the response"},
    {"rcode", "code", "of the response, with the bits of EDNS"},
    {"answers", "records", "in the response's answer section"},
    {"authorities", "records", "in the response's authority section, as its header states"},
    {"additionals", "records", "in the response's additional section, as its header states"},
    {"answer_octets", "octets", "record data of all answers, names in it written in full"},
    {"answer_entropy", "bits/octet",
     "-sum p log2 p over the first 256 octets of the data of answers whose type carries data at will: CNAME, NULL, MX, "
     "TXT, SRV, KEY, private; names in it in full and in lower case; absent where there are none"},
    {"ttl_min", "s", "least TTL of the answers; absent where there are none"},
    {"ttl_mean", "s", "mean TTL of the answers"},
    {"ttl_variance", "s^2", "mean squared deviation of the answers' TTLs from their mean"},
    {"query_edns_size", "octets", "UDP size that the query's OPT record offers; absent without one"},
    {"query_option_octets", "octets", "all EDNS options of the query"},
    {"query_padding_octets", "octets", "EDNS padding of the query"},
    {"query_dnssec_ok", "flag", "DO of the query"},
    {"response_edns_size", "octets", "UDP size that the response's OPT record offers; absent without one"},
    {"response_option_octets", "octets", "all EDNS options of the response"},
    {"response_padding_octets", "octets", "EDNS padding of the response"},
}};

/// One message or transaction as numbers. What was not seen, or has no value, is NaN: absent is never zero.
/// Contiguous: Eigen::Map<const Eigen::VectorXd>(v.data(), v.size()).
struct feature_vector {
  std::array<double, feature_count> values;  ///< by feature; NaN: absent

  /// By name.
  [[nodiscard]] constexpr double& operator[](feature f) noexcept { return values[static_cast<std::size_t>(f)]; }
  /// By name.
  [[nodiscard]] constexpr double operator[](feature f) const noexcept { return values[static_cast<std::size_t>(f)]; }
  /// Whether it is not absent.
  [[nodiscard]] constexpr bool has(feature f) const noexcept { return (*this)[f] == (*this)[f]; }
  [[nodiscard]] constexpr double* data() noexcept { return values.data(); }              ///< feature_count doubles
  [[nodiscard]] constexpr const double* data() const noexcept { return values.data(); }  ///< feature_count doubles
  [[nodiscard]] static constexpr std::size_t size() noexcept { return feature_count; }
  [[nodiscard]] constexpr auto begin() const noexcept { return values.begin(); }
  [[nodiscard]] constexpr auto end() const noexcept { return values.end(); }
};

namespace detail {

inline constexpr auto nothing_seen = [] {
  std::array<double, 8> v{};
  for (double& x : v) x = std::numeric_limits<double>::quiet_NaN();
  return v;
}();
/// All absent. In pieces, for the reason given at zero().
inline void clear(feature_vector& v) noexcept {
  constexpr std::size_t n = nothing_seen.size();
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    (std::memcpy(&v.values[n * I], nothing_seen.data(), sizeof nothing_seen), ...);
  }(std::make_index_sequence<feature_count / n>());
  std::memcpy(&v.values[feature_count / n * n], nothing_seen.data(), feature_count % n * sizeof(double));
}

/// A count, at most 2^31 - 1: converting a signed number is one instruction.
constexpr double real(std::uint32_t n) noexcept { return static_cast<std::int32_t>(n); }

/// The feature that is 1 for a question of each type below 256; of those above, only the private range has one of its
/// own.
inline constexpr auto type_features = [] {
  std::array<feature, 256> table{};
  table.fill(feature::type_uncommon);
  const auto set = [&](feature f, auto... types) { ((table[types] = f), ...); };
  set(feature::type_address, record_type::a, record_type::aaaa);
  set(feature::type_pointer, record_type::ptr);
  set(feature::type_delegation, record_type::ns, record_type::soa);
  set(feature::type_cname, record_type::cname);
  set(feature::type_mx, record_type::mx);
  set(feature::type_txt, record_type::txt);
  set(feature::type_srv, record_type::srv);
  set(feature::type_service, record_type::https, record_type::svcb);
  set(feature::type_null, record_type::null);
  set(feature::type_key, record_type::key);
  set(feature::type_dnssec, record_type::ds, record_type::dnskey, record_type::cds, record_type::cdnskey,
      record_type::rrsig, record_type::nsec, record_type::nsec3, record_type::nsec3param);
  return table;
}();
constexpr feature feature_of_type(std::uint16_t type) noexcept {
  if (type < type_features.size()) return type_features[type];
  return type >= 65280 && type <= 65534 ? feature::type_private : feature::type_uncommon;
}

/// Types whose data the answering side chooses freely.
constexpr bool carries_data(std::uint16_t type) noexcept {
  constexpr auto bit = [](feature f) { return std::uint64_t{1} << static_cast<unsigned>(f); };
  constexpr std::uint64_t carriers = bit(feature::type_cname) | bit(feature::type_mx) | bit(feature::type_txt) |
                                     bit(feature::type_srv) | bit(feature::type_null) | bit(feature::type_key) |
                                     bit(feature::type_private);
  return (carriers & bit(feature_of_type(type))) != 0;
}

/// Where the name begins that ends the data of such a type; beyond any data where there is none.
constexpr std::size_t name_in_data(std::uint16_t type) noexcept {
  switch (type) {
    case record_type::cname:
      return 0;
    case record_type::mx:
      return 2;
    case record_type::srv:
      return 6;
    default:
      return (std::numeric_limits<std::size_t>::max)();
  }
}

/// Sums over the answers of one response, in their order.
class answer_sums {
 public:
  static constexpr std::size_t entropy_octets = 256;

  void add(std::uint32_t ttl, std::size_t octets) noexcept {
    if (count_++ == 0) first_ttl_ = least_ttl_ = ttl;
    least_ttl_ = (std::min)(least_ttl_, ttl);
    // from the first TTL, so that equal ones have a variance of exactly 0
    const double difference = static_cast<double>(ttl) - first_ttl_;
    sum_ += difference;
    squares_ += difference * difference;
    octets_ += octets;
  }
  /// Counts data of an answer that carries it.
  static void carry(octet_histogram& data, std::span<const std::byte> octets, bool in_name) noexcept {
    octets = octets.first((std::min)(octets.size(), entropy_octets - data.size()));
    in_name ? data.add_folded(octets) : data.add(octets);
  }
  void put(feature_vector& v) const noexcept {
    v[feature::answers] = static_cast<double>(count_);
    v[feature::answer_octets] = static_cast<double>(octets_);
    if (count_ == 0) return;
    const auto n = static_cast<double>(count_);
    v[feature::ttl_min] = least_ttl_;
    v[feature::ttl_mean] = first_ttl_ + sum_ / n;
    v[feature::ttl_variance] = (std::max)(0.0, (squares_ - sum_ * (sum_ / n)) / n);
  }

 private:
  std::size_t count_ = 0;
  std::size_t octets_ = 0;
  std::uint32_t first_ttl_ = 0;
  std::uint32_t least_ttl_ = 0;
  double sum_ = 0;
  double squares_ = 0;
};

/// A histogram that is cleared when it is first asked for: std::optional clears what it may never hold.
class lazy_histogram {
 public:
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): made by get()
  lazy_histogram() noexcept {}
  [[nodiscard]] bool used() const noexcept { return used_; }
  [[nodiscard]] octet_histogram& get() noexcept {
    if (!used_) std::construct_at(&histogram_);
    used_ = true;
    return histogram_;
  }

 private:
  union {
    octet_histogram histogram_;  // trivially destructible
  };
  bool used_ = false;
};

/// Counts what a record of a type that carries data holds; gives its octets with names in full.
inline std::size_t carry(octet_histogram& to, const message_view& m, const record& r) noexcept {
  const std::span<const std::byte> data = r.rdata();
  const std::size_t before_name = (std::min)(name_in_data(r.type()), data.size());
  answer_sums::carry(to, data.first(before_name), false);
  if (before_name == data.size()) return before_name;
  std::size_t octets = before_name;  // a name, which ends the data
  const std::byte* const base = m.octets().data();
  const auto offset = static_cast<std::size_t>(data.data() - base) + before_name;
  name_view(base, static_cast<std::uint16_t>(offset)).each_run([&](std::span<const std::byte> run) {
    octets += run.size();
    answer_sums::carry(to, run, true);
  });
  return octets;
}

inline void put_answers(feature_vector& v, const message_view& m) noexcept {
  answer_sums sums;
  lazy_histogram data;  // of carriers; most responses have none
  for (const record& r : m.answers()) {
    const std::uint16_t type = r.type();
    std::size_t octets = r.rdata().size();
    if (type != record_type::a && type != record_type::aaaa)  // nearly all are addresses, in which no name stands
      octets = carries_data(type) ? carry(data.get(), m, r) : r.expanded_rdata_size();
    sums.add(r.ttl(), octets);
  }
  sums.put(v);
  if (data.used()) v[feature::answer_entropy] = data.get().entropy();
}

inline void put_answers(feature_vector& v, std::span<const answer> answers) noexcept {
  answer_sums sums;
  lazy_histogram data;
  for (const answer& a : answers) {
    sums.add(a.ttl, a.rdata.size());
    if (!carries_data(a.type)) continue;
    const std::size_t before_name = (std::min)(name_in_data(a.type), a.rdata.size());
    answer_sums::carry(data.get(), a.rdata.first(before_name), false);
    answer_sums::carry(data.get(), a.rdata.subspan(before_name), true);
  }
  sums.put(v);
  if (data.used()) v[feature::answer_entropy] = data.get().entropy();
}

inline void put_query_flags(feature_vector& v, std::uint16_t flags) noexcept {
  v[feature::opcode] = flags >> 11 & 15;
  v[feature::recursion_desired] = flags >> 8 & 1;
  v[feature::checking_disabled] = flags >> 4 & 1;
}

inline void put_response_flags(feature_vector& v, std::uint16_t flags) noexcept {
  v[feature::authoritative] = flags >> 10 & 1;
  v[feature::truncated] = flags >> 9 & 1;
  v[feature::recursion_available] = flags >> 7 & 1;
  v[feature::authentic_data] = flags >> 5 & 1;
}

inline void put_query_edns(feature_vector& v, const edns& e) noexcept {
  v[feature::query_edns_size] = e.udp_size;
  v[feature::query_option_octets] = e.option_octets;
  v[feature::query_padding_octets] = e.padding_octets;
  v[feature::query_dnssec_ok] = e.dnssec_ok ? 1 : 0;
}

inline void put_response_edns(feature_vector& v, const edns& e) noexcept {
  v[feature::response_edns_size] = e.udp_size;
  v[feature::response_option_octets] = e.option_octets;
  v[feature::response_padding_octets] = e.padding_octets;
}

inline void put_type(feature_vector& v, std::uint16_t type) noexcept {
  constexpr std::size_t types =
      static_cast<std::size_t>(feature::type_uncommon) - static_cast<std::size_t>(feature::type_address) + 1;
  static_assert(types == 13);
  zero<12 * sizeof(double)>(&v[feature::type_address]);
  v[feature::type_uncommon] = 0;
  v[feature_of_type(type)] = 1;
}

}  // namespace detail

namespace detail::inline NETANOMALY_SIMD {

/// See features::put_name. A name that `Valid` says is whole is not checked again.
template <bool Valid, suffix_set Suffixes>
void put_name(feature_vector& v, std::span<const std::byte> wire_name, const Suffixes& suffixes,
              const lexicon& words) noexcept {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): written before it is read
  std::array<std::uint8_t, 128> starts;
  std::size_t labels = 0;
  std::size_t longest = 0;
  if (!Valid && wire_name.size() > name_view::max_wire_octets) return;
  std::size_t at = 0;
  for (;;) {
    if (!Valid && at >= wire_name.size()) return;
    const std::size_t length = octet(wire_name[at]);
    if (length == 0) break;
    if (!Valid && length > 63) return;
    longest = (std::max)(longest, length);
    starts[labels++] = static_cast<std::uint8_t>(at);
    at += 1 + length;
  }
  if (!Valid && at + 1 != wire_name.size()) return;
  starts[labels] = static_cast<std::uint8_t>(at);

  v[feature::name_octets] = at == 0 ? 0 : static_cast<double>(at - 1);
  v[feature::labels] = static_cast<double>(labels);
  if (labels != 0) {
    v[feature::longest_label] = static_cast<double>(longest);
    v[feature::mean_label] = static_cast<double>(at - labels) / static_cast<double>(labels);
  }

  const suffix_split split = [&] {
    if constexpr (requires { suffixes(wire_name, std::span<const std::uint8_t>()); })
      return suffixes(wire_name, std::span<const std::uint8_t>(starts).first(labels));
    else
      return suffixes(wire_name);
  }();
  // the labels that end no later than where the registrable domain begins, wherever a foreign set says that is
  label_map map;
  std::size_t left = 0;
  for (; left < labels && starts[left + 1] <= split.registrable; ++left) map.add(starts[left]);
  const name_scan scan = scan_name(wire_name, starts[left], map, words);
  const double n = real(scan.octets);
  v[feature::subdomain_octets] = n;
  const double bits = information(scan.octets, scan.weight);
  v[feature::information] = bits;
  v[feature::entropy] = scan.octets == 0 ? 0 : bits / n;
  if (scan.octets == 0) return;
  v[feature::bigram_surprise] = real(scan.cost) / (16 * real(scan.pairs));
  const std::array<std::uint32_t, 8> counts = {
      scan.digits, scan.upper,  scan.letters - scan.upper, scan.octets - scan.letters - scan.digits, scan.hex,
      scan.base32, scan.base64, scan.longest_word};
  double* const shares = &v[feature::digit_share];
  for (std::size_t i = 0; i < counts.size(); ++i) shares[i] = real(counts[i]) / n;
}

}  // namespace detail::inline NETANOMALY_SIMD

inline namespace NETANOMALY_SIMD {

/// From one message or transaction to numbers: no allocation, nothing kept, time linear in the octets. SIMD paths give
/// the same bits as the portable one.
///
/// Whatever a query's and its response's own vectors both know is the same in each and in their transaction's, and that
/// one knows all that they know; names are as in the first question.
namespace features {

/// The features of a name in uncompressed wire form, root label included; the others are absent. What is no such name
/// gives none.
template <suffix_set Suffixes = builtin_suffix_set>
void put_name(feature_vector& v, std::span<const std::byte> wire_name, const Suffixes& suffixes = builtin_suffixes,
              const lexicon& words = builtin_lexicon) noexcept {
  detail::put_name<false>(v, wire_name, suffixes, words);
}

/// The features of one message: of a query those that a query has, of a response those of the question and the
/// response. Of an UPDATE those of its header, and of its zone as the name.
template <suffix_set Suffixes = builtin_suffix_set>
[[nodiscard]] feature_vector extract(const message_view& m, const Suffixes& suffixes = builtin_suffixes,
                                     const lexicon& words = builtin_lexicon) noexcept {
  feature_vector v;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  detail::clear(v);
  const auto size = static_cast<double>(m.octets().size());
  const auto opt = m.opt();
  detail::put_query_flags(v, m.flags());
  if (m.is_response()) {
    v[feature::response_octets] = size;
    if (opt) detail::put_response_edns(v, opt->summary());
    detail::put_response_flags(v, m.flags());
    v[feature::rcode] = m.rcode();
    v[feature::authorities] = m.authority_count();
    v[feature::additionals] = m.additional_count();
    if (m.opcode() != opcode::update) detail::put_answers(v, m);
  } else {
    v[feature::query_octets] = size;
    if (opt) detail::put_query_edns(v, opt->summary());
  }
  // last: its branches go by the letters, and would spoil the prediction of those above
  if (const auto q = m.first_question()) {
    detail::put_type(v, q->type());
    detail::put_name<true>(v, m.qname(), suffixes, words);
  }
  return v;
}

/// The features of a transaction.
template <suffix_set Suffixes = builtin_suffix_set>
[[nodiscard]] feature_vector extract(const transaction& t, const Suffixes& suffixes = builtin_suffixes,
                                     const lexicon& words = builtin_lexicon) noexcept {
  feature_vector v;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  detail::clear(v);
  if (t.query_octets) v[feature::query_octets] = *t.query_octets;
  if (t.response_octets) v[feature::response_octets] = *t.response_octets;
  if (t.query_octets && t.response_octets && *t.query_octets != 0)
    v[feature::size_ratio] = static_cast<double>(*t.response_octets) / *t.query_octets;
  if (t.query_flags)
    detail::put_query_flags(v, *t.query_flags);
  else if (t.response_flags)
    detail::put_query_flags(v, *t.response_flags);
  if (t.response_flags) detail::put_response_flags(v, *t.response_flags);
  if (t.query_edns) detail::put_query_edns(v, *t.query_edns);
  if (t.response_edns) detail::put_response_edns(v, *t.response_edns);
  if (t.rcode) v[feature::rcode] = *t.rcode;
  if (t.authority_count) v[feature::authorities] = *t.authority_count;
  if (t.additional_count) v[feature::additionals] = *t.additional_count;
  if (t.answers) detail::put_answers(v, *t.answers);
  if (!t.name.empty()) {
    detail::put_type(v, t.type);
    put_name(v, t.name, suffixes, words);
  }
  return v;
}

}  // namespace features

}  // namespace NETANOMALY_SIMD

}  // namespace netanomaly::inline NETANOMALY_MODE::dns
