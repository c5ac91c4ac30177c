"""Planning classes: making them, changing them, one or a whole series, and finding them."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

import msgspec

from stoa.kit.auth.authorizer import Authorizer
from stoa.kit.auth.caller import Caller
from stoa.kit.clock import Clock
from stoa.kit.contract import OrganizationId, Struct, UserId, new_id
from stoa.kit.errors import PreconditionFailed
from stoa.kit.names import clean_name
from stoa.kit.store import Store
from stoa.services.courses.contract import CourseId, CoursesPort
from stoa.services.enrollment.contract import EnrollmentPort
from stoa.services.live.contract import (
    BadSchedule,
    ClassId,
    ClassNotFound,
    ClassState,
    NotInvited,
    RoleNeeded,
)
from stoa.services.live.domain import lifecycle, series
from stoa.services.live.domain.classes import ClassSettings, LiveClass, OrganizationPolicy, check_times
from stoa.services.live.domain.listing import CLASSES_AGO, CLASSES_IN, Which
from stoa.services.live.policy import SCHEDULE
from stoa.services.live.service.standing import Standings
from stoa.services.live.service.tidings import cancelled, changed_event, scheduled
from stoa.services.live.store.classes import Listed
from stoa.services.live.store.tx import LiveTx

Text = Annotated[str, msgspec.Meta(max_length=10_000)]
Title = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
_MOST_COHOSTS = 50


class NewClass(Struct, frozen=True, kw_only=True):
    """A class to be held, or a series by an RRULE that ends."""

    title: Title
    starts_at: datetime
    ends_at: datetime
    time_zone: str = "UTC"
    course_id: CourseId | None = None
    description: Text = ""
    rule: Annotated[str, msgspec.Meta(max_length=500)] = ""
    skipped: Annotated[list[datetime], msgspec.Meta(max_length=200)] = []
    host_id: UserId | None = None
    cohost_ids: Annotated[list[UserId], msgspec.Meta(max_length=_MOST_COHOSTS)] = []
    settings: ClassSettings = ClassSettings()


class ClassPatch(Struct, frozen=True, kw_only=True):
    """What is to change of a class; what is left out stays."""

    title: Title | None = None
    description: Text | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    time_zone: str | None = None
    host_id: UserId | None = None
    cohost_ids: Annotated[list[UserId], msgspec.Meta(max_length=_MOST_COHOSTS)] | None = None
    settings: ClassSettings | None = None


class Scheduling:
    """Makes, changes and finds classes."""

    def __init__(
        self,
        *,
        store: Store[LiveTx],
        clock: Clock,
        authorizer: Authorizer,
        courses: CoursesPort,
        enrollment: EnrollmentPort,
        standings: Standings,
    ) -> None:
        self._store = store
        self._clock = clock
        self._authorizer = authorizer
        self._courses = courses
        self._enrollment = enrollment
        self._standings = standings

    def is_staff(self, caller: Caller, course: CourseId | None) -> bool:
        """Say whether somebody schedules classes of a course, or of the organization."""
        return self._authorizer.decide(caller, SCHEDULE, course).allowed

    def may_host(self, caller: Caller, held: LiveClass) -> bool:
        """Say whether somebody holds a class: its hosts, and the staff of its course."""
        return caller.user in held.hosts or self.is_staff(caller, held.course)

    def require_host(self, caller: Caller, held: LiveClass) -> None:
        """Raise Forbidden unless somebody may hold a class."""
        if caller.user not in held.hosts:
            self._authorizer.require(caller, SCHEDULE, held.course)

    async def create(self, new: NewClass, *, caller: Caller) -> list[LiveClass]:
        """Make a class, or each class of a series."""
        organization, user = caller.require_organization(), caller.require_user()
        if new.course_id is not None:
            await self._courses.course_of(organization=organization, course=str(new.course_id))
        self._authorizer.require(caller, SCHEDULE, new.course_id)
        return await self.plan(new, organization=organization, by=user)

    async def plan(self, new: NewClass, *, organization: OrganizationId, by: UserId) -> list[LiveClass]:
        """Make a class, or each class of a series, on behalf of somebody who may."""
        check_times(new.starts_at, new.ends_at)
        zone = series.zone_of(new.time_zone)
        starts = [new.starts_at]
        if new.rule:
            starts = series.starts_of(first=new.starts_at, zone=zone, rule=new.rule, skipped=new.skipped)
        series_id = new_id() if new.rule else None
        made = [self._new(new, start, series_id, organization=organization, by=by) for start in starts]
        async with self._store.transaction(organization=organization) as tx:
            policy = await tx.policy()
            for number, one in enumerate(made):
                await tx.add_class(one, epoch=new_id().hex)
                await tx.note_move(one, move="schedule", before=None, actor=by, reason="")
                made[number] = await with_code(tx, one, policy)
                tx.publish(scheduled(one, by=by))
        return made

    def _new(
        self, new: NewClass, start: datetime, series_id: UUID | None, *, organization: OrganizationId, by: UserId
    ) -> LiveClass:
        host = new.host_id or by
        return LiveClass(
            id=ClassId(new_id()),
            organization=organization,
            course=new.course_id,
            series=series_id,
            title=clean_name(new.title),
            description=new.description,
            state=ClassState.SCHEDULED,
            starts_at=start,
            ends_at=start + (new.ends_at - new.starts_at),
            time_zone=new.time_zone,
            host=host,
            cohosts=[one for one in dict.fromkeys(new.cohost_ids) if one != host],
            settings=new.settings,
            code=None,
            sequence=0,
            version=1,
            session=0,
            opened_at=None,
            started_at=None,
            ended_at=None,
            slow_mode_s=0,
            slide=None,
            spotlight=None,
            acting_host=None,
            created_by=by,
            changed_at=self._clock.now(),
        )

    async def update(
        self, class_id: ClassId, patch: ClassPatch, *, version: int, following: bool, caller: Caller
    ) -> LiveClass:
        """Change a class of a version, and with `following` the later ones of its series alike."""
        organization, user = caller.require_organization(), caller.require_user()
        async with self._store.transaction(organization=organization) as tx:
            before = await self._to_hold(tx, class_id, caller)
            if before.version != version:
                raise PreconditionFailed(
                    hint="Load it again and repeat your change.", fields={"current": before.version}
                )
            if before.state in lifecycle.TERMINAL:
                lifecycle.after(before.state, "change")
            self._require_to_name_hosts(caller, before, patch)
            policy = await tx.policy()
            # Read before the first one moves: it may move in among the later ones.
            later = await self._later(tx, before, caller) if following else []
            for other in later:
                self._require_to_name_hosts(caller, other, patch)
            changed = await self._change(tx, before, patch, shift=None, policy=policy, by=user)
            shift = _civil(changed) - _civil(before)
            for other in later:
                await self._change(tx, other, patch, shift=shift, policy=policy, by=user)
        self._standings.changed(class_id)
        return changed

    async def _change(
        self,
        tx: LiveTx,
        before: LiveClass,
        patch: ClassPatch,
        *,
        shift: timedelta | None,
        policy: OrganizationPolicy,
        by: UserId,
    ) -> LiveClass:
        given = {name: value for name, value in msgspec.structs.asdict(patch).items() if value is not None}
        renamed = {"host_id": "host", "cohost_ids": "cohosts"}
        fields = {renamed.get(name, name): value for name, value in given.items()}
        if "title" in fields:
            fields["title"] = clean_name(fields["title"])
        if shift is not None:
            # The civil time moves with the changed class; each keeps its own day and its clock.
            zone = series.zone_of(fields.get("time_zone", before.time_zone))
            length = (patch.ends_at - patch.starts_at) if patch.ends_at and patch.starts_at else None
            start = series.instant_of(_civil(before) + shift, zone)
            fields["starts_at"] = start
            fields["ends_at"] = start + (length or before.ends_at - before.starts_at)
        changed = msgspec.structs.replace(before, **fields, changed_at=self._clock.now(), version=before.version + 1)
        check_times(changed.starts_at, changed.ends_at)
        series.zone_of(changed.time_zone)
        if before.state is not ClassState.SCHEDULED and changed.starts_at != before.starts_at:
            raise BadSchedule("A class that has opened cannot begin at another time.")
        if changed.host in changed.cohosts:
            changed = msgspec.structs.replace(changed, cohosts=[one for one in changed.cohosts if one != changed.host])
        if _shown_in_calendar(changed) != _shown_in_calendar(before):
            changed = msgspec.structs.replace(changed, sequence=before.sequence + 1)
            tx.publish(changed_event(changed, by=by))
        await tx.save_class(changed)
        if gone := [user for user in before.hosts if user not in changed.hosts]:
            await tx.take_roles(changed.id, gone)
        return await with_code(tx, changed, policy)

    async def _later(self, tx: LiveTx, held: LiveClass, caller: Caller) -> list[LiveClass]:
        """Return the later classes of a series, locked; raise Forbidden where somebody holds not all of them."""
        if held.series is None:
            return []
        later = await tx.rest_of_series(held.series, since=held.starts_at + timedelta(microseconds=1))
        for other in later:
            self.require_host(caller, other)
        return later

    def _require_to_name_hosts(self, caller: Caller, held: LiveClass, patch: ClassPatch) -> None:
        """Raise RoleNeeded where a co-host would say who holds a class: the host does, and the staff."""
        host, cohosts = patch.host_id or held.host, held.cohosts if patch.cohost_ids is None else patch.cohost_ids
        is_as_before = host == held.host and set(cohosts) - {host} == set(held.cohosts)
        if not is_as_before and caller.user != held.host and not self.is_staff(caller, held.course):
            raise RoleNeeded("Only the host says who holds the class.")

    async def cancel(self, class_id: ClassId, *, reason: str, following: bool, caller: Caller) -> None:
        """Cancel a class, and with `following` the later ones of its series."""
        organization, user = caller.require_organization(), caller.require_user()
        async with self._store.transaction(organization=organization) as tx:
            first = await self._to_hold(tx, class_id, caller)
            for held in [first, *(await self._later(tx, first, caller) if following else [])]:
                gone = msgspec.structs.replace(
                    held,
                    state=lifecycle.after(held.state, "cancel"),
                    sequence=held.sequence + 1,
                    changed_at=self._clock.now(),
                )
                await tx.save_class(gone)
                await tx.take_code(gone.id, None)
                await tx.open_chats(gone.id, is_open=False)
                await tx.note_move(gone, move="cancel", before=held.state, actor=user, reason=reason)
                tx.publish(cancelled(gone, reason=reason, by=user))
        self._standings.changed(class_id)

    async def found(self, class_id: ClassId, *, caller: Caller) -> tuple[LiveClass, bool]:
        """Return a class that somebody may see, and whether they may hold it."""
        organization, user = caller.require_organization(), caller.require_user()
        async with self._store.reading(organization=organization) as tx:
            held = await tx.class_of(class_id)
        if held is None:
            raise ClassNotFound
        if self.may_host(caller, held):
            return held, True
        if not await self.is_invited(held, user):
            raise NotInvited
        return held, False

    async def to_host(self, class_id: ClassId, *, caller: Caller) -> LiveClass:
        """Return a class to somebody who may hold it."""
        held, _ = await self.found(class_id, caller=caller)
        self.require_host(caller, held)
        return held

    async def is_invited(self, held: LiveClass, user: UserId) -> bool:
        """Say whether a class is for somebody: a member, and where it is a course's, with a seat in it."""
        if held.course is None:
            return True
        seat = await self._enrollment.seat_of(organization=held.organization, course=held.course, user=user)
        return seat is not None and seat.is_open

    async def listed(
        self,
        *,
        course: CourseId | None,
        since: datetime | None,
        which: Which = Which.ALL,
        after: tuple[datetime, UUID] | None,
        limit: int,
        caller: Caller,
    ) -> list[LiveClass]:
        """Return the classes somebody may see that end after a time, by their start (over ones the last first)."""
        organization, user = caller.require_organization(), caller.require_user()
        listed = Listed(
            ends_after=since or self._clock.now() - CLASSES_AGO[which],
            states=CLASSES_IN[which],
            latest=which is Which.PAST,
        )
        if course is not None:
            staff = self.is_staff(caller, course)
            if not staff:
                seat = await self._enrollment.seat_of(organization=organization, course=course, user=user)
                if seat is None or not seat.is_open:
                    raise NotInvited
            async with self._store.reading(organization=organization) as tx:
                return await tx.classes_of_course(course, hidden=staff, listed=listed, after=after, limit=limit)
        courses: Sequence[CourseId] | None = None
        if not self.is_staff(caller, None):
            seats = await self._enrollment.seats_of(organization=organization, user=user)
            held = [CourseId(one.scope_id) for one in caller.grants if one.scope == "course" and one.scope_id]
            courses = [seat.course for seat in seats if seat.is_open] + [
                one for one in held if self.is_staff(caller, one)
            ]
        async with self._store.reading(organization=organization) as tx:
            return await tx.classes(courses=courses, mine=user, listed=listed, after=after, limit=limit)

    async def _to_hold(self, tx: LiveTx, class_id: ClassId, caller: Caller) -> LiveClass:
        held = await tx.class_of(class_id, lock=True)
        if held is None:
            raise ClassNotFound
        self.require_host(caller, held)
        return held


async def with_code(tx: LiveTx, held: LiveClass, policy: OrganizationPolicy) -> LiveClass:
    """Give a class that takes guests its six digits, and take them from one that does not."""
    wants = held.settings.takes_guests and policy.guests_allowed
    if wants == (held.code is not None):
        return held
    if not wants:
        await tx.take_code(held.id, None)
        return msgspec.structs.replace(held, code=None)
    for _ in range(20):
        code = f"{secrets.randbelow(1_000_000):06d}"
        if await tx.take_code(held.id, code):
            return msgspec.structs.replace(held, code=code)
    return held


def _shown_in_calendar(held: LiveClass) -> tuple[object, ...]:
    return (
        held.title,
        held.description,
        held.starts_at,
        held.ends_at,
        held.time_zone,
        held.settings.is_hidden,
        *held.hosts,
    )


def _civil(held: LiveClass) -> datetime:
    return held.starts_at.astimezone(series.zone_of(held.time_zone)).replace(tzinfo=None)
