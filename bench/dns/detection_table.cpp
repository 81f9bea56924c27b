// SPDX-License-Identifier: Apache-2.0

// Writes the tables of docs/detection.md: what the detector finds, and how much had left by then.
//
//     netanomaly_detection_table CAPTURE...          one row a tunnel found, one a capture without
//     netanomaly_detection_table --made-up SEED      the slow tunnels and the look-ups of
//     tests/support/dns_scenarios.hpp

#include <netanomaly/capture/source.hpp>
#include <netanomaly/dns/pairing.hpp>
#include <netanomaly/dns/tunnel_detector.hpp>

#include "support/dns_scenarios.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>

namespace na = netanomaly;
namespace dns = netanomaly::dns;

namespace {

/// A detector that remembers how each alarm came about.
class watch {
 public:
  struct alarm {
    std::uint64_t messages = 0;  ///< of this client and registered domain
    double seconds = 0;
    double octets_up = 0;    ///< of new names, apart from what they share
    double octets_down = 0;  ///< of different data records
  };

  void take(const dns::transaction& t) {
    ++transactions_;
    if (!detector_.update(t).anomalous) return;
    const auto f = detector_.find(t.client, t.name);
    if (!f || !f->anomalous) return;
    const auto key = f->clients.front().to_string() + ' ' + f->registered_domain;
    if (alarms_.contains(key)) return;
    alarms_[key] = {f->queries + f->responses, std::chrono::duration<double>(f->last_seen - f->first_seen).count(),
                    f->new_name_octets + f->edns_payload_octets, f->answer_octets};
  }
  void take(const dns::contact& c) { detector_.add(c); }

  void print(std::string_view title) const {
    bool none = true;
    for (const dns::finding& f : detector_.findings()) {
      none = false;
      const auto at = alarms_.find(f.clients.front().to_string() + ' ' + f.registered_domain);
      const alarm a = at == alarms_.end() ? alarm{} : at->second;
      std::printf("| %.*s | %s | %s | %d | %llu | %.2f | %.0f | %.0f |\n", static_cast<int>(title.size()), title.data(),
                  f.zone.c_str(), std::string(to_text(f.verdict)).c_str(), f.score,
                  static_cast<unsigned long long>(a.messages), a.seconds, a.octets_up, a.octets_down);
    }
    if (!none) return;
    int highest = -999;
    std::string zone = "none with enough to judge by";
    for (const dns::finding& f : detector_.findings(true))
      if (f.verdict != dns::conclusion::insufficient && f.score > highest) {
        highest = f.score;
        zone = "highest: " + f.zone;
      }
    std::printf("| %.*s | %s | nothing | %s | %llu | | | |\n", static_cast<int>(title.size()), title.data(),
                zone.c_str(), highest == -999 ? "" : std::to_string(highest).c_str(),
                static_cast<unsigned long long>(transactions_));
  }

 private:
  dns::tunnel_detector detector_;
  std::map<std::string, alarm> alarms_;
  std::uint64_t transactions_ = 0;
};

int captures(int count, char** files) {
  for (int i = 0; i < count; ++i) {
    auto source = na::capture::source::open_file(files[i]);
    if (!source) {
      std::fprintf(stderr, "%s\n", source.error().message().c_str());
      return 2;
    }
    watch w;
    dns::pairing pairing;
    const auto take = [&](const dns::transaction& t) { w.take(t); };
    source->for_each([&]<class Seen>(const Seen& seen) {
      if constexpr (std::same_as<Seen, dns::contact>) {
        w.take(seen);
      } else if constexpr (std::same_as<Seen, dns::transaction>) {
        take(seen);
      } else {
        pairing.update(seen, take);
      }
    });
    pairing.flush(take);
    std::string name = std::filesystem::path(files[i]).filename().string();
    w.print(name.substr(0, name.find(".pcap")));
  }
  return 0;
}

int made_up(std::uint64_t seed) {
  const auto play = [&](const scenarios::scenario& s) {
    scenarios::generator g(seed);
    s.play(g);
    watch w;
    for (auto& t : g.traffic) w.take(t.view());
    w.print(s.name);
  };
  std::ranges::for_each(scenarios::tunnel_scenarios, play);
  std::ranges::for_each(scenarios::benign_scenarios, play);
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  const bool seeded = count == 3 && std::string_view(arguments[1]) == "--made-up";
  if (count < 2 || (!seeded && arguments[1][0] == '-')) {
    std::fputs("usage: netanomaly_detection_table CAPTURE... | --made-up SEED\n", stderr);
    return 2;
  }
  std::puts("| what | zone | verdict | score, dB | messages | s | octets up | octets down |");
  std::puts("|---|---|---|---|---|---|---|---|");
  return seeded ? made_up(std::strtoull(arguments[2], nullptr, 10)) : captures(count - 1, arguments + 1);
}
