# SPDX-License-Identifier: Apache-2.0
# One translation unit that includes every public header of what is built: seconds instead of minutes for a check of all.
# What <windows.h> defines as macros must not matter to a header, so macros min and max stand before them all; others'
# headers come first, for theirs is not our matter.
get_property(targets GLOBAL PROPERTY NETANOMALY_INSTALLED_TARGETS)
set(ours "")
set(others "")
foreach(target IN LISTS targets)
  get_target_property(headers ${target} HEADER_SET)
  foreach(header IN LISTS headers)
    file(STRINGS ${header} lines REGEX "^#include <")
    list(FILTER lines EXCLUDE REGEX "<netanomaly/|<immintrin.h>")
    list(APPEND others ${lines})
    cmake_path(RELATIVE_PATH header BASE_DIRECTORY ${NETANOMALY_INCLUDE_DIR})
    list(APPEND ours "#include <${header}>")
  endforeach()
endforeach()
list(REMOVE_DUPLICATES others)
list(SORT others)
list(JOIN ours "\n" ours)
list(JOIN others "\n" others)
file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/all_headers.cpp @ONLY CONTENT [[
// All public headers in one translation unit.
// NOLINTBEGIN: others' headers, one of them for C, and macros as <windows.h> has them
@others@
#ifdef _WIN32
#include <windows.h>
#endif
#define min(a, b) (((a) < (b)) ? (a) : (b))
#define max(a, b) (((a) > (b)) ? (a) : (b))
// NOLINTEND
@ours@
]])
add_library(netanomaly_unity OBJECT ${CMAKE_CURRENT_BINARY_DIR}/all_headers.cpp)
target_link_libraries(netanomaly_unity PRIVATE ${targets} netanomaly_own_flags)
