"""Name servers and records: networks, changes, what was expected."""

from cases import case
from world import wait_until


@case(25)
def single_network(t):
    """All name servers in one network: one warning for all of its domains."""
    plot = t.plot
    plot.listen(1, 2)
    records = [plot.hosts(1, 2),
               [f"d{n} MX 10 m{1 + n % 2}" for n in range(10)]]
    plot.dns(*records)
    agent = t.agent({"domains": [plot.domain(f"d{n}") for n in range(10)],
                     "intervals": {"authority": "2s"}})
    agent.wait_first_pass()
    assert not t.receiver.alerts, t.receiver.words()
    plot.dns(*records, ns=["ns1", "near"])
    opened = t.receiver.wait(25, kind="opened")
    assert opened["rule"] == "dns.single-network", opened
    assert opened["severity"] == "warning", opened
    assert "198.18.92.0/24" in opened["title"] + str(opened["evidence"])
    wait_until(lambda: agent.status()["domains"]["warning"] == 10, 10,
               "all ten have it")
    plot.dns(*records, ns=["ns1", "ns2"])
    resolved = t.receiver.wait(25, kind="resolved")
    assert resolved["incident"] == opened["incident"], resolved
    t.receiver.silent(4)
    t.receiver.expect("opened dns.single-network",
                      "resolved dns.single-network")


@case(25)
def name_servers_die(t):
    """All of them, for ten domains of one set: one alert."""
    plot = t.plot
    plot.listen(1, 2)
    plot.dns(plot.hosts(1, 2),
             [f"d{n} MX 10 m{1 + n % 2}" for n in range(10)])
    agent = t.agent({"domains": [plot.domain(f"d{n}") for n in range(10)],
                     "canaries": {"smtp": [plot.ip(1)]},
                     "alerts": {"dns": {"span": "8s"}}})
    agent.wait_first_pass()
    ips = [plot.servers["ns1"], plot.servers["ns2"]]
    plot.way("silent", *ips)
    opened = t.receiver.wait(40, kind="opened")
    assert opened["rule"] == "dns.unresolvable", opened
    assert opened["severity"] == "critical", opened
    t.receiver.silent(5)
    plot.way("open", *ips)
    resolved = t.receiver.wait(40, kind="resolved")
    assert resolved["incident"] == opened["incident"], resolved
    t.receiver.silent(4)
    t.receiver.expect("opened dns.unresolvable", "resolved dns.unresolvable")


@case(20)
def domain_vanishes(t):
    plot = t.plot
    agent = t.healthy([1, 2], ["d1", "d2"])
    plot.dns(plot.hosts(1, 2), "d2 MX 10 m2")
    opened = t.receiver.wait(20, kind="opened")
    assert opened["rule"] == "dns.nxdomain", opened
    assert opened["domains"] == [plot.domain("d1")], opened
    assert "bounces" in opened["senders"], opened
    agent.call("status", "--format", "nagios", plot.domain("d1"), code=2)
    plot.dns(plot.hosts(1, 2), "d1 MX 10 m1", "d2 MX 10 m2")
    t.receiver.wait(20, kind="resolved")
    t.receiver.silent(2)
    t.receiver.expect("opened dns.nxdomain", "resolved dns.nxdomain")


# ------------------------------------------------------------------ changes

@case(45)
def changes(t):
    """200 domains that change alike are one message, once; a change that is
    gone at the second look is none."""
    plot, n = t.plot, 200
    names = [f"d{i:03}" for i in range(n)]
    plot.listen(1, 2)

    def publish(host, **how):
        plot.dns(plot.hosts(1, 2), "other MX 10 m1",
                 [f"{name} MX 10 m{host}" for name in names], **how)
    publish(1)
    agent = t.prepare({
        "domains": [plot.domain(name) for name in names + ["other"]],
        "intervals": {"dns": "4s", "authority": "1h"},
        "alerts": {"dns": {"span": "1s"}, "wait": "9s"}})
    agent.write(channels=[agent.channel("hook", min_severity="info")])
    agent.start().wait_first_pass(60)

    def told(rule):
        return [a for a in t.receiver.seen(kind="changed")
                if a["rule"] == rule]

    def all_told(rule, count):
        """A domain whose look was lost on a busy machine may come later."""
        wait_until(lambda: sum(a["domains_total"] for a in told(rule)) >=
                   count, 40, f"{count} of {rule}")
        assert len(told(rule)) <= 2, t.receiver.words()
        return told(rule)[0]
    publish(2)
    changed = all_told("mx.changed", n)
    assert plot.host(1) in changed["title"], changed
    assert plot.host(2) in changed["title"], changed
    publish(2, ns=["ns1", "ns3"])
    all_told("dns.ns-changed", n + 1)
    agent.stop()
    agent.start().wait_ready(60)
    t.receiver.silent(10)
    for rule, count in (("mx.changed", n), ("dns.ns-changed", n + 1)):
        total = sum(a["domains_total"] for a in told(rule))
        assert total == count, (rule, total)
    assert len(t.receiver.alerts) <= 4, t.receiver.words()


@case(35)
def expectations(t):
    """Known beforehand: no alert.  Not as pinned: one."""
    plot = t.plot
    plot.listen(2, 3)
    records = [plot.hosts(1, 2, 3), "nolist MX 10 m1", "nolist MX 20 m2",
               "backup MX 10 m2", "backup MX 20 m1", "parked MX 0 .",
               "bare TXT x", "pinned MX 10 m2"]
    plot.dns(*records)
    expect = {"nolist": {"down": [plot.host(1)]},
              "backup": {"backup": [plot.host(1)]},
              "parked": {"no_mail": True}, "bare": {"no_mail": True},
              "pinned": {"mx": [f"10 {plot.host(2)}"],
                         "ns": [f"ns1.{plot.zone}", f"ns2.{plot.zone}"]}}
    agent = t.agent({"domains": [
        {"name": plot.domain(name), "expect": what}
        for name, what in expect.items()]})
    agent.wait_first_pass()
    t.receiver.silent(4)
    assert agent.status()["domains"]["ok"] == 5, agent.status()
    plot.dns(*[r for r in records if r != "pinned MX 10 m2"],
             "pinned MX 10 m3")
    opened = t.receiver.wait(20, kind="opened")
    assert opened["rule"] == "mx.changed", opened
    assert opened["severity"] == "warning", opened
    assert opened["domains"] == [plot.domain("pinned")], opened
    plot.dns(*records, "parked MX 10 m3")
    second = t.receiver.wait(20, count=1, kind="resolved")
    assert second["incident"] == opened["incident"], second


# ---------------------------------------------------- everything but vantages

def cut_behind(t, **settings):
    """The uplink is cut behind resolvers of our own: they answer, but know
    nothing.  No domain is blamed."""
    plot, hosts = t.plot, range(1, 5)
    plot.listen(8, 9)
    t.healthy(hosts, [f"d{n}" for n in hosts], **settings,
              alerts={"smtp": {"span": "9s"},
                      "dns": {"span": "9s", "retry": ["3s", "1s"]}})
    cut = [*plot.servers.values(), *map(plot.ip, [*hosts, 8, 9])]
    plot.way("silent", *cut)
    opened = t.receiver.wait(30, kind="opened")
    assert opened["rule"] == "agent.blind", opened
    t.receiver.silent(25)
    plot.way("open", *cut)
    t.receiver.wait(40, kind="resolved")
    t.receiver.silent(5)
    t.receiver.expect("opened agent.blind", "resolved agent.blind")


@case(60)
def cut_behind_resolvers(t):
    cut_behind(t)


@case(60)
def cut_behind_resolvers_canaries(t):
    cut_behind(t, canaries={"smtp": [t.plot.ip(8), t.plot.ip(9)]})
