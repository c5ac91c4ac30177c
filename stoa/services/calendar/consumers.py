"""What calendar does about facts of others."""

from stoa.kit.events import Consumers, Delivery
from stoa.services.calendar.service.calendar import Calendar
from stoa.services.identity.contract import AccountClosed
from stoa.services.live.contract import ClassCancelled, ClassChanged, ClassScheduled
from stoa.services.organizations.contract import MemberRemoved

consumers = Consumers("calendar")


@consumers.on(ClassScheduled, ClassChanged, ClassCancelled)
async def note_class(
    event: ClassScheduled | ClassChanged | ClassCancelled, delivery: Delivery, calendar: Calendar
) -> None:
    """Keep a class as an entry."""
    await calendar.note_class(event, delivery=delivery)


@consumers.on(MemberRemoved)
async def leave_calendar(event: MemberRemoved, delivery: Delivery, calendar: Calendar) -> None:
    """Take the feed of somebody who does not belong to the organization any more."""
    await calendar.forget(
        organization=event.organization_id,
        user=event.user_id,
        is_account_closed=event.is_account_closed,
        delivery=delivery,
    )


@consumers.on(AccountClosed)
async def forget_person(event: AccountClosed, delivery: Delivery, calendar: Calendar) -> None:
    """Forget what the owner of a closed account held."""
    await calendar.forget(
        organization=event.organization_id, user=event.user_id, is_account_closed=True, delivery=delivery
    )
