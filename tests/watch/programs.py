"""Real programs that the agent talks to, or that read it, as Debian has them:
unpacked or installed by fetch.sh, in a folder of their own, on loopback."""

import json
import os
import socket
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import lab
from world import wait_until


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Program:
    """One that is asked over HTTP."""

    def __init__(self, name, folder, *words):
        self.name, self.folder, self.port = name, folder, free_port()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.base = f"http://127.0.0.1:{self.port}"
        self.tools = lab.find_tools(Path(os.environ["LAB"]))
        self.words = [word.format(port=self.port, folder=folder)
                      for word in words]
        self.process = None

    def __enter__(self):
        self.log = self.folder / "log"
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [self.tools.path(self.name), *self.words], cwd=self.folder,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env=self.tools.environment())
        wait_until(self.is_ready, 20, f"{self.name} is ready")
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def is_ready(self):
        if self.process.poll() is not None:
            raise AssertionError(f"{self.name}: {self.log.read_text()}")
        try:
            return self.get("/-/ready") is not None
        except urllib.error.URLError:
            return False

    def get(self, path, **query):
        url = self.base + path + "?" * bool(query) + \
            urllib.parse.urlencode(query)
        with urllib.request.urlopen(url, timeout=10) as reply:
            return reply.read().decode()

    def ask(self, path, **query):
        return json.loads(self.get(path, **query))
