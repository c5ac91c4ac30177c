"""The files of the project as the rules see them."""

import ast
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NOT_OURS = {".git", ".venv", "node_modules", "dist", "__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache"}


@dataclass(frozen=True)
class Source:
    """One file of the project: its path inside the project and its text."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """Return the parsed Python."""
        return ast.parse(self.text, self.path)

    @property
    def parts(self) -> tuple[str, ...]:
        """Return the folders and the file name."""
        return Path(self.path).parts

    @property
    def is_test(self) -> bool:
        """Tell whether the file only serves tests."""
        return "tests" in self.parts or self.parts[-1].startswith(("test_", "conftest"))

    @property
    def service(self) -> str | None:
        """Return the service the file belongs to, None outside the services."""
        return self.parts[2] if self.parts[:2] == ("stoa", "services") and len(self.parts) > 3 else None


def paths(root: Path = ROOT) -> list[str]:
    """Return every file that is, or is about to be, committed; every file of ours where there is no git."""
    asked = subprocess.run(
        ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True,
        text=True,
        check=False,
    )
    top = subprocess.run(
        ["git", "-C", str(root), "rev-parse", "--show-toplevel"], capture_output=True, text=True, check=False
    )
    if asked.returncode == 0 and Path(top.stdout.strip()) == root:
        return sorted(path for path in asked.stdout.split("\0") if path and (root / path).is_file())
    return sorted(_walk(root))


def _walk(root: Path) -> Iterator[str]:
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if name not in NOT_OURS]
        yield from (str((Path(folder) / name).relative_to(root)) for name in names)


def sources(*ends: str, root: Path = ROOT) -> list[Source]:
    """Return the text files whose names end so."""
    return [Source(path, (root / path).read_text()) for path in paths(root) if path.endswith(ends)]
