"""What the tests of bad days share: counted checks, and mail servers in a
process of their own, so that hundreds of dialogues do not wait for the test.
"""

import asyncio
import multiprocessing
import os
import sys
import threading
import time
import traceback
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "lab"), str(HERE.parent / "watch")]
sys.dont_write_bytecode = True

import harness                                                 # noqa: E402,F401
import peers                                                   # noqa: E402
import plan                                                    # noqa: E402,F401
import world                                                   # noqa: E402,F401


class Checks:
    """Counts what holds and what does not; ends with the line that
    tests/run.py reads."""

    def __init__(self, out=None):
        self.passed = self.failed = 0
        self.out, self.lock = out, threading.Lock()

    def note(self, text):
        line = f"{time.strftime('%H:%M:%S')} {text}"
        print(line, flush=True)
        if self.out:
            with self.out.open("a") as file:
                file.write(line + "\n")

    def that(self, what, holds, more=""):
        with self.lock:
            self.passed += bool(holds)
            self.failed += not holds
        self.note(f"ok {what}" if holds else f"FAILED {what}: {more}")

    def run(self, what, function, *args):
        """A part; when it breaks off, that is one failure."""
        begun = time.monotonic()
        try:
            function(*args, self)
        except Exception:               # noqa: BLE001: whatever it is
            self.that(what, False, traceback.format_exc())
        self.note(f"{what}: {time.monotonic() - begun:.0f} s")

    def end(self):
        self.note(f"{self.passed} passed, {self.failed} failed")
        sys.exit(self.failed > 0)


class Talkers:
    """Good mail servers at these addresses: with STARTTLS, in a process."""

    def __init__(self, addresses):
        ready = multiprocessing.Event()
        self.process = multiprocessing.Process(
            target=self.talk, args=(sorted(set(addresses)), ready),
            daemon=True)
        self.process.start()
        if not ready.wait(30):
            raise TimeoutError("the mail servers do not start")

    @staticmethod
    def talk(addresses, ready):
        async def serve():
            pki = Path(os.environ["LAB"]) / "pki"
            for ip in addresses:
                peer = peers.Peer(ip, "ok", "wild", pki)
                await asyncio.start_server(peer.serve, ip, 25, backlog=512)
            ready.set()
            await asyncio.Event().wait()
        asyncio.run(serve())

    def stop(self):
        self.process.terminate()
        self.process.join()
