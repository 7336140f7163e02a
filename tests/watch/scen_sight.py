"""What the agent cannot see itself: one alert about that, none about domains."""

import re
import struct

import wire
from cases import case
from dnsliar import Liar
from world import wait_until

# Failures are believed later than blindness is: as with the usual times.
SLOW = {"alerts": {"smtp": {"span": "9s"},
                   "dns": {"span": "9s", "retry": ["3s", "1s"]}},
        "intervals": {"dns": "3s", "smtp": "2s", "authority": "1h"}}


def others_are_told(agent):
    """Nobody who asks a blind agent hears that mail is in trouble."""
    said = agent.call("status", "--format", "nagios", code=3).stdout
    assert said.startswith("MXVIGIL UNKNOWN - this monitor sees not all: ") \
        and "[CRITICAL] agent.blind: " in said, said
    bad = re.findall(r"^mxvigil_domain_verdict.* [12]$|"
                     r"^mxvigil_domain_deliverable.* 0$|"
                     r'^mxvigil_finding.*"(?:warning|critical)".*$',
                     agent.get("metrics"), re.M)
    assert not bad, bad


def blind_for(t, cut, subject, seconds=8):
    """Cut these off for longer than a failure takes to be believed."""
    cut = list(cut)
    t.plot.way("silent", *cut)
    opened = t.receiver.wait(30, kind="opened")
    assert opened["rule"] == "agent.blind", opened
    assert opened["severity"] == "critical", opened
    assert opened["subject"] == subject, opened
    others_are_told(t.agents[-1])
    t.receiver.silent(seconds + 6)
    t.plot.way("open", *cut)
    resolved = t.receiver.wait(40, kind="resolved")
    assert resolved["incident"] == opened["incident"], resolved
    t.receiver.silent(8)
    t.receiver.expect("opened agent.blind", "resolved agent.blind")


def everything(t, hosts, v6=()):
    return [*t.plot.vantage_ips(), *t.plot.servers.values(),
            *map(t.plot.ip, hosts), *map(t.plot.ip6, v6)]


@case(60)
def uplink_cut(t):
    hosts = range(1, 6)
    t.healthy(hosts, [f"d{n}" for n in hosts], **SLOW)
    blind_for(t, everything(t, hosts), "DNS")


@case(60)
def uplink_cut_canaries(t):
    t.healthy([1, 2, 3], ["d1", "d2", "d3"], **SLOW,
              canaries={"smtp": [t.plot.ip(8), t.plot.ip(9)]})
    blind_for(t, everything(t, [1, 2, 3, 8, 9]), "DNS")


@case(60)
def uplink_cut_one_domain(t):
    t.healthy([1], ["d1"], **SLOW)
    blind_for(t, everything(t, [1]), "DNS")


@case(60)
def port_25_cut(t):
    """Of five networks each failed at once: it is us."""
    hosts = range(1, 6)
    t.healthy(hosts, [f"d{n}" for n in hosts], **SLOW)
    blind_for(t, map(t.plot.ip, hosts), "port 25 over IPv4")


@case(60)
def port_25_cut_one_domain(t):
    """With canaries one domain is enough to tell."""
    t.plot.listen(8, 9)
    t.healthy([1], ["d1"], **SLOW,
              canaries={"smtp": [t.plot.ip(8), t.plot.ip(9)]})
    blind_for(t, map(t.plot.ip, [1, 8, 9]), "port 25 over IPv4")


@case(60)
def ipv6_cut(t):
    hosts = range(1, 5)
    t.plot.listen(*hosts)
    t.plot.listen(*hosts, v6=True)
    t.plot.dns(t.plot.hosts(*hosts), t.plot.hosts(*hosts, v6=True),
               [f"d{n} MX 10 m{n}" for n in hosts])
    agent = t.agent({"domains": [t.plot.domain(f"d{n}") for n in hosts],
                     **SLOW})
    agent.wait_first_pass()
    assert not t.receiver.alerts, t.receiver.words()
    blind_for(t, map(t.plot.ip6, hosts), "port 25 over IPv6")


@case(60)
def reload_while_blind(t):
    """It stays the same blindness."""
    hosts = range(1, 6)
    agent = t.healthy(hosts, [f"d{n}" for n in hosts], **SLOW)
    cut = everything(t, hosts)
    t.plot.way("silent", *cut)
    t.receiver.wait(30, kind="opened", rule="agent.blind")
    agent.reload(domains=[t.plot.domain(f"d{n}") for n in (1, 2, 3, 4)])
    t.receiver.silent(12)
    t.plot.way("open", *cut)
    t.receiver.wait(40, kind="resolved")
    t.receiver.silent(6)
    t.receiver.expect("opened agent.blind", "resolved agent.blind")


@case(40)
def really_dead(t):
    """Where canaries answer, many dead networks are no blindness."""
    hosts = range(1, 5)
    t.plot.listen(9)
    t.healthy(hosts, [f"d{n}" for n in hosts],
              canaries={"smtp": [t.plot.ip(9)]})
    t.plot.way("silent", *map(t.plot.ip, hosts))
    t.receiver.wait(20, count=4, kind="opened", rule="mx.all-down")
    t.plot.way("open", *map(t.plot.ip, hosts))
    t.receiver.wait(20, count=4, kind="resolved", rule="mx.all-down")
    t.receiver.silent(2)
    assert len(t.receiver.alerts) == 8, t.receiver.words()


@case(30)
def blind_at_start(t):
    """No vantage answers from the beginning."""
    t.plot.listen(1, 2)
    t.plot.dns(t.plot.hosts(1, 2), "d1 MX 10 m1", "d2 MX 10 m2")
    t.plot.way("silent", *t.plot.vantage_ips())
    agent = t.agent({"domains": [t.plot.domain(n) for n in ("d1", "d2")],
                     **SLOW})
    opened = t.receiver.wait(30, kind="opened")
    assert (opened["rule"], opened["subject"]) == ("agent.blind", "DNS")
    agent.call("status", code=3)
    agent.call("status", t.plot.domain("d1"), code=3)
    t.receiver.silent(8)
    t.plot.way("open", *t.plot.vantage_ips())
    t.receiver.wait(20, kind="resolved")
    wait_until(lambda: agent.status()["verdict"] == "ok", 20, "all is well")
    t.receiver.silent(3)
    t.receiver.expect("opened agent.blind", "resolved agent.blind")


# ---------------------------------------------------------------- vantages

def with_liar(t, liar, **settings):
    """Eight healthy domains, two real vantages and that one."""
    hosts = [1, 2]
    names = [f"d{n}" for n in range(8)]
    t.plot.listen(*hosts)
    t.plot.dns(t.plot.hosts(*hosts),
               [f"{n} MX 10 m{hosts[i % 2]}" for i, n in enumerate(names)])
    agent = t.agent({
        "domains": [t.plot.domain(n) for n in names],
        "alerts": {"dns": {"span": "8s"}},
        "vantages": t.plot.vantages()[:2] + [
            {"name": "third", "resolver": liar.address}], **settings})
    agent.wait_first_pass()
    assert not t.receiver.alerts, t.receiver.words()
    return agent


def lies(t, lie):
    """One of three vantages lies about all domains, and then is honest."""
    liar = Liar(f"198.18.124.{t.plot.number}", t.plot.vantage("pdns"))
    agent = with_liar(t, liar)
    liar.lie = lie
    opened = t.receiver.wait(40, kind="opened")
    assert opened["rule"] == "agent.vantage", opened
    assert opened["subject"] == "third", opened
    t.receiver.silent(6)
    agent.reload()
    t.receiver.silent(6)
    assert agent.status()["domains"]["ok"] == 8, agent.status()
    liar.lie = None
    t.receiver.wait(20, kind="resolved")
    t.receiver.silent(3)
    t.receiver.expect("opened agent.vantage", "resolved agent.vantage")


@case(45)
def vantage_says_nxdomain(t):
    lies(t, lambda asked: wire.reply(asked, wire.NXDOMAIN, wire.RA)
         if wire.question(asked)[0] != "." else None)


@case(45)
def vantage_says_other_mx(t):
    record = struct.pack("!H", 10) + wire.pack_name(t.plot.host(2) + "x")
    lies(t, lambda asked: wire.reply(asked, flags=wire.RA,
                                     answers=[(wire.MX, 1, record)])
         if wire.question(asked)[1] == wire.MX else None)


@case(45)
def vantage_dies(t):
    liar = Liar(f"198.18.124.{t.plot.number}", t.plot.vantage("pdns"))
    agent = with_liar(t, liar)
    t.plot.way("silent", liar.address)
    opened = t.receiver.wait(40, kind="opened")
    assert opened["rule"] == "agent.vantage", opened
    t.receiver.silent(4)
    agent.reload()
    t.receiver.silent(8)
    assert agent.status()["domains"]["ok"] == 8, agent.status()
    t.plot.way("open", liar.address)
    t.receiver.wait(20, kind="resolved")
    t.receiver.silent(3)
    t.receiver.expect("opened agent.vantage", "resolved agent.vantage")
