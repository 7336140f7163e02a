#!/usr/bin/env python3
"""The lab's own test: every zone at every vantage and name server, and every
mail server and peer, asked with clients that share no code with the agent.

    lab.py run DIR -- tests/lab/selftest.py

Prints one line a test (TAP) and exits 1 when one fails.
"""

import os
import re
import socket
import ssl
import sys
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "scenario")]
sys.dont_write_bytecode = True

import plan                                                    # noqa: E402
import scenarios                                               # noqa: E402
import wire                                                    # noqa: E402
import zones                                                   # noqa: E402

REAL = ("unbound", "doh", "pdns", "plain")
RCODE = {wire.NOERROR: "noerror", wire.SERVFAIL: "servfail",
         wire.NXDOMAIN: "nxdomain", wire.REFUSED: "refused"}


# --------------------------------------------------------------------- DNS

def dns(server, name, rtype, **how):
    """The answer in a word and its data: ("noerror", [...]), or "timeout",
    "closed" (an ICMP error), "broken"."""
    try:
        answer = wire.ask(server, name, rtype, **how)
    except socket.timeout:
        return "timeout", []
    except OSError:
        return "closed", []
    except wire.Broken:
        return "broken", []
    return RCODE.get(answer.rcode, "?"), answer.data(rtype)


def asked_name(scenario):
    return scenario.asked.rstrip(".").encode("idna").decode() + "."


def resolution(scenario, kind):
    """What the answer of a real vantage to MX must be."""
    if kind == "plain" and scenario.sign == "bogus":
        return "noerror"
    unreachable = not any(
        host.endswith(".") or host in plan.NS and plan.NS[host].where in
        ("nsd", "knot", "peer:tcponly", "peer:nonauth")
        for host in scenario.ns)
    if "dns.nxdomain" in scenario.expect and \
            not any("liar" in v for v in scenario.vantages):
        return "nxdomain"
    if unreachable or scenario.sign == "bogus" or \
            scenario.name == "t-cname-loop":
        return "servfail"
    return "noerror"


def test_zone(scenario, kind):
    want = resolution(scenario, kind)
    name, server = asked_name(scenario), plan.VANTAGES[kind]
    rcode, mx = dns(server, name, wire.MX, timeout=15)
    if rcode != want:
        return f"{rcode}, wanted {want}"
    if want != "noerror" or scenario.domain or scenario.old:
        return ""
    got = {(p, h.lower()) for p, h in mx}
    listed = {(int(p), f"{h.lower()}.mx.lab.")
              for p, h in map(str.split, scenario.mx)}
    if not listed <= got:
        return f"MX {sorted(got)}"
    return ""


def test_signed(kind):
    want = bool(kind != "plain")
    answer = wire.ask(plan.VANTAGES[kind], "t-signed.test.", wire.MX,
                      flags=wire.RD | wire.AD, dnssec=True)
    return "" if bool(answer.flags & wire.AD) == want else "AD is wrong"


NS_KINDS = {"lame": "noerror", "upward": "noerror", "refused": "refused",
            "servfail": "servfail", "silent": "timeout", "garbage": "broken",
            "tcponly": "noerror", "nonauth": "noerror"}
VANTAGE_WORDS = {
    "dead": "closed", "hole": "timeout", "vnxliar": "nxdomain",
    "vnxliar2": "nxdomain", "vgarbage": "broken", "vtrunc": "broken",
    "vwrongid": "broken", "vservfail": "servfail", "vservfail2": "servfail",
    "vservfail3": "servfail", "vrefused": "refused", "vothermx": "noerror",
    "vslow": "noerror", "vquestion": "broken",
}


def test_ns(name, ns):
    where = ns.where
    want = {"nsd": "noerror", "knot": "noerror", "old": "refused",
            "none": "closed", "drop": "timeout"}.get(where) or \
        NS_KINDS[where.removeprefix("peer:")]
    wrong = []
    for ip in ns.v4 + ns.v6:
        got = dns(ip, "t-healthy.test.", wire.SOA, timeout=1, flags=0)[0]
        expected = "closed" if ip == plan.HALF_DEAD else want
        if got != expected:
            wrong.append(f"{ip}: {got}, wanted {expected}")
    return "; ".join(wrong)


def test_vantage(kind, want):
    got = dns(plan.VANTAGES[kind], "t-healthy.test.", wire.MX, timeout=1)[0]
    return "" if got == want else f"{got}, wanted {want}"


def test_delegation(scenario):
    """The parent refers to the scenario's servers."""
    answer = wire.ask(plan.TLD_SERVERS["a.tld.lab."],
                      zones.zone_of(scenario), wire.NS, flags=0)
    got = {r[3].lower() for r in answer.authority if r[1] == wire.NS}
    want = {zones.ns_name(host).lower()
            for host in scenario.parent or scenario.ns}
    return "" if got == want else f"delegation {sorted(got)}"


def test_serial():
    new = dns(plan.NS["a"].v4[0], "t-serial-month.test.", wire.SOA)[1]
    old = dns(plan.NS["old"].v4[0], "t-serial-month.test.", wire.SOA)[1]
    return "" if (new, old) == ([2026112301], [2026102301]) \
        else f"{new} {old}"


# -------------------------------------------------------------------- SMTP

class Odd(Exception):
    """A reply that is none."""


class Client:
    """One dialogue, line by line."""

    def __init__(self, ip):
        self.s = socket.create_connection((ip, 25), 3)
        self.unread = b""

    def line(self):
        while b"\n" not in self.unread and len(self.unread) < 4096:
            more = self.s.recv(4096)
            if not more:
                raise EOFError
            self.unread += more
        end = self.unread.find(b"\n") + 1 or len(self.unread)
        line, self.unread = self.unread[:end], self.unread[end:]
        return line

    def reply(self):
        """All lines of one reply."""
        lines = [self.line()]
        while re.match(rb"\d\d\d-", lines[-1]):
            lines.append(self.line())
            if lines[-1][:3] != lines[0][:3]:
                raise Odd("another code")
            if len(lines) > 60:
                raise Odd("endless")
        return b"".join(lines)

    def say(self, text):
        self.s.sendall(text.encode() + b"\r\n")
        return self.reply()

    def starttls(self, name):
        reply = self.say("STARTTLS")
        if not reply.startswith(b"220"):
            return reply
        time.sleep(0.05)
        self.s.setblocking(False)
        try:
            self.unread += self.s.recv(4096)
        except BlockingIOError:
            pass
        self.s.settimeout(3)
        if self.unread:
            raise Odd("injection")
        context = ssl.create_default_context(cafile=os.environ["LAB_CA"])
        context.set_ciphers("ALL:@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = ssl.TLSVersion.TLSv1
        self.s = context.wrap_socket(self.s, server_hostname=name)
        return reply


ENDINGS = {EOFError: "eof", ConnectionResetError: "reset",
           ConnectionRefusedError: "refused", socket.timeout: "silence",
           ssl.SSLCertVerificationError: "certificate", ssl.SSLError: "tls"}


def word(error):
    for kind, name in ENDINGS.items():
        if isinstance(error, kind):
            return name
    return str(error)


def talk(ip, name):
    """How far a plain dialogue gets, as (step, what came)."""
    step = "connect"
    try:
        client = Client(ip)
        step = "greeting"
        got = client.reply()
        if not re.match(rb"220([ -]|\r?\n)", got):
            return step, got
        step = "ehlo"
        got = client.say("EHLO self.lab")
        if got[:1] == b"5":
            got = client.say("HELO self.lab")
        if not re.match(rb"250", got.splitlines()[-1]):
            return step, got
        if b"STARTTLS" in got:
            step = "starttls"
            got = client.starttls(name)
            if not got.startswith(b"220"):
                return step, got
            step = "ehlo2"
            got = client.say("EHLO self.lab")
            if not got.startswith(b"250"):
                return step, got
        for step in ("MAIL FROM:<>", RCPT):
            got = client.say(step)
            if not got.startswith(b"250"):
                return step, got
        step = "QUIT"
        client.say(step)
        return "done", b""
    except (OSError, EOFError, Odd) as error:
        return step, word(error)


RCPT = "RCPT TO:<postmaster@t-healthy.test>"
GOOD = ("done", "")
# Behaviour: the step at which it ends, and a word or what the reply holds.
TALK = {
    "bytes": GOOD, "noesmtp": GOOD, "barecode": GOOD, "helo": GOOD,
    "helo2": GOOD, "plain": GOOD, "barelf": GOOD, "slow2": GOOD,
    "eviltext": GOOD, "longline": GOOD, "tlsslow": GOOD,
    "g421": ("greeting", "421"), "g421b": ("greeting", "421"),
    "g450": ("greeting", "450"), "g554": ("greeting", "554"),
    "g554b": ("greeting", "554"), "g521": ("greeting", "521"),
    "g554multi": ("greeting", "554-"), "silent": ("greeting", "silence"),
    "silent2": ("greeting", "silence"), "slow11": ("greeting", "silence"),
    "endless220": ("greeting", "endless"),
    "endless250": ("ehlo", "endless"),
    "hugeline": ("ehlo", "xxx"),
    "closeaccept": ("greeting", "eof"), "closebanner": ("ehlo", "eof"),
    "closeehlo": ("MAIL FROM:<>", "eof"), "rstaccept": ("greeting", "reset"),
    "rstehlo": ("ehlo", "reset"), "http": ("greeting", "HTTP"),
    "ssh": ("greeting", "SSH-"), "echo": ("greeting", "silence"),
    "chargen": ("greeting", "!"), "codechange": ("greeting", "another code"),
    "badcode": ("greeting", "2200"), "nul": ("done", ""),
    "ehlo421": ("ehlo", "421"), "ehlo550": ("ehlo", "550"),
    "ehlobad": ("ehlo", "another code"), "earlyreply": ("done", ""),
    "starttls454": ("starttls", "454"), "starttls502": ("starttls", "502"),
    "starttlsclose": ("starttls", "eof"),
    "starttlssilent": ("starttls", "silence"),
    "tlsclose": ("starttls", "tls"), "tlsgarbage": ("starttls", "tls"),
    "tlsplain": ("starttls", "tls"), "tlsrst": ("starttls", "reset"),
    "inject": ("starttls", "injection"),
    "injectsplit": ("starttls", "injection"),
    "ehlo2fails": ("ehlo2", "550"), "ehlo2close": ("ehlo2", "eof"),
    "postmaster550": (RCPT, "550"),
    "postmaster550b": (RCPT, "550"),
    "grey450": (RCPT, "450"),
    "grey450b": (RCPT, "451"),
    "rcpt421": (RCPT, "421"),
    "mail550": ("MAIL FROM:<>", "550"), "mail421": ("MAIL FROM:<>", "421"),
    "quitsilent": ("QUIT", "silence"),
    "expired": ("starttls", "certificate"), "expiring": GOOD,
    "selfsigned": ("starttls", "certificate"),
    "wrongname": ("starttls", "certificate"),
    "weak": ("done", ""), "tls10": GOOD, "tls11": GOOD,
    "ok": GOOD,
    "chasquid": GOOD,
    "postfix": (RCPT, "554"),
    "none": ("connect", "refused"), "drop": ("connect", "silence"),
    "reject": ("connect", "No route to host"),
}


def test_mail(name, host, ip, at):
    kind = {"peer": host.behaviour, "half": host.behaviour,
            "shared": "ok"}.get(host.where, host.where)
    if name in TALK and host.where == "peer":
        kind = name
    if host.where == "half" and at > 0:
        kind = "none"
    want_step, want = TALK[kind]
    step, got = talk(ip, f"{name}.mx.lab")
    seen = got.decode("latin-1") if isinstance(got, bytes) else got
    if kind == "rstaccept" and step == "connect":
        step = "greeting"                # so soon that connect() sees it
    if step != want_step or want not in seen:
        return f"{step}: {seen[:60]!r}, wanted {want_step}: {want}"
    return ""


# --------------------------------------------------------------------- all

def tests():
    for scenario in scenarios.ALL:
        for kind in REAL:
            yield (f"zone {scenario.name} at {kind}", test_zone, scenario,
                   kind)
        if scenario.delegated:
            yield f"delegation {scenario.name}", test_delegation, scenario
    for kind in REAL:
        yield f"signature at {kind}", test_signed, kind
    for name, ns in plan.NS.items():
        if name != "private":
            yield f"name server {name}", test_ns, name, ns
    for kind, want in VANTAGE_WORDS.items():
        yield f"vantage {kind}", test_vantage, kind, want
    yield "older zone", test_serial
    postfix = Path(plan.POSTFIX, "etc/main.cf").exists()
    for name, host in plan.HOSTS.items():
        if name in ("private1", "private2", "loopback", "linklocal", "own") \
                or (host.where == "postfix" and not postfix):
            continue
        for at, ip in enumerate(host.v4 + host.v6):
            if not ip.startswith("10."):
                yield (f"mail server {name} at {ip}", test_mail, name, host,
                       ip, at)


def attempt(test):
    try:
        return test[1](*test[2:])
    except (OSError, wire.Broken) as error:
        return f"{type(error).__name__}: {error}"


def main():
    if "LAB_CA" not in os.environ:
        sys.exit(__doc__)
    started = time.monotonic()
    everything = list(tests())
    with ThreadPoolExecutor(16) as pool:
        results = list(pool.map(attempt, everything))
    failed = 0
    for i, (test, wrong) in enumerate(zip(everything, results), 1):
        failed += bool(wrong)
        print(f"not ok {i} - {test[0]}: {wrong}" if wrong
              else f"ok {i} - {test[0]}")
    print(f"lab: {len(everything) - failed} passed, {failed} failed, "
          f"{time.monotonic() - started:.1f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
