// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Version and build mode of the headers.
///
/// NETANOMALY_MODE names the inline namespace that all entities live in, so that a translation unit built with
/// exceptions and one built without them cannot be linked to the same inline function: the mistake is a link error, not
/// a wrong program. Open the namespace as `namespace netanomaly::inline NETANOMALY_MODE {` or, in a room, `namespace
/// netanomaly::inline NETANOMALY_MODE::dns {`.
///
/// NETANOMALY_SIMD names the instruction set that the consumer's own flags allow. Only headers whose inline code
/// depends on it put their entities into `inline namespace NETANOMALY_SIMD`; every path gives the same answers.

#define NETANOMALY_VERSION_MAJOR 0
#define NETANOMALY_VERSION_MINOR 1
#define NETANOMALY_VERSION_PATCH 0

/// NETANOMALY_API marks what the compiled parts export; all else in them is hidden.
#if defined(_WIN32)
#define NETANOMALY_API
#else
#define NETANOMALY_API [[gnu::visibility("default")]]
#endif

#if defined(__cpp_exceptions)
#define NETANOMALY_MODE with_exceptions
#define NETANOMALY_HAS_EXCEPTIONS 1
#else
#define NETANOMALY_MODE without_exceptions
#define NETANOMALY_HAS_EXCEPTIONS 0
#endif

#if defined(NETANOMALY_FORCE_PORTABLE)
#define NETANOMALY_SIMD portable
#elif defined(__AVX2__)
#define NETANOMALY_SIMD avx2
#define NETANOMALY_HAS_AVX2 1
#define NETANOMALY_HAS_SSE2 1
#elif defined(__SSE2__)
#define NETANOMALY_SIMD sse2
#define NETANOMALY_HAS_SSE2 1
#else
#define NETANOMALY_SIMD portable
#endif
#ifndef NETANOMALY_HAS_AVX2
#define NETANOMALY_HAS_AVX2 0
#endif
#ifndef NETANOMALY_HAS_SSE2
#define NETANOMALY_HAS_SSE2 0
#endif
