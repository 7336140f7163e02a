"""The zones: root, lab., test. and one for each scenario, as master files,
signed where that is wanted.

The scenarios' zones are in two versions at the most: the one that nsd and
knot serve (zones/) and an older one on the server called old (old/).
"""

import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import plan

SOA = "SOA a.tld.lab. hostmaster.lab. {serial} 3600 600 604800 60"
SIGNED_TLDS = (".", "lab.", "test.")


def file_name(zone):
    return zone.rstrip(".") or "root"


def zone_of(scenario):
    """The zone that holds a scenario's domain: its last two labels."""
    typed = scenario.asked.rstrip(".").encode("idna").decode().lower()
    return ".".join(typed.split(".")[-2:]) + "."


# ------------------------------------------------------------------ texts

def head(zone, serial, servers, ttl=86400):
    lines = [f"$ORIGIN {zone}", f"$TTL {ttl}",
             "@ " + SOA.format(serial=serial)]
    return lines + [f"@ NS {name}" for name in servers]


def ns_name(host):
    """A host under ns.lab; one that ends with a dot stands for itself."""
    return host if host.endswith(".") else f"{host}.ns.lab."


def scenario_text(scenario, serial=None, mx=None):
    lines = head(zone_of(scenario), serial or scenario.serial,
                 map(ns_name, scenario.ns))
    for record in scenario.mx if mx is None else mx:
        preference, host = record.split()
        lines.append(f"@ {scenario.mx_ttl} MX {preference} {host}.mx.lab.")
    lines += scenario.extra
    return "\n".join(lines) + "\n"


def address_lines(owner, host):
    return [f"{owner} A {ip}" for ip in host.v4] + \
           [f"{owner} AAAA {ip}" for ip in host.v6]


def lab_text():
    lines = head("lab.", 1, plan.TLD_SERVERS)
    for table in (plan.ROOT_SERVERS, plan.TLD_SERVERS):
        lines += [f"{name} A {ip}" for name, ip in table.items()]
    for name, ns in plan.NS.items():
        lines += address_lines(f"{name}.ns", ns)
    for name, host in plan.HOSTS.items():
        lines += address_lines(f"{name}.mx", host)
        if host.cname:
            lines.append(f"{name}.mx CNAME {host.cname}.mx")
    return "\n".join(lines) + "\n"


def test_text(scenarios, more, ds):
    """The parent of all scenarios: their delegations."""
    lines = head("test.", 1, plan.TLD_SERVERS)
    lines += [f"w.test. NS {ns_name(host)}" for host in ("w1", "w2")]
    for scenario in scenarios:
        zone = zone_of(scenario)
        servers = scenario.parent or scenario.ns
        if scenario.delegated:
            lines += [f"{zone} NS {ns_name(host)}" for host in servers]
            lines += scenario.glue
    return "\n".join(lines + list(more) + ds) + "\n"


def root_text(ds):
    lines = head(".", 1, plan.ROOT_SERVERS)
    for tld in ("lab.", "test."):
        lines += [f"{tld} NS {name}" for name in plan.TLD_SERVERS]
    for table in (plan.ROOT_SERVERS, plan.TLD_SERVERS):
        lines += [f"{name} A {ip}" for name, ip in table.items()]
    return "\n".join(lines + ds) + "\n"


def hints_text():
    return "".join(f". 3600 IN NS {name}\n{name} 3600 IN A {ip}\n"
                   for name, ip in plan.ROOT_SERVERS.items())


# ----------------------------------------------------------------- signing

class Signer:
    """Makes keys (kept: they are the slow part) and signs."""

    def __init__(self, tools, keys):
        self.tools, self.keys = tools, keys
        keys.mkdir(parents=True, exist_ok=True)

    def run(self, name, *words):
        done = subprocess.run([self.tools.path(name), *map(str, words)],
                              cwd=self.keys, env=self.tools.environment(),
                              text=True, capture_output=True)
        if done.returncode != 0:
            raise RuntimeError(f"{name} {words}: {done.stderr}")
        return done.stdout.strip()

    def key(self, zone):
        """The base name of the zone's one key."""
        note = self.keys / f"{file_name(zone)}.base"
        if not note.exists():
            note.write_text(self.run("ldns-keygen", "-k", "-a",
                                     "ECDSAP256SHA256", zone))
        return note.read_text()

    def ds(self, zone):
        return self.run("ldns-key2ds", "-n", "-2", self.key(zone) + ".key")

    def sign(self, zone, path, how="good"):
        day = 86400
        inception, expiry = {
            "good": (-day, 30 * day),
            "expiring": (-day, 2 * day),
            "bogus": (-60 * day, -30 * day),
        }[how]
        self.run("ldns-signzone", "-o", zone, "-i", stamp(inception),
                 "-e", stamp(expiry), "-f", path, path, self.key(zone))


def stamp(offset):
    return time.strftime("%Y%m%d%H%M%S", time.gmtime(time.time() + offset))


# ------------------------------------------------------------------- build

def build(where: Path, signer, scenarios, more_delegations=(), more=None):
    """Write every zone below where.  more: further zones, {name: text},
    whose delegations (lines for the zone test.) are more_delegations."""
    zones, old = where / "zones", where / "old"
    for folder in (zones, old):
        folder.mkdir(parents=True, exist_ok=True)
    for scenario in scenarios:
        if scenario.zone:
            (zones / zone_of(scenario)).write_text(scenario_text(scenario))
        if scenario.old:
            (old / zone_of(scenario)).write_text(
                scenario_text(scenario, **scenario.old))
    for zone, text in (more or {}).items():
        (zones / zone).write_text(text)
    signed = [s for s in scenarios if s.sign]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda s: signer.sign(
            zone_of(s), zones / zone_of(s), s.sign), signed))
        ds = list(pool.map(lambda s: signer.ds(zone_of(s)), signed))
        tops = {"test.": test_text(scenarios, more_delegations, ds),
                "lab.": lab_text(),
                ".": root_text([signer.ds("lab."), signer.ds("test.")])}
        list(pool.map(lambda top: top_zone(where, signer, *top),
                      tops.items()))
    (where / "hints").write_text(hints_text())
    key = signer.keys / (signer.key(".") + ".key")
    (where / "anchor").write_text(key.read_text())
    (where / "anchor.ds").write_text(signer.ds("."))


def build_recipients(where: Path, scenarios):
    """What chasquid takes mail for: postmaster at every domain, and at every
    alias on the way to it, since some senders rewrite the address."""
    for scenario in scenarios:
        zone = zone_of(scenario).rstrip(".")
        names = [f"{line.split()[0]}.{zone}" for line in scenario.extra
                 if " CNAME " in line]
        names.append(scenario.asked.rstrip(".").encode("idna").decode())
        for name in names:
            folder = where / "domains" / name.lower()
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "aliases").write_text("postmaster: | /bin/true\n")


def top_zone(where, signer, zone, text):
    path = where / file_name(zone)
    path.write_text(text)
    signer.sign(zone, path)
