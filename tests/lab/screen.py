#!/usr/bin/env python3
"""A terminal for `make run`: the agent's log and its alerts, for people.

    screen.py SOCKET     hand the alert on standard input to who listens there

The second form is the command of an exec channel: the agent runs it for each
alert.  What is shown may come from the network, so that only what is printable
is shown.
"""

import calendar
import json
import os
import re
import shutil
import socket
import sys
import textwrap
import time

LINE = re.compile(r"mxvigil: (debug|info|warning|error): (.*)")
# What this screen shows itself.
KNOWN = ("status page: ", "channel this-terminal: sent ")
COLOURS = {"warning": "33", "error": "31", "critical": "31", "info": "36",
           "resolved": "32", "dim": "2", "bold": "1"}


def safe(text):
    return "".join(c if c.isprintable() else "?" for c in str(text))


def local_time(text):
    """HH:MM:SS here, of an alert's time in UTC."""
    try:
        seconds = time.strptime(text[:19] + "UTC", "%Y-%m-%dT%H:%M:%S%Z")
    except ValueError:
        return safe(text)
    return time.strftime("%H:%M:%S", time.localtime(calendar.timegm(seconds)))


class Screen:
    def __init__(self):
        self.colours = sys.stdout.isatty() and "NO_COLOR" not in os.environ \
            and os.environ.get("TERM") != "dumb"
        sys.stdout.reconfigure(errors="replace")

    def paint(self, colour, text):
        if not self.colours or colour not in COLOURS:
            return text
        return f"\x1b[{COLOURS[colour]}m{text}\x1b[0m"

    def width(self):
        """Into a file every line goes whole."""
        if not sys.stdout.isatty():
            return 10000
        return max(40, shutil.get_terminal_size().columns)

    def line(self, text=""):
        print(text, flush=True)

    def note(self, text, colour="bold"):
        """A line of our own among those of the agent."""
        stamp = time.strftime("%H:%M:%S")
        head, *rest = wrapped(safe(text), self.width() - 10)
        self.line(f"{self.paint('dim', stamp)}  {self.paint(colour, head)}")
        for row in rest:
            self.line(" " * 10 + self.paint(colour, row))

    def log(self, text):
        """A line that the agent has written."""
        found = LINE.fullmatch(text)
        level, said = found.groups() if found else ("info", text)
        if said.startswith(KNOWN):
            return
        if level in ("warning", "error"):
            self.note(f"{level}: {said}", level)
        else:
            self.note(said, None)

    def alert(self, alert):
        """As a message in a chat."""
        kind = "resolved" if alert["kind"] == "resolved" else \
            alert["severity"]
        head, *rest = (piece for text in alert_lines(alert)
                       for piece in wrapped(safe(text), self.width() - 5))
        bar = self.paint(kind, "  \u2503 ")
        self.line()
        for row in (self.paint(kind, head), *rest):
            self.line(bar + row)
        self.line()


def wrapped(text, width):
    return textwrap.wrap(text, width, subsequent_indent="  ",
                         break_on_hyphens=False) or [""]


def some(names, total):
    more = f" and {total - 5} more" if total > 5 else ""
    return ", ".join(names[:5]) + more


def alert_lines(alert):
    yield alert["headline"]
    if alert["incident"] and alert["since"]:
        until = f" until {local_time(alert['until'])}" if alert["until"] \
            else ""
        yield (f"incident {alert['incident']}, since "
               f"{local_time(alert['since'])}{until}: "
               f"{some(alert['domains'], alert['domains_total'])}")
    for item in alert["items"]:
        yield f"- {item['severity']}: {item['title']}"
    if alert["kind"] == "resolved":
        return
    yield from alert["evidence"][:3]
    for what, key in (("senders", "senders"), ("what to do", "remedy")):
        if alert[key]:
            yield f"{what}: {alert[key]}"
    if alert["link"]:
        yield alert["link"]


def hand_on(path):
    with socket.socket(socket.AF_UNIX) as there:
        there.connect(path)
        there.sendall(json.dumps(json.load(sys.stdin)).encode() + b"\n")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    hand_on(sys.argv[1])
