// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/concepts.hpp>
#include <netanomaly/core/config.hpp>
#include <netanomaly/core/params.hpp>
#include <netanomaly/learn/detail/error_window.hpp>
#include <netanomaly/learn/detail/hoeffding_core.hpp>
#include <netanomaly/learn/detail/pool.hpp>
#include <netanomaly/learn/row_names.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace netanomaly::inline NETANOMALY_MODE::learn {

/// The Hoeffding adaptive tree: a Hoeffding tree that follows a stream that changes. An ADWIN window at each node
/// watches the errors of the tree below it; where they rise, an alternate tree starts to grow beside the node from the
/// same rows, and takes its place once it is significantly better.
///
/// Observes  rows, as hoeffding_tree does; the same are rejected.
/// Cost      that of hoeffding_tree, and 10 ns for each node on the row's way; where alternates grow, theirs too. All
///           memory is taken at construction; update() does not allocate.
/// Memory    at most `max_bytes`, always, alternates included: memory_bytes() says what was taken. Leaves give up their
///           statistics as those of hoeffding_tree do; where no node is left, no alternate starts.
/// Merging   none: trees that split at different places share no sums. `mergeable<hoeffding_adaptive_tree>` is false.
/// Errors    make() and the constructor name the parameter out of range, and say how many bytes the schema needs.
/// Source    Bifet & Gavalda, Advances in Intelligent Data Analysis 8, 2009 (HAT-ADWIN).
/// Departs   as hoeffding_tree does; a rise of errors starts an alternate, a fall does not; node and alternate are
///           compared where they disagree (an ADWIN window over who was right), not by their two rates of error;
///           alternates have no alternates of their own until they have taken their place.
class hoeffding_adaptive_tree {
 public:
  static constexpr std::string_view kind = "hoeffding_adaptive_tree";
  static constexpr std::string_view summary = "a Hoeffding tree that replaces branches that a change has made wrong";
  using observation = std::span<const double>;

  struct params : hoeffding_params {
    double drift_delta = 0.01;
    double swap_delta = 0.05;
    std::uint32_t trial = 1000;

    static constexpr void describe(auto& p, auto&& field) {
      hoeffding_params::describe(p, field);
      field("drift_delta", p.drift_delta, inside(0.0, 1.0), "probability",
            "of a false rise of errors, a bound for each look at a node");
      field("swap_delta", p.swap_delta, inside(0.0, 1.0), "probability", "that an alternate is no better");
      field("trial", p.trial, at_least(1U), "rows", "that an alternate has before it is dropped for being worse");
    }
    [[nodiscard]] result<void> check() const {
      if (result<void> schema = check_schema(); !schema) return schema;
      return detail::hoeffding_layout(*this, shape()).check(*this);
    }
    friend bool operator==(const params&, const params&) = default;
  };

  hoeffding_adaptive_tree() : hoeffding_adaptive_tree(params()) {}
  /// Throws std::invalid_argument.
  explicit hoeffding_adaptive_tree(const params& p)
      : params_(checked<hoeffding_adaptive_tree>(p)),
        core_(p, shape()),
        watches_(core_.max_nodes()),
        edge_(-detail::logarithm(p.swap_delta) / 2) {
    watches_.resize(1);
  }
  [[nodiscard]] static result<hoeffding_adaptive_tree> make(const params& p) {
    return make_checked<hoeffding_adaptive_tree>(p);
  }

  /// The class of a row; no_class where it is rejected.
  [[nodiscard]] std::uint32_t predict(observation x) const noexcept {
    return core_.acceptable(x) ? core_.judge(core_.leaf_of(x), x).chosen : no_class;
  }
  /// The distribution over classes, into the first `classes` of `out`; zeros where the row is rejected. False where it
  /// is, or where `out` is too short.
  bool predict(observation x, std::span<double> out) const noexcept {
    if (out.size() < params_.classes) return false;
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
    const std::uint32_t said = learn_in(leaf, x, label, weight);
    const bool wrong = said != label;
    for (std::uint32_t i = 0;; i = core_.step(i, x)) {
      watch& w = watches_[i];
      const bool rose = w.errors.add(wrong) && w.errors.cut(params_.drift_delta);
      if (w.alternate != none) {
        if (compete(i, x, label, weight, wrong)) break;
      } else if (rose) {
        start(i);
      }
      if (i == leaf) break;
    }
    return said;
  }

  void reset() noexcept {
    core_.reset();
    watches_.resize(0);
    watches_.resize(1);
    swaps_ = alternates_ = 0;
  }
  [[nodiscard]] std::size_t memory_bytes() const noexcept {
    return sizeof(*this) + core_.pool_bytes() + watches_.bytes() +
           params_.cardinalities.capacity() * sizeof(std::uint32_t) + params_.class_weights.capacity() * sizeof(double);
  }
  /// What of it has come into use.
  [[nodiscard]] std::size_t bytes_in_use() const noexcept {
    return memory_bytes() - core_.unused_bytes() - (watches_.capacity() - watches_.size()) * sizeof(watch);
  }
  [[nodiscard]] const params& parameters() const noexcept { return params_; }
  /// Of the tree, without alternates.
  [[nodiscard]] std::size_t nodes() const { return core_.measure(0).nodes; }
  /// Of the tree that predicts; O(nodes).
  [[nodiscard]] std::size_t leaves() const { return core_.measure(0).leaves; }
  /// Splits on the longest way down; O(nodes).
  [[nodiscard]] std::size_t depth() const { return core_.measure(0).depth; }
  /// Leaves that still look for splits, those of alternates included.
  [[nodiscard]] std::size_t active_leaves() const noexcept { return core_.active_leaves(); }
  /// That grow now.
  [[nodiscard]] std::size_t alternates() const noexcept { return alternates_; }
  /// Alternates that have taken their place so far.
  [[nodiscard]] std::uint64_t swaps() const noexcept { return swaps_; }

  /// Why a row is given its class: each question on its way and the answer.
  [[nodiscard]] std::string explain(observation x, std::span<const std::string> names = {}) const {
    return explain(x, row_names{names});
  }
  /// The same, with names of attributes, values and classes.
  [[nodiscard]] std::string explain(observation x, const row_names& names) const { return core_.explain(0, x, names); }
  /// The tree, a line a branch; an alternate stands below it, after the line that it may replace.
  [[nodiscard]] std::string to_string(std::span<const std::string> names = {}) const {
    return to_string(row_names{names});
  }
  /// The same, with names of attributes, values and classes.
  [[nodiscard]] std::string to_string(const row_names& names) const {
    std::vector<std::uint32_t> grown;
    std::string text = core_.to_string(0, names, 0, [&](std::uint32_t i) {
      if (watches_[i].alternate == none) return std::string();
      grown.push_back(watches_[i].alternate);
      return std::string(" [alternate ").append(to_text(grown.size())).append("]");
    });
    for (std::size_t k = 0; k < grown.size(); ++k)
      text.append("alternate ")
          .append(to_text(k + 1))
          .append(":\n")
          .append(core_.to_string(grown[k], names, 1, [](std::uint32_t) { return std::string(); }));
    return text;
  }
  /// The tree in the language of Graphviz; alternates hang on dashed edges.
  [[nodiscard]] std::string to_graphviz(std::span<const std::string> names = {}) const {
    return to_graphviz(row_names{names});
  }
  /// The same, with names of attributes, values and classes.
  [[nodiscard]] std::string to_graphviz(const row_names& names) const {
    std::string alternates;
    const std::string text = core_.graph(0, names, [&](std::string& edges, std::uint32_t i) {
      const std::uint32_t root = watches_[i].alternate;
      if (root == none) return;
      edges.append("  n").append(to_text(i)).append(" -> n").append(to_text(root));
      edges += " [label=\"alternate\", style=dashed];\n";
      alternates += core_.graph(root, names, [](std::string&, std::uint32_t) {});
    });
    return "digraph hoeffding_adaptive_tree {\n  node [shape=box];\n" + text + alternates + "}\n";
  }

  void save(state_writer& out) const {
    save_head<hoeffding_adaptive_tree>(out, params_);
    core_.save_body(out);
    for (const watch& w : watches_.used()) {
      w.errors.save(out);
      out.scalar(w.alternate);
      out.scalar(w.rows);
    }
    out.scalar(swaps_);
  }
  [[nodiscard]] static result<hoeffding_adaptive_tree> load(state_reader& in) {
    const auto head = load_head<hoeffding_adaptive_tree>(in);
    if (!in || !in.charge(head.params.max_bytes, 1)) return unexpected(in.error());
    hoeffding_adaptive_tree d(head.params);
    d.load_body(in);
    if (!in) return unexpected(in.error());
    return d;
  }

 private:
  static constexpr std::uint32_t none = detail::hoeffding_core::none;

  /// Beside each node. An alternate's root has, beside the node that is paired with it, who was right where it and the
  /// node it may replace disagreed, and for how many rows it grew.
  struct watch {
    detail::error_window errors;
    std::uint32_t alternate = none;
    std::uint32_t rows = 0;
  };

  [[nodiscard]] static detail::hoeffding_shape shape() noexcept {
    return {.object_bytes = sizeof(hoeffding_adaptive_tree),
            .node_bytes = sizeof(watch),
            .copies = 2,
            .least_slots = 3,
            .least_nodes = 7,
            .prunes = true};
  }

  std::uint32_t learn_in(std::uint32_t leaf, observation x, std::uint32_t label, double weight) noexcept {
    const auto j = core_.judge(leaf, x);
    core_.learn_at(leaf, x, label, weight, j);
    if (const std::uint32_t child = core_.child(leaf); child != 0) renew(child);
    return j.chosen;
  }
  /// A pair of nodes came into use.
  void renew(std::uint32_t pair) noexcept {
    if (watches_.size() < core_.extent()) watches_.resize(core_.extent());
    watches_[pair] = watches_[pair + 1] = watch{};
  }
  void start(std::uint32_t i) noexcept {
    const std::uint32_t root = core_.plant();
    if (root == none) return;
    renew(root);
    watches_[i].alternate = root;
    ++alternates_;
  }
  /// Teaches the alternate of node i the row; true where it took the node's place.
  bool compete(std::uint32_t i, observation x, std::uint32_t label, double weight, bool wrong) noexcept {
    const std::uint32_t root = watches_[i].alternate;
    const std::uint32_t leaf = core_.leaf_of(x, root);
    const bool also_wrong = learn_in(leaf, x, label, weight) != label;
    bool rose = false;
    for (std::uint32_t k = root;; k = core_.step(k, x)) {
      watch& w = watches_[k];
      if (w.errors.add(also_wrong) && w.errors.cut(params_.drift_delta) && k == root) rose = true;
      if (k == leaf) break;
    }
    watch& duel = watches_[root + 1];
    if (duel.rows < (std::numeric_limits<std::uint32_t>::max)()) ++duel.rows;
    if (wrong != also_wrong) {
      if (duel.errors.add(wrong)) duel.errors.cut(params_.drift_delta);
      // Hoeffding: n rows of which w were won are past chance where |w - n/2| > sqrt(n ln(1/delta) / 2)
      const double n = duel.errors.count();
      const double ahead = duel.errors.ones() - n / 2;
      if (ahead * ahead > n * edge_) {
        if (ahead > 0) {
          swap(i, root);
          return true;
        }
        if (duel.rows > params_.trial) {
          drop(i);
          return false;
        }
      }
    }
    if (rose) {  // the stream has changed again
      drop(i);
      start(i);
    }
    return false;
  }
  /// Which tree stands beside a node, and that it does so no longer.
  [[nodiscard]] auto forgetting() noexcept {
    return [this](std::uint32_t i) {
      const std::uint32_t root = watches_[i].alternate;
      watches_[i] = watch{};
      if (root != none) --alternates_;
      return root;
    };
  }
  void swap(std::uint32_t i, std::uint32_t root) noexcept {
    watches_[i].alternate = none;
    --alternates_;
    ++swaps_;
    core_.fell(i, forgetting());
    core_.replace(i, root);
    watches_[i] = watches_[root];
    watches_[root] = watches_[root + 1] = watch{};
  }
  void drop(std::uint32_t i) noexcept {
    const std::uint32_t root = watches_[i].alternate;
    watches_[i].alternate = none;
    --alternates_;
    core_.uproot(root, forgetting());
    watches_[root + 1] = watch{};
  }

  void load_body(state_reader& in) {
    core_.load_body(in);
    if (!in.ok()) return;
    watches_.resize(core_.extent());
    std::vector<std::uint32_t> planted;
    for (watch& w : watches_.used()) {
      w.errors.load(in);
      w.alternate = in.scalar<std::uint32_t>();
      w.rows = in.scalar<std::uint32_t>();
      if (!in.ok()) return;
      if (w.alternate != none) planted.push_back(w.alternate);
    }
    swaps_ = in.count();
    alternates_ = planted.size();
    if (in.ok() && !core_.whole(planted)) in.fail("nodes that make no tree");
  }

  params params_;
  detail::hoeffding_core core_;
  detail::pool<watch> watches_;
  double edge_ = 0;
  std::uint64_t swaps_ = 0;
  std::size_t alternates_ = 0;
};
static_assert(learner<hoeffding_adaptive_tree> && configurable<hoeffding_adaptive_tree>);
static_assert(!mergeable<hoeffding_adaptive_tree>);

}  // namespace netanomaly::inline NETANOMALY_MODE::learn
