########## MACROS ###########################################################################
#############################################################################################

# Requires CMake > 3.15
if(${CMAKE_VERSION} VERSION_LESS "3.15")
    message(FATAL_ERROR "The 'CMakeDeps' generator only works with CMake >= 3.15")
endif()

if(netanomaly_FIND_QUIETLY)
    set(netanomaly_MESSAGE_MODE VERBOSE)
else()
    set(netanomaly_MESSAGE_MODE STATUS)
endif()

include(${CMAKE_CURRENT_LIST_DIR}/cmakedeps_macros.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/netanomalyTargets.cmake)
include(CMakeFindDependencyMacro)

check_build_type_defined()

foreach(_DEPENDENCY ${netanomaly_FIND_DEPENDENCY_NAMES} )
    # Check that we have not already called a find_package with the transitive dependency
    if(NOT ${_DEPENDENCY}_FOUND)
        find_dependency(${_DEPENDENCY} REQUIRED ${${_DEPENDENCY}_FIND_MODE})
    endif()
endforeach()

set(netanomaly_VERSION_STRING "0.1.0")
set(netanomaly_INCLUDE_DIRS ${netanomaly_INCLUDE_DIRS_RELEASE} )
set(netanomaly_INCLUDE_DIR ${netanomaly_INCLUDE_DIRS_RELEASE} )
set(netanomaly_LIBRARIES ${netanomaly_LIBRARIES_RELEASE} )
set(netanomaly_DEFINITIONS ${netanomaly_DEFINITIONS_RELEASE} )


# Definition of extra CMake variables from cmake_extra_variables


# Only the last installed configuration BUILD_MODULES are included to avoid the collision
foreach(_BUILD_MODULE ${netanomaly_BUILD_MODULES_PATHS_RELEASE} )
    message(${netanomaly_MESSAGE_MODE} "Conan: Including build module from '${_BUILD_MODULE}'")
    include(${_BUILD_MODULE})
endforeach()


