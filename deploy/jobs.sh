# shellcheck shell=bash
# Sourced by quickstart.sh and tests/run.sh.

# Prints how many compilers may run at once: one per core, but 1.5 GB each, which
# is what a file that includes libtorch takes.
seekd_jobs() {
  local cores memory_kb by_memory
  cores=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
  memory_kb=$(awk '/^MemAvailable:/ {print $2}' /proc/meminfo 2>/dev/null || true)
  if [[ -z $memory_kb ]]; then
    memory_kb=$(($(sysctl -n hw.memsize 2>/dev/null || echo 4294967296) / 1024))
  fi
  by_memory=$((memory_kb / 1500000))
  if ((by_memory < 1)); then by_memory=1; fi
  echo $((cores < by_memory ? cores : by_memory))
}
