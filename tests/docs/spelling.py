#!/usr/bin/env python3
"""The spelling of whatever people read.

    spelling.py BUILD

British English, by aspell: the documents, the manual pages as they are
rendered, the texts of the rules and of --help (of BUILD/test/mxvigil), the
comments of the example configuration.  Words that aspell does not know and
that are right are in words.txt: sorted, and none that nobody uses.  codespell
then reads the sources for common mistakes.  Ends with "N passed, N failed".
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE)]
sys.dont_write_bytecode = True

import printed                                                 # noqa: E402

ROOT = printed.ROOT
WORDS = HERE / "words.txt"
ASPELL = ["aspell", "--lang=en_GB", "--encoding=utf-8", "--mode=none",
          "list"]
# Tests are not among them: they mistype on purpose.
SOURCES = ["agent", "config", "packaging", "probes", "Makefile", "README.md",
           "CHANGELOG.md", "CONTRIBUTING.md"]
# Names, whatever codespell thinks of them.
NAMES = "ede,iif,nd,nown"


# ------------------------------------------------------------------- words

def words(text):
    """Of running text, without names, paths, numbers and abbreviations."""
    found = set()
    for chunk in text.split():
        chunk = chunk.strip("()[]{},;:.!?\"'*|‘’“”…")
        chunk = re.sub(r"['’]s$", "", chunk).replace("’", "'")
        if re.search(r"[\d/._@=<>\\$#%&+`~\[\]{}()\"|:,]", chunk) or \
                chunk.startswith("-"):
            continue
        found |= {part for part in re.split(r"[-–—]", chunk)
                  if re.fullmatch(r"[^\W\d_][^\W\d_']*", part)
                  and not part.isupper() and len(part) > 1}
    return found


def markdown(text):
    text = re.sub(r"(?ms)^```.*?^```$", " ", text)
    text = re.sub(r"(?m)^    .*$", " ", text)
    text = re.sub(r"`[^`\n]*`", " ", text)
    text = re.sub(r"(?m)^\[[^]]+\]: .*$", " ", text)
    text = re.sub(r"\]\([^)]*\)|\]\[[^]]*\]", "] ", text)
    return re.sub(r"<[^>]*>", " ", text)


def page(path):
    """Without what is typed: synopsis, and lines of examples."""
    text = printed.render(path)
    text = re.sub(r"(?ms)^SYNOPSIS$.*?^(?=[A-Z])", "", text)
    text = re.sub(r"‐\n\s*", "", text)
    return re.sub(r"(?m)^\s+[$#] .*$", " ", text)


def comments(path):
    found = re.findall(r"(?m)(?:^|\s)#\s(.*)$", path.read_text())
    return "\n".join(found)


def output(mxvigil, *argv):
    return subprocess.run([mxvigil, *argv], capture_output=True, text=True,
                          check=False).stdout


def without_examples(text):
    return re.sub(r"(?m)^  mxvigil .*$", "", text)


def texts(mxvigil):
    """(name, text) of everything."""
    for path in [*sorted(ROOT.glob("*.md")),
                 *sorted(ROOT.glob("packaging/**/*.md")),
                 *sorted(ROOT.glob("packaging/debian/*README*"))]:
        yield str(path.relative_to(ROOT)), markdown(path.read_text())
    for path in sorted(printed.MAN.glob("*.[1578]")):
        yield path.name, page(path)
    for path in (ROOT / "config" / "mxvigil.yaml",
                 ROOT / "packaging" / "systemd" / "mxvigil.service"):
        yield path.name, comments(path)
    yield "mxvigil rules", output(mxvigil, "rules", "--format", "json")
    top = output(mxvigil, "--help")
    yield "mxvigil --help", without_examples(top)
    for command in printed.help_commands(top):
        text = output(mxvigil, "help", command)
        yield (f"mxvigil help {command}", without_examples(text))
    yield "mxvigil config show", comments_of(output(mxvigil, "config",
                                                    "show", "-"))


def comments_of(text):
    return "\n".join(re.findall(r"(?m)^\s*# (?!\w+:$)(.*)$", text))


def strange(found):
    """Those of the words that aspell does not know."""
    done = subprocess.run(ASPELL, input="\n".join(sorted(found)), text=True,
                          capture_output=True, check=True)
    return set(done.stdout.split())


def normal(word):
    return re.sub(r"'$", "", word)


# ----------------------------------------------------------------- verdicts

def spelling(mxvigil, known):
    """(name, complaints) of each text, and of the list itself."""
    every = {name: words(text) for name, text in texts(mxvigil)}
    odd = strange(set().union(*every.values(), {"Wrnog"}))
    if "Wrnog" not in odd:
        yield "a planted word", ["aspell finds nothing"]
    for name, found in every.items():
        yield name, [f"{word}?" for word in sorted(found & odd)
                     if normal(word) not in known]
        if not found:
            yield name, ["no words at all"]
    used = {normal(word) for found in every.values() for word in found}
    order = sorted(known, key=lambda word: (word.lower(), word))
    yield "words.txt", \
        [f"{word}: not used" for word in known if word not in used] + \
        ["not sorted"] * (order != known) + \
        ["a word twice"] * (len(set(known)) != len(known))


def common():
    """What codespell finds."""
    done = subprocess.run(
        ["codespell", "--skip", "*.png,*.svg", "--ignore-words-list", NAMES,
         *SOURCES], cwd=ROOT, capture_output=True,
        text=True, check=False)
    return (done.stdout + done.stderr).splitlines()


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    mxvigil = Path(sys.argv[1]).resolve() / "test" / "mxvigil"
    missing = [tool for tool in ("aspell", "mandoc")
               if not shutil.which(tool)]
    if not missing and "en_GB" not in subprocess.run(
            ["aspell", "dump", "dicts"], capture_output=True, text=True,
            check=False).stdout.split():
        missing = ["aspell-en"]
    table = []
    if missing:
        print(f"SKIP spelling: no {' and no '.join(missing)}")
    else:
        table += spelling(mxvigil, WORDS.read_text().split())
    if shutil.which("codespell"):
        table.append(("codespell", common()))
    else:
        print("SKIP spelling: no codespell")
    for name, wrong in table:
        print(f"{'not ok' if wrong else 'ok'} {name}")
        for line in wrong:
            print(f"# {line}")
    failed = sum(bool(wrong) for _, wrong in table)
    print(f"spelling: {len(table) - failed} passed, {failed} failed")
    return int(failed != 0)


if __name__ == "__main__":
    sys.exit(main())
