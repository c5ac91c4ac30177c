"""Reading what is published: snapshots never change, so a process keeps the last ones it was asked for."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from uuid import UUID

from stoa.kit.clock import Clock
from stoa.kit.contract import OrganizationId, Page, UserId
from stoa.kit.store import Store
from stoa.services.courses.contract import (
    CourseId,
    CourseNotFound,
    CoursePage,
    CourseSummary,
    EmbedContent,
    NodeId,
    NodeNotFound,
    NotPublished,
    Outline,
    SnapshotId,
    UnitContent,
)
from stoa.services.courses.domain.delivery import Resolver, media_url, resolve_text, resolver
from stoa.services.courses.domain.reading import (
    find_node,
    find_unit,
    for_learner,
    hashes_below,
    outline_nodes,
    summary_of,
    unit_content,
)
from stoa.services.courses.domain.sandbox import Place, Sandbox, SandboxPage, document, frame_of
from stoa.services.courses.domain.snapshot import Manifest
from stoa.services.courses.service.publishing import frozen_draft
from stoa.services.courses.store.courses import CoursesTx, PublishedRow

_LONGEST_ID = 45
_PREVIEW_LASTS = timedelta(hours=12)


@dataclass
class _Kept:
    """A snapshot in memory with the units that were asked for."""

    manifest: Manifest
    resolve: Resolver
    units: dict[NodeId, UnitContent] = field(default_factory=dict)


class Reading:
    """The published side of courses."""

    def __init__(self, *, store: Store[CoursesTx], kept_snapshots: int, sandbox: Sandbox, clock: Clock) -> None:
        self._store, self._sandbox, self._clock = store, sandbox, clock
        self._limit = kept_snapshots
        self._kept: OrderedDict[tuple[OrganizationId, CourseId, SnapshotId], _Kept] = OrderedDict()

    async def course_of(self, *, organization: OrganizationId, course: str) -> CourseSummary:
        """Return a course by id or slug."""
        async with self._store.reading(organization=organization) as tx:
            found = _as_course(course) or await tx.course_named(course)
            rows = await tx.published(ids=[found]) if found else []
            if not rows:
                raise CourseNotFound
            return _summary(organization, rows[0])

    async def summaries_of(self, *, organization: OrganizationId, courses: list[CourseId]) -> list[CourseSummary]:
        """Return the courses that exist among some ids."""
        async with self._store.reading(organization=organization) as tx:
            rows = await tx.published(ids=courses, limit=len(courses))
            return [_summary(organization, row) for row in rows]

    async def published_courses(
        self, *, organization: OrganizationId, after: str | None, limit: int
    ) -> Page[CourseSummary]:
        """Return the published courses of an organization."""
        start = CourseId(UUID(after)) if after else None
        async with self._store.reading(organization=organization) as tx:
            rows = await tx.published(after=start, limit=limit + 1)
            found = [_summary(organization, row) for row in rows[:limit]]
        return Page(items=found, next=str(rows[limit - 1].id) if len(rows) > limit else None)

    async def outline_of(
        self, *, organization: OrganizationId, course: CourseId, snapshot: SnapshotId | None, learner: UserId | None
    ) -> Outline:
        """Return the published tree."""
        async with self._store.reading(organization=organization) as tx:
            row, chosen, kept = await self._open(tx, course, snapshot)
            summary = _summary(organization, row, kept.manifest)
        pages = [
            CoursePage(key=page.key, title=page.title, html=resolve_text(page.html, kept.resolve))
            for page in kept.manifest.pages
        ]
        sections = outline_nodes(kept.manifest.sections, learner=learner)
        return Outline(course=summary, snapshot=chosen, sections=sections, pages=pages)

    async def unit_of(
        self,
        *,
        organization: OrganizationId,
        course: CourseId,
        unit: NodeId,
        snapshot: SnapshotId | None,
        learner: UserId | None,
    ) -> UnitContent:
        """Return one published unit."""
        async with self._store.reading(organization=organization) as tx:
            _, chosen, kept = await self._open(tx, course, snapshot)
            content = kept.units.get(unit)
            if content is None:
                found = find_unit(kept.manifest.sections, unit)
                if found is None:
                    raise NodeNotFound("There is no such unit in the course")
                objects = await tx.objects(hashes_below(found))
                framed = self._framed(tx.tenant, course, chosen)
                content = unit_content(
                    found, objects, course=course, snapshot=chosen, resolve=kept.resolve, framed=framed
                )
                kept.units[unit] = content
        return content if learner is None else _drawn_for(content, learner)

    async def preview_of(self, *, organization: OrganizationId, course: CourseId, unit: NodeId) -> UnitContent:
        """Return a unit of the draft as learners would get it."""
        async with self._store.reading(organization=organization) as tx:
            draft = await tx.course(course)
            if draft is None:
                raise CourseNotFound
            frozen = await frozen_draft(tx, draft)
        found = find_unit(frozen.manifest.sections, unit)
        if found is None:
            raise NodeNotFound("There is no such unit in the draft")
        resolve = resolver(organization, course, assets=frozen.manifest.assets, sections=frozen.manifest.sections)
        framed = self._framed(organization, course, None)
        return unit_content(found, frozen.objects, course=course, snapshot=frozen.id, resolve=resolve, framed=framed)

    async def sandbox_page(self, token: str) -> SandboxPage:
        """Return the page that a signed address of the content origin leads to."""
        place = self._sandbox.place_of(token, now=self._clock.now())
        if place is None:
            raise NodeNotFound("This address is not valid any more", hint="Open the lesson again.")
        async with self._store.reading(organization=place.organization) as tx:
            if place.snapshot is None:
                draft = await tx.course(place.course)
                if draft is None:
                    raise CourseNotFound
                frozen = await frozen_draft(tx, draft)
                manifest, objects = frozen.manifest, frozen.objects
                resolve = resolver(tx.tenant, place.course, assets=manifest.assets, sections=manifest.sections)
                found = find_node(manifest.sections, place.node)
            else:
                _, _, kept = await self._open(tx, place.course, place.snapshot)
                manifest, resolve = kept.manifest, kept.resolve
                found = find_node(manifest.sections, place.node)
                objects = await tx.objects([found.hash]) if found else {}
        content = objects[found.hash].content if found else None
        if found is None or not isinstance(content, EmbedContent):
            raise NodeNotFound("There is no such page in the course")
        is_final = place.snapshot is not None
        if content.mode == "url":
            if not content.url.startswith("https://"):
                raise NodeNotFound("This page is not at an https:// address")
            shown = frame_of(content.url, title=found.title, language=manifest.fields.language)
            return SandboxPage(html=shown, is_final=is_final, is_elsewhere=True)
        html = resolve_text(content.html, lambda url: self._sandbox.outward(resolve(url)))
        whole = document(html, title=found.title, language=manifest.fields.language)
        return SandboxPage(html=whole, is_final=is_final)

    def _framed(
        self, organization: OrganizationId, course: CourseId, snapshot: SnapshotId | None
    ) -> Callable[[NodeId], str]:
        until = None if snapshot else self._clock.now() + _PREVIEW_LASTS
        return lambda node: self._sandbox.url_of(
            Place(organization=organization, course=course, node=node, snapshot=snapshot, until=until)
        )

    async def _open(
        self, tx: CoursesTx, course: CourseId, snapshot: SnapshotId | None
    ) -> tuple[PublishedRow, SnapshotId, _Kept]:
        rows = await tx.published(ids=[course])
        if not rows:
            raise CourseNotFound
        chosen = snapshot or rows[0].snapshot
        if chosen is None:
            raise NotPublished
        key = (tx.tenant, course, chosen)
        kept = self._kept.get(key)
        if kept is None:
            manifest = await tx.published_manifest(course, chosen)
            if manifest is None:
                raise NotPublished("This course has never been published in that state")
            resolve = resolver(tx.tenant, course, assets=manifest.assets, sections=manifest.sections)
            kept = self._kept[key] = _Kept(manifest, resolve)
        self._kept.move_to_end(key)
        while len(self._kept) > self._limit:
            self._kept.popitem(last=False)
        return rows[0], chosen, kept


def _summary(organization: OrganizationId, row: PublishedRow, manifest: Manifest | None = None) -> CourseSummary:
    image, sha256 = row.fields.image, row.image_sha256
    if manifest is not None:
        image = manifest.fields.image
        entry = manifest.assets.get(image)
        sha256 = entry.sha256 if entry else None
    return summary_of(
        organization,
        row.id,
        slug=row.slug,
        fields=manifest.fields if manifest else row.fields,
        state=row.state,
        snapshot=row.snapshot,
        published_at=row.published_at,
        image_url=media_url(organization, sha256=sha256, name=image) if sha256 else "",
    )


def _drawn_for(content: UnitContent, learner: UserId) -> UnitContent:
    return UnitContent(
        course=content.course,
        snapshot=content.snapshot,
        unit=content.unit,
        title=content.title,
        settings=content.settings,
        blocks=for_learner(content.blocks, learner),
    )


def _as_course(text: str) -> CourseId | None:
    # Longer than any way to write an id: what a client made up is not kept.
    return None if len(text) > _LONGEST_ID else _parsed(text)


@lru_cache(maxsize=4096)
def _parsed(text: str) -> CourseId | None:
    try:
        return CourseId(UUID(text))
    except ValueError:
        return None
