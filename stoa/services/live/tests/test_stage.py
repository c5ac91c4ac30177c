"""The stage of a class: choosing, entering, rights that follow roles and consent, and reports of the server."""

import itertools
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from msgspec.structs import replace

from stoa.kit.clock import ManualClock
from stoa.kit.conferences import ReportRefused, Right, RoomInvalid
from stoa.kit.contract import OrganizationId
from stoa.kit.errors import PreconditionFailed
from stoa.kit.testing.fixtures import DatabaseFor
from stoa.kit.testing.outgoing import queued
from stoa.kit.testing.postgres import ThrowawayPostgres
from stoa.services.live.contract import (
    ClassId,
    ClassState,
    ParticipantId,
    ProviderNotAllowed,
    Role,
    RoleNeeded,
    ThingNotFound,
)
from stoa.services.live.domain import stages
from stoa.services.live.domain.classes import LiveClass
from stoa.services.live.domain.stages import StagePolicy, StageState
from stoa.services.live.service.stageviews import NO_STAGE, StageChoice
from stoa.services.live.service.staging import AlignPerson, CloseStage, Staging
from stoa.services.live.tests.stagehouse import HOOK, House, a_house

PLAYLIST = "https://cdn.example/algebra/master.m3u8"


@pytest.fixture
async def house(database_for: DatabaseFor, clock: ManualClock, tmp_path: Path) -> AsyncIterator[House]:
    async with a_house(await database_for("live", jobs=True), clock, tmp_path / "blobs") as found:
        yield found


async def align(house: House, held: LiveClass, participant: ParticipantId) -> None:
    job = AlignPerson(organization_id=house.organization, class_id=held.id, participant=participant)
    house.staging.changed(held.id)
    await house.staging.align_person(job)


async def test_a_class_without_a_provider_has_no_stage_and_nobody_is_asked(house: House) -> None:
    held = await house.a_class(provider="")
    learner = await house.a_person(held, Role.LEARNER)

    answer = await house.staging.for_join(learner)

    assert (answer.provider, answer.url, answer.problem) == ("", "", "")
    assert house.livekit.server.asked == house.bigbluebutton.server.asked == 0


async def test_a_platform_without_conference_servers_answers_without_asking_the_database(house: House) -> None:
    held = await house.a_class(provider="")
    learner = await house.a_person(held, Role.LEARNER)
    bare = Staging(
        store=None, clock=house.clock, conferences={}, scheduling=None, lane=None, log=None,  # type: ignore[arg-type]  # none is touched
    )  # fmt: skip

    assert await bare.for_join(learner) == NO_STAGE
    bare.align(None, held.id, learner.id)  # type: ignore[arg-type]  # as above
    bare.close_later(None, held.id)  # type: ignore[arg-type]  # as above


@pytest.mark.parametrize(
    ("role", "right"),
    [(Role.HOST, Right.MODERATOR), (Role.SPEAKER, Right.SPEAKER), (Role.LEARNER, Right.AUDIENCE)],
)
async def test_a_join_lets_somebody_onto_the_stage_with_the_right_of_their_role(
    house: House, role: Role, right: Right
) -> None:
    held = await house.a_class()
    person = await house.a_person(held, role)

    answer = await house.staging.for_join(person)

    guest = house.walk_on(answer)
    assert guest.identity == str(person.id) and guest.attributes == {"right": right.value}
    assert (answer.provider, answer.kind, answer.right) == ("livekit", "frame", right.value)


async def test_before_the_class_is_on_only_those_who_hold_it_try_their_microphones(house: House) -> None:
    held = await house.a_class()
    lobby, over = (replace(held, state=one) for one in (ClassState.OPEN, ClassState.ENDED))
    host, learner = [await house.a_person(held, role) for role in (Role.HOST, Role.LEARNER)]

    in_lobby = await house.staging.enter(replace(host, held=lobby))

    assert in_lobby.token
    assert not (await house.staging.enter(replace(learner, held=lobby))).url
    assert not (await house.staging.enter(replace(host, held=over))).url


async def test_the_audience_watches_the_broadcast_where_there_is_one(house: House) -> None:
    held = await house.a_class(playlist=PLAYLIST)

    learner = await house.staging.enter(await house.a_person(held, Role.LEARNER))
    host = await house.staging.enter(await house.a_person(held, Role.HOST))

    assert (learner.provider, learner.kind, learner.url) == ("hls", "playlist", PLAYLIST)
    assert host.provider == "livekit"


async def test_a_join_is_answered_while_the_server_is_in_trouble(house: House) -> None:
    held = await house.a_class(provider="bigbluebutton")
    house.bigbluebutton.server.trouble = "broken"

    answer = await house.staging.for_join(await house.a_person(held, Role.LEARNER))

    assert (answer.provider, answer.url, answer.problem) == ("bigbluebutton", "", "stoa.conference_unavailable")


async def test_what_a_platform_does_not_have_cannot_be_chosen(house: House) -> None:
    held = await house.a_class(provider="")
    for choice in (StageChoice(provider="zoom"), StageChoice(provider="hls")):
        with pytest.raises(ProviderNotAllowed):
            await house.staging.choose(held.id, choice, version=0, caller=house.caller())
    with pytest.raises(RoomInvalid):
        await house.staging.choose(
            held.id, StageChoice(playlist="https://evil.example/a.m3u8"), version=0, caller=house.caller()
        )


async def test_only_hosts_choose_and_two_do_not_overwrite_each_other(house: House) -> None:
    held = await house.a_class(provider="")
    learner = await house.a_person(held, Role.LEARNER)
    assert learner.person.user is not None
    with pytest.raises(RoleNeeded):
        await house.staging.choose(held.id, StageChoice(), version=0, caller=house.caller(learner.person.user))

    chosen = await house.staging.choose(held.id, StageChoice(provider="livekit"), version=0, caller=house.caller())

    assert (chosen.provider, chosen.providers) == ("livekit", ["livekit", "bigbluebutton"])
    for version in (0, 7):
        with pytest.raises(PreconditionFailed):
            await house.staging.choose(held.id, StageChoice(), version=version, caller=house.caller())
    assert house.told(held, "stage")[-1]["provider"] == "livekit"


@pytest.mark.parametrize("trouble", ["", "broken"])
async def test_a_class_that_moves_to_another_server_leaves_nobody_behind(house: House, trouble: str) -> None:
    held = await house.a_class()
    house.walk_on(await house.staging.enter(await house.a_person(held, Role.HOST)))
    house.livekit.server.trouble = trouble

    moved = await house.staging.choose(held.id, StageChoice(provider="bigbluebutton"), version=1, caller=house.caller())

    assert moved.provider == "bigbluebutton"
    assert (house.room(held) in house.livekit.halls) is bool(trouble)


async def test_an_organization_narrows_what_its_classes_may_choose(house: House) -> None:
    held = await house.a_class(provider="")
    policy = await house.staging.set_policy(StagePolicy(providers=["bigbluebutton"]), version=0, caller=house.caller())

    with pytest.raises(ProviderNotAllowed):
        await house.staging.choose(held.id, StageChoice(provider="livekit"), version=0, caller=house.caller())
    none = replace(policy, providers=[])
    await house.staging.set_policy(none, version=policy.version, caller=house.caller())

    assert (await house.staging.view(held.id, caller=house.caller())).providers == []
    with pytest.raises(PreconditionFailed):
        await house.staging.set_policy(none, version=policy.version, caller=house.caller())
    with pytest.raises(ProviderNotAllowed):
        await house.staging.set_policy(StagePolicy(providers=["zoom"]), version=2, caller=house.caller())


async def test_a_host_who_hands_over_loses_the_moderators_right_and_the_other_gets_it(house: House) -> None:
    held = await house.a_class()
    host, cohost = [await house.a_person(held, role) for role in (Role.HOST, Role.LEARNER)]
    for person in (host, cohost):
        house.walk_on(await house.staging.enter(person))
    async with house.store.transaction(organization=house.organization) as tx:
        for person, role in ((host, Role.LEARNER), (cohost, Role.HOST)):
            await tx.execute(
                "update live.participants set role = $4 where organization_id = $1 and class_id = $2"
                " and participant_id = $3",
                house.organization, held.id, person.id, role,
            )  # fmt: skip

    for person in (host, cohost):
        await align(house, held, person.id)

    guests = house.livekit.halls[house.room(held)].guests
    assert guests[str(host.id)].attributes["right"] == "audience"
    assert guests[str(cohost.id)].attributes["right"] == "moderator"
    assert not guests[str(host.id)].permission["can_publish"]


async def test_who_is_removed_from_the_class_is_sent_off_the_stage(house: House) -> None:
    held = await house.a_class()
    learner = await house.a_person(held, Role.LEARNER)
    house.walk_on(await house.staging.enter(learner))
    async with house.store.transaction(organization=house.organization) as tx:
        await tx.execute(
            "update live.participants set removed_at = now() where organization_id = $1 and participant_id = $2",
            house.organization,
            learner.id,
        )

    await align(house, held, learner.id)
    await align(house, held, learner.id)

    assert house.livekit.halls[house.room(held)].guests == {}


async def test_what_follows_a_removal_and_an_end_is_a_job_of_the_same_transaction(
    house: House, postgres: ThrowawayPostgres
) -> None:
    held = await house.a_class()
    one, other = ParticipantId(uuid4()), ParticipantId(uuid4())

    async with house.store.transaction(organization=house.organization) as tx:
        house.staging.align(tx, held.id, one, other)
        house.staging.close_later(tx, held.id)

    aligned = [job.participant for job in await queued(postgres, "live", AlignPerson) if job.class_id == held.id]
    closed = [job for job in await queued(postgres, "live", CloseStage) if job.class_id == held.id]
    assert aligned == [one, other] and len(closed) == 1


@pytest.mark.parametrize("is_over", [True, False])
async def test_the_room_closes_with_the_class_unless_it_was_started_again(house: House, is_over: bool) -> None:
    held = await house.a_class()
    house.walk_on(await house.staging.enter(await house.a_person(held, Role.HOST)))
    async with house.store.transaction(organization=house.organization) as tx:
        ended_at = house.clock.now() if is_over else None
        await tx.save_class(replace(held, state=ClassState.ENDED, ended_at=ended_at))

    await house.staging.close(CloseStage(organization_id=house.organization, class_id=held.id))

    assert (house.room(held) not in house.livekit.halls) is is_over


async def test_a_host_sees_who_is_on_the_stage_and_mutes_them(house: House) -> None:
    held = await house.a_class(free=True)
    host, learner = [await house.a_person(held, role) for role in (Role.HOST, Role.LEARNER)]
    house.walk_on(await house.staging.enter(learner))
    track = house.livekit.speak(house.room(held), str(learner.id))

    (seen,) = await house.staging.people(host)
    await house.staging.mute(host, learner.id)

    assert (seen.identity, seen.has_audio, seen.right) == (str(learner.id), True, Right.SPEAKER)
    assert track["muted"]


@pytest.mark.parametrize("order", list(itertools.permutations(range(4)))[::5])
async def test_reports_in_any_order_and_twice_leave_the_same_stage(house: House, order: tuple[int, ...]) -> None:
    held = await house.a_class()
    reports = []
    for event, session in (
        ("room_started", "A"),
        ("room_finished", "A"),
        ("room_started", "B"),
        ("room_finished", "B"),
    ):
        house.clock.advance(timedelta(minutes=1))
        reports.append(house.livekit.report(event, lasts_s=3_600, room={"sid": session, "name": house.room(held)}))

    taken = [await house.reports.receive("livekit", reports[number]) for number in (*order, *order)]

    assert taken == [1, 1, 1, 1, 0, 0, 0, 0]
    async with house.store.reading(organization=house.organization) as tx:
        stage = await tx.stage(held.id)
    assert stage is not None and (stage.state, stage.session) == (StageState.CLOSED, "B")


async def test_reports_of_other_rooms_change_nothing(house: House) -> None:
    livekit = await house.a_class()
    elsewhere = await house.a_class(provider="bigbluebutton")
    nobody = stages.room_of(OrganizationId(uuid4()), ClassId(uuid4()))
    for name in (house.room(elsewhere), nobody, "moodle-course-7"):
        report = house.livekit.report("room_started", room={"sid": "RM_1", "name": name})
        assert await house.reports.receive("livekit", report) == 0

    assert not any(one["is_open"] for held in (livekit, elsewhere) for one in house.told(held, "stage"))


async def test_a_report_of_another_organizations_room_reaches_only_that_organization(house: House) -> None:
    held = await house.a_class()
    stolen = stages.room_of(OrganizationId(uuid4()), held.id)

    report = house.livekit.report("room_started", room={"sid": "RM_1", "name": stolen})

    assert await house.reports.receive("livekit", report) == 0


async def test_a_forged_report_is_refused_and_leaves_nothing(house: House) -> None:
    held = await house.a_class()
    forged = house.livekit.report(
        "room_started", secret="another-secret-of-thirty-two-bytes-or-more", room={"sid": "X", "name": house.room(held)}
    )

    with pytest.raises(ReportRefused):
        await house.reports.receive("livekit", forged)
    with pytest.raises(ThingNotFound):
        await house.reports.receive("jitsi", forged)

    assert await house.report(held, "room_started") == 1


async def test_what_was_taken_is_forgotten_once_no_report_of_that_age_is_believed(house: House) -> None:
    held = await house.a_class()
    await house.report(held, "room_started")
    house.clock.advance(timedelta(hours=49))

    assert await house.reports.forget() >= 1


async def test_a_big_blue_button_meeting_tells_the_class_that_it_is_open(house: House) -> None:
    held = await house.a_class(provider="bigbluebutton")
    meeting = {"meeting": {"external-meeting-id": house.room(held), "internal-meeting-id": "abc-1"}}

    taken = await house.reports.receive(
        "bigbluebutton", house.bigbluebutton.callback("meeting-created", url=HOOK, **meeting)
    )

    assert taken == 1 and house.told(held, "stage")[-1]["is_open"] is True


async def test_the_choice_for_a_series_is_that_of_its_later_classes_and_says_the_rules(house: House) -> None:
    series = uuid4()
    first, later, other = [await house.a_class(provider="", series=one) for one in (series, series, None)]
    async with house.store.transaction(organization=house.organization) as tx:
        await tx.execute(
            "update live.classes set state = 'scheduled', starts_at = starts_at + interval '7 days'"
            " where organization_id = $1 and class_id = $2",
            house.organization,
            later.id,
        )

    chosen = await house.staging.choose(
        first.id, StageChoice(provider="livekit"), version=0, following=True, caller=house.caller()
    )

    views = [await house.staging.view(one.id, caller=house.caller()) for one in (later, other)]
    assert [view.provider for view in views] == ["livekit", ""]
    assert chosen.takes_playlist
    assert (chosen.rules.keep_days, chosen.rules.may_guests_be_recorded, chosen.rules.guest_age) == (90, False, 16)
