// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/config.hpp>
#include <netanomaly/dns/answer_structure.hpp>
#include <netanomaly/dns/conversation.hpp>
#include <netanomaly/dns/name_structure.hpp>
#include <netanomaly/dns/product_marks.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

namespace netanomaly::inline NETANOMALY_MODE::dns {

/// What can speak for or against a tunnel. Each is weighed in decibels, 10 log10 of how much likelier the thing is in a
/// tunnel than in other traffic; docs/detection.md gives every formula and its reason.
enum class reason_id : std::uint8_t {
  new_name_octets,
  new_name_burst,
  names_asked_once,
  long_names,
  answers_carry_data,
  answer_octets,
  answers_never_same,
  carrier_types,
  counter_in_names,
  session_field,
  steady_pace,
  uneven_pace,
  never_connected,
  single_client,
  names_repeat,
  names_spell_addresses,
  names_of_services,
  answers_are_codes,
  hit_or_miss,
  names_do_not_exist,
  answers_are_addresses,
  connects_to_answers,
  no_order_in_names,
  nothing_but_a_counter,
  many_clients,
  long_known,
  answers_are_tagged,
  one_zone_of_several,
  joined_domains,
  joined_clients,
  edns_payload,
  tool_marks,
  counter_in_answers,
  server_of_its_own,
  addresses_of_no_host,
  addresses_in_few_networks
};
inline constexpr std::size_t reason_count = 36;  ///< values of reason_id

/// Reasons that say nearly the same thing share a cap.
enum class reason_family : std::uint8_t {
  names_up,
  name_size,
  answers_down,
  types,
  session,
  pace,
  contact,
  reach,
  lookup,
  joined,
  options,
  tools,
  server
};

/// A reason as such: its name, family and text.
struct reason_kind {
  std::string_view id;    ///< snake_case, stable
  std::string_view unit;  ///< of value and usual
  reason_family family;   ///< whose cap it shares
};

/// By reason_id.
inline constexpr std::array<reason_kind, reason_count> reason_kinds{{
    {"new_name_octets", "octets", reason_family::names_up},
    {"new_name_burst", "octets/min", reason_family::names_up},
    {"names_asked_once", "times", reason_family::names_up},
    {"long_names", "octets", reason_family::name_size},
    {"answers_carry_data", "share", reason_family::answers_down},
    {"answer_octets", "octets", reason_family::answers_down},
    {"answers_never_same", "times", reason_family::answers_down},
    {"carrier_types", "share", reason_family::types},
    {"counter_in_names", "columns", reason_family::session},
    {"session_field", "columns", reason_family::session},
    {"steady_pace", "ratio", reason_family::pace},
    {"uneven_pace", "ratio", reason_family::pace},
    {"never_connected", "share", reason_family::contact},
    {"single_client", "clients", reason_family::reach},
    {"names_repeat", "times", reason_family::lookup},
    {"names_spell_addresses", "share", reason_family::lookup},
    {"names_of_services", "share", reason_family::lookup},
    {"answers_are_codes", "share", reason_family::lookup},
    {"hit_or_miss", "share", reason_family::lookup},
    {"names_do_not_exist", "share", reason_family::lookup},
    {"answers_are_addresses", "share", reason_family::lookup},
    {"connects_to_answers", "share", reason_family::contact},
    {"no_order_in_names", "columns", reason_family::session},
    {"nothing_but_a_counter", "octets", reason_family::session},
    {"many_clients", "clients", reason_family::reach},
    {"long_known", "days", reason_family::reach},
    {"answers_are_tagged", "octets", reason_family::lookup},
    {"one_zone_of_several", "zones", reason_family::lookup},
    {"joined_domains", "domains", reason_family::joined},
    {"joined_clients", "clients", reason_family::joined},
    {"edns_payload", "octets", reason_family::options},
    {"tool_marks", "marks", reason_family::tools},
    {"counter_in_answers", "columns", reason_family::session},
    {"server_of_its_own", "domains", reason_family::server},
    {"addresses_of_no_host", "share", reason_family::answers_down},
    {"addresses_in_few_networks", "networks", reason_family::lookup},
}};

/// Most points that the reasons of a family give together.
[[nodiscard]] constexpr int cap_of(reason_family f) noexcept {
  switch (f) {
    case reason_family::names_up:
      return 22;
    case reason_family::name_size:
      return 10;
    case reason_family::answers_down:
      return 26;
    case reason_family::types:
      return 15;
    case reason_family::session:
      return 14;
    case reason_family::pace:
      return 8;
    case reason_family::contact:
      return 6;
    case reason_family::reach:
      return 2;
    case reason_family::lookup:
      return 0;
    case reason_family::joined:
      return 20;
    case reason_family::options:
      return 55;
    case reason_family::tools:
    case reason_family::server:
      return 3;
  }
  return 0;
}

/// A reason with its points and what they rest on.
struct weighed_reason {
  reason_id id{};    ///< which one
  int points = 0;    ///< decibels, whole, so that their sum is exact
  double value = 0;  ///< what was measured
  double usual = 0;  ///< what is usual in traffic without tunnels
};

/// What the detector knows beside the conversation itself.
struct surroundings {
  double domain_clients = 1;         ///< distinct clients that asked under this domain
  double all_clients = 1;            ///< distinct clients seen at all
  std::optional<double> known_days;  ///< since the domain was first seen, before this conversation began
  std::optional<double>
      contacted_share;  ///< of the answered addresses, those the client sent packets to; absent where only DNS was seen
  std::optional<double> server_domains;  ///< for which the servers asked are asked, the one with most
  double most_server_domains = 0;        ///< for which any server is asked: some 250 are "no less"
};

/// Reasons and their sum.
struct evidence {
  std::array<weighed_reason, reason_count> reasons{};  ///< the first `count` hold
  std::size_t count = 0;                               ///< reasons with points
  int score = 0;                                       ///< decibels: the sum of the reasons' points
  bool sufficient = false;                             ///< enough different names or answers to judge by
  std::optional<tool_match> tool;                      ///< that it looks like, where enough was found beside
  name_structure names;                                ///< how the names are built
  double distinct_names = 0;                           ///< under the zone
  double new_name_octets = 0;                          ///< octets of names that vary, over the distinct names
  double distinct_answers = 0;                         ///< data records
  double distinct_answer_octets = 0;                   ///< of rdata
  double distinct_payloads = 0;                        ///< in EDNS options
  double payload_octets = 0;                           ///< of these
  double joined_octets = 0;  ///< new_name_octets and distinct_answer_octets of all that is taken together

  /// The reasons that hold, in the order in which they were weighed.
  [[nodiscard]] std::span<const weighed_reason> weighed() const noexcept { return std::span(reasons).first(count); }
};

namespace detail {

/// Collects reasons in order, keeping each family within its cap.
class scales {
 public:
  explicit scales(evidence& e) noexcept : evidence_(e) {}
  void put(reason_id id, double points, double value, double usual) noexcept {
    int whole = static_cast<int>(std::lround(points));
    const auto family = reason_kinds[static_cast<std::size_t>(id)].family;
    int& sum = sums_[static_cast<std::size_t>(family)];
    if (whole > 0) {
      whole = (std::min)(whole, cap_of(family) - sum);
      if (whole > 0) sum += whole;
    }
    if (whole == 0) return;
    evidence_.reasons[evidence_.count++] = {id, whole, value, usual};
    evidence_.score += whole;
  }

 private:
  evidence& evidence_;
  std::array<int, 13> sums_{};
};

/// Of any two times: their difference as a duration might not be representable.
[[nodiscard]] constexpr double seconds_between(time_point from, time_point to) noexcept {
  return 1e-9 *
         (static_cast<double>(to.time_since_epoch().count()) - static_cast<double>(from.time_since_epoch().count()));
}

[[nodiscard]] inline double decades(double value, double from) noexcept {
  return value <= from ? 0 : std::log10(value / from);
}

/// What `count` gives of the intervals of the busiest `window` seconds, summed; the mean rate of the busiest interval
/// where intervals are longer.
[[nodiscard]] inline double busiest(const timeline& t, std::int64_t window, auto&& count) noexcept {
  const auto& used = t.intervals();
  double most = 0;
  if (t.width() >= window) {
    for (const auto& i : used) most = (std::max)(most, count(i));
    return most * static_cast<double>(window) / static_cast<double>(t.width());
  }
  double sum = 0;
  for (std::size_t from = 0, to = 0; to < used.size(); ++to) {
    sum += count(used[to]);
    while (used[from].index <= used[to].index - window / t.width()) sum -= count(used[from++]);
    most = (std::max)(most, sum);
  }
  return most;
}
/// Distinct names in the busiest `window` seconds.
[[nodiscard]] inline double busiest(const timeline& t, std::int64_t window) noexcept {
  return busiest(t, window, [](const timeline::interval& i) { return i.distinct_names(); });
}

/// Variance over mean of the queries in equal intervals: 1 where they come independently of each other, towards 0 where
/// a clock sends them, far above 1 where a person does. Absent for fewer than 8 intervals with 4 queries each.
[[nodiscard]] inline std::optional<double> dispersion(const timeline& t) {
  const auto& used = t.intervals();
  if (used.size() < 2) return std::nullopt;
  const std::int64_t first = used.front().index + 1;  // the first and the last are not whole
  const std::int64_t last = used.back().index - 1;
  const std::int64_t count = last - first + 1;
  if (count < 8) return std::nullopt;
  double total = 0;
  for (const auto& i : used) total += i.index >= first && i.index <= last ? i.queries : 0;
  if (total < 32) return std::nullopt;
  // join intervals until the mean is 4, and until they are few enough to walk
  const auto for_mean = static_cast<std::int64_t>(std::ceil(4 * static_cast<double>(count) / total));
  const std::int64_t joined = (std::max)({std::int64_t{1}, for_mean, count / 1024});
  const std::int64_t groups = count / joined;
  if (groups < 8) return std::nullopt;
  double sum = 0;
  double squares = 0;
  std::size_t at = 0;
  while (at < used.size() && used[at].index < first) ++at;
  for (std::int64_t g = 0; g < groups; ++g) {
    double queries = 0;
    for (; at < used.size() && used[at].index < first + (g + 1) * joined; ++at) queries += used[at].queries;
    sum += queries;
    squares += queries * queries;
  }
  const auto n = static_cast<double>(groups);
  const double mean = sum / n;
  if (mean < 4) return std::nullopt;
  return (squares - n * mean * mean) / (n - 1) / mean;
}

[[nodiscard]] constexpr bool is_rare_type(std::uint16_t type) noexcept {
  // NULL, KEY, HINFO and the obsolete mail types, and the numbers for private use: no application of today asks for
  // them.
  using namespace record_type;
  return type == null || type == key || type == hinfo || (type >= 3 && type <= 4) || (type >= 7 && type <= 9) ||
         type == 14 || (type >= 65280 && type <= 65534);
}

/// What was asked under one zone and came back: of the whole conversation, or of a part, told from the sampled names.
struct zone_sums {
  bool whole = true;
  double total = 0;
  std::array<double, outcome_count> outcomes{};
  double names = 0;  ///< distinct, under the zone
  double asked = 0;  ///< distinct names by which data is divided
  double answers = 0;
  double answer_size = 0;
  double rare_types = 0;
  double carrier_types = 0;

  void add_type(std::uint16_t type, double times) noexcept {
    if (is_rare_type(type)) {
      rare_types += times;
    } else if (carries_data(type)) {
      carrier_types += times;
    }
  }
};

[[nodiscard]] inline zone_sums sums_of(const conversation& talk, const name_structure& names) {
  zone_sums s;
  s.total = static_cast<double>(talk.transactions);
  for (std::size_t i = 0; i < outcome_count; ++i) s.outcomes[i] = static_cast<double>(talk.outcomes[i]);
  s.asked = talk.questions.distinct();
  s.names = s.asked * names.share;
  s.answers = talk.answers.distinct();
  talk.answers.for_each([&](std::uint64_t, const sampled_answer& a) { s.answer_size += a.octets; });
  if (!talk.answers.empty()) s.answer_size /= static_cast<double>(talk.answers.size());
  for (const auto& c : talk.types.counts()) s.add_type(c.code, static_cast<double>(c.times));
  return s;
}
/// The same of some of the sampled names, each standing for as many as the sample does not hold.
[[nodiscard]] inline zone_sums sums_of(const conversation& talk, member_span members) {
  zone_sums s{.whole = false};
  const double each = talk.questions.distinct() / static_cast<double>(talk.questions.size());
  double with_data = 0;
  for (const member* m : members) {
    const sampled_question& q = *m->question;
    const double times = each * q.asked;
    s.total += times;
    s.outcomes[static_cast<std::size_t>(q.result)] += times;
    s.add_type(q.type, times);
    if (q.result != outcome::data && q.result != outcome::pointer) continue;
    s.answer_size += q.data_octets;
    ++with_data;
  }
  s.names = s.asked = each * static_cast<double>(members.size());
  if (with_data > 0) s.answer_size /= with_data;
  const auto all_data = static_cast<double>(talk.outcomes[static_cast<std::size_t>(outcome::data)] +
                                            talk.outcomes[static_cast<std::size_t>(outcome::pointer)]);
  const double data =
      s.outcomes[static_cast<std::size_t>(outcome::data)] + s.outcomes[static_cast<std::size_t>(outcome::pointer)];
  if (all_data > 0) s.answers = data * (std::min)(1.0, talk.answers.distinct() / all_data);
  return s;
}

/// Weighs what was asked under one zone; `ttl` is the median of its answers that carry data.
[[nodiscard]] inline evidence weigh_zone(const conversation& talk, const surroundings& around,
                                         name_structure names_found, const zone_sums& sums, std::uint32_t ttl) {
  using enum reason_id;
  evidence e;
  detail::scales scales(e);
  e.names = std::move(names_found);
  const name_structure& names = e.names;

  const double total = sums.total;
  const auto outcome_of = [&](outcome o) { return sums.outcomes[static_cast<std::size_t>(o)]; };
  e.distinct_names = sums.names;
  e.new_name_octets = e.distinct_names * names.payload_octets;
  e.distinct_answers = sums.answers;
  const double answer_size = sums.answer_size;
  e.distinct_answer_octets = e.distinct_answers * answer_size;
  if (sums.whole && talk.payload_octets.known > 0) {
    e.distinct_payloads = talk.payloads.distinct();
    e.payload_octets = e.distinct_payloads * static_cast<double>(talk.payload_octets.sum) /
                       static_cast<double>(talk.payload_octets.known);
  }
  e.sufficient = e.distinct_names >= 8 || e.distinct_answers >= 8 || e.distinct_payloads >= 8;

  // What came back, among the responses whose content is known.
  const bool spelt = names.address_share >= 0.5;
  const double judged =
      total - outcome_of(outcome::unknown) - outcome_of(outcome::unanswered) - outcome_of(outcome::failed);
  const double data = outcome_of(outcome::data) + (spelt ? 0 : outcome_of(outcome::pointer));
  const auto share = [&](double part) { return judged > 0 ? part / judged : 0; };
  const double data_share = share(data);
  const double fresh = data > 0 ? (std::min)(1.0, e.distinct_answers / data) : 0;

  // How much each observation of a kind weighs grows with their number: eight of eight is not yet a habit.
  const auto habit = [](double count) { return count / (count + 16); };
  const double names_habit = habit(e.distinct_names);

  // Names up
  const bool fresh_answers = fresh >= 0.8 && data >= 8;
  const bool fresh_payloads =
      e.distinct_payloads >= 8 && e.distinct_payloads >= 0.8 * static_cast<double>(talk.payload_octets.known);
  const bool once = e.distinct_names >= 8 && names.asked <= 1.25;
  scales.put(new_name_octets, (std::min)(15.0, 6 * detail::decades(e.new_name_octets, 500)), e.new_name_octets, 500);
  const double burst = detail::busiest(talk.times, 60) * names.share * names.payload_octets;
  scales.put(new_name_burst, (std::min)(8.0, 8 * detail::decades(burst, 1500)), burst, 1200);
  // Behind a cache every name is asked once, the client stands for many, and those who connect are others.
  const bool cache = talk.is_behind_cache();
  if (once && !cache) scales.put(names_asked_once, 4 * names_habit, names.asked, 2);
  if (names.asked > 2.2 && !fresh_answers && !fresh_payloads)
    scales.put(names_repeat, -(std::min)(20.0, 4 + 14 * std::log10(names.asked / 2.2)), names.asked, 2);
  if (e.distinct_names >= 8)
    scales.put(long_names, names_habit * std::clamp((names.mean_octets - 16) / 8, 0.0, 6.0), names.mean_octets, 12);

  // Answers down
  const double cached = ttl >= 300 ? 0.4 : 1;  // an answer that is to be kept is meant to be asked for again
  unsigned counter_of_answers = 0;
  if (data >= 4) {
    const double sized = answer_size >= 8 ? 1 : 0.5;
    scales.put(answers_carry_data,
               habit(e.distinct_answers) * cached *
                   (12 * data_share * (std::min)(1.0, fresh / 0.8) * sized + (ttl <= 5 ? 3 * data_share : 0)),
               data_share, 0.05);
    scales.put(answer_octets, cached * (std::min)(9.0, 5 * detail::decades(e.distinct_answer_octets, 1000)),
               e.distinct_answer_octets, 1000);
    const double each = data / (std::max)(sums.asked, 1.0);
    if (fresh >= 0.9 && each >= 4) scales.put(answers_never_same, 10 * habit(e.distinct_answers), each, 2);
    const answer_structure texts = examine_answers(talk);
    const double share_of_texts = static_cast<double>(texts.texts) / static_cast<double>(talk.answers.size());
    counter_of_answers = fresh_answers && texts.fixed_octets == 0 ? texts.ordered_columns : 0;
    if (texts.fixed_octets > 0 && share_of_texts >= 0.9)
      scales.put(answers_are_tagged, -(std::min)(12.0, 6 + texts.fixed_octets / 2.0), texts.fixed_octets, 0);
  }

  // Options: nobody pads with anything but zeros (RFC 7830), and what a device says of itself is always the same.
  if (fresh_payloads)
    scales.put(edns_payload,
               45 * habit(e.distinct_payloads) + (std::min)(15.0, 6 * detail::decades(e.payload_octets, 500)),
               e.payload_octets, 0);

  // Types
  const double rare = sums.rare_types;
  const double carriers = sums.carrier_types;
  if (e.sufficient && total > 0 && (rare + carriers) / total >= 0.3)
    scales.put(carrier_types, habit(total) * (15 * rare + (once || fresh_answers ? 3 : 0) * carriers) / total,
               (rare + carriers) / total, 0.05);

  // Session
  const bool counter = names.ordered_columns > 0;
  if (counter) {
    const bool payload = names.payload_octets > 6;
    scales.put(counter_in_names, (std::min)(13.0, 9.0 + 2 * names.ordered_columns), names.ordered_columns, 0);
    if (names.fixed_columns >= 2 && payload) scales.put(session_field, 4, names.fixed_columns, 0);
    if (!payload && data_share < 0.3) scales.put(nothing_but_a_counter, -12, names.payload_octets, 12);
  } else if (names.fixed_columns >= 2 && fresh_answers && names.service_share < 0.5) {
    scales.put(session_field, 3 * names_habit, names.fixed_columns, 0);
  }
  if (counter_of_answers > 0)
    scales.put(counter_in_answers, (std::min)(11.0, 7.0 + 2 * counter_of_answers), counter_of_answers, 0);
  if (!counter && names.names >= 16) scales.put(no_order_in_names, -8, 0, 0);

  // Pace
  const auto pace = sums.whole ? detail::dispersion(talk.times) : std::nullopt;  // of a part it is not known
  if (pace && *pace <= 0.6 && (once || fresh_answers || fresh_payloads) &&
      e.distinct_names + e.distinct_answers + e.distinct_payloads >= 16)
    scales.put(steady_pace, *pace <= 0.25 ? 8 : 6, *pace, 5);
  const double hours = detail::seconds_between(talk.first_seen, talk.last_seen) / 3600;
  if (pace && *pace >= 4 && hours >= 1) scales.put(uneven_pace, -3, *pace, 5);

  // Look-ups
  if (names.address_share >= 0.3) scales.put(names_spell_addresses, -24 * names.address_share, names.address_share, 0);
  if (names.service_share >= 0.5) scales.put(names_of_services, -10 * names.service_share, names.service_share, 0);
  const double codes = share(outcome_of(outcome::code));
  const double nowhere = share(outcome_of(outcome::nxdomain));
  const double addresses = share(outcome_of(outcome::address));
  // A service that says the same to every question says nothing: then nobody looks anything up.
  const bool informative = talk.addresses.distinct() >= 2 || nowhere >= 0.05;
  if (codes >= 0.1) scales.put(answers_are_codes, (informative ? -14 : 0) * codes, codes, 0);
  if (nowhere >= 0.95) {
    scales.put(names_do_not_exist, -7, nowhere, 0.05);
  } else if (nowhere >= 0.08) {
    scales.put(hit_or_miss, -10, nowhere, 0.05);
  }
  if (addresses >= 0.3) {
    scales.put(answers_are_addresses, (informative ? -8 : -4) * addresses, addresses, 0.9);
    // Of octets at random in place of addresses, 13 % of IPv4's and 87 % of IPv6's are no host's.
    const address_structure where = sums.whole ? examine_addresses(talk) : address_structure();
    const auto of = static_cast<double>(where.addresses);
    const double hostless = static_cast<double>(where.hostless) / (std::max)(of, 1.0);
    if (where.hostless >= 2 && hostless >= 0.05) {
      scales.put(addresses_of_no_host, addresses * (std::min)(8.0, 60 * hostless), hostless, 0);
    } else if (where.addresses >= 8 && 4 * where.networks <= where.addresses) {
      scales.put(addresses_in_few_networks, -3 * addresses, static_cast<double>(where.networks), 1);
    }
  }

  // Contact
  if (around.contacted_share && addresses > 0.3 && !cache) {
    if (*around.contacted_share >= 0.3) {
      scales.put(connects_to_answers, -12, *around.contacted_share, 0.7);
    } else if (*around.contacted_share == 0) {
      scales.put(never_connected, 6, 0, 0.7);
    }
  }

  // Who is asked
  if (around.server_domains && *around.server_domains < 2.5 && around.most_server_domains >= 32 && !cache)
    scales.put(server_of_its_own, 3, *around.server_domains, around.most_server_domains);

  // Reach, of the domain: of a zone within, who else asks is not known.
  if (around.all_clients >= 10 && around.domain_clients < 1.5 && !cache) scales.put(single_client, 2, 1, 3);
  if (around.domain_clients >= 5 && around.domain_clients >= 0.05 * around.all_clients && !cache)
    scales.put(many_clients, (around.domain_clients >= 20 ? -8 : -6) * (sums.whole ? 1.0 : 0.5), around.domain_clients,
               3);
  if (around.known_days && *around.known_days >= 7 && sums.whole) scales.put(long_known, -3, *around.known_days, 30);
  return e;
}

/// Median TTL of the answers with data to these names; where none is known, one that says nothing.
[[nodiscard]] inline std::uint32_t median_ttl(member_span of) noexcept {
  std::array<std::uint32_t, conversation::question_sample> ttls{};
  std::size_t count = 0;
  for (const member* m : of) {
    const sampled_question& q = *m->question;
    if ((q.result == outcome::data || q.result == outcome::pointer) && q.ttl != unknown_ttl) ttls[count++] = q.ttl;
  }
  const std::span known = std::span(ttls).first(count);
  std::ranges::sort(known);
  return known.empty() ? 60 : known[count / 2];
}

/// Whether as many names as these may stand for could carry anything worth a look: it is dear.
[[nodiscard]] inline bool could_carry(const conversation& talk, member_span of, std::size_t depth) noexcept {
  std::size_t octets = 0;
  for (const member* m : of) {
    for (std::size_t i = 0; i + depth < m->labels.size(); ++i) octets += m->labels[i].size();
    if (m->question->result == outcome::data) octets += m->question->data_octets;
  }
  return static_cast<double>(octets) * talk.questions.distinct() / static_cast<double>(talk.questions.size()) >= 500;
}

}  // namespace detail

/// Weighs one conversation: the zone under which most names lie, and each of several under which many do; the one for
/// which most speaks. Who looks at k zones finds a score k times as likely: a part is charged 10 log10 k points.
/// A pure function of its arguments: whoever holds the same conversation gets the same points.
[[nodiscard]] inline evidence weigh(const conversation& talk, std::span<const std::byte> domain,
                                    const surroundings& around) {
  detail::name_sample sample(talk);
  const std::size_t sampled = sample.all().size();
  std::size_t zones = 0;
  evidence best;
  std::optional<evidence> part;
  auto judge = [&](detail::member_span of, std::size_t depth) {
    if (zones++ == 0) {
      // Before the members of this zone alone are looked at, as the whole conversation's.
      const std::uint32_t ttl = detail::median_ttl(sample.all());
      name_structure names = detail::examine_zone(of, depth, sampled, domain);
      const detail::zone_sums sums = detail::sums_of(talk, names);
      best = detail::weigh_zone(talk, around, std::move(names), sums, ttl);
    } else if (detail::could_carry(talk, of, depth)) {
      const detail::zone_sums sums = detail::sums_of(talk, of);
      evidence e = detail::weigh_zone(talk, around, detail::examine_zone(of, depth, sampled, domain), sums,
                                      detail::median_ttl(of));
      if (e.sufficient && (!part || e.score > part->score)) part = std::move(e);
    }
  };
  detail::for_each_zone(sample.all(), 0, judge);
  if (part) {
    detail::scales(*part).put(reason_id::one_zone_of_several, -10 * std::log10(static_cast<double>(zones)),
                              static_cast<double>(zones), 1);
    if (part->score > best.score) best = *std::move(part);
  }
  // Beside what was found without knowing any tool; never alone.
  constexpr int enough = 12;
  if (best.sufficient && best.score >= enough) best.tool = find_tool(talk, best.names.zone);
  if (best.tool) detail::scales(best).put(reason_id::tool_marks, 3, best.tool->marks, 0);
  return best;
}

}  // namespace netanomaly::inline NETANOMALY_MODE::dns
