"""Attendance, engagement, replay and lists to take away, over HTTP."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from starlette.responses import StreamingResponse

from stoa.kit.auth.caller import Caller
from stoa.kit.contract import Page, Struct, UserId
from stoa.kit.http.router import MEMBER, Cursor, PageQuery, Router
from stoa.services.live.contract import ClassId, ClassNotFound, NotInvited, ParticipantId, Role, ThingNotFound
from stoa.services.live.domain.attendance import Correction, Mark
from stoa.services.live.policy import EXPORTS, WRITES
from stoa.services.live.service.live import Live
from stoa.services.live.service.personal import LiveRecord
from stoa.services.live.service.recalling import AttendanceRow, MarkIn, ReplayItem

router = Router("live")
by_name = Cursor("attendance", tuple[str, UUID])
by_place = Cursor("replay", tuple[int, int])
CLASS = "/live/classes/{class_id}"


class AttendanceView(Struct, frozen=True, kw_only=True):
    """How one person attended; who never came has no participant."""

    participant: ParticipantId | None
    user_id: UserId | None
    name: str
    role: Role | None
    mark: Mark
    percent: int
    present_s: int
    first_seen: datetime | None
    last_seen: datetime | None
    is_late: bool
    left_early: bool
    corrected_by_hand: bool


class CorrectionIn(Struct, frozen=True, kw_only=True):
    """A correction and why; `counted` goes back to what was counted."""

    mark: Correction
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


class MinuteView(Struct, frozen=True, kw_only=True):
    """How often something happened within a minute."""

    minute: datetime
    kind: str
    count: int


class Engagement(Struct, frozen=True, kw_only=True):
    """What happened by minute, and how many looked at the replay."""

    items: list[MinuteView]
    viewers: int


@router.get("/live/export", permission=MEMBER, limit=EXPORTS)
async def download_live_record(caller: Caller, live: Live) -> LiveRecord:
    """All that is kept of the caller in live classes."""
    return await live.personal.record(caller=caller)


@router.get(f"{CLASS}/attendance", permission=MEMBER, errors=(ClassNotFound, NotInvited))
async def class_attendance(class_id: ClassId, page: PageQuery, caller: Caller, live: Live) -> Page[AttendanceView]:
    """Who attended, by name, and after them who has a seat and did not."""
    found = await live.recalling.attendance(class_id, after=by_name.read(page.cursor), limit=page.fetch, caller=caller)
    cut = by_name.page(found, page, lambda one: (one[0], one[1].participant or one[1].user_id or UUID(int=0)))
    return Page(items=[_attendance(row) for _, row in cut.items], next=cut.next)


@router.post(f"{CLASS}/attendance/{{who}}", permission=MEMBER, limit=WRITES, errors=(ClassNotFound, NotInvited))
async def correct_attendance(class_id: ClassId, who: UUID, body: CorrectionIn, caller: Caller, live: Live) -> None:
    """Set the mark of a participant or a user by hand; every correction is kept."""
    mark = MarkIn(mark=body.mark, reason=body.reason)
    await live.recalling.correct(class_id, who, mark, caller=caller)


@router.get(f"{CLASS}/engagement", permission=MEMBER, errors=(ClassNotFound, NotInvited))
async def class_engagement(class_id: ClassId, caller: Caller, live: Live, since: datetime | None = None) -> Engagement:
    """Messages, reactions, questions and hands by minute."""
    found = await live.recalling.engagement(class_id, since=since, caller=caller)
    return Engagement(
        items=[MinuteView(minute=one.minute, kind=one.kind, count=one.count) for one in found],
        viewers=await live.recalling.viewers(class_id, caller=caller),
    )


@router.get(f"{CLASS}/replay", permission=MEMBER, errors=(ClassNotFound, NotInvited, ThingNotFound))
async def class_replay(
    class_id: ClassId, page: PageQuery, caller: Caller, live: Live, session: int | None = None
) -> Page[ReplayItem]:
    """What was said and shown in a session, each with its seconds after the start."""
    place = by_place.read(page.cursor) or (0, 0)
    found = await live.recalling.replay(class_id, session=session, after=place, limit=page.fetch, caller=caller)
    items = found[: page.limit]
    if len(found) <= page.limit:
        return Page(items=items, next=None)
    said = max((one.number for one in items if one.kind != "message"), default=place[0])
    messages = max((one.number for one in items if one.kind == "message"), default=place[1])
    return Page(items=items, next=by_place.write((said, messages)))


@router.get(
    f"{CLASS}/attendance.csv",
    permission=MEMBER,
    limit=EXPORTS,
    urgency="reporting",
    deadline_s=None,
    produces="text/csv",
    errors=(ClassNotFound, NotInvited),
)
async def attendance_csv(class_id: ClassId, caller: Caller, live: Live) -> StreamingResponse:
    """The attendance as CSV."""
    return _csv(await live.recalling.attendance_csv(class_id, caller=caller), name="attendance")


@router.get(
    f"{CLASS}/chat.csv",
    permission=MEMBER,
    limit=EXPORTS,
    urgency="reporting",
    deadline_s=None,
    produces="text/csv",
    errors=(ClassNotFound, NotInvited),
)
async def chat_csv(class_id: ClassId, caller: Caller, live: Live) -> StreamingResponse:
    """The chat as CSV."""
    return _csv(await live.recalling.chat_csv(class_id, caller=caller), name="chat")


@router.get(
    f"{CLASS}/polls.csv",
    permission=MEMBER,
    limit=EXPORTS,
    urgency="reporting",
    deadline_s=None,
    produces="text/csv",
    errors=(ClassNotFound, NotInvited),
)
async def polls_csv(class_id: ClassId, caller: Caller, live: Live) -> StreamingResponse:
    """The polls as CSV; of anonymous ones the counts alone."""
    return _csv(await live.recalling.polls_csv(class_id, caller=caller), name="polls")


def _csv(lines: AsyncIterator[bytes], *, name: str) -> StreamingResponse:
    disposition = f'attachment; filename="{name}.csv"'
    return StreamingResponse(lines, media_type="text/csv; charset=utf-8", headers={"content-disposition": disposition})


def _attendance(row: AttendanceRow) -> AttendanceView:
    one = row.attendance
    return AttendanceView(
        participant=row.participant,
        user_id=row.user_id,
        name=row.name,
        role=row.role,
        mark=one.mark,
        percent=one.percent,
        present_s=one.present_s,
        first_seen=one.first_seen,
        last_seen=one.last_seen,
        is_late=one.is_late,
        left_early=one.left_early,
        corrected_by_hand=one.corrected_by_hand,
    )
