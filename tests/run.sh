#!/usr/bin/env bash
# Installs what is missing, builds, and runs every test.
#
#   tests/run.sh            release, then ASan + UBSan, then TSan
#   tests/run.sh --quick    release only
#
# JOBS=N limits parallel compilation; the default follows cores and memory.
set -euo pipefail
cd "$(dirname "$0")/.."
source deploy/jobs.sh

JOBS=${JOBS:-$(seekd_jobs)}
TIMES=()
TOTAL=0

stage() {  # stage "name" command...: runs it, remembers how long it took
  local name=$1 begin=$SECONDS
  shift
  echo "==== $name"
  "$@" </dev/null
  TIMES+=("$(printf '%-28s %4d s' "$name" $((SECONDS - begin)))")
}

install_node_client() {
  # The client in another language is part of the tests: no network, no pass.
  local folder=tests/integration/node
  if cmp -s "$folder/package-lock.json" "$folder/node_modules/.installed-lock.json"; then
    echo "node client: packages are installed"
    return 0
  fi
  (cd "$folder" && npm ci --ignore-scripts --no-audit --no-fund)
  cp "$folder/package-lock.json" "$folder/node_modules/.installed-lock.json"
}

configure() { cmake --preset "$1" -DSEEKD_WERROR=ON "${@:2}"; }

run_tests() {
  ctest --preset "$1" --no-tests=error -j "$JOBS" | tee "build/$1/ctest.log"
  TOTAL=$((TOTAL + $(sed -n 's/^100% tests passed, 0 tests failed out of //p' "build/$1/ctest.log")))
}

# TSan sees nothing inside the prebuilt gRPC: only what runs without it is built.
build_tsan_tests() {
  local targets
  mapfile -t targets < <(ctest --preset tsan -N | sed -n 's/^ *Test *#[0-9]*: //p')
  cmake --build --preset tsan -j "$JOBS" --target "${targets[@]}"
}

main() {
  local quick=0
  case ${1-} in
    "") ;;
    --quick) quick=1 ;;
    *) sed -n '2,7s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
  esac
  stage "packages" deploy/setup.sh --tests
  stage "node packages" install_node_client
  stage "release: configure" configure release
  stage "release: build" cmake --build --preset release -j "$JOBS"
  stage "release: tests" run_tests release
  if [[ $quick -eq 0 ]]; then
    stage "dev: configure" configure dev -DSEEKD_UNITY_BUILD=ON
    stage "dev: build" cmake --build --preset dev -j "$JOBS"
    stage "dev: tests" run_tests dev
    stage "tsan: configure" configure tsan -DSEEKD_UNITY_BUILD=ON
    stage "tsan: build" build_tsan_tests
    stage "tsan: tests" run_tests tsan
  fi
  printf '%s\n' "==== times" "${TIMES[@]}" ""
  echo "100% tests passed, 0 tests failed out of $TOTAL"
}

main "$@"
