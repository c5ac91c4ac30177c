"""Films as a learner gets them: the ladder under their own grant, the original otherwise, and nothing for who left."""

import msgspec
import pytest

from stoa.services.courses.contract import BlockKind, OutlineNode, VideoContent
from stoa.services.progress.contract import SeatNeeded
from stoa.services.progress.service.desk import Desk
from stoa.services.progress.tests.building import FakeCourses, FakeEnrollment, FakeMedia, a_block, a_film_of_two_files
from stoa.services.progress.tests.classroom import LEARNER, Class, a_unit


def a_film(courses: FakeCourses) -> list[OutlineNode]:
    block = a_block(BlockKind.VIDEO)
    courses.films[block.id] = a_film_of_two_files()
    return [block]


async def test_a_film_plays_from_its_ladder_and_falls_back_to_the_original(
    desk: Desk, courses: FakeCourses, enrollment: FakeEnrollment, films: FakeMedia
) -> None:
    room = Class(desk, courses, enrollment, a_unit(*a_film(courses), *a_film(courses)))

    at_hand = await desk.reading.unit(await room.studying(), room.units[0].id)

    first = at_hand.content.blocks[0].content
    assert isinstance(first, VideoContent)
    assert [source.url.rsplit("/", 1)[1] for source in first.sources] == ["index.m3u8", "film.mp4", "film.mp4"]
    assert (str(LEARNER) in first.sources[0].url, first.sources[0].content_type) == (
        True, "application/vnd.apple.mpegurl",
    )  # fmt: skip
    assert [(caption.language, caption.url) for caption in first.captions] == [
        ("en", "/author.vtt"), ("de", "/de.vtt"),
    ]  # fmt: skip
    assert (first.poster, first.duration_s) == ("/poster.jpg", 60)
    assert films.asked == [["a" * 64, "b" * 64]] * len(films.asked)


async def test_each_reading_signs_anew_and_changes_nothing_that_is_remembered(
    desk: Desk, courses: FakeCourses, enrollment: FakeEnrollment, films: FakeMedia
) -> None:
    room = Class(desk, courses, enrollment, a_unit(*a_film(courses)))

    first = await desk.reading.unit(await room.studying(), room.units[0].id)
    asked = len(films.asked)
    second = await desk.reading.unit(await room.studying(), room.units[0].id)

    assert msgspec.json.encode(first.content) == msgspec.json.encode(second.content)
    assert len(films.asked) == 2 * asked


async def test_a_unit_without_films_asks_media_nothing(
    desk: Desk, courses: FakeCourses, enrollment: FakeEnrollment, films: FakeMedia
) -> None:
    room = Class(desk, courses, enrollment, a_unit(a_block(BlockKind.HTML)))

    await desk.reading.unit(await room.studying(), room.units[0].id)

    assert films.asked == []


async def test_who_left_the_course_gets_no_new_grant(
    desk: Desk, courses: FakeCourses, enrollment: FakeEnrollment, films: FakeMedia
) -> None:
    room = Class(desk, courses, enrollment, a_unit(*a_film(courses)))
    enrollment.seats.clear()

    with pytest.raises(SeatNeeded):
        await desk.reading.unit(await room.studying(), room.units[0].id)

    assert films.asked == []
