########### AGGREGATED COMPONENTS AND DEPENDENCIES FOR THE MULTI CONFIG #####################
#############################################################################################

set(libmaxminddb_COMPONENT_NAMES "")
if(DEFINED libmaxminddb_FIND_DEPENDENCY_NAMES)
  list(APPEND libmaxminddb_FIND_DEPENDENCY_NAMES )
  list(REMOVE_DUPLICATES libmaxminddb_FIND_DEPENDENCY_NAMES)
else()
  set(libmaxminddb_FIND_DEPENDENCY_NAMES )
endif()

########### VARIABLES #######################################################################
#############################################################################################
set(libmaxminddb_PACKAGE_FOLDER_RELEASE "/root/.conan2/p/b/libma51054ce13bdd1/p")
set(libmaxminddb_BUILD_MODULES_PATHS_RELEASE )


set(libmaxminddb_INCLUDE_DIRS_RELEASE )
set(libmaxminddb_RES_DIRS_RELEASE )
set(libmaxminddb_DEFINITIONS_RELEASE )
set(libmaxminddb_SHARED_LINK_FLAGS_RELEASE )
set(libmaxminddb_EXE_LINK_FLAGS_RELEASE )
set(libmaxminddb_OBJECTS_RELEASE )
set(libmaxminddb_COMPILE_DEFINITIONS_RELEASE )
set(libmaxminddb_COMPILE_OPTIONS_C_RELEASE )
set(libmaxminddb_COMPILE_OPTIONS_CXX_RELEASE )
set(libmaxminddb_LIB_DIRS_RELEASE )
set(libmaxminddb_BIN_DIRS_RELEASE )
set(libmaxminddb_LIBRARY_TYPE_RELEASE SHARED)
set(libmaxminddb_IS_HOST_WINDOWS_RELEASE 0)
set(libmaxminddb_LIBS_RELEASE )
set(libmaxminddb_SYSTEM_LIBS_RELEASE maxminddb)
set(libmaxminddb_FRAMEWORK_DIRS_RELEASE )
set(libmaxminddb_FRAMEWORKS_RELEASE )
set(libmaxminddb_BUILD_DIRS_RELEASE )
set(libmaxminddb_NO_SONAME_MODE_RELEASE FALSE)


# COMPOUND VARIABLES
set(libmaxminddb_COMPILE_OPTIONS_RELEASE)
if (NOT "${libmaxminddb_COMPILE_OPTIONS_CXX_RELEASE}" STREQUAL "")
    list(APPEND libmaxminddb_COMPILE_OPTIONS_RELEASE
        "$<$<COMPILE_LANGUAGE:CXX>:${libmaxminddb_COMPILE_OPTIONS_CXX_RELEASE}>")
endif ()
if (NOT "${libmaxminddb_COMPILE_OPTIONS_C_RELEASE}" STREQUAL "")
    list(APPEND libmaxminddb_COMPILE_OPTIONS_RELEASE
        "$<$<COMPILE_LANGUAGE:C>:${libmaxminddb_COMPILE_OPTIONS_C_RELEASE}>")
endif ()
set(libmaxminddb_LINKER_FLAGS_RELEASE)
if (NOT "${libmaxminddb_SHARED_LINK_FLAGS_RELEASE}" STREQUAL "")
    list(APPEND libmaxminddb_LINKER_FLAGS_RELEASE
        "$<$<OR:$<STREQUAL:$<TARGET_PROPERTY:TYPE>,SHARED_LIBRARY>,$<STREQUAL:$<TARGET_PROPERTY:TYPE>,MODULE_LIBRARY>>:${libmaxminddb_SHARED_LINK_FLAGS_RELEASE}>")
endif ()
if (NOT "${libmaxminddb_EXE_LINK_FLAGS_RELEASE}" STREQUAL "")
    list(APPEND libmaxminddb_LINKER_FLAGS_RELEASE
        "$<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>:${libmaxminddb_EXE_LINK_FLAGS_RELEASE}>")
endif ()


set(libmaxminddb_COMPONENTS_RELEASE )