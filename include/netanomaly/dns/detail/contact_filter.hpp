// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/config.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace netanomaly::inline NETANOMALY_MODE::dns::detail {

/// Which addresses which clients have sent packets to: two Bloom filters of 256 KiB, each filled with up to 200,000
/// contacts before the older one is dropped. Answers "met" wrongly for 2 in 100 that were not; never "not met" for one
/// of the last 200,000. Takes 64-bit hashes. Nothing is allocated before the first contact. Merges exactly up to there.
class contact_filter {
 public:
  void add(std::uint64_t hash) noexcept {
    if (contains(hash)) return;
    if (bits_.empty()) bits_.assign(2 * words, 0);
    if (++count_ > capacity) turn();
    for (int i = 0; i < probes; ++i) {
      const std::size_t bit = bit_of(hash, i);
      bits_[bit / 64] |= std::uint64_t{1} << bit % 64;
    }
  }
  [[nodiscard]] bool contains(std::uint64_t hash) const noexcept {
    return !bits_.empty() && (contains(0, hash) || contains(words, hash));
  }
  [[nodiscard]] bool empty() const noexcept { return bits_.empty(); }
  [[nodiscard]] std::size_t heap_bytes() const noexcept { return bits_.size() * sizeof(std::uint64_t); }

  void merge(const contact_filter& other) noexcept {
    if (other.bits_.empty()) return;
    if (bits_.empty()) bits_.assign(2 * words, 0);
    if (count_ + other.count_ > capacity) turn();
    for (std::size_t i = 0; i < bits_.size(); ++i) bits_[i] |= other.bits_[i];
    count_ += other.count_;
  }

  void save(auto& out) const {
    out.scalar(!bits_.empty());
    if (bits_.empty()) return;
    out.scalar(count_);
    out.array(std::span(bits_));
  }
  static contact_filter load(auto& in) {
    contact_filter f;
    if (!in.template scalar<bool>() || !in.charge(2 * words * sizeof(std::uint64_t))) return f;
    f.count_ = in.count();
    f.bits_.resize(2 * words);
    in.array(std::span(f.bits_));
    return in.ok() ? f : contact_filter();
  }

 private:
  static constexpr std::size_t words = std::size_t{1} << 15;  // 2^21 bits
  static constexpr int probes = 4;
  static constexpr std::uint64_t capacity = 200'000;

  static std::size_t bit_of(std::uint64_t hash, int i) noexcept {
    return static_cast<std::size_t>(hash + static_cast<std::uint64_t>(i) * (hash >> 32 | 1)) & (words * 64 - 1);
  }
  [[nodiscard]] bool contains(std::size_t from, std::uint64_t hash) const noexcept {
    for (int i = 0; i < probes; ++i) {
      const std::size_t bit = bit_of(hash, i);
      if ((bits_[from + bit / 64] >> bit % 64 & 1) == 0) return false;
    }
    return true;
  }
  /// The newer filter becomes the older, and an empty one the newer.
  void turn() noexcept {
    for (std::size_t i = 0; i < words; ++i) {
      bits_[words + i] = bits_[i];
      bits_[i] = 0;
    }
    count_ = 0;
  }

  std::vector<std::uint64_t> bits_;  // the newer filter, then the older
  std::uint64_t count_ = 0;
};

}  // namespace netanomaly::inline NETANOMALY_MODE::dns::detail
