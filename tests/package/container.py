#!/usr/bin/env python3
"""The container image without a container engine: its steps done in a chroot,
and the result run as an engine would run it.

    tests/package/container.py BUILD

By hand, as root: `make container-test`.  BUILD/package/bookworm.tar is a
debootstrapped Debian 12, made when it is not there; BUILD/lab has the lab.
Downloads come from Debian's mirror.  The image runs in the lab, in namespaces
of its own: a read-only root without shells, the user of the image, no
capability, no new privileges, and only the volume to write in.  Prints a line
for each thing that was looked at, and ends with "N passed, N failed".
"""

import ctypes
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(HERE), str(HERE.parent / "lab")]
sys.dont_write_bytecode = True

import image                                                   # noqa: E402
import plan                                                    # noqa: E402

MIRROR = "http://deb.debian.org/debian"
PORT = 9725
GOOD, BAD = "t-healthy.test", "t-refusing.test"

CONFIGURATION = {
    "domains": [GOOD, BAD],
    "vantages": [{"name": kind, "resolver": plan.VANTAGES[kind]}
                 for kind in ("unbound", "pdns")],
    "intervals": {"dns": "3s", "smtp": "3s"},
    "smtp": {"helo": "monitor.lab"},
    "networks": {"allow": plan.LAB_NETWORKS},
    "alerts": {"dns": {"strikes": 2, "retry": ["500ms"], "span": "1s"},
               "smtp": {"strikes": 2, "retry": ["500ms"], "span": "1s"}},
    "http": {"listen": f"0.0.0.0:{PORT}", "public": True},
}

passed = failed = 0


def look(what, holds, told=""):
    global passed, failed
    passed, failed = passed + bool(holds), failed + (not holds)
    print("ok    " if holds else "FAILED", what, flush=True)
    if not holds and told:
        print(told, flush=True)


def end():
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


# ------------------------------------------------------------------ the image

def have_base(tarball: Path):
    if tarball.exists():
        return
    print("debootstrap bookworm …", flush=True)
    folder = tarball.with_suffix(".new")
    shutil.rmtree(folder, ignore_errors=True)
    tarball.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["debootstrap", "--variant=minbase", "bookworm", folder,
                    MIRROR], check=True, stdout=subprocess.DEVNULL)
    made = tarball.with_suffix(".tmp")
    subprocess.run(["tar", "-cf", made, "--one-file-system", "-C", folder,
                    "."], check=True)
    made.rename(tarball)
    shutil.rmtree(folder)


def version():
    return re.search(r"^VERSION := (.*)$", (ROOT / "Makefile").read_text(),
                     re.M)[1]


def look_at(made):
    config, root = made.config, made.root
    uid = config["USER"].split(":")[0]
    home = (root / config["VOLUME"].lstrip("/")).stat()
    look("the user is a number, and not root", int(uid) > 0, config["USER"])
    look("the volume is that user's alone",
         (str(home.st_uid), home.st_mode & 0o777) == (uid, 0o700), str(home))
    look("no compiler and no headers came along",
         not (root / "usr/bin/gcc").exists() and
         not (root / "usr/bin/make").exists() and
         not (root / "usr/include/uv.h").exists())
    look("no package lists are left",
         not any((root / "var/lib/apt/lists").iterdir()))
    look("it is labelled with the version", config["LABEL"].get(
        "org.opencontainers.image.version") == version(), str(config))
    look("the program is of that version", subprocess.run(
        ["chroot", root, "/usr/bin/mxvigil", "--version"],
        capture_output=True, text=True, check=False).stdout ==
        f"mxvigil {version()}\n")
    look("the port is that of the page", config["EXPOSE"] == str(PORT))


def build(build_folder: Path):
    folder = build_folder / "package"
    have_base(folder / "bookworm.tar")
    try:
        made = image.build(ROOT / "packaging/container/Containerfile", ROOT,
                           folder / "bookworm.tar", folder / "container",
                           {"VERSION": version()})
    except (RuntimeError, ValueError, AssertionError) as error:
        look("the Containerfile's steps", False, str(error))
        return None
    look(f"the Containerfile's steps, {made.steps} in the last stage", True)
    look_at(made)
    (folder / "container" / "config.json").write_text(json.dumps(made.config))
    return made


# ---------------------------------------------------------- into a container

MOUNTS = """
set -e
mount --make-rprivate /
mount --bind "$1" "$1"
mount --bind "$2" "$1/var/lib/mxvigil"
mount --bind "$3" "$1/etc/mxvigil"
mount -o remount,bind,ro "$1/etc/mxvigil"
mount --bind /etc/resolv.conf "$1/etc/resolv.conf"
mount -o remount,bind,ro "$1"
mount -t proc proc "$1/proc"
mount -t tmpfs -o mode=755,size=64k tmpfs "$1/dev"
for node in null zero full random urandom; do
    touch "$1/dev/$node"
    mount --bind "/dev/$node" "$1/dev/$node"
done
mount -o remount,ro "$1/dev"
for shell in dash bash; do
    mount --bind /dev/null "$1/usr/bin/$shell"
done
"""
PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS, LAST_CAP = 24, 38, 40


def enter(root, volume, etc, uid, gid, cwd, *words):
    """The container's first process, in namespaces that were made for it."""
    subprocess.run(["sh", "-c", MOUNTS, "sh", root, volume, etc], check=True)
    libc = ctypes.CDLL(None, use_errno=True)
    os.chroot(root)
    os.chdir(cwd)
    for capability in range(LAST_CAP + 1):
        libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)
    os.setgroups([])
    os.setgid(int(gid))
    os.setuid(int(uid))
    assert libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
    os.execve(words[0], words, {"PATH": image.PATH, "HOME": cwd})


class Container:
    """What `podman run` would start, from the notes of the build."""

    def __init__(self, folder: Path, volume: Path, etc: Path):
        self.config = json.loads((folder / "config.json").read_text())
        self.root, self.volume, self.etc = folder / "final", volume, etc
        self.user = self.config["USER"].split(":")
        self.process = None

    def command(self, words):
        return ["unshare", "--mount", "--pid", "--ipc", "--uts", "--fork",
                "--kill-child", "--", sys.executable, __file__, "enter",
                self.root, self.volume, self.etc, *self.user,
                self.config["WORKDIR"], *self.config["ENTRYPOINT"],
                *(words or self.config["CMD"])]

    def once(self, *words):
        return subprocess.run(self.command(words), capture_output=True,
                              text=True, timeout=60, check=False)

    def start(self, log):
        with open(log, "ab") as out:
            self.process = subprocess.Popen(
                self.command([]), stdin=subprocess.DEVNULL, stdout=out,
                stderr=out)

    def first(self):
        """Its process 1, by the number that it has out here."""
        pid = self.process.pid
        return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0]

    def health(self):
        """The health check, as the engine makes it: inside."""
        return subprocess.run(
            ["nsenter", "--target", self.first(), "--mount", "--pid",
             "--root", "--wd", "--setuid", self.user[0], "--setgid",
             self.user[1], "--", *self.config["HEALTHCHECK"]],
            capture_output=True, text=True, timeout=30, check=False)

    def signal(self, number):
        os.kill(int(self.first()), number)


def get(path):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/{path}",
                                    timeout=5) as reply:
            return reply.read().decode()
    except urllib.error.HTTPError as error:
        return error.read().decode()
    except OSError as error:
        return str(error)


def wait(holds, seconds=30):
    ends = time.monotonic() + seconds
    while not (answer := holds()) and time.monotonic() < ends:
        time.sleep(0.1)
    return answer


# ------------------------------------------------------------ seen from inside

def status_of(pid):
    return dict(line.split(":\t", 1) for line in
                Path(f"/proc/{pid}/status").read_text().splitlines()
                if ":\t" in line)


def look_at_processes(container):
    first = container.first()
    status = status_of(first)
    look("it runs as that user", status["Uid"].split() ==
         [container.user[0]] * 4, status["Uid"])
    look("without a capability, and never with one again",
         {status[k] for k in ("CapEff", "CapPrm", "CapBnd")} == {"0" * 16}
         and status["NoNewPrivs"] == "1", str(status))
    workers = Path(f"/proc/{first}/task/{first}/children").read_text().split()
    look("its probe processes have shut themselves in", workers and
         {status_of(w)["Seccomp"] for w in workers} == {"2"}, str(workers))


def verdict(domain):
    try:
        return json.loads(get(f"api/v1/domains/{domain}"))["check"]["verdict"]
    except (ValueError, KeyError, TypeError):
        return None


def look_at_daemon(container, log):
    container.start(log)
    look("the daemon is ready", wait(lambda: get("readyz") == "ready\n"),
         log.read_text(errors="replace"))
    health = container.health()
    look("the health check says that it is alive",
         (health.returncode, health.stdout) == (0, "alive\n"),
         health.stdout + health.stderr)
    look_at_processes(container)
    look(f"{GOOD} is ok", wait(lambda: verdict(GOOD) == "ok"), verdict(GOOD))
    look(f"{BAD} is critical", wait(lambda: verdict(BAD) == "critical"),
         str(verdict(BAD)))
    look("the store is in the volume",
         (container.volume / "mxvigil.db").exists())
    container.signal(signal.SIGHUP)
    look("it loads its configuration again", wait(
        lambda: "configuration loaded again" in log.read_text()))
    container.signal(getattr(signal, container.config["STOPSIGNAL"]))
    try:
        status = container.process.wait(10)
    except subprocess.TimeoutExpired:
        status = "it goes on"
    look("the stop signal ends it within ten seconds, well", status == 0,
         str(status))
    text = log.read_text(errors="replace")
    look("it never wanted to write elsewhere",
         "Read-only" not in text and "Permission denied" not in text, text)


def look_at_commands(container):
    rest = container.once("status", "--alive")
    look("the health check of a dead one fails", rest.returncode == 3,
         rest.stdout + rest.stderr)
    rest = container.once("history", BAD)
    look("what the volume remembers is there next time",
         rest.returncode == 0 and "deferred since" in rest.stdout,
         rest.stdout + rest.stderr)
    for domain, code in ((GOOD, 0), (BAD, 2)):
        rest = container.once("check", "-f", "/etc/mxvigil/mxvigil.yaml",
                              "--format", "nagios", domain)
        look(f"a check of {domain} exits with {code}",
             rest.returncode == code, rest.stdout + rest.stderr)


def in_lab(build_folder):
    folder = Path(build_folder) / "package" / "container"
    volume, etc = folder / "volume", folder / "etc"
    for path in (volume, etc):
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir()
    (etc / "mxvigil.yaml").write_text(json.dumps(CONFIGURATION))
    container = Container(folder, volume, etc)
    os.chown(volume, int(container.user[0]), int(container.user[1]))
    volume.chmod(0o700)
    log = folder / "log"
    log.unlink(missing_ok=True)
    look_at_daemon(container, log)
    look_at_commands(container)
    return end()


def main(words):
    if words[:1] == ["enter"]:
        enter(*words[1:])
    if words[:1] == ["in-lab"]:
        return in_lab(words[1])
    if len(words) != 1 or os.geteuid() != 0:
        sys.exit(__doc__)
    build_folder = Path(words[0]).resolve()
    if build(build_folder) is None:
        return end()
    lab = subprocess.run(
        [sys.executable, HERE.parent / "lab" / "lab.py", "run",
         build_folder / "lab" / "container", "--", sys.executable, __file__,
         "in-lab", build_folder], stdout=subprocess.PIPE, text=True,
        check=False)
    print(lab.stdout, end="")
    total = re.findall(r"(\d+) passed, (\d+) failed", lab.stdout)
    if lab.returncode != 0 and not total:
        look("the lab", False)
    print("in all: ", end="")
    global passed, failed
    for good, bad in total:
        passed, failed = passed + int(good), failed + int(bad)
    return end()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
