// SPDX-License-Identifier: Apache-2.0
#include <netanomaly/learn/hoeffding_tree.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <vector>

#include "learn/labelled_rows.hpp"
#include "support/catch.hpp"

namespace {

using namespace netanomaly;
using learn::hoeffding_tree;

}  // namespace

TEST_CASE("a tree learns what its attributes say, numeric and nominal") {
  for (const auto observer : {learn::numeric_observer::histogram, learn::numeric_observer::gaussian})
    for (const auto criterion : {learn::split_criterion::information_gain, learn::split_criterion::gini})
      for (const auto leaf :
           {learn::leaf_prediction::adaptive, learn::leaf_prediction::naive_bayes, learn::leaf_prediction::majority}) {
        auto p = schema<hoeffding_tree>();
        p.observer = observer;
        p.criterion = criterion;
        p.prediction = leaf;
        hoeffding_tree tree(p);
        splitmix64 next(5);
        int right = 0;
        for (int i = 0; i < 20'000; ++i) {
          const row r = make_row(next, false);
          const bool hit = tree.update(r.x, r.label) == r.label;
          right += hit && i >= 10'000 ? 1 : 0;
        }
        INFO(to_text(observer) << " " << to_text(criterion) << " " << to_text(leaf));
        CHECK(right > 9'200);
        CHECK(tree.leaves() > 2);
      }
}

TEST_CASE("explanations name the questions and the answers") {
  hoeffding_tree tree(schema<hoeffding_tree>());
  splitmix64 next(10);
  for (int i = 0; i < 20'000; ++i) {
    const row r = make_row(next, false);
    tree.learn(r.x, r.label);
  }
  const std::vector<std::string> names{"load", "age", "colour"};
  const std::array<double, 3> x{0.9, 10, 1};
  const std::string why = tree.explain(x, names);
  CHECK(why.find("load > 0.") != std::string::npos);
  CHECK(why.find("(it is 0.9)") != std::string::npos);
  CHECK(why.find("class 2 by") != std::string::npos);
  CHECK(tree.to_string(names).find("class 0") != std::string::npos);
  CHECK(tree.to_graphviz(names).rfind("digraph hoeffding_tree {", 0) == 0);

  const std::vector<std::string> classes{"low", "middle", "high"};
  const learn::row_names all{names, {}, classes};
  CHECK(tree.explain(x, all).find("class high by") != std::string::npos);
  CHECK(tree.to_string(all).find("class low, ") != std::string::npos);
  CHECK(tree.to_graphviz(all).find("class low\\n") != std::string::npos);
}

TEST_CASE("values of nominal attributes are called by their names in explanations") {
  hoeffding_tree::params p;
  p.cardinalities = {3};
  hoeffding_tree tree(p);
  for (std::uint32_t i = 0; i < 3'000; ++i) {
    const std::array<double, 1> x{static_cast<double>(i % 3)};
    REQUIRE(tree.learn(x, i % 3 == 1 ? 1 : 0));
  }
  const std::vector<std::string> names{"protocol"};
  const std::vector<std::vector<std::string>> values{{"icmp", "tcp", "udp"}};
  const std::array<double, 1> x{2};
  const std::string why = tree.explain(x, learn::row_names{names, values});
  CHECK(why.find("protocol is not tcp (it is udp)\n") == 0);
  CHECK(tree.explain(x, names).find("protocol is not 1 (it is 2)\n") == 0);
}

TEST_CASE("a schema that cannot be is refused with the reason") {
  auto p = schema<hoeffding_tree>();
  p.cardinalities = {0, 1, 2};
  CHECK(hoeffding_tree::make(p).error().message() ==
        "hoeffding_tree: cardinalities holds a 1: a nominal attribute has 2 values or more");
  p = schema<hoeffding_tree>();
  p.features = 4;
  CHECK_FALSE(hoeffding_tree::make(p));
  p = schema<hoeffding_tree>();
  p.max_bytes = 4'096;
  p.bins = 64;
  CHECK(hoeffding_tree::make(p).error().message().find("max_bytes is 4096, must be at least ") != std::string::npos);
}

TEST_CASE("the record of a tree is the one that is kept") {
  auto p = schema<hoeffding_tree>();
  p.max_bytes = 60'000;
  p.grace = 20;
  p.bins = 8;
  hoeffding_tree tree(p);
  splitmix64 next(11);
  for (int i = 0; i < 400; ++i) {
    row r = make_row(next);
    r.x[0] = std::floor(8 * r.x[0]) / 8;
    r.x[1] = std::floor(r.x[1]);
    tree.learn(r.x, r.label);
  }
  CHECK(tree.leaves() > 1);
  const auto now = to_bytes(tree);
  const std::string path = NETANOMALY_TEST_DATA "/../golden/hoeffding_tree.1.state";
  if (std::getenv("NETANOMALY_WRITE_GOLDEN") != nullptr)
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(now.data()), static_cast<std::streamsize>(now.size()));
  std::ifstream in(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  const auto kept = std::as_bytes(std::span(text));
  REQUIRE_FALSE(kept.empty());
  CHECK(std::equal(kept.begin(), kept.end(), now.begin(), now.end()));
  CHECK(from_bytes<hoeffding_tree>(kept).has_value());
}
