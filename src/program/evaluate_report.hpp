// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/time.hpp>
#include <netanomaly/learn/evaluation.hpp>

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace netanomaly::program {

/// How an evaluation went along the stream: rows gathered into at most 512 steps of equal length. When they are full,
/// two become one, so that any stream fits.
class evaluation_timeline {
 public:
  static constexpr std::size_t most_steps = 512;
  static constexpr std::size_t most_classes = 32;  ///< beyond it there is no kappa over time

  struct step {
    std::uint64_t rows = 0, judged = 0, right = 0, positives = 0;
    std::vector<std::uint32_t> labelled, predicted;  ///< rows of each class
    std::uint64_t scored = 0;                        ///< of rows that are not positive, as the sum
    double score_sum = 0;
    double score_most = -std::numeric_limits<double>::infinity();     ///< of rows that are not positive
    double positive_most = -std::numeric_limits<double>::infinity();  ///< of those that are
    double auc = std::numeric_limits<double>::quiet_NaN();            ///< from the start to here
    double average_precision = std::numeric_limits<double>::quiet_NaN();
  };
  /// What is known of a row: classes where it was judged, a score where it has one.
  struct row {
    bool judged = false, positive = false;
    std::uint32_t label = 0, predicted = 0;
    double score = std::numeric_limits<double>::quiet_NaN();
  };

  explicit evaluation_timeline(std::size_t classes) : classes_(classes <= most_classes ? classes : 0) {}
  /// Whether the row completed a step, whose figures `end_step` is to be told.
  bool add(const row& r);
  void end_step(double auc, double average_precision) noexcept;

  [[nodiscard]] const std::vector<step>& steps() const noexcept { return steps_; }
  [[nodiscard]] std::uint64_t length() const noexcept { return length_; }  ///< of a step, in rows
  [[nodiscard]] std::size_t classes() const noexcept { return classes_; }

 private:
  std::size_t classes_;
  std::uint64_t length_ = 1;
  std::vector<step> steps_;
};

/// What the page of an evaluation shows.
struct evaluation_page {
  std::string input, kind, positive;
  bool classifies = false;
  std::vector<std::string> classes;
  nlohmann::ordered_json figures;  ///< the line of JSON
  double threshold = std::numeric_limits<double>::quiet_NaN();
  const learn::confusion_matrix* confusion = nullptr;
  const evaluation_timeline* timeline = nullptr;
  learn::ranking_quality* ranking = nullptr;
  time_point written{};

  [[nodiscard]] std::string html() const;
};

}  // namespace netanomaly::program
