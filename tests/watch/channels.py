"""Every kind of channel at once, with receivers that are as strict as the real
services, from the first look to the last resolve."""

import datetime
import html
import json
import os
import re
from pathlib import Path

from cases import case
from hunt import hunt
from receivers import Services, canary
from world import wait_until

# Words of mail servers that want to be more than words.
EVIL = r"""
@everyone @here @channel @all <!channel> <!here|x> <@U1> <users/all> <#C1>
[x](http://evil.example/) <http://evil.example/|x> http://evil.example/a?b=c
https://evil.example www.evil.example evil.example mailto:a@evil.example
<a href="http://evil.example/">x</a> <img src=x onerror=alert(1)> <!--x-->
</code></pre><b>x</b> &lt;!channel&gt; &amp; &#60;b&#62; ``` ` ||x|| ~~x~~
*x* _x_ **x** # x {{DATE(2026-01-01T00:00:00Z,SHORT)}} ${x} $(id) `id` | rm
@room:lab.test @room matrix:r/x:y /start +4912345678901 1234567890123 :smile:
"\" '";-- %s%n \x00 \u0000 \n \\" \N{ESC}
""" + "\x1b[31mred\x1b[0m \x07 \u202egnp.exe \u200b \ufeff \u2066x \udcff"
BANNER = 440                    # bytes of hostile words in one greeting
LATE = 2                        # the first ones are there from the start
MENDED = 12                     # so many of them end


def corpus():
    """Strings that break encoders, when the folder with them is there."""
    folder = Path(os.environ.get("MXVIGIL_CORPUS", "/nonexistent"))
    path = folder / "strings" / "blns.json"
    if not path.exists():
        print("NOTE: MXVIGIL_CORPUS is not set: hostile words are only those "
              "in the tree", flush=True)
        return []
    return [re.sub(r"[\r\n]+", " ", text)
            for text in json.loads(path.read_text()) if text.strip()]


def raw(text):
    return text.encode("utf-8", "surrogateescape")


def banners():
    """Greetings that together say all of it."""
    out, size = [], BANNER
    for word in EVIL.strip("\n").split("\n") + corpus():
        word = raw(word)[:BANNER].decode("utf-8", "surrogateescape")
        if size + len(raw(word)) >= BANNER:
            out.append("554")
            size = 0
        out[-1] += " " + word
        size += len(raw(word)) + 1
    return out


NONE_LEFT = 'mxvigil_alert_queue_length{channel="alertmanager"} 0\n'


class Play:
    """What there is to tell, in the order in which it happens."""

    def __init__(self, t, services):
        self.t, self.plot, self.services = t, t.plot, services
        self.words = banners()
        self.evil = [f"evil{n}" for n in range(len(self.words))]

    def settings(self):
        names = ["joins", "flaps"] + self.evil
        url = self.services.secret("heartbeat", "url_file",
                                   self.t.receiver.url("/PATH"))
        gone = self.services.secret("nowhere", "url_file",
                                    "http://127.0.0.1:9/PATH?PATH")
        self.t.receiver.behave["/" + canary("heartbeat", "path")] = fine
        return {
            "domains": [{"name": self.plot.domain("grows"),
                         "labels": {"customer": "@everyone <!channel>"}},
                        *map(self.plot.domain, names)],
            "intervals": {"dns": "2s", "smtp": "2s"},
            "smtp": {"per_network": 64},
            "alerts": {"storm": 300, "flap_window": "16s"},
            "heartbeat": {"url_file": url, "interval": "10s"},
            "channels": self.channels("5s") +
            [{"name": "nowhere", "type": "webhook", "url_file": gone}],
        }

    def channels(self, remind):
        return self.services.channels(
            min_severity="info", remind=remind, per_minute=1000)

    def host(self, n):
        """Of the n-th hostile domain."""
        return n + 4

    def zone(self, joins):
        hosts = [*range(1, 4), *map(self.host, range(len(self.evil)))]
        return [*self.plot.hosts(*hosts), "grows MX 10 m1",
                "grows MX 20 m2", f"joins MX 10 {joins}", "flaps MX 10 m3",
                # Names that are no host names stand in alerts as well.
                r"evil0 MX 5 \064everyone\.\060b\062.evil",
                r"evil1 MX 5 www.evil.example."] + \
            [f"{name} MX 10 m{self.host(n)}"
             for n, name in enumerate(self.evil)]

    def prepare(self):
        self.plot.listen(*range(1, 4), *map(self.host, range(len(self.evil))))
        self.say(range(LATE))
        self.plot.way("refused", self.plot.ip(1))
        self.plot.dns(self.zone("m2"))

    def say(self, which, how=True):
        for n in which:
            words = {"greeting": self.words[n]} if how else {}
            self.plot.say(self.host(n), **words)

    # ------------------------------------------------------------- barriers

    def seen(self, kind, name=None):
        """What the webhook got of this kind, about this domain."""
        return [a for a in self.services.alerts() if a["kind"] == kind and
                (name is None or self.plot.domain(name) in a["domains"])]

    def wait(self, kind, name=None, count=1):
        wait_until(lambda: len(self.seen(kind, name)) >= count, 40,
                   f"{count} of {kind} {name or ''}")

    def flap(self):
        """Down and up until that is said."""
        for count in (1, 2):
            for way, kind in (("refused", "opened"), ("open", "resolved")):
                self.plot.way(way, self.plot.ip(3))
                wait_until(lambda: self.seen("flapping") or
                           len(self.seen(kind, "flaps")) == count,
                           25, f"{kind} for the {count}. time")
        self.wait("flapping")

    # ------------------------------------------------------------------ acts

    def run(self, agent):
        self.wait("digest")
        self.plot.dns(self.zone("m1"))
        self.wait("grown")
        self.flap()
        self.wait("changed", "joins")
        self.wait("reminder")
        agent.reload(channels=self.channels("4h"))
        late = range(LATE, len(self.evil))
        self.say(late)
        for n in late:
            self.wait("opened", self.evil[n])
        self.plot.way("open", self.plot.ip(1))
        self.plot.dns([line for line in self.zone("m1")
                       if "MX 5" not in line])
        self.say(range(MENDED), False)
        for name in ["joins", *self.evil[:MENDED]]:
            self.wait("resolved", name)
        self.wait("settled")
        wait_until(self.all_equal, 20, "the same number everywhere")
        wait_until(lambda: NONE_LEFT in agent.get("metrics"), 20,
                   "Alertmanager has all")

    def all_equal(self):
        """Alertmanager alone is given the incidents of a digest apart."""
        counts = {len(s.delivered()) for n, s in self.services.all.items()
                  if n != "alertmanager"}
        return counts == {len(self.services.commanded())}


def fine(handler, _):
    handler.send_response(204)
    handler.end_headers()


# ------------------------------------------------------------------ judgement

def strings(value):
    """All text in JSON."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from strings(inner)


def plain(body):
    """What is read of it: no marks, and nothing that cannot be seen."""
    text = html.unescape("\n".join(strings(json.loads(body))))
    return re.sub("[\u200b-\u200d\u2060\ufeff\u00ad\\\\`*]", "", text)


def check_words(services, alerts):
    """Each service was told the same in the same order."""
    for name, service in services.all.items():
        if name in ("alertmanager", "webhook"):
            continue
        for alert, body in zip(alerts, service.delivered()):
            for domain in alert["domains"][:1]:
                assert domain in plain(body), (name, alert, body)


def check_ends(services, alerts):
    """Where incidents are kept, those are open that have no end, and no other.
    """
    ended = {a["incident"] for a in alerts if a["until"]}
    begun = {a["incident"] for a in alerts if a["kind"] == "opened"}
    gathered = {i["incident"] for a in alerts if a["kind"] == "digest"
                for i in a["items"]}
    posted, events = {}, {}
    for body in services.all["alertmanager"].delivered():
        for alert in json.loads(body):
            posted[json.dumps(alert["labels"], sort_keys=True)] = alert
    now = datetime.datetime.now(datetime.timezone.utc).isoformat()
    active = {a["labels"].get("incident") for a in posted.values()
              if a["endsAt"] > now[:23] + "Z"}
    assert active - {None} == (begun | gathered) - ended, (active, alerts)
    for body in services.all["pagerduty"].delivered():
        event = json.loads(body)
        events[event["dedup_key"]] = event["event_action"]
    left = [key for key, action in events.items() if action == "trigger"]
    endless = [a for a in alerts if not a["incident"]]
    assert len(left) == len(begun - ended) + len(endless), left


@case(45)
def channels(t):
    with Services(t.plot.world.folder / "services") as services:
        play = Play(t, services)
        play.prepare()
        agent = t.agent(play.settings())
        play.run(agent)
        tested = agent.call("alert", "test", "--all").stdout
        wrong = services.complaints()
        assert not wrong, "\n".join(wrong[:10])
        alerts = services.alerts()
        check_words(services, alerts)
        check_ends(services, alerts)
        assert len(re.findall(": delivered in", tested)) == 12, tested
        dead = [line for line in agent.get("metrics").splitlines()
                if 'result="dead"' in line and not line.endswith(" 0")]
        assert not dead, dead
        hunt(agent, services.secrets() + [canary("heartbeat", "path"),
                                          canary("nowhere", "path")])


@case(15)
def channels_choose(t):
    """Of a digest each channel gets what it wants, and nothing else."""
    names = [f"d{n}" for n in range(1, 5)]
    t.plot.listen(1, 2, 3, 4, 5)
    t.plot.dns(t.plot.hosts(1, 2, 3, 4, 5),
               [f"d{n} MX 10 m{n}" for n in range(1, 5)], "d4 MX 20 m5")
    t.plot.way("refused", *map(t.plot.ip, range(1, 5)))
    agent = t.prepare({"domains": [
        {"name": t.plot.domain(name),
         "labels": {"customer": "acme" if name in ("d1", "d4") else "other"}}
        for name in names]})
    agent.settings["channels"] = [
        agent.channel("all"), agent.channel("bad", min_severity="critical"),
        agent.channel("acme", labels={"customer": "acme"}),
        agent.channel("tier", rules=["mx.primary-*"])]
    agent.start()
    want = {"all": names, "bad": ["d1", "d2", "d3"], "acme": ["d1", "d4"],
            "tier": ["d4"]}
    for name, domains in want.items():
        alert = t.receiver.wait(20, path=f"/{name}", kind="digest")
        said = json.dumps(alert)
        for domain in names:
            there = t.plot.domain(domain) in said
            assert there == (domain in domains), (name, domain, said)
        assert ("other" in said) == (name not in ("acme", "tier")), said
        assert alert["items_total"] == len(domains), said
        assert alert["domains_total"] == len(domains), said
        worst = "warning" if name == "tier" else "critical"
        assert alert["severity"] == worst, said
    # Whoever was told of it is told of its end.
    t.plot.way("open", *map(t.plot.ip, range(1, 5)))
    for name, domains in want.items():
        t.receiver.wait(20, len(domains), path=f"/{name}", kind="resolved")
        ends = t.receiver.seen(path=f"/{name}", kind="resolved")
        assert sorted(d for a in ends for d in a["domains"]) == \
            sorted(map(t.plot.domain, domains)), ends


@case(20)
def channels_many(t):
    """More than a digest can name: all of it was told, and has an end."""
    names = [f"d{n}" for n in range(130)]
    t.plot.listen(1)
    t.plot.dns(t.plot.hosts(1), [f"{name} MX 10 no-{name}" for name in names])
    agent = t.prepare({"domains": [t.plot.domain(name) for name in names]})
    agent.settings["channels"] = [agent.channel("hook", per_minute=1000)]
    agent.start()
    digest = t.receiver.wait(30, kind="digest")
    count = digest["items_total"]
    assert count >= 130 and len(digest["items"]) == 100, count
    t.plot.dns(t.plot.hosts(1), [f"{name} MX 10 m1" for name in names])
    t.receiver.wait(30, count, kind="resolved")
    ends = {a["incident"] for a in t.receiver.seen(kind="resolved")}
    assert len(ends) == count, len(ends)
