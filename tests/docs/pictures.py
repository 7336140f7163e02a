#!/usr/bin/env python3
"""The pictures of the README, made of what the program does in the lab.

    lab.py run DIR -- pictures.py BUILD          make them anew
    lab.py run DIR -- pictures.py BUILD --check  is check.svg still true?

BUILD holds release/mxvigil (test/mxvigil for --check).  Making them needs
Chromium; --check needs nothing, and ends with "N passed, N failed".
"""

import json
import os
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE)]
sys.dont_write_bytecode = True

import internet                                                # noqa: E402
import terminal                                                # noqa: E402
from world import wait_until                                   # noqa: E402

OUT = HERE.parent.parent / "packaging" / "pictures"
COLUMNS = 100
COMMAND = "mxvigil check -f mxvigil.yaml example.org"
PORT = 9725
MOST = 150 * 1024               # bytes that a picture may have
BROWSERS = ("chromium", "chromium-browser", "google-chrome-stable")
SHOTS = [("status", "/", 1080, 1090), ("domain", "/domain/example.org",
                                      1080, 712)]

SETTINGS = {
    "domains": [
        {"name": name, "labels": {"customer": customer}}
        for name, customer in (
            ("example.org", "ourselves"), ("example.net", "ourselves"),
            ("example.com", "ourselves"), ("bakery.example", "bakery"),
            ("florist.example", "florist"), ("school.example", "school"),
            ("library.example", "library"), ("parked.example", "nobody"))],
    "vantages": [
        {"name": "local", "resolver": "127.0.0.1"},
        {"name": "quad9", "resolver": "9.9.9.9"},
        {"name": "cloudflare",
         "resolver": "https://cloudflare-dns.com/dns-query"}],
    "networks": {"allow": internet.DOCUMENTATION_NETWORKS},
    "smtp": {"helo": "monitor.example.net"},
    "intervals": {"dns": "2s", "smtp": "2s", "authority": "5s", "tls": "5s"},
    "alerts": {
        "dns": {"strikes": 2, "retry": ["1s"], "span": "1s"},
        "smtp": {"strikes": 2, "retry": ["1s"], "span": "1s"},
        "good_gap": "1s", "wait": "1s"},
    "http": {"listen": f"127.0.0.1:{PORT}"},
}


def prepare():
    """The Internet with two mail servers down, and who looks at it."""
    folder = Path(os.environ["LAB"]) / "run" / "pictures"
    net = internet.Internet(folder / "net", internet.DOCUMENTATION)
    net.break_host("mx1.example.org")
    internet.own_folder("/etc", net.settle)
    work = folder / "work"
    work.mkdir()
    settings = {**SETTINGS, "store": {"path": str(work / "mxvigil.db")}}
    (work / "mxvigil.yaml").write_text(json.dumps(settings))
    os.chdir(work)
    return net


def look(mxvigil):
    """What a check prints; mail gets in, but not as it should."""
    words = [str(mxvigil), *COMMAND.split()[1:], "--color", "always"]
    out, status = terminal.record(words, COLUMNS)
    if status != 1:
        raise SystemExit(f"{COMMAND}: exit status {status}\n{out}")
    return out


# -------------------------------------------------------------- the browser

def shoot(chromium, url, path, width, height, dark):
    """One screenshot, as a reader with this taste sees it."""
    blink = "preferredColorScheme=0" if dark else "preferredColorScheme=1"
    subprocess.run(
        [chromium, "--headless=new", "--no-sandbox", "--disable-gpu",
         "--hide-scrollbars", "--force-device-scale-factor=2",
         f"--blink-settings={blink}", f"--window-size={width},{height}",
         f"--user-data-dir={Path.cwd() / 'chromium'}",
         f"--screenshot={path}", url], check=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60)


def squeeze(path):
    """Fewer colours, where the tool for that is there."""
    if shutil.which("pngquant"):
        subprocess.run(["pngquant", "--force", "--skip-if-larger",
                        "--speed", "1", "--quality", "70-95", "--output",
                        path, path], check=False)
    if path.stat().st_size > MOST:
        raise SystemExit(f"{path}: {path.stat().st_size} bytes, "
                         f"{MOST} are allowed (is pngquant installed?)")


def photograph(chromium, mxvigil, net):
    """The pages of a daemon that has seen a mail server die."""
    log = open("log", "wb")
    agent = subprocess.Popen([mxvigil, "run", "-f", "mxvigil.yaml"],
                             stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        wait_until(lambda: "first look at all" in Path("log").read_text(),
                   30, "the first look at all")
        net.break_host("mx.hosting.example", "silent")
        wait_until(lambda: {"mx.all-down", "mx.host-down"} &
                   {i["rule"] for i in incidents()}, 60, "an incident")
        wait_until(lambda: len(incidents()) >= 3, 30, "three incidents")
        for name, path, width, height in SHOTS:
            for dark in (False, True):
                to = OUT / f"{name}{'-dark' * dark}.png"
                shoot(chromium, f"http://127.0.0.1:{PORT}{path}", to, width,
                      height, dark)
                squeeze(to)
    finally:
        agent.terminate()
        agent.wait()


def incidents():
    url = f"http://127.0.0.1:{PORT}/api/v1/incidents?state=open"
    with urllib.request.urlopen(url, timeout=10) as reply:
        return json.load(reply)["incidents"]


# ------------------------------------------------------------------- to do

def make(build):
    chromium = next(filter(None, map(shutil.which, BROWSERS)), None)
    if chromium is None:
        raise SystemExit("pictures: Chromium is not installed")
    mxvigil = build / "release" / "mxvigil"
    net = prepare()
    OUT.mkdir(exist_ok=True)
    (OUT / "check.svg").write_text(
        terminal.picture(COMMAND, look(mxvigil), COLUMNS))
    photograph(chromium, mxvigil, net)


def check(build):
    """A picture that shows other words than the program prints now."""
    prepare()
    now = terminal.words(look(build / "test" / "mxvigil"))
    then = terminal.picture_words((OUT / "check.svg").read_text())
    good = now == then
    print(f"{'ok' if good else 'not ok'} check.svg says what a check says")
    if not good:
        print(f"# now:  {' '.join(now)}\n# then: {' '.join(then)}\n"
              "# make pictures makes it anew; look at all of them then")
    print(f"pictures: {int(good)} passed, {int(not good)} failed")
    return int(not good)


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    build = Path(sys.argv[1]).resolve()
    if sys.argv[2:] == ["--check"]:
        return check(build)
    return make(build)


if __name__ == "__main__":
    sys.exit(main())
