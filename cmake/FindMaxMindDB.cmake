# SPDX-License-Identifier: Apache-2.0
# Finds libmaxminddb; defines MaxMindDB::MaxMindDB.
find_path(MaxMindDB_INCLUDE_DIR maxminddb.h)
find_library(MaxMindDB_LIBRARY maxminddb)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(MaxMindDB REQUIRED_VARS MaxMindDB_LIBRARY MaxMindDB_INCLUDE_DIR)
if(MaxMindDB_FOUND AND NOT TARGET MaxMindDB::MaxMindDB)
  add_library(MaxMindDB::MaxMindDB UNKNOWN IMPORTED)
  set_target_properties(MaxMindDB::MaxMindDB PROPERTIES IMPORTED_LOCATION "${MaxMindDB_LIBRARY}" INTERFACE_INCLUDE_DIRECTORIES "${MaxMindDB_INCLUDE_DIR}")
endif()
mark_as_advanced(MaxMindDB_INCLUDE_DIR MaxMindDB_LIBRARY)
