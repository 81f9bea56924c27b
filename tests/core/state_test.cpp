// SPDX-License-Identifier: Apache-2.0
#include <netanomaly/core/concepts.hpp>
#include <netanomaly/core/hash.hpp>
#include <netanomaly/core/state.hpp>

#include <rapidcheck.h>

#include <numeric>

#include "support/catch.hpp"

namespace {

using namespace netanomaly;

/// A record of its own kind with one of everything.
struct thing {
  std::uint64_t u = 0;
  std::int32_t i = 0;
  double d = 0;
  float f = 0;
  bool b = false;
  std::string name;
  std::string text;
  std::vector<double> values;
  time_point time{};

  void save(state_writer& out) const {
    out.record("thing", 3);
    out.scalar(u), out.scalar(i), out.scalar(d), out.scalar(f), out.scalar(b);
    out.name(name), out.string(text), out.scalar(time);
    out.scalar(std::uint64_t{values.size()});
    out.array(std::span(values));
  }
  static result<thing> load(state_reader& in) {
    in.record("thing", 3);
    thing t;
    t.u = in.scalar<std::uint64_t>(), t.i = in.scalar<std::int32_t>(), t.d = in.scalar<double>();
    t.f = in.scalar<float>(), t.b = in.scalar<bool>();
    t.name = in.name(), t.text = in.string(), t.time = in.scalar<time_point>();
    const auto count = in.scalar<std::uint64_t>();
    if (in.charge(count, sizeof(double))) {
      t.values.resize(static_cast<std::size_t>(count));
      in.array(std::span(t.values));
    }
    if (!in) return unexpected(in.error());
    return t;
  }
  friend bool operator==(const thing&, const thing&) = default;
};

thing example() {
  return {
      .u = 1, .i = -2, .d = 0.1, .f = 0.5F, .b = true, .name = "n", .text = "text", .values = {1, 2, 3}, .time = {}};
}

/// The bytes with a checksum that holds again.
std::vector<std::byte> resealed(std::vector<std::byte> bytes) {
  detail::crc64 sum;
  sum.add(std::span(bytes).first(bytes.size() - 8));
  for (std::size_t k = 0; k < 8; ++k) bytes[bytes.size() - 8 + k] = static_cast<std::byte>(sum.value() >> (8 * k));
  return bytes;
}

}  // namespace

TEST_CASE("the checksum is CRC-64/XZ, however the bytes come") {
  constexpr std::string_view digits = "123456789";
  const auto bytes = std::as_bytes(std::span(digits));
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    detail::crc64 sum;
    sum.add(bytes.first(cut));
    sum.add(bytes.subspan(cut));
    CHECK(sum.value() == 0x995dc9bbdf1939fa);
  }
}

TEST_CASE("the envelope and the scalars have the documented bytes") {
  std::string got;
  auto sink = [&](std::span<const std::byte> more) {
    for (const std::byte b : more) got += std::to_integer<char>(b);
  };
  state_writer out(sink);
  out.record("k", 0x0201);
  out.scalar(std::uint32_t{0x0d0c0b0a});
  out.scalar(1.0);
  CHECK(out.finish());
  using namespace std::string_literals;
  CHECK(got.substr(0, got.size() - 8) ==
        "\x89NAS\r\n\x1a\n"s + "\1\0\0\0"s + "\1k"s + "\1\2"s + "\x0a\x0b\x0c\x0d"s + "\0\0\0\0\0\0\xf0\x3f"s);
}

TEST_CASE("what was written is read") {
  CHECK(rc::check(
      "things", [](std::uint64_t u, std::int32_t i, double d, bool b, std::string text, std::vector<double> v) {
        const thing t{.u = u, .i = i, .d = d, .f = 1.5F, .b = b, .name = "x", .text = text, .values = v, .time = {}};
        const auto again = from_bytes<thing>(to_bytes(t));
        return again.has_value() && *again == t;
      }));
}

TEST_CASE("more than the buffer holds goes through the same") {
  thing t = example();
  t.values.resize(100'000);
  std::iota(t.values.begin(), t.values.end(), 0.0);
  const auto again = from_bytes<thing>(to_bytes(t));
  REQUIRE(again);
  CHECK(*again == t);
}

TEST_CASE("every truncation is refused") {
  const auto bytes = to_bytes(example());
  for (std::size_t n = 0; n < bytes.size(); ++n) CHECK_FALSE(from_bytes<thing>(std::span(bytes).first(n)));
  for (std::size_t n = 20; n < bytes.size(); ++n) {  // and where the checksum holds
    std::vector<std::byte> cut(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(n));
    CHECK_FALSE(from_bytes<thing>(resealed(cut)));
  }
}

TEST_CASE("every flipped byte is refused") {
  const auto bytes = to_bytes(example());
  for (std::size_t i = 0; i < bytes.size(); ++i)
    for (const int flip : {1, 0x80, 0xff}) {
      auto damaged = bytes;
      damaged[i] ^= static_cast<std::byte>(flip);
      CHECK_FALSE(from_bytes<thing>(damaged));
    }
}

TEST_CASE("errors name what was wrong and at which byte") {
  auto bytes = to_bytes(example());
  bytes[12 + 1] = std::byte{'T'};
  CHECK(from_bytes<thing>(bytes).error().message() ==
        "state, byte " + std::to_string(bytes.size() - 8) + ": the checksum does not match: the bytes are damaged");
  CHECK(from_bytes<thing>(resealed(bytes)).error().message() ==
        "state, byte 12: a record of kind \"Thing\" where thing was expected");
  bytes = to_bytes(example());
  bytes[12 + 6] = std::byte{4};
  CHECK(from_bytes<thing>(resealed(bytes)).error().message() ==
        "state, byte 18: thing, version 4: this build reads up to version 3");
  bytes = to_bytes(example());
  bytes[8] = std::byte{9};
  CHECK(from_bytes<thing>(resealed(bytes)).error().message() ==
        "state, byte 8: format version 9, this build reads version 1");
  bytes = to_bytes(example());
  bytes.insert(bytes.end() - 8, 2, std::byte{0});
  CHECK(from_bytes<thing>(resealed(bytes)).error().message().find("2 bytes too many") != std::string::npos);
  CHECK_FALSE(from_bytes<thing>({}));
}

TEST_CASE("a length is charged against the budget before anything is allocated") {
  thing t = example();
  t.values.assign(1000, 1.0);
  const auto bytes = to_bytes(t);
  CHECK(from_bytes<thing>(bytes, 8000));
  CHECK(from_bytes<thing>(bytes, 7999).error().message().find("budget of 7999") != std::string::npos);
  auto huge = to_bytes(example());
  for (std::size_t k = 1; k <= 8; ++k) huge[huge.size() - 8 - 3 * 8 - k] = std::byte{0xff};  // the count of values
  CHECK_FALSE(from_bytes<thing>(resealed(huge)));
}

TEST_CASE("a sink that fails is reported once, at the end") {
  std::size_t calls = 0;
  auto sink = [&](std::span<const std::byte>) { return ++calls < 2; };
  state_writer out(sink);
  for (int i = 0; i < 5000; ++i) out.scalar(std::uint64_t{1});
  CHECK_FALSE(out.finish());
  CHECK(calls == 2);
}

TEST_CASE("the keyed hash is SipHash-1-3") {
  const keyed_hash hash(std::array<std::uint64_t, 2>{0x0706050403020100, 0x0f0e0d0c0b0a0908});
  std::array<std::byte, 2> input{std::byte{0}, std::byte{1}};
  CHECK(hash(std::span<const std::byte>()) == 0xabac0158050fc4dc);  // vectors of the Rust library
  CHECK(hash(std::span<const std::byte>(input).first(1)) == 0xc9f49bf37d57ca93);
  CHECK(hash(std::span<const std::byte>(input)) == 0x82cb9b024dc7d44d);
}

TEST_CASE("the keyed hash depends on the seed, and on every byte and the length") {
  const keyed_hash one(1);
  const keyed_hash two(2);
  CHECK(one("name") != two("name"));
  CHECK(one("name") != one("nama"));
  CHECK(one(std::string_view("\0", 1)) != one(""));
  CHECK(one(std::uint64_t{'a'}) == one(std::string_view("a\0\0\0\0\0\0\0", 8)));
}

TEST_CASE("a verdict is 24 bytes, and true where anomalous") {
  STATIC_REQUIRE(sizeof(verdict) == 24);
  CHECK_FALSE(verdict());
  CHECK(verdict::judge(4, 3));
  CHECK_FALSE(verdict::judge(3, 3));
  CHECK(verdict::judge(std::numeric_limits<double>::infinity(), 3).score == std::numeric_limits<double>::max());
  CHECK(verdict::reject().state == verdict::status::rejected);
  CHECK(std::isnan(verdict::reject().score));
}
