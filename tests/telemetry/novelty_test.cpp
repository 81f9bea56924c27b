// SPDX-License-Identifier: Apache-2.0
#include "../../bench/nab/score.hpp"
#include "support/catch.hpp"

#include <netanomaly/telemetry/novelty.hpp>

#include <cmath>
#include <filesystem>
#include <random>
#include <vector>

using namespace netanomaly;
using telemetry::novelty;

namespace {
/// A day of 288 points, the same every day but for small noise.
double daily(int i, std::mt19937_64& random) {
  return 50 + 20 * std::sin(2 * 3.14159265358979 * (i % 288) / 288) + 0.1 * std::normal_distribution<double>()(random);
}
}  // namespace

TEST_CASE("what was seen before is not new; a value outside and a shape that never was are") {
  std::mt19937_64 random(1);
  novelty d;
  int alarms = 0;
  for (int i = 0; i < 288 * 20; ++i) alarms += d.update(daily(i, random)).anomalous ? 1 : 0;
  CHECK(alarms == 0);
  novelty other = d;
  CHECK(d.update(90).anomalous);
  CHECK(d.distance(90) > 0.3);
  int of_shape = 0;
  for (int i = 0; i < 200; ++i) of_shape += other.update(50 + (i % 2 == 0 ? 0.1 : -0.1)).anomalous ? 1 : 0;
  CHECK(of_shape > 0);  // a flat stretch, all of whose values are known
}

TEST_CASE("after an alarm there is quiet, and the bar is raised for a while") {
  std::mt19937_64 random(2);
  novelty d({.learning = 300, .quiet = 0.1});
  for (int i = 0; i < 600; ++i) d.update(std::normal_distribution<double>()(random));
  const double first = d.update(10).score;
  int in_quiet = 0;
  for (int i = 0; i < 30; ++i) in_quiet += d.update(20 + i * 10).anomalous ? 1 : 0;
  CHECK(first > 1);
  CHECK(in_quiet == 0);
  CHECK(d.update(1000).anomalous);
}

TEST_CASE("scores do not depend on the unit") {
  std::mt19937_64 random(3);
  novelty small, large;
  for (int i = 0; i < 3000; ++i) {
    const double x = std::round(1000 * std::exponential_distribution<double>()(random));
    const verdict a = small.update(x), b = large.update(x * 1048576);
    if (a.state == verdict::status::judged) REQUIRE(a.score == Approx(b.score).epsilon(1e-9));
  }
}

TEST_CASE("memory stays what it is however many values come, and constants are learnt") {
  std::mt19937_64 random(4);
  novelty d({.learning = 50, .values = 64, .shapes = 8});
  const std::size_t bytes = d.memory_bytes();
  for (int i = 0; i < 20000; ++i) d.update(std::exp(3 * std::normal_distribution<double>()(random)));
  CHECK(d.memory_bytes() == bytes);
  novelty constant;
  for (int i = 0; i < 2000; ++i) CHECK_FALSE(constant.update(7).anomalous);
  CHECK(constant.update(8).anomalous);
}

TEST_CASE("a restored novelty continues bit for bit, while learning and after") {
  for (const int cut : {100, 599, 600, 601, 2000}) {
    std::mt19937_64 random(5);
    novelty d;
    for (int i = 0; i < cut; ++i) d.update(daily(i, random));
    auto again = from_bytes<novelty>(to_bytes(d));
    REQUIRE(again);
    for (int i = cut; i < cut + 1000; ++i) {
      const double x = daily(i, random) + (i % 400 == 399 ? 30 : 0);
      const verdict a = d.update(x), b = again->update(x);
      REQUIRE((a.score == b.score || (std::isnan(a.score) && std::isnan(b.score))));
      REQUIRE(a.anomalous == b.anomalous);
    }
    CHECK(to_bytes(d) == to_bytes(*again));
  }
}

TEST_CASE("novelty reaches 72, 65 and 80 on the three profiles of NAB, at its natural threshold nearly so") {
  const std::filesystem::path folder = std::filesystem::path(NETANOMALY_DATA_DIR) / "nab";
  if (!std::filesystem::exists(folder / "data")) {
    WARN("skipped: NETANOMALY_DATA_DIR has no nab");
    return;
  }
  const auto corpus = bench::load_nab(folder);
  REQUIRE(corpus);
  std::vector<std::vector<double>> scores;
  for (const bench::nab_series& series : *corpus) {
    novelty d({.learning = static_cast<std::uint32_t>(series.probation())});  // NAB tells each detector this number
    scores.emplace_back();
    for (const auto& row : series.rows) {
      const verdict v = d.update(row);
      scores.back().push_back(v.anomalous ? v.score : 0);
    }
  }
  const double least[] = {72, 65, 80};
  for (std::size_t i = 0; i < 3; ++i) {
    INFO(bench::nab_profiles[i].name);
    CHECK(bench::nab_score(*corpus, scores, bench::nab_profiles[i]).norm >= least[i]);
    CHECK(bench::nab_score(*corpus, scores, bench::nab_profiles[i], 1.0).norm >= least[i]);
  }
}
