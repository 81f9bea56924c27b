// SPDX-License-Identifier: Apache-2.0
#pragma once

/// SIGINT and SIGTERM end the reading, not the program: what was read is judged and written first.
namespace netanomaly::program::interruption {

/// From now on the first of these signals is remembered. It also puts an end to standard input, on which a read may be
/// waiting. A second one ends the program at once, as usual.
void watch() noexcept;

/// The number of the signal that came; 0: none.
[[nodiscard]] int signal() noexcept;

}  // namespace netanomaly::program::interruption
