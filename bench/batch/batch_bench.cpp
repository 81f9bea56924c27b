// SPDX-License-Identifier: Apache-2.0
// The batch tests on fresh samples from the null, sixteen of them in turn. SciPy beside: compare_scipy.py.
#include <netanomaly/batch/anderson_darling.hpp>
#include <netanomaly/batch/augmented_dickey_fuller.hpp>
#include <netanomaly/batch/chi_square.hpp>
#include <netanomaly/batch/cramer_von_mises.hpp>
#include <netanomaly/batch/grubbs.hpp>
#include <netanomaly/batch/incremental_kolmogorov_smirnov.hpp>
#include <netanomaly/batch/kolmogorov_smirnov.hpp>
#include <netanomaly/batch/kolmogorov_smirnov_one_sample.hpp>
#include <netanomaly/batch/mann_whitney.hpp>
#include <netanomaly/batch/outlier_rate.hpp>
#include <netanomaly/compose/two_window.hpp>

#include <benchmark/benchmark.h>
#include <cstddef>
#include <random>
#include <vector>

namespace batch = netanomaly::batch;

namespace {
using samples = std::vector<std::vector<double>>;

samples normals(std::size_t count, std::size_t n, unsigned seed, double shift = 0) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal(shift);
  samples all(count, std::vector<double>(n));
  for (auto& s : all)
    for (double& x : s) x = normal(random);
  return all;
}
samples counts(std::size_t count, std::size_t n, unsigned seed, double mean) {
  std::mt19937_64 random(seed);
  std::poisson_distribution<int> poisson(mean);
  samples all(count, std::vector<double>(n));
  for (auto& s : all)
    for (double& x : s) x = poisson(random);
  return all;
}

template <class Test>
void two_sample(benchmark::State& state, Test test, const samples& x, const samples& y) {
  test.reserve(x[0].size(), y[0].size());
  std::size_t k = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(test(x[k], y[k]));
    k = (k + 1) % x.size();
  }
}
template <class Test>
void on_normals(benchmark::State& state) {
  const auto n = static_cast<std::size_t>(state.range(0)), m = static_cast<std::size_t>(state.range(1));
  // Shift in percent of a standard deviation: D grows with it, and with D the work of the exact p.
  two_sample(state, Test(), normals(16, n, 1, static_cast<double>(state.range(2)) / 100), normals(16, m, 2));
}
void sizes(benchmark::internal::Benchmark* b) {
  for (const int shift : {0, 10, 30}) {
    b->Args({600, 3600, shift});
    b->Args({1440, 10080, shift});
  }
}
BENCHMARK_TEMPLATE(on_normals, batch::kolmogorov_smirnov)->Apply(sizes);
BENCHMARK_TEMPLATE(on_normals, batch::mann_whitney)->Args({600, 3600, 0})->Args({1440, 10080, 0});
BENCHMARK_TEMPLATE(on_normals, batch::anderson_darling)->Args({600, 3600, 0})->Args({1440, 10080, 0});
BENCHMARK_TEMPLATE(on_normals, batch::cramer_von_mises)->Args({600, 3600, 0})->Args({1440, 10080, 0});

void kolmogorov_smirnov_ties(benchmark::State& state) {
  const auto n = static_cast<std::size_t>(state.range(0)), m = static_cast<std::size_t>(state.range(1));
  two_sample(state, batch::kolmogorov_smirnov(), counts(16, n, 1, 20), counts(16, m, 2, 20));
}
BENCHMARK(kolmogorov_smirnov_ties)->Args({600, 3600})->Args({1440, 10080});

void kolmogorov_smirnov_one_sample(benchmark::State& state) {
  const samples x = normals(16, static_cast<std::size_t>(state.range(0)), 1);
  batch::kolmogorov_smirnov_one_sample test;
  test.reserve(x[0].size());
  std::size_t k = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(test(x[k], batch::normal_distribution{}));
    k = (k + 1) % x.size();
  }
}
BENCHMARK(kolmogorov_smirnov_one_sample)->Arg(600)->Arg(3600);

void incremental_kolmogorov_smirnov(benchmark::State& state) {
  const auto n = static_cast<std::size_t>(state.range(0)), m = static_cast<std::size_t>(state.range(1));
  const std::vector<double> values = normals(1, 400'000, 3)[0];
  batch::incremental_kolmogorov_smirnov windows(n + m + 1);
  std::size_t i = 0;
  const auto at = [&](std::size_t k) { return values[k % values.size()]; };
  const auto slide = [&] {
    windows.add_recent(at(i));
    if (i >= n) windows.move_to_older(at(i - n));
    if (i >= n + m) windows.remove_older(at(i - n - m));
    ++i;
  };
  while (i < n + m + 1) slide();
  for (auto _ : state) {
    slide();
    benchmark::DoNotOptimize(windows.distance());
  }
}
BENCHMARK(incremental_kolmogorov_smirnov)->Args({600, 3600})->Args({1440, 10080});

void two_window_kolmogorov_smirnov(benchmark::State& state) {
  using detector = netanomaly::compose::two_window<batch::kolmogorov_smirnov>;
  detector d({.recent = {},
              .baseline = {},
              .recent_points = 600,
              .baseline_points = 3600,
              .every = static_cast<std::uint32_t>(state.range(0))});
  const std::vector<double> values = normals(1, 400'000, 3)[0];
  std::size_t i = 0;
  for (; i < 5000; ++i) d.update(values[i]);
  for (auto _ : state) benchmark::DoNotOptimize(d.update(values[i++ % values.size()]));
}
BENCHMARK(two_window_kolmogorov_smirnov)->Arg(1)->Arg(60);

// What remains after the one pass over the data: p from the sums.
void chi_square_p(benchmark::State& state) {
  const samples o = counts(16, 20, 1, 30), e = counts(16, 20, 2, 300);
  const batch::chi_square test;
  std::size_t k = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(test(o[k], e[k]));
    k = (k + 1) % 16;
  }
}
BENCHMARK(chi_square_p);
void chi_square_tail(benchmark::State& state) {
  double x = 10;
  for (auto _ : state) {
    benchmark::DoNotOptimize(batch::chi_square_upper(x, 19));
    x = x > 60 ? 10 : x + 0.7;
  }
}
BENCHMARK(chi_square_tail);
void grubbs_p(benchmark::State& state) {
  const auto n = static_cast<double>(state.range(0));
  double g = 2;
  for (auto _ : state) {
    benchmark::DoNotOptimize(batch::grubbs_p_value(g, n, batch::outlier_side::either));
    g = g > 6 ? 2 : g + 0.1;
  }
}
BENCHMARK(grubbs_p)->Arg(60)->Arg(1440)->Arg(86400);
void grubbs_whole(benchmark::State& state) {
  const samples x = normals(16, static_cast<std::size_t>(state.range(0)), 1);
  const batch::grubbs test;
  std::size_t k = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(test(x[k]));
    k = (k + 1) % 16;
  }
}
BENCHMARK(grubbs_whole)->Arg(60)->Arg(1440);
void outlier_rate_p(benchmark::State& state) {
  const batch::outlier_rate test;
  double recent = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(test.totals(recent, 10, 97, 1440));
    recent = recent > 30 ? 0 : recent + 1;
  }
}
BENCHMARK(outlier_rate_p);

void augmented_dickey_fuller(benchmark::State& state) {
  samples walks = normals(16, static_cast<std::size_t>(state.range(0)), 1);
  for (auto& w : walks)
    for (std::size_t i = 1; i < w.size(); ++i) w[i] += w[i - 1];
  batch::augmented_dickey_fuller test({.lags = state.range(1) < 0 ? batch::adf_lags::aic : batch::adf_lags::fixed,
                                       .lag = static_cast<std::int32_t>(state.range(1))});
  test.reserve(walks[0].size());
  std::size_t k = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(test(walks[k]));
    k = (k + 1) % 16;
  }
}
BENCHMARK(augmented_dickey_fuller)->Args({600, 10})->Args({600, -1})->Args({1440, -1});
}  // namespace

BENCHMARK_MAIN();
