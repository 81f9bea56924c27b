// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "telemetry_options.hpp"

namespace netanomaly::program {

/// `netanomaly telemetry`: reads, judges, writes; the exit code.
[[nodiscard]] int run_telemetry(const telemetry_options& options);

}  // namespace netanomaly::program
