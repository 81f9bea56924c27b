// SPDX-License-Identifier: Apache-2.0
#include <netanomaly/core/hash.hpp>
#include <netanomaly/learn/adwin.hpp>
#include <netanomaly/learn/detail/error_window.hpp>

#include <rapidcheck.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "support/catch.hpp"

namespace {

using namespace netanomaly;
using learn::adwin;
using learn::detail::error_window;

double uniform(splitmix64& next) { return static_cast<double>(next() >> 11) * 0x1p-53; }

/// The window inside a record of its own, which it has not in the library.
struct recorded {
  error_window window;
  void save(state_writer& out) const {
    out.record("window", 1);
    window.save(out);
  }
  static result<recorded> load(state_reader& in) {
    recorded r;
    (void)in.record("window", 1);
    r.window.load(in);
    if (!in) return unexpected(in.error());
    return r;
  }
};

}  // namespace

TEST_CASE("a window of errors holds the newest values, and cuts leave the newest") {
  CHECK(rc::check([](std::uint64_t seed) {
    splitmix64 next(seed);
    error_window window;
    std::vector<bool> all;
    bool ok = true;
    for (int i = 0; i < 4'000; ++i) {
      all.push_back(uniform(next) < (i / 1'000 % 2 == 0 ? 0.1 : 0.5));
      if (window.add(all.back())) window.cut(0.01);
      const auto n = static_cast<std::ptrdiff_t>(window.count());
      if (n > static_cast<std::ptrdiff_t>(all.size())) return false;
      const auto ones = std::count(all.end() - n, all.end(), true);
      ok = ok && ones == static_cast<std::ptrdiff_t>(window.ones()) &&
           (n == 0 || window.mean() == static_cast<double>(ones) / static_cast<double>(n));
    }
    return ok;
  }));
}

TEST_CASE("a window of errors sees a rise when adwin does, within two blocks, and does not call a fall a rise") {
  for (const double after : {0.3, 0.5, 0.9}) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      splitmix64 next(seed);
      error_window window;
      adwin reference;
      for (int i = 0; i < 4'000; ++i) {
        const bool one = uniform(next) < 0.1;
        if (window.add(one)) CHECK_FALSE(window.cut(0.002));
        reference.add(one ? 1 : 0);
      }
      int seen = -1;
      int reference_seen = -1;
      for (int i = 0; i < 4'000 && (seen < 0 || reference_seen < 0); ++i) {
        const bool one = uniform(next) < after;
        if (window.add(one) && seen < 0) {
          const bool would = window.rises(0.002);
          CHECK(window.cut(0.002) == would);
          if (would) seen = i;
        }
        if (reference.add(one ? 1 : 0) && reference_seen < 0) reference_seen = i;
      }
      REQUIRE(seen >= 0);
      REQUIRE(reference_seen >= 0);
      CHECK(std::abs(seen - reference_seen) <= 64);
    }
  }
  splitmix64 next(3);
  error_window window;
  bool rose = false;
  for (int i = 0; i < 4'000; ++i)
    if (window.add(uniform(next) < (i < 2'000 ? 0.6 : 0.1))) rose = window.cut(0.002) || rose;
  CHECK_FALSE(rose);
  CHECK(window.count() < 2'200);
}

TEST_CASE("a steady share of errors is seldom cut") {
  int cuts = 0;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    splitmix64 next(seed);
    error_window window;
    for (int i = 0; i < 20'000; ++i) {
      window.add(uniform(next) < 0.3);
      cuts += window.rises(0.01) ? 1 : 0;
    }
  }
  CHECK(cuts <= 40 * 20'000 / 100 / 10);  // delta 0.01 is a bound, and a loose one
}

TEST_CASE("a window of errors drops its oldest values when it is full") {
  error_window window;
  for (int i = 0; i < 15'000'000; ++i) window.add(i < 4'000'000);
  CHECK(window.count() > 5'000'000);
  CHECK(window.count() < 11'000'000);
  CHECK(window.ones() == 0);
}

TEST_CASE("a saved window of errors goes on bit for bit, and damaged ones are refused or work") {
  CHECK(rc::check([](std::uint64_t seed) {
    splitmix64 next(seed);
    recorded r;
    const auto stop = next() % 3'000;
    for (std::uint64_t i = 0; i < stop; ++i)
      if (r.window.add(uniform(next) < (i < 1'000 ? 0.1 : 0.4))) r.window.cut(0.01);
    const auto bytes = to_bytes(r);
    auto again = from_bytes<recorded>(bytes);
    if (!again) return false;
    auto bad = bytes;
    bad[static_cast<std::size_t>(19 + next() % (bad.size() - 27))] ^= static_cast<std::byte>(1U << next() % 8);
    netanomaly::detail::crc64 sum;
    sum.add(std::span(bad).first(bad.size() - 8));
    for (std::size_t k = 0; k < 8; ++k) bad[bad.size() - 8 + k] = static_cast<std::byte>(sum.value() >> (8 * k) & 0xff);
    if (auto damaged = from_bytes<recorded>(bad)) {
      for (int i = 0; i < 200; ++i)
        if (damaged->window.add(i % 3 == 0)) damaged->window.cut(0.1);
      if (damaged->window.ones() > damaged->window.count() || !from_bytes<recorded>(to_bytes(*damaged))) return false;
    }
    for (int i = 0; i < 1'000; ++i) {
      const bool one = uniform(next) < 0.6;
      if (r.window.add(one) != again->window.add(one)) return false;
      if (r.window.cut(0.01) != again->window.cut(0.01)) return false;
    }
    return to_bytes(r) == to_bytes(*again);
  }));
}
