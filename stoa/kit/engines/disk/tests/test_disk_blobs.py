"""Blobs on disk: the signed route, conditions, and what happens when the disk is full."""

import errno
import os
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette

from stoa.kit.blobs import BlobNotFound, StorageFull
from stoa.kit.clock import ManualClock
from stoa.kit.engines.disk import blobs as engine
from stoa.kit.engines.disk.blobs import BlobsApp, DiskBlobs, StorageUnusable
from stoa.kit.http.delivery import Unsatisfiable, parse_range

KEY = "org/media/clip"
BODY = bytes(range(100))


@pytest.fixture
async def disk(tmp_path: Path) -> DiskBlobs:
    blobs = DiskBlobs(tmp_path / "blobs", secret=b"s" * 32, clock=ManualClock(), base_url="http://content.test/")
    await blobs.prepare()
    await blobs.put(KEY, BODY)
    return blobs


@pytest.fixture
async def client(disk: DiskBlobs) -> AsyncIterator[httpx.AsyncClient]:
    app = Starlette()
    app.mount("/", BlobsApp(disk, allow_origin="http://app.test"))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as client:
        yield client


async def an_address(disk: DiskBlobs, **changes: Any) -> str:
    given_ = {"expires": timedelta(minutes=5), "content_type": "video/mp4"} | changes
    return await disk.signed_url(KEY, **given_)


@pytest.mark.parametrize(
    ("asked", "status", "part"),
    [
        ("bytes=0-0", 206, BODY[:1]),
        ("bytes=90-", 206, BODY[90:]),
        ("bytes=-10", 206, BODY[-10:]),
        ("bytes=-1000", 206, BODY),
        ("bytes=50-5000", 206, BODY[50:]),
        ("bytes=100-", 416, b""),
        ("bytes=-0", 416, b""),
        ("bytes=5-4", 200, BODY),
        ("bytes=0-1,5-6", 200, BODY),
        ("bites=0-1", 200, BODY),
        ("bytes=-", 200, BODY),
    ],
)
async def test_ranges(disk: DiskBlobs, client: httpx.AsyncClient, asked: str, status: int, part: bytes) -> None:
    answer = await client.get(await an_address(disk), headers={"range": asked})

    assert (answer.status_code, answer.content) == (status, part)
    if status == 416:
        assert answer.headers["content-range"] == "bytes */100"


async def test_conditions(disk: DiskBlobs, client: httpx.AsyncClient) -> None:
    url = await an_address(disk)
    first = await client.get(url)
    etag, modified = first.headers["etag"], first.headers["last-modified"]

    async def status(**headers: str) -> int:
        return (
            await client.get(url, headers={name.replace("_", "-"): value for name, value in headers.items()})
        ).status_code

    assert await status(if_none_match=etag) == 304
    assert await status(if_none_match='"other"') == 200
    assert await status(if_modified_since=modified) == 304
    assert await status(if_modified_since="Mon, 01 Jan 2001 00:00:00 GMT") == 200
    assert await status(if_modified_since="rubbish") == 200
    assert await status(range="bytes=0-1", if_range=etag) == 206
    assert await status(range="bytes=0-1", if_range=modified) == 206
    assert await status(range="bytes=0-1", if_range='"other"') == 200
    assert await status(range="bytes=0-1", if_range="Mon, 01 Jan 2001 00:00:00 GMT") == 200


async def test_a_head_request_tells_all_but_the_bytes(disk: DiskBlobs, client: httpx.AsyncClient) -> None:
    answer = await client.head(await an_address(disk))

    assert answer.content == b""
    assert answer.headers["content-length"] == "100"
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-disposition"] == "inline"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["access-control-allow-origin"] == "http://app.test"


async def test_an_address_that_was_changed_or_is_over_is_refused(tmp_path: Path) -> None:
    clock = ManualClock()
    disk = DiskBlobs(tmp_path, secret=b"s" * 32, clock=clock, base_url="http://content.test")
    await disk.prepare()
    await disk.put(KEY, BODY)
    await disk.put("org/media/other", BODY)
    url = await an_address(disk)
    changed = [
        url.replace("clip", "other"),
        url.replace("video%2Fmp4", "text%2Fhtml"),
        url.replace("filename=", "filename=a.exe"),
        url.replace("expires=1", "expires=2"),
        url.partition("&signature")[0],
        url.partition("?")[0],
        url.replace("expires=", "expires=%C2%B2"),
        url[:-1] + ("0" if url[-1] != "0" else "1"),
    ]

    app = BlobsApp(disk)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as client:
        assert (await client.get(url)).status_code == 200
        assert [(await client.get(one)).status_code for one in changed] == [403] * len(changed)
        assert (await client.post(url)).status_code == 405
        await disk.delete(KEY)
        assert (await client.get(url)).status_code == 404
        clock.advance(timedelta(minutes=6))
        assert (await client.get(url)).status_code == 403


async def test_a_full_disk_is_told_and_nothing_half_written_stays(
    disk: DiskBlobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(engine.os, "fsync", full)
    with pytest.raises(StorageFull):
        await disk.put("org/new", b"x" * 3_000_000)

    assert os.listdir(tmp_path / "blobs" / ".incoming") == []  # noqa: PTH208
    with pytest.raises(BlobNotFound):
        await disk.head("org/new")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
async def test_a_write_the_system_refuses_is_a_full_disk(disk: DiskBlobs, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.open
    monkeypatch.setattr(
        engine.os,
        "open",
        lambda path, flags, mode=0o777: (
            real("/dev/full", os.O_WRONLY) if "incoming" in str(path) else real(path, flags, mode)
        ),
    )
    with pytest.raises(StorageFull):
        await disk.put("org/new", b"x" * 10)


async def test_a_folder_that_cannot_be_made_is_a_clear_problem(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    blobs = DiskBlobs(tmp_path / "file" / "blobs", secret=b"s" * 32, clock=ManualClock(), base_url="")

    with pytest.raises(StorageUnusable) as caught:
        await blobs.prepare()

    assert caught.value.exit_code == 3
    assert caught.value.hint


async def test_what_a_crash_left_is_cleared_away_after_a_day(disk: DiskBlobs, tmp_path: Path) -> None:
    incoming = tmp_path / "blobs" / ".incoming"
    (incoming / "old").write_bytes(b"x")
    (incoming / "new").write_bytes(b"x")
    now = ManualClock().now().timestamp()
    os.utime(incoming / "old", (now - 100_000, now - 100_000))
    os.utime(incoming / "new", (now, now))

    await disk.prepare()

    assert os.listdir(incoming) == ["new"]  # noqa: PTH208


async def test_blobs_are_readable_by_their_owner_only(disk: DiskBlobs, tmp_path: Path) -> None:
    place = tmp_path / "blobs" / "org" / "media" / "clip~"

    assert oct(place.stat().st_mode)[-3:] == "600"


@given(st.text(alphabet="bytes=0123456789-, ", max_size=30), st.integers(0, 50))
def test_no_range_header_asks_for_what_is_not_there(header: str, size: int) -> None:
    try:
        found = parse_range(header, size)
    except Unsatisfiable:
        return
    if found is not None:
        assert 0 <= found[0] < found[1] <= size
