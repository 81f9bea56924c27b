# SPDX-License-Identifier: Apache-2.0
# Runs HOST, whose words are separated by |, on what GZIP makes of CAPTURE; it must print exactly what EXPECTED holds.
string(REPLACE "|" ";" host "${HOST}")
execute_process(COMMAND ${GZIP} -dc ${CAPTURE} COMMAND ${host} OUTPUT_VARIABLE output ERROR_VARIABLE errors
  RESULTS_VARIABLE status)
file(READ ${EXPECTED} expected)
if(NOT status STREQUAL "0;0" OR NOT output STREQUAL expected)
  message(FATAL_ERROR "exited with ${status}\n${errors}printed:\n${output}expected:\n${expected}")
endif()
