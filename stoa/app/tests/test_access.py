"""What a process knows of ended sessions and changed roles: told at once, by events after, asked for at its start."""

from collections.abc import Callable, Collection
from uuid import UUID

import msgspec
import pytest

from stoa.app import access
from stoa.app.access import Access, heard_by
from stoa.kit.auth.revocations import Revocation
from stoa.kit.clock import ManualClock
from stoa.kit.contract import Event, EventId, OrganizationId, Struct, UserId, new_id
from stoa.kit.errors import Unavailable
from stoa.kit.events import Envelope, seal
from stoa.services.identity.contract import IdentityPort, SessionsRevoked
from stoa.services.organizations.contract import OrganizationsPort, RoleChanged


class Bearer(Struct, frozen=True, kw_only=True):
    """The part of a token that a revocation looks at."""

    sub: UserId
    sid: object
    sv: int


class LateIdentity(IdentityPort):
    """Answers when it is asked for the third time."""

    def __init__(self, ended: list[Revocation]) -> None:
        self.ended = ended
        self.asked = 0

    async def recent_revocations(self) -> list[Revocation]:
        self.asked += 1
        if self.asked < 3:
            raise Unavailable
        return self.ended


def an_access(identity: IdentityPort) -> Access:
    return Access(
        clock=ManualClock(),
        issuer="http://stoa.test",
        identity=identity,
        organizations=OrganizationsPort(),
        default_slug="demo",
    )


class Told:
    """Invalidations of which the test makes one."""

    is_on = True

    def listen(self, types: Collection[str], *, heard: Callable[[Envelope], None], missed: Callable[[], None]) -> None:
        self.types, self.heard = set(types), heard

    async def start(self) -> None:
        """Begin nothing."""

    async def stop(self) -> None:
        """End nothing."""

    async def caught_up(self) -> bool:
        return True

    async def tell(self, changes: Collection[Envelope]) -> None:
        for one in changes:
            self.heard(one)


class Concerned:
    """Notes what it is told."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, UserId, float]] = []

    def session_ended(self, *, user: UserId, session: UUID | None, at: float) -> None:
        self.heard.append(("session", user, at))

    def role_changed(self, *, user: UserId, at: float) -> None:
        self.heard.append(("role", user, at))


def sealed(event: Event) -> Envelope:
    return seal(event, id_=EventId(new_id()), service="identity", at=ManualClock().now())


async def test_what_was_told_before_its_event_is_known_at_once_and_the_event_changes_nothing_more() -> None:
    user, session, organization = UserId(new_id()), new_id(), OrganizationId(new_id())
    known, told, concerned = an_access(LateIdentity([])), Told(), Concerned()
    known.concerned.append(concerned)
    known.listen(told)
    ended = sealed(SessionsRevoked(organization_id=organization, user_id=user, session_id=None, session_version=4))
    changed = sealed(RoleChanged(organization_id=organization, user_id=user, version=2))
    at = ManualClock().now().timestamp()

    await told.tell([ended, changed, msgspec.structs.replace(changed, data=msgspec.Raw(b"{}"))])
    assert known.revocations.covers(Bearer(sub=user, sid=session, sv=3))  # type: ignore[arg-type]  # a token's claims
    assert concerned.heard == [("session", user, at), ("role", user, at)]

    for consumer in heard_by(known):
        for envelope in (ended, changed):
            if consumer.type_ == envelope.type:
                await consumer.handle_once(envelope)
    assert len(concerned.heard) == 2
    assert told.types == {consumer.type_ for consumer in heard_by(known)}
    assert all(consumer.patience_s for consumer in heard_by(known))


async def test_a_process_asks_until_identity_says_which_sessions_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "_CATCH_UP_AGAIN_S", 0)
    user, session = UserId(new_id()), new_id()
    identity = LateIdentity([Revocation(user=user, session=None, version=4)])
    known = an_access(identity)

    await known.catch_up()

    assert identity.asked == 3
    assert known.revocations.covers(Bearer(sub=user, sid=session, sv=3))  # type: ignore[arg-type]  # a token's claims
    assert not known.revocations.covers(Bearer(sub=user, sid=session, sv=4))  # type: ignore[arg-type]  # as above
