"""What the benches of the daemon share: the load, the daemon, what both say of
themselves, and what the kernel says of them."""

import argparse
import contextlib
import ctypes
import http.client
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from common import Noise
from rows import Rows

SMTP_PORT = 2525
TICK = os.sysconf("SC_CLK_TCK")
LATE = "mxvigil_schedule_lateness_seconds"
PAGE_PORT = 9725
CLONE_NEWNET = 0x40000000

# The defaults' ratio of the intervals: 5 minutes, 1 hour, 6 hours.
AUTHORITY, TLS = 12, 72

CONFIGURATION = """\
vantages:
  - {{name: one, resolver: "198.18.250.53"}}
  - {{name: two, resolver: "198.18.251.53"}}
  - {{name: three, resolver: "198.18.252.53"}}
domain_files: ["{state}/domains-*.txt"]
intervals: {{dns: {dns}s, smtp: {smtp}s, authority: {authority}s, tls: {tls}s}}
smtp: {{port: {port}, helo: monitor.lab}}
networks: {{allow: [198.18.0.0/15, "2001:db8::/32"]}}
rules: {{{rules}}}
store: {{path: {state}/mxvigil.db}}
workers: {workers}
http: {{domain_metrics: false}}
{more}"""

FILES = 10                      # that the domains are spread over


def die(what):
    sys.exit(f"{Path(sys.argv[0]).stem}: {what}")


def wait_for(what, ready, timeout, step=0.02):
    end = time.monotonic() + timeout
    while not (result := ready()):
        if time.monotonic() > end:
            die(f"{what}: not after {timeout} s")
        time.sleep(step)
    return result


def name_of(number):
    return f"d{number:06}.test"


def scatter(number, salt):
    """As dnsload does it: what decides each domain's fate."""
    x = (number + salt) * 2654435761 & 0xffffffff
    x = (x ^ x >> 15) * 2246822519 & 0xffffffff
    return x ^ x >> 13


def of_mx_set(domains, sets, which=0):
    """How many of the domains have that set of mail servers."""
    return sum(scatter(i, 7) % sets == which for i in range(domains))


FATES = ("dead", "slow", "nxdomain", "servfail")     # in dnsload's order


def with_fates(domains, percent):
    """How many of the domains have which fate, of the percent of each."""
    count = dict.fromkeys(FATES, 0)
    for i in range(domains):
        at = scatter(i, 99) / 2 ** 32 * 100
        for fate in FATES:
            at -= percent.get(fate, 0)
            if at < 0:
                count[fate] += 1
                break
    return count


# ------------------------------------------------------------ the page's side

LIBC = ctypes.CDLL(None, use_errno=True)


@contextlib.contextmanager
def network_of(pid):
    """This thread makes its sockets in the network of the process: behind
    the delay line the page has a loopback of its own."""
    with open("/proc/thread-self/ns/net", "rb") as ours, \
            open(f"/proc/{pid}/ns/net", "rb") as theirs:
        if LIBC.setns(theirs.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")
        try:
            yield
        finally:
            LIBC.setns(ours.fileno(), CLONE_NEWNET)


class Page(http.client.HTTPConnection):
    """A connection to the page of the agent whose process that is."""

    def __init__(self, pid):
        super().__init__("127.0.0.1", PAGE_PORT, timeout=60)
        self.pid = pid

    def connect(self):
        with network_of(self.pid):
            self.sock = socket.create_connection((self.host, self.port),
                                                 self.timeout)

    def get(self, path):
        """What it says, and how long that took; OSError: nothing."""
        started = time.monotonic()
        try:
            self.request("GET", path)
            reply = self.getresponse()
            text = reply.read().decode()
        except http.client.HTTPException as error:
            raise OSError(str(error)) from error
        if reply.status != 200:
            raise OSError(f"{path}: {reply.status}")
        return text, time.monotonic() - started


class Metrics:
    """One scrape."""

    LINE = re.compile(r"^(\w+)(?:\{([^}]*)\})? (\S+)$", re.M)

    def __init__(self, agent):
        text, self.took = agent.fetch("/metrics")
        self.value = {(name, labels): float(value)
                      for name, labels, value in self.LINE.findall(text)}

    def __call__(self, name, labels=""):
        return self.value.get((name, labels), 0.0)

    def verdicts(self):
        return {v: int(self("mxvigil_domains", f'verdict="{v}"')) for v in
                ("ok", "warning", "critical", "unknown", "pending")}

    def late(self):
        """Upper bounds in seconds and how many were no later."""
        return sorted((float(labels[4:-1]), n)
                      for (name, labels), n in self.value.items()
                      if name == LATE + "_bucket")


def late_between(before, after):
    """Quantiles of what happened between two scrapes: each the upper bound
    of its bucket."""
    old = dict(before.late())
    rows = [(bound, n - old.get(bound, 0)) for bound, n in after.late()]
    total = rows[-1][1] if rows else 0
    return {name: next((b for b, n in rows if n >= part * total), 0)
            for name, part in (("p50", 0.5), ("p99", 0.99), ("max", 1))}


# ---------------------------------------------------------- the kernel's side

def cpu_of(pid):
    """User and system seconds of a process."""
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(words[11]) / TICK, int(words[12]) / TICK


def memory_of(pid):
    """Resident megabytes: all of it; the process's part of what is shared."""
    found = dict(re.findall(r"^(Rss|Pss): +(\d+)",
                            Path(f"/proc/{pid}/smaps_rollup").read_text(),
                            re.M))
    return int(found["Rss"]) / 1024, int(found["Pss"]) / 1024


def children(pid):
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(word) for word in text.split()]


def written(pid):
    """Bytes that a process had written to the disk."""
    text = Path(f"/proc/{pid}/io").read_text()
    return int(re.search(r"^write_bytes: (\d+)", text, re.M)[1])


# ------------------------------------------------------------------- the load

def on_cores(cores, *words):
    words = [str(word) for word in words]
    return ["taskset", "-c", cores, *words] if cores else words


def make_certificate(folder):
    """For all mail hosts; it is its own trust anchor."""
    chain, key = folder / "mx.pem", folder / "mx.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:P-256", "-nodes", "-days", "90", "-subj",
         "/CN=net.lab", "-addext", "subjectAltName=DNS:*.net.lab", "-out",
         chain, "-keyout", key], check=True, stderr=subprocess.DEVNULL)
    return chain, key


class Load:
    """dnsload and smtpload."""

    def __init__(self, args, state, domains):
        tls = [] if args.plain else [1, *make_certificate(state)]
        self.dns = self.start(args, "dnsload", domains, args.interval,
                              *args.load)
        self.smtp = self.start(args, "smtpload", SMTP_PORT, *tls)

    @staticmethod
    def start(args, name, *words):
        child = subprocess.Popen(
            on_cores(args.load_cores, args.build / "release" / name, *words),
            text=True, stdout=subprocess.PIPE)
        if child.stdout.readline() != "ready\n":
            die(f"{name} did not start")
        return child

    def seen(self):
        """dnsload's statistics."""
        self.dns.send_signal(signal.SIGUSR1)
        return json.loads(self.dns.stdout.readline())

    def cpu(self):
        return [sum(cpu_of(child.pid)) for child in (self.dns, self.smtp)]

    def stop(self):
        for child in (self.dns, self.smtp):
            child.kill()
            child.wait()


# ----------------------------------------------------------------- the daemon

class Agent:
    """The daemon; behind a line when args.rtt is not 0."""

    def __init__(self, args, state, domains, more=""):
        self.args, self.state = args, state
        self.core = 0
        self.write_domains(domains)
        path = state / "mxvigil.yaml"
        path.write_text(CONFIGURATION.format(
            dns=args.interval, smtp=args.interval,
            authority=args.interval * AUTHORITY, tls=args.interval * TLS,
            port=SMTP_PORT, state=state, workers=args.workers, more=more,
            rules='"tls.none": "off"' if args.plain else ""))
        release = args.build / "release"
        line = [release / "delay", args.rtt / 2] if args.rtt else []
        trust = [] if args.plain else ["--ca-file", state / "mx.pem"]
        self.words = [str(w) for w in line] + on_cores(
            args.cores, release / "mxvigil", "run", "-f", path, *trust)
        self.log = open(state / "log", "a", encoding="utf-8")

    def write_domains(self, numbers):
        """In files, as many in each."""
        names = [name_of(i) + "\n" for i in numbers]
        each = -(-len(names) // FILES)
        for i in range(FILES):
            (self.state / f"domains-{i}.txt").write_text(
                "".join(names[i * each:(i + 1) * each]))

    def start(self):
        self.started = time.monotonic()
        self.process = subprocess.Popen(self.words, stdout=self.log,
                                        stderr=self.log)
        self.core = self.process.pid
        if self.args.rtt:
            self.core = wait_for("the line", self.find_core, 20)
        wait_for("the page", self.answers, 300, 0.005)
        self.page_s = time.monotonic() - self.started

    def find_core(self):
        for pid in children(self.process.pid):
            with contextlib.suppress(OSError):      # it is gone
                if Path(f"/proc/{pid}/comm").read_text() == "mxvigil\n":
                    return pid
        return 0

    def answers(self):
        if self.process.poll() is not None:
            die((self.state / "log").read_text()[-3000:])
        try:
            return self.fetch("/metrics")
        except OSError:
            return None

    def fetch(self, path):
        page = Page(self.core)
        try:
            return page.get(path)
        finally:
            page.close()

    def json(self, path):
        return json.loads(self.fetch("/api/v1/" + path)[0])

    def metrics(self):
        return Metrics(self)

    def pids(self):
        return [self.core, *children(self.core)]

    def cpu(self):
        """Seconds: (user, system) of the core, and of all probe processes."""
        core, *probes = map(cpu_of, self.pids())
        return core, tuple(map(sum, zip(*probes)))

    def memory(self):
        """Megabytes of all processes: resident; each shared page once."""
        return tuple(map(sum, zip(*map(memory_of, self.pids()))))

    def descriptors(self):
        return sum(len(os.listdir(f"/proc/{pid}/fd")) for pid in self.pids())

    def store(self):
        return Store(self.state / "mxvigil.db")

    def hang_up(self):
        os.kill(self.core, signal.SIGHUP)

    def stop(self):
        if self.process.poll() is None:
            os.kill(self.core, signal.SIGTERM)
            self.process.wait(60)

    def log_text(self):
        return (self.state / "log").read_text()


class Store:
    """What the daemon wrote down."""

    TABLES = ("domain", "state", "history", "incident", "member")

    def __init__(self, path):
        self.db = sqlite3.connect(f"file:{path}?mode=ro", uri=True,
                                  timeout=30)

    def ask(self, words, *values):
        return self.db.execute(words, values).fetchall()

    def rows(self):
        return {table: self.ask(f"SELECT count(*) FROM {table}")[0][0]
                for table in self.TABLES}


class Commits(threading.Thread):
    """Counts how often the store was changed."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.path, self.n, self.going = path, 0, True

    def run(self):
        store = sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)
        last = None
        while self.going:
            now = store.execute("PRAGMA data_version").fetchone()[0]
            self.n += last is not None and now != last
            last = now
            time.sleep(0.02)
        store.close()


# -------------------------------------------------------------------- spans

class Span:
    """What happens between its start and end()."""

    def __init__(self, agent, load):
        self.agent, self.load = agent, load
        load.seen()
        self.before, self.cpu = agent.metrics(), agent.cpu()
        self.seen = load.seen()
        self.began = time.monotonic()
        self.written = written(agent.core)

    def end(self):
        cpu, seen = self.agent.cpu(), self.load.seen()
        spent = time.monotonic() - self.began
        after = self.agent.metrics()
        who = {}
        for name, now, then in zip(("core", "probes"), cpu, self.cpu):
            who[name] = {"user": now[0] - then[0], "system": now[1] - then[1]}
        rss, pss = self.agent.memory()
        looks = after("mxvigil_looks_total") - \
            self.before("mxvigil_looks_total")
        return {
            "seconds": spent, "cpu": who,
            "cpu_s": sum(sum(parts.values()) for parts in who.values()),
            "domains": seen["looks"] - self.seen["looks"],
            "questions": seen["questions"] - self.seen["questions"],
            "early": seen["early"] - self.seen["early"],
            "longest_s": seen["longest_ms"] / 1000,
            "looks": looks, "looks_s": looks / spent,
            "late": late_between(self.before, after),
            "lag_s": after("mxvigil_loop_lag_seconds"),
            "written_mb": (written(self.agent.core) - self.written) / 1e6,
            "rss_mb": rss, "pss_mb": pss,
            "descriptors": self.agent.descriptors(),
            "waiting": after("mxvigil_tasks", 'state="waiting"'),
            "verdicts": after.verdicts(),
        }


def tell_span(name, span):
    late, cpu = span["late"], span["cpu"]
    parts = ", ".join(f"{who} {c['user']:.2f} user + {c['system']:.2f} system"
                      for who, c in cpu.items())
    print(f"{name}: {span['seconds']:.0f} s, {span['domains']} domains, "
          f"{span['questions']} questions, {span['looks_s']:.0f} looks/s\n"
          f"  CPU {span['cpu_s']:.2f} s ({parts})\n"
          f"  late p50 <= {late['p50']:g} s, p99 <= {late['p99']:g} s, max <= "
          f"{late['max']:g} s; lag {span['lag_s']:.2f} s; longest between two "
          f"looks {span['longest_s']:.1f} s; {span['early']} early; "
          f"{span['waiting']:.0f} waiting\n"
          f"  RSS {span['rss_mb']:.0f} MB, PSS {span['pss_mb']:.0f} MB, "
          f"{span['descriptors']} descriptors; {span['written_mb']:.1f} MB "
          f"written; {span['verdicts']}", flush=True)


class Bench:
    """A load and a daemon on it, in a folder that is gone afterwards."""

    def __init__(self, args, domains, more="", spare=0):
        self.args, self.domains, self.doubtful = args, domains, 0
        self.folder = tempfile.TemporaryDirectory(dir=args.build)
        self.state = Path(self.folder.name)
        self.load = Load(args, self.state, domains + spare)
        self.agent = Agent(args, self.state, range(domains), more)

    def __enter__(self):
        self.agent.start()
        return self

    def __exit__(self, *_):
        self.agent.stop()
        self.load.stop()
        if self.args.log:
            self.args.log.write_text(self.agent.log_text())
        self.folder.cleanup()

    def first_pass(self):
        """Until every domain was judged.  Returns what it took until only
        those that fail were left, which need a minute more to be believed."""
        span = Span(self.agent, self.load)
        self.wait_pending(self.doubtful, span)
        found = span.end()
        found["seconds"] = time.monotonic() - self.agent.started
        core, probes = self.agent.cpu()
        found["cpu"] = {"core": dict(zip(("user", "system"), core)),
                        "probes": dict(zip(("user", "system"), probes))}
        found["cpu_s"] = sum(core) + sum(probes)
        tell_span("first pass, from exec", found)
        self.wait_pending(0, span)
        return found

    def wait_pending(self, n, span):
        end = time.monotonic() + self.args.interval * 4 + 120
        while self.agent.metrics().verdicts()["pending"] > n:
            if time.monotonic() > end:
                tell_span("the first pass does not end", span.end())
                die(self.agent.log_text()[-2000:])
            time.sleep(1)

    def span(self, seconds):
        span = Span(self.agent, self.load)
        time.sleep(seconds)
        return span.end()


# ------------------------------------------------------------------- options

def options(doc, domains, interval, more=None):
    parser = argparse.ArgumentParser(description=doc, formatter_class=
                                     argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=Path)
    parser.add_argument("--domains", type=int, default=domains)
    parser.add_argument("--interval", type=int, default=interval,
                        metavar="SECONDS")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--cores", default="0,1",
                        help="for the daemon; '': all")
    parser.add_argument("--load-cores", default="2,3",
                        help="for the load; '': all")
    parser.add_argument("--plain", action="store_true",
                        help="mail servers without STARTTLS")
    parser.add_argument("--load", type=str.split, default=[],
                        metavar="OPTIONS", help="more options for dnsload")
    parser.add_argument("--rtt", type=float, default=0, metavar="MS")
    parser.add_argument("--quick", action="store_true",
                        help="fewer and shorter: to see that it works")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--log", type=Path, metavar="FILE",
                        help="keep the daemon's log")
    if more:
        more(parser)
    args = parser.parse_args()
    args.build = args.build.resolve()
    if not any(word.startswith("--workers") for word in args.load):
        args.load += ["--workers", "2"]
    return args


def run(name, args, bench):
    """bench(args, rows) in between two looks at the machine.  1: a goal was
    missed."""
    noise, rows = Noise(), Rows(name, args.json)
    # The lab's own packet filter has nothing to do here, for each packet.
    subprocess.run(["nft", "delete", "table", "inet", "lab"], check=True)
    if args.load_cores:
        os.sched_setaffinity(0, map(int, args.load_cores.split(",")))
    bench(args, rows)
    noise.tell()
    return 1 if rows.missed() else 0
