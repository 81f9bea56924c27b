// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/config.hpp>

#include <limits>

namespace netanomaly::inline NETANOMALY_MODE {

/// What a detector says of one observation. 24 bytes everywhere, trivially copyable.
struct alignas(8) verdict {
  /// What was done with the observation.
  enum class status : unsigned char {
    warming_up,  ///< taken in; too little has been seen to judge
    judged,      ///< score holds
    rejected     ///< not finite, or a row of another length: nothing changed
  };

  double score = std::numeric_limits<double>::quiet_NaN();    ///< higher is more unusual; NaN unless judged
  double p_value = std::numeric_limits<double>::quiet_NaN();  ///< NaN where there is none; else score = -log10 p_value
  bool anomalous = false;                                     ///< past the threshold
  status state = status::warming_up;                          ///< whether score holds

  /// True where anomalous.
  constexpr explicit operator bool() const noexcept { return anomalous; }

  /// A judgement without a p-value: anomalous above `threshold`. A score that overflowed is the largest double.
  [[nodiscard]] static constexpr verdict judge(double score, double threshold) noexcept {
    constexpr double most = (std::numeric_limits<double>::max)();
    const double finite = score < most ? score : most;
    return {.score = finite, .anomalous = finite > threshold, .state = status::judged};
  }
  /// The answer to an observation that cannot be taken in.
  [[nodiscard]] static constexpr verdict reject() noexcept { return {.state = status::rejected}; }
};
static_assert(sizeof(verdict) == 24);

}  // namespace netanomaly::inline NETANOMALY_MODE
