"""Just enough of the DNS wire format for the lab's peers and self-test."""

import socket
import struct

A, NS, CNAME, SOA, MX, TXT, AAAA, OPT, RRSIG = \
    1, 2, 5, 6, 15, 16, 28, 41, 46
TYPES = {"A": A, "NS": NS, "CNAME": CNAME, "SOA": SOA, "MX": MX,
         "TXT": TXT, "AAAA": AAAA}
NOERROR, FORMERR, SERVFAIL, NXDOMAIN, NOTIMP, REFUSED = range(6)
QR, AA, TC, RD, RA, AD, CD = (0x8000, 0x0400, 0x0200, 0x0100, 0x0080,
                              0x0020, 0x0010)


class Broken(Exception):
    """The message cannot be read."""


def pack_name(name):
    wire = b""
    for label in name.rstrip(".").split("."):
        if label:
            wire += bytes([len(label)]) + label.encode("ascii")
    return wire + b"\0"


def read_name(message, at):
    """The name at that offset and the offset behind it."""
    labels, behind, jumps = [], None, 0
    while True:
        length = message[at]
        if length & 0xc0 == 0xc0:
            behind = behind or at + 2
            at = (length & 0x3f) << 8 | message[at + 1]
            jumps += 1
            if jumps > 64:
                raise Broken("pointer loop")
            continue
        at += 1
        if length == 0:
            break
        labels.append(message[at:at + length].decode("latin-1"))
        at += length
    return ".".join(labels) + ".", behind or at


def query(name, rtype, ident, flags=RD, dnssec=False):
    header = struct.pack("!6H", ident, flags, 1, 0, 0, 1)
    question = pack_name(name) + struct.pack("!2H", rtype, 1)
    edns = b"\0" + struct.pack("!2HIH", OPT, 1232,
                               0x8000 if dnssec else 0, 0)
    return header + question + edns


def question(message):
    """(name, type, offset behind the question)."""
    name, at = read_name(message, 12)
    return name, struct.unpack_from("!H", message, at)[0], at + 4


def reply(asked, rcode=NOERROR, flags=0, answers=()):
    """A reply to asked: its id and question, these records (type, ttl,
    rdata), all of the name that was asked."""
    behind = question(asked)[2]
    ident, old = struct.unpack_from("!2H", asked)
    header = struct.pack("!6H", ident, QR | flags | (old & RD) | rcode,
                         1, len(answers), 0, 0)
    body = asked[12:behind]
    for rtype, ttl, rdata in answers:
        body += b"\xc0\x0c" + struct.pack("!2HIH", rtype, 1, ttl,
                                          len(rdata)) + rdata
    return header + body


def _rdata(message, rtype, at, length):
    if rtype == A:
        return socket.inet_ntop(socket.AF_INET, message[at:at + 4])
    if rtype == AAAA:
        return socket.inet_ntop(socket.AF_INET6, message[at:at + 16])
    if rtype in (NS, CNAME):
        return read_name(message, at)[0]
    if rtype == MX:
        preference = struct.unpack_from("!H", message, at)[0]
        return preference, read_name(message, at + 2)[0]
    if rtype == SOA:
        at = read_name(message, read_name(message, at)[1])[1]
        return struct.unpack_from("!I", message, at)[0]
    return message[at:at + length]


class Answer:
    """A reply, read: rcode, flags, and records as (owner, type, ttl, data)
    of the three sections."""

    def __init__(self, message):
        try:
            self._read(message)
        except (IndexError, struct.error) as error:
            raise Broken(str(error)) from error

    def _read(self, message):
        head = struct.unpack_from("!6H", message)
        self.ident, self.flags = head[:2]
        self.rcode = self.flags & 15
        self.asked, at = None, 12
        for _ in range(head[2]):
            name, at = read_name(message, at)
            self.asked = (name.lower(),
                          struct.unpack_from("!H", message, at)[0])
            at += 4
        self.sections = []
        for count in head[3:]:
            records = []
            for _ in range(count):
                owner, at = read_name(message, at)
                rtype, _, ttl, size = struct.unpack_from("!2HIH", message, at)
                at += 10
                records.append((owner, rtype, ttl,
                                _rdata(message, rtype, at, size)))
                at += size
            self.sections.append(records)
        self.answer, self.authority, self.additional = self.sections

    def data(self, rtype):
        return [r[3] for r in self.answer if r[1] == rtype]


def ask(server, name, rtype, *, flags=RD, tcp=False, timeout=3,
        dnssec=False, ident=4711):
    """Ask once (name ends with a dot); follows a truncated answer to TCP.
    socket.timeout (an OSError) when nothing comes, Broken when it cannot be
    read or is not the answer to this question."""
    family = socket.AF_INET6 if ":" in server else socket.AF_INET
    kind = socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM
    asked = query(name, rtype, ident, flags, dnssec)
    with socket.socket(family, kind) as s:
        s.settimeout(timeout)
        s.connect((server, 53))
        s.sendall(struct.pack("!H", len(asked)) + asked if tcp else asked)
        message = read_stream(s) if tcp else s.recv(65535)
    answer = Answer(message)
    if answer.ident != ident:
        raise Broken("wrong id")
    if answer.asked != (name.lower(), rtype):
        raise Broken("another question")
    if answer.flags & TC and not tcp:
        return ask(server, name, rtype, flags=flags, tcp=True,
                   timeout=timeout, dnssec=dnssec, ident=ident)
    return answer


def read_stream(s):
    stream = s.makefile("rb")
    head = stream.read(2)
    if len(head) < 2:
        raise Broken("closed")
    return stream.read(struct.unpack("!H", head)[0])
