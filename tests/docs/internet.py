"""The Internet as the documents know it: example.org and its kin, the services
that alerts go to, and resolvers at addresses that everybody knows.

    net = internet.Internet(folder)
    net.break_host("mx1.example.org")

Runs inside the lab, on servers of its own, so that an example can be run as it
is printed.  Every address is local there, also 9.9.9.9: no packet leaves.  The
addresses are like those of real hosts, which the agent connects to without
being told to; for pictures they are those of RFC 5737 and 3849, which it must
be allowed (DOCUMENTATION).
"""

import asyncio
import os
import shutil
import ssl
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "lab"), str(HERE.parent / "watch")]
sys.dont_write_bytecode = True

import lab                                                     # noqa: E402
import peers                                                   # noqa: E402
import pki                                                     # noqa: E402
import plan                                                    # noqa: E402
import servers                                                 # noqa: E402
import services                                                # noqa: E402
import wire                                                    # noqa: E402
import world                                                   # noqa: E402

# Networks, three of each family, by the first letter of an address below.
OPEN = {"a": "44.0.2.{}", "b": "44.51.100.{}", "c": "44.0.113.{}",
        "d": "2a0e:2222:1::{}", "e": "2a0e:2222:2::{}",
        "f": "2a0e:2222:3::{}"}
DOCUMENTATION = {"a": "192.0.2.{}", "b": "198.51.100.{}", "c": "203.0.113.{}",
                 "d": "2001:db8:1::{}", "e": "2001:db8:2::{}",
                 "f": "2001:db8:3::{}"}
DOCUMENTATION_NETWORKS = ["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24",
                          "2001:db8::/32"]

ROOT = "198.18.0.54"
RESOLVERS = {"local": "127.0.0.1", "quad9": "9.9.9.9",
             "google": "8.8.8.8", "cloudflare": "1.1.1.1"}

# Host: its addresses.
TOPS = {"a.nic.net": ["c1"], "b.nic.net": ["b1"]}
NAME_SERVERS = {"ns1.example.org": ["a53", "d53"],
                "ns2.example.net": ["b53", "e53"],
                "ns.hosting.example": ["c53"]}
MAIL = {"mx1.example.org": ["a25", "d25"], "mx2.example.org": ["b25", "e25"],
        "mx1.example.net": ["a26"], "mx2.example.net": ["b26"],
        "mx1.example.com": ["a27"], "mx2.example.com": ["c27"],
        "mx.hosting.example": ["c25", "f25"],
        "mx2.hosting.example": ["b28"],
        "mail.library.example": ["b29"]}
EXPIRING = ["mail.library.example"]
# Host: whose webhooks are there.
HOOKS = {"hooks.slack.com": "slack", "discord.com": "discord",
         "events.pagerduty.com": "pagerduty", "ntfy.sh": "ntfy",
         "chat.example.org": "mattermost", "matrix.example.org": "matrix",
         "hooks.example.org": "webhook", "api.telegram.org": "telegram"}
# Who looks: the name that it says in EHLO.
WATCHER = {"monitor.example.org": ["a44"]}
HOOKS_AT, DOH_HOST = "b80", "cloudflare-dns.com"

MX = {
    "example.org": "10 mx1.example.org, 20 mx2.example.org",
    "example.net": "10 mx1.example.net, 10 mx2.example.net",
    "example.com": "10 mx1.example.com, 20 mx2.example.com",
    "hosting.example": "10 mx.hosting.example",
    "bakery.example": "10 mx.hosting.example",
    "florist.example": "10 mx.hosting.example, 20 mx2.hosting.example",
    "school.example": "10 mx.hosting.example",
    "library.example": "10 mail.library.example, 20 mx2.example.org",
    "parked.example": "0 .",
}
# Zones without mail: where the services are.
OTHERS = ["slack.com", "discord.com", "pagerduty.com", "ntfy.sh",
          "telegram.org", "cloudflare-dns.com"]
TLDS = ["org", "net", "com", "sh", "example"]
ZONES = [*MX, *OTHERS]


def zone_below(host):
    """The zone that a host is in: the longest that ends its name."""
    return max((z for z in ZONES if host == z or host.endswith("." + z)),
               key=len)


class Internet:
    def __init__(self, folder, networks=OPEN):
        self.folder, self.networks = Path(folder), networks
        where = Path(os.environ["LAB"])
        shutil.rmtree(self.folder, ignore_errors=True)
        for name in ("static", "run", "pki"):
            (self.folder / name).mkdir(parents=True)
        self.static, self.pki = self.folder / "static", self.folder / "pki"
        self.servers = servers.Servers(lab.find_tools(where), self.static,
                                       self.folder / "run", self.pki)
        self.complaints, self.told = [], []
        self.make_certificates(where / "pki")
        self.make_zones()
        self.firewall = world.Firewall()
        self.start_names()
        self.start_mail()
        self.start_hooks()
        self.wait()

    def ip(self, short):
        """Of "a25": host 25 of network a."""
        return self.networks[short[0]].format(short[1:])

    def ips(self, *tables):
        return [self.ip(short) for table in tables
                for host in table.values() for short in host]

    # ------------------------------------------------------ certificates

    def make_certificates(self, lab_pki):
        for name in ("ca", "int"):
            for end in ("pem", "key"):
                shutil.copy(lab_pki / f"{name}.{end}", self.pki)
        for name, hosts, days in (
                ("mail", [h for h in MAIL if h not in EXPIRING], 90),
                ("expiring", EXPIRING, 9), ("hooks", HOOKS, 90),
                ("doh", [DOH_HOST], 90)):
            pki.make_leaf(self.pki, name,
                          ",".join("DNS:" + h for h in hosts), days, pki.EC)
            (self.pki / f"{name}.pem").write_text(
                (self.pki / f"{name}.leaf").read_text() +
                (self.pki / "int.pem").read_text())

    def settle(self, etc):
        """In a copy of /etc: whoever trusts the system's authorities trusts
        the lab's, and asks the local resolver."""
        (etc / "resolv.conf").unlink(missing_ok=True)
        (etc / "resolv.conf").write_text(
            f"nameserver {RESOLVERS['local']}\n")
        certs = etc / "ssl" / "certs"
        certs.mkdir(parents=True, exist_ok=True)
        text = (self.pki / "ca.pem").read_text()
        name = subprocess.run(
            ["openssl", "x509", "-hash", "-noout"], input=text, text=True,
            capture_output=True, check=True).stdout.strip()
        (certs / f"{name}.0").write_text(text)
        with open(certs / "ca-certificates.crt", "a") as bundle:
            bundle.write(text)

    # -------------------------------------------------------------- zones

    def address_lines(self, host, shorts):
        return [f"{host}. {'AAAA' if ':' in self.ip(s) else 'A'} {self.ip(s)}"
                for s in shorts]

    def hosts(self):
        """Every host and its addresses, but for the tops'."""
        return {**NAME_SERVERS, **MAIL, **WATCHER,
                **dict.fromkeys(HOOKS, [HOOKS_AT])}

    def name_servers(self, zone):
        first = "ns.hosting.example" if zone.endswith(".example") \
            else "ns1.example.org"
        return [first, "ns2.example.net"]

    def zone_lines(self, zone):
        for one in MX.get(zone, "").split(", ") if zone in MX else []:
            preference, host = one.split()
            yield f"@ MX {preference} {host.rstrip('.')}."
        for host, shorts in self.hosts().items():
            if zone_below(host) == zone:
                yield from self.address_lines(host, shorts)
        if zone == DOH_HOST:
            yield f"@ A {RESOLVERS['cloudflare']}"

    def delegation(self, zone):
        """What the parent says, with glue where that is below it."""
        tld = zone.rsplit(".", 1)[-1]
        for host in self.name_servers(zone):
            yield f"{zone}. NS {host}."
            if host.endswith("." + tld):
                yield from self.address_lines(host, NAME_SERVERS[host])

    def top_lines(self, tld):
        for zone in ZONES:
            if zone.endswith("." + tld):
                yield from self.delegation(zone)
        if tld == "net":
            for host, shorts in TOPS.items():
                yield from self.address_lines(host, shorts)

    def root_lines(self):
        yield f"root.nic.net. A {ROOT}"
        for tld in TLDS:
            yield from (f"{tld}. NS {host}." for host in TOPS)
        for host, shorts in TOPS.items():
            yield from self.address_lines(host, shorts)

    def write(self, zone, name_servers, lines):
        head = [f"$ORIGIN {zone}.", "$TTL 86400",
                f"@ SOA {name_servers[0]}. hostmaster.{zone}. 2026112401 "
                "14400 3600 1209600 300"] if zone else \
            ["$ORIGIN .", "$TTL 86400",
             "@ SOA root.nic.net. hostmaster.nic.net. 1 3600 600 604800 60"]
        head += [f"@ NS {host}." for host in name_servers]
        path = self.static / (zone or "root")
        path.write_text("\n".join([*head, *lines]) + "\n")
        return f"{zone}.", path

    def make_zones(self):
        self.tops = [self.write("", ["root.nic.net"],
                                [*dict.fromkeys(self.root_lines())])]
        self.tops += [self.write(tld, list(TOPS),
                                 [*dict.fromkeys(self.top_lines(tld))])
                      for tld in TLDS]
        self.zones = [self.write(zone, self.name_servers(zone),
                                 self.zone_lines(zone)) for zone in ZONES]
        (self.static / "hints").write_text(
            f". 3600 IN NS root.nic.net.\nroot.nic.net. 3600 IN A {ROOT}\n")

    # ------------------------------------------------------------ servers

    def start_names(self):
        self.servers.nsd("tops", [ROOT, *self.ips(TOPS)], self.tops)
        self.servers.nsd("names", self.ips(NAME_SERVERS), self.zones)
        for kind, address in RESOLVERS.items():
            plan.VANTAGES[kind] = address
            self.servers.unbound(kind, validate=False,
                                 https=kind == "cloudflare")

    def start_mail(self):
        """In a thread: scripted peers that do everything right."""
        loop = asyncio.new_event_loop()
        threading.Thread(target=loop.run_forever, daemon=True).start()

        async def start():
            for host, shorts in MAIL.items():
                kind = "expiring" if host in EXPIRING else "mail"
                for short in shorts:
                    peer = peers.Peer(self.ip(short), "ok", kind, self.pki)
                    peer.name = host
                    await asyncio.start_server(peer.serve, peer.address, 25)
        asyncio.run_coroutine_threadsafe(start(), loop).result(10)

    def start_hooks(self):
        """The services, as strict as they are in services.py."""
        internet = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                internet.take(self)

            do_PUT = do_GET = do_POST

            def log_message(self, *_):
                pass

        server = ThreadingHTTPServer((self.ip(HOOKS_AT), 443), Handler)
        server.daemon_threads = True
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.pki / "hooks.pem",
                                self.pki / "hooks.key")
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()

    def take(self, handler):
        body = handler.rfile.read(
            int(handler.headers.get("content-length") or 0))
        service = HOOKS[handler.headers["host"]]
        self.told.append(service)
        if handler.command != "GET":
            self.complaints += [
                f"{service}: {word}" for word in services.check(
                    service, handler.path, handler.headers, body,
                    method=handler.command, keys=[])]
        status, answer = services.ANSWERS[service]
        handler.send_response(status)
        handler.send_header("content-length", str(len(answer)))
        handler.end_headers()
        handler.wfile.write(answer)

    def wait(self):
        for address in RESOLVERS.values():
            self.servers.wait(f"the resolver at {address}", lambda:
                              servers.has(address, "mx1.example.org.",
                                          wire.A))

    # ------------------------------------------------------------ trouble

    def break_host(self, host, way="refused"):
        self.firewall.set(way, *(self.ip(s) for s in MAIL[host]))


def own_folder(target, fill=lambda path: None):
    """A copy of a folder, for this mount namespace alone, that can be written
    to.  What is not for us to read is left out."""
    copy = Path(os.environ["LAB"]) / "run" / ("own" +
                                              target.replace("/", "-"))
    copy.mkdir(parents=True)
    subprocess.run(["cp", "-a", f"{target}/.", str(copy)], check=False,
                   stderr=subprocess.DEVNULL)
    fill(copy)
    subprocess.run(["mount", "--bind", str(copy), target], check=True)
