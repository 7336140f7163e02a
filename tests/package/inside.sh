#!/bin/sh
# inside.sh VERSION TEST: what chroot.sh does inside of a fresh Debian, from
# which there is no way back.  All that programs say goes to /root/log.
# shellcheck disable=SC2016,SC2317 # ${Version} is dpkg's; step calls functions
set -u

version=$1
test=$2
source=/root/mxvigil-$version
log=/root/log
passed=0
failed=0
now=$(date +%s)

ok() {
	passed=$((passed + 1))
	echo "ok $* ($(($(date +%s) - now)) s)"
	now=$(date +%s)
}

not_ok() {
	failed=$((failed + 1))
	echo "not ok $*"
	sed 's/^/# /' "$log.step" | tail -n 40
	now=$(date +%s)
}

# step WHAT COMMAND...: it must succeed.
step() {
	what=$1
	shift
	"$@" >"$log.step" 2>&1 </dev/null
	result=$?
	{ echo "=== $what" && cat "$log.step"; } >>"$log"
	if [ $result -eq 0 ]; then ok "$what"; else not_ok "$what"; fi
	return $result
}

# Nothing that follows would tell anything.
must() {
	step "$@" || finish
}

finish() {
	echo "$passed $failed" >/root/totals
	exit
}

apt() {
	apt-get -q -y --no-install-recommends "$@"
}

# ------------------------------------------------------------ from nothing

# The first of the two commands, up to a page with domains that were looked at.
make_run() {
	cd "$source" || return 1
	setsid make run >/root/run.log 2>&1 &
	run=$!
	tries=0
	until page_is_there && all_are_judged; do
		tries=$((tries + 1))
		if [ "$tries" -gt 600 ] || ! kill -0 "$run" 2>/dev/null; then
			cat /root/run.log
			kill -INT "-$run"
			return 1
		fi
		sleep 1
	done
	cat /root/run.log
	kill -INT "-$run"
	wait "$run"
	end=$(($(date +%s) + 20))
	while pgrep -x mxvigil || pgrep -x nsd; do
		[ "$(date +%s)" -lt "$end" ] || return 1
		sleep 0.2
	done
}

page_is_there() {
	url=$(sed -n 's/.*The status page: \(http[^ ]*[0-9]\/\).*/\1/p' \
	    /root/run.log | head -n 1)
	[ -n "$url" ] && python3 - "$url" <<'PY'
import sys
import urllib.request

try:
    with urllib.request.urlopen(sys.argv[1], timeout=5) as reply:
        text = reply.read().decode()
except OSError:
    sys.exit(1)
sys.exit("bakery.test" not in text)
PY
}

# As its own words tell to do it in another terminal.
all_are_judged() {
	build/release/mxvigil status --format json \
	    -f /root/.local/state/mxvigil/lab/mxvigil.yaml |
	    python3 -c '
import json, sys
counts = json.load(sys.stdin)["domains"]
sys.exit(counts["ok"] == 0 or counts["pending"] > 0)'
}

# -Werror ends the build with the first, but for those of the linker.
no_warnings() {
	! grep -E '^[^ ]*:([0-9]+:)* (warning|error):' /root/run.log &&
	    ! grep 'not found' /root/run.log
}

# What a tarball makes of itself is that tarball again; another gzip than that
# which packed it may pack it in another way.
dist_again() {
	cd "$source" && make -s dist &&
	    zcat "build/dist/mxvigil-$version.tar.gz" >/root/again.tar &&
	    zcat "/root/mxvigil-$version.tar.gz" | cmp - /root/again.tar
}

# ---------------------------------------------------------------- packages

build_dependencies() {
	apt install dpkg-dev debhelper || return 1
	mkdir -p /root/dep && cp -a "$source/packaging/debian" /root/dep/debian
	cd /root/dep && apt build-dep ./
}

build_now() {
	cd "$source" && make -s deb && mv build/deb /root/now
}

# The same program as a version before, whose example file is another one.
build_before() {
	mkdir /root/before
	cp -a "/root/now/mxvigil-$version" /root/before/
	cp /root/now/*.orig.tar.gz /root/before/
	cd "/root/before/mxvigil-$version" || return 1
	sed -i "1s/(.*)/($version~before-1)/" debian/changelog
	sed -i '1s/^/# As it was before.\n/' config/mxvigil.yaml
	DEB_BUILD_OPTIONS="nocheck parallel=$(nproc)" \
	    dpkg-buildpackage -us -uc -b
}

deb() {
	ls /root/"$1"/"$2"_*.deb
}

# Everything but what apt, dpkg and the log remember.
snapshot() {
	find / -xdev \( -path /proc -o -path /sys -o -path /dev \
	    -o -path /root -o -path /tmp -o -path /var/lib/apt \
	    -o -path /var/cache -o -path /var/log -o -path /var/lib/dpkg \
	    -o -path /run \) -prune -o -printf '%y %M %u:%g %p\n' | sort
}

install_before() {
	apt install "$(deb before mxvigil)" "$(deb before mxvigil-plugin)"
}

# said WANTED COMMAND...: it prints exactly this.
said() {
	wanted=$1
	shift
	got=$("$@" 2>&1)
	echo "$*: $got"
	[ "$got" = "$wanted" ]
}

is_installed() {
	said "mxvigil $version" mxvigil --version &&
	    said 'mxvigil:mxvigil 700' stat -c '%U:%G %a' /var/lib/mxvigil &&
	    said 'root:mxvigil 750' stat -c '%U:%G %a' /etc/mxvigil/secrets &&
	    said 'root:root 644' stat -c '%U:%G %a' \
	        /etc/mxvigil/mxvigil.yaml &&
	    said 'root:root 755' stat -c '%U:%G %a' \
	        /usr/lib/nagios/plugins/check_mxvigil &&
	    getent passwd mxvigil && is_enabled &&
	    mxvigil config check -f /etc/mxvigil/mxvigil.yaml
}

is_enabled() {
	[ -L /etc/systemd/system/multi-user.target.wants/mxvigil.service ]
}

# systemd as it is here reads the unit without a complaint.
unit_is_good() {
	out=$(systemd-analyze verify mxvigil.service 2>&1)
	echo "$out"
	! echo "$out" | grep mxvigil
}

libraries() {
	ldd /usr/lib/nagios/plugins/check_mxvigil
	! ldd /usr/lib/nagios/plugins/check_mxvigil |
	    grep -E 'sqlite|microhttpd'
}

manuals() {
	for page in $(dpkg -L mxvigil mxvigil-plugin |
	    grep '/man/.*\.gz$'); do
		zcat "$page" | grep -q '^\.Sh NAME' || {
			echo "$page"
			return 1
		}
	done
}

in_lab() {
	cd "$source" && python3 tests/lab/lab.py run build/lab/package -- \
	    python3 tests/package/installed.py "$@"
}

# Its lines are counted as lines of ours.
lab_steps() {
	in_lab "$@" >"$log.step" 2>&1
	result=$?
	{ echo "=== lab: $*" && cat "$log.step"; } >>"$log"
	good=$(grep -c '^ok ' "$log.step")
	bad=$(grep -c '^not ok ' "$log.step")
	[ $result -eq 0 ] || [ "$bad" -gt 0 ] || bad=1
	if [ "$bad" -eq 0 ]; then grep '^ok ' "$log.step"
	else cat "$log.step"; fi
	passed=$((passed + good))
	failed=$((failed + bad))
}

upgrade() {
	sha256sum /etc/mxvigil/mxvigil.yaml >/root/conffile
	apt -o Dpkg::Options::=--force-confdef \
	    -o Dpkg::Options::=--force-confold install \
	    "$(deb now mxvigil)" "$(deb now mxvigil-plugin)"
}

is_upgraded() {
	said "$version-1" dpkg-query -W -f '${Version}' mxvigil &&
	    sha256sum -c /root/conffile &&
	    ls -l /etc/mxvigil/mxvigil.yaml.dpkg-dist \
	        /var/lib/mxvigil/mxvigil.db /etc/mxvigil/secrets/hook.url
}

remove() {
	apt remove mxvigil mxvigil-plugin
}

stays() {
	for path in /etc/mxvigil/mxvigil.yaml /etc/mxvigil/secrets/hook.url \
	    /var/lib/mxvigil/mxvigil.db \
	    /etc/nagios-plugins/config/mxvigil.cfg; do
		[ -e "$path" ] || { echo "gone: $path" && return 1; }
	done
	sha256sum -c /root/conffile
}

goes() {
	left=$(find /usr /lib -path '*mxvigil*' ! -path '*/lintian/*')
	echo "$left"
	[ -z "$left" ]
}

install_again() {
	apt install "$(deb now mxvigil)" "$(deb now mxvigil-plugin)"
}

purge() {
	apt purge mxvigil mxvigil-plugin
}

# What was not there before, and what is no more.  The lists of users differ by
# one, and systemd's and dpkg's helpers leave folders without a file.
nothing_left() {
	snapshot >/root/after
	diff /root/clean /root/after >/root/diff
	cat /root/diff
	! grep '^[<>]' /root/diff | grep -v -E ' /etc/(passwd|group|g?shadow)-$'
}

user_stays() {
	said mxvigil id -un mxvigil
}

make_test() {
	cd "$source" && make test
}

# --------------------------------------------------------------------- all

: >"$log"
# shellcheck source=/dev/null # it is the chroot's
. /etc/os-release
echo "# $PRETTY_NAME, $(nproc) processors"
cd /root || exit 1
must "the tarball unpacks" tar -xf "mxvigil-$version.tar.gz"
must "apt-get update" apt-get -q update
must "README: apt-get install -y make" apt-get install -y make
must "README: make run, until its page shows the lab's domains; ended, \
nothing runs on" make_run
step "no compiler has a warning ($(gcc -dumpfullversion), c-ares \
$(dpkg-query -W -f '${Version}' libc-ares-dev))" no_warnings
step "make dist, outside git: the same tarball" dist_again
[ "$test" = no ] || step "README: make test" make_test

must "what the package needs to be built" build_dependencies
must "make deb${DEB_BUILD_OPTIONS:+ ($DEB_BUILD_OPTIONS)}, with its unit \
tests unless nocheck" build_now
must "the version before, built" build_before

must "what it depends on" apt install systemd ca-certificates
snapshot >/root/clean
must "apt install: the version before" install_before
step "user, folders, modes, unit enabled, configuration good" is_installed
step "systemd-analyze verify" unit_is_good
step "the plugin: without SQLite and libmicrohttpd" libraries
step "every manual page is one" manuals
lab_steps idle check alert
must "apt upgrade, with an edited configuration" upgrade
step "upgraded; configuration, secret and store are as they were" is_upgraded
lab_steps history
must "apt remove" remove
step "that keeps configuration, secrets, store" stays
step "and leaves no program, unit, page" goes
must "apt install, once more" install_again
lab_steps history
must "apt purge" purge
step "nothing is left but the user" nothing_left
step "the user stays, as policy is" user_stays

must "apt install, for systemd to start it" apt install dbus \
    "$(deb now mxvigil)" "$(deb now mxvigil-plugin)"
touch /root/can-boot
finish
