# SPDX-License-Identifier: Apache-2.0
# An overlay port that builds the repository it stands in: vcpkg install netanomaly --overlay-ports=cmake/vcpkg
get_filename_component(SOURCE_PATH "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)

vcpkg_check_features(OUT_FEATURE_OPTIONS FEATURE_OPTIONS
  FEATURES
    capture NETANOMALY_CAPTURE
    psl NETANOMALY_PSL
    geoip NETANOMALY_GEOIP
    c NETANOMALY_C)

vcpkg_cmake_configure(
  SOURCE_PATH "${SOURCE_PATH}"
  OPTIONS
    ${FEATURE_OPTIONS}
    -DNETANOMALY_PROGRAM=OFF
    -DNETANOMALY_TESTS=OFF
    -DNETANOMALY_EXAMPLES=OFF
    -DNETANOMALY_INSTALL=ON)
vcpkg_cmake_install()
vcpkg_cmake_config_fixup(CONFIG_PATH lib/cmake/netanomaly)
vcpkg_fixup_pkgconfig()

file(REMOVE_RECURSE "${CURRENT_PACKAGES_DIR}/debug/include" "${CURRENT_PACKAGES_DIR}/debug/share")
if(NOT "capture" IN_LIST FEATURES AND NOT "psl" IN_LIST FEATURES AND NOT "geoip" IN_LIST FEATURES AND NOT "c" IN_LIST FEATURES)
  file(REMOVE_RECURSE "${CURRENT_PACKAGES_DIR}/debug" "${CURRENT_PACKAGES_DIR}/lib")
endif()
file(INSTALL "${CMAKE_CURRENT_LIST_DIR}/usage" DESTINATION "${CURRENT_PACKAGES_DIR}/share/${PORT}")
vcpkg_install_copyright(FILE_LIST "${SOURCE_PATH}/LICENSE")
