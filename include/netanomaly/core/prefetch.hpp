// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/config.hpp>

#include <cstddef>

namespace netanomaly::inline NETANOMALY_MODE {

/// Asks for the line of memory at `address`, which need not be valid, and does not wait for it.
inline void prefetch([[maybe_unused]] const void* address) noexcept {
#if defined(__GNUC__)
  __builtin_prefetch(address);
#endif
}

/// Asks for all lines of an object.
template <class T>
void prefetch_object(const T& object) noexcept {
  constexpr std::size_t line = 64;
  const auto* const octets = reinterpret_cast<const std::byte*>(&object);
  for (std::size_t at = 0; at < sizeof(T); at += line) prefetch(octets + at);
  prefetch(octets + sizeof(T) - 1);
}

}  // namespace netanomaly::inline NETANOMALY_MODE
