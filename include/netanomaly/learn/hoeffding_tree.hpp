// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/concepts.hpp>
#include <netanomaly/core/config.hpp>
#include <netanomaly/core/params.hpp>
#include <netanomaly/learn/detail/hoeffding_core.hpp>
#include <netanomaly/learn/row_names.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace netanomaly::inline NETANOMALY_MODE::learn {

/// The very fast decision tree learner: a classifier that grows as rows come, and splits a leaf as soon as the
/// Hoeffding bound says that its best attribute is the best.
///
/// Observes  rows of `features` numbers with a class below `classes`. NaN is a missing value: it is not counted, and at
///           a split it takes the branch that was heavier when the split was made. A nominal attribute (its entry in
///           `cardinalities` is above 0) holds 0, 1, ... below its cardinality; other values count as missing. Rows
///           with an infinity, of another length, or of a class that there is not are rejected: nothing changes, and
///           the prediction is no_class. Numbers beyond 1e100 count as 1e100 in the statistics of leaves.
/// Cost      a row: O(depth + features * (classes + log bins)); every `grace` rows, and when its rows have
///           grown by an eighth, a leaf looks for a split, in O(features * bins * classes). All memory is taken at
///           construction; update() does not allocate.
/// Memory    at most `max_bytes`, always: memory_bytes() says what was taken. Where no room is left for a new leaf's
///           statistics, the leaf that promises least (fewest rows of other classes than its majority) gives its own
///           and goes on as a plain count of classes; it is made active again when it promises more than another.
/// Merging   none: trees that split at different places share no sums. `mergeable<hoeffding_tree>` is false.
/// Errors    make() and the constructor name the parameter out of range, and say how many bytes the schema needs.
/// Source    Domingos & Hulten, KDD 2000; adaptive leaves: Holmes, Kirkby & Pfahringer, 2005.
/// Departs   splits are binary, those of nominal attributes too (one value against the others); numeric attributes are
///           counted in bins of about equal numbers of rows, that a leaf takes over, refined, from its parent; the
///           bound counts rows that the leaf has seen itself; a tie is broken only by a split that chance does not
///           explain (a G-test at `delta`). After 4 million rows in a leaf the counts of its bins are halved.
class hoeffding_tree {
 public:
  static constexpr std::string_view kind = "hoeffding_tree";
  static constexpr std::string_view summary =
      "a decision tree that grows with the stream, with naive Bayes in its leaves";
  using observation = std::span<const double>;
  using params = hoeffding_params;

  hoeffding_tree() : hoeffding_tree(params()) {}
  /// Throws std::invalid_argument.
  explicit hoeffding_tree(const params& p)
      : core_(checked<hoeffding_tree>(p), {.object_bytes = sizeof(hoeffding_tree)}) {}
  [[nodiscard]] static result<hoeffding_tree> make(const params& p) { return make_checked<hoeffding_tree>(p); }

  /// The class of a row; no_class where it is rejected.
  [[nodiscard]] std::uint32_t predict(observation x) const noexcept {
    return core_.acceptable(x) ? core_.judge(core_.leaf_of(x), x).chosen : no_class;
  }
  /// The distribution over classes, into the first `classes` of `out`; zeros where the row is rejected. False where it
  /// is, or where `out` is too short.
  bool predict(observation x, std::span<double> out) const noexcept {
    if (out.size() < parameters().classes) return false;
    std::fill(out.begin(), out.end(), 0);
    if (!core_.acceptable(x)) return false;
    core_.distribution(core_.leaf_of(x), x, out.data());
    return true;
  }

  /// Takes a row and its class; `weight` (above 0, finite) counts it so many times. False where it is rejected.
  bool learn(observation x, std::uint32_t label, double weight = 1) noexcept {
    return update(x, label, weight) != no_class;
  }
  /// What predict() says before the row is learnt, and learn(), in one pass.
  std::uint32_t update(observation x, std::uint32_t label, double weight = 1) noexcept {
    if (!core_.weigh(x, label, weight)) return no_class;
    const std::uint32_t leaf = core_.leaf_of(x);
    const auto j = core_.judge(leaf, x);
    core_.learn_at(leaf, x, label, weight, j);
    return j.chosen;
  }

  void reset() noexcept { core_.reset(); }
  [[nodiscard]] std::size_t memory_bytes() const noexcept { return sizeof(*this) + core_.pool_bytes(); }
  /// What of it has come into use.
  [[nodiscard]] std::size_t bytes_in_use() const noexcept { return memory_bytes() - core_.unused_bytes(); }
  [[nodiscard]] const params& parameters() const noexcept { return core_.parameters(); }
  [[nodiscard]] std::size_t nodes() const noexcept { return core_.extent(); }             ///< splits and leaves
  [[nodiscard]] std::size_t leaves() const noexcept { return (core_.extent() + 1) / 2; }  ///< active or not
  /// Leaves that still look for splits.
  [[nodiscard]] std::size_t active_leaves() const noexcept { return core_.active_leaves(); }
  /// Splits on the longest way down; O(nodes).
  [[nodiscard]] std::size_t depth() const { return core_.measure(0).depth; }

  /// Why a row is given its class: each question on its way and the answer.
  [[nodiscard]] std::string explain(observation x, std::span<const std::string> names = {}) const {
    return explain(x, row_names{names});
  }
  /// The same, with names of attributes, values and classes.
  [[nodiscard]] std::string explain(observation x, const row_names& names) const { return core_.explain(0, x, names); }
  /// The tree, a line a branch.
  [[nodiscard]] std::string to_string(std::span<const std::string> names = {}) const {
    return to_string(row_names{names});
  }
  /// The same, with names of attributes, values and classes.
  [[nodiscard]] std::string to_string(const row_names& names) const {
    return core_.to_string(0, names, 0, [](std::uint32_t) { return std::string(); });
  }
  /// The tree in the language of Graphviz.
  [[nodiscard]] std::string to_graphviz(std::span<const std::string> names = {}) const {
    return to_graphviz(row_names{names});
  }
  /// The same, with names of attributes, values and classes.
  [[nodiscard]] std::string to_graphviz(const row_names& names) const {
    return "digraph hoeffding_tree {\n  node [shape=box];\n" +
           core_.graph(0, names, [](std::string&, std::uint32_t) {}) + "}\n";
  }

  void save(state_writer& out) const {
    save_head<hoeffding_tree>(out, parameters());
    core_.save_body(out);
  }
  [[nodiscard]] static result<hoeffding_tree> load(state_reader& in) {
    const auto head = load_head<hoeffding_tree>(in);
    if (!in || !in.charge(head.params.max_bytes, 1)) return unexpected(in.error());
    hoeffding_tree d(head.params);
    d.core_.load_body(in);
    if (in && !d.core_.whole({})) in.fail("nodes that make no tree");
    if (!in) return unexpected(in.error());
    return d;
  }

 private:
  detail::hoeffding_core core_;
};
static_assert(sizeof(hoeffding_tree) == sizeof(detail::hoeffding_core));  // hoeffding_params::check() relies on it
static_assert(learner<hoeffding_tree> && configurable<hoeffding_tree> && !mergeable<hoeffding_tree>);

}  // namespace netanomaly::inline NETANOMALY_MODE::learn
