// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/config.hpp>
#include <netanomaly/core/hash.hpp>
#include <netanomaly/core/prefetch.hpp>
#include <netanomaly/core/state.hpp>
#include <netanomaly/core/time.hpp>
#include <netanomaly/dns/address.hpp>
#include <netanomaly/dns/detail/wire.hpp>
#include <netanomaly/dns/outcome.hpp>
#include <netanomaly/dns/suffix.hpp>
#include <netanomaly/dns/timeline.hpp>
#include <netanomaly/dns/transaction.hpp>
#include <netanomaly/window/distinct_sample.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace netanomaly::inline NETANOMALY_MODE::dns {

/// A sum over the transactions in which the quantity could be seen, and how many these were.
struct partial_sum {
  std::uint64_t sum = 0;    ///< over these transactions
  std::uint64_t known = 0;  ///< transactions in which it could be seen

  /// One transaction in which it could be seen.
  constexpr void add(std::uint64_t value) noexcept {
    sum += value;
    ++known;
  }
  /// One transaction; what is absent does not count.
  template <class T>
  constexpr void add(const std::optional<T>& value) noexcept {
    if (value) add(std::uint64_t{*value});
  }
  constexpr void merge(const partial_sum& other) noexcept {
    sum += other.sum;
    known += other.known;
  }
  /// Nothing where it was never seen: absent is not zero.
  [[nodiscard]] constexpr std::optional<std::uint64_t> value() const noexcept {
    return known == 0 ? std::nullopt : std::optional(sum);
  }
  friend bool operator==(const partial_sum&, const partial_sum&) = default;
};

/// How often each of a few numbers was seen (record types, response codes), in the order of the numbers. At most 64 are
/// told apart; the rest count under 65535.
class code_counts {
 public:
  static constexpr std::size_t max_codes = 64;  ///< told apart
  /// A response code and how often it came.
  struct count {
    std::uint16_t code = 0;   ///< 65535: all that were not told apart
    std::uint64_t times = 0;  ///< seen
    friend bool operator==(const count&, const count&) = default;
  };

  /// O(log codes), and O(codes) where the code is new.
  void add(std::uint16_t code, std::uint64_t times = 1) noexcept {
    auto at = std::ranges::lower_bound(counts_, code, {}, &count::code);
    if (at == counts_.end() || at->code != code) {
      if (counts_.size() >= max_codes && code != other) return add(other, times);
      const auto where = at - counts_.begin();
      if (counts_.size() == counts_.capacity()) counts_.reserve(std::bit_ceil(counts_.size() + 1));
      at = counts_.insert(counts_.begin() + where, count{code, 0});
    }
    at->times += times;
  }
  void merge(const code_counts& from) noexcept {
    for (const count& c : from.counts_) add(c.code, c.times);
  }
  /// In the order of the codes.
  [[nodiscard]] const std::vector<count>& counts() const noexcept { return counts_; }
  /// Times this code was seen.
  [[nodiscard]] std::uint64_t operator[](std::uint16_t code) const noexcept {
    const auto at = std::ranges::lower_bound(counts_, code, {}, &count::code);
    return at != counts_.end() && at->code == code ? at->times : 0;
  }
  /// Times any code was seen.
  [[nodiscard]] std::uint64_t total() const noexcept {
    std::uint64_t sum = 0;
    for (const count& c : counts_) sum += c.times;
    return sum;
  }
  /// Asks for the memory that add() will read.
  void prefetch() const noexcept {
    if (!counts_.empty()) netanomaly::prefetch(counts_.data());
  }
  /// Held beyond the object itself at most, told from the content alone.
  [[nodiscard]] std::size_t heap_bytes() const noexcept {
    return (counts_.empty() ? 0 : std::bit_ceil(counts_.size())) * sizeof(count);
  }
  friend bool operator==(const code_counts&, const code_counts&) = default;

  void save(state_writer& out) const {
    out.scalar(static_cast<std::uint8_t>(counts_.size()));
    for (const count& c : counts_) {
      out.scalar(c.code);
      out.scalar(c.times);
    }
  }
  static code_counts load(state_reader& in) {
    code_counts counts;
    const auto size = in.scalar<std::uint8_t>();
    if (in.ok() && size > max_codes + 1) in.fail("too many codes");
    if (!in.charge(size, sizeof(count))) return counts;
    for (std::uint8_t i = 0; i < size && in.ok(); ++i) {
      const auto code = in.scalar<std::uint16_t>();
      const auto times = in.count();
      if (in.ok() && i > 0 && code <= counts.counts_.back().code) in.fail("codes out of order");
      counts.counts_.push_back({code, times});
    }
    return in.ok() ? counts : code_counts();
  }

 private:
  static constexpr std::uint16_t other = 65535;
  std::vector<count> counts_;
};

/// One of the names asked for, and what the earliest question for it brought.
struct sampled_question {
  std::string labels;                 ///< left of the registrable domain, wire form without the root, lower case
  time_point first{};                 ///< when it was first asked
  std::uint32_t asked = 0;            ///< how often
  std::uint32_t ttl = 0;              ///< least TTL of the answers
  std::uint32_t data_octets = 0;      ///< of the answers that carry data
  std::uint16_t type = 0;             ///< QTYPE
  outcome result = outcome::unknown;  ///< what came back
  std::uint8_t served_from = 0;  ///< 1 + labels between the registrable domain and the zone that serves the name; 0:
                                 ///< not known

  /// Of two accounts of one name the earlier one stands; the rest of the order only makes the choice the same
  /// everywhere.
  [[nodiscard]] bool precedes(const sampled_question& o) const noexcept {
    return std::tuple(first, type, result, data_octets, ttl, served_from) <
           std::tuple(o.first, o.type, o.result, o.data_octets, o.ttl, o.served_from);
  }
  void absorb(const sampled_question& theirs) {
    const std::uint32_t sum = asked > ~theirs.asked ? ~std::uint32_t{0} : asked + theirs.asked;
    if (theirs.precedes(*this)) *this = theirs;
    asked = sum;
  }
};

/// One of the different records that came as answers and carry data.
struct sampled_answer {
  static constexpr std::size_t head_octets = 24;  ///< kept of each
  std::array<std::byte, head_octets> head{};      ///< of its rdata
  std::uint16_t octets = 0;                       ///< of its rdata
  std::uint16_t type = 0;                         ///< of the record
  std::uint32_t seen = 0;                         ///< times; stays at 2^32 - 1
  time_point first{};                             ///< when it first came

  void absorb(const sampled_answer& theirs) noexcept {
    first = (std::min)(first, theirs.first);
    seen = seen > ~theirs.seen ? ~std::uint32_t{0} : seen + theirs.seen;
  }
};

/// An address among the answers, and how often it came.
struct sampled_address {
  ip_address address;      ///< as answered or asked
  std::uint32_t seen = 0;  ///< times; stays at 2^32 - 1

  void absorb(const sampled_address& theirs) noexcept {
    seen = seen > ~theirs.seen ? ~std::uint32_t{0} : seen + theirs.seen;
  }
};

/// What EDNS options carried in one message (edns::payload_octets).
struct sampled_payload {
  std::uint16_t octets = 0;  ///< of one message
};

/// A transaction with what every part of the detector asks about it, computed once.
struct observed {
  const transaction* source = nullptr;  ///< valid during the call
  answer_summary summary;               ///< what came back
  std::uint64_t name_hash = 0;          ///< of the whole name in lower case
  std::uint64_t domain_hash = 0;        ///< of the registrable domain in lower case
  std::uint64_t server_hash = 0;        ///< of the server's address, where it is known
  std::uint8_t served_from = 0;         ///< as sampled_question has it
  std::span<const std::byte> labels;    ///< left of the registrable domain, lower case
  std::span<const std::byte> domain;    ///< the registrable domain with the root label, lower case
};

/// What is remembered of the questions of one client under one registrable domain.
///
/// Sums, counts and uniform samples only: whatever the order in which transactions arrive, and on however many machines
/// they were counted, the merged conversation is the same. Nothing in it decays; tunnel_detector forgets whole
/// conversations. Bounded: at most 64 names, 32 answers, 16 addresses, 8 servers, 32 EDNS payloads, 48 intervals, about
/// 18 KiB.
class conversation {
 public:
  /// Sizes of the samples.
  static constexpr std::uint16_t question_sample = 64, answer_sample = 32, address_sample = 16, server_sample = 8,
                                 payload_sample = 32;
  /// Of the HyperLogLog counts beside them: bits of an index.
  static constexpr unsigned name_precision = 10, answer_precision = 8, address_precision = 6, server_precision = 4,
                            payload_precision = 8;

  /// O(log sample); the hash keys the samples, so that parts merge only under one seed.
  void add(const observed& o, const keyed_hash& hash) noexcept {
    const transaction& t = *o.source;
    first_seen = (std::min)(first_seen, t.time);
    last_seen = (std::max)(last_seen, t.time);
    if (t.query_seen) {
      ++queries;
      octets_up.add(t.query_octets);
    }
    // A response shows the question that it answers, so the question counts as asked where only it was seen.
    types.add(t.type);
    ++transactions;
    ++outcomes[static_cast<std::size_t>(o.summary.kind)];
    if (t.response_seen.value_or(t.rcode.has_value() || t.answers.has_value())) {
      ++responses;
      octets_down.add(t.response_octets);
      if (t.rcode) rcodes.add(*t.rcode);
    }
    if (t.octets_derived) ++sizes_derived;
    if (t.vantage) ++vantages[static_cast<std::size_t>(*t.vantage)];
    add_question(o);
    if (t.answers) add_answers(*t.answers, t.time, hash);
    if (t.server) add_address(servers, *t.server, o.server_hash);
    for (const std::optional<edns>* e : {&t.query_edns, &t.response_edns})
      if (*e && (*e)->payload_octets > 0) add_payload(**e, hash);
    times.add(t.time, o.name_hash, t.query_octets.value_or(0), t.response_octets.value_or(0));
  }

  /// Asks for the memory that add() goes to, all at once: one after the other it would wait for each.
  void prefetch() const noexcept {
    questions.prefetch();
    addresses.prefetch();
    servers.prefetch();
    answers.prefetch();
    types.prefetch();
    rcodes.prefetch();
    times.prefetch();
  }

  /// As if it had also seen all that `other` saw.
  void merge(const conversation& other) {
    first_seen = (std::min)(first_seen, other.first_seen);
    last_seen = (std::max)(last_seen, other.last_seen);
    transactions += other.transactions;
    queries += other.queries;
    responses += other.responses;
    octets_up.merge(other.octets_up);
    octets_down.merge(other.octets_down);
    answer_octets.merge(other.answer_octets);
    for (std::size_t i = 0; i < outcome_count; ++i) outcomes[i] += other.outcomes[i];
    sizes_derived += other.sizes_derived;
    answers_hidden += other.answers_hidden;
    for (std::size_t i = 0; i < vantages.size(); ++i) vantages[i] += other.vantages[i];
    types.merge(other.types);
    rcodes.merge(other.rcodes);
    const auto absorb = [](auto& mine, const auto& theirs) { mine.absorb(theirs); };
    questions.merge(other.questions, absorb);
    count_labels();
    answers.merge(other.answers, absorb);
    addresses.merge(other.addresses, absorb);
    servers.merge(other.servers, absorb);
    payload_octets.merge(other.payload_octets);
    payloads.merge(other.payloads, [](const sampled_payload&, const sampled_payload&) {});
    times.merge(other.times);
  }

  /// The sampled names under `zone`, as name_structure has it, lose it: names of several zones become comparable.
  void cut_names(std::string_view zone) {
    questions.for_each_to_change([&](std::uint64_t, sampled_question& q) {
      if (q.labels.size() > zone.size() && q.labels.ends_with(zone)) q.labels.resize(q.labels.size() - zone.size());
    });
    count_labels();
  }

  /// Held beyond the object itself at most, told from the content alone.
  [[nodiscard]] std::size_t heap_bytes() const noexcept {
    return types.heap_bytes() + rcodes.heap_bytes() + questions.heap_bytes() + answers.heap_bytes() +
           addresses.heap_bytes() + servers.heap_bytes() + payloads.heap_bytes() + times.heap_bytes() + label_bytes;
  }

  void save(state_writer& out) const {
    out.scalar(first_seen);
    out.scalar(last_seen);
    for (const std::uint64_t n : {transactions, queries, responses}) out.scalar(n);
    for (const partial_sum& s : {octets_up, octets_down, answer_octets}) {
      out.scalar(s.sum);
      out.scalar(s.known);
    }
    out.array(std::span<const std::uint64_t>(outcomes));
    out.scalar(sizes_derived);
    out.scalar(answers_hidden);
    out.array(std::span<const std::uint64_t>(vantages));
    types.save(out);
    rcodes.save(out);
    questions.save(out, [](state_writer& to, const sampled_question& q) {
      to.name(q.labels);
      to.scalar(q.first);
      to.scalar(q.asked);
      to.scalar(q.ttl);
      to.scalar(q.data_octets);
      to.scalar(q.type);
      to.scalar(static_cast<std::uint8_t>(q.result));
      to.scalar(q.served_from);
    });
    answers.save(out, [](state_writer& to, const sampled_answer& a) {
      to.bytes(a.head);
      to.scalar(a.octets);
      to.scalar(a.type);
      to.scalar(a.seen);
      to.scalar(a.first);
    });
    const auto save_address = [](state_writer& to, const sampled_address& a) {
      to.bytes(a.address.octets());
      to.scalar(a.seen);
    };
    addresses.save(out, save_address);
    servers.save(out, save_address);
    out.scalar(payload_octets.sum);
    out.scalar(payload_octets.known);
    payloads.save(out, [](state_writer& to, const sampled_payload& p) { to.scalar(p.octets); });
    times.save(out);
  }
  static conversation load(state_reader& in) {
    conversation c;
    c.first_seen = in.scalar<time_point>();
    c.last_seen = in.scalar<time_point>();
    for (std::uint64_t* n : {&c.transactions, &c.queries, &c.responses}) *n = in.count();
    for (partial_sum* s : {&c.octets_up, &c.octets_down, &c.answer_octets}) {
      s->sum = in.count();
      s->known = in.count();
    }
    in.array(std::span<std::uint64_t>(c.outcomes));
    c.sizes_derived = in.count();
    c.answers_hidden = in.count();
    for (std::uint64_t& n : c.vantages) n = in.count();
    c.types = code_counts::load(in);
    c.rcodes = code_counts::load(in);
    c.questions = decltype(c.questions)::load(in, question_sample, name_precision, [&c](state_reader& from) {
      sampled_question q;
      const std::string_view labels = from.name();
      if (from.ok() && !whole_labels(labels)) from.fail("labels that do not end where they should");
      if (!from.charge(labels.size())) return q;
      q.labels.assign(labels);
      q.first = from.scalar<time_point>();
      q.asked = from.scalar<std::uint32_t>();
      q.ttl = from.scalar<std::uint32_t>();
      q.data_octets = from.scalar<std::uint32_t>();
      q.type = from.scalar<std::uint16_t>();
      const auto result = from.scalar<std::uint8_t>();
      if (from.ok() && result >= outcome_count) from.fail("an unknown outcome");
      q.result = static_cast<outcome>(from.ok() ? result : 0);
      q.served_from = from.scalar<std::uint8_t>();
      c.label_bytes += bytes_of(q.labels);
      return q;
    });
    c.answers = decltype(c.answers)::load(in, answer_sample, answer_precision, [](state_reader& from) {
      sampled_answer a;
      for (std::byte& b : a.head) b = static_cast<std::byte>(from.scalar<std::uint8_t>());
      a.octets = from.scalar<std::uint16_t>();
      a.type = from.scalar<std::uint16_t>();
      a.seen = from.scalar<std::uint32_t>();
      a.first = from.scalar<time_point>();
      return a;
    });
    const auto load_address = [](state_reader& from) {
      std::array<std::byte, 16> octets{};
      for (std::byte& b : octets) b = static_cast<std::byte>(from.scalar<std::uint8_t>());
      return sampled_address{*ip_address::from_octets(octets), from.scalar<std::uint32_t>()};
    };
    c.addresses = decltype(c.addresses)::load(in, address_sample, address_precision, load_address);
    c.servers = decltype(c.servers)::load(in, server_sample, server_precision, load_address);
    c.payload_octets.sum = in.count();
    c.payload_octets.known = in.count();
    c.payloads = decltype(c.payloads)::load(in, payload_sample, payload_precision, [](state_reader& from) {
      return sampled_payload{from.scalar<std::uint16_t>()};
    });
    c.times = timeline::load(in);
    return in.ok() ? std::move(c) : conversation();
  }

  time_point first_seen = (time_point::max)();          ///< the greatest time before the first
  time_point last_seen = (time_point::min)();           ///< the least time before the first
  std::uint64_t transactions = 0;                       ///< seen from either side
  std::uint64_t queries = 0;                            ///< those whose query was seen
  std::uint64_t responses = 0;                          ///< seen or logged
  partial_sum octets_up;                                ///< query messages
  partial_sum octets_down;                              ///< response messages
  partial_sum answer_octets;                            ///< rdata of data records
  std::array<std::uint64_t, outcome_count> outcomes{};  ///< transactions by outcome
  std::uint64_t sizes_derived = 0;                      ///< transactions whose sizes are not known but derived
  std::uint64_t answers_hidden = 0;                     ///< records of which the source did not show the data
  std::array<std::uint64_t, 3> vantages{};              ///< transactions by where they were seen, where that is known
  code_counts types;                                    ///< QTYPEs asked
  code_counts rcodes;                                   ///< response codes, where known
  window::distinct_sample<sampled_question> questions{question_sample, name_precision};   ///< by name
  window::distinct_sample<sampled_answer> answers{answer_sample, answer_precision};       ///< data records, by content
  window::distinct_sample<sampled_address> addresses{address_sample, address_precision};  ///< answered
  window::distinct_sample<sampled_address> servers{server_sample, server_precision};      ///< asked
  partial_sum payload_octets;  ///< in EDNS options, of the messages that had any
  window::distinct_sample<sampled_payload> payloads{payload_sample,
                                                    payload_precision};  ///< in EDNS options, by content
  timeline times;                                                        ///< queries, names and octets

  /// From where most of it was seen; nothing where no source said.
  [[nodiscard]] std::optional<dns::vantage> seen_from() const noexcept {
    const auto most = std::max_element(vantages.begin(), vantages.end());
    return *most == 0 ? std::nullopt : std::optional(static_cast<dns::vantage>(most - vantages.begin()));
  }
  /// Whether the client is a resolver, which asks for others and keeps the answers.
  [[nodiscard]] bool is_behind_cache() const noexcept {
    const auto from = seen_from();
    return from && *from != dns::vantage::client;
  }

 private:
  static bool whole_labels(std::string_view labels) noexcept {
    std::size_t at = 0;
    while (at < labels.size()) {
      const auto length = static_cast<unsigned char>(labels[at]);
      if (length == 0 || length > 63) return false;
      at += 1U + length;
    }
    return at == labels.size();
  }
  static std::size_t bytes_of(const std::string& s) noexcept {
    return s.size() > std::string().capacity() ? s.size() + 1 : 0;
  }

  void count_labels() noexcept {
    label_bytes = 0;
    questions.for_each([this](std::uint64_t, const sampled_question& q) { label_bytes += bytes_of(q.labels); });
  }
  void add_question(const observed& o) noexcept {
    const transaction& t = *o.source;
    sampled_question seen{.labels = {},
                          .first = t.time,
                          .asked = 1,
                          .ttl = o.summary.least_ttl,
                          .data_octets = o.summary.data_octets,
                          .type = t.type,
                          .result = o.summary.kind,
                          .served_from = o.served_from};
    std::size_t gone = 0;
    const auto at = questions.find_or_insert(o.name_hash, [&](const sampled_question* leaving) {
      if (leaving != nullptr) gone = bytes_of(leaving->labels);
      seen.labels.assign(reinterpret_cast<const char*>(o.labels.data()), o.labels.size());
      return std::move(seen);
    });
    if (at.value == nullptr) return;
    if (at.inserted) {
      label_bytes += bytes_of(at.value->labels) - gone;
    } else if (seen.precedes(*at.value)) {
      seen.labels = std::move(at.value->labels);
      seen.asked = at.value->asked;
      *at.value = std::move(seen);
      at.value->asked += at.value->asked != ~std::uint32_t{0} ? 1 : 0;
    } else {
      at.value->asked += at.value->asked != ~std::uint32_t{0} ? 1 : 0;
    }
  }
  void add_answers(std::span<const answer> records, time_point time, const keyed_hash& hash) noexcept {
    for (const answer& a : records) {
      if (a.type == record_type::a || a.type == record_type::aaaa) {
        if (const auto address = ip_address::from_octets(a.rdata))
          add_address(addresses, *address, hash(address->octets()));
        continue;
      }
      if (!carries_data(a.type) && a.type != record_type::ptr) continue;
      if (!a.rdata_known) {
        ++answers_hidden;
        continue;
      }
      answer_octets.add(std::uint64_t{a.rdata.size()});
      const auto at = answers.find_or_insert(hash(a.rdata) ^ splitmix64::mix(a.type), [&](const sampled_answer*) {
        sampled_answer made{.octets = static_cast<std::uint16_t>(std::min<std::size_t>(a.rdata.size(), 65535)),
                            .type = a.type,
                            .first = time};
        std::memcpy(made.head.data(), a.rdata.data(), (std::min)(a.rdata.size(), made.head.size()));
        return made;
      });
      if (at.value == nullptr) continue;
      if (at.value->seen != ~std::uint32_t{0}) ++at.value->seen;
      at.value->first = (std::min)(at.value->first, time);
    }
  }
  void add_payload(const edns& e, const keyed_hash& hash) noexcept {
    payload_octets.add(std::uint64_t{e.payload_octets});
    payloads.find_or_insert(hash(e.payload_hash),
                            [&](const sampled_payload*) { return sampled_payload{e.payload_octets}; });
  }
  static void add_address(window::distinct_sample<sampled_address>& to, const ip_address& address,
                          std::uint64_t hash) noexcept {
    const auto at =
        to.find_or_insert(hash, [&](const sampled_address*) { return sampled_address{.address = address}; });
    if (at.value != nullptr && at.value->seen != ~std::uint32_t{0}) ++at.value->seen;
  }

  std::size_t label_bytes = 0;  // what the sampled names hold outside the sample
};

}  // namespace netanomaly::inline NETANOMALY_MODE::dns
