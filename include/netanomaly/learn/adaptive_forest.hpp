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
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace netanomaly::inline NETANOMALY_MODE::learn {

/// The adaptive random forest: Hoeffding trees that differ by the rows they count (each so many times as a Poisson
/// number says) and by the attributes that each of their leaves draws, and that vote. An ADWIN window watches the
/// errors of each; on a warning a tree starts to grow behind it, which takes its place when the change is certain.
///
/// Observes  rows, as hoeffding_tree does; the same are rejected.
/// Cost      for each tree that of a hoeffding_tree over the attributes of a leaf, and an exponential a class. All
///           memory is taken at construction; update() does not allocate.
/// Memory    at most `max_bytes`, always, for all trees together: memory_bytes() says what was taken. Leaves of all
/// trees
///           compete for it as those of one hoeffding_tree do.
/// Merging   none: trees that split at different places share no sums. `mergeable<adaptive_forest>` is false.
/// Errors    make() and the constructor name the parameter out of range, and say how many bytes the schema needs.
/// Source    Gomes et al., Machine Learning 106, 2017.
/// Departs   as hoeffding_tree does; one ADWIN window a tree serves both levels, and only a rise of errors counts; a
///           vote weighs by the share that the tree had right in its window; a leaf draws of numeric and of nominal
///           attributes their share.
class adaptive_forest {
 public:
  static constexpr std::string_view kind = "adaptive_forest";
  static constexpr std::string_view summary = "Hoeffding trees that vote, and are replaced when the stream changes";
  using observation = std::span<const double>;

  struct params : hoeffding_params {
    std::uint32_t trees = 10;
    double lambda = 6;
    double subspace = 0.6;
    double warning_delta = 0.01;
    double drift_delta = 0.001;
    std::uint64_t seed = 1;

    params() {
      grace = 100;
      delta = 0.05;
      bins = 10;
    }
    static constexpr void describe(auto& p, auto&& field) {
      hoeffding_params::describe(p, field);
      field("trees", p.trees, between(1U, 1'000U), "", "that vote");
      field("lambda", p.lambda, above_to(0.0, 30.0), "times", "that a tree counts a row, on average");
      field("subspace", p.subspace, above_to(0.0, 1.0), "of the attributes", "that a leaf draws, 1 at least");
      field("warning_delta", p.warning_delta, inside(0.0, 1.0), "probability",
            "of a false warning, a bound for each look at a tree");
      field("drift_delta", p.drift_delta, inside(0.0, 1.0), "probability",
            "of a false change, a bound for each look at a tree");
      field("seed", p.seed, any_value(), "", "of chance");
    }
    [[nodiscard]] result<void> check() const {
      if (result<void> schema = check_schema(); !schema) return schema;
      return detail::hoeffding_layout(*this, shape(*this)).check(*this);
    }
    friend bool operator==(const params&, const params&) = default;
  };

  adaptive_forest() : adaptive_forest(params()) {}
  /// Throws std::invalid_argument.
  explicit adaptive_forest(const params& p)
      : params_(checked<adaptive_forest>(p)), core_(p, shape(p), p.seed), members_(p.trees) {
    members_.resize(p.trees);
    double term = std::exp(-p.lambda);
    double sum = 0;
    for (std::size_t k = 0; k < below_.size(); ++k) {
      below_[k] = sum += term;
      term *= p.lambda / static_cast<double>(k + 1);
    }
    below_.back() = 1;
  }
  [[nodiscard]] static result<adaptive_forest> make(const params& p) { return make_checked<adaptive_forest>(p); }

  /// The class of a row; no_class where it is rejected.
  [[nodiscard]] std::uint32_t predict(observation x) const noexcept {
    std::array<double, detail::hoeffding_core::max_classes> votes;  // NOLINT(cppcoreguidelines-pro-type-member-init)
    return predict(x, votes) ? winner(votes.data()) : no_class;
  }
  /// The distribution over classes, into the first `classes` of `out`; zeros where the row is rejected. False where it
  /// is, or where `out` is too short.
  bool predict(observation x, std::span<double> out) const noexcept {
    if (out.size() < params_.classes) return false;
    std::fill(out.begin(), out.end(), 0);
    if (!core_.acceptable(x)) return false;
    for (std::uint32_t t = 0; t < params_.trees; ++t) vote(t, core_.leaf_of(x, t), x, out.data());
    double sum = 0;
    for (std::size_t c = 0; c < params_.classes; ++c) sum += out[c];
    for (std::size_t c = 0; c < params_.classes; ++c) out[c] = sum > 0 ? out[c] / sum : 1.0 / params_.classes;
    return true;
  }

  /// Takes a row and its class; `weight` (above 0, finite) counts it so many times. False where it is rejected.
  bool learn(observation x, std::uint32_t label, double weight = 1) noexcept {
    return update(x, label, weight) != no_class;
  }
  /// What predict() says before the row is learnt, and learn(), in one pass.
  std::uint32_t update(observation x, std::uint32_t label, double weight = 1) noexcept {
    if (!core_.weigh(x, label, weight)) return no_class;
    std::array<double, detail::hoeffding_core::max_classes> votes;  // NOLINT(cppcoreguidelines-pro-type-member-init)
    std::fill_n(votes.data(), params_.classes, 0.0);
    std::array<std::uint32_t, std::size_t{2} * block> leaves{};
    for (std::uint32_t t = 0; t < params_.trees; ++t) {
      if (t % block == 0) find(x, t, leaves);
      member& m = members_[t];
      const std::uint32_t leaf = leaves[t % block];
      const auto j = vote(t, leaf, x, votes.data());
      const double times = weight * poisson();
      if (times > 0) core_.learn_at(leaf, x, label, times, j);
      if (m.background != none) {
        const std::uint32_t behind = leaves[block + t % block];
        const auto b = core_.judge(behind, x);
        if (m.background_errors.add(b.chosen != label)) m.background_errors.cut(params_.drift_delta);
        if (times > 0) core_.learn_at(behind, x, label, times, b);
      }
      if (!m.errors.add(j.chosen != label)) continue;
      if (m.errors.cut(params_.drift_delta)) {
        change(t);
      } else if (m.background == none && m.errors.rises(params_.warning_delta)) {
        m.background = core_.plant();
        m.background_errors = {};
        ++warnings_;
      }
    }
    return winner(votes.data());
  }

  void reset() noexcept {
    core_.reset(params_.seed);
    members_.resize(0);
    members_.resize(params_.trees);
    warnings_ = changes_ = 0;
  }
  [[nodiscard]] std::size_t memory_bytes() const noexcept {
    return sizeof(*this) + core_.pool_bytes() + members_.bytes() +
           params_.cardinalities.capacity() * sizeof(std::uint32_t) + params_.class_weights.capacity() * sizeof(double);
  }
  /// What of it has come into use.
  [[nodiscard]] std::size_t bytes_in_use() const noexcept { return memory_bytes() - core_.unused_bytes(); }
  [[nodiscard]] const params& parameters() const noexcept { return params_; }
  /// Of the trees that vote.
  [[nodiscard]] std::size_t nodes() const { return sum().nodes; }
  /// Over all trees; O(nodes).
  [[nodiscard]] std::size_t leaves() const { return sum().leaves; }
  /// Of the deepest that votes.
  [[nodiscard]] std::size_t depth() const { return sum().depth; }
  /// Leaves that still look for splits, those of trees in the background included.
  [[nodiscard]] std::size_t active_leaves() const noexcept { return core_.active_leaves(); }
  /// Trees that grow in the background now.
  [[nodiscard]] std::size_t backgrounds() const noexcept {
    const auto all = members_.used();
    return static_cast<std::size_t>(
        std::count_if(all.begin(), all.end(), [](const member& m) { return m.background != none; }));
  }
  [[nodiscard]] std::uint64_t warnings() const noexcept { return warnings_; }  ///< background trees begun so far
  /// Trees replaced so far.
  [[nodiscard]] std::uint64_t changes() const noexcept { return changes_; }

  /// Why a row is given its class: what each tree says, for which weight, and the way through the one that agrees with
  /// the forest and had most right.
  [[nodiscard]] std::string explain(observation x, std::span<const std::string> names = {}) const {
    return explain(x, row_names{names});
  }
  /// The same, with names of attributes, values and classes.
  [[nodiscard]] std::string explain(observation x, const row_names& names) const {
    const std::uint32_t chosen = predict(x);
    if (chosen == no_class) return core_.explain(0, x, names);
    std::string text;
    std::uint32_t best = none;
    for (std::uint32_t t = 0; t < params_.trees; ++t) {
      const std::uint32_t says = core_.judge(core_.leaf_of(x, t), x).chosen;
      text.append("tree ").append(to_text(t)).append(" says class ").append(names.class_name(says));
      text.append(", right in ").append(to_text(std::round(1000 * weight_of(t)) / 10)).append(" %\n");
      if (says == chosen && (best == none || weight_of(t) > weight_of(best))) best = t;
    }
    text.append("class ").append(names.class_name(chosen)).append(" by votes");
    if (best == none) return text.append("\n");
    text.append("; tree ").append(to_text(best)).append(":\n");
    return text += core_.explain(best, x, names);
  }
  /// Every tree, a line a branch.
  [[nodiscard]] std::string to_string(std::span<const std::string> names = {}) const {
    return to_string(row_names{names});
  }
  /// The same, with names of attributes, values and classes.
  [[nodiscard]] std::string to_string(const row_names& names) const {
    std::string text;
    const auto none_said = [](std::uint32_t) { return std::string(); };
    for (std::uint32_t t = 0; t < params_.trees; ++t) {
      text.append("tree ").append(to_text(t)).append(":\n").append(core_.to_string(t, names, 1, none_said));
      if (const std::uint32_t b = members_[t].background; b != none)
        text.append("tree ")
            .append(to_text(t))
            .append(", in the background:\n")
            .append(core_.to_string(b, names, 1, none_said));
    }
    return text;
  }
  /// Every tree that votes, in the language of Graphviz.
  [[nodiscard]] std::string to_graphviz(std::span<const std::string> names = {}) const {
    return to_graphviz(row_names{names});
  }
  /// The same, with names of attributes, values and classes.
  [[nodiscard]] std::string to_graphviz(const row_names& names) const {
    std::string text = "digraph adaptive_forest {\n  node [shape=box];\n";
    for (std::uint32_t t = 0; t < params_.trees; ++t) text += core_.graph(t, names, [](std::string&, std::uint32_t) {});
    return text + "}\n";
  }

  void save(state_writer& out) const {
    save_head<adaptive_forest>(out, params_);
    core_.save_body(out);
    for (const member& m : members_.used()) {
      m.errors.save(out);
      m.background_errors.save(out);
      out.scalar(m.background);
    }
    out.scalar(warnings_);
    out.scalar(changes_);
  }
  [[nodiscard]] static result<adaptive_forest> load(state_reader& in) {
    const auto head = load_head<adaptive_forest>(in);
    if (!in || !in.charge(head.params.max_bytes, 1)) return unexpected(in.error());
    adaptive_forest d(head.params);
    d.load_body(in);
    if (!in) return unexpected(in.error());
    return d;
  }

 private:
  static constexpr std::uint32_t none = detail::hoeffding_core::none;

  struct member {
    detail::error_window errors;
    detail::error_window background_errors;
    std::uint32_t background = none;  // its root
  };

  [[nodiscard]] static detail::hoeffding_shape shape(const params& p) noexcept {
    const auto drawn = static_cast<std::uint32_t>(std::lround(p.subspace * p.features));
    return {.object_bytes = sizeof(adaptive_forest) + p.trees * sizeof(member),
            .node_bytes = 0,
            .copies = 2,
            .roots = p.trees,
            .least_slots = 2 * p.trees,
            .least_nodes = 3 * p.trees,
            .subspace = std::clamp(drawn, 1U, p.features),
            .prunes = true};
  }

  /// The leaves of the row in a block of trees, `first` the first of them, and after these those of the trees behind
  /// them; what the leaves hold is on its way when they are asked. Stays right while the trees of the block learn the
  /// row one after the other: each changes only its own.
  static constexpr std::uint32_t block = 16;
  void find(observation x, std::uint32_t first,
            std::array<std::uint32_t, std::size_t{2} * block>& leaves) const noexcept {
    std::array<std::uint32_t, std::size_t{2} * block> places{};
    std::size_t many = 0;
    for (std::uint32_t t = first; t < (std::min)(first + block, params_.trees); ++t) {
      leaves[t - first] = t;
      places[many++] = t - first;
      if (const std::uint32_t behind = members_[t].background; behind != none) {
        leaves[block + t - first] = behind;
        places[many++] = block + t - first;
      }
    }
    core_.leaves_of(x, leaves, std::span(places).first(many));
  }
  [[nodiscard]] double weight_of(std::uint32_t t) const noexcept { return 1 - members_[t].errors.mean(); }
  [[nodiscard]] std::uint32_t winner(const double* votes) const noexcept {
    return static_cast<std::uint32_t>(std::max_element(votes, votes + params_.classes) - votes);
  }
  /// Adds what tree t says, at its leaf, to the votes.
  detail::hoeffding_core::judgement vote(std::uint32_t t, std::uint32_t leaf, observation x,
                                         double* votes) const noexcept {
    std::array<double, detail::hoeffding_core::max_classes> shares;  // NOLINT(cppcoreguidelines-pro-type-member-init)
    const auto j = core_.distribution(leaf, x, shares.data());
    const double weight = weight_of(t);
    for (std::size_t c = 0; c < params_.classes; ++c) votes[c] += weight * shares[c];
    return j;
  }
  [[nodiscard]] double poisson() noexcept {
    const double u = static_cast<double>(core_.random() >> 11) * 0x1p-53;
    std::size_t k = 0;
    while (u >= below_[k]) ++k;
    return static_cast<double>(k);
  }
  /// Puts the tree of the background, or else a new one, in the place of tree t.
  void change(std::uint32_t t) noexcept {
    member& m = members_[t];
    const auto no_alternates = [](std::uint32_t) { return none; };
    core_.fell(t, no_alternates);
    if (m.background == none) {
      core_.sow(t);
    } else {
      core_.replace(t, m.background);
    }
    m.errors = m.background_errors;
    m.background_errors = {};
    m.background = none;
    ++changes_;
  }
  [[nodiscard]] detail::hoeffding_core::size sum() const {
    detail::hoeffding_core::size all;
    for (std::uint32_t t = 0; t < params_.trees; ++t) {
      const auto s = core_.measure(t);
      all.nodes += s.nodes;
      all.leaves += s.leaves;
      all.depth = (std::max)(all.depth, s.depth);
    }
    return all;
  }

  void load_body(state_reader& in) {
    core_.load_body(in);
    std::vector<std::uint32_t> planted;
    for (member& m : members_.used()) {
      m.errors.load(in);
      m.background_errors.load(in);
      m.background = in.scalar<std::uint32_t>();
      if (!in.ok()) return;
      if (m.background != none) planted.push_back(m.background);
    }
    warnings_ = in.count();
    changes_ = in.count();
    if (in.ok() && !core_.whole(planted)) in.fail("nodes that make no trees");
  }

  params params_;
  detail::hoeffding_core core_;
  detail::pool<member> members_;
  std::array<double, 128> below_{};  // probability that a Poisson number is at most so many
  std::uint64_t warnings_ = 0;
  std::uint64_t changes_ = 0;
};
static_assert(learner<adaptive_forest> && configurable<adaptive_forest> && !mergeable<adaptive_forest>);

}  // namespace netanomaly::inline NETANOMALY_MODE::learn
