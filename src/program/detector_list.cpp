// SPDX-License-Identifier: Apache-2.0
#include "detector_list.hpp"

#include "text.hpp"

#include <netanomaly/compose/builtin.hpp>
#include <netanomaly/core/params.hpp>
#include <netanomaly/dns/tunnel_detector.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

namespace netanomaly::program {

namespace {

constexpr std::size_t page_width = 100;

}  // namespace

void add_entry(std::string& text, std::string_view kind, std::string_view summary,
               const std::vector<parameter_info>& parameters) {
  text += fmt::format("\n{}\n", kind);
  for (const std::string& line : wrapped(summary, page_width - 2)) text += fmt::format("  {}\n", line);
  if (parameters.empty()) {
    text += "    no parameters\n";
    return;
  }
  std::size_t names = 0, values = 0;
  for (const parameter_info& p : parameters) {
    names = std::max(names, p.name.size());
    values = std::max(values, p.value.empty() ? 4 : p.value.size() + (p.unit.empty() ? 0 : 1 + p.unit.size()));
  }
  for (const parameter_info& p : parameters) {
    std::string value = p.unit.empty() ? p.value : fmt::format("{} {}", p.value, p.unit);
    if (p.value.empty()) value = "none";
    std::string what = p.range.empty() ? p.type : fmt::format("{}, {}", p.type, p.range);
    if (!p.help.empty()) what = fmt::format("{} ({})", p.help, what);
    std::string head = fmt::format("    {:<{}}  {:<{}}  ", p.name, names, value, values);
    const std::size_t column = head.size();
    for (const std::string& line : wrapped(what, page_width > column + 30 ? page_width - column : 30)) {
      text += fmt::format("{:<{}}{}\n", head, column, line);
      head.clear();
    }
  }
}

std::string detector_list() {
  std::string text = "Of one metric: a number and its time\n";
  compose::metric_detectors::describe(
      [&](const compose::detector_info& d) { add_entry(text, d.kind, d.summary, d.parameters); });
  const auto add = [&](const compose::detector_info& d) { add_entry(text, d.kind, d.summary, d.parameters); };
  text += "\nOf rows: how unusual a row of numbers is (netanomaly train)\n";
  compose::vector_detectors::describe(add);
  text += "\nOf rows with labels: what class a row has (netanomaly train)\n";
  compose::learners::describe(add);
  text += "\nOf DNS: transactions (netanomaly dns)\n";
  add_entry(text, dns::tunnel_detector::kind, "Decibels of evidence that a client uses a zone to carry something else.",
            list_parameters<dns::tunnel_detector::params>());
  return text;
}

}  // namespace netanomaly::program
