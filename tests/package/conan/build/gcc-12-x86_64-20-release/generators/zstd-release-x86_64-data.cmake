########### AGGREGATED COMPONENTS AND DEPENDENCIES FOR THE MULTI CONFIG #####################
#############################################################################################

set(zstd_COMPONENT_NAMES "")
if(DEFINED zstd_FIND_DEPENDENCY_NAMES)
  list(APPEND zstd_FIND_DEPENDENCY_NAMES )
  list(REMOVE_DUPLICATES zstd_FIND_DEPENDENCY_NAMES)
else()
  set(zstd_FIND_DEPENDENCY_NAMES )
endif()

########### VARIABLES #######################################################################
#############################################################################################
set(zstd_PACKAGE_FOLDER_RELEASE "/root/.conan2/p/b/zstd95812d07a4bd0/p")
set(zstd_BUILD_MODULES_PATHS_RELEASE )


set(zstd_INCLUDE_DIRS_RELEASE )
set(zstd_RES_DIRS_RELEASE )
set(zstd_DEFINITIONS_RELEASE )
set(zstd_SHARED_LINK_FLAGS_RELEASE )
set(zstd_EXE_LINK_FLAGS_RELEASE )
set(zstd_OBJECTS_RELEASE )
set(zstd_COMPILE_DEFINITIONS_RELEASE )
set(zstd_COMPILE_OPTIONS_C_RELEASE )
set(zstd_COMPILE_OPTIONS_CXX_RELEASE )
set(zstd_LIB_DIRS_RELEASE )
set(zstd_BIN_DIRS_RELEASE )
set(zstd_LIBRARY_TYPE_RELEASE SHARED)
set(zstd_IS_HOST_WINDOWS_RELEASE 0)
set(zstd_LIBS_RELEASE )
set(zstd_SYSTEM_LIBS_RELEASE zstd)
set(zstd_FRAMEWORK_DIRS_RELEASE )
set(zstd_FRAMEWORKS_RELEASE )
set(zstd_BUILD_DIRS_RELEASE )
set(zstd_NO_SONAME_MODE_RELEASE FALSE)


# COMPOUND VARIABLES
set(zstd_COMPILE_OPTIONS_RELEASE)
if (NOT "${zstd_COMPILE_OPTIONS_CXX_RELEASE}" STREQUAL "")
    list(APPEND zstd_COMPILE_OPTIONS_RELEASE
        "$<$<COMPILE_LANGUAGE:CXX>:${zstd_COMPILE_OPTIONS_CXX_RELEASE}>")
endif ()
if (NOT "${zstd_COMPILE_OPTIONS_C_RELEASE}" STREQUAL "")
    list(APPEND zstd_COMPILE_OPTIONS_RELEASE
        "$<$<COMPILE_LANGUAGE:C>:${zstd_COMPILE_OPTIONS_C_RELEASE}>")
endif ()
set(zstd_LINKER_FLAGS_RELEASE)
if (NOT "${zstd_SHARED_LINK_FLAGS_RELEASE}" STREQUAL "")
    list(APPEND zstd_LINKER_FLAGS_RELEASE
        "$<$<OR:$<STREQUAL:$<TARGET_PROPERTY:TYPE>,SHARED_LIBRARY>,$<STREQUAL:$<TARGET_PROPERTY:TYPE>,MODULE_LIBRARY>>:${zstd_SHARED_LINK_FLAGS_RELEASE}>")
endif ()
if (NOT "${zstd_EXE_LINK_FLAGS_RELEASE}" STREQUAL "")
    list(APPEND zstd_LINKER_FLAGS_RELEASE
        "$<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>:${zstd_EXE_LINK_FLAGS_RELEASE}>")
endif ()


set(zstd_COMPONENTS_RELEASE )