"""One person in all their classes: what ends when they may no longer, what is forgotten, and what is theirs to take."""

from datetime import timedelta
from typing import ClassVar
from uuid import UUID

from stoa.kit.auth.caller import Caller
from stoa.kit.contract import Job, OrganizationId, Struct, UserId
from stoa.kit.events import Delivery
from stoa.kit.realtime.realtime import Realtime
from stoa.kit.store import Store
from stoa.services.live.contract import ClassId, ParticipantId, Role
from stoa.services.live.domain.forgetting import nameless
from stoa.services.live.service.lane import Lane, chat_channel, class_channel
from stoa.services.live.service.moderating import Notice
from stoa.services.live.service.scheduling import Scheduling
from stoa.services.live.service.staging import Staging
from stoa.services.live.service.standing import Standings
from stoa.services.live.store.lane import Said
from stoa.services.live.store.personal import DEEDS, ClassVisited, Deed, Place, Visit
from stoa.services.live.store.tx import LiveTx
from stoa.services.organizations.contract import OrganizationsPort

_MOST_CLASSES, _MOST_OF_EACH, _RETOLD = 1_000, 5_000, 200
# Longer than a join token can be renewed after its end.
_SESSIONS_KEPT = timedelta(days=1)


class ForgetSaid(Job, frozen=True, kw_only=True):
    """Takes the name of somebody who left the platform out of what a class was told."""

    type_: ClassVar[str] = "live.forget-said"

    organization_id: OrganizationId
    class_id: ClassId
    participant: ParticipantId


class LiveRecord(Struct, frozen=True, kw_only=True):
    """All that is kept of somebody in live classes; of an anonymous poll nothing, for nobody knows who voted."""

    classes: list[ClassVisited]
    visits: list[Visit]
    deeds: list[Deed]
    is_whole: bool


class Personal:
    """Follows what becomes of a person elsewhere, and says what is kept of them here."""

    def __init__(
        self,
        *,
        store: Store[LiveTx],
        realtime: Realtime,
        organizations: OrganizationsPort,
        scheduling: Scheduling,
        standings: Standings,
        staging: Staging,
        lane: Lane,
    ) -> None:
        self._store = store
        self._realtime = realtime
        self._organizations = organizations
        self._scheduling = scheduling
        self._standings = standings
        self._staging = staging
        self._lane = lane

    async def put_out(
        self,
        organization: OrganizationId,
        user: UserId,
        *,
        course: UUID | None,
        delivery: Delivery,
        forget: bool = False,
    ) -> None:
        """Take back what somebody holds whose seat or membership ended; they may come in again when invited again."""
        async with self._store.transaction(organization=organization, delivery=delivery) as tx:
            gone = await tx.end_family(user=user, course=course)
            groups = await tx.group_chats_of(gone)
            for place in gone:
                await tx.save_acting_host(place.class_id, None, instead_of=place.participant)
                self._staging.align(tx, place.class_id, place.participant, is_out=True)
            for place in await tx.forget_person(user) if forget else []:
                tx.enqueue(
                    ForgetSaid(organization_id=organization, class_id=place.class_id, participant=place.participant)
                )
        rooms = [channel for one in gone for channel in (class_channel(one.class_id), chat_channel(one.class_id))]
        await self._let_go(user, gone, [*rooms, *(chat_channel(class_id, group) for class_id, group in groups)])

    async def session_ended(self, organization: OrganizationId, session: UUID, *, delivery: Delivery) -> None:
        """Renew no join token that came of a session which was logged out of; other devices stay in their rooms."""
        at = delivery.occurred_at
        async with self._store.transaction(organization=organization, delivery=delivery) as tx:
            await tx.note_ended_session(session, at=at, forgotten_before=at - _SESSIONS_KEPT)

    async def role_changed(self, organization: OrganizationId, user: UserId, *, delivery: Delivery) -> None:
        """Let somebody keep order no longer in classes that they held by a role they do not have any more."""
        async with self._store.reading(organization=organization) as tx:
            places = await tx.kept_order_in(user)
        if not places:
            return
        found = await self._organizations.grants_of(organization=organization, user=user)
        caller = Caller(user=user, organization=organization, grants=found.grants)
        said: list[Said] = []
        async with self._store.transaction(organization=organization, delivery=delivery) as tx:
            lost = [one for one in places if not await self._still_holds(tx, one, caller)]
            groups = await tx.group_chats_of(lost)
            for place in lost:
                said.append(await self._demote(tx, place))
        await self._let_go(user, lost, [chat_channel(class_id, group) for class_id, group in groups])
        await self._lane.tell(*said)

    async def _still_holds(self, tx: LiveTx, place: Place, caller: Caller) -> bool:
        held = await tx.class_of(place.class_id)
        return held is None or self._scheduling.may_host(caller, held)

    async def _demote(self, tx: LiveTx, place: Place) -> Said:
        await tx.give_role(place.class_id, place.participant, Role.LEARNER)
        await tx.save_acting_host(place.class_id, None, instead_of=place.participant)
        self._staging.align(tx, place.class_id, place.participant)
        person = await tx.person(place.class_id, place.participant)
        notice = Notice(
            kind="role", participant=place.participant, name=person.name if person else "", role=Role.LEARNER
        )
        return await tx.say(place.class_id, "notice", notice)

    async def _let_go(self, user: UserId, places: list[Place], channels: list[str]) -> None:
        for place in places:
            self._standings.changed(place.class_id, place.participant)
        for channel in channels:
            await self._realtime.close(user=str(user), channel=channel)

    async def forget_said(self, job: ForgetSaid) -> None:
        """Take a name out of a class's lane; what was told keeps its number, its time and its words."""
        place, after = Place(class_id=job.class_id, participant=job.participant), 0
        while True:
            async with self._store.transaction(organization=job.organization_id) as tx:
                told = await tx.told_of(place, after=after, limit=_RETOLD)
                await tx.retell(job.class_id, [(number, nameless(body, job.participant)) for number, body in told])
            if len(told) < _RETOLD:
                return
            after = told[-1][0]

    async def record(self, *, caller: Caller) -> LiveRecord:
        """Return all that is kept of the caller in this organization's classes."""
        user = caller.require_user()
        async with self._store.reading(organization=caller.require_organization()) as tx:
            classes = await tx.classes_visited(user, limit=_MOST_CLASSES + 1)
            visits = await tx.visits_by(user, limit=_MOST_OF_EACH + 1)
            deeds = [await tx.deeds_of(kind, user, limit=_MOST_OF_EACH + 1) for kind in DEEDS]
        return LiveRecord(
            classes=classes[:_MOST_CLASSES],
            visits=visits[:_MOST_OF_EACH],
            deeds=[deed for kind in deeds for deed in kind[:_MOST_OF_EACH]],
            is_whole=len(classes) <= _MOST_CLASSES and max(len(visits), *map(len, deeds)) <= _MOST_OF_EACH,
        )
