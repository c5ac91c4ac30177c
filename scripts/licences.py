"""What we build on may be passed on with us: no GPL, AGPL, SSPL or BUSL, and LGPL only where a record says so."""

import importlib.metadata
import json
import re
import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageMetadata
from pathlib import Path

from packaging.utils import canonicalize_name

from scripts.steps import ROOT, say

# Used unchanged and by import alone: docs/decisions/0020-psycopg-is-lgpl.md.
LGPL_BY_RECORD = frozenset({"psycopg", "psycopg-binary", "psycopg-pool"})
# Says so in its readme or its licence file alone.
SAID_ELSEWHERE = {"combine-errors": "MIT", "picows": "MIT", "aiofastnet": "MIT", "fuzzy": "MIT"}
_REFUSED = re.compile(
    r"(?<![L])\bA?GPL|GNU (?:Affero )?General Public|Affero|SSPL|Server Side Public|BUSL|Business Source|Commons Clause"
    r"|Elastic(?: License|-2\.0)",
    re.IGNORECASE,
)
_LESSER = re.compile(r"\bLGPL|Lesser General Public|Library General Public", re.IGNORECASE)
_PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[\w,-]+\])?==", re.MULTILINE)
_LONGEST_NAME = 120


def verdict(name: str, licences: Iterable[str]) -> str | None:
    """Return what is wrong with a package's licences, None where one of its alternatives may be used."""
    said = [one.strip() for one in licences if one.strip()]
    if not said:
        return f"{name} does not say under which licence it is"
    problems = [_of_one(name, one) for text in said for one in _alternatives(text)]
    return None if None in problems else problems[0]


def python_packages(root: Path = ROOT) -> Iterator[tuple[str, list[str]]]:
    """Yield the locked Python packages that are installed here with the licences that they name."""
    for lock in (root / "requirements.lock", root / "scripts" / "node.lock"):
        for name in _PINNED.findall(lock.read_text()) if lock.exists() else ():
            try:
                metadata = importlib.metadata.metadata(name)
            except importlib.metadata.PackageNotFoundError:
                continue  # for another platform; the machine that installs it checks it
            known = canonicalize_name(name)
            yield known, [one or SAID_ELSEWHERE.get(known, "") for one in licences_of(metadata)]


def licences_of(metadata: PackageMetadata) -> list[str]:
    """Return the licences that a package names: the expression, else the classifiers, else the free text's name."""
    if "License-Expression" in metadata:
        return [metadata["License-Expression"]]
    classifiers = [one for one in metadata.get_all("Classifier") or [] if one.startswith("License :: OSI Approved")]
    if classifiers:
        return [" OR ".join(one.rsplit(" :: ", 1)[-1] for one in classifiers)]
    return [metadata["License"][:_LONGEST_NAME] if "License" in metadata else ""]


def npm_packages(root: Path = ROOT) -> Iterator[tuple[str, list[str]]]:
    """Yield the locked packages of the web with the licences that the lock file names."""
    lock = root / "web" / "package-lock.json"
    packages = json.loads(lock.read_text())["packages"] if lock.exists() else {}
    for place, package in packages.items():
        if place and not package.get("link"):
            name = place.rpartition("node_modules/")[2]
            yield name, [str(package.get("license") or SAID_ELSEWHERE.get(name, ""))]


def problems(root: Path = ROOT) -> list[str]:
    """Return every package that may not be passed on with us."""
    everything = (*python_packages(root), *npm_packages(root))
    return sorted({found for name, licences in everything if (found := verdict(name, licences)) is not None})


def _alternatives(text: str) -> list[str]:
    return re.split(r"\s+OR\s+", text.strip("() "))


def _of_one(name: str, licence: str) -> str | None:
    if _LESSER.search(licence):
        if name in LGPL_BY_RECORD:
            return None
        return f"{name} is under {licence}: a decision record is needed first"
    return f"{name} is under {licence}" if _REFUSED.search(licence) else None


def main() -> int:
    """Say which packages may not be passed on with us."""
    found = problems()
    for problem in found:
        say(problem)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
