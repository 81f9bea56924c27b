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

  friend bool operator==(const name_scan&, const name_scan&) = default;
};

/// Octets of text that word_at may read beyond the last label.
inline constexpr std::size_t scan_margin = 64;

/// What an octet adds to the counts, eight bits a count: no name has more than 253 label octets.
struct octet_class {
  std::uint64_t counts = 0;
  unsigned char folded = 0;
  std::uint8_t symbol = 0;
};

inline constexpr auto octet_classes = [] {
  std::array<octet_class, 256> table{};
  for (unsigned c = 0; c < 256; ++c) {
    const bool is_upper = c - 'A' < 26U;
    const unsigned f = is_upper ? c + 32 : c;
    const bool is_letter = f - 'a' < 26U;
    const bool is_digit = f - '0' < 10U;
    const bool in_hex = is_digit || f - 'a' < 6U;
    const bool in_base32 = is_letter || f - '2' < 6U;
    const bool in_base64 = is_letter || is_digit || f == '+' || f == '/' || f == '-' || f == '_';
    table[c].counts = std::uint64_t{is_digit} | std::uint64_t{is_letter} << 8 | std::uint64_t{is_upper} << 16 |
                      std::uint64_t{in_hex} << 24 | std::uint64_t{in_base32} << 32 | std::uint64_t{in_base64} << 40;
    table[c].folded = static_cast<unsigned char>(f);
    table[c].symbol = bigram_table::symbol(static_cast<unsigned char>(c));
  }
  return table;
}();

/// Zeros for 256 octets. Compilers make of a plain initialisation a string instruction that is slow to start.
inline void clear_counters(std::uint8_t* counters) noexcept {
#if NETANOMALY_HAS_SSE2
  const __m128i zero = _mm_setzero_si128();
  const auto store = [&]<std::size_t... I>(std::index_sequence<I...>) {
    (_mm_storeu_si128(reinterpret_cast<__m128i*>(counters + 16 * I), zero), ...);
  };
  store(std::make_index_sequence<16>());
#else
  std::memset(counters, 0, 256);
#endif
}

/// `labels` is wire form without a root label: length octets and labels, at most 254 octets.
inline name_scan scan_name_portable(std::span<const std::byte> labels, const lexicon& words) noexcept {
  name_scan scan;
  const std::size_t size = labels.size();
  // NOLINTBEGIN(cppcoreguidelines-pro-type-member-init): each is written before it is read
  std::array<unsigned char, 256 + scan_margin> text;
  std::array<std::uint8_t, 256> seen;
  std::array<std::uint8_t, 256 + 8> states;
  // NOLINTEND(cppcoreguidelines-pro-type-member-init)
  clear_counters(seen.data());
  std::uint64_t counts = 0;
  std::uint64_t weight = 0;
  std::uint32_t cost = 0;
  std::uint32_t label_count = 0;
  const std::uint16_t* const pairs = words.pairs();
  for (std::size_t at = 0; at < size;) {
    text[at] = 0;
    states[at] = 0;
    const std::size_t end = at + 1 + octet(labels[at]);
    std::uint32_t first = bigram_table::boundary;
    std::uint32_t state = 0;  // which beginnings of words end here, by the bits of lexicon::pairs
    for (std::size_t i = at + 1; i < end; ++i) {
      const octet_class& c = octet_classes[octet(labels[i])];
      text[i] = c.folded;
      counts += c.counts;
      weight += weight_steps[seen[c.folded]++];
      const std::uint32_t pair = pairs[first | std::uint32_t{c.symbol} << 8];
      first = c.symbol;
      cost += pair & 0xff;
      state = (2 * state + 0x11) & pair >> 8;
      states[i] = static_cast<std::uint8_t>(state);
    }
    cost += pairs[first] & 0xff;
    ++label_count;
    at = end;
  }
  std::memset(text.data() + size, 0, scan_margin);
  std::memset(states.data() + size, 0, 8);
  std::size_t longest = 0;
  for (std::size_t at = 0; at < size; at += 8) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, states.data() + at, 8);
    for (eight &= 0x8484848484848484U; eight != 0; eight &= eight - 1) {
      // bit 2: all three pairs of a word of four letters; bit 7: four pairs of a longer one
      const auto bit = static_cast<std::size_t>(std::countr_zero(eight));
      const std::size_t octet_at = at + (std::endian::native == std::endian::little ? bit / 8 : 7 - bit / 8);
      longest = std::max(longest, words.word_at(text.data() + octet_at - 3 - (bit / 4 & 1)));
    }
  }
  const auto count = [counts](int at_bit) { return static_cast<std::uint32_t>(counts >> at_bit & 0xff); };
  scan.octets = static_cast<std::uint32_t>(size) - label_count;
  scan.digits = count(0);
  scan.letters = count(8);
  scan.upper = count(16);
  scan.hex = count(24);
  scan.base32 = count(32);
  scan.base64 = count(40);
  scan.longest_word = static_cast<std::uint32_t>(longest);
  scan.pairs = static_cast<std::uint32_t>(size);
  scan.cost = cost;
  scan.weight = weight;
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
  friend lanes operator&(lanes a, lanes b) noexcept { return {_mm256_and_si256(a.v, b.v)}; }
  friend lanes operator|(lanes a, lanes b) noexcept { return {_mm256_or_si256(a.v, b.v)}; }
  friend lanes operator+(lanes a, lanes b) noexcept { return {_mm256_add_epi8(a.v, b.v)}; }
  friend lanes operator-(lanes a, lanes b) noexcept { return {_mm256_sub_epi8(a.v, b.v)}; }
  friend lanes operator==(lanes a, lanes b) noexcept { return {_mm256_cmpeq_epi8(a.v, b.v)}; }
  static lanes min(lanes a, lanes b) noexcept { return {_mm256_min_epu8(a.v, b.v)}; }
  static lanes add16(lanes a, lanes b) noexcept { return {_mm256_add_epi16(a.v, b.v)}; }
  template <int Bits>
  static lanes shift_right16(lanes a) noexcept {
    return {_mm256_srli_epi16(a.v, Bits)};
  }
  /// Sum of the octets.
  [[nodiscard]] std::uint32_t sum() const noexcept {
    const __m256i four = _mm256_sad_epu8(v, _mm256_setzero_si256());
    const __m128i two = _mm_add_epi64(_mm256_castsi256_si128(four), _mm256_extracti128_si256(four, 1));
    return static_cast<std::uint32_t>(_mm_cvtsi128_si32(two) + _mm_extract_epi16(two, 4));
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
  friend lanes operator&(lanes a, lanes b) noexcept { return {_mm_and_si128(a.v, b.v)}; }
  friend lanes operator|(lanes a, lanes b) noexcept { return {_mm_or_si128(a.v, b.v)}; }
  friend lanes operator+(lanes a, lanes b) noexcept { return {_mm_add_epi8(a.v, b.v)}; }
  friend lanes operator-(lanes a, lanes b) noexcept { return {_mm_sub_epi8(a.v, b.v)}; }
  friend lanes operator==(lanes a, lanes b) noexcept { return {_mm_cmpeq_epi8(a.v, b.v)}; }
  static lanes min(lanes a, lanes b) noexcept { return {_mm_min_epu8(a.v, b.v)}; }
  static lanes add16(lanes a, lanes b) noexcept { return {_mm_add_epi16(a.v, b.v)}; }
  template <int Bits>
  static lanes shift_right16(lanes a) noexcept {
    return {_mm_srli_epi16(a.v, Bits)};
  }
  [[nodiscard]] std::uint32_t sum() const noexcept {
    const __m128i two = _mm_sad_epu8(v, _mm_setzero_si128());
    return static_cast<std::uint32_t>(_mm_cvtsi128_si32(two) + _mm_extract_epi16(two, 4));
  }
  static std::uint32_t nonzero16(lanes a, lanes b) noexcept {
    const __m128i packed = _mm_packus_epi16(_mm_srli_epi16(a.v, 8), _mm_srli_epi16(b.v, 8));
    return ~static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(packed, _mm_setzero_si128()))) & 0xffff;
  }
};
#endif

/// All ones where lo <= x < lo + n.
inline lanes in_range(lanes x, char lo, unsigned char n) noexcept {
  const lanes offset = x - lanes::of(static_cast<unsigned char>(lo));
  return lanes::min(offset, lanes::of(static_cast<unsigned char>(n - 1))) == offset;
}

inline name_scan scan_name_simd(std::span<const std::byte> labels, const lexicon& words) noexcept {
  constexpr std::size_t w = lanes::octets;
  const std::size_t size = labels.size();
  const std::size_t padded = (size + w) / w * w;  // at least one octet more
  // NOLINTBEGIN(cppcoreguidelines-pro-type-member-init): each is written before it is read
  alignas(w) std::array<unsigned char, 256 + w + scan_margin> text;
  alignas(w) std::array<std::uint8_t, 256 + w> symbols;
  alignas(w) std::array<std::uint16_t, 256 + 2 * w> pair;
  std::array<std::uint8_t, 128> length_at;
  std::array<std::uint8_t, 256> seen;
  // NOLINTEND(cppcoreguidelines-pro-type-member-init)
  std::memcpy(text.data(), labels.data(), size);
  std::memset(text.data() + size, 0, w + scan_margin);
  std::size_t label_count = 0;
  for (std::size_t at = 0; at < size; at += 1 + octet(labels[at])) {
    text[at] = 0;  // belongs to no class
    length_at[label_count++] = static_cast<std::uint8_t>(at);
  }

  lanes digits = lanes::of(0), letters = digits, upper = digits, hex_letters = digits, base32_digits = digits,
        marks = digits;
  for (std::size_t at = 0; at < padded; at += w) {
    const lanes raw = lanes::load(text.data() + at);
    const lanes is_upper = in_range(raw, 'A', 26);
    const lanes x = raw + (is_upper & lanes::of(0x20));
    const lanes is_letter = in_range(x, 'a', 26);
    const lanes is_digit = in_range(x, '0', 10);
    const lanes is_hyphen = x == lanes::of('-');
    const lanes is_underscore = x == lanes::of('_');
    x.store(text.data() + at);
    upper = upper - is_upper;
    letters = letters - is_letter;
    digits = digits - is_digit;
    hex_letters = hex_letters - in_range(x, 'a', 6);
    base32_digits = base32_digits - in_range(x, '2', 6);
    marks = marks - (is_hyphen | is_underscore | (x == lanes::of('+')) | (x == lanes::of('/')));
    // 39 for others, and from there by differences, modulo 256
    const lanes symbol =
        lanes::of(bigram_table::other) + (is_letter & (x - lanes::of('a' + bigram_table::other - 1))) +
        (is_digit & (x - lanes::of('0' + bigram_table::other - 27))) +
        (is_hyphen & lanes::of(static_cast<unsigned char>(bigram_table::hyphen - bigram_table::other))) +
        (is_underscore & lanes::of(static_cast<unsigned char>(bigram_table::underscore - bigram_table::other)));
    symbol.store(symbols.data() + at);
  }
  for (std::size_t i = 0; i < label_count; ++i) symbols[length_at[i]] = bigram_table::boundary;
  symbols[size] = bigram_table::boundary;

  clear_counters(seen.data());
  std::uint64_t weight = 0;
  const std::uint16_t* const pairs = words.pairs();
  for (std::size_t at = 0; at < size; ++at) {
    std::uint16_t two = 0;
    std::memcpy(&two, symbols.data() + at, 2);
    pair[at] = pairs[two];
    weight += weight_steps[seen[text[at]]++];
  }
  std::memset(pair.data() + size, 0, 3 * w);
  // the zeros that stand where the length octets stood are no octets of labels
  weight += count_weights[seen[0] - label_count] - count_weights[seen[0]];

  lanes cost = lanes::of(0);
  std::size_t longest = 0;
  for (std::size_t at = 0; at < size; at += w) {
    const auto may_begin = [&](std::size_t i) {
      const lanes p0 = lanes::load(pair.data() + i);
      cost = lanes::add16(cost, p0 & lanes::of16(0xff));
      const lanes three = p0 & lanes::shift_right16<1>(lanes::load(pair.data() + i + 1)) &
                          lanes::shift_right16<2>(lanes::load(pair.data() + i + 2));
      const lanes four = three & lanes::shift_right16<3>(lanes::load(pair.data() + i + 3));
      return (three & lanes::of16(0x0100)) | (four & lanes::of16(0x1000));
    };
    const lanes low = may_begin(at);
    for (std::uint32_t starts = lanes::nonzero16(low, may_begin(at + w / 2)); starts != 0; starts &= starts - 1)
      longest = std::max(longest, words.word_at(text.data() + at + static_cast<std::size_t>(std::countr_zero(starts))));
  }
  std::array<std::uint16_t, w / 2> costs;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  cost.store(costs.data());

  name_scan scan;
  scan.octets = static_cast<std::uint32_t>(size - label_count);
  scan.digits = digits.sum();
  scan.letters = letters.sum();
  scan.upper = upper.sum();
  scan.hex = scan.digits + hex_letters.sum();
  scan.base32 = scan.letters + base32_digits.sum();
  scan.base64 = scan.letters + scan.digits + marks.sum();
  scan.longest_word = static_cast<std::uint32_t>(longest);
  scan.weight = weight;
  scan.pairs = static_cast<std::uint32_t>(size);
  for (const std::uint16_t c : costs) scan.cost += c;
  return scan;
}

#endif

inline name_scan scan_name(std::span<const std::byte> labels, const lexicon& words) noexcept {
#if NETANOMALY_HAS_SSE2
  if (labels.size() >= 40) return scan_name_simd(labels, words);
#endif
  return scan_name_portable(labels, words);
}

}  // namespace netanomaly::inline NETANOMALY_MODE::dns::detail::inline NETANOMALY_SIMD
