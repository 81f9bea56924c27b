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

TEST_CASE("the distance of samples whose product no float holds is exact, ties included") {
  constexpr std::size_t size = 4200;  // 4,200^2 is above 2^24
  std::mt19937_64 random(12);
  for (const bool ties : {false, true}) {
    two_sample_distance both(size, size);
    std::deque<double> probe, reference;
    const auto next = [&] {
      const double u = std::generate_canonical<double, 53>(random);
      return ties ? std::floor(u * 50) : u;
    };
    for (std::size_t i = 0; i < size; ++i) {
      both.add_probe(probe.emplace_back(next()));
      both.add_reference(reference.emplace_back(next() * 0.99));
    }
    for (int i = 0; i < 100; ++i) {
      const double newest = next();
      both.slide(reference.front(), probe.front(), newest);
      reference.pop_front(), reference.push_back(probe.front());
      probe.pop_front(), probe.push_back(newest);
    }
    CHECK(both.distance() == Approx(recompute(probe, reference)).epsilon(1e-12));
  }
}

TEST_CASE("cleared samples are as new ones") {
  two_sample_distance both(8, 8), fresh(8, 8);
  for (int i = 0; i < 8; ++i) both.add_probe(i / 2), both.add_reference(i / 2);
  both.clear();
  CHECK(both.probe_size() + both.reference_size() == 0);
  for (auto* samples : {&both, &fresh}) {
    for (int i = 0; i < 5; ++i) samples->add_probe(i);
    for (int i = 0; i < 3; ++i) samples->add_reference(i + 0.5);
  }
  CHECK(both.distance() == fresh.distance());
}
