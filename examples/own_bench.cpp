// SPDX-License-Identifier: Apache-2.0
// The bench suite on detectors and data of one's own: a table of speed, memory and accuracy. Exits 1 where a detector
// does not keep what the concept promises.
#include <netanomaly/bench/suite.hpp>
#include <netanomaly/telemetry/median_absolute_deviation.hpp>
#include <netanomaly/telemetry/seasonal_profile.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>

using namespace netanomaly;

/// One's own: how far a value is from the one before it. Any detector will do; it need not be persistent.
class jump {
 public:
  using observation = timed<double>;
  verdict update(const observation& x) noexcept {
    if (!std::isfinite(x.value)) return verdict::reject();
    const verdict v = seen_ ? verdict::judge(std::abs(x.value - last_), 4) : verdict();
    last_ = x.value;
    seen_ = true;
    return v;
  }
  void reset() noexcept { *this = {}; }
  [[nodiscard]] std::size_t memory_bytes() const noexcept { return sizeof *this; }

 private:
  double last_ = 0;
  bool seen_ = false;
};

int main() {
  const bench::labelled_series<timed<double>> data[] = {bench::made_metric(20'000, 60, 1)};
  const auto table = bench::compare<timed<double>>(
      data, bench::named{"jump", jump()},
      bench::named{"median_absolute_deviation", telemetry::median_absolute_deviation({.extent = {.points = 120}})},
      bench::named{"seasonal_profile", telemetry::seasonal_profile()});
  std::fputs(bench::markdown(table).c_str(), stdout);
  return std::all_of(table.begin(), table.end(), [](const bench::measurement& m) { return m.resumes && m.resets; }) ? 0
                                                                                                                    : 1;
}
