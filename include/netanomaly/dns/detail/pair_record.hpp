// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/config.hpp>
#include <netanomaly/core/hash.hpp>
#include <netanomaly/core/prefetch.hpp>
#include <netanomaly/core/result.hpp>
#include <netanomaly/core/state.hpp>
#include <netanomaly/core/verdict.hpp>
#include <netanomaly/dns/address.hpp>
#include <netanomaly/dns/conversation.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace netanomaly::inline NETANOMALY_MODE::dns::detail {

/// Labels of 1 to 63 octets, then the root label, and no more; at most 255 octets.
[[nodiscard]] constexpr bool is_wire_name(std::span<const std::byte> name) noexcept {
  if (name.empty() || name.size() > 255) return false;
  std::size_t at = 0;
  while (at < name.size() && name[at] != std::byte{0}) {
    if (name[at] > std::byte{63}) return false;
    at += 1U + std::to_integer<std::size_t>(name[at]);
  }
  return at + 1 == name.size();
}

/// What a detector passes to the record of one client and one registrable domain with each transaction.
struct pair_sighting {
  const observed* what = nullptr;
  const keyed_hash* hash = nullptr;
  std::int64_t epoch = 0;
  double threshold = 0;
  double watched_from = 0;  ///< from here to the threshold the score is looked at often
  /// Weighs the conversation; gives the score where there is enough to judge by.
  std::optional<int> (*review)(void* detector, const ip_address& client, std::uint64_t domain_hash,
                               std::span<const std::byte> domain, const conversation& whole) = nullptr;
  void* detector = nullptr;
  bool* is_reviewed = nullptr;  ///< set where the score is new
  bool* is_news = nullptr;      ///< set where the history of the domain has to hear of it
};

/// The conversation of one client under one registrable domain: this epoch's and, where there was one, the last's.
class pair_record {
 public:
  using observation = pair_sighting;

  verdict update(const pair_sighting& s) {
    const observed& o = *s.what;
    prefetch_object(*this);
    now_.prefetch();
    if (domain_.empty()) {
      client_ = o.source->client;
      domain_.assign(reinterpret_cast<const char*>(o.domain.data()), o.domain.size());
      domain_hash_ = o.domain_hash;
      epoch_ = s.epoch;
    }
    if (conversation* talk = at(s.epoch)) talk->add(o, *s.hash);
    if (++seen_ >= next_review_) review(s);
    bytes_ = count_bytes();
    // the history hears of the earliest question and of one a minute
    const std::int64_t minute = std::chrono::floor<std::chrono::minutes>(o.source->time).time_since_epoch().count();
    *s.is_news = o.source->time < told_from_ || minute > told_to_;
    if (*s.is_news) {
      told_from_ = (std::min)(told_from_, o.source->time);
      told_to_ = (std::max)(told_to_, minute);
    }
    return judged_ ? verdict::judge(score_, s.threshold) : verdict();
  }

  [[nodiscard]] const ip_address& client() const noexcept { return client_; }
  /// Registrable, in wire form, lower case.
  [[nodiscard]] std::span<const std::byte> domain() const noexcept { return std::as_bytes(std::span(domain_)); }
  [[nodiscard]] std::uint64_t domain_hash() const noexcept { return domain_hash_; }
  /// Whether fewer than eight different names, answers and EDNS payloads were seen of each.
  [[nodiscard]] bool is_thin() const noexcept { return has_fewer_than(8); }
  /// Calls `read(conversation)` with both epochs' as one.
  auto with_whole(auto&& read) const {
    if (before_.empty()) return read(now_);
    conversation both = before_.front();
    both.merge(now_);
    return read(std::as_const(both));
  }
  /// Both epochs' as one.
  [[nodiscard]] conversation whole() const {
    return with_whole([](const conversation& both) { return both; });
  }
  /// What it is worth to keep: evidence, or the number of names of a pair too young for any; a point less for each hour
  /// in which nothing was asked, or a table full of what was asked twice last week would let nobody new in.
  [[nodiscard]] double worth() const noexcept {
    const double hours = 1e-9 / 3600 * static_cast<double>(now_.last_seen.time_since_epoch().count());
    return (judged_ ? 8.0 + score_ : now_.questions.distinct()) + hours;
  }

  void reset() noexcept { *this = pair_record(); }
  [[nodiscard]] std::size_t memory_bytes() const noexcept { return bytes_; }

  [[nodiscard]] result<void> merge(const pair_record& other) {
    if (other.domain_.empty()) return {};
    if (domain_.empty()) {
      *this = other;
      return {};
    }
    for (const conversation& c : other.before_)
      if (conversation* mine = at(other.epoch_ - 1)) mine->merge(c);
    if (conversation* mine = at(other.epoch_)) mine->merge(other.now_);
    seen_ += other.seen_;
    next_review_ = 0;
    judged_ = judged_ || other.judged_;
    score_ = (std::max)(score_, other.score_);
    told_from_ = (std::min)(told_from_, other.told_from_);
    told_to_ = (std::max)(told_to_, other.told_to_);
    bytes_ = count_bytes();
    return {};
  }

  void save(state_writer& out) const {
    out.bytes(client_.octets());
    out.name(domain_);
    for (const std::uint64_t n : {domain_hash_, seen_, next_review_}) out.scalar(n);
    out.scalar(epoch_);
    out.scalar(told_from_);
    out.scalar(told_to_);
    out.scalar(std::int32_t{score_});
    out.scalar(judged_);
    now_.save(out);
    out.scalar(!before_.empty());
    if (!before_.empty()) before_.front().save(out);
  }
  [[nodiscard]] static result<pair_record> load(state_reader& in) {
    pair_record p;
    std::array<std::uint8_t, 16> octets{};
    in.array(std::span(octets));
    p.client_ = *ip_address::from_octets(std::as_bytes(std::span(octets)));
    const std::string_view domain = in.name();
    if (in.ok() && !domain.empty() && !is_wire_name(std::as_bytes(std::span(domain))))
      in.fail("a domain that is no name");
    p.domain_.assign(domain);
    p.domain_hash_ = in.scalar<std::uint64_t>();
    p.seen_ = in.count();
    p.next_review_ = in.count();
    p.epoch_ = in.scalar<std::int64_t>();
    p.told_from_ = in.scalar<time_point>();
    p.told_to_ = in.scalar<std::int64_t>();
    p.score_ = in.scalar<std::int32_t>();
    p.judged_ = in.scalar<bool>();
    p.now_ = conversation::load(in);
    if (in.scalar<bool>() && in.charge(sizeof(conversation))) p.before_.push_back(conversation::load(in));
    const auto check = [&](const conversation& c) {
      c.questions.for_each([&](std::uint64_t, const sampled_question& q) {
        if (in.ok() && q.labels.size() + domain.size() > 255) in.fail("a name longer than 255 octets");
      });
    };
    check(p.now_);
    for (const conversation& c : p.before_) check(c);
    if (!in) return unexpected(in.error());
    p.bytes_ = p.count_bytes();
    return p;
  }

 private:
  [[nodiscard]] std::size_t count_bytes() const noexcept {
    std::size_t sum = sizeof(*this) + now_.heap_bytes() + before_.size() * sizeof(conversation);
    if (domain_.size() > std::string().capacity()) sum += domain_.size() + 1;
    for (const conversation& c : before_) sum += c.heap_bytes();
    return sum;
  }
  /// Where a transaction of this epoch belongs; nullptr when it is too old.
  conversation* at(std::int64_t epoch) {
    if (epoch > epoch_) {
      before_.clear();
      if (epoch == epoch_ + 1) before_.push_back(std::move(now_));
      now_ = conversation();
      epoch_ = epoch;
    } else if (epoch == epoch_ - 1) {
      if (before_.empty()) before_.emplace_back();
      return &before_.front();
    } else if (epoch < epoch_) {
      return nullptr;
    }
    return &now_;
  }
  [[nodiscard]] bool has_fewer_than(double distinct) const noexcept {
    return before_.empty() && now_.questions.distinct() < distinct && now_.answers.distinct() < distinct &&
           now_.payloads.distinct() < distinct;
  }
  void review(const pair_sighting& s) {
    next_review_ = seen_ + std::max<std::uint64_t>(4, seen_ / 2);
    if (has_fewer_than(4)) return;
    const std::optional<int> score = with_whole(
        [&](const conversation& whole) { return s.review(s.detector, client_, domain_hash_, domain(), whole); });
    judged_ = score.has_value();
    score_ = score.value_or(0);
    *s.is_reviewed = true;
    // Where it is about to cross the threshold a review comes sooner: what leaks meanwhile is what counts.
    if (judged_ && score_ > s.watched_from && score_ <= s.threshold)
      next_review_ = seen_ + std::max<std::uint64_t>(1, seen_ / 8);
  }

  ip_address client_;
  std::string domain_;
  std::uint64_t domain_hash_ = 0;
  std::uint64_t seen_ = 0;
  std::uint64_t next_review_ = 8;
  std::int64_t epoch_ = 0;  // of now_
  int score_ = 0;           // as of the last review
  bool judged_ = false;
  time_point told_from_ = (time_point::max)();
  std::int64_t told_to_ = (std::numeric_limits<std::int64_t>::min)();  // minutes since 1970
  std::size_t bytes_ = sizeof(pair_record);
  conversation now_;
  std::vector<conversation> before_;  // of the epoch before, if anything was asked in it
};

}  // namespace netanomaly::inline NETANOMALY_MODE::dns::detail
