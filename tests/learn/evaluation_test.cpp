// SPDX-License-Identifier: Apache-2.0
#include <netanomaly/core/hash.hpp>
#include <netanomaly/learn/evaluation.hpp>

#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "support/catch.hpp"

namespace {

using namespace netanomaly;
using learn::confusion_matrix;
using learn::ranking_quality;

struct scored {
  double score = 0;
  bool positive = false;
};

/// One row in ten is positive; the scores of the others crowd at 0. In `levels` steps, or all different (0).
std::vector<scored> stream(splitmix64& next, int rows, int levels) {
  std::vector<scored> all;
  for (int i = 0; i < rows; ++i) {
    const bool positive = next() % 10 == 0;
    const double u = static_cast<double>(next() >> 11) * 0x1p-53;
    const double v = positive ? u : u * u;
    all.push_back({levels > 0 ? std::floor(v * levels) / levels : v, positive});
  }
  return all;
}
ranking_quality ranked(const std::vector<scored>& rows, std::size_t capacity = std::size_t{1} << 18) {
  ranking_quality q(capacity);
  for (const scored& r : rows) q.add(r.score, r.positive);
  return q;
}
bool close(double a, double b) { return std::abs(a - b) < 1e-13; }

TEST_CASE("area under the curve and average precision are those of scikit-learn, ties included") {
  // roc_auc_score and average_precision_score of scikit-learn 1.9.1 on the same rows.
  const std::array<int, 8> labels{0, 0, 1, 1, 0, 1, 0, 1};
  const std::array<double, 8> scores{.1, .4, .35, .8, .4, .4, .1, .9};
  ranking_quality small;
  for (std::size_t i = 0; i < labels.size(); ++i) small.add(scores[i], labels[i] == 1);
  CHECK(close(small.auc().value, 0.8125));
  CHECK(close(small.average_precision().value, 0.8166666666666667));

  splitmix64 next(7);
  auto tied = ranked(stream(next, 20'000, 50));
  CHECK(tied.positives() == 1988);
  CHECK(close(tied.auc().value, 0.6610210061166466));
  CHECK(close(tied.average_precision().value, 0.14955864180319778));
  auto different = ranked(stream(next, 20'000, 0));
  CHECK(different.positives() == 1991);
  CHECK(close(different.auc().value, 0.6713579981034652));
  CHECK(close(different.average_precision().value, 0.1556295451188961));
  for (auto* q : {&tied, &different}) {
    CHECK(q->auc().error == 0);
    CHECK(q->average_precision().error == 0);
  }
}

TEST_CASE("in less memory than there are scores the exact figures lie within the error that is stated") {
  for (const std::size_t capacity : {64U, 512U, 4096U})
    for (const bool ordered : {false, true}) {
      splitmix64 next(capacity);
      auto rows = stream(next, 50'000, 0);
      if (ordered)  // scores that grow with the stream
        for (std::size_t i = 0; i < rows.size(); ++i) rows[i].score += static_cast<double>(i) / 10'000;
      auto exact = ranked(rows), bounded = ranked(rows, capacity);
      const auto auc = bounded.auc(), precision = bounded.average_precision();
      CHECK(exact.auc().error == 0);
      CHECK(auc.error > 0);
      CHECK(auc.error < (ordered ? 0.5 : 4.0 / static_cast<double>(capacity)));
      CHECK(std::abs(auc.value - exact.auc().value) <= auc.error);
      CHECK(std::abs(precision.value - exact.average_precision().value) <= precision.error);
      CHECK(bounded.memory_bytes() <= sizeof bounded + 176 * capacity);
    }
}

TEST_CASE("a curve goes down the scores and ends with all rows") {
  splitmix64 next(3);
  auto q = ranked(stream(next, 5'000, 0));
  const auto points = q.curve(100);
  REQUIRE(points.size() > 50);
  CHECK(points.size() <= 101);
  for (std::size_t i = 1; i < points.size(); ++i) {
    CHECK(points[i].score < points[i - 1].score);
    CHECK(points[i].positives + points[i].negatives > points[i - 1].positives + points[i - 1].negatives);
  }
  CHECK(points.back().positives == q.positives());
  CHECK(points.back().negatives == q.negatives());
}

TEST_CASE("what is not defined is no number") {
  ranking_quality q;
  CHECK(std::isnan(q.auc().value));
  q.add(std::numeric_limits<double>::quiet_NaN(), true);
  CHECK(q.positives() == 0);
  q.add(1, true);
  CHECK(std::isnan(q.auc().value));
  CHECK(q.average_precision().value == 1);
  q.add(-0.0, false);
  q.add(0.0, true);
  CHECK(q.auc().value == 0.75);
  const confusion_matrix none(3);
  CHECK(std::isnan(none.accuracy()));
  CHECK(std::isnan(none.kappa()));
  CHECK(std::isnan(none.recall(1)));
}

TEST_CASE("kappa and the shares of a confusion matrix") {
  confusion_matrix m(3);
  const std::array<std::array<int, 3>, 3> counts{{{22, 3, 1}, {5, 31, 2}, {0, 4, 9}}};
  for (std::uint32_t label = 0; label < 3; ++label)
    for (std::uint32_t predicted = 0; predicted < 3; ++predicted)
      for (int i = 0; i < counts.at(label).at(predicted); ++i) m.add(label, predicted);
  m.add(3, 0);  // a class that there is not
  CHECK(m.rows() == 77);
  CHECK(close(m.accuracy(), 62.0 / 77));
  CHECK(close(m.kappa(), 0.6815550041356493));  // scikit-learn 1.9.1, cohen_kappa_score
  CHECK(close(m.recall(1), 31.0 / 38));
  CHECK(close(m.precision(1), 31.0 / 38));
  confusion_matrix one(2);
  one.add(0, 0);
  CHECK(std::isnan(one.kappa()));  // chance explains all
}

}  // namespace
