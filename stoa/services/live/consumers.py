"""What live hears: who no longer belongs is let out of the rooms."""

from stoa.kit.events import Consumers, Delivery
from stoa.services.enrollment.contract import SeatEnded
from stoa.services.live.service.live import Live
from stoa.services.organizations.contract import MemberRemoved

consumers = Consumers("live")


@consumers.on(SeatEnded)
async def let_out_of_course(event: SeatEnded, delivery: Delivery, live: Live) -> None:
    """Take back the tokens for the classes of a course."""
    await live.doorway.put_out(event.organization_id, event.user_id, course=event.course_id, delivery=delivery)


@consumers.on(MemberRemoved)
async def let_out_of_organization(event: MemberRemoved, delivery: Delivery, live: Live) -> None:
    """Take back the tokens for all classes of an organization, and forget the name of who left the platform."""
    await live.doorway.put_out(
        event.organization_id,
        event.user_id,
        course=None,
        delivery=delivery,
        forget_name=event.is_account_closed,
    )
