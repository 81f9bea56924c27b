// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "eve_log.hpp"
#include "input.hpp"
#include "json_scanner.hpp"
#include "log_record.hpp"
#include "zeek_log.hpp"

#include <netanomaly/capture/source.hpp>
#include <netanomaly/core/time.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace netanomaly::inline NETANOMALY_MODE::capture {

/// A log that another program writes: what is appended, and when it is rotated, the file that takes its place. The old
/// one is read to its end first: the new one is taken up when something stands in it.
class followed_file final : public input {
 public:
  [[nodiscard]] static result<std::unique_ptr<followed_file>> open(const std::string& path);
  followed_file(const followed_file&) = delete;
  followed_file(followed_file&&) = delete;
  followed_file& operator=(const followed_file&) = delete;
  followed_file& operator=(followed_file&&) = delete;
  ~followed_file() override;

  /// 0 where there is nothing more now, and once where another file begins; `file_number` tells which.
  std::size_t read(std::byte* to, std::size_t size) override;
  [[nodiscard]] std::uint64_t position() const noexcept override { return position_; }
  [[nodiscard]] std::uint64_t size() const noexcept override { return 0; }
  [[nodiscard]] std::uint64_t file_number() const noexcept { return number_; }

 private:
  followed_file(std::string path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}
  [[nodiscard]] std::size_t read_on(std::byte* to, std::size_t size);
  [[nodiscard]] bool begun_anew();
  void rewind() noexcept;

  static constexpr std::size_t head_octets = 256;
  std::string path_;
  int descriptor_;
  std::uint64_t position_ = 0;
  std::uint64_t number_ = 0;
  bool was_idle_ = false;
  std::size_t head_size_ = 0;
  std::array<std::byte, head_octets> head_{};  // of the file, to know it again
};

/// Reads logs line by line: Zeek's and Suricata's, told apart by each line's content.
class log_reader {
 public:
  static constexpr std::size_t longest_line = std::size_t{1} << 20;  // octets
  static constexpr std::size_t faults_kept = 8;

  log_reader(std::string name, const options& how);

  /// Whether what comes first in `in` is the beginning of a log.
  [[nodiscard]] static bool recognises(buffered_input& in);

  /// At most `lines`. `followed` is what `in` reads from, if that is a file that goes on.
  source::status read(buffered_input& in, const followed_file* followed, handler& to, std::size_t lines);
  void flush(handler& to);

  [[nodiscard]] const counters& counts() const noexcept { return counts_; }
  [[nodiscard]] const std::vector<std::string>& faults() const noexcept { return faults_; }
  [[nodiscard]] std::uint64_t line_number() const noexcept { return line_; }
  /// The last line has no end and could not be read.
  [[nodiscard]] bool cut_short() const noexcept { return cut_short_; }
  [[nodiscard]] std::size_t memory_bytes() const noexcept;

 private:
  /// A record given a moment ago, to know by when the same comes again.
  struct given {
    std::uint64_t fingerprint = 0;
    time_point query{};
    time_point response{};
  };
  static constexpr std::size_t recent_places = 8192;
  static constexpr duration copy_window = std::chrono::milliseconds(10);

  void take_line(std::string_view line, bool whole, handler& to);
  log_line read_json(std::string_view line);
  void give(log_record& r, handler& to);
  [[nodiscard]] bool given_before(const log_record& r);
  void fault(const std::string& what);
  void begin_file();

  std::string name_;
  counters counts_;
  std::vector<std::string> faults_;
  json_scanner scanner_;
  zeek_log zeek_;
  eve_log eve_;
  eve_join join_;
  eve_event event_;
  dns::contact contact_;
  std::vector<given> recent_;
  std::uint64_t seed_;
  std::uint64_t line_ = 0;
  std::uint64_t file_ = 0;
  std::uint64_t files_ = 0;  // that one followed has been, beyond the first
  bool in_long_line_ = false;
  bool cut_short_ = false;
  bool idle_ = false;
  bool zeek_json_ = false;  // the last line of JSON was Zeek's
  std::chrono::steady_clock::time_point idle_since_;
  time_point idle_from_{};
};

}  // namespace netanomaly::inline NETANOMALY_MODE::capture
