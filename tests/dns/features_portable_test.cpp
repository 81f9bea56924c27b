// SPDX-License-Identifier: Apache-2.0
// The portable path beside whatever features_test.cpp was built for: two translation units of one program.
#ifndef NETANOMALY_FORCE_PORTABLE
#define NETANOMALY_FORCE_PORTABLE
#endif
#include <netanomaly/dns/features.hpp>

#include <limits>

#include "support/catch.hpp"
#include "support/golden_names.hpp"

namespace dns = netanomaly::dns;

TEST_CASE("the portable path gives the bits that the others give") {
  netanomaly_test::bits_sum sum;
  for (const auto& g : netanomaly_test::golden_names()) {
    dns::feature_vector v{};
    v.values.fill(std::numeric_limits<double>::quiet_NaN());
    dns::features::put_name(v, g.wire);
    sum.add(v.values);
  }
  CHECK(sum.value() == netanomaly_test::golden_bits);
}
