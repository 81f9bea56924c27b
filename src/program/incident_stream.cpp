// SPDX-License-Identifier: Apache-2.0
#include "incident_stream.hpp"

#include <span>
#include <utility>

namespace netanomaly::program {

incident_stream::incident_stream(dns::incidents& all, const dns::tunnel_detector& detector, const allow_list& allowed,
                                 place_function where, line_function on_line, std::function<void()> on_zones)
    : all_(all),
      detector_(detector),
      allowed_(allowed),
      where_(std::move(where)),
      on_line_(std::move(on_line)),
      on_zones_(std::move(on_zones)) {
  for (const dns::finding& f : detector.findings())
    if (f.anomalous && !f.clients.empty() && covering_entry(allowed, f) == nullptr)
      zones_[dns::incident_id(f.clients[0], f.registered_domain, f.first_seen)] = f.zone;
}

void incident_stream::update(const dns::transaction& t) {
  const auto key = detector_.key(t.client, t.name);
  if (!key) return;
  all_.update(
      *key, t,
      [this](const dns::ip_address& client, std::span<const std::byte> name) { return describe(client, name); },
      [this](const dns::incident_event& e) { emit(e); });
}

void incident_stream::advance(time_point now) {
  all_.advance(
      now, [this](const dns::ip_address& client, std::span<const std::byte> name) { return describe(client, name); },
      [this](const dns::incident_event& e) { emit(e); });
}

void incident_stream::close_all() {
  all_.close_all(
      [this](const dns::ip_address& client, std::span<const std::byte> name) { return describe(client, name); },
      [this](const dns::incident_event& e) { emit(e); });
}

std::set<std::string> incident_stream::zones() const {
  std::set<std::string> all;
  for (const auto& [id, zone] : zones_) all.insert(zone);
  return all;
}

std::optional<dns::finding> incident_stream::describe(const dns::ip_address& client, std::span<const std::byte> name) {
  auto f = detector_.find(client, name);
  if (f && covering_entry(allowed_, *f) != nullptr) f.reset();
  return f;
}

void incident_stream::emit(const dns::incident_event& e) {
  const dns::incident& i = *e.subject;
  incident_line line;
  line.id = dns::incident_id_text(i.id);
  line.activity = to_text(e.what);
  line.close_reason = to_text(e.why);
  line.time = e.time;
  line.opened = i.opened;
  line.octets = i.octets;
  line.number = i.lines;
  line.is_known = e.details != nullptr;
  if (e.details != nullptr) {
    dns::finding details = *e.details;
    detector_.add_sums(std::span(&details, 1));
    line.what = to_finding(details, detector_.domains(), where_);
  } else {
    line.what.registered_domain = i.registered_domain;
    line.what.zone = i.zone;
    line.what.clients = {{i.client.to_string(), {}, {}}};
    line.what.first_seen = i.first_seen;
    line.what.last_seen = i.last_seen;
    line.what.score = i.score;
    line.what.threshold = detector_.threshold();
  }
  on_line_(line);
  if (e.what == dns::activity::close) return;
  std::string& zone = zones_[i.id];
  if (zone == i.zone) return;
  zone = i.zone;
  on_zones_();
}

}  // namespace netanomaly::program
