"""OpenSMTPD in the lab: given messages, and what its log says.

Its spool, socket and users are fixed when it is built.  So it lives in a root
of its own, where /usr and the like are the system's and the rest is empty, and
each message in an instance of its own: some peers kill it, and what it learns
about a host with one domain must not count for another.
"""

import os
import re
import smtplib
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import mtas
import plan

PASSWD = """root:x:0:0::/:/bin/sh
opensmtpd:x:60028:60028::/var/lib/opensmtpd/empty:/usr/sbin/nologin
opensmtpq:x:60029:60029::/var/lib/opensmtpd/empty:/usr/sbin/nologin
"""
CONFIG = """listen on 127.0.0.1 port $port
action "out" relay helo "monitor.lab"
match from any for any action "out"
"""

# Its timers are fixed too, at five minutes: who waits longer than this has
# met a peer that says nothing.
PATIENCE = 25
SIDE_BY_SIDE = 24


def host_at(address):
    """It logs addresses only."""
    return next((f"{name}.mx.lab" for name, host in plan.HOSTS.items()
                 if address in host.v4 + host.v6), address or "none")


class OpenSMTPD:
    """One message, one instance; each has a port and a spool."""

    program = "opensmtpd"

    LINE = re.compile(r"delivery evpid=.* relay=\"\S+(?: \((\S+)\))?\""
                      r".* result=\"(\w+)\" stat=\"(.*)\"$", re.M)
    STATUS = {"Ok": "sent", "TempFail": "deferred", "PermFail": "bounced"}

    def __init__(self):
        self.tools = mtas.find_tools()
        self.base = Path(plan.POSTFIX).parent / "opensmtpd"
        self.root = self.base / "root"
        self.smtpd = Path(self.tools.path(self.program))
        self.lend_system()
        self.fill_root()

    def lend(self, path):
        """The same folder in the other root."""
        below = self.root / str(path).lstrip("/")
        below.mkdir(parents=True)
        subprocess.run(["mount", "--rbind", path, below], check=True)

    def lend_system(self):
        self.root.mkdir(parents=True)
        for name in "bin dev lib lib32 lib64 libx32 proc sbin usr".split():
            path = Path("/", name)
            if path.is_symlink():
                (self.root / name).symlink_to(os.readlink(path))
            elif path.is_dir():
                self.lend(path)
        if self.tools.root in self.smtpd.parents:
            self.lend(self.tools.root)

    def fill_root(self):
        for name in ("etc/ssl/certs", "run", "tmp", "var/spool",
                     "var/lib/opensmtpd/empty"):
            (self.root / name).mkdir(parents=True, exist_ok=True)
        (self.root / "var/run").symlink_to("/run")
        etc = self.root / "etc"
        (etc / "passwd").write_text(PASSWD)
        (etc / "group").write_text(re.sub(r"(?m)(\w+:x:\d+:).*", r"\1",
                                          PASSWD))
        (etc / "hosts").write_text("127.0.0.1 localhost\n::1 localhost\n")
        (etc / "resolv.conf").write_text(Path("/etc/resolv.conf").read_text())
        (etc / "ssl/certs/ca-certificates.crt").write_text(
            Path(os.environ["LAB_CA"]).read_text())
        (etc / "smtpd.conf").write_text(CONFIG)

    def start(self, port, log):
        """With a spool and a socket that no other instance sees."""
        script = 'for d in var/spool run; do mount -t tmpfs -o mode=755 ' \
            'lab "$1/$d" || exit; done; exec chroot "$1" "$2" -d -v ' \
            '-D port="$3"'
        return subprocess.Popen(
            ["unshare", "--mount", "sh", "-c", script, "sh", self.root,
             self.smtpd, str(port)], stdin=subprocess.DEVNULL, stdout=log,
            stderr=log, env=self.tools.environment())

    def submit(self, port, domain):
        for _ in range(200):
            try:
                with smtplib.SMTP("127.0.0.1", port, "localhost") as client:
                    client.sendmail("", [f"postmaster@{domain}"],
                                    mtas.MESSAGE.format(domain))
                return
            except OSError:
                time.sleep(0.05)

    def send(self, job):
        number, domain = job
        path = self.base / f"{number}.log"
        with open(path, "wb") as log:
            child = self.start(2000 + number, log)
        try:
            self.submit(2000 + number, domain)
            end = time.monotonic() + PATIENCE
            while time.monotonic() < end and child.poll() is None:
                found = self.LINE.findall(path.read_text(errors="replace"))
                if found:
                    address, result, text = found[-1]
                    return (self.STATUS[result], host_at(address),
                            address, text)
                time.sleep(0.1)
        finally:
            alive = child.poll() is None
            child.terminate()
            child.wait()
        return ("waits" if alive else "dies"), "none", None, "no delivery"

    def deliver(self, domains):
        with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
            return dict(zip(domains, pool.map(self.send,
                                              enumerate(domains))))
