#!/bin/sh
# peers.sh BUILD: unpack the monitoring plugins and what they call, below
# BUILD/bench-peers.  Nothing is installed.  What the system has is left alone
# too: the peers are always these.
set -eu

peers=$1/bench-peers
root=$peers/root
packages='monitoring-plugins-basic monitoring-plugins-standard bind9-dnsutils'
packages="$packages bind9-host"

# Changes with this script, and when the tree was moved.
stamp="$root $(cksum <"$0")"
[ -f "$peers/stamp" ] && [ "$(cat "$peers/stamp")" = "$stamp" ] && exit 0
rm -rf "$peers"
mkdir -p "$peers/debs" "$root"

# The libraries below them that are not installed.
missing_libraries() {
	apt-cache depends --recurse --no-recommends --no-suggests \
	    --no-conflicts --no-breaks --no-replaces --no-enhances "$@" |
	grep -E '^(lib|bind9-libs)' | sort -u | while read -r p; do
		dpkg-query -W -f '${db:Status-Status}\n' "$p" 2>/dev/null |
		    grep -q '^installed$' || echo "$p"
	done
}

echo "peers.sh: unpacking under $root: $packages"
(
	cd "$peers/debs"
	# One at a time: a virtual name cannot be downloaded, nor is it
	# missed.
	# shellcheck disable=SC2046,SC2086 # lists of words
	for p in $packages $(missing_libraries $packages); do
		apt-get download "$p" >>apt.log 2>&1 || :
	done
)
for deb in "$peers"/debs/*.deb; do
	[ -e "$deb" ] || {
		echo "peers.sh: nothing could be downloaded: see" \
		    "$peers/debs/apt.log (does apt have its lists?)" >&2
		exit 1
	}
	dpkg-deb -x "$deb" "$root"
done
rm -f "$peers"/debs/*.deb
triplet=$(dpkg-architecture -qDEB_HOST_MULTIARCH 2>/dev/null ||
    gcc -print-multiarch)
top=$(cd "$root" && pwd)
libraries=$top/usr/lib/$triplet:$top/lib/$triplet
# The plugins call dig and nslookup with an empty environment: only the cache
# of the dynamic linker can tell those where their libraries are.
{
	echo 'include /etc/ld.so.conf'
	echo "$libraries" | tr : '\n'
} >"$peers/ld.so.conf"
PATH=$PATH:/usr/sbin:/sbin ldconfig -X -f "$peers/ld.so.conf" \
    -C "$peers/ld.so.cache" 2>/dev/null
for program in usr/bin/dig usr/bin/nslookup usr/lib/nagios/plugins/check_smtp \
    usr/lib/nagios/plugins/check_dns usr/lib/nagios/plugins/check_dig; do
	lost=$(LD_LIBRARY_PATH=$libraries \
	    ldd "$root/$program" | awk '/not found/ { print $1 }')
	[ -z "$lost" ] || {
		echo "peers.sh: $program lacks $lost" >&2
		exit 1
	}
done
echo "$stamp" >"$peers/stamp"
