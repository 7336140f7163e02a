"""Packets that leave for certain addresses, counted by nftables."""

import json
import subprocess

import plan


def nft(text):
    subprocess.run(["nft", "-f", "-"], input=text, text=True, check=True)


def resolvers(family):
    """The lab's own vantages: what they ask for is not the agent's doing."""
    kinds = ("unbound", "doh", "pdns", "plain")
    return [plan.VANTAGES[k] if family == "ip" else plan.vantage_v6(k)
            for k in kinds]


def rules(addresses, ports):
    """One counter an address: what goes to these of its ports."""
    listed = ", ".join(map(str, ports))
    for ip in addresses:
        family = "ip6" if ":" in ip else "ip"
        yield (f"add rule inet watch out {family} daddr {ip} {family} saddr "
               f"!= {{ {', '.join(resolvers(family))} }} meta l4proto "
               f"{{ tcp, udp }} th dport {{ {listed} }} counter comment "
               f"\"{ip}\"\n")


def watch(addresses, *ports):
    """Count anew, what goes to their SMTP and DNS ports by default."""
    nft("table inet watch\ndelete table inet watch\n"
        "table inet watch { chain out { type filter hook output priority "
        "-10; }; }\n"
        + "".join(rules(sorted(set(addresses)), ports or (25, 53))))


def install(scenarios):
    watch(ip for s in scenarios for ip in s.untouched)


def counts():
    """{address: packets}."""
    done = subprocess.run(["nft", "--json", "list", "table", "inet",
                           "watch"], capture_output=True, text=True,
                          check=True)
    found = {}
    for entry in json.loads(done.stdout)["nftables"]:
        rule = entry.get("rule")
        if rule and "comment" in rule:
            found[rule["comment"]] = next(
                e["counter"]["packets"] for e in rule["expr"]
                if "counter" in e)
    return found


def read(addresses):
    """Packets to these addresses up to now."""
    if not addresses:
        return 0
    now = counts()
    return sum(now[ip] for ip in addresses)
