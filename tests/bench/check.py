#!/usr/bin/env python3
"""check --list with many domains: answers for a CPU-second, beside the rate of
the part dns.

    lab.py run DIR -- check.py BUILD [--domains N] [--times N] [--json FILE]

That is a probe process that looks up NS and MX of the same names at the same
resolvers, as the daemon has it done (dnsprobe); the two have turns.  How long
one domain takes behind a slow line is latency.py's.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import daemon

GOAL, WINDOW = 0.8, 300
VANTAGES = {"one": "198.18.250.53", "two": "198.18.251.53",
            "three": "198.18.252.53"}


def add_options(parser):
    parser.add_argument("--times", type=int, default=5)


def cpu_of_run(words):
    """CPU-seconds."""
    child = subprocess.Popen([str(word) for word in words],
                             stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = status
    code = os.waitstatus_to_exitcode(status)
    if code not in (0, 1, 2, 3):
        daemon.die(f"{words[0]}: {code}")
    return used.ru_utime + used.ru_stime


class Turns:
    def __init__(self, args, state, load):
        self.args, self.load = args, load
        self.list = state / "domains.txt"
        self.list.write_text("".join(daemon.name_of(i) + "\n"
                                     for i in range(args.domains)))
        self.release = args.build / "release"

    def check(self):
        """Answers for a CPU-second, and domains."""
        words = [self.release / "mxvigil", "check", "--list", self.list,
                 "--depth", "dns", "--format", "json"]
        for name, address in VANTAGES.items():
            words += ["--vantage", f"{name}={address}"]
        for network in ("198.18.0.0/15", "2001:db8::/32"):
            words += ["--allow-network", network]
        before = self.load.seen()["questions"]
        cpu = cpu_of_run(daemon.on_cores(self.args.cores, *words))
        questions = self.load.seen()["questions"] - before
        print(f"  check: {questions} questions, {cpu:.2f} CPU-s: "
              f"{questions / cpu:.0f} answers, {self.args.domains / cpu:.0f} "
              "domains a CPU-s", flush=True)
        return questions / cpu, self.args.domains / cpu

    def probe(self):
        words = daemon.on_cores(
            self.args.cores, self.release / "dnsprobe",
            self.release / "mxvigil", self.args.domains, WINDOW, 2,
            *VANTAGES.values())
        text = subprocess.run(words, stdout=subprocess.PIPE, check=True).stdout
        rate = json.loads(text.splitlines()[-1])["per_cpu_s"]
        print(f"  dnsprobe: {rate:.0f} answers a CPU-s", flush=True)
        return rate


def bench_of(args, rows):
    with daemon.tempfile.TemporaryDirectory(dir=args.build) as folder:
        state = Path(folder)
        load = daemon.Load(args, state, args.domains)
        try:
            turns = Turns(args, state, load)
            both = [(*turns.check(), turns.probe())
                    for _ in range(args.times)]
        finally:
            load.stop()
    ours, domains, theirs = zip(*both)
    rows.row("answers a CPU-s of check --list, to the part dns's",
             [a / b for a, b in zip(ours, theirs)], ">=", GOAL, "times",
             answers=ours, dns=theirs, domains=domains)


if __name__ == "__main__":
    options = daemon.options(__doc__, 100000, 60, add_options)
    if options.quick:
        options.domains, options.times = 10000, 2
    sys.exit(daemon.run("check", options, bench_of))
