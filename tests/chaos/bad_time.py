"""Bad days of time: clocks that jump, processes that are stopped."""

import os
import resource
import signal
import socket
import time
from pathlib import Path

from common import world
from scene import Scene

FAKETIME = ("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
            "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1")
DAY = 86400


def wrapper(folder, name, text):
    """A program in the place of mxvigil."""
    path = folder / f"{name}.sh"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def is_sanitized(binary):
    return b"__asan_init" in Path(binary).read_bytes()


def clock(days, checks):
    """The wall clock jumps by a day, both ways; the monotonic one does not.
    The probes see it too, so they are not locked up: the file that says what
    time it is would be out of their reach."""
    library = next((x for x in FAKETIME if Path(x).exists()), None)
    if library is None or is_sanitized(days.binary):
        print("SKIP clock: no libfaketime, or not together with a sanitizer")
        return
    offset = days.world.folder / "offset"
    offset.write_text("+0\n")
    program = wrapper(days.world.folder, "clock", f"""\
export FAKETIME_TIMESTAMP_FILE={offset} FAKETIME_NO_CACHE=1
export DONT_FAKE_MONOTONIC=1 FAKETIME_DONT_FAKE_MONOTONIC=1
[ "$1" = run ] && set -- "$@" --no-sandbox
export LD_PRELOAD={library}
exec {days.binary} "$@"
""")
    with Scene(days, "clock", checks, wrapper=program) as s:
        usual = s.rate(4)
        for jump in ("+1d", "+0", "-1d", "+0"):
            before, begun = s.looks(), time.monotonic()
            offset.write_text(jump + "\n")
            world.wait_until(lambda: sees(s, jump), 10, f"the clock {jump}")
            time.sleep(days.seconds(4, 15))
            s.no_burst(usual, before, time.monotonic() - begun)
        s.that("nothing is told", not s.receiver.alerts, s.receiver.words())
        offset.write_text("-1d\n")
        s.goes_on()
        offset.write_text("+1d\n")
        s.goes_on(4)


def sees(scene, jump):
    """The agent itself has the other time (the test of the test)."""
    hours = {"+1d": 24, "-1d": -24, "+0": 0}[jump]
    rows = scene.agent.get("metrics").splitlines()
    stamps = [float(line.split()[-1]) for line in rows if
              line.startswith("mxvigil_domain_judged_timestamp_seconds")]
    return stamps and abs(max(stamps) - time.time() - hours * 3600) < 600


def stopped(days, checks):
    """The core stands still, as on a laptop that is shut."""
    with Scene(days, "stopped", checks, hosts=60) as s:
        usual = s.rate(4)
        s.agent.process.send_signal(signal.SIGSTOP)
        time.sleep(days.seconds(8, 60))
        s.agent.process.send_signal(signal.SIGCONT)
        before, begun = s.looks(), time.monotonic()
        time.sleep(4)
        s.no_burst(usual, before, time.monotonic() - begun)
        s.receiver.silent(days.seconds(3, 10))
        s.that("nothing is told", not s.receiver.alerts, s.receiver.words())
        s.goes_on()


def hung(days, checks):
    """A probe that neither answers nor dies is killed, what it did is lost,
    and nobody is blamed."""
    with Scene(days, "hung", checks, workers=2) as s:
        victim = s.probes()[0]
        os.kill(victim, signal.SIGSTOP)
        # A session, and the time it is given beyond that.
        world.wait_until(lambda: victim not in s.probes(), 90,
                         "the end of the probe")
        s.that("a probe that hangs is killed", f"process {victim} does not "
               "answer" in s.agent.log())
        lost = s.agent.metric("mxvigil_looks_lost_total")
        s.that("its tasks are lost, and counted", lost > 0, lost)
        s.that("nothing is told", not s.receiver.alerts, s.receiver.words())
        s.goes_on()


class NoFiles:
    """While it holds, a process gets no new descriptor."""

    def __init__(self, pid):
        self.pid = pid
        self.usual = resource.prlimit(pid, resource.RLIMIT_NOFILE)

    def __enter__(self):
        resource.prlimit(self.pid, resource.RLIMIT_NOFILE,
                         (3, self.usual[1]))

    def __exit__(self, *_):
        resource.prlimit(self.pid, resource.RLIMIT_NOFILE, self.usual)


def starved(days, checks):
    """No socket for the probe: it says that it is blind, nothing is down."""
    with Scene(days, "starved", checks) as s:
        with NoFiles(s.probes()[0]):
            s.says("opened agent.blind")
            time.sleep(days.seconds(3, 30))
            s.no_domain_blamed()
        s.says("opened agent.blind", "resolved agent.blind")
        s.no_domain_blamed()
        s.goes_on()


def mute(days, checks):
    """No descriptor for the core: what it cannot tell now it tells later, and
    a probe that dies meanwhile is started later."""
    with Scene(days, "mute", checks) as s:
        with NoFiles(s.agent.process.pid):
            s.outage(1)
            time.sleep(days.seconds(6, 20))
            os.kill(s.probes()[0], signal.SIGKILL)
            time.sleep(days.seconds(3, 10))
            s.that("nothing can be told now", not s.receiver.alerts,
                   s.receiver.words())
        s.that("an outage is told when it can be", s.told("opened", 1, 90),
               f"{s.receiver.words()}\n{s.agent.tail()}")
        s.plot.way("open", s.plot.ip(1))
        s.that("and its end", s.told("resolved", 1, 90), s.receiver.words())
        s.goes_on()
        others = [line for line in s.blamed()
                  if "m1." not in line and "m3." not in line]
        s.that("no other domain is blamed", not others, others)


def few_files(days, checks, number):
    """So few descriptors: what cannot be looked at is unknown."""
    program = wrapper(days.world.folder, f"files{number}", f"""\
[ "$1" = run ] && ulimit -n {number}
exec {days.binary} "$@"
""")
    s = Scene(days, f"files{number}", checks, hosts=40, wrapper=program)
    s.agent.start(wait=False)
    try:
        world.wait_until(s.agent.is_there, 20, "the page")
    except AssertionError:
        # It may refuse, when it says so.
        s.that("with so few it says why it does not start",
               "too many open files" in s.agent.log().lower(), s.agent.log())
        s.end()
        return
    with_few(s, days)


def with_few(s, days):
    try:
        time.sleep(days.seconds(6, 20))
        s.no_domain_blamed()
        held = hold_page(s)
        time.sleep(days.seconds(3, 10))
        for connection in held:
            connection.close()
        s.no_domain_blamed()
        s.goes_on()
        s.agent.stop()
    finally:
        s.end()


def hold_page(scene):
    """Connections to the page that say nothing."""
    held = []
    for _ in range(100):
        one = socket.socket()
        one.settimeout(1)
        try:
            one.connect(("127.0.0.1", scene.agent.port))
        except OSError:
            pass
        held.append(one)
    return held


PARTS = {"clock": clock, "stopped": stopped, "hung": hung, "starved": starved,
         "mute": mute}
for _n in (32, 48, 64):
    PARTS[f"files{_n}"] = lambda days, checks, n=_n: few_files(days, checks, n)
BRIEF = ("stopped", "starved")
