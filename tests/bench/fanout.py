#!/usr/bin/env python3
"""The one mail host of many domains dies and mends.

    lab.py run DIR -- fanout.py BUILD [--domains N] [--sets N] [--json FILE]

Each set of mail servers is one host, and there are so few of them that one
has its share of the domains.  A packet filter lets it die.
"""

import subprocess
import sys
import time

import daemon

GOAL_S, GOAL_LATE_S = 1, 0.25
HOST = "mx0.net.lab"
ADDRESSES = {"ip": "198.19.170.1", "ip6": "2001:db8:7170::1"}

MORE = """\
alerts:
  smtp: {strikes: 3, retry: [2s, 2s], span: 4s}
  good: 2
  good_gap: 2s
  wait: 1s
"""


def nft(*words):
    subprocess.run(["nft", *words], check=True)


def die():
    """Whoever connects to the host is refused."""
    nft("add", "table", "inet", "bench")
    nft("add", "chain", "inet", "bench", "dead",
        "{ type filter hook input priority 0; }")
    for family, address in ADDRESSES.items():
        nft("add", "rule", "inet", "bench", "dead", family, "daddr", address,
            "tcp", "dport", str(daemon.SMTP_PORT), "reject", "with", "tcp",
            "reset")


def mend():
    nft("delete", "table", "inet", "bench")


class Seen:
    """What all the agent's faces say; right: they agree on the dead host
    and that n domains suffer."""

    def __init__(self, agent, n):
        page = agent.fetch("/")[0]
        counts = agent.metrics()
        listed = agent.json("incidents")
        self.listed = listed["incidents"]
        self.verdicts = counts.verdicts()
        open_now = sum(int(counts("mxvigil_incidents_open",
                                  f'severity="{s}"'))
                       for s in ("critical", "warning"))
        self.wrong = [what for what, right in (
            ("metrics", self.verdicts["critical"] == n),
            ("incidents open", open_now == bool(n)),
            ("incident", [i["domains"] for i in self.listed] == [n] * bool(n)),
            ("page", (HOST in page) == bool(n))) if not right]


def until_right(agent, n, since):
    """Seconds from since (the wall clock's) until everything is right."""
    end = time.monotonic() + 120
    while True:
        asked = time.time()
        seen = Seen(agent, n)
        if not seen.wrong:
            return max(0, asked - since)
        if time.monotonic() > end:
            print(f"  not right after 120 s: {seen.wrong} {seen.verdicts} "
                  f"{[(i['rule'], i['subject'], i['domains']) for i in seen.listed[:5]]}")
            return 120


def confirmed(store, column):
    """When the store says that the incident was opened or closed."""
    def ask():
        found = store.ask(f"SELECT {column} FROM incident WHERE {column} > 0")
        return found[-1][0] / 1e6 if found else None
    return ask


def change(bench, rows, what, event, column, n):
    """Let it happen, and see everything become right."""
    agent, began = bench.agent, time.time()
    span = daemon.Span(agent, bench.load)
    event()
    since = daemon.wait_for(what, confirmed(agent.store(), column),
                            bench.args.interval * 2 + 120, 0.01)
    took = until_right(agent, n, since)
    found = span.end()
    print(f"{what}: confirmed {since - began:.1f} s after it happened, right "
          f"{took:.2f} s later")
    daemon.tell_span(what, found)
    rows.row(f"{what}: confirmation to all right", [took], "<=", GOAL_S, "s",
             domains=n, confirmed_s=since - began)
    rows.row(f"{what}: lateness p99 meanwhile", [found["late"]["p99"]], "<=",
             GOAL_LATE_S, "s", worst=found["late"]["max"])
    rows.row(f"{what}: longest standstill of the core", [found["lag_s"]],
             "<=", GOAL_S, "s")


def bench_of(args, rows):
    args.load += ["--mx-sets", str(args.sets), "--single"]
    with daemon.Bench(args, args.domains, more=MORE) as bench:
        bench.first_pass()
        time.sleep(5)
        n = daemon.of_mx_set(args.domains, args.sets)
        print(f"{n} domains of {HOST}")
        change(bench, rows, "host dies", die, "opened", n)
        time.sleep(65)      # so that the lag is of what comes now
        change(bench, rows, "host mends", mend, "closed", 0)


def add_options(parser):
    parser.add_argument("--sets", type=int, default=5,
                        help="of mail servers, each one host")


if __name__ == "__main__":
    options = daemon.options(__doc__, 1000000, 120, add_options)
    if options.quick:
        options.domains, options.interval = 50000, 20
    sys.exit(daemon.run("fanout", options, bench_of))
