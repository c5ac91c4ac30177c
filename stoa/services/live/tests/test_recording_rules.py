"""The rules of stages and recordings, as plain values."""

import itertools
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from stoa.kit.conferences import Happening, HappeningKind, RecordingSeen, RecordingStatus, Right
from stoa.kit.contract import OrganizationId
from stoa.services.live.contract import ClassId, IllegalMove, Role
from stoa.services.live.domain import recordings, stages
from stoa.services.live.domain.recordings import RecordingFile, RecordingState
from stoa.services.live.domain.stages import Interval, Mark, Stage, StagePolicy, StageState

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return NINE + timedelta(minutes=minutes)


def told(kind: HappeningKind, minutes: float, session: str = "a") -> Happening:
    return Happening(id=f"{kind}-{minutes}-{session}", kind=kind, room="stoa-room", at=at(minutes), session=session)


def test_a_room_is_known_by_its_name_and_strangers_are_not() -> None:
    organization, class_id = OrganizationId(uuid4()), ClassId(uuid4())
    room = stages.room_of(organization, class_id)

    assert stages.class_in(room) == (organization, class_id)
    for stranger in ("", "stoa", "somebody-elses-room", room[:-1], room + "0", room.replace("stoa", "moodle")):
        assert stages.class_in(stranger) is None
    assert stages.class_in(f"stoa-{'g' * 32}-{'0' * 32}") is None


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_reports_in_any_order_and_twice_leave_the_same_stage(order: tuple[int, ...]) -> None:
    reports = [
        told(HappeningKind.ROOM_OPENED, 0, "a"),
        told(HappeningKind.ROOM_CLOSED, 10, "a"),
        told(HappeningKind.ROOM_OPENED, 11, "b"),
        told(HappeningKind.ROOM_CLOSED, 20, "b"),
    ]

    stage = Stage(provider="livekit")
    for number in (*order, *order):
        stage = stages.after(stage, reports[number])

    assert (stage.state, stage.session) == (StageState.CLOSED, "b")


def test_a_late_opening_does_not_open_what_has_closed() -> None:
    closed = stages.after(Stage(), told(HappeningKind.ROOM_CLOSED, 10))

    assert stages.after(closed, told(HappeningKind.ROOM_OPENED, 0)) == closed
    assert stages.after(closed, told(HappeningKind.PERSON_CAME, 9)) == closed
    assert stages.after(closed, told(HappeningKind.ROOM_OPENED, 12, "b")).state is StageState.OPEN


def test_who_comes_opens_a_room_whose_opening_was_not_told() -> None:
    stage = stages.after(Stage(), told(HappeningKind.PERSON_CAME, 1))

    assert (stage.state, stage.session) == (StageState.OPEN, "a")


@pytest.mark.parametrize("role", list(Role))
def test_while_it_is_recorded_nobody_sends_who_did_not_agree(role: Role) -> None:
    free = Stage(provider="livekit", may_audience_speak=True)

    right = stages.right_of(role, free, StagePolicy(), is_recorded=True, has_consented=False, may_be_recorded=True)
    unwanted = stages.right_of(role, free, StagePolicy(), is_recorded=True, has_consented=True, may_be_recorded=False)

    assert right is unwanted is Right.AUDIENCE


@pytest.mark.parametrize(
    ("role", "may_audience_speak", "may_guests_speak", "right"),
    [
        (Role.HOST, False, True, Right.MODERATOR),
        (Role.COHOST, False, True, Right.MODERATOR),
        (Role.SPEAKER, False, True, Right.SPEAKER),
        (Role.LEARNER, False, True, Right.AUDIENCE),
        (Role.LEARNER, True, False, Right.SPEAKER),
        (Role.GUEST, False, True, Right.AUDIENCE),
        (Role.GUEST, True, True, Right.SPEAKER),
        (Role.GUEST, True, False, Right.AUDIENCE),
    ],
)
def test_a_role_gives_a_right(role: Role, may_audience_speak: bool, may_guests_speak: bool, right: Right) -> None:
    stage = Stage(provider="livekit", may_audience_speak=may_audience_speak)
    policy = StagePolicy(may_guests_speak=may_guests_speak)

    assert stages.right_of(role, stage, policy, is_recorded=False, has_consented=False, may_be_recorded=False) is right


@pytest.mark.parametrize(
    ("role", "allowed", "age", "is_of_age", "may"),
    [
        (Role.LEARNER, False, 16, False, True),
        (Role.GUEST, False, 0, True, False),
        (Role.GUEST, True, 16, False, False),
        (Role.GUEST, True, 16, True, True),
        (Role.GUEST, True, 0, False, True),
    ],
)
def test_guests_are_recorded_by_the_organizations_policy(
    role: Role, allowed: bool, age: int, is_of_age: bool, may: bool
) -> None:
    policy = StagePolicy(may_guests_be_recorded=allowed, guest_recording_age=age)

    assert stages.may_be_recorded(role, policy, is_of_age=is_of_age) is may


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_marks_in_any_order_and_twice_make_the_same_stretches(order: tuple[int, ...]) -> None:
    marks = [Mark(at=at(0), is_on=True), Mark(at=at(5), is_on=False), Mark(at=at(7), is_on=True)]
    marks.append(Mark(at=at(9), is_on=False))

    found = stages.intervals([marks[number] for number in (*order, *order)])

    assert found == [Interval(since=at(0), until=at(5)), Interval(since=at(7), until=at(9))]


def test_stretches_forgive_marks_that_were_lost() -> None:
    lost_end = [Mark(at=at(0), is_on=True), Mark(at=at(3), is_on=True), Mark(at=at(5), is_on=False)]
    lost_beginning = [Mark(at=at(1), is_on=False), Mark(at=at(2), is_on=True)]

    assert stages.intervals(lost_end) == [Interval(since=at(0), until=at(5))]
    assert stages.intervals(lost_beginning) == [Interval(since=at(2))]


def test_who_left_before_a_recording_was_not_recorded() -> None:
    recorded = [Interval(since=at(10), until=at(20)), Interval(since=at(30))]

    assert not stages.meet([Interval(since=at(0), until=at(10))], recorded)
    assert not stages.meet([Interval(since=at(20), until=at(30))], recorded)
    assert stages.meet([Interval(since=at(0), until=at(11))], recorded)
    assert stages.meet([Interval(since=at(40))], recorded)
    assert stages.meet([Interval(since=at(5))], recorded)


def seen(status: RecordingStatus, **more: object) -> RecordingSeen:
    return RecordingSeen(id="EG_1", status=status, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_reports_of_a_file_in_any_order_leave_the_same_file(order: tuple[int, ...]) -> None:
    reports = [
        seen(RecordingStatus.ACTIVE, started_at=at(0)),
        seen(RecordingStatus.ENDING, started_at=at(0)),
        seen(RecordingStatus.COMPLETE, started_at=at(0), ended_at=at(9), size_bytes=7, key="theirs"),
    ]
    file: RecordingFile | None = RecordingFile(id="EG_1", status=RecordingStatus.STARTING, key="ours")
    for number in (*order, *order):
        file = recordings.merged(file, reports[number])

    assert file == RecordingFile(
        id="EG_1", status=RecordingStatus.COMPLETE, key="ours", size_bytes=7, started_at=at(0), ended_at=at(9)
    )


def test_what_is_done_stays_done() -> None:
    failed = recordings.merged(None, seen(RecordingStatus.FAILED, problem="no space"))

    assert recordings.merged(failed, seen(RecordingStatus.COMPLETE)).status is RecordingStatus.FAILED


@pytest.mark.parametrize(
    ("statuses", "state"),
    [
        ([], RecordingState.PROCESSING),
        ([RecordingStatus.COMPLETE, RecordingStatus.ENDING], RecordingState.PROCESSING),
        ([RecordingStatus.COMPLETE, RecordingStatus.FAILED], RecordingState.READY),
        ([RecordingStatus.FAILED, RecordingStatus.FAILED], RecordingState.FAILED),
    ],
)
def test_a_recording_is_ready_when_its_files_are(statuses: list[RecordingStatus], state: RecordingState) -> None:
    files = [RecordingFile(id=str(number), status=status) for number, status in enumerate(statuses)]

    assert recordings.settled(files) is state


def test_a_recording_moves_only_along_its_table() -> None:
    assert recordings.moved(RecordingState.RECORDING, "pause") is RecordingState.PAUSED
    for state, move in (
        (RecordingState.RECORDING, "delete"),
        (RecordingState.DELETED, "resume"),
        (RecordingState.READY, "stop"),
    ):
        with pytest.raises(IllegalMove) as met:
            recordings.moved(state, move)
        assert met.value.fields["state"] == state


def test_a_moment_of_the_class_has_its_place_in_the_replay() -> None:
    segments = [Interval(since=at(0), until=at(10)), Interval(since=at(15), until=at(20)), Interval(since=at(30))]
    parts = recordings.parts_of(segments, end=at(40))

    places = {minutes: recordings.offset_of(parts, at(minutes)) for minutes in (-1, 0, 5, 10, 12, 15, 16, 25, 35, 41)}

    assert places == {
        -1: None,
        0: 0.0,
        5: 300.0,
        10: 600.0,
        12: 600.0,  # in a pause: where the pause is
        15: 600.0,
        16: 660.0,
        25: 900.0,
        35: 1_200.0,
        41: None,
    }
    assert recordings.moment_of(parts, 660.0) == at(16)
    assert recordings.moment_of(parts, 0) == at(0)
    assert recordings.moment_of(parts, 99_999) == at(40)
    assert recordings.moment_of([], 1) is None


def test_a_recording_of_nothing_has_no_places() -> None:
    assert recordings.parts_of([Interval(since=at(5), until=at(5)), Interval(since=at(9))], end=at(9)) == []
    assert recordings.offset_of([], at(0)) is None
