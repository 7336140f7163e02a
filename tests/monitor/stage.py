"""What the tests of monitoring systems share: three domains of the lab, the
daemon that watches them, and how results are counted.

    stage = Stage(BUILD)
    stage.agent.start()
    stage.check("what should hold", function)
    stage.end()
"""

import atexit
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(HERE.parent / "watch")]
sys.dont_write_bytecode = True

import world                                                   # noqa: E402
import harness                                                 # noqa: E402
import plan                                                    # noqa: E402

HEALTHY, DEGRADED, DEAD = \
    "t-healthy.test", "t-primary-down.test", "t-rejected.test"
# By domain: exit status, the state's name, the rule that says so, how many of
# its two mail servers take mail.
STATES = {
    HEALTHY: (0, "OK", None, 2),
    DEGRADED: (1, "WARNING", "mx.primary-down", 1),
    DEAD: (2, "CRITICAL", "mx.all-down", 0),
}
PACKAGING = ROOT / "packaging"


class Stage:
    """folder: where users without rights can read, and lab is its end."""

    def __init__(self, build, receiver=None, **settings):
        self.mxvigil = Path(build).resolve() / "test" / "mxvigil"
        self.tools = world.lab.find_tools(Path(os.environ["LAB"]))
        self.world = world.World(["monitor"])
        self.folder = Path(tempfile.mkdtemp(prefix="mxvigil-monitor-"))
        self.folder.chmod(0o755)
        atexit.register(shutil.rmtree, self.folder, ignore_errors=True)
        self.agent = harness.Agent(
            str(self.mxvigil), self.world.plots["monitor"], receiver,
            {"domains": list(STATES), "smtp": {"depth": "starttls"},
             "rules": {"tls.*": "warning"}, **settings})
        self.passed = self.failed = 0

    def lacking(self, *programs):
        """Those that fetch.sh could not find; said aloud."""
        gone = [name for name in programs if name not in self.tools.table]
        if gone:
            print(f"SKIP {programs[0]}: no {', '.join(gone)}", flush=True)
        return gone

    def check(self, what, holds, *args):
        """Count it, and print what was wrong."""
        started = time.monotonic()
        try:
            holds(*args)
        except (AssertionError, OSError, KeyError, ValueError) as error:
            self.failed += 1
            print(f"not ok {what}\n# {type(error).__name__}: {error}")
        else:
            self.passed += 1
            print(f"ok {what} ({time.monotonic() - started:.1f} s)")
        sys.stdout.flush()

    def end(self, name):
        if self.agent.process is not None and \
                self.agent.process.poll() is None:
            self.check("the agent ends well", self.agent.stop)
        print(f"{name}: {self.passed} passed, {self.failed} failed")
        sys.exit(self.failed != 0)


def options():
    """What a look needs in the lab, as words."""
    words = ["--ca-file", os.environ["LAB_CA"], "--helo", "monitor.lab"]
    for network in plan.LAB_NETWORKS:
        words += ["--allow-network", network]
    return words + ["--vantage", "unbound=" + plan.VANTAGES["unbound"],
                    "--vantage", "pdns=" + plan.VANTAGES["pdns"]]
