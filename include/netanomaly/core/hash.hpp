// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/config.hpp>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace netanomaly::inline NETANOMALY_MODE {

/// A small generator, and the mixer that stretches one seed to many: Steele, Lea & Flood, OOPSLA 2014.
/// Period 2^64; not for secrets.
class splitmix64 {
 public:
  using result_type = std::uint64_t;  ///< as the standard's generators have it

  /// Every seed gives another sequence.
  constexpr explicit splitmix64(std::uint64_t seed) noexcept : state_(seed) {}
  /// The next number, uniform over 64 bits.
  constexpr std::uint64_t operator()() noexcept { return mix(state_ += 0x9e3779b97f4a7c15U); }
  [[nodiscard]] static constexpr std::uint64_t(min)() noexcept { return 0; }  ///< the least number it gives
  [[nodiscard]] static constexpr std::uint64_t(max)() noexcept { return ~std::uint64_t{0}; }  ///< the greatest

  /// A bijection whose every output bit depends on every input bit.
  [[nodiscard]] static constexpr std::uint64_t mix(std::uint64_t x) noexcept {
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9U;
    x = (x ^ x >> 27) * 0x94d049bb133111ebU;
    return x ^ x >> 31;
  }

 private:
  std::uint64_t state_;
};

/// SipHash with one compression and three finalisation rounds (Aumasson & Bernstein, INDOCRYPT 2012) under a key made
/// from `seed`: who does not know the seed cannot find keys that collide. The same answer on every machine.
/// About 10 ns for 16 bytes.
class keyed_hash {
 public:
  /// With a 128-bit key stretched from `seed`.
  constexpr explicit keyed_hash(std::uint64_t seed) noexcept {
    splitmix64 next(seed);
    key_ = {next(), next()};
  }
  /// With the 128-bit key itself.
  constexpr explicit keyed_hash(std::array<std::uint64_t, 2> key) noexcept : key_(key) {}

  /// Of any number of octets; O(size).
  [[nodiscard]] std::uint64_t operator()(std::span<const std::byte> bytes) const noexcept {
    lanes v(key_);
    const std::size_t whole = bytes.size() / 8 * 8;
    for (std::size_t i = 0; i < whole; i += 8) v.take(little(bytes.data() + i, 8));
    const std::size_t rest = bytes.size() - whole;
    v.take(std::uint64_t{bytes.size()} << 56 | (rest == 0 ? 0 : little(bytes.data() + whole, rest)));
    return v.finish();
  }
  /// Of the octets of a text.
  [[nodiscard]] std::uint64_t operator()(std::string_view text) const noexcept {
    return (*this)(std::as_bytes(std::span(text)));
  }
  /// The same as of the eight bytes, lowest first.
  [[nodiscard]] constexpr std::uint64_t operator()(std::uint64_t value) const noexcept {
    lanes v(key_);
    v.take(value);
    v.take(std::uint64_t{8} << 56);
    return v.finish();
  }

 private:
  struct lanes {
    std::uint64_t a, b, c, d;

    constexpr explicit lanes(const std::array<std::uint64_t, 2>& key) noexcept
        : a(key[0] ^ 0x736f6d6570736575U),
          b(key[1] ^ 0x646f72616e646f6dU),
          c(key[0] ^ 0x6c7967656e657261U),
          d(key[1] ^ 0x7465646279746573U) {}
    constexpr void round() noexcept {
      a += b, b = std::rotl(b, 13) ^ a, a = std::rotl(a, 32);
      c += d, d = std::rotl(d, 16) ^ c;
      a += d, d = std::rotl(d, 21) ^ a;
      c += b, b = std::rotl(b, 17) ^ c, c = std::rotl(c, 32);
    }
    constexpr void take(std::uint64_t word) noexcept {
      d ^= word;
      round();
      a ^= word;
    }
    constexpr std::uint64_t finish() noexcept {
      c ^= 0xff;
      for (int i = 0; i < 3; ++i) round();
      return a ^ b ^ c ^ d;
    }
  };

  static std::uint64_t little(const std::byte* bytes, std::size_t count) noexcept {
    std::uint64_t word = 0;
    if constexpr (std::endian::native == std::endian::little) {
      std::memcpy(&word, bytes, count);
    } else {
      for (std::size_t i = 0; i < count; ++i) word |= std::to_integer<std::uint64_t>(bytes[i]) << (8 * i);
    }
    return word;
  }

  std::array<std::uint64_t, 2> key_{};
};

}  // namespace netanomaly::inline NETANOMALY_MODE
