// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/config.hpp>
#include <netanomaly/dns/conversation.hpp>
#include <netanomaly/dns/evidence.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace netanomaly::inline NETANOMALY_MODE::dns {

/// A conversation and what was found in it alone: what joins with others like it.
struct weighed_conversation {
  const conversation* talk = nullptr;  ///< never null
  const evidence* found = nullptr;     ///< never null: weigh() of it
};

namespace detail {

/// Half the sum of the differences of two distributions: 0 where they are equal, 1 where they have nothing in common.
template <std::size_t N>
[[nodiscard]] double total_variation(const std::array<double, N>& a, const std::array<double, N>& b) noexcept {
  double sum_a = 0;
  double sum_b = 0;
  for (std::size_t i = 0; i < N; ++i) {
    sum_a += a[i];
    sum_b += b[i];
  }
  if (sum_a == 0 || sum_b == 0) return sum_a == sum_b ? 0 : 1;
  double sum = 0;
  for (std::size_t i = 0; i < N; ++i) sum += std::abs(a[i] / sum_a - b[i] / sum_b);
  return sum / 2;
}

/// What two conversations are compared by.
struct likeness {
  std::array<double, 256> characters{};                                // left of the zone
  std::array<double, outcome_count> outcomes{};                        // of transactions
  std::array<double, 16> types{};                                      // asked for, by their lowest bits
  std::array<std::uint16_t, conversation::question_sample> lengths{};  // of names left of the zone, ascending
  std::size_t names = 0;

  explicit likeness(const weighed_conversation& w) {
    w.talk->questions.for_each([&](std::uint64_t, const sampled_question& q) {
      const std::string_view zone = w.found->names.zone;
      std::string_view left = q.labels;
      if (left.size() <= zone.size() || !left.ends_with(zone)) return;
      left.remove_suffix(zone.size());
      lengths[names++] = static_cast<std::uint16_t>(left.size());
      for (std::size_t at = 0; at < left.size();) {
        const auto length = static_cast<unsigned char>(left[at++]);
        for (const char c : left.substr(at, length)) ++characters[static_cast<unsigned char>(c)];
        at += length;
      }
      ++outcomes[static_cast<std::size_t>(q.result)];
      ++types[q.type % types.size()];
    });
    std::ranges::sort(all_lengths());
  }
  [[nodiscard]] std::span<std::uint16_t> all_lengths() noexcept { return std::span(lengths).first(names); }
  [[nodiscard]] std::span<const std::uint16_t> all_lengths() const noexcept { return std::span(lengths).first(names); }

  /// Whether both may be samples of one traffic: lengths by Kolmogorov and Smirnov's distance, at 1 % of error.
  [[nodiscard]] bool resembles(const likeness& other) const noexcept {
    if (names < 8 || other.names < 8) return false;
    const auto n = static_cast<double>(names);
    const auto m = static_cast<double>(other.names);
    double distance = 0;
    std::size_t theirs = 0;
    for (std::size_t mine = 0; mine < names;) {
      const std::uint16_t length = lengths[mine];
      const auto gap = [&] { return std::abs(static_cast<double>(mine) / n - static_cast<double>(theirs) / m); };
      while (theirs < other.names && other.lengths[theirs] < length) ++theirs;
      distance = (std::max)(distance, gap());
      while (mine < names && lengths[mine] == length) ++mine;
      while (theirs < other.names && other.lengths[theirs] == length) ++theirs;
      distance = (std::max)(distance, gap());
    }
    // What chance makes of two samples of one distribution: half of sqrt(2 k / pi) of the sizes, for each of k values.
    const auto chance = [&](double values) { return 0.4 * std::sqrt(values * (1 / n + 1 / m)); };
    return distance <= 1.63 * std::sqrt(1 / n + 1 / m) &&
           total_variation(outcomes, other.outcomes) <= 0.1 + chance(2) &&
           total_variation(types, other.types) <= 0.1 + chance(2) &&
           total_variation(characters, other.characters) <= 0.15 + chance(2);
  }
};

/// A copy in which names end at the zone, so that those of several zones can be read as one list.
[[nodiscard]] inline conversation without_zone(const weighed_conversation& w) {
  conversation talk = *w.talk;
  talk.cut_names(w.found->names.zone);
  return talk;
}

}  // namespace detail

/// Whether the names of two conversations, and what came back, look like samples of one traffic: lengths left of the
/// zone, characters, types and outcomes, for which at least eight names of either are needed; or both have new EDNS
/// payloads.
[[nodiscard]] inline bool resemble(const weighed_conversation& a, const weighed_conversation& b) {
  const auto by_payload = [](const weighed_conversation& w) {
    return std::ranges::any_of(w.found->weighed(),
                               [](const weighed_reason& r) { return r.id == reason_id::edns_payload; });
  };
  if (by_payload(a) || by_payload(b)) return by_payload(a) && by_payload(b);
  return detail::likeness(a).resembles(detail::likeness(b));
}

/// Whether two conversations about one domain may be of one client, as their addresses do not say: both are of
/// resolvers, each of which asks for a part of the site; or one ends before the other begins, and either lasts ten
/// minutes or more, as with a host that changes its address (RFC 8981). Many clients that ask in the same way at the
/// same time are what a service has.
[[nodiscard]] inline bool may_be_one_client(const conversation& a, const conversation& b) noexcept {
  if (a.is_behind_cache() || b.is_behind_cache()) return a.is_behind_cache() && b.is_behind_cache();
  const auto lasts = [](const conversation& c) { return detail::seconds_between(c.first_seen, c.last_seen) >= 600; };
  return (a.last_seen < b.first_seen || b.last_seen < a.first_seen) && lasts(a) && lasts(b);
}

/// What is found in conversations that are parts of one, taken together: `first` and `others`, each under the zone that
/// was found in it. `domain` and `around` are those of the first.
[[nodiscard]] inline evidence weigh_together(const weighed_conversation& first,
                                             std::span<const weighed_conversation> others,
                                             std::span<const std::byte> domain, const surroundings& around) {
  conversation all = detail::without_zone(first);
  for (const weighed_conversation& other : others) all.merge(detail::without_zone(other));
  return weigh(all, domain, around);
}

/// Adds to `first.found`, as one reason, what the conversations say together beyond what the first says alone. Who
/// looks at domains and at clients finds a score twice as likely, which is charged.
inline void join(evidence& e, reason_id why, const conversation& talk, std::span<const weighed_conversation> others,
                 std::span<const std::byte> domain, surroundings around) {
  if (why == reason_id::joined_clients)  // they count as one
    around.domain_clients = (std::max)(1.0, around.domain_clients - static_cast<double>(others.size()));
  const evidence together = weigh_together({&talk, &e}, others, domain, around);
  const double more = together.score - e.score - 10 * std::log10(2.0);
  if (more < 1) return;
  e.joined_octets = together.new_name_octets + together.distinct_answer_octets + together.payload_octets;
  detail::scales(e).put(why, more, static_cast<double>(others.size()), 0);
}

}  // namespace netanomaly::inline NETANOMALY_MODE::dns
