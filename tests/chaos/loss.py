#!/usr/bin/env python3
"""Every twentieth packet is lost, both ways: no false alert, no outage missed.

    loss.py BUILD [--quick] [--minutes 30] [--domains 200] [--out FILE]

Runs inside the lab.  The domains are healthy, have three mail servers each and
a zone with two name servers for every five of them; packets from and to ports
25 and 53 are lost at random, between the agent and the resolvers, between
those and all name servers, and on the way to the mail servers (which speak
TLS, as most do).  Nothing may be told.  Then, at the same loss, all three mail
servers of one domain are silent for five minutes: that is to be told, and its
end.  Times of confirmation are the defaults, looks are every 30 s.

--quick: all times are a fifteenth, but for the confirmation of what is seen in
the DNS (a fifth, for resolvers remember failures for a second), and there are
fewer domains.

Ends with one line, "N passed, N failed".
"""

import argparse
import subprocess
import sys
import time
from pathlib import Path

sys.dont_write_bytecode = True

from common import Checks, Talkers, harness, world             # noqa: E402

PER_ZONE, PER_DOMAIN = 5, 3
LOSS = """table inet loss {{
 counter lost {{ }}
 counter seen {{ }}
 chain in {{
  type filter hook input priority 1;
  th dport {{ 25, 53, 2525 }} jump dice
  th sport {{ 25, 53, 2525 }} jump dice
 }}
 chain dice {{
  counter name seen
  numgen random mod 100 < {percent} counter name lost drop
 }}
}}
"""


def defaults(scale):
    """The times that hold without a word in the configuration, or a part of
    them; the receiver is not to wait for its minute."""
    def s(seconds):
        return f"{int(seconds * 1000 / scale)}ms"

    slower = max(1, scale // 5)
    return {
        "intervals": {"dns": s(30), "smtp": s(30), "authority": s(60),
                      "tls": "1h"},
        "smtp": {"depth": "starttls", "per_network": 4,
                 "timeouts": {"connect": s(max(10, 2 * scale)),
                              "greeting": s(max(30, 3 * scale)),
                              "reply": s(max(30, 3 * scale)),
                              "session": s(max(60, 6 * scale))}},
        "alerts": {
            "dns": {"strikes": 3, "retry": [s(15 * slower), s(30 * slower)],
                    "span": s(60 * slower)},
            "smtp": {"strikes": 5, "retry": [s(15), s(30), s(60), s(60)],
                     "span": s(150)},
            "good": 2, "good_gap": s(60), "wait": s(5)},
        "canaries": {"interval": s(max(10, scale))},
        # Their certificate is for another name; failures do count.
        "rules": {"tls.*": "off", "tls.failed": "warning"},
        "workers": 2,
    }


def host_numbers(plot, domain):
    first = (plot.number * 7 + domain * PER_DOMAIN) % world.HOSTS
    return [(first + i) % world.HOSTS + 1 for i in range(PER_DOMAIN)]


def build(here, wanted):
    """Zones and mail servers; the names of the domains, with their plots."""
    names, addresses = {}, []
    for plot in here.plots.values():
        records = []
        for d in range(min(PER_ZONE, wanted - len(names))):
            numbers = host_numbers(plot, d)
            names[plot.domain(f"d{d}")] = (plot, numbers)
            records += plot.hosts(*numbers)
            records += [f"d{d} MX {10 * (i // 2 + 1)} m{n}"
                        for i, n in enumerate(numbers)]
            addresses += [plot.ip(n) for n in numbers]
        plot.dns(records)
    return names, Talkers(addresses)


def lost_packets():
    text = subprocess.run(["nft", "list", "counters", "table", "inet", "loss"],
                          text=True, capture_output=True, check=True).stdout
    return [int(line.split()[1]) for line in text.splitlines()
            if "packets" in line]


def look_at(agent, names, checks):
    """What the agent knew, beside what it told."""
    looks, failed = (agent.metric(f"mxvigil_{name}_total") for name in
                   ("looks", "looks_lost"))
    opened = agent.log().count(": opened: ")
    suspects = agent.query("SELECT count(*), max(id) FROM incident")[0]
    lost, packets = lost_packets()
    checks.note(f"{len(names)} domains, {looks:.0f} looks, {failed:.0f} "
                f"without result; {lost} of {packets} packets lost; "
                f"{opened} incidents opened, {suspects[1] or 0} suspected")


def outage(agent, receiver, names, scale, checks):
    """One domain's mail servers are silent for five minutes."""
    name, (plot, numbers) = list(names.items())[len(names) // 2]
    plot.way("silent", *map(plot.ip, numbers))
    began = time.monotonic()
    try:
        alert = receiver.wait(300 / scale + 10, kind="opened",
                              rule="mx.all-down")
        checks.note(f"{name} is down: told after "
                    f"{time.monotonic() - began:.0f} s")
        checks.that("an outage of five minutes is found",
                    alert["domains"] == [name], str(alert))
    except AssertionError as why:
        checks.that("an outage of five minutes is found", False, str(why))
        return
    left = 300 / scale - (time.monotonic() - began)
    time.sleep(max(0, left))
    plot.way("open", *map(plot.ip, numbers))
    try:
        receiver.wait(300 / scale + 30, kind="resolved",
                      incident=alert["incident"])
        checks.that("its end is told", True)
    except AssertionError as why:
        checks.that("its end is told", False, str(why))
    told = [a for a in receiver.alerts
            if name not in a["domains"] and a["rule"] != "mx.all-down"]
    checks.that("nothing else is told meanwhile", not told, receiver.words())


def watch(given, checks):
    zones = -(-given.domains // PER_ZONE)
    scale = 15 if given.quick else 1
    here = world.World([f"loss{i}" for i in range(zones)])
    names, talkers = build(here, given.domains)
    receiver = harness.Receiver()
    agent = harness.Agent(
        Path(given.build, given.kind, "mxvigil"), here.plots["loss0"],
        receiver, harness.merged(defaults(scale), {"domains": list(names)}))
    # Everything answers once before it gets rough: what never was fine would
    # be an outage from the start.
    agent.start()
    agent.wait_ready(60)
    world.nft(LOSS.format(percent=given.percent))
    end = time.monotonic() + given.minutes * 60
    while time.monotonic() < end:
        time.sleep(min(60, max(0.1, end - time.monotonic())))
        told = receiver.words()
        if told:
            print("told so far:", *told, sep="\n  ", flush=True)
    look_at(agent, names, checks)
    checks.that(f"{given.minutes:g} minutes at {given.percent} % without a "
                "false alert", not receiver.alerts, receiver.words())
    receiver.alerts.clear()
    outage(agent, receiver, names, scale, checks)
    look_at(agent, names, checks)
    agent.stop()
    talkers.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("build")
    parser.add_argument("--kind", default="release")
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--domains", type=int)
    parser.add_argument("--percent", type=int, default=5)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    given.minutes = given.minutes or (0.2 if given.quick else 30)
    given.domains = given.domains or (20 if given.quick else 200)
    checks = Checks(given.out)
    checks.run("packet loss", watch, given)
    checks.end()


if __name__ == "__main__":
    main()
