"""Several authors in one course: who is there, and what becomes of texts that are written at once."""

import asyncio
from datetime import timedelta
from uuid import UUID

import httpx
import pytest

from stoa.kit.clock import ManualClock
from stoa.kit.contract import OrganizationId, UserId, new_id
from stoa.kit.testing.routes import RoutesUnderTest, a_caller
from stoa.services.courses.routes import router
from stoa.services.courses.service.courses import Courses
from stoa.services.courses.tests.building import NamingPeople, an_organization

API = "/api/v1/courses"
ANNA, BEN = UserId(UUID(int=0xA)), UserId(UUID(int=0xB))


class Desk:
    """Authors of one organization."""

    def __init__(self, courses: Courses, clock: ManualClock, organization: OrganizationId) -> None:
        self._routes, self._organization = RoutesUnderTest((router, courses), clock=clock), organization

    def of(self, user: UserId, role: str = "author") -> httpx.AsyncClient:
        return self._routes.client(a_caller(role, organization=self._organization, user=user))


@pytest.fixture
def desk(courses: Courses, clock: ManualClock) -> Desk:
    return Desk(courses, clock, an_organization())


async def a_unit_of_texts(author: httpx.AsyncClient) -> tuple[str, list[str]]:
    course = str((await author.post(API, json={"title": "Knots"})).json()["id"])
    parent = None
    for kind in ("section", "subsection", "unit"):
        parent = (await author.post(f"{API}/{course}/nodes", json={"kind": kind, "parent": parent})).json()["id"]
    texts = []
    for word in ("One", "Two"):
        content = {"kind": "html", "html": f"<p>{word}</p>"}
        body = {"kind": "block", "block_kind": "html", "parent": parent, "content": content}
        texts.append((await author.post(f"{API}/{course}/nodes", json=body)).json()["id"])
    return course, texts


async def others(author: httpx.AsyncClient, course: str, node: str | None = None) -> list[tuple[str, str | None]]:
    answer = await author.post(f"{API}/{course}/presence", json={"node": node})
    assert answer.status_code == 200, answer.text
    return [(editor["display_name"], editor["node"]) for editor in answer.json()["editors"]]


async def test_authors_see_who_else_is_there_for_half_a_minute_after_their_last_word(
    desk: Desk, clock: ManualClock, people: NamingPeople
) -> None:
    anna, ben = desk.of(ANNA), desk.of(BEN)
    course, texts = await a_unit_of_texts(anna)

    alone = await others(anna, course, texts[0])
    met = await others(ben, course)
    clock.advance(timedelta(seconds=29))
    still = await others(ben, course)
    clock.advance(timedelta(seconds=2))
    gone = await others(ben, course)

    assert (alone, met, still, gone) == ([], [("Editor a", texts[0])], [("Editor a", texts[0])], [])
    assert people.asked <= 2 * 2  # each name once; every idempotent call is made twice here


async def test_who_closes_the_editor_is_gone_at_once(desk: Desk) -> None:
    anna, ben = desk.of(ANNA), desk.of(BEN)
    course, _ = await a_unit_of_texts(anna)
    await others(anna, course)

    closed = await anna.delete(f"{API}/{course}/presence")

    assert (closed.status_code, await others(ben, course)) == (204, [])


async def test_many_who_come_at_once_are_all_seen(desk: Desk) -> None:
    course, _ = await a_unit_of_texts(desk.of(ANNA))
    crowd = [UserId(new_id()) for _ in range(12)]

    await asyncio.gather(*(others(desk.of(user), course) for user in crowd))

    assert len(await others(desk.of(ANNA), course)) == 12


async def test_only_editors_of_the_course_see_and_are_seen(desk: Desk, courses: Courses, clock: ManualClock) -> None:
    course, _ = await a_unit_of_texts(desk.of(ANNA))
    stranger = Desk(courses, clock, an_organization()).of(BEN)

    learner = await desk.of(BEN, "learner").post(f"{API}/{course}/presence", json={})
    foreign = await stranger.post(f"{API}/{course}/presence", json={})

    assert (learner.status_code, foreign.status_code) == (403, 404)


async def test_two_authors_in_different_blocks_at_once_are_both_kept(desk: Desk) -> None:
    anna, ben = desk.of(ANNA), desk.of(BEN)
    course, texts = await a_unit_of_texts(anna)

    saved = await asyncio.gather(
        *(
            author.patch(
                f"{API}/{course}/nodes/{text}",
                json={"content": {"kind": "html", "html": f"<p>{word}</p>"}},
                headers={"if-match": '"1"'},
            )
            for author, text, word in ((anna, texts[0], "Anna"), (ben, texts[1], "Ben"))
        )
    )

    read = [(await anna.get(f"{API}/{course}/nodes/{text}")).json()["content"]["html"] for text in texts]
    assert ([answer.status_code for answer in saved], read) == ([200, 200], ["<p>Anna</p>", "<p>Ben</p>"])


async def test_of_two_authors_in_one_block_at_once_the_later_gets_both_texts(desk: Desk) -> None:
    authors = {"Anna": desk.of(ANNA), "Ben": desk.of(BEN)}
    course, texts = await a_unit_of_texts(authors["Anna"])

    saved = await asyncio.gather(
        *(
            author.patch(
                f"{API}/{course}/nodes/{texts[0]}",
                json={"content": {"kind": "html", "html": f"<p>{word}</p>"}},
                headers={"if-match": '"1"'},
            )
            for word, author in authors.items()
        )
    )

    kept = (await authors["Anna"].get(f"{API}/{course}/nodes/{texts[0]}")).json()
    late = next(answer for answer in saved if answer.status_code == 412)
    assert sorted(answer.status_code for answer in saved) == [200, 412]
    assert late.json()["current"]["content"] == kept["content"]
    assert late.json()["current"]["version"] == 2
    again = await authors["Ben"].patch(
        f"{API}/{course}/nodes/{texts[0]}",
        json={"content": {"kind": "html", "html": "<p>Both</p>"}},
        headers={"if-match": f'"{late.json()["current"]["version"]}"'},
    )
    assert again.status_code == 200
