#!/usr/bin/env python3
"""What the agent tells others, against real receivers and strict judges:
channels, Alertmanager, Prometheus.

    lab.py run DIR -- tests/watch/monitoring.py BUILD [--only GLOB]

BUILD holds test/mxvigil.  Ends with "monitoring: N passed, N failed";
DIR/run/watch holds what the agents left behind.
"""

import argparse
import fnmatch
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE)]
sys.dont_write_bytecode = True

import world                                                   # noqa: E402
import cases                                                   # noqa: E402
import alertmanager                                            # noqa: E402
import channels                                        # noqa: E402,F401
import metrics                                                 # noqa: E402

NEEDED = {"alertmanager": alertmanager.PROGRAMS, "metrics": metrics.PROGRAMS}


def lacking(name):
    """The program that a test needs and fetch.sh could not find."""
    tools = world.lab.find_tools(Path(os.environ["LAB"]))
    return [program for program in NEEDED.get(name.split("-")[0], [])
            if program not in tools.table]


def timed(mxvigil, plot):
    started = time.monotonic()
    wrong = cases.attempt(mxvigil, plot)
    word = "not ok" if wrong else "ok"
    print(f"{word} {plot.name} ({time.monotonic() - started:.1f} s)",
          flush=True)
    for line in wrong.splitlines():
        print(f"# {line}", flush=True)
    return bool(wrong)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("build", type=Path)
    parser.add_argument("--only", default="*")
    args = parser.parse_args()
    mxvigil = str(args.build.resolve() / "test" / "mxvigil")
    names = []
    for name in fnmatch.filter(cases.CASES, args.only):
        if lacking(name):
            print(f"SKIP {name}: no {', '.join(lacking(name))}")
        else:
            names.append(name)
    all_of_it = world.World(names)
    with ThreadPoolExecutor(len(names) or 1) as pool:
        failed = sum(pool.map(lambda name: timed(
            mxvigil, all_of_it.plots[name]), names))
    print(f"monitoring: {len(names) - failed} passed, {failed} failed")
    sys.exit(failed != 0)


if __name__ == "__main__":
    main()
