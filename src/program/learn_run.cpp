// SPDX-License-Identifier: Apache-2.0
#include "learn_run.hpp"

#include "interruption.hpp"
#include "text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <utility>

namespace netanomaly::program {

using json = nlohmann::ordered_json;

result<learn_setup> set_up(const learn_options& o) {
  std::string kind = learner_kind(o.kind);
  std::optional<trained_model> model;
  if (!o.from.empty()) {
    auto read = trained_model::read(o.from, o.memory_limit);
    if (!read) return unexpected(std::move(read).error());
    if (kind != read->kind())
      return unexpected(
          error(fmt::format("{}: is a model of {}, and KIND is {}", printable(o.from), read->kind(), kind)));
    if (!o.set.empty()) return unexpected(error("--set: the parameters of a model that goes on (--from) stay"));
    if (!o.label.empty() && o.label != read->schema().label)
      return unexpected(error(fmt::format("--label: the label of {} is {}", printable(o.from),
                                          read->schema().label.empty() ? "none" : printable(read->schema().label))));
    model.emplace(*std::move(read));
  }
  const auto classifies = is_classifier(kind);
  if (!classifies) return unexpected(classifies.error());
  if (o.input.empty()) return unexpected(error("expected a FILE, or - for standard input"));
  if (*classifies && o.label.empty() && !model)
    return unexpected(error(fmt::format("{}: expected --label COLUMN, the classes to learn", kind)));
  if (o.label.empty() && !(o.positive.empty() && o.classes.empty()))
    return unexpected(error(fmt::format("{}: goes with --label", o.classes.empty() ? "--positive" : "--classes")));
  auto table = csv_reader::open(o.input);
  if (!table) return unexpected(std::move(table).error());
  if (model) return learn_setup{*std::move(table), *std::move(model), std::nullopt, 0};

  auto seen = inspect(*table, o, *classifies);
  if (!seen) return unexpected(std::move(seen).error());
  auto made = trained_model::make(kind, seen->schema, o.set);
  if (!made) return unexpected(std::move(made).error());
  if (made->memory_bytes() > o.memory_limit)
    return unexpected(error(fmt::format("--memory-limit: the model takes {}, the limit is {}",
                                        octets_text(static_cast<double>(made->memory_bytes())),
                                        octets_text(static_cast<double>(o.memory_limit)))));
  const std::uint64_t held = table->file().regular() ? 0 : seen->rows;
  return learn_setup{*std::move(table), *std::move(made), *std::move(seen), held};
}

result<void> for_each_row(csv_reader& table, row_encoder& rows, bool remember, row_counts& counts, std::uint64_t held,
                          const std::function<result<void>()>& take) {
  if (auto columns = rows.begin(table); !columns) return columns;
  std::error_code ignored;
  const auto size = table.file().regular() ? std::filesystem::file_size(table.path(), ignored) : 0;
  progress shown(ignored ? 0 : size, "rows");
  const auto start = std::chrono::steady_clock::now();
  result<void> done;
  while (done) {
    const auto any = table.next();
    if (interruption::signal() != 0 && (!any || table.row() > held)) break;  // it may have cut the input off
    if (!any) done = unexpected(any.error());
    if (!any || !*any) break;
    done = rows.encode(table, remember);
    if (!done) break;
    ++counts.rows;
    done = take();
    if (counts.rows % 256 == 0) shown.update(table.path(), table.file().consumed(), counts.rows);
  }
  counts.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return done;
}

namespace {

std::string values_text(const column_summary& c) {
  if (c.what == column_summary::role::left_out) return c.why;
  if (c.what == column_summary::role::numeric)
    return c.low <= c.high ? fmt::format("{:.6g} to {:.6g}", c.low, c.high) : std::string("none is finite");
  std::string text;
  std::size_t shown = 0;
  for (const auto& [value, count] : c.values) {
    std::string one = shortened(printable(value), 24);
    if (c.what == column_summary::role::label) one += fmt::format(" ({})", grouped(count));
    if (shown > 0 && text.size() + one.size() > 60) break;
    text += (shown++ > 0 ? ", " : "") + one;
  }
  if (shown < c.values.size()) text += ", ...";
  return fmt::format("{}: {}", grouped(c.values.size()), text);
}

}  // namespace

std::string columns_text(const inspection& seen) {
  std::size_t width = 6;
  for (const column_summary& c : seen.columns)
    width = std::max(width, std::min<std::size_t>(printable(c.name).size(), 32));
  std::string text = fmt::format("{:<{}}  {:<8}  {:>9}  {}\n", "COLUMN", width, "TYPE", "MISSING", "VALUES");
  for (const column_summary& c : seen.columns)
    text += fmt::format("{:<{}}  {:<8}  {:>9}  {}\n", shortened(printable(c.name), 32), width, to_text(c.what),
                        grouped(c.missing), values_text(c));
  text += fmt::format("\nTypes are those of {} {}.", seen.all ? "all" : "the first", counted(seen.rows, "row", "rows"));
  if (const std::string positive = seen.schema.positive_text(); !positive.empty())
    text += fmt::format(" Positive, an anomaly: {}.", shortened(positive, 200));
  return text + "\n";
}

json columns_json(const trained_model& model, const std::optional<inspection>& seen) {
  json columns = json::array();
  if (seen) {
    for (const column_summary& c : seen->columns) {
      json one{{"name", c.name},
               {"type", c.what == column_summary::role::left_out ? "left_out" : to_text(c.what)},
               {"missing", c.missing}};
      if (c.what == column_summary::role::numeric) {
        one["low"] = json_number(c.low);
        one["high"] = json_number(c.high);
      } else if (c.what == column_summary::role::left_out) {
        one["why"] = c.why;
      } else {
        json values = json::object();
        for (const auto& [value, count] : c.values) values[value] = count;
        one["values"] = std::move(values);
      }
      columns.push_back(std::move(one));
    }
    return columns;
  }
  for (const row_column& c : model.schema().columns)
    columns.push_back({{"name", c.name}, {"type", c.type == column_type::numeric ? "numeric" : "nominal"}});
  return columns;
}

std::string gaps_text(const trained_model& model, const row_encoder& rows, const row_counts& counts) {
  std::string text;
  const auto add = [&](std::uint64_t count, const std::string& line) {
    if (count > 0) text += line + "\n";
  };
  for (std::size_t i = 0; i < model.schema().columns.size(); ++i) {
    const std::string name = printable(model.schema().columns[i].name);
    if (model.classifies())
      add(rows.unknown()[i], fmt::format("Column {}: {} not known and taken as missing.", name,
                                         counted(rows.unknown()[i], "value was", "values were")));
  }
  add(counts.without_label, fmt::format("{} without a label.", counted(counts.without_label, "row was", "rows were")));
  add(counts.rejected, fmt::format("{} rejected.", counted(counts.rejected, "row was", "rows were")));
  return text;
}

json parameters_json(const trained_model& model) {
  json all = json::object();
  for (const parameter_info& p : model.parameters())
    if (p.name != "features" && p.name != "classes" && p.name != "cardinalities") all[std::string(p.name)] = p.value;
  return all;
}

json json_number(double number) {
  if (std::isnan(number)) return nullptr;
  constexpr double most = std::numeric_limits<double>::max();
  return std::clamp(number, -most, most);
}

std::string json_line(const json& object) { return object.dump(-1, ' ', true, json::error_handler_t::replace) + "\n"; }

}  // namespace netanomaly::program
