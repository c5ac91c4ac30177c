"""Messages to a whole course or organization: they wait for what undoes them, then go out page by page."""

from datetime import timedelta
from typing import ClassVar

from stoa.kit.clock import Clock
from stoa.kit.contract import EventId, Job, OrganizationId, UserId
from stoa.kit.events import Delivery
from stoa.kit.jobs import JobRun
from stoa.kit.store import Store
from stoa.services.courses.contract import CourseId
from stoa.services.enrollment.contract import EnrollmentPort
from stoa.services.notifications import domain
from stoa.services.notifications.domain import Message, Round
from stoa.services.notifications.policy import NotificationsSettings
from stoa.services.notifications.service.bells import Bells
from stoa.services.notifications.store.notifications import NotificationsTx
from stoa.services.organizations.contract import OrganizationsPort

_PAGE = 500


class TellLearners(Job, frozen=True, kw_only=True):
    """Tell the next thousand learners of a course; the round remembers who they are."""

    type_: ClassVar[str] = "notifications.tell-learners"

    organization_id: OrganizationId
    event_id: EventId


class Rounds:
    """Tells whole courses, a thousand people a job."""

    def __init__(
        self,
        *,
        store: Store[NotificationsTx],
        clock: Clock,
        enrollment: EnrollmentPort,
        organizations: OrganizationsPort,
        bells: Bells,
        settings: NotificationsSettings,
    ) -> None:
        self._store, self._clock, self._settings = store, clock, settings
        self._enrollment, self._organizations, self._bells = enrollment, organizations, bells

    async def begin(
        self,
        tx: NotificationsTx,
        course: CourseId | None,
        message: Message,
        delivery: Delivery,
        *,
        subject: str,
        spared: list[UserId] | None = None,
        only: list[UserId] | None = None,
        wait: timedelta = timedelta(0),
    ) -> None:
        """Begin to tell the learners of a course, or the organization, but for those who are spared, after a while."""
        now = self._clock.now()
        round_ = Round(
            event=delivery.event_id,
            course=course,
            message=message,
            subject=subject,
            spared=spared or [],
            only=only,
            occurred_at=delivery.occurred_at,
        )
        await tx.add_round(round_, at=now)
        job = TellLearners(organization_id=delivery.organization, event_id=delivery.event_id)
        tx.enqueue(job, at=now + wait if wait else None)

    async def merge(self, tx: NotificationsTx, message: Message, delivery: Delivery, *, subject: str) -> bool:
        """Say a message within one that waits, on the same thing or on others of its series; False without one."""
        at = delivery.occurred_at
        if (same := await tx.waiting_for(subject)) is not None:
            await tx.replace_message(same.event, domain.merged(same.message, message), occurred_at=at)
            return True
        if message.series and (like := await tx.waiting_in(message.series, message.kind)) is not None:
            await tx.replace_message(like.event, domain.joined(like.message, message), occurred_at=at)
            return True
        return False

    async def work(self, job: TellLearners, run: JobRun) -> None:
        """Tell the next people of a course; a run that was interrupted goes on after the last page that was kept."""
        organization, told = job.organization_id, 0
        size = min(_PAGE, self._settings.people_per_job)
        while True:
            async with self._store.reading(organization=organization) as tx:
                round_ = await tx.open_round(job.event_id)
            if round_ is None:
                return
            people = await self._people(organization, round_, size)
            is_over, is_enough = len(people) < size, told + len(people) >= self._settings.people_per_job
            async with self._store.transaction(organization=organization) as tx:
                if not await tx.move_round(
                    round_, after=people[-1] if people else None, is_over=is_over, people=len(people)
                ):
                    continue
                users = [user for user in people if user not in round_.spared]
                counts = (
                    await self._bells.put(tx, users, round_.message, event=round_.event, occurred_at=round_.occurred_at)
                    if users
                    else {}
                )
                if is_enough and not is_over:
                    tx.enqueue(job)
            told += len(people)
            self._bells.push(organization, counts)
            await run.progress(told, None)
            if is_over or is_enough:
                return

    async def _people(self, organization: OrganizationId, round_: Round, size: int) -> list[UserId]:
        """Return the next page of those whom a message is for, by their ids."""
        if round_.only is not None:
            return sorted(user for user in round_.only if round_.after is None or user > round_.after)[:size]
        if round_.course is None:
            return await self._organizations.members_in(organization=organization, after=round_.after, limit=size)
        seats = await self._enrollment.learners_in(
            organization=organization, course=round_.course, after=round_.after, limit=size
        )
        return [seat.user for seat in seats]
