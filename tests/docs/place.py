"""The machine on which the documents' examples are run: an Internet, programs
in PATH, /etc/mxvigil and /var/lib/mxvigil of its own, and a daemon.

    place = Place(build)
    place.start()
    place.run("mxvigil check example.org", folder)
"""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import internet
from harness import SANITIZE
from world import wait_until

HERE = Path(__file__).resolve().parent
STATE = Path("/var/lib/mxvigil")
# The incident that the documents speak of.
INCIDENT = 17
# So many silences are there for documents to end.
SILENCES = 4

SETTINGS = {
    "domains": ["example.org", {"name": "example.net",
                                "labels": {"customer": "acme"}},
                "bakery.example", "florist.example", "school.example",
                "parked.example"],
    "vantages": [{"name": "local", "resolver": "127.0.0.1"},
                 {"name": "quad9", "resolver": "9.9.9.9"}],
    "smtp": {"helo": "monitor.example.org"},
    "intervals": {"dns": "3s", "smtp": "3s", "authority": "10s",
                  "tls": "10s"},
    "alerts": {"dns": {"strikes": 2, "retry": ["500ms"], "span": "500ms"},
               "smtp": {"strikes": 2, "retry": ["500ms"], "span": "500ms"},
               "wait": "500ms"},
    "channels": [{"name": "ops", "type": "slack", "url_file": "ops.url"}],
}
SECRETS = {"url_file": "https://hooks.slack.com/services/T0/B0/x",
           "token_file": "12345:token", "key_file": "whsec_" + "QUJD" * 8}


# ------------------------------------------------------------ what there is

def private(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + "\n")
    path.chmod(0o600)


def furnish(folder):
    """What a reader has at hand when the document begins."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "mxvigil.yaml").write_text(json.dumps(SETTINGS, indent=1))
    (folder / "domains.txt").write_text("example.org\nexample.net\n")
    private(folder / "ops.url", SECRETS["url_file"])


class Place:
    """The machine of the examples."""

    def __init__(self, build):
        self.folder = Path(os.environ["LAB"]) / "run" / "examples"
        self.net = internet.Internet(self.folder / "net")
        self.net.break_host("mx.hosting.example")
        self.program = build / "test" / "mxvigil"
        self.bin = self.folder / "bin"
        self.bin.mkdir()
        for name in ("mxvigil", "check_mxvigil"):
            (self.bin / name).symlink_to(self.program)
        self.env = {**os.environ, **SANITIZE, "LC_ALL": "C.UTF-8",
                    "PATH": f"{self.bin}:{os.environ['PATH']}"}
        internet.own_folder("/etc", self.settle)
        self.make_state()
        self.record = self.folder / "example.ndjson"
        self.agent = None

    def settle(self, etc):
        self.net.settle(etc)
        shutil.rmtree(etc / "mxvigil", ignore_errors=True)
        furnish(etc / "mxvigil")

    @staticmethod
    def make_state():
        """Its folder, though there may be none on this machine."""
        if STATE.exists():
            internet.own_folder(str(STATE))
            return
        if any(Path(p).is_relative_to("/var/lib")
               for p in (HERE, os.environ["LAB"])):
            print("SKIP examples: this tree is below /var/lib, which the "
                  "examples need for themselves")
            sys.exit(0)
        subprocess.run(["mount", "-t", "tmpfs", "state", "/var/lib"],
                       check=True)
        STATE.mkdir(mode=0o700)

    def run(self, line, cwd, seconds=20):
        return subprocess.run(["sh", "-c", line], cwd=cwd, env=self.env,
                              stdin=subprocess.DEVNULL, timeout=seconds,
                              stdout=subprocess.PIPE, text=True,
                              stderr=subprocess.STDOUT, check=False)

    # ----------------------------------------------------------- the daemon

    def start(self):
        """A daemon that has watched for long: the incident that is open is
        the one that the documents name."""
        self.spawn()
        done = self.run("mxvigil check --record example.ndjson example.org",
                        self.folder)
        if done.returncode != 0:
            raise SystemExit(f"the world is not well: {done.stdout}")
        wait_until(lambda: "incident 1: opened" in self.log() and
                   "first look at all" in self.log(), 30, "an incident")
        self.stop()
        with sqlite3.connect(STATE / "mxvigil.db") as store:
            store.execute("PRAGMA foreign_keys = off")
            store.execute("UPDATE incident SET id = ?", (INCIDENT,))
            for table in ("member", "history", "outbox", "tells"):
                columns = store.execute(f"PRAGMA table_info({table})")
                if "incident" in [row[1] for row in columns]:
                    store.execute(f"UPDATE {table} SET incident = ? "
                                  "WHERE incident = 1", (INCIDENT,))
        store.close()
        self.spawn()
        for number in range(SILENCES):
            self.run(f"mxvigil silence {number}.nowhere.example --for 1h "
                     "--why 'an example'", self.folder)

    def log(self):
        return (self.folder / "agent.log").read_text(errors="replace")

    def spawn(self):
        with open(self.folder / "agent.log", "wb") as log:
            self.agent = subprocess.Popen(
                ["mxvigil", "run"], env=self.env, cwd=self.folder,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        wait_until(self.is_up, 20, "the daemon")

    def is_up(self):
        if self.agent.poll() is not None:
            raise SystemExit(f"the daemon ended: {self.log()}")
        return "status page: " in self.log()

    def stop(self):
        self.agent.terminate()
        if self.agent.wait(20) != 0:
            raise SystemExit(f"the daemon ended badly: {self.log()}")
