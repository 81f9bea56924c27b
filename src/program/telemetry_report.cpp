// SPDX-License-Identifier: Apache-2.0
#include "telemetry_report.hpp"

#include "embedded.hpp"
#include "page.hpp"
#include "sha256.hpp"
#include "text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <span>

namespace netanomaly::program {

namespace {

using json = nlohmann::ordered_json;

constexpr std::size_t plots_at_most = 60;          // beyond it a page is no longer read
constexpr std::size_t points_at_most = 3'000'000;  // beyond it, no longer loaded

/// The numbers' bytes, little-endian.
template <class T>
std::string packed(const std::vector<T>& numbers) {
  static_assert(std::endian::native == std::endian::little);
  std::vector<unsigned char> bytes(numbers.size() * sizeof(T));
  if (!bytes.empty()) std::memcpy(bytes.data(), numbers.data(), bytes.size());
  return base64(bytes);
}

/// How far the worst anomaly is past its threshold, where there is one; the metrics stand in this order.
double weight(const plotted_metric& m, const std::vector<double>& thresholds) {
  double most = 0;
  for (std::size_t i = 0; i < m.tracks.size(); ++i) {
    const double unit = std::isnan(thresholds[i]) ? 1 : thresholds[i];
    for (const std::uint32_t at : m.tracks[i].anomalies) most = std::max(most, m.tracks[i].scores[at] / unit);
  }
  if (!m.gaps.empty()) most = std::max(most, 1.0);
  return most;
}
std::size_t anomalies_of(const plotted_metric& m) {
  std::size_t count = m.gaps.size();
  for (const auto& track : m.tracks) count += track.anomalies.size();
  return count;
}

}  // namespace

std::string telemetry_page::html() {
  std::vector<std::pair<double, std::size_t>> order;
  for (std::size_t i = 0; i < plots.size(); ++i) order.emplace_back(weight(plots[i], thresholds), i);
  std::sort(order.begin(), order.end(), [&](const auto& a, const auto& b) {
    return a.first != b.first ? a.first > b.first : plots[a.second].name < plots[b.second].name;
  });

  json names = json::array(), limits = json::array(), cards = json::array(), rest = json::array(),
       pairs = json::array();
  for (std::size_t i = 0; i < detectors.size(); ++i) {
    names.push_back(detectors[i]);
    limits.push_back(std::isnan(thresholds[i]) ? json(nullptr) : json(thresholds[i]));
  }
  std::size_t drawn = 0, affected = 0;
  for (const auto& [score, i] : order) {
    plotted_metric& m = plots[i];
    const std::size_t count = anomalies_of(m);
    affected += count > 0 ? 1 : 0;
    if (cards.size() == plots_at_most || (drawn > 0 && drawn + m.times.size() > points_at_most)) {
      if (count > 0 && rest.size() < 1000) rest.push_back({m.name, count, score});
      continue;
    }
    drawn += m.times.size();
    json tracks = json::array();
    for (const auto& track : m.tracks)
      tracks.push_back({{"scores", packed(track.scores)},
                        {"anomalies", packed(track.anomalies)},
                        {"count", track.anomalies.size()}});
    json gaps = json::array();
    for (const auto& [from, to] : m.gaps) gaps.push_back({from, to});
    cards.push_back({{"name", m.name},
                     {"anomalies", count},
                     {"score", score},
                     {"times", packed(m.times)},
                     {"values", packed(m.values)},
                     {"tracks", std::move(tracks)},
                     {"gaps", std::move(gaps)}});
    m = {};
  }
  for (const auto& [key, value] : settings) pairs.push_back({key, value});
  const std::string headline = anomalies == 0 ? std::string("Nothing unusual was found")
                                              : fmt::format("{} in {}", counted(anomalies, "anomaly", "anomalies"),
                                                            counted(affected, "metric", "metrics"));
  const json data{{"version", version_text()},
                  {"written", std::chrono::duration<double, std::milli>(written.time_since_epoch()).count()},
                  {"headline", headline},
                  {"kind", anomalies > 0 ? "warn" : "good"},
                  {"points", points},
                  {"metrics", metrics},
                  {"anomalies", anomalies},
                  {"late", late},
                  {"missing", missing},
                  {"restarts", restarts},
                  {"window_points", window_points ? json(*window_points) : json(nullptr)},
                  {"window_ms",
                   window_span ? json(std::chrono::duration<double, std::milli>(*window_span).count()) : json(nullptr)},
                  {"detectors", std::move(names)},
                  {"thresholds", std::move(limits)},
                  {"cards", std::move(cards)},
                  {"rest", std::move(rest)},
                  {"settings", std::move(pairs)}};
  return assemble_page("Telemetry report", data, embedded::telemetry_js);
}

}  // namespace netanomaly::program
