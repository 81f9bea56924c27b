// SPDX-License-Identifier: Apache-2.0
#include "dns_adapter.hpp"

#include "text.hpp"

#include <netanomaly/dns/incidents.hpp>
#include <netanomaly/dns/types.hpp>
#include <netanomaly/dns/vantage.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace netanomaly::program {

namespace {

constexpr std::size_t near_misses_shown = 10;
constexpr std::size_t talkers_shown = 10;
constexpr std::size_t points_drawn = 3000;

verdict_kind to_kind(dns::conclusion c) {
  switch (c) {
    case dns::conclusion::tunnel:
      return verdict_kind::tunnel;
    case dns::conclusion::suspicious:
      return verdict_kind::suspicious;
    case dns::conclusion::benign:
      return verdict_kind::benign;
    case dns::conclusion::insufficient:
      break;
  }
  return verdict_kind::insufficient;
}

template <class Name>
std::vector<named_count> named(const std::vector<dns::code_counts::count>& counts, Name name) {
  std::vector<named_count> list;
  list.reserve(counts.size());
  for (const auto& c : counts) list.emplace_back(name(c.code), c.times);
  std::ranges::stable_sort(list, std::greater<>(), &named_count::second);
  return list;
}

/// Intervals in which something happened, each followed by a zero where the next one is not adjacent.
std::vector<timeline_point> points_of(const dns::timeline& times) {
  std::vector<timeline_point> points;
  const auto at = [&](std::int64_t index) { return time_point(std::chrono::seconds(index * times.width())); };
  const auto& intervals = times.intervals();
  for (std::size_t i = 0; i < intervals.size(); ++i) {
    const auto& interval = intervals[i];
    const auto names = static_cast<std::uint64_t>(std::llround(interval.distinct_names()));
    points.push_back({at(interval.index), interval.queries, names, interval.octets_up, interval.octets_down});
    if (i + 1 < intervals.size() && intervals[i + 1].index != interval.index + 1)
      points.push_back({at(interval.index + 1), 0, 0, 0, 0});
  }
  return points;
}

bool is_finding(const dns::finding& f) {
  return f.verdict == dns::conclusion::tunnel || f.verdict == dns::conclusion::suspicious;
}

allow_list::subject subject_of(const dns::finding& f) {
  allow_list::subject s{f.zone, f.clients, {}, f.last_seen};
  for (const auto& c : f.qtypes) s.types.push_back(c.code);
  return s;
}

/// What a message that breaks the rule is said to do.
std::string rule_text(dns::parse_rule rule) {
  const std::string text = dns::parse_error{0, rule}.message();  // "byte 0: ..."
  return text.substr(text.find(": ") + 2);
}

/// What speaks for a tunnel, whatever speaks against it.
int points_for(const dns::finding& f) {
  int sum = 0;
  for (const dns::reason& r : f.reasons) sum += std::max(0, r.points);
  return sum;
}

/// The few benign pairs with most evidence for a tunnel, most first.
class nearest {
 public:
  [[nodiscard]] bool takes(int points) const noexcept {
    return list_.size() < near_misses_shown || points > list_.back().first;
  }
  void add(int points, const finding& f) {
    const auto at = std::ranges::upper_bound(list_, points, std::greater<>(), &std::pair<int, finding>::first);
    list_.emplace(at, points, f);
    if (list_.size() > near_misses_shown) list_.pop_back();
  }
  [[nodiscard]] std::vector<finding> take() && {
    std::vector<finding> all;
    all.reserve(list_.size());
    for (auto& [points, f] : list_) all.push_back(std::move(f));
    return all;
  }

 private:
  std::vector<std::pair<int, finding>> list_;
};

/// Totals over all pairs held, for the page.
class totals {
 public:
  void add(const dns::finding& f) {
    for (const auto& c : f.qtypes) types_.add(c.code, c.times);
    for (const auto& c : f.rcodes) rcodes_.add(c.code, c.times);
    for (const dns::ip_address& client : f.clients) {
      talker& t = talkers_[client];
      t.queries += f.queries;
      t.responses += f.responses;
      t.bytes_up += f.bytes_up.value_or(0);
      t.bytes_down += f.bytes_down.value_or(0);
      ++t.zones;
      t.nxdomain += f.outcomes[static_cast<std::size_t>(dns::outcome::nxdomain)];
    }
  }
  void give(dns_report& report) const {
    report.qtypes = named(types_.counts(), dns::type_to_text);
    report.rcodes = named(rcodes_.counts(), dns::rcode_to_text);
    for (const auto& [client, t] : talkers_) {
      report.talkers.push_back(t);
      report.talkers.back().address = client.to_string();
      report.bytes_up += t.bytes_up;
      report.bytes_down += t.bytes_down;
    }
    std::ranges::stable_sort(report.talkers, std::greater<>(), &talker::queries);
    report.talkers.resize(std::min(report.talkers.size(), talkers_shown));
  }

 private:
  dns::code_counts types_, rcodes_;
  std::map<dns::ip_address, talker> talkers_;
};

}  // namespace

finding to_finding(const dns::finding& f, const dns::history& domains, const place_function& where) {
  finding out;
  if (f.clients.size() == 1)
    out.id = dns::incident_id_text(dns::incident_id(f.clients[0], f.registered_domain, f.first_seen));
  out.registered_domain = f.registered_domain;
  out.zone = f.zone;
  for (const dns::ip_address& client : f.clients) out.clients.push_back({client.to_string(), {}, {}});
  if (out.clients.size() == 1) out.clients[0].queries = f.queries;
  for (const dns::ip_address& server : f.server_ips) out.servers.push_back({server.to_string(), {}, where(server)});
  out.domain_clients = static_cast<std::uint64_t>(std::llround(f.domain_clients));
  out.all_clients = static_cast<std::uint64_t>(std::llround(f.all_clients));
  out.first_seen = f.first_seen;
  out.last_seen = f.last_seen;
  if (const auto name = dns::wire_name::from_text(f.registered_domain))
    if (const auto known = domains.find(name->wire()); known && known->first_seen < f.first_seen)
      out.known_since = known->first_seen;
  out.queries = f.queries;
  out.responses = f.responses;
  out.unique_names = std::min(f.unique_names, std::max(f.queries, f.responses));  // an estimate above 64
  out.bytes_up = f.bytes_up;
  out.bytes_down = f.bytes_down;
  out.subdomain_entropy = f.subdomain_entropy;
  out.new_name_octets = f.new_name_octets;
  out.budgets = f.budgets;
  out.zone_budgets = f.zone_budgets;
  out.server_budgets = f.server_budgets;
  out.qtypes = named(f.qtypes, dns::type_to_text);
  out.rcodes = named(f.rcodes, dns::rcode_to_text);
  out.verdict = to_kind(f.verdict);
  out.score = f.score;
  out.threshold = f.threshold;
  out.false_alarms_per_day = f.false_alarms_per_day;
  for (const dns::reason& r : f.reasons)
    out.reasons.push_back({std::string(r.id), r.points, r.value, r.usual, std::string(r.unit), r.text});
  out.samples = f.samples;
  for (const std::string_view missing : f.not_available) out.not_available.emplace_back(missing);
  if (f.tool) out.tool = {std::string(f.tool->name), f.tool->marks, f.tool->of};
  if (f.vantage) out.vantage = to_text(*f.vantage);
  out.timeline = points_of(f.times);
  out.timeline_step = std::chrono::seconds(f.times.width());
  return out;
}

const allow_list::entry* covering_entry(const allow_list& allowed, const dns::finding& f) {
  return allowed.entries().empty() ? nullptr : allowed.covers(subject_of(f));
}

void take_findings(dns_report& report, const dns::tunnel_detector& detector, const allow_list& allowed,
                   const place_function& where, const selection& what) {
  report.pairs = detector.size();
  report.clients = static_cast<std::uint64_t>(std::llround(detector.domains().clients()));
  report.threshold = detector.threshold();
  // Scores are whole numbers, and an alarm is one above the threshold.
  report.false_alarms_per_day =
      dns::alarm_rate::false_alarms_per_day(std::floor(report.threshold) + 1, detector.domains().clients());
  std::map<const allow_list::entry*, allowed_summary> covered;
  totals all;
  nearest near;
  time_point first = time_point::max(), last = time_point::min();
  for (const dns::finding& f : detector.findings(what.all || what.page)) {
    if (what.page) {
      all.add(f);
      if (report.scatter_limits.empty())
        for (const dns::reason& r : f.reasons)
          if (r.id == "new_name_octets")
            report.scatter_limits.push_back({scatter_limit::axis_kind::octets, r.usual, "from here on names weigh"});
      if (report.scatter.size() < points_drawn)
        report.scatter.push_back(
            {f.zone, f.clients.empty() ? "" : f.clients[0].to_string(), f.new_name_octets,
             f.queries == 0 ? 1.0 : std::min(1.0, static_cast<double>(f.unique_names) / static_cast<double>(f.queries)),
             f.queries, to_kind(f.verdict)});
      else
        ++report.scatter_left_out;
    }
    const allow_list::entry* entry = covering_entry(allowed, f);
    if (entry != nullptr && is_finding(f)) {
      allowed_summary& sum = covered[entry];
      ++sum.findings;
      sum.queries += f.queries;
    }
    if (entry == nullptr && f.verdict == dns::conclusion::suspicious) report.suspects.insert(f.zone);
    if (entry == nullptr && f.anomalous) {
      report.tunnels.insert(f.zone);
      report.octets_left += f.bytes_up.value_or(0);
      first = std::min(first, f.first_seen);
      last = std::max(last, f.last_seen);
    }
    const bool shown = what.all || ((entry == nullptr || what.allowed) && is_finding(f));
    const bool wanted = shown && (!what.top || report.findings.size() < *what.top);
    const int points = what.page && entry == nullptr && f.verdict == dns::conclusion::benign ? points_for(f) : 0;
    const bool is_near = points > 0 && near.takes(points);
    if (!wanted && !is_near) continue;
    finding out = to_finding(f, detector.domains(), where);
    if (entry != nullptr) out.allowed_by = entry->text;
    if (is_near) near.add(points, out);
    if (wanted) report.findings.push_back(std::move(out));
  }
  report.near_misses = std::move(near).take();
  for (const std::string& zone : report.tunnels) report.suspects.erase(zone);
  if (!report.tunnels.empty()) report.tunnel_time = last - first;
  for (const auto& [entry, sum] : covered)
    report.allowed.push_back({entry->text, entry->comment, entry->line, sum.findings, sum.queries});
  std::ranges::sort(report.allowed, {}, &allowed_summary::line);
  if (what.page) all.give(report);
  if (detector.evictions() > 0)
    report.not_visible.push_back(
        fmt::format("{} of client and zone with the least evidence had to leave memory (--memory-limit): of these the "
                    "past is lost.",
                    counted(detector.evictions(), "pair", "pairs")));
}

void take_counts(dns_report& report, const capture::counters& packets, const dns::pairing_counts& messages,
                 std::uint64_t echoes) {
  using capture::count;
  report.packets = packets[count::packets];
  report.queries = messages.queries + packets[count::log_queries];
  report.responses = messages.responses + packets[count::log_responses];
  report.messages = messages.queries + messages.responses;
  const auto left_out = [&](const std::string_view text, const std::uint64_t number) {
    if (number > 0) report.refused.emplace_back(text, number);
  };
  std::uint64_t dropped = 0;
  packets.for_each([&](count c, const capture::count_description& d, std::uint64_t number) {
    if (d.kind == capture::count_class::fault) left_out(d.text, number);
    if (d.kind == capture::count_class::unseen && number > 0)
      report.not_visible.push_back(fmt::format("{} {}.", grouped(number), d.text));
    if (c == count::kernel_dropped || c == count::interface_dropped) dropped += number;
  });
  left_out("messages of which the capture has only a part", messages.cut_short);
  for (std::size_t i = 0; i < messages.broken_rules.size(); ++i)
    left_out("malformed messages: " + rule_text(static_cast<dns::parse_rule>(i)), messages.broken_rules[i]);
  left_out("messages without a question that belong to no other", messages.without_question);
  left_out("responses to another name or type than was asked under their id", messages.mismatched);
  left_out("messages captured twice", messages.duplicates);
  left_out("queries of resolvers for what clients, seen too, have asked them", echoes);
  if (report.queries > 0 && report.responses == 0)
    report.not_visible.emplace_back("Responses: the input shows one direction only, so what came back is not known.");
  if (report.queries == 0 && report.responses > 0)
    report.not_visible.emplace_back("Queries: the input shows one direction only.");
  if (packets[count::log_queries] + packets[count::log_responses] > 0)
    report.not_visible.emplace_back(
        "Sizes of messages: the log has none, so that they are derived from names and answers.");
  if (packets[count::log_lines] > 0 && packets[count::log_queries] + packets[count::log_responses] == 0)
    report.not_visible.push_back(fmt::format("DNS: no line of the log tells of any, of {}.",
                                             counted(packets[count::log_lines], "line", "lines")));
  if (!packets.other_traffic_seen() && report.messages > 0)
    report.not_visible.emplace_back(
        "Connections: the input holds nothing but DNS, so whether clients used the addresses they were given is not "
        "known.");
  if (dropped > 0) {
    report.complete = false;
    report.incomplete_text =
        fmt::format("{} were dropped before they could be read.", counted(dropped, "packet", "packets"));
  }
}

}  // namespace netanomaly::program
