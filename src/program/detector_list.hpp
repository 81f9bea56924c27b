// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace netanomaly::program {

/// Each detector of compose/builtin.hpp and the DNS detector, with parameters, units and defaults, from `describe`.
[[nodiscard]] std::string detector_list();

}  // namespace netanomaly::program
