// SPDX-License-Identifier: Apache-2.0
// With one_definition_two_test.cpp: two translation units that include everything link, and see the same things.
#include <netanomaly/netanomaly.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "support/catch.hpp"

const char* mark_in_two() noexcept;
netanomaly::verdict judged_in_two(double x);

TEST_CASE("two translation units that include everything are one program") {
  using netanomaly::telemetry::z_score;
  CHECK(mark_in_two() == &netanomaly::compose::detail::type_mark<z_score>);
  z_score d({.warmup = 2});
  for (const double x : {1.0, 2.0, 4.0}) d.learn(x);
  CHECK(d.score(9.0).score == judged_in_two(9.0).score);
}

TEST_CASE("netanomaly.hpp includes every header of the header-only rooms") {
  const std::filesystem::path include = NETANOMALY_TEST_DATA "/../../include/netanomaly";
  std::ifstream in(include / "netanomaly.hpp");
  const std::string umbrella{std::istreambuf_iterator<char>(in), {}};
  for (const char* const room : {"core", "window", "batch", "telemetry", "learn", "compose", "dns"}) {
    if (!std::filesystem::exists(include / room)) continue;
    for (const auto& header : std::filesystem::directory_iterator(include / room)) {
      if (header.path().extension() != ".hpp") continue;
      const std::string line =
          std::string("#include <netanomaly/") + room + "/" + header.path().filename().string() + ">";
      INFO(line);
      CHECK(umbrella.find(line) != std::string::npos);
    }
  }
}
