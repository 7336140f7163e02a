#!/usr/bin/env python3
"""A small Internet in a network namespace of its own.

    lab.py run DIR -- CMD...     bring it up, run CMD in it, tear it down
    lab.py up DIR                bring it up in the background
    lab.py enter DIR -- CMD...   run CMD in the one that is up
    lab.py down DIR              end it

Needs no root (Postfix is left out without).  tests/lab/fetch.sh must have run;
its result is taken from DIR/.. or from DIR.  DIR keeps keys, certificates and
zones between runs; all else dies with the namespace.

Inside: every address is local, so that a few hundred servers cost nothing and
no packet can leave; /etc/resolv.conf names a vantage of the lab; LAB holds
DIR, LAB_CA the lab's trust anchor.
"""

import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "scenario")]
sys.dont_write_bytecode = True

import pki                                                     # noqa: E402
import plan                                                    # noqa: E402
import scenarios                                               # noqa: E402
import servers                                                 # noqa: E402
import special                                                 # noqa: E402
import zones                                                   # noqa: E402


# ------------------------------------------------------------------ static

def digest():
    """Changes when anything that shapes the static part does, and daily:
    some certificates and signatures have but days to live."""
    mix = hashlib.sha256(time.strftime("%F").encode())
    for module in (pki, plan, scenarios, zones, special):
        mix.update(Path(module.__file__).read_bytes())
    return mix.hexdigest()


def prepare(where: Path, tools):
    """Keys, certificates and zones below where, made anew when stale."""
    mark = where / "digest"
    if mark.exists() and mark.read_text() == digest():
        return
    mark.unlink(missing_ok=True)
    for name in ("static", "pki"):
        shutil.rmtree(where / name, ignore_errors=True)
    pki.build(where / "pki")
    zones.build(where / "static", zones.Signer(tools, where / "keys"),
                scenarios.ALL, special.delegations(), special.zones())
    zones.build_recipients(where / "static", scenarios.ALL)
    mark.write_text(digest())


# --------------------------------------------------------------- namespace

def sh(*words, text=None):
    subprocess.run(words, check=True, input=text, text=True)


def set_network():
    sh("ip", "link", "set", "lo", "up")
    for family in ("-4", "-6"):
        sh("ip", family, "route", "add", "local", "default", "dev", "lo")
    sh("ip", "addr", "add", f"{plan.OWN_V4}/32", "dev", "lo")
    sh("ip", "addr", "add", f"{plan.OWN_V6}/128", "dev", "lo", "nodad")
    Path("/proc/sys/net/ipv6/ip_nonlocal_bind").write_text("1")
    sh("nft", "-f", "-", text=firewall())


def firewall():
    """Packets to some addresses vanish, others are refused on the way."""
    drop = ", ".join(plan.faulty_addresses("drop"))
    reject = ", ".join(plan.faulty_addresses("reject"))
    return f"""table inet lab {{
 chain in {{
  type filter hook input priority 0;
  ip daddr {{ {drop} }} th dport {{ 25, 53 }} drop
  ip daddr {{ {reject} }} tcp dport 25 reject with icmp type host-unreachable
 }}
}}
"""


def set_resolver(run: Path):
    conf = run / "resolv.conf"
    conf.write_text(f"nameserver {plan.VANTAGES['unbound']}\n")
    conf.chmod(0o644)
    target = Path("/etc/resolv.conf")
    if target.exists():
        sh("mount", "--bind", str(conf), str(target.resolve()))


def show_unpacked(tools):
    """Alertmanager reads templates where its package puts them, and nowhere
    else.  Where that is not installed, they are there in here."""
    share = tools.root / "usr" / "share"
    if (share / "prometheus").exists() and \
            not Path("/usr/share/prometheus").exists():
        sh("mount", "-t", "overlay", "-o", f"lowerdir={share}:/usr/share",
           "overlay", "/usr/share")


def unshare_words():
    """unshare and its options, once it is sure that they work here."""
    command = ["unshare", "--net", "--mount", "--pid", "--fork",
               "--kill-child", "--mount-proc"]
    if os.geteuid() != 0:
        command += ["--user", "--map-root-user"]
    if subprocess.run([*command, "true"], check=False).returncode != 0:
        sys.exit("lab: this system does not let you make a network namespace "
                 "(its words are above).  Be root, or have user namespaces "
                 "allowed: sysctl kernel.unprivileged_userns_clone=1")
    return command


def unshare_command(where, words):
    return [*unshare_words(), "--", sys.executable,
            str(Path(__file__).resolve()), "inside", str(where), "--", *words]


def find_tools(where: Path):
    for folder in (where, where.parent):
        if (folder / "servers").exists():
            return servers.Tools(folder)
    return servers.Tools(where.parent)


def bring_up(where: Path):
    """Everything in this (new) namespace, up and answering."""
    tools = find_tools(where)
    run = where / "run"
    shutil.rmtree(run, ignore_errors=True)
    run.mkdir()
    set_network()
    set_resolver(run)
    show_unpacked(tools)
    all_servers = servers.Servers(tools, where / "static", run,
                                  where / "pki")
    all_servers.start_all()
    postfix = servers.Postfix(all_servers)
    if postfix.possible():
        postfix.start()
        postfix.wait()
    all_servers.wait_all()
    return all_servers


def environment(where):
    return {**os.environ, "LAB": str(where),
            "LAB_CA": str(where / "pki" / "ca.pem")}


# ---------------------------------------------------------------- commands

def run_command(where, words):
    """A folder of state serves one lab at a time."""
    where.mkdir(parents=True, exist_ok=True)
    lock = os.open(where / "running", os.O_CREAT | os.O_WRONLY, 0o644)
    os.set_inheritable(lock, True)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        sys.exit(f"lab: one is running in {where}: use another folder")
    prepare(where, find_tools(where))
    command = unshare_command(where, words)
    os.execvp(command[0], command)


def inside(where, words):
    """The first process of the namespaces: all dies with it."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    all_servers = bring_up(where)
    (where / "run" / "ready").touch()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    child = subprocess.Popen(
        words, env=environment(where), preexec_fn=lambda: signal.signal(
            signal.SIGINT, signal.SIG_DFL))
    status = child.wait()
    try:
        all_servers.check()
    except RuntimeError as error:
        print(error, file=sys.stderr)
        return 99
    return status if status >= 0 else 128 - status


def up(where, _):
    down(where, _)
    where.mkdir(parents=True, exist_ok=True)
    ready = where / "run" / "ready"
    ready.unlink(missing_ok=True)
    log = open(where / "up.log", "wb")
    child = subprocess.Popen(
        [sys.executable, __file__, "run", str(where), "--", "sleep",
         "infinity"], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        start_new_session=True)
    (where / "pid").write_text(str(child.pid))
    while not ready.exists():
        if child.poll() is not None:
            sys.exit((where / "up.log").read_text())
        time.sleep(0.01)
    return 0


def first_process(where):
    """The host's id of the namespace's first process: unshare's child."""
    pid = (where / "pid").read_text()
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0]


def enter(where, words):
    pid = first_process(where)
    command = ["nsenter", "--target", pid, "--net", "--mount", "--pid"]
    if os.geteuid() != 0:
        command += ["--user", "--preserve-credentials"]
    os.execvpe(command[0], [*command, f"--wd={os.getcwd()}", "--", *words],
               environment(where))


def down(where, _):
    note = where / "pid"
    if not note.exists():
        return 0
    outside = Path("/proc", note.read_text())
    try:
        # unshare itself is deaf to this.
        os.kill(int(first_process(where)), signal.SIGTERM)
    except (OSError, IndexError):
        pass
    end = time.monotonic() + 5
    while outside.exists() and time.monotonic() < end:
        time.sleep(0.01)
    note.unlink()
    return 0


COMMANDS = {"run": run_command, "inside": inside, "up": up, "enter": enter,
            "down": down}


def main():
    # An ordinary user's has nft nowhere.
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    words = sys.argv[1:]
    if len(words) < 2 or words[0] not in COMMANDS:
        sys.exit(__doc__)
    rest = words[2:]
    if rest[:1] == ["--"]:
        rest = rest[1:]
    if words[0] in ("run", "inside", "enter") and not rest:
        sys.exit(__doc__)
    return COMMANDS[words[0]](Path(words[1]).resolve(), rest)


if __name__ == "__main__":
    sys.exit(main())
