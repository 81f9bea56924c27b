// SPDX-License-Identifier: Apache-2.0
#include <netanomaly/learn/hoeffding_adaptive_tree.hpp>
#include <netanomaly/learn/hoeffding_tree.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <vector>

#include "../bench/learn/streams.hpp"
#include "learn/labelled_rows.hpp"
#include "support/catch.hpp"

namespace {

using namespace netanomaly;
using learn::hoeffding_adaptive_tree;
using learn::hoeffding_tree;

template <class Learner>
Learner learner_of(const streams::stream& s) {
  typename Learner::params p;
  p.features = s.features;
  p.classes = s.classes;
  p.cardinalities = s.cardinalities;
  return Learner(p);
}
/// Teaches rows [from, to) of a stream; the share that was predicted before.
template <class Learner>
double right(Learner& l, const streams::stream& s, std::size_t from, std::size_t to) {
  std::size_t hits = 0;
  for (std::size_t i = from; i < to; ++i)
    hits += l.update(std::span(s.values).subspan(i * s.features, s.features), s.labels[i]) == s.labels[i] ? 1U : 0U;
  return static_cast<double>(hits) / static_cast<double>(to - from);
}

/// What a tree knows until its attributes change their meaning, and rows of both.
row turned_row(splitmix64& next, bool turned) {
  row r = make_row(next, false);
  if (turned) r.label = 2 - r.label;
  return r;
}

}  // namespace

TEST_CASE("an adaptive tree recovers from an abrupt change of noiseless concepts within 500 rows") {
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    const auto s = streams::make("stagger", 60'000, seed);
    auto adaptive = learner_of<hoeffding_adaptive_tree>(s);
    auto plain = learner_of<hoeffding_tree>(s);
    CHECK(right(adaptive, s, 0, 20'000) > 0.998);
    CHECK(right(adaptive, s, 20'000, 20'500) < 0.99);  // there is something to recover from
    CHECK(right(adaptive, s, 20'500, 40'000) > 0.999);
    right(adaptive, s, 40'000, 40'500);
    CHECK(right(adaptive, s, 40'500, 60'000) > 0.999);
    CHECK(adaptive.swaps() >= 2);
    right(plain, s, 0, 40'500);
    CHECK(right(plain, s, 40'500, 60'000) < 0.99);
  }
}

TEST_CASE("an adaptive tree recovers from changes under noise") {
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    const auto s = streams::make("sea_drift", 80'000, seed);  // at best .900
    auto tree = learner_of<hoeffding_adaptive_tree>(s);
    for (std::size_t quarter = 0; quarter < 4; ++quarter) {
      const std::size_t from = quarter * 20'000;
      right(tree, s, from, from + 5'000);
      CHECK(right(tree, s, from + 5'000, from + 20'000) > 0.87);
    }
    CHECK(tree.swaps() >= 1);
  }
}

TEST_CASE("a stream that does not change gives the tree that does not adapt") {
  for (const auto* const name : {"agrawal_f2", "sea"}) {
    const auto s = streams::make(name, 30'000, 4);
    auto adaptive = learner_of<hoeffding_adaptive_tree>(s);
    auto plain = learner_of<hoeffding_tree>(s);
    CHECK(right(adaptive, s, 0, 30'000) == right(plain, s, 0, 30'000));
    CHECK(adaptive.swaps() == 0);
    CHECK(adaptive.to_string() == plain.to_string());
    CHECK(adaptive.nodes() == plain.nodes());
    CHECK(adaptive.leaves() == plain.leaves());
    CHECK(adaptive.depth() == plain.depth());
  }
}

TEST_CASE("a change in one region is followed, and costs nothing in the others") {
  hoeffding_adaptive_tree tree(schema<hoeffding_adaptive_tree>());
  splitmix64 next(10);
  for (int i = 0; i < 20'000; ++i) {
    const row r = turned_row(next, false);
    tree.learn(r.x, r.label);
  }
  int late = 0;
  int elsewhere = 0;
  int elsewhere_hits = 0;
  for (int i = 0; i < 20'000; ++i) {
    row r = turned_row(next, false);
    const bool changed = r.x[0] > 0.5;
    if (changed) r.label = 3 - r.label;  // 1 for 2 and 2 for 1
    const bool hit = tree.update(r.x, r.label) == r.label;
    late += hit && i >= 2'000 ? 1 : 0;
    elsewhere += changed ? 0 : 1;
    elsewhere_hits += hit && !changed ? 1 : 0;
  }
  CHECK(tree.swaps() > 0);
  CHECK(late > 18'000 * 0.97);
  CHECK(elsewhere_hits > elsewhere * 0.98);
}

TEST_CASE("explanations show the alternate that grows, and trees saved with it go on") {
  hoeffding_adaptive_tree tree(schema<hoeffding_adaptive_tree>());
  splitmix64 next(11);
  for (int i = 0; i < 5'000; ++i) {
    const row r = turned_row(next, false);
    tree.learn(r.x, r.label);
  }
  CHECK(tree.to_string().find("alternate") == std::string::npos);
  int waited = 0;
  for (; tree.alternates() == 0 && waited < 1'000; ++waited) {
    const row r = turned_row(next, true);
    tree.learn(r.x, r.label);
  }
  REQUIRE(tree.alternates() > 0);
  const std::vector<std::string> names{"load", "age", "colour"};
  CHECK(tree.to_string(names).find("[alternate 1]") != std::string::npos);
  CHECK(tree.to_string(names).find("alternate 1:\n  class ") != std::string::npos);
  CHECK(tree.to_graphviz(names).find("style=dashed") != std::string::npos);
  CHECK(tree.to_graphviz(names).rfind("digraph hoeffding_adaptive_tree {", 0) == 0);
  const std::array<double, 3> x{0.9, 10, 1};
  CHECK(tree.explain(x, names).find("(it is 0.9)") != std::string::npos);

  auto again = from_bytes<hoeffding_adaptive_tree>(to_bytes(tree));
  REQUIRE(again.has_value());
  CHECK(again->alternates() == tree.alternates());
  bool same = true;
  for (int i = 0; i < 5'000; ++i) {
    const row r = turned_row(next, true);
    same = same && tree.update(r.x, r.label) == again->update(r.x, r.label);
  }
  CHECK(same);
  CHECK(tree.swaps() > 0);
  CHECK(to_bytes(tree) == to_bytes(*again));
}

TEST_CASE("what alternates took is given back: a tree that changes for ever never fills its memory") {
  auto p = schema<hoeffding_adaptive_tree>();
  p.max_bytes = 300'000;
  hoeffding_adaptive_tree tree(p);
  splitmix64 next(12);
  int late = 0;
  for (int i = 0; i < 400'000; ++i) {
    const row r = turned_row(next, i / 4'000 % 2 == 1);
    const bool hit = tree.update(r.x, r.label) == r.label;
    late += hit && i >= 300'000 ? 1 : 0;
  }
  CHECK(tree.swaps() > 80);
  CHECK(late > 90'000);
  CHECK(tree.active_leaves() >= tree.leaves() / 2);
}

TEST_CASE("the record of an adaptive tree is the one that is kept") {
  auto p = schema<hoeffding_adaptive_tree>();
  p.max_bytes = 60'000;
  p.grace = 20;
  p.bins = 8;
  p.drift_delta = 0.5;
  hoeffding_adaptive_tree tree(p);
  splitmix64 next(13);
  for (int i = 0; i < 2'000 && !(i > 400 && tree.alternates() > 0 && tree.leaves() > 1); ++i) {
    row r = turned_row(next, i >= 400);
    r.x[0] = std::floor(8 * r.x[0]) / 8;
    r.x[1] = std::floor(r.x[1]);
    tree.learn(r.x, r.label);
  }
  CHECK(tree.alternates() > 0);
  const auto now = to_bytes(tree);
  const std::string path = NETANOMALY_TEST_DATA "/../golden/hoeffding_adaptive_tree.1.state";
  if (std::getenv("NETANOMALY_WRITE_GOLDEN") != nullptr)
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(now.data()), static_cast<std::streamsize>(now.size()));
  std::ifstream in(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  const auto kept = std::as_bytes(std::span(text));
  REQUIRE_FALSE(kept.empty());
  CHECK(std::equal(kept.begin(), kept.end(), now.begin(), now.end()));
  CHECK(from_bytes<hoeffding_adaptive_tree>(kept).has_value());
}
