// SPDX-License-Identifier: Apache-2.0
#include <netanomaly/compose/keyed.hpp>
#include <netanomaly/dns/address.hpp>
#include <netanomaly/telemetry/median_absolute_deviation.hpp>
#include <netanomaly/telemetry/z_score.hpp>

#include <rapidcheck.h>

#include <map>
#include <string>

#include "support/catch.hpp"

namespace {

using namespace netanomaly;
using compose::keyed;
using telemetry::median_absolute_deviation;
using telemetry::z_score;

static_assert(detector<keyed<std::string, z_score>> && mergeable<keyed<std::string, z_score>>);
static_assert(persistent<keyed<std::uint32_t, median_absolute_deviation>>);
static_assert(!mergeable<keyed<std::uint32_t, median_absolute_deviation>>);

struct most_seen {
  double operator()(int /*key*/, const z_score& d) const noexcept { return static_cast<double>(d.past().count()); }
};

/// Grows with what it sees: what a detector in keyed may do.
struct growing {
  using observation = timed<double>;
  std::vector<double> seen;
  verdict update(const observation& x) {
    seen.push_back(x.value);
    return verdict::judge(static_cast<double>(seen.size()), 10);
  }
  void reset() noexcept { seen.clear(); }
  [[nodiscard]] std::size_t memory_bytes() const noexcept { return sizeof(*this) + seen.capacity() * sizeof(double); }
};

template <class K>
auto keys_of(const K& k) {
  std::vector<std::string> keys;
  k.for_each([&](const auto& key, const auto&) {
    if constexpr (std::is_convertible_v<decltype(key), std::string>) {
      keys.push_back(key);
    } else {
      keys.push_back(std::to_string(key));
    }
  });
  return keys;
}

bool same(const verdict& a, const verdict& b) {
  return std::memcmp(&a.score, &b.score, sizeof(double)) == 0 && a.anomalous == b.anomalous && a.state == b.state;
}

}  // namespace

TEST_CASE("each key has a detector of its own") {
  const z_score prototype({.warmup = 2});
  keyed<std::string, z_score> all({}, prototype);
  std::map<std::string, z_score> apart;
  splitmix64 random(1);
  for (int i = 0; i < 5000; ++i) {
    const std::string key = "key " + std::to_string(random() % 300);
    const double x = static_cast<double>(random() % 1000);
    const verdict v = all.update({key, x});
    if (!same(v, apart.try_emplace(key, prototype).first->second.update(x))) FAIL("another verdict");
  }
  CHECK(all.size() == apart.size());
  CHECK(all.find("key 7")->past() == apart.at("key 7").past());
  CHECK(all.find("no such key") == nullptr);
  CHECK(all.left() == 0);
}

TEST_CASE("integers, addresses and octets are keys too") {
  keyed<std::int16_t, z_score> numbers;
  numbers.update({-3, 1.0});
  CHECK(numbers.find(-3) != nullptr);
  keyed<dns::ip_address, z_score> hosts;
  hosts.update({dns::ip_address::v4(0x7f000001), 1.0});
  CHECK(hosts.find(dns::ip_address::v4(0x7f000001)) != nullptr);
  const auto again = from_bytes<keyed<dns::ip_address, z_score>>(to_bytes(hosts));
  REQUIRE(again);
  CHECK(again->find(dns::ip_address::v4(0x7f000001)) != nullptr);
}

TEST_CASE("memory stays below the bound whenever a call returns") {
  keyed<std::string, median_absolute_deviation> windows({.max_bytes = 100'000},
                                                        median_absolute_deviation({.extent = {.points = 60}}));
  keyed<std::string, growing> grow({.max_bytes = 20'000});
  splitmix64 random(2);
  int over = 0;
  for (int i = 0; i < 20'000; ++i) {
    const std::string key(static_cast<std::size_t>(random() % 40) + (i % 1000 == 0 ? 30'000U : 0U),
                          static_cast<char>('a' + random() % 26));
    windows.update({key, 1.0});
    grow.update({key, 1.0});
    if (windows.memory_bytes() > 100'000 || grow.memory_bytes() > 20'000) ++over;
  }
  CHECK(over == 0);
  CHECK(windows.left() > 0);
  CHECK(windows.size() > 50);
}

TEST_CASE("memory is what keys, detectors and table take") {
  struct slot {  // of the table: a hash and where the key is
    std::uint64_t hash;
    void* entry;
  };
  keyed<std::uint32_t, growing> k;
  const std::size_t empty = k.memory_bytes();
  for (std::uint32_t i = 0; i < 100; ++i)
    for (int n = 0; n < 50; ++n) k.update({i, 1.0});
  std::size_t heap = 0;
  k.for_each([&](std::uint32_t, const growing& d) { heap += d.memory_bytes(); });
  CHECK(k.memory_bytes() > empty + heap);
  CHECK(k.memory_bytes() < empty + heap + 100 * 120 + 256 * sizeof(slot));
  for (std::uint32_t i = 0; i < 100; ++i) CHECK(k.erase(i));
  CHECK_FALSE(k.erase(5));
  CHECK(k.memory_bytes() == empty + 256 * sizeof(slot));
  k.reset();
  CHECK(k.memory_bytes() == empty);
}

TEST_CASE("the key not seen for longest leaves first") {
  keyed<std::string, z_score> k({.max_bytes = 3000});
  for (int i = 0;; ++i) {
    k.update({"a", 1.0});
    k.update({std::to_string(i), 1.0});
    if (k.left() == 3) break;
  }
  CHECK(k.find("a") != nullptr);
  CHECK(k.find("0") == nullptr);
  CHECK(k.find("2") == nullptr);
  CHECK(k.find("3") != nullptr);
  CHECK(keys_of(k).back() != "a");
}

TEST_CASE("with a ranking, the least valued leaves, whatever floods in") {
  keyed<int, z_score, most_seen> k({.max_bytes = 6000});
  for (int i = 0; i < 5; ++i)
    for (int n = 0; n < 10 + i; ++n) k.update({i, 1.0});
  for (int i = 100; i < 5000; ++i) k.update({i, 1.0});
  for (int i = 0; i < 5; ++i) CHECK(k.find(i) != nullptr);
  CHECK(k.find(4999) != nullptr);
  CHECK(k.find(100) == nullptr);
  CHECK(k.memory_bytes() <= 6000);
}

TEST_CASE("the ranking decides as sorting by rank and sight would") {
  CHECK(rc::check("evictions", [](const std::vector<std::uint8_t>& stream) {
    keyed<int, z_score, most_seen> k({.max_bytes = 2600});
    std::vector<std::pair<int, std::pair<std::uint64_t, int>>> model;  // key, (times seen, last sight)
    int now = 0;
    for (const std::uint8_t key : stream) {
      ++now;
      const std::size_t before = k.size();
      const std::uint64_t left = k.left();
      auto at = std::find_if(model.begin(), model.end(), [&](const auto& m) { return m.first == key; });
      k.update({key, 1.0});
      if (k.left() > left) {
        if (k.left() != left + 1 || k.size() != before) return false;
        model.erase(std::min_element(model.begin(), model.end(), [](auto& a, auto& b) { return a.second < b.second; }));
        at = model.end();
      }
      if (at == model.end()) at = model.insert(model.end(), {key, {0, 0}});
      ++at->second.first;
      at->second.second = now;
      for (const auto& m : model)
        if (k.find(m.first) == nullptr) return false;
    }
    return k.size() == model.size();
  }));
}

TEST_CASE("a bound that holds not even one key is an error") {
  const auto none = keyed<int, median_absolute_deviation>::make({.max_bytes = 4096});
  REQUIRE_FALSE(none);
  CHECK(none.error().message().find("keyed: max_bytes is 4096, must be at least ") == 0);
  CHECK_THROWS_AS((keyed<int, median_absolute_deviation>({.max_bytes = 4096})), std::invalid_argument);
}

TEST_CASE("saved and loaded anywhere, it goes on bit for bit, evictions included") {
  CHECK(rc::check("save and load", [](const std::vector<std::uint8_t>& stream, std::uint8_t cut) {
    keyed<std::string, z_score> whole({.max_bytes = 3000, .seed = 9}, z_score({.warmup = 2}));
    keyed<int, z_score, most_seen> ranked({.max_bytes = 3000}, z_score({.warmup = 2}));
    auto restored = whole;
    auto restored_ranked = ranked;
    for (std::size_t i = 0; i < stream.size(); ++i) {
      if (i == cut % stream.size()) {
        restored = from_bytes<keyed<std::string, z_score>>(to_bytes(whole)).value();
        restored_ranked = from_bytes<keyed<int, z_score, most_seen>>(to_bytes(ranked)).value();
      }
      const std::string key = std::to_string(stream[i] % 61);
      const double x = stream[i];
      if (!same(whole.update({key, x}), restored.update({key, x}))) return false;
      if (!same(ranked.update({stream[i] % 61, x}), restored_ranked.update({stream[i] % 61, x}))) return false;
    }
    return keys_of(whole) == keys_of(restored) && keys_of(ranked) == keys_of(restored_ranked) &&
           whole.left() == restored.left() && to_bytes(whole) == to_bytes(restored);
  }));
}

TEST_CASE("dealt out and merged it has seen what one has seen") {
  keyed<std::string, z_score> one;
  std::vector<keyed<std::string, z_score>> parts(4);
  splitmix64 random(3);
  for (int i = 0; i < 4000; ++i) {
    const std::string key = std::to_string(random() % 100);
    const double x = static_cast<double>(random() % 1000);
    one.update({key, x});
    parts[random() % 4].update({key, x});
  }
  for (std::size_t p = 1; p < 4; ++p) REQUIRE(parts[0].merge(parts[p]));
  CHECK(parts[0].size() == one.size());
  one.for_each([&](const std::string& key, const z_score& d) {
    const z_score* const merged = parts[0].find(key);
    REQUIRE(merged != nullptr);
    CHECK(merged->past().count() == d.past().count());
    CHECK(merged->past().mean() == Approx(d.past().mean()).epsilon(1e-13));
    CHECK(merged->past().sample_variance() == Approx(d.past().sample_variance()).epsilon(1e-12));
  });
}

TEST_CASE("what was made otherwise does not merge, and nothing changes") {
  keyed<std::string, z_score> a;
  keyed<std::string, z_score> b({.seed = 1});
  keyed<std::string, z_score> c({}, z_score({.threshold = 4}));
  a.update({"k", 1.0}), b.update({"k", 1.0}), c.update({"k", 1.0});
  CHECK(a.merge(b).error().message() == "keyed: only equal parameters merge; seed is 0 here and 1 there");
  CHECK_FALSE(a.merge(c));
  CHECK(a.find("k")->past().count() == 1);
}

TEST_CASE("copies are deep, moves leave nothing behind, self-assignment and self-merge are harmless") {
  keyed<std::string, z_score> a;
  for (int i = 0; i < 100; ++i) a.update({std::to_string(i), 1.0});
  auto b = a;
  b.update({"0", 5.0});
  CHECK(a.find("0")->past().count() == 1);
  CHECK(b.find("0")->past().count() == 2);
  auto c = std::move(b);
  CHECK(c.size() == 100);
  CHECK(c.find("0")->past().count() == 2);
  const auto& self = c;
  c = self;
  CHECK(c.size() == 100);
  CHECK(c.merge(self));
  CHECK(c.find("0")->past().count() == 4);
  CHECK(c.size() == 100);
}

TEST_CASE("verdicts and order do not depend on the seed") {
  keyed<std::string, z_score> a({.max_bytes = 4000, .seed = 1});
  keyed<std::string, z_score> b({.max_bytes = 4000, .seed = 2});
  for (int i = 0; i < 2000; ++i) {
    const std::string key = std::to_string(i * i % 113);
    CHECK(same(a.update({key, 1.0 * i}), b.update({key, 1.0 * i})));
  }
  CHECK(keys_of(a) == keys_of(b));
}
