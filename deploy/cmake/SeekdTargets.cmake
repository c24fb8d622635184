# seekd_library(name SOURCES ... DEPS ... [PRIVATE_DEPS ...])
# One target per unit group, named seekd_<folder>; its dependencies are explicit.
function(seekd_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS;PRIVATE_DEPS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC ${ARG_DEPS} PRIVATE seekd_compile_options ${ARG_PRIVATE_DEPS})
  target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR})
  set_target_properties(${name} PROPERTIES UNITY_BUILD ${SEEKD_UNITY_BUILD}
                        UNITY_BUILD_BATCH_SIZE 16)
endfunction()

# seekd_executable(name SOURCES ... DEPS ...)
function(seekd_executable name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE seekd_compile_options ${ARG_DEPS})
endfunction()

# seekd_test(name SOURCES ... DEPS ... [LABELS ...])
# One Catch2 executable per folder under test. Labels choose what a sanitizer
# preset runs: "core", "embedding_service", "daemon".
function(seekd_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS;LABELS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE seekd_test_main seekd_compile_options ${ARG_DEPS})
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT 1800
    ENVIRONMENT "SEEKD_TEST_SOURCE_DIR=${CMAKE_SOURCE_DIR}")
endfunction()
