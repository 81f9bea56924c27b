// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/concepts.hpp>
#include <netanomaly/core/config.hpp>
#include <netanomaly/core/params.hpp>
#include <netanomaly/core/state.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace netanomaly::inline NETANOMALY_MODE::compose {

/// Whether anomalies come more often than they used to: of yes and no, one a judgement.
///
/// Score     -log10 of the chance that so many of the last `recent` judgements are anomalous at the rate of all before
///           them (binomial, upper tail; the rate is (anomalies + 1/2) / (judgements + 1)). Anomalies that come in runs
///           make it larger than independent ones would: `threshold` has room for that.
/// Cost      O(1) where nothing fired lately; else a sum over at most `recent` terms, which converges fast.
///           recent / 8 bytes. No allocation after construction.
/// Source    Clopper & Pearson, Biometrika 26(4), 1934; Skyline's second-order resources.
class anomaly_rate {
 public:
  struct params {
    std::uint32_t recent = 60;
    std::uint32_t warmup = 500;
    double threshold = 6;
    static constexpr void describe(auto& p, auto&& field) {
      field("recent", p.recent, between(2U, 1000000U), "judgements", "whose rate of anomalies is judged");
      field("warmup", p.warmup, at_least(1U), "judgements", "before those, whose rate is what is usual");
      field("threshold", p.threshold, above(0.0), "-log10 of a p-value", "a score above it is anomalous");
    }
    friend bool operator==(const params&, const params&) = default;
  };

  explicit anomaly_rate(const params& p) : params_(p), fired_((p.recent + 63) / 64) {}

  /// Takes in whether one more judgement was anomalous, and says whether the rate is.
  verdict judge(bool anomalous) noexcept {
    std::uint64_t& word = fired_[next_ / 64];
    const std::uint64_t bit = std::uint64_t{1} << (next_ % 64);
    if (held_ == params_.recent) {  // the oldest of the recent ones becomes part of the past
      const bool old = (word & bit) != 0;
      ++judged_;
      anomalies_ += old ? 1 : 0;
      count_ -= old ? 1 : 0;
    } else {
      ++held_;
    }
    word = anomalous ? word | bit : word & ~bit;
    count_ += anomalous ? 1 : 0;
    next_ = next_ + 1 == params_.recent ? 0 : next_ + 1;
    if (judged_ < params_.warmup) return {};
    const double rate = (static_cast<double>(anomalies_) + 0.5) / (static_cast<double>(judged_) + 1);
    const double p = std::clamp(upper_tail(count_, params_.recent, rate), 1e-300, 1.0);
    return {.score = (std::max)(0.0, -std::log10(p)),
            .p_value = p,
            .anomalous = -std::log10(p) > params_.threshold,
            .state = verdict::status::judged};
  }

  [[nodiscard]] const params& parameters() const noexcept { return params_; }
  void reset() noexcept {
    std::fill(fired_.begin(), fired_.end(), 0);
    next_ = held_ = count_ = 0;
    judged_ = anomalies_ = 0;
  }
  [[nodiscard]] std::size_t heap_bytes() const noexcept { return fired_.capacity() * sizeof(std::uint64_t); }
  /// What was seen; the parameters are the owner's.
  void save(state_writer& out) const {
    out.scalar(next_), out.scalar(held_), out.scalar(judged_), out.scalar(anomalies_);
    out.array(std::span<const std::uint64_t>(fired_));
  }
  static anomaly_rate load(state_reader& in, const params& p) {
    if (!in.charge(p.recent / 8 + 8)) return anomaly_rate(params{.recent = 2});
    anomaly_rate r(p);
    r.next_ = in.scalar<std::uint32_t>();
    r.held_ = in.scalar<std::uint32_t>();
    r.judged_ = in.count();
    r.anomalies_ = in.count();
    in.array(std::span(r.fired_));
    for (const std::uint64_t word : r.fired_) r.count_ += static_cast<std::uint32_t>(std::popcount(word));
    if (in.ok() && (r.next_ >= p.recent || r.held_ > p.recent || r.anomalies_ > r.judged_ || r.count_ > r.held_))
      in.fail("second_order: impossible counts");
    return r;
  }

  /// P(X >= k) of a binomial distribution of n and p, 0 < p < 1.
  [[nodiscard]] static double upper_tail(std::uint32_t k, std::uint32_t n, double p) noexcept {
    if (k == 0) return 1;
    const double odds = p / (1 - p);
    double sum = 0, relative = 1;  // to the term of k
    for (std::uint32_t j = k; j <= n && relative > sum * 1e-17; ++j) {
      sum += relative;
      relative *= odds * (static_cast<double>(n - j) / (static_cast<double>(j) + 1));
    }
    // The logarithm of n over k, without the global variable that lgamma sets.
    double log_choose = 0;
    const std::uint32_t few = (std::min)(k, n - k);
    for (std::uint32_t i = 1; i <= few; ++i) log_choose += std::log(static_cast<double>(n - few + i) / i);
    return (std::min)(1.0, sum * std::exp(log_choose + k * std::log(p) + (n - k) * std::log1p(-p)));
  }

 private:
  params params_;
  std::vector<std::uint64_t> fired_;  // the last `recent` judgements, a bit each
  std::uint32_t next_ = 0, held_ = 0, count_ = 0;
  std::uint64_t judged_ = 0, anomalies_ = 0;  // before those
};

/// Whether the rate of a detector's anomalies is itself anomalous: one that fires now and then, as it always has, is no
/// news; one that fires more often than it used to is.
///
/// Observes  what D observes. part() is D's verdict.
/// Score     anomaly_rate's, of D's judgements.
/// Cost      D's, and anomaly_rate's. No allocation after construction.
template <detector D>
class second_order {
 public:
  static constexpr std::string_view kind = "second_order";
  static constexpr std::string_view summary = "whether the rate of a detector's anomalies is itself anomalous";
  using observation = typename D::observation;
  using params = anomaly_rate::params;

  second_order()
    requires std::default_initializable<D>
      : second_order(params(), D()) {}
  second_order(const params& p, D d) : rate_(checked<second_order>(p)), detector_(std::move(d)) {}
  [[nodiscard]] static result<second_order> make(const params& p, D d) {
    if (result<void> ok = check(kind, p); !ok) return unexpected(std::move(ok).error());
    return second_order(p, std::move(d));
  }

  verdict update(const observation& x) noexcept(noexcept(std::declval<D&>().update(x))) {
    part_ = detector_.update(x);
    if (part_.state != verdict::status::judged) return {.state = part_.state};
    return rate_.judge(part_.anomalous);
  }

  /// The inner detector's verdict of the last observation.
  [[nodiscard]] const verdict& part() const noexcept { return part_; }
  /// The detector whose alarms are counted.
  [[nodiscard]] const D& inner() const noexcept { return detector_; }
  [[nodiscard]] const params& parameters() const noexcept { return rate_.parameters(); }
  void reset() noexcept {
    detector_.reset();
    rate_.reset();
    part_ = {};
  }
  [[nodiscard]] std::size_t memory_bytes() const noexcept {
    return sizeof(*this) + (detector_.memory_bytes() - sizeof(D)) + rate_.heap_bytes();
  }
  void save(state_writer& out) const
    requires persistent<D>
  {
    save_head<second_order>(out, rate_.parameters());
    detector_.save(out);
    rate_.save(out);
  }
  [[nodiscard]] static result<second_order> load(state_reader& in)
    requires persistent<D>
  {
    const auto head = load_head<second_order>(in);
    if (!in.ok()) return unexpected(in.error());
    auto d = D::load(in);
    if (!d) return unexpected(std::move(d).error());
    second_order s(params{.recent = 2}, *std::move(d));
    s.rate_ = anomaly_rate::load(in, head.params);
    if (!in.ok()) return unexpected(in.error());
    return s;
  }

 private:
  anomaly_rate rate_;
  D detector_;
  verdict part_;
};

}  // namespace netanomaly::inline NETANOMALY_MODE::compose
