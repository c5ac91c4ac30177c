"""What notifications tells of the facts of others."""

from stoa.kit.events import Consumers, Delivery
from stoa.services.courses.contract import CoursePublished
from stoa.services.enrollment.contract import SeatEnded, SeatGranted
from stoa.services.identity.contract import AccountClosed
from stoa.services.live.contract import ClassCancelled, ClassChanged, ClassScheduled, ClassStarted
from stoa.services.notifications.domain import ClassNews
from stoa.services.notifications.service.notifications import Notifications
from stoa.services.organizations.contract import MemberRemoved
from stoa.services.progress.contract import CourseCompleted

consumers = Consumers("notifications")


@consumers.on(SeatGranted, SeatEnded)
async def tell_of_seat(event: SeatGranted | SeatEnded, delivery: Delivery, notifications: Notifications) -> None:
    """Tell somebody what became of their seat."""
    await notifications.note_seat(event, delivery=delivery)


@consumers.on(CourseCompleted)
async def tell_of_completion(event: CourseCompleted, delivery: Delivery, notifications: Notifications) -> None:
    """Tell somebody that they have completed a course."""
    await notifications.note_completion(event, delivery=delivery)


@consumers.on(CoursePublished)
async def tell_of_update(event: CoursePublished, delivery: Delivery, notifications: Notifications) -> None:
    """Tell the learners of a course that there is something new in it."""
    await notifications.note_published(event, delivery=delivery)


@consumers.on(ClassScheduled, ClassChanged, ClassCancelled, ClassStarted)
async def tell_of_class(event: ClassNews, delivery: Delivery, notifications: Notifications) -> None:
    """Tell those for whom a class is what becomes of it."""
    await notifications.note_class(event, delivery=delivery)


@consumers.on(MemberRemoved)
async def forget_member(event: MemberRemoved, delivery: Delivery, notifications: Notifications) -> None:
    """Forget, in an organization they had joined, what the owner of a closed account was told."""
    if event.is_account_closed:
        await notifications.forget(organization=event.organization_id, user=event.user_id, delivery=delivery)


@consumers.on(AccountClosed)
async def forget_person(event: AccountClosed, delivery: Delivery, notifications: Notifications) -> None:
    """Forget what the owner of a closed account was told."""
    await notifications.forget(organization=event.organization_id, user=event.user_id, delivery=delivery)
