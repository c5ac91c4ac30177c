"""What a browser gets under the address of a file, and that no file acts in our name."""

import hashlib
from datetime import timedelta

import httpx
import pytest

from stoa.kit.blobs import Blobs
from stoa.kit.clock import ManualClock
from stoa.kit.contract import OrganizationId, UserId, new_id
from stoa.kit.testing.routes import RoutesUnderTest
from stoa.services.media.domain import grants
from stoa.services.media.domain.keys import asset_key, media_url, private_key, rendition_key, signed_media_url
from stoa.services.media.routes.delivery import router
from stoa.services.media.service.media import Media
from stoa.services.media.tests.building import PNG, SECRET, SVG, an_organization

TEXT = b"0123456789" * 5


@pytest.fixture
def client(media: Media, clock: ManualClock) -> httpx.AsyncClient:
    return RoutesUnderTest((router, media), clock=clock).client()


async def stored(blobs: Blobs, organization: OrganizationId, data: bytes, name: str) -> str:
    sha256 = hashlib.sha256(data).hexdigest()
    await blobs.put(asset_key(organization, sha256), data)
    return media_url(organization, sha256, name)


async def test_a_file_is_delivered_for_ever_under_its_hash(client: httpx.AsyncClient, blobs: Blobs) -> None:
    url = await stored(blobs, an_organization(), PNG, "knot, blue.png")

    answer = await client.get(url)
    again = await client.get(url, headers={"if-none-match": answer.headers["etag"]})

    assert (answer.status_code, answer.content) == (200, PNG)
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-disposition"] == "inline"
    assert (again.status_code, again.content) == (304, b"")


async def test_the_name_in_the_address_is_for_people_only(client: httpx.AsyncClient, blobs: Blobs) -> None:
    url = await stored(blobs, an_organization(), PNG, "a.png")

    answer = await client.get(url.replace("a.png", "evil.html"))

    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")


@pytest.mark.parametrize(
    ("asked", "status", "content", "shown"),
    [
        ("bytes=10-19", 206, TEXT[10:20], "bytes 10-19/50"),
        ("bytes=45-", 206, TEXT[45:], "bytes 45-49/50"),
        ("bytes=-3", 206, TEXT[-3:], "bytes 47-49/50"),
        ("bytes=40-999", 206, TEXT[40:], "bytes 40-49/50"),
        ("bytes=50-", 416, b"", "bytes */50"),
        ("bytes=9-1", 200, TEXT, None),
        ("bytes=0-1,4-5", 200, TEXT, None),
        ("lines=1-2", 200, TEXT, None),
    ],
)
async def test_a_range_is_answered_as_the_standard_says(
    client: httpx.AsyncClient, blobs: Blobs, asked: str, status: int, content: bytes, shown: str | None
) -> None:
    url = await stored(blobs, an_organization(), TEXT, "a.txt")

    answer = await client.get(url, headers={"range": asked})

    assert (answer.status_code, answer.content) == (status, content)
    assert answer.headers.get("content-range") == shown


async def test_a_range_of_another_version_is_not_taken(client: httpx.AsyncClient, blobs: Blobs) -> None:
    url = await stored(blobs, an_organization(), TEXT, "a.txt")
    tag = (await client.head(url)).headers["etag"]

    same = await client.get(url, headers={"range": "bytes=0-1", "if-range": tag})
    other = await client.get(url, headers={"range": "bytes=0-1", "if-range": '"other"'})

    assert (same.status_code, other.status_code) == (206, 200)


async def test_a_head_tells_size_and_type_without_the_bytes(client: httpx.AsyncClient, blobs: Blobs) -> None:
    url = await stored(blobs, an_organization(), TEXT, "a.txt")

    answer = await client.head(url)

    assert (answer.status_code, answer.content) == (200, b"")
    assert (answer.headers["content-length"], answer.headers["accept-ranges"]) == ("50", "bytes")


@pytest.mark.parametrize(
    ("data", "name", "content_type", "disposition"),
    [
        (SVG, "a.svg", "image/svg+xml", "inline"),
        (b"<!doctype html><script>alert(1)</script>", "a.png", "text/html; charset=utf-8", "attachment"),
        (b"no markup at all", "a.html", "text/html; charset=utf-8", "attachment"),
        (b"alert(1)", "a.js", "text/plain; charset=utf-8", "inline"),
        (b"body {}", "a.css", "text/plain; charset=utf-8", "inline"),
        (b"BM is how this text begins", "a.txt", "text/plain; charset=utf-8", "inline"),
        (b"WEBVTT\n\n00:00.000 --> 00:01.000\nHi\n", "a.txt", "text/vtt; charset=utf-8", "inline"),
        (b"%PDF-1.7\n%\xe2\xe3", "a.pdf", "application/pdf", "inline"),
        (b"\x00\x01\x02\x03", "a.png", "application/octet-stream", "attachment"),
        (b"", "a.html", "application/octet-stream", "attachment"),
    ],
)
async def test_no_file_of_a_stranger_acts_in_our_name(
    client: httpx.AsyncClient, blobs: Blobs, data: bytes, name: str, content_type: str, disposition: str
) -> None:
    url = await stored(blobs, an_organization(), data, name)

    answer = await client.get(url)

    assert answer.headers["content-type"] == content_type
    assert answer.headers["content-disposition"] == disposition
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    if content_type != "application/pdf":
        assert "sandbox" in answer.headers["content-security-policy"]


async def test_what_is_not_there_is_not_found(client: httpx.AsyncClient, blobs: Blobs) -> None:
    organization = an_organization()
    url = await stored(blobs, organization, PNG, "a.png")
    sha256 = url.split("/")[3]

    answers = [
        await client.get(url.replace(str(organization), str(an_organization()))),
        await client.get(f"/media/{organization}/{'0' * 64}/a.png"),
        await client.get(f"/media/{organization}/{sha256.upper()}/a.png"),
        await client.get(f"/media/{organization}/..%2f..%2fsecret/a.png"),
        await client.get(f"/media/{organization}/{sha256}/a/b.png"),
        await client.get(f"/media/nobody/{sha256}/a.png"),
    ]

    assert [answer.status_code for answer in answers] == [404] * len(answers)


async def test_a_private_file_needs_a_grant_that_is_not_over(
    client: httpx.AsyncClient, blobs: Blobs, clock: ManualClock
) -> None:
    organization, sha256 = an_organization(), hashlib.sha256(PNG).hexdigest()
    await blobs.put(private_key(organization, sha256), PNG)
    leave = grants.Grant(viewer=UserId(new_id()), until=clock.now() + timedelta(hours=1))
    token = grants.sign(SECRET, leave, organization=organization, sha256=sha256)
    url = signed_media_url(organization, sha256, "a.png", grant=token)

    unsigned = await client.get(media_url(organization, sha256, "a.png"))
    good = await client.get(url)
    forged = await client.get(url.replace(token, token[:-3] + ("AAA" if token[-3:] != "AAA" else "BBB")))
    of_another = await client.get(url.replace(sha256, hashlib.sha256(b"x").hexdigest()))
    clock.advance(timedelta(hours=1, seconds=59))
    in_the_skew = await client.get(url)
    clock.advance(timedelta(seconds=2))
    late = await client.get(url)

    assert (good.status_code, good.headers["cache-control"].split(",")[0]) == (200, "private")
    assert in_the_skew.status_code == 200
    assert {answer.status_code for answer in (unsigned, forged, of_another, late)} == {404}


async def test_a_ladder_is_delivered_with_short_playlists_and_lasting_segments(
    client: httpx.AsyncClient, media: Media, blobs: Blobs
) -> None:
    organization, sha256 = an_organization(), "a" * 64
    for name in ("index.m3u8", "360/0001.m4s"):
        await blobs.put(rendition_key(organization, sha256, profile="h264-1", name=name), b"x")
    signed = media.delivery.url_of(organization, sha256, "x", viewer=UserId(new_id()))
    base = signed.removesuffix("/x") + "/hls/h264-1"

    playlist = await client.get(f"{base}/index.m3u8")
    segment = await client.get(f"{base}/360/0001.m4s")
    missing = await client.get(f"{base}/720/0001.m4s")
    unsigned = await client.get(f"/media/{organization}/{sha256}/hls/h264-1/index.m3u8")

    assert playlist.headers["content-type"] == "application/vnd.apple.mpegurl"
    assert playlist.headers["cache-control"] == "private, max-age=5"
    assert "immutable" in segment.headers["cache-control"]
    assert (missing.status_code, unsigned.status_code) == (404, 404)
