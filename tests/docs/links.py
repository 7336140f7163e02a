#!/usr/bin/env python3
"""Whatever the documents point to is there.

    links.py BUILD

Links and anchors, pictures, paths, manual pages, and the README's table of
rules, which has each rule of BUILD/test/mxvigil in its place.  What is
elsewhere is https and looks like a URL: nothing is asked for.  Ends with "N
passed, N failed".
"""

import json
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent.parent
MAN = ROOT / "packaging" / "man"
SEVERITIES = ["critical", "warning", "info"]
# "http" that is no link to follow.
LOCAL = re.compile(r"http://(127\.0\.0\.1|localhost|\[::1\])[:/]")
PAGE = re.compile(r"\b((?:check_)?mxvigil(?:[-.][a-z]+)?)\((\d)\)")
PATH = re.compile(r"(?<![\w/.-])(?:agent|config|packaging|probes|tests)/"
                  r"[\w./*-]*[\w*]")


def without_code(text):
    """Fenced blocks have no links; a span of code has none either."""
    text = re.sub(r"(?ms)^```.*?^```$", "", text)
    return re.sub(r"`[^`\n]*`", "", text)


def slugs(text):
    """The anchors of a page's headings, as GitHub makes them."""
    seen, found = {}, set()
    for title in re.findall(r"(?m)^#{1,6} (.*)$",
                            re.sub(r"(?ms)^```.*?^```$", "", text)):
        title = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", title)
        slug = re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
        number = seen.get(slug, 0)
        seen[slug] = number + 1
        found.add(f"{slug}-{number}" if number else slug)
    return found


def targets(text):
    """Where the links and pictures of a page lead, and what is undefined."""
    plain = without_code(text)
    found = re.findall(r"\]\(([^)\s]+)[^)]*\)", plain)
    found += re.findall(r"(?:src|srcset|href)=\"([^\"]*)\"", plain)
    found += re.findall(r"<(https?:[^>]*)>", plain)
    found += re.findall(r"(?<![(\"<\w])(https?://[^\s)\"<>|`]+)", plain)
    defined = dict(re.findall(r"(?m)^\[([^]]+)\]: (\S+)", plain))
    found += defined.values()
    wanted = set(re.findall(r"\[[^]]*\]\[([^]]+)\]", plain))
    return found, [f"[{name}] is not defined"
                   for name in wanted - defined.keys()]


def url_fault(url):
    parts = urlsplit(url)
    if LOCAL.match(url):
        return ""
    if parts.scheme != "https" or "." not in parts.netloc:
        return f"{url}: no https"
    if re.search(r"[\s\\^{}|]", url):
        return f"{url}: not well-formed"
    return ""


def target_fault(target, text, folder):
    if re.match(r"\w+:", target):
        return url_fault(target)
    path, _, anchor = target.partition("#")
    there = folder / path if path else None
    if there is not None and not there.exists():
        return f"{target}: no such file"
    if anchor:
        other = there.read_text() if there is not None else text
        if anchor not in slugs(other):
            return f"{target}: no such anchor"
    return ""


def page_faults(text):
    """Manual pages that are named."""
    for name, section in PAGE.findall(text):
        if not (MAN / f"{name}.{section}").exists():
            yield f"{name}({section}): no such page"
    for name in re.findall(r"(?<![\w)])-([a-z]+)\(1\)", text):
        if not (MAN / f"mxvigil-{name}.1").exists():
            yield f"-{name}(1): no such page"


def path_faults(text):
    for path in PATH.findall(text):
        path = path.rstrip(".")
        if "NAME" not in path and not any(ROOT.glob(path)):
            yield f"{path}: no such file"


def markdown_faults(text, folder):
    found, wrong = targets(text)
    wrong += [target_fault(target, text, folder) for target in found]
    return [w for w in [*wrong, *page_faults(text), *path_faults(text)] if w]


def mdoc_faults(text):
    wrong = [url_fault(url) for url in re.findall(r"(?m)^\.Lk (\S+)", text)]
    for name, section in re.findall(r"(?m)^\.Xr ((?:check_)?mxvigil\S*) (\d)",
                                    text):
        if not (MAN / f"{name}.{section}").exists():
            wrong.append(f".Xr {name} {section}: no such page")
    return [w for w in wrong if w]


# ------------------------------------------------------------------- rules

def rule_table(text):
    """(severity, rule) of the README's table, in its order."""
    rows = [line.split("|")[2:-1] for line in text.splitlines()
            if re.match(r"\| \*\*", line)]
    return [(severity, rule) for row in rows
            for severity, cell in zip(SEVERITIES, row)
            for rule in re.findall(r"`([a-z]+\.[a-z-]+)`", cell)]


def rule_faults(text, mxvigil):
    done = subprocess.run([mxvigil, "rules", "--format", "json"], text=True,
                          capture_output=True, check=True)
    have = [(rule["severity"], rule["rule"])
            for rule in json.loads(done.stdout)]
    shown = rule_table(text)
    return [f"{rule}: {severity} in the README only"
            for severity, rule in shown if (severity, rule) not in have] + \
        [f"{rule}: {severity}, not in the README's table"
         for severity, rule in have if (severity, rule) not in shown]


# ----------------------------------------------------------------- planted

# A fault of each kind, and what is none.
PLANTED = {
    "[a](no/such/file.md)": True, "[a](README.md)": False,
    "[a](#no-such-heading)": True,
    "# A `b`, c!\n[a](#a-b-c)": False,
    "# A\n# A\n[a](#a-1)": False, "# A\n[a](#a-1)": True,
    "[a](README.md#no-such-heading)": True,
    "[a](http://example.org/)": True, "[a](https://example)": True,
    "see http://example.org/ there": True, "http://127.0.0.1:9725/": False,
    "[a](https://example.org/x)": False, "[a][b]": True,
    "[a][b]\n\n[b]: https://example.org/": False,
    "[a][b]\n\n[b]: http://example.org/": True,
    '<img src="no.png">': True, "mxvigil-nothing(1)": True,
    "mxvigil(1)": False, "mxvigil(1), -nothing(1)": True,
    "`tests/no_such.py`": True, "tests/docs/links.py.": False,
    "`agent/rules/rule_*.c`": False, "`agent/rules/no_*.c`": True,
    "```\n[a](no/such)\n```": False,
}
PLANTED_MDOC = {".Lk http://example.org": True, ".Xr mxvigil 1": False,
                ".Lk https://example.org": False, ".Xr mxvigil-no 1": True}


def blind_spots():
    """What is planted and not found, or found and right."""
    table = [(text, bad, markdown_faults(text, ROOT))
             for text, bad in PLANTED.items()]
    table += [(text, bad, mdoc_faults(text))
              for text, bad in PLANTED_MDOC.items()]
    return [f"{text!r}: found {found}" for text, bad, found in table
            if bool(found) != bad]


def documents():
    for path in [*sorted(ROOT.glob("*.md")),
                 *sorted(ROOT.glob("packaging/**/*.md")),
                 *sorted(ROOT.glob("tests/**/*.md"))]:
        yield (str(path.relative_to(ROOT)),
               markdown_faults(path.read_text(), path.parent))
    for path in sorted(MAN.glob("*.[1578]")):
        yield path.name, mdoc_faults(path.read_text())


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    mxvigil = Path(sys.argv[1]).resolve() / "test" / "mxvigil"
    readme = (ROOT / "README.md").read_text()
    table = [("planted faults", blind_spots()), *documents(),
             ("the README's rules", rule_faults(readme, mxvigil))]
    for name, wrong in table:
        print(f"{'not ok' if wrong else 'ok'} {name}")
        for line in wrong:
            print(f"# {line}")
    failed = sum(bool(wrong) for _, wrong in table)
    print(f"links: {len(table) - failed} passed, {failed} failed")
    return int(failed != 0)


if __name__ == "__main__":
    sys.exit(main())
