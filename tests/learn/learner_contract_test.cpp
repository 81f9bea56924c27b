// SPDX-License-Identifier: Apache-2.0
// What holds for every learner of labelled rows.
#include <netanomaly/learn/adaptive_forest.hpp>
#include <netanomaly/learn/hoeffding_adaptive_tree.hpp>
#include <netanomaly/learn/hoeffding_tree.hpp>

#include <rapidcheck.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

#include "learn/labelled_rows.hpp"
#include "support/allocations.hpp"
#include "support/catch.hpp"

namespace {

using namespace netanomaly;
using learn::adaptive_forest;
using learn::hoeffding_adaptive_tree;
using learn::hoeffding_tree;
using learn::no_class;

// What cannot merge says so at compile time.
template <class Learner>
concept merges = requires(Learner l, const Learner& other) { l.merge(other); };
static_assert(!merges<hoeffding_tree> && !merges<hoeffding_adaptive_tree> && !merges<adaptive_forest>);
static_assert(!mergeable<hoeffding_tree> && !mergeable<hoeffding_adaptive_tree> && !mergeable<adaptive_forest>);

template <class Learner>
constexpr bool is_forest = std::same_as<Learner, adaptive_forest>;

/// The least max_bytes that the error names; 0 where there is none.
template <class Learner>
std::uint64_t least_bytes(typename Learner::params p) {
  p.max_bytes = 4'096;
  const auto made = Learner::make(p);
  if (made) return p.max_bytes;
  const std::string& text = made.error().message();
  constexpr std::string_view before = "must be at least ";
  const auto at = text.find(before);
  return at == std::string::npos ? 0 : std::stoull(text.substr(at + before.size()));
}

/// Whether a tree grows that may replace another.
bool grows_beside(const hoeffding_tree&) { return false; }
bool grows_beside(const hoeffding_adaptive_tree& tree) { return tree.alternates() > 0; }
bool grows_beside(const adaptive_forest& forest) { return forest.backgrounds() > 0; }

/// Classes change places every 700 rows.
row drifting_row(splitmix64& next, int i) {
  row r = make_row(next);
  r.label = (r.label + static_cast<std::uint32_t>(i / 700)) % 3;
  return r;
}

}  // namespace

#define NETANOMALY_LEARNERS hoeffding_tree, hoeffding_adaptive_tree, adaptive_forest

TEMPLATE_TEST_CASE("an update predicts what predict() does, the distribution agrees, and nothing is allocated", "",
                   NETANOMALY_LEARNERS) {
  TestType learner(schema<TestType>());
  splitmix64 next(6);
  std::array<double, 3> shares{};
  bool agree = true;
  const std::size_t before = allocations();
  for (int i = 0; i < 5'000; ++i) {
    const row r = drifting_row(next, i);
    const std::uint32_t said = learner.predict(r.x);
    agree = agree && learner.predict(r.x, shares) && std::abs(shares[0] + shares[1] + shares[2] - 1) < 1e-9;
    agree = agree && shares[said] >= std::max({shares[0], shares[1], shares[2]}) - 1e-12;
    agree = agree && learner.update(r.x, r.label) == said;
  }
  CHECK(agree);
  CHECK(allocations() == before);
  STATIC_REQUIRE(noexcept(learner.predict(std::span<const double>())));
  STATIC_REQUIRE(noexcept(learner.update(std::span<const double>(), 0)));
}

TEMPLATE_TEST_CASE("rows of another length, with an infinity, of no class or no weight are rejected and change nothing",
                   "", NETANOMALY_LEARNERS) {
  TestType learner(schema<TestType>());
  splitmix64 next(7);
  for (int i = 0; i < 1'000; ++i) {
    const row r = make_row(next);
    learner.learn(r.x, r.label);
  }
  const auto before = to_bytes(learner);
  const std::array<double, 3> good{0.1, 2, 1};
  const std::array<double, 3> infinite{0.1, std::numeric_limits<double>::infinity(), 1};
  std::array<double, 3> out{1, 1, 1};
  CHECK(learner.update(std::span(good).first(2), 0) == no_class);
  CHECK(learner.update(infinite, 0) == no_class);
  CHECK_FALSE(learner.learn(good, 3));
  for (const double w : {0.0, -1.0, std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()})
    CHECK_FALSE(learner.learn(good, 0, w));
  CHECK(learner.predict(infinite) == no_class);
  CHECK(learner.explain(infinite).rfind("rejected", 0) == 0);
  CHECK_FALSE(learner.predict(infinite, out));
  CHECK(out == std::array<double, 3>{});
  CHECK_FALSE(learner.predict(good, std::span(out).first(2)));
  CHECK(to_bytes(learner) == before);
  const std::array<double, 3> unknown{std::numeric_limits<double>::quiet_NaN(), 1e300, 9};
  CHECK(learner.predict(unknown) < 3);
  CHECK(learner.learn(unknown, 1));
}

TEMPLATE_TEST_CASE("the greatest numbers are learnt, judged and saved like others", "", NETANOMALY_LEARNERS) {
  for (const auto observer : {learn::numeric_observer::histogram, learn::numeric_observer::gaussian}) {
    auto p = schema<TestType>();
    p.observer = observer;
    TestType learner(p);
    splitmix64 next(14);
    constexpr double most = (std::numeric_limits<double>::max)();
    constexpr std::array<double, 6> extremes{most, -most, most / 2, 1e155, -1e155, 5e-324};
    std::array<double, 3> shares{};
    bool sound = true;
    for (int i = 0; i < 3'000; ++i) {
      row r = make_row(next);
      if (next() % 3 == 0) r.x[0] = extremes[static_cast<std::size_t>(next() % extremes.size())];
      learner.learn(r.x, r.label, next() % 50 == 0 ? 1e12 : 1);
      sound = sound && learner.predict(r.x, shares) && std::abs(shares[0] + shares[1] + shares[2] - 1) < 1e-9;
    }
    CHECK(sound);
    const auto again = from_bytes<TestType>(to_bytes(learner));
    REQUIRE(again.has_value());
    CHECK(to_bytes(*again) == to_bytes(learner));
  }
}

TEMPLATE_TEST_CASE("memory never passes its bound, whatever the bound, and small ones still predict", "",
                   NETANOMALY_LEARNERS) {
  CHECK(rc::check([](std::uint64_t seed) {
    splitmix64 next(seed);
    auto p = schema<TestType>();
    p.grace = 20;
    p.delta = 0.5;
    p.tie = 1;
    p.bins = 4 + static_cast<std::uint32_t>(next() % 29);
    p.observer = next() % 2 == 0 ? learn::numeric_observer::histogram : learn::numeric_observer::gaussian;
    const std::uint64_t least = least_bytes<TestType>(p);
    p.max_bytes = least + (next() % 4 == 0 ? 0 : next() % 60'000);
    auto learner = TestType::make(p);
    if (!learner) return false;
    for (int i = 0; i < 4'000; ++i) {
      const row r = drifting_row(next, i);
      if (learner->update(r.x, r.label) >= 3 || learner->memory_bytes() > p.max_bytes) return false;
      if (learner->bytes_in_use() > learner->memory_bytes()) return false;
    }
    auto again = from_bytes<TestType>(to_bytes(*learner));
    if (!again.has_value() || to_bytes(*again) != to_bytes(*learner)) return false;
    for (int i = 0; i < 500; ++i) {
      const row r = drifting_row(next, i);
      if (again->update(r.x, r.label) != learner->update(r.x, r.label)) return false;
    }
    p.max_bytes = least - 1;
    return least == 4'096 || !TestType::make(p).has_value();
  }));
}

TEMPLATE_TEST_CASE("what is saved goes on bit for bit, wherever it was saved and whatever grows beside it", "",
                   NETANOMALY_LEARNERS) {
  int beside = 0;
  CHECK(rc::check([&](std::uint64_t seed) {
    splitmix64 next(seed);
    auto p = schema<TestType>();
    if constexpr (is_forest<TestType>) p.trees = 4;
    p.max_bytes = least_bytes<TestType>(p) + (next() % 2 == 0 ? 20'000 : 400'000);
    p.class_weights = {1, 2, 0.5};
    p.drop_poor = next() % 2 == 0;
    TestType learner(p);
    int stop = static_cast<int>(next() % 5'000);
    const int latest = next() % 2 == 0 ? stop : stop + 3'000;  // from `stop` on, as soon as something grows beside it
    for (int i = 0; i < latest; ++i) {
      const row r = drifting_row(next, i);
      learner.learn(r.x, r.label);
      if (i >= stop && grows_beside(learner)) {
        stop = i + 1;
        break;
      }
    }
    beside += grows_beside(learner) ? 1 : 0;
    auto again = from_bytes<TestType>(to_bytes(learner));
    TestType copy = learner;
    if (!again) return false;
    for (int i = 0; i < 2'000; ++i) {
      const row r = drifting_row(next, stop + i);
      const std::uint32_t said = learner.update(r.x, r.label);
      if (again->update(r.x, r.label) != said || copy.update(r.x, r.label) != said) return false;
    }
    return to_bytes(learner) == to_bytes(*again) && to_bytes(copy) == to_bytes(learner);
  }));
  if (!std::same_as<TestType, hoeffding_tree>) CHECK(beside > 20);  // it was tried with drift under way
}

TEMPLATE_TEST_CASE("reset() makes a learner as new", "", NETANOMALY_LEARNERS) {
  TestType learner(schema<TestType>());
  const auto fresh = to_bytes(learner);
  splitmix64 next(8);
  for (int i = 0; i < 3'000; ++i) {
    const row r = drifting_row(next, i);
    learner.learn(r.x, r.label);
  }
  CHECK(to_bytes(learner) != fresh);
  learner.reset();
  CHECK(to_bytes(learner) == fresh);
}

TEMPLATE_TEST_CASE("weights of classes are weights of their rows", "", NETANOMALY_LEARNERS) {
  auto p = schema<TestType>();
  TestType by_hand(p);
  p.class_weights = {1, 3, 0.25};
  TestType weighted(p);
  splitmix64 next(12);
  bool same = true;
  for (int i = 0; i < 5'000; ++i) {
    const row r = drifting_row(next, i);
    same = same && by_hand.update(r.x, r.label, p.class_weights[r.label]) == weighted.update(r.x, r.label);
  }
  CHECK(same);
}

TEMPLATE_TEST_CASE("damaged records are refused, or load as what can be used and saved", "", NETANOMALY_LEARNERS) {
  auto p = schema<TestType>();
  p.bins = 4;
  if constexpr (is_forest<TestType>) p.trees = 2;
  p.max_bytes = least_bytes<TestType>(p) + 8'000;
  TestType learner(p);
  splitmix64 next(9);
  for (int i = 0; i < 1'000; ++i) {
    const row r = drifting_row(next, i);
    learner.learn(r.x, r.label);
  }
  const auto bytes = to_bytes(learner);
  for (std::size_t end = 0; end < bytes.size(); end += 7)
    CHECK_FALSE(from_bytes<TestType>(std::span(bytes).first(end)).has_value());
  std::size_t usable = 0;
  for (std::size_t at = 12; at + 8 < bytes.size(); at += 3) {
    auto bad = bytes;
    bad[at] ^= static_cast<std::byte>(1U << at % 8);
    netanomaly::detail::crc64 sum;  // so that only load() stands between
    sum.add(std::span(bad).first(bad.size() - 8));
    for (std::size_t k = 0; k < 8; ++k) bad[bad.size() - 8 + k] = static_cast<std::byte>(sum.value() >> (8 * k) & 0xff);
    auto loaded = from_bytes<TestType>(bad);
    if (!loaded || loaded->parameters().features != 3) continue;
    ++usable;
    for (int i = 0; i < 60; ++i) {
      const row r = make_row(next);
      loaded->update(r.x, r.label % loaded->parameters().classes);
    }
    const auto again = from_bytes<TestType>(to_bytes(*loaded));
    if (!again) FAIL_CHECK("byte " << at << " of " << bytes.size() << ": " << again.error().message());
  }
  CHECK(usable > 0);
}
