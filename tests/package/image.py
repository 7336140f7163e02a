"""A Containerfile's steps, done in a folder: what is not known here is refused.

    image = image.build(containerfile, context, base, folder, {"VERSION": "1"})
    image.root, image.config["ENTRYPOINT"]

Each stage begins with the tarball base, a debootstrapped Debian, in the place
of the image that FROM names.  RUN happens in a chroot, in mount and process
namespaces of its own, with the network of the host.
"""

import json
import re
import shutil
import subprocess
from pathlib import Path

# What is mounted for a step, as container engines do it.
STEP = """
set -e
mount --make-rprivate /
mount -t proc proc "$1/proc"
for node in null zero full random urandom; do
    touch "$1/dev/$node"
    mount --bind "/dev/$node" "$1/dev/$node"
done
mount --bind "$(readlink -f /etc/resolv.conf)" "$1/etc/resolv.conf"
root=$1
shift
exec chroot "$root" "$@"
"""
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
FORMS = ("CMD", "ENTRYPOINT")
NOTED = ("EXPOSE", "STOPSIGNAL", "USER", "VOLUME")


def instructions(text):
    """(word, rest) of each, comments and folded lines undone."""
    lines = [line for line in text.splitlines()
             if not line.lstrip().startswith("#")]
    whole = re.sub(r"\\\n", " ", "\n".join(lines))
    for line in filter(str.strip, whole.splitlines()):
        word, rest = line.strip().split(None, 1)
        yield word, rest.strip()


def exec_form(rest):
    """["a", "b"] as a list, or None: it is for a shell."""
    return json.loads(rest) if rest.startswith("[") else None


class Stage:
    def __init__(self, root: Path, base: Path, given):
        self.root, self.given = root, given
        self.cwd, self.args, self.config = "/", {}, {"LABEL": {}}
        self.steps = 0
        shutil.rmtree(root, ignore_errors=True)
        root.mkdir(parents=True)
        subprocess.run(["tar", "-xpf", base, "-C", root], check=True)
        # As in Debian's images: a package starts nothing.
        policy = root / "usr/sbin/policy-rc.d"
        policy.write_text("#!/bin/sh\nexit 101\n")
        policy.chmod(0o755)

    def inside(self, path):
        return self.root / str(Path(self.cwd, path)).lstrip("/")

    def run(self, words):
        done = subprocess.run(
            ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--",
             "sh", "-c", STEP, "sh", self.root, "env", "-i",
             f"--chdir={self.cwd}", f"PATH={PATH}", *words],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"RUN {words}: {done.returncode}\n" +
                               done.stdout.decode(errors="replace")[-4000:])

    def copy(self, sources, to):
        """Folders give what is in them, as COPY has it."""
        target = self.inside(to)
        for source in sources:
            if source.is_dir():
                shutil.copytree(source, target, symlinks=True,
                                dirs_exist_ok=True)
            elif to.endswith("/") or len(sources) > 1:
                target.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, target / source.name)
            else:
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, target)

    def fill_in(self, text):
        return re.sub(r"\$\{?(\w+)\}?", lambda m: self.args[m[1]], text)


class Build:
    def __init__(self, context, base, folder, given):
        self.context, self.base, self.folder = context, base, folder
        self.given, self.stages, self.now = given, {}, None

    def step(self, word, rest):
        handler = getattr(self, "do_" + word.lower(), None)
        if word in FORMS:
            words = exec_form(rest)
            assert words, f"{word} {rest}: it would need a shell"
            self.now.config[word] = words
        elif word in NOTED:
            self.now.config[word] = rest
        elif handler:
            handler(rest)
        else:
            raise ValueError(f"{word}: not known here")
        if self.now:
            self.now.steps += 1

    def do_from(self, rest):
        words = rest.split()
        name = words[2] if len(words) > 1 else "final"
        assert words[0].startswith("debian:12"), rest
        self.now = Stage(self.folder / name, self.base, self.given)
        self.stages[name] = self.now

    def do_run(self, rest):
        self.now.run(exec_form(rest) or ["/bin/sh", "-c", rest])

    def do_copy(self, rest):
        *sources, to = rest.split()
        top = self.context
        if sources[0].startswith("--from="):
            top = self.stages[sources.pop(0)[7:]].root
        self.now.copy([top / s.lstrip("/") for s in sources], to)

    def do_workdir(self, rest):
        self.now.cwd = self.now.config["WORKDIR"] = rest
        self.now.inside(rest).mkdir(parents=True, exist_ok=True)

    def do_arg(self, rest):
        name, _, default = rest.partition("=")
        self.now.args[name] = self.given.get(name, default)

    def do_label(self, rest):
        for key, value in re.findall(r'([\w.]+)="([^"]*)"', rest):
            self.now.config["LABEL"][key] = self.now.fill_in(value)

    def do_healthcheck(self, rest):
        options, _, command = rest.partition("CMD")
        words = exec_form(command.strip())
        assert words, f"HEALTHCHECK {rest}: it would need a shell"
        self.now.config["HEALTHCHECK"] = words
        self.now.config["health options"] = options.split()


def build(containerfile: Path, context: Path, base: Path, folder: Path, given):
    """The last stage; RuntimeError with what a step printed."""
    whole = Build(context, base, folder, given)
    for word, rest in instructions(containerfile.read_text()):
        whole.step(word, rest)
    return whole.now
