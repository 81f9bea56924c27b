// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/concepts.hpp>
#include <netanomaly/core/hash.hpp>
#include <netanomaly/core/params.hpp>
#include <netanomaly/core/state.hpp>
#include <netanomaly/learn/detail/logarithm.hpp>
#include <netanomaly/learn/detail/random_cut_tree.hpp>
#include <netanomaly/learn/detail/withholding.hpp>
#include <netanomaly/learn/feature_scaling.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace netanomaly::inline NETANOMALY_MODE::learn {

/// What a row would do to a tree of random cuts. Both are expectations over the cut that would part the row from the
/// points held, computed without drawing one.
enum class cut_score : std::uint8_t {
  displacement,  ///< collusive: the greatest number of points that leave their depth, for each point of a group with it
  inverse_depth  ///< log2(points + 1) / (depth + 1), less where equal points are held: about 1 for rows like the others
};
[[nodiscard]] constexpr std::array<std::string_view, 2> enumerator_names(cut_score /*type*/) noexcept {
  return {"displacement", "inverse_depth"};
}

/// How much a row would change trees of random cuts: the robust random cut forest.
///
/// Each tree holds a sample of the past, in which a row is e times less likely after every `memory` rows, and cuts it
/// into single points at random. A row that an early cut would part from all others is unusual. Points enter and leave
/// the trees exactly: at any time the law of a tree is that of one made afresh from its sample.
///
/// Observes  std::span<const double>, one row of `features` numbers; with `shingle` k, what is judged is the last k
///           rows as one. Another length, NaN and infinities are rejected and change nothing.
/// Score     mean over the trees. inverse_depth: about 1 for rows like the others, log2(sample + 1) (8 by default) at
///           most; displacement: 0 to `sample`, in points. compose::calibrated gives alarms at a stated rate.
/// Scaling   cuts fall into features in proportion to their ranges, so widths matter. Each tree divides each feature by
///           the standard deviation in its own sample, rounded to a power of two (and so exact), and is grown anew
///           when that is fitted again: at 16 to 31 rows, at every doubling until `sample`, then every 4 `memory` rows.
/// Bursts    as in half_space_trees: rows whose score is among the `withhold` highest are judged but not learned,
///           `patience` in a row at most. They stay part of later shingles.
/// Cost      a judgement: a walk down each tree, O(trees depth features); a row enters one tree in memory / sample.
///           Rows, boxes and cuts lie in a pool made at construction, 12 trees sample features shingle bytes and some:
///           no allocation after that. score() writes to scratch space of the forest: one thread at a time.
/// Source    Guha, Mishra, Roy & Schrijvers, ICML 2016; reservoirs: Efraimidis & Spirakis, Inf. Process. Lett. 97,
///           2006, with weights exp(time / memory). inverse_depth is the score that random cut forests are run with in
///           practice; scaling and withholding are not in the paper.
/// Departs   does not merge: which rows two forests hold says nothing of the order in which they came.
class random_cut_forest {
  using tree_type = detail::random_cut_tree;

 public:
  static constexpr std::string_view kind = "random_cut_forest";
  static constexpr std::uint16_t state_version = 2;  // 1: without the limit of runs
  static constexpr std::string_view summary = "how much a row would change trees of random cuts";
  using observation = std::span<const double>;

  struct params {
    std::uint32_t features = 1;
    std::uint32_t shingle = 1;
    std::uint32_t trees = 50;
    std::uint32_t sample = 256;
    std::uint64_t memory = 2560;
    cut_score score = cut_score::inverse_depth;
    feature_scaling scaling = feature_scaling::logarithmic;
    double withhold = 0.01;
    std::uint32_t patience = 1000;
    std::uint32_t warmup = 250;
    double threshold = 2;
    std::uint64_t seed = 1;
    static constexpr void describe(auto& p, auto&& field) {
      field("features", p.features, between(1U, 65536U), "", "numbers in a row");
      field("shingle", p.shingle, between(1U, 1000U), "rows", "judged as one, the newest and those before it");
      field("trees", p.trees, between(1U, 1000U), "", "more are steadier and slower");
      field("sample", p.sample, between(8U, 65536U), "rows", "held by each tree");
      field("memory", p.memory, at_most(std::uint64_t{1} << 50), "rows",
            "until one is e times less likely held; 0: no decay");
      field("score", p.score, any_value(), "", "what is measured");
      field("scaling", p.scaling, any_value(), "", "what is done to features first");
      field("withhold", p.withhold, between(0.0, 0.5), "of the scores", "the highest, not learned; 0: all are learned");
      field("patience", p.patience, any_value(), "rows", "in a row withheld at most");
      field("warmup", p.warmup, at_least(1U), "rows", "learned before the first judgement");
      field("threshold", p.threshold, at_least(0.0), "", "a score above it is anomalous");
      field("seed", p.seed, any_value(), "", "of samples and trees");
    }
    [[nodiscard]] result<void> check() const {
      if (std::uint64_t{features} * shingle <= 65536) return {};
      return unexpected(error("features times shingle must be at most 65536"));
    }
    friend bool operator==(const params&, const params&) = default;
  };

  random_cut_forest() : random_cut_forest(params()) {}
  /// Throws std::invalid_argument.
  explicit random_cut_forest(const params& p)
      : params_(checked<random_cut_forest>(p)),
        dimensions_(std::size_t{p.features} * p.shingle),
        stride_(tree_type::stride(dimensions_)),
        parts_(p.trees, part(p, dimensions_)),
        history_(dimensions_ - p.features),
        samples_(p.scaling == feature_scaling::none ? 0 : p.sample * stride_),
        point_(stride_),
        scaled_(lanes * stride_),
        path_(p.score == cut_score::displacement ? lanes * p.sample : 0),
        withholding_(p.withhold, p.patience),
        decay_(p.memory == 0 ? 0 : 1 / static_cast<double>(p.memory)),
        growth_(std::exp(decay_)) {
    reset();
  }
  [[nodiscard]] static result<random_cut_forest> make(const params& p) { return make_checked<random_cut_forest>(p); }

  /// Judges and remembers nothing.
  [[nodiscard]] verdict score(const observation& row) const noexcept {
    if (!acceptable(row)) return verdict::reject();
    if (!judges()) return {};
    lay_out(row);
    return verdict::judge(judge(), params_.threshold);
  }
  /// Remembers, unless the row is withheld.
  void learn(const observation& row) noexcept { update(row); }
  /// Both.
  verdict update(const observation& row) noexcept {
    const verdict v = score(row);
    if (v.state == verdict::status::rejected) return v;
    if (v.state != verdict::status::judged) lay_out(row);
    std::copy_n(point_.begin() + params_.features, history_.size(), history_.begin());
    before_ = (std::min)(before_ + 1, params_.shingle);
    if (before_ < params_.shingle || (v.state == verdict::status::judged && withholding_(v.score))) return v;
    remember();
    return v;
  }

  /// How much each number adds to the score by being too high and by being too low, into the first features * shingle
  /// of `above` and `below`, those of the oldest row first. All of them together are the score. False, and nothing
  /// written, where the row cannot be judged or a span is too short.
  [[nodiscard]] bool explain(const observation& row, std::span<double> above, std::span<double> below) const noexcept {
    if (!acceptable(row) || !judges() || above.size() < dimensions_ || below.size() < dimensions_) return false;
    above = above.first(dimensions_);
    below = below.first(dimensions_);
    std::fill(above.begin(), above.end(), 0.0);
    std::fill(below.begin(), below.end(), 0.0);
    lay_out(row);
    for (const part& t : parts_) {
      scale(t, point_.data(), scaled_.data());
      attribute(t.tree, scaled_.data(), above.data(), below.data());
    }
    for (const std::span<double> shares : {above, below})
      for (double& s : shares) s /= params_.trees;
    return true;
  }
  /// Both directions, and all rows of a shingle, as one share of each feature.
  [[nodiscard]] bool explain(const observation& row, std::span<double> shares) const {
    std::vector<double> above(dimensions_), below(dimensions_);
    if (shares.size() < params_.features || !explain(row, above, below)) return false;
    std::fill_n(shares.begin(), params_.features, 0.0);
    for (std::size_t i = 0; i < dimensions_; ++i) shares[i % params_.features] += above[i] + below[i];
    return true;
  }

  /// Calls f(row, count) for each different row in the sample of a tree, a std::span<const double> of
  /// features * shingle numbers, as they are after the logarithm and to 24 bits; and how many are equal to it.
  template <class F>
  void each_held(std::size_t tree, F&& f) const {
    const part& t = parts_[tree];
    std::vector<double> row(dimensions_);
    t.tree.preorder([&](std::uint32_t node) {
      if (!t.tree.is_leaf(node)) return;
      for (std::size_t i = 0; i < dimensions_; ++i) row[i] = unscaled(t, t.tree.row(node), i);
      f(std::span<const double>(row), t.tree.mass(node));
    });
  }

  [[nodiscard]] const params& parameters() const noexcept { return params_; }
  [[nodiscard]] std::uint64_t learned() const noexcept { return learned_; }                     ///< rows
  [[nodiscard]] std::uint64_t withheld() const noexcept { return withholding_.at().withheld; }  ///< rows

  void reset() noexcept {
    learned_ = draws_ = 0;
    before_ = 0;
    withholding_.reset();
    std::fill(history_.begin(), history_.end(), 0.0);
    std::uint64_t first = 16;  // not all in one row
    for (part& t : parts_) {
      t.tree.clear();
      t.held = 0;
      t.likely = 1;
      t.fit_at = first;
      first = first == 31 ? 16 : first + 1;
      std::fill(t.exponents.begin(), t.exponents.end(), 0);
      std::fill(t.factors.begin(), t.factors.end(), 1.0);
    }
  }
  [[nodiscard]] std::size_t memory_bytes() const noexcept {
    const auto bytes = [](const auto& v) { return v.capacity() * sizeof(v[0]); };
    std::size_t sum = sizeof(*this) + bytes(parts_) + bytes(history_) + bytes(samples_) + bytes(point_) +
                      bytes(scaled_) + bytes(path_) + withholding_.memory_bytes() - sizeof(withholding_);
    for (const part& t : parts_)
      sum += t.tree.memory_bytes() - sizeof(t.tree) + bytes(t.heap) + bytes(t.exponents) + bytes(t.factors);
    return sum;
  }

  void save(state_writer& out) const {
    save_head<random_cut_forest>(out, params_);
    out.scalar(learned_);
    out.scalar(draws_);
    out.scalar(before_);
    out.array(std::span<const double>(history_));
    const detail::withholding::position& w = withholding_.at();
    for (const std::uint64_t n : {w.withheld, w.held, w.next, w.fresh}) out.scalar(n);
    w.save_limits(out);
    out.array(withholding_.scores());
    // Leaves are numbered in the order in which they are written.
    std::vector<std::uint32_t> number(params_.sample);
    for (const part& t : parts_) {
      out.scalar(t.fit_at);
      out.array(std::span<const std::int32_t>(t.exponents));
      t.tree.save(out);
      std::uint32_t next = 0;
      t.tree.preorder([&](std::uint32_t node) {
        if (t.tree.is_leaf(node)) number[node] = next++;
      });
      for (const entry& e : std::span(t.heap).first(t.held)) {
        out.scalar(e.key);
        out.scalar(number[e.leaf]);
      }
    }
  }
  [[nodiscard]] static result<random_cut_forest> load(state_reader& in) {
    const auto head = load_head<random_cut_forest>(in);
    const params& p = head.params;
    if (!in.ok() || !in.charge(bytes_for(p), 1)) return unexpected(in.error());
    random_cut_forest f(p);
    f.learned_ = in.count();
    f.draws_ = in.count();
    f.before_ = in.scalar<std::uint32_t>();
    if (in.ok() && (f.before_ > p.shingle || (f.learned_ > 0 && f.before_ < p.shingle)))
      in.fail("random_cut_forest: an impossible state");
    for (double& x : f.history_)
      if (x = in.finite(); in.ok() && std::abs(x) > largest) in.fail("random_cut_forest: a number out of range");
    detail::withholding::position w;
    for (std::uint64_t* n : {&w.withheld, &w.held, &w.next, &w.fresh}) *n = in.count();
    w.read_limits(in, head.version >= 2);
    f.withholding_.restore(w, in);
    f.withholding_.read_scores(in);
    std::vector<std::uint32_t> left;  // of each leaf's points, those that no entry is for yet
    for (part& t : f.parts_) {
      t.fit_at = in.count();
      in.array(std::span<std::int32_t>(t.exponents));
      for (std::size_t i = 0; i < f.dimensions_; ++i) {
        if (in.ok() && (t.exponents[i] < least_exponent || t.exponents[i] > most_exponent))
          in.fail("random_cut_forest: a scale out of range");
        if (in.ok()) t.factors[i] = std::ldexp(1.0, t.exponents[i]);
      }
      t.tree.load(in);
      if (!in.ok()) break;
      t.held = static_cast<std::uint32_t>(t.tree.points());
      if (t.held != (std::min)(f.learned_, std::uint64_t{p.sample}))
        in.fail("random_cut_forest: a sample of wrong size");
      left.clear();
      t.tree.preorder([&](std::uint32_t node) {
        if (!t.tree.is_leaf(node)) return;
        left.push_back(t.tree.mass(node));  // leaf k of the record has index k
        for (std::size_t i = 0; i < f.dimensions_; ++i)
          if (!(std::abs(unscaled(t, t.tree.row(node), i)) <= largest))
            in.fail("random_cut_forest: a number out of range");
      });
      for (std::uint32_t i = 0; i < t.held && in.ok(); ++i) {
        entry& e = t.heap[i];
        e.key = in.finite();
        e.leaf = in.scalar<std::uint32_t>();
        if (in.ok() && (e.leaf >= left.size() || left[e.leaf]-- == 0 || (i > 0 && t.heap[(i - 1) / 2].key < e.key)))
          in.fail("random_cut_forest: a reservoir that does not match its tree");
      }
      f.foresee(t);
    }
    if (!in.ok()) return unexpected(in.error());
    return f;
  }

 private:
  static constexpr std::size_t lanes = 8;  // trees walked at once
  static constexpr double greatest = (std::numeric_limits<double>::max)();
  static constexpr double largest = 1e150;                          // of a feature; its square is finite
  static constexpr int least_exponent = -500, most_exponent = 100;  // of a scale

  struct entry {
    double key;          // log(-log(a number in 0 to 1)) less the age: the smallest stay
    std::uint32_t leaf;  // in the tree
  };
  struct part {
    tree_type tree;
    std::vector<entry> heap;              // the sample, by a greatest key first
    std::vector<std::int32_t> exponents;  // of a feature's scale
    std::vector<double> factors;          // 2 to these
    std::uint64_t fit_at = 0;             // rows learned when the scale is fitted next
    double likely = 1;                    // at least the chance that the next row enters
    std::uint32_t held = 0;

    part(const params& p, std::size_t dimensions)
        : tree(p.sample, dimensions), heap(p.sample), exponents(dimensions), factors(tree_type::stride(dimensions)) {}
  };

  [[nodiscard]] bool acceptable(const observation& row) const noexcept {
    return row.size() == params_.features &&
           std::all_of(row.begin(), row.end(), [](double x) { return std::abs(x) <= greatest; });
  }
  [[nodiscard]] bool judges() const noexcept { return learned_ >= params_.warmup; }
  [[nodiscard]] std::uint64_t draw() noexcept { return splitmix64::mix(params_.seed + 0x9e3779b97f4a7c15U * ++draws_); }
  /// For inserts: from 0 to below 1.
  [[nodiscard]] auto uniform() noexcept {
    return [this] { return static_cast<double>(draw() >> 11) * 0x1p-53; };
  }

  /// The rows of the shingle, this one last, in point_.
  void lay_out(const observation& row) const noexcept {
    const auto rest = std::copy(history_.begin(), history_.end(), point_.begin());
    if (params_.scaling == feature_scaling::logarithmic) {
      std::transform(row.begin(), row.end(), rest, [](double x) { return detail::to_logarithm(x); });
    } else {
      std::transform(row.begin(), row.end(), rest, [](double x) { return std::clamp(x, -largest, largest); });
    }
  }
  /// A point as it stands in a tree.
  void scale(const part& t, const double* point, float* into) const noexcept {
    constexpr double most = tree_type::largest;
    for (std::size_t i = 0; i < stride_; ++i)
      into[i] = static_cast<float>((std::min)((std::max)(point[i] * t.factors[i], -most), most));
  }

  [[nodiscard]] static double unscaled(const part& t, const float* row, std::size_t feature) noexcept {
    return std::ldexp(static_cast<double>(row[feature]), -t.exponents[feature]);
  }

  /// Points that a group displaces, the row with it, for each of the group: it would be `to` and the row.
  [[nodiscard]] static double displaced(const tree_type& tree, const tree_type::cut& c, std::uint32_t to) noexcept {
    return tree.mass(to == c.left ? c.right : c.left) / (tree.mass(to) + 1.0);
  }
  /// What the score is if the row is parted from the points of a node. `above`: its depth, or the most that groups
  /// displace on the way to it.
  template <cut_score Score>
  [[nodiscard]] static double parted(const tree_type& tree, std::uint32_t node, double above) noexcept {
    if constexpr (Score == cut_score::displacement) {
      return (std::max)(static_cast<double>(tree.mass(node)), above);
    } else {
      return 1 / (above + 1);
    }
  }
  template <cut_score Score>
  [[nodiscard]] static double at_leaf(const tree_type& tree, std::uint32_t leaf, bool apart, double above) noexcept {
    if (apart) return parted<Score>(tree, leaf, above);
    if (leaf == tree.root()) return 0;  // all points are this one
    if constexpr (Score == cut_score::displacement) {
      return above;
    } else {
      const double mass = tree.mass(leaf);
      return (1 - mass / (2 * static_cast<double>(tree.points()))) / (above + log2_of(mass + 1));
    }
  }
  [[nodiscard]] static double log2_of(double x) noexcept { return detail::logarithm(x) * 1.4426950408889634; }

  [[nodiscard]] double judge() const noexcept {
    return params_.score == cut_score::displacement ? judge_by<cut_score::displacement>()
                                                    : judge_by<cut_score::inverse_depth>();
  }
  /// Of a tree's sum.
  [[nodiscard]] double unit(const tree_type& tree) const noexcept {
    return params_.score == cut_score::displacement ? 1 : log2_of(static_cast<double>(tree.points()) + 1);
  }
  template <cut_score Score>
  [[nodiscard]] double judge_by() const noexcept {
    constexpr bool displaces = Score == cut_score::displacement;
    double sum = 0;
    for (std::size_t first = 0; first < parts_.size(); first += lanes) {
      const std::size_t count = (std::min)(lanes, parts_.size() - first);
      std::array<std::uint32_t, lanes> at{}, depth{};
      std::array<std::uint8_t, lanes> under_way{};
      for (std::uint8_t i = 0; i < count; ++i) {
        const part& t = parts_[first + i];
        scale(t, point_.data(), scaled_.data() + i * stride_);
        at[i] = t.tree.root();
        under_way[i] = i;
        if constexpr (displaces) path_[std::size_t{i} * params_.sample] = 0;
      }
      // Down to the leaves, where the row stands if it is parted nowhere; one step in each tree in turn.
      for (std::size_t n = count; n > 0;) {
        std::size_t kept = 0;
        for (std::size_t k = 0; k < n; ++k) {
          const std::uint8_t i = under_way[k];
          const tree_type& tree = parts_[first + i].tree;
          if (tree.is_leaf(at[i])) continue;
          const tree_type::cut& c = tree.cut_of(at[i]);
          at[i] = tree_type::side(c, scaled_.data() + i * stride_);
          ++depth[i];
          if constexpr (displaces) {
            double* const above = path_.data() + std::size_t{i} * params_.sample + depth[i];
            *above = (std::max)(above[-1], displaced(tree, c, at[i]));
          }
          under_way[kept++] = i;
        }
        n = kept;
      }
      // And up, as far as the row lies outside the boxes: those above hold it, and cannot part it from their points.
      for (std::size_t i = 0; i < count; ++i) {
        const tree_type& tree = parts_[first + i].tree;
        const float* const point = scaled_.data() + i * stride_;
        const auto above = [&]() noexcept -> double {
          if constexpr (displaces) {
            return path_[i * params_.sample + depth[i]];
          } else {
            return depth[i];
          }
        };
        auto out = static_cast<double>(tree.outside(at[i], point));
        double here = at_leaf<Score>(tree, at[i], out > 0, above());
        while (out > 0 && at[i] != tree.root()) {
          at[i] = tree.parent(at[i]);
          --depth[i];
          out = static_cast<double>(tree.outside(at[i], point));
          if (!(out > 0)) break;
          const double range = tree.range(at[i]), inside = range / (range + out);
          here = here * inside + (1 - inside) * parted<Score>(tree, at[i], above());
        }
        sum += here * unit(tree);
      }
    }
    return sum / params_.trees;
  }

  /// A cut of the tree, and the side of it.
  struct reason {
    std::uint32_t feature = 0;
    bool above = false;
  };
  /// Adds what each number of a point contributes to the sum of a tree, from the root down. Where no new cut decides
  /// but a cut of the tree, it is that one's feature.
  void attribute(const tree_type& tree, const float* point, double* above, double* below) const noexcept {
    const bool displaces = params_.score == cut_score::displacement;
    const auto value = [&](std::uint32_t node, bool apart, double so_far) noexcept {
      return displaces ? at_leaf<cut_score::displacement>(tree, node, apart, so_far)
                       : at_leaf<cut_score::inverse_depth>(tree, node, apart, so_far);
    };
    double left = unit(tree);  // chance that no cut so far has parted it
    double so_far = 0;         // as `above` in parted()
    reason group;
    for (std::uint32_t at = tree.root();;) {
      const auto out = static_cast<double>(tree.outside(at, point));
      const double range = tree.range(at), inside = out > 0 ? range / (range + out) : tree.is_leaf(at) ? 0 : 1;
      if (inside < 1) {
        const double share = left * (1 - inside) * value(at, out > 0, so_far);
        if (out > 0 && (!displaces || so_far <= tree.mass(at))) {
          const float* const l = tree.low(at);
          const float* const h = tree.high(at);
          const auto beyond = [&](auto&& f) noexcept {
            for (std::size_t i = 0; i < dimensions_; ++i) {
              if (point[i] > h[i]) f(above[i], static_cast<double>(point[i]) - static_cast<double>(h[i]));
              if (point[i] < l[i]) f(below[i], static_cast<double>(l[i]) - static_cast<double>(point[i]));
            }
          };
          double total = 0;
          beyond([&](double&, double distance) noexcept { total += distance; });
          beyond([&](double& to, double distance) noexcept { to += share * (distance / total); });
        } else {
          (group.above ? above : below)[group.feature] += share;
        }
        left *= inside;
      }
      if (tree.is_leaf(at)) return;
      const tree_type::cut& c = tree.cut_of(at);
      at = tree_type::side(c, point);
      const double next = displaces ? (std::max)(so_far, displaced(tree, c, at)) : so_far + 1;
      if (!displaces || next > so_far) group = {c.feature, at == c.right};
      so_far = next;
    }
  }

  /// The row in point_ enters the samples that draw it.
  void remember() noexcept {
    const double age = static_cast<double>(learned_) * decay_;
    ++learned_;
    for (part& t : parts_) {
      const double u = (static_cast<double>(draw() >> 12) + 0.5) * 0x1p-52;
      const double likely = t.likely;
      t.likely *= growth_;
      const bool full = t.held == params_.sample;
      // It enters where -log u < exp(greatest key + age), and -log u >= 1 - u: most rows need no logarithm.
      if (full && u < 1 - likely) continue;
      const double key = detail::logarithm(-detail::logarithm(u)) - age;
      if (full && key >= t.heap[0].key) continue;
      scale(t, point_.data(), scaled_.data());
      if (full) {
        t.tree.erase(t.heap[0].leaf);
        t.heap[0] = {key, t.tree.insert(scaled_.data(), uniform())};
        sift_down(t, 0);
      } else {
        t.heap[t.held] = {key, t.tree.insert(scaled_.data(), uniform())};
        sift_up(t, t.held++);
      }
      if (params_.scaling != feature_scaling::none && learned_ >= t.fit_at) fit(t);
      foresee(t);
    }
  }
  /// How likely the next row enters, rounded up.
  void foresee(part& t) const noexcept {
    if (t.held == params_.sample)
      t.likely = std::exp(t.heap[0].key + static_cast<double>(learned_) * decay_) * (1 + 1e-6);
  }
  static void sift_down(part& t, std::size_t i) noexcept {
    for (;;) {
      std::size_t top = i;
      for (const std::size_t child : {2 * i + 1, 2 * i + 2})
        if (child < t.held && t.heap[child].key > t.heap[top].key) top = child;
      if (top == i) return;
      std::swap(t.heap[i], t.heap[top]);
      i = top;
    }
  }
  static void sift_up(part& t, std::size_t i) noexcept {
    for (; i > 0 && t.heap[i].key > t.heap[(i - 1) / 2].key; i = (i - 1) / 2) std::swap(t.heap[i], t.heap[(i - 1) / 2]);
  }

  /// Fits the scale of a tree to its sample, and grows the tree anew.
  void fit(part& t) noexcept {
    const std::uint64_t memory = params_.memory == 0 ? learned_ / 4 : params_.memory;
    t.fit_at = learned_ < params_.sample ? 2 * learned_ : learned_ + 4 * memory;
    for (std::uint32_t e = 0; e < t.held; ++e) {
      const float* const row = t.tree.row(t.heap[e].leaf);
      for (std::size_t i = 0; i < dimensions_; ++i) samples_[e * stride_ + i] = unscaled(t, row, i);
    }
    for (std::size_t i = 0; i < dimensions_; ++i) {
      t.exponents[i] = exponent_for(t, i);
      t.factors[i] = std::ldexp(1.0, t.exponents[i]);
    }
    t.tree.clear();
    for (std::uint32_t e = 0; e < t.held; ++e) {
      scale(t, samples_.data() + e * stride_, scaled_.data());
      t.heap[e].leaf = t.tree.insert(scaled_.data(), uniform());
    }
  }
  /// Of the power of two next to 1 / standard deviation. A feature that was constant is taken for one that varies by a
  /// quarter of 1, or of a thousandth of its size.
  [[nodiscard]] int exponent_for(const part& t, std::size_t feature) const noexcept {
    const double n = t.held, first = samples_[feature];
    double sum = 0, squares = 0, size = 0;
    for (std::uint32_t e = 0; e < t.held; ++e) {
      const double x = samples_[e * stride_ + feature], d = x - first;
      sum += d;
      squares += d * d;
      size = (std::max)(size, std::abs(x));
    }
    double deviation = std::sqrt((std::max)(squares - sum * sum / n, 0.0) / n);
    if (!(deviation > 1e-9 * size)) deviation = (std::max)(1.0, size * 1e-3) / 4;
    int exponent = 0;
    const double significand =
        std::frexp(deviation, &exponent);  // deviation = significand 2^exponent, 1/2 <= significand < 1
    return std::clamp(significand < 0.70710678118654752 ? 1 - exponent : -exponent, least_exponent, most_exponent);
  }

  /// What a forest allocates.
  [[nodiscard]] static std::uint64_t bytes_for(const params& p) noexcept {
    const std::uint64_t dimensions = std::uint64_t{p.features} * p.shingle;
    const std::uint64_t stride = tree_type::stride(static_cast<std::size_t>(dimensions));
    return p.trees *
               (tree_type::bytes_for(p.sample, dimensions) + sizeof(part) + p.sample * sizeof(entry) + 12 * stride) +
           (p.sample + 3 + lanes) * stride * sizeof(double) + detail::withholding::most_bytes +
           8 * (lanes + 1) * std::uint64_t{p.sample};
  }

  params params_;
  std::size_t dimensions_, stride_;
  std::vector<part> parts_;
  std::vector<double> history_;        // the rows before, of the shingle
  std::vector<double> samples_;        // of a tree that is grown anew
  mutable std::vector<double> point_;  // what is judged
  mutable std::vector<float> scaled_;  // as it stands in some trees
  mutable std::vector<double> path_;   // to leaves, the most that is displaced on it
  detail::withholding withholding_;
  double decay_, growth_;
  std::uint64_t learned_ = 0, draws_ = 0;
  std::uint32_t before_ = 0;  // rows seen, up to shingle
};
static_assert(model<random_cut_forest> && configurable<random_cut_forest> && !mergeable<random_cut_forest>);
static_assert(noexcept(std::declval<random_cut_forest&>().update(std::span<const double>())));

}  // namespace netanomaly::inline NETANOMALY_MODE::learn
