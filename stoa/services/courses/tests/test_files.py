"""The files of a course and media: held while the course needs them, carried by packages, films with their notes."""

import hashlib
import json
import zipfile
from pathlib import Path

import httpx
import pytest

from stoa.kit.clock import ManualClock
from stoa.kit.contract import OrganizationId
from stoa.kit.testing.routes import RoutesUnderTest, a_caller
from stoa.services.courses.contract import UnreadablePackage
from stoa.services.courses.routes import router
from stoa.services.courses.service.courses import Courses
from stoa.services.courses.service.importing import blob_key
from stoa.services.courses.tests.building import AUTHOR, MemoryBlobs, RememberingMedia, an_organization
from stoa.services.courses.tests.test_package import HAND_WRITTEN, bring, on_disk, take
from stoa.services.media.contract import CaptionText, FileWords, Film, FilmTrack

API = "/api/v1/courses"
FILM = b"film"
FILM_HASH = hashlib.sha256(FILM).hexdigest()
VTT = "WEBVTT\n\n00:00.000 --> 00:01.000\nHello\n"


@pytest.fixture
def organization() -> OrganizationId:
    return an_organization()


@pytest.fixture
async def author(courses: Courses, clock: ManualClock, organization: OrganizationId) -> httpx.AsyncClient:
    routes = RoutesUnderTest((router, courses), clock=clock)
    return routes.client(a_caller("author", organization=organization, user=AUTHOR))


async def a_course_with_a_film(
    author: httpx.AsyncClient, blobs: MemoryBlobs, organization: OrganizationId
) -> tuple[str, str]:
    course = str((await author.post(API, json={"title": "Knots"})).json()["id"])
    blobs.kept[blob_key(organization, FILM_HASH)] = FILM
    answer = await author.post(f"{API}/{course}/assets", json={"name": "films/knot.mp4", "sha256": FILM_HASH})
    assert answer.status_code == 201, answer.text
    parent = None
    for kind in ("section", "subsection", "unit"):
        parent = (await author.post(f"{API}/{course}/nodes", json={"kind": kind, "parent": parent})).json()["id"]
    content = {"kind": "video", "sources": [{"url": "asset:films/knot.mp4"}]}
    body = {"kind": "block", "block_kind": "video", "title": "A knot", "parent": parent, "content": content}
    block = (await author.post(f"{API}/{course}/nodes", json=body)).json()
    return course, block["id"]


def places(media: RememberingMedia, sha256: str = FILM_HASH) -> set[str]:
    return {place for _, place, held in media.held if held == sha256}


async def test_a_draft_and_what_is_published_of_it_hold_their_files(
    author: httpx.AsyncClient, blobs: MemoryBlobs, media: RememberingMedia, organization: OrganizationId
) -> None:
    course, block = await a_course_with_a_film(author, blobs, organization)
    before = places(media)
    published = await author.post(f"{API}/{course}/publish", json={})
    after = places(media)
    used = await author.delete(f"{API}/{course}/assets/films/knot.mp4")

    await author.delete(f"{API}/{course}/nodes/{block}", headers={"if-match": '"1"'})
    removed = await author.delete(f"{API}/{course}/assets/films/knot.mp4")

    assert published.status_code == 200, published.text
    assert (before, after, places(media)) == ({"draft"}, {"draft", "published"}, {"published"})
    assert (used.status_code, used.json()["used_by"]) == (409, ["A knot"])
    assert (removed.status_code, (await author.get(f"{API}/{course}/assets")).json()) == (204, [])


async def test_a_file_under_two_names_is_held_until_both_are_gone_and_one_that_is_replaced_is_let_go(
    author: httpx.AsyncClient, blobs: MemoryBlobs, media: RememberingMedia, organization: OrganizationId
) -> None:
    course, _ = await a_course_with_a_film(author, blobs, organization)
    await author.post(f"{API}/{course}/assets", json={"name": "second.mp4", "sha256": FILM_HASH})
    other = hashlib.sha256(b"other").hexdigest()
    blobs.kept[blob_key(organization, other)] = b"other"

    await author.delete(f"{API}/{course}/assets/second.mp4")
    one_left = places(media)
    await author.post(f"{API}/{course}/assets", json={"name": "films/knot.mp4", "sha256": other})

    assert (one_left, places(media), places(media, other)) == ({"draft"}, set(), {"draft"})


async def test_the_list_of_files_says_plainly_how_a_film_is_delivered(
    author: httpx.AsyncClient, blobs: MemoryBlobs, media: RememberingMedia, organization: OrganizationId
) -> None:
    course, _ = await a_course_with_a_film(author, blobs, organization)
    track = FilmTrack(language="en", label="English", url="/en.vtt")
    film = Film(sha256=FILM_HASH, ladder_url="", poster_url="/p.jpg", captions=[track], duration_s=3, note="No ffmpeg.")
    media.films[FILM_HASH] = film

    shown = (await author.get(f"{API}/{course}/assets")).json()[0]

    assert (shown["has_ladder"], shown["note"], shown["poster_url"]) == (False, "No ffmpeg.", "/p.jpg")
    assert [one["language"] for one in shown["captions"]] == ["en"]


async def test_a_package_carries_what_authors_said_about_uploads_and_gives_the_same_bytes_again(
    courses: Courses, media: RememberingMedia, tmp_path: Path
) -> None:
    one, other = an_organization(), an_organization()
    course = await bring(courses, on_disk(tmp_path / "hand", HAND_WRITTEN), one)
    sha256 = hashlib.sha256(b"webm").hexdigest()
    media.words[one, sha256] = FileWords(
        sha256=sha256, name="Knot.webm", content_type="video/webm", size=4, alt="A knot is tied", language="en",
        licence="CC BY 4.0", captions=[CaptionText(language="en", label="English", body=VTT)],
    )  # fmt: skip

    first = await take(courses, course, one, tmp_path / "first.zip")
    again = await bring(courses, tmp_path / "first.zip", other)
    second = await take(courses, again, other, tmp_path / "second.zip")

    with zipfile.ZipFile(tmp_path / "first.zip") as archive:
        listed = json.loads(archive.read("media.json"))["media"]
        assert archive.read(f"media/{sha256}.en.vtt").decode() == VTT
    assert [(line["sha256"], line["alt"]) for line in listed] == [(sha256, "A knot is tied")]
    assert (media.words[other, sha256].name, media.words[other, sha256].captions[0].body) == ("Knot.webm", VTT)
    assert second == first


async def test_words_about_a_file_that_is_not_in_the_package_are_left_out(
    courses: Courses, media: RememberingMedia, tmp_path: Path
) -> None:
    lines = {"media": [{"sha256": "f" * 64, "name": "somebody.mp4"}]}
    package = {**HAND_WRITTEN, "media.json": json.dumps(lines).encode()}

    await bring(courses, on_disk(tmp_path / "hand", package), an_organization())

    assert media.words == {}


async def test_an_import_holds_its_files_and_one_that_fails_holds_none(
    courses: Courses, media: RememberingMedia, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = await bring(courses, on_disk(tmp_path / "good", HAND_WRITTEN), an_organization())
    held = set(media.held)

    async def fails(*_: object, **__: object) -> None:
        raise UnreadablePackage("in the middle")

    monkeypatch.setattr(courses.importing, "_write", fails)
    with pytest.raises(UnreadablePackage):
        await bring(courses, tmp_path / "good", an_organization())

    assert {holder for holder, _, _ in held} == {good}
    assert media.held == held
