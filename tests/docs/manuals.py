#!/usr/bin/env python3
"""The manual pages: they say what the program's tables say, hold together,
and are good mdoc.

    manuals.py BUILD
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
MAN = os.path.join(TOP, "packaging/man")
COMMAND = re.compile(r"^  ([a-z]+) {2,}\S", re.M)


class Tally:
    def __init__(self):
        self.passed = self.failed = 0

    def ok(self, label, good, why=""):
        if good:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAIL {label}: {why}")


def run(*argv, cwd=TOP):
    return subprocess.run(argv, cwd=cwd, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=60)


def pages():
    """Their texts, by file name."""
    out = {}
    for name in sorted(os.listdir(MAN)):
        with open(os.path.join(MAN, name), encoding="utf-8") as file:
            out[name] = file.read()
    return out


def plain(text):
    """What is typed, without the escapes of roff."""
    return text.replace("\\-", "-").replace("\\(dq", '"').replace("\\&", "")


# ----------------------------------------------------------------- the tables

def check_current(tally, manuals):
    got = run(manuals, "--check", "packaging")
    tally.ok("make manuals would change nothing", got.returncode == 0,
             got.stdout)


def damaged(text, part):
    """The page with the first line of a part of this name altered."""
    head = re.search(rf'^\.\\" begin: {part}\b.*\n', text, re.M)
    return text[:head.end()] + "altered\n" + text[head.end():]


def check_caught(tally, manuals, folder):
    """What is changed by hand is named, and mended."""
    shutil.copytree(os.path.join(TOP, "packaging/man"), f"{folder}/man")
    shutil.copytree(os.path.join(TOP, "packaging/completions"),
                    f"{folder}/completions")
    for name, part in (("mxvigil-check.1", "options"),
                       ("mxvigil.yaml.5", "settings"),
                       ("mxvigil-rules.7", "rules"),
                       ("mxvigil-run.1", "version")):
        path = f"{folder}/man/{name}"
        with open(path, encoding="utf-8") as file:
            before = file.read()
        with open(path, "w", encoding="utf-8") as file:
            file.write(damaged(before, part))
        got = run(manuals, "--check", folder)
        tally.ok(f"{name}: a change is caught",
                 got.returncode == 1 and got.stdout.split() == [path],
                 f"status {got.returncode}: {got.stdout}")
        run(manuals, folder)
        with open(path, encoding="utf-8") as file:
            tally.ok(f"{name}: and mended", file.read() == before, "it is not")


def check_broken(tally, manuals, folder):
    """A page whose parts do not end is refused, and left as it is."""
    path = f"{folder}/man/mxvigil-ack.1"
    with open(path, encoding="utf-8") as file:
        text = file.read().replace('.\\" end\n', "", 1)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    got = run(manuals, folder)
    with open(path, encoding="utf-8") as file:
        tally.ok("a part without end is refused",
                 got.returncode == 2 and "mxvigil-ack.1" in got.stdout
                 and file.read() == text, got.stdout)


# ----------------------------------------------------------------- the program

def check_commands(tally, mxvigil, texts):
    commands = COMMAND.findall(run(mxvigil, "help").stdout)
    tally.ok("there are commands", len(commands) >= 10, str(commands))
    with_page = {name[len("mxvigil-"):-2] for name in texts
                 if re.fullmatch(r"mxvigil-[a-z]+\.1", name)}
    wanted = set(commands) - {"help"}
    tally.ok("every command has a page", wanted <= with_page,
             str(sorted(wanted - with_page)))
    tally.ok("every page has a command", with_page <= wanted,
             str(sorted(with_page - wanted)))
    listed = set(re.findall(r"^\.It Xr mxvigil-([a-z]+) 1$",
                            texts["mxvigil.1"], re.M))
    tally.ok("mxvigil(1) lists every command", listed == wanted,
             str(sorted(listed ^ wanted)))


def check_version(tally, mxvigil, texts):
    version = run(mxvigil, "--version").stdout.strip()
    for name, text in texts.items():
        tally.ok(f"{name}: the version", f"\n.Os {version}\n" in text,
                 f"not {version}")


def keys_shown(text):
    """The paths of the keys that "config show" prints."""
    path, out = [], []
    for line in text.splitlines():
        found = re.match(r"( *)(?:# )?([a-z][a-z0-9_]*):(?: |$)", line)
        if found is None or line.lstrip().startswith("# ") and \
                not line.endswith(":"):
            continue
        depth = len(found[1]) // 2
        path[depth:] = [found[2]]
        out.append(".".join(path))
    return out


def check_settings(tally, mxvigil, texts):
    keys = keys_shown(run(mxvigil, "config", "show", "/dev/null").stdout)
    tally.ok("there are keys", len(keys) > 60, str(keys))
    page = plain(texts["mxvigil.yaml.5"])
    for key in keys:
        tally.ok(f"mxvigil.yaml(5): {key}",
                 re.search(rf"^\.It Cm {re.escape(key)} Pq ", page, re.M),
                 "no paragraph")


def check_rules(tally, mxvigil, texts):
    ids = re.findall(r"^  ([a-z]+\.[a-z-]+) ", run(mxvigil, "rules").stdout,
                     re.M)
    tally.ok("there are rules", len(ids) > 50, str(ids))
    page = plain(texts["mxvigil-rules.7"])
    for rule in ids:
        tally.ok(f"mxvigil-rules(7): {rule}",
                 len(re.findall(rf"^\.It Ic {re.escape(rule)}(?: |$)", page,
                                re.M)) == 2, "not once in each list")


# -------------------------------------------------------------------- the pages

def check_references(tally, texts):
    ours = {tuple(name.rsplit(".", 1)) for name in texts}
    for name, text in texts.items():
        refers = set(re.findall(r"^\.(?:It )?Xr (\S+) (\d)", text, re.M))
        for page in sorted(refers):
            if "mxvigil" in page[0]:
                tally.ok(f"{name}: {page[0]}({page[1]})", page in ours,
                         "there is no such page")
        tally.ok(f"{name}: leads on", refers - {tuple(name.rsplit(".", 1))},
                 "no references")


def check_sections(tally, texts):
    for name, text in texts.items():
        for part in ("NAME", "DESCRIPTION", "SEE ALSO"):
            tally.ok(f"{name}: {part}", f"\n.Sh {part}\n" in text, "not there")
        if name.endswith(".1") or name.endswith(".8"):
            for part in ("SYNOPSIS", "EXIT STATUS", "EXAMPLES"):
                tally.ok(f"{name}: {part}", f"\n.Sh {part}\n" in text,
                         "not there")
            tally.ok(f"{name}: two examples",
                     text.count("\n.Dl $ ") >= 2, "fewer")


def check_lint(tally, texts):
    """Nothing but references to pages that are not installed here."""
    if shutil.which("mandoc") is None:
        print("SKIP the look of the pages: no mandoc")
        return
    for name in texts:
        got = run("mandoc", "-T", "lint", "-W", "style", name, cwd=MAN)
        bad = [line for line in got.stdout.splitlines()
               if "referenced manual not found" not in line
               and "outdated mandoc.db" not in line]
        tally.ok(f"{name}: mandoc", not bad, "\n".join(bad))


def main():
    build = sys.argv[1]
    manuals = os.path.abspath(f"{build}/test/manuals")
    mxvigil = os.path.abspath(f"{build}/test/mxvigil")
    tally = Tally()
    texts = pages()
    check_current(tally, manuals)
    with tempfile.TemporaryDirectory() as folder:
        check_caught(tally, manuals, folder)
        check_broken(tally, manuals, folder)
    check_commands(tally, mxvigil, texts)
    check_version(tally, mxvigil, texts)
    check_settings(tally, mxvigil, texts)
    check_rules(tally, mxvigil, texts)
    check_references(tally, texts)
    check_sections(tally, texts)
    check_lint(tally, texts)
    print(f"{tally.passed} passed, {tally.failed} failed")
    return 1 if tally.failed else 0


if __name__ == "__main__":
    sys.exit(main())
