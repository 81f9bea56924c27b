########### AGGREGATED COMPONENTS AND DEPENDENCIES FOR THE MULTI CONFIG #####################
#############################################################################################

set(libpsl_COMPONENT_NAMES "")
if(DEFINED libpsl_FIND_DEPENDENCY_NAMES)
  list(APPEND libpsl_FIND_DEPENDENCY_NAMES )
  list(REMOVE_DUPLICATES libpsl_FIND_DEPENDENCY_NAMES)
else()
  set(libpsl_FIND_DEPENDENCY_NAMES )
endif()

########### VARIABLES #######################################################################
#############################################################################################
set(libpsl_PACKAGE_FOLDER_RELEASE "/root/.conan2/p/b/libpsc80fa7c12edf5/p")
set(libpsl_BUILD_MODULES_PATHS_RELEASE )


set(libpsl_INCLUDE_DIRS_RELEASE )
set(libpsl_RES_DIRS_RELEASE )
set(libpsl_DEFINITIONS_RELEASE )
set(libpsl_SHARED_LINK_FLAGS_RELEASE )
set(libpsl_EXE_LINK_FLAGS_RELEASE )
set(libpsl_OBJECTS_RELEASE )
set(libpsl_COMPILE_DEFINITIONS_RELEASE )
set(libpsl_COMPILE_OPTIONS_C_RELEASE )
set(libpsl_COMPILE_OPTIONS_CXX_RELEASE )
set(libpsl_LIB_DIRS_RELEASE )
set(libpsl_BIN_DIRS_RELEASE )
set(libpsl_LIBRARY_TYPE_RELEASE SHARED)
set(libpsl_IS_HOST_WINDOWS_RELEASE 0)
set(libpsl_LIBS_RELEASE )
set(libpsl_SYSTEM_LIBS_RELEASE psl)
set(libpsl_FRAMEWORK_DIRS_RELEASE )
set(libpsl_FRAMEWORKS_RELEASE )
set(libpsl_BUILD_DIRS_RELEASE )
set(libpsl_NO_SONAME_MODE_RELEASE FALSE)


# COMPOUND VARIABLES
set(libpsl_COMPILE_OPTIONS_RELEASE)
if (NOT "${libpsl_COMPILE_OPTIONS_CXX_RELEASE}" STREQUAL "")
    list(APPEND libpsl_COMPILE_OPTIONS_RELEASE
        "$<$<COMPILE_LANGUAGE:CXX>:${libpsl_COMPILE_OPTIONS_CXX_RELEASE}>")
endif ()
if (NOT "${libpsl_COMPILE_OPTIONS_C_RELEASE}" STREQUAL "")
    list(APPEND libpsl_COMPILE_OPTIONS_RELEASE
        "$<$<COMPILE_LANGUAGE:C>:${libpsl_COMPILE_OPTIONS_C_RELEASE}>")
endif ()
set(libpsl_LINKER_FLAGS_RELEASE)
if (NOT "${libpsl_SHARED_LINK_FLAGS_RELEASE}" STREQUAL "")
    list(APPEND libpsl_LINKER_FLAGS_RELEASE
        "$<$<OR:$<STREQUAL:$<TARGET_PROPERTY:TYPE>,SHARED_LIBRARY>,$<STREQUAL:$<TARGET_PROPERTY:TYPE>,MODULE_LIBRARY>>:${libpsl_SHARED_LINK_FLAGS_RELEASE}>")
endif ()
if (NOT "${libpsl_EXE_LINK_FLAGS_RELEASE}" STREQUAL "")
    list(APPEND libpsl_LINKER_FLAGS_RELEASE
        "$<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>:${libpsl_EXE_LINK_FLAGS_RELEASE}>")
endif ()


set(libpsl_COMPONENTS_RELEASE )