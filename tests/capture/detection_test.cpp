// SPDX-License-Identifier: Apache-2.0

// The tunnel detector on captures whose truth is known: every tunnel is found, and nothing else.

#include <netanomaly/capture/source.hpp>
#include <netanomaly/dns/pairing.hpp>
#include <netanomaly/dns/tunnel_detector.hpp>

#include "support/catch.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace na = netanomaly;
namespace dns = netanomaly::dns;

namespace {

const std::filesystem::path data = NETANOMALY_DATA_DIR;

std::vector<dns::finding> found_in(const std::filesystem::path& file) {
  dns::tunnel_detector detector;
  auto source = na::capture::source::open_file(file.string());
  if (!source) return {};
  dns::pairing pairing;
  const auto take = [&](const dns::transaction& t) { detector.update(t); };
  source->for_each([&]<class Seen>(const Seen& seen) {
    if constexpr (std::same_as<Seen, dns::contact>) {
      detector.add(seen);
    } else {
      pairing.update(seen, take);
    }
  });
  pairing.flush(take);
  return detector.findings();
}

std::vector<std::string> zones(const std::vector<dns::finding>& found) {
  std::vector<std::string> all;
  for (const dns::finding& f : found)
    all.push_back(f.clients.front().to_string() + ' ' + f.zone + ' ' + std::string(to_text(f.verdict)));
  return all;
}

}  // namespace

TEST_CASE("every tunnel of the captures is found, with its zone, and nothing else") {
  if (data.empty() || !exists(data / "dns" / "made")) {
    WARN("NETANOMALY_DATA_DIR is not set: skipped");
    return;
  }
  struct truth {
    const char* file;
    std::vector<std::string> tunnels;
  };
  const std::string sync = "10.77.1.2 t.corp-sync.net tunnel";
  const truth truths[] = {
      {"made/iodine_null_raw_bulkdown.pcap.gz", {sync}},
      {"made/iodine_txt_base64_bulkdown.pcap.gz", {sync}},
      {"made/iodine_cname_base32_inter.pcap.gz", {sync}},
      {"made/iodine_mx_base64u_bulkup.pcap.gz", {sync}},
      {"made/iodine_srv_base128_bulkdown.pcap.gz", {sync}},
      {"made/iodine_a_base32_bulkup.pcap.gz", {sync}},
      {"made/iodine_null_idle.pcap.gz", {sync}},
      {"made/dns2tcp_txt_down.pcap.gz", {"10.77.1.2 d2t.upd-cache.org tunnel"}},
      {"made/dns2tcp_key_inter.pcap.gz", {"10.77.1.2 d2t.upd-cache.org tunnel"}},
      {"made/dnscat2_txt_up.pcap.gz", {"10.77.1.2 c.telemetry-hub.com tunnel"}},
      {"made/dnscat2_mixed_cmd.pcap.gz", {"10.77.1.2 c.telemetry-hub.com tunnel"}},
      {"made/dnstt_txt_down.pcap.gz", {"10.77.1.2 v.img-edge.io tunnel"}},
      {"made/benign_shared.pcap.gz", {}},
      {"made/mixed_clients.pcap.gz", {sync, "10.77.1.2 c.telemetry-hub.com tunnel"}},
      {"captures/tunnel__elastic_dns-tunnel-iodine.pcap", {"10.0.2.30 pirate.sea tunnel"}},
      {"captures/tunnel__netrack_dns2tcp_2018-03-23.pcap", {"172.17.0.3 hidemyself.org tunnel"}},
  };
  for (const truth& t : truths) {
    INFO(t.file);
    CHECK(zones(found_in(data / "dns" / t.file)) == t.tunnels);
  }
}

TEST_CASE("no alarm in captures without a tunnel") {
  if (data.empty() || !exists(data / "dns" / "captures")) {
    WARN("NETANOMALY_DATA_DIR is not set: skipped");
    return;
  }
  for (const auto& entry : std::filesystem::directory_iterator(data / "dns" / "captures")) {
    const std::string name = entry.path().filename().string();
    if (name.find(".pcap") == name.npos || name.starts_with("tunnel__")) continue;
    // This one is a session of dns2tcp (=auth, =connect to ssh), whatever its origin says of it.
    const bool dns2tcp = name == "suricata__tests_dns_bug-1158_input.pcap";
    INFO(name);
    CHECK(found_in(entry.path()).size() == (dns2tcp ? 1 : 0));
  }
}
