"""Holding a class: its lobby, its start, its end by hand or by the clock, and what becomes of it afterwards."""

from datetime import timedelta
from typing import ClassVar

import msgspec

from stoa.kit.auth.caller import Caller
from stoa.kit.clock import Clock
from stoa.kit.contract import Job, OrganizationId, Struct, UserId
from stoa.kit.errors import PreconditionFailed
from stoa.kit.store import Store
from stoa.services.live.contract import ClassEnded, ClassId, ClassNotFound, ClassStarted, ClassState
from stoa.services.live.domain import lifecycle
from stoa.services.live.domain.classes import LiveClass, OrganizationPolicy
from stoa.services.live.domain.polls import PollState
from stoa.services.live.policy import LiveSettings
from stoa.services.live.service.lane import Lane
from stoa.services.live.service.polling import close_poll
from stoa.services.live.service.scheduling import Scheduling, with_code
from stoa.services.live.service.staging import Staging
from stoa.services.live.service.standing import Standings
from stoa.services.live.store.classes import HistoryEntry
from stoa.services.live.store.lane import Said
from stoa.services.live.store.tx import LiveTx


class EndClass(Job, frozen=True, kw_only=True):
    """Ends a session of a class whose longest time is over."""

    type_: ClassVar[str] = "live.end-class"

    organization_id: OrganizationId
    class_id: ClassId
    session: int


class StateView(Struct, frozen=True, kw_only=True):
    """Where a class is, as the room is told."""

    state: ClassState
    session: int
    reason: str = ""


class Holding:
    """Moves classes through their life."""

    def __init__(
        self,
        *,
        store: Store[LiveTx],
        clock: Clock,
        settings: LiveSettings,
        scheduling: Scheduling,
        standings: Standings,
        staging: Staging,
        lane: Lane,
    ) -> None:
        self._store = store
        self._clock = clock
        self._settings = settings
        self._scheduling = scheduling
        self._standings = standings
        self._staging = staging
        self._lane = lane

    async def move(self, class_id: ClassId, move: str, *, reason: str, caller: Caller) -> LiveClass:
        """Make one move of the table as a host: open, start, close, end or archive."""
        held = await self._scheduling.to_host(class_id, caller=caller)
        return await self._moved(held.organization, class_id, move, actor=caller.require_user(), reason=reason)

    async def end_by_clock(self, job: EndClass) -> None:
        """End a session that still goes on when its longest time is over."""
        async with self._store.reading(organization=job.organization_id) as tx:
            held = await tx.class_of(job.class_id)
        if held is not None and held.state is ClassState.LIVE and held.session == job.session:
            await self._moved(job.organization_id, job.class_id, "end", actor=None, reason="longest time is over")

    async def history(self, class_id: ClassId, *, caller: Caller) -> list[HistoryEntry]:
        """Return the moves of a class."""
        held = await self._scheduling.to_host(class_id, caller=caller)
        async with self._store.reading(organization=held.organization) as tx:
            return await tx.history_of(class_id)

    async def _moved(
        self, organization: OrganizationId, class_id: ClassId, move: str, *, actor: UserId | None, reason: str
    ) -> LiveClass:
        async with self._store.transaction(organization=organization) as tx:
            before = await tx.class_of(class_id, lock=True)
            if before is None:
                raise ClassNotFound
            after = lifecycle.after(before.state, move)
            held, said = await self._effects(tx, before, after)
            await tx.save_class(held)
            await tx.note_move(held, move=move, before=before.state, actor=actor, reason=reason)
            said.append(
                await tx.say(class_id, "state", StateView(state=held.state, session=held.session, reason=reason))
            )
        self._standings.changed(class_id)
        await self._lane.tell(*said)
        return held

    async def _effects(self, tx: LiveTx, before: LiveClass, after: ClassState) -> tuple[LiveClass, list[Said]]:
        now = self._clock.now()
        held = msgspec.structs.replace(before, state=after, changed_at=now, version=before.version + 1)
        if after in (ClassState.OPEN, ClassState.LIVE):
            held = await with_code(tx, held, await tx.policy())
            await tx.open_chats(held.id, is_open=True)
            await tx.look_again(held.id, at=None)
        if after is ClassState.OPEN:
            return msgspec.structs.replace(held, opened_at=now), []
        if after is ClassState.LIVE:
            return await self._start(tx, held), []
        if after is ClassState.ENDED:
            return await self._end(tx, held)
        await tx.open_chats(held.id, is_open=False)
        if after is ClassState.ARCHIVED:
            await tx.take_code(held.id, None)
        return held, []

    async def _start(self, tx: LiveTx, held: LiveClass) -> LiveClass:
        now = self._clock.now()
        held = msgspec.structs.replace(
            held, session=held.session + 1, started_at=now, ended_at=None, opened_at=held.opened_at or now
        )
        await tx.begin_session(held, at=now)
        tx.enqueue(
            EndClass(organization_id=held.organization, class_id=held.id, session=held.session),
            at=now + timedelta(minutes=held.settings.max_minutes),
        )
        tx.publish(
            ClassStarted(
                organization_id=held.organization,
                class_id=held.id,
                course_id=held.course,
                title=held.title,
                starts_at=held.starts_at,
                ends_at=held.ends_at,
                time_zone=held.time_zone,
                sequence=held.sequence,
                session=held.session,
                started_at=now,
                host_ids=held.hosts,
                is_hidden=held.settings.is_hidden,
            )
        )
        return held

    async def _end(self, tx: LiveTx, held: LiveClass) -> tuple[LiveClass, list[Said]]:
        now = self._clock.now()
        started = held.started_at or now
        held = msgspec.structs.replace(held, ended_at=now, spotlight=None, acting_host=None)
        # The chats before the lane: who stores messages locks in this order, too.
        await tx.open_chats(held.id, is_open=False)
        said: list[Said] = []
        for poll in await tx.polls(held.id, drafts=False):
            if poll.state is PollState.OPEN:
                said.append(await close_poll(tx, held.id, poll.id))
        await tx.lower_all(held.id, by=None)
        await tx.end_session(held, at=now)
        self._staging.close_later(tx, held.id)
        await tx.look_again(held.id, at=now + self._settings.archive_after)
        tx.publish(
            ClassEnded(
                organization_id=held.organization,
                class_id=held.id,
                course_id=held.course,
                title=held.title,
                starts_at=held.starts_at,
                ends_at=held.ends_at,
                time_zone=held.time_zone,
                sequence=held.sequence,
                session=held.session,
                started_at=started,
                ended_at=now,
                is_hidden=held.settings.is_hidden,
            )
        )
        return held, said

    async def sweep(self) -> int:
        """Archive what ended a while ago, and forget what is not kept any longer; a hundred classes at a time."""
        now = self._clock.now()
        async with self._store.reading(organization=None) as tx:
            doors = await tx.doors_to_look_at(at=now, limit=100)
        for door in doors:
            async with self._store.reading(organization=door.organization) as tx:
                held = await tx.class_of(door.class_id)
                policy = await tx.policy()
            if held is None:
                continue
            if held.state is ClassState.ENDED:
                await self._moved(door.organization, door.class_id, "archive", actor=None, reason="time")
            await self._keep_or_forget(held, policy)
        return len(doors)

    async def _keep_or_forget(self, held: LiveClass, policy: OrganizationPolicy) -> None:
        keep = self._settings.keep if policy.keep_days is None else timedelta(days=policy.keep_days)
        over = (held.ended_at or held.ends_at) + keep
        async with self._store.transaction(organization=held.organization) as tx:
            if over > self._clock.now():
                await tx.look_again(held.id, at=over)
                return
            await tx.forget_class(held.id)
            await tx.look_again(held.id, at=None)

    async def policy(self, *, caller: Caller) -> OrganizationPolicy:
        """Return what the organization allows guests."""
        async with self._store.reading(organization=caller.require_organization()) as tx:
            return await tx.policy()

    async def set_policy(self, policy: OrganizationPolicy, *, version: int, caller: Caller) -> OrganizationPolicy:
        """Say what the organization allows guests from now on."""
        async with self._store.transaction(organization=caller.require_organization()) as tx:
            if not await tx.save_policy(policy, version=version):
                raise PreconditionFailed(fields={"current": (await tx.policy()).version})
            return await tx.policy()
