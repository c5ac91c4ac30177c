"""The backup archive: a plain tar of a description, the parts of a dump, files, and the SHA-256 of each at its end.

It is written and read in one stream with bounded memory. `tar -x` and `sha256sum -c SHA256SUMS` check it without Stoa.
"""

import fcntl
import hashlib
import io
import os
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Protocol, Self

from stoa.kit.engines.postgres.errors import ArchiveExists, BackupDamaged, BackupFailed

DESCRIPTION = "stoa-backup.json"
SUMS = "SHA256SUMS"
CHUNK_BYTES = 1 << 20
SUMS_IN_MEMORY_BYTES = 1 << 20
DESCRIPTION_LIMIT_BYTES = 64 << 20
ANOTHER_COPY = "It was damaged or cut off while being copied; use another copy of the backup."


class Source(Protocol):
    """What can be read piece by piece."""

    def read(self, size: int, /) -> bytes:
        """Return up to this many bytes, none at the end."""
        ...


class _Summed:
    """A source that sums up what is read from it."""

    def __init__(self, source: Source) -> None:
        self._source, self._hash = source, hashlib.sha256()

    def read(self, size: int, /) -> bytes:
        """Return up to this many bytes and add them to the sum."""
        piece = self._source.read(size)
        self._hash.update(piece)
        return piece

    @property
    def sum(self) -> str:
        """The SHA-256 of what was read so far."""
        return self._hash.hexdigest()


class ArchiveWriter:
    """Writes an archive under a draft name; only `finish` gives it the name asked for."""

    def __init__(self, path: Path, *, replace: bool = True) -> None:
        self._path, self._replace = path.resolve(), replace
        refuse_taken(self._path, replace=replace)
        self._draft = self._path.with_name(f".{self._path.name}.partial")
        self._file = _owned(self._draft)
        self._tar = tarfile.open(fileobj=self._file, mode="w", format=tarfile.PAX_FORMAT)  # noqa: SIM115 (closed by finish)
        self._sums = tempfile.SpooledTemporaryFile(SUMS_IN_MEMORY_BYTES)  # noqa: SIM115 (closed by exit)

    def add_bytes(self, name: str, content: bytes) -> None:
        """Add a member that is already in memory."""
        self._add(name, io.BytesIO(content), len(content), 0)

    def add_file(self, name: str, path: Path) -> int | None:
        """Add a file as it is now and return its size; None when it is gone."""
        try:
            file = path.open("rb")
        except FileNotFoundError:
            return None
        with file:
            found = os.fstat(file.fileno())
            try:
                self._add(name, file, found.st_size, int(found.st_mtime))
            except OSError as error:
                if "unexpected end of data" in str(error):
                    raise BackupFailed(f"The file {path} shrank while it was being copied.") from error
                raise
            return found.st_size

    def add_stream(self, name: str, stream: IO[bytes]) -> int:
        """Add what was spooled and return its size."""
        size = stream.seek(0, os.SEEK_END)
        stream.seek(0)
        self._add(name, stream, size, 0)
        return size

    def _add(self, name: str, source: Source, size: int, modified: int) -> None:
        member = tarfile.TarInfo(name)
        member.size, member.mtime, member.mode = size, modified, 0o600
        summed = _Summed(source)
        self._tar.addfile(member, summed)  # type: ignore[arg-type]  # it is only ever read
        _forget_members(self._tar)
        self._sums.write(f"{summed.sum}  {name}\n".encode("utf-8", "surrogateescape"))

    def finish(self) -> None:
        """Write the sums, make all of it durable, and give the archive its name."""
        size = self._sums.tell()
        self._sums.seek(0)
        member = tarfile.TarInfo(SUMS)
        member.size, member.mode = size, 0o600
        self._tar.addfile(member, self._sums)
        self._tar.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        refuse_taken(self._path, replace=self._replace)
        self._draft.replace(self._path)
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._draft.unlink(missing_ok=True)
        # Last: until then nobody else takes the draft for one that was left behind.
        self._file.close()
        self._sums.close()


def refuse_taken(path: Path, *, replace: bool) -> None:
    """Raise ArchiveExists where an archive of this name would take something's place; an empty file is nothing."""
    if path.exists() and not path.is_file():
        raise ArchiveExists(f"{path} is no plain file", hint="Choose another name.")
    size = path.stat().st_size if path.exists() else 0
    if size and not replace:
        raise ArchiveExists(
            f"There is a file {path} already, of {size:,} bytes",
            hint="Choose another name, or add --force to replace it once the new backup is whole.",
        )


def _owned(draft: Path) -> IO[bytes]:
    """Open a draft for this process alone; one that a killed process left behind is written anew."""
    file = os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT, 0o600), "wb")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        is_there = draft.exists() and draft.stat().st_ino == os.fstat(file.fileno()).st_ino
    except BlockingIOError:
        is_there = False
    if not is_there:
        file.close()
        raise BackupFailed(f"Another backup is being written to {draft}.", hint="Wait for it, or choose another name.")
    file.truncate(0)
    return file


def members(path: Path) -> Iterator[tuple[str, int, IO[bytes], int]]:
    """Yield each member in order: name, size, bytes and time of change; nothing but plain files is accepted."""
    with tarfile.open(path, "r:") as tar:
        while (member := tar.next()) is not None:
            _forget_members(tar)
            stream = tar.extractfile(member) if member.isreg() else None
            if stream is None or not _is_plain(member.name):
                raise BackupDamaged(f"The archive {path} holds {member.name!r}, which no backup holds.")
            yield member.name, member.size, stream, int(member.mtime)


def _forget_members(tar: tarfile.TarFile) -> None:
    # tarfile keeps every member it has seen, and there may be millions.
    tar.members.clear()  # type: ignore[attr-defined]  # documented nowhere, there since Python 2.3


def _is_plain(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and str(path) == name


def verify(path: Path) -> bytes:
    """Read the whole archive, compare every sum, and return its description."""
    try:
        description = _verified(path)
    except (tarfile.TarError, EOFError) as error:
        raise BackupDamaged(f"The file {path} is not a whole backup: {error}.", hint=ANOTHER_COPY) from error
    if not description:
        raise BackupDamaged(f"The file {path} is not a whole backup: it ends before its sums.", hint=ANOTHER_COPY)
    return description


def _verified(path: Path) -> bytes:
    description, is_whole = b"", False
    with tempfile.SpooledTemporaryFile(SUMS_IN_MEMORY_BYTES) as sums:
        for name, size, stream, _ in members(path):
            if is_whole:
                raise BackupDamaged(f"The archive {path} goes on after its sums.")
            if name == SUMS:
                sums.seek(0)
                _compare(path, stream, sums)
                is_whole = True
                continue
            summed = _Summed(stream)
            if name == DESCRIPTION and size <= DESCRIPTION_LIMIT_BYTES:
                description = summed.read(size)
            while summed.read(CHUNK_BYTES):
                pass
            sums.write(f"{summed.sum}  {name}\n".encode("utf-8", "surrogateescape"))
    return description if is_whole else b""


def _compare(path: Path, said: IO[bytes], found: IO[bytes]) -> None:
    while True:
        expected, actual = said.readline(), found.readline()
        if expected != actual:
            name = (actual or expected).decode(errors="replace").partition("  ")[2].strip()
            raise BackupDamaged(f"The archive {path} is damaged: {name} is not what was saved.", hint=ANOTHER_COPY)
        if not expected:
            return
