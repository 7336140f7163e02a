"""Where the daemon's time goes, by perf."""

import subprocess
from pathlib import Path

RATE, SECONDS, HEAD = 499, 30, 25


class Profile:
    """Records the core and the probe processes, in files of their own."""

    def __init__(self, agent, folder):
        self.folder = folder
        Path(folder).mkdir(parents=True, exist_ok=True)
        core, *probes = agent.pids()
        self.going = [self.record("core", [core]),
                      self.record("probes", probes)]

    def file(self, name):
        return Path(self.folder) / f"{name}.perf"

    def record(self, name, pids):
        return name, subprocess.Popen(
            ["perf", "record", "-q", "-g", "-F", str(RATE), "-o",
             str(self.file(name)), "-p", ",".join(map(str, pids)), "--",
             "sleep", str(SECONDS)], stderr=subprocess.DEVNULL)

    def tell(self):
        for name, recording in self.going:
            recording.wait()
            done = subprocess.run(
                ["perf", "report", "-i", str(self.file(name)), "--stdio",
                 "--no-children", "-g", "none", "--sort", "symbol,dso"],
                capture_output=True, text=True, check=False)
            lines = [line.rstrip(" -") for line in done.stdout.splitlines()
                     if line and not line.startswith("#")]
            print(f"profile of {name}:", *lines[:HEAD], sep="\n", flush=True)
