"""What Nagios and Icinga 2 have in common here."""

import os
import pwd
import re
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

import stage

# What is shipped says where the programs and the socket are.
SOCKET = "/run/mxvigil/mxvigil.sock"
BIN = "/usr/local/bin/"
# Who runs a monitor has no rights.  In the lab of an ordinary user there is
# nobody but root, which is that user.
USERS = ("nagios", "nobody")


@dataclass
class Service:
    state: int
    hard: bool
    output: str
    long: str
    perf: str


def user_of(program):
    """Who runs it: a user without rights, if it can go there."""
    names = {entry.pw_name for entry in pwd.getpwall()}
    alone = Path("/proc/self/uid_map").read_text().split()[2] == "1"
    far = any(not place.stat().st_mode & stat.S_IXOTH
              for place in Path(program).resolve().parents)
    return pwd.getpwnam("root" if alone or far else next(
        name for name in USERS if name in names))


def perf_of(text):
    """{label: (value, warn, crit, min, max)} by the grammar of the Monitoring
    Plugins, or ValueError."""
    found = {}
    for word in text.split():
        match = re.fullmatch(r"(\w+)=(U|-?[\d.]+(?:s|)?)"
                             r"((?:;[-@~:.\d]*){0,4})", word)
        if not match or match[1] in found:
            raise ValueError(f"performance data: {text}")
        found[match[1]] = (match[2], *match[3].split(";")[1:])
    return found


class Monitor:
    """Runs in a folder of its own, as a user without rights."""

    def __init__(self, here):
        self.here, self.folder = here, here.folder / self.name
        self.folder.mkdir()
        self.program = here.tools.path(self.PROGRAMS[0])
        self.user = user_of(self.program)
        self.bin = here.folder / "bin"
        if not self.bin.exists():
            self.bin.mkdir()
            shutil.copy2(here.mxvigil, self.bin / "mxvigil")
            (self.bin / "check_mxvigil").symlink_to("mxvigil")
        self.notes, self.process = self.folder / "told", None
        self.notes.touch()

    def shipped(self, name):
        """A shipped file, with our places in it."""
        text = (stage.PACKAGING / self.name / name).read_text()
        for before, after in ((BIN, f"{self.bin}/"),
                              (SOCKET, self.here.agent.settings["socket"]),
                              ("9725", str(self.here.agent.port))):
            assert before in text or name.startswith("example"), before
            text = text.replace(before, after)
        return text

    def own(self):
        """All that was written is the monitor's."""
        for path in [self.folder, *self.folder.rglob("*")]:
            os.chown(path, self.user.pw_uid, self.user.pw_gid)

    def how(self):
        """For subprocess."""
        who = {"user": self.user.pw_uid, "group": self.user.pw_gid,
               "extra_groups": []} if self.user.pw_uid != 0 else {}
        return {"cwd": self.folder, "stderr": subprocess.STDOUT,
                "stdin": subprocess.DEVNULL, "env": {
                    **self.here.tools.environment(),
                    **stage.harness.SANITIZE}, **who}

    def run(self, *words):
        """To its end; returns what it said."""
        self.own()
        done = subprocess.run(
            list(map(str, words)), text=True, stdout=subprocess.PIPE,
            timeout=60, check=False, **self.how())
        assert done.returncode == 0, done.stdout
        return done.stdout

    def spawn(self, *words):
        self.own()
        with open(self.folder / "out", "wb") as out:
            self.process = subprocess.Popen(
                list(map(str, words)), stdout=out, **self.how())

    def end(self):
        self.process.terminate()
        self.process.wait(20)

    def wrong(self, way, domain):
        """What is not as it should be of a domain, or None."""
        state, word, rule, up = stage.STATES[domain]
        seen = self.services().get(self.place(way, domain))
        if seen is None:
            return "no such service"
        if (seen.state, seen.hard) != (state, True) or \
                not seen.output.startswith(f"MXVIGIL {word} - {domain}: "):
            return seen
        if rule and f"[{word}] {rule}: " not in seen.long:
            return seen
        if not rule and "[WARNING]" in seen.long:
            return seen
        perf = perf_of(seen.perf)
        thresholds = ("10", "", "0") if way == "check" else ("", "", "0")
        if perf["mx_up"][0] != str(up) or perf["mx_total"][0] != "2" or \
                (perf["time"][0] == "U") != (up == 0) or \
                perf["time"][1:] != thresholds or \
                (perf["cert_days"][0] == "U") != (up == 0):
            return perf
        return None

    def told(self):
        """service|state|output of each notification."""
        return self.notes.read_text()
