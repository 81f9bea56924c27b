// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "json_scanner.hpp"
#include "log_record.hpp"

#include <netanomaly/dns/transaction.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace netanomaly::inline NETANOMALY_MODE::capture {

/// What a line of a log was.
enum class log_line : std::uint8_t {
  nothing,   ///< empty, or about the log itself
  dns,       ///< a DNS record: the transaction, or one side of it, stands in the record
  nameless,  ///< a DNS record without a question
  contact,   ///< two hosts talked, and not DNS
  other,     ///< a record of another kind
  foreign,   ///< a JSON object that this program did not write
  damaged    ///< fault() says why
};

/// Lines of Zeek's dns.log, and of its conn.log, in either form: tab-separated with # headers, whose separators and
/// columns are taken from the header that stands before them, or JSON by the names of the fields.
class zeek_log {
 public:
  /// The next file begins: without its own header nothing can be read.
  void begin_file();
  [[nodiscard]] log_line read_header(std::string_view line);
  [[nodiscard]] log_line read_columns(std::string_view line, log_record& r, dns::contact& c);
  /// Takes the members of a line whose first members were read already, see `log_reader`.
  [[nodiscard]] log_line read_json(json_scanner& scanner, std::string_view line, log_record& r, dns::contact& c);
  [[nodiscard]] bool has_columns() const noexcept { return !columns_.empty(); }
  [[nodiscard]] const char* fault() const noexcept { return fault_; }
  [[nodiscard]] std::size_t memory_bytes() const noexcept;

  enum class field : std::uint8_t {
    unknown,
    ts,
    client,
    client_port,
    server,
    server_port,
    proto,
    trans_id,
    rtt,
    query,
    qclass,
    qtype,
    rcode,
    aa,
    tc,
    rd,
    ra,
    answers,
    ttls,
    service,
    conn_state
  };
  static constexpr std::size_t field_count = static_cast<std::size_t>(field::conn_state) + 1;

 private:
  struct values;
  [[nodiscard]] log_line damaged(const char* why) noexcept {
    fault_ = why;
    return log_line::damaged;
  }
  [[nodiscard]] log_line judge(const values& v, log_record& r, dns::contact& c);
  static void add_answer(log_record& r, std::string_view text, escapes how);

  std::string separator_;
  std::string set_separator_;
  std::string empty_;
  std::string unset_;
  std::vector<field> columns_;
  std::vector<std::string_view> answers_;  // of the line that is read
  std::vector<std::string_view> ttls_;
  const char* fault_ = nullptr;
};

}  // namespace netanomaly::inline NETANOMALY_MODE::capture
