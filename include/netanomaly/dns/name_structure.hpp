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
#include <vector>

namespace netanomaly::inline NETANOMALY_MODE::dns {

/// How the different names under one zone are built, read from a sample of them.
///
/// The zone is found, not given: from the registrable domain downwards, as long as two thirds of the names lie under
/// one and the same label. Then the part left of the zone is looked at column by column, from its left and from its
/// right end: a column is fixed where nearly all names have the same character, varying where they differ by a bit or
/// more, and ordered where its character follows the time of the question: the digits of a counter above the lowest.
/// The test for order needs no alphabet: it asks whether names that follow each other in time agree in this column far
/// more often than two names drawn at random, and whether a value that has been left does not come back. A tunnel needs
/// a counter or the like, since DNS loses, repeats and reorders; a list of hashes has none.
struct name_structure {
  static constexpr std::size_t max_columns = 64;

  std::string zone;           ///< labels between zone and registrable domain, wire form without the root; often empty
  std::size_t names = 0;      ///< of the sample, under the zone and longer than it
  double share = 0;           ///< of the sample that they are
  double mean_octets = 0;     ///< of the labels left of the zone, dots not counted
  double longest_octets = 0;  ///< greatest of these
  double payload_octets = 0;  ///< of mean_octets, those in columns that vary
  double entropy = 0;         ///< bits a character, over all characters left of the zone
  unsigned fixed_columns = 0;
  unsigned varying_columns = 0;
  unsigned ordered_columns = 0;
  unsigned steps = 0;        ///< changes of value in time, in the ordered column that has most
  double address_share = 0;  ///< of the names, those that spell an IP address
  double service_share = 0;  ///< of the names, those that begin with a label such as _ldap: scoped names of RFC 8552
  double asked = 0;          ///< mean times that one name was asked
};

namespace detail {

/// The labels of a name in wire form, of which the root may be missing.
class label_list {
 public:
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): starts_ is written before it is read
  explicit label_list(std::string_view wire) noexcept : wire_(wire) {
    for (std::size_t at = 0; at < wire.size() && wire[at] != 0 && count_ < starts_.size();) {
      starts_[count_++] = static_cast<std::uint8_t>(at);
      at += 1U + static_cast<unsigned char>(wire[at]);
    }
  }
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
/// about.
inline bool spells_address(const label_list& name) noexcept {
  std::size_t octets = 0;
  std::size_t nibbles = 0;
  for (std::size_t i = 0; i < name.size(); ++i) {
    std::string_view label = name[i];
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
};

/// c log2 c for the counts that a sample can have.
[[nodiscard]] inline double count_log_count(std::size_t c) noexcept {
  static const auto table = [] {
    std::array<double, conversation::question_sample + 1> t{};
    for (std::size_t i = 1; i < t.size(); ++i) t[i] = static_cast<double>(i) * std::log2(static_cast<double>(i));
    return t;
  }();
  return table[c];
}

/// `values`, at most conversation::question_sample of them, in the order of time.
[[nodiscard]] inline column examine(std::span<const unsigned char> values) noexcept {
  std::array<std::uint8_t, 256> counts{};
  std::size_t distinct = 0;
  std::size_t runs = 0;
  std::size_t pairs = 0;  // ordered pairs of equal values
  std::size_t greatest = 0;
  double logs = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::size_t before = counts[values[i]]++;
    if (before == 0) ++distinct;
    pairs += 2 * before;
    greatest = (std::max)(greatest, before + 1);
    logs += count_log_count(before + 1) - count_log_count(before);
    if (i == 0 || values[i] != values[i - 1]) ++runs;
  }
  const auto n = static_cast<double>(values.size());
  column c;
  c.entropy = std::log2(n) - logs / n;
  c.greatest = static_cast<double>(greatest) / n;
  c.steps = static_cast<unsigned>(runs - 1);
  // If time and value had nothing to do with each other, each neighbouring pair would agree with probability q.
  const double q = static_cast<double>(pairs) / (n * (n - 1));
  // The probability of as many agreements is at most exp(-(n - 1) D), D the divergence of their share from q (Chernoff
  // & Hoeffding): one in a million, since a name has a hundred columns and every client many domains.
  const double share = 1 - static_cast<double>(runs - 1) / (n - 1);
  const double other = 1 - share;
  const double divergence = share <= q   ? 0
                            : other <= 0 ? -std::log(q)
                                         : share * std::log(share / q) + other * std::log(other / (1 - q));
  c.ordered = distinct >= 3 && c.entropy >= 0.7 && (n - 1) * divergence > 13.8 && runs - distinct <= distinct / 3;
  return c;
}

}  // namespace detail

/// `domain` is the registrable domain in wire form.
[[nodiscard]] inline name_structure examine_names(const conversation& talk, std::span<const std::byte> domain) {
  struct member {
    const sampled_question* question;
    detail::label_list labels;
    std::string text;  // labels left of the zone, joined by dots
  };
  name_structure s;
  std::vector<member> all;
  all.reserve(talk.questions.size());
  talk.questions.for_each([&](std::uint64_t, const sampled_question& q) {
    all.push_back({&q, detail::label_list(q.labels), {}});
  });
  std::vector<member*> members;
  members.reserve(all.size());
  for (member& m : all) members.push_back(&m);
  const std::size_t sampled = members.size();
  if (sampled == 0) return s;

  std::size_t depth = 0;  // labels of the zone beyond the registrable domain
  const auto label_at = [](const member* m, std::size_t d) { return m->labels[m->labels.size() - 1 - d]; };
  for (;;) {
    std::erase_if(members, [&](const member* m) { return m->labels.size() <= depth; });
    if (members.size() < 8) break;
    // Boyer & Moore's majority vote, then a count
    std::string_view candidate;
    std::size_t votes = 0;
    for (const member* m : members) {
      const std::string_view label = label_at(m, depth);
      if (votes == 0) candidate = label;
      label == candidate ? ++votes : --votes;
    }
    const auto under = [&](const member* m) { return label_at(m, depth) == candidate && m->labels.size() > depth + 1; };
    const auto count = static_cast<std::size_t>(std::ranges::count_if(members, under));
    if (3 * count <= 2 * members.size() || count < 8) break;
    s.zone.insert(0, std::string(1, static_cast<char>(candidate.size())) + std::string(candidate));
    std::erase_if(members, [&](const member* m) { return !under(m); });
    ++depth;
  }
  s.names = members.size();
  s.share = static_cast<double>(s.names) / static_cast<double>(sampled);
  if (members.empty()) return s;

  // Of equal times the order is that of the hashes: sorting them by name would make order where there is none.
  std::ranges::stable_sort(members, {}, [](const member* m) { return m->question->first; });
  const auto n = static_cast<double>(members.size());
  std::array<std::uint32_t, 256> characters{};
  double octets = 0;
  std::vector<std::uint32_t> asked;
  asked.reserve(members.size());
  for (member* m : members) {
    double own = 0;
    for (std::size_t i = 0; i + depth < m->labels.size(); ++i) {
      const std::string_view label = m->labels[i];
      if (i > 0) m->text += '.';
      m->text += label;
      own += static_cast<double>(label.size());
      for (const char c : label) ++characters[static_cast<unsigned char>(c)];
    }
    octets += own;
    s.longest_octets = (std::max)(s.longest_octets, own);
    asked.push_back(m->question->asked);
    if (m->labels[0].starts_with('_')) ++s.service_share;
    std::string whole = m->question->labels;
    whole.append(reinterpret_cast<const char*>(domain.data()), domain.size());
    if (detail::spells_address(detail::label_list(whole))) ++s.address_share;
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

  std::vector<unsigned char> values;
  values.reserve(members.size());
  const auto order_from = [&](bool left) {
    unsigned ordered = 0;
    unsigned steps = 0;
    for (std::size_t c = 0; c < name_structure::max_columns; ++c) {
      values.clear();
      for (const member* m : members)
        if (c < m->text.size())
          values.push_back(static_cast<unsigned char>(m->text[left ? c : m->text.size() - 1 - c]));
      if (values.size() < 8 || 2 * values.size() < members.size()) break;
      const detail::column column = detail::examine(values);
      if (column.ordered) {
        ++ordered;
        steps = (std::max)(steps, column.steps);
      }
      if (!left) continue;
      if (column.greatest >= 0.95) {
        if (values.front() != '.') ++s.fixed_columns;
      } else if (column.entropy >= 1) {
        ++s.varying_columns;
      }
    }
    if (ordered > s.ordered_columns) {
      s.ordered_columns = ordered;
      s.steps = steps;
    }
  };
  order_from(true);
  order_from(false);
  const double told = s.fixed_columns + s.varying_columns;
  s.payload_octets = told == 0 ? s.mean_octets : s.mean_octets * s.varying_columns / told;
  return s;
}

}  // namespace netanomaly::inline NETANOMALY_MODE::dns
