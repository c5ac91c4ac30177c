"""What calendar answers over HTTP."""

from stoa.kit.auth.caller import Caller
from stoa.kit.http.router import MEMBER, Router
from stoa.services.calendar.contract import CalendarStanding
from stoa.services.calendar.service import Calendar

router = Router("calendar")


@router.get("/calendar/standing", permission=MEMBER)
async def calendar_standing(caller: Caller, calendar: Calendar) -> CalendarStanding:
    """Tell how calendar stands in the caller's organization."""
    return await calendar.standing_of(organization=caller.require_organization())
