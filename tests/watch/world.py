"""What the tests of the daemon break and mend: zones, mail servers, ways.

Inside the lab a World adds a name server (a real NSD) for w.test, mail servers
whose words can be changed, and a table of the firewall.  Each test has a Plot
of it: a zone NAME.w.test and addresses that no other test touches.

    plot.dns("d1 MX 10 m1")      what the zone holds from now on
    plot.listen(1)               m1 takes mail, at plot.ip(1)
    world.way("refused", ip)     and now nobody comes through
    world.way("open", ip)
"""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "lab")]
sys.dont_write_bytecode = True

import lab                                                     # noqa: E402
import plan                                                    # noqa: E402
import servers                                                 # noqa: E402
import wire                                                    # noqa: E402

# Where the plots' server is asked what it holds; no test breaks that.
ASKED = "198.18.95.53"
PARENTS = [plan.NS["w1"].v4[0], plan.NS["w2"].v4[0]]
SOA = "@ SOA w1.ns.lab. hostmaster.lab. {serial} 3600 600 604800 1"
# Hosts of a plot, each in a network of its own.
HOSTS = 90


def wait_until(holds, seconds, what):
    """The first true answer; TimeoutError when there is none in time."""
    end = time.monotonic() + seconds
    while not (answer := holds()):
        if time.monotonic() > end:
            raise TimeoutError(f"not within {seconds} s: {what}")
        time.sleep(0.02)
    return answer


# ---------------------------------------------------------------- firewall

FIREWALL = """table inet watch {{
{sets}
 chain in {{
  type filter hook input priority 0;
{rules}
 }}
}}
"""
RULES = {
    "refused": ["{ip} daddr @{set} tcp dport {{ 25, 53, 2525 }} reject with tcp "
                "reset",
                "{ip} daddr @{set} udp dport 53 reject"],
    "silent": ["{ip} daddr @{set} th dport {{ 25, 53, 2525 }} drop"],
    "lossy": ["{ip} daddr @{set} numgen random mod 100 < 5 drop",
              "{ip} saddr @{set} numgen random mod 100 < 5 drop"],
}


def nft(text):
    subprocess.run(["nft", "-f", "-"], input=text, text=True, check=True)


class Firewall:
    """How packets to an address fare: open, refused, silent (they vanish), or
    lossy (5 % of them vanish, on both ways)."""

    def __init__(self):
        sets, rules = [], []
        for way, lines in RULES.items():
            for family, ip in ((4, "ip"), (6, "ip6")):
                name = f"{way}{family}"
                sets.append(f" set {name} {{ type ipv{family}_addr; }}")
                rules += ["  " + line.format(ip=ip, set=name)
                          for line in lines]
        nft(FIREWALL.format(sets="\n".join(sets), rules="\n".join(rules)))
        self.lock = threading.Lock()
        self.at = {}

    def set(self, way, *addresses):
        """All at once."""
        with self.lock:
            lines = []
            for ip in addresses:
                old, family = self.at.get(ip, "open"), 6 if ":" in ip else 4
                self.at[ip] = way
                for word, name in (("delete", old), ("add", way)):
                    if name != "open" and old != way:
                        lines.append(f"{word} element inet watch "
                                     f"{name}{family} {{ {ip} }}\n")
            nft("".join(lines))


# ------------------------------------------------------------ mail servers

class MailHosts:
    """A thread with mail servers that say what they are told to."""

    def __init__(self):
        self.loop = asyncio.new_event_loop()
        self.words = {}              # by address: {"greeting": …, "EHLO": …}
        self.came = {}               # by address: connections so far
        self.tls = {}                # by address: what STARTTLS begins with
        self.resumed = {}            # and how many sessions were earlier ones
        threading.Thread(target=self.loop.run_forever, daemon=True).start()

    def listen(self, *addresses):
        async def start():
            for ip in addresses:
                await asyncio.start_server(self.serve, ip, 25, backlog=100)
        asyncio.run_coroutine_threadsafe(start(), self.loop).result(10)

    async def serve(self, reader, writer):
        ip = writer.get_extra_info("sockname")[0]
        self.came[ip] = self.came.get(ip, 0) + 1
        try:
            await asyncio.wait_for(self.talk(ip, reader, writer), 30)
        except (OSError, ValueError, asyncio.TimeoutError):
            pass
        finally:
            writer.close()

    async def talk(self, ip, reader, writer):
        usual = {"greeting": "220 mail.lab ESMTP", "QUIT": "221 bye",
                 "EHLO": "250 mail.lab", "HELO": "250 mail.lab"}
        verb = "greeting"
        while verb:
            said = {**usual, **self.words.get(ip, {})}.get(verb, "502 what")
            line = said.encode("utf-8", "surrogateescape")
            writer.write(line + b"\r\n")
            await writer.drain()
            if verb == "QUIT" or (verb == "STARTTLS" and
                                  not await self.secure(ip, writer)):
                return
            line = await reader.readline()
            verb = line.decode("latin-1").split(" ")[0].strip().upper()


    async def secure(self, ip, writer):
        """Is there to be TLS?"""
        if self.tls.get(ip) is None:
            return False
        await writer.start_tls(self.tls[ip])
        session = writer.get_extra_info("ssl_object")
        self.resumed[ip] = self.resumed.get(ip, 0) + session.session_reused
        return True


# ------------------------------------------------------------------- zones

class Plot:
    """What one test has for itself."""

    def __init__(self, world, number, name):
        self.world, self.number, self.name = world, number, name
        self.zone = f"{name}.w.test"
        self.servers = {
            "ns1": f"198.18.92.{number}", "ns2": f"198.18.93.{number}",
            "ns3": f"198.18.94.{number}",
            "near": f"198.18.92.{number + 100}",    # in the network of ns1
        }
        self.ns = ["ns1", "ns2"]
        self.records = []

    def ip(self, host):
        return f"198.19.{160 + host}.{self.number}"

    def ip6(self, host):
        return f"2001:db8:{1536 + host:x}::{self.number:x}"

    def host(self, host):
        return f"m{host}.{self.zone}"

    def domain(self, name):
        return f"{name}.{self.zone}"

    def vantages(self, *more):
        """The three real ones, at addresses of this plot, and others."""
        return [{"name": kind, "resolver": self.vantage(kind)}
                for kind in plan.PLOT_VANTAGES] + list(more)

    def vantage(self, kind):
        return f"{plan.PLOT_VANTAGES[kind]}.{self.number}"

    def vantage_ips(self):
        return [self.vantage(kind) for kind in plan.PLOT_VANTAGES]

    def listen(self, *hosts, v6=False):
        self.world.mail.listen(*map(self.ip6 if v6 else self.ip, hosts))

    def hosts(self, *hosts, v6=False):
        """Records of these hosts' addresses."""
        kind, ip = ("AAAA", self.ip6) if v6 else ("A", self.ip)
        return [f"m{n} {kind} {ip(n)}" for n in hosts]

    def dns(self, *records, ns=None):
        """The zone holds these (lines or lists of them) from now on."""
        self.records = [line for one in records
                        for line in ([one] if isinstance(one, str) else one)]
        self.ns = ns or self.ns
        self.world.zones.publish(self)

    def way(self, how, *addresses):
        self.world.firewall.set(how, *addresses)

    def say(self, host, **words):
        """A mail server's replies, by step; none: the usual ones."""
        self.world.mail.words[self.ip(host)] = words

    def secure(self, host, context):
        """The mail server offers STARTTLS, with this context (None: and
        hangs up then)."""
        self.world.mail.tls[self.ip(host)] = context
        self.say(host, EHLO="250-mail.lab\r\n250 STARTTLS",
                 STARTTLS="220 go ahead")

    def resumed(self, host):
        return self.world.mail.resumed.get(self.ip(host), 0)

    def text(self, serial):
        lines = [f"$ORIGIN {self.zone}.", "$TTL 1", SOA.format(serial=serial)]
        lines += [f"@ NS {name}" for name in self.ns]
        lines += [f"{name} A {ip}" for name, ip in self.servers.items()]
        return "\n".join(lines + self.records) + "\n"

    def delegation(self):
        return [f"{self.name} NS {ns}.{self.zone}." for ns in self.ns] + \
            [f"{ns}.{self.name} A {self.servers[ns]}" for ns in self.ns]


class Zones:
    """w.test at one NSD, the plots' zones at another: the parent must not
    know what the child says."""

    def __init__(self, folder, plots):
        self.folder, self.plots = folder, plots
        self.lock, self.serial = threading.Lock(), 1
        self.delegated = {p.zone: p.delegation() for p in plots}
        folder.mkdir(parents=True, exist_ok=True)
        where = Path(os.environ["LAB"])
        self.servers = servers.Servers(
            lab.find_tools(where), where / "static", folder, where / "pki")
        self.write("w.test", self.parent())
        for plot in plots:
            self.write(plot.zone, plot.text(1))
        self.servers.nsd("parent", PARENTS, [("w.test.", folder / "w.test")])
        self.servers.nsd("plots", [ASKED] + [
            ip for p in plots for ip in p.servers.values()],
            [(f"{p.zone}.", folder / p.zone) for p in plots])
        for zone, at in (("w.test", PARENTS[0]), (plots[-1].zone, ASKED)):
            self.servers.wait(zone, lambda: self.holds(at, zone, 1))

    def write(self, name, text):
        path = self.folder / name
        if not path.exists() or path.read_text() != text:
            path.write_text(text)

    def parent(self):
        lines = ["$ORIGIN w.test.", "$TTL 1", SOA.format(serial=self.serial),
                 "@ NS w1.ns.lab.", "@ NS w2.ns.lab."]
        return "\n".join(lines + [x for plot in self.plots
                                  for x in plot.delegation()]) + "\n"

    def holds(self, address, zone, serial):
        try:
            said = wire.ask(address, f"{zone}.", wire.SOA, timeout=1)
        except (OSError, wire.Broken):
            return False
        return serial in said.data(wire.SOA)

    def publish(self, plot):
        with self.lock:
            self.serial += 1
            self.write(plot.zone, plot.text(self.serial))
            self.load("plots", ASKED, plot.zone)
            if plot.delegation() != self.delegated.get(plot.zone):
                self.write("w.test", self.parent())
                self.load("parent", PARENTS[0], "w.test")
                self.delegated[plot.zone] = plot.delegation()

    def load(self, server, address, zone):
        os.kill(self.servers.children[server].pid, signal.SIGHUP)
        self.servers.wait(zone, lambda: self.holds(
            address, zone, self.serial))


class World:
    def __init__(self, names):
        if len(names) >= len(plan.PLOTS):
            raise ValueError("more tests than plots")
        self.folder = Path(os.environ["LAB"]) / "run" / "watch"
        self.plots = {name: Plot(self, number, name)
                      for number, name in zip(plan.PLOTS, names)}
        self.firewall = Firewall()
        self.mail = MailHosts()
        self.zones = Zones(self.folder / "zones", list(self.plots.values()))
