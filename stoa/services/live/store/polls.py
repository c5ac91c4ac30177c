"""The SQL of polls: ballots in batches that a close waits for, and that wait for a close."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from stoa.kit.contract import Struct
from stoa.kit.store import Record, UnitOfWork
from stoa.services.live.contract import ClassId
from stoa.services.live.domain.polls import Option, PollKind, PollState, PollTally, tallied


class InQuiz(Struct, frozen=True, kw_only=True):
    """The quiz that a poll was prepared in, and its place there."""

    id: UUID
    title: str
    place: int
    version: int


class Poll(Struct, frozen=True, kw_only=True):
    """A poll; `results` is there once it is closed, `closes_at` where it closes by the clock."""

    id: UUID
    state: PollState
    kind: PollKind
    question: str
    options: list[Option]
    is_anonymous: bool
    pepper: bytes | None
    results: PollTally | None
    created_at: datetime
    opened_at: datetime | None
    closed_at: datetime | None
    seconds: int | None = None
    closes_at: datetime | None = None
    quiz: InQuiz | None = None


class Ballot(Struct, frozen=True, kw_only=True):
    """What somebody chose, under the id it is kept by."""

    voter: UUID
    choices: list[int]


class PollsTx(UnitOfWork):
    """The questions about polls."""

    async def add_poll(self, class_id: ClassId, poll: Poll, *, by: UUID) -> None:
        """Add a draft, made by a participant or, before the class, by a user."""
        await self.execute(
            "insert into live.polls (organization_id, class_id, poll_id, kind, question, options, is_anonymous, pepper,"
            " created_by, created_at, seconds, quiz_id, quiz_title, place, quiz_version)"
            " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
            self.organization,
            class_id,
            poll.id,
            poll.kind,
            poll.question,
            poll.options,
            poll.is_anonymous,
            poll.pepper,
            by,
            poll.created_at,
            poll.seconds,
            poll.quiz.id if poll.quiz else None,
            poll.quiz.title if poll.quiz else "",
            poll.quiz.place if poll.quiz else 0,
            poll.quiz.version if poll.quiz else 0,
        )

    async def count_polls(self, class_id: ClassId) -> int:
        """Count the polls of a class."""
        found: int = await self.fetchval(
            "select count(*) from live.polls where organization_id = $1 and class_id = $2", self.organization, class_id
        )
        return found

    async def poll(self, class_id: ClassId, poll: UUID, *, lock: bool = False) -> Poll | None:
        """Return a poll; locked, it waits for the ballots that are being stored and makes later ones wait."""
        row = await self.fetchrow(_LOCKED if lock else _UNLOCKED, self.organization, class_id, poll)
        return _poll(row) if row else None

    async def polls(self, class_id: ClassId, *, drafts: bool, limit: int = 200) -> list[Poll]:
        """Return the polls of a class, the last that was asked first; drafts before them, the newest first."""
        rows = await self.fetch(
            "select * from live.polls where organization_id = $1 and class_id = $2 and ($3 or state <> 'draft')"
            " order by opened_at desc nulls first, poll_id desc limit $4",
            self.organization,
            class_id,
            drafts,
            limit,
        )
        return [_poll(row) for row in rows]

    async def move_poll(self, class_id: ClassId, poll: UUID, state: PollState, *, closes_at: datetime | None) -> None:
        """Move a locked poll; its pepper is destroyed when it closes."""
        await self.execute(
            "update live.polls set state = $4,"
            " opened_at = case when $4 = 'open' then $5 else opened_at end,"
            " closed_at = case when $4 = 'closed' then $5 else closed_at end,"
            " revealed_at = case when $4 = 'revealed' then $5 else revealed_at end, closes_at = $6,"
            " pepper = case when $4 = 'open' then pepper end"
            " where organization_id = $1 and class_id = $2 and poll_id = $3",
            self.organization,
            class_id,
            poll,
            str(state),
            self.clock.now(),
            closes_at,
        )

    async def keep_tally(self, class_id: ClassId, poll: UUID, tally: PollTally, *, forget_ballots: bool) -> None:
        """Keep the result of a closed poll; of an anonymous one the ballots themselves go."""
        await self.execute(
            "update live.polls set results = $4 where organization_id = $1 and class_id = $2 and poll_id = $3",
            self.organization,
            class_id,
            poll,
            tally,
        )
        if forget_ballots:
            await self.execute(
                "delete from live.ballots where organization_id = $1 and class_id = $2 and poll_id = $3",
                self.organization,
                class_id,
                poll,
            )

    async def keep_ballots(
        self, class_id: ClassId, poll: UUID, ballots: Sequence[Ballot], *, at: datetime | None, now: datetime
    ) -> bool:
        """Store ballots of different voters in one statement if the poll is open `now`; say whether it was.

        The share lock and a close exclude each other, and a statement that waited for a close sees it: no ballot that
        was acknowledged is missing from the count, and none comes after it.
        """
        stored = await self.execute(
            "with poll as (select 1 from live.polls where organization_id = $1 and class_id = $2 and poll_id = $3"
            " and state = 'open' and (closes_at is null or closes_at > $7) for share)"
            " insert into live.ballots (organization_id, class_id, poll_id, voter, choices, at)"
            " select $1, $2, $3, b.voter, string_to_array(b.choices, ',')::smallint[], $6::timestamptz"
            " from poll, unnest($4::uuid[], $5::text[]) as b(voter, choices)"
            " on conflict (organization_id, class_id, poll_id, voter) do update"
            " set choices = excluded.choices, at = excluded.at",
            self.organization,
            class_id,
            poll,
            [one.voter for one in ballots],
            [",".join(map(str, one.choices)) for one in ballots],
            at,
            now,
        )
        return stored > 0

    async def ballots(self, class_id: ClassId, poll: UUID) -> int:
        """Count the ballots that are stored."""
        found: int = await self.fetchval(
            "select count(*) from live.ballots where organization_id = $1 and class_id = $2 and poll_id = $3",
            self.organization,
            class_id,
            poll,
        )
        return found

    async def tally(self, class_id: ClassId, poll: UUID, *, options: int) -> PollTally:
        """Count a poll's ballots by option."""
        rows = await self.fetch(
            "select c.choice, count(*) as n from live.ballots b, unnest(b.choices) as c(choice)"
            " where b.organization_id = $1 and b.class_id = $2 and b.poll_id = $3 group by c.choice",
            self.organization,
            class_id,
            poll,
        )
        ballots = await self.ballots(class_id, poll)
        return tallied(ballots, {row["choice"]: row["n"] for row in rows}, options=options)

    async def choices_of(self, class_id: ClassId, votes: Sequence[tuple[UUID, UUID]]) -> dict[UUID, list[int]]:
        """Return what was chosen in polls under these (poll, voter) pairs."""
        rows = await self.fetch(
            "select b.poll_id, b.choices from unnest($3::uuid[], $4::uuid[]) as v(poll_id, voter)"
            " join live.ballots b using (poll_id, voter) where b.organization_id = $1 and b.class_id = $2",
            self.organization,
            class_id,
            [poll for poll, _ in votes],
            [voter for _, voter in votes],
        )
        return {row["poll_id"]: list(row["choices"]) for row in rows}

    async def named_ballots(
        self, class_id: ClassId, poll: UUID, *, after: UUID, limit: int
    ) -> list[tuple[UUID, str, list[int], datetime | None]]:
        """Return who chose what in a poll that is not anonymous, by the voter's id."""
        rows = await self.fetch(
            "select b.voter, p.name, b.choices, b.at from live.ballots b"
            " join live.polls q on q.organization_id = b.organization_id and q.class_id = b.class_id"
            " and q.poll_id = b.poll_id and not q.is_anonymous"
            " join live.participants p on p.organization_id = b.organization_id and p.class_id = b.class_id"
            " and p.participant_id = b.voter where b.organization_id = $1 and b.class_id = $2 and b.poll_id = $3"
            " and b.voter > $4 order by b.voter limit $5",
            self.organization,
            class_id,
            poll,
            after,
            limit,
        )
        return [(row["voter"], row["name"], list(row["choices"]), row["at"]) for row in rows]

    async def quiz(self, class_id: ClassId, quiz: UUID, *, lock: bool = False) -> list[Poll]:
        """Return the polls of a quiz in their places."""
        rows = await self.fetch(
            f"{_QUIZ} for update" if lock else _QUIZ,
            self.organization,
            class_id,
            quiz,
        )
        return [_poll(row) for row in rows]

    async def quizzes(self, class_id: ClassId) -> list[Poll]:
        """Return what was prepared for a class, one quiz after the other as they were made."""
        rows = await self.fetch(
            "select * from live.polls where organization_id = $1 and class_id = $2 and quiz_id is not null"
            " order by quiz_id, place",
            self.organization,
            class_id,
        )
        return [_poll(row) for row in rows]

    async def drop_polls(self, class_id: ClassId, polls: Sequence[UUID]) -> None:
        """Take drafts away."""
        await self.execute(
            "delete from live.polls where organization_id = $1 and class_id = $2 and poll_id = any($3::uuid[])"
            " and state = 'draft'",
            self.organization,
            class_id,
            polls,
        )

    async def scores(self, class_id: ClassId, quiz: UUID, *, limit: int) -> list[tuple[str, int, int]]:
        """Return who had how many right of how many answers in a quiz's closed, named questions, the best first."""
        rows = await self.fetch(
            "select p.name, count(*) as answered, count(*) filter (where coalesce("
            "(q.options -> b.choices[1]::int ->> 'is_right')::boolean, false)) as correct from live.polls q"
            " join live.ballots b on b.organization_id = q.organization_id and b.class_id = q.class_id"
            " and b.poll_id = q.poll_id join live.participants p on p.organization_id = q.organization_id"
            " and p.class_id = q.class_id and p.participant_id = b.voter"
            " where q.organization_id = $1 and q.class_id = $2 and q.quiz_id = $3 and q.kind = 'quiz'"
            " and not q.is_anonymous and q.state in ('closed', 'revealed')"
            " group by b.voter, p.name order by correct desc, answered desc, p.name, b.voter limit $4",
            self.organization,
            class_id,
            quiz,
            limit,
        )
        return [(row["name"], row["correct"], row["answered"]) for row in rows]


_UNLOCKED = "select * from live.polls where organization_id = $1 and class_id = $2 and poll_id = $3"
_QUIZ = "select * from live.polls where organization_id = $1 and class_id = $2 and quiz_id = $3 order by place"
_LOCKED = f"{_UNLOCKED} for update"


def _poll(row: Record) -> Poll:
    return Poll(
        id=row["poll_id"],
        state=PollState(row["state"]),
        kind=PollKind(row["kind"]),
        question=row["question"],
        options=msgspec.convert(row["options"], list[Option]),
        is_anonymous=row["is_anonymous"],
        pepper=bytes(row["pepper"]) if row["pepper"] else None,
        results=msgspec.convert(row["results"], PollTally) if row["results"] else None,
        created_at=row["created_at"],
        opened_at=row["opened_at"],
        closed_at=row["closed_at"],
        seconds=row["seconds"],
        closes_at=row["closes_at"],
        quiz=InQuiz(id=row["quiz_id"], title=row["quiz_title"], place=row["place"], version=row["quiz_version"])
        if row["quiz_id"]
        else None,
    )
