// SPDX-License-Identifier: Apache-2.0
#include <netanomaly/core/hash.hpp>
#include <netanomaly/window/ewma.hpp>
#include <netanomaly/window/moments.hpp>
#include <netanomaly/window/sliding.hpp>

#include <rapidcheck.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "support/catch.hpp"

namespace {

using namespace netanomaly;
using window::moments;

/// Uniform in [0, 1).
double uniform(splitmix64& random) { return static_cast<double>(random() >> 11) * 0x1p-53; }

struct exact {
  long double offset = 0;    // mean - first value: the mean itself has too few digits, even as a long double
  long double variance = 0;  // n - 1
};
exact recomputed(std::span<const double> values) {
  exact e;
  const long double start = values[0];
  for (const double x : values) e.offset += x - start;
  e.offset /= static_cast<long double>(values.size());
  for (const double x : values) e.variance += (x - start - e.offset) * (x - start - e.offset);
  e.variance /= static_cast<long double>(values.size() - 1);
  return e;
}

}  // namespace

TEST_CASE("moments are those of the textbook, and of nothing and of one value") {
  moments m;
  CHECK(m.mean() == 0);
  CHECK(m.sample_variance() == 0);
  m.add(5);
  CHECK(m.mean() == 5);
  CHECK(m.sample_variance() == 0);
  for (const double x : {1.0, 4.0, 2.0, 8.0}) m.add(x);
  CHECK(m.count() == 5);
  CHECK(m.mean() == Approx(4).epsilon(1e-15));
  CHECK(m.sample_variance() == Approx(7.5).epsilon(1e-15));
  CHECK(m.population_variance() == Approx(6).epsilon(1e-15));
}

TEST_CASE("moments keep their digits at an offset of 1e15") {
  moments m;
  splitmix64 random(1);
  std::vector<double> values(100'000);
  for (double& x : values) m.add(x = 1e15 + std::floor(uniform(random) * 64) / 8);
  const exact e = recomputed(values);
  CHECK(std::abs(m.deviation(values[0]) + static_cast<double>(e.offset)) < 1e-12);
  CHECK(m.sample_variance() == Approx(static_cast<double>(e.variance)).epsilon(1e-13));
}

TEST_CASE("moments lose nothing in 1e8 updates") {  // what 1e9 gives: docs of the class; the time of a test run is dear
  moments m;
  constexpr int n = 100'000'000;
  for (int i = 0; i < n; ++i) m.add(1e15 + (i % 2 == 0 ? 1 : -1));
  CHECK(std::abs(m.deviation(1e15)) < 1e-12);
  CHECK(m.population_variance() == Approx(1).epsilon(1e-15));
}

TEST_CASE("merged moments are those of one pass") {
  CHECK(rc::check("merge", [](std::vector<std::int16_t> a, std::vector<std::int16_t> b) {
    moments left, right, all;
    for (const double x : a) left.add(x), all.add(x);
    for (const double x : b) right.add(x), all.add(x);
    left.merge(right);
    return left.count() == all.count() && std::abs(left.mean() - all.mean()) <= 1e-10 &&
           std::abs(left.population_variance() - all.population_variance()) <= 1e-12 * (1 + all.population_variance());
  }));
}

TEST_CASE("squares of the largest values do not overflow") {
  moments m;
  for (const double x : {1e308, -1e308, 1e308}) m.add(x);
  CHECK(std::isfinite(m.sample_variance()));
  window::sliding<double, window::keep::moments> w(window::extent{.points = 2});
  for (const double x : {1e308, -1e308, 1e308, 0.0, 1.0, 1.0}) w.push(x);
  CHECK(w.moments().mean() == 1);
  CHECK(w.moments().population_variance() == 0);
}

TEST_CASE("moments of a window are exact whatever has passed through it") {
  const std::size_t points = GENERATE(2U, 10U, 300U);
  window::sliding<double, window::keep::moments> w(window::extent{.points = static_cast<std::uint32_t>(points)});
  splitmix64 random(7);
  std::vector<double> all;
  int wrong = 0;
  for (int i = 0; i < 20'000; ++i) {
    double x = uniform(random);
    if (i % 1000 == 3) x *= 1e12;                    // spikes
    if (i / 3000 % 2 == 1) x += 1e9;                 // steps
    if (i / 5000 % 2 == 1) x = std::floor(x) + 0.1;  // constants
    w.push(x);
    all.push_back(x);
    if (i < 1) continue;
    const exact e = recomputed(std::span(all).last(std::min(points, all.size())));
    const double oldest = w.value(w.first());
    const double offset = static_cast<double>(e.offset);
    if (std::abs(w.moments().deviation(oldest) + offset) > 1e-12 * std::abs(offset) + 1e-15 * std::abs(oldest)) ++wrong;
    if (std::abs(w.moments().sample_variance() - static_cast<double>(e.variance)) >
        1e-11 * static_cast<double>(e.variance))
      ++wrong;
  }
  CHECK(wrong == 0);
}

TEST_CASE("a window that passes 1e7 values at an offset of 1e15 stays exact") {
  window::sliding<double, window::keep::moments> w(window::extent{.points = 1000});
  std::vector<double> ring(1000);
  splitmix64 random(3);
  for (std::size_t i = 0; i < 10'000'000; ++i) {
    const double x = 1e15 + static_cast<double>(random() % 64) / 8;
    ring[i % ring.size()] = x;
    w.push(x);
  }
  const exact e = recomputed(ring);
  CHECK(w.moments().sample_variance() == Approx(static_cast<double>(e.variance)).epsilon(1e-12));
  CHECK(w.moments().deviation(ring[0]) == Approx(static_cast<double>(-e.offset)).epsilon(1e-12));
}

TEST_CASE("the exponentially weighted mean and variance are the weighted sums") {
  const bool adjusted = GENERATE(true, false);
  const double alpha = 0.2;
  window::ewma e(alpha, adjusted);
  splitmix64 random(5);
  std::vector<double> values;
  for (int i = 0; i < 200; ++i) {
    values.push_back(uniform(random) * 10 - 3);
    e.add(values.back());
    double sum = 0, weight = 0, weight2 = 0, squares = 0;
    const auto w = [&](std::size_t k) {
      const double first = k == 0 && !adjusted ? 1 / alpha : 1;
      return first * std::pow(1 - alpha, static_cast<double>(values.size() - 1 - k));
    };
    for (std::size_t k = 0; k < values.size(); ++k) sum += w(k) * values[k], weight += w(k), weight2 += w(k) * w(k);
    const double mean = sum / weight;
    for (std::size_t k = 0; k < values.size(); ++k) squares += w(k) * (values[k] - mean) * (values[k] - mean);
    CHECK(e.mean() == Approx(mean).epsilon(1e-12));
    CHECK(e.biased_variance() == Approx(squares / weight).epsilon(1e-10));
    if (i > 0)
      CHECK(e.variance() == Approx(squares / weight * weight * weight / (weight * weight - weight2)).epsilon(1e-10));
  }
}

TEST_CASE("the weights of pandas' ewm(com=2) over 1, 2, 4, 8") {
  window::ewma adjusted(window::ewma::alpha_of_centre_of_mass(2));
  for (const double x : {1.0, 2.0, 4.0, 8.0}) adjusted.add(x);
  CHECK(adjusted.mean() == Approx(64.0 / 13).epsilon(1e-14));  // (8 + 4 2/3 + 2 4/9 + 1 8/27) / (1 + 2/3 + 4/9 + 8/27)
  CHECK(adjusted.deviation() == Approx(3.3001042800356046).epsilon(1e-13));
  window::ewma recursive(window::ewma::alpha_of_centre_of_mass(2), false);
  for (const double x : {1.0, 2.0, 4.0, 8.0}) recursive.add(x);
  CHECK(recursive.mean() == Approx(112.0 / 27).epsilon(1e-14));
}

TEST_CASE("after a half-life the weight has halved") {
  const double alpha = window::ewma::alpha_of_half_life(10);
  CHECK(std::pow(1 - alpha, 10) == Approx(0.5).epsilon(1e-14));
}

TEST_CASE("moments of a billion values at an offset of 1e15 keep their digits", "[.long]") {
  // Multiples of 1/8, which doubles around 1e15 hold exactly: the truth is in integers.
  moments all;
  window::sliding<double, window::keep::moments> last({.points = 1000});
  splitmix64 random(1);
  std::uint64_t sum = 0;
  std::uint64_t squares = 0;
  std::array<std::uint64_t, 1000> eighths{};
  constexpr std::uint64_t n = 1'000'000'000;
  for (std::uint64_t i = 0; i < n; ++i) {
    const std::uint64_t e = random() >> 58;
    const double x = 1e15 + static_cast<double>(e) / 8;
    all.add(x);
    last.push(x);
    sum += e;
    squares += e * e;
    eighths[static_cast<std::size_t>(i % 1000)] = e;
  }
  const auto count = static_cast<long double>(n);
  const long double mean = static_cast<long double>(sum) / count / 8;
  const long double variance =
      (static_cast<long double>(squares) - static_cast<long double>(sum) * (static_cast<long double>(sum) / count)) /
      (count - 1) / 64;
  INFO("mean off by " << std::abs(all.deviation(1e15) + static_cast<double>(mean)) << ", variance by "
                      << all.sample_variance() / static_cast<double>(variance) - 1);
  CHECK(std::abs(all.deviation(1e15) + static_cast<double>(mean)) < 1e-12);
  CHECK(std::abs(all.sample_variance() / static_cast<double>(variance) - 1) < 1e-12);
  std::vector<double> newest;
  for (const std::uint64_t e : eighths) newest.push_back(static_cast<double>(e) / 8);
  const exact e = recomputed(newest);
  CHECK(std::abs(last.moments().deviation(1e15 + newest[0]) + static_cast<double>(e.offset)) < 1e-12);
  CHECK(std::abs(last.moments().sample_variance() / static_cast<double>(e.variance) - 1) < 1e-12);
}
