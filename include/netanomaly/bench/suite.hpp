// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/concepts.hpp>
#include <netanomaly/core/config.hpp>
#include <netanomaly/core/hash.hpp>
#include <netanomaly/core/state.hpp>
#include <netanomaly/core/time.hpp>
#include <netanomaly/learn/evaluation.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Measures detectors, the library's and one's own, on data of one's own: speed, memory, accuracy, and whether what the
/// `detector` concept says in words is kept. For benchmarks and tests only: unlike the rest of the library it reads a
/// clock. examples/own_bench.cpp has it in use.

namespace netanomaly::inline NETANOMALY_MODE::bench {

/// Observations and, for each, whether it is an anomaly. No labels: accuracy is not measured.
template <class Observation>
struct labelled_series {
  std::string name;                         ///< as it stands in the table
  std::vector<Observation> observations{};  ///< in the order of time
  std::vector<bool> labels{};               ///< one an observation, or none at all
};

/// What one detector did on one series.
struct measurement {
  std::string detector;                                         ///< the name it was given, else its kind
  std::string series;                                           ///< its name
  double nanoseconds = 0;                                       ///< an update, by the wall: the least of the rounds
  std::size_t memory = 0;                                       ///< bytes after the last observation
  std::uint64_t judged = 0;                                     ///< observations
  std::uint64_t found = 0;                                      ///< anomalous observations
  double area = std::numeric_limits<double>::quiet_NaN();       ///< under the ROC curve of the scores
  double precision = std::numeric_limits<double>::quiet_NaN();  ///< average precision
  bool resumes = true;  ///< saved half way and loaded, it goes on bit for bit; true where it is not persistent
  bool resets = true;   ///< after reset() it gives the same verdicts again
};

namespace detail {
inline bool same(const verdict& a, const verdict& b) noexcept {
  const auto equal = [](double x, double y) { return x == y || (std::isnan(x) && std::isnan(y)); };
  return a.state == b.state && a.anomalous == b.anomalous && equal(a.score, b.score) && equal(a.p_value, b.p_value);
}
inline std::string fixed(double x, int digits) {
  std::array<char, 512> text{};
  const int size = std::snprintf(text.data(), text.size(), "%.*f", digits, x);
  return {text.data(), size < 0 ? 0 : static_cast<std::size_t>(size)};
}
}  // namespace detail

/// One detector, as it was made, over one series, `rounds` times.
template <detector D>
[[nodiscard]] measurement measure(std::string_view name, const D& made,
                                  const labelled_series<typename D::observation>& series, unsigned rounds = 3) {
  measurement m{.detector = std::string(name), .series = series.name};
  const std::size_t n = series.observations.size();
  std::vector<verdict> verdicts(n);
  m.nanoseconds = std::numeric_limits<double>::infinity();
  for (unsigned round = 0; round < (std::max)(rounds, 1U); ++round) {
    D d = made;
    const auto begin = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < n; ++i) verdicts[i] = d.update(series.observations[i]);
    const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - begin;
    m.nanoseconds = (std::min)(m.nanoseconds, took.count() / static_cast<double>((std::max)(n, std::size_t{1})));
    m.memory = d.memory_bytes();
    if (round > 0) continue;
    d.reset();
    for (std::size_t i = 0; i < n && m.resets; ++i)
      m.resets = detail::same(d.update(series.observations[i]), verdicts[i]);
  }
  learn::ranking_quality quality;
  for (std::size_t i = 0; i < n; ++i) {
    m.judged += verdicts[i].state == verdict::status::judged;
    m.found += verdicts[i].anomalous;
    if (verdicts[i].state == verdict::status::judged && i < series.labels.size())
      quality.add(verdicts[i].score, series.labels[i]);
  }
  if (!series.labels.empty()) {
    m.area = quality.auc().value;
    m.precision = quality.average_precision().value;
  }
  if constexpr (persistent<D>) {
    D d = made;
    for (std::size_t i = 0; i < n / 2; ++i) d.update(series.observations[i]);
    result<D> again = from_bytes<D>(to_bytes(d));
    m.resumes = again.has_value();
    for (std::size_t i = n / 2; i < n && m.resumes; ++i)
      m.resumes = detail::same(again->update(series.observations[i]), verdicts[i]);
  }
  return m;
}

/// A detector that is asked for by name.
template <detector D>
struct named {
  std::string_view name;  ///< as it stands in the table
  D made;                 ///< is copied for every run
};
/// So that named{"mine", d} needs no template argument.
template <class D>
named(const char*, D) -> named<D>;

/// Every detector over every series, one after the other.
template <class Observation, detector... Ds>
[[nodiscard]] std::vector<measurement> compare(std::span<const labelled_series<Observation>> all,
                                               const named<Ds>&... detectors) {
  std::vector<measurement> table;
  for (const auto& series : all) (table.push_back(measure(std::string(detectors.name), detectors.made, series)), ...);
  return table;
}

/// The cost of an update against a size: `make(size)` gives the detector, its window for instance. Pairs of size and
/// nanoseconds.
template <class Make, class Observation>
[[nodiscard]] std::vector<std::pair<std::size_t, double>> cost_against(std::span<const std::size_t> sizes, Make make,
                                                                       const labelled_series<Observation>& series) {
  std::vector<std::pair<std::size_t, double>> costs;
  for (const std::size_t size : sizes) costs.emplace_back(size, measure("", make(size), series).nanoseconds);
  return costs;
}

/// As a table in Markdown.
[[nodiscard]] inline std::string markdown(std::span<const measurement> table) {
  std::string text =
      "| detector | series | ns an update | bytes | judged | anomalous | AUC | average precision | resumes, resets |\n"
      "|---|---|---|---|---|---|---|---|---|\n";
  const auto figure = [](double x) { return std::isnan(x) ? std::string() : detail::fixed(x, 4); };
  for (const measurement& m : table) {
    text += "| " + m.detector + " | " + m.series + " | " + detail::fixed(m.nanoseconds, 1) + " | " +
            std::to_string(m.memory) + " | " + std::to_string(m.judged) + " | " + std::to_string(m.found) + " | " +
            figure(m.area) + " | " + figure(m.precision) + " | " + (m.resumes ? "yes" : "NO") + ", " +
            (m.resets ? "yes" : "NO") + " |\n";
  }
  return text;
}

/// A made-up metric for those who have none at hand: a day's season over noise, a point a minute, and `anomalies`
/// spikes and dips of five deviations, labelled. The same bits for the same seed.
[[nodiscard]] inline labelled_series<timed<double>> made_metric(std::size_t points, std::size_t anomalies,
                                                                std::uint64_t seed) {
  labelled_series<timed<double>> series{.name = "made metric"};
  splitmix64 random(seed);
  const auto uniform = [&] { return static_cast<double>(random() >> 11) * 0x1p-53; };
  for (std::size_t i = 0; i < points; ++i) {
    const double phase = static_cast<double>(i % 1440) / 720 - 1;  // two parabolas a day
    const double season = 10 * phase * (1 - std::abs(phase));
    double noise = -6;
    for (int k = 0; k < 12; ++k) noise += uniform();  // nearly normal, deviation 1
    const bool odd = i > points / 4 && random() % points < anomalies + anomalies / 3;
    series.labels.push_back(odd);
    series.observations.emplace_back(50 + season + noise + (odd ? (random() % 2 == 0 ? 5.0 : -5.0) : 0),
                                     time_point(std::chrono::minutes(28'000'000 + static_cast<std::int64_t>(i))));
  }
  return series;
}

}  // namespace netanomaly::inline NETANOMALY_MODE::bench
