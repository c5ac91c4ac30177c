"""The port to large immutable bytes: streamed in, streamed out, under keys that begin with an organization."""

import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from stoa.kit.contract import Struct
from stoa.kit.errors import EnvironmentProblem, Invalid, NotFound

Source = bytes | Path | AsyncIterator[bytes]

_SEGMENT = re.compile(r"[A-Za-z0-9_\-=+@,.]{1,200}")
_LONGEST_KEY = 700


class BlobNotFound(NotFound):
    """No blob lies under this key."""

    code, title = "stoa.blob_not_found", "There is no such file"


class BlobKeyInvalid(Invalid):
    """The key is not made of plain segments divided by single slashes."""

    code, title = "stoa.blob_key_invalid", "The name of the file is not valid"


class RangeNotSatisfiable(Invalid):
    """The range lies outside the blob."""

    code, status, title = "stoa.range_not_satisfiable", 416, "The range lies outside the file"


class StorageFull(EnvironmentProblem):
    """The disk or bucket took no more; nothing half-written was left behind."""

    code, status, title = "stoa.storage_full", 507, "There is no space left to store files"


class Stored(Struct, frozen=True, kw_only=True):
    """What was stored: its size and the SHA-256 of its bytes, in hexadecimal."""

    key: str
    size: int
    sha256: str


class BlobHead(Struct, frozen=True, kw_only=True):
    """What is known of a stored blob without reading it."""

    key: str
    size: int
    etag: str
    modified_at: datetime


class Blobs(Protocol):
    """Large immutable bytes; content type and file name live in the database of whoever owns the key."""

    async def put(self, key: str, source: Source, *, limit_bytes: int | None = None) -> Stored:
        """Store a whole blob or nothing; raise TooLarge past the limit. Putting a key again replaces it at once."""
        ...

    def open(self, key: str, *, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """Stream the bytes from `start` up to, not including, `end`."""
        ...

    async def head(self, key: str) -> BlobHead:
        """Return size, etag and date; raise BlobNotFound."""
        ...

    async def delete(self, key: str) -> None:
        """Remove a blob; removing what is not there is no error."""
        ...

    async def signed_url(self, key: str, *, expires: timedelta, content_type: str, filename: str | None = None) -> str:
        """Return an address that serves the blob to whoever holds it, inline, or as a download under `filename`."""
        ...

    def list(self, prefix: str) -> AsyncIterator[BlobHead]:
        """Stream the heads of every blob whose key begins with a prefix of whole segments."""
        ...


def checked_key(key: str) -> str:
    """Return the key, or raise BlobKeyInvalid unless it is plain segments that no file system reads as a path trick."""
    segments = key.split("/")
    plain = all(_SEGMENT.fullmatch(segment) and not segment.startswith(".") for segment in segments)
    if not plain or len(key) > _LONGEST_KEY:
        raise BlobKeyInvalid(f"{key[:80]!r} is not a valid blob key")
    return key


def checked_prefix(prefix: str) -> str:
    """Return a prefix of whole segments, or the empty one; raise BlobKeyInvalid for anything else."""
    return checked_key(prefix) if prefix else prefix
