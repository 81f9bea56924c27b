// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/config.hpp>
#include <netanomaly/core/hash.hpp>
#include <netanomaly/core/params.hpp>
#include <netanomaly/core/state.hpp>
#include <netanomaly/core/time.hpp>
#include <netanomaly/dns/address.hpp>
#include <netanomaly/dns/finding.hpp>
#include <netanomaly/dns/name.hpp>
#include <netanomaly/dns/transaction.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace netanomaly::inline NETANOMALY_MODE::dns {

/// What has become of an incident.
enum class activity : std::uint8_t { create, update, close };
/// As the stream writes it.
[[nodiscard]] constexpr std::string_view to_text(activity a) noexcept {
  constexpr std::array<std::string_view, 3> names = {"create", "update", "close"};
  return names[static_cast<std::size_t>(a)];
}

/// Why an incident is closed.
enum class closing : std::uint8_t {
  none,   ///< it is open
  quiet,  ///< nothing was seen of it for `quiet`
  end,    ///< the input ended
  room    ///< more incidents were open than may be, and it had carried least
};
/// As the stream writes it; empty while open.
[[nodiscard]] constexpr std::string_view to_text(closing c) noexcept {
  constexpr std::array<std::string_view, 4> names = {"", "quiet", "end", "room"};
  return names[static_cast<std::size_t>(c)];
}

/// A client and a zone between which there is a tunnel, from the first alarm to the time when it has gone quiet.
struct incident {
  std::uint64_t id = 0;           ///< as incident_id() makes it
  ip_address client;              ///< who asks
  std::string registered_domain;  ///< in presentation form, as `zone`
  std::string zone;               ///< as of the last line
  time_point first_seen{};        ///< of the pair, when the incident was opened
  time_point opened{};            ///< of the transaction that raised the alarm
  time_point last_seen{};         ///< of the last transaction above the threshold
  std::uint64_t octets = 0;       ///< of messages both ways, those before the alarm included
  std::uint64_t lines = 0;        ///< that were given, this one included
  int score = 0;                  ///< as of the last line
};

/// The id of an incident: the same wherever and whenever it is made of the same three.
[[nodiscard]] inline std::uint64_t incident_id(const ip_address& client, std::string_view registered_domain,
                                               time_point first_seen) noexcept {
  constexpr keyed_hash hash(std::array<std::uint64_t, 2>{0x6e657461'6e6f6d61U, 0x6c792f69'6e636964U});
  const auto time = static_cast<std::uint64_t>(first_seen.time_since_epoch().count());
  return hash(hash(client.octets()) ^ splitmix64::mix(hash(registered_domain)) ^ splitmix64::mix(~hash(time)));
}
/// Sixteen hexadecimal digits.
[[nodiscard]] inline std::string incident_id_text(std::uint64_t id) {
  std::string text(16, '0');
  for (std::size_t i = 0; i < 16; ++i) text[15 - i] = "0123456789abcdef"[id >> (4 * i) & 15U];
  return text;
}

/// One line of the stream. A view, valid during the call.
struct incident_event {
  activity what = activity::create;  ///< the line says
  closing why = closing::none;       ///< where it says close
  time_point time{};  ///< of the transaction that caused it; of a quiet one, when it had been quiet for long enough
  const incident* subject = nullptr;  ///< never null
  const finding* details = nullptr;   ///< null where the detector no longer holds the pair
};

/// Makes incidents of a detector's verdicts: of a tunnel that lasts for days a few lines, not one a packet.
///
/// Observes  the transactions for which the detector's verdict was anomalous, with the key of their pair.
/// Gives     `create` when a pair becomes a tunnel, `update` each time the octets carried have grown by `growth`,
/// `close`
///           when nothing above the threshold was seen for `quiet`. Short of that a verdict that wavers about the
///           threshold changes nothing.
/// Identity  incident_id() of client, registered domain and the time at which the pair was first seen. A pair that
/// comes
///           back after `close` while the detector remembers it is the same incident: `create`, with the same id.
/// Octets    of the messages where the source tells them; else of names and answers, with what a message has around
/// them. Memory    at most `most` records, of 250 octets to 2.5 KiB. Where one more is needed the one leaves that has
/// carried
///           least; what is muted leaves before that.
/// Time      comes with the transactions and with advance(), and does not run backwards: a transaction that comes late,
///           as an unanswered question does, keeps its incident open from when it came.
class incidents {
 public:
  static constexpr std::string_view kind = "dns_incidents";

  struct params {
    duration quiet = std::chrono::hours(1);
    double growth = 10;
    std::uint32_t most = 16384;
    static constexpr void describe(auto& p, auto&& field) {
      field("quiet", p.quiet, at_least(duration(std::chrono::seconds(1))), "", "after which an incident is closed");
      field("growth", p.growth, between(1.1, 1e6), "times", "the octets carried at the last line: time for the next");
      field("most", p.most, at_least(1U), "incidents", "open at the same time");
    }
    friend bool operator==(const params&, const params&) = default;
  };

  incidents() : incidents(params()) {}
  explicit incidents(const params& p) : params_(checked<incidents>(p)) {}
  [[nodiscard]] static result<incidents> make(const params& p) { return make_checked<incidents>(p); }

  /// One transaction whose verdict was anomalous. `describe(client, name)` gives what the detector thinks of the pair,
  /// a std::optional<finding>, or nothing where no line shall be written: because the pair is muted. It is asked when a
  /// line is due, and of what is muted once a minute. `emit(incident_event)` takes the lines.
  template <class Describe, class Emit>
  void update(std::uint64_t key, const transaction& t, Describe&& describe, Emit&& emit) {
    advance(t.time, describe, emit);
    auto at = table_.find(key);
    if (at != table_.end() && over(at->second, now_)) {  // between two sweeps
      finish(at->second, closing::quiet, after(at->second.open.last_seen, params_.quiet), describe, emit);
      table_.erase(at);
      at = table_.end();
    }
    if (at == table_.end()) {
      if (table_.size() >= params_.most) make_room(describe, emit);
      at = table_.try_emplace(key).first;
      at->second.open.client = t.client;
    }
    record& r = at->second;
    r.arrived = now_;
    r.open.last_seen = r.is_open || r.waiting ? (std::max)(r.open.last_seen, t.time) : t.time;
    if (r.is_open) {
      r.open.octets += octets_of(t);
      if (static_cast<double>(r.open.octets) < r.next) return;
    }
    if (r.waiting && t.time < r.look_again) return;
    std::optional<finding> f = describe(std::as_const(r.open.client), t.name);
    if (!f || !f->anomalous) {
      r.waiting = true;
      r.look_again = after(t.time, std::chrono::minutes(1));
      return;
    }
    r.waiting = false;
    const activity what = r.is_open ? activity::update : activity::create;
    if (!r.is_open) open(r, *f, t.time);
    line(r, what, closing::none, t.time, &*f, emit);
    r.next = static_cast<double>(r.open.octets) * params_.growth;
  }

  /// Time passes: closes what has been quiet for long enough.
  template <class Describe, class Emit>
  void advance(time_point now, Describe&& describe, Emit&& emit) {
    now_ = (std::max)(now_, now);
    if (now_ < next_sweep_) return;
    next_sweep_ = after(now_, (std::max<duration>)(std::chrono::seconds(1), params_.quiet / 60));
    std::vector<std::pair<time_point, std::uint64_t>> gone;
    for (const auto& [key, r] : table_)
      if (over(r, now_)) gone.emplace_back(r.open.last_seen, key);
    std::ranges::sort(gone);
    for (const auto& [last, key] : gone) {
      const auto at = table_.find(key);
      finish(at->second, closing::quiet, after(last, params_.quiet), describe, emit);
      table_.erase(at);
    }
  }

  /// The input has ended for good: closes all that is open. Not where the run will be continued from a state.
  template <class Describe, class Emit>
  void close_all(Describe&& describe, Emit&& emit) {
    for (const std::uint64_t key : keys()) {
      record& r = table_.find(key)->second;
      finish(r, closing::end, r.open.last_seen, describe, emit);
    }
    table_.clear();
  }

  [[nodiscard]] const params& parameters() const noexcept { return params_; }
  /// Incidents that are open.
  [[nodiscard]] std::size_t open() const noexcept {
    return static_cast<std::size_t>(std::ranges::count_if(table_, [](const auto& e) { return e.second.is_open; }));
  }
  /// Calls visit(incident) for each that is open, in no certain order.
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (const auto& [key, r] : table_)
      if (r.is_open) visit(r.open);
  }
  [[nodiscard]] std::size_t memory_bytes() const noexcept {
    std::size_t sum = sizeof(*this) + table_.bucket_count() * sizeof(void*);
    for (const auto& [key, r] : table_)
      sum += sizeof(std::pair<const std::uint64_t, record>) + 2 * sizeof(void*) + heap_bytes(r.open.registered_domain) +
             heap_bytes(r.open.zone);
    return sum;
  }
  void reset() noexcept {
    table_.clear();
    now_ = next_sweep_ = (time_point::min)();
  }

  void save(state_writer& out) const {
    save_head<incidents>(out, params_);
    out.scalar(now_);
    out.scalar(next_sweep_);
    out.scalar(static_cast<std::uint32_t>(table_.size()));
    for (const std::uint64_t key : keys()) {
      const record& r = table_.find(key)->second;
      out.scalar(key);
      out.bytes(r.open.client.octets());
      for (const time_point t : {r.open.first_seen, r.open.opened, r.open.last_seen, r.arrived, r.look_again})
        out.scalar(t);
      for (const std::uint64_t n : {r.open.id, r.open.octets, r.open.lines}) out.scalar(n);
      out.scalar(r.next);
      out.scalar(std::int32_t{r.open.score});
      out.scalar(r.is_open);
      out.scalar(r.waiting);
      out.string(r.open.registered_domain);
      out.string(r.open.zone);
    }
  }
  [[nodiscard]] static result<incidents> load(state_reader& in) {
    const auto head = load_head<incidents>(in);
    if (!in) return unexpected(in.error());
    incidents all(head.params);
    all.now_ = in.scalar<time_point>();
    all.next_sweep_ = in.scalar<time_point>();
    const auto count = in.scalar<std::uint32_t>();
    if (in.ok() && count > head.params.most) in.fail("more incidents than may be open");
    for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
      if (!in.charge(sizeof(std::pair<const std::uint64_t, record>) + 4 * sizeof(void*))) break;
      const auto key = in.scalar<std::uint64_t>();
      record r;
      std::array<std::uint8_t, 16> octets{};
      in.array(std::span(octets));
      r.open.client = *ip_address::from_octets(std::as_bytes(std::span(octets)));
      for (time_point* t : {&r.open.first_seen, &r.open.opened, &r.open.last_seen, &r.arrived, &r.look_again})
        *t = in.scalar<time_point>();
      r.open.id = in.scalar<std::uint64_t>();
      r.open.octets = in.count();
      r.open.lines = in.count();
      r.next = in.finite();
      r.open.score = in.scalar<std::int32_t>();
      r.is_open = in.scalar<bool>();
      r.waiting = in.scalar<bool>();
      for (std::string* name : {&r.open.registered_domain, &r.open.zone}) {
        const std::string_view text = in.string();
        if (in.ok() && (text.size() > most_text || (r.is_open && !wire_name::from_text(text)))) in.fail("no name");
        if (in.charge(text.size())) name->assign(text);
      }
      if (in.ok() && !all.table_.try_emplace(key, std::move(r)).second) in.fail("an incident that was there before");
    }
    if (!in) return unexpected(in.error());
    return all;
  }

 private:
  static constexpr std::size_t most_text = 1024;  // of a name, every octet as \DDD

  struct record {
    incident open;
    double next = 0;       // octets at which the next line is due
    time_point arrived{};  // the clock when the last transaction came
    time_point look_again{};
    bool is_open = false;
    bool waiting = false;  // no line may be written before look_again
  };

  [[nodiscard]] static std::size_t heap_bytes(const std::string& s) noexcept {
    return s.size() > std::string().capacity() ? s.size() + 1 : 0;
  }
  [[nodiscard]] static std::uint64_t octets_of(const transaction& t) noexcept {
    const std::uint64_t question = 12 + t.name.size() + 4;
    std::uint64_t sum = 0;
    if (t.query_seen) sum += t.query_octets ? std::uint64_t{*t.query_octets} : question;
    if (t.response_octets) {
      sum += *t.response_octets;
    } else if (t.answers) {
      sum += question;
      for (const answer& a : *t.answers) sum += 12 + a.rdata.size();
    }
    return sum;
  }
  [[nodiscard]] static std::uint64_t octets_of(const finding& f) noexcept {
    const auto whole = [](double octets) { return static_cast<std::uint64_t>(std::llround((std::max)(0.0, octets))); };
    return f.bytes_up.value_or(whole(f.new_name_octets)) + f.bytes_down.value_or(whole(f.answer_octets));
  }
  /// t + d, or the end of time.
  [[nodiscard]] static constexpr time_point after(time_point t, duration d) noexcept {
    return t > (time_point::max)() - d ? (time_point::max)() : t + d;
  }
  /// Whether it has been quiet for long enough, on a clock that may be anywhere.
  [[nodiscard]] bool over(const record& r, time_point now) const noexcept {
    return now > r.arrived && static_cast<std::uint64_t>(now.time_since_epoch().count()) -
                                      static_cast<std::uint64_t>(r.arrived.time_since_epoch().count()) >
                                  static_cast<std::uint64_t>(params_.quiet.count());
  }
  [[nodiscard]] std::vector<std::uint64_t> keys() const {
    std::vector<std::uint64_t> all;
    all.reserve(table_.size());
    for (const auto& [key, r] : table_) all.push_back(key);
    std::ranges::sort(all);
    return all;
  }

  static void open(record& r, const finding& f, time_point now) {
    r.is_open = true;
    r.open.registered_domain = f.registered_domain;
    r.open.first_seen = f.first_seen;
    r.open.opened = now;
    r.open.octets = octets_of(f);
    r.open.id = incident_id(r.open.client, f.registered_domain, f.first_seen);
  }
  template <class Emit>
  static void line(record& r, activity what, closing why, time_point time, const finding* details, Emit&& emit) {
    if (details != nullptr) {
      r.open.zone = details->zone;
      r.open.score = details->score;
    }
    ++r.open.lines;
    emit(incident_event{.what = what, .why = why, .time = time, .subject = &r.open, .details = details});
  }
  template <class Describe, class Emit>
  static void finish(record& r, closing why, time_point time, Describe&& describe, Emit&& emit) {
    if (!r.is_open) return;
    std::optional<finding> f;
    if (const auto domain = wire_name::from_text(r.open.registered_domain))
      f = describe(std::as_const(r.open.client), domain->wire());
    line(r, activity::close, why, time, f ? &*f : nullptr, emit);
  }
  template <class Describe, class Emit>
  void make_room(Describe&& describe, Emit&& emit) {
    const auto worth = [](const auto& e) {
      const record& r = e.second;
      return std::tuple(r.is_open, r.is_open ? r.open.octets : 0, r.open.last_seen, e.first);
    };
    const auto least = std::min_element(table_.begin(), table_.end(),
                                        [&](const auto& a, const auto& b) { return worth(a) < worth(b); });
    finish(least->second, closing::room, now_, describe, emit);
    table_.erase(least);
  }

  params params_;
  std::unordered_map<std::uint64_t, record> table_;
  time_point now_ = (time_point::min)();
  time_point next_sweep_ = (time_point::min)();
};

}  // namespace netanomaly::inline NETANOMALY_MODE::dns
