// SPDX-License-Identifier: Apache-2.0
// Any octets as a capture file, through to transactions.
#include <netanomaly/capture/source.hpp>
#include <netanomaly/dns/name.hpp>
#include <netanomaly/dns/pairing.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace na = netanomaly;
  na::capture::options how;
  how.decoding = {.fragment_datagrams = 4, .tcp_flows = 64, .tcp_octets = 100'000};
  auto source = na::capture::source::open_bytes(std::as_bytes(std::span(data, size)), how);
  if (!source) return 0;

  std::uint64_t messages = 0;
  std::uint64_t given = 0;
  const auto take = [&](const na::dns::transaction& t) {
    ++given;
    const auto name = na::dns::wire_name::from_wire(t.name);
    if (!name) std::abort();
    std::size_t octets = name->to_text().size();
    if (t.answers)
      for (const na::dns::answer& a : *t.answers)
        for (const std::byte b : a.rdata) octets += std::to_integer<std::size_t>(b);
    if (octets == static_cast<std::size_t>(-1)) std::abort();  // so that all octets are read
  };
  static na::dns::pairing pairing({.outstanding = 64});  // one for all runs, to save its construction
  pairing.reset();
  source->for_each([&](const na::dns::wire_message& m) {
    ++messages;
    if (m.octets.size() > m.length) std::abort();
    pairing.update(m, take);
  });
  pairing.flush(take);
  using na::capture::count;
  const auto counts = source->counts();
  if (counts[count::udp_messages] + counts[count::tcp_messages] != messages || given > messages) std::abort();
  if (pairing.outstanding() != 0) std::abort();
  return 0;
}
