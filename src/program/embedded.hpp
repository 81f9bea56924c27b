// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

/// The parts of the page, put into the program when it is built (CMakeLists.txt): nothing is read from disk at run
/// time.
namespace netanomaly::program::embedded {

extern const std::string_view page_html, page_css, page_js, telemetry_js, evaluate_js, dygraphs_css, dygraphs_js;

}  // namespace netanomaly::program::embedded
