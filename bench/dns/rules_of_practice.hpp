// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/hash.hpp>
#include <netanomaly/core/time.hpp>
#include <netanomaly/dns/detail/wire.hpp>
#include <netanomaly/dns/entropy.hpp>
#include <netanomaly/dns/suffix.hpp>
#include <netanomaly/dns/transaction.hpp>
#include <netanomaly/dns/types.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace netanomaly::bench {

/// What products look for in DNS today, to compare with: each rule judges a client and a registrable domain, and a pair
/// that it has flagged once stays flagged. Windows begin at a pair's first question and follow one another.
class rules_of_practice {
 public:
  static constexpr std::array<std::string_view, 5> names{
      ">= 25 queries and >= 15 names with >= 40 characters left of the domain, in 5 min",
      ">= 10 names with a first label > 30 characters of > 3.5 bits each, in 60 s", ">= 100 names in a day",
      "NULL, PRIVATE or KEY asked for", "a name with >= 100 characters left of the domain"};

  /// Which rules have flagged the transaction's pair by now, a bit each.
  unsigned update(const dns::transaction& t) {
    std::array<std::byte, 255> folded{};
    std::transform(t.name.begin(), t.name.end(), folded.begin(), dns::detail::lower);
    const std::span<const std::byte> name(folded.data(), t.name.size());
    const std::size_t left = std::min<std::size_t>(dns::builtin_suffixes(name).registrable, name.size() - 1);
    pair& p = pairs_[splitmix64::mix(hash_(name.subspan(left))) ^ hash_(t.client.octets())];
    const unsigned now = p.flags | judge(p, t, name, left);
    for (std::size_t i = 0; i < names.size(); ++i) flagged_[i] += (now & ~p.flags) >> i & 1U;
    return p.flags = now;
  }
  /// Pairs flagged by each.
  [[nodiscard]] const std::array<std::size_t, names.size()>& flagged() const noexcept { return flagged_; }

 private:
  struct window {
    time_point begin{};
    std::size_t queries = 0;
    std::unordered_set<std::uint64_t> names;
    void advance(time_point now, duration width) {
      if (queries > 0 && now - begin < width) return;
      begin = now;
      queries = 0;
      names.clear();
    }
  };
  struct pair {
    window five_minutes, minute, day;
    unsigned flags = 0;
  };

  unsigned judge(pair& p, const dns::transaction& t, std::span<const std::byte> name, std::size_t left) const {
    using namespace std::chrono_literals;
    unsigned flags = 0;
    const std::uint64_t hash = hash_(name);
    p.five_minutes.advance(t.time, 5min);
    ++p.five_minutes.queries;
    if (left > 40) p.five_minutes.names.insert(hash);
    if (p.five_minutes.queries >= 25 && p.five_minutes.names.size() >= 15) flags |= 1U;
    p.minute.advance(t.time, 1min);
    ++p.minute.queries;
    const auto first = static_cast<std::size_t>(name[0]);
    if (left > 0 && first > 30 && entropy_of(name.subspan(1, first)) > 3.5) p.minute.names.insert(hash);
    if (p.minute.names.size() >= 10) flags |= 2U;
    p.day.advance(t.time, 24h);
    ++p.day.queries;
    if (p.day.names.size() < 100) p.day.names.insert(hash);
    if (p.day.names.size() >= 100) flags |= 4U;
    if (t.type == dns::record_type::null || t.type == dns::record_type::iodine_private ||
        t.type == dns::record_type::key)
      flags |= 8U;
    if (left > 100) flags |= 16U;
    return flags;
  }
  static double entropy_of(std::span<const std::byte> label) noexcept {
    dns::octet_histogram counts;
    counts.add(label);
    return counts.entropy();
  }

  keyed_hash hash_{1};
  std::unordered_map<std::uint64_t, pair> pairs_;
  std::array<std::size_t, names.size()> flagged_{};
};

}  // namespace netanomaly::bench
