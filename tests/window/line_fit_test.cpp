// SPDX-License-Identifier: Apache-2.0
#include "support/catch.hpp"

#include <netanomaly/window/line_fit.hpp>

#include <chrono>
#include <cmath>
#include <deque>
#include <random>

using namespace netanomaly;
using namespace std::chrono_literals;

namespace {

struct naive_fit {
  long double slope = 0, residual = 0, deviation = 0;  // residual: of the newest point
};
naive_fit recompute(const std::deque<timed<double>>& points) {
  long double mean_t = 0, mean_x = 0;
  const auto n = static_cast<long double>(points.size());
  const auto seconds = [&](time_point t) {
    return static_cast<long double>((t - points.front().time).count()) * 1e-9L;
  };
  for (const auto& p : points) mean_t += seconds(p.time) / n, mean_x += static_cast<long double>(p.value) / n;
  long double tt = 0, tx = 0, rr = 0;
  for (const auto& p : points) {
    tt += (seconds(p.time) - mean_t) * (seconds(p.time) - mean_t);
    tx += (seconds(p.time) - mean_t) * (p.value - mean_x);
  }
  naive_fit fit;
  fit.slope = tt > 0 ? tx / tt : 0;
  for (const auto& p : points) {
    fit.residual = p.value - mean_x - fit.slope * (seconds(p.time) - mean_t);
    rr += fit.residual * fit.residual;
  }
  fit.deviation = std::sqrt(rr / n);
  return fit;
}

}  // namespace

TEST_CASE("a sliding line fit equals the recomputed one, on steep trends, huge offsets, spikes and irregular times") {
  std::mt19937_64 random(5);
  std::normal_distribution<double> normal;
  for (const int shape : {0, 1, 2, 3, 4}) {
    window::line_fit fit;
    std::deque<timed<double>> points;
    time_point now = time_point(1'400'000'000s);
    int anchors = 0;
    for (int i = 0; i < 3000; ++i) {
      now += shape == 4 ? (i % 3 == 0 ? 0ms : std::chrono::milliseconds(random() % 100000)) : 60s;
      double x = normal(random);
      if (shape == 1) x = 5.0 * i + 1e-3 * x;
      if (shape == 2) x += 1e12;
      if (shape == 3 && i % 700 == 300) x = std::pow(10.0, 2 + i / 300);
      points.emplace_back(x, now);
      if (points.size() > 200) {
        fit.remove(points.front().time, points.front().value);
        points.pop_front();
      }
      fit.add(now, x);
      if (fit.stale()) {
        ++anchors;
        fit.anchor([&](auto&& take) {
          for (const auto& p : points) take(p.time, p.value);
        });
      }
      if (i % 7 != 0 || points.size() < 5) continue;
      const naive_fit expected = recompute(points);
      const double tolerance = 1e-9 * static_cast<double>(expected.deviation) + (shape == 2 ? 1e-4 : 0);
      REQUIRE(std::abs(fit.residual_deviation() - static_cast<double>(expected.deviation)) <= tolerance);
      REQUIRE(std::abs(fit.residual(now, x) - static_cast<double>(expected.residual)) <= tolerance);
      REQUIRE(fit.slope() == Approx(static_cast<double>(expected.slope)).epsilon(1e-9).margin(tolerance));
    }
    CHECK(anchors < 60);
  }
}

TEST_CASE("a line fit through one time is level") {
  window::line_fit fit;
  for (const double x : {1.0, 2.0, 6.0}) fit.add(time_point(5s), x);
  CHECK(fit.slope() == 0);
  CHECK(fit.at(time_point(100s)) == Approx(3));
  CHECK(fit.residual(time_point(5s), 6) == Approx(3));
}

TEST_CASE("a restored line fit continues bit for bit") {
  window::line_fit fit;
  for (int i = 0; i < 100; ++i) fit.add(time_point(i * 10s), std::sin(i));
  std::vector<std::byte> bytes;
  auto sink = [&](std::span<const std::byte> more) { bytes.insert(bytes.end(), more.begin(), more.end()); };
  state_writer out(sink);
  fit.save(out);
  REQUIRE(out.finish());
  state_reader in(bytes);
  window::line_fit again = window::line_fit::load(in);
  REQUIRE(in.finish());
  fit.add(time_point(1000s), 3), again.add(time_point(1000s), 3);
  CHECK(again.slope() == fit.slope());
  CHECK(again.residual_deviation() == fit.residual_deviation());
}
