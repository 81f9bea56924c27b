// SPDX-License-Identifier: Apache-2.0
#include "support/catch.hpp"

#include <netanomaly/window/two_sample_distance.hpp>

#include <algorithm>
#include <cmath>
#include <deque>
#include <random>

using netanomaly::window::two_sample_distance;

namespace {
double recompute(const std::deque<double>& probe, const std::deque<double>& reference) {
  double most = 0;
  const auto share = [](const std::deque<double>& sample, double x) {
    return static_cast<double>(std::count_if(sample.begin(), sample.end(), [&](double v) { return v <= x; })) /
           static_cast<double>(sample.size());
  };
  for (const auto* sample : {&probe, &reference})
    for (const double x : *sample) most = std::max(most, std::abs(share(probe, x) - share(reference, x)));
  return most;
}
}  // namespace

TEST_CASE("the sliding distance of two samples is the recomputed one, with and without ties") {
  std::mt19937_64 random(11);
  for (const int shape : {0, 1, 2}) {
    two_sample_distance both(40, 300);
    std::deque<double> probe, reference;
    for (int i = 0; i < 1500; ++i) {
      const double u = std::generate_canonical<double, 53>(random);
      const double x = shape == 0 ? u + (i > 700 ? 0.5 : 0) : shape == 1 ? std::floor(u * 6) : 3;
      if (probe.size() == 1 + random() % 40 || probe.size() == 40) {
        const double moved = probe.front();
        probe.pop_front();
        both.remove_probe(moved);
        if (reference.size() == 300) {
          both.replace_reference(reference.front(), moved);
          reference.pop_front();
        } else {
          both.add_reference(moved);
        }
        reference.push_back(moved);
      }
      if (i % 97 == 96 && !reference.empty()) {
        both.remove_reference(reference.front());
        reference.pop_front();
      }
      if (i % 3 == 1 && probe.size() > 1 && reference.size() > 1) {
        both.slide(reference.front(), probe.front(), x);
        reference.pop_front();
        reference.push_back(probe.front());
        probe.pop_front();
      } else if (i % 3 == 0 && probe.size() > 1) {
        both.replace_probe(probe.front(), x);
        probe.pop_front();
      } else {
        both.add_probe(x);
      }
      probe.push_back(x);
      if (reference.empty()) {
        REQUIRE(both.distance() == 0);
      } else if (i % 5 == 0) {
        REQUIRE(both.distance() == Approx(recompute(probe, reference)).epsilon(1e-12).margin(1e-15));
      }
    }
    CHECK(both.probe_size() == probe.size());
    CHECK(both.reference_size() == reference.size());
  }
}

TEST_CASE("samples of any size that lie apart are at distance 1") {
  for (int probe = 1; probe <= 40; ++probe) {
    for (int reference = 1; reference <= 20; ++reference) {
      two_sample_distance above(40, 20), below(40, 20);
      for (int i = 0; i < probe; ++i) above.add_probe(100 + i), below.add_probe(-100 - i);
      for (int i = 0; i < reference; ++i) above.add_reference(i), below.add_reference(i);
      CHECK(above.distance() == 1);
      CHECK(below.distance() == 1);
    }
  }
}
