// SPDX-License-Identifier: Apache-2.0
// A Zeek plug-in's analyzer that raises an event when a tunnel is found, grows tenfold and goes quiet. Zeek makes one
// analyzer a connection; the detector is shared by all of them, as Zeek has one thread. main() plays Zeek's part with a
// capture.
#include "zeek_like.hpp"

#include <netanomaly/capture/source.hpp>
#include <netanomaly/dns/incidents.hpp>
#include <netanomaly/dns/pairing.hpp>
#include <netanomaly/dns/tunnel_detector.hpp>

#include <cmath>
#include <cstddef>
#include <map>
#include <memory>
#include <span>
#include <tuple>

namespace dns = netanomaly::dns;

class TunnelWatch final : public zeek::analyzer::Analyzer {
 public:
  explicit TunnelWatch(zeek::Connection* c) : Analyzer("TUNNELWATCH", c) {}
  static Analyzer* Instantiate(zeek::Connection* c) { return new TunnelWatch(c); }

  void DeliverPacket(int length, const zeek::u_char* data, bool from_origin, std::uint64_t /*sequence*/,
                     const zeek::IP_Hdr* /*ip*/, int /*captured*/) override {
    const netanomaly::time_point now(netanomaly::duration(std::llround(zeek::run_state::network_time * 1e6) * 1000));
    const dns::wire_message message{.time = now,
                                    .client = Conn()->OrigAddr(),
                                    .server = Conn()->RespAddr(),
                                    .client_port = Conn()->OrigPort(),
                                    .server_port = 53,
                                    .response = !from_origin,
                                    .length = static_cast<std::uint32_t>(length),
                                    .octets = std::as_bytes(std::span(data, static_cast<std::size_t>(length)))};
    pairs.update(message, judge);
    incidents.advance(now, describe, raise);
  }
  static void Done() {
    pairs.flush(judge);
    incidents.close_all(describe, raise);
  }

 private:
  static void judge(const dns::transaction& t) {
    if (!watch.update(t).anomalous) return;
    if (const auto key = watch.key(t.client, t.name)) incidents.update(*key, t, describe, raise);
  }
  static std::optional<dns::finding> describe(const dns::ip_address& client, std::span<const std::byte> name) {
    return watch.find(client, name);
  }
  static void raise(const dns::incident_event& e) {
    zeek::enqueue(("dns_tunnel_" + std::string(to_text(e.what))).c_str(), e.subject->client.to_string(),
                  e.subject->zone, e.subject->score, dns::incident_id_text(e.subject->id));
  }

  static inline dns::pairing pairs;
  static inline dns::tunnel_detector watch{{.memory_limit = 64U << 20}};
  static inline dns::incidents incidents;
};

int main(int argc, char** argv) {
  auto source = netanomaly::capture::source::open_file(argc > 1 ? argv[1] : "-");
  if (!source) return std::fprintf(stderr, "%s\n", source.error().message().c_str()), 2;
  using endpoints = std::tuple<dns::ip_address, dns::ip_address, std::uint16_t>;
  std::map<endpoints, std::pair<std::unique_ptr<zeek::Connection>, std::unique_ptr<zeek::analyzer::Analyzer>>> known;
  source->for_each([&](const dns::wire_message& m) {
    auto& [connection, analyzer] = known[{m.client, m.server, m.client_port}];
    if (analyzer == nullptr) {
      connection = std::make_unique<zeek::Connection>(m.client, m.server, m.client_port);
      analyzer.reset(TunnelWatch::Instantiate(connection.get()));
    }
    zeek::run_state::network_time = 1e-9 * static_cast<double>(m.time.time_since_epoch().count());
    analyzer->DeliverPacket(static_cast<int>(m.octets.size()), reinterpret_cast<const zeek::u_char*>(m.octets.data()),
                            !m.response, 0, nullptr, static_cast<int>(m.octets.size()));
  });
  TunnelWatch::Done();
}
