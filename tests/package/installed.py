#!/usr/bin/env python3
"""mxvigil as a package installed it, at work in the lab.

    lab.py run DIR -- installed.py STEP...

Steps, of which each takes what those before have left behind:

    idle     the daemon with the configuration as it comes: no domain
    check    the program and the plugin look at three domains of the lab
    alert    a configuration in /etc/mxvigil; a mail server dies, the alert
             comes; it is mended; another one dies and stays so
    history  the daemon once more, after an upgrade say: it remembers

The daemon is started as its unit says, as far as that goes without systemd:
its command, its user, no capability.  Ends with "N passed, N failed".
"""

import json
import os
import pwd
import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "watch")]
sys.dont_write_bytecode = True

import world                                                   # noqa: E402
import harness                                                 # noqa: E402
import plan                                                    # noqa: E402

PROGRAM = "/usr/bin/mxvigil"
PLUGIN = "/usr/lib/nagios/plugins/check_mxvigil"
UNIT = "lib/systemd/system/mxvigil.service"
CONFIG = Path("/etc/mxvigil/mxvigil.yaml")
SECRETS = Path("/etc/mxvigil/secrets")
STORE = Path("/var/lib/mxvigil/mxvigil.db")
LOGCHECK = Path("/etc/logcheck/ignore.d.server/mxvigil")
LISTENING = set()
ALLOW = [f"--allow-network={net}" for net in plan.LAB_NETWORKS]


def unit():
    """What the unit says, by key; the last word counts."""
    path = next(p for p in (Path("/usr", UNIT), Path("/", UNIT))
                if p.exists())
    return dict(re.findall(r"(?m)^(\w+)=(.*)$", path.read_text()))


class Daemon(harness.Agent):
    """The installed one, with its own configuration and store."""

    def __init__(self, all_of_it, name):
        self.mxvigil, self.settings = PROGRAM, None
        self.config, self.store, self.port = CONFIG, STORE, 9725
        self.log_path = all_of_it.folder / f"{name}.log"
        self.process = None

    def start(self):
        says = unit()
        command = says["ExecStart"].split()
        assert command[0] == PROGRAM, says["ExecStart"]
        user = says["User"]
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                ["setpriv", f"--reuid={user}", f"--regid={says['Group']}",
                 "--init-groups", "--no-new-privs", "--bounding-set=-all",
                 "--inh-caps=-all", "--reset-env", *command],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/")
        world.wait_until(self.is_there, 20, "the page answers")
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        uid = re.search(r"(?m)^Uid:\t(\d+)", status).group(1)
        assert int(uid) == pwd.getpwnam("mxvigil").pw_uid, status
        return self

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()


def run(*words, code):
    done = subprocess.run(words, text=True, capture_output=True, timeout=60)
    assert done.returncode == code, \
        f"{words}: exit status {done.returncode}, wanted {code}: " \
        f"{done.stdout}{done.stderr}"
    return done.stdout


# ------------------------------------------------------------------- steps

def check_logcheck(log):
    """Nothing of a quiet day is left over for the administrator's mail."""
    if not LOGCHECK.exists():
        return
    lines = [re.sub("^mxvigil: [a-z]+: ", "", line)
             for line in log.splitlines()]
    text = "".join(f"Nov 24 01:02:03 host mxvigil[17]: {line}\n"
                   for line in lines)
    left = subprocess.run(["grep", "-E", "-v", "-f", LOGCHECK], input=text,
                          text=True, capture_output=True)
    assert lines and left.returncode == 1, \
        f"logcheck would mail: {left.stdout}{left.stderr}"


def idle(all_of_it):
    """the daemon starts as it comes, idle, as user mxvigil, and ends"""
    with Daemon(all_of_it, "idle") as daemon:
        assert daemon.status()["domains"]["total"] == 0, daemon.status()
        assert daemon.get("readyz"), "no readyz"
    check_logcheck(daemon.log())


def check(all_of_it):
    """check and check_mxvigil: healthy is OK, primary down WARNING, dead
    CRITICAL"""
    del all_of_it
    for domain, code, word in (("t-healthy.test", 0, "OK"),
                               ("t-primary-down.test", 1, "WARNING"),
                               ("t-nxdomain.test", 2, "CRITICAL")):
        more = [*ALLOW, "--rule=tls.*=off", "--rule=dns.*=off",
                "--rule=dns.nxdomain=critical", "-t", "20"]
        seen = json.loads(run(PROGRAM, "check", "--format=json", *more,
                              domain, code=code))
        assert seen["verdict"] == word.lower(), seen
        line = run(PLUGIN, "-H", domain, *more, code=code).splitlines()[0]
        assert line.startswith(f"MXVIGIL {word} - {domain}"), line
        assert "|" in line or "time=" in line, line


def write_secret(url):
    secret = SECRETS / "hook.url"
    secret.write_text(url)
    secret.chmod(0o600)
    shutil.chown(secret, "mxvigil", "mxvigil")


def alert(all_of_it):
    """the daemon tells of a mail server that dies, and that it is back"""
    plot, receiver = all_of_it.plots["package"], harness.Receiver()
    publish(plot, 1, 2)
    write_secret(receiver.url("/hook"))
    CONFIG.write_text("# Edited by the administrator.\n" + json.dumps(
        harness.merged(harness.BASE, {
            "domains": [plot.domain("d1"), plot.domain("d2")],
            "vantages": plot.vantages(),
            "store": {"path": str(STORE)},
            "channels": [{"name": "hook", "type": "webhook",
                          "url_file": "secrets/hook.url"}]}), indent=1))
    with Daemon(all_of_it, "alert") as daemon:
        daemon.wait_first_pass()
        for host, name in ((1, "d1"), (2, "d2")):
            plot.way("refused", plot.ip(host))
            opened = receiver.wait(20, host, kind="opened")
            assert opened["rule"] == "mx.all-down", opened
            assert opened["domains"] == [plot.domain(name)], opened
            if host == 1:
                plot.way("open", plot.ip(host))
                receiver.wait(20, kind="resolved")
    receiver.close()


def publish(plot, *listening):
    """The two domains; their mail servers, unless an earlier step has
    started them."""
    for host in listening:
        if plot.ip(host) not in LISTENING:
            plot.listen(host)
            LISTENING.add(plot.ip(host))
    plot.dns(plot.hosts(1, 2), "d1 MX 10 m1", "d2 MX 10 m2")


def incidents(domain):
    past = json.loads(run(PROGRAM, "history", "--format=json", domain,
                          code=0).splitlines()[0])
    return [(i["id"], i["rule"], i["closed"] is not None)
            for i in past["incidents"]]


def history(all_of_it):
    """the daemon, started again, knows both incidents: one is over, one goes
    on and is not told again"""
    plot, receiver = all_of_it.plots["package"], harness.Receiver()
    publish(plot, 1)
    write_secret(receiver.url("/hook"))
    before = [incidents(plot.domain(name)) for name in ("d1", "d2")]
    with Daemon(all_of_it, "history") as daemon:
        daemon.wait_ready()
        receiver.silent(5)
        assert not receiver.alerts, receiver.words()
        after = [incidents(plot.domain(name)) for name in ("d1", "d2")]
    assert [i[0][1:] for i in after] == [
        ("mx.all-down", True), ("mx.all-down", False)], after
    assert before == after, (before, after)
    receiver.close()


STEPS = {step.__name__: step for step in (idle, check, alert, history)}


def main():
    words = sys.argv[1:]
    if not words or not set(words) <= set(STEPS) or "LAB" not in os.environ:
        sys.exit(__doc__)
    all_of_it, failed = world.World(["package"]), 0
    for word in words:
        what = " ".join(STEPS[word].__doc__.split())
        try:
            STEPS[word](all_of_it)
            print(f"ok {what}", flush=True)
        except Exception as wrong:   # whatever it is, the others go on
            failed += 1
            print(f"not ok {what}\n# {type(wrong).__name__}: {wrong}",
                  flush=True)
    print(f"{len(words) - failed} passed, {failed} failed")
    sys.exit(failed != 0)


if __name__ == "__main__":
    main()
