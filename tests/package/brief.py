#!/usr/bin/env python3
"""What is shipped, in brief: the tarball, the version, the Debian packages.

    brief.py BUILD

BUILD holds test/mxvigil; what is made here is under BUILD/test/package.  The
packages are built where dpkg-buildpackage and debhelper are, without
optimisation and unit tests, for time.  They are installed, upgraded and purged
by chroot.sh, which needs minutes.  Ends with "N passed, N failed".
"""

import gzip
import os
import re
import shutil
import stat
import subprocess
import sys
import tarfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = """Makefile README.md LICENSE CHANGELOG.md MANIFEST agent/main.c
config/mxvigil.yaml packaging/debian/rules packaging/systemd/mxvigil.service
packaging/deps.sh tests/run.py tests/lab/lab.py""".split()
CONFFILES = {
    "mxvigil": {"/etc/mxvigil/mxvigil.yaml",
                "/etc/logcheck/ignore.d.server/mxvigil"},
    "mxvigil-plugin": {"/etc/nagios-plugins/config/mxvigil.cfg"},
}
# One thing that a package must have, a part of a path each.
HAS = {
    "mxvigil": """usr/bin/mxvigil lib/systemd/system/mxvigil.service
        lib/sysusers.d/mxvigil.conf lib/tmpfiles.d/mxvigil.conf
        man1/mxvigil.1 man1/mxvigil-run.1 man5/mxvigil.yaml.5
        man7/mxvigil-rules.7 bash-completion/completions/mxvigil
        vendor-completions/_mxvigil vendor_completions.d/mxvigil.fish
        examples/prometheus/ examples/grafana/ README.Debian
        changelog.Debian""".split(),
    "mxvigil-plugin": """usr/lib/nagios/plugins/check_mxvigil
        man8/check_mxvigil.8 plugins-contrib.d/mxvigil.conf
        etc/nagios-plugins/config/mxvigil.cfg README.Debian
        changelog.Debian""".split(),
}


class Broken(AssertionError):
    pass


def need(holds, *words):
    if not holds:
        raise Broken(" ".join(map(str, words)))


def say(*words, status=0, **how):
    """What it says, of a program that ends with this status."""
    done = subprocess.run(list(map(str, words)), text=True, timeout=300,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          **how)
    need(done.returncode == status, *words, done.stdout[-3000:])
    return done.stdout


def make(*words, **how):
    """Not as a part of the make that has called this."""
    clean = {k: v for k, v in os.environ.items()
             if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "CFLAGS")}
    return say("make", "-s", *words, env=clean | how.pop("more", {}),
               **{"cwd": ROOT, **how})


class Package:
    def __init__(self, build):
        self.build = build
        self.out = build / "test" / "package"
        shutil.rmtree(self.out, ignore_errors=True)
        self.out.mkdir(parents=True)
        self.version = make("version").strip()
        self.tarball = self.out / "dist" / f"mxvigil-{self.version}.tar.gz"

    # ------------------------------------------------------------- tarball

    def tarball_is_sane(self):
        """the tarball: sorted, of nobody, of one time, nothing built in it"""
        make(f"BUILD={self.out}", "dist")
        with tarfile.open(self.tarball) as tar:
            members = tar.getmembers()
            top = f"mxvigil-{self.version}"
            names = [m.name for m in members if m.isfile()]
            manifest = tar.extractfile(f"{top}/MANIFEST").read().decode()
        order = [os.fsencode(m.name).split(b"/") for m in members]
        need(order == sorted(order), "not sorted")
        need({(m.uid, m.gid) for m in members} == {(0, 0)}, "an owner")
        need(len({m.mtime for m in members}) == 1, "several times")
        need({stat.S_IMODE(m.mode) for m in members} <= {0o644, 0o755},
             "an odd mode")
        need(sorted(manifest.split()) == sorted(
            name.removeprefix(f"{top}/") for name in names
            if name != f"{top}/MANIFEST"), "not what MANIFEST says")
        for path in SHIPPED:
            need(f"{top}/{path}" in names, "lacks", path)
        bad = [n for n in names if re.search(r"/build/|\.o$|/\.git/|\.pyc", n)]
        need(not bad, "has", bad)

    def tarball_again(self):
        """an unpacked tarball makes the same tarball, outside git, with \
another umask"""
        say("tar", "-xf", self.tarball, "-C", self.out)
        folder = self.out / f"mxvigil-{self.version}"
        make(f"BUILD={self.out}/again", "dist", cwd=folder, umask=0o077)
        again = self.out / "again" / "dist" / self.tarball.name
        need(again.read_bytes() == self.tarball.read_bytes(), "it differs")
        shutil.rmtree(folder)

    # ------------------------------------------------------------- version

    def one_version(self):
        """the version of the Makefile is the one of the program, the manuals,
        debian/changelog and the RPM's spec"""
        seen = {"mxvigil --version": say(
            self.build / "test" / "mxvigil", "--version").split()[1]}
        seen["debian/changelog"] = re.match(
            r"mxvigil \(([^-)]*)-\d+\)",
            (ROOT / "packaging/debian/changelog").read_text()).group(1)
        for page in sorted((ROOT / "packaging/man").glob("*.[1-8]")):
            found = re.search(r"(?m)^\.Os\b.*?(\d+\.\d+\.\d+)",
                              page.read_text())
            seen[page.name] = found and found.group(1)
        for spec in (ROOT / "packaging/rpm").glob("*.spec*"):
            seen[spec.name] = re.search(
                r"(?m)^Version:\s*(\S+)", spec.read_text()).group(1)
        other = {where: what for where, what in seen.items()
                 if what not in (self.version, "@VERSION@")}
        need(not other, f"{self.version} in the Makefile, but", other)

    # ------------------------------------------------------------ packages

    def deb_builds(self):
        """make deb: both packages, without a warning"""
        log = make(f"BUILD={self.out}", "deb", more={
            "DEB_BUILD_OPTIONS": "nocheck noopt noautodbgsym "
            f"parallel={len(os.sched_getaffinity(0))}"})
        need(" warning: " not in re.sub(r"(?m)^dpkg.*", "", log), log[-3000:])
        for name in CONFFILES:
            say("dpkg-deb", "-x", self.deb(name), self.out / name)
            say("dpkg-deb", "-e", self.deb(name), self.out / name / "DEBIAN")

    def deb(self, name):
        return next((self.out / "deb").glob(f"{name}_{self.version}-*.deb"))

    def field(self, name, field):
        return say("dpkg-deb", "-f", self.deb(name), field)

    def debs_have(self):
        """each has what belongs into it, and no other conffiles"""
        for name, parts in HAS.items():
            listing = say("dpkg-deb", "-c", self.deb(name))
            for part in parts:
                need(part in listing, name, "lacks", part)
            owners = {line.split()[1] for line in listing.splitlines()}
            need(owners == {"root/root"}, name, owners)
            lines = (self.out / name / "DEBIAN/conffiles").read_text()
            need(set(lines.split()) == CONFFILES[name], name, lines)

    def debs_depend(self):
        """the plugin needs neither the daemon nor what only the daemon needs"""
        needs = self.field("mxvigil-plugin", "Depends")
        for word in ("sqlite", "microhttpd", "systemd", "mxvigil"):
            need(word not in needs, needs)
        need("libsqlite3-0" in self.field("mxvigil", "Depends"), "no sqlite")

    def debs_run(self):
        """both programs run, and texts name where they are installed"""
        plugin = "mxvigil-plugin/usr/lib/nagios/plugins/check_mxvigil"
        for path, status in (("mxvigil/usr/bin/mxvigil", 0), (plugin, 3)):
            said = say(self.out / path, "--version", status=status)
            need(said == f"mxvigil {self.version}\n", path, said)
        unit = next((self.out / "mxvigil").rglob("mxvigil.service"))
        need("ExecStart=/usr/bin/mxvigil run" in unit.read_text(), unit)
        for part in CONFFILES:
            for path in (self.out / part).rglob("*"):
                if path.is_file() and not path.is_symlink():
                    self.check_places(path)

    def check_places(self, path):
        bytes_ = path.read_bytes()
        if path.suffix == ".gz":
            bytes_ = gzip.decompress(bytes_)
        if not bytes_.startswith(b"\x7fELF") and "/doc/" not in str(path):
            need(b"/usr/local/bin" not in bytes_, path, "names /usr/local/bin")

    def lintian(self):
        """lintian --pedantic -I finds nothing"""
        # Of programs without optimisation: nothing is checked there, and
        # texts are in pieces of eight bytes.
        unfit = "hardening-no-fortify-functions,spelling-error-in-binary"
        said = say("lintian", "--pedantic", "--display-info",
                   "--allow-root", "--suppress-tags", unfit,
                   next((self.out / "deb").glob("*.changes")))
        need(not said.strip(), said)


def skips(step):
    lacking = {"deb_builds": ["dpkg-buildpackage", "dh"],
               "lintian": ["dpkg-buildpackage", "dh", "lintian"]}
    lacking["debs_have"] = lacking["debs_depend"] = lacking["debs_run"] = \
        lacking["deb_builds"]
    missing = [tool for tool in lacking.get(step, [])
               if shutil.which(tool) is None]
    if step in lacking and not missing:
        checked = subprocess.run(
            ["dpkg-checkbuilddeps", ROOT / "packaging/debian/control"],
            text=True, capture_output=True, check=False)
        missing = checked.stderr.split(": ")[-1].split() \
            if checked.returncode != 0 else []
    return missing


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    package, passed, failed = Package(Path(sys.argv[1]).resolve()), 0, 0
    for name in ("tarball_is_sane", "tarball_again", "one_version",
                 "deb_builds", "debs_have", "debs_depend", "debs_run",
                 "lintian"):
        step = getattr(package, name)
        what = " ".join(step.__doc__.split())
        if skips(name):
            print(f"SKIP {what}: no {', '.join(skips(name))}")
            continue
        try:
            step()
            passed += 1
            print(f"ok {what}", flush=True)
        except Exception as wrong:   # whatever it is, the others go on
            failed += 1
            print(f"not ok {what}\n# {type(wrong).__name__}: {wrong}",
                  flush=True)
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed != 0)


if __name__ == "__main__":
    main()
