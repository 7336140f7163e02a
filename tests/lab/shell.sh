#!/bin/sh
# shell.sh [BUILD]: a shell in the lab, with what is there in its banner.
set -eu
build=$(cd "${1:-build}" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
exec python3 "$here/lab.py" run "$build/lab/net" -- \
    sh "$here/banner.sh" "$build"
