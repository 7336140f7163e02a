"""The daemon under test, and who gets its alerts.

    receiver = Receiver()
    agent = Agent(mxvigil, plot, receiver, {"domains": [plot.domain("d1")]})
    agent.start()
    receiver.wait(lambda a: a["kind"] == "opened", 10)

Times are short by configuration only.  A test waits for what it wants to see;
only silence is waited for by the clock.
"""

import copy
import http.server
import json
import os
import signal
import sqlite3
import subprocess
import threading
import time
import urllib.error
import urllib.request

import plan
from world import wait_until

SANITIZE = {"ASAN_OPTIONS": "detect_leaks=1:abort_on_error=0:exitcode=99",
            "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1"}

# What holds unless a test says otherwise.
BASE = {
    "intervals": {"dns": "3s", "smtp": "3s", "authority": "3s", "tls": "1h"},
    "smtp": {"helo": "monitor.lab", "depth": "ehlo", "per_network": 8,
             "timeouts": {"connect": "1s", "greeting": "2s", "reply": "2s",
                          "session": "5s"}},
    "networks": {"allow": plan.LAB_NETWORKS},
    "rules": {"tls.*": "off"},
    "workers": 1,
    "alerts": {
        "dns": {"strikes": 3, "retry": ["500ms", "1s"], "span": "1500ms"},
        "smtp": {"strikes": 3, "retry": ["500ms", "1s"], "span": "1500ms"},
        "good": 2, "good_gap": "500ms", "wait": "700ms",
    },
    "canaries": {"interval": "1s"},
}


def merged(base, more):
    """base with the keys of more in it, at every depth."""
    out = copy.deepcopy(base)
    for key, value in more.items():
        inner = isinstance(value, dict) and isinstance(out.get(key), dict)
        out[key] = merged(out[key], value) if inner else value
    return out


# ---------------------------------------------------------------- receiver

class Receiver:
    """A webhook's other end, in a thread.  behave: by path, what answers a
    request in another way than 204: a function of (handler, body)."""

    def __init__(self):
        self.alerts, self.requests = [], []
        self.changed = threading.Condition()
        self.behave = {}
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                receiver.take(self)

            do_GET = do_POST

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever,
                         daemon=True).start()

    def url(self, path="/hook"):
        return f"http://127.0.0.1:{self.port}{path}"

    def take(self, handler):
        length = int(handler.headers.get("content-length") or 0)
        body = handler.rfile.read(length)
        with self.changed:
            self.requests.append((time.monotonic(), handler.path, body))
            behave = self.behave.get(handler.path)
            if behave is None:
                self.keep(handler, body)
        if behave is not None:
            behave(handler, body)
            return
        handler.send_response(204)
        handler.end_headers()

    def keep(self, handler, body):
        alert = json.loads(body)["data"]
        alert["path"] = handler.path
        alert["webhook-id"] = handler.headers["webhook-id"]
        alert["arrived"] = time.monotonic()
        self.alerts.append(alert)
        self.changed.notify_all()

    def seen(self, **keys):
        """The alerts so far with these values."""
        with self.changed:
            return [a for a in self.alerts
                    if all(a.get(k) == v for k, v in keys.items())]

    def wait(self, seconds, count=1, **keys):
        """Until so many alerts with these values have come; the last one."""
        end = time.monotonic() + seconds
        with self.changed:
            while len(found := self.seen_now(keys)) < count:
                left = end - time.monotonic()
                if left <= 0:
                    raise AssertionError(
                        f"no alert with {keys} within {seconds} s; "
                        f"there are {self.words()}")
                self.changed.wait(left)
        return found[count - 1]

    def seen_now(self, keys):
        return [a for a in self.alerts
                if all(a.get(k) == v for k, v in keys.items())]

    def silent(self, seconds):
        """Nothing more comes for so long."""
        with self.changed:
            before = len(self.alerts)
            end = time.monotonic() + seconds
            while (left := end - time.monotonic()) > 0:
                self.changed.wait(left)
                if len(self.alerts) > before:
                    raise AssertionError(f"not silent: {self.words()}")

    def words(self):
        return [f"{a['path']} {a['kind']} {a['rule']} #{a['incident']}: "
                f"{a['title']}" for a in self.alerts]

    def expect(self, *kinds, path="/hook"):
        """Exactly these, in this order: "kind rule" each."""
        got = [f"{a['kind']} {a['rule']}" for a in self.seen(path=path)]
        assert got == list(kinds), f"{self.words()}, wanted {kinds}"

    def close(self):
        self.server.shutdown()
        self.server.server_close()


# ------------------------------------------------------------------- agent

class Agent:
    """One `mxvigil run` with a folder of its own."""

    def __init__(self, mxvigil, plot, receiver, settings, folder=None):
        self.mxvigil, self.receiver = mxvigil, receiver
        self.folder = folder or plot.world.folder / "agents" / plot.name
        self.folder.mkdir(mode=0o700, parents=True)
        self.port = 20000 + plot.number
        self.config, self.log_path = self.folder / "x.yaml", self.folder / "log"
        self.store, self.socket = self.folder / "x.db", self.folder / "x.sock"
        self.process = None
        self.settings = merged(merged(BASE, {
            "vantages": plot.vantages(),
            "http": {"listen": f"127.0.0.1:{self.port}"},
            "store": {"path": str(self.store)},
            "channels": [self.channel("hook")] if receiver else [],
        }), settings)

    def channel(self, name, path=None, **more):
        """A webhook for the receiver, its URL in a file as it must be."""
        url = self.folder / f"{name}.url"
        url.write_text(self.receiver.url(path or f"/{name}"))
        url.chmod(0o600)
        return {"name": name, "type": "webhook", "url_file": str(url), **more}

    def write(self, **more):
        """The configuration, with other values from now on."""
        self.settings = merged(self.settings, more)
        self.config.write_text(json.dumps(self.settings, indent=1))

    def start(self, wait=True, options=()):
        self.write()
        log = open(self.log_path, "ab")
        self.process = subprocess.Popen(
            [self.mxvigil, "run", "-v", "-f", self.config, "--ca-file",
             os.environ["LAB_CA"], *options], stdin=subprocess.DEVNULL,
            stdout=log, stderr=log, env={**os.environ, **SANITIZE})
        log.close()
        if wait:
            wait_until(self.is_there, 20, "the agent's page")
        return self

    def is_there(self):
        if self.process.poll() is not None:
            raise AssertionError(f"the agent ended: {self.tail()}")
        try:
            return self.get("healthz") == "ok\n"
        except OSError:
            return False

    def wait_ready(self, seconds=20):
        """Every domain was judged once."""
        def ready():
            counts = self.status()["domains"]
            return counts["pending"] == 0
        wait_until(ready, seconds, "all domains judged")

    def wait_first_pass(self, seconds=30):
        """What was there at the start has been told."""
        wait_until(lambda: "first look at all" in self.log(), seconds,
                   "the end of the first look")

    # -------------------------------------------------------------- asking

    def get(self, path):
        url = f"http://127.0.0.1:{self.port}/{path}"
        try:
            with urllib.request.urlopen(url, timeout=10) as reply:
                return reply.read().decode()
        except urllib.error.HTTPError as error:
            return error.read().decode()

    def api(self, path):
        return json.loads(self.get(f"api/v1/{path}"))

    def metric(self, name):
        """The sum of a metric's series."""
        return sum(float(line.rsplit(" ", 1)[1])
                   for line in self.get("metrics").splitlines()
                   if line.split("{")[0].split(" ")[0] == name)

    def call(self, *words, code=None, **how):
        """Another mxvigil that talks to this one, or reads its store."""
        done = self.call_bare(*words, "-f", self.config, **how)
        assert code is None or done.returncode == code, \
            f"{words}: {done.returncode}: {done.stdout}{done.stderr}"
        return done

    def call_bare(self, *words, **how):
        return subprocess.run(
            [self.mxvigil, *words], text=True, timeout=30, **how,
            capture_output=True, env={**os.environ, **SANITIZE})

    def status(self):
        return json.loads(self.call("status", "--format", "json").stdout)

    def query(self, sql, *values):
        """Of its store."""
        with sqlite3.connect(f"file:{self.store}?mode=ro", uri=True) as db:
            return db.execute(sql, values).fetchall()

    def log(self):
        return self.log_path.read_text(errors="replace")

    def tail(self, lines=40):
        return "\n".join(self.log().splitlines()[-lines:])

    # ---------------------------------------------------------------- ends

    def reload(self, **more):
        self.write(**more)
        self.hang_up()

    def hang_up(self):
        """SIGHUP, and wait until it has been dealt with."""
        word = ("configuration loaded again", "configuration was refused")
        before = sum(self.log().count(w) for w in word)
        self.process.send_signal(signal.SIGHUP)
        wait_until(lambda: sum(self.log().count(w) for w in word) > before,
                   20, "the configuration loaded")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        """By SIGTERM; it ends well and in time, and left no sanitizer's
        words behind."""
        if self.process.poll() is None:
            self.process.terminate()
        status = self.process.wait(20)
        assert status == 0, f"exit status {status}: {self.tail()}"
        self.check_log()

    def check_log(self):
        for word in ("Sanitizer", "runtime error"):
            assert word not in self.log(), self.tail(80)
