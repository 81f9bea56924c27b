// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/capture/decoder.hpp>
#include <netanomaly/core/config.hpp>
#include <netanomaly/core/result.hpp>
#include <netanomaly/core/time.hpp>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace netanomaly::inline NETANOMALY_MODE::capture {

/// How packets are read.
struct options {
  /// In libpcap's filter language; empty: all packets. Mind that `port 53` alone loses the later fragments of long
  /// answers and everything in a VLAN: `dns_filter` gives one that does not. Frames are numbered as they pass.
  std::string filter;
  decoder::params decoding;  ///< of packets
  // of a live interface
  bool promiscuous = false;                           ///< needs CAP_NET_ADMIN beside CAP_NET_RAW
  int snapshot_length = 262144;                       ///< octets of each packet
  std::size_t kernel_buffer = std::size_t{32} << 20;  ///< octets
  std::chrono::milliseconds patience{100};            ///< for packets, before `read` comes back without
  // of a log
  bool follow =
      false;  ///< read on at the end as it grows, through rotation by renaming and by emptying; plain text only
};

/// A filter that passes what decoding needs to see DNS on `ports` and no more: both transports, all fragments, and all
/// of it behind one VLAN tag too. Contacts and encrypted DNS are not seen with it. `also` is a filter that must hold
/// besides.
[[nodiscard]] NETANOMALY_API std::string dns_filter(std::span<const std::uint16_t> ports, const std::string& also = {});

/// Where DNS traffic comes from: a capture file, a log, standard input, bytes in memory, or a live interface.
///
/// Files     pcap and pcapng in all variants that libpcap reads; Zeek's dns.log and conn.log, tab-separated or JSON,
/// and
///           Suricata's EVE (docs/sources.md). Plain, gzip or zstd (several members or frames too), recognised by
///           content. Read as a stream: nothing is kept, no temporary file.
/// Gives     Captures give messages and contacts; logs give transactions and contacts. What a log does not tell of a
///           transaction is absent; sizes are derived, and it says so.
/// Errors    Opening tells what is wrong in one line that names the file. What is wrong with a packet or a line is
///           counted, and the first such lines are named in `faults()`. A file that breaks off or goes wrong in the
///           middle ends the reading; `incomplete()` then says at which packet and octet, or line.
/// Memory    of a log: lines to 1 MiB, and 65,536 queries that wait for their answers, about 500 octets each.
/// Threads   One at a time; several sources are independent of each other.
class NETANOMALY_API source {
 public:
  /// "-" is standard input.
  [[nodiscard]] static result<source> open_file(const std::string& path, const options& how = {});
  /// `file` must outlive the source.
  [[nodiscard]] static result<source> open_bytes(std::span<const std::byte> file, const options& how = {});
  /// Needs CAP_NET_RAW and no more, as long as `promiscuous` is off. "any" is all interfaces, where the system has it.
  [[nodiscard]] static result<source> open_interface(const std::string& name, const options& how = {});

  source(const source&) = delete;
  source& operator=(const source&) = delete;
  source(source&&) noexcept;
  source& operator=(source&&) noexcept;
  ~source();

  /// What `read` left behind.
  enum class status : std::uint8_t {
    more,  ///< there may be more to read now
    idle,  ///< a live interface, or a log that is followed, has had nothing for `patience`, or a signal came
    end    ///< the file is at its end; what was waiting has been given
  };
  /// Reads at most `packets` packets, or lines, and gives what they hold to `to`.
  status read(handler& to, std::size_t packets);
  /// Gives what waits for further fragments, segments and answers; for a live interface, when one stops. `read` does it
  /// at the end of a file.
  void flush(handler& to);

  /// Reads all of a file. `f` is called with each message, and with each contact and each transaction if it takes them.
  template <class F>
    requires std::invocable<F&, const dns::wire_message&>
  void for_each(F&& f) {
    struct each final : handler {
      explicit each(F& g) noexcept : call(g) {}
      void on_message(const dns::wire_message& m) override { call(m); }
      void on_contact(const dns::contact& c) override {
        if constexpr (std::invocable<F&, const dns::contact&>) call(c);
      }
      void on_transaction(const dns::transaction& t) override {
        if constexpr (std::invocable<F&, const dns::transaction&>) call(t);
      }
      F& call;
    } to(f);
    while (read(to, (std::numeric_limits<std::size_t>::max)()) != status::end) {
    }
  }

  /// So far; of a live interface with what the kernel dropped.
  [[nodiscard]] counters counts() const noexcept;
  /// Why the reading ended before the file did; nothing if it did not.
  [[nodiscard]] const std::optional<error>& incomplete() const noexcept;
  /// For a progress bar: how much of the file, as it lies on disk, has been read; its size, 0 if unknown.
  [[nodiscard]] std::uint64_t octets_read() const noexcept;
  [[nodiscard]] std::uint64_t octets_in_file() const noexcept;  ///< 0: unknown
  /// As `name` was given to open.
  [[nodiscard]] const std::string& name() const noexcept;
  /// Whether it is an interface.
  [[nodiscard]] bool live() const noexcept;
  /// Whether it gives transactions in place of messages.
  [[nodiscard]] bool is_log() const noexcept;
  /// The first lines of a log that could not be read, by number, and why; at most 8.
  [[nodiscard]] std::span<const std::string> faults() const noexcept;
  [[nodiscard]] std::size_t memory_bytes() const noexcept;

 private:
  class reader;
  explicit source(std::unique_ptr<reader> r) noexcept;
  std::unique_ptr<reader> reader_;
};

}  // namespace netanomaly::inline NETANOMALY_MODE::capture
