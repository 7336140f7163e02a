"""One receiver for each kind of channel, as strict as the real service, and
the channels that go there, with a secret wherever one can be.

    with Services(folder) as services:
        settings["channels"] = services.channels()
        ...
        services.complaints()        # of all requests so far

Each answers its first request with 500, so that what is said of a failure is
seen as well, and from then on as the service does when it is content.
"""

import base64
import http.server
import json
import os
import threading
from pathlib import Path

import services

# What each channel is given, besides its name and type.  "{}" is where the
# receiver listens; PATH, TOKEN and KEY stand for secrets.
NEEDS = {
    "slack": {"url_file": "{}/services/PATH"},
    "mattermost": {"url_file": "{}/hooks/PATH"},
    "discord": {"url_file": "{}/api/webhooks/1/PATH"},
    "teams": {"url_file": "{}/workflows/PATH?sig=PATH"},
    "google-chat": {"url_file": "{}/v1/spaces/A/messages?key=PATH&token=PATH"},
    "telegram": {"url": "{}", "token_file": "12:TOKEN",
                 "room": "-1001234567890"},
    "matrix": {"url": "{}", "token_file": "syt_TOKEN",
               "room": "!opaque:lab.test"},
    "ntfy": {"url": "{}", "token_file": "tk_TOKEN", "room": "mail-alerts"},
    "pagerduty": {"url": "{}/v2/enqueue", "token_file": "R0TOKEN"},
    "alertmanager": {"url": "{}", "token_file": "am-TOKEN"},
    "webhook": {"url_file": "{}/hook/PATH", "token_file": "wh-TOKEN",
                "key_file": "KEY"},
}


def canary(service, kind):
    return f"canary-{service}-{kind}-5c4a1e".replace(":", "")


def key_of(service):
    """A key as Standard Webhooks has it."""
    raw = canary(service, "key").encode().ljust(32, b"!")
    return "whsec_" + base64.b64encode(raw).decode()


class Service:
    def __init__(self, name):
        self.name, self.requests = name, []
        self.changed = threading.Condition()
        service = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                service.take(self)

            do_PUT = do_GET = do_POST

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0),
                                                      Handler)
        self.server.daemon_threads = True
        self.base = "http://127.0.0.1:%d" % self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever,
                         daemon=True).start()

    def take(self, handler):
        length = int(handler.headers.get("content-length") or 0)
        body = handler.rfile.read(length)
        wrong = services.check(
            self.name, handler.path, handler.headers, body,
            method=handler.command,
            keys=[key_of(self.name)] if self.name == "webhook" else [])
        wrong += self.unsigned(handler)
        with self.changed:
            first = not self.requests
            self.requests.append((body, wrong))
            self.changed.notify_all()
        status, answer = services.ANSWERS[self.name]
        handler.send_response(500 if first else status)
        handler.send_header("content-length",
                            str(0 if first else len(answer)))
        handler.end_headers()
        handler.wfile.write(b"" if first else answer)

    def unsigned(self, handler):
        """Its secrets came along."""
        sent = handler.path + str(handler.headers)
        return [f"no {kind}" for key, kind in
                (("url_file", "path"), ("token_file", "token"))
                if key in NEEDS[self.name] and self.name != "pagerduty" and
                canary(self.name, kind) not in sent]

    def delivered(self):
        """The bodies that it took, in their order."""
        with self.changed:
            return [body.decode() for body, _ in self.requests[1:]]

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Services:
    def __init__(self, folder: Path):
        self.folder = folder
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.told = folder / "told"
        self.all = {name: Service(name) for name in NEEDS}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for service in self.all.values():
            service.close()

    def secret(self, service, file, text):
        for kind in ("PATH", "TOKEN"):
            text = text.replace(kind, canary(service, kind.lower()))
        path = self.folder / f"{service}.{file}"
        path.write_text(text.replace("KEY", key_of(service)) + "\n")
        path.chmod(0o600)
        return str(path)

    def channel(self, name, **more):
        out = {"name": name, "type": name, **more}
        for key, text in NEEDS[name].items():
            text = text.replace("{}", self.all[name].base)
            out[key] = self.secret(name, key, text) \
                if key.endswith("_file") else text
        return out

    def channels(self, **more):
        """Twelve, one of each type."""
        script = self.folder / "tell"
        script.write_text(f"#!/bin/sh\n(cat; echo) >>{self.told}\n")
        script.chmod(0o700)
        return [self.channel(name, **more) for name in self.all] + \
            [{"name": "exec", "type": "exec", "command": [str(script)],
              **more}]

    def alerts(self):
        """What the webhook got, as data."""
        return [json.loads(body)["data"]
                for body in self.all["webhook"].delivered()]

    def commanded(self):
        """What the command got."""
        if not os.path.exists(self.told):
            return []
        return [json.loads(line) for line in self.told.read_text()
                .splitlines()]

    def complaints(self):
        return [f"{name}: {word}: {body.decode(errors='replace')[:2000]}"
                for name, service in self.all.items()
                for body, wrong in service.requests for word in wrong]

    def secrets(self):
        """Every secret that any channel was given."""
        found = [canary(name, kind) for name in NEEDS
                 for kind in ("path", "token")]
        return found + [key_of("webhook"), key_of("webhook")[6:]]
