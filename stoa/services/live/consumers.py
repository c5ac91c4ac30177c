"""What live hears: who no longer belongs is let out of the rooms, and who lost a role keeps order no longer."""

from stoa.kit.events import Consumers, Delivery
from stoa.services.enrollment.contract import SeatEnded
from stoa.services.identity.contract import SessionsRevoked
from stoa.services.live.service.live import Live
from stoa.services.organizations.contract import MemberRemoved, RoleChanged

consumers = Consumers("live")


@consumers.on(SeatEnded)
async def let_out_of_course(event: SeatEnded, delivery: Delivery, live: Live) -> None:
    """Take back the tokens for the classes of a course."""
    await live.personal.put_out(event.organization_id, event.user_id, course=event.course_id, delivery=delivery)


@consumers.on(MemberRemoved)
async def let_out_of_organization(event: MemberRemoved, delivery: Delivery, live: Live) -> None:
    """Take back the tokens for all classes of an organization, and forget who left the platform."""
    await live.personal.put_out(
        event.organization_id, event.user_id, course=None, delivery=delivery, forget=event.is_account_closed
    )


@consumers.on(RoleChanged)
async def take_the_reins(event: RoleChanged, delivery: Delivery, live: Live) -> None:
    """Let nobody keep order in a class by a role they have lost."""
    await live.personal.role_changed(event.organization_id, event.user_id, delivery=delivery)


@consumers.on(SessionsRevoked)
async def let_out_who_logged_out(event: SessionsRevoked, delivery: Delivery, live: Live) -> None:
    """Take back the tokens of who logged out, on that device or everywhere: they come in again by logging in."""
    if event.session_id is None:
        await live.personal.put_out(event.organization_id, event.user_id, course=None, delivery=delivery)
    else:
        await live.personal.session_ended(event.organization_id, event.session_id, delivery=delivery)
