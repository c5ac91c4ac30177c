"""The stage over HTTP: joining brings it along, reports are believed only when signed, strangers see nothing."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from stoa.kit.auth.caller import Caller
from stoa.kit.clock import ManualClock
from stoa.kit.conferences import REPORT_LIMIT_BYTES
from stoa.kit.contract import OrganizationId
from stoa.kit.store import Store
from stoa.kit.testing.fixtures import DatabaseFor
from stoa.kit.testing.outgoing import queued
from stoa.kit.testing.postgres import ThrowawayPostgres
from stoa.kit.testing.routes import RoutesUnderTest, a_caller
from stoa.kit.testing.strangers import walked
from stoa.services.live.contract import ClassId, Role
from stoa.services.live.domain import stages
from stoa.services.live.routes import classes, joining, keeping, recordings, stage
from stoa.services.live.service.staging import AlignPerson, CloseStage
from stoa.services.live.store.tx import LiveTx
from stoa.services.live.tests.building import HOME, School, a_school
from stoa.services.live.tests.stagehouse import House, a_house

REPORTS = "/api/v1/live/reports/livekit"


@dataclass
class Stage:
    """A school with a LiveKit beside it, over HTTP."""

    school: School
    house: House
    routes: RoutesUnderTest

    async def a_class(self, **settings: object) -> ClassId:
        class_id = await self.school.started(**settings)
        client = self.routes.client(self.school.teacher, {"if-match": '"0"'})
        chosen = await client.put(f"/api/v1/live/classes/{class_id}/stage", json={"provider": "livekit"})
        assert chosen.status_code == 200, chosen.text
        return class_id

    async def joined(self, class_id: ClassId, caller: Caller) -> tuple[dict[str, object], dict[str, str]]:
        answer = await self.routes.client(caller).post(f"/api/v1/live/classes/{class_id}/join", json={"consent": True})
        assert answer.status_code == 200, answer.text
        body = answer.json()
        return body["stage"], {"stoa-join": body["join_token"]}


@pytest.fixture
async def on_air(database_for: DatabaseFor, clock: ManualClock, tmp_path: Path) -> AsyncIterator[Stage]:
    database = await database_for("live", jobs=True)
    async with a_house(database, clock, tmp_path / "blobs") as house:
        school = a_school(Store(database, LiveTx), clock, blobs=house.blobs, conferences=house.conferences)
        routers = (classes.router, joining.router, keeping.router, stage.router, recordings.router)
        routes = RoutesUnderTest(*((router, school.live) for router in routers), clock=clock)
        yield Stage(school, house, routes)


async def test_joining_brings_the_stage_along_and_a_fresh_way_is_asked_for(on_air: Stage) -> None:
    class_id = await on_air.a_class()
    given, token = await on_air.joined(class_id, on_air.school.teacher)

    asked = await on_air.routes.client(headers=token).post(f"/api/v1/live/classes/{class_id}/stage/enter")

    assert (given["provider"], given["right"], given["kind"]) == ("livekit", "moderator", "frame")
    assert given["token"] and asked.json()["right"] == "moderator"
    assert asked.headers["cache-control"] == "no-store"


async def test_the_stage_is_for_who_has_joined_and_its_moderation_for_hosts(on_air: Stage) -> None:
    class_id = await on_air.a_class()
    _, token = await on_air.joined(class_id, a_caller("learner", organization=HOME))
    place = f"/api/v1/live/classes/{class_id}"

    unknown = await on_air.routes.client().post(f"{place}/stage/enter")
    answers = [
        await on_air.routes.client(headers=token).post(f"{place}/{what}")
        for what in ("recording/start", "recording/stop", f"stage/people/{uuid4()}/mute")
    ]

    assert unknown.status_code == 401
    assert [one.status_code for one in answers] == [403] * 3


async def test_a_report_counts_when_it_is_signed_and_once(on_air: Stage) -> None:
    class_id = await on_air.a_class()
    room = {"sid": "RM_1", "name": stages.room_of(HOME, class_id)}
    report = on_air.house.livekit.report("room_started", room=room)
    guest = on_air.routes.client(headers={"content-type": "application/webhook+json"})

    taken = [await guest.post(REPORTS, content=report.body, headers=dict(report.headers)) for _ in range(2)]

    assert [(one.status_code, one.json()) for one in taken] == [(200, {"taken": 1}), (200, {"taken": 0})]


async def test_reports_that_are_forged_or_too_large_are_refused(on_air: Stage) -> None:
    class_id = await on_air.a_class()
    room = {"sid": "RM_1", "name": stages.room_of(HOME, class_id)}
    good = on_air.house.livekit.report("room_started", room=room)
    large = on_air.house.livekit.report("room_started", room=room, padding="x" * REPORT_LIMIT_BYTES)
    guest = on_air.routes.client()

    answers = [
        await guest.post(REPORTS, content=good.body),
        await guest.post(REPORTS, content=good.body + b" ", headers=dict(good.headers)),
        await guest.post(REPORTS, content=large.body, headers=dict(large.headers)),
        await guest.post("/api/v1/live/reports/zoom", content=good.body, headers=dict(good.headers)),
        await guest.post("/api/v1/live/reports/hls", content=good.body, headers=dict(good.headers)),
    ]

    assert [one.status_code for one in answers] == [401, 401, 413, 404, 404]
    assert "secret" not in answers[1].text


async def test_a_new_host_a_removal_and_the_end_of_the_class_follow_on_the_stage(
    on_air: Stage, postgres: ThrowawayPostgres
) -> None:
    class_id = await on_air.a_class()
    school, live = on_air.school, on_air.school.live
    host, learner, rude = await school.host(class_id), await school.learner(class_id), await school.learner(class_id)

    await live.moderating.give_role(learner.id, Role.HOST, by=host)
    await live.moderating.remove(rude.id, reason="rude", by=await school.again(learner))
    await live.holding.move(class_id, "end", reason="", caller=school.teacher)

    aligned = [job.participant for job in await queued(postgres, "live", AlignPerson) if job.class_id == class_id]
    closed = [job for job in await queued(postgres, "live", CloseStage) if job.class_id == class_id]
    assert aligned == [learner.id, host.id, rude.id]
    assert len(closed) == 1


async def test_a_class_is_recorded_watched_and_deleted_over_http(on_air: Stage) -> None:
    class_id = await on_air.a_class(is_recorded=True)
    place = f"/api/v1/live/classes/{class_id}"
    given, token = await on_air.joined(class_id, on_air.school.teacher)
    on_air.house.livekit._hall(stages.room_of(HOME, class_id), {})
    host = on_air.routes.client(headers=token)
    teacher = on_air.routes.client(on_air.school.teacher)
    learner = on_air.routes.client(a_caller("learner", organization=HOME))

    started = await host.post(f"{place}/recording/start")
    again = await host.post(f"{place}/recording/start")
    on_air.house.clock.advance(timedelta(minutes=1))
    stopped = await host.post(f"{place}/recording/stop")
    egress = next(iter(on_air.house.livekit.egresses))
    filepath = on_air.house.livekit.egresses[egress]["filepath"]
    on_air.house.livekit.egresses[egress]["status"] = "EGRESS_COMPLETE"
    await on_air.house.blobs.put(filepath, b"film")
    on_air.house.clock.advance(timedelta(minutes=4))
    await on_air.school.live.studio.keeping.sweep()
    one = f"{place}/recordings/{started.json()['recording']}"
    hidden = await learner.get(one)
    opened = await teacher.put(f"{one}/audience", json={"audience": "class"})
    watched = await learner.get(one)
    deleted = await teacher.delete(one)
    gone = await learner.get(one)

    assert given["recording"] == {"state": "off", "consent": "given", "may_be_recorded": True}
    assert (started.status_code, again.status_code, stopped.json()["state"]) == (200, 409, "processing")
    assert (hidden.status_code, opened.json()["audience"], watched.status_code) == (404, "class", 200)
    assert watched.json()["files"][0]["kind"] == "film"
    assert (deleted.status_code, gone.status_code) == (204, 404)
    assert [file async for file in on_air.house.blobs.list(f"{HOME}/live")] == []


async def test_another_organization_finds_nothing_of_a_class(on_air: Stage) -> None:
    class_id = await on_air.a_class()
    stranger = a_caller("owner", organization=OrganizationId(uuid4()))
    ids = {"class_id": class_id, "recording": uuid4(), "participant": uuid4(), "provider": uuid4()}

    for router in (stage.router, recordings.router):
        answers = await walked(on_air.routes, router, stranger, ids, audience="class")
        # In the room one needs a join token, and a report a signature: neither says whether there is such a class.
        assert set(answers.values()) <= {404, 401}, answers
