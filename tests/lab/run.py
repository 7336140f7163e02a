#!/usr/bin/env python3
"""The daemon in the foreground, for whoever wants to see it (`make run`).

    run.py BUILD [DOMAIN...]

With domains it watches these, without in the lab, where demo.py breaks and
mends a mail server all the time.  Alerts come to this terminal.  All that it
keeps is in $XDG_STATE_HOME/mxvigil (~/.local/state/mxvigil).

The agent gets a session of its own, so that Ctrl-C reaches only this program,
which ends it.  It does not outlive this program in any case: outside the lab
the kernel tells it, and the lab ends when its standard input does.
"""

import asyncio
import ctypes
import json
import os
import signal
import socket
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE)]
sys.dont_write_bytecode = True

import bridge                                                  # noqa: E402
import screen                                                  # noqa: E402

PORTS = range(9725, 9775)
# How long the agent may take to end; it takes 5 s itself at the most.
PATIENCE = 10
# An alert is never longer.
ALERT_MAX = 4 << 20
PR_SET_PDEATHSIG = 1

CONFIGURATION = """\
# Written by "make run", each time anew.  The vantages are the resolvers of
# /etc/resolv.conf; "mxvigil config init" writes a file with all keys.
domains: {domains}
channels:
  - {{name: this-terminal, type: exec, command: {command}, min_severity: info}}
http: {{listen: "127.0.0.1:{port}"}}
store: {{path: {store}}}
"""

ABOUT_LAB = """\
This is the lab: a small Internet of its own on this machine.  Every 40 seconds
it breaks a mail server that three domains share, or mends it.  Real domains
are watched with:  make run DOMAINS="example.org example.net"
"""


def near(path):
    """As short as one may type it from here."""
    return min(str(path), os.path.relpath(path), key=len)


def free_port():
    for port in PORTS:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
                probe.listen()
            except OSError:
                continue
            return port
    sys.exit(f"make run: no port from {PORTS[0]} to {PORTS[-1]} is free")


def state_folder(name):
    try:
        home = os.environ.get("XDG_STATE_HOME") or \
            Path.home() / ".local" / "state"
        folder = Path(home).absolute() / "mxvigil" / name
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except (OSError, RuntimeError) as error:
        sys.exit(f"make run: {error}: XDG_STATE_HOME names another folder")
    if len(os.fsencode(folder)) > 80:
        sys.exit(f"make run: {folder}: too long for a socket in it: "
                 "XDG_STATE_HOME names another folder")
    return folder


def channel_command(folder):
    return [sys.executable, str(HERE / "screen.py"),
            str(folder / "alerts.sock")]


def write_configuration(path, port, domains):
    path.write_text(CONFIGURATION.format(
        domains=json.dumps(domains), port=port,
        command=json.dumps(channel_command(path.parent)),
        store=json.dumps(str(path.with_suffix(".db")))))


def die_with_parent():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Run:
    def __init__(self, build, domains):
        self.build, self.domains = build, domains
        self.folder = state_folder("" if domains else "lab")
        self.config = self.folder / "mxvigil.yaml"
        self.port = free_port()
        self.screen = screen.Screen()
        self.child, self.ending = None, None

    def command(self):
        mxvigil = self.build / "release" / "mxvigil"
        if self.domains:
            write_configuration(self.config, self.port, self.domains)
            return [mxvigil, "run", "-f", self.config]
        return [sys.executable, HERE / "lab.py", "run",
                self.build / "lab" / "run", "--", sys.executable,
                HERE / "demo.py", mxvigil, self.folder, str(self.port)]

    def greet(self):
        paint, say = self.screen.paint, self.screen.line
        say(paint("bold",
                  f"The status page: http://127.0.0.1:{self.port}/"))
        say()
        if not self.domains:
            say(ABOUT_LAB)
        say("Ctrl-C ends it.  Meanwhile, in another terminal:")
        say(f"  {near(self.build / 'release' / 'mxvigil')} status "
            f"-f {near(self.config)}")
        say("and in place of status: history DOMAIN, ack INCIDENT, or")
        say("silence DOMAIN --for 1h --why TEXT")
        say()

    # --------------------------------------------------------------- ending

    def end(self):
        """Told again after a while, it ends at once.  A terminal that closes
        tells it twice, and so may who presses Ctrl-C."""
        now = time.monotonic()
        if self.ending is None:
            self.ending = now
            self.end_child()
        elif now - self.ending > 1:
            self.kill()

    def end_child(self):
        if self.child is None or self.child.returncode is not None:
            return
        asyncio.get_running_loop().call_later(PATIENCE, self.kill)
        if self.domains:
            self.child.terminate()
        self.child.stdin.close()

    def kill(self):
        if self.child is not None and self.child.returncode is None:
            self.child.kill()

    # -------------------------------------------------------------- running

    async def take_alert(self, reader, writer):
        try:
            text = await reader.readline()
            self.show(self.screen.alert, json.loads(text))
        except (ValueError, KeyError, OSError) as error:
            self.show(self.screen.note, f"an alert that is none: {error}")
        finally:
            writer.close()

    def show(self, how, what):
        """A terminal that is gone ends it."""
        try:
            how(what)
        except OSError:
            sys.stdout = open(os.devnull, "w")
            self.end()

    async def start(self):
        alerts = self.folder / "alerts.sock"
        alerts.unlink(missing_ok=True)
        servers = [await asyncio.start_unix_server(
            self.take_alert, alerts, limit=ALERT_MAX)]
        if not self.domains:
            servers.append(await bridge.outside(
                self.port, self.folder / "page.sock"))
        self.child = await asyncio.create_subprocess_exec(
            *self.command(), stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
            start_new_session=True, preexec_fn=die_with_parent,
            limit=1 << 20)
        return servers

    async def run(self):
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self.end)
        self.show(lambda _: self.greet(), None)
        servers = await self.start()
        if self.ending is not None:
            self.end_child()
        async for line in self.child.stdout:
            self.show(self.screen.log,
                      line.decode(errors="replace").rstrip("\n"))
        status = await self.child.wait()
        for server in servers:
            server.close()
        for name in ("alerts.sock", "page.sock"):
            (self.folder / name).unlink(missing_ok=True)
        return 0 if self.ending is not None else status or 1


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    build = Path(sys.argv[1]).resolve()
    return asyncio.run(Run(build, sys.argv[2:]).run())


if __name__ == "__main__":
    sys.exit(main())
