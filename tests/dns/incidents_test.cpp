// SPDX-License-Identifier: Apache-2.0
#include <netanomaly/dns/incidents.hpp>
#include <netanomaly/dns/tunnel_detector.hpp>

#include "support/catch.hpp"
#include "support/dns_scenarios.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace na = netanomaly;
namespace dns = netanomaly::dns;
using dns::activity;
using dns::closing;
using dns::incidents;
using namespace std::chrono_literals;

namespace {

/// A line as it came, kept.
struct kept {
  activity what;
  closing why;
  na::time_point time;
  dns::incident subject;
  bool has_details;
  friend bool operator==(const kept& a, const kept& b) {
    return a.what == b.what && a.why == b.why && a.time == b.time && a.subject.id == b.subject.id &&
           a.subject.client == b.subject.client && a.subject.zone == b.subject.zone &&
           a.subject.octets == b.subject.octets && a.subject.lines == b.subject.lines &&
           a.subject.last_seen == b.subject.last_seen && a.has_details == b.has_details;
  }
};

/// Pairs of clients and zones whose every question is an alarm, so that only what incidents do with it is seen.
struct fixture {
  incidents all;
  std::vector<kept> lines;
  std::set<std::string> muted, calm, gone;
  na::time_point now{na::duration(1'700'000'000s)};
  int asked_about = 0;

  explicit fixture(const incidents::params& p = {}) : all(p) {}

  auto describe() {
    return [this](const dns::ip_address& client, std::span<const std::byte> name) -> std::optional<dns::finding> {
      ++asked_about;
      dns::finding f;
      f.registered_domain = dns::name_view(name.data(), 0).to_text();
      if (muted.contains(f.registered_domain) || gone.contains(f.registered_domain)) return std::nullopt;
      f.zone = "t." + f.registered_domain;
      f.clients = {client};
      f.first_seen = na::time_point(na::duration(1'600'000'000s));
      f.anomalous = !calm.contains(f.registered_domain);
      f.score = 40;
      f.bytes_up = 600;
      f.bytes_down = 400;
      return f;
    };
  }
  auto emit() {
    return [this](const dns::incident_event& e) {
      lines.push_back({e.what, e.why, e.time, *e.subject, e.details != nullptr});
    };
  }
  void ask(const std::string& domain, std::uint32_t up = 100, std::uint32_t client = 0x0a000001) {
    const auto name = dns::wire_name::from_text(domain);
    dns::transaction t;
    t.time = now;
    t.client = dns::ip_address::v4(client);
    t.name = name->wire();
    t.query_octets = up;
    all.update(std::hash<std::string>()(domain) ^ client, t, describe(), emit());
  }
  void wait(na::duration d) {
    now += d;
    all.advance(now, describe(), emit());
  }
  std::string story() const {
    std::string text;
    for (const kept& l : lines) text += std::string(text.empty() ? "" : " ") + std::string(to_text(l.what));
    return text;
  }
};

}  // namespace

TEST_CASE("an incident is created once, told again at each tenfold growth, and closed when quiet") {
  fixture f;
  f.ask("evil.net");
  REQUIRE(f.story() == "create");
  CHECK(f.lines[0].subject.octets == 1000);  // what the detector had seen of it
  CHECK(f.lines[0].subject.zone == "t.evil.net");
  CHECK(f.lines[0].subject.opened == f.now);
  for (int i = 0; i < 89; ++i) f.ask("evil.net");
  CHECK(f.story() == "create");  // 9,900 octets
  f.ask("evil.net");
  CHECK(f.story() == "create update");
  CHECK(f.lines[1].subject.octets == 10'000);
  for (int i = 0; i < 900; ++i) f.ask("evil.net");
  CHECK(f.story() == "create update update");
  CHECK(f.lines[2].subject.octets == 100'000);
  const auto last = f.now;
  f.wait(59min);
  CHECK(f.story() == "create update update");
  f.wait(5min);
  REQUIRE(f.story() == "create update update close");
  CHECK(f.lines[3].why == closing::quiet);
  CHECK(f.lines[3].time == last + 1h);
  CHECK(f.lines[3].subject.last_seen == last);
  CHECK(f.lines[3].subject.lines == 4);
  CHECK(f.all.open() == 0);
  f.wait(24h);
  CHECK(f.lines.size() == 4);
  CHECK(std::ranges::all_of(f.lines, [&](const kept& l) { return l.subject.id == f.lines[0].subject.id; }));
}

TEST_CASE("what comes back in time is the same incident, what comes later is opened again under the same id") {
  fixture f;
  f.ask("evil.net");
  f.wait(50min);
  f.ask("evil.net");
  f.wait(50min);
  f.ask("evil.net");
  CHECK(f.story() == "create");
  f.now += 61min;  // no sweep in between
  f.ask("evil.net");
  CHECK(f.story() == "create close create");
  CHECK(f.lines[2].subject.id == f.lines[0].subject.id);
  CHECK(f.lines[2].subject.lines == 1);
}

TEST_CASE("transactions that come late keep an incident open from when they came") {
  fixture f({.quiet = 2s});
  f.wait(10s);
  const auto clock = f.now;
  for (int i = 0; i < 1000; ++i) {
    f.now = clock + i * 10ms - 10s;
    f.ask("evil.net");
    f.now = clock + i * 10ms;
    f.all.advance(f.now, f.describe(), f.emit());
  }
  CHECK(f.story() == "create update update");
  f.wait(1s);
  CHECK(f.story() == "create update update");
  f.wait(2s);
  CHECK(f.story() == "create update update close");
  CHECK(f.lines.back().time == clock + 9990ms - 10s + 2s);
}

TEST_CASE("ids tell clients, domains and beginnings apart and are the same everywhere") {
  const auto client = dns::ip_address::v4(0x0a000007);
  const na::time_point first{na::duration(1'795'512'843s)};
  const auto id = dns::incident_id(client, "exfil.example", first);
  CHECK(dns::incident_id_text(id) == "a1a57a2a63495674");
  CHECK(dns::incident_id(dns::ip_address::v4(0x0a000008), "exfil.example", first) != id);
  CHECK(dns::incident_id(client, "exfil.examplf", first) != id);
  CHECK(dns::incident_id(client, "exfil.example", first + 1ns) != id);
  CHECK(dns::incident_id_text(0) == "0000000000000000");
  CHECK(dns::incident_id_text(0x0123456789abcdef) == "0123456789abcdef");
}

TEST_CASE("what is muted or no tunnel after all gives no line and is asked about once a minute") {
  fixture f;
  f.muted = {"ours.net"};
  f.calm = {"calm.net"};
  for (int i = 0; i < 600; ++i) {
    f.ask("ours.net");
    f.ask("calm.net");
    f.now += 1s;
  }
  CHECK(f.lines.empty());
  CHECK(f.asked_about == 20);
  f.muted.clear();  // its entry has run out
  f.now += 1min;
  f.ask("ours.net");
  CHECK(f.story() == "create");
}

TEST_CASE("an incident muted while it is open says nothing more until it is closed") {
  fixture f;
  f.ask("evil.net");
  f.muted = {"evil.net"};
  for (int i = 0; i < 1000; ++i) f.ask("evil.net");
  CHECK(f.story() == "create");
  f.wait(2h);
  REQUIRE(f.story() == "create close");
  CHECK_FALSE(f.lines[1].has_details);
}

TEST_CASE("where more are open than may be the one that carried least is closed, what is muted before it") {
  fixture f({.most = 3});
  f.muted = {"ours.net"};
  f.ask("big.net");
  for (int i = 0; i < 50; ++i) f.ask("big.net");
  f.ask("small.net");
  f.ask("ours.net");
  f.ask("new.net");
  CHECK(f.story() == "create create create");
  for (int i = 0; i < 10; ++i) f.ask("new.net");
  f.ask("other.net");
  REQUIRE(f.lines.size() == 5);
  CHECK(f.lines[3].what == activity::close);
  CHECK(f.lines[3].why == closing::room);
  CHECK(f.lines[3].subject.zone == "t.small.net");
  CHECK(f.all.open() == 3);
  for (int i = 0; i < 10'000; ++i) f.ask(std::to_string(i) + ".net");
  std::set<std::string> open;
  f.all.for_each([&](const dns::incident& i) { open.insert(i.registered_domain); });
  CHECK(open.contains("big.net"));
  CHECK(f.all.memory_bytes() < 4096);
}

TEST_CASE("at the end of the input all that is open is closed") {
  fixture f;
  f.ask("a.net");
  f.ask("b.net");
  f.all.close_all(f.describe(), f.emit());
  CHECK(f.story() == "create create close close");
  CHECK(f.lines[3].why == closing::end);
  CHECK(f.all.open() == 0);
}

TEST_CASE("incidents saved and loaded at any point continue bit for bit") {
  const auto play = [](fixture& f, bool restart) {
    for (int i = 0; i < 3000; ++i) {
      f.muted = i % 700 < 100 ? std::set<std::string>{"x1.net"} : std::set<std::string>();
      f.ask("x" + std::to_string(i * i % 7) + ".net", 50 + static_cast<std::uint32_t>(i) % 90);
      f.now += i % 500 == 499 ? na::duration(2h) : na::duration(3s);
      if (!restart) continue;
      auto loaded = na::from_bytes<incidents>(na::to_bytes(f.all));
      REQUIRE(loaded);
      REQUIRE(na::to_bytes(*loaded) == na::to_bytes(f.all));
      f.all = *std::move(loaded);
    }
  };
  fixture whole, pieces;
  play(whole, false);
  play(pieces, true);
  CHECK(whole.lines.size() > 30);
  CHECK(whole.lines == pieces.lines);
}

TEST_CASE("damaged incidents are refused or load as something that goes on") {
  fixture f;
  f.muted = {"ours.net"};
  for (const char* domain : {"evil.net", "ours.net", "a\\255\\.b.net"}) f.ask(domain);
  const auto bytes = na::to_bytes(f.all);
  for (std::size_t size = 0; size < bytes.size(); ++size)
    CHECK_FALSE(na::from_bytes<incidents>(std::span(bytes).first(size)));
  for (std::size_t at = 12; at + 8 < bytes.size(); ++at) {
    for (const auto flip : {std::byte{0x01}, std::byte{0x80}, std::byte{0xff}}) {
      auto damaged = bytes;
      damaged[at] ^= flip;
      na::detail::crc64 sum;
      sum.add(std::span(damaged).first(damaged.size() - 8));
      for (std::size_t i = 0; i < 8; ++i)
        damaged[damaged.size() - 8 + i] = static_cast<std::byte>(sum.value() >> (8 * i));
      auto loaded = na::from_bytes<incidents>(damaged);
      if (!loaded) continue;
      fixture g;
      g.all = *std::move(loaded);
      g.ask("evil.net");
      g.wait(2h);
      g.all.close_all(g.describe(), g.emit());
      CHECK(na::from_bytes<incidents>(na::to_bytes(g.all)));
    }
  }
}

TEST_CASE("parameters of incidents out of range are named") {
  for (const auto& [p, name] : std::map<std::string, incidents::params>{
           {"quiet", {.quiet = 0s}}, {"growth", {.growth = 1}}, {"most", {.most = 0}}}) {
    const auto made = incidents::make(name);
    REQUIRE_FALSE(made);
    CHECK(made.error().message().find(p) != std::string::npos);
  }
}

TEST_CASE("of a real detector's tunnel come few lines, the first while little has left") {
  for (const auto& s : scenarios::tunnel_scenarios) {
    scenarios::generator g(20261124);
    s.play(g);
    dns::tunnel_detector d;
    incidents all;
    std::vector<kept> lines;
    const auto describe = [&](const dns::ip_address& client, std::span<const std::byte> name) {
      return d.find(client, name);
    };
    const auto emit = [&](const dns::incident_event& e) {
      lines.push_back({e.what, e.why, e.time, *e.subject, e.details != nullptr});
    };
    na::time_point last{};
    for (auto& t : g.traffic) {
      last = std::max(last, t.t.time);
      if (!d.update(t.view()).anomalous) continue;
      const auto key = d.key(t.t.client, t.name);
      REQUIRE(key);
      all.update(*key, t.view(), describe, emit);
    }
    all.advance(last + 2h, describe, emit);
    INFO(s.name);
    std::map<std::uint64_t, std::vector<kept>> stories;
    for (const kept& l : lines) stories[l.subject.id].push_back(l);
    // One for each pair, but those that had fallen silent before what they carried together was found.
    REQUIRE_FALSE(lines.empty());
    const auto found = d.findings();
    CHECK(stories.size() == static_cast<std::size_t>(std::ranges::count_if(found, [&](const dns::finding& f) {
            return f.anomalous && f.last_seen >= lines.front().time;
          })));
    for (const auto& [id, story] : stories) {
      REQUIRE(story.size() >= 2);
      CHECK(story.size() <= 8);
      CHECK(story.front().what == activity::create);
      CHECK(story.back().what == activity::close);
      for (std::size_t i = 1; i + 1 < story.size(); ++i)
        if (story[i].what == activity::update) CHECK(story[i].subject.octets >= 10 * story[i - 1].subject.octets);
    }
  }
}
