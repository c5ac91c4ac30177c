"""Planning and holding classes, over HTTP."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

from stoa.kit.auth.caller import Caller
from stoa.kit.contract import Page, Struct, UserId
from stoa.kit.errors import PreconditionFailed
from stoa.kit.http.router import MEMBER, Answer, Cursor, IfMatch, PageQuery, Router
from stoa.services.courses.contract import CourseId, CourseNotFound
from stoa.services.live.contract import (
    BadSchedule,
    ClassId,
    ClassNotFound,
    ClassState,
    IllegalMove,
    NotInvited,
    RoleNeeded,
)
from stoa.services.live.domain.classes import OrganizationPolicy
from stoa.services.live.domain.listing import Which
from stoa.services.live.policy import SET_POLICY, WRITES
from stoa.services.live.service.live import Live
from stoa.services.live.service.scheduling import ClassPatch, NewClass
from stoa.services.live.service.views import ClassView, class_view

router = Router("live")
by_start = Cursor("classes", tuple[datetime, UUID])


class Scheduled(Struct, frozen=True, kw_only=True):
    """What was made: the first class, and how many there are of a series."""

    first: ClassView
    count: int
    class_ids: list[ClassId]


class ReasonIn(Struct, frozen=True, kw_only=True):
    """Why, in a sentence."""

    reason: Annotated[str, msgspec.Meta(max_length=500)] = ""


class MoveView(Struct, frozen=True, kw_only=True):
    """One move in the life of a class; without an actor the clock made it."""

    move: str
    before: ClassState | None
    after: ClassState
    session: int
    actor: UserId | None
    reason: str
    at: datetime


class History(Struct, frozen=True, kw_only=True):
    """The life of a class so far."""

    items: list[MoveView]


class PolicyIn(Struct, frozen=True, kw_only=True):
    """What an organization allows guests, and for how many days it keeps what was said (null: as the operator set)."""

    guests_allowed: bool = True
    guest_min_age: Annotated[int, msgspec.Meta(ge=0, le=120)] = 0
    guest_terms: Annotated[str, msgspec.Meta(max_length=2_000)] = ""
    keep_days: Annotated[int, msgspec.Meta(ge=1, le=36_500)] | None = None


class PolicyView(Struct, frozen=True, kw_only=True):
    """What an organization allows guests; `version` is the ETag."""

    guests_allowed: bool
    guest_min_age: int
    guest_terms: str
    keep_days: int | None
    version: int


@router.post("/live/classes", permission=MEMBER, limit=WRITES, status=201, errors=(BadSchedule, CourseNotFound))
async def create_class(body: NewClass, caller: Caller, live: Live) -> Scheduled:
    """Plan a class, or a series by an RRULE; each class of a series has its own room."""
    made = await live.scheduling.create(body, caller=caller)
    return Scheduled(first=class_view(made[0], may_host=True), count=len(made), class_ids=[one.id for one in made])


@router.get("/live/classes", permission=MEMBER, errors=(NotInvited,))
async def list_classes(
    page: PageQuery,
    caller: Caller,
    live: Live,
    course: CourseId | None = None,
    since: datetime | None = None,
    which: Which = Which.ALL,
) -> Page[ClassView]:
    """The classes one may see, by their start: of a course, or all, those that ended before `since` left out.

    `which` narrows them: `now` to those to come or on, `past` to those that are over, the last first.
    """
    found = await live.scheduling.listed(
        course=course, since=since, which=which, after=by_start.read(page.cursor), limit=page.fetch, caller=caller
    )
    views = [class_view(one, may_host=live.scheduling.may_host(caller, one)) for one in found]
    return by_start.page(views, page, lambda one: (one.starts_at, one.id))


@router.get("/live/classes/{class_id}", permission=MEMBER, errors=(ClassNotFound, NotInvited))
async def get_class(class_id: ClassId, caller: Caller, live: Live) -> Answer[ClassView]:
    """One class; hosts are told its code and settings."""
    held, may_host = await live.scheduling.found(class_id, caller=caller)
    return Answer(class_view(held, may_host=may_host), etag=held.version)


@router.patch(
    "/live/classes/{class_id}",
    permission=MEMBER,
    limit=WRITES,
    errors=(ClassNotFound, RoleNeeded, BadSchedule, PreconditionFailed),
)
async def update_class(
    class_id: ClassId, body: ClassPatch, if_match: IfMatch, caller: Caller, live: Live, following: bool = False
) -> Answer[ClassView]:
    """Change a class, and with `following` the later ones of its series."""
    held = await live.scheduling.update(class_id, body, version=if_match.version, following=following, caller=caller)
    return Answer(class_view(held, may_host=True), etag=held.version)


@router.delete("/live/classes/{class_id}", permission=MEMBER, limit=WRITES, errors=(ClassNotFound, IllegalMove))
async def cancel_class(
    class_id: ClassId, caller: Caller, live: Live, following: bool = False, reason: str = ""
) -> None:
    """Cancel a class that has not begun, and with `following` the later ones of its series."""
    await live.scheduling.cancel(class_id, reason=reason[:500], following=following, caller=caller)


@router.post(
    "/live/classes/{class_id}/open",
    permission=MEMBER,
    limit=WRITES,
    urgency="live",
    errors=(ClassNotFound, IllegalMove),
)
async def open_class(class_id: ClassId, caller: Caller, live: Live, body: ReasonIn = ReasonIn()) -> ClassView:
    """Open the lobby: people may come in and write before the class is on."""
    return class_view(await live.holding.move(class_id, "open", reason=body.reason, caller=caller), may_host=True)


@router.post(
    "/live/classes/{class_id}/start",
    permission=MEMBER,
    limit=WRITES,
    urgency="live",
    errors=(ClassNotFound, IllegalMove),
)
async def start_class(class_id: ClassId, caller: Caller, live: Live, body: ReasonIn = ReasonIn()) -> ClassView:
    """Start a class; one that ended is started again in the same room."""
    return class_view(await live.holding.move(class_id, "start", reason=body.reason, caller=caller), may_host=True)


@router.post(
    "/live/classes/{class_id}/end", permission=MEMBER, limit=WRITES, urgency="live", errors=(ClassNotFound, IllegalMove)
)
async def end_class(class_id: ClassId, caller: Caller, live: Live, body: ReasonIn = ReasonIn()) -> ClassView:
    """End a class for everybody: polls are closed, hands lowered."""
    return class_view(await live.holding.move(class_id, "end", reason=body.reason, caller=caller), may_host=True)


@router.post("/live/classes/{class_id}/archive", permission=MEMBER, limit=WRITES, errors=(ClassNotFound, IllegalMove))
async def archive_class(class_id: ClassId, caller: Caller, live: Live, body: ReasonIn = ReasonIn()) -> ClassView:
    """Put an ended class away: it cannot be started again."""
    return class_view(await live.holding.move(class_id, "archive", reason=body.reason, caller=caller), may_host=True)


@router.get("/live/classes/{class_id}/history", permission=MEMBER, errors=(ClassNotFound,))
async def class_history(class_id: ClassId, caller: Caller, live: Live) -> History:
    """The moves of a class, with who made them and why."""
    entries = await live.holding.history(class_id, caller=caller)
    return History(
        items=[
            MoveView(
                move=one.move,
                before=one.before,
                after=one.after,
                session=one.session,
                actor=one.actor,
                reason=one.reason,
                at=one.at,
            )
            for one in entries
        ]
    )


@router.get("/live/policy", permission=SET_POLICY)
async def live_policy(caller: Caller, live: Live) -> Answer[PolicyView]:
    """What the organization allows guests of its classes."""
    policy = await live.holding.policy(caller=caller)
    return Answer(_policy(policy), etag=policy.version)


@router.put("/live/policy", permission=SET_POLICY, limit=WRITES, errors=(PreconditionFailed,))
async def update_live_policy(body: PolicyIn, if_match: IfMatch, caller: Caller, live: Live) -> Answer[PolicyView]:
    """Say what the organization allows guests of its classes."""
    wanted = OrganizationPolicy(**{name: getattr(body, name) for name in body.__struct_fields__})
    policy = await live.holding.set_policy(wanted, version=if_match.version, caller=caller)
    return Answer(_policy(policy), etag=policy.version)


def _policy(policy: OrganizationPolicy) -> PolicyView:
    return PolicyView(**{name: getattr(policy, name) for name in policy.__struct_fields__})
