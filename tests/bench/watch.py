#!/usr/bin/env python3
"""The daemon with many domains: what it takes, and how late it is.

    lab.py run DIR -- watch.py BUILD [--domains N] [--dns S] [--smtp S]
        [--authority S] [--intervals N] [--json FILE]

All of the DNS is dnsload, all mail servers are smtpload.  Three vantages.  It
exits 1 when one of the marks below is missed.
"""

import argparse
import http.client
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from common import Noise, process_ticks

PAGE = ("127.0.0.1", 9725)
SMTP_PORT = 2525
TICK = os.sysconf("SC_CLK_TCK")
LATE = "mxvigil_schedule_lateness_seconds"

# The marks.
START_S, LATE_S, RELOAD_S = 10, 1, 1

CONFIGURATION = """\
vantages:
  - {{name: one, resolver: "198.18.250.53"}}
  - {{name: two, resolver: "198.18.251.53"}}
  - {{name: three, resolver: "198.18.252.53"}}
domain_files: [domains.txt]
intervals: {{dns: {dns}s, smtp: {smtp}s, authority: {authority}s, tls: 6h}}
smtp: {{port: {port}, helo: monitor.lab}}
networks: {{allow: [198.18.0.0/15, "2001:db8::/32"]}}
rules: {{"tls.none": "off"}}
store: {{path: {state}/mxvigil.db}}
"""


def fetch(path):
    """What the page says, and how long that took; OSError: nothing."""
    started = time.monotonic()
    page = http.client.HTTPConnection(*PAGE, timeout=30)
    try:
        page.request("GET", path)
        reply = page.getresponse()
        text = reply.read().decode()
    except http.client.HTTPException as error:
        raise OSError(str(error)) from error
    finally:
        page.close()
    if reply.status != 200:
        raise OSError(f"{path}: {reply.status}")
    return text, time.monotonic() - started


def wait_for(what, ready, timeout, step=0.02):
    end = time.monotonic() + timeout
    while not (result := ready()):
        if time.monotonic() > end:
            sys.exit(f"watch: {what}: not after {timeout} s")
        time.sleep(step)
    return result


class Metrics:
    """One scrape."""

    LINE = re.compile(r"^(\w+)(?:\{([^}]*)\})? (\S+)$", re.M)

    def __init__(self):
        text, self.took = fetch("/metrics")
        self.size = len(text)
        self.value = {}
        few = "\n".join(line for line in text.split("\n")
                        if '{domain="' not in line)
        for name, labels, value in self.LINE.findall(few):
            self.value[name, labels] = float(value)

    def __call__(self, name, labels=""):
        return self.value.get((name, labels), 0.0)

    def late(self):
        """Upper bounds in seconds and how many were no later."""
        return sorted((float(labels[4:-1]), n)
                      for (name, labels), n in self.value.items()
                      if name == LATE + "_bucket")


def late_between(before, after):
    """Quantiles of what happened between two scrapes: each the upper bound
    of its bucket."""
    old = dict(before.late())
    rows = [(bound, n - old.get(bound, 0)) for bound, n in after.late()]
    total = rows[-1][1] if rows else 0
    return {name: next((b for b, n in rows if n >= part * total), 0)
            for name, part in (("p50", 0.5), ("p99", 0.99), ("max", 1))}


def memory(pid):
    """Resident megabytes, without what is shared with other processes."""
    found = dict(re.findall(r"(Rss|Private_Clean|Private_Dirty): +(\d+)",
                            Path(f"/proc/{pid}/smaps_rollup").read_text()))
    return (int(found["Private_Clean"]) + int(found["Private_Dirty"])) / 1024


def written(pid):
    """Bytes that a process had written to the disk."""
    text = Path(f"/proc/{pid}/io").read_text()
    return int(re.search(r"^write_bytes: (\d+)", text, re.M)[1])


class Commits(threading.Thread):
    """Counts how often the store was changed."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.path, self.n, self.going = path, 0, True

    def run(self):
        store = sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)
        last = None
        while self.going:
            now = store.execute("PRAGMA data_version").fetchone()[0]
            self.n += last is not None and now != last
            last = now
            time.sleep(0.02)
        store.close()


class Load:
    """dnsload and smtpload."""

    def __init__(self, build, domains, interval):
        self.dns = self.start(build / "dnsload", domains, interval)
        self.smtp = self.start(build / "smtpload", SMTP_PORT)

    @staticmethod
    def start(*words):
        child = subprocess.Popen([str(w) for w in words], text=True,
                                 stdout=subprocess.PIPE)
        if child.stdout.readline() != "ready\n":
            sys.exit(f"watch: {words[0]} did not start")
        return child

    def seen(self):
        self.dns.send_signal(signal.SIGUSR1)
        return json.loads(self.dns.stdout.readline())

    def stop(self):
        for child in (self.dns, self.smtp):
            child.kill()
            child.wait()


class Agent:
    def __init__(self, build, state, args):
        self.state, self.args = state, args
        self.list = state / "domains.txt"
        self.list.write_text("".join(f"d{i:06}.test\n"
                                     for i in range(args.domains)))
        path = state / "mxvigil.yaml"
        path.write_text(CONFIGURATION.format(
            dns=args.dns, smtp=args.smtp, authority=args.authority,
            port=SMTP_PORT, state=state))
        self.words = [build / "mxvigil", "run", "-f", path]
        self.log = open(state / "log", "w", encoding="utf-8")
        self.start()

    def start(self):
        self.started = time.monotonic()
        self.process = subprocess.Popen(self.words, stdout=self.log,
                                        stderr=self.log)

    def pids(self):
        pid = self.process.pid
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
        return [pid, *map(int, text.split())]

    def cpu(self):
        """Seconds: of the core, of the probe processes."""
        seconds = [process_ticks(Path(f"/proc/{pid}")) / TICK
                   for pid in self.pids()]
        return seconds[0], sum(seconds[1:])

    def memory(self):
        sizes = [memory(pid) for pid in self.pids()]
        return sizes[0], sum(sizes[1:])

    def answers(self):
        if self.process.poll() is not None:
            sys.exit((self.state / "log").read_text()[-3000:])
        try:
            return fetch("/")
        except OSError:
            return None

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)


class Bench:
    def __init__(self, args, state):
        build = args.build.resolve() / "release"
        self.args, self.report = args, {"domains": args.domains, "rows": []}
        self.load = Load(build, args.domains + 1, args.dns)
        self.agent = Agent(build, state, args)

    def tell(self, **facts):
        self.report.update(facts)

    # -------------------------------------------------------------- phases

    def start(self):
        wait_for("the page", self.agent.answers, 120)
        page = time.monotonic() - self.agent.started
        wait_for("the first question", lambda: self.load.seen()["looks"], 120)
        first = self.load.seen()["first_ms"] / 1000 - self.agent.started
        self.tell(page_s=page, first_probe_s=first)
        print(f"start: the page answers after {page:.2f} s, the first domain "
              f"is asked for after {first:.2f} s")

    def sample(self, seconds, name):
        """Let time pass; what the agent took meanwhile."""
        before, began = Metrics(), time.monotonic()
        cpu, bytes_before = self.agent.cpu(), written(self.agent.process.pid)
        commits = self.commits.n
        self.load.seen()
        pages = []
        while (left := began + seconds - time.monotonic()) > 0:
            time.sleep(min(5, left))
            pages.append(fetch("/")[1] * 1000)
        spent = time.monotonic() - began
        now, after = self.agent.cpu(), Metrics()
        core, probes = self.agent.memory()
        row = {
            "name": name, "seconds": spent,
            "looks_s": (after("mxvigil_looks_total") -
                        before("mxvigil_looks_total")) / spent,
            "core_cpu": (now[0] - cpu[0]) / spent,
            "probes_cpu": (now[1] - cpu[1]) / spent,
            "core_mb": core, "probes_mb": probes,
            "late": late_between(before, after),
            "lag_s": after("mxvigil_loop_lag_seconds"),
            "commits_min": (self.commits.n - commits) * 60 / spent,
            "written_mb_min": (written(self.agent.process.pid) -
                               bytes_before) / spent * 60 / 1e6,
            "page_ms": max(pages), "metrics_ms": after.took * 1000,
            "metrics_mb": after.size / 1e6,
            "pending": after("mxvigil_domains", 'verdict="pending"'),
            "waiting": after("mxvigil_tasks", 'state="waiting"'),
        }
        self.report["rows"].append(row)
        self.print_row(row)
        return row

    @staticmethod
    def print_row(row):
        late = row["late"]
        print(f"{row['name']:12} {row['seconds']:4.0f} s {row['looks_s']:6.0f} "
              f"looks/s, CPU {row['core_cpu']:.3f} core + "
              f"{row['probes_cpu']:.3f} probes, {row['core_mb']:.0f} + "
              f"{row['probes_mb']:.0f} MB, late p50 <= {late['p50']:g} s, p99 "
              f"<= {late['p99']:g} s, max <= {late['max']:g} s, lag "
              f"{row['lag_s']:.2f} s, store {row['commits_min']:.0f} commits "
              f"and {row['written_mb_min']:.1f} MB a minute, page "
              f"{row['page_ms']:.0f} ms, metrics {row['metrics_ms']:.0f} ms "
              f"({row['metrics_mb']:.0f} MB), {row['pending']:.0f} pending, "
              f"{row['waiting']:.0f} waiting", flush=True)

    def first_pass(self):
        """Until all have been judged, in pieces."""
        self.commits = Commits(self.agent.state / "mxvigil.db")
        self.commits.start()
        limit = time.monotonic() + self.args.first
        while time.monotonic() < limit:
            row = self.sample(min(20, self.args.dns), "first pass")
            if row["pending"] == 0:
                break
        took = time.monotonic() - self.agent.started
        self.tell(first_pass_s=took, first_pass_cpu=self.agent.cpu())
        print(f"first pass: {took:.0f} s ({row['pending']:.0f} pending), "
              "CPU-seconds %.1f core, %.1f probes" % self.agent.cpu())

    def reload(self):
        """One domain more: how long, and is any other looked at for it?"""
        seen = self.load.seen()
        pids = self.agent.pids()
        with open(self.agent.list, "a", encoding="utf-8") as names:
            names.write(f"d{self.args.domains:06}.test\n")
        started = time.monotonic()
        self.agent.process.send_signal(signal.SIGHUP)
        wait_for("the new domain", lambda: self.load.seen()["highest"] ==
                 self.args.domains, 120, 0.01)
        asked = self.load.seen()["newest_ms"] / 1000 - started
        page = fetch("/")[1]
        blocked = time.monotonic() - started
        spent, looks = self.watch_looks()
        early = self.load.seen()["early"] - seen["early"]
        usual = self.report["rows"][-1]["looks_s"]
        took = re.findall(r"loaded again.*", self.agent_log())
        self.tell(reload_asked_s=asked, reload_early=early,
                  reload_looks_s=looks, reload_usual_s=usual,
                  reload_same_probes=pids == self.agent.pids())
        print(f"reload: the new domain is asked for after {asked:.2f} s, the "
              f"page answered by {blocked:.2f} s (in {page * 1000:.0f} ms); "
              f"{early} domains were asked for before their time, "
              f"{looks:.0f} looks/s in the {spent:.0f} s after it ({usual:.0f} "
              f"before); probes "
              f"{'the same' if pids == self.agent.pids() else 'new'}; "
              f"{took[-1] if took else 'not in the log'}")

    def restart(self):
        """With everything that is remembered."""
        began = time.monotonic()
        self.agent.stop()
        ended = time.monotonic() - began
        looks = self.load.seen()["looks"]
        self.agent.start()
        wait_for("the page", self.agent.answers, 120)
        page = time.monotonic() - self.agent.started
        wait_for("a question",
                 lambda: self.load.seen()["looks"] > looks, 120)
        first = time.monotonic() - self.agent.started
        self.tell(end_s=ended, restart_s=max(page, first))
        print(f"restart: ended in {ended:.2f} s; the page answers after "
              f"{page:.2f} s, a domain is asked for after {first:.2f} s")

    def watch_looks(self):
        before, began = Metrics(), time.monotonic()
        time.sleep(10)
        after, spent = Metrics(), time.monotonic() - began
        return spent, (after("mxvigil_looks_total") -
                       before("mxvigil_looks_total")) / spent

    def agent_log(self):
        return (self.agent.state / "log").read_text()

    def verdict(self):
        late = max(row["late"]["p99"] for row in self.report["rows"])
        marks = [
            ("start", max(self.report["page_s"],
                          self.report["first_probe_s"],
                          self.report["restart_s"]), START_S),
            ("lateness p99", late, LATE_S),
            ("reload", self.report["reload_asked_s"], RELOAD_S),
            ("looked at because of it", self.report["reload_early"], 0),
        ]
        missed = [f"{name}: {value:.2f} > {mark}"
                  for name, value, mark in marks if value > mark]
        print("marks:", "; ".join(missed) or "all held")
        return 1 if missed else 0

    def run(self):
        self.start()
        self.first_pass()
        for i in range(self.args.intervals):
            self.sample(self.args.dns, f"interval {i + 1}")
        self.reload()
        self.tell(cpu=self.agent.cpu(), memory_mb=self.agent.memory())
        self.restart()
        seen = self.load.seen()
        print(f"dnsload: {seen['questions']} questions, "
              f"{self.load_cpu():.1f} CPU-seconds with smtpload")
        return self.verdict()

    def load_cpu(self):
        return sum(process_ticks(Path(f"/proc/{child.pid}")) / TICK
                   for child in (self.load.dns, self.load.smtp))

    def end(self):
        self.agent.stop()
        self.load.stop()
        if self.args.json:
            self.args.json.write_text(json.dumps(self.report) + "\n")


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=
                                     argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=Path)
    parser.add_argument("--domains", type=int, default=100000)
    parser.add_argument("--dns", type=int, default=60, metavar="SECONDS")
    parser.add_argument("--smtp", type=int, default=60, metavar="SECONDS")
    parser.add_argument("--authority", type=int, default=600,
                        metavar="SECONDS")
    parser.add_argument("--intervals", type=int, default=2)
    parser.add_argument("--first", type=int, default=120, metavar="SECONDS",
                        help="the longest first pass")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--log", type=Path, metavar="FILE",
                        help="keep the agent's log")
    return parser.parse_args()


def main():
    args = options()
    noise = Noise()
    with tempfile.TemporaryDirectory(dir=args.build.resolve()) as state:
        bench = Bench(args, Path(state))
        try:
            status = bench.run()
        finally:
            bench.end()
            if args.log:
                args.log.write_text(bench.agent_log())
    noise.tell()
    return status


if __name__ == "__main__":
    sys.exit(main())
