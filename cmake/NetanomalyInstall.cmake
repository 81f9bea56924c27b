# SPDX-License-Identifier: Apache-2.0
# Installs headers, compiled parts and program, and the package that find_package(netanomaly CONFIG) reads.
include(CMakePackageConfigHelpers)

get_property(targets GLOBAL PROPERTY NETANOMALY_INSTALLED_TARGETS)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/netanomaly)
install(TARGETS ${targets} EXPORT netanomaly
  RUNTIME COMPONENT runtime
  LIBRARY COMPONENT runtime NAMELINK_COMPONENT development
  ARCHIVE COMPONENT development
  FILE_SET HEADERS COMPONENT development)
install(EXPORT netanomaly NAMESPACE netanomaly:: DESTINATION ${package_dir} FILE netanomaly-targets.cmake COMPONENT development)

# What a consumer of a static compiled part must find again; a header-only consumer needs none of it.
set(netanomaly_dependencies "")
foreach(pair IN ITEMS capture:PCAP capture:ZLIB capture:ZSTD psl:PSL geoip:MaxMindDB)
  string(REGEX MATCH "^([^:]*):(.*)$" _ ${pair})
  set(part ${CMAKE_MATCH_1})
  set(module ${CMAKE_MATCH_2})
  if(TARGET netanomaly_${part})
    get_target_property(type netanomaly_${part} TYPE)
    if(type STREQUAL STATIC_LIBRARY)
      string(APPEND netanomaly_dependencies "find_dependency(${module})\n")
      if(EXISTS ${PROJECT_SOURCE_DIR}/cmake/Find${module}.cmake)
        install(FILES ${PROJECT_SOURCE_DIR}/cmake/Find${module}.cmake DESTINATION ${package_dir} COMPONENT development)
      endif()
    endif()
  endif()
endforeach()

configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/netanomaly-config.cmake.in
  ${CMAKE_CURRENT_BINARY_DIR}/netanomaly-config.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/netanomaly-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/netanomaly-config.cmake
  ${CMAKE_CURRENT_BINARY_DIR}/netanomaly-config-version.cmake DESTINATION ${package_dir} COMPONENT development)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT development)

# pkg-config, relocatable: a file for the header-only part and one a compiled part.
file(RELATIVE_PATH pc_to_prefix /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
function(netanomaly_pc_file pc_name pc_description)
  cmake_parse_arguments(arg "" "LIB" "REQUIRES;REQUIRES_PRIVATE" ${ARGN})
  list(JOIN arg_REQUIRES ", " pc_requires)
  list(JOIN arg_REQUIRES_PRIVATE ", " pc_requires_private)
  set(pc_libs "")
  if(arg_LIB)
    set(pc_libs "-L\${libdir} -l${arg_LIB}")
  endif()
  configure_file(${PROJECT_SOURCE_DIR}/cmake/netanomaly.pc.in ${PROJECT_BINARY_DIR}/pkgconfig/${pc_name}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/pkgconfig/${pc_name}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)
endfunction()
netanomaly_pc_file(netanomaly "${PROJECT_DESCRIPTION}, header-only")
set(pc_capture libpcap zlib libzstd)
set(pc_psl libpsl)
set(pc_geoip libmaxminddb)
set(pc_c "")
foreach(part IN ITEMS capture psl geoip c)
  if(TARGET netanomaly_${part})
    get_target_property(type netanomaly_${part} TYPE)
    set(kind "")  # a static library's needs are its consumer's
    if(type STREQUAL SHARED_LIBRARY)
      set(kind REQUIRES_PRIVATE)
    endif()
    netanomaly_pc_file(netanomaly-${part} "netanomaly::${part}" LIB netanomaly_${part} REQUIRES netanomaly ${kind} ${pc_${part}})
  endif()
endforeach()
