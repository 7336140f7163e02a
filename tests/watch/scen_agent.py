"""The agent's own bad days: channels, store, a second agent."""

import email.utils
import time

from cases import case
from world import wait_until


def two_channels(t, bad):
    """One that behaves in that way, and one that is well."""
    t.plot.listen(1, 2)
    t.plot.dns(t.plot.hosts(1, 2), "d1 MX 10 m1", "d2 MX 10 m2")
    agent = t.prepare({"domains": [t.plot.domain("d1"), t.plot.domain("d2")]})
    t.receiver.behave["/bad"] = bad
    agent.write(channels=[agent.channel("bad"), agent.channel("good")])
    agent.start().wait_first_pass()
    t.plot.way("refused", t.plot.ip(1))
    t.began = time.monotonic()
    return agent


def tries(t):
    """When, and what, came to the bad one."""
    return [(at, body) for at, path, body in t.receiver.requests
            if path == "/bad"]


def answer(handler, status, **headers):
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("content-length", "0")
    handler.end_headers()


@case(25)
def hanging_channel(t):
    """It delays no other, nor the end of the agent by more than a moment."""
    agent = two_channels(t, lambda handler, body: time.sleep(60))
    t.receiver.wait(12, kind="opened", path="/good")
    wait_until(lambda: tries(t), 5, "a try")
    t.plot.way("open", t.plot.ip(1))
    t.receiver.wait(12, kind="resolved", path="/good")
    started = time.monotonic()
    agent.stop()
    assert time.monotonic() - started < 8, "the end was delayed"


def delivered_in_the_end(t, bad, least=0.0, seconds=30):
    """After two answers of that kind it is well; the message comes once, with
    the same id at each try, and not sooner than was asked for."""
    def turn(handler, body):
        if len(tries(t)) <= 2:
            bad(handler, body)
            return
        with t.receiver.changed:
            t.receiver.keep(handler, body)
        answer(handler, 204)
    two_channels(t, turn)
    t.receiver.wait(12, kind="opened", path="/good")
    t.receiver.wait(seconds, kind="opened", path="/bad")
    came = tries(t)
    assert len(came) == 3, came
    assert len({body for _, body in came}) == 1, came
    gaps = [b - a for (a, _), (b, _) in zip(came, came[1:])]
    assert min(gaps) >= least, gaps
    t.receiver.silent(2)


@case(20)
def status_500(t):
    delivered_in_the_end(t, lambda h, body: answer(h, 500))


@case(25)
def retry_after_seconds(t):
    delivered_in_the_end(t, lambda h, body: answer(h, 429, Retry_After="4"),
                         3.9)


@case(25)
def retry_after_date(t):
    def later(handler, body):
        answer(handler, 429, Retry_After=email.utils.formatdate(
            time.time() + 5, usegmt=True))
    delivered_in_the_end(t, later, 3)


@case(25)
def retry_after_absurd(t):
    """What is no time at all is not waited for."""
    words = iter(["-5", "soon"])
    delivered_in_the_end(
        t, lambda h, body: answer(h, 429, Retry_After=next(words)))


@case(25)
def garbage_and_gigabytes(t):
    def flood(handler, body):
        if len(tries(t)) == 1:
            handler.wfile.write(b"\x00\xff garbage\r\n\r\n" * 100)
            return
        handler.send_response(503)
        handler.send_header("content-length", str(1 << 32))
        handler.end_headers()
        try:
            while True:
                handler.wfile.write(b"x" * 65536)
        except OSError:
            pass
    delivered_in_the_end(t, flood)
    assert t.agents[0].metric("process_resident_memory_bytes") < 900e6


def dead_letter(t, bad, word):
    """Given up, and told so through the other; when it is well again, that is
    told as well."""
    two_channels(t, bad)
    died = t.receiver.wait(40, rule="agent.channel", kind="opened",
                           path="/good")
    assert died["subject"] == "bad" and word in died["title"], died
    del t.receiver.behave["/bad"]
    t.plot.way("refused", t.plot.ip(2))
    second = t.receiver.wait(20, count=2, rule="mx.all-down", kind="opened",
                             path="/good")
    t.receiver.wait(10, kind="opened", incident=second["incident"],
                    path="/bad")
    t.receiver.wait(10, rule="agent.channel", kind="resolved", path="/good")


@case(30)
def redirect(t):
    dead_letter(t, lambda h, body: answer(
        h, 302, Location=t.receiver.url("/elsewhere")), "302")
    assert not [1 for _, path, _ in t.receiver.requests
                if path == "/elsewhere"]


@case(30)
def gone(t):
    dead_letter(t, lambda h, body: answer(h, 410), "410")


# -------------------------------------------------------------------- store

@case(20)
def store_damaged(t):
    """Set aside and said; the watch goes on with a new one."""
    agent = t.healthy([1, 2], ["d1", "d2"])
    agent.stop()
    with open(agent.store, "r+b") as store:
        store.seek(100)
        store.write(b"\xa5" * 20000)
    agent.start()
    told = t.receiver.wait(15, rule="agent.store")
    assert "set aside" in told["title"], told
    assert list(agent.folder.glob("x.db?*")), "nothing was set aside"
    t.plot.way("refused", t.plot.ip(1))
    t.receiver.wait(20, rule="mx.all-down", kind="opened")


@case(15)
def second_agent(t):
    """On the same store: refused, and the first goes on."""
    agent = t.healthy([1, 2], ["d1", "d2"])
    other = t.prepare({"domains": [t.plot.domain("d1")],
                       "store": {"path": str(agent.store)},
                       "http": {"listen": "off"},
                       "socket": "/tmp/mxvigil-second.sock"})
    other.start(wait=False)
    assert other.process.wait(20) == 2, other.tail()
    assert str(agent.store) in other.log(), other.tail()
    t.plot.way("refused", t.plot.ip(1))
    t.receiver.wait(15, kind="opened")


@case(15)
def no_agent(t):
    agent = t.prepare({"domains": [t.plot.domain("d1")]})
    agent.write()
    agent.call("status", code=3)
    agent.call("status", t.plot.domain("d1"), code=3)
