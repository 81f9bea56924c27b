// SPDX-License-Identifier: Apache-2.0
#include "dns_writers.hpp"
#include "embedded.hpp"
#include "page.hpp"
#include "text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace netanomaly::program {

namespace {

using json = nlohmann::ordered_json;

constexpr std::size_t cards_at_most = 40;  // beyond it a page is no longer read

double milliseconds(time_point time) {
  return std::chrono::duration<double, std::milli>(time.time_since_epoch()).count();
}

template <class T>
json or_null(const std::optional<T>& value) {
  return value ? json(*value) : json(nullptr);
}

json pairs(const std::vector<named_count>& list) {
  json array = json::array();
  for (const auto& [name, count] : list) array.push_back({name, count});
  return array;
}

json details(const std::vector<address_count>& list) {
  json array = json::array();
  for (const address_count& a : list) {
    json entry{{"address", a.address}, {"queries", or_null(a.queries)}};
    if (a.where)
      entry["where"] = {{"country", a.where->country},
                        {"network", or_null(a.where->network)},
                        {"organization", a.where->organization}};
    array.push_back(std::move(entry));
  }
  return array;
}

json page_json(const finding& f) {
  json object = to_json(f);
  object["client_details"] = details(f.clients);
  object["server_details"] = details(f.servers);
  object["known_since"] = f.known_since ? json(milliseconds(*f.known_since)) : json(nullptr);
  json rows = json::array();
  for (const timeline_point& p : f.timeline)
    rows.push_back({milliseconds(p.time), p.queries, p.new_names, p.octets_up, p.octets_down});
  object["timeline"] = {{"step", std::chrono::duration<double, std::milli>(f.timeline_step).count()},
                        {"rows", std::move(rows)}};
  return object;
}

/// The sentence below the headline: who and where, and how much else was looked at.
std::string subtitle(const dns_report& report) {
  std::vector<std::string> clients;
  std::uint64_t found = 0;
  for (const finding& f : report.findings) {
    if (f.verdict != verdict_kind::tunnel && f.verdict != verdict_kind::suspicious) continue;
    ++found;
    for (const address_count& c : f.clients)
      if (std::find(clients.begin(), clients.end(), c.address) == clients.end()) clients.push_back(c.address);
  }
  const std::uint64_t rest = report.pairs - std::min(report.pairs, found);
  if (found == 0)
    return fmt::format("{} from {} were read; none looks like a tunnel.",
                       counted(report.messages, "DNS message", "DNS messages"),
                       counted(report.clients, "client", "clients"));
  std::string who = clients.empty() ? std::string("an unknown client") : clients[0];
  if (clients.size() == 2) who += " and " + clients[1];
  if (clients.size() > 2) who += fmt::format(" and {} more clients", clients.size() - 1);
  return fmt::format("Look at {} first. {} of client and zone {} ordinary, or too small to judge.", who,
                     counted(rest, "other pair", "other pairs"), rest == 1 ? "is" : "are");
}

json page_data(const dns_report& report) {
  json inputs = json::array();
  for (const input_summary& i : report.inputs)
    inputs.push_back({{"name", i.name}, {"form", i.form}, {"octets", or_null(i.octets)}, {"sha256", i.sha256}});
  json findings = json::array();
  std::size_t left_out = 0;
  bool tunnels = false, suspicious = false;
  for (const finding& f : report.findings) {
    if (f.verdict != verdict_kind::tunnel && f.verdict != verdict_kind::suspicious) continue;
    (f.verdict == verdict_kind::tunnel ? tunnels : suspicious) = true;
    if (findings.size() < cards_at_most)
      findings.push_back(page_json(f));
    else
      ++left_out;
  }
  json near = json::array();
  for (const finding& f : report.near_misses) near.push_back(page_json(f));
  json allowed = json::array();
  for (const allowed_summary& a : report.allowed)
    allowed.push_back({{"entry", a.entry},
                       {"comment", a.comment},
                       {"line", a.line},
                       {"findings", a.findings},
                       {"queries", a.queries}});
  json talkers = json::array();
  for (const talker& t : report.talkers)
    talkers.push_back({{"address", t.address},
                       {"queries", t.queries},
                       {"responses", t.responses},
                       {"up", t.bytes_up},
                       {"down", t.bytes_down},
                       {"zones", t.zones},
                       {"nxdomain", t.nxdomain}});
  json points = json::array();
  for (const scatter_point& p : report.scatter)
    points.push_back({p.new_name_octets, p.distinct_ratio, p.queries, to_text(p.verdict), p.zone, p.client});
  json limits = json::array();
  for (const scatter_limit& l : report.scatter_limits)
    limits.push_back(
        {{"axis", l.axis == scatter_limit::axis_kind::octets ? "x" : "y"}, {"at", l.at}, {"text", l.text}});
  json settings = json::array();
  for (const auto& [key, value] : report.settings) settings.push_back({key, value});
  json notes = json::array();
  for (const auto& [key, value] : report.notes) notes.push_back({key, value});
  return {{"version", version_text()},
          {"written", milliseconds(report.written)},
          {"headline", headline(report)},
          {"headline_kind", tunnels      ? "bad"
                            : suspicious ? "warn"
                                         : "good"},
          {"subtitle", subtitle(report)},
          {"complete", report.complete},
          {"incomplete_text", report.incomplete_text},
          {"inputs", std::move(inputs)},
          {"first", report.first ? json(milliseconds(*report.first)) : json(nullptr)},
          {"last", report.last ? json(milliseconds(*report.last)) : json(nullptr)},
          {"packets", report.packets},
          {"messages", report.messages},
          {"queries", report.queries},
          {"responses", report.responses},
          {"clients", report.clients},
          {"pairs", report.pairs},
          {"up", report.bytes_up},
          {"down", report.bytes_down},
          {"refused", pairs(report.refused)},
          {"not_visible", report.not_visible},
          {"findings", std::move(findings)},
          {"findings_left_out", left_out},
          {"near", std::move(near)},
          {"allowed", std::move(allowed)},
          {"scatter",
           {{"points", std::move(points)}, {"limits", std::move(limits)}, {"left_out", report.scatter_left_out}}},
          {"qtypes", pairs(report.qtypes)},
          {"rcodes", pairs(report.rcodes)},
          {"talkers", std::move(talkers)},
          {"settings", std::move(settings)},
          {"notes", std::move(notes)}};
}

}  // namespace

std::string report_page(const dns_report& report) {
  return assemble_page("DNS report", page_data(report), embedded::page_js);
}

}  // namespace netanomaly::program
