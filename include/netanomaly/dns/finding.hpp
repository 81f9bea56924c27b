// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/config.hpp>
#include <netanomaly/core/time.hpp>
#include <netanomaly/dns/address.hpp>
#include <netanomaly/dns/alarm_rate.hpp>
#include <netanomaly/dns/conversation.hpp>
#include <netanomaly/dns/evidence.hpp>
#include <netanomaly/dns/name.hpp>
#include <netanomaly/dns/product_marks.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace netanomaly::inline NETANOMALY_MODE::dns {

/// What is thought of a client and a zone.
enum class conclusion : std::uint8_t {
  insufficient,  ///< fewer than eight different names, answers and EDNS payloads of each
  benign,
  suspicious,
  tunnel
};
/// As the program and JSON write it.
[[nodiscard]] constexpr std::string_view to_text(conclusion c) noexcept {
  constexpr std::array<std::string_view, 4> names = {"insufficient", "benign", "suspicious", "tunnel"};
  return names[static_cast<std::size_t>(c)];
}

/// One piece of evidence, for a person and for a program. Negative points speak against a tunnel.
struct reason {
  std::string_view id;    ///< snake_case, stable
  int points = 0;         ///< decibels
  double value = 0;       ///< what was measured
  double usual = 0;       ///< in traffic without tunnels
  std::string_view unit;  ///< of value and usual
  std::string text;       ///< a sentence for a person
};

/// What was carried in the busiest stretch of a certain length, as far as the timeline tells them apart: where its
/// intervals are longer, their mean rate.
struct budget {
  std::string_view name;       ///< minute, hour, day or week
  std::int64_t seconds = 0;    ///< its length
  double new_name_octets = 0;  ///< up: octets of names that vary, over the distinct names
  double answer_octets = 0;    ///< down: octets of distinct data records
};

/// Everything there is to say about one client and one zone.
struct finding {
  std::string registered_domain;       ///< in presentation form, as `zone`
  std::string zone;                    ///< the suffix to block: the registered domain until a longer one is discovered
  std::vector<ip_address> clients;     ///< the client judged
  std::vector<ip_address> server_ips;  ///< at most 8 of those asked
  time_point first_seen{};             ///< of the conversation
  time_point last_seen{};              ///< of the conversation
  std::uint64_t queries = 0;           ///< seen
  std::uint64_t responses = 0;         ///< seen or logged
  std::uint64_t unique_names = 0;      ///< exact up to 64, else within 3 %
  std::optional<std::uint64_t> bytes_up;          ///< octets of query messages; where a log has no sizes, derived
  std::optional<std::uint64_t> bytes_down;        ///< octets of response messages; where a log has no sizes, derived
  double subdomain_entropy = 0;                   ///< bits a character of what is left of the zone, letter case folded
  std::vector<code_counts::count> qtypes;         ///< how often each type was asked for
  std::vector<code_counts::count> rcodes;         ///< how often each response code came
  conclusion verdict = conclusion::insufficient;  ///< as the score and the number of names and answers make it
  bool anomalous = false;                         ///< the verdict is tunnel
  int score = 0;                                  ///< decibels: the sum of the reasons' points
  double threshold = 0;                           ///< decibels: a score above it is a tunnel
  double false_alarms_per_day = 0;   ///< expected to score as much or more, with as many clients (alarm_rate.hpp)
  std::vector<reason> reasons;       ///< strongest first, those against last
  std::vector<std::string> samples;  ///< names as text, in the order of time
  std::vector<std::string_view> not_available;  ///< what the source did not show
  std::optional<dns::vantage> vantage;          ///< where it was seen from, as far as that is known
  std::optional<tool_match> tool;               ///< that it looks like; of tunnels and suspects

  // beyond the line of JSON
  double new_name_octets = 0;       ///< octets of names that vary, over the distinct names
  double answer_octets = 0;         ///< octets of distinct data records
  double edns_payload_octets = 0;   ///< octets of distinct EDNS payloads
  double asked_per_name = 0;        ///< times a distinct name was asked, on average
  double mean_name_octets = 0;      ///< left of the zone
  std::array<budget, 4> budgets{};  ///< the busiest minute, hour, day and week
  /// The same of all clients held that ask under the zone; absent where others were not looked at.
  std::optional<std::array<budget, 4>> zone_budgets;
  /// The same of the client and the first of `server_ips`, under whatever domains; absent where others were not looked
  /// at, or the server is not known.
  std::optional<std::array<budget, 4>> server_budgets;
  double domain_clients = 0;                            ///< clients that asked under the registered domain
  double all_clients = 0;                               ///< clients seen
  std::array<std::uint64_t, outcome_count> outcomes{};  ///< transactions by outcome
  timeline times;                                       ///< queries, names, octets up and down by time
  std::vector<ip_address> answered_addresses;           ///< at most 16 of them
};

namespace detail {

/// A number as a person writes it: three digits, and no exponent.
[[nodiscard]] inline std::string short_number(double value) {
  const double size = std::abs(value);
  const int decimals = size >= 100 ? 0 : size >= 10 ? 1 : 2;
  const double scale = decimals == 0 ? 1 : decimals == 1 ? 10 : 100;
  auto units = static_cast<std::int64_t>(std::llround(size * scale));
  std::string digits = std::to_string(units / static_cast<std::int64_t>(scale));
  for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, 1, ',');
  units %= static_cast<std::int64_t>(scale);
  if (units != 0) {
    std::string part = std::to_string(units);
    part.insert(0, static_cast<std::size_t>(decimals) - part.size(), '0');
    while (part.back() == '0') part.pop_back();
    digits += '.' + part;
  }
  return (value < 0 && digits != "0" ? "-" : "") + digits;
}
[[nodiscard]] inline std::string percent(double share) { return short_number(std::round(share * 1000) / 10) + " %"; }

[[nodiscard]] inline std::string text_of(const weighed_reason& r, const evidence& e) {
  const std::string value = short_number(r.value);
  switch (r.id) {
    case reason_id::new_name_octets:
      return value + " octets in " + short_number(std::round(e.distinct_names)) +
             " different names, apart from what all of them share";
    case reason_id::new_name_burst:
      return value + " octets of new names in the busiest minute";
    case reason_id::names_asked_once:
      return "a name is asked once and not again";
    case reason_id::long_names:
      return "names have " + value + " octets left of the zone";
    case reason_id::answers_carry_data:
      return percent(r.value) + " of the answers bring data in place of an address";
    case reason_id::answer_octets:
      return value + " octets in " + short_number(std::round(e.distinct_answers)) + " different answers";
    case reason_id::answers_never_same:
      return "a name is asked " + value + " times and brings something new each time";
    case reason_id::carrier_types:
      return percent(r.value) + " of the questions are for record types that carry data";
    case reason_id::counter_in_names:
      return value + (r.value == 1 ? " column of the names counts" : " columns of the names count") + " up with time";
    case reason_id::session_field:
      return value + " characters are the same in every name, beside what changes";
    case reason_id::steady_pace:
      return "asks like a clock: the number of questions in equal times varies " + value +
             " times as much as by chance";
    case reason_id::uneven_pace:
      return "asks in bursts, as people and queues do";
    case reason_id::never_connected:
      return "the client sent nothing to any address it was given";
    case reason_id::single_client:
      return "one client alone asks for this domain";
    case reason_id::names_repeat:
      return "a name is asked " + value + " times";
    case reason_id::names_spell_addresses:
      return percent(r.value) + " of the names spell an IP address";
    case reason_id::names_of_services:
      return percent(r.value) + " of the names begin with a service's label, such as _ldap";
    case reason_id::answers_are_codes:
      return percent(r.value) + " of the answers are codes in 127.0.0.0/8";
    case reason_id::hit_or_miss:
      return percent(r.value) + " of the names do not exist and the others do: a look-up in a list";
    case reason_id::names_do_not_exist:
      return percent(r.value) + " of the names do not exist";
    case reason_id::answers_are_addresses:
      return percent(r.value) + " of the answers are addresses";
    case reason_id::connects_to_answers:
      return "the client talks to " + percent(r.value) + " of the addresses it was given";
    case reason_id::no_order_in_names:
      return "no column of the names follows time, as a counter would";
    case reason_id::nothing_but_a_counter:
      return "beside the counter the names say hardly anything: " + value + " octets";
    case reason_id::many_clients:
      return value + " clients ask for this domain";
    case reason_id::long_known:
      return "the domain has been known for " + value + " days";
    case reason_id::answers_are_tagged:
      return "answers are records that begin with one tag and '=': " + value + " octets are the same in all";
    case reason_id::one_zone_of_several:
      return "the zone is one of " + value + " within the domain, any of which might have scored by chance";
    case reason_id::joined_domains:
      return "the client asks under " + value + (r.value == 1 ? " other domain" : " other domains") +
             " in the same way: " + short_number(std::round(e.joined_octets)) + " octets in all";
    case reason_id::joined_clients:
      return value + (r.value == 1 ? " other client asks" : " other clients ask") +
             " under the domain in the same way: " + short_number(std::round(e.joined_octets)) + " octets in all";
    case reason_id::edns_payload:
      return value + " octets in " + short_number(std::round(e.distinct_payloads)) +
             " different EDNS paddings or options that no standard knows";
    case reason_id::counter_in_answers:
      return value + (r.value == 1 ? " column of the answers counts" : " columns of the answers count") +
             " up with time";
    case reason_id::addresses_of_no_host:
      return percent(r.value) +
             " of the addresses that came back can be no host's: multicast, reserved or not assigned";
    case reason_id::addresses_in_few_networks:
      return "the addresses that came back lie in " + value + (r.value == 1 ? " network" : " networks");
    case reason_id::server_of_its_own:
      return "the server that is asked is asked for nothing else";
    case reason_id::tool_marks:
      return e.tool ? "looks like " + std::string(e.tool->name) + ": " + value + " of its " + short_number(e.tool->of) +
                          " marks"
                    : "looks like a tool for tunnels";
  }
  return {};
}

/// Of the busiest minute, hour, day and week.
[[nodiscard]] inline std::array<budget, 4> budgets_of(const conversation& talk, const evidence& e) noexcept {
  std::array<budget, 4> all{{{"minute", 60}, {"hour", 3600}, {"day", 86400}, {"week", 604800}}};
  const auto octets_down = [](const timeline::interval& i) { return static_cast<double>(i.octets_down); };
  double down = 0;
  for (const auto& i : talk.times.intervals()) down += octets_down(i);
  for (budget& b : all) {
    b.new_name_octets =
        (std::min)(e.new_name_octets, busiest(talk.times, b.seconds) * e.names.share * e.names.payload_octets);
    // answers bring their data in the measure of their messages
    if (down > 0)
      b.answer_octets = e.distinct_answer_octets * (std::min)(1.0, busiest(talk.times, b.seconds, octets_down) / down);
  }
  return all;
}

/// Of the names under `zone` (labels in wire form, as name_structure has it; empty for all names) and what came back.
[[nodiscard]] inline std::array<budget, 4> budgets_under(const conversation& talk, std::string_view zone) {
  name_sample sample(talk);
  const std::size_t sampled = sample.all().size();
  const member_span members = keep_if(sample.all(), [&](const member& m) {
    const std::string_view labels = m.question->labels;
    return labels.size() > zone.size() && labels.ends_with(zone);
  });
  evidence e;
  e.names = examine_zone(members, label_list(zone).size(), sampled, {});
  const zone_sums sums = 3 * members.size() > 2 * sampled ? sums_of(talk, e.names) : sums_of(talk, members);
  e.new_name_octets = sums.names * e.names.payload_octets;
  e.distinct_answer_octets = sums.answers * sums.answer_size;
  return budgets_of(talk, e);
}

}  // namespace detail

/// The finding that `e`, the evidence of `talk`, amounts to.
[[nodiscard]] inline finding make_finding(const ip_address& client, std::span<const std::byte> domain,
                                          const conversation& talk, const evidence& e, const surroundings& around,
                                          conclusion verdict, double threshold, bool contacts_seen) {
  const auto text = [](std::string_view wire) {
    const auto name = wire_name::from_wire(std::as_bytes(std::span(wire)));
    return name ? name->to_text() : std::string();
  };
  const std::string registered(reinterpret_cast<const char*>(domain.data()), domain.size());
  finding f;
  f.registered_domain = text(registered);
  f.zone = text(e.names.zone + registered);
  f.clients = {client};
  const auto by_use = [](const window::distinct_sample<sampled_address>& sample) {
    std::vector<sampled_address> all;
    sample.for_each([&](std::uint64_t, const sampled_address& a) { all.push_back(a); });
    std::ranges::sort(all, [](const sampled_address& a, const sampled_address& b) {
      return a.seen != b.seen ? a.seen > b.seen : a.address < b.address;
    });
    std::vector<ip_address> addresses;
    addresses.reserve(all.size());
    for (const sampled_address& a : all) addresses.push_back(a.address);
    return addresses;
  };
  f.server_ips = by_use(talk.servers);
  f.answered_addresses = by_use(talk.addresses);
  f.first_seen = talk.first_seen;
  f.last_seen = talk.last_seen;
  f.queries = talk.queries;
  f.responses = talk.responses;
  f.unique_names = static_cast<std::uint64_t>(std::llround(talk.questions.distinct()));
  f.bytes_up = talk.octets_up.value();
  f.bytes_down = talk.octets_down.value();
  f.subdomain_entropy = e.names.entropy;
  f.qtypes = talk.types.counts();
  f.rcodes = talk.rcodes.counts();
  f.verdict = verdict;
  f.anomalous = verdict == conclusion::tunnel;
  f.score = e.score;
  f.threshold = threshold;
  f.false_alarms_per_day = alarm_rate::false_alarms_per_day(e.score, around.all_clients);
  for (const weighed_reason& r : e.weighed()) {
    const reason_kind& kind = reason_kinds[static_cast<std::size_t>(r.id)];
    f.reasons.push_back({kind.id, r.points, r.value, r.usual, kind.unit, detail::text_of(r, e)});
  }
  std::ranges::stable_sort(f.reasons, std::greater<>(), &reason::points);

  std::vector<const sampled_question*> names;
  talk.questions.for_each([&](std::uint64_t, const sampled_question& q) { names.push_back(&q); });
  const auto in_zone = [&](const sampled_question* q) {
    return q->labels.size() > e.names.zone.size() && q->labels.ends_with(e.names.zone);
  };
  if (std::ranges::any_of(names, in_zone)) std::erase_if(names, [&](const sampled_question* q) { return !in_zone(q); });
  std::ranges::sort(names, [](const sampled_question* a, const sampled_question* b) {
    return std::tie(a->first, a->labels) < std::tie(b->first, b->labels);
  });
  // five, evenly over the time
  for (std::size_t i = 0; i < 5 && i < names.size(); ++i) {
    const std::size_t at = names.size() <= 5 ? i : i * (names.size() - 1) / 4;
    f.samples.push_back(text(names[at]->labels + registered));
  }

  f.vantage = talk.seen_from();
  if (verdict == conclusion::tunnel || verdict == conclusion::suspicious) f.tool = e.tool;
  const bool derived = talk.sizes_derived > 0;
  if ((!f.bytes_up || derived) && talk.queries > 0) f.not_available.emplace_back("query_octets");
  if ((!f.bytes_down || derived) && (talk.responses > 0 || talk.outcomes[0] > 0))
    f.not_available.emplace_back("response_octets");
  if (talk.rcodes.counts().empty() && talk.outcomes[0] > 0) f.not_available.emplace_back("rcode");
  if (talk.outcomes[static_cast<std::size_t>(outcome::unknown)] > 0 || talk.answers_hidden > 0)
    f.not_available.emplace_back("answers");
  if (talk.servers.empty()) f.not_available.emplace_back("server");
  if (!contacts_seen) f.not_available.emplace_back("connections");

  f.new_name_octets = e.new_name_octets;
  f.answer_octets = e.distinct_answer_octets;
  f.edns_payload_octets = e.payload_octets;
  f.budgets = detail::budgets_of(talk, e);
  f.asked_per_name = e.names.asked;
  f.mean_name_octets = e.names.mean_octets;
  f.domain_clients = around.domain_clients;
  f.all_clients = around.all_clients;
  f.outcomes = talk.outcomes;
  f.times = talk.times;
  return f;
}

}  // namespace netanomaly::inline NETANOMALY_MODE::dns
