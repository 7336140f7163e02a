#!/usr/bin/env python3
"""mxvigil run at work in the lab, for somebody who sees it for the first time.

    demo.py MXVIGIL FOLDER PORT

Runs inside the lab, for run.py, and ends with its standard input.  A dozen
domains, of which three share a mail server that breaks and is mended by
itself.  FOLDER gets the configuration and the store; the page listens at PORT,
and run.py reaches it through FOLDER/page.sock.
"""

import json
import os
import select
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE)]
sys.dont_write_bytecode = True

import plan                                                    # noqa: E402
import run                                                     # noqa: E402

# What breaks, and how long it stays as it is, in seconds.
BROKEN = plan.HOSTS["hosting"].v4[0]
HOSTED = "bakery.test, florist.test and school.test"
EVERY = 40
DOMAINS = """bakery.test florist.test school.test t-healthy.test t-equal.test
t-three-tiers.test t-six-only.test t-null-mx.test t-primary-down.test
t-ns-lame.test t-tls-expired.test t-bogus.test""".split()

CONFIGURATION = """\
# Written by "make run", each time anew: the lab, with its clock set to hurry.
domains: {domains}
vantages:
  - {{name: unbound, resolver: "{unbound}"}}
  - {{name: powerdns, resolver: "{pdns}"}}
  - {{name: doh, resolver: "{doh}"}}
intervals: {{dns: 10s, smtp: 10s, authority: 1m, tls: 1m}}
smtp: {{helo: monitor.lab, timeouts: {{connect: 3s, greeting: 5s, reply: 5s}}}}
networks: {{allow: {networks}}}
alerts:
  dns: {{strikes: 3, retry: [2s], span: 4s}}
  smtp: {{strikes: 3, retry: [2s], span: 4s}}
  good_gap: 3s
  wait: 2s
  # What breaks as often as this would be called flapping, and told once.
  flap_changes: 32
  flap_window: 1m
channels:
  - {{name: this-terminal, type: exec, command: {command}, min_severity: info}}
http: {{listen: "127.0.0.1:{port}"}}
store: {{path: {store}}}
"""


def write_configuration(folder, port):
    path = folder / "mxvigil.yaml"
    path.write_text(CONFIGURATION.format(
        domains=json.dumps(DOMAINS), port=port, doh=plan.DOH_URL,
        unbound=plan.VANTAGES["unbound"], pdns=plan.VANTAGES["pdns"],
        networks=json.dumps(plan.LAB_NETWORKS),
        command=json.dumps(run.channel_command(folder)),
        store=json.dumps(str(path.with_suffix(".db")))))
    return path


def firewall(*words):
    subprocess.run(["nft", *words], check=True)


def make_firewall():
    firewall("add", "table", "inet", "demo")
    firewall("add", "chain", "inet", "demo", "in",
             "{ type filter hook input priority 0; }")


def set_broken(broken):
    """The mail server refuses connections, or not."""
    firewall("flush", "chain", "inet", "demo", "in")
    if broken:
        firewall("add", "rule", "inet", "demo", "in", "ip", "daddr", BROKEN,
                 "tcp", "dport", "25", "reject", "with", "tcp", "reset")
    print(f"(the lab has {'broken' if broken else 'mended'} the mail server "
          f"of {HOSTED})", flush=True)


def is_over(seconds):
    """Wait, until standard input ends at the longest."""
    return bool(select.select([0], [], [], seconds)[0])


def watch(agent):
    """Break and mend until the agent has ended or is to end."""
    broken, changed = False, time.monotonic()
    while agent.poll() is None and not is_over(0.2):
        if time.monotonic() - changed > EVERY:
            broken, changed = not broken, time.monotonic()
            set_broken(broken)
    if agent.poll() is None:
        agent.terminate()
    return agent.wait()


def main():
    mxvigil, folder, port = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
    path = write_configuration(folder, port)
    for old in folder.glob("mxvigil.db*"):
        old.unlink()
    make_firewall()
    bridge = subprocess.Popen([sys.executable, HERE / "bridge.py", "inside",
                               folder / "page.sock", port],
                              stdin=subprocess.DEVNULL)
    agent = subprocess.Popen([mxvigil, "run", "-f", path, "--ca-file",
                              os.environ["LAB_CA"]], stdin=subprocess.DEVNULL)
    status = watch(agent)
    bridge.terminate()
    bridge.wait()
    return status


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    sys.exit(main())
