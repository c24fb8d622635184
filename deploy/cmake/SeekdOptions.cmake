# Build options, compiler settings and sanitizers of the whole project.
option(SEEKD_BUILD_TESTS "Build the tests" ON)
option(SEEKD_BUILD_BENCHMARKS "Build tests/bench" OFF)
option(SEEKD_BUILD_FUZZERS "Build tests/fuzz with libFuzzer (clang only)" OFF)
option(SEEKD_BUILD_DAEMON "Build what needs gRPC: server, client, remote models" ON)
option(SEEKD_BUILD_EMBEDDING "Build what needs torch: embedding_service" ${SEEKD_BUILD_DAEMON})
# Whole builds take half the time; an edit takes longer, and a missing #include goes unseen.
option(SEEKD_UNITY_BUILD "Compile the files of a library together" OFF)
option(SEEKD_WERROR "Treat warnings as errors" OFF)
set(SEEKD_SANITIZE "" CACHE STRING "Value for -fsanitize=, e.g. address,undefined")
if(SEEKD_BUILD_DAEMON AND NOT SEEKD_BUILD_EMBEDDING)
  message(FATAL_ERROR "SEEKD_BUILD_DAEMON needs SEEKD_BUILD_EMBEDDING")
endif()

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

find_program(SEEKD_CCACHE ccache)
if(SEEKD_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${SEEKD_CCACHE})
endif()

# Shared by every target of ours; third-party headers come in as SYSTEM.
add_library(seekd_compile_options INTERFACE)
target_compile_options(seekd_compile_options INTERFACE -Wall -Wextra -Wpedantic
                       -Wno-missing-field-initializers)
# GCC 12 sees overlaps in std::string's operator+ that are not there (GCC bug 105651).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(seekd_compile_options INTERFACE -Wno-restrict)
endif()
if(SEEKD_UNITY_BUILD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # Private types made of another file's private types are meant to be.
  target_compile_options(seekd_compile_options INTERFACE -Wno-subobject-linkage)
endif()
if(SEEKD_WERROR)
  target_compile_options(seekd_compile_options INTERFACE -Werror)
endif()
# `#pragma omp simd` only: vectorised reductions without the OpenMP runtime.
target_compile_options(seekd_compile_options INTERFACE -fopenmp-simd)
target_include_directories(seekd_compile_options INTERFACE ${CMAKE_SOURCE_DIR})
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  target_compile_options(seekd_compile_options INTERFACE -Wthread-safety)
endif()
if(SEEKD_SANITIZE)
  add_compile_options(-fsanitize=${SEEKD_SANITIZE} -fno-omit-frame-pointer -g1)
  add_link_options(-fsanitize=${SEEKD_SANITIZE})
  if(SEEKD_SANITIZE MATCHES "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # Asio's fences, which GCC's TSan does not model.
    add_compile_options(-Wno-tsan)
  endif()
  if(SEEKD_SANITIZE MATCHES "undefined")
    add_compile_options(-fno-sanitize-recover=undefined)
  endif()
endif()
