// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/config.hpp>
#include <netanomaly/core/state.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <vector>

namespace netanomaly::inline NETANOMALY_MODE::learn::detail {

/// Which rows a forest judges but does not learn, so that a burst does not become what is normal: those whose score is
/// among the `share` highest of the last 1,000 scores, smoothed, and of a run, from the third row on, those among the
/// four times as many highest; `patience` in a row at most. Strange rows of the past raise the first limit, so that the
/// next burst may lie below it; what comes in a run need not be as strange.
class withholding {
 public:
  withholding(double share, std::uint32_t patience)
      : share_(share),
        run_share_((std::min)(4 * share, 0.5)),
        patience_(patience),
        scores_(share > 0 ? history : 0),
        sorted_(scores_.size()) {}

  /// Whether a row of this score is withheld; takes the score into the history.
  bool operator()(double score) noexcept {
    if (scores_.empty()) return false;
    at_.run = score > at_.run_limit ? (std::min)(at_.run + 1, run_begins) : 0;
    const bool high = score > at_.limit || at_.run == run_begins;
    const bool withheld = high && at_.in_a_row < patience_;
    at_.in_a_row = high ? at_.in_a_row + (withheld ? 1 : 0) : 0;  // once patience has ended, all of a change is learned
    at_.withheld += withheld ? 1 : 0;
    scores_[static_cast<std::size_t>(at_.next)] = score;
    at_.next = at_.next + 1 == history ? 0 : at_.next + 1;
    at_.held = (std::min)(at_.held + 1, history);
    if (++at_.fresh < refresh) return withheld;
    at_.fresh = 0;
    if (at_.held >= enough) {
      const auto held = static_cast<std::ptrdiff_t>(at_.held);
      const auto above = [&](double share) {
        return held - static_cast<std::ptrdiff_t>((1 - share) * static_cast<double>(held - 1));
      };
      // The greatest, descending, down to the lower quantile: they are few.
      std::partial_sort_copy(scores_.begin(), scores_.begin() + held, sorted_.begin(),
                             sorted_.begin() + above(run_share_), std::greater<>());
      const auto follow = [&](double& limit, double share) {
        const double quantile = sorted_[static_cast<std::size_t>(above(share) - 1)];
        limit = std::isinf(limit) ? quantile : limit + (quantile - limit) / 10;
      };
      follow(at_.limit, share_);
      follow(at_.run_limit, run_share_);
    }
    return withheld;
  }

  /// Where it stands, but for the scores.
  struct position {
    std::uint64_t withheld = 0;  // rows
    std::uint64_t held = 0, next = 0, fresh = 0;
    std::uint32_t in_a_row = 0;
    double limit = std::numeric_limits<double>::infinity();  // rows of higher score are withheld,
    double run_limit = limit;                                // in a run, of this one
    std::uint32_t run = 0;                                   // rows above it, as far as they are counted

    void save_limits(state_writer& out) const {
      out.scalar(in_a_row);
      out.scalar(limit);
      out.scalar(run);
      out.scalar(run_limit);
    }
    /// Earlier records have nothing of runs.
    void read_limits(state_reader& in, bool has_runs) {
      in_a_row = in.scalar<std::uint32_t>();
      limit = run_limit = in.scalar<double>();
      if (!has_runs) return;
      run = in.scalar<std::uint32_t>();
      run_limit = in.scalar<double>();
    }
  };
  [[nodiscard]] const position& at() const noexcept { return at_; }
  [[nodiscard]] std::span<const double> scores() const noexcept {
    return std::span(scores_).first(static_cast<std::size_t>(at_.held));
  }
  void add(const withholding& other) noexcept { at_.withheld += other.at_.withheld; }
  void reset() noexcept { at_ = {}; }

  /// Takes a position that was saved; its scores are read next, by read_scores().
  void restore(const position& p, state_reader& in) {
    if (in.ok() && (p.held > scores_.size() || p.next >= history || p.fresh >= refresh || p.in_a_row > patience_ ||
                    p.run > run_begins || std::isnan(p.limit) || std::isnan(p.run_limit)))
      in.fail("rows withheld as cannot be");
    if (in.ok()) at_ = p;
  }
  void read_scores(state_reader& in) {
    for (double& x : std::span(scores_).first(static_cast<std::size_t>(at_.held))) x = in.finite();
  }

  [[nodiscard]] std::size_t memory_bytes() const noexcept {
    return sizeof(*this) + (scores_.capacity() + sorted_.capacity()) * sizeof(double);
  }
  static constexpr std::uint64_t most_bytes = std::uint64_t{2} * 1000 * sizeof(double);

 private:
  static constexpr std::uint64_t history = 1000;  // scores that the quantile is taken of,
  static constexpr std::uint64_t refresh = 100;   // as often as that, once
  static constexpr std::uint64_t enough = 200;    // are known

  static constexpr std::uint32_t run_begins = 3;  // rows

  double share_, run_share_;
  std::uint32_t patience_;
  std::vector<double> scores_, sorted_;  // the last ones
  position at_;
};

}  // namespace netanomaly::inline NETANOMALY_MODE::learn::detail
