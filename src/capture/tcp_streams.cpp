// SPDX-License-Identifier: Apache-2.0
#include "tcp_streams.hpp"

#include <algorithm>

namespace netanomaly::inline NETANOMALY_MODE::capture {

namespace {
constexpr std::size_t most_spare = 32;            // buffers kept for reuse
constexpr std::size_t most_spare_octets = 65536;  // in each
}  // namespace

tcp_streams::tcp_streams(std::size_t flows, std::size_t octets_waiting, std::uint64_t seed)
    : flows_(std::bit_ceil(std::max(flows, ways))),
      sets_(flows_.size() / ways),
      most_octets_(octets_waiting),
      seed_(seed) {
  spare_.reserve(most_spare);
}

std::size_t tcp_streams::set_of(const tcp_endpoints& e) const noexcept {
  const std::uint64_t h = hash_of(e.destination, hash_of(e.source, seed_));
  return static_cast<std::size_t>(mix(h, std::uint64_t{e.source_port} << 16 | e.destination_port)) & (sets_ - 1);
}

tcp_streams::flow* tcp_streams::find(const tcp_endpoints& e) noexcept {
  flow* const set = &flows_[set_of(e) * ways];
  for (flow* f = set; f != set + ways; ++f)
    if (f->state != phase::unused && f->endpoints == e) return f;
  return nullptr;
}

tcp_streams::flow& tcp_streams::place_for(const tcp_endpoints& e, counters& counts, tcp_sink& to) {
  flow* const set = &flows_[set_of(e) * ways];
  flow* place = set;
  for (flow* f = set; f != set + ways && place->state != phase::unused; ++f)
    if (f->state == phase::unused || f->seen < place->seen) place = f;
  if (place->waits()) {
    ++counts[count::tcp_flow_evicted];
    give_up_all(*place, counts, to);
  }
  place->endpoints = e;
  place->state = phase::lost;
  return *place;
}

void tcp_streams::add(const tcp_segment& s, counters& counts, tcp_sink& to) {
  if (s.ack && waiting_flows_ > 0)
    if (flow* other = find(s.endpoints.reversed()); other != nullptr) acknowledge(*other, s.acknowledged, counts, to);
  if (s.length == 0 && !s.syn && !s.reset) return;

  flow* f = find(s.endpoints);
  if (s.reset) {
    if (f != nullptr) {
      give_up_all(*f, counts, to);
      f->state = phase::lost;
    }
    return;
  }
  if (f == nullptr) f = &place_for(s.endpoints, counts, to);
  if (s.syn) {
    if (f->state == phase::exact && f->next == s.sequence + 1) {
      ++counts[count::tcp_retransmission];
    } else {
      give_up_all(*f, counts, to);
      f->next = s.sequence + 1;
      f->state = phase::exact;
      f->last = s.time;
      f->seen = s.now;
    }
    if (s.length > 0) take(*f, s.sequence + 1, s, counts, to);
    return;
  }
  take(*f, s.sequence, s, counts, to);
}

/// The receiver has what came after a hole, so it has the hole: the capture missed it, and will not see it any more.
void tcp_streams::acknowledge(flow& f, std::uint32_t acknowledged, counters& counts, tcp_sink& to) {
  while (f.has_hole()) {
    const range& behind = f.ranges[f.first_is_in_order() ? 1 : 0];
    const auto ahead = static_cast<std::int32_t>(acknowledged - f.next);
    if (ahead < static_cast<std::int32_t>(behind.end - f.head) || ahead > static_cast<std::int32_t>(window)) return;
    give_up_first(f, counts, to);
  }
}

void tcp_streams::take(flow& f, std::uint32_t sequence, const tcp_segment& s, counters& counts, tcp_sink& to) {
  ++counts[count::tcp_segments];
  f.last = s.time;
  f.seen = s.now;
  f.frame = s.frame;
  octets data = s.data;
  auto ahead = static_cast<std::int32_t>(sequence - f.next);

  constexpr auto far = static_cast<std::int32_t>(window);
  if (f.state != phase::lost &&
      (ahead > far || ahead < -8 * far)) {  // a long gap, or another connection of the same ports
    ++counts[count::tcp_gap];
    give_up_all(f, counts, to);
    f.state = phase::lost;
  }
  if (f.state == phase::lost) {
    ahead = 0;
    f.next = sequence;
    const start begins = start_of_message(data, s.length);
    if (begins != start::at_length) {
      f.next += static_cast<std::uint32_t>(s.length);
      if (begins == start::none) {
        ++counts[count::tcp_skipped_segment];
      } else {
        f.state = phase::tried;
        to.on_tcp_message({f.endpoints, f.last, f.frame, data, s.length});
      }
      return;
    }
    f.state = phase::tried;
  }
  if (ahead < 0) {
    const auto old = static_cast<std::size_t>(-std::int64_t{ahead});
    if (old >= s.length) {
      ++counts[count::tcp_retransmission];
      return;
    }
    data = data.subspan(std::min(old, data.size()));
    ahead = 0;
  }
  if (ahead == 0 && !f.waits()) {
    const std::size_t used = cut(f, data, counts, to);
    f.next += static_cast<std::uint32_t>(used);
    data = data.subspan(used);
    if (f.state == phase::lost) return;
  }
  switch (data.empty() ? stored::yes : store(f, static_cast<std::size_t>(ahead), data)) {
    case stored::known:
      ++counts[count::tcp_retransmission];
      return;
    case stored::refused:
      ++counts[count::tcp_memory_full];
      ++counts[count::tcp_gap];
      give_up_all(f, counts, to);
      f.state = phase::lost;
      return;
    case stored::yes:
      break;
  }
  if (ahead > 0 && f.has_hole()) ++counts[count::tcp_out_of_order];
  if (ahead > 0 || f.first_is_in_order()) drain(f, counts, to);
  if (s.data.size() < s.length && f.state != phase::lost) {  // what the capture cut away is a hole that nothing fills
    ++counts[count::tcp_gap];
    give_up_all(f, counts, to);
    f.state = phase::lost;
  }
}

/// Hands out the whole messages at the beginning of `data`; tells how many octets they took.
std::size_t tcp_streams::cut(flow& f, octets data, counters& counts, tcp_sink& to) {
  std::size_t at = 0;
  while (data.size() - at >= 2) {
    const std::size_t length = load16(data, at);
    const octets rest = data.subspan(at + 2);
    if (f.state == phase::tried && (length < 12 || (rest.size() >= 12 && !begins_like_a_message(rest, length)))) {
      ++counts[count::tcp_skipped_segment];
      f.state = phase::lost;
      return data.size();
    }
    if (rest.size() < length) break;
    if (length == 0)
      ++counts[count::tcp_empty_message];
    else
      to.on_tcp_message({f.endpoints, f.last, f.frame, rest.first(length), length});
    at += 2 + length;
  }
  return at;
}

/// Hands out what is whole of what waits in order.
void tcp_streams::drain(flow& f, counters& counts, tcp_sink& to) {
  if (!f.first_is_in_order()) return;
  const std::size_t used = cut(f, octets(f.buffer).subspan(f.head, f.ranges[0].end - f.head), counts, to);
  f.next += static_cast<std::uint32_t>(used);
  f.head += used;
  f.ranges[0].begin = f.head;
  if (f.ranges[0].begin == f.ranges[0].end) f.drop_first_range();
  if (!f.waits())
    release(f);
  else if (f.state == phase::lost)
    give_up_first(f, counts, to);
}

/// Gives up the incomplete message at the front, if there is one, and the hole behind it; goes on at the first of the
/// ranges that wait which begins like a message. The depth of the mutual recursion with drain is bounded by the ranges.
void tcp_streams::give_up_first(flow& f, counters& counts, tcp_sink& to) {
  if (f.first_is_in_order()) {
    const octets rest = octets(f.buffer).subspan(f.head, f.ranges[0].end - f.head);
    ++counts[count::tcp_incomplete_message];
    if (rest.size() >= 14 && begins_like_a_message(rest.subspan(2), load16(rest, 0)))
      to.on_tcp_message({f.endpoints, f.last, f.frame, rest.subspan(2), load16(rest, 0)});
    f.next += static_cast<std::uint32_t>(rest.size());
    f.head = f.ranges[0].end;
    f.drop_first_range();
    f.state = phase::lost;
  }
  while (f.waits()) {
    ++counts[count::tcp_gap];
    f.next += static_cast<std::uint32_t>(f.ranges[0].begin - f.head);
    f.head = f.ranges[0].begin;
    const octets data = octets(f.buffer).subspan(f.head, f.ranges[0].end - f.head);
    const start begins = start_of_message(data, data.size());
    if (begins == start::at_length) {
      f.state = phase::tried;
      drain(f, counts, to);
      return;
    }
    f.state = phase::lost;
    if (begins == start::at_header) {
      f.state = phase::tried;
      to.on_tcp_message({f.endpoints, f.last, f.frame, data, data.size()});
    } else {
      ++counts[count::tcp_skipped_segment];
    }
    f.next += static_cast<std::uint32_t>(data.size());
    f.head = f.ranges[0].end;
    f.drop_first_range();
    if (begins == start::at_header) break;
  }
  if (!f.waits()) release(f);
}

void tcp_streams::give_up_all(flow& f, counters& counts, tcp_sink& to) {
  while (f.waits()) give_up_first(f, counts, to);
}

void tcp_streams::expire(time_point now, counters& counts, tcp_sink& to) {
  if (waiting_flows_ == 0) return;
  for (flow& f : flows_)
    if (f.waits() && now - f.seen > (f.has_hole() ? gap_timeout : message_timeout)) give_up_first(f, counts, to);
}

void tcp_streams::flush(counters& counts, tcp_sink& to) {
  if (waiting_flows_ == 0) return;
  for (flow& f : flows_) give_up_all(f, counts, to);
}

/// Where a stream may be joined: at a length followed by what looks like a header, at a length that came by itself, or
/// at a header whose length came by itself before and was missed. A whole message is believed before the beginning of
/// one.
tcp_streams::start tcp_streams::start_of_message(octets data, std::size_t length) noexcept {
  if (data.size() < 2) return start::none;
  const std::size_t prefix = load16(data, 0);
  if (data.size() == 2) return prefix >= 12 ? start::at_length : start::none;
  const bool after_length = data.size() >= 14 && begins_like_a_message(data.subspan(2), prefix);
  if (after_length && prefix + 2 <= length) return start::at_length;
  if (begins_like_a_message(data, length)) return start::at_header;
  return after_length ? start::at_length : start::none;
}

void tcp_streams::flow::drop_first_range() noexcept {
  std::copy(ranges.begin() + 1, ranges.begin() + range_count, ranges.begin());
  --range_count;
}

/// Keeps `data`, which begins `offset` octets behind the first not handed out.
tcp_streams::stored tcp_streams::store(flow& f, std::size_t offset, octets data) {
  if (offset + data.size() > window) return stored::refused;
  if (f.head > 0 && f.head >= f.buffer.size() - f.head) {  // no more is moved than has been handed out
    held_octets_ -= f.head;
    f.buffer.erase(f.buffer.begin(), f.buffer.begin() + static_cast<std::ptrdiff_t>(f.head));
    for (std::size_t i = 0; i < f.range_count; ++i) {
      f.ranges[i].begin -= f.head;
      f.ranges[i].end -= f.head;
    }
    f.head = 0;
  }
  const std::size_t begin = f.head + offset;
  const std::size_t end = begin + data.size();
  std::size_t first = 0;  // of the ranges that touch [begin, end)
  while (first < f.range_count && f.ranges[first].end < begin) ++first;
  std::size_t last = first;
  while (last < f.range_count && f.ranges[last].begin <= end) ++last;
  if (last == first + 1 && f.ranges[first].begin <= begin && f.ranges[first].end >= end) return stored::known;
  if (last == first && f.range_count == most_ranges) return stored::refused;
  if (end > f.buffer.size()) {
    const std::size_t growth = end - f.buffer.size();
    if (held_octets_ + growth > most_octets_) return stored::refused;
    if (f.buffer.capacity() == 0 && !spare_.empty()) {
      f.buffer = std::move(spare_.back());
      spare_.pop_back();
    }
    f.buffer.resize(end);
    held_octets_ += growth;
  }
  if (!f.waits()) ++waiting_flows_;

  std::size_t from = begin;
  const auto copy_until = [&](std::size_t until) {
    if (from < until)
      std::copy(data.begin() + static_cast<std::ptrdiff_t>(from - begin),
                data.begin() + static_cast<std::ptrdiff_t>(until - begin),
                f.buffer.begin() + static_cast<std::ptrdiff_t>(from));
  };
  range joined{begin, end};
  for (std::size_t i = first; i < last; ++i) {
    copy_until(std::min(f.ranges[i].begin, end));
    from = std::max(from, f.ranges[i].end);
    joined.begin = std::min(joined.begin, f.ranges[i].begin);
    joined.end = std::max(joined.end, f.ranges[i].end);
  }
  copy_until(end);
  if (last == first) {
    std::copy_backward(f.ranges.begin() + static_cast<std::ptrdiff_t>(first), f.ranges.begin() + f.range_count,
                       f.ranges.begin() + f.range_count + 1);
    ++f.range_count;
  } else {
    std::copy(f.ranges.begin() + static_cast<std::ptrdiff_t>(last), f.ranges.begin() + f.range_count,
              f.ranges.begin() + static_cast<std::ptrdiff_t>(first) + 1);
    f.range_count = static_cast<std::uint8_t>(f.range_count - (last - first - 1));
  }
  f.ranges[first] = joined;
  return stored::yes;
}

void tcp_streams::release(flow& f) {
  if (f.buffer.empty()) return;
  --waiting_flows_;
  held_octets_ -= f.buffer.size();
  f.buffer.clear();
  f.head = 0;
  f.range_count = 0;
  if (spare_.size() < most_spare && f.buffer.capacity() <= most_spare_octets) spare_.push_back(std::move(f.buffer));
  f.buffer = {};
}

std::size_t tcp_streams::memory_bytes() const noexcept {
  std::size_t sum = flows_.size() * sizeof(flow) + spare_.capacity() * sizeof(std::vector<std::byte>);
  for (const flow& f : flows_) sum += f.buffer.capacity();
  for (const auto& b : spare_) sum += b.capacity();
  return sum;
}

}  // namespace netanomaly::inline NETANOMALY_MODE::capture
