// SPDX-License-Identifier: Apache-2.0
// In `skyline` compatibility each detector gives the answer of the reference: its flag for every row, and the
// statistics behind it to 1e-9. tests/data/skyline holds made series; with NETANOMALY_DATA_DIR, its skyline folder with
// real ones.
#include "../../bench/nab/json.hpp"
#include "support/catch.hpp"

#include <netanomaly/telemetry/first_hour_average.hpp>
#include <netanomaly/telemetry/grubbs.hpp>
#include <netanomaly/telemetry/histogram_bins.hpp>
#include <netanomaly/telemetry/kolmogorov_smirnov.hpp>
#include <netanomaly/telemetry/least_squares.hpp>
#include <netanomaly/telemetry/mean_subtraction_cumulation.hpp>
#include <netanomaly/telemetry/median_absolute_deviation.hpp>
#include <netanomaly/telemetry/standard_deviation_from_average.hpp>
#include <netanomaly/telemetry/standard_deviation_from_moving_average.hpp>

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

using namespace netanomaly;
using namespace netanomaly::telemetry;
namespace fs = std::filesystem;

namespace {

std::vector<std::string> split(const std::string& line) {
  std::vector<std::string> cells;
  std::istringstream in(line);
  for (std::string cell; std::getline(in, cell, ',');) cells.push_back(cell);
  if (!line.empty() && line.back() == ',') cells.emplace_back();
  return cells;
}
std::vector<std::vector<std::string>> read_csv(const fs::path& path) {
  std::ifstream in(path);
  std::vector<std::vector<std::string>> rows;
  for (std::string line; std::getline(in, line);) rows.push_back(split(line));
  return rows;
}

struct reference {
  std::string name;
  std::vector<timed<double>> points;
  std::size_t first_row = 0;
  duration full_duration{};
  std::vector<std::string> flags;                               // by row, from first_row on
  std::map<std::size_t, std::map<std::string, double>> detail;  // row, column, value
};

/// One series of `folder` in one configuration.
reference load(const fs::path& folder, const std::string& series, const std::string& config, const fs::path& values) {
  reference r;
  r.name = series + "." + config;
  const auto spacing = std::chrono::seconds(config == "A" ? 60 : 10);
  r.full_duration = std::chrono::seconds(config == "A" ? 86400 : 14400);
  const auto rows = read_csv(values);
  const auto times = folder / "values" / (series + "." + config + ".timestamps.csv");
  const auto explicit_times = fs::exists(times) ? read_csv(times) : std::vector<std::vector<std::string>>();
  for (std::size_t i = 1; i < rows.size(); ++i) {
    auto t = std::chrono::seconds(1400000000) + spacing * (i - 1);
    if (!explicit_times.empty()) t = std::chrono::seconds(std::atoll(explicit_times[i][0].c_str()));
    r.points.emplace_back(std::strtod(rows[i].back().c_str(), nullptr), time_point(t));
  }
  r.first_row = r.points.size() < 100 ? 0 : 100;
  r.flags.resize(r.points.size());
  const auto flags = read_csv(folder / "flags" / (r.name + ".csv"));
  for (std::size_t i = 1; i + 1 < flags.size(); ++i)
    for (auto row = std::stoul(flags[i][0]); row < std::stoul(flags[i + 1][0]); ++row) r.flags[row] = flags[i][1];
  const auto detail = read_csv(folder / "detail" / (r.name + ".csv"));
  for (std::size_t i = 1; i < detail.size(); ++i)
    for (std::size_t k = 1; k < detail[i].size(); ++k)
      if (!detail[i][k].empty())
        r.detail[std::stoul(detail[i][0])][detail[0][k]] = std::strtod(detail[i][k].c_str(), nullptr);
  return r;
}

const fs::path own = fs::path(NETANOMALY_TEST_DATA) / "skyline";
const fs::path others = fs::path(NETANOMALY_DATA_DIR) / "skyline";
bool with_others_data() { return fs::exists(others / "manifest.json"); }

std::vector<reference> all_references() {
  std::vector<reference> all;
  const fs::path folder = with_others_data() ? others : own;
  std::map<std::string, fs::path> sources;
  for (const auto& entry : fs::directory_iterator(folder / "values"))
    if (entry.path().stem().extension() != ".timestamps") sources[entry.path().stem().string()] = entry.path();
  if (folder == others) {
    std::ifstream in(folder / "manifest.json");
    const std::string text(std::istreambuf_iterator<char>(in), {});
    std::string series;
    const auto leaf = [&](const std::vector<std::string>& path, std::string_view value) {
      if (path.back() == "series") series = value;
      if (path.back() == "source" && value.starts_with("nab/")) sources[series] = folder.parent_path() / value;
    };
    REQUIRE(bench::json_walk(std::string_view(text), leaf).run());
  }
  for (const auto& [series, values] : sources)
    for (const char* config : {"A", "B"}) all.push_back(load(folder, series, config, values));
  return all;
}
const std::vector<reference>& references() {
  static const std::vector<reference> all = all_references();
  return all;
}

/// To 1e-9, or to the rounding of the values themselves, which is all that constant stretches leave.
bool close(double ours, double theirs, double value) {
  return std::abs(ours - theirs) <= 1e-9 * std::abs(theirs) + 1e-15 * std::abs(value);
}

/// Runs D over every series; `position` in the flags, and what it measured by column of the details.
template <class D, class Measure>
void compare(std::size_t position, typename D::params params, Measure measure) {
  std::size_t rows = 0, details = 0;
  for (const reference& r : references()) {
    params.mode = compatibility::skyline;
    if constexpr (requires { params.full_duration; }) params.full_duration = r.full_duration;
    D detector(params);
    std::ostringstream what;
    std::size_t wrong_flags = 0, wrong_details = 0, first_wrong = 0;
    for (std::size_t i = 0; i < r.points.size(); ++i) {
      const verdict v = detector.update(r.points[i]);
      if (i < r.first_row) continue;
      const char expected = r.flags[i][position];
      if (expected == 'n' || expected == 'y') continue;  // borderline
      ++rows;
      if (v.anomalous != (expected == '1')) {
        if (wrong_flags++ == 0) first_wrong = i;
      }
      const auto detail = r.detail.find(i);
      if (detail == r.detail.end()) continue;
      for (const auto& [column, ours] : measure(detector.measured())) {
        const auto theirs = detail->second.find(column);
        if (theirs == detail->second.end()) continue;
        ++details;
        if (close(ours, theirs->second, r.points[i].value)) continue;
        ++wrong_details;
        what << "row " << i << " " << column << " " << ours << " not " << theirs->second << "; ";
      }
    }
    INFO(r.name << ": first wrong flag in row " << first_wrong << "; " << what.str());
    CHECK(wrong_flags == 0);
    CHECK(wrong_details == 0);
  }
  // So many were compared: fewer details are in the series of our own, where the folder with others' data is not given.
  CHECK(rows > 30000);
  CHECK(details > (with_others_data() ? 2000 : 1800));
}
using columns = std::map<std::string, double>;

}  // namespace

TEST_CASE("median absolute deviation answers as Skyline's") {
  compare<median_absolute_deviation>(0, {}, [](const auto& m) {
    return columns{{"mad_ratio", m.deviation / m.scale}};
  });
}
TEST_CASE("Grubbs' test answers as Skyline's") {
  compare<grubbs>(1, {}, [](const auto& m) { return columns{{"grubbs_z", m.statistic}, {"grubbs_crit", m.critical}}; });
}
TEST_CASE("first-hour average answers as Skyline's") {
  compare<first_hour_average>(2, {}, [](const auto& m) {
    return columns{{"fha_dev", m.deviation}, {"fha_sd", m.scale}};
  });
}
TEST_CASE("standard deviation from average answers as Skyline's") {
  compare<standard_deviation_from_average>(3, {}, [](const auto& m) {
    return columns{{"sfa_dev", m.deviation}, {"sfa_sd", m.scale}};
  });
}
TEST_CASE("standard deviation from moving average answers as Skyline's") {
  compare<standard_deviation_from_moving_average>(4, {}, [](const auto& m) {
    return columns{{"sfma_dev", m.deviation}, {"sfma_sd", m.scale}};
  });
}
TEST_CASE("mean subtraction cumulation answers as Skyline's") {
  compare<mean_subtraction_cumulation>(5, {}, [](const auto& m) {
    return columns{{"msc_dev", m.deviation}, {"msc_sd", m.scale}};
  });
}
TEST_CASE("least squares answers as Skyline's") {
  compare<least_squares>(6, {}, [](const auto& m) { return columns{{"lsq_tail", m.deviation}, {"lsq_sd", m.scale}}; });
}
TEST_CASE("histogram bins answer as Skyline's") {
  compare<histogram_bins>(7, {}, [](const auto& m) {
    return columns{{"hist_bin_count", m.count == histogram_bins_rule::none ? -1 : static_cast<double>(m.count)}};
  });
}
TEST_CASE("the Kolmogorov-Smirnov test answers as Skyline's") {
  compare<kolmogorov_smirnov>(8, {}, [](const auto& m) {
    columns c{{"ks_d", m.distance}, {"ks_p", m.p_value}};
    if (!std::isnan(m.unit_root_p)) c["adf_p"] = m.unit_root_p;
    return c;
  });
}
