// SPDX-License-Identifier: Apache-2.0
#include "train_command.hpp"

#include "files.hpp"
#include "interruption.hpp"
#include "learn_run.hpp"
#include "text.hpp"

#include <netanomaly/core/verdict.hpp>
#include <netanomaly/learn/hoeffding_tree.hpp>

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace netanomaly::program {

namespace {

using json = nlohmann::ordered_json;

/// Said before the work begins, not after it.
result<void> check_writable(const std::string& path) {
  const std::filesystem::path parent = std::filesystem::path(path).parent_path();
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored))
    return unexpected(error(fmt::format("{}: is a directory, expected a file for the model", printable(path))));
  if (::access(parent.empty() ? "." : parent.c_str(), W_OK | X_OK) == 0) return {};
  return unexpected(error(fmt::format("{}: cannot be written: {}", printable(path), std::strerror(errno))));
}

result<int> run(const learn_options& o) {
  if (o.model.empty()) return unexpected(error("train: expected --model FILE, where the model goes"));
  if (auto ok = check_writable(o.model); !ok) return unexpected(std::move(ok).error());
  auto out = output::open(o.output);
  if (!out) return unexpected(std::move(out).error());
  interruption::watch();
  auto ready = set_up(o);
  if (!ready) return unexpected(std::move(ready).error());
  auto& [table, model, seen, held] = *ready;
  if (!o.json_lines && seen) {
    out->write(columns_text(*seen) + "\n");
    out->flush();
  }

  row_counts counts;
  std::uint64_t right = 0, labelled = 0, judged = 0, anomalous = 0;
  row_encoder& rows = model.rows();
  auto learned = for_each_row(table, rows, true, counts, held, [&]() -> result<void> {
    if (!model.classifies()) {
      const verdict v = model.update(rows.row());
      if (v.state == verdict::status::rejected) {
        ++counts.rejected;
        return {};
      }
      model.count_learned();
      judged += v.state == verdict::status::judged ? 1 : 0;
      anomalous += v.anomalous ? 1 : 0;
      return {};
    }
    if (!rows.has_label())
      return unexpected(
          error(fmt::format("{}:1: expected the label's column, {}", table.name(), printable(model.schema().label))));
    const auto label = rows.label_class(table);
    if (!label) return unexpected(label.error());
    if (*label == learn::no_class) {
      ++counts.without_label;
      return {};
    }
    const std::uint32_t predicted = model.update(rows.row(), *label);
    if (predicted == learn::no_class) {
      ++counts.rejected;
      return {};
    }
    model.count_learned();
    ++labelled;
    right += predicted == *label ? 1 : 0;
    return {};
  });
  if (!learned) return unexpected(std::move(learned).error());
  const auto bytes = to_bytes(model);
  if (auto saved = replace_file(o.model, bytes, file_access::usual); !saved)
    return unexpected(std::move(saved).error());

  const int signal = interruption::signal();
  const double accuracy = labelled > 0 ? static_cast<double>(right) / static_cast<double>(labelled) : std::nan("");
  const bool too_few = !model.classifies() && judged == 0 && model.score(rows.row()).state != verdict::status::judged;
  if (o.json_lines) {
    json line{{"model", o.model},
              {"kind", model.kind()},
              {"rows", counts.rows},
              {"learned", model.learned()},
              {"without_label", counts.without_label},
              {"rejected", counts.rejected},
              {"accuracy_before_learning", json_number(accuracy)},
              {"ready", !too_few},
              {"interrupted", signal != 0},
              {"model_bytes", bytes.size()},
              {"memory_bytes", model.memory_bytes()},
              {"seconds", counts.seconds},
              {"rows_per_second", counts.rate()},
              {"label", model.schema().label.empty() ? json(nullptr) : json(model.schema().label)},
              {"classes", model.schema().classes},
              {"columns", columns_json(model, seen)},
              {"parameters", parameters_json(model)}};
    out->write(json_line(line));
  } else {
    std::string text =
        fmt::format("{} learned by {}{}, {} a second.\n", counted(counts.rows, "row", "rows"), model.kind(),
                    signal != 0 ? " before the interruption" : "", grouped(static_cast<std::uint64_t>(counts.rate())));
    text += gaps_text(model, rows, counts);
    if (labelled > 0)
      text += fmt::format("Right before learning: {:.2f} % of {}.\n", 100 * accuracy, counted(labelled, "row", "rows"));
    if (judged > 0)
      text += fmt::format("Anomalous when they came: {} of {} judged.\n", grouped(anomalous), grouped(judged));
    if (too_few) text += "It cannot judge yet: it has seen too few rows (its window is not full).\n";
    text += fmt::format("{}: {}, {} in memory.\n", printable(o.model), octets_text(static_cast<double>(bytes.size())),
                        octets_text(static_cast<double>(model.memory_bytes())));
    out->write(text);
  }
  if (auto closed = out->close(); !closed) return unexpected(std::move(closed).error());
  return signal != 0 ? 128 + signal : 0;
}

}  // namespace

int run_train(const learn_options& options) {
  const result<int> code = run(options);
  if (code) return *code;
  fmt::print(stderr, "netanomaly: {}\n", code.error().message());
  return 2;
}

}  // namespace netanomaly::program
