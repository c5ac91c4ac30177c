"""What a search finds, what it never finds, and that events in any order leave the same catalogue."""

from datetime import timedelta
from itertools import permutations

import msgspec
import pytest

from stoa.kit.clock import ManualClock
from stoa.kit.contract import OrganizationId
from stoa.kit.events import AlreadyHandled
from stoa.kit.http.cursor import PageQuery
from stoa.services.assessment.contract.result import Response
from stoa.services.catalog.contract import NotForTrying, NotListed
from stoa.services.catalog.service import Catalog
from stoa.services.catalog.tests.building import (
    START,
    PlainCourses,
    a_course,
    a_delivery,
    a_node,
    a_unit_to_try,
    an_organization,
    archived,
    published,
)
from stoa.services.courses.contract import CourseArchived, CoursePublished, CourseSummary, NodeKind, Visibility


async def listed(catalog: Catalog, courses: PlainCourses, course: CourseSummary) -> CourseSummary:
    courses.courses[course.id] = course
    courses.sections.setdefault(course.id, [])
    event = published(course)
    await catalog.note_published(event, delivery=a_delivery(event))
    return course


async def titles(catalog: Catalog, organization: OrganizationId, q: str = "", category: str | None = None) -> list[str]:
    found = await catalog.search(organization=organization, q=q, category=category, page=PageQuery())
    return [one.title for one in found.items]


@pytest.mark.parametrize(
    "q",
    ["knots", "knot", "KNOTS ropes", "kno", "knosts", "rops", "sailing", "sailor", "bowline", "knots-and-ropes"],
)
async def test_a_course_is_found_by_words_stems_beginnings_and_slips(
    catalog: Catalog, courses: PlainCourses, q: str
) -> None:
    organization = an_organization()
    section = a_node(NodeKind.SECTION, title="The bowline")
    course = a_course(organization, "Knots and ropes", summary="For sailors.", categories=["Sailing"])
    courses.add(course, section)
    await listed(catalog, courses, course)
    await listed(catalog, courses, a_course(organization, "Bread", summary="Water and flour."))

    assert await titles(catalog, organization, q) == ["Knots and ropes"]


@pytest.mark.parametrize(
    ("title", "language", "q"),
    [
        ("Économie générale", "fr", "economie"),
        ("Größenlehre", "de", "grossenlehre"),
        ("機械学習入門", "ja", "学習"),
        ("مدرسة الرياضيات", "ar", "مدرسه"),
        ("Fotografía", "es", "fotografia"),
    ],
)
async def test_accents_and_scripts_are_no_obstacle(
    catalog: Catalog, courses: PlainCourses, title: str, language: str, q: str
) -> None:
    organization = an_organization()
    await listed(catalog, courses, a_course(organization, title, language=language))

    assert await titles(catalog, organization, q) == [title]


async def test_the_exact_code_comes_first(catalog: Catalog, courses: PlainCourses) -> None:
    organization = an_organization()
    await listed(catalog, courses, a_course(organization, "CS50 CS50 beyond", slug="b", summary="cs50 cs50 cs50"))
    await listed(catalog, courses, a_course(organization, "Computers", slug="cs50"))
    await listed(catalog, courses, a_course(organization, "Preparing for it", summary="Before CS50"))

    found = await titles(catalog, organization, "cs50")

    assert set(found[:2]) == {"CS50 CS50 beyond", "Computers"}
    assert found[2] == "Preparing for it"


@pytest.mark.parametrize("q", ["quantum", "!!!", "' or 1=1 --", "a & | ! ( )", ":*", "\\", '"', "-", "kn:*ts&"])
async def test_what_means_nothing_finds_nothing_and_breaks_nothing(
    catalog: Catalog, courses: PlainCourses, q: str
) -> None:
    organization = an_organization()
    await listed(catalog, courses, a_course(organization, "Bread"))

    assert await titles(catalog, organization, q) == []


@pytest.mark.parametrize("q", ["", "secret", "secr"])
async def test_nobody_finds_what_is_not_public_or_not_theirs(catalog: Catalog, courses: PlainCourses, q: str) -> None:
    organization, other = an_organization(), an_organization()
    await listed(catalog, courses, a_course(organization, "Secret unlisted", visibility=Visibility.UNLISTED))
    await listed(catalog, courses, a_course(organization, "Secret private", visibility=Visibility.PRIVATE))
    await listed(catalog, courses, a_course(other, "Secret of others", categories=["Secrets"]))
    gone = await listed(catalog, courses, a_course(organization, "Secret archived"))
    await catalog.note_archived(archived(gone), delivery=a_delivery(archived(gone), at=START + timedelta(days=1)))

    assert await titles(catalog, organization, q) == []
    assert await catalog.categories(organization=organization) == []
    assert await titles(catalog, other, q) == ["Secret of others"]


@pytest.mark.parametrize("q", ["", "course"])
async def test_pages_hold_every_course_once(catalog: Catalog, courses: PlainCourses, q: str) -> None:
    organization = an_organization()
    for number in range(7):
        at = START + timedelta(days=number // 2)
        await listed(catalog, courses, a_course(organization, f"Course {number}", published_at=at))

    found, cursor = [], None
    while True:
        page = await catalog.search(
            organization=organization, q=q, category=None, page=PageQuery(cursor=cursor, limit=2)
        )
        found += [one.title for one in page.items]
        cursor = page.next
        if cursor is None:
            break

    assert sorted(found) == [f"Course {number}" for number in range(7)]


async def test_a_category_narrows_what_is_found(catalog: Catalog, courses: PlainCourses) -> None:
    organization = an_organization()
    await listed(catalog, courses, a_course(organization, "Bread", categories=["Cooking", "Craft"]))
    await listed(catalog, courses, a_course(organization, "Knots", categories=["Craft"]))

    assert await titles(catalog, organization, category="Cooking") == ["Bread"]
    assert await titles(catalog, organization, "knots", category="Cooking") == []
    assert await catalog.categories(organization=organization) == [("Cooking", 1), ("Craft", 2)]


def a_history(organization: OrganizationId) -> list[tuple[CoursePublished | CourseArchived, CourseSummary, int]]:
    first = a_course(organization, "First title")
    second = msgspec.structs.replace(first, title="Second title", published_at=START + timedelta(days=1))
    third = msgspec.structs.replace(first, title="Third title", published_at=START + timedelta(days=2))
    return [(published(one), one, day) for day, one in enumerate((first, second, third))]


@pytest.mark.parametrize("order", list(permutations(range(4))))
@pytest.mark.parametrize("ends", ["published", "archived"])
async def test_events_in_any_order_and_twice_leave_the_same_catalogue(
    catalog: Catalog, courses: PlainCourses, order: tuple[int, ...], ends: str
) -> None:
    organization = an_organization()
    history = a_history(organization)
    course = history[0][1]
    # Days 0, 1 and 2 publish; the course is archived at the end, or between the first and the second.
    history.append((archived(course), course, 3 if ends == "archived" else 0))
    deliveries = [a_delivery(event, at=START + timedelta(days=day, hours=1)) for event, _, day in history]

    for turn in (*order, *reversed(order)):
        event, seen, _ = history[turn]
        # The service that is asked may be as late as the event.
        courses.add(seen)
        try:
            if isinstance(event, CoursePublished):
                await catalog.note_published(event, delivery=deliveries[turn])
            else:
                await catalog.note_archived(event, delivery=deliveries[turn])
        except AlreadyHandled:
            pass

    assert await titles(catalog, organization) == ([] if ends == "archived" else ["Third title"])


async def test_the_page_of_a_course_is_for_who_knows_its_address(catalog: Catalog, courses: PlainCourses) -> None:
    organization = an_organization()
    open_one = await listed(catalog, courses, a_course(organization, "Unlisted", visibility=Visibility.UNLISTED))
    private = await listed(catalog, courses, a_course(organization, "Private", visibility=Visibility.PRIVATE))
    gone = await listed(catalog, courses, a_course(organization, "Archived"))
    await catalog.note_archived(archived(gone), delivery=a_delivery(archived(gone), at=START + timedelta(days=1)))

    page = await catalog.course_page(organization=organization, slug=open_one.slug)

    assert (page.title, page.overview_html) == ("Unlisted", "<p>About</p>")
    for slug, whose in (
        (private.slug, organization), (str(private.id), organization), (gone.slug, organization),
        ("nothing", organization), (open_one.slug, an_organization()), (str(open_one.id), an_organization()),
    ):  # fmt: skip
        with pytest.raises(NotListed):
            await catalog.course_page(organization=whose, slug=slug)


async def test_an_old_address_leads_to_the_course(catalog: Catalog, courses: PlainCourses) -> None:
    organization = an_organization()
    course = await listed(catalog, courses, a_course(organization, "Knots"))
    courses.old_slugs["knots-of-last-year"] = course.id

    page = await catalog.course_page(organization=organization, slug="knots-of-last-year")

    assert page.slug == "knots"


async def test_a_guest_tries_a_unit_and_its_problem(
    catalog: Catalog, courses: PlainCourses, clock: ManualClock
) -> None:
    organization = an_organization()
    unit, other = a_node(NodeKind.UNIT), a_node(NodeKind.UNIT)
    course = a_course(organization, "Knots")
    courses.add(course, a_node(NodeKind.SECTION, a_node(NodeKind.SUBSECTION, unit, other)))
    await listed(catalog, courses, course)
    courses.units[unit.id], problem = a_unit_to_try()
    answer = Response(answers={"p": "42"})

    tried = await catalog.try_unit(organization=organization, course="knots", unit=unit.id)
    scored = await catalog.try_answer(
        organization=organization, course=str(course.id), unit=unit.id, block=problem.id, response=answer
    )

    assert [one.problem is not None for one in tried.blocks] == [False, True]
    assert tried.blocks[1].problem is not None
    assert tried.blocks[1].problem.body == '<img src="/media/x/y/a.png">'
    assert scored.points == 1
    assert None not in courses.asked_for
    with pytest.raises(NotForTrying):
        await catalog.try_unit(organization=organization, course="knots", unit=other.id)
    with pytest.raises(NotForTrying):
        await catalog.try_answer(
            organization=organization, course="knots", unit=unit.id, block=tried.blocks[0].block.id, response=answer
        )
