// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/config.hpp>
#include <netanomaly/window/hyperloglog.hpp>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace netanomaly::inline NETANOMALY_MODE::window {

/// A uniform sample of the distinct things seen, however often each was, and their number: all of them while they are
/// at most `size`; then the `size` whose hashes are smallest, and a HyperLogLog count. With each thing goes a value
/// that the caller keeps up to date.
///
/// Observes  64-bit hashes, as good as random in every bit; two things of one hash are one.
/// Cost      O(log size) where nothing enters, O(size) where something does, which after n distinct things happens
///           size * ln(n / size) times more. Grows up to `size` values and 2^precision bytes.
/// Merge     exact: the sample of one pass over both streams, whatever the order; the caller says how two values of one
///           thing become one.
/// Source    bottom-k sketch: Cohen & Kaplan, "Summarizing data using bottom-k sketches", PODC 2007.
template <class T>
class distinct_sample {
 public:
  explicit distinct_sample(std::uint16_t size = 64, unsigned precision = 10) noexcept
      : many_(precision, 0), limit_(size) {}

  struct place {
    T* value = nullptr;     ///< nullptr: not in the sample
    bool inserted = false;  ///< just made
  };
  /// The value of `hash`. Where it comes in now, `make` makes it; `make` is handed the value that leaves for it, or
  /// nullptr.
  template <class Make>
  place find_or_insert(std::uint64_t hash, Make&& make) noexcept {
    if (!many_.empty()) many_.add(hash);
    const bool was_full = hashes_.size() == limit_;
    if (was_full && !many_.empty() && hash > hashes_.back()) return {};
    const auto at = static_cast<std::size_t>(std::ranges::lower_bound(hashes_, hash) - hashes_.begin());
    if (at < hashes_.size() && hashes_[at] == hash) return {&values_[slots_[at]], false};
    std::uint16_t slot = 0;
    if (was_full) {
      if (many_.empty()) count_beyond(hash);
      if (at == hashes_.size()) return {};
      slot = slots_.back();
      hashes_.pop_back();
      slots_.pop_back();
      values_[slot] = make(&values_[slot]);
    } else {
      slot = static_cast<std::uint16_t>(values_.size());
      make_room();
      values_.push_back(make(static_cast<const T*>(nullptr)));
    }
    hashes_.insert(hashes_.begin() + static_cast<std::ptrdiff_t>(at), hash);
    slots_.insert(slots_.begin() + static_cast<std::ptrdiff_t>(at), slot);
    return {&values_[slot], true};
  }

  /// Calls `visit(hash, value)` for each in the order of the hashes, the same for equal samples however they came
  /// about.
  void for_each(auto&& visit) const {
    for (std::size_t i = 0; i < hashes_.size(); ++i) visit(hashes_[i], values_[slots_[i]]);
  }

  /// `combine(mine, theirs)` where both know a thing. False, and nothing changed, when sizes differ.
  bool merge(const distinct_sample& other, auto&& combine) {
    if (limit_ != other.limit_ || many_.precision() != other.many_.precision()) return false;
    if (!other.many_.empty()) {
      if (many_.empty())
        for (const std::uint64_t hash : hashes_) many_.add(hash);
      many_.merge(other.many_);
    }
    other.for_each([&](std::uint64_t hash, const T& theirs) {
      const place p = find_or_insert(hash, [&](const T*) { return theirs; });
      if (p.value && !p.inserted) combine(*p.value, theirs);
    });
    return true;
  }

  /// Distinct things seen: exact up to `size`.
  [[nodiscard]] double distinct() const noexcept {
    return many_.empty() ? static_cast<double>(hashes_.size()) : many_.estimate();
  }
  [[nodiscard]] bool holds_all() const noexcept { return many_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return hashes_.size(); }
  [[nodiscard]] bool empty() const noexcept { return hashes_.empty(); }
  /// Held beyond the object itself at most, told from the content alone, so that equal samples answer equally; what the
  /// values hold is the caller's to add.
  [[nodiscard]] std::size_t heap_bytes() const noexcept {
    return room_for(hashes_.size()) * (sizeof(std::uint64_t) + sizeof(std::uint16_t) + sizeof(T)) +
           many_.memory_bytes() - sizeof(many_);
  }

  /// `write(out, value)` and `read(in) -> T` do one value.
  void save(auto& out, auto&& write) const {
    out.scalar(limit_);
    out.scalar(static_cast<std::uint16_t>(hashes_.size()));
    for_each([&](std::uint64_t hash, const T& value) {
      out.scalar(hash);
      write(out, value);
    });
    many_.save(out);
  }
  /// A sample of this size and precision; on failure `in` says why and the sample is empty.
  static distinct_sample load(auto& in, std::uint16_t size, unsigned precision, auto&& read) {
    distinct_sample sample(size, precision);
    if (in.template scalar<std::uint16_t>() != size && in.ok()) in.fail("a sample of another size");
    const auto count = in.template scalar<std::uint16_t>();
    if (count > size && in.ok()) in.fail("a sample larger than its size");
    if (!in.charge(count, sizeof(T) + sizeof(std::uint64_t) + sizeof(std::uint16_t))) return sample;
    for (std::uint16_t i = 0; i < count && in.ok(); ++i) {
      sample.make_room();
      const auto hash = in.template scalar<std::uint64_t>();
      if (in.ok() && i > 0 && hash <= sample.hashes_.back()) in.fail("a sample out of order");
      if (!in.ok()) break;
      sample.hashes_.push_back(hash);
      sample.slots_.push_back(i);
      sample.values_.push_back(read(in));
    }
    sample.many_ = hyperloglog::load(in, precision, 0);
    if (in.ok() && !sample.many_.empty() && count < size) in.fail("a sample that left room and yet overflowed");
    return in.ok() ? sample : distinct_sample(size, precision);
  }

 private:
  [[nodiscard]] std::size_t room_for(std::size_t size) const noexcept {
    return std::min<std::size_t>(limit_, size == 0 ? 0 : std::bit_ceil(size));
  }
  void make_room() noexcept {
    if (values_.size() < values_.capacity()) return;
    const std::size_t room = room_for(values_.size() + 1);
    hashes_.reserve(room);
    slots_.reserve(room);
    values_.reserve(room);
  }
  void count_beyond(std::uint64_t hash) noexcept {
    for (const std::uint64_t h : hashes_) many_.add(h);
    many_.add(hash);
  }

  std::vector<std::uint64_t> hashes_;  // ascending
  std::vector<std::uint16_t> slots_;   // where each value stands
  std::vector<T> values_;
  hyperloglog many_;  // empty while the sample holds all
  std::uint16_t limit_;
};

}  // namespace netanomaly::inline NETANOMALY_MODE::window
