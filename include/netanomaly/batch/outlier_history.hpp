// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/batch/outlier_rate.hpp>
#include <netanomaly/core/concepts.hpp>
#include <netanomaly/core/config.hpp>
#include <netanomaly/core/params.hpp>
#include <netanomaly/core/state.hpp>
#include <netanomaly/core/time.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace netanomaly::inline NETANOMALY_MODE::batch {

/// How many outliers there usually are at this time of the day (or of the week, or of another period), so that a busy
/// morning is compared with mornings: the history that outlier_rate compares with.
///
/// The period is divided into slots. Each remembers how many outliers it has seen and for how long it has been
/// watched. compare() asks of the slot that the time lies in and of `neighbours` on either side; what is compared is
/// to be added afterwards, so that the two do not overlap. With `memory` above 0 a slot's past weighs less by a factor
/// e each so many periods of watching.
///
/// Cost      O(1) to add, O(neighbours) and the test to compare; 16 bytes a slot. No allocation after construction.
class outlier_history {
 public:
  static constexpr std::string_view kind = "outlier_history";

  struct params {
    duration period = std::chrono::hours(24);
    duration slot = std::chrono::minutes(10);
    std::uint32_t neighbours = 1;
    double memory = 0;
    static constexpr void describe(auto& p, auto&& field) {
      field("period", p.period, above(duration()), "", "after which the same times come again");
      field("slot", p.slot, above(duration()), "", "times that are alike");
      field("neighbours", p.neighbours, between(0U, 1000U), "slots", "on either side that count as well");
      field("memory", p.memory, at_least(0.0), "periods", "the past fades by a factor e in so many; 0: never");
    }
    [[nodiscard]] result<void> check() const {
      if (period / slot < 1 || period / slot > 1'000'000)
        return unexpected(error("period is " + to_text(period) + ", must be 1 to 1000000 slots"));
      return {};
    }
    friend bool operator==(const params&, const params&) = default;
  };

  outlier_history() : outlier_history(params()) {}
  explicit outlier_history(const params& p) : params_(checked<outlier_history>(p)), slots_(slots_of(p)) {}
  [[nodiscard]] static result<outlier_history> make(const params& p) { return make_checked<outlier_history>(p); }

  /// `outliers` were seen in `watched` that ended at `time`, not longer than a slot. What is negative or not finite is
  /// refused.
  bool add(time_point time, double outliers, duration watched) noexcept {
    if (!(outliers >= 0) || !std::isfinite(outliers) || watched <= duration()) return false;
    entry& e = slots_[index(time)];
    const double length = std::chrono::duration<double>(watched).count();
    if (params_.memory > 0) {
      const double keep = std::exp(-length / std::chrono::duration<double>(params_.slot).count() / params_.memory);
      e.outliers *= keep;
      e.seconds *= keep;
    }
    e.outliers += outliers;
    e.seconds += length;
    return true;
  }

  /// Whether `outliers` in `watched`, ending at `time`, is more than usual then. too_few where nothing is known of the
  /// time. Faded counts are rounded, as the law is that of whole numbers.
  [[nodiscard]] test_result compare(time_point time, double outliers, duration watched,
                                    const outlier_rate& test = outlier_rate()) const noexcept {
    const entry past = usual(time);
    return test.totals(outliers, std::chrono::duration<double>(watched).count(), std::round(past.outliers),
                       past.seconds);
  }

  /// What is remembered of one slot of time.
  struct entry {
    double outliers = 0;  ///< seen
    double seconds = 0;   ///< in which they were looked for
  };
  /// What is known of the time of day of `time`.
  [[nodiscard]] entry usual(time_point time) const noexcept {
    const std::size_t at = index(time), n = slots_.size();
    const std::size_t reach = std::min<std::size_t>(params_.neighbours, (n - 1) / 2);
    entry sum;
    for (std::size_t k = n + at - reach; k <= n + at + reach; ++k) {
      sum.outliers += slots_[k % n].outliers;
      sum.seconds += slots_[k % n].seconds;
    }
    return sum;
  }

  void reset() noexcept { std::fill(slots_.begin(), slots_.end(), entry()); }
  [[nodiscard]] std::size_t memory_bytes() const noexcept { return sizeof *this + slots_.capacity() * sizeof(entry); }

  /// As if it had also seen what `other` saw. Not with `memory`, where the order matters.
  [[nodiscard]] result<void> merge(const outlier_history& other) {
    if (auto ok = check_mergeable<outlier_history>(params_, other.params_); !ok) return ok;
    if (params_.memory > 0) return unexpected(error("outlier_history: what fades does not merge; memory is not 0"));
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      slots_[i].outliers += other.slots_[i].outliers;
      slots_[i].seconds += other.slots_[i].seconds;
    }
    return {};
  }
  void save(state_writer& out) const {
    save_head<outlier_history>(out, params_);
    for (const entry& e : slots_) {
      out.scalar(e.outliers);
      out.scalar(e.seconds);
    }
  }
  [[nodiscard]] static result<outlier_history> load(state_reader& in) {
    const auto head = load_head<outlier_history>(in);
    if (!in.ok() || !in.charge(slots_of(head.params), sizeof(entry))) return unexpected(in.error());
    outlier_history h(head.params);
    for (entry& e : h.slots_) {
      e = {in.finite(), in.finite()};
      if (in.ok() && (e.outliers < 0 || e.seconds < 0)) in.fail("outlier_history: a negative count");
    }
    if (!in.ok()) return unexpected(in.error());
    return h;
  }

 private:
  static std::size_t slots_of(const params& p) noexcept { return static_cast<std::size_t>(p.period / p.slot); }
  [[nodiscard]] std::size_t index(time_point time) const noexcept {
    const auto period = params_.period.count();
    auto within = time.time_since_epoch().count() % period;
    if (within < 0) within += period;
    return (std::min)(static_cast<std::size_t>(within / params_.slot.count()), slots_.size() - 1);
  }

  params params_;
  std::vector<entry> slots_;
};
static_assert(configurable<outlier_history> && mergeable<outlier_history>);

}  // namespace netanomaly::inline NETANOMALY_MODE::batch
