#!/usr/bin/env python3
"""Many clients of the status page, the API and the metrics of a daemon with a
million domains.

    lab.py run DIR -- page.py BUILD [--domains N] [--clients N] [--json FILE]
"""

import json
import subprocess
import sys
import time

import daemon

GOAL_MS, GOAL_LATE_S, GOAL_LOOKS = 50, 0.25, 0.9
TARGETS = 200               # of a route that names a domain


def add_options(parser):
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--times", type=int, default=3)


def targets(args):
    """A line for each thing that may be asked."""
    names = [daemon.name_of(i * args.domains // TARGETS)
             for i in range(TARGETS)]
    part = [name[:6] for name in names]
    routes = {
        "home": ["/"],
        "home-search": [f"/?q={text}" for text in part],
        "home-verdict": ["/?verdict=ok", "/?verdict=critical"],
        "domain": [f"/domain/{name}" for name in names],
        "host": [f"/host/mx{i}.net.lab" for i in range(0, 1000, 5)],
        "incidents": ["/incidents"],
        "api-domains": [f"/api/v1/domains?limit=100&offset={i}"
                        for i in range(0, args.domains, args.domains // 50)],
        "api-search": [f"/api/v1/domains?q={text}" for text in part],
        "api-domain": [f"/api/v1/domains/{name}" for name in names],
        "api-incidents": ["/api/v1/incidents"],
        "api-hosts": ["/api/v1/hosts?limit=100"],
        "metrics": ["/metrics"],
        "healthz": ["/healthz"],
    }
    return "".join(f"{route} {target}\n" for route, all_of in routes.items()
                   for target in all_of)


def ask_all(args, lines):
    done = subprocess.run(
        [args.build / "release/pageload", "127.0.0.1", str(daemon.PAGE_PORT),
         str(args.clients), str(args.seconds)], input=lines, text=True,
        stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def tell_routes(found):
    for name, r in [*found["routes"].items(), ("all", found["all"])]:
        print(f"  {name:14} {r['n'] / found['seconds']:7.0f}/s  p50 "
              f"{r['p50']:7.1f} ms  p99 {r['p99']:7.1f} ms  max "
              f"{r['max']:7.1f} ms  {r['bytes']:7} bytes  {r['wrong']} wrong",
              flush=True)


def bench_of(args, rows):
    lines = targets(args)
    with daemon.Bench(args, args.domains) as bench:
        bench.first_pass()
        time.sleep(5)
        quiet = bench.span(min(20, args.interval))
        daemon.tell_span("quiet", quiet)
        all_of, late, looks, wrong = [], [], [], 0
        for _ in range(args.times):
            span = daemon.Span(bench.agent, bench.load)
            all_of.append(ask_all(args, lines))
            spent = span.end()
            late.append(spent["late"]["p99"])
            looks.append(spent["looks_s"] / quiet["looks_s"])
            wrong += all_of[-1]["all"]["wrong"]
            tell_routes(all_of[-1])
            daemon.tell_span("asked", spent)
    facts = {"clients": args.clients, "domains": args.domains}
    rows.row("p99 of all that was asked", [f["all"]["p99"] for f in all_of],
             "<=", GOAL_MS, "ms", found=all_of, **facts)
    worst = max(all_of[0]["routes"], key=lambda name: max(
        f["routes"][name]["p99"] for f in all_of))
    rows.row(f"p99 of the slowest route, {worst}",
             [f["routes"][worst]["p99"] for f in all_of], "<=", GOAL_MS, "ms")
    rows.row("lateness p99 meanwhile", late, "<=", GOAL_LATE_S, "s")
    # What has not begun is not late yet.
    rows.row("looks meanwhile, to those before", looks, ">=", GOAL_LOOKS,
             "times")
    rows.row("wrong answers", [wrong], "<=", 0, "answers")


if __name__ == "__main__":
    options = daemon.options(__doc__, 1000000, 120, add_options)
    if options.quick:
        options.domains, options.interval = 50000, 30
        options.seconds, options.times = 5, 2
    sys.exit(daemon.run("page", options, bench_of))
