// SPDX-License-Identifier: Apache-2.0
// tests/golden keeps a record of every type and version for ever: later versions of the library read them. A record
// that is written anew by an unchanged version must be the same bytes. To add one: run with NETANOMALY_WRITE_GOLDEN=1
// set.
#include <netanomaly/compose/builtin.hpp>
#include <netanomaly/compose/keyed.hpp>

#include <array>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "support/catch.hpp"

namespace {

using namespace netanomaly;
using compose::metric_detectors;

std::string golden(const std::string& name) { return NETANOMALY_TEST_DATA "/../golden/" + name + ".state"; }

std::vector<std::byte> read(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

/// Exact in every build: sums of small integers and of halves.
timed<double> observation(int i) {
  return {static_cast<double>(i * 37 % 11) / 2, time_point(std::chrono::seconds(1'700'000'000 + 60 * i))};
}

template <class D>
void compare(const std::string& name, const D& now) {
  INFO(name);
  const auto bytes = to_bytes(now);
  if (std::getenv("NETANOMALY_WRITE_GOLDEN") != nullptr)
    std::ofstream(golden(name), std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  const auto kept = read(golden(name));
  if (kept.empty()) FAIL("no golden record yet: run once with NETANOMALY_WRITE_GOLDEN=1 and commit tests/golden");
  CHECK(kept == bytes);
  const auto loaded = from_bytes<D>(kept);
  REQUIRE(loaded);
  CHECK(to_bytes(*loaded) == kept);
}

}  // namespace

TEST_CASE("records of today are those that are kept") {
  for (const std::string_view kind : metric_detectors::kinds) {
    std::vector<parameter_text> small;
    for (const auto& p : metric_detectors::make(kind).value().parameters()) {
      if (p.name == "points") small.push_back({p.name, "16"});
      if (p.name == "span") small.push_back({p.name, "10m"});
      if (p.name == "warmup") small.push_back({p.name, "8"});
      if (p.name == "centre_of_mass") small.push_back({p.name, "1"});  // exact weights
      if (p.name == "half_life") small.push_back({p.name, "1"});       // an exact alpha
    }
    auto d = metric_detectors::make(kind, small);
    REQUIRE(d);
    for (int i = 0; i < 40; ++i) d->update(observation(i));
    compare(std::string(kind) + ".1", *d);
  }
}

TEST_CASE("the records of detectors of rows are those that are kept") {
  for (const std::string_view kind : compose::vector_detectors::kinds) {
    const bool half_space = kind == "half_space_trees";
    auto d = compose::vector_detectors::make(kind, half_space ? "features=2,trees=3,window=16,scaling=range"
                                                              : "features=2,trees=3,sample=16,warmup=8,scaling=range");
    REQUIRE(d);
    for (int i = 0; i < 40; ++i) {
      const std::array<double, 2> row{observation(i).value, observation(3 * i).value};
      d->update(row);
    }
    compare(std::string(kind) + (half_space ? ".3" : ".2"), *d);
  }
}

TEST_CASE("the record of a keyed detector is the one that is kept") {
  compose::keyed<std::string, telemetry::z_score> d({.max_bytes = 100'000, .seed = 7});
  for (int i = 0; i < 40; ++i) d.update({"key " + std::to_string(i % 3), observation(i)});
  compare("keyed.1", d);
}
