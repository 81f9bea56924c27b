// SPDX-License-Identifier: Apache-2.0
#include "support/catch.hpp"

#include <netanomaly/window/quantile_sketch.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

using netanomaly::window::quantile_sketch;

namespace {
/// The largest error in rank over 99 quantiles.
double worst(const quantile_sketch& sketch, std::vector<double> all) {
  std::sort(all.begin(), all.end());
  const auto n = static_cast<double>(all.size());
  double most = 0;
  for (int i = 1; i < 100; ++i) {
    const double q = sketch.quantile(i / 100.0);
    const double low = static_cast<double>(std::lower_bound(all.begin(), all.end(), q) - all.begin()) / n;
    const double high = static_cast<double>(std::upper_bound(all.begin(), all.end(), q) - all.begin()) / n;
    most = std::max({most, low - i / 100.0, i / 100.0 - high});
  }
  return most;
}
}  // namespace

TEST_CASE("a quantile sketch is exact while it holds all numbers") {
  quantile_sketch sketch;
  CHECK(std::isnan(sketch.quantile(0.5)));
  for (int i = 100; i > 0; --i) CHECK(sketch.update(i));
  CHECK(sketch.size() == 100);
  CHECK(sketch.quantile(0) == 1);
  CHECK(sketch.quantile(0.5) == 50);
  CHECK(sketch.quantile(0.501) == 51);
  CHECK(sketch.quantile(1) == 100);
  CHECK(sketch.rank(25) == 0.25);
  CHECK(sketch.rank(0.5) == 0);
}

TEST_CASE("a quantile sketch keeps its error in rank on sorted, reversed, tied and heavy-tailed numbers") {
  std::mt19937_64 random(7);
  for (const int shape : {0, 1, 2, 3}) {
    quantile_sketch sketch;
    std::vector<double> all;
    for (int i = 0; i < 100000; ++i) {
      const double u = std::generate_canonical<double, 53>(random);
      all.push_back(shape == 0 ? i : shape == 1 ? -i : shape == 2 ? std::floor(u * 20) - 10 : std::pow(u, -3.0));
      sketch.update(all.back());
    }
    CHECK(worst(sketch, all) < 0.019);
    CHECK(sketch.min() == *std::min_element(all.begin(), all.end()));
    CHECK(sketch.memory_bytes() < 10000);
  }
}

TEST_CASE("merged quantile sketches have the error of one") {
  std::mt19937_64 random(8);
  std::vector<double> all;
  quantile_sketch whole;
  for (int part = 0; part < 20; ++part) {
    quantile_sketch one;
    for (int i = 0; i < 1 + part * 700; ++i) {
      all.push_back(std::exponential_distribution<double>()(random) + part);
      one.update(all.back());
    }
    REQUIRE(whole.merge(one));
  }
  CHECK(whole.size() == all.size());
  CHECK(worst(whole, all) < 0.019);
  for (int i = 0; i < 10000; ++i) {
    all.push_back(i % 7);
    whole.update(all.back());
  }
  CHECK(worst(whole, all) < 0.019);
  CHECK_FALSE(whole.merge(quantile_sketch({.k = 100})));
}

TEST_CASE("a quantile sketch refuses what is not finite") {
  quantile_sketch sketch;
  CHECK_FALSE(sketch.update(std::numeric_limits<double>::quiet_NaN()));
  CHECK_FALSE(sketch.update(std::numeric_limits<double>::infinity()));
  CHECK(sketch.empty());
}

TEST_CASE("a restored quantile sketch continues bit for bit, and damaged bytes are refused or harmless") {
  quantile_sketch sketch({.k = 16});
  std::mt19937_64 random(9);
  for (int i = 0; i < 3000; ++i) sketch.update(std::normal_distribution<double>()(random));
  const auto bytes = netanomaly::to_bytes(sketch);
  auto again = netanomaly::from_bytes<quantile_sketch>(bytes);
  REQUIRE(again);
  for (int i = 0; i < 3000; ++i) {
    sketch.update(i);
    again->update(i);
  }
  CHECK(netanomaly::to_bytes(sketch) == netanomaly::to_bytes(*again));
  CHECK(sketch.quantile(0.3) == again->quantile(0.3));
  for (std::size_t size = 0; size < bytes.size(); size += 7)
    CHECK_FALSE(netanomaly::from_bytes<quantile_sketch>(std::span(bytes).first(size)));
}
