// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/config.hpp>

#include <algorithm>
#include <cmath>

namespace netanomaly::inline NETANOMALY_MODE::dns {

/// How often a score comes about in traffic without tunnels, and the threshold that a budget of false alarms asks for.
///
/// The tail is exponential: among pairs of client and domain without a tunnel, those that reach a score become ten
/// times rarer with every `decade` decibels. Ten is what a decibel of evidence means (a likelihood ratio of x is
/// reached by at most one in x: Markov's inequality). How many there are was counted on made-up weeks of a site
/// (tests/support/dns_site.hpp, docs/detection.md): from 13 dB to 24, the highest score that came, the line lies on or
/// above the upper ends of the 95 % intervals, and beyond it goes on as it did. So it is an upper bound for traffic of
/// that kind, and a guess for other traffic. What a site has once, however many its clients (a mail server, a proxy),
/// is counted as `site` clients more.
namespace alarm_rate {

inline constexpr double decade = 10;             ///< decibels by which they become ten times rarer
inline constexpr double at_threshold = 6e-5;     ///< pairs that reach 30 dB, a client a day
inline constexpr double site = 250;              ///< clients for which stands what a site has once
inline constexpr double calibrated_from = 13;    ///< decibels: below, pairs were not counted
inline constexpr double highest_threshold = 90;  ///< decibels: what no budget goes beyond

/// Pairs without a tunnel expected to reach `score` in a day, where there are so many clients; the rate at
/// `calibrated_from` for every score below.
[[nodiscard]] inline double false_alarms_per_day(double score, double clients) noexcept {
  return ((std::max)(clients, 0.0) + site) * at_threshold *
         std::pow(10, (30 - (std::max)(score, calibrated_from)) / decade);
}

/// The least whole threshold above which no more than `per_day` (greater than 0) false alarms a day are expected.
[[nodiscard]] inline double threshold_for(double per_day, double clients) noexcept {
  const double reached = 30 + decade * std::log10(((std::max)(clients, 0.0) + site) * at_threshold / per_day);
  return std::clamp(std::ceil(reached - 1e-9) - 1, calibrated_from - 1, highest_threshold);
}

}  // namespace alarm_rate

}  // namespace netanomaly::inline NETANOMALY_MODE::dns
