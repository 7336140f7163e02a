#!/usr/bin/env python3
"""Dialogues with TLS: to EHLO, STARTTLS, a handshake of TLS 1.3 with a chain
of two certificates (ECDSA, P-256) that is judged, EHLO, QUIT and its answer.

    lab.py run DIR -- starttls.py BUILD [--times N] [--json FILE]

The agent's are held by probe processes, shut in; the CPU time of the core
counts as well.  Resumed are those where no certificate is due.  Beside it, in turn: blackbox_exporter (which does not wait for
the answer to QUIT) and check_smtp -S.  Exits 1 when a goal is missed.
"""

import sys

from mail import TLS_PORT, ratios, run

OURS, EXPORTERS, PLUGINS = 3000, 800, 100


def measure(args, clients, exporter, rows):
    full, short, two, blackbox, plugin = [], [], [], [], []
    clients.agent(TLS_PORT, OURS // 10, "starttls")
    exporter.rate("starttls", TLS_PORT, EXPORTERS // 10)
    for _ in range(args.times):
        full.append(clients.agent(TLS_PORT, OURS, "starttls"))
        short.append(clients.agent(TLS_PORT, 2 * OURS, "resume"))
        blackbox.append(exporter.rate("starttls", TLS_PORT, EXPORTERS))
        two.append(clients.agent(TLS_PORT, 2 * OURS, "starttls", 2))
        plugin.append(clients.check_smtp(TLS_PORT, PLUGINS, "-S"))
    rate = [f["rate"] for f in full]
    facts = {"agent": rate, "blackbox": blackbox, "check_smtp": plugin}
    rows.row("full handshakes, to blackbox_exporter",
             ratios(rate, blackbox), ">=", 1.25, "times", **facts)
    short = [f["rate"] for f in short]
    rows.row("resumed, to blackbox_exporter's full ones",
             ratios(short, blackbox), ">=", 2.5, "times", resumed=short,
             **facts)
    cpu = ratios([f["each"] for f in two], [f["each"] for f in full])
    rows.row("two workers to one, dialogues a second",
             ratios([f["total"] for f in two], [f["total"] for f in full]),
             ">=", 1.9, "times",
             cpu=cpu)
    rows.row("the same, by the CPU time that each takes",
             [2 * ratio for ratio in cpu], ">=", 1.9, "times")


if __name__ == "__main__":
    sys.exit(run("starttls", __doc__, measure))
