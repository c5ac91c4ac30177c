"""The routes of recordings: watching a class again, saying who may, and deleting it."""

from stoa.kit.auth.caller import Caller
from stoa.kit.conferences import ConferenceUnavailable
from stoa.kit.contract import Page, Struct
from stoa.kit.http.router import MEMBER, Router
from stoa.services.live.contract import ClassId, ClassNotFound, IllegalMove, NotInvited, RoleNeeded, ThingNotFound
from stoa.services.live.domain.recordings import Audience, RecordingId
from stoa.services.live.policy import WRITES
from stoa.services.live.service.live import Live
from stoa.services.live.service.replays import RecordedPerson, RecordingView, Replay, ReplayedMessage

router = Router("live")

_SEEN = (ClassNotFound, NotInvited)


class Recordings(Struct, frozen=True, kw_only=True):
    """The recordings of a class, the last first."""

    items: list[RecordingView]


class RecordedPeople(Struct, frozen=True, kw_only=True):
    """Who was recorded."""

    items: list[RecordedPerson]


class AudienceIn(Struct, frozen=True, kw_only=True):
    """Who may watch a recording."""

    audience: Audience


@router.get("/live/classes/{class_id}/recordings", permission=MEMBER, errors=_SEEN)
async def class_recordings(class_id: ClassId, caller: Caller, live: Live) -> Recordings:
    """List the recordings of a class; of a deleted one there is a tombstone, for those who hold the class."""
    return Recordings(items=await live.studio.replays.of_class(class_id, caller=caller))


@router.get("/live/classes/{class_id}/recordings/{recording}", permission=MEMBER, errors=(*_SEEN, ThingNotFound))
async def watch_recording(class_id: ClassId, recording: RecordingId, caller: Caller, live: Live) -> Replay:
    """Get what plays a recording; whoever watches is counted, and is not counted as having been there."""
    return await live.studio.replays.show(class_id, recording, caller=caller)


@router.get("/live/classes/{class_id}/recordings/{recording}/chat", permission=MEMBER, errors=(*_SEEN, ThingNotFound))
async def recording_chat(
    class_id: ClassId,
    recording: RecordingId,
    caller: Caller,
    live: Live,
    from_s: float = 0.0,
    to_s: float = 600.0,
    after: int = 0,
) -> Page[ReplayedMessage]:
    """Read what was said in the chat between two places of a replay, at most an hour; `after` goes on from `next`."""
    return await live.studio.replays.chat(class_id, recording, from_s=from_s, to_s=to_s, after=after, caller=caller)


@router.get(
    "/live/classes/{class_id}/recordings/{recording}/people",
    permission=MEMBER,
    errors=(*_SEEN, RoleNeeded, ThingNotFound),
)
async def recorded_people(class_id: ClassId, recording: RecordingId, caller: Caller, live: Live) -> RecordedPeople:
    """List who was on the stage while it was recorded and when they agreed; for hosts."""
    return RecordedPeople(items=await live.studio.replays.people(class_id, recording, caller=caller))


@router.put(
    "/live/classes/{class_id}/recordings/{recording}/audience",
    permission=MEMBER,
    limit=WRITES,
    errors=(*_SEEN, RoleNeeded, ThingNotFound),
)
async def publish_recording(
    class_id: ClassId, recording: RecordingId, body: AudienceIn, caller: Caller, live: Live
) -> RecordingView:
    """Say who may watch a recording: nobody but those who hold the class, or all whom the class is for."""
    return await live.studio.replays.publish(class_id, recording, body.audience, caller=caller)


@router.delete(
    "/live/classes/{class_id}/recordings/{recording}",
    permission=MEMBER,
    limit=WRITES,
    errors=(*_SEEN, RoleNeeded, ThingNotFound, IllegalMove, ConferenceUnavailable),
)
async def delete_recording(class_id: ClassId, recording: RecordingId, caller: Caller, live: Live) -> None:
    """Delete a recording with all its files, wherever they lie."""
    await live.studio.replays.delete(class_id, recording, caller=caller)
