// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/config.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <numbers>
#include <span>
#include <utility>
#include <vector>

namespace netanomaly::inline NETANOMALY_MODE::window {

/// How many distinct things were seen: exact while they are few, a HyperLogLog sketch above.
///
/// Observes  64-bit hashes of the things. They must be as good as random in every bit (and keyed, where an attacker
///           chooses the things); two things of one hash count once.
/// Estimate  exact up to `exact` distinct hashes; above, a standard error of 1.04 / sqrt(2^precision): 3.3 % at 10.
/// Cost      add() O(1) in the sketch, O(log exact) below; 8 bytes a hash below, 2^precision bytes above. Grows:
/// nothing is
///           allocated before the first hash.
/// Merge     exact: the same bits as one pass over both streams, in any order.
/// Source    Flajolet, Fusy, Gandouet & Meunier, "HyperLogLog", AofA 2007; the estimator is the improved raw one of
/// Ertl,
///           "New cardinality estimation algorithms for HyperLogLog sketches", arXiv 1702.01284, algorithm 6, which
///           needs no table of corrections.
class hyperloglog {
 public:
  static constexpr unsigned least_precision = 4, greatest_precision = 16;  ///< bits of a register's index

  /// `precision` outside 4 to 16 is taken to the nearest of them.
  explicit hyperloglog(unsigned precision = 10, std::uint32_t exact = 64) noexcept
      : exact_(exact),
        precision_(static_cast<std::uint8_t>(std::clamp(precision, least_precision, greatest_precision))) {}

  /// True when the count may have changed.
  bool add(std::uint64_t hash) noexcept {
    if (is_sketch_) return add_to_sketch(hash);
    const auto at = std::ranges::lower_bound(hashes_, hash);
    if (at != hashes_.end() && *at == hash) return false;
    if (hashes_.size() < exact_) {
      const auto where = at - hashes_.begin();
      if (hashes_.size() == hashes_.capacity()) hashes_.reserve(std::bit_ceil(hashes_.size() + 1));
      hashes_.insert(hashes_.begin() + where, hash);
      return true;
    }
    become_sketch();
    add_to_sketch(hash);
    return true;
  }

  /// Whether the hashes themselves are still held, and estimate() is exact.
  [[nodiscard]] bool is_exact() const noexcept { return !is_sketch_; }
  [[nodiscard]] bool empty() const noexcept { return hashes_.empty(); }

  /// Distinct hashes seen; O(2^precision) where it is not exact.
  [[nodiscard]] double estimate() const noexcept {
    if (!is_sketch_) return static_cast<double>(hashes_.size());
    // Ertl, algorithm 6, with the counts of the register values as sufficient statistic.
    const unsigned q = 64U - precision_;
    std::array<std::uint32_t, 64> counts{};
    for (const std::uint8_t r : registers()) ++counts[r];
    const auto m = static_cast<double>(registers().size());
    double z = m * tau(1 - static_cast<double>(counts[q + 1]) / m);
    for (unsigned k = q; k >= 1; --k) z = 0.5 * (z + static_cast<double>(counts[k]));
    z += m * sigma(static_cast<double>(counts[0]) / m);
    return m * m / (2 * std::numbers::ln2 * z);
  }

  /// As if it had also seen all that `other` saw. False, and nothing changed, when the two have other parameters.
  bool merge(const hyperloglog& other) noexcept {
    if (precision_ != other.precision_ || exact_ != other.exact_) return false;
    if (other.is_sketch_) {
      if (!is_sketch_) become_sketch();
      std::ranges::transform(registers(), other.registers(), registers().begin(),
                             [](std::uint8_t a, std::uint8_t b) { return (std::max)(a, b); });
    } else {
      for (const std::uint64_t hash : other.hashes_) add(hash);
    }
    return true;
  }

  void reset() noexcept { *this = hyperloglog(precision_, exact_); }
  /// At most, told from the content alone, so that equal counts answer equally.
  [[nodiscard]] std::size_t memory_bytes() const noexcept {
    return sizeof(*this) + (hashes_.empty() ? 0 : std::bit_ceil(hashes_.size())) * sizeof(std::uint64_t);
  }
  [[nodiscard]] unsigned precision() const noexcept { return precision_; }  ///< bits of a register's index
  /// Distinct hashes held before there are registers.
  [[nodiscard]] std::uint32_t exact() const noexcept { return exact_; }

  friend bool operator==(const hyperloglog&, const hyperloglog&) = default;

  void save(auto& out) const {
    out.scalar(precision_);
    out.scalar(exact_);
    out.scalar(!is_sketch_);
    if (is_sketch_) return out.array(registers());
    out.scalar(static_cast<std::uint32_t>(hashes_.size()));
    out.array(std::span(hashes_));
  }
  /// A count of these parameters; on failure `in` says why and the count is empty.
  static hyperloglog load(auto& in, unsigned precision, std::uint32_t exact) {
    hyperloglog count(precision, exact);
    if (in.template scalar<std::uint8_t>() != count.precision_ && in.ok()) in.fail("a count of another precision");
    if (in.template scalar<std::uint32_t>() != exact && in.ok()) in.fail("a count that is exact to another number");
    if (in.template scalar<bool>()) {
      const auto size = in.template scalar<std::uint32_t>();
      if (size > exact && in.ok()) in.fail("more hashes than the count keeps");
      if (!in.charge(size, sizeof(std::uint64_t))) return hyperloglog(precision, exact);
      count.hashes_.resize(size);
      in.array(std::span(count.hashes_));
      if (in.ok() && std::ranges::adjacent_find(count.hashes_, std::greater_equal<>()) != count.hashes_.end())
        in.fail("hashes out of order");
    } else if (in.charge(std::size_t{1} << count.precision_, 1)) {
      count.become_sketch();
      in.array(count.registers());
      if (in.ok() && std::ranges::any_of(count.registers(), [&](auto r) { return r > 65 - count.precision_; }))
        in.fail("a register that no hash can set");
    }
    return in.ok() ? count : hyperloglog(precision, exact);
  }

 private:
  bool add_to_sketch(std::uint64_t hash) noexcept {
    const auto index = static_cast<std::size_t>(hash >> (64U - precision_));
    const std::uint64_t rest = hash << precision_;
    const auto value = static_cast<std::uint8_t>(rest == 0 ? 65 - precision_ : std::countl_zero(rest) + 1);
    std::uint8_t& held = registers()[index];
    if (held >= value) return false;
    held = value;
    return true;
  }
  [[nodiscard]] std::size_t words() const noexcept { return (std::size_t{1} << precision_) / sizeof(std::uint64_t); }
  [[nodiscard]] std::span<std::uint8_t> registers() noexcept {
    return {reinterpret_cast<std::uint8_t*>(hashes_.data()), std::size_t{1} << precision_};
  }
  [[nodiscard]] std::span<const std::uint8_t> registers() const noexcept {
    return {reinterpret_cast<const std::uint8_t*>(hashes_.data()), std::size_t{1} << precision_};
  }
  void become_sketch() noexcept {
    const std::vector<std::uint64_t> seen = std::exchange(hashes_, std::vector<std::uint64_t>(words()));
    is_sketch_ = true;
    for (const std::uint64_t hash : seen) add_to_sketch(hash);
  }
  // sigma(x) = x + sum over k >= 1 of x^(2^k) 2^(k-1); the number of empty registers enters through it
  static double sigma(double x) noexcept {
    if (x >= 1) return std::numeric_limits<double>::infinity();
    double y = 1;
    double z = x;
    for (double before = -1; z != before;) {
      x *= x;
      before = z;
      z += x * y;
      y += y;
    }
    return z;
  }
  // tau(x) = (1 - x - sum over k >= 1 of (1 - x^(2^-k))^2 2^-k) / 3; that of full registers
  static double tau(double x) noexcept {
    if (x <= 0 || x >= 1) return 0;
    double y = 1;
    double z = 1 - x;
    for (double before = -1; z != before;) {
      x = std::sqrt(x);
      before = z;
      y *= 0.5;
      z -= (1 - x) * (1 - x) * y;
    }
    return z / 3;
  }

  std::vector<std::uint64_t> hashes_;  // sorted, while exact; then the room of the registers, an octet each
  std::uint32_t exact_;
  std::uint8_t precision_;
  bool is_sketch_ = false;
};

}  // namespace netanomaly::inline NETANOMALY_MODE::window
