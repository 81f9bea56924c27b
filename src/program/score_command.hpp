// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "learn_options.hpp"

namespace netanomaly::program {

/// `netanomaly score`; the exit code.
[[nodiscard]] int run_score(const learn_options& options);

}  // namespace netanomaly::program
