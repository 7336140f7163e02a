"""What the documents print for a reader to type: commands, and configuration.

    commands(text)       of a manual page as it is read: lines after "$ "
    fences(markdown)     (language, lines) of each fenced block
    literals(mdoc)       each literal block of a page's source
"""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
MAN = ROOT / "packaging" / "man"


def render(page):
    """The page as a reader sees it, on a very wide terminal."""
    done = subprocess.run(["mandoc", "-T", "utf8", "-O", "width=400", page],
                          capture_output=True, text=True, check=False)
    return re.sub(".\b", "", done.stdout)


def joined(lines):
    """Commands over several lines, as one each."""
    whole = ""
    for line in lines:
        whole += line + "\n"
        if not line.endswith("\\"):
            yield whole.rstrip("\n")
            whole = ""
    if whole:
        yield whole.rstrip("\n")


def commands(text):
    taken, more = [], False
    for line in text.splitlines():
        found = re.match(r"\s*\$ (.*)", line)
        if found or more:
            taken.append(found[1] if found else line)
            more = line.endswith("\\")
    return list(joined(taken))


def root_commands(text):
    return re.findall(r"(?m)^\s+# ([a-z].*)", text)


def help_examples(text):
    """Of what --help prints: the lines below "Examples:"."""
    part = text.partition("\nExamples:\n")[2].partition("\n\n")[0]
    return re.findall(r"(?m)^  (\S.*)", part)


def help_commands(text):
    """Of what "mxvigil --help" prints: the names of the commands."""
    part = text.partition("\nCommands:\n")[2].partition("\n\n")[0]
    return re.findall(r"(?m)^  (\w+)", part)


def fences(markdown):
    found = re.findall(r"(?ms)^```(\w*)\n(.*?)^```$", markdown)
    return [(language, body.splitlines()) for language, body in found]


def script(lines):
    """The commands of a block of sh; comments alone are none."""
    return [c for c in joined(lines) if c.strip() and c.strip()[0] != "#"]


def literals(mdoc):
    for body in re.findall(r"(?ms)^\.Bd -literal[^\n]*\n(.*?)^\.Ed$", mdoc):
        body = re.sub(r"(?m)^\.\\\".*\n", "", body)
        body = body.replace("\\e", "\\").replace("\\&", "")
        body = body.replace("\\-", "-")
        yield re.sub(r"\\\((\w\w)", lambda m: {"dq": '"'}.get(m[1], m[0]),
                     body).splitlines()
