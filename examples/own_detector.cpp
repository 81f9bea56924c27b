// SPDX-License-Identifier: Apache-2.0
// A detector of one's own: a rule over a window. The window, its memory, NaN, save, load and reset come with it; with
// its parameters described it is in a registry, and stands inside keyed like any other.
#include <netanomaly/compose/keyed.hpp>
#include <netanomaly/compose/registry.hpp>
#include <netanomaly/telemetry/windowed.hpp>
#include <netanomaly/telemetry/z_score.hpp>

#include <algorithm>
#include <cstdio>
#include <string>

using namespace netanomaly;

/// How many times the median of its window the newest value is: for loads and counts.
struct burst_rule {
  static constexpr std::string_view kind = "burst", summary = "how many times the median of its window a value is";
  static constexpr auto needs = window::keep::order;
  struct params {
    window::extent extent{.points = 100};
    double threshold = 2;
    static constexpr void describe(auto& p, auto&& field) {
      window::extent::describe(p.extent, field);
      field("threshold", p.threshold, above(1.0), "times", "a score above it is anomalous");
    }
    friend bool operator==(const params&, const params&) = default;
  };
  verdict judge(const auto& window, const params& p) noexcept {
    if (window.size() < 20) return {};
    return verdict::judge(window.newest().value / std::max(1.0, window.order().median()), p.threshold);
  }
};
using burst = telemetry::windowed<burst_rule>;

int main() {
  using detectors = compose::registry<telemetry::z_score>::with<burst>;
  for (const compose::detector_info& d : detectors::list())
    std::printf("%-10s %s\n", std::string(d.kind).c_str(), std::string(d.summary).c_str());

  const auto prototype = detectors::make("burst", "points=50,threshold=3");
  if (!prototype) {
    std::puts(prototype.error().message().c_str());
    return 1;
  }
  compose::keyed<std::string, detectors::any> hosts({.max_bytes = 1 << 20}, *prototype);
  for (int i = 0; i < 200; ++i) {
    const char* const host = i % 2 == 0 ? "alpha" : "beta";
    const double load = i == 151 ? 500 : 10 + i % 7;
    if (const verdict v = hosts.update({host, load}))
      std::printf("%s: %g at step %d, score %.1f\n", host, load, i, v.score);
  }
  std::puts(detectors::make("burst", "threshold=0.5").error().message().c_str());
}
