// SPDX-License-Identifier: Apache-2.0
#include <netanomaly/batch/kolmogorov_smirnov_distribution.hpp>

#include "batch/truth.hpp"
#include "support/catch.hpp"

#include <cstdint>

namespace batch = netanomaly::batch;

TEST_CASE("exact one-sample Kolmogorov-Smirnov probabilities are right to 1e-12 in both tails") {
  const truth::table t = truth::load("ks_one_sample_p.json");
  truth::worst upper, lower, one;
  batch::one_sample_kolmogorov_smirnov_distribution law;
  for (const truth::value& r : t.rows) {
    const auto n = static_cast<std::int64_t>(t.at(r, "n").number);
    const double d = t.at(r, "d");
    const std::string place = std::to_string(n) + " " + t.at(r, "d").text;
    upper.add(law.upper(n, d), t.at(r, "sf"), place);
    lower.add(law.lower(n, d), t.at(r, "cdf"), place);
    one.add(law.plus(n, d), t.at(r, "one"), place);
  }
  CHECK_WORST(upper, 1e-12);
  CHECK_WORST(lower, 1e-12);
  CHECK_WORST(one, 1e-13);
}

TEST_CASE("exact two-sample Kolmogorov-Smirnov probabilities are right to 1e-13 in both tails") {
  const truth::table t = truth::load("ks_two_sample_p.json");
  truth::worst two, one, minus, below;
  batch::two_sample_kolmogorov_smirnov_distribution law;
  constexpr std::int64_t no_bound = batch::two_sample_kolmogorov_smirnov_distribution::no_bound;
  for (const truth::value& r : t.rows) {
    const auto n = static_cast<std::int64_t>(t.at(r, "n").number), m = static_cast<std::int64_t>(t.at(r, "m").number);
    const auto lcm = static_cast<std::int64_t>(t.at(r, "lcm").number);
    const std::int64_t d = static_cast<std::int64_t>(t.at(r, "h").number) * (n * m / lcm);
    const std::string place = std::to_string(n) + " " + std::to_string(m) + " " + t.at(r, "h").text;
    two.add(law.touch(n, m, d, d), t.at(r, "p_two"), place);
    one.add(law.touch(n, m, d, no_bound), t.at(r, "p_one"), place);
    minus.add(law.touch(n, m, no_bound, d), t.at(r, "p_one"), place);
    below.add(law.avoid(n, m, d, d), t.at(r, "cdf_two"), place);
  }
  CHECK_WORST(two, 1e-13);
  CHECK_WORST(one, 1e-13);
  CHECK_WORST(minus, 1e-13);
  CHECK_WORST(below, 1e-13);
}
