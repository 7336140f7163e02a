"""A healthy little world with an agent that watches it, for one bad day.

    with Scene(days, "full") as s:
        … trouble of the agent's own …
        s.no_domain_blamed()
        s.goes_on()
"""

import subprocess
import time
from pathlib import Path

from common import harness, world

HOSTS = 8
SETTINGS = {
    "intervals": {"dns": "1s", "smtp": "1s", "authority": "2s", "tls": "1h"},
    "smtp": {"per_network": 8},
    # Longer than it takes to see that nothing at all is seen.
    "alerts": {"smtp": {"strikes": 4, "retry": ["500ms", "1s"],
                        "span": "3s"}},
}


class Days:
    """What all bad days share: the world, the binary, and how long they may
    take (brief: in tests/run.py)."""

    def __init__(self, given, names):
        self.world = world.World(names)
        self.binary = Path(given.build, given.kind, "mxvigil")
        self.brief = given.brief

    def seconds(self, brief, full):
        return brief if self.brief else full


class Scene:
    """settings: of the agent, beside those that all have."""

    def __init__(self, days, name, checks, hosts=HOSTS, v6=False, canary=True,
                 store=None, wrapper=None, **settings):
        self.days, self.name, self.checks = days, name, checks
        self.v6 = v6
        self.plot = days.world.plots[name]
        self.hosts = list(range(1, hosts + 1))
        self.plot.listen(*self.hosts, world.HOSTS)
        self.plot.dns([f"d{n} MX 10 m{n}" for n in self.hosts],
                      self.plot.hosts(*self.hosts, world.HOSTS))
        if v6:
            self.plot.listen(*self.hosts, v6=True)
            self.plot.dns(self.plot.records,
                          self.plot.hosts(*self.hosts, v6=True))
        more = {"domains": [self.plot.domain(f"d{n}") for n in self.hosts]}
        if canary:
            more["canaries"] = {"interval": "1s",
                                "smtp": [self.plot.ip(world.HOSTS)]}
        if store:
            more["store"] = {"path": str(store)}
        self.receiver = harness.Receiver()
        self.agent = harness.Agent(
            wrapper or days.binary, self.plot, self.receiver,
            harness.merged(harness.merged(SETTINGS, more), settings))
        if store:
            self.agent.store = Path(store)

    def __enter__(self):
        self.agent.start()
        self.agent.wait_first_pass(60)
        return self

    def __exit__(self, kind, *_):
        """A clean end is part of every bad day."""
        try:
            if kind is None:
                self.agent.stop()
        finally:
            self.end()

    def end(self):
        if self.agent.process.poll() is None:
            self.agent.kill()
        for host in self.hosts:
            self.plot.way("open", *self.addresses(host))
        self.receiver.close()

    # ------------------------------------------------------------ assertions

    def that(self, what, holds, more=""):
        self.checks.that(f"{self.name}: {what}", holds, more)

    def blamed(self):
        """Alerts about anything but the agent itself."""
        return [line for a, line in zip(self.receiver.alerts,
                                        self.receiver.words())
                if a["kind"] == "digest" or a["rule"] is None
                or not a["rule"].startswith("agent.")]

    def no_domain_blamed(self):
        self.that("no domain is blamed", not self.blamed(), self.blamed())

    def own(self):
        """What the agent said of itself: ["opened agent.blind", …]."""
        return [f"{a['kind']} {a['rule']}" for a in self.receiver.alerts
                if (a["rule"] or "").startswith("agent.")]

    def says(self, *own):
        """Exactly this was said of itself so far; waits a little."""
        try:
            world.wait_until(lambda: self.own() == list(own), 15, "")
        except TimeoutError:
            pass
        self.that(f"it says {list(own)}", self.own() == list(own),
                  self.receiver.words())

    def addresses(self, host):
        v6 = [self.plot.ip6(host)] if self.v6 else []
        return [self.plot.ip(host), *v6]

    def outage(self, host):
        self.plot.way("refused", *self.addresses(host))

    def told(self, kind, host, seconds=20):
        """Whether an alert about this host's domain comes."""
        name = self.plot.domain(f"d{host}")
        try:
            world.wait_until(lambda: [
                a for a in self.receiver.alerts if a["kind"] == kind
                and a["domains"] == [name]], seconds, kind)
            return True
        except TimeoutError:
            return False

    def goes_on(self, host=3):
        """A real outage is found now, and its end; and nothing else."""
        before = len(self.blamed())
        self.outage(host)
        opened = self.told("opened", host)
        self.plot.way("open", *self.addresses(host))
        self.that("it goes on: an outage is found and its end",
                  opened and self.told("resolved", host)
                  and len(self.blamed()) == before + 2,
                  f"{self.receiver.words()}\n{self.agent.tail()}")

    # -------------------------------------------------------------- measures

    def looks(self):
        return self.agent.metric("mxvigil_looks_total")

    def rate(self, seconds=3):
        """Looks a second."""
        before, begun = self.looks(), time.monotonic()
        time.sleep(seconds)
        return (self.looks() - before) / (time.monotonic() - begun)

    def no_burst(self, usual, before, seconds):
        """Not more looks than usual in so many seconds, but for one of each
        thing that had to wait."""
        done = self.looks() - before
        things = self.agent.metric("mxvigil_watched_things")
        most = 1.6 * usual * seconds + things
        self.that("no burst of looks", done <= most,
                  f"{done:.0f} looks in {seconds:.1f} s, usually "
                  f"{usual:.1f} a second, {things:.0f} things")

    def probes(self):
        pid = self.agent.process.pid
        return [int(word) for word in Path(
            f"/proc/{pid}/task/{pid}/children").read_text().split()]


def shell(*words):
    subprocess.run(words, check=True)
