#!/bin/sh
# run.sh BUILD [PART...]: mxvigil beside the monitoring plugins, and the daemon
# with many domains, in the lab.
#
# The parts are latency, throughput and watch; without any, all.  BUILD holds
# release/mxvigil, release/delay, dnsload and smtpload, and the lab's servers.
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
[ $# -gt 0 ] || set -- latency throughput watch
lab() {
	"$here/../lab/lab.py" run "$BUILD/lab/bench" -- "$@"
}
peers() {
	"$here/peers.sh" "$BUILD"
	lab "$here/run.sh" inside "$BUILD" "$@"
}
status=0
for part; do
	case $part in
	latency)
		peers "$BUILD/release/delay" 10 \
		    python3 -B "$here/latency.py" "$BUILD" || status=$?
		;;
	throughput)
		peers python3 -B "$here/throughput.py" "$BUILD" || status=$?
		;;
	watch)
		lab python3 -B "$here/watch.py" "$BUILD" || status=$?
		;;
	*)
		echo "run.sh: $part: no such part" >&2
		exit 2
		;;
	esac
done
exit $status
