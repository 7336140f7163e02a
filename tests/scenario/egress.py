#!/usr/bin/env python3
"""No packet may go to an address that the egress policy refuses.

    lab.py run DIR -- tests/scenario/egress.py [--mxvigil PATH]

Every special-purpose address of special.py and the machine's own, on every
way by which DNS can give it; nftables counts what leaves for their SMTP and
DNS ports.  Then the same with those networks allowed: now the counters must
move wherever the kernel itself lets a packet out, or the test proves nothing.
"""

import argparse
import ipaddress
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "lab")]
sys.dont_write_bytecode = True

import counters                                                # noqa: E402
import plan                                                    # noqa: E402
import special                                                 # noqa: E402


def check(mxvigil, domains, allow):
    """{domain: result} of one call for all of them."""
    words = [mxvigil, "check", "--format", "json", "-t", "20",
             "--ca-file", os.environ["LAB_CA"], "--helo", "monitor.lab",
             "--depth", "connect", "--list", "-"]
    for kind in ("unbound", "doh"):
        words += ["--vantage", f"{kind}={plan.vantage(kind)}"]
    for network in plan.LAB_NETWORKS + allow:
        words += ["--allow-network", network]
    done = subprocess.run(words, input="\n".join(domains) + "\n", text=True,
                          capture_output=True, timeout=600)
    return {r["domain"]: r for r in map(json.loads,
                                        done.stdout.splitlines())}


def addresses_seen(result):
    """Every address that the agent got out of DNS for this domain."""
    return {ipaddress.ip_address(a["ip"])
            for part in ("mx", "nameservers") for host in result[part]
            for a in host["addresses"]}


def knock(ip):
    """One packet to each port, if the kernel lets it out."""
    family = socket.AF_INET6 if ":" in ip else socket.AF_INET
    for kind, port in ((socket.SOCK_STREAM, 25), (socket.SOCK_DGRAM, 53)):
        with socket.socket(family, kind) as s:
            s.setblocking(False)
            try:
                s.connect((ip, port))
                s.send(b"knock")
            except OSError:
                pass


def reachable(addresses):
    """Those to which this kernel sends at all: {address: {port}}."""
    found = {}
    for port in (25, 53):
        counters.watch(addresses, port)
        for ip in addresses:
            knock(ip)
        for ip, packets in counters.counts().items():
            if packets:
                found.setdefault(ip, set()).add(port)
    return found


def forbidden_pass(mxvigil, cases):
    """What is wrong when nothing is allowed."""
    addresses = {ip for _, _, ip in cases}
    counters.watch(addresses)
    results = check(mxvigil, [domain for domain, _, _ in cases], [])
    wrong = [f"{packets} packets to {ip}"
             for ip, packets in counters.counts().items() if packets]
    for domain, way, ip in cases:
        result = results.get(domain)
        if result is None:
            wrong.append(f"{domain}: no result")
        elif ipaddress.ip_address(ip) not in addresses_seen(result):
            wrong.append(f"{domain}: {ip} was never found ({way})")
    return wrong


def allowed_pass(mxvigil, cases, way, can):
    """Addresses that stay silent although they are allowed and the kernel
    sends there."""
    port = 53 if way == "ns" else 25
    mine = [(d, ip) for d, w, ip in cases if w == way]
    counters.watch([ip for _, ip in mine], port)
    check(mxvigil, [domain for domain, _ in mine],
          special.NETWORKS + [plan.OWN_V4, plan.OWN_V6])
    seen = {ip for ip, packets in counters.counts().items() if packets}
    wanted = {ip for _, ip in mine if port in can.get(ip, ())}
    return seen, sorted(wanted - seen)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--mxvigil", default="build/test/mxvigil")
    args = parser.parse_args()
    if "LAB_CA" not in os.environ:
        sys.exit(__doc__)
    cases = list(special.cases())
    failed = 0
    wrong = forbidden_pass(args.mxvigil, cases)
    failed += bool(wrong)
    print(f"{'not ok' if wrong else 'ok'} 1 - {len(cases)} domains, "
          f"{len(special.addresses())} addresses: no packet")
    for line in wrong[:20]:
        print("# " + line)
    can = reachable(special.addresses())
    for i, way in enumerate(special.WAYS, 2):
        seen, silent = allowed_pass(args.mxvigil, cases, way, can)
        bad = bool(silent) or not seen
        failed += bad
        print(f"{'not ok' if bad else 'ok'} {i} - allowed, by {way}: packets "
              f"to {len(seen)} addresses")
        if silent:
            print("# none to " + " ".join(silent))
    print(f"egress: {1 + len(special.WAYS) - failed} passed, "
          f"{failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
