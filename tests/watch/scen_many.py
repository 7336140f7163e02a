"""Many troubles at once: the first look, storms, and what survives a restart."""

import time

from cases import case
from world import wait_until


@case(30)
def first_start(t):
    """50 broken domains at the first look are one message; a 51st that breaks
    later has its own."""
    broken = range(1, 51)
    t.plot.listen(51, 52)
    t.plot.dns(t.plot.hosts(*range(1, 53)),
               [f"d{n} MX 10 m{n}" for n in range(1, 53)])
    agent = t.agent({"domains": [t.plot.domain(f"d{n}")
                                 for n in range(1, 53)]})
    agent.wait_first_pass(60)
    digest = t.receiver.wait(10, kind="digest")
    assert digest["items_total"] == len(broken), digest
    assert len(digest["items"]) == len(broken), digest
    assert {i["rule"] for i in digest["items"]} == {"mx.all-down"}, digest
    assert digest["domains_total"] == len(broken), digest
    assert digest["severity"] == "critical", digest
    t.receiver.silent(4)
    t.plot.way("refused", t.plot.ip(51))
    opened = t.receiver.wait(15, kind="opened")
    assert opened["domains"] == [t.plot.domain("d51")], opened
    t.plot.listen(1)
    resolved = t.receiver.wait(15, kind="resolved")
    assert t.plot.domain("d1") in resolved["title"], resolved
    assert resolved["incident"] in [i["incident"] for i in digest["items"]], \
        resolved
    t.receiver.silent(3)
    assert len(t.receiver.alerts) == 3, t.receiver.words()


@case(30)
def first_start_killed(t):
    """Killed during the first look: still one digest."""
    broken = range(1, 31)
    t.plot.dns(t.plot.hosts(*broken), [f"d{n} MX 10 m{n}" for n in broken])
    agent = t.agent({"domains": [t.plot.domain(f"d{n}") for n in broken],
                     "alerts": {"smtp": {"span": "6s"}, "wait": "3s"}})
    wait_until(lambda: agent.status()["incidents"], 20, "one is open")
    agent.kill()
    assert not t.receiver.alerts, t.receiver.words()
    agent.start().wait_first_pass()
    digest = t.receiver.wait(10, kind="digest")
    assert digest["items_total"] == len(broken), digest
    t.receiver.silent(5)
    assert len(t.receiver.alerts) == 1, t.receiver.words()


def items(alerts):
    """The incidents that messages tell of, those in digests too."""
    return [i for a in alerts
            for i in (a["items"] if a["kind"] == "digest" else [a])]


@case(50)
def storm(t):
    """40 causes at once: a few messages, all of them named; the same when
    they mend."""
    dying = range(1, 41)
    ips = [t.plot.ip(n) for n in dying]
    t.plot.listen(*range(1, 42))
    t.plot.dns(t.plot.hosts(*range(1, 42)),
               [f"d{n} MX 10 m{n}" for n in range(1, 42)])
    agent = t.agent({"domains": [t.plot.domain(f"d{n}")
                                 for n in range(1, 42)],
                     "intervals": {"dns": "15s", "authority": "1h"},
                     "alerts": {"wait": "2s"},
                     "canaries": {"smtp": [t.plot.ip(41)]}})
    agent.wait_first_pass(60)
    assert not t.receiver.alerts, t.receiver.words()
    t.plot.way("refused", *ips)

    def told():
        return {i["incident"] for i in items(t.receiver.seen())}
    wait_until(lambda: len(told()) >= len(dying), 45, "all 40 told")
    t.receiver.silent(3)
    opening = t.receiver.seen()
    assert len(told()) == len(dying), t.receiver.words()
    assert len(opening) <= 21, t.receiver.words()
    assert t.receiver.seen(kind="digest"), t.receiver.words()
    mended = time.monotonic()
    t.plot.way("open", *ips)

    def ended():
        return {i["incident"]
                for i in items(t.receiver.seen()[len(opening):])}
    wait_until(lambda: ended() == told(), 60, "all 40 resolved")
    t.receiver.silent(3)
    closing = t.receiver.seen()[len(opening):]
    # A channel's 20 a minute, what they refill while it lasts, two digests.
    refilled = (time.monotonic() - mended) * 20 / 60
    assert len(closing) <= 22 + refilled, t.receiver.words()
    assert len(closing) < len(dying), t.receiver.words()


# ----------------------------------------------------------------- restarts

def broken_one(t):
    """An agent that has told of it, and knows that it has."""
    agent = t.healthy([1, 2], ["d1", "d2"])
    t.plot.way("refused", t.plot.ip(1))
    opened = t.receiver.wait(15, kind="opened")
    wait_until(lambda: agent.query(
        "SELECT 1 FROM outbox WHERE message_id = ? AND how = 1",
        opened["id"]), 5, "noted")
    return agent, opened


def mended_after(t, opened):
    t.plot.way("open", t.plot.ip(1))
    resolved = t.receiver.wait(20, kind="resolved")
    assert resolved["incident"] == opened["incident"], resolved
    assert resolved["key"] == opened["key"], resolved
    t.receiver.silent(3)
    t.receiver.expect("opened mx.all-down", "resolved mx.all-down")


@case(25)
def restart(t):
    agent, opened = broken_one(t)
    agent.stop()
    agent.start().wait_ready()
    t.receiver.silent(5)
    mended_after(t, opened)


@case(25)
def killed(t):
    """With kill -9; once more while it is being mended."""
    agent, opened = broken_one(t)
    agent.kill()
    agent.start().wait_ready()
    t.receiver.silent(4)
    agent.kill()
    t.plot.way("open", t.plot.ip(1))
    agent.start()
    mended_after(t, opened)


@case(25)
def mended_meanwhile(t):
    """It mends while no agent runs: the resolve comes when one does."""
    agent, opened = broken_one(t)
    agent.stop()
    t.plot.way("open", t.plot.ip(1))
    agent.start()
    mended_after(t, opened)


@case(25)
def removed_meanwhile(t):
    """A domain with an open incident is taken out while no agent runs: its
    incident ends, for nobody watches it any more."""
    agent, opened = broken_one(t)
    agent.stop()
    agent.settings["domains"] = [t.plot.domain("d2")]
    agent.start()
    resolved = t.receiver.wait(20, kind="resolved")
    assert resolved["incident"] == opened["incident"], resolved
    assert not agent.status()["incidents"], agent.status()


@case(35)
def strikes_survive(t):
    """A suspicion goes on where it was: a restart in the middle of a
    confirmation does not begin it anew."""
    agent = t.healthy([1, 2], ["d1", "d2"], intervals={"smtp": "10s"},
                      alerts={"smtp": {"strikes": 4, "span": "9s",
                                       "retry": ["3s"]}})
    t.plot.way("refused", t.plot.ip(1))

    def strikes():
        return [row[0] for row in agent.query(
            "SELECT strikes FROM incident WHERE state = 'suspect'")]
    wait_until(lambda: (strikes() or [0])[0] >= 2, 20, "two strikes stored")
    agent.kill()
    before = len(agent.log())
    agent.start()
    opened = t.receiver.wait(15, kind="opened")
    said = agent.log()[before:]
    assert strikes() == [], strikes()
    seconds = agent.query("SELECT opened - began FROM incident WHERE id = ?",
                          int(opened["incident"]))[0][0] / 1e6
    assert 9 <= seconds < 15, (seconds, said)


@case(25)
def untold_is_told(t):
    """What was opened and could not be told before the end is told by the
    next run, under the same id."""
    agent = t.healthy([1, 2], ["d1", "d2"])
    ids = []

    def refuse(handler, body):
        ids.append(handler.headers["webhook-id"])
        handler.send_error(503)
    t.receiver.behave["/hook"] = refuse
    t.plot.way("refused", t.plot.ip(1))
    wait_until(lambda: ids, 15, "a try")
    agent.kill()
    del t.receiver.behave["/hook"]
    agent.start()
    opened = t.receiver.wait(20, kind="opened")
    assert set(ids) == {opened["webhook-id"]}, (ids, opened)
    mended_after(t, opened)
