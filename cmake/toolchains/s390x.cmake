# SPDX-License-Identifier: Apache-2.0
set(architecture s390x)
set(CMAKE_SYSTEM_PROCESSOR s390x)
set(triplet s390x-linux-gnu)
set(compiler s390x-linux-gnu-g++)
set(emulator qemu-s390x-static)
set(flags "")
include(${CMAKE_CURRENT_LIST_DIR}/debian-cross.cmake)
