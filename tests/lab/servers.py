"""The real servers of the lab: their configurations, and how to start them.

Each runs in the foreground as a child of the lab, keeps everything in a
folder of its own below run/, and binds only addresses of plan.py.
"""

import os
import pwd
import shutil
import subprocess
import sys
import time
from pathlib import Path

import plan
import wire

HERE = Path(__file__).resolve().parent


class Tools:
    """Where fetch.sh found or unpacked the servers."""

    def __init__(self, lab: Path):
        table = lab / "servers"
        if not table.exists():
            sys.exit(f"lab: no {table}: run tests/lab/fetch.sh first")
        self.table = dict(line.split(" ", 1)
                          for line in table.read_text().splitlines())
        self.root = lab / "root"
        self.libraries = (lab / "libraries").read_text().strip()

    def path(self, name):
        return self.table[name]

    def environment(self):
        """For unpacked servers: the libraries that were unpacked too."""
        env = dict(os.environ)
        if self.libraries:
            env["LD_LIBRARY_PATH"] = self.libraries
        return env


class Servers:
    """Starts servers and waits until they answer."""

    def __init__(self, tools, static: Path, run: Path, pki: Path):
        self.tools, self.static, self.run, self.pki = tools, static, run, pki
        self.children = {}

    def folder(self, name):
        path = self.run / name
        path.mkdir(parents=True, exist_ok=True)
        return path

    def start(self, name, *command, env=None):
        log = open(self.run / f"{name}.log", "wb")
        self.children[name] = subprocess.Popen(
            [str(word) for word in command], stdin=subprocess.DEVNULL,
            stdout=log, stderr=log, cwd=self.folder(name),
            env=env or self.tools.environment(), start_new_session=True)
        log.close()

    def check(self):
        """Raise when a server has died."""
        for name, child in self.children.items():
            if child.poll() is not None:
                text = (self.run / f"{name}.log").read_text(errors="replace")
                raise RuntimeError(f"lab: {name} died: {text[-2000:]}")

    def wait(self, what, is_ready, seconds=20):
        end = time.monotonic() + seconds
        while not is_ready():
            self.check()
            if time.monotonic() > end:
                raise RuntimeError(f"lab: {what} is not ready in time")
            time.sleep(0.01)

    # ----------------------------------------------------- authoritative

    def nsd(self, name, addresses, zones):
        folder = self.folder(name)
        listen = "".join(f" ip-address: {ip}\n" for ip in addresses)
        text = f"""server:
{listen} port: 53
 username: ""
 chroot: ""
 zonesdir: "{self.static}"
 database: ""
 pidfile: ""
 xfrdfile: "{folder}/xfrd.state"
 zonelistfile: "{folder}/zone.list"
 xfrdir: "{folder}"
 server-count: 1
 rrl-ratelimit: 0
 rrl-whitelist-ratelimit: 0
remote-control:
 control-enable: no
"""
        text += "".join(f'zone:\n name: "{zone}"\n zonefile: "{path}"\n'
                        for zone, path in zones)
        (folder / "nsd.conf").write_text(text)
        self.start(name, self.tools.path("nsd"), "-d", "-c",
                   folder / "nsd.conf")

    def knot(self, name, addresses, zones):
        folder = self.folder(name)
        listen = "".join(f"    listen: {ip}@53\n" for ip in addresses)
        text = f"""server:
    rundir: {folder}
{listen}    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
log:
  - target: stderr
    any: warning
database:
    storage: {folder}
template:
  - id: default
    storage: {self.static}
    zonefile-sync: -1
    zonefile-load: whole
    journal-content: none
    semantic-checks: off
zone:
"""
        text += "".join(f"  - domain: {zone}\n    file: {path}\n"
                        for zone, path in zones)
        (folder / "knot.conf").write_text(text)
        self.start(name, self.tools.path("knotd"), "-c",
                   folder / "knot.conf")

    # ----------------------------------------------------------- vantages

    def unbound(self, kind, validate=True, https=False):
        """A resolver that forgets within seconds and does not dwell on dead
        servers."""
        folder = self.folder(kind)
        ip = plan.VANTAGES[kind]
        listen = "".join(f" interface: {here}\n"
                         for here in plan.vantage_addresses(kind))
        modules = "validator iterator" if validate else "iterator"
        more = f' trust-anchor-file: "{self.static}/anchor"\n' \
            if validate else ""
        if https:
            more += f""" interface: {ip}@443
 https-port: 443
 tls-service-key: "{self.pki}/doh.key"
 tls-service-pem: "{self.pki}/doh.pem"
"""
        (folder / "unbound.conf").write_text(f"""server:
{listen} port: 53
{more} outgoing-interface: {ip}
 outgoing-interface: {plan.vantage_v6(kind)}
 access-control: 0.0.0.0/0 allow
 do-not-query-localhost: no
 do-daemonize: no
 use-syslog: no
 verbosity: 1
 username: ""
 chroot: ""
 directory: "{folder}"
 pidfile: ""
 root-hints: "{self.static}/hints"
 module-config: "{modules}"
 local-zone: "test." nodefault
 ede: yes
 num-threads: 1
 msg-cache-size: 4m
 rrset-cache-size: 8m
 cache-max-ttl: 5
 cache-max-negative-ttl: 1
 infra-host-ttl: 5
 infra-cache-max-rtt: 1000
 infra-keep-probing: yes
 unknown-server-time-limit: 100
 outbound-msg-retry: 2
 trust-anchor-signaling: no
 root-key-sentinel: no
remote-control:
 control-enable: no
""")
        self.start(kind, self.tools.path("unbound"), "-d", "-c",
                   folder / "unbound.conf")

    def pdns(self, kind):
        folder = self.folder(kind)
        ds = (self.static / "anchor.ds").read_text().split("DS", 1)[1]
        (folder / "anchor.lua").write_text(
            f"clearTA('.')\naddTA('.', \"{' '.join(ds.split())}\")\n")
        (folder / "recursor.conf").write_text(f"""daemon=no
disable-syslog=yes
quiet=yes
loglevel=4
local-address={", ".join(plan.vantage_addresses(kind))}
local-port=53
query-local-address={plan.VANTAGES[kind]},{plan.vantage_v6(kind)}
allow-from=0.0.0.0/0
dont-query=
dnssec=validate
hint-file={self.static}/hints
lua-config-file={folder}/anchor.lua
socket-dir={folder}
write-pid=no
threads=1
export-etc-hosts=no
serve-rfc1918=no
security-poll-suffix=
max-cache-ttl=5
max-negative-ttl=1
packetcache-ttl=1
packetcache-servfail-ttl=1
network-timeout=400
server-down-throttle-time=1
non-resolving-ns-throttle-time=1
""")
        # From 5.2 on it has to be told that this is not YAML.
        old = "--enable-old-settings"
        more = [old] if self.knows("pdns_recursor", old) else []
        self.start(kind, self.tools.path("pdns_recursor"),
                   f"--config-dir={folder}", *more)

    def knows(self, name, option):
        said = subprocess.run(
            [self.tools.path(name), "--help"], capture_output=True, text=True,
            env=self.tools.environment(), check=False)
        return option in said.stdout + said.stderr

    # -------------------------------------------------------- mail servers

    def chasquid(self, name, host):
        folder = self.folder("chasquid-" + name)
        certs = folder / "certs" / f"{name}.mx.lab"
        certs.mkdir(parents=True, exist_ok=True)
        (folder / "domains").symlink_to(self.static / "domains")
        (folder / "data").mkdir(exist_ok=True)
        shutil.copy(self.pki / f"{host.certificate}.pem",
                    certs / "fullchain.pem")
        shutil.copy(self.pki / f"{host.certificate}.key",
                    certs / "privkey.pem")
        listen = "".join(
            f'smtp_address: "{f"[{ip}]" if ":" in ip else ip}:25"\n'
            for ip in host.v4 + host.v6)
        (folder / "chasquid.conf").write_text(
            f'hostname: "{name}.mx.lab"\n{listen}data_dir: "{folder}/data"\n'
            f'mail_delivery_agent_bin: "/bin/true"\n'
            f'mail_log_path: "{folder}/mail.log"\n')
        self.start("chasquid-" + name, self.tools.path("chasquid"),
                   "-config_dir", folder)

    def peers(self):
        for name, words in (("peers", [self.pki]), ("dnspeers", [])):
            self.start(name, sys.executable, "-B", HERE / f"{name}.py", *words,
                       self.run / f"{name}.ready")

    # ----------------------------------------------------------------- all

    def start_all(self):
        s = self.static
        zones = [(p.name, p) for p in sorted((s / "zones").iterdir())]
        old = [(p.name, p) for p in sorted((s / "old").iterdir())]
        for name in ("peers", "dnspeers"):
            (self.run / f"{name}.ready").unlink(missing_ok=True)
        self.peers()
        self.nsd("root", plan.ROOT_SERVERS.values(), [(".", s / "root")])
        self.nsd("tld", plan.TLD_SERVERS.values(),
                 [("test.", s / "test"), ("lab.", s / "lab")])
        self.nsd("nsd", plan.server_addresses("nsd"), zones)
        self.nsd("old", plan.server_addresses("old"), old)
        self.knot("knot", plan.server_addresses("knot"), zones)
        self.unbound("unbound")
        self.unbound("doh", https=True)
        self.unbound("plain", validate=False)
        self.pdns("pdns")
        for name, host in plan.HOSTS.items():
            if host.where == "chasquid":
                self.chasquid(name, host)

    def wait_all(self):
        for name in ("peers", "dnspeers"):
            self.wait(name, (self.run / f"{name}.ready").exists)
        for name, host in plan.HOSTS.items():
            if host.where == "chasquid":
                for ip in host.v4 + host.v6:
                    self.wait(f"{name} at {ip}",
                              lambda ip=ip: listens(ip, 25))
        authority = {"root": (plan.ROOT_SERVERS["a.root.lab."], "."),
                     "tld": (plan.TLD_SERVERS["a.tld.lab."], "test."),
                     "nsd": (plan.NS["a"].v4[0], "t-healthy.test."),
                     "knot": (plan.NS["b"].v4[0], "t-healthy.test."),
                     "old": (plan.NS["old"].v4[0], "t-serial-month.test.")}
        for name, (ip, zone) in authority.items():
            self.wait(name, lambda ip=ip, zone=zone: has(ip, zone, wire.SOA))
        for kind in ("unbound", "doh", "plain", "pdns"):
            ip = plan.VANTAGES[kind]
            self.wait(kind, lambda ip=ip: has(ip, "ok1.mx.lab.", wire.A))
        self.check()


def listens(ip, port):
    import socket
    try:
        socket.create_connection((ip, port), 1).close()
        return True
    except OSError:
        return False


def own(path, user):
    """Give the path to this user and its group."""
    entry = pwd.getpwnam(user)
    os.chown(path, entry.pw_uid, entry.pw_gid)


def has(ip, name, rtype):
    try:
        return bool(wire.ask(ip, name, rtype, timeout=1).data(rtype))
    except (OSError, wire.Broken):
        return False


# ----------------------------------------------------------------- Postfix

MAIN_CF = """compatibility_level = 3.6
queue_directory = {base}/queue
data_directory = {base}/data
command_directory = {commands}
daemon_directory = {daemons}
shlib_directory = {libraries}
meta_directory = {base}/etc
mail_owner = postfix
setgid_group = postdrop
import_environment = MAIL_CONFIG LD_LIBRARY_PATH
export_environment = MAIL_CONFIG LD_LIBRARY_PATH
maillog_file = {base}/mail.log
maillog_file_prefixes = {base}
myhostname = postfix.mx.lab
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = all
alias_maps =
alias_database =
local_recipient_maps =
local_transport = error:no local mail here
mynetworks = 127.0.0.0/8
relay_domains = postfix.mx.lab
smtpd_relay_restrictions = reject_unauth_destination
smtpd_tls_security_level = may
smtpd_tls_chain_files = {base}/etc/chain.pem
smtp_tls_security_level = may
smtp_tls_session_cache_database =
smtp_dns_support_level = enabled
smtp_host_lookup = dns
smtp_connect_timeout = 2s
smtp_helo_timeout = 4s
smtp_starttls_timeout = 3s
smtp_mail_timeout = 3s
smtp_rcpt_timeout = 3s
smtp_data_init_timeout = 3s
smtp_data_xfer_timeout = 3s
smtp_data_done_timeout = 3s
smtp_quit_timeout = 1s
smtp_connection_cache_on_demand = no
smtp_per_record_deadline = yes
smtp_address_preference = any
default_destination_concurrency_limit = 20
default_process_limit = 200
initial_destination_concurrency = 20
qmgr_message_active_limit = 2000
minimal_backoff_time = 1000s
maximal_backoff_time = 4000s
queue_run_delay = 1000s
notify_classes =
bounce_notice_recipient = nobody@invalid
"""

MASTER_CF = """{ip}:25 inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
proxymap unix - - n - - proxymap
postlog unix-dgram n - n - 1 postlogd
"""

QUEUES = ("active bounce corrupt defer deferred flush hold incoming private "
          "saved trace").split()


class Postfix:
    """One instance that both receives (as postfix.mx.lab) and sends.  It
    needs root and users of its own; everything that it wants of the system is
    supplied in the lab's mount namespace."""

    base = Path(plan.POSTFIX)

    def __init__(self, servers):
        self.servers, self.tools = servers, servers.tools

    @staticmethod
    def possible():
        """Real root, not that of a user namespace."""
        uid_map = Path("/proc/self/uid_map").read_text().split()
        return os.geteuid() == 0 and uid_map[:3] == ["0", "0", "4294967295"]

    def supply_users(self):
        """Let the users exist in this mount namespace."""
        wanted = {"passwd": ["postfix:x:60025:60025::/:/usr/sbin/nologin",
                             "Debian-exim:x:60027:60027::/:/usr/sbin/nologin"],
                  "group": ["postfix:x:60025:", "postdrop:x:60026:",
                            "Debian-exim:x:60027:"]}
        for name, lines in wanted.items():
            text = Path("/etc", name).read_text()
            have = {line.split(":")[0] for line in text.splitlines()}
            missing = [x for x in lines if x.split(":")[0] not in have]
            if missing:
                own = self.servers.run / name
                own.write_text(text + "\n".join(missing) + "\n")
                own.chmod(0o644)
                subprocess.run(["mount", "--bind", own, f"/etc/{name}"],
                               check=True)

    def make_folders(self):
        subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "lab",
                        self.base.parent], check=True)
        for name in ("etc", "queue/pid", "queue/public", "queue/maildrop",
                     "data", *(f"queue/{q}" for q in QUEUES)):
            path = self.base / name
            path.mkdir(parents=True)
            if name not in ("etc", "queue/pid"):
                own(path, "postfix")

    def start(self):
        self.supply_users()
        self.make_folders()
        master = Path(self.tools.path("postfix-master"))
        unpacked = self.tools.root in master.parents
        prefix = self.tools.root if unpacked else Path("/")
        etc = self.base / "etc"
        (etc / "main.cf").write_text(MAIN_CF.format(
            base=self.base, commands=prefix / "usr/sbin",
            daemons=master.parent, libraries=prefix / "usr/lib/postfix"))
        # Postfix waits for seconds on a file that was written just now.
        os.utime(etc / "main.cf", (1, 1))
        (etc / "master.cf").write_text(
            MASTER_CF.format(ip=plan.HOSTS["postfix"].v4[0]))
        pki = self.servers.pki
        (etc / "chain.pem").write_text((pki / "postfix.key").read_text()
                                       + (pki / "postfix.pem").read_text())
        self.servers.start("postfix", master, "-c", etc, "-d",
                           env=self.environment())

    def environment(self):
        return {**self.tools.environment(), "MAIL_CONFIG":
                str(self.base / "etc")}

    def wait(self):
        self.servers.wait("postfix", lambda: listens(
            plan.HOSTS["postfix"].v4[0], 25))
