"""What people plan, ask for and change: reloads, maintenance, silences."""

import os
import re
import shutil
import time

from cases import case
from world import wait_until


def stamp(seconds):
    """So many seconds from now, as the configuration has it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ",
                         time.gmtime(time.time() + seconds))


# ------------------------------------------------------------------ reloads

@case(40)
def reload(t):
    """What is new is watched, what is gone is forgotten, and nothing else
    moves."""
    plot, hosts = t.plot, [1, 2, 3, 4]
    plot.listen(*hosts)
    plot.dns(plot.hosts(*hosts), [f"d{n} MX 10 m{n}" for n in hosts])
    long = {"intervals": {"dns": "40s", "smtp": "40s", "authority": "1h"},
            "canaries": {"interval": "1h"}}
    agent = t.agent({"domains": [plot.domain(f"d{n}") for n in (1, 2, 3)],
                     **long})
    agent.wait_first_pass()
    plot.way("refused", plot.ip(3))
    agent.call("silence", "--for", "1h", "--why", "a test", "nothing.example")
    came = {n: plot.world.mail.came[plot.ip(n)] for n in (1, 2, 3)}
    asked = agent.metric("mxvigil_looks_total")
    agent.reload(domains=[plot.domain(f"d{n}") for n in (1, 3, 4)])
    wait_until(lambda: agent.api(f"domains/{plot.domain('d4')}")["domain"]
               ["verdict"] == "ok", 15, "the new one judged")
    assert agent.api("domains")["total"] == 3
    assert "verdict" not in agent.get(f"api/v1/domains/{plot.domain('d2')}")
    assert {n: plot.world.mail.came[plot.ip(n)] for n in came} == came
    looks = agent.metric("mxvigil_looks_total") - asked
    assert looks <= 12, f"{looks} looks for one new domain"
    t.receiver.silent(3)
    good = agent.config.read_text()
    agent.config.write_text("domains: [x.example\nchannels: 5\n")
    agent.hang_up()
    opened = t.receiver.wait(10, kind="opened")
    assert opened["rule"] == "agent.config", opened
    assert re.search(r"x\.yaml:\d+:\d+: ", opened["title"]), opened
    assert agent.api("domains")["total"] == 3
    agent.config.write_text(good)
    agent.hang_up()
    t.receiver.wait(10, kind="resolved")
    agent.reload(intervals={"smtp": "2s"})
    down = t.receiver.wait(45, count=2, kind="opened")
    assert down["domains"] == [plot.domain("d3")], down


@case(30)
def reload_while_open(t):
    """An open incident is still the same one; its domain taken out ends it."""
    agent = t.healthy([1, 2], ["d1", "d2"])
    t.plot.way("refused", t.plot.ip(1))
    opened = t.receiver.wait(15, kind="opened")
    agent.reload(alerts={"good": 3})
    t.receiver.silent(5)
    agent.reload(domains=[t.plot.domain("d2")])
    resolved = t.receiver.wait(15, kind="resolved")
    assert resolved["incident"] == opened["incident"], resolved
    t.receiver.silent(3)


# -------------------------------------------------------------- maintenance

def maintained(t, seconds):
    """Two broken domains, each in a window that ends in so many seconds, and
    a third in none."""
    t.plot.listen(1, 2, 3)
    t.plot.dns(t.plot.hosts(1, 2, 3),
               [f"d{n} MX 10 m{n}" for n in (1, 2, 3)])
    names = [t.plot.domain(f"d{n}") for n in (1, 2, 3)]
    agent = t.agent({
        "canaries": {"smtp": [t.plot.ip(3)]},
        "domains": [names[0], {"name": names[1], "labels": {"by": "us"}},
                    names[2]],
        "maintenance": [
            {"name": "by name", "match": [t.plot.host(1)],
             "from": stamp(-60), "to": stamp(seconds)},
            {"name": "by label", "labels": {"by": "us"},
             "from": stamp(-60), "to": stamp(seconds)}]})
    agent.wait_first_pass()
    t.plot.way("refused", t.plot.ip(1), t.plot.ip(2))
    return agent


@case(40)
def maintenance(t):
    """Held back meanwhile; what is still broken at its end is told, what was
    mended is not."""
    end = time.monotonic() + 25
    agent = maintained(t, 25)
    wait_until(lambda: len(agent.status()["incidents"]) == 2, 15, "both open")
    assert all(i["silenced"] for i in agent.status()["incidents"])
    t.plot.way("open", t.plot.ip(2))
    wait_until(lambda: len(agent.status()["incidents"]) == 1, 15, "one ended")
    assert time.monotonic() < end - 2, "too slow for this test"
    assert not t.receiver.alerts, t.receiver.words()
    opened = t.receiver.wait(25, kind="opened")
    assert opened["arrived"] >= end - 1, (opened["arrived"], end)
    assert opened["domains"] == [t.plot.domain("d1")], opened
    t.plot.way("open", t.plot.ip(1))
    t.receiver.wait(15, kind="resolved")
    t.receiver.silent(3)
    t.receiver.expect("opened mx.all-down", "resolved mx.all-down")


@case(40)
def silence(t):
    """By domain, host and rule; listed, ended, and told what is left."""
    agent = t.healthy([1, 2, 3], ["d1", "d2", "d3"],
                      canaries={"smtp": [t.plot.ip(3)]})
    agent.call("silence", "--for", "8s", "--why", "new disks",
               t.plot.domain("d1"), code=0)
    agent.call("silence", "--for", "1h", "--why", "moving",
               t.plot.host(2), code=0)
    listed = agent.call("silence", "--list", code=0).stdout
    assert "new disks" in listed and "moving" in listed, listed
    t.plot.way("refused", t.plot.ip(1), t.plot.ip(2))
    wait_until(lambda: len(agent.status()["incidents"]) == 2, 15, "both open")
    opened = t.receiver.wait(25, kind="opened")
    assert opened["domains"] == [t.plot.domain("d1")], opened
    t.receiver.silent(6)
    agent.stop()
    agent.start()
    t.receiver.silent(6)
    number = re.search(r"(\d+) .*moving", listed).group(1)
    agent.call("silence", "--end", number, code=0)
    second = t.receiver.wait(15, count=2, kind="opened")
    assert second["domains"] == [t.plot.domain("d2")], second
    assert "moving" not in agent.call("silence", "--list", code=0).stdout
    agent.call("silence", "--for", "1h", "--why", "all", "mx.*", code=0)
    t.plot.way("open", t.plot.ip(1), t.plot.ip(2))
    t.receiver.wait(15, count=2, kind="resolved")
    t.receiver.silent(2)


@case(40)
def acknowledged(t):
    """No reminder and no growth, but its end."""
    few, more = ["a1", "a2"], [f"b{i}" for i in range(15)]
    t.plot.listen(1, 2)
    hosts = t.plot.hosts(1, 2)
    t.plot.dns(hosts, [f"{n} MX 10 m1" for n in few],
               [f"{n} MX 10 m2" for n in more])
    agent = t.prepare({"domains": [t.plot.domain(n) for n in few + more]})
    agent.write(channels=[agent.channel("hook", remind="12s")])
    agent.start().wait_first_pass()
    t.plot.way("refused", t.plot.ip(1))
    opened = t.receiver.wait(10, kind="opened")
    agent.call("ack", opened["incident"], "--why", "on my way", code=0)
    agent.call("ack", "4711", code=2)
    t.plot.dns(hosts, [f"{n} MX 10 m1" for n in few + more])
    wait_until(lambda: agent.status()["incidents"][0]["domains"] == 17, 15,
               "all joined")
    assert agent.status()["incidents"][0]["acknowledged"]
    t.receiver.silent(22)
    t.plot.way("open", t.plot.ip(1))
    t.receiver.wait(10, kind="resolved")
    t.receiver.expect("opened mx.all-down", "resolved mx.all-down")


def reachable(agent):
    """The program where anybody can start it: what was built may be in a
    home that is closed to others."""
    path = agent.settings["socket"] + ".program"
    shutil.copy(agent.mxvigil, path)
    os.chmod(path, 0o755)
    return path


@case(15)
def who_may(t):
    """Another user may look, but not hold anything back."""
    if os.geteuid() != 0:
        return
    agent = t.prepare({"domains": [t.plot.domain("d1")]})
    agent.write(socket=f"/tmp/mxvigil-{t.plot.number}.sock")
    agent.start()
    how = {"user": 65534, "group": 65534, "extra_groups": [],
           "executable": reachable(agent)}
    words = ["--socket", agent.settings["socket"]]

    def call(*what):
        return agent.call_bare(*what, *words, **how)
    for what in (["silence", "x", "--for", "1h", "--why", "y"], ["ack", "1"],
                 ["silence", "--end", "1"]):
        refused = call(*what)
        assert refused.returncode == 2, refused
        assert "only root and the user" in refused.stderr, refused
        assert refused.stderr.count("\n") == 1, refused
    assert agent.call("silence", "--list").stdout.count("y") == 0
    os.unlink(how["executable"])


# -------------------------------------------------------------- quiet hours

def quiet_end():
    """The end of a minute (seconds of the epoch) at least 15 s from now."""
    return (int(time.time()) + 15) // 60 * 60 + 60


@case(100)
def quiet_hours(t):
    """Warnings wait for their end; what is critical does not."""
    plot, end = t.plot, quiet_end()
    hours = "-".join(time.strftime("%H:%M", time.localtime(at))
                     for at in (end - 180, end))
    plot.listen(1, 2, 3)
    plot.dns(plot.hosts(1, 2, 3), "d1 MX 10 m1", "d1 MX 20 m2", "d3 MX 10 m3")
    agent = t.prepare({"domains": [plot.domain("d1"), plot.domain("d3")],
                       "rules": {"mx.load-uneven": "off"}})
    agent.write(channels=[
        agent.channel("calm", quiet={"days": "mon-sun", "time": hours}),
        agent.channel("loud")])
    agent.start().wait_first_pass()
    plot.way("refused", plot.ip(1))
    warning = t.receiver.wait(15, kind="opened", path="/loud")
    assert warning["severity"] == "warning", warning
    plot.way("refused", plot.ip(3))
    t.receiver.wait(15, kind="opened", severity="critical", path="/calm")
    assert time.time() < end, "too slow for this test"
    said = t.receiver.wait(end - time.time() + 10, kind="opened",
                           severity="warning", path="/calm")
    late = time.time() - end
    assert late > -1, "it came in quiet hours"
    assert said["id"] == warning["id"], said
    assert said["since"] == warning["since"], said
@case(25)
def labels_apart(t):
    """A channel for one customer hears of no other's domains."""
    t.plot.listen(1, 2)
    t.plot.dns(t.plot.hosts(1, 2), "a MX 10 m1", "b MX 10 m1", "c MX 10 m2")
    agent = t.prepare({"domains": [
        {"name": t.plot.domain("a"), "labels": {"for": "acme"}},
        {"name": t.plot.domain("b"), "labels": {"for": "bolt"}},
        t.plot.domain("c")]})
    agent.write(channels=[agent.channel("hook"),
                          agent.channel("acme", labels={"for": "acme"}),
                          agent.channel("cargo", labels={"for": "cargo"})])
    agent.start().wait_first_pass()
    t.plot.way("refused", t.plot.ip(1))
    told = t.receiver.wait(15, kind="opened", path="/hook")
    assert told["domains_total"] == 2, told
    told = t.receiver.wait(5, kind="opened", path="/acme")
    assert told["domains"] == [t.plot.domain("a")], told
    t.plot.way("refused", t.plot.ip(2))
    t.receiver.wait(15, count=2, kind="opened", path="/hook")
    t.receiver.silent(2)
    assert len(t.receiver.seen(path="/acme")) == 1, t.receiver.words()
    assert not t.receiver.seen(path="/cargo"), t.receiver.words()


