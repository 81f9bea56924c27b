# SPDX-License-Identifier: Apache-2.0
# One translation unit that includes every public header of what is built: seconds instead of minutes for a check of all.
get_property(targets GLOBAL PROPERTY NETANOMALY_INSTALLED_TARGETS)
set(includes "// All public headers in one translation unit.\n")
foreach(target IN LISTS targets)
  get_target_property(headers ${target} HEADER_SET)
  foreach(header IN LISTS headers)
    cmake_path(RELATIVE_PATH header BASE_DIRECTORY ${NETANOMALY_INCLUDE_DIR})
    string(APPEND includes "#include <${header}>\n")
  endforeach()
endforeach()
file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/all_headers.cpp CONTENT "${includes}")
add_library(netanomaly_unity OBJECT ${CMAKE_CURRENT_BINARY_DIR}/all_headers.cpp)
target_link_libraries(netanomaly_unity PRIVATE ${targets} netanomaly_own_flags)
