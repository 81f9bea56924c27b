// SPDX-License-Identifier: Apache-2.0
#include "evaluate_command.hpp"

#include "evaluate_report.hpp"
#include "interruption.hpp"
#include "learn_run.hpp"
#include "text.hpp"

#include <netanomaly/core/verdict.hpp>
#include <netanomaly/learn/evaluation.hpp>
#include <netanomaly/learn/hoeffding_tree.hpp>

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <optional>
#include <vector>

namespace netanomaly::program {

namespace {

using json = nlohmann::ordered_json;

// What run() makes first stands in optionals: it cannot be made with the object.
// NOLINTBEGIN(bugprone-unchecked-optional-access)
class evaluate_run {
 public:
  explicit evaluate_run(const learn_options& options) : o_(options) {}

  result<int> run() {
    if (o_.label.empty() && o_.from.empty())
      return unexpected(error("evaluate: expected --label COLUMN, which says who is right"));
    if (o_.all_rows && !o_.json_lines) return unexpected(error("--all-rows: goes with --jsonl"));
    auto out = output::open(o_.output);
    if (!out) return unexpected(std::move(out).error());
    std::optional<output> page;
    if (!o_.report.empty()) {
      auto opened = output::open(o_.report);
      if (!opened) return unexpected(std::move(opened).error());
      page.emplace(*std::move(opened));
    }
    interruption::watch();
    auto ready = set_up(o_);
    if (!ready) return unexpected(std::move(ready).error());
    auto& [table, model, seen, held] = *ready;
    if (!o_.json_lines && seen) {
      out->write(columns_text(*seen) + "\n");
      out->flush();
    }
    classes_ = model.classifies() ? model.schema().classes : std::vector<std::string>{"normal", "anomaly"};
    confusion_ = learn::confusion_matrix(classes_.size());
    timeline_.emplace(classes_.size());
    distribution_.resize(classes_.size());
    for (const std::string& name : model.schema().classes) positive_.push_back(model.schema().positive(name));
    ranks_ = !model.schema().marked.empty();

    const auto done = for_each_row(table, model.rows(), true, counts_, held, [&]() -> result<void> {
      if (!model.rows().has_label())
        return unexpected(
            error(fmt::format("{}:1: expected the label's column, {}", table.name(), printable(model.schema().label))));
      result<evaluation_timeline::row> row = model.classifies() ? classify(model, table) : judge(model, table);
      if (!row) return unexpected(std::move(row).error());
      if (timeline_->add(*row) && page) timeline_->end_step(ranking_.auc().value, ranking_.average_precision().value);
      if (pending_.size() > (std::size_t{1} << 16) || (!pending_.empty() && !table.file().regular() && table.waits())) {
        out->write(pending_);
        out->flush();
        pending_.clear();
      }
      return {};
    });
    out->write(pending_);
    if (!done) {
      (void)out->close();  // what came before the mistake has been judged
      return unexpected(done.error());
    }
    const json figures = line(model, seen);
    out->write(o_.json_lines ? json_line(figures) : text(model));
    if (auto closed = out->close(); !closed) return unexpected(std::move(closed).error());
    if (page) {
      if (!timeline_->steps().empty()) timeline_->end_step(ranking_.auc().value, ranking_.average_precision().value);
      evaluation_page shown{.input = o_.input == "-" ? "standard input" : o_.input,
                            .kind = std::string(model.kind()),
                            .positive = model.schema().positive_text(),
                            .classifies = model.classifies(),
                            .classes = classes_,
                            .figures = figures,
                            .confusion = &confusion_,
                            .timeline = &*timeline_,
                            .ranking = &ranking_,
                            .written = std::chrono::time_point_cast<duration>(std::chrono::system_clock::now())};
      if (const auto threshold = model.threshold(); threshold && !model.classifies()) shown.threshold = *threshold;
      page->write(shown.html());
      if (auto closed = page->close(); !closed) return unexpected(std::move(closed).error());
    }
    const int signal = interruption::signal();
    return signal != 0 ? 128 + signal : 0;
  }

 private:
  void append(double number) {
    if (std::isnan(number))
      pending_ += "null";
    else
      fmt::format_to(std::back_inserter(pending_), "{}", json_number(number).get<double>());
  }
  [[nodiscard]] static std::string quoted(std::string_view text) {
    return nlohmann::json(text).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
  }

  /// A row that is judged, then learned.
  result<evaluation_timeline::row> judge(trained_model& model, const csv_reader& table) {
    const std::string_view label = model.rows().label();
    const verdict v = model.update(model.rows().row());
    evaluation_timeline::row row;
    row.score = v.score;
    counts_.rejected += v.state == verdict::status::rejected ? 1 : 0;
    waiting_ += v.state == verdict::status::warming_up ? 1 : 0;
    if (label.empty()) {
      ++counts_.without_label;
    } else {
      row.positive = model.schema().positive(label);
      row.label = row.positive ? 1 : 0;
      row.predicted = v.anomalous ? 1 : 0;
      row.judged = v.state == verdict::status::judged;
      if (row.judged) {
        confusion_.add(row.label, row.predicted);
        if (ranks_) ranking_.add(v.score, row.positive);
      }
    }
    if (o_.all_rows) {
      fmt::format_to(std::back_inserter(pending_), R"({{"row":{},"label":{},"score":)", table.row(),
                     label.empty() ? "null" : quoted(label));
      append(v.score);
      pending_ += v.anomalous ? ",\"anomalous\":true}\n" : ",\"anomalous\":false}\n";
    }
    return row;
  }
  result<evaluation_timeline::row> classify(trained_model& model, const csv_reader& table) {
    evaluation_timeline::row row;
    const std::span<const double> x = model.rows().row();
    const auto label = model.rows().label_class(table);
    if (!label) return unexpected(label.error());
    const std::uint32_t before = model.predict(x);
    if (before == learn::no_class) {
      ++counts_.rejected;
    } else {
      if (ranks_ || o_.all_rows) model.predict(x, distribution_);
      if (*label == learn::no_class) {
        ++counts_.without_label;
      } else {
        model.update(x, *label);
        row = {.judged = true, .positive = ranks_ && positive_[*label], .label = *label, .predicted = before};
        confusion_.add(*label, before);
        if (ranks_) {
          row.score = 0;
          for (std::size_t c = 0; c < positive_.size(); ++c) row.score += positive_[c] ? distribution_[c] : 0;
          ranking_.add(row.score, row.positive);
        }
      }
    }
    if (o_.all_rows) {
      const bool rejected = before == learn::no_class;
      fmt::format_to(std::back_inserter(pending_), R"({{"row":{},"label":{},"predicted":{},"distribution":)",
                     table.row(), *label == learn::no_class ? "null" : quoted(classes_[*label]),
                     rejected ? "null" : quoted(classes_[before]));
      pending_ += rejected ? "null" : "{";
      for (std::size_t c = 0; !rejected && c < classes_.size(); ++c) {
        pending_ += (c > 0 ? "," : "") + quoted(classes_[c]) + ":";
        append(distribution_[c]);
      }
      pending_ += rejected ? "}\n" : "}}\n";
    }
    return row;
  }

  json line(const trained_model& model, const std::optional<inspection>& seen) {
    const auto auc = ranking_.auc(), precision = ranking_.average_precision();
    json classes = json::array();
    for (std::size_t c = 0; c < classes_.size(); ++c)
      classes.push_back({{"name", classes_[c]},
                         {"rows", confusion_.labelled(c)},
                         {"predicted", confusion_.predicted(c)},
                         {"recall", json_number(confusion_.recall(c))},
                         {"precision", json_number(confusion_.precision(c))}});
    return {{"kind", model.kind()},
            {"rows", counts_.rows},
            {"judged", confusion_.rows()},
            {"not_ready", waiting_},
            {"without_label", counts_.without_label},
            {"rejected", counts_.rejected},
            {"accuracy", json_number(confusion_.accuracy())},
            {"kappa", json_number(confusion_.kappa())},
            {"positive", ranks_ ? json(model.schema().positive_text()) : json(nullptr)},
            {"positives", ranks_ ? json(ranking_.positives()) : json(nullptr)},
            {"auc", json_number(auc.value)},
            {"auc_error", auc.error},
            {"average_precision", json_number(precision.value)},
            {"average_precision_error", precision.error},
            {"seconds", counts_.seconds},
            {"rows_per_second", counts_.rate()},
            {"memory_bytes", model.memory_bytes()},
            {"interrupted", interruption::signal() != 0},
            {"classes", std::move(classes)},
            {"label", model.schema().label},
            {"columns", columns_json(model, seen)},
            {"parameters", parameters_json(model)}};
  }

  std::string text(trained_model& model) {
    const auto bounded = [](const learn::ranking_quality::figure& f) {
      if (std::isnan(f.value)) return std::string("not defined: there is one kind of rows only");
      return f.error > 0 ? fmt::format("{:.4f} (within {:.1g})", f.value, f.error) : fmt::format("{:.4f}", f.value);
    };
    const auto number = [](double x) { return std::isnan(x) ? std::string("not defined") : fmt::format("{:.4f}", x); };
    std::string text = fmt::format("{:<20}{}\n{:<20}{}, each judged, then learned\n", "learner", model.kind(), "rows",
                                   grouped(counts_.rows));
    if (confusion_.rows() < counts_.rows) text += fmt::format("{:<20}{}\n", "judged", grouped(confusion_.rows()));
    text += fmt::format("{:<20}{}\n{:<20}{}\n", "accuracy", number(confusion_.accuracy()), "kappa",
                        number(confusion_.kappa()));
    if (ranks_)
      text += fmt::format("{:<20}{}\n{:<20}{}\n{:<20}{}: {}\n", "area under curve", bounded(ranking_.auc()),
                          "average precision", bounded(ranking_.average_precision()), "positive",
                          shortened(model.schema().positive_text(), 60), counted(ranking_.positives(), "row", "rows"));
    text += fmt::format("{:<20}{}\n{:<20}{}\n\n", "rows a second", grouped(static_cast<std::uint64_t>(counts_.rate())),
                        "memory", octets_text(static_cast<double>(model.memory_bytes())));
    std::size_t width = 5;
    for (const std::string& name : classes_) width = std::max(width, std::min<std::size_t>(printable(name).size(), 32));
    text += fmt::format("{:<{}}  {:>10}  {:>10}  {:>9}  {:>9}\n", "CLASS", width, "ROWS", "PREDICTED", "RECALL",
                        "PRECISION");
    const auto share = [](double x) { return std::isnan(x) ? std::string("-") : fmt::format("{:.4f}", x); };
    for (std::size_t c = 0; c < classes_.size(); ++c)
      text += fmt::format("{:<{}}  {:>10}  {:>10}  {:>9}  {:>9}\n", shortened(printable(classes_[c]), 32), width,
                          grouped(confusion_.labelled(c)), grouped(confusion_.predicted(c)),
                          share(confusion_.recall(c)), share(confusion_.precision(c)));
    const std::string gaps = gaps_text(model, model.rows(), counts_);
    if (waiting_ > 0 || !gaps.empty()) text += "\n";
    if (waiting_ > 0)
      text += fmt::format("{} judged: they came first.\n", counted(waiting_, "row was not", "rows were not"));
    return text + gaps;
  }

  const learn_options& o_;
  row_counts counts_;
  std::uint64_t waiting_ = 0;
  std::vector<std::string> classes_;
  std::vector<bool> positive_;
  bool ranks_ = false;
  std::vector<double> distribution_;
  learn::confusion_matrix confusion_{0};
  learn::ranking_quality ranking_;
  std::optional<evaluation_timeline> timeline_;
  std::string pending_;
};
// NOLINTEND(bugprone-unchecked-optional-access)

}  // namespace

int run_evaluate(const learn_options& options) {
  const result<int> code = evaluate_run(options).run();
  if (code) return *code;
  fmt::print(stderr, "netanomaly: {}\n", code.error().message());
  return 2;
}

}  // namespace netanomaly::program
