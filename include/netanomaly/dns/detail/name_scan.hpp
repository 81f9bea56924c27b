// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/config.hpp>
#include <netanomaly/dns/detail/wire.hpp>
#include <netanomaly/dns/entropy.hpp>
#include <netanomaly/dns/lexicon.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>

#if NETANOMALY_HAS_SSE2
#include <immintrin.h>
#endif

/// One look at the labels left of the registrable domain: all that features need to know of them, in whole numbers, so
/// that the portable path and the SIMD paths agree to the last bit.
namespace netanomaly::inline NETANOMALY_MODE::dns::detail {

/// Counts over label octets, letter case folded but for `upper`.
struct name_scan {
  std::uint32_t octets = 0;
  std::uint32_t digits = 0, letters = 0, upper = 0;
  std::uint32_t hex = 0;           ///< 0-9 a-f
  std::uint32_t base32 = 0;        ///< a-z 2-7
  std::uint32_t base64 = 0;        ///< a-z 0-9 + / - _
  std::uint32_t longest_word = 0;  ///< letters
  std::uint32_t pairs = 0;         ///< bigrams, the ends of each label included
  std::uint32_t cost = 0;          ///< of all pairs, sixteenths of a bit
  std::uint64_t weight = 0;        ///< sum of c log2 c over the octets' counts, see count_weight

  /// From a sum of octet_class.
  void take(std::uint64_t packed) noexcept {
    const auto count = [packed](int bit) { return static_cast<std::uint32_t>(packed >> bit & 0xff); };
    digits = count(0);
    letters = count(8);
    upper = count(16);
    hex = count(24);
    base32 = count(32);
    base64 = count(40);
  }
  friend bool operator==(const name_scan&, const name_scan&) = default;
};

/// Octets of text that word_at may read beyond the last label.
inline constexpr std::size_t scan_margin = 64;

/// Where labels begin: a bit for each octet that is a length.
struct label_map {
  std::array<std::uint64_t, 5> bits{};
  std::uint32_t count = 0;

  void add(std::size_t at) noexcept {
    bits[at / 64] |= std::uint64_t{1} << at % 64;
    ++count;
  }
};

/// What an octet is, in one number: a one in the octet of each count of name_scan that it belongs to (digits, letters,
/// upper, hex, base32, base64, from the lowest up); above these, in lower case, itself and its lexicon::code. Sums of
/// such numbers are counts in their lower six octets: no name has more than 253 label octets.
using octet_class = std::uint64_t;
constexpr unsigned folded_bit = 48, code_bit = 56;

using octet_set = std::array<std::uint8_t, 256>;  ///< 0xff for members
inline constexpr auto set_of = [](std::string_view members) {
  octet_set set{};
  for (const char c : members) set[static_cast<unsigned char>(c)] = 0xff;
  return set;
};
inline constexpr octet_set digit_octets = set_of("0123456789"), letter_octets = set_of("abcdefghijklmnopqrstuvwxyz"),
                           hex_octets = set_of("abcdef"), base32_octets = set_of("234567"),
                           base64_octets = set_of("+-/");

/// From 256 on, where a length stands: an octet 0 in no class, and the end of a label.
inline constexpr auto octet_classes = [] {
  std::array<octet_class, 512> table{};
  for (std::size_t i = 256; i < table.size(); ++i) table[i] = octet_class{lexicon::boundary} << code_bit;
  for (unsigned c = 0; c < 256; ++c) {
    const bool is_upper = c - 'A' < 26U;
    const unsigned f = is_upper ? c + 32 : c;
    const bool is_letter = f - 'a' < 26U;
    const bool is_digit = f - '0' < 10U;
    const bool in_hex = is_digit || f - 'a' < 6U;
    const bool in_base32 = is_letter || f - '2' < 6U;
    const bool in_base64 = is_letter || is_digit || f == '+' || f == '/' || f == '-' || f == '_';
    octet_class counts = 0;
    unsigned bit = 0;
    for (const bool member : {is_digit, is_letter, is_upper, in_hex, in_base32, in_base64}) {
      if (member) counts |= octet_class{1} << bit;
      bit += 8;
    }
    const auto folded = static_cast<unsigned char>(f);
    table[c] = counts | octet_class{folded} << folded_bit | octet_class{lexicon::code(folded)} << code_bit;
  }
  return table;
}();

/// `labels` is wire form without a root label, at most 254 octets; `map` counts its length octets and no others.
inline name_scan scan_name_portable(std::span<const std::byte> labels, const label_map& map,
                                    const lexicon& words) noexcept {
  const std::size_t size = labels.size();
  // NOLINTBEGIN(cppcoreguidelines-pro-type-member-init): each is written before it is read
  std::array<unsigned char, 256 + scan_margin> text;
  std::array<std::uint8_t, 256> seen;
  std::array<std::uint8_t, 256 + 8> states;
  // NOLINTEND(cppcoreguidelines-pro-type-member-init)
  zero<sizeof seen>(seen.data());
  std::uint64_t counts = 0;
  std::uint64_t weight = 0;
  std::uint32_t cost = 0;
  std::uint32_t first = lexicon::boundary;
  std::uint32_t state = 0;  // which beginnings of words end here, by the bits of lexicon::pairs
  const std::uint16_t* const pairs = words.pairs();
  for (std::size_t at = 0; at < size; at += 64) {
    std::uint64_t starts = map.bits[at / 64];
    // one loop for all labels: where they end is hard to predict
    for (std::size_t i = at; i < (std::min)(size, at + 64); ++i, starts >>= 1) {
      const octet_class c = octet_classes[octet(labels[i]) | static_cast<std::size_t>((starts & 1) << 8)];
      const std::uint32_t folded = c >> folded_bit & 0xff;
      const auto code = static_cast<std::uint32_t>(c >> code_bit);
      text[i] = static_cast<unsigned char>(folded);
      counts += c;
      weight += weight_steps[seen[folded]++];
      const std::uint32_t pair = pairs[first | code << 8];
      first = code;
      cost += pair & 0xff;
      state = (2 * state + 0x21) & pair >> 8;
      states[i] = static_cast<std::uint8_t>(state);
    }
  }
  // the first pair was none, the last one is missing
  if (size != 0) cost += pairs[first | lexicon::boundary << 8] & 0xffU;
  if (size != 0) cost -= pairs[lexicon::boundary | lexicon::boundary << 8] & 0xffU;
  zero<scan_margin>(text.data() + size);
  std::memset(states.data() + size, 0, 8);
  std::size_t longest = 0;
  for (std::size_t at = 0; at < size; at += 8) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, states.data() + at, 8);
    for (eight &= 0x8888888888888888U; eight != 0; eight &= eight - 1) {
      // bit 3: four pairs of a longer word end here; bit 7: the three of one of four letters
      const auto bit = static_cast<std::size_t>(std::countr_zero(eight));
      const std::size_t end = at + (std::endian::native == std::endian::little ? bit / 8 : 7 - bit / 8);
      longest = (std::max)(longest, words.word_at(text.data() + end - 4 + bit / 4 % 2));
    }
  }
  name_scan scan;
  scan.take(counts);
  scan.octets = static_cast<std::uint32_t>(size) - map.count;
  scan.longest_word = static_cast<std::uint32_t>(longest);
  scan.pairs = static_cast<std::uint32_t>(size);
  scan.cost = cost;
  scan.weight = weight + count_weights[seen[0] - map.count] - count_weights[seen[0]];  // zeros for lengths are no text
  return scan;
}

}  // namespace netanomaly::inline NETANOMALY_MODE::dns::detail

namespace netanomaly::inline NETANOMALY_MODE::dns::detail::inline NETANOMALY_SIMD {

#if NETANOMALY_HAS_SSE2

#if NETANOMALY_HAS_AVX2
/// 32 octets, or 16 numbers of 16 bits.
struct lanes {
  static constexpr std::size_t octets = 32;
  __m256i v;
  static lanes load(const void* p) noexcept { return {_mm256_loadu_si256(static_cast<const __m256i*>(p))}; }
  void store(void* p) const noexcept { _mm256_storeu_si256(static_cast<__m256i*>(p), v); }
  static lanes of(unsigned char x) noexcept { return {_mm256_set1_epi8(static_cast<char>(x))}; }
  static lanes of16(std::uint16_t x) noexcept { return {_mm256_set1_epi16(static_cast<std::int16_t>(x))}; }
  /// All ones in octet i where bit i is set.
  static lanes of_bits(std::uint32_t bits) noexcept {
    const __m256i octet = _mm256_setr_epi64x(0, 0x0101010101010101, 0x0202020202020202, 0x0303030303030303);
    const __m256i bit = _mm256_set1_epi64x(static_cast<std::int64_t>(0x8040201008040201U));
    const __m256i spread = _mm256_shuffle_epi8(_mm256_set1_epi32(static_cast<std::int32_t>(bits)), octet);
    return {_mm256_cmpeq_epi8(_mm256_and_si256(spread, bit), bit)};
  }
  static lanes and_not(lanes a, lanes mask) noexcept { return {_mm256_andnot_si256(mask.v, a.v)}; }
  friend lanes operator&(lanes a, lanes b) noexcept { return {_mm256_and_si256(a.v, b.v)}; }
  friend lanes operator|(lanes a, lanes b) noexcept { return {_mm256_or_si256(a.v, b.v)}; }
  friend lanes operator+(lanes a, lanes b) noexcept { return {_mm256_add_epi8(a.v, b.v)}; }
  friend lanes operator-(lanes a, lanes b) noexcept { return {_mm256_sub_epi8(a.v, b.v)}; }
  friend lanes operator==(lanes a, lanes b) noexcept { return {_mm256_cmpeq_epi8(a.v, b.v)}; }
  static lanes(min)(lanes a, lanes b) noexcept { return {_mm256_min_epu8(a.v, b.v)}; }
  template <int Bits>
  static lanes shift_right16(lanes a) noexcept {
    return {_mm256_srli_epi16(a.v, Bits)};
  }
  /// Sums of 8 octets each, in four numbers of 64 bits.
  static lanes sums(lanes a) noexcept { return {_mm256_sad_epu8(a.v, _mm256_setzero_si256())}; }
  [[nodiscard]] lanes plus64(lanes b) const noexcept { return {_mm256_add_epi64(v, b.v)}; }
  /// Sum of the numbers of 64 bits, which must fit 32.
  [[nodiscard]] std::uint32_t total() const noexcept {
    const __m128i two = _mm_add_epi64(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
    return static_cast<std::uint32_t>(_mm_cvtsi128_si32(_mm_add_epi64(two, _mm_unpackhi_epi64(two, two))));
  }
  /// Bit i: number i of a, then of b, is not zero; all are below 0x8000.
  static std::uint32_t nonzero16(lanes a, lanes b) noexcept {
    const __m256i packed =
        _mm256_permute4x64_epi64(_mm256_packus_epi16(_mm256_srli_epi16(a.v, 8), _mm256_srli_epi16(b.v, 8)), 0xd8);
    return ~static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(packed, _mm256_setzero_si256())));
  }
};
#else
/// 16 octets, or 8 numbers of 16 bits.
struct lanes {
  static constexpr std::size_t octets = 16;
  __m128i v;
  static lanes load(const void* p) noexcept { return {_mm_loadu_si128(static_cast<const __m128i*>(p))}; }
  void store(void* p) const noexcept { _mm_storeu_si128(static_cast<__m128i*>(p), v); }
  static lanes of(unsigned char x) noexcept { return {_mm_set1_epi8(static_cast<char>(x))}; }
  static lanes of16(std::uint16_t x) noexcept { return {_mm_set1_epi16(static_cast<std::int16_t>(x))}; }
  static lanes of_bits(std::uint32_t bits) noexcept {
    const __m128i bit = _mm_set1_epi64x(static_cast<std::int64_t>(0x8040201008040201U));
    const __m128i two = _mm_cvtsi32_si128(static_cast<std::int32_t>(bits & 0xffff));
    const __m128i four = _mm_unpacklo_epi8(two, two);
    const __m128i spread = _mm_unpacklo_epi64(_mm_shufflelo_epi16(four, 0x00), _mm_shufflelo_epi16(four, 0x55));
    return {_mm_cmpeq_epi8(_mm_and_si128(spread, bit), bit)};
  }
  static lanes and_not(lanes a, lanes mask) noexcept { return {_mm_andnot_si128(mask.v, a.v)}; }
  friend lanes operator&(lanes a, lanes b) noexcept { return {_mm_and_si128(a.v, b.v)}; }
  friend lanes operator|(lanes a, lanes b) noexcept { return {_mm_or_si128(a.v, b.v)}; }
  friend lanes operator+(lanes a, lanes b) noexcept { return {_mm_add_epi8(a.v, b.v)}; }
  friend lanes operator-(lanes a, lanes b) noexcept { return {_mm_sub_epi8(a.v, b.v)}; }
  friend lanes operator==(lanes a, lanes b) noexcept { return {_mm_cmpeq_epi8(a.v, b.v)}; }
  static lanes(min)(lanes a, lanes b) noexcept { return {_mm_min_epu8(a.v, b.v)}; }
  template <int Bits>
  static lanes shift_right16(lanes a) noexcept {
    return {_mm_srli_epi16(a.v, Bits)};
  }
  static lanes sums(lanes a) noexcept { return {_mm_sad_epu8(a.v, _mm_setzero_si128())}; }
  [[nodiscard]] lanes plus64(lanes b) const noexcept { return {_mm_add_epi64(v, b.v)}; }
  [[nodiscard]] std::uint32_t total() const noexcept {
    return static_cast<std::uint32_t>(_mm_cvtsi128_si32(_mm_add_epi64(v, _mm_unpackhi_epi64(v, v))));
  }
  static std::uint32_t nonzero16(lanes a, lanes b) noexcept {
    const __m128i packed = _mm_packus_epi16(_mm_srli_epi16(a.v, 8), _mm_srli_epi16(b.v, 8));
    return ~static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(packed, _mm_setzero_si128()))) & 0xffff;
  }
};
#endif
/// x86 is little-endian: two codes in memory are an index of lexicon::pairs.
inline std::uint16_t load_codes(const std::uint8_t* at) noexcept {
  std::uint16_t two = 0;
  std::memcpy(&two, at, 2);
  return two;
}

/// All ones where lo <= x < lo + n.
inline lanes in_range(lanes x, char lo, unsigned char n) noexcept {
  const lanes offset = x - lanes::of(static_cast<unsigned char>(lo));
  return (lanes::min)(offset, lanes::of(static_cast<unsigned char>(n - 1))) == offset;
}

/// All ones from octet n on, and none before; n is at most lanes::octets.
inline lanes from_octet(std::size_t n) noexcept {
  static constexpr auto steps = [] {
    std::array<std::uint8_t, 2 * lanes::octets> table{};
    for (std::size_t i = lanes::octets; i < table.size(); ++i) table[i] = 0xff;
    return table;
  }();
  return lanes::load(steps.data() + lanes::octets - n);
}

/// Where a word of the lexicon may begin, in lanes that are not zero, of the pairs from `pair` on; their cost is added.
inline lanes may_begin(const std::uint16_t* pair, lanes& cost) noexcept {
  const lanes p0 = lanes::load(pair);
  cost = cost.plus64(lanes::sums(p0 & lanes::of16(0xff)));
  const lanes three =
      p0 & lanes::shift_right16<1>(lanes::load(pair + 1)) & lanes::shift_right16<2>(lanes::load(pair + 2));
  const lanes four = three & lanes::shift_right16<3>(lanes::load(pair + 3));
  return (three & lanes::of16(0x2000)) | (four & lanes::of16(0x0100));
}

/// The same for at least lanes::octets of labels. Nothing is stored in parts and then loaded whole, which would stall.
inline name_scan scan_name_simd(std::span<const std::byte> labels, const label_map& map,
                                const lexicon& words) noexcept {
  constexpr std::size_t w = lanes::octets;
  const std::size_t size = labels.size();
  // NOLINTBEGIN(cppcoreguidelines-pro-type-member-init): each is written before it is read
  std::array<unsigned char, 256 + scan_margin> text;
  std::array<std::uint8_t, 256> codes;
  std::array<std::uint16_t, 256 + 48> pair;
  std::array<std::uint8_t, 256> seen;
  // NOLINTEND(cppcoreguidelines-pro-type-member-init)
  zero<scan_margin>(text.data() + size);

  lanes upper = lanes::of(0);
  for (std::size_t next = 0; next < size; next += w) {
    const std::size_t at = (std::min)(next, size - w);  // the last block overlaps the one before
    const std::uint64_t bits = map.bits[at / 64] >> at % 64 | map.bits[at / 64 + 1] << 1 << (63 - at % 64);
    const lanes at_start = lanes::of_bits(static_cast<std::uint32_t>(bits));
    const lanes raw = lanes::and_not(lanes::load(labels.data() + at), at_start);  // 0 where a length stands
    const lanes is_upper = in_range(raw, 'A', 26);
    const lanes x = raw + (is_upper & lanes::of(0x20));
    x.store(text.data() + at);
    ((lanes::min)(x, lanes::of(lexicon::code(0xff))) | (at_start & lanes::of(lexicon::boundary)))
        .store(codes.data() + at);
    upper = upper - (is_upper & from_octet(next - at));
  }

  zero<sizeof seen>(seen.data());
  std::uint64_t weight = 0;
  const std::uint16_t* const pairs = words.pairs();
  const auto count = [&](std::size_t at) { weight += weight_steps[seen[text[at]]++]; };
  const auto take = [&](std::size_t at) {
    pair[at] = pairs[load_codes(codes.data() + at)];
    count(at);
  };
  std::size_t taken = 0;
  for (; taken + 4 < size; taken += 4) {
    take(taken);
    take(taken + 1);
    take(taken + 2);
    take(taken + 3);
  }
  for (; taken + 1 < size; ++taken) take(taken);
  pair[size - 1] = pairs[codes[size - 1] | lexicon::boundary << 8];
  count(size - 1);
  weight += count_weights[seen[0] - map.count] - count_weights[seen[0]];  // zeros for lengths are no text
  zero<96>(pair.data() + size);                                           // what is loaded beyond the last pair

  lanes cost = lanes::of(0);
  std::size_t longest = 0;
  for (std::size_t at = 0; at < size; at += w) {
    const lanes low = may_begin(pair.data() + at, cost);
    for (std::uint32_t hits = lanes::nonzero16(low, may_begin(pair.data() + at + w / 2, cost)); hits != 0;
         hits &= hits - 1)
      longest = (std::max)(longest, words.word_at(text.data() + at + static_cast<std::size_t>(std::countr_zero(hits))));
  }

  name_scan scan;
  // counts of classes from those of octets: the classes lie in few rows
  const auto in_row = [&](unsigned char c, const octet_set& members) {
    const std::size_t row = c / w * w;
    return lanes::sums(lanes::load(seen.data() + row) & lanes::load(members.data() + row)).total();
  };
  scan.digits = in_row('0', digit_octets);
  scan.letters = in_row('a', letter_octets) + (w < 32 ? in_row('p', letter_octets) : 0);
  scan.upper = lanes::sums(upper).total();
  scan.hex = scan.digits + in_row('a', hex_octets);
  scan.base32 = scan.letters + in_row('2', base32_octets);
  scan.base64 = scan.letters + scan.digits + in_row('+', base64_octets) + seen['_'];
  scan.octets = static_cast<std::uint32_t>(size) - map.count;
  scan.longest_word = static_cast<std::uint32_t>(longest);
  scan.pairs = static_cast<std::uint32_t>(size);
  scan.cost = cost.total();
  scan.weight = weight;
  return scan;
}

#if NETANOMALY_HAS_AVX2
/// The first octets of `name`, of which `readable` may be read, at least one; nothing beyond them is.
inline __m256i load_head(const std::byte* name, std::size_t readable) noexcept {
  const auto load16 = [](const void* p) { return _mm_loadu_si128(static_cast<const __m128i*>(p)); };
  if (readable >= 32) return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(name));
  if (readable >= 16) {
    // the last 16 octets, moved down to where the second half has them
    static constexpr auto moves = [] {
      std::array<std::uint8_t, 32> table{};
      for (std::size_t i = 0; i < table.size(); ++i) table[i] = static_cast<std::uint8_t>(i < 16 ? i : 0x80);
      return table;
    }();
    const __m128i high = _mm_shuffle_epi8(load16(name + readable - 16), load16(moves.data() + 32 - readable));
    return _mm256_inserti128_si256(_mm256_castsi128_si256(load16(name)), high, 1);
  }
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  if (readable >= 8) {
    std::memcpy(&low, name, 8);
    std::memcpy(&high, name + readable - 8, 8);
    high = high >> (127 - 8 * readable) >> 1;
  } else {
    for (std::size_t i = readable; i-- > 0;) low = low << 8 | octet(name[i]);
  }
  return _mm256_set_epi64x(0, 0, static_cast<std::int64_t>(high), static_cast<std::int64_t>(low));
}

/// The same for at most 32 octets of labels, whose counts fit masks. `readable` octets stand where they begin.
inline name_scan scan_short_name(std::span<const std::byte> labels, std::size_t readable, const label_map& map,
                                 const lexicon& words) noexcept {
  const std::size_t size = labels.size();
  // NOLINTBEGIN(cppcoreguidelines-pro-type-member-init): each is written before it is read
  std::array<unsigned char, 32 + scan_margin> text;
  std::array<std::uint8_t, 64> codes;
  std::array<std::uint16_t, 32 + 32> pair;
  std::array<std::uint8_t, 256> seen;
  // NOLINTEND(cppcoreguidelines-pro-type-member-init)
  zero<sizeof seen>(seen.data());
  zero<64>(text.data() + 32);

  const lanes no_text = lanes::of_bits(static_cast<std::uint32_t>(map.bits[0])) | from_octet(size);
  const lanes raw = lanes::and_not(lanes{load_head(labels.data(), readable)}, no_text);
  const lanes is_upper = in_range(raw, 'A', 26);
  const lanes x = raw + (is_upper & lanes::of(0x20));
  x.store(text.data());
  ((lanes::min)(x, lanes::of(lexicon::code(0xff))) | (no_text & lanes::of(lexicon::boundary))).store(codes.data());
  codes[32] = lexicon::boundary;

  std::uint64_t weight = 0;
  const std::uint16_t* const pairs = words.pairs();
  const auto take = [&](std::size_t at) {
    pair[at] = pairs[load_codes(codes.data() + at)];
    weight += weight_steps[seen[text[at]]++];
  };
  std::size_t taken = 0;
  for (; taken + 2 <= size; taken += 2) {
    take(taken);
    take(taken + 1);
  }
  if (taken != size) take(taken);
  weight += count_weights[seen[0] - map.count] - count_weights[seen[0]];  // zeros for lengths are no text
  zero<64>(pair.data() + size);

  name_scan scan;
  const auto count = [](lanes members) noexcept {
    return static_cast<std::uint32_t>(std::popcount(static_cast<std::uint32_t>(_mm256_movemask_epi8(members.v))));
  };
  const lanes digits = in_range(x, '0', 10);
  const lanes letters = in_range(x, 'a', 26);
  scan.digits = count(digits);
  scan.letters = count(letters);
  scan.upper = count(is_upper);
  scan.hex = scan.digits + count(in_range(x, 'a', 6));
  scan.base32 = scan.letters + count(in_range(x, '2', 6));
  scan.base64 = scan.letters + scan.digits + seen['+'] + seen['/'] + seen['-'] + seen['_'];

  lanes cost = lanes::of(0);
  std::size_t longest = 0;
  for (std::size_t at = 0; at < size; at += 16) {
    const lanes begins = may_begin(pair.data() + at, cost);
    const lanes set{_mm256_cmpgt_epi16(begins.v, _mm256_setzero_si256())};
    // two bits a pair
    for (auto hits = static_cast<std::uint32_t>(_mm256_movemask_epi8(set.v)) & 0x55555555U; hits != 0; hits &= hits - 1)
      longest =
          (std::max)(longest, words.word_at(text.data() + at + static_cast<std::size_t>(std::countr_zero(hits)) / 2));
  }
  scan.octets = static_cast<std::uint32_t>(size) - map.count;
  scan.longest_word = static_cast<std::uint32_t>(longest);
  scan.pairs = static_cast<std::uint32_t>(size);
  scan.cost = cost.total();
  scan.weight = weight;
  return scan;
}
#endif

#endif

/// The first `size` octets of `name`.
inline name_scan scan_name(std::span<const std::byte> name, std::size_t size, const label_map& map,
                           const lexicon& words) noexcept {
  if (size == 0) return {};
  const std::span<const std::byte> labels = name.first(size);
#if NETANOMALY_HAS_AVX2
  if (size <= 32) return scan_short_name(labels, name.size(), map, words);
  return scan_name_simd(labels, map, words);
#elif NETANOMALY_HAS_SSE2
  if (size >= 40) return scan_name_simd(labels, map, words);  // below, starting up costs more than it saves
  return scan_name_portable(labels, map, words);
#else
  return scan_name_portable(labels, map, words);
#endif
}

}  // namespace netanomaly::inline NETANOMALY_MODE::dns::detail::inline NETANOMALY_SIMD
