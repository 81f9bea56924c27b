// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/concepts.hpp>
#include <netanomaly/core/hash.hpp>
#include <netanomaly/core/params.hpp>
#include <netanomaly/core/state.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace netanomaly::inline NETANOMALY_MODE::learn {

/// How the masses that a row meets become one number.
enum class mass_score : std::uint8_t {
  terminal,  ///< the paper's: mass * 2^depth where the walk ends, as a share of the greatest possible, from 1 down
  path_sum,  ///< the sum of mass * 2^depth along the walk, likewise
  mean_log   ///< mean over the trees of log(1 + mass * 2^depth), from its greatest possible down: nats
};
[[nodiscard]] constexpr std::array<std::string_view, 3> enumerator_names(mass_score /*type*/) noexcept {
  return {"terminal", "path_sum", "mean_log"};
}

/// What is done to features before they meet the trees, whose work space is made for numbers from 0 to 1.
enum class feature_scaling : std::uint8_t {
  none,        ///< nothing: the rows are between 0 and 1 already
  range,       ///< the range of the past becomes 0 to 1
  logarithmic  ///< the same of sign(x) log2(1 + |x|), by straight lines between powers of two: linear up to |x| = 1
};
[[nodiscard]] constexpr std::array<std::string_view, 3> enumerator_names(feature_scaling /*type*/) noexcept {
  return {"none", "range", "logarithmic"};
}

/// How empty the surroundings of a row are: half-space trees, an anomaly detector that learns from a stream.
///
/// Each tree halves its own random work space again and again, at the middle of a random feature; what is counted is
/// how many rows of the last full window lie in each cell. A row in cells of little mass is unusual.
///
/// Observes  std::span<const double>, one row of `features` numbers. Another length, NaN and infinities are rejected
///           and change nothing.
/// Score     mean_log: log(window 2^depth) less the mean log mass, nats, from 0 to that (15.9 by default); the other
///           two lie in 0 to 1 and crowd at 1, so that only their order says much. Bounded, with ties: under
///           compose::calibrated alarms come at the stated rate of 1e-2 and more seldom than stated below that (a
///           seventh of it at 1e-3, docs/anomaly-forests.md).
/// Bursts    a burst as long as a window would become the reference and then be normal. Rows whose score is beyond the
///           smoothed `withhold` quantile of the last 1,000 scores are judged but not learned, `patience` in a row at
///           most: a change that stays becomes normal after that.
/// Cost      a judgement: one walk a tree to where at most size_limit * window rows are, all trees interleaved. At the
///           end of a window the trees are counted anew, O(trees depth window), no allocation. 16 window features
///           bytes and the trees, which are small: only cells with rows are held. merge() allocates.
/// Merging   adds mass profiles: both references, and both windows under way, count as one; exact, because rows are
///           held, not counts, and cells follow from the seed and the joint range. The withholding stays ours.
/// Source    Tan, Ting & Liu, IJCAI 2011. mean_log, withholding and scaling are not in the paper; terminal with
///           size_limit = 0.1, withhold = 0 and scaling = none is the paper's.
/// Departs   full trees are never built: cells, their features and middles come from a hash of the seed and the path.
class half_space_trees {
 public:
  static constexpr std::string_view kind = "half_space_trees";
  static constexpr std::string_view summary = "how empty the surroundings of a row are, by half-space trees";
  using observation = std::span<const double>;

  struct params {
    std::uint32_t features = 1;
    std::uint32_t trees = 25;
    std::uint32_t depth = 15;
    std::uint32_t window = 250;
    double size_limit = 0.04;
    mass_score score = mass_score::mean_log;
    feature_scaling scaling = feature_scaling::logarithmic;
    double scale_memory = 1000;
    double withhold = 0.01;
    std::uint32_t patience = 1000;
    double threshold = 12;
    std::uint64_t seed = 1;
    static constexpr void describe(auto& p, auto&& field) {
      field("features", p.features, between(1U, 65536U), "", "numbers in a row");
      field("trees", p.trees, between(1U, 1000U), "", "more are steadier and slower");
      field("depth", p.depth, between(1U, 30U), "splits", "at most, from the root to a leaf");
      field("window", p.window, between(10U, 100000U), "rows", "that make a mass profile");
      field("size_limit", p.size_limit, between(0.0, 0.5), "of the window", "a cell with no more rows is not split");
      field("score", p.score, any_value(), "", "how masses become a score");
      field("scaling", p.scaling, any_value(), "", "what is done to features first");
      field("scale_memory", p.scale_memory, at_least(1.0), "windows", "in which a wider range of the past wears off");
      field("withhold", p.withhold, between(0.0, 0.5), "of the scores", "the highest, not learned; 0: all are learned");
      field("patience", p.patience, any_value(), "rows", "in a row withheld at most");
      field("threshold", p.threshold, at_least(0.0), "", "a score above it is anomalous");
      field("seed", p.seed, any_value(), "", "of the trees");
    }
    friend bool operator==(const params&, const params&) = default;
  };

  half_space_trees() : half_space_trees(params()) {}
  /// Throws std::invalid_argument.
  explicit half_space_trees(const params& p)
      : params_(checked<half_space_trees>(p)),
        latest_(std::size_t{p.window} * p.features),
        low_(p.features),
        high_(p.features),
        cell_low_(p.features),
        cell_high_(p.features),
        roots_(p.trees),
        reach_((p.trees + lanes - 1) / lanes),
        scores_(p.withhold > 0 ? history : 0),
        sorted_(scores_.size()) {
    make_room(p.window);
    reset();
  }
  [[nodiscard]] static result<half_space_trees> make(const params& p) { return make_checked<half_space_trees>(p); }

  /// Judges and remembers nothing.
  [[nodiscard]] verdict score(const observation& row) const noexcept {
    if (!acceptable(row)) return verdict::reject();
    if (reference_rows_ == 0) return {};
    return verdict::judge(judge(row.data()), params_.threshold);
  }
  /// Remembers, unless the row is withheld.
  void learn(const observation& row) noexcept { update(row); }
  /// Both.
  verdict update(const observation& row) noexcept {
    const verdict v = score(row);
    if (v.state == verdict::status::rejected) return v;
    if (v.state == verdict::status::judged && suspicious(v.score)) {
      ++withheld_;
      return v;
    }
    ++learned_;
    std::copy(row.begin(), row.end(), latest_.begin() + static_cast<std::ptrdiff_t>(latest_rows_ * params_.features));
    if (++latest_rows_ >= params_.window) swap_windows();
    return v;
  }

  /// How much each feature adds to the mean_log score, into the first `features` of `shares`: log mass lost at the
  /// splits of that feature, mean over the trees. Their sum is the mean_log score less unexplained(). False, and
  /// nothing written, where the row cannot be judged or `shares` is too short.
  [[nodiscard]] bool explain(const observation& row, std::span<double> shares) const noexcept {
    if (!acceptable(row) || reference_rows_ == 0 || shares.size() < params_.features) return false;
    shares = shares.first(params_.features);
    std::fill(shares.begin(), shares.end(), 0.0);
    for (const std::uint32_t root : roots_) {
      std::uint32_t at = root;
      double log_mass = std::log1p(mass_[at]);
      while (nodes_[at].child != at) {
        const std::uint32_t feature = nodes_[at].feature;
        at = next(nodes_[at], row.data());
        const double below = std::log1p(mass_[at]);
        shares[feature] += (log_mass - below) / params_.trees;
        log_mass = below;
      }
    }
    return true;
  }
  /// The mean_log score of a row that no split makes unusual.
  [[nodiscard]] double unexplained() const noexcept {
    return most_log() - std::log1p(static_cast<double>(params_.window));
  }

  [[nodiscard]] const params& parameters() const noexcept { return params_; }
  [[nodiscard]] std::uint64_t learned() const noexcept { return learned_; }    ///< rows
  [[nodiscard]] std::uint64_t withheld() const noexcept { return withheld_; }  ///< rows
  /// Rows in the mass profile that rows are judged by: 0 before the first window is full.
  [[nodiscard]] std::size_t reference_size() const noexcept { return reference_rows_; }
  /// What counts as 0 and as 1 of a feature, before the logarithm is taken.
  [[nodiscard]] std::pair<double, double> scale_of(std::size_t feature) const noexcept {
    return {from_scale(low_[feature]), from_scale(high_[feature])};
  }

  void reset() noexcept {
    reference_rows_ = latest_rows_ = 0;
    learned_ = withheld_ = 0;
    in_a_row_ = 0;
    scores_held_ = score_next_ = fresh_ = 0;
    limit_ = std::numeric_limits<double>::infinity();
    std::fill(low_.begin(), low_.end(), 0.0);
    std::fill(high_.begin(), high_.end(), 1.0);
  }
  [[nodiscard]] std::size_t memory_bytes() const noexcept {
    const auto bytes = [](const auto& v) { return v.capacity() * sizeof(v[0]); };
    return sizeof(*this) + bytes(reference_) + bytes(latest_) + bytes(low_) + bytes(high_) + bytes(cell_low_) +
           bytes(cell_high_) + bytes(roots_) + bytes(reach_) + bytes(nodes_) + bytes(value_) + bytes(mass_) +
           bytes(order_) + bytes(spare_) + bytes(scores_) + bytes(sorted_);
  }

  /// Adds the mass profiles of `other`. An error where parameters, and so trees, differ.
  [[nodiscard]] result<void> merge(const half_space_trees& other) {
    if (auto same = check_mergeable<half_space_trees>(params_, other.params_); !same) return same;
    if (this == &other) return merge(half_space_trees(other));
    const std::size_t features = params_.features;
    const std::size_t rows = reference_rows_ + other.reference_rows_;
    if (other.reference_rows_ > 0) {
      for (std::size_t i = 0; i < features; ++i) {
        low_[i] = reference_rows_ > 0 ? (std::min)(low_[i], other.low_[i]) : other.low_[i];
        high_[i] = reference_rows_ > 0 ? (std::max)(high_[i], other.high_[i]) : other.high_[i];
      }
      make_room(rows);
      std::copy_n(other.reference_.begin(), other.reference_rows_ * features,
                  reference_.begin() + static_cast<std::ptrdiff_t>(reference_rows_ * features));
      reference_rows_ = rows;
    }
    const std::size_t latest = latest_rows_ + other.latest_rows_;
    if (latest_.size() < (latest + 1) * features) latest_.resize((latest + 1) * features);
    std::copy_n(other.latest_.begin(), other.latest_rows_ * features,
                latest_.begin() + static_cast<std::ptrdiff_t>(latest_rows_ * features));
    latest_rows_ = latest;
    make_room(std::max<std::size_t>(latest + 1, rows));
    learned_ += other.learned_;
    withheld_ += other.withheld_;
    if (rows > 0) count();
    return {};
  }

  void save(state_writer& out) const {
    save_head<half_space_trees>(out, params_);
    for (const std::uint64_t n : {learned_, withheld_, std::uint64_t{reference_rows_}, std::uint64_t{latest_rows_},
                                  std::uint64_t{scores_held_}, std::uint64_t{score_next_}, std::uint64_t{fresh_}})
      out.scalar(n);
    out.scalar(in_a_row_);
    out.scalar(limit_);
    out.array(std::span<const double>(low_));
    out.array(std::span<const double>(high_));
    out.array(std::span<const double>(reference_).first(reference_rows_ * params_.features));
    out.array(std::span<const double>(latest_).first(latest_rows_ * params_.features));
    out.array(std::span<const double>(scores_).first(scores_held_));
  }
  [[nodiscard]] static result<half_space_trees> load(state_reader& in) {
    const auto head = load_head<half_space_trees>(in);
    const params& p = head.params;
    if (!in.ok() || !in.charge(bytes_for(p, p.window), 1)) return unexpected(in.error());
    std::array<std::uint64_t, 7> n{};
    for (std::uint64_t& value : n) value = in.count();
    const std::uint64_t reference = n[2], latest = n[3];
    const auto in_a_row = in.scalar<std::uint32_t>();
    const auto limit = in.scalar<double>();
    // Merged profiles are longer than a window; the bytes must hold them.
    const std::uint64_t row = std::uint64_t{p.features} * sizeof(double);
    if (in.ok() && (reference > in.remaining() / row || latest > in.remaining() / row ||
                    (reference > 0 && reference < p.window) || n[4] > (p.withhold > 0 ? history : 0) ||
                    n[5] >= history || n[6] >= refresh || in_a_row > p.patience || std::isnan(limit)))
      in.fail("half_space_trees: an impossible state");
    const std::uint64_t room = (std::max)({reference, latest + 1, std::uint64_t{p.window}});
    if (in.ok() && room > p.window && !in.charge(bytes_for(p, room), 1)) return unexpected(in.error());
    if (!in.ok()) return unexpected(in.error());
    half_space_trees t(p);
    t.make_room(static_cast<std::size_t>(room));
    t.learned_ = n[0];
    t.withheld_ = n[1];
    t.reference_rows_ = static_cast<std::size_t>(reference);
    t.latest_rows_ = static_cast<std::size_t>(latest);
    t.scores_held_ = static_cast<std::size_t>(n[4]);
    t.score_next_ = static_cast<std::size_t>(n[5]);
    t.fresh_ = static_cast<std::size_t>(n[6]);
    t.in_a_row_ = in_a_row;
    t.limit_ = limit;
    if (t.latest_.size() < (t.latest_rows_ + 1) * p.features) t.latest_.resize((t.latest_rows_ + 1) * p.features);
    const auto read = [&](std::span<double> into) {
      in.array(into);
      for (const double x : into)
        if (in.ok() && !(std::abs(x) <= greatest)) in.fail("half_space_trees: a number that is not finite");
    };
    read(t.low_);
    read(t.high_);
    for (std::size_t i = 0; i < p.features; ++i)
      if (in.ok() && (t.low_[i] < -2e300 || t.high_[i] > 2e300 || t.low_[i] >= t.high_[i]))
        in.fail("half_space_trees: a range that cannot be");
    read(std::span(t.reference_).first(t.reference_rows_ * p.features));
    read(std::span(t.latest_).first(t.latest_rows_ * p.features));
    read(std::span(t.scores_).first(t.scores_held_));
    if (!in.ok()) return unexpected(in.error());
    if (t.reference_rows_ > 0) t.count();
    return t;
  }

 private:
  static constexpr std::size_t lanes = 9;       // trees walked at once
  static constexpr std::size_t history = 1000;  // scores that the quantile is taken of,
  static constexpr std::size_t refresh = 100;   // as often as that, once
  static constexpr std::size_t enough = 200;    // are known
  static constexpr double greatest = (std::numeric_limits<double>::max)();

  struct node {
    double middle;
    std::uint32_t feature;
    std::uint32_t child;  // the first of two; a leaf's is itself, and its middle infinite
  };
  [[nodiscard]] static std::uint32_t next(const node& n, const double* row) noexcept {
    return n.child + (row[n.feature] >= n.middle ? 1U : 0U);
  }

  [[nodiscard]] bool acceptable(const observation& row) const noexcept {
    return row.size() == params_.features &&
           std::all_of(row.begin(), row.end(), [](double x) { return std::abs(x) <= greatest; });
  }

  [[nodiscard]] double most_mass() const noexcept {
    return std::ldexp(params_.window, static_cast<int>(params_.depth));
  }
  [[nodiscard]] double most_log() const noexcept { return std::log(most_mass()); }

  [[nodiscard]] double judge(const double* row) const noexcept {
    double sum = 0;
    for (std::size_t first = 0, group = 0; first < roots_.size(); first += lanes, ++group) {
      std::array<std::uint32_t, lanes> at{};
      const std::size_t here = (std::min)(lanes, roots_.size() - first);
      for (std::size_t i = 0; i < lanes; ++i) at[i] = roots_[first + (std::min)(i, here - 1)];
      for (std::uint32_t step = 0; step < reach_[group]; ++step)
        for (std::uint32_t& a : at) a = next(nodes_[a], row);
      for (std::size_t i = 0; i < here; ++i) sum += value_[at[i]];
    }
    const double mean = sum / params_.trees;
    switch (params_.score) {
      case mass_score::terminal:
        return 1 - mean / most_mass();
      case mass_score::path_sum:
        return 1 - mean / (2 * most_mass() - params_.window);
      case mass_score::mean_log:
        break;
    }
    return (std::max)(most_log() - mean, 0.0);
  }

  /// Whether a row of this score is withheld; takes the score into the history.
  bool suspicious(double score) noexcept {
    if (scores_.empty()) return false;
    const bool high = score > limit_;
    const bool withheld = high && in_a_row_ < params_.patience;
    in_a_row_ = high ? in_a_row_ + (withheld ? 1 : 0) : 0;  // once patience has ended, all of a change is learned
    scores_[score_next_] = score;
    score_next_ = score_next_ + 1 == history ? 0 : score_next_ + 1;
    scores_held_ = (std::min)(scores_held_ + 1, history);
    if (++fresh_ >= refresh) {
      fresh_ = 0;
      if (scores_held_ >= enough) {
        std::copy_n(scores_.begin(), scores_held_, sorted_.begin());
        const auto at = static_cast<std::ptrdiff_t>((1 - params_.withhold) * static_cast<double>(scores_held_ - 1));
        std::nth_element(sorted_.begin(), sorted_.begin() + at,
                         sorted_.begin() + static_cast<std::ptrdiff_t>(scores_held_));
        const double quantile = sorted_[static_cast<std::size_t>(at)];
        limit_ = std::isinf(limit_) ? quantile : limit_ + (quantile - limit_) / 10;
      }
    }
    return withheld;
  }

  void swap_windows() noexcept {
    fit_scale();
    std::swap(reference_, latest_);  // of equal size, except after merge()
    reference_rows_ = std::exchange(latest_rows_, 0);
    count();
  }

  /// sign(x) log2(1 + |x|) with straight lines between powers of two: the bits of 1 + |x|, read as a number.
  [[nodiscard]] double to_scale(double x) const noexcept {
    if (params_.scaling != feature_scaling::logarithmic) return std::clamp(x, -1e300, 1e300);
    constexpr auto one = std::bit_cast<std::uint64_t>(1.0);
    const double size = static_cast<double>(std::bit_cast<std::uint64_t>(1 + std::abs(x)) - one) * 0x1p-52;
    return std::copysign(size, x);
  }
  [[nodiscard]] double from_scale(double z) const noexcept {
    if (params_.scaling != feature_scaling::logarithmic) return z;
    constexpr auto one = std::bit_cast<std::uint64_t>(1.0);
    const double size = (std::min)(std::abs(z), 1023.0);
    return std::copysign(std::bit_cast<double>(one + static_cast<std::uint64_t>(size * 0x1p52)) - 1, z);
  }

  /// The range of the window that ends; a wider one of the past wears off slowly.
  void fit_scale() noexcept {
    if (params_.scaling == feature_scaling::none) return;
    const std::size_t features = params_.features;
    for (std::size_t i = 0; i < features; ++i) {
      double low = latest_[i], high = low;
      for (std::size_t r = 1; r < latest_rows_; ++r) {
        low = (std::min)(low, latest_[r * features + i]);
        high = (std::max)(high, latest_[r * features + i]);
      }
      low = to_scale(low);
      high = to_scale(high);
      if (reference_rows_ > 0) {
        low = (std::min)(low, low_[i] + (low - low_[i]) / params_.scale_memory);
        high = (std::max)(high, high_[i] + (high - high_[i]) / params_.scale_memory);
      }
      const double least = (std::max)(1e-9, std::abs(low) * 1e-9);
      low_[i] = low;
      high_[i] = high - low > least ? high : low + (std::max)(1.0, std::abs(low) * 1e-3);
    }
  }

  /// Lays the cells of all trees out, as far as they hold rows enough to be split.
  void count() noexcept {
    used_ = 0;
    std::fill(reach_.begin(), reach_.end(), 0U);
    weight_ = static_cast<double>(params_.window) / static_cast<double>(reference_rows_);
    const double limit = params_.size_limit * static_cast<double>(reference_rows_);
    for (std::size_t tree = 0; tree < params_.trees; ++tree) {
      tree_seed_ = splitmix64::mix(params_.seed + 0x9e3779b97f4a7c15U * (tree + 1));
      for (std::size_t i = 0; i < params_.features; ++i) {
        const double s = static_cast<double>(splitmix64::mix(tree_seed_ ^ (std::uint64_t{i} << 32)) >> 11) * 0x1p-53;
        const double reach = 2 * (std::max)(s, 1 - s);
        cell_low_[i] = s - reach;
        cell_high_[i] = s + reach;
      }
      for (std::size_t i = 0; i < reference_rows_; ++i) order_[i] = static_cast<std::uint32_t>(i);
      roots_[tree] = used_++;
      deepest_ = 0;
      count_cell(roots_[tree], {order_.data(), reference_rows_}, 1, 0, 0, limit);
      reach_[tree / lanes] = (std::max)(reach_[tree / lanes], deepest_);
    }
  }
  /// `path` is 1 at the root, 2 p and 2 p + 1 below p.
  // NOLINTNEXTLINE(misc-no-recursion): at most `depth` deep, which is at most 30
  void count_cell(std::uint32_t at, std::span<std::uint32_t> rows, std::uint64_t path, std::uint32_t depth, double sum,
                  double limit) noexcept {
    const double mass = std::ldexp(static_cast<double>(rows.size()) * weight_, static_cast<int>(depth));
    mass_[at] = mass;
    sum += mass;
    if (depth == params_.depth || static_cast<double>(rows.size()) <= limit || used_ + 2 > nodes_.size()) {
      nodes_[at] = {std::numeric_limits<double>::infinity(), 0, at};
      value_[at] = params_.score == mass_score::terminal   ? mass
                   : params_.score == mass_score::path_sum ? sum
                                                           : std::log1p(mass);
      deepest_ = (std::max)(deepest_, depth);
      return;
    }
    const auto feature = static_cast<std::uint32_t>(
        ((splitmix64::mix(tree_seed_ + path) >> 32) * std::uint64_t{params_.features}) >> 32);
    const double z = (cell_low_[feature] + cell_high_[feature]) / 2;
    const double middle =
        params_.scaling == feature_scaling::none ? z : from_scale(low_[feature] + z * (high_[feature] - low_[feature]));
    const std::uint32_t child = used_;
    used_ += 2;
    nodes_[at] = {middle, feature, child};
    // Without a branch: each row is written to both sides, and one of the two moves on.
    std::size_t left = 0, right = 0;
    const double* const column = reference_.data() + feature;
    for (const std::uint32_t r : rows) {
      const bool above = column[std::size_t{r} * params_.features] >= middle;
      rows[left] = r;
      spare_[right] = r;
      left += above ? 0 : 1;
      right += above ? 1 : 0;
    }
    std::copy_n(spare_.begin(), right, rows.begin() + static_cast<std::ptrdiff_t>(left));
    const double high = std::exchange(cell_high_[feature], z);
    count_cell(child, rows.first(left), 2 * path, depth + 1, sum, limit);
    cell_high_[feature] = high;
    const double low = std::exchange(cell_low_[feature], z);
    count_cell(child + 1, rows.subspan(left), 2 * path + 1, depth + 1, sum, limit);
    cell_low_[feature] = low;
  }

  /// Cells that the trees can have over so many rows: those that are split hold more than the limit, so that a level
  /// has at most rows / (limit + 1) of them.
  [[nodiscard]] static std::uint64_t cells(const params& p, std::uint64_t rows) noexcept {
    const auto least = static_cast<std::uint64_t>(p.size_limit * static_cast<double>(rows)) + 1;
    std::uint64_t split = 0;
    for (std::uint32_t d = 0; d < p.depth; ++d) split += (std::min)(rows / least, std::uint64_t{1} << d);
    return (std::min)(p.trees * (2 * split + 1), std::uint64_t{(std::numeric_limits<std::uint32_t>::max)()});
  }
  /// What a forest over so many rows allocates.
  [[nodiscard]] static std::uint64_t bytes_for(const params& p, std::uint64_t rows) noexcept {
    return cells(p, rows) * (sizeof(node) + 2 * sizeof(double)) + 2 * rows * p.features * sizeof(double) +
           2 * rows * sizeof(std::uint32_t) + 4 * std::uint64_t{p.features} * sizeof(double) +
           8 * std::uint64_t{p.trees} + 2 * history * sizeof(double);
  }
  void make_room(std::size_t rows) {
    const auto grow = [](auto& v, std::uint64_t size) {
      if (v.size() < size) v.resize(static_cast<std::size_t>(size));
    };
    const std::uint64_t most = cells(params_, rows);
    grow(nodes_, most);
    grow(value_, most);
    grow(mass_, most);
    grow(reference_, std::uint64_t{rows} * params_.features);
    grow(order_, rows);
    grow(spare_, rows);
  }

  params params_;
  std::vector<double> reference_, latest_;    // rows, as they came
  std::vector<double> low_, high_;            // of a feature on its scale: what counts as 0 and as 1
  std::vector<double> cell_low_, cell_high_;  // of the cell being counted
  std::vector<std::uint32_t> roots_, reach_;  // the deepest leaf of each group of trees
  std::vector<node> nodes_;                   // of all trees
  std::vector<double> value_, mass_;          // of nodes: what a leaf adds to the score; mass * 2^depth
  std::vector<std::uint32_t> order_, spare_;  // rows of the reference, by cell
  std::vector<double> scores_, sorted_;       // the last ones
  std::size_t reference_rows_ = 0, latest_rows_ = 0;
  std::size_t scores_held_ = 0, score_next_ = 0, fresh_ = 0;
  std::uint64_t learned_ = 0, withheld_ = 0;
  double limit_ = std::numeric_limits<double>::infinity();  // rows of higher score are withheld
  double weight_ = 1;                                       // of a row, so that a profile's mass is `window`
  std::uint64_t tree_seed_ = 0;
  std::uint32_t in_a_row_ = 0, used_ = 0, deepest_ = 0;
};
static_assert(model<half_space_trees> && mergeable<half_space_trees> && configurable<half_space_trees>);
static_assert(noexcept(std::declval<half_space_trees&>().update(std::span<const double>())));

}  // namespace netanomaly::inline NETANOMALY_MODE::learn
