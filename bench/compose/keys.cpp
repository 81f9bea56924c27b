// SPDX-License-Identifier: Apache-2.0
// Nanoseconds an update and bytes a key of one detector for each of many keys, in `compose::keyed` and, without a
// bound, in std::unordered_map.
//
//     netanomaly_bench_keys MOST [PLOT.svg]
//
// Keys are drawn at random, each as often as another; every key is there before the time is taken. Thread time.
#include <netanomaly/compose/keyed.hpp>
#include <netanomaly/core/hash.hpp>
#include <netanomaly/telemetry/z_score.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <limits>
#include <string>
#include <unordered_map>
#include <vector>

#include "../support/plot.hpp"

namespace {

using namespace netanomaly;
using telemetry::z_score;

double thread_nanoseconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return 1e9 * static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec);
}

constexpr std::uint64_t updates = 2'000'000;

/// The least of three rounds of `updates` calls of update(key, value).
double least(std::uint64_t keys, auto&& update) {
  for (std::uint64_t k = 0; k < keys; ++k) update(splitmix64::mix(k), 1.0);
  double best = std::numeric_limits<double>::infinity();
  for (int round = 0; round < 3; ++round) {
    splitmix64 random(static_cast<std::uint64_t>(round) + 1);
    const double start = thread_nanoseconds();
    for (std::uint64_t i = 0; i < updates; ++i) {
      const std::uint64_t r = random();
      update(splitmix64::mix(r % keys), static_cast<double>(r >> 11));
    }
    best = std::min(best, (thread_nanoseconds() - start) / updates);
  }
  return best;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    (void)std::fprintf(stderr, "usage: netanomaly_bench_keys MOST [PLOT.svg]\n");
    return 2;
  }
  const std::uint64_t most = std::strtoull(argv[1], nullptr, 10);
  std::vector<bench::plotted> plots{{.name = "compose::keyed: ns an update", .points = {}, .marks = {}},
                                    {.name = "std::unordered_map: ns an update", .points = {}, .marks = {}},
                                    {.name = "compose::keyed: bytes a key", .points = {}, .marks = {}}};
  std::printf(
      "| keys | compose::keyed, ns an update | std::unordered_map, ns | compose::keyed, bytes a key "
      "|\n|---|---|---|---|\n");
  for (std::uint64_t keys = 100; keys <= most; keys *= 10) {
    compose::keyed<std::uint64_t, z_score> bounded({.max_bytes = std::uint64_t{1} << 30});
    const double ours = least(keys, [&](std::uint64_t key, double x) { bounded.update({key, x}); });
    if (bounded.size() != keys) return 1;
    const double bytes = static_cast<double>(bounded.memory_bytes()) / static_cast<double>(keys);
    std::unordered_map<std::uint64_t, z_score> plain;
    const double beside = least(keys, [&](std::uint64_t key, double x) { plain[key].update(x); });
    std::printf("| %llu | %.1f | %.1f | %.0f |\n", static_cast<unsigned long long>(keys), ours, beside, bytes);
    (void)std::fflush(stdout);
    const double x = std::log10(static_cast<double>(keys));
    plots[0].points.emplace_back(x, ours);
    plots[1].points.emplace_back(x, beside);
    plots[2].points.emplace_back(x, bytes);
  }
  if (argc > 2) std::ofstream(argv[2]) << bench::svg(plots, "log10 of keys");
  return 0;
}
