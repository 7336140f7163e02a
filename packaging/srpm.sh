#!/bin/sh
# srpm.sh VERSION BUILD: the RPM source package under BUILD/rpm, from the
# tarball that `make dist` made.  The same tarball gives the same bytes.
set -eu
umask 022
LC_ALL=C
export LC_ALL

version=$1
mkdir -p "$2/rpm"
build=$(cd "$2" && pwd)
name=mxvigil-$version
tarball=$build/dist/$name.tar.gz
sources=$build/rpm/sources

command -v rpmbuild >/dev/null || {
	echo "srpm.sh: no rpmbuild: install rpm-build (in Debian: rpm)" >&2
	exit 1
}

# What the package says of itself is what its tarball says.
rm -rf "$sources"
mkdir "$sources"
tar -x -C "$sources" -f "$tarball" --strip-components=2 \
    "$name/packaging/rpm/mxvigil.spec.in" \
    "$name/packaging/systemd/mxvigil.sysusers"
mv "$sources/systemd/mxvigil.sysusers" "$sources"
SOURCE_DATE_EPOCH=$(stat -c %Y "$sources/mxvigil.sysusers")
export SOURCE_DATE_EPOCH
today=$(date -u -d "@$SOURCE_DATE_EPOCH" '+%a %b %d %Y')
sed -e "s/@VERSION@/$version/g" -e "s/@DATE@/$today/g" \
    "$sources/rpm/mxvigil.spec.in" >"$sources/mxvigil.spec"
rm -r "$sources/rpm" "$sources/systemd"
cp "$tarball" "$sources"
touch -d "@$SOURCE_DATE_EPOCH" "$sources"/*

rpmbuild -bs --nodeps --quiet --define "_topdir $sources" \
    --define "_sourcedir $sources" --define "_srcrpmdir $build/rpm" \
    --define 'dist %{nil}' --define '_buildhost localhost' \
    --define 'use_source_date_epoch_as_buildtime 1' "$sources/mxvigil.spec"
rm -r "$sources"
echo "$build/rpm/$name-1.src.rpm"
