"""Saying something in a room: who may, how often, what waits for a moderator, and one number for each message."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated
from uuid import UUID

import msgspec

from stoa.kit.clock import Clock
from stoa.kit.contract import OrganizationId, Struct
from stoa.kit.gathering import Gathering
from stoa.kit.limits import Bucket, Limiter, Verdict, require
from stoa.kit.store import Store
from stoa.services.live.contract import ClassId, NotLive, RoleNeeded, ThingNotFound, TooFast
from stoa.services.live.domain.wording import clean_message
from stoa.services.live.service.asking import Asking
from stoa.services.live.service.lane import Lane
from stoa.services.live.service.presenting import Presenting
from stoa.services.live.service.remembering import Moment
from stoa.services.live.service.standing import PRESENTERS, Standing
from stoa.services.live.service.views import MessageView, message_view
from stoa.services.live.store.chat import Message, Offered
from stoa.services.live.store.lane import Said
from stoa.services.live.store.tx import LiveTx

OF_A_LEARNER, OF_A_MODERATOR, PER_S = 20, 100, 30.0
_SLOW_LASTS_S = 1.0


class NewMessage(Struct, frozen=True, kw_only=True):
    """A message; sent again under the same `client_msg_id` it is the same message."""

    client_msg_id: UUID
    body: Annotated[str, msgspec.Meta(max_length=4_000)]
    reply_to: Annotated[int, msgspec.Meta(ge=1, le=2**53)] | None = None
    question: UUID | None = None
    room: UUID | None = None


class MessagePublication(Struct, frozen=True, kw_only=True):
    """What the room is told of one message."""

    message: MessageView


class _Room(Struct, frozen=True, kw_only=True):
    """Where messages are gathered: the chat of a class or of a group."""

    organization: OrganizationId
    class_id: ClassId
    room: UUID


class Chatting:
    """Takes messages into rooms."""

    def __init__(
        self,
        *,
        store: Store[LiveTx],
        clock: Clock,
        limiter: Limiter,
        lane: Lane,
        presenting: Presenting,
        asking: Asking,
    ) -> None:
        self._store = store
        self._clock = clock
        self._limiter = limiter
        self._asking = asking
        self._lane = lane
        self._presenting = presenting
        self._slow = Moment[ClassId, int](clock, lasts_s=_SLOW_LASTS_S, most=5_000)
        self._groups = Moment[tuple[UUID, UUID], bool](clock, lasts_s=5.0, most=50_000)
        self._messages = Gathering[_Room, Offered, Message](self._add)

    async def post(self, new: NewMessage, *, by: Standing) -> MessageView:
        """Keep a message and let the room see it: a teacher's at once and surely, others' by the room's sample.

        What is said to a question stands in its thread, for whoever reads that: no sample decides about it.
        """
        by.require_live()
        by.require_voice(self._clock.now())
        if not by.held.settings.chat and by.role not in PRESENTERS:
            raise RoleNeeded("The chat is for the teachers of this class.")
        body = clean_message(new.body)
        room = new.room or by.class_id
        if room != by.class_id:
            await self._require_group(room, by)
        if new.question is not None:
            await self._require_question(new.question, room, by)
        held = self._asking.held_because(body, by=by)
        verdict = await self._limiter.take(*await self._buckets(by))
        if not verdict.allowed:
            return await self._sent_before(new, by, verdict)
        offered = Offered(
            participant=by.id,
            name=by.person.name,
            role=by.role,
            body=body,
            client_msg_id=new.client_msg_id,
            reply_to=new.reply_to,
            question=new.question,
            held_because=held,
            is_shown=by.role in PRESENTERS or (new.question is not None and held is None),
        )
        return message_view(await self.add(by, room, offered), class_id=by.class_id)

    async def announce(self, body: str, *, client_msg_id: UUID, by: Standing) -> MessageView:
        """Tell everybody something, in every group."""
        by.require(*PRESENTERS)
        by.require_live()
        offered = Offered(
            participant=by.id,
            name=by.person.name,
            role=by.role,
            body=clean_message(body),
            client_msg_id=client_msg_id,
            kind="announcement",
            is_shown=True,
        )
        return message_view(await self.add(by, by.class_id, offered), class_id=by.class_id)

    async def react(self, kind: str, *, by: Standing) -> None:
        """Count a reaction; it costs no statement of its own."""
        by.require_live()
        await require(self._limiter, Bucket(f"{by.organization}:live.reactions:{by.id}", 20, 10.0))
        self._presenting.react(by.organization, by.class_id, kind)

    async def add(self, by: Standing, room: UUID, offered: Offered) -> Message:
        """Number and keep one message together with those that come at the same time."""
        place = _Room(organization=by.organization, class_id=by.class_id, room=room)
        return await self._messages.add(place, offered)

    async def _add(self, place: _Room, offered: Sequence[Offered]) -> Sequence[Message | Exception]:
        """Keep a batch: what is there already keeps its number, what a closed room gets is refused."""
        wanted = {one.key: one for one in offered}
        said: list[Said] = []
        async with self._store.transaction(organization=place.organization) as tx:
            chat = await tx.lock_chat(place.class_id, place.room)
            if chat is None or not chat.is_open:
                return [NotLive() for _ in offered]
            added = await tx.add_messages(place.class_id, place.room, list(wanted.values()), last_seq=chat.last_seq)
            found = {(one.participant, one.client_msg_id): one for one in added}
            if missing := [key for key in wanted if key not in found]:
                before = await tx.messages_sent(place.class_id, missing)
                found.update({(one.participant, one.client_msg_id): one for one in before})
            for message in added:
                if message.is_shown and message.question is None and place.room == place.class_id:
                    view = message_view(message, class_id=place.class_id)
                    body = MessagePublication(message=view)
                    said.append(await tx.say(place.class_id, message.kind, body, message=message.seq))
            to_questions = Counter(one.question for one in added if one.question is not None and one.is_shown)
            replies = await tx.count_replies(place.class_id, to_questions) if to_questions else {}
        await self._lane.tell(*said)
        self._asking.replied(place.organization, place.class_id, replies)
        sure = [one for one in added if one.is_shown and place.room != place.class_id]
        sampled = sum(1 for one in added if not one.is_shown and one.held_because is None)
        self._presenting.note(
            place.organization, place.class_id, place.room, offered=sampled, sure=sure, stored=len(added)
        )
        return [found.get(one.key, ThingNotFound()) for one in offered]

    async def page(
        self, *, room: UUID | None, after: int | None, before: int | None, limit: int, to: Standing
    ) -> list[MessageView]:
        """Return messages of a room by their numbers."""
        place = room or to.class_id
        if place != to.class_id:
            await self._require_group(place, to)
        async with self._store.reading(organization=to.organization) as tx:
            found = await tx.messages(
                to.class_id, place, after=after, before=before, own=to.id, everything=to.moderates, limit=limit
            )
        return [message_view(one, class_id=to.class_id) for one in found]

    async def slow_mode_s(self, standing: Standing) -> int:
        """Return how long a learner waits between two messages: what a host said, or more where the room is flooded."""
        held = standing.held

        async def load() -> int:
            async with self._store.reading(organization=held.organization) as tx:
                return await tx.auto_slow_s(held.id)

        auto = await self._slow.get(held.id, load) if held.settings.auto_slow else 0
        return max(held.slow_mode_s, auto)

    async def _buckets(self, by: Standing) -> list[Bucket]:
        key = f"{by.organization}:live.messages:{by.id}"
        if by.moderates:
            return [Bucket(key, OF_A_MODERATOR, PER_S)]
        buckets = [Bucket(key, OF_A_LEARNER, PER_S)]
        slow = 0 if by.role in PRESENTERS else await self.slow_mode_s(by)
        if slow:
            buckets.append(Bucket(f"{by.organization}:live.slow:{by.id}:{slow}", 1, float(slow)))
        return buckets

    async def _sent_before(self, new: NewMessage, by: Standing, verdict: Verdict) -> MessageView:
        """Answer a repeat of what was kept already even to somebody who is too fast; refuse anything else."""
        async with self._store.reading(organization=by.organization) as tx:
            sent = await tx.messages_sent(by.class_id, [(by.id, new.client_msg_id)])
        if sent:
            return message_view(sent[0], class_id=by.class_id)
        wait = timedelta(seconds=verdict.retry_after_s)
        raise TooFast(
            f"Write again in {max(1, round(wait.total_seconds()))} seconds.", retry_after_s=verdict.retry_after_s
        )

    async def _require_question(self, question: UUID, room: UUID, by: Standing) -> None:
        """Raise ThingNotFound unless a question of the whole class is answered in it."""
        async with self._store.reading(organization=by.organization) as tx:
            if room != by.class_id or await tx.question(by.class_id, question) is None:
                raise ThingNotFound

    async def _require_group(self, group: UUID, by: Standing) -> None:
        """Raise ThingNotFound for a group that one is not in; moderators are in all of their class."""

        async def load() -> bool:
            async with self._store.reading(organization=by.organization) as tx:
                return await tx.is_in_group(by.class_id, group, None if by.moderates else by.id)

        if not await self._groups.get((group, by.id), load):
            raise ThingNotFound
