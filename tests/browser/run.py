#!/usr/bin/env python3
"""The status page in a real browser.

    run.py BUILD

BUILD holds test/serve, test/mxvigil and the lab's servers.  Needs Chromium and
Node.js; playwright-core is installed below BUILD/browser by npm when it is not
there.  What cannot be had is said in a line that begins with SKIP.  Screenshots
are left in BUILD/browser/shots.  Ends with "N passed, N failed".
"""

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome-stable",
            "google-chrome")


def skip(why):
    print(f"SKIP browser: {why}: the status page is not tried in a browser")
    sys.exit(0)


def find(names, what):
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        skip(f"{what} is not installed")
    return found


def library(where):
    """playwright-core, of the version that package-lock.json names."""
    lock = HERE / "package-lock.json"
    there = where / "node_modules" / "playwright-core"
    mark = where / "package-lock.json"
    if there.exists() and mark.exists() and \
            mark.read_text() == lock.read_text():
        return
    npm = find(["npm"], "npm")
    where.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, where)
    try:
        done = subprocess.run(
            [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund",
             "--fetch-retries=1", "--fetch-timeout=20000"],
            cwd=where, capture_output=True, text=True, timeout=60)
        errors = re.findall(r"(?m)^npm err\w*!? (.*)", done.stderr, re.I)
        why = "; ".join(errors[:3]) or f"exit status {done.returncode}"
    except subprocess.TimeoutExpired:
        done, why = None, "no answer within 60 s"
    if done is None or done.returncode != 0 or not there.exists():
        mark.unlink(missing_ok=True)
        skip(f"npm could not install playwright-core ({why})")


def works(chromium):
    """Does it start at all?"""
    try:
        done = subprocess.run([chromium, "--version"], capture_output=True,
                              timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        skip(f"{chromium} does not start")
    if done.returncode != 0:
        skip(f"{chromium} does not start (exit status {done.returncode})")


def parts(build, chromium, shots):
    """Each a program that says what it does and counts it."""
    serve = build / "test" / "serve"
    corpus = os.environ.get("MXVIGIL_CORPUS")
    strings = Path(corpus) / "strings" / "blns.json" if corpus else None
    if strings is None:
        print("NOTE: MXVIGIL_CORPUS is not set: only our own hostile strings "
              "are tried in the browser")
    lab = [sys.executable, HERE.parent / "lab" / "lab.py", "run",
           build / "lab" / "browser", "--", sys.executable]
    return {
        "made-up domains": ["node", HERE / "fake.js", chromium, serve, shots],
        "hostile strings": ["node", HERE / "texts.js", chromium, serve, shots,
                            *([strings] if strings else [])],
        "the daemon": [*lab, HERE / "inlab.py", build, chromium, shots],
    }


def main():
    build = Path(sys.argv[1]).resolve()
    find(["node"], "Node.js")
    chromium = find(BROWSERS, "Chromium")
    works(chromium)
    library(build / "browser")
    shots = build / "browser" / "shots"
    shots.mkdir(exist_ok=True)
    env = dict(os.environ, NODE_PATH=str(build / "browser" / "node_modules"))
    started = time.monotonic()
    running = {name: subprocess.Popen(argv, env=env, text=True,
                                      stdout=subprocess.PIPE,
                                      stderr=subprocess.STDOUT)
               for name, argv in parts(build, chromium, shots).items()}
    passed = failed = 0
    for name, process in running.items():
        out = process.communicate()[0]
        counts = re.findall(r"(?m)^(\d+) passed, (\d+) failed$", out)
        good, bad = map(int, counts[-1]) if counts else (0, 0)
        if bad == 0 and (process.returncode != 0 or good == 0):
            bad = 1
        passed, failed = passed + good, failed + bad
        print(f"# {name}\n{out}", end="")
    print(f"# {time.monotonic() - started:.0f} s, screenshots in {shots}")
    print(f"browser: {passed} passed, {failed} failed")
    sys.exit(failed != 0)


if __name__ == "__main__":
    main()
