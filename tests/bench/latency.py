#!/usr/bin/env python3
"""How long one check takes behind a slow line, beside its peers.

    lab.py run DIR -- delay 10 latency.py BUILD [--times N]

The necessary round trips of each command are counted here from the
protocols, step by step; README.md says why each is one.  Exits 1 when
mxvigil takes longer than they allow.
"""

import argparse
import json
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from common import (RESOLVER, VANTAGES, Noise, Tools, ask, call, median,
                    timed, wire)
from rows import Rows

DOMAIN = "t-healthy.test"
RTT = 20.0                  # ms, of the line
MARGIN = 1.3
TRIPS = 9.5                 # the goal, with the answer to QUIT
CACHE_SECONDS = 5           # the longest that the lab's resolvers remember
COLD_TIMES = 3

TLS13 = ["TCP", "greeting", "EHLO", "STARTTLS", "TLS 1.3", "EHLO", "QUIT"]
WHOLE = ["NS+MX", "A+AAAA", *TLS13]


@dataclass
class Row:
    """A command; trips: the round trips that cannot be had at the same time
    as another."""
    name: str
    run: object
    trips: list
    bound: bool = False
    took: list = field(default_factory=list)

    def line(self):
        middle = median(self.took)
        cells = (f"{middle:9.1f} {min(self.took):7.1f} {max(self.took):7.1f} "
                 f"{middle / RTT:6.1f} {len(self.trips):6}")
        if self.bound:
            cells += f"  {self.limit():.0f} ms: " + \
                ("within" if self.holds() else "NOT within")
        return f"{self.name:44}{cells}"

    def limit(self):
        return len(self.trips) * RTT * MARGIN

    def holds(self):
        return median(self.took) <= self.limit()


class Bench:
    def __init__(self, tools):
        self.tools = tools
        self.inside = []            # duration_ms, as the agent says it
        self.result = json.loads(call(tools.check(DOMAIN)))
        self.hosts = [mx["host"] for mx in self.result["mx"]]
        self.addresses = [a["ip"] for mx in self.result["mx"]
                          for a in mx["addresses"]]
        self.name_servers = [a["ip"] for ns in self.result["nameservers"]
                             for a in ns["addresses"]]

    def check_shape(self):
        """It is the whole of a healthy domain that is timed."""
        r, addresses = self.result, self.addresses
        tls = {a["tls"] and a["tls"]["version"] for mx in r["mx"]
               for a in mx["addresses"]}
        shape = (r["verdict"], len(r["vantages"]), len(self.name_servers),
                 len(self.hosts), sum(":" in ip for ip in addresses),
                 len(addresses), tls)
        if shape != ("ok", 3, 4, 2, 2, 4, {"TLSv1.3"}):
            sys.exit(f"bench: {DOMAIN} is not what is to be timed: {shape}")

    # ------------------------------------------------------------ commands

    def warm(self):
        """Let the resolvers know all of it, so that they add nothing."""
        call(self.tools.check("--depth", "dns", DOMAIN))

    def whole(self):
        result = json.loads(call(self.tools.check(DOMAIN)))
        self.inside.append(result["duration_ms"])

    def smtp(self, where, *words):
        call(self.tools.plugin("check_smtp", "-H", where, *words,
                               "-6" if ":" in where else "-4"))

    def dig(self, server, rtype, name=DOMAIN):
        call(self.tools.plugin("check_dig", "-H", server, "-l", name,
                               "-T", rtype))

    def dns(self, host):
        call(self.tools.plugin("check_dns", "-H", host))

    def everything(self):
        """What the agent looks at, but for the delegation, which check_dig
        cannot judge: one plugin after the other."""
        for vantage in VANTAGES:
            self.dig(vantage, "MX")
            self.dig(vantage, "NS")
        for ns in self.result["nameservers"]:
            self.dns(ns["host"])
        for server in self.name_servers:
            for rtype in ("SOA", "NS", "MX"):
                self.dig(server, rtype)
        for host in self.hosts:
            self.dns(host)
        for address in self.addresses:
            self.smtp(address, "-S")

    def calls(self):
        return (2 * len(VANTAGES) + 3 * len(self.name_servers),
                len(self.result["nameservers"]) + len(self.hosts),
                len(self.addresses))

    def rows(self):
        digs, names, talks = self.calls()
        count = f"{digs} check_dig, {names} check_dns, {talks} check_smtp -S"
        host, first = self.hosts[0], self.addresses[0]
        return [
            Row("one question, answered (the line itself)",
                lambda: ask(DOMAIN, wire.MX), ["question"]),
            Row("mxvigil check, the whole domain", self.whole, WHOLE,
                bound=True),
            Row("mxvigil check --depth dns", self.warm,
                ["NS+MX", "NS of the parent", "A of its servers",
                 "delegation"]),
            Row("check_smtp -S, one host by name",
                lambda: self.smtp(host, "-S"), ["A+AAAA", *TLS13]),
            Row("check_smtp -S, one address",
                lambda: self.smtp(first, "-S"), TLS13),
            Row("check_smtp, one address, plain",
                lambda: self.smtp(first),
                ["TCP", "greeting", "HELO", "QUIT"]),
            Row("check_dns, the addresses of one host",
                lambda: self.dns(host), ["A+AAAA"]),
            Row("check_dig, MX at one resolver",
                lambda: self.dig(RESOLVER, "MX"), ["MX"]),
            Row(count, self.everything,
                WHOLE),
        ]


# ------------------------------------------------------------------- output

def tell_ratios(rows, inside):
    (_, whole, _, by_name, one, _, dns, dig, everything) = [
        median(row.took) for row in rows]
    chain = dig + dns + one
    print(f"""
mxvigil says of itself (duration_ms), without start and end of the process: \
{median(inside):.1f} ms
the whole domain by mxvigil takes
  {whole / by_name:5.2f} of the time of check_smtp -S for one host by name
  {whole / one:5.2f} of the time of check_smtp -S for one address
  {whole / chain:5.2f} of {chain:.0f} ms, were all plugins run at the same \
time but for check_dig, check_dns, check_smtp -S in this order
  {whole / everything:5.2f} of the time of all plugins, one after the \
other""")


def tell_trips(rows):
    line, whole = median(rows[0].took), median(rows[1].took)
    print(f"""
the whole domain takes {whole / RTT:.2f} round trips of {RTT:.0f} ms, which \
is what is judged; {whole / line:.2f} of the {line:.1f} ms of one question""")
    print("\nnecessary round trips, one after the other:")
    for row in rows:
        print(f"  {row.name:44}{len(row.trips)}: {', '.join(row.trips)}")


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=
                                     argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=Path)
    parser.add_argument("--times", type=int, default=11)
    parser.add_argument("--json", type=Path, metavar="FILE")
    return parser.parse_args()


def main():
    args = options()
    noise = Noise()
    bench = Bench(Tools(args.build.resolve()))
    bench.check_shape()
    rows = bench.rows()
    for _ in range(args.times):
        for row in rows:
            bench.warm()
            row.took.append(timed(row.run))
    inside = list(bench.inside)
    cold = Row("mxvigil check, resolvers knowing nothing", bench.whole, WHOLE)
    for _ in range(COLD_TIMES):
        time.sleep(CACHE_SECONDS + 1)
        cold.took.append(timed(cold.run))

    print(f"\n{DOMAIN}, {RTT:.0f} ms to everything and back, {args.times} "
          f"times ({COLD_TIMES} times with cold resolvers), ms\n")
    print(f"{'':44}{'median':>9} {'min':>7} {'max':>7} {'trips':>6} "
          f"{'needed':>6}  needed x {RTT:.0f} ms + {MARGIN - 1:.0%}")
    for row in [*rows[:2], cold, *rows[2:]]:
        print(row.line())
    tell_ratios(rows, inside)
    tell_trips(rows)
    print()
    goals = Rows("latency", args.json)
    goals.row("a whole domain, 20 ms away", [ms / RTT for ms in rows[1].took],
              "<=", TRIPS, "round trips")
    noise.tell()
    if goals.missed():
        return 1
    return 0 if all(row.holds() for row in rows if row.bound) else 1


if __name__ == "__main__":
    sys.exit(main())
