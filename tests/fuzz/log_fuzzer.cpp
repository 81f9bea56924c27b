// SPDX-License-Identifier: Apache-2.0
// Any octets as a log of Zeek or Suricata, through to transactions.
#include <netanomaly/capture/source.hpp>
#include <netanomaly/dns/name.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace na = netanomaly;
  using na::capture::count;
  // What is no log would be tried as a capture, which has a fuzzer of its own.
  std::string text = "#\n";
  text[0] = size > 0 && data[0] % 2 == 0 ? '#' : '{';
  text.insert(1, "f");
  if (text[0] == '{') text = "{}\n";
  text.append(reinterpret_cast<const char*>(data), size);

  struct reader final : na::capture::handler {
    void on_message(const na::dns::wire_message&) override { std::abort(); }
    void on_transaction(const na::dns::transaction& t) override {
      ++given;
      const auto name = na::dns::wire_name::from_wire(t.name);
      if (!name) std::abort();
      std::size_t octets = name->to_text().size();
      if (t.answers)
        for (const na::dns::answer& a : *t.answers) {
          if (!a.rdata_known && !a.rdata.empty()) std::abort();
          for (const std::byte b : a.rdata) octets += std::to_integer<std::size_t>(b);
        }
      if (octets == static_cast<std::size_t>(-1)) std::abort();  // so that all octets are read
      if (t.response_time && *t.response_time < t.time && t.query_seen && t.response_seen == false) std::abort();
    }
    std::uint64_t given = 0;
  } to;
  na::capture::options how;
  how.decoding = {.fragment_datagrams = 1, .tcp_flows = 8, .tcp_octets = 100};  // no packets are decoded
  auto source = na::capture::source::open_bytes(std::as_bytes(std::span(text)), how);
  if (!source || !source->is_log()) std::abort();
  while (source->read(to, 7) != na::capture::source::status::end) {
  }
  const auto counts = source->counts();
  if (to.given > counts[count::log_lines]) std::abort();
  if (source->faults().size() > counts[count::log_damaged_lines] + counts[count::log_long_lines]) std::abort();
  return 0;
}
