"""The lock files: complete, hashed, and naming no registry."""

import re
import sys
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from scripts.steps import ROOT, say

ADDRESS = re.compile(
    r"https?://[^\s\"']*(?:/simple\b|/packages/|/-/[\w.-]+\.tgz)|--(?:extra-)?index-url|--find-links\s+\S"
)
PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[\w,-]+\])?==([^\s;]+)(.*?)(?=^\S|\Z)", re.MULTILINE | re.DOTALL)


def addresses(text: str) -> list[str]:
    """Return what in a lock file names an address; the header may quote the command's own flags."""
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return [line.strip() for line in lines if ADDRESS.search(line)]


def gaps(project: str, lock: str) -> list[str]:
    """Return the project's requirements that the lock lacks, contradicts or pins without hashes."""
    pinned = {canonicalize_name(name): (version, rest) for name, version, rest in PINNED.findall(lock)}
    said = tomllib.loads(project)["project"]
    wanted = said["dependencies"] + [one for extra in said.get("optional-dependencies", {}).values() for one in extra]
    found = [f"{name} is pinned without a hash" for name, (_, rest) in pinned.items() if "--hash=" not in rest]
    for text in wanted:
        requirement = Requirement(text)
        version, _ = pinned.get(canonicalize_name(requirement.name), ("", ""))
        if not version:
            found.append(f"{requirement.name} is not locked")
        elif not requirement.specifier.contains(version, prereleases=True):
            found.append(f"{requirement.name} is locked at {version}, which is not {requirement.specifier}")
    return found


def problems(root: Path = ROOT) -> list[str]:
    """Return everything that is wrong with the lock files of a project."""
    locks = [root / "requirements.lock", root / "scripts" / "node.lock", root / "bench" / "requirements.lock"]
    locks += [root / "web" / "package-lock.json"]
    found = [f"{lock.name}: {line}" for lock in locks if lock.exists() for line in addresses(lock.read_text())]
    found += gaps((root / "pyproject.toml").read_text(), (root / "requirements.lock").read_text())
    npmrc = root / "web" / ".npmrc"
    if (root / "web" / "package.json").exists():
        settings = npmrc.read_text().split() if npmrc.exists() else []
        if "omit-lockfile-registry-resolved=true" not in settings:
            found.append("web/.npmrc lacks omit-lockfile-registry-resolved=true")
    return found


def main() -> int:
    """Say what is wrong with the lock files and how to mend it."""
    found = problems()
    for problem in found:
        say(problem)
    if found:
        say("Compile the lock again with the command in its first lines.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
