#!/usr/bin/env python3
"""kill_core.py with many domains: 100,000 that share 500 sets of mail servers.

    kill_crowd.py BUILD [--domains 100000] [--cycles 60] [--minutes 15]
        [--sets 60] [--calm] [--seed N]

Runs inside the lab.  The DNS is dnsload and the mail servers are smtpload, of
tests/bench.  The storm breaks and mends one server of a set, which some hundred
domains have, while the core is killed and started again.
--calm: nothing is broken, but one packet in a hundred is lost: then nothing
may be told.  Ends with one line, "N passed, N failed".
"""

import argparse
import os
import random
import subprocess
import sys
import time
from pathlib import Path

sys.dont_write_bytecode = True

import join                                                    # noqa: E402
import kill_core                                               # noqa: E402
from common import Checks, harness, world                      # noqa: E402
from loss import LOSS                                          # noqa: E402

import wire                                                    # noqa: E402

VANTAGES = ["198.18.250.53", "198.18.251.53", "198.18.252.53"]
PORT = 2525
NUMBER = 99                     # of a plot that no test has
# A look every five seconds, some of them lost with their process.
kill_core.PATIENCE = PATIENCE = join.Patience(outage=60, tell=30, resolve=20)
SETTINGS = {
    "intervals": {"dns": "60s", "smtp": "5s", "authority": "1h", "tls": "1h"},
    "smtp": {"per_network": 64, "port": PORT},
    "workers": 2,
    "alerts": {
        "smtp": {"strikes": 2, "retry": ["500ms"], "span": "500ms"},
        "good": 2, "good_gap": "500ms", "wait": "500ms", "storm": 4,
        "flap_changes": 32, "flap_window": "1s",
    },
}


def ask(name, kind):
    return wire.ask(VANTAGES[0], f"{name}.", kind, timeout=2).data(kind)


class Crowd:
    """The world, as kill_core.py wants a plot: a host is the first mail
    server of a set, by its IPv4 address."""

    def __init__(self, given):
        self.world, self.name, self.number = self, "crowd", NUMBER
        self.folder = Path(os.environ["LAB"]) / "run" / "crowd"
        self.firewall = world.Firewall()
        release = Path(given.build, "release")
        self.load = [self.start(release / "dnsload", given.domains, 60),
                     self.start(release / "smtpload", PORT)]
        self.domains = given.domains
        self.address, self.members = {}, set()
        self.find_sets(given.sets)

    @staticmethod
    def start(*words):
        child = subprocess.Popen([str(w) for w in words], text=True,
                                 stdout=subprocess.PIPE)
        if child.stdout.readline() != "ready\n":
            raise AssertionError(f"{words[0]} did not start")
        return child

    @staticmethod
    def domain(number):
        return f"d{number:06}.test"

    def mail_hosts(self, domain):
        """As a key."""
        return " ".join(sorted(host.rstrip(".")
                               for _, host in ask(domain, wire.MX)))

    def find_sets(self, wanted):
        """The first so many, by number from 1."""
        at = 0
        while len(self.members) < wanted and at < self.domains:
            key, at = self.mail_hosts(self.domain(at)), at + 1
            if key and key not in self.members:
                self.members.add(key)
                self.address[len(self.members)] = str(
                    ask(key.split()[0], wire.A)[0])

    # ----------------------------------------------------- what a plot can do

    def vantages(self):
        return [{"name": f"v{i}", "resolver": ip}
                for i, ip in enumerate(VANTAGES)]

    def ip(self, number):
        return self.address[number]

    def say(self, number, **words):
        pass

    def way(self, how, *addresses):
        self.firewall.set(how, *addresses)

    def stop(self):
        for child in self.load:
            child.kill()
            child.wait()


def requests_of(receiver, agent, crowd):
    """What the receiver got, as join.py wants it."""
    merged = kill_core.kinds_in(agent)
    hosts = {f"servers {ip}": f"m{n}" for n, ip in crowd.address.items()}
    keys = {str(number): key for number, key in
            agent.query("SELECT id, key FROM incident")}

    def host_of(incident):
        key = keys.get(str(incident))
        return hosts.get(key, f"?{key}")

    def item(alert, one):
        kinds = merged.get((alert["webhook-id"], one["incident"]), {"opened"})
        kind = "resolved" if one["severity"] == "ok" else \
            "opened" if "opened" in kinds else "more"
        return one["incident"], host_of(one["incident"]), kind

    return [{"channel": a["path"].split("/")[1],
             "life": int(a["path"].split("/")[2]), "id": a["webhook-id"],
             "kind": a["kind"], "incident": a["incident"],
             "host": None if a["kind"] == "digest" else host_of(a["incident"]),
             "at": a["arrived"], "items": [item(a, i) for i in a["items"]]}
            for a in receiver.alerts
            if not (a["rule"] or "").startswith("agent.")]


class Storm(kill_core.Storm):
    """They refuse, or are silent."""

    LASTS = [1, 5, 20, 60, 90, 120]

    def set(self, host, way, words):
        super().set(host, "refused" if words else way, None)


def moment(dice):
    """Most of them while it works."""
    return dice.choice([dice.uniform(0, 2), dice.uniform(2, 20),
                        dice.uniform(5, 20)])


def set_up(given):
    crowd = Crowd(given)
    crowd.folder.mkdir(parents=True, exist_ok=True)
    names = crowd.folder / "domains.txt"
    names.write_text("".join(f"{crowd.domain(n)}\n"
                             for n in range(given.domains)))
    receiver = kill_core.SlowReceiver()
    return crowd, receiver, kill_core.Core(
        Path(given.build, given.kind, "mxvigil"), crowd, receiver,
        {**SETTINGS, "domain_files": [str(names)]})


def storm_and_kill(given, checks):
    crowd, receiver, core = set_up(given)
    core.start()
    core.agent.wait_first_pass(300)
    core.kill()
    storm = Storm(crowd, list(crowd.address), given.seed)
    kills = kill_core.rage_and_kill(core, storm, given,
                                    random.Random(given.seed), checks)
    storm.stop()
    core.start()
    kill_core.wait_settled(core, storm, receiver, crowd)
    checks.note(f"{kills} kills, {given.domains} domains")
    kill_core.judge(core, storm, receiver, crowd, checks)
    core.agent.stop()
    damaged = core.agent.log().count("damaged")
    checks.that("the store was never damaged", damaged == 0, damaged)
    crowd.stop()


def lose_and_kill(given, checks):
    """Nothing is wrong but the net."""
    crowd, receiver, core = set_up(given)
    core.start()
    core.agent.wait_first_pass(300)
    world.nft(LOSS.format(percent=1))
    dice, end = random.Random(given.seed), time.monotonic() + given.minutes * 60
    while time.monotonic() < end:
        time.sleep(dice.uniform(20, 90))
        core.kill()
        core.start()
    checks.that("nothing is told", not receiver.alerts, receiver.words()[:20])
    checks.note(f"{core.life} kills, {given.domains} domains, "
                f"{core.agent.metric('mxvigil_looks_total'):.0f} looks")
    core.agent.stop()
    crowd.stop()


def main():
    kill_core.requests_of, kill_core.moment = requests_of, moment
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("build")
    parser.add_argument("--kind", default="release")
    parser.add_argument("--domains", type=int, default=100000)
    parser.add_argument("--cycles", type=int, default=60)
    parser.add_argument("--minutes", type=float, default=15)
    parser.add_argument("--sets", type=int, default=60)
    parser.add_argument("--calm", action="store_true")
    parser.add_argument("--seed", type=int, default=20261124)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    checks = Checks(given.out)
    checks.run("many domains", lose_and_kill if given.calm else
               storm_and_kill, given)
    checks.end()


if __name__ == "__main__":
    main()
