// SPDX-License-Identifier: Apache-2.0
// What the detectors keep up to date against what a pass over the window gives, over random windows and series with
// NaN, infinities, constants, huge offsets, spikes, ties, and uneven, repeated and late times.
#include "support/catch.hpp"

#include <netanomaly/telemetry/first_hour_average.hpp>
#include <netanomaly/telemetry/grubbs.hpp>
#include <netanomaly/telemetry/histogram_bins.hpp>
#include <netanomaly/telemetry/kolmogorov_smirnov.hpp>
#include <netanomaly/telemetry/least_squares.hpp>
#include <netanomaly/telemetry/mean_subtraction_cumulation.hpp>
#include <netanomaly/telemetry/median_absolute_deviation.hpp>
#include <netanomaly/telemetry/standard_deviation_from_average.hpp>
#include <netanomaly/telemetry/standard_deviation_from_moving_average.hpp>

#include <rapidcheck.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <deque>
#include <limits>
#include <numeric>
#include <random>
#include <type_traits>
#include <vector>

using namespace netanomaly;
using namespace netanomaly::telemetry;
using namespace std::chrono_literals;

namespace {

using real = long double;
using points = std::deque<timed<double>>;

struct spread {
  real mean = 0, squares = 0;  // sum of squares about the mean
  real count = 0;
  explicit spread(const std::vector<double>& x) : count(static_cast<real>(x.size())) {
    for (const double v : x) mean += static_cast<real>(v - x[0]) / count;
    mean += static_cast<real>(x[0]);
    for (const double v : x) squares += (static_cast<real>(v) - mean) * (static_cast<real>(v) - mean);
  }
  [[nodiscard]] real sample() const { return std::sqrt(squares / (count - 1)); }
};
std::vector<double> values(const points& w, std::size_t leave_out = 0) {
  std::vector<double> x;
  for (std::size_t i = 0; i + leave_out < w.size(); ++i) x.push_back(w[i].value);
  return x;
}
double median(std::vector<double> x) {
  std::sort(x.begin(), x.end());
  const std::size_t n = x.size();
  return n % 2 == 1 ? x[n / 2] : std::midpoint(x[n / 2 - 1], x[n / 2]);
}

/// A series of one of several kinds, some of it not finite, some of it late.
std::vector<timed<double>> series(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal;
  const auto kind = random() % 6;
  std::vector<timed<double>> all;
  time_point now(1'500'000'000s);
  for (int i = 0; i < 260; ++i) {
    now += random() % 7 == 0 ? 0s : random() % 11 == 0 ? 900s : std::chrono::seconds(20 + random() % 60);
    double x = normal(random);
    if (kind == 1) x = std::floor(x * 2);
    if (kind == 2) x = 1e9 + x;
    if (kind == 3) x = i / 40 % 2 == 0 ? 7.25 : x;
    if (kind == 4) x = i * 3.5 + x;
    if (kind == 5) x = random() % 20 == 0 ? std::pow(10.0, static_cast<double>(random() % 12)) : x;
    if (random() % 40 == 0) x = random() % 2 == 0 ? std::nan("") : -std::numeric_limits<double>::infinity();
    all.emplace_back(x, random() % 30 == 0 ? now - 100s : now);
  }
  return all;
}

/// The window that a detector should see.
class expected_window {
 public:
  explicit expected_window(const window::extent& e) : extent_(e) {}
  void push(timed<double> x) {
    if (!seen_.empty()) x.time = std::max(x.time, seen_.back().time);
    seen_.push_back(x);
    while (seen_.size() > extent_.points) seen_.pop_front();
    while (extent_.span > duration() && x.time - seen_.front().time > extent_.span) seen_.pop_front();
  }
  [[nodiscard]] const points& all() const { return seen_; }

 private:
  window::extent extent_;
  points seen_;
};

double largest(const points& w) {
  double most = 0;
  for (const auto& p : w) most = std::max(most, std::abs(p.value));
  return most;
}
/// To 1e-9, or what rounding the values themselves makes of it. `lost`: digits that a difference of large values takes.
bool close(double ours, real theirs, double size) {
  return std::abs(static_cast<real>(ours) - theirs) <= 1e-9L * std::abs(theirs) + 4e-15L * static_cast<real>(size);
}

/// Runs D and `check(measured, window, skyline, verdict or the window before)` after every point that it takes.
template <class D, class Check>
void verify(const char* what, typename D::params p, Check check) {
  CHECK(rc::check(what, [&](std::uint64_t seed, bool skyline, bool by_time) {
    std::mt19937_64 random(seed + 1);
    p.extent.points = 4 + static_cast<std::uint32_t>(random() % 90);
    p.extent.span = by_time ? std::chrono::seconds(300 + random() % 3000) : 0s;
    p.warmup = 3;
    p.mode = skyline ? compatibility::skyline : compatibility::none;
    D detector(p);
    expected_window window(p.extent);
    for (const auto& x : series(seed)) {
      const verdict v = detector.update(x);
      if (!std::isfinite(x.value)) {
        RC_ASSERT(v.state == verdict::status::rejected);
        continue;
      }
      const points before = window.all();
      window.push(x);
      if (window.all().size() < 5) continue;
      const auto right = [&] {
        if constexpr (std::is_invocable_v<Check, decltype(detector.measured()), const points&, bool, const points&>) {
          return check(detector.measured(), window.all(), skyline, before);
        } else {
          return check(detector.measured(), window.all(), skyline, v);
        }
      };
      if (!right()) {
        RC_LOG() << "size " << window.all().size() << " value " << x.value << "\n";
        RC_FAIL("differs from what the window gives");
      }
    }
  }));
}

double tail(const points& w, bool skyline) {
  const std::size_t n = w.size();
  return skyline ? (w[n - 1].value + w[n - 2].value + w[n - 3].value) / 3 : w[n - 1].value;
}

}  // namespace

TEST_CASE("median absolute deviation is what a pass over the window gives") {
  verify<median_absolute_deviation>("mad", {}, [](const auto& m, const points& w, bool skyline, const verdict&) {
    const double middle = median(values(w));
    std::vector<double> away;
    for (const auto& p : w) away.push_back(std::abs(p.value - middle));
    const double scale = median(away);
    if (!close(m.deviation, std::abs(w.back().value - middle), largest(w))) return false;
    return (!skyline && scale <= 1e-9 * std::abs(middle)) || close(m.scale, scale, largest(w));
  });
}
TEST_CASE("standard deviation from average is what a pass over the window gives") {
  verify<standard_deviation_from_average>("sfa", {}, [](const auto& m, const points& w, bool skyline, const verdict&) {
    const spread s(values(w));
    return close(m.deviation, std::abs(tail(w, skyline) - s.mean), largest(w)) &&
           close(m.scale, s.sample(), largest(w));
  });
}
TEST_CASE("mean subtraction cumulation is what a pass over the window gives") {
  verify<mean_subtraction_cumulation>("msc", {}, [](const auto& m, const points& w, bool, const verdict&) {
    const spread s(values(w, 1));
    return close(m.deviation, std::abs(w.back().value - s.mean), largest(w)) && close(m.scale, s.sample(), largest(w));
  });
}
TEST_CASE("Grubbs' statistic is what a pass over the window gives") {
  verify<grubbs>("grubbs", {}, [](const auto& m, const points& w, bool skyline, const verdict&) {
    const spread s(values(w));
    if (s.squares <= 1e-20L * s.mean * s.mean) return true;  // constants: rounding noise over rounding noise
    const real scale = skyline ? std::sqrt(s.squares / s.count) : std::max(s.sample(), 1e-9L * std::abs(s.mean));
    const real z = (static_cast<real>(tail(w, skyline)) - s.mean) / scale;
    const real expected = skyline ? z : std::abs(z);
    return std::abs(static_cast<real>(m.statistic) - expected) <=
           1e-9L * std::abs(expected) + 4e-15L * static_cast<real>(largest(w)) / scale;
  });
}
TEST_CASE("standard deviation from moving average is what a pass over the window gives") {
  struct average {
    real mean = 0, scale = 0;
  };
  const auto of = [](const points& w) {
    average a;
    real weights = 0, squares_of_weights = 0, squares = 0;
    const real r = 1 - 1.0L / 11;
    for (std::size_t i = 0; i < w.size(); ++i) {
      const real weight = std::pow(r, static_cast<real>(w.size() - 1 - i));
      weights += weight;
      squares_of_weights += weight * weight;
      a.mean += weight * static_cast<real>(w[i].value);
    }
    a.mean /= weights;
    for (std::size_t i = 0; i < w.size(); ++i) {
      const real d = static_cast<real>(w[i].value) - a.mean;
      squares += std::pow(r, static_cast<real>(w.size() - 1 - i)) * d * d;
    }
    a.scale = std::sqrt(squares / weights * weights * weights / (weights * weights - squares_of_weights));
    return a;
  };
  verify<standard_deviation_from_moving_average>(
      "sfma", {.centre_of_mass = 10}, [&](const auto& m, const points& w, bool skyline, const points& before) {
        const points& judged_by = skyline ? w : before;  // by default x takes no part in what it is measured by
        if (judged_by.size() < 2) return std::isnan(m.scale);
        const average a = of(judged_by);
        const double size = std::max(largest(judged_by), largest(w));
        return close(m.deviation, std::abs(static_cast<real>(w.back().value) - a.mean), size) &&
               close(m.scale, a.scale, size);
      });
}
TEST_CASE("a window of equal values has no deviation from its moving average, whatever came before it") {
  for (const double before : {1.0, -3.0, 1e11, 1e-7}) {
    standard_deviation_from_moving_average d(
        {.extent = {.points = 6}, .centre_of_mass = 10, .warmup = 3, .mode = compatibility::skyline});
    for (int i = 0; i < 20; ++i) d.update(before * (i % 7));
    for (int i = 0; i < 6; ++i) d.update(0.0);
    CHECK(d.measured().deviation == 0);
    CHECK(d.measured().scale == 0);
  }
}
TEST_CASE("least squares is what a pass over the window gives") {
  verify<least_squares>("lsq", {}, [](const auto& m, const points& w, bool skyline, const verdict&) {
    real mean_t = 0, mean_x = 0, tt = 0, tx = 0, rr = 0;
    const auto n = static_cast<real>(w.size());
    const auto seconds = [&](const timed<double>& p) {
      return static_cast<real>((p.time - w.front().time).count()) * 1e-9L;
    };
    for (const auto& p : w) mean_t += seconds(p) / n, mean_x += static_cast<real>(p.value) / n;
    for (const auto& p : w) {
      tt += (seconds(p) - mean_t) * (seconds(p) - mean_t);
      tx += (seconds(p) - mean_t) * (static_cast<real>(p.value) - mean_x);
    }
    const real slope = tt > 0 ? tx / tt : 0;
    std::vector<real> rest;
    for (const auto& p : w) rest.push_back(static_cast<real>(p.value) - mean_x - slope * (seconds(p) - mean_t));
    for (const real e : rest) rr += e * e;
    const std::size_t last = rest.size() - 1;
    const real expected = skyline ? (rest[last] + rest[last - 1] + rest[last - 2]) / 3 : rest[last];
    const real scale = std::sqrt(rr / n);  // by which a residual is judged
    return std::abs(static_cast<real>(m.deviation) - expected) <=
               1e-9L * scale + 4e-15L * static_cast<real>(largest(w)) &&
           close(m.scale, scale, largest(w));
  });
}
TEST_CASE("the oldest hour is what a pass over the window gives") {
  verify<first_hour_average>("fha", {.full_duration = 30min, .hour = 15min},
                             [](const auto& m, const points& w, bool skyline, const verdict&) {
                               std::vector<double> hour;
                               for (const auto& p : w)
                                 if (w.back().time - p.time > 15min) hour.push_back(p.value);
                               if (hour.size() < 2) return std::isnan(m.scale);
                               const spread s(hour);
                               return close(m.deviation, std::abs(tail(w, skyline) - s.mean), largest(w)) &&
                                      close(m.scale, s.sample(), largest(w));
                             });
}
TEST_CASE("counts of histogram bins are what a pass over the window gives") {
  verify<histogram_bins>("hist", {.bins = 7}, [](const auto& m, const points& w, bool skyline, const verdict&) {
    const auto x = values(w);
    double low = *std::min_element(x.begin(), x.end()), high = *std::max_element(x.begin(), x.end());
    if (low == high) low -= 0.5, high += 0.5;
    const double step = (high - low) / 7, at = tail(w, skyline);
    const auto edge = [&](int j) { return j == 7 ? high : low + j * step; };
    if (skyline && at >= high) return m.count == histogram_bins_rule::none;
    for (int j = 0; j < 7; ++j) {
      const auto inside = [&](double v) { return v >= edge(j) && (v < edge(j + 1) || (j == 6 && v <= high)); };
      if (inside(at)) return static_cast<std::ptrdiff_t>(m.count) == std::count_if(x.begin(), x.end(), inside);
    }
    return skyline;  // a mean of three below the least value, by rounding
  });
}
TEST_CASE("the Kolmogorov-Smirnov distance is what a pass over the window gives") {
  verify<kolmogorov_smirnov>(
      "ks", {.probe = 5min, .reference = 20min}, [](const auto& m, const points& w, bool, const verdict&) {
        std::vector<double> probe, reference;
        for (const auto& p : w) {
          const auto age = w.back().time - p.time;
          if (age <= 5min) {
            probe.push_back(p.value);
          } else if (age <= 25min) {
            reference.push_back(p.value);
          }
        }
        if (probe.size() < 3 || reference.size() < 3) return std::isnan(m.distance);
        double most = 0;
        const auto share = [](const std::vector<double>& s, double x) {
          return static_cast<double>(std::count_if(s.begin(), s.end(), [&](double v) { return v <= x; })) /
                 static_cast<double>(s.size());
        };
        for (const auto& p : w) most = std::max(most, std::abs(share(probe, p.value) - share(reference, p.value)));
        return std::abs(m.distance - most) < 1e-12;
      });
}

TEST_CASE("moments are exact after 2 * 10^7 updates at an offset of 10^15") {
  standard_deviation_from_average d({.extent = {.points = 100}});
  std::uint64_t state = 1;
  for (int i = 0; i < 20'000'000; ++i) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    d.update(1e15 + static_cast<double>(state >> 60));
  }
  std::vector<double> last;
  for (std::uint64_t i = d.window().first(); i != d.window().end(); ++i) last.push_back(d.window().value(i) - 1e15);
  CHECK(d.measured().scale == Approx(static_cast<double>(spread(last).sample())).epsilon(1e-12));
}

TEST_CASE("by default a lone spike is found that the mean of three hides, on both sides") {
  for (const double spike : {5.0, -5.0}) {
    standard_deviation_from_average ours, theirs({.mode = compatibility::skyline});
    grubbs ours2, theirs2({.mode = compatibility::skyline});
    std::mt19937_64 random(1);
    std::normal_distribution<double> normal;
    for (int i = 0; i < 500; ++i) {
      const double x = normal(random);
      ours.update(x), theirs.update(x), ours2.update(x), theirs2.update(x);
    }
    CHECK(ours.update(spike).anomalous);
    CHECK(ours2.update(spike).anomalous);
    CHECK_FALSE(theirs.update(spike).anomalous);
    CHECK_FALSE(theirs2.update(spike).anomalous);
  }
}

TEST_CASE("by default a constant is no noise, least squares sees small scales, and the maximum of a histogram counts") {
  standard_deviation_from_average ours, theirs({.mode = compatibility::skyline});
  bool fired = false;
  for (int i = 0; i < 300; ++i) {
    CHECK_FALSE(ours.update(0.1).anomalous);
    fired = fired || theirs.update(0.1).anomalous;
  }
  CHECK(ours.measured().scale == 0);

  least_squares small, blind({.mode = compatibility::skyline});
  histogram_bins all, overlooks({.mode = compatibility::skyline});
  std::mt19937_64 random(2);
  for (int i = 0; i < 600; ++i) {
    const timed<double> x(1e-6 * std::normal_distribution<double>()(random), time_point(i * 60s));
    small.update(x), blind.update(x);
    all.update(x), overlooks.update(x);
  }
  const timed<double> spike(1e-4, time_point(600 * 60s));
  CHECK(small.update(spike).anomalous);
  CHECK_FALSE(blind.update(spike).anomalous);
  CHECK(all.update(spike).anomalous);
  CHECK(all.measured().count == 1);
}

TEST_CASE("by default a change of a constant reference is a change; Skyline has no answer") {
  kolmogorov_smirnov ours, theirs({.mode = compatibility::skyline});
  bool of_ours = false, of_theirs = false;
  for (int i = 0; i < 400; ++i) {
    const timed<double> x(i < 360 ? 3 : 4, time_point(i * 10s));
    of_ours = ours.update(x).anomalous || of_ours;
    of_theirs = theirs.update(x).anomalous || of_theirs;
  }
  CHECK(of_ours);
  CHECK_FALSE(of_theirs);
}
