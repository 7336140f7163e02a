#!/bin/sh
# run.sh BUILD SECONDS FUZZER...: run each fuzzer for so long, as many at a
# time as there are processors.  What is found stays under BUILD/fuzz; new
# inputs that reach new code stay in BUILD/fuzz/corpus.
set -u
build=$1 seconds=$2
shift 2
jobs=$(nproc 2>/dev/null || echo 2)
export ASAN_OPTIONS=detect_leaks=1 build seconds

# shellcheck disable=SC2016 # for the shell inside
printf '%s\n' "$@" | xargs -P "$jobs" -I{} sh -c '
	out=$build/fuzz
	mkdir -p "$out/corpus/{}"
	if "$out/fuzz_{}" -max_total_time="$seconds" -rss_limit_mb=1024 \
	    -timeout=5 -max_len=65536 -print_final_stats=1 \
	    -artifact_prefix="$out/found-{}-" "$out/corpus/{}" \
	    "tests/fuzz/seeds/{}" >"$out/{}.log" 2>&1; then
		runs=$(sed -n "s/^stat::number_of_executed_units: *//p" \
		    "$out/{}.log")
		echo "ok     {}: $runs runs, nothing found"
	else
		echo "FAILED {}: see $out/{}.log"
		tail -n 30 "$out/{}.log"
		exit 255
	fi'
