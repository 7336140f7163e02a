#!/bin/sh
# dist.sh VERSION FOLDER: the source as FOLDER/mxvigil-VERSION.tar.gz.
#
# Of a git checkout what is tracked, as it is now; of an unpacked tarball what
# its MANIFEST names.  The same files give the same bytes, whoever packs them,
# and a tarball made from an unpacked one is that one again: sorted, of nobody,
# all of one time ($SOURCE_DATE_EPOCH, or that of the last commit).
set -eu
umask 022
LC_ALL=C
export LC_ALL

version=$1
folder=$2
name=mxvigil-$version
stage=$folder/stage

fail() {
	echo "dist.sh: $*" >&2
	exit 1
}

cd "$(dirname "$0")/.."
mkdir -p "$folder"
rm -rf "$stage"
mkdir "$stage" "$stage/$name"

if [ -e .git ]; then
	git ls-files | while read -r file; do
		[ ! -f "$file" ] || echo "$file"
	done >"$stage/list"
	when=$(git log -1 --format=%ct)
elif [ -f MANIFEST ]; then
	cp MANIFEST "$stage/list"
	when=$(stat -c %Y MANIFEST)
else
	fail "neither .git nor MANIFEST: what belongs to the source?"
fi
when=${SOURCE_DATE_EPOCH:-$when}

# A path that git quotes, or that is cut here, would be missing in silence.
grep -q '["[:space:]]' "$stage/list" && fail "a path with a blank or a quote"
sort -u "$stage/list" >"$stage/$name/MANIFEST"
tar -c -T "$stage/$name/MANIFEST" | tar -x -C "$stage/$name"
tar -c -C "$stage" --format=gnu --sort=name --owner=0 --group=0 \
    --numeric-owner --mode=u=rwX,go=rX --mtime="@$when" "$name" |
    gzip -n -9 >"$stage/tarball"
mv "$stage/tarball" "$folder/$name.tar.gz"
rm -r "$stage"
echo "$folder/$name.tar.gz"
