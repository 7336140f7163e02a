"""What the log says to programs."""

import json
import os
import socket
import struct
import threading

from cases import case
from harness import wait_until


def lines_of(agent):
    """Every line is an object, those of the probe processes too."""
    lines = [json.loads(line) for line in agent.log().splitlines()]
    for line in lines:
        assert {"time", "level", "message"} <= set(line), line
    return lines


def outage(t, agent):
    """m1 of d1 goes and comes back.  Returns the number of the incident."""
    t.plot.way("refused", t.plot.ip(1))
    opened = t.receiver.wait(12, kind="opened")
    t.plot.way("open", t.plot.ip(1))
    t.receiver.wait(12, kind="resolved")
    agent.stop()
    return int(opened["incident"])


def check(t, incident, lines, name=str):
    """What is among the lines of a log, with its own names of fields."""
    about = {name("domain"): t.plot.domain("d1"), name("rule"): "mx.all-down",
             name("severity"): "critical", name("incident"): incident}
    lines = [line for line in lines if about.items() <= line.items()]
    events = [line[name("event")] for line in lines]
    assert {"opened", "closed"} <= set(events), events
    sent = [line for line in lines if line[name("event")] == "sent"]
    assert [line[name("channel")] for line in sent] == ["hook", "hook"], lines


@case(12)
def log_json(t):
    """The lines of an incident carry what it is about."""
    t.plot.listen(1)
    t.plot.dns(t.plot.hosts(1), "d1 MX 10 m1")
    agent = t.prepare({"domains": [t.plot.domain("d1")]})
    agent.start(options=["--log", "json"]).wait_first_pass()
    check(t, outage(t, agent), lines_of(agent))


# ------------------------------------------------------------------ journal

class Journal:
    """As systemd's, with a socket of its own."""

    def __init__(self, path):
        self.path, self.entries = path, []
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(path)
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        while data := self.socket.recv(1 << 18):
            self.entries.append(parse(data))

    def close(self):
        self.socket.shutdown(socket.SHUT_RD)
        os.unlink(self.path)


def parse(data):
    """systemd's native protocol, in both of its forms."""
    fields = {}
    while data:
        name, _, data = data.partition(b"\n")
        if b"=" in name:
            name, value = name.split(b"=", 1)
        else:
            length, = struct.unpack_from("<Q", data)
            value, data = data[8:8 + length], data[9 + length:]
        fields[name.decode()] = value.decode()
    return fields


# The program where the journal's socket is that of the test.
WITH_JOURNAL = """#!/bin/sh
exec unshare --mount sh -c '
mount -t tmpfs none /run && mkdir -p /run/systemd/journal &&
ln -s {socket} /run/systemd/journal/socket && exec "$0" "$@"' {program} "$@"
"""


@case(12)
def log_journal(t):
    """The same in the journal; nothing is on standard error."""
    t.plot.listen(1)
    t.plot.dns(t.plot.hosts(1), "d1 MX 10 m1")
    agent = t.prepare({"domains": [t.plot.domain("d1")]})
    journal = Journal(f"/tmp/mxvigil-{t.plot.number}.journal")
    wrapper = agent.folder / "mxvigil"
    wrapper.write_text(WITH_JOURNAL.format(
        socket=journal.path, program=agent.mxvigil))
    wrapper.chmod(0o755)
    agent.mxvigil = str(wrapper)
    try:
        agent.start(options=["--log", "journal"])
        wait_until(lambda: any("first look at all" in entry["MESSAGE"]
                               for entry in journal.entries), 30,
                   "the end of the first look")
        incident = outage(t, agent)
        assert agent.log() == "", agent.log()
        for entry in journal.entries:
            assert entry["SYSLOG_IDENTIFIER"] == "mxvigil", entry
            assert entry["PRIORITY"] in set("3467"), entry
        check(t, str(incident), journal.entries,
              lambda field: f"MXVIGIL_{field.upper()}")
    finally:
        journal.close()
