// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "allow_list.hpp"
#include "dns_adapter.hpp"
#include "dns_report_data.hpp"

#include <netanomaly/dns/incidents.hpp>
#include <netanomaly/dns/tunnel_detector.hpp>

#include <functional>
#include <map>
#include <set>
#include <string>

namespace netanomaly::program {

/// The incidents of a run, as they happen: the detector's verdicts in, lines out. What the allow file covers gives
/// none.
class incident_stream {
 public:
  using line_function = std::function<void(const incident_line&)>;

  /// What is referred to must outlive it. `on_line` is called with each line, `on_zones` when the set of zones that
  /// carry a tunnel has changed.
  incident_stream(dns::incidents& all, const dns::tunnel_detector& detector, const allow_list& allowed,
                  place_function where, line_function on_line, std::function<void()> on_zones);

  /// A transaction whose verdict was anomalous.
  void update(const dns::transaction& t);
  /// Time passes.
  void advance(time_point now);
  /// The input has ended and will not be continued.
  void close_all();

  /// Of the tunnels known at the beginning and those found since.
  [[nodiscard]] std::set<std::string> zones() const;

 private:
  [[nodiscard]] std::optional<dns::finding> describe(const dns::ip_address& client, std::span<const std::byte> name);
  void emit(const dns::incident_event& e);

  dns::incidents& all_;
  const dns::tunnel_detector& detector_;
  const allow_list& allowed_;
  place_function where_;
  line_function on_line_;
  std::function<void()> on_zones_;
  std::map<std::uint64_t, std::string> zones_;  // by incident
};

}  // namespace netanomaly::program
