# SPDX-License-Identifier: Apache-2.0
set(architecture i386)
set(CMAKE_SYSTEM_PROCESSOR i686)
set(triplet i386-linux-gnu)
set(compiler i686-linux-gnu-g++)
set(emulator "")  # a kernel for x86-64 runs it
set(flags "-msse2 -mfpmath=sse")
include(${CMAKE_CURRENT_LIST_DIR}/debian-cross.cmake)
