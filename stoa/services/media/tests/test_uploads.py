"""Uploads by tus: pieces in order, each safe before it is acknowledged, and nothing visible before it is checked."""

import hashlib
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import httpx
import pytest

from stoa.kit.blobs import BlobNotFound, Blobs
from stoa.kit.clock import ManualClock
from stoa.kit.contract import OrganizationId, UserId, new_id
from stoa.kit.errors import Malformed
from stoa.kit.store import Store
from stoa.kit.testing.routes import RoutesUnderTest, a_caller
from stoa.services.media.contract import UploadId, WrongOffset
from stoa.services.media.domain.keys import asset_key, private_key
from stoa.services.media.routes import assets, delivery, uploads
from stoa.services.media.service.media import Media
from stoa.services.media.service.uploading import PIECE_BYTES
from stoa.services.media.store import MediaTx
from stoa.services.media.tests.building import PNG, SVG, an_organization, checksum, metadata

API = "/api/v1/media"
TUS = {"tus-resumable": "1.0.0"}
PIECE = {**TUS, "content-type": "application/offset+octet-stream"}
DATA = PNG + bytes(range(256)) * 20
USER = UserId(new_id())


def upload_of(url: str) -> UploadId:
    return UploadId(UUID(url.rsplit("/", 1)[1]))


class Desk:
    """An author at work: a client, and the jobs that are done when they are asked to."""

    def __init__(self, media: Media, clock: ManualClock, organization: OrganizationId, role: str = "author") -> None:
        self.media, self.organization = media, organization
        self._routes = RoutesUnderTest(
            (uploads.router, media), (assets.router, media), (delivery.router, media), clock=clock
        )
        self.client = self._routes.client(a_caller(role, organization=organization, user=USER))

    def another(self, *roles: str, organization: OrganizationId | None = None) -> httpx.AsyncClient:
        """Return the client of somebody else."""
        return self._routes.client(a_caller(*roles, organization=organization or self.organization))

    async def begin(self, length: int = len(DATA), **words: str) -> str:
        """Announce a file and return the address of its upload."""
        headers = {**TUS, "upload-length": str(length), "upload-metadata": metadata(**words)}
        answer = await self.client.post(f"{API}/uploads", headers=headers)
        assert answer.status_code == 201, answer.text
        return answer.headers["location"]

    async def send(self, url: str, data: bytes, *, at: int = 0, **headers: str) -> httpx.Response:
        """Send a piece."""
        return await self.client.patch(url, content=data, headers={**PIECE, "upload-offset": str(at), **headers})

    async def check(self, url: str) -> dict[str, object]:
        """Do the waiting check and return the state of the upload."""
        await self.media.uploading.check(organization=self.organization, upload=upload_of(url))
        found: dict[str, object] = (await self.client.get(url)).json()
        return found

    async def upload(self, data: bytes, **words: str) -> dict[str, object]:
        """Upload a whole file and return the state of the upload."""
        url = await self.begin(len(data), **words)
        await self.send(url, data)
        return await self.check(url)


@pytest.fixture
def desk(media: Media, clock: ManualClock) -> Desk:
    return Desk(media, clock, an_organization())


async def blobs_below(blobs: Blobs, organization: OrganizationId, folder: str) -> list[str]:
    return [head.key async for head in blobs.list(f"{organization}/{folder}")]


async def test_the_protocol_is_described(desk: Desk) -> None:
    answer = await desk.client.options(f"{API}/uploads")

    assert answer.headers["tus-version"] == answer.headers["tus-resumable"] == "1.0.0"
    assert answer.headers["tus-extension"] == "creation,creation-with-upload,expiration,checksum,termination"
    assert answer.headers["tus-checksum-algorithm"] == "sha1,sha256"
    assert answer.headers["tus-max-size"] == str(50 * 1024 * 1024)


async def test_a_file_comes_in_pieces_and_is_there_when_it_was_checked(desk: Desk, blobs: Blobs) -> None:
    url = await desk.begin(filename="knot.png", filetype="image/png", alt="A knot")

    first = await desk.send(url, DATA[:100])
    asked = await desk.client.head(url, headers=TUS)
    second = await desk.send(url, DATA[100:], at=100)
    before = (await desk.client.get(f"{API}/assets")).json()["items"]
    after = await desk.check(url)

    assert (first.status_code, first.headers["upload-offset"]) == (204, "100")
    assert (asked.status_code, asked.headers["upload-offset"], asked.headers["upload-length"]) == (
        200, "100", str(len(DATA)),
    )  # fmt: skip
    assert asked.headers["cache-control"] == "no-store"
    assert second.headers["upload-offset"] == str(len(DATA))
    assert "upload-expires" in second.headers
    assert (before, after["state"]) == ([], "ready")
    asset = (await desk.client.get(f"{API}/assets/{after['asset_id']}")).json()
    assert (asset["name"], asset["alt"], asset["content_type"], asset["size"]) == (
        "knot.png", "A knot", "image/png", len(DATA),
    )  # fmt: skip
    assert asset["sha256"] == hashlib.sha256(DATA).hexdigest()
    assert (await desk.client.get(asset["url"])).content == DATA
    assert await blobs_below(blobs, desk.organization, "uploads") == []


async def test_creation_brings_the_first_piece(desk: Desk) -> None:
    headers = {**PIECE, "upload-length": str(len(DATA))}

    answer = await desk.client.post(f"{API}/uploads", content=DATA[:50], headers=headers)

    assert (answer.status_code, answer.headers["upload-offset"]) == (201, "50")


async def test_a_piece_that_does_not_fit_is_refused_with_the_offset(desk: Desk) -> None:
    url = await desk.begin()
    await desk.send(url, DATA[:10])

    again = await desk.send(url, DATA[:10])
    ahead = await desk.send(url, DATA[20:], at=20)

    assert (again.status_code, ahead.status_code) == (409, 409)
    assert again.json()["offset"] == 10
    assert again.headers["tus-resumable"] == "1.0.0"


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
async def test_a_damaged_piece_is_refused_and_leaves_nothing(desk: Desk, blobs: Blobs, algorithm: str) -> None:
    url = await desk.begin()
    right = checksum(DATA[:60], algorithm)

    damaged = await desk.send(url, DATA[:59] + b"!", **{"upload-checksum": right})
    offset = (await desk.client.head(url, headers=TUS)).headers["upload-offset"]
    left = await blobs_below(blobs, desk.organization, "uploads")
    whole = await desk.send(url, DATA[:60], **{"upload-checksum": right})

    assert (damaged.status_code, offset, left) == (460, "0", [])
    assert (whole.status_code, whole.headers["upload-offset"]) == (204, "60")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"upload-length": "5"}, 412),
        ({**TUS, "tus-resumable": "0.2.2", "upload-length": "5"}, 412),
        (TUS, 400),
        ({**TUS, "upload-length": "-1"}, 400),
        ({**TUS, "upload-length": "0"}, 400),
        ({**TUS, "upload-length": str(51 * 1024 * 1024)}, 413),
        ({**TUS, "upload-length": "5", "upload-metadata": "filename §"}, 400),
        ({**TUS, "upload-length": "5", "upload-metadata": metadata(filetype="text/html")}, 415),
        ({**TUS, "upload-length": "5", "upload-metadata": metadata(filetype="application/x-msdownload")}, 415),
    ],
)
async def test_what_is_announced_wrongly_is_refused_at_once(desk: Desk, headers: dict[str, str], status: int) -> None:
    raw = {name: value.encode() for name, value in headers.items()}

    answer = await desk.client.post(f"{API}/uploads", headers=raw)

    assert (answer.status_code, answer.headers["tus-resumable"]) == (status, "1.0.0")
    assert ("tus-version" in answer.headers) == (status == 412)


async def test_pieces_are_sent_in_the_right_words(desk: Desk) -> None:
    url = await desk.begin()

    answers = [
        await desk.client.patch(url, content=b"x", headers={**TUS, "upload-offset": "0"}),
        await desk.client.patch(url, content=b"x", headers=PIECE),
        await desk.client.patch(url, content=b"x", headers={"upload-offset": "0"}),
        await desk.send(url, b"x", **{"upload-checksum": "md5 eA=="}),
        await desk.send(url, b"x", **{"upload-checksum": "sha1 %%"}),
        await desk.send(url, b"x" * (len(DATA) + 1)),
    ]

    assert [answer.status_code for answer in answers] == [415, 400, 412, 400, 400, 413]


async def broken(data: bytes) -> AsyncIterator[bytes]:
    for at in range(0, len(data), 500_000):
        yield data[at : at + 500_000]
    raise Malformed("The connection closed before the body ended.")


async def test_what_came_before_a_connection_broke_is_kept(desk: Desk, media: Media) -> None:
    data = DATA + bytes(PIECE_BYTES)
    url = await desk.begin(len(data) + 10)
    upload = upload_of(url)

    with pytest.raises(Malformed):
        await media.uploading.receive(
            organization=desk.organization, user=USER, upload=upload, offset=0, chunks=broken(data), checksum=None
        )
    offset = (await desk.client.head(url, headers=TUS)).headers["upload-offset"]

    assert int(offset) == len(data)


async def test_a_new_process_goes_on_where_the_last_one_died(
    desk: Desk, media: Media, store: Store[MediaTx], blobs: Blobs, clock: ManualClock
) -> None:
    url = await desk.begin(filename="a.png")
    await desk.send(url, DATA[:1000])
    # Whoever dies between storing and acknowledging leaves a piece that nobody asks for.
    await media.uploading.store_part(desk.organization, UploadId(new_id()), 1000, b"lost")
    other = Media(store=store, blobs=blobs, clock=clock, settings=media.settings, secret=b"s" * 32)
    later = Desk(other, clock, desk.organization)

    offset = int((await later.client.head(url, headers=TUS)).headers["upload-offset"])
    await later.send(url, DATA[offset:], at=offset)
    state = await later.check(url)

    assert (offset, state["state"]) == (1000, "ready")
    assert await blobs.head(asset_key(desk.organization, hashlib.sha256(DATA).hexdigest()))


async def test_of_two_senders_one_is_refused(desk: Desk, media: Media) -> None:
    url = await desk.begin()
    upload = upload_of(url)

    async def slow() -> AsyncIterator[bytes]:
        yield DATA[:10]
        await desk.send(url, DATA[:20])
        yield DATA[10:20]

    with pytest.raises(WrongOffset):
        await media.uploading.receive(
            organization=desk.organization, user=USER, upload=upload, offset=0, chunks=slow(), checksum=None
        )

    assert (await desk.client.head(url, headers=TUS)).headers["upload-offset"] == "20"


@pytest.mark.parametrize(
    ("data", "words", "reason"),
    [
        (b"<!doctype html><script>", {}, "text/html"),
        (b"MZ" + bytes(200), {}, "application/x-msdownload"),
        (bytes(200), {"filename": "a.png"}, "octet-stream"),
        (DATA, {"filetype": "video/mp4"}, "is called video/mp4"),
        (SVG, {"filetype": "image/png"}, "is called image/png"),
        (b"some words", {"filetype": "image/png"}, "is called image/png"),
    ],
)
async def test_a_file_that_is_not_what_it_says_is_refused_with_the_reason(
    desk: Desk, blobs: Blobs, data: bytes, words: dict[str, str], reason: str
) -> None:
    state = await desk.upload(data, **words)

    assert state["state"] == "refused"
    assert reason in str(state["reason"])
    assert [key async for key in _keys(blobs, desk.organization)] == []


async def _keys(blobs: Blobs, organization: OrganizationId) -> AsyncIterator[str]:
    async for head in blobs.list(str(organization)):
        yield head.key


@pytest.mark.parametrize(
    ("data", "words", "content_type"),
    [
        (SVG, {"filetype": "image/svg+xml"}, "image/svg+xml"),
        (b"a,b\n1,2\n", {"filename": "a.csv", "filetype": "text/csv"}, "text/csv"),
        (b"# Notes", {"filename": "a.md", "filetype": "text/markdown"}, "text/plain"),
        (
            b"PK\x03\x04" + bytes(60),
            {"filename": "a.docx"},
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
        (DATA, {"filetype": "application/octet-stream"}, "image/png"),
    ],
)
async def test_a_file_is_known_by_what_is_in_it(
    desk: Desk, data: bytes, words: dict[str, str], content_type: str
) -> None:
    state = await desk.upload(data, **words)

    asset = (await desk.client.get(f"{API}/assets/{state['asset_id']}")).json()
    assert asset["content_type"] == content_type


async def test_the_same_bytes_are_one_file(desk: Desk, blobs: Blobs) -> None:
    first = await desk.upload(DATA, filename="a.png")
    second = await desk.upload(DATA, filename="b.png")

    assert first["asset_id"] == second["asset_id"]
    assert len((await desk.client.get(f"{API}/assets")).json()["items"]) == 1


async def test_checking_twice_changes_nothing(desk: Desk, media: Media) -> None:
    url = await desk.begin()
    await desk.send(url, DATA)

    first, second = await desk.check(url), await desk.check(url)

    assert first == second


async def test_an_organization_has_its_room_and_no_more(desk: Desk) -> None:
    await desk.begin(40 * 1024 * 1024)
    headers = {**TUS, "upload-length": str(30 * 1024 * 1024)}

    answer = await desk.client.post(f"{API}/uploads", headers=headers)
    elsewhere = await desk.another("author", organization=an_organization()).post(f"{API}/uploads", headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (413, "media.quota_exceeded")
    assert (answer.json()["quota_bytes"], answer.json()["used_bytes"]) == (60 * 1024 * 1024, 40 * 1024 * 1024)
    assert elsewhere.status_code == 201


async def test_an_upload_that_is_given_up_leaves_nothing(desk: Desk, blobs: Blobs) -> None:
    url = await desk.begin()
    await desk.send(url, DATA[:10])

    answer = await desk.client.delete(url, headers=TUS)

    assert answer.status_code == 204
    assert (await desk.client.head(url, headers=TUS)).status_code == 404
    assert await blobs_below(blobs, desk.organization, "uploads") == []


async def test_an_upload_that_pauses_too_long_is_swept_away(
    desk: Desk, media: Media, blobs: Blobs, clock: ManualClock
) -> None:
    paused, busy, whole = await desk.begin(), await desk.begin(), await desk.begin()
    await desk.send(paused, DATA[:10])
    await desk.send(whole, DATA)
    clock.advance(timedelta(hours=23))
    await desk.send(busy, DATA[:10])
    clock.advance(timedelta(hours=2))

    swept = await media.uploading.sweep()

    answers = [(await desk.client.head(url, headers=TUS)).status_code for url in (paused, busy, whole)]
    assert (swept, answers) == (1, [404, 200, 200])
    assert len(await blobs_below(blobs, desk.organization, "uploads")) == 2


async def test_a_private_file_is_reached_under_a_grant_only(desk: Desk, blobs: Blobs) -> None:
    state = await desk.upload(DATA, filename="a.png", visibility="private")

    asset = (await desk.client.get(f"{API}/assets/{state['asset_id']}")).json()

    assert "/signed/" in asset["url"]
    assert (await desk.client.get(asset["url"])).content == DATA
    plain = f"/media/{desk.organization}/{asset['sha256']}/a.png"
    assert (await desk.client.get(plain)).status_code == 404
    assert await blobs.head(private_key(desk.organization, asset["sha256"]))
    with pytest.raises(BlobNotFound):
        await blobs.head(asset_key(desk.organization, asset["sha256"]))


@pytest.mark.parametrize(
    ("role", "may"),
    [
        ("owner", True),
        ("admin", True),
        ("author", True),
        ("instructor", True),
        ("learner", False),
        ("assistant", False),
    ],
)
async def test_authors_upload_and_learners_do_not(desk: Desk, role: str, may: bool) -> None:
    client = desk.another(role)

    made = await client.post(f"{API}/uploads", headers={**TUS, "upload-length": "5"})
    listed = await client.get(f"{API}/assets")

    assert (made.status_code, listed.status_code) == ((201, 200) if may else (403, 403))


async def test_nobody_touches_the_upload_of_somebody_else(desk: Desk) -> None:
    url = await desk.begin()
    state = await desk.upload(DATA)
    colleague, stranger = desk.another("author"), desk.another("owner", organization=an_organization())

    answers = [
        await colleague.head(url, headers=TUS),
        await colleague.patch(url, content=DATA, headers={**PIECE, "upload-offset": "0"}),
        await colleague.delete(url, headers=TUS),
        await stranger.head(url, headers=TUS),
        await stranger.get(f"{API}/assets/{state['asset_id']}"),
        await stranger.get(f"{API}/assets/{state['asset_id']}/transcript"),
    ]

    assert [answer.status_code for answer in answers] == [404] * len(answers)
    assert (await stranger.get(f"{API}/assets")).json()["items"] == []
