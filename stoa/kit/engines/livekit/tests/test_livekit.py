"""LiveKit's tokens, calls and webhooks, against the counterpart that we wrote from its public documentation."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest

from stoa.kit.clock import ManualClock
from stoa.kit.conferences import (
    ConferenceMisconfigured,
    ConferenceRoomNotFound,
    GrantKind,
    HappeningKind,
    PageSources,
    Person,
    RecordingStatus,
    Report,
    ReportMalformed,
    ReportRefused,
    Right,
    Room,
)
from stoa.kit.engines.livekit.conferences import LivekitConferences, LivekitSettings
from stoa.kit.testing.conferences.livekit import Livekit, signed
from stoa.kit.testing.conferences.serving import TurnedAway

KEY, SECRET = "APIkey", "a-secret-of-at-least-thirty-two-bytes-long"
ROOM = Room(name="stoa-room-0001", title="Algebra", most_people=200)
ADA, BOB = Person(identity="user-ada", name="Ada"), Person(identity="user-bob", name="Bob")
LASTS = timedelta(minutes=10)


@pytest.fixture
async def livekit(clock: ManualClock) -> AsyncIterator[Livekit]:
    counterpart = Livekit(key=KEY, secret=SECRET, clock=clock)
    async with counterpart.server.running():
        yield counterpart


@pytest.fixture
async def conferences(livekit: Livekit, clock: ManualClock) -> AsyncIterator[LivekitConferences]:
    url = livekit.server.url.replace("http", "ws")
    settings = LivekitSettings(url=url, page="https://meet.example", key=KEY, secret=SECRET, patience_s=5)
    found = LivekitConferences(settings, clock)
    yield found
    await found.aclose()


async def in_the_room(conferences: LivekitConferences, livekit: Livekit, person: Person, right: Right) -> None:
    livekit.enter(await conferences.grant(ROOM, person, right=right, lasts=LASTS))


def claims_of(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims


async def test_a_token_says_no_more_than_it_must(conferences: LivekitConferences, clock: ManualClock) -> None:
    grant = await conferences.grant(ROOM, ADA, right=Right.AUDIENCE, lasts=LASTS)

    now = int(clock.now().timestamp())
    assert claims_of(grant.token) == {
        "iss": KEY,
        "nbf": now - 10,
        "exp": now + 600,
        "sub": "user-ada",
        "name": "Ada",
        "attributes": {"right": "audience"},
        "video": {
            "roomJoin": True,
            "room": "stoa-room-0001",
            "canPublish": False,
            "canSubscribe": True,
            "canPublishData": False,
        },
    }


async def test_not_even_a_moderators_token_administers_a_room(conferences: LivekitConferences) -> None:
    grant = await conferences.grant(ROOM, ADA, right=Right.MODERATOR, lasts=LASTS)

    video = claims_of(grant.token)["video"]
    assert video["canPublish"] and not {"roomAdmin", "roomCreate", "roomRecord", "roomList"} & video.keys()


async def test_the_audience_sends_nothing(conferences: LivekitConferences, livekit: Livekit) -> None:
    await in_the_room(conferences, livekit, ADA, Right.AUDIENCE)
    await in_the_room(conferences, livekit, BOB, Right.SPEAKER)

    assert livekit.speak(ROOM.name, BOB.identity)
    with pytest.raises(TurnedAway):
        livekit.speak(ROOM.name, ADA.identity)


async def test_a_room_is_made_with_its_bounds(conferences: LivekitConferences, livekit: Livekit) -> None:
    await conferences.open(ROOM)

    made = livekit.halls[ROOM.name].made_with
    assert (made["max_participants"], made["empty_timeout"]) == (200, 600)


async def test_muting_turns_off_every_microphone_and_no_camera(
    conferences: LivekitConferences, livekit: Livekit
) -> None:
    await in_the_room(conferences, livekit, ADA, Right.SPEAKER)
    microphone, camera = (livekit.speak(ROOM.name, ADA.identity, source=one) for one in ("MICROPHONE", "CAMERA"))

    await conferences.mute(ROOM.name, ADA.identity)
    await conferences.mute(ROOM.name, ADA.identity)

    assert (microphone["muted"], camera["muted"]) == (True, False)
    (seen,) = (await conferences.look(ROOM.name)).people
    assert (seen.has_audio, seen.has_video) == (False, True)


async def test_who_is_removed_is_gone_and_who_was_not_there_is_not_found(
    conferences: LivekitConferences, livekit: Livekit
) -> None:
    await in_the_room(conferences, livekit, ADA, Right.SPEAKER)

    await conferences.remove(ROOM.name, ADA.identity)

    assert (await conferences.look(ROOM.name)).people == []
    with pytest.raises(ConferenceRoomNotFound):
        await conferences.remove(ROOM.name, ADA.identity)


async def test_a_right_changes_while_its_owner_is_in_the_room(
    conferences: LivekitConferences, livekit: Livekit
) -> None:
    await in_the_room(conferences, livekit, ADA, Right.MODERATOR)
    await in_the_room(conferences, livekit, BOB, Right.AUDIENCE)
    livekit.speak(ROOM.name, ADA.identity)

    await conferences.change_right(ROOM.name, BOB.identity, Right.MODERATOR)
    await conferences.change_right(ROOM.name, ADA.identity, Right.AUDIENCE)

    rights = {one.identity: one.right for one in (await conferences.look(ROOM.name)).people}
    assert rights == {"user-ada": Right.AUDIENCE, "user-bob": Right.MODERATOR}
    assert livekit.halls[ROOM.name].guests[ADA.identity].tracks == []
    assert livekit.speak(ROOM.name, BOB.identity)


async def test_recorders_are_nobody_in_the_room(conferences: LivekitConferences, livekit: Livekit) -> None:
    await in_the_room(conferences, livekit, ADA, Right.SPEAKER)
    await in_the_room(conferences, livekit, Person(identity="EG_1", name=""), Right.AUDIENCE)
    livekit.halls[ROOM.name].guests["EG_1"].kind = "EGRESS"

    assert [one.identity for one in (await conferences.look(ROOM.name)).people] == ["user-ada"]


async def test_a_recording_is_started_under_our_key_and_stopped(
    conferences: LivekitConferences, livekit: Livekit, clock: ManualClock
) -> None:
    await conferences.open(ROOM)

    started = await conferences.start_recording(ROOM.name, key="organization/live/class/1.mp4")
    stopped = await conferences.stop_recording(started.id)

    assert (started.status, started.key) == (RecordingStatus.STARTING, "organization/live/class/1.mp4")
    assert started.started_at == clock.now()
    assert stopped.status is RecordingStatus.ENDING
    assert [one.id for one in await conferences.recordings(ROOM.name)] == [started.id]


async def test_a_room_that_is_closed_cannot_be_recorded(conferences: LivekitConferences) -> None:
    with pytest.raises(ConferenceRoomNotFound):
        await conferences.start_recording("stoa-room-none", key="o/1.mp4")


async def test_a_report_tells_who_came(conferences: LivekitConferences, livekit: Livekit, clock: ManualClock) -> None:
    report = livekit.report(
        "participant_joined",
        room={"sid": "RM_1", "name": ROOM.name},
        participant={"sid": "PA_1", "identity": "user-ada", "name": "Ada", "joinedAt": "1"},
    )

    (told,) = conferences.read_report(report)

    assert (told.kind, told.room, told.session) == (HappeningKind.PERSON_CAME, ROOM.name, "RM_1")
    assert told.person == ADA
    assert told.at == clock.now()
    assert conferences.read_report(report)[0].id == told.id, "a repetition has the same id"


async def test_a_report_tells_how_far_a_recording_is(conferences: LivekitConferences, livekit: Livekit) -> None:
    await conferences.open(ROOM)
    started = await conferences.start_recording(ROOM.name, key="o/live/1.mp4")
    info = livekit.egress_info(started.id, status="EGRESS_COMPLETE", endedAt="1767606000000000000")

    (told,) = conferences.read_report(livekit.report("egress_ended", egressInfo=info))

    assert told.kind is HappeningKind.RECORDING and told.room == ROOM.name
    assert told.recording is not None and told.recording.started_at is not None
    assert (told.recording.id, told.recording.status) == (started.id, RecordingStatus.COMPLETE)
    assert (told.recording.key, told.recording.size_bytes) == ("o/live/1.mp4", 1_048_576)


@pytest.mark.parametrize(
    ("parts", "event"),
    [
        ({"track": {"sid": "TR_1"}}, "track_published"),
        ({"room": {}}, "room_started"),
        ({"room": {"name": ROOM.name}, "participant": {"identity": "EG_1", "kind": "EGRESS"}}, "participant_joined"),
        ({"room": {"name": ROOM.name}, "participant": {"identity": "<script>"}}, "participant_joined"),
        ({"room": [], "participant": 7}, "participant_left"),
        ({}, "an_event_of_the_future"),
    ],
)
async def test_a_report_of_nothing_of_ours_tells_nothing(
    conferences: LivekitConferences, livekit: Livekit, parts: dict[str, Any], event: str
) -> None:
    assert conferences.read_report(livekit.report(event, **parts)) == []


def changed(report: Report, *, body: bytes | None = None, authorization: str | None = None) -> Report:
    headers = dict(report.headers)
    if authorization is not None:
        headers["authorization"] = authorization
    return Report(url=report.url, query={}, headers=headers, body=report.body if body is None else body)


async def test_a_report_with_a_wrong_signature_is_refused(
    conferences: LivekitConferences, livekit: Livekit, clock: ManualClock
) -> None:
    room = {"name": ROOM.name, "sid": "RM_1"}
    good = livekit.report("room_finished", room=room)
    now = int(clock.now().timestamp())
    claims = claims_of(good.headers["authorization"])
    unsigned = jwt.encode(claims, "", algorithm="none")
    forged = [
        livekit.report("room_finished", room=room, secret="another-secret-of-thirty-two-bytes-or-more"),
        livekit.report("room_finished", room=room, key="APIother"),
        changed(good, body=good.body.replace(b"0001", b"0002")),
        changed(good, body=good.body + b" "),
        changed(good, authorization=""),
        changed(good, authorization="Bearer nonsense"),
        changed(good, authorization=unsigned),
        changed(good, authorization=signed({"iss": KEY, "exp": now + 300}, SECRET)),
        changed(good, authorization=signed({**claims, "exp": "tomorrow"}, SECRET)),
        changed(good, authorization=signed({**claims, "nbf": now + 3_600}, SECRET)),
        changed(good, authorization=signed({"iss": KEY, "sha256": claims["sha256"]}, SECRET)),
    ]
    for report in forged:
        with pytest.raises(ReportRefused):
            conferences.read_report(report)


async def test_a_token_that_lets_somebody_in_signs_no_report(conferences: LivekitConferences, livekit: Livekit) -> None:
    grant = await conferences.grant(ROOM, ADA, right=Right.MODERATOR, lasts=LASTS)

    with pytest.raises(ReportRefused):
        conferences.read_report(changed(livekit.report("room_finished"), authorization=grant.token))


async def test_a_report_is_refused_once_its_signature_or_itself_is_old(
    conferences: LivekitConferences, livekit: Livekit, clock: ManualClock
) -> None:
    report = livekit.report("room_finished", room={"name": ROOM.name})
    long_signed = livekit.report("room_finished", lasts_s=1_000_000, room={"name": ROOM.name})
    clock.advance(timedelta(minutes=11))
    with pytest.raises(ReportRefused):
        conferences.read_report(report)

    assert conferences.read_report(long_signed)
    clock.advance(timedelta(days=1))
    with pytest.raises(ReportRefused):
        conferences.read_report(long_signed)


async def test_a_report_that_is_signed_and_unreadable_is_malformed(
    conferences: LivekitConferences, livekit: Livekit
) -> None:
    nameless = livekit.report("room_finished", room={"name": ROOM.name}, id="")

    with pytest.raises(ReportMalformed):
        conferences.read_report(nameless)
    for number in ("NaN", "-9", "9" * 4_000, None, {}):
        timeless = livekit.report("room_finished", room={"name": ROOM.name}, createdAt=number)
        with pytest.raises((ReportMalformed, ReportRefused)):
            conferences.read_report(timeless)


@pytest.mark.parametrize("url", ["livekit.example", "ftp://livekit.example", "wss://user:word@host", "wss://h/path"])
def test_an_address_that_is_none_is_said_at_the_start(url: str, clock: ManualClock) -> None:
    with pytest.raises(ConferenceMisconfigured):
        LivekitConferences(LivekitSettings(url=url, page="https://meet.example", key=KEY, secret=SECRET), clock)
    with pytest.raises(ConferenceMisconfigured):
        LivekitConferences(LivekitSettings(url="wss://av.example", page=url, key=KEY, secret=SECRET), clock)


async def test_the_page_frames_livekit_meet_which_is_told_server_and_token(clock: ManualClock) -> None:
    settings = LivekitSettings(
        url="wss://av.example", page="https://meet.example", api_url="http://10.0.0.5:7880", key=KEY, secret=SECRET
    )
    conferences = LivekitConferences(settings, clock)

    grant = await conferences.grant(ROOM, ADA, right=Right.SPEAKER, lasts=LASTS)

    assert conferences.sources == PageSources(frame=("https://meet.example",))
    assert grant.kind is GrantKind.FRAME and grant.url.startswith("https://meet.example/custom/?")
    assert parse_qs(urlsplit(grant.url).query) == {"liveKitUrl": ["wss://av.example"], "token": [grant.token]}
    assert "10.0.0.5" not in grant.url
