#!/usr/bin/env python3
"""Every example that the documents print does what it says.

    lab.py run DIR -- examples.py BUILD [--only GLOB]

The commands of the manual pages, of --help and of the README's sh blocks are
run verbatim, each document in a folder of its own, on an Internet where
example.org and the others exist, beside a daemon that reads
/etc/mxvigil/mxvigil.yaml.  Configuration in a document passes "config check".
BUILD holds test/mxvigil.  Ends with "N passed, N failed".
"""

import argparse
import fnmatch
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE)]
sys.dont_write_bytecode = True

import printed                                                 # noqa: E402
from place import SECRETS, STATE, Place, furnish, private      # noqa: E402

# Whose first word is one of these is not for a test to run.
EXEMPT = {
    "make": "builds, or is a test itself",
    "sudo": "changes the machine",
}
# What else exits with what, and why; all others with 0.
STATUS = [
    (r"status( --format \w+)?( -v)?$", {1, 2},
     "a mail server of three domains is down"),
    (r"doctor -f mxvigil\.yaml", {2},
     "a daemon with another configuration has the store already"),
]
# Pages where nothing is typed.
WITHOUT = {"mxvigil-rules.7"}
# The first key of YAML that is not ours.
FOREIGN = {"scrape_configs": "Prometheus", "groups": "Prometheus",
           "route": "Alertmanager", "receivers": "Alertmanager"}


# -------------------------------------------------------------- one command

def expected(line):
    line = re.sub(r"\s+# .*", "", line)
    return next((status for pattern, status, _ in STATUS
                 if re.search(pattern, line)), {0})


def first_word(line):
    return line.lstrip("(").split()[0]


def run_daemon(place, line, cwd):
    """A daemon of the document's own: it starts, and ends when it is told
    to.  In namespaces of its own, since its port and its state may be those
    of ours."""
    log = cwd / "daemon.log"
    inner = (f"ip link set lo up && mount -t tmpfs none {STATE} && "
             f"exec {line}")
    with open(log, "wb") as out:
        child = subprocess.Popen(
            ["unshare", "--net", "--mount", "sh", "-c", inner], cwd=cwd,
            env=place.env, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
    end = time.monotonic() + 20
    while child.poll() is None and "status page: " not in log.read_text() \
            and time.monotonic() < end:
        time.sleep(0.02)
    started = "status page: " in log.read_text()
    if child.poll() is None:
        child.send_signal(signal.SIGTERM)
    status = child.wait(20)
    if started and status == 0:
        return ""
    return f"started: {started}, exit status {status}: {log.read_text()}"


def run_init(place, line, cwd):
    """Never over a file: in a folder where there is none.  What it writes is
    a configuration."""
    fresh = cwd / f"fresh-{len(list(cwd.iterdir()))}"
    fresh.mkdir()
    done = place.run(line, fresh)
    if done.returncode != 0:
        return f"exit status {done.returncode}: {done.stdout}"
    wrong = [judge(place.run(f"mxvigil config check {path.name}", fresh), {0})
             for path in fresh.iterdir()]
    return "".join(wrong)


def judge(done, wanted):
    text = done.stdout
    if done.returncode not in wanted:
        return f"exit status {done.returncode}, wanted {wanted}: {text}"
    for word in ("no such option", "unknown option", "Sanitizer",
                 "runtime error"):
        if word in text:
            return text
    return ""


def attempt(place, line, cwd):
    """What is wrong with it, or nothing."""
    try:
        if re.match(r"(exec )?mxvigil run\b(?!.*--help)", line):
            return run_daemon(place, line, cwd)
        if line.startswith("mxvigil config init"):
            return run_init(place, line, cwd)
        return judge(place.run(line, cwd), expected(line))
    except subprocess.TimeoutExpired:
        return "it does not end"


# ------------------------------------------------------------- one document

class Document:
    """Its name, commands, and configuration."""

    def __init__(self, name, commands, configurations):
        self.name, self.commands = name, commands
        self.configurations = configurations


def is_configuration(lines):
    """YAML that is not for another program."""
    found = next((re.match(r"(\w+):", line) for line in lines
                  if line and not line.startswith(("#", " "))), None)
    return found is not None and found[1] not in FOREIGN


def manual_pages():
    for path in sorted(printed.MAN.glob("*.[1578]")):
        text = printed.render(path)
        blocks = [lines for lines in printed.literals(path.read_text())
                  if not any(re.match(r"[$#] ", line) for line in lines)]
        yield Document(path.name, printed.commands(text) +
                       printed.root_commands(text), blocks)


def readme():
    blocks = printed.fences((printed.ROOT / "README.md").read_text())
    unknown = {language for language, _ in blocks} - {"sh", "yaml", "text"}
    if unknown:
        raise SystemExit(f"README.md: blocks of {unknown}")
    return Document(
        "README.md", [line for language, lines in blocks if language == "sh"
                      for line in printed.script(lines)],
        [lines for language, lines in blocks if language == "yaml"])


def helps(place, known):
    """What --help shows and no page does."""
    text = place.run("mxvigil --help", place.folder).stdout
    for command in printed.help_commands(text):
        text = place.run(f"mxvigil help {command}", place.folder).stdout
        lines = [line for line in printed.help_examples(text)
                 if line not in known]
        if lines:
            yield Document(f"help-{command}", lines, [])


class Count:
    def __init__(self):
        self.lock = threading.Lock()
        self.passed = self.failed = 0

    def note(self, where, what, wrong):
        with self.lock:
            self.passed += not wrong
            self.failed += bool(wrong)
            print(f"{'not ok' if wrong else 'ok'} {where}: {what}",
                  flush=True)
            for row in wrong.splitlines()[:40]:
                print(f"# {row}", flush=True)


def try_command(place, count, document, line, cwd):
    word = first_word(line)
    if word in EXEMPT:
        return
    shown = " ".join(line.split())
    missing = [tool for tool in re.findall(r"\| (\w+)", line)
               if not shutil.which(tool)]
    if missing:
        print(f"SKIP {document.name}: {shown}: no {missing[0]} here")
        return
    count.note(document.name, shown, attempt(place, line, cwd))


def try_configuration(place, count, document, lines, cwd):
    if not is_configuration(lines):
        return
    text = "\n".join(lines) + "\n"
    for key, name in re.findall(r"(\w+_file): \"?([^\s,}\"]+)", text):
        if key in SECRETS and not name.startswith("/"):
            private(cwd / name, SECRETS[key])
    for name in re.findall(r"domain_files: \[\"([^\"/]+)/", text):
        (cwd / name).mkdir(exist_ok=True)
        (cwd / name / "a.txt").write_text("example.com\n")
    (cwd / "printed.yaml").write_text(text)
    wrong = judge(place.run("mxvigil config check printed.yaml", cwd), {0})
    count.note(document.name, f"configuration: {lines[0]} ...",
               wrong and f"{wrong}\n{text}")


def try_document(place, count, document):
    cwd = place.folder / "work" / document.name
    furnish(cwd)
    shutil.copy(place.record, cwd)
    for line in document.commands:
        try_command(place, count, document, line, cwd)
    for lines in document.configurations:
        try_configuration(place, count, document, lines, cwd)


def documents(place):
    found = [*manual_pages(), readme()]
    known = {line for one in found for line in one.commands}
    return found + list(helps(place, known))


def faults(found):
    """What is wrong before anything is run."""
    words = {first_word(line) for one in found for line in one.commands}
    yield from (f"{word} is exempt, and no document has it"
                for word in EXEMPT.keys() - words)
    yield from (f"{one.name} has no example" for one in found
                if not one.commands and not one.configurations and
                one.name not in WITHOUT)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("build", type=Path)
    parser.add_argument("--only", default="*")
    args = parser.parse_args()
    if not shutil.which("mandoc"):
        print("SKIP examples: mandoc is not installed")
        return 0
    place = Place(args.build.resolve())
    place.start()
    found, count = documents(place), Count()
    count.note("the documents", "have examples, and the table those exempt",
               "\n".join(faults(found)))
    planted = attempt(place, "mxvigil check --colour example.org",
                      place.folder)
    count.note("a planted mistake", "is found", "" if planted else "it is not")
    chosen = [one for one in found if fnmatch.fnmatch(one.name, args.only)]
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda one: try_document(place, count, one), chosen))
    place.stop()
    for wrong in dict.fromkeys(place.net.complaints):
        count.note("a channel's request", wrong, wrong)
    print(f"examples: {count.passed} passed, {count.failed} failed")
    return int(count.failed != 0)


if __name__ == "__main__":
    sys.exit(main())
