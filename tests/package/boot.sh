#!/bin/sh
# boot.sh ROOT SECONDS COMMAND: start the systemd that is installed under ROOT,
# have it run COMMAND when all else is up, and end it.  What COMMAND says is
# printed, and its exit status is ours; 124 when it did not end in time.
#
# It is PID 1 of namespaces of its own (mounts, processes, network, cgroups),
# and its root is a mount of its own, not a chroot, in which the kernel would
# refuse the user namespaces that units ask for.  Needs root and systemd and
# dbus under ROOT.
# shellcheck disable=SC2016 # what is quoted is for the shells inside
set -eu

root=$1
seconds=$2
command=$3

unit=$root/etc/systemd/system/mxvigil-boot-test.service
wants=$root/etc/systemd/system/multi-user.target.wants
said=$root/root/boot-said
status=$root/root/boot-status

mkdir -p "$wants"
rm -f "$said" "$status"
cat >"$unit" <<E2
[Unit]
After=multi-user.target
[Service]
Type=oneshot
ExecStart=/bin/sh /root/boot-command
E2
cat >"$root/root/boot-command" <<E2
exec >/root/boot-said 2>&1
ip link set lo up
(
$command
)
echo \$? >/root/boot-status
kill -RTMIN+4 1
E2
ln -sf ../mxvigil-boot-test.service "$wants/"
: >"$root/etc/machine-id"

begin='
root=$1
groups=$(mktemp -d)
mount -t cgroup2 cgroup2 "$groups"
mkdir "$groups/mxvigil.$$"
echo $$ >"$groups/mxvigil.$$/cgroup.procs"
unshare --mount --pid --net --uts --ipc --cgroup --fork --kill-child \
    --propagation private sh -e -c "$2" begin "$root" || :
echo $$ >"$groups/cgroup.procs"
find "$groups/mxvigil.$$" -depth -type d -exec rmdir {} +
'
inside='
root=$1
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
mount -t tmpfs tmpfs "$root/run"
mount -t tmpfs tmpfs "$root/dev"
for name in null zero full random urandom tty; do
	touch "$root/dev/$name"
	mount --bind "/dev/$name" "$root/dev/$name"
done
mkdir "$root/dev/pts" "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=666 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
cd "$root"
mkdir -p old-root
pivot_root . old-root
umount -l old-root
exec env -i container=mxvigil PATH=/usr/sbin:/usr/bin:/sbin:/bin \
    /lib/systemd/systemd --system
'
timeout -k 5 "$seconds" unshare --mount --propagation private \
    sh -e -c "$begin" begin "$root" "$inside" </dev/null >"$said.boot" 2>&1 ||
    :
rm -f "$unit" "$wants/mxvigil-boot-test.service"
cat "$said" 2>/dev/null || cat "$said.boot"
[ -f "$status" ] || exit 124
exit "$(cat "$status")"
