// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/config.hpp>

#include <array>
#include <cstdint>
#include <string_view>

namespace netanomaly::inline NETANOMALY_MODE::telemetry {

/// Whose answer a detector gives: its own, which mends what the reference gets wrong, or the reference's to the last
/// quirk. Skyline: the analysers of Etsy Skyline, commit 22ae09d, 2015. In this mode scores may be infinite.
enum class compatibility : std::uint8_t { none, skyline };

[[nodiscard]] constexpr std::array<std::string_view, 2> enumerator_names(compatibility) noexcept {
  return {"none", "skyline"};
}

}  // namespace netanomaly::inline NETANOMALY_MODE::telemetry
