"""Who asks from inside a room: found by their join token, with what the database says of them now."""

import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from stoa.kit.clock import Clock
from stoa.kit.contract import OrganizationId, Struct
from stoa.kit.store import Store
from stoa.services.live.contract import (
    ClassId,
    ClassNotFound,
    ClassState,
    JoinNeeded,
    Muted,
    NotLive,
    ParticipantId,
    Removed,
    Role,
    RoleNeeded,
)
from stoa.services.live.domain import passes
from stoa.services.live.domain.classes import LiveClass, Participant
from stoa.services.live.domain.passes import Pass
from stoa.services.live.service.remembering import Moment
from stoa.services.live.store.tx import LiveTx

MODERATORS = (Role.HOST, Role.COHOST)
PRESENTERS = (Role.HOST, Role.COHOST, Role.SPEAKER)
_CLASS_LASTS_S = 1.0
# Within this a removal, a mute or a role counts on every server; on the one where it is done, at once.
_PERSON_LASTS_S = 3.0


class Standing(Struct, frozen=True, kw_only=True):
    """Somebody in a room, now."""

    organization: OrganizationId
    held: LiveClass
    person: Participant
    device: UUID
    session: UUID | None = None

    @property
    def class_id(self) -> ClassId:
        """Return the room's class."""
        return self.held.id

    @property
    def id(self) -> ParticipantId:
        """Return the participant."""
        return self.person.id

    @property
    def role(self) -> Role:
        """Return the role; an acting host is a host."""
        return Role.HOST if self.held.acting_host == self.person.id else self.person.role

    @property
    def socket_user(self) -> str:
        """Return under which id their sockets are known: their account, or as a guest this one stay."""
        return socket_user(self.person)

    @property
    def moderates(self) -> bool:
        """Say whether they keep order."""
        return self.role in MODERATORS

    def require(self, *roles: Role) -> None:
        """Raise RoleNeeded unless they have one of these roles."""
        if self.role not in roles:
            raise RoleNeeded(fields={"roles": [str(role) for role in roles]})

    def require_live(self) -> None:
        """Raise NotLive unless the class is on, or its lobby is open."""
        if self.held.state not in (ClassState.OPEN, ClassState.LIVE):
            raise NotLive(fields={"state": str(self.held.state)})

    def require_voice(self, now: datetime) -> None:
        """Raise Muted for somebody who was muted."""
        if self.person.muted_until is not None and self.person.muted_until > now:
            raise Muted(fields={"until": self.person.muted_until})


def socket_user(person: Participant) -> str:
    """Return under which id somebody's sockets are known."""
    return str(person.user) if person.user is not None else f"guest-{person.id}"


class Standings:
    """Finds who asks; remembers classes and people for a moment."""

    def __init__(self, *, store: Store[LiveTx], clock: Clock, secret: bytes) -> None:
        self._store = store
        self._clock = clock
        self._key = secret
        self._classes = Moment[ClassId, LiveClass](clock, lasts_s=_CLASS_LASTS_S, most=5_000)
        self._people = Moment[ParticipantId, Participant](clock, lasts_s=_PERSON_LASTS_S, most=100_000)

    def token_for(self, standing: Standing, *, lasts: timedelta) -> tuple[str, datetime]:
        """Return a fresh join token and when it ends."""
        until = self._clock.now() + lasts
        made = Pass(
            organization=standing.organization,
            class_id=standing.class_id,
            participant=standing.id,
            role=standing.role,
            family=standing.person.family,
            device=standing.device,
            until=int(until.timestamp()),
            session=standing.session,
        )
        return passes.written(made, key=self._key), until

    def address_key(self, class_id: ClassId, address: str) -> bytes:
        """Return what is kept of a guest's address: enough to know it again in this class, and nowhere else."""
        return hmac.digest(self._key, class_id.bytes + address.encode(), "sha256")[:16]

    async def enter(
        self,
        headers: Mapping[str, str],
        class_id: ClassId,
        *roles: Role,
        grace: timedelta = timedelta(),
        is_anew: bool = False,
    ) -> Standing:
        """Return who holds the join token of a request; raise JoinNeeded, Removed or RoleNeeded.

        `is_anew` for what is answered with tokens: who was sent out a moment ago on another server gets no more, nor
        does a device that has logged out.
        """
        token = headers.get(passes.HEADER)
        found = passes.read(token, key=self._key, class_id=class_id, now=self._clock.now(), grace=grace)
        held = await self.class_of(found.organization, class_id)
        if is_anew:
            self._people.forget(found.participant)
            await self._require_session(found)
        person = await self.person_of(found.organization, class_id, found.participant)
        if person is None:
            raise JoinNeeded
        if person.removed_at is not None:
            raise Removed
        if person.family != found.family:
            raise JoinNeeded
        standing = Standing(
            organization=found.organization, held=held, person=person, device=found.device, session=found.session
        )
        if roles:
            standing.require(*roles)
        return standing

    async def _require_session(self, found: Pass) -> None:
        if found.session is None:
            return
        async with self._store.reading(organization=found.organization) as tx:
            if await tx.is_session_ended(found.session):
                raise JoinNeeded

    async def class_of(self, organization: OrganizationId, class_id: ClassId) -> LiveClass:
        """Return a class as it was within the last second; raise ClassNotFound."""

        async def load() -> LiveClass:
            async with self._store.reading(organization=organization) as tx:
                held = await tx.class_of(class_id)
            if held is None:
                raise ClassNotFound
            return held

        held = await self._classes.get(class_id, load)
        if held.organization != organization:
            raise ClassNotFound
        return held

    async def person_of(
        self, organization: OrganizationId, class_id: ClassId, participant: ParticipantId
    ) -> Participant | None:
        """Return a participant as they were within the last seconds."""

        async def load() -> Participant:
            async with self._store.reading(organization=organization) as tx:
                person = await tx.person(class_id, participant)
            if person is None:
                raise JoinNeeded
            return person

        return await self._people.get(participant, load)

    def changed(self, class_id: ClassId, participant: ParticipantId | None = None) -> None:
        """Forget a class, and a participant of it, whom this process has just changed."""
        self._classes.forget(class_id)
        if participant is not None:
            self._people.forget(participant)
