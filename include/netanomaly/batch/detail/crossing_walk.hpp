// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/batch/detail/special.hpp>
#include <netanomaly/core/config.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <vector>

namespace netanomaly::inline NETANOMALY_MODE::batch::detail {

/// The probability that a count which grows from 0 to n leaves a band around its expectation on the way, by the same
/// table in positive terms as lattice_paths, but from one crossing of an integer by a bound to the next: between two
/// of them nothing but the count itself changes, and the weights of the counts are convolved with those of the
/// increments.
///
/// After `position`, values[i] is the weight of the ways to count i that have touched a bound (or have not: see
/// event); counts outside the band have touched. Increments that weigh less than 1e-24 are left out where n > 63 (more
/// than about 28 in one unit): enough for probabilities above 1e-10; smaller ones are not this table's business.
///
/// Law: what increments and counts weigh, in units of 2^exponent(position), so that nothing overflows.
///   position                               where the walk stands, from 0
///   double advance(position&, to) const    returns what the increments are made of, for weights()
///   std::size_t weights(step, reach, double* w)   w[k] of an increment k; w[0] = 1
///   double weight(position, i)             of count i, all ways together
///   double down(position, i)               weight(i - 1) / weight(i)
template <class Law>
class crossing_walk {
 public:
  enum class event : unsigned char { touch, avoid };
  using position = typename Law::position;

  void reserve(std::size_t counts) {
    if (values_.size() < counts + 2 * guard) values_.resize(counts + 2 * guard);
  }

  /// At count 0; `high` is the highest count within the band.
  void start(event wanted, const Law& law, std::int64_t n, std::int64_t high) {
    reserve(static_cast<std::size_t>(n) + 1);
    law_ = law;
    wanted_ = wanted;
    low_ = 0;
    high_ = (std::min)(high, n);
    n_ = n;
    at_ = position{};
    std::fill(values_.begin(), values_.end(), 0.0);
    if (wanted == event::avoid) row()[0] = law_.weight(at_, 0);
  }

  void advance(position to) noexcept {
    std::array<double, most_terms> w{};
    const auto step = law_.step(at_, to);
    const std::size_t terms = law_.weights(step, reach(), w);
    if (wanted_ == event::touch) fill_below(terms);
    at_ = to;
    convolve(w.data(), terms);
  }
  /// Counts of k and more have touched; from here on k is within the band.
  void cut_high(std::int64_t k) noexcept {
    if (k > n_) return;
    for (std::int64_t i = high_ + 1; i <= k; ++i) row()[i] = 0;
    high_ = k;
    row()[k] = wanted_ == event::touch ? law_.weight(at_, k) : 0;
  }
  /// Counts of k and less have touched.
  void cut_low(std::int64_t k) noexcept {
    row()[k] = 0;
    low_ = k + 1;
  }

  [[nodiscard]] double value(std::int64_t i) const noexcept { return values_[static_cast<std::size_t>(i) + guard]; }
  [[nodiscard]] std::int64_t low() const noexcept { return low_; }
  [[nodiscard]] std::int64_t high() const noexcept { return high_; }
  [[nodiscard]] std::size_t memory_bytes() const noexcept { return sizeof *this + values_.capacity() * sizeof(double); }

 private:
  static constexpr std::size_t most_terms = 64;
  static constexpr std::size_t guard = most_terms + 16;

  double* row() noexcept { return values_.data() + guard; }

  /// How much a lower count can outweigh a higher one, for each unit between them.
  double reach() const noexcept {
    if (n_ < static_cast<std::int64_t>(most_terms))
      return std::numeric_limits<double>::infinity();  // leave nothing out
    const double ratio = high_ > 0 ? law_.down(at_, high_) : 1;
    return std::isfinite(ratio) ? (std::max)(1.0, ratio) : std::numeric_limits<double>::infinity();
  }

  /// The weights of the counts below the band that increments of fewer than `terms` bring into it.
  void fill_below(std::size_t terms) noexcept {
    const std::int64_t last = std::max<std::int64_t>(0, low_ - static_cast<std::int64_t>(terms) + 1);
    if (last >= low_) return;
    double w = law_.weight(at_, low_ - 1);
    for (std::int64_t i = low_ - 1;; --i) {
      row()[i] = w;
      if (i == last) break;
      w *= law_.down(at_, i);
    }
  }

  template <class Lanes>
  static Lanes load(const double* from) noexcept {
    Lanes lanes;
    std::memcpy(&lanes, from, sizeof lanes);
    return lanes;
  }

  void convolve(const double* w, std::size_t terms) noexcept {
    double* v = row();
    std::int64_t i = high_;
#if defined(__GNUC__)
    // Pairs by the compiler's vector extension; the arithmetic of each is that of the loop below.
    using pair = double __attribute__((vector_size(16)));
    for (; i - 7 >= low_; i -= 8) {
      pair a{}, b{}, c{}, d{};
      const double* from = v + i - 7;
      for (std::size_t k = 0; k < terms; ++k, --from) {
        const pair weight = {w[k], w[k]};
        a += load<pair>(from) * weight;
        b += load<pair>(from + 2) * weight;
        c += load<pair>(from + 4) * weight;
        d += load<pair>(from + 6) * weight;
      }
      std::memcpy(v + i - 7, &a, sizeof a);
      std::memcpy(v + i - 5, &b, sizeof b);
      std::memcpy(v + i - 3, &c, sizeof c);
      std::memcpy(v + i - 1, &d, sizeof d);
    }
#endif
    for (; i >= low_; --i) {
      double sum = 0;
      for (std::size_t k = 0; k < terms; ++k) sum += w[k] * v[i - static_cast<std::int64_t>(k)];
      v[i] = sum;
    }
  }

  std::vector<double> values_;
  Law law_{};
  event wanted_ = event::touch;
  position at_{};
  std::int64_t n_ = 0, low_ = 0, high_ = 0;
};

/// Weights in front of increments: terms until they no longer matter, `next(k)` being the ratio of w[k] to w[k - 1].
inline std::size_t fill_weights(double scale, double reach, double* w, std::size_t most, const auto& next) noexcept {
  double term = 1, bound = 1;
  std::size_t k = 0;
  w[0] = scale;
  for (k = 1; k < most; ++k) {
    const double ratio = next(k);
    term *= ratio;
    bound *= ratio * reach;
    w[k] = term * scale;
    const bool matters = bound >= 1e-24 || ratio * reach > 0.5;  // not where there is nothing left: NaN
    if (!matters) return k + 1;
  }
  return k;
}

/// How many of n uniform values are below t: position n t, weights (n t)^i / i!.
struct uniform_law {
  struct position {
    std::int64_t whole = 0;
    double part = 0;
    [[nodiscard]] double_double time() const noexcept { return two_sum(static_cast<double>(whole), part); }
  };
  /// The scale is 2^-exponent: e^time, at the greatest weight, becomes about 2^900.
  static double exponent(const position& p) noexcept { return std::floor(p.time().hi / ln2.hi) - 900; }

  struct increment {
    double length = 0;
    double scale = 1;
  };
  static increment step(const position& from, const position& to) noexcept {
    return {static_cast<double>(to.whole - from.whole) + (to.part - from.part),
            std::ldexp(1.0, static_cast<int>(exponent(from) - exponent(to)))};
  }
  static std::size_t weights(const increment& s, double reach, auto& w) noexcept {
    return fill_weights(s.scale, reach, w.data(), w.size(),
                        [&](std::size_t k) { return s.length / static_cast<double>(k); });
  }
  static double weight(const position& p, std::int64_t i) noexcept {
    const double_double time = p.time();
    const double_double scale = double_double(exponent(p)) * ln2;
    if (i == 0) return exp(-scale);
    if (time.hi == 0) return 0;
    const auto x = static_cast<double>(i);
    return exp(time - scale - half_deviance(x, time) - double_double(stirling_error(x))) * inverse_sqrt_2pi /
           std::sqrt(x);
  }
  static double down(const position& p, std::int64_t i) noexcept { return static_cast<double>(i) / p.time().hi; }
};

/// How many of the first s in a random order of n and m values are of the n: position s, weights binomial(s, i) r^i.
struct order_law {
  using position = std::int64_t;
  double r = 1;  // 26 bits
  double_double log_growth;
  double_double up, right;  // r / (1 + r), 1 / (1 + r)

  order_law() = default;
  order_law(std::int64_t n, std::int64_t m) noexcept {
    int e = 0;
    const double fraction = std::frexp(static_cast<double>(n) / static_cast<double>(m), &e);
    r = std::ldexp(std::round(std::ldexp(fraction, 26)), e - 26);
    const double_double sum = two_sum(1, r);
    log_growth = log(sum);
    up = double_double(r) / sum;
    right = double_double(1) / sum;
  }
  [[nodiscard]] double exponent(position s) const noexcept {
    return std::floor(static_cast<double>(s) * log_growth.hi / ln2.hi) - 900;
  }
  struct increment {
    double length = 0;
    double scale = 1;
  };
  [[nodiscard]] increment step(position from, position to) const noexcept {
    return {static_cast<double>(to - from), std::ldexp(1.0, static_cast<int>(exponent(from) - exponent(to)))};
  }
  std::size_t weights(const increment& s, double reach, auto& w) const noexcept {
    return fill_weights(s.scale, reach, w.data(), w.size(), [&](std::size_t k) {
      const auto x = static_cast<double>(k);
      return x > s.length ? 0 : (s.length - (x - 1)) * r / x;
    });
  }
  [[nodiscard]] double weight(position s, std::int64_t i) const noexcept {
    if (i > s) return 0;
    const double_double scale = double_double(static_cast<double>(s)) * log_growth - double_double(exponent(s)) * ln2;
    const auto x = static_cast<double>(i);
    const auto y = static_cast<double>(s - i);
    const double_double n(static_cast<double>(s));
    if (s == 0) return exp(scale);
    if (i == 0 || i == s)
      return exp(scale - half_deviance(n.hi, n * (i == 0 ? right : up)) - n * (i == 0 ? up : right));
    const double stirling = stirling_error(n.hi) - stirling_error(x) - stirling_error(y);
    return exp(scale + double_double(stirling) - half_deviance(x, n * up) - half_deviance(y, n * right)) *
           inverse_sqrt_2pi * std::sqrt(n.hi / x / y);
  }
  [[nodiscard]] double down(position s, std::int64_t i) const noexcept {
    return static_cast<double>(i) / (static_cast<double>(s - i + 1) * r);
  }
};

}  // namespace netanomaly::inline NETANOMALY_MODE::batch::detail
