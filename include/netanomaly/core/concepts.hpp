// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/config.hpp>
#include <netanomaly/core/result.hpp>
#include <netanomaly/core/state.hpp>
#include <netanomaly/core/verdict.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

/// The one interface. Whatever models these composes: in a registry, behind a key, under a calibrated alarm.

namespace netanomaly::inline NETANOMALY_MODE {

/// Takes observations one at a time and gives verdicts.
template <class D>
concept detector = std::copyable<D> && requires(D d, const D c, const typename D::observation& x) {
  { d.update(x) } -> std::same_as<verdict>;                    // judge and remember, in one pass
  { d.reset() } noexcept;                                      // as constructed
  { c.memory_bytes() } noexcept -> std::same_as<std::size_t>;  // held now, itself included
};

/// A detector that can also judge without remembering, and remember without judging.
template <class D>
concept model = detector<D> && requires(D d, const D c, const typename D::observation& x) {
  { c.score(x) } noexcept -> std::same_as<verdict>;  // judge, remember nothing
  d.learn(x);                                        // remember, judge nothing
};

/// Its state is bytes.
template <class D>
concept persistent = std::copyable<D> && requires(const D c, state_writer& out, state_reader& in) {
  c.save(out);
  { D::load(in) } -> std::same_as<result<D>>;
};

/// merge(): as if it had also seen, in time order, all that `other` saw. Other parameters or seeds are an error.
template <class D>
concept mergeable = persistent<D> && requires(D d, const D& other) {
  { d.merge(other) } -> std::same_as<result<void>>;
};

/// Can be made from described parameters, and has a name.
template <class D>
concept configurable = persistent<D> && requires(const typename D::params& p) {
  { D::kind } -> std::convertible_to<std::string_view>;  // the same in the program, in JSON and in state
  { D::make(p) } -> std::same_as<result<D>>;             // D(p) throws the same error
};

/// How a test of hypotheses came to its answer, or why it has none.
enum class test_status : unsigned char {
  ok,          ///< statistic and p-value hold
  too_few,     ///< the samples are too small for this test
  constant,    ///< a sample has no spread, and the test needs one
  not_finite,  ///< a sample holds NaN or an infinity
  impossible   ///< the sample holds what the reference says cannot occur: p_value is 0
};

/// What a batch test says. NaN stands for what is not available.
struct test_result {
  /// What the test computes of the samples; each says what.
  double statistic = std::numeric_limits<double>::quiet_NaN();
  double p_value = std::numeric_limits<double>::quiet_NaN();  ///< probability of one as extreme where both are alike
  double effect = std::numeric_limits<double>::quiet_NaN();   ///< size of the difference, whatever the sample sizes
  std::string_view method;                                    ///< which of its ways of computing p ran; static text
  test_status status = test_status::too_few;                  ///< whether the numbers hold
};

/// Takes a recent sample and a reference sample.
template <class T>
concept two_sample_test = std::copyable<T> && requires(T t, std::span<const double> s, std::size_t n) {
  { t(s, s) } noexcept -> std::same_as<test_result>;  // sample, reference
  t.reserve(n, n);                                    // up to these sizes calls do not allocate; copies keep them
};

/// Takes labelled rows one at a time and predicts.
template <class L>
concept learner = std::copyable<L> && requires(L l, const L c, std::span<const double> x, std::span<double> out) {
  l.learn(x, std::uint32_t{});  // a row and its class
  { c.predict(x) } noexcept -> std::same_as<std::uint32_t>;
  c.predict(x, out);  // the distribution over classes, into out
};

}  // namespace netanomaly::inline NETANOMALY_MODE
