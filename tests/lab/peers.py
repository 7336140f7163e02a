"""Scripted SMTP peers: one process, many addresses, each with a behaviour.

A behaviour is a change to a model server that does everything right: another
reply at some step, silence, an ending, or a function that takes the session
over.  Only what no real server would do is here; the good servers of the lab
are real ones.
"""

import asyncio
import os
import socket
import ssl
import struct
import sys
from pathlib import Path

import plan

CLOSE, RESET, SILENCE = object(), object(), object()
LIMIT = 600                     # seconds: no session outlives this

MODEL = {
    "greeting": "220 {host} ESMTP",
    "EHLO": "250-{host}\r\n250-PIPELINING\r\n250-SIZE 10485760\r\n"
            "250-STARTTLS\r\n250 8BITMIME",
    "HELO": "250 {host}",
    "STARTTLS": "220 go ahead",
    "TLS": None,                # instead of the handshake
    "EHLO2": "250-{host}\r\n250-SIZE 10485760\r\n250 8BITMIME",
    "MAIL": "250 sender fine",
    "RCPT": "250 recipient fine",
    "DATA": "354 end with a dot",
    ".": "250 taken",
    "RSET": "250 forgotten",
    "NOOP": "250 indeed",
    "QUIT": "221 bye",
    "": "502 what is that",
}
PLAIN_EHLO = "250-{host}\r\n250 8BITMIME"


class End(Exception):
    """The session is over."""


class Session:
    def __init__(self, reader, writer, peer):
        self.reader, self.writer = reader, writer
        self.script = {**MODEL, **BEHAVIOURS[peer.behaviour]}
        self.host = peer.name
        self.context = peer.context
        self.secure = False

    async def write(self, data):
        self.writer.write(data)
        await self.writer.drain()

    async def line(self):
        line = await self.reader.readline()
        if not line:
            raise End
        return line.decode("latin-1").rstrip("\r\n")

    async def end(self, how):
        if how is SILENCE:
            await self.reader.read()
        elif how is RESET:
            reset(self.writer)
        raise End

    async def act(self, step):
        """Play the step: a reply, an ending, or a function of its own."""
        what = self.script[step]
        if callable(what):
            await what(self)
        elif isinstance(what, (str, bytes)):
            text = what if isinstance(what, bytes) else \
                what.format(host=self.host).encode() + b"\r\n"
            await self.write(text)
        elif what is not None:
            await self.end(what)

    async def starttls(self):
        await self.act("STARTTLS")
        reply = self.script["STARTTLS"]
        if isinstance(reply, str) and not reply.startswith("220"):
            return
        await self.act("TLS")
        await self.writer.start_tls(self.context)
        self.secure = True

    async def data(self):
        await self.act("DATA")
        while await self.line() != ".":
            pass
        await self.act(".")

    async def run(self):
        await self.act("greeting")
        while True:
            verb = (await self.line()).split(" ")[0].upper()
            if verb == "EHLO" and self.secure:
                await self.act("EHLO2")
            elif verb == "STARTTLS":
                await self.starttls()
            elif verb == "DATA":
                await self.data()
            else:
                await self.act(verb if verb in self.script else "")
            if verb == "QUIT":
                raise End


def reset(writer):
    """Close with a RST instead of a FIN."""
    writer.get_extra_info("socket").setsockopt(
        socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


# ------------------------------------------------- functions of their own

async def byte_by_byte(session):
    """A greeting of several lines, a segment a byte; whoever talks into it
    is refused (as postscreen does)."""
    session.writer.get_extra_info("socket").setsockopt(
        socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for byte in b"220-one\r\n220-two\r\n220 three\r\n":
        await asyncio.sleep(0.004)
        if session.reader._buffer:
            await session.write(b"\r\n521 you talked too early\r\n")
            raise End
        await session.write(bytes([byte]))


def after(seconds, step_reply):
    async def play(session):
        await asyncio.sleep(seconds)
        await session.write(step_reply.format(host=session.host).encode()
                            + b"\r\n")
    return play


def endless(line):
    async def play(session):
        while True:
            await session.write(line)
            await asyncio.sleep(0.001)
    return play


async def huge_line(session):
    await session.write(b"220 ")
    for _ in range(160):
        await session.write(b"x" * 65536)
    await session.write(b"\r\n")


async def echo(session):
    while data := await session.reader.read(4096):
        await session.write(data)
    raise End


async def chargen(session):
    await endless(b"!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOP\r\n")(
        session)


async def http(session):
    """A web server that grows tired of waiting for a request."""
    await asyncio.sleep(0.3)
    await session.write(b"HTTP/1.0 408 Request Time-out\r\n"
                        b"Connection: close\r\n\r\n")
    raise End


async def early_reply(session):
    await session.write(b"220 hello\r\n250 nobody asked\r\n")


async def inject(session):
    await session.write(b"220 go ahead\r\n250-evil\r\n250 AUTH PLAIN\r\n")


async def inject_split(session):
    session.writer.get_extra_info("socket").setsockopt(
        socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    await session.write(b"220 go ahead\r\n2")
    await session.write(b"50 evil\r\n")


async def garbage_handshake(session):
    await session.reader.read(1)
    await session.write(b"\x16\x03\x03\x00\x40" + os.urandom(64))
    raise End


async def plaintext_handshake(session):
    await session.reader.read(1)
    await session.write(b"502 command not implemented\r\n")
    raise End


async def close_at_hello(session):
    await session.reader.read(1)
    raise End


async def reset_at_hello(session):
    await session.reader.read(1)
    reset(session.writer)
    raise End


async def wait_a_second(session):
    session.writer.transport.pause_reading()
    await asyncio.sleep(1)


EVIL = b"220 \x1b[31mred\x1b[0m | `rm` \xff\xfe \xe2\x80\xae <script>\x07\r\n"

BEHAVIOURS = {
    "ok": {},
    "plain": {"EHLO": PLAIN_EHLO},
    "bytes": {"greeting": byte_by_byte},
    "noesmtp": {"greeting": "220 mail ready"},
    "barecode": {"greeting": "220", "QUIT": "221"},
    "helo": {"EHLO": "502 not here"},
    "helo2": {"EHLO": "500 not here"},
    "g421": {"greeting": "421 too many connections"},
    "g421b": {"greeting": "421 come back later"},
    "g450": {"greeting": "450 busy"},
    "g554": {"greeting": "554 no SMTP service here", "EHLO": "503 no"},
    "g554b": {"greeting": "554 not for you", "EHLO": "503 no"},
    "g521": {"greeting": "521 this host never takes mail", "EHLO": "503 no"},
    "g554multi": {"greeting": "554-your address\r\n554-is on a list\r\n"
                              "554 go away", "EHLO": "503 no"},
    "silent": {"greeting": SILENCE},
    "silent2": {"greeting": SILENCE},
    "endless220": {"greeting": endless(b"220-and\r\n")},
    "endless250": {"EHLO": endless(b"250-X-AND\r\n")},
    "hugeline": {"greeting": huge_line},
    "longline": {"greeting": "220 " + "x" * 1200},
    "closeaccept": {"greeting": CLOSE},
    "closebanner": {"EHLO": CLOSE, "HELO": CLOSE},
    "closeehlo": {"STARTTLS": CLOSE, "MAIL": CLOSE, "QUIT": CLOSE,
                  "EHLO": PLAIN_EHLO},
    "rstaccept": {"greeting": RESET},
    "rstehlo": {"EHLO": RESET},
    "http": {"greeting": http},
    "ssh": {"greeting": "SSH-2.0-OpenSSH_9.2p1 Debian-2"},
    "echo": {"greeting": echo},
    "chargen": {"greeting": chargen},
    "codechange": {"greeting": "220-welcome\r\n250 or not"},
    "badcode": {"greeting": "2200 hello"},
    "nul": {"greeting": b"220 he\0llo\r\n"},
    "barelf": {"greeting": b"220-bare\n220 line feeds\n"},
    "ehlo421": {"EHLO": "421 closing", "HELO": "421 closing"},
    "ehlo550": {"EHLO": "550 your name is not liked",
                "HELO": "550 your name is not liked"},
    "ehlobad": {"EHLO": "250-{host}\r\n550 what"},
    "earlyreply": {"greeting": early_reply},
    "starttls454": {"STARTTLS": "454 not now"},
    "starttls502": {"STARTTLS": "502 not at all"},
    "starttlsclose": {"STARTTLS": CLOSE},
    "starttlssilent": {"STARTTLS": SILENCE},
    "tlsclose": {"TLS": close_at_hello},
    "tlsgarbage": {"TLS": garbage_handshake},
    "tlsplain": {"TLS": plaintext_handshake},
    "tlsrst": {"TLS": reset_at_hello},
    "tlsslow": {"TLS": wait_a_second},
    "inject": {"STARTTLS": inject},
    "injectsplit": {"STARTTLS": inject_split},
    "ehlo2fails": {"EHLO2": "550 no more", "HELO": "550 no more"},
    "ehlo2close": {"EHLO2": CLOSE},
    "postmaster550": {"RCPT": "550 no such user"},
    "postmaster550b": {"RCPT": "550 5.1.1 no such user"},
    "grey450": {"RCPT": "450 4.2.0 greylisted"},
    "grey450b": {"RCPT": "451 4.7.1 greylisted"},
    "rcpt421": {"RCPT": "421 closing"},
    "mail550": {"MAIL": "550 no mail from there"},
    "mail421": {"MAIL": "421 closing"},
    "slow2": {"greeting": after(2, "220 {host} ESMTP")},
    "slow11": {"greeting": after(11, "220 {host} ESMTP")},
    "quitsilent": {"QUIT": SILENCE},
    "eviltext": {"greeting": EVIL},
}


# ------------------------------------------------------------- the process

class Peer:
    contexts = {}

    def __init__(self, address, behaviour, certificate, pki):
        self.address, self.behaviour = address, behaviour
        self.name = f"{certificate if behaviour == 'ok' else behaviour}.mx.lab"
        if certificate not in self.contexts:
            self.contexts[certificate] = tls_context(certificate, pki)
        self.context = self.contexts[certificate]

    async def serve(self, reader, writer):
        try:
            session = Session(reader, writer, self)
            await asyncio.wait_for(session.run(), LIMIT)
        except (End, OSError, asyncio.TimeoutError, ssl.SSLError,
                ValueError):
            pass
        finally:
            writer.close()


def tls_context(certificate, pki):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("ALL:@SECLEVEL=0")
    old = {"tls10": ssl.TLSVersion.TLSv1, "tls11": ssl.TLSVersion.TLSv1_1}
    if certificate in old:
        context.minimum_version = old[certificate]
        context.maximum_version = old[certificate]
    context.load_cert_chain(pki / f"{certificate}.pem",
                            pki / f"{certificate}.key")
    return context


async def main(pki, ready):
    import warnings
    warnings.simplefilter("ignore", DeprecationWarning)
    for entry in plan.peer_addresses():
        peer = Peer(*entry, pki)
        await asyncio.start_server(peer.serve, peer.address, 25, backlog=512)
    ready.touch()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2])))
