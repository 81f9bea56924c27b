// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/batch/detail/sort.hpp>
#include <netanomaly/batch/two_sample.hpp>
#include <netanomaly/core/concepts.hpp>
#include <netanomaly/core/config.hpp>
#include <netanomaly/core/params.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace netanomaly::inline NETANOMALY_MODE::batch {

/// A test of counts, asked of measured values: both samples are counted in bins that hold equal shares of the
/// reference, so that what is usual is resolved finely, and all that lies beyond falls into the outer two.
///
/// Bins      (-inf, q1], (q1, q2] ... (q, inf), q the 1 / bins, 2 / bins ... quantiles of the reference. Quantiles
///           that are equal, as with counts and constants, leave fewer bins; a bin may then be empty in the reference
///           only where it is empty.
/// Test      gets the two lists of counts, and by default is told that the reference is a sample too.
/// Status    too_few where a sample is empty; not_finite; else the test's.
/// Cost      one sort of the reference, O(n log bins). No allocation up to reserve(n, m).
template <two_sample_test Test>
class binned {
 public:
  static constexpr std::string_view kind = Test::kind;

  struct params {
    std::uint32_t bins = 10;
    typename Test::params test = sampled();
    static constexpr void describe(auto& p, auto&& field) {
      field("bins", p.bins, between(2U, 10000U), "", "of equal shares of the reference");
      Test::params::describe(p.test, field);
    }
    friend bool operator==(const params&, const params&) = default;

    /// The test's defaults, with the reference taken for a sample too where it can be.
    static constexpr typename Test::params sampled() {
      typename Test::params t{};
      if constexpr (requires { t.sampled_reference; }) t.sampled_reference = true;
      return t;
    }
  };

  binned() : binned(params()) {}
  explicit binned(const params& p)
      : params_(checked<binned>(p)), test_(p.test), edges_(p.bins), sample_counts_(p.bins), reference_counts_(p.bins) {}
  [[nodiscard]] static result<binned> make(const params& p) { return make_checked<binned>(p); }

  void reserve(std::size_t n, std::size_t m) {
    if (sorted_.size() < m) sorted_.resize(m);
    sort_.reserve(m);
    test_.reserve(std::min<std::size_t>(n, params_.bins), params_.bins);
  }

  [[nodiscard]] test_result operator()(std::span<const double> sample, std::span<const double> reference) noexcept {
    if (!all_finite(sample) || !all_finite(reference)) return {.method = "binned", .status = test_status::not_finite};
    if (sample.empty() || reference.empty()) return {};
    reserve(sample.size(), reference.size());
    const std::span<double> sorted(sorted_.data(), reference.size());
    (void)sort_(reference, sorted);
    std::size_t edges = 0;
    for (std::size_t k = 1; k < params_.bins; ++k) {
      const double edge = sorted[(k * sorted.size() + params_.bins - 1) / params_.bins - 1];
      if ((edges == 0 || edge > edges_[edges - 1]) && edge < sorted.back()) edges_[edges++] = edge;
    }
    const std::span<const double> upper(edges_.data(), edges);
    const auto count = [&](std::span<const double> values, std::vector<double>& counts) {
      std::fill(counts.begin(), counts.end(), 0.0);
      for (const double x : values)
        ++counts[static_cast<std::size_t>(std::lower_bound(upper.begin(), upper.end(), x) - upper.begin())];
      return std::span<const double>(counts.data(), edges + 1);
    };
    const std::span<const double> recent = count(sample, sample_counts_);
    return test_(recent, count(sorted, reference_counts_));
  }

  [[nodiscard]] std::size_t memory_bytes() const noexcept {
    return sizeof *this + sort_.memory_bytes() - sizeof sort_ +
           (sorted_.capacity() + edges_.capacity() + sample_counts_.capacity() + reference_counts_.capacity()) *
               sizeof(double);
  }

 private:
  params params_;
  Test test_;
  detail::sorter sort_;
  std::vector<double> sorted_, edges_, sample_counts_, reference_counts_;
};

}  // namespace netanomaly::inline NETANOMALY_MODE::batch
