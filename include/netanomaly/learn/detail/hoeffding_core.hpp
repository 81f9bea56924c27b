// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/concepts.hpp>
#include <netanomaly/core/config.hpp>
#include <netanomaly/core/hash.hpp>
#include <netanomaly/core/params.hpp>
#include <netanomaly/core/prefetch.hpp>
#include <netanomaly/core/text.hpp>
#include <netanomaly/learn/detail/logarithm.hpp>
#include <netanomaly/learn/detail/pool.hpp>
#include <netanomaly/learn/row_names.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// What the Hoeffding tree, the adaptive one and the forest share: their parameters, and trees that grow, split, give
/// back their leaves and are saved, in one pool of fixed size.

namespace netanomaly::inline NETANOMALY_MODE::learn {

enum class split_criterion : unsigned char { information_gain, gini };
constexpr std::array<std::string_view, 2> enumerator_names(split_criterion) noexcept {
  return {"information_gain", "gini"};
}
enum class numeric_observer : unsigned char { histogram, gaussian };
constexpr std::array<std::string_view, 2> enumerator_names(numeric_observer) noexcept {
  return {"histogram", "gaussian"};
}
enum class leaf_prediction : unsigned char { adaptive, naive_bayes, majority };
constexpr std::array<std::string_view, 3> enumerator_names(leaf_prediction) noexcept {
  return {"adaptive", "naive_bayes", "majority"};
}

/// What a learner answers to a row that it rejects.
inline constexpr std::uint32_t no_class = (std::numeric_limits<std::uint32_t>::max)();

/// What grows a tree; the same for one tree, an adaptive one and a forest of them.
struct hoeffding_params {
  std::uint32_t features = 1;
  std::uint32_t classes = 2;
  std::vector<std::uint32_t> cardinalities;
  std::vector<double> class_weights;
  split_criterion criterion = split_criterion::information_gain;
  numeric_observer observer = numeric_observer::histogram;
  leaf_prediction prediction = leaf_prediction::adaptive;
  std::uint32_t grace = 200;
  double delta = 1e-3;
  double tie = 0.05;
  double min_branch = 0.01;
  std::uint32_t bins = 64;
  double inherited = 20;
  bool drop_poor = true;
  std::uint64_t max_bytes = std::uint64_t{32} << 20;

  static constexpr void describe(auto& p, auto&& field) {
    field("features", p.features, between(1U, 100'000U), "numbers", "in a row");
    field("classes", p.classes, between(2U, 1'000U), "", "that there are");
    field("cardinalities", p.cardinalities, at_most(65'536U), "values",
          "of each attribute, 0 where it is numeric; empty: all are numeric");
    field("class_weights", p.class_weights, between(1e-6, 1e6), "rows",
          "that a row of each class counts for; empty: 1");
    field("criterion", p.criterion, any_value(), "", "what a split is measured by");
    field("observer", p.observer, any_value(), "", "how numeric attributes look for splits");
    field("prediction", p.prediction, any_value(), "", "how a leaf predicts");
    field("grace", p.grace, at_least(1U), "rows", "in a leaf between looks for a split");
    field("delta", p.delta, inside(0.0, 1.0), "probability", "that a split is not the best");
    field("tie", p.tie, between(0.0, 1.0), "", "a bound below this decides between equals");
    field("min_branch", p.min_branch, between(0.0, 0.5), "of the rows", "least share that a branch gets");
    field("bins", p.bins, between(4U, 256U), "", "of a numeric attribute in a leaf");
    field("inherited", p.inherited, between(0.0, 1e9), "rows",
          "of each class that a new leaf's naive Bayes takes over from its parent at most (histograms)");
    field("drop_poor", p.drop_poor, any_value(), "", "no longer look for splits at attributes far behind the best");
    field("max_bytes", p.max_bytes, at_least(std::uint64_t{4096}), "bytes", "never more than this");
  }
  [[nodiscard]] result<void> check_schema() const {
    if (!cardinalities.empty() && cardinalities.size() != features)
      return unexpected(error("cardinalities has " + to_text(cardinalities.size()) +
                              " entries, must have one for each of " + to_text(features) + " features, or none"));
    for (const std::uint32_t c : cardinalities)
      if (c == 1) return unexpected(error("cardinalities holds a 1: a nominal attribute has 2 values or more"));
    if (!class_weights.empty() && class_weights.size() != classes)
      return unexpected(error("class_weights has " + to_text(class_weights.size()) +
                              " entries, must have one for each of " + to_text(classes) + " classes, or none"));
    return {};
  }
  [[nodiscard]] result<void> check() const;
  friend bool operator==(const hoeffding_params&, const hoeffding_params&) = default;
};

namespace detail {
struct hoeffding_node {
  double value = 0;  // numeric: x <= value goes left; nominal: x == value does
  std::uint32_t attribute = 0;
  std::uint32_t child = 0;                                           // left; the right one follows it; 0: a leaf
  std::uint32_t slot = (std::numeric_limits<std::uint32_t>::max)();  // of a leaf's statistics; greatest: inactive
  bool nominal = false;
  bool missing_right = false;
  bool full = false;  // no more room for children
};
/// What a learner asks of the pool beside one tree that only grows.
struct hoeffding_shape {
  std::size_t object_bytes = 0;   // of the learner
  std::size_t node_bytes = 0;     // that it keeps beside each node
  std::size_t copies = 1;         // of the parameters
  std::uint32_t roots = 1;        // trees that are always there
  std::uint32_t least_slots = 2;  // and nodes: no fewer fit
  std::uint32_t least_nodes = 3;
  std::uint32_t subspace = 0;  // attributes of a leaf, drawn by chance; 0: all
  bool prunes = false;         // nodes are given back, and trees planted beside the roots
};

/// Where a leaf's statistics lie in its slot.
///
/// Numbers: weight, weight at the last look, what naive Bayes and the majority got right; for each class the log
/// prior and constants; for each class (rows of `stride`) weights, means, sums of squares and inverse doubled
/// variances of the numeric attributes; their least and greatest values; 1 where an attribute is still a candidate;
/// edges. Tallies: counts[attribute][bin][class], then counts[attribute][value][class] of the nominal ones.
struct hoeffding_layout {
  std::vector<std::uint32_t> numeric;  // attributes
  std::vector<std::uint32_t> nominal;
  std::vector<std::uint32_t> flag;  // which number of the slot says whether its attribute k is still a candidate
  std::size_t classes = 0;
  std::size_t numerics = 0, nominals = 0;  // in a slot
  std::size_t flags = 0;
  std::size_t stride = 0;
  std::size_t edges = 0;  // a power of two, at least bins
  std::size_t base = 0, gauss = 0, low = 0, high = 0, candidate = 0, used = 0, edge = 0;
  std::size_t slot_numbers = 0, slot_tallies = 0;
  std::size_t slot_attributes = 0;  // 0: all slots have the same
  std::size_t max_slots = 0, max_nodes = 0;
  bool histograms = false;
  bool subset = false;
  hoeffding_shape shape;

  hoeffding_layout(const hoeffding_params& p, const hoeffding_shape& s)
      : classes(p.classes), histograms(p.observer == numeric_observer::histogram), subset(s.subspace > 0), shape(s) {
    for (std::uint32_t i = 0; i < p.features; ++i)
      (p.cardinalities.empty() || p.cardinalities[i] == 0 ? numeric : nominal).push_back(i);
    numerics = numeric.size();
    nominals = nominal.size();
    if (subset) {  // as many of each sort as there are by share
      const std::size_t some = std::min<std::size_t>(s.subspace, p.features);
      numerics = (some * numeric.size() + p.features / 2) / p.features;
      nominals = (std::min)(some - numerics, nominal.size());
    }
    flags = subset ? numerics + nominals : p.features;
    for (std::uint32_t k = 0; k < numerics; ++k) flag.push_back(subset ? k : numeric[k]);
    for (std::uint32_t k = 0; k < nominals; ++k)
      flag.push_back(subset ? static_cast<std::uint32_t>(numerics) + k : nominal[k]);
    stride = (numerics + 3) / 4 * 4;
    edges = histograms ? std::bit_ceil(std::size_t{p.bins}) : 0;
    base = 4;
    gauss = base + classes;
    low = gauss + 4 * classes * stride;
    high = low + stride;
    candidate = high + stride;
    used = candidate + flags;
    edge = used + numerics;
    slot_numbers = edge + numerics * edges;
    slot_tallies = numerics * edges * classes;
    std::vector<std::uint32_t> most;  // the greatest cardinalities: room for any that are drawn
    most.reserve(nominal.size());
    for (const std::uint32_t a : nominal) most.push_back(p.cardinalities[a]);
    std::sort(most.begin(), most.end(), std::greater<>());
    for (std::size_t k = 0; k < nominals; ++k) slot_tallies += (std::size_t{most[k]} + 1) * classes;  // and totals
    slot_attributes = subset ? numerics + 2 * nominals : 0;

    const std::size_t always = fixed(p);
    const std::size_t room = p.max_bytes > always ? static_cast<std::size_t>(p.max_bytes) - always : 0;
    std::size_t many = room / 8 / node_bytes();
    // where a learner keeps more beside a node: enough nodes for leaves that are all active
    if (s.prunes) many = (std::max)(many, 2 * room / (2 * node_bytes() + slot_bytes()));
    max_nodes = std::clamp<std::size_t>(many, s.least_nodes, none / 2);
    const std::size_t rest = room > max_nodes * node_bytes() ? room - max_nodes * node_bytes() : 0;
    max_slots = std::min<std::size_t>(rest / slot_bytes(), none / 2);
    const std::size_t slots = s.least_slots * slot_bytes();
    least_ = always + (std::max)(s.least_nodes * node_bytes() + slots, 8 * slots / 7);
    if (s.prunes) least_ += std::size_t{2} * s.least_slots * node_bytes() + slot_bytes();
  }
  [[nodiscard]] std::size_t node_bytes() const noexcept {
    return sizeof(hoeffding_node) + classes * sizeof(double) + shape.node_bytes +
           (shape.prunes ? sizeof(std::uint32_t) : 0);
  }
  [[nodiscard]] std::size_t slot_bytes() const noexcept {
    return slot_numbers * sizeof(double) + slot_tallies * sizeof(float) + (1 + slot_attributes) * sizeof(std::uint32_t);
  }
  /// Lists of attributes: one for all, or a spare.
  [[nodiscard]] std::size_t shared_attributes() const noexcept { return numerics + 2 * nominals; }
  [[nodiscard]] std::size_t bytes() const noexcept {
    return (numeric.capacity() + nominal.capacity() + flag.capacity()) * sizeof(std::uint32_t);
  }
  [[nodiscard]] std::uint64_t least_bytes() const noexcept { return least_; }
  [[nodiscard]] result<void> check(const hoeffding_params& p) const {
    if (p.max_bytes >= least_) return {};
    return unexpected(error("max_bytes is " + to_text(p.max_bytes) + ", must be at least " + to_text(least_) +
                            " for so many features, classes and bins"));
  }

 private:
  static constexpr std::size_t none = (std::numeric_limits<std::uint32_t>::max)();
  [[nodiscard]] std::size_t fixed(const hoeffding_params& p) const noexcept {
    return shape.object_bytes + bytes() + shared_attributes() * sizeof(std::uint32_t) + (subset ? slot_bytes() : 0) +
           shape.copies * (p.cardinalities.size() * sizeof(std::uint32_t) + p.class_weights.size() * sizeof(double));
  }
  std::uint64_t least_ = 0;
};

/// Trees in one pool. The first `roots` nodes are roots; other nodes come in pairs: children, or a root planted later
/// and a node that stays unused.
class hoeffding_core {
 public:
  using observation = std::span<const double>;
  using node = hoeffding_node;
  static constexpr std::size_t max_classes = 1'000;
  static constexpr std::uint32_t none = (std::numeric_limits<std::uint32_t>::max)();

  struct judgement {
    std::uint32_t chosen = 0;
    std::uint32_t majority = 0;
    std::uint32_t bayes = 0;
    bool by_bayes = false;
  };

  hoeffding_core(const hoeffding_params& p, const hoeffding_shape& shape, std::uint64_t seed = 0)
      : params_(p),
        at_(params_, shape),
        random_(seed),
        nodes_(at_.max_nodes),
        counts_(at_.max_nodes * p.classes),
        numbers_((at_.max_slots + (at_.subset ? 1 : 0)) * at_.slot_numbers),
        tallies_((at_.max_slots + (at_.subset ? 1 : 0)) * at_.slot_tallies),
        attributes_(at_.subset ? (at_.max_slots + 1) * at_.slot_attributes : at_.shared_attributes()),
        free_(at_.max_slots),
        free_pairs_(shape.prunes ? at_.max_nodes / 2 : 0) {
    attributes_.resize(attributes_.capacity());
    if (!at_.subset) {
      std::copy(at_.numeric.begin(), at_.numeric.end(), attributes_.data());
      std::copy(at_.nominal.begin(), at_.nominal.end(), attributes_.data() + at_.numerics);
      place_tallies(0);
    }
    reset(seed);
  }

  void reset(std::uint64_t seed = 0) noexcept {
    random_ = seed;
    for (auto* numbers : {&counts_, &numbers_}) numbers->resize(0);
    nodes_.resize(0);
    tallies_.resize(0);
    free_.resize(0);
    free_pairs_.resize(0);
    some_full_ = false;
    nodes_.resize(at_.shape.roots);
    counts_.resize(std::size_t{at_.shape.roots} * params_.classes);
    for (std::uint32_t i = 0; i < at_.shape.roots; ++i) take_slot(i);
  }
  /// What the pools and lists hold; the learner adds its own.
  [[nodiscard]] std::size_t pool_bytes() const noexcept {
    return nodes_.bytes() + counts_.bytes() + numbers_.bytes() + tallies_.bytes() + attributes_.bytes() +
           free_.bytes() + free_pairs_.bytes() + at_.bytes() +
           params_.cardinalities.capacity() * sizeof(std::uint32_t) + params_.class_weights.capacity() * sizeof(double);
  }
  [[nodiscard]] std::size_t unused_bytes() const noexcept {
    return (nodes_.capacity() - nodes_.size()) * sizeof(node) + (counts_.capacity() - counts_.size()) * sizeof(double) +
           (numbers_.capacity() - numbers_.size()) * sizeof(double) +
           (tallies_.capacity() - tallies_.size()) * sizeof(float);
  }
  [[nodiscard]] const hoeffding_params& parameters() const noexcept { return params_; }
  [[nodiscard]] std::size_t max_nodes() const noexcept { return at_.max_nodes; }
  /// Nodes that were ever in use, those given back included.
  [[nodiscard]] std::size_t extent() const noexcept { return nodes_.size(); }
  [[nodiscard]] std::size_t active_leaves() const noexcept { return slots_taken() - free_.size(); }
  [[nodiscard]] std::uint32_t child(std::uint32_t i) const noexcept { return nodes_[i].child; }
  /// The next of the numbers that chance decides by.
  std::uint64_t random() noexcept { return splitmix64::mix(random_ += 0x9e3779b97f4a7c15U); }

  struct size {
    std::size_t nodes = 0, leaves = 0, depth = 0;
  };
  [[nodiscard]] size measure(std::uint32_t root) const {
    size s;
    std::vector<std::array<std::uint32_t, 2>> stack{{root, 0}};
    while (!stack.empty()) {
      const auto [i, level] = stack.back();
      stack.pop_back();
      ++s.nodes;
      s.depth = (std::max)(s.depth, std::size_t{level});
      if (const std::uint32_t c = nodes_[i].child; c == 0) {
        ++s.leaves;
      } else {
        stack.push_back({c, level + 1});
        stack.push_back({c + 1, level + 1});
      }
    }
    return s;
  }

  [[nodiscard]] bool acceptable(observation x) const noexcept {
    if (x.size() != params_.features) return false;
    bool infinite = false;
    for (const double v : x) infinite |= std::abs(v) > (std::numeric_limits<double>::max)();
    return !infinite;
  }
  /// Whether a row can be learnt; its weight is then multiplied by that of its class.
  [[nodiscard]] bool weigh(observation x, std::uint32_t label, double& weight) const noexcept {
    if (!acceptable(x) || label >= params_.classes || !(weight > 0) || weight > 1e12) return false;
    if (!params_.class_weights.empty()) weight *= params_.class_weights[label];
    return true;
  }

  /// Which value of a nominal attribute; its cardinality where it has none of them.
  [[nodiscard]] std::uint32_t value_of(std::uint32_t attribute, double x) const noexcept {
    const std::uint32_t cardinality = params_.cardinalities[attribute];
    if (std::isnan(x) || x < 0 || x >= cardinality) return cardinality;
    const auto v = static_cast<std::uint32_t>(x);
    return static_cast<double>(v) == x ? v : cardinality;
  }
  [[nodiscard]] bool missing_at(std::uint32_t i, observation x) const noexcept {
    const node& n = nodes_[i];
    const double v = x[n.attribute];
    return n.nominal ? value_of(n.attribute, v) == params_.cardinalities[n.attribute] : std::isnan(v);
  }
  [[nodiscard]] std::uint32_t step(std::uint32_t i, observation x) const noexcept {
    const node& n = nodes_[i];
    const double v = x[n.attribute];
    if (!n.nominal) {
      if (v == v) return n.child + (v <= n.value ? 0 : 1);  // without a branch: chance decides
    } else if (v == n.value) {
      return n.child;
    } else if (!missing_at(i, x)) {
      return n.child + 1;
    }
    return n.child + (n.missing_right ? 1 : 0);
  }
  [[nodiscard]] std::uint32_t leaf_of(observation x, std::uint32_t i = 0) const noexcept {
    while (nodes_[i].child != 0) i = step(i, x);
    return i;
  }
  /// leaf_of() of the roots at some places of a list, all trees a step at a time, so that one waits for memory while
  /// the others do; asks for what the leaves hold. `places` is scratch afterwards.
  void leaves_of(observation x, std::span<std::uint32_t> nodes, std::span<std::uint32_t> places) const noexcept {
    for (std::size_t many = places.size(); many > 0;) {
      std::size_t left = 0;
      for (std::size_t k = 0; k < many; ++k) {
        const std::uint32_t place = places[k];
        std::uint32_t& i = nodes[place];
        if (nodes_[i].child == 0) {
          ask_for(i);
        } else {
          i = step(i, x);
          prefetch(&nodes_[i]);
          places[left++] = place;
        }
      }
      many = left;
    }
  }
  [[nodiscard]] std::uint32_t majority(std::size_t i) const noexcept {
    const double* counts = counts_of(i);
    return static_cast<std::uint32_t>(std::max_element(counts, counts + params_.classes) - counts);
  }
  [[nodiscard]] bool one_class(std::size_t i, std::uint32_t c) const noexcept {
    const double* counts = counts_of(i);
    bool others = false;
    for (std::size_t k = 0; k < params_.classes; ++k) others |= counts[k] != 0 && k != c;
    return !others;
  }
  [[nodiscard]] double total(std::size_t i) const noexcept {
    const double* counts = counts_of(i);
    double sum = 0;
    for (std::size_t c = 0; c < params_.classes; ++c) sum += counts[c];
    return sum;
  }
  /// Rows that a leaf gets wrong as long as it does not split.
  [[nodiscard]] double promise(std::size_t i) const noexcept { return total(i) - counts_of(i)[majority(i)]; }

  [[nodiscard]] judgement judge(std::uint32_t leaf, observation x, double* scores = nullptr) const noexcept {
    judgement j;
    j.chosen = j.majority = majority(leaf);
    const std::uint32_t slot = nodes_[leaf].slot;
    if (slot == none || params_.prediction == leaf_prediction::majority) return j;
    std::array<double, max_classes> own;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled below
    if (scores == nullptr) scores = own.data();
    scores[0] = 0;                      // GCC 12 does not see that there is a class
    if (one_class(leaf, j.majority)) {  // what bayes() would say, but for the value
      std::copy_n(numbers_of(slot) + at_.base, params_.classes, scores);
    } else {
      bayes(slot, x, scores);
    }
    std::uint32_t best = 0;
    for (std::uint32_t c = 1; c < params_.classes; ++c) best = scores[c] > scores[best] ? c : best;
    if (scores[best] == -infinity) return j;
    j.bayes = best;
    const double* n = numbers_of(slot);
    j.by_bayes = params_.prediction == leaf_prediction::naive_bayes || n[bayes_right] >= n[majority_right];
    if (j.by_bayes)
      j.chosen = best;
    else if (scores[best] != -infinity)
      j.chosen = j.majority;
    return j;
  }

  void learn_at(std::uint32_t leaf, observation x, std::uint32_t label, double weight, const judgement& j) noexcept {
    counts_of(leaf)[label] += weight;
    const std::uint32_t slot = nodes_[leaf].slot;
    if (slot == none) return revive(leaf, weight);
    double* n = numbers_of(slot);
    n[weight_at] += weight;
    if (j.bayes == label) n[bayes_right] += weight;
    if (j.majority == label) n[majority_right] += weight;
    observe(slot, x, label, weight);
    if (params_.prediction != leaf_prediction::majority) refresh(leaf, slot, label);
    if (n[weight_at] - n[looked_at] < std::max<double>(params_.grace, n[looked_at] / 8)) return;
    if (std::floor(n[weight_at] / halve_at) > std::floor(n[looked_at] / halve_at)) {
      float* t = tallies_of(slot);
      for (std::size_t i = 0; i < at_.slot_tallies; ++i) t[i] /= 2;
    }
    n[looked_at] = n[weight_at];
    if (!nodes_[leaf].full && promise(leaf) > 0) look(leaf);
  }

  /// A new tree, a leaf, its root; none where no pair of nodes is left.
  std::uint32_t plant() noexcept {
    const std::uint32_t root = take_pair();
    if (root != none) sow(root);
    return root;
  }
  /// Gives node i, an empty leaf, statistics; where none are left, those of the leaf that promises least.
  void sow(std::uint32_t i) noexcept {
    if (!room()) {
      if (const std::uint32_t least = least_promising(i); least != none) give_slot(least);
    }
    if (room()) take_slot(i);
  }
  /// Makes node i an empty leaf without statistics; what hung below it is given back, and the trees that
  /// alternate(node) names (none: no tree) with it. `alternate` must forget the tree it names.
  template <class Alternate>
  void fell(std::uint32_t i, Alternate&& alternate) noexcept {
    std::size_t next = free_pairs_.size();  // what is given back stands in line to be taken apart
    const auto give_pair = [&](std::uint32_t pair) {
      if (pair != none) free_pairs_.resize(free_pairs_.size() + 1, pair);
    };
    const auto take_apart = [&](std::uint32_t at) {
      if (nodes_[at].slot != none) give_slot(at);
      if (nodes_[at].child != 0) give_pair(nodes_[at].child);
      nodes_[at] = node{};
      std::fill_n(counts_of(at), params_.classes, 0.0);
      give_pair(alternate(at));
    };
    take_apart(i);
    for (; next < free_pairs_.size(); ++next) {
      const std::uint32_t pair = free_pairs_[next];
      take_apart(pair);
      take_apart(pair + 1);
    }
    if (!some_full_) return;
    some_full_ = false;
    for (node& n : nodes_.used()) n.full = false;
  }
  /// Puts the tree planted at `root` in the place of node i, which fell() made empty.
  void replace(std::uint32_t i, std::uint32_t root) noexcept {
    nodes_[i] = nodes_[root];
    std::copy_n(counts_of(root), params_.classes, counts_of(i));
    nodes_[root] = node{};
    std::fill_n(counts_of(root), params_.classes, 0.0);
    free_pairs_.resize(free_pairs_.size() + 1, root);
  }
  /// Gives back a planted tree.
  template <class Alternate>
  void uproot(std::uint32_t root, Alternate&& alternate) noexcept {
    fell(root, alternate);
    free_pairs_.resize(free_pairs_.size() + 1, root);
  }

  /// The distribution over classes that leaf i gives to the row, into the first `classes` of `out`.
  judgement distribution(std::uint32_t leaf, observation x, double* out) const noexcept {
    std::array<double, max_classes> scores;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled by judge
    const judgement j = judge(leaf, x, scores.data());
    const double* counts = counts_of(leaf);
    double sum = 0;
    if (j.by_bayes) {
      const double best = scores[j.chosen];
      for (std::size_t c = 0; c < params_.classes; ++c) sum += out[c] = std::exp(scores[c] - best);
    } else {
      for (std::size_t c = 0; c < params_.classes; ++c) sum += out[c] = counts[c];
    }
    for (std::size_t c = 0; c < params_.classes; ++c) out[c] = sum > 0 ? out[c] / sum : 1.0 / params_.classes;
    return j;
  }

  /// Why a row is given its class: each question on its way and the answer.
  [[nodiscard]] std::string explain(std::uint32_t root, observation x, const row_names& names) const {
    if (!acceptable(x)) return "rejected: another number of features, or an infinity\n";
    std::string text;
    std::uint32_t i = root;
    while (nodes_[i].child != 0) {
      const std::uint32_t next = step(i, x);
      text += question(i, next != nodes_[i].child, names);
      text += missing_at(i, x) ? " (missing: the heavier branch)\n"
                               : " (it is " + names.value(nodes_[i].attribute, x[nodes_[i].attribute]) + ")\n";
      i = next;
    }
    const judgement j = judge(i, x);
    return text + "class " + names.class_name(j.chosen) + (j.by_bayes ? " by naive Bayes; " : " by majority; ") +
           leaf_text(i) + "\n";
  }
  /// The tree, a line a branch, `indent` levels to the right; note(node) ends the line.
  template <class Note>
  [[nodiscard]] std::string to_string(std::uint32_t root, const row_names& names, std::size_t indent,
                                      Note&& note) const {
    struct place {
      std::uint32_t node, parent;
      std::size_t level;
    };
    std::string text;
    std::vector<place> stack{{root, none, indent}};
    while (!stack.empty()) {
      const auto [i, parent, level] = stack.back();
      stack.pop_back();
      text.append(2 * level, ' ');
      if (parent != none) text += question(parent, i != nodes_[parent].child, names) + ": ";
      const std::uint32_t child = nodes_[i].child;
      if (child == 0) text += "class " + names.class_name(majority(i)) + ", " + leaf_text(i);
      text.append(note(i)).append("\n");
      if (child == 0) continue;
      for (const std::uint32_t c : {child + 1, child}) stack.push_back({c, i, level + 1});
    }
    return text;
  }
  /// The nodes and edges of the tree in the language of Graphviz; visit(text, node) may add to a node.
  template <class Visit>
  [[nodiscard]] std::string graph(std::uint32_t root, const row_names& names, Visit&& visit) const {
    std::string text;
    std::vector<std::uint32_t> queue{root};
    for (std::size_t next = 0; next < queue.size(); ++next) {
      const std::uint32_t i = queue[next];
      const std::uint32_t child = nodes_[i].child;
      const std::string id = "  n" + to_text(i);
      std::string label;
      if (child == 0) {
        label.append("class ").append(names.class_name(majority(i))).append("\\n").append(leaf_text(i));
      } else {
        label = question(i, false, names);
      }
      for (std::size_t at = 0; (at = label.find('"', at)) != std::string::npos; at += 2) label.insert(at, "\\");
      text.append(id).append(" [label=\"").append(label).append("\"];\n");
      visit(text, i);
      if (child == 0) continue;
      text.append(id).append(" -> n").append(to_text(child)).append(" [label=\"yes\"];\n");
      text.append(id).append(" -> n").append(to_text(child + 1)).append(" [label=\"no\"];\n");
      queue.push_back(child);
      queue.push_back(child + 1);
    }
    return text;
  }

  void save_body(state_writer& out) const {
    out.scalar(std::uint64_t{nodes_.size()});
    for (const node& n : nodes_.used()) {
      out.scalar(n.value);
      out.scalar(n.attribute);
      out.scalar(n.child);
      out.scalar(n.slot);
      out.scalar(n.nominal);
      out.scalar(n.missing_right);
      out.scalar(n.full);
    }
    out.array(counts_.used());
    out.scalar(std::uint64_t{slots_taken()});
    out.scalar(std::uint64_t{free_.size()});
    out.array(free_.used());
    out.array(numbers_.used());
    out.array(tallies_.used());
    if (!at_.shape.prunes) return;
    out.scalar(random_);
    out.scalar(std::uint64_t{free_pairs_.size()});
    out.array(free_pairs_.used());
    for (std::size_t s = 0; s < slots_taken() && at_.subset; ++s)
      out.array(std::span(numeric_of(s), at_.numerics + at_.nominals));
  }
  /// whole() says afterwards whether the nodes make trees.
  void load_body(state_reader& in) {
    const auto nodes = in.count();
    if (!in.ok() || nodes < at_.shape.roots || nodes > nodes_.capacity() || (nodes - at_.shape.roots) % 2 != 0)
      return in.fail("a tree of so many nodes cannot be");
    nodes_.resize(static_cast<std::size_t>(nodes));
    counts_.resize(static_cast<std::size_t>(nodes) * params_.classes);
    for (std::size_t i = 0; i < nodes_.size() && in.ok(); ++i) {
      node& n = nodes_[i];
      n.value = in.finite();
      n.attribute = in.scalar<std::uint32_t>();
      n.child = in.scalar<std::uint32_t>();
      n.slot = in.scalar<std::uint32_t>();
      n.nominal = in.scalar<bool>();
      n.missing_right = in.scalar<bool>();
      n.full = in.scalar<bool>();
      some_full_ = some_full_ || n.full;
      if (n.attribute >= params_.features) return in.fail("a split by an attribute that there is not");
      const bool nominal = !params_.cardinalities.empty() && params_.cardinalities[n.attribute] > 0;
      if (n.child != 0 && (n.slot != none || n.nominal != nominal)) return in.fail("a node that cannot be");
    }
    in.array(counts_.used());
    for (const double c : counts_.used())
      if (std::isnan(c) || c < -1e-3 || c > most_value) return in.fail("a count that cannot be");
    const auto slots = in.count();
    const auto frees = in.count();
    if (slots > at_.max_slots || frees > slots) return in.fail("more slots than there can be");
    free_.resize(static_cast<std::size_t>(frees));
    in.array(free_.used());
    numbers_.resize(static_cast<std::size_t>(slots) * at_.slot_numbers);
    tallies_.resize(static_cast<std::size_t>(slots) * at_.slot_tallies);
    in.array(numbers_.used());
    in.array(tallies_.used());
    if (at_.shape.prunes) {
      random_ = in.scalar<std::uint64_t>();
      const auto pairs = in.count();
      if (pairs > free_pairs_.capacity()) return in.fail("more free nodes than there can be");
      free_pairs_.resize(static_cast<std::size_t>(pairs));
      in.array(free_pairs_.used());
      for (std::size_t s = 0; s < slots && at_.subset && in.ok(); ++s) {
        in.array(std::span(attributes_.data() + s * at_.slot_attributes, at_.numerics + at_.nominals));
        if (in.ok() && !draw_of(s)) return in.fail("attributes of a leaf that cannot be");
      }
    }
    if (!in.ok()) return;
    std::vector<bool> taken(static_cast<std::size_t>(slots), false);
    std::size_t owned = 0;
    const auto own = [&](std::uint32_t slot) {
      if (slot >= slots || taken[slot]) return false;
      taken[slot] = true;
      ++owned;
      return true;
    };
    for (const node& n : nodes_.used())
      if (n.slot != none && !own(n.slot)) return in.fail("a slot that cannot be");
    for (const std::uint32_t s : free_.used())
      if (!own(s)) return in.fail("a free slot that cannot be");
    if (owned != slots) return in.fail("a slot that nobody owns");
    for (std::size_t s = 0; s < slots; ++s)
      if (!valid(numbers_of(s))) return in.fail("statistics that cannot be");
    for (const float f : tallies_.used())
      if (std::isnan(f) || f < 0 || f > 1e30F) return in.fail("a count that cannot be");
  }
  /// Whether every node hangs below a root or below one of `planted`, or is free, and only once.
  [[nodiscard]] bool whole(std::span<const std::uint32_t> planted) const {
    const std::uint32_t roots = at_.shape.roots;
    std::vector<bool> seen(nodes_.size(), false);
    std::size_t many = roots;
    const auto claim = [&](std::uint32_t pair) {
      if (pair < roots || (pair - roots) % 2 != 0 || pair >= nodes_.size() || seen[pair]) return false;
      seen[pair] = true;
      many += 2;
      return true;
    };
    const auto unused = [&](std::uint32_t i) { return nodes_[i].child == 0 && nodes_[i].slot == none; };
    for (const std::uint32_t pair : free_pairs_.used())
      if (!claim(pair) || !unused(pair) || !unused(pair + 1)) return false;
    std::vector<std::uint32_t> queue;
    for (std::uint32_t i = 0; i < roots; ++i) queue.push_back(i);
    for (const std::uint32_t root : planted) {
      if (!claim(root) || !unused(root + 1)) return false;
      queue.push_back(root);
    }
    for (std::size_t next = 0; next < queue.size(); ++next) {
      const std::uint32_t child = nodes_[queue[next]].child;
      if (child == 0) continue;
      if (!claim(child)) return false;
      queue.push_back(child);
      queue.push_back(child + 1);
    }
    return many == nodes_.size();
  }

 private:
  static constexpr double halve_at = 0x1p22;
  static constexpr double infinity = std::numeric_limits<double>::infinity();
  /// Statistics are of values within this, so that no sum of squares overflows.
  static constexpr double most_value = 1e100;
  [[nodiscard]] static double bounded(double x) noexcept {
    return std::clamp(x, -most_value, most_value);
  }  // NaN stays

  enum number : std::size_t { weight_at, looked_at, bayes_right, majority_right };
  enum gaussian : std::size_t { weights, means, squares, inverse };

  [[nodiscard]] double* counts_of(std::size_t i) noexcept { return counts_.data() + i * params_.classes; }
  [[nodiscard]] const double* counts_of(std::size_t i) const noexcept { return counts_.data() + i * params_.classes; }
  [[nodiscard]] double* numbers_of(std::size_t slot) noexcept { return numbers_.data() + slot * at_.slot_numbers; }
  [[nodiscard]] const double* numbers_of(std::size_t slot) const noexcept {
    return numbers_.data() + slot * at_.slot_numbers;
  }
  [[nodiscard]] float* tallies_of(std::size_t slot) noexcept { return tallies_.data() + slot * at_.slot_tallies; }
  [[nodiscard]] const float* tallies_of(std::size_t slot) const noexcept {
    return tallies_.data() + slot * at_.slot_tallies;
  }
  [[nodiscard]] std::size_t gauss_of(gaussian what, std::size_t c) const noexcept {
    return at_.gauss + (c * 4 + what) * at_.stride;
  }
  /// The slot's attributes, numeric ones, then nominal ones, ascending, and where the tallies of the latter begin.
  [[nodiscard]] const std::uint32_t* numeric_of(std::size_t slot) const noexcept {
    return attributes_.data() + slot * at_.slot_attributes;
  }
  [[nodiscard]] const std::uint32_t* nominal_of(std::size_t slot) const noexcept {
    return numeric_of(slot) + at_.numerics;
  }
  [[nodiscard]] const std::uint32_t* tally_of(std::size_t slot) const noexcept {
    return numeric_of(slot) + at_.numerics + at_.nominals;
  }
  [[nodiscard]] std::size_t slots_taken() const noexcept { return numbers_.size() / at_.slot_numbers; }

  /// Has a leaf's counts and numbers, and the beginning of its tallies, brought near.
  void ask_for(std::uint32_t leaf) const noexcept {
    constexpr std::size_t line = 64, most = 32;
    prefetch(counts_of(leaf));
    const std::uint32_t slot = nodes_[leaf].slot;
    if (slot == none) return;
    const auto bring = [](const auto* from, std::size_t count) {
      constexpr std::size_t step = line / sizeof(*from);
      for (std::size_t i = 0; i < (std::min)(count, most * step); i += step) prefetch(from + i);
    };
    bring(numbers_of(slot), at_.slot_numbers);
    bring(tallies_of(slot), at_.slot_tallies);
  }

  /// Into scores[class]: log of the prior and of what naive Bayes thinks of the row, up to a term that all share.
  void bayes(std::uint32_t slot, observation x, double* scores) const noexcept {
    const double* n = numbers_of(slot);
    const std::size_t classes = params_.classes;
    const std::uint32_t* numeric = numeric_of(slot);
    std::copy_n(n + at_.base, classes, scores);
    constexpr std::size_t block = 32;
    std::array<double, block> v;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled before it is read
    for (std::size_t from = 0; from < at_.numerics; from += block) {
      const std::size_t many = (std::min)(block, at_.numerics - from);
      const std::size_t padded = (many + 3) / 4 * 4;
      bool missing = false;
      for (std::size_t k = 0; k < many; ++k) {
        v[k] = bounded(x[numeric[from + k]]);
        missing |= v[k] != v[k];
      }
      for (std::size_t k = many; k < padded; ++k) v[k] = 0;
      for (std::size_t c = 0; c < classes; ++c) {
        const double* mean = n + gauss_of(means, c) + from;
        const double* inv = n + gauss_of(inverse, c) + from;
        std::array<double, 4> sum{};
        if (!missing) {
          for (std::size_t k = 0; k < padded; k += 4)
            for (std::size_t l = 0; l < 4; ++l) {
              const double d = v[k + l] - mean[k + l];
              sum[l] += d * d * inv[k + l];
            }
        } else {
          for (std::size_t k = 0; k < many; ++k) {
            const double d = v[k] - mean[k];
            if (d == d) {
              sum[k % 4] += d * d * inv[k];
            } else if (inv[k] > 0) {
              sum[k % 4] += logarithm(inv[k]) / 2;  // out of the constant again
            }
          }
        }
        scores[c] -= (sum[0] + sum[1]) + (sum[2] + sum[3]);
      }
    }
    if (at_.nominals == 0) return;
    const float* t = tallies_of(slot);
    const std::uint32_t* nominal = nominal_of(slot);
    const std::uint32_t* tally = tally_of(slot);
    std::array<double, max_classes> product;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled below
    for (std::size_t from = 0; from < at_.nominals; from += block) {
      const std::size_t to = (std::min)(from + block, at_.nominals);
      std::fill_n(product.data(), classes, 1.0);
      for (std::size_t k = from; k < to; ++k) {
        const std::uint32_t a = nominal[k];
        const std::uint32_t value = value_of(a, x[a]);
        const std::uint32_t cardinality = params_.cardinalities[a];
        const float* row = t + tally[k] + value * classes;
        // a missing value: its row is that of the totals, and takes the denominator back out of the constant
        const double smooth = value == cardinality ? cardinality : 1;
        for (std::size_t c = 0; c < classes; ++c) product[c] *= static_cast<double>(row[c]) + smooth;
      }
      for (std::size_t c = 0; c < classes; ++c) scores[c] += logarithm(product[c]);
    }
  }

  /// The constant of a class: log of its prior, of its Gaussians' heights and of the nominal counts' denominators.
  void refresh(std::uint32_t leaf, std::uint32_t slot, std::size_t c) noexcept {
    double* n = numbers_of(slot);
    const double count = counts_of(leaf)[c];
    const double* w = n + gauss_of(weights, c);
    const double* sq = n + gauss_of(squares, c);
    double* inv = n + gauss_of(inverse, c);
    const double* lo = n + at_.low;
    const double* hi = n + at_.high;
    log_product heights;
    bool known = count > 0;
    for (std::size_t k = 0; k < at_.numerics; ++k) {
      const double degrees = w[k] - 1;
      const double span = hi[k] - lo[k];
      if (degrees > 0) {
        inv[k] = std::clamp(0.5 * degrees / (std::max)(sq[k], degrees * (std::max)(span * span * 1e-8, 1e-200)), 1e-250,
                            1e250);
        heights.multiply(inv[k]);
      } else {
        inv[k] = 0;
        known = known && w[k] > 0;
      }
    }
    double denominators = 0;
    const float* t = tallies_of(slot);
    const std::uint32_t* nominal = nominal_of(slot);
    const std::uint32_t* tally = tally_of(slot);
    log_product totals;
    for (std::size_t k = 0; k < at_.nominals; ++k) {
      const std::uint32_t cardinality = params_.cardinalities[nominal[k]];
      totals.multiply(static_cast<double>(t[tally[k] + cardinality * params_.classes + c]) + cardinality);
    }
    if (at_.nominals > 0) denominators = totals.value();
    n[at_.base + c] = known ? logarithm(count) + heights.value() / 2 - denominators : -infinity;
  }

  void observe(std::uint32_t slot, observation x, std::uint32_t label, double weight) noexcept {
    double* n = numbers_of(slot);
    float* t = tallies_of(slot);
    const std::size_t classes = params_.classes;
    const std::uint32_t* numeric = numeric_of(slot);
    const std::uint32_t* nominal = nominal_of(slot);
    const std::uint32_t* tally = tally_of(slot);
    const bool gaussians = params_.prediction != leaf_prediction::majority || !at_.histograms;
    double* w = n + gauss_of(weights, label);
    double* mean = n + gauss_of(means, label);
    double* sq = n + gauss_of(squares, label);
    double* lo = n + at_.low;
    double* hi = n + at_.high;
    for (std::size_t k = 0; k < at_.numerics; ++k) {
      const double v = bounded(x[numeric[k]]);
      if (v != v) continue;
      lo[k] = (std::min)(lo[k], v);
      hi[k] = (std::max)(hi[k], v);
      if (!gaussians) continue;
      w[k] += weight;
      const double d = v - mean[k];
      mean[k] += d * (weight / w[k]);
      sq[k] += weight * d * (v - mean[k]);
    }
    if (at_.histograms) {
      for (std::size_t k = 0; k < at_.numerics; ++k) {
        const double v = bounded(x[numeric[k]]);
        if (v != v || n[at_.candidate + at_.flag[k]] == 0) continue;
        float* bins = t + k * at_.edges * classes;
        const double* e = n + at_.edge + k * at_.edges;
        const std::size_t bin = n[at_.used + k] < 0 ? gather(n, bins, k, v) : find(e, v);
        bins[bin * classes + label] += static_cast<float>(weight);
      }
    }
    for (std::size_t k = 0; k < at_.nominals; ++k) {
      const std::uint32_t a = nominal[k];
      const std::uint32_t value = value_of(a, x[a]);
      const std::uint32_t cardinality = params_.cardinalities[a];
      if (value == cardinality) continue;
      float* counts = t + tally[k] + label;
      counts[value * classes] += static_cast<float>(weight);
      counts[cardinality * classes] += static_cast<float>(weight);
    }
  }

  /// The first edge that is not below x; the last is infinite.
  [[nodiscard]] std::size_t find(const double* e, double x) const noexcept {
    std::size_t i = 0;
    for (std::size_t half = at_.edges / 2; half > 0; half /= 2) i += x > e[i + half - 1] ? half : 0;
    return i;
  }

  /// A leaf that knows nothing of its values yet, -used - 1 of whose bins are made: each new value makes a bin, room
  /// for which comes from the two neighbours that hold fewest. After 4 rows a bin the bins stay as they are.
  std::size_t gather(double* n, float* bins, std::size_t k, double x) const noexcept {
    const std::size_t classes = params_.classes;
    double* e = n + at_.edge + k * at_.edges;
    auto used = static_cast<std::size_t>(-n[at_.used + k] - 1);
    const auto mass = [&](std::size_t i) {
      float sum = 0;
      for (std::size_t c = 0; c < classes; ++c) sum += bins[i * classes + c];
      return sum;
    };
    if (n[weight_at] > 4.0 * params_.bins && used > 0) {
      std::fill(e + used - 1, e + at_.edges, infinity);
      n[at_.used + k] = static_cast<double>(used);
      return find(e, x);
    }
    auto i = static_cast<std::size_t>(std::lower_bound(e, e + used, x) - e);
    if (i < used && e[i] == x) return i;
    if (used == params_.bins) {
      std::size_t pair = 0;
      float least = std::numeric_limits<float>::infinity();
      for (std::size_t p = 0; p + 1 < used; ++p)
        if (const float both = mass(p) + mass(p + 1); both < least) least = both, pair = p;
      for (std::size_t c = 0; c < classes; ++c) bins[(pair + 1) * classes + c] += bins[pair * classes + c];
      std::copy(e + pair + 1, e + used, e + pair);
      std::copy(bins + (pair + 1) * classes, bins + used * classes, bins + pair * classes);
      --used;
      i = static_cast<std::size_t>(std::lower_bound(e, e + used, x) - e);
    }
    std::copy_backward(e + i, e + used, e + used + 1);
    std::copy_backward(bins + i * classes, bins + used * classes, bins + (used + 1) * classes);
    e[i] = x;
    std::fill_n(bins + i * classes, classes, 0.0F);
    n[at_.used + k] = -static_cast<double>(used + 1) - 1;
    return i;
  }
  [[nodiscard]] std::size_t used_bins(const double* n, std::size_t k) const noexcept {
    const double used = n[at_.used + k];
    return static_cast<std::size_t>(used < 0 ? -used - 1 : used);
  }

  struct candidate {
    double merit = -1;
    double value = 0;
    std::uint32_t attribute = none;
    bool nominal = false;
    std::size_t index = 0;  // of the attribute in the slot
  };

  /// How much purer a split into `left` and the rest of `all` makes, by the criterion; below 0 where a branch gets too
  /// little.
  [[nodiscard]] double merit(const double* left, const double* all, double n, double impurity) const noexcept {
    double n_left = 0;
    for (std::size_t c = 0; c < params_.classes; ++c) n_left += left[c];
    const double n_right = n - n_left;
    const double least = params_.min_branch * n;
    if (n_left <= least || n_right <= least || n_left <= 0 || n_right <= 0) return -1;
    double after = 0;
    if (params_.criterion == split_criterion::information_gain) {
      after = x_log_x(n_left) + x_log_x(n_right);
      for (std::size_t c = 0; c < params_.classes; ++c)
        after -= x_log_x(left[c]) + x_log_x((std::max)(0.0, all[c] - left[c]));
    } else {
      double a = 0;
      double b = 0;
      for (std::size_t c = 0; c < params_.classes; ++c) {
        a += left[c] * left[c];
        b += (all[c] - left[c]) * (all[c] - left[c]);
      }
      after = n - a / n_left - b / n_right;
    }
    return impurity - after / n * unit();
  }
  [[nodiscard]] double unit() const noexcept {
    return params_.criterion == split_criterion::information_gain ? 1.4426950408889634 : 1;  // bits
  }
  [[nodiscard]] double impurity(const double* all, double n) const noexcept {
    double sum = 0;
    if (params_.criterion == split_criterion::information_gain) {
      sum = x_log_x(n);
      for (std::size_t c = 0; c < params_.classes; ++c) sum -= x_log_x(all[c]);
    } else {
      sum = n;
      for (std::size_t c = 0; c < params_.classes; ++c) sum -= all[c] * all[c] / n;
    }
    return sum / n * unit();
  }

  /// The best split of one attribute; `left` and `all` are scratch.
  [[nodiscard]] candidate best_numeric(std::uint32_t slot, std::size_t k, double* left, double* all) const noexcept {
    const double* n = numbers_of(slot);
    const std::size_t classes = params_.classes;
    candidate best{.attribute = numeric_of(slot)[k], .index = k};
    std::fill_n(left, classes, 0);
    std::fill_n(all, classes, 0);
    double sum = 0;
    const auto consider = [&](double cut, double before) {
      if (const double m = merit(left, all, sum, before); m > best.merit) best.merit = m, best.value = cut;
    };
    if (at_.histograms) {
      const float* bins = tallies_of(slot) + k * at_.edges * classes;
      const double* e = n + at_.edge + k * at_.edges;
      const std::size_t used = used_bins(n, k);
      for (std::size_t i = 0; i < used * classes; ++i) all[i % classes] += static_cast<double>(bins[i]);
      for (std::size_t c = 0; c < classes; ++c) sum += all[c];
      const double before = impurity(all, sum);
      for (std::size_t i = 0; i + 1 < used; ++i) {
        for (std::size_t c = 0; c < classes; ++c) left[c] += static_cast<double>(bins[i * classes + c]);
        consider(e[i], before);
      }
      return best;
    }
    for (std::size_t c = 0; c < classes; ++c) sum += all[c] = n[gauss_of(weights, c) + k];
    const double before = impurity(all, sum);
    const double lo = n[at_.low + k];
    const double hi = n[at_.high + k];
    constexpr int cuts = 10;
    for (int i = 1; i <= cuts; ++i) {
      const double cut = lo + (hi - lo) * i / (cuts + 1);
      if (cut <= lo || cut >= hi || std::isnan(cut)) break;
      for (std::size_t c = 0; c < classes; ++c) {
        const double variance = all[c] > 1 ? n[gauss_of(squares, c) + k] / (all[c] - 1) : 0;
        const double d = cut - n[gauss_of(means, c) + k];
        left[c] = all[c] * (variance > 0 ? std::erfc(-d / std::sqrt(2 * variance)) / 2 : d >= 0 ? 1 : 0);
      }
      consider(cut, before);
    }
    return best;
  }
  [[nodiscard]] candidate best_nominal(std::uint32_t slot, std::size_t k, double* left, double* all) const noexcept {
    const std::size_t classes = params_.classes;
    const std::uint32_t attribute = nominal_of(slot)[k];
    const std::uint32_t cardinality = params_.cardinalities[attribute];
    candidate best{.attribute = attribute, .nominal = true, .index = k};
    const float* t = tallies_of(slot) + tally_of(slot)[k];
    double sum = 0;
    for (std::size_t c = 0; c < classes; ++c) sum += all[c] = static_cast<double>(t[cardinality * classes + c]);
    const double before = impurity(all, sum);
    for (std::uint32_t v = 0; v < cardinality; ++v) {
      for (std::size_t c = 0; c < classes; ++c) left[c] = static_cast<double>(t[v * classes + c]);
      if (const double m = merit(left, all, sum, before); m > best.merit) best.merit = m, best.value = v;
    }
    return best;
  }

  /// Whether chance gives such a gain in one of `looks` tables of n rows with probability `delta` or less: G = 2 n ln 2
  /// gain is chi-square with classes - 1 degrees of freedom, whose tail is at most (x e^(1 - x) )^(degrees/2) with
  /// x = G/degrees (Chernoff).
  [[nodiscard]] bool significant(double gain, double n, double looks) const noexcept {
    if (params_.criterion != split_criterion::information_gain) return gain > 0;
    const double degrees = params_.classes - 1;
    const double ratio = 2 * n * gain * 0.6931471805599453 / degrees;
    return ratio > 1 && degrees / 2 * (1 + logarithm(ratio) - ratio) + logarithm(looks) < logarithm(params_.delta);
  }

  void look(std::uint32_t leaf) noexcept {
    const std::uint32_t slot = nodes_[leaf].slot;
    double* n = numbers_of(slot);
    std::array<double, max_classes> left;  // NOLINT(cppcoreguidelines-pro-type-member-init): scratch
    std::array<double, max_classes> all;   // NOLINT(cppcoreguidelines-pro-type-member-init): scratch
    const double range =
        params_.criterion == split_criterion::gini ? 1 : logarithm(params_.classes) * 1.4426950408889634;
    const double bound = std::sqrt(range * range * -logarithm(params_.delta) / (2 * n[weight_at]));
    candidate best;
    double second = 0;  // no split at all
    double looks = 1;
    const auto rank = [&](const candidate& c) {
      if (c.merit > best.merit) {
        second = (std::max)(second, best.merit);
        best = c;
      } else {
        second = (std::max)(second, c.merit);
      }
    };
    const auto each = [&](auto&& visit) {
      for (std::size_t k = 0; k < at_.numerics; ++k)
        if (double& f = n[at_.candidate + at_.flag[k]]; f != 0)
          visit(best_numeric(slot, k, left.data(), all.data()), f);
      for (std::size_t k = 0; k < at_.nominals; ++k)
        if (double& f = n[at_.candidate + at_.flag[at_.numerics + k]]; f != 0)
          visit(best_nominal(slot, k, left.data(), all.data()), f);
    };
    each([&](const candidate& c, double& flag) {
      looks += c.nominal ? params_.cardinalities[c.attribute] : params_.bins;
      flag = 1 + (std::max)(0.0, c.merit);
      rank(c);
    });
    if (!(best.merit > 0)) return;
    if (best.merit - second > bound || (bound < params_.tie && significant(best.merit, n[weight_at], looks)))
      return split(leaf, best);
    if (!params_.drop_poor) return;
    for (std::size_t a = 0; a < at_.flags; ++a) {
      double& merit_now = n[at_.candidate + a];
      if (merit_now != 0 && merit_now - 1 < best.merit - 2 * bound) merit_now = 0;
    }
  }

  /// Two nodes beside each other, as new; none where none are left.
  std::uint32_t take_pair() noexcept {
    std::uint32_t pair = none;
    if (free_pairs_.size() > 0) {
      pair = free_pairs_[free_pairs_.size() - 1];
      free_pairs_.resize(free_pairs_.size() - 1);
    } else if (nodes_.size() + 2 <= nodes_.capacity()) {
      pair = static_cast<std::uint32_t>(nodes_.size());
      nodes_.resize(nodes_.size() + 2);
      counts_.resize(counts_.size() + std::size_t{2} * params_.classes);
    }
    return pair;
  }

  /// The attributes of a slot by chance: of each sort so many, every choice as likely (Knuth's algorithm S).
  void draw(std::uint32_t slot) noexcept {
    std::uint32_t* to = attributes_.data() + slot * at_.slot_attributes;
    const auto choose = [&](const std::vector<std::uint32_t>& from, std::size_t many) {
      for (std::size_t i = 0; many > 0; ++i)
        if (static_cast<double>(random() >> 11) * 0x1p-53 * static_cast<double>(from.size() - i) <
            static_cast<double>(many)) {
          *to++ = from[i];
          --many;
        }
    };
    choose(at_.numeric, at_.numerics);
    choose(at_.nominal, at_.nominals);
    place_tallies(slot);
  }
  void place_tallies(std::uint32_t slot) noexcept {
    std::uint32_t* to = attributes_.data() + slot * at_.slot_attributes + at_.numerics + at_.nominals;
    std::size_t tally = at_.numerics * at_.edges * params_.classes;
    for (std::size_t k = 0; k < at_.nominals; ++k) {
      to[k] = static_cast<std::uint32_t>(std::min<std::size_t>(tally, none));
      tally += (std::size_t{params_.cardinalities[nominal_of(slot)[k]]} + 1) * params_.classes;
    }
  }
  /// Whether the attributes of a slot that were loaded are some that draw() might have drawn.
  [[nodiscard]] bool draw_of(std::size_t slot) noexcept {
    const auto among = [](const std::uint32_t* list, std::size_t many, const std::vector<std::uint32_t>& from) {
      for (std::size_t k = 0; k < many; ++k)
        if ((k > 0 && list[k] <= list[k - 1]) || !std::binary_search(from.begin(), from.end(), list[k])) return false;
      return true;
    };
    if (!among(numeric_of(slot), at_.numerics, at_.numeric) || !among(nominal_of(slot), at_.nominals, at_.nominal))
      return false;
    place_tallies(static_cast<std::uint32_t>(slot));
    return true;
  }
  /// Copies a slot to the spare one.
  std::uint32_t set_aside(std::uint32_t slot) noexcept {
    std::copy_n(numbers_of(slot), at_.slot_numbers, numbers_of(at_.max_slots));
    std::copy_n(tallies_of(slot), at_.slot_tallies, tallies_of(at_.max_slots));
    std::copy_n(numeric_of(slot), at_.slot_attributes, attributes_.data() + at_.max_slots * at_.slot_attributes);
    return static_cast<std::uint32_t>(at_.max_slots);
  }

  /// Gives node i an empty slot; there is one.
  void take_slot(std::uint32_t i) noexcept {
    std::uint32_t slot = 0;
    if (free_.size() > 0) {
      slot = free_[free_.size() - 1];
      free_.resize(free_.size() - 1);
    } else {
      slot = static_cast<std::uint32_t>(slots_taken());
      numbers_.resize(numbers_.size() + at_.slot_numbers);
      tallies_.resize(tallies_.size() + at_.slot_tallies);
    }
    nodes_[i].slot = slot;
    if (at_.subset) draw(slot);
    double* n = numbers_of(slot);
    std::fill_n(n, at_.slot_numbers, 0.0);
    std::fill_n(tallies_of(slot), at_.slot_tallies, 0.0F);
    std::fill_n(n + at_.base, params_.classes, -infinity);
    std::fill_n(n + at_.low, at_.stride, infinity);
    std::fill_n(n + at_.high, at_.stride, -infinity);
    std::fill_n(n + at_.candidate, at_.flags, 1.0);
    if (at_.histograms) {
      std::fill_n(n + at_.used, at_.numerics, -1.0);
      std::fill_n(n + at_.edge, at_.numerics * at_.edges, infinity);
    }
  }
  void give_slot(std::uint32_t i) noexcept {
    free_.resize(free_.size() + 1, nodes_[i].slot);
    nodes_[i].slot = none;
  }
  [[nodiscard]] bool room() const noexcept { return free_.size() > 0 || slots_taken() < at_.max_slots; }
  /// The active leaf other than `except` that promises least; none where there is no other.
  [[nodiscard]] std::uint32_t least_promising(std::uint32_t except) const noexcept {
    std::uint32_t least = none;
    double lowest = infinity;
    for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
      if (nodes_[i].slot == none || i == except) continue;
      if (const double p = promise(i); p < lowest) lowest = p, least = i;
    }
    return least;
  }
  /// An inactive leaf looks now and then whether it promises more than an active one.
  void revive(std::uint32_t leaf, double weight) noexcept {
    const double rows = total(leaf);
    const double every = 8.0 * params_.grace;
    if (nodes_[leaf].full || std::floor(rows / every) == std::floor((rows - weight) / every)) return;
    if (!room()) {
      const std::uint32_t least = least_promising(leaf);
      if (least == none || !(promise(least) * 1.2 < promise(leaf))) return;
      give_slot(least);
    }
    take_slot(leaf);
  }

  void split(std::uint32_t leaf, const candidate& by) noexcept {
    const std::uint32_t child = take_pair();
    if (child == none) {
      nodes_[leaf].full = some_full_ = true;
      return;
    }
    const std::size_t classes = params_.classes;
    const bool both = room();
    const std::uint32_t old = nodes_[leaf].slot;
    share(leaf, child, by);
    const bool right_heavier = total(child) < total(child + 1);
    node& n = nodes_[leaf];
    n.value = by.value;
    n.attribute = by.attribute;
    n.nominal = by.nominal;
    n.missing_right = right_heavier;
    n.child = child;
    n.slot = none;
    // the parent's slot goes to the child that promises more; the other gets a new one, or the least promising leaf's
    const std::uint32_t first = promise(child) >= promise(child + 1) ? child : child + 1;
    const std::uint32_t other = first == child ? child + 1 : child;
    nodes_[first].slot = old;
    bool second = both;
    if (!second) {
      const std::uint32_t least = least_promising(first);
      if (least != none && promise(least) < promise(other)) {
        give_slot(least);
        second = true;
      }
    }
    const std::uint32_t from = at_.subset ? set_aside(old) : old;
    if (second) {
      take_slot(other);
      inherit(other, from, other != child, by);
    }
    if (at_.subset) draw(old);
    inherit(first, from, first != child, by);
    for (const std::uint32_t made : {first, other})
      for (std::size_t c = 0; c < classes && nodes_[made].slot != none; ++c) refresh(made, nodes_[made].slot, c);
  }

  /// The counts of classes of the two children, from those of the leaf.
  void share(std::uint32_t leaf, std::uint32_t child, const candidate& by) noexcept {
    const std::size_t classes = params_.classes;
    const std::uint32_t slot = nodes_[leaf].slot;
    const double* n = numbers_of(slot);
    const float* t = tallies_of(slot);
    for (std::size_t c = 0; c < classes; ++c) {
      double left = 0;
      double all = 0;
      if (by.nominal) {
        const std::uint32_t tally = tally_of(slot)[by.index];
        left = static_cast<double>(t[tally + static_cast<std::size_t>(by.value) * classes + c]);
        all = static_cast<double>(t[tally + params_.cardinalities[by.attribute] * classes + c]);
      } else if (const std::size_t k = by.index; at_.histograms) {
        const double* e = n + at_.edge + k * at_.edges;
        for (std::size_t i = 0; i < used_bins(n, k); ++i) {
          const auto count = static_cast<double>(t[(k * at_.edges + i) * classes + c]);
          all += count;
          if (e[i] <= by.value) left += count;
        }
      } else {
        all = n[gauss_of(weights, c) + k];
        const double variance = all > 1 ? n[gauss_of(squares, c) + k] / (all - 1) : 0;
        const double d = by.value - n[gauss_of(means, c) + k];
        left = all * (variance > 0 ? std::erfc(-d / std::sqrt(2 * variance)) / 2 : d >= 0 ? 1 : 0);
      }
      const double to_left = counts_of(leaf)[c] * (all > 0 ? (std::min)(left / all, 1.0) : 0.5);
      counts_of(child)[c] = to_left;
      counts_of(child + 1)[c] = counts_of(leaf)[c] - to_left;
    }
  }
  /// Where an ascending list has `a`, or the first that is greater.
  [[nodiscard]] static std::size_t index_in(const std::uint32_t* list, std::size_t size, std::uint32_t a) noexcept {
    return static_cast<std::size_t>(std::lower_bound(list, list + size, a) - list);
  }

  /// Makes the slot of `child` that of a new leaf which knows, from the slot `from` of its parent, where values lie.
  /// The two may be the same.
  void inherit(std::uint32_t child, std::uint32_t from, bool right, const candidate& by) noexcept {
    const std::size_t classes = params_.classes;
    const std::uint32_t slot = nodes_[child].slot;
    double* n = numbers_of(slot);
    const double* old = numbers_of(from);
    float* t = tallies_of(slot);
    const float* old_t = tallies_of(from);
    const std::uint32_t* numeric = numeric_of(slot);
    const std::uint32_t* old_numeric = numeric_of(from);
    const auto place = [&](std::size_t k) {  // of attribute k in the parent's slot; `numerics` where it is not there
      if (!at_.subset) return k;
      const std::size_t o = index_in(old_numeric, at_.numerics, numeric[k]);
      return o < at_.numerics && old_numeric[o] == numeric[k] ? o : at_.numerics;
    };
    if (at_.histograms && params_.inherited > 0) {
      for (std::size_t k = 0; k < at_.numerics; ++k)
        if (const std::size_t o = place(k); o < at_.numerics) {
          for (std::size_t c = 0; c < classes; ++c) pass_on(old, old_t, n, c, k, o, right, by);
        } else {
          for (std::size_t c = 0; c < classes; ++c)
            for (const auto what : {weights, means, squares, inverse}) n[gauss_of(what, c) + k] = 0;
        }
    } else {
      std::fill_n(n + at_.gauss, 4 * classes * at_.stride, 0.0);
    }
    if (at_.histograms) {
      for (std::size_t k = 0; k < at_.numerics; ++k) {
        const std::size_t o = place(k);
        const bool known = o < at_.numerics && old[at_.used + o] > 0;
        double from_value = known ? old[at_.low + o] : 0;
        double to_value = known ? old[at_.high + o] : 0;
        if (!by.nominal && numeric[k] == by.attribute) (right ? from_value : to_value) = by.value;
        n[at_.used + k] = known ? refine(old, old_t, n, k, o, from_value, to_value) : -1;
        if (!known) std::fill_n(n + at_.edge + k * at_.edges, at_.edges, infinity);
      }
    }
    std::fill_n(t, at_.slot_tallies, 0.0F);
    std::fill_n(n, at_.base, 0.0);
    std::fill_n(n + at_.base, classes, -infinity);
    std::fill_n(n + at_.low, at_.stride, infinity);
    std::fill_n(n + at_.high, at_.stride, -infinity);
    std::fill_n(n + at_.candidate, at_.flags, 1.0);
  }

  /// Gaussians of a class, as of `inherited` rows at most, from the parent's: those of other attributes as they are,
  /// which is what naive Bayes assumes, that of the attribute of the split from the bins on this side of it.
  void pass_on(const double* old, const float* old_t, double* n, std::size_t c, std::size_t k, std::size_t o,
               bool right, const candidate& by) const noexcept {
    double count = old[gauss_of(weights, c) + o];
    double mean = old[gauss_of(means, c) + o];
    double squared = old[gauss_of(squares, c) + o];
    const bool counted = old[at_.candidate + at_.flag[o]] != 0;
    if (by.index == o && !by.nominal && counted) {
      const double* e = old + at_.edge + o * at_.edges;
      const std::size_t used = used_bins(old, o);
      double below = old[at_.low + o];
      count = mean = squared = 0;
      for (std::size_t i = 0; i < used; ++i) {
        const double above = i + 1 == used ? old[at_.high + o] : e[i];
        const auto w = static_cast<double>(old_t[(o * at_.edges + i) * params_.classes + c]);
        if ((e[i] > by.value) == right && w > 0) {
          const double d = (below + above) / 2 - mean;
          count += w;
          mean += d * (w / count);
          squared += w * d * ((below + above) / 2 - mean) + w * (above - below) * (above - below) / 12;
        }
        below = above;
      }
    }
    const double kept = (std::min)(count, params_.inherited);
    n[gauss_of(weights, c) + k] = kept;
    n[gauss_of(means, c) + k] = mean;
    n[gauss_of(squares, c) + k] = count > 0 ? squared * (kept / count) : 0;
    n[gauss_of(inverse, c) + k] = 0;
  }

  /// Edges between `from` and `to` that part the parent's rows there into equal numbers, as far as its bins tell; how
  /// many bins they make.
  double refine(const double* old, const float* old_t, double* n, std::size_t k, std::size_t o, double from,
                double to) const noexcept {
    const std::size_t classes = params_.classes;
    const std::size_t used = used_bins(old, o);
    std::array<double, 257> border;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled below
    std::array<double, 256> mass;    // NOLINT(cppcoreguidelines-pro-type-member-init): filled below
    double sum = 0;
    border[0] = from;
    const double* e = old + at_.edge + o * at_.edges;
    double below = old[at_.low + o];
    for (std::size_t i = 0; i < used; ++i) {
      const double above = i + 1 == used ? old[at_.high + o] : e[i];
      double m = 0;
      for (std::size_t c = 0; c < classes; ++c) m += static_cast<double>(old_t[(o * at_.edges + i) * classes + c]);
      const double a = std::clamp(below, from, to);
      const double b = std::clamp(above, from, to);
      const double share = above > below ? (b - a) / (above - below) : (above >= from && above <= to ? 1 : 0);
      mass[i] = m * share;
      border[i + 1] = (std::max)(border[i], b);
      sum += mass[i];
      below = (std::max)(below, above);
    }
    double* out = n + at_.edge + k * at_.edges;
    std::array<double, 256> edges;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled below
    std::size_t made = 0;
    const double want = sum / params_.bins;
    double passed = 0;
    std::size_t next = 1;
    for (std::size_t i = 0; i < used && sum > 0; ++i) {
      while (next < params_.bins && passed + mass[i] >= want * static_cast<double>(next)) {
        const double share = mass[i] > 0 ? (want * static_cast<double>(next) - passed) / mass[i] : 1;
        const double edge = border[i] + (border[i + 1] - border[i]) * std::clamp(share, 0.0, 1.0);
        if (made == 0 || edge > edges[made - 1]) edges[made++] = edge;
        ++next;
      }
      passed += mass[i];
    }
    std::copy_n(edges.data(), made, out);
    std::fill(out + made, out + at_.edges, infinity);
    return static_cast<double>(made + 1);
  }

  [[nodiscard]] std::string question(std::size_t i, bool negated, const row_names& names) const {
    const node& n = nodes_[i];
    return names.attribute(n.attribute) + (n.nominal ? (negated ? " is not " : " is ") : (negated ? " > " : " <= ")) +
           names.value(n.attribute, n.value);
  }
  [[nodiscard]] std::string leaf_text(std::size_t i) const {
    const double sum = total(i);
    return to_text(std::round(sum)) + " rows, " +
           to_text(sum > 0 ? std::round(1000 * counts_of(i)[majority(i)] / sum) / 10 : 0.0) + " % of it";
  }

  /// What reading the slot must be able to trust.
  [[nodiscard]] bool valid(const double* n) const noexcept {
    const auto within = [n](std::size_t from, std::size_t to, double least, double most) {
      return std::all_of(n + from, n + to, [=](double x) { return x >= least && x <= most; });
    };
    constexpr double most = 1e300;
    if (!within(0, at_.base, 0, most) || !within(at_.base, at_.gauss, -infinity, most)) return false;
    for (std::size_t c = 0; c < at_.classes; ++c) {
      const auto all = [&](gaussian what, double least, double greatest) {
        return within(gauss_of(what, c), gauss_of(what, c) + at_.stride, least, greatest);
      };
      if (!all(weights, 0, most_value) || !all(means, -most_value, most_value) || !all(squares, 0, most) ||
          !all(inverse, 0, most))
        return false;
    }
    if (!within(at_.low, at_.high, -most_value, infinity) || !within(at_.high, at_.candidate, -infinity, most_value) ||
        !within(at_.candidate, at_.used, 0, most))
      return false;
    for (std::size_t k = 0; at_.histograms && k < at_.numerics; ++k) {
      const double used = n[at_.used + k];
      if (used != std::floor(used) || used == 0 || used > params_.bins || used < -1.0 - params_.bins) return false;
      const double* e = n + at_.edge + k * at_.edges;
      if (!within(at_.edge + k * at_.edges, at_.edge + (k + 1) * at_.edges, -most_value, infinity) ||
          !std::is_sorted(e, e + at_.edges) || (used > 0 && e[used_bins(n, k) - 1] != infinity))
        return false;
    }
    return true;
  }

  hoeffding_params params_;
  hoeffding_layout at_;
  std::uint64_t random_ = 0;
  pool<node> nodes_;
  pool<double> counts_;
  pool<double> numbers_;
  pool<float> tallies_;
  pool<std::uint32_t> attributes_;
  pool<std::uint32_t> free_;
  pool<std::uint32_t> free_pairs_;
  bool some_full_ = false;
};

}  // namespace detail

/// The tree alone: its object is the core.
inline result<void> hoeffding_params::check() const {
  if (result<void> schema = check_schema(); !schema) return schema;
  return detail::hoeffding_layout(*this, {.object_bytes = sizeof(detail::hoeffding_core)}).check(*this);
}

}  // namespace netanomaly::inline NETANOMALY_MODE::learn
