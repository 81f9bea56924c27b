// SPDX-License-Identifier: Apache-2.0
// The pages of docs/detectors: one for each detector, with its parameters as describe() has them.
//
//   netanomaly_pages check FOLDER                 what differs from the library; exit 1 where anything does
//   netanomaly_pages write FOLDER                 writes the tables of parameters anew
//   netanomaly_pages site FOLDER OUT [NAB]        copies for the site; with NAB's folder, each with a plot on real data
#include "../../bench/nab/corpus.hpp"
#include "../../bench/support/plot.hpp"

#include <netanomaly/compose/builtin.hpp>
#include <netanomaly/dns/tunnel_detector.hpp>
#include <netanomaly/learn/adaptive_forest.hpp>
#include <netanomaly/learn/adwin.hpp>
#include <netanomaly/learn/hoeffding_adaptive_tree.hpp>
#include <netanomaly/learn/hoeffding_tree.hpp>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace netanomaly;
namespace fs = std::filesystem;

struct entry {
  std::string kind;
  std::vector<parameter_info> parameters;
};

template <class... Ds>
void add(std::vector<entry>& all) {
  (all.push_back({std::string(Ds::kind), list_parameters<typename Ds::params>()}), ...);
}

std::vector<entry> detectors() {
  std::vector<entry> all;
  const auto take = [&](const compose::detector_info& d) { all.push_back({std::string(d.kind), d.parameters}); };
  compose::metric_detectors::describe(take);
  compose::vector_detectors::describe(take);
  add<dns::tunnel_detector, learn::hoeffding_tree, learn::hoeffding_adaptive_tree, learn::adaptive_forest,
      learn::adwin>(all);
  return all;
}

std::string table(const entry& e) {
  if (e.parameters.empty()) return "None.\n";
  std::string text = "| name | default | range | what |\n|---|---|---|---|\n";
  const auto cell = [](std::string_view s) {
    std::string out;
    for (const char c : s) out += c == '|' ? std::string(", ") : std::string(1, c);
    return out;
  };
  for (const parameter_info& p : e.parameters) {
    const std::string unit = p.unit.empty() ? "" : " " + std::string(p.unit);
    text += "| `" + std::string(p.name) + "` | " + cell(p.value.empty() ? "none" : p.value) + cell(unit) + " | " +
            cell(p.range.empty() ? p.type : p.range) + " | " + cell(p.help) + " |\n";
  }
  return text;
}

constexpr std::string_view begins = "<!-- parameters: written by netanomaly_pages from describe() -->\n";
constexpr std::string_view ends = "<!-- end -->\n";

/// The page with its table of today; empty where there is no place for it.
std::string with_table(const std::string& page, const entry& e) {
  const std::size_t from = page.find(begins), to = page.find(ends);
  if (from == std::string::npos || to == std::string::npos || to < from) return {};
  return page.substr(0, from + begins.size()) + table(e) + page.substr(to);
}

/// What stands in place of the defaults, for points every half hour.
std::string_view plotted_with(std::string_view kind) {
  if (kind == "kolmogorov_smirnov") return "probe=12h,reference=7d,points=500";
  if (kind == "first_hour_average") return "warmup=2";
  if (kind == "standard_deviation_from_moving_average") return "points=336";
  if (kind == "kolmogorov_smirnov_one_sample") return "points=48,location=15138,scale=6939";
  if (kind == "generalized_esd") return "points=336";
  if (kind == "holt_winters") return "period=336";
  if (kind == "seasonal_profile") return "period=7d,slots=336";
  if (kind.starts_with("two_window_")) return "recent=1d,baseline=14d,recent_points=48,baseline_points=672";
  if (kind == "novelty" || kind == "z_score" || kind == "exponentially_weighted_z_score") return "";
  return "points=336";
}

/// The rest of a site's page: the detector over one metric of the Numenta Anomaly Benchmark.
std::string plot(const entry& e, const bench::nab_series& series, const fs::path& out) {
  const std::string_view with = plotted_with(e.kind);
  auto d = compose::metric_detectors::make(e.kind, with);
  if (!d) {
    std::fprintf(stderr, "%s\n", d.error().message().c_str());
    std::exit(1);
  }
  bench::plotted value{"passengers in 30 minutes", {}, {}}, score{"score", {}, {}};
  for (const timed<double>& row : series.rows) {
    const verdict v = d->update(row);
    const double hours = std::chrono::duration<double, std::ratio<3600>>(row.time - series.rows[0].time).count();
    value.points.emplace_back(hours / 24, row.value);
    score.points.emplace_back(hours / 24, v.state == verdict::status::judged ? v.score : 0);
    if (v.anomalous) score.marks.push_back(hours / 24);
  }
  value.bands.reserve(series.windows.size());
  for (const auto& [from, to] : series.windows)
    value.bands.emplace_back(value.points[from].first, value.points[to].first);
  const std::string name = e.kind + ".svg";
  std::ofstream(out / name, std::ios::binary) << bench::svg({value, score}, "days");
  return "\n## On real data\n`" + series.name +
         "` of the Numenta Anomaly Benchmark: taxi passengers in New York, every 30 "
         "minutes; shaded: labelled anomalies; red: points that are called anomalous. Parameters: " +
         (with.empty() ? "the defaults" : "`" + std::string(with) + "`") + ".\n\n\\image html " + name + "\n";
}

int run(const std::string& what, const fs::path& folder, const fs::path& out, const std::string& nab) {
  std::vector<bench::nab_series> corpus;
  const bench::nab_series* taxi = nullptr;
  if (!nab.empty()) {
    auto loaded = bench::load_nab(nab);
    if (!loaded) {
      std::fprintf(stderr, "%s\n", loaded.error().message().c_str());
      return 1;
    }
    corpus = *std::move(loaded);
    for (const auto& s : corpus)
      if (s.name == "realKnownCause/nyc_taxi.csv") taxi = &s;
  }
  int wrong = 0;
  const auto complain = [&](const std::string& page, const char* text) {
    std::fprintf(stderr, "%s: %s\n", page.c_str(), text);
    ++wrong;
  };
  const std::vector<entry> all = detectors();
  for (const entry& e : all) {
    const fs::path path = folder / (e.kind + ".md");
    const auto page = bench::read_file(path);
    if (!page) {
      complain(path.string(), "a detector without a page");
      continue;
    }
    const std::string now = with_table(*page, e);
    if (now.empty()) {
      complain(path.string(), "no place for its parameters");
    } else if (what == "site") {
      const bool one_metric = compose::metric_detectors::visit(e.kind, []<class D>() {});
      std::ofstream(out / path.filename(), std::ios::binary)
          << now << (taxi != nullptr && one_metric ? plot(e, *taxi, out) : "");
    } else if (what == "write") {
      if (now != *page) std::ofstream(path, std::ios::binary) << now;
    } else if (now != *page) {
      complain(path.string(), "its parameters are not those of describe(): netanomaly_pages write");
    }
    if (page->find("\n**When.**") == std::string::npos || page->find("\n**When not.**") == std::string::npos ||
        page->find("```math") == std::string::npos)
      complain(path.string(), "says no formula, or not when to use it, or when not");
  }
  for (const auto& file : fs::directory_iterator(folder)) {
    const std::string kind = file.path().stem().string();
    if (std::none_of(all.begin(), all.end(), [&](const entry& e) { return e.kind == kind; }))
      complain(file.path().string(), "a page of no detector");
  }
  return wrong == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  const std::string what = arguments.empty() ? "" : arguments[0];
  if ((arguments.size() == 2 && (what == "check" || what == "write")) ||
      ((arguments.size() == 3 || arguments.size() == 4) && what == "site"))
    return run(what, arguments[1], arguments.size() > 2 ? arguments[2] : "", arguments.size() > 3 ? arguments[3] : "");
  std::fputs("usage: netanomaly_pages check|write FOLDER, netanomaly_pages site FOLDER OUT [NAB]\n", stderr);
  return 2;
}
