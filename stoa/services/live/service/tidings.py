"""What other services are told of the plan of a class."""

from typing import Any

from stoa.kit.contract import UserId
from stoa.services.live.contract import ClassCancelled, ClassChanged, ClassScheduled
from stoa.services.live.domain.classes import LiveClass


def scheduled(held: LiveClass, *, by: UserId) -> ClassScheduled:
    """Tell of a new class."""
    return ClassScheduled(**_told(held, by), description=held.description, host_ids=held.hosts)


def changed_event(held: LiveClass, *, by: UserId) -> ClassChanged:
    """Tell of a changed class."""
    return ClassChanged(**_told(held, by), description=held.description, host_ids=held.hosts)


def cancelled(held: LiveClass, *, reason: str, by: UserId) -> ClassCancelled:
    """Tell of a cancelled class."""
    return ClassCancelled(**_told(held, by), reason=reason, host_ids=held.hosts)


def _told(held: LiveClass, by: UserId) -> dict[str, Any]:  # any: the fields that three events have in common
    return {
        "organization_id": held.organization,
        "class_id": held.id,
        "course_id": held.course,
        "series_id": held.series,
        "title": held.title,
        "starts_at": held.starts_at,
        "ends_at": held.ends_at,
        "time_zone": held.time_zone,
        "sequence": held.sequence,
        "changed_at": held.changed_at,
        "is_hidden": held.settings.is_hidden,
        "by": by,
    }
