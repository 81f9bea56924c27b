# SPDX-License-Identifier: Apache-2.0
# Doxygen's warnings are errors: cmake -DWARNINGS= -P check.cmake
file(STRINGS ${WARNINGS} lines REGEX "[^ ]")
if(lines)
  list(JOIN lines "\n" lines)
  message(FATAL_ERROR "${lines}")
endif()
