#!/usr/bin/env python3
"""A webhook's endpoint that behaves, or does not.

    receiver.py [--port N] [--behaviour NAME] [--log FILE]

prints "PORT" when it listens on 127.0.0.1 and logs each request as one line of
JSON: time, method, path, headers, body.  How it behaves can be changed while it
runs, for one path or for all ("*"):

    POST /control   {"path": "/ops", "behaviour": "429", "retry_after": "2"}

Behaviours: ok (200), a status by number ("429", with
retry_after when that is set), redirect, hang, drip (a byte each second),
garbage, huge (a body without an end), close (before an answer), reset (after
its head).  Control requests are not logged.
"""

import argparse
import json
import socket
import struct
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PATIENCE = 3600  # seconds that a connection hangs


class Book:
    """What was asked for, and how to answer; shared by all threads."""

    def __init__(self, behaviour, retry_after, log):
        self.lock = threading.Lock()
        self.rules = {"*": (behaviour, retry_after)}
        self.log = log

    def rule(self, path):
        with self.lock:
            return self.rules.get(path, self.rules["*"])

    def set_rule(self, wish):
        with self.lock:
            rule = (wish["behaviour"], wish.get("retry_after"))
            self.rules[wish.get("path", "*")] = rule

    def write(self, entry):
        with self.lock:
            if self.log:
                self.log.write(json.dumps(entry) + "\n")
                self.log.flush()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def do_POST(self):
        at = time.time()
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path == "/control":
            self.server.book.set_rule(json.loads(body))
            return self.answer(200)
        self.server.book.write({
            "time": at, "method": self.command, "path": self.path,
            "headers": {k.lower(): v for k, v in self.headers.items()},
            "body": body.decode("utf-8", "replace")})
        behaviour, retry_after = self.server.book.rule(self.path)
        self.close_connection = True
        if behaviour.isdigit():
            headers = {"Retry-After": retry_after} if retry_after else {}
            self.answer(int(behaviour), headers)
        else:
            getattr(self, "do_" + behaviour)()

    do_GET = do_PUT = do_POST

    def answer(self, status, headers=None, body=b"ok"):
        body = b"" if status == 204 else body
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_ok(self):
        self.answer(200)

    def do_redirect(self):
        self.answer(302, {"Location": "http://127.0.0.1:1/elsewhere"})

    def do_hang(self):
        time.sleep(PATIENCE)

    def do_drip(self):
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        for _ in range(PATIENCE):
            self.wfile.write(b"x")
            self.wfile.flush()
            time.sleep(1)

    def do_garbage(self):
        self.wfile.write(bytes(range(256)) * 16)

    def do_huge(self):
        self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            self.wfile.write(b"x" * 65536)

    def do_close(self):
        pass

    def do_reset(self):
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n")
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                   struct.pack("ii", 1, 0))
        self.connection.close()


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0, help="0: any")
    parser.add_argument("--behaviour", default="ok")
    parser.add_argument("--retry-after")
    parser.add_argument("--log", help="append to this file")
    args = parser.parse_args()
    log = open(args.log, "a", encoding="utf-8") if args.log else None
    server = Server(("127.0.0.1", args.port), Handler)
    server.book = Book(args.behaviour, args.retry_after, log)
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
