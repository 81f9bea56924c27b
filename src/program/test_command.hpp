// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "test_options.hpp"

namespace netanomaly::program {

/// `netanomaly test`: reads samples, runs one test, writes its answer; the exit code.
[[nodiscard]] int run_test(const test_options& options);

}  // namespace netanomaly::program
