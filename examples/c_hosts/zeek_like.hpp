// SPDX-License-Identifier: Apache-2.0
// The few parts of Zeek's analyzer interface that the plug-in of zeek_plugin.cpp touches, so that it compiles and runs
// without Zeek. In a real plug-in they come from <zeek/analyzer/Analyzer.h> and the like.
#pragma once

#include <netanomaly/dns/address.hpp>

#include <cstdint>
#include <cstdio>
#include <string>

namespace zeek {

class IP_Hdr;
using u_char = unsigned char;

/// Where a connection comes from and goes to.
class Connection {
 public:
  Connection(const netanomaly::dns::ip_address& origin, const netanomaly::dns::ip_address& response, std::uint16_t port)
      : origin_(origin), response_(response), port_(port) {}
  [[nodiscard]] const netanomaly::dns::ip_address& OrigAddr() const { return origin_; }
  [[nodiscard]] const netanomaly::dns::ip_address& RespAddr() const { return response_; }
  [[nodiscard]] std::uint16_t OrigPort() const { return port_; }

 private:
  netanomaly::dns::ip_address origin_, response_;
  std::uint16_t port_;
};

namespace run_state {
inline double network_time = 0;
}

namespace analyzer {
class Analyzer {
 public:
  explicit Analyzer(const char* /*name*/, Connection* c) : connection_(c) {}
  Analyzer(const Analyzer&) = delete;
  Analyzer& operator=(const Analyzer&) = delete;
  virtual ~Analyzer() = default;
  virtual void DeliverPacket(int length, const u_char* data, bool from_origin, std::uint64_t sequence, const IP_Hdr* ip,
                             int captured) = 0;
  [[nodiscard]] Connection* Conn() const { return connection_; }

 private:
  Connection* connection_;
};
}  // namespace analyzer

/// Raises an event; a script would make a notice of it.
inline void enqueue(const char* event, const std::string& client, const std::string& zone, double score,
                    const std::string& id) {
  std::printf("%s %s -> %s, score %.0f, %s\n", event, client.c_str(), zone.c_str(), score, id.c_str());
}

}  // namespace zeek
