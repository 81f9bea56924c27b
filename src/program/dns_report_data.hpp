// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/time.hpp>
#include <netanomaly/dns/finding.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

/// What one run of `netanomaly dns` found, as plain values: filled in one place (dns_command.cpp), read by the writers
/// of the table, of JSON lines and of the page. Names are in presentation form: printable ASCII, other octets as \DDD.
namespace netanomaly::program {

enum class verdict_kind : std::uint8_t { tunnel, suspicious, benign, insufficient };
[[nodiscard]] constexpr const char* to_text(verdict_kind v) noexcept {
  switch (v) {
    case verdict_kind::tunnel:
      return "tunnel";
    case verdict_kind::suspicious:
      return "suspicious";
    case verdict_kind::benign:
      return "benign";
    case verdict_kind::insufficient:
      break;
  }
  return "insufficient";
}

struct reason {
  std::string id;
  int points = 0;  ///< decibels; negative: speaks against
  double value = 0, usual = 0;
  std::string unit;
  std::string text;
};

struct place {
  std::string country;  ///< ISO 3166-1 alpha-2; empty: not known
  std::optional<std::uint32_t> network;
  std::string organization;
};

struct address_count {
  std::string address;
  std::optional<std::uint64_t> queries;
  std::optional<place> where;
};

using named_count = std::pair<std::string, std::uint64_t>;

struct timeline_point {
  time_point time{};
  std::uint64_t queries = 0, new_names = 0, octets_up = 0, octets_down = 0;
};

/// One (client, zone) and what is held for and against it.
struct finding {
  std::string id;  ///< of client, registered domain and first_seen: the same as the incident's
  std::string registered_domain;
  std::string zone;
  std::vector<address_count> clients;
  std::uint64_t domain_clients = 0;  ///< that ask under the registered domain, of all_clients seen
  std::uint64_t all_clients = 0;
  std::vector<address_count> servers;
  time_point first_seen{}, last_seen{};
  std::optional<time_point> known_since;  ///< the registered domain, as far as the history goes back
  std::uint64_t queries = 0, responses = 0, unique_names = 0;
  std::optional<std::uint64_t> bytes_up;
  std::optional<std::uint64_t> bytes_down;
  double subdomain_entropy = 0;                              ///< bits a character, letter case folded
  double new_name_octets = 0;                                ///< of what varies in the names, over the distinct ones
  std::array<dns::budget, 4> budgets{};                      ///< carried at most in a minute, an hour, a day, a week
  std::optional<std::array<dns::budget, 4>> zone_budgets;    ///< of all clients that ask under the zone
  std::optional<std::array<dns::budget, 4>> server_budgets;  ///< of the client and its first server, under all domains
  std::vector<named_count> qtypes;
  std::vector<named_count> rcodes;
  verdict_kind verdict = verdict_kind::insufficient;
  int score = 0;
  double threshold = 0;
  std::optional<double> false_alarms_per_day;  ///< expected to score as much or more
  std::vector<reason> reasons;
  std::vector<std::string> samples;
  std::vector<std::string> not_available;
  struct known_tool {
    std::string name;
    unsigned marks = 0, of = 0;
  };
  std::optional<known_tool> tool;      ///< that it looks like
  std::optional<std::string> vantage;  ///< client, forwarder or resolver-upstream
  std::vector<timeline_point> timeline;
  duration timeline_step{};
  std::optional<std::string> allowed_by;  ///< the entry of the allow file that covers it
};

/// One line of the stream of incidents.
struct incident_line {
  std::string id;
  std::string activity;      ///< create, update, close
  std::string close_reason;  ///< empty but for close
  time_point time{}, opened{};
  std::uint64_t octets = 0;  ///< carried so far, both ways
  std::uint64_t number = 0;  ///< of the line, from 1
  bool is_known = true;      ///< false: the detector no longer holds the pair, and of `what` little is filled in
  finding what;
};

/// One input: what it was and what was read of it.
struct input_summary {
  std::string name;
  std::string form;  ///< "pcap", "pcapng, zstd", "live"
  std::optional<std::uint64_t> octets;
  std::string sha256;  ///< of the file as it is; empty where it was not computed
};

/// One allow-file entry that covered something.
struct allowed_summary {
  std::string entry;
  std::string comment;
  std::size_t line = 0;        ///< 0: from the command line
  std::uint64_t findings = 0;  ///< pairs that would be shown as tunnel or suspicious
  std::uint64_t queries = 0;   ///< of these
};

struct talker {
  std::string address;
  std::uint64_t queries = 0, responses = 0, bytes_up = 0, bytes_down = 0, zones = 0, nxdomain = 0;
};

/// A point of the scatter: every finding, and of the rest a sample that is said to be one.
struct scatter_point {
  std::string zone;
  std::string client;
  double new_name_octets = 0;
  double distinct_ratio = 0;
  std::uint64_t queries = 0;
  verdict_kind verdict = verdict_kind::insufficient;
};

/// A line of the scatter that the detector draws itself: beyond it, evidence counts.
struct scatter_limit {
  enum class axis_kind : std::uint8_t { octets, ratio } axis = axis_kind::octets;
  double at = 0;
  std::string text;
};

struct dns_report {
  std::vector<input_summary> inputs;
  std::optional<time_point> first, last;
  std::uint64_t packets = 0, messages = 0, queries = 0, responses = 0;
  std::uint64_t clients = 0;
  std::uint64_t pairs = 0;  ///< of (client, zone) judged
  std::uint64_t bytes_up = 0, bytes_down = 0;
  bool complete = true;         ///< false: an input ends early, or packets were dropped
  std::string incomplete_text;  ///< which, and how
  bool interrupted = false;
  std::set<std::string> tunnels, suspects;  ///< zones found, whether shown or not; those allowed apart
  std::uint64_t octets_left = 0;            ///< query octets to the tunnels
  duration tunnel_time{};                   ///< from the first to the last message of any
  std::vector<named_count> refused;         ///< what was counted and left, by kind, for people
  std::vector<std::string> not_visible;     ///< what this vantage cannot see, in sentences
  std::vector<finding> findings;            ///< tunnel and suspicious first, highest score first; then the rest
  std::vector<finding> near_misses;         ///< the next below the threshold
  std::vector<allowed_summary> allowed;
  std::vector<named_count> qtypes, rcodes;
  std::vector<talker> talkers;
  std::vector<scatter_point> scatter;
  std::vector<scatter_limit> scatter_limits;
  std::uint64_t scatter_left_out = 0;
  std::vector<std::pair<std::string, std::string>> settings;
  std::vector<std::pair<std::string, std::string>> notes;  ///< of what was seen: what, and the words for it
  double threshold = 0;
  double false_alarms_per_day = 0;  ///< expected at this threshold with as many clients
  std::size_t memory_octets = 0;
  time_point written{};
};

}  // namespace netanomaly::program
