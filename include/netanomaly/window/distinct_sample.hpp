// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/config.hpp>
#include <netanomaly/core/prefetch.hpp>
#include <netanomaly/window/hyperloglog.hpp>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <type_traits>
#include <utility>

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
  // one block holds hashes, values and slots, in this order
  static_assert(alignof(T) <= alignof(std::uint64_t) && sizeof(T) % sizeof(std::uint16_t) == 0);
  static_assert(std::is_nothrow_move_constructible_v<T>);

 public:
  /// At most `size` things sampled; 2^precision registers of HyperLogLog count the rest.
  explicit distinct_sample(std::uint16_t size = 64, unsigned precision = 10) noexcept
      : many_(precision, 0), limit_(size) {}
  distinct_sample(const distinct_sample& other) : many_(other.many_), limit_(other.limit_) {
    move_to(room_for(other.size_));
    std::ranges::copy(other.hashes(), block_.hashes());
    std::ranges::copy(other.slots(), block_.slots());
    std::uninitialized_copy_n(other.block_.values(), other.size_, block_.values());
    size_ = other.size_;
  }
  distinct_sample(distinct_sample&& other) noexcept
      : many_(std::exchange(other.many_, hyperloglog(other.many_.precision(), 0))),
        block_(std::exchange(other.block_, {})),
        size_(std::exchange(other.size_, std::uint16_t{0})),
        limit_(other.limit_) {}
  distinct_sample& operator=(const distinct_sample& other) {
    if (other.empty() && block_.room <= 1) {  // the block can stay
      std::destroy_n(block_.values(), size_);
      size_ = 0;
      many_ = other.many_;
      limit_ = other.limit_;
    } else if (this != &other) {
      *this = distinct_sample(other);
    }
    return *this;
  }
  distinct_sample& operator=(distinct_sample&& other) noexcept {
    std::swap(many_, other.many_);
    std::swap(block_, other.block_);
    std::swap(size_, other.size_);
    std::swap(limit_, other.limit_);
    return *this;
  }
  ~distinct_sample() {
    std::destroy_n(block_.values(), size_);
    ::operator delete(block_.octets);
  }

  /// Where an element of the sample stands.
  struct place {
    T* value = nullptr;     ///< nullptr: not in the sample
    bool inserted = false;  ///< just made
  };
  /// The value of `hash`. Where it comes in now, `make` makes it; `make` is handed the value that leaves for it, or
  /// nullptr.
  template <class Make>
  place find_or_insert(std::uint64_t hash, Make&& make) noexcept {
    if (!many_.empty()) many_.add(hash);
    const bool was_full = size_ == limit_;
    const std::span<const std::uint64_t> held = hashes();
    if (was_full && !many_.empty() && (held.empty() || hash > held.back())) return {};
    const auto at = static_cast<std::size_t>(std::ranges::lower_bound(held, hash) - held.begin());
    if (at < held.size() && held[at] == hash) return {block_.values() + block_.slots()[at], false};
    std::uint16_t slot = size_;
    if (was_full) {
      if (many_.empty()) count_beyond(hash);
      if (at == held.size()) return {};
      slot = block_.slots()[--size_];
      block_.values()[slot] = make(block_.values() + slot);
    } else {
      make_room();
      std::construct_at(block_.values() + slot, make(static_cast<const T*>(nullptr)));
    }
    insert(at, hash, slot);
    return {block_.values() + slot, true};
  }

  /// Calls `visit(hash, value)` for each in the order of the hashes, the same for equal samples however they came
  /// about.
  void for_each(auto&& visit) const {
    for (std::size_t i = 0; i < size_; ++i)
      visit(block_.hashes()[i], std::as_const(block_.values()[block_.slots()[i]]));
  }
  /// The same, and `visit` may change the values.
  void for_each_to_change(auto&& visit) {
    for (std::size_t i = 0; i < size_; ++i) visit(block_.hashes()[i], block_.values()[block_.slots()[i]]);
  }

  /// `combine(mine, theirs)` where both know a thing. False, and nothing changed, when sizes differ.
  bool merge(const distinct_sample& other, auto&& combine) {
    if (limit_ != other.limit_ || many_.precision() != other.many_.precision()) return false;
    if (!other.many_.empty()) {
      if (many_.empty())
        for (const std::uint64_t hash : hashes()) many_.add(hash);
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
    return many_.empty() ? static_cast<double>(size_) : many_.estimate();
  }
  /// Whether it is no sample but all there was.
  [[nodiscard]] bool holds_all() const noexcept { return many_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  /// Asks for what find_or_insert will read, so that it does not wait for one line of memory after the other.
  void prefetch() const noexcept {
    if (block_.room == 0) return;
    netanomaly::prefetch(block_.octets);
    netanomaly::prefetch(block_.slots());
  }
  /// Held beyond the object itself at most, told from the content alone, so that equal samples answer equally; what the
  /// values hold is the caller's to add.
  [[nodiscard]] std::size_t heap_bytes() const noexcept {
    return room_for(size_) * octets_each + many_.memory_bytes() - sizeof(many_);
  }

  /// `write(out, value)` and `read(in) -> T` do one value.
  void save(auto& out, auto&& write) const {
    out.scalar(limit_);
    out.scalar(size_);
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
    if (!in.charge(count, octets_each)) return sample;
    for (std::uint16_t i = 0; i < count && in.ok(); ++i) {
      const auto hash = in.template scalar<std::uint64_t>();
      if (in.ok() && i > 0 && hash <= sample.hashes().back()) in.fail("a sample out of order");
      if (!in.ok()) break;
      T value = read(in);
      sample.make_room();
      std::construct_at(sample.block_.values() + i, std::move(value));
      sample.insert(i, hash, i);
    }
    sample.many_ = hyperloglog::load(in, precision, 0);
    if (in.ok() && !sample.many_.empty() && count < size) in.fail("a sample that left room and yet overflowed");
    return in.ok() ? sample : distinct_sample(size, precision);
  }

 private:
  static constexpr std::size_t octets_each = sizeof(std::uint64_t) + sizeof(std::uint16_t) + sizeof(T);

  struct block {
    std::byte* octets = nullptr;
    std::uint16_t room = 0;

    [[nodiscard]] std::uint64_t* hashes() const noexcept { return reinterpret_cast<std::uint64_t*>(octets); }
    [[nodiscard]] T* values() const noexcept { return reinterpret_cast<T*>(octets + room * sizeof(std::uint64_t)); }
    [[nodiscard]] std::uint16_t* slots() const noexcept {
      return reinterpret_cast<std::uint16_t*>(octets + room * (sizeof(std::uint64_t) + sizeof(T)));
    }
  };

  [[nodiscard]] std::span<const std::uint64_t> hashes() const noexcept { return {block_.hashes(), size_}; }
  [[nodiscard]] std::span<const std::uint16_t> slots() const noexcept { return {block_.slots(), size_}; }
  [[nodiscard]] std::size_t room_for(std::size_t size) const noexcept {
    return std::min<std::size_t>(limit_, size == 0 ? 0 : std::bit_ceil(size));
  }
  void make_room() noexcept {
    if (size_ == block_.room) move_to(room_for(size_ + std::size_t{1}));
  }
  /// Everything moves to a block with this room.
  void move_to(std::size_t room) {
    if (room == 0) return;
    const std::size_t octets = room * octets_each;
    const block next{static_cast<std::byte*>(::operator new(octets)), static_cast<std::uint16_t>(room)};
    std::ranges::copy(hashes(), next.hashes());
    std::ranges::copy(slots(), next.slots());
    std::uninitialized_move_n(block_.values(), size_, next.values());
    std::destroy_n(block_.values(), size_);
    ::operator delete(block_.octets);
    block_ = next;
  }
  void insert(std::size_t at, std::uint64_t hash, std::uint16_t slot) noexcept {
    std::uint64_t* const hashes = block_.hashes();
    std::uint16_t* const slots = block_.slots();
    std::copy_backward(hashes + at, hashes + size_, hashes + size_ + 1);
    std::copy_backward(slots + at, slots + size_, slots + size_ + 1);
    hashes[at] = hash;
    slots[at] = slot;
    ++size_;
  }
  void count_beyond(std::uint64_t hash) noexcept {
    for (const std::uint64_t h : hashes()) many_.add(h);
    many_.add(hash);
  }

  hyperloglog many_;  // empty while the sample holds all
  block block_;       // hashes ascend; slots tell where the value of each stands
  std::uint16_t size_ = 0;
  std::uint16_t limit_;
};

}  // namespace netanomaly::inline NETANOMALY_MODE::window
