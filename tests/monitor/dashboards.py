#!/usr/bin/env python3
"""Debian's Prometheus and Alertmanager, with the rules, routes and the
dashboard that are shipped.

    lab.py run DIR -- tests/monitor/dashboards.py BUILD

A live agent watches a healthy, a degraded and a dead domain: what Prometheus
knows of them, what Alertmanager tells, and whether every query of the
dashboard has something to show.  BUILD holds test/mxvigil.
"""

import json
import math
import re
import subprocess
import sys
import time

import stage
from alertmanager import Told
from metrics import Prometheus
from programs import Program
from world import wait_until

RULES = stage.PACKAGING / "prometheus" / "mxvigil.rules.yml"
DASHBOARD = stage.PACKAGING / "grafana" / "mxvigil.json"
# What Grafana puts in the place of its variables.
VARIABLES = {"$job": "mxvigil", "$instance": ".*", "$__rate_interval": "10s"}
# By title of a panel: why it may show nothing here.  Nothing may, so far.
MAY_BE_EMPTY = {}


# ---------------------------------------------------------------- the programs

class Scraper(Prometheus):
    """With the rules as they are, but for minutes that are seconds."""

    def __init__(self, here, manager):
        folder = here.folder / "prometheus"
        Program.__init__(
            self, "prometheus", folder, "--config.file=prometheus.yml",
            "--storage.tsdb.path={folder}/data", "--log.level=warn",
            "--web.listen-address=127.0.0.1:{port}")
        text = (RULES.parent / "prometheus.yml").read_text()
        for before, after in (("9725", here.agent.port),
                              ("9093", manager.port),
                              ("scrape_interval: 30s",
                               "scrape_interval: 500ms")):
            assert text.count(str(before)) >= 1, before
            text = text.replace(str(before), str(after))
        (folder / "prometheus.yml").write_text(
            "global: {evaluation_interval: 500ms}\n" + text)
        (folder / RULES.name).write_text(hurried(RULES.read_text()))


def hurried(text):
    """A target is found only 5 s after the start."""
    text, n = re.subn(r'(absent.*\n +for: 5)m', r"\g<1>0s", text)
    assert n == 1
    text, n = re.subn(r"(for: |\[)(\d+)m", r"\1\2s", text)
    assert n > 20, n
    return re.sub(r"(for: |\[)1h", r"\g<1>60s", text)


class Manager(Program):
    """With the routes as they are, but for where they lead and their times."""

    def __init__(self, here):
        folder = here.folder / "alertmanager"
        self.told = Told()
        super().__init__(
            "prometheus-alertmanager", folder,
            "--config.file=alertmanager.yml", "--storage.path={folder}/data",
            "--cluster.listen-address=", "--log.level=warn",
            "--web.listen-address=127.0.0.1:{port}")
        text = (RULES.parent / "alertmanager.yml").read_text()
        text = re.sub(r"group_wait: \d+s", "group_wait: 0s", text)
        text = re.sub(r"group_interval: \d+m", "group_interval: 1s", text)
        text, n = re.subn(
            r"    email_configs:.*", "    webhook_configs: [{url: "
            f"'{self.told.url()}', send_resolved: true}}]\n", text,
            flags=re.S)
        assert n == 1
        (folder / "alertmanager.yml").write_text(text)

    def groups(self):
        """{alert name: (labels of its group, labels, annotations)}"""
        return {alert["labels"]["alertname"]: (
                    group["labels"], alert["labels"], alert["annotations"])
                for group in self.ask("/api/v2/alerts/groups")
                for alert in group["alerts"]}


# ------------------------------------------------------------ what is shipped

def tool(here, name, *words):
    done = subprocess.run(
        [here.tools.path(name), *words], text=True, timeout=60,
        capture_output=True, env=here.tools.environment(), check=False,
        cwd=RULES.parent)
    said = done.stdout + done.stderr
    assert done.returncode == 0 and "warn" not in said.lower(), said


def every_alert_is_tried():
    """rules.test.yml has each alert fire, and annotations for people."""
    text = RULES.read_text()
    cases = RULES.with_suffix(".test.yml").read_text()
    blocks = re.split(r"- alert: ", text)[1:]
    assert len(blocks) > 15, len(blocks)
    for block in blocks:
        name = block.split("\n")[0]
        assert f'alertname="{name}"' in cases, f"{name} never fires"
        for key in ("summary:", "description:", "runbook:"):
            assert key in block, f"{name} has no {key}"


# ------------------------------------------------------------------- domains

def states_in_prometheus(prometheus):
    for domain, (state, _, rule, up) in stage.STATES.items():
        def is_value(wanted):
            return lambda got: [v for _, v in got] == [wanted]
        prometheus.wait(f'mxvigil_domain_verdict{{domain="{domain}"}}',
                        is_value(state))
        prometheus.wait(f'mxvigil_domain_deliverable{{domain="{domain}"}}',
                        is_value(int(up > 0)))
        if rule:
            prometheus.wait(
                f'mxvigil_finding{{domain="{domain}",rule="{rule}"}}',
                is_value(1))
    prometheus.wait("instance:mxvigil_deliverable:ratio", lambda got: [
        round(v, 3) for _, v in got] == [0.667])


def alerts_of_both_ways(here, manager):
    """Of the degraded and the dead one an alert each, in a group of its own,
    by the rules and by the agent's own channel; and no other."""
    wanted = {"MxvigilMailDown": "mx.all-down", "mx.all-down": "mx.all-down",
              "MxvigilMailAtRisk": "mx.primary-down",
              "mx.primary-down": "mx.primary-down"}
    wait_until(lambda: manager.groups().keys() == wanted.keys(), 20,
               f"the alerts; there are {manager.groups()}")
    incidents = {i["rule"]: str(i["id"])
                 for i in here.agent.status()["incidents"]}
    instance = {"job": "mxvigil",
                "instance": f"127.0.0.1:{here.agent.port}"}
    for name, (group, labels, notes) in manager.groups().items():
        rule = wanted[name]
        assert labels["rule"] == rule, labels
        assert labels["incident"] == incidents[rule], (labels, incidents)
        assert labels["severity"] == \
            ("critical" if rule == "mx.all-down" else "warning"), labels
        mine = {"incident": incidents[rule]}
        assert group == ({**instance, **mine} if name != rule else mine), group
        assert "<error" not in str(notes) and notes["summary"], notes
        wait_until(lambda: manager.told.has("firing", alertname=name), 10,
                   f"{name} is told")


def the_end_is_told(here, manager):
    """The agent ends: that, and what was known goes on for a while."""
    here.agent.stop()
    time.sleep(1.5)
    assert not manager.told.has("resolved", alertname="MxvigilMailDown")
    wait_until(lambda: manager.told.has("firing", alertname="MxvigilGone"),
               15, f"MxvigilGone; told was {manager.told.alerts}")
    strange = [labels for _, labels in manager.told.alerts
               if labels["alertname"] not in (
                   "MxvigilGone", "MxvigilMailDown", "MxvigilMailAtRisk",
                   "mx.all-down", "mx.primary-down")]
    assert not strange, strange


# ----------------------------------------------------------------- dashboard

def filled(expression):
    for name, value in VARIABLES.items():
        expression = expression.replace(name, value)
    assert "$" not in expression, expression
    return expression


def panels():
    return [panel for panel in json.loads(DASHBOARD.read_text())["panels"]
            if panel["type"] != "row"]


def well_made():
    """Identities, places, units and words of every panel."""
    board = json.loads(DASHBOARD.read_text())
    everything = board["panels"]
    numbers = [panel["id"] for panel in everything]
    assert len(set(numbers)) == len(numbers), numbers
    taken = set()
    for panel in everything:
        at = panel["gridPos"]
        assert at["x"] + at["w"] <= 24, panel["title"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"])
                 for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken, f"{panel['title']} lies upon another"
        taken |= cells
    for panel in panels():
        title = panel["title"]
        assert len(panel["description"]) > 10, title
        assert panel["fieldConfig"]["defaults"]["unit"], title
        assert panel["fieldConfig"]["defaults"]["thresholds"]["steps"], title
        for one in [panel, *panel["targets"]]:
            assert one["datasource"] == {
                "type": "prometheus", "uid": "${datasource}"}, title
    unknown = set(MAY_BE_EMPTY) - {panel["title"] for panel in panels()}
    assert not unknown, unknown


def numbers_of(prometheus, kind, expression):
    """[(labels, value)] that are numbers."""
    if kind == "table":
        found = prometheus.query(expression)
    else:
        now = time.time()
        reply = prometheus.ask("/api/v1/query_range", query=expression,
                               start=now - 5, end=now, step="1")
        assert reply["status"] == "success", reply
        found = [(one["metric"], float(value))
                 for one in reply["data"]["result"]
                 for _, value in one["values"]]
    return [(labels, value) for labels, value in found
            if math.isfinite(value)]


def every_query_shows(prometheus):
    """Something, with the labels by which its lines are named."""
    wrong = []
    for panel in panels():
        for target in panel["targets"]:
            text = filled(target["expr"])
            try:
                got = wait_until(
                    lambda: numbers_of(prometheus, panel["type"], text), 8,
                    "something to show")
            except TimeoutError:
                if panel["title"] not in MAY_BE_EMPTY:
                    wrong.append(f"{panel['title']}: {text}")
                continue
            for label in re.findall(r"{{(\w+)}}", target["legendFormat"]):
                if any(not labels.get(label) for labels, _ in got):
                    wrong.append(f"{panel['title']}: no {label} in {got}")
    assert not wrong, wrong


def every_variable_has_values(prometheus):
    board = json.loads(DASHBOARD.read_text())
    asked = 0
    for variable in board["templating"]["list"]:
        if variable["type"] != "query":
            continue
        metric, label = re.fullmatch(
            r"label_values\((.*), (\w+)\)", variable["query"]["query"]).groups()
        found = prometheus.ask(f"/api/v1/label/{label}/values",
                               **{"match[]": filled(metric)})
        assert found["data"], variable
        asked += 1
    assert asked == 2, asked
    for note in board["annotations"]["list"]:
        prometheus.query(filled(note["expr"]))


# ---------------------------------------------------------------------- main

def main():
    here = stage.Stage(sys.argv[1])
    here.check("the dashboard is well made", well_made)
    here.check("every alert is tried, and explained", every_alert_is_tried)
    if not here.lacking("promtool"):
        for words in (["check", "rules", RULES.name],
                      ["check", "config", "prometheus.yml"],
                      ["test", "rules", "mxvigil.rules.test.yml"]):
            here.check(" ".join(["promtool", *words]), tool, here, "promtool",
                       *words)
    if not here.lacking("amtool"):
        here.check("amtool check-config", tool, here, "amtool",
                   "check-config", "alertmanager.yml")
    if here.lacking("prometheus", "prometheus-alertmanager"):
        here.end("dashboards")
    with Manager(here) as manager, Scraper(here, manager) as prometheus:
        here.agent.settings["channels"] = [
            {"name": "am", "type": "alertmanager", "url": manager.base}]
        here.agent.start()
        for what, holds, *more in (
                ("Prometheus knows how the domains are",
                 states_in_prometheus, prometheus),
                ("Alertmanager tells it", alerts_of_both_ways, here, manager),
                ("every query of the dashboard shows something",
                 every_query_shows, prometheus),
                ("every variable has values", every_variable_has_values,
                 prometheus),
                ("the end of the agent is told", the_end_is_told, here,
                 manager)):
            here.check(what, holds, *more)
    here.end("dashboards")


if __name__ == "__main__":
    main()
