"""Scripted DNS servers: what no real server would say.

One process, many addresses, UDP and TCP.  Each kind is one function: the
question as bytes in, the reply as bytes out, or None for silence.  Those that
need a right answer first ask a real server of the lab (relay) and then spoil
it.
"""

import asyncio
import os
import struct
import sys
from pathlib import Path

import plan
import wire

UPSTREAM = {"ns": plan.NS["a"].v4[0], "vantage": plan.VANTAGES["unbound"]}


# ------------------------------------------------------------------- relay

class Relay(asyncio.DatagramProtocol):
    """One question to a real server over UDP."""

    def __init__(self, asked, answered):
        self.asked, self.answered = asked, answered

    def connection_made(self, transport):
        transport.sendto(self.asked)

    def datagram_received(self, data, _):
        if not self.answered.done():
            self.answered.set_result(data)


async def relay(asked, role):
    """What the real server says, also where it needs TCP for it."""
    loop = asyncio.get_running_loop()
    answered = loop.create_future()
    transport, _ = await loop.create_datagram_endpoint(
        lambda: Relay(asked, answered), remote_addr=(UPSTREAM[role], 53))
    try:
        message = await asyncio.wait_for(answered, 10)
    finally:
        transport.close()
    if struct.unpack_from("!H", message, 2)[0] & wire.TC:
        message = await relay_stream(asked, role)
    return message


async def relay_stream(asked, role):
    reader, writer = await asyncio.open_connection(UPSTREAM[role], 53)
    writer.write(struct.pack("!H", len(asked)) + asked)
    size = struct.unpack("!H", await reader.readexactly(2))[0]
    message = await reader.readexactly(size)
    writer.close()
    return message


def set_flags(message, on=0, off=0):
    flags = struct.unpack_from("!H", message, 2)[0]
    return message[:2] + struct.pack("!H", (flags | on) & ~off) + message[4:]


# ------------------------------------------------------------ as name server

def refer(asked, zone, server):
    """A referral to a server of a zone above."""
    name = wire.pack_name(server)
    record = wire.pack_name(zone) + struct.pack(
        "!2HIH", wire.NS, 1, 86400, len(name)) + name
    reply = wire.reply(asked)
    return reply[:8] + struct.pack("!2H", 1, 0) + reply[12:] + record


async def lame(asked, tcp):
    return refer(asked, "test", "a.tld.lab")


async def upward(asked, tcp):
    """To the root, as servers of old did for zones they lack."""
    return refer(asked, "", "a.root.lab")


async def refused(asked, tcp):
    return wire.reply(asked, wire.REFUSED)


async def servfail(asked, tcp):
    return wire.reply(asked, wire.SERVFAIL)


async def silent(asked, tcp):
    return None


async def garbage(asked, tcp):
    return asked[:2] + b"\x80\0\0\1\0\3\0\0\0\0" + os.urandom(40)


async def tcponly(asked, tcp):
    if not tcp:
        return wire.reply(asked, flags=wire.TC)
    return await relay(asked, "ns")


async def nonauth(asked, tcp):
    return set_flags(await relay(asked, "ns"), off=wire.AA)


# ---------------------------------------------------------------- as vantage

async def nxliar(asked, tcp):
    return wire.reply(asked, wire.NXDOMAIN, wire.RA)


async def trunc(asked, tcp):
    return None if tcp else wire.reply(asked, flags=wire.TC | wire.RA)


async def wrongid(asked, tcp):
    message = await relay(asked, "vantage")
    ident = struct.unpack_from("!H", message)[0] ^ 0x5555
    return struct.pack("!H", ident) + message[2:]


async def question(asked, tcp):
    """Answers another question than was asked."""
    other = wire.query("other.lab", wire.A,
                       struct.unpack_from("!H", asked)[0])
    return await relay(other, "vantage")


async def othermx(asked, tcp):
    if wire.question(asked)[1] != wire.MX:
        return await relay(asked, "vantage")
    rdata = struct.pack("!H", 10) + wire.pack_name("m25.mx.lab")
    return wire.reply(asked, flags=wire.RA,
                      answers=[(wire.MX, 300, rdata)])


async def slow(asked, tcp):
    await asyncio.sleep(0.3)
    return await relay(asked, "vantage")


NS_KINDS = {"lame": lame, "upward": upward, "refused": refused,
            "servfail": servfail, "silent": silent, "garbage": garbage,
            "tcponly": tcponly, "nonauth": nonauth}
VANTAGE_KINDS = {"nxliar": nxliar, "nxliar2": nxliar, "garbage": garbage,
                 "trunc": trunc, "wrongid": wrongid, "servfail": servfail,
                 "servfail2": servfail, "servfail3": servfail,
                 "refused": refused, "othermx": othermx, "slow": slow,
                 "question": question, "hole": silent}


# ------------------------------------------------------------- the process

class Server(asyncio.DatagramProtocol):
    def __init__(self, kind):
        self.kind = kind
        self.tasks = set()

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        task = asyncio.ensure_future(self.answer(data, addr))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def answer(self, asked, addr):
        try:
            said = await self.kind(asked, False)
        except (OSError, IndexError, struct.error, asyncio.TimeoutError):
            return
        if said is not None:
            self.transport.sendto(said, addr)

    async def stream(self, reader, writer):
        try:
            size = struct.unpack("!H", await reader.readexactly(2))[0]
            said = await self.kind(await reader.readexactly(size), True)
            if said is not None:
                writer.write(struct.pack("!H", len(said)) + said)
        except (OSError, EOFError, IndexError, struct.error,
                asyncio.TimeoutError):
            pass
        finally:
            writer.close()


def plan_servers():
    for ns in plan.NS.values():
        if ns.where.startswith("peer:"):
            for ip in ns.v4:
                yield ip, NS_KINDS[ns.where[5:]]
    for kind in plan.VANTAGE_PEERS:
        yield plan.VANTAGES["v" + kind], VANTAGE_KINDS[kind]
    yield plan.VANTAGES["hole"], VANTAGE_KINDS["hole"]


async def main(ready):
    loop = asyncio.get_running_loop()
    for ip, kind in plan_servers():
        server = Server(kind)
        await loop.create_datagram_endpoint(lambda s=server: s,
                                            local_addr=(ip, 53))
        await asyncio.start_server(server.stream, ip, 53)
    ready.touch()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
