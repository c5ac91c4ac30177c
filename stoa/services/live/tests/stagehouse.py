"""A class on a real database with counterparts of LiveKit and BigBlueButton beside it, for the tests of its stage."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import jwt
from msgspec.structs import replace

from stoa.kit.auth.caller import Caller
from stoa.kit.clock import ManualClock
from stoa.kit.conferences import Conferences, Grant, GrantKind, Right
from stoa.kit.contract import OrganizationId, UserId, new_id
from stoa.kit.engines.bigbluebutton.conferences import BigbluebuttonConferences, BigbluebuttonSettings
from stoa.kit.engines.disk.blobs import DiskBlobs
from stoa.kit.engines.hls.conferences import HlsConferences, HlsSettings
from stoa.kit.engines.livekit.conferences import LivekitConferences, LivekitSettings
from stoa.kit.engines.postgres.database import Database
from stoa.kit.store import Store
from stoa.kit.telemetry.logs import logger
from stoa.kit.testing.conferences.bigbluebutton import Bigbluebutton
from stoa.kit.testing.conferences.livekit import Livekit
from stoa.kit.testing.realtime import Overheard
from stoa.services.live.contract import ClassId, ClassState, NotInvited, ParticipantId, Role, RoleNeeded
from stoa.services.live.domain import stages
from stoa.services.live.domain.classes import ClassSettings, LiveClass
from stoa.services.live.domain.recordings import Recording
from stoa.services.live.service.keeping import Keeping
from stoa.services.live.service.lane import Lane, class_channel
from stoa.services.live.service.recording import RecordingControl
from stoa.services.live.service.replays import Replays
from stoa.services.live.service.reports import Reports
from stoa.services.live.service.stageviews import StageAnswer, StageChoice
from stoa.services.live.service.staging import Staging
from stoa.services.live.service.standing import Standing
from stoa.services.live.store.people import Arrival
from stoa.services.live.store.tx import LiveTx

KEY, SECRET = "APIkey", "a-secret-of-at-least-thirty-two-bytes-long"
HOOK = "https://learn.example/api/v1/live/reports/bigbluebutton"


class Doorman:
    """Says who may see and who may hold a class: what Scheduling does with seats and roles."""

    def __init__(self, house: "House") -> None:
        self._house = house
        self.invited: set[UserId] = set()

    async def found(self, class_id: ClassId, *, caller: Caller) -> tuple[LiveClass, bool]:
        held = await self._house.held(class_id)
        if caller.user in held.hosts:
            return held, True
        if caller.user not in self.invited:
            raise NotInvited
        return held, False

    async def to_host(self, class_id: ClassId, *, caller: Caller) -> LiveClass:
        held, may_host = await self.found(class_id, caller=caller)
        if not may_host:
            raise RoleNeeded
        return held

    def require_host(self, caller: Caller, held: LiveClass) -> None:
        if caller.user not in held.hosts:
            raise RoleNeeded


@dataclass(kw_only=True)
class House:
    """All that a stage stands on."""

    clock: ManualClock
    store: Store[LiveTx]
    blobs: DiskBlobs
    livekit: Livekit
    bigbluebutton: Bigbluebutton
    conferences: dict[str, Conferences]
    organization: OrganizationId = field(default_factory=lambda: OrganizationId(uuid4()))
    host: UserId = field(default_factory=lambda: UserId(uuid4()))
    realtime: Overheard = field(default_factory=Overheard)

    def __post_init__(self) -> None:
        self.doorman = Doorman(self)
        log = logger("live")
        scheduling: Any = self.doorman
        lane = Lane(store=self.store, realtime=self.realtime)
        common: dict[str, Any] = {"store": self.store, "clock": self.clock, "log": log}
        self.staging = Staging(conferences=self.conferences, scheduling=scheduling, lane=lane, **common)
        self.recording = RecordingControl(staging=self.staging, lane=lane, **common)
        self.reports = Reports(conferences=self.conferences, staging=self.staging, lane=lane, **common)
        self.keeping = Keeping(conferences=self.conferences, blobs=self.blobs, **common)
        self.replays = Replays(blobs=self.blobs, scheduling=scheduling, keeping=self.keeping, **common)

    def caller(self, user: UserId | None = None) -> Caller:
        return Caller(user=user or self.host, organization=self.organization)

    async def a_class(
        self,
        *,
        provider: str = "livekit",
        playlist: str = "",
        free: bool = False,
        series: UUID | None = None,
        **settings: Any,
    ) -> LiveClass:
        now = self.clock.now()
        made = LiveClass(
            id=ClassId(new_id()), organization=self.organization, course=None, series=series, title="Algebra",
            description="", state=ClassState.SCHEDULED, starts_at=now, ends_at=now + timedelta(hours=1),
            time_zone="UTC", host=self.host, cohosts=[], settings=ClassSettings(**settings), code=None, sequence=0,
            version=1, session=0, opened_at=None, started_at=None, ended_at=None, slow_mode_s=0, slide=None,
            spotlight=None, acting_host=None, created_by=self.host, changed_at=now,
        )  # fmt: skip
        async with self.store.transaction(organization=self.organization) as tx:
            await tx.add_class(made, epoch="e")
            live = replace(made, state=ClassState.LIVE, started_at=now, session=1)
            await tx.save_class(live)
        if provider or playlist:
            choice = StageChoice(provider=provider, playlist=playlist, may_audience_speak=free)
            await self.staging.choose(made.id, choice, version=0, caller=self.caller())
        return await self.held(made.id)

    async def held(self, class_id: ClassId) -> LiveClass:
        async with self.store.reading(organization=self.organization) as tx:
            held = await tx.class_of(class_id)
        assert held is not None
        return held

    async def a_person(self, held: LiveClass, role: Role, *, name: str = "Ada", consented: bool = False) -> Standing:
        user = None if role is Role.GUEST else self.host if role is Role.HOST else UserId(uuid4())
        if user is not None:
            self.doorman.invited.add(user)
        arrival = Arrival(
            user=user,
            name=name,
            name_key=name.lower(),
            role=role,
            at=self.clock.now(),
            consented=consented,
            address_key=None,
        )
        async with self.store.transaction(organization=self.organization) as tx:
            person = await tx.arrive(held.id, arrival)
        return Standing(organization=self.organization, held=held, person=person, device=uuid4())

    def room(self, held: LiveClass) -> str:
        return stages.room_of(self.organization, held.id)

    def walk_on(self, answer: StageAnswer) -> Any:
        """Go onto the stage of LiveKit with what a page was answered."""
        assert answer.expires_at is not None
        return self.livekit.enter(
            Grant(
                engine="livekit",
                kind=GrantKind.FRAME,
                url=answer.url,
                token=answer.token,
                room=self._room_in(answer),
                right=Right(answer.right),
                expires_at=answer.expires_at,
            )
        )

    def _room_in(self, answer: StageAnswer) -> str:
        claims = jwt.decode(answer.token, options={"verify_signature": False})
        return str(claims["video"]["room"])

    def told(self, held: LiveClass, kind: str) -> list[Any]:
        return [one for one in self.realtime.in_channel(class_channel(held.id)) if one["t"] == kind]

    async def comes(self, held: LiveClass, participant: ParticipantId, *, session: str = "RM_1") -> int:
        return await self.report(held, "participant_joined", participant, session=session)

    async def leaves(self, held: LiveClass, participant: ParticipantId, *, session: str = "RM_1") -> int:
        return await self.report(held, "participant_left", participant, session=session)

    async def report(self, held: LiveClass, event: str, participant: ParticipantId | None = None, **how: Any) -> int:
        parts: dict[str, Any] = {"room": {"sid": how.pop("session", "RM_1"), "name": self.room(held)}}
        if participant is not None:
            parts["participant"] = {"identity": str(participant), "name": "Ada"}
        return await self.reports.receive("livekit", self.livekit.report(event, **parts, **how))

    async def file_is_done(self, held: LiveClass, egress: str, *, content: bytes = b"film") -> int:
        """Write the file as the egress service does, and report its end."""
        known = self.livekit.egresses[egress]
        await self.blobs.put(known["filepath"], content)
        ended = int(self.clock.now().timestamp() * 1_000_000_000)
        known["status"] = "EGRESS_COMPLETE"
        info = self.livekit.egress_info(egress)
        info["fileResults"][0]["endedAt"] = str(ended)
        return await self.reports.receive("livekit", self.livekit.report("egress_ended", egressInfo=info))


@asynccontextmanager
async def a_house(database: Database, clock: ManualClock, folder: Path) -> AsyncIterator[House]:
    blobs = DiskBlobs(folder, secret=b"b" * 32, clock=clock, base_url="https://learn.example")
    await blobs.prepare()
    livekit = Livekit(key=KEY, secret=SECRET, clock=clock)
    bigbluebutton = Bigbluebutton(secret=SECRET, clock=clock)
    async with livekit.server.running(), bigbluebutton.server.running():
        conferences: dict[str, Conferences] = {
            "livekit": LivekitConferences(
                LivekitSettings(
                    url=livekit.server.url, page="https://meet.example", key=KEY, secret=SECRET, patience_s=5
                ),
                clock,
            ),
            "bigbluebutton": BigbluebuttonConferences(
                BigbluebuttonSettings(url=f"{bigbluebutton.server.url}/bigbluebutton", secret=SECRET, patience_s=5),
                clock,
                reports_at=HOOK,
            ),
            "hls": HlsConferences(HlsSettings(origins=["https://cdn.example"]), clock),
        }
        yield House(
            clock=clock,
            store=Store(database, LiveTx),
            blobs=blobs,
            livekit=livekit,
            bigbluebutton=bigbluebutton,
            conferences=conferences,
        )
        for one in conferences.values():
            await one.aclose()


async def on_stage(
    house: House, held: LiveClass, role: Role, *, consented: bool = False, name: str = "Ada"
) -> Standing:
    person = await house.a_person(held, role, consented=consented, name=name)
    house.walk_on(await house.staging.enter(person))
    await house.comes(held, person.id)
    return person


def egresses(house: House) -> list[str]:
    return list(house.livekit.egresses)


def right_on_stage(house: House, held: LiveClass, person: Standing) -> str:
    return house.livekit.halls[house.room(held)].guests[str(person.id)].attributes["right"]


async def recorded(house: House, held: LiveClass, host: Standing, *, minutes: int = 10) -> Recording:
    """Record a class for a while, let its file come, and settle it."""
    recording = await house.recording.start(host)
    egress = egresses(house)[-1]
    house.clock.advance(minutes * timedelta(minutes=1))
    await house.recording.stop(host)
    await house.file_is_done(held, egress)
    await house.keeping.sweep()
    return recording
