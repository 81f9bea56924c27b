// SPDX-License-Identifier: Apache-2.0
#include <netanomaly/core/hash.hpp>
#include <netanomaly/window/histogram.hpp>
#include <netanomaly/window/sliding.hpp>

#include <rapidcheck.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <vector>

#include "support/catch.hpp"

namespace {

using namespace netanomaly;
using namespace std::chrono_literals;
using window::extent;
using window::keep;
using window::order_statistics;

double middle(std::vector<double> v) {
  std::sort(v.begin(), v.end());
  const std::size_t n = v.size();
  return n % 2 == 1 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

/// What naive recomputation over `values` says against the structure; the number of differences.
int differences(const order_statistics<double>& order, const std::deque<double>& values, window::split_hint& hint) {
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  int wrong = order.size() == sorted.size() ? 0 : 1;
  if (sorted.empty()) return wrong + (std::isnan(order.median()) ? 0 : 1);
  const double median = middle(sorted);
  if (order.median() != median) ++wrong;
  std::vector<double> distances;
  for (const double x : sorted) distances.push_back(std::abs(x - median));
  const double mad = middle(distances);
  if (order.median_absolute_deviation(median) != mad) ++wrong;
  if (order.median_absolute_deviation(median, hint) != mad) ++wrong;
  for (const std::size_t k : {std::size_t{0}, sorted.size() / 3, sorted.size() - 1})
    if (order.select(k) != sorted[k]) ++wrong;
  for (const double x : {sorted[0] - 1, sorted[sorted.size() / 2], sorted.back(), median}) {
    const auto low = std::lower_bound(sorted.begin(), sorted.end(), x) - sorted.begin();
    const auto high = std::upper_bound(sorted.begin(), sorted.end(), x) - sorted.begin();
    if (order.count_below(x) != static_cast<std::size_t>(low)) ++wrong;
    if (order.count_at_most(x) != static_cast<std::size_t>(high)) ++wrong;
  }
  return wrong;
}

/// Streams of several shapes through a window of `points`, checked every `stride` steps.
int run(std::size_t points, int shape, int steps, int stride) {
  order_statistics<double> order(points);
  window::split_hint hint;
  std::deque<double> values;
  splitmix64 random(points * 10 + static_cast<unsigned>(shape));
  int wrong = 0;
  for (int i = 0; i < steps; ++i) {
    double x = 0;
    switch (shape) {
      case 0:
        x = static_cast<double>(random() >> 11);
        break;  // all different
      case 1:
        x = static_cast<double>(random() % 5);
        break;  // ties
      case 2:
        x = i;
        break;  // rising
      case 3:
        x = -i;
        break;  // falling
      case 4:
        x = i / 700 % 2 == 0 ? 1 : static_cast<double>(random() % 1000);
        break;  // constant and not
      default:
        x = (i % 2 == 0 ? 1 : -1) * static_cast<double>(i % 4000);
        break;  // spreading
    }
    if (values.size() == points) {
      order.replace(values.front(), x);
      values.pop_front();
    } else {
      order.insert(x);
    }
    values.push_back(x);
    if (random() % 50 == 0)
      for (auto n = random() % values.size(); n > 0; --n) order.erase(values.front()), values.pop_front();
    if (i % stride == 0) wrong += differences(order, values, hint);
  }
  while (!values.empty()) {
    order.erase(values.back()), values.pop_back();
    if (values.size() % 97 == 0) wrong += differences(order, values, hint);
  }
  return wrong;
}

}  // namespace

TEST_CASE("order statistics are those of the sorted values") {
  const int shape = GENERATE(0, 1, 2, 3, 4, 5);
  CHECK(run(1, shape, 100, 1) == 0);
  CHECK(run(2, shape, 200, 1) == 0);
  CHECK(run(7, shape, 500, 1) == 0);
  CHECK(run(256, shape, 2000, 7) == 0);
  CHECK(run(257, shape, 3000, 7) == 0);
  CHECK(run(2000, shape, 30'000, 501) == 0);
}

TEST_CASE("quantiles are linear between neighbours") {
  order_statistics<double> order(10);
  CHECK(std::isnan(order.quantile(0.5)));
  for (const double x : {4.0, 1.0, 3.0, 2.0}) order.insert(x);
  CHECK(order.quantile(0) == 1);
  CHECK(order.quantile(1) == 4);
  CHECK(order.quantile(0.5) == 2.5);
  CHECK(order.quantile(0.25) == 1.75);
}

TEST_CASE("a histogram's bins hold what lies between their edges, over a range that no double holds too") {
  const double most = (std::numeric_limits<double>::max)();
  for (const double scale : {1.0, most}) {
    order_statistics<double> order(5);
    for (const double x : {-1.0, -0.5, 0.1, 0.5, 1.0}) order.insert(x * scale);
    const window::histogram bins(order, 4);
    CHECK(bins.bin_of(-scale) == 0);
    CHECK(bins.bin_of(-0.4 * scale) == 1);
    CHECK(bins.bin_of(0.1 * scale) == 2);
    CHECK(bins.bin_of(0.9 * scale) == 3);
    CHECK(bins.bin_of(scale) == 3);
    CHECK(bins.count(0) == 1);
    CHECK(bins.count(1) == 1);
    CHECK(bins.count(2) == 1);
    CHECK(bins.count(3) == 2);
  }
}

TEST_CASE("minus zero is zero") {
  order_statistics<double> order(4);
  order.insert(-0.0);
  order.insert(0.0);
  order.replace(0.0, -0.0);
  order.erase(-0.0);
  CHECK_FALSE(std::signbit(order.select(0)));
}

TEST_CASE("a window by count holds the newest points, and what left can still be read") {
  window::sliding<double> w(extent{.points = 3});
  CHECK(w.empty());
  for (int i = 0; i < 10; ++i) {
    w.push(i);
    CHECK(w.end() == static_cast<std::uint64_t>(i + 1));
    CHECK(w.size() == static_cast<std::size_t>(std::min(i + 1, 3)));
    for (auto p = w.left(); p != w.end(); ++p) CHECK(w.value(p) == static_cast<double>(p));
    CHECK(w.first() - w.left() == (i < 3 ? 0U : 1U));
    const auto [older, newer] = w.runs();
    CHECK(older.size() + newer.size() == w.size());
    CHECK(older[0] == w.value(w.first()));
  }
}

TEST_CASE("a window by time holds none older than its span") {
  window::sliding<double, keep::order | keep::moments> w(extent{.points = 100, .span = 10s});
  const auto at = [](int s) { return time_point(std::chrono::seconds(s)); };
  for (int i = 0; i <= 10; ++i) w.push({static_cast<double>(i), at(i)});
  CHECK(w.size() == 11);  // exactly 10 s old is not older than 10 s
  w.push({11, at(11)});
  CHECK(w.size() == 11);
  CHECK(w.value(w.first()) == 1);
  w.push({12, at(18)});
  CHECK(w.value(w.first()) == 8);
  CHECK(w.first() - w.left() == 7);
  CHECK(w.value(w.left()) == 1);
  CHECK(w.order().median() == 10);
  CHECK(w.moments().mean() == 10);
  w.push({13, at(1000)});
  CHECK(w.size() == 1);
  CHECK(w.order().median() == 13);
}

TEST_CASE("an observation older than the newest counts as arriving with it") {
  window::sliding<double, keep::times> w(extent{.points = 10, .span = 10s});
  w.push({1, time_point(100s)});
  w.push({2, time_point(50s)});
  w.push({3, {}});
  CHECK(w.size() == 3);
  CHECK(w.newest().time == time_point(100s));
  CHECK(w.time(w.first()) == time_point(100s));
}

TEST_CASE("times as far apart as they can be are no trouble") {
  window::sliding<double> w(extent{.points = 3, .span = 10s});
  w.push({1, time_point::min()});
  w.push({2, time_point::max()});
  CHECK(w.size() == 1);
}

TEST_CASE("what a window would take is told in 64 bits, whatever a size is here") {
  CHECK(window::sliding<double>::heap_bytes_for({.points = 1U << 29}) ==
        ((std::uint64_t{1} << 29) + 1) * sizeof(double));
}

TEST_CASE("a window of float holds floats") {
  window::sliding<float, keep::order | keep::moments> w(extent{.points = 5});
  for (const double x : {0.1, 0.2, 0.3, 0.4, 0.5, 0.6}) w.push(x);
  CHECK(w.order().median() == static_cast<double>(0.4F));
  CHECK(w.moments().mean() == Approx(0.4).epsilon(1e-6));
  CHECK(w.heap_bytes() < window::sliding<double, keep::order | keep::moments>(extent{.points = 5}).heap_bytes());
}

TEST_CASE("a copy goes on by itself") {
  window::sliding<double, keep::order | keep::moments> a(extent{.points = 500});
  for (int i = 0; i < 700; ++i) a.push(i * 7919 % 1000);
  auto b = a;
  for (int i = 0; i < 700; ++i) a.push(1);
  CHECK(a.order().median() == 1);
  b.push(3);
  CHECK(b.size() == 500);
  CHECK(b.order().median() != 1);
}
