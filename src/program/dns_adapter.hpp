// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "allow_list.hpp"
#include "dns_report_data.hpp"

#include <netanomaly/capture/counters.hpp>
#include <netanomaly/dns/pairing.hpp>
#include <netanomaly/dns/tunnel_detector.hpp>

#include <functional>
#include <optional>

namespace netanomaly::program {

using place_function = std::function<std::optional<place>(const dns::ip_address&)>;

/// How the results are to be shown.
struct selection {
  bool all = false;      ///< every pair, not only tunnels and suspects
  bool allowed = false;  ///< what the allow file covers too
  bool page = false;     ///< near misses, scatter, talkers and totals too
  std::optional<std::size_t> top;
};

[[nodiscard]] finding to_finding(const dns::finding& f, const dns::history& domains, const place_function& where);

/// The entry that covers a finding; null where none does.
[[nodiscard]] const allow_list::entry* covering_entry(const allow_list& allowed, const dns::finding& f);

/// The one place where what the library found becomes what the writers read.
void take_findings(dns_report& report, const dns::tunnel_detector& detector, const allow_list& allowed,
                   const place_function& where, const selection& what);

/// What the capture and the pairing counted: what was left out, and what this vantage cannot see.
/// `echoes` are the transactions of resolvers whose clients' side was seen too.
void take_counts(dns_report& report, const capture::counters& packets, const dns::pairing_counts& messages,
                 std::uint64_t echoes);

}  // namespace netanomaly::program
