#!/usr/bin/env python3
"""mxvigil doctor on a healthy host, and with each trouble planted alone.

    lab.py run DIR -- tests/doctor/run.py BUILD

BUILD holds test/mxvigil.  A planted trouble gives exactly one trouble, with a
remedy.  Ends with "doctor: N passed, N failed".
"""

import http.server
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "watch")]
sys.dont_write_bytecode = True

from world import nft, wait_until                              # noqa: E402
import harness                                                 # noqa: E402
import plan                                                    # noqa: E402

CHECKS = ["configuration", "user", "resolvers", "port-25", "ipv4", "ipv6",
          "clock", "files", "store", "agent", "secrets", "channels", "helo"]
BAD = ("warning", "critical")
EXIT = {"ok": 0, "warning": 1, "critical": 2, "unknown": 3}
FIREWALL = """table inet doctor {
 chain out { type filter hook output priority 0; tcp dport 25 drop; }
}
"""
HOUR = 3600
NOBODY = "nobody"


class Server:
    """Answers over HTTP; ahead: how many seconds its clock is off."""

    def __init__(self, ahead=0):
        self.methods = []
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_HEAD(self):
                server.methods.append((self.command, self.path))
                self.send_response(404)
                self.end_headers()

            do_GET = do_POST = do_HEAD

            def date_time_string(self, timestamp=None):
                return super().date_time_string(time.time() + ahead)

            def log_message(self, *_):
                pass

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()


class Host:
    """What is healthy until something is planted."""

    def __init__(self, mxvigil, folder, name, server):
        self.mxvigil, self.folder = mxvigil, folder / name
        self.folder.mkdir()
        self.state = self.folder / "state"
        # Where other users can read it.
        self.anchors = shutil.copy(os.environ["LAB_CA"], self.folder)
        self.state.mkdir(mode=0o700)
        self.store = self.state / "x.db"
        self.words, self.before, self.env = [], [], dict(harness.SANITIZE)
        self.settings = {
            "vantages": [{"name": kind, "resolver": plan.VANTAGES[kind]}
                         for kind in ("unbound", "pdns", "plain")],
            "networks": {"allow": plan.LAB_NETWORKS},
            "smtp": {"helo": "ok1.mx.lab"},
            "canaries": {"smtp": ["ok1.mx.lab", "ok2.mx.lab"]},
            "channels": [self.hook("ops", server.url + "/secret")],
            "store": {"path": str(self.store)},
            "http": {"listen": "off"},
        }

    def hook(self, name, url, mode=0o600):
        path = self.folder / f"{name}.url"
        path.write_text(url + "\n")
        path.chmod(mode)
        return {"name": name, "type": "webhook", "url_file": path.name}

    def config(self, name="x.yaml", **more):
        path = self.folder / name
        path.write_text(json.dumps({**self.settings, **more}))
        path.chmod(0o644)
        return str(path)

    def call(self, *words):
        return subprocess.run(
            [*self.before, self.mxvigil, "doctor", "-f", self.config(),
             "--ca-file", self.anchors, *self.words, *words],
            text=True, capture_output=True, timeout=30, check=False,
            env={**os.environ, **self.env})

    def look(self):
        """What it says as JSON, of the form that is promised."""
        done = self.call("--format", "json")
        assert not done.stderr, done.stderr
        said = json.loads(done.stdout)
        assert said["schema"] == "mxvigil.doctor/1", said
        assert said["duration_ms"] < 10000, said
        assert done.returncode == EXIT[said["verdict"]], (done.returncode,
                                                          said)
        for check in said["checks"]:
            assert check["check"] in CHECKS, check
            assert check["severity"] not in BAD or check["remedy"], check
        bad = [c for c in said["checks"] if c["severity"] in BAD]
        assert said["troubles"] == len(bad), said
        self.said, self.bad = said, bad
        return said

    def must_be_well(self):
        said = self.look()
        assert not self.bad and said["verdict"] == "ok", said
        named = [c["check"] for c in said["checks"]]
        assert named == CHECKS, named

    def must_have(self, check, severity, words):
        """Exactly this trouble."""
        self.look()
        assert [(c["check"], c["severity"]) for c in self.bad] == \
            [(check, severity)], self.said
        text = self.bad[0]["message"] + " -> " + self.bad[0]["remedy"]
        for word in words:
            assert word in text, text

    @contextmanager
    def agent(self, **more):
        """A daemon, until it is no longer wanted."""
        config = self.config("agent.yaml", **more) if more else \
            self.config()
        socket = Path(more.get("socket", self.state / "x.sock"))
        with open(self.folder / "log", "ab") as log:
            child = subprocess.Popen(
                [self.mxvigil, "run", "-f", config, "--ca-file",
                 os.environ["LAB_CA"]], stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, env={**os.environ, **self.env})
        try:
            wait_until(socket.exists, 20, "the agent's socket")
            yield child
        finally:
            child.terminate()
            child.wait(20)


# ------------------------------------------------------------------- healthy

def healthy(host, server):
    before = len(server.methods)
    host.must_be_well()
    asked = server.methods[before:]
    assert asked == [("HEAD", "/")], asked


def healthy_with_its_agent(host, _):
    with host.agent() as child:
        host.must_be_well()
        said = [c["message"] for c in host.said["checks"]
                if c["check"] == "agent"]
        assert said == [f"it runs (process {child.pid})"], said


def healthy_in_words(host, _):
    done = host.call()
    assert done.returncode == 0 and not done.stderr, done
    assert "This host can do the job." in done.stdout, done.stdout
    wide = [line for line in done.stdout.splitlines()
            if len(line) > 79 and str(host.folder) not in line]
    assert not wide, wide
    assert "secret" not in done.stdout.replace("secrets", ""), done.stdout


# ------------------------------------------------------------------- planted

def dead_resolver(host, _):
    host.settings["vantages"][1]["resolver"] = plan.VANTAGES["dead"]
    host.must_have("resolvers", "warning", ["pdns", "another resolver"])


def silent_resolver(host, _):
    host.settings["vantages"][1]["resolver"] = plan.VANTAGES["hole"]
    host.must_have("resolvers", "warning", ["pdns", "timeout"])


def dead_resolvers(host, _):
    host.settings["vantages"] = [
        {"name": kind, "resolver": plan.VANTAGES[kind]}
        for kind in ("dead", "hole")]
    host.must_have("resolvers", "critical", ["no vantage works"])
    unknown = {c["check"] for c in host.said["checks"]
               if c["severity"] == "unknown"}
    assert unknown == {"port-25", "helo"}, unknown


def dead_system_resolver(host, _):
    """Which the names of channels are looked up with."""
    conf = host.folder / "resolv.conf"
    conf.write_text(f"nameserver {plan.VANTAGES['dead']}\n")
    host.before = ["unshare", "--mount", "sh", "-c",
                   f'mount --bind {conf} /etc/resolv.conf; exec "$@"', "sh"]
    host.settings["channels"] = [host.hook("ops", "http://ok1.mx.lab/x")]
    host.must_have("resolvers", "warning", ["/etc/resolv.conf",
                                            plan.VANTAGES["dead"]])


def too_great_a_quorum(host, _):
    """For the name servers of /etc/resolv.conf, one in the lab."""
    host.settings["vantages"], host.settings["quorum"] = [], 2
    host.must_have("configuration", "critical",
                   ["quorum: 2 of the 1", "does not start"])


def blocked_port_25(host, _):
    nft(FIREWALL)
    try:
        host.must_have("port-25", "critical", ["port 25 is blocked",
                                               "provider"])
    finally:
        nft("delete table inet doctor\n")


def dead_canary(host, _):
    host.settings["canaries"] = {"smtp": ["ok1.mx.lab", "dead1.mx.lab"]}
    host.must_have("port-25", "warning", ["dead1.mx.lab", "canaries.smtp"])


def no_ipv6(host, _):
    way = ["local", "default", "dev", "lo"]
    subprocess.run(["ip", "-6", "route", "del", *way], check=True)
    try:
        host.must_have("ipv6", "warning", ["no IPv6", "route"])
    finally:
        subprocess.run(["ip", "-6", "route", "add", *way], check=True)


def unwritable_store(host, _):
    """The channel's secret is the other user's, and so is no trouble."""
    shutil.chown(host.folder / "ops.url", NOBODY)
    host.words = ["--user", NOBODY]
    host.env["ASAN_OPTIONS"] = "detect_leaks=0:exitcode=99"
    host.must_have("store", "critical", [str(host.state), "chown"])
    assert host.said["user"] == NOBODY, host.said


def store_is_no_database(host, _):
    """Bytes, a line of text; an empty file is one."""
    for content in (bytes(range(255, -1, -1)) * 20, b"hello\n"):
        host.store.write_bytes(content)
        host.store.chmod(0o600)
        host.must_have("store", "critical",
                       [f"{host.store}: it is no database", "backup"])
        assert host.store.read_bytes() == content
    host.store.write_bytes(b"")
    host.must_be_well()


def wrong_clock(host, _):
    """All who say what time it is say another."""
    host.settings["channels"] = [
        host.hook(name, Server(-HOUR).url) for name in ("one", "two")]
    host.must_have("clock", "critical", ["60 min ahead of", "NTP"])


def clock_before_the_store(host, _):
    host.store.touch(mode=0o600)
    late = time.time() + 30 * HOUR
    os.utime(host.store, (late, late))
    host.settings["channels"] = [{"name": "mine", "type": "exec",
                                  "command": ["/bin/true"]}]
    host.must_have("clock", "warning", ["the last write of the store",
                                        "NTP"])


def bad_secret_mode(host, server):
    host.settings["channels"] = [host.hook("ops", server.url, 0o644)]
    host.must_have("secrets", "critical",
                   ["mode 0644", f"chmod 600 {host.folder}/ops.url"])


def too_few_descriptors(host, _):
    host.before = ["prlimit", "--nofile=128:128"]
    host.must_have("files", "warning", ["128", "LimitNOFILE"])


def unreachable_channel(host, _):
    host.settings["channels"].append(
        host.hook("gone", "http://127.0.0.1:1/x"))
    host.must_have("channels", "warning", ["gone (127.0.0.1)", "firewall"])


def missing_program(host, _):
    host.settings["channels"].append(
        {"name": "mine", "type": "exec", "command": ["/nonexistent/tell"]})
    host.must_have("channels", "warning", ["/nonexistent/tell",
                                           "executable"])


def helo_is_localhost(host, _):
    """The host has no other name, and none was set."""
    host.before = ["unshare", "--uts", "sh", "-c",
                   'echo localhost >/proc/sys/kernel/hostname; exec "$@"',
                   "sh"]
    del host.settings["smtp"]["helo"]
    host.must_have("helo", "warning", ["no full name", "smtp.helo"])


def helo_set_to_localhost(host, _):
    """The agent would not start with it."""
    host.settings["smtp"]["helo"] = "localhost"
    host.must_have("configuration", "critical", ["smtp.helo: \"localhost\""])


def helo_does_not_resolve(host, _):
    host.settings["smtp"]["helo"] = "nowhere.mx.lab"
    host.must_have("helo", "warning", ["nowhere.mx.lab has no address"])


def two_agents_on_one_store(host, _):
    with host.agent(socket=str(host.state / "other.sock")) as child:
        host.must_have("agent", "critical",
                       [f"process {child.pid} holds", "store.path"])


def two_configurations_with_one_store(host, _):
    """Its socket is the same then: the file tells them apart."""
    with host.agent(domains=["example.test"]) as child:
        host.must_have("agent", "critical",
                       [f"process {child.pid} holds", "agent.yaml"])


def no_network(host, _):
    """One cause: the canaries are addresses, so that they are tried."""
    host.settings["vantages"] = [
        {"name": kind, "resolver": plan.VANTAGES[kind]}
        for kind in ("dead", "hole")]
    host.settings["canaries"] = {"smtp": ["198.19.150.25", "198.19.151.25"]}
    host.must_have("resolvers", "critical", ["no vantage works"])


def two_agents_that_answer(host, _):
    """Another one, with a store of its own, is at this one's socket."""
    other = {"store": {"path": str(host.state / "y.db")},
             "socket": str(host.state / "x.sock")}
    with host.agent(socket=str(host.state / "other.sock")) as holder, \
            host.agent(**other) as answers:
        host.must_have("agent", "critical",
                       [f"process {holder.pid} holds",
                        f"process {answers.pid}"])


def broken_configuration(host, _):
    """Its lines, and nothing else is looked at."""
    host.settings["quorum"] = 9
    host.must_have("configuration", "critical", ["quorum: 9 of 3", "mend"])
    assert len(host.said["checks"]) == 1, host.said


# Each on its own: they touch nothing that another one sees.
CASES = [healthy_with_its_agent, healthy_in_words, dead_resolver,
         silent_resolver, dead_resolvers, dead_system_resolver,
         too_great_a_quorum, dead_canary, unwritable_store,
         store_is_no_database, wrong_clock, clock_before_the_store,
         bad_secret_mode, too_few_descriptors,
         unreachable_channel, missing_program, helo_is_localhost,
         helo_set_to_localhost, helo_does_not_resolve,
         two_agents_on_one_store, two_agents_that_answer,
         two_configurations_with_one_store, no_network,
         broken_configuration]
# They change the network, or count who was asked.
ALONE = [healthy, blocked_port_25, no_ipv6]


# ----------------------------------------------------------------------- all

def has_other_users():
    """In a user namespace there may be none but root."""
    return sum(int(line.split()[2]) for line in
               Path("/proc/self/uid_map").read_text().splitlines()) > 1


def attempt(case, mxvigil, folder, server):
    """0, or 1 after saying what was wrong."""
    started = time.monotonic()
    try:
        case(Host(mxvigil, folder, case.__name__, server), server)
    except (AssertionError, OSError, KeyError, ValueError,
            subprocess.SubprocessError) as error:
        print(f"not ok {case.__name__}\n# {type(error).__name__}: {error}",
              flush=True)
        return 1
    print(f"ok {case.__name__} ({time.monotonic() - started:.1f} s)",
          flush=True)
    return 0


def main():
    mxvigil = str(Path(sys.argv[1]).resolve() / "test" / "mxvigil")
    cases = list(CASES)
    if not has_other_users():
        print("SKIP unwritable_store: no other user here")
        cases.remove(unwritable_store)
    server = Server()
    with tempfile.TemporaryDirectory(prefix="mxvigil-doctor-") as folder:
        os.chmod(folder, 0o755)
        def run(case):
            return attempt(case, mxvigil, Path(folder), server)
        with ThreadPoolExecutor(4) as pool:
            failed = sum(pool.map(run, cases))
        failed += sum(map(run, ALONE))
    total = len(cases) + len(ALONE)
    print(f"doctor: {total - failed} passed, {failed} failed")
    sys.exit(failed != 0)


if __name__ == "__main__":
    main()
