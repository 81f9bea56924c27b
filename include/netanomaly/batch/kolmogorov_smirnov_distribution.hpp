// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/batch/detail/crossing_walk.hpp>
#include <netanomaly/batch/detail/lattice_paths.hpp>
#include <netanomaly/batch/detail/special.hpp>
#include <netanomaly/core/config.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>

namespace netanomaly::inline NETANOMALY_MODE::batch {

/// Exact null distribution of the one-sample Kolmogorov-Smirnov statistics, for a continuous distribution that is
/// fully specified: n uniform values, D the greatest distance of their empirical distribution from the line.
///
/// upper(n, d) is P(D >= d), lower(n, d) P(D < d), plus(n, d) P(D+ >= d), each to about 1e-13 relative wherever it is
/// above 1e-300: neither tail is 1 minus the other.
///
/// Method    lower, and upper where sqrt(n) d < 3: a walk over the counts from one crossing of an integer by d's band
///           to the next, in positive terms (detail::crossing_walk), half way, and joined with its mirror image.
///           Beyond, twice the one-sided probability: leaving the band on both sides is below e^(-6 n d^2), 1e-23 of
///           it.
/// Cost      walk: about 0.2 us n + 0.2 ns n times 25 widths of the band, 1 ms at n = 3,600; sum: 0.2 us n. No
///           allocation up to reserve(n).
/// Source    Birnbaum & Tingey, Ann. Math. Stat. 22(4), 1951, for the sum; Noe, Ann. Math. Stat. 43(1), 1972, for the
///           walk.
class one_sample_kolmogorov_smirnov_distribution {
 public:
  void reserve(std::size_t n) { walk_.reserve(n + 1); }

  /// P(D >= d) of n values; NaN where n is not above 0.
  [[nodiscard]] double upper(std::int64_t n, double d) {
    if (trivial(n, d)) return n > 0 && d >= 1 ? 0 : (n > 0 && d == d ? 1 : nan);
    if (d >= 0.5 || static_cast<double>(n) * d * d >= 9) return (std::min)(1.0, 2 * plus(n, d));
    return walk(walk_type::event::touch, n, d);
  }
  /// P(D < d), right in its own tail.
  [[nodiscard]] double lower(std::int64_t n, double d) {
    if (trivial(n, d)) return n > 0 && d >= 1 ? 1 : (n > 0 && d == d ? 0 : nan);
    if (d >= 0.5 || static_cast<double>(n) * d * d >= 9) return 1 - upper(n, d);
    return walk(walk_type::event::avoid, n, d);
  }

  /// P(D+ >= d), the same for D-.
  [[nodiscard]] static double plus(std::int64_t n, double d) noexcept {
    if (!(n > 0) || std::isnan(d)) return nan;
    if (d <= 0) return 1;
    if (d >= 1) return 0;
    // d sum over j of binomial(n, j) a^(j - 1) (1 - a)^(n - j), a = d + j / n: each a binomial probability times d / a.
    // From the greatest term outwards, until they no longer matter.
    const detail::double_double nd = detail::two_product(static_cast<double>(n), d);
    const auto last = static_cast<std::int64_t>(static_cast<double>(n) - nd.hi);
    const auto term = [&](std::int64_t j) {
      const auto a = static_cast<double>(j), b = static_cast<double>(n - j);
      const detail::double_double up = detail::double_double(a) + nd, down = detail::double_double(b) - nd;
      if (down.hi < 0) return 0.0;
      return detail::binomial_factor_of_means(a, b, up, down) * (nd.hi / up.hi);
    };
    double sum = 0;
    for (std::int64_t j = 0; j <= last; ++j) sum += term(j);
    return (std::min)(1.0, sum);
  }

  [[nodiscard]] std::size_t memory_bytes() const noexcept { return walk_.memory_bytes(); }

 private:
  using walk_type = detail::crossing_walk<detail::uniform_law>;
  static constexpr double nan = std::numeric_limits<double>::quiet_NaN();

  static bool trivial(std::int64_t n, double d) noexcept {
    return !(n > 0) || !(d < 1) || !(2 * static_cast<double>(n) * d > 1);
  }

  double walk(walk_type::event wanted, std::int64_t n, double d) {
    // n d = whole + part, the part rounded so that the lengths between crossings are exact in double.
    const detail::double_double nd = detail::two_product(static_cast<double>(n), d);
    auto whole = static_cast<std::int64_t>(std::floor(nd.hi));
    double part = (nd.hi - static_cast<double>(whole)) + nd.lo;
    if (part < 0) {
      part += 1;
      --whole;
    }
    part = 1 - (1 - part);
    if (part >= 1) {
      part -= 1;
      ++whole;
    }
    // The bounds cross k at times k - n d (a count of k is too high until then) and k + n d (too low from then on).
    walk_.start(wanted, {}, n, part > 0 ? whole : whole - 1);
    const auto upper_at = [&](std::int64_t k) {
      return part > 0 ? detail::uniform_law::position{k - whole - 1, 1 - part}
                      : detail::uniform_law::position{k - whole, 0};
    };
    const auto lower_at = [&](std::int64_t k) { return detail::uniform_law::position{k + whole, part}; };
    const detail::uniform_law::position middle{n / 2, n % 2 == 0 ? 0.0 : 0.5};
    const auto before = [](const auto& a, const auto& b) {
      return a.whole < b.whole || (a.whole == b.whole && a.part < b.part);
    };
    std::int64_t high = part > 0 ? whole + 1 : whole, low = 0;
    for (;;) {
      const auto up = upper_at(high), down = lower_at(low);
      const bool take_up = !before(down, up);
      const auto& next = take_up ? up : down;
      if (!before(next, middle)) break;
      walk_.advance(next);
      if (take_up) {
        walk_.cut_high(high++);
      } else {
        walk_.cut_low(low++);
      }
      if (walk_.low() > walk_.high()) return wanted == walk_type::event::touch ? 1 : 0;
    }
    walk_.advance(middle);
    // A way touches in the first half, or not there but in the second.
    const double time = static_cast<double>(n) / 2;
    double some = 0, total = 0;
    const auto join = [&](std::int64_t from, std::int64_t step) {
      double one = 0x1p-450 * detail::uniform_law::weight(middle, from);
      double two = 0x1p-450 * detail::uniform_law::weight(middle, n - from);
      for (std::int64_t i = from; i >= 0 && i <= n; i += step) {
        const double all = one * two;
        total += all;
        const auto inside = [&](std::int64_t k) { return walk_.low() <= k && k <= walk_.high(); };
        const double a = inside(i) ? walk_.value(i) * 0x1p-450 : (wanted == walk_type::event::touch ? one : 0);
        const double b = inside(n - i) ? walk_.value(n - i) * 0x1p-450 : (wanted == walk_type::event::touch ? two : 0);
        some += wanted == walk_type::event::touch ? a * two + (one - a) * b : a * b;
        if (all <= some * 1e-20) break;
        const auto x = static_cast<double>(i), y = static_cast<double>(n - i);
        if (step > 0) {
          one *= time / (x + 1);
          two *= y / time;
        } else {
          one *= x / time;
          two *= time / (y + 1);
        }
      }
    };
    join(n / 2, 1);
    join(n / 2 - 1, -1);
    return (std::min)(1.0, some / total);
  }

  walk_type walk_;
};

/// Exact null distribution of the two-sample Kolmogorov-Smirnov statistics. D is given as the whole number n m D, so
/// that no rounding decides whether a value is reached; after i of the n sample values and j of the m reference
/// values, i m - j n is n m times the distance of the two empirical distributions.
///
/// touch(n, m, above, below) is the probability that i m - j n >= above or <= -below somewhere: both bounds n m D for
/// two sides, no_bound for the side that does not count. avoid() is its complement, right in its own tail.
///
/// Error     1e-13 relative and better, wherever the probability is above 1e-300.
/// Method    detail::lattice_paths; where one sample is more than 16 times the other, detail::crossing_walk.
/// Cost      work() cells of 0.5 ns or, with ties, 1.5 ns. No allocation up to reserve(n, m).
class two_sample_kolmogorov_smirnov_distribution {
 public:
  static constexpr std::int64_t no_bound = detail::lattice_paths::no_bound;  ///< a bound that nothing reaches

  void reserve(std::size_t n, std::size_t m) {
    paths_.reserve(n, m);
    walk_.reserve((std::min)(n, m) + 1);
  }

  /// group_ends: where there are ties, the numbers of pooled values up to and with each distinct one.
  [[nodiscard]] double touch(std::int64_t n, std::int64_t m, std::int64_t above, std::int64_t below,
                             std::span<const std::uint32_t> group_ends = {}) {
    if (above <= 0 || below <= 0) return 1;
    if (group_ends.empty() && unbalanced(n, m, above, below)) return walk(walk_type::event::touch, n, m, above, below);
    return (std::min)(1.0, paths_(detail::lattice_paths::event::touch, n, m, above, below, group_ends));
  }
  /// The complement of touch(), with the same arguments.
  [[nodiscard]] double avoid(std::int64_t n, std::int64_t m, std::int64_t above, std::int64_t below,
                             std::span<const std::uint32_t> group_ends = {}) {
    if (above <= 0 || below <= 0) return 0;
    if (group_ends.empty() && unbalanced(n, m, above, below)) return walk(walk_type::event::avoid, n, m, above, below);
    return (std::min)(1.0, paths_(detail::lattice_paths::event::avoid, n, m, above, below, group_ends));
  }

  /// Cells that touch() would visit, about.
  [[nodiscard]] static double work(std::int64_t n, std::int64_t m, std::int64_t above, std::int64_t below) noexcept {
    return detail::lattice_paths::work(n, m, above, below);
  }
  [[nodiscard]] std::size_t memory_bytes() const noexcept { return paths_.memory_bytes() + walk_.memory_bytes(); }

 private:
  using walk_type = detail::crossing_walk<detail::order_law>;

  /// Whether the walk is the better way, and its increments, of 64 at most, are enough.
  static bool unbalanced(std::int64_t n, std::int64_t m, std::int64_t above, std::int64_t below) noexcept {
    const std::int64_t shorter = (std::min)(n, m), longer = (std::max)(n, m);
    if (shorter > longer / 16) return false;
    const double d = static_cast<double>((std::min)(above, below)) / static_cast<double>(n) / static_cast<double>(m);
    return shorter <= 60 || d * d * static_cast<double>(shorter) < 9;
  }

  double walk(walk_type::event wanted, std::int64_t n, std::int64_t m, std::int64_t above, std::int64_t below) {
    if (n > m) {
      std::swap(n, m);
      std::swap(above, below);
    }
    const std::int64_t both = n + m, most = n * m + 1;
    above = (std::min)(above, most);
    below = (std::min)(below, most);
    const detail::order_law law(n, m);
    // Count k is too high up to position floor((k both - above) / n), and too low from ceil((k both + below) / n).
    walk_.start(wanted, law, n, (above - 1) / both);
    std::int64_t high = (above - 1) / both + 1, low = 0;
    for (;;) {
      const std::int64_t up = (high * both - above) / n;
      const std::int64_t down = (low * both + below + n - 1) / n;
      const std::int64_t next = (std::min)(up, down);
      if (next >= both) break;
      walk_.advance(next);
      if (up <= down) {
        walk_.cut_high(high++);
      } else {
        walk_.cut_low(low++);
      }
      if (walk_.low() > walk_.high()) return wanted == walk_type::event::touch ? 1 : 0;
    }
    walk_.advance(both);
    return (std::min)(1.0, walk_.value(n) / law.weight(both, n));
  }

  detail::lattice_paths paths_;
  walk_type walk_;
};

}  // namespace netanomaly::inline NETANOMALY_MODE::batch
