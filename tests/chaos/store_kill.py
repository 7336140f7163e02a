#!/usr/bin/env python3
"""Kill what writes to a store, fill its disk: nothing acknowledged is lost.

Usage: tests/chaos/store_kill.py WRITER [KILLS]

WRITER is store_writer.  Ends with one line, "N passed, N failed".
"""
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

KILLS = 100
SEED = 20261123
LONGEST = 0.15      # seconds until a kill: some hit the opening


class Failure(Exception):
    pass


class Skip(Exception):
    pass


def acknowledged(output):
    """The numbers of all transactions that were said to be written."""
    return [int(n) for n in re.findall(r"^ok (\d+)\n", output, re.M)]


def look(writer, path):
    """How the store is found: (word, rows, last number)."""
    done = subprocess.run([writer, path], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=60, text=True)
    found = re.match(r"(\w+) (\d+) (-?\d+) (\d+)\n", done.stdout)
    if done.returncode != 0 or not found or found[4] != "0":
        raise Failure(f"the store is not whole: {done.stdout}")
    return found[1], int(found[2]), int(found[3])


def write_and_kill(writer, path, first, seconds, lie):
    """Returns the last number acknowledged, or first - 1.  The time runs from
    the start, so that some are killed while they open the store."""
    child = subprocess.Popen([writer, path, str(first), "0"] + lie,
                             stdout=subprocess.PIPE, text=True)
    time.sleep(seconds)
    child.send_signal(signal.SIGKILL)
    output = child.communicate()[0]
    return max(acknowledged(output), default=first - 1)


def kill_at_random(writer, folder, kills, lie=()):
    """A transaction in flight may have been written or not; what was
    acknowledged is there, and nothing is there in part."""
    path = os.path.join(folder, "kill.db")
    dice = random.Random(SEED)
    last = opened = 0
    for _ in range(kills):
        said = write_and_kill(writer, path, last + 1,
                              dice.random() * LONGEST, list(lie))
        opened += said > last
        word, rows, there = look(writer, path)
        if word == "damaged":
            raise Failure("the store was damaged by a kill")
        there = max(there, 0)
        if there not in (said, said + 1):
            raise Failure(f"{said} was acknowledged, {there} is there")
        if rows != there:
            raise Failure(f"{rows} rows of {there}")
        last = there
    if opened < kills / 4:
        raise Failure(f"only {opened} of {kills} wrote anything")
    print(f"{kills} kills, {last} transactions")


def lies_are_noticed(writer, folder, kills):
    """The test itself: a writer that acknowledges too early is caught."""
    try:
        kill_at_random(writer, folder, kills, ["early"])
    except Failure as why:
        if "was acknowledged" in str(why):
            return
        raise
    raise Failure("nobody noticed")


def second_refuses(writer, folder):
    """While one writes, another says who it is and goes."""
    path = os.path.join(folder, "two.db")
    first = subprocess.Popen([writer, path, "1"], stdout=subprocess.PIPE,
                             text=True)
    try:
        first.stdout.readline()
        second = subprocess.run([writer, path, "1"], text=True, timeout=60,
                                stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE)
    finally:
        first.kill()
        first.communicate()
    if second.returncode != 1 or f"process {first.pid}" not in second.stderr:
        raise Failure(f"{second.returncode}: {second.stderr}")


def mount_small(folder):
    """A disk of 1 MiB; None where that is not allowed."""
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none",
                           folder], stderr=subprocess.DEVNULL)
    return folder if done.returncode == 0 else None


def full_disk(writer, folder):
    """Inside a mount namespace of our own: see main()."""
    small = os.path.join(folder, "small")
    os.mkdir(small)
    if mount_small(small) is None:
        raise Skip("no file system may be mounted here")
    path = os.path.join(small, "full.db")
    first = subprocess.run([writer, path, "1", "2000"], text=True, timeout=60,
                           stdout=subprocess.PIPE)
    said = acknowledged(first.stdout)
    if first.returncode != 0 or "disk is full" not in first.stdout:
        raise Failure("it never was full: " + first.stdout[-200:])
    if len(said) < 20:
        raise Failure(f"only {len(said)} were written")
    subprocess.run(["mount", "-o", "remount,size=8m", small], check=True)
    word, rows, _ = look(writer, path)
    if word != "good" or rows != len(said):
        raise Failure(f"{word}: {rows} rows, {len(said)} acknowledged")
    again = subprocess.run([writer, path, "5000", "10"], text=True,
                           timeout=60, stdout=subprocess.PIPE)
    if len(acknowledged(again.stdout)) != 10:
        raise Failure("with room again: " + again.stdout)
    if look(writer, path)[1] != len(said) + 10:
        raise Failure("with room again rows are missing")


def run(name, test, *args):
    with tempfile.TemporaryDirectory(prefix="mxvigil.chaos.") as folder:
        try:
            test(*args[:1], folder, *args[1:])
        except Skip as why:
            print(f"SKIP {name}: {why}")
            return None
        except (Failure, OSError, subprocess.SubprocessError) as why:
            print(f"FAILED {name}: {why}")
            return False
        finally:
            # Where nothing is mounted this fails, as it may.
            subprocess.run(["umount", os.path.join(folder, "small")],
                           stderr=subprocess.DEVNULL)
    print(f"ok {name}", flush=True)
    return True


def main():
    if os.geteuid() == 0 and "MXVIGIL_UNSHARED" not in os.environ \
            and shutil.which("unshare"):
        os.environ["MXVIGIL_UNSHARED"] = "1"
        os.execvp("unshare", ["unshare", "-m", sys.executable, *sys.argv])
    writer = os.path.abspath(sys.argv[1])
    kills = int(sys.argv[2]) if len(sys.argv) > 2 else KILLS
    passed = [run("killed at random", kill_at_random, writer, kills),
              run("a lie is noticed", lies_are_noticed, writer, kills),
              run("a second one refuses", second_refuses, writer),
              run("a full disk", full_disk, writer)]
    failed = passed.count(False)
    print(f"{passed.count(True)} passed, {failed} failed")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
