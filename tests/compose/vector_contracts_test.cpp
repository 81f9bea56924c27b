// SPDX-License-Identifier: Apache-2.0
// What every detector promises, tried on every detector of rows.
#include <netanomaly/compose/builtin.hpp>
#include <netanomaly/compose/calibrated.hpp>
#include <netanomaly/compose/keyed.hpp>

#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "support/allocations.hpp"
#include "support/catch.hpp"

namespace {

using namespace netanomaly;
using compose::vector_detectors;
using any = vector_detectors::any;
using row = std::array<double, 3>;

static_assert(noexcept(std::declval<any&>().update(std::span<const double>())));

/// Every detector of the list, small, so that much happens in few rows; in the ways of judging that it has.
std::vector<any> every_detector() {
  std::vector<any> all;
  for (const auto& d : vector_detectors::list()) {
    std::vector<std::vector<parameter_text>> ways{{}};
    for (const auto& p : d.parameters) {
      for (auto& way : ways) {
        if (p.name == "features") way.push_back({p.name, "3"});
        if (p.name == "trees") way.push_back({p.name, "4"});
        if (p.name == "window" || p.name == "sample") way.push_back({p.name, "16"});
        if (p.name == "warmup") way.push_back({p.name, "10"});
        if (p.name == "memory") way.push_back({p.name, "100"});
      }
      // One more for each name of an enumeration.
      for (std::string_view names = p.type; names.find('|') != std::string_view::npos;) {
        names.remove_prefix(names.find('|') + 1);
        ways.push_back(ways[0]);
        ways.back().push_back({p.name, names.substr(0, names.find('|'))});
      }
    }
    for (const auto& way : ways) all.push_back(vector_detectors::make(d.kind, way).value());
  }
  return all;
}

/// Rows with level changes, constants, spikes and ties.
row observation(splitmix64& random) {
  const auto small = [&] { return static_cast<double>(random() % 1000) / 100; };
  switch (random() % 8) {
    case 0:
      return {static_cast<double>(random() % 3), 1, 1};
    case 1:
      return {1e9 + small(), small(), -static_cast<double>(random() >> 30)};
    default:
      return {small(), small() / 100, static_cast<double>(random() % 4)};
  }
}

bool same(const verdict& a, const verdict& b) {
  return std::memcmp(&a.score, &b.score, sizeof(double)) == 0 && a.anomalous == b.anomalous && a.state == b.state;
}

void reseal(std::vector<std::byte>& bytes) {
  detail::crc64 sum;
  sum.add(std::span(bytes).first(bytes.size() - 8));
  for (std::size_t k = 0; k < 8; ++k) bytes[bytes.size() - 8 + k] = static_cast<std::byte>(sum.value() >> (8 * k));
}

}  // namespace

TEST_CASE("detectors of rows do not allocate in updates, of copies neither, and keep their size") {
  for (const any& made : every_detector()) {
    INFO(made.kind());
    any d = made;
    const std::size_t size = d.memory_bytes();
    splitmix64 random(1);
    std::size_t during = 0;
    for (int i = 0; i < 3000; ++i) {
      const row r = observation(random);
      const std::size_t before = allocations();
      d.update(r);
      during += allocations() - before;
      if (i == 1500) d = any(d);
    }
    CHECK(during == 0);
    CHECK(d.memory_bytes() == size);
  }
}

TEST_CASE("a restored detector of rows continues bit for bit, wherever it was saved; reset is as constructed") {
  splitmix64 seeds(2);
  int different = 0;
  for (const any& made : every_detector())
    for (int round = 0; round < 5; ++round) {
      any whole = made;
      any restored = made;
      splitmix64 random(seeds());
      const auto cut = static_cast<int>(seeds() % 300);
      for (int i = 0; i < 300; ++i) {
        if (i == cut) restored = from_bytes<any>(to_bytes(whole)).value();
        const row r = observation(random);
        different += same(whole.update(r), restored.update(r)) ? 0 : 1;
      }
      different += to_bytes(whole) == to_bytes(restored) ? 0 : 1;
      whole.reset();
      different += to_bytes(whole) == to_bytes(made) ? 0 : 1;
    }
  CHECK(different == 0);
}

TEST_CASE("rows of another length or not finite are rejected; scores of others are finite, whatever was seen") {
  constexpr double most = std::numeric_limits<double>::max(), least = std::numeric_limits<double>::denorm_min();
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const double wild[] = {most, -most, 0, least, -least, 1e150, -1e150, 1e-150};
  for (any d : every_detector()) {
    INFO(d.kind());
    splitmix64 random(3);
    int wrong = 0;
    for (int i = 0; i < 2000; ++i) {
      row r = observation(random);
      if (i % 500 > 400)
        for (double& x : r) x = wild[random() % std::size(wild)];
      if (i % 50 == 0) {
        const auto before = to_bytes(d);
        for (const double bad : {std::nan(""), infinity, -infinity})
          wrong += d.update(row{0, bad, 0}).state == verdict::status::rejected ? 0 : 1;
        wrong += d.update(std::span(r).first(2)).state == verdict::status::rejected ? 0 : 1;
        wrong += to_bytes(d) == before ? 0 : 1;
        wrong += from_bytes<any>(before) ? 0 : 1;
      }
      const verdict v = d.update(r);
      const bool judged = v.state == verdict::status::judged;
      wrong += judged == std::isfinite(v.score) && !(v.anomalous && !judged) ? 0 : 1;
    }
    CHECK(wrong == 0);
  }
}

TEST_CASE("truncated and damaged records of detectors of rows are refused, or load as something valid") {
  for (const any& made : every_detector()) {
    INFO(made.kind());
    any d = made;
    splitmix64 random(4);
    for (int i = 0; i < 90; ++i) d.update(observation(random));
    const auto bytes = to_bytes(d);
    int wrong = 0;
    for (std::size_t i = 0; i < bytes.size(); i += i < 500 ? 1 : 53)
      for (const int flip : {1, 0x80, 0xff}) {
        auto damaged = bytes;
        damaged[i] ^= static_cast<std::byte>(flip);
        wrong += from_bytes<any>(damaged) ? 1 : 0;
        wrong += from_bytes<any>(std::span(bytes).first(i)) ? 1 : 0;
        if (i + 8 >= bytes.size()) continue;
        reseal(damaged);
        auto loaded = from_bytes<any>(damaged, std::size_t{4} << 20);
        if (!loaded) continue;
        for (int k = 0; k < 60; ++k) loaded->update(observation(random));
        wrong += from_bytes<any>(to_bytes(*loaded)) ? 0 : 1;
      }
    CHECK(wrong == 0);
  }
}

TEST_CASE("detectors of rows stand inside keyed and calibrated") {
  for (const any& made : every_detector()) {
    compose::keyed<std::string, any> hosts({.max_bytes = 4'000'000}, made);
    compose::calibrated<any> alarm({.rate = 0.01, .learning = 200}, made);
    splitmix64 random(5);
    for (int i = 0; i < 400; ++i) {
      const row r = observation(random);
      hosts.update({i % 2 == 0 ? "a" : "b", r});
      alarm.update(r);
    }
    CHECK(hosts.size() == 2);
    CHECK(alarm.update(row{1, 1, 1}).state == verdict::status::judged);
  }
}
