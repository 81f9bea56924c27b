// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "json.hpp"

#include <netanomaly/core/result.hpp>
#include <netanomaly/core/time.hpp>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace netanomaly::bench {

/// One file of the Numenta Anomaly Benchmark and its labelled windows as row numbers, both ends inclusive.
struct nab_series {
  std::string name;  ///< "realTraffic/speed_7578.csv"
  std::vector<timed<double>> rows;
  std::vector<std::pair<std::size_t, std::size_t>> windows;

  /// The rows at the start that are not scored. NAB tells each detector this number.
  [[nodiscard]] std::size_t probation() const { return std::min<std::size_t>(rows.size() * 15 / 100, 750); }
};

inline result<std::string> read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return unexpected(error(path.string() + ": cannot be read"));
  return std::string(std::istreambuf_iterator<char>(in), {});
}

/// "2014-04-10 07:15:00", with or without fractions of a second that are zero.
inline time_point nab_time(std::string_view text) {
  const auto number = [&](std::size_t at, std::size_t length) {
    int value = 0;
    std::from_chars(text.data() + at, text.data() + std::min(text.size(), at + length), value);
    return value;
  };
  using namespace std::chrono;
  return sys_days(year(number(0, 4)) / number(5, 2) / number(8, 2)) + hours(number(11, 2)) + minutes(number(14, 2)) +
         seconds(number(17, 2));
}

/// All files of the corpus below `folder` (data/, labels/combined_windows.json), sorted by name.
inline result<std::vector<nab_series>> load_nab(const std::filesystem::path& folder) {
  const auto labels = read_file(folder / "labels" / "combined_windows.json");
  if (!labels) return unexpected(labels.error());
  std::vector<nab_series> corpus;
  std::vector<std::pair<std::string, time_point>> bounds;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder / "data")) {
    if (entry.path().extension() != ".csv") continue;
    auto text = read_file(entry.path());
    if (!text) return unexpected(text.error());
    nab_series one;
    one.name = entry.path().parent_path().filename().string() + "/" + entry.path().filename().string();
    std::size_t at = text->find('\n');
    while (at != std::string::npos && at + 1 < text->size()) {
      const std::string_view line(text->data() + at + 1, std::min(text->find('\n', at + 1), text->size()) - at - 1);
      at += 1 + line.size();
      const std::size_t comma = line.find(',');
      if (comma == std::string_view::npos) continue;
      one.rows.emplace_back(std::strtod(line.data() + comma + 1, nullptr), nab_time(line.substr(0, comma)));
    }
    corpus.push_back(std::move(one));
  }
  std::sort(corpus.begin(), corpus.end(), [](const auto& a, const auto& b) { return a.name < b.name; });

  const auto leaf = [&](const std::vector<std::string>& path, std::string_view value) {
    if (path.size() == 3) bounds.emplace_back(path[0], nab_time(value));
  };
  if (!json_walk(std::string_view(*labels), leaf).run()) return unexpected(error("combined_windows.json: not JSON"));
  for (std::size_t i = 0; i + 1 < bounds.size(); i += 2) {
    const auto one =
        std::find_if(corpus.begin(), corpus.end(), [&](const auto& s) { return s.name == bounds[i].first; });
    if (one == corpus.end()) return unexpected(error(bounds[i].first + ": labelled, but not in data/"));
    const auto row_of = [&](time_point t) {  // the first row of that time, as in NAB
      const auto row = std::find_if(one->rows.begin(), one->rows.end(), [&](const auto& r) { return r.time == t; });
      return static_cast<std::size_t>(row - one->rows.begin());
    };
    one->windows.emplace_back(row_of(bounds[i].second), row_of(bounds[i + 1].second));
    if (one->windows.back().second >= one->rows.size())
      return unexpected(error(one->name + ": a window ends at no row"));
  }
  return corpus;
}

/// Scores of another detector in the sparse form "file,row,score"; rows that are not listed have `rest`.
inline result<std::vector<std::vector<double>>> load_nab_scores(const std::vector<nab_series>& corpus,
                                                                const std::filesystem::path& path, double rest) {
  const auto text = read_file(path);
  if (!text) return unexpected(text.error());
  std::vector<std::vector<double>> scores;
  for (const nab_series& series : corpus) scores.emplace_back(series.rows.size(), rest);
  std::size_t at = text->find('\n');
  while (at != std::string::npos && at + 1 < text->size()) {
    const std::string line = text->substr(at + 1, std::min(text->find('\n', at + 1), text->size()) - at - 1);
    at += 1 + line.size();
    const std::size_t first = line.find(','), second = line.find(',', first + 1);
    const std::string name = line.substr(0, first);
    const auto one = std::find_if(corpus.begin(), corpus.end(), [&](const auto& s) { return s.name == name; });
    if (one == corpus.end() || second == std::string::npos) return unexpected(error(path.string() + ": " + line));
    scores[static_cast<std::size_t>(one - corpus.begin())].at(std::stoul(line.substr(first + 1))) =
        std::strtod(line.c_str() + second + 1, nullptr);
  }
  return scores;
}

}  // namespace netanomaly::bench
