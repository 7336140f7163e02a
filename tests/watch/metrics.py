"""What a Prometheus gets: live scrapes of an agent in every state, judged by
promtool and by ourselves; and Debian's Prometheus, which scrapes one."""

import os
import subprocess
import urllib.request
from pathlib import Path

import exposition
import lab
from cases import case
from programs import Program
from world import wait_until

PROGRAMS = ["prometheus", "promtool"]
OPENMETRICS = "application/openmetrics-text; version=1.0.0"
# What the outside may rely upon.
PROMISED = """
mxvigil_domain_verdict mxvigil_domain_deliverable mxvigil_finding mxvigil_mx_up
mxvigil_smtp_phase_seconds_bucket mxvigil_dns_query_seconds_bucket
mxvigil_certificate_expiry_timestamp_seconds
mxvigil_schedule_lateness_seconds_bucket mxvigil_alerts_total
mxvigil_alert_queue_length mxvigil_blind mxvigil_build_info
process_resident_memory_bytes process_start_time_seconds
""".split()


def scrape(agent, accept="text/plain"):
    """(content type, text)"""
    ask = urllib.request.Request(
        f"http://127.0.0.1:{agent.port}/metrics", headers={"Accept": accept})
    with urllib.request.urlopen(ask, timeout=20) as reply:
        return reply.headers["content-type"], reply.read().decode()


def promtool(text):
    """Its complaints."""
    tools = lab.find_tools(Path(os.environ["LAB"]))
    done = subprocess.run([tools.path("promtool"), "check", "metrics"],
                          input=text, text=True, capture_output=True,
                          env=tools.environment())
    return done.stdout + done.stderr if done.returncode else done.stderr


def judged(agent, state):
    """One look at both formats; what the older one says."""
    kind, text = scrape(agent)
    assert kind.startswith("text/plain; version=0.0.4"), kind
    assert promtool(text) == "", (state, promtool(text))
    plain = exposition.read(text)
    kind, text = scrape(agent, OPENMETRICS)
    assert kind.startswith(OPENMETRICS), kind
    new = exposition.read(text, True)
    assert exposition.fallen(plain, new) == [], state
    ours = {key for key in plain.series if key[0].startswith("mxvigil_")}
    assert ours <= set(new.series), (state, ours - set(new.series))
    return plain


def names(found):
    return {name for name, _ in found.series}


def value(found, metric, **labels):
    values = [v for (name, pairs), v in found.series.items()
              if name == metric and labels.items() <= dict(pairs).items()]
    assert len(values) == 1, (metric, labels, values)
    return values[0]


@case(40)
def metrics_scrapes(t):
    many = [t.plot.domain(f"n{n}") for n in range(300)]
    good, bad = t.plot.domain("good"), t.plot.domain("bad")
    t.plot.listen(1, 2)
    t.plot.dns(t.plot.hosts(1, 2), "good MX 10 m1", "bad MX 10 m2",
               [f"n{n} MX 10 m1" for n in range(300)])
    agent = t.agent({
        "domains": [good, bad, "t-healthy.test", "t-tls-expired.test"],
        "smtp": {"depth": "starttls"}, "rules": {"tls.*": "warning"}})
    judged(agent, "just started")
    agent.wait_first_pass()
    healthy = judged(agent, "healthy")
    lost = [name for name in PROMISED if name not in names(healthy)]
    assert not lost, lost
    assert value(healthy, "mxvigil_domain_deliverable", domain=good) == 1
    assert value(healthy, "mxvigil_mx_up", address=t.plot.ip(2)) == 1
    t.plot.say(2, greeting='554 "quoted\\ \n554 | {evil="1"} 1')
    t.receiver.wait(20, kind="opened", rule="mx.all-down")
    broken = judged(agent, "broken")
    assert exposition.fallen(healthy, broken) == []
    assert value(broken, "mxvigil_domain_verdict", domain=bad) == 2
    assert value(broken, "mxvigil_domain_deliverable", domain=bad) == 0
    assert value(broken, "mxvigil_mx_up", address=t.plot.ip(2)) == 0
    assert value(broken, "mxvigil_finding", domain=bad, rule="mx.all-down",
                 severity="critical") == 1
    assert value(broken, "mxvigil_alerts_total", channel="hook",
                 result="delivered") >= 1
    agent.reload(domains=[good, bad, *many])
    agent.wait_ready(30)
    grown = judged(agent, "many, after a reload")
    told = [key for key in grown.series if key[0] == "mxvigil_domain_verdict"]
    assert len(told) == 302, len(told)
    agent.reload(http={"domain_metrics": False})
    few = judged(agent, "only sums")
    with_domains = [key for key in few.series if "domain" in dict(key[1])]
    assert not with_domains, with_domains[:5]
    assert value(few, "mxvigil_mx_up", address=t.plot.ip(2)) == 0


CONFIGURATION = """\
global: {{scrape_interval: 500ms, scrape_timeout: 400ms}}
scrape_configs:
  - job_name: mxvigil
    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
"""


class Prometheus(Program):
    def __init__(self, t, agent):
        folder = t.plot.world.folder / t.plot.name
        super().__init__(
            "prometheus", folder, "--config.file=prometheus.yml",
            "--storage.tsdb.path={folder}/data", "--log.level=warn",
            "--web.listen-address=127.0.0.1:{port}")
        (folder / "prometheus.yml").write_text(
            CONFIGURATION.format(port=agent.port))

    def query(self, text):
        """[(labels, value)]"""
        found = self.ask("/api/v1/query", query=text)
        assert found["status"] == "success", found
        return [(one["metric"], float(one["value"][1]))
                for one in found["data"]["result"]]

    def wait(self, text, holds):
        wait_until(lambda: holds(self.query(text)), 20,
                   f"{text}; it is {self.query(text)}")
        return self.query(text)


@case(20)
def metrics_prometheus(t):
    agent = t.healthy([1, 2], ["d1", "d2"])
    with Prometheus(t, agent) as prometheus:
        verdict = f'mxvigil_domain_verdict{{domain="{t.plot.domain("d1")}"}}'
        up = f'mxvigil_mx_up{{address="{t.plot.ip(1)}"}}'
        rate = "sum by (vantage) (rate(mxvigil_dns_query_seconds_count[10s]))"
        slow = ("histogram_quantile(0.99, sum by (phase, le) "
                "(rate(mxvigil_smtp_phase_seconds_bucket[10s])))")
        prometheus.wait(up, lambda got: [v for _, v in got] == [1])
        t.plot.way("refused", t.plot.ip(1))
        prometheus.wait(up, lambda got: [v for _, v in got] == [0])
        prometheus.wait(verdict, lambda got: [v for _, v in got] == [2])
        asked = prometheus.wait(rate, lambda got: len(got) == 3 and
                                all(v > 0 for _, v in got))
        assert {m["vantage"] for m, _ in asked} == set(
            v["name"] for v in agent.settings["vantages"]), asked
        phases = prometheus.wait(slow, lambda got: any(
            0 < v < 60 for _, v in got))
        assert any(m["phase"] == "greeting" for m, _ in phases), phases
        target, = prometheus.ask("/api/v1/targets")["data"]["activeTargets"]
        assert target["health"] == "up" and not target["lastError"], target
        kinds = prometheus.ask("/api/v1/metadata")["data"]
        assert kinds["mxvigil_alerts"][0]["type"] == "counter", kinds
        t.plot.way("open", t.plot.ip(1))
        prometheus.wait(verdict, lambda got: [v for _, v in got] == [0])
