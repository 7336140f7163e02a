#!/usr/bin/env python3
"""Memory of the daemon and its probe processes, by the number of domains.

    lab.py run DIR -- memory.py BUILD [--sizes N,N,N] [--json FILE]
"""

import statistics
import sys
import time

import daemon

MB = 1 << 20
GOAL_BYTES, GOAL_MB, GOAL_GROWTH = 160, 250, 1.01
MILLION = 1000000


def add_options(parser):
    parser.add_argument("--sizes", default="10000,100000,1000000",
                        help="numbers of domains, the smallest first")
    parser.add_argument("--rate", type=int, default=8000,
                        help="domains a second: the interval, 10 s at least")
    parser.add_argument("--passes", type=int, default=20,
                        help="over which it must not grow")


def settled(bench, args):
    """After a first and a steady pass."""
    bench.first_pass()
    return measure(bench, args.interval)


def measure(bench, seconds):
    """The most of a few looks during so many seconds."""
    looks = []
    for _ in range(5):
        time.sleep(seconds / 5)
        looks.append(bench.agent.memory())
    return tuple(map(max, zip(*looks)))


def growth(bench, args, rows):
    """The passes of the second half beside those of the first."""
    rss = [measure(bench, args.interval)[0] for _ in range(args.passes)]
    half = args.passes // 2
    first, last = map(statistics.mean, (rss[:half], rss[half:]))
    print("MB after each pass:", *(f"{mb:.1f}" for mb in rss))
    rows.row(f"RSS after {args.passes} passes: second half by first",
             [last / first], "<=", GOAL_GROWTH, "times", mb=rss)


def bench_of(args, rows):
    found = []
    for n in map(int, args.sizes.split(",")):
        args.interval = max(10, n // args.rate)
        with daemon.Bench(args, n) as bench:
            rss, pss = settled(bench, args)
            print(f"{n} domains: RSS {rss:.1f} MB, PSS {pss:.1f} MB, each: "
                  + ", ".join("%.1f / %.1f" % daemon.memory_of(pid)
                              for pid in bench.agent.pids()), flush=True)
            if not found and args.passes:
                growth(bench, args, rows)
        found.append((n, rss, pss))
    (n0, rss0, pss0), (n1, rss1, pss1) = found[-2:]
    slope = (rss1 - rss0) * MB / (n1 - n0)
    rows.row("bytes a domain", [slope], "<=", GOAL_BYTES, "bytes",
             pss=(pss1 - pss0) * MB / (n1 - n0), found=found)
    fixed = rss1 - slope * n1 / MB
    rows.row("RSS of all processes, 1 M domains",
             [fixed + slope * MILLION / MB], "<=", GOAL_MB, "MB", pss=pss1,
             domains=n1)


if __name__ == "__main__":
    options = daemon.options(__doc__, 0, 0, add_options)
    if options.quick:
        options.sizes, options.passes = "5000,50000", 4
        options.rate = 1500
    sys.exit(daemon.run("memory", options, bench_of))
