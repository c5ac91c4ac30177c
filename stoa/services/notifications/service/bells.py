"""Putting messages into bells, and telling the open pages the new count."""

from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

from stoa.kit.clock import Clock
from stoa.kit.contract import EventId, OrganizationId, UserId
from stoa.kit.realtime.channels import channel_of
from stoa.kit.realtime.realtime import Realtime
from stoa.services.notifications import domain
from stoa.services.notifications.contract import Category
from stoa.services.notifications.domain import MANDATORY, Message, Unread
from stoa.services.notifications.policy import NotificationsSettings
from stoa.services.notifications.store.notifications import NotificationsTx

_HOUR = timedelta(hours=1)

Counted = Callable[[Category, int], None]


class Bells:
    """What the bells of people hold, and who is told of it at once."""

    def __init__(self, *, clock: Clock, realtime: Realtime, settings: NotificationsSettings, counted: Counted) -> None:
        self._clock, self._realtime, self._settings, self._counted = clock, realtime, settings, counted

    async def put(
        self, tx: NotificationsTx, users: list[UserId], message: Message, *, event: EventId, occurred_at: datetime
    ) -> dict[UserId, Unread]:
        """Put a message into the bells of those who want to hear it; what they prefer is asked now, at the last moment.

        What cannot be muted is told to one person at a time, and as one with a count where there is much of it.
        """
        now, collapse = self._clock.now(), message.collapse_key
        if message.category in MANDATORY:
            recent = await tx.told_since(users[0], message.category, since=now - _HOUR)
            collapse = domain.collapse_of(message, recent=recent, most=self._settings.mandatory_an_hour)
        else:
            users = await tx.willing(users, message.category)
        if not users:
            return {}
        await tx.note_holder()
        await tx.hold(users)
        told = await tx.tell(users, message, event=event, collapse=collapse, occurred_at=occurred_at, at=now)
        self._counted(message.category, len(told))
        return await tx.unread(told) if told else {}

    def push(self, organization: OrganizationId, counts: dict[UserId, Unread]) -> None:
        """Tell the open pages of people their new count; a page that misses it asks when it comes back."""
        for user, count in counts.items():
            data = {"t": "notifications", "organization_id": organization, **msgspec.structs.asdict(count)}
            self._realtime.tell(channel_of(user), msgspec.json.encode(data))
