#!/bin/sh
# rpm.sh BUILD: the RPM source package built and looked into, on any system
# that has rpmbuild.
#
#	make srpm && tests/package/rpm.sh build
#
# On one that is not made of RPMs, what its macros would be is said here, the
# libraries are what the system has, and nothing is installed: the result is to
# be looked at, not to be used.  Prints a line for each thing that was looked
# at, and ends with "N passed, N failed".
# shellcheck disable=SC2317 # functions are called by look
set -eu
LC_ALL=C
export LC_ALL

[ $# -eq 1 ] || { echo "rpm.sh BUILD" >&2; exit 2; }
HERE=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$1" && pwd)
version=$(make -s -C "$HERE/../.." version)
source=$build/rpm/mxvigil-$version-1.src.rpm
top=$build/rpm/rebuilt
passed=0
failed=0

command -v rpmbuild >/dev/null || { echo "SKIP no rpmbuild"; exit 0; }
[ -f "$source" ] || { echo "rpm.sh: no $source: make srpm" >&2; exit 2; }

look() {
	what=$1
	shift
	if "$@" >"$top/said" 2>&1; then
		passed=$((passed + 1))
		echo "ok     $what"
	else
		failed=$((failed + 1))
		echo "FAILED $what"
		tail -n 40 "$top/said"
	fi
}

finish() {
	echo "$passed passed, $failed failed"
	[ $failed -eq 0 ]
	exit
}

# What Fedora has and others have not: compiler flags that contradict ours, and
# a trace of each macro in the scripts.
rebuild() {
	rpmbuild --rebuild --nodeps --define "_topdir $top" \
	    --define 'dist %{nil}' --define 'debug_package %{nil}' \
	    --define '__os_install_post %{nil}' \
	    --define '_libdir /usr/lib64' --define '_docdir /usr/share/doc' \
	    --define '_sharedstatedir /var/lib' \
	    --define '_unitdir /usr/lib/systemd/system' \
	    --define '_sysusersdir /usr/lib/sysusers.d' \
	    --define 'sysusers_create_compat() : user %{basename:%1}' \
	    --define 'systemd_post() : post %1' \
	    --define 'systemd_preun() : preun %1' \
	    --define 'systemd_postun_with_restart() : postun %1' \
	    --define "set_build_flags $flags" "$source"
}
fedora_c='-O2 -g -Werror=format-security -fcf-protection -flto=auto'
fedora_c="$fedora_c -Wp,-U_FORTIFY_SOURCE,-D_FORTIFY_SOURCE=3"
fedora_c="$fedora_c -ffat-lto-objects"
flags="CFLAGS='$fedora_c'; export CFLAGS"
flags="$flags; LDFLAGS='-Wl,-z,relro -Wl,--build-id=sha1'; export LDFLAGS"

package() {
	find "$top/RPMS" -name "$1-$version-1.*.rpm"
}

# Its files, each with mode and owner.
files() {
	owner='%{FILEUSERNAME}:%{FILEGROUPNAME}'
	rpm -qp --qf "[%{FILEMODES:perms} $owner %{FILENAMES}\\n]" \
	    "$(package "$1")"
}

has() {
	files "$1" >"$top/files"
	grep -Fx -e "$2" "$top/files" || { cat "$top/files"; return 1; }
}

has_not() {
	! files "$1" | grep -e "$2"
}

script() {
	rpm -qp --scripts "$(package mxvigil)" | grep -Fx ": $1"
}

kept() {
	rpm -qp --qf '[%{FILEFLAGS:fflags} %{FILENAMES}\n]' \
	    "$(package mxvigil)" |
	    grep -E '^[a-z]*c[a-z]*n[a-z]* /etc/mxvigil/mxvigil.yaml$'
}

# Each page, each shell.
documented() {
	for page in "$HERE"/../../packaging/man/*.[1578]; do
		name=${page##*/}
		[ "$name" = check_mxvigil.8 ] && continue
		files mxvigil | grep -F "/man${name##*.}/$name" ||
		    { echo "no $name"; return 1; }
	done
	for file in bash-completion/completions/mxvigil \
	    zsh/site-functions/_mxvigil \
	    fish/vendor_completions.d/mxvigil.fish; do
		files mxvigil | grep -F "/usr/share/$file" ||
		    { echo "no $file"; return 1; }
	done
}

# The plugin must not need what the daemon needs.
needs_not() {
	! rpm -qp --requires "$(package nagios-plugins-mxvigil)" |
	    grep -E "$1"
}

# What is in those of its files.
content() {
	rpm2archive - <"$(package "$1")" | tar -xzO --wildcards "$2"
}

names_its_plugin() {
	{ content nagios-plugins-mxvigil '*/nagios/*.cfg' &&
	    content nagios-plugins-mxvigil '*/icinga2/*.conf'; } \
	    >"$top/examples" || return 1
	grep -F /usr/lib64/nagios/plugins/check_mxvigil "$top/examples" &&
	    ! grep -F -e /usr/local -e /usr/bin/check_mxvigil "$top/examples"
}

licensed() {
	for name in mxvigil nagios-plugins-mxvigil; do
		files "$name" | grep -E "/licenses/${name}[^/]*/LICENSE\$" ||
		    return 1
	done
}

trusting() {
	for name in mxvigil nagios-plugins-mxvigil; do
		rpm -qp --requires "$(package "$name")" |
		    grep -Fx ca-certificates || return 1
	done
}

starts_it() {
	content mxvigil '*/mxvigil.service' |
	    grep -E '^ExecStart=/usr/bin/mxvigil run'
}

rm -rf "$top"
mkdir -p "$top"
look 'it builds, and checks itself' rebuild
[ $failed -eq 0 ] || finish
look 'two packages' test -f "$(package mxvigil)" -a \
    -f "$(package nagios-plugins-mxvigil)"
plugins=/usr/lib64/nagios/plugins
look 'the program' has mxvigil '-rwxr-xr-x root:root /usr/bin/mxvigil'
look 'the configuration is for the agent to read' \
    has mxvigil '-rw-r----- root:mxvigil /etc/mxvigil/mxvigil.yaml'
look 'the configuration is not replaced' kept
look 'secrets are not for everybody' \
    has mxvigil 'drwxr-x--- root:mxvigil /etc/mxvigil/secrets'
look 'the store is the agent'\''s alone' \
    has mxvigil 'drwx------ mxvigil:mxvigil /var/lib/mxvigil'
look 'the unit' has mxvigil \
    '-rw-r--r-- root:root /usr/lib/systemd/system/mxvigil.service'
look 'the unit starts what is installed' starts_it
look 'the user' has mxvigil \
    '-rw-r--r-- root:root /usr/lib/sysusers.d/mxvigil.conf'
look 'the user is made first' script 'user mxvigil.sysusers'
look 'systemd hears of the unit' script 'post mxvigil.service'
look 'it is stopped before it goes' script 'preun mxvigil.service'
look 'an upgrade starts it again' script 'postun mxvigil.service'
look 'every manual page, every shell' documented
look 'each has the licence' licensed
look 'each asks for trust anchors' trusting
look 'the plugin where Nagios looks' has nagios-plugins-mxvigil \
    "-rwxr-xr-x root:root $plugins/check_mxvigil"
look 'the plugin is not in the main package' has_not mxvigil check_mxvigil
look 'the plugin needs no SQLite and no web server' \
    needs_not 'sqlite|microhttpd|mxvigil'
look 'definitions for Nagios and Icinga name the plugin' names_its_plugin
if command -v rpmlint >/dev/null; then
	look 'rpmlint' rpmlint -c "$HERE/../../packaging/rpm/rpmlint.toml" \
	    "$source" "$top"/RPMS/*/*.rpm
else
	echo 'SKIP no rpmlint'
fi
finish
