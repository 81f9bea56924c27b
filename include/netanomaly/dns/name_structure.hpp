// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/config.hpp>
#include <netanomaly/core/time.hpp>
#include <netanomaly/dns/conversation.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace netanomaly::inline NETANOMALY_MODE::dns {

/// How the different names under one zone are built, read from a sample of them.
///
/// The zone is found, not given: from the registrable domain downwards, as long as two thirds of the names lie under
/// one and the same label, but no further than where servers say (NS, SOA) that the zone begins; and where they part,
/// each label under which at least eight lie. Then the part left of the
/// zone is looked at column by column, from its left and from its right end: a column is fixed where nearly all names
/// have the same character, varying where they differ by a bit or more, and ordered where its character follows the
/// time of the question: the digits of a counter above the lowest. The test for order needs no alphabet: it asks
/// whether names that follow each other in time agree in this column far more often than two names drawn at random, and
/// whether a value that has been left does not come back. A tunnel needs a counter or the like, since DNS loses,
/// repeats and reorders; a list of hashes has none.
struct name_structure {
  static constexpr std::size_t max_columns = 64;  ///< looked at, from either end

  std::string zone;            ///< labels between zone and registrable domain, wire form without the root; often empty
  std::size_t names = 0;       ///< of the sample, under the zone and longer than it
  double share = 0;            ///< of the sample that they are
  double mean_octets = 0;      ///< of the labels left of the zone, dots not counted
  double longest_octets = 0;   ///< greatest of these
  double payload_octets = 0;   ///< of mean_octets, those in columns that vary
  double entropy = 0;          ///< bits a character, over all characters left of the zone
  unsigned fixed_columns = 0;  ///< nearly all names have the same character there
  unsigned varying_columns = 0;  ///< names differ by a bit or more there
  unsigned ordered_columns = 0;  ///< the character follows the time of the question
  unsigned steps = 0;            ///< changes of value in time, in the ordered column that has most
  double address_share = 0;      ///< of the names, those that spell an IP address
  double service_share = 0;  ///< of the names, those that begin with a label such as _ldap: scoped names of RFC 8552
  double asked = 0;          ///< mean times that one name was asked
};

namespace detail {

/// The labels of a name in wire form, of which the root may be missing.
class label_list {  // NOLINT(cppcoreguidelines-pro-type-member-init): starts_ is written before it is read
 public:
  // NOLINTBEGIN(cppcoreguidelines-pro-type-member-init): starts_ is written before it is read
  label_list() noexcept = default;
  explicit label_list(std::string_view wire) noexcept : wire_(wire) {
    for (std::size_t at = 0; at < wire.size() && wire[at] != 0 && count_ < starts_.size();) {
      starts_[count_++] = static_cast<std::uint8_t>(at);
      at += 1U + static_cast<unsigned char>(wire[at]);
    }
  }
  // NOLINTEND(cppcoreguidelines-pro-type-member-init)
  [[nodiscard]] std::size_t size() const noexcept { return count_; }
  [[nodiscard]] std::string_view operator[](std::size_t i) const noexcept {
    return wire_.substr(starts_[i] + 1U, static_cast<unsigned char>(wire_[starts_[i]]));
  }

 private:
  std::string_view wire_;
  std::array<std::uint8_t, 128> starts_;
  std::size_t count_ = 0;
};

/// 0 to 255 in decimal, as in in-addr.arpa and block lists.
constexpr bool is_decimal_octet(std::string_view s) noexcept {
  if (s.empty() || s.size() > 3 || (s.size() > 1 && s[0] == '0')) return false;
  int value = 0;
  for (const char c : s) {
    if (c < '0' || c > '9') return false;
    value = value * 10 + (c - '0');
  }
  return value <= 255;
}
constexpr bool is_nibble(std::string_view s) noexcept {
  return s.size() == 1 && ((s[0] >= '0' && s[0] <= '9') || (s[0] >= 'a' && s[0] <= 'f'));
}

/// Four decimal octets in a row, as labels or parted by hyphens in one, or eight nibbles: an address is being asked
/// about. The name is the labels of `name` and after them those of `domain`.
inline bool spells_address(const label_list& name, const label_list& domain) noexcept {
  std::size_t octets = 0;
  std::size_t nibbles = 0;
  for (std::size_t i = 0; i < name.size() + domain.size(); ++i) {
    std::string_view label = i < name.size() ? name[i] : domain[i - name.size()];
    octets = is_decimal_octet(label) ? octets + 1 : 0;
    nibbles = is_nibble(label) ? nibbles + 1 : 0;
    // Three octets and fewer are told from four by nothing but their neighbours: 1.2.3.zone might be a version number.
    if (octets >= 4 || nibbles >= 16) return true;
    std::size_t parts = 0;
    while (!label.empty()) {
      const std::size_t hyphen = label.find('-');
      parts = is_decimal_octet(label.substr(0, hyphen)) ? parts + 1 : 0;
      if (parts >= 4) return true;
      if (hyphen == std::string_view::npos) break;
      label.remove_prefix(hyphen + 1);
    }
  }
  return false;
}

struct column {
  double entropy = 0;   // bits
  double greatest = 0;  // share of the commonest value
  bool ordered = false;
  unsigned steps = 0;
  std::size_t distinct = 0;
};

/// c log2 c for the counts that a sample can have, and what it grows by from each count to the next.
struct count_logs {
  std::array<double, conversation::question_sample + 1> of{};
  std::array<double, conversation::question_sample> growth{};
};
[[nodiscard]] inline const count_logs& logs_of_counts() noexcept {
  static const count_logs table = [] {
    count_logs t;
    for (std::size_t i = 1; i < t.of.size(); ++i) {
      t.of[i] = static_cast<double>(i) * std::log2(static_cast<double>(i));
      t.growth[i - 1] = t.of[i] - t.of[i - 1];
    }
    return t;
  }();
  return table;
}

inline constexpr double one_in_a_million = 13.8;  // a probability of exp(-13.8)

/// `values`, at most conversation::question_sample of them, in the order of time.
[[nodiscard]] inline column examine(std::span<const unsigned char> values) noexcept {
  std::array<std::uint8_t, 256> counts{};
  std::size_t distinct = 0;
  std::size_t runs = 0;
  std::size_t pairs = 0;  // ordered pairs of equal values
  std::size_t greatest = 0;
  double logs = 0;
  const count_logs& table = logs_of_counts();
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::size_t before = counts[values[i]]++;
    distinct += before == 0 ? 1 : 0;
    pairs += 2 * before;
    greatest = (std::max)(greatest, before + 1);
    logs += table.growth[before];
    runs += i == 0 || values[i] != values[i - 1] ? 1 : 0;
  }
  const auto n = static_cast<double>(values.size());
  column c;
  c.distinct = distinct;
  c.entropy = (table.of[values.size()] - logs) / n;
  c.greatest = static_cast<double>(greatest) / n;
  c.steps = static_cast<unsigned>(runs - 1);
  if (distinct < 3 || c.entropy < 0.7 || runs - distinct > distinct / 3) return c;
  // If time and value had nothing to do with each other, each neighbouring pair would agree with probability q.
  const double q = static_cast<double>(pairs) / (n * (n - 1));
  // The probability of as many agreements is at most exp(-(n - 1) D), D the divergence of their share from q (Chernoff
  // & Hoeffding): one in a million, since a name has a hundred columns and every client many domains.
  const double share = 1 - static_cast<double>(runs - 1) / (n - 1);
  const double other = 1 - share;
  const double divergence = share <= q   ? 0
                            : other <= 0 ? -std::log(q)
                                         : share * std::log(share / q) + other * std::log(other / (1 - q));
  c.ordered = (n - 1) * divergence > one_in_a_million;
  return c;
}

/// Two columns as one, where their values are few enough: the digit of a counter that has come round, and the one above
/// it, which has hardly begun.
[[nodiscard]] inline column examine_both(std::span<const unsigned char> high, std::size_t high_distinct,
                                         std::span<const unsigned char> low, std::size_t low_distinct) noexcept {
  constexpr std::size_t most_high = 8;
  if (high_distinct < 2 || high_distinct > most_high || high_distinct * low_distinct > 256) return {};
  const auto number = [](std::array<std::uint8_t, 256>& numbers, unsigned char value, std::uint8_t& used) {
    if (numbers[value] == 0) numbers[value] = ++used;
    return numbers[value] - 1U;
  };
  std::array<std::uint8_t, 256> highs{};
  std::array<std::uint8_t, 256> lows{};
  std::uint8_t highs_used = 0;
  std::uint8_t lows_used = 0;
  std::array<unsigned char, conversation::question_sample> both;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  const std::size_t size = (std::min)(high.size(), low.size());
  for (std::size_t i = 0; i < size; ++i)
    both[i] =
        static_cast<unsigned char>(number(highs, high[i], highs_used) * low_distinct + number(lows, low[i], lows_used));
  return examine(std::span<const unsigned char>(both).first(size));
}

/// Reads rows of characters, in the order of time, column by column, while at least 8 of them and half of them all are
/// long enough. Calls `visit(alone, in_order, values)`: the column; the same, or where neither it nor its neighbour is
/// ordered by itself, both as one; and its characters. `at(row, column)` is asked below `length(row)` only;
/// `upper_first`: a column's neighbour on the side of the upper digits was read before it.
template <class Length, class At, class Visit>
void walk_columns(std::size_t rows, std::size_t columns, bool upper_first, Length length, At at, Visit visit) noexcept {
  constexpr std::size_t most = conversation::question_sample;
  std::array<unsigned char, most> own;     // NOLINT(cppcoreguidelines-pro-type-member-init): written before it is read
  std::array<unsigned char, most> beside;  // NOLINT(cppcoreguidelines-pro-type-member-init): as above
  column before;
  for (std::size_t c = 0; c < columns; ++c) {
    std::size_t count = 0;
    for (std::size_t row = 0; row < rows; ++row) {
      if (c >= length(row)) continue;
      own[count] = at(row, c);
      if (c > 0) beside[count] = at(row, c - 1);
      ++count;
    }
    if (count < 8 || 2 * count < rows) return;
    const std::span<const unsigned char> values(own.data(), count);
    const column alone = examine(values);
    column in_order = alone;
    if (!alone.ordered && !before.ordered && c > 0) {
      const std::span<const unsigned char> neighbours(beside.data(), count);
      in_order = upper_first ? examine_both(neighbours, before.distinct, values, alone.distinct)
                             : examine_both(values, alone.distinct, neighbours, before.distinct);
    }
    before = alone;
    visit(alone, in_order, values);
  }
}

/// A name of the sample, with its labels.
struct member {  // NOLINT(cppcoreguidelines-pro-type-member-init): text is written before it is read
  const sampled_question* question = nullptr;
  label_list labels;
  std::size_t size = 0;
  std::array<char, 255> text;  // labels left of the zone, joined by dots
};
using member_span = std::span<member*>;

/// Labels under which many of the names lie.
struct heavy_labels {
  static constexpr std::size_t least = 8;
  struct heavy {
    std::string_view label;
    std::size_t names = 0;
  };
  std::array<heavy, conversation::question_sample / least> of{};
  std::size_t count = 0;

  [[nodiscard]] std::span<const heavy> all() const noexcept { return std::span(of).first(count); }
};

[[nodiscard]] inline std::string_view label_at(const member& m, std::size_t depth) noexcept {
  return m.labels[m.labels.size() - 1 - depth];
}
/// Whether a name lies below the label, not at it.
[[nodiscard]] inline bool lies_under(const member& m, std::size_t depth, std::string_view label) noexcept {
  return m.labels.size() > depth + 1 && label_at(m, depth) == label;
}

/// The labels at `depth` under which at least 8 of the names lie: candidates by Misra & Gries (Science of Computer
/// Programming 2, 1982), who with eight counters miss none that has more than a ninth, then a count.
[[nodiscard]] inline heavy_labels find_heavy(member_span of, std::size_t depth) noexcept {
  heavy_labels h;
  if (of.size() < heavy_labels::least) return h;
  for (const member* m : of) {
    if (m->labels.size() <= depth + 1) continue;
    const std::string_view label = label_at(*m, depth);
    const auto held = std::span(h.of).first(h.count);
    const auto at = std::ranges::find(held, label, &heavy_labels::heavy::label);
    if (at != held.end()) {
      ++at->names;
    } else if (h.count < h.of.size()) {
      h.of[h.count++] = {label, 1};
    } else {
      for (auto& candidate : held) --candidate.names;
      const auto gone = std::ranges::remove(held, std::size_t{0}, &heavy_labels::heavy::names);
      h.count -= gone.size();
    }
  }
  const auto held = std::span(h.of).first(h.count);
  for (auto& candidate : held)
    candidate.names = static_cast<std::size_t>(
        std::ranges::count_if(of, [&](const member* m) { return lies_under(*m, depth, candidate.label); }));
  const auto gone = std::ranges::remove_if(
      held, [](const heavy_labels::heavy& candidate) { return candidate.names < heavy_labels::least; });
  h.count -= gone.size();
  return h;
}

/// Puts those that are wanted first, and gives them.
[[nodiscard]] member_span keep_if(member_span of, auto&& wanted) noexcept {
  return of.first(of.size() - std::ranges::remove_if(of, [&](const member* m) { return !wanted(*m); }).size());
}

/// Whether servers say that the zone ends here: two thirds of those names of which they said anything, and at least 8.
[[nodiscard]] inline bool is_served_from(member_span of, std::size_t depth) noexcept {
  std::size_t known = 0;
  std::size_t here = 0;
  for (const member* m : of) {
    known += m->question->served_from != 0 ? 1 : 0;
    here += m->question->served_from == depth + 1 ? 1 : 0;
  }
  return known >= heavy_labels::least && 3 * here > 2 * known;
}

/// Calls `take(members, depth)` with the names under each zone, `depth` labels beyond the registrable domain: from
/// `depth` downwards as long as two thirds lie under one and the same label and servers do not say that the zone ends
/// here; and of what then parts, each label under which at least 8 lie, in the same way. `take` may reorder what it is
/// given.
template <class Take>
void for_each_zone(member_span of, std::size_t depth, Take& take) {
  heavy_labels parts;
  for (;;) {
    of = keep_if(of, [&](const member& m) { return m.labels.size() > depth; });
    parts = find_heavy(of, depth);
    const auto all = parts.all();
    const auto main = std::ranges::find_if(all, [&](const auto& h) { return 3 * h.names > 2 * of.size(); });
    if (main == all.end()) break;
    if (is_served_from(of, depth)) {
      parts.count = 0;
      break;
    }
    of = keep_if(of, [&](const member& m) { return lies_under(m, depth, main->label); });
    ++depth;
  }
  take(of, depth);
  for (const auto& part : parts.all()) {
    std::array<member*, conversation::question_sample> below;  // NOLINT(cppcoreguidelines-pro-type-member-init)
    const auto end =
        std::ranges::copy_if(of, below.begin(), [&](const member* m) { return lies_under(*m, depth, part.label); }).out;
    for_each_zone(member_span(below.begin(), end), depth + 1, take);
  }
}

/// The sample of a conversation's names.
class name_sample {  // NOLINT(cppcoreguidelines-pro-type-member-init): written before it is read
 public:
  // NOLINTBEGIN(cppcoreguidelines-pro-type-member-init): written before they are read
  explicit name_sample(const conversation& talk) noexcept {
    talk.questions.for_each([&](std::uint64_t, const sampled_question& q) {
      all_[size_].question = &q;
      all_[size_].labels = label_list(q.labels);
      order_[size_] = &all_[size_];
      ++size_;
    });
  }
  // NOLINTEND(cppcoreguidelines-pro-type-member-init)
  [[nodiscard]] member_span all() noexcept { return std::span(order_).first(size_); }

 private:
  std::array<member, conversation::question_sample> all_;
  std::array<member*, conversation::question_sample> order_;
  std::size_t size_ = 0;
};

/// The structure of names under one zone, of `sampled`. `domain` is the registrable domain in wire form.
[[nodiscard]] inline name_structure examine_zone(member_span members, std::size_t depth, std::size_t sampled,
                                                 std::span<const std::byte> domain) {
  constexpr std::size_t most = conversation::question_sample;
  name_structure s;
  s.names = members.size();
  s.share = sampled == 0 ? 0 : static_cast<double>(s.names) / static_cast<double>(sampled);
  if (members.empty()) return s;
  for (std::size_t d = 0; d < depth; ++d) {
    const std::string_view label = label_at(*members.front(), d);
    s.zone.insert(0, std::string(1, static_cast<char>(label.size())) + std::string(label));
  }

  // Of equal times the order is that of the hashes: sorting them by name would make order where there is none.
  std::ranges::sort(members, {}, [](const member* m) { return std::pair(m->question->first, m); });
  const auto n = static_cast<double>(members.size());
  std::array<std::uint32_t, 256> characters{};
  double octets = 0;
  const label_list rest(std::string_view(reinterpret_cast<const char*>(domain.data()), domain.size()));
  std::array<std::uint32_t, most> repeats{};
  const std::span<std::uint32_t> asked(repeats.data(), members.size());
  for (std::size_t k = 0; k < members.size(); ++k) {
    member* const m = members[k];
    double own = 0;
    m->size = 0;
    for (std::size_t i = 0; i + depth < m->labels.size(); ++i) {
      const std::string_view label = m->labels[i];
      if (i > 0) m->text[m->size++] = '.';
      std::copy(label.begin(), label.end(), m->text.data() + m->size);
      m->size += label.size();
      own += static_cast<double>(label.size());
      for (const char c : label) ++characters[static_cast<unsigned char>(c)];
    }
    octets += own;
    s.longest_octets = (std::max)(s.longest_octets, own);
    asked[k] = m->question->asked;
    if (m->labels[0].starts_with('_')) ++s.service_share;
    if (spells_address(m->labels, rest)) ++s.address_share;
  }
  s.mean_octets = octets / n;
  std::ranges::nth_element(asked, asked.begin() + static_cast<std::ptrdiff_t>(asked.size() / 2));
  s.asked = asked[asked.size() / 2];
  s.address_share /= n;
  s.service_share /= n;
  for (const std::uint32_t count : characters) {
    if (count == 0) continue;
    const double p = count / octets;
    s.entropy -= p * std::log2(p);
  }
  if (members.size() < 8) {
    s.payload_octets = s.mean_octets;
    return s;
  }

  const auto order_from = [&](bool left) {
    unsigned ordered = 0;
    unsigned steps = 0;
    walk_columns(
        members.size(), name_structure::max_columns, left, [&](std::size_t k) { return members[k]->size; },
        [&](std::size_t k, std::size_t c) {
          const member& m = *members[k];
          return static_cast<unsigned char>(m.text[left ? c : m.size - 1 - c]);
        },
        [&](const column& alone, const column& in_order, std::span<const unsigned char> values) {
          if (in_order.ordered) {
            ++ordered;
            steps = (std::max)(steps, in_order.steps);
          }
          if (!left) return;
          if (alone.greatest >= 0.95) {
            if (values.front() != '.') ++s.fixed_columns;
          } else if (alone.entropy >= 1) {
            ++s.varying_columns;
          }
        });
    if (ordered > s.ordered_columns) {
      s.ordered_columns = ordered;
      s.steps = steps;
    }
  };
  order_from(true);
  // Where all are as long as the first, the columns from the right are those from the left.
  const std::size_t size = members.front()->size;
  if (size > name_structure::max_columns ||
      !std::ranges::all_of(members, [&](const member* m) { return m->size == size; }))
    order_from(false);
  const double told = s.fixed_columns + s.varying_columns;
  s.payload_octets = told == 0 ? s.mean_octets : s.mean_octets * s.varying_columns / told;
  return s;
}

}  // namespace detail

}  // namespace netanomaly::inline NETANOMALY_MODE::dns
