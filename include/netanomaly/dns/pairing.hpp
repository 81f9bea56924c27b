// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/config.hpp>
#include <netanomaly/core/params.hpp>
#include <netanomaly/core/result.hpp>
#include <netanomaly/core/time.hpp>
#include <netanomaly/dns/address.hpp>
#include <netanomaly/dns/message_view.hpp>
#include <netanomaly/dns/transaction.hpp>
#include <netanomaly/dns/types.hpp>
#include <netanomaly/dns/wire_message.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace netanomaly::inline NETANOMALY_MODE::dns {

/// What became of the messages given to `pairing`.
struct pairing_counts {
  std::uint64_t queries = 0;           ///< messages
  std::uint64_t responses = 0;         ///< messages
  std::uint64_t answered = 0;          ///< queries with their response
  std::uint64_t unanswered = 0;        ///< queries that nobody answered in time
  std::uint64_t undecided = 0;         ///< queries still open when the capture ended or the table was full
  std::uint64_t unsolicited = 0;       ///< responses whose query was not seen
  std::uint64_t multicast = 0;         ///< questions to which anyone or no one may answer
  std::uint64_t retransmissions = 0;   ///< queries sent again while the first was open
  std::uint64_t duplicates = 0;        ///< messages captured twice
  std::uint64_t mismatched = 0;        ///< responses to another name or type than was asked under their id
  std::uint64_t cut_short = 0;         ///< messages of which the capture kept a part
  std::uint64_t malformed = 0;         ///< messages that break a rule behind their question
  std::uint64_t unreadable = 0;        ///< messages without a readable question: perhaps not DNS
  std::uint64_t without_question = 0;  ///< messages without a question that belong to no other

  /// Values of parse_rule.
  static constexpr std::size_t rules = static_cast<std::size_t>(parse_rule::opt_owner_is_root) + 1;
  /// Of malformed and unreadable messages that the capture did not cut: the first rule each of them broke.
  std::array<std::uint64_t, rules> broken_rules{};

  /// Calls f(name, text, value) for each count but broken_rules. Names are stable.
  template <class F>
  constexpr void for_each(F&& f) const {
    f(std::string_view("queries"), std::string_view("queries"), queries);
    f("responses", "responses", responses);
    f("answered", "queries with their response", answered);
    f("unanswered", "queries that nobody answered in time", unanswered);
    f("undecided", "queries still open when the capture ended or the table was full", undecided);
    f("unsolicited", "responses whose query was not seen", unsolicited);
    f("multicast", "multicast questions, to which anyone or no one may answer", multicast);
    f("retransmissions", "queries sent again while the first was open", retransmissions);
    f("duplicates", "messages captured twice", duplicates);
    f("mismatched", "responses to another name or type than was asked under their id", mismatched);
    f("cut_short", "messages of which the capture has only a part", cut_short);
    f("malformed", "messages that break a rule behind their question", malformed);
    f("unreadable", "messages without a readable question: perhaps not DNS", unreadable);
    f("without_question", "messages without a question that belong to no other", without_question);
  }
};

/// Puts queries and responses together to transactions, in bounded memory.
///
/// Key       Client, server, client's port, transport, id, opcode, name (letter case folded), type, class. A response
///           without a question, or whose question cannot be read, goes by the rest. On the ports of mDNS and LLMNR
///           (5353, 5355) the server is left out, because the query went to a group and a member answers.
/// Gives     A transaction when it is complete: with its response; after `timeout` without one (response_seen false);
///           when the table is full or at flush() (response_seen absent: nobody knows); at once for a response whose
///           query was not seen (query_seen false). `transaction.time` is the query's, so it may be older than that
///           of the one given before.
/// Groups    A question among mDNS members (from port 5353 to a group) is given at once, response_seen absent; what
///           members announce is unsolicited, under the name of its question or else of its first record, with the
///           group as client. The class is without the QU and cache-flush bits. A one-shot query (from another port)
///           and LLMNR are paired.
/// Repeats   A query sent again while open is counted as a retransmission and gives nothing of its own; so does a
///           copy of any message within `copy_window` (mirror ports) and of a response already given within
///           `timeout`, which are duplicates.
/// Opcodes   All are paired; `query_flags` tells which. The records of an UPDATE are no answers and are left out.
/// Faults    A message that is cut or malformed gives what stands before the fault, and `partial` is set. One without
///           a readable question is counted; its response may still close a query.
/// Memory    Fixed by `outstanding`, at about 365 octets each, and 0.7 MiB: buffers have their full size from
///           construction. A packet costs O(its octets) and at most 32 steps in the table, whoever chooses the ids:
///           the oldest of 32 in one place gives way.
/// Time      The newest message's; see DESIGN: it does not run backwards.
class pairing {
 public:
  static constexpr std::string_view kind = "pairing";

  struct params {
    std::uint32_t outstanding = 65536;
    duration timeout = std::chrono::seconds(10);
    duration copy_window = std::chrono::milliseconds(10);
    std::uint64_t seed = 0x7061'6972'696e'6721;
    std::optional<dns::vantage> vantage{};  ///< put into each transaction

    static constexpr void describe(auto& p, auto&& field) {
      field("outstanding", p.outstanding, between(1U, 1U << 24), "queries",
            "open at the same time; the oldest gives way");
      field("timeout", p.timeout, above(duration(0)), "", "after which a query counts as unanswered");
      field("copy_window", p.copy_window, at_least(duration(0)), "",
            "within which an equal message is a copy of the capture's");
      field("seed", p.seed, any_value(), "", "of the table's hash");
    }
    friend bool operator==(const params&, const params&) = default;
  };

  pairing() : pairing(params()) {}
  explicit pairing(const params& p);
  [[nodiscard]] static result<pairing> make(const params& p) { return make_checked<pairing>(p); }

  /// One message, in the order of capture. `emit(const transaction&)` is called for each transaction that this
  /// completes; what it is given is valid during the call, and it must not call back.
  template <std::invocable<const transaction&> Emit>
  void update(const wire_message& m, Emit&& emit);

  /// Time passes without messages: gives the queries that are now unanswered.
  template <std::invocable<const transaction&> Emit>
  void advance(time_point now, Emit&& emit);

  /// The end: gives all that is open.
  template <std::invocable<const transaction&> Emit>
  void flush(Emit&& emit);

  /// As constructed: forgets what is open, and the counts.
  void reset() noexcept;
  [[nodiscard]] const pairing_counts& counts() const noexcept { return counts_; }  ///< since the start or reset()
  [[nodiscard]] std::size_t outstanding() const noexcept { return used_; }         ///< queries that are open now
  [[nodiscard]] std::size_t memory_bytes() const noexcept {
    return sizeof(*this) + slots_.capacity() * sizeof(slot) + heads_.capacity() * sizeof(std::uint32_t) +
           recent_.capacity() * sizeof(given) + scratch_.capacity() + answers_.capacity() * sizeof(answer);
  }

 private:
  static constexpr std::uint32_t none = ~std::uint32_t{0};
  static constexpr std::size_t most_steps = 32;
  static constexpr std::size_t recent_places = 8192;
  static constexpr std::size_t scratch_octets = 131072;
  static constexpr std::size_t most_answers = (message_view::max_octets - message_view::header_octets) / 11 + 1;

  /// A query that waits for its response.
  struct slot {  // NOLINT(cppcoreguidelines-pro-type-member-init): `name` holds as many octets as name_octets says
    std::uint64_t hash = 0;
    std::uint64_t fingerprint = 0;
    std::uint32_t next = none;   // of the same place in heads_
    std::uint32_t older = none;  // in order of arrival; of free ones, the next free
    std::uint32_t newer = none;
    std::uint32_t length = 0;
    time_point time{};
    time_point arrived{};  // on the clock that does not run backwards
    ip_address client;
    ip_address server;
    std::uint16_t client_port = 0;
    std::uint16_t server_port = 0;
    std::uint16_t id = 0;
    std::uint16_t flags = 0;
    std::uint16_t type = 0;
    std::uint16_t dns_class = 0;
    dns::transport transport = dns::transport::udp;
    bool partial = false;
    std::optional<edns> extension;
    std::uint8_t name_octets = 0;
    std::array<std::byte, name_view::max_wire_octets> name;
  };

  /// A transaction given a short while ago, to know copies by.
  struct given {
    std::uint64_t fingerprint = 0;
    time_point arrived{};  // of the query, or of a response without one
    time_point closed{};   // of the response
    std::uint32_t query_length = 0;
    std::uint32_t response_length = 0;
    std::uint16_t response_flags = 0;
    bool paired = false;
  };

  /// A message that has been looked at.
  struct parsed {
    message_view view;
    bool whole = true;
    std::span<const std::byte> name;  // empty: no readable question
    std::uint16_t type = 0;
    std::uint16_t dns_class = 0;
  };

  /// A step of hashing and its end. What comes first is secret (the seed), so collisions cannot be chosen.
  [[nodiscard]] static constexpr std::uint64_t absorb(std::uint64_t h, std::uint64_t v) noexcept {
    return std::rotl((h ^ v) * 0x9e37'79b9'7f4a'7c15U, 29);
  }
  [[nodiscard]] static constexpr std::uint64_t finish(std::uint64_t h) noexcept {
    h = (h ^ h >> 32) * 0xd6e8'feb8'6659'fd93U;
    return h ^ h >> 32;
  }
  [[nodiscard]] static std::uint64_t load(const std::byte* p) noexcept {
    std::uint64_t v = 0;
    std::memcpy(&v, p, 8);
    return v;
  }
  [[nodiscard]] static std::uint64_t absorb(std::uint64_t h, const ip_address& a) noexcept {
    return absorb(absorb(h, load(a.octets().data())), load(a.octets().data() + 8));
  }
  [[nodiscard]] static std::uint64_t fingerprint_of(std::uint64_t hash, std::span<const std::byte> name,
                                                    std::uint16_t type) noexcept;
  [[nodiscard]] static bool same_name(std::span<const std::byte> a, std::span<const std::byte> b) noexcept {
    return a.size() == b.size() &&
           (std::memcmp(a.data(), b.data(), a.size()) == 0 || detail::equal_folded(a.data(), b.data(), a.size()));
  }
  [[nodiscard]] static bool to_anyone(std::uint16_t server_port) noexcept {
    return server_port == 5353 || server_port == 5355;
  }
  [[nodiscard]] static bool is_group(const ip_address& a) noexcept {
    return a.is_v4() ? detail::octet(a.octets()[12]) >> 4 == 0xe : a.octets()[0] == std::byte{0xff};
  }
  [[nodiscard]] std::uint64_t hash_of(const wire_message& m, std::uint16_t id) const noexcept;
  [[nodiscard]] std::uint32_t& head_of(std::uint64_t hash) noexcept {
    return heads_[static_cast<std::size_t>(hash) & (heads_.size() - 1)];
  }
  [[nodiscard]] given& recent_of(std::uint64_t fingerprint) noexcept {
    return recent_[fingerprint >> 32 & (recent_places - 1)];
  }
  [[nodiscard]] static bool same_key(const slot& s, std::uint64_t hash, const wire_message& m, std::uint16_t id,
                                     std::uint16_t flags) noexcept {
    return s.hash == hash && s.id == id && s.client_port == m.client_port && s.server_port == m.server_port &&
           s.transport == m.transport && ((s.flags ^ flags) & 0x7800U) == 0 && s.client == m.client &&
           (s.server == m.server || to_anyone(m.server_port));
  }

  [[nodiscard]] parsed look_at(const wire_message& m) noexcept;
  void fill(transaction& t, const slot& s) const noexcept;
  void fill_response(transaction& t, const wire_message& m, const parsed& p) noexcept;
  [[nodiscard]] std::optional<std::uint8_t> zone_of(const message_view& view, std::span<const std::byte> name) noexcept;
  [[nodiscard]] std::span<const answer> expand(const message_view& view, bool multicast, bool& whole) noexcept;
  void unlink(std::uint32_t index) noexcept;
  [[nodiscard]] std::uint32_t link(std::uint64_t hash) noexcept;

  template <class Emit>
  void query(const wire_message& m, const parsed& p, Emit& emit);
  template <class Emit>
  void response(const wire_message& m, const parsed& p, Emit& emit);
  template <class Emit>
  void close(std::uint32_t index, std::optional<bool> response_seen, Emit& emit);
  template <class Emit>
  void expire(Emit& emit);

  params params_;
  std::vector<slot> slots_;
  std::vector<std::uint32_t> heads_;  // a power of two of them, at least as many as slots
  std::vector<given> recent_;
  std::vector<std::byte> scratch_;
  std::vector<answer> answers_;
  std::array<std::byte, name_view::max_wire_octets> owner_{};
  std::uint32_t free_ = none;
  std::uint32_t oldest_ = none;
  std::uint32_t newest_ = none;
  std::uint32_t used_ = 0;
  time_point now_{};  // from 1970 on, so that differences fit
  pairing_counts counts_;
};

inline pairing::pairing(const params& p)
    : params_(checked<pairing>(p)),
      slots_(p.outstanding),
      heads_(std::bit_ceil(std::size_t{p.outstanding}), none),
      recent_(recent_places),
      scratch_(scratch_octets),
      answers_(most_answers) {
  reset();
}

inline void pairing::reset() noexcept {
  std::fill(heads_.begin(), heads_.end(), none);
  std::fill(recent_.begin(), recent_.end(), given{});
  free_ = oldest_ = newest_ = none;
  for (auto i = static_cast<std::uint32_t>(slots_.size()); i-- > 0;) slots_[i].older = std::exchange(free_, i);
  used_ = 0;
  now_ = {};
  counts_ = {};
}

template <std::invocable<const transaction&> Emit>
void pairing::update(const wire_message& m, Emit&& emit) {
  now_ = (std::max)(now_, m.time);
  expire(emit);
  ++(m.response ? counts_.responses : counts_.queries);
  const parsed p = look_at(m);
  if (m.response)
    response(m, p, emit);
  else
    query(m, p, emit);
}

template <std::invocable<const transaction&> Emit>
void pairing::advance(time_point now, Emit&& emit) {
  now_ = (std::max)(now_, now);
  expire(emit);
}

template <std::invocable<const transaction&> Emit>
void pairing::flush(Emit&& emit) {
  while (oldest_ != none) close(oldest_, std::nullopt, emit);
}

/// Parses, as far as it goes, and counts what is wrong.
inline pairing::parsed pairing::look_at(const wire_message& m) noexcept {
  parsed p;
  if (const auto whole = message_view::parse(m.octets)) [[likely]] {
    p.view = *whole;
    p.whole = !m.cut_short();
    counts_.cut_short += m.cut_short() ? 1 : 0;
  } else {
    p.view = message_view::parse_prefix(m.octets).view;
    p.whole = false;
    if (m.cut_short()) {
      ++counts_.cut_short;
    } else {
      ++counts_.broken_rules[static_cast<std::size_t>(whole.error().rule)];
      ++(p.view.qname().empty() ? counts_.unreadable : counts_.malformed);
    }
  }
  if (const auto q = p.view.first_question()) {
    p.name = p.view.qname();
    p.type = q->type();
    p.dns_class = m.server_port == 5353 ? q->dns_class() : q->raw_class();
  }
  return p;
}

template <class Emit>
void pairing::query(const wire_message& m, const parsed& p, Emit& emit) {
  if (p.name.empty()) {
    counts_.without_question += p.whole ? 1 : 0;
    return;
  }
  const std::uint16_t id = p.view.id();
  const std::uint64_t hash = hash_of(m, id);
  const std::uint64_t fingerprint = fingerprint_of(hash, p.name, p.type);
  given& before = recent_of(fingerprint);
  if (before.fingerprint == fingerprint && before.query_length == m.length &&
      now_ - before.arrived <= params_.copy_window) {
    ++counts_.duplicates;
    return;
  }
  const bool among_members = m.server_port == 5353 && m.client_port == 5353 && is_group(m.server);
  std::size_t steps = 0;
  std::uint32_t last = none;
  if (!among_members)
    for (std::uint32_t i = head_of(hash); i != none; last = i, i = slots_[i].next) {
      const slot& s = slots_[i];
      ++steps;
      if (!same_key(s, hash, m, id, p.view.flags()) || s.type != p.type || s.dns_class != p.dns_class ||
          !same_name({s.name.data(), s.name_octets}, p.name))
        continue;
      ++(s.length == m.length && now_ - s.arrived <= params_.copy_window ? counts_.duplicates
                                                                         : counts_.retransmissions);
      return;
    }
  if (steps >= most_steps) close(last, std::nullopt, emit);
  if (free_ == none) close(oldest_, std::nullopt, emit);

  const std::uint32_t index = link(hash);
  slot& s = slots_[index];
  s.fingerprint = fingerprint;
  s.length = m.length;
  s.time = m.time;
  s.arrived = now_;
  s.client = m.client;
  s.server = m.server;
  s.client_port = m.client_port;
  s.server_port = m.server_port;
  s.id = id;
  s.flags = p.view.flags();
  s.type = p.type;
  s.dns_class = p.dns_class;
  s.transport = m.transport;
  s.partial = !p.whole;
  s.extension.reset();
  if (const auto opt = p.view.opt()) s.extension = opt->summary();
  s.name_octets = static_cast<std::uint8_t>(p.name.size());
  std::memcpy(s.name.data(), p.name.data(), p.name.size());
  if (among_members) {
    before = {.fingerprint = fingerprint, .arrived = now_, .closed = now_, .query_length = m.length};
    ++counts_.multicast;
    close(index, std::nullopt, emit);
  }
}

template <class Emit>
void pairing::response(const wire_message& m, const parsed& p, Emit& emit) {
  if (m.octets.size() < message_view::header_octets) return;
  const std::uint16_t id = p.view.id();
  const std::uint16_t flags = p.view.flags();
  const std::uint64_t hash = hash_of(m, id);
  bool mismatch = false;
  for (std::uint32_t i = head_of(hash); i != none; i = slots_[i].next) {
    const slot& s = slots_[i];
    if (!same_key(s, hash, m, id, flags)) continue;
    if (!p.name.empty() &&
        (s.type != p.type || s.dns_class != p.dns_class || !same_name({s.name.data(), s.name_octets}, p.name))) {
      mismatch = true;
      continue;
    }
    recent_of(s.fingerprint) = {s.fingerprint, s.arrived, now_, s.length, m.length, flags, true};
    ++counts_.answered;
    transaction t;
    fill(t, s);
    t.server = m.server;
    t.response_seen = true;
    fill_response(t, m, p);
    emit(static_cast<const transaction&>(t));
    unlink(i);
    return;
  }
  counts_.mismatched += mismatch ? 1 : 0;

  transaction t;
  t.name = p.name;
  t.type = p.type;
  t.dns_class = p.dns_class;
  if (p.name.empty()) {  // what members of an mDNS group announce has no question
    if (p.view.answers().empty()) {
      counts_.without_question += p.whole ? 1 : 0;
      return;
    }
    const record first = p.view.answers().front();
    t.name = {owner_.data(), first.name().copy_wire(owner_)};
    t.type = first.type();
    t.dns_class = m.server_port == 5353 ? first.dns_class() : first.raw_class();
  }
  const std::uint64_t fingerprint = fingerprint_of(hash, t.name, t.type);
  given& before = recent_of(fingerprint);
  if (before.fingerprint == fingerprint && before.response_length == m.length && before.response_flags == flags &&
      now_ - before.closed <= (before.paired ? params_.timeout : params_.copy_window)) {
    ++counts_.duplicates;
    return;
  }
  before = {fingerprint, time_point{}, now_, 0, m.length, flags, false};
  ++counts_.unsolicited;
  t.time = m.time;
  t.client = m.client;
  t.server = m.server;
  t.client_port = m.client_port;
  t.server_port = m.server_port;
  t.transport = m.transport;
  t.vantage = params_.vantage;
  t.query_seen = false;
  t.response_seen = true;
  fill_response(t, m, p);
  emit(static_cast<const transaction&>(t));
}

/// Gives a query without a response.
template <class Emit>
void pairing::close(std::uint32_t index, std::optional<bool> response_seen, Emit& emit) {
  transaction t;
  fill(t, slots_[index]);
  t.response_seen = response_seen;
  if (response_seen)
    ++counts_.unanswered;
  else if (slots_[index].server_port != 5353 || slots_[index].client_port != 5353)
    ++counts_.undecided;
  emit(static_cast<const transaction&>(t));
  unlink(index);
}

template <class Emit>
void pairing::expire(Emit& emit) {
  while (oldest_ != none && now_ - slots_[oldest_].arrived > params_.timeout) close(oldest_, false, emit);
}

inline void pairing::fill(transaction& t, const slot& s) const noexcept {
  t.time = s.time;
  t.client = s.client;
  t.server = s.server;
  t.client_port = s.client_port;
  t.server_port = s.server_port;
  t.transport = s.transport;
  t.name = {s.name.data(), s.name_octets};
  t.type = s.type;
  t.dns_class = s.dns_class;
  t.query_flags = s.flags;
  t.query_octets = s.length;
  t.query_edns = s.extension;
  t.vantage = params_.vantage;
  t.partial = s.partial;
}

inline void pairing::fill_response(transaction& t, const wire_message& m, const parsed& p) noexcept {
  t.response_time = m.time;
  t.response_flags = p.view.flags();
  t.rcode = p.view.rcode();
  t.response_octets = m.length;
  t.authority_count = p.view.authority_count();
  t.additional_count = p.view.additional_count();
  t.zone_octets = zone_of(p.view, t.name);
  if (const auto opt = p.view.opt()) t.response_edns = opt->summary();
  bool whole = p.whole;
  if (p.view.opcode() != opcode::update) t.answers = expand(p.view, m.server_port == 5353, whole);
  t.partial = t.partial || !whole;
}

/// The zone that the authority section names, where the name lies in it.
inline std::optional<std::uint8_t> pairing::zone_of(const message_view& view,
                                                    std::span<const std::byte> name) noexcept {
  if (view.authorities().empty()) return std::nullopt;
  const record first = view.authorities().front();
  if (first.type() != record_type::ns && first.type() != record_type::soa) return std::nullopt;
  const std::size_t size = first.name().copy_wire(owner_);
  if (size > name.size() || !detail::equal_folded(name.data() + (name.size() - size), owner_.data(), size))
    return std::nullopt;
  return static_cast<std::uint8_t>(size);
}

/// The answers with the names in their data written out.
inline std::span<const answer> pairing::expand(const message_view& view, bool multicast, bool& whole) noexcept {
  std::size_t count = 0;
  std::span<std::byte> room = scratch_;
  for (const record& r : view.answers()) {
    answer& a = answers_[count];
    a.type = r.type();
    a.dns_class = multicast ? r.dns_class() : r.raw_class();
    a.ttl = r.ttl();
    a.rdata = r.rdata();
    if (r.rdata_has_names()) {
      const auto size = r.expanded_rdata(room);
      if (!size) {
        whole = false;
        break;
      }
      a.rdata = room.first(*size);
      room = room.subspan(*size);
    }
    ++count;
  }
  return {answers_.data(), count};
}

inline std::uint64_t pairing::hash_of(const wire_message& m, std::uint16_t id) const noexcept {
  const std::uint64_t numbers = std::uint64_t{m.client_port} << 33 | std::uint64_t{m.server_port} << 17 |
                                std::uint64_t{id} << 1 | static_cast<std::uint64_t>(m.transport);
  std::uint64_t h = absorb(absorb(params_.seed, numbers), m.client);
  if (!to_anyone(m.server_port)) h = absorb(h, m.server);
  return finish(h);
}

/// Eight octets at a time; A to Z as a to z.
inline std::uint64_t pairing::fingerprint_of(std::uint64_t hash, std::span<const std::byte> name,
                                             std::uint16_t type) noexcept {
  constexpr std::uint64_t ones = 0x0101'0101'0101'0101U;
  const auto folded = [](std::uint64_t v) {
    const std::uint64_t low = v & ones * 0x7f;
    const std::uint64_t capital = (low + ones * (0x80 - 'A')) & ~(low + ones * (0x80 - 'Z' - 1)) & ~v & ones * 0x80;
    return v | capital >> 2;
  };
  std::uint64_t h = absorb(hash, std::uint64_t{type} << 16 | name.size());
  std::size_t at = 0;
  for (; at + 8 <= name.size(); at += 8) h = absorb(h, folded(load(name.data() + at)));
  if (name.size() >= 8) {  // the last eight, some of them again
    if (at < name.size()) h = absorb(h, folded(load(name.data() + name.size() - 8)));
  } else {
    std::array<std::byte, 8> few{};
    std::copy(name.begin(), name.end(), few.begin());
    h = absorb(h, folded(load(few.data())));
  }
  return finish(h);
}

inline std::uint32_t pairing::link(std::uint64_t hash) noexcept {
  const std::uint32_t index = free_;
  slot& s = slots_[index];
  free_ = s.older;
  s.hash = hash;
  s.next = std::exchange(head_of(hash), index);
  s.older = newest_;
  s.newer = none;
  (newest_ == none ? oldest_ : slots_[newest_].newer) = index;
  newest_ = index;
  ++used_;
  return index;
}

inline void pairing::unlink(std::uint32_t index) noexcept {
  slot& s = slots_[index];
  std::uint32_t* at = &head_of(s.hash);
  while (*at != index) at = &slots_[*at].next;
  *at = s.next;
  (s.older == none ? oldest_ : slots_[s.older].newer) = s.newer;
  (s.newer == none ? newest_ : slots_[s.newer].older) = s.older;
  s.older = std::exchange(free_, index);
  --used_;
}

}  // namespace netanomaly::inline NETANOMALY_MODE::dns
