// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "json_scanner.hpp"
#include "log_record.hpp"
#include "zeek_log.hpp"

#include <netanomaly/core/time.hpp>
#include <netanomaly/dns/transaction.hpp>

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace netanomaly::inline NETANOMALY_MODE::capture {

/// A DNS event of Suricata's EVE: one side of a transaction.
struct eve_event {
  log_record record;
  bool response = false;
  bool one_answer = false;  ///< version 1: each answer is an event of its own, under its owner's name
  void clear() noexcept {
    record.clear();
    response = one_answer = false;
  }
};

/// Lines of Suricata's EVE log: events of type dns in versions 1 and 2 (query and answer, as objects or grouped by
/// type) and 3 (request and response), and flow events, which tell who talked to whom. Others are passed over.
class eve_log {
 public:
  [[nodiscard]] log_line read(json_scanner& scanner, std::string_view line, eve_event& e, dns::contact& c);
  [[nodiscard]] const char* fault() const noexcept { return fault_; }

 private:
  struct answer_text;
  struct message;
  [[nodiscard]] log_line damaged(const char* why) noexcept {
    fault_ = why;
    return log_line::damaged;
  }
  static void read_dns(json_scanner& scanner, message& m);
  static void read_answer(json_scanner& scanner, answer_text& a);
  static void add(log_record& r, const answer_text& a);

  const char* fault_ = nullptr;
};

/// Puts the two sides of a transaction together, which EVE logs apart: by addresses, ports and id, and by name and type
/// where there are several. A query waits 30 s for its answer; what is logged of a transaction after that stands alone.
/// Bounded: the oldest of `most` gives way, and of 32 in one place.
class eve_join {
 public:
  static constexpr duration timeout = std::chrono::seconds(30);
  static constexpr std::size_t most_answer_octets = std::size_t{16} << 20;  // of version 1, waiting

  explicit eve_join(std::size_t most, std::uint64_t seed);

  /// Takes the event's content. `emit` gets each log_record that is complete.
  template <class Emit>
  void add(eve_event& e, Emit&& emit);
  /// Time passes without events.
  template <class Emit>
  void advance(time_point now, Emit&& emit) {
    now_ = std::max(now_, now);
    expire(emit);
  }
  template <class Emit>
  void flush(Emit&& emit) {
    while (oldest_ != none) close(oldest_, false, emit);
  }
  [[nodiscard]] time_point now() const noexcept { return now_; }
  [[nodiscard]] bool waits() const noexcept { return oldest_ != none; }
  [[nodiscard]] std::size_t memory_bytes() const noexcept;

 private:
  static constexpr std::uint32_t none = ~std::uint32_t{0};
  static constexpr std::size_t most_steps = 32;
  struct slot {
    log_record record;
    std::uint64_t hash = 0;
    time_point arrived{};
    std::uint32_t next = none;
    std::uint32_t older = none;
    std::uint32_t newer = none;
  };

  [[nodiscard]] std::uint64_t hash_of(const log_record& r) const noexcept;
  [[nodiscard]] std::uint32_t& head_of(std::uint64_t hash) noexcept { return heads_[hash & (heads_.size() - 1)]; }
  [[nodiscard]] static bool same_ends(const log_record& a, const log_record& b) noexcept;
  [[nodiscard]] static bool same_question(const log_record& a, const log_record& b) noexcept;
  [[nodiscard]] std::uint32_t link(std::uint64_t hash);
  void unlink(std::uint32_t index) noexcept;
  static void answer(log_record& query, log_record& response);

  template <class Emit>
  void expire(Emit& emit) {
    while (oldest_ != none && now_ - slots_[oldest_].arrived > timeout) close(oldest_, true, emit);
  }
  template <class Emit>
  void close(std::uint32_t index, bool in_time, Emit& emit) {
    log_record& r = slots_[index].record;
    // A log without any answer may have been told to leave them out.
    if (!r.response_seen && in_time && answers_seen_ && r.server_port != 5353) r.response_seen = false;
    emit(r);
    waiting_octets_ -= r.answer_octets();
    unlink(index);
  }

  std::vector<slot> slots_;
  std::vector<std::uint32_t> heads_;
  std::size_t most_;
  std::uint64_t seed_;
  std::uint32_t free_ = none;
  std::uint32_t oldest_ = none;
  std::uint32_t newest_ = none;
  std::size_t waiting_octets_ = 0;
  time_point now_{};
  bool answers_seen_ = false;
};

template <class Emit>
void eve_join::add(eve_event& e, Emit&& emit) {
  log_record& r = e.record;
  if (heads_.empty()) heads_.assign(std::bit_ceil(most_), none);
  now_ = std::max(now_, r.time);
  expire(emit);
  answers_seen_ = answers_seen_ || e.response;
  const std::uint64_t hash = hash_of(r);
  std::size_t steps = 0;
  std::uint32_t last = none;
  for (std::uint32_t i = head_of(hash); i != none; last = i, i = slots_[i].next) {
    slot& s = slots_[i];
    ++steps;
    if (s.hash != hash || !same_ends(s.record, r)) continue;
    if (!e.response) {
      if (s.record.query_seen && same_question(s.record, r)) return;  // sent again, or logged twice
      continue;
    }
    if (e.one_answer) {
      waiting_octets_ -= s.record.answer_octets();
      answer(s.record, r);
      waiting_octets_ += s.record.answer_octets();
      while (waiting_octets_ > most_answer_octets) close(oldest_, true, emit);
      return;
    }
    if (!s.record.query_seen || (r.has_name() && !same_question(s.record, r))) continue;
    waiting_octets_ -= s.record.answer_octets();
    answer(s.record, r);
    emit(s.record);
    unlink(i);
    return;
  }
  if (e.response && !e.one_answer) {  // its query was not logged
    r.query_seen = false;
    emit(r);
    return;
  }
  if (steps >= most_steps) close(last, false, emit);
  if (free_ == none && slots_.size() == most_) close(oldest_, false, emit);
  slot& s = slots_[link(hash)];
  s.arrived = now_;
  r.query_seen = !e.response;
  std::swap(s.record, r);
  waiting_octets_ += s.record.answer_octets();
}

}  // namespace netanomaly::inline NETANOMALY_MODE::capture
