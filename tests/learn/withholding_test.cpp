// SPDX-License-Identifier: Apache-2.0
#include <netanomaly/core/hash.hpp>
#include <netanomaly/learn/detail/withholding.hpp>

#include <cstdint>

#include "support/catch.hpp"

using namespace netanomaly;
using learn::detail::withholding;

namespace {

double uniform(splitmix64& random) { return static_cast<double>(random() >> 11) * 0x1p-53; }

/// Of so many rows with that score, those withheld.
int withheld_of(withholding& w, int rows, double score) {
  int count = 0;
  for (int i = 0; i < rows; ++i) count += w(score) ? 1 : 0;
  return count;
}

}  // namespace

TEST_CASE("of scores without structure about the share is withheld; runs add little") {
  for (const double share : {0.005, 0.01, 0.1}) {
    withholding w(share, 1000);
    splitmix64 random(7);
    const int rows = 100000;
    for (int i = 0; i < rows; ++i) w(uniform(random));
    CAPTURE(share, w.at().withheld);
    CHECK(static_cast<double>(w.at().withheld) > 0.8 * share * rows);
    CHECK(static_cast<double>(w.at().withheld) < (1.2 * share + 64 * share * share * share) * rows);
  }
}

TEST_CASE("a burst is withheld though stranger rows have raised the limit above it") {
  withholding w(0.005, 1000);
  splitmix64 random(11);
  for (int i = 0; i < 3000; ++i) w(uniform(random));
  CHECK(withheld_of(w, 900, 3) == 900);
  for (int i = 0; i < 3000; ++i) w(i % 100 == 0 ? 4 + uniform(random) : uniform(random));
  REQUIRE(w.at().limit > 3);
  CHECK(withheld_of(w, 900, 3) == 898);  // from the third on
}

TEST_CASE("a change that stays is learned once patience has ended") {
  withholding w(0.005, 200);
  splitmix64 random(13);
  for (int i = 0; i < 2000; ++i) w(uniform(random));
  CHECK(withheld_of(w, 1000, 3) == 200);
}
