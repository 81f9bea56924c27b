// SPDX-License-Identifier: Apache-2.0
#include "evaluate_report.hpp"

#include "embedded.hpp"
#include "page.hpp"
#include "text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>

namespace netanomaly::program {

namespace {

using json = nlohmann::ordered_json;

constexpr std::size_t curve_points = 400;
constexpr std::size_t matrix_classes = 20;  // beyond it a matrix is no longer read

json finite(double number) { return std::isfinite(number) ? json(number) : json(nullptr); }

void join(evaluation_timeline::step& into, const evaluation_timeline::step& from) {
  into.rows += from.rows;
  into.judged += from.judged;
  into.right += from.right;
  into.positives += from.positives;
  for (std::size_t c = 0; c < into.labelled.size(); ++c) {
    into.labelled[c] += from.labelled[c];
    into.predicted[c] += from.predicted[c];
  }
  into.scored += from.scored;
  into.score_sum += from.score_sum;
  into.score_most = std::max(into.score_most, from.score_most);
  into.positive_most = std::max(into.positive_most, from.positive_most);
  into.auc = from.auc;
  into.average_precision = from.average_precision;
}

}  // namespace

bool evaluation_timeline::add(const row& r) {
  if (steps_.empty() || steps_.back().rows == length_) {
    if (steps_.size() == most_steps) {
      for (std::size_t i = 0; i < most_steps / 2; ++i) {
        if (i > 0) steps_[i] = std::move(steps_[2 * i]);
        join(steps_[i], steps_[2 * i + 1]);
      }
      steps_.resize(most_steps / 2);
      length_ *= 2;
    }
    steps_.emplace_back();
    steps_.back().labelled.resize(classes_);
    steps_.back().predicted.resize(classes_);
  }
  step& s = steps_.back();
  ++s.rows;
  s.positives += r.positive ? 1 : 0;
  if (r.judged) {
    ++s.judged;
    s.right += r.label == r.predicted ? 1 : 0;
    if (classes_ > 0) {
      ++s.labelled[r.label];
      ++s.predicted[r.predicted];
    }
  }
  if (!std::isnan(r.score)) {
    double& most = r.positive ? s.positive_most : s.score_most;
    most = std::max(most, r.score);
    if (!r.positive) {
      ++s.scored;
      s.score_sum += r.score;
    }
  }
  return s.rows == length_;
}

void evaluation_timeline::end_step(double auc, double average_precision) noexcept {
  steps_.back().auc = auc;
  steps_.back().average_precision = average_precision;
}

std::string evaluation_page::html() const {
  json rows = json::array();
  for (const evaluation_timeline::step& s : timeline->steps())
    rows.push_back({{"rows", s.rows},
                    {"judged", s.judged},
                    {"right", s.right},
                    {"positives", s.positives},
                    {"labelled", s.labelled},
                    {"predicted", s.predicted},
                    {"mean", s.scored > 0 ? finite(s.score_sum / static_cast<double>(s.scored)) : json(nullptr)},
                    {"most", finite(s.score_most)},
                    {"positive_most", finite(s.positive_most)},
                    {"auc", finite(s.auc)},
                    {"average_precision", finite(s.average_precision)}});
  json points = json::array();
  for (const auto& p : ranking->curve(curve_points)) points.push_back({p.positives, p.negatives, finite(p.score)});
  json matrix = json::array();
  if (confusion->classes() <= matrix_classes)
    for (std::size_t label = 0; label < confusion->classes(); ++label) {
      json line = json::array();
      for (std::size_t predicted = 0; predicted < confusion->classes(); ++predicted)
        line.push_back(confusion->count(label, predicted));
      matrix.push_back(std::move(line));
    }
  const json data{{"version", version_text()},
                  {"written", std::chrono::duration<double, std::milli>(written.time_since_epoch()).count()},
                  {"input", input},
                  {"kind", kind},
                  {"classifies", classifies},
                  {"positive", positive},
                  {"classes", classes},
                  {"threshold", finite(threshold)},
                  {"figures", figures},
                  {"step", timeline->length()},
                  {"timeline", std::move(rows)},
                  {"positives", ranking->positives()},
                  {"negatives", ranking->negatives()},
                  {"curve", std::move(points)},
                  {"matrix", std::move(matrix)}};
  return assemble_page("Evaluation report", data, embedded::evaluate_js);
}

}  // namespace netanomaly::program
