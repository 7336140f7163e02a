"""A terminal's output as a picture: SVG, whose text can be selected."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
import xml.etree.ElementTree as xml
from xml.sax.saxutils import escape

SGR = re.compile(r"\x1b\[([\d;]*)m")
# Classes by SGR code; 0 ends them all.
CLASSES = {"1": "b", "2": "d", "31": "r", "32": "g", "33": "y", "35": "m",
           "36": "c"}
FONT, ADVANCE, LEADING = 14, 8.43, 20
MARGIN, TOP = 20, 46
STYLE = f"""
text {{ font: {FONT}px ui-monospace, "DejaVu Sans Mono", SFMono-Regular, Menlo,
  Consolas, monospace; fill: #d6dae0; white-space: pre }}
.b {{ font-weight: 700; fill: #f4f6f8 }} .d {{ fill: #8b95a3 }}
.r {{ fill: #ff7b72 }} .g {{ fill: #56d364 }} .y {{ fill: #e3b341 }}
.m {{ fill: #d2a8ff }} .c {{ fill: #79c0ff }}
"""


def record(words, columns, env=None):
    """What a program prints to a terminal so wide, and its exit status."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ,
                struct.pack("HHHH", 50, columns, 0, 0))
    child = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=theirs,
                             stderr=subprocess.DEVNULL, env=env)
    os.close(theirs)
    out = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:             # EIO: the other end is closed
            break
        out += piece
    os.close(ours)
    return out.decode().replace("\r\n", "\n"), child.wait()


def runs(line):
    """Pieces of one line: (column, text, classes)."""
    column, classes = 0, []
    for number, piece in enumerate(SGR.split(line)):
        if number % 2 == 0:
            if piece:
                yield column, piece, " ".join(classes)
                column += len(piece)
            continue
        for code in piece.split(";"):
            if code in ("", "0"):
                classes = []
            else:
                classes = [*classes, CLASSES[code]]


def row(line, y):
    """One <text>; each word group stands where its column is, whatever font
    the reader has."""
    spans = []
    for column, text, classes in runs(line):
        kind = f' class="{classes}"' if classes else ""
        for part in re.finditer(r"\S+(?: \S+)*", text):
            x = MARGIN + (column + part.start()) * ADVANCE
            wide = len(part[0]) * ADVANCE
            spans.append(
                f'<tspan x="{x:.1f}" textLength="{wide:.1f}" '
                f'lengthAdjust="spacingAndGlyphs"{kind}>'
                f'{escape(part[0])}</tspan>')
    return f'<text y="{y}">{"".join(spans)}</text>'


def picture(command, output, columns):
    """The whole SVG: a window, the prompt, what came out."""
    prompt = f"\x1b[36m$\x1b[0m \x1b[1m{command}\x1b[0m"
    lines = [prompt, *output.rstrip("\n").split("\n")]
    width = round(2 * MARGIN + columns * ADVANCE)
    height = TOP + len(lines) * LEADING + MARGIN // 2
    dots = "".join(f'<circle cx="{MARGIN + 4 + 18 * i}" cy="20" r="5.5" '
                   'fill="#3d4450"/>' for i in range(3))
    rows = "\n".join(row(line, TOP + LEADING // 2 + i * LEADING)
                     for i, line in enumerate(lines) if line)
    return f"""<svg xmlns="http://www.w3.org/2000/svg" width="{width}" \
height="{height}" viewBox="0 0 {width} {height}" role="img" \
aria-label="{escape(command, {'"': "&quot;"})}">
<style>{STYLE}</style>
<rect width="{width}" height="{height}" rx="10" fill="#161b22"/>
{dots}
{rows}
</svg>
"""


def words(text):
    """What stays the same of an output from one look to the next: its words,
    without measured times."""
    text = SGR.sub("", text)
    return re.sub(r"\d+(\.\d+)?( ?m?s\b)", r"N\2", text).split()


def picture_words(svg):
    """The same of a picture, without its prompt."""
    tag = "{http://www.w3.org/2000/svg}"
    rows = [" ".join(span.text for span in text.iter(tag + "tspan"))
            for text in xml.fromstring(svg).iter(tag + "text")]
    return words("\n".join(rows[1:]))
