// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/config.hpp>
#include <netanomaly/core/state.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>

/// Mean and variance that stay exact: over all values (moments, which merge) and over a window (sliding_moments).
///
/// Sums are kept in two doubles each, so that neither 10^9 updates nor an offset of 10^15 costs a digit; this needs
/// arithmetic as IEEE 754 has it (no -ffast-math). Values further than 1e140 from the rest count as 1e140 away, so that
/// no square overflows.

namespace netanomaly::inline NETANOMALY_MODE::window {

namespace detail {
/// A sum with the rounding error of its additions beside it: Knuth, TAOCP 2, section 4.2.2, theorem B.
struct exact_sum {
  double high = 0;
  double low = 0;

  constexpr void add(double x) noexcept {
    const double sum = high + x;
    const double part = sum - high;
    low += (high - (sum - part)) + (x - part);
    high = sum;
  }
  [[nodiscard]] constexpr double value() const noexcept { return high + low; }

  void save(state_writer& out) const { out.scalar(high), out.scalar(low); }
  static exact_sum load(state_reader& in) {
    exact_sum s;
    s.high = in.finite();
    s.low = in.finite();
    return s;
  }
  friend bool operator==(const exact_sum&, const exact_sum&) = default;
};

/// Two such sums side by side, with one addition for each pair.
struct exact_sums {
  std::array<double, 2> high{}, low{};

  constexpr void add(const std::array<double, 2>& x) noexcept { change<false>(x); }
  constexpr void subtract(const std::array<double, 2>& x) noexcept { change<true>(x); }
  [[nodiscard]] constexpr double value(std::size_t k) const noexcept { return high[k] + low[k]; }
  /// Whether sum k is that of the same terms summed afresh, but for what its own roundings can have left; `sizes` are
  /// those of all terms it ever held.
  [[nodiscard]] constexpr bool agree(const exact_sums& fresh, std::size_t k, double sizes) const noexcept {
    const double apart = (high[k] - fresh.high[k]) + (low[k] - fresh.low[k]);
    return (apart < 0 ? -apart : apart) <= 0x1p-64 * sizes;
  }

 private:
  template <bool Less>
  constexpr void change(const std::array<double, 2>& x) noexcept {
#if defined(__GNUC__)
    if (!std::is_constant_evaluated()) {
      using pair = double __attribute__((vector_size(16)));
      pair h, l;
      std::memcpy(&h, high.data(), sizeof h);
      std::memcpy(&l, low.data(), sizeof l);
      step<Less>(h, l, pair{x[0], x[1]});
      std::memcpy(high.data(), &h, sizeof h);
      std::memcpy(low.data(), &l, sizeof l);
      return;
    }
#endif
    for (std::size_t k = 0; k < 2; ++k) step<Less>(high[k], low[k], x[k]);
  }
  template <bool Less, class Number>
  static constexpr void step(Number& high, Number& low, const Number& x) noexcept {
    const Number sum = Less ? high - x : high + x;
    const Number part = sum - high;
    const Number error = high - (sum - part);
    low += Less ? error - (x + part) : error + (x - part);
    high = sum;
  }
};

/// Whether a sum of squares over `count` values can come about; rounding may leave it a little below 0.
[[nodiscard]] constexpr bool plausible(double squares, std::uint64_t count) noexcept {
  const double most = 1e281 * static_cast<double>(count);
  return squares >= -1e-10 * most && squares <= most;
}
inline constexpr double farthest = 1e140;
[[nodiscard]] constexpr double bounded(double difference) noexcept {
  const double at_most = difference > farthest ? farthest : difference;  // one instruction each, and no branch
  return at_most < -farthest ? -farthest : at_most;
}
}  // namespace detail

/// Count, mean and variance of all values since the start.
///
/// Cost      add() O(1), about 5 ns; 40 bytes.
/// Source    Welford, Technometrics 4(3), 1962; merge(): Chan, Golub & LeVeque, The American Statistician 37(3), 1983.
/// Departs   by carrying the rounding errors of mean and sum of squares along.
class moments {
 public:
  /// O(1); x is finite.
  constexpr void add(double x) noexcept {
    if (++count_ == 1) {
      mean_.high = x;
      return;
    }
    const double before = detail::bounded((x - mean_.high) - mean_.low);
    mean_.add(before / static_cast<double>(count_));
    const double after = detail::bounded((x - mean_.high) - mean_.low);
    squares_.add(before * after);
  }

  /// As if all values of `other` had been added too.
  // With n = a + b and d = mean_b - mean_a:  mean = mean_a + d b / n,  squares = squares_a + squares_b + d^2 a b / n.
  constexpr void merge(const moments& other) noexcept {
    if (other.count_ == 0) return;
    if (count_ == 0) {
      *this = other;
      return;
    }
    const auto a = static_cast<double>(count_);
    const auto b = static_cast<double>(other.count_);
    const double d = detail::bounded((other.mean_.high - mean_.high) + (other.mean_.low - mean_.low));
    count_ += other.count_;
    mean_.add(d * (b / (a + b)));
    squares_.add(other.squares_.high);
    squares_.add(other.squares_.low);
    squares_.add(d * d * (a * (b / (a + b))));
  }

  [[nodiscard]] constexpr std::uint64_t count() const noexcept { return count_; }  ///< values so far
  /// 0 where there is nothing.
  [[nodiscard]] constexpr double mean() const noexcept { return mean_.value(); }
  /// x - mean(), without the rounding of mean().
  [[nodiscard]] constexpr double deviation(double x) const noexcept { return (x - mean_.high) - mean_.low; }
  /// With n in the denominator; 0 below one value.
  [[nodiscard]] constexpr double population_variance() const noexcept {
    return count_ == 0 ? 0 : (std::max)(0.0, squares_.value()) / static_cast<double>(count_);
  }
  /// With n - 1 in the denominator; 0 below two values.
  [[nodiscard]] constexpr double sample_variance() const noexcept {
    return count_ < 2 ? 0 : (std::max)(0.0, squares_.value()) / static_cast<double>(count_ - 1);
  }
  /// The root of population_variance().
  [[nodiscard]] double population_deviation() const noexcept { return std::sqrt(population_variance()); }
  /// The root of sample_variance().
  [[nodiscard]] double sample_deviation() const noexcept { return std::sqrt(sample_variance()); }

  void save(state_writer& out) const {
    out.scalar(count_);
    mean_.save(out);
    squares_.save(out);
  }
  static moments load(state_reader& in) {
    moments m;
    m.count_ = in.count();
    m.mean_ = detail::exact_sum::load(in);
    m.squares_ = detail::exact_sum::load(in);
    if (!detail::plausible(m.squares_.value(), m.count_) || !std::isfinite(m.mean_.value()))
      in.fail("a mean or a sum of squares that cannot be");
    return m;
  }
  friend bool operator==(const moments&, const moments&) = default;

 private:
  std::uint64_t count_ = 0;
  detail::exact_sum mean_;
  detail::exact_sum squares_;  // sum of (x - mean)^2
};

/// Mean and variance of values that come and go.
///
/// Sums of x - anchor and of its square, the anchor a value of the window near its mean. Both sums take and give back
/// the very same rounded terms, so what has left leaves nothing behind but the rounding of the sums themselves. When
/// that could show - the squares fell far below what they were, the mean drifted from the anchor, or many updates have
/// passed - stale() says so, and the owner of the window calls anchor() with all of it: O(window), seldom.
///
/// Cost      add() and remove() O(1), about 3 ns each; 96 bytes.
class sliding_moments {
 public:
  /// A value enters; x is finite.
  constexpr void add(double x) noexcept {
    if (count_ == 0) anchor_ = x;
    set_count(count_ + 1);
    ++age_;
    sums_.add(terms(x));
    peak_ = (std::max)(peak_, sums_.high[squared]);
  }
  /// Takes out a value that was added.
  constexpr void remove(double x) noexcept {
    if (count_ == 1) {
      *this = {};
      return;
    }
    set_count(count_ - 1);
    sums_.subtract(terms(x));
  }

  /// remove(old) and add(x), in one; the same to the last bit.
  constexpr void replace(double old, double x) noexcept {
    const double left = old - anchor_, come = x - anchor_;
    const double left2 = left * left, come2 = come * come;
    if (!(left2 + come2 <= reach_)) [[unlikely]]
      return replace_far(old, x);
    sums_.subtract({left, left2});
    sums_.add({come, come2});
    ++age_;
    peak_ = (std::max)(peak_, sums_.high[squared]);
  }

  /// Not of an empty window.
  [[nodiscard]] constexpr bool stale() const noexcept {
    // sum^2 / n, what the squares owe to the distance of the anchor from the mean, is over 1,024 times the rest.
    const double sum = sums_.high[plain], squares = sums_.high[squared];
    return (std::max)(peak_ * 0x1p-40, sum * sum * share_ * (1025 / 1024.0)) > squares || age_ > oldest_;
  }
  /// Starts afresh from all values of the window, given as two runs.
  // The value nearest to the mean is no further from it than one standard deviation, so stale() is false afterwards.
  template <class Real>
  void anchor(std::span<const Real> first, std::span<const Real> second) noexcept {
    *this = {};
    if (first.empty() && second.empty()) return;
    const double start = first.empty() ? second.front() : first.front();
    double sum = 0;
    const auto each = [&](auto&& take) {
      for (const Real x : first) take(static_cast<double>(x));
      for (const Real x : second) take(static_cast<double>(x));
    };
    each([&](double x) { sum += detail::bounded(x - start); });
    const double mean = sum / static_cast<double>(first.size() + second.size());
    double nearest = start;
    double distance = std::abs(mean);
    each([&](double x) {
      const double d = std::abs(detail::bounded(x - start) - mean);
      nearest = d < distance ? x : nearest;
      distance = (std::min)(d, distance);
    });
    anchor_ = nearest;
    each([&](double x) { sums_.add(terms(x)); });
    set_count(first.size() + second.size());
    peak_ = sums_.high[squared];
  }

  [[nodiscard]] constexpr std::uint64_t count() const noexcept { return count_; }  ///< values held
  /// 0 where there is nothing.
  [[nodiscard]] constexpr double mean() const noexcept { return anchor_ + offset(); }
  /// x - mean(), without the rounding of mean().
  [[nodiscard]] constexpr double deviation(double x) const noexcept { return (x - anchor_) - offset(); }
  /// With n in the denominator; 0 below one value.
  [[nodiscard]] constexpr double population_variance() const noexcept { return squares() * share_; }
  /// With n - 1 in the denominator; 0 below two values.
  [[nodiscard]] constexpr double sample_variance() const noexcept { return squares() * sample_share_; }
  /// Sum of (x - mean)^2.
  [[nodiscard]] constexpr double squares() const noexcept {
    const double sum = sums_.value(plain);
    return (std::max)(0.0, (sums_.high[squared] - sum * (sum * share_)) + sums_.low[squared]);
  }
  /// The root of population_variance().
  [[nodiscard]] double population_deviation() const noexcept { return std::sqrt(population_variance()); }
  /// The root of sample_variance().
  [[nodiscard]] double sample_deviation() const noexcept { return std::sqrt(sample_variance()); }

  void save(state_writer& out) const {
    out.scalar(count_), out.scalar(age_), out.scalar(anchor_), out.scalar(peak_);
    for (const std::size_t k : {plain, squared}) out.scalar(sums_.high[k]), out.scalar(sums_.low[k]);
  }
  static sliding_moments load(state_reader& in) {
    sliding_moments m;
    m.set_count(in.count());
    m.age_ = in.count();
    m.anchor_ = in.finite();
    m.peak_ = in.finite();
    for (const std::size_t k : {plain, squared}) m.sums_.high[k] = in.finite(), m.sums_.low[k] = in.finite();
    if (!detail::plausible(m.sums_.value(squared), m.count_) || !(m.peak_ >= 0)) in.fail("sums that cannot be");
    return m;
  }
  /// Whether these are the moments of a window, given as two runs; for what was loaded.
  template <class Real>
  [[nodiscard]] bool describes(std::span<const Real> first, std::span<const Real> second) const noexcept {
    detail::exact_sums fresh;
    double sizes = 0;
    for (const auto run : {first, second}) {
      for (const Real x : run) {
        const auto d = terms(static_cast<double>(x));
        fresh.add(d);
        sizes += std::abs(d[plain]);
      }
    }
    return count_ == first.size() + second.size() && peak_ >= sums_.high[squared] &&
           sums_.agree(fresh, plain, sizes + std::sqrt(peak_)) &&
           sums_.agree(fresh, squared, fresh.high[squared] + peak_);
  }

 private:
  enum term : std::size_t { plain, squared };
  [[nodiscard]] constexpr std::array<double, 2> terms(double x) const noexcept {
    const double d = detail::bounded(x - anchor_);
    return {d, d * d};
  }
  [[gnu::noinline]] constexpr void replace_far(double old, double x) noexcept {
    remove(old);
    add(x);
  }
  constexpr void set_count(std::uint64_t n) noexcept {
    count_ = n;
    share_ = n == 0 ? 0 : 1 / static_cast<double>(n);
    sample_share_ = n < 2 ? 0 : 1 / static_cast<double>(n - 1);
    reach_ = n < 2 ? -1 : detail::farthest * detail::farthest;
    oldest_ = (std::max)(n, std::uint64_t{1} << 17);
  }
  /// Of the mean from the anchor.
  [[nodiscard]] constexpr double offset() const noexcept { return sums_.value(plain) * share_; }

  std::uint64_t count_ = 0;
  std::uint64_t age_ = 0;     // additions since the anchor was set
  std::uint64_t oldest_ = 0;  // that an anchor may be
  double share_ = 0;          // 1 / count_
  double sample_share_ = 0;   // 1 / (count_ - 1)
  double reach_ = -1;         // sum of the squares that replace() takes: none where it takes out the last value
  double anchor_ = 0;
  double peak_ = 0;  // the most that the sum of squares was since then
  detail::exact_sums sums_;
};

}  // namespace netanomaly::inline NETANOMALY_MODE::window
