#!/bin/sh
# deb.sh VERSION BUILD [OPTION...]: Debian packages under BUILD/deb, from the
# tarball that `make dist` made.  The options go to dpkg-buildpackage; without
# any, binary packages are built and nothing is signed.
set -eu

version=$1
build=$(cd "$2" && pwd -P)
shift 2
[ $# -gt 0 ] || set -- -us -uc -b

for tool in dpkg-buildpackage dh; do
	command -v $tool >/dev/null || {
		echo "deb.sh: no $tool: apt-get install dpkg-dev debhelper" >&2
		exit 1
	}
done

# The tarball is the upstream source as it is; debian/ is laid over it.
rm -rf "$build/deb"
mkdir -p "$build/deb"
cp "$build/dist/mxvigil-$version.tar.gz" \
    "$build/deb/mxvigil_$version.orig.tar.gz"
tar -x -C "$build/deb" -f "$build/deb/mxvigil_$version.orig.tar.gz"
cd "$build/deb/mxvigil-$version"
cp -a packaging/debian debian
# What was said to the make that called this is not for the one inside.
unset MAKEFLAGS MFLAGS MAKEOVERRIDES MAKELEVEL BUILD
dpkg-buildpackage "$@"
