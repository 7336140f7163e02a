"""Mail servers that die and mend: what is told, of whom, and how often."""

import json
import os
import re
import ssl
from pathlib import Path

from cases import case
from world import wait_until


def check_opened(alert, t):
    """Everything that a person wants to know is in it."""
    plot = t.plot
    assert alert["severity"] == "critical", alert
    assert alert["rule"] == "mx.all-down", alert
    assert alert["domains"] == [plot.domain("d1")], alert
    assert alert["domains_total"] == 1, alert
    assert plot.domain("d1") in alert["title"], alert
    assert "mail server" in alert["title"], alert
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT.*Z", alert["since"]), alert
    assert "try again" in alert["senders"], alert
    assert "begins to bounce at" in alert["senders"], alert
    assert any(plot.ip(1) in line and "refused" in line
               for line in alert["evidence"]), alert
    assert alert["remedy"] and alert["link"].endswith(
        f":{t.agents[0].port}/incident/{alert['incident']}"), alert
    assert alert["headline"].startswith("CRITICAL"), alert


@case(14)
def mx_dies(t):
    agent = t.healthy([1, 2], ["d1", "d2"])
    t.plot.way("refused", t.plot.ip(1))
    opened = t.receiver.wait(15, kind="opened")
    check_opened(opened, t)
    assert "CRITICAL" in agent.call("status", "--format", "nagios",
                                    t.plot.domain("d1"), code=2).stdout
    t.receiver.silent(3)
    t.plot.way("open", t.plot.ip(1))
    resolved = t.receiver.wait(15, kind="resolved")
    for key in ("incident", "key", "rule", "subject", "since"):
        assert resolved[key] == opened[key], (key, opened, resolved)
    assert resolved["until"] > resolved["since"], resolved
    assert resolved["id"] != opened["id"], resolved
    assert "RESOLVED" in resolved["headline"], resolved
    t.receiver.silent(3)
    t.receiver.expect("opened mx.all-down", "resolved mx.all-down")


def many(t, n, records):
    """Domains that rest on one address; it dies and mends."""
    names = [f"d{i:03}" for i in range(n)]
    t.plot.listen(1, 2)
    t.plot.dns(t.plot.hosts(1, 2), "other MX 10 m2",
               *(records(name) for name in names))
    agent = t.agent({
        "domains": [t.plot.domain(name) for name in names + ["other"]],
        "intervals": {"dns": "30s", "authority": "1h"}})
    agent.wait_first_pass(60)
    assert not t.receiver.alerts, t.receiver.words()
    t.plot.way("refused", t.plot.ip(1))
    opened = t.receiver.wait(20, kind="opened")
    assert opened["domains_total"] == n, opened
    assert len(opened["domains"]) >= 3, opened
    assert set(opened["domains"]) <= set(map(t.plot.domain, names)), opened
    t.plot.way("open", t.plot.ip(1))
    resolved = t.receiver.wait(20, kind="resolved")
    assert resolved["incident"] == opened["incident"], resolved
    t.receiver.silent(3)
    t.receiver.expect("opened mx.all-down", "resolved mx.all-down")


@case(30)
def many_domains_one_host(t):
    many(t, 500, lambda name: f"{name} MX 10 m1")


@case(30)
def many_vanity_names(t):
    many(t, 500, lambda name: [f"{name} MX 10 mx.{name}",
                               f"mx.{name} A {t.plot.ip(1)}"])


# -------------------------------------------------------------------- TLS

@case(25)
def tls_breaks(t):
    """Long before the certificate is due: earlier sessions are resumed until
    then, and the facts of the certificate stay."""
    pki = Path(os.environ["LAB"]) / "pki"
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pki / "wild.pem", pki / "wild.key")
    t.plot.secure(1, context)
    agent = t.healthy([1, 2], ["d1", "d2"], intervals={"smtp": "1s"},
                      smtp={"depth": "starttls"},
                      rules={"tls.failed": "warning"})
    wait_until(lambda: t.plot.resumed(1) > 2, 15, "sessions are resumed")
    host, = agent.api(f"domains/{t.plot.domain('d1')}")["check"]["mx"]
    tls = host["addresses"][0]["tls"]
    assert (tls["subject"], tls["trusted"]) == ("CN=wild", True), tls
    t.plot.secure(1, None)
    opened = t.receiver.wait(15, kind="opened")
    assert opened["rule"] == "tls.failed", opened
    t.plot.secure(1, context)
    t.receiver.wait(15, kind="resolved")
    t.receiver.silent(3)
    t.receiver.expect("opened tls.failed", "resolved tls.failed")


# ------------------------------------------------------------ short and often

def outcome(agent, domain):
    return agent.api(f"domains/{domain}")["domain"]["outcome"]


@case(25)
def blip(t):
    """Shorter than the confirmation: silence, but remembered."""
    domain = t.plot.domain("d1")
    agent = t.healthy([1, 2], ["d1", "d2"], intervals={"smtp": "1s"},
                      alerts={"smtp": {"span": "8s"}})
    t.plot.way("refused", t.plot.ip(1))
    wait_until(lambda: outcome(agent, domain) == "deferred", 10, "seen")
    t.plot.way("open", t.plot.ip(1))
    wait_until(lambda: outcome(agent, domain) == "accepted", 10, "over")
    t.receiver.silent(10)
    agent.stop()
    said = json.loads(agent.call("history", "--format", "json",
                                 domain).stdout)
    assert not said["incidents"], said
    assert [part["state"] for part in said["as"][0]["timeline"]] == \
        ["unknown", "accepted", "deferred", "accepted"], said


@case(55)
def flapping(t):
    """Told once that it flaps, and once that it has settled."""
    agent = t.healthy([1, 2], ["d1", "d2"], intervals={"smtp": "1s"},
                      alerts={"flap_changes": 4, "flap_window": "20s",
                              "good_gap": "300ms"})

    def turn(how, is_open):
        t.plot.way(how, t.plot.ip(1))
        wait_until(lambda: bool(agent.status()["incidents"]) == is_open, 15,
                   f"the incident open: {is_open}")
    for _ in range(4):
        turn("refused", True)
        turn("open", False)
    t.receiver.wait(10, kind="flapping")
    t.receiver.expect("opened mx.all-down", "resolved mx.all-down",
                      "opened mx.all-down", "flapping mx.all-down")
    settled = t.receiver.wait(40, kind="settled")
    assert settled["until"], settled
    t.receiver.silent(3)
    assert len(t.receiver.alerts) == 5, t.receiver.words()
    assert settled["key"] == t.receiver.alerts[0]["key"], settled


# ------------------------------------------------------------ what goes on

@case(30)
def reminders(t):
    """One channel is reminded, more and more seldom; another wants none."""
    t.plot.listen(1, 2)
    t.plot.dns(t.plot.hosts(1, 2), "d1 MX 10 m1", "d2 MX 10 m2")
    agent = t.prepare({"domains": [t.plot.domain("d1"), t.plot.domain("d2")]})
    agent.write(channels=[agent.channel("hook", remind="2s"),
                          agent.channel("calm", remind=0)])
    agent.start().wait_first_pass()
    t.plot.way("refused", t.plot.ip(1))
    opened = t.receiver.wait(10, kind="opened", path="/hook")
    reminder = t.receiver.wait(15, kind="reminder", path="/hook")
    assert reminder["incident"] == opened["incident"], reminder
    assert reminder["id"] != opened["id"], reminder
    t.plot.way("open", t.plot.ip(1))
    t.receiver.wait(10, kind="resolved", path="/hook")
    t.receiver.wait(10, kind="resolved", path="/calm")
    t.receiver.expect("opened mx.all-down", "resolved mx.all-down",
                      path="/calm")


@case(25)
def grown(t):
    """More domains move to a dead host: the open incident says so."""
    few, more = [f"a{i}" for i in range(3)], [f"b{i}" for i in range(15)]
    t.plot.listen(1, 2)
    hosts = t.plot.hosts(1, 2)
    t.plot.dns(hosts, [f"{n} MX 10 m1" for n in few],
               [f"{n} MX 10 m2" for n in more])
    agent = t.agent({"domains": [t.plot.domain(n) for n in few + more]})
    agent.wait_first_pass()
    t.plot.way("refused", t.plot.ip(1))
    opened = t.receiver.wait(10, kind="opened")
    assert opened["domains_total"] == 3, opened
    t.plot.dns(hosts, [f"{n} MX 10 m1" for n in few + more])
    said = t.receiver.wait(20, kind="grown")
    assert said["incident"] == opened["incident"], said
    assert 13 <= said["domains_total"] <= 18, said
    t.plot.way("open", t.plot.ip(1))
    t.receiver.wait(15, kind="resolved")
    t.receiver.silent(3)
    t.receiver.expect("opened mx.all-down", "grown mx.all-down",
                      "resolved mx.all-down")


@case(30)
def child(t):
    """What is part of a bigger trouble is told only if it outlives it."""
    t.plot.listen(1, 2, 3)
    t.plot.dns(t.plot.hosts(1, 2, 3), "both MX 10 m1", "both MX 10 m2",
               "one MX 10 m1", "other MX 10 m3")
    agent = t.agent({"domains": [t.plot.domain(n)
                                 for n in ("both", "one", "other")],
                     "canaries": {"smtp": [t.plot.ip(3)]},
                     "rules": {"mx.load-uneven": "off"}})
    agent.wait_first_pass()
    t.plot.way("refused", t.plot.ip(1), t.plot.ip(2))
    first = t.receiver.wait(10, kind="opened")
    assert first["domains"] == [t.plot.domain("both")], first
    wait_until(lambda: len(agent.status()["incidents"]) == 2, 10, "a child")
    t.receiver.silent(5)
    t.plot.way("open", t.plot.ip(2))
    t.receiver.wait(15, kind="resolved", incident=first["incident"])
    second = t.receiver.wait(10, count=2, kind="opened")
    assert t.plot.domain("one") in second["domains"], second
    t.plot.way("open", t.plot.ip(1))
    t.receiver.wait(15, kind="resolved", incident=second["incident"])
    t.receiver.silent(3)
    assert len(t.receiver.alerts) == 4, t.receiver.words()
