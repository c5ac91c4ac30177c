"""The contract of Conferences, run against every engine.

The servers are counterparts that we wrote from the public documentation of LiveKit, BigBlueButton and Jitsi
(`stoa/kit/testing/conferences`), on a real port of this machine. No engine has met the real server here.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from stoa.kit.clock import ManualClock
from stoa.kit.conferences import (
    Ability,
    ConferenceMisconfigured,
    ConferenceNotOffered,
    ConferenceRoomNotFound,
    Conferences,
    ConferenceUnavailable,
    Grant,
    Person,
    Right,
    Room,
    RoomInvalid,
)
from stoa.kit.engines.bigbluebutton.conferences import BigbluebuttonConferences, BigbluebuttonSettings
from stoa.kit.engines.jitsi.conferences import JitsiConferences, JitsiSettings
from stoa.kit.engines.livekit.conferences import LivekitConferences, LivekitSettings
from stoa.kit.testing.conferences.bigbluebutton import Bigbluebutton
from stoa.kit.testing.conferences.jitsi import Jitsi
from stoa.kit.testing.conferences.livekit import Livekit
from stoa.kit.testing.conferences.serving import Server, TurnedAway

# Nothing waits this long but what is broken; one test waits out the short one.
PATIENCE_S = 30.0
SHORT_PATIENCE_S = 2.0
SECRET = "a-secret-of-at-least-thirty-two-bytes-long"
ROOM = Room(name="stoa-room-0001", title="Algebra")
ADA = Person(identity="user-ada", name="Ada")
LASTS = timedelta(minutes=10)


@dataclass
class Side:
    """An engine with the counterpart of its server."""

    conferences: Conferences
    counterpart: Any
    server: Server | None

    async def enter(self, grant: Grant, **how: str) -> Any:
        return self.counterpart.enter(grant, **how)

    def is_moderator(self, entered: Any) -> bool:
        match entered:
            case _ if hasattr(entered, "role"):
                return bool(entered.role == "MODERATOR")
            case _ if hasattr(entered, "is_moderator"):
                return bool(entered.is_moderator)
        return bool(entered.attributes["right"] == "moderator")


async def a_side(
    engine: str, clock: ManualClock, *, secret: str = SECRET, patience_s: float = PATIENCE_S
) -> AsyncIterator[Side]:
    if engine == "jitsi":
        settings = JitsiSettings(url="https://meet.example", app="stoa", secret=secret)
        yield Side(JitsiConferences(settings, clock), Jitsi(app="stoa", secret=SECRET, clock=clock), None)
        return
    counterpart: Livekit | Bigbluebutton
    if engine == "livekit":
        counterpart = Livekit(key="APIkey", secret=SECRET, clock=clock)
    else:
        counterpart = Bigbluebutton(secret=SECRET, clock=clock)
    async with counterpart.server.running():
        url = counterpart.server.url
        conferences: Conferences
        if engine == "livekit":
            own = LivekitSettings(
                url=url, page="https://meet.example", key="APIkey", secret=secret, patience_s=patience_s
            )
            conferences = LivekitConferences(own, clock)
        else:
            bbb = BigbluebuttonSettings(url=f"{url}/bigbluebutton/", secret=secret, patience_s=patience_s)
            conferences = BigbluebuttonConferences(bbb, clock)
        yield Side(conferences, counterpart, counterpart.server)
        await conferences.aclose()


@pytest.fixture(params=["livekit", "bigbluebutton", "jitsi"])
async def side(request: pytest.FixtureRequest, clock: ManualClock) -> AsyncIterator[Side]:
    async for found in a_side(request.param, clock):
        yield found


@pytest.fixture(params=["livekit", "bigbluebutton"])
async def callable_side(request: pytest.FixtureRequest, clock: ManualClock) -> AsyncIterator[Side]:
    async for found in a_side(request.param, clock):
        yield found


@pytest.fixture(params=["livekit", "bigbluebutton"])
async def stranger(request: pytest.FixtureRequest, clock: ManualClock) -> AsyncIterator[Side]:
    async for found in a_side(request.param, clock, secret="another-secret-of-thirty-two-bytes-or-more"):
        yield found


async def test_a_grant_lets_its_person_into_its_room(side: Side) -> None:
    grant = await side.conferences.grant(ROOM, ADA, right=Right.SPEAKER, lasts=LASTS)

    entered = await side.enter(grant)

    assert (entered.identity, entered.name) == ("user-ada", "Ada")
    assert (grant.engine, grant.room, grant.right) == (side.conferences.name, ROOM.name, Right.SPEAKER)


async def test_a_grant_opens_no_other_room(side: Side) -> None:
    await side.conferences.open(Room(name="stoa-room-0002", title="Other"))
    grant = await side.conferences.grant(ROOM, ADA, right=Right.MODERATOR, lasts=LASTS)

    with pytest.raises(TurnedAway):
        await side.enter(grant, room="stoa-room-0002")


async def test_a_grant_signed_with_another_secret_opens_nothing(side: Side) -> None:
    grant = await side.conferences.grant(ROOM, ADA, right=Right.MODERATOR, lasts=LASTS)

    with pytest.raises(TurnedAway):
        await side.enter(grant, secret="another-secret-of-thirty-two-bytes-or-more")


async def test_a_grant_ends_with_its_time_or_with_its_room(side: Side, clock: ManualClock) -> None:
    grant = await side.conferences.grant(ROOM, ADA, right=Right.MODERATOR, lasts=LASTS)
    clock.advance(LASTS + timedelta(seconds=1))
    if isinstance(side.conferences, BigbluebuttonConferences):
        # Its addresses have no end of their own: they end with the meeting.
        await side.conferences.end(ROOM.name)
        await side.conferences.open(ROOM)

    with pytest.raises(TurnedAway):
        await side.enter(grant)


@pytest.mark.parametrize("right", list(Right))
async def test_only_a_moderator_is_let_in_as_one(side: Side, right: Right) -> None:
    grant = await side.conferences.grant(ROOM, ADA, right=right, lasts=LASTS)

    entered = await side.enter(grant)

    assert side.is_moderator(entered) is (right is Right.MODERATOR)


@pytest.mark.parametrize(
    "name",
    [
        "Ada&role=MODERATOR&userID=root",
        "Ada=1&meetingID=stoa-room-0002",
        "</fullName><role>MODERATOR</role>",
        '"},"video":{"roomAdmin":true}',
        "أدا لوفلايس 💡",
        "a" * 10_000,
        "Ada\x07",
    ],
)
async def test_a_name_is_a_name_whatever_is_written_in_it(side: Side, name: str) -> None:
    grant = await side.conferences.grant(
        ROOM, Person(identity="user-ada", name=name), right=Right.AUDIENCE, lasts=LASTS
    )

    entered = await side.enter(grant)

    assert entered.identity == "user-ada"
    assert name.startswith(entered.name) and entered.name
    assert not side.is_moderator(entered)


async def test_what_a_server_has_no_call_for_is_said_and_not_tried(side: Side) -> None:
    conferences = side.conferences
    calls: dict[Ability, list[Any]] = {
        Ability.LOOK: [lambda: conferences.look(ROOM.name)],
        Ability.END: [lambda: conferences.end(ROOM.name)],
        Ability.MUTE: [lambda: conferences.mute(ROOM.name, "user-ada")],
        Ability.REMOVE: [lambda: conferences.remove(ROOM.name, "user-ada")],
        Ability.CHANGE_RIGHT: [lambda: conferences.change_right(ROOM.name, "user-ada", Right.SPEAKER)],
        Ability.RECORD: [
            lambda: conferences.start_recording(ROOM.name, key="o/live/1.mp4"),
            lambda: conferences.stop_recording("EG_1"),
        ],
        Ability.LIST_RECORDINGS: [lambda: conferences.recordings(ROOM.name)],
        Ability.DELETE_RECORDING: [lambda: conferences.delete_recording("r-1")],
    }
    for ability, ways in calls.items():
        for call in ways:
            if ability in conferences.abilities:
                # It is really tried: nothing but the server's own answer comes back.
                try:
                    await call()
                except ConferenceRoomNotFound:
                    continue
            else:
                with pytest.raises(ConferenceNotOffered):
                    await call()


async def test_nothing_that_is_shown_of_it_holds_a_secret(side: Side) -> None:
    grant = await side.conferences.grant(ROOM, ADA, right=Right.SPEAKER, lasts=LASTS)

    shown = f"{grant!r} {grant} {[grant]} {vars(side.conferences)['_settings']!r}"

    assert SECRET not in shown
    assert grant.token not in shown.replace("token=***", "") or not grant.token
    assert "checksum=" not in f"{grant!r}" and "jwt=" not in shown


async def test_opening_twice_is_one_room_and_who_is_in_it_stays(callable_side: Side) -> None:
    await callable_side.conferences.open(ROOM)
    await callable_side.enter(await callable_side.conferences.grant(ROOM, ADA, right=Right.MODERATOR, lasts=LASTS))
    before = await callable_side.conferences.look(ROOM.name)

    await callable_side.conferences.open(ROOM)

    seen = await callable_side.conferences.look(ROOM.name)
    assert seen.is_open and seen.session == before.session
    assert [(one.identity, one.name, one.right) for one in seen.people] == [("user-ada", "Ada", Right.MODERATOR)]


async def test_ending_sends_everybody_out_and_ending_again_is_no_error(callable_side: Side) -> None:
    await callable_side.conferences.open(ROOM)

    await callable_side.conferences.end(ROOM.name)
    await callable_side.conferences.end(ROOM.name)

    assert not (await callable_side.conferences.look(ROOM.name)).is_open


async def test_a_room_that_nobody_opened_is_closed(callable_side: Side) -> None:
    seen = await callable_side.conferences.look("stoa-room-none")

    assert (seen.is_open, seen.people) == (False, [])


async def test_a_server_in_trouble_is_unavailable(callable_side: Side) -> None:
    assert callable_side.server is not None
    callable_side.server.trouble = "broken"

    with pytest.raises(ConferenceUnavailable) as met:
        await callable_side.conferences.open(ROOM)

    assert met.value.retry_after_s
    assert callable_side.server.asked == 1, "a call is made once; jobs repeat"


@pytest.mark.parametrize("engine", ["livekit", "bigbluebutton"])
async def test_a_server_that_is_silent_is_unavailable_once_the_patience_is_over(
    engine: str, clock: ManualClock
) -> None:
    async for found in a_side(engine, clock, patience_s=SHORT_PATIENCE_S):
        assert found.server is not None
        # The first call makes the connections; the one that is timed finds them made.
        found.server.trouble = "broken"
        with pytest.raises(ConferenceUnavailable):
            await found.conferences.open(ROOM)
        found.server.trouble, before = "silent", found.server.asked

        with pytest.raises(ConferenceUnavailable, match="does not answer within") as met:
            await found.conferences.open(ROOM)

        assert met.value.retry_after_s
        assert found.server.asked == before + 1, "a call is made once; jobs repeat"


@pytest.mark.parametrize("trouble", ["nonsense", "huge", "elsewhere"])
async def test_an_answer_of_another_server_is_misconfigured_and_followed_nowhere(
    callable_side: Side, trouble: str
) -> None:
    assert callable_side.server is not None
    callable_side.server.trouble = trouble

    with pytest.raises((ConferenceMisconfigured, ConferenceUnavailable)):
        await callable_side.conferences.look(ROOM.name)
    assert callable_side.server.asked == 1


async def test_a_wrong_secret_is_misconfigured_and_the_error_says_neither_secret(stranger: Side) -> None:
    with pytest.raises(ConferenceMisconfigured) as met:
        await stranger.conferences.open(ROOM)

    told = f"{met.value!r} {met.value} {met.value.hint} {met.value.fields}"
    assert "thirty-two" not in told and "checksum=" not in told and "eyJ" not in told


async def test_nobody_answering_is_unavailable(clock: ManualClock) -> None:
    for conferences in (
        LivekitConferences(
            LivekitSettings(url="ws://127.0.0.1:9", page="https://m.example", key="k", secret=SECRET), clock
        ),
        BigbluebuttonConferences(BigbluebuttonSettings(url="http://127.0.0.1:9/bigbluebutton", secret=SECRET), clock),
    ):
        with pytest.raises(ConferenceUnavailable) as met:
            await conferences.open(ROOM)
        assert SECRET not in str(met.value) and "checksum" not in str(met.value)
        await conferences.aclose()


@pytest.mark.parametrize("name", ["", "short", "with space in it", "a/b/c/d/e/f", "x" * 129, "room,room,room"])
def test_a_room_has_a_name_that_every_server_takes(name: str) -> None:
    with pytest.raises(RoomInvalid):
        Room(name=name, title="Algebra")
