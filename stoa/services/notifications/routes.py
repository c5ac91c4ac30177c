"""The bell over HTTP."""

from typing import Annotated
from uuid import UUID

import msgspec

from stoa.kit.auth.caller import Caller
from stoa.kit.contract import Page, Struct
from stoa.kit.http.router import MEMBER, Answer, Cursor, IfMatch, PageQuery, Router
from stoa.services.notifications.contract import Category, CategoryMandatory, NotificationId, NotificationNotFound
from stoa.services.notifications.domain import MANDATORY, Preferences, Unread
from stoa.services.notifications.policy import EXPORTS, READS, WRITES
from stoa.services.notifications.service.notifications import NotificationRecord, Notifications
from stoa.services.notifications.store.notes import Notification

router = Router("notifications")
by_id = Cursor("notifications", UUID)


class ReadThrough(Struct, frozen=True, kw_only=True):
    """The latest notification that was seen: it and all before it are read."""

    through: NotificationId


class CategoryPreference(Struct, frozen=True, kw_only=True):
    """One category: whether it is muted, and whether it can be."""

    category: Category
    is_muted: bool
    is_mandatory: bool


class NotificationPreferences(Struct, frozen=True, kw_only=True):
    """All categories."""

    items: list[CategoryPreference]


class MutedCategories(Struct, frozen=True, kw_only=True):
    """The categories to mute; those left out are heard."""

    muted: Annotated[list[Category], msgspec.Meta(max_length=20)]


@router.get("/notifications", permission=MEMBER, limit=READS, etag=True)
async def list_notifications(
    page: PageQuery, caller: Caller, notifications: Notifications, unread: bool = False
) -> Page[Notification]:
    """What the caller was told, the latest first."""
    before = by_id.read(page.cursor)
    found = await notifications.latest(
        organization=caller.require_organization(),
        user=caller.require_user(),
        before=None if before is None else NotificationId(before),
        limit=page.fetch,
        only_unread=unread,
    )
    return by_id.page(found, page, lambda note: note.id)


@router.get("/notifications/count", permission=MEMBER, limit=READS, etag=True)
async def count_notifications(caller: Caller, notifications: Notifications) -> Unread:
    """How many the caller has not read."""
    return await notifications.unread(organization=caller.require_organization(), user=caller.require_user())


@router.post("/notifications/read", permission=MEMBER, limit=WRITES)
async def read_notifications(body: ReadThrough, caller: Caller, notifications: Notifications) -> Unread:
    """Mark a notification and all before it as read."""
    return await notifications.read_through(
        organization=caller.require_organization(), user=caller.require_user(), through=body.through
    )


@router.post("/notifications/{notification}/read", permission=MEMBER, limit=WRITES, errors=(NotificationNotFound,))
async def read_notification(notification: NotificationId, caller: Caller, notifications: Notifications) -> Unread:
    """Mark one notification as read."""
    return await notifications.read(
        organization=caller.require_organization(), user=caller.require_user(), note=notification
    )


@router.get("/notifications/preferences", permission=MEMBER)
async def notification_preferences(caller: Caller, notifications: Notifications) -> Answer[NotificationPreferences]:
    """What the caller has muted; its version is the ETag."""
    return _shown(
        await notifications.preferences(organization=caller.require_organization(), user=caller.require_user())
    )


@router.put("/notifications/preferences", permission=MEMBER, limit=WRITES, errors=(CategoryMandatory,))
async def update_notification_preferences(
    body: MutedCategories, if_match: IfMatch, caller: Caller, notifications: Notifications
) -> Answer[NotificationPreferences]:
    """Choose what not to hear."""
    saved = await notifications.prefer(
        organization=caller.require_organization(),
        user=caller.require_user(),
        version=if_match.version,
        muted=body.muted,
    )
    return _shown(saved)


@router.get("/notifications/export", permission=MEMBER, limit=EXPORTS)
async def download_notifications(caller: Caller, notifications: Notifications) -> NotificationRecord:
    """All that is kept of what the caller was told."""
    return await notifications.record(organization=caller.require_organization(), user=caller.require_user())


def _shown(preferences: Preferences) -> Answer[NotificationPreferences]:
    items = [
        CategoryPreference(category=one, is_muted=one in preferences.muted, is_mandatory=one in MANDATORY)
        for one in Category
    ]
    return Answer(NotificationPreferences(items=items), etag=preferences.version)
