"""Who may no longer: a socket server knows it that started later, or that hears no events, and closes it once."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from uuid import UUID

import pytest

from stoa.app.access import Access, told_to_sockets
from stoa.app.doorkeeper import Doorkeeper
from stoa.app.sockets import Bouncer
from stoa.kit.auth.caller import GrantSet
from stoa.kit.clock import ManualClock
from stoa.kit.contract import Event, OrganizationId, UserId, new_id
from stoa.kit.engines.memory.realtime import Hall, MemoryBroker
from stoa.kit.engines.valkey.realtime import ValkeyRooms
from stoa.kit.events import Delivery, EventId, Heard
from stoa.kit.realtime import codes
from stoa.kit.realtime.broker import Broker, ChannelOptions, Control
from stoa.kit.realtime.channels import OWN
from stoa.kit.realtime.codes import Ended, Refused
from stoa.kit.realtime.gate import Knock, Member
from stoa.kit.realtime.node import Node
from stoa.kit.realtime.speaker import Speaker, urls_at
from stoa.kit.realtime.tokens import SocketTokens
from stoa.kit.testing.valkey import ThrowawayValkey
from stoa.services.identity.contract import IdentityPort, SessionsRevoked
from stoa.services.organizations.contract import OrganizationsPort, RoleChanged

ADA, HOME = UserId(new_id()), OrganizationId(new_id())
OPTIONS = {**OWN, "class": ChannelOptions(lossless=True, recovery=True)}
LASTS = timedelta(minutes=15)


class Organizations(OrganizationsPort):
    """Counts how often it is asked what somebody may do."""

    def __init__(self) -> None:
        self.asked = 0

    async def grants_of(self, *, organization: OrganizationId, user: UserId) -> GrantSet:
        self.asked += 1
        return GrantSet(version=self.asked)


class Server:
    """A socket server without events: its door, its node, and what it was told to close."""

    def __init__(self, broker: Broker, clock: ManualClock) -> None:
        self.organizations = Organizations()
        self.access = Access(
            clock=clock,
            issuer="http://stoa.test",
            identity=IdentityPort(),
            organizations=self.organizations,
            default_slug="demo",
        )
        self.tokens = SocketTokens(b"k" * 32, clock)
        self.door = Doorkeeper(tokens=self.tokens, options=OPTIONS, clock=clock, access=self.access)
        self.node = Node(gate=self.door, broker=broker, clock=clock)
        self.closed: list[Control] = []
        self.access.concerned.append(Bouncer(self))  # type: ignore[arg-type]  # it notes, and then does as a node does

    def controlled(self, control: Control) -> None:
        self.closed.append(control)
        self.node.controlled(control)

    def seat(self, token: str, *, user: str = str(ADA)) -> bool:
        """Say whether a token of a channel is taken."""
        try:
            self.door.subscribe(Member(client="c", user=user), "class:1", token, None)
        except Refused as refused:
            assert refused.why is codes.TOKEN_EXPIRED
            return False
        return True


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture(params=["memory", "valkey"])
async def make(request: pytest.FixtureRequest, clock: ManualClock) -> AsyncIterator[Callable[[], Broker]]:
    if request.param == "memory":
        hall = Hall(clock)
        yield lambda: MemoryBroker(hall)
        return
    valkey = ThrowawayValkey()
    await valkey.start()
    yield lambda: ValkeyRooms(valkey.url)
    await valkey.stop()


def a_delivery(at: ManualClock) -> Delivery:
    return Delivery(
        consumer="sockets", event_id=EventId(new_id()), type_="", key="", organization=HOME, occurred_at=at.now()
    )


async def tell(broker: Broker, event: Event, clock: ManualClock) -> None:
    """Do what the process does that holds identity when it hears an event."""
    [consumer] = [one for one in told_to_sockets(broker, None) if one.type_ == event.type_]  # type: ignore[arg-type]  # nothing is buried
    await consumer.handle([Heard(event=event, delivery=a_delivery(clock))])


async def test_a_server_that_starts_after_somebody_was_sent_out_takes_none_of_their_tokens(
    make: Callable[[], Broker], clock: ManualClock
):
    speaker_broker, broker = make(), make()
    late = Server(broker, clock)
    speaker = Speaker(speaker_broker, late.tokens, options=OPTIONS, urls=urls_at("http://stoa.test"))
    seat = late.tokens.subscription(user=str(ADA), channel="class:1", expires_in=LASTS)
    connection = late.tokens.connection(user="guest-1", expires_in=LASTS)

    await speaker.close(user=str(ADA), channel="class:1")
    await speaker.close(user="guest-1")
    clock.advance(timedelta(minutes=5))
    await late.node.start()

    assert not late.seat(seat)
    assert late.seat(late.tokens.subscription(user=str(ADA), channel="class:1", expires_in=LASTS)), "a newer one counts"
    with pytest.raises(Ended):
        late.door.connect(Knock(client="c", token=connection, address="192.0.2.1", transport="websocket"))
    await late.node.stop()
    await speaker_broker.stop()


async def test_a_server_without_events_hears_of_roles_and_sessions_by_the_broker(
    make: Callable[[], Broker], clock: ManualClock
):
    teller, broker, session = make(), make(), new_id()
    server = Server(broker, clock)
    await server.node.start()
    held = server.tokens.subscription(user=str(ADA), channel="class:1", expires_in=LASTS)
    assert server.seat(held)
    await server.access.grants.grants_of(HOME, ADA)

    await tell(teller, RoleChanged(organization_id=HOME, user_id=ADA, version=2), clock)
    await tell(teller, SessionsRevoked(organization_id=HOME, user_id=ADA, session_version=1, session_id=session), clock)

    async with asyncio.timeout(20):
        while len(server.closed) < 2:
            await asyncio.sleep(0.005)
    assert [(one.session, one.code) for one in server.closed] == [
        ("", codes.FORCE_RECONNECT.code),
        (str(session), codes.INVALID_TOKEN.code),
    ]
    assert not server.seat(held), "what was given for the role before is asked for anew"
    assert server.access.grants.known(HOME, ADA) is None, "and what they may do is asked for anew"
    assert server.access.revocations.covers(_Bearer(session))
    await server.node.stop()
    await teller.stop()


async def test_news_that_comes_by_the_broker_and_as_an_event_closes_once(clock: ManualClock):
    server = Server(MemoryBroker(Hall(clock)), clock)
    at = clock.now().timestamp()

    for _ in range(2):
        server.access.role_changed(organization=HOME, user=ADA, version=2, at=at)
        control = Control(kind="role", user=str(ADA), organization=str(HOME), version=2, at=at)
        server.node.controlled(control)

    assert len(server.closed) == 1
    server.access.role_changed(organization=HOME, user=ADA, version=3, at=at + 5)
    assert len(server.closed) == 2


class _Bearer:
    sv = 1

    def __init__(self, session: UUID) -> None:
        self.sid = session
        self.sub = ADA
