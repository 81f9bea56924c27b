// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

namespace netanomaly::program {

/// A self-contained page: `script` draws it from `data`, with dygraphs at hand. Nothing else may run in it, and it
/// fetches nothing.
[[nodiscard]] std::string assemble_page(std::string_view title, const nlohmann::ordered_json& data,
                                        std::string_view script);

}  // namespace netanomaly::program
