// SPDX-License-Identifier: Apache-2.0
// The pages of docs/detectors: one for each detector, with its parameters as describe() has them.
//
//   netanomaly_pages check FOLDER                 what differs from the library; exit 1 where anything does
//   netanomaly_pages write FOLDER                 writes the tables of parameters anew
//   netanomaly_pages site FOLDER OUT [DATA]       copies for the site; with DATA/nab and DATA/streams, where plots are
//                                                 built in, each with a plot on real data

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
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#ifdef NETANOMALY_PAGES_PLOTS
#include "plots.hpp"
#endif

namespace {

using namespace netanomaly;
namespace fs = std::filesystem;

std::optional<std::string> text_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(in), {});
}

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

int run(const std::string& what, const fs::path& folder, const fs::path& out,
        [[maybe_unused]] const std::string& data) {
#ifdef NETANOMALY_PAGES_PLOTS
  const plots pictures(what == "site" ? data : "", out);
#endif
  int wrong = 0;
  const auto complain = [&](const std::string& page, const char* text) {
    std::fprintf(stderr, "%s: %s\n", page.c_str(), text);
    ++wrong;
  };
  const std::vector<entry> all = detectors();
  for (const entry& e : all) {
    const fs::path path = folder / (e.kind + ".md");
    const auto page = text_of(path);
    if (!page) {
      complain(path.string(), "a detector without a page");
      continue;
    }
    const std::string now = with_table(*page, e);
    if (now.empty()) {
      complain(path.string(), "no place for its parameters");
    } else if (what == "site") {
      std::ofstream file(out / path.filename(), std::ios::binary);
      file << now;
#ifdef NETANOMALY_PAGES_PLOTS
      file << pictures.of(e.kind);
#endif
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
  std::fputs("usage: netanomaly_pages check|write FOLDER, netanomaly_pages site FOLDER OUT [DATA]\n", stderr);
  return 2;
}
