"""Debian's Alertmanager: what it shows as active, and for how long."""

import http.server
import json
import os
import threading
import time

from cases import case
from programs import Program
from world import wait_until

PROGRAMS = ["prometheus-alertmanager"]

# It gives up what it hears nothing of after resolve_timeout, unless it was
# told how long it holds.
CONFIGURATION = """\
global: {{resolve_timeout: 1s}}
route:
  receiver: hook
  group_by: [incident]
  group_wait: 0s
  group_interval: 1s
  repeat_interval: 1h
receivers:
  - name: hook
    webhook_configs: [{{url: "{url}", send_resolved: true}}]
"""


class Told:
    """What Alertmanager tells: (status, labels) of each alert, in order."""

    def __init__(self):
        self.alerts = []
        told = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                length = int(self.headers["content-length"])
                for alert in json.loads(self.rfile.read(length))["alerts"]:
                    told.alerts.append((alert["status"], alert["labels"]))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0),
                                                      Handler)
        threading.Thread(target=self.server.serve_forever,
                         daemon=True).start()

    def url(self):
        return "http://127.0.0.1:%d/" % self.server.server_address[1]

    def has(self, status, **labels):
        return any(word == status and labels.items() <= have.items()
                   for word, have in list(self.alerts))


class Manager(Program):
    def __init__(self, t):
        folder = t.plot.world.folder / t.plot.name
        self.told = Told()
        super().__init__(
            "prometheus-alertmanager", folder, "--config.file=am.yml",
            "--storage.path={folder}/data", "--cluster.listen-address=",
            "--web.listen-address=127.0.0.1:{port}", "--log.level=warn")
        (folder / "am.yml").write_text(
            CONFIGURATION.format(url=self.told.url()))

    def active(self, **labels):
        """By incident."""
        return {a["labels"]["incident"]: a
                for a in self.ask("/api/v2/alerts")
                if labels.items() <= a["labels"].items()}

    def wait(self, count, **labels):
        """So many incidents are there, each once."""
        wait_until(lambda: len(self.active(**labels)) == count, 20,
                   f"{count} alerts; there are {self.active()}")
        assert len(self.ask("/api/v2/alerts")) == len(self.active())
        return self.active(**labels)


def watched(t, manager, *names):
    """The agent, with customer acme's domains and this Alertmanager."""
    agent = t.prepare({"domains": [
        {"name": t.plot.domain(name), "labels": {
            "customer": "acme" if name != "late" else "other",
            "cost-center": "7"}} for name in names]})
    agent.settings["channels"] += [
        {"name": "am", "type": "alertmanager", "url": manager.base}]
    return agent


def restart(agent):
    agent.stop()
    agent.start()


@case(25)
def alertmanager_lasts(t):
    """Opens, gets worse, hits another customer, is restarted, resolves."""
    t.plot.listen(1, 2)
    records = [*t.plot.hosts(1, 2), "d1 MX 10 m1", "d1 MX 20 m2"]
    t.plot.dns(records, "late MX 10 m2")
    with Manager(t) as manager:
        agent = watched(t, manager, "d1", "late").start()
        agent.wait_first_pass()
        t.plot.way("refused", t.plot.ip(1))
        first, = manager.wait(1).values()
        labels = first["labels"]
        assert labels == {
            "alertname": "mx.primary-down", "rule": "mx.primary-down",
            "severity": "warning", "incident": labels["incident"],
            "subject": labels["subject"], "customer": "acme",
            "cost_center": "7"}, first
        notes = first["annotations"]
        assert t.plot.domain("d1") in notes["summary"], notes
        assert "refused" in notes["evidence"], notes
        assert first["generatorURL"].endswith(
            f"/incident/{labels['incident']}"), first
        # It is worse: the same incident, and no other is left.
        t.plot.dns(records, "late MX 10 m1")
        worse, = manager.wait(1, severity="critical").values()
        assert worse["labels"]["incident"] == labels["incident"], worse
        assert worse["labels"]["customer"] == "acme,other", worse
        wait_until(lambda: manager.told.has("resolved", severity="warning"),
                   10, "the end of what it was")
        check_restart(agent, manager, worse)
        t.plot.way("open", t.plot.ip(1))
        manager.wait(0)
        wait_until(lambda: manager.told.has("resolved", severity="critical"),
                   10, "the end")
        again = manager.told.alerts[-1]
        assert again == ("resolved", worse["labels"]), again


def check_restart(agent, manager, before):
    """It holds for longer than resolve_timeout, and longer still when it was
    sent again; and it is the same alert."""
    time.sleep(1.2)
    assert len(manager.active()) == 1
    restart(agent)
    incident = before["labels"]["incident"]
    wait_until(lambda: manager.active()[incident]["endsAt"] >
               before["endsAt"], 20, "the alert again")
    after = manager.active()[incident]
    for key in ("labels", "fingerprint", "startsAt"):
        assert after[key] == before[key], (before, after)
    wait_long(manager, incident, after)


def wait_long(manager, incident, before):
    """ALERTMANAGER_LONG=300: through all of the time that it was first told,
    and into the next."""
    long = float(os.environ.get("ALERTMANAGER_LONG", 0))
    end = time.monotonic() + long
    while time.monotonic() < end:
        assert incident in manager.active(), before
        time.sleep(1)
    if long:
        after = manager.active()[incident]
        assert after["endsAt"] > before["endsAt"], (before, after)


@case(25)
def alertmanager_digest(t):
    """What the first look found: one digest for others, an alert for each
    incident here, with the labels under which it ends."""
    names = [f"d{n}" for n in range(1, 5)]
    t.plot.listen(1, 2, 3, 4)
    t.plot.dns(t.plot.hosts(1, 2, 3, 4),
               [f"d{n} MX 10 m{n}" for n in range(1, 5)])
    t.plot.way("refused", *map(t.plot.ip, range(1, 5)))
    with Manager(t) as manager:
        agent = watched(t, manager, *names).start()
        digest = t.receiver.wait(20, kind="digest")
        alerts = manager.wait(4, severity="critical", customer="acme")
        for item in digest["items"]:
            labels = alerts[item["incident"]]["labels"]
            assert (item["rule"], item["subject"], item["severity"]) == \
                (labels["rule"], labels["subject"], labels["severity"])
            assert item["labels"] == {"customer": "acme",
                                      "cost-center": "7"}, item
        t.plot.way("open", t.plot.ip(1), t.plot.ip(2))
        manager.wait(2)
        restart(agent)
        t.plot.way("open", t.plot.ip(3), t.plot.ip(4))
        manager.wait(0)
        for alert in alerts.values():
            wait_until(lambda: ("resolved", alert["labels"]) in
                       manager.told.alerts, 10, f"the end of {alert}")
