#!/bin/sh
# run.sh BUILD [PART...]: the benches, in the lab; each part is a script beside
# this one.  Without any, all.  $ARGS are further options for them.
#
# What each finds is added to BUILD/bench/results.jsonl; at the end there is the
# table of goals over all parts that ran.  Exits 1 when one was missed.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
if [ "${1:-}" = inside ]; then
	# In the lab's mount namespace: the plugins call /usr/bin/dig and
	# /usr/bin/nslookup with an empty environment.
	peers=$2/bench-peers
	mount -t overlay peers -o "lowerdir=$peers/root/usr/bin:/usr/bin" \
	    /usr/bin
	mount --bind "$peers/ld.so.cache" /etc/ld.so.cache
	shift 2
	exec "$@"
fi
[ $# -ge 1 ] || {
	echo 'usage: run.sh BUILD [PART...]' >&2
	exit 2
}
BUILD=$(cd "$1" && pwd)
shift
all='dns smtp starttls pass steady memory start fanout page check latency
throughput'
# shellcheck disable=SC2086 # a list of words
[ $# -gt 0 ] || set -- $all

commit=$(git -C "$here" rev-parse --short HEAD 2>/dev/null || :)
git -C "$here" diff --quiet HEAD 2>/dev/null || commit=$commit+
export BENCH_COMMIT="$commit"
results=$BUILD/bench/results.jsonl
mkdir -p "$BUILD/bench"
now=$BUILD/bench/now.jsonl
rm -f "$now"

lab() {
	"$here/../lab/lab.py" run "$BUILD/lab/bench" -- "$@"
}
peers() {
	"$here/peers.sh" "$BUILD"
	lab "$here/run.sh" inside "$BUILD" "$@"
}
# part [SCRIPT [OPTION...]]: with the words before it, which run it.
script() {
	part=$1
	shift
	# shellcheck disable=SC2086 # ARGS is a list of words
	"$@" python3 -B "$here/$part.py" "$BUILD" --json "$now" ${ARGS:-}
}
status=0
for part; do
	[ -f "$here/$part.py" ] || {
		echo "run.sh: $part: no such part" >&2
		exit 2
	}
	echo
	echo "== $part"
	case $part in
	latency)
		script latency peers "$BUILD/release/delay" 10 || status=$?
		;;
	throughput)
		script throughput peers || status=$?
		;;
	*)
		script "$part" lab || status=$?
		;;
	esac
done
[ -f "$now" ] || exit "$status"
cat "$now" >>"$results"
echo
python3 -B "$here/table.py" "$now" || status=1
exit "$status"
