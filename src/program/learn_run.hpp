// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "learn_model.hpp"
#include "learn_options.hpp"
#include "learn_schema.hpp"
#include "output.hpp"
#include "progress.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

/// What train, score and evaluate have in common.
namespace netanomaly::program {

/// A table, and the model that its rows meet: a new one, or the one of --from.
struct learn_setup {
  csv_reader table;
  trained_model model;
  std::optional<inspection> seen;  ///< of a new one
  std::uint64_t held = 0;          ///< rows of a pipe that the types were told from
};
/// Reads the header, tells the types, makes the model.
[[nodiscard]] result<learn_setup> set_up(const learn_options& options);

/// How the rows of a table went.
struct row_counts {
  std::uint64_t rows = 0;
  std::uint64_t without_label = 0;
  std::uint64_t rejected = 0;  ///< by the learner
  double seconds = 0;          ///< reading included

  [[nodiscard]] double rate() const noexcept { return seconds > 0 ? static_cast<double>(rows) / seconds : 0; }
};

/// Calls `take` for each row of `table`, encoded, until its end or an interruption. The first error of `take`, or of
/// the table, ends it.
[[nodiscard]] result<void> for_each_row(csv_reader& table, row_encoder& rows, bool remember, row_counts& counts,
                                        std::uint64_t held, const std::function<result<void>()>& take);

/// "COLUMN TYPE MISSING VALUES", a line a column, and what is an anomaly.
[[nodiscard]] std::string columns_text(const inspection& seen);
[[nodiscard]] nlohmann::ordered_json columns_json(const trained_model& model, const std::optional<inspection>& seen);
/// What was missing or not known in the rows, a line each; empty where nothing was.
[[nodiscard]] std::string gaps_text(const trained_model& model, const row_encoder& rows, const row_counts& counts);
/// Those parameters that the columns do not fix.
[[nodiscard]] nlohmann::ordered_json parameters_json(const trained_model& model);
/// As JSON has it: null for what is no number, the greatest double for infinities.
[[nodiscard]] nlohmann::ordered_json json_number(double number);
/// Ends a line of JSON: foreign bytes are replaced where they are no text.
[[nodiscard]] std::string json_line(const nlohmann::ordered_json& object);

}  // namespace netanomaly::program
