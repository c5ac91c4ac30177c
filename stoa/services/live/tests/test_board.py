"""The whiteboard and the slides: what is kept of them, who draws and shows, and what comes to whom."""

from datetime import timedelta

import msgspec
import pytest

from stoa.kit.clock import ManualClock
from stoa.kit.errors import TooMany
from stoa.services.live.contract import Role, RoleNeeded, TooMuch
from stoa.services.live.domain.boards import BadElements
from stoa.services.live.domain.decks import BadDeck, Picture
from stoa.services.live.service import drawing
from stoa.services.live.service.drawing import BoardRule
from stoa.services.live.tests.building import School


def drawn(id_: str, version: int, **fields: object) -> msgspec.Raw:
    """Return an element as the drawing program sends it."""
    return msgspec.Raw(msgspec.json.encode({"id": id_, "version": version, "versionNonce": 1, **fields}))


async def test_the_whiteboard_keeps_the_newest_of_each_element_and_learners_only_look(school: School):
    class_id = await school.started()
    host, learner = await school.host(class_id), await school.learner(class_id)

    kept = [
        await school.live.drawing.draw([drawn("a", 1), drawn("b", 1)], by=host),
        await school.live.drawing.draw([drawn("a", 3, x=1)], by=host),
        await school.live.drawing.draw([drawn("a", 2, x=2)], by=host),
        await school.live.drawing.draw([drawn("b", 2, isDeleted=True, text="forget me")], by=host),
        await school.live.drawing.draw([drawn("b", 1)], by=host),
    ]
    with pytest.raises(RoleNeeded):
        await school.live.drawing.draw([drawn("c", 1)], by=learner)
    board = await school.live.drawing.board(to=learner)

    assert kept == [2, 1, 0, 1, 0]
    assert msgspec.json.decode(board.elements) == [{"id": "a", "version": 3, "versionNonce": 1, "x": 1}]
    assert board.seq == school.lane(class_id)[-1]["seq"]
    told = school.lane(class_id, "board")
    assert [len(one["elements"]) for one in told] == [2, 1, 1]
    assert "forget me" not in str(told)
    await school.live.drawing.wipe(by=host)
    assert (await school.live.drawing.board(to=learner)).elements == b"[]"


@pytest.mark.parametrize(
    "element",
    [b"{}", b'{"id":"a","version":1,"type":"image"}', b'{"id":"a","version":1,"link":"https://evil.example"}'],
)
async def test_a_whiteboard_takes_no_pictures_links_or_nonsense(school: School, element: bytes):
    class_id = await school.started()

    with pytest.raises(BadElements):
        await school.live.drawing.draw([msgspec.Raw(element)], by=await school.host(class_id))


async def test_everybody_draws_while_the_host_allows_it_and_who_is_muted_does_not(school: School, clock: ManualClock):
    class_id = await school.started()
    host, learner, quiet = await school.host(class_id), await school.learner(class_id), await school.learner(class_id)

    with pytest.raises(RoleNeeded):
        await school.live.drawing.rule(BoardRule(everyone=True), by=learner)
    await school.live.drawing.rule(BoardRule(everyone=True), by=host)
    kept = await school.live.drawing.draw([drawn("a", 1)], by=await school.again(learner))
    clock.advance(timedelta(seconds=2))
    seen = (await school.live.snapshots.taken(await school.again(quiet))).everyone_draws
    await school.live.drawing.rule(BoardRule(everyone=False), by=host)
    with pytest.raises(RoleNeeded):
        await school.live.drawing.draw([drawn("b", 1)], by=await school.again(learner))

    assert (kept, seen) == (1, True)
    assert [one["everyone"] for one in school.lane(class_id, "board_rule")] == [True, False]


async def test_in_a_crowd_only_those_draw_who_present(
    school: School, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
):
    class_id = await school.started()
    host, learner = await school.host(class_id), await school.learner(class_id)
    await school.live.drawing.rule(BoardRule(everyone=True), by=host)
    clock.advance(timedelta(seconds=2))
    monkeypatch.setattr(drawing, "MOST_DRAWING", 1)

    with pytest.raises(TooMuch):
        await school.live.drawing.draw([drawn("a", 1)], by=await school.again(learner))

    assert await school.live.drawing.draw([drawn("a", 1)], by=host) == 1


async def test_a_full_whiteboard_refuses_more_and_keeps_what_it_has(school: School, monkeypatch: pytest.MonkeyPatch):
    class_id = await school.started()
    host = await school.host(class_id)
    monkeypatch.setattr(drawing, "MOST_ELEMENTS", 3)
    await school.live.drawing.draw([drawn(str(number), 1) for number in range(3)], by=host)

    with pytest.raises(TooMuch):
        await school.live.drawing.draw([drawn("one too many", 1)], by=host)
    await school.live.drawing.draw([drawn("0", 2, isDeleted=True)], by=host)
    kept = await school.live.drawing.draw([drawn("now there is room", 1)], by=host)

    assert kept == 1
    assert len(msgspec.json.decode((await school.live.drawing.board(to=host)).elements)) == 3


async def test_who_sends_strokes_without_an_end_is_slowed_down(school: School):
    class_id = await school.started()
    host = await school.host(class_id)

    with pytest.raises(TooMany):
        for version in range(1, 100):
            await school.live.drawing.draw([drawn("a", version)], by=host)


async def test_a_speaker_draws_and_does_not_say_who_else_may(school: School):
    class_id = await school.started()
    host, speaker = await school.host(class_id), await school.learner(class_id)
    await school.live.moderating.give_role(speaker.id, Role.SPEAKER, by=host)
    speaker = await school.again(speaker)

    assert await school.live.drawing.draw([drawn("a", 1)], by=speaker) == 1
    with pytest.raises(RoleNeeded):
        await school.live.drawing.rule(BoardRule(everyone=True), by=speaker)


async def test_slides_keep_their_order_and_are_for_those_who_present(school: School):
    class_id = await school.started()
    host, learner = await school.host(class_id), await school.learner(class_id)
    slides = [Picture(url=f"/media/{name}", alt=f"  The {name}\n picture ") for name in ("b/two.png", "a/one.png")]

    before = await school.live.showing.deck(to=host)
    await school.live.showing.keep_deck(slides, by=host)
    await school.live.showing.keep_deck(slides[::-1], by=host)

    assert before == []
    kept = await school.live.showing.deck(to=host)
    assert [(one.url, one.alt) for one in kept] == [
        ("/media/a/one.png", "The a/one.png picture"),
        ("/media/b/two.png", "The b/two.png picture"),
    ]
    with pytest.raises(RoleNeeded):
        await school.live.showing.deck(to=learner)


@pytest.mark.parametrize(
    ("url", "alt"),
    [
        ("/media/a.png", ""),
        ("/media/a.png", " \n "),
        ("/media/a.png", "x" * 501),
        ("https://elsewhere.example/a.png", "A picture"),
        ("//elsewhere.example/media/a.png", "A picture"),
        ("/media/../api/v1/identity", "A picture"),
        ("/api/v1/me", "A picture"),
    ],
)
async def test_a_slide_without_words_or_from_elsewhere_is_refused(school: School, url: str, alt: str):
    class_id = await school.started()

    with pytest.raises(BadDeck):
        await school.live.showing.keep_deck([Picture(url=url, alt=alt)], by=await school.host(class_id))
