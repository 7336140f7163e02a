#!/usr/bin/env python3
"""All bad days in brief, for tests/run.py: each test in a lab of its own, side
by side.  What they are and how they are run for long is in their heads.

Usage: tests/chaos/run.py BUILD

Ends with one line, "N passed, N failed".
"""

import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
LAB = HERE.parent / "lab" / "lab.py"
LIMIT = 240

BRIEF = {
    "kill_core": ["--cycles", "8", "--hosts", "30"],
    "kill_probe": ["--kills", "12", "--workers", "4", "--domains", "90"],
    "loss": ["--quick"],
    "badday": ["--brief", "--jobs", "7"],
}


def run(build, name):
    """(passed, failed, output); a test that hangs or breaks off has failed."""
    argv = [sys.executable, LAB, "run", build / "lab" / f"chaos-{name}", "--",
            sys.executable, HERE / f"{name}.py", build, "--kind", "test",
            *BRIEF[name]]
    with tempfile.TemporaryFile("w+") as out:
        child = subprocess.Popen(list(map(str, argv)), stdout=out,
                                 stderr=subprocess.STDOUT,
                                 stdin=subprocess.DEVNULL)
        try:
            status = child.wait(LIMIT)
        except subprocess.TimeoutExpired:
            child.kill()
            status = child.wait()
        out.seek(0)
        text = out.read()
    found = re.findall(r"(\d+) passed, (\d+) failed", text)
    passed, failed = map(int, found[-1]) if found else (0, 0)
    if failed == 0 and (status != 0 or passed == 0):
        failed = 1
    return passed, failed, text


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    build = Path(sys.argv[1]).resolve()
    with ThreadPoolExecutor(len(BRIEF)) as pool:
        results = list(pool.map(lambda name: run(build, name), BRIEF))
    for name, (passed, failed, text) in zip(BRIEF, results):
        print(f"{name}: {passed} passed, {failed} failed of them")
        if failed:
            print(text)
    failed = sum(result[1] for result in results)
    print(f"chaos: {sum(result[0] for result in results)} passed, "
          f"{failed} failed")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
