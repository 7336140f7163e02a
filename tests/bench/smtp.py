#!/usr/bin/env python3
"""Dialogues in plain text: connect, greeting, EHLO, QUIT and its answer.

    lab.py run DIR -- smtp.py BUILD [--times N] [--json FILE]

The agent's are held by a probe process, shut in, that gets its tasks from a
core and hands it the observations; the CPU time of both counts.  Beside it,
in turn: blackbox_exporter (which does not wait for the answer to QUIT),
check_smtp, and a client that does nothing but this, without a timer.  Exits 1
when a goal is missed.
"""

import sys

from mail import PLAIN_PORT, ratios, run

OURS, EXPORTERS, PLUGINS = 20000, 1500, 150


def measure(args, clients, exporter, rows):
    agent, limit, blackbox, plugin = [], [], [], []
    clients.agent(PLAIN_PORT, OURS // 10, "ehlo")
    exporter.rate("plain", PLAIN_PORT, EXPORTERS // 10)
    for _ in range(args.times):
        limit.append(clients.limit(OURS))
        agent.append(clients.agent(PLAIN_PORT, OURS, "ehlo")["rate"])
        blackbox.append(exporter.rate("plain", PLAIN_PORT, EXPORTERS))
        plugin.append(clients.check_smtp(PLAIN_PORT, PLUGINS))
    facts = {"agent": agent, "blackbox": blackbox, "check_smtp": plugin,
             "limit": limit}
    rows.row("sessions a CPU-s, to blackbox_exporter",
             ratios(agent, blackbox), ">=", 8, "times", **facts)
    rows.row("sessions a CPU-s, to check_smtp",
             ratios(agent, plugin), ">=", 40, "times", **facts)
    rows.row("sessions a CPU-s, to raw epoll",
             ratios(agent, limit), ">=", 0.8, "times", **facts)


if __name__ == "__main__":
    sys.exit(run("smtp", __doc__, measure))
