#!/usr/bin/env python3
"""Bad days of the agent's own: it goes on, and blames nobody for them.

    badday.py BUILD [--brief] [--only PART…] [--kind release|test] [--jobs N]

Runs inside the lab.  Each part makes one thing go wrong on the agent's own
side, asserts that nothing was told of any domain and what was said of the
agent itself, mends it, and then breaks a mail server for real: that is to be
told, and its end.

  store   full, locked, failing (errors by strace), damaged
  time    clock (jumps of a day), stopped (the core), hung (a probe),
          starved (no sockets for the probe), mute (none for the core),
          files32 … files64 (so many descriptors)
  net     shutdrop, shutreject, shutreset (port 25), noipv6, dead (all
          resolvers), onedead, mad (garbage)

--brief: a few of them, and short, for tests/run.py.
Ends with one line, "N passed, N failed".
"""

import argparse
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.dont_write_bytecode = True

import bad_net                                                 # noqa: E402
import bad_store                                               # noqa: E402
import bad_time                                                # noqa: E402
from common import Checks                                      # noqa: E402
from scene import Days                                         # noqa: E402

MODULES = (bad_store, bad_time, bad_net)
PARTS = {name: part for module in MODULES
         for name, part in module.PARTS.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("build")
    parser.add_argument("--kind", default="release")
    parser.add_argument("--brief", action="store_true")
    parser.add_argument("--only", nargs="*", choices=PARTS)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    names = given.only or list(PARTS)
    if given.brief and not given.only:
        names = [name for module in MODULES for name in module.BRIEF]
    checks = Checks(given.out)
    days = Days(given, list(PARTS))
    with ThreadPoolExecutor(given.jobs) as pool:
        for name in names:
            pool.submit(checks.run, name, PARTS[name], days)
    checks.end()


if __name__ == "__main__":
    main()
