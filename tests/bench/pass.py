#!/usr/bin/env python3
"""One steady pass of the daemon over a million domains, beside
blackbox_exporter.

    lab.py run DIR -- pass.py BUILD [--domains N] [--interval S] [--rtt MS]
        [--loss PERCENT] [--perf FOLDER] [--no-peer] [--json FILE]
"""

import contextlib
import sys
import time
from pathlib import Path

import blackbox
import daemon
import profile_of

GOAL_CPU_S = 40             # of a million domains
GOAL_RATIO = 500            # blackbox_exporter's CPU by ours
GOAL_LATE_S = 1             # behind a line, p99
MILLION = 1000000
TURNS = 5
MX_SETS = 500

# What a provider's domains are like, in percent of them.
FATES = {"dead": 0.1, "slow": 1, "nxdomain": 0.3, "servfail": 0.1}
SHAPE = ["--third", "--serials", "--changing", "0.1"]


def add_options(parser):
    parser.add_argument("--loss", type=float, default=0, metavar="PERCENT")
    parser.add_argument("--perf", type=Path, metavar="FOLDER",
                        help="profiles of the steady pass")
    parser.add_argument("--sample", type=int, default=2000,
                        help="domains that the peer looks at")
    parser.add_argument("--settle", type=float, default=10,
                        metavar="SECONDS", help="after the first pass")
    parser.add_argument("--no-peer", action="store_true")
    parser.add_argument("--healthy", action="store_true",
                        help="no domain is dead, gone, slow or changing")


def add(spans):
    """Several spans as one."""
    whole = dict(spans[-1])
    for key in ("seconds", "cpu_s", "domains", "questions", "early", "looks",
                "written_mb"):
        whole[key] = sum(span[key] for span in spans)
    whole["cpu"] = {who: {part: sum(s["cpu"][who][part] for s in spans)
                          for part in parts}
                    for who, parts in spans[0]["cpu"].items()}
    whole["late"] = {key: max(s["late"][key] for s in spans)
                     for key in spans[0]["late"]}
    whole["longest_s"] = max(span["longest_s"] for span in spans)
    whole["looks_s"] = whole["looks"] / whole["seconds"]
    return whole


def of_a_million(span):
    return span["cpu_s"] * MILLION / max(1, span["domains"])


def steady_pass(bench, args):
    """In pieces, between which the peer has its turn: (pass, CPU-seconds of
    the peer and of us for a million domains in each turn)."""
    time.sleep(args.settle)
    profile = profile_of.Profile(bench.agent, args.perf) if args.perf else None
    spans, theirs = [], []
    with contextlib.ExitStack() as stack:
        peer = None if args.no_peer else stack.enter_context(
            blackbox.Peer(args, bench.state / "mx.pem", args.sample))
        for i in range(TURNS):
            spans.append(bench.span(args.interval / TURNS))
            if peer:
                theirs.append(peer.cpu_a_domain(i, TURNS) * MILLION)
    whole = add(spans)
    daemon.tell_span("steady pass", whole)
    if profile:
        profile.tell()
    return whole, theirs, [of_a_million(span) for span in spans]


def tell_false(bench, rows, span, where):
    """Nothing is wrong but what dnsload was told to do."""
    wrong = bench.domains - bench.doubtful - span["verdicts"]["ok"]
    kinds = [f"{i['rule']} {i['subject']} ({i['domains']})" for i in
             bench.agent.json("incidents?limit=20")["incidents"]]
    rows.row(f"verdicts that nothing justifies{where}", [abs(wrong)], "<=", 0,
             "domains", told=bench.doubtful, verdicts=span["verdicts"], incidents=kinds)
    if wrong:
        print("  incidents:", "; ".join(kinds))


def bench_of(args, rows):
    if args.loss:
        args.load += ["--loss", str(args.loss)]
    # As many domains a mail server as a million have, or a small daemon's
    # figure is that of its mail servers.
    sets = max(1, MX_SETS * args.domains // MILLION)
    args.load += ["--mx-sets", str(sets)]
    if args.rtt or args.loss:
        args.no_peer = True
    if not args.healthy:
        args.load += SHAPE + [word for fate, percent in FATES.items()
                              for word in (f"--{fate}", str(percent))]
    where = "".join((f", {args.rtt:g} ms" if args.rtt else "",
                     f", {args.loss:g} % loss" if args.loss else ""))
    with daemon.Bench(args, args.domains) as bench:
        if not args.healthy:
            told = daemon.with_fates(args.domains, FATES)
            bench.doubtful = sum(told.values()) - told["slow"]
        first = bench.first_pass()
        span, theirs, ours = steady_pass(bench, args)
        facts = {"span": span, "first": first, "domains": args.domains}
        rows.row(f"CPU of a pass, 1 M domains{where}",
                 [of_a_million(span)], "<=", GOAL_CPU_S, "CPU-s", **facts)
        rows.row(f"lateness p99{where}", [span["late"]["p99"]], "<=",
                 GOAL_LATE_S, "s")
        rows.row(f"looked at in the interval{where}",
                 [span["domains"] / args.domains * args.interval /
                  span["seconds"]], ">=", 0.98, "of all")
        tell_false(bench, rows, span, where)
    if theirs:
        print(f"blackbox_exporter, two probes a domain: "
              f"{min(theirs):.0f} to {max(theirs):.0f} CPU-s a million")
        rows.row("CPU of a pass, blackbox_exporter's by ours",
                 [t / o for t, o in zip(theirs, ours)], ">=", GOAL_RATIO,
                 "times", theirs=theirs, ours=ours)


if __name__ == "__main__":
    options = daemon.options(__doc__, MILLION, 120, add_options)
    if options.quick:
        options.domains, options.interval = 50000, 20
    sys.exit(daemon.run("pass", options, bench_of))
