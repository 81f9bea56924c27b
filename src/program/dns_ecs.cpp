// SPDX-License-Identifier: Apache-2.0
#include "dns_writers.hpp"
#include "text.hpp"

#include <algorithm>

namespace netanomaly::program {

namespace {

using json = nlohmann::ordered_json;

bool is_alert(const finding& f) {
  return (f.verdict == verdict_kind::tunnel || f.verdict == verdict_kind::suspicious) && !f.allowed_by;
}

/// "netanomaly dns: 10.0.0.7 -> t.exfil.example: tunnel, score 92"
std::string message_of(const finding& f, const incident_line* incident) {
  std::string text = "DNS";
  if (incident != nullptr) text += " tunnel " + incident->activity;
  text += ": " + (f.clients.empty() ? std::string("?") : f.clients[0].address) + " -> " + f.zone;
  if (incident == nullptr || incident->is_known) text += std::string(": ") + to_text(f.verdict);
  return text + ", score " + std::to_string(f.score);
}

/// What speaks for it, strongest first.
std::string reason_of(const finding& f) {
  std::string text;
  for (const reason& r : f.reasons) {
    if (r.points <= 0) break;
    text += (text.empty() ? "" : "; ") + r.text;
  }
  return text;
}

}  // namespace

json to_ecs(const finding& f, const incident_line* incident) {
  const time_point time = incident != nullptr ? incident->time : f.last_seen;
  json types = json::array({"info"});
  if (incident != nullptr && incident->activity == "create") types.push_back("start");
  if (incident != nullptr && incident->activity == "close") types.push_back("end");
  json event = {{"kind", incident != nullptr || is_alert(f) ? "alert" : "event"},
                {"category", json::array({"intrusion_detection", "network"})},
                {"type", std::move(types)},
                {"action", "dns-tunnel-" + (incident != nullptr ? incident->activity : std::string("verdict"))},
                {"id", incident != nullptr ? incident->id : f.id},
                {"module", "netanomaly"},
                {"dataset", "netanomaly.dns"},
                {"provider", "netanomaly"},
                {"start", rfc3339(f.first_seen)},
                {"end", rfc3339(f.last_seen)},
                {"duration", (f.last_seen - f.first_seen).count()},
                {"risk_score", std::max(0, f.score)}};
  if (incident != nullptr) event["sequence"] = incident->number;
  if (const std::string reason = reason_of(f); !reason.empty()) event["reason"] = reason;

  json line = {{"@timestamp", rfc3339(time)},
               {"ecs", {{"version", "8.17.0"}}},
               {"message", message_of(f, incident)},
               {"tags", json::array({"dns", "tunnel"})},
               {"event", std::move(event)}};
  json related = {{"ip", json::array()}, {"hosts", json::array({f.zone})}};
  if (f.registered_domain != f.zone) related["hosts"].push_back(f.registered_domain);
  for (const auto* list : {&f.clients, &f.servers})
    for (const address_count& a : *list) related["ip"].push_back(a.address);

  json network = {{"protocol", "dns"}};
  if (!f.clients.empty()) {
    const std::string& client = f.clients[0].address;
    line["source"] = {{"address", client}, {"ip", client}};
    network["type"] = client.find(':') == std::string::npos ? "ipv4" : "ipv6";
    if (f.bytes_up) line["source"]["bytes"] = *f.bytes_up;
  }
  if (!f.servers.empty()) {
    line["destination"] = {{"address", f.servers[0].address}, {"ip", f.servers[0].address}};
    if (f.bytes_down) line["destination"]["bytes"] = *f.bytes_down;
  }
  if (f.bytes_up && f.bytes_down) network["bytes"] = *f.bytes_up + *f.bytes_down;
  network["packets"] = f.queries + f.responses;
  if (incident != nullptr && !incident->is_known) network.erase("packets");
  line["network"] = std::move(network);

  json question = {{"registered_domain", f.registered_domain}};
  if (!f.samples.empty()) question["name"] = f.samples[0];
  if (!f.qtypes.empty()) question["type"] = f.qtypes[0].first;
  line["dns"] = {{"question", std::move(question)}};

  if (incident != nullptr || is_alert(f)) {
    line["rule"] = {{"id", "netanomaly.dns.tunnel"},
                    {"name", "DNS tunnel"},
                    {"category", "Command and control"},
                    {"ruleset", "netanomaly"},
                    {"version", version_text()}};
    line["threat"] = {{"framework", "MITRE ATT&CK"},
                      {"tactic", {{"id", json::array({"TA0011"})}, {"name", json::array({"Command and Control"})}}},
                      {"technique",
                       {{"id", json::array({"T1071"})},
                        {"name", json::array({"Application Layer Protocol"})},
                        {"subtechnique", {{"id", json::array({"T1071.004"})}, {"name", json::array({"DNS"})}}}}}};
  }
  line["related"] = std::move(related);
  line["observer"] = {
      {"vendor", "netanomaly"}, {"product", "netanomaly"}, {"type", "ids"}, {"version", version_text()}};
  line["netanomaly"] = {{"dns", incident != nullptr ? to_json(*incident) : to_json(f)}};
  return line;
}

}  // namespace netanomaly::program
