#!/usr/bin/env python3
"""Does `--sender postfix` tell the truth, and the other profiles?  Ask them.

    lab.py run DIR -- tests/scenario/oracle.py [--mta postfix|exim|opensmtpd]
                      [--mxvigil PATH] [--only GLOB]

A real MTA is given one message for every scenario's domain, asks the same
resolver as the agent, and what its log says of each (sent and to whom,
deferred, bounced) is compared with the agent's outcome and accepted_by.
Prints the table and exits 1 on a difference that nobody has explained.  An MTA
that cannot run (they need root, and their packages) is skipped, and said so.
"""

import argparse
import fnmatch
import json
import os
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "lab")]
sys.dont_write_bytecode = True

import mtas                                                    # noqa: E402
import opensmtpd                                               # noqa: E402
import plan                                                    # noqa: E402
import scenarios                                               # noqa: E402

VANTAGE = "unbound"

# Timers like those of the lab's MTAs.
CONFIG = """smtp:
  timeouts: {connect: 2s, greeting: 4s, reply: 3s}
"""

# What an MTA does otherwise than the agent says, and why it may:
# scenario: (what the MTA does, why); "|" between what different versions do.
LITERAL = "it connects to an address in an MX record; the agent, which calls " \
    "that a fault, has not tried it"
LENIENT = "it forgives what RFC 5321 4.2.1 and 4.5.3.1.5 forbid"
OUT_OF_STEP = "it talks on, out of step, and gives up for good at DATA"
POSTFIX = {
    "t-ip-literal": ("sent 198.18.101.25", LITERAL),
    "t-ip-literal-only": ("sent 198.18.101.25", LITERAL),
    "t-early-reply": ("bounced", OUT_OF_STEP),
    "t-ehlo-codes": ("sent ehlobad.mx.lab", LENIENT),
    "t-huge-line": ("sent hugeline.mx.lab", LENIENT),
    "t-code-change": ("sent codechange.mx.lab", LENIENT),
}
EXIM = {
    "t-ehlo-codes": ("sent ehlobad.mx.lab", LENIENT),
    "t-code-change": ("sent codechange.mx.lab", LENIENT),
}
NULL_MX = "its version 6.8 knows no null MX, as 7.5 does"
WAITS = "it gives a silent or endless peer five to ten minutes, and does the " \
    "same then"
OPENSMTPD = {
    "t-ip-literal": ("sent ok1.mx.lab", LITERAL),
    "t-ip-literal-only": ("sent ok1.mx.lab", LITERAL),
    "t-null-mx": ("deferred", NULL_MX),
    "t-null-mx-preference": ("deferred", NULL_MX),
    "t-localhost-only": ("deferred", NULL_MX),
    "t-ehlo-codes": ("sent ehlobad.mx.lab", LENIENT),
    "t-code-change": ("sent codechange.mx.lab", LENIENT),
    "t-bad-code": ("sent badcode.mx.lab", LENIENT),
    "t-tls-injection": ("dies|sent ok2.mx.lab", "its version 6.8 frees memory "
                        "twice; 7.6 goes on to the next server"),
    **{name: ("waits", WAITS)
       for name in ("t-dropped", "t-silent", "t-echo", "t-endless-greeting",
                    "t-endless-ehlo", "t-starttls-silent")},
    "t-all-silent": ("waits", "it waits for both, for more than ten minutes; "
                     "so does the mail"),
}
MTAS = {"postfix": (mtas.Postfix, POSTFIX), "exim": (mtas.Exim, EXIM),
        "opensmtpd": (opensmtpd.OpenSMTPD, OPENSMTPD)}


def domain_of(scenario):
    return scenario.asked.rstrip(".").encode("idna").decode().lower()


def chosen(only):
    """One scenario a domain; those about vantages all look alike here."""
    return [s for s in scenarios.ALL
            if s.oracle and not s.needs and s not in scenarios.VANTAGE
            and fnmatch.fnmatch(s.name, only)]


# --------------------------------------------------------------- the agent

def agent_results(mxvigil, profile, domains):
    config = Path(os.environ["LAB"], "run", "oracle.yaml")
    config.write_text(CONFIG)
    words = [mxvigil, "check", "--format", "json", "--sender", profile,
             "--depth", "rcpt", "-t", "40", "-f", str(config),
             "--ca-file", os.environ["LAB_CA"], "--helo", "monitor.lab",
             "--vantage", f"{VANTAGE}={plan.vantage(VANTAGE)}",
             "--list", "-"]
    for network in plan.LAB_NETWORKS:
        words += ["--allow-network", network]
    done = subprocess.run(words, input="\n".join(domains) + "\n", text=True,
                          capture_output=True, timeout=300)
    results = map(json.loads, done.stdout.splitlines())
    return {r["domain"]: r for r in results}


def agent_says(result):
    """In an MTA's words: ("sent", {hosts and addresses}), ("deferred", …) …"""
    word = {"accepted": "sent", "refused": "bounced"}.get(
        result["outcome"], result["outcome"])
    by = result["delivery"]["accepted_by"]
    hosts = [mx for mx in result["mx"]
             if mx["share"] > 0 or mx["host"] == by]
    places = {mx["host"].lower() for mx in hosts} | \
        {a["ip"] for mx in hosts for a in mx["addresses"]}
    if word == "sent" and postmaster_refused(result):
        word = "bounced"
    return word, places


def postmaster_refused(result):
    """The server that takes the mail refuses this one recipient, which is
    nothing against the domain."""
    return any(f["rule"] == "smtp.postmaster-rejected" and
               f["subject"] == result["delivery"]["accepted_by"]
               for f in result["findings"])


# ---------------------------------------------------------------- compare

def judge(scenario, result, real, explained):
    """(the agent's cell, the MTA's cell, "yes", "NO …" or "explained: …")."""
    status, relay, address, text = real or ("?", "none", None,
                                            "nothing in the log")
    mta = f"{status} {relay}" if status == "sent" else status
    if result is None:
        return "?", mta, "NO (no result)"
    word, places = agent_says(result)
    agent = f"{word} {result['delivery']['accepted_by']}" \
        if word == "sent" else word
    if word == status and (word != "sent" or {relay, address} & places):
        return agent, mta, "yes"
    allowed = explained.get(scenario.name)
    if allowed and mta in allowed[0].split("|"):
        return agent, mta, "explained: " + allowed[1]
    return agent, mta, f"NO ({text[:100]})"


def compare(args, name, some):
    """Print the table; how many are as they should be, and how many not."""
    make, explanations = MTAS[name]
    domains = [domain_of(s) for s in some]
    started = time.monotonic()
    real = make().deliver(domains)
    took = time.monotonic() - started
    said = agent_results(args.mxvigil, name, domains)
    count = {"yes": 0, "explained": 0, "NO": 0}
    print(f"{'domain':30} {'mxvigil --sender ' + name:30} {name:30} agree")
    for scenario, domain in zip(some, domains):
        agent, mta, agree = judge(scenario, said.get(domain),
                                  real.get(domain), explanations)
        count[agree.split(" ")[0].rstrip(":")] += 1
        print(f"{domain:30} {agent:30} {mta:30} {agree}")
    print(f"{name}: {count['yes']} agree, {count['explained']} differ and "
          f"are explained, {count['NO']} failed; it took {took:.1f} s")
    return count["yes"] + count["explained"], count["NO"]


def lacks(mta):
    """What it cannot run for want of, or None."""
    if not Path(plan.POSTFIX, "etc/main.cf").exists():
        return "root"
    if mta.program not in mtas.find_tools().table:
        return "its package"
    return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--mxvigil", default="build/test/mxvigil")
    parser.add_argument("--mta", choices=list(MTAS))
    parser.add_argument("--only", default="*")
    args = parser.parse_args()
    if "LAB_CA" not in os.environ:
        sys.exit(__doc__)
    some = chosen(args.only)
    good = bad = 0
    for name in [args.mta] if args.mta else MTAS:
        lack = lacks(MTAS[name][0])
        if lack:
            print(f"SKIP {name}: {len(some)} domains, for want of {lack}")
            continue
        fine, wrong = compare(args, name, some)
        good, bad = good + fine, bad + wrong
    print(f"senders: {good} passed, {bad} failed")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
