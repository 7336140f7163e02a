#!/usr/bin/env python3
"""Hundreds of broken configurations, each refused at its place.

Usage: tests/config/broken.py --mxvigil PROGRAM --out FOLDER

Each file is a good configuration but for one mistake: a kind of mistake (a
word for a number, a key that is there twice, a tab …) at a place (a key, a
line of a domain file, a secret).  Every one is written under FOLDER and has to
be refused by `mxvigil config check` with status 2, nothing on standard output,
and a line that begins with FILE:LINE:COLUMN and says what is wrong; nothing
else may be complained of.  Ends with "N passed, N failed".
"""
import argparse
import concurrent.futures
import os
import shutil
import subprocess
import sys

MARK = "@"      # where the mistake goes

# ------------------------------------------------------------------- places

DURATIONS = """
smtp: {timeouts: {connect: @}}
smtp: {timeouts: {greeting: @}}
smtp: {timeouts: {reply: @}}
smtp: {timeouts: {session: @}}
thresholds: {mx_ttl: @}
thresholds: {greeting: @}
domains: [a.example, {name: b.example, interval: @}]
domain_files: [{files: "*.none", interval: @}]
intervals: {dns: @}
intervals: {smtp: @}
intervals: {authority: @}
intervals: {tls: @}
alerts: {dns: {span: @}}
alerts: {smtp: {retry: [10s, @]}}
alerts: {good_gap: @}
alerts: {wait: @}
alerts: {flap_window: @}
alerts: {queue_life: @}
channels: [{name: a, type: ntfy, room: a, remind: @}]
canaries: {interval: @}
heartbeat: {interval: @}
""".strip().split("\n")

NUMBERS = """
quorum: @
smtp: {port: @}
smtp: {per_host: @}
smtp: {per_network: @}
smtp: {connections: @}
networks: {ipv4_prefix: @}
networks: {ipv6_prefix: @}
thresholds: {cert_warning_days: @}
thresholds: {cert_critical_days: @}
workers: @
alerts: {dns: {strikes: @}}
alerts: {smtp: {strikes: @}}
alerts: {good: @}
alerts: {storm: @}
alerts: {flap_changes: @}
channels: [{name: a, type: ntfy, room: a, per_minute: @}]
""".strip().split("\n")

TRUTHS = """
vantages: [{name: a, resolver: 192.0.2.1, trust_ad: @}]
domains: [{name: a.example, expect: {no_mail: @}}]
channels: [{name: a, type: ntfy, room: a, resolved: @}]
channels: [{name: a, type: ntfy, room: a, quiet: {time: 01:00-02:00, all: @}}]
http: {public: @}
http: {domain_metrics: @}
""".strip().split("\n")

TEXTS = """
networks: {asn_database: @}
channels: [{name: a, type: slack, url_file: @}]
channels: [{name: a, type: pagerduty, token_file: @}]
channels: [{name: a, type: exec, command: [/bin/true, @]}]
channels: [{name: a, type: ntfy, room: a, ca_file: @}]
channels: [{name: a, type: ntfy, room: a, labels: {a: @}}]
domains: [{name: a.example, labels: {a: @}}]
maintenance: [{name: @, time: 01:00-02:00}]
heartbeat: {url_file: @}
""".strip().split("\n")

# Lists of what else cannot be read as one.
LISTS = """
vantages: @
networks: {allow: @}
domains: @
domain_files: @
domains: [{name: a.example, expect: {down: @}}]
domains: [{name: a.example, expect: {ns: @}}]
domains: [{name: a.example, expect: {mx: @}}]
alerts: {dns: {retry: @}}
maintenance: @
maintenance: [{name: a, time: 01:00-02:00, match: @}]
channels: @
channels: [{name: a, type: exec, command: @}]
channels: [{name: a, type: ntfy, room: a, rules: @}]
canaries: {smtp: @}
http: {hosts: @}
""".strip().split("\n")

# Groups of keys; one key of each, and what it takes.
GROUPS = [
    ("@", "quorum", "1"),
    ("smtp: @", "depth", "ehlo"),
    ("smtp: {timeouts: @}", "reply", "5s"),
    ("networks: @", "ipv4_prefix", "24"),
    ("thresholds: @", "greeting", "5s"),
    ("rules: @", "mx.single", "info"),
    ("vantages: [@]", "resolver", "192.0.2.1, name: a"),
    ("domains: [@]", "interval", "5m, name: a.example"),
    ("domains: [{name: a.example, expect: @}]", "backup", "[b.example]"),
    ("domains: [{name: a.example, labels: @}]", "customer", "acme"),
    ("domain_files: [@]", "interval", '5m, files: "*.none"'),
    ("intervals: @", "authority", "5m"),
    ("alerts: @", "flap_window", "1d"),
    ("alerts: {dns: @}", "strikes", "2"),
    ("alerts: {smtp: @}", "retry", "[5s]"),
    ("maintenance: [@]", "match", '["*"], name: a, time: 01:00-02:00'),
    ("channels: [@]", "resolved", "true, name: a, type: ntfy, room: a"),
    ("channels: [{name: a, type: ntfy, room: a, quiet: @}]", "days",
     "mon, time: 01:00-02:00"),
    ("canaries: @", "interval", "5s"),
    ("heartbeat: @", "interval", "5s"),
    ("http: @", "hosts", "[a.example]"),
    ("store: @", "keep", "5d"),
]
# Groups whose keys are the operator's own: none is unknown.
OPEN = {"rules: @", "domains: [{name: a.example, labels: @}]"}

# -------------------------------------------------------------------- kinds

# What is written, and what is said of it.
DURATION_KINDS = [
    ("soon", "is not a time such as"),
    ("-5s", "is not a time such as"),
    ("1w", "is not a time such as"),
    ("5 s", "is not a time such as"),
    ("99999999999999999999d", "is not a time such as"),
    ("3650d", "is out of range"),
    ("[5s]", "not a list"),
    ("{a: 5s}", "not a group of keys"),
    ("~", "not nothing"),
]
NUMBER_KINDS = [
    ("many", "is not a whole number"),
    ("-1", "is not a whole number"),
    ("1.5", "is not a whole number"),
    ("0x10", "is not a whole number"),
    ("99999999999999999999", "is not a whole number"),
    ("999999", "is out of range"),
    ('"2"', "without quotes"),
    ("[2]", "not a list"),
    ("{a: 2}", "not a group of keys"),
    ("null", "not nothing"),
]
TRUTH_KINDS = [
    ("yes", "is not true or false"),
    ("On", "is not true or false"),
    ("1", "is not true or false"),
    ('"true"', "without quotes"),
    ("[true]", "not a list"),
    ("~", "not nothing"),
]
TEXT_KINDS = [
    ('""', "not nothing"),
    ("~", "not nothing"),
    ("[a]", "not a list"),
    ("{a: b}", "not a group of keys"),
]
LIST_KINDS = [
    ("word", "expected a list, not a single value"),
    ("{a: b}", "expected a list, not a group of keys"),
]
GROUP_KINDS = [
    ("word", "a group of keys"),
    ("[[a]]", "a group of keys"),
]

# Where any value may stand: what has no business in a configuration.
ANYWHERE = [
    ("&a x", "anchors and aliases are not allowed"),
    ("*a", "anchors and aliases are not allowed"),
    ("!!str x", "tags are not allowed"),
    ('"a\\0b"', "a zero byte is not allowed"),
]
ANYWHERE_PLACES = ["quorum: @", "domains: [a.example, @]",
                   "channels: [{name: a, type: @}]", "store: {path: @}",
                   "maintenance:\n  - name: a\n    from: @"]

# A place, what is written, and what is said: what only fits there.
SINGLE = [
    ("smtp: {helo: @}", "-a.example", "has a '-' at the beginning"),
    ("smtp: {helo: @}", '"[192.0.2]"', "is no address literal"),
    ("smtp: {depth: @}", "data", "expected dns, connect, greeting"),
    ("networks: {allow: [@]}", "10.0.0.1/8", "is no network"),
    ("networks: {allow: [10.0.0.0/8, @]}", "10.0.0.0/33", "is no network"),
    ("vantages: [@]", '{name: a b, resolver: 192.0.2.1}', "is no name"),
    ("vantages: [@]", '{name: a, resolver: dns.example}', "is no resolver"),
    ("vantages: [@]", "{name: a}", "resolver is missing"),
    ("vantages: [@]", "{resolver: 192.0.2.1}", "name is missing"),
    ("rules: {@: off}", "mx.singel", 'did you mean "mx.single"'),
    ("rules: {mx.single: @}", "loud", "is no severity"),
    ("domains: [@]", "a..example", "has an empty label"),
    ("domains: [@]", "192.0.2.1", "is an IP address"),
    ("domains: [@]", "https://a.example/", "is a URL"),
    ("domains: [@]", "me\1a.example", "is a mail address"),
    ("domains: [@]", "localhost", "is this machine itself"),
    ("domains: [{name: @}]", "a_b..c", "has an empty label"),
    ("domains: [@]", "{interval: 1m}", "name is missing"),
    ("domains: [a.example, b.example, @]", "A.Example.", "is there twice"),
    ("domains: [{name: a.example, labels: {@: x}}]", "1st",
     "is no name for a label"),
    ("domains: [{name: a.example, labels: {a: @}}]", '"a\\nb"',
     "characters in it that do not show"),
    ("domains: [{name: a.example, expect: {ns: [@]}}]", "192.0.2.1",
     "is an IP address"),
    ("domains: [{name: a.example, expect: {ns: [a.ns, @]}}]", "A.ns",
     "is there twice"),
    ("domains: [{name: a.example, expect: {mx: [@]}}]", "mx.example",
     "is no MX record"),
    ("domains: [{name: a.example, expect: {mx: [@]}}]", "65536 mx.example",
     "is no MX record"),
    ("domains: [{name: a.example, expect: {mx: [@]}}]", '"10 "',
     "the domain is empty"),
    ("domain_files: [@]", "/nonexistent/file", "No such file"),
    ("domain_files: [@]", "/", "Is a directory"),
    ("domain_files: [@]", "/dev/zero", "not a regular file"),
    ("domain_files: [@]", "{interval: 1m}", "files is missing"),
    ("alerts: {dns: {retry: @}}", "[]", "at least one time is needed"),
    ("alerts: {dns: {retry: [1, 2, 3, 4, 5, 6, 7, 8, @]}}", "9",
     "one time too many"),
    ("maintenance: [@]", "{time: 01:00-02:00}", "name is missing"),
    ("maintenance: [@]", "{name: a}", "when?"),
    ("maintenance: [@]", "{name: a, days: mon}", "time is missing"),
    ("maintenance: [@]", '{name: a, from: "2026-11-24 22:00"}',
     "to is missing"),
    ("maintenance: [@]", '{name: a, to: "2026-11-24 22:00"}',
     "from is missing"),
    ("maintenance: [@]", '{name: a, from: "2026-11-24 22:00", days: mon}',
     "only one of the two"),
    ('maintenance: [{name: a, from: "2026-11-24T22:00Z", to: @}]',
     '"2026-11-24T21:00Z"', "it ends before it begins"),
    ('maintenance: [{name: a, to: "2026-11-24T22:00Z", from: @}]',
     '"2026-02-30T22:00Z"', "expected a time such as"),
    ('maintenance: [{name: a, to: "2026-11-24T22:00Z", from: @}]',
     "yesterday", "expected a time such as"),
    ("maintenance: [{name: a, time: @}]", "22-06", "expected hours"),
    ("maintenance: [{name: a, time: @}]", "22:00-25:00", "expected hours"),
    ("maintenance: [{name: a, time: 01:00-02:00, days: @}]", "weekdays",
     "expected days"),
    ("maintenance: [{name: a, time: 01:00-02:00, match: [@]}]", "a/b",
     "matches no domain or host"),
    ("maintenance: [{name: a, time: 01:00-02:00, match: [@]}]", "bücher.*",
     "matches no domain or host"),
    ("channels: [@]", "{type: slack, url_file: a}", "name is missing"),
    ("channels: [@]", "{name: a}", "type is missing"),
    ("channels: [@]", "{name: a, type: slack}", "url_file (or url) is miss"),
    ("channels: [@]", "{name: a, type: telegram, room: 1}",
     "token_file is missing"),
    ("channels: [@]", "{name: a, type: ntfy}", "room is missing"),
    ("channels: [@]", "{name: a, type: exec}", "command is missing"),
    ("channels: [{name: a, type: @}]", "slak", 'did you mean "slack"'),
    ("channels: [{name: a, type: @}]", "pigeon", "expected one of slack"),
    ("channels: [{type: ntfy, room: a, name: @}]", "a b", "is no name"),
    ("channels: [{name: a, type: ntfy, room: a}, "
     "{type: ntfy, room: b, name: @}]", "a", "two channels of this name"),
    ("channels: [{name: a, type: slack, url: @}]", "ftp://a/", "is no URL"),
    ("channels: [{name: a, type: slack, url: @}]",
     "https://me:pw\1a.example/", "is no URL"),
    ("channels: [{name: a, type: slack, url: @}]", "https://a.example/...",
     "config show"),
    ("channels: [{name: a, type: slack, url_file: @}]", "no.url",
     "No such file"),
    ("channels: [{name: a, type: matrix, url: 'https://a', token_file: a, "
     "room: @}]", '"#a:b"', "expected a room id"),
    ("channels: [{name: a, type: ntfy, room: a, key_file: @}]", "k",
     "has none"),
    ("channels: [{name: a, type: ntfy, room: a, proxy: @}]", "p.example:80",
     "is no URL"),
    ("channels: [{name: a, type: ntfy, room: a, min_severity: @}]", "ok",
     "expected info, warning or critical"),
    ("channels: [{name: a, type: ntfy, room: a, rules: [@]}]", "mx.nothing",
     "is no rule"),
    ("channels: [{name: a, type: ntfy, room: a, quiet: @}]", "{days: mon}",
     "time is missing"),
    ("channels: [{name: a, type: exec, command: @}]", "[logger]",
     "absolute path"),
    ("canaries: {smtp: [@]}", "a.example:26", "without a port"),
    ("canaries: {smtp: [@]}", "'[2001:db8::1]:25'", "without a port"),
    ("canaries: {smtp: [@]}", "a..example", "has an empty label"),
    ("heartbeat: {url: 'https://a.example/', url_file: @}", "a",
     "there is a url as well"),
    ("http: {listen: @}", '"127.0.0.1"', "expected ADDRESS:PORT"),
    ("http: {listen: @}", '"127.0.0.1:0"', "expected ADDRESS:PORT"),
    ("http: {listen: @}", '"localhost:9725"', "expected ADDRESS:PORT"),
    ("http: {listen: @}", '"0.0.0.0:9725"', "say public: true"),
    ("http: {listen: @}", '"[::]:9725"', "say public: true"),
    ("http: {public: false, listen: @}", '"192.0.2.1:80"',
     "say public: true"),
    ("http: {hosts: [@]}", "a b", "has a space"),
    ("http: {url: @}", "status.example", "is no URL"),
    ("store: {path: @}", "mxvigil.db", "is no absolute path"),
    ("store: {keep: @}", "1h", "is out of range (allowed: 1d to 3650d)"),
    ("store: {keep: @}", "forever", "is not a time such as"),
    ("socket: @", "mxvigil.sock", "is no absolute path"),
    ("socket: @", "/" + "s" * 107, "more than 107 bytes"),
]

# Whole files, the place of the mistake, and what is said.
WHOLE = [
    ("hello", 1, 1, "expected a group of keys"),
    ("- a", 1, 1, "expected a group of keys"),
    ("smtp:\n\tport: 25", 2, 1, "a tab cannot indent"),
    ("channels:\n  - name: a\n  \ttype: slack", 3, 3,
     "a tab cannot indent"),
    ("domains: [a.example", 2, 1, "did not find expected"),
    ("domains:\n  - a.example\n - b.example", 3, 2, "did not find expected"),
    ("smtp: {helo: \"a", 2, 1, "unexpected end of stream"),
    ("quorum: 1\n---\nquorum: 1", 2, 1, "a second document"),
    ("quorum: 1 # \xff", 1, 13, "not a plain UTF-8 text"),
    ("# \x1b[31m\nquorum: 1", 1, 3, "not a plain UTF-8 text"),
    ("a: " + "[" * 40, 1, 35, "nested deeper than 32"),
    ("? [a]\n: b", 1, 3, "a key must be a text"),
    ("quorum: 2\nvantages: [{name: a, resolver: 192.0.2.1}]", 1, 9,
     "can never agree"),
    ("thresholds: {cert_warning_days: 7, cert_critical_days: 9}", 1, 13,
     "is more than"),
]

# Lines of a domain file: the column of the mistake, and what is said.
LINES = [
    ("a..example", 1, "has an empty label"),
    ("  -a.example", 3, "has a '-' at the beginning"),
    ("a.example b.example", 1, "has a space"),
    ("a.example,b.example", 1, "has a wrong ','"),
    ("192.0.2.1", 1, "is an IP address"),
    ("192.0.2.0/24", 1, "is a network"),
    ("me@a.example", 1, "is a mail address"),
    ("https://a.example/", 1, "is a URL"),
    ("a.example:25", 1, "is a host with a port"),
    ("localhost", 1, "is this machine itself"),
    (".", 1, "is the root"),
    ("a.123", 1, "ends in a number"),
    ("x" * 64 + ".example", 1, "octets in label 1"),
    ("x" * 1025, 1, "a line of more than 1024 bytes"),
    ("é\0.example", 2, "a zero byte"),
    ("\x1b[31m.example", 1, "has a control character"),
    ("\xff.example", 1, "is not UTF-8"),
]

# Secrets: what is in the file, its mode, and what is said.
SECRETS = [
    (b"https://a.example/hunter2\n", 0o644, "chmod 600"),
    (b"https://a.example/hunter2\n", 0o660, "chmod 600"),
    (b"https://a.example/hunter2\n", 0o602, "chmod 600"),
    (b"", 0o600, "empty"),
    (b"\n\n", 0o600, "empty"),
    (b"hunter2\n", 0o600, "no URL"),
    (b"https://hunter2:x@a.example/\n", 0o600, "no URL"),
    (b"https://a.example/hunter2\nmore\n", 0o600, "a second line"),
    (b"https://a.example/\0hunter2", 0o600, "a control character"),
    (b"https://a.example/hunter2 " + b"x" * 9000, 0o600, "larger than 8192"),
    ("link", 0o600, "a link"),
    ("folder", 0o600, "not a regular file"),
    ("pipe", 0o600, "not a regular file"),
]

# -------------------------------------------------------------------- cases


class Case:
    """A file, the place of its mistake, and a part of what is said."""

    def __init__(self, label, text, line, column, says, **more):
        self.label, self.line, self.column = label, line, column
        self.says = says
        self.text = text if isinstance(text, bytes) else encode(text)
        self.files = more.get("files", {})  # name: (content, mode)
        self.where = more.get("where")      # the file with the mistake


def encode(text):
    """UTF-8, but that \\xff stands for a byte that is none; \\1 is an @."""
    return b"\xff".join(part.encode() for part in text.split("\xff"))


def put(place, value):
    """The text, and the line and column of what was put in."""
    before, after = place.split(MARK)
    line = before.count("\n") + 1
    column = len(before) - (before.rfind("\n") + 1) + 1
    return (before + value + after).replace("\1", "@"), line, column


def at(place, value, says):
    text, line, column = put(place, value)
    return Case(f"{place} <- {value}", text, line, column, says)


def crossed():
    for places, kinds in ((DURATIONS, DURATION_KINDS),
                          (NUMBERS, NUMBER_KINDS), (TRUTHS, TRUTH_KINDS),
                          (TEXTS, TEXT_KINDS), (LISTS, LIST_KINDS),
                          (ANYWHERE_PLACES, ANYWHERE)):
        for place in places:
            for value, says in kinds:
                yield at(place, value, says)


def grouped():
    for place, key, value in GROUPS:
        for text, says in GROUP_KINDS:
            if not (place in ("domains: [@]", "domain_files: [@]") and
                    text == "word"):
                yield at(place, text, says)
        one = "{%s: %s}" % (key, value)
        twice = one[:-1] + f", {key}: 1}}"
        text, line, column = put(place, twice)
        yield Case(f"{place} <- {twice}", text, line, column + len(one) + 1,
                   "is there twice, first in line 1")
        if place in OPEN:
            continue
        unknown = one[:-1] + ", nonsense: 1}"
        text, line, column = put(place, unknown)
        yield Case(f"{place} <- {unknown}", text, line,
                   column + len(one) + 1, "nonsense: unknown key")
        near = key[:-1] + "_" + key[-1]
        text, line, column = put(place, one[:-1] + f", {near}: 1}}")
        yield Case(f"{place} <- {near}", text, line, column + len(one) + 1,
                   f'(did you mean "{key}"?)')


def listed():
    for line, column, says in LINES:
        for before, number in ((b"", 1), (b"\xef\xbb\xbfa.example\r\n# b\r\n",
                                          3)):
            content = before + encode(line) + b"\nz.example\n"
            yield Case(f"domain file: {line[:40]!r} in line {number}",
                       "domain_files: [list.txt]", number, column, says,
                       files={"list.txt": (content, 0o644)}, where="list.txt")


def secret():
    for place in ("channels: [{name: a, type: slack, url_file: @}]",
                  "heartbeat: {url_file: @}"):
        for content, mode, says in SECRETS:
            text, line, column = put(place, "secret")
            yield Case(f"{place} <- {content[:20]!r} {mode:o}", text, line,
                       column, says, files={"secret": (content, mode)})


def cases():
    yield from crossed()
    yield from grouped()
    yield from (at(*row) for row in SINGLE)
    yield from (Case(text[:40], text, line, column, says)
                for text, line, column, says in WHOLE)
    yield from listed()
    yield from secret()


# --------------------------------------------------------------------- runs

def write(path, content, mode):
    if content == "link":
        os.symlink("elsewhere", path)
    elif content == "folder":
        os.mkdir(path)
    elif content == "pipe":
        os.mkfifo(path, mode)
    else:
        with open(path, "wb") as f:
            f.write(content)
        os.chmod(path, mode)


def shifted(case, number):
    """Every other file has a mark, a comment and CRLF before its mistake."""
    if number % 2 == 0 or case.where or case.line > 1:
        return case.text + b"\n", case.line
    head = b"\xef\xbb\xbf# \xc3\xa9\r\n\r\n"
    return head + case.text.replace(b"\n", b"\r\n") + b"\r\n", case.line + 2


def wrong(program, folder, number, case):
    """Why the case fails, or None."""
    place = os.path.join(folder, f"{number:03}")
    os.mkdir(place)
    path = os.path.join(place, "mxvigil.yaml")
    text, line = shifted(case, number)
    write(path, text, 0o600)
    for name, (content, mode) in case.files.items():
        write(os.path.join(place, name), content, mode)
    done = subprocess.run([program, "config", "check", "-f", path],
                          stdin=subprocess.DEVNULL, capture_output=True,
                          timeout=60, env=dict(os.environ, TZ="UTC"))
    err = done.stderr.decode(errors="replace")
    says = case.says.replace("first in line 1", f"first in line {line}")
    blamed = os.path.join(place, case.where) if case.where else path
    want = f"{blamed}:{line}:{case.column}: "
    lines = err.splitlines()
    if done.returncode != 2:
        return f"status {done.returncode}\n{err}"
    if done.stdout or len(lines) != 1:
        return f"{len(lines)} lines\n{err}"
    if not lines[0].startswith(want) or says not in lines[0]:
        return f"wanted {want}… {says}\n{err}"
    if "hunter2" in err or any(ord(c) < 32 for c in lines[0]):
        return f"it tells too much\n{err}"
    return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--mxvigil", required=True)
    parser.add_argument("--out", required=True)
    args = parser.parse_args()
    shutil.rmtree(args.out, ignore_errors=True)
    os.makedirs(args.out)
    os.environ.pop("CREDENTIALS_DIRECTORY", None)
    program, folder = map(os.path.abspath, (args.mxvigil, args.out))
    todo = list(cases())
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        results = list(pool.map(lambda row: wrong(program, folder, *row),
                                enumerate(todo)))
    failed = [(case, why) for case, why in zip(todo, results) if why]
    for case, why in failed:
        print(f"FAILED {case.label}: {why}")
    if len(todo) < 300:
        print(f"FAILED only {len(todo)} files")
        failed.append((None, None))
    print(f"{len(todo) - len(failed)} passed, {len(failed)} failed")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
