// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "learn_schema.hpp"

#include <netanomaly/core/params.hpp>
#include <netanomaly/core/result.hpp>
#include <netanomaly/core/state.hpp>
#include <netanomaly/core/verdict.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace netanomaly::program {

/// The kind's full name: hyphens and short names (hst, rcf, vfdt) are accepted.
[[nodiscard]] std::string learner_kind(std::string kind);
/// Whether that kind is a learner of classes, or a detector of rows; an error that lists all where it is neither.
[[nodiscard]] result<bool> is_classifier(std::string_view kind);

/// A learner or detector with the columns that it takes: what a model file holds.
class trained_model {
 public:
  /// An error names the parameter, its value and what would do.
  [[nodiscard]] static result<trained_model> make(std::string_view kind, row_schema schema,
                                                  const std::vector<std::pair<std::string, std::string>>& set);
  [[nodiscard]] static result<trained_model> load(state_reader& in);
  void save(state_writer& out) const;

  /// A file of them, all of it. An error names the file and says what is wrong.
  [[nodiscard]] static result<trained_model> read(const std::string& path, std::uint64_t memory_limit);

  trained_model(const trained_model&) = delete;
  trained_model& operator=(const trained_model&) = delete;
  trained_model(trained_model&& other) noexcept;
  trained_model& operator=(trained_model&& other) noexcept;
  ~trained_model();

  [[nodiscard]] const row_schema& schema() const noexcept;
  [[nodiscard]] row_encoder& rows() noexcept;
  [[nodiscard]] std::string_view kind() const noexcept;
  [[nodiscard]] std::vector<parameter_info> parameters() const;
  [[nodiscard]] std::size_t memory_bytes() const noexcept;
  [[nodiscard]] std::uint64_t learned() const noexcept;  ///< rows, by this and the models before it
  void count_learned() noexcept;

  /// Whether rows get classes; else they get scores.
  [[nodiscard]] bool classifies() const noexcept;
  // Of a classifier.
  [[nodiscard]] std::uint32_t predict(std::span<const double> row) const noexcept;
  void predict(std::span<const double> row, std::span<double> distribution) const;
  std::uint32_t update(std::span<const double> row, std::uint32_t label);
  /// The path to the class, a question a line; empty where the kind does not say.
  [[nodiscard]] std::string explain_class(std::span<const double> row) const;
  // Of a detector.
  [[nodiscard]] verdict score(std::span<const double> row) const;
  verdict update(std::span<const double> row);
  /// What each column adds to the score, the most first; empty where the kind does not say.
  [[nodiscard]] std::vector<std::pair<std::size_t, double>> explain_score(std::span<const double> row) const;
  [[nodiscard]] std::optional<double> threshold() const;

 private:
  struct content;
  explicit trained_model(std::unique_ptr<content> c) noexcept;
  std::unique_ptr<content> content_;
};

}  // namespace netanomaly::program
