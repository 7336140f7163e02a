#!/usr/bin/env python3
"""Debian's Nagios 4 and Icinga 2, with the configuration that is shipped.

    lab.py run DIR -- tests/monitor/plugins.py BUILD

A healthy, a degraded and a dead domain, looked at by the plugin and asked of
the daemon: state, long output and performance data as the monitors have them,
and who is told when the daemon dies.  BUILD holds test/mxvigil.
"""

import sys
from concurrent.futures import ThreadPoolExecutor

import stage
import icinga
import nagios
from world import wait_until

ALL = "mxvigil", "mail of all domains"


def domain_states(monitor):
    """Each domain in both ways: a hard state, the words, the numbers."""
    for way in ("check", "status"):
        for domain in stage.STATES:
            wait_until(lambda: monitor.wrong(way, domain) is None, 20,
                       f"{way} of {domain}: {monitor.wrong(way, domain)}")


def all_domains(monitor):
    """The service that is there once."""
    def wrong():
        seen = monitor.services().get(ALL)
        good = seen and (seen.state, seen.hard) == (2, True) and \
            "3 domains: 1 ok, 1 warning, 1 critical" in seen.output and \
            "[CRITICAL] mx.all-down: " in seen.long and \
            "[WARNING] mx.primary-down: " in seen.long and \
            seen.perf.split()[:2] == ["domains=3;;;0", "critical=1;;;0"]
        return None if good else seen or "no such service"
    wait_until(lambda: wrong() is None, 20, f"{ALL}: {wrong()}")


def one_is_told(monitors):
    """The daemon is gone: all is unknown, which is told once."""
    def states(monitor):
        return [monitor.services()[place].state for place in (
            ALL, *(monitor.place("status", name) for name in stage.STATES))]
    for monitor in monitors:
        wait_until(lambda: states(monitor) == [3, 3, 3, 3], 20,
                   f"{monitor.name}: unknown; they are {states(monitor)}")
        wait_until(lambda: "UNKNOWN" in monitor.told(), 20,
                   f"{monitor.name} tells it: {monitor.told()}")
        output = monitor.services()[ALL].output
        assert output.startswith("MXVIGIL UNKNOWN - no mxvigil answers"), \
            f"{monitor.name}: {output}"
        told = [line.split("|")[0] for line in monitor.told().splitlines()
                if "|UNKNOWN|" in line]
        assert told == [ALL[1]], f"{monitor.name}: {told}"


def main():
    here = stage.Stage(sys.argv[1])
    (here.folder / "run").mkdir()
    here.agent.settings["socket"] = str(here.folder / "run" / "x.sock")
    kinds = [kind for kind in (nagios.Nagios, icinga.Icinga)
             if not here.lacking(*kind.PROGRAMS)]
    here.agent.start()
    monitors = [kind(here) for kind in kinds]
    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(here.check, f"{monitor.name}: what is shipped is "
                            "valid", monitor.validate)
                for monitor in monitors]
        here.agent.wait_first_pass()
        for monitor in monitors:
            monitor.start()
            jobs += [pool.submit(here.check, f"{monitor.name}: {what}", holds,
                                 monitor)
                     for what, holds in (("domains", domain_states),
                                         ("all of them", all_domains))]
        for job in jobs:
            job.result()
    here.check("the daemon ends well", here.agent.stop)
    here.check("its end is told, and nothing else", one_is_told, monitors)
    for monitor in monitors:
        monitor.end()
    here.end("plugins")


if __name__ == "__main__":
    main()
