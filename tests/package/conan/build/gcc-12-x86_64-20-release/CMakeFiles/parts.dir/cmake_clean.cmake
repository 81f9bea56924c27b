file(REMOVE_RECURSE
  "CMakeFiles/parts.dir/work/main/tests/package/consumers/parts.cpp.o"
  "CMakeFiles/parts.dir/work/main/tests/package/consumers/parts.cpp.o.d"
  "parts"
  "parts.pdb"
)

# Per-language clean rules from dependency scanning.
foreach(lang CXX)
  include(CMakeFiles/parts.dir/cmake_clean_${lang}.cmake OPTIONAL)
endforeach()
