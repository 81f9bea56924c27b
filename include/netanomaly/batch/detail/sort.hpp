// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/config.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace netanomaly::inline NETANOMALY_MODE::batch::detail {

/// Sorts numbers (no NaN) in about 5 ns each: a radix sort on the 32 or so highest bits in which the keys differ, then
/// insertion for what those left undecided, or std::sort where that would be much.
class sorter {
 public:
  void reserve(std::size_t n) {
    if (keys_.size() < n) {
      keys_.resize(n);
      other_.resize(n);
    }
  }

  /// `out` is `in`, sorted; the two may be the same. No allocation up to reserve(). False where a value is not finite.
  bool operator()(std::span<const double> in, std::span<double> out) {
    reserve(in.size());
    std::uint64_t any = 0;
    std::uint64_t all = ~std::uint64_t{0};
    double check = 0;
    for (std::size_t i = 0; i < in.size(); ++i) {
      check += in[i] - in[i];
      const auto bits = std::bit_cast<std::uint64_t>(in[i] + 0.0);  // -0 becomes 0
      const std::uint64_t key = bits ^ ((std::uint64_t{0} - (bits >> 63)) | sign);
      keys_[i] = key;
      any |= key;
      all &= key;
    }
    if (!(check == 0)) return false;
    if (in.size() < 192) {
      std::copy(in.begin(), in.end(), out.begin());
      std::sort(out.begin(), out.end());
      return true;
    }
    const int top = 64 - std::countl_zero(any ^ all);  // bits above it are the same in all
    if (in.size() < 2000) {
      passes<8, 4>(in.size(), static_cast<unsigned>((std::max)(0, top - 32)));
    } else {
      passes<11, 3>(in.size(), static_cast<unsigned>((std::max)(0, top - 33)));
    }
    finish(out);
    return true;
  }

  [[nodiscard]] std::size_t memory_bytes() const noexcept {
    return sizeof *this + (keys_.capacity() + other_.capacity()) * sizeof(std::uint64_t);
  }

 private:
  static constexpr std::uint64_t sign = std::uint64_t{1} << 63;

  template <unsigned Bits, unsigned Passes>
  void passes(std::size_t n, unsigned shift) {
    constexpr std::size_t buckets = std::size_t{1} << Bits;
    std::array<std::array<std::uint32_t, buckets>, Passes> starts{};
    for (std::size_t i = 0; i < n; ++i)
      for (unsigned p = 0; p < Passes; ++p) ++starts[p][keys_[i] >> (shift + p * Bits) & (buckets - 1)];
    for (unsigned p = 0; p < Passes; ++p) {
      const unsigned at = shift + p * Bits;
      if (at >= 64) break;
      auto& start = starts[p];
      std::uint32_t sum = 0;
      for (std::uint32_t& s : start) sum += std::exchange(s, sum);
      for (std::size_t i = 0; i < n; ++i) {
        const std::uint64_t key = keys_[i];
        other_[start[key >> at & (buckets - 1)]++] = key;
      }
      keys_.swap(other_);
    }
  }

  void finish(std::span<double> out) {
    std::size_t budget = 4 * out.size();
    for (std::size_t i = 0; i < out.size(); ++i) {
      const std::uint64_t key = keys_[i];
      std::size_t j = i;
      if (budget > 0) {
        for (; j > 0 && keys_[j - 1] > key && budget > 0; --j, --budget) keys_[j] = keys_[j - 1];
        keys_[j] = key;
      }
    }
    if (budget == 0) std::sort(keys_.begin(), keys_.begin() + static_cast<std::ptrdiff_t>(out.size()));
    for (std::size_t i = 0; i < out.size(); ++i)
      out[i] = std::bit_cast<double>(keys_[i] ^ (((keys_[i] >> 63) - 1) | sign));
  }

  std::vector<std::uint64_t> keys_;
  std::vector<std::uint64_t> other_;
};

}  // namespace netanomaly::inline NETANOMALY_MODE::batch::detail
