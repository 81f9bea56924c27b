// SPDX-License-Identifier: Apache-2.0
#include "score_command.hpp"

#include "interruption.hpp"
#include "learn_run.hpp"
#include "text.hpp"

#include <netanomaly/core/verdict.hpp>
#include <netanomaly/learn/evaluation.hpp>
#include <netanomaly/learn/hoeffding_tree.hpp>

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <queue>
#include <vector>

namespace netanomaly::program {

namespace {

using json = nlohmann::ordered_json;
constexpr std::size_t explained_columns = 5;

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (end > 0) lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

/// A row of the table: what stands out the most comes first.
struct shown_row {
  double weight = 0;
  std::uint64_t row = 0, line = 0;
  std::string what;
  std::vector<std::string> why;
  friend bool operator<(const shown_row& a, const shown_row& b) {  // the queue's top is the one to leave first
    return a.weight != b.weight ? a.weight > b.weight : a.row < b.row;
  }
};

class score_run {
 public:
  explicit score_run(const learn_options& options) : o_(options) {}

  result<int> run() {
    if (o_.model.empty()) return unexpected(error("score: expected --model FILE, as netanomaly train writes it"));
    if (o_.input.empty()) return unexpected(error("score: expected DATA, or - for standard input"));
    auto read = trained_model::read(o_.model, o_.memory_limit);
    if (!read) return unexpected(std::move(read).error());
    trained_model& model = *read;
    auto out = output::open(o_.output);
    if (!out) return unexpected(std::move(out).error());
    auto table = csv_reader::open(o_.input);
    if (!table) return unexpected(std::move(table).error());
    interruption::watch();
    distribution_.resize(model.schema().classes.size());
    per_class_.resize(distribution_.size());
    confusion_ = learn::confusion_matrix(distribution_.size());
    for (const std::string& name : model.schema().classes) quoted_.push_back(quoted(name));
    const auto scored = for_each_row(*table, model.rows(), false, counts_, 0, [&]() -> result<void> {
      if (model.classifies())
        classify(model, *table);
      else
        judge(model, *table);
      if (pending_.size() > (std::size_t{1} << 16) || (!table->file().regular() && table->waits())) {
        out->write(pending_);
        out->flush();
        pending_.clear();
      }
      return {};
    });
    out->write(pending_);
    if (!scored) {
      (void)out->close();  // what came before the mistake has been judged
      return unexpected(scored.error());
    }
    const std::string about = summary(model);
    if (o_.json_lines) {
      if (isatty(STDERR_FILENO) != 0) fmt::print(stderr, "{}", about);
    } else {
      out->write(rows_text(model) + about);
    }
    if (auto closed = out->close(); !closed) return unexpected(std::move(closed).error());
    if (const int signal = interruption::signal(); signal != 0) return 128 + signal;
    return o_.fail_on_anomaly && anomalous_ > 0 ? 1 : 0;
  }

 private:
  [[nodiscard]] static std::string quoted(std::string_view text) {
    return nlohmann::json(text).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
  }
  void append(double number) {
    if (std::isnan(number))
      pending_ += "null";
    else
      fmt::format_to(std::back_inserter(pending_), "{}", json_number(number).get<double>());
  }

  void judge(trained_model& model, const csv_reader& table) {
    row_encoder& rows = model.rows();
    const verdict v = model.score(rows.row());
    counts_.rejected += v.state == verdict::status::rejected ? 1 : 0;
    judged_ += v.state == verdict::status::judged ? 1 : 0;
    anomalous_ += v.anomalous ? 1 : 0;
    if (!rows.label().empty() && !model.schema().marked.empty())
      ranking_.add(v.score, model.schema().positive(rows.label()));
    if (o_.json_lines) {
      fmt::format_to(std::back_inserter(pending_), R"({{"row":{},"score":)", table.row());
      append(v.score);
      pending_ += v.anomalous ? R"(,"anomalous":true)" : R"(,"anomalous":false)";
      if (o_.explain) {
        pending_ += R"(,"explanation":[)";
        bool first = true;
        if (v.state == verdict::status::judged)
          for (const auto& [column, share] : model.explain_score(rows.row())) {
            pending_ += first ? R"({"column":)" : R"(,{"column":)";
            first = false;
            pending_ += quoted(model.schema().columns[column].name);
            pending_ += R"(,"value":)";
            pending_ += quoted(rows.cell(table, column));
            pending_ += R"(,"share":)";
            append(share);
            pending_ += '}';
          }
        pending_ += ']';
      }
      pending_ += "}\n";
      return;
    }
    if (v.state != verdict::status::judged || !stands_out(v.score)) return;
    shown_row shown{.weight = v.score, .row = table.row(), .line = table.line(), .what = {}, .why = {}};
    shown.what = fmt::format("{:>11.4f}  {}", v.score, v.anomalous ? "anomalous" : "");
    if (o_.explain) {
      std::string why;
      std::size_t n = 0;
      for (const auto& [column, share] : model.explain_score(rows.row()))
        if (share > 0 && n++ < explained_columns)
          why += fmt::format("{}{} = {} ({:+.2f})", why.empty() ? "" : ", ",
                             printable(model.schema().columns[column].name),
                             printable(shortened(rows.cell(table, column), 24)), share);
      if (!why.empty()) shown.why = {why};
    }
    show(std::move(shown));
  }

  void classify(trained_model& model, const csv_reader& table) {
    row_encoder& rows = model.rows();
    const std::uint32_t c = model.predict(rows.row());
    if (c == learn::no_class) {
      ++counts_.rejected;
      if (o_.json_lines)
        fmt::format_to(std::back_inserter(pending_), "{{\"row\":{},\"label\":null,\"distribution\":null}}\n",
                       table.row());
      return;
    }
    ++judged_;
    ++per_class_[c];
    if (const auto label = rows.label_class(table); label) confusion_.add(*label, c);
    model.predict(rows.row(), distribution_);
    if (o_.json_lines) {
      fmt::format_to(std::back_inserter(pending_), R"({{"row":{},"label":{},"distribution":{{)", table.row(),
                     quoted_[c]);
      for (std::size_t k = 0; k < distribution_.size(); ++k) {
        pending_ += k > 0 ? "," : "";
        pending_ += quoted_[k];
        pending_ += ':';
        append(distribution_[k]);
      }
      pending_ += '}';
      if (o_.explain) {
        pending_ += R"(,"explanation":[)";
        bool first = true;
        for (const std::string& line : lines_of(model.explain_class(rows.row()))) {
          pending_ += first ? "" : ",";
          first = false;
          pending_ += quoted(line);
        }
        pending_ += ']';
      }
      pending_ += "}\n";
      return;
    }
    const double sure = distribution_[c];
    if (!stands_out(-sure)) return;
    shown_row shown{.weight = -sure, .row = table.row(), .line = table.line(), .what = {}, .why = {}};
    shown.what = fmt::format("{:>11.4f}  {}", sure, printable(model.schema().classes[c]));
    if (o_.explain) shown.why = lines_of(model.explain_class(rows.row()));
    show(std::move(shown));
  }

  [[nodiscard]] std::size_t most() const noexcept { return o_.top.value_or(20); }
  [[nodiscard]] bool stands_out(double weight) const { return shown_.size() < most() || weight > shown_.top().weight; }
  void show(shown_row row) {
    if (shown_.size() == most()) shown_.pop();
    shown_.push(std::move(row));
  }

  [[nodiscard]] std::string rows_text(const trained_model& model) {
    std::vector<shown_row> all;
    for (; !shown_.empty(); shown_.pop()) all.push_back(shown_.top());
    std::reverse(all.begin(), all.end());
    if (all.empty()) return {};
    std::string text =
        fmt::format("{:>10}  {:>10}  {:>11}", "ROW", "LINE", model.classifies() ? "PROBABILITY" : "SCORE");
    text += model.classifies() ? "  LABEL\n" : "\n";
    for (const shown_row& r : all) {
      std::string line = fmt::format("{:>10}  {:>10}  {}", grouped(r.row), grouped(r.line), r.what);
      line.resize(line.find_last_not_of(' ') + 1);
      text += line + "\n";
      for (const std::string& why : r.why) text += fmt::format("{:>22}  {}\n", "", why);
    }
    if (all.size() < judged_)
      text += fmt::format("{}\n", model.classifies() ? fmt::format("The {} least certain of {}; --top N shows more.",
                                                                   all.size(), counted(judged_, "row", "rows"))
                                                     : fmt::format("The {} highest scores of {}; --top N shows more.",
                                                                   all.size(), counted(judged_, "row", "rows")));
    return text + "\n";
  }

  [[nodiscard]] std::string summary(trained_model& model) {
    std::string text = fmt::format("{} by {}", counted(counts_.rows, "row", "rows"), model.kind());
    if (model.classifies()) {
      std::string classes;
      for (std::size_t c = 0; c < per_class_.size(); ++c)
        if (per_class_[c] > 0)
          classes += fmt::format("{}{} {}", classes.empty() ? ": " : ", ", grouped(per_class_[c]),
                                 printable(model.schema().classes[c]));
      text += classes + ".\n";
      if (confusion_.rows() > 0)
        text += fmt::format("Of {} with a label {:.2f} % are right, kappa {:.4f}.\n",
                            counted(confusion_.rows(), "row", "rows"), 100 * confusion_.accuracy(), confusion_.kappa());
    } else {
      text += fmt::format(": {} judged, {} anomalous", grouped(judged_), grouped(anomalous_));
      if (const auto threshold = model.threshold()) text += fmt::format(" (score above {:g})", *threshold);
      text += ".\n";
      if (const double auc = ranking_.auc().value; !std::isnan(auc))
        text += fmt::format("By the labels ({} {}): area under the curve {:.4f}, average precision {:.4f}.\n",
                            grouped(ranking_.positives()), shortened(model.schema().positive_text(), 60), auc,
                            ranking_.average_precision().value);
      if (judged_ == 0 && counts_.rows > counts_.rejected)
        text += "The model cannot judge yet: it has seen too few rows (its window is not full).\n";
    }
    text += gaps_text(model, model.rows(), counts_);
    if (const auto& unused = model.rows().unused(); !unused.empty()) {
      std::string names;
      for (const std::string& name : unused) names += (names.empty() ? "" : ", ") + printable(name);
      text += fmt::format("Columns that the model does not have: {}.\n", shortened(names, 300));
    }
    return text;
  }

  const learn_options& o_;
  row_counts counts_;
  std::uint64_t judged_ = 0, anomalous_ = 0;
  std::vector<double> distribution_;
  std::vector<std::uint64_t> per_class_;
  std::vector<std::string> quoted_;
  learn::confusion_matrix confusion_{0};
  learn::ranking_quality ranking_;
  std::string pending_;
  std::priority_queue<shown_row> shown_;
};

}  // namespace

int run_score(const learn_options& options) {
  const result<int> code = score_run(options).run();
  if (code) return *code;
  fmt::print(stderr, "netanomaly: {}\n", code.error().message());
  return 2;
}

}  // namespace netanomaly::program
