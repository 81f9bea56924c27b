// SPDX-License-Identifier: Apache-2.0
#include <netanomaly/learn/adaptive_forest.hpp>
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
using learn::adaptive_forest;
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

}  // namespace

TEST_CASE("a forest predicts better than one tree") {
  const auto s = streams::make("rbf", 30'000, 5);
  auto forest = learner_of<adaptive_forest>(s);
  auto tree = learner_of<hoeffding_tree>(s);
  CHECK(right(forest, s, 0, 30'000) > right(tree, s, 0, 30'000) + 0.02);
}

TEST_CASE("a forest recovers from abrupt changes") {
  for (const std::uint64_t seed : {1U, 2U}) {
    const auto noiseless = streams::make("stagger", 30'000, seed);
    auto forest = learner_of<adaptive_forest>(noiseless);
    right(forest, noiseless, 0, 10'000);
    CHECK(right(forest, noiseless, 10'000, 10'300) < 0.99);  // there is something to recover from
    CHECK(right(forest, noiseless, 10'300, 20'000) > 0.998);
    right(forest, noiseless, 20'000, 20'300);
    CHECK(right(forest, noiseless, 20'300, 30'000) > 0.998);
    CHECK(forest.changes() >= 20);  // each of the ten trees, twice

    const auto noisy = streams::make("sea_drift", 40'000, seed);  // at best .900
    auto other = learner_of<adaptive_forest>(noisy);
    for (std::size_t quarter = 0; quarter < 4; ++quarter) {
      const std::size_t from = quarter * 10'000;
      right(other, noisy, from, from + 3'000);
      CHECK(right(other, noisy, from + 3'000, from + 10'000) > 0.865);
    }
    CHECK(other.warnings() > 0);
  }
}

TEST_CASE("the seed decides: the same gives the same forest, another another") {
  const auto s = streams::make("agrawal_f2", 4'000, 6);
  auto p = learner_of<adaptive_forest>(s).parameters();
  adaptive_forest one(p);
  adaptive_forest two(p);
  p.seed = 2;
  adaptive_forest three(p);
  right(one, s, 0, 4'000);
  right(two, s, 0, 4'000);
  right(three, s, 0, 4'000);
  CHECK(to_bytes(one) == to_bytes(two));
  CHECK(one.to_string() == two.to_string());
  CHECK(one.to_string() != three.to_string());
}

TEST_CASE("a tree counts a row lambda times, on average") {
  for (const double lambda : {1.0, 6.0}) {
    auto p = schema<adaptive_forest>();
    p.trees = 1;
    p.lambda = lambda;
    adaptive_forest forest(p);
    splitmix64 next(3);
    constexpr int rows = 20'000;
    for (int i = 0; i < rows; ++i) forest.learn(make_row(next, false).x, 1);
    const std::string text = forest.to_string();  // one class: one leaf
    const auto at = text.find("class 1, ");
    REQUIRE(at != std::string::npos);
    const double counted = std::stod(text.substr(at + 9));
    CHECK(std::abs(counted - lambda * rows) < 4 * std::sqrt(lambda * rows));
  }
}

TEST_CASE("leaves ask for the attributes they drew only") {
  adaptive_forest::params p;
  p.features = 40;
  p.classes = 2;
  p.cardinalities.assign(40, 0);
  for (std::size_t k = 30; k < 40; ++k) p.cardinalities[k] = 3 + static_cast<std::uint32_t>(k % 5);
  p.trees = 5;
  p.subspace = 0.1;
  adaptive_forest forest(p);
  splitmix64 next(4);
  std::vector<double> x(40);
  int right_late = 0;
  for (int i = 0; i < 30'000; ++i) {
    for (std::size_t k = 0; k < 40; ++k) x[k] = k < 30 ? uniform(next) : std::floor(uniform(next) * p.cardinalities[k]);
    // many attributes say the class, each a little
    double sum = 0;
    for (std::size_t k = 0; k < 30; k += 2) sum += x[k] - 0.5;
    const std::uint32_t label = sum + (x[32] == 1 ? 1 : 0) > 0.3 ? 1 : 0;
    right_late += forest.update(x, label) == label && i >= 20'000 ? 1 : 0;
  }
  CHECK(right_late > 6'800);
  CHECK(forest.leaves() > 10);
  auto all = p;
  all.subspace = 1;
  const auto least = [](adaptive_forest::params q) {
    q.max_bytes = 4'096;
    const std::string why = adaptive_forest::make(q).error().message();
    return std::stoull(why.substr(why.find("at least ") + 9));
  };
  CHECK(least(p) * 4 < least(all));
}

TEST_CASE("explanations give every tree's vote and the way through one") {
  adaptive_forest forest(schema<adaptive_forest>());
  splitmix64 next(10);
  for (int i = 0; i < 20'000; ++i) {
    const row r = make_row(next, false);
    forest.learn(r.x, r.label);
  }
  const std::vector<std::string> names{"load", "age", "colour"};
  const std::array<double, 3> x{0.9, 10, 1};
  const std::string why = forest.explain(x, names);
  CHECK(why.find("tree 9 says class ") != std::string::npos);
  CHECK(why.find("class 2 by votes; tree ") != std::string::npos);
  CHECK(why.find("(it is 0.9)") != std::string::npos);
  CHECK(forest.to_string(names).find("tree 9:\n") != std::string::npos);
  CHECK(forest.to_graphviz(names).rfind("digraph adaptive_forest {", 0) == 0);
  CHECK(forest.depth() > 0);
  CHECK(forest.nodes() == 2 * forest.leaves() - 10);
}

TEST_CASE("a forest whose stream changes for ever never fills its memory") {
  auto p = schema<adaptive_forest>();
  p.trees = 3;
  p.max_bytes = 300'000;
  adaptive_forest forest(p);
  splitmix64 next(12);
  int late = 0;
  for (int i = 0; i < 200'000; ++i) {
    row r = make_row(next, false);
    if (i / 4'000 % 2 == 1) r.label = 2 - r.label;
    const bool hit = forest.update(r.x, r.label) == r.label;
    late += hit && i >= 150'000 ? 1 : 0;
  }
  CHECK(forest.changes() > 100);
  CHECK(late > 45'000);
}

TEST_CASE("the record of a forest is the one that is kept") {
  auto p = schema<adaptive_forest>();
  p.trees = 2;
  p.max_bytes = 60'000;
  p.bins = 4;
  p.warning_delta = 0.9;
  adaptive_forest forest(p);
  splitmix64 next(13);
  for (int i = 0; i < 2'000 && !(i > 400 && forest.backgrounds() > 0); ++i) {
    row r = make_row(next, false);
    if (i >= 400) r.label = 2 - r.label;
    r.x[0] = std::floor(8 * r.x[0]) / 8;
    r.x[1] = std::floor(r.x[1]);
    forest.learn(r.x, r.label);
  }
  CHECK(forest.backgrounds() > 0);
  const auto now = to_bytes(forest);
  const std::string path = NETANOMALY_TEST_DATA "/../golden/adaptive_forest.1.state";
  if (std::getenv("NETANOMALY_WRITE_GOLDEN") != nullptr)
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(now.data()), static_cast<std::streamsize>(now.size()));
  std::ifstream in(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  const auto kept = std::as_bytes(std::span(text));
  REQUIRE_FALSE(kept.empty());
  CHECK(std::equal(kept.begin(), kept.end(), now.begin(), now.end()));
  CHECK(from_bytes<adaptive_forest>(kept).has_value());
}
