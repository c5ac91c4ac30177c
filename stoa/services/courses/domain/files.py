"""What a package looks like to its readers: names, sizes and bytes, wherever they come from."""

from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import Protocol

from stoa.services.courses.contract import UnreadablePackage

TEXT_SUFFIXES = frozenset({".xml", ".html", ".htm", ".json", ".srt", ".sjson", ".vtt", ".css", ".js", ".svg", ".md"})
MAX_TEXT_BYTES = 16_777_216


# A port call about files names at most so many.
FILES_A_CALL = 400


class Files(Protocol):
    """A package opened for reading; names are relative, with slashes, and safe."""

    def names(self) -> Iterable[str]:
        """Return the name of every file."""
        ...

    def size(self, name: str) -> int:
        """Return the size of one file in bytes."""
        ...

    def read(self, name: str) -> bytes:
        """Return the whole of one small file."""
        ...


class MemoryFiles:
    """A package held in memory: what tests and exports read from."""

    def __init__(self, contents: dict[str, bytes]) -> None:
        self._contents = contents

    def names(self) -> Iterator[str]:
        """Return the names in order."""
        return iter(sorted(self._contents))

    def size(self, name: str) -> int:
        """Return the length of one file."""
        return len(self._contents[name])

    def read(self, name: str) -> bytes:
        """Return one file."""
        return self._contents[name]


def is_text(name: str) -> bool:
    """Tell whether a reader may want the words of this file."""
    return PurePosixPath(name).suffix.lower() in TEXT_SUFFIXES


def safe_name(name: str) -> str:
    """Return the normal form of an entry's name, or refuse one that points outside the package."""
    if "\0" in name or "\\" in name or name.startswith("/") or (len(name) > 1 and name[1] == ":"):
        raise UnreadablePackage(f"The package holds an unsafe name: {name!r}")
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if ".." in parts:
        raise UnreadablePackage(f"The package holds a name that leaves it: {name!r}")
    return "/".join(parts)


def is_noise(name: str) -> bool:
    """Tell whether an operating system or a version control left this file behind."""
    parts = name.split("/")
    return (
        parts[-1] in (".DS_Store", "Thumbs.db") or parts[-1].startswith("._") or bool({"__MACOSX", ".git"} & set(parts))
    )


def batches(hashes: list[str]) -> Iterator[list[str]]:
    """Yield files in the numbers that one call to media takes."""
    for start in range(0, len(hashes), FILES_A_CALL):
        yield hashes[start : start + FILES_A_CALL]
