// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/config.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// The numbers of the IANA registry "Domain Name System (DNS) Parameters" and their names. Any 16-bit number may stand
/// in a message, so these are plain integers. Numbers without a name are written as RFC 3597 section 5 has it: TYPE123,
/// CLASS123.
namespace netanomaly::inline NETANOMALY_MODE::dns {

/// What a record holds, and what a question asks for.
namespace record_type {
inline constexpr std::uint16_t a = 1, ns = 2, cname = 5, soa = 6, null = 10, ptr = 12, hinfo = 13, mx = 15, txt = 16,
                               rp = 17, afsdb = 18, sig = 24, key = 25, aaaa = 28, loc = 29, srv = 33, naptr = 35,
                               kx = 36, cert = 37, dname = 39, opt = 41, apl = 42, ds = 43, sshfp = 44, ipseckey = 45,
                               rrsig = 46, nsec = 47, dnskey = 48, dhcid = 49, nsec3 = 50, nsec3param = 51, tlsa = 52,
                               smimea = 53, hip = 55, cds = 59, cdnskey = 60, openpgpkey = 61, csync = 62, zonemd = 63,
                               svcb = 64, https = 65, spf = 99, tkey = 249, tsig = 250, ixfr = 251, axfr = 252,
                               any = 255, uri = 256, caa = 257;
/// What iodine calls PRIVATE, a number of the private range 65280 to 65534.
inline constexpr std::uint16_t iodine_private = 65399;
}  // namespace record_type

/// Classes of records and questions; all but `in` are rare.
namespace record_class {
inline constexpr std::uint16_t in = 1, chaos = 3, hesiod = 4, none = 254, any = 255;
}  // namespace record_class

/// What a message is for: the OPCODE field of its header.
namespace opcode {
inline constexpr std::uint8_t query = 0, iquery = 1, status = 2, notify = 4, update = 5, stateful = 6;
}  // namespace opcode

/// What a response says of its query: 4 bits in the header and, above them, 8 of EDNS.
namespace rcode {
inline constexpr std::uint16_t noerror = 0, formerr = 1, servfail = 2, nxdomain = 3, notimp = 4, refused = 5,
                               yxdomain = 6, yxrrset = 7, nxrrset = 8, notauth = 9, notzone = 10, dsotypeni = 11,
                               badvers = 16, badkey = 17, badtime = 18, badmode = 19, badname = 20, badalg = 21,
                               badtrunc = 22, badcookie = 23;
}  // namespace rcode

/// EDNS option codes.
namespace option_code {
inline constexpr std::uint16_t llq = 1, update_lease = 2, nsid = 3, dau = 5, dhu = 6, n3u = 7, client_subnet = 8,
                               expire = 9, cookie = 10, tcp_keepalive = 11, padding = 12, chain = 13, key_tag = 14,
                               extended_error = 15, report_channel = 18, zone_version = 19;
/// Whether an option of this code may hold what its sender likes: padding, and what IANA's registry of DNS EDNS0
/// options has no use for, private use included.
[[nodiscard]] constexpr bool may_be_anything(std::uint16_t code) noexcept {
  const bool has_meaning = (code >= llq && code <= 21) || code == 20292 || code == 26946;
  return code == padding || !has_meaning;
}
}  // namespace option_code

namespace detail {

struct named_number {
  std::uint16_t number;
  std::string_view name;
};

inline constexpr auto type_names = std::to_array<named_number>({
    {1, "A"},       {2, "NS"},      {3, "MD"},          {4, "MF"},         {5, "CNAME"},     {6, "SOA"},
    {7, "MB"},      {8, "MG"},      {9, "MR"},          {10, "NULL"},      {11, "WKS"},      {12, "PTR"},
    {13, "HINFO"},  {14, "MINFO"},  {15, "MX"},         {16, "TXT"},       {17, "RP"},       {18, "AFSDB"},
    {19, "X25"},    {20, "ISDN"},   {21, "RT"},         {22, "NSAP"},      {23, "NSAP-PTR"}, {24, "SIG"},
    {25, "KEY"},    {26, "PX"},     {27, "GPOS"},       {28, "AAAA"},      {29, "LOC"},      {30, "NXT"},
    {31, "EID"},    {32, "NIMLOC"}, {33, "SRV"},        {34, "ATMA"},      {35, "NAPTR"},    {36, "KX"},
    {37, "CERT"},   {38, "A6"},     {39, "DNAME"},      {40, "SINK"},      {41, "OPT"},      {42, "APL"},
    {43, "DS"},     {44, "SSHFP"},  {45, "IPSECKEY"},   {46, "RRSIG"},     {47, "NSEC"},     {48, "DNSKEY"},
    {49, "DHCID"},  {50, "NSEC3"},  {51, "NSEC3PARAM"}, {52, "TLSA"},      {53, "SMIMEA"},   {55, "HIP"},
    {56, "NINFO"},  {57, "RKEY"},   {58, "TALINK"},     {59, "CDS"},       {60, "CDNSKEY"},  {61, "OPENPGPKEY"},
    {62, "CSYNC"},  {63, "ZONEMD"}, {64, "SVCB"},       {65, "HTTPS"},     {66, "DSYNC"},    {99, "SPF"},
    {100, "UINFO"}, {101, "UID"},   {102, "GID"},       {103, "UNSPEC"},   {104, "NID"},     {105, "L32"},
    {106, "L64"},   {107, "LP"},    {108, "EUI48"},     {109, "EUI64"},    {249, "TKEY"},    {250, "TSIG"},
    {251, "IXFR"},  {252, "AXFR"},  {253, "MAILB"},     {254, "MAILA"},    {255, "ANY"},     {256, "URI"},
    {257, "CAA"},   {258, "AVC"},   {259, "DOA"},       {260, "AMTRELAY"}, {261, "RESINFO"}, {262, "WALLET"},
    {32768, "TA"},  {32769, "DLV"},
});

inline constexpr auto class_names =
    std::to_array<named_number>({{1, "IN"}, {3, "CH"}, {4, "HS"}, {254, "NONE"}, {255, "ANY"}});

inline constexpr auto opcode_names =
    std::to_array<named_number>({{0, "QUERY"}, {1, "IQUERY"}, {2, "STATUS"}, {4, "NOTIFY"}, {5, "UPDATE"}, {6, "DSO"}});

inline constexpr auto rcode_names = std::to_array<named_number>({
    {0, "NOERROR"},  {1, "FORMERR"},    {2, "SERVFAIL"}, {3, "NXDOMAIN"},  {4, "NOTIMP"},
    {5, "REFUSED"},  {6, "YXDOMAIN"},   {7, "YXRRSET"},  {8, "NXRRSET"},   {9, "NOTAUTH"},
    {10, "NOTZONE"}, {11, "DSOTYPENI"}, {16, "BADVERS"}, {17, "BADKEY"},   {18, "BADTIME"},
    {19, "BADMODE"}, {20, "BADNAME"},   {21, "BADALG"},  {22, "BADTRUNC"}, {23, "BADCOOKIE"},
});

template <std::size_t N>
constexpr std::string_view name_of(const std::array<named_number, N>& table, std::uint16_t number) noexcept {
  const auto found = std::ranges::lower_bound(table, number, {}, &named_number::number);
  return found != table.end() && found->number == number ? found->name : std::string_view();
}

template <std::size_t N>
inline std::string text_of(const std::array<named_number, N>& table, std::string_view prefix, std::uint16_t number) {
  const std::string_view name = name_of(table, number);
  return name.empty() ? std::string(prefix) + std::to_string(number) : std::string(name);
}

constexpr bool same_letters(std::string_view a, std::string_view b) noexcept {
  const auto upper = [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; };
  return std::ranges::equal(a, b, {}, upper, upper);
}

template <std::size_t N>
inline std::optional<std::uint16_t> number_of(const std::array<named_number, N>& table, std::string_view prefix,
                                              std::string_view text) noexcept {
  for (const auto& entry : table)
    if (same_letters(entry.name, text)) return entry.number;
  if (text.size() <= prefix.size() || !same_letters(text.substr(0, prefix.size()), prefix)) return std::nullopt;
  std::uint16_t number = 0;
  const auto [end, fault] = std::from_chars(text.data() + prefix.size(), text.data() + text.size(), number);
  if (fault != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace detail

/// The registered name of a number, empty where there is none.
[[nodiscard]] constexpr std::string_view type_name(std::uint16_t type) noexcept {
  return detail::name_of(detail::type_names, type);
}
/// The same for a class.
[[nodiscard]] constexpr std::string_view class_name(std::uint16_t dns_class) noexcept {
  return detail::name_of(detail::class_names, dns_class);
}
/// The same for an opcode.
[[nodiscard]] constexpr std::string_view opcode_name(std::uint8_t opcode) noexcept {
  return detail::name_of(detail::opcode_names, opcode);
}
/// The same for a response code.
[[nodiscard]] constexpr std::string_view rcode_name(std::uint16_t rcode) noexcept {
  return detail::name_of(detail::rcode_names, rcode);
}

/// The registered name, else the number behind TYPE, CLASS, OPCODE or RCODE.
[[nodiscard]] inline std::string type_to_text(std::uint16_t type) {
  return detail::text_of(detail::type_names, "TYPE", type);
}
/// The same for a class.
[[nodiscard]] inline std::string class_to_text(std::uint16_t dns_class) {
  return detail::text_of(detail::class_names, "CLASS", dns_class);
}
/// The same for an opcode.
[[nodiscard]] inline std::string opcode_to_text(std::uint8_t opcode) {
  return detail::text_of(detail::opcode_names, "OPCODE", opcode);
}
/// The same for a response code.
[[nodiscard]] inline std::string rcode_to_text(std::uint16_t rcode) {
  return detail::text_of(detail::rcode_names, "RCODE", rcode);
}

/// What the functions above write, in any letter case, back to the number; nothing for other text.
[[nodiscard]] inline std::optional<std::uint16_t> type_from_text(std::string_view text) noexcept {
  return detail::number_of(detail::type_names, "TYPE", text);
}
/// The same for a class.
[[nodiscard]] inline std::optional<std::uint16_t> class_from_text(std::string_view text) noexcept {
  return detail::number_of(detail::class_names, "CLASS", text);
}
/// The same for an opcode, 0 to 15.
[[nodiscard]] inline std::optional<std::uint8_t> opcode_from_text(std::string_view text) noexcept {
  const auto number = detail::number_of(detail::opcode_names, "OPCODE", text);
  if (!number || *number > 15) return std::nullopt;
  return static_cast<std::uint8_t>(*number);
}
/// The same for a response code.
[[nodiscard]] inline std::optional<std::uint16_t> rcode_from_text(std::string_view text) noexcept {
  return detail::number_of(detail::rcode_names, "RCODE", text);
}

}  // namespace netanomaly::inline NETANOMALY_MODE::dns
