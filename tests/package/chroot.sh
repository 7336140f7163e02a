#!/bin/sh
# chroot.sh DIST BUILD [--test] [--keep]: mxvigil from nothing, and as packages,
# in a fresh chroot of this release of Debian (bookworm, trixie).
#
#	make dist && tests/package/chroot.sh bookworm build
#
# Needs root, debootstrap, and the way to $MIRROR.  BUILD/package keeps the
# base system and what apt downloaded, so that the next time is faster; the
# chroot itself, BUILD/package/DIST, goes at the end unless --keep is said.
# --test runs `make test` as well, which takes long; DEB_BUILD_OPTIONS=nocheck
# in the environment leaves out the unit tests.
#
# Mounts and processes are in namespaces of their own and end with this script.
# What is done inside is in inside.sh, which prints one line for each thing
# seen; in the end boot.sh starts systemd there.  Ends with "N passed, N
# failed".
# shellcheck disable=SC2016 # what is quoted is for the shell inside
set -eu

fail() {
	echo "chroot.sh: $*" >&2
	exit 2
}

[ $# -ge 2 ] || fail "chroot.sh DIST BUILD [--test] [--keep]"
dist=$1
BUILD=$2
shift 2
test=no
keep=no
for word; do
	case $word in
	--test) test=yes ;;
	--keep) keep=yes ;;
	*) fail "$word: no such option" ;;
	esac
done

MIRROR=${MIRROR:-http://deb.debian.org/debian}
HERE=$(cd "$(dirname "$0")" && pwd)
cache=$(mkdir -p "$BUILD/package" && cd "$BUILD/package" && pwd)
version=$(make -s -C "$HERE/../.." version)
tarball=$BUILD/dist/mxvigil-$version.tar.gz
root=$cache/$dist

[ "$(id -u)" -eq 0 ] || fail "only root can make a chroot"
command -v debootstrap >/dev/null || fail "apt-get install debootstrap"
[ -f "$tarball" ] || fail "no $tarball: make dist"

if [ ! -f "$cache/$dist.tar" ]; then
	echo "# debootstrap $dist"
	rm -rf "$root"
	debootstrap --variant=minbase "$dist" "$root" "$MIRROR" \
	    >"$cache/$dist.debootstrap.log" 2>&1 ||
	    fail "debootstrap: see $cache/$dist.debootstrap.log"
	rm -f "$root"/var/cache/apt/archives/*.deb
	tar -c -C "$root" -f "$cache/$dist.tar.new" .
	mv "$cache/$dist.tar.new" "$cache/$dist.tar"
fi

rm -rf "$root"
mkdir -p "$root" "$cache/$dist-debs/partial"
tar -x -C "$root" -f "$cache/$dist.tar"
cat >"$root/etc/apt/sources.list" <<E2
deb $MIRROR $dist main
deb $MIRROR $dist-updates main
E2
# A chroot starts no services.
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod 755 "$root/usr/sbin/policy-rc.d"
cat /etc/resolv.conf >"$root/etc/resolv.conf"
# As the installer writes it.
printf '127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost\n' \
    >"$root/etc/hosts"
echo 'APT::Keep-Downloaded-Packages "true";' \
    >"$root/etc/apt/apt.conf.d/90keep"
cp "$tarball" "$HERE/inside.sh" "$root/root/"

enter='
mount --bind "$1" "$1"
mount -t proc proc "$1/proc"
mount --rbind /sys "$1/sys"
mount --rbind /dev "$1/dev"
mount --bind "$2" "$1/var/cache/apt/archives"
exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
    DEBIAN_FRONTEND=noninteractive DEB_BUILD_OPTIONS="$5" \
    chroot "$1" sh /root/inside.sh "$3" "$4"
'
unshare --mount --pid --fork --kill-child --propagation private \
    sh -e -c "$enter" enter "$root" "$cache/$dist-debs" "$version" "$test" \
    "${DEB_BUILD_OPTIONS:-}" </dev/null || :
[ -f "$root/root/totals" ] || fail "inside.sh did not come to its end"
read -r passed failed <"$root/root/totals"

# The unit with all that it forbids itself, which needs a systemd that runs.
if [ -f "$root/root/can-boot" ]; then
	what="systemd starts, reloads and restarts the unit; the page answers"
	if "$HERE/boot.sh" "$root" 60 "cd /root/now/mxvigil-$version
	    sh debian/tests/service" >"$root/root/log.boot" 2>&1; then
		passed=$((passed + 1))
		echo "ok $what"
	else
		failed=$((failed + 1))
		echo "not ok $what"
		sed 's/^/# /' "$root/root/log.boot"
	fi
	cat "$root/root/log.boot" >>"$root/root/log"
fi

cp "$root/root/log" "$cache/$dist.log"
echo "# all that was said: $cache/$dist.log"
[ "$keep" = yes ] || rm -rf "$root"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
