#!/usr/bin/env python3
"""What bash, zsh and fish offer on a line, with the completions that come with
the program, in the shells themselves.

Usage: tests/docs/completions.py BUILD

A shell that is not there is skipped.  Ends with "N passed, N failed".
"""
import os
import pty
import re
import select
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
FILES = os.path.join(ROOT, "packaging", "completions")
DEADLINE = 30

CONFIG = """\
domains: [example.org]
channels:
  - {name: ops, type: webhook, url: "https://hooks.example/a"}
  - {name: night, type: webhook, url: "https://hooks.example/b"}
"""

# A line with the cursor at its end; words that must be offered; words that
# must not.  What was typed before the last "=" is not part of a word here.
CASES = [
    ("mxvigil ", "check run help", "probe a.list --format"),
    ("mxvigil re", "replay", "check rules"),
    ("mxvigil help ", "check silence config", "a.list"),
    ("mxvigil help s", "status silence", "check"),
    ("mxvigil check --", "--vantage --quorum --rule --format --ca-file "
     "--no-progress --help --version", "--now --why --socket"),
    ("mxvigil check --form", "--format", "--record"),
    ("mxvigil check --format ", "human json nagios", "a.list --format"),
    ("mxvigil check --format=", "human json nagios", "a.list"),
    ("mxvigil check --format=j", "json", "human"),
    ("mxvigil history --format ", "human json", "nagios"),
    ("mxvigil check --depth st", "starttls", "dns"),
    ("mxvigil check --color=", "auto always never", "human"),
    ("mxvigil check --sender ", "rfc postfix exim opensmtpd help", "a.list"),
    ("mxvigil check --list a.l", "a.list", "b.yaml"),
    ("mxvigil check --list=a.l", "a.list", "b.yaml"),
    ("mxvigil check -f b", "b.yaml", "a.list"),
    ("mxvigil silence --list b", "", "b.yaml"),
    ("mxvigil check --quorum ", "", "a.list --format json"),
    ("mxvigil check ", "", "a.list json check"),
    ("mxvigil check --rule mx.s", "mx.single mx.slow", "dns.bogus"),
    ("mxvigil check --rule=mx.s", "mx.single mx.slow", "dns.bogus"),
    ("mxvigil check --rule mx.single=", "ok info warning critical off",
     "mx.slow"),
    ("mxvigil check --rule=mx.single=cr", "critical", "off"),
    ("mxvigil check --rule mx.slow=off --rule tls.no", "tls.none", "mx.slow"),
    ("mxvigil check --vantage a=127.0.0.1:53 --format n", "nagios", "human"),
    ("mxvigil check -w 2: --format n", "nagios", "human"),
    ("mxvigil check --timeout 5 example.org --form", "--format", "--rule"),
    ("mxvigil rules dns.b", "dns.bogus", "mx.slow"),
    ("mxvigil rules mx.none tls.exp", "tls.expired tls.expiring", "mx.none"),
    ("mxvigil silence mx.s", "mx.single", "check"),
    ("mxvigil silence --", "--for --why --list --end", "--format"),
    ("mxvigil replay --no", "--now", "--no-progress"),
    ("mxvigil replay a", "a.list", "b.yaml"),
    ("mxvigil run --no", "--no-sandbox", "--now"),
    ("mxvigil config ", "init check show", "a.list"),
    ("mxvigil config check b", "b.yaml", "a.list check"),
    ("mxvigil config -f b.yaml s", "show", "init"),
    ("mxvigil alert ", "test", "ops"),
    ("mxvigil alert test -f b.yaml ", "ops night", "test a.list"),
    ("mxvigil alert -f b.yaml test n", "night", "ops test"),
    ("mxvigil ack ", "", "a.list check"),
    ("check_mxvigil --", "--format --vantage --rule", "--now --socket"),
    ("check_mxvigil ", "", "check a.list"),
    ("check_mxvigil --rule tls.n", "tls.none", "mx.single"),
    ("check_mxvigil -H a.example --format n", "nagios", "json"),
]

# What stands beside a word, where a shell shows that.
HELP = [
    ("mxvigil ", "rules", "list the rules; explain one"),
    ("mxvigil check --qu", "--quorum", "Vantages that must agree"),
    ("mxvigil check --ca", "--ca-file", "the system's"),
    ("mxvigil silence --en", "--end", "before its time"),
    ("mxvigil rules mx.nul", "mx.null", "takes no mail"),
]


def plain(typed, word):
    """The word as in the table."""
    last = typed.rsplit(" ", 1)[-1]
    if "=" in last:
        word = word.removeprefix(last[:last.rindex("=") + 1])
    return word.rstrip(" ").removesuffix("=")


def parse(text):
    """For each line that was typed, the words with what stands beside them."""
    return [[(*row.split("\t", 1), "")[:2] for row in block.split("\n") if row]
            for block in text.split("----\n")[:-1]]


# --------------------------------------------------------------------- bash

BASH = r"""
. "$1"
while IFS= read -r COMP_LINE; do
    IFS= read -r count
    COMP_WORDS=()
    while ((count-- > 0)); do
        IFS= read -r word
        COMP_WORDS+=("$word")
    done
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) COMP_POINT=${#COMP_LINE}
    _mxvigil
    printf '%s\n' "${COMPREPLY[@]}" ----
done
"""


def readline_words(line):
    """A line in words, as readline has them: "=" and ":" are words."""
    return re.findall(r"[=:]+|[^\s=:]+", line) + (
        [""] if line.endswith(" ") else [])


def bash(world, lines):
    given = "".join(
        "\n".join([line, str(len(readline_words(line))),
                   *readline_words(line)]) + "\n" for line in lines)
    done = world.run(["bash", "--norc", "-c", BASH, "bash",
                      os.path.join(FILES, "mxvigil.bash")], given)
    return parse(done)


# With a keyboard: what the line has after a TAB.
KEYS = [
    ("mxvigil check --form\t", "--format "),
    ("mxvigil check --rule=mx.single=cr\t", "mx.single=critical "),
    ("mxvigil check --vantage=a=::1 --list=a.l\t", "--list=a.list "),
    ("mxvigil check --rule tls.non\toff", "tls.none=off"),
]


def bash_keys(world):
    for keys, wanted in KEYS:
        shell = Terminal(world, ["bash", "--norc", "--noprofile", "-i"])
        shell.type("bind 'set bell-style none'; . '"
                   + os.path.join(FILES, "mxvigil.bash") + "'; PS1='>''> '\r")
        shell.wait(">> ")
        shell.type(keys)
        yield keys, shell.wait(wanted), shell.seen
        shell.end()


# ---------------------------------------------------------------------- zsh

# Whatever is added is written down, and not added.
ZSH = r"""
PS1='' PS2='' RPS1=''
fpath=("$COMPLETIONS" $fpath)
autoload -Uz compinit && compinit -D -u
zstyle ':completion:*' completer _complete
zstyle ':completion:*' verbose yes
bindkey '^I' offer
bindkey '^U' kill-whole-line
compadd() {
    local -a found shown
    local at=${@[(i)-d]}
    if [[ " ${@[1,(i)(-|--)]} " == *" -"[OAD]" "* ]]; then
        builtin compadd "$@"
        return
    fi
    (( at < $# )) && shown=("${(@P)@[at+1]}")
    builtin compadd -A found -D shown "$@"
    for ((at = 1; at <= $#found; at++)); do
        print -r -- "$found[at]"$'\t'"$shown[at]" >>"$OFFERED"
    done
    (( $#found ))
}
offer() {
    zle complete-word
    print -r -- ---- >>"$OFFERED"
    print -rn -- '<<done>>'
}
start() { print -rn -- '<<ready>>' }
zle -N offer
zle -N zle-line-init start
"""


def zsh(world, lines):
    offered = world.path("zsh.offered", "")
    world.path(".zshrc", ZSH)
    shell = Terminal(world, ["zsh", "-i", "-d"], OFFERED=offered,
                     COMPLETIONS=FILES, ZDOTDIR=world.folder)
    shell.wait("<<ready>>")
    for line in lines:
        shell.type("\x15" + line + "\t")
        if not shell.wait("<<done>>"):
            break
    shell.end()
    with open(offered, encoding="utf-8") as file:
        return parse(file.read())


# --------------------------------------------------------------------- fish

FISH = r"""
source $argv[1]
while read -l line
    complete -C $line
    echo ----
end
"""


def fish(world, lines):
    done = world.run(["fish", "--no-config", "-c", FISH,
                      os.path.join(FILES, "mxvigil.fish")],
                     "".join(line + "\n" for line in lines))
    return parse(done)


# -------------------------------------------------------------------- drive

class World:
    """A folder with the program under both names, and files to be found."""

    def __init__(self, program, folder):
        self.folder = folder
        for name in ("mxvigil", "check_mxvigil"):
            os.symlink(os.path.abspath(program), self.path(name))
        self.work = self.path("work")
        os.mkdir(self.work)
        self.path("work/a.list", "example.org\n")
        self.path("work/b.yaml", CONFIG)
        self.environment = {
            "PATH": folder + ":" + os.environ["PATH"], "HOME": folder,
            "TERM": "dumb", "LC_ALL": "C.UTF-8",
            "ASAN_OPTIONS": "detect_leaks=0"}

    def path(self, name, content=None):
        path = os.path.join(self.folder, name)
        if content is not None:
            with open(path, "w", encoding="utf-8") as file:
                file.write(content)
        return path

    def run(self, argv, given):
        argv = [shutil.which(argv[0], path=self.environment["PATH"]),
                *argv[1:]]
        done = subprocess.run(argv, input=given, capture_output=True,
                              text=True, cwd=self.work, timeout=DEADLINE,
                              env=self.environment)
        if done.stderr:
            raise AssertionError(f"{argv[0]}: {done.stderr}")
        return done.stdout


class Terminal:
    """A shell on a terminal."""

    def __init__(self, world, argv, **environment):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(world.work)
            os.execvpe(argv[0], argv, dict(world.environment, **environment))
        self.seen = ""
        self.at = 0

    def type(self, keys):
        os.write(self.fd, keys.encode())

    def wait(self, text):
        """Until the shell has written this."""
        until = time.monotonic() + DEADLINE
        while text not in self.seen[self.at:]:
            ready = select.select([self.fd], [], [],
                                  max(0, until - time.monotonic()))[0]
            try:
                data = os.read(self.fd, 65536) if ready else b""
            except OSError:
                data = b""
            if not data:
                return False
            self.seen += data.decode(errors="replace")
        self.at = self.seen.index(text, self.at) + len(text)
        return True

    def end(self):
        os.close(self.fd)
        os.waitpid(self.pid, 0)


def faults(case, words):
    line, wanted, unwanted = case
    got = {plain(line, word) for word, _ in words}
    missing = set(wanted.split()) - got
    wrong = set(unwanted.split()) & got
    if not missing and not wrong:
        return []
    return [f'"{line}": missing {sorted(missing)}, wrong {sorted(wrong)}, '
            f"offered {sorted(got)}"]


def helps(case, words):
    line, word, text = case
    shown = [more for one, more in words if plain(line, one) == word]
    if any(text in more for more in shown):
        return []
    return [f'"{line}": {word}: "{text}" expected, shown {shown}']


def everything(world):
    """Each command that the program lists, and each option of its help."""
    usage = world.run(["mxvigil", "help"], "")
    commands = re.findall(r"^  ([a-z]+) ", usage, re.MULTILINE)
    yield "mxvigil ", " ".join(commands), ""
    for command in commands:
        usage = world.run(["mxvigil", command, "--help"], "")
        options = re.findall(r"^  (?:-\w, )?(--[a-z-]+)", usage, re.MULTILINE)
        yield f"mxvigil {command} --", " ".join(options), "--bogus"


def try_shell(world, shell, offer):
    cases = [(faults, case) for case in (*CASES, *everything(world))]
    if shell != "bash":
        cases += [(helps, case) for case in HELP]
    blocks = offer(world, [case[0] for _, case in cases])
    blocks += [[("", "")]] * (len(cases) - len(blocks))
    for (look, case), words in zip(cases, blocks):
        yield case[0], look(case, words)
    if shell == "bash":
        for keys, good, seen in bash_keys(world):
            yield keys, [] if good else [f"{keys!r}: {seen!r}"]


def main():
    build = sys.argv[1]
    passed = failed = 0
    for shell, offer in (("bash", bash), ("zsh", zsh), ("fish", fish)):
        if shutil.which(shell) is None:
            print(f"SKIP {shell} is not installed")
            continue
        with tempfile.TemporaryDirectory(prefix="mxvigil-shell-") as folder:
            world = World(os.path.join(build, "test", "mxvigil"), folder)
            for _, wrong in try_shell(world, shell, offer):
                passed += not wrong
                failed += bool(wrong)
                for line in wrong:
                    print(f"FAILED {shell}: {line}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
