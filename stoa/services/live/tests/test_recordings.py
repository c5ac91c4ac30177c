"""Recordings of a class: consent, pauses, files that come late, replay beside the chat, retention with a tombstone."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from stoa.kit.clock import ManualClock
from stoa.kit.conferences import ConferenceNotOffered, ConferenceRoomNotFound
from stoa.kit.testing.fixtures import DatabaseFor
from stoa.services.live.contract import (
    IllegalMove,
    RecordingRuns,
    Role,
    StageMissing,
    ThingNotFound,
)
from stoa.services.live.domain.recordings import RecordingState
from stoa.services.live.domain.stages import StagePolicy
from stoa.services.live.service.stageviews import StageChoice
from stoa.services.live.service.staging import AlignPerson
from stoa.services.live.tests.stagehouse import House, a_house, egresses, on_stage, right_on_stage

MINUTE = timedelta(minutes=1)


@pytest.fixture
async def house(database_for: DatabaseFor, clock: ManualClock, tmp_path: Path) -> AsyncIterator[House]:
    async with a_house(await database_for("live", jobs=True), clock, tmp_path / "blobs") as found:
        yield found


async def test_who_has_not_agreed_sends_nothing_while_it_is_recorded(house: House) -> None:
    held = await house.a_class(free=True)
    host = await on_stage(house, held, Role.HOST)
    silent = await on_stage(house, held, Role.LEARNER)
    agreed = await on_stage(house, held, Role.LEARNER, consented=True)

    await house.recording.start(host)

    assert right_on_stage(house, held, host) == "moderator"
    assert right_on_stage(house, held, agreed) == "speaker"
    assert right_on_stage(house, held, silent) == "audience"
    later = await house.staging.enter(await house.a_person(held, Role.SPEAKER))
    assert (later.right, later.recording.state, later.recording.consent) == ("audience", "recording", "needed")


async def test_a_word_gives_the_voice_and_taking_it_back_takes_it(house: House) -> None:
    held = await house.a_class(free=True)
    host = await on_stage(house, held, Role.HOST)
    learner = await on_stage(house, held, Role.LEARNER)
    await house.recording.start(host)

    await house.recording.consent(learner, agrees=True, is_of_age=False)
    given = await house.staging.enter(learner)
    await house.recording.consent(learner, agrees=False, is_of_age=False)
    refused = await house.staging.enter(learner)

    assert (given.right, given.recording.consent) == ("speaker", "given")
    assert (refused.right, refused.recording.consent) == ("audience", "refused")


async def test_in_a_class_that_said_it_is_recorded_nobody_speaks_unasked_from_the_beginning(house: House) -> None:
    held = await house.a_class(free=True, is_recorded=True)

    silent = await house.staging.enter(await house.a_person(held, Role.SPEAKER))
    agreed = await house.staging.enter(await house.a_person(held, Role.SPEAKER, consented=True))

    assert (silent.right, agreed.right) == ("audience", "speaker")
    assert (silent.recording.consent, agreed.recording.consent) == ("needed", "given")


@pytest.mark.parametrize(
    ("allowed", "is_of_age", "right"), [(False, True, "audience"), (True, False, "audience"), (True, True, "speaker")]
)
async def test_guests_are_recorded_by_the_organizations_policy(
    house: House, allowed: bool, is_of_age: bool, right: str
) -> None:
    policy = StagePolicy(may_guests_be_recorded=allowed, guest_recording_age=16)
    await house.staging.set_policy(policy, version=0, caller=house.caller())
    held = await house.a_class(free=True, is_recorded=True)
    guest = await house.a_person(held, Role.GUEST)

    await house.recording.consent(guest, agrees=True, is_of_age=is_of_age)

    answer = await house.staging.enter(guest)
    assert (answer.right, answer.recording.may_be_recorded) == (right, allowed)


async def test_who_comes_with_an_old_grant_is_brought_in_line_when_they_come(house: House) -> None:
    held = await house.a_class(free=True)
    host = await on_stage(house, held, Role.HOST)
    late = await house.a_person(held, Role.LEARNER)
    old = await house.staging.enter(late)
    await house.recording.start(host)
    house.walk_on(old)
    assert right_on_stage(house, held, late) == "speaker"

    await house.comes(held, late.id)
    job = AlignPerson(organization_id=house.organization, class_id=held.id, participant=late.id)
    await house.staging.align_person(job)

    assert right_on_stage(house, held, late) == "audience"


async def test_a_recording_pauses_goes_on_and_ends_and_the_room_is_told(house: House) -> None:
    held = await house.a_class()
    host = await on_stage(house, held, Role.HOST)

    started = await house.recording.start(host)
    with pytest.raises(RecordingRuns):
        await house.recording.start(host)
    with pytest.raises(RecordingRuns):
        await house.staging.choose(held.id, StageChoice(), version=1, caller=house.caller())
    await house.recording.pause(host)
    with pytest.raises(IllegalMove):
        await house.recording.pause(host)
    await house.recording.resume(host)
    ended = await house.recording.stop(host)

    assert started.id == ended.id and ended.state is RecordingState.PROCESSING
    assert [one["state"] for one in house.told(held, "recording")] == ["recording", "paused", "recording", "off"]
    assert [house.livekit.egresses[one]["status"] for one in egresses(house)] == ["EGRESS_ENDING"] * 2
    with pytest.raises(ThingNotFound):
        await house.recording.stop(host)


async def test_a_recording_that_the_server_refuses_never_was(house: House) -> None:
    held = await house.a_class()
    host = await house.a_person(held, Role.HOST)

    with pytest.raises(ConferenceRoomNotFound):
        await house.recording.start(host)

    assert await house.replays.of_class(held.id, caller=house.caller()) == []
    assert house.told(held, "recording") == []


async def test_a_server_that_is_not_told_to_record_says_so(house: House) -> None:
    bbb = await house.a_class(provider="bigbluebutton")
    none = await house.a_class(provider="")

    with pytest.raises(ConferenceNotOffered):
        await house.recording.start(await house.a_person(bbb, Role.HOST))
    with pytest.raises(StageMissing):
        await house.recording.start(await house.a_person(none, Role.HOST))


async def test_a_recording_is_ready_once_its_file_is_really_there(house: House) -> None:
    held = await house.a_class()
    host = await on_stage(house, held, Role.HOST)
    await house.recording.start(host)
    egress = egresses(house)[-1]
    house.clock.advance(10 * MINUTE)
    await house.recording.stop(host)
    house.livekit.egresses[egress]["status"] = "EGRESS_COMPLETE"
    house.clock.advance(3 * MINUTE)

    # No report came, and the server says "complete" of a file that is not in our storage yet.
    await house.keeping.sweep()
    (waiting,) = await house.replays.of_class(held.id, caller=house.caller())
    await house.blobs.put(house.livekit.egresses[egress]["filepath"], b"film")
    house.clock.advance(6 * MINUTE)
    await house.keeping.sweep()
    (ready,) = await house.replays.of_class(held.id, caller=house.caller())

    assert (waiting.state, ready.state) == ("processing", "ready")


async def test_a_file_that_never_comes_fails_the_recording_within_a_day(house: House) -> None:
    held = await house.a_class()
    host = await on_stage(house, held, Role.HOST)
    await house.recording.start(host)
    await house.recording.stop(host)
    house.clock.advance(timedelta(hours=25))

    await house.keeping.sweep()

    (failed,) = await house.replays.of_class(held.id, caller=house.caller())
    assert failed.state == "failed"


async def test_the_end_of_the_room_ends_its_recording(house: House) -> None:
    held = await house.a_class()
    await house.report(held, "room_started")
    host = await on_stage(house, held, Role.HOST)
    await house.recording.start(host)

    await house.report(held, "room_finished")

    (ended,) = await house.replays.of_class(held.id, caller=house.caller())
    assert ended.state == "processing"
    assert house.told(held, "recording")[-1]["state"] == "off"
