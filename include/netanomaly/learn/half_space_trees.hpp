// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/concepts.hpp>
#include <netanomaly/core/hash.hpp>
#include <netanomaly/core/params.hpp>
#include <netanomaly/core/state.hpp>
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

/// How the masses that a row meets become one number.
enum class mass_score : std::uint8_t {
  terminal,  ///< the paper's: mass * 2^depth where the walk ends, as a share of the greatest possible, from 1 down
  path_sum,  ///< the sum of mass * 2^depth along the walk, likewise
  mean_log   ///< mean over the trees of log(1 + mass * 2^depth), from its greatest possible down: nats
};
[[nodiscard]] constexpr std::array<std::string_view, 3> enumerator_names(mass_score /*type*/) noexcept {
  return {"terminal", "path_sum", "mean_log"};
}

/// How empty the surroundings of a row are: half-space trees, an anomaly detector that learns from a stream.
///
/// Each tree halves its own random work space again and again, at the middle of a random feature; what is counted is
/// how many rows of the past lie in each cell. A row in cells of little mass is unusual. One half of the trees counts
/// the last full window; the other, the far trees, a sample of two windows in which a row stays for `memory` rows.
///
/// Observes  std::span<const double>, one row of `features` numbers. Another length, NaN and infinities are rejected
///           and change nothing.
/// Score     mean_log: log(window 2^depth) less the mean log mass, nats, from 0 to that (15.9 by default); the other
///           two lie in 0 to 1 and crowd at 1, so that only their order says much. Bounded, and another with each
///           window: compose::calibrated alarms at the stated rate within a factor of 2 (docs/anomaly-forests.md).
/// Bursts    a burst as long as a window would become the reference and then be normal. Rows whose score is among the
///           `withhold` highest of the last 1,000, smoothed, are judged but not learned, and of a run of strange rows,
///           from the third on, those among the four times as many highest; `patience` in a row at most: a change that
///           stays becomes normal after that.
/// Cost      a judgement: one walk a tree to where at most size_limit of the rows are, all trees interleaved. At the
///           end of a window the trees are counted anew, the far ones once in four, O(trees depth window), no
///           allocation. 32 window features bytes and the trees, which are small: only cells with rows are held.
///           merge() allocates.
/// Merging   adds mass profiles: both references, both far samples and both windows under way count as one; exact,
///           because rows are held, not counts, and cells follow from the seed and the joint range. The withholding
///           stays ours.
/// Source    Tan, Ting & Liu, IJCAI 2011. mean_log, far trees, withholding and scaling are not in the paper; terminal
///           with size_limit = 0.1, memory = 0, withhold = 0 and scaling = none is the paper's.
/// Departs   full trees are never built: cells, their features and middles come from a hash of the seed and the path.
class half_space_trees {
 public:
  static constexpr std::string_view kind = "half_space_trees";
  static constexpr std::uint16_t state_version = 3;  // 1: without far trees; 2: without the limit of runs
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
    std::uint64_t memory = 16000;
    double withhold = 0.005;
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
      field("memory", p.memory, at_most(std::uint64_t{1} << 50), "rows",
            "one stays in the far sample; 0: no far trees");
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
        least_(p.features),
        most_(p.features),
        far_low_(p.features),
        far_high_(p.features),
        roots_(p.trees),
        deepest_(p.trees),
        reach_((p.trees + lanes - 1) / lanes),
        most_mass_(std::ldexp(p.window, static_cast<int>(p.depth))),
        most_log_(std::log(most_mass_)),
        withholding_(p.withhold, p.patience) {
    make_room(p.window, far_size(p));
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
    if (v.state == verdict::status::judged && withholding_(v.score)) return v;
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
      while (links_[at].child != at) {
        const std::uint32_t feature = links_[at].feature;
        at = next(at, row.data());
        const double below = std::log1p(mass_[at]);
        shares[feature] += (log_mass - below) / params_.trees;
        log_mass = below;
      }
    }
    return true;
  }
  /// The mean_log score of a row that no split makes unusual.
  [[nodiscard]] double unexplained() const noexcept {
    return most_log_ - std::log1p(static_cast<double>(params_.window));
  }

  [[nodiscard]] const params& parameters() const noexcept { return params_; }
  [[nodiscard]] std::uint64_t learned() const noexcept { return learned_; }                     ///< rows
  [[nodiscard]] std::uint64_t withheld() const noexcept { return withholding_.at().withheld; }  ///< rows
  /// Rows in the mass profile that rows are judged by: 0 before the first window is full.
  [[nodiscard]] std::size_t reference_size() const noexcept { return reference_rows_; }
  /// These rows, one after the other, and those of the far trees: the first far_trees().
  [[nodiscard]] std::span<const double> reference() const noexcept {
    return std::span(reference_).first(reference_rows_ * params_.features);
  }
  /// The rows of the far profile, one after the other; empty where there are no far trees.
  [[nodiscard]] std::span<const double> far_reference() const noexcept {
    return std::span(far_).first(far_rows_ * params_.features);
  }
  /// Of all trees, those that judge by the far profile.
  [[nodiscard]] std::size_t far_trees() const noexcept { return far_size(params_) == 0 ? 0 : params_.trees / 2; }
  /// What counts as 0 and as 1 of a feature, before the logarithm is taken.
  [[nodiscard]] std::pair<double, double> scale_of(std::size_t feature) const noexcept {
    return {from_scale(low_[feature]), from_scale(high_[feature])};
  }

  void reset() noexcept {
    reference_rows_ = latest_rows_ = far_rows_ = 0;
    learned_ = 0;
    since_far_ = 0;
    withholding_.reset();
    std::fill(low_.begin(), low_.end(), 0.0);
    std::fill(high_.begin(), high_.end(), 1.0);
    far_low_ = low_;
    far_high_ = high_;
  }
  [[nodiscard]] std::size_t memory_bytes() const noexcept {
    const auto bytes = [](const auto& v) { return v.capacity() * sizeof(v[0]); };
    return sizeof(*this) + bytes(reference_) + bytes(latest_) + bytes(low_) + bytes(high_) + bytes(cell_low_) +
           bytes(cell_high_) + bytes(least_) + bytes(most_) + bytes(roots_) + bytes(reach_) + bytes(links_) +
           bytes(middles_) + bytes(value_) + bytes(mass_) + bytes(order_) + bytes(spare_) + bytes(far_) +
           bytes(far_low_) + bytes(far_high_) + bytes(deepest_) + withholding_.memory_bytes() - sizeof(withholding_);
  }

  /// Adds the mass profiles of `other`. An error where parameters, and so trees, differ.
  [[nodiscard]] result<void> merge(const half_space_trees& other) {
    if (auto same = check_mergeable<half_space_trees>(params_, other.params_); !same) return same;
    if (this == &other) return merge(half_space_trees(other));
    const std::size_t features = params_.features;
    const bool ours = reference_rows_ > 0, theirs = other.reference_rows_ > 0;
    const auto join = [&](std::vector<double>& rows, std::size_t& held, const std::vector<double>& more,
                          std::size_t count) {
      if (rows.size() < (held + count) * features) rows.resize((held + count) * features);
      std::copy_n(more.begin(), count * features, rows.begin() + static_cast<std::ptrdiff_t>(held * features));
      held += count;
    };
    const auto widen = [&](std::vector<double>& low, std::vector<double>& high, const std::vector<double>& other_low,
                           const std::vector<double>& other_high) {
      for (std::size_t i = 0; theirs && i < features; ++i) {
        low[i] = ours ? (std::min)(low[i], other_low[i]) : other_low[i];
        high[i] = ours ? (std::max)(high[i], other_high[i]) : other_high[i];
      }
    };
    widen(low_, high_, other.low_, other.high_);
    widen(far_low_, far_high_, other.far_low_, other.far_high_);
    join(reference_, reference_rows_, other.reference_, other.reference_rows_);
    join(far_, far_rows_, other.far_, other.far_rows_);
    if (latest_.size() < (latest_rows_ + other.latest_rows_ + 1) * features)
      latest_.resize((latest_rows_ + other.latest_rows_ + 1) * features);
    join(latest_, latest_rows_, other.latest_, other.latest_rows_);
    make_room(reference_rows_, far_rows_);
    make_room(latest_rows_ + 1, far_rows_);
    learned_ += other.learned_;
    withholding_.add(other.withholding_);
    if (reference_rows_ > 0) count(true);
    return {};
  }

  void save(state_writer& out) const {
    save_head<half_space_trees>(out, params_);
    const detail::withholding::position& w = withholding_.at();
    for (const std::uint64_t n :
         {learned_, w.withheld, std::uint64_t{reference_rows_}, std::uint64_t{latest_rows_}, w.held, w.next, w.fresh})
      out.scalar(n);
    w.save_limits(out);
    out.array(std::span<const double>(low_));
    out.array(std::span<const double>(high_));
    out.array(reference());
    out.array(std::span<const double>(latest_).first(latest_rows_ * params_.features));
    out.array(withholding_.scores());
    out.scalar(std::uint64_t{far_rows_});
    out.scalar(since_far_);
    out.array(std::span<const double>(far_low_));
    out.array(std::span<const double>(far_high_));
    out.array(far_reference());
  }
  [[nodiscard]] static result<half_space_trees> load(state_reader& in) {
    auto head = load_head<half_space_trees>(in);
    params& p = head.params;
    if (head.version < 2) p.memory = 0;
    if (!in.ok() || !in.charge(bytes_for(p, p.window, far_size(p)), 1)) return unexpected(in.error());
    detail::withholding::position w;
    std::uint64_t learned = 0, reference = 0, latest = 0, sampled = 0;
    for (std::uint64_t* n : {&learned, &w.withheld, &reference, &latest, &w.held, &w.next, &w.fresh}) *n = in.count();
    w.read_limits(in, head.version >= 3);
    half_space_trees t(p);
    t.withholding_.restore(w, in);
    // Merged profiles are longer than a window; the bytes must hold them.
    const std::uint64_t row = std::uint64_t{p.features} * sizeof(double);
    const auto hold = [&](std::vector<double>& rows, std::size_t& held, std::uint64_t count, std::uint64_t more) {
      if (in.ok() && count > in.remaining() / row) in.fail("half_space_trees: more rows than bytes");
      if (in.ok() && (count + more) * p.features > rows.size() && in.charge((count + more) * row, 1))
        rows.resize(static_cast<std::size_t>(count + more) * p.features);
      if (in.ok()) held = static_cast<std::size_t>(count);
    };
    const auto read = [&](std::span<double> into) {
      in.array(into);
      for (const double x : into)
        if (in.ok() && !(std::abs(x) <= greatest)) in.fail("half_space_trees: a number that is not finite");
    };
    const auto read_range = [&](std::vector<double>& low, std::vector<double>& high) {
      read(low);
      read(high);
      for (std::size_t i = 0; i < p.features; ++i)
        if (in.ok() && (low[i] < -2e300 || high[i] > 2e300 || low[i] >= high[i]))
          in.fail("half_space_trees: a range that cannot be");
    };
    if (in.ok() && reference > 0 && reference < p.window) in.fail("half_space_trees: an impossible state");
    t.learned_ = learned;
    read_range(t.low_, t.high_);
    hold(t.reference_, t.reference_rows_, reference, 0);
    if (in.ok()) read(std::span(t.reference_).first(t.reference_rows_ * p.features));
    hold(t.latest_, t.latest_rows_, latest, 1);
    if (in.ok()) read(std::span(t.latest_).first(t.latest_rows_ * p.features));
    t.withholding_.read_scores(in);
    if (head.version >= 2) {
      sampled = in.count();
      t.since_far_ = in.scalar<std::uint32_t>();
      const bool some = t.far_trees() > 0 && reference > 0;
      if (in.ok() && (t.since_far_ >= far_every || some != (sampled > 0)))
        in.fail("half_space_trees: a far sample that cannot be");
      read_range(t.far_low_, t.far_high_);
      hold(t.far_, t.far_rows_, sampled, 0);
      if (in.ok()) read(std::span(t.far_).first(t.far_rows_ * p.features));
    }
    if (!in.ok()) return unexpected(in.error());
    for (const std::size_t rows : {t.reference_rows_, t.latest_rows_ + 1}) {
      if (!in.charge(bytes_for(p, (std::max<std::size_t>)(rows, p.window), (std::max)(t.far_rows_, far_size(p))), 1))
        return unexpected(in.error());
      t.make_room(rows, t.far_rows_);
    }
    if (t.reference_rows_ > 0) t.count(true);
    return t;
  }

 private:
  static constexpr std::size_t lanes = 13;       // trees walked at once
  static constexpr std::uint32_t far_every = 4;  // windows, of which one is sampled and the far trees are counted anew
  static constexpr double greatest = (std::numeric_limits<double>::max)();

  struct link {
    std::uint32_t feature;
    std::uint32_t child;  // the first of two; a leaf's is itself, and its middle infinite
  };
  [[nodiscard]] std::uint32_t next(std::uint32_t at, const double* row) const noexcept {
    const link l = links_[at];
    return l.child + (row[l.feature] >= middles_[at] ? 1U : 0U);
  }

  [[nodiscard]] bool acceptable(const observation& row) const noexcept {
    return row.size() == params_.features &&
           std::all_of(row.begin(), row.end(), [](double x) { return std::abs(x) <= greatest; });
  }

  [[nodiscard]] double judge(const double* row) const noexcept {
    double sum = 0;
    for (std::size_t first = 0, group = 0; first < roots_.size(); first += lanes, ++group) {
      std::array<std::uint32_t, lanes> at{};
      const std::size_t here = (std::min)(lanes, roots_.size() - first);
      for (std::size_t i = 0; i < lanes; ++i) at[i] = roots_[first + (std::min)(i, here - 1)];
      for (std::uint32_t step = 0; step < reach_[group]; ++step)
        for (std::uint32_t& a : at) a = next(a, row);
      for (std::size_t i = 0; i < here; ++i) sum += value_[at[i]];
    }
    const double mean = sum / params_.trees;
    switch (params_.score) {
      case mass_score::terminal:
        return 1 - mean / most_mass_;
      case mass_score::path_sum:
        return 1 - mean / (2 * most_mass_ - params_.window);
      case mass_score::mean_log:
        break;
    }
    return (std::max)(most_log_ - mean, 0.0);
  }

  void swap_windows() noexcept {
    fit_scale();
    const bool sampled = sample_window();
    std::swap(reference_, latest_);  // of equal size, except after merge()
    reference_rows_ = std::exchange(latest_rows_, 0);
    count(sampled);
  }

  /// Rows of the far sample.
  [[nodiscard]] static constexpr std::size_t far_size(const params& p) noexcept {
    return p.memory == 0 || p.trees < 2 ? 0 : 2 * std::size_t{p.window};
  }
  /// Takes of the window that ends what belongs into the far sample; whether the far trees are to be counted.
  [[nodiscard]] bool sample_window() noexcept {
    const std::size_t size = far_size(params_), features = params_.features;
    if (size == 0) return false;
    const auto copy = [&](std::size_t from, std::size_t to) {
      std::copy_n(latest_.begin() + static_cast<std::ptrdiff_t>(from * features), features,
                  far_.begin() + static_cast<std::ptrdiff_t>(to * features));
    };
    splitmix64 random(splitmix64::mix(params_.seed) ^ learned_);
    std::size_t next = 0;
    for (; next < latest_rows_ && far_rows_ < size; ++next) copy(next, far_rows_++);
    if (next == 0 && ++since_far_ < far_every) return false;
    since_far_ = 0;
    for (; far_rows_ > size; --far_rows_)  // after merge()
      std::copy_n(
          far_.begin() + static_cast<std::ptrdiff_t>((far_rows_ - 1) * features), features,
          far_.begin() + static_cast<std::ptrdiff_t>(random() % far_rows_) * static_cast<std::ptrdiff_t>(features));
    // A row is replaced once in `memory` rows: one window in far_every is looked at.
    const double chance = static_cast<double>(far_every * size) / static_cast<double>(params_.memory);
    for (; next < latest_rows_; ++next)
      if (static_cast<double>(random() >> 11) * 0x1p-53 < chance) copy(next, static_cast<std::size_t>(random() % size));
    far_low_ = low_;
    far_high_ = high_;
    return true;
  }

  [[nodiscard]] double to_scale(double x) const noexcept {
    return params_.scaling == feature_scaling::logarithmic ? detail::to_logarithm(x) : std::clamp(x, -1e300, 1e300);
  }
  [[nodiscard]] double from_scale(double z) const noexcept {
    return params_.scaling == feature_scaling::logarithmic ? detail::from_logarithm(z) : z;
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

  /// Lays the cells of the trees out, as far as they hold rows enough to be split; those of the far trees, which come
  /// first, only where asked for.
  void count(bool sampled) noexcept {
    const std::size_t far_count = far_trees();
    if (sampled && far_count > 0) {
      used_ = 0;
      fit_bounds(far_, far_rows_);
      for (std::size_t tree = 0; tree < far_count; ++tree) count_tree(tree, true);
      far_used_ = used_;
    }
    used_ = far_count == 0 ? 0 : far_used_;
    fit_bounds(reference_, reference_rows_);
    for (std::size_t tree = far_count; tree < params_.trees; ++tree) count_tree(tree, false);
    std::fill(reach_.begin(), reach_.end(), 0U);
    for (std::size_t tree = 0; tree < params_.trees; ++tree)
      reach_[tree / lanes] = (std::max)(reach_[tree / lanes], deepest_[tree]);
  }
  /// Between what the rows lie, of each feature: a cell that they all lie on one side of is split without a look at
  /// them.
  void fit_bounds(const std::vector<double>& rows, std::size_t count) noexcept {
    const std::size_t features = params_.features;
    std::copy_n(rows.begin(), features, least_.begin());
    most_ = least_;
    for (std::size_t r = 1; r < count; ++r) {
      for (std::size_t i = 0; i < features; ++i) {
        const double x = rows[r * features + i];
        least_[i] = (std::min)(least_[i], x);
        most_[i] = (std::max)(most_[i], x);
      }
    }
  }
  void count_tree(std::size_t tree, bool sampled) noexcept {
    const std::size_t rows = sampled ? far_rows_ : reference_rows_;
    counts_far_ = sampled;
    tree_ = tree;
    tree_seed_ = splitmix64::mix(params_.seed + 0x9e3779b97f4a7c15U * (tree + 1));
    for (std::size_t i = 0; i < params_.features; ++i) {
      const double s = static_cast<double>(splitmix64::mix(tree_seed_ ^ (std::uint64_t{i} << 32)) >> 11) * 0x1p-53;
      const double reach = 2 * (std::max)(s, 1 - s);
      cell_low_[i] = s - reach;
      cell_high_[i] = s + reach;
    }
    for (std::size_t i = 0; i < rows; ++i) order_[i] = static_cast<std::uint32_t>(i);
    // That a profile's mass is `window`, however many rows it holds.
    const double weight = static_cast<double>(params_.window) / static_cast<double>(rows);
    deepest_[tree] = 0;
    roots_[tree] = used_++;
    count_cell(roots_[tree], {order_.data(), rows}, 1, 0, weight, 0, params_.size_limit * static_cast<double>(rows));
  }
  /// `path` is 1 at the root, 2 p and 2 p + 1 below p; `weight` is what one row adds to the mass at this depth.
  // NOLINTNEXTLINE(misc-no-recursion): at most `depth` deep, which is at most 30
  void count_cell(std::uint32_t at, std::span<std::uint32_t> rows, std::uint64_t path, std::uint32_t depth,
                  double weight, double sum, double limit) noexcept {
    const double mass = static_cast<double>(rows.size()) * weight;
    mass_[at] = mass;
    sum += mass;
    if (depth == params_.depth || static_cast<double>(rows.size()) <= limit || used_ + 2 > links_.size()) {
      middles_[at] = std::numeric_limits<double>::infinity();
      links_[at] = {0, at};
      value_[at] = params_.score == mass_score::path_sum                ? sum
                   : params_.score == mass_score::terminal || mass == 0 ? mass
                                                                        : std::log1p(mass);
      deepest_[tree_] = (std::max)(deepest_[tree_], depth);
      return;
    }
    const auto feature = static_cast<std::uint32_t>(
        ((splitmix64::mix(tree_seed_ + path) >> 32) * std::uint64_t{params_.features}) >> 32);
    const double z = (cell_low_[feature] + cell_high_[feature]) / 2;
    const double low_end = (counts_far_ ? far_low_ : low_)[feature],
                 high_end = (counts_far_ ? far_high_ : high_)[feature];
    const double middle = params_.scaling == feature_scaling::none ? z : from_scale(low_end + z * (high_end - low_end));
    const std::uint32_t child = used_;
    used_ += 2;
    middles_[at] = middle;
    links_[at] = {feature, child};
    const double least = least_[feature], most = most_[feature];
    const std::size_t left = most < middle ? rows.size() : least >= middle ? 0 : part(rows, feature, middle);
    const double high = std::exchange(cell_high_[feature], z);
    most_[feature] = (std::min)(most, middle);
    count_cell(child, rows.first(left), 2 * path, depth + 1, 2 * weight, sum, limit);
    cell_high_[feature] = high;
    most_[feature] = most;
    const double low = std::exchange(cell_low_[feature], z);
    least_[feature] = (std::max)(least, middle);
    count_cell(child + 1, rows.subspan(left), 2 * path + 1, depth + 1, 2 * weight, sum, limit);
    cell_low_[feature] = low;
    least_[feature] = least;
  }
  /// Brings the rows below the middle before the others, in the order they had: how many.
  [[nodiscard]] std::size_t part(std::span<std::uint32_t> rows, std::uint32_t feature, double middle) noexcept {
    // Without a branch: each row is written to both sides, and one of the two moves on.
    std::uint32_t* const spare = spare_.data();
    const double* const column = (counts_far_ ? far_ : reference_).data() + feature;
    const std::size_t features = params_.features;
    std::size_t left = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const std::uint32_t r = rows[i];
      rows[left] = r;
      spare[i - left] = r;
      left += column[r * features] < middle ? 1 : 0;
    }
    std::copy_n(spare, rows.size() - left, rows.begin() + static_cast<std::ptrdiff_t>(left));
    return left;
  }

  /// Cells that the trees can have over so many rows: those that are split hold more than the limit, so that a level
  /// has at most rows / (limit + 1) of them.
  [[nodiscard]] static std::uint64_t cells(const params& p, std::uint64_t rows) noexcept {
    const auto least = static_cast<std::uint64_t>(p.size_limit * static_cast<double>(rows)) + 1;
    std::uint64_t split = 0;
    for (std::uint32_t d = 0; d < p.depth; ++d) split += (std::min)(rows / least, std::uint64_t{1} << d);
    return 2 * split + 1;
  }
  [[nodiscard]] static std::uint64_t cells(const params& p, std::uint64_t rows, std::uint64_t sampled) noexcept {
    return (std::min)(p.trees * (std::max)(cells(p, rows), sampled == 0 ? 0 : cells(p, sampled)),
                      std::uint64_t{(std::numeric_limits<std::uint32_t>::max)()});
  }
  /// What a forest allocates whose trees count so many rows.
  [[nodiscard]] static std::uint64_t bytes_for(const params& p, std::uint64_t rows, std::uint64_t sampled) noexcept {
    return cells(p, rows, sampled) * (sizeof(link) + 3 * sizeof(double)) +
           (2 * rows + sampled) * p.features * sizeof(double) + 2 * (std::max)(rows, sampled) * sizeof(std::uint32_t) +
           8 * std::uint64_t{p.features} * sizeof(double) + 12 * std::uint64_t{p.trees} +
           detail::withholding::most_bytes;
  }
  void make_room(std::size_t rows, std::size_t sampled) {
    const auto grow = [](auto& v, std::uint64_t size) {
      if (v.size() < size) v.resize(static_cast<std::size_t>(size));
    };
    const std::uint64_t most = cells(params_, rows, sampled);
    grow(middles_, most);
    grow(links_, most);
    grow(value_, most);
    grow(mass_, most);
    grow(reference_, std::uint64_t{rows} * params_.features);
    grow(far_, std::uint64_t{sampled} * params_.features);
    grow(order_, (std::max)(rows, sampled));
    grow(spare_, (std::max)(rows, sampled));
  }

  params params_;
  std::vector<double> reference_, latest_, far_;  // rows, as they came
  std::vector<double> low_, high_;                // of a feature on its scale: what counts as 0 and as 1
  std::vector<double> cell_low_, cell_high_;      // of the cell being counted
  std::vector<double> least_, most_;              // its rows lie between, of a feature
  std::vector<double> far_low_, far_high_;        // low_ and high_ when the far trees were counted
  std::vector<std::uint32_t> roots_, deepest_;    // of trees: the first node, the depth of the deepest leaf
  std::vector<std::uint32_t> reach_;              // the deepest leaf of each group of trees
  std::vector<link> links_;                       // of the nodes of all trees: what splits them
  std::vector<double> middles_;                   // and where
  std::vector<double> value_, mass_;              // of nodes: what a leaf adds to the score; mass * 2^depth
  std::vector<std::uint32_t> order_, spare_;      // rows of the reference, by cell
  double most_mass_, most_log_;                   // that a tree can give
  detail::withholding withholding_;
  std::size_t reference_rows_ = 0, latest_rows_ = 0, far_rows_ = 0;
  std::uint64_t learned_ = 0;
  std::uint32_t since_far_ = 0;            // windows since the far trees were counted
  std::uint32_t used_ = 0, far_used_ = 0;  // nodes; those of far trees
  bool counts_far_ = false;                // while a tree is counted: what, which, its seed
  std::size_t tree_ = 0;
  std::uint64_t tree_seed_ = 0;
};
static_assert(model<half_space_trees> && mergeable<half_space_trees> && configurable<half_space_trees>);
static_assert(noexcept(std::declval<half_space_trees&>().update(std::span<const double>())));

}  // namespace netanomaly::inline NETANOMALY_MODE::learn
