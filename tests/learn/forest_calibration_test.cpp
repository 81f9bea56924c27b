// SPDX-License-Identifier: Apache-2.0
// The scores of forests are bounded, and those of half-space trees jump when a window ends: alarms must come at the
// stated rate all the same.
#include "support/catch.hpp"

#include <netanomaly/compose/calibrated.hpp>
#include <netanomaly/learn/half_space_trees.hpp>
#include <netanomaly/learn/random_cut_forest.hpp>

#include <functional>
#include <random>
#include <string_view>
#include <vector>

using namespace netanomaly;
using row = std::vector<double>;

namespace {

struct noise {
  std::string_view name;
  std::size_t features;
  std::function<void(std::mt19937_64&, row&)> draw;
};

/// Each number of a row from its own distribution; clusters depend on each other through their centre.
std::vector<noise> noises() {
  const auto each = [](auto distribution, double scale) {
    return [distribution, scale](std::mt19937_64& random, row& r) mutable {
      for (double& x : r) x = scale * static_cast<double>(distribution(random));
    };
  };
  return {{"clusters", 4,
           [](std::mt19937_64& random, row& r) {
             const double centre = 0.2 + 0.3 * static_cast<double>(random() % 3);
             for (double& x : r) x = centre + 0.03 * std::normal_distribution<double>()(random);
           }},
          {"normal", 1, each(std::normal_distribution<double>(), 1)},
          {"uniform", 2, each(std::uniform_real_distribution<double>(), 100)},
          {"Student", 5, each(std::student_t_distribution<double>(3), 1)},
          {"lognormal", 3, each(std::lognormal_distribution<double>(0, 1.5), 100)},
          {"Poisson", 3, each(std::poisson_distribution<int>(20), 1)}};
}

/// Alarms over those stated, of two seeds of `rows` each.
template <class Forest>
double rate_of(double rate, double level, const noise& of, typename Forest::params p, int rows) {
  double alarms = 0, judged = 0;
  p.features = static_cast<std::uint32_t>(of.features);
  for (unsigned seed = 1; seed <= 2; ++seed) {
    p.seed = seed;
    std::mt19937_64 random(seed);
    compose::calibrated<Forest> c({.rate = rate, .level = level}, Forest(p));
    row r(of.features);
    for (int i = 0; i < rows; ++i) {
      of.draw(random, r);
      const verdict v = c.update(r);
      judged += v.state == verdict::status::judged ? 1 : 0;
      alarms += v.anomalous ? 1 : 0;
    }
  }
  return alarms / judged / rate;
}

template <class Forest>
void check(const typename Forest::params& p, int rows) {
  for (const noise& of : noises())
    for (const double rate : {1e-3, 2e-4}) {
      INFO(of.name << " at " << rate);
      const double found = rate_of<Forest>(rate, 0.98, of, p, rows);
      CHECK(found > 0.5);
      CHECK(found < 2);
    }
  CHECK(rate_of<Forest>(1e-2, 0.95, noises()[0], p, rows / 2) == Approx(1).margin(0.3));
}

}  // namespace

TEST_CASE("calibrated half-space trees alarm at the stated rate, within a factor of 2, on noise of several shapes") {
  check<learn::half_space_trees>({}, 100000);
}

TEST_CASE("calibrated random cut forests alarm at the stated rate, within a factor of 2, on noise of several shapes") {
  check<learn::random_cut_forest>({.trees = 5, .sample = 128}, 90000);
}
