"""The programs that measurements of rooms need: ours in C, built by the system's compiler, and Node's packages."""

import json
import shutil
import subprocess
from pathlib import Path

from bench.result import HOUSE

HERE = Path(__file__).parent
BUILT = HOUSE / "build" / "live"


class Missing(Exception):
    """A program of this machine that the measurement needs is not there."""


def built(name: str) -> Path:
    """Return a C program of ours, compiled when its source is newer."""
    source, program = HERE / "c" / f"{name}.c", BUILT / name
    newest = max(path.stat().st_mtime for path in (HERE / "c").iterdir())
    if program.exists() and program.stat().st_mtime > newest:
        return program
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        raise Missing("There is no C compiler: install one (Debian: gcc and libc6-dev), then run this again.")
    BUILT.mkdir(parents=True, exist_ok=True)
    command = [compiler, "-O2", "-std=gnu11", "-Wall", "-Wextra", "-o", str(program), str(source)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Missing(f"{source.name} does not compile here (Linux and its headers are needed):\n{done.stderr[:800]}")
    return program


def node() -> str:
    """Return the program that runs JavaScript."""
    found = shutil.which("node")
    if found is None:
        raise Missing("There is no Node: install nodejs 20 or newer, then run this again.")
    return found


def node_packages() -> bool:
    """Install the rivals' packages when they are not there; say whether they are."""
    folder = HERE / "node"
    if (folder / "node_modules" / "socket.io").exists():
        return True
    npm = shutil.which("npm")
    if npm is None:
        return False
    # Not `npm ci`: it asks for the addresses in the lock, which ours does not name.
    command = [npm, "install", "--no-save", "--no-audit", "--no-fund", "--silent"]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode == 0


def node_versions() -> dict[str, str]:
    """Return the versions of Node and of its packages that are measured."""
    version = subprocess.run([node(), "--version"], capture_output=True, text=True, check=True).stdout.strip()
    packages: dict[str, str] = json.loads((HERE / "node" / "package.json").read_text())["dependencies"]
    return {"node": version.removeprefix("v"), **packages}
