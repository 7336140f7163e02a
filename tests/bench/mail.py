"""What the benches of mail servers share: the load, the agent, and its peers.
A figure is sessions in a second of the client's CPU time: of all processes
that the client is, and of no server.
"""

import argparse
import http.client
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from common import Noise, call
from rows import Rows

PLAIN_PORT, TLS_PORT, EXPORTER = 2525, 2526, ("127.0.0.1", 9115)
# Processes of the load.  What a client pays for waking servers up is no cost
# of its own: one that is busy all the time is best, but TLS takes two.
PLAIN_SERVERS, TLS_SERVERS = 1, 2
WINDOW = 300                # dialogues at a time
HTTP_CLIENTS = 20
# Who shares a CPU with the servers pays less for waking them up: all clients
# are on the first one (smtprate takes care of its own), the servers elsewhere.
CPUS = sorted(os.sched_getaffinity(0))
ON_FIRST = ["taskset", "-c", str(CPUS[0])]
ELSEWHERE = ["taskset", "-c", ",".join(map(str, CPUS[2:] or CPUS))]
HOST = "m0.mx.lab"          # what the load's certificate is for

MODULES = """\
modules:
  plain:
    prober: tcp
    timeout: 20s
    tcp:
      query_response:
        - expect: "^220 ([^ ]+) ESMTP"
        - send: "EHLO monitor.lab\\r"
        - expect: "^250 "
        - send: "QUIT\\r"
  starttls:
    prober: tcp
    timeout: 20s
    tcp:
      query_response:
        - expect: "^220 ([^ ]+) ESMTP"
        - send: "EHLO monitor.lab\\r"
        - expect: "^250-STARTTLS"
        - send: "STARTTLS\\r"
        - expect: "^220"
        - starttls: true
        - send: "EHLO monitor.lab\\r"
        - expect: "^250 "
        - send: "QUIT\\r"
      tls_config: {{ca_file: {ca}, server_name: {host}}}
"""


def address(i):
    i = i % 2000 + 1
    return f"198.18.{128 + i // 256}.{i % 256}"


def pki(name):
    return str(Path(os.environ["LAB"]) / "pki" / name)


def cpu_of(pid):
    """Seconds of CPU time of a process, by its clock."""
    return time.clock_gettime((~pid << 3) | 2)


class Load:
    """The mail servers, plain and with STARTTLS."""

    def __init__(self, build):
        program = str(build / "release" / "smtpload")
        self.children = [self.start(program, PLAIN_PORT, PLAIN_SERVERS),
                         self.start(program, TLS_PORT, TLS_SERVERS,
                                    pki("wild.pem"), pki("wild.key"))]

    @staticmethod
    def start(program, port, servers, *tls):
        child = subprocess.Popen(
            [*ELSEWHERE, program, str(port), str(servers), *tls],
            stdout=subprocess.PIPE, text=True)
        if child.stdout.readline() != "ready\n":
            sys.exit("bench: smtpload did not come up")
        return child

    def end(self):
        for child in self.children:
            child.kill()
            child.wait()


class Exporter:
    """blackbox_exporter on one core, asked over connections that stay."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory()
        config = Path(self.folder.name) / "blackbox.yml"
        config.write_text(MODULES.format(ca=pki("ca.pem"), host=HOST))
        self.child = subprocess.Popen(
            [*ON_FIRST, "prometheus-blackbox-exporter", f"--config.file={config}",
             "--log.level=error", "--web.listen-address=%s:%d" % EXPORTER],
            env={**os.environ, "GOMAXPROCS": "1"}, stderr=subprocess.DEVNULL)
        self.wait()

    def wait(self):
        for _ in range(500):
            page = http.client.HTTPConnection(*EXPORTER)
            try:
                page.request("GET", "/-/healthy")
                page.getresponse().read()
                return
            except OSError:
                time.sleep(0.02)
            finally:
                page.close()
        sys.exit("bench: blackbox_exporter did not come up")

    def ask(self, module, port, numbers, good):
        page = http.client.HTTPConnection(*EXPORTER)
        for i in numbers:
            page.request("GET", f"/probe?module={module}&target="
                                f"{address(i)}:{port}")
            if b"\nprobe_success 1\n" in page.getresponse().read():
                good.append(i)
        page.close()

    def rate(self, module, port, sessions):
        good, before = [], cpu_of(self.child.pid)
        threads = [threading.Thread(
            target=self.ask,
            args=(module, port, range(n, sessions, HTTP_CLIENTS), good))
            for n in range(HTTP_CLIENTS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if len(good) != sessions:
            sys.exit(f"bench: blackbox_exporter: {sessions - len(good)} of "
                     f"{sessions} {module} probes failed")
        return sessions / (cpu_of(self.child.pid) - before)

    def end(self):
        self.child.kill()
        self.child.wait()
        self.folder.cleanup()


def told(words):
    """What smtplimit and smtprate print; every session must be good."""
    found = json.loads(call([str(word) for word in words]))
    if found["bad"]:
        sys.exit(f"bench: {words}: {found['bad']} sessions failed")
    return found


class Clients:
    def __init__(self, build):
        self.release = build / "release"

    def limit(self, sessions):
        found = told([*ON_FIRST, self.release / "smtplimit", PLAIN_PORT,
                      sessions, WINDOW])
        return found["good"] / found["cpu"]

    def agent(self, port, sessions, depth, workers=1):
        """Everything it tells, with the rates."""
        found = told([self.release / "smtprate", port, sessions, WINDOW,
                      depth, workers, pki("ca.pem")])
        return {**found, "rate": found["good"] / found["cpu"],
                "each": found["good"] / found["probes"] if workers else 0,
                "total": found["good"] / found["wall"]}

    @staticmethod
    def check_smtp(port, sessions, *words):
        """As a scheduler would: a process a check, some at a time."""
        targets = "".join(address(i) + "\n" for i in range(sessions))
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        call([*ON_FIRST, "xargs", "-P", "4", "-n", "1",
              "/usr/lib/nagios/plugins/check_smtp", "-t", "20", "-p",
              str(port), *words, "-H"], targets)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return sessions / (after.ru_utime + after.ru_stime -
                           before.ru_utime - before.ru_stime)


def ratios(mine, others):
    return [a / b for a, b in zip(mine, others)]


def options(text):
    parser = argparse.ArgumentParser(description=text, formatter_class=
                                     argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=Path)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    args.build = args.build.resolve()
    return args


def run(name, text, measure):
    """measure(args, clients, exporter, rows) with all of it up."""
    args, noise = options(text), Noise()
    load, exporter, rows = Load(args.build), Exporter(), Rows(name, args.json)
    try:
        measure(args, Clients(args.build), exporter, rows)
    finally:
        exporter.end()
        load.end()
    noise.tell()
    return 1 if rows.missed() else 0
