// SPDX-License-Identifier: Apache-2.0
#include <netanomaly/core/hash.hpp>
#include <netanomaly/learn/adwin.hpp>

#include <rapidcheck.h>

#include <cmath>
#include <limits>
#include <vector>

#include "support/catch.hpp"

namespace {

using namespace netanomaly;
using learn::adwin;

double uniform(splitmix64& next) { return static_cast<double>(next() >> 11) * 0x1p-53; }

/// How many values after the change it is seen, over all seeds; -1 where it is not within 5,000.
double mean_delay(double before, double after) {
  double sum = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    splitmix64 next(seed);
    adwin window;
    for (int i = 0; i < 5'000; ++i) window.add(uniform(next) < before ? 1 : 0);
    int delay = 0;
    while (delay < 5'000 && !window.add(uniform(next) < after ? 1 : 0)) ++delay;
    if (delay == 5'000) return -1;
    sum += delay;
  }
  return sum / 20;
}

}  // namespace

TEST_CASE("a stationary stream is cut in less than the stated share of checks") {
  std::size_t cuts = 0;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    splitmix64 next(seed);
    adwin window;
    for (int i = 0; i < 20'000; ++i) cuts += window.add(uniform(next) < 0.3 ? 1 : 0) ? 1U : 0U;
  }
  CHECK(cuts <= 40U * 20'000 / 32 / 500);  // delta 0.002
  CHECK(cuts <= 4);                        // the bound is loose: one cut in 10 streams or fewer
}

TEST_CASE("a change is seen the sooner the greater it is") {
  const double great = mean_delay(0.2, 0.8);
  const double middle = mean_delay(0.2, 0.4);
  const double small = mean_delay(0.2, 0.3);
  CHECK((great > 0 && great < 64));
  CHECK((middle > great && middle < 350));
  CHECK((small > middle && small < 1'500));
}

TEST_CASE("after a change the mean is that of what came since") {
  adwin window;
  splitmix64 next(1);
  for (int i = 0; i < 10'000; ++i) window.add(uniform(next) < 0.2 ? 1 : 0);
  CHECK(window.mean() == Approx(0.2).margin(0.02));
  for (int i = 0; i < 5'000; ++i) window.add(uniform(next) < 0.7 ? 1 : 0);
  CHECK(window.mean() == Approx(0.7).margin(0.03));
  CHECK(window.count() < 5'600);
}

TEST_CASE("the window's count, mean and variance are those of its newest values") {
  CHECK(rc::check([](std::uint64_t seed) {
    splitmix64 next(seed);
    adwin window({.delta = 0.01, .span = 10, .check_every = 1 + static_cast<std::uint32_t>(seed % 40)});
    std::vector<double> all;
    bool ok = true;
    for (int i = 0; i < 600; ++i) {
      const double x = 1e6 + 10 * uniform(next) * (i / 200 == 1 ? 0.1 : 1);
      all.push_back(x);
      window.add(x);
      const auto n = static_cast<std::size_t>(window.count());
      double mean = 0;
      for (std::size_t k = all.size() - n; k < all.size(); ++k) mean += all[k] / static_cast<double>(n);
      double variance = 0;
      for (std::size_t k = all.size() - n; k < all.size(); ++k)
        variance += (all[k] - mean) * (all[k] - mean) / static_cast<double>(n);
      ok = ok && n <= all.size() && std::abs(window.mean() - mean) < 1e-6 &&
           std::abs(window.variance() - variance) < 1e-6;
    }
    return ok;
  }));
}

TEST_CASE("a saved window goes on bit for bit, across changes") {
  CHECK(rc::check([](std::uint64_t seed) {
    splitmix64 next(seed);
    adwin window;
    const auto stop = next() % 3'000;
    for (std::uint64_t i = 0; i < stop; ++i) window.add(uniform(next) < (i / 700 % 2 == 0 ? 0.1 : 0.6) ? 1 : 0);
    auto again = from_bytes<adwin>(to_bytes(window));
    if (!again) return false;
    for (int i = 0; i < 1'500; ++i) {
      const double x = uniform(next) < (i < 700 ? 0.9 : 0.2) ? 1 : 0;
      if (window.add(x) != again->add(x)) return false;
    }
    return to_bytes(window) == to_bytes(*again);
  }));
}

TEST_CASE("NaN and infinities change nothing, and a constant is never cut") {
  adwin window;
  for (int i = 0; i < 200'000; ++i) CHECK_FALSE(window.add(0.1));
  const auto before = to_bytes(window);
  for (const double x : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()})
    CHECK_FALSE(window.add(x));
  CHECK(to_bytes(window) == before);
  CHECK(window.mean() == Approx(0.1));
  CHECK(window.memory_bytes() < 2'300);
}

TEST_CASE("a window longer than the histogram holds drops its oldest values") {
  adwin window;
  for (int i = 0; i < 8'000'000; ++i) window.add(0);
  CHECK(window.count() > 4'000'000);
  CHECK(window.count() < 6'500'000);
}

TEST_CASE("no damaged record of a window loads as something impossible") {
  adwin window;
  for (int i = 0; i < 500; ++i) window.add(i % 3 == 0 ? 1 : 0);
  const auto bytes = to_bytes(window);
  for (std::size_t end = 0; end < bytes.size(); ++end)
    CHECK_FALSE(from_bytes<adwin>(std::span(bytes).first(end)).has_value());
}
