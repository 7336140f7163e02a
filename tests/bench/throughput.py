#!/usr/bin/env python3
"""Many domains in one call, beside a process for each question.

    lab.py run DIR -- throughput.py BUILD [--domains N] [--times N]

No delay: it is the cost that counts here.  The domains are names under a
wildcard of one zone: their MX records are questions of their own at every
resolver, but all name the same two mail servers, which the agent talks to
once for all of them and the plugins once for each.
"""

import argparse
import os
import resource
import sys
from pathlib import Path

from common import RESOLVER, Noise, Tools, ask, call, median, timed, wire
from rows import Rows

ZONE = "t-wildcard.test"
PROCESSES = 8


def cpu_seconds():
    """Of all processes that have ended below this one."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class Race:
    """One way to do it: wall time and CPU time of each run."""

    def __init__(self, name, run):
        self.name, self.run = name, run
        self.wall, self.cpu = [], []

    def go(self):
        before = cpu_seconds()
        self.wall.append(timed(self.run) / 1000)
        self.cpu.append(cpu_seconds() - before)

    def line(self, domains):
        wall, cpu = median(self.wall), median(self.cpu)
        return (f"{self.name:50}{domains / wall:10.0f} {wall:8.2f} "
                f"{min(self.wall):6.2f} {max(self.wall):6.2f} {cpu:8.2f}")


def races(tools, domains):
    names = "".join(f"d{i}.{ZONE}\n" for i in range(domains))
    hosts = [record[1].rstrip(".") for record in
             sorted(ask(f"d.{ZONE}", wire.MX).data(wire.MX))]
    addresses = [ip for host in hosts
                 for ip in ask(host, wire.A).data(wire.A)]
    talks = "".join(f"{addresses[i % len(addresses)]}\n"
                    for i in range(domains))

    def plugin(words, lines):
        call(["xargs", "-P", str(PROCESSES), "-I", "{}", *words], lines)

    def dig():
        plugin(tools.plugin("check_dig", "-H", RESOLVER, "-T", "MX", "-l",
                            "{}"), names)

    def both():
        dig()
        plugin(tools.plugin("check_smtp", "-S", "-H", "{}"), talks)

    return [
        Race("mxvigil check --list",
             lambda: call(tools.check("--list", "-"), names)),
        Race("mxvigil check --list --depth dns",
             lambda: call(tools.check("--depth", "dns", "--list", "-"), names)),
        Race(f"check_dig MX + check_smtp -S, xargs -P {PROCESSES}", both),
        Race(f"check_dig MX, xargs -P {PROCESSES}", dig),
    ]


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=
                                     argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=Path)
    parser.add_argument("--domains", type=int, default=500)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--json", type=Path, metavar="FILE")
    return parser.parse_args()


def ratios(theirs, ours):
    return [a / b for a, b in zip(theirs, ours)]


def main():
    args = options()
    noise = Noise()
    field = races(Tools(args.build.resolve()), args.domains)
    for _ in range(args.times):
        for race in field:
            race.go()
    print(f"\n{args.domains} domains, no delay, {args.times} times, "
          f"{os.cpu_count()} cores shared with the servers\n")
    print(f"{'':50}{'domains/s':>10} {'median s':>8} {'min':>6} {'max':>6} "
          f"{'CPU s':>8}")
    for race in field:
        print(race.line(args.domains))
    whole, dns, both, dig = field
    print(f"\nmxvigil takes 1/{median(both.wall) / median(whole.wall):.0f} of "
          f"the time and 1/{median(both.cpu) / median(whole.cpu):.0f} of the "
          "CPU time of the plugins, and looks at more\n(all resolvers, every "
          "name server, both families); with DNS alone "
          f"1/{median(dig.wall) / median(dns.wall):.0f} and "
          f"1/{median(dig.cpu) / median(dns.cpu):.0f} of check_dig\n")
    rows = Rows("throughput", args.json)
    rows.row("CPU time of the plugins by ours", ratios(both.cpu, whole.cpu),
             ">=", 1, "times")
    rows.row("CPU time of check_dig by ours", ratios(dig.cpu, dns.cpu),
             ">=", 1, "times")
    noise.tell()
    return 1 if rows.missed() else 0


if __name__ == "__main__":
    sys.exit(main())
