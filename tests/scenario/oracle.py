#!/usr/bin/env python3
"""Does `--sender postfix` tell the truth, and `--sender exim`?  Ask them.

    lab.py run DIR -- tests/scenario/oracle.py [--mta postfix|exim]
                      [--mxvigil PATH] [--only GLOB]

A real MTA is given one message for every scenario's domain, asks the same
resolver as the agent, and what its log says of each (sent and to whom,
deferred, bounced) is compared with the agent's outcome and accepted_by.
Prints the table and exits 1 on a difference that nobody has explained.  Where
the MTAs cannot run (they need root) everything counts as skipped.
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
import plan                                                    # noqa: E402
import scenarios                                               # noqa: E402

VANTAGE = "unbound"

# Timers like those of the lab's MTAs.
CONFIG = """smtp:
  timeouts: {connect: 2s, greeting: 4s, reply: 3s}
"""

# What an MTA does otherwise than the agent says, and why it may:
# scenario: (what the MTA does, why).
PLAIN_LATER = "after a failed handshake Postfix tries the next host first, " \
    "and this one in plain text only once the message has waited"
LITERAL = "Postfix connects to an address in an MX record; the agent, which " \
    "calls that a fault, has not tried it"
LENIENT = "it forgives what RFC 5321 4.2.1 and 4.5.3.1.5 forbid"
FOR_GOOD = "it takes this 5xx for an answer to the message: it bounces " \
    "without a look at the next server"
OUT_OF_STEP = "it talks on, out of step, and gives up for good at DATA"
POSTFIX = {
    "t-ip-literal": ("sent 198.18.101.25", LITERAL),
    "t-ip-literal-only": ("sent 198.18.101.25", LITERAL),
    "t-ehlo-550": ("bounced", FOR_GOOD),
    "t-second-ehlo": ("bounced", FOR_GOOD),
    "t-mail-550": ("bounced", FOR_GOOD),
    "t-early-reply": ("bounced", OUT_OF_STEP),
    "t-ehlo-codes": ("sent ehlobad.mx.lab", LENIENT),
    "t-huge-line": ("sent hugeline.mx.lab", LENIENT),
    "t-code-change": ("sent codechange.mx.lab", LENIENT),
    **{name: ("sent ok2.mx.lab", PLAIN_LATER)
       for name in ("t-tls-close", "t-tls-reset", "t-tls-garbage",
                    "t-tls-plain")},
}
IN_CLEAR = "when the session inside TLS fails, Exim starts anew in plain text"
LAST_WORD = "Exim takes the last server's 5xx greeting for an answer to the " \
    "message"
EXIM = {
    "t-localhost": ("deferred", "Exim finds itself in the MX record and "
                    "freezes the message for its operator"),
    "t-mx-cname": ("sent twin1.mx.lab", "the same host: Exim logs the name "
                   "behind the alias"),
    "t-all-554": ("bounced", LAST_WORD),
    "t-421-554": ("bounced", LAST_WORD),
    "t-mail-550": ("bounced", FOR_GOOD),
    "t-ehlo-codes": ("sent ehlobad.mx.lab", LENIENT),
    "t-code-change": ("sent codechange.mx.lab", LENIENT),
    "t-second-ehlo": ("sent ehlo2fails.mx.lab", IN_CLEAR),
    "t-second-ehlo-closes": ("sent ehlo2close.mx.lab", IN_CLEAR),
}
MTAS = {"postfix": (mtas.Postfix, POSTFIX), "exim": (mtas.Exim, EXIM)}


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
    """In an MTA's words: ("sent", {hosts}), ("deferred", …), …"""
    word = {"accepted": "sent", "refused": "bounced"}.get(
        result["outcome"], result["outcome"])
    hosts = {mx["host"].lower() for mx in result["mx"] if mx["share"] > 0}
    if result["delivery"]["accepted_by"]:
        hosts.add(result["delivery"]["accepted_by"].lower())
    if word == "sent" and postmaster_refused(result):
        word = "bounced"
    return word, hosts


def postmaster_refused(result):
    """The server that takes the mail refuses this one recipient, which is
    nothing against the domain."""
    return any(f["rule"] == "smtp.postmaster-rejected" and
               f["subject"] == result["delivery"]["accepted_by"]
               for f in result["findings"])


# ---------------------------------------------------------------- compare

def judge(scenario, result, real, explained):
    """(the agent's cell, the MTA's cell, "yes", "NO …" or "explained: …")."""
    status, relay, text = real or ("?", "none", "nothing in the log")
    mta = f"{status} {relay}" if status == "sent" else status
    if result is None:
        return "?", mta, "NO (no result)"
    word, hosts = agent_says(result)
    agent = f"{word} {result['delivery']['accepted_by']}" \
        if word == "sent" else word
    if word == status and (word != "sent" or relay in hosts):
        return agent, mta, "yes"
    allowed = explained.get(scenario.name)
    if allowed and allowed[0] == mta:
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


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--mxvigil", default="build/test/mxvigil")
    parser.add_argument("--mta", choices=list(MTAS))
    parser.add_argument("--only", default="*")
    args = parser.parse_args()
    if "LAB_CA" not in os.environ:
        sys.exit(__doc__)
    some = chosen(args.only)
    names = [args.mta] if args.mta else list(MTAS)
    if not Path(plan.POSTFIX, "etc/main.cf").exists():
        print(f"SKIP {' and '.join(names)}: {len(some)} domains each, for "
              "want of root\nsenders: 0 passed, 0 failed")
        return 0
    good, bad = map(sum, zip(*(compare(args, name, some)
                               for name in names)))
    print(f"senders: {good} passed, {bad} failed")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
