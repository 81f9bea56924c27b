# Load the debug and release variables
file(GLOB DATA_FILES "${CMAKE_CURRENT_LIST_DIR}/netanomaly-*-data.cmake")

foreach(f ${DATA_FILES})
    include(${f})
endforeach()

# Create the targets for all the components
foreach(_COMPONENT ${netanomaly_COMPONENT_NAMES} )
    if(NOT TARGET ${_COMPONENT})
        add_library(${_COMPONENT} INTERFACE IMPORTED)
        message(${netanomaly_MESSAGE_MODE} "Conan: Component target declared '${_COMPONENT}'")
    endif()
endforeach()

if(NOT TARGET netanomaly::netanomaly)
    add_library(netanomaly::netanomaly INTERFACE IMPORTED)
    message(${netanomaly_MESSAGE_MODE} "Conan: Target declared 'netanomaly::netanomaly'")
endif()
# Load the debug and release library finders
file(GLOB CONFIG_FILES "${CMAKE_CURRENT_LIST_DIR}/netanomaly-Target-*.cmake")

foreach(f ${CONFIG_FILES})
    include(${f})
endforeach()