// SPDX-License-Identifier: Apache-2.0
#include "dns_writers.hpp"
#include "text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

namespace netanomaly::program {

namespace {

constexpr std::size_t page_width = 116;
constexpr std::size_t zone_width = 30;
constexpr std::size_t samples_shown = 3;

struct paint {
  bool on;
  [[nodiscard]] std::string operator()(std::string_view code, std::string_view text) const {
    return on ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : std::string(text);
  }
};

std::string_view color_of(verdict_kind v) {
  switch (v) {
    case verdict_kind::tunnel:
      return "1;31";
    case verdict_kind::suspicious:
      return "1;33";
    case verdict_kind::benign:
      return "32";
    case verdict_kind::insufficient:
      break;
  }
  return "2";
}

std::string clients_text(const finding& f) {
  if (f.clients.empty()) return "-";
  return f.clients.size() > 1 ? fmt::format("{} +{}", f.clients[0].address, f.clients.size() - 1)
                              : f.clients[0].address;
}

std::size_t client_column(const dns_report& report) {
  std::size_t width = 10;
  for (const finding& f : report.findings) width = std::max(width, clients_text(f).size());
  return std::min<std::size_t>(width, 26);
}

std::size_t zone_column(const dns_report& report) {
  std::size_t width = 10;
  for (const finding& f : report.findings) width = std::max(width, f.zone.size());
  return std::min(width, zone_width);
}

std::string listed(const std::vector<named_count>& counts, std::size_t most) {
  std::string text;
  for (std::size_t i = 0; i < std::min(most, counts.size()); ++i)
    text += fmt::format("{}{} {}", i == 0 ? "" : ", ", counts[i].first, grouped(counts[i].second));
  if (counts.size() > most) text += ", ...";
  return text;
}

std::string servers_text(const finding& f) {
  std::string text;
  for (std::size_t i = 0; i < std::min<std::size_t>(3, f.servers.size()); ++i) {
    text += (i == 0 ? "" : ", ") + f.servers[i].address;
    if (const auto& where = f.servers[i].where) {
      std::string note = where->country;
      if (where->network) note += fmt::format("{}AS{}", note.empty() ? "" : ", ", *where->network);
      if (!where->organization.empty()) note += ' ' + where->organization;
      if (!note.empty()) text += " (" + note + ')';
    }
  }
  if (f.servers.size() > 3) text += fmt::format(", {} more", f.servers.size() - 3);
  return text;
}

void write_finding(std::string& text, const finding& f, std::size_t zone_at_most, std::size_t client_at_most,
                   const paint& color) {
  text += color(color_of(f.verdict), fmt::format("{:<12}", to_text(f.verdict)));
  text += fmt::format(" {:>5} {:<{}} {:<{}} {:<14} {:>7} {:>9} {:>9} {:>9} {:>9}\n", f.score,
                      shortened(f.zone, zone_at_most), zone_at_most, shortened(clients_text(f), client_at_most),
                      client_at_most, short_time(f.first_seen), duration_text(f.last_seen - f.first_seen),
                      grouped(f.queries), grouped(f.unique_names),
                      f.bytes_up ? octets_text(static_cast<double>(*f.bytes_up)) : "-",
                      f.bytes_down ? octets_text(static_cast<double>(*f.bytes_down)) : "-");
}

void write_reasons(std::string& text, const finding& f, const paint& color) {
  const auto line = [&](std::string_view head, std::string_view body, std::string_view code) {
    bool first = true;
    for (const std::string& part : wrapped(body, page_width - 9)) {
      text += fmt::format("{} {}\n", color(code, fmt::format("{:>8}", first ? head : "")), part);
      first = false;
    }
  };
  for (const reason& r : f.reasons) line(fmt::format("{:+}", r.points), r.text, r.points < 0 ? "32" : "1");
  if (f.zone.size() > zone_width) line("zone", f.zone, "2");
  if (f.vantage && *f.vantage != "client") line("vantage", *f.vantage, "2");
  if (!f.servers.empty()) line("asked", servers_text(f), "2");
  std::string types = listed(f.qtypes, 6);
  if (!f.rcodes.empty()) types += "; " + listed(f.rcodes, 4);
  line("types", types, "2");
  for (std::size_t i = 0; i < std::min(samples_shown, f.samples.size()); ++i)
    line(i == 0 ? "e.g." : "", shortened(f.samples[i], page_width - 9), "2");
  if (!f.not_available.empty()) {
    std::string missing;
    for (const std::string& part : f.not_available) missing += (missing.empty() ? "" : ", ") + part;
    line("unknown", missing, "2");
  }
}

}  // namespace

std::string headline(const dns_report& report) {
  if (report.messages == 0) return "No DNS was seen";
  const std::set<std::string>& tunnels = report.tunnels;
  const std::set<std::string>& suspicious = report.suspects;
  if (tunnels.empty() && suspicious.empty())
    return fmt::format("No tunnel in {} of client and zone", counted(report.pairs, "pair", "pairs"));
  std::string text = tunnels.empty()       ? std::string("No zone carries a certain tunnel")
                     : tunnels.size() == 1 ? fmt::format("{} carries a tunnel", *tunnels.begin())
                                           : fmt::format("{} zones carry a tunnel", grouped(tunnels.size()));
  if (!suspicious.empty())
    text +=
        fmt::format(", {} {} suspicious",
                    counted(suspicious.size(), tunnels.empty() ? "zone" : "more", tunnels.empty() ? "zones" : "more"),
                    suspicious.size() == 1 ? "is" : "are");
  if (report.octets_left > 0)
    text += fmt::format("; {} left in {}", octets_text(static_cast<double>(report.octets_left)),
                        duration_text(report.tunnel_time));
  return text;
}

std::string seen_text(const dns_report& report) {
  std::string text;
  const auto paragraph = [&](std::string_view head, const std::string& body) {
    bool first = true;
    for (const std::string& part : wrapped(body, page_width - 10)) {
      text += fmt::format("{:<9} {}\n", first ? head : "", part);
      first = false;
    }
  };
  if (report.first && report.last)
    paragraph("Seen", fmt::format("{}, {} ({} asked, {} answered) from {} in {}: {}Z to {}Z",
                                  counted(report.packets, "packet", "packets"),
                                  counted(report.messages, "DNS message", "DNS messages"), grouped(report.queries),
                                  grouped(report.responses), counted(report.clients, "client", "clients"),
                                  duration_text(*report.last - *report.first), rfc3339(*report.first).substr(0, 19),
                                  rfc3339(*report.last).substr(0, 19)));
  if (!report.refused.empty()) {
    std::string list;
    for (const auto& [kind, count] : report.refused)
      list += fmt::format("{}{} {}", list.empty() ? "" : "; ", grouped(count), kind);
    paragraph("Left out", list);
  }
  for (const std::string& line : report.not_visible) paragraph("Not seen", line);
  for (const allowed_summary& a : report.allowed)
    paragraph("Allowed",
              fmt::format("{}{}: {} with {}{}{}", a.entry, a.line == 0 ? "" : fmt::format(" (line {})", a.line),
                          counted(a.findings, "finding", "findings"), counted(a.queries, "query", "queries"),
                          a.comment.empty() ? "" : "; ", a.comment));
  if (!report.complete) paragraph("Partial", report.incomplete_text);
  return text;
}

std::string to_text(const incident_line& line) {
  const finding& f = line.what;
  std::string text = fmt::format(
      "{} {} {}: tunnel {} -> {}, score {}, {} in {}", rfc3339(line.time), line.activity, line.id, clients_text(f),
      f.zone, f.score, octets_text(static_cast<double>(line.octets)), duration_text(f.last_seen - f.first_seen));
  if (line.activity == "create")
    for (const reason& r : f.reasons)
      if (r.points > 0) text += fmt::format("; {:+} {}", r.points, r.text);
  return text + '\n';
}

void write_table(output& out, const dns_report& report, bool color) {
  const paint painter{color};
  std::string text = painter("1", headline(report) + '.') + "\n";
  if (!report.findings.empty()) {
    const std::size_t zones = zone_column(report), clients = client_column(report);
    text += '\n';
    text += painter(
        "2", fmt::format("{:<12} {:>5} {:<{}} {:<{}} {:<14} {:>7} {:>9} {:>9} {:>9} {:>9}", "VERDICT", "SCORE", "ZONE",
                         zones, "CLIENT", clients, "SINCE (UTC)", "FOR", "QUERIES", "NEW NAMES", "UP", "DOWN"));
    text += '\n';
    for (const finding& f : report.findings) {
      write_finding(text, f, zones, clients, painter);
      if (f.verdict != verdict_kind::tunnel && f.verdict != verdict_kind::suspicious) continue;
      write_reasons(text, f, painter);
      text += '\n';
    }
    if (text.ends_with("\n\n")) text.pop_back();
  }
  if (const std::string seen = seen_text(report); !seen.empty()) text += '\n' + seen;
  out.write(text);
}

}  // namespace netanomaly::program
