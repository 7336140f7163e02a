"""Addresses that may not be connected to when DNS gives them, and zones that
lead there on every way: an MX host's address, an alias, the address of a
domain without MX, a name server's glue.
"""

import ipaddress

import plan

# Networks of the IANA special-purpose registries that are not globally
# reachable, and multicast.  The lab's own two are left out.
NETWORKS = """
0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12
192.0.0.0/29 192.0.2.0/24 192.168.0.0/16 198.51.100.0/24 203.0.113.0/24
224.0.0.0/4 239.0.0.0/8 240.0.0.0/4 255.255.255.255/32
::/128 ::1/128 ::ffff:0.0.0.0/96 64:ff9b:1::/48 100::/64 2001:2::/48
3fff::/20 5f00::/16 fc00::/7 fd00::/8 fe80::/10 ff00::/8 ff02::/16
""".split()
WAYS = ("address", "alias", "implicit", "ns")
ZONE = "special.test."


def addresses():
    """Some of every network: both ends, and three between."""
    found = {}
    for text in NETWORKS:
        network = ipaddress.ip_network(text)
        last = network.num_addresses - 1
        for offset in (0, 1, last // 3, last - 1, last):
            if 0 <= offset <= last:
                found[str(network[offset])] = True
    for own in (plan.OWN_V4, plan.OWN_V6):
        found[own] = True
    return list(found)


def cases():
    """(domain, way, address) of every combination."""
    for i, ip in enumerate(addresses()):
        for way in WAYS:
            domain = f"special-{i:03}.test" if way == "ns" else \
                f"{way}{i:03}.{ZONE.rstrip('.')}"
            yield domain, way, ip


def rtype(ip):
    return "AAAA" if ":" in ip else "A"


def main_zone():
    lines = [f"$ORIGIN {ZONE}", "$TTL 86400",
             "@ SOA a.ns.lab. hostmaster.lab. 1 3600 600 604800 60",
             "@ NS a.ns.lab.", "@ NS b.ns.lab."]
    for i, ip in enumerate(addresses()):
        lines += [f"address{i:03} MX 10 h{i:03}",
                  f"alias{i:03} MX 10 c{i:03}", f"c{i:03} CNAME h{i:03}",
                  f"implicit{i:03} {rtype(ip)} {ip}",
                  f"h{i:03} {rtype(ip)} {ip}"]
    return "\n".join(lines) + "\n"


def ns_zone(domain, ip):
    return "\n".join([
        f"$ORIGIN {domain}.", "$TTL 86400",
        "@ SOA a.ns.lab. hostmaster.lab. 1 3600 600 604800 60",
        "@ NS a.ns.lab.", "@ NS b.ns.lab.", "@ NS bad",
        "@ MX 10 ok1.mx.lab.", "@ MX 20 ok2.mx.lab.",
        f"bad {rtype(ip)} {ip}"]) + "\n"


def zones():
    """Further zones for the lab: {name: text}."""
    made = {ZONE: main_zone()}
    for domain, way, ip in cases():
        if way == "ns":
            made[domain + "."] = ns_zone(domain, ip)
    return made


def delegations():
    """Their lines in the zone test."""
    lines = [f"{ZONE} NS a.ns.lab.", f"{ZONE} NS b.ns.lab."]
    for domain, way, ip in cases():
        if way == "ns":
            lines += [f"{domain}. NS {ns}"
                      for ns in ("a.ns.lab.", "b.ns.lab.", f"bad.{domain}.")]
            lines.append(f"bad.{domain}. {rtype(ip)} {ip}")
    return lines
