"""Debian's Icinga 2, asked over its API."""

import base64
import grp
import json
import re
import socket
import ssl
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

import stage
from monitor import Monitor, Service
from programs import free_port
from world import wait_until

# What every site has: the library, and who is told.
SITE = """
const NodeName = "monitor.lab"
const ZoneName = NodeName
include <itl>
object User "icingaadmin" {{ groups = [ "icingaadmins" ] }}
object UserGroup "icingaadmins" {{ }}
object NotificationCommand "mail-service-notification" {{
	command = [ "/bin/sh", "-c", "echo \\"$$0\\" >>{notes}",
	    "$service.name$|$service.state$|$service.output$" ]
}}
"""
RUNNING = """
object Endpoint NodeName {{ }}
object Zone ZoneName {{ endpoints = [ NodeName ] }}
object CheckerComponent "checker" {{ }}
object NotificationComponent "notification" {{ }}
object ApiListener "api" {{ bind_host = "127.0.0.1", bind_port = {port} }}
object ApiUser "test" {{ password = "test", permissions = [ "*" ] }}
"""


class Icinga(Monitor):
    name = "icinga2"
    PROGRAMS = ["icinga2", "icinga2-itl"]

    def __init__(self, here):
        super().__init__(here)
        self.include = Path(here.tools.path("icinga2-itl")).parent
        self.port = free_port()
        for name in ("data", "log", "cache", "spool", "run"):
            (self.folder / name).mkdir()
        self.identify()

    def identify(self):
        """A certificate of its own, by itself."""
        place = self.folder / "data" / "certs"
        place.mkdir()
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
             "/CN=monitor.lab", "-keyout", place / "monitor.lab.key", "-out",
             place / "monitor.lab.crt"], check=True, capture_output=True)
        (place / "ca.crt").write_bytes(
            (place / "monitor.lab.crt").read_bytes())

    def words(self, name, *parts):
        """A command for a configuration of these parts."""
        path = self.folder / name
        path.write_text(SITE.format(notes=self.notes) + "\n".join(parts))
        places = [f"-D{key}={self.folder}/{value}" for key, value in (
            ("DataDir", "data"), ("LogDir", "log"), ("CacheDir", "cache"),
            ("SpoolDir", "spool"), ("InitRunDir", "run"))]
        return [self.program, "daemon", "-I", self.include, "-c", path,
                *places,
                f"-DRunAsUser={self.user.pw_name}", "-DRunAsGroup=" +
                grp.getgrgid(self.user.pw_gid).gr_name]

    def validate(self):
        """As they are, and without a word about them."""
        ship = stage.PACKAGING / "icinga2"
        said = self.run(*self.words("shipped.conf", *(
            (ship / name).read_text()
            for name in ("mxvigil.conf", "example.conf"))), "-C")
        assert not re.search("warning|critical", said), said

    def example(self):
        """example.conf, with our domains in place of its own."""
        text = self.shipped("example.conf")
        ours = ", ".join(f'"{domain}"' for domain in stage.STATES)
        text, n = re.subn(r'(vars\.(?:mail|watched)_domains) = \[.*\]',
                          rf"\1 = [ {ours} ]", text)
        assert n == 2, n
        words, more = stage.options(), {}
        for key, value in zip(words[::2], words[1::2]):
            more.setdefault(key[2:].replace("-", "_"), []).append(value)
        lines = [f"vars.mxvigil_{key} = {json.dumps(values)}"
                 for key, values in more.items()]
        text, n = re.subn(r"//vars\.mxvigil_vantage.*", "\n".join(lines), text)
        assert n == 1
        return text

    def start(self):
        text = self.shipped("mxvigil.conf") + self.example()
        # An hour of a site in a minute.
        text = re.sub(r"(_interval = \d+)m", r"\1s", text)
        text = re.sub(r"(_interval = )30s", r"\g<1>1s", text)
        assert "_interval = 10s" in text and "_interval = 1s" in text
        self.spawn(*self.words("icinga2.conf", RUNNING.format(
            port=self.port), text))
        self.now()

    def now(self):
        """Every service is looked at at once, not some time in its first
        interval."""
        wait_until(lambda: self.ask("objects/services"), 20, "its API")
        done = self.ask("actions/reschedule-check?type=Service&filter=true&"
                        "force=true", b"")
        assert all(one["code"] == 200 for one in done), done

    def ask(self, path, body=None):
        words = urllib.request.Request(
            f"https://127.0.0.1:{self.port}/v1/{path}", body, headers={
                "Accept": "application/json", "Authorization": "Basic " +
                base64.b64encode(b"test:test").decode()})
        trust = ssl.create_default_context(
            cafile=self.folder / "data" / "certs" / "ca.crt")
        trust.check_hostname = False
        try:
            with urllib.request.urlopen(words, timeout=10,
                                        context=trust) as reply:
                return json.load(reply)["results"]
        except (urllib.error.URLError, socket.error):
            return []

    def place(self, way, domain):
        return ("example.net" if way == "check" else "mxvigil",
                f"mail {domain}")

    def services(self):
        """{(host, service): Service}, as its API has them."""
        found = {}
        for one in self.ask("objects/services"):
            have, last = one["attrs"], one["attrs"]["last_check_result"]
            if last is None:
                continue
            output, _, rest = last["output"].partition("\n")
            found[have["host_name"], have["name"]] = Service(
                int(have["state"]), have["state_type"] == 1, output, rest,
                " ".join(last["performance_data"]))
        return found
