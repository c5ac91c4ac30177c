"""The routes of a class's audio and video: its choice, the way onto the stage, consent and the host's recording."""

from starlette.requests import Request

from stoa.kit.auth.caller import Caller
from stoa.kit.conferences import (
    REPORT_LIMIT_BYTES,
    ConferenceMisconfigured,
    ConferenceNotOffered,
    ConferenceRefused,
    ConferenceRoomNotFound,
    ConferenceUnavailable,
    Present,
    Report,
    ReportMalformed,
    ReportRefused,
    RoomInvalid,
)
from stoa.kit.contract import Struct
from stoa.kit.http.router import MEMBER, PUBLIC, Answer, IfMatch, Router, Upload
from stoa.services.live.contract import (
    ClassId,
    ClassNotFound,
    IllegalMove,
    JoinNeeded,
    NotInvited,
    NotLive,
    ParticipantId,
    ProviderNotAllowed,
    RecordingNotAllowed,
    RecordingRuns,
    Removed,
    RoleNeeded,
    StageMissing,
    ThingNotFound,
)
from stoa.services.live.domain.recordings import Recording, RecordingId
from stoa.services.live.domain.stages import StagePolicy
from stoa.services.live.policy import IN_ROOM, REPORTS, SET_POLICY, WRITES
from stoa.services.live.service.live import Live
from stoa.services.live.service.stageviews import StageAnswer, StageChoice, StageView
from stoa.services.live.service.standing import MODERATORS

router = Router("live")

_ROOM = (JoinNeeded, Removed, RoleNeeded)
_SERVER = (
    StageMissing,
    ConferenceUnavailable,
    ConferenceMisconfigured,
    ConferenceRefused,
    ConferenceRoomNotFound,
    ConferenceNotOffered,
)
_RECORDING = (*_ROOM, *_SERVER, NotLive, IllegalMove, RecordingRuns, RecordingNotAllowed, ThingNotFound)


class ConsentIn(Struct, frozen=True, kw_only=True):
    """What somebody says to being recorded; a guest also says whether they are as old as the organization asks."""

    agrees: bool
    is_of_age: bool = False


class StagePeople(Struct, frozen=True, kw_only=True):
    """Who is on the stage."""

    items: list[Present]


class RecordingState(Struct, frozen=True, kw_only=True):
    """The recording that goes on, or has just ended."""

    recording: RecordingId
    state: str


class Taken(Struct, frozen=True, kw_only=True):
    """How many of a report's happenings were news."""

    taken: int


@router.get("/live/stage-policy", permission=SET_POLICY, etag=True)
async def stage_policy(caller: Caller, live: Live) -> Answer[StagePolicy]:
    """Show what the organization allows on its stages."""
    policy = await live.studio.staging.policy(caller=caller)
    return Answer(policy, etag=policy.version)


@router.put("/live/stage-policy", permission=SET_POLICY, limit=WRITES, errors=(ProviderNotAllowed,))
async def update_stage_policy(body: StagePolicy, if_match: IfMatch, caller: Caller, live: Live) -> Answer[StagePolicy]:
    """Say what the organization allows on its stages, whom it records and how long it keeps that."""
    policy = await live.studio.staging.set_policy(body, version=if_match.version, caller=caller)
    return Answer(policy, etag=policy.version)


@router.get("/live/classes/{class_id}/stage", permission=MEMBER, errors=(ClassNotFound, NotInvited), etag=True)
async def stage_choice(class_id: ClassId, caller: Caller, live: Live) -> Answer[StageView]:
    """Show how a class is seen and heard, and which conference servers there are to choose from."""
    view = await live.studio.staging.view(class_id, caller=caller)
    return Answer(view, etag=view.version)


@router.put(
    "/live/classes/{class_id}/stage",
    permission=MEMBER,
    limit=WRITES,
    errors=(ClassNotFound, NotInvited, RoleNeeded, ProviderNotAllowed, RecordingRuns, RoomInvalid),
)
async def choose_stage(
    class_id: ClassId, body: StageChoice, if_match: IfMatch, caller: Caller, live: Live, following: bool = False
) -> Answer[StageView]:
    """Choose the conference server of a class (with `following` of the later ones too), or a playlist to watch."""
    view = await live.studio.staging.choose(
        class_id, body, version=if_match.version, following=following, caller=caller
    )
    return Answer(view, etag=view.version)


@router.post(
    "/live/classes/{class_id}/stage/enter", permission=PUBLIC, limit=IN_ROOM, replay=False, errors=_ROOM, urgency="live"
)
async def enter_stage(class_id: ClassId, request: Request, live: Live) -> StageAnswer:
    """Get a fresh way onto the stage, with the right one has now."""
    return await live.studio.staging.enter(await live.standings.enter(request.headers, class_id, is_anew=True))


@router.get("/live/classes/{class_id}/stage/people", permission=PUBLIC, errors=(*_ROOM, *_SERVER), urgency="live")
async def stage_people(class_id: ClassId, request: Request, live: Live) -> StagePeople:
    """List who is on the stage, as the conference server says; for hosts."""
    standing = await live.standings.enter(request.headers, class_id, *MODERATORS)
    return StagePeople(items=await live.studio.staging.people(standing))


@router.post(
    "/live/classes/{class_id}/stage/people/{participant}/mute",
    permission=PUBLIC,
    limit=IN_ROOM,
    errors=(*_ROOM, *_SERVER),
    urgency="live",
)
async def mute_on_stage(class_id: ClassId, participant: ParticipantId, request: Request, live: Live) -> None:
    """Turn somebody's microphone off; nobody can be turned on from outside."""
    standing = await live.standings.enter(request.headers, class_id, *MODERATORS)
    await live.studio.staging.mute(standing, participant)


@router.post(
    "/live/classes/{class_id}/stage/consent",
    permission=PUBLIC,
    limit=IN_ROOM,
    replay=False,
    errors=_ROOM,
    urgency="live",
)
async def consent_to_recording(class_id: ClassId, body: ConsentIn, request: Request, live: Live) -> StageAnswer:
    """Agree to be recorded, or take that back; the answer is the way onto the stage with the right that follows."""
    standing = await live.standings.enter(request.headers, class_id, is_anew=True)
    await live.studio.recording.consent(standing, agrees=body.agrees, is_of_age=body.is_of_age)
    return await live.studio.staging.enter(standing)


@router.post(
    "/live/classes/{class_id}/recording/start", permission=PUBLIC, limit=IN_ROOM, errors=_RECORDING, urgency="live"
)
async def start_recording(class_id: ClassId, request: Request, live: Live) -> RecordingState:
    """Begin to record; who has not agreed sends nothing from then on."""
    return _state(await live.studio.recording.start(await live.standings.enter(request.headers, class_id, *MODERATORS)))


@router.post(
    "/live/classes/{class_id}/recording/pause", permission=PUBLIC, limit=IN_ROOM, errors=_RECORDING, urgency="live"
)
async def pause_recording(class_id: ClassId, request: Request, live: Live) -> RecordingState:
    """Stop recording for a while; what happens then is in no file."""
    return _state(await live.studio.recording.pause(await live.standings.enter(request.headers, class_id, *MODERATORS)))


@router.post(
    "/live/classes/{class_id}/recording/resume", permission=PUBLIC, limit=IN_ROOM, errors=_RECORDING, urgency="live"
)
async def resume_recording(class_id: ClassId, request: Request, live: Live) -> RecordingState:
    """Go on recording after a pause."""
    return _state(
        await live.studio.recording.resume(await live.standings.enter(request.headers, class_id, *MODERATORS))
    )


@router.post(
    "/live/classes/{class_id}/recording/stop", permission=PUBLIC, limit=IN_ROOM, errors=_RECORDING, urgency="live"
)
async def stop_recording(class_id: ClassId, request: Request, live: Live) -> RecordingState:
    """End the recording; it can be watched once the conference server has made its files."""
    return _state(await live.studio.recording.stop(await live.standings.enter(request.headers, class_id, *MODERATORS)))


@router.post(
    "/live/reports/{provider}",
    permission=PUBLIC,
    limit=REPORTS,
    body_limit=REPORT_LIMIT_BYTES,
    replay=False,
    errors=(ReportRefused, ReportMalformed, ThingNotFound),
    urgency="live",
)
async def receive_report(provider: str, request: Request, upload: Upload, live: Live) -> Taken:
    """Take a report of a conference server, signed with the secret that only it and we know."""
    report = Report(
        url=f"{live.public_url}{router.prefix}/live/reports/{provider}",
        query=dict(request.query_params),
        headers={"authorization": request.headers.get("authorization", "")},
        body=await upload.read(limit=REPORT_LIMIT_BYTES),
    )
    return Taken(taken=await live.studio.reports.receive(provider, report))


def _state(recording: Recording) -> RecordingState:
    return RecordingState(recording=recording.id, state=recording.state.value)
