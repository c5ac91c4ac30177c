"""Coming into a room, staying and going, over HTTP."""

from starlette.requests import Request

from stoa.kit.auth.caller import Caller
from stoa.kit.auth.context import current_address
from stoa.kit.http.router import MEMBER, PUBLIC, Router
from stoa.services.live.contract import (
    ClassId,
    ClassNotFound,
    ConsentNeeded,
    GuestsRefused,
    JoinNeeded,
    NotInvited,
    NotLive,
    Removed,
    RoomFull,
    WrongCode,
)
from stoa.services.live.policy import GUEST_JOINS, IN_ROOM, JOINS
from stoa.services.live.service.doorway import GuestIn, Joined, JoinIn, Renewed
from stoa.services.live.service.live import Live

router = Router("live")


@router.post(
    "/live/classes/{class_id}/join",
    permission=MEMBER,
    limit=JOINS,
    urgency="live",
    replay=False,
    errors=(ClassNotFound, NotInvited, NotLive, ConsentNeeded, Removed, RoomFull),
)
async def join_class(class_id: ClassId, caller: Caller, live: Live, body: JoinIn = JoinIn()) -> Joined:
    """Come into a class one is invited to; the token of the answer goes in `Stoa-Join` of all that is done inside."""
    return await live.doorway.join(class_id, body, caller=caller, address=current_address())


@router.post(
    "/live/guests",
    permission=PUBLIC,
    limit=GUEST_JOINS,
    urgency="live",
    replay=False,
    errors=(WrongCode, GuestsRefused, NotLive, ConsentNeeded, Removed, RoomFull),
)
async def join_as_guest(body: GuestIn, caller: Caller, live: Live) -> Joined:
    """Come into a class by its six digits, with an account or without."""
    return await live.doorway.join_by_code(body, caller=caller, address=current_address())


@router.post(
    "/live/classes/{class_id}/join/renew",
    permission=PUBLIC,
    limit=IN_ROOM,
    urgency="live",
    replay=False,
    errors=(JoinNeeded, Removed),
)
async def renew_join(class_id: ClassId, request: Request, live: Live) -> Renewed:
    """Stay in the room: fresh tokens; this is also how one is counted, so call it every `renew_in_s`."""
    return await live.doorway.renew(request.headers, class_id)


@router.get(
    "/live/classes/{class_id}/room", permission=PUBLIC, limit=IN_ROOM, urgency="live", errors=(JoinNeeded, Removed)
)
async def live_room(class_id: ClassId, request: Request, live: Live) -> Joined:
    """All that joining returned, anew: for a page that was loaded again or lost its place."""
    return await live.doorway.room(request.headers, class_id)


@router.post(
    "/live/classes/{class_id}/leave", permission=PUBLIC, limit=IN_ROOM, urgency="live", errors=(JoinNeeded, Removed)
)
async def leave_class(class_id: ClassId, request: Request, live: Live) -> None:
    """Go: the visit of this device ends now."""
    await live.doorway.leave(request.headers, class_id)
