#!/usr/bin/env bash
# From a fresh checkout to the first answer.
#
#   deploy/quickstart.sh [FOLDER] [QUESTION]
#
# Installs missing packages (deploy/setup.sh), builds into build/quickstart,
# starts your daemon when none runs, indexes FOLDER (default: this repository's
# docs) and asks QUESTION. Run it as often as you like: what is done already is
# not done again. SEEKD_DATA and SEEKD_SOCKET put data and socket elsewhere.
set -euo pipefail

usage() { sed -n '2,9s/^# \{0,1\}//p' "$0"; }

case ${1-} in -h | --help) usage && exit 0 ;; esac
if [[ $# -gt 2 ]]; then usage >&2 && exit 2; fi

root=$(cd "$(dirname "$0")/.." && pwd)
folder=${1:-$root/docs}
question=${2:-how does a search recompute embeddings?}
build=$root/build/quickstart
seek=$build/bin/seek

if [[ ! -d $folder ]]; then
  echo "quickstart: $folder is not a folder" >&2
  exit 2
fi
folder=$(cd "$folder" && pwd)

step() { printf '\n== %s\n' "$*"; }

# shellcheck source=deploy/jobs.sh
source "$root/deploy/jobs.sh"

step "packages"
"$root/deploy/setup.sh"

step "build (release, in $build)"
(cd "$root" && cmake --preset release -B "$build" -DSEEKD_BUILD_TESTS=OFF --log-level=WARNING)
cmake --build "$build" -j "${JOBS:-$(seekd_jobs)}" --target seekd seek

step "daemon"
"$seek" daemon start

step "index $folder"
"$seek" index "$folder"

step "search \"$question\""
"$seek" search "$question" || [[ $? -eq 1 ]]  # 1: no hits

step "every byte of it"
"$seek" status

cat <<TEXT

seekd is running. From here:
  export PATH="$build/bin:\$PATH"
  seek search "what you want to know"
  seek index FOLDER          add a folder, or bring it up to date
  seek service install       keep the daemon running from login to login
  seek daemon stop           stop it; indexed data stays where seek status says
TEXT
