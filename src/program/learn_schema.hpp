// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "csv_reader.hpp"
#include "learn_options.hpp"

#include <netanomaly/core/result.hpp>
#include <netanomaly/core/state.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

/// From the cells of a table to the rows of numbers that learners and detectors take.
namespace netanomaly::program {

struct text_hash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>()(text); }
};
template <class T>
using by_text = std::unordered_map<std::string, T, text_hash, std::equal_to<>>;

/// Whether a cell says that there is no value.
[[nodiscard]] bool is_missing(std::string_view cell) noexcept;
/// A number, all of the cell; infinities too.
[[nodiscard]] bool to_number(std::string_view cell, double& number) noexcept;

enum class column_type : std::uint8_t { numeric, nominal };

struct row_column {
  std::string name;
  column_type type = column_type::numeric;
  std::vector<std::string> values;  ///< of a nominal column that a classifier sees: what 0, 1, ... stand for
};

/// What of a table is learned, and as what.
struct row_schema {
  std::vector<row_column> columns;
  std::string label;                 ///< empty: there is none
  std::vector<std::string> classes;  ///< of a classifier: what its classes stand for
  std::vector<std::string>
      marked;  ///< labels that are anomalies or, where `marked_positive` is false, all that are not
  bool marked_positive = true;

  /// Whether a label stands for an anomaly.
  [[nodiscard]] bool positive(std::string_view text) const noexcept;
  /// "attack, scan" or "all but normal"; empty where there is no such thing.
  [[nodiscard]] std::string positive_text() const;

  void save(state_writer& out) const;
  [[nodiscard]] static result<row_schema> load(state_reader& in);
};

/// What was seen of a column, for people.
struct column_summary {
  enum class role : std::uint8_t { numeric, nominal, label, left_out };
  std::string name;
  role what = role::numeric;
  std::string why;  ///< it is left out
  std::uint64_t missing = 0;
  double low = 0, high = 0;
  std::vector<std::pair<std::string, std::uint64_t>> values;  ///< and how often; sorted
};
[[nodiscard]] std::string_view to_text(column_summary::role role) noexcept;

struct inspection {
  row_schema schema;
  std::vector<column_summary> columns;
  std::uint64_t rows = 0;
  bool all = true;  ///< rows were looked at
};
/// Tells types, values and classes from the rows of `table`, which is at its first row before and after.
[[nodiscard]] result<inspection> inspect(csv_reader& table, const learn_options& options, bool classifies);

/// Turns records into rows.
///
/// For a classifier a nominal cell is the number of its value; one that the schema does not have is missing, as an
/// empty cell is: NaN. Detectors take no missing values and see distances: for them a nominal cell is how rare it has
/// been so far, log2((n + 1) / (of these with this value + 1)) bits, and a missing number is the last one before it (0
/// where there was none). Infinite numbers are missing.
class row_encoder {
 public:
  row_encoder(const row_schema& schema, bool classifies);

  /// The columns of this table. An error names those that the schema has and the table lacks.
  [[nodiscard]] result<void> begin(const csv_reader& table);
  /// The row of the record that the table stands at. With `remember` it becomes part of what later cells are measured
  /// by. An error names line and column.
  [[nodiscard]] result<void> encode(const csv_reader& table, bool remember);

  [[nodiscard]] std::span<const double> row() const noexcept { return row_; }
  [[nodiscard]] bool has_label() const noexcept { return label_at_ != none; }
  /// The cell of the label; empty where it is missing.
  [[nodiscard]] std::string_view label() const noexcept { return label_; }
  /// The class of the label; no_class where it is missing. One that the schema does not have is an error.
  [[nodiscard]] result<std::uint32_t> label_class(const csv_reader& table) const;
  [[nodiscard]] std::string_view cell(const csv_reader& table, std::size_t column) const noexcept {
    return table.cells()[places_[column]];
  }

  [[nodiscard]] const std::vector<std::uint64_t>& missing() const noexcept { return missing_; }  ///< cells a column
  [[nodiscard]] const std::vector<std::uint64_t>& unknown() const noexcept { return unknown_; }  ///< values not known
  [[nodiscard]] const std::vector<std::string>& unused() const noexcept { return unused_; }  ///< columns of the table

  void save(state_writer& out) const;
  [[nodiscard]] bool load(state_reader& in);

 private:
  static constexpr std::size_t none = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t most_values = 65'536;

  /// Of a nominal column that a detector sees.
  struct frequencies {
    by_text<std::uint64_t> counts;
    std::uint64_t rows = 0;
  };

  const row_schema* schema_;
  bool classifies_;
  std::vector<std::size_t> places_;  // in the table
  std::size_t label_at_ = none;
  std::vector<by_text<std::uint32_t>> codes_;
  by_text<std::uint32_t> classes_;
  std::vector<frequencies> frequencies_;
  std::vector<double> last_;
  std::vector<double> row_;
  std::string_view label_;
  std::vector<std::uint64_t> missing_, unknown_;
  std::vector<std::string> unused_;
};

}  // namespace netanomaly::program
