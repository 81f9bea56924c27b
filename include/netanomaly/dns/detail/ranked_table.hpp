// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/config.hpp>
#include <netanomaly/core/hash.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <utility>
#include <vector>

namespace netanomaly::inline NETANOMALY_MODE::dns::detail {

/// Values by 64-bit hash, kept within a bound of bytes by letting go of the least worth keeping.
///
/// Which is least: of eight taken at random (by a generator whose state is part of the table, so that a restored table
/// goes on the same) the one of least rank. A value of high rank leaves only when eight of higher rank are drawn, so
/// what has gathered evidence outlives any flood of newcomers, at O(1) a step and no order kept. Keys are hashes under
/// a secret seed: two different things of one key are taken for one, which at 10^7 things happens with probability
/// 3e-6.
///
/// T has `std::size_t bytes() const noexcept`: what it holds, itself included, told from its content alone.
template <class T>
class ranked_table {
 public:
  struct entry {
    std::uint64_t key = 0;
    std::size_t bytes = 0;  // as counted
    T value;
  };

  [[nodiscard]] T* find(std::uint64_t key) noexcept {
    const std::uint32_t at = locate(key);
    return at == none ? nullptr : &entries_[at].value;
  }
  [[nodiscard]] const T* find(std::uint64_t key) const noexcept { return const_cast<ranked_table*>(this)->find(key); }

  /// The value of `key`, made by `make()` when it is new, after `change(value)`; the bytes are counted anew.
  template <class Make, class Change>
  T& update(std::uint64_t key, Make&& make, Change&& change) noexcept {
    std::uint32_t at = locate(key);
    if (at == none) {
      at = static_cast<std::uint32_t>(entries_.size());
      entries_.push_back({key, 0, make()});
      if (2 * entries_.size() > index_.size()) {
        rebuild_index();
      } else {
        index_[free_slot(key)] = at;
      }
    }
    entry& e = entries_[at];
    change(e.value);
    const std::size_t now = e.value.bytes() + overhead;
    bytes_ += now - e.bytes;
    e.bytes = now;
    return e.value;
  }

  /// Lets go of values until at most `limit` bytes are held, never of `keep`.
  template <class Rank>
  void shrink_to(std::size_t limit, std::uint64_t keep, Rank&& rank) noexcept {
    while (bytes_held() > limit && entries_.size() > 1) {
      std::uint32_t victim = none;
      for (int i = 0; i < 8; ++i) {
        const auto at = static_cast<std::uint32_t>(next_random() % entries_.size());
        if (entries_[at].key == keep || at == victim) continue;
        if (victim == none || rank(entries_[at].value) < rank(entries_[victim].value)) victim = at;
      }
      if (victim != none) erase(victim);
    }
  }

  /// In an order that depends on how the table came about.
  void for_each(auto&& visit) const {
    for (const entry& e : entries_) visit(e.key, e.value);
  }
  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
  [[nodiscard]] std::size_t bytes_held() const noexcept { return bytes_ + index_.size() * sizeof(std::uint32_t); }
  /// How many were let go of.
  [[nodiscard]] std::uint64_t evictions() const noexcept { return evictions_; }
  void clear() noexcept { *this = ranked_table(); }

  /// `write(out, value)` and `read(in) -> T` do one value.
  void save(auto& out, auto&& write) const {
    out.scalar(draws_);
    out.scalar(evictions_);
    out.scalar(static_cast<std::uint8_t>(index_.empty() ? 0 : std::countr_zero(index_.size())));
    out.scalar(std::uint64_t{entries_.size()});
    for (const entry& e : entries_) {
      out.scalar(e.key);
      write(out, e.value);
    }
  }
  static ranked_table load(auto& in, auto&& read) {
    ranked_table table;
    table.draws_ = in.template scalar<std::uint64_t>();
    table.evictions_ = in.template scalar<std::uint64_t>();
    const auto index_log = in.template scalar<std::uint8_t>();
    const auto count = in.template scalar<std::uint64_t>();
    if (in.ok() && (index_log > 32 || count > (std::uint64_t{1} << index_log) / 2))
      in.fail("a table fuller than it can be");
    if (index_log > 0 && in.charge(std::uint64_t{1} << index_log, sizeof(std::uint32_t)))
      table.index_.assign(std::size_t{1} << index_log, none);
    for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
      const auto key = in.template scalar<std::uint64_t>();
      if (!in.charge(sizeof(entry) + overhead)) break;
      if (table.find(key) != nullptr) {
        in.fail("a key twice");
        break;
      }
      table.update(
          key, [&] { return read(in); }, [](T&) {});
    }
    return in.ok() ? std::move(table) : ranked_table();
  }

 private:
  static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();
  static constexpr std::size_t overhead = sizeof(entry) - sizeof(T) + 16;  // and its block in the deque

  std::uint64_t next_random() noexcept { return splitmix64::mix(0x9e3779b97f4a7c15U * ++draws_); }
  [[nodiscard]] std::size_t mask() const noexcept { return index_.size() - 1; }
  [[nodiscard]] std::uint32_t locate(std::uint64_t key) const noexcept {
    if (index_.empty()) return none;
    for (std::size_t at = key & mask();; at = (at + 1) & mask()) {
      const std::uint32_t found = index_[at];
      if (found == none || entries_[found].key == key) return found;
    }
  }
  [[nodiscard]] std::size_t slot_of(std::uint64_t key) const noexcept {
    std::size_t at = key & mask();
    while (entries_[index_[at]].key != key) at = (at + 1) & mask();
    return at;
  }
  [[nodiscard]] std::size_t free_slot(std::uint64_t key) const noexcept {
    std::size_t at = key & mask();
    while (index_[at] != none) at = (at + 1) & mask();
    return at;
  }
  void rebuild_index() noexcept {
    index_.assign(std::bit_ceil(entries_.size() * 4), none);
    for (std::uint32_t i = 0; i < entries_.size(); ++i) index_[free_slot(entries_[i].key)] = i;
  }
  void erase(std::uint32_t victim) noexcept {
    // close the gap in the index (linear probing, Knuth's algorithm R), then the last entry moves into the hole
    std::size_t hole = slot_of(entries_[victim].key);
    for (std::size_t at = (hole + 1) & mask(); index_[at] != none; at = (at + 1) & mask()) {
      const std::size_t home = entries_[index_[at]].key & mask();
      if (((at - home) & mask()) >= ((at - hole) & mask())) {
        index_[hole] = index_[at];
        hole = at;
      }
    }
    index_[hole] = none;
    bytes_ -= entries_[victim].bytes;
    ++evictions_;
    const auto last = static_cast<std::uint32_t>(entries_.size() - 1);
    if (victim != last) {
      index_[slot_of(entries_[last].key)] = victim;
      entries_[victim] = std::move(entries_[last]);
    }
    entries_.pop_back();
  }

  std::deque<entry> entries_;
  std::vector<std::uint32_t> index_;  // a power of two, at most half full
  std::size_t bytes_ = 0;
  std::uint64_t draws_ = 0;
  std::uint64_t evictions_ = 0;
};

}  // namespace netanomaly::inline NETANOMALY_MODE::dns::detail
