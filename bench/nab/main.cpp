// SPDX-License-Identifier: Apache-2.0
// Scores the detectors of the registry on the Numenta Anomaly Benchmark, as NAB does.
//
//   netanomaly_bench_nab FOLDER                              every detector, a table in Markdown
//   netanomaly_bench_nab FOLDER KIND [name=value,...]        one of them
//   netanomaly_bench_nab FOLDER --halves                     novelty with everything chosen on the other half
#include "score.hpp"

#include <netanomaly/compose/builtin.hpp>
#include <netanomaly/telemetry/novelty.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace netanomaly;
using namespace netanomaly::bench;
using compose::metric_detectors;

using scores = std::vector<std::vector<double>>;

/// As the detector gives them; what it has not judged is 0.
template <class Make>
scores run(const std::vector<nab_series>& corpus, bool alarms, double silence, Make make) {
  scores all;
  for (const nab_series& series : corpus) {
    auto detector = make(series);
    std::vector<double> of_series;
    const auto quiet = static_cast<std::size_t>(silence * static_cast<double>(series.probation()));
    std::size_t silent = 0;
    for (const auto& row : series.rows) {
      const verdict v = detector.update(row);
      double score = v.state == verdict::status::judged ? v.score : 0;
      if (alarms) {
        score = v.anomalous && silent == 0 ? score : 0;
        silent = silent > 0 ? silent - 1 : v.anomalous ? quiet : 0;
      }
      of_series.push_back(score);
    }
    all.push_back(std::move(of_series));
  }
  return all;
}

void print(const std::string& name, const std::vector<nab_series>& corpus, const scores& s) {
  std::printf("| %-58s |", name.c_str());
  for (const nab_profile& profile : nab_profiles) std::printf(" %6.2f |", nab_score(corpus, s, profile).norm);
  const nab_total standard = nab_score(corpus, s, nab_profiles[0]);
  std::printf(" %3zu/%zu | %6zu | %.4g |\n", standard.windows_hit, standard.windows, standard.false_positives,
              standard.threshold);
  std::fflush(stdout);
}

telemetry::novelty::params novelty_for(const nab_series& series) {
  return {.learning = static_cast<std::uint32_t>(series.probation())};
}

/// All of the corpus' rows that a novelty of these parameters alarms on.
scores novelty(const std::vector<nab_series>& corpus, telemetry::novelty::params p) {
  return run(corpus, true, 0, [&](const nab_series& series) {
    p.learning = static_cast<std::uint32_t>(series.probation());
    return telemetry::novelty(p);
  });
}

/// The parameters and the threshold that are best on one half, scored on the other.
void halves(const std::vector<nab_series>& corpus) {
  std::vector<scores> grid;
  for (const double value : {0.01, 0.02, 0.04})
    for (const double shape : {0.05, 0.1, 0.2})
      for (const double raise : {0.25, 0.5, 1.0})
        for (const double memory : {1.0, 2.0, 4.0})
          grid.push_back(novelty(corpus, {.value_step = value, .shape_step = shape, .raise = raise, .memory = memory}));
  const scores defaults = novelty(corpus, {});
  std::mt19937_64 random(1);
  std::vector<double> held_out, fixed;
  for (int split = 0; split < 16; ++split) {
    std::vector<std::size_t> order(corpus.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::shuffle(order.begin(), order.end(), random);
    const auto half = [&](const scores& all, bool first, std::vector<nab_series>& series) {
      scores part;
      series.clear();
      for (std::size_t i = 0; i < order.size(); ++i) {
        if ((i < order.size() / 2) != first) continue;
        series.push_back(corpus[order[i]]);
        part.push_back(all[order[i]]);
      }
      return part;
    };
    std::vector<nab_series> train, test;
    double best = -1e9, chosen = 0;
    const scores* of_best = nullptr;
    for (const scores& s : grid) {
      const scores part = half(s, true, train);
      const nab_total total = nab_score(train, part, nab_profiles[0]);
      if (total.norm <= best) continue;
      best = total.norm;
      chosen = total.threshold;
      of_best = &s;
    }
    const scores rest = half(*of_best, false, test);
    held_out.push_back(nab_score(test, rest, nab_profiles[0], chosen).norm);
    fixed.push_back(nab_score(test, half(defaults, false, test), nab_profiles[0], 1.0).norm);
  }
  const auto report = [](const char* what, const std::vector<double>& v) {
    const double mean = std::accumulate(v.begin(), v.end(), 0.0) / static_cast<double>(v.size());
    double squares = 0;
    for (const double x : v) squares += (x - mean) * (x - mean);
    std::printf("%s: mean %.2f, deviation %.2f over %zu halves\n", what, mean,
                std::sqrt(squares / static_cast<double>(v.size() - 1)), v.size());
  };
  report("parameters of a grid of 81 and threshold chosen on the other half", held_out);
  report("defaults and natural threshold, nothing chosen", fixed);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: %s FOLDER [--halves | KIND [name=value,...]]\n", argv[0]);
    return 2;
  }
  const auto corpus = load_nab(argv[1]);
  if (!corpus) {
    std::fprintf(stderr, "%s\n", corpus.error().message().c_str());
    return 2;
  }
  const std::string_view wanted = argc > 2 ? argv[2] : "";
  if (wanted == "--halves") {
    halves(*corpus);
    return 0;
  }
  std::printf("| %-58s | standard | low FP | low FN | windows | FP rows | threshold |\n|---|---|---|---|---|---|---|\n",
              "detector");
  if (wanted.empty()) {
    print("novelty, learning = NAB's P", *corpus,
          run(*corpus, true, 0, [](const nab_series& s) { return telemetry::novelty(novelty_for(s)); }));
    print("novelty, defaults, without P", *corpus,
          run(*corpus, true, 0, [](const nab_series&) { return telemetry::novelty(); }));
  }
  const std::string parameters = argc > 3 ? argv[3] : "";
  for (const std::string_view kind : metric_detectors::kinds) {
    if (!wanted.empty() && kind != wanted) continue;
    if (const auto made = metric_detectors::make(kind, parameters); !made) {
      std::fprintf(stderr, "%s\n", made.error().message().c_str());
      return 2;
    }
    const auto make = [&](const nab_series&) { return *metric_detectors::make(kind, parameters); };
    print(std::string(kind) + ", score", *corpus, run(*corpus, false, 0, make));
    print(std::string(kind) + ", alarms, silence 0.2 P", *corpus, run(*corpus, true, 0.2, make));
  }
  return 0;
}
