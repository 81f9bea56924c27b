// SPDX-License-Identifier: Apache-2.0
// What every detector promises, tried on every detector of the lists.
#include <netanomaly/compose/builtin.hpp>
#include <netanomaly/compose/calibrated.hpp>
#include <netanomaly/compose/keyed.hpp>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <limits>
#include <string>
#include <vector>

#include "support/allocations.hpp"
#include "support/catch.hpp"

namespace {

using namespace netanomaly;
using compose::keyed;
using compose::metric_detectors;
using any = metric_detectors::any;
using keyed_any = keyed<std::string, any>;

static_assert(noexcept(std::declval<any&>().update(timed<double>())));
static_assert(noexcept(std::declval<compose::calibrated<any>&>().update(timed<double>())));

/// Every detector of the list, with a short window where it has one, so that much happens in few observations.
std::vector<any> every_detector() {
  std::vector<any> all;
  for (const auto& d : metric_detectors::list()) {
    all.push_back(metric_detectors::make(d.kind).value());
    std::vector<parameter_text> shorter;
    for (const auto& p : d.parameters) {
      if (p.name == "points") shorter.push_back({p.name, "40"});
      if (p.name == "warmup") shorter.push_back({p.name, "10"});
    }
    if (auto made = metric_detectors::make(d.kind, shorter)) all.push_back(*std::move(made));
    for (const auto& p : d.parameters)
      if (p.name == "compatibility") shorter.push_back({p.name, "skyline"});
    if (auto made = metric_detectors::make(d.kind, shorter)) all.push_back(*std::move(made));
    for (const auto& p : d.parameters)
      if (p.name == "span") shorter.push_back({p.name, "20m"});
    if (auto made = metric_detectors::make(d.kind, shorter)) all.push_back(*std::move(made));
  }
  return all;
}

/// A stream with level changes, constants, spikes, ties and uneven times.
timed<double> observation(splitmix64& random, int i) {
  const time_point now(std::chrono::seconds(1'700'000'000 + 60 * i + static_cast<int>(random() % 50)));
  switch (random() % 8) {
    case 0:
      return {static_cast<double>(random() % 3), now};
    case 1:
      return {1e9 + static_cast<double>(random() % 1000) / 7, now};
    case 2:
      return {-static_cast<double>(random() >> 30), now};
    default:
      return {static_cast<double>(random() % 100'000) / 1000, now};
  }
}

bool same(const verdict& a, const verdict& b) {
  return std::memcmp(&a.score, &b.score, sizeof(double)) == 0 &&
         std::memcmp(&a.p_value, &b.p_value, sizeof(double)) == 0 && a.anomalous == b.anomalous && a.state == b.state;
}

/// The bytes with a checksum that holds again.
void reseal(std::vector<std::byte>& bytes) {
  detail::crc64 sum;
  sum.add(std::span(bytes).first(bytes.size() - 8));
  for (std::size_t k = 0; k < 8; ++k) bytes[bytes.size() - 8 + k] = static_cast<std::byte>(sum.value() >> (8 * k));
}

/// Whether `bytes` are refused, or make something that works and can be saved.
template <class D, class Update>
bool refused_or_valid(const std::vector<std::byte>& bytes, Update&& update) {
  auto loaded = from_bytes<D>(bytes, std::size_t{16} << 20);
  if (!loaded) return loaded.error().message().find("state, byte ") == 0;
  for (int i = 0; i < 60; ++i) update(*loaded, i);
  return from_bytes<D>(to_bytes(*loaded)).has_value();
}

template <class D, class Update>
int damage(const D& d, std::size_t stride, Update&& update) {
  const std::vector<std::byte> bytes = to_bytes(d);
  int wrong = 0;
  for (std::size_t n = 0; n < bytes.size(); n += 1 + n / 64) {
    if (from_bytes<D>(std::span(bytes).first(n))) ++wrong;
    if (n < 20) continue;
    std::vector<std::byte> cut(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(n));
    reseal(cut);
    if (from_bytes<D>(cut)) ++wrong;
  }
  for (std::size_t i = 0; i < bytes.size(); i += i < 400 ? 1 : stride)
    for (const int flip : {1, 0x80, 0xff}) {
      std::vector<std::byte> damaged = bytes;
      damaged[i] ^= static_cast<std::byte>(flip);
      if (from_bytes<D>(damaged)) ++wrong;
      if (i + 8 >= bytes.size()) continue;
      reseal(damaged);
      if (!refused_or_valid<D>(damaged, update)) ++wrong;
    }
  return wrong;
}

}  // namespace

TEST_CASE("updates do not allocate, of copies neither") {
  for (const any& made : every_detector()) {
    INFO(made.kind());
    any copy = made;
    any copy_of_used = made;
    splitmix64 random(1);
    std::size_t during = 0;
    for (int i = 0; i < 4000; ++i) {
      const auto x = observation(random, i);
      const std::size_t before = allocations();
      copy.update(x);
      copy_of_used.update(x);
      during += allocations() - before;
      if (i == 2000) copy_of_used = any(copy);
    }
    CHECK(during == 0);
  }
}

TEST_CASE("memory_bytes does not change with what is observed") {
  for (any d : every_detector()) {
    INFO(d.kind());
    const std::size_t before = d.memory_bytes();
    splitmix64 random(1);
    for (int i = 0; i < 100; ++i) d.update(observation(random, i));
    CHECK(d.memory_bytes() == before);
  }
}

TEST_CASE("a restored detector continues bit for bit, wherever it was saved") {
  splitmix64 seeds(11);
  int different = 0;
  for (int round = 0; round < 20; ++round) {
    const std::uint64_t seed = seeds();
    const int steps = 200;
    const int cut = static_cast<int>(seeds() % steps);
    for (const any& made : every_detector()) {
      any whole = made;
      any restored = made;
      splitmix64 random(seed);
      for (int i = 0; i < steps; ++i) {
        if (i == cut) restored = from_bytes<any>(to_bytes(whole)).value();
        const auto x = observation(random, i);
        different += same(whole.update(x), restored.update(x)) ? 0 : 1;
      }
      different += to_bytes(whole) == to_bytes(restored) ? 0 : 1;
    }
  }
  CHECK(different == 0);
}

TEST_CASE("reset is as constructed") {
  for (const any& made : every_detector()) {
    INFO(made.kind());
    any d = made;
    splitmix64 random(5);
    for (int i = 0; i < 100; ++i) d.update(observation(random, i));
    d.reset();
    CHECK(to_bytes(d) == to_bytes(made));
    any fresh = made;
    int different = 0;
    for (int i = 0; i < 100; ++i) {
      const auto x = observation(random, i);
      different += same(d.update(x), fresh.update(x)) ? 0 : 1;
    }
    CHECK(different == 0);
  }
}

TEST_CASE("NaN and infinities are rejected and change nothing") {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  for (any d : every_detector()) {
    INFO(d.kind());
    splitmix64 random(6);
    for (int i = 0; i < 100; ++i) {
      if (i % 10 == 0) {
        const auto before = to_bytes(d);
        for (const double bad : {std::numeric_limits<double>::quiet_NaN(), infinity, -infinity}) {
          const verdict v = d.update({bad, time_point(std::chrono::hours(900'000))});
          CHECK(v.state == verdict::status::rejected);
          CHECK_FALSE(v.anomalous);
          CHECK(std::isnan(v.score));
        }
        CHECK(to_bytes(d) == before);
      }
      d.update(observation(random, i));
    }
  }
}

TEST_CASE("scores are numbers where judged, NaN where not, and finite by default") {
  for (any d : every_detector()) {
    INFO(d.kind());
    bool skyline = false;
    for (const auto& p : d.parameters()) skyline |= p.value == "skyline";
    splitmix64 random(7);
    int wrong = 0;
    for (int i = 0; i < 2000; ++i) {
      auto x = observation(random, i);
      if (i % 500 > 400) x.value = 0.1;
      if (i % 700 == 1) x.value = std::numeric_limits<double>::max() * (i % 2 == 0 ? 1 : -1);
      const verdict v = d.update(x);
      const bool judged = v.state == verdict::status::judged;
      if (judged == std::isnan(v.score)) ++wrong;
      if (judged && !skyline && !std::isfinite(v.score)) ++wrong;
      if (v.anomalous && !judged) ++wrong;
    }
    CHECK(wrong == 0);
  }
}

TEST_CASE("merged parts are one pass, where the type merges") {
  for (const any& made : every_detector()) {
    INFO(made.kind());
    any a = made;
    any b = made;
    any all = made;
    if (!a.merge(b)) continue;
    splitmix64 random(8);
    for (int i = 0; i < 500; ++i) {
      const auto x = observation(random, i);
      (i % 3 == 0 ? a : b).update(x);
      all.update(x);
    }
    REQUIRE(a.merge(b));
    for (int i = 500; i < 510; ++i) {
      const auto x = observation(random, i);
      CHECK(a.update(x).score == Approx(all.update(x).score).epsilon(1e-10));
    }
  }
}

TEST_CASE("every truncation and every flipped byte of a record is refused, or loads as something valid") {
  for (const any& made : every_detector()) {
    INFO(made.kind());
    any d = made;
    splitmix64 random(9);
    for (int i = 0; i < 50; ++i) d.update(observation(random, i));
    CHECK(damage(d, 97, [](any& loaded, int i) {
            loaded.update({static_cast<double>(i % 7), time_point(std::chrono::minutes(i))});
          }) == 0);
  }
}

TEST_CASE("the state loads again whatever finite values were seen") {
  const double most = std::numeric_limits<double>::max(), least = std::numeric_limits<double>::denorm_min();
  const double values[] = {most, -most, 0, least, -least, most / 3, 1e150, -1e150, 1, -most / 2, 1e-150, most};
  for (const any& made : every_detector()) {
    INFO(made.kind());
    any d = made;
    splitmix64 random{7};
    bool loads = true;
    for (int i = 0; i < 3000 && loads; ++i) {
      const timed<double> ordinary = observation(random, i);
      const bool wild = i % 900 < 60 || random() % 50 == 0;
      d.update(wild ? timed<double>(values[random() % std::size(values)], ordinary.time) : ordinary);
      if (i % 30 == 0 || wild) loads = from_bytes<any>(to_bytes(d)).has_value();
    }
    CHECK(loads);
  }
}

TEST_CASE("a count that no stream reaches is refused") {
  // Where the window starts was counted up to 39 below 2^64: it ran over while the detector went on (found by fuzzing).
  any d = metric_detectors::make("median_absolute_deviation", "points=16,warmup=8").value();
  for (int i = 0; i < 11; ++i) d.update({1.0 * i, time_point(std::chrono::minutes(i))});
  auto bytes = to_bytes(d);
  const std::byte eleven[8] = {std::byte{11}};
  const auto at = std::search(bytes.begin(), bytes.end(), std::begin(eleven), std::end(eleven));
  REQUIRE(at != bytes.end());
  std::fill(at + 1, at + 8, std::byte{0xff});
  reseal(bytes);
  const auto loaded = from_bytes<any>(bytes);
  REQUIRE_FALSE(loaded);
  CHECK(loaded.error().message().find("a count that no stream reaches") != std::string::npos);
}

TEST_CASE("damaged records of keyed detectors are refused, or load as something valid") {
  keyed_any d({.max_bytes = 100'000}, metric_detectors::make("z_score", "warmup=2").value());
  keyed<std::uint16_t, telemetry::median_absolute_deviation> windows(
      {.max_bytes = 100'000}, telemetry::median_absolute_deviation({.extent = {.points = 4}, .warmup = 2}));
  splitmix64 random(10);
  for (int i = 0; i < 40; ++i) {
    d.update({std::to_string(i % 5), observation(random, i)});
    windows.update({static_cast<std::uint16_t>(i % 5), observation(random, i)});
  }
  CHECK(damage(d, 3, [](keyed_any& loaded, int i) { loaded.update({std::to_string(i), 1.0 * i}); }) == 0);
  CHECK(damage(windows, 3, [](auto& loaded, int i) { loaded.update({static_cast<std::uint16_t>(i), 1.0 * i}); }) == 0);
}

TEST_CASE("keyed does not allocate for keys it has, nor for new ones once the bound is reached") {
  keyed<std::uint32_t, telemetry::median_absolute_deviation> d(
      {.max_bytes = 200'000}, telemetry::median_absolute_deviation({.extent = {.points = 60}}));
  std::uint32_t key = 0;
  while (d.left() == 0) d.update({key++, 1.0});
  const std::size_t before = allocations();
  for (int i = 0; i < 10'000; ++i) d.update({key++, 1.0});
  CHECK(allocations() == before);
  CHECK(d.left() == 10'001);
}

TEST_CASE("a record of one type does not load as another") {
  for (const any& a : every_detector())
    for (const std::string_view kind : metric_detectors::kinds) {
      if (kind == a.kind()) continue;
      metric_detectors::visit(kind, [&]<class D>() { CHECK_FALSE(from_bytes<D>(to_bytes(a))); });
    }
}

TEST_CASE("loading charges what it allocates: a long window in few bytes is refused") {
  const auto bytes = to_bytes(metric_detectors::make("median_absolute_deviation", "points=10000000").value());
  CHECK(bytes.size() < 1000);
  const auto refused = from_bytes<any>(bytes);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message().find("of a budget of 268435456") != std::string::npos);
  CHECK(from_bytes<any>(bytes, std::size_t{1} << 30));
}
