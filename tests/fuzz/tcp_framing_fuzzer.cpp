// SPDX-License-Identifier: Apache-2.0

// A stream cut into segments anywhere gives the messages that it gives in one piece. The first octets of the input say
// where to cut: each is the size of a segment, 0 ends them and the rest is the stream, fed in segments of those sizes
// in turn.

#include <netanomaly/dns/tcp_framing.hpp>

#include <cstdlib>
#include <memory>
#include <vector>

namespace dns = netanomaly::dns;

namespace {

using messages = std::vector<std::vector<std::byte>>;

/// What RFC 1035 section 4.2.2 says, straight.
messages expected(std::span<const std::byte> stream, std::size_t& empty) {
  messages all;
  while (stream.size() >= 2) {
    const std::size_t size = std::to_integer<std::size_t>(stream[0]) << 8 | std::to_integer<std::size_t>(stream[1]);
    if (size > stream.size() - 2) break;
    if (size == 0)
      ++empty;
    else
      all.emplace_back(stream.begin() + 2, stream.begin() + 2 + static_cast<std::ptrdiff_t>(size));
    stream = stream.subspan(2 + size);
  }
  return all;
}

template <class Framing>
void feed(Framing& framing, std::span<const std::byte> stream, std::span<const std::uint8_t> cuts, messages& seen) {
  std::size_t turn = 0;
  while (!stream.empty()) {
    std::size_t size = stream.size();
    if (!cuts.empty()) size = std::min<std::size_t>(size, cuts[turn++ % cuts.size()]);
    // In a block of its own, so that a read past its end is seen.
    const std::vector<std::byte> segment(stream.begin(), stream.begin() + static_cast<std::ptrdiff_t>(size));
    framing.feed(segment, [&](std::span<const std::byte> m) { seen.emplace_back(m.begin(), m.end()); });
    stream = stream.subspan(size);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::size_t cuts = 0;
  while (cuts < size && data[cuts] != 0) ++cuts;
  const std::span<const std::uint8_t> sizes(data, cuts);
  const auto stream = std::as_bytes(std::span(data, size)).subspan(std::min(size, cuts + 1));

  std::size_t empty = 0;
  const messages wanted = expected(stream, empty);

  const auto whole = std::make_unique<dns::tcp_framing>();
  messages seen;
  feed(*whole, stream, sizes, seen);
  if (seen != wanted || whole->empty_messages() != empty || whole->skipped_messages() != 0) std::abort();

  dns::basic_tcp_framing<64> small;  // skips what is split and longer, and nothing else
  seen.clear();
  feed(small, stream, sizes, seen);
  if (seen.size() + small.skipped_messages() < wanted.size() || small.empty_messages() != empty) std::abort();
  std::size_t at = 0;
  for (const auto& m : seen) {
    while (at < wanted.size() && wanted[at] != m) {
      if (wanted[at].size() <= 64) std::abort();
      ++at;
    }
    if (at++ == wanted.size()) std::abort();
  }
  return 0;
}
