// SPDX-License-Identifier: Apache-2.0
// Nanoseconds of CPU time an update, on data that no run has seen before.
//
//   netanomaly_bench_telemetry [SEED]             one line a measurement: name, window, nanoseconds
//   netanomaly_bench_telemetry --growth           median + MAD against the window, 10^2 to 10^5
//   netanomaly_bench_telemetry --metrics [COUNT]  a detector for each of a million metrics, window 60
#include <netanomaly/compose/consensus.hpp>
#include <netanomaly/compose/keyed.hpp>
#include <netanomaly/telemetry/exponentially_weighted_z_score.hpp>
#include <netanomaly/telemetry/first_hour_average.hpp>
#include <netanomaly/telemetry/grubbs.hpp>
#include <netanomaly/telemetry/histogram_bins.hpp>
#include <netanomaly/telemetry/holt_winters.hpp>
#include <netanomaly/telemetry/kolmogorov_smirnov.hpp>
#include <netanomaly/telemetry/least_squares.hpp>
#include <netanomaly/telemetry/mean_subtraction_cumulation.hpp>
#include <netanomaly/telemetry/median_absolute_deviation.hpp>
#include <netanomaly/telemetry/novelty.hpp>
#include <netanomaly/telemetry/seasonal_profile.hpp>
#include <netanomaly/telemetry/standard_deviation_from_average.hpp>
#include <netanomaly/telemetry/standard_deviation_from_moving_average.hpp>
#include <netanomaly/telemetry/z_score.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace netanomaly;
using namespace netanomaly::telemetry;

double cpu_nanoseconds() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) * 1e9 + static_cast<double>(t.tv_nsec);
}

enum class shape : std::uint8_t { noise, adversarial };

/// A point every 10 s. Adversarial: a slow saw-tooth of rising runs that starts again from below, so that every value
/// goes to one end of the order and leaves at the other, with far jumps between.
std::vector<timed<double>> make(std::size_t n, std::uint64_t seed, shape s) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal;
  std::vector<timed<double>> points;
  points.reserve(n);
  double level = 0;
  for (std::size_t i = 0; i < n; ++i) {
    double x = normal(random);
    if (s == shape::adversarial) {
      level += 1e-3;
      x = i % 2 == 0 ? level : -level * 1e3;
      if (random() % 1000 == 0) level = -level;
    }
    points.emplace_back(x, time_point(std::chrono::seconds(1'700'000'000 + 10 * i)));
  }
  return points;
}

double total = 0;  // so that nothing is optimised away

template <class D>
double measure(D d, std::size_t window, std::uint64_t seed, shape s = shape::noise) {
  const std::size_t count = 200'000;
  const auto points = make(window + 2000 + count, seed, s);
  std::size_t i = 0;
  for (; i < window + 2000; ++i) total += d.update(points[i]).anomalous ? 1 : 0;
  const double begin = cpu_nanoseconds();
  for (; i < points.size(); ++i) {
    const verdict v = d.update(points[i]);
    total += v.state == verdict::status::judged ? v.score : 0;
  }
  return (cpu_nanoseconds() - begin) / count;
}

using nine = compose::consensus<median_absolute_deviation, grubbs, first_hour_average, standard_deviation_from_average,
                                standard_deviation_from_moving_average, mean_subtraction_cumulation, least_squares,
                                histogram_bins, kolmogorov_smirnov>;

nine all_nine(std::uint32_t points) {
  const window::extent e{.points = points};
  return nine({}, median_absolute_deviation({.extent = e}), grubbs({.extent = e}),
              first_hour_average({.extent = e, .full_duration = std::chrono::seconds(10 * points)}),
              standard_deviation_from_average({.extent = e}), standard_deviation_from_moving_average({.extent = e}),
              mean_subtraction_cumulation({.extent = e}), least_squares({.extent = e}), histogram_bins({.extent = e}),
              kolmogorov_smirnov({.extent = e}));
}

void print(std::string_view name, std::size_t window, double ns) {
  std::printf("%s %zu %.1f\n", std::string(name).c_str(), window, ns);
  std::fflush(stdout);
}

void speed(std::uint64_t seed) {
  for (const std::uint32_t w : {60U, 1440U, 86400U}) {
    print("median_absolute_deviation", w, measure(median_absolute_deviation({.extent = {.points = w}}), w, seed));
    print("median_absolute_deviation,adversarial", w,
          measure(median_absolute_deviation({.extent = {.points = w}}), w, seed + 1, shape::adversarial));
  }
  const window::extent day{.points = 1440};
  print("all_nine", 1440, measure(all_nine(1440), 1440, seed + 2));
  print("standard_deviation_from_average", 1440,
        measure(standard_deviation_from_average({.extent = day}), 1440, seed + 3));
  print("standard_deviation_from_moving_average", 1440,
        measure(standard_deviation_from_moving_average({.extent = day}), 1440, seed + 4));
  print("mean_subtraction_cumulation", 1440, measure(mean_subtraction_cumulation({.extent = day}), 1440, seed + 5));
  print("grubbs", 1440, measure(grubbs({.extent = day}), 1440, seed + 6));
  print("first_hour_average", 1440,
        measure(first_hour_average({.extent = day, .full_duration = std::chrono::hours(4)}), 1440, seed + 7));
  print("least_squares", 1440, measure(least_squares({.extent = day}), 1440, seed + 8));
  print("histogram_bins", 1440, measure(histogram_bins({.extent = day}), 1440, seed + 9));
  print("kolmogorov_smirnov", 1440, measure(kolmogorov_smirnov({.extent = day}), 1440, seed + 10));
  print("z_score", 0, measure(z_score(), 0, seed + 11));
  print("exponentially_weighted_z_score", 0, measure(exponentially_weighted_z_score(), 0, seed + 12));
  print("seasonal_profile", 0, measure(seasonal_profile(), 100'000, seed + 13));
  print("holt_winters", 0, measure(holt_winters(), 3000, seed + 14));
  print("novelty", 0, measure(novelty(), 600, seed + 15));
}

/// window::order_statistics and the whole detector over windows of all sizes.
void growth() {
  for (int step = 0; step <= 12; ++step) {
    const auto w = static_cast<std::uint32_t>(std::lround(100 * std::pow(10, step / 4.0)));
    print("median_absolute_deviation", w, measure(median_absolute_deviation({.extent = {.points = w}}), w, w));
  }
}

void metrics(std::size_t count) {
  using small = windowed<median_absolute_deviation_rule, float>;
  compose::keyed<std::uint32_t, small> all({.max_bytes = std::uint64_t{4} << 30}, small({.extent = {.points = 60}}));
  std::mt19937_64 random(1);
  std::vector<float> noise(1 << 16);
  for (float& x : noise) x = static_cast<float>(std::normal_distribution<double>()(random));
  std::size_t at = 0;
  double ns = 0;
  for (int round = 0; round < 63; ++round) {
    if (round == 61) ns = cpu_nanoseconds();
    for (std::size_t key = 0; key < count; ++key)
      total += all.update({static_cast<std::uint32_t>(key), timed<double>(noise[at++ & 0xffff])}).anomalous ? 1 : 0;
  }
  ns = (cpu_nanoseconds() - ns) / static_cast<double>(2 * count);
  std::printf(
      "%zu metrics, window 60 of float, no times: %.2f GB, %.2f M points a second, %.0f ns a point, %llu left\n",
      all.size(), static_cast<double>(all.memory_bytes()) / 1e9, 1e3 / ns, ns,
      static_cast<unsigned long long>(all.left()));
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view what = argc > 1 ? argv[1] : "";
  if (what == "--growth") {
    growth();
  } else if (what == "--metrics") {
    metrics(argc > 2 ? static_cast<std::size_t>(std::atoll(argv[2])) : 1'000'000);
  } else {
    speed(argc > 1 ? static_cast<std::uint64_t>(std::atoll(argv[1])) : 1);
  }
  return std::isnan(total) ? 1 : 0;
}
