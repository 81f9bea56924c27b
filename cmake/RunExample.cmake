# SPDX-License-Identifier: Apache-2.0
# Runs PROGRAM, with EMULATOR where it is for another machine, with ARGS; it must exit 0 and, where the file EXPECTED
# exists, print exactly what stands in it.
execute_process(COMMAND ${EMULATOR} ${PROGRAM} ${ARGS} OUTPUT_VARIABLE output RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "${PROGRAM} exited with ${status}")
endif()
if(EXISTS ${EXPECTED})
  file(READ ${EXPECTED} expected)
  if(NOT output STREQUAL expected)
    message(FATAL_ERROR "printed:\n${output}\nexpected:\n${expected}")
  endif()
endif()
