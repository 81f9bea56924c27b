# SPDX-License-Identifier: Apache-2.0
# Another architecture of Debian, with its cross compiler and qemu's user emulation; included by the files that say which.
# What tests need of it lies in build/cross/ARCHITECTURE/root: see .ci/cross.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_CXX_COMPILER ${compiler})
set(CMAKE_LIBRARY_ARCHITECTURE ${triplet})
set(CMAKE_CROSSCOMPILING_EMULATOR ${emulator})
get_filename_component(root ${CMAKE_CURRENT_LIST_DIR}/../../build/cross/${architecture}/root ABSOLUTE)
set(CMAKE_FIND_ROOT_PATH ${root})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(CMAKE_CXX_FLAGS_INIT "-isystem ${root}/usr/include/${triplet} ${flags}")
set(CMAKE_EXE_LINKER_FLAGS_INIT -static)
