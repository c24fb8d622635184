# Every third-party package, found once. docs/dependencies.md says why each.
find_package(Threads REQUIRED)
find_package(absl REQUIRED)
# Before RocksDB, whose package defines gflags::* only: Torch's wants the target
# without a namespace.
find_package(gflags CONFIG QUIET)
find_package(RocksDB REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_package(ZLIB REQUIRED)
# FAISS's package names these two without finding them.
find_package(OpenMP REQUIRED COMPONENTS CXX)
find_package(BLAS REQUIRED)
find_package(LAPACK REQUIRED)
find_package(faiss REQUIRED)

find_path(ASIO_INCLUDE_DIR asio.hpp REQUIRED)
add_library(seekd_asio INTERFACE)
target_include_directories(seekd_asio SYSTEM INTERFACE ${ASIO_INCLUDE_DIR})
# Asio 1.22 decides by what was included before it whether std::aligned_alloc is
# there: frames allocated in one file with new would be freed in another with free.
target_compile_definitions(seekd_asio INTERFACE ASIO_STANDALONE ASIO_NO_DEPRECATED
                           ASIO_DISABLE_STD_ALIGNED_ALLOC)
target_link_libraries(seekd_asio INTERFACE Threads::Threads)
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  target_compile_definitions(seekd_asio INTERFACE ASIO_HAS_CO_AWAIT=1 ASIO_HAS_STD_COROUTINE=1)
endif()

find_path(UTF8PROC_INCLUDE_DIR utf8proc.h REQUIRED)
find_library(UTF8PROC_LIBRARY utf8proc REQUIRED)
add_library(seekd_utf8proc INTERFACE)
target_include_directories(seekd_utf8proc SYSTEM INTERFACE ${UTF8PROC_INCLUDE_DIR})
target_link_libraries(seekd_utf8proc INTERFACE ${UTF8PROC_LIBRARY})

if(SEEKD_BUILD_EMBEDDING)
  find_package(CLI11 REQUIRED)
  find_package(Torch REQUIRED)
  # The libtorch_cpu.so of PyTorch's own packages exports parts of another std::filesystem
  # (github.com/pytorch/pytorch/issues/133437), with which remove_all crashes. The library that a
  # program names first is the one it gets.
  if(UNIX AND NOT APPLE)
    add_link_options("SHELL:-Wl,--push-state,--no-as-needed -lstdc++ -Wl,--pop-state")
  endif()
endif()
if(SEEKD_BUILD_DAEMON)
  find_package(spdlog REQUIRED)
  find_package(CURL REQUIRED)
  # Newer releases of protobuf and gRPC ship CMake packages; older ones of
  # protobuf only CMake's own module.
  find_package(Protobuf CONFIG QUIET)
  if(NOT Protobuf_FOUND)
    find_package(Protobuf MODULE REQUIRED)
  endif()
  find_package(gRPC CONFIG REQUIRED)
  find_program(GRPC_CPP_PLUGIN grpc_cpp_plugin REQUIRED)
endif()

if(SEEKD_BUILD_TESTS)
  find_package(Catch2 REQUIRED)
endif()
if(SEEKD_BUILD_BENCHMARKS)
  find_package(benchmark REQUIRED)
endif()
