// SPDX-License-Identifier: Apache-2.0
// How rows a second and bytes grow with features, classes and rows, learners at their defaults.
//
//     netanomaly_bench_learn_growth features|classes|rows MOST [PLOT.svg]
//
// Rows are uniform numbers; the class is a band of the sum of the first two, one row in ten has another. Each row is
// judged and learned; rows a second are of thread time since the start, making the rows not counted. Bytes are those in
// use: of trees, of their pool. adaptive_forest and random_cut_forest, which are slower, have a tenth of MOST rows.
#include <netanomaly/core/hash.hpp>
#include <netanomaly/learn/adaptive_forest.hpp>
#include <netanomaly/learn/half_space_trees.hpp>
#include <netanomaly/learn/hoeffding_adaptive_tree.hpp>
#include <netanomaly/learn/hoeffding_tree.hpp>
#include <netanomaly/learn/random_cut_forest.hpp>

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "../support/plot.hpp"

namespace {

using namespace netanomaly;

double thread_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

struct sizes {
  std::uint32_t features = 10;
  std::uint32_t classes = 2;
  std::uint64_t rows = 20'000;
};

template <class Learner>
constexpr bool slow = std::same_as<Learner, learn::adaptive_forest> || std::same_as<Learner, learn::random_cut_forest>;

template <class Learner>
Learner made(const sizes& s) {
  typename Learner::params p;
  p.features = s.features;
  if constexpr (learner<Learner>) p.classes = s.classes;
  return Learner(p);
}
template <class Learner>
std::size_t bytes_of(const Learner& l) {
  if constexpr (learner<Learner>)
    return l.bytes_in_use();
  else
    return l.memory_bytes();
}

/// Calls visit(rows, seconds, learner) after each power of ten and at the end.
template <class Learner, class Visit>
void grow(const sizes& s, Visit&& visit) {
  Learner l = made<Learner>(s);
  constexpr std::size_t block = 1'000;
  std::vector<double> values(block * s.features);
  std::vector<std::uint32_t> labels(block);
  splitmix64 next(1);
  const auto uniform = [&] { return static_cast<double>(next() >> 11) * 0x1p-53; };
  double seconds = 0;
  std::uint64_t mark = 10'000;
  for (std::uint64_t done = 0; done < s.rows;) {
    for (double& v : values) v = uniform();
    for (std::size_t i = 0; i < block; ++i) {
      const double band = (values[i * s.features] + values[i * s.features + 1]) / 2;
      labels[i] = std::min(static_cast<std::uint32_t>((uniform() < 0.1 ? uniform() : band) * s.classes), s.classes - 1);
    }
    const double start = thread_seconds();
    for (std::size_t i = 0; i < block; ++i) {
      const auto row = std::span<const double>(values).subspan(i * s.features, s.features);
      if constexpr (learner<Learner>)
        l.update(row, labels[i]);
      else
        l.update(row);
    }
    seconds += thread_seconds() - start;
    done += block;
    if (done != mark && done < s.rows) continue;
    if (done == mark) mark *= 10;
    visit(done, seconds, l);
  }
}

template <class Learner>
void measure(std::string_view what, std::uint64_t most, std::vector<bench::plotted>& plots) {
  const std::string name(Learner::kind);
  bench::plotted rates{.name = name + ": log10 of rows a second", .points = {}, .marks = {}};
  bench::plotted bytes{.name = name + ": log10 of bytes", .points = {}, .marks = {}};
  const auto add = [&](std::uint64_t x, double rate, std::size_t held) {
    std::printf("| %s | %llu | %.0f | %zu |\n", name.c_str(), static_cast<unsigned long long>(x), rate, held);
    (void)std::fflush(stdout);
    rates.points.emplace_back(std::log10(x), std::log10(rate));
    bytes.points.emplace_back(std::log10(x), std::log10(held));
  };
  if (what == "rows") {
    grow<Learner>({.rows = slow<Learner> ? most / 10 : most},
                  [&](std::uint64_t rows, double seconds, const Learner& l) {
                    add(rows, static_cast<double>(rows) / seconds, bytes_of(l));
                  });
  } else {
    for (const std::uint32_t x : {2U, 3U, 10U, 30U, 100U, 300U, 1'000U}) {
      if (x > most || (x == 2 && what == "features")) continue;
      sizes s;
      (what == "features" ? s.features : s.classes) = x;
      double rate = 0;
      std::size_t held = 0;
      grow<Learner>(s, [&](std::uint64_t rows, double seconds, const Learner& l) {
        rate = static_cast<double>(rows) / seconds;
        held = bytes_of(l);
      });
      add(x, rate, held);
    }
  }
  plots.push_back(std::move(rates));
  plots.push_back(std::move(bytes));
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view what = argc > 2 ? argv[1] : "";
  if (what != "features" && what != "classes" && what != "rows") {
    (void)std::fprintf(stderr, "usage: netanomaly_bench_learn_growth features|classes|rows MOST [PLOT.svg]\n");
    return 2;
  }
  const std::uint64_t most = std::strtoull(argv[2], nullptr, 10);
  std::vector<bench::plotted> plots;
  std::printf("| learner | %s | rows/s | bytes |\n|---|---|---|---|\n", argv[1]);
  measure<learn::hoeffding_tree>(what, most, plots);
  measure<learn::hoeffding_adaptive_tree>(what, most, plots);
  measure<learn::adaptive_forest>(what, most, plots);
  if (what != "classes") {
    measure<learn::half_space_trees>(what, most, plots);
    measure<learn::random_cut_forest>(what, most, plots);
  }
  if (argc > 3) std::ofstream(argv[3]) << bench::svg(plots, "log10 of " + std::string(what));
  return 0;
}
