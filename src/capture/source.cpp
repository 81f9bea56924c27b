// SPDX-License-Identifier: Apache-2.0
#include "input.hpp"
#include "log_reader.hpp"
#include "pcapng.hpp"

#include <netanomaly/capture/source.hpp>

#include <pcap/pcap.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace netanomaly::inline NETANOMALY_MODE::capture {

namespace {

struct close_pcap {
  void operator()(pcap_t* p) const noexcept { ::pcap_close(p); }
};
using pcap_handle = std::unique_ptr<pcap_t, close_pcap>;
using pcap_text = std::array<char, PCAP_ERRBUF_SIZE>;

std::string shown(const std::string& path) { return path == "-" ? "standard input" : path; }

struct free_program {
  void operator()(bpf_program* p) const noexcept {
    ::pcap_freecode(p);
    delete p;
  }
};
using bpf_handle = std::unique_ptr<bpf_program, free_program>;

result<bpf_handle> compile(pcap_t* p, const std::string& filter) {
  bpf_handle program(new bpf_program{});
  if (::pcap_compile(p, program.get(), filter.c_str(), 1, PCAP_NETMASK_UNKNOWN) != 0)
    return unexpected(error("filter \"" + filter + "\": " + ::pcap_geterr(p)));
  return program;
}

}  // namespace

std::string dns_filter(std::span<const std::uint16_t> ports, const std::string& also) {
  std::string any;
  for (const std::uint16_t port : ports) any += (any.empty() ? "port " : " or port ") + std::to_string(port);
  if (any.empty()) any = "port 53";
  const std::string plain = "(((udp or tcp) and (" + any + ")) or (ip[6:2] & 0x3fff != 0) or (ip6 proto 44))";
  const std::string all =
      "(" + plain + " or (vlan and " + plain + "))";  // "vlan" moves what stands after it, so it comes last
  return also.empty() ? all : "(" + also + ") and " + all;
}

/// What libpcap, the pcapng reader and the decoder are for one source.
class source::reader {
  static constexpr std::size_t most_link_types = 64;  // of one file that are filtered; more than the decoder knows

 public:
  reader(std::string name, const options& how)
      : name_(std::move(name)), filter_(how.filter), how_(how), decoder_(how.decoding) {}

  result<void> start_file(std::unique_ptr<input> unpacked) {
    input_.emplace(std::move(unpacked));
    if (!pcapng_reader::recognises(*input_) && log_reader::recognises(*input_)) return start_log();
    if (pcapng_reader::recognises(*input_)) {
      pcapng_.emplace(*input_);
      if (filter_.empty()) return {};
      const pcap_handle some(
          ::pcap_open_dead(DLT_EN10MB, 262144));  // the link types come later; the grammar is checked now
      if (auto program = compile(some.get(), filter_); !program) return failed(program.error().message());
      return {};
    }
    stream_ = open_stream(*input_);
    if (stream_ == nullptr) return failed("no stream can be opened");
    pcap_text text{};
    pcap_.reset(::pcap_fopen_offline_with_tstamp_precision(stream_, PCAP_TSTAMP_PRECISION_NANO, text.data()));
    if (!pcap_) {
      std::fclose(stream_);  // NOLINT(cert-err33-c)
      stream_ = nullptr;
      return failed(input_->packed().fault().value_or(text.data()) + "; expected " + input::expected);
    }
    return set_filter();
  }

  /// A log that is written still: it may have nothing in it yet.
  result<void> start_followed(std::unique_ptr<followed_file> file) {
    followed_ = file.get();
    input_.emplace(std::move(file));
    if (input_->more() && !log_reader::recognises(*input_))
      return failed(
          "not a log in plain text, and only those are followed; expected a Zeek dns.log or a Suricata EVE log");
    patience_ = static_cast<int>(std::clamp<std::int64_t>(how_.patience.count(), 1, 60'000));
    return start_log();
  }

  result<void> start_log() {
    if (!filter_.empty()) return failed("a capture filter is for packets, and this is a log");
    log_.emplace(shown(name_), how_);
    return {};
  }

  result<void> start_interface(const options& how) {
    pcap_text text{};
    pcap_.reset(::pcap_create(name_.c_str(), text.data()));
    if (!pcap_) return failed(text.data());
    ::pcap_set_snaplen(pcap_.get(), how.snapshot_length);
    ::pcap_set_promisc(pcap_.get(), how.promiscuous ? 1 : 0);
    ::pcap_set_timeout(pcap_.get(), 10);  // milliseconds that the kernel gathers packets
    ::pcap_set_buffer_size(pcap_.get(), static_cast<int>(std::min<std::size_t>(how.kernel_buffer, 0x7fff'ffff)));
    ::pcap_set_tstamp_precision(pcap_.get(), PCAP_TSTAMP_PRECISION_NANO);
    if (const int state = ::pcap_activate(pcap_.get()); state < 0) {
      std::string what = ::pcap_statustostr(state);
      if (const std::string detail = ::pcap_geterr(pcap_.get()); !detail.empty()) what += " (" + detail + ")";
      if (state == PCAP_ERROR_PERM_DENIED)
        what += "; capturing needs CAP_NET_RAW, for instance: setcap cap_net_raw=ep PROGRAM";
      return failed(what);
    }
    // Without this a call may block for ever where there is no traffic; `wait` has the patience.
    if (::pcap_setnonblock(pcap_.get(), 1, text.data()) != 0) return failed(text.data());
    descriptor_ = ::pcap_get_selectable_fd(pcap_.get());
    patience_ = static_cast<int>(std::clamp<std::int64_t>(how.patience.count(), 1, 60'000));
    live_ = true;
    unit_ = ::pcap_get_tstamp_precision(pcap_.get()) == PCAP_TSTAMP_PRECISION_NANO ? 1 : 1000;
    return set_filter();
  }

  status read(handler& to, std::size_t packets) {
    if (ended_) return status::end;
    if (log_) return read_log(to, packets);
    for (std::size_t i = 0; i < packets; ++i) {
      const status s = pcapng_ ? next_of_pcapng(*pcapng_, to) : next_of_pcap(to);
      if (s == status::end) {
        ended_ = true;
        decoder_.flush(to);
      }
      if (s != status::more) return s;
    }
    return status::more;
  }

  void flush(handler& to) {
    if (log_)
      log_->flush(to);
    else
      decoder_.flush(to);
  }

  [[nodiscard]] counters counts() const noexcept {
    if (log_) return log_->counts();
    counters c = decoder_.counts();
    pcap_stat s = {};
    if (live_ && ::pcap_stats(pcap_.get(), &s) == 0) {
      c[count::kernel_dropped] = s.ps_drop;
      c[count::interface_dropped] = s.ps_ifdrop;
    }
    return c;
  }
  [[nodiscard]] const std::optional<error>& incomplete() const noexcept { return incomplete_; }
  [[nodiscard]] std::uint64_t octets_read() const noexcept { return input_ ? input_->packed().position() : 0; }
  [[nodiscard]] std::uint64_t octets_in_file() const noexcept { return input_ ? input_->packed().size() : 0; }
  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] bool live() const noexcept { return live_; }
  [[nodiscard]] bool is_log() const noexcept { return log_.has_value(); }
  [[nodiscard]] std::span<const std::string> faults() const noexcept {
    return log_ ? std::span<const std::string>(log_->faults()) : std::span<const std::string>();
  }
  [[nodiscard]] std::size_t memory_bytes() const noexcept {
    constexpr std::size_t block = std::size_t{64} << 10;  // stdio's and the unpacker's; what libpcap has is not known
    return sizeof(reader) + decoder_.memory_bytes() + (input_ ? input_->memory_bytes() + block : 0) +
           (stream_ != nullptr ? block : 0) + (log_ ? log_->memory_bytes() : 0);
  }

 private:
  status read_log(handler& to, std::size_t lines) {
    const status s = log_->read(*input_, followed_, to, lines);
    if (s == status::idle) static_cast<void>(::poll(nullptr, 0, patience_));  // a signal ends the wait
    if (s != status::end) return s;
    ended_ = true;
    const auto& fault = input_->packed().fault();
    if (fault || log_->cut_short())
      incomplete_.emplace(shown(name_) + ": the log ends early, at line " + std::to_string(log_->line_number()) + ": " +
                          fault.value_or("the line is not whole"));
    return s;
  }

  [[nodiscard]] unexpected<error> failed(const std::string& what) const {
    return unexpected(error(shown(name_) + ": " + what));
  }

  result<void> set_filter() {
    link_type_ = ::pcap_datalink(pcap_.get());
    if (filter_.empty()) return {};
    const auto program = compile(pcap_.get(), filter_);
    if (!program) return failed(program.error().message());
    if (::pcap_setfilter(pcap_.get(), program->get()) != 0)
      return failed("filter \"" + filter_ + "\": " + ::pcap_geterr(pcap_.get()));
    return {};
  }

  status next_of_pcap(handler& to) {
    pcap_pkthdr* header = nullptr;
    const unsigned char* data = nullptr;
    const int state = ::pcap_next_ex(pcap_.get(), &header, &data);
    if (state == 1) [[likely]] {
      ++packets_;
      // in a file the seconds are 32 bits without a sign, which libpcap gives as if they had one
      const std::int64_t seconds =
          live_ ? std::int64_t{header->ts.tv_sec} : std::int64_t{static_cast<std::uint32_t>(header->ts.tv_sec)};
      const time_point time = time_from(seconds, std::int64_t{header->ts.tv_usec} * unit_);
      decoder_.decode(link_type_, time, {reinterpret_cast<const std::byte*>(data), header->caplen}, header->len, to);
      return status::more;
    }
    if (state == 0) return wait() ? status::more : status::idle;
    const off_t at = stream_ != nullptr ? ::ftello(stream_) : -1;
    end(at >= 0 ? std::optional<std::uint64_t>(at) : std::nullopt,
        state == PCAP_ERROR ? std::optional<std::string>(::pcap_geterr(pcap_.get())) : std::nullopt);
    return status::end;
  }

  /// For packets of a live interface; false if none came, or a signal did.
  [[nodiscard]] bool wait() const noexcept {
    pollfd on{descriptor_, POLLIN, 0};
    return ::poll(&on, 1, patience_) > 0;
  }

  status next_of_pcapng(pcapng_reader& reader, handler& to) {
    pcapng_packet packet;
    if (!reader.next(packet)) {
      end(reader.position(), reader.fault());
      return status::end;
    }
    ++packets_;
    if (passes(packet)) decoder_.decode(packet.link_type, packet.time, packet.captured, packet.length, to);
    return status::more;
  }

  /// A pcapng file may have packets of several link types: a filter is compiled for each.
  bool passes(const pcapng_packet& packet) {
    if (filter_.empty()) return true;
    auto known =
        std::find_if(filters_.begin(), filters_.end(), [&](const auto& f) { return f.first == packet.link_type; });
    if (known == filters_.end()) {
      if (filters_.size() == most_link_types) return false;
      const pcap_handle type(::pcap_open_dead(packet.link_type == 101 ? DLT_RAW : packet.link_type, 262144));
      auto program = type ? compile(type.get(), filter_) : result<bpf_handle>(unexpected(error("")));
      known = filters_.insert(filters_.end(), {packet.link_type, program ? std::move(*program) : nullptr});
    }
    if (!known->second) return false;  // no packet of this link type can pass
    pcap_pkthdr header = {};
    header.caplen = static_cast<bpf_u_int32>(packet.captured.size());
    header.len = packet.length;
    return ::pcap_offline_filter(known->second.get(), &header,
                                 reinterpret_cast<const unsigned char*>(packet.captured.data())) != 0;
  }

  /// There are no more packets: because the file is at its end, or why else?
  void end(std::optional<std::uint64_t> octet, const std::optional<std::string>& fault) {
    const std::optional<std::string> why = input_ && input_->packed().fault() ? input_->packed().fault() : fault;
    if (!why) return;
    std::string text = shown(name_) + ": the capture ends early, after packet " + std::to_string(packets_);
    if (octet) text += ", at octet " + std::to_string(*octet);
    incomplete_.emplace(text + ": " + *why);
  }

  std::string name_;
  std::string filter_;
  options how_;
  std::optional<buffered_input> input_;  // of a file; outlives what reads from it
  std::optional<pcapng_reader> pcapng_;
  std::FILE* stream_ = nullptr;  // pcap_ owns it
  pcap_handle pcap_;
  std::vector<std::pair<int, bpf_handle>> filters_;
  decoder decoder_;
  std::optional<log_reader> log_;
  const followed_file* followed_ = nullptr;  // input_ owns it
  std::optional<error> incomplete_;
  std::uint64_t packets_ = 0;
  int link_type_ = 0;
  std::int64_t unit_ = 1;  // nanoseconds in tv_usec
  int descriptor_ = -1;
  int patience_ = 0;  // milliseconds
  bool live_ = false;
  bool ended_ = false;
};

source::source(std::unique_ptr<reader> r) noexcept : reader_(std::move(r)) {}
source::source(source&&) noexcept = default;
source& source::operator=(source&&) noexcept = default;
source::~source() = default;

result<source> source::open_file(const std::string& path, const options& how) {
  if (how.follow) {
    auto file =
        path == "-" ? unexpected(error("it is read as it comes, and cannot be followed")) : followed_file::open(path);
    if (!file) return unexpected(error(shown(path) + ": " + file.error().message()));
    auto r = std::make_unique<reader>(path, how);
    if (auto started = r->start_followed(std::move(*file)); !started) return unexpected(std::move(started).error());
    return source(std::move(r));
  }
  auto in = input::open_file(path);
  if (!in) return unexpected(error(shown(path) + ": " + in.error().message()));
  auto r = std::make_unique<reader>(path, how);
  if (auto started = r->start_file(std::move(*in)); !started) return unexpected(std::move(started).error());
  return source(std::move(r));
}

result<source> source::open_bytes(std::span<const std::byte> file, const options& how) {
  auto in = input::open_bytes(file);
  if (!in) return unexpected(error("bytes in memory: " + in.error().message()));
  auto r = std::make_unique<reader>("bytes in memory", how);
  if (auto started = r->start_file(std::move(*in)); !started) return unexpected(std::move(started).error());
  return source(std::move(r));
}

result<source> source::open_interface(const std::string& name, const options& how) {
  auto r = std::make_unique<reader>(name, how);
  if (auto started = r->start_interface(how); !started) return unexpected(std::move(started).error());
  return source(std::move(r));
}

source::status source::read(handler& to, std::size_t packets) { return reader_->read(to, packets); }
void source::flush(handler& to) { reader_->flush(to); }
counters source::counts() const noexcept { return reader_->counts(); }
const std::optional<error>& source::incomplete() const noexcept { return reader_->incomplete(); }
std::uint64_t source::octets_read() const noexcept { return reader_->octets_read(); }
std::uint64_t source::octets_in_file() const noexcept { return reader_->octets_in_file(); }
const std::string& source::name() const noexcept { return reader_->name(); }
bool source::live() const noexcept { return reader_->live(); }
bool source::is_log() const noexcept { return reader_->is_log(); }
std::span<const std::string> source::faults() const noexcept { return reader_->faults(); }
std::size_t source::memory_bytes() const noexcept { return sizeof(source) + reader_->memory_bytes(); }

}  // namespace netanomaly::inline NETANOMALY_MODE::capture
