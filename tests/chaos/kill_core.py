#!/usr/bin/env python3
"""A storm of outages, and the core killed at random moments of it.

    kill_core.py BUILD [--cycles 500] [--minutes 40] [--hosts 80] [--seed N]

Runs inside the lab.  Each domain has a mail server of its own; a script breaks
and mends them at random, a third at a time at the most: packets vanish, or are
refused, or the server says 421 or 554.  Meanwhile `mxvigil run` is killed with
SIGKILL after a fraction of a second or some seconds, and started again at
once.  Two channels go to one receiver, which takes its time: one gets each
message, one so few a minute that it merges them.  Then the world is left
alone, half of what is broken still broken, and what was received is joined
with what was done (join.py).  Nothing may be lost, nothing told twice under
two ids, and no end before its opening.

The join itself is tested first, and again with mutations of what was received.
Ends with one line, "N passed, N failed".
"""

import argparse
import json
import random
import re
import signal
import sys
import threading
import time
from pathlib import Path

sys.dont_write_bytecode = True

import join                                                    # noqa: E402
from common import Checks, harness, world                      # noqa: E402

# Many of an outage's looks are lost with the process that made them.
PATIENCE = join.Patience(outage=20, tell=15, resolve=8)
SETTINGS = {
    "intervals": {"dns": "5s", "smtp": "1s", "authority": "1h", "tls": "1h"},
    "alerts": {
        "smtp": {"strikes": 2, "retry": ["300ms"], "span": "300ms"},
        "good": 2, "good_gap": "300ms", "wait": "300ms", "storm": 4,
        # No flapping: each outage is told.
        "flap_changes": 32, "flap_window": "1s",
    },
}
CHANNELS = {"each": 1000, "few": 6}
WAYS = [("refused", None), ("silent", None), ("open", "421 not now"),
        ("open", "554 not ever")]


class Storm:
    """Breaks and mends mail servers; what it did is in outages."""

    # Seconds: some are blips, most last, a few for long.
    LASTS = [0.3, 1, 3, 8, 15, 25, 25, 40]

    def __init__(self, plot, hosts, seed):
        self.plot, self.hosts = plot, hosts
        self.dice = random.Random(seed)
        self.down, self.outages = {}, []
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.rage, daemon=True)
        self.thread.start()

    def set(self, host, way, words):
        self.plot.say(host, **({"greeting": words} if words else {}))
        self.plot.way(way, self.plot.ip(host))

    def break_one(self):
        host = self.dice.choice([h for h in self.hosts if h not in self.down])
        last = self.dice.choice(self.LASTS)
        self.down[host] = time.monotonic() + last * self.dice.uniform(0.7, 1.3)
        self.outages.append([host, time.monotonic(), None])
        self.set(host, *self.dice.choice(WAYS))

    def mend(self, host):
        self.set(host, "open", None)
        del self.down[host]
        for outage in self.outages:
            if outage[0] == host and outage[2] is None:
                outage[2] = time.monotonic()

    def rage(self):
        while not self.stopping.wait(self.dice.expovariate(2)):
            # Many at a time, now and then.
            for _ in range(self.dice.choice([1, 1, 1, 1, 6])):
                if len(self.down) < len(self.hosts) // 3:
                    self.break_one()
            for host, until in list(self.down.items()):
                if time.monotonic() > until:
                    self.mend(host)

    def stop(self):
        """Every other one of the broken stays broken."""
        self.stopping.set()
        self.thread.join()
        for host in list(self.down)[::2]:
            self.mend(host)

    def log(self):
        return [(f"m{host}", begin, end)
                for host, begin, end in self.outages]


# ----------------------------------------------------------------- received

class SlowReceiver(harness.Receiver):
    """Takes a message and lets its sender wait, so that many are under way
    when it is killed."""

    dice = random.Random(1)

    def take(self, handler):
        length = int(handler.headers.get("content-length") or 0)
        body = handler.rfile.read(length)
        with self.changed:
            self.keep(handler, body)
        time.sleep(self.dice.uniform(0, 0.2))
        try:
            handler.send_response(204)
            handler.end_headers()
        except OSError:
            pass                # whoever sent it was killed


def kinds_in(agent):
    """What was merged into a digest about an incident, be it by way of another
    digest; its items say only whether that is over."""
    return {(name, str(incident)): set(kinds.split(",")) for
            name, incident, kinds in agent.query(
                "WITH RECURSIVE part(id, whole) AS ("
                " SELECT id, merged_into FROM outbox"
                " WHERE merged_into IS NOT NULL"
                " UNION SELECT part.id, o.merged_into FROM part"
                " JOIN outbox o ON o.id = part.whole"
                " WHERE o.merged_into IS NOT NULL) "
                "SELECT d.message_id, r.incident, group_concat(r.kind) "
                "FROM part JOIN outbox r ON r.id = part.id "
                "JOIN outbox d ON d.id = part.whole "
                "WHERE r.incident <> 0 GROUP BY d.id, r.incident")}


def requests_of(receiver, agent, plot):
    """What the receiver got, as join.py wants it."""
    merged = kinds_in(agent)
    hosts = {plot.ip(n): f"m{n}" for n in range(1, world.HOSTS + 1)}

    def host_of(alert):
        found = re.fullmatch(r"servers (\S+)", alert["key"] or "")
        return hosts.get(found[1]) if found else f"?{alert['key']}"

    def kind_of(alert, one):
        if one["severity"] == "ok":
            return "resolved"
        kinds = merged.get((alert["webhook-id"], one["incident"]), {"opened"})
        return "opened" if "opened" in kinds else "more"

    def item(alert, one):
        found = re.search(r"\bd(\d+)\.", one["title"])
        return (one["incident"], found and f"m{found[1]}",
                kind_of(alert, one))

    return [{"channel": a["path"].split("/")[1],
             "life": int(a["path"].split("/")[2]), "id": a["webhook-id"],
             "kind": a["kind"], "incident": a["incident"],
             "host": None if a["kind"] == "digest" else host_of(a),
             "at": a["arrived"], "items": [item(a, i) for i in a["items"]]}
            for a in receiver.alerts
            if not (a["rule"] or "").startswith("agent.")]


class Core:
    """The agent, whose channels' paths tell which process sent."""

    def __init__(self, binary, plot, receiver, settings):
        self.agent = harness.Agent(binary, plot, receiver, settings)
        self.life = 0
        self.agent.settings["channels"] = [
            self.agent.channel(name, per_minute=number)
            for name, number in CHANNELS.items()]

    def start(self):
        for name in CHANNELS:
            url = self.agent.receiver.url(f"/{name}/{self.life}")
            (self.agent.folder / f"{name}.url").write_text(url)
        self.agent.start(wait=False)

    def kill(self):
        if self.agent.process.poll() is not None:
            raise AssertionError(f"it ended by itself: {self.agent.tail()}")
        self.agent.process.send_signal(signal.SIGKILL)
        self.agent.process.wait()
        self.life += 1


def moment(dice):
    """When to kill: some while it starts, most while it works."""
    return dice.choice([dice.uniform(0, 0.4), dice.uniform(0.3, 2),
                        dice.uniform(1, 4)])


def rage_and_kill(core, storm, given, dice, checks):
    end = time.monotonic() + given.minutes * 60
    for cycle in range(given.cycles):
        core.start()
        time.sleep(moment(dice))
        core.kill()
        if time.monotonic() > end:
            break
        if cycle % 50 == 49:
            checks.note(f"{cycle + 1} kills, {len(storm.outages)} outages, "
                        f"{len(core.agent.receiver.alerts)} messages")
    return core.life


def wait_settled(core, storm, receiver, plot):
    """Until all is told that there is to tell.  When that never is, judge()
    says what is missing."""
    def settled():
        time.sleep(0.5)
        waiting = core.agent.query(
            "SELECT count(*) FROM outbox WHERE how = 0")[0][0]
        return waiting == 0 and join.is_settled(
            storm.log(), requests_of(receiver, core.agent, plot), CHANNELS,
            time.monotonic())
    try:
        world.wait_until(settled, 120, "all is told")
    except TimeoutError:
        pass


def judge(core, storm, receiver, plot, checks):
    requests, outages = requests_of(receiver, core.agent, plot), storm.log()
    # Nothing is to come any more: as if all patience was over.
    now = time.monotonic() + PATIENCE.outage + PATIENCE.tell
    wrong = join.check(outages, requests, now, PATIENCE)
    (core.agent.folder / "received.json").write_text(
        json.dumps([outages, requests, now, PATIENCE, wrong], indent=1))
    long = sum((e or now) - b >= PATIENCE.outage for _, b, e in outages)
    ids = {(r["channel"], r["id"]) for r in requests}
    checks.note(f"{len(outages)} outages ({long} long), {len(requests)} "
                f"messages, {len(requests) - len(ids)} of them repeated, "
                f"{sum(r['kind'] == 'digest' for r in requests)} digests")
    checks.that("what was told is what was done", not wrong,
                "\n  ".join(wrong[:40]))
    left = join.blind_spots(outages, requests, now, PATIENCE)
    checks.that("mutations of it are noticed", not left, left)
    dead = core.agent.query("SELECT count(*) FROM outbox WHERE how = 2")[0][0]
    checks.that("no message was given up", dead == 0, f"{dead} were")


def storm_and_kill(given, checks):
    here = world.World(["kill"])
    plot = here.plots["kill"]
    hosts = list(range(1, given.hosts + 1))
    plot.listen(*hosts, world.HOSTS)
    plot.dns([f"d{n} MX 10 m{n}" for n in hosts], plot.hosts(*hosts))
    receiver = SlowReceiver()
    core = Core(Path(given.build, given.kind, "mxvigil"), plot, receiver, {
        **SETTINGS, "domains": [plot.domain(f"d{n}") for n in hosts],
        "canaries": {"interval": "1s", "smtp": [plot.ip(world.HOSTS)]}})
    core.start()
    core.agent.wait_first_pass(60)
    core.kill()
    storm = Storm(plot, hosts, given.seed)
    kills = rage_and_kill(core, storm, given, random.Random(given.seed),
                          checks)
    storm.stop()
    core.start()
    wait_settled(core, storm, receiver, plot)
    checks.note(f"{kills} kills")
    judge(core, storm, receiver, plot, checks)
    core.agent.stop()
    damaged = core.agent.log().count("damaged")
    checks.that("the store was never damaged", damaged == 0, damaged)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("build")
    parser.add_argument("--kind", default="release")
    parser.add_argument("--cycles", type=int, default=500)
    parser.add_argument("--minutes", type=float, default=40)
    parser.add_argument("--hosts", type=int, default=80)
    parser.add_argument("--seed", type=int, default=20261123)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    checks = Checks(given.out)
    wrong = join.self_test()
    checks.that("the join notices what is wrong", not wrong, wrong)
    checks.run("kill -9 in a storm", storm_and_kill, given)
    checks.end()


if __name__ == "__main__":
    main()
