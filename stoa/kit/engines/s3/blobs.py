"""Blobs in an object store that speaks S3, streamed by multipart upload, served by signed addresses of the store."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from stoa.kit.blobs import (
    BlobHead,
    BlobNotFound,
    RangeNotSatisfiable,
    Source,
    Stored,
    checked_key,
    checked_prefix,
)
from stoa.kit.clock import Clock
from stoa.kit.engines.s3.signing import S3Access, presigned_url
from stoa.kit.errors import TooLarge, Unavailable
from stoa.kit.http.delivery import disposition, safe_type
from stoa.kit.settings import Settings, setting

PART_BYTES = 8 * 1024 * 1024
# Parts in flight of one upload: with the parts above, an upload of any size stays under 40 MB.
PARTS_AT_ONCE = 3
READ_BYTES = 1024 * 1024


class S3Settings(Settings, prefix="s3"):
    """Where the object store is; STOA_BLOBS=s3 chooses this engine."""

    bucket: str = setting("stoa", help="The bucket that holds the blobs.")
    region: str = setting("us-east-1", help="The region of the bucket.")
    endpoint: str = setting("", help="The address of a store that is not Amazon's, such as https://minio:9000.")
    public_endpoint: str = setting("", help="The address browsers reach the store by, where it is another one.")
    access_key: str = setting("", help="The access key.", secret=True)
    secret_key: str = setting("", help="The secret key.", secret=True)
    prefix: str = setting("", help="A folder inside the bucket.")


class StoreUnavailable(Unavailable):
    """The object store does not answer, or refuses us."""

    code, title = "stoa.object_store_unavailable", "The storage for files does not answer"


class S3Blobs:
    """The Blobs of a deployment with many machines."""

    def __init__(self, settings: S3Settings, clock: Clock) -> None:
        endpoint = settings.endpoint or f"https://s3.{settings.region}.amazonaws.com"
        self._clock = clock
        self._folder = f"{settings.prefix.strip('/')}/" if settings.prefix.strip("/") else ""
        self._access = S3Access(
            endpoint=settings.public_endpoint or endpoint,
            bucket=settings.bucket,
            region=settings.region,
            access_key=settings.access_key,
            secret_key=settings.secret_key,
        )
        self._store = S3Store(
            settings.bucket,
            endpoint=endpoint,
            region=settings.region,
            access_key_id=settings.access_key,
            secret_access_key=settings.secret_key,
            virtual_hosted_style_request=False,
            client_options={"allow_http": endpoint.startswith("http://"), "timeout": "60s", "connect_timeout": "5s"},
            retry_config={
                "max_retries": 3,
                "retry_timeout": timedelta(seconds=20),
                "backoff": {"init_backoff": timedelta(seconds=0.1), "max_backoff": timedelta(seconds=2), "base": 2},
            },
        )

    async def put(self, key: str, source: Source, *, limit_bytes: int | None = None) -> Stored:
        """Store a whole blob or nothing; raise TooLarge past the limit. Putting a key again replaces it at once."""
        place = self._place(key)
        measured = _Measured(limit_bytes)
        with _store_errors():
            if isinstance(source, bytes):
                measured.note(source)
                await obstore.put_async(self._store, place, source, use_multipart=len(source) > PART_BYTES)
            else:
                pieces = _file_pieces(source) if isinstance(source, Path) else source
                await self._upload(place, measured.through(pieces))
        return Stored(key=key, size=measured.size, sha256=measured.sha256.hexdigest())

    async def open(self, key: str, *, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """Stream the bytes from `start` up to, not including, `end`."""
        head = await self.head(key)
        last = head.size if end is None else min(end, head.size)
        if start < 0 or (end is not None and end < start) or (start >= head.size and (start, last) != (0, 0)):
            raise RangeNotSatisfiable(fields={"size": head.size})
        if start == last:
            return
        with _store_errors():
            found = await obstore.get_async(self._store, self._place(key), options={"range": (start, last)})
            async for piece in found.stream(min_chunk_size=READ_BYTES):
                yield bytes(piece)

    async def head(self, key: str) -> BlobHead:
        """Return size, etag and date; raise BlobNotFound."""
        with _store_errors():
            found = await obstore.head_async(self._store, self._place(key))
        return _head(key, found)

    async def delete(self, key: str) -> None:
        """Remove a blob; removing what is not there is no error."""
        with _store_errors():
            try:
                await obstore.delete_async(self._store, self._place(key))
            except FileNotFoundError:
                return

    async def signed_url(self, key: str, *, expires: timedelta, content_type: str, filename: str | None = None) -> str:
        """Return an address that serves the blob to whoever holds it, inline, or as a download under `filename`."""
        kind = safe_type(content_type)
        answer = {
            "response-content-type": kind,
            "response-content-disposition": disposition(kind, filename),
        }
        return presigned_url(self._access, self._place(key), at=self._clock.now(), expires=expires, query=answer)

    async def list(self, prefix: str) -> AsyncIterator[BlobHead]:
        """Stream the heads of every blob whose key begins with a prefix of whole segments."""
        folder = f"{self._folder}{checked_prefix(prefix)}".rstrip("/")
        with _store_errors():
            async for page in obstore.list(self._store, f"{folder}/" if folder else None, chunk_size=500):
                for found in page:
                    yield _head(found["path"].removeprefix(self._folder), found)

    async def _upload(self, place: str, pieces: AsyncIterator[bytes]) -> None:
        first = await _gather(pieces)
        if len(first) < PART_BYTES:
            await obstore.put_async(self._store, place, first, use_multipart=False)
            return
        given_up = asyncio.Event()
        upload = asyncio.ensure_future(
            obstore.put_async(
                self._store,
                place,
                _unless(given_up, _after(first, pieces)),
                use_multipart=True,
                chunk_size=PART_BYTES,
                max_concurrency=PARTS_AT_ONCE,
            )
        )
        try:
            await asyncio.shield(upload)
        except asyncio.CancelledError:
            # The library takes back the parts of a source that fails, but forgets those of an upload that is cancelled.
            given_up.set()
            await asyncio.wait([upload])
            upload.exception()
            raise

    def _place(self, key: str) -> str:
        return f"{self._folder}{checked_key(key)}"


class _Measured:
    """Counts, hashes and limits what passes through."""

    def __init__(self, limit_bytes: int | None) -> None:
        self._limit = limit_bytes
        self.size = 0
        self.sha256 = hashlib.sha256()

    def note(self, piece: bytes) -> None:
        self.size += len(piece)
        if self._limit is not None and self.size > self._limit:
            raise TooLarge(f"It is larger than {self._limit} bytes", fields={"limit_bytes": self._limit})
        self.sha256.update(piece)

    async def through(self, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        async for piece in pieces:
            if len(piece) > READ_BYTES:
                await asyncio.to_thread(self.note, piece)
            else:
                self.note(piece)
            yield piece


async def _gather(pieces: AsyncIterator[bytes]) -> bytes:
    gathered: list[bytes] = []
    size = 0
    async for piece in pieces:
        gathered.append(piece)
        size += len(piece)
        if size >= PART_BYTES:
            break
    return b"".join(gathered)


async def _after(first: bytes, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    while piece := await _gather(pieces):
        yield piece


async def _unless(given_up: asyncio.Event, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    stop = asyncio.ensure_future(given_up.wait())
    try:
        while True:
            following = asyncio.ensure_future(_gather(pieces))
            await asyncio.wait((stop, following), return_when=asyncio.FIRST_COMPLETED)
            if stop.done():
                following.cancel()
                await asyncio.wait([following])
                raise ConnectionAbortedError
            if not (piece := following.result()):
                return
            yield piece
    finally:
        stop.cancel()


async def _file_pieces(path: Path) -> AsyncIterator[bytes]:
    with await asyncio.to_thread(path.open, "rb") as file:
        while piece := await asyncio.to_thread(file.read, READ_BYTES):
            yield piece


@contextmanager
def _store_errors() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise BlobNotFound from None
    except BaseError as problem:
        raise StoreUnavailable(f"{type(problem).__name__}", retry_after_s=1) from problem


def _head(key: str, found: "obstore.ObjectMeta") -> BlobHead:
    return BlobHead(key=key, size=found["size"], etag=found["e_tag"] or '""', modified_at=found["last_modified"])
