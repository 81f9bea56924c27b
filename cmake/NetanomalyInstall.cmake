# SPDX-License-Identifier: Apache-2.0
# Installs headers, compiled parts and program, and the package that find_package(netanomaly CONFIG) reads.
include(CMakePackageConfigHelpers)

get_property(targets GLOBAL PROPERTY NETANOMALY_INSTALLED_TARGETS)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/netanomaly)
install(TARGETS ${targets} EXPORT netanomaly FILE_SET HEADERS)
install(EXPORT netanomaly NAMESPACE netanomaly:: DESTINATION ${package_dir} FILE netanomaly-targets.cmake)

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
        install(FILES ${PROJECT_SOURCE_DIR}/cmake/Find${module}.cmake DESTINATION ${package_dir})
      endif()
    endif()
  endif()
endforeach()

configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/netanomaly-config.cmake.in
  ${CMAKE_CURRENT_BINARY_DIR}/netanomaly-config.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/netanomaly-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/netanomaly-config.cmake
  ${CMAKE_CURRENT_BINARY_DIR}/netanomaly-config-version.cmake DESTINATION ${package_dir})
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
