# SPDX-License-Identifier: Apache-2.0
# Finds libpsl; defines PSL::PSL.
find_path(PSL_INCLUDE_DIR libpsl.h)
find_library(PSL_LIBRARY psl)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(PSL REQUIRED_VARS PSL_LIBRARY PSL_INCLUDE_DIR)
if(PSL_FOUND AND NOT TARGET PSL::PSL)
  add_library(PSL::PSL UNKNOWN IMPORTED)
  set_target_properties(PSL::PSL PROPERTIES IMPORTED_LOCATION "${PSL_LIBRARY}" INTERFACE_INCLUDE_DIRECTORIES "${PSL_INCLUDE_DIR}")
endif()
mark_as_advanced(PSL_INCLUDE_DIR PSL_LIBRARY)
