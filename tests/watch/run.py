#!/usr/bin/env python3
"""Run the tests of the daemon, in the lab.

    lab.py run DIR -- tests/watch/run.py BUILD [--only GLOB] [--jobs N]

BUILD holds test/mxvigil.  Prints TAP and ends with "N passed, N failed";
DIR/run/watch holds what the agents left behind.
"""

import argparse
import fnmatch
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE)]
sys.dont_write_bytecode = True

import world                                                   # noqa: E402
import cases                                                   # noqa: E402
import scen_agent                                              # noqa: E402,F401
import scen_dns                                                # noqa: E402,F401
import scen_logs                                               # noqa: E402,F401
import scen_mail                                               # noqa: E402,F401
import scen_many                                               # noqa: E402,F401
import scen_people                                             # noqa: E402,F401
import scen_sight                                              # noqa: E402,F401


def choose(glob):
    """The names that match, what takes longest first."""
    names = [n for n in cases.CASES if fnmatch.fnmatch(n, glob)]
    return sorted(names, key=lambda name: -cases.CASES[name][1])


def timed(mxvigil, plot):
    started = time.monotonic()
    wrong = cases.attempt(mxvigil, plot)
    return plot.name, wrong, time.monotonic() - started


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("build", type=Path)
    parser.add_argument("--only", default="*")
    parser.add_argument("--jobs", type=int, default=12)
    args = parser.parse_args()
    mxvigil = str(args.build.resolve() / "test" / "mxvigil")
    names, failed = choose(args.only), 0
    all_of_it = world.World(names)
    started = time.monotonic()
    print(f"1..{len(names)}", flush=True)
    with ThreadPoolExecutor(args.jobs) as pool:
        runs = [pool.submit(timed, mxvigil, all_of_it.plots[name])
                for name in names]
        for number, run in enumerate(as_completed(runs), 1):
            name, wrong, seconds = run.result()
            failed += bool(wrong)
            print(f"{'not ok' if wrong else 'ok'} {number} {name} "
                  f"({seconds:.1f} s)", flush=True)
            for line in wrong.splitlines():
                print(f"# {line}", flush=True)
    print(f"# {time.monotonic() - started:.0f} s")
    print(f"watch: {len(names) - failed} passed, {failed} failed")
    sys.exit(failed != 0 or not names)


if __name__ == "__main__":
    main()
