# SPDX-License-Identifier: Apache-2.0
# Doxygen's warnings are errors. What has no documentation yet is a number in undocumented.txt, members of documented
# types whose names say it all; it may fall, never rise: cmake -DWARNINGS= -DALLOWED= -P check.cmake
file(STRINGS ${WARNINGS} lines)
file(STRINGS ${ALLOWED} allowed REGEX "^[0-9]+$")
set(undocumented 0)
set(wrong "")
foreach(line IN LISTS lines)
  if(line MATCHES "Member .* is not documented")
    math(EXPR undocumented "${undocumented} + 1")
  elseif(NOT line STREQUAL "")
    string(APPEND wrong "${line}\n")
  endif()
endforeach()
if(wrong)
  message(FATAL_ERROR "${wrong}")
endif()
if(undocumented LESS allowed)
  message(STATUS "${undocumented} members without documentation: lower the number in ${ALLOWED}")
elseif(undocumented GREATER allowed)
  message(FATAL_ERROR "${undocumented} members without documentation, ${ALLOWED} says ${allowed}: "
    "document what is new: ${WARNINGS}")
endif()
