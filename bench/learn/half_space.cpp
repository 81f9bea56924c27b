// SPDX-License-Identifier: Apache-2.0
// Half-space trees and random cut forests on the five sets of the half-space paper: area under the curve, rows a
// second, and the rate of calibrated alarms.
//   netanomaly_bench_half_space FOLDER [half_space_trees|random_cut_forest [name=value,...]]
//   netanomaly_bench_half_space FOLDER rows SET spread|source      prescaled rows and labels, for peers
//   netanomaly_bench_half_space ROWS.csv judge half_space_trees|random_cut_forest SEEDS      one file of such rows
// with kdd99_http.csv.gz and the others in FOLDER. "judge" prints, as peers/ do, a name, the area under the curve, rows
// a second and bytes, tabs between. Rows are fed as they are in the file ("raw", scaled inside) and as the literature
// does (log(x + 0.1) of the KDD sets, then min-max over the whole set, which looks ahead; no scaling inside). "spread":
// normal rows keep their order and anomalies stand at random places; "source": the order of the file. Mean of three
// seeds; the first 300 rows of a stream are not counted. Random cut forests, which are slower: raw rows only, one seed,
// no alarms.
#include <netanomaly/compose/calibrated.hpp>
#include <netanomaly/core/hash.hpp>
#include <netanomaly/learn/half_space_trees.hpp>
#include <netanomaly/learn/random_cut_forest.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "../support/labelled_table.hpp"

namespace {

using namespace netanomaly;
using learn::half_space_trees;
using learn::random_cut_forest;
using table = bench::labelled_table;

table prescaled(table t, bool logarithm) {
  for (std::size_t f = 0; f < t.features; ++f) {
    double low = std::numeric_limits<double>::infinity(), high = -low;
    for (std::size_t i = f; i < t.values.size(); i += t.features) {
      if (logarithm) t.values[i] = std::log(t.values[i] + 0.1);
      low = std::min(low, t.values[i]);
      high = std::max(high, t.values[i]);
    }
    for (std::size_t i = f; i < t.values.size(); i += t.features)
      t.values[i] = high > low ? (t.values[i] - low) / (high - low) : 0;
  }
  return t;
}

/// The set of that name and whether the logarithm of its features is taken before they are scaled.
std::pair<table, bool> read_set(const std::string& folder, std::string_view name) {
  if (name == "shuttle") return {bench::read_table(folder + "shuttle.csv.gz"), false};
  if (name == "cover") return {bench::read_table(folder + "forestcover.csv.gz"), false};
  table t = bench::read_table(folder + (name == "http" ? "kdd99_http.csv.gz" : "kdd99_smtp.csv.gz"));
  if (name == "smtp+http") {
    const table http = bench::read_table(folder + "kdd99_http.csv.gz");
    for (std::size_t i = 0; i < http.rows(); ++i) t.add(http.row(i), http.anomalous[i]);
  }
  return {std::move(t), true};
}

/// Anomalies, in their order, at places drawn without repetition.
table spread(const table& t) {
  std::vector<std::size_t> normal, strange;
  for (std::size_t i = 0; i < t.rows(); ++i) (t.anomalous[i] ? strange : normal).push_back(i);
  table s;
  s.features = t.features;
  splitmix64 random(1);
  std::size_t n = 0, a = 0;
  while (s.rows() < t.rows()) {
    const auto left = static_cast<double>(t.rows() - s.rows());
    const bool put = static_cast<double>(random() >> 11) * 0x1p-53 * left < static_cast<double>(strange.size() - a);
    s.add(t.row(put ? strange[a] : normal[n]), put);
    ++(put ? a : n);
  }
  return s;
}

double area(std::vector<std::pair<double, bool>> scored) {
  std::sort(scored.begin(), scored.end());
  double positives = 0, negatives = 0, sum = 0;
  for (std::size_t i = 0; i < scored.size();) {
    double p = 0, n = 0;
    const double score = scored[i].first;
    for (; i < scored.size() && scored[i].first == score; ++i) ++(scored[i].second ? p : n);
    sum += p * (negatives + n / 2);
    positives += p;
    negatives += n;
  }
  return sum / (positives * negatives);
}

double seconds() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

/// Each row judged, then learned, by `seeds` forests one after the other.
template <class Forest>
struct run_over {
  double auc = 0, rows_per_second = 0, withheld = 0;
  std::size_t bytes = 0;

  run_over(const table& t, typename Forest::params p, unsigned seeds) {
    double cpu = 0;
    p.features = static_cast<std::uint32_t>(t.features);
    for (p.seed = 1; p.seed <= seeds; ++p.seed) {
      Forest forest(p);
      std::vector<double> scores(t.rows());
      const double start = seconds();
      for (std::size_t i = 0; i < t.rows(); ++i) scores[i] = forest.update(t.row(i)).score;
      cpu += seconds() - start;
      std::vector<std::pair<double, bool>> scored;
      for (std::size_t i = 300; i < t.rows(); ++i) scored.emplace_back(scores[i], t.anomalous[i]);
      auc += area(std::move(scored)) / seeds;
      withheld += static_cast<double>(forest.withheld()) / (seeds * static_cast<double>(t.rows()));
      bytes = forest.memory_bytes();
    }
    rows_per_second = static_cast<double>(t.rows()) * seeds / cpu;
  }
};

template <class Forest>
void measure(const char* name, const char* form, const char* order, const table& t, typename Forest::params p) {
  constexpr bool fast = std::is_same_v<Forest, half_space_trees>;
  p.features = static_cast<std::uint32_t>(t.features);
  const run_over<Forest> ran(t, p, fast ? 3 : 1);
  std::printf("| %s | %s | %s | %.4f | %.0f | %.1f %% |", name, form, order, ran.auc, ran.rows_per_second / 1e3,
              ran.withheld * 100);
  (void)std::fflush(stdout);
  if (!fast) {
    std::printf("\n");
    return;
  }
  // Alarms at a stated rate: false ones among normal rows, and anomalies found.
  std::array<double, 2> false_rate{}, found{};
  constexpr std::array<double, 2> stated{1e-3, 1e-4};
  p.seed = 1;
  for (std::size_t k = 0; k < stated.size(); ++k) {
    compose::calibrated<Forest> alarm({.rate = stated[k]}, Forest(p));
    double normals = 0, strange = 0;
    for (std::size_t i = 0; i < t.rows(); ++i) {
      const verdict v = alarm.update(t.row(i));
      if (v.state != verdict::status::judged) continue;
      ++(t.anomalous[i] ? strange : normals);
      if (v.anomalous) ++(t.anomalous[i] ? found[k] : false_rate[k]);
    }
    false_rate[k] /= normals * stated[k];
    found[k] /= strange;
  }
  std::printf(" %.2f | %.2f | %.2f | %.2f |\n", false_rate[0], found[0], false_rate[1], found[1]);
  (void)std::fflush(stdout);
}

template <class Forest>
void measure_all(const std::string& folder, const typename Forest::params& p) {
  constexpr bool fast = std::is_same_v<Forest, half_space_trees>;
  std::printf("| set | features | order | AUC | thousand rows/s | withheld |%s\n|---|---|---|---|---|---|%s\n",
              fast ? " false alarms / stated at 1e-3 | found | at 1e-4 | found |" : "", fast ? "---|---|---|---|" : "");
  for (const char* const name : {"shuttle", "smtp", "http", "smtp+http", "cover"}) {
    const auto [t, logarithm] = read_set(folder, name);
    measure<Forest>(name, "raw", "spread", spread(t), p);
    measure<Forest>(name, "raw", "source", t, p);
    if (!fast) continue;
    auto as_is = p;
    as_is.scaling = learn::feature_scaling::none;
    const table ready = prescaled(t, logarithm);
    measure<Forest>(name, "prescaled", "spread", spread(ready), as_is);
    measure<Forest>(name, "prescaled", "source", ready, as_is);
  }
}

void write_rows(const table& t) {
  for (std::size_t i = 0; i < t.rows(); ++i) {
    for (const double x : t.row(i)) std::printf("%.17g,", x);
    std::printf("%d\n", t.anomalous[i] ? 1 : 0);
  }
}

template <class Forest>
int judge(const std::string& path, unsigned seeds) {
  typename Forest::params p;
  p.scaling = learn::feature_scaling::none;
  const run_over<Forest> ran(bench::read_table(path, false), p, seeds);
  std::printf("netanomaly %s\t%.4f\t%.0f\t%zu\n", Forest::kind.data(), ran.auc, ran.rows_per_second, ran.bytes);
  return 0;
}

template <class Forest>
int run_with(const std::string& folder, const char* parameters) {
  typename Forest::params p;
  const auto given = split_parameters(parameters);
  if (!given) return 2;
  for (const parameter_text& g : *given)
    if (const auto set = set_parameter(p, g.name, g.value); !set) {
      (void)std::fprintf(stderr, "%s\n", set.error().message().c_str());
      return 2;
    }
  measure_all<Forest>(folder, p);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    (void)std::fprintf(stderr, "usage: netanomaly_bench_half_space FOLDER [KIND [name=value,...]]\n");
    return 2;
  }
  const std::string folder = std::string(argv[1]) + "/";
  const std::string_view kind = argc > 2 ? argv[2] : half_space_trees::kind;
  if (kind == "rows") {
    const auto [t, logarithm] = read_set(folder, argc > 3 ? argv[3] : "http");
    const table ready = prescaled(t, logarithm);
    write_rows(argc > 4 && std::string_view(argv[4]) == "source" ? ready : spread(ready));
    return 0;
  }
  if (kind == "judge" && argc == 5) {
    const auto seeds = static_cast<unsigned>(std::strtoul(argv[4], nullptr, 10));
    if (argv[3] == half_space_trees::kind) return judge<half_space_trees>(argv[1], seeds);
    if (argv[3] == random_cut_forest::kind) return judge<random_cut_forest>(argv[1], seeds);
  }
  const char* const parameters = argc > 3 ? argv[3] : "";
  if (kind == half_space_trees::kind) return run_with<half_space_trees>(folder, parameters);
  if (kind == random_cut_forest::kind) return run_with<random_cut_forest>(folder, parameters);
  (void)std::fprintf(stderr, "no forest of this kind\n");
  return 2;
}
