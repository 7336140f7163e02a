#!/usr/bin/env python3
"""From exec to the first probe and to a full schedule; and SIGHUP with some
other domains.

    lab.py run DIR -- start.py BUILD [--domains N] [--changed N] [--times N]
"""

import re
import sys
import time

import daemon

GOAL_START_S, GOAL_RELOAD_S = 3, 2


def add_options(parser):
    parser.add_argument("--changed", type=int, default=1000)
    parser.add_argument("--times", type=int, default=5)


def is_full(bench):
    """Each domain has its time, or is being looked at."""
    metrics = bench.agent.metrics()
    return (metrics("mxvigil_schedule_length") +
            metrics("mxvigil_tasks", 'state="waiting"') +
            metrics("mxvigil_tasks", 'state="running"')) >= bench.domains


def start_once(bench):
    """Seconds to the first question, and to all in the schedule."""
    agent, load = bench.agent, bench.load
    looks = load.seen()["looks"]
    agent.start()
    full = is_full(bench)
    page = time.monotonic() - agent.started
    daemon.wait_for("a question", lambda: load.seen()["looks"] > looks, 120,
                    0.002)
    first = time.monotonic() - agent.started
    daemon.wait_for("all scheduled", lambda: full or is_full(bench), 120)
    full = page if full else time.monotonic() - agent.started
    return first, full


def start_often(bench, args, rows):
    """Each time without a store; the last one goes on."""
    runs = []
    for i in range(args.times):
        if i > 0:
            bench.agent.stop()
            for file in bench.state.glob("mxvigil.db*"):
                file.unlink()
        runs.append(start_once(bench))
    first, full = zip(*runs)
    facts = {"domains": args.domains}
    rows.row("exec to the first probe", first, "<=", GOAL_START_S, "s",
             **facts)
    rows.row("exec to a full schedule", full, "<=", GOAL_START_S, "s",
             **facts)


def reload(bench, args, rows):
    """As many domains go as come.  Who is looked at before nine tenths of the
    interval are over has been moved."""
    agent, load, n = bench.agent, bench.load, args.domains
    agent.write_domains(range(args.changed, n + args.changed))
    seen, pids = load.seen(), agent.pids()
    started = time.monotonic()
    agent.hang_up()
    time.sleep(0.05)
    blocked = agent.fetch("/")[1]
    daemon.wait_for("the new domains", lambda: load.seen()["highest"] ==
                    n + args.changed - 1, 120, 0.01)
    now = load.seen()
    took = now["newest_ms"] / 1000 - started
    said = re.findall(r"loaded again.*", agent.log_text())
    time.sleep(args.interval)
    after = load.seen()
    print(f"reload: all new domains asked for after {took:.2f} s, a page took "
          f"{blocked:.2f} s meanwhile; longest between two looks "
          f"{after['longest_ms'] / 1000:.1f} s; probes "
          f"{'the same' if pids == agent.pids() else 'new'}; "
          f"{said[-1] if said else 'nothing in the log'}")
    rows.row(f"SIGHUP, {args.changed} changed, to the last one's question",
             [took], "<=", GOAL_RELOAD_S, "s", page_s=blocked)
    rows.row("domains moved to an earlier time by that",
             [after["early"] - seen["early"]], "<=", 0, "domains")
    rows.row("longest time between two looks, by the interval",
             [after["longest_ms"] / 1000 / args.interval], "<=", 1.1,
             "times")


def restart(bench, rows):
    """With everything that is remembered."""
    bench.agent.stop()
    first, full = start_once(bench)
    rows.row("exec to the first probe, with a past", [first], "<=",
             GOAL_START_S, "s")
    rows.row("exec to a full schedule, with a past", [full], "<=",
             GOAL_START_S, "s")


def bench_of(args, rows):
    bench = daemon.Bench(args, args.domains, spare=args.changed)
    try:
        start_often(bench, args, rows)
        bench.first_pass()
        time.sleep(args.interval / 2)
        bench.load.seen()
        reload(bench, args, rows)
        restart(bench, rows)
    finally:
        bench.__exit__()


if __name__ == "__main__":
    options = daemon.options(__doc__, 1000000, 120, add_options)
    if options.quick:
        options.domains, options.interval = 50000, 20
    sys.exit(daemon.run("start", options, bench_of))
