"""Real MTAs of the lab that are given messages, and what their logs say.

Each has deliver(domains): one message with the empty sender for postmaster of
each domain, and {domain: (status, host, address, text)} of what came of them;
status is sent, deferred or bounced.
"""

import os
import re
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import plan
import servers

MESSAGE = "Subject: {}\n\nIs anybody there?\n"


def find_tools():
    lab = Path(os.environ["LAB"])
    return servers.Tools(lab if (lab / "servers").exists() else lab.parent)


class Postfix:
    """The instance that the lab has started."""

    program = "postfix-master"

    LINE = re.compile(r"to=<postmaster@([^>]+)>,.* relay=([^,\[]+)"
                      r"(?:\[([^\]]+)\])?.*"
                      r" status=(sent|deferred|bounced) \((.*)\)$")

    def __init__(self):
        self.tools = find_tools()
        self.base = Path(plan.POSTFIX)

    def submit(self, domain):
        etc = self.base / "etc"
        main = (etc / "main.cf").read_text()
        commands = Path(re.search(r"command_directory = (.*)", main)[1])
        subprocess.run(
            [commands / "sendmail", "-C", etc, "-f", "",
             f"postmaster@{domain}"], check=True, text=True,
            input=MESSAGE.format(domain),
            env={**self.tools.environment(), "MAIL_CONFIG": str(etc)})

    def results(self):
        found = {}
        log = (self.base / "mail.log").read_text(errors="replace")
        for line in log.splitlines():
            hit = self.LINE.search(line)
            if hit:
                found[hit[1]] = hit[4], hit[2].lower(), hit[3], hit[5]
        return found

    def deliver(self, domains, seconds=90):
        for domain in domains:
            self.submit(domain)
        end = time.monotonic() + seconds
        while True:
            found = self.results()
            if set(domains) <= set(found) or time.monotonic() > end:
                return found
            time.sleep(0.1)


# As Exim's own example configuration has it, with short timers.
EXIM = """keep_environment = LD_LIBRARY_PATH
exim_path = {exim}
spool_directory = SPOOL
log_file_path = SPOOL/%slog
primary_hostname = monitor.lab
untrusted_set_sender = *
begin routers
dnslookup:
  driver = dnslookup
  transport = remote_smtp
  ignore_target_hosts = 0.0.0.0 : 127.0.0.0/8 : ::1
  no_more
begin transports
remote_smtp:
  driver = smtp
  port = 25
  connect_timeout = 2s
  command_timeout = 4s
  data_timeout = 4s
  final_timeout = 4s
  hosts_try_dane =
begin retry
* * F,4d,30m
"""


class Exim:
    """Started once a message, with a spool of its own: what it learns about
    a host with one domain must not count for another."""

    program = "exim4"

    LINE = re.compile(r"\S+ (=>|==|\*\*) postmaster@\S+(.*)")
    PEER = re.compile(r" H=(\S+) \[([^\]]+)\]")
    STATUS = {"=>": "sent", "==": "deferred", "**": "bounced"}

    def __init__(self):
        self.tools = find_tools()
        self.base = Path(plan.POSTFIX).parent / "exim"
        self.exim = self.tools.path(self.program)
        self.base.mkdir(exist_ok=True)
        self.config = self.base / "exim.conf"
        self.config.write_text(EXIM.format(exim=self.exim))

    def run(self, spool, *words, text=""):
        subprocess.run([self.exim, "-C", self.config, f"-DSPOOL={spool}",
                        *words], input=text, text=True, timeout=120,
                       capture_output=True, env=self.tools.environment())

    def send(self, domain):
        """Taken and delivered in two calls: in one, Exim would call itself
        with more rights, and so without its unpacked libraries."""
        spool = self.base / domain
        spool.mkdir()
        servers.own(spool, "Debian-exim")
        self.run(spool, "-odq", "-f", "<>", f"postmaster@{domain}",
                 text=MESSAGE.format(domain))
        log = spool / "mainlog"
        if log.exists():
            self.run(spool, "-M", log.read_text().split()[2])
        return self.verdict(log)

    def verdict(self, log):
        found = "?", "none", None, "nothing in the log"
        for line in log.read_text(errors="replace").splitlines() \
                if log.exists() else ():
            hit = self.LINE.search(line)
            if hit:
                peer = self.PEER.search(hit[2]) or ("", "none", None)
                found = self.STATUS[hit[1]], peer[1].lower(), peer[2], hit[2]
        return found

    def deliver(self, domains):
        with ThreadPoolExecutor(32) as pool:
            return dict(zip(domains, pool.map(self.send, domains)))
