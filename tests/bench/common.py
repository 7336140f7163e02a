"""What the two benches share: commands, times, and how noisy it was."""

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "scenario"), str(HERE.parent / "lab")]
sys.dont_write_bytecode = True

import plan                                                    # noqa: E402
import run as scenario_run                                     # noqa: E402
import wire                                                    # noqa: E402

RESOLVER = plan.VANTAGES["unbound"]
QUIET = 0.1                 # others' part of the machine's time
VANTAGES = [plan.VANTAGES[k] for k in scenario_run.scenarios.THREE]


class Tools:
    """The agent and its peers, below the folder of the build."""

    def __init__(self, build):
        self.agent = str(build / "release" / "mxvigil")
        self.plugins = build / "bench-peers/root/usr/lib/nagios/plugins"

    def check(self, *words):
        return [self.agent, "check", *scenario_run.common_options(), *words]

    def plugin(self, name, *words):
        return [str(self.plugins / name), *words]


def call(words, text=None):
    """Run it to the end; it must succeed.  Its standard output."""
    done = subprocess.run(words, input=text, text=True, timeout=300,
                          capture_output=True, check=False)
    if done.returncode != 0:
        sys.exit(f"bench: {' '.join(words)}: exit status {done.returncode}: "
                 f"{(done.stdout + done.stderr)[-800:]}")
    return done.stdout


def timed(function):
    """Milliseconds."""
    started = time.perf_counter()
    function()
    return (time.perf_counter() - started) * 1000


median = statistics.median


def process_ticks(folder):
    """CPU time of one process and of its children that have ended."""
    try:
        words = (folder / "stat").read_text().rpartition(")")[2].split()
    except OSError:                     # it is gone
        return 0
    return sum(map(int, words[11:15]))


class Noise:
    """What else the machine did meanwhile.  In the lab's namespace only the
    lab and this bench are seen as processes; the rest is others' work."""

    def __init__(self):
        self.before = self.read()
        self.load = os.getloadavg()[0]

    @staticmethod
    def read():
        words = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
        ticks = [int(w) for w in words]
        return {"all": sum(ticks[:8]), "idle": ticks[3] + ticks[4],
                "steal": ticks[7],
                "ours": sum(map(process_ticks, Path("/proc").glob("[0-9]*")))}

    def tell(self):
        now = self.read()
        spent = {key: now[key] - self.before[key] for key in now}
        total = max(1, spent["all"])
        ours = spent["ours"] / total
        others = max(0, 1 - spent["idle"] / total - ours)
        print(f"machine: {os.cpu_count()} cores; {ours:.0%} busy with this "
              f"bench and the lab, {others:.0%} with other things (of these "
              f"{spent['steal'] / total:.1%} stolen by other machines); load "
              f"{self.load:.1f} before, {os.getloadavg()[0]:.1f} after")
        if others > QUIET:
            print("the machine was not quiet: run it again when it is")


def ask(name, rtype, server=RESOLVER):
    return wire.ask(server, name + ".", rtype)
