#!/usr/bin/env python3
"""`mxvigil config init`: what it writes, and what it never does.

Usage: tests/config/init.py MXVIGIL

Runs the program in a folder of its own and, where the system lets it, with a
/etc/resolv.conf of its own.  Ends with "N passed, N failed".
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
EXAMPLE = open(os.path.join(ROOT, "config", "mxvigil.yaml")).read()

DOMAINS = ["example.org", "M\u00fcnchen.example", "a_b.example.", "example.org"]
ITEMS = ['  - "example.org"',
         '  - "m\u00fcnchen.example" # xn--mnchen-3ya.example',
         '  - "a_b.example"']
RESOLVERS = ["192.0.2.53", "2001:db8::53"]
RESOLV_CONF = "search example.org\n# a comment\n" + "".join(
    f"nameserver {a}\n" for a in [*RESOLVERS, "fe80::1%eth0"])


class Place:
    """The program in a folder of its own."""

    def __init__(self, mxvigil, folder):
        self.mxvigil, self.folder = os.path.abspath(mxvigil), folder
        self.environment = {
            "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8",
            "ASAN_OPTIONS": "detect_leaks=1:abort_on_error=0:exitcode=99"}

    def run(self, *argv, resolv_conf=None, limit=None):
        argv = [self.mxvigil, "config", *argv]
        if resolv_conf is not None:
            argv = ["unshare", "-m", "sh", "-c",
                    'mount --bind "$0" /etc/resolv.conf && exec "$@"',
                    self.write("resolv.conf", resolv_conf), *argv]
        if limit is not None:
            argv = ["sh", "-c", f'ulimit -f {limit}; trap "" XFSZ; exec "$@"',
                    "sh", *argv]
        return subprocess.run(argv, capture_output=True, text=True,
                              cwd=self.folder, env=self.environment,
                              timeout=60)

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w") as file:
            file.write(text)
        return path

    def names(self):
        return sorted(os.listdir(self.folder))


def must(condition, what, done=None):
    if not condition:
        raise AssertionError(f"{what}: {done}")


def added(text):
    """The lines that the example does not have, in order; it has all
    others."""
    left = EXAMPLE.splitlines()
    more = []
    for line in text.splitlines():
        if left and line == left[0]:
            left.pop(0)
        else:
            more.append(line)
    must(not left, "lines of the example are missing", left[:3])
    return more


def refused(place, done, *pattern):
    must(done.returncode == 2 and done.stdout == "", "refused", done)
    lines = done.stderr.splitlines()
    must(len(lines) == len(pattern), "lines", done)
    for line, wanted in zip(lines, pattern):
        must(re.search(wanted, line), wanted, done)
    must(place.names() == [], "nothing is left", place.names())


# -------------------------------------------------------------------- tests

def without_domains(place):
    done = place.run("init")
    must(done.returncode == 0 and done.stdout == EXAMPLE, "stdout", done)
    must(place.run("init", "-f", "a").returncode == 0, "file")
    must(open(os.path.join(place.folder, "a")).read() == EXAMPLE, "content")


def domains(place):
    done = place.run("init", *DOMAINS)
    must(done.returncode == 0, "status", done)
    lines = added(done.stdout)
    must(lines[-3:] == ITEMS, "domains", lines)
    written = place.run("init", "-f", "a.yaml", *DOMAINS)
    must(written.returncode == 0 and written.stdout == "", "file", written)
    text = open(os.path.join(place.folder, "a.yaml")).read()
    must(text == done.stdout, "the same")
    checked = place.run("check", "a.yaml")
    must(checked.returncode == 0, "check", checked)
    must(checked.stdout.startswith("a.yaml: ok: 3 domains, "), "3", checked)
    must(place.names() == ["a.yaml"], "nothing else is left", place.names())
    must(os.stat(os.path.join(place.folder, "a.yaml")).st_mode & 0o777 ==
         0o644, "mode")


def resolvers(place):
    done = place.run("init", "-f", "-", "a.example", resolv_conf=RESOLV_CONF)
    must(done.returncode == 0 and done.stderr == "", "status", done)
    must(added(done.stdout) == [
        "  # Of /etc/resolv.conf:",
        *(f'  - {{name: "{a}", resolver: "{a}"}}' for a in RESOLVERS),
        "  # Left out, for it is of one link only: fe80::1%eth0",
        '  - "a.example"'], "vantages", added(done.stdout))
    must(re.search(r"(?m)^#  - \{name: quad9, ", done.stdout), "public ones")
    place.write("a.yaml", done.stdout)
    shown = place.run("check", "a.yaml")
    must(shown.stdout == "a.yaml: ok: 1 domain, 2 vantages, 0 channels\n",
         "check", shown)


def uncommented(place):
    """The public vantages are ready for use."""
    text = re.sub(r"(?m)^#(  - \{name: (?:quad9|google|cloudflare),)", r"\1",
                  place.run("init", "a.example",
                            resolv_conf=RESOLV_CONF).stdout)
    place.write("a.yaml", text)
    done = place.run("check", "a.yaml")
    must(", 5 vantages, " in done.stdout, "check", done)


def no_resolver(place):
    done = place.run("init", "a.example", resolv_conf="# none\n")
    must(done.returncode == 0, "status", done)
    must(added(done.stdout) == ['  - "a.example"'], "text", done)
    must(done.stderr == "mxvigil config: /etc/resolv.conf: no nameserver: "
         "name a resolver below vantages\n", "told", done)


def wrong(place):
    file = "this is a file, not a domain: write -f before it"
    for operand, pattern in (
            ("a.yaml", file), ("a.yml", file), ("./a", file), ("/a/b", file),
            ("-", file), ("https://a.example/x", 'did you mean "a.example"'),
            ("me@a.example", 'did you mean "a.example"'),
            ("192.0.2.1", "is an IP address"), ("", "is empty")):
        refused(place, place.run("init", "-f", "x", "b.example", operand),
                pattern)
    refused(place, place.run("init", "-f", "x", "a..example", "b b.example"),
            "an empty label", "a space")
    refused(place, place.run("init", "-f", ""), "expected a file")
    refused(place, place.run("init", "-f", "no/x", "a.example"),
            "no/x: No such file or directory: make its folder first")


def never_over_a_file(place):
    place.write("mine", "mine")
    os.symlink("elsewhere", os.path.join(place.folder, "link"))
    os.mkdir(os.path.join(place.folder, "folder"))
    before = place.names()
    for name in ("mine", "link", "folder"):
        done = place.run("init", "-f", name, "a.example")
        must(done.returncode == 2 and done.stdout == "", "refused", done)
        must(done.stderr == f"mxvigil config: {name}: File exists: it is "
             "kept; name another file\n", "told", done)
    must(place.names() == before, "nothing is left", place.names())
    must(open(os.path.join(place.folder, "mine")).read() == "mine", "kept")


def never_half_a_file(place):
    """There is room for less than all of it."""
    refused(place, place.run("init", "-f", "x", "a.example", limit=4),
            "x: File too large")


TESTS = [without_domains, domains, wrong, never_over_a_file,
         never_half_a_file]
IN_A_NAMESPACE = [resolvers, uncommented, no_resolver]


def attempt(mxvigil, test):
    folder = tempfile.mkdtemp(prefix="mxvigil-init-")
    try:
        test(Place(mxvigil, folder))
        return True
    except AssertionError as error:
        print(f"FAILED {test.__name__}: {error}")
        return False
    finally:
        shutil.rmtree(folder)


def main():
    tests = list(TESTS)
    if subprocess.run(["unshare", "-m", "mount", "--bind", "/dev/null",
                       "/etc/resolv.conf"], capture_output=True).returncode:
        print("SKIP resolvers: no mount namespace here")
    else:
        tests += IN_A_NAMESPACE
    passed = sum(attempt(sys.argv[1], test) for test in tests)
    print(f"config init: {passed} passed, {len(tests) - passed} failed")
    sys.exit(passed != len(tests))


if __name__ == "__main__":
    main()
