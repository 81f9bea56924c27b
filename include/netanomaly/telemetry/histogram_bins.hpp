// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/concepts.hpp>
#include <netanomaly/core/config.hpp>
#include <netanomaly/core/params.hpp>
#include <netanomaly/telemetry/compatibility.hpp>
#include <netanomaly/telemetry/detail/newest.hpp>
#include <netanomaly/telemetry/windowed.hpp>
#include <netanomaly/window/extent.hpp>
#include <netanomaly/window/histogram.hpp>

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

namespace netanomaly::inline NETANOMALY_MODE::telemetry {

/// How few values of the window share a histogram bin with the newest.
///
/// The bins divide the range of the window evenly. Counting one takes two look-ups of rank or, while the range stays,
/// none; never a pass over the window.
///
/// Observes  timed<double>; the time matters only to a window bounded by time.
/// Score     -log10 of the share of the window in the bin of the newest value, itself included: 2 is one in a hundred.
///           At most log10 of the number of points, so that a short window cannot reach the threshold.
/// Cost      O(log window), about 120 ns with the order at 1,440 points; 24 bytes a point.
/// Source    Skyline's histogram_bins.
/// Departs   Skyline judges the mean of the newest three values, calls a bin sparse at 20 values whatever the size of
/// the
///           window (below 300 points nearly all are), and overlooks a value inside a sparse first bin and the maximum.
///           Here the newest value is judged by the share, in every bin; one value alone is no histogram and scores 0.
///           In `skyline` compatibility it does as Skyline, from the first point on, and the score is
///           (sparse + 1) / (count + 1/2): above 1 where the bin is sparse.
struct histogram_bins_rule {
  static constexpr std::string_view kind = "histogram_bins";
  static constexpr std::string_view summary = "how few values of the window fall into the bin of the newest one";
  static constexpr auto needs = window::keep::order;

  struct params {
    window::extent extent{.points = 1440};
    std::uint32_t bins = 15;
    std::uint32_t warmup = 300;
    double threshold = 2.5;
    std::uint32_t sparse = 20;
    compatibility mode = compatibility::none;

    static constexpr void describe(auto& p, auto&& field) {
      window::extent::describe(p.extent, field);
      field("bins", p.bins, between(2U, 100000U), "", "of equal width, from the least to the greatest value");
      field("warmup", p.warmup, at_least(1U), "observations", "in the window before the first judgement");
      field("threshold", p.threshold, above(0.0), "-log10 of a share", "a score above it is anomalous");
      field("sparse", p.sparse, any_value(), "observations", "in a bin at most, for skyline to call it sparse");
      field("compatibility", p.mode, any_value(), "", "skyline: answer as Skyline does, and from the first point");
    }
    [[nodiscard]] result<void> check() const { return detail::check_warmup(warmup, extent, mode); }
    friend bool operator==(const params&, const params&) = default;
  };

  static constexpr std::size_t none = static_cast<std::size_t>(-1);  ///< what `count` is where there is no such bin
  std::size_t count = none;  ///< values in the bin; none: in `skyline`, at the maximum

  verdict judge(const auto& window, const params& p) noexcept {
    const std::size_t newest = follow(window, p.bins);
    if (p.mode == compatibility::skyline) {
      const double tail = detail::tail(window);
      const std::size_t bin = edges_.bin_of(tail);
      const bool at_end = tail >= edges_.edge(p.bins);
      count = at_end || bin == none ? none : count_of(window, bin);
      if (count == none) return {.score = 0, .state = verdict::status::judged};
      return {.score = (p.sparse + 1) / (static_cast<double>(count) + 0.5),
              .anomalous = count <= p.sparse && (bin > 0 || tail <= edges_.edge(0)),
              .state = verdict::status::judged};
    }
    count = count_of(window, newest);
    if (window.size() < p.warmup) return {};
    const double share = static_cast<double>(count) / static_cast<double>(window.size());
    return verdict::judge(share < 1 ? -std::log10(share) : 0, p.threshold);
  }

 private:
  // While neither the least nor the greatest value changes, the edges stay and a point changes two counts. Counts are
  // made after the edges have stood for a while, and until then asked of the order: the answers are the same.
  /// The bin of the newest value.
  std::size_t follow(const auto& window, std::size_t bins) noexcept {
    const double least = window.order().least(), greatest = window.order().greatest();
    const bool same = edges_.span(least, greatest, bins);
    if (!same) edges_ = window::bin_edges(least, greatest, bins);
    const std::size_t newest = edges_.bin_of(window.newest().value);
    if (!same || bins > most_counted) {
      stood_ = 0;
    } else if (stood_ == settled) {
      for (std::uint64_t i = window.left(); i != window.first(); ++i) --counts_[edges_.bin_of(window.value(i))];
      ++counts_[newest];
    } else if (++stood_ == settled) {
      const window::histogram histogram(window.order(), edges_);
      for (std::size_t j = 0; j < bins; ++j) counts_[j] = static_cast<std::uint32_t>(histogram.count(j));
    }
    return newest;
  }
  [[nodiscard]] std::size_t count_of(const auto& window, std::size_t bin) const noexcept {
    return stood_ == settled ? counts_[bin] : window::histogram(window.order(), edges_).count(bin);
  }

  static constexpr std::size_t most_counted = 32;
  static constexpr unsigned settled = 16;
  std::array<std::uint32_t, most_counted> counts_{};
  window::bin_edges edges_;
  unsigned stood_ = 0;
};
using histogram_bins = windowed<histogram_bins_rule>;
static_assert(detector<histogram_bins> && configurable<histogram_bins>);

}  // namespace netanomaly::inline NETANOMALY_MODE::telemetry
