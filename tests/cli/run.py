#!/usr/bin/env python3
"""The command line as a user meets it: the built program, run from outside.

Usage: tests/cli/run.py --mxvigil PROGRAM [--only GLOB]

Needs no network but the loopback: the only resolver that is ever asked is a
UDP socket here that never answers.  Ends with one line, "N passed, N failed".
"""
import argparse
import contextlib
import fnmatch
import json
import os
import pty
import re
import select
import shutil
import signal
import socket
import subprocess
import struct
import sys
import tempfile
import threading
import time
import traceback

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
EXAMPLE = os.path.join(ROOT, "config", "mxvigil.yaml")
COMMANDS = ["check", "run", "status", "history", "silence", "ack", "alert",
            "replay", "rules", "config", "doctor"]
# What the check of a configuration says that names nothing.
NOTHING = ": ok: 0 domains, vantages of /etc/resolv.conf, 0 channels\n"
UNIT = os.path.join(ROOT, "packaging", "systemd", "mxvigil.service")
# How soon after a signal the program must have ended.
END_WITHIN = 0.2

tests = []


def test(function):
    tests.append(function)
    return function


class Result:
    def __init__(self, status, out, err):
        self.status = status
        self.out, self.err = out, err
        self.lines = err.splitlines()

    def __str__(self):
        return f"status {self.status}\n--- out\n{self.out}--- err\n{self.err}"


class World:
    """The program under both its names, a folder, and a silent resolver."""

    def __init__(self, program, folder):
        self.folder = folder
        self.program = os.path.join(folder, "mxvigil")
        self.plugin = os.path.join(folder, "check_mxvigil")
        os.symlink(os.path.abspath(program), self.program)
        os.symlink("mxvigil", self.plugin)
        self.hole = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.hole.bind(("127.0.0.1", 0))
        self.options = ["--vantage",
                        "hole=127.0.0.1:%d" % self.hole.getsockname()[1],
                        "--helo", "monitor.example"]
        self.environment = {
            "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TERM": "xterm",
            "ASAN_OPTIONS": "detect_leaks=1:abort_on_error=0:exitcode=99",
            "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
        }

    def path(self, name, content=None):
        path = os.path.join(self.folder, name)
        if content is not None:
            with open(path, "wb") as f:
                f.write(content)
        return path

    def start(self, argv, **more):
        """argv[0] "check_mxvigil" is the plugin; else a command."""
        if argv and argv[0] == "check_mxvigil":
            argv = [self.plugin, *argv[1:]]
        else:
            argv = [self.program, *argv]
        environment = dict(self.environment, **more.pop("environment", {}))
        settings = dict(stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                        stderr=subprocess.PIPE, env=environment)
        settings.update(more)
        return subprocess.Popen(argv, **settings)

    def run(self, *argv, stdin=b"", **more):
        process = self.start(argv, stdin=subprocess.PIPE, **more)
        try:
            out, err = process.communicate(stdin, timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise AssertionError(f"hangs: {argv}")
        return self.result(process, out, err)

    def check(self, *argv, **more):
        """A check that can only time out, at once."""
        return self.run("check", *self.options, "-t", "0.3", *argv, **more)

    def result(self, process, out, err):
        result = Result(process.returncode,
                        (out or b"").decode(errors="surrogateescape"),
                        (err or b"").decode(errors="surrogateescape"))
        for sign in ("Sanitizer", "runtime error:"):
            must(sign not in result.out + result.err, "sanitizer", result)
        return result

    def drain(self):
        self.hole.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while True:
                self.hole.recv(65536)
        self.hole.setblocking(True)

    def wait_for_query(self):
        self.hole.settimeout(20)
        self.hole.recv(65536)
        self.hole.settimeout(None)


def dns_name(text):
    return b"".join(bytes([len(label)]) + label.encode()
                    for label in text.split(".")) + b"\0"


class Resolver(threading.Thread):
    """Says that the mail server and the name server of whatever it is asked
    for are on this machine."""

    RDATA = {1: socket.inet_aton("127.0.0.1"),          # A
             2: dns_name("ns.a.example"),               # NS
             15: b"\0\x0a" + dns_name("mx.a.example")}  # MX

    def __init__(self):
        super().__init__(daemon=True)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]

    def run(self):
        while True:
            query, peer = self.socket.recvfrom(65536)
            if query == b"stop":
                return
            self.socket.sendto(self.answer(query), peer)

    def answer(self, query):
        end = query.index(b"\0", 12) + 5
        rdata = self.RDATA.get(query[end - 3])
        header = query[:2] + b"\x81\x80\0\x01" + struct.pack(
            "!HHH", rdata is not None, 0, 0)
        record = b"" if rdata is None else b"\xc0\x0c" + struct.pack(
            "!HHIH", query[end - 3], 1, 300, len(rdata)) + rdata
        return header + query[12:end] + record

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.socket.sendto(b"stop", ("127.0.0.1", self.port))
        self.join()
        self.socket.close()


def must(condition, what, seen=""):
    if not condition:
        raise AssertionError(f"{what}\n{seen}")


def one_line(result, status, pattern):
    must(result.status == status, f"status {status} expected", result)
    must(len(result.lines) == 1, "one line expected", result)
    must(re.search(pattern, result.err), f"{pattern} expected", result)
    must(not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", result.err),
         "control characters", result)


# ------------------------------------------------------------ help, version

@test
def help_of_every_command(w):
    for command in COMMANDS:
        for argv in ([command, "--help"], [command, "-h"],
                     ["help", command]):
            r = w.run(*argv)
            must(r.status == 0 and r.err == "", argv, r)
            must(re.match(rf"[Uu]sage: mxvigil {command}\b", r.out), argv, r)
            must(max(map(len, r.out.splitlines())) < 80, "too wide", r)
            must(r.out.count(f"\n  mxvigil {command}") >= 2, "examples", r)


@test
def version_of_every_command(w):
    for argv in (["-V"], ["--version"], ["help", "-V"],
                 *([c, o] for c in COMMANDS for o in ("-V", "--version"))):
        r = w.run(*argv)
        must(r.status == 0 and r.err == "", argv, r)
        must(re.fullmatch(r"mxvigil \d+\.\d+\.\d+\n", r.out), argv, r)


@test
def help_of_the_program(w):
    for argv in (["--help"], ["-h"], ["help"], ["help", "--help"],
                 ["help", "help"]):
        r = w.run(*argv)
        must(r.status == 0 and r.err == "", argv, r)
        listed = re.findall(r"^  ([a-z]+) ", r.out, re.MULTILINE)
        must(listed == [*COMMANDS, "help"], argv, r)


@test
def help_of_the_plugin(w):
    for option in ("-h", "--help", "-V", "--version"):
        r = w.run("check_mxvigil", option)
        must(r.status == 3 and r.err == "" and r.out, option, r)


@test
def no_command(w):
    r = w.run()
    must(r.status == 2 and r.out == "" and "Usage: mxvigil" in r.err, "", r)


@test
def unknown_commands(w):
    one_line(w.run("chekc"), 2, 'no command "chekc" .did you mean "check"')
    one_line(w.run("example.org"), 2, "mxvigil check DOMAIN")
    one_line(w.run("--bogus"), 2, "--bogus: no such option")
    one_line(w.run("help", "bogus"), 2, 'no command "bogus"')
    one_line(w.run("\x1b[31m\n"), 2, r"\\x1b\[31m\\x0a")
    one_line(w.run(""), 2, 'no command ""')


@test
def help_in_spite_of_mistakes(w):
    r = w.run("check", "-f", "/nonexistent", "--port", "0", "--help")
    must(r.status == 0 and r.err == "", "help", r)


# ------------------------------------------------------------ wrong options

WRONG = [
    (["--prot=25"], "--prot: no such option .did you mean --port"),
    (["--c", "x"], "--c: is not enough to tell which option"),
    (["-Z"], "-Z: no such option"),
    (["-4Z"], "-Z: no such option"),
    (["--trust-ad", "-Z4"], "-Z: no such option"),
    (["--\x1b[31m"], r"--\\x1b\[31m: no such option"),
    (["--trust-ad=1"], "--trust-ad: this option takes no value"),
    (["--port", "0"], "--port 0: expected a number from 1 to 65535"),
    (["--port", "65536"], "--port 65536"),
    (["--dns-port", "x"], "--dns-port x"),
    (["--vantage", "127.0.0.1"], "--vantage .*expected NAME=ADDR"),
    (["--vantage", "b=dns.example"], "--vantage .*is no resolver"),
    (["--vantage", "b=127.0.0.1:0"], "--vantage .*is no resolver"),
    (["--vantage", "hole=127.0.0.1"], "is a vantage already"),
    (["--quorum", "2"], "--quorum: 2 of 1 vantages"),
    (["--depth", "quit"], "--depth quit: expected dns, "),
    (["-4", "-6"], "-6: -4 and -6 exclude each other"),
    (["--helo", "two words"], '--helo: "two words" has a space'),
    (["--allow-network", "10.1.0.0/8"], "--allow-network: .*no network"),
    (["-t", "0"], "--timeout 0: expected a time"),
    (["-w", "20:10"], "-w 20:10: expected a range"),
    (["-c", ""], "-c: expected a range"),
    (["--cert-days", "7,21"], "--cert-days: more days for critical"),
    (["--rule", "mx.singel=off"], "did you mean \"mx.single\""),
    (["--rule", "mx.single=loud"], "is no severity"),
    (["--sender", "sendmail"], "--sender sendmail: expected rfc"),
    (["--format", "xml"], "--format xml: expected human, json or nagios"),
    (["--color", "blue"], "--color blue: expected auto"),
    (["-j", "0"], "-j 0: expected a number"),
    (["--record", "-"], "--record -: expected a file"),
    (["--record", ""], "--record: expected a file"),
]


@test
def wrong_options_of_check(w):
    for argv, pattern in WRONG:
        r = w.run("check", *w.options, *argv, "a.example")
        one_line(r, 3, "^mxvigil check: .*" + pattern)
        must(r.out == "" and "mxvigil check --help" in r.err, argv, r)


@test
def wrong_options_of_the_plugin(w):
    """A monitor shows standard output alone."""
    for argv, pattern in WRONG:
        r = w.run("check_mxvigil", *w.options, *argv, "a.example")
        if argv[0] == "--format":
            continue
        one_line(r, 3, "^check_mxvigil: .*" + pattern)
        must(re.fullmatch(r"MXVIGIL UNKNOWN - [^|\n]*\n", r.out), argv, r)
        must(re.search(pattern, r.out), argv, r)


@test
def value_is_the_domain(w):
    """A missing value at the end is named, not taken from elsewhere."""
    for option in ("-H", "-p", "-t", "-w", "-c", "-j", "-f", "--list"):
        one_line(w.run("check", *w.options, "a.example", option), 3,
                 "a value is missing")


@test
def wrong_options_elsewhere(w):
    for argv, pattern in (
            (["config"], "expected init, check or show"),
            (["config", "shwo"], "shwo: expected init, check or show"),
            (["config", "check"], "which file"),
            (["config", "init", "a.yaml"], "a.yaml: this is a file"),
            (["config", "init", "a..example"], "has an empty label"),
            (["config", "check", "a.yaml", "b.yaml"],
             "b.yaml: one thing too many"),
            (["config", "check", "-f", "a.yaml", "b.yaml"],
             "b.yaml: one thing too many"),
            (["config", "-x"], "-x: no such option"),
            (["config", "check", "-f"], "--config: a value is missing"),
            (["config", "check", "--confgi", "x"], "did you mean --config"),
            (["replay"], "which recording"),
            (["replay", "a", "b"], "b: one recording at a time"),
            (["replay", "--formt", "x", "a"], "did you mean --format"),
            (["replay", "--format", "x", "a"], "--format x: expected human"),
            (["replay", "--rule", "x=off", "a"], '"x" is no rule'),
            (["run", "a.example"], "a.example: one thing too many"),
            (["doctor", "a.example"], "a.example: one thing too many"),
            (["run", "-f", ""], "--config: expected a file"),
            (["run", "--no-sandbx"], "did you mean --no-sandbox"),
            (["run", "-f", "/nonexistent"], "No such file"),
            (["history"], "which domain"),
            (["history", "--since", "x", "a.example"], "--since x: "),
            (["history", "--limit", "0", "a.example"], "--limit 0: "),
            (["silence"], "which domain, host or rule"),
            (["silence", "a.example"], "--for: how long"),
            (["silence", "a.example", "--for", "2h"], "--why: for which"),
            (["silence", "a.example", "--for", "x"], "--for x: expected"),
            (["silence", "--end", "x"], "--end x: expected the number"),
            (["silence", "--lits"], "did you mean --list"),
            (["ack"], "which incident"),
            (["ack", "first"], "first: expected the number of an inc"),
            (["ack", "1", "2"], "2: one at a time"),
            (["alert"], "expected test"),
            (["alert", "tset"], "tset: expected test"),
            (["alert", "test"], "which channel"),
            (["alert", "test", "ops", "-f", "/nonexistent"], "No such file"),
    ):
        one_line(w.run(*argv), 2, pattern)
    for argv, pattern in (
            (["status", "a.example", "b.example"], "b.example: one at a time"),
            (["status", "--format", "xml"], "--format xml: expected human"),
            (["status", "--sokcet", "x"], "did you mean --socket"),
            (["status", "--socket="], "--socket: expected a file"),
            (["status", "-f", "/nonexistent"], "No such file"),
    ):
        one_line(w.run(*argv), 3, pattern)
    for argv in (["rules", "--bogus"], ["rules", "mx.nothing"]):
        must(w.run(*argv).status == 2, argv)


# ------------------------------------------------------- what is to be done

RUN = """\
vantages: [{{name: a, resolver: "127.0.0.1:1"}}]
domains: [a.example]
http: {{listen: "{listen}"}}
store: {{path: {store}}}
"""


@test
def mistakes_name_the_next_step(w):
    """Each line says what is wrong, and what to do about it."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        busy = w.path("busy.yaml", RUN.format(
            listen=f"127.0.0.1:{port}", store=w.path("busy.db")).encode())
        one_line(w.run("run", "-f", busy), 2, f"port {port}: Address already "
                 r"in use: choose another address or port \(http.listen\)$")
    off = w.path("off.yaml", RUN.format(
        listen="off", store=w.path("off.db")).encode())
    nowhere = w.path("nowhere.yaml", RUN.format(
        listen="off", store="/proc/x.db").encode())
    keyless = w.path("keyless.yaml", b"channels: [{name: ops, type: slack, "
                     b"url_file: none.url}]\n")
    init = r'"mxvigil config init -f FILE DOMAIN" writes one$'
    agent = r'start it \(systemctl start mxvigil, or "mxvigil run"\), '
    for argv, status, pattern in (
            (["run", "-f", w.path("none.yaml")], 2, init),
            (["check", "-f", w.path("none.yaml"), "a.example"], 3, init),
            (["run", "-f", w.folder], 2, "Is a directory: name a file in it$"),
            (["run", "-f", nowhere], 2, r"it needs a store of its own, where "
             r"it may write \(store.path\)$"),
            (["run", "-f", keyless], 2, "none.url: No such file or directory: "
             "write the secret into it, and chmod 600$"),
            (["run", "--log", "paper"], 2, "--log paper: expected auto, "),
            (["status", "-f", off], 3, agent),
            (["status", "--socket", w.path("none.sock")], 3, agent),
            (["ack", "1", "-f", off], 2, agent),
            (["silence", "--list", "-f", off], 2, agent),
            (["history", "a.example", "-f", off], 2, '"mxvigil run" makes it'),
            (["alert", "test", "ops", "-f", off], 2, "name one below "
             "channels"),
    ):
        one_line(w.run(*argv), status, pattern)


@test
def mistakes_are_lines_of_the_log(w):
    """Where programs read it: one object for each mistake, nothing else."""
    bad = w.path("bad-log.yaml", b"quorum: 0\nsmtp: {prot: \"1\"}\n")
    r = w.run("run", "--log", "json", "-f", bad)
    lines = [json.loads(line) for line in r.lines]
    must(r.status == 2 and len(lines) == 2, "lines", r)
    for line, place in zip(lines, (":1:9: quorum: ", ":2:8: smtp.prot: ")):
        must(line["level"] == "error" and line["event"] == "configuration" and
             line["message"].startswith(bad + place), place, r)


# ------------------------------------------------------------------ domains

@test
def no_domain(w):
    one_line(w.run("check", *w.options), 3, "which domain")
    r = w.run("check_mxvigil", *w.options)
    one_line(r, 3, "which domain")
    must(r.out == "MXVIGIL UNKNOWN - which domain?\n", "stdout", r)


@test
def bad_domains(w):
    for domain, pattern in (
            ("", "the domain is empty"),
            ("a..example", "has an empty label at position 3"),
            (".", "is the root"),
            ("x" * 64 + ".example", "has 64 octets in label 1"),
            ("a b.example", "has a space at position 2"),
            ("a\x01.example", "has a control character at position 2"),
            ("\x1b[2Ja.example", r"\\x1b\[2Ja.example"),
            ("192.0.2.1", "is an IP address"),
            ("[2001:db8::1]", "is an IP address"),
            ("https://a.example/x", 'a URL: did you mean "a.example"'),
            ("me@a.example", 'a mail address: did you mean "a.example"'),
            ("localhost", "is this machine itself"),
            (b"\xff.example", "is not UTF-8"),
            ("a." * 127 + "example", "as a domain"),
    ):
        one_line(w.run("check", *w.options, "--", domain), 3, pattern)
        r = w.run("check_mxvigil", *w.options, "-H", domain)
        one_line(r, 3, pattern)
        must(re.fullmatch(r"MXVIGIL UNKNOWN - [^|\n]+\n", r.out), domain, r)


@test
def others_are_still_checked(w):
    r = w.check("--format", "json", "a..example", "good.example", "x@y")
    must(r.status == 3 and len(r.lines) == 2, "two complaints", r)
    seen = [json.loads(line)["domain"] for line in r.out.splitlines()]
    must(seen == ["good.example"], "good.example alone", r)


@test
def plugin_counts_what_is_no_domain(w):
    r = w.run("check_mxvigil", *w.options, "-t", "0.3", "-H", "a..example",
              "-H", "good.example")
    must(r.status == 3, "status", r)
    must(r.out.startswith("MXVIGIL UNKNOWN - 2 of 2 domains unknown"),
         "counts", r)


@test
def domains_in_their_order_and_once(w):
    r = w.check("--format", "json", "-j", "1", "b.example", "-H", "A.example",
                "a.example.", "--", "c.example")
    seen = [json.loads(line)["domain"] for line in r.out.splitlines()]
    must(seen == ["a.example", "b.example", "c.example"], seen, r)


@test
def options_behind_operands(w):
    r = w.check("a.example", "--format", "json")
    must(json.loads(r.out)["domain"] == "a.example", "json", r)
    one_line(w.check("--", "--format"), 3, '"--format" has a')


@test
def silence_is_unknown(w):
    """A resolver that answers nothing tells nothing of the domain."""
    begin = time.monotonic()
    r = w.check("--format", "json", "a.example")
    must(time.monotonic() - begin < 5, "slow", r)
    must(r.status == 3 and r.err == "", "status", r)
    must(json.loads(r.out)["verdict"] == "unknown", "verdict", r)
    r = w.run("check_mxvigil", *w.options, "-t", "0.3", "-H", "a.example")
    must(r.status == 3 and r.out.startswith("MXVIGIL UNKNOWN - a.example: "),
         "plugin", r)


# -------------------------------------------------------------------- lists

@test
def lists(w):
    for name, content, want, bad in (
            ("plain", b"a.example\nb.example\n", "ab", 0),
            ("no line end", b"a.example\nb.example", "ab", 0),
            ("CRLF", b"a.example\r\nb.example\r\n", "ab", 0),
            ("mark", b"\xef\xbb\xbfa.example\n", "a", 0),
            ("comments", b"# x\n a.example # y\n\n\t\n#b.example\n", "a", 0),
            ("a bad line", b"a.example\nb..example\nc.example\n", "ac", 1),
            ("Latin-1", b"b\xfc.example\na.example\n", "a", 1),
    ):
        path = w.path("list", content)
        r = w.check("--format", "json", "-j", "1", "--list", path)
        seen = [json.loads(line)["domain"] for line in r.out.splitlines()]
        must(seen == [f"{c}.example" for c in want], name, r)
        must(r.status == 3 and len(r.lines) == bad, name, r)
        piped = w.check("--format", "json", "-j", "1", "--list", "-",
                        stdin=content)
        must(len(piped.out.splitlines()) == len(want), name, piped)


@test
def lists_that_are_none(w):
    binary = w.path("binary", b"a.example\n\0\n")
    for path, pattern in (
            ("/nonexistent", "No such file"),
            (w.folder, "Is a directory"),
            (binary, "zero byte"),
            ("/dev/zero", "larger than 64 MiB"),
            ("/dev/null", "no domain to check: the list is empty"),
    ):
        one_line(w.run("check", *w.options, "--list", path), 3, pattern)
        r = w.run("check_mxvigil", *w.options, "--list", path)
        one_line(r, 3, pattern)
        must(re.fullmatch(rf"MXVIGIL UNKNOWN - .*{pattern}.*\n", r.out),
             path, r)


@test
def garbage_as_a_list(w):
    """Some twenty lines, not a million."""
    path = w.path("garbage", b"no domain\n" * 100000)
    r = w.run("check", *w.options, "--list", path)
    must(r.status == 3 and len(r.lines) == 21, "lines", r)
    must("the rest of the file is not read" in r.lines[-1], "last", r)


# ------------------------------------------------------------- hostile names

HOSTILE = ["a\nb", "a\x1b[31mb", "-f", "--help", "a|b", "a b", "é", "\u202e",
           b"\xff\xfe", "x" * 200, "a\\nb", "%s%n", "$(id)", "'\""]


@test
def hostile_file_names(w):
    """Files that are not there, under names that would harm a terminal."""
    for name in HOSTILE:
        path = os.path.join(os.fsencode(w.folder), os.fsencode(name))
        for argv in (["check", *w.options, "--list", path],
                     ["check", "-f", path, "a.example"],
                     ["config", "check", "-f", path],
                     ["config", "show", "-f", path],
                     ["replay", path]):
            r = w.run(*argv)
            one_line(r, 3 if argv[0] != "config" else 2, "No such file")
        r = w.run("check", *w.options, "--record", path + b"/x", "a.example")
        one_line(r, 3, "--record .*No such file")
        r = w.run("check", *w.options, "--ca-file", path, "a.example")
        must(r.status == 3 and len(r.lines) == 1, "ca-file", r)
        must(not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", r.err), "escaped", r)


@test
def hostile_names_of_files_that_are_there(w):
    for name in HOSTILE:
        path = os.path.join(os.fsencode(w.folder), b"there-" +
                            os.fsencode(name))
        r = w.run("config", "init", "-f", path)
        must(r.status == 0 and r.out + r.err == "", "init", r)
        r = w.run("config", "check", "-f", path)
        must(r.status == 0 and len(r.out.splitlines()) == 1, "check", r)
        must(r.out.endswith(NOTHING), "check", r)
        must(not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", r.out), "escaped", r)
        with open(path, "ab") as f:
            f.write(b"wrong: 1\n")
        one_line(w.run("config", "check", "-f", path), 2, "wrong: unknown")
        one_line(w.run("config", "init", "-f", path), 2, "File exists")


# ------------------------------------------------------------ configuration

@test
def config_init(w):
    want = open(EXAMPLE).read()
    r = w.run("config", "init")
    must(r.status == 0 and r.out == want, "stdout", r)
    path = w.path("init.yaml")
    r = w.run("config", "init", "-f", path)
    must(r.status == 0 and r.out + r.err == "", "file", r)
    must(open(path).read() == want, "content")
    must(os.stat(path).st_mode & 0o777 & ~0o644 == 0, "mode")
    r = w.run("config", "init", "a.example", "b\u00fc.example")
    must(r.status == 0, "domains", r)
    must('\n  - "a.example"\n  - "b\u00fc.example" # xn--' in r.out, "both", r)


@test
def config_init_never_overwrites(w):
    path = w.path("mine.yaml", b"mine")
    one_line(w.run("config", "init", "-f", path), 2, "File exists")
    must(open(path).read() == "mine", "content")
    link = w.path("link.yaml")
    os.symlink(w.path("elsewhere.yaml"), link)
    one_line(w.run("config", "init", "-f", link), 2, "File exists")
    must(not os.path.exists(w.path("elsewhere.yaml")), "through a link")
    one_line(w.run("config", "init", "-f", w.folder), 2, "File exists")
    one_line(w.run("config", "init", "-f", w.path("no/such/x")), 2,
             "No such file")


@test
def config_check(w):
    r = w.run("config", "check", "-f", EXAMPLE)
    must(r.status == 0 and r.err == "", "example", r)
    must(r.out == EXAMPLE + NOTHING, "example", r)
    w.path("list.txt", b"a.example\nb.example\n")
    good = w.path("good.yaml", b"""\
domains: [a.example, c.example]
domain_files: [list.txt, "none*.txt"]
vantages: [{name: a, resolver: 192.0.2.1}]
""")
    r = w.run("config", "check", good)
    must(r.status == 0, "good", r)
    must(r.out == f"{good}: ok: 3 domains, 1 vantage, 0 channels\n", "sum", r)
    must(r.lines == [
        f"warning: {good}:2:26: domain_files[1]: no file matches",
        f"warning: {good}:1:1: domains that are named more than once: 1 "
        "(the list wins over files, the first file over others)"], "notes", r)
    bad = w.path("bad.yaml", b"quorum: 0\nsmtp: {prot: 1}\n")
    r = w.run("config", "check", "-f", bad)
    must(r.status == 2 and r.out == "" and r.lines == [
        f"{bad}:1:9: quorum: 0 is out of range (allowed: 1 to 32)",
        f'{bad}:2:8: smtp.prot: unknown key (did you mean "port"?)'],
        "both mistakes", r)
    r = w.run("config", "check", "-f", "-", stdin=b"quorum: 0\n")
    one_line(r, 2, "^standard input:1:9: quorum: ")


@test
def config_show_round_trip(w):
    text = b"""\
vantages:
  - {name: a, resolver: "127.0.0.1", trust_ad: false}
  - {name: b, resolver: "[2001:db8::1]:5353", trust_ad: true}
  - {name: c, resolver: "https://c.example/q"}
quorum: 2
smtp: {port: 587, helo: h.example, depth: rcpt, timeouts: {reply: 1.5s}}
networks: {allow: [10.0.0.0/8], asn_database: "/a \\"b\\".mmdb"}
thresholds: {mx_ttl: 90s, cert_critical_days: 3}
rules: {"mx.*": off, mx.single: warning}
domains: [example.org]
"""
    once = w.run("config", "show", "-f", w.path("full.yaml", text))
    must(once.status == 0 and once.err == "", "show", once)
    for part in ('name: "a", resolver: "127.0.0.1:53", trust_ad: false',
                 'resolver: "[2001:db8::1]:5353", trust_ad: true',
                 "quorum: 2", "port: 587", "depth: rcpt", "reply: 1500ms",
                 'allow: ["10.0.0.0/8"]', "mx_ttl: 90s", "greeting: 10s",
                 "cert_critical_days: 3", '"mx.*": off'):
        must(part in once.out, part, once)
    again = w.run("config", "show", "-f", "-", stdin=once.out.encode())
    must(again.status == 0 and again.out == once.out, "the same", again)
    defaults = w.run("config", "show")
    example = w.run("config", "show", "-f", EXAMPLE)
    must(defaults.out == example.out, "the example is the default", example)


@test
def check_with_a_file(w):
    path = w.path("check.yaml", b"""\
vantages: [{name: hole, resolver: "127.0.0.1:%d"}]
smtp: {helo: monitor.example}
""" % w.hole.getsockname()[1])
    r = w.run("check", "-f", path, "-t", "0.3", "--format", "json",
              "a.example")
    must(json.loads(r.out)["vantages"][0]["name"] == "hole", "vantage", r)
    bad = w.path("check-bad.yaml", b"quorum: 0\nsmtp: 1\n")
    r = w.run("check", "-f", bad, "a.example")
    must(r.status == 3 and r.out == "" and len(r.lines) == 2, "bad", r)
    r = w.run("check_mxvigil", "-f", bad, "-H", "a.example")
    must(r.status == 3 and len(r.lines) == 2, "plugin", r)
    must(r.out == f"MXVIGIL UNKNOWN - {r.lines[0]}\n", "plugin", r)


@test
def files_that_are_no_configuration(w):
    for path, pattern in (("/dev/zero", "File too large"),
                          (w.folder, "Is a directory"),
                          (w.program, "not a plain UTF-8 text|too large"),
                          ("/nonexistent", "No such file")):
        one_line(w.run("config", "check", "-f", path), 2, pattern)
        one_line(w.run("check", "-f", path, "a.example"), 3, pattern)


# ------------------------------------------------------------------- colours

def on_a_terminal(w, argv, **environment):
    """What the program prints when its output is a terminal."""
    master, slave = pty.openpty()
    process = w.start(argv, stdout=slave, environment=environment)
    os.close(slave)
    seen = b""
    while True:
        try:
            ready, _, _ = select.select([master], [], [], 20)
            chunk = os.read(master, 65536) if ready else b""
        except OSError:         # EIO: the other end is closed
            break
        if not chunk:
            break
        seen += chunk
    os.close(master)
    process.communicate(timeout=20)
    return seen.decode(errors="replace")


@test
def colors(w):
    argv = ["check", *w.options, "-t", "0.3", "a.example"]
    must("\x1b[" in on_a_terminal(w, argv), "a terminal has colours")
    must("\x1b[" in on_a_terminal(w, argv, NO_COLOR=""), "NO_COLOR is empty")
    for name, value in (("NO_COLOR", "1"), ("NO_COLOR", "0"),
                        ("TERM", "dumb")):
        seen = on_a_terminal(w, argv, **{name: value})
        must("a.example" in seen and "\x1b" not in seen, f"{name}={value}",
             seen)
    seen = on_a_terminal(w, argv + ["--color", "never"])
    must("a.example" in seen and "\x1b" not in seen, "never", seen)
    seen = on_a_terminal(w, argv + ["--color", "always"], NO_COLOR="1")
    must("\x1b[" in seen, "always, in spite of NO_COLOR", seen)
    must("\x1b" not in w.check("a.example").out, "no colours in a pipe")
    must("\x1b[" in w.check("a.example", "--color", "always").out, "always")


@test
def no_color_in_formats_for_programs(w):
    for name in ("json", "nagios"):
        r = w.check("--format", name, "--color", "always", "a.example")
        must("\x1b" not in r.out, name, r)


# -------------------------------------------------------------- interrupted

def interrupt(w, argv, number):
    """Returns the result, and how long it took to end."""
    w.drain()
    process = w.start(argv)
    w.wait_for_query()
    begin = time.monotonic()
    process.send_signal(number)
    try:
        out, err = process.communicate(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise AssertionError("does not end")
    return w.result(process, out, err), time.monotonic() - begin


@test
def interrupted_checks_end_at_once(w):
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        best = None
        for _ in range(4):      # the machine may be busy: the best counts
            r, took = interrupt(w, ["check", *w.options, "a.example",
                                    "b.example"], number)
            one_line(r, 3, "2 of 2 domains were not checked")
            best = took if best is None else min(best, took)
            if best < END_WITHIN:
                break
        must(best < END_WITHIN, f"{number.name}: {best:.3f} s")


@test
def interrupted_dialogues_end_at_once(w):
    """A mail server that was connected to and says nothing."""
    with Resolver() as resolver, socket.create_server(("127.0.0.1", 0)) as \
            silent:
        silent.settimeout(20)
        argv = ["check", "--vantage", f"here=127.0.0.1:{resolver.port}",
                "--helo", "monitor.example", "--allow-network", "127.0.0.1",
                "--port", str(silent.getsockname()[1]), "--dns-port",
                str(w.hole.getsockname()[1]), "a.example"]
        best = None
        for _ in range(4):
            process = w.start(argv)
            peer, _ = silent.accept()
            begin = time.monotonic()
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=20)
            took = time.monotonic() - begin
            one_line(w.result(process, out, err), 3, "1 of 1 domains")
            peer.close()
            best = took if best is None else min(best, took)
            if best < END_WITHIN:
                break
    must(best < END_WITHIN, f"{best:.3f} s")


@test
def interrupted_plugin(w):
    r, _ = interrupt(w, ["check_mxvigil", *w.options, "-H", "a.example"],
                     signal.SIGTERM)
    one_line(r, 3, "1 of 1 domains were not checked")
    must(r.out.startswith("MXVIGIL UNKNOWN - "), "status line", r)


@test
def interrupted_json_is_whole_lines(w):
    r, _ = interrupt(w, ["check", *w.options, "--format", "json",
                         "a.example"], signal.SIGINT)
    must(r.out == "", "nothing was found", r)


# ---------------------------------------------------------- output that fails

@test
def nobody_reads(w):
    """As in "| head -c 0": no noise, no crash."""
    for argv in (["check", *w.options, "-t", "0.3", "a.example"],
                 ["check", *w.options, "-t", "0.3", "--format", "json",
                  *(f"d{i}.example" for i in range(20))],
                 ["check_mxvigil", *w.options, "-t", "0.3", "a.example"],
                 ["config", "show"], ["config", "init"], ["help"],
                 ["check", "--help"]):
        read, write = os.pipe()
        os.close(read)
        process = w.start(argv, stdout=write)
        os.close(write)
        _, err = process.communicate(timeout=60)
        r = w.result(process, b"", err)
        must(r.err == "", argv, r)
        must(r.status in (2, 3), argv, r)


@test
def output_is_full(w):
    for status, argv in (
            (3, ["check", *w.options, "-t", "0.3", "a.example"]),
            (3, ["check", *w.options, "-t", "0.3", "--format", "json",
                 "a.example", "b.example"]),
            (3, ["check_mxvigil", *w.options, "-t", "0.3", "a.example"]),
            (2, ["config", "show"]), (2, ["config", "init"]),
            (2, ["help"]), (1, ["rules"])):
        with open("/dev/full", "wb") as full:
            process = w.start(argv, stdout=full)
            _, err = process.communicate(timeout=60)
        r = w.result(process, b"", err)
        one_line(r, status, "No space left|cannot write")


@test
def standard_files_are_closed(w):
    """What is meant for the screen must not end in another file."""
    record = w.path("closed.ndjson")
    process = w.start(["check", *w.options, "-t", "0.3", "--record", record,
                       "a.example"], stdout=None, stdin=None,
                      preexec_fn=lambda: (os.close(0), os.close(1)))
    _, err = process.communicate(timeout=60)
    r = w.result(process, b"", err)
    one_line(r, 3, "standard output: ")
    must(all(json.loads(line) for line in open(record)), "recording", r)


@test
def recording_is_full(w):
    r = w.check("--record", "/dev/full", "--format", "json", "a.example")
    one_line(r, 3, "--record /dev/full: No space left")
    must(json.loads(r.out)["domain"] == "a.example", "still printed", r)


@test
def recordings(w):
    path = w.path("look.ndjson")
    r = w.check("--record", path, "--format", "json", "a.example")
    again = w.run("replay", "--format", "json", path)
    must(again.status == r.status == 3 and again.err == "", "status", again)
    must(json.loads(again.out)["summary"] == json.loads(r.out)["summary"],
         "the same", again)
    piped = w.run("replay", "--format", "json", "-",
                  stdin=open(path, "rb").read())
    must(piped.out == again.out, "from standard input", piped)
    other = w.run("replay", "--rule", "*=off", "--format", "json", path)
    must(json.loads(other.out)["findings"] == [], "rules", other)


@test
def recordings_that_are_none(w):
    for path, pattern in ((w.folder, "Is a directory"),
                          ("/dev/null", "nothing is recorded"),
                          ("/dev/zero", "the line is too long"),
                          (EXAMPLE, "not JSON")):
        r = w.run("replay", path)
        must(r.status == 3 and re.search(pattern, r.err), path, r)
        must(len(r.lines) <= 21, "lines", r)


# ----------------------------------------------------------------- the daemon

class Daemon:
    """`mxvigil run` whose only vantage is a port of the loopback at which
    nobody listens: it sends nothing to anybody, and knows nothing."""

    def __init__(self, w, **environment):
        self.w = w
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as closed:
            closed.bind(("127.0.0.1", 0))
            port = closed.getsockname()[1]
        self.config = w.path("run.yaml", f"""\
vantages: [{{name: closed, resolver: "127.0.0.1:{port}"}}]
domains: [a.example, b.example]
smtp: {{helo: monitor.example}}
workers: 1
http: {{listen: off}}
store: {{path: {json.dumps(w.path("run.db"))}}}
""".encode())
        self.process = w.start(["run", "-f", self.config],
                               environment=environment)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def call(self, *words, **more):
        return self.w.run(*words, "-f", self.config, **more)

    def wait(self):
        """Until it answers."""
        end = time.monotonic() + 20
        while time.monotonic() < end and self.process.poll() is None:
            r = self.call("status")
            if r.err == "":
                return self
            time.sleep(0.02)
        raise AssertionError("no daemon: " + self.end(signal.SIGKILL).err)

    def end(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        try:
            out, err = self.process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            raise AssertionError("does not end")
        return self.w.result(self.process, out, err)


ASKING = [(["status"], 3), (["status", "a.example"], 3),
          (["silence", "a.example", "--for", "1h", "--why", "x"], 2),
          (["silence", "--list"], 2), (["silence", "--end", "1"], 2),
          (["ack", "1"], 2)]


@test
def no_daemon(w):
    """Nothing there, a socket that is left over, and no socket at all."""
    stale = w.path("stale.sock")
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(stale)
    config = w.path("none.yaml", b"store: {path: /nonexistent/x.db}\n")
    for where, pattern in (
            (["--socket", w.path("none.sock")], "no mxvigil answers at .*"
             "/none.sock: No such file"),
            (["--socket", stale], "no mxvigil answers at .*refused"),
            (["--socket", w.path("plain", b"")], "no mxvigil answers at"),
            (["--socket", "/" + "x" * 200], "too long for a socket"),
            (["-f", config], "answers at /nonexistent/x.sock: No such file")):
        for argv, status in ASKING:
            r = w.run(*argv, *where)
            one_line(r, status, f"^mxvigil {argv[0]}: .*{pattern}")
            must(r.out == "", argv, r)
    r = w.run("status", "--format", "nagios", "--socket", w.path("none.sock"))
    one_line(r, 3, "no mxvigil answers")
    must(re.fullmatch("MXVIGIL UNKNOWN - no mxvigil answers .*\n", r.out),
         "as a plugin", r)


@test
def daemon_answers(w):
    with Daemon(w) as daemon:
        daemon.wait()
        r = daemon.call("status")
        must(r.status == 3 and r.err == "", "status", r)
        must(r.out.startswith("2 domains: 0 ok, "), "counts", r)
        r = daemon.call("status", "--format", "json")
        seen = json.loads(r.out)
        must(r.status == 3 and seen["schema"] == "mxvigil.status/1" and
             seen["domains"]["total"] == 2, "json", r)
        r = daemon.call("status", "--format", "nagios")
        end = time.monotonic() + 20     # until its probes are up
        while "no probe process" in r.out and time.monotonic() < end:
            time.sleep(0.1)
            r = daemon.call("status", "--format", "nagios")
        # Its vantage is nobody, which it may know by now.
        must(r.status == 3 and re.match(
            r"MXVIGIL UNKNOWN - (this monitor .*; )?2 domain", r.out),
             "nagios", r)
        r = daemon.call("status", "A.example.")
        must(r.status == 3 and "a.example" in r.out, "a domain", r)
        r = daemon.call("status", "--format", "nagios", "c.example")
        one_line(r, 3, "^mxvigil status: c.example is not watched: name "
                 "it below domains, and reload$")
        must(r.out == "MXVIGIL UNKNOWN - c.example is not watched: "
             "name it below domains, and reload\n", "", r)
        one_line(daemon.call("status", "a..example"), 3, "empty label")
        r = daemon.end()
        must(r.status == 0 and r.lines[-1] == "mxvigil: info: ended",
             "its end", r)
    must(not os.path.exists(w.path("run.sock")), "the socket is gone")
    one_line(daemon.call("status"), 3, "no mxvigil answers at")


@test
def daemon_takes_silences(w):
    with Daemon(w) as daemon:
        daemon.wait()
        must(daemon.call("silence", "--list").out == "nothing is silenced\n",
             "none yet")
        r = daemon.call("silence", "*.example", "--for", "2h", "--why",
                        "new disks")
        must(r.status == 0 and r.err == "" and re.fullmatch(
            r"silence 1 until \d{4}-\d\d-\d\d \d\d:\d\d UTC\n", r.out), "", r)
        r = daemon.call("silence", "--list")
        must(re.fullmatch(r" +1  \*\.example  .* to .*: new disks\n", r.out),
             "listed", r)
        r = daemon.call("silence", "--end", "1")
        must(r.status == 0 and r.err == "", "ended", r)
        must(daemon.call("silence", "--list").out == "nothing is silenced\n",
             "none any more")
        r = daemon.call("silence", "--list", "--all")
        must(r.out.endswith(": new disks (ended)\n"), "remembered", r)
        one_line(daemon.call("silence", "--end", "1"), 2, "^mxvigil silence: ")
        r = daemon.call("silence", "mx.singel", "--for", "2h", "--why", "x")
        one_line(r, 0, "^warning: it matches no rule, and no domain or host "
                 "that is watched")
        must(r.out.startswith("silence 2 until "), "taken all the same", r)
        one_line(daemon.call("silence", "x.example", "--for", "400d", "--why",
                             "x"), 2, "at most 366 days")
        one_line(daemon.call("silence", "x.example", "--for", "2", "--why",
                             "x"), 2, "--for 2: expected a time with its unit")
        one_line(daemon.call("silence", "x.example", "--for", "2h", "--why",
                             ""), 2, "--why: for which reason")
        one_line(daemon.call("ack", "99"), 2,
                 "^mxvigil ack: there is no open incident 99: "
                 "\"mxvigil status\" lists them$")
        must(daemon.end().status == 0, "its end")


@test
def daemon_is_alone(w):
    """Of two on one store the second refuses, and the first goes on."""
    with Daemon(w) as daemon:
        daemon.wait()
        r = daemon.call("run")
        must(r.status == 2 and len(r.lines) == 1, "the second", r)
        must(daemon.call("status").err == "", "the first")
        must(daemon.end(signal.SIGINT).status == 0, "its end")


@test
def daemon_refuses_a_broken_file(w):
    with Daemon(w) as daemon:
        daemon.wait()
        good = open(daemon.config).read()
        w.path("run.yaml", b"quorum: 0\n")
        daemon.process.send_signal(signal.SIGHUP)
        end = time.monotonic() + 20
        r = None
        while r is None or "refused" not in r.out:
            must(time.monotonic() < end, "a refusal", r)
            r = w.run("status", "--socket", w.path("run.sock"))
        must("run.yaml:1:9: quorum: 0 is out of range" in r.out, "why", r)
        must(r.out.startswith("2 domains"), "goes on", r)
        w.path("run.yaml", good.replace("b.example", "b.example, c.example")
               .encode())
        daemon.process.send_signal(signal.SIGHUP)
        while not r.out.startswith("3 domains"):
            must(time.monotonic() < end, "the new one", r)
            r = daemon.call("status")
        must("refused" not in r.out, "all is well", r)
        must(daemon.end().status == 0, "its end")


# ------------------------------------------------------------------- systemd

class Manager:
    """systemd's end of NOTIFY_SOCKET."""

    def __init__(self, name):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(name)
        self.lines = []

    def read(self, seconds):
        self.socket.settimeout(seconds)
        try:
            got = self.socket.recv(65536).decode().splitlines()
        except TimeoutError:
            return []
        self.lines += got
        return got

    def wait(self, line, count=1):
        end = time.monotonic() + 20
        while self.lines.count(line) < count:
            must(time.monotonic() < end, f"{line} × {count}", self.lines)
            self.read(1)

    def drain(self):
        while self.read(0.3):
            pass


@test
def notifies_systemd(w):
    for name, address in ((w.path("notify"), w.path("notify")),
                          ("\0mxvigil-%d" % os.getpid(),
                           "@mxvigil-%d" % os.getpid())):
        manager = Manager(name)
        with Daemon(w, NOTIFY_SOCKET=address,
                    WATCHDOG_USEC="200000") as daemon:
            manager.wait("READY=1")
            must(manager.lines[0] == "READY=1", "first", manager.lines)
            manager.wait("WATCHDOG=1", 3)
            must(any(line.startswith("STATUS=2 domains: ")
                     for line in manager.lines), "status", manager.lines)
            must("STOPPING=1" not in manager.lines, "early", manager.lines)
            daemon.process.send_signal(signal.SIGSTOP)
            manager.drain()
            must(manager.read(1) == [], "a stopped core", manager.lines)
            daemon.process.send_signal(signal.SIGCONT)
            manager.wait("WATCHDOG=1", manager.lines.count("WATCHDOG=1") + 2)
            daemon.process.send_signal(signal.SIGHUP)
            manager.wait("RELOADING=1")
            manager.wait("READY=1", 2)
            r = daemon.end()
            must(r.status == 0, "its end", r)
            manager.wait("STOPPING=1")
            must("WATCHDOG=1" not in manager.lines[
                manager.lines.index("STOPPING=1"):], "late", manager.lines)
        manager.socket.close()


@test
def watchdog_of_another_process(w):
    """WATCHDOG_PID says whom systemd watches."""
    manager = Manager(w.path("notify"))
    with Daemon(w, NOTIFY_SOCKET=w.path("notify"), WATCHDOG_USEC="200000",
                WATCHDOG_PID="1") as daemon:
        manager.wait("READY=1")
        manager.drain()
        must("WATCHDOG=1" not in manager.lines, "not meant", manager.lines)
        must(daemon.end().status == 0, "its end")
    manager.socket.close()


@test
def unit_is_locked_up(w):
    if shutil.which("systemd-analyze") is None:
        return
    done = subprocess.run(["systemd-analyze", "security", "--offline=true",
                           "--threshold=15", "--no-pager", UNIT],
                          capture_output=True, text=True)
    must(done.returncode == 0, "exposure above 1.5", done.stdout + done.stderr)


# ---------------------------------------------------------------- documents

@test
def manual_is_clean(w):
    if shutil.which("groff") is None:
        return
    folder = os.path.join(ROOT, "packaging", "man")
    for name in sorted(os.listdir(folder)):
        done = subprocess.run(["groff", "-mandoc", "-Tutf8", "-ww", "-z",
                               os.path.join(folder, name)],
                              capture_output=True)
        must(done.stderr == b"", name, done.stderr.decode())


# -------------------------------------------------------------------- running

def run_one(function, program):
    with tempfile.TemporaryDirectory(prefix="mxvigil-cli-") as folder:
        world = World(program, folder)
        try:
            function(world)
            return None
        except Exception:       # a test that cannot run has failed
            return traceback.format_exc(limit=-2)
        finally:
            world.hole.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--mxvigil", required=True)
    parser.add_argument("--only", default="*")
    options = parser.parse_args()
    passed = failed = 0
    for function in tests:
        if not fnmatch.fnmatch(function.__name__, options.only):
            continue
        fault = run_one(function, options.mxvigil)
        print("FAILED" if fault else "ok    ", function.__name__, flush=True)
        if fault:
            print(fault, flush=True)
        failed += fault is not None
        passed += fault is None
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed > 0 or passed == 0)


if __name__ == "__main__":
    main()
