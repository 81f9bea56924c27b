// SPDX-License-Identifier: Apache-2.0
#include "learn_model.hpp"

#include "files.hpp"
#include "text.hpp"

#include <netanomaly/compose/builtin.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <variant>

namespace netanomaly::program {

namespace {

using compose::learners;
using compose::vector_detectors;
using row_view = std::span<const double>;

constexpr std::string_view record_kind = "trained_model";

/// What a detector of rows can do besides update(), by its type.
struct detector_calls {
  verdict (*score)(const vector_detectors::any&, row_view) = nullptr;
  bool (*explain)(const vector_detectors::any&, row_view, std::span<double>) = nullptr;
};
detector_calls calls_of(std::string_view kind) {
  detector_calls calls;
  vector_detectors::visit(kind, [&]<class D>() {
    static_assert(model<D>, "a trained model judges rows without learning them");
    calls.score = [](const vector_detectors::any& d, row_view row) { return d.template target<D>()->score(row); };
    if constexpr (requires(const D& d, std::span<double> shares) {
                    { d.explain(row_view(), shares) } -> std::convertible_to<bool>;
                  })
      calls.explain = [](const vector_detectors::any& d, row_view row, std::span<double> shares) {
        return static_cast<bool>(d.template target<D>()->explain(row, shares));
      };
  });
  return calls;
}

std::string value_of(const std::vector<parameter_info>& parameters, std::string_view name) {
  for (const parameter_info& p : parameters)
    if (p.name == name) return p.value;
  return {};
}

/// What follows from the columns: as many of these as the kind has.
std::vector<std::pair<std::string, std::string>> shape_of(const row_schema& schema,
                                                          const std::vector<parameter_info>& parameters) {
  std::vector<std::pair<std::string, std::string>> shape;
  const auto set = [&](std::string_view name, std::string value) {
    if (std::any_of(parameters.begin(), parameters.end(), [&](const auto& p) { return p.name == name; }))
      shape.emplace_back(name, std::move(value));
  };
  std::string cardinalities;
  for (const row_column& c : schema.columns)
    cardinalities += fmt::format("{}{}", cardinalities.empty() ? "" : ":",
                                 c.type == column_type::numeric ? 0 : std::max<std::size_t>(c.values.size(), 2));
  set("features", std::to_string(schema.columns.size()));
  set("classes", std::to_string(schema.classes.size()));
  set("cardinalities", std::move(cardinalities));
  return shape;
}

template <class List>
std::vector<parameter_info> parameters_of(std::string_view kind) {
  std::vector<parameter_info> parameters;
  List::visit(kind, [&]<class T>() { parameters = list_parameters<typename T::params>(); });
  return parameters;
}

}  // namespace

std::string learner_kind(std::string kind) {
  std::replace(kind.begin(), kind.end(), '-', '_');
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 7> aliases = {
      {{"ht", "hoeffding_tree"},
       {"vfdt", "hoeffding_tree"},
       {"hat", "hoeffding_adaptive_tree"},
       {"arf", "adaptive_forest"},
       {"hst", "half_space_trees"},
       {"half_space_forest", "half_space_trees"},
       {"rcf", "random_cut_forest"}}};
  for (const auto& [alias, name] : aliases)
    if (kind == alias) return std::string(name);
  return kind;
}

result<bool> is_classifier(std::string_view kind) {
  const auto among = [&](const auto& kinds) { return std::find(kinds.begin(), kinds.end(), kind) != kinds.end(); };
  if (among(learners::kinds)) return true;
  if (among(vector_detectors::kinds)) return false;
  std::string names;
  for (const std::string_view name : learners::kinds) names += (names.empty() ? "" : ", ") + std::string(name);
  for (const std::string_view name : vector_detectors::kinds) names += ", " + std::string(name);
  return unexpected(error(fmt::format(
      "KIND: {}; there are: {}",
      kind.empty() ? "expected what learns" : fmt::format("there is no learner '{}'", printable(kind)), names)));
}

struct trained_model::content {
  content(row_schema s, bool classifies) : schema(std::move(s)), rows(schema, classifies) {}

  row_schema schema;
  row_encoder rows;
  std::variant<std::monostate, learners::any, vector_detectors::any> machine;
  detector_calls calls;
  std::vector<std::vector<std::string>> values;  // of each column, for explanations
  std::vector<std::string> names;
  std::uint64_t learned = 0;

  [[nodiscard]] bool classifies() const noexcept { return machine.index() == 1; }
  [[nodiscard]] const learners::any& learner() const { return std::get<1>(machine); }
  [[nodiscard]] const vector_detectors::any& detector() const { return std::get<2>(machine); }
  template <class F>
  auto with(F&& f) const {
    return classifies() ? f(learner()) : f(detector());
  }
  void ready() {
    if (!classifies()) calls = calls_of(detector().kind());
    for (const row_column& c : schema.columns) {
      names.push_back(printable(c.name));
      values.emplace_back();
      for (const std::string& v : c.values) values.back().push_back(printable(v));
    }
  }
};

trained_model::trained_model(std::unique_ptr<content> c) noexcept : content_(std::move(c)) {}
trained_model::trained_model(trained_model&& other) noexcept = default;
trained_model& trained_model::operator=(trained_model&& other) noexcept = default;
trained_model::~trained_model() = default;

result<trained_model> trained_model::make(std::string_view kind, row_schema schema,
                                          const std::vector<std::pair<std::string, std::string>>& set) {
  const auto classifier = is_classifier(kind);
  if (!classifier) return unexpected(classifier.error());
  const auto shape =
      shape_of(schema, *classifier ? parameters_of<learners>(kind) : parameters_of<vector_detectors>(kind));
  std::vector<parameter_text> texts;
  for (const auto& [name, value] : shape) {
    if (std::any_of(set.begin(), set.end(), [&](const auto& s) { return s.first == name; }))
      return unexpected(error(fmt::format("--set: {} follows from the columns of the table", name)));
    texts.push_back({name, value});
  }
  for (const auto& [name, value] : set) texts.push_back({name, value});
  auto c = std::make_unique<content>(std::move(schema), *classifier);
  if (*classifier) {
    auto made = learners::make(kind, texts);
    if (!made) return unexpected(std::move(made).error());
    c->machine.emplace<1>(*std::move(made));
  } else {
    auto made = vector_detectors::make(kind, texts);
    if (!made) return unexpected(std::move(made).error());
    c->machine.emplace<2>(*std::move(made));
  }
  c->ready();
  return trained_model(std::move(c));
}

void trained_model::save(state_writer& out) const {
  out.record(record_kind, 1);
  out.scalar(std::uint16_t{0});
  out.scalar(classifies());
  out.scalar(content_->learned);
  content_->schema.save(out);
  content_->rows.save(out);
  content_->with([&](const auto& machine) { machine.save(out); });
}

result<trained_model> trained_model::load(state_reader& in) {
  in.record(record_kind, 1);
  if (in.scalar<std::uint16_t>() != 0 && in.ok()) in.fail("a trained model has no parameters");
  const bool classifies = in.scalar<bool>();
  const std::uint64_t learned = in.count();
  if (!in.ok()) return unexpected(in.error());
  auto schema = row_schema::load(in);
  if (!schema) return unexpected(std::move(schema).error());
  auto c = std::make_unique<content>(*std::move(schema), classifies);
  c->learned = learned;
  if (!c->rows.load(in)) return unexpected(in.error());
  if (classifies) {
    auto machine = learners::any::load(in);
    if (!machine) return unexpected(std::move(machine).error());
    c->machine.emplace<1>(*std::move(machine));
  } else {
    auto machine = vector_detectors::any::load(in);
    if (!machine) return unexpected(std::move(machine).error());
    c->machine.emplace<2>(*std::move(machine));
  }
  c->ready();
  trained_model made(std::move(c));
  const auto parameters = made.parameters();
  for (const auto& [name, value] : shape_of(made.schema(), parameters))
    if (value_of(parameters, name) != value) {
      in.fail(fmt::format("{} of the {} does not fit the columns", name, made.kind()));
      return unexpected(in.error());
    }
  return made;
}

result<trained_model> trained_model::read(const std::string& path, std::uint64_t memory_limit) {
  const auto bytes = read_if_exists(path);
  if (!bytes) return unexpected(bytes.error());
  if (!*bytes) return unexpected(error(fmt::format("{}: there is no such model", printable(path))));
  auto loaded = from_bytes<trained_model>(**bytes, static_cast<std::size_t>(memory_limit));
  if (!loaded)
    return unexpected(error(fmt::format("{}: {}; expected a model that netanomaly train has written", printable(path),
                                        loaded.error().message())));
  return loaded;
}

const row_schema& trained_model::schema() const noexcept { return content_->schema; }
row_encoder& trained_model::rows() noexcept { return content_->rows; }
std::string_view trained_model::kind() const noexcept {
  return content_->with([](const auto& machine) { return machine.kind(); });
}
std::vector<parameter_info> trained_model::parameters() const {
  return content_->with([](const auto& machine) { return machine.parameters(); });
}
std::size_t trained_model::memory_bytes() const noexcept {
  return content_->with([](const auto& machine) { return machine.memory_bytes(); });
}
std::uint64_t trained_model::learned() const noexcept { return content_->learned; }
void trained_model::count_learned() noexcept { ++content_->learned; }
bool trained_model::classifies() const noexcept { return content_->classifies(); }

std::uint32_t trained_model::predict(std::span<const double> row) const noexcept {
  return content_->learner().predict(row);
}
void trained_model::predict(std::span<const double> row, std::span<double> distribution) const {
  content_->learner().predict(row, distribution);
}
std::uint32_t trained_model::update(std::span<const double> row, std::uint32_t label) {
  return std::get<1>(content_->machine).update(row, label);
}
std::string trained_model::explain_class(std::span<const double> row) const {
  return content_->learner().explain(row, {content_->names, content_->values, content_->schema.classes});
}

verdict trained_model::score(std::span<const double> row) const {
  return content_->calls.score(content_->detector(), row);
}
verdict trained_model::update(std::span<const double> row) { return std::get<2>(content_->machine).update(row); }
std::vector<std::pair<std::size_t, double>> trained_model::explain_score(std::span<const double> row) const {
  std::vector<std::pair<std::size_t, double>> all;
  std::vector<double> shares(row.size());
  if (content_->calls.explain == nullptr || !content_->calls.explain(content_->detector(), row, shares)) return all;
  for (std::size_t i = 0; i < shares.size(); ++i) all.emplace_back(i, shares[i]);
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  return all;
}
std::optional<double> trained_model::threshold() const {
  const std::string text = value_of(parameters(), "threshold");
  double number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || code != std::errc()) return std::nullopt;
  return number;
}

}  // namespace netanomaly::program
