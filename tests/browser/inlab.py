#!/usr/bin/env python3
"""The daemon in the lab, seen with a browser.

    lab.py run DIR -- inlab.py BUILD CHROMIUM SHOTS

Domains of all kinds, some of them with servers that say and names that are what
no page should believe; then lab.js walks through the pages.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "watch"), str(HERE.parent / "lab")]
sys.dont_write_bytecode = True

import harness                                                 # noqa: E402
import plan                                                    # noqa: E402
import world                                                   # noqa: E402

DOMAINS = """t-healthy.test t-equal.test t-null-mx.test t-primary-down.test
t-bogus.test t-ns-lame.test t-421.test t-evil-text.test
t-b\u00fccher.test""".split()
EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
# As a zone file has it.
MARKUP = "".join(c if c.isalnum() else f"\\{ord(c):03}"
                 for c in "<img src=x onerror=alert(1)>")


def build_zone(plot):
    """d1 and d2 are twins; the servers of d3 have a name that is markup."""
    plot.listen(1, 2)
    plot.say(1, greeting=f"554 {EVIL}")
    plot.say(2, greeting="554 no")
    plot.dns(plot.hosts(1, 2), "d1 MX 10 m1", "d2 MX 10 m2",
             f"d3 MX 10 {MARKUP}", "d3 MX 20 m1", f"{MARKUP} A {plot.ip(2)}")


def settings(plot, domains):
    labels = {"customer": EVIL, "team": "mail"}
    return {
        "domains": [{"name": name, "labels": labels} for name in domains],
        "vantages": [{"name": kind, "resolver": plan.vantage(kind)}
                     for kind in ("unbound", "pdns", "doh")],
        "intervals": {"authority": "5s"},
    }


def incidents(agent, wanted):
    """Until these rules are among the open incidents."""
    def there():
        rules = {one["rule"] for one in agent.api("incidents")["incidents"]}
        return wanted <= rules
    world.wait_until(there, 30, f"incidents {wanted}")


def main():
    build, chromium, shots = sys.argv[1:]
    plot = world.World(["browser"]).plots["browser"]
    build_zone(plot)
    domains = DOMAINS + [plot.domain(f"d{n}") for n in (1, 2, 3)]
    agent = harness.Agent(str(Path(build) / "test" / "mxvigil"), plot,
                          harness.Receiver(), settings(plot, domains))
    agent.start().wait_ready()
    incidents(agent, {"mx.all-down", "mx.primary-down", "dns.ns-lame"})
    site = {
        "name": "lab", "domain": "t-primary-down.test", "share": 100,
        "hosts": [row["host"] for row in agent.api(
            "domains/t-primary-down.test")["check"]["mx"]],
        "search": "t-", "all": domains, "said": EVIL,
        "twins": [f"/domain/{plot.domain(name)}" for name in ("d1", "d2")],
        "pages": {"home": "/", "incidents": "/incidents",
                  "primary-down": "/domain/t-primary-down.test",
                  "hostile": f"/domain/{plot.domain('d1')}",
                  "markup": f"/domain/{plot.domain('d3')}",
                  "bogus": "/domain/t-bogus.test",
                  "null-mx": "/domain/t-null-mx.test",
                  "incident": "/incident/1"},
    }
    done = subprocess.run(
        ["node", HERE / "lab.js", chromium,
         f"http://127.0.0.1:{agent.port}", shots, json.dumps(site)],
        env=dict(os.environ), check=False)
    agent.stop()
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
