// SPDX-License-Identifier: Apache-2.0
#include "learn_options.hpp"

#include "text.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <charconv>

namespace netanomaly::program {

namespace {

constexpr const char* group_input = "Input";
constexpr const char* group_output = "Output";
constexpr const char* group_learning = "Learning";

/// "a,b" and repeated options, all into one list.
void add_names(CLI::App& app, const char* name, std::vector<std::string>& names, const char* text, const char* type) {
  app.add_option_function<std::vector<std::string>>(
         name,
         [&names](const std::vector<std::string>& values) {
           for (const std::string& value : values)
             for (std::size_t at = 0; at <= value.size();) {
               const std::size_t comma = std::min(value.find(',', at), value.size());
               if (comma > at) names.push_back(value.substr(at, comma - at));
               at = comma + 1;
             }
         },
         text)
      ->type_name(type)
      ->allow_extra_args(false)
      ->group(group_input);
}

void add_kind(CLI::App& app, learn_options& o) {
  app.add_option("KIND", o.kind,
                 "What learns: a classifier (hoeffding_tree) or a detector that needs no labels (half_space_trees); "
                 "netanomaly --list-detectors has them all, with their parameters.")
      ->type_name("KIND")
      ->group(group_learning);
}
void add_file(CLI::App& app, learn_options& o) {
  app.add_option("FILE", o.input,
                 "A table with a header, as CSV (commas, semicolons or tabs), plain or packed by gzip or zstd; - is "
                 "standard input. Empty cells, -, ?, NA, NaN and null are missing values.")
      ->type_name("FILE|-")
      ->group(group_input);
}
void add_columns(CLI::App& app, learn_options& o) {
  add_names(app, "--ignore", o.ignored, "Columns that are left out, such as times and identifiers; may be repeated.",
            "COLUMN[,COLUMN...]");
  add_names(app, "--numeric", o.numeric, "Columns that hold numbers: a cell that is none is an error.",
            "COLUMN[,COLUMN...]");
  add_names(app, "--nominal", o.nominal,
            "Columns whose cells are names, even where they look like numbers (ports, codes) or are many.",
            "COLUMN[,COLUMN...]");
  app.add_option_function<std::string>(
         "--inspect",
         [&o](const std::string& text) {
           std::uint64_t rows = 0;
           const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), rows);
           if (code != std::errc() || end != text.data() + text.size() || rows == 0)
             throw CLI::ValidationError("--inspect",
                                        fmt::format("expected a whole number above 0, got '{}'", printable(text)));
           o.inspected = rows;
         },
         "Tell types, values and classes from so many rows. The default is all rows of a file, which is then read "
         "twice, and 10,000 of standard input or a pipe, which are held until then.")
      ->type_name("ROWS")
      ->group(group_input);
}
void add_label(CLI::App& app, learn_options& o, const char* text) {
  app.add_option("--label", o.label, text)->type_name("COLUMN")->group(group_input);
  add_names(app, "--classes", o.classes,
            "All values that the label may have, where the rows that are inspected do not have them all.",
            "NAME[,NAME...]");
  add_names(app, "--positive", o.positive,
            "Labels that stand for anomalies. The default is 1, true or yes where the labels are 0 and 1, false and "
            "true, no and yes; else all but the most frequent.",
            "NAME[,NAME...]");
}
void add_set(CLI::App& app, learn_options& o) {
  app.add_option_function<std::vector<std::string>>(
         "--set",
         [&o](const std::vector<std::string>& values) {
           for (const std::string& text : values) {
             const std::size_t equals = text.find('=');
             if (equals == std::string::npos || equals == 0)
               throw CLI::ValidationError("--set", fmt::format("expected NAME=VALUE, got '{}'", printable(text)));
             o.set.emplace_back(text.substr(0, equals), text.substr(equals + 1));
           }
         },
         "A parameter of what learns; may be repeated. What follows from the columns is set by itself.")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false)
      ->group(group_learning);
}
void add_memory(CLI::App& app, learn_options& o) {
  app.add_option_function<std::string>(
         "--memory-limit",
         [&o](const std::string& text) {
           const auto octets = parse_octets(text);
           if (!octets) throw CLI::ValidationError("--memory-limit", octets.error().message());
           o.memory_limit = *octets;
         },
         "A model that would hold more is refused. The default is 4GiB.")
      ->type_name("SIZE")
      ->group(group_learning);
}
void add_output(CLI::App& app, learn_options& o) {
  app.add_option_function<std::string>(
         "--format",
         [&o](const std::string& text) {
           if (text != "table" && text != "jsonl")
             throw CLI::ValidationError("--format", fmt::format("expected table or jsonl, got '{}'", printable(text)));
           o.json_lines = text == "jsonl";
         },
         "A table for people, or one JSON object a line for programs. The default is table.")
      ->type_name("table|jsonl")
      ->group(group_output);
  app.add_flag_callback(
         "--jsonl", [&o] { o.json_lines = true; }, "The same as --format jsonl.")
      ->group(group_output);
  app.add_option("-o,--output", o.output, "Write there instead of to standard output.")
      ->type_name("FILE")
      ->group(group_output);
}
void add_from(CLI::App& app, learn_options& o) {
  app.add_option("--from", o.from, "Go on with this model instead of a new one; its columns and parameters stay.")
      ->type_name("FILE")
      ->group(group_learning);
}

}  // namespace

void define_train(CLI::App& app, learn_options& o) {
  add_kind(app, o);
  add_file(app, o);
  add_label(app, o,
            "The column that holds the class of each row. Detectors do not learn it; it only stays out of the row.");
  add_columns(app, o);
  app.add_option("--model", o.model, "Where the model goes; it is replaced whole or not at all.")
      ->type_name("FILE")
      ->group(group_output);
  add_output(app, o);
  add_set(app, o);
  add_from(app, o);
  add_memory(app, o);
}

void define_score(CLI::App& app, learn_options& o) {
  app.add_option("--model", o.model, "The model, as netanomaly train writes it.")
      ->type_name("FILE")
      ->group(group_input);
  app.add_option("DATA", o.input,
                 "A table with the columns of the model, in any order, as train reads it; others are left out, also "
                 "the label.")
      ->type_name("FILE|-")
      ->group(group_input);
  add_output(app, o);
  app.add_flag("--explain", o.explain,
               "Say why: the columns that make a row unusual, or the questions that led to a class.")
      ->group(group_output);
  app.add_option_function<std::string>(
         "--top",
         [&o](const std::string& text) {
           std::size_t count = 0;
           const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), count);
           if (code != std::errc() || end != text.data() + text.size() || count == 0)
             throw CLI::ValidationError("--top",
                                        fmt::format("expected a whole number above 0, got '{}'", printable(text)));
           o.top = count;
         },
         "How many rows the table shows: those with the highest scores, or the least certain classes. The default is "
         "20.")
      ->type_name("N")
      ->group(group_output);
  app.add_flag("--fail-on-anomaly", o.fail_on_anomaly, "Exit with 1 when a row is anomalous (detectors).")
      ->group(group_output);
  add_memory(app, o);
}

void define_evaluate(CLI::App& app, learn_options& o) {
  add_kind(app, o);
  add_file(app, o);
  add_label(app, o,
            "The column that holds the class of each row. Detectors do not learn it: it only says who is right.");
  add_columns(app, o);
  add_output(app, o);
  app.add_flag("--all-rows", o.all_rows, "With --jsonl: a line a row before the line of the whole.")
      ->group(group_output);
  app.add_option("--report", o.report, "Write one self-contained HTML page with plots over time; it opens offline.")
      ->type_name("FILE.html")
      ->group(group_output);
  add_set(app, o);
  add_from(app, o);
  add_memory(app, o);
}

}  // namespace netanomaly::program
