########### AGGREGATED COMPONENTS AND DEPENDENCIES FOR THE MULTI CONFIG #####################
#############################################################################################

list(APPEND netanomaly_COMPONENT_NAMES netanomaly::netanomaly netanomaly::batch netanomaly::learn netanomaly::capture netanomaly::psl netanomaly::geoip netanomaly::all)
list(REMOVE_DUPLICATES netanomaly_COMPONENT_NAMES)
if(DEFINED netanomaly_FIND_DEPENDENCY_NAMES)
  list(APPEND netanomaly_FIND_DEPENDENCY_NAMES libpcap zlib zstd libpsl libmaxminddb)
  list(REMOVE_DUPLICATES netanomaly_FIND_DEPENDENCY_NAMES)
else()
  set(netanomaly_FIND_DEPENDENCY_NAMES libpcap zlib zstd libpsl libmaxminddb)
endif()
set(libpcap_FIND_MODE "NO_MODULE")
set(zlib_FIND_MODE "NO_MODULE")
set(zstd_FIND_MODE "NO_MODULE")
set(libpsl_FIND_MODE "NO_MODULE")
set(libmaxminddb_FIND_MODE "NO_MODULE")

########### VARIABLES #######################################################################
#############################################################################################
set(netanomaly_PACKAGE_FOLDER_RELEASE "/root/.conan2/p/b/netan5f75c8edf7506/p")
set(netanomaly_BUILD_MODULES_PATHS_RELEASE )


set(netanomaly_INCLUDE_DIRS_RELEASE "${netanomaly_PACKAGE_FOLDER_RELEASE}/include")
set(netanomaly_RES_DIRS_RELEASE )
set(netanomaly_DEFINITIONS_RELEASE )
set(netanomaly_SHARED_LINK_FLAGS_RELEASE )
set(netanomaly_EXE_LINK_FLAGS_RELEASE )
set(netanomaly_OBJECTS_RELEASE )
set(netanomaly_COMPILE_DEFINITIONS_RELEASE )
set(netanomaly_COMPILE_OPTIONS_C_RELEASE )
set(netanomaly_COMPILE_OPTIONS_CXX_RELEASE )
set(netanomaly_LIB_DIRS_RELEASE "${netanomaly_PACKAGE_FOLDER_RELEASE}/lib")
set(netanomaly_BIN_DIRS_RELEASE )
set(netanomaly_LIBRARY_TYPE_RELEASE STATIC)
set(netanomaly_IS_HOST_WINDOWS_RELEASE 0)
set(netanomaly_LIBS_RELEASE netanomaly_geoip netanomaly_psl netanomaly_capture)
set(netanomaly_SYSTEM_LIBS_RELEASE )
set(netanomaly_FRAMEWORK_DIRS_RELEASE )
set(netanomaly_FRAMEWORKS_RELEASE )
set(netanomaly_BUILD_DIRS_RELEASE )
set(netanomaly_NO_SONAME_MODE_RELEASE FALSE)


# COMPOUND VARIABLES
set(netanomaly_COMPILE_OPTIONS_RELEASE)
if (NOT "${netanomaly_COMPILE_OPTIONS_CXX_RELEASE}" STREQUAL "")
    list(APPEND netanomaly_COMPILE_OPTIONS_RELEASE
        "$<$<COMPILE_LANGUAGE:CXX>:${netanomaly_COMPILE_OPTIONS_CXX_RELEASE}>")
endif ()
if (NOT "${netanomaly_COMPILE_OPTIONS_C_RELEASE}" STREQUAL "")
    list(APPEND netanomaly_COMPILE_OPTIONS_RELEASE
        "$<$<COMPILE_LANGUAGE:C>:${netanomaly_COMPILE_OPTIONS_C_RELEASE}>")
endif ()
set(netanomaly_LINKER_FLAGS_RELEASE)
if (NOT "${netanomaly_SHARED_LINK_FLAGS_RELEASE}" STREQUAL "")
    list(APPEND netanomaly_LINKER_FLAGS_RELEASE
        "$<$<OR:$<STREQUAL:$<TARGET_PROPERTY:TYPE>,SHARED_LIBRARY>,$<STREQUAL:$<TARGET_PROPERTY:TYPE>,MODULE_LIBRARY>>:${netanomaly_SHARED_LINK_FLAGS_RELEASE}>")
endif ()
if (NOT "${netanomaly_EXE_LINK_FLAGS_RELEASE}" STREQUAL "")
    list(APPEND netanomaly_LINKER_FLAGS_RELEASE
        "$<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>:${netanomaly_EXE_LINK_FLAGS_RELEASE}>")
endif ()


set(netanomaly_COMPONENTS_RELEASE netanomaly::netanomaly netanomaly::batch netanomaly::learn netanomaly::capture netanomaly::psl netanomaly::geoip netanomaly::all)
########### COMPONENT netanomaly::all VARIABLES ############################################

set(netanomaly_netanomaly_all_INCLUDE_DIRS_RELEASE "${netanomaly_PACKAGE_FOLDER_RELEASE}/include")
set(netanomaly_netanomaly_all_LIB_DIRS_RELEASE )
set(netanomaly_netanomaly_all_BIN_DIRS_RELEASE )
set(netanomaly_netanomaly_all_LIBRARY_TYPE_RELEASE STATIC)
set(netanomaly_netanomaly_all_IS_HOST_WINDOWS_RELEASE 0)
set(netanomaly_netanomaly_all_RES_DIRS_RELEASE )
set(netanomaly_netanomaly_all_DEFINITIONS_RELEASE )
set(netanomaly_netanomaly_all_OBJECTS_RELEASE )
set(netanomaly_netanomaly_all_COMPILE_DEFINITIONS_RELEASE )
set(netanomaly_netanomaly_all_COMPILE_OPTIONS_C_RELEASE "")
set(netanomaly_netanomaly_all_COMPILE_OPTIONS_CXX_RELEASE "")
set(netanomaly_netanomaly_all_LIBS_RELEASE )
set(netanomaly_netanomaly_all_SYSTEM_LIBS_RELEASE )
set(netanomaly_netanomaly_all_FRAMEWORK_DIRS_RELEASE )
set(netanomaly_netanomaly_all_FRAMEWORKS_RELEASE )
set(netanomaly_netanomaly_all_DEPENDENCIES_RELEASE netanomaly::netanomaly netanomaly::batch netanomaly::learn)
set(netanomaly_netanomaly_all_SHARED_LINK_FLAGS_RELEASE )
set(netanomaly_netanomaly_all_EXE_LINK_FLAGS_RELEASE )
set(netanomaly_netanomaly_all_NO_SONAME_MODE_RELEASE FALSE)

# COMPOUND VARIABLES
set(netanomaly_netanomaly_all_LINKER_FLAGS_RELEASE)
if (NOT "${netanomaly_netanomaly_all_SHARED_LINK_FLAGS_RELEASE}" STREQUAL "")
    list(APPEND netanomaly_netanomaly_all_LINKER_FLAGS_RELEASE
        $<$<OR:$<STREQUAL:$<TARGET_PROPERTY:TYPE>,SHARED_LIBRARY>,$<STREQUAL:$<TARGET_PROPERTY:TYPE>,MODULE_LIBRARY>>:${netanomaly_netanomaly_all_SHARED_LINK_FLAGS_RELEASE}>)
endif ()
if (NOT "${netanomaly_netanomaly_all_EXE_LINK_FLAGS_RELEASE}" STREQUAL "")
    list(APPEND netanomaly_netanomaly_all_LINKER_FLAGS_RELEASE
        $<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>:${netanomaly_netanomaly_all_EXE_LINK_FLAGS_RELEASE}>)
endif ()
set(netanomaly_netanomaly_all_COMPILE_OPTIONS_RELEASE)
if (NOT "${netanomaly_netanomaly_all_COMPILE_OPTIONS_CXX_RELEASE}" STREQUAL "")
    list(APPEND netanomaly_netanomaly_all_COMPILE_OPTIONS_RELEASE
        "$<$<COMPILE_LANGUAGE:CXX>:${netanomaly_netanomaly_all_COMPILE_OPTIONS_CXX_RELEASE}>")
endif ()
if (NOT "${netanomaly_netanomaly_all_COMPILE_OPTIONS_C_RELEASE}" STREQUAL "")
    list(APPEND netanomaly_netanomaly_all_COMPILE_OPTIONS_RELEASE
        "$<$<COMPILE_LANGUAGE:C>:${netanomaly_netanomaly_all_COMPILE_OPTIONS_C_RELEASE}>")
endif ()
########### COMPONENT netanomaly::geoip VARIABLES ############################################

set(netanomaly_netanomaly_geoip_INCLUDE_DIRS_RELEASE "${netanomaly_PACKAGE_FOLDER_RELEASE}/include")
set(netanomaly_netanomaly_geoip_LIB_DIRS_RELEASE "${netanomaly_PACKAGE_FOLDER_RELEASE}/lib")
set(netanomaly_netanomaly_geoip_BIN_DIRS_RELEASE )
set(netanomaly_netanomaly_geoip_LIBRARY_TYPE_RELEASE STATIC)
set(netanomaly_netanomaly_geoip_IS_HOST_WINDOWS_RELEASE 0)
set(netanomaly_netanomaly_geoip_RES_DIRS_RELEASE )
set(netanomaly_netanomaly_geoip_DEFINITIONS_RELEASE )
set(netanomaly_netanomaly_geoip_OBJECTS_RELEASE )
set(netanomaly_netanomaly_geoip_COMPILE_DEFINITIONS_RELEASE )
set(netanomaly_netanomaly_geoip_COMPILE_OPTIONS_C_RELEASE "")
set(netanomaly_netanomaly_geoip_COMPILE_OPTIONS_CXX_RELEASE "")
set(netanomaly_netanomaly_geoip_LIBS_RELEASE netanomaly_geoip)
set(netanomaly_netanomaly_geoip_SYSTEM_LIBS_RELEASE )
set(netanomaly_netanomaly_geoip_FRAMEWORK_DIRS_RELEASE )
set(netanomaly_netanomaly_geoip_FRAMEWORKS_RELEASE )
set(netanomaly_netanomaly_geoip_DEPENDENCIES_RELEASE netanomaly::netanomaly libmaxminddb::libmaxminddb)
set(netanomaly_netanomaly_geoip_SHARED_LINK_FLAGS_RELEASE )
set(netanomaly_netanomaly_geoip_EXE_LINK_FLAGS_RELEASE )
set(netanomaly_netanomaly_geoip_NO_SONAME_MODE_RELEASE FALSE)

# COMPOUND VARIABLES
set(netanomaly_netanomaly_geoip_LINKER_FLAGS_RELEASE)
if (NOT "${netanomaly_netanomaly_geoip_SHARED_LINK_FLAGS_RELEASE}" STREQUAL "")
    list(APPEND netanomaly_netanomaly_geoip_LINKER_FLAGS_RELEASE
        $<$<OR:$<STREQUAL:$<TARGET_PROPERTY:TYPE>,SHARED_LIBRARY>,$<STREQUAL:$<TARGET_PROPERTY:TYPE>,MODULE_LIBRARY>>:${netanomaly_netanomaly_geoip_SHARED_LINK_FLAGS_RELEASE}>)
endif ()
if (NOT "${netanomaly_netanomaly_geoip_EXE_LINK_FLAGS_RELEASE}" STREQUAL "")
    list(APPEND netanomaly_netanomaly_geoip_LINKER_FLAGS_RELEASE
        $<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>:${netanomaly_netanomaly_geoip_EXE_LINK_FLAGS_RELEASE}>)
endif ()
set(netanomaly_netanomaly_geoip_COMPILE_OPTIONS_RELEASE)
if (NOT "${netanomaly_netanomaly_geoip_COMPILE_OPTIONS_CXX_RELEASE}" STREQUAL "")
    list(APPEND netanomaly_netanomaly_geoip_COMPILE_OPTIONS_RELEASE
        "$<$<COMPILE_LANGUAGE:CXX>:${netanomaly_netanomaly_geoip_COMPILE_OPTIONS_CXX_RELEASE}>")
endif ()
if (NOT "${netanomaly_netanomaly_geoip_COMPILE_OPTIONS_C_RELEASE}" STREQUAL "")
    list(APPEND netanomaly_netanomaly_geoip_COMPILE_OPTIONS_RELEASE
        "$<$<COMPILE_LANGUAGE:C>:${netanomaly_netanomaly_geoip_COMPILE_OPTIONS_C_RELEASE}>")
endif ()
########### COMPONENT netanomaly::psl VARIABLES ############################################

set(netanomaly_netanomaly_psl_INCLUDE_DIRS_RELEASE "${netanomaly_PACKAGE_FOLDER_RELEASE}/include")
set(netanomaly_netanomaly_psl_LIB_DIRS_RELEASE "${netanomaly_PACKAGE_FOLDER_RELEASE}/lib")
set(netanomaly_netanomaly_psl_BIN_DIRS_RELEASE )
set(netanomaly_netanomaly_psl_LIBRARY_TYPE_RELEASE STATIC)
set(netanomaly_netanomaly_psl_IS_HOST_WINDOWS_RELEASE 0)
set(netanomaly_netanomaly_psl_RES_DIRS_RELEASE )
set(netanomaly_netanomaly_psl_DEFINITIONS_RELEASE )
set(netanomaly_netanomaly_psl_OBJECTS_RELEASE )
set(netanomaly_netanomaly_psl_COMPILE_DEFINITIONS_RELEASE )
set(netanomaly_netanomaly_psl_COMPILE_OPTIONS_C_RELEASE "")
set(netanomaly_netanomaly_psl_COMPILE_OPTIONS_CXX_RELEASE "")
set(netanomaly_netanomaly_psl_LIBS_RELEASE netanomaly_psl)
set(netanomaly_netanomaly_psl_SYSTEM_LIBS_RELEASE )
set(netanomaly_netanomaly_psl_FRAMEWORK_DIRS_RELEASE )
set(netanomaly_netanomaly_psl_FRAMEWORKS_RELEASE )
set(netanomaly_netanomaly_psl_DEPENDENCIES_RELEASE netanomaly::netanomaly libpsl::libpsl)
set(netanomaly_netanomaly_psl_SHARED_LINK_FLAGS_RELEASE )
set(netanomaly_netanomaly_psl_EXE_LINK_FLAGS_RELEASE )
set(netanomaly_netanomaly_psl_NO_SONAME_MODE_RELEASE FALSE)

# COMPOUND VARIABLES
set(netanomaly_netanomaly_psl_LINKER_FLAGS_RELEASE)
if (NOT "${netanomaly_netanomaly_psl_SHARED_LINK_FLAGS_RELEASE}" STREQUAL "")
    list(APPEND netanomaly_netanomaly_psl_LINKER_FLAGS_RELEASE
        $<$<OR:$<STREQUAL:$<TARGET_PROPERTY:TYPE>,SHARED_LIBRARY>,$<STREQUAL:$<TARGET_PROPERTY:TYPE>,MODULE_LIBRARY>>:${netanomaly_netanomaly_psl_SHARED_LINK_FLAGS_RELEASE}>)
endif ()
if (NOT "${netanomaly_netanomaly_psl_EXE_LINK_FLAGS_RELEASE}" STREQUAL "")
    list(APPEND netanomaly_netanomaly_psl_LINKER_FLAGS_RELEASE
        $<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>:${netanomaly_netanomaly_psl_EXE_LINK_FLAGS_RELEASE}>)
endif ()
set(netanomaly_netanomaly_psl_COMPILE_OPTIONS_RELEASE)
if (NOT "${netanomaly_netanomaly_psl_COMPILE_OPTIONS_CXX_RELEASE}" STREQUAL "")
    list(APPEND netanomaly_netanomaly_psl_COMPILE_OPTIONS_RELEASE
        "$<$<COMPILE_LANGUAGE:CXX>:${netanomaly_netanomaly_psl_COMPILE_OPTIONS_CXX_RELEASE}>")
endif ()
if (NOT "${netanomaly_netanomaly_psl_COMPILE_OPTIONS_C_RELEASE}" STREQUAL "")
    list(APPEND netanomaly_netanomaly_psl_COMPILE_OPTIONS_RELEASE
        "$<$<COMPILE_LANGUAGE:C>:${netanomaly_netanomaly_psl_COMPILE_OPTIONS_C_RELEASE}>")
endif ()
########### COMPONENT netanomaly::capture VARIABLES ############################################

set(netanomaly_netanomaly_capture_INCLUDE_DIRS_RELEASE "${netanomaly_PACKAGE_FOLDER_RELEASE}/include")
set(netanomaly_netanomaly_capture_LIB_DIRS_RELEASE "${netanomaly_PACKAGE_FOLDER_RELEASE}/lib")
set(netanomaly_netanomaly_capture_BIN_DIRS_RELEASE )
set(netanomaly_netanomaly_capture_LIBRARY_TYPE_RELEASE STATIC)
set(netanomaly_netanomaly_capture_IS_HOST_WINDOWS_RELEASE 0)
set(netanomaly_netanomaly_capture_RES_DIRS_RELEASE )
set(netanomaly_netanomaly_capture_DEFINITIONS_RELEASE )
set(netanomaly_netanomaly_capture_OBJECTS_RELEASE )
set(netanomaly_netanomaly_capture_COMPILE_DEFINITIONS_RELEASE )
set(netanomaly_netanomaly_capture_COMPILE_OPTIONS_C_RELEASE "")
set(netanomaly_netanomaly_capture_COMPILE_OPTIONS_CXX_RELEASE "")
set(netanomaly_netanomaly_capture_LIBS_RELEASE netanomaly_capture)
set(netanomaly_netanomaly_capture_SYSTEM_LIBS_RELEASE )
set(netanomaly_netanomaly_capture_FRAMEWORK_DIRS_RELEASE )
set(netanomaly_netanomaly_capture_FRAMEWORKS_RELEASE )
set(netanomaly_netanomaly_capture_DEPENDENCIES_RELEASE netanomaly::netanomaly libpcap::libpcap zlib::zlib zstd::zstd)
set(netanomaly_netanomaly_capture_SHARED_LINK_FLAGS_RELEASE )
set(netanomaly_netanomaly_capture_EXE_LINK_FLAGS_RELEASE )
set(netanomaly_netanomaly_capture_NO_SONAME_MODE_RELEASE FALSE)

# COMPOUND VARIABLES
set(netanomaly_netanomaly_capture_LINKER_FLAGS_RELEASE)
if (NOT "${netanomaly_netanomaly_capture_SHARED_LINK_FLAGS_RELEASE}" STREQUAL "")
    list(APPEND netanomaly_netanomaly_capture_LINKER_FLAGS_RELEASE
        $<$<OR:$<STREQUAL:$<TARGET_PROPERTY:TYPE>,SHARED_LIBRARY>,$<STREQUAL:$<TARGET_PROPERTY:TYPE>,MODULE_LIBRARY>>:${netanomaly_netanomaly_capture_SHARED_LINK_FLAGS_RELEASE}>)
endif ()
if (NOT "${netanomaly_netanomaly_capture_EXE_LINK_FLAGS_RELEASE}" STREQUAL "")
    list(APPEND netanomaly_netanomaly_capture_LINKER_FLAGS_RELEASE
        $<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>:${netanomaly_netanomaly_capture_EXE_LINK_FLAGS_RELEASE}>)
endif ()
set(netanomaly_netanomaly_capture_COMPILE_OPTIONS_RELEASE)
if (NOT "${netanomaly_netanomaly_capture_COMPILE_OPTIONS_CXX_RELEASE}" STREQUAL "")
    list(APPEND netanomaly_netanomaly_capture_COMPILE_OPTIONS_RELEASE
        "$<$<COMPILE_LANGUAGE:CXX>:${netanomaly_netanomaly_capture_COMPILE_OPTIONS_CXX_RELEASE}>")
endif ()
if (NOT "${netanomaly_netanomaly_capture_COMPILE_OPTIONS_C_RELEASE}" STREQUAL "")
    list(APPEND netanomaly_netanomaly_capture_COMPILE_OPTIONS_RELEASE
        "$<$<COMPILE_LANGUAGE:C>:${netanomaly_netanomaly_capture_COMPILE_OPTIONS_C_RELEASE}>")
endif ()
########### COMPONENT netanomaly::learn VARIABLES ############################################

set(netanomaly_netanomaly_learn_INCLUDE_DIRS_RELEASE "${netanomaly_PACKAGE_FOLDER_RELEASE}/include")
set(netanomaly_netanomaly_learn_LIB_DIRS_RELEASE )
set(netanomaly_netanomaly_learn_BIN_DIRS_RELEASE )
set(netanomaly_netanomaly_learn_LIBRARY_TYPE_RELEASE STATIC)
set(netanomaly_netanomaly_learn_IS_HOST_WINDOWS_RELEASE 0)
set(netanomaly_netanomaly_learn_RES_DIRS_RELEASE )
set(netanomaly_netanomaly_learn_DEFINITIONS_RELEASE )
set(netanomaly_netanomaly_learn_OBJECTS_RELEASE )
set(netanomaly_netanomaly_learn_COMPILE_DEFINITIONS_RELEASE )
set(netanomaly_netanomaly_learn_COMPILE_OPTIONS_C_RELEASE "")
set(netanomaly_netanomaly_learn_COMPILE_OPTIONS_CXX_RELEASE "")
set(netanomaly_netanomaly_learn_LIBS_RELEASE )
set(netanomaly_netanomaly_learn_SYSTEM_LIBS_RELEASE )
set(netanomaly_netanomaly_learn_FRAMEWORK_DIRS_RELEASE )
set(netanomaly_netanomaly_learn_FRAMEWORKS_RELEASE )
set(netanomaly_netanomaly_learn_DEPENDENCIES_RELEASE netanomaly::netanomaly)
set(netanomaly_netanomaly_learn_SHARED_LINK_FLAGS_RELEASE )
set(netanomaly_netanomaly_learn_EXE_LINK_FLAGS_RELEASE )
set(netanomaly_netanomaly_learn_NO_SONAME_MODE_RELEASE FALSE)

# COMPOUND VARIABLES
set(netanomaly_netanomaly_learn_LINKER_FLAGS_RELEASE)
if (NOT "${netanomaly_netanomaly_learn_SHARED_LINK_FLAGS_RELEASE}" STREQUAL "")
    list(APPEND netanomaly_netanomaly_learn_LINKER_FLAGS_RELEASE
        $<$<OR:$<STREQUAL:$<TARGET_PROPERTY:TYPE>,SHARED_LIBRARY>,$<STREQUAL:$<TARGET_PROPERTY:TYPE>,MODULE_LIBRARY>>:${netanomaly_netanomaly_learn_SHARED_LINK_FLAGS_RELEASE}>)
endif ()
if (NOT "${netanomaly_netanomaly_learn_EXE_LINK_FLAGS_RELEASE}" STREQUAL "")
    list(APPEND netanomaly_netanomaly_learn_LINKER_FLAGS_RELEASE
        $<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>:${netanomaly_netanomaly_learn_EXE_LINK_FLAGS_RELEASE}>)
endif ()
set(netanomaly_netanomaly_learn_COMPILE_OPTIONS_RELEASE)
if (NOT "${netanomaly_netanomaly_learn_COMPILE_OPTIONS_CXX_RELEASE}" STREQUAL "")
    list(APPEND netanomaly_netanomaly_learn_COMPILE_OPTIONS_RELEASE
        "$<$<COMPILE_LANGUAGE:CXX>:${netanomaly_netanomaly_learn_COMPILE_OPTIONS_CXX_RELEASE}>")
endif ()
if (NOT "${netanomaly_netanomaly_learn_COMPILE_OPTIONS_C_RELEASE}" STREQUAL "")
    list(APPEND netanomaly_netanomaly_learn_COMPILE_OPTIONS_RELEASE
        "$<$<COMPILE_LANGUAGE:C>:${netanomaly_netanomaly_learn_COMPILE_OPTIONS_C_RELEASE}>")
endif ()
########### COMPONENT netanomaly::batch VARIABLES ############################################

set(netanomaly_netanomaly_batch_INCLUDE_DIRS_RELEASE "${netanomaly_PACKAGE_FOLDER_RELEASE}/include")
set(netanomaly_netanomaly_batch_LIB_DIRS_RELEASE )
set(netanomaly_netanomaly_batch_BIN_DIRS_RELEASE )
set(netanomaly_netanomaly_batch_LIBRARY_TYPE_RELEASE STATIC)
set(netanomaly_netanomaly_batch_IS_HOST_WINDOWS_RELEASE 0)
set(netanomaly_netanomaly_batch_RES_DIRS_RELEASE )
set(netanomaly_netanomaly_batch_DEFINITIONS_RELEASE )
set(netanomaly_netanomaly_batch_OBJECTS_RELEASE )
set(netanomaly_netanomaly_batch_COMPILE_DEFINITIONS_RELEASE )
set(netanomaly_netanomaly_batch_COMPILE_OPTIONS_C_RELEASE "")
set(netanomaly_netanomaly_batch_COMPILE_OPTIONS_CXX_RELEASE "")
set(netanomaly_netanomaly_batch_LIBS_RELEASE )
set(netanomaly_netanomaly_batch_SYSTEM_LIBS_RELEASE )
set(netanomaly_netanomaly_batch_FRAMEWORK_DIRS_RELEASE )
set(netanomaly_netanomaly_batch_FRAMEWORKS_RELEASE )
set(netanomaly_netanomaly_batch_DEPENDENCIES_RELEASE netanomaly::netanomaly)
set(netanomaly_netanomaly_batch_SHARED_LINK_FLAGS_RELEASE )
set(netanomaly_netanomaly_batch_EXE_LINK_FLAGS_RELEASE )
set(netanomaly_netanomaly_batch_NO_SONAME_MODE_RELEASE FALSE)

# COMPOUND VARIABLES
set(netanomaly_netanomaly_batch_LINKER_FLAGS_RELEASE)
if (NOT "${netanomaly_netanomaly_batch_SHARED_LINK_FLAGS_RELEASE}" STREQUAL "")
    list(APPEND netanomaly_netanomaly_batch_LINKER_FLAGS_RELEASE
        $<$<OR:$<STREQUAL:$<TARGET_PROPERTY:TYPE>,SHARED_LIBRARY>,$<STREQUAL:$<TARGET_PROPERTY:TYPE>,MODULE_LIBRARY>>:${netanomaly_netanomaly_batch_SHARED_LINK_FLAGS_RELEASE}>)
endif ()
if (NOT "${netanomaly_netanomaly_batch_EXE_LINK_FLAGS_RELEASE}" STREQUAL "")
    list(APPEND netanomaly_netanomaly_batch_LINKER_FLAGS_RELEASE
        $<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>:${netanomaly_netanomaly_batch_EXE_LINK_FLAGS_RELEASE}>)
endif ()
set(netanomaly_netanomaly_batch_COMPILE_OPTIONS_RELEASE)
if (NOT "${netanomaly_netanomaly_batch_COMPILE_OPTIONS_CXX_RELEASE}" STREQUAL "")
    list(APPEND netanomaly_netanomaly_batch_COMPILE_OPTIONS_RELEASE
        "$<$<COMPILE_LANGUAGE:CXX>:${netanomaly_netanomaly_batch_COMPILE_OPTIONS_CXX_RELEASE}>")
endif ()
if (NOT "${netanomaly_netanomaly_batch_COMPILE_OPTIONS_C_RELEASE}" STREQUAL "")
    list(APPEND netanomaly_netanomaly_batch_COMPILE_OPTIONS_RELEASE
        "$<$<COMPILE_LANGUAGE:C>:${netanomaly_netanomaly_batch_COMPILE_OPTIONS_C_RELEASE}>")
endif ()
########### COMPONENT netanomaly::netanomaly VARIABLES ############################################

set(netanomaly_netanomaly_netanomaly_INCLUDE_DIRS_RELEASE "${netanomaly_PACKAGE_FOLDER_RELEASE}/include")
set(netanomaly_netanomaly_netanomaly_LIB_DIRS_RELEASE )
set(netanomaly_netanomaly_netanomaly_BIN_DIRS_RELEASE )
set(netanomaly_netanomaly_netanomaly_LIBRARY_TYPE_RELEASE STATIC)
set(netanomaly_netanomaly_netanomaly_IS_HOST_WINDOWS_RELEASE 0)
set(netanomaly_netanomaly_netanomaly_RES_DIRS_RELEASE )
set(netanomaly_netanomaly_netanomaly_DEFINITIONS_RELEASE )
set(netanomaly_netanomaly_netanomaly_OBJECTS_RELEASE )
set(netanomaly_netanomaly_netanomaly_COMPILE_DEFINITIONS_RELEASE )
set(netanomaly_netanomaly_netanomaly_COMPILE_OPTIONS_C_RELEASE "")
set(netanomaly_netanomaly_netanomaly_COMPILE_OPTIONS_CXX_RELEASE "")
set(netanomaly_netanomaly_netanomaly_LIBS_RELEASE )
set(netanomaly_netanomaly_netanomaly_SYSTEM_LIBS_RELEASE )
set(netanomaly_netanomaly_netanomaly_FRAMEWORK_DIRS_RELEASE )
set(netanomaly_netanomaly_netanomaly_FRAMEWORKS_RELEASE )
set(netanomaly_netanomaly_netanomaly_DEPENDENCIES_RELEASE )
set(netanomaly_netanomaly_netanomaly_SHARED_LINK_FLAGS_RELEASE )
set(netanomaly_netanomaly_netanomaly_EXE_LINK_FLAGS_RELEASE )
set(netanomaly_netanomaly_netanomaly_NO_SONAME_MODE_RELEASE FALSE)

# COMPOUND VARIABLES
set(netanomaly_netanomaly_netanomaly_LINKER_FLAGS_RELEASE)
if (NOT "${netanomaly_netanomaly_netanomaly_SHARED_LINK_FLAGS_RELEASE}" STREQUAL "")
    list(APPEND netanomaly_netanomaly_netanomaly_LINKER_FLAGS_RELEASE
        $<$<OR:$<STREQUAL:$<TARGET_PROPERTY:TYPE>,SHARED_LIBRARY>,$<STREQUAL:$<TARGET_PROPERTY:TYPE>,MODULE_LIBRARY>>:${netanomaly_netanomaly_netanomaly_SHARED_LINK_FLAGS_RELEASE}>)
endif ()
if (NOT "${netanomaly_netanomaly_netanomaly_EXE_LINK_FLAGS_RELEASE}" STREQUAL "")
    list(APPEND netanomaly_netanomaly_netanomaly_LINKER_FLAGS_RELEASE
        $<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>:${netanomaly_netanomaly_netanomaly_EXE_LINK_FLAGS_RELEASE}>)
endif ()
set(netanomaly_netanomaly_netanomaly_COMPILE_OPTIONS_RELEASE)
if (NOT "${netanomaly_netanomaly_netanomaly_COMPILE_OPTIONS_CXX_RELEASE}" STREQUAL "")
    list(APPEND netanomaly_netanomaly_netanomaly_COMPILE_OPTIONS_RELEASE
        "$<$<COMPILE_LANGUAGE:CXX>:${netanomaly_netanomaly_netanomaly_COMPILE_OPTIONS_CXX_RELEASE}>")
endif ()
if (NOT "${netanomaly_netanomaly_netanomaly_COMPILE_OPTIONS_C_RELEASE}" STREQUAL "")
    list(APPEND netanomaly_netanomaly_netanomaly_COMPILE_OPTIONS_RELEASE
        "$<$<COMPILE_LANGUAGE:C>:${netanomaly_netanomaly_netanomaly_COMPILE_OPTIONS_C_RELEASE}>")
endif ()