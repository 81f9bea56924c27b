// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "learn_options.hpp"

namespace netanomaly::program {

/// `netanomaly train`; the exit code.
[[nodiscard]] int run_train(const learn_options& options);

}  // namespace netanomaly::program
