"""BigBlueButton's calls and callbacks, against the counterpart that we wrote from its public documentation."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from stoa.kit.clock import ManualClock
from stoa.kit.conferences import (
    ConferenceMisconfigured,
    ConferenceRefused,
    HappeningKind,
    Person,
    RecordingStatus,
    Report,
    ReportMalformed,
    ReportRefused,
    Right,
    Room,
)
from stoa.kit.engines.bigbluebutton.conferences import BigbluebuttonConferences, BigbluebuttonSettings
from stoa.kit.engines.bigbluebutton.signing import signed_query
from stoa.kit.testing.conferences.bigbluebutton import Bigbluebutton
from stoa.kit.testing.conferences.livekit import signed

SECRET = "639259d4-9dd8-4b25-bf01-95f9567eaf4b"
ROOM = Room(name="stoa-room-0001", title="Algebra", is_recordable=True, most_people=80)
ADA = Person(identity="user-ada", name="Ada")
LASTS = timedelta(minutes=10)
HOOK = "https://learn.example/api/v1/live/stage/reports/bigbluebutton"
MEETING = {"meeting": {"external-meeting-id": ROOM.name, "internal-meeting-id": "abc-1"}}


@pytest.fixture
async def bigbluebutton(clock: ManualClock) -> AsyncIterator[Bigbluebutton]:
    counterpart = Bigbluebutton(secret=SECRET, clock=clock)
    async with counterpart.server.running():
        yield counterpart


@pytest.fixture
async def conferences(bigbluebutton: Bigbluebutton, clock: ManualClock) -> AsyncIterator[BigbluebuttonConferences]:
    settings = BigbluebuttonSettings(url=f"{bigbluebutton.server.url}/bigbluebutton/api", secret=SECRET, patience_s=5)
    found = BigbluebuttonConferences(settings, clock, reports_at=HOOK)
    yield found
    await found.aclose()


def test_the_checksum_is_that_of_the_documentation() -> None:
    parameters = {"name": "Test Meeting", "meetingID": "abc123", "attendeePW": "111222", "moderatorPW": "333444"}

    query = signed_query("create", parameters, secret=SECRET, algorithm="sha1")

    assert query == (
        "name=Test+Meeting&meetingID=abc123&attendeePW=111222&moderatorPW=333444"
        "&checksum=1fcbb0c4fc1f039f73aa6d697d2db9ba7f803f17"
    )


async def test_a_meeting_is_made_with_consent_before_recording(
    conferences: BigbluebuttonConferences, bigbluebutton: Bigbluebutton
) -> None:
    await conferences.open(ROOM)

    made = bigbluebutton.meetings[ROOM.name].parameters
    assert (made["record"], made["autoStartRecording"], made["allowStartStopRecording"]) == ("true", "false", "true")
    assert (made["lockSettingsDisableMic"], made["maxParticipants"]) == ("true", "80")
    assert made["meta_bbb-recording-ready-url"] == HOOK


async def test_bbb_webhooks_is_asked_to_report_now_and_then_and_missed_by_nobody(
    conferences: BigbluebuttonConferences, bigbluebutton: Bigbluebutton, clock: ManualClock
) -> None:
    for step in (0, 60, 300):
        clock.advance(timedelta(seconds=step))
        await conferences.open(ROOM)
    bigbluebutton.has_webhooks = False
    clock.advance(timedelta(minutes=6))

    await conferences.open(ROOM)

    assert bigbluebutton.hooks == [HOOK, HOOK]


async def test_an_address_is_of_one_run_of_the_meeting(
    conferences: BigbluebuttonConferences, bigbluebutton: Bigbluebutton
) -> None:
    grant = await conferences.grant(ROOM, ADA, right=Right.MODERATOR, lasts=LASTS)

    given = parse_qs(urlsplit(grant.url).query)
    assert given["createTime"] == [str(bigbluebutton.meetings[ROOM.name].created_at)]
    assert (given["role"], given["userID"], grant.token) == (["MODERATOR"], ["user-ada"], "")


async def test_a_meeting_of_the_same_name_with_other_words_is_refused(
    conferences: BigbluebuttonConferences,
) -> None:
    await conferences.open(ROOM)

    with pytest.raises(ConferenceRefused):
        await conferences.open(Room(name=ROOM.name, title="Somebody else's"))


async def test_recordings_are_listed_with_the_format_a_page_can_play_and_deleted(
    conferences: BigbluebuttonConferences, bigbluebutton: Bigbluebutton
) -> None:
    bigbluebutton.publish(ROOM.name, record="abc-1", kinds=("podcast", "presentation", "video"))
    bigbluebutton.publish("stoa-room-0002", record="other-1")

    (recording,) = await conferences.recordings(ROOM.name)
    await conferences.delete_recording("abc-1")
    await conferences.delete_recording("abc-1")

    assert (recording.id, recording.status) == ("abc-1", RecordingStatus.COMPLETE)
    assert recording.address == "https://bbb.example/playback/video/abc-1"
    assert recording.started_at and recording.ended_at
    assert recording.ended_at - recording.started_at == timedelta(minutes=1)
    assert await conferences.recordings(ROOM.name) == []


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        ("meeting-created", HappeningKind.ROOM_OPENED),
        ("meeting-ended", HappeningKind.ROOM_CLOSED),
        ("meeting-recording-started", HappeningKind.RECORDING_ON),
        ("meeting-recording-stopped", HappeningKind.RECORDING_OFF),
    ],
)
async def test_a_callback_tells_what_becomes_of_a_meeting(
    conferences: BigbluebuttonConferences, bigbluebutton: Bigbluebutton, event: str, kind: HappeningKind
) -> None:
    report = bigbluebutton.callback(event, url=HOOK, **MEETING)

    (told,) = conferences.read_report(report)

    assert (told.kind, told.room, told.session) == (kind, ROOM.name, "abc-1")
    assert conferences.read_report(report)[0].id == told.id, "a repetition has the same id"


async def test_a_callback_tells_who_came_by_our_own_name_of_them(
    conferences: BigbluebuttonConferences, bigbluebutton: Bigbluebutton
) -> None:
    user = {"internal-user-id": "w_1", "external-user-id": "user-ada", "name": "Ada", "role": "VIEWER"}

    (told,) = conferences.read_report(bigbluebutton.callback("user-joined", url=HOOK, **MEETING, user=user))

    assert told.person == ADA


async def test_a_finished_recording_is_told_by_its_own_callback_and_by_the_hook(
    conferences: BigbluebuttonConferences, bigbluebutton: Bigbluebutton
) -> None:
    by_script = conferences.read_report(bigbluebutton.ready(ROOM.name, "abc-1"))
    published = bigbluebutton.callback("rap-publish-ended", url=HOOK, **MEETING, **{"record-id": "abc-1"})
    by_hook = conferences.read_report(published)

    for (told,) in (by_script, by_hook):
        assert (told.kind, told.room) == (HappeningKind.RECORDING, ROOM.name)
        assert told.recording is not None
        assert (told.recording.id, told.recording.status) == ("abc-1", RecordingStatus.COMPLETE)


async def test_callbacks_that_are_not_signed_rightly_are_refused(
    conferences: BigbluebuttonConferences, bigbluebutton: Bigbluebutton
) -> None:
    good = bigbluebutton.callback("meeting-ended", url=HOOK, **MEETING)
    weak = Bigbluebutton(secret=SECRET, clock=bigbluebutton.clock, algorithm="sha1")
    forged = [
        bigbluebutton.callback("meeting-ended", url=HOOK, secret="another", **MEETING),
        bigbluebutton.callback("meeting-ended", url="https://elsewhere.example/hook", **MEETING),
        weak.callback("meeting-ended", url=HOOK, **MEETING),
        Report(url=HOOK, query=good.query, headers={}, body=good.body.replace(b"0001", b"0002")),
        Report(url=HOOK, query={"checksum": ""}, headers={}, body=good.body),
        Report(url=HOOK, query={"checksum": "é" * 64}, headers={}, body=good.body),
        Report(url=HOOK, query={}, headers={}, body=good.body),
        Report(url=HOOK, query={}, headers={}, body=b""),
        bigbluebutton.ready(ROOM.name, "abc-1", secret="another-secret-of-thirty-two-bytes-or-more"),
    ]
    # A forged one keeps the address it came in at.
    forged[1] = Report(url=HOOK, query=forged[1].query, headers={}, body=forged[1].body)
    forged[2] = Report(url=HOOK, query=forged[2].query, headers={}, body=forged[2].body)
    for report in forged:
        with pytest.raises(ReportRefused):
            conferences.read_report(report)


async def test_a_callback_of_yesterday_or_of_tomorrow_is_refused(
    conferences: BigbluebuttonConferences, bigbluebutton: Bigbluebutton
) -> None:
    hour = 3_600_000
    for age_ms in (25 * hour, -hour):
        with pytest.raises(ReportRefused):
            conferences.read_report(bigbluebutton.callback("meeting-ended", url=HOOK, age_ms=age_ms, **MEETING))

    assert conferences.read_report(bigbluebutton.callback("meeting-ended", url=HOOK, age_ms=hour, **MEETING))


@pytest.mark.parametrize(
    "attributes",
    [
        {},
        {"meeting": None},
        {"meeting": {"external-meeting-id": 7}},
        {**MEETING, "user": {"external-user-id": "<script>"}},
        {**MEETING, "user": []},
    ],
)
async def test_a_callback_of_nothing_of_ours_tells_nothing(
    conferences: BigbluebuttonConferences, bigbluebutton: Bigbluebutton, attributes: dict[str, Any]
) -> None:
    assert conferences.read_report(bigbluebutton.callback("user-joined", url=HOOK, **attributes)) == []


async def test_a_signed_form_that_cannot_be_read_is_malformed(
    conferences: BigbluebuttonConferences, bigbluebutton: Bigbluebutton
) -> None:
    token = signed({"meeting_id": 7, "record_id": None}, SECRET)

    with pytest.raises(ReportMalformed):
        conferences.read_report(
            Report(url=HOOK, query={}, headers={}, body=urlencode({"signed_parameters": token}).encode())
        )
    with pytest.raises(ReportMalformed):
        conferences.read_report(Report(url=HOOK, query={}, headers={}, body=b"&".join([b"a=b"] * 100)))


@pytest.mark.parametrize(
    "body",
    [
        b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><response><returncode>SUCCESS</returncode>'
        b"<internalMeetingID>&x;</internalMeetingID></response>",
        b"<response><returncode>SUCCESS",
        b"",
    ],
)
async def test_an_answer_opens_no_file_and_breaks_nothing(
    conferences: BigbluebuttonConferences, body: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    from stoa.kit.engines.outward import Answered, Outward

    async def answered(*_: object, **__: object) -> Answered:
        return Answered(status=200, body=body)

    monkeypatch.setattr(Outward, "ask", answered)

    try:
        seen = await conferences.look(ROOM.name)
    except ConferenceMisconfigured:
        return
    assert "root:" not in seen.session
