"""What remains of a class: who attended, how it went minute by minute, the replay, and the lists to take away."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from stoa.kit.auth.caller import Caller
from stoa.kit.clock import Clock
from stoa.kit.contract import Struct, UserId
from stoa.kit.store import Store
from stoa.services.enrollment.contract import EnrollmentPort
from stoa.services.live.contract import ClassId, ParticipantId, Role, ThingNotFound
from stoa.services.live.domain.attendance import Attendance, Correction, Interval, Mark, Rule, attended, window_of
from stoa.services.live.domain.classes import LiveClass
from stoa.services.live.domain.polls import FEWEST_OF_ANONYMOUS
from stoa.services.live.service.scheduling import Scheduling
from stoa.services.live.service.views import message_view
from stoa.services.live.store.records import Minute
from stoa.services.live.store.tx import LiveTx
from stoa.services.people.contract import PeoplePort

_BATCH = 500
# With their double width forms, which spreadsheets of East Asia take for the same.
_RISKY = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")


class AttendanceRow(Struct, frozen=True, kw_only=True):
    """How one person attended; who never came has no participant."""

    participant: ParticipantId | None
    user_id: UserId | None
    name: str
    role: Role | None
    attendance: Attendance


class MarkIn(Struct, frozen=True, kw_only=True):
    """A correction of somebody's attendance, and why."""

    mark: Correction
    reason: str


class ReplayItem(Struct, frozen=True, kw_only=True):
    """One thing of the replay, so many seconds after the start of its session."""

    at: datetime
    after_s: float
    kind: str
    number: int
    data: msgspec.Raw


class Recalling:
    """Answers for classes that were held."""

    def __init__(
        self,
        *,
        store: Store[LiveTx],
        clock: Clock,
        scheduling: Scheduling,
        enrollment: EnrollmentPort,
        people: PeoplePort,
    ) -> None:
        self._store = store
        self._clock = clock
        self._scheduling = scheduling
        self._enrollment = enrollment
        self._people = people

    async def attendance(
        self, class_id: ClassId, *, after: tuple[str, UUID] | None, limit: int, caller: Caller
    ) -> list[tuple[str, AttendanceRow]]:
        """Return part of the attendance: those who came by name, and after them those with a seat who did not."""
        held = await self._scheduling.to_host(class_id, caller=caller)
        return await self._attendance(held, after=after, limit=limit)

    async def _attendance(
        self, held: LiveClass, *, after: tuple[str, UUID] | None, limit: int
    ) -> list[tuple[str, AttendanceRow]]:
        if after is not None and after[0].startswith("\uffff"):
            return await self._absent(held, after=UserId(after[1]), limit=limit)
        async with self._store.reading(organization=held.organization) as tx:
            window = await self._window(tx, held)
            people = await tx.people(held.id, search="", since=None, after=after, limit=limit)
            visits = await tx.visits_of(held.id, [person.id for _, person in people])
            marks = await tx.marks_of(held.id, people=[person.user or person.id for _, person in people])
        rows = [
            (
                key,
                AttendanceRow(
                    participant=person.id,
                    user_id=person.user,
                    name=person.name,
                    role=person.role,
                    attendance=attended(
                        visits.get(person.id, []),
                        window=window,
                        rule=Rule(min_percent=held.settings.min_percent),
                        by_hand=marks.get(person.user or person.id),
                    ),
                ),
            )
            for key, person in people
        ]
        if len(rows) < limit:
            rows += await self._absent(held, after=None, limit=limit - len(rows))
        return rows

    async def _absent(self, held: LiveClass, *, after: UserId | None, limit: int) -> list[tuple[str, AttendanceRow]]:
        """Return those with a seat in the course who never came, by user id."""
        rows: list[tuple[str, AttendanceRow]] = []
        while held.course is not None and len(rows) < limit:
            seats = await self._enrollment.learners_in(
                organization=held.organization, course=held.course, after=after, limit=_BATCH
            )
            users = [seat.user for seat in seats]
            async with self._store.reading(organization=held.organization) as tx:
                came = await tx.users_who_came(held.id, users)
                marks = await tx.marks_of(held.id, people=users)
            absent = [user for user in users if user not in came]
            names = {
                one.user: one.display_name
                for one in await self._people.profiles_of(organization=held.organization, users=absent)
            }
            rows += [(f"\uffff{user}", _never_came(user, names.get(user, ""), marks.get(user))) for user in absent]
            if len(seats) < _BATCH:
                break
            after = users[-1]
        return rows[:limit]

    async def _window(self, tx: LiveTx, held: LiveClass) -> list[Interval]:
        sessions = await tx.sessions_of(held.id, now=self._clock.now())
        return window_of(starts_at=held.starts_at, ends_at=held.ends_at, sessions=sessions)

    async def correct(self, class_id: ClassId, who: UUID, mark: MarkIn, *, caller: Caller) -> None:
        """Set somebody's mark by hand; every correction is kept with who made it and why."""
        held = await self._scheduling.to_host(class_id, caller=caller)
        async with self._store.transaction(organization=held.organization) as tx:
            person = await tx.person(class_id, ParticipantId(who))
            user = person.user if person else UserId(who)
            await tx.add_mark(
                class_id,
                participant=person.id if person else None,
                user=user,
                mark=mark.mark,
                reason=mark.reason,
                actor=caller.require_user(),
            )

    async def engagement(self, class_id: ClassId, *, since: datetime | None, caller: Caller) -> list[Minute]:
        """Return what happened by minute, of the last four hours if nothing is said."""
        held = await self._scheduling.to_host(class_id, caller=caller)
        start = since or (held.ended_at or self._clock.now()) - timedelta(hours=4)
        async with self._store.reading(organization=held.organization) as tx:
            return await tx.minutes(class_id, since=start)

    async def viewers(self, class_id: ClassId, *, caller: Caller) -> int:
        """Return how many looked at the replay."""
        held = await self._scheduling.to_host(class_id, caller=caller)
        async with self._store.reading(organization=held.organization) as tx:
            return await tx.viewers(class_id)

    async def replay(
        self, class_id: ClassId, *, session: int | None, after: tuple[int, int] | None, limit: int, caller: Caller
    ) -> list[ReplayItem]:
        """Return what was said and shown, aligned with the start of a session; removed words stay removed.

        The place is (publication, message): each list goes on from its own number.
        """
        held, _ = await self._scheduling.found(class_id, caller=caller)
        said_after, seq_after = after or (0, 0)
        async with self._store.transaction(organization=held.organization) as tx:
            sessions = await tx.sessions_of(class_id, now=self._clock.now())
            number = session or len(sessions)
            if not 0 < number <= len(sessions):
                raise ThingNotFound("The class has not been held.")
            during = sessions[number - 1]
            said = await tx.said_between(
                class_id, since=during.since, until=during.until, after=said_after, limit=limit
            )
            messages = await tx.replayed(class_id, since=during.since, until=during.until, after=seq_after, limit=limit)
            await tx.note_viewing(class_id, caller.require_user())
        items = [_item(during, one.at, one.kind, one.number, one.body) for one in said] + [
            _item(during, one.at, "message", one.seq, msgspec.json.encode(message_view(one, class_id=class_id)))
            for one in messages
        ]
        return sorted(items, key=lambda one: (one.after_s, one.kind, one.number))[:limit]

    async def attendance_csv(self, class_id: ClassId, *, caller: Caller) -> AsyncIterator[bytes]:
        """Stream the attendance as CSV."""
        held = await self._scheduling.to_host(class_id, caller=caller)
        return self._attendance_lines(held)

    async def _attendance_lines(self, held: LiveClass) -> AsyncIterator[bytes]:
        yield line(
            "name", "user", "role", "mark", "percent", "seconds", "first seen", "last seen", "late", "left early"
        )
        after: tuple[str, UUID] | None = None
        while rows := await self._attendance(held, after=after, limit=_BATCH):
            for _, row in rows:
                one = row.attendance
                yield line(
                    row.name, row.user_id, row.role, one.mark, one.percent, one.present_s,
                    one.first_seen, one.last_seen, one.is_late, one.left_early,
                )  # fmt: skip
            key, last = rows[-1]
            after = (key, last.participant or last.user_id or UUID(int=0))

    async def chat_csv(self, class_id: ClassId, *, caller: Caller) -> AsyncIterator[bytes]:
        """Stream the chat as CSV, in the order of time, with all that was not shown to all."""
        held = await self._scheduling.to_host(class_id, caller=caller)
        return self._chat_lines(held)

    async def _chat_lines(self, held: LiveClass) -> AsyncIterator[bytes]:
        yield line("at", "room", "number", "kind", "name", "role", "message", "shown", "held", "removed")
        after: tuple[datetime, int, UUID] | None = None
        while True:
            async with self._store.reading(organization=held.organization) as tx:
                messages = await tx.all_messages(held.id, after=after, limit=_BATCH)
            for one in messages:
                room = "" if one.room == held.id else one.room
                yield line(
                    one.at, room, one.seq, one.kind, one.name, one.role, one.body,
                    one.is_shown, one.held_because or "", one.is_removed,
                )  # fmt: skip
            if len(messages) < _BATCH:
                return
            after = (messages[-1].at, messages[-1].seq, messages[-1].room)

    async def polls_csv(self, class_id: ClassId, *, caller: Caller) -> AsyncIterator[bytes]:
        """Stream the polls as CSV: counts, and of polls that are not anonymous who chose what."""
        held = await self._scheduling.to_host(class_id, caller=caller)
        return self._poll_lines(held)

    async def _poll_lines(self, held: LiveClass) -> AsyncIterator[bytes]:
        yield line("question", "kind", "state", "option", "right", "count", "name", "at")
        async with self._store.reading(organization=held.organization) as tx:
            polls = await tx.polls(held.id, drafts=False)
        for poll in reversed(polls):
            tally = poll.results
            is_told = tally is not None and (not poll.is_anonymous or tally.ballots >= FEWEST_OF_ANONYMOUS)
            for place, option in enumerate(poll.options):
                count = tally.counts[place] if tally and is_told else ""
                yield line(poll.question, poll.kind, poll.state, option.text, option.is_right, count, "", "")
            voter = UUID(int=0)
            while not poll.is_anonymous:
                async with self._store.reading(organization=held.organization) as tx:
                    ballots = await tx.named_ballots(held.id, poll.id, after=voter, limit=_BATCH)
                for _, name, choices, at in ballots:
                    for place in choices:
                        text = poll.options[place].text
                        yield line(
                            poll.question, poll.kind, poll.state, text, poll.options[place].is_right, "", name, at
                        )
                if len(ballots) < _BATCH:
                    break
                voter = ballots[-1][0]


def line(*cells: object) -> bytes:
    """Return one line of a CSV, no cell of which a spreadsheet takes for a formula."""
    out = io.StringIO()
    csv.writer(out).writerow([_safe(cell) for cell in cells])
    return out.getvalue().encode()


def _safe(cell: object) -> str:
    if cell is None:
        return ""
    text = cell.isoformat() if isinstance(cell, datetime) else str(cell)
    # A leading apostrophe makes it text everywhere; spaces in front would not stop some programs.
    return f"'{text}" if text.lstrip().startswith(_RISKY) or text.startswith(_RISKY) else text


def _item(during: Interval, at: datetime, kind: str, number: int, data: bytes) -> ReplayItem:
    return ReplayItem(
        at=at, after_s=(at - during.since).total_seconds(), kind=kind, number=number, data=msgspec.Raw(data)
    )


def _never_came(user: UserId, name: str, mark: Mark | None) -> AttendanceRow:
    counted = attended([], window=[], rule=Rule(), by_hand=mark)
    return AttendanceRow(participant=None, user_id=user, name=name, role=None, attendance=counted)
