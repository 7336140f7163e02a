"""The map of the lab: who lives at which address.

Everything is in 198.18.0.0/15 and 2001:db8::/32, every server or peer in a
network (/24, /48) of its own unless a scenario wants it otherwise, so that
limits per network never slow one peer down because of another.
"""

from dataclasses import dataclass, field

LAB_NETWORKS = ["198.18.0.0/15", "2001:db8::/32"]

ROOT_SERVERS = {"a.root.lab.": "198.18.0.53", "b.root.lab.": "198.18.9.53"}
TLD_SERVERS = {"a.tld.lab.": "198.18.16.53", "b.tld.lab.": "198.18.17.53"}

# The address of the machine itself, a global one: what the egress policy must
# refuse although no registry lists it.
OWN_V4, OWN_V6 = "11.22.33.44", "2a0e:1111::44"


# Where Postfix keeps everything: on a file system of the lab's own, because
# its users must be able to walk there.
POSTFIX = "/var/mail/postfix"


# ------------------------------------------------------------- name servers

@dataclass
class Ns:
    """A host under ns.lab.  where: which server answers at its addresses."""
    where: str
    v4: list = field(default_factory=list)
    v6: list = field(default_factory=list)


def _ns_table():
    table = {
        # nsd and knot hold every scenario's zone, old only its older versions.
        "a": Ns("nsd", ["198.18.1.53"], ["2001:db8:101::53"]),
        "b": Ns("knot", ["198.18.2.53"], ["2001:db8:102::53"]),
        "a4": Ns("nsd", ["198.18.1.54"]),
        "a5": Ns("nsd", ["198.18.1.55"]),
        "old": Ns("old", ["198.18.3.53"]),
        "six1": Ns("nsd", [], ["2001:db8:103::53"]),
        "six2": Ns("nsd", [], ["2001:db8:103::54"]),
        "dual1": Ns("nsd", ["198.18.4.53"], ["2001:db8:104::53"]),
        "dual2": Ns("nsd", ["198.18.5.53"], ["2001:db8:104::54"]),
        "dead": Ns("none", ["198.18.6.53"]),
        "half": Ns("nsd", ["198.18.7.53", "198.18.6.54"]),
        "private": Ns("none", ["10.53.53.53"]),
        "drop1": Ns("drop", ["198.18.10.53"]),
        "drop2": Ns("drop", ["198.18.11.53"]),
        "dead1": Ns("none", ["198.18.12.53"]),
        "dead2": Ns("none", ["198.18.13.53"]),
        # They hold w.test, where the tests of the daemon make their zones.
        "w1": Ns("none", ["198.18.90.53"]),
        "w2": Ns("none", ["198.18.91.53"]),
    }
    for i in range(1, 21):
        table[f"n{i:02}"] = Ns("nsd", [f"198.18.{20 + i}.53"])
    for i, kind in enumerate(NS_PEERS):
        for j in (1, 2):
            table[f"{kind}{j}"] = Ns("peer:" + kind,
                                     [f"198.18.{40 + 2 * i + j}.53"])
    return table


# What dnspeers.py plays as a domain's name server, each at two addresses.
NS_PEERS = ["lame", "upward", "refused", "servfail", "silent", "garbage",
            "tcponly", "nonauth"]
NS = _ns_table()
HALF_DEAD = "198.18.6.54"          # the address of half that is dead


# ----------------------------------------------------------------- vantages

VANTAGES = {
    "unbound": "198.18.201.53",        # validates
    "doh": "198.18.202.53",            # validates; also HTTPS
    "pdns": "198.18.203.53",           # PowerDNS Recursor, validates
    "plain": "198.18.204.53",          # Unbound, does not validate
    "dead": "198.18.205.53",           # nothing listens
    "hole": "198.18.206.53",           # never answers
}
# What dnspeers.py plays as a vantage.
VANTAGE_PEERS = ["nxliar", "garbage", "trunc", "wrongid", "servfail",
                 "refused", "othermx", "slow", "servfail2", "servfail3",
                 "nxliar2", "question"]
for _i, _kind in enumerate(VANTAGE_PEERS):
    VANTAGES["v" + _kind] = f"198.18.{210 + _i}.53"

# Each test of the daemon has a plot of addresses of its own, where it breaks
# what it likes; the real vantages answer there too.
PLOTS = range(1, 100)
PLOT_VANTAGES = {"unbound": "198.18.121", "plain": "198.18.122",
                 "pdns": "198.18.123"}


def vantage_addresses(kind):
    """Where a real vantage answers."""
    here = [VANTAGES[kind]]
    if kind in PLOT_VANTAGES:
        here += [f"{PLOT_VANTAGES[kind]}.{plot}" for plot in PLOTS]
    return here


DOH_URL = f"https://{VANTAGES['doh']}/dns-query"


def vantage(kind):
    """The address or URL of a vantage, as the agent's option wants it."""
    return DOH_URL if kind == "https" else VANTAGES[kind]


# ------------------------------------------------------------- mail servers

@dataclass
class Host:
    """A host under mx.lab.  where: chasquid, postfix, peer, none (nothing
    listens), drop (packets vanish), reject (the router says unreachable)."""
    where: str
    v4: list = field(default_factory=list)
    v6: list = field(default_factory=list)
    behaviour: str = ""
    certificate: str = "wild"
    cname: str = ""


# One scripted peer for each, name == behaviour in peers.py.
MX_PEERS = """
plain bytes noesmtp barecode helo helo2 g421 g421b g450 g554 g554b g521
g554multi silent silent2 endless220 endless250 hugeline longline
closeaccept closebanner closeehlo rstaccept rstehlo http ssh echo chargen
codechange badcode nul barelf ehlo421 ehlo550 ehlobad earlyreply
starttls454 starttls502 starttlsclose tlsclose tlsgarbage tlsplain tlsrst
inject injectsplit ehlo2fails ehlo2close postmaster550 postmaster550b
grey450 grey450b mail550 mail421 slow2 slow11 quitsilent eviltext
tlsslow starttlssilent rcpt421
""".split()

# Scripted, well-behaved, each with the certificate of that name.
CERT_PEERS = ["expired", "expiring", "selfsigned", "wrongname", "weak",
              "tls10", "tls11"]


def _host_table():
    table = {}
    for i in range(1, 5):
        table[f"ok{i}"] = Host("chasquid", [f"198.18.{100 + i}.25"],
                               [f"2001:db8:{200 + i}::25"],
                               certificate=f"ok{i}")
    table["postfix"] = Host("postfix", ["198.18.109.25"],
                            certificate="postfix")
    for i, name in enumerate(MX_PEERS):
        table[name] = Host("peer", [f"198.19.{i}.25"], behaviour=name)
    for i, name in enumerate(CERT_PEERS):
        table[name] = Host("peer", [f"198.19.{100 + i}.25"], behaviour="ok",
                           certificate=name)
    for i in range(1, 26):
        table[f"m{i:02}"] = Host("peer", [f"198.19.{110 + i}.25"],
                                 behaviour="ok")

    def ok(v4=(), v6=(), **more):
        return Host("peer", list(v4), list(v6), behaviour="ok", **more)
    table.update({
        "six1": ok([], ["2001:db8:301::25"]),
        "six2": ok([], ["2001:db8:302::25"]),
        "near1": ok(["198.19.140.25"]), "near2": ok(["198.19.140.26"]),
        "twin1": ok(["198.19.141.25"]),
        "twin2": Host("shared", ["198.19.141.25"]),
        "fate1": ok(["198.18.1.25"]), "fate2": ok(["198.18.1.26"]),
        "implicit": ok(["198.19.142.25"]),
        "implicit6": ok([], ["2001:db8:303::25"]),
        "sixdown": Host("half", ["198.19.143.25"], ["2001:db8:304::25"],
                        behaviour="ok"),
        "half": Host("half", ["198.19.144.25", "198.19.145.25"],
                     behaviour="ok"),
        "halfprivate": Host("half", ["198.19.146.25", "10.25.25.25"],
                            behaviour="ok"),
        "hosting": ok(["198.19.147.25"]),
        "dead1": Host("none", ["198.19.150.25"]),
        "dead2": Host("none", ["198.19.151.25"]),
        "drop1": Host("drop", ["198.19.152.25"]),
        "drop2": Host("drop", ["198.19.153.25"]),
        "reject1": Host("reject", ["198.19.154.25"]),
        "reject2": Host("reject", ["198.19.155.25"]),
        "untouched1": Host("none", ["198.19.156.25"]),
        "private1": Host("none", ["10.25.0.1"]),
        "private2": Host("none", ["192.168.25.1"]),
        "loopback": Host("none", ["127.0.0.1"]),
        "linklocal": Host("none", [], ["fe80::25"]),
        "own": Host("none", [OWN_V4]),
        "alias": Host("none", cname="twin1"),
        "dangling": Host("none", cname="nowhere"),
    })
    return table


HOSTS = _host_table()


def peer_addresses():
    """(address, behaviour, certificate) of every scripted SMTP peer; of a
    host that is half there, its first address."""
    for name, host in HOSTS.items():
        if host.where == "peer":
            for ip in host.v4 + host.v6:
                yield ip, host.behaviour, host.certificate
        elif host.where == "half":
            yield host.v4[0], host.behaviour, host.certificate


def server_addresses(where):
    """The addresses at which that authoritative server answers."""
    return [ip for ns in NS.values() if ns.where == where
            for ip in ns.v4 + ns.v6
            if ip != HALF_DEAD]


def faulty_addresses(where):
    """Addresses of mail and name servers whose packets are dropped or
    rejected."""
    return [ip for table in (HOSTS, NS) for host in table.values()
            if host.where == where for ip in host.v4 + host.v6]


def vantage_v6(kind):
    """The IPv6 address from which a real vantage asks."""
    return f"2001:db8:f{VANTAGES[kind].split('.')[2]}::53"
