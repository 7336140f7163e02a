"""blackbox_exporter, asked for the verdicts on a sample of the domains: at one
resolver for the MX records, and at the first mail server."""

import http.client
import os
import subprocess
import tempfile
import threading
from pathlib import Path

from daemon import SMTP_PORT, cpu_of, die, name_of, on_cores, wait_for

PROGRAM = "prometheus-blackbox-exporter"
RESOLVER = "198.18.250.53"
PORT, CLIENTS = 9115, 4

SMTP = """\
  smtp:
    prober: tcp
    timeout: 10s
    tcp:
      query_response:
        - expect: "^220 "
        - send: "EHLO monitor.lab"
        - expect: "^250[ -]"
{secure}        - send: "QUIT"
        - expect: "^221 "
{trust}"""

SECURE = """\
        - send: "STARTTLS"
        - expect: "^220 "
        - starttls: true
        - send: "EHLO monitor.lab"
        - expect: "^250 "
"""

TRUST = """\
      tls_config:
        ca_file: {ca}
        server_name: mx0.net.lab
"""

# What is asked for belongs to the module: one for each domain.
DNS = """\
  {module}:
    prober: dns
    timeout: 5s
    dns:
      query_name: "{name}"
      query_type: MX
      transport_protocol: udp
      preferred_ip_protocol: ip4
"""


def start(folder, args, ca, names):
    path = Path(folder) / "blackbox.yml"
    smtp = SMTP.format(secure="" if args.plain else SECURE,
                       trust="" if args.plain else TRUST.format(ca=ca))
    path.write_text("modules:\n" + smtp + "".join(
        DNS.format(module=name.split(".")[0], name=name) for name in names))
    return subprocess.Popen(
        on_cores(args.cores, PROGRAM, f"--config.file={path}",
                 f"--web.listen-address=127.0.0.1:{PORT}"),
        env={**os.environ, "GOMAXPROCS": "1"}, stderr=subprocess.DEVNULL)


def answers():
    page = http.client.HTTPConnection("127.0.0.1", PORT, timeout=5)
    try:
        page.request("GET", "/-/healthy")
        return page.getresponse().status == 200
    except OSError:
        return False
    finally:
        page.close()


def probe(page, module, target):
    page.request("GET", f"/probe?module={module}&target={target}")
    if b"\nprobe_success 1\n" not in page.getresponse().read():
        die(f"blackbox_exporter: {module} at {target} fails")


def ask_all(names, targets):
    page = http.client.HTTPConnection("127.0.0.1", PORT, timeout=30)
    for name in names:
        probe(page, name.split(".")[0], RESOLVER)
        probe(page, "smtp", targets[name])
    page.close()


class Peer:
    """It runs between enter and exit."""

    def __init__(self, args, ca, sample):
        self.args, self.ca = args, ca
        self.names = [name_of(i) for i in range(sample)]
        self.targets = {
            name: f"198.19.{170 + i % 64}.{i % 1000 // 64 + 1}:{SMTP_PORT}"
            for i, name in enumerate(self.names)}
        self.folder = tempfile.TemporaryDirectory()

    def __enter__(self):
        self.process = start(self.folder.name, self.args, self.ca, self.names)
        wait_for("blackbox_exporter", answers, 30)
        self.ask(self.names[:50])
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.folder.cleanup()

    def ask(self, names):
        clients = [threading.Thread(target=ask_all, args=(
            names[i::CLIENTS], self.targets)) for i in range(CLIENTS)]
        for client in clients:
            client.start()
        for client in clients:
            client.join()

    def cpu_a_domain(self, part, parts):
        """CPU-seconds for one domain, from one of so many parts of them."""
        names = self.names[part::parts]
        before = sum(cpu_of(self.process.pid))
        self.ask(names)
        return (sum(cpu_of(self.process.pid)) - before) / len(names)
