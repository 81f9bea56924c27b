// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "corpus.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace netanomaly::bench {

/// What NAB pays for a window that is hit and takes for a false alarm and for a window that is missed.
struct nab_profile {
  std::string_view name;
  double true_positive, false_positive, false_negative;
};
inline constexpr std::array<nab_profile, 3> nab_profiles{
    {{"standard", 1, 0.11, 1}, {"reward_low_FP_rate", 1, 0.22, 1}, {"reward_low_FN_rate", 1, 0.11, 2}}};

struct nab_total {
  double threshold = 1.1;  ///< rows at or above it are detections
  double raw = 0;
  double norm = 0;  ///< 0: no detection at all; 100: each window hit in its first row and nothing else
  std::size_t true_positives = 0, false_positives = 0, true_negatives = 0, false_negatives = 0;  ///< rows
  std::size_t windows = 0, windows_hit = 0;
};

namespace detail {

inline double scaled_sigmoid(double y) { return y > 3 ? -1 : 2 / (1 + std::exp(5 * y)) - 1; }

/// A scored row: its weight, and the window it lies in (-1: none), numbered through the corpus.
struct nab_row {
  double score, weight;
  std::ptrdiff_t window;
};

inline void nab_rows(const nab_series& series, std::span<const double> scores, std::ptrdiff_t first_window,
                     std::vector<nab_row>& out) {
  std::size_t next = 0;  // the window that is open or comes next
  for (std::size_t i = 0; i < series.rows.size(); ++i) {
    while (next < series.windows.size() && i > series.windows[next].second) ++next;
    if (i < series.probation()) continue;
    nab_row row{scores[i], -1, -1};
    if (next < series.windows.size() && i >= series.windows[next].first) {
      const auto [begin, end] = series.windows[next];
      const double position = static_cast<double>(end - i + 1) / static_cast<double>(end - begin + 1);
      row.weight = scaled_sigmoid(-position) / scaled_sigmoid(-1);
      row.window = first_window + static_cast<std::ptrdiff_t>(next);
    } else if (next > 0) {
      const auto [begin, end] = series.windows[next - 1];
      row.weight = scaled_sigmoid(static_cast<double>(i - end) / static_cast<double>(end - begin));
    }
    out.push_back(row);
  }
}

}  // namespace detail

/// The score that NAB gives to `scores` (a vector of scores a file, in the order of `corpus`) at the threshold that is
/// best over all these files, as NAB's optimiser finds it, or at `fixed`.
///
/// Source: Lavin & Ahmad, ICMLA 2015; numenta/NAB. A row outside windows costs its weight (full where no window
/// precedes it); the best row of a window counts, or the window is missed.
inline nab_total nab_score(std::span<const nab_series> corpus, std::span<const std::vector<double>> scores,
                           const nab_profile& profile, std::optional<double> fixed = {}) {
  std::vector<detail::nab_row> rows;
  nab_total best;
  for (std::size_t i = 0; i < corpus.size(); ++i) {
    detail::nab_rows(corpus[i], scores[i], static_cast<std::ptrdiff_t>(best.windows), rows);
    best.windows += corpus[i].windows.size();
  }
  std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.score > b.score; });
  std::size_t in_windows = 0;
  for (const auto& row : rows) in_windows += row.window >= 0 ? 1 : 0;

  const double missed = profile.false_negative * static_cast<double>(best.windows);
  constexpr double none = -std::numeric_limits<double>::infinity();
  std::vector<double> hit(best.windows, none);  // the best weight in each window so far
  nab_total now = best;
  now.raw = -missed;
  best.raw = fixed ? none : -missed;
  best.true_negatives = rows.size() - in_windows;
  best.false_negatives = in_windows;
  const auto keep = [&](double threshold) {
    if (!(now.raw > best.raw)) return;
    best = now;
    best.threshold = threshold;
    best.true_negatives = rows.size() - in_windows - now.false_positives;
    best.false_negatives = in_windows - now.true_positives;
  };
  std::size_t i = 0;
  while (i < rows.size() && !(fixed && rows[i].score < *fixed)) {
    const double score = rows[i].score;
    for (; i < rows.size() && rows[i].score == score; ++i) {
      if (rows[i].window < 0) {
        ++now.false_positives;
        now.raw += profile.false_positive * rows[i].weight;
        continue;
      }
      ++now.true_positives;
      double& held = hit[static_cast<std::size_t>(rows[i].window)];
      if (held == none) {
        ++now.windows_hit;
        now.raw += profile.false_negative + profile.true_positive * rows[i].weight;
        held = rows[i].weight;
      } else if (rows[i].weight > held) {
        now.raw += profile.true_positive * (rows[i].weight - held);
        held = rows[i].weight;
      }
    }
    if (!fixed) keep(score);
  }
  if (fixed) keep(*fixed);
  const double perfect = profile.true_positive * static_cast<double>(best.windows);
  best.norm = 100 * (best.raw + missed) / (perfect + missed);
  return best;
}

}  // namespace netanomaly::bench
