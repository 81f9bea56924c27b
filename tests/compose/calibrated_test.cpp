// SPDX-License-Identifier: Apache-2.0
#include "support/catch.hpp"

#include <netanomaly/compose/calibrated.hpp>
#include <netanomaly/core/time.hpp>

#include <cmath>
#include <random>
#include <vector>

using namespace netanomaly;

namespace {

/// A detector whose score is what it is given.
struct identity {
  using observation = timed<double>;
  verdict update(observation x) noexcept {
    return std::isnan(x.value) ? verdict::reject() : verdict{.score = x.value, .state = verdict::status::judged};
  }
  void reset() noexcept {}
  [[nodiscard]] std::size_t memory_bytes() const noexcept { return sizeof(*this); }
  void save(state_writer& out) const { out.record("identity", 1); }
  static result<identity> load(state_reader& in) {
    in.record("identity", 1);
    if (!in) return unexpected(in.error());
    return identity();
  }
};
/// A model that counts what it was taught.
struct counting : identity {
  int taught = 0;
  verdict score(observation x) const noexcept { return {.score = x.value, .state = verdict::status::judged}; }
  void learn(observation) noexcept { ++taught; }
  verdict update(observation x) noexcept { return learn(x), score(x); }
};
static_assert(detector<compose::calibrated<identity>> && persistent<compose::calibrated<identity>>);
static_assert(model<counting>);

}  // namespace

TEST_CASE("the rate of false alarms is the stated one, on noise of several shapes") {
  // Three seeds of 100,000 scores each, judged after the first 20,000.
  const auto rate_of = [](double rate, std::uint32_t drift, auto&& draw) {
    double alarms = 0, judged = 0;
    for (unsigned seed = 1; seed <= 3; ++seed) {
      std::mt19937_64 random(seed);
      compose::calibrated<identity> c({.rate = rate, .drift = drift}, {});
      for (int i = 0; i < 100000; ++i) {
        const verdict v = c.update(draw(random, i));
        if (i < 20000) continue;
        ++judged;
        alarms += v.anomalous ? 1 : 0;
      }
    }
    return alarms / judged / rate;
  };
  std::normal_distribution<double> normal;
  std::lognormal_distribution<double> lognormal;
  std::student_t_distribution<double> student(3);
  std::poisson_distribution<int> poisson(20);
  for (const double rate : {5e-3, 1e-3}) {
    INFO("rate " << rate);
    CHECK(rate_of(rate, 0, [&](auto& r, int) { return std::abs(normal(r)); }) == Approx(1).margin(0.2));
    CHECK(rate_of(rate, 0, [&](auto& r, int) { return lognormal(r); }) == Approx(1).margin(0.2));
    CHECK(rate_of(rate, 0, [&](auto& r, int) { return std::abs(student(r)); }) == Approx(1).margin(0.2));
    // A count can only alarm at the rates that its levels have: the next one below, within a factor of 2.
    CHECK(rate_of(rate, 0, [&](auto& r, int) { return poisson(r); }) == Approx(0.8).margin(0.35));
  }
  CHECK(rate_of(1e-3, 50, [&](auto& r, int i) { return normal(r) + i * 0.01; }) == Approx(1).margin(0.25));
}

TEST_CASE("with drift, a score is judged against the level around it") {
  std::mt19937_64 random(1);
  std::normal_distribution<double> normal;
  compose::calibrated<identity> fixed({.rate = 1e-3}, {}), drifting({.rate = 1e-3, .drift = 50}, {});
  const auto wave = [&](int i) { return 20 * std::sin(i * 2 * 3.14159265358979 / 2000) + normal(random); };
  for (int i = 0; i < 9500; ++i) {
    const double x = wave(i);
    fixed.update(x);
    drifting.update(x);
  }
  const double x = wave(9500) + 8;  // where the wave is lowest
  CHECK_FALSE(fixed.update(x).anomalous);
  CHECK(drifting.update(x).anomalous);
}

TEST_CASE("after an alarm there is quiet, and the p-value still says what it sees") {
  std::mt19937_64 random(1);
  compose::calibrated<identity> c({.quiet = 10}, {});
  for (int i = 0; i < 5000; ++i) c.update(std::normal_distribution<double>()(random));
  int alarms = 0;
  for (int i = 0; i < 22; ++i) {
    const verdict v = c.update(100);
    alarms += v.anomalous ? 1 : 0;
    CHECK(v.p_value < 1e-4);
    CHECK(v.score == Approx(-std::log10(v.p_value)));
  }
  CHECK(alarms == 2);
  CHECK(c.limit() < 100);
}

TEST_CASE("a model is not taught its alarms until patience ends") {
  std::mt19937_64 random(1);
  compose::calibrated<counting> c({.patience = 20}, {});
  for (int i = 0; i < 2000; ++i) c.update(std::normal_distribution<double>()(random));
  const int before = c.inner().taught;
  CHECK(before > 1990);
  for (int i = 0; i < 20; ++i) c.update(1000);
  CHECK(c.inner().taught == before);
  c.update(1000);
  CHECK(c.inner().taught == before + 1);
}

TEST_CASE("infinite scores are alarms with a finite score; rejected ones change nothing") {
  std::mt19937_64 random(1);
  compose::calibrated<identity> c;
  for (int i = 0; i < 3000; ++i) c.update(std::normal_distribution<double>()(random));
  const auto before = to_bytes(c);
  CHECK(c.update(std::nan("")).state == verdict::status::rejected);
  CHECK(to_bytes(c) == before);
  const verdict v = c.update(std::numeric_limits<double>::infinity());
  CHECK(v.anomalous);
  CHECK(std::isfinite(v.score));
}

TEST_CASE("a restored calibration continues bit for bit; truncated bytes are refused") {
  std::mt19937_64 random(1);
  compose::calibrated<identity> c({.rate = 0.01, .learning = 150, .level = 0.9, .drift = 20, .quiet = 3}, {});
  for (int i = 0; i < 999; ++i) c.update(std::normal_distribution<double>()(random));
  const auto bytes = to_bytes(c);
  auto again = from_bytes<compose::calibrated<identity>>(bytes);
  REQUIRE(again);
  for (int i = 0; i < 500; ++i) {
    const double x = std::normal_distribution<double>()(random);
    const verdict a = c.update(x), b = again->update(x);
    REQUIRE(a.score == b.score);
    REQUIRE(a.anomalous == b.anomalous);
  }
  for (std::size_t size = 0; size < bytes.size(); size += 3)
    CHECK_FALSE(from_bytes<compose::calibrated<identity>>(std::span(bytes).first(size)));
}

TEST_CASE("a rate outside the tail is an error that says so") {
  const auto c = compose::calibrated<identity>::make({.rate = 0.1}, {});
  REQUIRE_FALSE(c);
  CHECK(c.error().message() == "calibrated: rate must be below 1 - level, the share of scores in the tail");
}
