// SPDX-License-Identifier: Apache-2.0
#include "support/catch.hpp"

#include "support/allocations.hpp"

#include <netanomaly/learn/half_space_trees.hpp>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <limits>
#include <random>
#include <span>
#include <string>
#include <vector>

using namespace netanomaly;
using learn::half_space_trees;
using row = std::vector<double>;

namespace {

/// Three clusters in d dimensions, between 0 and 1, and one row in `strays` anywhere; 0: none.
std::vector<row> clusters(std::size_t count, std::size_t d, unsigned seed, unsigned strays = 50) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal(0, 0.03);
  std::uniform_real_distribution<double> uniform;
  std::vector<row> rows(count, row(d));
  for (row& r : rows) {
    const double centre = 0.2 + 0.3 * static_cast<double>(random() % 3);
    const bool anywhere = strays != 0 && random() % strays == 0;
    for (double& x : r) x = anywhere ? uniform(random) : centre + normal(random);
  }
  return rows;
}

/// The paper's trees as full arrays of nodes: every mass counted down to the greatest depth.
class plain_forest {
 public:
  /// The first `far_trees` count the rows of `far`.
  plain_forest(const half_space_trees::params& p, const std::vector<row>& reference, std::size_t far_trees = 0,
               const std::vector<row>& far = {})
      : p_(p) {
    for (std::size_t tree = 0; tree < p.trees; ++tree) {
      seeds_.push_back(splitmix64::mix(p.seed + 0x9e3779b97f4a7c15U * (tree + 1)));
      masses_.emplace_back(std::size_t{2} << p.depth);
      const std::vector<row>& counted = tree < far_trees ? far : reference;
      totals_.push_back(static_cast<double>(counted.size()));
      for (const row& r : counted)
        walk(tree, r, [&](std::uint64_t path, unsigned) {
          ++masses_.back()[static_cast<std::size_t>(path)];
          return true;
        });
    }
  }
  [[nodiscard]] double score(const row& r) const {
    double sum = 0;
    for (std::size_t tree = 0; tree < p_.trees; ++tree) {
      double terminal = 0, path_sum = 0;
      walk(tree, r, [&](std::uint64_t path, unsigned depth) {
        const double count = masses_[tree][static_cast<std::size_t>(path)];
        terminal = std::ldexp(count * (p_.window / totals_[tree]), static_cast<int>(depth));
        path_sum += terminal;
        return count > p_.size_limit * totals_[tree];
      });
      sum += p_.score == learn::mass_score::terminal   ? terminal
             : p_.score == learn::mass_score::path_sum ? path_sum
                                                       : std::log1p(terminal);
    }
    const double most = std::ldexp(p_.window, static_cast<int>(p_.depth)), mean = sum / p_.trees;
    if (p_.score == learn::mass_score::terminal) return 1 - mean / most;
    if (p_.score == learn::mass_score::path_sum) return 1 - mean / (2 * most - p_.window);
    return std::max(std::log(most) - mean, 0.0);
  }

 private:
  template <class Visit>
  void walk(std::size_t tree, const row& r, Visit&& visit) const {
    std::vector<double> low(p_.features), high(p_.features);
    for (std::size_t i = 0; i < p_.features; ++i) {
      const double s = static_cast<double>(splitmix64::mix(seeds_[tree] ^ (std::uint64_t{i} << 32)) >> 11) * 0x1p-53;
      low[i] = s - 2 * std::max(s, 1 - s);
      high[i] = s + 2 * std::max(s, 1 - s);
    }
    std::uint64_t path = 1;
    for (unsigned depth = 0;; ++depth) {
      if (!visit(path, depth) || depth == p_.depth) return;
      const auto i = static_cast<std::size_t>(((splitmix64::mix(seeds_[tree] + path) >> 32) * p_.features) >> 32);
      const double middle = (low[i] + high[i]) / 2;
      const bool above = r[i] >= middle;
      (above ? low : high)[i] = middle;
      path = 2 * path + (above ? 1 : 0);
    }
  }

  half_space_trees::params p_;
  std::vector<double> totals_;
  std::vector<std::uint64_t> seeds_;
  std::vector<std::vector<double>> masses_;
};

std::vector<row> rows_of(std::span<const double> values, std::size_t features) {
  std::vector<row> rows;
  for (std::size_t i = 0; i < values.size(); i += features) {
    const auto at = values.subspan(i, features);
    rows.emplace_back(at.begin(), at.end());
  }
  return rows;
}

half_space_trees::params small() {
  return {.features = 4, .trees = 11, .depth = 9, .window = 60, .scaling = learn::feature_scaling::none};
}

}  // namespace

TEST_CASE("half-space scores are those of full trees in plain arrays, bit for bit") {
  const auto rows = clusters(400, 4, 1);
  for (const auto kind : {learn::mass_score::terminal, learn::mass_score::path_sum, learn::mass_score::mean_log}) {
    auto p = small();
    p.score = kind;
    p.withhold = 0;
    p.memory = 0;
    half_space_trees forest(p);
    int different = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (i % p.window == 0 && i > 0) {
        const plain_forest plain(p, {rows.begin() + static_cast<std::ptrdiff_t>(i - p.window),
                                     rows.begin() + static_cast<std::ptrdiff_t>(i)});
        for (std::size_t k = i; k < rows.size(); k += 3)
          different += forest.score(rows[k]).score == plain.score(rows[k]) ? 0 : 1;
      }
      forest.update(rows[i]);
    }
    CHECK(different == 0);
  }
}

TEST_CASE("far trees count a sample of two windows in which a row stays for `memory` rows") {
  auto p = small();
  p.memory = 2000;
  p.withhold = 0;
  half_space_trees forest(p);
  CHECK(forest.far_trees() == 5);
  const auto rows = clusters(3000, 4, 1);
  const auto probes = clusters(20, 4, 2);
  int different = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    forest.update(rows[i]);
    if (forest.reference_size() == 0 || i % 41 != 0) continue;
    CHECK(forest.far_reference().size() == 4 * std::min<std::size_t>(120, (i + 1) / 60 * 60));
    const plain_forest plain(p, rows_of(forest.reference(), 4), 5, rows_of(forest.far_reference(), 4));
    for (const row& r : probes) different += forest.score(r).score == plain.score(r) ? 0 : 1;
  }
  CHECK(different == 0);

  half_space_trees numbered({.features = 1, .memory = 5000, .withhold = 0});  // rows are their numbers
  double age = 0, looks = 0;
  for (int i = 0; i < 200000; ++i) {
    numbered.update(row{1.0 * i});
    if (i < 30000 || i % 1000 != 0) continue;
    for (const double x : numbered.far_reference()) age += i - x, ++looks;
  }
  CHECK(age / looks == Approx(5000).epsilon(0.1));  // the row's own window adds some
}

TEST_CASE("merged forests judge by the rows of both") {
  const auto rows = clusters(120, 4, 2);
  auto p = small();
  p.withhold = 0;
  half_space_trees a(p), b(p);
  for (std::size_t i = 0; i < 60; ++i) a.update(rows[i]);
  for (std::size_t i = 60; i < 120; ++i) b.update(rows[i]);
  for (std::size_t i = 0; i < 30; ++i) {
    a.update(rows[i]);
    b.update(rows[i]);
  }
  REQUIRE(a.merge(b));
  CHECK(a.reference_size() == 120);
  const plain_forest plain(p, rows);
  int different = 0;
  for (const row& r : clusters(100, 4, 3)) different += a.score(r).score == plain.score(r) ? 0 : 1;
  CHECK(different == 0);
  a.update(rows[0]);  // 61 rows under way make a window
  CHECK(a.reference_size() == 61);
  p.seed = 2;
  CHECK_FALSE(a.merge(half_space_trees(p)));
}

TEST_CASE("merged scaling is that of the joint range") {
  half_space_trees a({.features = 1, .window = 10, .withhold = 0}), b = a;
  for (int i = 0; i < 10; ++i) {
    a.update(row{100.0 + i});
    b.update(row{5000.0 - i});
  }
  REQUIRE(a.merge(b));
  CHECK(a.scale_of(0).first == Approx(100));
  CHECK(a.scale_of(0).second == Approx(5000));
}

TEST_CASE("a burst longer than a window does not become normal at once") {
  const auto rows = clusters(4000, 4, 4);
  half_space_trees guarded(small());
  auto p = small();
  p.withhold = 0;
  half_space_trees plain(p);
  for (const row& r : rows) {
    guarded.update(r);
    plain.update(r);
  }
  const row strange{0.9, 0.05, 0.95, 0.1};
  for (int i = 0; i < 300; ++i) {
    guarded.update(strange);
    plain.update(strange);
  }
  CHECK(plain.score(strange).score < plain.score(rows[0]).score);
  CHECK(guarded.score(strange).score > guarded.score(rows[0]).score + 2);
  for (int i = 0; i < 1500; ++i) guarded.update(strange);  // but a change that stays does
  CHECK(guarded.score(strange).score < guarded.score(rows[0]).score);
}

TEST_CASE("what explains a row adds up to its score, and points at the strange feature") {
  half_space_trees forest({.features = 4});
  for (const row& r : clusters(2000, 4, 5)) forest.update(r);
  row r = clusters(1, 4, 6)[0];
  r[2] = 40;
  std::vector<double> shares(4);
  REQUIRE(forest.explain(r, shares));
  double sum = forest.unexplained();
  for (const double s : shares) sum += s;
  CHECK(sum == Approx(forest.score(r).score));
  CHECK(std::max_element(shares.begin(), shares.end()) == shares.begin() + 2);
}

TEST_CASE("rows of another length and rows that are not finite are rejected and change nothing") {
  half_space_trees forest(small());
  for (const row& r : clusters(100, 4, 7)) forest.update(r);
  const auto before = to_bytes(forest);
  for (const row& bad : {row{1, 2, 3}, row{1, 2, 3, 4, 5}, row{}, row{1, std::nan(""), 3, 4},
                         row{1, 2, std::numeric_limits<double>::infinity(), 4}}) {
    CHECK(forest.update(bad).state == verdict::status::rejected);
    CHECK(forest.score(bad).state == verdict::status::rejected);
  }
  CHECK(to_bytes(forest) == before);
  for (int i = 0; i < 300; ++i) {  // the greatest numbers are numbers
    const double x = std::numeric_limits<double>::max() * (i % 2 == 0 ? 1 : -1);
    const verdict v = forest.update(row{x, -x, 0, x});
    CHECK(std::isfinite(v.score));
  }
}

TEST_CASE("a restored forest continues bit for bit; damaged bytes are refused or work") {
  const auto rows = clusters(900, 4, 8);
  auto p = small();
  p.scaling = learn::feature_scaling::logarithmic;
  half_space_trees whole(p);
  int different = 0;
  half_space_trees restored = whole;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i % 97 == 0) restored = from_bytes<half_space_trees>(to_bytes(whole)).value();
    const verdict a = whole.update(rows[i]), b = restored.update(rows[i]);
    different += a.state == b.state && (a.state != verdict::status::judged || a.score == b.score) ? 0 : 1;
  }
  CHECK(different == 0);
  CHECK(to_bytes(whole) == to_bytes(restored));
  const auto bytes = to_bytes(whole);
  for (std::size_t i = 0; i < bytes.size(); i += i < 600 ? 1 : 101) {
    auto damaged = bytes;
    damaged[i] ^= std::byte{0xff};
    detail::crc64 sum;
    sum.add(std::span(damaged).first(damaged.size() - 8));
    for (std::size_t k = 0; k < 8; ++k)
      damaged[damaged.size() - 8 + k] = static_cast<std::byte>(sum.value() >> (8 * k));
    if (auto loaded = from_bytes<half_space_trees>(damaged, std::size_t{16} << 20))
      for (std::size_t k = 0; k < 130; ++k) loaded->update(rows[k]);
  }
}

TEST_CASE("half-space forests of versions 1, without far trees, and 2, without the limit of runs, still load") {
  for (const int version : {1, 2}) {
    const std::string path = NETANOMALY_TEST_DATA "/../golden/half_space_trees." + std::to_string(version) + ".state";
    std::ifstream in(path, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    auto old = from_bytes<half_space_trees>(std::as_bytes(std::span(text)));
    REQUIRE(old);
    CHECK((old->parameters().memory == 0) == (version == 1));
    CHECK((old->far_trees() == 0) == (version == 1));
    CHECK(old->reference_size() == 16);
    half_space_trees now(old->parameters());
    for (int i = 0; i < 40; ++i)
      now.update(row{static_cast<double>(i * 37 % 11) / 2, static_cast<double>(3 * i * 37 % 11) / 2});
    CHECK(to_bytes(now) == to_bytes(*old));
  }
}

TEST_CASE("half-space trees do not allocate after construction, and reset is as constructed") {
  const auto rows = clusters(1000, 4, 9);
  const half_space_trees made(small());
  half_space_trees forest = made;
  const std::size_t size = forest.memory_bytes();
  const std::size_t before = allocations();
  for (const row& r : rows) forest.update(r);
  CHECK(allocations() == before);
  CHECK(forest.memory_bytes() == size);
  forest.reset();
  CHECK(to_bytes(forest) == to_bytes(made));
}

TEST_CASE("many features and a forest of one tree work, and wrong parameters are named") {
  half_space_trees wide({.features = 1000, .trees = 1, .window = 20});
  for (const row& r : clusters(100, 1000, 10)) wide.update(r);
  CHECK(std::isfinite(wide.score(row(1000, 0.5)).score));
  const auto wrong = half_space_trees::make({.trees = 0});
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().message().find("half_space_trees: trees is 0") == 0);
}
