// SPDX-License-Identifier: Apache-2.0
// The hot paths, counted in instructions: instructions.py runs this under callgrind, which counts between the calls
// below. Alone it runs and prints nothing.
#include <netanomaly/batch/kolmogorov_smirnov.hpp>
#include <netanomaly/compose/calibrated.hpp>
#include <netanomaly/compose/keyed.hpp>
#include <netanomaly/core/hash.hpp>
#include <netanomaly/dns/features.hpp>
#include <netanomaly/dns/message_view.hpp>
#include <netanomaly/learn/adwin.hpp>
#include <netanomaly/learn/half_space_trees.hpp>
#include <netanomaly/learn/hoeffding_tree.hpp>
#include <netanomaly/telemetry/grubbs.hpp>
#include <netanomaly/telemetry/histogram_bins.hpp>
#include <netanomaly/telemetry/median_absolute_deviation.hpp>
#include <netanomaly/telemetry/novelty.hpp>
#include <netanomaly/telemetry/seasonal_profile.hpp>
#include <netanomaly/telemetry/standard_deviation_from_average.hpp>
#include <netanomaly/telemetry/z_score.hpp>

#include <valgrind/callgrind.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <span>
#include <string>
#include <vector>

namespace {

using namespace netanomaly;

double sink = 0;

std::vector<timed<double>> noise(std::size_t n) {
  splitmix64 random(1);
  std::vector<timed<double>> points;
  for (std::size_t i = 0; i < n; ++i) {
    double x = 0;
    for (int k = 0; k < 12; ++k) x += static_cast<double>(random() >> 11) * 0x1p-53;
    points.emplace_back(x, time_point(std::chrono::seconds(1'700'000'000 + 60 * static_cast<std::int64_t>(i))));
  }
  return points;
}

/// Calls work(i) `warm` times uncounted, then `counted` times.
template <class Work>
void count(const char* name, std::size_t warm, std::size_t counted, Work work) {
  for (std::size_t i = 0; i < warm; ++i) work(i);
  CALLGRIND_ZERO_STATS;
  CALLGRIND_TOGGLE_COLLECT;
  for (std::size_t i = warm; i < warm + counted; ++i) work(i);
  CALLGRIND_TOGGLE_COLLECT;
  const std::string what = std::string(name) + " " + std::to_string(counted);
  CALLGRIND_DUMP_STATS_AT(what.c_str());
}

template <class D>
void detector_of_metric(const char* name, D d, const std::vector<timed<double>>& points) {
  count(name, 3000, 2000, [&](std::size_t i) { sink += d.update(points[i]).score; });
}

}  // namespace

int main() {
  const auto points = noise(6000);
  detector_of_metric("z_score", telemetry::z_score(), points);
  detector_of_metric("median_absolute_deviation_1440", telemetry::median_absolute_deviation(), points);
  detector_of_metric("standard_deviation_from_average_1440", telemetry::standard_deviation_from_average(), points);
  detector_of_metric("grubbs_1440", telemetry::grubbs(), points);
  detector_of_metric("histogram_bins_1440", telemetry::histogram_bins(), points);
  detector_of_metric("seasonal_profile", telemetry::seasonal_profile(), points);
  detector_of_metric("novelty", telemetry::novelty(), points);
  detector_of_metric("calibrated_z_score", compose::calibrated<telemetry::z_score>(), points);

  compose::keyed<std::uint64_t, telemetry::z_score> keyed({.max_bytes = 1 << 20});
  count("keyed_z_score_1000", 3000, 2000, [&](std::size_t i) {
    sink += keyed.update({i * 7919 % 1000, points[i]}).score;
  });

  learn::half_space_trees forest({.features = 3});
  count("half_space_trees_3", 1000, 500, [&](std::size_t i) {
    const std::array row{points[i].value, points[i + 1].value, points[i + 2].value};
    sink += forest.update(row).score;
  });
  learn::hoeffding_tree::params three;
  three.features = 3;
  three.classes = 2;
  learn::hoeffding_tree tree(three);
  count("hoeffding_tree_3", 1000, 1000, [&](std::size_t i) {
    const std::array row{points[i].value, points[i + 1].value, points[i + 2].value};
    sink += tree.update(row, row[0] > row[1] ? 1U : 0U);
  });
  learn::adwin adwin;
  count("adwin", 3000, 2000, [&](std::size_t i) { sink += adwin.add(points[i].value > 6 ? 1.0 : 0.0) ? 1 : 0; });

  std::vector<double> values;
  for (const auto& p : points) values.push_back(p.value);
  batch::kolmogorov_smirnov test;
  const std::span<const double> all(values);
  count("kolmogorov_smirnov_60_600", 2, 10,
        [&](std::size_t i) { sink += test(all.subspan(i, 60), all.subspan(1000 + i, 600)).p_value; });

  constexpr char wire[] =
      "\x12\x34\x81\x80\x00\x01\x00\x02\x00\x00\x00\x00\x20nbswy3dpfqqho33snrscc43pm5xxk4ts\x01t\x07"
      "example\x03"
      "com\x00\x00\x01\x00\x01\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\x01\x02\x03\x04"
      "\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\x01\x02\x03\x05";
  const auto octets = std::as_bytes(std::span(wire, sizeof wire - 1));
  if (!dns::message_view::parse(octets))
    return std::fputs("the message of the measurement does not parse\n", stderr), 1;
  count("message_view_parse", 100, 1000,
        [&](std::size_t) { sink += static_cast<double>(dns::message_view::parse(octets)->questions().size()); });
  const auto message = dns::message_view::parse(octets);
  count("features_extract", 100, 1000,
        [&](std::size_t) { sink += dns::features::extract(*message)[dns::feature::entropy]; });
  return sink == 0.1 ? 1 : 0;
}
