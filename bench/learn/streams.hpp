// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/hash.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

/// Generated streams of labelled rows, those that the literature on Hoeffding trees uses, from a seed.
namespace streams {

struct stream {
  std::string_view name;
  std::uint32_t features = 0;
  std::uint32_t classes = 2;
  std::vector<std::uint32_t> cardinalities;  // 0: numeric; empty: all numeric
  std::vector<double> values;                // row after row
  std::vector<std::uint32_t> labels;
};

/// Uniform and normal numbers from splitmix64.
class numbers {
 public:
  explicit numbers(std::uint64_t seed) : next_(seed) {}
  double uniform() { return static_cast<double>(next_() >> 11) * 0x1p-53; }
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>(uniform() * n); }
  /// Marsaglia's polar method; every other number is kept from the time before.
  double normal() {
    if (kept_) {
      kept_ = false;
      return second_;
    }
    double u = 0;
    double v = 0;
    double s = 0;
    do {
      u = 2 * uniform() - 1;
      v = 2 * uniform() - 1;
      s = u * u + v * v;
    } while (s >= 1 || s == 0);
    const double scale = std::sqrt(-2 * std::log(s) / s);
    second_ = v * scale;
    kept_ = true;
    return u * scale;
  }

 private:
  netanomaly::splitmix64 next_;
  bool kept_ = false;
  double second_ = 0;
};

namespace detail {

inline stream empty(std::string_view name, std::uint32_t features, std::uint32_t classes, std::size_t rows) {
  stream s{.name = name, .features = features, .classes = classes, .cardinalities = {}, .values = {}, .labels = {}};
  s.values.reserve(rows * features);
  s.labels.reserve(rows);
  return s;
}

/// Group A of Agrawal, Imielinski & Swami (IEEE TKDE 5(6), 1993), for the functions used here.
inline bool group_a(int function, double salary, double commission, double age, double loan) {
  const auto in = [](double x, double low, double high) { return low <= x && x <= high; };
  switch (function) {
    case 1:
      return age < 40 || age >= 60;
    case 2:
      if (age < 40) return in(salary, 50e3, 100e3);
      if (age < 60) return in(salary, 75e3, 125e3);
      return in(salary, 25e3, 75e3);
    default:
      return 0.67 * (salary + commission) - 0.2 * loan - 20e3 > 0;
  }
}

inline stream agrawal(std::string_view name, int function, std::size_t rows, std::uint64_t seed) {
  stream s = empty(name, 9, 2, rows);
  s.cardinalities = {0, 0, 0, 5, 20, 9, 0, 0, 0};
  numbers r(seed);
  for (std::size_t i = 0; i < rows; ++i) {
    double salary = r.uniform(20e3, 150e3);
    double commission = salary >= 75e3 ? 0 : r.uniform(10e3, 75e3);
    double age = 20 + r.below(61);
    const double elevel = r.below(5);
    const double car = r.below(20);
    const double zip = r.below(9);
    double house = (9 - zip) * 100e3 * (0.5 + r.uniform());
    double years = 1 + r.below(30);
    double loan = r.uniform(0, 500e3);
    s.labels.push_back(group_a(function, salary, commission, age, loan) ? 0 : 1);
    const auto moved = [&](double v, double low, double high) {
      return std::clamp(v + (high - low) * 0.05 * (2 * r.uniform() - 1), low, high);
    };
    salary = moved(salary, 20e3, 150e3);
    if (commission > 0) commission = moved(commission, 10e3, 75e3);
    age = std::round(moved(age, 20, 80));
    house = moved(house, 0, 1350e3);
    years = std::round(moved(years, 1, 30));
    loan = moved(loan, 0, 500e3);
    for (const double v : {salary, commission, age, elevel, car, zip, house, years, loan}) s.values.push_back(v);
  }
  return s;
}

inline stream rbf(std::string_view name, std::uint32_t classes, std::size_t rows, std::uint64_t seed) {
  constexpr std::uint32_t features = 10;
  constexpr std::size_t centroids = 50;
  stream s = empty(name, features, classes, rows);
  numbers r(seed);
  struct centroid {
    std::array<double, features> at{};
    std::uint32_t label = 0;
    double deviation = 0;
    double weight = 0;
  };
  std::array<centroid, centroids> all{};
  double total = 0;
  for (centroid& c : all) {
    for (double& v : c.at) v = r.uniform();
    c.label = r.below(classes);
    c.deviation = r.uniform();
    c.weight = r.uniform();
    total += c.weight;
  }
  std::array<double, features> direction{};
  for (std::size_t i = 0; i < rows; ++i) {
    double u = r.uniform() * total;
    std::size_t k = 0;
    while (k + 1 < centroids && u >= all[k].weight) u -= all[k++].weight;
    const centroid& c = all[k];
    double length = 0;
    for (double& d : direction) {
      d = 2 * r.uniform() - 1;
      length += d * d;
    }
    const double scale = r.normal() * c.deviation / std::sqrt(length);
    for (std::size_t j = 0; j < features; ++j) s.values.push_back(c.at[j] + direction[j] * scale);
    s.labels.push_back(c.label);
  }
  return s;
}

inline stream sea(std::string_view name, std::array<double, 4> thresholds, std::size_t rows, std::uint64_t seed) {
  stream s = empty(name, 3, 2, rows);
  numbers r(seed);
  for (std::size_t i = 0; i < rows; ++i) {
    const double a = r.uniform(0, 10);
    const double b = r.uniform(0, 10);
    const double c = r.uniform(0, 10);
    const bool above = a + b > thresholds[i * 4 / rows];
    s.labels.push_back(above != (r.uniform() < 0.1) ? 1 : 0);
    for (const double v : {a, b, c}) s.values.push_back(v);
  }
  return s;
}

inline stream hyperplane(std::size_t rows, std::uint64_t seed) {
  constexpr std::uint32_t features = 10;
  stream s = empty("hyperplane", features, 2, rows);
  numbers r(seed);
  std::array<double, features> weight{};
  std::array<double, 2> sign{1, 1};
  for (double& w : weight) w = r.uniform();
  for (std::size_t i = 0; i < rows; ++i) {
    double sum = 0;
    double half = 0;
    for (const double w : weight) {
      const double x = r.uniform();
      s.values.push_back(x);
      sum += w * x;
      half += w / 2;
    }
    s.labels.push_back((sum >= half) != (r.uniform() < 0.05) ? 1 : 0);
    for (std::size_t k = 0; k < 2; ++k) {
      weight[k] += sign[k] * 0.001;
      if (r.uniform() < 0.1) sign[k] = -sign[k];
    }
  }
  return s;
}

inline stream led(std::size_t rows, std::uint64_t seed) {
  constexpr std::array<unsigned, 10> digits = {0b1110111, 0b0010010, 0b1011101, 0b1011011, 0b0111010,
                                               0b1101011, 0b1101111, 0b1010010, 0b1111111, 0b1111011};
  stream s = empty("led", 24, 10, rows);
  s.cardinalities.assign(24, 2);
  numbers r(seed);
  for (std::size_t i = 0; i < rows; ++i) {
    const std::uint32_t digit = r.below(10);
    for (unsigned k = 0; k < 7; ++k)
      s.values.push_back(((digits[digit] >> (6 - k) & 1) != 0) != (r.uniform() < 0.1) ? 1 : 0);
    for (unsigned k = 7; k < 24; ++k) s.values.push_back(r.below(2));
    s.labels.push_back(digit);
  }
  return s;
}

/// Three concepts of size, colour and shape, one after the other: Schlimmer & Granger, Machine Learning 1, 1986.
inline stream stagger(std::size_t rows, std::uint64_t seed) {
  stream s = empty("stagger", 3, 2, rows);
  s.cardinalities.assign(3, 3);
  numbers r(seed);
  for (std::size_t i = 0; i < rows; ++i) {
    const std::uint32_t size = r.below(3);
    const std::uint32_t colour = r.below(3);
    const std::uint32_t shape = r.below(3);
    const std::size_t concept_now = i * 3 / rows;
    const bool yes = concept_now == 0   ? size == 0 && colour == 0
                     : concept_now == 1 ? colour == 1 || shape == 0
                                        : size != 0;
    for (const std::uint32_t v : {size, colour, shape}) s.values.push_back(v);
    s.labels.push_back(yes ? 1 : 0);
  }
  return s;
}

}  // namespace detail

inline constexpr std::array<std::string_view, 10> names = {
    "agrawal_f1", "agrawal_f2", "agrawal_f7", "rbf", "rbf5", "sea", "hyperplane", "led", "sea_drift", "stagger"};

/// One of `names`; no rows where it is none of them.
inline stream make(std::string_view name, std::size_t rows = 200'000, std::uint64_t seed = 42) {
  if (name == "agrawal_f1") return detail::agrawal(name, 1, rows, seed);
  if (name == "agrawal_f2") return detail::agrawal(name, 2, rows, seed);
  if (name == "agrawal_f7") return detail::agrawal(name, 7, rows, seed);
  if (name == "rbf") return detail::rbf(name, 2, rows, seed);
  if (name == "rbf5") return detail::rbf(name, 5, rows, seed);
  if (name == "sea") return detail::sea(name, {8, 8, 8, 8}, rows, seed);
  if (name == "sea_drift") return detail::sea(name, {8, 9, 7, 9.5}, rows, seed);
  if (name == "hyperplane") return detail::hyperplane(rows, seed);
  if (name == "led") return detail::led(rows, seed);
  if (name == "stagger") return detail::stagger(rows, seed);
  return {};
}

}  // namespace streams
