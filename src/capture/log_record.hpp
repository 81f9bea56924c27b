// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "octets.hpp"

#include <netanomaly/core/time.hpp>
#include <netanomaly/dns/transaction.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace netanomaly::inline NETANOMALY_MODE::capture {

/// How a log writes octets that are not printable.
enum class escapes : std::uint8_t {
  hex,             ///< \xNN
  hex_and_doubled  ///< \xNN, and \\ for a backslash
};

[[nodiscard]] std::optional<std::uint64_t> whole_number(std::string_view text) noexcept;
/// "1795512843.123456" to nanoseconds; what is beyond a nanosecond, or beyond what can be held, is cut off.
[[nodiscard]] std::optional<std::int64_t> nanoseconds_from(std::string_view text) noexcept;
/// RFC 3339 and what comes near: an offset may be spelt +hhmm, +hh:mm or Z, or be missing (then it is UTC).
[[nodiscard]] std::optional<time_point> time_from_text(std::string_view text) noexcept;
/// The octets that `text` stands for, put behind `to`.
void unescape(std::string_view text, escapes how, std::string& to);

/// One transaction, or one side of it, as a log tells it.
class log_record {
 public:
  /// Forgets all. Memory is kept.
  void clear() noexcept;

  time_point time{};
  dns::ip_address client;
  dns::ip_address server;
  std::uint16_t client_port = 0;
  std::uint16_t server_port = 0;
  std::uint16_t id = 0;
  std::uint16_t type = 0;
  std::uint16_t dns_class = 1;
  bool query_seen = true;
  bool partial = false;
  std::optional<dns::transport> transport;
  std::optional<bool> response_seen;
  std::optional<std::uint16_t> query_flags;
  std::optional<std::uint16_t> response_flags;
  std::optional<std::uint16_t> rcode;
  std::optional<time_point> response_time;

  /// From text, labels parted by dots; false where no name can be so. Labels without an octet are left out, because a
  /// dot within a label is written as one between labels.
  [[nodiscard]] bool set_name(std::string_view text, escapes how);
  [[nodiscard]] octets name() const noexcept { return octets(name_).first(name_octets_); }
  [[nodiscard]] bool has_name() const noexcept { return name_octets_ > 0; }

  /// Answers were told of, if only that there were none.
  void answers_known() noexcept { answers_seen_ = true; }
  /// One answer. `rdata` absent: the log does not have it.
  void add_answer(std::uint16_t type, std::optional<std::uint32_t> ttl, std::optional<octets> rdata);
  void add_answers(const log_record& of);
  /// One whose data is `before` and then a name. False, and nothing is added, where the text is no name.
  [[nodiscard]] bool add_named_answer(std::uint16_t type, std::optional<std::uint32_t> ttl, octets before,
                                      std::string_view name, escapes how);
  /// The TTLs in order, where they stand apart from the answers.
  void set_ttl(std::size_t answer, std::uint32_t ttl) noexcept {
    if (answer < answers_.size()) answers_[answer].ttl = ttl;
  }
  [[nodiscard]] std::size_t answer_count() const noexcept { return answers_.size(); }
  [[nodiscard]] std::uint16_t answer_type(std::size_t answer) const noexcept { return answers_[answer].type; }

  /// As the detector takes it. Sizes of messages, which no log has, are derived from names and answers.
  /// Valid until this record changes or gives another.
  [[nodiscard]] const dns::transaction& view();
  [[nodiscard]] std::size_t memory_bytes() const noexcept {
    return sizeof(*this) + answers_.capacity() * sizeof(held) + data_.capacity() +
           views_.capacity() * sizeof(dns::answer) + scratch_.capacity();
  }
  [[nodiscard]] std::size_t answer_octets() const noexcept { return data_.size() + answers_.size() * sizeof(held); }

 private:
  struct held {
    std::uint16_t type = 0;
    std::optional<std::uint32_t> ttl;
    std::optional<std::size_t> octets;  // of data_, one after the other
  };
  /// What the data of an answer takes in a message, its name compressed as far as the question allows.
  [[nodiscard]] std::size_t compressed_octets(std::uint16_t answer_type, octets rdata) const noexcept;
  /// Writes a name in wire form; 0 where there is none.
  [[nodiscard]] static std::size_t wire_from(std::string_view text, escapes how, std::array<std::byte, 255>& to);

  std::array<std::byte, 255> name_{};
  std::size_t name_octets_ = 0;
  bool answers_seen_ = false;
  std::vector<held> answers_;
  std::vector<std::byte> data_;
  std::vector<dns::answer> views_;
  std::string scratch_;
  dns::transaction view_;
};

}  // namespace netanomaly::inline NETANOMALY_MODE::capture
