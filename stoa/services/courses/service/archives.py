"""Opening packages: folders, zips and tars, each treated as hostile, none unpacked as a whole."""

import hashlib
import os
import stat
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Protocol

from stoa.services.courses.contract import UnreadablePackage
from stoa.services.courses.domain.files import MAX_TEXT_BYTES, Files, is_text, safe_name

CHUNK = 262_144
MAX_NAME = 1_024
LINKED = (
    "The package holds a link or a device: {}. Where it is a link to another file of the course, unpack the package "
    "and import its folder"
)
# Of a zip and of a packed tar.
BEGINNINGS = (b"PK\x03\x04", b"\x1f\x8b")


@dataclass(frozen=True)
class Bounds:
    """How much a package may hold."""

    unpacked_bytes: int
    files: int
    ratio: int


class Source(Files, Protocol):
    """A package that can also hand its large files over in pieces."""

    def stream(self, names: set[str]) -> Iterator[tuple[str, Iterator[bytes]]]:
        """Yield the named files in whatever order is cheap; each must be read before the next."""
        ...

    def hashes(self, names: set[str]) -> dict[str, str]:
        """Return the SHA-256 of the named files."""
        ...

    def close(self) -> None:
        """Let go of files and temporary space."""
        ...


def open_source(path: Path, *, bounds: Bounds) -> "Opened":
    """Open a folder or an archive; refuse what is unsafe, too large or unknown."""
    if path.is_dir():
        return Opened(FolderSource(path, bounds))
    if not path.is_file():
        raise UnreadablePackage(f"{path} is neither a folder nor a file")
    if zipfile.is_zipfile(path):
        return Opened(ZipSource(path, bounds))
    if tarfile.is_tarfile(path):
        return Opened(TarSource(path, bounds))
    with path.open("rb") as file:
        if file.read(4).startswith(BEGINNINGS):
            raise UnreadablePackage(f"{path.name} begins as an archive and has no end: it was cut off, send it again")
    raise UnreadablePackage(f"{path.name} is neither a folder, a zip nor a tar archive")


class Opened(AbstractContextManager["Source"]):
    """A source that closes itself."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def __enter__(self) -> Source:
        return self._source

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._source.close()


class _Tally:
    """Counts what a package holds and refuses it past the bounds."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self.sizes: dict[str, int] = {}
        self._total = 0

    def add(self, name: str, size: int, *, packed: int | None = None) -> str:
        safe = safe_name(name)
        if len(safe) > MAX_NAME:
            raise UnreadablePackage(f"The package holds a name of {len(safe)} characters")
        if not safe or safe in self.sizes:
            raise UnreadablePackage(f"The package holds {name!r} twice")
        self._total += size
        self.sizes[safe] = size
        if len(self.sizes) > self._bounds.files:
            raise UnreadablePackage(f"The package holds more than {self._bounds.files} files")
        if self._total > self._bounds.unpacked_bytes:
            raise UnreadablePackage(f"The package holds more than {self._bounds.unpacked_bytes} bytes unpacked")
        # Small files compress well by nature; a bomb is large and dense.
        if packed is not None and size > 10_485_760 and size > packed * self._bounds.ratio:
            raise UnreadablePackage(f"{name} is packed more than {self._bounds.ratio} times smaller: refused as a bomb")
        return safe


class FolderSource:
    """A package that lies open in a folder."""

    def __init__(self, root: Path, bounds: Bounds) -> None:
        self._root = root
        real = root.resolve()
        tally = _Tally(bounds)
        for folder, folders, files in os.walk(root):
            folders[:] = sorted(name for name in folders if name != ".git")
            for entry in [*folders, *files]:
                # Old Open edX repositories link course.xml to roots/RUN.xml; a link that leaves the folder is refused.
                if (Path(folder) / entry).is_symlink() and not (Path(folder) / entry).resolve().is_relative_to(real):
                    raise UnreadablePackage(f"The package holds a link that leaves it: {entry}")
            for file in sorted(files):
                path = Path(folder) / file
                try:
                    status = path.stat()
                except OSError as error:
                    raise UnreadablePackage(f"{file} cannot be read: {error}") from error
                if not stat.S_ISREG(status.st_mode):
                    raise UnreadablePackage(f"The package holds something that is no file: {file}")
                tally.add(path.relative_to(root).as_posix(), status.st_size)
        self._sizes = tally.sizes

    def names(self) -> Iterator[str]:
        """Return the name of every file."""
        return iter(self._sizes)

    def size(self, name: str) -> int:
        """Return the size of one file in bytes."""
        return self._sizes[name]

    def read(self, name: str) -> bytes:
        """Return the whole of one small file."""
        return (self._root / name).read_bytes()

    def stream(self, names: set[str]) -> Iterator[tuple[str, Iterator[bytes]]]:
        """Yield the named files in pieces."""
        for name in sorted(names):
            with (self._root / name).open("rb") as file:
                yield name, _pieces(file, self._sizes[name])

    def hashes(self, names: set[str]) -> dict[str, str]:
        """Return the SHA-256 of the named files."""
        return {name: sha256_of(pieces) for name, pieces in self.stream(names)}

    def close(self) -> None:
        """Nothing is held open."""


class ZipSource:
    """A zip archive, read where it lies."""

    def __init__(self, path: Path, bounds: Bounds) -> None:
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError) as error:
            raise UnreadablePackage(f"{path.name} is damaged: {error}") from error
        tally = _Tally(bounds)
        self._entries: dict[str, zipfile.ZipInfo] = {}
        try:
            for entry in self._zip.infolist():
                mode = entry.external_attr >> 16
                if mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
                    raise UnreadablePackage(LINKED.format(entry.filename))
                if entry.flag_bits & 0x1:
                    raise UnreadablePackage("The package is encrypted")
                if not entry.is_dir():
                    name = tally.add(entry.filename, entry.file_size, packed=entry.compress_size)
                    self._entries[name] = entry
        except UnreadablePackage:
            self._zip.close()
            raise

    def names(self) -> Iterator[str]:
        """Return the name of every file."""
        return iter(self._entries)

    def size(self, name: str) -> int:
        """Return the size of one file in bytes."""
        return self._entries[name].file_size

    def read(self, name: str) -> bytes:
        """Return the whole of one small file."""
        return b"".join(self._open(name))

    def stream(self, names: set[str]) -> Iterator[tuple[str, Iterator[bytes]]]:
        """Yield the named files in pieces."""
        for name in sorted(names, key=lambda name: self._entries[name].header_offset):
            yield name, self._open(name)

    def hashes(self, names: set[str]) -> dict[str, str]:
        """Return the SHA-256 of the named files."""
        return {name: sha256_of(pieces) for name, pieces in self.stream(names)}

    def close(self) -> None:
        """Close the archive."""
        self._zip.close()

    def _open(self, name: str) -> Iterator[bytes]:
        try:
            with self._zip.open(self._entries[name]) as file:
                yield from _pieces(file, self._entries[name].file_size)
        except (zipfile.BadZipFile, EOFError, NotImplementedError, OSError) as error:
            raise UnreadablePackage(f"{name} is damaged: {error}") from error


class TarSource:
    """A tar archive, packed or not: read once for names and texts, once more for the files that are wanted."""

    def __init__(self, path: Path, bounds: Bounds) -> None:
        self._path = path
        self._bounds = bounds
        self._texts = tempfile.TemporaryDirectory(prefix="stoa-import-")
        self._hashes: dict[str, str] = {}
        tally = _Tally(bounds)
        try:
            for member, file in self._members():
                name = tally.add(member.name, member.size)
                if is_text(name) and member.size <= MAX_TEXT_BYTES:
                    text = b"".join(_pieces(file, member.size))
                    self._text_path(name).write_bytes(text)
                    self._hashes[name] = hashlib.sha256(text).hexdigest()
                else:
                    self._hashes[name] = sha256_of(_pieces(file, member.size))
            self._sizes = tally.sizes
            packed = path.stat().st_size
            if sum(self._sizes.values()) > max(packed * bounds.ratio, 104_857_600):
                raise UnreadablePackage(f"The archive is packed more than {bounds.ratio} times: refused as a bomb")
        except BaseException:
            self.close()
            raise

    def names(self) -> Iterator[str]:
        """Return the name of every file."""
        return iter(self._sizes)

    def size(self, name: str) -> int:
        """Return the size of one file in bytes."""
        return self._sizes[name]

    def read(self, name: str) -> bytes:
        """Return the whole of one small file."""
        kept = self._text_path(name)
        if kept.is_file():
            return kept.read_bytes()
        for _, pieces in self.stream({name}):
            return b"".join(pieces)
        raise UnreadablePackage(f"{name} is not in the archive")

    def stream(self, names: set[str]) -> Iterator[tuple[str, Iterator[bytes]]]:
        """Yield the named files in the order of the archive."""
        if not names:
            return
        for member, file in self._members():
            name = safe_name(member.name)
            if name in names:
                yield name, _pieces(file, member.size)

    def hashes(self, names: set[str]) -> dict[str, str]:
        """Return the SHA-256 of the named files, known since the first reading."""
        return {name: self._hashes[name] for name in names}

    def close(self) -> None:
        """Remove the texts that were put aside."""
        self._texts.cleanup()

    def _members(self) -> Iterator[tuple[tarfile.TarInfo, IO[bytes]]]:
        read = 0
        try:
            with tarfile.open(self._path, "r|*") as tar:
                for member in tar:
                    if member.isdir():
                        continue
                    if not member.isreg() or member.sparse:
                        raise UnreadablePackage(LINKED.format(member.name))
                    read += member.size
                    if read > self._bounds.unpacked_bytes:
                        raise UnreadablePackage("The archive grew since it was first read")
                    file = tar.extractfile(member)
                    assert file is not None
                    yield member, file
                    # A stream keeps every header that it has passed unless it is told not to.
                    tar.members = []  # type: ignore[attr-defined]  # an attribute that typeshed leaves out
        except (tarfile.TarError, EOFError, OSError, ValueError, zlib.error) as error:
            raise UnreadablePackage(f"{self._path.name} is damaged: {error}") from error

    def _text_path(self, name: str) -> Path:
        return Path(self._texts.name) / hashlib.sha256(name.encode()).hexdigest()


def sha256_of(pieces: Iterator[bytes]) -> str:
    """Return the SHA-256 of a file that comes in pieces."""
    digester = hashlib.sha256()
    for piece in pieces:
        digester.update(piece)
    return digester.hexdigest()


def _read(file: IO[bytes]) -> bytes:
    try:
        return file.read(CHUNK)
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise UnreadablePackage(f"The package is cut off or damaged ({error}): send it again") from error


def _pieces(file: IO[bytes], size: int) -> Iterator[bytes]:
    """Yield a file in pieces; a file that is longer than it says is refused."""
    seen = 0
    while piece := _read(file):
        seen += len(piece)
        if seen > size:
            raise UnreadablePackage("A file of the package is larger than the package says: refused as a bomb")
        yield piece
