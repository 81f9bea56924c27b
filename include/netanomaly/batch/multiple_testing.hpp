// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/config.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <span>
#include <vector>

namespace netanomaly::inline NETANOMALY_MODE::batch {

/// p-values of many tests, adjusted so that calling significant those at most q keeps the expected share of false
/// alarms among the alarms (the false discovery rate) at most q. One object serves any number of calls.
///
/// benjamini_hochberg  holds for independent tests and for those that tend to go together; adjusted p is the least of
///                     p[j] N / j over the sorted p[j] not below it, at most 1.
/// benjamini_yekutieli holds for any dependence, as between metrics of one host, at the price of a factor 1 + 1/2 +
///                     ... + 1/N.
///
/// Tests without a p-value (NaN) stay NaN and are not counted. `out` may be `p`. No allocation up to reserve(n).
/// Source    Benjamini & Hochberg, JRSS B 57(1), 1995; Benjamini & Yekutieli, Annals of Statistics 29(4), 2001.
class false_discovery_rate {
 public:
  void reserve(std::size_t n) {
    if (order_.size() < n) order_.resize(n);
  }
  /// O(n log n); `out` has the size of `p`.
  void benjamini_hochberg(std::span<const double> p, std::span<double> out) { adjust(p, out, false); }
  /// O(n log n); `out` has the size of `p`.
  void benjamini_yekutieli(std::span<const double> p, std::span<double> out) { adjust(p, out, true); }

 private:
  void adjust(std::span<const double> p, std::span<double> out, bool dependent) {
    reserve(p.size());
    std::size_t count = 0;
    for (std::size_t i = 0; i < p.size(); ++i)
      if (!std::isnan(p[i])) order_[count++] = static_cast<std::uint32_t>(i);
    const auto end = order_.begin() + static_cast<std::ptrdiff_t>(count);
    std::sort(order_.begin(), end, [&](std::uint32_t a, std::uint32_t b) { return p[a] < p[b]; });
    auto factor = static_cast<double>(count);
    if (dependent) {
      double harmonic = 0;  // from the smallest term, so that rounding does not add up
      for (std::size_t j = count; j > 0; --j) harmonic += 1 / static_cast<double>(j);
      factor *= harmonic;
    }
    if (out.data() != p.data()) std::copy(p.begin(), p.end(), out.begin());
    double least = 1;
    for (std::size_t j = count; j > 0; --j) {
      const std::size_t i = order_[j - 1];
      least = (std::min)(least, p[i] * (factor / static_cast<double>(j)));
      out[i] = least;
    }
  }

  std::vector<std::uint32_t> order_;
};

}  // namespace netanomaly::inline NETANOMALY_MODE::batch
