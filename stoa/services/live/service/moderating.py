"""Keeping order: who is here, who may write, what is taken away, who is sent out, who helps."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

import msgspec

from stoa.kit.clock import Clock
from stoa.kit.contract import Struct
from stoa.kit.realtime.realtime import Realtime
from stoa.kit.store import Store
from stoa.services.live.contract import ParticipantId, Role, RoleNeeded, ThingNotFound
from stoa.services.live.domain.classes import Participant
from stoa.services.live.policy import LiveSettings
from stoa.services.live.service.asking import Asking
from stoa.services.live.service.chatting import MessagePublication
from stoa.services.live.service.lane import Lane, chat_channel, class_channel
from stoa.services.live.service.presenting import Presenting, SlowMode
from stoa.services.live.service.staging import Staging
from stoa.services.live.service.standing import MODERATORS, Standing, Standings, socket_user
from stoa.services.live.service.views import MessageView, message_view
from stoa.services.live.store.personal import Place
from stoa.services.live.store.tx import LiveTx

_FOR_GOOD = timedelta(days=3650)
_RANK = {Role.HOST: 3, Role.COHOST: 2, Role.SPEAKER: 1, Role.LEARNER: 0, Role.GUEST: 0}


class PersonView(Struct, frozen=True, kw_only=True):
    """Somebody in the room; what concerns moderators is told to them alone."""

    id: ParticipantId
    name: str
    role: Role
    is_guest: bool
    is_here: bool
    muted: bool | None
    removed: bool | None


class Tombstone(Struct, frozen=True, kw_only=True):
    """Which message has no words any more; `message` is its number in its room."""

    message: int
    room: UUID | None


class Notice(Struct, frozen=True, kw_only=True):
    """What the room should know of somebody."""

    kind: str
    participant: ParticipantId
    name: str
    role: Role | None = None


class MuteIn(Struct, frozen=True, kw_only=True):
    """For how long somebody writes nothing; for the whole class without a number."""

    minutes: Annotated[int, msgspec.Meta(ge=1, le=1440)] | None = None


class Moderating:
    """Keeps order in rooms; everything done is written down with who did it."""

    def __init__(
        self,
        *,
        store: Store[LiveTx],
        clock: Clock,
        settings: LiveSettings,
        realtime: Realtime,
        lane: Lane,
        presenting: Presenting,
        asking: Asking,
        standings: Standings,
        staging: Staging,
    ) -> None:
        self._store = store
        self._clock = clock
        self._settings = settings
        self._realtime = realtime
        self._lane = lane
        self._presenting = presenting
        self._asking = asking
        self._standings = standings
        self._staging = staging

    async def people(
        self, *, search: str, everybody: bool, after: tuple[str, UUID] | None, limit: int, to: Standing
    ) -> list[tuple[str, PersonView]]:
        """Return a window of the people who are here by name; moderators may see those who left, too."""
        since = None if everybody and to.moderates else self._clock.now() - self._settings.away_after
        async with self._store.reading(organization=to.organization) as tx:
            found = await tx.people(
                to.class_id, search=search.casefold().strip(), since=since, after=after, limit=limit
            )
        now = self._clock.now()
        here = now - self._settings.away_after
        return [
            (
                key,
                PersonView(
                    id=one.id,
                    name=one.name,
                    role=one.role,
                    is_guest=one.user is None,
                    is_here=one.seen_at is not None and one.seen_at >= here,
                    muted=(one.muted_until is not None and one.muted_until > now) if to.moderates else None,
                    removed=one.removed_at is not None if to.moderates else None,
                ),
            )
            for key, one in found
        ]

    async def count(self, *, to: Standing) -> int:
        """Return how many people are here."""
        async with self._store.reading(organization=to.organization) as tx:
            return await tx.here(to.class_id, since=self._clock.now() - self._settings.away_after)

    async def mute(self, participant: ParticipantId, minutes: int | None, *, by: Standing) -> None:
        """Let somebody write nothing for a while."""
        await self._above(participant, by)
        until = self._clock.now() + (timedelta(minutes=minutes) if minutes else _FOR_GOOD)
        async with self._store.transaction(organization=by.organization) as tx:
            await tx.mute(by.class_id, participant, until=until)
            await tx.note_moderation(by.class_id, "mute", actor=by.id, subject=participant)
        self._standings.changed(by.class_id, participant)

    async def unmute(self, participant: ParticipantId, *, by: Standing) -> None:
        """Let somebody write again."""
        await self._above(participant, by)
        async with self._store.transaction(organization=by.organization) as tx:
            await tx.mute(by.class_id, participant, until=None)
            await tx.note_moderation(by.class_id, "unmute", actor=by.id, subject=participant)
        self._standings.changed(by.class_id, participant)

    async def remove(self, participant: ParticipantId, *, reason: str, by: Standing) -> None:
        """Send somebody out: all their tokens end now, their sockets within seconds, and they cannot come back."""
        await self._above(participant, by)
        async with self._store.transaction(organization=by.organization) as tx:
            gone = await tx.remove(by.class_id, participant, at=self._clock.now())
            if gone is None:
                raise ThingNotFound
            await tx.lower_hand(by.class_id, participant, by=by.id)
            self._staging.align(tx, by.class_id, participant)
            await tx.note_moderation(by.class_id, "remove", actor=by.id, subject=participant, reason=reason)
            groups = await tx.group_chats_of([Place(class_id=by.class_id, participant=participant)])
        self._standings.changed(by.class_id, participant)
        user = socket_user(gone)
        if gone.user is None:
            await self._realtime.close(user=user)
        else:
            rooms = [class_channel(by.class_id), chat_channel(by.class_id)]
            for channel in [*rooms, *(chat_channel(by.class_id, group) for _, group in groups)]:
                await self._realtime.close(user=user, channel=channel)
        self._presenting.came_or_went(by.organization, by.class_id)

    async def take_back(self, participant: ParticipantId, *, by: Standing) -> None:
        """Let somebody come back who was sent out."""
        by.require(*MODERATORS)
        async with self._store.transaction(organization=by.organization) as tx:
            if await tx.remove(by.class_id, participant, at=None) is None:
                raise ThingNotFound
            await tx.note_moderation(by.class_id, "take_back", actor=by.id, subject=participant)
        self._standings.changed(by.class_id, participant)

    async def give_role(self, participant: ParticipantId, role: Role, *, by: Standing) -> None:
        """Give somebody a role; making somebody host hands the class over, which only the host does."""
        by.require(Role.HOST) if role.moderates else by.require(*MODERATORS)
        target = await self._above(participant, by)
        if role is Role.GUEST or (role.moderates and target.user is None):
            raise RoleNeeded("Only somebody with an account can hold a class.")
        place = Place(class_id=by.class_id, participant=participant)
        async with self._store.transaction(organization=by.organization) as tx:
            # Whoever keeps order may listen in every group; who does so no longer asks again for their own.
            left = await tx.group_chats_of([place]) if target.role.moderates and not role.moderates else []
            if role is Role.HOST and target.user is not None:
                held = await tx.class_of(by.class_id, lock=True)
                if held is None:
                    raise ThingNotFound
                if by.person.role is not Role.HOST:
                    # Who stands in while the host is away gives nothing away that is not theirs.
                    raise RoleNeeded("Only the host hands the class over.")
                cohosts = [one for one in dict.fromkeys([held.host, *held.cohosts]) if one != target.user]
                await tx.save_class(msgspec.structs.replace(held, host=target.user, cohosts=cohosts, acting_host=None))
                await tx.give_role(by.class_id, by.id, Role.COHOST)
            await tx.give_role(by.class_id, participant, role)
            self._staging.align(tx, by.class_id, participant, by.id)
            await tx.note_moderation(by.class_id, f"role:{role}", actor=by.id, subject=participant)
            notice = Notice(kind="role", participant=participant, name=target.name, role=role)
            said = await tx.say(by.class_id, "notice", notice)
        self._standings.changed(by.class_id, participant)
        self._standings.changed(by.class_id, by.id)
        for _, group in left:
            await self._realtime.close(user=socket_user(target), channel=chat_channel(by.class_id, group))
        await self._lane.tell(said)

    async def slow_mode(self, seconds: int, *, by: Standing) -> None:
        """Say how long learners wait between two messages."""
        by.require(*MODERATORS)
        async with self._store.transaction(organization=by.organization) as tx:
            await tx.save_slow_mode(by.class_id, seconds)
            said = await tx.say(by.class_id, "slow_mode", SlowMode(slow_mode_s=seconds, automatic=False))
        self._standings.changed(by.class_id)
        await self._lane.tell(said)

    async def remove_message(self, seq: int, *, room: UUID | None, reason: str, by: Standing) -> None:
        """Take a message away, everywhere and for good: one's own, or as a moderator anybody's."""
        place = room or by.class_id
        room = None if place == by.class_id else room
        async with self._store.transaction(organization=by.organization) as tx:
            message = await tx.message(by.class_id, place, seq)
            if message is None or (message.participant != by.id and not by.moderates):
                raise ThingNotFound
            if await tx.remove_message(by.class_id, place, seq, by=by.id) is None:
                return
            tombstone = Tombstone(message=seq, room=room)
            if room is None:
                await tx.forget_said(by.class_id, message=seq, body=tombstone)
            said = await tx.say(by.class_id, "tombstone", tombstone)
            if message.participant != by.id:
                await tx.note_moderation(
                    by.class_id, "remove_message", actor=by.id, subject=message.participant, message=seq, reason=reason
                )
        await self._lane.tell(said)

    async def held(self, *, after: int, limit: int, to: Standing) -> list[MessageView]:
        """Return the messages that wait for a moderator."""
        to.require(*MODERATORS)
        async with self._store.reading(organization=to.organization) as tx:
            found = await tx.held(to.class_id, after=after, limit=limit)
        return [message_view(one, class_id=to.class_id) for one in found]

    async def release(self, seq: int, *, room: UUID | None, by: Standing) -> MessageView:
        """Show a message that waited."""
        by.require(*MODERATORS)
        place = room or by.class_id
        async with self._store.transaction(organization=by.organization) as tx:
            message = await tx.release(by.class_id, place, seq)
            if message is None:
                raise ThingNotFound
            view = message_view(message, class_id=by.class_id)
            said, replies = None, {}
            if message.question is None and place == by.class_id:
                said = await tx.say(by.class_id, "message", MessagePublication(message=view), message=seq)
            elif message.question is not None:
                replies = await tx.count_replies(by.class_id, {message.question: 1})
            await tx.note_moderation(by.class_id, "release", actor=by.id, subject=message.participant, message=seq)
        await self._lane.tell(said)
        self._asking.replied(by.organization, by.class_id, replies)
        if place != by.class_id:
            # What was written in a group stays there.
            self._presenting.note(by.organization, by.class_id, place, offered=0, sure=[message])
        return view

    async def _above(self, participant: ParticipantId, by: Standing) -> Participant:
        """Return somebody whom a moderator may act upon: nobody acts upon themselves or upon who stands higher."""
        by.require(*MODERATORS)
        async with self._store.reading(organization=by.organization) as tx:
            target = await tx.person(by.class_id, participant)
        if target is None or target.id == by.id:
            raise ThingNotFound
        if _RANK[target.role] >= _RANK[by.role]:
            raise RoleNeeded("They hold the class as well.")
        return target
