// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/params.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace netanomaly::program {

/// Each detector of compose/builtin.hpp and the DNS detector, with parameters, units and defaults, from `describe`.
[[nodiscard]] std::string detector_list();

/// Appends one entry of such a list: a name, a line about it, its parameters.
void add_entry(std::string& text, std::string_view kind, std::string_view summary,
               const std::vector<parameter_info>& parameters);

}  // namespace netanomaly::program
