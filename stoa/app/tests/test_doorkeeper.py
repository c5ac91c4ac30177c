"""Who is let in: by access tokens, by tokens of our own, from pages of ours, and not by what was closed since."""

from collections.abc import Awaitable
from datetime import timedelta
from typing import TypeVar
from uuid import UUID

import pytest

from stoa.app.access import Access
from stoa.app.doorkeeper import Doorkeeper, origins_of
from stoa.kit.auth.caller import Grant, GrantSet
from stoa.kit.auth.keys import KeyRing, KeySet, generate_key
from stoa.kit.auth.tokens import TokenIssuer
from stoa.kit.clock import ManualClock
from stoa.kit.contract import OrganizationId, UserId, new_id
from stoa.kit.errors import Unavailable
from stoa.kit.manifest import Urls
from stoa.kit.realtime import codes
from stoa.kit.realtime.broker import ChannelOptions, Control
from stoa.kit.realtime.channels import OWN
from stoa.kit.realtime.codes import Code, Ended, Refused
from stoa.kit.realtime.gate import Admission, Knock, Member, Seat
from stoa.kit.realtime.tokens import SocketTokens
from stoa.services.identity.contract import IdentityPort
from stoa.services.organizations.contract import OrganizationsPort

T = TypeVar("T")

KEY, OTHER = b"k" * 32, b"o" * 32
PAGE = "http://127.0.0.1:8000"
MINUTE = timedelta(minutes=1)
HOME = OrganizationId(new_id())
ADA = UserId(new_id())
OPTIONS = {**OWN, "class": ChannelOptions(lossless=True, recovery=True)}


class Identity(IdentityPort):
    """Publishes one key, unless it is away."""

    def __init__(self, ring: KeyRing, clock: ManualClock) -> None:
        self.ring, self.clock = ring, clock
        self.is_away = False

    async def jwks(self) -> KeySet:
        if self.is_away:
            raise Unavailable
        return self.ring.published(self.clock.now())


class Organizations(OrganizationsPort):
    """Knows one person's roles."""

    def __init__(self) -> None:
        self.grants: tuple[Grant, ...] = (Grant(role="learner", scope="organization", scope_id=HOME),)

    async def grants_of(self, *, organization: OrganizationId, user: UserId) -> GrantSet:
        return GrantSet(version=1, grants=self.grants)


class House:
    """A doorkeeper with everything that it asks."""

    def __init__(self, **changes: object) -> None:
        self.clock = ManualClock()
        ring = KeyRing([generate_key(signs_from=self.clock.now())])
        self.identity, self.organizations = Identity(ring, self.clock), Organizations()
        self.issuer = TokenIssuer(ring, self.clock, issuer=PAGE)
        self.access = Access(
            clock=self.clock,
            issuer=PAGE,
            identity=self.identity,
            organizations=self.organizations,
            default_slug="demo",
        )
        self.tokens = SocketTokens(KEY, self.clock)
        given = {"access": self.access, "origins": [PAGE], **changes}
        self.door = Doorkeeper(tokens=self.tokens, options=OPTIONS, clock=self.clock, **given)  # type: ignore[arg-type]  # as given

    def access_token(self, session: UUID) -> str:
        return self.issuer.issue(user=ADA, session=session, session_version=1, organization=HOME)


def a_knock(token: str, **headers: str) -> Knock:
    return Knock(client="c1", token=token, address="192.0.2.1", transport="websocket", headers=headers)


def a_guest(user: str = "g1") -> Member:
    return Member(client="c1", user=user)


async def of(answer: T | Awaitable[T]) -> T:
    return await answer if isinstance(answer, Awaitable) else answer


async def ended_with(door: Doorkeeper, knock: Knock) -> Code:
    with pytest.raises(Ended) as ended:
        await of(door.connect(knock))
    return ended.value.why


def refused_with(door: Doorkeeper, member: Member, channel: str, token: str = "") -> Code:
    with pytest.raises(Refused) as refused:
        door.subscribe(member, channel, token, None)
    return refused.value.why


async def test_an_access_token_opens_a_socket_with_the_persons_own_channel() -> None:
    house, session = House(), new_id()

    admission = await of(house.door.connect(a_knock(house.access_token(session), origin=PAGE)))

    assert admission == Admission(
        user=str(ADA),
        expires_at=house.clock.now().timestamp() + 900,
        account=str(ADA),
        organization=str(HOME),
        session=str(session),
        seats={f"user:{ADA}": Seat(options=OWN["user"])},
    )


async def test_an_access_token_that_has_expired_is_asked_for_anew_and_one_that_was_ended_is_not() -> None:
    house, session = House(), new_id()
    old = house.access_token(session)
    house.clock.advance(timedelta(minutes=16))
    fresh = house.access_token(session)

    with pytest.raises(Refused) as refused:
        await of(house.door.connect(a_knock(old)))
    house.access.revocations.note(user=ADA, session=session, version=1)

    assert refused.value.why is codes.TOKEN_EXPIRED
    assert await ended_with(house.door, a_knock(fresh)) is codes.INVALID_TOKEN


async def test_whoever_is_suspended_stays_outside() -> None:
    house = House()
    banned = Grant(role="*", scope="organization", scope_id=HOME, prohibit=True)
    house.organizations.grants = (*house.organizations.grants, banned)

    assert await ended_with(house.door, a_knock(house.access_token(new_id()))) is codes.NO_PERMISSION


async def test_nobody_is_turned_away_for_good_while_identity_is_away() -> None:
    house = House()
    house.identity.is_away = True

    with pytest.raises(Refused) as refused:
        await of(house.door.connect(a_knock(house.access_token(new_id()))))

    assert refused.value.why.code in codes.TEMPORARY


async def test_a_guest_comes_in_with_a_connection_token_and_is_only_in_the_channels_it_names() -> None:
    house = House()
    token = house.tokens.connection(user="g1", name="Gus", expires_in=MINUTE, channels=["load:a", "nowhere:b"])

    admission = await of(house.door.connect(a_knock(token)))

    assert (admission.user, admission.info, list(admission.seats)) == ("g1", b'{"name":"Gus"}', ["load:a"])
    assert (admission.account, admission.session) == ("", "")


@pytest.mark.parametrize("token", ["", "nonsense", SocketTokens(OTHER, ManualClock()).connection(user="g1")])
async def test_without_a_good_token_the_door_stays_shut(token: str) -> None:
    assert await ended_with(House().door, a_knock(token)) is codes.INVALID_TOKEN


@pytest.mark.parametrize("origin", ["https://evil.example", "http://127.0.0.1:9000", "null"])
async def test_a_page_of_somebody_else_opens_no_socket(origin: str) -> None:
    house = House()
    knock = a_knock(house.tokens.connection(user="g1"), origin=origin, host="127.0.0.1:8002")

    assert await ended_with(house.door, knock) is codes.NO_PERMISSION


async def test_a_page_opens_sockets_at_the_host_that_it_came_from() -> None:
    house = House()

    knock = a_knock(house.tokens.connection(user="g1"), origin="http://192.0.2.9:8000", host="192.0.2.9:8000")

    assert (await of(house.door.connect(knock))).user == "g1"


def test_a_machine_that_is_reached_as_itself_has_several_names() -> None:
    here = Urls(public_url=PAGE, content_url="http://127.0.0.1:8001")
    there = Urls(public_url="https://stoa.example", content_url="https://content.example")

    assert origins_of(here) == {PAGE, "http://localhost:8000", "http://[::1]:8000"}
    assert origins_of(there) == {"https://stoa.example"}


def test_a_channel_is_followed_with_a_token_for_it_and_for_oneself() -> None:
    house = House()
    token = house.tokens.subscription(user="g1", channel="class:1", expires_in=MINUTE, info=b"7")
    speaker = house.tokens.subscription(user="g1", channel="load:1", publish=True)

    seat = house.door.subscribe(a_guest(), "class:1", token, None)

    expires_at = house.clock.now().timestamp() + 60
    assert seat == Seat(options=OPTIONS["class"], expires_at=expires_at, info=b"7", publish=False)
    assert house.door.sub_refresh(a_guest(), "load:1", speaker).publish
    assert refused_with(house.door, a_guest("g2"), "class:1", token) is codes.PERMISSION_DENIED
    assert refused_with(house.door, a_guest(), "class:2", token) is codes.PERMISSION_DENIED
    assert refused_with(house.door, a_guest(), "class:1") is codes.PERMISSION_DENIED
    assert refused_with(house.door, a_guest(), "exam:1", token) is codes.UNKNOWN_CHANNEL
    house.clock.advance(MINUTE)
    assert refused_with(house.door, a_guest(), "class:1", token) is codes.TOKEN_EXPIRED


def test_a_persons_own_channel_is_theirs_alone_and_no_guests() -> None:
    house = House()
    ada = Member(client="c1", user=str(ADA), session=str(new_id()))

    assert house.door.subscribe(ada, f"user:{ADA}", "", None).options == OWN["user"]
    assert refused_with(house.door, ada, f"user:{new_id()}") is codes.PERMISSION_DENIED
    assert refused_with(house.door, a_guest(str(ADA)), f"user:{ADA}") is codes.PERMISSION_DENIED


async def test_what_was_closed_is_not_entered_again_with_the_token_that_was_held() -> None:
    house = House()
    held = house.tokens.subscription(user="g1", channel="class:1", expires_in=timedelta(minutes=15))
    other = house.tokens.subscription(user="g1", channel="load:1", expires_in=timedelta(minutes=15))
    house.door.closed(Control(user="g1", channel="class:1"))

    assert refused_with(house.door, a_guest(), "class:1", held) is codes.TOKEN_EXPIRED
    assert house.door.subscribe(a_guest(), "load:1", other, None)
    house.clock.advance(timedelta(seconds=1))
    again = house.tokens.subscription(user="g1", channel="class:1", expires_in=timedelta(minutes=15))
    assert house.door.subscribe(a_guest(), "class:1", again, None)


async def test_a_person_who_was_sent_out_needs_new_tokens_of_every_kind() -> None:
    house = House()
    connection = house.tokens.connection(user="g1", expires_in=timedelta(minutes=15))
    held = house.tokens.subscription(user="g1", channel="class:1", expires_in=timedelta(minutes=15))
    house.door.closed(Control(user="g1"))

    assert await ended_with(house.door, a_knock(connection)) is codes.NO_PERMISSION
    assert refused_with(house.door, a_guest(), "class:1", held) is codes.TOKEN_EXPIRED


async def test_the_end_of_one_session_spoils_no_tokens_of_the_others() -> None:
    house = House()
    held = house.tokens.subscription(user=str(ADA), channel="class:1", expires_in=timedelta(minutes=15))
    house.door.closed(Control(user=str(ADA), session=str(new_id())))

    assert house.door.subscribe(a_guest(str(ADA)), "class:1", held, None)


async def test_a_connection_is_extended_by_a_token_of_the_same_person_only() -> None:
    house, session = House(), new_id()
    ada = Member(client="c1", user=str(ADA), session=str(session))

    longer = await of(house.door.refresh(ada, house.access_token(session)))

    assert longer.expires_at == house.clock.now().timestamp() + 900
    assert (await of(house.door.refresh(a_guest(), house.tokens.connection(user="g1")))).user == "g1"
    for stranger in (house.access_token(session), house.tokens.connection(user="g2")):
        with pytest.raises(Ended):
            await of(house.door.refresh(a_guest(), stranger))


async def test_standing_alone_everybody_talks_in_the_channels_of_load_tests_and_access_tokens_open_nothing() -> None:
    alone, with_others = House(access=None, is_open=True), House()

    assert alone.door.subscribe(a_guest(), "load:a", "", None).publish
    assert refused_with(alone.door, a_guest(), "class:1") is codes.PERMISSION_DENIED
    assert await ended_with(alone.door, a_knock(alone.access_token(new_id()))) is codes.INVALID_TOKEN
    assert refused_with(with_others.door, a_guest(), "load:a") is codes.PERMISSION_DENIED
