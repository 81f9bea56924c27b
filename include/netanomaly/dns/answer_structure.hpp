// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/config.hpp>
#include <netanomaly/dns/conversation.hpp>
#include <netanomaly/dns/name_structure.hpp>
#include <netanomaly/dns/types.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace netanomaly::inline NETANOMALY_MODE::dns {

/// How the different data records of one conversation are built, read position by position from the heads in the
/// sample.
///
/// Records that are published for others to read (keys, policies, proofs of ownership, verdicts on files) are text of
/// tags and values: RFC 6376 section 3.2 and what follows its example. All of one kind begin with the same tag and '=',
/// and often with much of the value. A tunnel's answers begin with a small field or a counter and go on with payload;
/// who imitates a tag pays its octets in each answer. Columns are read as those of names are (name_structure): in the
/// order of time a column of a tunnel's answers may follow it, as a counter does.
struct answer_structure {
  std::size_t texts = 0;         ///< of the sample, those that are text records
  unsigned fixed_octets = 0;     ///< with which nine of ten of these begin, where they begin with a tag and '='; else 0
  unsigned ordered_columns = 0;  ///< octets of the data records that follow the time at which each first came
};

/// Where the sampled addresses among the answers of one conversation lie.
struct address_structure {
  std::size_t addresses = 0;  ///< of the sample, without those of 0.0.0.0/8, 127.0.0.0/8, :: and ::1, which say no or
                              ///< are codes
  std::size_t hostless = 0;   ///< of these, those that can be no host's (ip_address::can_be_host)
  std::size_t networks = 0;   ///< different networks in which they lie: /16 of IPv4, /48 of IPv6
};

/// Looks at the sampled addresses. O(addresses squared), no allocation.
[[nodiscard]] inline address_structure examine_addresses(const conversation& talk) noexcept {
  address_structure s;
  std::array<ip_address, conversation::address_sample> networks{};
  talk.addresses.for_each([&](std::uint64_t, const sampled_address& a) {
    auto octets = a.address.octets();
    const bool v4 = a.address.is_v4();
    const auto first = static_cast<std::ptrdiff_t>(v4 ? 12 : 0);
    const bool no = v4 ? octets[12] == std::byte{0} || octets[12] == std::byte{127}
                       : std::all_of(octets.begin(), octets.end() - 1, [](std::byte b) { return b == std::byte{0}; });
    if (no) return;
    ++s.addresses;
    s.hostless += a.address.can_be_host() ? 0 : 1;
    std::fill(octets.begin() + first + (v4 ? 2 : 6), octets.end(), std::byte{0});
    const ip_address network = *ip_address::from_octets(octets);
    const auto known = std::span(networks).first(s.networks);
    if (std::ranges::find(known, network) == known.end()) networks[s.networks++] = network;
  });
  return s;
}

namespace detail {

/// Octets of `head` up to and with the first '=' where a tag of letters, digits, '_' and '-' stands before it; else 0.
[[nodiscard]] constexpr std::size_t tag_octets(std::span<const std::byte> head) noexcept {
  constexpr std::size_t longest = 16;
  for (std::size_t i = 0; i < head.size() && i <= longest; ++i) {
    const auto c = static_cast<char>(head[i]);
    if (c == '=') return i == 0 ? 0 : i + 1;
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const bool later = i > 0 && ((c >= '0' && c <= '9') || c == '_' || c == '-');
    if (!letter && !later) return 0;
  }
  return 0;
}

/// Whether a column's values, in the order of time, grow with it: a counter that takes another value in each, which
/// nothing that asks for equal neighbours sees. Where time and value have nothing to do with each other, a correlation
/// of r or more is about as likely as (1 - r^2)^((n - 2) / 2); one in a million. Of fewer than 10 rows no order is that
/// unlikely.
[[nodiscard]] inline bool grows(std::span<const unsigned char> values) noexcept {
  double n = 0, sum = 0, squares = 0, with_time = 0;
  for (const double value : values) {
    sum += value;
    squares += value * value;
    with_time += n++ * value;
  }
  const double variance = squares - sum * sum / n;
  const double covariance = with_time - (n - 1) / 2 * sum;
  if (n < 10 || variance <= 0 || covariance <= 0) return false;
  const double unexplained = 1 - covariance * covariance / (variance * n * (n * n - 1) / 12);
  return unexplained <= 0 || (n - 2) / 2 * -std::log(unexplained) > one_in_a_million;
}

/// Octets of the heads, column by column in the order of time, in which there is an order.
[[nodiscard]] inline unsigned ordered_columns(const conversation& talk) noexcept {
  struct timed {
    time_point first{};
    std::size_t place = 0;
    const sampled_answer* answer = nullptr;
  };
  std::array<timed, conversation::answer_sample> all{};
  std::size_t size = 0;
  talk.answers.for_each([&](std::uint64_t, const sampled_answer& a) {
    all[size] = {a.first, size, &a};
    ++size;
  });
  const std::span<timed> by_time(all.data(), size);
  // Of equal times the order is that of the hashes: sorting by content would make order where there is none.
  std::ranges::sort(by_time, {}, [](const timed& t) { return std::pair(t.first, t.place); });
  unsigned ordered = 0;
  walk_columns(
      size, sampled_answer::head_octets, true, [&](std::size_t k) -> std::size_t { return by_time[k].answer->octets; },
      [&](std::size_t k, std::size_t c) { return std::to_integer<unsigned char>(by_time[k].answer->head[c]); },
      [&](const column& alone, const column& in_order, std::span<const unsigned char> values) {
        ordered += in_order.ordered || (alone.distinct >= 8 && grows(values)) ? 1 : 0;
      });
  return ordered;
}

}  // namespace detail

/// Looks at the sampled answers; says something from 8 of them on. O(answers), no allocation.
[[nodiscard]] inline answer_structure examine_answers(const conversation& talk) noexcept {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): written before it is read
  std::array<std::span<const std::byte>, conversation::answer_sample> all;
  answer_structure s;
  s.ordered_columns = talk.answers.size() < 8 ? 0 : detail::ordered_columns(talk);
  talk.answers.for_each([&](std::uint64_t, const sampled_answer& a) {
    if (a.type != record_type::txt && a.type != record_type::spf) return;
    const std::size_t held = std::min<std::size_t>(a.octets, sampled_answer::head_octets);
    // The first octet is the length of the first string (RFC 1035 section 3.3.14).
    all[s.texts++] = std::span(a.head).first(held).subspan((std::min)(held, std::size_t{1}));
  });
  if (s.texts < 8) return s;
  std::span<std::span<const std::byte>> alike(all.data(), s.texts);
  unsigned fixed = 0;
  for (; fixed + 1 < sampled_answer::head_octets; ++fixed) {
    std::array<std::size_t, 256> counts{};
    unsigned char commonest = 0;
    for (const auto head : alike) {
      if (fixed >= head.size()) continue;
      const auto octet = std::to_integer<unsigned char>(head[fixed]);
      if (++counts[octet] > counts[commonest]) commonest = octet;
    }
    if (10 * counts[commonest] < 9 * s.texts || commonest < 0x20 || commonest > 0x7e) break;
    const auto others = std::ranges::remove_if(
        alike, [&](const auto head) { return fixed >= head.size() || head[fixed] != std::byte{commonest}; });
    alike = alike.first(alike.size() - others.size());
  }
  if (fixed > 0 && detail::tag_octets(alike.front().first(fixed)) > 0) s.fixed_octets = fixed;
  return s;
}

}  // namespace netanomaly::inline NETANOMALY_MODE::dns
