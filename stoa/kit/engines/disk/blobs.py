"""Blobs as files: written whole or not at all, served over a signed route."""

import asyncio
import errno
import hashlib
import hmac
import os
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO, TypeVar
from urllib.parse import parse_qsl, quote, urlencode
from uuid import uuid4

from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from stoa.kit.blobs import (
    BlobHead,
    BlobNotFound,
    RangeNotSatisfiable,
    Source,
    StorageFull,
    Stored,
    checked_key,
    checked_prefix,
)
from stoa.kit.clock import Clock
from stoa.kit.errors import EnvironmentProblem, StoaError, TooLarge
from stoa.kit.http.delivery import BlobResponse

T = TypeVar("T")

# Big enough that the hop to a thread (about 50 µs) is nothing beside the copying, small enough for many at once.
PIECE_BYTES = 1024 * 1024
STALE_S = 86_400.0
# No key may contain it, so a blob named like a folder of other blobs has a file of its own.
_FILE = "~"
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_SIGNED = ("expires", "content_type", "filename")


class StorageUnusable(EnvironmentProblem):
    """The folder of the blobs cannot be written or read."""

    code, title = "stoa.storage_unusable", "The storage for files cannot be used"


class DiskBlobs:
    """The Blobs of the embedded default, in one folder."""

    def __init__(self, root: Path, *, secret: bytes, clock: Clock, base_url: str) -> None:
        self._root = root
        self._incoming = root / ".incoming"
        self._secret = secret
        self._clock = clock
        self._base_url = base_url.rstrip("/")

    async def prepare(self) -> None:
        """Make the folder, and clear away what a crash left half-written more than a day ago."""
        await asyncio.to_thread(self._prepare)

    async def put(self, key: str, source: Source, *, limit_bytes: int | None = None) -> Stored:
        """Store a whole blob or nothing; raise TooLarge past the limit. Putting a key again replaces it at once."""
        place = self._place(key)
        incoming = _Incoming(self._incoming, limit_bytes)
        try:
            if isinstance(source, bytes):
                await asyncio.to_thread(incoming.write, source)
            elif isinstance(source, Path):
                await asyncio.to_thread(incoming.copy, source)
            else:
                await _write_stream(incoming, source)
            await asyncio.to_thread(incoming.keep, place)
        except BaseException:
            await asyncio.shield(asyncio.to_thread(incoming.discard))
            raise
        return Stored(key=key, size=incoming.size, sha256=incoming.sha256.hexdigest())

    async def open(self, key: str, *, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """Stream the bytes from `start` up to, not including, `end`."""
        place = self._place(key)
        file = await asyncio.to_thread(_open_at, place, key, start, end)
        try:
            left = (os.fstat(file.fileno()).st_size if end is None else end) - start
            while left > 0:
                piece = await asyncio.to_thread(file.read, min(PIECE_BYTES, left))
                if not piece:
                    return
                left -= len(piece)
                yield piece
        finally:
            file.close()

    async def head(self, key: str) -> BlobHead:
        """Return size, etag and date; raise BlobNotFound."""
        return await asyncio.to_thread(_head, self._place(key), key)

    async def delete(self, key: str) -> None:
        """Remove a blob; removing what is not there is no error."""
        await asyncio.to_thread(self._place(key).unlink, missing_ok=True)

    async def signed_url(self, key: str, *, expires: timedelta, content_type: str, filename: str | None = None) -> str:
        """Return an address that serves the blob to whoever holds it, inline, or as a download under `filename`."""
        checked_key(key)
        until = int((self._clock.now() + expires).timestamp())
        signed = {"expires": str(until), "content_type": content_type, "filename": filename or ""}
        signature = _sign(self._secret, key, signed)
        return f"{self._base_url}/blobs/{quote(key)}?{urlencode({**signed, 'signature': signature})}"

    async def list(self, prefix: str) -> AsyncIterator[BlobHead]:
        """Stream the heads of every blob whose key begins with a prefix of whole segments."""
        checked_prefix(prefix)
        folder = self._root / prefix if prefix else self._root
        folders = [folder]
        while folders:
            here = folders.pop()
            heads, below = await asyncio.to_thread(_children, self._root, here)
            for found in heads:
                yield found
            folders.extend(reversed(below))

    def is_good(self, key: str, query: dict[str, str]) -> bool:
        """Tell whether an address was signed by us and is not over."""
        signed = {name: query.get(name, "") for name in _SIGNED}
        expected = _sign(self._secret, key, signed)
        is_ours = hmac.compare_digest(expected.encode(), query.get("signature", "").encode())
        return is_ours and int(signed["expires"]) > self._clock.now().timestamp()

    def _place(self, key: str) -> Path:
        return self._root / f"{checked_key(key)}{_FILE}"

    def _prepare(self) -> None:
        try:
            self._incoming.mkdir(mode=0o700, parents=True, exist_ok=True)
            oldest = self._clock.now().timestamp() - STALE_S
            for left in self._incoming.iterdir():
                if left.stat().st_mtime < oldest:
                    left.unlink(missing_ok=True)
        except OSError as problem:
            raise StorageUnusable(
                f"{self._root}: {problem.strerror}",
                hint="Choose another STOA_HOME, or give the account the right to it.",
            ) from None


class _Incoming:
    """A file that is being written; it becomes the blob by one rename, or is discarded."""

    def __init__(self, folder: Path, limit_bytes: int | None) -> None:
        self._path = folder / uuid4().hex
        self._limit = limit_bytes
        self._file: BinaryIO | None = None
        self.size = 0
        self.sha256 = hashlib.sha256()

    def write(self, piece: bytes) -> None:
        self.size += len(piece)
        if self._limit is not None and self.size > self._limit:
            raise TooLarge(f"It is larger than {self._limit} bytes", fields={"limit_bytes": self._limit})
        with _storage():
            if self._file is None:
                descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                self._file = os.fdopen(descriptor, "wb", buffering=0)
            view = memoryview(piece)
            while view:
                view = view[self._file.write(view) :]
        self.sha256.update(piece)

    def copy(self, source: Path) -> None:
        with source.open("rb") as file:
            while piece := file.read(PIECE_BYTES):
                self.write(piece)

    def keep(self, place: Path) -> None:
        if self._file is None:
            self.write(b"")
        assert self._file is not None
        with _storage():
            os.fsync(self._file.fileno())
            self._file.close()
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._path.replace(place)
            _sync_folder(place.parent)

    def discard(self) -> None:
        if self._file is not None:
            self._file.close()
        self._path.unlink(missing_ok=True)


class BlobsApp:
    """Answers `GET /blobs/<key>?expires&content_type&filename&signature` for whoever holds a signed address."""

    def __init__(self, blobs: DiskBlobs, *, allow_origin: str | None = None) -> None:
        self._blobs = blobs
        self._allow_origin = allow_origin

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        if scope["method"] not in ("GET", "HEAD"):
            await PlainTextResponse("Method not allowed", 405, {"allow": "GET, HEAD"})(scope, receive, send)
            return
        key = scope["path"].partition("/blobs/")[2]
        try:
            answer = await self._answer(key, dict(parse_qsl(scope["query_string"].decode("latin-1"))))
        except StoaError as problem:
            await PlainTextResponse(problem.title, problem.status, _PLAIN)(scope, receive, send)
            return
        await answer(scope, receive, send)

    async def _answer(self, key: str, query: dict[str, str]) -> BlobResponse | PlainTextResponse:
        if not re.fullmatch(r"\d{1,12}", query.get("expires", "")) or not self._blobs.is_good(key, query):
            return PlainTextResponse("This address is not valid, or no longer", 403, _PLAIN)
        head = await self._blobs.head(key)
        extra = {} if self._allow_origin is None else {"access-control-allow-origin": self._allow_origin}
        return BlobResponse(
            self._blobs,
            head,
            content_type=query.get("content_type", ""),
            filename=query.get("filename") or None,
            cache_control="private, max-age=3600",
            headers={**extra, "cross-origin-resource-policy": "cross-origin", "referrer-policy": "no-referrer"},
        )


_PLAIN = {"x-content-type-options": "nosniff", "cache-control": "no-store"}


@contextmanager
def _storage() -> Iterator[None]:
    try:
        yield
    except OSError as problem:
        if problem.errno in _FULL:
            raise StorageFull(hint="Free some space, or move the home to a larger disk.") from None
        raise StorageUnusable(f"{problem.strerror}: {problem.filename}") from None


async def _write_stream(incoming: _Incoming, source: AsyncIterator[bytes]) -> None:
    gathered: list[bytes] = []
    size = 0
    async for piece in source:
        gathered.append(piece)
        size += len(piece)
        if size >= PIECE_BYTES:
            await asyncio.to_thread(incoming.write, b"".join(gathered))
            gathered, size = [], 0
    if gathered:
        await asyncio.to_thread(incoming.write, b"".join(gathered))


def _open_at(place: Path, key: str, start: int, end: int | None) -> BinaryIO:
    head = _head(place, key)
    last = head.size if end is None else end
    if start < 0 or last < start or (start >= head.size and (start, last) != (0, 0)):
        raise RangeNotSatisfiable(fields={"size": head.size})
    file = place.open("rb", buffering=0)
    file.seek(start)
    return file


def _head(place: Path, key: str) -> BlobHead:
    try:
        found = place.stat()
    except (FileNotFoundError, NotADirectoryError):
        raise BlobNotFound from None
    except OSError as problem:
        raise StorageUnusable(f"{problem.strerror}: {place.name}") from None
    return BlobHead(
        key=key,
        size=found.st_size,
        etag=f'"{found.st_mtime_ns:x}-{found.st_size:x}"',
        modified_at=datetime.fromtimestamp(found.st_mtime, UTC),
    )


def _sign(secret: bytes, key: str, signed: dict[str, str]) -> str:
    text = "\n".join([key, *(quote(signed[name], safe="") for name in _SIGNED)])
    return hmac.digest(secret, text.encode(), "sha256").hex()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _children(root: Path, folder: Path) -> tuple[list[BlobHead], list[Path]]:
    heads: list[BlobHead] = []
    below: list[Path] = []
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return heads, below
    for entry in entries:
        path = Path(entry.path)
        if entry.is_dir(follow_symlinks=False):
            # No key may begin with a dot; what does is ours.
            if not entry.name.startswith("."):
                below.append(path)
        elif entry.name.endswith(_FILE):
            key = str(path.relative_to(root)).removesuffix(_FILE)
            with suppress(BlobNotFound):
                heads.append(_head(path, key))
    return heads, below
