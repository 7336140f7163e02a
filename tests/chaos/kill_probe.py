#!/usr/bin/env python3
"""Probe processes killed at random while healthy domains are watched.

    kill_probe.py BUILD [--kills 500] [--workers 24] [--domains 100]

Runs inside the lab.  What a killed probe was doing is lost, and that is no
word about any domain: nothing is told but, once, that probes die.  The
schedule goes on, tasks that were lost are counted, and one real outage in the
midst of it is found, and its end.  Whoever dies is started again later and
later, up to a minute: with many workers it takes less long to kill so many.

Ends with one line, "N passed, N failed".
"""

import argparse
import os
import random
import signal
import sys
import time
from pathlib import Path

sys.dont_write_bytecode = True

from common import Checks, Talkers, harness, world             # noqa: E402

SETTINGS = {
    "intervals": {"dns": "1s", "smtp": "1s", "authority": "3s", "tls": "1h"},
    "alerts": {
        "dns": {"strikes": 2, "retry": ["300ms"], "span": "300ms"},
        "smtp": {"strikes": 2, "retry": ["300ms"], "span": "300ms"},
        "good": 2, "good_gap": "300ms", "wait": "300ms"},
}


def is_probe(process):
    """Not when it is dead, nor before it has become one."""
    try:
        return (process / "cmdline").read_bytes() == b"mxvigil\0probe\0"
    except OSError:
        return False


class Killer:
    def __init__(self, agent, seed):
        self.agent, self.dice = agent, random.Random(seed)
        self.killed = set()

    @property
    def kills(self):
        return len(self.killed)

    def probes(self):
        """The children of the core that live."""
        pid = self.agent.process.pid
        words = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return [int(word) for word in words if int(word) not in self.killed
                and is_probe(Path("/proc", word))]

    def kill_one(self):
        """If there is one."""
        alive = self.probes()
        if alive:
            victim = self.dice.choice(alive)
            os.kill(victim, signal.SIGKILL)
            self.killed.add(victim)

    def kill(self, number, deadline):
        """So many more; while few are left, less often, so that looks go
        on."""
        wanted = self.kills + number
        while self.kills < wanted and time.monotonic() < deadline:
            if len(self.probes()) > 1:
                self.kill_one()
                time.sleep(self.dice.uniform(0, 0.3))
            else:
                time.sleep(0.5)
                if self.dice.random() < 0.2:
                    self.kill_one()


def deaths_of(agent):
    return agent.metric("mxvigil_worker_deaths_total")


def about_domains(receiver):
    return [f"{a['kind']} {a['rule']}: {a['title']}" for a in receiver.alerts
            if not (a["rule"] or "").startswith("agent.")]


def one_outage(plot, receiver, killer, deadline, checks):
    """It is found while probes go on dying."""
    host = 50
    plot.way("refused", plot.ip(host))
    before, begun = killer.kills, time.monotonic()
    while not receiver.seen(kind="opened", rule="mx.all-down") and \
            time.monotonic() < begun + 90:
        killer.kill(2, deadline)
        time.sleep(0.5)
    found = receiver.seen(kind="opened", rule="mx.all-down")
    checks.that("a real outage is found meanwhile", len(found) == 1 and
                found[0]["domains"] == [plot.domain("d50")], receiver.words())
    checks.note(f"found after {time.monotonic() - begun:.1f} s and "
                f"{killer.kills - before} kills")
    plot.way("open", plot.ip(host))
    end = time.monotonic() + 90
    while not receiver.seen(kind="resolved", rule="mx.all-down") and \
            time.monotonic() < end:
        killer.kill(1, deadline)
        time.sleep(0.5)
    checks.that("and its end", receiver.seen(kind="resolved",
                                             rule="mx.all-down"),
                receiver.words())


def kill_probes(given, checks):
    here = world.World(["probes"])
    plot = here.plots["probes"]
    hosts = list(range(1, world.HOSTS + 1))
    talkers = Talkers([plot.ip(n) for n in hosts])
    plot.dns([f"d{n} MX 10 m{(n - 1) % world.HOSTS + 1}"
              for n in range(1, given.domains + 1)], plot.hosts(*hosts))
    receiver = harness.Receiver()
    agent = harness.Agent(
        Path(given.build, given.kind, "mxvigil"), plot, receiver,
        {**SETTINGS, "workers": given.workers, "domains":
         [plot.domain(f"d{n}") for n in range(1, given.domains + 1)]})
    agent.start()
    agent.wait_first_pass(60)
    killer = Killer(agent, given.seed)
    deadline = time.monotonic() + given.minutes * 60
    killer.kill(given.kills // 2, deadline)
    told = about_domains(receiver)
    checks.that(f"{killer.kills} kills, nothing about a domain", not told,
                told)
    looks = agent.metric("mxvigil_looks_total")
    one_outage(plot, receiver, killer, deadline, checks)
    killer.kill(given.kills - killer.kills, deadline)
    world.wait_until(lambda: agent.metric("mxvigil_workers_ready") > 0, 90,
                     "a probe")
    world.wait_until(lambda: agent.metric("mxvigil_looks_total") >
                     looks + given.domains, 60, "more looks")
    checks.that("the schedule goes on", True)
    try:
        world.wait_until(lambda: deaths_of(agent) == killer.kills, 5, "")
    except TimeoutError:
        pass
    lost, deaths = agent.metric("mxvigil_looks_lost_total"), deaths_of(agent)
    checks.note(f"{killer.kills} kills, {deaths:.0f} deaths noted, "
                f"{agent.metric('mxvigil_looks_total'):.0f} looks, "
                f"{lost:.0f} lost")
    checks.that("every death is counted", deaths == killer.kills,
                f"{deaths} of {killer.kills}")
    if killer.kills > 100:
        checks.that("lost tasks are counted", lost > 0)
    told = [line for line in about_domains(receiver)
            if "mx.all-down" not in line]
    checks.that("nothing was told of a domain that is well", not told, told)
    own = [a["rule"] for a in receiver.alerts if a["kind"] == "opened" and
           a["rule"].startswith("agent.")]
    checks.that("that probes die is told once", own == ["agent.worker"], own)
    agent.stop()
    checks.that("no probe is left", not [p for p in Path("/proc").glob("[0-9]*")
                                         if is_probe(p)])
    talkers.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("build")
    parser.add_argument("--kind", default="release")
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--workers", type=int, default=24)
    parser.add_argument("--domains", type=int, default=100)
    parser.add_argument("--minutes", type=float, default=40)
    parser.add_argument("--seed", type=int, default=20261123)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    checks = Checks(given.out)
    checks.run("probes killed", kill_probes, given)
    checks.end()


if __name__ == "__main__":
    main()
