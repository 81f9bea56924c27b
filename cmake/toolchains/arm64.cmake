# SPDX-License-Identifier: Apache-2.0
set(architecture arm64)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(triplet aarch64-linux-gnu)
set(compiler aarch64-linux-gnu-g++)
set(emulator qemu-aarch64-static)
set(flags "")
include(${CMAKE_CURRENT_LIST_DIR}/debian-cross.cmake)
