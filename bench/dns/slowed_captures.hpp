// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/capture/source.hpp>
#include <netanomaly/core/hash.hpp>
#include <netanomaly/core/result.hpp>
#include <netanomaly/core/time.hpp>
#include <netanomaly/dns/detail/wire.hpp>
#include <netanomaly/dns/outcome.hpp>
#include <netanomaly/dns/pairing.hpp>
#include <netanomaly/dns/suffix.hpp>
#include <netanomaly/dns/transaction.hpp>

#include "support/dns_scenarios.hpp"

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <set>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace netanomaly::bench {

/// The captures under a folder in which every message is a tunnel's, as the READMEs beside them say: made/ without
/// benign_* and mixed_*, and captures/tunnel__*. In the order of their names.
inline std::vector<std::filesystem::path> tunnel_captures(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> found;
  const auto add = [&](const char* part, auto&& wanted) {
    std::error_code none;
    for (const auto& entry : std::filesystem::directory_iterator(folder / part, none)) {
      const std::string name = entry.path().filename().string();
      if (name.find(".pcap") != std::string::npos && wanted(name)) found.push_back(entry.path());
    }
  };
  add("made", [](const std::string& name) { return !name.starts_with("benign_") && !name.starts_with("mixed_"); });
  add("captures", [](const std::string& name) { return name.starts_with("tunnel__"); });
  std::ranges::sort(found);
  return found;
}

/// All transactions of a capture, in the order in which they were asked.
inline result<std::deque<scenarios::stored>> transactions_of(const std::filesystem::path& file) {
  auto source = capture::source::open_file(file.string());
  if (!source) return unexpected(std::move(source).error());
  std::deque<scenarios::stored> all;
  const auto keep = [&](const dns::transaction& t) {
    scenarios::stored& s = all.emplace_back();
    s.t = t;
    s.name.assign(t.name.begin(), t.name.end());
    if (!t.answers) return;
    s.answers.assign(t.answers->begin(), t.answers->end());
    for (const dns::answer& a : s.answers) s.rdata.emplace_back(a.rdata.begin(), a.rdata.end());
  };
  dns::pairing pairing;
  source->for_each([&]<class Seen>(const Seen& seen) {
    if constexpr (std::same_as<Seen, dns::transaction>) {
      keep(seen);
    } else if constexpr (std::same_as<Seen, dns::wire_message>) {
      pairing.update(seen, keep);
    }
  });
  pairing.flush(keep);
  // They come when they are answered, or given up.
  std::ranges::stable_sort(all, {}, [](const scenarios::stored& s) { return s.t.time; });
  return all;
}

/// How a tunnel of a capture is played again.
struct slowness {
  double rate = 2;                   ///< octets a second, as octets_of() counts them
  double longest = 24 * 3600;        ///< seconds: what comes later is cut off
  bool behind_resolver = false;      ///< seen from a resolver to the servers: letter case at random, nothing twice
  time_point start{};                ///< of the first transaction
  dns::ip_address client, resolver;  ///< in place of those of the capture
};

/// What a transaction carries at most: octets of the name left of the registrable domain, and of data in the answers.
inline double octets_of(const dns::transaction& t) {
  return static_cast<double>(dns::builtin_suffixes(t.name).registrable) + dns::summarise(t).data_octets;
}

/// The transactions in their order, each so long after the one before as that one's octets take at the rate, on
/// average: waiting times are exponential, so that no clock is seen. Gives the seconds that it lasts, and whether it
/// was cut off.
inline std::pair<double, bool> slow_down(std::deque<scenarios::stored>& traffic, const slowness& how,
                                         std::uint64_t seed) {
  scenarios::generator g(seed);
  double now = 0;
  double last = 0;
  std::set<std::pair<std::string, std::uint16_t>> asked;
  std::deque<scenarios::stored> slow;
  bool cut = false;
  for (scenarios::stored& s : traffic) {
    std::string folded;
    for (const std::byte b : s.name) folded += static_cast<char>(dns::detail::lower(b));
    if (how.behind_resolver && !asked.emplace(std::move(folded), s.t.type).second) continue;
    if (now > how.longest) {
      cut = true;
      break;
    }
    const double octets = octets_of(s.view());
    const auto answered_after = s.t.response_time ? *s.t.response_time - s.t.time : duration(0);
    s.t.time = how.start + duration(static_cast<std::int64_t>(now * 1e9));
    if (s.t.response_time) s.t.response_time = s.t.time + answered_after;
    s.t.client = how.client;
    s.t.server = how.resolver;
    if (how.behind_resolver) {
      s.t.vantage = dns::vantage::resolver_upstream;
      for (std::byte& b : s.name) {
        const std::byte letter = b | std::byte{0x20};
        if (letter >= std::byte{'a'} && letter <= std::byte{'z'} && g.chance(0.5)) b ^= std::byte{0x20};
      }
    }
    slow.push_back(std::move(s));
    last = now;
    now += g.exponential((std::max)(1.0, octets) / how.rate);
  }
  traffic = std::move(slow);
  return {last, cut};
}

}  // namespace netanomaly::bench
