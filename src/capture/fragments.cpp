// SPDX-License-Identifier: Apache-2.0
#include "fragments.hpp"

#include <algorithm>

namespace netanomaly::inline NETANOMALY_MODE::capture {

void datagram::begin(const datagram_key& k, time_point time, time_point now, std::uint64_t frame) {
  if (!buffer_) buffer_ = std::make_unique_for_overwrite<std::byte[]>(most);  // NOLINT(modernize-avoid-c-arrays)
  key = k;
  first_time = time;
  begun = now;
  first_frame = frame;
  next_protocol = k.protocol;
  used = true;
  reading = false;
  overlaps = false;
  units_ = {};
  unit_count_ = 0;
  total_ = 0;
  end_ = 0;
}

datagram::step datagram::add(const fragment& f) noexcept {
  if (overlaps) return step::overlapping;
  const std::size_t end = f.offset + f.data.size();
  if (f.data.empty() || end > most - 1 || (f.more && f.data.size() % 8 != 0)) return step::impossible;
  if (total_ != 0 && (f.more ? end >= total_ : end != total_)) return step::impossible;
  if (!f.more && end < end_) return step::impossible;

  const std::size_t first = f.offset / 8;
  const std::size_t last = (end + 7) / 8;
  std::size_t already = 0;
  for (std::size_t u = first; u < last; ++u) already += has(u) ? 1U : 0U;
  if (already == last - first && std::equal(f.data.begin(), f.data.end(), buffer_.get() + f.offset))
    return step::repeated;
  if (already != 0) {
    overlaps = true;
    return step::overlapping;
  }
  std::copy(f.data.begin(), f.data.end(), buffer_.get() + f.offset);
  for (std::size_t u = first; u < last; ++u) units_[u / 64] |= std::uint64_t{1} << u % 64;
  unit_count_ += last - first;
  end_ = std::max(end_, end);
  if (f.offset == 0 && key.v6) next_protocol = f.next_protocol;
  if (!f.more) total_ = end;
  return total_ != 0 && unit_count_ == (total_ + 7) / 8 ? step::complete : step::waiting;
}

octets datagram::before_first_hole() const noexcept {
  std::size_t unit = 0;
  while (unit < most / 8 && has(unit)) ++unit;
  return {buffer_.get(), std::min(unit * 8, end_)};
}

datagram* fragment_table::find(const datagram_key& key) noexcept {
  for (datagram& d : slots_)
    if (d.used && !d.reading && d.key == key) return &d;
  return nullptr;
}

datagram* fragment_table::make_room() noexcept {
  datagram* oldest = nullptr;
  for (datagram& d : slots_) {
    if (!d.used) return &d;
    if (!d.reading && (oldest == nullptr || d.begun < oldest->begun)) oldest = &d;
  }
  return oldest;
}

std::size_t fragment_table::memory_bytes() const noexcept {
  std::size_t sum = slots_.size() * sizeof(datagram);
  for (const datagram& d : slots_) sum += d.memory_bytes();
  return sum;
}

}  // namespace netanomaly::inline NETANOMALY_MODE::capture
