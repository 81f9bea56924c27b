// SPDX-License-Identifier: Apache-2.0
#include "dns_writers.hpp"
#include "text.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

namespace netanomaly::program {

namespace {

using json = nlohmann::ordered_json;

template <class T>
json or_null(const std::optional<T>& value) {
  return value ? json(*value) : json(nullptr);
}

json counts(const std::vector<named_count>& list) {
  json object = json::object();
  for (const auto& [name, count] : list) object[name] = count;
  return object;
}

json addresses(const std::vector<address_count>& list) {
  json array = json::array();
  for (const address_count& a : list) array.push_back(a.address);
  return array;
}

/// The different countries, or networks, of the servers; null where no file of places was given or it knows none.
template <class Part>
json distinct(const std::vector<address_count>& servers, Part part) {
  json list = json::array();
  for (const address_count& a : servers) {
    if (!a.where) continue;
    const json value = part(*a.where);
    if (!value.is_null() && std::find(list.begin(), list.end(), value) == list.end()) list.push_back(value);
  }
  return list.empty() ? json(nullptr) : list;
}

json as_object(const std::array<dns::budget, 4>& budgets) {
  json object = json::object();
  for (const dns::budget& b : budgets)
    object[std::string(b.name)] = {{"new_name_octets", std::llround(b.new_name_octets)},
                                   {"answer_octets", std::llround(b.answer_octets)}};
  return object;
}

}  // namespace

json to_json(const finding& f) {
  json reasons = json::array();
  for (const reason& r : f.reasons)
    reasons.push_back({{"id", r.id},
                       {"points", r.points},
                       {"value", r.value},
                       {"usual", r.usual},
                       {"unit", r.unit},
                       {"text", r.text}});
  return {{"schema", "netanomaly.dns.verdict/1"},
          {"id", f.id},
          {"registered_domain", f.registered_domain},
          {"zone", f.zone},
          {"clients", addresses(f.clients)},
          {"client_count", f.clients.size()},
          {"server_ips", addresses(f.servers)},
          {"first_seen", rfc3339(f.first_seen)},
          {"last_seen", rfc3339(f.last_seen)},
          {"queries", f.queries},
          {"responses", f.responses},
          {"unique_names", f.unique_names},
          {"bytes_up", or_null(f.bytes_up)},
          {"bytes_down", or_null(f.bytes_down)},
          {"budgets", as_object(f.budgets)},
          {"zone_budgets", f.zone_budgets ? as_object(*f.zone_budgets) : json(nullptr)},
          {"server_budgets", f.server_budgets ? as_object(*f.server_budgets) : json(nullptr)},
          {"subdomain_entropy", f.subdomain_entropy},
          {"qtypes", counts(f.qtypes)},
          {"rcodes", counts(f.rcodes)},
          {"verdict", to_text(f.verdict)},
          {"anomalous", f.verdict == verdict_kind::tunnel && !f.allowed_by},
          {"score", f.score},
          {"threshold", f.threshold},
          {"false_alarms_per_day", or_null(f.false_alarms_per_day)},
          {"reasons", std::move(reasons)},
          {"samples", f.samples},
          {"not_available", f.not_available},
          {"tool", f.tool ? json{{"name", f.tool->name}, {"marks", f.tool->marks}, {"of", f.tool->of}} : json(nullptr)},
          {"vantage", or_null(f.vantage)},
          {"domain_clients", f.domain_clients},
          {"all_clients", f.all_clients},
          {"allowed_by", or_null(f.allowed_by)},
          {"server_countries",
           distinct(f.servers, [](const place& p) { return p.country.empty() ? json(nullptr) : json(p.country); })},
          {"server_networks", distinct(f.servers, [](const place& p) { return or_null(p.network); })}};
}

json to_json(const incident_line& line) {
  const finding& f = line.what;
  json object = {{"schema", "netanomaly.dns.incident/1"},
                 {"id", line.id},
                 {"activity", line.activity},
                 {"timestamp", rfc3339(line.time)},
                 {"opened", rfc3339(line.opened)},
                 {"line", line.number},
                 {"bytes", line.octets},
                 {"close_reason", line.close_reason.empty() ? json(nullptr) : json(line.close_reason)}};
  const std::array<std::string_view, 8> always = {"registered_domain", "zone",  "clients",   "client_count",
                                                  "first_seen",        "score", "last_seen", "threshold"};
  const json fields = to_json(f);
  for (auto field = fields.begin(); field != fields.end(); ++field) {
    if (field.key() == "schema" || field.key() == "id") continue;
    const bool is_there = line.is_known || std::ranges::find(always, field.key()) != always.end();
    object[field.key()] = is_there ? field.value() : json(nullptr);
  }
  return object;
}

std::string to_line(const json& object) { return object.dump(-1, ' ', true, json::error_handler_t::replace) + '\n'; }

void write_json_lines(output& out, const dns_report& report, bool ecs) {
  for (const finding& f : report.findings) out.write(to_line(ecs ? to_ecs(f) : to_json(f)));
}

}  // namespace netanomaly::program
