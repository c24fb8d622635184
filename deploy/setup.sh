#!/usr/bin/env bash
# Installs the packages that building seekd needs, with apt on Debian.
#
#   deploy/setup.sh            to build and run
#   deploy/setup.sh --tests    to run the tests, too
#   deploy/setup.sh --check    only says what is missing (exit 1 when something is)
#
# Runs as root or through sudo. When nothing is missing it changes nothing and
# asks for nothing. On systems without apt it prints what to install and goes on.
set -euo pipefail

# "package", or "package:program" where having the program is enough.
BUILD_PACKAGES=(
  cmake:cmake ninja-build:ninja ccache:ccache g++:g++
  protobuf-compiler:protoc protobuf-compiler-grpc:grpc_cpp_plugin
  libgrpc++-dev libgrpc-dev libprotobuf-dev libabsl-dev librocksdb-dev libtorch-dev
  libasio-dev libfaiss-dev libopenblas-dev libspdlog-dev nlohmann-json3-dev
  libutf8proc-dev zlib1g-dev libcli11-dev libssl-dev
  libcurl4-openssl-dev
)
TEST_PACKAGES=(
  catch2 libbenchmark-dev python3:python3 python3-numpy openssl:openssl git:git nodejs:node npm:npm
)

usage() { sed -n '2,8s/^# \{0,1\}//p' "$0"; }

is_present() {  # is_present package[:program]
  local package=${1%%:*} program=${1#*:}
  if [[ $program != "$1" ]] && command -v "$program" >/dev/null; then return 0; fi
  [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]]
}

print_other_systems() {
  cat <<'TEXT'
setup: no apt here. seekd needs these, by the names your packager uses:
  Homebrew: cmake ninja ccache grpc protobuf abseil rocksdb pytorch asio faiss openblas
            libomp spdlog nlohmann-json utf8proc cli11 openssl@3 curl
            tests: catch2 google-benchmark node python numpy
  dnf:      cmake ninja-build ccache gcc-c++ grpc-devel grpc-plugins protobuf-devel
            abseil-cpp-devel rocksdb-devel python3-torch-devel asio-devel faiss-devel
            openblas-devel spdlog-devel json-devel utf8proc-devel zlib-devel cli11-devel
            openssl-devel libcurl-devel
            tests: catch-devel google-benchmark-devel nodejs npm python3
                    python3-numpy openssl git
  pacman:   cmake ninja ccache gcc grpc protobuf abseil-cpp rocksdb python-pytorch asio
            faiss openblas spdlog nlohmann-json utf8proc zlib cli11 openssl curl
            tests: catch2 benchmark nodejs npm python python-numpy git
Only Debian 12 and 13 are tested. Going on; CMake will name what it does not find.
TEXT
}

as_root() {
  if [[ $(id -u) -eq 0 ]]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    echo "setup: this needs root and there is no sudo. Run as root: $*" >&2
    exit 1
  fi
}

main() {
  local with_tests=0 check_only=0
  for argument in "$@"; do
    case $argument in
      --tests) with_tests=1 ;;
      --check) check_only=1 ;;
      -h | --help) usage && exit 0 ;;
      *) usage >&2 && exit 2 ;;
    esac
  done
  if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    print_other_systems
    return 0
  fi

  local wanted=("${BUILD_PACKAGES[@]}") missing=()
  [[ $with_tests -eq 0 ]] || wanted+=("${TEST_PACKAGES[@]}")
  for entry in "${wanted[@]}"; do
    is_present "$entry" || missing+=("${entry%%:*}")
  done
  if [[ ${#missing[@]} -eq 0 ]]; then
    echo "setup: every package is here, nothing to install"
    return 0
  fi
  echo "setup: missing: ${missing[*]}"
  [[ $check_only -eq 0 ]] || exit 1
  echo "setup: installing them with apt-get"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get update -q </dev/null
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q \
    --no-install-recommends "${missing[@]}" </dev/null
}

main "$@"
