"""Published outlines and units as one learner sees them; what is immutable is remembered."""

from collections import OrderedDict
from typing import Generic, TypeVar

import msgspec

from stoa.kit.contract import OrganizationId, Struct, UserId
from stoa.services.assessment.contract.problem import ProblemVersionId
from stoa.services.courses.contract import (
    BlockKind,
    BlockView,
    Completion,
    CourseId,
    CoursesPort,
    CourseSummary,
    NodeId,
    NodeKind,
    NotPublished,
    Outline,
    OutlineNode,
    ProblemContent,
    UnitContent,
)
from stoa.services.progress.domain import completion
from stoa.services.progress.domain.addresses import urls_in
from stoa.services.progress.domain.completion import Counted, LookedAt, Place, Share
from stoa.services.progress.domain.films import film_files

V = TypeVar("V")


class Recent(Generic[V]):
    """The values that were used last, a bounded number of them."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._values: OrderedDict[tuple[object, ...], V] = OrderedDict()

    def get(self, key: tuple[object, ...]) -> V | None:
        """Return a value and note its use."""
        value = self._values.get(key)
        if value is not None:
            self._values.move_to_end(key)
        return value

    def put(self, key: tuple[object, ...], value: V) -> V:
        """Keep a value; the one that was not used for longest goes."""
        self._values[key] = value
        if len(self._values) > self._size:
            self._values.popitem(last=False)
        return value


class Visible(Struct, frozen=True, kw_only=True):
    """A course as a learner may know it: the outline without what is hidden, and each part's place."""

    course: CourseSummary
    sections: list[OutlineNode]
    places: dict[NodeId, Place]
    blocks: dict[NodeId, OutlineNode]
    ordered_units: list[OutlineNode]
    unit_places: dict[NodeId, int]
    always_open: dict[NodeId, frozenset[NodeId]]
    films: dict[NodeId, list[NodeId]]
    looked_at: dict[NodeId, LookedAt]
    counted: Counted
    problems: list[NodeId]
    shown_late: list[NodeId]
    is_drawn: bool

    def share(self, done: frozenset[NodeId]) -> Share:
        """Return how much of the whole course is done."""
        return self.counted.share(done)

    def parts(self) -> dict[NodeId, OutlineNode]:
        """Return every part by id."""
        return self.blocks

    def units(self) -> list[OutlineNode]:
        """Return the units in the order of reading."""
        return self.ordered_units

    def around(self, unit: NodeId) -> tuple[OutlineNode | None, OutlineNode | None]:
        """Return the units before and after one."""
        at, units = self.unit_places[unit], self.ordered_units
        return (units[at - 1] if at > 0 else None, units[at + 1] if at + 1 < len(units) else None)


class Contents(Struct, frozen=True, kw_only=True):
    """The contents of a unit, and what is found in them once for all who read it."""

    content: UnitContent
    problems: dict[NodeId, ProblemVersionId]
    urls: dict[NodeId, dict[str, str]]
    film_files: list[str]


class Outlines:
    """Asks courses for what is published and keeps it: a snapshot never changes."""

    def __init__(self, *, courses: CoursesPort, outlines: int, units: int) -> None:
        self._courses = courses
        self._outlines: Recent[Visible] = Recent(outlines)
        self._units: Recent[Contents] = Recent(units)

    async def visible(self, *, organization: OrganizationId, course: str, user: UserId) -> Visible:
        """Return a course, by id or slug, as a learner may know it; pools are drawn for them."""
        summary = await self._courses.course_of(organization=organization, course=course)
        return await self.visible_of(organization=organization, summary=summary, user=user)

    async def visible_of(self, *, organization: OrganizationId, summary: CourseSummary, user: UserId) -> Visible:
        """Return a course whose summary is at hand as a learner may know it; what is kept costs no call."""
        if summary.snapshot is None:
            raise NotPublished
        common = (organization, summary.id, summary.snapshot)
        found = self._outlines.get(common) or self._outlines.get((*common, user))
        if found is not None:
            return found if found.course == summary else msgspec.structs.replace(found, course=summary)
        outline = await self._courses.outline_of(
            organization=organization, course=summary.id, snapshot=summary.snapshot, learner=user
        )
        is_drawn = _has_pools(outline)
        made = _visible(summary, completion.visible(outline.sections), is_drawn=is_drawn)
        return self._outlines.put((*common, user) if is_drawn else common, made)

    async def unit(self, *, organization: OrganizationId, visible: Visible, unit: NodeId, user: UserId) -> Contents:
        """Return the contents of a unit and what is in them."""
        course, snapshot = visible.course.id, visible.course.snapshot
        key: tuple[object, ...] = (organization, course, snapshot, unit)
        if visible.is_drawn:
            key = (*key, user)
        found = self._units.get(key)
        if found is not None:
            return found
        content = await self._courses.unit_of(
            organization=organization, course=course, unit=unit, snapshot=snapshot, learner=user
        )
        contents = Contents(
            content=content,
            problems=problems_in(content.blocks),
            urls=urls_in(content.blocks),
            film_files=film_files(content.blocks),
        )
        return self._units.put(key, contents)

    async def course(self, *, organization: OrganizationId, course: str) -> CourseSummary:
        """Return a course by id or slug."""
        return await self._courses.course_of(organization=organization, course=course)

    async def summaries(self, *, organization: OrganizationId, courses: list[CourseId]) -> list[CourseSummary]:
        """Return the courses that exist among these ids."""
        return await self._courses.summaries_of(organization=organization, courses=courses)


def problems_in(blocks: list[BlockView]) -> dict[NodeId, ProblemVersionId]:
    """Return the problems among some blocks."""
    found: dict[NodeId, ProblemVersionId] = {}
    for block in blocks:
        if isinstance(block.content, ProblemContent) and block.content.problem is not None:
            found[block.id] = block.content.problem
        found |= problems_in(block.children)
    return found


def _visible(summary: CourseSummary, sections: list[OutlineNode], *, is_drawn: bool) -> Visible:
    places = {place.block.id: place for place in completion.walk(sections)}
    problems = [place.block for place in places.values() if place.block.problem is not None]
    units = [place for place in places.values() if place.block.kind is NodeKind.UNIT]
    return Visible(
        course=summary,
        sections=sections,
        places=places,
        blocks={node: place.block for node, place in places.items()},
        ordered_units=[unit.block for unit in units],
        unit_places={unit.block.id: at for at, unit in enumerate(units)},
        always_open={unit.block.id: completion.parts_of(unit.block) for unit in units if completion.is_free(unit)},
        films={
            unit.block.id: [leaf.id for leaf in completion.leaves(unit.block) if leaf.block_kind is BlockKind.VIDEO]
            for unit in units
        },
        looked_at={unit.block.id: completion.looked_at(unit.block) for unit in units},
        counted=completion.counted_in(sections),
        problems=[block.id for block in problems],
        shown_late=[
            block.id
            for block in problems
            if block.settings.due_at is not None and completion.rule_of(block) is Completion.SCORE
        ],
        is_drawn=is_drawn,
    )


def _has_pools(outline: Outline) -> bool:
    return any(place.block.block_kind is BlockKind.RANDOMIZED for place in completion.walk(outline.sections))
