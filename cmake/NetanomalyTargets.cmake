# SPDX-License-Identifier: Apache-2.0
# How a target of ours is made. Headers and sources are globbed, so that no test and no header can be forgotten.

set(NETANOMALY_INCLUDE_DIR ${CMAKE_CURRENT_SOURCE_DIR}/include)
set(NETANOMALY_SOURCE_DIR ${CMAKE_CURRENT_SOURCE_DIR})

# What our own targets are compiled with; consumers get none of it.
add_library(netanomaly_own_flags INTERFACE)
target_compile_options(netanomaly_own_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -ffp-contract=off
  $<$<BOOL:${NETANOMALY_WARNINGS_AS_ERRORS}>:-Werror>
  # At -O3 GCC 12 warns where a literal and a std::string are added (GCC bug 105651).
  $<$<AND:$<COMPILE_LANG_AND_ID:CXX,GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-restrict>)

# netanomaly_header_library(NAME [ROOMS room...] [HEADERS path...] [EXCLUDE path...] [LINK target...])
function(netanomaly_header_library name)
  cmake_parse_arguments(arg "" "" "ROOMS;HEADERS;EXCLUDE;LINK" ${ARGN})
  set(headers ${arg_HEADERS})
  foreach(room IN LISTS arg_ROOMS)
    file(GLOB found CONFIGURE_DEPENDS RELATIVE ${NETANOMALY_INCLUDE_DIR}/netanomaly
      ${NETANOMALY_INCLUDE_DIR}/netanomaly/${room}/*.hpp ${NETANOMALY_INCLUDE_DIR}/netanomaly/${room}/detail/*.hpp)
    list(APPEND headers ${found})
  endforeach()
  if(arg_EXCLUDE)
    list(REMOVE_ITEM headers ${arg_EXCLUDE})
  endif()
  list(TRANSFORM headers PREPEND ${NETANOMALY_INCLUDE_DIR}/netanomaly/)
  set(target netanomaly_${name})
  if(name STREQUAL netanomaly)
    set(target netanomaly)
  endif()
  add_library(${target} INTERFACE)
  add_library(netanomaly::${name} ALIAS ${target})
  target_sources(${target} INTERFACE FILE_SET HEADERS BASE_DIRS ${NETANOMALY_INCLUDE_DIR} FILES ${headers})
  target_compile_features(${target} INTERFACE cxx_std_20)
  target_link_libraries(${target} INTERFACE ${arg_LINK})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
  set_property(GLOBAL APPEND PROPERTY NETANOMALY_INSTALLED_TARGETS ${target})
endfunction()

# netanomaly_compiled_library(NAME [TYPE SHARED|STATIC] [LINK target...] [PRIVATE_LINK target...]): src/NAME/*.cpp with
# include/netanomaly/NAME/*.hpp or *.h
function(netanomaly_compiled_library name)
  cmake_parse_arguments(arg "" "TYPE" "LINK;PRIVATE_LINK" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${NETANOMALY_SOURCE_DIR}/src/${name}/*.cpp)
  file(GLOB headers CONFIGURE_DEPENDS ${NETANOMALY_INCLUDE_DIR}/netanomaly/${name}/*.hpp
    ${NETANOMALY_INCLUDE_DIR}/netanomaly/${name}/*.h)
  add_library(netanomaly_${name} ${arg_TYPE} ${sources})
  add_library(netanomaly::${name} ALIAS netanomaly_${name})
  target_sources(netanomaly_${name} PUBLIC FILE_SET HEADERS BASE_DIRS ${NETANOMALY_INCLUDE_DIR} FILES ${headers})
  target_link_libraries(netanomaly_${name} PUBLIC ${arg_LINK} PRIVATE ${arg_PRIVATE_LINK} $<BUILD_INTERFACE:netanomaly_own_flags>)
  set_target_properties(netanomaly_${name} PROPERTIES EXPORT_NAME ${name} VERSION ${PROJECT_VERSION}
    SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR} POSITION_INDEPENDENT_CODE ON
    CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
  set_property(GLOBAL APPEND PROPERTY NETANOMALY_INSTALLED_TARGETS netanomaly_${name})
endfunction()
