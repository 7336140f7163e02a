#!/bin/sh
# deps.sh GROUP...: install the Debian packages of these groups that are
# missing, with sudo when not root.  Groups: build, run, lab, test, fuzz, lint.
# Nothing that serves a network is installed: the lab's servers are only
# unpacked, by tests/lab/fetch.sh.
set -eu

packages() {
	case $1 in
	build)
		echo gcc libc6-dev make libuv1-dev libc-ares-dev \
		    libcurl4-openssl-dev libssl-dev libyaml-dev \
		    libjansson-dev libidn2-dev libmaxminddb-dev \
		    libsqlite3-dev libmicrohttpd-dev ca-certificates
		;;
	run)
		echo python3
		;;
	lab)
		echo python3 openssl iproute2 nftables util-linux procps
		;;
	test)
		echo libcmocka-dev mandoc aspell aspell-en codespell jq \
		    zsh fish build-essential debhelper lintian
		;;
	fuzz)
		echo clang libclang-rt-14-dev llvm
		;;
	lint)
		echo clang clang-format clang-tidy cppcheck valgrind
		;;
	*)
		echo "deps.sh: unknown group $1" >&2
		exit 2
		;;
	esac
}

wanted=
for group; do
	wanted="$wanted $(packages "$group")"
done

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
	echo "This is no Debian.  What these Debian packages hold is needed:"
	for name in $wanted; do
		echo "  $name"
	done
	exit 0
fi

missing=
for name in $wanted; do
	state=$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null) ||
	    state=
	[ "$state" = installed ] || missing="$missing $name"
done
[ -n "$missing" ] || exit 0

echo "Installing:$missing"
as_root=
if [ "$(id -u)" -ne 0 ]; then
	if ! command -v sudo >/dev/null; then
		echo "This needs root, and there is no sudo.  As root:"
		echo "  apt-get install$missing"
		exit 1
	fi
	as_root=sudo
fi
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086 # words are meant
install() {
	$as_root apt-get install -y --no-install-recommends $missing
}
# The package lists may be missing or old: then once again with new ones.
install >/dev/null 2>&1 || { $as_root apt-get update -q && install; }
