#!/usr/bin/env python3
"""Run every test and end with one line, "N passed, N failed".

Usage: tests/run.py BUILD

BUILD holds what `make test` has built: unit tests, fuzz harnesses that replay
files, and mxvigil itself, all under AddressSanitizer and
UndefinedBehaviorSanitizer.  The environment variable MXVIGIL_CORPUS may name a
folder with further bad inputs (see tests/fuzz/README.md).
"""
import os
import re
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)

# Which folders of MXVIGIL_CORPUS feed which harness.
CORPUS = {
    "dns_message": ["dns-messages"],
    "name": ["dns-names", "strings"],
    "smtp_reply": ["strings"],
    "ehlo": ["strings"],
    "config": ["strings"],
    "range": ["strings"],
    "record": ["strings"],
}

ENVIRONMENT = dict(
    os.environ,
    ASAN_OPTIONS="detect_leaks=1:abort_on_error=0:exitcode=99",
    UBSAN_OPTIONS="print_stacktrace=1:halt_on_error=1",
    LC_ALL="C.UTF-8",
)


class Totals:
    def __init__(self):
        self.passed = self.failed = 0

    def add(self, passed, failed, what, output=""):
        self.passed += passed
        self.failed += failed
        word = "ok" if failed == 0 else "FAILED"
        print(f"{word:6} {what}: {passed} passed, {failed} failed", flush=True)
        if failed:
            print(output, flush=True)


def run(argv, timeout, **more):
    """Run to the end; a run that hangs is a failure with what it printed."""
    try:
        done = subprocess.run(argv, cwd=ROOT, env=dict(ENVIRONMENT, **more),
                              stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=timeout,
                              stdin=subprocess.DEVNULL)
        return done.returncode, done.stdout.decode(errors="replace")
    except subprocess.TimeoutExpired as late:
        text = (late.stdout or b"").decode(errors="replace")
        return 124, text + f"\nstill running after {timeout} s\n"


def run_units(totals, build):
    folder = os.path.join(build, "test", "unit")
    names = sorted(n for n in os.listdir(folder) if n.startswith("test_"))
    for name in names:
        code, out = run([os.path.join(folder, name)], 180,
                        CMOCKA_MESSAGE_OUTPUT="TAP")
        passed = len(re.findall(r"(?m)^\s*ok \d+", out))
        failed = len(re.findall(r"(?m)^\s*not ok \d+(?!.*# SKIP)", out))
        if code != 0 and failed == 0:   # died, or leaked
            failed = 1
        if code == 0 and passed == 0:   # ran nothing
            failed = 1
        totals.add(passed, failed, f"unit {name[5:]}", out)


def run_replays(totals, build):
    folder = os.path.join(build, "test", "fuzz")
    corpus = os.environ.get("MXVIGIL_CORPUS")
    if not corpus:
        print("NOTE: MXVIGIL_CORPUS is not set: only the seeds in the tree "
              "are replayed", flush=True)
    for name in sorted(n for n in os.listdir(folder)
                       if n.startswith("replay_") and not n.endswith(".d")):
        target = name[7:]
        inputs = [os.path.join(HERE, "fuzz", "seeds", target)]
        for sub in CORPUS.get(target, []) if corpus else []:
            inputs.append(os.path.join(corpus, sub))
        code, out = run([os.path.join(folder, name), *inputs], 300)
        totals.add(int(code == 0), int(code != 0), f"fuzz seeds {target}", out)


def run_counted(totals, what, argv, timeout):
    """A script of ours, whose last count is "N passed, N failed"."""
    code, out = run(argv, timeout)
    found = re.findall(r"(\d+) passed, (\d+) failed", out)
    passed, failed = map(int, found[-1]) if found else (0, 0)
    skipped = re.findall(r"(?m)^SKIP.*", out)
    if code != 0 and failed == 0 or passed + failed == 0 and not skipped:
        failed += 1
    for line in skipped:
        print(line)
    totals.add(passed, failed, what, out)


def run_cli(totals, build):
    """The program as a person calls it, on loopback."""
    run_counted(totals, "command line",
                [sys.executable, os.path.join(HERE, "cli", "run.py"),
                 "--mxvigil", os.path.join(build, "test", "mxvigil")], 300)


def run_config(totals, build):
    """Broken configurations, each refused at its place."""
    run_counted(totals, "config",
                [sys.executable, os.path.join(HERE, "config", "broken.py"),
                 "--mxvigil", os.path.join(build, "test", "mxvigil"),
                 "--out", os.path.join(build, "test", "broken")], 300)


def run_store(totals, build):
    """What writes to a store, killed, and its disk, filled."""
    run_counted(totals, "store",
                [sys.executable, os.path.join(HERE, "chaos", "store_kill.py"),
                 os.path.join(build, "test", "store_writer")], 300)


def run_lab(totals, build):
    """Everything that needs the lab, each in a lab of its own."""
    binary = os.path.join(build, "test", "mxvigil")
    enter = [sys.executable, os.path.join(HERE, "lab", "lab.py"), "run",
             os.path.join(build, "lab", "net"), "--", sys.executable]
    scenario = os.path.join(HERE, "scenario")
    for what, script, more in [
            ("the lab itself", os.path.join(HERE, "lab", "selftest.py"), []),
            ("scenarios", os.path.join(scenario, "run.py"),
             ["--mxvigil", binary]),
            ("egress", os.path.join(scenario, "egress.py"),
             ["--mxvigil", binary]),
            ("monitoring", os.path.join(HERE, "watch", "monitoring.py"),
             [build]),
            ("senders", os.path.join(scenario, "oracle.py"),
             ["--mxvigil", binary])]:
        run_counted(totals, what, enter + [script, *more], 600)


def run_watch(totals, build):
    """The daemon, in a lab of its own."""
    run_counted(totals, "watch",
                [sys.executable, os.path.join(HERE, "lab", "lab.py"), "run",
                 os.path.join(build, "lab", "watch"), "--",
                 os.path.join(HERE, "watch", "run.py"), build], 400)


def run_chaos(totals, build):
    """Bad days, in brief, each in a lab of its own."""
    run_counted(totals, "chaos",
                [sys.executable, os.path.join(HERE, "chaos", "run.py"), build],
                300)


def run_browser(totals, build):
    """The status page in Chromium, where there is one."""
    run_counted(totals, "browser",
                [sys.executable, os.path.join(HERE, "browser", "run.py"),
                 build], 300)


def main():
    build = os.path.abspath(sys.argv[1])
    totals = Totals()
    started = time.monotonic()
    run_units(totals, build)
    run_replays(totals, build)
    run_cli(totals, build)
    run_config(totals, build)
    run_store(totals, build)
    run_lab(totals, build)
    run_watch(totals, build)
    run_chaos(totals, build)
    run_browser(totals, build)
    print(f"{time.monotonic() - started:.0f} s")
    print(f"{totals.passed} passed, {totals.failed} failed")
    sys.exit(totals.failed != 0)


if __name__ == "__main__":
    main()
