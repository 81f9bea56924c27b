// SPDX-License-Identifier: Apache-2.0
#include "support/catch.hpp"

#include <netanomaly/window/upper_tail.hpp>

#include <cmath>
#include <random>

using netanomaly::window::upper_tail;

TEST_CASE("the tail of an exponential and of a Pareto distribution is found far beyond the data") {
  std::mt19937_64 random(3);
  upper_tail exponential, pareto;
  for (int i = 0; i < 100000; ++i) {
    const double u = std::generate_canonical<double, 53>(random);
    exponential.learn(-std::log1p(-u));
    pareto.learn(std::pow(1 - u, -1.0 / 3));
  }
  CHECK(exponential.shape() == Approx(0).margin(0.1));
  CHECK(pareto.shape() == Approx(1.0 / 3).margin(0.1));
  for (const double p : {1e-3, 1e-4, 1e-5}) {
    CHECK(std::log10(exponential.p_value(-std::log(p))) == Approx(std::log10(p)).margin(0.25));
    CHECK(std::log10(pareto.p_value(std::pow(p, -1.0 / 3))) == Approx(std::log10(p)).margin(0.25));
    CHECK(exponential.p_value(exponential.limit(p)) == Approx(p).epsilon(1e-9));
  }
}

TEST_CASE("the p-value falls as the number grows, through body and tail") {
  std::mt19937_64 random(4);
  upper_tail tail;
  CHECK(std::isnan(tail.p_value(1)));
  for (int i = 0; i < 5000; ++i) tail.learn(std::normal_distribution<double>()(random));
  double before = 1;
  for (double x = -5; x < 50; x += 0.01) {
    const double p = tail.p_value(x);
    REQUIRE(p <= before);
    REQUIRE(p >= 1e-300);
    before = p;
  }
  CHECK(tail.p_value(0) == Approx(0.5).margin(0.06));
}

TEST_CASE("constants and counts with few levels give p-values, not absurdities") {
  upper_tail constant;
  for (int i = 0; i < 3000; ++i) constant.learn(7);
  CHECK(constant.p_value(7) > 0.9);
  CHECK(constant.p_value(6) == 1);
  CHECK(constant.p_value(8) < 1e-3);
  upper_tail two;
  for (int i = 0; i < 3000; ++i) two.learn(i % 2);
  CHECK(two.p_value(1) > 0.3);
}

TEST_CASE("a restored tail continues bit for bit, and every truncation is refused") {
  std::mt19937_64 random(4);
  upper_tail tail({.learning = 200, .level = 0.9});
  for (int i = 0; i < 900; ++i) {
    const double x = std::exponential_distribution<double>()(random);
    i % 50 == 0 ? tail.learn_censored(tail.limit(0.01)) : tail.learn(x);
  }
  const auto bytes = netanomaly::to_bytes(tail);
  auto again = netanomaly::from_bytes<upper_tail>(bytes);
  REQUIRE(again);
  for (int i = 0; i < 300; ++i) tail.learn(i % 17), again->learn(i % 17);
  CHECK(again->p_value(30) == tail.p_value(30));
  CHECK(netanomaly::to_bytes(*again) == netanomaly::to_bytes(tail));
  for (std::size_t size = 0; size < bytes.size(); size += 5)
    CHECK_FALSE(netanomaly::from_bytes<upper_tail>(std::span(bytes).first(size)));
}
