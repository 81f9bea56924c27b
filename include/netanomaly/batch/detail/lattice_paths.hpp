// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/config.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <utility>
#include <vector>

namespace netanomaly::inline NETANOMALY_MODE::batch::detail {

/// The null law of the two-sample Kolmogorov-Smirnov statistics: the probability that a random order of n and m values
/// reaches a bound. After i of the n and j of the m it has touched where i m - j n >= above or i m - j n <= -below.
///
/// Orders are lattice paths from (0, 0) to (n, m). The table over i, one antidiagonal s = i + j at a time, holds the
/// weight of the paths that have touched, where a path weighs r^i, r near n / m, so that the weights of an
/// antidiagonal peak on the way to (n, m); beyond the bounds every path has touched, and its weight is binomial. Hence
///
///     v[s + 1][i] = r v[s][i - 1] + v[s][i]
///
/// whose terms are all positive: no digit is lost however small the probability, and nothing overflows, as the whole
/// table is scaled by powers of two. r has 26 bits, so that r^2, for two steps at once, is exact. Only the cells
/// between the bounds are visited; with equal bounds and no ties, rotating the rectangle by half a turn maps paths to
/// paths, and half of them do, joined in the middle.
///
/// Ties: paths are then compared with the bounds only where the pooled values change (`group_ends`, the s at which
/// they do), which conditions on the pooled values.
///
/// Cost      about 0.5 ns a cell, 2 D n m cells or half of it; 8 min(n, m) bytes or twice that.
/// Source    Viehmann, arXiv 2102.08037, 2021, for the recursion in positive terms; Schroer & Trenkler, CSDA 20, 1995,
///           for ties.
class lattice_paths {
 public:
  /// What is wanted of the paths.
  enum class event : unsigned char { touch, avoid };
  static constexpr std::int64_t no_bound = (std::numeric_limits<std::int64_t>::max)();

  /// For samples of these sizes nothing will be allocated.
  void reserve(std::size_t n, std::size_t m) {
    const std::size_t cells = (std::min)(n, m) + 2 * guard;
    if (cells_.size() < cells) {
      cells_.resize(cells);
      middle_.resize(cells);
    }
  }

  /// Bounds are positive; n m < 2^62. group_ends: increasing, the last is n + m; empty where there are no ties.
  double operator()(event wanted, std::int64_t n, std::int64_t m, std::int64_t above, std::int64_t below,
                    std::span<const std::uint32_t> group_ends = {}) {
    if (n > m) {
      std::swap(n, m);
      std::swap(above, below);
    }
    reserve(static_cast<std::size_t>(n), static_cast<std::size_t>(m));
    start(wanted, n, m, above, below);
    if (!group_ends.empty()) return tied(group_ends);
    return above == below ? halves() : whole();
  }

  /// Cells that a call would visit, about.
  static double work(std::int64_t n, std::int64_t m, std::int64_t above, std::int64_t below) noexcept {
    const auto a = static_cast<double>(n), b = static_cast<double>(m);
    const auto height = [&](std::int64_t bound) {
      return (std::min)(static_cast<double>(bound) / (a + b), a * b / (a + b));
    };
    return (height(above) + height(below)) * (a + b) * (above == below ? 0.5 : 1.0);
  }

  [[nodiscard]] std::size_t memory_bytes() const noexcept {
    return sizeof *this + (cells_.capacity() + middle_.capacity()) * sizeof(double);
  }

 private:
  static constexpr std::size_t guard = 8;
  static constexpr int start_exponent = 900;  // weights start at 2^900: what is 1e-500 of them is still normal

  /// binomial(s, i) r^i in the table's scale, followed along a path of neighbouring (s, i).
  struct weight {
    double value = 0;
    std::int64_t s = 0;
    std::int64_t i = 0;

    void forward(bool up, double r) noexcept {
      ++s;
      if (up) {
        ++i;
        value *= static_cast<double>(s) / static_cast<double>(i) * r;
      } else {
        value *= static_cast<double>(s) / static_cast<double>(s - i);
      }
    }
    void move_to(std::int64_t to, double r) noexcept {
      for (; i < to; ++i) value *= static_cast<double>(s - i) / static_cast<double>(i + 1) * r;
      for (; i > to; --i) value *= static_cast<double>(i) / (static_cast<double>(s - i + 1) * r);
    }
  };

  /// floor((s n + offset) / (n + m)) as s grows: it moves by at most one a step, as n <= m.
  struct bound {
    std::int64_t at = 0;
    std::int64_t rest = 0;
    void set(std::int64_t numerator, std::int64_t denominator) noexcept {
      at = numerator / denominator;
      rest = numerator % denominator;
      if (rest < 0) {
        rest += denominator;
        --at;
      }
    }
    void forward(std::int64_t n, std::int64_t denominator) noexcept {
      rest += n;
      const bool carry = rest >= denominator;
      at += carry ? 1 : 0;
      rest -= carry ? denominator : 0;
    }
  };

  double* row() noexcept { return cells_.data() + guard; }

  void start(event wanted, std::int64_t n, std::int64_t m, std::int64_t above, std::int64_t below) noexcept {
    wanted_ = wanted;
    n_ = n;
    m_ = m;
    const double ratio = static_cast<double>(n) / static_cast<double>(m);
    int exponent = 0;
    const double fraction = std::frexp(ratio, &exponent);
    r_ = std::ldexp(std::round(std::ldexp(fraction, 26)), exponent - 26);
    const std::int64_t most = n * m + 1;
    up_.set((std::min)(above, most) - 1, n + m);
    down_.set(-(std::min)(below, most), n + m);
    centre_bound_.set(0, n + m);
    s_ = 0;
    low_ = 0;
    high_ = 0;
    const double one = std::ldexp(1.0, start_exponent);
    upper_ = lower_ = centre_ = {one, 0, 0};
    row()[-1] = 0;
    row()[0] = wanted == event::avoid ? one : 0;
    row()[1] = 0;
    growth_ = std::log2(1 + r_);
    grown_ = 0;
  }

  /// The weight at `w` where it is of paths beyond a bound; what the table holds just outside its cells.
  double beyond(const weight& w, bool valid) const noexcept { return valid && wanted_ == event::touch ? w.value : 0; }

  void step_bounds() noexcept {
    ++s_;
    up_.forward(n_, n_ + m_);
    down_.forward(n_, n_ + m_);
    centre_bound_.forward(n_, n_ + m_);
    centre_.forward(centre_bound_.at > centre_.i, r_);
  }
  /// Follows the cells just outside the bounds of the new antidiagonal (no ties).
  void step_edges() noexcept {
    upper_.forward((std::min)(up_.at + 1, s_) > upper_.i, r_);
    lower_.forward(std::max<std::int64_t>(down_.at, 0) > lower_.i, r_);
    low_ = (std::max)(std::max<std::int64_t>(down_.at + 1, 0), s_ - m_);
    high_ = (std::min)((std::min)(up_.at, n_), s_);
  }
  double beyond_low() const noexcept { return beyond(lower_, down_.at >= std::max<std::int64_t>(0, s_ - m_)); }
  double beyond_high() const noexcept { return beyond(upper_, up_.at < (std::min)(n_, s_)); }

  void rescale_if_due(double steps) noexcept {
    grown_ += growth_ * steps;
    if (grown_ < 64) return;
    grown_ -= 64;
    const double factor = 0x1p-64;
    for (std::int64_t i = low_ - 1; i <= high_ + 1; ++i) row()[i] *= factor;
    upper_.value *= factor;
    lower_.value *= factor;
    centre_.value *= factor;
  }

  /// One antidiagonal, no ties. False where the bounds leave no cell: every path has touched.
  bool one_step() noexcept {
    double* v = row();
    step_bounds();
    step_edges();
    if (low_ > high_) return false;
    for (std::int64_t i = high_; i >= low_; --i) v[i] = r_ * v[i - 1] + v[i];
    v[low_ - 1] = beyond_low();
    v[high_ + 1] = beyond_high();
    rescale_if_due(1);
    return true;
  }

  /// Two antidiagonals in one pass over the cells.
  bool two_steps() noexcept {
    double* v = row();
    step_bounds();
    step_edges();
    if (low_ > high_) return false;
    const std::int64_t low = low_, high = high_;
    const double first = r_ * v[low - 1] + v[low];
    const double last = r_ * v[high - 1] + v[high];
    const double before_first = beyond_low(), after_last = beyond_high();
    sweep(v, low + 1, high, r_);
    step_bounds();
    step_edges();
    if (low_ > high_) return false;
    if (low_ == low) v[low] = r_ * before_first + first;
    if (high_ > high) v[high_] = r_ * last + after_last;
    v[low_ - 1] = beyond_low();
    v[high_ + 1] = beyond_high();
    rescale_if_due(2);
    return true;
  }

  /// v[i] = r^2 v[i - 2] + 2 r v[i - 1] + v[i], i = last down to first, each from the old values.
  static void sweep(double* v, std::int64_t first, std::int64_t last, double r) noexcept {
    const double r2 = r * r, twice = 2 * r;
    std::int64_t i = last;
#if defined(__GNUC__)
    // Pairs by the compiler's vector extension; the arithmetic of each is that of the loop below.
    using pair = double __attribute__((vector_size(16)));
    const auto load = [](const double* from) {
      pair p;
      std::memcpy(&p, from, sizeof p);
      return p;
    };
    for (; i - 3 >= first; i -= 4) {
      const double* const at = v + i;
      const pair high = load(at - 3) * r2 + load(at - 2) * twice + load(at - 1);
      const pair low = load(at - 5) * r2 + load(at - 4) * twice + load(at - 3);
      std::memcpy(v + i - 1, &high, sizeof high);
      std::memcpy(v + i - 3, &low, sizeof low);
    }
#endif
    for (; i >= first; --i) v[i] = v[i - 2] * r2 + v[i - 1] * twice + v[i];
  }

  double certain() const noexcept { return wanted_ == event::touch ? 1 : 0; }

  /// From (0, 0) to (n, m).
  double whole() noexcept {
    const std::int64_t last = n_ + m_;
    while (s_ + 2 <= last)
      if (!two_steps()) return certain();
    while (s_ < last)
      if (!one_step()) return certain();
    return row()[n_] / centre_.value;
  }

  /// From (0, 0) to the middle, and the same from (n, m), joined: a path that has touched in the first half or does so
  /// in the second. Equal bounds.
  double halves() {
    const std::int64_t half = (n_ + m_) / 2;
    while (s_ + 2 <= half)
      if (!two_steps()) return certain();
    while (s_ < half)
      if (!one_step()) return certain();
    const std::int64_t low = low_, high = high_;
    const weight near_middle = centre_;
    const double* first = row();
    if (2 * half < n_ + m_) {
      std::memcpy(middle_.data() + guard + low, row() + low, static_cast<std::size_t>(high - low + 1) * sizeof(double));
      first = middle_.data() + guard;
      if (!one_step()) return certain();
    }
    const double* second = row();
    double some = 0, total = 0;
    const auto join = [&](std::int64_t from, std::int64_t step) {
      weight one = near_middle, two = centre_;
      one.value *= 0x1p-450;
      two.value *= 0x1p-450;
      for (std::int64_t i = from; i >= 0 && i <= (std::min)(n_, half); i += step) {
        one.move_to(i, r_);
        two.move_to(n_ - i, r_);
        const double all = one.value * two.value;
        total += all;
        if (low <= i && i <= high) {
          const double a = first[i] * 0x1p-450, b = second[n_ - i];
          some += wanted_ == event::touch ? a * two.value + (one.value - a) * (b * 0x1p-450) : a * (b * 0x1p-450);
        } else {
          if (wanted_ == event::touch) some += all;
          if (all <= some * 1e-20) break;
        }
      }
    };
    join(near_middle.i, 1);
    join(near_middle.i - 1, -1);
    return some / total;
  }

  double tied(std::span<const std::uint32_t> group_ends) noexcept {
    double* v = row();
    const std::int64_t last = n_ + m_;
    auto end = group_ends.begin();
    bool cut_low = false, cut_high = false;
    while (s_ < last) {
      step_bounds();
      const std::int64_t old_low = low_, old_high = high_;
      low_ = (std::max)(old_low, s_ - m_);
      high_ = (std::min)({old_high + 1, n_, s_});
      for (std::int64_t i = high_; i >= low_; --i) v[i] = r_ * v[i - 1] + v[i];
      const bool check = end != group_ends.end() && *end == s_;
      if (check) {
        ++end;
        if (down_.at + 1 > low_) {
          low_ = down_.at + 1;
          cut_low = true;
        }
        if (up_.at < high_) {
          high_ = up_.at;
          cut_high = true;
        }
        if (low_ > high_) return certain();
      }
      const auto follow = [&](weight& w, std::int64_t to) {
        if (w.s + 1 == s_ && w.value > 1e-200 && std::abs(to - w.i) < 16) {
          const bool up = to > w.i;
          w.forward(up, r_);
        } else {
          w = centre_;
        }
        w.move_to(to, r_);
      };
      v[low_ - 1] = 0;
      v[high_ + 1] = 0;
      if (wanted_ == event::touch) {
        if (cut_low && low_ - 1 >= std::max<std::int64_t>(0, s_ - m_)) {
          follow(lower_, low_ - 1);
          v[low_ - 1] = lower_.value;
        }
        if (cut_high && high_ + 1 <= (std::min)(n_, s_)) {
          follow(upper_, high_ + 1);
          v[high_ + 1] = upper_.value;
        }
      }
      rescale_if_due(1);
    }
    return v[n_] / centre_.value;
  }

  std::vector<double> cells_, middle_;
  event wanted_ = event::touch;
  std::int64_t n_ = 0, m_ = 0, s_ = 0;
  std::int64_t low_ = 0, high_ = 0;  // the cells of antidiagonal s that are between the bounds
  double r_ = 1, growth_ = 0, grown_ = 0;
  bound up_, down_, centre_bound_;
  weight upper_, lower_, centre_;
};

}  // namespace netanomaly::inline NETANOMALY_MODE::batch::detail
