"""The door of a room: who may come in, as whom, with which tokens; staying counted, and leaving."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

import msgspec

from stoa.kit.auth.caller import Caller
from stoa.kit.clock import Clock
from stoa.kit.contract import OrganizationId, Struct, UserId, new_id
from stoa.kit.errors import TooMany
from stoa.kit.limits import Bucket, Limiter
from stoa.kit.names import BadName, clean_name, shown_name
from stoa.kit.realtime.realtime import Realtime, SocketUrls
from stoa.kit.store import Store
from stoa.services.live.contract import (
    ClassId,
    ClassState,
    ConsentNeeded,
    GuestsRefused,
    NotInvited,
    NotLive,
    ParticipantId,
    Removed,
    Role,
    RoomFull,
    WrongCode,
)
from stoa.services.live.domain.classes import LiveClass, OrganizationPolicy, role_of
from stoa.services.live.domain.wording import held_because
from stoa.services.live.policy import LiveSettings
from stoa.services.live.service.lane import Lane, chat_channel, class_channel
from stoa.services.live.service.presenting import Presenting
from stoa.services.live.service.scheduling import Scheduling
from stoa.services.live.service.snapshots import Snapshot, Snapshots
from stoa.services.live.service.stageviews import StageAnswer
from stoa.services.live.service.staging import Staging
from stoa.services.live.service.standing import Standing, Standings
from stoa.services.live.service.views import ClassView, class_view
from stoa.services.live.store.people import Arrival
from stoa.services.live.store.tx import LiveTx
from stoa.services.people.contract import PeoplePort

# A page that slept comes back with the token it had, unless it was taken back meanwhile.
_RENEWED_WITHIN = timedelta(hours=12)
_AWAY_FOR_GUESTS = timedelta(minutes=30)
_WRONG_CODES, _WRONG_CODES_PER_S, _WRONG_CODES_OF_ALL = 20, 600.0, 2_000
_MOST_WAITS = 10_000
# With fewer places left than may be taken within the second for which counts are remembered, people are counted in one
# by one; before that nobody waits for anybody.
_PLACES_AT_ONCE = 4_000


class JoinIn(Struct, frozen=True, kw_only=True):
    """How somebody with an account comes in; `consent` agrees to being recorded."""

    consent: bool = False


class GuestIn(Struct, frozen=True, kw_only=True):
    """How somebody comes in by a code: `agrees` to the organization's terms, `is_of_age` by its rule."""

    code: Annotated[str, msgspec.Meta(max_length=20)]
    name: Annotated[str, msgspec.Meta(max_length=120)] = ""
    consent: bool = False
    agrees: bool = False
    is_of_age: bool = False


class Myself(Struct, frozen=True, kw_only=True):
    """Who one is in the room."""

    id: ParticipantId
    name: str
    role: Role
    is_guest: bool
    muted_until: datetime | None


class RoomChannel(Struct, frozen=True, kw_only=True):
    """A channel and the token that opens it."""

    channel: str
    token: str


class Renewed(Struct, frozen=True, kw_only=True):
    """A fresh join token with those of the sockets; renewing every `renew_in_s` is how one is counted."""

    join_token: str
    expires_at: datetime
    renew_in_s: float
    participant: Myself
    state: ClassState
    channels: list[RoomChannel]
    connection_token: str | None


class Joined(Renewed, frozen=True, kw_only=True):
    """All that a page needs to be in the room."""

    class_: ClassView = msgspec.field(name="class")
    stage: StageAnswer
    snapshot: Snapshot
    sockets: SocketUrls


class Doorway:
    """Lets people in, keeps them counted and sees them off."""

    def __init__(
        self,
        *,
        store: Store[LiveTx],
        clock: Clock,
        settings: LiveSettings,
        limiter: Limiter,
        realtime: Realtime,
        people: PeoplePort,
        scheduling: Scheduling,
        standings: Standings,
        staging: Staging,
        snapshots: Snapshots,
        presenting: Presenting,
        lane: Lane,
    ) -> None:
        self._store = store
        self._clock = clock
        self._settings = settings
        self._limiter = limiter
        self._realtime = realtime
        self._people = people
        self._scheduling = scheduling
        self._standings = standings
        self._staging = staging
        self._snapshots = snapshots
        self._presenting = presenting
        self._lane = lane
        # Until when an address that tried many wrong codes waits, by this process's clock.
        self._waits: dict[str, float] = {}

    async def join(self, class_id: ClassId, body: JoinIn, *, caller: Caller, address: str = "") -> Joined:
        """Come in as a member: with a seat in the class's course, or as one of those who hold it."""
        held, may_host = await self._scheduling.found(class_id, caller=caller)
        user = caller.require_user()
        role = role_of(held, user, is_staff=may_host)
        return await self._as_member(held, caller, role, consent=body.consent, address=address)

    async def join_by_code(self, body: GuestIn, *, caller: Caller, address: str) -> Joined:
        """Come in by a class's six digits: as who one is where the class is for one anyway, else as a guest."""
        organization, class_id = await self._door(body.code, address)
        held = await self._standings.class_of(organization, class_id)
        if caller.user is not None and caller.organization == organization:
            may_host = self._scheduling.may_host(caller, held)
            if may_host or await self._scheduling.is_invited(held, caller.user):
                role = role_of(held, caller.user, is_staff=may_host)
                return await self._as_member(held, caller, role, consent=body.consent, address=address)
        policy = await self._guest_policy(held)
        if (policy.guest_terms and not body.agrees) or (policy.guest_min_age and not body.is_of_age):
            raise GuestsRefused(
                "Agree to the terms, and say that you are old enough.",
                fields={"terms": policy.guest_terms, "min_age": policy.guest_min_age},
            )
        if caller.user is not None and caller.organization == organization:
            return await self._as_member(held, caller, Role.GUEST, consent=body.consent, address=address)
        key = self._standings.address_key(class_id, address)
        since = self._clock.now() - _AWAY_FOR_GUESTS
        async with self._store.reading(organization=organization) as tx:
            if await tx.was_removed_from_here(class_id, key, since=since):
                raise Removed
        name = self._guest_name(held, body.name)
        return await self._let_in(held, user=None, name=name, role=Role.GUEST, consent=body.consent, address_key=key)

    async def renew(self, headers: Mapping[str, str], class_id: ClassId) -> Renewed:
        """Stay: a sign of life by the server's clock, and fresh tokens for as long as nobody took them back."""
        standing = await self._standings.enter(headers, class_id, grace=_RENEWED_WITHIN, is_anew=True)
        await self._sign_of_life(standing)
        standing = await self._mind_the_host(standing)
        return self._renewed(standing)

    async def room(self, headers: Mapping[str, str], class_id: ClassId) -> Joined:
        """Return all that joining returned, anew: for a page that was loaded again, or lost its place."""
        standing = await self._standings.enter(headers, class_id, grace=_RENEWED_WITHIN, is_anew=True)
        await self._sign_of_life(standing)
        return await self._joined(standing)

    async def leave(self, headers: Mapping[str, str], class_id: ClassId) -> None:
        """Go: the visit of this device is over now."""
        standing = await self._standings.enter(headers, class_id, grace=_RENEWED_WITHIN)
        async with self._store.reading(organization=standing.organization) as tx:
            await tx.left(class_id, standing.id, standing.device, at=self._clock.now())
        self._presenting.came_or_went(standing.organization, class_id)

    async def _door(self, code: str, address: str) -> tuple[OrganizationId, ClassId]:
        """Return where a code leads; who tries many wrong ones waits, and all together cannot try a million.

        Who waits is not told that a code is right, either: else there would be nothing to wait for.
        """
        wait_s = self._waits.get(address, 0.0) - self._clock.monotonic()
        if wait_s > 0:
            raise TooMany(retry_after_s=wait_s)
        digits = "".join(char for char in code if char.isdigit())
        async with self._store.reading(organization=None) as tx:
            door = await tx.door_by_code(digits) if len(digits) == 6 else None
        if door is not None:
            return door.organization, door.class_id
        verdict = await self._limiter.take(
            Bucket(f"-:live.wrong-codes:a:{address}", _WRONG_CODES, _WRONG_CODES_PER_S),
            Bucket("-:live.wrong-codes:*", _WRONG_CODES_OF_ALL, _WRONG_CODES_PER_S),
        )
        if not verdict.allowed:
            wait_s = max(verdict.retry_after_s, _WRONG_CODES_PER_S / _WRONG_CODES)
            if len(self._waits) >= _MOST_WAITS:
                del self._waits[next(iter(self._waits))]
            self._waits[address] = self._clock.monotonic() + wait_s
            raise TooMany(retry_after_s=wait_s)
        raise WrongCode

    def _guest_name(self, held: LiveClass, given: str) -> str:
        """Return what a guest wants to be called, or raise BadName: a name is read by all, as a message is."""
        name, rules = clean_name(given), held.settings
        words = [*rules.blocked_words, *self._settings.blocked_words.split(",")]
        if held_because(name, links=rules.hold_links, personal=rules.hold_personal, words=words):
            raise BadName("Choose a name without addresses, numbers or words that this class does not want.")
        return name

    async def _guest_policy(self, held: LiveClass) -> OrganizationPolicy:
        async with self._store.reading(organization=held.organization) as tx:
            policy = await tx.policy()
        if not (held.settings.takes_guests and policy.guests_allowed):
            raise GuestsRefused("This class takes no guests.")
        return policy

    async def _as_member(self, held: LiveClass, caller: Caller, role: Role, *, consent: bool, address: str) -> Joined:
        user = caller.require_user()
        profiles = await self._people.profiles_of(organization=held.organization, users=[user])
        name = shown_name(profiles[0].display_name) if profiles else "?"
        # Who is sent out does not come back from the same place as a guest.
        key = self._standings.address_key(held.id, address) if address else None
        return await self._let_in(
            held, user=user, name=name, role=role, consent=consent, address_key=key, session=caller.session
        )

    async def _let_in(
        self,
        held: LiveClass,
        *,
        user: UserId | None,
        name: str,
        role: Role,
        consent: bool,
        address_key: bytes | None,
        session: UUID | None = None,
    ) -> Joined:
        if held.state not in (ClassState.OPEN, ClassState.LIVE) and not (
            held.state is ClassState.SCHEDULED and role.moderates
        ):
            raise NotLive(fields={"state": str(held.state), "starts_at": held.starts_at})
        if held.settings.is_recorded and not consent:
            raise ConsentNeeded
        is_counted = not role.moderates and (
            await self._snapshots.people_in(held) + _PLACES_AT_ONCE > held.settings.max_people
        )
        now = self._clock.now()
        arrival = Arrival(
            user=user,
            name=name,
            name_key=name.casefold(),
            role=role,
            at=now,
            consented=consent and held.settings.is_recorded,
            address_key=address_key,
        )
        device, away_since = new_id(), now - self._settings.away_after
        async with self._store.transaction(organization=held.organization) as tx:
            if is_counted:
                await tx.lock_door(held.id)
            person = await tx.arrive(held.id, arrival)
            if person.removed_at is not None:
                raise Removed
            is_here = person.seen_at is not None and person.seen_at >= away_since
            if is_counted and not is_here and await tx.here(held.id, since=away_since) >= held.settings.max_people:
                raise RoomFull(retry_after_s=30)
            await tx.seen(held.id, person.id, device, at=now, away_since=away_since)
        self._presenting.came_or_went(held.organization, held.id)
        standing = Standing(organization=held.organization, held=held, person=person, device=device, session=session)
        return await self._joined(await self._mind_the_host(standing))

    async def _sign_of_life(self, standing: Standing) -> None:
        now = self._clock.now()
        async with self._store.reading(organization=standing.organization) as tx:
            await tx.seen(
                standing.class_id,
                standing.id,
                standing.device,
                at=now,
                away_since=now - self._settings.away_after,
            )
        self._presenting.came_or_went(standing.organization, standing.class_id)

    async def _mind_the_host(self, standing: Standing) -> Standing:
        """Let a co-host stand in where no host is there any more, and step back when one is."""
        held = standing.held
        is_host = standing.person.role is Role.HOST
        if held.state is not ClassState.LIVE or standing.person.role not in (Role.HOST, Role.COHOST):
            return standing
        stands_in = None if is_host else standing.id
        if held.acting_host == stands_in:
            return standing
        if not is_host:
            since = self._clock.now() - self._settings.host_away_after
            if held.started_at is None or held.started_at > since:
                return standing
            async with self._store.reading(organization=held.organization) as tx:
                if await tx.host_is_here(held.id, since=since, acting=held.acting_host):
                    return standing
        async with self._store.transaction(organization=held.organization) as tx:
            if not await tx.save_acting_host(held.id, stands_in, instead_of=held.acting_host):
                return standing
            self._staging.align(tx, held.id, standing.id, *([held.acting_host] if held.acting_host else []))
            body = {"kind": "acting_host", "participant": stands_in, "name": standing.person.name}
            said = await tx.say(held.id, "notice", body)
        self._standings.changed(held.id)
        await self._lane.tell(said)
        return msgspec.structs.replace(standing, held=msgspec.structs.replace(held, acting_host=stands_in))

    async def _joined(self, standing: Standing) -> Joined:
        renewed = self._renewed(standing)
        fields = {name: getattr(renewed, name) for name in renewed.__struct_fields__}
        return Joined(
            **fields,
            class_=class_view(standing.held, may_host=standing.moderates),
            stage=await self._staging.for_join(standing),
            snapshot=await self._snapshots.taken(standing),
            sockets=self._realtime.urls,
        )

    def _renewed(self, standing: Standing) -> Renewed:
        token, until = self._standings.token_for(standing, lasts=self._settings.pass_lasts)
        person, lasts = standing.person, self._settings.pass_lasts
        is_guest = person.user is None
        channels = [class_channel(standing.class_id), chat_channel(standing.class_id)]
        return Renewed(
            join_token=token,
            expires_at=until,
            renew_in_s=self._settings.renew_every.total_seconds(),
            participant=Myself(
                id=standing.id,
                name=person.name,
                role=standing.role,
                is_guest=is_guest,
                muted_until=person.muted_until,
            ),
            state=standing.held.state,
            channels=[self.channel_token(standing, channel) for channel in channels],
            connection_token=self._realtime.connection_token(
                user=standing.socket_user, name=person.name, expires_in=lasts
            )
            if is_guest
            else None,
        )

    def channel_token(self, standing: Standing, channel: str) -> RoomChannel:
        """Return the token that opens a channel for somebody."""
        token = self._realtime.subscription_token(
            user=standing.socket_user, channel=channel, expires_in=self._settings.pass_lasts
        )
        return RoomChannel(channel=channel, token=token)

    async def right_to_follow(self, name: str, *, caller: Caller) -> timedelta:
        """Return for how long somebody who has joined may follow a channel; raise NotInvited for everybody else."""
        organization, user = caller.require_organization(), caller.require_user()
        text, _, group = name.partition(".")
        try:
            class_id, group_id = ClassId(UUID(text)), UUID(group) if group else None
        except ValueError:
            raise NotInvited from None
        if name != (str(class_id) if group_id is None else f"{class_id}.{group_id}"):
            # Another spelling would be a channel of its own, which nobody closes.
            raise NotInvited
        async with self._store.reading(organization=organization) as tx:
            person = await tx.person_of(class_id, user)
            if person is None or person.removed_at is not None:
                raise NotInvited
            whose = None if person.role.moderates else person.id
            if group_id is not None and not await tx.is_in_group(class_id, group_id, whose):
                raise NotInvited
        return self._settings.pass_lasts
