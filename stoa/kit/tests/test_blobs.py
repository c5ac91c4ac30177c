"""What every engine of blobs promises, on disk and in an S3 store alike."""

import asyncio
import hashlib
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch
from urllib.parse import urlsplit

import httpx
import pytest
from starlette.applications import Starlette

from stoa.kit.blobs import (
    BlobKeyInvalid,
    BlobNotFound,
    Blobs,
    RangeNotSatisfiable,
)
from stoa.kit.clock import SystemClock
from stoa.kit.engines.disk.blobs import BlobsApp, DiskBlobs
from stoa.kit.engines.s3.blobs import PART_BYTES, S3Blobs, S3Settings
from stoa.kit.engines.s3.signing import S3Access, presigned_url
from stoa.kit.errors import TooLarge

KEY = "0198-org/media/ab/cd"


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    server = pytest.importorskip("moto.server").ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    httpx.put(f"{endpoint}/stoa").raise_for_status()
    yield endpoint
    server.stop()


class Disk:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.blobs = DiskBlobs(root, secret=b"s" * 32, clock=SystemClock(), base_url="http://content.test")
        app = Starlette()
        app.mount("/", BlobsApp(self.blobs, allow_origin="http://app.test"))
        self.transport: httpx.AsyncBaseTransport = httpx.ASGITransport(app)

    async def leftovers(self) -> int:
        return len(os.listdir(self.root / ".incoming"))  # noqa: PTH208


class S3:
    def __init__(self, endpoint: str, folder: str) -> None:
        self.endpoint = endpoint
        settings = S3Settings(
            bucket="stoa", endpoint=endpoint, access_key="key", secret_key="secret", prefix=folder, region="us-east-1"
        )
        self.blobs = S3Blobs(settings, SystemClock())
        self.transport = httpx.AsyncHTTPTransport()

    async def leftovers(self) -> int:
        async with httpx.AsyncClient() as client:
            listed = await client.get(f"{self.endpoint}/stoa?uploads")
        return listed.text.count("<Upload>")


@pytest.fixture(params=["disk", "s3"])
async def engine(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Disk | S3]:
    if request.param == "disk":
        disk = Disk(tmp_path / "blobs")
        await disk.blobs.prepare()
        yield disk
    else:
        s3 = S3(request.getfixturevalue("s3_endpoint"), tmp_path.name)
        yield s3
        await s3.transport.aclose()


@pytest.fixture
def blobs(engine: Disk | S3) -> Blobs:
    return engine.blobs


async def whole(blobs: Blobs, key: str, start: int = 0, end: int | None = None) -> bytes:
    return b"".join([piece async for piece in blobs.open(key, start=start, end=end)])


async def pieces(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


@pytest.mark.parametrize("size", [0, 1, 65_537, PART_BYTES, 2 * PART_BYTES + 3])
@pytest.mark.parametrize("kind", ["bytes", "path", "stream"])
async def test_what_is_put_comes_back_whatever_its_size_and_source(
    blobs: Blobs, tmp_path: Path, size: int, kind: str
) -> None:
    body = os.urandom(size)
    (tmp_path / "source").write_bytes(body)
    source = {"bytes": body, "path": tmp_path / "source", "stream": pieces(body[: size // 3], b"", body[size // 3 :])}

    stored = await blobs.put(KEY, source[kind])

    assert (stored.key, stored.size, stored.sha256) == (KEY, size, hashlib.sha256(body).hexdigest())
    assert await whole(blobs, KEY) == body
    assert (await blobs.head(KEY)).size == size


async def test_a_range_is_what_lies_between_its_ends(blobs: Blobs) -> None:
    await blobs.put(KEY, bytes(range(100)))

    assert await whole(blobs, KEY, 10, 20) == bytes(range(10, 20))
    assert await whole(blobs, KEY, 90) == bytes(range(90, 100))
    assert await whole(blobs, KEY, 95, 1000) == bytes(range(95, 100))
    for start, end in ((100, None), (5, 4), (-1, 3)):
        with pytest.raises(RangeNotSatisfiable):
            await whole(blobs, KEY, start, end)


async def test_putting_again_replaces_and_changes_the_tag(blobs: Blobs) -> None:
    await blobs.put(KEY, b"one")
    before = await blobs.head(KEY)

    await blobs.put(KEY, b"another")

    after = await blobs.head(KEY)
    assert await whole(blobs, KEY) == b"another"
    assert before.etag != after.etag
    assert after.etag.startswith('"')


async def test_what_is_not_there_is_not_found_and_may_be_deleted(blobs: Blobs) -> None:
    with pytest.raises(BlobNotFound):
        await blobs.head(KEY)
    with pytest.raises(BlobNotFound):
        await whole(blobs, KEY)
    await blobs.delete(KEY)

    await blobs.put(KEY, b"x")
    await blobs.delete(KEY)
    with pytest.raises(BlobNotFound):
        await blobs.head(KEY)


@pytest.mark.parametrize("size", [1_000, 3 * PART_BYTES])
async def test_too_much_is_refused_and_leaves_nothing_behind(engine: Disk | S3, size: int) -> None:
    await engine.blobs.put(KEY, b"before")

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 500_000

    with pytest.raises(TooLarge):
        await engine.blobs.put(KEY, endless(), limit_bytes=size)

    assert await whole(engine.blobs, KEY) == b"before"
    assert await engine.leftovers() == 0


async def test_a_source_that_fails_leaves_nothing_behind(engine: Disk | S3) -> None:
    async def broken() -> AsyncIterator[bytes]:
        for _ in range(5):
            yield b"x" * (PART_BYTES // 2)
        raise ConnectionResetError("the learner closed the laptop")

    with pytest.raises(ConnectionResetError):
        await engine.blobs.put(KEY, broken())

    with pytest.raises(BlobNotFound):
        await engine.blobs.head(KEY)
    assert await engine.leftovers() == 0


async def test_an_upload_that_is_cancelled_leaves_nothing_behind(engine: Disk | S3) -> None:
    has_begun = asyncio.Event()

    async def stalled() -> AsyncIterator[bytes]:
        for _ in range(6):
            yield b"x" * PART_BYTES
        has_begun.set()
        await asyncio.Event().wait()

    upload = asyncio.create_task(engine.blobs.put(KEY, stalled()))
    await has_begun.wait()
    upload.cancel()

    with pytest.raises(asyncio.CancelledError):
        await upload
    assert await engine.leftovers() == 0
    with pytest.raises(BlobNotFound):
        await engine.blobs.head(KEY)


def test_a_long_stream_to_disk_takes_little_memory(tmp_path: Path) -> None:
    program = """
import asyncio, resource, sys
from pathlib import Path
from stoa.kit.clock import SystemClock
from stoa.kit.engines.disk.blobs import DiskBlobs

async def pieces():
    for _ in range(200):
        yield bytes(1_000_000)

async def main():
    blobs = DiskBlobs(Path(sys.argv[1]), secret=b"s", clock=SystemClock(), base_url="")
    await blobs.prepare()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    stored = await blobs.put("org/long", pieces())
    read = sum([len(piece) async for piece in blobs.open("org/long")])
    assert stored.size == read == 200_000_000
    print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)

asyncio.run(main())
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )

    assert int(done.stdout) < 24, "megabytes"


@pytest.mark.parametrize(
    "key",
    ["", "/a", "a//b", "a/../b", "..", "a/.", "a/.hidden", "a\\b", "a/b\0", "a/b\n", "a/ b", "å", "a/b~", "x" * 900],
)
async def test_a_key_that_is_a_path_trick_is_refused_everywhere(blobs: Blobs, key: str) -> None:
    for attempt in (
        blobs.put(key, b"x"), blobs.head(key), blobs.delete(key), whole(blobs, key),
        blobs.signed_url(key, expires=timedelta(minutes=1), content_type="a/b"),
    ):  # fmt: skip
        with pytest.raises(BlobKeyInvalid):
            await attempt


async def test_a_listing_goes_by_whole_segments(blobs: Blobs) -> None:
    for key in ("org1/a", "org1/b/c", "org1/b", "org10/a", "org2/z"):
        await blobs.put(key, key.encode())

    assert sorted([head.key async for head in blobs.list("org1")]) == ["org1/a", "org1/b", "org1/b/c"]
    assert [head.key async for head in blobs.list("org1/b")] == ["org1/b/c"]
    assert [head.key async for head in blobs.list("nobody")] == []
    assert len([head async for head in blobs.list("")]) == 5


async def test_a_signed_address_serves_the_blob_with_its_type_and_ranges(engine: Disk | S3) -> None:
    await engine.blobs.put(KEY, bytes(range(100)))
    url = await engine.blobs.signed_url(KEY, expires=timedelta(minutes=5), content_type="image/png")

    async with httpx.AsyncClient(transport=engine.transport) as client:
        all_of_it = await client.get(url)
        part = await client.get(url, headers={"range": "bytes=10-19"})

    assert (all_of_it.status_code, all_of_it.content) == (200, bytes(range(100)))
    assert all_of_it.headers["content-type"] == "image/png"
    assert (part.status_code, part.content) == (206, bytes(range(10, 20)))
    assert part.headers["content-range"] == "bytes 10-19/100"


async def test_a_file_name_makes_a_download_and_cannot_break_the_header(engine: Disk | S3) -> None:
    await engine.blobs.put(KEY, b"x")
    name = 'week "1"\r\nset-cookie: a=b; päper.pdf'
    url = await engine.blobs.signed_url(
        KEY, expires=timedelta(minutes=5), content_type="application/pdf", filename=name
    )

    async with httpx.AsyncClient(transport=engine.transport) as client:
        answer = await client.get(url)

    shown = answer.headers["content-disposition"]
    assert shown.startswith("attachment; filename=\"week _1___set-cookie_ a_b_ p_per.pdf\"; filename*=UTF-8''week%20")
    assert "set-cookie" not in answer.headers


async def test_a_type_that_could_act_in_a_browser_is_never_shown_inline(engine: Disk | S3) -> None:
    await engine.blobs.put(KEY, b"<script>")
    async with httpx.AsyncClient(transport=engine.transport) as client:
        for kind in ("text/html", "image/svg+xml", "text/javascript", "nonsense\r\nx: y"):
            url = await engine.blobs.signed_url(KEY, expires=timedelta(minutes=5), content_type=kind)
            answer = await client.get(url)
            assert answer.headers["content-disposition"] == "attachment"


def test_the_signature_is_the_one_that_amazons_own_library_makes() -> None:
    session = pytest.importorskip("botocore.session")
    from botocore.auth import S3SigV4QueryAuth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    assert session
    access = S3Access(
        endpoint="http://store.test:9000", bucket="stoa", region="eu-west-1", access_key="AK", secret_key="SK"
    )
    query = {"response-content-type": "text/plain; charset=utf-8", "response-content-disposition": "a; b*=UTF-8''ö"}
    ours = presigned_url(
        access, "org/a=b@c+d", at=datetime(2026, 1, 5, 9, tzinfo=UTC), expires=timedelta(seconds=90), query=query
    )
    request = AWSRequest("GET", "http://store.test:9000/stoa/org/a%3Db%40c%2Bd", params=query)
    auth = S3SigV4QueryAuth(Credentials("AK", "SK"), "s3", "eu-west-1", expires=90)
    request.context["timestamp"] = "20260105T090000Z"
    with patch("botocore.auth.get_current_datetime", return_value=datetime(2026, 1, 5, 9)):  # noqa: DTZ001
        auth.add_auth(request)

    assert _signature(ours) == _signature(request.url)
    assert urlsplit(ours).path == "/stoa/org/a%3Db%40c%2Bd"


def _signature(url: str) -> str:
    return url.partition("X-Amz-Signature=")[2]
