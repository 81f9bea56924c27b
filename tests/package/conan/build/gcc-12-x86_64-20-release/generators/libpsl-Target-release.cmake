# Avoid multiple calls to find_package to append duplicated properties to the targets
include_guard()########### VARIABLES #######################################################################
#############################################################################################
set(libpsl_FRAMEWORKS_FOUND_RELEASE "") # Will be filled later
conan_find_apple_frameworks(libpsl_FRAMEWORKS_FOUND_RELEASE "${libpsl_FRAMEWORKS_RELEASE}" "${libpsl_FRAMEWORK_DIRS_RELEASE}")

set(libpsl_LIBRARIES_TARGETS "") # Will be filled later


######## Create an interface target to contain all the dependencies (frameworks, system and conan deps)
if(NOT TARGET libpsl_DEPS_TARGET)
    add_library(libpsl_DEPS_TARGET INTERFACE IMPORTED)
endif()

set_property(TARGET libpsl_DEPS_TARGET
             APPEND PROPERTY INTERFACE_LINK_LIBRARIES
             $<$<CONFIG:Release>:${libpsl_FRAMEWORKS_FOUND_RELEASE}>
             $<$<CONFIG:Release>:${libpsl_SYSTEM_LIBS_RELEASE}>
             $<$<CONFIG:Release>:>)

####### Find the libraries declared in cpp_info.libs, create an IMPORTED target for each one and link the
####### libpsl_DEPS_TARGET to all of them
conan_package_library_targets("${libpsl_LIBS_RELEASE}"    # libraries
                              "${libpsl_LIB_DIRS_RELEASE}" # package_libdir
                              "${libpsl_BIN_DIRS_RELEASE}" # package_bindir
                              "${libpsl_LIBRARY_TYPE_RELEASE}"
                              "${libpsl_IS_HOST_WINDOWS_RELEASE}"
                              libpsl_DEPS_TARGET
                              libpsl_LIBRARIES_TARGETS  # out_libraries_targets
                              "_RELEASE"
                              "libpsl"    # package_name
                              "${libpsl_NO_SONAME_MODE_RELEASE}")  # soname

# FIXME: What is the result of this for multi-config? All configs adding themselves to path?
set(CMAKE_MODULE_PATH ${libpsl_BUILD_DIRS_RELEASE} ${CMAKE_MODULE_PATH})

########## GLOBAL TARGET PROPERTIES Release ########################################
    set_property(TARGET libpsl::libpsl
                 APPEND PROPERTY INTERFACE_LINK_LIBRARIES
                 $<$<CONFIG:Release>:${libpsl_OBJECTS_RELEASE}>
                 $<$<CONFIG:Release>:${libpsl_LIBRARIES_TARGETS}>
                 )

    if("${libpsl_LIBS_RELEASE}" STREQUAL "")
        # If the package is not declaring any "cpp_info.libs" the package deps, system libs,
        # frameworks etc are not linked to the imported targets and we need to do it to the
        # global target
        set_property(TARGET libpsl::libpsl
                     APPEND PROPERTY INTERFACE_LINK_LIBRARIES
                     libpsl_DEPS_TARGET)
    endif()

    set_property(TARGET libpsl::libpsl
                 APPEND PROPERTY INTERFACE_LINK_OPTIONS
                 $<$<CONFIG:Release>:${libpsl_LINKER_FLAGS_RELEASE}>)
    set_property(TARGET libpsl::libpsl
                 APPEND PROPERTY INTERFACE_INCLUDE_DIRECTORIES
                 $<$<CONFIG:Release>:${libpsl_INCLUDE_DIRS_RELEASE}>)
    # Necessary to find LINK shared libraries in Linux
    set_property(TARGET libpsl::libpsl
                 APPEND PROPERTY INTERFACE_LINK_DIRECTORIES
                 $<$<CONFIG:Release>:${libpsl_LIB_DIRS_RELEASE}>)
    set_property(TARGET libpsl::libpsl
                 APPEND PROPERTY INTERFACE_COMPILE_DEFINITIONS
                 $<$<CONFIG:Release>:${libpsl_COMPILE_DEFINITIONS_RELEASE}>)
    set_property(TARGET libpsl::libpsl
                 APPEND PROPERTY INTERFACE_COMPILE_OPTIONS
                 $<$<CONFIG:Release>:${libpsl_COMPILE_OPTIONS_RELEASE}>)

########## For the modules (FindXXX)
set(libpsl_LIBRARIES_RELEASE libpsl::libpsl)
