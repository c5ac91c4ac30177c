"""The use cases of catalog."""

from datetime import datetime
from uuid import UUID

from stoa.kit.clock import Clock
from stoa.kit.contract import OrganizationId, Page
from stoa.kit.events import Delivery
from stoa.kit.http.cursor import Cursor, PageQuery
from stoa.kit.store import Store
from stoa.services.assessment.contract.port import AssessmentPort
from stoa.services.assessment.contract.result import Response, ScoredResponse
from stoa.services.catalog import domain
from stoa.services.catalog.contract import NotForTrying, NotListed
from stoa.services.catalog.domain import CourseListing, Listing, TryBlock, TryUnit
from stoa.services.catalog.store import CatalogTx, Query, Words
from stoa.services.courses.contract import (
    CourseArchived,
    CourseId,
    CourseNotFound,
    CoursePublished,
    CoursesPort,
    CourseState,
    CourseSummary,
    NodeId,
    NotPublished,
    Outline,
    UnitContent,
)

BY_DATE = Cursor("catalog.newest", tuple[datetime, UUID])
BY_RANK = Cursor("catalog.found", tuple[int, int, UUID])


class Catalog:
    """What anybody finds of the published courses, and what a guest may try."""

    def __init__(
        self, *, store: Store[CatalogTx], courses: CoursesPort, assessment: AssessmentPort, clock: Clock
    ) -> None:
        self._store, self._courses, self._assessment, self._clock = store, courses, assessment, clock

    async def note_published(self, event: CoursePublished, *, delivery: Delivery) -> None:
        """Keep a course as its service describes it now; a late event changes nothing."""
        organization = event.organization_id
        found = await self._courses.summaries_of(organization=organization, courses=[event.course_id])
        outline = await self._outline(organization, event.course_id)
        async with self._store.transaction(organization=organization, delivery=delivery) as tx:
            for course in found:
                at = max(event.published_at, course.published_at or event.published_at)
                is_over = course.state is CourseState.ARCHIVED
                await tx.save(course, _words_of(course, outline), version_at=at, archived=is_over)

    async def note_archived(self, event: CourseArchived, *, delivery: Delivery) -> None:
        """Take a course out of the catalogue."""
        async with self._store.transaction(organization=event.organization_id, delivery=delivery) as tx:
            await tx.archive(event.course_id, at=delivery.occurred_at)

    async def search(
        self, *, organization: OrganizationId, q: str, category: str | None, page: PageQuery
    ) -> Page[Listing]:
        """Return the public courses, the newest first, or those that a query finds, the best first."""
        if not q.strip():
            after = BY_DATE.read(page.cursor)
            async with self._store.reading(organization=organization) as tx:
                newest = await tx.newest(category=category, after=after, limit=page.fetch)
            return BY_DATE.page(newest, page, key=lambda one: (one.published_at or self._clock.now(), one.course_id))
        place = BY_RANK.read(page.cursor)
        words = domain.words(q)
        if not words:
            return Page(items=[], next=None)
        prefix = " & ".join([f"'{word}'" for word in words[:-1]] + [f"'{words[-1]}':*"])
        query = Query(text=domain.fold(q).strip(), prefix=prefix, grams=domain.grams(q))
        async with self._store.reading(organization=organization) as tx:
            dictionaries = await tx.dictionaries()
            found = await tx.search(query, dictionaries=dictionaries, category=category, after=place, limit=page.fetch)
        ranked = BY_RANK.page(found, page, key=lambda one: (one.level, one.score, one.listing.course_id))
        return Page(items=[one.listing for one in ranked.items], next=ranked.next)

    async def categories(self, *, organization: OrganizationId) -> list[tuple[str, int]]:
        """Return the categories in use, with how many public courses each holds."""
        async with self._store.reading(organization=organization) as tx:
            return await tx.categories()

    async def course_page(self, *, organization: OrganizationId, slug: str) -> CourseListing:
        """Return the public page of a course; an old address leads to it too."""
        outline = await self._public_outline(organization, slug)
        course = outline.course
        overview = next((page.html for page in outline.pages if page.key == "overview"), "")
        return CourseListing(
            course_id=course.id,
            slug=course.slug,
            title=course.title,
            summary=course.summary,
            language=course.language,
            licence=course.licence,
            categories=course.categories,
            image_url=course.image_url,
            image_alt=course.image_alt,
            starts_at=course.starts_at,
            ends_at=course.ends_at,
            published_at=course.published_at,
            overview_html=overview,
            sections=domain.preview(outline, now=self._clock.now()),
        )

    async def try_unit(self, *, organization: OrganizationId, course: str, unit: NodeId) -> TryUnit:
        """Return a unit that a guest may try, as every guest gets it."""
        outline, content = await self._tried(organization, course, unit)
        blocks = domain.flat(content.blocks)
        problems = {block.id: found for block in blocks if (found := domain.problem_in(block))}
        ids = [found.problem for found in problems.values() if found.problem]
        views = await self._assessment.views_of(organization=organization, ids=ids, seed="guest") if ids else []
        shown = {
            block: domain.addressed(view, found.urls)
            for (block, found), view in zip(problems.items(), views, strict=True)
        }
        return TryUnit(
            course_id=outline.course.id,
            course_title=outline.course.title,
            slug=outline.course.slug,
            unit=unit,
            title=content.title,
            blocks=[TryBlock(block=block, problem=shown.get(block.id)) for block in blocks],
        )

    async def try_answer(
        self, *, organization: OrganizationId, course: str, unit: NodeId, block: NodeId, response: Response
    ) -> ScoredResponse:
        """Score a guest's answer and keep nothing."""
        _, content = await self._tried(organization, course, unit)
        found = next((one for one in domain.flat(content.blocks) if one.id == block), None)
        problem = domain.problem_in(found) if found else None
        if problem is None or problem.problem is None:
            raise NotForTrying("There is no such problem in this unit")
        scored = await self._assessment.score(organization=organization, problem=problem.problem, response=response)
        return domain.addressed(scored, problem.urls)

    async def _tried(self, organization: OrganizationId, course: str, unit: NodeId) -> tuple[Outline, UnitContent]:
        outline = await self._public_outline(organization, course)
        if unit not in domain.units_to_try(outline, now=self._clock.now()):
            raise NotForTrying
        content = await self._courses.unit_of(
            organization=organization,
            course=outline.course.id,
            unit=unit,
            snapshot=outline.snapshot,
            learner=domain.GUEST,
        )
        return outline, content

    async def _public_outline(self, organization: OrganizationId, course: str) -> Outline:
        async with self._store.reading(organization=organization) as tx:
            found = await tx.reachable(slug=course, course=_as_course(course))
        if found is None:
            found = await self._moved(organization, course)
        outline = await self._outline(organization, found, learner=True)
        if outline is None:
            raise NotListed
        return outline

    async def _moved(self, organization: OrganizationId, slug: str) -> CourseId:
        """Return the course that an old address led to; courses remembers those."""
        try:
            summary = await self._courses.course_of(organization=organization, course=slug)
        except CourseNotFound:
            raise NotListed from None
        async with self._store.reading(organization=organization) as tx:
            found = await tx.reachable(course=summary.id)
        if found is None:
            raise NotListed
        return found

    async def _outline(
        self, organization: OrganizationId, course: CourseId, *, learner: bool = False
    ) -> Outline | None:
        try:
            return await self._courses.outline_of(
                organization=organization, course=course, learner=domain.GUEST if learner else None
            )
        except (CourseNotFound, NotPublished):
            return None


def _words_of(course: CourseSummary, outline: Outline | None) -> Words:
    return Words(
        dictionary=domain.dictionary_of(course.language),
        codes=domain.codes(slug=course.slug, title=course.title),
        grams=domain.grams(course.title),
        title=domain.fold(course.title),
        categories=domain.fold(" ".join(course.categories)),
        summary=domain.fold(course.summary)[: domain.LONGEST_TEXT],
        outline=domain.fold(domain.outline_text(outline)) if outline else "",
    )


def _as_course(text: str) -> CourseId | None:
    try:
        return CourseId(UUID(text))
    except ValueError:
        return None
