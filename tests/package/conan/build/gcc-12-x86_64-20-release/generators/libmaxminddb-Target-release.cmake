# Avoid multiple calls to find_package to append duplicated properties to the targets
include_guard()########### VARIABLES #######################################################################
#############################################################################################
set(libmaxminddb_FRAMEWORKS_FOUND_RELEASE "") # Will be filled later
conan_find_apple_frameworks(libmaxminddb_FRAMEWORKS_FOUND_RELEASE "${libmaxminddb_FRAMEWORKS_RELEASE}" "${libmaxminddb_FRAMEWORK_DIRS_RELEASE}")

set(libmaxminddb_LIBRARIES_TARGETS "") # Will be filled later


######## Create an interface target to contain all the dependencies (frameworks, system and conan deps)
if(NOT TARGET libmaxminddb_DEPS_TARGET)
    add_library(libmaxminddb_DEPS_TARGET INTERFACE IMPORTED)
endif()

set_property(TARGET libmaxminddb_DEPS_TARGET
             APPEND PROPERTY INTERFACE_LINK_LIBRARIES
             $<$<CONFIG:Release>:${libmaxminddb_FRAMEWORKS_FOUND_RELEASE}>
             $<$<CONFIG:Release>:${libmaxminddb_SYSTEM_LIBS_RELEASE}>
             $<$<CONFIG:Release>:>)

####### Find the libraries declared in cpp_info.libs, create an IMPORTED target for each one and link the
####### libmaxminddb_DEPS_TARGET to all of them
conan_package_library_targets("${libmaxminddb_LIBS_RELEASE}"    # libraries
                              "${libmaxminddb_LIB_DIRS_RELEASE}" # package_libdir
                              "${libmaxminddb_BIN_DIRS_RELEASE}" # package_bindir
                              "${libmaxminddb_LIBRARY_TYPE_RELEASE}"
                              "${libmaxminddb_IS_HOST_WINDOWS_RELEASE}"
                              libmaxminddb_DEPS_TARGET
                              libmaxminddb_LIBRARIES_TARGETS  # out_libraries_targets
                              "_RELEASE"
                              "libmaxminddb"    # package_name
                              "${libmaxminddb_NO_SONAME_MODE_RELEASE}")  # soname

# FIXME: What is the result of this for multi-config? All configs adding themselves to path?
set(CMAKE_MODULE_PATH ${libmaxminddb_BUILD_DIRS_RELEASE} ${CMAKE_MODULE_PATH})

########## GLOBAL TARGET PROPERTIES Release ########################################
    set_property(TARGET libmaxminddb::libmaxminddb
                 APPEND PROPERTY INTERFACE_LINK_LIBRARIES
                 $<$<CONFIG:Release>:${libmaxminddb_OBJECTS_RELEASE}>
                 $<$<CONFIG:Release>:${libmaxminddb_LIBRARIES_TARGETS}>
                 )

    if("${libmaxminddb_LIBS_RELEASE}" STREQUAL "")
        # If the package is not declaring any "cpp_info.libs" the package deps, system libs,
        # frameworks etc are not linked to the imported targets and we need to do it to the
        # global target
        set_property(TARGET libmaxminddb::libmaxminddb
                     APPEND PROPERTY INTERFACE_LINK_LIBRARIES
                     libmaxminddb_DEPS_TARGET)
    endif()

    set_property(TARGET libmaxminddb::libmaxminddb
                 APPEND PROPERTY INTERFACE_LINK_OPTIONS
                 $<$<CONFIG:Release>:${libmaxminddb_LINKER_FLAGS_RELEASE}>)
    set_property(TARGET libmaxminddb::libmaxminddb
                 APPEND PROPERTY INTERFACE_INCLUDE_DIRECTORIES
                 $<$<CONFIG:Release>:${libmaxminddb_INCLUDE_DIRS_RELEASE}>)
    # Necessary to find LINK shared libraries in Linux
    set_property(TARGET libmaxminddb::libmaxminddb
                 APPEND PROPERTY INTERFACE_LINK_DIRECTORIES
                 $<$<CONFIG:Release>:${libmaxminddb_LIB_DIRS_RELEASE}>)
    set_property(TARGET libmaxminddb::libmaxminddb
                 APPEND PROPERTY INTERFACE_COMPILE_DEFINITIONS
                 $<$<CONFIG:Release>:${libmaxminddb_COMPILE_DEFINITIONS_RELEASE}>)
    set_property(TARGET libmaxminddb::libmaxminddb
                 APPEND PROPERTY INTERFACE_COMPILE_OPTIONS
                 $<$<CONFIG:Release>:${libmaxminddb_COMPILE_OPTIONS_RELEASE}>)

########## For the modules (FindXXX)
set(libmaxminddb_LIBRARIES_RELEASE libmaxminddb::libmaxminddb)
