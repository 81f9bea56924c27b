# Load the debug and release variables
file(GLOB DATA_FILES "${CMAKE_CURRENT_LIST_DIR}/libmaxminddb-*-data.cmake")

foreach(f ${DATA_FILES})
    include(${f})
endforeach()

# Create the targets for all the components
foreach(_COMPONENT ${libmaxminddb_COMPONENT_NAMES} )
    if(NOT TARGET ${_COMPONENT})
        add_library(${_COMPONENT} INTERFACE IMPORTED)
        message(${libmaxminddb_MESSAGE_MODE} "Conan: Component target declared '${_COMPONENT}'")
    endif()
endforeach()

if(NOT TARGET libmaxminddb::libmaxminddb)
    add_library(libmaxminddb::libmaxminddb INTERFACE IMPORTED)
    message(${libmaxminddb_MESSAGE_MODE} "Conan: Target declared 'libmaxminddb::libmaxminddb'")
endif()
# Load the debug and release library finders
file(GLOB CONFIG_FILES "${CMAKE_CURRENT_LIST_DIR}/libmaxminddb-Target-*.cmake")

foreach(f ${CONFIG_FILES})
    include(${f})
endforeach()