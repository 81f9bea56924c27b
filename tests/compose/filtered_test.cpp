// SPDX-License-Identifier: Apache-2.0
#include "support/catch.hpp"

#include <netanomaly/compose/filtered.hpp>
#include <netanomaly/compose/second_order.hpp>
#include <netanomaly/telemetry/standard_deviation_from_average.hpp>
#include <netanomaly/telemetry/z_score.hpp>

#include <chrono>
#include <cmath>
#include <random>

using namespace netanomaly;
using namespace std::chrono_literals;

namespace {
using quick = compose::filtered<telemetry::standard_deviation_from_average>;
static_assert(detector<quick> && persistent<quick>);
using rate = compose::second_order<telemetry::z_score>;
static_assert(detector<rate> && persistent<rate>);

time_point at(int i) { return time_point(1'700'000'000s + i * 60s); }
}  // namespace

TEST_CASE("short, boring and stale series are not judged, others as ever") {
  quick d({.least = 50, .boring = 20}, telemetry::standard_deviation_from_average({.warmup = 2}));
  std::mt19937_64 random(1);
  std::normal_distribution<double> normal;
  int i = 0;
  for (; i < 49; ++i) CHECK(d.update({normal(random), at(i)}).state == verdict::status::warming_up);
  for (; i < 100; ++i) CHECK(d.update({normal(random), at(i)}).state == verdict::status::judged);
  for (int same = 1; same <= 30; ++same, ++i)
    CHECK((d.update({7, at(i)}).state == verdict::status::judged) == (same < 20));
  CHECK(d.update({normal(random), at(i++)}).state == verdict::status::judged);
  i += 20;  // silence of 20 minutes
  CHECK(d.update({normal(random), at(i++)}).state == verdict::status::warming_up);
  CHECK(d.inner().window().size() == 1);
  CHECK(d.update({std::nan(""), at(i)}).state == verdict::status::rejected);
}

TEST_CASE("a rate of anomalies that rises is found; the usual rate is not") {
  std::mt19937_64 random(2);
  rate d({}, telemetry::z_score({.threshold = 2}));
  std::normal_distribution<double> normal;
  int usual = 0, after = 0;
  for (int i = 0; i < 20000; ++i) usual += d.update(normal(random)).anomalous ? 1 : 0;
  CHECK(usual == 0);
  CHECK(d.part().state == verdict::status::judged);
  for (int i = 0; i < 100; ++i) after += d.update(2.5 * normal(random)).anomalous ? 1 : 0;
  CHECK(after > 30);
}

TEST_CASE("the binomial tail is the sum that it stands for") {
  double sum = 0;
  for (int j = 60; j >= 0; --j) {
    double term = 1;
    for (int i = 0; i < j; ++i) term *= (60.0 - i) / (i + 1) * 0.05 / 0.95;
    sum += term * std::pow(0.95, 60);
    CHECK(compose::anomaly_rate::upper_tail(static_cast<std::uint32_t>(j), 60, 0.05) == Approx(sum).epsilon(1e-10));
  }
}

TEST_CASE("restored filters continue bit for bit; truncated bytes are refused") {
  quick f({.boring = 3}, {});
  rate r({.recent = 70, .warmup = 10}, telemetry::z_score({.threshold = 1}));
  std::mt19937_64 random(3);
  for (int i = 0; i < 300; ++i) {
    const timed<double> x(static_cast<double>(random() % 5), at(i));
    f.update(x), r.update(x);
  }
  const auto a = to_bytes(f), b = to_bytes(r);
  auto f2 = from_bytes<quick>(a);
  auto r2 = from_bytes<rate>(b);
  REQUIRE(f2);
  REQUIRE(r2);
  for (int i = 300; i < 500; ++i) {
    const timed<double> x(static_cast<double>(random() % 5), at(i));
    f.update(x), f2->update(x);
    REQUIRE(r.update(x).score == r2->update(x).score);
  }
  CHECK(to_bytes(f) == to_bytes(*f2));
  CHECK(to_bytes(r) == to_bytes(*r2));
  for (std::size_t size = 0; size < a.size(); size += 9) CHECK_FALSE(from_bytes<quick>(std::span(a).first(size)));
  for (std::size_t size = 0; size < b.size(); size += 3) CHECK_FALSE(from_bytes<rate>(std::span(b).first(size)));
}
