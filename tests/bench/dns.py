#!/usr/bin/env python3
"""What an answer costs: NS and MX of many domains through a real probe
process, beside massdns, blackbox_exporter and a bare client.

    lab.py run DIR -- dns.py BUILD [--massdns PATH] [--runs N] [--names N]
        [--json FILE] [--no-lines]

All of the DNS is dnsload.  A figure is answers in a second of CPU time (of the
core and of the probe, not of the server); each run asks all in turn, and a
ratio is of two figures of the same run.  Then the same behind slow lines
(delay.c) of which one question in a hundred is lost.  Exits 1 when a goal is
missed.
"""

import argparse
import http.client
import json
import os
import resource
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from common import Noise, process_ticks
from rows import Rows

RESOLVER = "198.18.250.53"
VANTAGES = [RESOLVER, "198.18.251.53", "198.18.252.53"]
WINDOW = 1000               # questions under way
TICK = os.sysconf("SC_CLK_TCK")
TRY_S = 1.5                 # of the agent, for one try
LINES = [(0.02, 1), (0.1, 1)]           # RTT in s, loss in percent

BLACKBOX = "127.0.0.1:9115"
MODULES = """\
modules:
  mx:
    prober: dns
    timeout: 5s
    dns:
      query_name: "d000001.test"
      query_type: "MX"
      preferred_ip_protocol: "ip4"
"""


class Load:
    """dnsload."""

    def __init__(self, build, *options):
        words = [build / "dnsload", "1000000", "60", "--workers", "2",
                 *options]
        self.child = subprocess.Popen([str(w) for w in words], text=True,
                                      stdout=subprocess.PIPE)
        if self.child.stdout.readline() != "ready\n":
            sys.exit("dns: dnsload did not start")

    def answers(self):
        self.child.send_signal(signal.SIGUSR1)
        return json.loads(self.child.stdout.readline())["answers"]

    def stop(self):
        self.child.kill()
        self.child.wait()


def cpu_of_children():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def run(words, **more):
    done = subprocess.run([str(w) for w in words], text=True, timeout=300,
                          capture_output=True, check=False, **more)
    if done.returncode != 0:
        sys.exit(f"dns: {words[0]}: exit status {done.returncode}: "
                 f"{(done.stdout + done.stderr)[-800:]}")
    return done.stdout


class Clients:
    """Each method asks once, and returns answers a second of CPU time."""

    def __init__(self, build, args, state, load):
        self.build, self.args, self.load = build, args, load
        names = [f"d{i:0{6 + i % 13}}.test" for i in range(args.names)]
        self.names = state / "names"
        self.names.write_text("".join(f"{name}\n" for name in names))
        self.queries = state / "queries"
        self.queries.write_text("".join(f"{name} MX\n" for name in names))
        self.resolvers = state / "resolvers"
        self.resolvers.write_text(RESOLVER + "\n")

    def ours(self, *, line=(), window=WINDOW // 2, names=None,
             servers=(RESOLVER,)):
        """The last of two passes: the answers are known by then."""
        out = run([*line, self.build / "dnsprobe", self.build / "mxvigil",
                   names or self.args.names, window, 2, *servers])
        return json.loads(out.splitlines()[-1])

    def probe(self):
        return self.ours()["per_cpu_s"]

    def three(self):
        return self.ours(servers=VANTAGES, window=WINDOW // 3,
                         names=self.args.names // 3)["per_cpu_s"]

    def client(self, name):
        out = run([self.build / name, self.args.names, WINDOW, RESOLVER])
        return json.loads(out)["per_cpu_s"]

    def limit(self):
        return self.client("dnslimit")

    def transport(self):
        return self.client("dnsrate")

    def child(self, words):
        """Of a peer: as the server has counted."""
        before, cpu = self.load.answers(), cpu_of_children()
        run(words)
        return (self.load.answers() - before) / (cpu_of_children() - cpu)

    def massdns(self):
        return self.child([self.args.massdns, "-r", self.resolvers, "-s",
                           WINDOW, "-t", "MX", "-o", "S", "--root", "-w",
                           "/dev/null", self.names])

    def dnsperf(self):
        """Its threads wait for each other in a loop: not what a question
        costs."""
        return self.child(["dnsperf", "-s", RESOLVER, "-d", self.queries,
                           "-q", WINDOW, "-T", 1, "-c", 1, "-n", 1])


class Blackbox:
    """The exporter, asked over connections that stay."""

    PROGRAM = "prometheus-blackbox-exporter"
    PROBES, CONNECTIONS = 2000, 4

    def __init__(self, state):
        if not shutil.which(self.PROGRAM):
            sys.exit(f"dns: {self.PROGRAM} is not installed")
        modules = state / "blackbox.yml"
        modules.write_text(MODULES)
        self.child = subprocess.Popen(
            [self.PROGRAM, f"--config.file={modules}",
             f"--web.listen-address={BLACKBOX}", "--log.level=error"],
            env={**os.environ, "GOMAXPROCS": "1"},
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + 20
        while not self.answers():
            if time.monotonic() > end:
                sys.exit("dns: blackbox_exporter does not answer")
            time.sleep(0.1)

    def answers(self):
        try:
            self.ask(1)
            return True
        except OSError:
            return False

    @staticmethod
    def ask(times):
        page = http.client.HTTPConnection(BLACKBOX, timeout=10)
        for _ in range(times):
            page.request("GET", f"/probe?module=mx&target={RESOLVER}")
            if b"probe_success 1" not in page.getresponse().read():
                sys.exit("dns: blackbox_exporter found nothing")
        page.close()

    def probe(self):
        folder = Path(f"/proc/{self.child.pid}")
        before = process_ticks(folder)
        threads = [threading.Thread(
            target=self.ask, args=(self.PROBES // self.CONNECTIONS,))
            for _ in range(self.CONNECTIONS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return self.PROBES * TICK / (process_ticks(folder) - before)

    def stop(self):
        self.child.kill()
        self.child.wait()


def take_turns(clients, runs):
    """What each returned, run by run."""
    found = {name: [] for name in clients}
    for _ in range(runs):
        for name, ask in clients.items():
            found[name].append(ask())
    return found


def ratios(found, name, peer):
    return [a / b for a, b in zip(found[name], found[peer])]


def compare(rows, clients, blackbox, args):
    """On one machine, without a delay."""
    turns = {"limit": clients.limit, "probe": clients.probe,
             "three": clients.three, "transport": clients.transport,
             "blackbox": blackbox.probe}
    if args.massdns:
        turns["massdns"] = clients.massdns
    if shutil.which("dnsperf"):
        turns["dnsperf"] = clients.dnsperf
    found = take_turns(turns, args.runs)
    for name, figures in found.items():
        print(f"dns       {name:10} {statistics.median(figures):10,.0f} "
              f"answers/CPU-s ({min(figures):,.0f} to {max(figures):,.0f})")
    if args.massdns:
        rows.row("NS+MX through the probe / massdns MX",
                 ratios(found, "probe", "massdns"), ">=", 1.5, "x",
                 figures=found)
    else:
        print("dns       no massdns: name one with --massdns PATH")
    rows.row("NS+MX through the probe / blackbox_exporter",
             ratios(found, "probe", "blackbox"), ">=", 100, "x",
             figures=found)
    for name, what in (("probe", "through the probe"),
                       ("three", "through the probe, three vantages"),
                       ("transport", "the transport alone")):
        rows.row(f"{what} / sendmmsg and recvmmsg",
                 ratios(found, name, "limit"), ">=", 0.75, "of limit",
                 figures=found)


def behind(rows, clients, rtt, loss, runs):
    """Each lost question holds up a domain for a try; that and the window
    allow for some rate, and nothing may take longer."""
    window, names = 500, 50000
    line = [clients.build / "delay", rtt * 500]
    found = [clients.ours(line=line, window=window, names=names)
             for _ in range(runs)]
    least = names * (rtt + 2 * loss / 100 * TRY_S) / window + TRY_S
    name = f"{rtt * 1000:.0f} ms and {loss} % loss: "
    rows.row(name + "time / what the window allows",
             [one["wall_s"] / least for one in found], "<=", 1.5, "x",
             found=found)
    rows.row(name + "not answered in three tries",
             [one["timeouts"] for one in found], "<=", 2, "answers")
    rows.row(name + "the longest answer",
             [one["longest_ms"] for one in found], "<=",
             rtt * 1000 + 100, "ms")


def options():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=Path)
    parser.add_argument("--names", type=int, default=100000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--massdns", type=Path, metavar="PATH",
                        default=os.environ.get("MASSDNS"),
                        help="the program, built by you ($MASSDNS)")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--no-lines", action="store_true",
                        help="leave the slow lines out")
    return parser.parse_args()


def main():
    args = options()
    build = args.build.resolve() / "release"
    rows, noise = Rows("dns", args.json), Noise()
    with tempfile.TemporaryDirectory() as folder:
        state = Path(folder)
        load, blackbox = Load(build), Blackbox(state)
        try:
            compare(rows, Clients(build, args, state, load), blackbox, args)
        finally:
            blackbox.stop()
            load.stop()
        for rtt, loss in () if args.no_lines else LINES:
            load = Load(build, "--loss", str(loss))
            try:
                behind(rows, Clients(build, args, state, load), rtt, loss,
                       min(args.runs, 3))
            finally:
                load.stop()
    noise.tell()
    return 1 if rows.missed() else 0


if __name__ == "__main__":
    sys.exit(main())
