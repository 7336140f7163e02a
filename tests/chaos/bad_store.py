"""Bad days of the store: full, locked, damaged, or failing."""

import os
import shutil
import sqlite3
import subprocess
import time

from common import world
from scene import Scene, shell


def ids_agree(scene):
    """Whatever was told before it could be stored, and again afterwards, is
    known by its id."""
    ids = {}
    for a in scene.receiver.alerts:
        ids.setdefault((a["kind"], a["incident"]), set()).add(a["webhook-id"])
    twice = {key: value for key, value in ids.items() if len(value) > 1}
    scene.that("a message that comes again has the same id", not twice, twice)


def all_written(scene, host):
    """The incident of this host's domain, and the message about it."""
    ip = scene.plot.ip(host)
    rows = scene.agent.query(
        "SELECT i.id, (SELECT count(*) FROM outbox o WHERE o.incident = i.id "
        "AND o.kind = 'opened' AND o.how = 1) FROM incident i WHERE i.key = ?",
        f"servers {ip}")
    scene.that("what happened meanwhile is written", len(rows) == 1 and
               rows[0][1] == 1, rows)


def while_unwritable(scene, mend):
    """An outage while the store cannot be written: told all the same, and
    written when it can be."""
    scene.outage(1)
    scene.that("an outage is told without the store",
               scene.told("opened", 1, 30), scene.receiver.words())
    world.wait_until(lambda: "opened agent.store" in scene.own(), 30,
                     "word of the store")
    scene.that("it says that the store cannot be written", True)
    ready = scene.agent.get("readyz")
    scene.that("it is not ready, and says why", "store" in ready, ready)
    mend()
    world.wait_until(lambda: "resolved agent.store" in scene.own(), 60,
                     "the store is written")
    world.wait_until(lambda: scene.agent.query(
        "SELECT count(*) FROM outbox WHERE how = 0")[0][0] == 0, 30,
        "an empty outbox")
    all_written(scene, 1)
    scene.plot.way("open", scene.plot.ip(1))
    scene.that("the end of the outage is told", scene.told("resolved", 1),
               scene.receiver.words())
    ids_agree(scene)
    others = [line for line in scene.blamed() if "d1." not in line
              and "m1." not in line]
    scene.that("no other domain is blamed", not others, others)
    scene.goes_on()


def full(days, checks):
    """A disk that fills up, and has room again."""
    disk = days.world.folder / "disk"
    disk.mkdir(parents=True)
    shell("mount", "-t", "tmpfs", "-o", "size=2m,mode=700", "none", str(disk))
    try:
        with Scene(days, "full", checks, store=disk / "x.db") as s:
            fill(disk / "ballast")
            while_unwritable(s, (disk / "ballast").unlink)
    finally:
        shell("umount", "-l", str(disk))


def fill(path):
    """Until nothing fits any more."""
    with path.open("wb", buffering=0) as file:
        for size in (65536, 4096, 512, 1):
            try:
                while file.write(bytes(size)):
                    pass
            except OSError:
                pass


def locked(days, checks):
    """Another process has the store for itself."""
    with Scene(days, "locked", checks) as s:
        other = sqlite3.connect(s.agent.store, isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        begun = time.monotonic()

        def mend():
            left = days.seconds(3, 30) - (time.monotonic() - begun)
            slow = answers_slowly(s, max(left, 1))
            s.that("the page answers meanwhile", slow < 2, f"{slow:.1f} s")
            other.rollback()
            other.close()
        while_unwritable(s, mend)


def answers_slowly(scene, seconds):
    """The longest time that the page took."""
    end, worst = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        begun = time.monotonic()
        scene.agent.get("healthz")
        worst = max(worst, time.monotonic() - begun)
        time.sleep(0.05)
    return worst


def failing(days, checks):
    """Every write to the disk is an error, by strace.  Returns without a word
    where there is none, or it may not look."""
    if shutil.which("strace") is None:
        print("SKIP failing: no strace here")
        return
    with Scene(days, "failing", checks) as s:
        strace = subprocess.Popen(
            ["strace", "-q", "-o", "/dev/null", "-p",
             str(s.agent.process.pid), "-e", "trace=pwrite64,fdatasync,fsync",
             "-e", "inject=pwrite64,fdatasync,fsync:error=EIO"],
            stdin=subprocess.DEVNULL)

        def mend():
            strace.terminate()
            strace.wait()
        while_unwritable(s, mend)


def flip(path, mask):
    """Every sixth byte of all pages but the first is another."""
    with path.open("r+b") as file:
        data = bytearray(file.read())
        for at in range(4096, len(data), 6):
            data[at] ^= mask
        file.seek(0)
        file.write(data)


def damaged(days, checks):
    """The file is damaged while it is in use; then found so at a start."""
    with Scene(days, "damaged", checks) as s:
        s.outage(1)
        s.that("before it, an outage is told", s.told("opened", 1))
        with sqlite3.connect(s.agent.store) as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.close()
        flip(s.agent.store, 0x5a)
        s.plot.way("open", s.plot.ip(1))
        world.wait_until(lambda: "opened agent.store" in s.own(), 30,
                         "word of the damage")
        s.that("its end is told all the same", s.told("resolved", 1, 30),
               f"{s.receiver.words()}\n{s.agent.tail()}")
        s.goes_on()
        s.that("no other domain is blamed", not [
            line for line in s.blamed() if "m1." not in line
            and "m3." not in line], s.blamed())
        again_damaged(s)


def again_damaged(scene):
    """At a start: set aside, told loudly, and it goes on with a new one."""
    scene.agent.kill()
    for ending in ("-wal", "-shm"):
        (scene.agent.store.parent / f"x.db{ending}").unlink(missing_ok=True)
    flip(scene.agent.store, 0x33)
    scene.receiver.alerts.clear()
    scene.agent.start()
    world.wait_until(lambda: "opened agent.store" in scene.own(), 20,
                     "word of the damage")
    aside = [name for name in os.listdir(scene.agent.folder)
             if name.startswith("x.db.damaged-") and name.endswith("Z")]
    scene.that("a damaged store is set aside", len(aside) == 1, aside)
    text = str(scene.receiver.seen(rule="agent.store"))
    scene.that("and named in an alert", aside and aside[0] in text, text)
    scene.no_domain_blamed()
    world.wait_until(lambda: scene.agent.log().count("first look at all") == 2,
                     30, "the first look")
    scene.goes_on()


PARTS = {"full": full, "locked": locked, "failing": failing,
         "damaged": damaged}
BRIEF = ("full", "locked")
