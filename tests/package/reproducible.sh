#!/bin/sh
# reproducible.sh BUILD: the tarball and the Debian packages, each made twice,
# in another folder, by another user's settings, at another time: same bytes?
#
# Varied are the folder and the length of its name, HOME, locale, time zone,
# umask, times of the files, number of jobs, order of the environment, and,
# where faketime is installed, the clock by a year.  Ends with "N passed, N
# failed".
# shellcheck disable=SC2030,SC2031 # each has an environment of its own
set -eu

BUILD=$(mkdir -p "$1/package" && cd "$1" && pwd)
here=$(cd "$(dirname "$0")/../.." && pwd)
version=$(make -s -C "$here" version)
passed=0
failed=0

# build FOLDER: with the rest of the environment as it is.
# shellcheck disable=SC2086 # the clock is several words
build() {
	rm -rf "$1"
	mkdir -p "$1"
	if ! {
		$clock make -s -C "$here" BUILD="$1" deb DEBFLAGS="-us -uc"
	} >"$1/log" 2>&1; then
		tail -n 30 "$1/log"
		echo "0 passed, 1 failed"
		exit 1
	fi
}

same() {
	if cmp "$one/$1" "$two/$1"; then
		passed=$((passed + 1))
		echo "ok $(sha256sum "$one/$1" | cut -c 1-64) ${1##*/}"
	else
		failed=$((failed + 1))
		echo "not ok ${1##*/}: diffoscope $one/$1 $two/$1"
	fi
}

one=$BUILD/package/one
two=$BUILD/package/and-the-other-of-the-two
clock=
jobs=$(nproc)

echo "# first: umask 022, C.UTF-8, UTC, one job"
(
	umask 022
	export LC_ALL=C.UTF-8 TZ=UTC HOME=/nonexistent/first
	export DEB_BUILD_OPTIONS="nocheck parallel=1"
	build "$one"
)
! command -v faketime >/dev/null || clock='faketime -f +372d'
echo "# second: umask 077, another language, time zone and home," \
    "$jobs jobs${clock:+, a year later}"
(
	umask 077
	export LC_ALL=de_DE.UTF-8 LANGUAGE=de TZ=Pacific/Kiritimati
	export HOME=/nonexistent/second SOMETHING_MORE=1
	export DEB_BUILD_OPTIONS="nocheck parallel=$jobs"
	build "$two"
)

for file in "dist/mxvigil-$version.tar.gz" \
    $(cd "$one" && echo deb/*.deb deb/*.dsc deb/*.debian.tar.xz); do
	same "$file"
done
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
