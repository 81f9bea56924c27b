// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/concepts.hpp>
#include <netanomaly/core/params.hpp>
#include <netanomaly/core/state.hpp>
#include <netanomaly/core/time.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <vector>

namespace netanomaly::inline NETANOMALY_MODE::telemetry {

/// How far the newest value, or the newest stretch of the curve, lies from everything seen before.
///
/// Two memories that never forget what they were shown. One holds values; the distance from the nearest of them, as a
/// share of the range that the first `learning` points had, is how new a value is. The other holds shapes:
/// `shape_length` means of blocks in a row; the root mean square distance from the nearest shape, as a share of that
/// range, is how new a shape is. After an alarm there is quiet, and the next alarm needs more; that wears off.
///
/// Observes  timed<double>; the time is ignored. NaN and infinities are rejected and change nothing.
/// Score     max(distance of value / value_step, distance of shape / shape_step) / what recent alarms raised the bar
/// to;
///           anomalous above 1 where no alarm was given in the last quiet * learning points.
/// Limits    what came while learning is normal, and what was new once is not new again: a detector of the unseen, not
/// of
///           the rare. Counts that grow without end stay new for ever; feed it their rate.
/// Cost      O(log values) a point; at the end of a block O(shapes). 8 (values + shapes * shape_length + 2 learning /
/// block)
///           bytes, 43 KB by default. No allocation after construction.
/// Source    nearest-neighbour novelty detection: Markou & Singh, Signal Processing 83(12), 2003; the silence after an
///           alarm is that of the Numenta Anomaly Benchmark's better entries. Defaults were chosen on that benchmark.
class novelty {
 public:
  static constexpr std::string_view kind = "novelty";
  static constexpr std::string_view summary = "distance of a value, or of a stretch of the curve, from all seen before";
  using observation = timed<double>;

  struct params {
    std::uint32_t learning = 600;
    double value_step = 0.02;
    double shape_step = 0.1;
    std::uint32_t block = 0;
    std::uint32_t shape_length = 8;
    double quiet = 0.1;
    double raise = 0.5;
    double memory = 2;
    std::uint32_t values = 1024;
    std::uint32_t shapes = 512;
    static constexpr void describe(auto& p, auto&& field) {
      field("learning", p.learning, between(10U, 10000000U), "observations",
            "before the first judgement: a few days, or seasons");
      field("value_step", p.value_step, above_to(0.0, 1.0), "of the range",
            "a value further from all known ones is new");
      field("shape_step", p.shape_step, above_to(0.0, 1.0), "of the range",
            "a shape further from all known ones is new");
      field("block", p.block, at_most(10000000U), "observations", "that make one point of a shape; 0: learning / 100");
      field("shape_length", p.shape_length, between(1U, 1024U), "blocks", "that make a shape");
      field("quiet", p.quiet, between(0.0, 100.0), "of learning", "without an alarm after each");
      field("raise", p.raise, between(0.0, 100.0), "", "what an alarm adds to the bar for the next, as a share of it");
      field("memory", p.memory, above_to(0.0, 1000.0), "of learning", "in which that wears off by 63 %");
      field("values", p.values, between(16U, 10000000U), "", "remembered at most; more are thinned out");
      field("shapes", p.shapes, between(1U, 1000000U), "", "remembered at most; the oldest leaves first");
    }
    friend bool operator==(const params&, const params&) = default;
  };

  novelty() : novelty(params()) {}
  explicit novelty(const params& p)
      : params_(checked<novelty>(p)),
        block_(block_of(p)),
        keep_(std::exp(-1 / (p.memory * p.learning))),
        values_(p.values),
        shapes_(std::size_t{p.shapes} * p.shape_length),
        pending_(block_),
        means_(means_size(p)) {
    reset();
  }
  [[nodiscard]] static result<novelty> make(const params& p) { return make_checked<novelty>(p); }

  verdict update(observation x) noexcept {
    const double value = x.value;
    if (!std::isfinite(value)) return verdict::reject();
    const bool judged = seen_ >= params_.learning;
    double new_value = 0, new_shape = 0;
    if (judged) {
      new_value = nearest(value) / range_;
    } else {
      least_ = (std::min)(least_, value);
      greatest_ = (std::max)(greatest_, value);
    }
    pending_[in_block_++] = value;
    if (in_block_ == block_) new_shape = close_block(judged);
    if (++seen_ == params_.learning) finish_learning();
    if (!judged) return {};

    bar_ = 1 + (bar_ - 1) * keep_;
    verdict v = verdict::judge((std::max)(new_value / params_.value_step, new_shape / params_.shape_step) / bar_, 1);
    if (silent_ > 0) {
      --silent_;
      v.anomalous = false;
    }
    if (v.anomalous) {
      silent_ = static_cast<std::uint64_t>(params_.quiet * params_.learning);
      bar_ = (std::min)(bar_ * (1 + params_.raise), huge);
    }
    return v;
  }

  [[nodiscard]] const params& parameters() const noexcept { return params_; }
  /// Of the value alone, as a share of the range: how far it is from the nearest known one; infinite where none is
  /// known.
  [[nodiscard]] double distance(double value) const noexcept { return nearest(value) / range_; }
  /// What the first `learning` points spanned.
  [[nodiscard]] double range() const noexcept { return range_; }

  void reset() noexcept {
    seen_ = 0;
    known_ = in_block_ = means_held_ = shapes_held_ = shape_next_ = 0;
    silent_ = 0;
    bar_ = 1;
    range_ = 1;
    gap_ = 0;
    least_ = std::numeric_limits<double>::infinity();
    greatest_ = -least_;
  }
  [[nodiscard]] std::size_t memory_bytes() const noexcept {
    return sizeof(*this) +
           (values_.capacity() + shapes_.capacity() + pending_.capacity() + means_.capacity()) * sizeof(double);
  }

  void save(state_writer& out) const {
    save_head<novelty>(out, params_);
    for (const std::uint64_t n : {seen_, silent_, std::uint64_t{known_}, std::uint64_t{in_block_},
                                  std::uint64_t{means_held_}, std::uint64_t{shapes_held_}, std::uint64_t{shape_next_}})
      out.scalar(n);
    for (const double d : {bar_, range_, gap_, least_, greatest_}) out.scalar(d);
    out.array(std::span<const double>(values_).first(known_));
    out.array(std::span<const double>(shapes_).first(shapes_held_ * params_.shape_length));
    out.array(std::span<const double>(pending_).first(in_block_));
    out.array(std::span<const double>(means_).first(means_held_));
  }
  [[nodiscard]] static result<novelty> load(state_reader& in) {
    const auto head = load_head<novelty>(in);
    const params& p = head.params;
    if (!in.ok() || !in.charge(p.values, sizeof(double)) ||
        !in.charge(std::uint64_t{p.shapes} * p.shape_length, sizeof(double)) ||
        !in.charge(std::uint64_t{block_of(p)} + means_size(p), sizeof(double)))
      return unexpected(in.error());
    novelty n(p);
    n.seen_ = in.count();
    n.silent_ = in.count();
    const auto known = in.count(), in_block = in.count(), means = in.count(), shapes = in.count(), next = in.count();
    for (double* d : {&n.bar_, &n.range_, &n.gap_}) *d = in.finite();
    n.least_ = in.scalar<double>();
    n.greatest_ = in.scalar<double>();
    if (in.ok() && (known > p.values || in_block >= n.block_ || means >= n.means_.size() || shapes > p.shapes ||
                    next >= p.shapes || !(n.bar_ >= 1) || !(n.range_ > 0) || n.gap_ < 0 || !n.spans_something()))
      in.fail("novelty: an impossible state");
    if (!in.ok()) return unexpected(in.error());
    n.known_ = static_cast<std::size_t>(known);
    n.in_block_ = static_cast<std::size_t>(in_block);
    n.means_held_ = static_cast<std::size_t>(means);
    n.shapes_held_ = static_cast<std::size_t>(shapes);
    n.shape_next_ = static_cast<std::size_t>(next);
    const auto read = [&](std::span<double> into) {
      in.array(into);
      for (const double d : into)
        if (in.ok() && !std::isfinite(d)) in.fail("novelty: a number that is not finite");
    };
    read(std::span(n.values_).first(n.known_));
    read(std::span(n.shapes_).first(n.shapes_held_ * p.shape_length));
    read(std::span(n.pending_).first(n.in_block_));
    read(std::span(n.means_).first(n.means_held_));
    if (in.ok() && !std::is_sorted(n.values_.begin(), n.values_.begin() + static_cast<std::ptrdiff_t>(n.known_)))
      in.fail("novelty: values out of order");
    if (!in.ok()) return unexpected(in.error());
    return n;
  }

 private:
  static constexpr double huge = (std::numeric_limits<double>::max)() / 4;  // bounds what could run over

  [[nodiscard]] static std::size_t block_of(const params& p) noexcept {
    return p.block > 0 ? p.block : (std::max)(1U, p.learning / 100);
  }
  /// Room for the blocks of the learning time, and for two shapes after it.
  [[nodiscard]] static std::size_t means_size(const params& p) noexcept {
    return std::max<std::size_t>(p.learning / block_of(p), std::size_t{2} * p.shape_length) + 1;
  }

  /// Whether least and greatest are those of what was seen.
  [[nodiscard]] bool spans_something() const noexcept {
    if (seen_ == 0) return std::isinf(least_) && least_ > 0 && greatest_ == -least_;
    return std::isfinite(least_) && std::isfinite(greatest_) && least_ <= greatest_;
  }

  [[nodiscard]] double nearest(double value) const noexcept {
    const double* const end = values_.data() + known_;
    const double* const at = std::lower_bound(values_.data(), end, value);
    double distance = std::numeric_limits<double>::infinity();
    if (at != end) distance = *at - value;
    if (at != values_.data()) distance = (std::min)(distance, value - at[-1]);
    return distance;
  }
  /// Remembers a value, unless one nearer than the gap is known. When the memory is full, the gap doubles.
  void remember(double value) noexcept {
    if (nearest(value) <= gap_) return;
    while (known_ == values_.size()) {
      const double spread = values_[known_ - 1] - values_[0];
      gap_ = (std::min)((std::max)(2 * gap_, spread / static_cast<double>(values_.size())), huge);
      thin();
      if (nearest(value) <= gap_) return;
    }
    double* const end = values_.data() + known_;
    double* const at = std::lower_bound(values_.data(), end, value);
    std::move_backward(at, end, end + 1);
    *at = value;
    ++known_;
  }
  void thin() noexcept {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < known_; ++i)
      if (kept == 0 || values_[i] - values_[kept - 1] > gap_) values_[kept++] = values_[i];
    known_ = kept;
  }

  /// Takes in the block that is full; how new the shape is that it ends.
  double close_block(bool judged) noexcept {
    double sum = 0;
    for (const double x : pending_) {
      sum += x / static_cast<double>(block_);
      remember(x);
    }
    in_block_ = 0;
    if (means_held_ == means_.size()) keep_last_means();
    means_[means_held_++] =
        std::clamp(sum, -(std::numeric_limits<double>::max)(), (std::numeric_limits<double>::max)());
    const std::size_t length = params_.shape_length;
    if (!judged || means_held_ < length) return 0;
    const double distance = nearest_shape(means_.data() + means_held_ - length);
    if (means_held_ >= 2 * length) remember_shape(means_.data() + means_held_ - 2 * length);
    return std::isfinite(distance) ? distance / range_ : 0;
  }
  void keep_last_means() noexcept {
    const std::size_t keep = std::min<std::size_t>(2 * std::size_t{params_.shape_length} - 1, means_held_);
    std::move(means_.data() + means_held_ - keep, means_.data() + means_held_, means_.data());
    means_held_ = keep;
  }
  /// Distance from the nearest known shape; infinite where none is known.
  [[nodiscard]] double nearest_shape(const double* shape) const noexcept {
    const std::size_t length = params_.shape_length;
    double best = std::numeric_limits<double>::infinity();
    for (std::size_t k = 0; k < shapes_held_; ++k) {
      const double* const known = shapes_.data() + k * length;
      std::array<double, 4> sums{};
      std::size_t i = 0;
      for (; i + 4 <= length; i += 4)
        for (std::size_t lane = 0; lane < 4; ++lane) {
          const double away = shape[i + lane] - known[i + lane];
          sums[lane] += away * away;
        }
      double sum = (sums[0] + sums[1]) + (sums[2] + sums[3]);
      for (; i < length; ++i) sum += (shape[i] - known[i]) * (shape[i] - known[i]);
      best = (std::min)(best, sum);
    }
    return std::sqrt(best / static_cast<double>(length));
  }
  /// Unless it is within a quarter of a step of a known one. Shapes are remembered when the next one shares no block
  /// with them: else a slow change would be known before it is there.
  void remember_shape(const double* shape) noexcept {
    const std::size_t length = params_.shape_length;
    if (nearest_shape(shape) <= params_.shape_step * range_ / 4) return;
    std::copy(shape, shape + length, shapes_.data() + shape_next_ * length);
    shapes_held_ = (std::max)(shapes_held_, shape_next_ + 1);
    shape_next_ = shape_next_ + 1 == params_.shapes ? 0 : shape_next_ + 1;
  }
  void finish_learning() noexcept {
    const double size = (std::max)(std::abs(least_), std::abs(greatest_));
    // A thousandth of the value where the past was constant, and never nothing.
    range_ = std::clamp(greatest_ - least_, (std::max)(size * 1e-3, 1e-300), huge);
    gap_ = (std::max)(gap_, params_.value_step * range_ / 8);
    thin();
    const std::size_t length = params_.shape_length;
    for (std::size_t i = length; i + length <= means_held_; ++i) remember_shape(means_.data() + i - length);
    keep_last_means();
  }

  params params_;
  std::size_t block_;
  double keep_;                  // of the raised bar, a point
  std::vector<double> values_;   // the first known_ are the known values in order
  std::vector<double> shapes_;   // shape_length means each
  std::vector<double> pending_;  // the block that is not full
  std::vector<double> means_;    // of the blocks so far; after learning, of those that the next shape needs
  std::uint64_t seen_ = 0;
  std::uint64_t silent_ = 0;  // points left of the quiet time
  std::size_t known_ = 0, in_block_ = 0, means_held_ = 0, shapes_held_ = 0, shape_next_ = 0;
  double bar_ = 1;
  double range_ = 1;
  double gap_ = 0;  // values nearer than this to a known one are not remembered
  double least_ = 0, greatest_ = 0;
};
static_assert(detector<novelty> && configurable<novelty>);

}  // namespace netanomaly::inline NETANOMALY_MODE::telemetry
