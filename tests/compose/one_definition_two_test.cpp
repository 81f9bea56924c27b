// SPDX-License-Identifier: Apache-2.0
#include <netanomaly/netanomaly.hpp>

const char* mark_in_two() noexcept;
netanomaly::verdict judged_in_two(double x);

const char* mark_in_two() noexcept { return &netanomaly::compose::detail::type_mark<netanomaly::telemetry::z_score>; }

netanomaly::verdict judged_in_two(double x) {
  netanomaly::telemetry::z_score d({.warmup = 2});
  for (const double before : {1.0, 2.0, 4.0}) d.learn(before);
  return d.score(x);
}
