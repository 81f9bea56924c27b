// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/config.hpp>
#include <netanomaly/dns/conversation.hpp>
#include <netanomaly/dns/name_structure.hpp>
#include <netanomaly/dns/types.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace netanomaly::inline NETANOMALY_MODE::dns {

/// A tool for tunnels that the traffic looks like.
struct tool_match {
  std::string_view name;  ///< as its authors spell it
  unsigned marks = 0;     ///< of the tool, those that fit
  unsigned of = 0;        ///< marks looked for
  friend bool operator==(const tool_match&, const tool_match&) = default;
};

namespace detail {

/// Whether at least four of the values, and nine of ten, are equal.
template <class T>
[[nodiscard]] bool mostly_one(std::vector<T> values) {
  std::ranges::sort(values);
  std::size_t most = 0;
  for (auto at = values.begin(); at != values.end();) {
    const auto next = std::upper_bound(at, values.end(), *at);
    most = (std::max)(most, static_cast<std::size_t>(next - at));
    at = next;
  }
  return most >= 4 && 10 * most >= 9 * values.size();
}

/// Names under one zone as the marks of tools are read from them: labels, and the same joined.
class marked_names {
 public:
  marked_names(const conversation& talk, std::string_view zone) {
    talk.questions.for_each([&](std::uint64_t, const sampled_question& q) {
      const std::string_view labels = q.labels;
      if (labels.size() <= zone.size() || !labels.ends_with(zone)) return;
      names_.emplace_back(labels.substr(0, labels.size() - zone.size()));
      std::string joined;
      for (std::size_t i = 0; i < names_.back().size(); ++i) joined += names_.back()[i];
      texts_.push_back(std::move(joined));
    });
  }
  [[nodiscard]] std::size_t size() const noexcept { return names_.size(); }
  [[nodiscard]] std::size_t count(auto&& fits) const {
    std::size_t sum = 0;
    for (std::size_t i = 0; i < size(); ++i) sum += fits(names_[i], std::string_view(texts_[i])) ? 1 : 0;
    return sum;
  }
  /// Nineteen of twenty, and at least four.
  [[nodiscard]] bool nearly_all(auto&& fits) const {
    const std::size_t sum = count(fits);
    return sum >= 4 && 20 * sum >= 19 * size();
  }
  /// Of those that are meant, of which there are at least four, nine of ten have the same value.
  [[nodiscard]] bool one_value(auto&& meant, auto&& value) const {
    std::vector<std::string_view> values;
    for (std::size_t i = 0; i < size(); ++i)
      if (meant(names_[i], std::string_view(texts_[i]))) values.push_back(value(std::string_view(texts_[i])));
    return mostly_one(std::move(values));
  }

 private:
  std::vector<label_list> names_;
  std::vector<std::string> texts_;
};

[[nodiscard]] inline bool is_of(std::string_view text, std::string_view alphabet) noexcept {
  return text.find_first_not_of(alphabet) == std::string_view::npos;
}
inline constexpr std::string_view hex_digits = "0123456789abcdef";
inline constexpr std::string_view base32_digits = "abcdefghijklmnopqrstuvwxyz234567";

[[nodiscard]] inline bool only_types(const conversation& talk, std::uint16_t one, std::uint16_t other) noexcept {
  return std::ranges::all_of(talk.types.counts(), [&](const auto& c) { return c.code == one || c.code == other; });
}

/// Commands are one letter, data begins with the digit of the user; pings are p and Base32; labels are cut at 57
/// octets, after a header of none or five.
[[nodiscard]] inline tool_match iodine(const conversation& /*talk*/, const marked_names& names) {
  const auto is_data = [](const label_list&, std::string_view t) { return is_of(t.substr(0, 1), hex_digits); };
  const auto is_command = [](const label_list&, std::string_view t) {
    return is_of(t.substr(0, 1), "0123456789abcdefilnoprsvyz");
  };
  const auto is_ping = [](const label_list& n, std::string_view t) {
    return n.size() == 1 && t.size() >= 7 && t.size() <= 10 && t[0] == 'p' &&
           is_of(t, "abcdefghijklmnopqrstuvwxyz0123456789");
  };
  const auto is_long = [](const label_list& n, std::string_view) { return n.size() > 1; };
  const auto is_cut = [](const label_list& n, std::string_view) {
    return n.size() > 1 && (n[0].size() == 57 || n[0].size() == 62);
  };
  const std::size_t cut = names.count(is_cut);
  return {"iodine",
          (names.nearly_all(is_command) ? 1U : 0U) + (names.count(is_ping) >= 2 ? 1U : 0U) +
              (names.one_value(is_data, [](std::string_view t) { return t.substr(0, 1); }) ? 1U : 0U) +
              (cut > 0 && cut == names.count(is_long) ? 1U : 0U),
          4};
}

/// Packets in hexadecimal: id, kind, session; the same in text answers.
[[nodiscard]] inline tool_match dnscat2(const conversation& talk, const marked_names& names) {
  const auto is_kind = [](std::string_view t) {
    constexpr std::array<std::string_view, 5> kinds = {"00", "01", "02", "03", "ff"};
    return t.size() >= 10 && is_of(t, hex_digits) && std::ranges::find(kinds, t.substr(4, 2)) != kinds.end();
  };
  std::size_t texts = 0;
  std::size_t packets = 0;
  talk.answers.for_each([&](std::uint64_t, const sampled_answer& a) {
    if (a.type != record_type::txt) return;
    ++texts;
    const std::string_view head(reinterpret_cast<const char*>(a.head.data()) + 1, 10);
    packets += is_kind(head) ? 1 : 0;
  });
  return {"dnscat2",
          (names.nearly_all([](const label_list&, std::string_view t) {
            return t.size() >= 14 && t.size() % 2 == 0 && is_of(t, hex_digits);
          })
               ? 1U
               : 0U) +
              (names.nearly_all([&](const label_list&, std::string_view t) { return is_kind(t); }) ? 1U : 0U) +
              (names.one_value([&](const label_list&, std::string_view t) { return is_kind(t); },
                               [](std::string_view t) { return t.substr(6, 4); })
                   ? 1U
                   : 0U) +
              (texts >= 4 && 10 * packets >= 9 * texts ? 1U : 0U),
          4};
}

/// Resources are asked for under '=' and a word; headers of seven octets in Base64, of kind data; TXT or KEY alone.
[[nodiscard]] inline tool_match dns2tcp(const conversation& talk, const marked_names& names) {
  const auto is_bare = [](const label_list& n, std::string_view t) { return n.size() == 1 && t.size() == 10; };
  return {"dns2tcp",
          (names.count([](const label_list& n, std::string_view) {
            return n.size() > 1 && (n[n.size() - 1] == "=auth" || n[n.size() - 1] == "=connect");
          }) > 0
               ? 1U
               : 0U) +
              (only_types(talk, record_type::txt, record_type::key) ? 1U : 0U) +
              (names.count(is_bare) >= 4 && names.count([&](const label_list& n, std::string_view t) {
                return is_bare(n, t) && !is_of(t.substr(9), "agqw");
              }) == 0
                   ? 1U
                   : 0U) +
              (names.one_value(is_bare, [](std::string_view t) { return t.substr(8); }) ? 1U : 0U),
          4};
}

/// Base32 of a client's number of eight octets and a length of padding, 0xe3 or 0xe8; TXT alone.
[[nodiscard]] inline tool_match dnstt(const conversation& talk, const marked_names& names) {
  const auto is_text = [](const label_list&, std::string_view t) { return t.size() >= 20 && is_of(t, base32_digits); };
  return {"dnstt",
          (only_types(talk, record_type::txt, record_type::txt) ? 1U : 0U) + (names.nearly_all(is_text) ? 1U : 0U) +
              (names.one_value(is_text, [](std::string_view t) { return t.substr(0, 12); }) ? 1U : 0U) +
              (names.nearly_all([&](const label_list& n, std::string_view t) {
                return is_text(n, t) && is_of(t.substr(13, 1), "y2");
              })
                   ? 1U
                   : 0U),
          4};
}

/// Check-ins under the number of the beacon alone; what it sends and fetches under a word, a digit with data, and a
/// counter with that number; one idle address.
[[nodiscard]] inline tool_match cobalt_strike(const conversation& talk, const marked_names& names) {
  constexpr std::array<std::string_view, 5> words = {"post", "api", "cdn", "www6", "www"};
  const auto is_long = [](const label_list& n, std::string_view t) { return n.size() >= 3 && t.size() >= 12; };
  const auto is_task = [&](const label_list& n, std::string_view t) {
    return is_long(n, t) && std::ranges::find(words, n[0]) != words.end() && is_of(n[1], hex_digits);
  };
  const std::size_t tasks = names.count(is_task);
  return {"Cobalt Strike",
          (tasks >= 4 && 10 * tasks >= 9 * names.count(is_long) ? 1U : 0U) +
              (names.count([](const label_list& n, std::string_view t) {
                return n.size() == 1 && t.size() >= 4 && t.size() <= 8 && is_of(t, hex_digits);
              }) > 0
                   ? 1U
                   : 0U) +
              (names.one_value(is_task, [](std::string_view t) { return t.substr(t.size() - 6); }) ? 1U : 0U) +
              (!talk.addresses.empty() && talk.addresses.distinct() <= 2 ? 1U : 0U),
          4};
}

/// What a name of Sliver's says of itself.
struct sliver_message {
  std::uint32_t kind = 0;
  std::uint32_t session = 0;  // 24 bits
};

/// Reads `text` as Sliver's DNS messages are written: Base32 in an alphabet of its own and without padding, in it a
/// message of protocol buffers whose fields come in the order of their numbers: 1 the kind, 2 the message's and the
/// session's number, 3 to 5 places and sizes, 6 octets to the end. Nothing where it is none.
[[nodiscard]] inline std::optional<sliver_message> read_sliver(std::string_view text) noexcept {
  constexpr std::string_view digits = "ab1c2d3e4f5g6h7j8k9m0npqrtuvwxyz";
  std::array<std::uint8_t, 160> octets;  // NOLINT(cppcoreguidelines-pro-type-member-init): written before it is read
  std::size_t size = 0;
  unsigned held = 0;
  unsigned bits = 0;
  for (const char c : text) {
    const std::size_t digit = digits.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    held = (held << 5 | static_cast<unsigned>(digit)) & 0xfffU;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    if (size == octets.size()) return std::nullopt;
    octets[size++] = static_cast<std::uint8_t>(held >> bits);
  }
  if (bits >= 5 || (held & ((1U << bits) - 1)) != 0) return std::nullopt;  // of the last octet nothing may be left

  sliver_message m;
  bool has_number = false;
  unsigned field = 0;
  for (std::size_t at = 0; at < size;) {
    const unsigned tag = octets[at++];
    if (tag >> 3 <= field || tag >> 3 > 6 || (tag & 7U) != (tag >> 3 == 6 ? 2U : 0U)) return std::nullopt;
    field = tag >> 3;
    std::uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
      if (at == size || shift > 28) return std::nullopt;
      const std::uint8_t octet = octets[at++];
      value |= static_cast<std::uint64_t>(octet & 0x7fU) << shift;
      if (octet < 0x80) break;
    }
    if (value > 0xffff'ffffU || value == 0) return std::nullopt;  // zeros are left out
    if (field == 1) m.kind = static_cast<std::uint32_t>(value);
    if (field == 2) m.session = static_cast<std::uint32_t>(value) & 0xffffffU;
    has_number = has_number || field == 2;
    if (field == 6 && value != size - at) return std::nullopt;
    if (field == 6) at = size;
  }
  return has_number && m.kind <= 9 ? std::optional(m) : std::nullopt;
}

/// Names are such messages, all of one session; polls and what is fetched are asked for as TXT, or AAAA, and what is
/// sent as A.
[[nodiscard]] inline tool_match sliver(const conversation& talk, const marked_names& names) {
  std::vector<std::uint32_t> sessions;
  const auto is_message = [&](const label_list&, std::string_view t) {
    const auto m = read_sliver(t);
    if (m) sessions.push_back(m->session);
    return m.has_value();
  };
  const bool messages = names.nearly_all(is_message);
  const bool types = std::ranges::all_of(talk.types.counts(), [](const auto& c) {
    return c.code == record_type::a || c.code == record_type::aaaa || c.code == record_type::txt;
  });
  const bool alphabet = names.nearly_all([](const label_list&, std::string_view t) {
    return t.size() >= 8 && is_of(t, "ab1c2d3e4f5g6h7j8k9m0npqrtuvwxyz");
  });
  return {"Sliver",
          (alphabet ? 1U : 0U) + (messages ? 1U : 0U) + (mostly_one(std::move(sessions)) ? 1U : 0U) + (types ? 1U : 0U),
          4};
}

}  // namespace detail

/// The tool whose marks fit best, where at least three of its four do: from the names under a zone (labels in wire
/// form, as name_structure has it) and the answers of the sample. It is shown beside a verdict and weighs little: who
/// changes a tool changes its marks. Marks are told from the tools' public descriptions and from captures of ours;
/// those of Sliver, of which there is no capture, from its public source alone. O(names), allocates.
[[nodiscard]] inline std::optional<tool_match> find_tool(const conversation& talk, std::string_view zone) {
  const detail::marked_names names(talk, zone);
  std::optional<tool_match> best;
  for (const auto read :
       {detail::iodine, detail::dnscat2, detail::dns2tcp, detail::dnstt, detail::cobalt_strike, detail::sliver}) {
    const tool_match found = read(talk, names);
    if (found.marks >= 3 && (!best || found.marks > best->marks)) best = found;
  }
  return best;
}

}  // namespace netanomaly::inline NETANOMALY_MODE::dns
