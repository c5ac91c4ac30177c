"""Watching a class again: beside its chat, by whom the host lets, for as long as the rule keeps it."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from stoa.kit.blobs import BlobNotFound
from stoa.kit.clock import ManualClock
from stoa.kit.contract import UserId
from stoa.kit.testing.fixtures import DatabaseFor
from stoa.services.live.contract import IllegalMove, NotInvited, Role, RoleNeeded, ThingNotFound
from stoa.services.live.domain.classes import LiveClass
from stoa.services.live.domain.recordings import Audience
from stoa.services.live.domain.stages import StagePolicy
from stoa.services.live.tests.stagehouse import HOOK, House, a_house, egresses, on_stage, recorded

MINUTE = timedelta(minutes=1)


@pytest.fixture
async def house(database_for: DatabaseFor, clock: ManualClock, tmp_path: Path) -> AsyncIterator[House]:
    async with a_house(await database_for("live", jobs=True), clock, tmp_path / "blobs") as found:
        yield found


async def test_a_replay_is_for_whom_the_host_says_and_watching_is_counted_apart(house: House) -> None:
    held = await house.a_class()
    host = await on_stage(house, held, Role.HOST)
    learner = await house.a_person(held, Role.LEARNER)
    assert learner.person.user is not None
    watcher, stranger = house.caller(learner.person.user), house.caller(UserId(uuid4()))
    recording = await recorded(house, held, host)

    assert await house.replays.of_class(held.id, caller=watcher) == []
    with pytest.raises(ThingNotFound):
        await house.replays.show(held.id, recording.id, caller=watcher)
    with pytest.raises(RoleNeeded):
        await house.replays.publish(held.id, recording.id, Audience.CLASS, caller=watcher)
    await house.replays.publish(held.id, recording.id, Audience.CLASS, caller=house.caller())
    for _ in range(2):
        replay = await house.replays.show(held.id, recording.id, caller=watcher)
    with pytest.raises(NotInvited):
        await house.replays.show(held.id, recording.id, caller=stranger)

    (for_host,) = await house.replays.of_class(held.id, caller=house.caller())
    assert (for_host.viewers, replay.recording.viewers) == (1, None)
    assert [file.kind for file in replay.files] == ["film"] and "/blobs/" in replay.files[0].url
    async with house.store.reading(organization=house.organization) as tx:
        assert await tx.fetchval("select count(*) from live.visits where class_id = $1", held.id) == 0


async def say(house: House, held: LiveClass, seq: int, body: str, *, removed: bool = False) -> None:
    async with house.store.transaction(organization=house.organization) as tx:
        await tx.execute(
            "insert into live.messages (organization_id, class_id, room_id, seq, participant_id, name, role, body,"
            " client_msg_id, at, is_shown, removed_at) values ($1, $2, $2, $3, $4, 'Bob', 'learner', $5, $6,"
            " $7::timestamptz, true, case when $8::boolean then $7::timestamptz end)",
            house.organization,
            held.id,
            seq,
            uuid4(),
            body,
            uuid4(),
            house.clock.now(),
            removed,
        )


async def test_the_chat_stands_beside_the_replay_where_it_was_written(house: House) -> None:
    held = await house.a_class()
    host = await on_stage(house, held, Role.HOST)
    await say(house, held, 1, "before")
    house.clock.advance(MINUTE)
    recording = await house.recording.start(host)
    house.clock.advance(MINUTE)
    await say(house, held, 2, "in the first minute")
    house.clock.advance(MINUTE)
    await house.recording.pause(host)
    first = egresses(house)[-1]
    await house.file_is_done(held, first)
    house.clock.advance(10 * MINUTE)
    await say(house, held, 3, "in the pause")
    house.clock.advance(MINUTE)
    await house.recording.resume(host)
    house.clock.advance(MINUTE)
    await say(house, held, 4, "gone", removed=True)
    house.clock.advance(MINUTE)
    await house.recording.stop(host)
    await house.file_is_done(held, egresses(house)[-1])
    house.clock.advance(MINUTE)
    await say(house, held, 5, "after")
    await house.keeping.sweep()

    replay = await house.replays.show(held.id, recording.id, caller=house.caller())
    chat = await house.replays.chat(held.id, recording.id, from_s=0, to_s=600, after=0, caller=house.caller())
    second_part = await house.replays.chat(held.id, recording.id, from_s=150, to_s=600, after=0, caller=house.caller())

    assert [(file.kind, file.offset_s) for file in replay.files] == [("film", 0.0), ("film", 120.0)]
    assert replay.recording.length_s == 240.0
    assert [(one.seq, one.offset_s, one.body) for one in chat.items] == [
        (2, 60.0, "in the first minute"),
        (3, 120.0, "in the pause"),
        (4, 180.0, ""),
    ]
    assert chat.items[-1].is_removed and chat.items[-1].name == ""
    assert [one.seq for one in second_part.items] == [4]


async def test_who_was_recorded_is_who_was_on_the_stage_then(house: House) -> None:
    held = await house.a_class()
    host = await on_stage(house, held, Role.HOST, name="Host")
    early = await on_stage(house, held, Role.SPEAKER, name="Early")
    house.clock.advance(MINUTE)
    await house.leaves(held, early.id)
    house.clock.advance(MINUTE)
    stays = await on_stage(house, held, Role.SPEAKER, consented=True, name="Stays")
    recording = await recorded(house, held, host)
    await on_stage(house, held, Role.SPEAKER, name="Late")

    people = await house.replays.people(held.id, recording.id, caller=house.caller())

    assert [(one.name, one.participant) for one in people] == [("Host", host.id), ("Stays", stays.id)]
    assert all(one.agreed_at for one in people)


async def test_a_recording_is_deleted_when_its_time_is_over_and_leaves_a_tombstone(house: House) -> None:
    await house.staging.set_policy(StagePolicy(keep_recordings_days=30), version=0, caller=house.caller())
    held = await house.a_class()
    recording = await recorded(house, held, await on_stage(house, held, Role.HOST))
    key = house.livekit.egresses[egresses(house)[-1]]["filepath"]
    house.clock.advance(timedelta(days=29))
    await house.keeping.sweep()
    assert (await house.blobs.head(key)).size

    house.clock.advance(timedelta(days=2))
    await house.keeping.sweep()
    await house.keeping.sweep()

    with pytest.raises(BlobNotFound):
        await house.blobs.head(key)
    (tombstone,) = await house.replays.of_class(held.id, caller=house.caller())
    assert (tombstone.state, tombstone.deleted_because) == ("deleted", "retention")
    assert tombstone.deleted_at == house.clock.now()
    with pytest.raises(ThingNotFound):
        await house.replays.show(held.id, recording.id, caller=house.caller())


async def test_a_host_deletes_before_the_time_and_deleting_twice_is_no_error(house: House) -> None:
    held = await house.a_class()
    host = await on_stage(house, held, Role.HOST)
    recording = await house.recording.start(host)
    with pytest.raises(IllegalMove):
        await house.replays.delete(held.id, recording.id, caller=house.caller())
    await house.recording.stop(host)

    for _ in range(2):
        await house.replays.delete(held.id, recording.id, caller=house.caller())

    (tombstone,) = await house.replays.of_class(held.id, caller=house.caller())
    assert tombstone.deleted_because == "by the host"


@pytest.mark.parametrize("is_reported", [True, False])
async def test_a_file_that_comes_after_its_recording_was_deleted_is_deleted_too(
    house: House, is_reported: bool
) -> None:
    held = await house.a_class()
    host = await on_stage(house, held, Role.HOST)
    recording = await house.recording.start(host)
    egress = egresses(house)[-1]
    key = house.livekit.egresses[egress]["filepath"]
    await house.recording.stop(host)
    await house.replays.delete(held.id, recording.id, caller=house.caller())

    if is_reported:
        await house.file_is_done(held, egress)
    else:
        await house.blobs.put(key, b"film")
        house.clock.advance(timedelta(hours=25))
    await house.keeping.sweep()

    with pytest.raises(BlobNotFound):
        await house.blobs.head(key)
    async with house.store.reading(organization=house.organization) as tx:
        assert [file.key for file in await tx.files_of(held.id, recording.id)] == [""]
        assert await tx.dues(at=house.clock.now() + timedelta(days=400), limit=9_999) == []


async def test_big_blue_button_records_by_its_own_button_and_tells_us(house: House) -> None:
    held = await house.a_class(provider="bigbluebutton", is_recorded=True)
    await house.staging.enter(await house.a_person(held, Role.HOST, consented=True))
    session = house.bigbluebutton.meetings[house.room(held)].internal
    meeting = {"meeting": {"external-meeting-id": house.room(held), "internal-meeting-id": session}}

    async def hears(event: str, **more: str) -> None:
        report = house.bigbluebutton.callback(event, url=HOOK, **meeting, **more)
        for _ in range(2):
            await house.reports.receive("bigbluebutton", report)
        house.clock.advance(MINUTE)

    await hears("meeting-created")
    for event in ("started", "stopped", "started"):
        await hears(f"meeting-recording-{event}")
    await hears("meeting-ended")
    house.bigbluebutton.publish(house.room(held), record=session, kinds=("presentation",))
    await house.reports.receive("bigbluebutton", house.bigbluebutton.ready(house.room(held), session))
    house.clock.advance(3 * MINUTE)
    await house.keeping.sweep()

    states = [one["state"] for one in house.told(held, "recording")]
    assert states == ["recording", "paused", "recording", "off"]
    (ready,) = await house.replays.of_class(held.id, caller=house.caller())
    assert (ready.state, ready.length_s) == ("ready", 120.0)
    replay = await house.replays.show(held.id, ready.id, caller=house.caller())
    assert [(file.kind, file.url) for file in replay.files] == [
        ("page", f"https://bbb.example/playback/presentation/{session}")
    ]
    await house.replays.delete(held.id, ready.id, caller=house.caller())
    assert house.bigbluebutton.recordings == {}


async def test_what_lies_with_a_server_that_is_gone_is_not_called_deleted(house: House) -> None:
    held = await house.a_class(provider="bigbluebutton", is_recorded=True)
    room = house.room(held)
    house.bigbluebutton.publish(room, record="abc-1")
    await house.reports.receive("bigbluebutton", house.bigbluebutton.ready(room, "abc-1"))
    await house.keeping.sweep()
    (ready,) = await house.replays.of_class(held.id, caller=house.caller())
    gone = house.conferences.pop("bigbluebutton")
    house.clock.advance(timedelta(days=91))

    await house.keeping.sweep()
    (still,) = await house.replays.of_class(held.id, caller=house.caller())
    house.conferences["bigbluebutton"] = gone
    house.clock.advance(timedelta(hours=1))
    await house.keeping.sweep()
    (tombstone,) = await house.replays.of_class(held.id, caller=house.caller())

    assert (ready.state, still.state, tombstone.state) == ("ready", "ready", "deleted")
    assert house.bigbluebutton.recordings == {}
