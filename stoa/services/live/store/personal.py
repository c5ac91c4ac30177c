"""The SQL of one person in all their classes: taking back what they hold, forgetting them, and what is theirs."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from stoa.kit.contract import Struct, UserId
from stoa.kit.store import UnitOfWork
from stoa.services.live.contract import ClassId, ParticipantId, Role

# In the order in which they are done: whose rows are meant is told by the participants, who come last.
_FORGOTTEN = (
    *(
        f"update live.{table} t set {change} from live.participants p where p.organization_id = $1 and p.user_id = $2"  # noqa: S608 (constants)
        " and t.organization_id = $1 and t.class_id = p.class_id and t.participant_id = p.participant_id"
        for table, change in (
            ("questions", "name = ''"),
            ("hands", "name = ''"),
            ("messages", "name = ''"),
            ("attendance_marks", "user_id = null"),
        )
    ),
    "delete from live.attendance_marks where organization_id = $1 and user_id = $2",
    "update live.viewings set user_id = gen_random_uuid() where organization_id = $1 and user_id = $2",
    "update live.recording_viewings set user_id = gen_random_uuid() where organization_id = $1 and user_id = $2",
)
_MINE = (
    " join live.participants p using (organization_id, class_id, participant_id)"
    " where p.organization_id = $1 and p.user_id = $2"
)


class Place(Struct, frozen=True, kw_only=True):
    """Somebody in one class."""

    class_id: ClassId
    participant: ParticipantId


class ClassVisited(Struct, frozen=True, kw_only=True):
    """A class somebody came to: as whom, and what was agreed or done there."""

    class_id: ClassId
    title: str
    starts_at: datetime
    name: str
    role: Role
    joined_at: datetime
    agreed_to_be_recorded_at: datetime | None
    muted_until: datetime | None
    removed_at: datetime | None


class Visit(Struct, frozen=True, kw_only=True):
    """A stretch of time in which one of somebody's devices was connected."""

    class_id: ClassId
    since: datetime
    until: datetime


class Deed(Struct, frozen=True, kw_only=True):
    """Something somebody did in a class, or that was written down of them there; `kind` says what."""

    class_id: ClassId
    kind: str
    at: datetime | None
    text: str


class PersonalTx(UnitOfWork):
    """The questions about one person."""

    async def note_ended_session(self, session: UUID, *, at: datetime, forgotten_before: datetime) -> None:
        """Remember that a session was logged out of, and forget those of long ago."""
        await self.execute(
            "delete from live.ended_sessions where organization_id = $1 and ended_at < $2",
            self.organization,
            forgotten_before,
        )
        await self.execute(
            "insert into live.ended_sessions (organization_id, session_id, ended_at) values ($1, $2, $3)"
            " on conflict do nothing",
            self.organization,
            session,
            at,
        )

    async def is_session_ended(self, session: UUID) -> bool:
        """Say whether a session was logged out of within the last day."""
        return bool(
            await self.fetchval(
                "select exists (select from live.ended_sessions where organization_id = $1 and session_id = $2)",
                self.organization,
                session,
            )
        )

    async def end_family(self, *, user: UserId, course: UUID | None) -> list[Place]:
        """Take back the tokens somebody holds for classes that are not over: of one course but what they hold, or all.

        Who holds a class of a course needs no seat in it; who does not belong to the organization holds nothing.
        """
        rows = await self.fetch(
            "update live.participants p set family = gen_random_uuid(), seen_at = null from live.classes c"
            " where p.organization_id = $1 and p.user_id = $2 and c.organization_id = $1 and c.class_id = p.class_id"
            " and c.state in ('scheduled', 'open', 'live') and ($3::uuid is null or c.course_id = $3"
            " and not (c.host_id = $2 or $2 = any(c.cohost_ids))) returning p.class_id, p.participant_id",
            self.organization,
            user,
            course,
        )
        return [Place(class_id=row["class_id"], participant=row["participant_id"]) for row in rows]

    async def kept_order_in(self, user: UserId) -> list[Place]:
        """Return where somebody keeps order now by a role of theirs, not by having been named as a host."""
        rows = await self.fetch(
            "select p.class_id, p.participant_id from live.participants p join live.classes c"
            " using (organization_id, class_id) where p.organization_id = $1 and p.user_id = $2"
            " and p.role in ('host', 'cohost') and c.state in ('scheduled', 'open', 'live')"
            " and not (c.host_id = $2 or $2 = any(c.cohost_ids)) order by p.class_id",
            self.organization,
            user,
        )
        return [Place(class_id=row["class_id"], participant=row["participant_id"]) for row in rows]

    async def group_chats_of(self, places: Sequence[Place]) -> list[tuple[ClassId, UUID]]:
        """Return the groups that are open now and that people may follow: their own, and a moderator all."""
        rows = await self.fetch(
            "select distinct g.class_id, g.group_id from unnest($2::uuid[], $3::uuid[]) as w(class_id, participant_id)"
            " join live.breakouts b on b.organization_id = $1 and b.class_id = w.class_id and b.closed_at is null"
            " join live.groups g on g.organization_id = $1 and g.class_id = b.class_id"
            " and g.breakout_id = b.breakout_id"
            " join live.participants p on p.organization_id = $1 and p.class_id = w.class_id"
            " and p.participant_id = w.participant_id"
            " where p.role in ('host', 'cohost') or exists (select from live.group_members m"
            " where m.organization_id = $1 and m.class_id = g.class_id and m.breakout_id = g.breakout_id"
            " and m.participant_id = w.participant_id and m.group_id = g.group_id)",
            self.organization,
            [one.class_id for one in places],
            [one.participant for one in places],
        )
        return [(row["class_id"], row["group_id"]) for row in rows]

    async def forget_person(self, user: UserId) -> list[Place]:
        """Take the name and the account of somebody who left the platform from all they did; return where that was."""
        for sql in _FORGOTTEN:
            await self.execute(sql, self.organization, user)
        rows = await self.fetch(
            "update live.participants set name = '', name_key = '', user_id = null, address_key = null"
            " where organization_id = $1 and user_id = $2 returning class_id, participant_id",
            self.organization,
            user,
        )
        return [Place(class_id=row["class_id"], participant=row["participant_id"]) for row in rows]

    async def told_of(self, place: Place, *, after: int, limit: int) -> list[tuple[int, bytes]]:
        """Return publications of a class's lane that speak of somebody, beyond a number."""
        rows = await self.fetch(
            "select position, body from live.publications where organization_id = $1 and class_id = $2"
            " and position > $3 and position(convert_to($4, 'UTF8') in body) > 0 order by position limit $5",
            self.organization,
            place.class_id,
            after,
            str(place.participant),
            limit,
        )
        return [(row["position"], bytes(row["body"])) for row in rows]

    async def retell(self, class_id: ClassId, bodies: Sequence[tuple[int, bytes]]) -> None:
        """Put other words where publications of a lane were; their numbers and times stay."""
        await self.execute(
            "update live.publications t set body = n.body from unnest($3::bigint[], $4::bytea[]) as n(position, body)"
            " where t.organization_id = $1 and t.class_id = $2 and t.position = n.position",
            self.organization,
            class_id,
            [position for position, _ in bodies],
            [body for _, body in bodies],
        )

    async def classes_visited(self, user: UserId, *, limit: int) -> list[ClassVisited]:
        """Return the classes somebody came to, the latest first."""
        rows = await self.fetch(
            "select p.*, c.title, c.starts_at from live.participants p join live.classes c"
            " using (organization_id, class_id) where p.organization_id = $1 and p.user_id = $2"
            " order by p.joined_at desc, p.class_id limit $3",
            self.organization,
            user,
            limit,
        )
        return [
            ClassVisited(
                class_id=row["class_id"],
                title=row["title"],
                starts_at=row["starts_at"],
                name=row["name"],
                role=Role(row["role"]),
                joined_at=row["joined_at"],
                agreed_to_be_recorded_at=row["consented_at"],
                muted_until=row["muted_until"],
                removed_at=row["removed_at"],
            )
            for row in rows
        ]

    async def visits_by(self, user: UserId, *, limit: int) -> list[Visit]:
        """Return when somebody's devices were connected, the latest first."""
        rows = await self.fetch(
            f"select v.class_id, v.since, v.until from live.visits v{_MINE} order by v.since desc limit $3",  # noqa: S608 (constants)
            self.organization,
            user,
            limit,
        )
        return [Visit(class_id=row["class_id"], since=row["since"], until=row["until"]) for row in rows]

    async def deeds_of(self, kind: str, user: UserId, *, limit: int) -> list[Deed]:
        """Return what somebody did of one kind, the latest first."""
        rows = await self.fetch(f"{_DEEDS[kind]} order by at desc nulls last limit $3", self.organization, user, limit)
        return [Deed(class_id=row["class_id"], kind=kind, at=row["at"], text=row["text"]) for row in rows]


# What nobody else did or said; of an anonymous poll nobody can tell who voted, so it is in nobody's record.
_DEEDS = {
    "message": f"select class_id, t.at as at, body as text from live.messages t{_MINE} and t.removed_at is null",  # noqa: S608 (constants)
    "question": f"select class_id, t.asked_at as at, body as text from live.questions t{_MINE}",  # noqa: S608 (as above)
    "vote": "select t.class_id, null::timestamptz as at, q.body as text"
    " from live.question_votes t join live.questions q"
    " using (organization_id, class_id, question_id) join live.participants p on p.organization_id = t.organization_id"
    " and p.class_id = t.class_id and p.participant_id = t.participant_id"
    " where p.organization_id = $1 and p.user_id = $2",
    "hand": f"select class_id, t.raised_at as at, '' as text from live.hands t{_MINE}",  # noqa: S608 (as above)
    "ballot": "select class_id, t.at as at, q.question || ': ' || (select coalesce("
    "string_agg(q.options -> n.place::int ->> 'text', ', ' order by n.place), '') from unnest(t.choices) as n(place))"
    " as text"
    " from live.participants p join live.polls q using (organization_id, class_id) join live.ballots t"
    " using (organization_id, class_id, poll_id) where p.organization_id = $1 and p.user_id = $2"
    " and not q.is_anonymous and t.voter = p.participant_id",
    "moderation": "select class_id, t.at as at, concat_ws(': ', t.act, nullif(t.reason, '')) as text"
    " from live.participants p join live.moderation t using (organization_id, class_id)"
    " where p.organization_id = $1 and p.user_id = $2 and t.subject = p.participant_id",
    "attendance": "select class_id, t.at as at, concat_ws(': ', t.mark, nullif(t.reason, '')) as text"
    " from live.attendance_marks t where t.organization_id = $1 and t.user_id = $2",
    "consent": "select class_id, t.at as at, case when t.agrees then 'agreed to be recorded'"  # noqa: S608 (as above)
    f" else 'did not agree to be recorded' end as text from live.recording_consents t{_MINE}",
    "stage": "select class_id, t.at as at, case when t.is_on then 'came onto the stage' else 'left the stage' end"  # noqa: S608 (as above)
    f" as text from live.stage_marks t{_MINE}",
    "replay": "select class_id, t.last_at as at, t.times || ' times since ' || t.first_at as text"
    " from live.viewings t where t.organization_id = $1 and t.user_id = $2",
    "recording": "select class_id, t.last_at as at, t.times || ' times since ' || t.first_at as text"
    " from live.recording_viewings t where t.organization_id = $1 and t.user_id = $2",
}
DEEDS = tuple(_DEEDS)
