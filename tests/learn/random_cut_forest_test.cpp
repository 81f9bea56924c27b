// SPDX-License-Identifier: Apache-2.0
#include "support/catch.hpp"

#include "support/allocations.hpp"

#include <netanomaly/learn/random_cut_forest.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <iterator>
#include <limits>
#include <map>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <vector>

using namespace netanomaly;
using learn::cut_score;
using learn::random_cut_forest;
using learn::detail::random_cut_tree;
using row = std::vector<double>;
using point = std::vector<float>;

namespace {

/// Points of the distribution test: uneven gaps in two features.
const std::vector<point> four{{0, 0, 0, 0}, {1, 5, 0, 0}, {3, 4, 0, 0}, {7, 1, 0, 0}};

/// The probability of each tree of these points, named by how it parts them: "(0(1|2)|3)" with the feature of the cut.
std::map<std::string, double> laws(const std::vector<std::size_t>& of) {
  if (of.size() == 1) return {{std::to_string(of[0]), 1}};
  std::map<std::string, double> law;
  double total = 0;
  for (std::size_t f = 0; f < 2; ++f) {
    const auto less = [&](std::size_t a, std::size_t b) { return four[a][f] < four[b][f]; };
    const auto [low, high] = std::minmax_element(of.begin(), of.end(), less);
    total += static_cast<double>(four[*high][f] - four[*low][f]);
  }
  for (std::size_t f = 0; f < 2; ++f) {
    auto by = of;
    std::sort(by.begin(), by.end(), [&](std::size_t a, std::size_t b) { return four[a][f] < four[b][f]; });
    for (std::size_t k = 1; k < by.size(); ++k) {
      const double gap = static_cast<double>(four[by[k]][f] - four[by[k - 1]][f]);
      std::vector<std::size_t> left(by.begin(), by.begin() + static_cast<std::ptrdiff_t>(k)),
          right(by.begin() + static_cast<std::ptrdiff_t>(k), by.end());
      std::sort(left.begin(), left.end());
      std::sort(right.begin(), right.end());
      for (const auto& [l, p] : laws(left))
        for (const auto& [r, q] : laws(right)) law["(" + l + (f == 0 ? "|" : "/") + r + ")"] += gap / total * p * q;
    }
  }
  return law;
}

std::string name_of(const random_cut_tree& tree, std::uint32_t node) {
  if (tree.is_leaf(node)) {
    for (std::size_t i = 0; i < four.size(); ++i)
      if (std::equal(four[i].begin(), four[i].end(), tree.row(node))) return std::to_string(i);
    return "?";
  }
  const auto& c = tree.cut_of(node);
  return "(" + name_of(tree, c.left) + (c.feature == 0 ? "|" : "/") + name_of(tree, c.right) + ")";
}

/// Chi-square of the trees seen against the law of the fresh tree, and its degrees of freedom.
std::pair<double, double> chi_square(const std::map<std::string, int>& seen, int count) {
  double sum = 0, kinds = 0;
  int known = 0;
  for (const auto& [name, p] : laws({0, 1, 2, 3})) {
    const auto found = seen.find(name);
    const double n = found == seen.end() ? 0 : found->second, expected = p * count;
    sum += (n - expected) * (n - expected) / expected;
    kinds += 1;
    known += static_cast<int>(n);
  }
  REQUIRE(known == count);
  return {sum, kinds - 1};
}

struct uniform {
  std::mt19937_64 random;
  double operator()() { return static_cast<double>(random() >> 11) * 0x1p-53; }
};

/// Masses, boxes, sides and parents are those of the points below each node.
int violations(const random_cut_tree& tree, std::size_t dimensions) {
  int wrong = 0;
  std::vector<std::uint32_t> nodes;
  tree.preorder([&](std::uint32_t n) { nodes.push_back(n); });
  for (auto at = nodes.rbegin(); at != nodes.rend(); ++at) {
    if (tree.is_leaf(*at)) {
      wrong += tree.mass(*at) > 0 ? 0 : 1;
      continue;
    }
    const auto& c = tree.cut_of(*at);
    wrong += tree.parent(c.left) == *at && tree.parent(c.right) == *at ? 0 : 1;
    wrong += tree.mass(*at) == tree.mass(c.left) + tree.mass(c.right) ? 0 : 1;
    wrong += tree.high(c.left)[c.feature] <= c.at && tree.low(c.right)[c.feature] > c.at ? 0 : 1;
    double range = 0;
    for (std::size_t i = 0; i < dimensions; ++i) {
      wrong += tree.low(*at)[i] == std::min(tree.low(c.left)[i], tree.low(c.right)[i]) ? 0 : 1;
      wrong += tree.high(*at)[i] == std::max(tree.high(c.left)[i], tree.high(c.right)[i]) ? 0 : 1;
      range += static_cast<double>(tree.high(*at)[i] - tree.low(*at)[i]);
    }
    wrong += std::abs(range - tree.range(*at)) <= 1e-5 * range ? 0 : 1;
  }
  return wrong;
}

/// Three clusters in d dimensions, and one row in `strays` anywhere; 0: none.
std::vector<row> clusters(std::size_t count, std::size_t d, unsigned seed, unsigned strays = 50) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal(0, 0.03);
  std::uniform_real_distribution<double> anywhere;
  std::vector<row> rows(count, row(d));
  for (row& r : rows) {
    const double centre = 0.2 + 0.3 * static_cast<double>(random() % 3);
    const bool stray = strays != 0 && random() % strays == 0;
    for (double& x : r) x = stray ? anywhere(random) : centre + normal(random);
  }
  return rows;
}

random_cut_forest::params small() { return {.features = 4, .trees = 7, .sample = 64, .memory = 300, .warmup = 40}; }

/// The expectation of a score over the cut that parts a row, by drawing it: inserts the row into copies of a tree.
double drawn(const random_cut_tree& tree, const float* p, cut_score score, int draws) {
  uniform draw{std::mt19937_64(5)};
  double sum = 0;
  for (int i = 0; i < draws; ++i) {
    random_cut_tree copy = tree;
    const std::uint32_t leaf = copy.insert(p, draw);
    double depth = 0, most = 0;
    for (std::uint32_t at = leaf; copy.parent(at) != random_cut_tree::none; at = copy.parent(at), depth += 1) {
      const auto& c = copy.cut_of(copy.parent(at));
      most = std::max(most, copy.mass(c.left == at ? c.right : c.left) / static_cast<double>(copy.mass(at)));
    }
    sum += score == cut_score::displacement ? most : std::log2(static_cast<double>(tree.points()) + 1) / depth;
  }
  return sum / draws;
}

}  // namespace

TEST_CASE("a random cut tree has the law of a fresh one, whatever was inserted and erased") {
  const int count = 40000;
  uniform draw{std::mt19937_64(1)};
  std::vector<point> others{{9, 9, 0, 0}, {2, 2, 0, 0}, {-4, 3, 0, 0}, {1, 5, 0, 0}};
  std::map<std::string, int> in_order, backwards, with_others;
  for (int i = 0; i < count; ++i) {
    random_cut_tree a(8, 2), b(8, 2), c(8, 2);
    for (const point& p : four) a.insert(p.data(), draw);
    for (auto p = four.rbegin(); p != four.rend(); ++p) b.insert(p->data(), draw);
    std::vector<std::uint32_t> leaves;  // others come first, between and last, and go in another order
    leaves.push_back(c.insert(others[0].data(), draw));
    for (std::size_t k = 0; k < four.size(); ++k) {
      c.insert(four[k].data(), draw);
      if (k > 0) leaves.push_back(c.insert(others[k].data(), draw));
      if (k == 2) c.erase(leaves[1]), leaves.erase(leaves.begin() + 1);
    }
    for (const std::uint32_t leaf : {leaves[1], leaves[0], leaves[2]}) c.erase(leaf);
    ++in_order[name_of(a, a.root())];
    ++backwards[name_of(b, b.root())];
    ++with_others[name_of(c, c.root())];
  }
  for (const auto* seen : {&in_order, &backwards, &with_others}) {
    const auto [sum, freedom] = chi_square(*seen, count);
    CHECK(sum < freedom + 4 * std::sqrt(2 * freedom));  // p about 1e-4
  }
}

TEST_CASE("masses, boxes and sides of a random cut tree hold through any inserts and erases") {
  std::mt19937_64 random(2);
  uniform draw{std::mt19937_64(3)};
  random_cut_tree tree(50, 5);
  std::vector<std::uint32_t> leaves;  // one for each point
  int wrong = 0;
  for (int i = 0; i < 4000; ++i) {
    if (!leaves.empty() && (leaves.size() == 50 || random() % 100 < (i / 500 % 2 == 0 ? 30U : 70U))) {
      const auto at = static_cast<std::size_t>(random() % leaves.size());
      tree.erase(leaves[at]);
      leaves.erase(leaves.begin() + static_cast<std::ptrdiff_t>(at));
    } else {
      point p(random_cut_tree::stride(5));
      for (std::size_t k = 0; k < 5; ++k) p[k] = static_cast<float>(random() % (k + 2)) - 1;  // many are equal
      leaves.push_back(tree.insert(p.data(), draw));
      wrong += std::equal(p.begin(), p.end(), tree.row(leaves.back())) ? 0 : 1;
    }
    wrong += tree.points() == leaves.size() ? 0 : 1;
    wrong += tree.root() == random_cut_tree::none ? 0 : violations(tree, 5);
  }
  CHECK(wrong == 0);
  std::map<std::uint32_t, std::uint32_t> points;
  for (const std::uint32_t leaf : leaves) ++points[leaf];
  for (const auto& [leaf, count] : points) CHECK(tree.mass(leaf) == count);
}

TEST_CASE("a cut between neighbouring numbers parts them") {
  uniform draw{std::mt19937_64(4)};
  const float one = 1, next = std::nextafter(1.0F, 2.0F);
  int wrong = 0;
  for (int i = 0; i < 1000; ++i) {
    random_cut_tree tree(8, 1);
    for (const float x : {one, next, -random_cut_tree::largest, random_cut_tree::largest}) {
      const point p{x, 0, 0, 0};
      tree.insert(p.data(), draw);
    }
    wrong += violations(tree, 1);
  }
  CHECK(wrong == 0);
}

TEST_CASE("both scores are the expectation over the cut that parts a row") {
  // One tree without scaling, its sample the whole of the past: its points are known.
  for (const auto kind : {cut_score::displacement, cut_score::inverse_depth}) {
    random_cut_forest forest({.features = 2,
                              .trees = 1,
                              .sample = 60,
                              .memory = 0,
                              .score = kind,
                              .scaling = learn::feature_scaling::none,
                              .withhold = 0,
                              .warmup = 60,
                              .seed = 9});
    random_cut_tree tree(61, 2);
    // The forest draws a key for each row and numbers for its insert; this makes the same draws.
    std::uint64_t draws = 0;
    const auto draw = [&] { return splitmix64::mix(9 + 0x9e3779b97f4a7c15U * ++draws); };
    for (const row& r : clusters(60, 2, 1, 10)) {
      forest.update(r);
      draw();
      const point p{static_cast<float>(r[0]), static_cast<float>(r[1]), 0, 0};
      tree.insert(p.data(), [&] { return static_cast<double>(draw() >> 11) * 0x1p-53; });
    }
    for (const row& r : {row{0.5, 0.5}, row{0.21, 0.19}, row{0.9, 0.1}, row{-3, 0.4}, row{0.35, 0.35}}) {
      const point p{static_cast<float>(r[0]), static_cast<float>(r[1]), 0, 0};
      CHECK(forest.score(r).score == Approx(drawn(tree, p.data(), kind, 40000)).epsilon(0.02));
    }
  }
}

TEST_CASE("the sample of a tree is the past, each row e times less likely after memory rows") {
  const double memory = 500;
  random_cut_forest forest({.features = 1,
                            .trees = 4,
                            .sample = 200,
                            .memory = 500,
                            .scaling = learn::feature_scaling::none,
                            .withhold = 0});
  std::array<double, 15> held{};  // by age in hundreds; the feature is the row's number
  double looks = 0, total = 0;
  for (int i = 0; i < 40000; ++i) {
    forest.update(std::array{static_cast<double>(i)});
    if (i < 5000 || i % 500 != 0) continue;
    for (std::size_t tree = 0; tree < 4; ++tree, ++looks)
      forest.each_held(tree, [&](std::span<const double> r, std::uint32_t count) {
        const auto age = static_cast<std::size_t>(i - static_cast<int>(r[0]));
        total += count;
        if (age < 1500) held[age / 100] += 1;
      });
  }
  CHECK(total == 200 * looks);
  // 200 of weights w, without replacement: nearly each with chance 1 - exp(-c w), where c makes the sum 200.
  double c = 1;
  for (int step = 0; step < 100; ++step) {
    double sum = 0;
    for (int age = 0; age < 20000; ++age) sum += -std::expm1(-c * std::exp(-age / memory));
    c *= 200 / sum;
  }
  for (std::size_t bin = 0; bin < held.size(); ++bin) {
    double expected = 0;
    for (int age = 0; age < 100; ++age)
      expected += -std::expm1(-c * std::exp(-(static_cast<double>(bin) * 100 + age) / memory));
    INFO("bin " << bin);
    CHECK(held[bin] / looks == Approx(expected).margin(0.02 * expected + 4 * std::sqrt(expected / looks)));
  }
}

TEST_CASE("rows far from the others and rows between clusters score high, with the feature and its direction") {
  for (const auto kind : {cut_score::displacement, cut_score::inverse_depth}) {
    random_cut_forest forest({.features = 4, .score = kind});
    for (const row& r : clusters(3000, 4, 5)) forest.update(r);
    row r = clusters(1, 4, 6, 0)[0];
    const double usual = forest.score(r).score;
    r[2] = 40;
    CHECK(forest.score(r).score > 2 * usual);
    std::vector<double> above(4), below(4), shares(4);
    REQUIRE(forest.explain(r, above, below));
    double sum = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      sum += above[i] + below[i];
      CHECK(above[i] >= 0);
      CHECK(below[i] >= 0);
    }
    CHECK(sum == Approx(forest.score(r).score).epsilon(1e-9));
    CHECK(above[2] > 0.8 * sum);
    REQUIRE(forest.explain(r, shares));
    CHECK(shares[2] == Approx(above[2] + below[2]));
    r[2] = -7;
    REQUIRE(forest.explain(r, above, below));
    CHECK(below[2] > 0.8 * forest.score(r).score);
    r = {0.2, 0.2, 0.2, 0.8};  // each number is usual, the last one not beside the others
    CHECK(forest.score(r).score > 1.3 * usual);
    REQUIRE(forest.explain(r, shares));
    CHECK(std::max_element(shares.begin(), shares.end()) == shares.begin() + 3);
    for (const row& known : clusters(30, 4, 5)) {  // rows that are held too
      REQUIRE(forest.explain(known, above, below));
      sum = 0;
      for (std::size_t i = 0; i < 4; ++i) sum += above[i] + below[i];
      CHECK(sum == Approx(forest.score(known).score).epsilon(1e-9));
    }
    CHECK_FALSE(forest.explain(r, std::span(above).first(3), below));
  }
}

TEST_CASE("a group of equal strange rows is still strange by collusive displacement") {
  random_cut_forest forest({.features = 2, .score = cut_score::displacement, .withhold = 0});
  for (const row& r : clusters(2000, 2, 7, 0)) forest.update(r);
  const row strange{3, -2};
  for (int i = 0; i < 20; ++i) forest.update(strange);
  CHECK(forest.score(strange).score > 3 * forest.score(clusters(1, 2, 8, 0)[0]).score);
}

TEST_CASE("shingles find what single numbers do not show") {
  random_cut_forest forest({.features = 1, .shingle = 4});
  const auto wave = [](int i) { return std::array{10 * std::sin(i * 3.14159265358979 / 8)}; };
  CHECK(forest.update(wave(0)).state == verdict::status::warming_up);
  int i = 1;
  for (; i < 3000; ++i) forest.update(wave(i));
  double usual = 0;
  for (; i < 3064; ++i) usual = std::max(usual, forest.update(wave(i)).score);
  for (; i % 16 != 4; ++i) forest.update(wave(i));  // at the crest next; a trough would be usual elsewhere
  CHECK(forest.score(wave(i + 8)).score > 1.5 * usual);
  std::vector<double> above(4), below(4);
  REQUIRE(forest.explain(wave(i + 8), above, below));
  CHECK(std::max_element(below.begin(), below.end()) == below.begin() + 3);  // the newest row comes last
}

TEST_CASE("a burst longer than the sample does not become normal at once") {
  const auto rows = clusters(4000, 4, 4);
  auto p = small();
  random_cut_forest guarded(p);
  p.withhold = 0;
  random_cut_forest plain(p);
  for (const row& r : rows) guarded.update(r), plain.update(r);
  const row strange{0.9, 0.05, 0.95, 0.1};
  for (int i = 0; i < 600; ++i) guarded.update(strange), plain.update(strange);
  CHECK(plain.score(strange).score < plain.score(rows[0]).score);
  CHECK(guarded.score(strange).score > 1.5 * guarded.score(rows[0]).score);
  CHECK(guarded.withheld() > 500);
  for (int i = 0; i < 2000; ++i) guarded.update(strange);  // but a change that stays does
  CHECK(guarded.score(strange).score < guarded.score(rows[0]).score);
}

TEST_CASE("a random cut forest rejects other lengths and what is not finite, and takes the greatest numbers") {
  for (const auto scaling :
       {learn::feature_scaling::none, learn::feature_scaling::range, learn::feature_scaling::logarithmic}) {
    auto p = small();
    p.scaling = scaling;
    p.withhold = 0;
    random_cut_forest forest(p);
    for (const row& r : clusters(100, 4, 7)) forest.update(r);
    const auto before = to_bytes(forest);
    for (const row& bad : {row{1, 2, 3}, row{1, 2, 3, 4, 5}, row{}, row{1, std::nan(""), 3, 4},
                           row{1, 2, std::numeric_limits<double>::infinity(), 4}}) {
      CHECK(forest.update(bad).state == verdict::status::rejected);
      CHECK(forest.score(bad).state == verdict::status::rejected);
    }
    CHECK(to_bytes(forest) == before);
    const double most = std::numeric_limits<double>::max(), least = std::numeric_limits<double>::denorm_min();
    int wrong = 0;
    for (int i = 0; i < 3000; ++i) {
      const double x = (i % 3 == 0 ? most : i % 3 == 1 ? least : 1e-150) * (i % 2 == 0 ? 1 : -1);
      const verdict v = forest.update(row{x, -x, 0, i % 7 == 0 ? x : 1});
      wrong += std::isfinite(v.score) ? 0 : 1;
      if (i % 250 == 0) wrong += from_bytes<random_cut_forest>(to_bytes(forest)) ? 0 : 1;
    }
    CHECK(wrong == 0);
  }
}

TEST_CASE("a restored random cut forest continues bit for bit; damaged bytes are refused or work") {
  for (const auto kind : {cut_score::displacement, cut_score::inverse_depth}) {
    const auto rows = clusters(1500, 2, 8);
    auto p = small();
    p.features = 2;
    p.shingle = 2;
    p.trees = 3;
    p.score = kind;
    random_cut_forest whole(p), restored = whole;
    int different = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (i % 97 == 0) {
        restored = from_bytes<random_cut_forest>(to_bytes(whole)).value();
        different += to_bytes(whole) == to_bytes(restored) ? 0 : 1;
      }
      row r = rows[i];
      if (i > 700) r[0] = r[0] * 100 + 5;  // a drift under way: scales change
      const verdict a = whole.update(r), b = restored.update(r);
      different += a.state == b.state && (a.state != verdict::status::judged || a.score == b.score) ? 0 : 1;
    }
    CHECK(different == 0);
    CHECK(to_bytes(whole) == to_bytes(restored));
    const auto bytes = to_bytes(whole);
    int wrong = 0;
    for (std::size_t i = 0; i < bytes.size(); i += i < 600 ? 1 : 37) {
      auto damaged = bytes;
      damaged[i] ^= std::byte{0xff};
      detail::crc64 sum;
      sum.add(std::span(damaged).first(damaged.size() - 8));
      for (std::size_t k = 0; k < 8; ++k)
        damaged[damaged.size() - 8 + k] = static_cast<std::byte>(sum.value() >> (8 * k));
      if (auto loaded = from_bytes<random_cut_forest>(damaged, std::size_t{16} << 20)) {
        for (std::size_t k = 0; k < 130; ++k) loaded->update(rows[k]);
        wrong += from_bytes<random_cut_forest>(to_bytes(*loaded)) ? 0 : 1;
      }
      if (i % 5 == 0) wrong += from_bytes<random_cut_forest>(std::span(bytes).first(i)) ? 1 : 0;
    }
    CHECK(wrong == 0);
  }
}

TEST_CASE("a random cut forest of version 1, without the limit of runs, still loads") {
  std::ifstream in(NETANOMALY_TEST_DATA "/../golden/random_cut_forest.1.state", std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  const auto old = from_bytes<random_cut_forest>(std::as_bytes(std::span(text)));
  REQUIRE(old);
  random_cut_forest now(old->parameters());
  for (int i = 0; i < 40; ++i)
    now.update(std::array{static_cast<double>(i * 37 % 11) / 2, static_cast<double>(3 * i * 37 % 11) / 2});
  CHECK(to_bytes(now) == to_bytes(*old));
}

TEST_CASE("random cut forests do not allocate after construction, and reset is as constructed") {
  const auto rows = clusters(3000, 4, 9);
  for (const auto kind : {cut_score::displacement, cut_score::inverse_depth}) {
    auto p = small();
    p.score = kind;
    const random_cut_forest made(p);
    random_cut_forest forest = made;
    const std::size_t size = forest.memory_bytes();
    std::array<double, 4> above{}, below{};
    const std::size_t before = allocations();
    for (const row& r : rows) forest.update(r);
    (void)forest.explain(rows[0], above, below);
    CHECK(allocations() == before);
    CHECK(forest.memory_bytes() == size);
    CHECK(made.memory_bytes() == size);
    forest.reset();
    CHECK(to_bytes(forest) == to_bytes(made));
  }
}

TEST_CASE("wrong parameters of a random cut forest are named, and loading charges what it allocates") {
  CHECK(random_cut_forest::make({.trees = 0}).error().message().find("random_cut_forest: trees is 0") == 0);
  CHECK(random_cut_forest::make({.features = 65536, .shingle = 2}).error().message() ==
        "random_cut_forest: features times shingle must be at most 65536");
  const auto bytes = to_bytes(random_cut_forest({.features = 30, .sample = 4096}));
  CHECK(bytes.size() < 20000);
  const auto refused = from_bytes<random_cut_forest>(bytes, 1 << 20);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message().find("of a budget of 1048576") != std::string::npos);
  const auto loaded = from_bytes<random_cut_forest>(bytes);
  REQUIRE(loaded);
  CHECK(from_bytes<random_cut_forest>(bytes, loaded->memory_bytes() + loaded->memory_bytes() / 10));
}
