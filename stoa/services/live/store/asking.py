"""The SQL of questions with their votes, and of raised hands."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from stoa.kit.contract import Struct
from stoa.kit.store import Record, UnitOfWork
from stoa.services.live.contract import ClassId, ParticipantId


class Question(Struct, frozen=True, kw_only=True):
    """Something asked of the teacher."""

    id: UUID
    participant: ParticipantId
    name: str
    body: str
    state: str
    votes: int
    answer: str
    asked_at: datetime
    settled_at: datetime | None
    replies: int = 0


class Hand(Struct, frozen=True, kw_only=True):
    """A raised hand; its ticket is its place in the queue."""

    ticket: int
    participant: ParticipantId
    name: str
    raised_at: datetime
    called_at: datetime | None


class AskingTx(UnitOfWork):
    """The questions about questions and hands."""

    async def ask(
        self, class_id: ClassId, question: Question, *, client_msg_id: UUID, most_open: int
    ) -> Question | None:
        """Add a question, or return the one that was asked under this id; None where there are too many open ones."""
        row = await self.fetchrow(
            "insert into live.questions (organization_id, class_id, question_id, participant_id, name, body, asked_at,"
            " client_msg_id) select $1, $2, $3, $4, $5, $6, $7, $8 where (select count(*) from live.questions"
            " where organization_id = $1 and class_id = $2 and state = 'open') < $9"
            " on conflict (organization_id, class_id, participant_id, client_msg_id) do nothing returning *",
            self.organization,
            class_id,
            question.id,
            question.participant,
            question.name,
            question.body,
            question.asked_at,
            client_msg_id,
            most_open,
        )
        return _question(row) if row else await self.asked_before(class_id, question.participant, client_msg_id)

    async def asked_before(self, class_id: ClassId, participant: ParticipantId, client_msg_id: UUID) -> Question | None:
        """Return the question that somebody asked under an id."""
        row = await self.fetchrow(
            "select * from live.questions where organization_id = $1 and class_id = $2 and participant_id = $3"
            " and client_msg_id = $4",
            self.organization,
            class_id,
            participant,
            client_msg_id,
        )
        return _question(row) if row else None

    async def question(self, class_id: ClassId, question: UUID) -> Question | None:
        """Return one question."""
        row = await self.fetchrow(
            "select * from live.questions where organization_id = $1 and class_id = $2 and question_id = $3",
            self.organization,
            class_id,
            question,
        )
        return _question(row) if row else None

    async def questions(
        self, class_id: ClassId, *, state: str, after: tuple[int, UUID] | None, limit: int
    ) -> list[Question]:
        """Return the questions of a state, those with the most votes first."""
        rows = await self.fetch(
            "select * from live.questions where organization_id = $1 and class_id = $2 and state = $3"
            " and (votes < $4 or (votes = $4 and question_id > $5)) order by votes desc, question_id limit $6",
            self.organization,
            class_id,
            state,
            after[0] if after else 2**31 - 1,
            after[1] if after else UUID(int=0),
            limit,
        )
        return [_question(row) for row in rows]

    async def count_replies(self, class_id: ClassId, replies: Mapping[UUID, int]) -> dict[UUID, int]:
        """Count what was said to questions; return how much it is now."""
        rows = await self.fetch(
            # Locked in one order, so that batches of two processes never wait for each other.
            "with known as (select question_id from live.questions where organization_id = $1 and class_id = $2"
            " and question_id = any($3::uuid[]) order by question_id for no key update)"
            " update live.questions q set replies = q.replies + r.count from known"
            " join unnest($3::uuid[], $4::int[]) as r(question_id, count) using (question_id)"
            " where q.organization_id = $1 and q.class_id = $2 and q.question_id = known.question_id"
            " returning q.question_id, q.replies",
            self.organization,
            class_id,
            list(replies),
            list(replies.values()),
        )
        return {row["question_id"]: row["replies"] for row in rows}

    async def open_questions(self, class_id: ClassId) -> int:
        """Count the open questions."""
        found: int = await self.fetchval(
            "select count(*) from live.questions where organization_id = $1 and class_id = $2 and state = 'open'",
            self.organization,
            class_id,
        )
        return found

    async def vote(self, class_id: ClassId, votes: Sequence[tuple[UUID, ParticipantId]]) -> dict[UUID, int]:
        """Add votes for questions, each once, in one statement; return the new counts of those that moved."""
        rows = await self.fetch(
            # Locked in one order first, so that batches of two processes never wait for each other.
            "with open as (select question_id from live.questions where organization_id = $1 and class_id = $2"
            " and question_id = any($3::uuid[]) and state = 'open' order by question_id for no key update),"
            " new as (insert into live.question_votes (organization_id, class_id, question_id, participant_id)"
            " select $1, $2, question_id, v.participant_id from open join unnest($3::uuid[], $4::uuid[])"
            " as v(question_id, participant_id) using (question_id) on conflict do nothing returning question_id)"
            " update live.questions q set votes = q.votes + n.count"
            " from (select question_id, count(*)::int as count from new group by question_id) n"
            " where q.organization_id = $1 and q.class_id = $2 and q.question_id = n.question_id"
            " returning q.question_id, q.votes",
            self.organization,
            class_id,
            [question for question, _ in votes],
            [participant for _, participant in votes],
        )
        return {row["question_id"]: row["votes"] for row in rows}

    async def unvote(self, class_id: ClassId, question: UUID, participant: ParticipantId) -> int | None:
        """Take a vote back; return the new count if there was one."""
        found: int | None = await self.fetchval(
            "with gone as (delete from live.question_votes where organization_id = $1 and class_id = $2"
            " and question_id = $3 and participant_id = $4 returning 1)"
            " update live.questions set votes = votes - 1 where organization_id = $1 and class_id = $2"
            " and question_id = $3 and exists (select from gone) returning votes",
            self.organization,
            class_id,
            question,
            participant,
        )
        return found

    async def votes_of(self, class_id: ClassId, participant: ParticipantId, questions: Sequence[UUID]) -> list[UUID]:
        """Return for which of these questions somebody has voted."""
        rows = await self.fetch(
            "select question_id from live.question_votes where organization_id = $1 and class_id = $2"
            " and question_id = any($3::uuid[]) and participant_id = $4",
            self.organization,
            class_id,
            questions,
            participant,
        )
        return [row["question_id"] for row in rows]

    async def settle(
        self, class_id: ClassId, question: UUID, *, state: str, answer: str, by: ParticipantId
    ) -> Question | None:
        """Answer or dismiss an open question; the first to do so does it."""
        row = await self.fetchrow(
            "update live.questions set state = $4, answer = $5, settled_at = $6, settled_by = $7"
            " where organization_id = $1 and class_id = $2 and question_id = $3 and state = 'open' returning *",
            self.organization,
            class_id,
            question,
            state,
            answer,
            self.clock.now(),
            by,
        )
        return _question(row) if row else None

    async def raise_hand(self, class_id: ClassId, participant: ParticipantId, name: str) -> Hand:
        """Raise a hand, at the end of the queue; one that is up keeps its place."""
        row = await self.fetchrow(
            "insert into live.hands as h (organization_id, class_id, participant_id, name, raised_at)"
            " values ($1, $2, $3, $4, $5)"
            " on conflict (organization_id, class_id, participant_id) where lowered_at is null"
            " do update set name = h.name returning *",
            self.organization,
            class_id,
            participant,
            name,
            self.clock.now(),
        )
        assert row is not None
        return _hand(row)

    async def lower_hand(self, class_id: ClassId, participant: ParticipantId, *, by: ParticipantId) -> Hand | None:
        """Lower a hand; of several who do so at once one does."""
        row = await self.fetchrow(
            "update live.hands set lowered_at = $4, lowered_by = $5 where organization_id = $1 and class_id = $2"
            " and participant_id = $3 and lowered_at is null returning *",
            self.organization,
            class_id,
            participant,
            self.clock.now(),
            by,
        )
        return _hand(row) if row else None

    async def lower_all(self, class_id: ClassId, *, by: ParticipantId | None) -> int:
        """Lower every hand."""
        return await self.execute(
            "update live.hands set lowered_at = $3, lowered_by = $4"
            " where organization_id = $1 and class_id = $2 and lowered_at is null",
            self.organization,
            class_id,
            self.clock.now(),
            by,
        )

    async def call_on(self, class_id: ClassId, participant: ParticipantId, *, by: ParticipantId) -> Hand | None:
        """Call on somebody whose hand is up."""
        row = await self.fetchrow(
            "update live.hands set called_at = $4, called_by = $5 where organization_id = $1 and class_id = $2"
            " and participant_id = $3 and lowered_at is null and called_at is null returning *",
            self.organization,
            class_id,
            participant,
            self.clock.now(),
            by,
        )
        return _hand(row) if row else None

    async def hands(self, class_id: ClassId, *, after: int, limit: int) -> list[Hand]:
        """Return the raised hands in the order of the queue."""
        rows = await self.fetch(
            "select * from live.hands where organization_id = $1 and class_id = $2 and lowered_at is null"
            " and ticket > $3 order by ticket limit $4",
            self.organization,
            class_id,
            after,
            limit,
        )
        return [_hand(row) for row in rows]

    async def hands_up(self, class_id: ClassId) -> int:
        """Count the raised hands."""
        found: int = await self.fetchval(
            "select count(*) from live.hands where organization_id = $1 and class_id = $2 and lowered_at is null",
            self.organization,
            class_id,
        )
        return found

    async def hand_of(self, class_id: ClassId, participant: ParticipantId) -> Hand | None:
        """Return somebody's raised hand."""
        row = await self.fetchrow(
            "select * from live.hands where organization_id = $1 and class_id = $2 and participant_id = $3"
            " and lowered_at is null",
            self.organization,
            class_id,
            participant,
        )
        return _hand(row) if row else None


def _question(row: Record) -> Question:
    return Question(
        id=row["question_id"],
        participant=row["participant_id"],
        name=row["name"],
        body=row["body"],
        state=row["state"],
        votes=row["votes"],
        answer=row["answer"],
        asked_at=row["asked_at"],
        settled_at=row["settled_at"],
        replies=row["replies"],
    )


def _hand(row: Record) -> Hand:
    return Hand(
        ticket=row["ticket"],
        participant=row["participant_id"],
        name=row["name"],
        raised_at=row["raised_at"],
        called_at=row["called_at"],
    )
