// SPDX-License-Identifier: Apache-2.0

#include <netanomaly/core/hash.hpp>
#include <netanomaly/core/state.hpp>
#include <netanomaly/window/distinct_sample.hpp>
#include <netanomaly/window/hyperloglog.hpp>

#include "support/catch.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace na = netanomaly;
using na::window::distinct_sample;
using na::window::hyperloglog;

TEST_CASE("distinct counts are exact while few, and near above") {
  na::splitmix64 random(1);
  hyperloglog count(10, 64);
  CHECK(count.estimate() == 0);
  for (int n = 1; n <= 64; ++n) {
    const auto hash = random();
    CHECK(count.add(hash));
    CHECK_FALSE(count.add(hash));
    CHECK(count.estimate() == n);
  }
  CHECK(count.is_exact());
  int n = 64;
  for (const int goal : {65, 100, 1000, 10'000, 100'000, 1'000'000}) {
    for (; n < goal; ++n) count.add(random());
    CHECK_FALSE(count.is_exact());
    CHECK(count.estimate() == Approx(goal).epsilon(4 * 1.04 / std::sqrt(1024)));
  }
  CHECK(count.memory_bytes() <= sizeof(count) + 1024);
}

TEST_CASE("the error of the count is the one promised") {
  na::splitmix64 random(2);
  double squares = 0;
  for (int run = 0; run < 200; ++run) {
    hyperloglog count(8, 0);
    for (int i = 0; i < 3000; ++i) count.add(random());
    squares += std::pow(count.estimate() / 3000 - 1, 2);
  }
  CHECK(std::sqrt(squares / 200) == Approx(1.04 / 16).epsilon(0.2));
}

TEST_CASE("merged counts are those of one pass, bit for bit") {
  for (const int size : {10, 40, 50, 500, 50'000}) {
    na::splitmix64 random(3);
    hyperloglog whole(10, 64);
    hyperloglog a(10, 64);
    hyperloglog b(10, 64);
    for (int i = 0; i < size; ++i) {
      const auto hash = random();
      whole.add(hash);
      if (i % 3 != 0) a.add(hash);
      if (i % 3 != 1) b.add(hash);
    }
    REQUIRE(a.merge(b));
    CHECK(a == whole);
  }
  hyperloglog a(10);
  CHECK_FALSE(a.merge(hyperloglog(11)));
}

TEST_CASE("counts are saved and loaded, and bad ones refused") {
  for (const int size : {0, 7, 5000}) {
    na::splitmix64 random(4);
    hyperloglog count(8, 16);
    for (int i = 0; i < size; ++i) count.add(random());
    std::vector<std::byte> bytes;
    auto sink = [&](std::span<const std::byte> more) { bytes.insert(bytes.end(), more.begin(), more.end()); };
    na::state_writer out(sink);
    count.save(out);
    REQUIRE(out.finish());
    na::state_reader in(bytes);
    CHECK(hyperloglog::load(in, 8, 16) == count);
    CHECK(in.finish());
    na::state_reader other(bytes);
    CHECK(hyperloglog::load(other, 9, 16) == hyperloglog(9, 16));
    CHECK_FALSE(other.ok());
  }
}

TEST_CASE("a distinct sample holds all while few, then a uniform part, and counts") {
  na::splitmix64 random(5);
  std::vector<std::uint64_t> hashes;
  distinct_sample<int> sample(32, 10);
  for (int i = 0; i < 20'000; ++i) {
    hashes.push_back(random());
    for (int again = 0; again < 2; ++again) {
      const auto place = sample.find_or_insert(hashes.back(), [&](const int*) { return i; });
      if (i < 32) CHECK(place.value != nullptr);
      if (again == 1) CHECK_FALSE(place.inserted);
    }
    if (i < 32) CHECK(sample.distinct() == i + 1);
  }
  CHECK(sample.size() == 32);
  CHECK(sample.distinct() == Approx(20'000).epsilon(0.15));
  std::ranges::sort(hashes);
  std::vector<std::uint64_t> kept;
  sample.for_each([&](std::uint64_t hash, int) { kept.push_back(hash); });
  CHECK(std::ranges::equal(kept, std::span(hashes).first(32)));
}

TEST_CASE("merged samples are those of one pass, with their counts") {
  for (const int size : {20, 31, 32, 33, 60, 4000}) {
    na::splitmix64 random(6);
    distinct_sample<int> whole(32, 10);
    distinct_sample<int> a(32, 10);
    distinct_sample<int> b(32, 10);
    const auto count = [](distinct_sample<int>& s, std::uint64_t hash) {
      const auto place = s.find_or_insert(hash, [](const int*) { return 0; });
      if (place.value) ++*place.value;
    };
    for (int i = 0; i < size; ++i) {
      const auto hash = random();
      for (int n = 0; n <= i % 4; ++n) {
        count(whole, hash);
        count((i + n) % 2 ? a : b, hash);
      }
    }
    REQUIRE(a.merge(b, [](int& mine, int theirs) { mine += theirs; }));
    CHECK(a.distinct() == whole.distinct());
    CHECK(a.holds_all() == whole.holds_all());
    std::vector<std::pair<std::uint64_t, int>> merged;
    std::vector<std::pair<std::uint64_t, int>> once;
    a.for_each([&](std::uint64_t h, int n) { merged.emplace_back(h, n); });
    whole.for_each([&](std::uint64_t h, int n) { once.emplace_back(h, n); });
    CHECK(merged == once);
  }
}
