#!/usr/bin/env python3
"""The daemon with a million domains every five minutes, a few of which change.

    lab.py run DIR -- steady.py BUILD [--domains N] [--interval S]
        [--changing PERCENT] [--minutes M] [--samples FILE] [--json FILE]
"""

import json
import statistics
import sys
import time
from pathlib import Path

import daemon

MILLION = 1000000
GOAL_P99_S, GOAL_MAX_S, GOAL_CPU = 0.25, 2, 25
GOAL_ROWS = 2               # a changed domain: what it is, and its history
FLAT = {"rss_mb": 1.02, "descriptors": 1.05, "cpu_s": 1.1}


def add_options(parser):
    parser.add_argument("--changing", type=float, default=0.1,
                        metavar="PERCENT", help="of the domains, a pass")
    parser.add_argument("--minutes", type=float, default=0,
                        help="usually one interval")
    parser.add_argument("--settle", type=float, default=60,
                        metavar="SECONDS", help="after the first pass")
    parser.add_argument("--samples", type=Path, metavar="FILE",
                        help="JSON lines, one a minute")


def watch(bench, args, seconds):
    """A span for each minute."""
    samples, end = [], time.monotonic() + seconds
    while (left := end - time.monotonic()) > 1:
        samples.append({"at": time.time(), **bench.span(min(60, left))})
        daemon.tell_span(f"minute {len(samples)}", samples[-1])
        if args.samples:
            with open(args.samples, "a", encoding="utf-8") as out:
                out.write(json.dumps(samples[-1]) + "\n")
    return samples


def lateness(before, after, rows):
    late = daemon.late_between(before, after)
    rows.row("lateness p99", [late["p99"]], "<=", GOAL_P99_S, "s")
    rows.row("lateness, the worst", [late["max"]], "<=", GOAL_MAX_S, "s")


def tell_flat(samples, rows):
    """The last third beside the one before it."""
    third = len(samples) // 3
    if third < 3:
        return
    for key, goal in FLAT.items():
        middle, last = (
            statistics.mean(s[key] for s in part)
            for part in (samples[-2 * third:-third], samples[-third:]))
        rows.row(f"{key} of the last third, by the second", [last / middle],
                 "<=", goal, "times", last=last, second=middle)
    worst = [max(s["late"]["p99"] for s in samples[at:][:third])
             for at in (-2 * third, -third)]
    rows.row("lateness p99 of the last third's worst minute", worst[1:],
             "<=", max(worst[0], GOAL_P99_S), "s")


def tell_writes(rows, changes, added, commits, written):
    n = sum(added.values())
    print(f"store: {changes:.0f} changes; rows added: {added}; {commits} "
          f"commits, {written:.1f} MB written")
    rows.row("rows added to the store, a change", [n / max(1, changes)], "<=",
             GOAL_ROWS, "rows", added=added, commits=commits,
             written_mb=written, changes=changes)


def bench_of(args, rows):
    args.load += ["--changing", str(args.changing)]
    seconds = args.minutes * 60 or args.interval
    with daemon.Bench(args, args.domains) as bench:
        bench.first_pass()
        time.sleep(args.settle)
        commits = daemon.Commits(bench.state / "mxvigil.db")
        commits.start()
        before, then = bench.agent.store().rows(), bench.agent.metrics()
        samples = watch(bench, args, seconds)
        now = bench.agent.store().rows()
        after = bench.agent.metrics()
    spent = sum(s["seconds"] for s in samples)
    cpu = sum(s["cpu_s"] for s in samples)
    rows.row("CPU, all processes", [100 * cpu / spent], "<=", GOAL_CPU,
             "% of a core", samples=len(samples), domains=args.domains)
    lateness(then, after, rows)
    tell_writes(rows, args.domains * args.changing / 100 * spent /
                args.interval, {k: now[k] - before[k] for k in now},
                commits.n, sum(s["written_mb"] for s in samples))
    tell_flat(samples, rows)


if __name__ == "__main__":
    options = daemon.options(__doc__, MILLION, 300, add_options)
    if options.quick:
        options.domains, options.interval, options.settle = 20000, 30, 5
    sys.exit(daemon.run("steady", options, bench_of))
