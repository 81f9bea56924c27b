// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "command_line.hpp"

namespace netanomaly::program {

/// `netanomaly dns`: reads, judges, writes; the exit code.
[[nodiscard]] int run_dns(const dns_options& options);

}  // namespace netanomaly::program
