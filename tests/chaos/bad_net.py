"""Bad days of the network that is ours: ways out that are shut, resolvers that
are dead or mad."""

import time

from common import plan, world
from scene import Scene, shell

SHUT = """{table} {{
 chain in {{
  type filter hook input priority 2;
  ip daddr & 255.255.0.255 == 198.19.0.{plot} tcp dport 25 {verdict}
 }}
}}
"""


class Shut:
    """While it holds, no way leads to any mail server of the plot."""

    def __init__(self, plot, verdict):
        self.plot, self.verdict = plot.number, verdict
        self.table = f"table inet shut{self.plot}"

    def __enter__(self):
        world.nft(SHUT.format(table=self.table, plot=self.plot,
                              verdict=self.verdict))

    def __exit__(self, *_):
        world.nft(f"delete {self.table}\n")


def all_shut(days, checks, name, canary, verdict):
    """Port 25 is blocked on the way out: one word about us, none about those
    who are watched."""
    with Scene(days, name, checks, canary=canary) as s:
        with Shut(s.plot, verdict):
            s.says("opened agent.blind")
            time.sleep(days.seconds(4, 30))
            s.no_domain_blamed()
        s.says("opened agent.blind", "resolved agent.blind")
        s.no_domain_blamed()
        s.goes_on()


def shut_drop(days, checks):
    all_shut(days, checks, "shutdrop", True, "drop")


def shut_reject(days, checks):
    all_shut(days, checks, "shutreject", True,
             "reject with icmpx admin-prohibited")


def shut_reset(days, checks):
    """By correlation alone."""
    all_shut(days, checks, "shutreset", False,
             "reject with tcp reset")


def no_ipv6(days, checks):
    """IPv6 goes, and comes back: what is reached by it alone is unknown."""
    with Scene(days, "noipv6", checks, v6=True) as s:
        usual = ["local", "default", "dev", "lo"]
        shell("ip", "-6", "route", "del", *usual)
        shell("ip", "-6", "route", "add", "unreachable", "default")
        try:
            time.sleep(days.seconds(6, 30))
            s.no_domain_blamed()
        finally:
            shell("ip", "-6", "route", "del", "unreachable", "default")
            shell("ip", "-6", "route", "add", *usual)
        time.sleep(3)
        s.no_domain_blamed()
        s.goes_on()


def dead_vantages(days, checks):
    """No resolver answers: everything unknown, and one word about us."""
    with Scene(days, "dead", checks) as s:
        s.plot.way("silent", *s.plot.vantage_ips())
        try:
            s.says("opened agent.blind")
            time.sleep(days.seconds(4, 30))
            s.no_domain_blamed()
            ready = s.agent.get("readyz")
            s.that("it is not ready, and says why", "vantage" in ready, ready)
        finally:
            s.plot.way("open", *s.plot.vantage_ips())
        s.says("opened agent.blind", "resolved agent.blind")
        s.no_domain_blamed()
        s.goes_on()


def one_dead(days, checks):
    """One of three is dead: it does not count, one warning says so."""
    with Scene(days, "onedead", checks) as s:
        s.plot.way("silent", s.plot.vantage("pdns"))
        try:
            s.says("opened agent.vantage")
            s.no_domain_blamed()
        finally:
            s.plot.way("open", s.plot.vantage("pdns"))
        s.says("opened agent.vantage", "resolved agent.vantage")
        s.no_domain_blamed()
        s.goes_on()


def mad(days, checks):
    """One of three resolvers answers garbage from the start; then all do."""
    garbage = {"name": "mad", "resolver": plan.VANTAGES["vgarbage"]}
    with Scene(days, "mad", checks) as s:
        healthy = s.agent.settings["vantages"]
        s.agent.reload(vantages=[*healthy[:2], garbage])
        s.says("opened agent.vantage")
        time.sleep(days.seconds(3, 20))
        s.no_domain_blamed()
        s.agent.reload(vantages=[garbage])
        time.sleep(days.seconds(5, 20))
        s.no_domain_blamed()
        s.that("it is blind", s.own()[-1] == "opened agent.blind", s.own())
        s.agent.reload(vantages=healthy)
        world.wait_until(lambda: s.own()[-1] == "resolved agent.blind", 20,
                         "the end of blindness")
        s.no_domain_blamed()
        s.goes_on()


PARTS = {"shutdrop": shut_drop, "shutreject": shut_reject,
         "shutreset": shut_reset, "noipv6": no_ipv6, "dead": dead_vantages,
         "onedead": one_dead, "mad": mad}
BRIEF = ("shutdrop", "dead", "noipv6")
