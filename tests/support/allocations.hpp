// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

/// How often operator new was called in this program so far. A program that asks gets the operator new that counts.
[[nodiscard]] std::size_t allocations() noexcept;
