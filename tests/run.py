#!/usr/bin/env python3
"""Run every test and end with one line, "N passed, N failed".

Usage: tests/run.py BUILD

BUILD holds what `make test` has built: unit tests, fuzz harnesses that replay
files, and mxvigil itself, all under AddressSanitizer and
UndefinedBehaviorSanitizer.  The environment variable MXVIGIL_CORPUS may name a
folder with further bad inputs (see tests/fuzz/README.md).
"""
import concurrent.futures
import os
import re
import subprocess
import sys
import threading
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


def shorten(text, lines=150):
    """Both ends of what a failure printed."""
    line = text.splitlines()
    if len(line) > 2 * lines:
        line[lines:-lines] = [f"… {len(line) - 2 * lines} lines …"]
    return "\n".join(line)


class Totals:
    """Counts, and prints what each part said; parts may end at one time."""

    def __init__(self):
        self.passed = self.failed = 0
        self.lock = threading.Lock()

    def add(self, passed, failed, what, output="", seconds=0.0):
        word = "ok" if failed == 0 else "FAILED"
        with self.lock:
            self.passed += passed
            self.failed += failed
            for line in re.findall(r"(?m)^(?:SKIP|NOTE).*", output):
                print(line)
            print(f"{word:6} {what}: {passed} passed, {failed} failed "
                  f"({seconds:.0f} s)", flush=True)
            if failed:
                print(shorten(output), flush=True)


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


def run_unit(totals, path):
    begun = time.monotonic()
    code, out = run([path], 180, CMOCKA_MESSAGE_OUTPUT="TAP")
    passed = len(re.findall(r"(?m)^\s*ok \d+", out))
    failed = len(re.findall(r"(?m)^\s*not ok \d+(?!.*# SKIP)", out))
    if failed == 0 and (code != 0 or passed == 0):  # died, leaked, ran nothing
        failed = 1
    name = os.path.basename(path)[len("test_"):]
    totals.add(passed, failed, f"unit {name}", out, time.monotonic() - begun)


def run_replay(totals, path):
    """The seeds of a fuzzer, and what MXVIGIL_CORPUS has for it."""
    begun = time.monotonic()
    target = os.path.basename(path)[len("replay_"):]
    corpus = os.environ.get("MXVIGIL_CORPUS")
    inputs = [os.path.join(HERE, "fuzz", "seeds", target)]
    for sub in CORPUS.get(target, []) if corpus else []:
        inputs.append(os.path.join(corpus, sub))
    code, out = run([path, *inputs], 300)
    totals.add(int(code == 0), int(code != 0), f"fuzz seeds {target}", out,
               time.monotonic() - begun)


def run_counted(totals, what, argv, timeout):
    """A script of ours, whose last count is "N passed, N failed"."""
    begun = time.monotonic()
    code, out = run(argv, timeout)
    found = re.findall(r"(\d+) passed, (\d+) failed", out)
    passed, failed = map(int, found[-1]) if found else (0, 0)
    skipped = re.findall(r"(?m)^SKIP.*", out)
    if failed == 0 and (code != 0 or (passed == 0 and not skipped)):
        failed = 1
    totals.add(passed, failed, what, out, time.monotonic() - begun)


# ------------------------------------------------------------------- the parts

def programs(build, kind, prefix):
    folder = os.path.join(build, "test", kind)
    return [os.path.join(folder, name) for name in sorted(os.listdir(folder))
            if name.startswith(prefix) and not name.endswith(".d")]


def script(*path):
    return [sys.executable, os.path.join(HERE, *path)]


def in_lab(build, name, argv):
    """In a lab of its own."""
    return script("lab", "lab.py") + ["run", os.path.join(build, "lab", name),
                                      "--", *argv]


def together(build):
    """What does not mind company, as (what, argv, timeout)."""
    mxvigil = os.path.join(build, "test", "mxvigil")
    return [
        ("senders", in_lab(build, "senders", script("scenario", "oracle.py") +
                           ["--mxvigil", mxvigil]), 600),
        ("scenarios", in_lab(build, "scenarios",
                             script("scenario", "run.py") +
                             ["--mxvigil", mxvigil]), 600),
        ("command line", script("cli", "run.py") +
         ["--mxvigil", mxvigil], 300),
        ("config", script("config", "broken.py") +
         ["--mxvigil", mxvigil,
          "--out", os.path.join(build, "test", "broken")], 300),
        ("store", script("chaos", "store_kill.py") +
         [os.path.join(build, "test", "store_writer")], 300),
        ("config init", script("config", "init.py") + [mxvigil], 60),
        ("manual pages", script("docs", "manuals.py") + [build], 60),
        ("completions", script("docs", "completions.py") + [build], 60),
        ("packages", script("package", "brief.py") + [build], 300),
        ("links", script("docs", "links.py") + [build], 60),
        ("spelling", script("docs", "spelling.py") + [build], 120),
        ("examples", in_lab(build, "examples",
                            script("docs", "examples.py") + [build]), 120),
        ("pictures", in_lab(build, "pictures",
                            script("docs", "pictures.py") +
                            [build, "--check"]), 60),
        ("doctor", in_lab(build, "doctor",
                          script("doctor", "run.py") + [build]), 120),
        ("the lab itself", in_lab(build, "self",
                                  script("lab", "selftest.py")), 300),
        ("egress", in_lab(build, "egress", script("scenario", "egress.py") +
                          ["--mxvigil", mxvigil]), 300),
    ]


def alone(build):
    """What waits for short times, and so wants the machine for itself."""
    return [
        ("monitoring", in_lab(build, "net",
                              script("watch", "monitoring.py") +
                              [build]), 600),
        ("Nagios and Icinga", in_lab(build, "plugins",
                                     script("monitor", "plugins.py") +
                                     [build]), 200),
        ("Prometheus and Grafana", in_lab(build, "dashboards",
                                          script("monitor", "dashboards.py") +
                                          [build]), 200),
        ("watch", in_lab(build, "watch",
                         script("watch", "run.py") + [build]), 400),
        ("chaos", script("chaos", "run.py") + [build], 300),
        ("browser", script("browser", "run.py") + [build], 300),
    ]


def main():
    build = os.path.abspath(sys.argv[1])
    totals = Totals()
    started = time.monotonic()
    if not os.environ.get("MXVIGIL_CORPUS"):
        print("NOTE: MXVIGIL_CORPUS is not set: only the seeds in the tree "
              "are replayed", flush=True)
    cpus = len(os.sched_getaffinity(0))
    with concurrent.futures.ThreadPoolExecutor(cpus) as pool:
        done = [pool.submit(run_counted, totals, *part)
                for part in together(build)]
        done += [pool.submit(run_unit, totals, path)
                 for path in programs(build, "unit", "test_")]
        done += [pool.submit(run_replay, totals, path)
                 for path in programs(build, "fuzz", "replay_")]
    for job in done:
        job.result()
    for part in alone(build):
        run_counted(totals, *part)
    print(f"{time.monotonic() - started:.0f} s")
    print(f"{totals.passed} passed, {totals.failed} failed")
    sys.exit(totals.failed != 0)


if __name__ == "__main__":
    main()
