#!/bin/sh
# run.sh BUILD: mxvigil beside the monitoring plugins, in the lab.
#
# BUILD holds release/mxvigil, release/delay and the lab's servers.
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
[ $# -eq 1 ] || {
	echo 'usage: run.sh BUILD' >&2
	exit 2
}
BUILD=$(cd "$1" && pwd)
"$here/peers.sh" "$BUILD"
lab() {
	"$here/../lab/lab.py" run "$BUILD/lab/bench" -- \
	    "$here/run.sh" inside "$BUILD" "$@"
}
status=0
lab "$BUILD/release/delay" 10 python3 -B "$here/latency.py" "$BUILD" ||
    status=$?
lab python3 -B "$here/throughput.py" "$BUILD" || status=$?
exit $status
