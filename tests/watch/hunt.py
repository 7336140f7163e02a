"""Look for secrets wherever an agent leaves or shows anything."""

import re
import subprocess
from pathlib import Path

PAGES = 60


def pages(agent):
    """What it serves: all that its pages link to, and the API."""
    found, todo = {}, ["", "metrics", "incidents", "healthz", "readyz",
                       *(f"api/v1/{what}" for what in
                         ("domains", "hosts", "incidents", "channels"))]
    while todo and len(found) < PAGES:
        path = todo.pop(0)
        if path in found:
            continue
        found[path] = agent.get(path)
        todo += re.findall(r'href="/([^"#]*)"', found[path])
    return {f"/{path}": text for path, text in found.items()}


def processes(agent):
    """What the machine shows of the core and its probes."""
    core = agent.process.pid
    children = Path(f"/proc/{core}/task/{core}/children").read_text().split()
    out = {"ps": subprocess.run(["ps", "axww", "-o", "args"], check=True,
                                capture_output=True, text=True).stdout}
    for pid in [core, *children]:
        for name in ("cmdline", "environ", "comm", "status"):
            text = Path(f"/proc/{pid}/{name}").read_bytes()
            out[f"/proc/{pid}/{name}"] = text.decode("latin-1")
    assert len(children) >= 1, "no probes"
    return out


def commands(agent):
    first = agent.settings["domains"][0]
    domain = first["name"] if isinstance(first, dict) else first
    calls = [["status"], ["status", "--format", "json"], ["config", "show"],
             ["config", "check"], ["history", domain]]
    out = {}
    for words in calls:
        done = agent.call(*words)
        out[" ".join(words)] = done.stdout + done.stderr
    assert "url_file" in out["config show"], out["config show"]
    return out


def files(agent):
    return {path.name: path.read_bytes().decode("latin-1")
            for path in agent.folder.glob("x.*") if path.is_file()}


def hunt(agent, secrets):
    places = {"log": agent.log(), **pages(agent), **processes(agent),
              **commands(agent), **files(agent)}
    # What is no secret is found: this looks where it means to.
    for name in ("log", "/metrics", "config show", "x.db"):
        assert "telegram" in places[name], (name, places[name][:500])
    assert f"{agent.config}" in places["ps"], places["ps"]
    hits = [f"{secret} in {name}" for secret in secrets
            for name, text in places.items() if secret in text]
    assert not hits, "\n".join(hits)
