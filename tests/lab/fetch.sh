#!/bin/sh
# fetch.sh: find the lab's servers, or unpack them under $BUILD/lab/root.
#
# What the system has installed is used as it is.  The rest is downloaded with
# apt-get and unpacked, together with the libraries that are missing here:
# nothing is installed, nothing is started, and root is not needed.  Writes
# $BUILD/lab/servers, one "name path" a line, which lab.py reads, and
# $BUILD/lab/libraries, the LD_LIBRARY_PATH of the unpacked ones.
set -eu

BUILD=${BUILD:-build}
LAB=$BUILD/lab
ROOT=$LAB/root

triplet=$(dpkg-architecture -qDEB_HOST_MULTIARCH 2>/dev/null ||
    gcc -print-multiarch 2>/dev/null || echo "$(uname -m)-linux-gnu")

# name of the server, or of something that it needs, Debian package (a|b: b in
# the releases that have no a), path in the package
list="
nsd nsd usr/sbin/nsd
knotd knot usr/sbin/knotd
unbound unbound usr/sbin/unbound
pdns_recursor pdns-recursor usr/sbin/pdns_recursor
chasquid chasquid usr/bin/chasquid
postfix-master postfix usr/lib/postfix/sbin/master
exim4 exim4-daemon-light usr/sbin/exim4
opensmtpd opensmtpd usr/sbin/smtpd
ldns-keygen ldnsutils usr/bin/ldns-keygen
ldns-key2ds ldnsutils usr/bin/ldns-key2ds
ldns-signzone ldnsutils usr/bin/ldns-signzone
drill ldnsutils usr/bin/drill
prometheus prometheus usr/bin/prometheus
promtool promtool|prometheus usr/bin/promtool
prometheus-alertmanager prometheus-alertmanager usr/bin/prometheus-alertmanager
amtool prometheus-alertmanager usr/bin/amtool
nagios4 nagios4-core usr/sbin/nagios4
nagios4-objects nagios4-common etc/nagios4/objects/templates.cfg
icinga2 icinga2-bin usr/lib/$triplet/icinga2/sbin/icinga2
icinga2-itl icinga2-common usr/share/icinga2/include/itl
"

fail() {
	echo "fetch.sh: $*" >&2
	exit 1
}

# Without these the lab only has fewer senders to compare with, or fewer who
# are told of what is found.
may_lack() {
	case $1 in
	exim4 | opensmtpd | prom* | amtool | nagios4* | icinga2*)
		echo "fetch.sh: SKIP $1: it cannot be had"
		;;
	*) return 1 ;;
	esac
}

# The first of a|b that apt has, or the last.
one_of() {
	for p in $(echo "$1" | tr '|' ' '); do
		if apt-cache show "$p" >/dev/null 2>&1; then break; fi
	done
	echo "$p"
}

# The packages among "$@" and below them whose libraries are not installed.
missing_libraries() {
	apt-cache depends --recurse --no-recommends --no-suggests \
	    --no-conflicts --no-breaks --no-replaces --no-enhances "$@" |
	grep '^lib' | sort -u | while read -r p; do
		dpkg-query -W -f '${db:Status-Status}\n' "$p" 2>/dev/null |
		    grep -q '^installed$' || echo "$p"
	done
}

# Download and unpack the packages; one that apt cannot download (a virtual
# name, the other half of an alternative) is left out: ldd has the last word.
unpack() {
	mkdir -p "$LAB/debs" "$ROOT"
	(
		cd "$LAB/debs"
		apt-get download "$@" >apt.log 2>&1 ||
		for p in "$@"; do
			apt-get download "$p" >>apt.log 2>&1 || :
		done
	)
	for deb in "$LAB"/debs/*.deb; do
		[ -e "$deb" ] || fail "nothing could be downloaded:" \
		    "see $LAB/debs/apt.log (does apt have its lists?)"
		dpkg-deb -x "$deb" "$ROOT"
	done
	# Set-user-ID of whoever unpacked it is of no use, and the loader would
	# not look into LD_LIBRARY_PATH.
	find "$ROOT" -type f -perm /6000 -exec chmod u-s,g-s {} +
}

# Every directory of the unpacked tree that holds shared libraries of ours.
library_path() {
	[ -d "$ROOT" ] || return 0
	top=$(cd "$ROOT" && pwd)
	echo "$top/usr/lib/$triplet:$top/lib/$triplet:$top/usr/lib/postfix"
}

find_installed() {
	PATH=$PATH:/usr/sbin:/sbin command -v "$1" 2>/dev/null ||
	    { [ -r "/$2" ] && echo "/$2"; } || :
}

wanted=
while read -r name package path; do
	[ -n "$name" ] || continue
	[ -n "$(find_installed "$name" "$path")" ] && continue
	package=$(one_of "$package")
	case " $wanted " in
	*" $package "*) ;;
	*) wanted="$wanted $package" ;;
	esac
done <<EOT
$list
EOT

stamp="$(cksum <"$0")$wanted"
if [ -f "$LAB/stamp" ] && [ "$(cat "$LAB/stamp")" = "$stamp" ]; then
	exit 0
fi
mkdir -p "$LAB"
rm -rf "$ROOT" "$LAB/debs"
if [ -n "$wanted" ]; then
	for tool in apt-get apt-cache dpkg-deb dpkg-query; do
		command -v $tool >/dev/null ||
		    fail "no $tool here: install these yourself:$wanted"
	done
	echo "fetch.sh: unpacking under $ROOT:$wanted"
	# shellcheck disable=SC2086 # a list of words
	libraries=$(missing_libraries $wanted)
	# shellcheck disable=SC2086
	unpack $wanted $libraries
fi

library_path >"$LAB/libraries"
bad=
: >"$LAB/servers"
while read -r name package path; do
	[ -n "$name" ] || continue
	found=$(find_installed "$name" "$path")
	if [ -z "$found" ]; then
		found=$(cd "$ROOT" && pwd)/$path
		if [ ! -r "$found" ]; then
			may_lack "$name" || fail "$package holds no $path"
			continue
		fi
		lost=$(LD_LIBRARY_PATH=$(cat "$LAB/libraries") \
		    ldd "$found" 2>/dev/null |
		    awk '/not found/ { print $1 }')
		[ -z "$lost" ] || bad="$bad $name($lost)"
	fi
	echo "$name $found" >>"$LAB/servers"
done <<EOT
$list
EOT
[ -z "$bad" ] || fail "libraries are missing:$bad"
rm -rf "$LAB/debs"
echo "$stamp" >"$LAB/stamp"
