#!/usr/bin/env python3
"""Run the scenarios: one `mxvigil check --format json` each, in the lab.

    lab.py run DIR -- tests/scenario/run.py [options]

    --mxvigil PATH   the agent (build/test/mxvigil)
    --only GLOB      some scenarios
    --valgrind       under valgrind; of all scenarios, every third
    --jobs N         so many at a time (8)
    --no-list        leave out the last test, all domains in one call
    --verbose        say more about a failure

Each scenario is also recorded and replayed: the same JSON must come out but
for times.  Prints TAP, and exits 1 when something fails.
"""

import argparse
import fnmatch
import json
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "lab")]
sys.dont_write_bytecode = True

import counters                                                # noqa: E402
import plan                                                    # noqa: E402
import schema                                                  # noqa: E402
import scenarios                                               # noqa: E402

EXIT = {"ok": 0, "warning": 1, "critical": 2, "unknown": 3}
RANK = ["ok", "unknown", "warning", "critical"]
SANITIZE = {"ASAN_OPTIONS": "detect_leaks=1:abort_on_error=0:exitcode=99",
            "UBSAN_OPTIONS": "print_stacktrace=1:exitcode=99"}
VALGRIND = ["valgrind", "--quiet", "--error-exitcode=98",
            "--leak-check=full", "--show-leak-kinds=definite,indirect",
            "--errors-for-leak-kinds=definite,indirect"]


# -------------------------------------------------------------- the command

def common_options(scenario=None):
    words = ["--format", "json", "--ca-file", os.environ["LAB_CA"],
             "--helo", "monitor.lab"]
    for network in plan.LAB_NETWORKS:
        words += ["--allow-network", network]
    for kind in scenario.vantages if scenario else scenarios.THREE:
        words += ["--vantage", f"{kind}={plan.vantage(kind)}"]
    return words


class Run:
    """The runs of one scenario in a folder of its own."""

    def __init__(self, args, scenario, folder):
        self.args, self.scenario = args, scenario
        self.folder = Path(folder)
        self.record = self.folder / "record"

    def command(self):
        s = self.scenario
        timeout = s.timeout * (6 if self.args.valgrind else 1)
        words = ["check", *common_options(s), "-t", str(timeout)]
        if s.config:
            config = self.folder / "config.yaml"
            config.write_text(s.config)
            words += ["-f", str(config)]
        return [*words, "--record", str(self.record), *s.options, s.asked]

    def call(self, words):
        wrap = VALGRIND if self.args.valgrind else []
        return subprocess.run(
            [*wrap, self.args.mxvigil, *words], text=True, timeout=300,
            capture_output=True, stdin=subprocess.DEVNULL,
            env={**os.environ, **SANITIZE})


# ------------------------------------------------------------ expectations

def host_name(short):
    """A subject: ok1 is ok1.mx.lab; one with a dot stands for itself."""
    if short.endswith("."):
        return short.rstrip(".")
    return short if "." in short else f"{short}.mx.lab"


def parse_expected(word):
    optional = word.startswith("?")
    rule, _, subject = word.lstrip("?").partition("@")
    rule, _, severity = rule.partition("=")
    severity = severity or scenarios.SEVERITY.get(rule, "warning")
    return optional, rule, severity, host_name(subject) if subject else None


def matches(expected, finding):
    _, rule, severity, subject = expected
    return finding["rule"] == rule and finding["severity"] == severity and \
        (subject is None or (finding["subject"] or "").lower() == subject)


def compare_findings(scenario, found):
    """Every expected one once, optional ones perhaps, no other."""
    expected = [parse_expected(word) for word in scenario.expect.split()]
    rest, missing = list(found), []
    for want in sorted(expected):        # the optional ones last
        hit = next((f for f in rest if matches(want, f)), None)
        if hit is not None:
            rest.remove(hit)
        elif not want[0]:
            missing.append("{1}={2}".format(*want)
                           + (f"@{want[3]}" if want[3] else ""))
    said = []
    if missing:
        said.append("missing " + ", ".join(missing))
    if rest:
        said.append("not wanted " + ", ".join(
            f"{f['rule']}={f['severity']}@{f['subject']}" for f in rest))
    return said


def differ(what, got, want):
    return [] if got == want else [f"{what} {got!r}, wanted {want!r}"]


def accepted_hosts(scenario):
    hosts = scenario.accepted
    if hosts is None:
        return [None]
    return [host_name(h)
            for h in ([hosts] if isinstance(hosts, str) else hosts)]


def compare_outcome(scenario, result):
    said = differ("outcome", result["outcome"], scenario.outcome)
    accepted = result["delivery"]["accepted_by"]
    if (accepted and accepted.lower()) not in accepted_hosts(scenario):
        said.append(f"accepted_by {accepted}, wanted "
                    f"{' or '.join(map(str, accepted_hosts(scenario)))}")
    deliverable = {"accepted": True, "unknown": None}.get(
        scenario.outcome, False)
    said += differ("deliverable", result["deliverable"], deliverable)
    if scenario.outcome == "accepted":
        total = sum(mx["share"] for mx in result["mx"])
        if abs(total - 1) > 0.001:       # they are printed rounded
            said.append(f"shares add up to {total}")
    return said


def compare_mx(scenario, result):
    said, by_host = [], {}
    for mx in result["mx"]:
        by_host.setdefault((mx["host"] or "").lower(), mx)

    def look(name):
        mx = by_host.get(host_name(name))
        if mx is None:
            said.append(f"no MX {host_name(name)}")
        return mx
    for name, state in scenario.states.items():
        mx = look(name)
        if mx:
            said += differ(f"state of {name}", mx["state"], state)
    for name, share in scenario.shares.items():
        mx = look(name)
        if mx and abs(mx["share"] - share) > 1e-4:
            said.append(f"share of {name} {mx['share']}, wanted {share}")
    for name, (phases, error) in scenario.errors.items():
        for address in (look(name) or {"addresses": []})["addresses"]:
            said += differ(f"error of {name}", address["error"], error)
            if address["phase"] not in phases.split():
                said.append(f"phase of {name} {address['phase']}, "
                            f"wanted {phases}")
    return said


def compare_dns(scenario, result):
    said = []
    for vantage in result["vantages"]:
        want = scenario.status.get(vantage["name"])
        if want and vantage["status"] not in want.split():
            said.append(f"vantage {vantage['name']} {vantage['status']}, "
                        f"wanted {want}")
    by_host = {ns["host"].lower(): ns for ns in result["nameservers"]}
    for host, want in scenario.nameservers.items():
        states = {a["status"] for a in by_host[host]["addresses"]} \
            if host in by_host else {"not listed"}
        if not states <= set(want.split()):
            said.append(f"name server {host} {sorted(states)}, "
                        f"wanted {want}")
    return said


def compare(scenario, result, status):
    verdict = max((f["severity"] if f["severity"] in RANK else "ok"
                   for f in result["findings"]), key=RANK.index,
                  default="ok")
    said = schema.problems(result)
    said += differ("verdict", result["verdict"], verdict)
    said += differ("exit status", status, EXIT[result["verdict"]])
    said += compare_findings(scenario, result["findings"])
    said += compare_outcome(scenario, result)
    said += compare_mx(scenario, result)
    return said + compare_dns(scenario, result)


# ------------------------------------------------------------ one scenario

def first_object(done):
    """The one JSON object of a call, or what is wrong instead."""
    lines = done.stdout.splitlines()
    if done.returncode not in EXIT.values() or len(lines) != 1:
        raise ValueError(f"exit status {done.returncode}, {len(lines)} "
                         f"lines: {(done.stdout + done.stderr)[-1500:]}")
    if done.stderr.strip():
        raise ValueError(f"said on stderr: {done.stderr[-1500:]}")
    return json.loads(lines[0])


# What a replay says anew; everything else comes from the recording.
TIMES = ("checked_at", "duration_ms")


def without_times(result):
    return {k: v for k, v in result.items() if k not in TIMES}


def replay(run, result):
    """The recording, judged again: it holds all that the judgement needs."""
    try:
        again = first_object(run.call(["replay", "--format", "json",
                                       str(run.record)]))
    except ValueError as error:
        return [f"replay: {error}"]
    if without_times(again) == without_times(result):
        return []
    keys = [k for k in result if k not in TIMES
            and again.get(k) != result[k]]
    said = f"replay differs in {', '.join(keys)}"
    if run.args.verbose:
        for key in keys:
            said += (f"\n#  {key}: {json.dumps(result[key])}"
                     f"\n#  {key}: {json.dumps(again.get(key))}")
    return [said]


def run_one(args, scenario):
    """(what is wrong, the result or None, seconds)."""
    started = time.monotonic()
    result = None
    with tempfile.TemporaryDirectory() as folder:
        run = Run(args, scenario, folder)
        before = counters.read(scenario.untouched)
        try:
            done = run.call(run.command())
            took = time.monotonic() - started
            result = first_object(done)
            said = compare(scenario, result, done.returncode)
            said += replay(run, result)
        except (ValueError, subprocess.TimeoutExpired) as error:
            return [str(error)], None, time.monotonic() - started
    limit = scenario.within or scenario.timeout + 2
    if not args.valgrind and took > limit:
        said.append(f"took {took:.1f} s, wanted {limit}")
    touched = counters.read(scenario.untouched) - before
    if touched:
        said.append(f"{touched} packets to {scenario.untouched}")
    return said, result, took


# ----------------------------------------------------------------- the list

def listable(scenario):
    return scenario.steady and scenario.vantages == scenarios.THREE and \
        not scenario.options and not scenario.config and \
        scenario.timeout == 8


def essence(scenario, result):
    """What may not depend on the company a domain is checked in."""
    optional = {rule for may, rule, _, _ in
                map(parse_expected, scenario.expect.split()) if may}
    return {
        "verdict": result["verdict"], "outcome": result["outcome"],
        "accepted_by": result["delivery"]["accepted_by"],
        "findings": sorted((f["rule"], f["severity"], f["subject"] or "")
                           for f in result["findings"]
                           if f["rule"] not in optional),
        "mx": [(m["preference"], m["host"], m["state"], m["share"])
               for m in result["mx"]],
    }


def run_list(args, singles):
    """All of them in one call; singles: scenario -> (result, seconds)."""
    words = ["check", *common_options(), "-t", "8", "--list", "-"]
    names = "".join(s.asked + "\n" for s in singles)
    started = time.monotonic()
    done = subprocess.run([args.mxvigil, *words], input=names, text=True,
                          capture_output=True, timeout=300,
                          env={**os.environ, **SANITIZE})
    took = time.monotonic() - started
    results = {}
    for line in done.stdout.splitlines():
        one = json.loads(line)
        results[one["domain"]] = one
    said = []
    for scenario, (single, _) in singles.items():
        one = results.get(single["domain"])
        if one is None:
            said.append(f"{scenario.name} is missing")
        elif essence(scenario, one) != essence(scenario, single):
            said.append(f"{scenario.name} differs: {essence(scenario, one)} "
                        f"from {essence(scenario, single)}")
    slowest = max(seconds for _, seconds in singles.values())
    total = sum(seconds for _, seconds in singles.values())
    print(f"# {len(singles)} domains in one call: {took:.2f} s; slowest "
          f"alone {slowest:.2f} s; one after the other {total:.2f} s")
    if done.stderr.strip():
        said.append(f"said on stderr: {done.stderr[-1500:]}")
    if took > slowest * 1.5 + 2:
        said.append(f"took {took:.1f} s, the slowest alone {slowest:.1f} s")
    return said


# --------------------------------------------------------------------- all

def chosen(args):
    some = [s for s in scenarios.ALL if fnmatch.fnmatch(s.name, args.only)]
    if args.valgrind:
        # Slow as it is there, a deadline that is meant to be short is not.
        some = [s for s in some if s.timeout >= 8]
        some = some[::3] if args.only == "*" else some
    postfix = Path(plan.POSTFIX, "etc/main.cf").exists()
    return some, [s for s in some if s.needs == "postfix" and not postfix]


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=
                                     argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mxvigil", default="build/test/mxvigil")
    parser.add_argument("--only", default="*")
    parser.add_argument("--valgrind", action="store_true")
    parser.add_argument("--jobs", type=int, default=8)
    parser.add_argument("--no-list", action="store_true")
    parser.add_argument("--verbose", action="store_true")
    args = parser.parse_args()
    args.mxvigil = str(Path(args.mxvigil).resolve())
    if "LAB_CA" not in os.environ:
        sys.exit(__doc__)
    return args


def main():
    args = options()
    some, skipped = chosen(args)
    counters.install(some)
    todo = [s for s in some if s not in skipped]
    failed, singles = 0, {}
    with ThreadPoolExecutor(args.jobs) as pool:
        runs = pool.map(lambda s: run_one(args, s), todo)
        for i, (scenario, (said, result, took)) in enumerate(
                zip(todo, runs), 1):
            failed += bool(said)
            print(f"not ok {i} - {scenario.name}: {'; '.join(said)}" if said
                  else f"ok {i} - {scenario.name}", flush=True)
            if result and listable(scenario) and not said:
                singles[scenario] = (result, took)
    for scenario in skipped:
        print(f"SKIP {scenario.name}: no {scenario.needs} here")
    count = len(todo)
    if len(singles) > 1 and not args.no_list and not args.valgrind:
        said = run_list(args, singles)
        count, failed = count + 1, failed + bool(said)
        print("not ok" if said else "ok", count, "- all in one list",
              "; ".join(said))
    print(f"scenarios: {count - failed} passed, {failed} failed"
          + (f", {len(skipped)} skipped" if skipped else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
