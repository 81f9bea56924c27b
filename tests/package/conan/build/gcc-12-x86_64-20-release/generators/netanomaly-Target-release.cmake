# Avoid multiple calls to find_package to append duplicated properties to the targets
include_guard()########### VARIABLES #######################################################################
#############################################################################################
set(netanomaly_FRAMEWORKS_FOUND_RELEASE "") # Will be filled later
conan_find_apple_frameworks(netanomaly_FRAMEWORKS_FOUND_RELEASE "${netanomaly_FRAMEWORKS_RELEASE}" "${netanomaly_FRAMEWORK_DIRS_RELEASE}")

set(netanomaly_LIBRARIES_TARGETS "") # Will be filled later


######## Create an interface target to contain all the dependencies (frameworks, system and conan deps)
if(NOT TARGET netanomaly_DEPS_TARGET)
    add_library(netanomaly_DEPS_TARGET INTERFACE IMPORTED)
endif()

set_property(TARGET netanomaly_DEPS_TARGET
             APPEND PROPERTY INTERFACE_LINK_LIBRARIES
             $<$<CONFIG:Release>:${netanomaly_FRAMEWORKS_FOUND_RELEASE}>
             $<$<CONFIG:Release>:${netanomaly_SYSTEM_LIBS_RELEASE}>
             $<$<CONFIG:Release>:netanomaly::netanomaly;netanomaly::batch;netanomaly::learn;libpcap::libpcap;zlib::zlib;zstd::zstd;libpsl::libpsl;libmaxminddb::libmaxminddb>)

####### Find the libraries declared in cpp_info.libs, create an IMPORTED target for each one and link the
####### netanomaly_DEPS_TARGET to all of them
conan_package_library_targets("${netanomaly_LIBS_RELEASE}"    # libraries
                              "${netanomaly_LIB_DIRS_RELEASE}" # package_libdir
                              "${netanomaly_BIN_DIRS_RELEASE}" # package_bindir
                              "${netanomaly_LIBRARY_TYPE_RELEASE}"
                              "${netanomaly_IS_HOST_WINDOWS_RELEASE}"
                              netanomaly_DEPS_TARGET
                              netanomaly_LIBRARIES_TARGETS  # out_libraries_targets
                              "_RELEASE"
                              "netanomaly"    # package_name
                              "${netanomaly_NO_SONAME_MODE_RELEASE}")  # soname

# FIXME: What is the result of this for multi-config? All configs adding themselves to path?
set(CMAKE_MODULE_PATH ${netanomaly_BUILD_DIRS_RELEASE} ${CMAKE_MODULE_PATH})

########## COMPONENTS TARGET PROPERTIES Release ########################################

    ########## COMPONENT netanomaly::all #############

        set(netanomaly_netanomaly_all_FRAMEWORKS_FOUND_RELEASE "")
        conan_find_apple_frameworks(netanomaly_netanomaly_all_FRAMEWORKS_FOUND_RELEASE "${netanomaly_netanomaly_all_FRAMEWORKS_RELEASE}" "${netanomaly_netanomaly_all_FRAMEWORK_DIRS_RELEASE}")

        set(netanomaly_netanomaly_all_LIBRARIES_TARGETS "")

        ######## Create an interface target to contain all the dependencies (frameworks, system and conan deps)
        if(NOT TARGET netanomaly_netanomaly_all_DEPS_TARGET)
            add_library(netanomaly_netanomaly_all_DEPS_TARGET INTERFACE IMPORTED)
        endif()

        set_property(TARGET netanomaly_netanomaly_all_DEPS_TARGET
                     APPEND PROPERTY INTERFACE_LINK_LIBRARIES
                     $<$<CONFIG:Release>:${netanomaly_netanomaly_all_FRAMEWORKS_FOUND_RELEASE}>
                     $<$<CONFIG:Release>:${netanomaly_netanomaly_all_SYSTEM_LIBS_RELEASE}>
                     $<$<CONFIG:Release>:${netanomaly_netanomaly_all_DEPENDENCIES_RELEASE}>
                     )

        ####### Find the libraries declared in cpp_info.component["xxx"].libs,
        ####### create an IMPORTED target for each one and link the 'netanomaly_netanomaly_all_DEPS_TARGET' to all of them
        conan_package_library_targets("${netanomaly_netanomaly_all_LIBS_RELEASE}"
                              "${netanomaly_netanomaly_all_LIB_DIRS_RELEASE}"
                              "${netanomaly_netanomaly_all_BIN_DIRS_RELEASE}" # package_bindir
                              "${netanomaly_netanomaly_all_LIBRARY_TYPE_RELEASE}"
                              "${netanomaly_netanomaly_all_IS_HOST_WINDOWS_RELEASE}"
                              netanomaly_netanomaly_all_DEPS_TARGET
                              netanomaly_netanomaly_all_LIBRARIES_TARGETS
                              "_RELEASE"
                              "netanomaly_netanomaly_all"
                              "${netanomaly_netanomaly_all_NO_SONAME_MODE_RELEASE}")


        ########## TARGET PROPERTIES #####################################
        set_property(TARGET netanomaly::all
                     APPEND PROPERTY INTERFACE_LINK_LIBRARIES
                     $<$<CONFIG:Release>:${netanomaly_netanomaly_all_OBJECTS_RELEASE}>
                     $<$<CONFIG:Release>:${netanomaly_netanomaly_all_LIBRARIES_TARGETS}>
                     )

        if("${netanomaly_netanomaly_all_LIBS_RELEASE}" STREQUAL "")
            # If the component is not declaring any "cpp_info.components['foo'].libs" the system, frameworks etc are not
            # linked to the imported targets and we need to do it to the global target
            set_property(TARGET netanomaly::all
                         APPEND PROPERTY INTERFACE_LINK_LIBRARIES
                         netanomaly_netanomaly_all_DEPS_TARGET)
        endif()

        set_property(TARGET netanomaly::all APPEND PROPERTY INTERFACE_LINK_OPTIONS
                     $<$<CONFIG:Release>:${netanomaly_netanomaly_all_LINKER_FLAGS_RELEASE}>)
        set_property(TARGET netanomaly::all APPEND PROPERTY INTERFACE_INCLUDE_DIRECTORIES
                     $<$<CONFIG:Release>:${netanomaly_netanomaly_all_INCLUDE_DIRS_RELEASE}>)
        set_property(TARGET netanomaly::all APPEND PROPERTY INTERFACE_LINK_DIRECTORIES
                     $<$<CONFIG:Release>:${netanomaly_netanomaly_all_LIB_DIRS_RELEASE}>)
        set_property(TARGET netanomaly::all APPEND PROPERTY INTERFACE_COMPILE_DEFINITIONS
                     $<$<CONFIG:Release>:${netanomaly_netanomaly_all_COMPILE_DEFINITIONS_RELEASE}>)
        set_property(TARGET netanomaly::all APPEND PROPERTY INTERFACE_COMPILE_OPTIONS
                     $<$<CONFIG:Release>:${netanomaly_netanomaly_all_COMPILE_OPTIONS_RELEASE}>)


    ########## COMPONENT netanomaly::geoip #############

        set(netanomaly_netanomaly_geoip_FRAMEWORKS_FOUND_RELEASE "")
        conan_find_apple_frameworks(netanomaly_netanomaly_geoip_FRAMEWORKS_FOUND_RELEASE "${netanomaly_netanomaly_geoip_FRAMEWORKS_RELEASE}" "${netanomaly_netanomaly_geoip_FRAMEWORK_DIRS_RELEASE}")

        set(netanomaly_netanomaly_geoip_LIBRARIES_TARGETS "")

        ######## Create an interface target to contain all the dependencies (frameworks, system and conan deps)
        if(NOT TARGET netanomaly_netanomaly_geoip_DEPS_TARGET)
            add_library(netanomaly_netanomaly_geoip_DEPS_TARGET INTERFACE IMPORTED)
        endif()

        set_property(TARGET netanomaly_netanomaly_geoip_DEPS_TARGET
                     APPEND PROPERTY INTERFACE_LINK_LIBRARIES
                     $<$<CONFIG:Release>:${netanomaly_netanomaly_geoip_FRAMEWORKS_FOUND_RELEASE}>
                     $<$<CONFIG:Release>:${netanomaly_netanomaly_geoip_SYSTEM_LIBS_RELEASE}>
                     $<$<CONFIG:Release>:${netanomaly_netanomaly_geoip_DEPENDENCIES_RELEASE}>
                     )

        ####### Find the libraries declared in cpp_info.component["xxx"].libs,
        ####### create an IMPORTED target for each one and link the 'netanomaly_netanomaly_geoip_DEPS_TARGET' to all of them
        conan_package_library_targets("${netanomaly_netanomaly_geoip_LIBS_RELEASE}"
                              "${netanomaly_netanomaly_geoip_LIB_DIRS_RELEASE}"
                              "${netanomaly_netanomaly_geoip_BIN_DIRS_RELEASE}" # package_bindir
                              "${netanomaly_netanomaly_geoip_LIBRARY_TYPE_RELEASE}"
                              "${netanomaly_netanomaly_geoip_IS_HOST_WINDOWS_RELEASE}"
                              netanomaly_netanomaly_geoip_DEPS_TARGET
                              netanomaly_netanomaly_geoip_LIBRARIES_TARGETS
                              "_RELEASE"
                              "netanomaly_netanomaly_geoip"
                              "${netanomaly_netanomaly_geoip_NO_SONAME_MODE_RELEASE}")


        ########## TARGET PROPERTIES #####################################
        set_property(TARGET netanomaly::geoip
                     APPEND PROPERTY INTERFACE_LINK_LIBRARIES
                     $<$<CONFIG:Release>:${netanomaly_netanomaly_geoip_OBJECTS_RELEASE}>
                     $<$<CONFIG:Release>:${netanomaly_netanomaly_geoip_LIBRARIES_TARGETS}>
                     )

        if("${netanomaly_netanomaly_geoip_LIBS_RELEASE}" STREQUAL "")
            # If the component is not declaring any "cpp_info.components['foo'].libs" the system, frameworks etc are not
            # linked to the imported targets and we need to do it to the global target
            set_property(TARGET netanomaly::geoip
                         APPEND PROPERTY INTERFACE_LINK_LIBRARIES
                         netanomaly_netanomaly_geoip_DEPS_TARGET)
        endif()

        set_property(TARGET netanomaly::geoip APPEND PROPERTY INTERFACE_LINK_OPTIONS
                     $<$<CONFIG:Release>:${netanomaly_netanomaly_geoip_LINKER_FLAGS_RELEASE}>)
        set_property(TARGET netanomaly::geoip APPEND PROPERTY INTERFACE_INCLUDE_DIRECTORIES
                     $<$<CONFIG:Release>:${netanomaly_netanomaly_geoip_INCLUDE_DIRS_RELEASE}>)
        set_property(TARGET netanomaly::geoip APPEND PROPERTY INTERFACE_LINK_DIRECTORIES
                     $<$<CONFIG:Release>:${netanomaly_netanomaly_geoip_LIB_DIRS_RELEASE}>)
        set_property(TARGET netanomaly::geoip APPEND PROPERTY INTERFACE_COMPILE_DEFINITIONS
                     $<$<CONFIG:Release>:${netanomaly_netanomaly_geoip_COMPILE_DEFINITIONS_RELEASE}>)
        set_property(TARGET netanomaly::geoip APPEND PROPERTY INTERFACE_COMPILE_OPTIONS
                     $<$<CONFIG:Release>:${netanomaly_netanomaly_geoip_COMPILE_OPTIONS_RELEASE}>)


    ########## COMPONENT netanomaly::psl #############

        set(netanomaly_netanomaly_psl_FRAMEWORKS_FOUND_RELEASE "")
        conan_find_apple_frameworks(netanomaly_netanomaly_psl_FRAMEWORKS_FOUND_RELEASE "${netanomaly_netanomaly_psl_FRAMEWORKS_RELEASE}" "${netanomaly_netanomaly_psl_FRAMEWORK_DIRS_RELEASE}")

        set(netanomaly_netanomaly_psl_LIBRARIES_TARGETS "")

        ######## Create an interface target to contain all the dependencies (frameworks, system and conan deps)
        if(NOT TARGET netanomaly_netanomaly_psl_DEPS_TARGET)
            add_library(netanomaly_netanomaly_psl_DEPS_TARGET INTERFACE IMPORTED)
        endif()

        set_property(TARGET netanomaly_netanomaly_psl_DEPS_TARGET
                     APPEND PROPERTY INTERFACE_LINK_LIBRARIES
                     $<$<CONFIG:Release>:${netanomaly_netanomaly_psl_FRAMEWORKS_FOUND_RELEASE}>
                     $<$<CONFIG:Release>:${netanomaly_netanomaly_psl_SYSTEM_LIBS_RELEASE}>
                     $<$<CONFIG:Release>:${netanomaly_netanomaly_psl_DEPENDENCIES_RELEASE}>
                     )

        ####### Find the libraries declared in cpp_info.component["xxx"].libs,
        ####### create an IMPORTED target for each one and link the 'netanomaly_netanomaly_psl_DEPS_TARGET' to all of them
        conan_package_library_targets("${netanomaly_netanomaly_psl_LIBS_RELEASE}"
                              "${netanomaly_netanomaly_psl_LIB_DIRS_RELEASE}"
                              "${netanomaly_netanomaly_psl_BIN_DIRS_RELEASE}" # package_bindir
                              "${netanomaly_netanomaly_psl_LIBRARY_TYPE_RELEASE}"
                              "${netanomaly_netanomaly_psl_IS_HOST_WINDOWS_RELEASE}"
                              netanomaly_netanomaly_psl_DEPS_TARGET
                              netanomaly_netanomaly_psl_LIBRARIES_TARGETS
                              "_RELEASE"
                              "netanomaly_netanomaly_psl"
                              "${netanomaly_netanomaly_psl_NO_SONAME_MODE_RELEASE}")


        ########## TARGET PROPERTIES #####################################
        set_property(TARGET netanomaly::psl
                     APPEND PROPERTY INTERFACE_LINK_LIBRARIES
                     $<$<CONFIG:Release>:${netanomaly_netanomaly_psl_OBJECTS_RELEASE}>
                     $<$<CONFIG:Release>:${netanomaly_netanomaly_psl_LIBRARIES_TARGETS}>
                     )

        if("${netanomaly_netanomaly_psl_LIBS_RELEASE}" STREQUAL "")
            # If the component is not declaring any "cpp_info.components['foo'].libs" the system, frameworks etc are not
            # linked to the imported targets and we need to do it to the global target
            set_property(TARGET netanomaly::psl
                         APPEND PROPERTY INTERFACE_LINK_LIBRARIES
                         netanomaly_netanomaly_psl_DEPS_TARGET)
        endif()

        set_property(TARGET netanomaly::psl APPEND PROPERTY INTERFACE_LINK_OPTIONS
                     $<$<CONFIG:Release>:${netanomaly_netanomaly_psl_LINKER_FLAGS_RELEASE}>)
        set_property(TARGET netanomaly::psl APPEND PROPERTY INTERFACE_INCLUDE_DIRECTORIES
                     $<$<CONFIG:Release>:${netanomaly_netanomaly_psl_INCLUDE_DIRS_RELEASE}>)
        set_property(TARGET netanomaly::psl APPEND PROPERTY INTERFACE_LINK_DIRECTORIES
                     $<$<CONFIG:Release>:${netanomaly_netanomaly_psl_LIB_DIRS_RELEASE}>)
        set_property(TARGET netanomaly::psl APPEND PROPERTY INTERFACE_COMPILE_DEFINITIONS
                     $<$<CONFIG:Release>:${netanomaly_netanomaly_psl_COMPILE_DEFINITIONS_RELEASE}>)
        set_property(TARGET netanomaly::psl APPEND PROPERTY INTERFACE_COMPILE_OPTIONS
                     $<$<CONFIG:Release>:${netanomaly_netanomaly_psl_COMPILE_OPTIONS_RELEASE}>)


    ########## COMPONENT netanomaly::capture #############

        set(netanomaly_netanomaly_capture_FRAMEWORKS_FOUND_RELEASE "")
        conan_find_apple_frameworks(netanomaly_netanomaly_capture_FRAMEWORKS_FOUND_RELEASE "${netanomaly_netanomaly_capture_FRAMEWORKS_RELEASE}" "${netanomaly_netanomaly_capture_FRAMEWORK_DIRS_RELEASE}")

        set(netanomaly_netanomaly_capture_LIBRARIES_TARGETS "")

        ######## Create an interface target to contain all the dependencies (frameworks, system and conan deps)
        if(NOT TARGET netanomaly_netanomaly_capture_DEPS_TARGET)
            add_library(netanomaly_netanomaly_capture_DEPS_TARGET INTERFACE IMPORTED)
        endif()

        set_property(TARGET netanomaly_netanomaly_capture_DEPS_TARGET
                     APPEND PROPERTY INTERFACE_LINK_LIBRARIES
                     $<$<CONFIG:Release>:${netanomaly_netanomaly_capture_FRAMEWORKS_FOUND_RELEASE}>
                     $<$<CONFIG:Release>:${netanomaly_netanomaly_capture_SYSTEM_LIBS_RELEASE}>
                     $<$<CONFIG:Release>:${netanomaly_netanomaly_capture_DEPENDENCIES_RELEASE}>
                     )

        ####### Find the libraries declared in cpp_info.component["xxx"].libs,
        ####### create an IMPORTED target for each one and link the 'netanomaly_netanomaly_capture_DEPS_TARGET' to all of them
        conan_package_library_targets("${netanomaly_netanomaly_capture_LIBS_RELEASE}"
                              "${netanomaly_netanomaly_capture_LIB_DIRS_RELEASE}"
                              "${netanomaly_netanomaly_capture_BIN_DIRS_RELEASE}" # package_bindir
                              "${netanomaly_netanomaly_capture_LIBRARY_TYPE_RELEASE}"
                              "${netanomaly_netanomaly_capture_IS_HOST_WINDOWS_RELEASE}"
                              netanomaly_netanomaly_capture_DEPS_TARGET
                              netanomaly_netanomaly_capture_LIBRARIES_TARGETS
                              "_RELEASE"
                              "netanomaly_netanomaly_capture"
                              "${netanomaly_netanomaly_capture_NO_SONAME_MODE_RELEASE}")


        ########## TARGET PROPERTIES #####################################
        set_property(TARGET netanomaly::capture
                     APPEND PROPERTY INTERFACE_LINK_LIBRARIES
                     $<$<CONFIG:Release>:${netanomaly_netanomaly_capture_OBJECTS_RELEASE}>
                     $<$<CONFIG:Release>:${netanomaly_netanomaly_capture_LIBRARIES_TARGETS}>
                     )

        if("${netanomaly_netanomaly_capture_LIBS_RELEASE}" STREQUAL "")
            # If the component is not declaring any "cpp_info.components['foo'].libs" the system, frameworks etc are not
            # linked to the imported targets and we need to do it to the global target
            set_property(TARGET netanomaly::capture
                         APPEND PROPERTY INTERFACE_LINK_LIBRARIES
                         netanomaly_netanomaly_capture_DEPS_TARGET)
        endif()

        set_property(TARGET netanomaly::capture APPEND PROPERTY INTERFACE_LINK_OPTIONS
                     $<$<CONFIG:Release>:${netanomaly_netanomaly_capture_LINKER_FLAGS_RELEASE}>)
        set_property(TARGET netanomaly::capture APPEND PROPERTY INTERFACE_INCLUDE_DIRECTORIES
                     $<$<CONFIG:Release>:${netanomaly_netanomaly_capture_INCLUDE_DIRS_RELEASE}>)
        set_property(TARGET netanomaly::capture APPEND PROPERTY INTERFACE_LINK_DIRECTORIES
                     $<$<CONFIG:Release>:${netanomaly_netanomaly_capture_LIB_DIRS_RELEASE}>)
        set_property(TARGET netanomaly::capture APPEND PROPERTY INTERFACE_COMPILE_DEFINITIONS
                     $<$<CONFIG:Release>:${netanomaly_netanomaly_capture_COMPILE_DEFINITIONS_RELEASE}>)
        set_property(TARGET netanomaly::capture APPEND PROPERTY INTERFACE_COMPILE_OPTIONS
                     $<$<CONFIG:Release>:${netanomaly_netanomaly_capture_COMPILE_OPTIONS_RELEASE}>)


    ########## COMPONENT netanomaly::learn #############

        set(netanomaly_netanomaly_learn_FRAMEWORKS_FOUND_RELEASE "")
        conan_find_apple_frameworks(netanomaly_netanomaly_learn_FRAMEWORKS_FOUND_RELEASE "${netanomaly_netanomaly_learn_FRAMEWORKS_RELEASE}" "${netanomaly_netanomaly_learn_FRAMEWORK_DIRS_RELEASE}")

        set(netanomaly_netanomaly_learn_LIBRARIES_TARGETS "")

        ######## Create an interface target to contain all the dependencies (frameworks, system and conan deps)
        if(NOT TARGET netanomaly_netanomaly_learn_DEPS_TARGET)
            add_library(netanomaly_netanomaly_learn_DEPS_TARGET INTERFACE IMPORTED)
        endif()

        set_property(TARGET netanomaly_netanomaly_learn_DEPS_TARGET
                     APPEND PROPERTY INTERFACE_LINK_LIBRARIES
                     $<$<CONFIG:Release>:${netanomaly_netanomaly_learn_FRAMEWORKS_FOUND_RELEASE}>
                     $<$<CONFIG:Release>:${netanomaly_netanomaly_learn_SYSTEM_LIBS_RELEASE}>
                     $<$<CONFIG:Release>:${netanomaly_netanomaly_learn_DEPENDENCIES_RELEASE}>
                     )

        ####### Find the libraries declared in cpp_info.component["xxx"].libs,
        ####### create an IMPORTED target for each one and link the 'netanomaly_netanomaly_learn_DEPS_TARGET' to all of them
        conan_package_library_targets("${netanomaly_netanomaly_learn_LIBS_RELEASE}"
                              "${netanomaly_netanomaly_learn_LIB_DIRS_RELEASE}"
                              "${netanomaly_netanomaly_learn_BIN_DIRS_RELEASE}" # package_bindir
                              "${netanomaly_netanomaly_learn_LIBRARY_TYPE_RELEASE}"
                              "${netanomaly_netanomaly_learn_IS_HOST_WINDOWS_RELEASE}"
                              netanomaly_netanomaly_learn_DEPS_TARGET
                              netanomaly_netanomaly_learn_LIBRARIES_TARGETS
                              "_RELEASE"
                              "netanomaly_netanomaly_learn"
                              "${netanomaly_netanomaly_learn_NO_SONAME_MODE_RELEASE}")


        ########## TARGET PROPERTIES #####################################
        set_property(TARGET netanomaly::learn
                     APPEND PROPERTY INTERFACE_LINK_LIBRARIES
                     $<$<CONFIG:Release>:${netanomaly_netanomaly_learn_OBJECTS_RELEASE}>
                     $<$<CONFIG:Release>:${netanomaly_netanomaly_learn_LIBRARIES_TARGETS}>
                     )

        if("${netanomaly_netanomaly_learn_LIBS_RELEASE}" STREQUAL "")
            # If the component is not declaring any "cpp_info.components['foo'].libs" the system, frameworks etc are not
            # linked to the imported targets and we need to do it to the global target
            set_property(TARGET netanomaly::learn
                         APPEND PROPERTY INTERFACE_LINK_LIBRARIES
                         netanomaly_netanomaly_learn_DEPS_TARGET)
        endif()

        set_property(TARGET netanomaly::learn APPEND PROPERTY INTERFACE_LINK_OPTIONS
                     $<$<CONFIG:Release>:${netanomaly_netanomaly_learn_LINKER_FLAGS_RELEASE}>)
        set_property(TARGET netanomaly::learn APPEND PROPERTY INTERFACE_INCLUDE_DIRECTORIES
                     $<$<CONFIG:Release>:${netanomaly_netanomaly_learn_INCLUDE_DIRS_RELEASE}>)
        set_property(TARGET netanomaly::learn APPEND PROPERTY INTERFACE_LINK_DIRECTORIES
                     $<$<CONFIG:Release>:${netanomaly_netanomaly_learn_LIB_DIRS_RELEASE}>)
        set_property(TARGET netanomaly::learn APPEND PROPERTY INTERFACE_COMPILE_DEFINITIONS
                     $<$<CONFIG:Release>:${netanomaly_netanomaly_learn_COMPILE_DEFINITIONS_RELEASE}>)
        set_property(TARGET netanomaly::learn APPEND PROPERTY INTERFACE_COMPILE_OPTIONS
                     $<$<CONFIG:Release>:${netanomaly_netanomaly_learn_COMPILE_OPTIONS_RELEASE}>)


    ########## COMPONENT netanomaly::batch #############

        set(netanomaly_netanomaly_batch_FRAMEWORKS_FOUND_RELEASE "")
        conan_find_apple_frameworks(netanomaly_netanomaly_batch_FRAMEWORKS_FOUND_RELEASE "${netanomaly_netanomaly_batch_FRAMEWORKS_RELEASE}" "${netanomaly_netanomaly_batch_FRAMEWORK_DIRS_RELEASE}")

        set(netanomaly_netanomaly_batch_LIBRARIES_TARGETS "")

        ######## Create an interface target to contain all the dependencies (frameworks, system and conan deps)
        if(NOT TARGET netanomaly_netanomaly_batch_DEPS_TARGET)
            add_library(netanomaly_netanomaly_batch_DEPS_TARGET INTERFACE IMPORTED)
        endif()

        set_property(TARGET netanomaly_netanomaly_batch_DEPS_TARGET
                     APPEND PROPERTY INTERFACE_LINK_LIBRARIES
                     $<$<CONFIG:Release>:${netanomaly_netanomaly_batch_FRAMEWORKS_FOUND_RELEASE}>
                     $<$<CONFIG:Release>:${netanomaly_netanomaly_batch_SYSTEM_LIBS_RELEASE}>
                     $<$<CONFIG:Release>:${netanomaly_netanomaly_batch_DEPENDENCIES_RELEASE}>
                     )

        ####### Find the libraries declared in cpp_info.component["xxx"].libs,
        ####### create an IMPORTED target for each one and link the 'netanomaly_netanomaly_batch_DEPS_TARGET' to all of them
        conan_package_library_targets("${netanomaly_netanomaly_batch_LIBS_RELEASE}"
                              "${netanomaly_netanomaly_batch_LIB_DIRS_RELEASE}"
                              "${netanomaly_netanomaly_batch_BIN_DIRS_RELEASE}" # package_bindir
                              "${netanomaly_netanomaly_batch_LIBRARY_TYPE_RELEASE}"
                              "${netanomaly_netanomaly_batch_IS_HOST_WINDOWS_RELEASE}"
                              netanomaly_netanomaly_batch_DEPS_TARGET
                              netanomaly_netanomaly_batch_LIBRARIES_TARGETS
                              "_RELEASE"
                              "netanomaly_netanomaly_batch"
                              "${netanomaly_netanomaly_batch_NO_SONAME_MODE_RELEASE}")


        ########## TARGET PROPERTIES #####################################
        set_property(TARGET netanomaly::batch
                     APPEND PROPERTY INTERFACE_LINK_LIBRARIES
                     $<$<CONFIG:Release>:${netanomaly_netanomaly_batch_OBJECTS_RELEASE}>
                     $<$<CONFIG:Release>:${netanomaly_netanomaly_batch_LIBRARIES_TARGETS}>
                     )

        if("${netanomaly_netanomaly_batch_LIBS_RELEASE}" STREQUAL "")
            # If the component is not declaring any "cpp_info.components['foo'].libs" the system, frameworks etc are not
            # linked to the imported targets and we need to do it to the global target
            set_property(TARGET netanomaly::batch
                         APPEND PROPERTY INTERFACE_LINK_LIBRARIES
                         netanomaly_netanomaly_batch_DEPS_TARGET)
        endif()

        set_property(TARGET netanomaly::batch APPEND PROPERTY INTERFACE_LINK_OPTIONS
                     $<$<CONFIG:Release>:${netanomaly_netanomaly_batch_LINKER_FLAGS_RELEASE}>)
        set_property(TARGET netanomaly::batch APPEND PROPERTY INTERFACE_INCLUDE_DIRECTORIES
                     $<$<CONFIG:Release>:${netanomaly_netanomaly_batch_INCLUDE_DIRS_RELEASE}>)
        set_property(TARGET netanomaly::batch APPEND PROPERTY INTERFACE_LINK_DIRECTORIES
                     $<$<CONFIG:Release>:${netanomaly_netanomaly_batch_LIB_DIRS_RELEASE}>)
        set_property(TARGET netanomaly::batch APPEND PROPERTY INTERFACE_COMPILE_DEFINITIONS
                     $<$<CONFIG:Release>:${netanomaly_netanomaly_batch_COMPILE_DEFINITIONS_RELEASE}>)
        set_property(TARGET netanomaly::batch APPEND PROPERTY INTERFACE_COMPILE_OPTIONS
                     $<$<CONFIG:Release>:${netanomaly_netanomaly_batch_COMPILE_OPTIONS_RELEASE}>)


    ########## COMPONENT netanomaly::netanomaly #############

        set(netanomaly_netanomaly_netanomaly_FRAMEWORKS_FOUND_RELEASE "")
        conan_find_apple_frameworks(netanomaly_netanomaly_netanomaly_FRAMEWORKS_FOUND_RELEASE "${netanomaly_netanomaly_netanomaly_FRAMEWORKS_RELEASE}" "${netanomaly_netanomaly_netanomaly_FRAMEWORK_DIRS_RELEASE}")

        set(netanomaly_netanomaly_netanomaly_LIBRARIES_TARGETS "")

        ######## Create an interface target to contain all the dependencies (frameworks, system and conan deps)
        if(NOT TARGET netanomaly_netanomaly_netanomaly_DEPS_TARGET)
            add_library(netanomaly_netanomaly_netanomaly_DEPS_TARGET INTERFACE IMPORTED)
        endif()

        set_property(TARGET netanomaly_netanomaly_netanomaly_DEPS_TARGET
                     APPEND PROPERTY INTERFACE_LINK_LIBRARIES
                     $<$<CONFIG:Release>:${netanomaly_netanomaly_netanomaly_FRAMEWORKS_FOUND_RELEASE}>
                     $<$<CONFIG:Release>:${netanomaly_netanomaly_netanomaly_SYSTEM_LIBS_RELEASE}>
                     $<$<CONFIG:Release>:${netanomaly_netanomaly_netanomaly_DEPENDENCIES_RELEASE}>
                     )

        ####### Find the libraries declared in cpp_info.component["xxx"].libs,
        ####### create an IMPORTED target for each one and link the 'netanomaly_netanomaly_netanomaly_DEPS_TARGET' to all of them
        conan_package_library_targets("${netanomaly_netanomaly_netanomaly_LIBS_RELEASE}"
                              "${netanomaly_netanomaly_netanomaly_LIB_DIRS_RELEASE}"
                              "${netanomaly_netanomaly_netanomaly_BIN_DIRS_RELEASE}" # package_bindir
                              "${netanomaly_netanomaly_netanomaly_LIBRARY_TYPE_RELEASE}"
                              "${netanomaly_netanomaly_netanomaly_IS_HOST_WINDOWS_RELEASE}"
                              netanomaly_netanomaly_netanomaly_DEPS_TARGET
                              netanomaly_netanomaly_netanomaly_LIBRARIES_TARGETS
                              "_RELEASE"
                              "netanomaly_netanomaly_netanomaly"
                              "${netanomaly_netanomaly_netanomaly_NO_SONAME_MODE_RELEASE}")


        ########## TARGET PROPERTIES #####################################
        set_property(TARGET netanomaly::netanomaly
                     APPEND PROPERTY INTERFACE_LINK_LIBRARIES
                     $<$<CONFIG:Release>:${netanomaly_netanomaly_netanomaly_OBJECTS_RELEASE}>
                     $<$<CONFIG:Release>:${netanomaly_netanomaly_netanomaly_LIBRARIES_TARGETS}>
                     )

        if("${netanomaly_netanomaly_netanomaly_LIBS_RELEASE}" STREQUAL "")
            # If the component is not declaring any "cpp_info.components['foo'].libs" the system, frameworks etc are not
            # linked to the imported targets and we need to do it to the global target
            set_property(TARGET netanomaly::netanomaly
                         APPEND PROPERTY INTERFACE_LINK_LIBRARIES
                         netanomaly_netanomaly_netanomaly_DEPS_TARGET)
        endif()

        set_property(TARGET netanomaly::netanomaly APPEND PROPERTY INTERFACE_LINK_OPTIONS
                     $<$<CONFIG:Release>:${netanomaly_netanomaly_netanomaly_LINKER_FLAGS_RELEASE}>)
        set_property(TARGET netanomaly::netanomaly APPEND PROPERTY INTERFACE_INCLUDE_DIRECTORIES
                     $<$<CONFIG:Release>:${netanomaly_netanomaly_netanomaly_INCLUDE_DIRS_RELEASE}>)
        set_property(TARGET netanomaly::netanomaly APPEND PROPERTY INTERFACE_LINK_DIRECTORIES
                     $<$<CONFIG:Release>:${netanomaly_netanomaly_netanomaly_LIB_DIRS_RELEASE}>)
        set_property(TARGET netanomaly::netanomaly APPEND PROPERTY INTERFACE_COMPILE_DEFINITIONS
                     $<$<CONFIG:Release>:${netanomaly_netanomaly_netanomaly_COMPILE_DEFINITIONS_RELEASE}>)
        set_property(TARGET netanomaly::netanomaly APPEND PROPERTY INTERFACE_COMPILE_OPTIONS
                     $<$<CONFIG:Release>:${netanomaly_netanomaly_netanomaly_COMPILE_OPTIONS_RELEASE}>)


    ########## AGGREGATED GLOBAL TARGET WITH THE COMPONENTS #####################
    set_property(TARGET netanomaly::netanomaly APPEND PROPERTY INTERFACE_LINK_LIBRARIES netanomaly::all)
    set_property(TARGET netanomaly::netanomaly APPEND PROPERTY INTERFACE_LINK_LIBRARIES netanomaly::geoip)
    set_property(TARGET netanomaly::netanomaly APPEND PROPERTY INTERFACE_LINK_LIBRARIES netanomaly::psl)
    set_property(TARGET netanomaly::netanomaly APPEND PROPERTY INTERFACE_LINK_LIBRARIES netanomaly::capture)
    set_property(TARGET netanomaly::netanomaly APPEND PROPERTY INTERFACE_LINK_LIBRARIES netanomaly::learn)
    set_property(TARGET netanomaly::netanomaly APPEND PROPERTY INTERFACE_LINK_LIBRARIES netanomaly::batch)
    set_property(TARGET netanomaly::netanomaly APPEND PROPERTY INTERFACE_LINK_LIBRARIES netanomaly::netanomaly)

########## For the modules (FindXXX)
set(netanomaly_LIBRARIES_RELEASE netanomaly::netanomaly)
